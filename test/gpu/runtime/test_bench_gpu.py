#!/usr/bin/env python3
#===- test_bench_gpu.py - gac-bench on a real GPU --------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Two hand-written packages through gac-bench, one of which does twice as much
as the other.

Needs numpy and GAC_BIN_DIR, the folder of gac-bench. Exits with 77, which ctest
counts as skipped, where there is no GPU."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from package_writer import PackageWriter, get_arch, has_gpu

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("GAC_BIN_DIR", ROOT / "build/release/bin"))
SKIPPED = 77
ROWS, CAPACITY = 2048, 16
ELEMENTS = ROWS * ROWS

KERNELS = """
extern "C" __global__ void halve(const ELEMENT *from, ELEMENT *to, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n)
    to[i] = ELEMENT(0.5f * float(from[i]));
}
// Ones go to where the cache is filled.
extern "C" __global__ void append(ELEMENT *cache, const int *position) {
  cache[*position * 64 + threadIdx.x] = ELEMENT(1.0f);
}
"""


def make_package(folder, times, arena=64):
    """A chain of products and halvings, so many times."""
    p = PackageWriter("bf16", [get_arch()])
    p.weight("w", [ROWS, ROWS])
    p.tensor("x", "input", [ROWS, ROWS])
    p.tensor("t", "arena", [ROWS, ROWS])
    p.tensor("room", "arena", [arena])
    p.tensor("y", "output", [ROWS, ROWS])
    p.tensor("k", "cache", [CAPACITY, 64])
    p.caches.append({"input": "past", "output": "present",
                     "tensor": p.id("k"), "axis": 0, "capacity": CAPACITY})
    operands = [p.operand(name, ROWS) for name in ("x", "w", "t")]
    ops = []
    for _ in range(times):
        product = p.gemm(*operands, ROWS, ROWS, ROWS)
        product.update(bytes=3 * 2 * ELEMENTS, predictedUs=30)
        halving = p.launch("halve", ELEMENTS // 256, 256,
                           ["t", "y", {"i32": ELEMENTS}])
        halving.update(bytes=2 * 2 * ELEMENTS, predictedUs=10)
        ops += [product, halving]
    ops.append(p.launch("append", 1, 64, ["k", {"position": "past"}]))
    ops[-1].update(bytes=128, predictedUs=2)
    p.entry("main", ["x"], ["y"], ops, arena=["t", "room"],
            appends=[("past", 1)])
    p.write(folder, KERNELS)


class BenchOnGPU(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gac-gpu-")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def bench(self, *arguments):
        return subprocess.run(
            [str(BIN / "gac-bench"), *map(str, arguments)], cwd=self.dir,
            capture_output=True, text=True,
            env={**os.environ, "GAC_CACHE_DIR": str(self.dir / "cache")})

    def test_twice_the_work(self):
        make_package(self.dir / "twice.gacpkg", 8)
        make_package(self.dir / "once.gacpkg", 4)
        done = self.bench("twice.gacpkg", "once.gacpkg", "--position",
                          "past=3", "--rounds", 5, "--output", "out")
        # For the log: what a user sees.
        print(done.stdout)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        out = self.dir / "out"
        summary = json.loads((out / "summary.json").read_text())
        ceilings = summary["ceilings"][0]
        self.assertEqual(ceilings["notes"], [])
        # Below what any GPU of the last ten years has, and above what one of
        # the next may have: only units can be wrong by so much.
        for rate, least, most in (("copyBytesPerSecond", 5e10, 1e14),
                                  ("readBytesPerSecond", 5e10, 1e14),
                                  ("flopsPerSecond", 1e12, 1e17)):
            self.assertGreater(ceilings[rate], least, rate)
            self.assertLess(ceilings[rate], most, rate)
        twice, once = summary["cases"][0]["packages"]
        self.assertGreater(once["speedup"], 1.6)
        self.assertLess(once["speedup"], 2.4)
        for package, operations in ((twice, 17), (once, 9)):
            times = package["us"]
            self.assertEqual(times["count"], 100)
            self.assertGreater(times["min"], 0)
            self.assertLess(times["q1"], times["q3"] + 1e-9)
            self.assertEqual(len(package["ops"]), operations)
            self.assertAlmostEqual(sum(package["families"].values()),
                                   times["median"], 3)
            # Nothing is faster than the device is; what it measures varies.
            for op in package["ops"]:
                if op["family"] == "gemm":
                    self.assertLess(op["limitShare"], 1.2)
                    self.assertGreater(op["limitShare"], 0.05)
            memory = package["memory"]
            # The driver gives memory in blocks, and keeps some for graphs.
            self.assertGreater(memory["usedBytes"],
                               0.8 * memory["plannedBytes"])
            self.assertLess(memory["usedBytes"],
                            memory["plannedBytes"] + (512 << 20))
        env = json.loads((out / "env.json").read_text())
        self.assertGreater(env["device"]["multiprocessors"], 0)
        self.assertGreater(env["device"]["bytes"], 1 << 30)
        self.assertRegex(env["cuda"], r"^\d+\.\d+$")
        self.assertRegex(env["nvrtc"], r"^\d+\.\d+$")
        self.assertRegex(env["cublasLt"], r"^\d+$")
        if env["driver"] is not None:
            self.assertGreater(env["clocks"][0]["after"]["smMHz"], 0)
        self.assertEqual(len(list((out / "plots").iterdir())), 3)

    def test_sequential(self):
        make_package(self.dir / "twice.gacpkg", 2)
        make_package(self.dir / "once.gacpkg", 1)
        done = self.bench("twice.gacpkg", "once.gacpkg", "--sequential",
                          "--rounds", 2, "--json", "-")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        case = json.loads(done.stdout)["cases"][0]
        self.assertIs(case["interleaved"], False)
        self.assertGreater(case["packages"][1]["speedup"], 1.2)

    def test_too_little_memory(self):
        make_package(self.dir / "a.gacpkg", 1, arena=1 << 39)
        done = self.bench("a.gacpkg", "a.gacpkg", "--output", "out")
        self.assertEqual(done.returncode, 1)
        self.assertIn("case 'main' needs 2048.1", done.stderr)
        self.assertIn(" GiB of device memory for all packages together (a "
                      "1024.06 GiB, a-2 1024.06 GiB) and ", done.stderr)
        self.assertFalse((self.dir / "out").exists())


if __name__ == "__main__":
    if not has_gpu():
        print("skipped: no GPU")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
