#===- test_peers.py - What the suites measure beside packages --------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""The JAX twin of make_llama.py's models and PyTorch's attention beside
make_attention.py's, against ONNX Runtime on the CPU; and the pipes between a
suite and its peers. What needs JAX or torch is skipped where it is not
installed."""

import importlib.util
import subprocess
import sys
import time
import unittest

import numpy as np

import harness
import test_llama
from harness import check_onnx

import serving  # in benchmarks/, as test_llama's import has it
from attention_config import AttentionConfig

HAS_JAX = importlib.util.find_spec("jax") is not None
HAS_TORCH = importlib.util.find_spec("torch") is not None
ECHO = """
import sys, time
sys.path.insert(0, {folder!r})
import serving
def fail():
    raise ValueError("no such size\\nand pages more")
serving.serve(dict(
    add=lambda a, b: dict(sum=a + b), nothing=lambda: None, fail=fail,
    sleep=lambda secs: time.sleep(secs), end=lambda: sys.exit(3),
    die=lambda: sys.exit("a trace\\nout of memory\\n")))
"""


@unittest.skipUnless(HAS_JAX, "jax is not installed")
class Jax(test_llama.ModelTest):
    def test_against_onnx_runtime(self):
        import jax.numpy as jnp
        import llama_jax

        def check(path, config):
            if config.past or not config.body:
                return
            feed = test_llama.make_feed(config)
            x = feed["inputs_embeds"].astype(np.float32)
            want, = check_onnx.open_session(path).run(
                None, {"inputs_embeds": x})
            for form in ("original", "padded", "merged"):
                weights = llama_jax.make_form(config, form, jnp.float32,
                                              test_llama.weights_of(path))
                got = llama_jax.forward(config, None, weights, jnp.asarray(x))
                self.assertLess(check_onnx.relative_error(
                    np.asarray(got), want), 1e-5, form)
        self.for_each_form(check, "--dtype", "float32", "--weights", "random")
        check(*self.make("transposed", "--dtype", "float32", "--weights",
                         "random", "--body", "--transposed"))


class Attention(harness.ToolTest):
    CASES = (AttentionConfig(2, 5, 0, 4, 4, 13, 16, True),
             AttentionConfig(2, 5, 0, 4, 2, 13, 16, False),
             AttentionConfig(2, 1, 7, 4, 2, 13, 16, True))

    def make(self, config):
        path = self.dir / "attention.onnx"
        subprocess.run([sys.executable, test_llama.BENCHMARKS
                        / "make_attention.py", path,
                        *map(str, config.arguments())], check=True)
        return check_onnx.open_session(path)

    def test_models(self):
        """A model is what its configuration says, by hand."""
        rng = np.random.default_rng(1)
        for c in self.CASES:
            def values(heads, rows):
                return rng.standard_normal(
                    (c.batch, heads, rows, c.width)).astype(np.float32)
            feed = {"q": values(c.heads, c.seq), "k": values(
                c.kv_heads, c.seq), "v": values(c.kv_heads, c.seq)}
            keys, rows = feed["k"], feed["v"]
            if c.past:
                feed |= {f"past_0_{part}": values(c.kv_heads, c.past)
                         for part in (0, 1)}
                keys = np.concatenate((feed["past_0_0"], keys), 2)
                rows = np.concatenate((feed["past_0_1"], rows), 2)
            scores = np.einsum("bhqd,bhkd->bhqk", feed["q"], np.repeat(
                keys, c.heads // c.kv_heads, 1)) * c.scale
            if c.causal and not c.past:
                scores[..., ~np.tri(c.seq, dtype=bool)] = -np.inf
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            want = np.einsum("bhqk,bhkd->bhqd", scores / scores.sum(
                -1, keepdims=True), np.repeat(rows, c.heads // c.kv_heads, 1))
            got = self.make(c).run(None, feed)[0]
            np.testing.assert_allclose(got, want, atol=1e-5)

    @unittest.skipUnless(HAS_TORCH, "torch is not installed")
    def test_torch(self):
        import attention_torch
        import torch
        for config in self.CASES:
            narrow = attention_torch.make_operands(config, False,
                                                   torch.float32, "cpu")
            wide = attention_torch.make_operands(config, True, torch.float32,
                                                 "cpu")
            got = attention_torch.attend(config, "cudnn", wide)
            self.assertEqual(got.shape[-1], config.stored)
            self.assertFalse(got[..., config.width:].any())
            want = attention_torch.attend(config, "auto", narrow)
            np.testing.assert_allclose(got[..., :config.width].numpy(),
                                       want.numpy(), atol=1e-5)
            if config.past:
                continue
            feed = dict(zip("qkv", (each.numpy() for each in narrow)))
            np.testing.assert_allclose(self.make(config).run(None, feed)[0],
                                       want.numpy(), atol=1e-5)


class Serving(harness.ToolTest):
    def setUp(self):
        super().setUp()
        script = self.dir / "echo.py"
        script.write_text(ECHO.format(folder=str(test_llama.BENCHMARKS)))
        self.worker = serving.Worker([sys.executable, script, "--serve"],
                                     self.dir / "log")
        self.addCleanup(self.worker.close)

    def test_answers(self):
        for number in range(3):
            self.assertEqual(self.worker.ask("add", 20, a=number, b=2),
                             {"sum": number + 2})
        self.assertEqual(self.worker.ask("nothing", 20), {})
        for request, said in (("fail", "echo: ValueError: no such size"),
                              ("none", "echo: KeyError: 'none'")):
            with self.assertRaises(serving.Failed) as caught:
                self.worker.ask(request, 20)
            self.assertEqual(str(caught.exception), said)
        self.assertTrue(self.worker.alive)
        self.assertEqual(self.worker.ask("add", 20, a=1, b=1), {"sum": 2})

    def test_ends(self):
        begin = time.monotonic()
        with self.assertRaisesRegex(serving.Failed, "did not answer in time"):
            self.worker.ask("sleep", 1, secs=60)
        self.assertLess(time.monotonic() - begin, 20)
        self.assertFalse(self.worker.alive)
        with self.assertRaisesRegex(serving.Failed, "echo ended"):
            self.worker.ask("add", 20, a=1, b=1)

    def test_exits(self):
        with self.assertRaisesRegex(serving.Failed, "echo ended with code 3$"):
            self.worker.ask("end", 20)

    def test_last_words(self):
        for _ in range(2):  # also by who asks again
            with self.assertRaises(serving.Failed) as caught:
                self.worker.ask("die", 20)
            self.assertEqual(str(caught.exception),
                             "echo ended with code 1: out of memory")

    def test_ends_after_its_pipes(self):
        path = self.dir / "slow"
        path.write_text("#!/bin/sh\nexec <&-\nsleep 0.5\n"
                        "echo no memory >&2\nexit 3\n")
        path.chmod(0o755)
        for seconds in (0, 0.25):
            worker = serving.Worker([path, "slow.py", "--serve"],
                                    self.dir / "slow.log")
            self.addCleanup(worker.close)
            time.sleep(seconds)
            with self.assertRaises(serving.Failed) as caught:
                worker.ask("add", 20)
            self.assertEqual(str(caught.exception),
                             "slow ended with code 3: no memory")


if __name__ == "__main__":
    unittest.main()
