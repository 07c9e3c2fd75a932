#===- test_llama_torch.py - The PyTorch twin of the benchmarks' Llamas ----===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""llama_torch.py against ONNX Runtime on make_llama.py's models, and its
synthetic weights against numpy's. Skipped where torch is not installed."""

import argparse
import json
import unittest

import numpy as np

import test_llama
from harness import check_onnx

try:
    import torch

    import llama_forms  # in benchmarks/, as test_llama's import has it
    import llama_torch
    import synthetic_torch
    import synthetic_weights
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    torch = None

needs_torch = unittest.skipIf(torch is None, "torch is not installed")


@needs_torch
class Synthetic(unittest.TestCase):
    def check(self, *arguments, **options):
        got = synthetic_torch.uniform(*arguments, **options)
        want = synthetic_weights.uniform(*arguments, **options)
        self.assertEqual(got.dtype, torch.float32)
        self.assertEqual(tuple(got.shape), want.shape)
        np.testing.assert_array_equal(got.numpy().view(np.uint32),
                                      want.view(np.uint32))

    def test_bits(self):
        self.check("x", (1,))
        self.check("größe", (7, 5), 0.3)
        self.check("seed", (31, 3, 2), 1.0, 2**40 + 7)
        self.check("w", (300, 1001), float(np.float32(np.sqrt(3 / 300))))

    def test_blocks(self):
        blocks = synthetic_torch.BLOCKS
        synthetic_torch.BLOCKS = 16
        try:
            self.check("blocks", (1003,))
        finally:
            synthetic_torch.BLOCKS = blocks

    def test_originals(self):
        for dtype in ("bf16", "f16", "f32"):
            recipe = {"kind": "original", "name": "o", "shape": [43, 29],
                      "dtype": dtype, "fanIn": 43}
            want, _ = synthetic_weights.evaluate(recipe)
            got = synthetic_torch.original("o", (43, 29), 43, dtype)
            np.testing.assert_array_equal(got.float().numpy(), want)


