#===- test_plans.py - Weights that become one ------------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Products that gac compile merges and pairs that it multiplies back: the model
computes the same, and the package's weights are the model's, side by side or
multiplied, whether they are data or recipes."""

import json
import re
import unittest

import numpy as np
import onnx

import harness
from test_compile import (ENTRIES, PAST_ENTRIES, initializers, read_manifest,
                          read_weights, synthetic_weights)

PLAN = ("gac-plan-products{entries=%s},gac-multiply-factors,"
        "gac-merge-products")
ENTRY = ("--entry", "p:batch=1,seq=9")


def multiply(a, b):
    """As recipes promise it."""
    return synthetic_weights.product(a.astype(np.float32),
                                     b.astype(np.float32))


class Plans(harness.ToolTest):
    def compile(self, model, *options, name="p.gacpkg"):
        package = self.dir / name
        done = self.must_run("gac", "compile", model, "-o", package,
                             "--no-cubin", *options)
        return package, done

    def plan_of(self, model, *options):
        _, done = self.compile(model, *options, "--json", "-",
                               name="planned.gacpkg")
        return json.loads(done.out)["plan"]

    def repair(self, path, *options):
        fixed = self.dir / f"{path.stem}.fixed.onnx"
        self.must_run("gac", "repair", path, "-o", fixed, *options)
        return fixed

    # -- The model ------------------------------------------------------------

    def test_models_compute_the_same(self):
        """What the passes make of each model, under ONNX Runtime."""
        merged = multiplied = 0
        for path in harness.models():
            with self.subTest(path.stem):
                fixed = self.repair(path)
                text, planned = (self.dir / f"planned.{suffix}"
                                 for suffix in ("mlir", "onnx"))
                self.must_run("gac-opt", fixed, "-o", text,
                              "--pass-pipeline=builtin.module(" +
                              PLAN % self.entry_of(fixed) + ")")
                self.must_run("gac-opt", text, "-o", planned)
                onnx.checker.check_model(str(planned))
                self.assert_same_results(planned, fixed)
                merged += text.read_text().count("#gac.concat<")
                multiplied += text.read_text().count("#gac.product<")
        self.assertGreater(merged, 40)
        self.assertGreater(multiplied, 20)

    def entry_of(self, path):
        """An entry with 4 for each symbol of the model."""
        graph = onnx.load(path, load_external_data=False).graph
        symbols = {dim.dim_param for value in graph.input
                   for dim in value.type.tensor_type.shape.dim
                   if dim.dim_param}
        return ":".join(["p"] + [f"{symbol}=4" for symbol in sorted(symbols)
                                 if symbol.isidentifier()])

    # -- The package ----------------------------------------------------------

    def check_members(self, plan, package, known):
        """Each weight that became one of several holds them in order."""
        data = read_weights(package)
        checked = 0
        for group in plan["groups"]:
            merges = {}
            for member in group["members"]:
                merges.setdefault(member["merge"], []).append(member)
            for members in merges.values():
                if len(members) == 1 and not members[0]["multiplied"]:
                    continue
                names, parts = [], []
                for member in members:
                    first, *second = member["weights"]
                    names.append(first)
                    parts.append(known[first])
                    if member["multiplied"]:
                        names[-1] += f"*{second[0]}"
                        parts[-1] = multiply(known[first], known[second[0]])
                want = np.concatenate(parts, 1)
                self.assertEqual(
                    want.shape, (members[0]["k"], sum(
                        member["n"] if member["multiplied"] or len(
                            member["weights"]) == 1 else member["rank"]
                        for member in members)))
                got = data["+".join(names)]
                np.testing.assert_array_equal(
                    got, synthetic_weights.round_to(want, "bf16"))
                checked += 1
        return checked

    def test_data(self):
        for model, entries in (("llama_asvd", ENTRIES),
                               ("llama_asvd_past", PAST_ENTRIES),
                               ("llama_prune_op23", ENTRIES)):
            with self.subTest(model):
                fixed = self.repair(harness.MODELS / f"{model}.onnx")
                plan = self.plan_of(fixed, *entries)
                package, _ = self.compile(fixed, *entries)
                self.must_run("gac-run", package, "--list")
                self.assertGreater(
                    self.check_members(plan, package, initializers(fixed)), 3)

    def evaluate_all(self, package):
        """name -> values of all weights that have recipes, by the runtime and
        by numpy, which agree to the bit."""
        values = {}
        for tensor in read_manifest(package)["tensors"]:
            if not tensor.get("recipe"):
                continue
            out = self.dir / "weight.npz"
            self.must_run("gac-run", package, "--recipe", tensor["name"],
                          "--output", out)
            want = synthetic_weights.evaluate_tensor(tensor)
            with np.load(out) as made:
                got = made[tensor["name"]]
                if got.dtype == np.uint16:
                    got = (got.astype(np.uint32) << 16).view(np.float32)
            np.testing.assert_array_equal(got.astype(np.float32), want)
            values[tensor["name"]] = want
        return values

    def originals(self, package):
        found = {}

        def visit(recipe):
            if recipe["kind"] == "original":
                found[recipe["name"]] = recipe
            for part in [recipe.get(key) for key in ("source", "a", "b")
                         ] + recipe.get("sources", []):
                if part:
                    visit(part)

        for tensor in read_manifest(package)["tensors"]:
            if tensor.get("recipe"):
                visit(tensor["recipe"])
        return found

    def test_recipes(self):
        """Without data, repaired or not, merged or not: the same originals, and
        a weight of several is made of exactly the values that they have."""
        path = harness.MODELS / "llama_asvd.onnx"
        whole = self.dir / "whole.onnx"
        onnx.save_model(onnx.load(path), whole, save_as_external_data=True,
                        location="whole.bin", size_threshold=256)
        fixed = self.dir / "fixed.onnx"
        self.must_run("gac", "repair", "--graph-only", whole, "-o", fixed)
        (self.dir / "whole.bin").unlink()
        for index, model in enumerate((whole, fixed)):
            with self.subTest(model.name):
                plan = self.plan_of(model, "--graph-only", *ENTRY)
                planned, _ = self.compile(model, "--graph-only", *ENTRY,
                                          name=f"planned{index}.gacpkg")
                plain, _ = self.compile(model, "--graph-only", "--no-plan",
                                        *ENTRY, name=f"plain{index}.gacpkg")
                self.assertEqual(self.originals(planned),
                                 self.originals(plain))
                self.check_recipes(plan, planned, plain)

    def check_recipes(self, plan, planned, plain):
        made, checked = self.evaluate_all(planned), 0
        # As float32, before they are rounded to the package's type.
        known = {}
        for tensor in read_manifest(plain)["tensors"]:
            recipe = tensor.get("recipe")
            if recipe:
                if recipe["kind"] == "cast":
                    recipe = recipe["source"]
                known[tensor["name"]] = synthetic_weights.evaluate(recipe)[0]
        for group in plan["groups"]:
            for member in group["members"]:
                if not member["multiplied"]:
                    continue
                a, b = (known[name] for name in member["weights"])
                want = synthetic_weights.round_to(multiply(a, b), "bf16")
                name = "*".join(member["weights"])
                holder, = [each for each in made if name in each.split("+")]
                start = 0
                for part in holder.split("+"):
                    if part == name:
                        break
                    first = next(m for g in plan["groups"]
                                 for m in g["members"]
                                 if part in ("*".join(m["weights"]),
                                             m["weights"][0]))
                    start += (first["n"] if part != first["weights"][0]
                              or len(first["weights"]) == 1
                              else first["rank"])
                np.testing.assert_array_equal(
                    made[holder][:, start:start + want.shape[1]], want)
                checked += 1
        self.assertGreater(checked, 2)

    # -- The plan -------------------------------------------------------------

    def test_plan_files(self):
        """A plan that was written and is given again makes the same package; an
        edited one another."""
        fixed = self.repair(harness.MODELS / "llama_asvd.onnx")
        plan = self.dir / "plan.txt"
        first, _ = self.compile(fixed, *ENTRY, "--plan-out", plan)
        again, _ = self.compile(fixed, *ENTRY, "--plan", plan,
                                name="again.gacpkg")
        for file in ("weights.safetensors", "kernels.cu", "manifest.json"):
            self.assertEqual((first / file).read_bytes(),
                             (again / file).read_bytes(), file)
        plain, _ = self.compile(fixed, *ENTRY, "--no-plan",
                                name="plain.gacpkg")
        plan.write_text('#gac.plan<target = "h200", dtype = "bf16", '
                        'strategy = "nothing", []>')
        empty, _ = self.compile(fixed, *ENTRY, "--plan", plan,
                                name="empty.gacpkg")
        self.assertEqual((plain / "manifest.json").read_bytes(),
                         (empty / "manifest.json").read_bytes())
        self.assertNotEqual((plain / "manifest.json").read_bytes(),
                            (first / "manifest.json").read_bytes())
        self.assertFalse([name for name in read_weights(plain)
                          if "+" in name or "*" in name])

    def test_plans_of_others(self):
        """A plan that was made for another target or type is applied, with a
        word."""
        fixed = self.repair(harness.MODELS / "llama_asvd.onnx")
        plan = self.dir / "plan.txt"
        _, first = self.compile(fixed, *ENTRY, "--plan-out", plan)
        self.assertEqual(first.err, "")
        _, done = self.compile(fixed, *ENTRY, "--plan", plan, "--dtype", "f16",
                               name="f16.gacpkg")
        self.assertIn("warning: the plan was made for target 'h200' and bf16, "
                      "and the package is for 'h200' and f16", done.err)

    def test_order_of_merges(self):
        """The parts of a merge lie as a given plan has them, and the report
        tells them so."""
        fixed = self.repair(harness.MODELS / "llama_asvd.onnx")
        plan = self.dir / "plan.txt"
        self.compile(fixed, *ENTRY, "--plan-out", plan)
        merge = re.compile(r'(?<=<)"[^"<>]+"(?:, "[^"<>]+")+(?=>)')
        head, word, tail = plan.read_text().partition("merge[")
        self.assertTrue(word)
        turned = merge.sub(
            lambda found: ", ".join(reversed(found[0].split(", "))), tail)
        self.assertNotEqual(turned, tail)
        plan.write_text(head + word + turned)
        package, _ = self.compile(fixed, *ENTRY, "--plan", plan)
        report = self.plan_of(fixed, *ENTRY, "--plan", plan)
        self.assertGreater(
            self.check_members(report, package, initializers(fixed)), 3)

    def test_weights_of_entries(self):
        """Which entry counts decides where they disagree."""
        model = self.dir / "pair.onnx"
        self.make_pair(model)
        # Five microseconds for each launch, else 1 TB/s and 100 TFLOP/s.
        target = ("--target", harness.ROOT / "test" / "Dialect" / "CUDA" /
                  "Inputs" / "launches.json")
        few, many = ("--entry", "few:n=1"), ("--entry", "many:n=8192")

        def is_multiplied(*options):
            plan = self.plan_of(model, *target, *few, *many, *options)
            return [member["multiplied"] for group in plan["groups"]
                    for member in group["members"]] == [True]

        self.assertFalse(self.plan_of(model, *target, *many)["groups"])
        group, = self.plan_of(model, *target, *few)["groups"]
        entry, = group["entries"]
        self.assertEqual(entry["name"], "few")
        self.assertAlmostEqual(entry["predictedUs"], 11.84, delta=0.02)
        self.assertAlmostEqual(entry["plannedUs"], 7.10, delta=0.02)
        self.assertEqual(group["addedBytes"],
                         2 * (1024 * 1024 - 2 * 1024 * 448))
        self.assertFalse(is_multiplied())
        self.assertTrue(is_multiplied("--entry-weight", "few=10"))
        self.assertFalse(is_multiplied("--entry-weight", "few=10",
                                       "--entry-weight", "many=10"))

    def test_merging_alone(self):
        """Without multiplications, first factors are merged, and weights take
        what they took."""
        fixed = self.repair(harness.MODELS / "llama_asvd.onnx")
        plan = self.plan_of(fixed, *ENTRY, "--no-multiply")
        members = [member for group in plan["groups"]
                   for member in group["members"]]
        self.assertFalse([each for each in members if each["multiplied"]])
        self.assertTrue([each for each in members if "rank" in each])
        self.assertEqual({group["addedBytes"] for group in plan["groups"]}, {0})
        # With few rows what reads one activation shares a launch as it is, and
        # merging saves none.
        self.assertTrue(plan["groups"])
        for group in plan["groups"]:
            self.assertGreater(self.get_ratio(group), 0.99)
        many = self.plan_of(fixed, "--entry", "p:batch=1,seq=512",
                            "--no-multiply")
        self.assertTrue(many["groups"])
        for group in many["groups"]:
            self.assertLess(self.get_ratio(group), 0.8)
        package, _ = self.compile(fixed, *ENTRY, "--no-multiply")
        self.assertGreater(
            self.check_members(plan, package, initializers(fixed)), 3)

    @staticmethod
    def get_ratio(group):
        """Of the only entry's time planned, to that of what the model has."""
        entry, = group["entries"]
        return entry["plannedUs"] / entry["predictedUs"]

    def test_taken_names(self):
        """Plans know what is multiplied back by its name: it stays a pair where
        the model has that name."""
        model = self.dir / "pair.onnx"
        target = ("--target", harness.ROOT / "test" / "Dialect" / "CUDA" /
                  "Inputs" / "launches.json")
        for taken, groups in (None, 1), ("A*B", 0):
            with self.subTest(taken):
                self.make_pair(model, taken)
                plan = self.plan_of(model, *target, "--entry", "few:n=1")
                self.assertEqual(len(plan["groups"]), groups)

    def make_pair(self, path, taken=None):
        """y = relu(x A B), of a rank at which the product pays with one row;
        with a bias of the name `taken`."""
        k, rank, n = 1024, 448, 1024
        draw = np.random.default_rng(1)
        weights = [onnx.numpy_helper.from_array(
            draw.standard_normal(shape).astype(np.float32), name)
            for name, shape in (("A", (k, rank)), ("B", (rank, n)))]
        last = "z"
        nodes = [onnx.helper.make_node("MatMul", ["x", "A"], ["h"]),
                 onnx.helper.make_node("MatMul", ["h", "B"], ["z"])]
        if taken:
            last = "sum"
            nodes.append(onnx.helper.make_node("Add", ["z", taken], [last]))
            weights.append(onnx.numpy_helper.from_array(
                np.ones(n, np.float32), taken))
        value = onnx.helper.make_tensor_value_info
        graph = onnx.helper.make_graph(
            [*nodes, onnx.helper.make_node("Relu", [last], ["y"])], "pair",
            [value("x", 1, ["n", k])], [value("y", 1, ["n", n])], weights)
        onnx.save(onnx.helper.make_model(
            graph, opset_imports=[onnx.helper.make_opsetid("", 20)],
            ir_version=10), path)

    def check_error(self, expected, *arguments):
        done = harness.run_tool("gac", "compile", *arguments)
        self.assertEqual(done.code, 1)
        self.assertIn(expected, done.err)
        self.assertFalse((self.dir / "p.gacpkg").exists())

    def test_errors(self):
        model = harness.MODELS / "llama_asvd.onnx"
        out = ("-o", self.dir / "p.gacpkg", "--no-cubin")
        base = (model, *out, *ENTRY)
        plan = self.dir / "plan.txt"
        self.check_error("there is no entry 'q' to weigh; the entries are p",
                         *base, "--entry-weight", "q=1")
        for weight in ("1e308", "1e-300", "1.1e9"):
            self.check_error(f"entry 'p' has a weight of {weight}, and it is "
                             "from 1e-9 to 1e9",
                             *base, "--entry-weight", f"p={weight}")
        for text in ("p", "p=", "p=0", "p=-1", "p=nan", "p=inf", "=1", "p=1x"):
            self.check_error("the weight of an entry is NAME=W, with a "
                             f"positive number W, not '{text}'", *base,
                             f"--entry-weight={text}")
        self.check_error("entry 'p' has two weights", *base,
                         "--entry-weight", "p=1", "--entry-weight", "p=2")
        self.check_error("--plan is given without a value", *base, "--plan=")
        self.check_error("--no-plan makes no plan, which --plan is about",
                         *base, "--no-plan", "--plan", plan)
        self.check_error("--entry-weight is for choosing a plan, and --no-plan "
                         "leaves nothing to choose", *base, "--no-plan",
                         "--entry-weight", "p=1")
        self.check_error("--no-multiply is for choosing a plan, and --plan "
                         "leaves nothing to choose", *base, "--no-multiply",
                         "--plan", plan)
        self.check_error(f"the plan '{plan}' cannot be read: No such file",
                         *base, "--plan", plan)
        self.check_error("the plan cannot be written to", *base, "--plan-out",
                         model)
        plan.write_text("#gac.plan<target = 3>")
        self.check_error(f"'{plan}' holds no plan, #gac.plan<...>: ", *base,
                         "--plan", plan)
        start = ('#gac.plan<target = "h200", dtype = "bf16", '
                 'strategy = "mine", ')
        plan.write_text(start + '[<"w:1", 3 to 8>]>')
        self.check_error(f"the plan '{plan}' grows dimension w:1: that is for "
                         "gac repair, before the model is compiled", *base,
                         "--plan", plan)
        plan.write_text(start + '[] merge [<"a", "b">]>')
        self.check_error("the plan merges 'a', and the model has no such "
                         "weight", *base, "--plan", plan)
        self.assertEqual([each.name for each in self.dir.iterdir()],
                         ["plan.txt"])


if __name__ == "__main__":
    unittest.main()
