#!/usr/bin/env python3
#===- check_onnx.py - Compares what ONNX Runtime computes ------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Checks a model's results under ONNX Runtime.

    check_onnx.py MODEL.onnx                     against MODEL.npz beside it
    check_onnx.py FIXED.onnx --against IN.onnx   against another model, on
                                                 fresh random inputs

With --against, every combination of the symbolic dimensions' sizes is one
case; --dim batch=1,4 chooses the sizes. A case that the other model itself
does not run is skipped, but one at least has to run. IN.npz, if it exists, is
a further case.

A model whose inputs or outputs a repair made wider says so in its metadata
(gac.interface): it is given zeros on the new lanes, and compared without them.

The error of an output is the largest absolute difference over the largest
expected magnitude. The exit code is 1 if any exceeds --tolerance, which is wider
for a model with weights of 16 bits: sums of more terms are rounded elsewhere.
--json FILE has the result for programs.
"""

import argparse
import itertools
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-5
# Some roundings of the type, of 2^-11 and of 2^-8, one after the other.
HALF_TOLERANCES = {onnx.TensorProto.FLOAT16: 1e-2,
                   onnx.TensorProto.BFLOAT16: 8e-2}
JSON_VERSION = 1
ELEMENT_TYPES = {
    "tensor(bool)": np.bool_, "tensor(double)": np.float64,
    "tensor(float)": np.float32, "tensor(float16)": np.float16,
    "tensor(int16)": np.int16, "tensor(int32)": np.int32,
    "tensor(int64)": np.int64, "tensor(int8)": np.int8,
    "tensor(uint8)": np.uint8,
}
# Ops whose result holds the values of their first operand.
PASS_VALUES = {"Cast", "Expand", "Identity", "Reshape", "Slice", "Squeeze",
               "Transpose", "Unsqueeze"}
# Used for integer inputs of which nothing says what they index.
SMALL_BOUND = 2


class CheckError(Exception):
    """The comparison cannot be made."""


def open_session(model, optimize=False):
    """A CPU session of a file, or of its bytes, that runs the graph as it is
    written, unless told to optimise it."""
    levels = onnxruntime.GraphOptimizationLevel
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = (
        levels.ORT_ENABLE_ALL if optimize else levels.ORT_DISABLE_ALL)
    return onnxruntime.InferenceSession(
        model if isinstance(model, bytes) else str(model), options,
        providers=["CPUExecutionProvider"])


def load(path, optimize):
    try:
        return open_session(path, optimize)
    except Exception as refusal:  # ONNX Runtime has one class per status
        reason = str(refusal).splitlines()[0]
        raise CheckError(f"ONNX Runtime does not load {path}: "
                         f"{reason}") from refusal


def index_bounds(path):
    """Input name -> number of rows of the smallest table it indexes."""
    graph = onnx.load(str(path), load_external_data=False).graph
    sizes = {tensor.name: tensor.dims for tensor in graph.initializer}
    origin = {value.name: value.name for value in graph.input}
    bounds = {}
    for node in graph.node:
        if node.op_type in PASS_VALUES and node.input[0] in origin:
            origin[node.output[0]] = origin[node.input[0]]
        if node.op_type != "Gather" or node.input[1] not in origin:
            continue
        axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
        name, table = origin[node.input[1]], sizes.get(node.input[0])
        if table:
            bounds[name] = min(bounds.get(name, table[axis]), table[axis])
    return bounds


def symbols_of(session):
    """The symbolic dimensions of a session's inputs, in order."""
    return list(dict.fromkeys(
        dim for value in session.get_inputs() for dim in value.shape
        if not isinstance(dim, int)))


def default_sizes(symbol):
    return (1, 3) if "batch" in str(symbol).lower() else (1, 7, 34)


def padding_mask(shape, dtype, rng):
    """Ones for tokens and zeros for padding, which stands behind the tokens in
    even rows and in front of them in odd ones. Each row has a token."""
    if len(shape) < 2 or 0 in shape:
        return np.ones(shape, dtype)
    rows, length = int(np.prod(shape[:-1])), shape[-1]
    tokens = rng.integers(1, length, rows, endpoint=True)[:, None]
    places = np.arange(length)
    padded_in_front = np.arange(rows)[:, None] % 2 == 1
    mask = np.where(padded_in_front, places >= length - tokens, places < tokens)
    return mask.astype(dtype).reshape(shape)


