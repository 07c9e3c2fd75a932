#===- quantized_cases.py - Small quantised models -------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""One model per way to quantise a weight or an activation, with what its repair
is to do.

CASES maps a name to a Case: `grown` are the shapes of weights after repair,
others stay; `holds` are what the padding of a weight holds, a number per name;
`blocked` says of a dimension what a report gives as its reason. A list: each is a
case by itself.
"""

import dataclasses

import numpy as np
from onnx import TensorProto, helper, numpy_helper

import handmade

CASES = {}
RNG_SEED = 7


@dataclasses.dataclass
class Case:
    build: object
    strategy: str
    grown: dict
    holds: dict
    blocked: dict
    exact: bool
    masks: int
    cuts: int


def case(strategy="minimal", holds=None, blocked=None, exact=False, masks=0,
         cuts=0, **grown):
    """`exact`: results have the same bits, where all sums are of integers; else
    they are compared to check_onnx's tolerance. `masks` and `cuts`: the
    operands that a repair masks and cuts."""
    def add(build):
        CASES[build.__name__.replace("_", " ")] = Case(
            build, strategy, grown, holds or {}, blocked or {}, exact,
            masks, cuts)
        return build
    return add


def node(op, inputs, outputs, domain="", **attributes):
    if isinstance(outputs, str):
        outputs = [outputs]
    return helper.make_node(op, inputs, outputs, f"{outputs[0]}_{op}",
                            domain=domain, **attributes)


def contrib(op, inputs, outputs, **attributes):
    return node(op, inputs, outputs, "com.microsoft", **attributes)


def constant(name, values, dtype):
    return numpy_helper.from_array(np.asarray(values, dtype), name)


def narrow(name, values, kind):
    """A tensor of a type that numpy does not have."""
    return helper.make_tensor(name, kind, np.shape(values),
                              np.asarray(values).reshape(-1))


def bytes_of(name, *shape, dtype=np.uint8):
    rng = np.random.default_rng([RNG_SEED, *shape])
    bounds = np.iinfo(dtype)
    return numpy_helper.from_array(
        rng.integers(bounds.min, bounds.max, shape, dtype, endpoint=True),
        name)


def scales(name, *shape):
    rng = np.random.default_rng([RNG_SEED + 1, *shape])
    return constant(name, rng.uniform(1e-3, 2e-3, shape), np.float32)


def model(nodes, weights, opset=21, x=("batch", 64), y=("batch", 64),
          x_kind=TensorProto.FLOAT, y_kind=TensorProto.FLOAT):
    return handmade.model(
        nodes, [handmade.value("x", list(x), x_kind)],
        [handmade.value("y", list(y), y_kind)], weights,
        opset_imports=[helper.make_opsetid("", opset),
                       helper.make_opsetid("com.microsoft", 1)])


def low_rank(weights, dequantize_a, dequantize_b, **options):
    """x @ a @ b, the weights as the two nodes make them."""
    return model([dequantize_a, dequantize_b, node("MatMul", ["x", "a"], "h"),
                  node("MatMul", ["h", "b"], "y")], weights, **options)


# -- DequantizeLinear ---------------------------------------------------------


@case(qa=(64, 112), qb=(112, 64), holds={"qa": 130, "qb": 0})
def one_scale():
    return low_rank(
        [bytes_of("qa", 64, 107), scales("sa"), constant("za", 130, np.uint8),
         bytes_of("qb", 107, 64, dtype=np.int8), scales("sb")],
        node("DequantizeLinear", ["qa", "sa", "za"], "a"),
        node("DequantizeLinear", ["qb", "sb"], "b"))


@case(qa=(64, 112), sa=(112,), za=(112,), qb=(112, 64),
      holds={"qa": 120, "sa": 1, "za": 120, "qb": -3})
def scales_of_columns():
    return low_rank(
        [bytes_of("qa", 64, 107), scales("sa", 107),
         constant("za", [120] * 107, np.uint8),
         bytes_of("qb", 107, 64, dtype=np.int8), scales("sb", 64),
         constant("zb", [-3] * 64, np.int8)],
        node("DequantizeLinear", ["qa", "sa", "za"], "a", axis=1),
        node("DequantizeLinear", ["qb", "sb", "zb"], "b", axis=-1))


@case(qa=(64, 112), sa=(112,), za=(112,), qb=(112, 64), holds={"sa": 1})
def zero_points_that_differ():
    return low_rank(
        [bytes_of("qa", 64, 107), scales("sa", 107), bytes_of("za", 107),
         bytes_of("qb", 107, 64), scales("sb", 64), bytes_of("zb", 64)],
        node("DequantizeLinear", ["qa", "sa", "za"], "a", axis=1),
        node("DequantizeLinear", ["qb", "sb", "zb"], "b", axis=1))


def behind(function, weight, zero_points, width=64):
    """function(x @ a) @ b @ c, where only b can make nothing of padding."""
    return model(
        [node("MatMul", ["x", "a"], "h"), node(function, ["h"], "g"),
         node("DequantizeLinear", ["qb", "sb", "zb"], "b", axis=1),
         node("MatMul", ["g", "b"], "i"), node("MatMul", ["i", "c"], "y")],
        [handmade.weight("a", 64, 107), weight, scales("sb", width),
         zero_points, handmade.weight("c", width, 64)])


@case(a=(64, 112), qb=(112, 64))
def zero_points_that_differ_behind_a_cosine():
    """New rows hold the zero points of their columns."""
    return behind("Cos", bytes_of("qb", 107, 64), bytes_of("zb", 64))


@case(a=(64, 112), qb=(112, 64), sb=(64,), zb=(64,), c=(64, 64),
      holds={"zb": 0})
def zero_points_that_grow_behind_a_sigmoid():
    """New rows and new columns meet."""
    return behind("Sigmoid", bytes_of("qb", 107, 61, dtype=np.int8),
                  bytes_of("zb", 61, dtype=np.int8), width=61)


@case(a=(64, 112), qb=(112, 64), sb=(64,), zb=(64,), c=(64, 64))
def four_bits_and_zero_points_that_differ():
    rng = np.random.default_rng(RNG_SEED)
    return behind(
        "Cos", narrow("qb", rng.integers(0, 16, (107, 61)), TensorProto.UINT4),
        narrow("zb", rng.integers(1, 16, 61), TensorProto.UINT4), width=61)


@case(qa=(64, 112), qb=(112, 64), holds={"qa": 7, "qb": -2})
def four_bits():
    rng = np.random.default_rng(RNG_SEED)
    return low_rank(
        [narrow("qa", rng.integers(0, 16, (64, 107)), TensorProto.UINT4),
         scales("sa"), narrow("za", 7, TensorProto.UINT4),
         narrow("qb", rng.integers(-8, 8, (107, 64)), TensorProto.INT4),
         scales("sb"), narrow("zb", -2, TensorProto.INT4)],
        node("DequantizeLinear", ["qa", "sa", "za"], "a"),
        node("DequantizeLinear", ["qb", "sb", "zb"], "b"))


@case(qa=(64, 112), sa=(112,), qb=(112, 64), holds={"qa": 0, "qb": 0})
def eight_bit_floats():
    rng = np.random.default_rng(RNG_SEED)
    return low_rank(
        [narrow("qa", rng.standard_normal((64, 107)),
                TensorProto.FLOAT8E4M3FN), scales("sa", 107),
         narrow("qb", rng.standard_normal((107, 64)),
                TensorProto.FLOAT8E5M2), scales("sb")],
        node("DequantizeLinear", ["qa", "sa"], "a", axis=1),
        node("DequantizeLinear", ["qb", "sb"], "b"))


def blocks(size, width=107):
    count = -(-width // size)
    return low_rank(
        [bytes_of("qa", 64, width), scales("sa", 64 // size, width),
         constant("za", np.full((64 // size, width), 99), np.uint8),
         bytes_of("qb", width, 64, dtype=np.int8), scales("sb", count, 64)],
        node("DequantizeLinear", ["qa", "sa", "za"], "a", axis=0,
             block_size=size),
        node("DequantizeLinear", ["qb", "sb"], "b", axis=0, block_size=size))


@case(qa=(64, 112), sa=(2, 112), za=(2, 112), qb=(112, 64),
      holds={"qa": 99, "sa": 1, "za": 99, "qb": 0})
def last_block_is_filled():
    return blocks(32)


@case(strategy="predefined", qa=(64, 128), sa=(8, 128), za=(8, 128),
      qb=(128, 64), sb=(16, 64), holds={"qa": 99, "sb": 1})
def blocks_are_added():
    return blocks(8, 100)


@case(qa=(64, 64), square=(16, 15),
      blocked={"qb:0/1": "would move lanes from block to block"})
def heads_across_blocks():
    """The rows of b are 4 heads of 15, its blocks are of 32 rows."""
    return model(
        [node("DequantizeLinear", ["qa", "sa"], "a"),
         node("DequantizeLinear", ["qb", "sb"], "b", axis=0, block_size=32),
         node("MatMul", ["x", "a"], "h"),
         node("Reshape", ["h", "heads"], "t"),
         node("MatMul", ["t", "square"], "r"),
         node("Reshape", ["r", "flat"], "f"),
         node("MatMul", ["f", "b"], "y")],
        [bytes_of("qa", 64, 60, dtype=np.int8), scales("sa"),
         bytes_of("qb", 60, 64, dtype=np.int8), scales("sb", 2, 64),
         handmade.weight("square", 15, 15),
         constant("heads", [-1, 4, 1, 15], np.int64),
         constant("flat", [-1, 60], np.int64)])


@case(table=(50, 64), wide=(64, 64), holds={"table": 131})
def embedding():
    """The weight is looked up, and its rows dequantised."""
    return model(
        [node("Gather", ["table", "x"], "q"),
         node("DequantizeLinear", ["q", "s", "z"], "h"),
         node("MatMul", ["h", "wide"], "y")],
        [bytes_of("table", 50, 61), scales("s"), constant("z", 131, np.uint8),
         handmade.weight("wide", 61, 64)],
        x=("batch",), x_kind=TensorProto.INT64)


@case(a=(64, 112), cuts=1,
      blocked={"qb:0": "contracts it, where padding of neither side is its "
                       "zero point"})
def zero_points_that_are_computed():
    """Nothing but the run itself knows what means zero."""
    return model(
        [node("MatMul", ["x", "a"], "h"), node("Cos", ["h"], "c"),
         node("QuantizeLinear", ["c", "s", "z"], "q"),
         node("ReduceMax", ["x"], "m", keepdims=0),
         node("Abs", ["m"], "n"), node("Ceil", ["n"], "i"),
         node("Cast", ["i"], "zb", to=TensorProto.UINT8),
         node("MatMulInteger", ["q", "qb", "z", "zb"], "p"),
         node("Cast", ["p"], "y", to=TensorProto.FLOAT)],
        [handmade.weight("a", 64, 107), scales("s"),
         constant("z", 3, np.uint8), bytes_of("qb", 107, 64)])


# -- Activations --------------------------------------------------------------


@case(a=(64, 112), b=(112, 64))
def quantised_activations():
    return model(
        [node("MatMul", ["x", "a"], "h"),
         node("QuantizeLinear", ["h", "s", "z"], "q"),
         node("DequantizeLinear", ["q", "s", "z"], "d"),
         node("MatMul", ["d", "b"], "y")],
        [handmade.weight("a", 64, 107), handmade.weight("b", 107, 64),
         constant("s", .1, np.float32), constant("z", 113, np.uint8)])


def dynamic(b_zero, b_dtype=np.uint8, columns=()):
    """x @ a, quantised for its range, @ b in 32 bits."""
    return model(
        [node("MatMul", ["x", "a"], "h"),
         node("DynamicQuantizeLinear", ["h"], ["q", "s", "z"]),
         node("MatMulInteger", ["q", "qb", "z", "zb"], "p"),
         node("Cast", ["p"], "f", to=TensorProto.FLOAT),
         node("Mul", ["s", "sb"], "t"), node("Mul", ["f", "t"], "y")],
        [handmade.weight("a", 64, 107), bytes_of("qb", 107, 64, dtype=b_dtype),
         scales("sb", *columns), constant("zb", b_zero, b_dtype)])


@case(a=(64, 112), qb=(112, 64), holds={"qb": 120})
def dynamic_activations():
    return dynamic(120)


@case(a=(64, 112), qb=(112, 64), holds={"qb": 0})
def dynamic_activations_and_signed_weights():
    return dynamic(0, np.int8)


@case(a=(64, 112), qb=(112, 64))
def dynamic_activations_and_zero_points_that_differ():
    """What is added on the left is the zero point there."""
    return dynamic(np.arange(64) + 90, columns=(64,))


@case(wq=(64, 48), wk=(64, 48))
def dynamic_scores():
    """Both operands are quantised for their ranges as the model runs."""
    return model(
        [node("MatMul", ["x", "wq"], "q"), node("MatMul", ["x", "wk"], "k"),
         node("DynamicQuantizeLinear", ["q"], ["qq", "qs", "qz"]),
         node("DynamicQuantizeLinear", ["k"], ["kq", "ks", "kz"]),
         node("Transpose", ["kq"], "kt", perm=[0, 2, 1]),
         node("MatMulInteger", ["qq", "kt", "qz", "kz"], "p"),
         node("Cast", ["p"], "f", to=TensorProto.FLOAT),
         node("Mul", ["qs", "ks"], "s"), node("Mul", ["f", "s"], "y")],
        [handmade.weight("wq", 64, 43), handmade.weight("wk", 64, 43)],
        x=("batch", "seq", 64), y=("batch", "seq", "seq"))


@case(a=(64, 112), qb=(112, 64), masks=1)
def dynamic_range_with_padding():
    """cos(0) is 1, which could be the largest of all, so it is masked."""
    return model(
        [node("MatMul", ["x", "a"], "h"), node("Cos", ["h"], "c"),
         node("DynamicQuantizeLinear", ["c"], ["q", "s", "z"]),
         node("MatMulInteger", ["q", "qb", "z"], "p"),
         node("Cast", ["p"], "y", to=TensorProto.FLOAT)],
        [handmade.weight("a", 64, 107), bytes_of("qb", 107, 64)])


# -- Products of bytes --------------------------------------------------------


@case(exact=True, qa=(64, 112), sa=(112,), za=(112,), qb=(112, 64),
      holds={"qa": 100, "sa": 1, "za": 100, "qb": -5})
def qlinear_matmul():
    return model(
        [node("QuantizeLinear", ["x", "sx", "zx"], "qx"),
         node("QLinearMatMul", ["qx", "sx", "zx", "qa", "sa", "za", "sh",
                                "zh"], "h"),
         node("QLinearMatMul", ["h", "sh", "zh", "qb", "sb", "zb", "sh",
                                "zh"], "q"),
         node("DequantizeLinear", ["q", "sh", "zh"], "y")],
        [constant("sx", .02, np.float32), constant("zx", 128, np.uint8),
         bytes_of("qa", 64, 107), scales("sa", 107),
         constant("za", [100] * 107, np.uint8),
         constant("sh", .05, np.float32), constant("zh", 77, np.uint8),
         bytes_of("qb", 107, 64, dtype=np.int8), scales("sb"),
         constant("zb", -5, np.int8)])


@case(qa=(64, 112), sa=(112,), bias=(112,), qb=(112, 64),
      holds={"qa": 100, "sa": 1, "bias": 0, "qb": 9})
def integer_to_float():
    return model(
        [node("DynamicQuantizeLinear", ["x"], ["qx", "sx", "zx"]),
         contrib("MatMulIntegerToFloat",
                 ["qx", "qa", "sx", "sa", "zx", "za", "bias"], "h"),
         contrib("DynamicQuantizeMatMul", ["h", "qb", "sb", "zb"], "y")],
        [bytes_of("qa", 64, 107), scales("sa", 107),
         constant("za", 100, np.uint8), handmade.weight("bias", 107),
         bytes_of("qb", 107, 64), scales("sb", 64),
         constant("zb", [9] * 64, np.uint8)])


@case(exact=True, qa=(112, 64), c=(112,), qb=(112, 64), holds={"qa": -7, "c": 0, "qb": 0})
def qgemm():
    return model(
        [node("QuantizeLinear", ["x", "sx", "zx"], "qx"),
         contrib("QGemm", ["qx", "sx", "zx", "qa", "sa", "za", "c", "sh",
                           "zh"], "h", transB=1),
         contrib("QGemm", ["h", "sh", "zh", "qb", "sb", "zb"], "y")],
        [constant("sx", .02, np.float32), constant("zx", 128, np.uint8),
         bytes_of("qa", 107, 64, dtype=np.int8), scales("sa"),
         constant("za", -7, np.int8),
         constant("c", np.arange(107) * 10, np.int32),
         constant("sh", .05, np.float32), constant("zh", 77, np.uint8),
         bytes_of("qb", 107, 64, dtype=np.int8), scales("sb"),
         constant("zb", 0, np.int8)])


@case(qa=(64, 112), qb=(112, 64), holds={"qa": 300})
def sixteen_bits():
    """ONNX Runtime's own DequantizeLinear, from before ONNX had the type."""
    return low_rank(
        [bytes_of("qa", 64, 107, dtype=np.int16), scales("sa"),
         constant("za", 300, np.int16),
         bytes_of("qb", 107, 64, dtype=np.uint16), scales("sb"),
         constant("zb", 40000, np.uint16)],
        contrib("DequantizeLinear", ["qa", "sa", "za"], "a"),
        contrib("DequantizeLinear", ["qb", "sb", "zb"], "b"), opset=17)


