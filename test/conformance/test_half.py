#===- test_half.py - Models in f16 and bf16 -------------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""The models here with their floats in 16 bits. Where repair adds nothing but
zeros, results are the same to the bit, or to the order of a sum; where a norm
counts lanes, as good as the original's: one rounding apart.

ONNX Runtime runs f16. It has few operations for bf16: both models are compared
with their bf16 numbers as f32, which changes none of them.
"""

import unittest

import numpy as np
import onnx
from onnx import TensorProto

import half_precision
import harness
import lanes
from harness import check_onnx
from test_lanes import ALLOWED, sizes_of

# A width grows over which a norm takes a mean.
COUNT_LANES = ("gpt2_60", "llama_hidden61", "mla", "moe", "qwen3_head14", "t5",
               "vit")
# ONNX Runtime adds up f16 numbers in f32, in an order that depends on how many
# there are: a sum may be rounded to the other neighbour.
REORDERED = {TensorProto.FLOAT16: 2 ** -11, TensorProto.BFLOAT16: 1e-5}
# Numbers of 11 and 8 bits, each rounded once more or less, layer by layer.
ROUNDED = {TensorProto.FLOAT16: 4e-3, TensorProto.BFLOAT16: 2e-2}


def tolerance_of(path, kind):
    return (ROUNDED[kind] if path.stem.removesuffix("_op23") in COUNT_LANES
            else REORDERED[kind])


class Half(harness.ToolTest):
    def convert(self, path, kind):
        made = self.dir / f"{path.stem}.onnx"
        onnx.save(half_precision.convert(harness.load(path), kind), made)
        return made

    def repair(self, path):
        fixed = self.dir / "fixed.onnx"
        self.must_run("gac", "repair", path, "-o", fixed)
        return fixed

    def assert_no_float32_weights(self, path, kind):
        """What repair adds is of the model's type."""
        for tensor in harness.load(path).graph.initializer:
            if len(tensor.dims) > 1:
                self.assertNotEqual(tensor.data_type, TensorProto.FLOAT,
                                    tensor.name)

    def test_f16(self):
        for path in harness.models():
            with self.subTest(path.stem):
                original = self.convert(path, TensorProto.FLOAT16)
                fixed = self.repair(original)
                self.assert_no_float32_weights(fixed, TensorProto.FLOAT16)
                tolerance = tolerance_of(path, TensorProto.FLOAT16)
                for case, output, error in check_onnx.check_against(
                        fixed, original, sizes_of(path), seed=0):
                    if error is not None:
                        self.assertLessEqual(error, tolerance,
                                             f"{output} of {case}")
                values = lanes.read_lanes(original)
                self.assertTrue(any(value["padding"] for value in values))
                found = list(lanes.violations(original, fixed, values,
                                              sizes_of(path),
                                              tolerance=2 * tolerance))
                self.assertFalse(found, "\n".join(map(str, found[:5])))
                found = list(lanes.check_structure(
                    original, fixed, self.dir, ALLOWED | {"Cast"}))
                self.assertFalse(found, "\n".join(map(str, found[:5])))

    def test_f16_is_as_good_as_the_original(self):
        """Against the model in f32: repair costs no precision."""
        for name in COUNT_LANES:
            with self.subTest(name):
                path = harness.MODELS / f"{name}.onnx"
                original = self.convert(path, TensorProto.FLOAT16)
                fixed = self.repair(original)
                old, new, exact = map(check_onnx.open_session,
                                      (original, fixed, path))
                names = [value.name for value in old.get_outputs()]
                errors = []
                for _, feed in check_onnx.cases_of(old, original,
                                                   {"batch": [1]}, 0):
                    wide = {key: array.astype(np.float32)
                            if array.dtype == np.float16 else array
                            for key, array in feed.items()}
                    want = exact.run(names, wide)
                    errors.append([max(
                        check_onnx.relative_error(a.astype(np.float32),
                                                  b.astype(np.float32))
                        for a, b in zip(session.run(names, feed), want))
                        for session in (old, new)])
                before, after = np.max(errors, axis=0)
                self.assertLessEqual(after, 1.5 * before + 2 ** -11)

    def test_bf16(self):
        for path in harness.models():
            with self.subTest(path.stem):
                original = self.convert(path, TensorProto.BFLOAT16)
                fixed = self.repair(original)
                self.assert_no_float32_weights(fixed, TensorProto.BFLOAT16)
                wide = [self.dir / "wide.onnx", self.dir / "wide_fixed.onnx"]
                for narrow, widened in zip((original, fixed), wide):
                    onnx.save(half_precision.convert(
                        harness.load(narrow), TensorProto.FLOAT,
                        TensorProto.BFLOAT16), widened)
                tolerance = tolerance_of(path, TensorProto.BFLOAT16)
                for case, output, error in check_onnx.check_against(
                        wide[1], wide[0], sizes_of(path), seed=0):
                    if error is not None:
                        self.assertLessEqual(error, tolerance,
                                             f"{output} of {case}")


if __name__ == "__main__":
    unittest.main()
