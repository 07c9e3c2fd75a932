#===- test_families.py - Layers that other exporters write ----------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Recurrent layers, experts, relative biases, fused outputs and what is around
convolutions, as exporters write them: repaired, checked lane by lane, and
nothing left misaligned but what `left` says. A list: each is a case by itself."""

import json
import unittest

import numpy as np
from onnx import TensorProto, helper, numpy_helper

import handmade
import harness
import lanes

FAMILIES = {}
# What stands in for an op in a repaired model.
ALLOWED = {"Concat", "Gather", "Pad", "Slice"}


def family(left=(), added=(), **sizes):
    """`left`: sizes that stay misaligned, each with a part of its reason;
    `added`: types of nodes that may be new besides. `sizes` binds symbols."""
    def register(build):
        FAMILIES[build.__name__] = (build, dict(left), set(added), sizes)
        return build
    return register


def node(op, inputs, outputs, name="", **attributes):
    return helper.make_node(op, inputs, outputs, name, **attributes)


def numbers(name, *values, shape=None):
    array = np.array(values, np.int64)
    return numpy_helper.from_array(array if shape is None
                                   else array.reshape(shape), name)


def scalar(name, number):
    return numpy_helper.from_array(np.array(number, np.float32), name)


def weight(name, *shape):
    """Scaled by its fan-in, so that deep products stay ordinary."""
    drawn = numpy_helper.to_array(handmade.weight(name, *shape, seed=len(name)))
    return numpy_helper.from_array(
        drawn / np.float32(np.sqrt(shape[0])), name)


def value(name, shape, kind=TensorProto.FLOAT):
    return handmade.value(name, shape, kind)


# -- Recurrent layers ---------------------------------------------------------


def recurrent(op, gates, directions=1, hidden=13, states=(), **attributes):
    """A projection, a layer of width `hidden`, its view and another one."""
    way = {1: "forward", 2: "bidirectional"}[directions]
    wide = directions * hidden
    nodes = [
        node("MatMul", ["x", "in"], ["h"], "project"),
        node("Relu", ["h"], ["r"], "relu"),
        node(op, ["r", "W", "R", "B", "", *states], ["Y", "Yh"], "first",
             hidden_size=hidden, direction=way, **attributes),
        node("Transpose", ["Y"], ["t"], "turn", perm=[0, 2, 1, 3]),
        node("Reshape", ["t", "flat"], ["f"], "join"),
        node(op, ["f", "W2", "R2", "B2"], ["Z"], "second", hidden_size=11,
             **attributes),
        node("Squeeze", ["Z", "one"], ["z"], "drop"),
        node("MatMul", ["z", "out"], ["y"], "head")]
    weights = [
        weight("in", 16, 21), weight("W", directions, gates * hidden, 21),
        weight("R", directions, gates * hidden, hidden),
        weight("B", directions, 2 * gates * hidden),
        weight("W2", 1, gates * 11, wide), weight("R2", 1, gates * 11, 11),
        weight("B2", 1, 2 * gates * 11), weight("out", 11, 8),
        numbers("flat", 0, 0, -1), numbers("one", 1)]
    for state in states:
        weights.append(numpy_helper.from_array(
            np.zeros((directions, 2, hidden), np.float32), state))
    return handmade.model(
        nodes, [value("x", ["steps", 2, 16])], [value("y", ["steps", 2, 8])],
        weights, opset=17)


@family()
def lstm():
    return recurrent("LSTM", 4, states=("h0", "c0"))


@family()
def lstm_both_ways():
    return recurrent("LSTM", 4, directions=2)


@family()
def gru():
    return recurrent("GRU", 3, linear_before_reset=1)


@family()
def gru_both_ways():
    return recurrent("GRU", 3, directions=2)


@family()
def rnn():
    return recurrent("RNN", 1, activations=["Relu"])


@family({size: "activations that are not zero at zero"
         for size in (11, 13, 44, 52)})
def lstm_of_sigmoids():
    return recurrent("LSTM", 4, activations=["Sigmoid", "Sigmoid", "Tanh"])


@family({13: "graph input", 52: "graph input"})
def lstm_with_states_outside():
    nodes = [node("LSTM", ["x", "W", "R", "B", "", "h", "c"],
                  ["Y", "hn", "cn"], "cell", hidden_size=13),
             node("Squeeze", ["Y", "one"], ["y"], "drop")]
    outside = [["steps", 2, 16], [1, 2, 13]]
    return handmade.model(
        nodes, [value("x", outside[0]), value("h", outside[1]),
                value("c", outside[1])],
        [value("y", ["steps", 2, 13]), value("hn", outside[1]),
         value("cn", outside[1])],
        [weight("W", 1, 52, 16), weight("R", 1, 52, 13), weight("B", 1, 104),
         numbers("one", 1)], opset=17)


# -- Lanes that are put beside others, and picked ------------------------------


def between(nodes, weights, width):
    """A product of 13 lanes, what `nodes` make of them, h to g, and a product
    with `width` lanes."""
    return handmade.model(
        [node("MatMul", ["x", "in"], ["h"], "first"), *nodes,
         node("MatMul", ["g", "out"], ["y"], "last")],
        [value("x", ["rows", 16])], [value("y", ["rows", 8])],
        [weight("in", 16, 13), weight("out", width, 8), *weights], opset=17)


@family()
def lanes_of_zeros_beside_others():
    return between([node("Pad", ["h", "pads"], ["g"], "pad")],
                   [numbers("pads", 0, 3, 0, 2)], 18)


@family()
def lanes_of_a_number_behind_others():
    return between([node("Pad", ["h", "pads", "two"], ["p"], "pad"),
                    node("Sigmoid", ["p"], ["g"], "activate")],
                   [numbers("pads", 0, 0, 0, 9), scalar("two", 2)], 22)


@family()
def lanes_in_another_order():
    order = np.random.default_rng(5).permutation(13)
    return between([node("Gather", ["h", "order"], ["g"], "reorder", axis=-1)],
                   [numbers("order", *order)], 13)


@family()
def some_lanes_twice():
    return between([node("Gather", ["h", "order"], ["p"], "pick", axis=1),
                    node("Tanh", ["p"], ["g"], "activate")],
                   [numbers("order", 12, 0, 3, -1, 3, 7, 0)], 7)


# -- Experts ------------------------------------------------------------------


@family()
def stacked_experts():
    """All experts compute; the router weighs them."""
    nodes = [
        node("MatMul", ["x", "embed"], ["h"], "embed"),
        node("MatMul", ["h", "router"], ["s"], "route"),
        node("Softmax", ["s"], ["p"], "softmax", axis=-1),
        node("Transpose", ["p"], ["pt"], "turn", perm=[1, 0]),
        node("Unsqueeze", ["pt", "last"], ["pe"], "widen"),
        node("MatMul", ["h", "gate_up"], ["gu"], "gate_up"),
        node("Add", ["gu", "bias"], ["b"], "bias"),
        node("Split", ["b"], ["g", "u"], "split", axis=-1, num_outputs=2),
        node("Sigmoid", ["g"], ["sg"], "sigmoid"),
        node("Mul", ["g", "sg"], ["silu"], "silu"),
        node("Mul", ["silu", "u"], ["a"], "act"),
        node("MatMul", ["a", "down"], ["d"], "down"),
        node("Mul", ["d", "pe"], ["w"], "weigh"),
        node("ReduceSum", ["w", "first"], ["m"], "mix", keepdims=0),
        node("Add", ["h", "m"], ["res"], "residual"),
        node("MatMul", ["res", "head"], ["y"], "head")]
    return handmade.model(
        nodes, [value("x", ["tokens", 16])], [value("y", ["tokens", 8])],
        [weight("embed", 16, 29), weight("router", 29, 3),
         weight("gate_up", 3, 29, 86), weight("bias", 3, 1, 86),
         weight("down", 3, 43, 29), weight("head", 29, 8),
         numbers("last", -1), numbers("first", 0)])


@family({3: "has it as a batch axis"})
def einsum_experts():
    nodes = [
        node("MatMul", ["x", "embed"], ["h"], "embed"),
        node("MatMul", ["h", "router"], ["s"], "route"),
        node("Softmax", ["s"], ["p"], "softmax", axis=-1),
        node("Einsum", ["h", "up"], ["u"], "up", equation="td,edf->tef"),
        node("Relu", ["u"], ["a"], "relu"),
        node("Einsum", ["a", "down"], ["d"], "down", equation="tef,efd->ted"),
        node("Einsum", ["d", "p"], ["m"], "mix", equation="ted,te->td"),
        node("Add", ["h", "m"], ["res"], "residual"),
        node("MatMul", ["res", "head"], ["y"], "head")]
    return handmade.model(
        nodes, [value("x", ["tokens", 16])], [value("y", ["tokens", 8])],
        [weight("embed", 16, 29), weight("router", 29, 3),
         weight("up", 3, 29, 43), weight("down", 3, 43, 29),
         weight("head", 29, 8)])


def expert(index):
    """Exporters' unrolled loop: the tokens of one expert, through it, back."""
    name = f"e{index}_"
    nodes = [
        node("Equal", ["best", f"{name}id"], [f"{name}mine"], f"{name}equal"),
        node("NonZero", [f"{name}mine"], [f"{name}nz"], f"{name}nonzero"),
        node("Transpose", [f"{name}nz"], [f"{name}at"], f"{name}turn",
             perm=[1, 0]),
        node("GatherND", ["h", f"{name}at"], [f"{name}in"], f"{name}take"),
        node("MatMul", [f"{name}in", f"{name}up"], [f"{name}u"], f"{name}up"),
        node("Relu", [f"{name}u"], [f"{name}a"], f"{name}relu"),
        node("MatMul", [f"{name}a", f"{name}down"], [f"{name}d"],
             f"{name}down"),
        node("ScatterND", [f"sum{index}", f"{name}at", f"{name}d"],
             [f"sum{index + 1}"], f"{name}put",
             reduction="add" if index else "none")]
    return nodes, [weight(f"{name}up", 29, 43 + 2 * index),
                   weight(f"{name}down", 43 + 2 * index, 29),
                   numbers(f"{name}id", index)]


