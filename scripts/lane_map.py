#===- lane_map.py - What gac-print-lanes says of axes ---------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Reads the JSON of `gac-opt --gac-plan --gac-print-lanes`: an axis is a term,
which says where the lanes of the axis are after a repair."""

import json
import pathlib
import subprocess
import tempfile

import numpy as np


class Unknown(Exception):
    """The sizes of an axis cannot be told apart at run time."""


def read_lanes(tools, model, plan=""):
    """What gac predicts of the model at the path `model` under the options
    `plan` of gac-plan; `tools` is the folder of gac-opt. A model has one
    function: its `values` and `weights`."""
    tools = pathlib.Path(tools)
    with tempfile.TemporaryDirectory(prefix="gac-lanes-") as folder:
        module = pathlib.Path(folder) / "model.mlir"
        for command in (["gac-translate", "--onnx-to-mlir", model, "-o",
                         module],
                        ["gac-opt", module, f"--gac-plan={plan}",
                         "--gac-print-lanes", "-o", module]):
            done = subprocess.run([tools / command[0], *command[1:]],
                                  capture_output=True, check=False)
            if done.returncode:
                raise RuntimeError(done.stderr.decode(errors="replace"))
    function, = json.loads(done.stdout)["functions"]
    return function


def parts_of(term):
    """The parts of a term, and what its size is of theirs."""
    if "product" in term:
        return term["product"], np.prod
    return term["concatenation"], np.sum


def static_size(term):
    """The old size of a term, None where it is symbolic."""
    if "size" in term:
        return term["size"] if isinstance(term["size"], int) else None
    parts, combine = parts_of(term)
    sizes = [static_size(part) for part in parts]
    return None if None in sizes else int(combine(sizes))


def part_sizes(term, total):
    """The parts of a term that has `total` lanes, with their old sizes."""
    parts, combine = parts_of(term)
    sizes = [static_size(part) for part in parts]
    if sizes.count(None) > 1:
        raise Unknown
    if None in sizes:
        known = int(combine([size for size in sizes if size is not None]))
        sizes[sizes.index(None)] = (total // known if combine is np.prod
                                    else total - known)
    return list(zip(parts, sizes))


def new_lanes(term, total):
    """For each lane of the grown axis the old lane that it is, or None, and the
    dimensions that it pads."""
    if "dimension" in term:
        padding = (None, frozenset([term["dimension"]]))
        return ([(lane, frozenset()) for lane in range(term["size"])]
                + [padding] * (term["new"] - term["size"]))
    if "size" in term:
        return [(lane, frozenset()) for lane in range(total)]
    if "concatenation" in term:
        lanes, offset = [], 0
        for part, size in part_sizes(term, total):
            lanes += [(None if old is None else offset + old, pads)
                      for old, pads in new_lanes(part, size)]
            offset += size
        return lanes
    lanes = [(0, frozenset())]
    for part, size in part_sizes(term, total):
        inner = new_lanes(part, size)
        lanes = [(None if a is None or b is None else a * size + b, p | q)
                 for a, p in lanes for b, q in inner]
    return lanes
