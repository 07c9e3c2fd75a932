#===- test_float64_model.py - Float64 copies of models --------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""The reference that results on the GPU are compared with, float64_model.py,
against ONNX Runtime and against a Llama written from its definition."""

import sys
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import harness
import test_llama
from harness import check_onnx

sys.path.insert(0, str(harness.ROOT / "test" / "gpu" / "models"))
import float64_model  # noqa: E402  (it lies beside the tests that use it)

MODELS = ("llama_asvd", "llama_prune", "llama_asvd_past", "llama_palu")


def widen(array):
    return array.astype(np.float64) if array.dtype.kind == "f" else array


class Float64(test_llama.ModelTest):
    def test_models(self):
        for name in MODELS:
            with self.subTest(name):
                path = harness.MODELS / f"{name}.onnx"
                copy = float64_model.to_float64(harness.load(path))
                onnx.checker.check_model(copy, full_check=True)
                self.assertNotIn(TensorProto.FLOAT, {
                    tensor.data_type for tensor in copy.graph.initializer})
                session = check_onnx.open_session(path)
                names = [value.name for value in session.get_outputs()]
                evaluator = ReferenceEvaluator(copy)
                sizes = {symbol: (2,) if symbol == "batch" else (1, 7)
                         for symbol in check_onnx.symbols_of(session)}
                for _, feed in check_onnx.cases_of(session, path, sizes,
                                                   seed=None):
                    got = evaluator.run(names, {
                        key: widen(array) for key, array in feed.items()})
                    for one, two in zip(got, session.run(names, feed)):
                        self.assertEqual(one.dtype, np.float64)
                        self.assertLess(check_onnx.relative_error(
                            one.astype(np.float32), two), 1e-5)

    def test_against_the_definition(self):
        """Float16 weights keep their values, float32 arithmetic between casts
        is float64 as well."""
        for dtype in ("float16", "bfloat16", "float32"):
            with self.subTest(dtype):
                path, config = self.make(dtype, "--dtype", dtype, "--past",
                                         "--weights", "random")
                copy = float64_model.to_float64(harness.load(path))
                feed = test_llama.make_feed(config)
                want = test_llama.Reference(
                    config, test_llama.weights_of(path)).run(feed)
                got = ReferenceEvaluator(copy).run(None, feed)
                self.assertEqual(len(got), len(want))
                for one, two in zip(got, want):
                    # The model's epsilon and frequencies are float32.
                    self.assertLess(check_onnx.relative_error(one, two), 1e-6)

    def model(self, *nodes):
        graph = helper.make_graph(
            nodes, "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])])
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 23)])

    def test_constants(self):
        narrow = numpy_helper.from_array(np.float16([0.1, 2]))
        model = self.model(
            helper.make_node("Constant", [], ["a"], value_float=0.1),
            helper.make_node("Constant", [], ["b"], value_floats=[0.1, 3]),
            helper.make_node("Constant", [], ["c"], value=narrow),
            helper.make_node("Constant", [], ["n"], value_ints=[2]),
            helper.make_node("ConstantOfShape", ["n"], ["z"]),
            helper.make_node("Cast", ["c"], ["d"], to=TensorProto.FLOAT),
            helper.make_node("Sum", ["x", "a", "b", "d", "z"], ["y"]))
        copy = float64_model.to_float64(model)
        onnx.checker.check_model(copy, full_check=True)
        (got,) = ReferenceEvaluator(copy).run(None, {"x": np.zeros(2)})
        self.assertEqual(got.dtype, np.float64)
        np.testing.assert_allclose(
            got, np.float32(0.1) + np.float64(np.float32([0.1, 3]))
            + np.float64(np.float16([0.1, 2])), rtol=1e-15)

    def test_subgraphs(self):
        branch = helper.make_graph(
            [helper.make_node("Constant", [], ["t"], value_floats=[0.1, 1]),
             helper.make_node("Mul", ["x", "t"], ["r"])], "b", [],
            [helper.make_tensor_value_info("r", TensorProto.FLOAT, [2])])
        model = self.model(
            helper.make_node("Constant", [], ["c"], value=numpy_helper.
                             from_array(np.array(True))),
            helper.make_node("If", ["c"], ["y"], then_branch=branch,
                             else_branch=branch))
        (got,) = ReferenceEvaluator(float64_model.to_float64(model)).run(
            None, {"x": np.ones(2)})
        np.testing.assert_array_equal(
            got, np.float32([0.1, 1]).astype(np.float64))

    def test_what_has_no_float64_form(self):
        model = self.model(helper.make_node("RMSNormalization", ["x", "x"],
                                            ["y"], name="norm"))
        with self.assertRaisesRegex(ValueError, "node 'norm': RMSNorm"):
            float64_model.to_float64(model)


if __name__ == "__main__":
    unittest.main()
