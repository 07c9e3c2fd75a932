#!/usr/bin/env python3
#===- llama_jax.py - The JAX twin of make_llama.py's models ----------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Prefill of a compressed Llama in JAX, compiled by XLA: a peer of suite.py's,
which `llama_jax.py --serve` takes requests from on standard input. Forms:
original, as compressed; padded, ranks and widths rounded up to 64; merged,
padded and the products that share an input made one. Attention is cuDNN's on a
GPU. Weights are arguments of the compiled function, as JAX's users have it.
"""

import argparse
import dataclasses
import functools
import itertools
import os
import time
import zlib

# Others need memory, too; set before JAX is there.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

import llama_config  # noqa: E402
import nvml  # noqa: E402
import serving  # noqa: E402

MULTIPLE = 64
CALLS = 10  # in a row, by the processor's clock: JAX has no events
MERGED = (("qkv", ("q_proj", "k_proj", "v_proj")),
          ("gate_up", ("gate_proj", "up_proj")))


def make_weights(config, dtype, arrays=None):
    """Matrices as [in, out], one dictionary per layer: vectors, and (matrix,)
    or a pair for each linear layer. `arrays` has values by name; without, they
    are random."""
    def weight(name, shape):
        if arrays is not None:
            array = jnp.asarray(arrays[name], dtype)
            return array.T if config.transposed else array
        key = jax.random.key(zlib.crc32(name.encode()))
        scale = (3 / shape[0]) ** 0.5 if len(shape) > 1 else 1
        return jax.random.uniform(key, shape, dtype, -scale, scale)

    layers = [{} for _ in range(config.layers)]
    plain = dataclasses.replace(config, transposed=False)
    for name, shape in plain.weights().items():
        if not name.startswith("model.layers."):
            continue
        _, _, index, *path = name.split(".")
        layer = layers[int(index)]
        if path[0].endswith("layernorm"):
            layer[path[0]] = weight(name, shape)
        else:
            layer.setdefault(path[1], ())
            layer[path[1]] += (weight(name, shape),)
    return {"layers": layers, "norm": weight(
        "model.norm.weight", (config.hidden,))}


def pad_to(matrix, rows, columns):
    return jnp.pad(matrix, [(0, -size % MULTIPLE if also else 0)
                            for size, also in zip(matrix.shape,
                                                  (rows, columns))])


def pad(weights):
    """Ranks, and the widths of MLPs."""
    for layer in weights["layers"]:
        for name, factors in layer.items():
            if name.endswith("layernorm"):
                continue
            last = len(factors) - 1
            layer[name] = tuple(
                pad_to(factor, i > 0 or name == "down_proj",
                       i < last or name in ("gate_proj", "up_proj"))
                for i, factor in enumerate(factors))


def merge(weights):
    """First factors, or whole matrices, side by side. Where their columns begin
    is in `sizes_of`."""
    for layer in weights["layers"]:
        for name, parts in MERGED:
            factors = [layer.pop(part) for part in parts]
            layer[name] = (jnp.concatenate([each[0] for each in factors], 1),
                           *(each[1:] for each in factors))


def apply(x, factors):
    for factor in factors:
        x = x @ factor
    return x


def sizes_of(rests, whole):
    """The columns of each part of a merged product: as many as its second
    factor has rows, or, of whole matrices, those of `whole`."""
    return [rest[0].shape[0] if rest else size
            for rest, size in zip(rests, whole)]


def project(layer, name, parts, x, whole):
    if name not in layer:
        return [apply(x, layer[part]) for part in parts]
    first, *rests = layer[name]
    ends = list(itertools.accumulate(sizes_of(rests, whole)))[:-1]
    return [apply(part, rest)
            for part, rest in zip(jnp.split(x @ first, ends, -1), rests)]


def norm(x, weight):
    wide = x.astype(jnp.float32)
    wide *= jax.lax.rsqrt(jnp.mean(wide * wide, -1, keepdims=True)
                          + llama_config.EPSILON)
    return weight * wide.astype(x.dtype)


def rotate(x, cos, sin):
    low, high = jnp.split(x, 2, -1)
    return x * cos + jnp.concatenate((-high, low), -1) * sin


def forward(config, implementation, weights, x):
    """Vectors [batch, seq, hidden] to the last hidden state."""
    batch, seq, _ = x.shape
    angle = (jnp.arange(seq, dtype=jnp.float32)[:, None]
             * jnp.asarray(config.frequencies()))
    angle = jnp.concatenate((angle, angle), -1)[:, None]
    cos, sin = jnp.cos(angle).astype(x.dtype), jnp.sin(angle).astype(x.dtype)
    whole = (config.hidden, config.kv_width, config.kv_width)
    for layer in weights["layers"]:
        normed = norm(x, layer["input_layernorm"])
        query, key, value = (
            part.reshape(batch, seq, -1, config.head_dim) for part in
            project(layer, *MERGED[0], normed, whole))
        mixed = jax.nn.dot_product_attention(
            rotate(query, cos, sin), rotate(key, cos, sin), value,
            is_causal=True, implementation=implementation)
        x = x + apply(mixed.reshape(batch, seq, -1), layer["o_proj"])
        normed = norm(x, layer["post_attention_layernorm"])
        half = layer["gate_up"][0].shape[1] // 2 if "gate_up" in layer else 0
        gate, up = project(layer, *MERGED[1], normed, (half, half))
        x = x + apply(jax.nn.silu(gate) * up, layer["down_proj"])
    return norm(x, weights["norm"])


def make_form(config, form, dtype=jnp.bfloat16, arrays=None):
    if form not in ("original", "padded", "merged"):
        raise ValueError(f"no form is called '{form}'")
    weights = make_weights(config, dtype, arrays)
    if form != "original":
        pad(weights)
    if form == "merged":
        merge(weights)
    return weights


class Runner:
    def __init__(self, config, form, batch, seq):
        gpu = jax.default_backend() == "gpu"
        self.weights = make_form(config, form)
        self.x = jax.random.uniform(jax.random.key(0),
                                    (batch, seq, config.hidden), jnp.bfloat16,
                                    -1, 1)
        self.step = jax.jit(functools.partial(forward, config,
                                              "cudnn" if gpu else None))
        begin = time.perf_counter()
        self.step(self.weights, self.x).block_until_ready()
        self.first_seconds = time.perf_counter() - begin

    def measure(self, repeat, warm_up=CALLS):
        """Microseconds per call, of each CALLS in a row: the device is never
        idle but at their beginning. About so many calls, after as many as
        warm it up."""
        times, before = [], max(warm_up // CALLS, 1)
        for _ in range(before + max(repeat // CALLS, 1)):
            begin = time.perf_counter()
            for _ in range(CALLS):
                result = self.step(self.weights, self.x)
            result.block_until_ready()
            times.append(1e6 * (time.perf_counter() - begin) / CALLS)
        return times[before:]


class Server:
    def __init__(self):
        self.runners = {}

    def environment(self):
        device = jax.devices()[0]
        return {"jax": jax.__version__, "gpu": device.device_kind,
                "platform": device.platform,
                "platform_version": device.client.platform_version.split(
                    "\n")[-1]}

    def load(self, name, config, form, batch, seq, context=0):
        if context:
            raise ValueError("this twin has no caches")
        self.runners[name] = Runner(llama_config.Config(**config), form, batch,
                                    seq)

    def measure(self, name, repeat, warm_up):
        runner = self.runners[name]
        return {"us": runner.measure(repeat, warm_up),
                "clocks": nvml.read(),
                "first_seconds": runner.first_seconds}

    def drop(self):
        self.runners.clear()
        jax.clear_caches()

    def check(self):
        jnp.ones(1).block_until_ready()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", required=True,
                        help="take requests")
    parser.parse_args()
    server = Server()
    serving.serve({"environment": server.environment, "load": server.load,
                   "measure": server.measure, "drop": server.drop,
                   "check": server.check})


if __name__ == "__main__":
    main()
