#===- test_operators.py - What stands between products and convolutions ---===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Group norms as exporters write them, blocks of space, samples, cumulations
and other operators between dimensions that are to grow: repaired, checked lane
by lane, and nothing left misaligned but what `left` says."""

import unittest

import numpy as np
from onnx import TensorProto, helper, numpy_helper

import handmade
import test_families
from test_families import node, numbers, value, weight

CASES = {}
# What a norm of logical lanes is written out as.
NORM = {"Add", "Div", "Mul", "ReduceMean", "ReduceSum", "Reshape", "Shape",
        "Sqrt", "Sub"}


def case(left=(), added=(), **sizes):
    """As test_families.family; `added` are types of nodes that may be new."""
    def register(build):
        CASES[build.__name__] = (build, dict(left), set(added), sizes)
        return build
    return register


def constant(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.array(values, dtype), name)


def columns(nodes, weights, wide, opset=20, rows="seq", more=(), back=None):
    """x [batch, rows, 16] through a product of `wide` columns named h, to a
    product of what is named m."""
    return handmade.model(
        [node("MatMul", ["x", "first"], ["h"], "first"), *nodes,
         node("MatMul", ["m", "second"], ["y"], "second")],
        [value("x", ["batch", rows, 16]), *more],
        [value("y", ["batch", None, 8])],
        [weight("first", 16, wide), weight("second", back or wide, 8),
         *weights], opset=opset)


def images(nodes, weights, wide, opset=20, space=("h", "w"), back=None,
           result=(None, None), more=()):
    """An image through a convolution of `wide` channels named h, to one of what
    is named m."""
    return handmade.model(
        [node("Conv", ["x", "first"], ["h"], "first"), *nodes,
         node("Conv", ["m", "second"], ["y"], "second")],
        [value("x", ["batch", 8, *space]), *more],
        [value("y", ["batch", 8, *result])],
        [weight("first", wide, 8, 1, 1),
         weight("second", 8, back or wide, 1, 1), *weights], opset=opset)


# -- Norms over groups of channels --------------------------------------------


def view_norm(source, result, channels, groups):
    """torch.nn.GroupNorm by torch.onnx before opset 21, its parameters named
    after the result."""
    nodes = [
        node("Reshape", [source, f"{result}_view"], [f"{result}_v"]),
        node("InstanceNormalization",
             [f"{result}_v", f"{result}_ones", f"{result}_zeros"],
             [f"{result}_n"], epsilon=1e-3),
        node("Shape", [source], [f"{result}_s"]),
        node("Reshape", [f"{result}_n", f"{result}_s"], [f"{result}_b"]),
        node("Mul", [f"{result}_b", f"{result}_w"], [f"{result}_m"]),
        node("Add", [f"{result}_m", f"{result}_t"], [result])]
    weights = [numbers(f"{result}_view", 0, groups, -1),
               constant(f"{result}_ones", [1.0] * groups),
               constant(f"{result}_zeros", [0.0] * groups),
               weight(f"{result}_w", channels, 1, 1),
               weight(f"{result}_t", channels, 1, 1)]
    return nodes, weights


def group_norm(source, result, channels, groups, per_channel=True):
    count = channels if per_channel else groups
    return ([node("GroupNormalization",
                  [source, f"{result}_w", f"{result}_t"], [result],
                  epsilon=1e-3, num_groups=groups)],
            [weight(f"{result}_w", count), weight(f"{result}_t", count)])


@case(added=NORM, h=[3, 4], w=[5], batch=[1, 2])
def group_norm_as_a_view():
    nodes, weights = view_norm("h", "g", 20, 4)
    return images([*nodes, node("Sigmoid", ["g"], ["s"]),
                   node("Mul", ["g", "s"], ["m"])], weights, 20)


@case(added=NORM, batch=[1, 3])
def group_norm_as_a_view_of_known_space():
    nodes, weights = view_norm("h", "m", 26, 2)
    return images(nodes, weights, 26, opset=17, space=(3, 5))


@case(added=NORM, h=[3, 4], w=[5], batch=[1, 2])
def view_with_a_scale_of_its_own():
    nodes, weights = view_norm("h", "m", 21, 3)
    weights[1] = constant("m_ones", [1.5, 0.5, 2.0])
    weights[2] = constant("m_zeros", [0.25, 0.25, 0.25])
    return images(nodes, weights, 21)


@case(added=NORM, h=[3, 4], w=[5], batch=[1, 2])
def one_group():
    nodes, weights = view_norm("h", "m", 43, 1)
    return images(nodes, weights, 43)


@case(added=NORM, h=[3, 4], w=[5], batch=[1, 2])
def group_normalization():
    nodes, weights = group_norm("h", "m", 20, 4)
    return images(nodes, weights, 20, opset=21)


@case(added=NORM, batch=[1, 2])
def group_normalization_of_columns():
    """One symbol of space: its size is inferred."""
    nodes, weights = group_norm("t", "g", 43, 1)
    return columns([node("Transpose", ["h"], ["t"], perm=[0, 2, 1]), *nodes,
                    node("Transpose", ["g"], ["m"], perm=[0, 2, 1])],
                   weights, 43, opset=21, rows=6)


@case(h=[3, 4], w=[5], batch=[1, 2])
def groups_of_one_channel():
    nodes, weights = group_norm("h", "m", 13, 13)
    return images(nodes, weights, 13, opset=21)


@case(added=NORM, h=[4, 6], w=[8], batch=[1, 2])
def norms_of_joined_paths():
    """A U-Net's: the groups of what is joined are those of each path."""
    down, weights = group_norm("h", "g", 20, 4)
    both, more = group_norm("c", "m", 40, 4)
    return images(
        [*down, node("Relu", ["g"], ["r"]),
         node("Conv", ["r", "d"], ["s"], "down", kernel_shape=[2, 2],
              strides=[2, 2]),
         node("ConvTranspose", ["s", "u"], ["o"], "up", kernel_shape=[2, 2],
              strides=[2, 2]),
         node("Concat", ["r", "o"], ["c"], axis=1), *both],
        [*weights, *more, weight("d", 29, 20, 2, 2),
         weight("u", 29, 20, 2, 2)], 20, opset=21, back=40)


