#===- test_linalg.py - models through linalg, mlir-opt and mlir-runner ----===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""What --convert-gac-to-linalg makes of a model, lowered to LLVM by upstream
passes of the stock mlir-opt and run by mlir-runner, computes what ONNX Runtime
computes of the model."""

import os
import pathlib
import pickle
import re
import subprocess
import tempfile
import unittest

import numpy as np

import harness
import node_cases
from harness import check_onnx

LLVM_BIN = pathlib.Path(os.environ.get("GAC_LLVM_BIN", "/usr/lib/llvm-22/bin"))
# The library of test/linalg_io.
LINALG_IO = pathlib.Path(os.environ.get(
    "GAC_LINALG_IO", harness.BIN.parent / "test/linalg_io/linalg-io.so"))
RUNNER_UTILS = LLVM_BIN.parent / "lib" / "libmlir_c_runner_utils.so"
FAMILIES = ("llama_asvd", "bert_asvd", "convnet")
# Of ONNX's node tests, some on what these models do not use.
NODE_CASES = """
    attention_3d_attn_mask attention_4d_causal attention_4d_gqa_softcap
    attention_4d_with_past_and_present averagepool_2d_pads
    averagepool_2d_same_lower batchnorm_example conv_with_autopad_same
    conv_with_strides_and_asymmetric_padding gather_elements_negative_indices
    gather_negative_indices gathernd_example_int32_batch_dim1
    gemm_all_attributes globalmaxpool layer_normalization_3d_axis1_epsilon
    logsoftmax_axis_0 matmul_1d_1d matmul_bcast maxpool_2d_dilations
    pow_types_int64_int64 rms_normalization_3d_axis0_epsilon
    rotary_embedding_interleaved rotary_embedding_with_rotary_dim selu
    split_zero_size_splits_opset18 tile tril_neg where_example
    """.split()

# The passes to LLVM, which are all upstream ones.
TO_LLVM = (harness.ROOT / "test" / "linalg_io" / "to-llvm.txt").read_text()

# Reads inputs from files and writes outputs to files, once for each case.
MAIN = """
  func.func private @gacTestSize(i64, i64, i64) -> i64
  func.func private @gacTestRead(i64, i64, i64, i64)
  func.func private @gacTestPutSize(i64, i64, i64)
  func.func private @gacTestWrite(i64, i64, i64, i64)
  func.func @main() {{
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %cases = arith.constant {cases} : index
    scf.for %case = %c0 to %cases step %c1 {{
      %batch = arith.index_cast %case : index to i64
{body}
    }}
    return
  }}
"""
DTYPES = {"f16": np.float16, "f32": np.float32, "f64": np.float64,
          "i1": np.bool_, "i8": np.int8, "i16": np.int16, "i32": np.int32,
          "i64": np.int64}


def parse_tensor(text):
    """'tensor<?x64xf32>' -> (['?', '64'], 'f32')"""
    *sizes, element = text[len("tensor<"):-1].split("x")
    return sizes, element


class MainWriter:
    """Writes the loop's body: text in which no two values share a name."""

    def __init__(self):
        self.lines, self.count = [], 0

    def define(self, text):
        self.count += 1
        self.lines.append(f"      %v{self.count} = {text}")
        return f"%v{self.count}"

    def do(self, text):
        self.lines.append(f"      {text}")

    def integer(self, value):
        return self.define(f"arith.constant {value} : i64")

    def address(self, memref, memref_type):
        pointer = self.define(
            f"memref.extract_aligned_pointer_as_index {memref} : {memref_type}"
            f" -> index")
        return self.define(f"arith.index_cast {pointer} : index to i64")

    def bytes_of(self, memref, memref_type, rank, element):
        total = self.integer(np.dtype(DTYPES[element]).itemsize)
        sizes = []
        for axis in range(rank):
            place = self.define(f"arith.constant {axis} : index")
            size = self.define(f"memref.dim {memref}, {place} : {memref_type}")
            sizes.append(self.define(f"arith.index_cast {size} : index to i64"))
            total = self.define(f"arith.muli {total}, {sizes[-1]} : i64")
        return total, sizes

    def read_input(self, index, tensor):
        sizes, element = parse_tensor(tensor)
        memref_type = tensor.replace("tensor", "memref", 1)
        number, dynamic = self.integer(index), []
        for axis, size in enumerate(sizes):
            if size == "?":
                place = self.integer(axis)
                long = self.define(
                    f"func.call @gacTestSize(%batch, {number}, {place})"
                    " : (i64, i64, i64) -> i64")
                dynamic.append(
                    self.define(f"arith.index_cast {long} : i64 to index"))
        memref = self.define(
            f"memref.alloc({', '.join(dynamic)}) : {memref_type}")
        total, _ = self.bytes_of(memref, memref_type, len(sizes), element)
        self.do(f"func.call @gacTestRead(%batch, {number}, "
                f"{self.address(memref, memref_type)}, {total})"
                " : (i64, i64, i64, i64) -> ()")
        return self.define(f"bufferization.to_tensor {memref} restrict"
                           f" : {memref_type} to {tensor}")

    def write_output(self, index, value, tensor):
        sizes, element = parse_tensor(tensor)
        memref_type = tensor.replace("tensor", "memref", 1)
        memref = self.define(f"bufferization.to_buffer {value}"
                             f" : {tensor} to {memref_type}")
        number = self.integer(index)
        total, known = self.bytes_of(memref, memref_type, len(sizes), element)
        for size in known:
            self.do(f"func.call @gacTestPutSize(%batch, {number}, {size})"
                    " : (i64, i64, i64) -> ()")
        self.do(f"func.call @gacTestWrite(%batch, {number}, "
                f"{self.address(memref, memref_type)}, {total})"
                " : (i64, i64, i64, i64) -> ()")


