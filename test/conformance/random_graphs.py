#===- random_graphs.py - Random models for the verifier -------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Graphs of layout, pointwise, norm, gather and product nodes of odd sizes, as
no exporter would write them and any might. The same seed gives the same graph.

Some nodes are opaque, as calls of functions and control flow are that reads
values of the graph around it; some outputs are one value twice.

Values stay of moderate size, so that errors of rounding stay small: what grows
is bounded by Tanh, and weights have the variance of one over their fan-in.
"""

import math

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SIZES = (3, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 18, 20, 21, 27, 28)
MAX_ELEMENTS = 6000
UNARY = ("Neg", "Abs", "Relu", "Sigmoid", "Tanh", "Cos", "Sin", "Softplus",
         "Identity", "Elu", "LeakyRelu", "Erf", "HardSigmoid")


def divisors(number):
    return [d for d in range(2, number) if number % d == 0]


class Builder:
    """A graph in the making: the shapes of its values, None for `seq`."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.opset = int(self.rng.choice([18, 20, 23]))
        self.nodes, self.weights = [], []
        self.shapes = {}

    # -- Pieces

    def pick(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def size(self):
        return int(self.rng.choice(SIZES))

    def weight(self, *shape, fan_in=1):
        name = f"w{len(self.weights)}"
        values = self.rng.standard_normal(shape) / math.sqrt(fan_in)
        self.weights.append(numpy_helper.from_array(
            np.asarray(values, np.float32), name))
        return name

    def integers(self, values):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(
            np.asarray(values, np.int64), name))
        return name

    def node(self, kind, inputs, *shapes, **attributes):
        outputs = [f"v{len(self.nodes)}_{i}" for i in range(len(shapes))]
        self.nodes.append(helper.make_node(
            kind, inputs, outputs, f"{kind}_{len(self.nodes)}", **attributes))
        for name, shape in zip(outputs, shapes):
            self.shapes[name] = tuple(shape)
        return outputs[0] if len(outputs) == 1 else outputs

    def value(self, suits=lambda shape: True):
        """A value, rather a late one; None if no shape suits."""
        names = [name for name, shape in self.shapes.items() if suits(shape)]
        if not names:
            return None
        late = int(len(names) * (1 - self.rng.random() ** 2))
        return names[min(late, len(names) - 1)]

    def axis(self, shape, suits=lambda size: True):
        """A static axis, None if there is none that suits."""
        axes = [i for i, size in enumerate(shape)
                if size is not None and suits(size)]
        return int(self.rng.choice(axes)) if axes else None

    # -- Steps: each adds nodes, or nothing where no value suits

    def matmul(self):
        x = self.value(lambda s: len(s) >= 2 and s[-1] is not None)
        if x is None:
            return
        width, made = self.shapes[x][-1], self.size()
        y = self.node("MatMul", [x, self.weight(width, made, fan_in=width)],
                      (*self.shapes[x][:-1], made))
        if self.rng.random() < 0.4:
            self.node("Add", [y, self.weight(made)], self.shapes[y])

    def quantised_matmul(self):
        """A weight in bytes, with a scale for all or for each column, and any
        zero point."""
        x = self.value(lambda s: len(s) >= 2 and s[-1] is not None)
        if x is None:
            return
        width, made = self.shapes[x][-1], self.size()
        scales = self.pick((), (made,))
        zero = self.rng.integers(0, 256, self.pick((), scales))
        zero = np.broadcast_to(zero, scales).astype(np.uint8)
        names = []
        for array in (self.rng.integers(0, 256, (width, made), np.uint8),
                      np.full(scales, 0.01 / math.sqrt(width), np.float32),
                      zero):
            names.append(f"w{len(self.weights)}")
            self.weights.append(numpy_helper.from_array(np.array(array),
                                                        names[-1]))
        weight = self.node("DequantizeLinear", names, (width, made), axis=1)
        self.node("MatMul", [x, weight], (*self.shapes[x][:-1], made))

    def gemm(self):
        x = self.value(lambda s: len(s) == 2 and s[-1] is not None)
        if x is None:
            return
        width, made = self.shapes[x][-1], self.size()
        flipped = bool(self.rng.integers(2))
        shape = (made, width) if flipped else (width, made)
        self.node("Gemm", [x, self.weight(*shape, fan_in=width),
                           self.weight(made)],
                  (self.shapes[x][0], made), transB=int(flipped))

    def unary(self):
        x = self.value()
        self.node(self.pick(*UNARY), [x], self.shapes[x])

    def scale(self):
        x = self.value(lambda s: s and s[-1] is not None)
        if x is not None:
            shape = self.pick((self.shapes[x][-1],), (1,), ())
            kind = self.pick("Add", "Sub", "Mul", "Max")
            self.node(kind, [x, self.weight(*shape)], self.shapes[x])

    def binary(self):
        x = self.value()
        y = self.value(lambda s: s == self.shapes[x])
        bounded = self.node("Tanh", [y], self.shapes[y])
        self.node(self.pick("Add", "Mul", "Sub"), [x, bounded], self.shapes[x])

    def where(self):
        x = self.value(lambda s: s and s[-1] is not None)
        if x is None:
            return
        mask = self.rng.integers(0, 2, self.shapes[x][-1]).astype(bool)
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(mask, name))
        self.node("Where", [name, x, self.weight()], self.shapes[x])

    def transpose(self):
        x = self.value(lambda s: len(s) >= 2)
        if x is not None:
            perm = [int(i) for i in
                    self.rng.permutation(len(self.shapes[x]))]
            self.node("Transpose", [x], [self.shapes[x][i] for i in perm],
                      perm=perm)

    def reshape_to(self, x, shape):
        self.node("Reshape", [x, self.integers(
            [-1 if size is None else size for size in shape])], shape)

    def split_axis(self):
        x = self.value(lambda s: len(s) < 5)
        axis = self.axis(self.shapes[x], divisors)
        if axis is not None:
            outer = int(self.rng.choice(divisors(self.shapes[x][axis])))
            shape = list(self.shapes[x])
            shape[axis:axis + 1] = [outer, shape[axis] // outer]
            self.reshape_to(x, shape)

    def merge_axes(self):
        x = self.value(lambda s: any(
            a is not None and b is not None for a, b in zip(s, s[1:])))
        if x is not None:
            shape = list(self.shapes[x])
            axis = int(self.rng.choice([
                i for i in range(len(shape) - 1)
                if shape[i] is not None and shape[i + 1] is not None]))
            shape[axis:axis + 2] = [shape[axis] * shape[axis + 1]]
            self.reshape_to(x, shape)

    def unsqueeze(self):
        x = self.value(lambda s: len(s) < 5)
        axis = int(self.rng.integers(len(self.shapes[x]) + 1))
        shape = list(self.shapes[x])
        shape.insert(axis, 1)
        made = self.node("Unsqueeze", [x, self.integers([axis])], shape)
        if self.rng.random() < 0.5:
            copies = int(self.pick(2, 3))
            target = [1] * len(shape)
            target[axis] = copies
            shape[axis] = copies
            self.node(self.pick("Expand", "Tile"),
                      [made, self.integers(target)], shape)

    def slice(self):
        x = self.value()
        axis = self.axis(self.shapes[x], lambda size: size > 3)
        if axis is None:
            return
        size = self.shapes[x][axis]
        begin = int(self.rng.integers(size - 2))
        end = int(self.rng.integers(begin + 1, size + 1))
        step = 2 if self.rng.random() < 0.15 else 1
        shape = list(self.shapes[x])
        shape[axis] = -(-(end - begin) // step)
        self.node("Slice", [x, self.integers([begin]), self.integers([end]),
                            self.integers([axis]), self.integers([step])],
                  shape)

    def split(self):
        x = self.value()
        axis = self.axis(self.shapes[x], lambda size: size > 3)
        if axis is None:
            return
        size = self.shapes[x][axis]
        cut = int(self.rng.integers(1, size))
        shapes = [list(self.shapes[x]) for _ in range(2)]
        shapes[0][axis], shapes[1][axis] = cut, size - cut
        parts = self.node("Split", [x, self.integers([cut, size - cut])],
                          *shapes, axis=axis)
        if self.rng.random() < 0.5:
            # Rotated as by rotary embedding, or as it was.
            order = self.pick((0, 1), (1, 0))
            self.node("Concat", [parts[i] for i in order], self.shapes[x],
                      axis=axis)

    def concat(self):
        x = self.value(lambda s: s)
        if x is None:
            return
        shape = self.shapes[x]
        axis = self.axis(shape)
        if axis is None:
            return
        y = self.value(lambda s: len(s) == len(shape) and s[axis] is not None
                       and all(i == axis or a == b
                               for i, (a, b) in enumerate(zip(s, shape))))
        both = list(shape)
        both[axis] += self.shapes[y][axis]
        self.node("Concat", [x, y], both, axis=axis)

    def softmax(self):
        x = self.value(lambda s: s)
        axis = self.axis(self.shapes[x])
        if axis is not None:
            self.node("Softmax", [x], self.shapes[x], axis=axis)

    def reduce(self):
        x = self.value(lambda s: len(s) >= 2)
        if x is None:
            return
        fixed = [axis for axis, size in enumerate(self.shapes[x])
                 if size is not None]
        if not fixed:
            return
        axes = sorted(self.rng.permutation(fixed)[:self.rng.integers(1, 3)])
        keep = bool(self.rng.integers(2))
        shape = [1 if axis in axes else size
                 for axis, size in enumerate(self.shapes[x])
                 if keep or axis not in axes]
        kind = self.pick("ReduceMean", "ReduceSum", "ReduceMax", "ReduceL2")
        made = self.node(kind, [x, self.integers([int(axis) for axis in axes])],
                         shape, keepdims=int(keep))
        if keep and self.rng.random() < 0.7:
            self.node("Sub", [x, made], self.shapes[x])

    def norm(self):
        x = self.value(lambda s: s and s[-1] is not None and s[-1] > 2)
        if x is None:
            return
        width = self.shapes[x][-1]
        if self.opset >= 23 and self.rng.random() < 0.6:
            self.node("RMSNormalization", [x, self.weight(width)],
                      self.shapes[x], axis=-1, epsilon=1e-2)
        else:
            self.node("LayerNormalization",
                      [x, self.weight(width), self.weight(width)],
                      self.shapes[x], axis=-1, epsilon=1e-2)

    def rms_norm(self):
        """Written out."""
        x = self.value(lambda s: s and s[-1] is not None and s[-1] > 2)
        if x is None:
            return
        shape = self.shapes[x]
        rest = (*shape[:-1], 1)
        square = self.node("Mul", [x, x], shape)
        mean = self.node("ReduceMean", [square, self.integers([-1])], rest,
                         keepdims=1)
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.float32(1e-2), name))
        root = self.node("Sqrt", [self.node("Add", [mean, name], rest)], rest)
        normal = self.node("Div", [x, root], shape)
        self.node("Mul", [normal, self.weight(shape[-1])], shape)

    def products(self):
        """A product of two activations."""
        x = self.value(lambda s: len(s) >= 2 and None not in s[-2:])
        if x is None:
            return
        shape = self.shapes[x]
        y = self.value(lambda s: s == shape)
        perm = [*range(len(shape) - 2), len(shape) - 1, len(shape) - 2]
        turned = self.node("Transpose", [self.node("Tanh", [y], shape)],
                           [shape[i] for i in perm], perm=perm)
        scale = self.node("Mul", [x, self.weight()], shape)
        self.node("MatMul", [scale, turned], (*shape[:-1], shape[-2]))

    def gather(self):
        x = self.value(lambda s: s and s[0] is not None)
        if x is None:
            return
        rows = self.rng.integers(0, self.shapes[x][0], 4)
        self.node("Gather", [x, self.integers(rows)],
                  (4, *self.shapes[x][1:]), axis=0)

    def opaque(self):
        """A call of a function of the model: nothing is known of it."""
        x = self.value()
        self.node("Bend", [x], self.shapes[x], domain="random")

    def capture(self):
        """Control flow, of which both branches read a value by its name, or a
        loop of two rounds, of which each does."""
        x = self.value()
        shape, name = self.shapes[x], f"c{len(self.nodes)}"
        made = helper.make_tensor_value_info(
            f"{name}_out", TensorProto.FLOAT,
            ["seq" if size is None else size for size in shape])

        def graph(kind):
            node = helper.make_node(kind, [x], [made.name], f"{name}_{kind}")
            return helper.make_graph([node], f"{name}_{kind}", [], [made])

        yes = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(True), yes))
        if self.rng.random() < 0.5:
            self.node("If", [yes], shape, then_branch=graph("Sin"),
                      else_branch=graph("Neg"))
            return
        rounds = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(2), rounds))
        go = [helper.make_tensor_value_info(f"{name}_{kind}", TensorProto.BOOL,
                                            []) for kind in ("go", "on")]
        body = graph("Sin")
        body.input.extend([helper.make_tensor_value_info(
            f"{name}_i", TensorProto.INT64, []), go[0]])
        body.output.insert(0, go[1])
        body.node.append(helper.make_node("Identity", [go[0].name],
                                          [go[1].name]))
        self.node("Loop", [rounds, yes], (2, *shape), body=body)

    def group_norm(self):
        """Of an axis in groups: as a view of them, and as one node."""
        x = self.value(lambda s: len(s) in (3, 4) and s[1] is not None
                       and divisors(s[1]))
        if x is None:
            return
        shape = self.shapes[x]
        groups = int(self.rng.choice(divisors(shape[1])))
        if self.opset >= 21:
            self.node("GroupNormalization",
                      [x, self.weight(shape[1]), self.weight(shape[1])], shape,
                      num_groups=groups, epsilon=1e-2)
            return
        seen = (shape[0], groups, None)
        if None not in shape[2:]:
            seen = (*seen[:2], math.prod(shape[1:]) // groups)
        view = self.node("Reshape", [x, self.integers([0, groups, -1])], seen)
        ones, zeros = self.constant(np.ones(groups)), self.constant(
            np.zeros(groups))
        normal = self.node("InstanceNormalization", [view, ones, zeros], seen,
                           epsilon=1e-2)
        # What is a view is no operand of other steps, where its size is None.
        back = self.node("Reshape", [normal, self.node(
            "Shape", [x], (len(shape),))], shape)
        for name in list(self.shapes):
            if name in (view, normal) or name == self.nodes[-2].output[0]:
                del self.shapes[name]
        ends = (shape[1], *[1] * (len(shape) - 2))
        self.node("Mul", [back, self.weight(*ends)], shape)

    def constant(self, values):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(
            np.asarray(values, np.float32), name))
        return name

    def cumulate(self):
        x = self.value(lambda s: s)
        axis = self.axis(self.shapes[x])
        if axis is None:
            return
        bounded = self.node("Tanh", [x], self.shapes[x])
        total = self.node("CumSum", [bounded, self.integer(axis)],
                          self.shapes[x], exclusive=int(self.pick(0, 1)),
                          reverse=int(self.pick(0, 1)))
        self.node("Mul", [total, self.weight(fan_in=self.shapes[x][axis] ** 2)],
                  self.shapes[x])

    def integer(self, value):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(value, np.int64),
                                                    name))
        return name

    def triangle(self):
        x = self.value(lambda s: len(s) >= 2)
        if x is not None:
            self.node("Trilu", [x, self.integer(self.pick(-1, 0, 2))],
                      self.shapes[x], upper=int(self.pick(0, 1)))

    def blocks(self):
        """Channels to space, after copies of them if need be, or back."""
        x = self.value(lambda s: len(s) == 4 and None not in s[1:])
        if x is None:
            return
        n, c, h, w = self.shapes[x]
        if h % 2 == 0 and w % 2 == 0:
            self.node("SpaceToDepth", [x], (n, 4 * c, h // 2, w // 2),
                      blocksize=2)
            return
        if c % 4:
            c *= 4
            x = self.node("Concat", [x] * 4, (n, c, h, w), axis=1)
        self.node("DepthToSpace", [x], (n, c // 4, 2 * h, 2 * w), blocksize=2,
                  mode=self.pick("DCR", "CRD"))

    def window(self):
        """A convolution or a pool, which makes as much space as it finds."""
        x = self.value(lambda s: len(s) in (3, 4) and None not in s[1:]
                       and min(s[2:]) > 1)
        if x is None:
            return
        n, c, *space = self.shapes[x]
        width, stride, pad = self.pick(2, 3), self.pick(1, 2), self.pick(0, 1)
        made = [(size + 2 * pad - width) // stride + 1 for size in space]
        if min(made) < 1:
            return
        rank = len(space)
        sizes = {"kernel_shape": [width] * rank, "strides": [stride] * rank,
                 "pads": [pad] * 2 * rank}
        if self.rng.random() < 0.3:
            self.node(self.pick("AveragePool", "MaxPool"), [x], (n, c, *made),
                      **sizes)
            return
        out = self.size()
        weight = self.weight(out, c, *[width] * rank, fan_in=c * width ** rank)
        self.node("Conv", [x, weight], (n, out, *made), **sizes)

    def no_dropout(self):
        x = self.value()
        self.node("Dropout", [x], self.shapes[x])

    STEPS = {"matmul": 5, "quantised_matmul": 1, "gemm": 1, "unary": 3,
             "scale": 2, "binary": 2, "where": 1, "transpose": 2,
             "split_axis": 4, "merge_axes": 4, "unsqueeze": 1, "slice": 2,
             "split": 2, "concat": 3, "softmax": 1, "reduce": 1, "norm": 1,
             "rms_norm": 1, "products": 1, "gather": 1,
             "opaque": 1, "capture": 1,
             "group_norm": 2, "cumulate": 1, "triangle": 1, "blocks": 2,
             "window": 3, "no_dropout": 1}

    def elements(self, name):
        return math.prod(size or 9 for size in self.shapes[name])

    def build(self, steps):
        self.shapes["x"] = (None, self.size())
        self.shapes["z"] = (2, self.size(), self.size())
        names = list(self.STEPS)
        odds = np.array([self.STEPS[name] for name in names], float)
        for _ in range(steps):
            step = names[self.rng.choice(len(names), p=odds / odds.sum())]
            getattr(self, step)()
            # What has grown too big is no operand of further steps.
            for name in [name for name in self.shapes
                         if self.elements(name) > MAX_ELEMENTS]:
                del self.shapes[name]


def build(seed, steps=14):
    """A model with the inputs x [seq, n] and z [2, n, m]; what nothing reads is
    an output, of which half pass a last product first."""
    builder = Builder(seed)
    builder.build(steps)
    read = {name for node in builder.nodes for name in node.input}
    outputs = []
    for name in [name for name in builder.shapes if name not in read]:
        shape = builder.shapes[name]
        if len(shape) >= 2 and shape[-1] is not None and seed % 4:
            name = builder.node(
                "MatMul", [name, builder.weight(shape[-1], 8,
                                                fan_in=shape[-1])],
                (*shape[:-1], 8))
        outputs.append(name)
        again = builder.rng.random()
        if again < 0.2:
            outputs.append(builder.node("Identity", [name],
                                        builder.shapes[name]))
        elif again < 0.3:
            outputs.append(name)

    def declare(name):
        return helper.make_tensor_value_info(
            name, TensorProto.FLOAT,
            ["seq" if size is None else size
             for size in builder.shapes[name]])

    graph = helper.make_graph(
        builder.nodes, f"random_{seed}",
        [declare(name) for name in ("x", "z") if name in builder.shapes],
        [declare(name) for name in outputs if name not in ("x", "z")],
        initializer=builder.weights)
    imports = [helper.make_opsetid("", builder.opset)]
    bend = helper.make_function(
        "random", "Bend", ["a"], ["b"],
        [helper.make_node("Sin", ["a"], ["b"])], imports)
    return helper.make_model(
        graph, ir_version=10, functions=[bend],
        opset_imports=[*imports, helper.make_opsetid("random", 1)])
