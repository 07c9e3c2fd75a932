#===- test_contrib.py - ONNX Runtime's own operators ------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Models of com.microsoft's operators come back as they were, and repaired ones
compute the same with the sizes that were to be had. A list: each is a case by
itself."""

import unittest

import numpy as np
from onnx import TensorProto, helper, numpy_helper

import handmade
import harness

CASES = {}


def case(strategy="minimal", added=("Mul",), **grown):
    """`grown` are the shapes of weights after repair; others stay. `added` are
    the types of nodes that growth may add: that of a norm's scale by its count
    of lanes, if nothing else."""
    def add(build):
        CASES[build.__name__.replace("_", " ")] = (build, strategy, added,
                                                   grown)
        return build
    return add


def node(op, inputs, outputs, domain="com.microsoft", **attributes):
    if isinstance(outputs, str):
        outputs = [outputs]
    return helper.make_node(op, inputs, outputs, f"{outputs[0]}_{op}",
                            domain=domain, **attributes)


def matmul(a, b, y):
    return node("MatMul", [a, b], y, domain="")


def model(nodes, weights, inputs=(), outputs=(), opset=20, x=None):
    """x [batch, seq, 64] to y [batch, seq, 64]."""
    weights = [weight if isinstance(weight, TensorProto) else
               handmade.weight(*weight, seed=index) for index, weight
               in enumerate(weights)]
    for weight in weights:
        if weight.data_type == TensorProto.FLOAT:  # keeps sums small
            data = numpy_helper.to_array(weight) * np.float32(.25)
            weight.CopyFrom(numpy_helper.from_array(data, weight.name))
    return handmade.model(
        nodes,
        [x or handmade.value("x", ["batch", "seq", 64]), *inputs],
        [handmade.value("y", ["batch", "seq", 64]), *outputs], weights,
        opset_imports=[helper.make_opsetid("", opset),
                       helper.make_opsetid("com.microsoft", 1)])


def constant(name, values, dtype):
    return numpy_helper.from_array(np.array(values, dtype), name)


# -- Activations --------------------------------------------------------------


def activation(op, *operands, **attributes):
    weights = [("a", 64, 107), ("b", 107, 64)]
    weights += [(name, 107) for name in operands]
    return model([matmul("x", "a", "h"),
                  node(op, ["h", *operands], "g", **attributes),
                  matmul("g", "b", "y")], weights)


@case(a=(64, 112), b=(112, 64), bias=(112,))
def bias_gelu():
    return activation("BiasGelu", "bias")


@case(a=(64, 112), b=(112, 64), bias=(112,))
def fast_gelu_with_bias():
    return activation("FastGelu", "bias")


@case(a=(64, 112), b=(112, 64))
def fast_gelu():
    return activation("FastGelu")


@case(a=(64, 112), b=(112, 64))
def gelu():
    return activation("Gelu")


@case(a=(64, 112), b=(112, 64))
def quick_gelu():
    return activation("QuickGelu", alpha=1.5)


# -- Normalisations -----------------------------------------------------------


def norm(op, operands, outputs=("n",), domain="com.microsoft", opset=20,
         **attributes):
    """A projection to the width, another if something is to be added, their
    norm, and a projection back of what comes of it."""
    factors = [("h", "a"), ("s", "b")][:2 if "s" in operands else 1]
    nodes = [matmul("x", weight, y) for y, weight in factors]
    nodes.append(node(op, ["h", *operands], list(outputs), domain=domain,
                      **attributes))
    last = "n"
    if "sum" in outputs:
        nodes.append(node("Add", ["n", "sum"], "t", domain=""))
        last = "t"
    weights = [(name, 61) for name in operands if name != "s"]
    return model([*nodes, matmul(last, "c", "y")],
                 [*((weight, 64, 61) for _, weight in factors),
                  ("c", 61, 64), *weights], opset=opset)


@case(a=(64, 64), c=(64, 64), scale=(64,))
def simplified_layer_norm():
    return norm("SimplifiedLayerNormalization", ["scale"], domain="",
                epsilon=1e-2)


@case(a=(64, 64), b=(64, 64), c=(64, 64), gamma=(64,))
def skip_simplified_layer_norm():
    return norm("SkipSimplifiedLayerNormalization", ["s", "gamma"],
                epsilon=1e-2)


@case(a=(64, 64), b=(64, 64), c=(64, 64), gamma=(64,), bias=(64,))
def skip_simplified_layer_norm_with_sum():
    return norm("SkipSimplifiedLayerNormalization", ["s", "gamma", "bias"],
                ("n", "", "", "sum"), epsilon=1e-2)


WRITTEN_OUT = {"Add", "Div", "Mul", "ReduceSum", "Sqrt", "Sub"}


@case(added=WRITTEN_OUT, a=(64, 64), b=(64, 64), c=(64, 64), gamma=(64,),
      beta=(64,), bias=(64,))
def skip_layer_norm_with_sum():
    return norm("SkipLayerNormalization", ["s", "gamma", "beta", "bias"],
                ("n", "", "", "sum"))


@case(added=WRITTEN_OUT, a=(64, 64), b=(64, 64), c=(64, 64), gamma=(64,))
def skip_layer_norm():
    return norm("SkipLayerNormalization", ["s", "gamma"], epsilon=1e-2)


@case(added=WRITTEN_OUT, a=(64, 64), c=(64, 64), gamma=(64,), beta=(64,))
def layer_norm_before_its_opset():
    return norm("LayerNormalization", ["gamma", "beta"], domain="", opset=13,
                axis=-1)


def embeddings(operands, outputs):
    names = [name for name in ("ids", "segments", "places")
             if name in operands]
    ids = [handmade.value(name, ["batch", "seq"], TensorProto.INT32)
           for name in names]
    nodes = [node("EmbedLayerNormalization", operands, outputs),
             matmul("e", "w", "g")]
    if "sum" in outputs:
        nodes += [matmul("sum", "w", "s"),
                  node("Add", ["g", "s"], "y", domain="")]
    else:
        nodes.append(node("Identity", ["g"], "y", domain=""))
    return model(nodes, [("words", 11, 61), ("positions", 64, 61),
                         ("types", 2, 61), ("gamma", 61), ("beta", 61),
                         ("w", 61, 64)], inputs=ids[1:], x=ids[0])


@case(added={*WRITTEN_OUT, "Gather", "Shape", "Slice"}, words=(11, 64),
      positions=(64, 64), types=(2, 64), gamma=(64,), beta=(64,), w=(64, 64))
def embed_layer_norm():
    return embeddings(["ids", "segments", "words", "positions", "types",
                       "gamma", "beta"], ["e", "", "sum"])


@case(added={*WRITTEN_OUT, "Gather"}, words=(11, 64), positions=(64, 64),
      gamma=(64,), beta=(64,), w=(64, 64))
def embed_layer_norm_of_given_positions():
    built = embeddings(["ids", "", "words", "positions", "", "gamma", "beta",
                        "", "places"], ["e", ""])
    del built.graph.initializer[2]  # nothing reads the types
    return built


@case(added={*WRITTEN_OUT, "Gather", "Shape", "Slice", "Equal", "Cast"},
      words=(11, 64), positions=(64, 64), types=(2, 64), gamma=(64,),
      beta=(64,), w=(64, 64))
def embed_layer_norm_with_an_index_of_its_mask():
    built = embeddings(["ids", "segments", "words", "positions", "types",
                        "gamma", "beta", "mask"], ["e", "index"])
    built.graph.input.append(handmade.value("mask", ["batch", "seq"],
                                            TensorProto.INT32))
    built.graph.output.append(handmade.value("index", ["batch"],
                                             TensorProto.INT32))
    return built


@case(added={*WRITTEN_OUT, "Gather", "Shape", "Slice"}, words=(11, 64),
      positions=(64, 64), types=(2, 64), gamma=(64,), beta=(64,), w=(64, 64))
def embed_layer_norm_with_an_index_that_nobody_reads():
    return embeddings(["ids", "segments", "words", "positions", "types",
                       "gamma", "beta"], ["e", "index"])


@case()
def embed_layer_norm_with_an_index_of_no_mask():
    built = embeddings(["ids", "segments", "words", "positions", "types",
                        "gamma", "beta"], ["e", "index"])
    built.graph.output.append(handmade.value("index", ["batch"],
                                             TensorProto.INT32))
    return built


# -- Matrix products ----------------------------------------------------------


@case(a=(112, 64), b=(64, 112))
def fused_matmul():
    return model([node("FusedMatMul", ["x", "a"], "h", transB=1, alpha=.5),
                  node("FusedMatMul", ["h", "b"], "y", transB=1)],
                 [("a", 107, 64), ("b", 64, 107)])


@case(w=(64, 112))
def fused_matmul_of_two_activations():
    return model([matmul("x", "w", "p"),
                  node("FusedMatMul", ["p", "x"], "h", transA=1, alpha=.01),
                  node("FusedMatMul", ["p", "h"], "y", alpha=.1)],
                 [("w", 64, 107)])


@case(w=(64, 112))
def fused_matmul_of_transposed_batches():
    # The rows of A are its first axis, and the batch its second.
    return model([matmul("x", "w", "p"),
                  node("Transpose", ["p"], "t", domain="", perm=[1, 0, 2]),
                  node("FusedMatMul", ["t", "p"], "s", transBatchA=1,
                       transB=1, alpha=.01), matmul("s", "x", "y")],
                 [("w", 64, 107)])


def quantised(*scales):
    rng = np.random.default_rng(3)
    packed = rng.integers(0, 256, (107, 2, 16), np.uint8)
    return model([node("MatMulNBits", ["x", "q", "scales"], "h", K=64, N=107,
                       bits=4, block_size=32),
                  node("Relu", ["h"], "r", domain=""),
                  matmul("r", "b", "y")],
                 [numpy_helper.from_array(packed, "q"), ("scales", *scales),
                  ("b", 107, 64)])


@case(q=(112, 2, 16), scales=(112, 2), b=(112, 64))
def weight_of_few_bits():
    return quantised(107, 2)


@case(q=(112, 2, 16), scales=(224,), b=(112, 64))
def weight_of_few_bits_with_flat_scales():
    return quantised(214)


# -- Rotation -----------------------------------------------------------------


def rotation(width, half, rank=3, inputs=(), **attributes):
    """From position 0 on, or as `inputs` say."""
    weights = [("w", 64, 3 * width), ("o", 3 * width, 64), ("cos", 64, half),
               ("sin", 64, half)]
    if not inputs:
        weights.append(constant("positions", [0], np.int64))
    nodes = [matmul("x", "w", "h")]
    last = "h"
    if rank == 4:
        weights += [constant("split", [0, 0, 3, width], np.int64),
                    constant("merge", [0, 0, 3 * width], np.int64)]
        nodes += [node("Reshape", ["h", "split"], "h4", domain=""),
                  node("Transpose", ["h4"], "ht", domain="",
                       perm=[0, 2, 1, 3])]
        last = "ht"
    nodes.append(node("RotaryEmbedding", [last, "positions", "cos", "sin"],
                      "r", **attributes))
    last = "r"
    if rank == 4:
        nodes += [node("Transpose", ["r"], "rt", domain="", perm=[0, 2, 1, 3]),
                  node("Reshape", ["rt", "merge"], "r3", domain="")]
        last = "r3"
    return model([*nodes, matmul(last, "o", "y")], weights, inputs)


def places():
    return [handmade.value("positions", ["batch", "seq"], TensorProto.INT64)]


@case(w=(64, 48), o=(48, 64), cos=(64, 8), sin=(64, 8))
def rotation_of_halves_by_positions():
    return rotation(14, 7, inputs=places())


@case(w=(64, 48), o=(48, 64), cos=(64, 8), sin=(64, 8))
def rotation_of_halves():
    return rotation(14, 7)


@case(w=(64, 48), o=(48, 64), cos=(64, 8), sin=(64, 8))
def rotation_of_pairs_in_four_axes():
    return rotation(14, 7, rank=4, interleaved=1)


@case(w=(64, 48), o=(48, 64))
def rotation_of_a_part():
    return rotation(14, 5, num_heads=3, rotary_embedding_dim=10,
                    inputs=places())


# -- Convolutions -------------------------------------------------------------


def fused_conv(activation, sum_of=False, **attributes):
    """x as an image of one row, through a convolution with its activation, and
    one back; each of 43 channels by itself between them."""
    def conv(x, w, y, *more, **options):
        return node("FusedConv", [x, w, *more], y, activation=activation,
                    **attributes, **options)

    nodes = [node("Transpose", ["x"], "t", domain="", perm=[0, 2, 1]),
             conv("t", "a", "h", "c"),
             conv("h", "d", "i", "", *(["h"] if sum_of else []), group=43),
             node("Conv", ["i", "b"], "j", domain=""),
             node("Transpose", ["j"], "y", domain="", perm=[0, 2, 1])]
    return model(nodes, [("a", 43, 64, 1), ("c", 43), ("d", 43, 1, 1),
                         ("b", 64, 43, 1)])


@case(a=(48, 64, 1), c=(48,), d=(48, 1, 1), b=(64, 48, 1))
def fused_conv_and_relu():
    return fused_conv("Relu")


@case(a=(48, 64, 1), c=(48,), d=(48, 1, 1), b=(64, 48, 1))
def fused_conv_and_sum():
    return fused_conv("Relu", sum_of=True)


@case(a=(48, 64, 1), c=(48,), d=(48, 1, 1), b=(64, 48, 1))
def fused_conv_and_sigmoid():
    return fused_conv("Sigmoid")


@case(a=(48, 64, 1), c=(48,), d=(48, 1, 1), b=(64, 48, 1))
def fused_conv_between_bounds():
    return fused_conv("Clip", activation_params=[.25, 6.0])


@case(a=(48, 64, 1), c=(48,), d=(48, 1, 1), b=(64, 48, 1))
def fused_conv_that_leaks():
    return fused_conv("LeakyRelu", sum_of=True, activation_params=[.125])


@case(a=(48, 64, 1), c=(48,), d=(48, 1, 1), b=(64, 48, 1))
def fused_conv_and_hard_sigmoid():
    return fused_conv("HardSigmoid", activation_params=[.25, .375])


# -- Products with an activation ----------------------------------------------


def fused_gemm(activation, **attributes):
    """x as rows, through two products of 107 with their activations."""
    numbers = {f"activation_{key}": number
               for key, number in attributes.items()}

    def gemm(inputs, y, **options):
        return node("FusedGemm", inputs, y, activation=activation, **numbers,
                    **options)

    return model([node("Reshape", ["x", "flat"], "r", domain=""),
                  gemm(["r", "a", "c"], "h", transB=1),
                  gemm(["h", "b"], "g", alpha=.5),
                  node("Shape", ["x"], "s", domain=""),
                  node("Reshape", ["g", "s"], "y", domain="")],
                 [("a", 107, 64), ("c", 107), ("b", 107, 64),
                  constant("flat", [-1, 64], np.int64)])


@case(a=(112, 64), c=(112,), b=(112, 64))
def fused_gemm_and_relu():
    return fused_gemm("Relu")


@case(a=(112, 64), c=(112,), b=(112, 64))
def fused_gemm_that_leaks():
    return fused_gemm("LeakyRelu", alpha=.125)


@case(a=(112, 64), c=(112,), b=(112, 64))
def fused_gemm_and_sigmoid():
    return fused_gemm("Sigmoid")


@case(a=(112, 64), c=(112,), b=(112, 64))
def fused_gemm_and_hard_sigmoid():
    return fused_gemm("HardSigmoid", alpha=.25, beta=.375)


@case(a=(112, 64), c=(112,), b=(112, 64))
def fused_gemm_and_selu():
    return fused_gemm("Selu", alpha=1.5, gamma=1.25)


@case(a=(112, 64), c=(112,), b=(112, 64))
def fused_gemm_and_softplus():
    return fused_gemm("Softplus")


# -- Attention ----------------------------------------------------------------


@case(qkv=(64, 192), bias=(192,), o=(64, 64))
def attention_with_packed_weight():
    return model([node("Attention", ["x", "qkv", "bias"], "h", num_heads=4,
                       unidirectional=1), matmul("h", "o", "y")],
                 [("qkv", 64, 180), ("bias", 180), ("o", 60, 64)])


@case(qkv=(64, 192), bias=(192,), o=(64, 64))
def attention_with_its_own_value_width():
    return model([node("Attention", ["x", "qkv", "bias"], "h", num_heads=4,
                       qkv_hidden_sizes=[60, 60, 36], scale=.3),
                  matmul("h", "o", "y")],
                 [("qkv", 64, 156), ("bias", 156), ("o", 36, 64)])


@case(a=(64, 64), qkv=(64, 192), bias=(192,), o=(64, 64))
def attention_over_a_low_rank():
    return model([matmul("x", "a", "l"),
                  node("Attention", ["l", "qkv", "bias"], "h", num_heads=4),
                  matmul("h", "o", "y")],
                 [("a", 64, 61), ("qkv", 61, 180), ("bias", 180),
                  ("o", 60, 64)])


# On the CPU ONNX Runtime has no MultiHeadAttention of packed operands.
def projections(*sizes):
    return [(name, 64, size) for name, size in zip("qkv", sizes)]


@case(q=(64, 64), k=(64, 64), v=(64, 64), bias=(192,), o=(64, 64))
def multi_head_attention():
    return model([matmul("x", name, f"x{name}") for name in "qkv"] +
                 [node("MultiHeadAttention", ["xq", "xk", "xv", "bias"], "h",
                       num_heads=4), matmul("h", "o", "y")],
                 [*projections(60, 60, 52), ("bias", 172), ("o", 52, 64)])


@case(q=(64, 64), k=(64, 64), v=(64, 64), o=(64, 64))
def multi_head_attention_unidirectional():
    return model([matmul("x", name, f"x{name}") for name in "qkv"] +
                 [node("MultiHeadAttention", ["xq", "xk", "xv"], "h",
                       num_heads=4, unidirectional=1, scale=.2),
                  matmul("h", "o", "y")],
                 [*projections(60, 60, 60), ("o", 60, 64)])


@case(q=(64, 64), k=(64, 64), v=(64, 64), o=(64, 64))
def multi_head_attention_with_biased_scores():
    return model([matmul("x", name, f"x{name}") for name in "qkv"] +
                 [node("MultiHeadAttention",
                       ["xq", "xk", "xv", "", "", "scores"], "h", num_heads=4),
                  matmul("h", "o", "y")],
                 [*projections(60, 60, 60), ("o", 60, 64)],
                 inputs=[handmade.value("scores", [1, 4, "seq", "seq"])])


@case()
def multi_head_attention_with_a_cache():
    caches = [handmade.value(name, ["batch", 4, "past", 15])
              for name in ("past_k", "past_v")]
    presents = [handmade.value(name, ["batch", 4, "total", 15])
                for name in ("present_k", "present_v")]
    return model([matmul("x", name, f"x{name}") for name in "qkv"] +
                 [node("MultiHeadAttention",
                       ["xq", "xk", "xv", "", "", "", "past_k", "past_v"],
                       ["h", "present_k", "present_v"], num_heads=4),
                  matmul("h", "o", "y")],
                 [*projections(60, 60, 60), ("o", 60, 64)], caches, presents)


def grouped(operands, weights, width, last=(6,), nodes=(), inputs=(),
            outputs=(), rows=7, **attributes):
    """ONNX Runtime takes heads only that are a multiple of 8 wide, and of 16
    where it rotates them. `last` are the last columns of the sequences, one per
    batch; or `nodes` make the operands "last" and "total"."""
    projected = [matmul("x", name, f"x{name}")
                 for name in "qkv" if f"x{name}" in operands]
    attention = node("GroupQueryAttention", operands,
                     ["h", "present_k", "present_v"], num_heads=4,
                     kv_num_heads=2, **attributes)
    weights = [*weights, ("o", 4 * width, 64)]
    if nodes:
        weights += [constant("axis", [1], np.int64),
                    constant("one", [1], np.int64)]
    else:
        weights += [constant("last", last, np.int32),
                    constant("total", 7, np.int32)]
    shape = ["batch", "seq", 64] if nodes else [len(last), rows, 64]
    return model([*projected, *nodes, attention, matmul("h", "o", "y")],
                 weights, inputs, outputs, x=handmade.value("x", shape))


GROUPED = ["xq", "xk", "xv", "", "", "last", "total"]


def grown_heads():
    return {"q": (64, 128), "k": (64, 64), "v": (64, 64), "o": (128, 64)}


@case(strategy="predefined", **grown_heads())
def group_query_attention():
    return grouped(GROUPED, projections(96, 48, 48), 24)


@case(strategy="predefined", q=(64, 512), o=(256, 64))
def group_query_attention_packed_and_rotating():
    return grouped(["xq", "", "", "", "", "last", "total", "cos", "sin"],
                   [("q", 64, 384), ("cos", 16, 16), ("sin", 16, 16)], 48,
                   do_rotary=1)


@case(strategy="predefined", **grown_heads())
def group_query_attention_of_uneven_lengths():
    return grouped(GROUPED, projections(96, 48, 48), 24, last=(6, 2, 0),
                   scale=.3, softcap=2.)


@case()
def group_query_attention_of_uneven_lengths_rotating_pairs():
    return grouped([*GROUPED, "cos", "sin"],
                   [*projections(192, 96, 96), ("cos", 16, 16),
                    ("sin", 16, 16)], 48, last=(4, 6, 1), do_rotary=1,
                   rotary_interleaved=1)


@case()
def group_query_attention_with_biased_scores():
    return grouped([*GROUPED, "", "", "", "scores"],
                   projections(96, 48, 48), 24, last=(6, 3), softcap=1.5,
                   inputs=[handmade.value("scores", [2, 1, 7, 7])])


@case()
def group_query_attention_in_a_window():
    return grouped(GROUPED, projections(96, 48, 48), 24, last=(6, 6),
                   local_window_size=3)


@case()
def group_query_attention_of_all_rows():
    return grouped(GROUPED, projections(96, 48, 48), 24, last=(6, 6), causal=0)


def lengths_of_rows():
    """As ONNX Runtime's fusion takes them from a mask of kept rows."""
    return [node("ReduceSum", ["kept", "axis"], "count", domain="",
                 keepdims=0),
            node("Max", ["count", "one"], "most", domain=""),
            node("Sub", ["most", "one"], "behind", domain=""),
            node("Cast", ["behind"], "last", domain="", to=TensorProto.INT32),
            node("Shape", ["kept"], "sizes", domain=""),
            node("Gather", ["sizes", "one"], "rows", domain="", axis=0),
            node("Cast", ["rows"], "total", domain="", to=TensorProto.INT32)]


