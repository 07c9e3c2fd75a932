#===- test_scale.py - Memory does not follow the weights ------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""The bounds of benchmarks/scale.py on models small enough for every run: what
is analysed or repaired is never held in memory."""

import sys
import unittest

import harness

sys.path.insert(0, str(harness.ROOT / "benchmarks"))
import measure  # noqa: E402  (it lies in benchmarks/)

MIB = 1 << 20
# The tools take less than this for a small model; the weights alone are more.
ANONYMOUS_LIMIT = 200 * MIB
GAC = harness.BIN / "gac"


class Scale(harness.ToolTest):
    def make(self, *arguments):
        path = self.dir / "big.onnx"
        measure.run([sys.executable,
                     harness.ROOT / "benchmarks" / "make_llama.py", path,
                     *arguments])
        return path

    def check_memory(self, path):
        out = self.dir / "out.onnx"
        for command in (["analyze", path], ["repair", path, "-o", out]):
            with self.subTest(command[0]):
                cost = measure.run([GAC, *command])
                self.assertLess(cost.peak_anonymous, ANONYMOUS_LIMIT)

    def test_external_weights_stay_on_disk(self):
        path = self.make("--layers", "2", "--vocabulary", "8000")
        data = path.with_name("big.onnx.data")
        self.assertGreater(data.stat().st_size, 600 * MIB)
        self.check_memory(path)

    def test_inline_weights_stay_on_disk(self):
        path = self.make("--layers", "1", "--vocabulary", "16000", "--inline")
        self.assertGreater(path.stat().st_size, 500 * MIB)
        self.check_memory(path)


if __name__ == "__main__":
    unittest.main()
