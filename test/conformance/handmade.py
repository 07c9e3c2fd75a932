#===- handmade.py - Small models for the conformance tests ----------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Builds models whose every field the test chooses."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def weight(name, *shape, dtype=np.float32, seed=0):
    rng = np.random.default_rng([seed, *shape])
    return numpy_helper.from_array(
        rng.standard_normal(shape).astype(dtype), name)


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def model(nodes, inputs, outputs, initializers=(), opset=20, ir_version=10,
          **options):
    graph = helper.make_graph(list(nodes), "main", inputs, outputs,
                              initializer=list(initializers))
    options.setdefault("opset_imports", [helper.make_opsetid("", opset)])
    return helper.make_model(graph, ir_version=ir_version, **options)


def low_rank(width=64, rank=27, seed=0, dtype=np.float32):
    """y = x @ first @ second, `rank` between the two."""
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return model(
        [helper.make_node("MatMul", ["x", "first"], ["h"], "down"),
         helper.make_node("MatMul", ["h", "second"], ["y"], "up")],
        [value("x", ["batch", width], kind)],
        [value("y", ["batch", width], kind)],
        [weight("first", width, rank, dtype=dtype, seed=seed),
         weight("second", rank, width, dtype=dtype, seed=seed + 1)])


def save_external(model, path, location, threshold=0):
    """Saves with every tensor over `threshold` bytes in one file beside. The
    model itself stays as it is."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    onnx.save(copy, str(path), save_as_external_data=True, location=location,
              size_threshold=threshold)


def external_entries(model):
    """Initializer name -> its external_data entries, for those that have."""
    return {tensor.name: {entry.key: entry.value
                          for entry in tensor.external_data}
            for tensor in model.graph.initializer
            if tensor.data_location == TensorProto.EXTERNAL}


def set_external(tensor, **entries):
    """Makes the tensor external with exactly these entries."""
    for field in ("raw_data", "external_data", "float_data"):
        tensor.ClearField(field)
    tensor.data_location = TensorProto.EXTERNAL
    for key, entry in entries.items():
        tensor.external_data.add(key=key, value=str(entry))
