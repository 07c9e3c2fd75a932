# Configuration of the lit tests; values come from lit.site.cfg.py.

import ctypes.util
import os
import shutil
import subprocess

import lit.formats

config.name = "GAC"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test", ".td"]
config.excludes = ["CMakeLists.txt", "unit", "models", "install", "fuzz", "Inputs"]
config.test_source_root = os.path.join(config.gac_source_root, "test")
config.test_exec_root = os.path.join(config.gac_binary_root, "test")

# GAC's tools first, then LLVM's FileCheck, not, count, split-file, mlir-opt;
# a tool that is missing must not be found anywhere else on this machine.
config.environment["PATH"] = os.path.pathsep.join(
    [config.gac_tools_dir, config.llvm_tools_dir, "/usr/bin", "/bin"]
)
config.environment["FILECHECK_OPTS"] = "--dump-input-filter=all -v"

config.substitutions.append(("%python", config.python))
config.substitutions.append(("%source", config.gac_source_root))
config.substitutions.append(
    ("%models", os.path.join(config.gac_source_root, "test", "models"))
)
config.substitutions.append(
    ("%scripts", os.path.join(config.gac_source_root, "scripts"))
)
config.substitutions.append(
    ("%gacplugin", os.path.join(config.gac_library_dir, "GACPlugin.so"))
)

# The upstream passes that take linalg on tensors to LLVM.
with open(os.path.join(config.test_source_root, "linalg_io/to-llvm.txt")) as file:
    config.substitutions.append(("%tollvm", " ".join(file.read().split())))


def python_has(module):
    command = [config.python, "-c", "import " + module]
    return subprocess.run(command, capture_output=True).returncode == 0


# "onnxruntime": %python can run models. "cuda": the CUDA compiler is here.
# "gpu": an NVIDIA driver is here. "asan": the tools are instrumented.
if python_has("onnxruntime"):
    config.available_features.add("onnxruntime")
nvcc = shutil.which("nvcc") or shutil.which("/usr/local/cuda/bin/nvcc")
if nvcc:
    config.available_features.add("cuda")
    config.substitutions.append(("%nvcc", nvcc))
if ctypes.util.find_library("cuda"):
    config.available_features.add("gpu")
if "address" in config.gac_sanitizers:
    config.available_features.add("asan")