@family()
def routed_experts():
    nodes = [
        node("MatMul", ["x", "embed"], ["h"], "embed"),
        node("MatMul", ["h", "router"], ["s"], "route"),
        node("ArgMax", ["s"], ["best"], "argmax", axis=-1, keepdims=0),
        node("Shape", ["h"], ["shape"], "measure"),
        node("ConstantOfShape", ["shape"], ["sum0"], "zeros")]
    weights = [weight("embed", 16, 29), weight("router", 29, 3),
               weight("head", 29, 8)]
    for index in range(3):
        more, tensors = expert(index)
        nodes += more
        weights += tensors
    nodes += [node("Add", ["h", "sum3"], ["res"], "residual"),
              node("MatMul", ["res", "head"], ["y"], "head")]
    return handmade.model(nodes, [value("x", ["batch", "tokens", 16])],
                          [value("y", ["batch", "tokens", 8])], weights,
                          opset=18)


@family()
def experts_added_by_index():
    """torch's index_add: the indices are copied along the width."""
    nodes = [
        node("MatMul", ["x", "embed"], ["h"], "embed"),
        node("MatMul", ["h", "router"], ["s"], "route"),
        node("ArgMax", ["s"], ["best"], "argmax", axis=-1),
        node("Shape", ["h"], ["shape"], "measure"),
        node("ConstantOfShape", ["shape"], ["zeros"], "zeros"),
        node("Expand", ["best", "shape"], ["wide"], "copy"),
        node("MatMul", ["h", "up"], ["u"], "up"),
        node("Relu", ["u"], ["a"], "relu"),
        node("MatMul", ["a", "down"], ["d"], "down"),
        node("ScatterElements", ["zeros", "wide", "d"], ["m"], "add", axis=0,
             reduction="add"),
        node("GatherElements", ["m", "wide"], ["t"], "take", axis=0),
        node("Add", ["h", "t"], ["res"], "residual"),
        node("MatMul", ["res", "head"], ["y"], "head")]
    return handmade.model(
        nodes, [value("x", [5, 16])], [value("y", [5, 8])],
        [weight("embed", 16, 29), weight("router", 29, 3),
         weight("up", 29, 43), weight("down", 43, 29), weight("head", 29, 8)],
        opset=16)


