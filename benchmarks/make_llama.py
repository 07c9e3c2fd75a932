#!/usr/bin/env python3
#===- make_llama.py - A compressed Llama of full size, without torch ------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Writes a low-rank Llama with the geometry of Llama-3-8B, 11 GB at 32 layers.

    make_llama.py OUT.onnx                       zeros that take no disk space
    make_llama.py OUT.onnx --weights random      11 GB on the disk
    make_llama.py OUT.onnx --inline --layers 4 --vocabulary 36000

The graph is what torch.onnx.export makes of Hugging Face's Llama at its
default opset, node by node: the mask computed from shapes, norms, rotations
and attention as primitive ops, weights as [in, out]. Every linear layer of a
block is a pair of ASVD, of a rank between .4 and .9 of the dense parameters.
All weights lie in OUT.onnx.data at page offsets, as the exporter writes them,
or with --inline in the model itself. Stack traces are all that is missing.
"""

import argparse
import pathlib
import random

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PAGE = 4096
POOL = 1 << 22
RATIOS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
ELEMENT_TYPES = {"float16": TensorProto.FLOAT16,
                 "bfloat16": TensorProto.BFLOAT16,
                 "float32": TensorProto.FLOAT}
INT64_MIN, INT64_MAX = -2**63, 2**63 - 1


class GraphBuilder:
    """Appends nodes in order, named after their result as the exporter does,
    shares equal constants, and lists the weights without their data."""

    def __init__(self, element_type):
        self.element_type = element_type
        self.nodes, self.constants, self.weights = [], {}, []
        self.scope = []

    def op(self, op_type, *operands, **attributes):
        result = f"val_{len(self.nodes)}"
        node = helper.make_node(op_type, operands, [result],
                                f"node_{op_type}_{len(self.nodes)}",
                                **attributes)
        path = [".".join(self.scope[:depth])
                for depth in range(len(self.scope) + 1)]
        node.metadata_props.add(key="namespace", value="/".join(path))
        node.metadata_props.add(key="pkg.torch.onnx.name_scopes",
                                value=str(path + [result]))
        self.nodes.append(node)
        return result

    def constant(self, value, dtype=np.int64):
        array = np.asarray(value, dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            self.constants[key] = numpy_helper.from_array(
                array, f"const_{len(self.constants)}")
        return self.constants[key].name

    def number(self, value):
        """A scalar in the model's own element type."""
        dtype = helper.tensor_dtype_to_np_dtype(self.element_type)
        return self.constant(value, dtype)

    def weight(self, name, *shape):
        full = ".".join([*self.scope, name])
        self.weights.append((full, shape))
        return full

    def linear(self, name, x, inputs, outputs, rank=None):
        if rank is None:
            return self.op("MatMul", x,
                           self.weight(f"{name}.weight", inputs, outputs))
        narrow = self.op("MatMul", x, self.weight(f"{name}.BLinear.weight",
                                                  inputs, rank))
        return self.op("MatMul", narrow, self.weight(f"{name}.ALinear.weight",
                                                     rank, outputs))

    def widen(self, x):
        """To float32 for what the exporter computes there."""
        if self.element_type == TensorProto.FLOAT:
            return x
        return self.op("Cast", x, to=TensorProto.FLOAT)

    def narrow(self, x):
        if self.element_type == TensorProto.FLOAT:
            return x
        return self.op("Cast", x, to=self.element_type)


