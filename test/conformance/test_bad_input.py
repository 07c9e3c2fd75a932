#===- test_bad_input.py - What the tools say to what they cannot take -----===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Each bad input gives one clear sentence with names and numbers, exit code 1
and no output file, from every tool that reads it."""

import os
import sys
import unittest

import onnx
from onnx import TensorProto, helper

import handmade
import harness

sys.path.insert(0, str(harness.ROOT / "test" / "fuzz"))
from mutate import mutants  # noqa: E402  (it lies in test/fuzz)

# Changed copies of each model, and the number of the first.
MUTANTS = int(os.environ.get("GAC_MUTANTS", 4))
FIRST_MUTANT = int(os.environ.get("GAC_FIRST_MUTANT", 0))
BAD_MODELS = {}


def bad_model(*mentions):
    """Registers a builder of a bad file: it writes to the path it is given,
    and the error has to mention all of `mentions`."""
    def register(build):
        BAD_MODELS[build.__name__.replace("_", " ")] = (build, mentions)
        return build
    return register


def save(model, path):
    path.write_bytes(model.SerializeToString())


def add(name, *inputs):
    return helper.make_node("Add", list(inputs), [name], f"make_{name}")


def vector_model(nodes, shape=(4,), outputs=("y",), **options):
    return handmade.model(nodes, [handmade.value("x", shape)],
                          [handmade.value(name, None) for name in outputs],
                          **options)


# -- Files that are no models --------------------------------------------------


@bad_model("bad.onnx")
def empty(path):
    path.write_bytes(b"")


@bad_model("bad.onnx")
def text(path):
    path.write_text("this is no model\n" * 100)


@bad_model("bad.onnx")
def truncated(path):
    data = (harness.MODELS / "convnet.onnx").read_bytes()
    path.write_bytes(data[:len(data) // 2])


@bad_model("bad.onnx")
def other_protobuf(path):
    path.write_bytes(handmade.weight("w", 3, 3).SerializeToString())


@bad_model("bad.onnx")
def lying_length(path):
    """The graph claims more bytes than the file has."""
    path.write_bytes(b"\x08\x0a\x3a\xff\xff\xff\xff\x0f\x0a\x00")


@bad_model("bad.onnx")
def folder(path):
    path.mkdir()


@bad_model("bad.onnx", "No such file")
def missing(path):
    pass


# -- External data -------------------------------------------------------------


def external(path, data=b"\0" * 64 * 27 * 4, **entries):
    model = handmade.low_rank()
    handmade.set_external(model.graph.initializer[0], **entries)
    if data is not None:
        (path.parent / "w.bin").write_bytes(data)
    save(model, path)


@bad_model("first", "w.bin", "6912", "100")
def short_external_data(path):
    external(path, b"\0" * 100, location="w.bin")


@bad_model("first", "w.bin", "4096")
def external_offset_behind_the_end(path):
    external(path, b"\0" * 100, location="w.bin", offset=4096, length=6912)


@bad_model("first", "-8")
def negative_external_offset(path):
    external(path, location="w.bin", offset=-8, length=6912)


@bad_model("first", "w.bin")
def overflowing_external_offset(path):
    external(path, location="w.bin", offset=2**63 - 1, length=6912)


@bad_model("first", "12x")
def external_offset_that_is_no_number(path):
    external(path, location="w.bin", offset="12x")


@bad_model("first", "6912", "6908")
def lying_external_length(path):
    external(path, location="w.bin", offset=0, length=6908)


@bad_model("first", "../w.bin")
def external_path_that_climbs(path):
    external(path, None, location="../w.bin")


@bad_model("first", "/etc/hostname")
def absolute_external_path(path):
    external(path, None, location="/etc/hostname")


@bad_model("first", "link.bin")
def external_link_that_leaves(path):
    os.symlink("/etc/hostname", path.parent / "link.bin")
    external(path, None, location="link.bin")


@bad_model("first")
def external_without_location(path):
    external(path, None, offset=0)


# -- Tensors -------------------------------------------------------------------


@bad_model("first", "-27")
def negative_dimension(path):
    model = handmade.low_rank()
    model.graph.initializer[0].dims[1] = -27
    save(model, path)


@bad_model("first")
def overflowing_dimensions(path):
    model = handmade.low_rank()
    model.graph.initializer[0].dims[:] = [2**40, 2**40]
    save(model, path)


@bad_model("first", "6912", "6911")
def short_raw_data(path):
    model = handmade.low_rank()
    model.graph.initializer[0].raw_data = bytes(6911)
    save(model, path)


@bad_model("first", "1728", "3")
def short_typed_data(path):
    model = handmade.low_rank()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.float_data.extend([1.0, 2.0, 3.0])
    save(model, path)


@bad_model("first", "77")
def unknown_data_type(path):
    model = handmade.low_rank()
    model.graph.initializer[0].data_type = 77
    save(model, path)


@bad_model("first")
def same_initializer_twice(path):
    model = handmade.low_rank()
    model.graph.initializer.append(model.graph.initializer[0])
    save(model, path)


# -- Graphs --------------------------------------------------------------------


@bad_model("a", "b")
def cycle(path):
    save(vector_model([add("a", "x", "b"), add("b", "a", "x"),
                       add("y", "a", "b")]), path)


@bad_model("y", "make_y")
def same_value_twice(path):
    save(vector_model([add("y", "x", "x"), add("y", "x", "x")]), path)


@bad_model("nowhere", "make_y")
def undefined_input(path):
    save(vector_model([add("y", "x", "nowhere")]), path)


@bad_model("nowhere")
def undefined_output(path):
    save(vector_model([add("y", "x", "x")], outputs=("y", "nowhere")), path)


@bad_model("x")
def same_graph_input_twice(path):
    model = vector_model([add("y", "x", "x")])
    model.graph.input.append(model.graph.input[0])
    save(model, path)


@bad_model("down", "63", "64")
def contraction_that_cannot_run(path):
    """Both sides are facts: an input's size and an initializer's."""
    model = handmade.low_rank()
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 63
    save(model, path)


@bad_model("down")
def element_types_that_cannot_meet(path):
    model = handmade.low_rank()
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT64
    save(model, path)


class BadInput(harness.ToolTest):
    def files(self):
        return sorted(path.name for path in self.dir.iterdir())

    def must_fail(self, mentions, tool, *arguments):
        before = self.files()
        result = harness.run_tool(tool, *arguments)
        self.assertEqual(result.code, 1, result.err)
        lines = [line for line in result.err.splitlines() if line.strip()]
        errors = [line for line in lines if "error" in line]
        self.assertEqual(len(errors), 1, result.err)
        self.assertLess(len(errors[0]), 600)
        for mention in mentions:
            self.assertIn(mention, result.err)
        for trace in ("Stack dump", "Assertion", "terminate called", "LLVM "):
            self.assertNotIn(trace, result.err)
        self.assertEqual(self.files(), before, "an output was left")
        return result

    def good_model(self):
        path = self.dir / "good.onnx"
        save(handmade.low_rank(), path)
        return path

    def test_bad_models(self):
        path, out = self.dir / "bad.onnx", self.dir / "out.onnx"
        for name, (build, mentions) in BAD_MODELS.items():
            for tool, *arguments in (("gac", "analyze", path),
                                     ("gac", "repair", path, "-o", out),
                                     ("gac-opt", path, "-o", out),
                                     ("gac-translate", "--onnx-to-mlir", path,
                                      "-o", self.dir / "out.mlir")):
                with self.subTest(name, tool=f"{tool} {arguments[0]}"):
                    for old in list(self.dir.iterdir()):
                        old.rmdir() if old.is_dir() else old.unlink()
                    build(path)
                    self.must_fail(mentions, tool, *arguments)

    def test_bad_options(self):
        path, out = self.good_model(), self.dir / "out.onnx"
        cases = {
            "unknown target": (["b200"], "--target", "b200"),
            "dim without size": (["batch"], "--dim", "batch"),
            "dim with no number": (["batch=two"], "--dim", "batch=two"),
            "dim of zero": (["batch", "0"], "--dim", "batch=0"),
            "negative dim": (["batch", "-1"], "--dim", "batch=-1"),
            "huge dim": (["99999999999999999999"], "--dim",
                         "batch=99999999999999999999"),
            "unknown dim": (["squence", "batch"], "--dim", "squence=4"),
            "dim given twice": (["batch"], "--dim", "batch=2",
                                "--dim", "batch=3"),
        }
        for name, (mentions, *options) in cases.items():
            for arguments in (("analyze", path),
                              ("repair", path, "-o", out)):
                with self.subTest(name, tool=arguments[0]):
                    self.must_fail(mentions, "gac", *arguments, *options)

    def test_bad_repair_options(self):
        path, out = self.good_model(), self.dir / "out.onnx"
        cases = {
            "unknown strategy": (["greedy"], "--strategy", "greedy"),
            "budget without unit": (["64furlongs"], "--strategy", "tradeoff",
                                    "--budget", "64furlongs"),
            "negative budget": (["-5%"], "--strategy", "tradeoff",
                                "--budget=-5%"),
        }
        for name, (mentions, *options) in cases.items():
            with self.subTest(name):
                self.must_fail(mentions, "gac", "repair", path, "-o", out,
                               *options)

    def test_bad_target_files(self):
        path = self.good_model()
        target = self.dir / "mine.json"
        for name, content in {"no JSON": "{", "no object": "[]",
                              "no fields": "{}"}.items():
            with self.subTest(name):
                target.write_text(content)
                self.must_fail(["mine.json"], "gac", "analyze", path,
                               "--target", target)

    def test_unwritable_output(self):
        path = self.good_model()
        for name, out in {
                "no folder": self.dir / "nowhere" / "out.onnx",
                "a folder": self.dir,
                "below a file": path / "out.onnx"}.items():
            with self.subTest(name):
                self.must_fail([str(out)], "gac", "repair", path, "-o", out)
                self.must_fail([str(out)], "gac-opt", path, "-o", out)

    def test_device_as_output(self):
        """Outputs are renamed into place, which must not replace a device."""
        path = self.good_model()
        self.must_fail(["/dev/full"], "gac", "repair", path, "-o", "/dev/full")
        self.must_fail(["/dev/full"], "gac", "analyze", path, "--json",
                       "/dev/full")

    def test_lying_value_info_is_no_error(self):
        """A declared shape that disagrees with an inferred one is dropped from
        the analysis with a note, and comes back as it was."""
        path, out = self.dir / "in.onnx", self.dir / "out.onnx"
        model = handmade.low_rank()
        model.graph.value_info.append(handmade.value("h", ["batch", 26]))
        model.graph.output[0].CopyFrom(handmade.value("y", ["batch", 63]))
        save(model, path)
        result = self.must_run("gac", "analyze", path)
        for mention in ("h", "26", "27"):
            self.assertIn(mention, result.out + result.err)
        self.must_run("gac-opt", path, "-o", out)
        self.assert_same_model(out, path)


class ChangedModels(harness.ToolTest):
    """Copies with something wrong in them, by test/fuzz/mutate.py."""

    def test_mutants_depend_on_their_model_alone(self):
        """Or a change would fail by what another one has left."""
        def make(name):
            return name, vector_model([add("y", "x", "x")], doc_string=name)

        donors = [make("donor")[1]]
        alone = dict(mutants([make("a")], donors, 40))
        self.assertEqual(alone, dict(mutants([make("a")], donors, 40)))
        beside = dict(mutants([make("b"), make("a")], donors, 40))
        self.assertEqual(alone, {name: data for name, data in beside.items()
                                 if name.startswith("a-")})
        self.assertGreater(len(set(alone.values())), 30)
        self.assertNotIn(make("a")[1].SerializeToString(), alone.values())

    def test_repair(self):
        """Either is repaired or says why not, and leaves nothing then."""
        models = [(path.stem, onnx.load(path)) for path in harness.models()
                  if path.stat().st_size < 1 << 20]
        self.assertGreater(len(models), 30)
        codes = {0: 0, 1: 0}
        for name, data in mutants(models, [], MUTANTS, FIRST_MUTANT):
            path, out = self.dir / f"{name}.onnx", self.dir / "out.onnx"
            path.write_bytes(data)
            done = harness.run_tool("gac", "repair", path, "-o", out)
            with self.subTest(name):
                self.assertIn(done.code, codes, done.err)
                codes[done.code] += 1
                self.assertEqual(out.exists(), done.code == 0)
                if done.code:
                    self.assertIn("error: ", done.err)
            path.unlink()
            for left in self.dir.glob("out.onnx*"):
                left.unlink()
        self.assertTrue(all(codes.values()), codes)


if __name__ == "__main__":
    unittest.main()
