#===- test_findings.py - What gac analyze says ----------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Findings name what is in the file, miss nothing, and give a reason for
whatever a repair leaves."""

import json
import subprocess
import sys
import unittest

import onnx
from onnx import helper

import handmade
import harness

FULL_SPEED = 8  # h200, 16-bit
FORMAT = 1


def scopes(model):
    """Node -> its module, as torch.onnx writes it into the metadata."""
    found = {}
    for node in model.graph.node:
        for entry in node.metadata_props:
            if entry.key == "pkg.torch.onnx.name_scopes":
                found[node.name] = entry.value.strip("[]").split(", ")[-2][1:-1]
    return found


def without_names(model):
    """The model with nothing but numbers for names and without metadata."""
    keep = {value.name for value in [*model.graph.input, *model.graph.output]}
    names = {"": ""}

    def rename(name):
        return name if name in keep else names.setdefault(name, f"v{len(names)}")
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.graph.value_info[:]
    for tensor in copy.graph.initializer:
        tensor.name = rename(tensor.name)
    for index, node in enumerate(copy.graph.node):
        node.name = f"node{index}"
        del node.metadata_props[:]
        node.input[:] = [rename(name) for name in node.input]
        node.output[:] = [rename(name) for name in node.output]
    return copy


def shapes(model):
    return {tensor.name: tuple(tensor.dims)
            for tensor in model.graph.initializer}


class Findings(harness.ToolTest):
    def analyze(self, path, *options):
        """(report from a JSON file, the table)"""
        report = self.dir / "report.json"
        result = self.must_run("gac", "analyze", path, "--json", report,
                               *options)
        return json.loads(report.read_text()), result.out

    def check_report(self, report, path):
        self.assertEqual(report["format"], FORMAT)
        self.assertEqual(report["kind"], "findings")
        findings = report["findings"]
        ids = [finding["id"] for finding in findings]
        self.assertEqual(len(ids), len(set(ids)), "an id stands twice")
        known = shapes(harness.load(path))
        for finding in findings:
            tensor, axis = finding["tensor"], finding["axis"]
            self.assertEqual(finding["id"], f"{tensor}:{axis}")
            self.assertGreater(finding["size"], 1)
            self.assertTrue(finding["roles"], finding["id"])
            self.assertTrue(finding["causes"], finding["id"])
            if tensor in known and axis.isdigit():
                self.assertEqual(known[tensor][int(axis)], finding["size"])
            self.assertTrue(finding["repaired_size"] is not None
                            or finding["fixed_by"],
                            f"{finding['id']} stays, and nothing says why")
        factors = [finding["cost_factor"] for finding in findings]
        measured = [factor for factor in factors if factor is not None]
        self.assertEqual(measured, sorted(measured, reverse=True),
                         "not worst first")
        self.check_groups(report)
        totals = report["totals"]
        self.assertLessEqual(totals["repairable"], totals["misaligned"])
        self.assertLessEqual(totals["misaligned"], totals["dimensions"])

    def check_groups(self, report):
        """Each finding is in one group, of findings like it."""
        findings = {finding["id"]: finding for finding in report["findings"]}
        members = [member for group in report["groups"]
                   for member in group["findings"]]
        self.assertEqual(sorted(members), sorted(findings))
        for index, group in enumerate(report["groups"]):
            alike = [findings[member] for member in group["findings"]]
            for key in ("meaning", "size", "repaired_size", "roles"):
                self.assertEqual(len({str(finding[key]) for finding in alike}),
                                 1, f"{key} differs in {group['findings']}")
            for finding in alike:
                self.assertEqual(finding["group"], index)
            if group["lost_us"] is not None:
                self.assertAlmostEqual(
                    group["lost_us"],
                    sum(finding["lost_us"] for finding in alike))

    def test_every_model(self):
        for path in harness.models():
            with self.subTest(path.stem):
                report, table = self.analyze(path, "--all")
                self.check_report(report, path)
                for finding in report["findings"]:
                    self.assertIn(finding["id"], table)
                result = self.must_run("gac", "analyze", path)
                self.assertIn("module", result.out)
                for group in report["groups"]:
                    self.assertIn(group["findings"][0], result.out)

    def test_standard_output(self):
        path = harness.MODELS / "llama_asvd.onnx"
        report, _ = self.analyze(path)
        result = self.must_run("gac", "analyze", path, "--json", "-")
        self.assertEqual(json.loads(result.out), report)

    def test_no_odd_weight_is_missed(self):
        """Whatever MatMul contracts or produces is in the findings if its size
        is odd, counted without any help of the tool."""
        for path in harness.covered_models():
            with self.subTest(path.stem):
                model, found = harness.load(path), set()
                report, _ = self.analyze(path)
                for finding in report["findings"]:
                    found.add(finding["size"])
                known = shapes(model)
                used = {name for node in model.graph.node
                        if node.op_type in ("MatMul", "Gemm")
                        for name in node.input[:2] if name in known}
                odd = {size for name in used for size in known[name]
                       if size % FULL_SPEED and size > 1}
                self.assertTrue(odd)
                self.assertFalse(odd - found, "missed")

    def test_meanings_agree_with_the_modules(self):
        """What the analysis infers from structure is what the authors of the
        models call their modules."""
        meanings = {"BLinear": "rank", "VT": "rank", "gate_proj": "mlp_width",
                    "lm_head": "vocabulary", "c_fc": "mlp_width",
                    "q_a_proj": "latent"}
        seen = set()
        for path in harness.models():
            with self.subTest(path.stem):
                report, _ = self.analyze(path)
                scope_of = scopes(harness.load(path))
                for finding in report["findings"]:
                    for use in finding["uses"]:
                        scope = scope_of.get(use["node"], "")
                        meaning = meanings.get(scope.rpartition(".")[2])
                        if use["role"] != "N" or meaning is None:
                            continue
                        self.assertEqual(finding["meaning"], meaning, scope)
                        self.assertIn(scope, finding["modules"])
                        seen.add(meaning)
        self.assertEqual(seen, set(meanings.values()))

    def test_meanings_need_no_names(self):
        for stem in ("llama_asvd", "llama_palu", "mla", "bert_asvd",
                     "llama_hidden61"):
            with self.subTest(stem):
                path = harness.MODELS / f"{stem}.onnx"
                report, _ = self.analyze(path)
                bare = self.dir / f"{stem}.onnx"
                onnx.save(without_names(harness.load(path)), str(bare))
                other, _ = self.analyze(bare)
                self.check_groups(other)

                def described(found):
                    return sorted((finding["size"], finding["description"])
                                  for finding in found["findings"])
                self.assertEqual(described(other), described(report))
                for finding in other["findings"]:
                    self.assertEqual(finding["blocks"], [])
                    self.assertEqual(finding["modules"], [])
                self.assertLessEqual(len(other["groups"]),
                                     len(report["groups"]))

    def test_large_models_fit_on_a_screen(self):
        """32 layers of random ranks, and of random widths."""
        for variant in ("asvd", "prune"):
            with self.subTest(variant):
                path = self.dir / f"{variant}.onnx"
                subprocess.run(
                    [sys.executable,
                     str(harness.ROOT / "benchmarks/make_llama.py"), str(path),
                     "--weights", "none", "--variant", variant],
                    check=True, stdout=subprocess.DEVNULL)
                report, table = self.analyze(path)
                self.check_groups(report)
                lines = table.partition("\ncauses:")[0].splitlines()
                self.assertLessEqual(len(lines), 45)
                counts = 0
                for group in report["groups"]:
                    for block in group["blocks"]:
                        self.assertEqual(block["container"], "model.layers")
                        counts += len(block["numbers"])
                self.assertEqual(counts, len(report["findings"]))

    def test_many_sizes_share_a_line(self):
        """Where equal ones would fill more than a screen."""
        nodes, weights, before = [], [], "x"
        for layer in range(48):
            rank, name = 17 + 2 * layer, f"layers.{layer}.fc"
            weights += [handmade.weight(f"{name}.A.weight", 64, rank),
                        handmade.weight(f"{name}.B.weight", rank, 64)]
            nodes += [helper.make_node("MatMul", [before, weights[-2].name],
                                       [f"h{layer}"]),
                      helper.make_node("MatMul", [f"h{layer}", weights[-1].name],
                                       [f"y{layer}"])]
            before = f"y{layer}"
        path = self.dir / "deep.onnx"
        onnx.save(handmade.model(nodes, [handmade.value("x", ["n", 64])],
                                 [handmade.value(before, ["n", 64])], weights),
                  str(path))
        report, table = self.analyze(path)
        self.assertEqual(len(report["groups"]), 48)
        self.assertRegex(table, r"layers 0-47 +fc +rank +N,K +17-111 +"
                         r"odd, needs 8 +48 .* -> 24-112 .*layers[^ ]* \+47\n")
        plan = self.must_run("gac", "repair", path, "-o", self.dir / "out.onnx")
        self.assertRegex(plan.out, r"\n  layers 0-47 +fc +rank +17-111 +"
                         r"-> 24-112 +layers.0.fc.A.weight:1 \+47\n")
        whole = self.analyze(path, "--all")[1]
        for layer in range(48):
            self.assertIn(f"layers.{layer}.fc.A.weight:1\n", whole)

    def check_explanation(self, path, finding):
        result = self.must_run("gac", "analyze", path, "--explain",
                               finding["id"], "--json", "-")
        told = json.loads(result.out)
        self.assertEqual(told["kind"], "explanation")
        for key in ("id", "size", "meaning", "description", "lost_us"):
            self.assertEqual(told[key], finding[key])
        self.assertEqual(told["misaligned"], True)
        self.assertEqual(told["fixed_by"],
                         [reason["text"] for reason in finding["fixed_by"]])
        # A path: what an operation reads was written by one before it.
        known = {text.partition(":")[0] for text in told["inputs"]}
        uses = set()
        for step in told["steps"]:
            for end in step["in"]:
                self.assertTrue(end["weight"] or end["tensor"] in known,
                                f"{end['tensor']} comes from nowhere")
            known.update(end["tensor"] for end in step["out"])
            uses.update((step["node"], use["role"]) for use in step["uses"]
                        if use["whole"] and not use["full_speed"])
        self.assertEqual(uses, {(use["node"], use["role"])
                                for use in finding["uses"]})

    def test_explanations(self):
        for stem in ("llama_palu", "mla", "gpt2_60", "llama_head14_past",
                     "convnet", "qwen3_head14_op23"):
            path = harness.MODELS / f"{stem}.onnx"
            report, _ = self.analyze(path)
            for finding in report["findings"]:
                with self.subTest(f"{stem} {finding['id']}"):
                    self.check_explanation(path, finding)

    def test_what_is_left_has_a_reason(self):
        out = self.dir / "fixed.onnx"
        for path in harness.models():
            with self.subTest(path.stem):
                self.must_run("gac", "repair", path, "-o", out)
                report, _ = self.analyze(out)
                self.check_report(report, out)
                for finding in report["findings"]:
                    self.assertIsNone(finding["repaired_size"], finding["id"])
                    for reason in finding["fixed_by"]:
                        self.assertTrue(reason["text"].strip())

    def test_covered_models_are_left_with_their_interface_only(self):
        out = self.dir / "fixed.onnx"
        for path in harness.covered_models():
            with self.subTest(path.stem):
                self.must_run("gac", "repair", path, "-o", out)
                report, _ = self.analyze(out)
                left = {finding["size"] for finding in report["findings"]}
                allowed = {97, 60, 180} if "gpt2" in path.stem else {97}
                self.assertLessEqual(left, allowed)

    def test_unmeasured_targets_guess_nothing(self):
        path = harness.MODELS / "llama_asvd.onnx"
        for target in ("a100", "h100"):
            with self.subTest(target):
                report, table = self.analyze(path, "--target", target)
                self.assertTrue(report["findings"])
                for finding in report["findings"]:
                    self.assertIsNone(finding["cost_factor"])
                self.assertIn("not measured", table)

    def test_element_type(self):
        path = harness.MODELS / "llama_asvd.onnx"
        report, table = self.analyze(path)
        self.assertEqual(report["dtype"], "bf16")
        self.assertTrue(report["default_dtype"])
        self.assertIn("priced as bf16", table)
        for dtype in ("bf16", "f16", "f32"):
            report, _ = self.analyze(path, "--dtype", dtype)
            self.assertEqual(report["dtype"], dtype)
            self.assertFalse(report["default_dtype"])

    def test_symbols(self):
        path = harness.MODELS / "llama_asvd.onnx"

        def symbols(*options):
            report, _ = self.analyze(path, *options)
            return {symbol["name"]: (symbol["size"], symbol["bound"])
                    for symbol in report["symbols"]}

        self.assertEqual(symbols(), {"batch": (1, False), "seq": (1024, False)})
        self.assertEqual(symbols("--dim", "seq=7", "--dim", "batch=2"),
                         {"batch": (2, True), "seq": (7, True)})

    def test_analysis_writes_nothing(self):
        path = harness.MODELS / "llama_asvd.onnx"
        before = path.read_bytes()
        self.must_run("gac", "analyze", path, cwd=self.dir)
        self.assertEqual(list(self.dir.iterdir()), [])
        self.assertEqual(path.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
