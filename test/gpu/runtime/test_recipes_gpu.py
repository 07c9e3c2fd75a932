#!/usr/bin/env python3
#===- test_recipes_gpu.py - Weights made on a real GPU ---------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Recipes of every kind, evaluated where the weights lie, against numpy, bit
for bit.

Needs numpy and GAC_BIN_DIR, the folder of gac-run. Exits with 77, which ctest
counts as skipped, where there is no GPU."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts"))
import synthetic_weights  # noqa: E402
from package_writer import PackageWriter, get_arch, has_gpu  # noqa: E402

BIN = pathlib.Path(os.environ.get("GAC_BIN_DIR", ROOT / "build/release/bin"))
SKIPPED = 77
DTYPES = ("bf16", "f16", "f32")


def original(name, shape, dtype="f32", fan_in=7):
    return {"kind": "original", "name": name, "shape": shape, "dtype": dtype,
            "fanIn": fan_in}


def cast(source, dtype):
    return {"kind": "cast", "source": source, "dtype": dtype}


def pad(source, shape, *axes):
    return {"kind": "pad", "source": source, "shape": shape,
            "axes": [[list(run) for run in axis] for axis in axes]}


def transpose(source, *perm):
    return {"kind": "transpose", "source": source, "perm": list(perm)}


def concat(axis, *sources):
    return {"kind": "concat", "axis": axis, "sources": list(sources)}


def product(a, b):
    return {"kind": "product", "a": a, "b": b}


def scatter(lanes):
    """Runs that bring every second lane to every third."""
    return [(lane // 2 * 3, lane, 1) for lane in range(0, lanes, 2)]


def make_recipes():
    """By a weight's name, its recipe."""
    recipes = {"one": original("one", [1]), "scalar": original("scalar", []),
               "unicode": original("wéights", [17, 3])}
    for dtype in DTYPES:
        recipes |= {
            f"plain_{dtype}": original("plain", [1031, 77], dtype),
            f"high_rank_{dtype}": original("rank", [2, 3, 5, 7, 2], dtype),
            # Below half precision's normal numbers.
            f"small_{dtype}": original("small", [1001], dtype, 2**40),
            f"padded_{dtype}": pad(original("padded", [1843, 573], dtype),
                                   [1848, 576], [(0, 0, 1843)], [(0, 0, 573)]),
        }
        for outer in DTYPES:
            recipes[f"cast_{dtype}_{outer}"] = cast(
                cast(original("cast", [999], dtype), outer), "f32")
    runs = pad(original("runs", [6, 10]), [9, 16],
               [(1, 4, 2), (4, 0, 3), (8, 5, 1)],
               [(0, 5, 5), (6, 0, 5), (12, 2, 4)])
    joined = concat(1, original("q", [33, 64], "bf16"),
                    pad(original("k", [33, 61], "bf16", 3), [33, 64],
                        [(0, 0, 33)], [(0, 0, 40), (43, 40, 21)]),
                    cast(original("v", [33, 5]), "bf16"))
    recipes |= {
        "runs": runs,
        "runs_inside": pad(runs, [20, 17], [(0, 2, 3), (5, 5, 4)],
                           [(1, 3, 13)]),
        "many_runs": pad(original("many", [400, 301]), [600, 452],
                         scatter(400), scatter(301)),
        "transposed": transpose(original("t", [61, 1009]), 1, 0),
        "permuted": transpose(original("t", [7, 11, 13]), 2, 0, 1),
        "transposed_runs": cast(transpose(runs, 1, 0), "bf16"),
        "joined": joined,
        "joined_rows": concat(0, runs, original("more", [1, 16])),
        "transposed_joined": pad(transpose(joined, 1, 0), [136, 40],
                                 [(0, 0, 133)], [(0, 0, 30), (35, 30, 3)]),
        "product": pad(product(original("a", [35, 9]),
                               original("b", [9, 27])),
                       [40, 32], [(0, 0, 35)], [(0, 0, 27)]),
        "bf16_product": product(original("ba", [200, 131], "bf16"),
                                original("bb", [131, 333], "bf16")),
        "product_of_products": transpose(cast(product(
            product(original("p", [70, 65]), original("q", [65, 33])),
            pad(original("r", [30, 129]), [33, 130], [(2, 0, 30)],
                [(0, 0, 129)])), "f16"), 1, 0),
        "joined_product": concat(0, original("c", [3, 27]),
                                 product(original("a", [35, 9]),
                                         original("b", [9, 27]))),
    }
    return recipes


class RecipesOnGPU(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gac-gpu-")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.cache = self.dir / "cache"

    def make_package(self, dtype):
        """One whose only entry copies each weight to an output."""
        writer = PackageWriter(dtype, [get_arch()])
        expected, ops = {}, []
        for name, recipe in make_recipes().items():
            values, _ = synthetic_weights.evaluate(recipe)
            shape = list(values.shape)
            writer.tensor("w_" + name, "weight", shape, recipe=recipe)
            writer.tensor(name, "output", shape)
            ops.append(writer.copy("w_" + name, name))
            expected[name] = synthetic_weights.round_to(values, dtype)
        writer.entry("main", [], list(expected), ops)
        writer.write(self.dir / dtype)
        return self.dir / dtype, expected

    def run_package(self, package, *arguments):
        out = self.dir / "out.npz"
        done = subprocess.run(
            [str(BIN / "gac-run"), str(package), "--entry", "main", "--output",
             str(out), *arguments], capture_output=True, text=True,
            env={**os.environ, "GAC_CACHE_DIR": str(self.cache)})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with np.load(out) as arrays:
            return dict(arrays)

    def test_every_kind(self):
        for dtype in DTYPES:
            package, expected = self.make_package(dtype)
            # Weights do not depend on the seed of inputs.
            for seed in ("0", "5"):
                got = self.run_package(package, "--seed", seed)
                self.assertEqual(set(got), set(expected))
                for name, values in expected.items():
                    with self.subTest(name, dtype=dtype, seed=seed):
                        actual = got[name].astype(np.float32)
                        self.assertEqual(actual.shape, values.shape)
                        np.testing.assert_array_equal(
                            actual.reshape(-1).view(np.uint32),
                            values.reshape(-1).view(np.uint32))
        # The packages' own source, which is the same for all, and that of the
        # kernel that makes weights: so not the CPU made all of the above.
        kept = [path.name.split("-")[0] for path in self.cache.iterdir()]
        self.assertEqual(kept.count("kernels"), 2)


if __name__ == "__main__":
    if not has_gpu():
        print("skipped: no GPU")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
