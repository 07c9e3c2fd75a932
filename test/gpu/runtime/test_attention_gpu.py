#!/usr/bin/env python3
#===- test_attention_gpu.py - Attention on a real GPU ----------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Attention by the package's own kernel and by cuDNN, against float64.

Needs what test_runtime_gpu.py needs; without cuDNN, what is about cuDNN is
skipped. Lines that start with NOTE say what was faster."""

import dataclasses
import json
import pathlib
import re
import sys
import tempfile
import unittest

import numpy as np

import test_runtime_gpu as base

KERNELS = base.ROOT / "kernels"
# Half of the last place.
UNIT = {"bf16": 2.0**-9, "f16": 2.0**-12}


@dataclasses.dataclass
class Case:
    name: str
    dtype: str
    batch: int
    heads: int
    key_heads: int
    queries: int
    keys: int
    key_width: int
    value_width: int
    causal: bool
    # "merged": q, k and v are parts of one projection's rows. "apart": three
    # tensors [batch, rows, heads, width]. "cache": k and v are [batch, heads,
    # rows, width].
    layout: str
    # Elements between the end of a row of o and the next one's start.
    gap: int = 0

    @property
    def scale(self):
        # Scores of a few units, so that some weights are large, some vanish.
        return 3 / self.key_width**0.5

    @property
    def for_cudnn(self):
        return self.key_width % 8 == 0 and self.value_width % 8 == 0


CASES = [
    Case("prefill", "bf16", 1, 32, 8, 1024, 1024, 128, 128, True, "merged"),
    Case("odd", "bf16", 2, 8, 2, 130, 130, 112, 112, True, "merged", gap=16),
    Case("unequal", "f16", 1, 6, 3, 200, 200, 64, 96, True, "apart"),
    Case("wide_keys", "bf16", 2, 4, 2, 90, 90, 128, 64, True, "apart"),
    Case("all_keys", "bf16", 2, 4, 4, 67, 67, 64, 64, False, "apart", gap=8),
    Case("past", "f16", 2, 8, 2, 100, 300, 128, 128, True, "cache"),
    Case("one_query", "bf16", 1, 4, 1, 1, 513, 128, 128, True, "cache"),
    Case("narrow", "f16", 1, 2, 1, 33, 33, 61, 37, True, "apart"),
]


def inline(name, done):
    """A header of kernels/ with those that it includes."""
    if name in done:
        return ""
    done.add(name)
    return re.sub(r'#include "(\w+\.cuh)"\n',
                  lambda match: inline(match[1], done),
                  (KERNELS / name).read_text())


def align(size, unit):
    return (size + unit - 1) // unit * unit


class Operand:
    """A view of a tensor as [batch, heads, rows, width]."""

    def __init__(self, tensor, offset, strides):
        self.tensor, self.offset, self.strides = tensor, offset, strides

    def manifest(self, writer):
        return {"tensor": writer.id(self.tensor), "offset": self.offset,
                "strides": self.strides}

    def view(self, arrays, shape):
        flat = arrays[self.tensor].reshape(-1)[self.offset:]
        strides = [stride * flat.itemsize for stride in [*self.strides, 1]]
        return np.lib.stride_tricks.as_strided(flat, shape, strides)


def rows(tensor, offset, count, pitch, width):
    """Heads beside each other in rows."""
    return Operand(tensor, offset, [count * pitch, width, pitch])


class AttentionPackage:
    """A package with one case as its entry."""

    def __init__(self, case, folder, arch):
        self.case = case
        c = case
        self.writer = base.PackageWriter(c.dtype, [arch])
        q_row, k_row = c.heads * c.key_width, c.key_heads * c.key_width
        v_row = c.key_heads * c.value_width
        self.inputs = {}
        if c.layout == "merged":
            pitch = q_row + k_row + v_row
            self.inputs["qkv"] = [c.batch, c.queries, pitch]
            self.q = rows("qkv", 0, c.queries, pitch, c.key_width)
            self.k = rows("qkv", q_row, c.keys, pitch, c.key_width)
            self.v = rows("qkv", q_row + k_row, c.keys, pitch, c.value_width)
        else:
            self.inputs["q"] = [c.batch, c.queries, q_row]
            self.q = rows("q", 0, c.queries, q_row, c.key_width)
            self.inputs["k"] = [c.batch, c.keys, k_row]
            self.inputs["v"] = [c.batch, c.keys, v_row]
            self.k = rows("k", 0, c.keys, k_row, c.key_width)
            self.v = rows("v", 0, c.keys, v_row, c.value_width)
        if c.layout == "cache":
            self.k.strides = [c.keys * k_row, c.keys * c.key_width,
                              c.key_width]
            self.v.strides = [c.keys * v_row, c.keys * c.value_width,
                              c.value_width]
        o_row = c.heads * c.value_width
        self.o = rows("o", 0, c.queries, o_row + c.gap, c.value_width)
        for name, shape in self.inputs.items():
            self.writer.tensor(name, "input", shape)
        self.writer.tensor("o", "output", [c.batch, c.queries, o_row + c.gap])
        self.writer.entry("main", list(self.inputs), ["o"], [self.op()])
        self.writer.write(folder, self.source())

    def tiles(self):
        """As AttentionTiles in AttentionPrefill.cuh."""
        k, v = align(self.case.key_width, 16), align(self.case.value_width, 16)
        return k, v, 64 if max(k, v) <= 128 else 32

    def source(self):
        c = self.case
        k, v, _ = self.tiles()
        vector = 8 if c.for_cudnn else 1
        layouts = []
        for name in "qkvo":
            batch, head, row = getattr(self, name).strides
            layouts.append(f"{{{batch}, {row}, {head}}}")
        return inline("AttentionPrefill.cuh", set()) + f"""
