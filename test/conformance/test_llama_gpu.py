#===- test_llama_gpu.py - The script of the GPU figures, without a GPU ----===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""benchmarks/llama_gpu.py with stand-ins for what needs a GPU: who is asked for
what, what the report says, and what happens if a contender fails."""

import json
import os
import subprocess
import sys
import unittest

import harness

SCRIPT = harness.ROOT / "benchmarks" / "llama_gpu.py"
# `gac compile` notes its arguments; everything else is the real one's work.
GAC = """#!{python}
import json, os, pathlib, sys
if sys.argv[1] != "compile":
    os.execv("{gac}", ["gac", *sys.argv[1:]])
folder = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
folder.mkdir()
(folder / "manifest.json").write_text(json.dumps(sys.argv[1:]))
"""
GAC_BENCH = """#!{python}
import json, pathlib, sys
arguments = sys.argv[1:]
if "{failing}" and "{failing}" in arguments[0]:
    sys.exit("gac-bench: error: out of memory")
packages = [pathlib.Path(each) for each in arguments[:3]]
folder = pathlib.Path(arguments[arguments.index("--output") + 1])
folder.mkdir(exist_ok=True)
times = dict(original=400.0, minimal=100.0, optimal=80.0)
(folder / "raw.json").write_text(json.dumps(dict(cases=[dict(packages=[
    dict(name=each.stem, rounds=[[times[each.stem]] * 3] * 2)
    for each in packages])])))
(folder / "env.json").write_text(json.dumps(dict(
    device=dict(name="A GPU"), cublasLt="13.1", arguments=arguments)))
"""
WORKER = """#!{python}
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    with open("{log}", "a") as log:
        log.write(line)
    answer = dict()
    if request.get("measure") == "{failing}":
        answer = dict(error="RuntimeError: no such kernel")
    elif "measure" in request:
        time = dict(eager=360.0, compile=160.0)[request["measure"]]
        answer = dict(us=[time] * request["repeat"])
    elif "environment" in request:
        answer = dict(torch="2.11", cuda="13.0", driver="580")
    print(json.dumps(answer), flush=True)
"""


class LlamaGPU(harness.ToolTest):
    def write(self, name, text, **names):
        path = self.dir / name
        path.write_text(text.format(python=sys.executable, **names))
        path.chmod(0o755)
        return path

    def run_script(self, *arguments, failing_case="", failing_mode=""):
        self.write("gac", GAC, gac=harness.BIN / "gac")
        self.write("gac-bench", GAC_BENCH, failing=failing_case)
        worker = self.write("worker", WORKER, log=self.dir / "log",
                            failing=failing_mode)
        return subprocess.run(
            [sys.executable, SCRIPT, "--bin", self.dir, "--torch-python",
             worker, "--output", self.dir / "out", *arguments],
            capture_output=True, text=True, cwd=self.dir,
            env={**os.environ, "TMPDIR": str(self.dir)})

    def requests(self):
        return [json.loads(line)
                for line in (self.dir / "log").read_text().splitlines()]

    def test_all_in_one(self):
        done = self.run_script("--only", "decode-8", "--modes", "eager",
                               "compile")
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in (
                "A GPU, driver 580. PyTorch 2.11 with CUDA 13.0, cuBLAS -, "
                "cuDNN -; GAC with CUDA -, cuBLASLt 13.1.",
                "### Decode behind 1024, 8 layers, batch 8",
                "| PyTorch, eager | 360 | 0.0 % |  | 0.44 | 1.11 |",
                "| GAC, as compressed | 400 | 0.0 % | 0.90 | 0.40 |  |",
                "| GAC, repaired (optimal) | 80 | 0.0 % | 4.50 | 2.00 | 5.00 |",
                "| decode behind 1024, 8 layers, batch 8, against "
                "torch.compile | 2.0 | 2.00 |"):
            self.assertIn(line + "\n", done.stdout)
        written = self.dir / "out"
        self.assertEqual((written / "llama_gpu.md").read_text(), done.stdout)
        figures = json.loads((written / "llama_gpu.json").read_text())
        case = figures["cases"]["decode-8"]
        self.assertEqual(case["results"]["minimal"]["median_us"], 100)
        self.assertEqual(len(case["results"]["eager"]["rounds_us"]), 3)
        arguments = figures["environment"]["gac"]["arguments"]
        self.assertIn("ALL=1024", arguments)
        # Whoever measures has its turn in each round.
        kinds = [request.get("measure") or next(iter(request))
                 for request in self.requests()]
        self.assertEqual(kinds, ["environment", "load", "eager", "compile"]
                         + ["eager", "compile"] * 3 + ["drop"])
        load = self.requests()[1]
        self.assertEqual((load["batch"], load["seq"], load["context"]),
                         (8, 1, 1024))
        self.assertEqual(len(load["load"]["blocks"]), 8)

    def test_prepared_packages(self):
        folder = self.dir / "prepared"
        done = self.run_script("--prepare", folder, "--only", "prefill-4")
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        case = folder / "prefill-4"
        self.assertEqual(
            sorted(path.name for path in case.iterdir()),
            ["config.json", "minimal.gacpkg", "minimal.onnx", "optimal.gacpkg",
             "optimal.onnx", "original.gacpkg", "original.onnx"])
        compiled = json.loads(
            (case / "minimal.gacpkg" / "manifest.json").read_text())
        self.assertIn("main:batch=1,seq=1024", compiled)
        self.assertIn("--graph-only", compiled)
        done = self.run_script("--packages", folder, "--only", "prefill-4",
                               "--modes")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("| GAC, repaired (minimal) | 100 | 0.0 % | 4.00 |\n",
                      done.stdout)
        self.assertIn("torch.compile | 1.6 | - |", done.stdout)
        self.assertFalse((self.dir / "log").exists())

    def test_failures_are_told(self):
        done = self.run_script("--only", "prefill-4", "decode-1",
                               failing_case="prefill-4", failing_mode="compile")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Failed: prefill-4, torch.compile: PyTorch: "
                      "RuntimeError: no such kernel\n", done.stdout)
        self.assertIn("gac-bench: error: out of memory", done.stdout)
        self.assertIn("| GAC, repaired (optimal) | 80 | 0.0 % | 4.50 | 5.00 "
                      "|\n", done.stdout)

    def test_nothing_to_measure(self):
        done = self.run_script("--packages", self.dir / "nowhere", "--only",
                               "prefill-4")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(
            done.stderr, "llama_gpu.py: error: "
            f"{self.dir}/nowhere/prefill-4/config.json is missing; --prepare "
            f"{self.dir}/nowhere makes it\n")

    def test_dry_run(self):
        done = self.run_script("--dry-run", "--only", "prefill-32")
        self.assertEqual(done.returncode, 0)
        self.assertIn("gac compile", done.stdout)
        self.assertRegex(
            done.stdout, r"prefill-32: 3 rounds of eager, compile, "
            r"compile-graph, original, minimal, optimal; 1[0-9]\.. GB")
        self.assertFalse((self.dir / "out").exists())


if __name__ == "__main__":
    unittest.main()