# -- Attention ----------------------------------------------------------------


def heads(name, source, symbol, width=15):
    """The view of `source` as 4 heads."""
    return [node("Reshape", [source, f"{name}_shape"], [f"{name}_4"],
                 f"{name}_view"),
            node("Transpose", [f"{name}_4"], [f"{name}_h"], f"{name}_turn",
                 perm=symbol)], [numbers(f"{name}_shape", 0, 0, 4, width)]


def attend(name, queries, source, bias=None):
    """Attention of T5: no scale, a bias of relative positions."""
    nodes, weights = [], []
    for part, of in (("q", queries), ("k", source), ("v", source)):
        nodes.append(node("MatMul", [of, f"{name}_{part}w"],
                          [f"{name}_{part}"], f"{name}_{part}_proj"))
        weights.append(weight(f"{name}_{part}w", 61, 60))
        more, tensors = heads(f"{name}_{part}", f"{name}_{part}",
                              [0, 2, 3, 1] if part == "k" else [0, 2, 1, 3])
        nodes += more
        weights += tensors
    nodes.append(node("MatMul", [f"{name}_q_h", f"{name}_k_h"],
                      [f"{name}_s"], f"{name}_scores"))
    scores = f"{name}_s"
    if bias:
        nodes.append(node("Add", [scores, bias], [f"{name}_b"],
                          f"{name}_bias"))
        scores = f"{name}_b"
    nodes += [
        node("Softmax", [scores], [f"{name}_p"], f"{name}_softmax", axis=-1),
        node("MatMul", [f"{name}_p", f"{name}_v_h"], [f"{name}_c"],
             f"{name}_mix"),
        node("Transpose", [f"{name}_c"], [f"{name}_t"], f"{name}_back",
             perm=[0, 2, 1, 3]),
        node("Reshape", [f"{name}_t", f"{name}_join"], [f"{name}_f"],
             f"{name}_flat"),
        node("MatMul", [f"{name}_f", f"{name}_ow"], [f"{name}_o"],
             f"{name}_o_proj"),
        node("Add", [queries, f"{name}_o"], [f"{name}_res"],
             f"{name}_residual")]
    weights += [numbers(f"{name}_join", 0, 0, -1), weight(f"{name}_ow", 60, 61)]
    return nodes, weights


