#===- lanes.py - The verifier of repaired models --------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Compares every intermediate of a repaired model with the original's, lane by
lane: a model whose outputs agree may still be right by luck.

`gac-opt --gac-plan --gac-print-lanes` says of each value where its lanes go and
what its padding is to hold. ONNX Runtime runs both models, with all values as
outputs. A lane that came from the original must hold the same; a padding lane
must hold what was predicted.
"""

import dataclasses
import json

import numpy as np
import onnx

from harness import BIN, check_onnx, first_difference, load, run_tool

import lane_map  # it lies in scripts/, where harness looks

# Of a predicted constant that is not 0: cos(0) = 1 is exact, sigmoid(0) and
# what is computed from it is rounded. Half precision has 11 bits.
CONSTANT_TOLERANCE = {np.dtype(np.float16): 2e-3}


@dataclasses.dataclass
class Violation:
    value: str
    what: str

    def __str__(self):
        return f"{self.value}: {self.what}"


# -- Values -------------------------------------------------------------------


def with_all_values(path):
    """A session of the model that has every value of its graph as an output."""
    model = load(path)
    known = {value.name for value in model.graph.output}
    for node in model.graph.node:
        for name in node.output:
            if name and name not in known:
                model.graph.output.append(onnx.ValueInfoProto(name=name))
                known.add(name)
    return check_onnx.open_session(model.SerializeToString())


def check_padding(name, padding, new, lanes):
    """Lanes that one dimension's growth adds on one axis, the others real.
    Where several meet, only that they are finite is predicted."""
    real = [[i for i, (old, _) in enumerate(axis) if old is not None]
            for axis in lanes]
    tolerance = CONSTANT_TOLERANCE.get(new.dtype, 1e-6)
    for entry in padding:
        axis, dimension, lane = (entry[key] for key in
                                 ("axis", "dimension", "lane"))
        where = [i for i, (_, pads) in enumerate(lanes[axis])
                 if pads == {dimension}]
        if lane == "anything" or not where:
            continue
        region = new[np.ix_(*real[:axis], where, *real[axis + 1:])]
        if region.size == 0:
            continue
        label = f"padding of {dimension} on axis {axis}"
        if lane == "finite":
            if new.dtype.kind == "f" and not np.isfinite(region).all():
                yield Violation(name, f"{label} is not finite")
        elif lane == 0:
            if (region != 0).any():
                worst = region.flat[np.argmax(region != 0)]
                yield Violation(name, f"{label} is {worst}, not 0")
        # A difference may leave what it was rounded by.
        elif not np.allclose(region.astype(np.float64), lane, rtol=tolerance,
                             atol=tolerance / 10):
            yield Violation(name, f"{label} is {region.flat[0]}, not {lane}")
    if (new.dtype.kind == "f" and not np.isfinite(new).all()
            and all(entry["lane"] != "anything" for entry in padding)):
        rest = new.copy()
        rest[np.ix_(*real)] = 0
        if not np.isfinite(rest).all():
            yield Violation(name, "padding is not finite")


def check_value(value, old, new, tolerance):
    """A value of the original against that of the repaired model."""
    name, axes = value["name"], value["axes"]
    try:
        lanes = [lane_map.new_lanes(axis, size) for axis, size in zip(axes, old.shape)]
    except lane_map.Unknown:
        return
    if len(axes) != old.ndim or new.shape != tuple(map(len, lanes)):
        yield Violation(name, f"has shape {new.shape}, not "
                              f"{tuple(map(len, lanes))}")
        return
    # The places of the old lanes, in the old order.
    places = [[place for _, place in
               sorted((origin, place) for place, (origin, _) in enumerate(axis)
                      if origin is not None)] for axis in lanes]
    kept = new[np.ix_(*places)] if places else new
    if kept.shape != old.shape:
        yield Violation(name, f"keeps {kept.shape} of {old.shape} lanes")
        return
    error = check_onnx.relative_error(kept, old)
    if not error <= tolerance:
        yield Violation(name, f"differs by {error:.1e} in lanes of the model")
    yield from check_padding(name, value["padding"], new, lanes)


# -- Models -------------------------------------------------------------------


def read_lanes(path, *plan):
    """What gac predicts of the values of the model at `path` under the options
    `plan` of gac-plan."""
    return lane_map.read_lanes(BIN, path, " ".join(plan))["values"]


def violations(original, fixed, values, sizes=None, seed=0,
               tolerance=check_onnx.TOLERANCE):
    """What of `values`, as read_lanes gives them, does not hold. Every case
    that the original runs is tried; there must be one. Also yields the number
    of values compared, so that a caller sees that something was."""
    old, new = with_all_values(original), with_all_values(fixed)
    known = {value["name"]: value for value in values}
    names = [value.name for value in old.get_outputs()
             if value.name in known
             and value.name in {other.name for other in new.get_outputs()}]
    compared, ran = 0, 0
    for case, feed in check_onnx.cases_of(old, original, sizes or {}, seed):
        try:
            before = old.run(names, feed)
        except Exception:  # as check_onnx: the original refuses these sizes
            continue
        ran += 1
        after = new.run(names, feed)
        for name, a, b in zip(names, before, after):
            if not isinstance(a, np.ndarray):
                continue
            compared += 1
            for violation in check_value(known[name], a, b, tolerance):
                violation.what += f" ({case})"
                yield violation
    if not ran or not compared:
        yield Violation(str(original), "nothing was compared")


def check_structure(original, fixed, folder, allowed, *options):
    """What must hold of a repaired model as a graph."""
    model = load(fixed)
    try:
        onnx.checker.check_model(load(original), full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError):
        onnx.checker.check_model(model)
    else:
        onnx.checker.check_model(model, full_check=True)
    again = folder / "again.onnx"
    second = run_tool("gac", "repair", fixed, "-o", again, *options)
    if second.code:
        yield Violation("second run", second.err)
    elif again.read_bytes() != fixed.read_bytes():
        yield Violation("second run", str(first_difference(load(again), model)))
    before, after = load(original), model
    surplus = {node.op_type for node in after.graph.node} - {
        node.op_type for node in before.graph.node} - allowed
    for kind in ("Pad", "Slice", "Split"):
        count = [sum(node.op_type == kind for node in each.graph.node)
                 for each in (before, after)]
        if count[1] > count[0] and kind not in allowed:
            surplus.add(kind)
    if surplus:
        yield Violation("operations", f"new ones: {sorted(surplus)}")
    report = run_tool("gac", "analyze", fixed, "--json", "-")
    if report.code:
        yield Violation("analysis", report.err)
        return
    for finding in json.loads(report.out)["findings"]:
        if not finding["fixed_by"] and finding["repaired_size"] is not None:
            yield Violation(finding["id"], "could still be repaired")
