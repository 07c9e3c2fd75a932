#===- float64_model.py - A model's copy in float64 -------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Turns all of a model's floating-point tensors into float64, so that onnx's
ReferenceEvaluator computes what the model means. Constants keep their values:
what was rounded when the model was written is part of it."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

NARROW = {TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16}
# Nodes that choose an element type by an attribute.
TYPE_ATTRIBUTES = {"Cast": "to", "EyeLike": "dtype", "SequenceEmpty": "dtype"}
# These compute in float32 by definition, whatever they are given.
FLOAT32_BY_DEFINITION = {"Attention", "GroupNormalization",
                         "LayerNormalization", "RMSNormalization"}
QUANTIZED = {"DequantizeLinear", "DynamicQuantizeLinear", "QuantizeLinear"}


def widen_tensor(tensor):
    if tensor.data_type not in NARROW:
        return
    name = tensor.name
    array = numpy_helper.to_array(tensor).astype(np.float64)
    tensor.CopyFrom(numpy_helper.from_array(array, name))


def widen_type(value):
    kind = value.type.tensor_type
    if kind.elem_type in NARROW:
        kind.elem_type = TensorProto.DOUBLE


def widen_node(node):
    if node.op_type in FLOAT32_BY_DEFINITION | QUANTIZED or node.domain:
        raise ValueError(f"node '{node.name}': {node.op_type} has no float64 "
                         "form; take the export in primitive ops")
    for attribute in list(node.attribute):
        value = helper.get_attribute_value(attribute)
        if TYPE_ATTRIBUTES.get(node.op_type) == attribute.name:
            if value in NARROW:
                attribute.i = TensorProto.DOUBLE
        elif attribute.type == onnx.AttributeProto.TENSOR:
            widen_tensor(attribute.t)
        elif attribute.type == onnx.AttributeProto.GRAPH:
            widen_graph(attribute.g)
        elif attribute.type == onnx.AttributeProto.GRAPHS:
            for graph in attribute.graphs:
                widen_graph(graph)
        elif node.op_type == "Constant" and attribute.name in (
                "value_float", "value_floats"):
            tensor = numpy_helper.from_array(
                np.asarray(value, np.float32).astype(np.float64))
            attribute.CopyFrom(helper.make_attribute("value", tensor))
    if node.op_type == "ConstantOfShape" and not node.attribute:
        zero = numpy_helper.from_array(np.zeros(1))
        node.attribute.append(helper.make_attribute("value", zero))


def widen_graph(graph):
    if graph.sparse_initializer:
        raise ValueError("sparse initializers have no float64 form here")
    for tensor in graph.initializer:
        widen_tensor(tensor)
    for value in (*graph.input, *graph.output):
        widen_type(value)
    graph.ClearField("value_info")
    for node in graph.node:
        widen_node(node)


def to_float64(model):
    """The copy; weights must have been loaded. A ValueError names a node whose
    arithmetic float64 would not reach."""
    if model.functions:
        raise ValueError("functions have no float64 form here")
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    widen_graph(copy.graph)
    return copy