class Llama:
    def __init__(self, geometry, build):
        self.g, self.b = geometry, build
        self.ranks = random.Random(geometry.seed)
        self.head_dim = geometry.hidden // geometry.heads

    def vector(self, *values):
        return self.b.constant(list(values))

    def pair(self, name, x, inputs, outputs):
        ratio = self.ranks.choice(RATIOS)
        rank = int(inputs * outputs * ratio) // (inputs + outputs)
        return self.b.linear(name, x, inputs, outputs, rank)

    def grid(self, mask_index, rows, columns):
        """Indices into a [batch, seq] tensor at every place of a grid."""
        op = self.b.op
        shape = op("Shape", op("Max", rows, columns), start=0)
        last = self.vector(-1)
        return op("Concat", op("Unsqueeze", op("Expand", rows, shape), last),
                  op("Unsqueeze", op("Expand", columns, shape), last), axis=-1)

    def causal_mask(self, batch, seq, count, positions, expanded):
        """True where a query may see a key: not later, and in the same packed
        sequence, which is told from jumps of the positions."""
        op, vector = self.b.op, self.vector
        zero, one = self.b.constant(0), self.b.constant(1)
        first, second, last = vector(0), vector(1), vector(-1)
        before = op("Sub", op("Slice", expanded, first, second, second, second),
                    one)
        padded = op("Concat", before, expanded, axis=-1)
        end = op("Reshape", op("Add", one, count), last, allowzero=0)
        jump = op("Sub", op("Slice", padded, second, end, last, second),
                  op("Slice", padded, first, seq, last, second))
        starts = op("Cast", op("Not", op("Equal", jump, one)),
                    to=TensorProto.INT64)
        sequence = op("CumSum", starts, self.b.constant(-1), exclusive=0,
                      reverse=0)
        rows = op("Range", zero, op("Squeeze", batch), one)
        rows = op("Unsqueeze", op("Unsqueeze", rows, vector(1, 2)), vector(3))
        columns = op("Unsqueeze", positions, vector(0, 1))
        queries = self.grid(sequence, rows,
                            op("Unsqueeze", columns, vector(3)))
        keys = self.grid(sequence, rows, op("Unsqueeze", columns, vector(2)))
        same = op("Equal", op("GatherND", sequence, queries, batch_dims=0),
                  op("GatherND", sequence, keys, batch_dims=0))
        same = op("And", self.b.constant(True, np.bool_), same)
        earlier = op("LessOrEqual", op("GatherND", expanded, keys,
                                       batch_dims=0),
                     op("GatherND", expanded, queries, batch_dims=0))
        return op("And", same, earlier)

    def rotation(self, positions):
        op = self.b.op
        half = np.arange(0, self.head_dim, 2, dtype=np.float32) / self.head_dim
        frequencies = self.b.constant(
            np.float32(500000.0) ** -half, np.float32)
        angle = op("Cast", op("Unsqueeze", positions, self.vector(2)),
                   to=TensorProto.FLOAT)
        angle = op("Mul", angle, frequencies)
        angle = op("Concat", angle, angle, axis=-1)
        waves = [self.b.narrow(op(wave, angle)) for wave in ("Cos", "Sin")]
        return [op("Unsqueeze", wave, self.vector(1)) for wave in waves]

    def norm(self, name, x):
        op, wide = self.b.op, self.b.widen(x)
        square = op("Pow", wide, self.b.constant(2.0, np.float32))
        mean = op("ReduceMean", square, self.vector(-1), keepdims=1,
                  noop_with_empty_axes=0)
        mean = op("Add", mean, self.b.constant(1e-6, np.float32))
        scaled = op("Mul", wide, op("Reciprocal", op("Sqrt", mean)))
        return op("Mul", self.b.weight(f"{name}.weight", self.g.hidden),
                  self.b.narrow(scaled))

    def heads_of(self, x, shape):
        return self.b.op("Transpose", self.b.op("Reshape", x, shape,
                                                allowzero=1),
                         perm=[0, 2, 1, 3])

    def rotate(self, x, cos, sin):
        op, vector, middle = self.b.op, self.vector, self.head_dim // 2
        low = op("Slice", x, vector(0), vector(middle), vector(3), vector(1))
        high = op("Slice", x, vector(middle), vector(INT64_MAX), vector(3),
                  vector(1))
        turned = op("Concat", op("Neg", high), low, axis=-1)
        return op("Add", op("Mul", x, cos), op("Mul", turned, sin))

    def repeat(self, x, grouped, merged):
        x = self.b.op("Expand", self.b.op("Unsqueeze", x, self.vector(2)),
                      grouped)
        return self.b.op("Reshape", x, merged, allowzero=1)

    def transposed_keys(self, keys):
        """The last two axes exchanged, by way of three, as the exporter does
        for a rank that it does not assume."""
        op, vector = self.b.op, self.vector
        shape = op("Shape", keys, start=0)
        width = op("Slice", shape, vector(-1), vector(INT64_MAX))
        length = op("Slice", shape, vector(-2), vector(-1))
        outer = op("Slice", shape, vector(INT64_MIN), vector(-2))
        flat = op("Reshape", keys, op("Concat", vector(-1), length, width,
                                      axis=0), allowzero=0)
        return op("Reshape", op("Transpose", flat, perm=[0, 2, 1]),
                  op("Concat", outer, width, length, axis=0), allowzero=0)

    def attention(self, x, mask, rotation, shapes):
        op, g = self.b.op, self.g
        kv_width = g.kv_heads * self.head_dim
        query, key, value = (
            self.heads_of(self.pair(f"{name}_proj", x, g.hidden, width),
                          shapes["heads"])
            for name, width in (("q", g.hidden), ("k", kv_width),
                                ("v", kv_width)))
        query, key = self.rotate(query, *rotation), self.rotate(key, *rotation)
        key, value = (self.repeat(part, shapes["grouped"], shapes["merged"])
                      for part in (key, value))
        scale = self.b.number(self.head_dim ** -0.25)
        zero = self.b.number(0)
        scores = op("MatMul", op("Mul", query, scale),
                    op("Mul", self.transposed_keys(key), scale))
        weights = op("Softmax", op("Add", scores, mask), axis=-1)
        weights = op("Where", op("IsNaN", weights), zero, weights)
        mixed = op("Transpose", op("MatMul", weights, value),
                   perm=[0, 2, 1, 3])
        mixed = op("Reshape", mixed, shapes["flat"], allowzero=1)
        return self.pair("o_proj", mixed, g.hidden, g.hidden)

    def mlp(self, x):
        op, g = self.b.op, self.g
        gate = self.pair("gate_proj", x, g.hidden, g.mlp)
        gate = op("Mul", gate, op("Sigmoid", gate))
        up = self.pair("up_proj", x, g.hidden, g.mlp)
        return self.pair("down_proj", op("Mul", gate, up), g.mlp, g.hidden)

    def graph(self):
        op, vector, g, scope = self.b.op, self.vector, self.g, self.b.scope
        batch = op("Shape", "input_ids", start=0, end=1)
        seq = op("Shape", "input_ids", start=1, end=2)
        scope.append("model")
        x = op("Gather", self.b.weight("embed_tokens.weight", g.vocabulary,
                                       g.hidden), "input_ids", axis=0)
        count = op("Squeeze", seq)
        arange = op("Range", self.b.constant(0), count, self.b.constant(1))
        positions = op("Unsqueeze", arange, vector(0))
        expanded = op("Expand", positions,
                      op("Concat", batch, vector(1), axis=0))
        visible = self.causal_mask(batch, seq, count, arange, expanded)
        rotation = self.rotation(positions)
        lowest = float(np.finfo(np.float16).min
                       if self.b.element_type == TensorProto.FLOAT16
                       else -3.38e38)
        mask = op("Where", visible, self.b.number(0), self.b.number(lowest))
        width, rest = vector(self.head_dim), vector(-1)
        shapes = {
            "heads": op("Concat", batch, seq, rest, width, axis=0),
            "grouped": op("Concat", batch, vector(g.kv_heads),
                          vector(g.heads // g.kv_heads), seq, width, axis=0),
            "merged": op("Concat", batch, vector(g.heads), seq, width, axis=0),
            "flat": op("Concat", batch, seq, rest, axis=0),
        }
        for layer in range(g.layers):
            scope.append(f"layers.{layer}")
            normed = self.norm("input_layernorm", x)
            scope.append("self_attn")
            attended = self.attention(normed, mask, rotation, shapes)
            scope.pop()
            x = op("Add", x, attended)
            normed = self.norm("post_attention_layernorm", x)
            scope.append("mlp")
            widened = self.mlp(normed)
            scope.pop()
            x = op("Add", x, widened)
            scope.pop()
        x = self.norm("norm", x)
        scope.pop()
        self.b.linear("lm_head", x, g.hidden, g.vocabulary)
        self.b.nodes[-1].output[0] = "logits"
        return self.b.nodes


def blocks(name, count, shape, dtype, seed, sparse):
    """The tensor's bytes in blocks. Random ones come from a pool that all
    tensors share, each from its own place on: fast, and no two blocks of a
    tensor line up with its rows."""
    if sparse:
        pool, start = np.zeros(POOL, dtype), 0
    else:
        rng = np.random.default_rng(seed)
        pool = rng.standard_normal(POOL, np.float32)
        if len(shape) > 1:
            pool *= shape[0] ** -0.5
        pool = pool.astype(dtype)
        start = random.Random(name).randrange(POOL)
    while count:
        piece = pool[start:start + count]
        yield piece.tobytes()
        count -= piece.size
        start = 0


def build(geometry):
    """(model without weights, names and shapes of the weights)"""
    element_type = ELEMENT_TYPES[geometry.dtype]
    builder = GraphBuilder(element_type)
    nodes = Llama(geometry, builder).graph()
    graph = helper.make_graph(
        nodes, "main_graph",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64,
                                       ["batch", "seq"])],
        [helper.make_tensor_value_info("logits", element_type,
                                       ["batch", "seq", geometry.vocabulary])],
        initializer=builder.constants.values())
    model = helper.make_model(graph, ir_version=10,
                              opset_imports=[helper.make_opsetid("", 20)],
                              producer_name="make_llama")
    for name, shape in builder.weights:
        tensor = model.graph.initializer.add(name=name, dims=shape,
                                             data_type=element_type)
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="-")
    # Declares every value's shape, as the exporter does. Only shapes of weights
    # matter, so their data may be missing.
    model = onnx.shape_inference.infer_shapes(model, data_prop=True)
    return model, builder.weights


