#===- test_files.py - Where models and weights lie ------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""External, inline and absent weights; text and bytecode; one path for input
and output."""

import os
import shutil
import unittest

import onnx
from onnx import helper, numpy_helper

import handmade
import harness

ALIGNMENT = 4096
BIG = 304  # a BIG x BIG float matrix is well over what text holds inline


class Files(harness.ToolTest):
    def files(self):
        return sorted(str(path.relative_to(self.dir))
                      for path in self.dir.rglob("*") if path.is_file())

    def external_model(self, location="weights.bin"):
        path = self.dir / "in.onnx"
        model = handmade.low_rank(BIG, 43)
        (path.parent / location).parent.mkdir(exist_ok=True)
        handmade.save_external(model, path, location)
        self.assertEqual(len(handmade.external_entries(
            onnx.load(str(path), load_external_data=False))), 2)
        return path, model

    def check_layout(self, path):
        """One file beside the model, each tensor at its own page."""
        entries = handmade.external_entries(
            onnx.load(str(path), load_external_data=False))
        self.assertEqual(set(entries), {"first", "second"})
        end = 0
        for name, entry in sorted(entries.items(),
                                  key=lambda item: int(item[1]["offset"])):
            self.assertEqual(entry["location"], f"{path.name}.data", name)
            self.assertEqual(int(entry["offset"]) % ALIGNMENT, 0, name)
            self.assertGreaterEqual(int(entry["offset"]), end, name)
            end = int(entry["offset"]) + int(entry["length"])
        size = (path.parent / f"{path.name}.data").stat().st_size
        self.assertGreaterEqual(size, end)

    # -- External data ---------------------------------------------------------

    def test_external_stays_external(self):
        path, _ = self.external_model()
        out = self.dir / "out.onnx"
        self.must_run("gac-opt", path, "-o", out)
        self.check_layout(out)
        self.assert_same_model(out, path)
        self.assertEqual(self.files(), ["in.onnx", "out.onnx", "out.onnx.data",
                                        "weights.bin"])

    def test_external_in_a_folder_below(self):
        path, _ = self.external_model("weights/all.bin")
        out = self.dir / "out.onnx"
        self.must_run("gac-opt", path, "-o", out)
        self.check_layout(out)
        self.assert_same_model(out, path)

    def test_external_is_found_from_any_folder(self):
        self.external_model()
        (self.dir / "elsewhere").mkdir()
        self.must_run("gac-opt", "../in.onnx", "-o", "out.onnx",
                      cwd=self.dir / "elsewhere")
        self.assert_same_model(self.dir / "elsewhere" / "out.onnx",
                               self.dir / "in.onnx")

    def test_external_is_repaired(self):
        path, _ = self.external_model()
        out = self.dir / "out.onnx"
        self.must_run("gac", "repair", path, "-o", out)
        self.check_layout(out)
        shapes = {tensor.name: list(tensor.dims)
                  for tensor in harness.load(out).graph.initializer}
        self.assertEqual(shapes, {"first": [BIG, 48], "second": [48, BIG]})
        self.assert_same_results(out, path)

    # -- One path for input and output -----------------------------------------

    def test_in_place_inline(self):
        path = self.dir / "model.onnx"
        source = harness.MODELS / "llama_asvd.onnx"
        shutil.copyfile(source, path)
        self.must_run("gac-opt", path, "-o", path)
        self.assert_same_model(path, source)
        self.must_run("gac", "repair", path, "-o", path)
        self.assert_same_results(path, source)
        self.assertEqual(self.files(), ["model.onnx"])

    def test_in_place_external(self):
        path = self.dir / "model.onnx"
        reference = self.dir / "reference.onnx"
        model = handmade.low_rank(BIG, 43)
        onnx.save(model, str(reference))
        handmade.save_external(model, path, "model.onnx.data")
        for turn in range(2):
            self.must_run("gac-opt", path, "-o", path)
            self.check_layout(path)
            self.assert_same_model_but_for_location(path, reference)
        self.must_run("gac", "repair", path, "-o", path)
        self.check_layout(path)
        self.assert_same_results(path, reference)
        self.assertEqual(self.files(), ["model.onnx", "model.onnx.data",
                                        "reference.onnx"])

    def assert_same_model_but_for_location(self, path, original):
        self.assertIsNone(harness.first_difference(harness.load(path),
                                                   harness.load(original)))

    # -- Inline data -----------------------------------------------------------

    def test_inline_stays_inline(self):
        path, out = self.dir / "in.onnx", self.dir / "out.onnx"
        onnx.save(handmade.low_rank(BIG, 299), str(path))
        self.must_run("gac-opt", path, "-o", out)
        self.assert_same_model(out, path)
        self.assertEqual(self.files(), ["in.onnx", "out.onnx"])

    def test_big_tensors_anywhere(self):
        """In Constant nodes, in subgraphs and in a function's body."""
        path, out = self.dir / "in.onnx", self.dir / "out.onnx"
        big = handmade.weight("", BIG, BIG)
        branches = {
            branch: helper.make_graph(
                [helper.make_node("Constant", [], [branch], value=big)],
                branch, [], [handmade.value(branch, [BIG, BIG])])
            for branch in ("then_branch", "else_branch")}
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid("own", 1)]
        function = helper.make_function(
            "own", "AddBig", ["a"], ["b"],
            [helper.make_node("Constant", [], ["c"], value=big),
             helper.make_node("Add", ["a", "c"], ["b"])], opsets[:1])
        model = handmade.model(
            [helper.make_node("Constant", [], ["k"], value=big),
             helper.make_node("If", ["flag"], ["i"], **branches),
             helper.make_node("Add", ["k", "i"], ["s"]),
             helper.make_node("AddBig", ["s"], ["y"], domain="own")],
            [handmade.value("flag", [], onnx.TensorProto.BOOL)],
            [handmade.value("y", [BIG, BIG])], opset_imports=opsets,
            functions=[function])
        onnx.save(model, str(path))
        for through in ((), ("a.mlir",), ("a.mlirbc",)):
            with self.subTest(through):
                previous = path
                for step in (*(self.dir / name for name in through), out):
                    self.must_run("gac-opt", previous, "-o", step)
                    previous = step
                self.assert_same_model(out, path)

    # -- Text ------------------------------------------------------------------

    def test_text_refers_to_weights(self):
        path, model = self.external_model()
        text, out = self.dir / "a.mlir", self.dir / "out.onnx"
        self.must_run("gac-opt", path, "-o", text)
        written = text.read_text()
        self.assertIn("weights.bin", written)
        self.assertLess(len(written), 20_000)
        self.must_run("gac-opt", text, "-o", out)
        self.assert_same_model(out, path)

    def test_embedded_weights_need_no_file(self):
        path, model = self.external_model()
        text, out = self.dir / "a.mlir", self.dir / "out.onnx"
        self.must_run("gac-opt", path, "--embed-weights", "-o", text)
        data = {tensor.name: numpy_helper.to_array(tensor)
                for tensor in harness.load(path).graph.initializer}
        os.remove(self.dir / "weights.bin")
        self.must_run("gac-opt", text, "-o", out)
        for tensor in harness.load(out).graph.initializer:
            self.assertTrue(harness.identical(numpy_helper.to_array(tensor),
                                              data[tensor.name]))

    def test_changed_or_moved_weights_are_an_error(self):
        path, _ = self.external_model()
        text, out = self.dir / "a.mlir", self.dir / "out.onnx"
        self.must_run("gac-opt", path, "-o", text)
        weights = self.dir / "weights.bin"
        original = weights.read_bytes()
        changes = {
            "touched": lambda: os.utime(weights, (1, 1)),
            "longer": lambda: weights.write_bytes(original + b"\0"),
            "gone": lambda: weights.unlink(),
        }
        for what, change in changes.items():
            with self.subTest(what):
                change()
                result = harness.run_tool("gac-opt", text, "-o", out)
                self.assertEqual(result.code, 1)
                self.assertIn("weights.bin", result.err)
                self.assertFalse(out.exists())

    # -- No weights ------------------------------------------------------------

    def test_absent_weights(self):
        path, _ = self.external_model()
        os.remove(self.dir / "weights.bin")
        out = self.dir / "out.onnx"
        result = self.must_run("gac", "analyze", path)
        self.assertIn("first:1", result.out)
        self.assertIn("weights.bin", result.out + result.err)
        for tool, *arguments in (("gac", "repair", path), ("gac-opt", path)):
            with self.subTest(tool):
                result = harness.run_tool(tool, *arguments, "-o", out)
                self.assertEqual(result.code, 1)
                self.assertIn("weights.bin", result.err)
                self.assertEqual(self.files(), ["in.onnx"])

    def test_graph_only(self):
        path, _ = self.external_model()
        os.remove(self.dir / "weights.bin")
        out = self.dir / "out.onnx"
        self.must_run("gac", "repair", path, "-o", out, "--graph-only")
        fixed = onnx.load(str(out), load_external_data=False)
        shapes = {tensor.name: list(tensor.dims)
                  for tensor in fixed.graph.initializer}
        self.assertEqual(shapes, {"first": [BIG, 48], "second": [48, BIG]})
        told = "\n".join(f"{entry.key}={entry.value}" for holder in
                         (fixed, fixed.graph, *fixed.graph.initializer)
                         for entry in holder.metadata_props)
        for part in ("first", "second", str(BIG), "43", "48"):
            self.assertIn(part, told)
        self.assertEqual(self.files(), ["in.onnx", "out.onnx"])


if __name__ == "__main__":
    unittest.main()
