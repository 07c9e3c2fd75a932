#!/usr/bin/env python3
#===- synthetic_weights.py - A package's synthetic weights in numpy --------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""The synthetic values of a package's weights, bit for bit as the runtime
makes them, so that any other program can run the same model. docs/Package.md
defines them; kernels/philox.cuh is the C++ and CUDA twin.

As a program: synthetic_weights.py PACKAGE OUT.npz [WEIGHT ...] writes the
weights that have recipes (bf16 as float32, which holds it exactly)."""

import json
import math
import os
import sys

import numpy as np

MASK32 = np.uint64(0xFFFFFFFF)


def key_of(name):
    """FNV-1a of the name's UTF-8 bytes, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def philox4x32(counter, key):
    """Ten rounds. counter: uint64 array [n, 4] of 32-bit words; key: two
    32-bit integers. Returns uint32 [n, 4]."""
    c0, c1, c2, c3 = (counter[:, i].copy() for i in range(4))
    key0, key1 = key
    for _ in range(10):
        product0 = c0 * np.uint64(0xD2511F53)
        product1 = c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (
            (product1 >> np.uint64(32)) ^ c1 ^ np.uint64(key0),
            product1 & MASK32,
            (product0 >> np.uint64(32)) ^ c3 ^ np.uint64(key1),
            product0 & MASK32,
        )
        key0 = (key0 + 0x9E3779B9) % 2**32
        key1 = (key1 + 0xBB67AE85) % 2**32
    return np.stack([c0, c1, c2, c3], axis=1).astype(np.uint32)


def words(name, count, seed=0):
    """The first `count` words of the stream of that name."""
    blocks = (count + 3) // 4
    index = np.arange(blocks, dtype=np.uint64)
    counter = np.empty((blocks, 4), np.uint64)
    counter[:, 0] = index & MASK32
    counter[:, 1] = index >> np.uint64(32)
    counter[:, 2] = seed % 2**32
    counter[:, 3] = seed >> 32
    key = key_of(name)
    return philox4x32(counter, (key % 2**32, key >> 32)).reshape(-1)[:count]


def uniform(name, shape, scale=1.0, seed=0):
    """float32 in (-scale, scale): an input's values, or, with the scale of its
    fan-in, an original weight's."""
    count = math.prod(shape)
    odd = 2 * (words(name, count, seed) >> 8).astype(np.int32) + 1 - 2**24
    unit = odd.astype(np.float32) * np.float32(2.0**-24)
    return (unit * np.float32(scale)).reshape(shape)


def integers(name, shape, first, last, seed=0):
    """int64 from first to last, both included."""
    span = np.uint64(last - first + 1)
    drawn = words(name, math.prod(shape), seed).astype(np.uint64) % span
    return (drawn.astype(np.int64) + first).reshape(shape)


def round_to(values, dtype):
    """float32 values rounded to bf16 or f16, to nearest, ties to even; as
    float32."""
    if dtype == "f32":
        return values
    if dtype == "f16":
        with np.errstate(over="ignore"):
            return values.astype(np.float16).astype(np.float32)
    bits = values.view(np.uint32).astype(np.uint64)
    bits = (bits + 0x7FFF + (bits >> np.uint64(16) & np.uint64(1))) & np.uint64(
        0xFFFF0000)
    rounded = bits.astype(np.uint32).view(np.float32)
    return np.where(np.isnan(values), values, rounded)


def product(a, b):
    """Sums in float64, in ascending order of k, rounded once to float32."""
    total = np.zeros((a.shape[0], b.shape[1]))
    for k in range(a.shape[1]):
        total += np.outer(a[:, k].astype(np.float64), b[k].astype(np.float64))
    return total.astype(np.float32)


def evaluate(recipe):
    """A recipe's float32 values and element type."""
    kind = recipe["kind"]
    if kind == "original":
        scale = np.float32(math.sqrt(3.0 / recipe["fanIn"]))
        values = uniform(recipe["name"], recipe["shape"], scale)
        return round_to(values, recipe["dtype"]), recipe["dtype"]
    if kind == "concat":
        parts = [evaluate(source) for source in recipe["sources"]]
        joined = np.concatenate([values for values, _ in parts], recipe["axis"])
        return joined, parts[0][1]
    if kind == "product":
        a, dtype = evaluate(recipe["a"])
        b, _ = evaluate(recipe["b"])
        return round_to(product(a, b), dtype), dtype
    values, dtype = evaluate(recipe["source"])
    if kind == "cast":
        return round_to(values, recipe["dtype"]), recipe["dtype"]
    if kind == "transpose":
        return np.ascontiguousarray(values.transpose(recipe["perm"])), dtype
    if kind != "pad":
        raise ValueError(f"no recipe is called '{kind}'")
    for axis, runs in enumerate(recipe["axes"]):
        shape = list(values.shape)
        shape[axis] = recipe["shape"][axis]
        padded = np.zeros(shape, np.float32)
        for to, start, count in runs:
            target = [slice(None)] * len(shape)
            target[axis] = slice(to, to + count)
            source = [slice(None)] * len(shape)
            source[axis] = slice(start, start + count)
            padded[tuple(target)] = values[tuple(source)]
        values = padded
    return values, dtype


def evaluate_tensor(tensor):
    """The values of a manifest's tensor, as float32 of its own type's."""
    values, _ = evaluate(tensor["recipe"])
    return round_to(values, tensor["dtype"])


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__)
    folder, output, *names = arguments
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
        tensors = {tensor["name"]: tensor for tensor in
                   json.load(file)["tensors"] if tensor.get("recipe")}
    missing = [name for name in names if name not in tensors]
    if missing:
        sys.exit(f"no recipe for {', '.join(missing)} in {folder}")
    np.savez(output, **{name: evaluate_tensor(tensors[name])
                        for name in names or tensors})


if __name__ == "__main__":
    main(sys.argv[1:])
