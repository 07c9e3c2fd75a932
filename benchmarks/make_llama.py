#!/usr/bin/env python3
#===- make_llama.py - A compressed Llama of full size, without torch ------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Writes a compressed Llama of Llama-3-8B's geometry, 11 GB at 32 layers.

    make_llama.py OUT.onnx                       zeros that take no disk space
    make_llama.py OUT.onnx --weights random      11 GB on the disk
    make_llama.py OUT.onnx --inline --layers 4 --vocabulary 36000
    make_llama.py OUT.onnx --weights none --body --past --variant prune

The graph is what torch.onnx.export makes of Hugging Face's Llama at its
default opset, node by node: the mask computed from shapes, norms, rotations
and attention as primitive ops, weights as [in, out], or with --transposed as
PyTorch has them, [out, in], each behind a Transpose. Variants: asvd, in which
every linear layer of a block is a pair of a rank between .4 and .9 of the dense
parameters; prune, in which every MLP has a width of its own; and dense. --past
takes keys and values of earlier positions and returns all. --body leaves out
embedding and output head: vectors in, vectors out.

All weights lie in OUT.onnx.data at page offsets, as the exporter writes them,
or with --inline in the model itself, or with --weights none nowhere: gac's
--graph-only does not look for that file. Stack traces are all that is missing.
"""

import argparse
import dataclasses
import pathlib
import random

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import llama_config

PAGE = 4096
POOL = 1 << 22
ELEMENT_TYPES = {"float16": TensorProto.FLOAT16,
                 "bfloat16": TensorProto.BFLOAT16,
                 "float32": TensorProto.FLOAT}
INT64_MIN, INT64_MAX = -2**63, 2**63 - 1


class GraphBuilder:
    """Appends nodes in order, named after their result as the exporter does,
    shares equal constants, and lists the weights without their data."""

    def __init__(self, element_type, transposed):
        self.element_type, self.transposed = element_type, transposed
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

    def product(self, name, x, inputs, outputs):
        if not self.transposed:
            return self.op("MatMul", x, self.weight(name, inputs, outputs))
        weight = self.weight(name, outputs, inputs)
        return self.op("MatMul", x, self.op("Transpose", weight, perm=[1, 0]))

    def linear(self, name, x, inputs, outputs, rank=None):
        if rank is None:
            return self.product(f"{name}.weight", x, inputs, outputs)
        narrow = self.product(f"{name}.BLinear.weight", x, inputs, rank)
        return self.product(f"{name}.ALinear.weight", narrow, rank, outputs)

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
    def __init__(self, config, build):
        self.c, self.b = config, build
        self.head_dim = config.head_dim

    def vector(self, *values):
        return self.b.constant(list(values))

    def linear(self, name, x, block):
        inputs, outputs = self.c.linears(block["mlp"])[name]
        return self.b.linear(name, x, inputs, outputs, block[name])

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

    def cached_mask(self, batch, seq, total, queries, count):
        """The same with a cache, whose positions are known to have no jumps."""
        op, vector = self.b.op, self.vector
        queries = op("Unsqueeze", op("Unsqueeze", queries, vector(0, 1)),
                     vector(3))
        keys = op("Range", self.b.constant(0), count, self.b.constant(1))
        keys = op("Unsqueeze", op("Unsqueeze", keys, vector(0, 1)), vector(2))
        return op("Expand", op("LessOrEqual", keys, queries),
                  op("Concat", batch, vector(1), seq, total, axis=0))

    def rotation(self, positions):
        """Cosines and sines at positions [1, seq, 1]."""
        op = self.b.op
        frequencies = self.b.constant(self.c.frequencies(), np.float32)
        angle = op("Mul", op("Cast", positions, to=TensorProto.FLOAT),
                   frequencies)
        angle = op("Concat", angle, angle, axis=-1)
        waves = [self.b.narrow(op(wave, angle)) for wave in ("Cos", "Sin")]
        return [op("Unsqueeze", wave, self.vector(1)) for wave in waves]

    def norm(self, name, x):
        op, wide = self.b.op, self.b.widen(x)
        square = op("Pow", wide, self.b.constant(2.0, np.float32))
        mean = op("ReduceMean", square, self.vector(-1), keepdims=1,
                  noop_with_empty_axes=0)
        mean = op("Add", mean,
                  self.b.constant(llama_config.EPSILON, np.float32))
        scaled = op("Mul", wide, op("Reciprocal", op("Sqrt", mean)))
        return op("Mul", self.b.weight(f"{name}.weight", self.c.hidden),
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

    def cached(self, new, layer, part):
        """The cache with the new positions, which is also an output."""
        self.b.op("Concat", f"past_{layer}_{part}", new, axis=-2)
        present = f"present_{layer}_{part}"
        self.b.nodes[-1].output[0] = present
        return present

    def attention(self, x, layer, mask, rotation, shapes):
        op, block = self.b.op, self.c.blocks[layer]
        query, key, value = (
            self.heads_of(self.linear(name, x, block), shapes["heads"])
            for name in ("q_proj", "k_proj", "v_proj"))
        query, key = self.rotate(query, *rotation), self.rotate(key, *rotation)
        if self.c.past:
            key, value = (self.cached(new, layer, part)
                          for part, new in enumerate((key, value)))
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
        return self.linear("o_proj", mixed, block)

    def mlp(self, x, layer):
        op, block = self.b.op, self.c.blocks[layer]
        gate = self.linear("gate_proj", x, block)
        gate = op("Mul", gate, op("Sigmoid", gate))
        up = self.linear("up_proj", x, block)
        return self.linear("down_proj", op("Mul", gate, up), block)

    def beginning(self):
        """Mask, positions [1, seq, 1], and sizes as vectors of one element:
        of the batch, of what is new, and of all that is attended to."""
        op, vector, name = self.b.op, self.vector, self.c.input_name
        seq = op("Shape", name, start=1, end=2)
        count = op("Squeeze", seq)
        zero, one = self.b.constant(0), self.b.constant(1)
        if not self.c.past:
            batch = op("Shape", name, start=0, end=1)
            arange = op("Range", zero, count, one)
            positions = op("Unsqueeze", arange, vector(0))
            expanded = op("Expand", positions,
                          op("Concat", batch, vector(1), axis=0))
            mask = self.causal_mask(batch, seq, count, arange, expanded)
            positions = op("Unsqueeze", positions, vector(2))
            return mask, positions, batch, seq, seq
        cache = f"past_{self.c.layers - 1}_1"
        batch = op("Shape", cache, start=0, end=1)
        past = op("Squeeze", op("Shape", cache, start=2, end=3))
        both = op("Add", past, count)
        total = op("Reshape", both, vector(-1), allowzero=0)
        queries = op("Add", op("Range", zero, count, one), past)
        mask = self.cached_mask(batch, seq, total, queries, both)
        positions = op("Unsqueeze", queries, vector(0, 2))
        return mask, positions, batch, seq, total

    def graph(self):
        op, vector, c, scope = self.b.op, self.vector, self.c, self.b.scope
        x = "inputs_embeds"
        scope.append("model")
        if not c.body:
            x = op("Gather", self.b.weight("embed_tokens.weight", c.vocabulary,
                                           c.hidden), "input_ids", axis=0)
        visible, positions, batch, seq, total = self.beginning()
        rotation = self.rotation(positions)
        lowest = ml_dtypes.finfo(
            helper.tensor_dtype_to_np_dtype(self.b.element_type)).min
        mask = op("Where", visible, self.b.number(0), self.b.number(lowest))
        width, rest = vector(self.head_dim), vector(-1)
        shapes = {
            "heads": op("Concat", batch, seq, rest, width, axis=0),
            "grouped": op("Concat", batch, vector(c.kv_heads),
                          vector(c.heads // c.kv_heads), total, width, axis=0),
            "merged": op("Concat", batch, vector(c.heads), total, width,
                         axis=0),
            "flat": op("Concat", batch, seq, rest, axis=0),
        }
        for layer in range(c.layers):
            scope.append(f"layers.{layer}")
            normed = self.norm("input_layernorm", x)
            scope.append("self_attn")
            attended = self.attention(normed, layer, mask, rotation, shapes)
            scope.pop()
            x = op("Add", x, attended)
            normed = self.norm("post_attention_layernorm", x)
            scope.append("mlp")
            widened = self.mlp(normed, layer)
            scope.pop()
            x = op("Add", x, widened)
            scope.pop()
        x = self.norm("norm", x)
        scope.pop()
        if not c.body:
            self.b.linear("lm_head", x, c.hidden, c.vocabulary)
        self.b.nodes[-1].output[0] = c.output_name
        return self.b.nodes


def blocks(name, count, shape, summed, dtype, seed, sparse):
    """The tensor's bytes in blocks. Random ones come from a pool that all
    tensors share, each from its own place on: fast, and no two blocks of a
    tensor line up with its rows. Matrices are scaled for sums over the axis
    `summed`."""
    if sparse:
        pool, start = np.zeros(POOL, dtype), 0
    else:
        rng = np.random.default_rng(seed)
        pool = rng.standard_normal(POOL, np.float32)
        if len(shape) > 1:
            pool *= shape[summed] ** -0.5
        pool = pool.astype(dtype)
        start = random.Random(name).randrange(POOL)
    while count:
        piece = pool[start:start + count]
        yield piece.tobytes()
        count -= piece.size
        start = 0


def interface(config, element_type):
    """Inputs and outputs with their shapes."""
    first = helper.make_tensor_value_info(
        config.input_name,
        element_type if config.body else TensorProto.INT64,
        ["batch", "seq"] + [config.hidden] * config.body)
    last = helper.make_tensor_value_info(
        config.output_name, element_type,
        ["batch", "seq", config.hidden if config.body else config.vocabulary])
    past, present = (
        [helper.make_tensor_value_info(
            f"{name}_{layer}_{part}", element_type,
            ["batch", config.kv_heads, length, config.head_dim])
         for layer in range(config.layers if config.past else 0)
         for part in (0, 1)]
        for name, length in (("past", "past"), ("present", "past + seq")))
    return [first, *past], [last, *present]


def build(config, element_type):
    """(model without weights, names and shapes of the weights)"""
    builder = GraphBuilder(element_type, config.transposed)
    nodes = Llama(config, builder).graph()
    assert dict(builder.weights) == config.weights()
    inputs, outputs = interface(config, element_type)
    graph = helper.make_graph(nodes, "main_graph", inputs, outputs,
                              initializer=builder.constants.values())
    model = helper.make_model(graph, ir_version=10,
                              opset_imports=[helper.make_opsetid("", 20)],
                              producer_name="make_llama")
    for name, shape in builder.weights:
        tensor = model.graph.initializer.add(name=name, dims=shape,
                                             data_type=element_type)
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="-")
    return declare_shapes(model), builder.weights


def size_nodes(graph):
    """The nodes that compute masks and positions: from the inputs' shapes and
    constants alone."""
    known = {tensor.name for tensor in graph.initializer
             if tensor.data_location != TensorProto.EXTERNAL}
    given = {value.name for value in graph.input}
    for node in graph.node:
        if all(name in known or name in given and node.op_type == "Shape"
               for name in node.input):
            known.update(node.output)
            yield node


def declare_sizes(model):
    """Declares the shapes of what ONNX's inference finds no symbols for: it
    evaluates that at two sizes of each symbol."""
    nodes = list(size_nodes(model.graph))
    outputs = [name for node in nodes for name in node.output]
    sizes = {"batch": (2, 3), "seq": (5, 7), "past": (11, 19)}
    names = {pair: name for name, pair in sizes.items()} | {
        (16, 26): "past + seq", (6, 8): "seq + 1"}
    graph = helper.make_graph(
        nodes, "sizes", model.graph.input,
        [onnx.ValueInfoProto(name=name) for name in outputs],
        [tensor for tensor in model.graph.initializer
         if tensor.data_location != TensorProto.EXTERNAL])
    evaluator = ReferenceEvaluator(helper.make_model(
        graph, opset_imports=model.opset_import))
    runs = []
    for choice in (0, 1):
        feed = {}
        for value in model.graph.input:
            kind = value.type.tensor_type
            feed[value.name] = np.zeros(
                [sizes[dim.dim_param][choice] if dim.dim_param else
                 dim.dim_value for dim in kind.shape.dim],
                helper.tensor_dtype_to_np_dtype(kind.elem_type))
        runs.append(evaluator.run(outputs, feed))
    for name, one, two in zip(outputs, *map(list, runs)):
        one, two = np.asarray(one), np.asarray(two)
        model.graph.value_info.append(helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(one.dtype),
            [names.get(pair, pair[0]) for pair in zip(one.shape, two.shape)]))


def declare_shapes(model):
    """Declares values' shapes, as the exporter does. Only shapes of weights
    matter, so their data may be missing."""
    declare_sizes(model)
    model = onnx.shape_inference.infer_shapes(model, data_prop=True)
    for value in list(model.graph.value_info):
        if any(dim.dim_param.startswith("unk__")
               for dim in value.type.tensor_type.shape.dim):
            model.graph.value_info.remove(value)
    return model


def write(model, weights, options):
    dtype = helper.tensor_dtype_to_np_dtype(ELEMENT_TYPES[options.dtype])
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    data = options.output.with_name(options.output.name + ".data")
    sparse = options.weights != "random"
    absent = options.inline or options.weights == "none"
    total = 0
    with open("/dev/null" if absent else data, "wb") as file:
        offset = 0
        for name, shape in weights:
            tensor = tensors[name]
            count = int(np.prod(shape, dtype=np.int64))
            length = count * dtype.itemsize
            tensor.ClearField("external_data")
            summed = int(options.transposed and "embed_tokens" not in name)
            values = blocks(name, count, shape, summed, dtype, options.seed,
                            sparse)
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
        if not absent:
            file.truncate(offset)
    options.output.write_bytes(model.SerializeToString())
    return total


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path, metavar="OUT.onnx")
    parser.add_argument("--weights", choices=("sparse", "random", "none"),
                        default="sparse", help="(default: %(default)s)")
    parser.add_argument("--dtype", choices=ELEMENT_TYPES, default="float16",
                        help="(default: %(default)s)")
    parser.add_argument("--inline", action="store_true",
                        help="keep the weights in the model, below 2 GB")
    parser.add_argument("--variant", choices=llama_config.VARIANTS,
                        default="asvd", help="(default: %(default)s)")
    parser.add_argument("--ratios", type=float, nargs="+", metavar="R",
                        default=llama_config.RATIOS,
                        help="of asvd (default: .4 to .9)")
    parser.add_argument("--widths", type=int, nargs=2, metavar="N",
                        default=llama_config.WIDTHS,
                        help="least and largest of prune (default: 9000 12600)")
    parser.add_argument("--past", action="store_true",
                        help="key and value caches as inputs and outputs")
    parser.add_argument("--body", action="store_true",
                        help="no embedding and no output head")
    parser.add_argument("--transposed", action="store_true",
                        help="matrices as PyTorch's Linear has them, behind "
                        "a Transpose each")
    parser.add_argument("--config", type=pathlib.Path, metavar="FILE",
                        help="write the geometry and what was drawn as JSON")
    for name, what in (("layers", "blocks"), ("hidden", "residual width"),
                       ("mlp", "MLP width"), ("heads", "query heads"),
                       ("kv-heads", "key and value heads"),
                       ("vocabulary", "tokens"),
                       ("seed", "of ranks and weights")):
        default = getattr(llama_config.Config, name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=int, default=default,
                            metavar="N", help=f"{what} (default: {default})")
    options = parser.parse_args()
    if options.inline and options.weights == "none":
        parser.error("--inline has weights, --weights none has not")
    try:
        config = llama_config.Config(**{
            field.name: getattr(options, field.name)
            for field in dataclasses.fields(llama_config.Config)
            if field.name != "blocks"})
    except ValueError as error:
        parser.error(str(error))
    model, weights = build(config, ELEMENT_TYPES[options.dtype])
    total = write(model, weights, options)
    if options.config:
        config.save(options.config)
    print(f"{options.output}: {len(model.graph.node)} nodes, "
          f"{len(model.graph.initializer)} initializers, {total / 1e9:.2f} GB "
          f"of {options.weights} weights, "
          f"{'inline' if options.inline else 'external'}")


if __name__ == "__main__":
    main()