def write(model, weights, options):
    dtype = helper.tensor_dtype_to_np_dtype(ELEMENT_TYPES[options.dtype])
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    data = options.output.with_name(options.output.name + ".data")
    sparse = options.weights == "sparse"
    total = 0
    with open("/dev/null" if options.inline else data, "wb") as file:
        offset = 0
        for name, shape in weights:
            tensor = tensors[name]
            count = int(np.prod(shape, dtype=np.int64))
            length = count * dtype.itemsize
            tensor.ClearField("external_data")
            values = blocks(name, count, shape, dtype, options.seed, sparse)
            if options.inline:
                tensor.ClearField("data_location")
                tensor.raw_data = b"".join(values)
            else:
                for key, entry in (("location", data.name), ("offset", offset),
                                   ("length", length)):
                    tensor.external_data.add(key=key, value=str(entry))
                if not sparse:
                    file.seek(offset)
                    for block in values:
                        file.write(block)
                offset = -(-(offset + length) // PAGE) * PAGE
            total += length
        if not options.inline:
            file.truncate(offset)
    options.output.write_bytes(model.SerializeToString())
    return total


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path, metavar="OUT.onnx")
    parser.add_argument("--weights", choices=("sparse", "random"),
                        default="sparse", help="(default: %(default)s)")
    parser.add_argument("--dtype", choices=ELEMENT_TYPES, default="float16",
                        help="(default: %(default)s)")
    parser.add_argument("--inline", action="store_true",
                        help="keep the weights in the model, below 2 GB")
    for name, default, what in (
            ("layers", 32, "blocks"), ("hidden", 4096, "residual width"),
            ("mlp", 14336, "MLP width"), ("heads", 32, "query heads"),
            ("kv-heads", 8, "key and value heads"),
            ("vocabulary", 128256, "tokens"),
            ("seed", 0, "of ranks and weights")):
        parser.add_argument(f"--{name}", type=int, default=default,
                            metavar="N", help=f"{what} (default: {default})")
    options = parser.parse_args()
    model, weights = build(options)
    total = write(model, weights, options)
    print(f"{options.output}: {len(model.graph.node)} nodes, "
          f"{len(model.graph.initializer)} initializers, {total / 1e9:.2f} GB "
          f"of {options.weights} weights, "
          f"{'inline' if options.inline else 'external'}")


if __name__ == "__main__":
    main()
