#===- synthetic_torch.py - A package's synthetic values in PyTorch ---------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""synthetic_weights.py's `uniform` in torch, bit for bit on any device, for
models of billions of elements. int64 stands for the unsigned numbers: products
of 32-bit words wrap as they would there, and only words are kept."""

import json
import math
import pathlib

import torch

from synthetic_weights import key_of

MASK32 = 0xFFFFFFFF
BLOCKS = 1 << 22  # of four words, at a time
DTYPES = {"bf16": torch.bfloat16, "f16": torch.float16, "f32": torch.float32}


def high_word(product):
    # The shift brings the sign along.
    return (product >> 32).bitwise_and_(MASK32)


def philox4x32(counter, key):
    """Ten rounds. counter: four int64 tensors of 32-bit words, key: two
    integers. Returns four tensors of words."""
    c0, c1, c2, c3 = counter
    key0, key1 = key
    for _ in range(10):
        product0, product1 = c0 * 0xD2511F53, c2 * 0xCD9E8D57
        c0 = high_word(product1).bitwise_xor_(c1).bitwise_xor_(key0)
        c2 = high_word(product0).bitwise_xor_(c3).bitwise_xor_(key1)
        c1 = product1.bitwise_and_(MASK32)
        c3 = product0.bitwise_and_(MASK32)
        key0 = (key0 + 0x9E3779B9) & MASK32
        key1 = (key1 + 0xBB67AE85) & MASK32
    return c0, c1, c2, c3


def uniform(name, shape, scale=1.0, seed=0, device="cpu"):
    """float32 in (-scale, scale), as synthetic_weights.uniform."""
    count = math.prod(shape)
    result = torch.empty((count + 3) // 4, 4, dtype=torch.float32,
                         device=device)
    key = key_of(name)
    for begin in range(0, len(result), BLOCKS):
        part = result[begin:begin + BLOCKS]
        index = torch.arange(begin, begin + len(part), device=device)
        low, high = (torch.full_like(index, word) for word in
                     (seed & MASK32, seed >> 32))
        words = philox4x32((index & MASK32, index >> 32, low, high),
                           (key & MASK32, key >> 32))
        for lane, word in enumerate(words):
            odd = (word >> 8).mul_(2).add_(1 - 2**24)
            part[:, lane] = odd
    result *= 2.0**-24
    # One rounding, by a factor of float32 itself.
    result *= torch.tensor(scale, dtype=torch.float32, device=device)
    return result.view(-1)[:count].view(shape)


def original(name, shape, fan_in, dtype="f32", device="cpu"):
    """The original model's tensor of a recipe, in its own type."""
    return uniform(name, shape, math.sqrt(3.0 / fan_in),
                   device=device).to(DTYPES[dtype])


def originals_of(package):
    """name -> recipe of each original tensor that a package is made of."""
    found = {}

    def visit(recipe):
        if recipe["kind"] == "original":
            found[recipe["name"]] = recipe
        for part in ("source", "a", "b"):
            if part in recipe:
                visit(recipe[part])
        for source in recipe.get("sources", ()):
            visit(source)

    manifest = json.loads((pathlib.Path(package) / "manifest.json").read_text())
    for tensor in manifest["tensors"]:
        if tensor.get("recipe"):
            visit(tensor["recipe"])
    return found
