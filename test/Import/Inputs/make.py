#===- make.py - ONNX files from text --------------------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""make.py MODEL.txt MODEL.onnx [PYTHON]

Parses ONNX's textual syntax and writes the model. The syntax cannot say
everything: PYTHON is run on the model before it is written, with `model`,
`graph`, `onnx`, `helper` and `numpy` at hand, and `folder` for further files.
"""

import pathlib
import sys

import numpy
import onnx
from onnx import helper

text, output, *script = sys.argv[1:]
model = onnx.parser.parse_model(pathlib.Path(text).read_text())
for node in model.graph.node:
    # The parser sets empty domains, which import would remember.
    if not node.domain:
        node.ClearField("domain")
for line in script:
    exec(line, {"model": model, "graph": model.graph, "onnx": onnx,
                "helper": helper, "numpy": numpy,
                "folder": pathlib.Path(output).parent})
pathlib.Path(output).write_bytes(model.SerializeToString())
