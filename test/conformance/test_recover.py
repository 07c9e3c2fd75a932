#===- test_recover.py - gac-recover on real exports -----------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Both forms in which models are exported arrive at the same few named ops,
and these compute what the model did. The pass raises the opset of what it
writes; ONNX Runtime runs it at batch 1, since it wants rotary tables of as many
rows as the batch, and onnx's own evaluator at any."""

import unittest

import onnx
from onnx.reference import ReferenceEvaluator

import harness
from harness import check_onnx

# Norms per layer, of queries and keys too in Qwen 3, of latents in MLA.
MODELS = {"llama_asvd": 2, "llama_prune": 2, "llama_asvd_past": 2,
          "llama_head14": 2, "llama_head14_past": 2, "llama_heads": 2,
          "llama_hidden61": 2, "llama_palu": 2, "llama_svdllm": 2,
          "qwen3_asvd": 4, "qwen3_head14": 4, "mla": 4}
LAYERS = 2
# Those whose repair grows lanes that a norm counts.
COUNTED = ("llama_hidden61", "qwen3_head14")
# What the named ops stand for. Masks and repeated heads are gone as well.
LEFTOVERS = {"Expand", "GatherND", "IsNaN", "LessOrEqual", "Pow", "ReduceMean",
             "ReduceSum", "Sigmoid", "Softmax", "Sqrt", "Where"}
OPSET = 24  # Swish is of this one, the others of 23.
BATCHES, POSITIONS = (1, 3), (1, 7)

# As TorchScript writes a layer of an encoder: a mask of finite numbers that has
# one row, and a norm.
ENCODER = """
  m1 = Unsqueeze{axes}
  m2 = Cast<to = 1>(m1)
  m3 = Sub(one, m2)
  mask = Mul(m3, lowest)
  kt = Transpose<perm = [0, 1, 3, 2]>(k)
  s0 = MatMul(q, kt)
  s1 = Div(s0, root)
  s2 = Add(s1, mask)
  p = Softmax<axis = 3>(s2)
  x = MatMul(p, v)
  mean = ReduceMean<axes = [-1], keepdims = 1>(x)
  d = Sub(x, mean)
  d2 = Mul(d, d)
  variance = ReduceMean<axes = [-1], keepdims = 1>(d2)
  e = Add(variance, epsilon)
  r = Sqrt(e)
  n = Div(d, r)
  nw = Mul(n, w)
  y = Add(nw, b)
"""


def encoder(opset):
    operand = "(seen, axes)" if opset >= 13 else "<axes = [1, 2]>(seen)"
    row = "float[batch,4,{0},8] "
    return onnx.parser.parse_model(
        f'<ir_version: 8, opset_import: ["": {opset}]> encoder ('
        + row.format("seq") + "q, " + row.format("keys") + "k, "
        + row.format("keys") + "v, int64[batch,keys] seen) => ("
        + row.format("seq") + "y) <int64[2] axes = {1, 2}, float one = {1.0}, "
        "float lowest = {-3.4028235e38}, float root = {2.828427}, "
        "float epsilon = {1e-5}, float[8] w = {1, 2, 3, 4, 5, 6, 7, 8}, "
        "float[8] b = {1, 0, 1, 0, 1, 0, 1, 0}> {"
        + ENCODER.format(axes=operand) + "}")