@case(exact=True, qa=(64, 112), qg=(64, 112), qb=(112, 64),
      holds={"qa": -3, "qg": -3, "qb": 5})
def quantised_gates():
    """sigmoid(x @ a) * (x @ g) * leaky(x @ g) + x @ a, all in bytes."""
    def binary(op, a, b, y):
        return contrib(op, [a, "s", "z", b, "s", "z", "s", "z"], y)

    def product(x, w, y):
        return node("QLinearMatMul", [x, "s", "z", f"q{w}", "sw", f"z{w}",
                                      "s", "z"], y)

    return model(
        [node("QuantizeLinear", ["x", "s", "z"], "q"),
         product("q", "a", "ha"), product("q", "g", "hg"),
         contrib("QLinearSigmoid", ["ha", "s", "z", "s", "z"], "gate"),
         contrib("QLinearLeakyRelu", ["hg", "s", "z", "s", "z"], "leaky",
                 alpha=.5),
         binary("QLinearMul", "gate", "hg", "m"),
         binary("QLinearMul", "m", "leaky", "n"),
         binary("QLinearAdd", "n", "ha", "o"), product("o", "b", "p"),
         contrib("QLinearSoftmax", ["p", "s", "z", "s", "z"], "r", axis=-1,
                 opset=13),
         node("DequantizeLinear", ["r", "s", "z"], "y")],
        [constant("s", .05, np.float32), constant("z", 120, np.uint8),
         bytes_of("qa", 64, 107, dtype=np.int8),
         constant("za", -3, np.int8), constant("sw", 1e-3, np.float32),
         bytes_of("qg", 64, 107, dtype=np.int8),
         constant("zg", -3, np.int8),
         bytes_of("qb", 107, 64, dtype=np.int8), constant("zb", 5, np.int8)])