@needs_torch
class Twin(test_llama.ModelTest):
    def check_forms(self, check):
        self.for_each_form(check, "--dtype", "float32", "--weights", "random")

    def run_twin(self, path, config, static, change=lambda model: None):
        weights = test_llama.weights_of(path)
        model = llama_torch.build(config, weights=weights)
        change(model)
        model.use_static_caches(static)
        feed = test_llama.make_feed(config)
        caches = None
        if config.past:
            caches = []
            for layer in range(config.layers):
                pair = [torch.as_tensor(feed[f"past_{layer}_{part}"])
                        for part in (0, 1)]
                if static:
                    room = pair[0].new_full((*pair[0].shape[:2],
                                             test_llama.SEQ,
                                             pair[0].shape[3]), np.nan)
                    pair = [torch.cat((each, room), 2) for each in pair]
                caches.append(tuple(pair))
        with torch.no_grad():
            out = model(torch.as_tensor(feed[config.input_name]), caches,
                        test_llama.PAST if config.past else 0)
        return [out, *(each for pair in caches or () for each in pair)], feed

    def test_against_the_definition(self):
        def check(path, config):
            want = None
            for static in (True, False) if config.past else (True,):
                got, feed = self.run_twin(path, config, static)
                want = want or test_llama.Reference(
                    config, test_llama.weights_of(path)).run(feed)
                self.assertEqual(len(got), len(want))
                for one, two in zip(got, want):
                    self.assertLess(check_onnx.relative_error(
                        one.numpy(), two), 1e-12)
        self.check_forms(check)

    def test_against_onnx_runtime(self):
        def check(path, config):
            got, feed = self.run_twin(path, config, True)
            session = check_onnx.open_session(path)
            want = session.run(None, {
                name: array.astype(np.float32) if array.dtype == np.float64
                else array for name, array in feed.items()})
            for one, two in zip(got, want):
                self.assertLess(check_onnx.relative_error(
                    one.numpy().astype(np.float32), two), 1e-5)
        self.check_forms(check)
        check(*self.make("transposed", "--dtype", "float32", "--weights",
                         "random", "--past", "--transposed"))

    def test_forms_compute_the_same(self):
        """Padded, and padded and merged, against the original."""
        def pad(model):
            llama_forms.pad(model, 16)
            sizes = [size for name, each in model.named_parameters()
                     if "Linear" in name or "mlp" in name
                     for size in each.shape]
            self.assertEqual({size % 16 for size in sizes}, {0})

        def merge(model):
            before = sum(each.numel() for each in model.parameters())
            pad(model)
            llama_forms.merge(model)
            names = [name for name, _ in model.named_parameters()]
            self.assertFalse([name for name in names if "q_proj" in name
                              or "gate_proj" in name])
            self.assertGreaterEqual(
                sum(each.numel() for each in model.parameters()), before)

        def check(path, config):
            want, _ = self.run_twin(path, config, True)
            for change in (pad, merge):
                got, _ = self.run_twin(path, config, True, change)
                self.assertEqual(len(got), len(want))
                for one, two in zip(got, want):
                    self.assertLess(check_onnx.relative_error(
                        one.numpy(), two.numpy()), 1e-12)
        self.check_forms(check)

    def test_each_compiled_form_is_its_own(self):
        """PyTorch keeps compiled code by code object: two forms of one class
        must not share it."""
        _, config = self.make("two", "--body", "--variant", "asvd")
        shape = (1, 3, config.hidden)
        x = synthetic_torch.uniform("x", shape).double()
        forms = [llama_torch.make_form(config, form, "f64", "cpu")
                 for form in ("original", "merged", "dense")]
        codes = set()
        for model in forms:
            forward = llama_torch.compiled(model, backend="eager")
            with torch.no_grad():
                np.testing.assert_array_equal(forward(x).numpy(),
                                              model(x).numpy())
            codes.add(forward.__wrapped__.__func__.__code__)
        self.assertEqual(len(codes), 3)

    def test_modes_compute_what_eager_does(self):
        _, config = self.make("mode", "--dtype", "float32", "--weights", "none")
        runner = llama_torch.Runner(config, "f64", seq=3, device="cpu")
        eager = runner.call("eager")
        for factor in (2, float("nan")):
            runner.prepare = lambda kind, factor=factor: (
                lambda: factor * eager())
            with self.assertRaisesRegex(
                    ValueError, "results of the mode compile are (1|nan) from "
                    "eager's"):
                runner.call("compile")
            self.assertNotIn("compile", runner.calls)
        runner.prepare = lambda kind: eager
        self.assertEqual(runner.call("compile"), eager)

    def test_weights_of_a_package(self):
        _, config = self.make("some", "--body", "--variant", "asvd")
        recipes = {name: llama_torch.default_recipe(name, shape) | {
            "kind": "original", "dtype": "f16"}
            for name, shape in config.weights().items()}
        norm = "model.norm.weight"
        recipes[norm]["fanIn"] = 3
        # A repaired package has them inside of other recipes.
        tensors = [{"name": name, "recipe": {
            "kind": "transpose", "perm": [0], "source": recipe}}
            for name, recipe in recipes.items()]
        tensors[0]["recipe"] = {"kind": "concat", "axis": 0, "sources": [
            recipes[tensors[0]["name"]]]}
        package = self.dir / "p.gacpkg"
        package.mkdir()
        (package / "manifest.json").write_text(json.dumps(
            {"tensors": [*tensors, {"name": "x"}]}))
        originals = synthetic_torch.originals_of(package)
        self.assertEqual(originals, recipes)
        model = llama_torch.build(config, originals=originals)
        parameters = dict(model.named_parameters())
        for name in (norm, "model.layers.1.mlp.up_proj.BLinear.weight"):
            want, _ = synthetic_weights.evaluate(recipes[name])
            np.testing.assert_array_equal(parameters[name].numpy(), want.T)
        recipes[norm]["shape"] = [65]
        with self.assertRaisesRegex(ValueError, "model.norm.weight is .65. in"):
            llama_torch.build(config, originals=recipes)

    def test_knobs(self):
        for text, want in (("freezing", ("freezing", True)),
                           ("max_autotune=false", ("max_autotune", False)),
                           ("backends=\"ATEN\"", ("backends", "ATEN"))):
            self.assertEqual(llama_torch.parse_knob(text), want)
        with self.assertRaisesRegex(argparse.ArgumentTypeError, "'a=b'"):
            llama_torch.parse_knob("a=b")



if __name__ == "__main__":
    unittest.main()