extern "C" __global__ void __launch_bounds__(128)
    attention(const ELEMENT *q, const ELEMENT *k, const ELEMENT *v,
              ELEMENT *o) {{
  extern __shared__ uint4 shared[];
  constexpr gac::kernels::AttentionShape shape{{
      {c.batch}, {c.queries}, {c.heads}, {c.key_heads}, {c.key_width},
      {c.value_width}, {c.scale!r}f, {', '.join(layouts)}}};
  gac::kernels::attentionPrefill<ELEMENT, {k}, {v}, {vector},
                                 {str(c.causal).lower()}>(
      q, k, v, o, shape, {{{c.keys - c.queries}}}, shared);
}}
"""

    def op(self):
        c = self.case
        k, v, keys = self.tiles()
        shared = 2 * (64 * (k + 8) + 2 * keys * (k + 8 + v + 8))
        arguments = [{"tensor": self.writer.id(operand.tensor),
                      "offset": operand.offset}
                     for operand in (self.q, self.k, self.v, self.o)]
        return {"kind": "attention", "family": "attention",
                "nodes": [c.name], "flops": 0, "bytes": 0, "predictedUs": 1,
                **{name: getattr(self, name).manifest(self.writer)
                   for name in "qkvo"},
                "batch": c.batch, "queryHeads": c.heads,
                "keyHeads": c.key_heads, "queries": c.queries, "keys": c.keys,
                "keyWidth": c.key_width, "valueWidth": c.value_width,
                "scale": c.scale, "causal": c.causal,
                "fallback": {"kernel": "attention",
                             "grid": [-(-c.queries // 64), c.heads, c.batch],
                             "block": [128, 1, 1], "sharedBytes": shared,
                             "args": arguments}}

    def reference(self, arrays):
        """What o is in float64, and sum_j weight_j |v_j|."""
        c = self.case
        q = self.q.view(arrays, (c.batch, c.heads, c.queries, c.key_width))
        k = self.k.view(arrays, (c.batch, c.key_heads, c.keys, c.key_width))
        v = self.v.view(arrays, (c.batch, c.key_heads, c.keys, c.value_width))
        group = c.heads // c.key_heads
        k, v = np.repeat(k, group, axis=1), np.repeat(v, group, axis=1)
        scores = c.scale * (q @ k.swapaxes(2, 3))
        if c.causal:
            row = np.arange(c.queries)[:, None] + c.keys - c.queries
            scores[..., np.arange(c.keys)[None] > row] = -np.inf
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        return weights @ v, weights @ np.abs(v)


class AttentionOnGPU(base.RuntimeOnGPU):
    """Each case, with cuDNN forbidden, forced and left to choose. Packages and
    their compiled kernels are shared; choices are each test's own."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="gac-gpu-")
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        cls.prepared = {}
        # By case: what was chosen, and microseconds by way.
        cls.notes = {case.name: {} for case in CASES}

    @classmethod
    def tearDownClass(cls):
        for name, notes in cls.notes.items():
            print(f"NOTE attention {name}: " + ", ".join(
                f"{what} {value}" for what, value in notes.items()))

    def setUp(self):
        super().setUp()
        self.cache = self.root / "cache"
        for path in self.cache.glob("attention-*"):
            path.unlink()

    def prepare(self, case):
        if case.name not in self.prepared:
            folder = self.root / case.name
            package = AttentionPackage(case, folder, base.get_arch())
            arrays = {name: self.values(case.dtype, name, shape, seed=7)
                      for name, shape in package.inputs.items()}
            self.prepared[case.name] = (folder, package,
                                        package.reference(arrays))
        return self.prepared[case.name]

    def run_case(self, case, use):
        """Runs the case, replays its graph, and compares the outputs."""
        folder, package, reference = self.prepare(case)
        out = self.dir / "out.npz"
        done = self.gac_run(folder, "--seed", 7, "--cudnn", use, "--warmup",
                            10, "--repeat", 50, "--output", out)
        self.assertEqual((done.returncode, done.stderr), (0, ""),
                         f"{case.name}, --cudnn {use}")
        self.notes[case.name][f"us with --cudnn {use}:"] = re.search(
            r"median ([\d.]+) us", done.stdout)[1]
        with np.load(out) as arrays:
            self.compare(package, arrays, reference, use)

    def compare(self, package, got, reference, use):
        c = package.case
        what = f"{c.name}, --cudnn {use}"
        expected, magnitude = reference
        o = got["o"].astype(np.float64)
        row = c.heads * c.value_width
        np.testing.assert_array_equal(
            o[..., row:], 0, f"{what}: something wrote between rows")
        o = o[..., :row].reshape(c.batch, c.queries, c.heads, c.value_width)
        o = o.swapaxes(1, 2)
        error = np.abs(o - expected)
        # The result is rounded, the weights were before (and cuDNN may do so
        # before it divides by their sum); scores and sums are float32.
        unit = UNIT[c.dtype]
        bound = 1.01 * unit * np.abs(expected) + 2 * unit * magnitude + 2e-5
        # Also of what is no number.
        wrong = ~(error <= bound)
        if not wrong.any():
            return
        worst = tuple(np.argwhere(wrong)[0])
        self.fail(f"{what}: at batch, head, query, lane "
                  f"{tuple(map(int, worst))}: {o[worst]}, expected "
                  f"{expected[worst]} within {bound[worst]}; "
                  f"{wrong.mean():.2%} of all are wrong, "
                  f"{np.isnan(o).mean():.2%} no numbers, the largest error is "
                  f"{np.nanmax(error)}")

    def cudnn_error(self, case):
        """Why cuDNN cannot run the package, or ""."""
        done = self.gac_run(self.prepare(case)[0], "--cudnn", "always")
        return done.stderr if done.returncode else ""

    def has_cudnn(self):
        cls = type(self)
        if not hasattr(cls, "missing"):
            error = self.cudnn_error(CASES[0])
            cls.missing = error if "libcudnn.so.9" in error else ""
        return not self.missing

    def choices(self):
        files = list(self.cache.glob("attention-*"))
        self.assertLessEqual(len(files), 1)
        return json.loads(files[0].read_text()) if files else {}

    def test_fallback(self):
        for case in CASES:
            with self.subTest(case.name):
                self.run_case(case, "never")
        self.assertEqual(self.choices(), {})

    def test_cudnn(self):
        if not self.has_cudnn():
            self.skipTest(self.missing)
        for case in CASES:
            with self.subTest(case.name):
                if case.for_cudnn:
                    self.run_case(case, "always")
                else:
                    self.assertIn(
                        f"entry 'main': operation 0 (node '{case.name}'): "
                        "cuDNN needs multiples of 8, and keyWidth is 61", self.cudnn_error(case))
        self.assertEqual(self.choices(), {}, "what was forced is no choice")

    def test_choice(self):
        before = {}
        for case in CASES:
            with self.subTest(case.name):
                self.run_case(case, "auto")
                after = self.choices()
                new = [choice for key, choice in after.items()
                       if key not in before]
                before = after
                expected = self.has_cudnn() and case.for_cudnn
                self.assertEqual(len(new), int(expected), new)
                for choice in new:
                    self.assertRegex(choice, r"^(fallback|plan \d+)$")
                    self.notes[case.name]["chose"] = choice

    def test_kept_choice_decides(self):
        if not self.has_cudnn():
            self.skipTest(self.missing)
        case = CASES[0]
        self.run_case(case, "auto")
        [path] = self.cache.glob("attention-*")
        [key] = json.loads(path.read_text())
        # Damaged and impossible choices are made again.
        for choice, stays in (("fallback", True), ("plan 0", True),
                              ("plan 999", False), ("nonsense", False)):
            path.write_text(json.dumps({key: choice}))
            self.run_case(case, "auto")
            self.assertEqual(json.loads(path.read_text())[key] == choice,
                             stays, choice)


# The tests of the base class run in their own file.
for name in dir(base.RuntimeOnGPU):
    if name.startswith("test_"):
        setattr(AttentionOnGPU, name, None)


class References(unittest.TestCase):
    """What this file itself computes; needs no GPU."""

    def test_manifests_and_kernels(self):
        with tempfile.TemporaryDirectory(prefix="gac-gpu-") as folder:
            for case in CASES:
                path = pathlib.Path(folder) / case.name
                package = AttentionPackage(case, path, "sm_90")
                arrays = {name: np.ones(shape)
                          for name, shape in package.inputs.items()}
                o, magnitude = package.reference(arrays)
                np.testing.assert_allclose(o, 1)
                np.testing.assert_allclose(magnitude, 1)
                done = base.subprocess.run(
                    [str(base.BIN / "gac-run"), str(path), "--list"],
                    capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    if not base.has_gpu():
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(References)
        good = unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful()
        print("skipped: no GPU")
        sys.exit(base.SKIPPED if good else 1)
    unittest.main(verbosity=2)