def random_feed(session, sizes, bounds, rng):
    feed = {}
    for value in session.get_inputs():
        shape = [sizes.get(dim, dim) for dim in value.shape]
        dtype = ELEMENT_TYPES.get(value.type)
        if dtype is None:
            raise CheckError(f"input {value.name} has the type {value.type}, "
                             "for which no random values are made")
        if "mask" in value.name.lower():
            array = padding_mask(shape, dtype, rng)
        elif dtype is np.bool_:
            array = np.ones(shape, dtype)
        elif np.issubdtype(dtype, np.integer):
            bound = bounds.get(value.name, SMALL_BOUND)
            array = rng.integers(0, bound, shape).astype(dtype)
        else:
            array = rng.standard_normal(shape).astype(dtype)
        feed[value.name] = array
    return feed


def recorded(path):
    """(inputs, outputs) of the .npz beside a model, or None."""
    path = pathlib.Path(path).with_suffix(".npz")
    if not path.exists():
        return None
    with np.load(path) as data:
        return tuple({name.removeprefix(prefix): data[name]
                      for name in data.files if name.startswith(prefix)}
                     for prefix in ("in.", "out."))


def relative_error(got, want):
    """Infinite if shapes, types or the places of infinities and NaNs differ."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return float("inf")
    if want.size == 0:
        return 0.0
    if want.dtype.kind not in "fc":
        return 0.0 if np.array_equal(got, want) else float("inf")
    finite = np.isfinite(want)
    if not (np.array_equal(np.isfinite(got), finite)
            and np.array_equal(got[~finite], want[~finite], equal_nan=True)):
        return float("inf")
    if not finite.any():
        return 0.0
    got, want = (array[finite].astype(np.float64) for array in (got, want))
    largest = np.abs(want).max()
    difference = np.abs(got - want).max()
    return float(difference / largest) if largest else float(difference)


def tolerance_of(path):
    """The error to expect of a model that computes the same in another order."""
    graph = onnx.load(str(path), load_external_data=False).graph
    return max([TOLERANCE, *(HALF_TOLERANCES.get(tensor.data_type, 0)
                             for tensor in graph.initializer)])


def check_recorded(path, optimize=False):
    """Yields (case, output, error) against the .npz beside the model."""
    data = recorded(path)
    if data is None:
        raise CheckError(f"there is no {pathlib.Path(path).with_suffix('.npz')}"
                         f" to compare with; give --against")
    inputs, expected = data
    results = open_session(path, optimize).run(list(expected), inputs)
    for got, (name, want) in zip(results, expected.items()):
        yield "recorded", name, relative_error(got, want)


def cases_of(session, path, sizes, seed):
    """Yields (case name, feed), fresh random ones and then the recorded."""
    rng, bounds = np.random.default_rng(seed), index_bounds(path)
    symbols = symbols_of(session)
    unknown = [name for name in sizes if name not in symbols]
    if unknown:
        raise CheckError(f"{path} has no dimension {unknown[0]}; it has "
                         f"{', '.join(map(str, symbols)) or 'none'}")
    choices = [sizes.get(symbol, default_sizes(symbol)) for symbol in symbols]
    for choice in itertools.product(*choices):
        binding = dict(zip(symbols, choice))
        name = " ".join(f"{s}={n}" for s, n in binding.items()) or "static"
        yield name, random_feed(session, binding, bounds, rng)
    data = recorded(path)
    if data:
        yield "recorded", data[0]


class Lanes:
    """What a model's metadata say of inputs and outputs that are wider than in
    the model before the first repair."""

    def __init__(self, path):
        model = onnx.load(str(path), load_external_data=False)
        text = next((entry.value for entry in model.metadata_props
                     if entry.key == "gac.interface"), None)
        known = json.loads(text) if text else {"inputs": [], "outputs": []}
        self.axes = {value["name"]: value["axes"]
                     for kind in ("inputs", "outputs")
                     for value in known[kind]}

    def narrow_shape(self, name, shape):
        shape = list(shape)
        for axis in self.axes.get(name, ()):
            shape[axis["axis"]] = axis["from"]
        return shape

    def widen(self, name, array):
        """The array with zeros on the new lanes."""
        for axis in self.axes.get(name, ()):
            array = np.moveaxis(array, axis["axis"], -1)
            wide = np.zeros((*array.shape[:-1], axis["to"]), array.dtype)
            for first, to, length in axis["lanes"]:
                wide[..., to:to + length] = array[..., first:first + length]
            array = np.moveaxis(wide, -1, axis["axis"])
        return array

    def narrow(self, name, array):
        """The array without the new lanes."""
        for axis in self.axes.get(name, ()):
            lanes = np.concatenate([np.arange(to, to + length) for _, to, length
                                    in axis["lanes"]])
            array = np.take(array, lanes, axis["axis"])
        return array

    def run(self, session, names, feed):
        """What the session makes of a feed without new lanes, without them."""
        results = session.run(names, {name: self.widen(name, array)
                                      for name, array in feed.items()})
        return [self.narrow(name, array)
                for name, array in zip(names, results)]


def interface(session, lanes, sizes):
    """What two models must share for one to stand in for the other, where
    symbols of one size are that size."""
    known = {symbol: values[0] for symbol, values in sizes.items()
             if len(values) == 1}
    return ([(value.name, value.type,
              [known.get(size, size)
               for size in lanes.narrow_shape(value.name, value.shape)])
             for value in session.get_inputs()],
            [(value.name, value.type) for value in session.get_outputs()])


def check_against(path, original, sizes=None, seed=None, optimize=False):
    """Yields (case, output, error) of a model against another one; error is
    None, and output the reason, where the other one does not run."""
    sizes = sizes or {}
    new, old = (load(each, optimize) for each in (path, original))
    new_lanes, old_lanes = Lanes(path), Lanes(original)
    sides = (interface(new, new_lanes, sizes),
             interface(old, old_lanes, sizes))
    if sides[0] != sides[1]:
        raise CheckError(f"{path} and {original} have different inputs or "
                         f"outputs: {sides[0]} and {sides[1]}")
    names = [value.name for value in old.get_outputs()]
    ran = 0
    for case, feed in cases_of(old, original, sizes, seed):
        feed = {name: old_lanes.narrow(name, array)
                for name, array in feed.items()}
        try:
            expected = old_lanes.run(old, names, feed)
        except Exception as refusal:  # ONNX Runtime has one class per status
            yield case, str(refusal).splitlines()[0], None
            continue
        ran += 1
        try:
            results = new_lanes.run(new, names, feed)
        except Exception as refusal:
            raise CheckError(f"{path} does not run where {original} does, "
                             f"{case}: {refusal}") from refusal
        for name, got, want in zip(names, results, expected):
            yield case, name, relative_error(got, want)
    if not ran:
        raise CheckError(f"{original} runs on none of the inputs")


def parse_dim(text):
    name, equals, sizes = text.rpartition("=")
    try:
        values = tuple(int(size) for size in sizes.split(","))
    except ValueError:
        values = ()
    if not equals or not name or not values or min(values) < 1:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not NAME=SIZE or NAME=SIZE,SIZE...")
    return name, values


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL.onnx")
    parser.add_argument("--against", metavar="IN.onnx",
                        help="the model whose results are expected")
    parser.add_argument("--tolerance", type=float,
                        help=f"largest relative error (default: {TOLERANCE:g}, "
                        "and more for weights of 16 bits)")
    parser.add_argument("--json", metavar="FILE", help="write the result there")
    parser.add_argument("--dim", type=parse_dim, action="append", default=[],
                        metavar="NAME=SIZES",
                        help="sizes of a symbolic dimension, by commas")
    parser.add_argument("--seed", type=int, help="of the random inputs")
    parser.add_argument("--optimize", action="store_true",
                        help="let ONNX Runtime optimise the graphs")
    options = parser.parse_args()
    if options.dim and not options.against:
        parser.error("--dim needs --against")

    if options.against:
        rows = check_against(options.model, options.against,
                             dict(options.dim), options.seed, options.optimize)
    else:
        rows = check_recorded(options.model, options.optimize)

    tolerance = options.tolerance
    worst, where, cases, skipped = -1.0, {}, set(), 0
    print(f"{'case':<28}{'output':<24}{'relative error':>14}")
    try:
        for case, output, error in rows:
            if tolerance is None:  # The model is one that loads.
                tolerance = tolerance_of(options.model)
            if error is None:
                print(f"{case:<28}skipped, the original does not run: "
                      f"{output[:100]}")
                skipped += 1
                continue
            cases.add(case)
            if error > worst:
                worst, where = error, {"case": case, "output": output}
            mark = "" if error <= tolerance else "   DIFFERS"
            print(f"{case:<28}{output:<24}{error:>14.1e}{mark}")
    except CheckError as problem:
        sys.exit(f"error: {problem}")
    agrees = worst <= tolerance
    print(f"{'agrees' if agrees else 'DIFFERS'}: worst relative error "
          f"{worst:.1e}, tolerance {tolerance:g}")
    if options.json:
        # JSON has no infinity.
        error = worst if np.isfinite(worst) else None
        pathlib.Path(options.json).write_text(json.dumps(
            {"version": JSON_VERSION, "runtime": onnxruntime.__version__,
             "cases": len(cases), "skipped": skipped, "agrees": agrees,
             "tolerance": tolerance, "worst": {"error": error, **where}}))
    sys.exit(not agrees)


if __name__ == "__main__":
    main()