@case(added={"Cast"})
def group_query_attention_of_a_mask():
    presents = [handmade.value(name, ["batch", 2, "seq", 48])
                for name in ("present_k", "present_v")]
    return grouped([*GROUPED, "cos", "sin"],
                   [*projections(192, 96, 96), ("cos", 64, 16),
                    ("sin", 64, 16)], 48, do_rotary=1,
                   nodes=lengths_of_rows(), outputs=presents,
                   inputs=[handmade.value("kept", ["batch", "seq"],
                                          TensorProto.INT64)])


def behind_a_cache(last, rows=1, **attributes):
    """Of seven positions, with those that the rows leave."""
    caches = [handmade.value(name, [len(last), 2, 7 - rows, 48])
              for name in ("past_k", "past_v")]
    presents = [handmade.value(name, [len(last), 2, 7, 48])
                for name in ("present_k", "present_v")]
    return grouped(["xq", "xk", "xv", "past_k", "past_v", "last", "total",
                    "cos", "sin"],
                   [*projections(192, 96, 96), ("cos", 16, 16),
                    ("sin", 16, 16)], 48, last=last, rows=rows, do_rotary=1,
                   inputs=caches, outputs=presents, **attributes)


@case()
def group_query_attention_behind_a_full_cache():
    return behind_a_cache((6, 6))


