#===- test_traced.py - What tracing makes of indices and sizes ------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Slice assignments as grids of indices, sizes that are divided in Python and
paddings that leave a length as it was, as exporters trace them: repaired,
checked lane by lane, and nothing left misaligned but what `left` says."""

import unittest

import numpy as np
from onnx import TensorProto, numpy_helper

import handmade
import test_families
from test_families import node, numbers, value, weight

CASES = {}


def case(left=(), added=(), **sizes):
    """As test_families.family."""
    def register(build):
        CASES[build.__name__] = (build, dict(left), set(added), sizes)
        return build
    return register


# -- Slice assignments --------------------------------------------------------


def assign(name, data, updates, result, rank, bounds):
    """`data[..., a:b, ...] = updates` for the axes in `bounds`, as TorchScript
    writes it: a Range for each axis, copied along all of them."""
    nodes = [node("Shape", [data], [f"{name}_data"])]
    columns = []
    for axis in range(rank):
        at = f"{name}{axis}"
        nodes += [
            node("Gather", [f"{name}_data", f"axis{axis}"], [f"{at}_size"]),
            node("Range", ["zero", f"{at}_size", "one"], [f"{at}_range"])]
        counted = f"{at}_range"
        if axis in bounds:
            start, end = bounds[axis]
            nodes.append(node("Slice", [counted, start, end, "first"],
                              [f"{at}_part"]))
            counted = f"{at}_part"
        nodes.append(node("Reshape", [counted, f"column{rank - axis}"],
                          [f"{at}_column"]))
        columns.append(f"{at}_column")
    total = columns[0]
    for axis, column in enumerate(columns[1:], 1):
        nodes.append(node("Add", [total, column], [f"{name}_sum{axis}"]))
        total = f"{name}_sum{axis}"
    nodes.append(node("Shape", [total], [f"{name}_grid"]))
    for axis, column in enumerate(columns):
        nodes += [node("Expand", [column, f"{name}_grid"], [f"{name}_e{axis}"]),
                  node("Unsqueeze", [f"{name}_e{axis}", "last"],
                       [f"{name}_u{axis}"])]
    nodes += [
        node("Concat", [f"{name}_u{axis}" for axis in range(rank)],
             [f"{name}_at"], axis=-1),
        node("Reshape", [updates, f"{name}_grid"], [f"{name}_new"]),
        node("ScatterND", [data, f"{name}_at", f"{name}_new"], [result],
             name)]
    return nodes


def indexing(rank):
    """The numbers that assign() reads."""
    return [numbers("zero", 0, shape=()), numbers("one", 1, shape=()),
            numbers("first", 0), numbers("last", -1),
            *(numbers(f"axis{axis}", axis, shape=()) for axis in range(rank)),
            *(numbers(f"column{count}", -1, *[1] * (count - 1))
              for count in range(1, rank + 1))]


def keys(fill):
    """x through products of 19 and 11 columns, which `fill` puts into one
    tensor of 30 columns, k; that times queries of as many."""
    return [
        node("MatMul", ["x", "left"], ["a"], "left"),
        node("MatMul", ["x", "right"], ["b"], "right"),
        node("Shape", ["x"], ["shape"], "measure"),
        node("Slice", ["shape", "first", "border2", "first"], ["rows"]),
        node("Concat", ["rows", "width"], ["sizes"], axis=0),
        node("ConstantOfShape", ["sizes"], ["empty"], "empty"), *fill,
        node("Transpose", ["k"], ["t"], "turn", perm=[0, 2, 1]),
        node("MatMul", ["x", "query"], ["q"], "query"),
        node("MatMul", ["q", "t"], ["y"], "scores")]


def key_weights():
    return [weight("left", 16, 19), weight("right", 16, 11),
            weight("query", 16, 30), numbers("width", 30),
            numbers("border", 19), numbers("border2", 2),
            numbers("end", 2 ** 63 - 1)]


@case(added={"Concat"}, batch=[1, 2], seq=[2, 5])  # y of one lane may cancel
def assigned_halves():
    """DeepSeek's keys: the part without positions, then the rotated one."""
    fill = (assign("one_half", "empty", "a", "half", 3,
                   {2: ("first", "border")}) +
            assign("other_half", "half", "b", "k", 3, {2: ("border", "end")}))
    return handmade.model(
        keys(fill), [value("x", ["batch", "seq", 16])],
        [value("y", ["batch", "seq", "seq"])], key_weights() + indexing(3),
        opset=17)


@case({5: "graph input"}, added={"Concat", "Slice"})
def assigned_halves_of_known_sizes():
    """The indices are numbers, as where sizes are given and folded."""
    def grid(start, end):
        places = np.stack(np.meshgrid(
            np.arange(2), np.arange(5), np.arange(start, end), indexing="ij"),
            axis=-1)
        return numpy_helper.from_array(places.astype(np.int64), f"at{start}")
    fill = [node("ScatterND", ["zeros", "at0", "a"], ["half"], "one_half"),
            node("ScatterND", ["half", "at19", "b"], ["k"], "other_half")]
    nodes = [each for each in keys(fill) if each.op_type not in
             ("Shape", "Slice", "Concat", "ConstantOfShape")]
    zeros = numpy_helper.from_array(np.zeros((2, 5, 30), np.float32), "zeros")
    return handmade.model(
        nodes, [value("x", [2, 5, 16])], [value("y", [2, 5, 5])],
        [*key_weights(), zeros, grid(0, 19), grid(19, 30)], opset=17)