@family()
def encoder_and_decoder_with_relative_bias():
    nodes = [
        node("Gather", ["embed", "ids"], ["x"], "encoder_embed"),
        node("Gather", ["embed", "answer"], ["a"], "decoder_embed"),
        # Distances i - j, cut to buckets, index a table of one bias per head.
        node("Shape", ["ids"], ["shape"], "measure"),
        node("Gather", ["shape", "one"], ["len"], "length"),
        node("Range", ["zero", "len", "one"], ["pos"], "positions"),
        node("Unsqueeze", ["pos", "axis0"], ["row"], "row"),
        node("Unsqueeze", ["pos", "axis1"], ["col"], "column"),
        node("Sub", ["row", "col"], ["far"], "distance"),
        node("Abs", ["far"], ["dist"], "abs"),
        node("Min", ["dist", "seven"], ["bucket"], "bucket"),
        node("Gather", ["table", "bucket"], ["rel"], "relative"),
        node("Transpose", ["rel"], ["relt"], "heads_first", perm=[2, 0, 1]),
        node("Unsqueeze", ["relt", "axis0"], ["bias"], "batch")]
    weights = [weight("embed", 24, 61), weight("table", 8, 4),
               weight("head", 61, 8)]
    weights += [numbers("axis0", 0), numbers("axis1", 1),
                *(numpy_helper.from_array(np.array(number, np.int64), name)
                  for name, number in (("zero", 0), ("one", 1), ("seven", 7)))]
    for name, queries, source, bias in (
            ("self", "x", "x", "bias"), ("dec", "a", "a", None),
            ("cross", "dec_res", "self_res", None)):
        more, tensors = attend(name, queries, source, bias)
        nodes += more
        weights += tensors
    nodes.append(node("MatMul", ["cross_res", "head"], ["y"], "head"))
    ids = TensorProto.INT64
    return handmade.model(
        nodes, [value("ids", ["batch", "seq"], ids),
                value("answer", ["batch", "dec"], ids)],
        [value("y", ["batch", "dec", 8])], weights)


@family()
def einsum_attention():
    """XLNet's and Funnel's form: heads are an axis of the weights."""
    nodes = [
        node("MatMul", ["x", "embed"], ["h"], "embed"),
        *(node("Einsum", ["h", f"{part}w"], [part], f"{part}_proj",
               equation="bid,dnh->binh") for part in "qkv"),
        node("Einsum", ["q", "k"], ["s"], "scores", equation="binh,bjnh->bnij"),
        node("Softmax", ["s"], ["p"], "softmax", axis=-1),
        node("Einsum", ["p", "v"], ["c"], "mix", equation="bnij,bjnh->binh"),
        node("Einsum", ["c", "ow"], ["o"], "o_proj", equation="binh,dnh->bid"),
        node("Add", ["h", "o"], ["res"], "residual"),
        node("Einsum", ["res", "head"], ["y"], "head", equation="...d,df")]
    return handmade.model(
        nodes, [value("x", ["batch", "seq", 16])],
        [value("y", ["batch", "seq", 8])],
        [weight("embed", 16, 29), weight("qw", 29, 4, 13),
         weight("kw", 29, 4, 13), weight("vw", 29, 4, 11),
         weight("ow", 29, 4, 11), weight("head", 29, 8)], opset=17)


@family()
def fused_outputs_of_unequal_widths():
    """Queries, keys and values of 4*13, 2*13 and 2*11 from one product; then
    gate and up of odd width from another."""
    nodes = [
        node("MatMul", ["x", "embed"], ["h"], "embed"),
        node("MatMul", ["h", "qkvw"], ["nobias"], "qkv_proj"),
        node("Add", ["nobias", "qkvb"], ["qkv"], "qkv_bias"),
        node("Split", ["qkv", "widths"], ["q", "k", "v"], "split", axis=-1)]
    weights = [weight("embed", 16, 29), weight("qkvw", 29, 100),
               weight("qkvb", 100), numbers("widths", 52, 26, 22),
               weight("ow", 44, 29), weight("guw", 29, 86),
               weight("dw", 43, 29), weight("head", 29, 8),
               numbers("two", 2), numbers("cut", 0, 43, 86),
               numbers("begin", 0), numbers("half", 43), numbers("end", 86),
               numbers("axis", -1), numbers("join", 0, 0, 44)]
    for part, count, width in (("q", 4, 13), ("k", 2, 13), ("v", 2, 11)):
        weights.append(numbers(f"{part}_shape", 0, 0, count, width))
        perm = [0, 2, 3, 1] if part == "k" else [0, 2, 1, 3]
        nodes += [node("Reshape", [part, f"{part}_shape"], [f"{part}4"],
                       f"{part}_view"),
                  node("Transpose", [f"{part}4"], [f"{part}t"],
                       f"{part}_turn", perm=perm)]
        if part != "q":
            nodes += [
                node("Unsqueeze", [f"{part}t", "two"], [f"{part}u"],
                     f"{part}_insert"),
                node("Tile", [f"{part}u", "copies"], [f"{part}c"],
                     f"{part}_repeat"),
                node("Reshape", [f"{part}c", f"{part}_all"], [f"{part}h"],
                     f"{part}_heads")]
    weights += [numbers("copies", 1, 1, 2, 1, 1),
                numbers("k_all", 0, 4, 13, -1), numbers("v_all", 0, 4, -1, 11)]
    nodes += [
        node("MatMul", ["qt", "kh"], ["s"], "scores"),
        node("Softmax", ["s"], ["p"], "softmax", axis=-1),
        node("MatMul", ["p", "vh"], ["c"], "mix"),
        node("Transpose", ["c"], ["ct"], "back", perm=[0, 2, 1, 3]),
        node("Reshape", ["ct", "join"], ["f"], "flat"),
        node("MatMul", ["f", "ow"], ["o"], "o_proj"),
        node("Add", ["h", "o"], ["res"], "residual"),
        node("MatMul", ["res", "guw"], ["gu"], "gate_up"),
        node("Slice", ["gu", "begin", "half", "axis"], ["g"], "gate"),
        node("Slice", ["gu", "half", "end", "axis"], ["u"], "up"),
        node("Tanh", ["g"], ["tg"], "tanh"),
        node("Mul", ["tg", "u"], ["a"], "act"),
        node("MatMul", ["a", "dw"], ["d"], "down"),
        node("MatMul", ["d", "head"], ["y"], "head")]
    return handmade.model(nodes, [value("x", ["batch", "seq", 16])],
                          [value("y", ["batch", "seq", 8])], weights)


