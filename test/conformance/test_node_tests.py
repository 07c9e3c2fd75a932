#===- test_node_tests.py - ONNX's node tests through gac-opt --------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Every operator that ONNX tests, at every opset it is tested at: import
refuses none, the file comes back as it was, and ONNX Runtime gives the same
bits from both wherever it runs the original."""

import concurrent.futures
import os
import pathlib
import pickle
import tempfile
import unittest

import harness
import node_cases

# What onnx 1.23.2 generates, and how many of these ONNX Runtime 1.31.1 runs on
# the CPU. Both are pinned in scripts/requirements.txt; the counts are exact so
# that the test cannot shrink unseen.
GENERATED = 1884
RUNNABLE = 1512
WORKERS = 2


def check_case(path):
    """(case, whether the original runs, what is wrong or None)"""
    name = path.stem
    feeds = pickle.loads(path.with_suffix(".pkl").read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.onnx"
        result = harness.run_tool("gac-opt", path, "-o", out)
        if result.code != 0:
            return name, False, f"gac-opt refuses it: {result.err.strip()}"
        difference = harness.first_difference(harness.load(out),
                                              harness.load(path))
        if difference:
            return name, False, difference
        try:
            before = node_cases.run_case(path, feeds)
        except Exception:  # ONNX Runtime does not run the original
            return name, False, None
        try:
            after = node_cases.run_case(out, feeds)
        except Exception as refusal:
            return name, True, f"only the original runs: {refusal}"
        return name, True, None if after == before else "other bits"


class NodeTests(unittest.TestCase):
    def test_all(self):
        cache = os.environ.get("GAC_CACHE_DIR",
                               harness.ROOT / "build" / "conformance")
        paths = node_cases.cached_cases(cache)
        self.assertEqual(len(paths), GENERATED)
        with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
            verdicts = list(pool.map(check_case, paths, chunksize=16))
        wrong = [f"{name}: {why}" for name, _, why in verdicts if why]
        self.assertFalse(wrong, f"{len(wrong)} cases\n" + "\n".join(wrong))
        self.assertEqual(sum(ran for _, ran, _ in verdicts), RUNNABLE)


if __name__ == "__main__":
    unittest.main()