@case()
def group_query_attention_of_rows_behind_a_full_cache():
    return behind_a_cache((6,), rows=3)


@case()
def group_query_attention_behind_a_full_cache_in_a_window():
    return behind_a_cache((6,), rows=3, local_window_size=3)


@case()
def group_query_attention_behind_an_uneven_cache():
    return behind_a_cache((6, 4))


@case()
def group_query_attention_with_a_smooth_softmax():
    return grouped(GROUPED, projections(96, 48, 48), 24, smooth_softmax=1)


def separate_attention(bias):
    """Of four heads of 15 lanes."""
    return model([matmul("x", name, f"x{name}") for name in "qkv"] +
                 [node("MultiHeadAttention", ["xq", "xk", "xv", *bias], "h",
                       num_heads=4), matmul("h", "o", "y")],
                 [*projections(60, 60, 60), ("o", 60, 64),
                  *((name, 180) for name in bias)])


def packed_attention(pieces, bias):
    """The same, with the columns of `pieces` head by head."""
    built = separate_attention(bias)
    weights = {tensor.name: numpy_helper.to_array(tensor)
               for tensor in built.graph.initializer}
    heads = [weights.pop(name).reshape(64, 4, 15) for name in pieces]
    weights["packed"] = np.stack(heads, axis=2).reshape(64, -1)
    weights["shape"] = np.array([0, 0, 4, len(pieces), 15], np.int64)
    nodes = [matmul("x", "packed", "xp"),
             node("Reshape", ["xp", "shape"], "heads", domain="")]
    operands = ["heads", "", "", *bias]
    if pieces == "kv":
        nodes.append(matmul("x", "q", "xq"))
        operands = ["xq", "heads"]
    nodes += [node("MultiHeadAttention", operands, "h", num_heads=4),
              matmul("h", "o", "y")]
    del built.graph.node[:], built.graph.initializer[:]
    built.graph.node.extend(nodes)
    built.graph.initializer.extend(numpy_helper.from_array(array, name)
                                   for name, array in weights.items())
    return built