# -- Around convolutions ------------------------------------------------------


@family(h=[8, 12], w=[8], batch=[1, 2])
def up_and_down():
    """A U-Net's path: padding, norms over space, transposed convolution,
    resampling by scales and to sizes that the graph computes."""
    nodes = [
        node("Pad", ["x", "pads"], ["xp"], "pad", mode="reflect"),
        node("Conv", ["xp", "c1"], ["a"], "down", kernel_shape=[3, 3],
             strides=[2, 2]),
        node("InstanceNormalization", ["a", "scale", "bias"], ["n"], "norm"),
        node("Relu", ["n"], ["r"], "relu"),
        node("ConvTranspose", ["r", "t1", "tb"], ["u"], "up",
             kernel_shape=[2, 2], strides=[2, 2]),
        node("Resize", ["r", "", "scales"], ["s"], "double", mode="nearest"),
        node("Concat", ["u", "s"], ["both"], "skip", axis=1),
        node("Conv", ["both", "c2"], ["m"], "merge", kernel_shape=[1, 1]),
        node("Shape", ["m"], ["all"], "measure"),
        node("Slice", ["all", "zero", "two"], ["front"], "front"),
        node("Shape", ["x"], ["of_x"], "measure_x"),
        node("Slice", ["of_x", "two", "four"], ["space"], "space"),
        node("Concat", ["front", "space"], ["sizes"], "sizes", axis=0),
        node("Resize", ["m", "", "", "sizes"], ["z"], "fit", mode="linear",
             coordinate_transformation_mode="align_corners"),
        node("Conv", ["z", "c3"], ["y"], "head", kernel_shape=[1, 1])]
    return handmade.model(
        nodes, [value("x", ["batch", 8, "h", "w"])],
        [value("y", ["batch", 8, "h", "w"])],
        [weight("c1", 13, 8, 3, 3), weight("scale", 13), weight("bias", 13),
         weight("t1", 13, 11, 2, 2), weight("tb", 11),
         weight("c2", 21, 24, 1, 1), weight("c3", 8, 21, 1, 1),
         numbers("pads", 0, 0, 1, 1, 0, 0, 1, 1), numbers("zero", 0),
         numbers("two", 2), numbers("four", 4),
         numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32),
                                 "scales")], opset=18)


@family()
def shifted_windows():
    """Swin's roll and windows: what the views group in another way is space,
    and the channels within stay free."""
    nodes = [
        node("MatMul", ["x", "embed"], ["h"], "embed"),
        node("Slice", ["h", "three", "end", "one"], ["tail"], "tail"),
        node("Slice", ["h", "zero", "three", "one"], ["head"], "head_rows"),
        node("Concat", ["tail", "head"], ["rolled"], "roll", axis=1),
        node("Reshape", ["rolled", "windows"], ["w"], "windows"),
        node("MatMul", ["w", "mix"], ["m"], "mix"),
        node("Reshape", ["m", "rows"], ["r"], "rows"),
        node("MatMul", ["r", "out"], ["y"], "out")]
    return handmade.model(
        nodes, [value("x", [2, 8, 16])], [value("y", [2, 8, 8])],
        [weight("embed", 16, 29), weight("mix", 29, 27), weight("out", 27, 8),
         numbers("three", 3), numbers("end", 2 ** 31), numbers("one", 1),
         numbers("zero", 0), numbers("windows", 2, 4, 2, 29),
         numbers("rows", 2, 8, 27)])