@case(h=[3, 4], w=[5], batch=[1, 2])
def group_norm_written_out():
    """Means over channels and over as many elements of space as there are."""
    return images(
        [node("Reshape", ["h", "view"], ["v"]),
         node("ReduceMean", ["v", "inner"], ["mean"], keepdims=1),
         node("Sub", ["v", "mean"], ["d"]), node("Mul", ["d", "d"], ["s"]),
         node("ReduceMean", ["s", "inner"], ["variance"], keepdims=1),
         node("Add", ["variance", "epsilon"], ["e"]),
         node("Sqrt", ["e"], ["root"]), node("Div", ["d", "root"], ["n"]),
         node("Shape", ["h"], ["shape"]),
         node("Reshape", ["n", "shape"], ["m"])],
        [numbers("view", 0, 4, 5, -1), numbers("inner", 2, 3),
         constant("epsilon", 1e-3)], 20)


@case(added=NORM, batch=[1, 2])
def layer_norm_over_channels_and_space():
    return images(
        [node("LayerNormalization", ["h", "s", "t"], ["m"], axis=1,
              epsilon=1e-3)],
        [weight("s", 13, 3, 5), weight("t", 13, 3, 5)], 13, space=(3, 5))


# -- Norms without a scale ----------------------------------------------------


@case(h=[3, 4], w=[5], batch=[1, 2])
def neighbouring_channels():
    return images([node("LRN", ["h"], ["m"], size=5, alpha=0.3)], [], 29)


