#===- package_writer.py - Packages by hand --------------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Writes packages whose every field a test chooses, and asks for the GPU."""

import ctypes
import json

import numpy as np

BYTES = {"bf16": 2, "f16": 2, "f32": 4, "i64": 8, "i32": 4}


def has_gpu():
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int()
    return (driver.cuInit(0) == 0 and
            driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and
            count.value > 0)


def get_arch():
    driver = ctypes.CDLL("libcuda.so.1")
    driver.cuInit(0)
    major, minor = ctypes.c_int(), ctypes.c_int()
    driver.cuDeviceGetAttribute(ctypes.byref(major), 75, 0)
    driver.cuDeviceGetAttribute(ctypes.byref(minor), 76, 0)
    return f"sm_{major.value}{minor.value}"


class PackageWriter:
    """Builds a manifest; tensors are known by name."""

    def __init__(self, dtype, archs):
        self.dtype = dtype
        self.tensors, self.entries, self.caches = [], [], []
        self.archs = archs

    def tensor(self, name, kind, shape, dtype=None, **more):
        self.tensors.append({"name": name, "kind": kind, "shape": shape,
                             "dtype": dtype or self.dtype, **more})

    def id(self, name):
        return [tensor["name"] for tensor in self.tensors].index(name)

    def weight(self, name, shape):
        self.tensor(name, "weight", shape, recipe={
            "kind": "original", "name": name, "shape": shape, "dtype": "f32",
            "fanIn": shape[0]})

    def operand(self, name, ld, offset=0, stride=0, trans=False):
        return {"tensor": self.id(name), "offset": offset, "ld": ld,
                "stride": stride, "trans": trans}

    def gemm(self, a, b, d, m, n, k, c=None, **more):
        return {"kind": "gemm", "family": "gemm", "nodes": ["product"],
                "flops": 2 * m * n * k, "bytes": 0, "predictedUs": 1, "a": a,
                "b": b, "c": c, "d": d, "m": m, "n": n, "k": k, "batch": 1,
                "alpha": 1, "beta": 0, "epilogue": "none", "bias": None, **more}

    def launch(self, kernel, grid, block, args, shared=0):
        args = [{"tensor": self.id(arg), "offset": 0}
                if isinstance(arg, str) else arg for arg in args]
        return {"kind": "launch", "family": "elementwise", "nodes": [kernel],
                "flops": 0, "bytes": 0, "predictedUs": 1, "kernel": kernel,
                "grid": [grid, 1, 1], "block": [block, 1, 1],
                "sharedBytes": shared, "args": args}

    def copy(self, source, target):
        return {"kind": "copy", "family": "movement", "nodes": [], "flops": 0,
                "bytes": 0, "predictedUs": 1, "from": self.id(source),
                "to": self.id(target)}

    def entry(self, name, inputs, outputs, ops, arena=(), appends=()):
        """All arena tensors live all the time, one after another."""
        buffers, offset = [], 0
        for each in arena:
            tensor = self.tensors[self.id(each)]
            size = int(np.prod(tensor["shape"])) * BYTES[tensor["dtype"]]
            buffers.append({"tensor": self.id(each), "offset": offset,
                            "bytes": size, "first": 0, "last": len(ops) - 1})
            offset += (size + 255) // 256 * 256
        self.entries.append({
            "name": name, "dims": {}, "inputs": [self.id(i) for i in inputs],
            "outputs": [self.id(o) for o in outputs], "arenaBytes": offset,
            "buffers": buffers, "ops": ops,
            "appends": [{"cache": cache, "count": count}
                        for cache, count in appends]})

    def write(self, folder, kernels="", cubins=None):
        """ELEMENT in the kernels' source is the package's type."""
        folder.mkdir()
        element = {"bf16": "__nv_bfloat16", "f16": "__half",
                   "f32": "float"}[self.dtype]
        (folder / "kernels.cu").write_text(
            "#include <cuda_bf16.h>\n#include <cuda_fp16.h>\n" +
            kernels.replace("ELEMENT", element))
        for name in (cubins or {}).values():
            (folder / name).write_text("code")
        (folder / "manifest.json").write_text(json.dumps({
            "format": "gac-package", "version": 1, "producer": "test",
            "model": "none", "dtype": self.dtype, "arch": self.archs,
            "source": "kernels.cu", "cubins": cubins or {},
            "weights": {"file": None},
            "tensors": self.tensors, "entries": self.entries,
            "caches": self.caches}))
