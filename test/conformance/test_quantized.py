#===- test_quantized.py - Quantised and half-precision models -------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Padding of what is quantised holds the number that means zero: repaired models
compute the same, lane by lane. What cannot be repaired is reported as blocked,
with the reason."""

import collections
import json
import unittest

import numpy as np
import onnx
from onnx import numpy_helper

import harness
import lanes
import quantized_cases
from harness import check_onnx


def shapes(built):
    return {tensor.name: tuple(tensor.dims)
            for tensor in built.graph.initializer}


class Quantized(harness.ToolTest):
    def repair(self, path, strategy="minimal"):
        out = self.dir / "fixed.onnx"
        self.must_run("gac", "repair", path, "-o", out, "--strategy", strategy)
        return out

    def save(self, built, name="model.onnx"):
        path = self.dir / name
        path.write_bytes(built.SerializeToString())
        return path

    def assert_same_bits(self, path, original):
        old, new = map(check_onnx.open_session, (original, path))
        names = [value.name for value in old.get_outputs()]
        for case, feed in check_onnx.cases_of(old, original, {}, 0):
            for got, want in zip(new.run(names, feed), old.run(names, feed)):
                # A sum of nothing but zeros may have another sign.
                self.assertTrue(np.array_equal(got, want),
                                f"{case}: {np.abs(got - want).max()}")

    def assert_holds(self, built, fixed, holds):
        """New entries of the weights that `holds` names."""
        before = {t.name: numpy_helper.to_array(t)
                  for t in built.graph.initializer}
        after = {t.name: numpy_helper.to_array(t)
                 for t in fixed.graph.initializer}
        for name, number in holds.items():
            old = before[name]
            new = after[name]
            keep = np.zeros(new.shape, bool)
            if old.ndim == new.ndim:
                keep[tuple(map(slice, old.shape))] = True
            else:
                keep.reshape(-1)[:old.size] = True
            self.assertTrue((~keep).any(), f"{name} has not grown")
            self.assertEqual(set(new[~keep].astype(np.float64).tolist()),
                             {float(number)}, name)

    def test_comes_back_as_it_was(self):
        for name, case in quantized_cases.CASES.items():
            with self.subTest(name):
                path = self.save(case.build())
                out, module = self.dir / "out.onnx", self.dir / "model.mlir"
                self.must_run("gac-opt", path, "-o", module)
                self.assertNotIn("gac.opaque", module.read_text())
                self.must_run("gac-opt", path, "-o", out)
                self.assert_same_model(out, path)

    def test_packed_weights_count_their_bits(self):
        """What plans say of weights is what the file holds."""
        path = self.save(quantized_cases.CASES["four bits"].build())
        plan = self.dir / "plan.json"
        self.must_run("gac", "repair", path, "-o", self.dir / "fixed.onnx",
                      "--json", plan)
        said = json.loads(plan.read_text())

        def stored(file):
            return sum(-(-int(np.prod(tensor.dims)) * bits[tensor.data_type]
                         // 8)
                       for tensor in harness.load(file).graph.initializer)

        bits = {onnx.TensorProto.FLOAT: 32, onnx.TensorProto.UINT4: 4,
                onnx.TensorProto.INT4: 4}

        self.assertEqual(said["weight_bytes"], stored(path))
        self.assertEqual(said["added_bytes"],
                         stored(self.dir / "fixed.onnx") - stored(path))
        self.assertEqual(said["added_bytes"], 2 * 64 * 5 // 2)

    def test_repair(self):
        for name, case in quantized_cases.CASES.items():
            with self.subTest(name):
                built = case.build()
                path = self.save(built)
                out = self.repair(path, case.strategy)
                fixed = harness.load(out)
                want = {**shapes(built), **case.grown}
                have = shapes(fixed)
                # Growth puts another list of sizes in its place.
                want.pop("heads", None)
                self.assertEqual({name: have.get(name) for name in want},
                                 want)
                self.assert_holds(built, fixed, case.holds)
                self.assertEqual(
                    harness.op_types(fixed),
                    harness.op_types(built) + collections.Counter(
                        {"Mul": case.masks, "Slice": case.cuts}))
                self.assert_same_results(out, path)
                if case.exact:
                    self.assert_same_bits(out, path)
                found = list(lanes.violations(
                    path, out, lanes.read_lanes(
                        path, f"strategy={case.strategy}")))
                self.assertFalse(found, "\n".join(map(str, found[:5])))
                again = self.dir / "again.onnx"
                self.must_run("gac", "repair", out, "-o", again, "--strategy",
                              case.strategy)
                self.assertEqual(again.read_bytes(), out.read_bytes())

    def test_blocked(self):
        for name, case in quantized_cases.CASES.items():
            if not case.blocked:
                continue
            with self.subTest(name):
                path = self.save(case.build())
                report = self.must_run("gac", "analyze", path, "--json", "-")
                findings = {finding["id"]: finding for finding in
                            json.loads(report.out)["findings"]}
                for dimension, why in case.blocked.items():
                    self.assertIn(why, json.dumps(
                        findings[dimension]["fixed_by"]))

    def test_wrong_fills_are_found(self):
        """Zeros where a zero point belongs change the results."""
        for name in ("one scale", "integer to float", "qlinear matmul",
                     "zero points that differ behind a cosine"):
            with self.subTest(name):
                case = quantized_cases.CASES[name]
                built = case.build()
                path = self.save(built)
                fixed = harness.load(self.repair(path))
                before = shapes(built)
                for tensor in fixed.graph.initializer:
                    new = numpy_helper.to_array(tensor).copy()
                    old = before[tensor.name]
                    if tensor.name in ("qa", "qb") and new.shape != old:
                        keep = np.zeros_like(new)
                        kept = tuple(map(slice, old))
                        keep[kept] = new[kept]
                        tensor.CopyFrom(numpy_helper.from_array(
                            keep, tensor.name))
                broken = self.save(fixed, "broken.onnx")
                self.assertTrue(list(lanes.violations(
                    path, broken, lanes.read_lanes(path))))


if __name__ == "__main__":
    unittest.main()