class Recover(harness.ToolTest):
    def recover(self, name):
        path = self.dir / f"{name}.onnx"
        self.must_run("gac-opt", harness.MODELS / f"{name}.onnx",
                      "--gac-recover", "-o", path)
        return path

    def for_each_model(self, check):
        for name, norms in MODELS.items():
            for form in ("", "_op23"):
                with self.subTest(name + form):
                    check(name + form, norms)

    def test_both_forms_arrive_at_the_same_ops(self):
        def check(name, norms):
            model = harness.load(self.recover(name))
            onnx.checker.check_model(model, full_check=True)
            self.assertEqual([entry.version for entry in model.opset_import],
                             [OPSET])
            found = harness.op_types(model)
            self.assertEqual(found["RMSNormalization"], norms * LAYERS + 1)
            self.assertEqual(found["RotaryEmbedding"], 2 * LAYERS)
            self.assertEqual(found["Attention"], LAYERS)
            self.assertEqual(found["Swish"], LAYERS)
            # MLA has one rotated key for all heads.
            copies = {"Expand"} if name.startswith("mla") else set()
            self.assertEqual((LEFTOVERS - copies) & found.keys(), set())
            for node in model.graph.node:
                if node.op_type == "Attention":
                    self.check_attention(node, "past" in name)
        self.for_each_model(check)

    def check_attention(self, node, has_cache):
        attributes = {a.name: onnx.helper.get_attribute_value(a)
                      for a in node.attribute}
        self.assertEqual(attributes["is_causal"], 1)
        self.assertGreater(attributes["scale"], 0)
        self.assertEqual(bool(len(node.input) > 3 and node.input[3]), False)
        self.assertEqual(len([name for name in node.input if name]),
                         5 if has_cache else 3)
        self.assertEqual(len([name for name in node.output if name]),
                         3 if has_cache else 1)

    def test_names_of_values_stay(self):
        original = harness.load(harness.MODELS / "llama_asvd_past.onnx")
        known = {name for node in original.graph.node for name in node.output}
        named = {"Attention", "RMSNormalization", "RotaryEmbedding", "Swish"}
        for node in harness.load(self.recover("llama_asvd_past")).graph.node:
            if node.op_type in named:
                self.assertLessEqual(set(filter(None, node.output)), known)

    def test_results_are_the_same(self):
        self.for_each_model(
            lambda name, _: self.check_results(name, self.recover(name)))

    def check_results(self, name, path):
        original = harness.MODELS / f"{name}.onnx"
        old, new = map(check_onnx.open_session, (original, path))
        names = [value.name for value in old.get_outputs()]
        evaluator = ReferenceEvaluator(str(path))
        original_evaluator = ReferenceEvaluator(str(original))
        sizes = {symbol: BATCHES if symbol == "batch" else POSITIONS
                 for symbol in check_onnx.symbols_of(old)}
        cases = 0
        for case, feed in check_onnx.cases_of(old, original, sizes, seed=None):
            fits = len(feed["input_ids"]) == 1
            if fits or not name.endswith("_op23"):
                expected = old.run(names, feed)
            else:
                expected = original_evaluator.run(names, feed)
            runs = [evaluator.run(names, feed)]
            if fits:
                runs.append(new.run(names, feed))
            for results in runs:
                for output, got, want in zip(names, results, expected):
                    self.assertLessEqual(
                        check_onnx.relative_error(got, want),
                        check_onnx.TOLERANCE, f"{output} of {case}")
                    cases += 1
        self.assertGreater(cases, 4)

    def test_repaired_norms_keep_their_counts(self):
        """A count that is off by one of 61 shows in the third digit."""
        for name in COUNTED:
            with self.subTest(name):
                fixed = self.dir / "fixed.onnx"
                self.must_run("gac", "repair", harness.MODELS / f"{name}.onnx",
                              "-o", fixed)
                path = self.dir / f"{name}.onnx"
                self.must_run("gac-opt", fixed, "--gac-recover", "-o", path)
                found = harness.op_types(harness.load(path))
                self.assertEqual(found["RMSNormalization"],
                                 MODELS[name] * LAYERS + 1)
                self.assertEqual(LEFTOVERS & found.keys(), set())
                self.check_results(name, path)

    def test_recovering_twice_changes_nothing(self):
        once = self.recover("llama_asvd")
        twice = self.dir / "twice.onnx"
        self.must_run("gac-opt", once, "--gac-recover", "-o", twice)
        self.assert_same_model(twice, once)

    def test_an_old_opset_gets_what_it_has(self):
        """What was recovered is written out again, in the file's own opset."""
        for name in ("llama_asvd", "llama_head14", "qwen3_head14", "mla",
                     "gpt2_60", "llama_asvd_past"):
            with self.subTest(name):
                model = harness.load(harness.MODELS / f"{name}.onnx")
                model.opset_import[0].version = 18
                path, out = self.dir / "old.onnx", self.dir / "out.onnx"
                onnx.save(model, str(path))
                named = self.must_run("gac-opt", path, "--gac-recover").out
                self.assertIn("gac.attention", named)
                self.must_run("gac-opt", path, "--gac-recover", "-o", out)
                made = harness.load(out)
                onnx.checker.check_model(made, full_check=True)
                self.assertEqual(made.opset_import[0].version, 18)
                found = harness.op_types(made)
                self.assertEqual(
                    found.keys()
                    & {"RMSNormalization", "RotaryEmbedding", "Attention",
                       "Gelu", "Swish", "Exp", "IsNaN", "ReduceMax"}, set())
                # Of the attentions, with a triangle for causality.
                self.assertEqual((found["Softmax"], found["Trilu"]),
                                 (LAYERS, LAYERS))
                self.assert_same_results(out, path)

    def test_an_old_opset_gets_what_it_had(self):
        """What stands for one operator there comes back as it."""
        path, out = self.dir / "encoder.onnx", self.dir / "out.onnx"
        for opset in (9, 11, 12, 13, 14, 16, 17):
            with self.subTest(opset):
                onnx.save(encoder(opset), str(path))
                named = self.must_run("gac-opt", path, "--gac-recover").out
                self.assertIn("gac.attention", named)
                self.assertIn("gac.layer_normalization", named)
                self.must_run("gac-opt", path, "--gac-recover", "-o", out)
                made = harness.load(out)
                onnx.checker.check_model(made, full_check=True)
                self.assertEqual(made.opset_import[0].version, opset)
                found = harness.op_types(made)
                self.assertEqual(found["Softmax"], 1)
                self.assertEqual(found["LayerNormalization"], opset >= 17)
                self.assertEqual(
                    found.keys() & {"Attention", "ReduceMax", "ReduceSum",
                                    "Exp", "Equal", "IsNaN", "Where", "Expand",
                                    "Concat", "Shape"}, set())
                self.assert_same_results(out, path)

    def test_what_cannot_be_written_out_is_not_exported(self):
        path, out = self.dir / "bare.mlir", self.dir / "out.onnx"
        path.write_text("""
            func.func @f(%x: tensor<*xf32> {gac.name = "x"},
                         %w: tensor<8xf32> {gac.name = "w"})
                -> (tensor<*xf32> {gac.name = "y"})
                attributes {gac.opset = 18 : i64} {
              %y = gac.rms_normalization %x, %w {gac.outputs = ["y"]}
                  : (tensor<*xf32>, tensor<8xf32>) -> tensor<*xf32>
              return %y : tensor<*xf32>
            }""")
        result = harness.run_tool("gac-opt", path, "-o", out)
        self.assertEqual(result.code, 1)
        self.assertIn("'RMSNormalization' exists from opset 23 on, the model "
                      "imports opset 18, and it cannot be written out: its "
                      "operand has no known rank", result.err)
        self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main()
