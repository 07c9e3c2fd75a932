#!/usr/bin/env python3
#===- pad_in_python.py - The same padding with onnx and numpy -------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Pads the rank of every low-rank pair to a multiple, as one would without
GAC: two MatMuls in a row with weights, nothing between them.

    pad_in_python.py IN.onnx OUT.onnx [MULTIPLE]

This is what scale.py compares with. It finds pairs and nothing else.
"""

import collections
import pathlib
import sys

import numpy as np
import onnx
from onnx import numpy_helper


def pairs(graph, weights):
    """(first, second) weight names of MatMuls that follow each other."""
    users = collections.defaultdict(list)
    for node in graph.node:
        for name in node.input:
            users[name].append(node)
    for node in graph.node:
        if node.op_type != "MatMul" or node.input[1] not in weights:
            continue
        following = users[node.output[0]]
        if (len(following) == 1 and following[0].op_type == "MatMul"
                and following[0].input[0] == node.output[0]
                and following[0].input[1] in weights):
            yield node.input[1], following[0].input[1]


def pad(tensor, axis, size):
    array = numpy_helper.to_array(tensor)
    widths = [(0, 0)] * array.ndim
    widths[axis] = (0, size - array.shape[axis])
    tensor.CopyFrom(numpy_helper.from_array(np.pad(array, widths),
                                            tensor.name))


def main():
    source, target = map(pathlib.Path, sys.argv[1:3])
    multiple = int(sys.argv[3]) if len(sys.argv) > 3 else 8
    external = onnx.load(source, load_external_data=False)
    inline = not any(tensor.external_data
                     for tensor in external.graph.initializer)
    model = onnx.load(source)
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    grown = set()
    for first, second in pairs(model.graph, weights):
        rank = weights[first].dims[1]
        size = -(-rank // multiple) * multiple
        if size != rank:
            pad(weights[first], 1, size)
            pad(weights[second], 0, size)
            grown |= {first, second}
    # Declared shapes between the two factors are no longer true.
    del model.graph.value_info[:]
    onnx.save(model, target, save_as_external_data=not inline,
              location=f"{target.name}.data", size_threshold=1024)
    print(f"padded {len(grown)} weights")


if __name__ == "__main__":
    main()
