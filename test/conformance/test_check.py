#===- test_check.py - The checks themselves have teeth --------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""What the other tests compare with finds what it is there to find."""

import unittest

import numpy as np
import onnx
from onnx import helper, numpy_helper

import handmade
import harness
from harness import check_onnx


class Checks(harness.ToolTest):
    def saved(self, model, name):
        path = self.dir / name
        onnx.save(model, str(path))
        return path

    def test_models_agree_with_their_records(self):
        for path in harness.models():
            with self.subTest(path.name):
                rows = list(check_onnx.check_recorded(path))
                self.assertTrue(rows)
                for _, output, error in rows:
                    self.assertLessEqual(error, check_onnx.TOLERANCE, output)

    def test_one_changed_weight_shows(self):
        model = harness.load(harness.MODELS / "llama_prune.onnx")
        original = self.saved(model, "original.onnx")
        tensor = next(tensor for tensor in model.graph.initializer
                      if list(tensor.dims) == [64, 75])
        array = numpy_helper.to_array(tensor).copy()
        array[10, 10] += 0.1
        tensor.raw_data = array.tobytes()
        changed = self.saved(model, "changed.onnx")
        errors = [error for _, _, error in
                  check_onnx.check_against(changed, original, seed=1)]
        self.assertGreater(max(errors), check_onnx.TOLERANCE)
        self.assertIn("raw_data", harness.first_difference(
            harness.load(changed), harness.load(original)))

    def test_every_symbol_is_varied(self):
        path = harness.MODELS / "llama_asvd_past.onnx"
        rows = list(check_onnx.check_against(path, path, seed=1))
        cases = {case for case, _, _ in rows}
        self.assertEqual(len(cases), 2 * 3 * 3 + 1)
        self.assertEqual({error for _, _, error in rows}, {0.0})

    def test_other_interface_is_refused(self):
        wide = self.saved(handmade.low_rank(64), "wide.onnx")
        narrow = self.saved(handmade.low_rank(56), "narrow.onnx")
        with self.assertRaises(check_onnx.CheckError):
            list(check_onnx.check_against(wide, narrow))

    def test_random_ids_stay_in_the_vocabulary(self):
        path = harness.MODELS / "gpt2_60.onnx"
        self.assertEqual(check_onnx.index_bounds(path), {"input_ids": 97})

    def test_padding_masks_have_padding(self):
        rng = np.random.default_rng(3)
        mask = check_onnx.padding_mask((6, 2, 9), np.int64, rng)
        self.assertEqual((mask.shape, mask.dtype), ((6, 2, 9), np.int64))
        for number, row in enumerate(mask.reshape(12, 9)):
            # Tokens first in even rows, last in odd ones.
            steps = np.diff(row if number % 2 == 0 else row[::-1])
            self.assertTrue((steps <= 0).all(), row)
            self.assertGreater(row.sum(), 0)
        self.assertTrue((mask[0::2] == 0).any() and (mask[1::2] == 0).any())
        # Lengths, and what has no positions.
        for shape in ((4,), (3, 0), ()):
            self.assertTrue(
                (check_onnx.padding_mask(shape, np.int32, rng) == 1).all())

    def test_an_ignored_mask_shows(self):
        def model(masked):
            nodes = [helper.make_node("Mul", ["x", "attention_mask"], ["m"])]
            if not masked:
                nodes.append(helper.make_node("Identity", ["x"], ["y"]))
            else:
                nodes.append(helper.make_node("Identity", ["m"], ["y"]))
            shape = ["batch", "seq"]
            return handmade.model(
                nodes, [handmade.value("x", shape),
                        handmade.value("attention_mask", shape)],
                [handmade.value("y", shape)], [])

        original = self.saved(model(masked=True), "masked.onnx")
        changed = self.saved(model(masked=False), "ignored.onnx")
        errors = [error for _, _, error in
                  check_onnx.check_against(changed, original, seed=1)]
        self.assertGreater(max(errors), check_onnx.TOLERANCE)

    def test_relative_error(self):
        error = check_onnx.relative_error
        one = np.array([1.0, -4.0], np.float32)
        self.assertEqual(error(one, one), 0)
        self.assertAlmostEqual(error(one + np.float32(0.5), one), 0.125)
        self.assertEqual(error(one[:1], one), float("inf"))
        self.assertEqual(error(one.astype(np.float64), one), float("inf"))
        nan = np.array([np.nan, 1.0], np.float32)
        self.assertEqual(error(nan, nan), 0)
        self.assertEqual(error(one, nan), float("inf"))
        self.assertEqual(error(nan, one), float("inf"))
        infinite = np.array([np.inf, 1.0], np.float32)
        self.assertEqual(error(infinite, one), float("inf"))
        self.assertEqual(error(-infinite, infinite), float("inf"))
        self.assertEqual(error(np.array([1]), np.array([2])), float("inf"))

    def test_first_difference(self):
        def difference(change):
            model = handmade.low_rank()
            change(model)
            return harness.first_difference(model, handmade.low_rank())

        self.assertIsNone(difference(lambda model: None))
        changes = {
            "producer_name": lambda m: setattr(m, "producer_name", "p"),
            "metadata_props": lambda m: m.metadata_props.add(key="k"),
            "opset_import": lambda m: m.opset_import.add(domain="d"),
            "node": lambda m: m.graph.node.reverse(),
            "attribute": lambda m: m.graph.node[0].attribute.add(name="a"),
            "initializer": lambda m: m.graph.initializer.pop(),
            "dim": lambda m: setattr(m.graph.input[0].type.tensor_type.shape
                                     .dim[0], "dim_param", "b"),
        }
        for where, change in changes.items():
            with self.subTest(where):
                self.assertIn(where, difference(change))

    def test_two_spellings_of_one_tensor_are_the_same(self):
        raw = numpy_helper.from_array(np.arange(3, dtype=np.float32), "w")
        typed = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [3],
                                        [0.0, 1.0, 2.0])
        self.assertTrue(raw.raw_data and typed.float_data)
        self.assertIsNone(harness.first_difference(raw, typed))


if __name__ == "__main__":
    unittest.main()