def add_main(text, cases):
    """The module `text` with a main that runs its function `cases` times, and
    the element types of the function's results."""
    signature = re.search(r"func\.func @(\w+)\((.*)\) attributes", text)
    name, rest = signature.groups()
    inputs, outputs = (re.findall(r"tensor<[^>]*>", part)
                       for part in rest.split(" -> "))
    writer = MainWriter()
    arguments = [writer.read_input(*entry) for entry in enumerate(inputs)]
    types = ", ".join(outputs)
    # One value, or a pack of several.
    pack = f"%results:{len(outputs)}" if len(outputs) > 1 else "%results"
    writer.do(f"{pack} = func.call @{name}({', '.join(arguments)})"
              f" : ({', '.join(inputs)}) -> ({types})")
    for index, tensor in enumerate(outputs):
        value = f"%results#{index}" if len(outputs) > 1 else "%results"
        writer.write_output(index, value, tensor)
    # Before the module's closing brace, which begins a line.
    end = text.rindex("\n} loc(") + 1
    main = MAIN.format(cases=cases, body="\n".join(writer.lines))
    return (text[:end] + main + text[end:],
            [parse_tensor(tensor)[1] for tensor in outputs])


class Linalg(harness.ToolTest):
    @classmethod
    def setUpClass(cls):
        for path in (LLVM_BIN / "mlir-opt", LLVM_BIN / "mlir-runner",
                     RUNNER_UTILS, LINALG_IO):
            if not path.exists():
                raise RuntimeError(
                    f"{path} does not exist: mlir-opt, mlir-runner and its"
                    " library are of Debian's mlir-22-tools and libmlir-22-dev,"
                    " linalg-io.so of this build")

    def run_llvm_tool(self, tool, *arguments, env=None):
        done = subprocess.run(
            [str(LLVM_BIN / tool), *map(str, arguments)], capture_output=True,
            env={**os.environ, **(env or {})}, timeout=harness.TOOL_TIMEOUT,
            stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0,
                         f"{tool}\n{done.stderr.decode(errors='replace')}")

    def compute(self, model, feeds, *passes):
        """The outputs of `model` on each feed, as mlir-runner computes them."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.dir))
        for case, feed in enumerate(feeds):
            for index, array in enumerate(feed):
                path = folder / f"in.{case}.{index}"
                path.write_bytes(np.ascontiguousarray(array).tobytes())
                path.with_name(path.name + ".shape").write_text(
                    " ".join(map(str, array.shape)))
        converted, lowered = folder / "linalg.mlir", folder / "llvm.mlir"
        self.must_run("gac-opt", model, *passes, "--convert-gac-to-linalg",
                      "-o", converted)
        text, elements = add_main(converted.read_text(), len(feeds))
        converted.write_text(text)
        # Not one dialect of ours is registered here.
        self.run_llvm_tool("mlir-opt", converted, "-o", lowered,
                           f"--pass-pipeline=builtin.module({TO_LLVM})")
        self.run_llvm_tool(
            "mlir-runner", lowered, "-e", "main", "--entry-point-result=void",
            f"--shared-libs={RUNNER_UTILS},{LINALG_IO}",
            env={"GAC_LINALG_IO_DIR": str(folder)})
        results = []
        for case in range(len(feeds)):
            outputs = []
            for index, element in enumerate(elements):
                path = folder / f"out.{case}.{index}"
                sizes = path.with_name(path.name + ".shape")
                # A scalar has none.
                shape = sizes.read_text().split() if sizes.exists() else []
                outputs.append(
                    np.frombuffer(path.read_bytes(), DTYPES[element])
                    .reshape([int(size) for size in shape]))
            results.append(outputs)
        return results

    def check_model(self, model, original, *passes):
        """Compares on fresh random inputs of several sizes, which one program
        takes: sizes stay symbolic."""
        session = check_onnx.open_session(original)
        names = [value.name for value in session.get_inputs()]
        cases = []
        for case, feed in check_onnx.cases_of(session, original, {}, seed=None):
            try:
                cases.append((case, feed, session.run(None, feed)))
            except Exception:  # ONNX Runtime refuses batches in RotaryEmbedding
                self.assertIn("batch=3", case)
        self.assertTrue(cases)
        computed = self.compute(
            model, [[feed[name] for name in names] for _, feed, _ in cases],
            *passes)
        for (case, _, want), got in zip(cases, computed):
            self.assertEqual(len(got), len(want))
            for index, (one, two) in enumerate(zip(got, want)):
                error = check_onnx.relative_error(one, two)
                self.assertLessEqual(error, check_onnx.TOLERANCE,
                                     f"output {index} of {case}")

    def models(self):
        for family in FAMILIES:
            for form in ("", "_op23"):
                yield harness.MODELS / f"{family}{form}.onnx"


class Models(Linalg):
    def test_as_exported(self):
        for path in self.models():
            with self.subTest(path.stem):
                self.check_model(path, path)

    def test_repaired(self):
        """Padded weights are recipes over the original's file: they are
        evaluated, nothing is written in between."""
        # Both of these count lanes without their padding.
        counted = (harness.MODELS / f"{name}.onnx"
                   for name in ("llama_hidden61_op23", "gpt2_60_op23"))
        for path in (*self.models(), *counted):
            with self.subTest(path.stem):
                self.check_model(path, path, "--gac-repair")

    def test_recovered(self):
        """Named ops that exporters had taken apart."""
        for family in ("llama_asvd", "bert_asvd"):
            with self.subTest(family):
                path = harness.MODELS / f"{family}.onnx"
                self.check_model(path, path, "--gac-recover")

    def test_nodes(self):
        cache = os.environ.get("GAC_CACHE_DIR", self.dir)
        folder = node_cases.cached_cases(cache)[0].parent
        for name in NODE_CASES:
            with self.subTest(name):
                path = folder / f"test_{name}.onnx"
                feeds = pickle.loads(path.with_suffix(".pkl").read_bytes())
                session = check_onnx.open_session(path)
                given = {key: node_cases.feed_value(value)
                         for key, value in feeds[0]}
                order = [value.name for value in session.get_inputs()]
                got = self.compute(path, [[given[key] for key in order]])[0]
                for one, two in zip(got, session.run(None, given),
                                    strict=True):
                    error = check_onnx.relative_error(one, np.asarray(two))
                    self.assertLessEqual(error, check_onnx.TOLERANCE)


class Decomposed(harness.ToolTest):
    def test_models(self):
        """Attention, rotary embeddings and norms as primitive ops are a model
        again, in which none of them is left."""
        composite = {"Attention", "RotaryEmbedding", "RMSNormalization",
                     "LayerNormalization", "Softmax"}
        for name in ("llama_asvd_op23", "llama_head14_past_op23",
                     "bert_asvd_op23", "bert_asvd"):
            with self.subTest(name):
                path = harness.MODELS / f"{name}.onnx"
                out = self.dir / "plain.onnx"
                self.must_run("gac-opt", path, "--gac-decompose", "-o", out)
                before = harness.op_types(harness.load(path))
                self.assertTrue(composite.intersection(before))
                after = harness.op_types(harness.load(out))
                self.assertFalse(composite.intersection(after))
                self.assert_same_results(out, path)


if __name__ == "__main__":
    unittest.main()