# -- Convolutions -------------------------------------------------------------


@case(exact=True, qa=(48, 16, 3, 3), sa=(48,), za=(48,), bias=(48,), qd=(48, 1, 3, 3),
      qb=(16, 48, 1, 1), holds={"qa": 0, "sa": 1, "bias": 0, "qd": 0})
def qlinear_conv():
    """A convolution, one of each channel, and one back."""
    def conv(x, w, y, *more, **attributes):
        return node("QLinearConv", [x, "s", "z", f"q{w}", f"s{w}", f"z{w}",
                                    "s", "z", *more], y, **attributes)

    return model(
        [node("QuantizeLinear", ["x", "s", "z"], "q"),
         conv("q", "a", "h", "bias"), conv("h", "d", "i", group=43),
         conv("i", "b", "j"), node("DequantizeLinear", ["j", "s", "z"], "y")],
        [constant("s", .05, np.float32), constant("z", 101, np.uint8),
         bytes_of("qa", 43, 16, 3, 3, dtype=np.int8), scales("sa", 43),
         constant("za", [0] * 43, np.int8),
         constant("bias", np.arange(43) * 10, np.int32),
         bytes_of("qd", 43, 1, 3, 3, dtype=np.int8), scales("sd"),
         constant("zd", 0, np.int8),
         bytes_of("qb", 16, 43, 1, 1, dtype=np.int8), scales("sb"),
         constant("zb", 0, np.int8)],
        x=("batch", 16, 9, 9), y=("batch", 16, 5, 5))


