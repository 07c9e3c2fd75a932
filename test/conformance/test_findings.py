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
import unittest

import harness

FULL_SPEED = 8  # h200, 16-bit
FORMAT = 1


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
        totals = report["totals"]
        self.assertLessEqual(totals["repairable"], totals["misaligned"])
        self.assertLessEqual(totals["misaligned"], totals["dimensions"])

    def test_every_model(self):
        for path in harness.models():
            with self.subTest(path.stem):
                report, table = self.analyze(path)
                self.check_report(report, path)
                for finding in report["findings"]:
                    self.assertIn(finding["id"], table)

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