@case(added={"Concat", "Slice"}, batch=[1, 2], seq=[1, 5])
def assigned_between():
    """What stays lies on both sides."""
    nodes = [
        node("MatMul", ["x", "query"], ["q"], "query"),
        node("Relu", ["q"], ["empty"], "relu"),
        node("MatMul", ["x", "left"], ["a"], "left"),
        *assign("middle", "empty", "a", "k", 3, {2: ("border2", "border")}),
        node("MatMul", ["k", "out"], ["y"], "out")]
    return handmade.model(
        nodes, [value("x", ["batch", "seq", 16])],
        [value("y", ["batch", "seq", 8])],
        [weight("left", 16, 17), weight("query", 16, 30), weight("out", 30, 8),
         numbers("border", 19), numbers("border2", 2), *indexing(3)], opset=17)


@case(added={"Identity"}, batch=[1, 2], seq=[1, 5])
def assigned_as_a_whole():
    nodes = [
        node("MatMul", ["x", "query"], ["empty"], "query"),
        node("MatMul", ["x", "left"], ["a"], "left"),
        *assign("all", "empty", "a", "k", 3, {}),
        node("MatMul", ["k", "out"], ["y"], "out")]
    return handmade.model(
        nodes, [value("x", ["batch", "seq", 16])],
        [value("y", ["batch", "seq", 8])],
        [weight("left", 16, 29), weight("query", 16, 29), weight("out", 29, 8),
         *indexing(3)], opset=17)


@case()
def assigned_to_a_corner():
    """Parts of two axes lie along neither: what is scattered into is cut, and
    padded behind."""
    nodes = [
        node("MatMul", ["x", "query"], ["q"], "query"),
        node("MatMul", ["q", "mix"], ["data"], "mix"),
        *assign("corner", "data", "new", "k", 2,
                {0: ("first", "border2"), 1: ("border2", "border")}),
        node("MatMul", ["k", "out"], ["y"], "out")]
    return handmade.model(
        nodes, [value("x", [7, 16]), value("new", [2, 17])],
        [value("y", [7, 8])],
        [weight("query", 16, 13), weight("mix", 13, 29), weight("out", 29, 8),
         numbers("border", 19), numbers("border2", 2), *indexing(2)], opset=17)


# -- Sizes --------------------------------------------------------------------


def halved(size, name):
    """1 + (size - 1) // 2 in Python; Div rounds to zero."""
    return [node("Add", [size, "minus"], [f"{name}_less"]),
            node("Div", [f"{name}_less", "two"], [f"{name}_half"]),
            node("Add", [f"{name}_half", "one"], [f"{name}_size"])]


