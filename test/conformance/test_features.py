#===- test_features.py - What ONNX allows and few models use --------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Every part of a model that the dialect has no words for comes back as it
was, through gac-opt; analyze and repair take it without complaint."""

import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import handmade
import harness
from harness import check_onnx

FEATURES = {}
# A field number that no version of ONNX uses, as varint 1234.
UNKNOWN_FIELD = b"\xf8\x7f\xd2\x09"


def feature(build):
    FEATURES[build.__name__.replace("_", " ")] = build
    return build


def node(op, inputs, outputs, name="", **attributes):
    return helper.make_node(op, inputs, outputs, name, **attributes)


def value(name, shape=(4,), kind=TensorProto.FLOAT):
    return handmade.value(name, shape, kind)


def subgraph(name, nodes, outputs, inputs=(), initializers=()):
    return helper.make_graph(nodes, name, list(inputs), list(outputs),
                             initializer=list(initializers))


@feature
def metadata_everywhere():
    model = handmade.low_rank()
    function = helper.make_function(
        "own", "Twice", ["a"], ["b"], [node("Add", ["a", "a"], ["b"], "sum")],
        [helper.make_opsetid("", 20)], doc_string="a function")
    model.functions.append(function)
    model.opset_import.append(helper.make_opsetid("own", 1))
    graph = model.graph
    graph.value_info.append(value("h", ["batch", 27]))
    holders = [model, graph, *graph.node, *graph.initializer, *graph.input,
               *graph.output, *graph.value_info, *model.functions,
               *model.functions[0].node]
    for index, holder in enumerate(holders):
        holder.doc_string = f"text {index}"
        holder.metadata_props.add(key=f"key {index}", value="ä\n\"")
    model.domain, model.model_version = "org.example", 7
    model.producer_name, model.producer_version = "hand", "0.1"
    return model


@feature
def functions_that_call_functions():
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("own", 1)]
    inner = helper.make_function(
        "own", "Scale", ["a"], ["b"],
        [node("Mul", ["a", "a"], ["b"])], opsets[:1])
    leak = node("LeakyRelu", ["t"], ["b"])
    leak.attribute.add(name="alpha", type=onnx.AttributeProto.FLOAT,
                       ref_attr_name="slope")
    outer = helper.make_function(
        "own", "Leak", ["a"], ["b"],
        [helper.make_node("Scale", ["a"], ["t"], domain="own"), leak],
        opsets, attributes=["slope"])
    call = helper.make_node("Leak", ["x"], ["y"], domain="own", slope=0.25)
    return handmade.model([call], [value("x")], [value("y")],
                          opset_imports=opsets, functions=[outer, inner])


@feature
def custom_domain():
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("acme", 3)]
    wild = helper.make_node(
        "Frobnicate", ["x", "", "w"], ["y", "", "z"], "wild", domain="acme",
        ints=[1, 2], text="s", texts=["a", "b"], number=0.5, floats=[1.0],
        tensor=handmade.weight("t", 2, 3),
        graph=subgraph("g", [node("Relu", ["x"], ["r"])], [value("r")]))
    return handmade.model([wild, node("Relu", ["y"], ["out"])], [value("x")],
                          [value("out", None), value("z", None)],
                          [handmade.weight("w", 4)], opset_imports=opsets)


@feature
def control_flow_with_captures():
    loop_body = subgraph(
        "body", [node("Add", ["carried", "x"], ["next"]),
                 node("Identity", ["go_in"], ["go_out"]),
                 node("Mul", ["next", "w"], ["scan"])],
        [value("go_out", (), TensorProto.BOOL), value("next"), value("scan")],
        [value("i", (), TensorProto.INT64),
         value("go_in", (), TensorProto.BOOL), value("carried")])
    nodes = [
        node("If", ["flag"], ["c"], "choose",
             then_branch=subgraph("yes", [node("Add", ["x", "w"], ["t"])],
                                  [value("t")]),
             else_branch=subgraph("no", [node("Sub", ["x", "k"], ["e"])],
                                  [value("e")],
                                  initializers=[handmade.weight("k", 4)])),
        node("Loop", ["count", "", "c"], ["last", "all"], "repeat",
             body=loop_body)]
    return handmade.model(
        nodes, [value("flag", (), TensorProto.BOOL), value("x"),
                value("count", (), TensorProto.INT64)],
        [value("last"), value("all", ("n", 4))], [handmade.weight("w", 4)])


@feature
def sequences_and_optionals():
    sequence = helper.make_tensor_sequence_value_info(
        "s", TensorProto.FLOAT, None)
    nodes = [node("SequenceInsert", ["s", "x"], ["s2"]),
             node("SequenceLength", ["s2"], ["n"]),
             node("ConcatFromSequence", ["s2"], ["y"], axis=0)]
    return handmade.model(nodes, [sequence, value("x")],
                          [value("y", ("k",)),
                           value("n", (), TensorProto.INT64)])


@feature
def strings():
    words = helper.make_tensor("words", TensorProto.STRING, [2],
                               [b"one", "zwölf".encode()])
    return handmade.model(
        [node("Concat", ["x", "words"], ["y"], axis=0)],
        [value("x", ("n",), TensorProto.STRING)],
        [value("y", None, TensorProto.STRING)], [words])


@feature
def sparse_initializer():
    model = handmade.model([node("Add", ["x", "s"], ["y"])], [value("x")],
                           [value("y")])
    values = handmade.weight("s", 2)
    indices = numpy_helper.from_array(np.array([0, 2]), "")
    model.graph.sparse_initializer.append(
        helper.make_sparse_tensor(values, indices, [4]))
    return model


@feature
def default_of_an_input():
    return handmade.model([node("Add", ["x", "w"], ["y"])],
                          [value("x"), value("w")], [value("y")],
                          [handmade.weight("w", 4)])


@feature
def input_that_is_an_output():
    return handmade.model([node("Add", ["x", "x"], ["y"])], [value("x")],
                          [value("y"), value("x")], [])


@feature
def initializer_that_is_an_output():
    return handmade.model([node("Add", ["x", "w"], ["y"])], [value("x")],
                          [value("y"), value("w")], [handmade.weight("w", 4)])


@feature
def no_nodes():
    return handmade.model([], [value("x")], [value("x")])


@feature
def tied_and_unused_initializers():
    return handmade.model(
        [node("MatMul", ["x", "w"], ["h"]), node("MatMul", ["h", "w"], ["y"])],
        [value("x", ("batch", 12))], [value("y", ("batch", 12))],
        [handmade.weight("w", 12, 12), handmade.weight("unused", 3)])


@feature
def nodes_without_names_and_with_the_same():
    nodes = [node("Relu", ["x"], ["a"]), node("Neg", ["a"], ["b"], "same"),
             node("Abs", ["b"], ["y"], "same")]
    return handmade.model(nodes, [value("x")], [value("y")])


@feature
def dead_nodes():
    nodes = [node("Relu", ["x"], ["dead"], "dead_end"),
             node("Neg", ["x"], ["y"], "used")]
    return handmade.model(nodes, [value("x")], [value("y")])


@feature
def unknown_ranks_and_symbols():
    model = handmade.model(
        [node("Add", ["x", "x"], ["y"]), node("Neg", ["z"], ["w"])],
        [value("x", None), value("z", ("?", None, "a + 1", 3))],
        [value("y", None), value("w", None)])
    model.graph.input[1].type.denotation = "IMAGE"
    model.graph.input[1].type.tensor_type.shape.dim[0].denotation = "BATCH"
    return model


@feature
def quantisation_annotation_and_training():
    model = handmade.low_rank()
    note = model.graph.quantization_annotation.add(tensor_name="h")
    note.quant_parameter_tensor_names.add(key="SCALE_TENSOR", value="first")
    model.training_info.add().initialization_binding.add(key="first",
                                                         value="h")
    return model


@feature
def oldest_opset():
    model = handmade.model([node("Relu", ["x"], ["y"])], [value("x")],
                           [value("y")], opset=7, ir_version=3)
    return model


@feature
def newest_ir():
    return handmade.model([node("Relu", ["x"], ["y"])], [value("x")],
                          [value("y")], opset=28, ir_version=13)


@feature
def typed_fields():
    kinds = {"f16": TensorProto.FLOAT16, "bf16": TensorProto.BFLOAT16,
             "i8": TensorProto.INT8, "u64": TensorProto.UINT64,
             "b": TensorProto.BOOL, "f64": TensorProto.DOUBLE,
             "f8": TensorProto.FLOAT8E4M3FN, "i4": TensorProto.INT4,
             "c64": TensorProto.COMPLEX64}
    tensors = [helper.make_tensor(name, kind, [3], [1, 0, 1])
               for name, kind in kinds.items()]
    return handmade.model(
        [node("Identity", [name], [f"{name}_out"]) for name in kinds], [],
        [value(f"{name}_out", [3], kind) for name, kind in kinds.items()],
        tensors)


@feature
def empty_and_scalar_tensors():
    tensors = [handmade.weight("empty", 0, 4), handmade.weight("scalar")]
    return handmade.model(
        [node("Concat", ["x", "empty"], ["c"], axis=0),
         node("Mul", ["c", "scalar"], ["y"])],
        [value("x", ("n", 4))], [value("y", ("n", 4))], tensors)


class Features(harness.ToolTest):
    def saved(self, model):
        path = self.dir / "in.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    def results(self, path):
        """Outputs for random inputs, or None where it does not run or where no
        random inputs can be made."""
        rng = np.random.default_rng(0)
        try:
            session = check_onnx.open_session(path)
            sizes = {symbol: 2 for symbol in check_onnx.symbols_of(session)}
            feed = check_onnx.random_feed(session, sizes, {}, rng)
            return session.run(None, feed)
        except Exception:
            return None

    def test_round_trip(self):
        ran = 0
        for name, build in FEATURES.items():
            for through in ((), ("a.mlir",), ("a.mlirbc",)):
                with self.subTest(name, through=through):
                    path, out = self.saved(build()), self.dir / "out.onnx"
                    previous = path
                    for step in (*(self.dir / name for name in through), out):
                        self.must_run("gac-opt", previous, "-o", step)
                        previous = step
                    self.assert_same_model(out, path)
                    before = self.results(path)
                    if before is not None:
                        ran += 1
                        self.assertTrue(harness.identical(self.results(out),
                                                          before))
        self.assertGreaterEqual(ran, 3 * 14)

    def test_nothing_is_refused(self):
        for name, build in FEATURES.items():
            with self.subTest(name):
                path, out = self.saved(build()), self.dir / "out.onnx"
                self.must_run("gac", "analyze", path)
                self.must_run("gac", "repair", path, "-o", out)
                before = self.results(path)
                if before is not None:
                    for got, want in zip(self.results(out), before):
                        if isinstance(want, np.ndarray):
                            self.assertLessEqual(
                                check_onnx.relative_error(got, want),
                                check_onnx.TOLERANCE)

    def test_unknown_fields_are_kept(self):
        model = handmade.low_rank()
        node_bytes = model.graph.node[0].SerializeToString() + UNKNOWN_FIELD
        model.graph.node[0].ParseFromString(node_bytes)
        path, out = self.dir / "in.onnx", self.dir / "out.onnx"
        path.write_bytes(model.SerializeToString() + UNKNOWN_FIELD)
        self.assertEqual(path.read_bytes().count(UNKNOWN_FIELD), 2)
        self.must_run("gac-opt", path, "-o", out)
        self.assertEqual(out.read_bytes().count(UNKNOWN_FIELD), 2)


if __name__ == "__main__":
    unittest.main()
