#===- half_precision.py - Models in 16-bit floats -------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Gives a model's floats another type, as exporters and optimisers write models
in half precision: weights, constants, casts, inputs and outputs."""

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DTYPES = {TensorProto.FLOAT: np.dtype(np.float32),
          TensorProto.FLOAT16: np.dtype(np.float16),
          TensorProto.BFLOAT16: np.dtype(ml_dtypes.bfloat16)}


def to_array(tensor):
    return numpy_helper.to_array(tensor).astype(DTYPES[tensor.data_type])


def convert_tensor(tensor, old, new):
    if tensor.data_type != old:
        return
    # The lowest number of one type may be beyond the other.
    with np.errstate(over="ignore"):
        array = to_array(tensor).astype(DTYPES[new])
    made = helper.make_tensor(tensor.name, new, array.shape, array.tobytes(),
                              raw=True)
    tensor.CopyFrom(made)


def convert_graph(graph, old, new):
    for tensor in graph.initializer:
        convert_tensor(tensor, old, new)
    for value in (*graph.input, *graph.output):
        if value.type.tensor_type.elem_type == old:
            value.type.tensor_type.elem_type = new
    del graph.value_info[:]
    for node in graph.node:
        # Without a value it makes zeros of 32 bits.
        if (node.op_type == "ConstantOfShape" and not node.attribute
                and old == TensorProto.FLOAT):
            node.attribute.append(helper.make_attribute(
                "value", helper.make_tensor("value", old, [1], [0.0])))
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                convert_tensor(attribute.t, old, new)
            elif (attribute.name == "to" and node.op_type == "Cast"
                  and attribute.i == old):
                attribute.i = new
            elif attribute.type == onnx.AttributeProto.GRAPH:
                convert_graph(attribute.g, old, new)


def convert(model, new, old=TensorProto.FLOAT):
    """The model with all floats of type `old` of type `new`."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    convert_graph(made.graph, old, new)
    return made
