#===- test_fold_shapes.py - Models without shape arithmetic ----------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""With all sizes bound and shapes folded, models compute what they did and
nothing computes a shape any more."""

import unittest

import harness
from harness import check_onnx

SIZES = {"batch": 1, "seq": 7, "past": 5}


class FoldShapes(harness.ToolTest):
    def test_models(self):
        paths = sorted(harness.MODELS.glob("*.onnx"))
        self.assertGreater(len(paths), 20)
        for original in paths:
            with self.subTest(original.stem):
                self.check(original)

    def check(self, original):
        old = check_onnx.open_session(original)
        symbols = check_onnx.symbols_of(old)
        sizes = {symbol: SIZES.get(symbol, 6) for symbol in symbols}
        dims = ",".join(f"{name}={size}" for name, size in sizes.items())
        path = self.dir / original.name
        bind = f"gac-bind-dims{{dims={dims}}}," if dims else ""
        self.must_run("gac-opt", original, "--pass-pipeline=builtin.module("
                      f"{bind}func.func(gac-infer-shapes,gac-fold-shapes))",
                      "-o", path)
        self.assertEqual(harness.op_types(harness.load(path))["Shape"], 0)
        new = check_onnx.open_session(path)
        names = [value.name for value in old.get_outputs()]
        cases = 0
        choices = {symbol: (size,) for symbol, size in sizes.items()}
        for case, feed in check_onnx.cases_of(old, original, choices, seed=None):
            shapes = {value.name: value.shape for value in new.get_inputs()}
            if any(list(feed[name].shape) != shape
                   for name, shape in shapes.items()):
                continue  # the recorded case has sizes of its own
            for output, got, want in zip(names, new.run(names, feed),
                                         old.run(names, feed)):
                self.assertLessEqual(check_onnx.relative_error(got, want),
                                     check_onnx.TOLERANCE, f"{output}, {case}")
                cases += 1
        self.assertGreater(cases, 0)


if __name__ == "__main__":
    unittest.main()