# What ONNX has no words for: recovery leaves these as they are.
STAY = {
    "rotation of halves": "RotaryEmbedding",  # positions by their first one
    "rotation of pairs in four axes": "RotaryEmbedding",
    "embed layer norm": "EmbedLayerNormalization",  # no positions
    "embed layer norm with an index of its mask": "EmbedLayerNormalization",
    "embed layer norm with an index that nobody reads":
        "EmbedLayerNormalization",
    "embed layer norm with an index of no mask": "EmbedLayerNormalization",
    "weight of few bits": "MatMulNBits",
    "weight of few bits with flat scales": "MatMulNBits",
    "group query attention behind an uneven cache": "GroupQueryAttention",
    "group query attention with a smooth softmax": "GroupQueryAttention",
}


# -- The tests ----------------------------------------------------------------


def shapes(built):
    return {tensor.name: tuple(tensor.dims)
            for tensor in built.graph.initializer}


class Contrib(harness.ToolTest):
    def save(self, built, name="model.onnx"):
        path = self.dir / name
        path.write_bytes(built.SerializeToString())
        return path

    def test_comes_back_as_it_was(self):
        for name, (build, *_) in CASES.items():
            with self.subTest(name):
                path = self.save(build())
                out = self.dir / "out.onnx"
                module = self.dir / "model.mlir"
                self.must_run("gac-opt", path, "-o", module)
                self.assertNotIn("gac.opaque", module.read_text())
                self.must_run("gac-opt", path, "-o", out)
                self.assert_same_model(out, path)

    def test_repair(self):
        for name, (build, strategy, added, grown) in CASES.items():
            with self.subTest(name):
                built = build()
                path = self.save(built)
                out = self.dir / "fixed.onnx"
                self.must_run("gac", "repair", path, "-o", out,
                              "--strategy", strategy)
                fixed = harness.load(out)
                have, want = shapes(fixed), {**shapes(built), **grown}
                # Growth puts other lists of sizes in place of old ones.
                for sizes in ("split", "merge"):
                    have.pop(sizes, None)
                    want.pop(sizes, None)
                self.assertEqual({name: have.get(name) for name in want},
                                 want)
                self.assertLessEqual(
                    set(harness.op_types(fixed) - harness.op_types(built)),
                    set(added))
                self.assert_same_results(out, path)
                again = self.dir / "again.onnx"
                self.must_run("gac", "repair", out, "-o", again,
                              "--strategy", strategy)
                self.assertEqual(again.read_bytes(), out.read_bytes())

    def test_recover(self):
        for name, (build, *_) in CASES.items():
            with self.subTest(name):
                path = self.save(build())
                out = self.dir / "named.onnx"
                self.must_run("gac-opt", path, "--gac-recover", "-o", out)
                self.assertEqual(
                    {node.op_type for node in harness.load(out).graph.node
                     if node.domain or node.op_type.startswith("Simplified")},
                    {STAY[name]} if name in STAY else set())
                self.assert_same_results(out, path)

    def test_recover_packed(self):
        """Against the same weights apart: what is packed has no kernel on the
        CPU."""
        for pieces, bias in (("qkv", ["bias"]), ("qkv", []), ("kv", [])):
            with self.subTest(pieces, bias=bias):
                packed = self.save(packed_attention(pieces, bias), "p.onnx")
                apart = self.save(separate_attention(bias))
                out = self.dir / "named.onnx"
                self.must_run("gac-opt", packed, "--gac-recover", "-o", out)
                types = harness.op_types(harness.load(out))
                self.assertIn("Attention", types)
                self.assertNotIn("MultiHeadAttention", types)
                self.assert_same_results(out, apart)


if __name__ == "__main__":
    unittest.main()