@case(exact=True, qa=(48, 16, 3, 3), qb=(48, 64), holds={"qa": 2, "qb": 0})
def quantised_pool():
    return model(
        [node("QuantizeLinear", ["x", "s", "z"], "q"),
         node("QLinearConv", ["q", "s", "z", "qa", "sw", "za", "s", "z"], "h"),
         contrib("QLinearGlobalAveragePool", ["h", "s", "z", "s", "z"], "g",
                 channels_last=0),
         node("Flatten", ["g"], "f"),
         node("QLinearMatMul", ["f", "s", "z", "qb", "sw", "zb", "s", "z"],
              "p"),
         node("DequantizeLinear", ["p", "s", "z"], "y")],
        [constant("s", .05, np.float32), constant("z", 90, np.uint8),
         bytes_of("qa", 43, 16, 3, 3, dtype=np.int8),
         constant("za", 2, np.int8), constant("sw", 1e-3, np.float32),
         bytes_of("qb", 43, 64, dtype=np.int8), constant("zb", 0, np.int8)],
        x=("batch", 16, 9, 9))


@case(wa=(48, 16, 3, 3), qb=(16, 48, 1, 1), holds={"qb": 60})
def conv_integer():
    return model(
        [node("Conv", ["x", "wa"], "h"),
         node("DynamicQuantizeLinear", ["h"], ["q", "s", "z"]),
         node("ConvInteger", ["q", "qb", "z", "zb"], "p"),
         node("Cast", ["p"], "f", to=TensorProto.FLOAT),
         node("Mul", ["f", "s"], "y")],
        [handmade.weight("wa", 43, 16, 3, 3), bytes_of("qb", 16, 43, 1, 1),
         constant("zb", 60, np.uint8)],
        x=("batch", 16, 9, 9), y=("batch", 16, 7, 7))


