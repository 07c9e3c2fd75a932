#===- test_positions.py - Positions that convolutions make ----------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Models of images and sound, in which a convolution makes the positions that
attention mixes: padded where they come to lie on one axis, masked in each
Softmax, and cut in front of who reads them as space again. Checked lane by
lane, with nothing left misaligned."""

import collections
import unittest

import numpy as np
from onnx import TensorProto, numpy_helper

import handmade
import harness
import test_families
from test_families import attend, node, numbers, value, weight

WIDTH = 61


def convolve(name, source, result, kernel, channels=(WIDTH, WIDTH),
             **attributes):
    shape = (*channels, *kernel)
    drawn = numpy_helper.to_array(
        handmade.weight(f"{name}_w", *shape, seed=len(name)))
    scale = np.float32(np.sqrt(np.prod(shape[1:])))
    return (node("Conv", [source, f"{name}_w"], [result], name, **attributes),
            numpy_helper.from_array(drawn / scale, f"{name}_w"))


def image_of_patches():
    """ViT: nine patches, a class token in front of them, learned positions; a
    class is read of the first position."""
    embed, kernel = convolve("embed", "x", "c", (4, 4), (WIDTH, 8),
                             strides=[4, 4])
    attention, weights = attend("a", "p", "p")
    nodes = [
        embed,
        node("Reshape", ["c", "flat"], ["f"], "flatten"),
        node("Transpose", ["f"], ["t"], "tokens", perm=[0, 2, 1]),
        node("Shape", ["t"], ["shape"], "shape"),
        node("Slice", ["shape", "zero_list", "one_list"], ["batch_of"],
             "batch"),
        node("Concat", ["batch_of", "one_each"], ["many"], "many", axis=0),
        node("Expand", ["class", "many"], ["classes"], "classes"),
        node("Concat", ["classes", "t"], ["s"], "sequence", axis=1),
        node("Add", ["s", "positions"], ["p"], "positions"),
        *attention,
        node("Gather", ["a_res", "zero"], ["first"], "first", axis=1),
        node("MatMul", ["first", "head"], ["y"], "head")]
    return handmade.model(
        nodes, [value("x", ["batch", 8, 12, 12])], [value("y", ["batch", 8])],
        [kernel, *weights, weight("head", WIDTH, 8),
         numbers("zero", 0, shape=[]), numbers("zero_list", 0),
         numbers("one_list", 1), numbers("one_each", 1, WIDTH), numbers("flat", 0, WIDTH, 9),
         weight("class", 1, 1, WIDTH), weight("positions", 1, 10, WIDTH)])


def windows_of_an_image():
    """Swin and MobileViT: attention within what was space, and is space again
    for the convolution behind it; the residual is read as it was made."""
    embed, kernel = convolve("embed", "x", "c", (3, 3), (WIDTH, 8),
                             pads=[1, 1, 1, 1])
    last, other = convolve("last", "sum", "y", (3, 3), (8, WIDTH))
    attention, weights = attend("a", "t", "t")
    nodes = [
        embed,
        node("Reshape", ["c", "flat"], ["f"], "flatten"),
        node("Transpose", ["f"], ["t"], "tokens", perm=[0, 2, 1]),
        *attention,
        node("Transpose", ["a_res"], ["back"], "back", perm=[0, 2, 1]),
        node("Reshape", ["back", "space"], ["image"], "image"),
        node("Add", ["image", "c"], ["sum"], "sum"),
        last]
    return handmade.model(
        nodes, [value("x", ["batch", 8, 5, 5])],
        [value("y", ["batch", 8, 3, 3])],
        [kernel, other, *weights, numbers("flat", 0, WIDTH, 25),
         numbers("space", 0, WIDTH, 5, 5)])


def frames_of_sound():
    """wav2vec 2.0: frames, and positions that a convolution over them makes,
    of which the last is dropped; the mean over frames counts those there
    are."""
    frames, kernel = convolve("frames", "x", "c", (4,), (WIDTH, 8), strides=[2])
    along, other = convolve("along", "c", "e", (4,), pads=[2, 2])
    attention, weights = attend("a", "p", "p")
    nodes = [
        frames, along,
        node("Slice", ["e", "zero", "minus", "two"], ["kept"], "drop"),
        node("Add", ["c", "kept"], ["placed"], "place"),
        node("Transpose", ["placed"], ["p"], "frames_first", perm=[0, 2, 1]),
        *attention,
        node("ReduceMean", ["a_res", "one"], ["m"], "mean", keepdims=0),
        node("MatMul", ["m", "head"], ["y"], "head")]
    return handmade.model(
        nodes, [value("x", ["batch", 8, 32])], [value("y", ["batch", 8])],
        [kernel, other, *weights, weight("head", WIDTH, 8), numbers("zero", 0),
         numbers("minus", -1), numbers("one", 1), numbers("two", 2)], opset=18)


def subsampled_image():
    """LeViT: queries from each second row and column."""
    embed, kernel = convolve("embed", "x", "c", (3, 3), (WIDTH, 8),
                             pads=[1, 1, 1, 1])
    attention, weights = attend("a", "few", "t")
    nodes = [
        embed,
        node("Transpose", ["c"], ["rows"], "rows", perm=[0, 2, 3, 1]),
        node("Slice", ["rows", "zeros", "ends", "space", "steps"], ["some"],
             "subsample"),
        node("Reshape", ["some", "queries"], ["few"], "queries"),
        node("Reshape", ["rows", "keys"], ["t"], "keys"),
        *attention,
        node("MatMul", ["a_res", "head"], ["y"], "head")]
    return handmade.model(
        nodes, [value("x", ["batch", 8, 6, 6])], [value("y", ["batch", 9, 8])],
        [kernel, *weights, weight("head", WIDTH, 8), numbers("zeros", 0, 0),
         numbers("ends", 6, 6), numbers("space", 1, 2), numbers("steps", 2, 2),
         numbers("queries", 0, 9, WIDTH), numbers("keys", 0, 36, WIDTH)])


def mixed_positions():
    """MLP-Mixer: a product over positions, one that goes out as it was made."""
    embed, kernel = convolve("embed", "x", "c", (4, 4), (WIDTH, 8),
                             strides=[4, 4])
    nodes = [
        embed,
        node("Reshape", ["c", "flat"], ["f"], "flatten"),
        node("MatMul", ["f", "up"], ["u"], "up"),
        node("Relu", ["u"], ["r"], "relu"),
        node("MatMul", ["r", "down"], ["d"], "down"),
        node("Add", ["f", "d"], ["s"], "residual"),
        node("Transpose", ["s"], ["t"], "tokens", perm=[0, 2, 1]),
        node("MatMul", ["t", "head"], ["y"], "head")]
    return handmade.model(
        nodes, [value("x", ["batch", 8, 12, 12])],
        [value("y", ["batch", 9, 8]), value("f", ["batch", WIDTH, 9])],
        [kernel, weight("up", 9, 13), weight("down", 13, 9),
         weight("head", WIDTH, 8), numbers("flat", 0, WIDTH, 9)])


def layers_of_windows(count=5):
    """CvT: each layer lays its positions out as space for a convolution, whose
    result the residual meets."""
    embed, kernel = convolve("embed", "x", "c", (3, 3), (WIDTH, 8),
                             pads=[1, 1, 1, 1])
    nodes, weights, source = [
        embed, node("Reshape", ["c", "flat"], ["f"], "flatten"),
        node("Transpose", ["f"], ["t"], "tokens", perm=[0, 2, 1])], [
            kernel, numbers("flat", 0, WIDTH, 25),
            numbers("space", 0, WIDTH, 5, 5), weight("head", WIDTH, 8)], "t"
    for i in range(count):
        attention, more = attend(f"a{i}", source, source)
        spread, other = convolve(f"spread{i}", f"i{i}", f"s{i}", (3, 3),
                                 pads=[1, 1, 1, 1])
        nodes += [*attention,
                  node("Transpose", [f"a{i}_res"], [f"b{i}"], f"back{i}",
                       perm=[0, 2, 1]),
                  node("Reshape", [f"b{i}", "space"], [f"i{i}"], f"image{i}"),
                  spread,
                  node("Reshape", [f"s{i}", "flat"], [f"f{i}"], f"flat{i}"),
                  node("Transpose", [f"f{i}"], [f"t{i}"], f"tokens{i}",
                       perm=[0, 2, 1]),
                  node("Add", [f"a{i}_res", f"t{i}"], [f"r{i}"], f"sum{i}")]
        weights += [*more, other]
        source = f"r{i}"
    nodes.append(node("MatMul", [source, "head"], ["y"], "head"))
    return handmade.model(nodes, [value("x", ["batch", 8, 5, 5])],
                          [value("y", ["batch", 25, 8])], weights)


def slices_of_positions():
    """Parts of the positions, which no border of height and width limits, each
    for a product of its own; and copies of all of them."""
    embed, kernel = convolve("embed", "x", "c", (3, 3), (WIDTH, 8),
                             pads=[1, 1, 1, 1])
    nodes = [
        embed,
        node("Reshape", ["c", "flat"], ["f"], "flatten"),
        node("Slice", ["f", "two", "seven", "two"], ["p"], "part"),
        node("Slice", ["f", "minus", "end", "two"], ["q"], "rest"),
        node("Tile", ["f", "thrice"], ["g"], "copies"),
        node("MatMul", ["g", "w27"], ["y3"], "third"),
        node("MatMul", ["p", "w5"], ["y0"], "first"),
        node("MatMul", ["q", "w3"], ["y1"], "second"),
        node("MatMul", ["f", "w9"], ["y2"], "all"),
        node("Sum", ["y0", "y1", "y2", "y3"], ["y"], "sum")]
    return handmade.model(
        nodes, [value("x", ["batch", 8, 3, 3])],
        [value("y", ["batch", WIDTH, 8])],
        [kernel, weight("w5", 5, 8), weight("w3", 3, 8), weight("w9", 9, 8),
         weight("w27", 27, 8), numbers("flat", 0, WIDTH, 9), numbers("two", 2),
         numbers("seven", 7), numbers("minus", -3), numbers("end", 2 ** 31),
         numbers("thrice", 1, 1, 3)])


def many_views():
    """What others do with the positions is not on the way to the product."""
    embed, kernel = convolve("embed", "x", "c", (3, 3), (WIDTH, 8),
                             pads=[1, 1, 1, 1])
    views = [node("Reshape", ["c", "flat"], [f"f{i}"], f"view{i}")
             for i in range(20)]
    return handmade.model(
        [embed, *views, node("MatMul", ["f19", "w"], ["y"], "product")],
        [value("x", ["batch", 8, 3, 3])],
        [value("y", ["batch", WIDTH, 8]),
         *[value(f"f{i}", ["batch", WIDTH, 9]) for i in range(19)]],
        [kernel, weight("w", 9, 8), numbers("flat", 0, WIDTH, 9)])


def patches(side, name="t"):
    """Nodes and weights that make the positions of `side` x `side` patches."""
    embed, kernel = convolve("embed", "x", "c", (4, 4), (WIDTH, 8),
                             strides=[4, 4])
    return [embed, node("Reshape", ["c", "flat"], ["f"], "flatten"),
            node("Transpose", ["f"], [name], "tokens", perm=[0, 2, 1])], [
                kernel, numbers("flat", 0, WIDTH, side * side)]


def model_of_patches(side, nodes, weights, result, outputs):
    made, kernel = patches(side)
    return handmade.model(
        [*made, *nodes, node("MatMul", [result, "head"], ["y"], "head")],
        [value("x", ["batch", 8, 4 * side, 4 * side])],
        [value("y", ["batch", outputs, 8])],
        [*kernel, *weights, weight("head", WIDTH, 8)])


def class_attention():
    """CaiT: patches are mixed with each other, and then with a class token in
    front of them: not both 9 and 10 can be multiples."""
    attention, weights = attend("a", "t", "t")
    other, more = attend("b", "one", "both")
    nodes = [
        *attention,
        node("ReduceMean", ["a_res", "second"], ["one"], "query"),
        node("Concat", ["one", "a_res"], ["both"], "sequence", axis=1), *other]
    return model_of_patches(
        3, nodes, [*weights, *more, numbers("second", 1)], "b_res", 1)


def classes_of_layers(count=2):
    """A class token of its own in front of the patches in each layer, which the
    next one has no more."""
    nodes, weights, source = [], [numbers("second", 1), numbers("end", 10)], "t"
    for i in range(count):
        mix, more = attend(f"a{i}", source, source)
        ask, others = attend(f"b{i}", f"one{i}", f"both{i}")
        nodes += [
            *mix,
            node("ReduceMean", [f"a{i}_res", "second"], [f"one{i}"],
                 f"query{i}"),
            node("Concat", [f"one{i}", f"a{i}_res"], [f"both{i}"],
                 f"sequence{i}", axis=1), *ask,
            node("Add", [f"both{i}", f"b{i}_res"], [f"told{i}"], f"tell{i}"),
            node("Slice", [f"told{i}", "second", "end", "second"],
                 [f"t{i}"], f"patches{i}")]
        weights += [*more, *others]
        source = f"t{i}"
    return model_of_patches(3, nodes, weights, source, 9)


def neighbours():
    """MobileBERT: each position beside those in front of it and behind it,
    which leaves nothing of the axis but single lanes."""
    attention, weights = attend("a", "n", "n")
    nodes = [
        node("Slice", ["t", "one", "nine", "one"], ["later"], "later"),
        node("Slice", ["t", "zero", "eight", "one"], ["earlier"], "earlier"),
        node("Pad", ["later", "behind"], ["next"], "next"),
        node("Pad", ["earlier", "front"], ["last"], "last"),
        node("Concat", ["next", "t", "last"], ["three"], "three", axis=2),
        node("MatMul", ["three", "narrow"], ["n"], "narrow"), *attention]
    return model_of_patches(
        3, nodes,
        [*weights, weight("narrow", 3 * WIDTH, WIDTH), numbers("zero", 0),
         numbers("one", 1), numbers("eight", 8), numbers("nine", 9),
         numbers("behind", 0, 0, 0, 0, 1, 0),
         numbers("front", 0, 1, 0, 0, 0, 0)], "a_res", 9)


def relative_shift():
    """Transformer-XL and Funnel: scores of relative positions, which a graph
    lists by the number of positions, brought into place by two Reshapes."""
    nodes = [
        node("Shape", ["t"], ["shape"], "shape"),
        node("Gather", ["shape", "axis"], ["many"], "many"),
        node("Mul", ["many", "two"], ["twice"], "twice"),
        node("Range", ["start", "twice", "step"], ["count"], "count"),
        node("Sub", ["count", "many"], ["distances"], "distances"),
        node("Cast", ["distances"], ["reals"], "reals", to=TensorProto.FLOAT),
        node("Unsqueeze", ["reals", "one"], ["column"], "column"),
        node("Mul", ["column", "rates"], ["angles"], "angles"),
        node("Cos", ["angles"], ["waves"], "waves"),
        node("Transpose", ["waves"], ["turned"], "turned", perm=[1, 0]),
        node("MatMul", ["t", "turned"], ["s"], "scores"),
        node("Reshape", ["s", "tall"], ["u"], "tall"),
        node("Slice", ["u", "one", "end", "one"], ["v"], "without_first"),
        node("Reshape", ["v", "wide"], ["w"], "wide"),
        node("Slice", ["w", "zero", "nine", "two_list"], ["z"], "in_place"),
        node("Softmax", ["z"], ["p"], "softmax", axis=-1),
        node("MatMul", ["p", "t"], ["mixed"], "mix")]
    return model_of_patches(
        3, nodes,
        [weight("rates", 1, WIDTH), numbers("axis", 1, shape=[]),
         numbers("two", 2, shape=[]), numbers("start", 0, shape=[]),
         numbers("step", 1, shape=[]), numbers("zero", 0), numbers("one", 1),
         numbers("nine", 9), numbers("end", 2 ** 31), numbers("two_list", 2),
         numbers("tall", 0, 18, 9), numbers("wide", 0, 9, 17)], "mixed", 9)


def resized_table():
    """DINOv2: learned positions that are resized to the image, here to what
    they are: weights that could grow by themselves, but not with the
    patches."""
    attention, weights = attend("a", "p", "p")
    nodes = [
        node("Reshape", ["table", "square"], ["grid"], "grid"),
        node("Transpose", ["grid"], ["planes"], "planes", perm=[0, 3, 1, 2]),
        node("Resize", ["planes", "", "", "sizes"], ["resized"], "resize",
             mode="linear"),
        node("Transpose", ["resized"], ["back"], "grid_back",
             perm=[0, 2, 3, 1]),
        node("Reshape", ["back", "rows"], ["places"], "places"),
        node("Concat", ["first", "places"], ["all"], "all_places", axis=1),
        node("ReduceMean", ["t", "second"], ["one"], "class"),
        node("Concat", ["one", "t"], ["s"], "sequence", axis=1),
        node("Add", ["s", "all"], ["p"], "positions"), *attention]
    return model_of_patches(
        3, nodes,
        [*weights, weight("table", 1, 9, WIDTH), weight("first", 1, 1, WIDTH),
         numbers("square", 1, 3, 3, WIDTH), numbers("sizes", 1, WIDTH, 3, 3),
         numbers("rows", 1, 9, WIDTH), numbers("second", 1)], "a_res", 10)


def logarithms():
    """What a Log reads and makes: zeros have no logarithm, so that it is cut in
    front of it and padded behind."""
    nodes = [
        node("MatMul", ["t", "up"], ["u"], "up"),
        node("Exp", ["u"], ["e"], "exp"),
        node("Log", ["e"], ["l"], "log"),
        node("MatMul", ["l", "down"], ["d"], "down")]
    return model_of_patches(
        4, nodes, [weight("up", WIDTH, 13), weight("down", 13, WIDTH)], "d", 16)


def positions_of_bytes(opset):
    """A Pad before opset 11 is one of floats."""
    embed, kernel = convolve("embed", "x", "c", (3, 3), (WIDTH, 8),
                             pads=[1, 1, 1, 1])
    nodes = [
        embed,
        node("Cast", ["c"], ["small"], "small", to=TensorProto.INT32),
        node("Reshape", ["small", "flat"], ["s"], "flatten"),
        node("Cast", ["s"], ["f"], "float", to=TensorProto.FLOAT),
        node("MatMul", ["f", "w"], ["y"], "product")]
    return handmade.model(
        nodes, [value("x", ["batch", 8, 3, 3])],
        [value("y", ["batch", WIDTH, 8])],
        [kernel, weight("w", 9, 8), numbers("flat", 0, WIDTH, 9)], opset=opset)


class Positions(harness.ToolTest):
    check = test_families.Families.check
    check_left = test_families.Families.check_left

    def test_positions(self):
        for build in (image_of_patches, windows_of_an_image, frames_of_sound,
                      subsampled_image, mixed_positions, layers_of_windows,
                      slices_of_positions, many_views, class_attention,
                      classes_of_layers, neighbours, relative_shift, resized_table, logarithms):
            with self.subTest(build.__name__):
                self.check(build(), {}, {"batch": [1, 3]}, {"ReduceSum", "Div",
                                                            "Mul", "Add"})

    def test_types_that_pad_has(self):
        for opset in (10, 11, 13):
            with self.subTest(opset):
                self.check(positions_of_bytes(opset), {}, {"batch": [1, 3]})

    def test_rewrites_are_few(self):
        """A Pad where positions come to lie on one axis, and where others meet
        them; a Slice where they are space again, and in front of outputs."""
        for build, pads, slices in (
                (image_of_patches, 1, 0), (windows_of_an_image, 1, 1),
                (frames_of_sound, 2, 0), (subsampled_image, 1, 0),
                (mixed_positions, 1, 2), (layers_of_windows, 5, 6),
                (many_views, 1, 20)):
            with self.subTest(build.__name__):
                path, fixed = self.dir / "model.onnx", self.dir / "fixed.onnx"
                path.write_bytes(build().SerializeToString())
                self.must_run("gac", "repair", path, "-o", fixed)
                added = collections.Counter(
                    each.op_type for each in harness.load(fixed).graph.node)
                added.subtract(each.op_type
                               for each in harness.load(path).graph.node)
                self.assertEqual(
                    [added[kind] for kind in ("Pad", "Slice", "Gather")],
                    [pads, slices, 0])


if __name__ == "__main__":
    unittest.main()
