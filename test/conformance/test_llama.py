#===- test_llama.py - The Llamas that benchmarks make ---------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""make_llama.py's models compute what a Llama computes, and the tools know
them."""

import itertools
import subprocess
import sys
import unittest

import numpy as np
import onnx
from onnx import numpy_helper

import harness
from harness import check_onnx

BENCHMARKS = harness.ROOT / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
import llama_config  # noqa: E402  (it lies in benchmarks/)

SMALL = ["--layers", "2", "--hidden", "64", "--mlp", "83", "--heads", "4",
         "--kv-heads", "2", "--vocabulary", "97", "--widths", "55", "80"]
BATCH, SEQ, PAST = 2, 7, 5
LEFTOVERS = {"Expand", "GatherND", "IsNaN", "LessOrEqual", "Pow", "ReduceMean",
             "Sigmoid", "Softmax", "Sqrt", "Where"}
FORMS = list(itertools.product(llama_config.VARIANTS, (False, True),
                               (False, True)))


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


class Reference:
    """A Llama in numpy, written from its definition."""

    def __init__(self, config, weights):
        self.c, self.w = config, weights

    def norm(self, name, x):
        mean = (x**2).mean(-1, keepdims=True)
        return (x / np.sqrt(mean + llama_config.EPSILON)
                * self.w[f"{name}.weight"])

    def linear(self, name, x):
        if f"{name}.weight" in self.w:
            return x @ self.w[f"{name}.weight"]
        return (x @ self.w[f"{name}.BLinear.weight"]
                @ self.w[f"{name}.ALinear.weight"])

    def rotated(self, x, first):
        """Lanes i and i + half of [batch, heads, seq, lanes] as one complex
        number, turned by an angle that grows with the position."""
        half = x.shape[-1] // 2
        angles = np.outer(first + np.arange(x.shape[2]), self.c.frequencies())
        turned = (x[..., :half] + 1j * x[..., half:]) * np.exp(1j * angles)
        return np.concatenate([turned.real, turned.imag], -1)

    def attend(self, name, x, cache):
        batch, seq, _ = x.shape
        query, key, value = (
            self.linear(f"{name}.{part}_proj", x)
            .reshape(batch, seq, -1, self.c.head_dim).swapaxes(1, 2)
            for part in "qkv")
        past = cache[0].shape[2]
        key = np.concatenate([cache[0], self.rotated(key, past)], 2)
        value = np.concatenate([cache[1], value], 2)
        query = self.rotated(query, past)
        out = np.empty_like(query)
        for head in range(self.c.heads):
            shared = head * self.c.kv_heads // self.c.heads
            for row in range(seq):
                seen = slice(0, past + row + 1)
                scores = (key[:, shared, seen] @ query[:, head, row, :, None]
                          / self.c.head_dim**0.5)
                out[:, head, row] = (softmax(scores[..., 0])[:, None]
                                     @ value[:, shared, seen])[:, 0]
        out = out.swapaxes(1, 2).reshape(batch, seq, -1)
        return self.linear(f"{name}.o_proj", out), (key, value)

    def run(self, feed):
        x, presents = feed[self.c.input_name], []
        if not self.c.body:
            x = self.w["model.embed_tokens.weight"][x]
        for layer in range(self.c.layers):
            name = f"model.layers.{layer}"
            empty = np.zeros((len(x), self.c.kv_heads, 0, self.c.head_dim))
            cache = [feed.get(f"past_{layer}_{part}", empty)
                     for part in (0, 1)]
            normed = self.norm(f"{name}.input_layernorm", x)
            attended, present = self.attend(f"{name}.self_attn", normed, cache)
            presents += present
            x = x + attended
            normed = self.norm(f"{name}.post_attention_layernorm", x)
            gate = self.linear(f"{name}.mlp.gate_proj", normed)
            up = self.linear(f"{name}.mlp.up_proj", normed)
            x = x + self.linear(f"{name}.mlp.down_proj",
                                gate / (1 + np.exp(-gate)) * up)
        x = self.norm("model.norm", x)
        if not self.c.body:
            x = x @ self.w["lm_head.weight"]
        return [x] + presents * self.c.past


def make_feed(config, seed=0):
    """Random inputs in float64, ids where there are ids."""
    random = np.random.default_rng(seed)
    feed = {config.input_name: random.standard_normal(
        (BATCH, SEQ, config.hidden))}
    if not config.body:
        feed[config.input_name] = random.integers(0, config.vocabulary,
                                                  (BATCH, SEQ))
    for layer in range(config.layers if config.past else 0):
        for part in (0, 1):
            feed[f"past_{layer}_{part}"] = random.standard_normal(
                (BATCH, config.kv_heads, PAST, config.head_dim))
    return feed


def weights_of(path):
    tensors = harness.load(path).graph.initializer
    return {tensor.name: numpy_helper.to_array(tensor).astype(np.float64)
            for tensor in tensors}


class ModelTest(harness.ToolTest):
    def make(self, name, *options):
        path = self.dir / f"{name}.onnx"
        self.config_path = path.with_suffix(".json")
        subprocess.run([sys.executable, BENCHMARKS / "make_llama.py", path,
                        "--config", self.config_path, *SMALL, *options],
                       check=True, stdout=subprocess.DEVNULL)
        return path, llama_config.load(self.config_path)

    def for_each_form(self, check, *options):
        for variant, past, body in FORMS:
            name = variant + "-past" * past + "-body" * body
            with self.subTest(name):
                check(*self.make(
                    name, "--variant", variant, *["--past"] * past,
                    *["--body"] * body, *options))


class Llama(ModelTest):
    def check_results(self, path, config, weights=None):
        feed = make_feed(config)
        session = check_onnx.open_session(path)
        got = session.run(None, {
            name: array.astype(np.float32) if array.dtype == np.float64
            else array for name, array in feed.items()})
        wanted = Reference(config, weights or weights_of(path)).run(feed)
        self.assertEqual(len(got), len(wanted))
        for output, one, two in zip(session.get_outputs(), got, wanted):
            self.assertLess(check_onnx.relative_error(
                one, two.astype(np.float32)), 1e-5, output.name)

    def test_results(self):
        self.for_each_form(self.check_results, "--dtype", "float32",
                           "--weights", "random")

    def test_transposed(self):
        path, config = self.make("transposed", "--dtype", "float32",
                                 "--weights", "random", "--transposed")
        weights = {name: array.T if name in config.weights()
                   and array.ndim == 2 and "embed" not in name else array
                   for name, array in weights_of(path).items()}
        self.check_results(path, config, weights)

    def check_tools(self, path, config):
        self.must_run("gac", "analyze", path)
        fixed = self.dir / "fixed.onnx"
        self.must_run("gac", "repair", path, "-o", fixed)
        self.assert_same_results(fixed, path)
        for model in (path, fixed):
            named = self.dir / "named.onnx"
            self.must_run("gac-opt", model, "--gac-recover", "-o", named)
            self.check_recovered(harness.op_types(harness.load(named)), config)
            for seq in (1, SEQ):
                self.check_bound(model, config, seq)

    def check_bound(self, path, config, seq):
        """With all sizes bound, nothing is left of masks and caches."""
        dims = f"batch={BATCH},seq={seq}" + f",past={PAST}" * config.past
        folded = self.dir / "folded.mlir"
        self.must_run(
            "gac-opt", path, "-o", folded, "--pass-pipeline=builtin.module("
            f"func.func(gac-recover),gac-bind-dims{{dims={dims}}},func.func("
            "gac-infer-shapes,gac-fold-shapes,canonicalize,cse))")
        text = folded.read_text()
        self.assertEqual(text.count(" gac.attention "), config.layers)
        # A repair cuts the logits, and nothing else.
        cuts = [line for line in text.splitlines() if " gac.slice " in line]
        self.assertLessEqual(len(cuts), 1)
        self.assertTrue(all('gac.outputs = ["logits"]' in each
                            for each in cuts), cuts)
        for left in ("shape", "softmax", "expand", "where", "concat"):
            self.assertNotIn(f" gac.{left} ", text)

    def check_recovered(self, found, config):
        self.assertEqual(found["RMSNormalization"], 2 * config.layers + 1)
        self.assertEqual(found["RotaryEmbedding"], 2 * config.layers)
        self.assertEqual(found["Attention"], config.layers)
        self.assertEqual(found["Swish"], config.layers)
        self.assertEqual(LEFTOVERS & found.keys(), set())

    def test_tools(self):
        self.for_each_form(self.check_tools, "--dtype", "float32",
                           "--weights", "random")

    def test_narrow_types(self):
        for dtype in ("float16", "bfloat16"):
            path, config = self.make(dtype, "--dtype", dtype, "--past")
            named = self.dir / "named.onnx"
            self.must_run("gac-opt", path, "--gac-recover", "-o", named)
            self.check_recovered(harness.op_types(harness.load(named)), config)

    def test_without_weights(self):
        path, config = self.make("none", "--weights", "none")
        self.assertFalse(path.with_name("none.onnx.data").exists())
        self.must_run("gac", "analyze", path)
        out = self.dir / "fixed.onnx"
        self.must_run("gac", "repair", "--graph-only", path, "-o", out)
        shapes = {tensor.name: list(tensor.dims) for tensor in
                  onnx.load(str(out),
                            load_external_data=False).graph.initializer}
        grown = [name for name, shape in config.weights().items()
                 if shapes[name] != list(shape)]
        self.assertGreater(len(grown), 10)

    def test_ranks_are_those_of_asvd(self):
        _, config = self.make("drawn", "--variant", "asvd", "--ratios", ".6")
        self.assertEqual(config.blocks[0]["gate_proj"],
                         int(64 * 83 * .6) // (64 + 83))
        full = llama_config.Config(ratios=(0.9,), layers=1).blocks[0]
        self.assertEqual([full[name] for name in ("q_proj", "k_proj",
                                                  "down_proj")],
                         [1843, 737, 2867])

    def test_fewer_layers_are_the_first_ones(self):
        self.assertEqual(llama_config.Config(layers=4).blocks,
                         llama_config.Config().blocks[:4])

    def test_pruned_widths(self):
        blocks = llama_config.Config(variant="prune").blocks
        widths = {block["mlp"] for block in blocks}
        self.assertGreater(len(widths), 16)
        self.assertGreaterEqual(min(widths), 9000)
        self.assertLessEqual(max(widths), 12600)

    def check_refused(self, expected, *options):
        done = subprocess.run(
            [sys.executable, BENCHMARKS / "make_llama.py",
             self.dir / "bad.onnx", *options], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn(expected, done.stderr)
        self.assertEqual(list(self.dir.iterdir()), [])

    def test_refusals(self):
        self.check_refused("30 heads", "--heads", "30")
        self.check_refused("cannot share 3 key", "--kv-heads", "3")
        self.check_refused("--inline has weights", "--inline", "--weights",
                           "none")


if __name__ == "__main__":
    unittest.main()
