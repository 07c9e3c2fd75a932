#===- test_lanes.py - Repaired models, lane by lane -----------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Every intermediate of every model here and of random graphs: lanes of the
original hold the same, padding lanes what was predicted, and a second run
changes nothing. Models broken on purpose are found out.

GAC_RANDOM_GRAPHS says how many random graphs, GAC_RANDOM_SEED which is the
first; `make graphs` sets them.
"""

import os
import unittest

import numpy as np
import onnx
from onnx import numpy_helper

import harness
import lanes
import random_graphs

# What stands in for an op in a repaired model: a mean by its old count, a
# norm's scale, and a Concat that puts the operand of a Reshape together; the
# formulas of LayerNormalization and of norms over groups; cuts and pads.
ALLOWED = {"ReduceSum", "Div", "Mul", "Concat", "Sub", "Add", "Sqrt",
           "Slice", "Gather", "Pad", "ReduceMean", "Reshape", "Shape"}
GRAPHS = int(os.environ.get("GAC_RANDOM_GRAPHS", 60))
FIRST_SEED = int(os.environ.get("GAC_RANDOM_SEED", 0))


def sizes_of(path):
    # ONNX Runtime takes the tables of RotaryEmbedding, of batch 1, literally.
    return {"batch": [1]} if path.stem.endswith("_op23") else None


class Lanes(harness.ToolTest):
    def repair(self, path, *options):
        out = self.dir / "fixed.onnx"
        self.must_run("gac", "repair", path, "-o", out, *options)
        return out

    def assert_holds(self, found):
        found = list(found)
        self.assertFalse(found, "\n".join(map(str, found[:5])))

    def test_models(self):
        for path in harness.models():
            with self.subTest(path.stem):
                fixed = self.repair(path)
                values = lanes.read_lanes(path)
                self.assertTrue(any(value["padding"] for value in values))
                self.assert_holds(lanes.violations(path, fixed, values,
                                                   sizes_of(path)))
                self.assert_holds(lanes.check_structure(
                    path, fixed, self.dir, ALLOWED))

    def test_random_graphs(self):
        path, grown = self.dir / "graph.onnx", 0
        for seed in range(FIRST_SEED, FIRST_SEED + GRAPHS):
            with self.subTest(seed=seed):
                onnx.save(random_graphs.build(seed), path)
                fixed = self.repair(path)
                values = lanes.read_lanes(path)
                grown += any(value["padding"] for value in values)
                self.assert_holds(lanes.violations(path, fixed, values,
                                                   {"seq": [5]}))
                self.assert_holds(lanes.check_structure(
                    path, fixed, self.dir, ALLOWED))
        self.assertGreaterEqual(grown, GRAPHS // 2, "few graphs had any growth")


class Teeth(harness.ToolTest):
    """A verifier that finds nothing must be able to."""

    def violations(self, name, break_model):
        """What is found of a repaired model that `break_model` has changed."""
        path, fixed = harness.MODELS / f"{name}.onnx", self.dir / "fixed.onnx"
        self.must_run("gac", "repair", path, "-o", fixed)
        model = harness.load(fixed)
        before = {tensor.name: numpy_helper.to_array(tensor)
                  for tensor in harness.load(path).graph.initializer}
        broken = break_model(model, before)
        self.assertTrue(broken, "there was nothing to break")
        onnx.save(model, fixed)
        values = lanes.read_lanes(path)
        return list(lanes.violations(path, fixed, values, sizes_of(path)))

    @staticmethod
    def replace(tensor, array):
        tensor.CopyFrom(numpy_helper.from_array(
            np.ascontiguousarray(array), tensor.name))

    def grown(self, model, before):
        """The weights that have grown, with what they were."""
        for tensor in model.graph.initializer:
            old = before.get(tensor.name)
            if (old is not None and old.ndim and old.dtype == np.float32
                    and tuple(tensor.dims) != old.shape):
                yield tensor, old

    def test_positions(self):
        """Padding at the ends of axes, in place of the ends of dimensions."""
        def move(model, before):
            moved = False
            for tensor, old in self.grown(model, before):
                new = numpy_helper.to_array(tensor)
                at_end = np.pad(old, [(0, n - o) for n, o in
                                      zip(new.shape, old.shape)])
                if not moved and not np.array_equal(at_end, new):
                    self.replace(tensor, at_end)
                    moved = True
            return moved

        for name in ("llama_head14", "llama_palu_op23", "gpt2_60", "mla",
                     "convnet"):
            with self.subTest(name):
                self.assertTrue(self.violations(name, move))

    def test_fills(self):
        """One padding lane of one weight is not what it should be."""
        def fill(model, before):
            for tensor, old in self.grown(model, before):
                new = numpy_helper.to_array(tensor).copy()
                if new.ndim == 2 and not new[-1].any():
                    new[-1, 0] = 0.5
                elif new.ndim == 2 and not new[:, -1].any():
                    new[0, -1] = 0.5
                else:
                    continue
                self.replace(tensor, new)
                return True
            return False

        for name in ("llama_asvd", "llama_head14_op23", "bert_asvd"):
            with self.subTest(name):
                self.assertTrue(self.violations(name, fill))

    def test_counts(self):
        """A mean that counts its padding."""
        def count(model, before):
            counts = [tensor for tensor in model.graph.initializer
                      if tensor.name not in before
                      and tensor.name.endswith(".count")]
            for tensor in counts:
                self.replace(tensor, numpy_helper.to_array(tensor)
                             * np.float32(64 / 61))
            return bool(counts)

        for name in ("llama_hidden61", "llama_hidden61_op23", "gpt2_60"):
            with self.subTest(name):
                self.assertTrue(self.violations(name, count))

    def test_masks(self):
        """Padding that deviates from its mean."""
        def unmask(model, before):
            masks = [tensor for tensor in model.graph.initializer
                     if tensor.name not in before
                     and tensor.name.endswith(".mask")]
            for tensor in masks:
                self.replace(tensor,
                             np.ones_like(numpy_helper.to_array(tensor)))
            return bool(masks)

        for name in ("gpt2_60", "gpt2_60_op23"):
            with self.subTest(name):
                self.assertTrue(self.violations(name, unmask))

    def test_predictions(self):
        """Padding that is not what was predicted, in a model that is right."""
        path, fixed = harness.MODELS / "llama_head14.onnx", self.dir / "f.onnx"
        self.must_run("gac", "repair", path, "-o", fixed)
        for told, lie in ((1, 0), (0, 1)):
            values = lanes.read_lanes(path)
            entries = [entry for value in values for entry in value["padding"]
                       if entry["lane"] == told]
            self.assertTrue(entries)
            entries[0]["lane"] = lie
            self.assertEqual(len({violation.value for violation in
                                  lanes.violations(path, fixed, values)}), 1)


if __name__ == "__main__":
    unittest.main()
