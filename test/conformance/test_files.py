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

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import handmade
import harness
from harness import check_onnx

ALIGNMENT = 4096
BIG = 304  # a BIG x BIG float matrix is well over what text holds inline


def beside_low_rank(node, *domains):
    """A model to repair, and a node that makes "z" of a flag."""
    model = handmade.low_rank()
    model.graph.node.append(node)
    model.graph.input.append(handmade.value("flag", [], TensorProto.BOOL))
    model.graph.output.append(handmade.value("z", ["m"]))
    model.opset_import.extend(helper.make_opsetid(domain, 1)
                              for domain in domains)
    return model


def in_subgraphs(tensor):
    """An If with `tensor` as a Constant and as an initializer of a Loop in a
    branch."""
    shape, boolean = list(tensor.dims), TensorProto.BOOL
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]),
         helper.make_node("Add", ["carried", "w"], ["next"])], "body",
        [handmade.value("i", [], TensorProto.INT64),
         handmade.value("go", [], boolean), handmade.value("carried", shape)],
        [handmade.value("on", [], boolean), handmade.value("next", shape)],
        [tensor])
    return helper.make_node(
        "If", ["flag"], ["z"],
        then_branch=helper.make_graph(
            [helper.make_node("Constant", [], ["n"], value_int=3),
             helper.make_node("Loop", ["n", "", "w0"], ["t"], body=body)],
            "then", [], [handmade.value("t", shape)],
            [handmade.weight("w0", *shape)]),
        else_branch=helper.make_graph(
            [helper.make_node("Constant", [], ["e"], value=tensor)], "else",
            [], [handmade.value("e", shape)]))


def in_attributes(tensor):
    """A custom operator's node: one tensor, a list, a sparse one, a graph."""
    count = tensor.dims[0]
    sparse = onnx.SparseTensorProto(values=tensor, dims=[count + 1])
    sparse.indices.CopyFrom(numpy_helper.from_array(np.arange(count)))
    graph = helper.make_graph(
        [helper.make_node("Neg", ["w"], ["r"])], "g", [],
        [handmade.value("r", [count])], [tensor])
    return helper.make_node("Frobnicate", ["flag"], ["z"], domain="acme",
                            one=tensor, many=[tensor, tensor], few=sparse,
                            graph=graph)


def run(path, feed):
    return check_onnx.open_session(path).run(None, feed)


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

    def check_no_reference(self, path):
        """The file holds all data itself, and no path of where they were."""
        onnx.checker.check_model(str(path), full_check=True)
        data = path.read_bytes()
        for text in (b"gac.inline", str(self.dir).encode(), b"in.onnx"):
            self.assertNotIn(text, data)

    def check_tensors_inside(self, model):
        path, out = self.dir / "in.onnx", self.dir / "out.onnx"
        fixed, again = self.dir / "fixed.onnx", self.dir / "again.onnx"
        onnx.save(model, str(path))
        for through in ((), ("a.mlir",), ("a.mlirbc",)):
            previous = path
            for step in (*(self.dir / name for name in through), out):
                self.must_run("gac-opt", previous, "-o", step)
                previous = step
            self.check_no_reference(out)
            self.assert_same_model(out, path)
        self.must_run("gac", "repair", path, "-o", fixed)
        self.check_no_reference(fixed)
        self.assertEqual(list(harness.load(fixed).graph.initializer[0].dims),
                         [64, 32])
        self.must_run("gac", "repair", fixed, "-o", again)
        self.assertEqual(again.read_bytes(), fixed.read_bytes())
        return path, out, fixed

    def test_tensors_of_any_size_inside(self):
        """In subgraphs and attributes, around the sizes from which on data are
        a reference in text (64 bytes), and from which on they are written past
        the message (64 KiB)."""
        for count in (16, 17, 256, 257, 16384, 16385):
            for typed in (False, True):
                with self.subTest(count=count, typed=typed):
                    tensor = handmade.weight("w", count)
                    if typed:
                        tensor = helper.make_tensor(
                            "w", tensor.data_type, [count],
                            numpy_helper.to_array(tensor))
                    path, out, fixed = self.check_tensors_inside(
                        beside_low_rank(in_subgraphs(tensor)))
                    for flag in (False, True):
                        feed = {"x": np.ones((2, 64), np.float32),
                                "flag": np.array(flag)}
                        want = run(path, feed)
                        self.assertTrue(harness.identical(run(out, feed),
                                                          want))
                        for got, right in zip(run(fixed, feed), want):
                            self.assertLessEqual(
                                check_onnx.relative_error(got, right),
                                check_onnx.TOLERANCE)
                    self.check_tensors_inside(
                        beside_low_rank(in_attributes(tensor), "acme"))

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