@family()
def lanes_by_number():
    """Constant indices move with the lanes that they pick."""
    nodes = [
        node("MatMul", ["x", "a"], ["h"], "first"),
        node("Gather", ["h", "last"], ["one"], "pick_last", axis=1),
        node("Gather", ["h", "some"], ["few"], "pick_some", axis=1),
        node("Unsqueeze", ["one", "axis"], ["col"], "column"),
        node("MatMul", ["h", "b"], ["t"], "second"),
        node("ReduceSum", ["few", "axis"], ["s"], "sum", keepdims=1),
        node("Mul", ["t", "col"], ["u"], "weigh"),
        node("Add", ["u", "s"], ["y"], "shift")]
    return handmade.model(
        nodes, [value("x", ["batch", 16])], [value("y", ["batch", 8])],
        [weight("a", 16, 29), weight("b", 29, 8), numbers("axis", 1),
         numpy_helper.from_array(np.array(-1, np.int64), "last"),
         numbers("some", 3, -2, 28, 0)])


@family(added={"Constant"})
def frequencies_computed_from_the_width():
    """Numbers up to the width of what they rotate: the list grows with it."""
    nodes = [
        node("MatMul", ["x", "embed"], ["h"], "embed"),
        node("Shape", ["h"], ["shape"], "measure"),
        node("Gather", ["shape", "one"], ["width"], "width", axis=0),
        node("Range", ["zero", "width", "one"], ["r"], "count"),
        node("Cast", ["r"], ["numbers"], "cast", to=TensorProto.FLOAT),
        node("Cos", ["numbers"], ["c"], "cos"),
        node("Mul", ["h", "c"], ["m"], "turn"),
        node("MatMul", ["m", "head"], ["y"], "head")]
    return handmade.model(
        nodes, [value("x", ["batch", 16])], [value("y", ["batch", 8])],
        [weight("embed", 16, 29), weight("head", 29, 8),
         numbers("zero", 0, shape=()), numbers("one", 1, shape=())])


@family(added={"Add"})
def vector_read_with_two_fills():
    """A bias whose padding keeps out of one Softmax is chosen from itself, too:
    the copy for that reader is masked."""
    nodes = [
        node("MatMul", ["x", "up"], ["h"], "up"),
        node("Add", ["h", "bias"], ["b"], "add"),
        node("Softmax", ["b"], ["p"], "first", axis=-1),
        node("Softmax", ["bias"], ["q"], "second", axis=-1),
        node("Mul", ["p", "q"], ["m"], "weigh"),
        node("MatMul", ["m", "down"], ["y"], "down")]
    return handmade.model(
        nodes, [value("x", ["batch", 16])], [value("y", ["batch", 8])],
        [weight("up", 16, 13), weight("bias", 13), weight("down", 13, 8)])


@family(added={"Mul"})
def frame_of_another_number():
    """What a Resize puts around its region is no zero on padding either."""
    nodes = [
        node("Conv", ["x", "w"], ["c"], "conv"),
        node("Resize", ["c", "roi", "", "sizes"], ["r"], "crop", axes=[2, 3],
             coordinate_transformation_mode="tf_crop_and_resize",
             extrapolation_value=1.0),
        node("Conv", ["r", "v"], ["d"], "mix"),
        node("ReduceSum", ["r", "channels"], ["s"], "sum", keepdims=1),
        node("Add", ["d", "s"], ["y"], "add")]
    roi = numpy_helper.from_array(
        np.array([-0.5, -0.5, 1.5, 1.5], np.float32), "roi")
    return handmade.model(
        nodes, [value("x", ["batch", 16, 4, 4])],
        [value("y", ["batch", 8, 6, 6])],
        [weight("w", 13, 16, 1, 1), weight("v", 8, 13, 1, 1), roi,
         numbers("sizes", 6, 6), numbers("channels", 1)])


@family({13: "graph input"})
def bias_shared_by_unlike():
    """One vector, as an exporter shares zeros: the reader between two that are
    fixed grows."""
    nodes = [
        node("Add", ["x", "bias"], ["s"], "first"),
        node("MatMul", ["s", "up"], ["h"], "up"),
        node("Add", ["h", "bias"], ["t"], "second"),
        node("Add", ["z", "bias"], ["u"], "third"),
        node("MatMul", ["t", "down"], ["d"], "down"),
        node("MatMul", ["u", "skip"], ["k"], "skip"),
        node("Add", ["d", "k"], ["y"], "sum")]
    return handmade.model(
        nodes, [value("x", ["batch", 13]), value("z", ["batch", 13])],
        [value("y", ["batch", 8])],
        [weight("bias", 13), weight("up", 13, 13), weight("down", 13, 8),
         weight("skip", 13, 8)])


@family()
def normalised_by_expanded_norms():
    """torch's normalize: padding is zero over copies of ordinary norms."""
    nodes = [
        node("MatMul", ["x", "a"], ["h"], "first"),
        node("ReduceL2", ["h", "axis"], ["n"], "norm", keepdims=1),
        node("Clip", ["n", "tiny"], ["c"], "clip"),
        node("Shape", ["h"], ["shape"], "measure"),
        node("Expand", ["c", "shape"], ["e"], "expand"),
        node("Div", ["h", "e"], ["d"], "divide"),
        node("MatMul", ["d", "b"], ["y"], "second")]
    return handmade.model(
        nodes, [value("x", ["batch", 16])], [value("y", ["batch", 8])],
        [weight("a", 16, 29), weight("b", 29, 8), numbers("axis", 1),
         numpy_helper.from_array(np.array(1e-6, np.float32), "tiny")],
        opset=18)


