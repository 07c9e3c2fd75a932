#===- test_round_trip.py - Models through gac-opt without a pass ----------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""What no pass changed comes back as it was, and computes the same bits."""

import unittest

import numpy as np
import onnx
from onnx import numpy_helper

import harness
from harness import check_onnx


class RoundTrip(harness.ToolTest):
    def check(self, path, through=()):
        out = self.dir / "out.onnx"
        previous = path
        for step in (*(self.dir / name for name in through), out):
            self.must_run("gac-opt", previous, "-o", step)
            previous = step
        self.assert_same_model(out, path)
        inputs, expected = check_onnx.recorded(path)
        before, after = (check_onnx.open_session(model).run(list(expected),
                                                            inputs)
                         for model in (path, out))
        self.assertTrue(harness.identical(after, before),
                        f"{path.name} computes other bits")
        return out

    def test_every_model_is_there(self):
        self.assertEqual(len(harness.models()), 40)

    def test_models(self):
        for path in harness.models():
            with self.subTest(path.name):
                self.check(path)

    def test_second_trip_changes_no_byte(self):
        for name in ("llama_asvd", "bert_asvd_op23", "convnet"):
            with self.subTest(name):
                first, second = self.dir / "first.onnx", self.dir / "2.onnx"
                path = harness.MODELS / f"{name}.onnx"
                self.must_run("gac-opt", path, "-o", first)
                self.must_run("gac-opt", first, "-o", second)
                self.assertEqual(first.read_bytes(), second.read_bytes())

    def test_through_text_and_bytecode(self):
        for name in ("llama_asvd", "gpt2_60_op23"):
            path = harness.MODELS / f"{name}.onnx"
            direct = self.check(path).read_bytes()
            for through in (("a.mlir",), ("a.mlirbc",), ("a.mlir", "b.mlirbc")):
                with self.subTest(name, through=through):
                    out = self.check(path, through)
                    self.assertEqual(out.read_bytes(), direct)

    def test_tensors_in_fields_that_no_one_reads(self):
        """An attribute may have fields of other kinds than its own, and large
        tensors in them, which come back like all else."""
        path, out = self.dir / "model.onnx", self.dir / "out.onnx"
        weights = numpy_helper.from_array(
            np.arange(100000, dtype=np.float32), "w")
        original = onnx.load(harness.MODELS / "convnet.onnx")
        conv = next(index for index, node in enumerate(original.graph.node)
                    if node.op_type == "Conv")
        for kind in ("t", "tensors", "g", "graphs"):
            model = onnx.ModelProto()
            model.CopyFrom(original)
            attribute = next(each for each in model.graph.node[conv].attribute
                             if each.type == onnx.AttributeProto.INTS)
            target = getattr(attribute, kind)
            if kind in ("tensors", "graphs"):
                target = target.add()
            if kind in ("g", "graphs"):
                target = target.initializer.add()
            target.CopyFrom(weights)
            path.write_bytes(model.SerializeToString())
            previous = path
            for _ in range(2):
                self.must_run("gac-opt", previous, "-o", out)
                self.assert_same_model(out, path)
                previous = out


if __name__ == "__main__":
    unittest.main()
