#===- test_repair.py - gac repair on real exports -------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""A repaired model computes the same, holds no node that the original lacks,
and has nothing left to repair."""

import json
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import handmade
import harness
from harness import check_onnx

FULL_SPEED = 8  # h200, 16-bit
PREDEFINED = (32, 64, 96, 112, 128, 160, 192, 224, 256)


# What growth may put in place of an op: a norm's mean by its old count, a sum
# and a division; a norm's weight by a product. Anything that moves data at run
# time, a Pad first of all, is not among them, but for the Slice that cuts an
# output.
REWRITES = {"ReduceSum", "Div", "Mul", "Slice"}
# LayerNormalization has no count, so it is written out.
WRITTEN_OUT = REWRITES | {"Sub", "Add", "Sqrt"}


def matrices(model):
    """Name -> shape of every weight that MatMul or Gemm reads."""
    read = {name for node in model.graph.node
            if node.op_type in ("MatMul", "Gemm") for name in node.input[:2]}
    return {tensor.name: tuple(tensor.dims)
            for tensor in model.graph.initializer if tensor.name in read}


def added_nodes(fixed, original):
    """The nodes of the types of which there are more than before, but for a
    Concat that puts the operand of a Reshape together: that is no data."""
    surplus = harness.op_types(fixed) - harness.op_types(original)
    known = {node.name for node in original.graph.node}
    integers = {tensor.name for tensor in fixed.graph.initializer
                if tensor.data_type == onnx.TensorProto.INT64}
    return {node.op_type for node in fixed.graph.node
            if node.op_type in surplus and node.name not in known
            and not (node.op_type == "Concat"
                     and integers.intersection(node.input))}


def cut_values(fixed, original):
    """What comes out of each Slice that the original lacks."""
    known = {node.name for node in original.graph.node}
    return {name for node in fixed.graph.node for name in node.output
            if node.op_type == "Slice" and node.name not in known}


def free_sizes(model):
    """The sizes of weights that a repair is free to choose."""
    return {size for shape in matrices(model).values()
            for size in shape}


def count_norms(model):
    return harness.op_types(model)["LayerNormalization"]


def family_of(path):
    return path.stem.removesuffix("_op23")


def passes_full_check(model):
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError):
        return False
    return True


class Repair(harness.ToolTest):
    def repair(self, path, *options):
        out = self.dir / "fixed.onnx"
        self.must_run("gac", "repair", path, "-o", out, *options)
        return out

    def check_kept(self, fixed, original):
        """Names, order and metadata are the original's."""
        for field in ("ir_version", "producer_name", "producer_version",
                      "domain", "model_version", "doc_string"):
            self.assertEqual(getattr(fixed, field), getattr(original, field))
        self.assertEqual(list(fixed.opset_import), list(original.opset_import))
        self.assertEqual(list(fixed.functions), list(original.functions))
        kept = {entry.key: entry.value for entry in fixed.metadata_props}
        for entry in original.metadata_props:
            self.assertEqual(kept.get(entry.key), entry.value)
        position = {node.name: index
                    for index, node in enumerate(original.graph.node)}
        order = [position[node.name] for node in fixed.graph.node
                 if node.name in position]
        self.assertEqual(order, sorted(order))
        for node in fixed.graph.node:
            if node.name in position:
                before = original.graph.node[position[node.name]]
                if node.op_type != before.op_type:
                    continue  # a rewrite that gives the same result
                self.assertEqual(list(node.metadata_props),
                                 list(before.metadata_props), node.name)

    def check_sizes(self, sizes, before, strategy):
        """What the strategy promises of the sizes it was free to choose."""
        if strategy == "tradeoff":
            return  # bound by its budget, it may leave sizes as they are
        misaligned = {size for size in sizes if size % FULL_SPEED}
        self.assertFalse(misaligned, "still misaligned")
        if strategy == "predefined":
            odd = {size for size in sizes - before
                   if size <= PREDEFINED[-1] and size not in PREDEFINED}
            self.assertFalse(odd, "not among the listed sizes")

    def test_covered_models(self):
        for path in harness.covered_models():
            original = harness.load(path)
            strict = passes_full_check(original)
            before = free_sizes(original)
            self.assertTrue({size for size in before if size % FULL_SPEED},
                            f"{path} has nothing to repair")
            for strategy in harness.STRATEGIES:
                with self.subTest(path.stem, strategy=strategy):
                    out = self.repair(path, "--strategy", strategy)
                    fixed = harness.load(out)
                    added = added_nodes(fixed, original)
                    self.assertLessEqual(
                        added, WRITTEN_OUT if count_norms(fixed)
                        < count_norms(original) else REWRITES)
                    self.assertLessEqual(cut_values(fixed, original),
                                         {"logits"})
                    if strategy == "minimal":
                        self.assertEqual(bool(added - {"Slice"}),
                                         family_of(path) == "gpt2_60")
                        self.assertEqual("Slice" in added,
                                         family_of(path) != "bert_asvd")
                    self.check_kept(fixed, original)
                    self.check_sizes(free_sizes(fixed), before, strategy)
                    if strict:
                        onnx.checker.check_model(fixed, full_check=True)
                    self.assert_same_results(out, path)

    def test_plan_lists_what_is_written_out(self):
        for name in ("gpt2_60", "gpt2_60_op23", "bert_asvd"):
            with self.subTest(name):
                path, plan = harness.MODELS / f"{name}.onnx", self.dir / "json"
                out = self.repair(path, "--json", plan)
                original, fixed = harness.load(path), harness.load(out)
                rewrites = json.loads(plan.read_text())["rewrites"]
                cuts = [each["node"] for each in rewrites
                        if each["kind"] == "cut"]
                self.assertEqual(set(cuts), cut_values(fixed, original))
                rewrites = [each for each in rewrites
                            if each["kind"] == "written out"]
                norms = [node.name for node in original.graph.node
                         if node.op_type == "LayerNormalization"]
                kept = {node.name for node in fixed.graph.node
                        if node.op_type == "LayerNormalization"}
                self.assertEqual([each["node"] for each in rewrites],
                                 [each for each in norms if each not in kept])
                self.assertEqual(bool(rewrites), "gpt2" in name)
                if rewrites:
                    self.assertGreater(min(each["time_us"]
                                           for each in rewrites), 0)
                    names = [node.name for node in fixed.graph.node]
                    self.assertEqual(len(names), len(set(names)))
                surplus = (harness.op_types(fixed)
                           - harness.op_types(original))
                self.assertEqual(sum(surplus[each]
                                     for each in WRITTEN_OUT - {"Slice"}),
                                 sum(each["nodes"] for each in rewrites))

    def layer_norm(self, kind, stash, bias):
        """h = x @ first, 60 wide; y = LayerNormalization(h) @ second."""
        dtype = helper.tensor_dtype_to_np_dtype(kind)
        names = ["h", "scale", "bias"][:3 if bias else 2]
        return handmade.model(
            [helper.make_node("MatMul", ["x", "first"], ["h"], "down"),
             helper.make_node("LayerNormalization", names,
                              ["n", "mean", "inv"], "norm", epsilon=1e-3,
                              stash_type=stash),
             helper.make_node("MatMul", ["n", "second"], ["y"], "up")],
            [handmade.value("x", ["rows", 64], kind)],
            [handmade.value("y", ["rows", 64], kind),
             handmade.value("mean", ["rows", 1], stash),
             handmade.value("inv", ["rows", 1], stash)],
            [handmade.weight("first", 64, 60, dtype=dtype),
             handmade.weight("scale", 60, dtype=dtype),
             handmade.weight("bias", 60, dtype=dtype, seed=1),
             handmade.weight("second", 60, 64, dtype=dtype, seed=2)])

    def test_new_names_differ_from_those_in_subgraphs(self):
        """What a repair would call its values and nodes is taken, each name
        by another kind of definition in a branch or in a branch of that."""
        float32, boolean = TensorProto.FLOAT, TensorProto.BOOL
        model = self.layer_norm(float32, float32, True)
        model.graph.node.append(
            helper.make_node("MatMul", ["x", "third"], ["z"], "cut"))
        model.graph.initializer.append(handmade.weight("third", 64, 27))
        model.graph.input.append(handmade.value("flag", [], boolean))
        model.graph.output.extend([handmade.value("z", ["rows", 27]),
                                   handmade.value("c", [])])

        def names(graph):
            return ({name for node in graph.node for name in node.output}
                    | {tensor.name for tensor in graph.initializer},
                    {node.name for node in graph.node})

        def choose(inner, outer, nodes):
            """c, by graphs that define `inner` and `outer`."""
            left = list(nodes)

            def constant(name):
                return helper.make_node("Constant", [], [name],
                                        left.pop() if left else "",
                                        value_float=2.0)

            flat = helper.make_graph(
                [helper.make_node("Neg", [name], [f"neg {name}"])
                 for name in inner] + [constant("d")],
                "flat", [], [handmade.value("d", [])],
                [handmade.weight(name) for name in inner])
            end = helper.make_graph([constant("e")], "end", [],
                                    [handmade.value("e", [])])
            deep = helper.make_graph(
                [helper.make_node("If", ["flag"], ["deep"], then_branch=flat,
                                  else_branch=end)], "nested", [],
                [handmade.value("deep", [])])
            far = helper.make_graph(
                [constant(name) for name in ["t", *outer]], "far", [],
                [handmade.value("t", [])])
            self.assertFalse(left, "names that no node has")
            return helper.make_node("If", ["flag"], ["c"], then_branch=deep,
                                    else_branch=far)

        plain, path = onnx.ModelProto(), self.dir / "names.onnx"
        plain.CopyFrom(model)
        plain.graph.node.append(choose([], [], []))
        onnx.save(plain, str(path))
        values, nodes = (
            sorted(new - old) for new, old in
            zip(names(harness.load(self.repair(path)).graph),
                names(plain.graph)))
        self.assertGreater(len(values), 8)
        self.assertGreater(len(nodes), 4)
        self.assertIn("z.starts", values)

        few = len(values) // 4
        model.graph.node.append(choose(values[:few], values[few:], nodes))
        onnx.save(model, str(path))
        onnx.checker.check_model(str(path), full_check=True)
        out, again = self.repair(path), self.dir / "again.onnx"
        onnx.checker.check_model(str(out), full_check=True)
        for new, old in zip(names(harness.load(out).graph), (values, nodes)):
            self.assertFalse(new.intersection(old))
        self.assert_same_results(out, path)
        self.must_run("gac", "repair", out, "-o", again)
        self.assertEqual(again.read_bytes(), out.read_bytes())

    def test_written_out_norms_in_every_type(self):
        """Against the original in float64, on lanes far from zero."""
        float16, float32, float64 = (TensorProto.FLOAT16, TensorProto.FLOAT,
                                     TensorProto.DOUBLE)
        for kind, stash, bias, tolerance in (
                (float64, float64, True, 1e-12),
                (float32, float32, False, 1e-5),
                (float16, float32, True, 5e-3)):
            with self.subTest(kind=kind):
                path = self.dir / "norm.onnx"
                onnx.save(self.layer_norm(kind, stash, bias), str(path))
                out = self.repair(path)
                fixed = harness.load(out)
                self.assertEqual(count_norms(fixed), 0)
                onnx.checker.check_model(fixed, full_check=True)
                weights = {tensor.name: numpy_helper.to_array(tensor)
                           .astype(np.float64)
                           for tensor in harness.load(path).graph.initializer}
                x = np.random.default_rng(7).standard_normal((5, 64)) + 1
                dtype = helper.tensor_dtype_to_np_dtype(kind)
                h = (x.astype(dtype).astype(np.float64) @ weights["first"])
                mean = h.mean(axis=1, keepdims=True)
                inverse = 1 / np.sqrt(h.var(axis=1, keepdims=True)
                                      + float(np.float32(1e-3)))
                n = (h - mean) * inverse * weights["scale"]
                n += weights["bias"] if bias else 0
                want = [n @ weights["second"], mean, inverse]
                got = check_onnx.open_session(out).run(
                    ["y", "mean", "inv"], {"x": x.astype(dtype)})
                for result, expected in zip(got, want):
                    self.assertLessEqual(
                        check_onnx.relative_error(result.astype(np.float64),
                                                  expected), tolerance)

    def test_written_out_norms_grow_again(self):
        """What was written out once is grown further, and is recovered."""
        path = harness.MODELS / "gpt2_60.onnx"
        target = self.dir / "wide.json"
        text = json.loads((harness.ROOT / "targets" / "h200.json").read_text())
        for rule in text["rules"]:
            full = [tier for tier in rule["tiers"] if tier.get("full_speed")]
            rule["tiers"] = [dict(full[0], multiple=48),
                             *rule["tiers"][len(full):]]
        target.write_text(json.dumps(text))
        again = self.dir / "again.onnx"
        self.must_run("gac", "repair", self.repair(path), "-o", again,
                      "--target", target)
        sizes = {size for shape in matrices(harness.load(again)).values()
                 for size in shape}
        self.assertIn(96, sizes)
        self.assert_same_results(again, path)
        named = self.dir / "named.onnx"
        self.must_run("gac-opt", again, "--gac-recover", "-o", named)
        done = self.must_run("gac-opt", again, "--gac-recover")
        self.assertEqual(done.out.count("#gac.lanes<96 : 0 to 0 by 60>"),
                         count_norms(harness.load(path)))
        self.assert_same_results(named, path)

    def test_second_run_changes_nothing(self):
        covered = set(harness.covered_models())
        for path in harness.models():
            strategies = harness.STRATEGIES if path in covered else ["minimal"]
            for strategy in strategies:
                with self.subTest(path.stem, strategy=strategy):
                    out = self.repair(path, "--strategy", strategy)
                    again = self.dir / "again.onnx"
                    self.must_run("gac", "repair", out, "-o", again,
                                  "--strategy", strategy)
                    self.assertEqual(out.read_bytes(), again.read_bytes())

    def test_two_strategies_one_after_the_other(self):
        for path in harness.models():
            with self.subTest(path.stem):
                again = self.dir / "again.onnx"
                self.must_run("gac", "repair", self.repair(path), "-o", again,
                              "--strategy", "predefined")
                self.assert_same_results(again, path)

    def test_other_families_keep_their_results(self):
        covered = set(harness.covered_models())
        for path in harness.models():
            if path in covered:
                continue
            with self.subTest(path.stem):
                out = self.repair(path)
                self.assert_same_results(out, path)
                self.check_kept(harness.load(out), harness.load(path))

    def test_padding_is_zero_and_nothing_else(self):
        """Each grown weight holds the original's values in their order and
        zeros."""
        for path in harness.covered_models():
            with self.subTest(path.stem):
                fixed = harness.load(self.repair(path))
                before = {tensor.name: numpy_helper.to_array(tensor)
                          for tensor in harness.load(path).graph.initializer}
                grown = 0
                for tensor in fixed.graph.initializer:
                    new = numpy_helper.to_array(tensor)
                    old = before.get(tensor.name)
                    if (old is None or new.dtype != np.float32
                            or new.shape == old.shape):
                        continue
                    grown += 1
                    self.assertTrue(np.array_equal(new[new != 0],
                                                   old[old != 0]), tensor.name)
                    self.assertGreater(new.size, old.size, tensor.name)
                self.assertGreater(grown, 0)

    def test_tradeoff_keeps_its_budget(self):
        path = harness.MODELS / "llama_asvd.onnx"

        def weight_bytes(model):
            return sum(4 * np.prod(tensor.dims, dtype=int)
                       for tensor in model.graph.initializer
                       if tensor.data_type == onnx.TensorProto.FLOAT)

        before = weight_bytes(harness.load(path))
        everything = sum(numpy_helper.to_array(tensor).nbytes for tensor
                         in harness.load(path).graph.initializer)
        for budget, limit in {"2KiB": 2048, "4%": 0.04 * everything,
                              "0": 0}.items():
            with self.subTest(budget):
                out = self.repair(path, "--strategy", "tradeoff", "--budget",
                                  budget)
                added = weight_bytes(harness.load(out)) - before
                self.assertLessEqual(added, limit)
                self.assertEqual(added > 0, limit > 0)
                self.assert_same_results(out, path)

    def test_static_writes_the_sizes(self):
        path = harness.MODELS / "llama_asvd.onnx"
        out = self.repair(path, "--static", "--dim", "batch=2", "--dim",
                          "seq=9")
        shape = harness.load(out).graph.input[0].type.tensor_type.shape
        self.assertEqual([dim.dim_value for dim in shape.dim], [2, 9])
        inputs, expected = check_onnx.recorded(path)
        got = check_onnx.open_session(out).run(list(expected), inputs)
        for result, want in zip(got, expected.values()):
            self.assertLessEqual(check_onnx.relative_error(result, want),
                                 check_onnx.TOLERANCE)


if __name__ == "__main__":
    unittest.main()