# -- Readers that cannot take padding -----------------------------------------


@family()
def prefill():
    """Keys and values are outputs only: cut, so that the heads are aligned."""
    nodes, weights = attend("self", "h", "h")
    nodes = [node("MatMul", ["x", "embed"], ["h"], "embed"), *nodes,
             node("MatMul", ["self_res", "head"], ["y"], "head")]
    keys = ["batch", 4, 15, "seq"], ["batch", 4, "seq", 15]
    return handmade.model(
        nodes, [value("x", ["batch", "seq", 16])],
        [value("y", ["batch", "seq", 8]), value("self_k_h", keys[0]),
         value("self_v_h", keys[1])],
        [*weights, weight("embed", 16, 61), weight("head", 61, 8)])


def function(name, op):
    """An operator that nobody knows, and how it is computed."""
    return helper.make_function("own", name, ["a"], ["b"],
                                [node(op, ["a"], ["b"])],
                                [helper.make_opsetid("", 20)])


def with_functions(nodes, inputs, outputs, weights):
    return handmade.model(
        nodes, inputs, outputs, weights,
        functions=[function("Bend", "Sin"), function("Turn", "Cos")],
        opset_imports=[helper.make_opsetid("", 20),
                       helper.make_opsetid("own", 1)])


@family()
def unknown_operators():
    """Two read one value, a product reads it as well; what one of them makes is
    padded for the product behind it."""
    nodes = [
        node("MatMul", ["x", "embed"], ["h"], "embed"),
        node("MatMul", ["h", "up"], ["u"], "up"),
        node("Bend", ["u"], ["b"], "bend", domain="own"),
        node("Turn", ["u"], ["t"], "turn", domain="own"),
        node("MatMul", ["u", "down"], ["d"], "down"),
        node("MatMul", ["b", "other"], ["o"], "other"),
        node("ReduceMean", ["t", "last"], ["m"], "mean", keepdims=1),
        node("Add", ["d", "o"], ["s"], "sum"),
        node("Mul", ["s", "m"], ["y"], "weigh")]
    return with_functions(
        nodes, [value("x", ["batch", 16])], [value("y", ["batch", 8])],
        [weight("embed", 16, 29), weight("up", 29, 37), weight("down", 37, 8),
         weight("other", 37, 8), numbers("last", -1)])


def branch(name, op, captured, shape):
    return helper.make_graph(
        [node(op, [captured], [f"{name}_out"], name)], name, [],
        [value(f"{name}_out", shape)])


@family()
def captured_by_branches():
    """An If reads a value of the graph around it by its name, which is an output
    too, by way of Identity once more."""
    shape = ["batch", 37]
    nodes = [
        node("MatMul", ["x", "embed"], ["h"], "embed"),
        node("MatMul", ["h", "up"], ["u"], "up"),
        node("If", ["choice"], ["i"], "choose",
             then_branch=branch("one", "Sin", "u", shape),
             else_branch=branch("two", "Neg", "u", shape)),
        node("Identity", ["u"], ["again"], "copy"),
        node("MatMul", ["u", "down"], ["y"], "down")]
    return handmade.model(
        nodes, [value("x", ["batch", 16]),
                value("choice", [], TensorProto.BOOL)],
        [value("y", ["batch", 8]), value("u", shape), value("again", shape),
         value("i", shape)],
        [weight("embed", 16, 29), weight("up", 29, 37), weight("down", 37, 8)])


@family()
def heads_that_are_split_elsewhere():
    """Two heads of 7 lanes, divided into 5 and 9: one Gather moves the lanes."""
    nodes = [
        node("MatMul", ["x", "embed"], ["h"], "embed"),
        node("Reshape", ["h", "heads"], ["r"], "view"),
        node("Tanh", ["r"], ["t"], "tanh"),
        node("Reshape", ["t", "flat"], ["f"], "flatten"),
        node("Split", ["f", "parts"], ["a", "b"], "split", axis=-1),
        node("MatMul", ["a", "first"], ["c"], "first"),
        node("MatMul", ["b", "second"], ["d"], "second"),
        node("Add", ["c", "d"], ["y"], "add")]
    return handmade.model(
        nodes, [value("x", ["batch", 16])], [value("y", ["batch", 8])],
        [weight("embed", 16, 14), weight("first", 5, 8), weight("second", 9, 8),
         numbers("heads", 0, 2, 7), numbers("flat", 0, 14),
         numbers("parts", 5, 9)])