@case(h=[9, 12], w=[7], batch=[1, 2])
def sizes_of_a_window():
    """SegFormer's: tokens of an image, and the image of them again, whose sizes
    another division names."""
    nodes = [
        node("Conv", ["x", "down"], ["c"], "down", strides=[2, 2],
             pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
        node("Shape", ["x"], ["shape"], "measure"),
        node("Slice", ["shape", "first", "one", "first"], ["rows"]),
        node("Slice", ["shape", "two", "three", "first"], ["height"]),
        node("Slice", ["shape", "three", "four", "first"], ["width"]),
        *halved("height", "h"), *halved("width", "w"),
        node("Mul", ["h_size", "w_size"], ["area"]),
        node("Concat", ["rows", "channels", "area"], ["flat"], axis=0),
        node("Reshape", ["c", "flat"], ["tokens"], "flatten"),
        node("Relu", ["tokens"], ["r"], "relu"),
        node("Concat", ["rows", "channels", "h_size", "w_size"], ["whole"],
             axis=0),
        node("Reshape", ["r", "whole"], ["image"], "unflatten"),
        node("Conv", ["image", "up"], ["y"], "up")]
    size = "((({} - 1)//2)) + 1"
    space = [size.format("h"), size.format("w")]
    model = handmade.model(
        nodes, [value("x", ["batch", 8, "h", "w"])],
        [value("y", ["batch", 8, *space])],
        [weight("down", 29, 8, 3, 3), weight("up", 8, 29, 1, 1),
         numbers("channels", 29), numbers("first", 0), numbers("one", 1),
         numbers("two", 2), numbers("three", 3), numbers("four", 4),
         numbers("minus", -1)], opset=18)
    # What torch.export writes beside: sizes that round down.
    model.graph.value_info.extend([
        value("c", ["batch", 29, *space]),
        value("image", ["batch", 29, *space])])
    return model


@case(batch=[1, 2], seq=[1, 5])
def neighbours_of_tokens():
    """MobileBERT's embedding: each token between its neighbours, by paddings of
    what a Slice leaves; then heads, of sizes that Shape measures."""
    nodes = [
        node("Gather", ["table", "ids"], ["e"], "embed"),
        node("Slice", ["e", "one", "end", "one"], ["later"]),
        node("Pad", ["later", "behind"], ["next"], "next"),
        node("Slice", ["e", "first", "last", "one"], ["earlier"]),
        node("Pad", ["earlier", "before"], ["previous"], "previous"),
        node("Concat", ["next", "e", "previous"], ["three"], "three", axis=2),
        node("MatMul", ["three", "mix"], ["h"], "mix"),
        node("Shape", ["ids"], ["shape"], "measure"),
        node("Gather", ["shape", "at"], ["seq"], "length"),
        node("Slice", ["positions", "first", "seq", "first"], ["p"]),
        node("Add", ["h", "p"], ["s"], "place"),
        node("Shape", ["s"], ["sizes"], "measure_again"),
        node("Slice", ["sizes", "first", "two", "first"], ["rows"]),
        node("Concat", ["rows", "heads"], ["split"], axis=0),
        node("Reshape", ["s", "split"], ["split_heads"], "split"),
        node("Relu", ["split_heads"], ["r"], "relu"),
        node("Concat", ["rows", "last"], ["joined"], axis=0),
        node("Reshape", ["r", "joined"], ["j"], "join"),
        node("MatMul", ["j", "out"], ["y"], "out")]
    return handmade.model(
        nodes, [value("ids", ["batch", "seq"], TensorProto.INT64)],
        [value("y", ["batch", "seq", 8])],
        [weight("table", 11, 13), weight("mix", 39, 44), weight("out", 44, 8),
         weight("positions", 16, 44), numbers("first", 0), numbers("one", 1),
         numbers("two", 2), numbers("end", 2 ** 63 - 1), numbers("last", -1),
         numbers("at", 1), numbers("heads", 4, 11),
         numbers("behind", 0, 0, 0, 0, 1, 0),
         numbers("before", 0, 1, 0, 0, 0, 0)], opset=17)


# -- Positions ----------------------------------------------------------------


@case(batch=[1, 2], seq=[1, 5])
def gathered_positions():
    """Funnel's: places of a table, copied along its width."""
    nodes = [
        node("MatMul", ["x", "query"], ["q"], "query"),
        node("Sin", ["waves"], ["table"], "sin"),
        node("Expand", ["places", "wide"], ["at"], "copy"),
        node("GatherElements", ["table", "at"], ["k"], "take", axis=0),
        node("Transpose", ["k"], ["t"], "turn", perm=[1, 0]),
        node("MatMul", ["q", "t"], ["s"], "scores"),
        node("Relu", ["s"], ["r"], "relu"),
        node("MatMul", ["r", "out"], ["y"], "out")]
    return handmade.model(
        nodes, [value("x", ["batch", "seq", 16])],
        [value("y", ["batch", "seq", 8])],
        [weight("query", 16, 13), weight("waves", 36, 13),
         weight("out", 18, 8), numbers("wide", 18, 13),
         numbers("places", *range(35, 17, -1), shape=(18, 1))], opset=17)


@case(batch=[1, 2])
def bias_of_a_network():
    """Swin v2's: heads are a batch axis and stay, the columns that a network has
    for each of them do not."""
    split, shapes = test_families.heads("q", "queries", [0, 2, 1, 3], width=16)
    nodes = [
        node("MatMul", ["x", "query"], ["queries"], "query"), *split,
        node("Transpose", ["q_h"], ["k"], "turn", perm=[0, 1, 3, 2]),
        node("MatMul", ["q_h", "k"], ["scores"], "scores"),
        node("MatMul", ["places", "in"], ["h"], "in"),
        node("Relu", ["h"], ["r"], "relu"),
        node("MatMul", ["r", "of_heads"], ["b"], "of_heads"),
        node("Transpose", ["b"], ["bias"], "first", perm=[2, 0, 1]),
        node("Add", ["scores", "bias"], ["s"], "add"),
        node("Softmax", ["s"], ["p"], "softmax"),
        node("MatMul", ["p", "q_h"], ["m"], "mix"),
        node("Transpose", ["m"], ["back"], "back", perm=[0, 2, 1, 3]),
        node("Reshape", ["back", "flat"], ["joined"], "join"),
        node("MatMul", ["joined", "out"], ["y"], "out")]
    return handmade.model(
        nodes, [value("x", ["batch", 8, 16])], [value("y", ["batch", 8, 16])],
        [weight("query", 16, 64), weight("out", 64, 16),
         weight("places", 8, 8, 2), weight("in", 2, 29),
         weight("of_heads", 29, 4), numbers("flat", 0, 0, 64), *shapes],
        opset=17)


class Traced(test_families.Families):
    def test_families(self):
        for name, (build, left, added, sizes) in CASES.items():
            with self.subTest(name):
                self.check(build(), left, sizes, added)


if __name__ == "__main__":
    unittest.main()
