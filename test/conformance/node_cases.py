#===- node_cases.py - ONNX's own single-node tests ------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""The node tests that the onnx package generates, kept in the build folder,
and how ONNX Runtime runs one of them."""

import ctypes
import os
import pathlib
import pickle
import shutil
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

from harness import check_onnx


def cached_cases(folder):
    """Writes the cases once and returns their model files, sorted. Beside
    NAME.onnx lies NAME.pkl with the inputs of the case's data sets. The folder
    appears by a rename, so an interrupted run leaves no half of it."""
    folder = pathlib.Path(folder) / f"node-tests-{onnx.__version__}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = pathlib.Path(tempfile.mkdtemp(dir=folder.parent))
        generate(fresh)
        try:
            os.replace(fresh, folder)
        except OSError:  # another run was first
            shutil.rmtree(fresh)
    return sorted(folder.glob("*.onnx"))


def generate(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        cases = collect_testcases(None)
    for case in cases:
        path = folder / f"{case.name}.onnx"
        path.write_bytes(case.model.SerializeToString())
        names = [value.name for value in case.model.graph.input]
        feeds = [[(name, portable(value)) for name, value in zip(names, given)]
                 for given, _ in case.data_sets]
        path.with_suffix(".pkl").write_bytes(pickle.dumps(feeds))


def portable(value):
    """Protobuf messages as bytes, for pickling; the rest as it is."""
    if isinstance(value, onnx.TensorProto):
        return value.SerializeToString()
    return value


def feed_value(value):
    """What ONNX Runtime takes: arrays, lists of them, None, and for types that
    numpy lacks its own values."""
    if isinstance(value, bytes):
        tensor = onnx.TensorProto.FromString(value)
        return onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type(
            numpy_helper.to_array(tensor), tensor.data_type)
    return np.asarray(value) if isinstance(value, np.generic) else value


def bits(value):
    """A comparable form of a result that tells every bit apart."""
    if isinstance(value, np.ndarray):
        data = (value.tolist() if value.dtype == object else value.tobytes())
        return "array", str(value.dtype), value.shape, data
    if isinstance(value, onnxruntime.OrtValue):
        size = value.tensor_size_in_bytes()
        data = ctypes.string_at(value.data_ptr(), size) if size else b""
        return value.data_type(), tuple(value.shape()), data
    if isinstance(value, (list, tuple)):
        return "list", [bits(element) for element in value]
    if isinstance(value, dict):
        return "dict", [(key, bits(element)) for key, element in value.items()]
    return type(value).__name__, repr(value)


def is_tensor(value):
    return isinstance(value, (np.ndarray, onnxruntime.OrtValue))


def run_case(path, feeds):
    """The results' bits for each data set. Raises what ONNX Runtime raises."""
    session = check_onnx.open_session(path)
    simple = all(value.type.startswith("tensor(") and "string" not in value.type
                 for value in (*session.get_inputs(), *session.get_outputs()))
    results = []
    for feed in feeds:
        given = {name: feed_value(value) for name, value in feed}
        if simple and all(map(is_tensor, given.values())):
            # Through OrtValue, for numpy has no type for some results.
            given = {name: value if isinstance(value, onnxruntime.OrtValue)
                     else onnxruntime.OrtValue.ortvalue_from_numpy(value)
                     for name, value in given.items()}
            got = session.run_with_ort_values(None, given)
        else:
            got = session.run(None, given)
        results.append([bits(value) for value in got])
    return results