@family(seq=[8, 12])
def pooled_tokens():
    """Funnel's pooling: a window over tokens, one lane wide on the hidden axis,
    which is none of space then."""
    nodes = [
        node("MatMul", ["x", "a"], ["h"], "first"),
        node("Sigmoid", ["h"], ["s"], "sigmoid"),
        node("Unsqueeze", ["s", "axis"], ["u"], "channel"),
        node("AveragePool", ["u"], ["p"], "pool", kernel_shape=[2, 1],
             strides=[2, 1], ceil_mode=1),
        node("MaxPool", ["p"], ["m"], "largest", kernel_shape=[3, 1],
             pads=[1, 0, 1, 0]),
        node("Squeeze", ["m", "axis"], ["t"], "tokens"),
        node("MatMul", ["t", "b"], ["y"], "second")]
    return handmade.model(
        nodes, [value("x", ["batch", "seq", 16])],
        [value("y", ["batch", "half", 8])],
        [weight("a", 16, 29), weight("b", 29, 8), numbers("axis", 1)])


@family()
def state_space():
    """Mamba's step: exp of a product with what padding makes any number is
    cleared in front of it."""
    nodes = [
        node("MatMul", ["x", "dt"], ["d"], "delta"),
        node("Add", ["d", "shift"], ["e"], "shift"),
        node("Exp", ["e"], ["decay"], "decay"),
        node("MatMul", ["x", "in"], ["v"], "input"),
        node("Mul", ["decay", "v"], ["state"], "step"),
        node("MatMul", ["state", "out"], ["y"], "output")]
    return handmade.model(
        nodes, [value("x", ["batch", 16])], [value("y", ["batch", 8])],
        [weight("dt", 16, 29), weight("shift", 1, 1), weight("in", 16, 29),
         weight("out", 29, 8)])


@family()
def outer_products():
    """Rotary angles: positions times frequencies, a product over an axis of
    one lane, which is no dimension."""
    nodes = [
        node("MatMul", ["x", "a"], ["h"], "first"),
        node("Cast", ["positions"], ["p"], "cast", to=TensorProto.FLOAT),
        node("Unsqueeze", ["p", "last"], ["column"], "column"),
        node("MatMul", ["column", "frequencies"], ["angles"], "outer"),
        node("Cos", ["angles"], ["c"], "cos"),
        node("Mul", ["h", "c"], ["turned"], "turn"),
        node("MatMul", ["turned", "b"], ["y"], "second")]
    return handmade.model(
        nodes, [value("x", ["batch", "seq", 16]),
                value("positions", ["seq"], TensorProto.INT64)],
        [value("y", ["batch", "seq", 8])],
        [weight("a", 16, 29), weight("b", 29, 8), numbers("last", -1),
         weight("frequencies", 1, 29)])


class Families(harness.ToolTest):
    def test_families(self):
        for name, (build, left, added, sizes) in FAMILIES.items():
            with self.subTest(name):
                self.check(build(), left, sizes, added)

    def test_cuts_are_shared(self):
        for build, slices in ((unknown_operators, 1),
                              (captured_by_branches, 1)):
            with self.subTest(build.__name__):
                path, fixed = self.dir / "model.onnx", self.dir / "fixed.onnx"
                path.write_bytes(build().SerializeToString())
                self.must_run("gac", "repair", path, "-o", fixed)
                kinds = [each.op_type for each in
                         harness.load(fixed).graph.node]
                self.assertEqual(kinds.count("Slice"), slices)

    def test_plans_name_what_is_added(self):
        for build, added in ((unknown_operators, {"Slice", "Pad"}),
                             (heads_that_are_split_elsewhere, {"Gather"}),
                             (vector_read_with_two_fills, {"Add"})):
            with self.subTest(build.__name__):
                path = self.dir / "model.onnx"
                path.write_bytes(build().SerializeToString())
                plan = self.must_run("gac", "repair", path, "-o",
                                     self.dir / "fixed.onnx", "--json", "-")
                self.assertEqual({each["op"] for each in
                                  json.loads(plan.out)["rewrites"]}, added)

    def check(self, model, left, sizes, added=frozenset()):
        path, fixed = self.dir / "model.onnx", self.dir / "fixed.onnx"
        path.write_bytes(model.SerializeToString())
        self.must_run("gac", "repair", path, "-o", fixed)
        self.assert_same_results(fixed, path, sizes=sizes)
        values = lanes.read_lanes(path)
        found = list(lanes.violations(path, fixed, values, sizes))
        found += lanes.check_structure(path, fixed, self.dir,
                                       ALLOWED | added)
        self.assertFalse(found, "\n".join(map(str, found[:5])))
        self.check_left(fixed, left)

    def check_left(self, fixed, left):
        report = self.must_run("gac", "analyze", fixed, "--json", "-").out
        findings = json.loads(report)["findings"]
        for finding in findings:
            reasons = "; ".join(each["text"] for each in finding["fixed_by"])
            self.assertIn(finding["size"], left, reasons)
            self.assertIn(left[finding["size"]], reasons)
        self.assertEqual({finding["size"] for finding in findings}, set(left))


if __name__ == "__main__":
    unittest.main()