@case(added={"Mul"}, h=[3], w=[5], batch=[2])
def neighbours_that_would_move_apart():
    """[13|16]: padding of the first would come between them, so that they are
    put together first."""
    return images([node("Conv", ["x", "other"], ["i"]),
                   node("Concat", ["h", "i"], ["c"], axis=1),
                   node("LRN", ["c"], ["m"], size=3)],
                  [weight("other", 16, 8, 1, 1)], 13, back=29)


@case(h=[3, 4], w=[5], batch=[1, 2])
def mean_and_variance():
    """Divided by a deviation that padding has not: cut, and padded behind."""
    return images([node("MeanVarianceNormalization", ["h"], ["m"],
                        axes=[0, 2, 3])], [], 13)


@case(batch=[1, 2], seq=[3, 5])
def divided_by_a_norm():
    return columns([node("LpNormalization", ["h"], ["m"], axis=-1)], [], 29)


# -- Space --------------------------------------------------------------------


def shuffle(mode, wide=52):
    return images(
        [node("DepthToSpace", ["h"], ["d"], blocksize=2, mode=mode),
         node("Conv", ["d", "c"], ["e"], "inner"),
         node("SpaceToDepth", ["e"], ["m"], blocksize=2)],
        [weight("c", 11, wide // 4, 1, 1)], wide, back=44)


@case(h=[3, 4], w=[5], batch=[1, 2])
def shuffled_rows_and_columns_first():
    return shuffle("DCR")


@case(h=[3, 4], w=[5], batch=[1, 2])
def shuffled_depth_first():
    return shuffle("CRD")


@case(batch=[1, 2])
def added_blocks():
    return columns(
        [node("Transpose", ["h"], ["t"], perm=[0, 2, 1]),
         node("Col2Im", ["t", "image", "block"], ["i"]),
         node("Reshape", ["i", "flat"], ["f"]),
         node("Transpose", ["f"], ["m"], perm=[0, 2, 1])],
        [numbers("image", 3, 4), numbers("block", 2, 2),
         numbers("flat", 0, 13, 12)], 52, rows=6, back=13)


@case(h=[6], w=[5], batch=[1])
def sampled_places():
    return images(
        [node("GridSample", ["h", "grid"], ["m"], align_corners=1)],
        [weight("grid", 1, 4, 3, 2)], 13)


@case(left={4: "reads places from it"}, h=[5], w=[6], batch=[1, 2])
def bent_windows():
    """Offsets for two groups of channels, made by a convolution."""
    return images(
        [node("Conv", ["x", "where"], ["offset"], "offsets"),
         node("DeformConv", ["h", "bent", "offset"], ["m"], offset_group=2,
              kernel_shape=[1, 1])],
        [weight("where", 4, 8, 1, 1), weight("bent", 13, 26, 1, 1)], 26,
        back=13)


@case(h=[8], w=[8], batch=[1])
def regions():
    return images(
        [node("RoiAlign", ["h", "rois", "which"], ["a"], output_height=2,
              output_width=2),
         node("MaxRoiPool", ["h", "places"], ["p"], pooled_shape=[2, 2]),
         node("Add", ["a", "p"], ["m"])],
        [constant("rois", [[0, 0, 4, 5], [1, 2, 7, 7]]),
         constant("places", [[0, 0, 0, 4, 5], [0, 1, 2, 7, 7]]),
         constant("which", [0, 0], np.int64)], 13)


@case(h=[6], w=[5], batch=[1, 2])
def pools_of_norms():
    return images(
        [node("LpPool", ["h"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
         node("GlobalLpPool", ["h"], ["g"]),
         node("Add", ["p", "g"], ["m"])], [], 13)


@case(h=[3], w=[5], batch=[1, 2])
def resampled_by_an_operator_of_old():
    return images(
        [node("Upsample", ["h", "scales"], ["m"], mode="nearest")],
        [constant("scales", [1, 1, 2, 2])], 13, opset=9)


# -- Sequences ----------------------------------------------------------------


@case(batch=[1, 2], seq=[3, 5])
def cumulated():
    """Along what grows, and across."""
    return columns(
        [node("Sigmoid", ["h"], ["s"]),
         node("CumSum", ["s", "last"], ["a"], exclusive=1),
         node("CumSum", ["a", "rows"], ["b"], reverse=1),
         node("CumSum", ["h", "last"], ["c"], reverse=1),
         node("Add", ["b", "c"], ["d"]), node("Tanh", ["d"], ["m"])],
        [constant("last", -1, np.int64), constant("rows", 1, np.int64)], 29)


@case(batch=[1, 2], seq=[3, 5])
def triangles():
    """Of scores over lanes: of those at the end nothing moves."""
    return columns(
        [node("Transpose", ["h"], ["t"], perm=[0, 2, 1]),
         node("MatMul", ["t", "h"], ["p"], "scores"),
         node("Trilu", ["p", "k"], ["u"], upper=0),
         node("MatMul", ["h", "u"], ["m"], "weigh")],
        [constant("k", 1, np.int64)], 13)


@case(batch=[2], seq=[4])
def reversed_sequences():
    return columns(
        [node("ReverseSequence", ["h", "lengths"], ["m"], batch_axis=0,
              time_axis=1)],
        [constant("lengths", [3, 2], np.int64)], 29)


@case(batch=[2])
def written_rows():
    """One row of each batch, to a place of its own."""
    return columns(
        [node("MatMul", ["x", "other"], ["o"], "other"),
         node("Slice", ["o", "zero", "one", "axis"], ["u"]),
         node("TensorScatter", ["h", "u", "at"], ["m"], axis=1)],
        [weight("other", 16, 29), numbers("zero", 0), numbers("one", 1),
         numbers("axis", 1), numbers("at", 2, 0)], 29, opset=24, rows=4)


@case(batch=[1, 2], seq=[3])
def logarithms_of_unknown_rank():
    """An axis from the end, which ONNX's inference knows from opset 11 on."""
    return columns(
        [node("Concat", ["h", "h"], ["both"], "both", axis=-1),
         node("LogSoftmax", ["both"], ["m"], "log", axis=2)], [], 13, opset=10,
        back=26)


@case(batch=[1, 2], seq=[3])
def dropped_in_training_only():
    """With its mask, and as the operator of old has it."""
    return columns(
        [node("Dropout", ["h", "ratio", "trains"], ["d", "mask"]),
         node("Cast", ["mask"], ["f"], to=TensorProto.FLOAT),
         node("CastLike", ["d", "f"], ["c"]), node("Mul", ["c", "f"], ["m"])],
        [constant("ratio", 0.4), constant("trains", False, np.bool_)], 43)


@case(batch=[1, 2], seq=[3])
def dropped_before_training_was_an_operand():
    return columns([node("Dropout", ["h"], ["m"], ratio=0.4)], [], 43,
                   opset=10)


@case(batch=[1], seq=[3])
def dropped_in_training():
    """All of them, so that runs can be compared."""
    return columns(
        [node("Dropout", ["h", "ratio", "trains"], ["m"], seed=1)],
        [constant("ratio", 0.0), constant("trains", True, np.bool_)], 43)


@case(batch=[1, 2], seq=[3])
def places_by_number():
    """One-hot numbers are as wide as they are; the largest is picked among what
    is cut back."""
    return columns(
        [node("Hardmax", ["h"], ["p"], axis=-1),
         node("ArgMax", ["p"], ["i"], axis=-1, keepdims=0),
         node("OneHot", ["i", "depth", "values"], ["o"]),
         node("MatMul", ["o", "table"], ["m"], "table")],
        [constant("depth", 32, np.int64), constant("values", [0.0, 1.0]),
         weight("table", 32, 13)], 29, back=13)


class Operators(test_families.Families):
    def test_families(self):
        for name, (build, left, added, sizes) in CASES.items():
            with self.subTest(name):
                self.check(build(), left, sizes, added)


if __name__ == "__main__":
    unittest.main()