# -- Weights of few bits ------------------------------------------------------


def few_bits(k, n, bits=4, size=32, zero_points=None, width=None, more=()):
    """x @ first @ weight @ last, the weight k x n in blocks of K."""
    count = -(-k // size)
    weights = [handmade.weight("first", 64, k),
               bytes_of("q", n, count, size * bits // 8),
               scales("s", n, count), handmade.weight("last", n, 64)]
    if zero_points is not None:
        weights.append(zero_points(n, count))
    names = ["h", "q", "s", "z" if zero_points is not None else ""]
    return model(
        [node("MatMul", ["x", "first"], "h"),
         contrib("MatMulNBits", names[:3 if zero_points is None else 4], "g",
                 K=k, N=n, bits=bits, block_size=size),
         node("MatMul", ["g", "last"], "y")], weights)


@case(first=(64, 112), q=(64, 4, 16), s=(64, 4), last=(64, 64),
      holds={"q": 0x88, "s": 1})
def matmul_nbits():
    return few_bits(107, 61)


@case(first=(64, 112), q=(64, 4, 16), s=(64, 4), z=(64, 2), last=(64, 64),
      holds={"q": 0x88, "s": 1, "z": 0x88})
def matmul_nbits_with_zero_points():
    return few_bits(107, 61, zero_points=lambda n, count:
                    bytes_of("z", n, -(-count // 2)))


@case(strategy="predefined", first=(64, 64), q=(64, 4, 8), s=(64, 4),
      z=(64, 2), last=(64, 64), holds={"q": 0x88, "s": 1, "z": 0x88})
def matmul_nbits_with_more_blocks():
    return few_bits(40, 61, size=16, zero_points=lambda n, count:
                    bytes_of("z", n, -(-count // 2)))


@case(strategy="predefined", first=(64, 64), q=(64, 4, 16), s=(64, 4),
      z=(64, 4), last=(64, 64), holds={"q": 128, "s": 1, "z": 128})
def matmul_eight_bits_with_more_blocks():
    return few_bits(40, 61, bits=8, size=16, zero_points=lambda n, count:
                    bytes_of("z", n, count))


@case(first=(64, 112), q=(64, 4, 16), s=(64, 4), z=(64, 4), last=(64, 64),
      holds={"q": 0x88, "s": 1, "z": 8})
def matmul_nbits_with_zero_points_of_floats():
    return few_bits(107, 61, zero_points=lambda n, count: constant(
        "z", np.random.default_rng(3).uniform(6, 10, (n, count)), np.float32))


@case(first=(64, 112), q=(64, 4, 32), s=(64, 4), last=(64, 64),
      holds={"q": 128, "s": 1})
def matmul_eight_bits():
    return few_bits(107, 61, bits=8)


@case(first=(64, 107), q=(64, 4, 16), s=(256,), last=(64, 64),
      holds={"q": 0x88, "s": 1},
      blocked={"first:1": "has the scales of its blocks in one list"})
def matmul_nbits_with_flat_scales():
    built = few_bits(107, 61)
    for tensor in built.graph.initializer:
        if tensor.name == "s":
            tensor.CopyFrom(numpy_helper.from_array(
                numpy_helper.to_array(tensor).reshape(-1), "s"))
    return built


# -- Layers -------------------------------------------------------------------


def qattention(bias=0.0, zero=7):
    return model(
        [node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
         contrib("QAttention", ["q", "qkv", "bias", "s", "sw", "", "z", "zw"],
                 "h", num_heads=4, unidirectional=1),
         node("MatMul", ["h", "o"], "y")],
        [bytes_of("qkv", 64, 180), constant("sw", 1e-3, np.float32),
         constant("zw", zero, np.uint8),
         constant("bias", np.full(180, bias), np.float32),
         handmade.weight("o", 60, 64)],
        x=("batch", 5, 64), y=("batch", 5, 64))


@case(qkv=(64, 192), bias=(192,), o=(64, 64))
def attention_of_bytes():
    return qattention()


def gathered(bits, zero_points=None, width=60, rows=40, size=16):
    """A table of few bits, in blocks of its columns, behind ids."""
    per_byte = 8 // bits
    blocks = -(-width // size)
    weights = [bytes_of("qt", rows, width // per_byte),
               scales("st", rows, blocks), handmade.weight("last", width, 64)]
    if zero_points is not None:
        weights.append(constant(
            "zt", np.full((rows, -(-blocks // per_byte)), zero_points),
            np.uint8))
    operands = ["qt", "ids", "st"] + ["zt"] * (zero_points is not None)
    return model(
        [node("ArgMax", ["x"], "ids", axis=-1, keepdims=0),
         contrib("GatherBlockQuantized", operands, "h", bits=bits,
                 block_size=size, gather_axis=0, quantize_axis=1),
         node("MatMul", ["h", "last"], "y")], weights, x=("batch", 40))


@case(qt=(40, 32), st=(40, 4), last=(64, 64), holds={"qt": 0x88})
def gathered_rows_of_four_bits():
    return gathered(4)


@case(qt=(40, 56), st=(40, 4), last=(56, 64), holds={"qt": 128})
def gathered_rows_of_bytes():
    return gathered(8, width=51)


@case(qt=(40, 32), st=(40, 4), zt=(40, 2), last=(64, 64))
def gathered_rows_with_zero_points():
    return gathered(4, zero_points=0x37)
