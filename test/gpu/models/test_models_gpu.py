#!/usr/bin/env python3
#===- test_models_gpu.py - Compiled models on a real GPU -------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Packages of Llamas, as compressed and repaired, against float64 on fresh
inputs: small ones with weights against onnx's own evaluator, and two layers of
full width against the PyTorch twin with the same synthetic weights. A repaired
model's root-mean-square error over all entries and seeds is at most TOLERATED
times that of the model as compressed.

Needs numpy, onnx, for the wide models torch, GAC_BIN_DIR, the folder of
gac-run, and GAC_PACKAGES, what ../prepare.sh wrote. Exits with 77, which ctest
counts as skipped, where there is no GPU or there are no packages.

usage: test_models_gpu.py [--seed N] [unittest's arguments]
"""

import collections
import concurrent.futures
import ctypes
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "benchmarks")]
import synthetic_weights  # noqa: E402

BIN = pathlib.Path(os.environ.get("GAC_BIN_DIR", ROOT / "build/release/bin"))
PACKAGES = pathlib.Path(os.environ.get("GAC_PACKAGES", "/nonexistent"))
SKIPPED = 77
SEEDS = 5
TOLERATED = 1.1
# In one entry alone, of which some have a few hundred results only.
TOLERATED_ALONE = 1.5
REPAIRS = ("minimal", "optimal")
# What a sound model may have, as a share of its results' own size: some
# roundings of each layer, one after another. f32 may multiply in TF32.
PLAUSIBLE = {"bf16": 2.0**-5, "f16": 2.0**-8, "f32": 2.0**-9}
# gac-run at the same time, once algorithms are chosen and kept.
AT_ONCE = 4
# Positions that are filled, by model and entry. The last one leaves room for
# just what the entry appends.
POSITIONS = {("llama_asvd_past", "step"): (0, 17, 40),
             ("llama_asvd_past", "chunk"): (0, 3, 36),
             ("llama_head14_past", "step"): (0, 17, 40),
             ("llama_head14_past", "chunk"): (0, 36),
             ("wide_past", "step"): (64,), ("wide_transposed", "step"): (64,),
             ("wide_pruned", "step"): (64,)}

first_seed = 0


def has_gpu():
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int()
    return (driver.cuInit(0) == 0 and
            driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and
            count.value > 0)


def entries_of(package):
    """Symbols' sizes by entry."""
    manifest = json.loads((package / "manifest.json").read_text())
    return {entry["name"]: entry["dims"] for entry in manifest["entries"]}


def make_feed(interface, dims, position, dtype, seed):
    """Random values by name, for shapes with symbols: numbers that the package
    has exactly, so that all errors are its own. `interface`: name -> (shape,
    first integer that is too large, or None)."""
    random = np.random.default_rng(seed)
    sizes = dims | {"past": position}
    feed = {}
    for name, (shape, bound) in interface.items():
        shape = [sizes.get(size, size) for size in shape]
        if bound:
            feed[name] = random.integers(0, bound, shape)
        else:
            feed[name] = synthetic_weights.round_to(
                random.standard_normal(shape, np.float32), dtype)
    return feed


class Errors:
    """Sums of squares over outputs and seeds. Results and caches are apart: a
    cache holds what was given to it, exactly."""

    def __init__(self):
        self.squares, self.sizes, self.counts = (
            collections.Counter() for _ in range(3))

    def add(self, name, got, want):
        kind = "caches" if name.startswith("present") else "results"
        self.squares[kind] += float(((got - want) ** 2).sum())
        self.sizes[kind] += float((want**2).sum())
        self.counts[kind] += want.size

    def update(self, other):
        self.squares.update(other.squares)
        self.sizes.update(other.sizes)
        self.counts.update(other.counts)

    def __getitem__(self, kind):
        return (self.squares[kind] / self.counts[kind]) ** 0.5

    def relative(self, kind):
        return (self.squares[kind] / self.sizes[kind]) ** 0.5


class ModelsOnGPU(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gac-gpu-")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def gac_run(self, package, entry, feed, name):
        """Outputs by name. An empty cache is not given."""
        given, out = self.dir / f"{name}.in.npz", self.dir / f"{name}.npz"
        np.savez(given, **{key: value for key, value in feed.items()
                           if value.size})
        done = subprocess.run(
            [str(BIN / "gac-run"), str(package), "--entry", entry, "--inputs",
             str(given), "--output", str(out)], capture_output=True, text=True,
            env={**os.environ, "GAC_CACHE_DIR": str(self.dir / "cache")})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with np.load(out) as arrays:
            return dict(arrays)

    def errors_of(self, package, entry, feeds, wanted):
        errors = Errors()

        def run(index):
            return self.gac_run(package, entry, feeds[index], str(index))

        results = [run(0)]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            results += pool.map(run, range(1, len(feeds)))
        for got, want in zip(results, wanted):
            self.assertEqual(got.keys(), want.keys())
            for name, array in got.items():
                self.assertEqual(array.shape, want[name].shape, name)
                self.assertTrue(np.isfinite(array).all(), name)
                errors.add(name, array.astype(np.float64), want[name])
        return errors

    def check_case(self, model, dtype, entry, position, interface, reference):
        folder = PACKAGES / model / dtype
        dims = entries_of(folder / "original.gacpkg")[entry]
        feeds = [make_feed(interface, dims, position, dtype, first_seed + seed)
                 for seed in range(SEEDS)]
        wanted = [reference(feed, position) for feed in feeds]
        found = {strategy: self.errors_of(folder / f"{strategy}.gacpkg", entry,
                                          feeds, wanted)
                 for strategy in ("original", *REPAIRS)}
        self.check_errors(f"{model} {dtype} {entry} {position}", dtype, found,
                          TOLERATED_ALONE)
        return found

    def check_errors(self, title, dtype, found, tolerated):
        original = found["original"]
        for kind in original.counts:
            base = original[kind]
            self.assertGreater(base, 0)
            print(f"  {title} {kind}: {original.relative(kind):.2e} of their "
                  "size, " + ", ".join(f"{name} {found[name][kind] / base:.3f}"
                                       for name in REPAIRS), flush=True)
            for errors in found.values():
                self.assertLess(errors.relative(kind), PLAUSIBLE[dtype])
            for strategy in REPAIRS:
                self.assertLessEqual(found[strategy][kind], tolerated * base,
                                     f"{strategy}, {kind}")

    def check_model(self, model, interface, reference):
        dtypes = sorted(path.name for path in (PACKAGES / model).iterdir()
                        if path.is_dir())
        self.assertNotEqual(dtypes, [])
        for dtype in dtypes:
            entries = entries_of(PACKAGES / model / dtype / "original.gacpkg")
            totals = {name: Errors() for name in ("original", *REPAIRS)}
            for entry in entries:
                for position in POSITIONS.get((model, entry), (0,)):
                    with self.subTest(f"{model} {dtype} {entry} {position}"):
                        for name, errors in self.check_case(
                                model, dtype, entry, position, interface,
                                reference).items():
                            totals[name].update(errors)
            with self.subTest(f"{model} {dtype}"):
                self.check_errors(f"{model} {dtype}", dtype, totals, TOLERATED)

    def check_small(self, name):
        import float64_model
        import onnx
        from onnx.reference import ReferenceEvaluator

        model = onnx.load(str(ROOT / "test" / "models" / f"{name}.onnx"))
        rows = next(tensor.dims[0] for tensor in model.graph.initializer
                    if "embed_tokens" in tensor.name)
        interface = {}
        for value in model.graph.input:
            kind = value.type.tensor_type
            interface[value.name] = (
                [dim.dim_param or dim.dim_value for dim in kind.shape.dim],
                rows if kind.elem_type == onnx.TensorProto.INT64 else None)
        outputs = [value.name for value in model.graph.output]
        evaluator = ReferenceEvaluator(float64_model.to_float64(model))

        def reference(feed, _):
            return dict(zip(outputs, evaluator.run(outputs, {
                key: array if array.dtype == np.int64
                else array.astype(np.float64)
                for key, array in feed.items()})))

        self.check_model(name, interface, reference)

    def test_llama_asvd(self):
        self.check_small("llama_asvd")

    def test_llama_prune(self):
        self.check_small("llama_prune")

    def test_llama_palu(self):
        self.check_small("llama_palu")

    def test_llama_heads(self):
        self.check_small("llama_heads")

    def test_llama_head14(self):
        self.check_small("llama_head14")

    def test_qwen3_asvd(self):
        self.check_small("qwen3_asvd")

    def test_llama_asvd_past(self):
        self.check_small("llama_asvd_past")

    def test_llama_head14_past(self):
        """Its caches are wider once repaired, and given and taken alike."""
        for strategy in REPAIRS:
            manifest = json.loads(
                (PACKAGES / "llama_head14_past" / "bf16" / f"{strategy}.gacpkg"
                 / "manifest.json").read_text())
            self.assertEqual({tensor["lanes"]["shape"][3]
                              for tensor in manifest["tensors"]
                              if tensor["kind"] == "cache"
                              and tensor["name"].startswith("past")}, {14})
        self.check_small("llama_head14_past")

    def check_wide(self, name, *made):
        """`made`: recipes of weights that the plan of a repaired model has."""
        manifest = PACKAGES / name / "bf16" / "minimal.gacpkg" / "manifest.json"
        recipes = json.dumps([tensor.get("recipe") for tensor in
                              json.loads(manifest.read_text())["tensors"]])
        for kind in made:
            self.assertIn(f'"kind": "{kind}"', recipes)
        try:
            import torch
        except ImportError:
            self.skipTest("torch is not installed")
        import llama_config
        import llama_torch
        import synthetic_torch

        device = "cuda" if torch.cuda.is_available() else "cpu"
        config = llama_config.load(PACKAGES / name / "config.json")
        originals = synthetic_torch.originals_of(
            PACKAGES / name / "bf16" / "original.gacpkg")
        # Nothing else is made up: the rotation's frequencies are data.
        self.assertEqual(originals.keys(), config.weights().keys())
        twin = llama_torch.build(config, "f64", device, originals)
        twin.use_static_caches(False)
        interface = {config.input_name: (["batch", "seq", config.hidden], None)}
        shape = ["batch", config.kv_heads, "past", config.head_dim]
        names = [(f"past_{layer}_0", f"past_{layer}_1")
                 for layer in range(config.layers if config.past else 0)]
        interface |= {name: (shape, None) for pair in names for name in pair}

        @torch.no_grad()
        def reference(feed, position):
            def tensor(name):
                return torch.as_tensor(feed[name], dtype=torch.float64,
                                       device=device)

            caches = [tuple(map(tensor, pair)) for pair in names] or None
            out = twin(tensor(config.input_name), caches, position)
            wanted = {config.output_name: out.cpu().numpy()}
            for layer, pair in enumerate(caches or ()):
                for part, cache in enumerate(pair):
                    wanted[f"present_{layer}_{part}"] = cache.cpu().numpy()
            return wanted

        self.check_model(name, interface, reference)

    def test_wide(self):
        self.check_wide("wide", "concat", "product")

    def test_wide_past(self):
        self.check_wide("wide_past", "concat", "product")

    def test_wide_pruned(self):
        self.check_wide("wide_pruned", "concat")

    def test_wide_transposed(self):
        """Weights are [n, k], and [k, n] in its packages."""
        self.check_wide("wide_transposed", "concat", "product", "transpose")


def main():
    global first_seed
    if not has_gpu():
        print("skipped: there is no GPU")
        sys.exit(SKIPPED)
    if not PACKAGES.is_dir():
        print("skipped: GAC_PACKAGES names no folder of packages")
        sys.exit(SKIPPED)
    arguments = sys.argv[:]
    if "--seed" in arguments:
        place = arguments.index("--seed")
        first_seed = int(arguments[place + 1])
        del arguments[place:place + 2]
    unittest.main(argv=arguments, verbosity=2)


if __name__ == "__main__":
    main()
