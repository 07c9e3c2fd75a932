#===- data_types.py - A model with an initializer of each data type -------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""data_types.py OUT.onnx raw|typed

Writes initializers of the values 0, 1, 2 of all data types but strings, as
raw_data or in the field that onnx-ml.proto names for the type.
"""

import sys

import numpy
from onnx import TensorProto, helper, numpy_helper

output, form = sys.argv[1:]
names = [name for name in TensorProto.DataType.keys()
         if name not in ("UNDEFINED", "STRING")
         and not name.startswith("FLOAT6")]
initializers = []
for name in names:
    data_type = TensorProto.DataType.Value(name)
    values = numpy.array([0, 1, 2]).astype(
        helper.tensor_dtype_to_np_dtype(data_type))
    tensor = (numpy_helper.from_array(values, name) if form == "raw" else
              helper.make_tensor(name, data_type, [3], values))
    assert tensor.HasField("raw_data") == (form == "raw")
    initializers.append(tensor)
graph = helper.make_graph([], "types", [], [], initializers)
model = helper.make_model(graph, ir_version=13,
                          opset_imports=[helper.make_opsetid("", 25)])
with open(output, "wb") as file:
    file.write(model.SerializeToString())
