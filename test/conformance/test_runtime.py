#===- test_runtime.py - gac-run and recipes, without a GPU ----------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""The runtime's synthetic weights against numpy's, bit for bit, and what
gac-run says where it cannot run."""

import ctypes
import json
import os
import pathlib
import subprocess
import sys
import unittest

import numpy as np

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import synthetic_weights  # noqa: E402

FAKE_CUDA = os.environ.get(
    "GAC_FAKE_CUDA", str(harness.BIN.parent / "test/fake_cuda/lib"))


def has_driver():
    try:
        ctypes.CDLL("libcuda.so.1")
        return True
    except OSError:
        return False


def original(name, shape, fan_in, dtype="f32"):
    return {"kind": "original", "name": name, "shape": shape, "dtype": dtype,
            "fanIn": fan_in}


def pad(source, shape, axes):
    return {"kind": "pad", "source": source, "shape": shape, "axes": axes}


A = original("a.weight", [37, 53], 53)
B = original("größe/b", [53, 29], 29)
PADDED = pad(A, [40, 64], [[[0, 0, 37]], [[0, 0, 20], [31, 20, 33]]])
# Shape and recipe by name; each becomes a bf16, an f16 and an f32 weight.
RECIPES = {
    "original": ([37, 53], A),
    "narrow": ([5, 7], original("n", [5, 7], 7, "f16")),
    "scalar": ([], original("s", [], 1)),
    "long": ([300001], original("l", [300001], 11)),
    "pad": ([40, 64], PADDED),
    "pad3": ([2, 5, 4], pad(original("p", [2, 3, 4], 4), [2, 5, 4],
                            [[[0, 0, 2]], [[1, 2, 1], [3, 0, 2]],
                             [[0, 0, 4]]])),
    "transpose": ([64, 40], {"kind": "transpose", "source": PADDED,
                             "perm": [1, 0]}),
    "transpose3": ([4, 2, 3], {"kind": "transpose", "perm": [2, 0, 1],
                               "source": original("t", [2, 3, 4], 4)}),
    "concat": ([37, 106], {"kind": "concat", "axis": 1, "sources": [A, A]}),
    "concat0": ([77, 64], {"kind": "concat", "axis": 0, "sources": [
        PADDED, pad(A, [37, 64], [[[0, 0, 37]], [[0, 0, 53]]])]}),
    "product": ([37, 29], {"kind": "product", "a": A, "b": B}),
    "cast": ([37, 53], {"kind": "cast", "source": A, "dtype": "bf16"}),
    "product of casts": ([37, 29], {
        "kind": "product", "a": {"kind": "cast", "source": A, "dtype": "bf16"},
        "b": {"kind": "cast", "source": B, "dtype": "bf16"}}),
}


def make_package(folder):
    folder.mkdir()
    (folder / "kernels.cu").write_text("")
    tensors = [{"name": f"{name} {dtype}", "kind": "weight", "dtype": dtype,
                "shape": shape, "recipe": recipe}
               for name, (shape, recipe) in RECIPES.items()
               for dtype in ("bf16", "f16", "f32")]
    manifest = {
        "format": "gac-package", "version": 1, "producer": "test",
        "model": "none", "dtype": "bf16", "arch": ["sm_90a"],
        "source": "kernels.cu", "cubins": {}, "weights": {"file": None},
        "tensors": tensors, "caches": [],
        "entries": [{"name": "empty", "dims": {}, "inputs": [], "outputs": [],
                     "arenaBytes": 0, "buffers": [], "ops": []}]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return tensors


class Runtime(harness.ToolTest):
    def setUp(self):
        super().setUp()
        self.package = self.dir / "p.gacpkg"
        self.tensors = make_package(self.package)

    def test_recipes_bit_for_bit(self):
        out = self.dir / "out.npz"
        for tensor in self.tensors:
            with self.subTest(tensor["name"]):
                self.must_run("gac-run", self.package, "--recipe",
                              tensor["name"], "--output", out)
                actual = np.load(out)[tensor["name"]].astype(np.float32)
                expected = synthetic_weights.evaluate_tensor(tensor)
                self.assertEqual(actual.shape, tuple(tensor["shape"]))
                np.testing.assert_array_equal(actual.view(np.uint32),
                                              expected.view(np.uint32))
                if tensor["shape"]:
                    self.assertGreater(np.count_nonzero(actual), actual.size / 3)

    def test_values_are_spread_as_promised(self):
        values = synthetic_weights.uniform("x", [100000], 0.5)
        self.assertLess(np.abs(values).max(), 0.5)
        self.assertLess(abs(values.mean()), 0.003)
        self.assertLess(abs(values.std() - 0.5 / 3**0.5), 0.002)

    def test_philox_known_answers(self):
        counter = np.array([[0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]],
                           np.uint64)
        out = synthetic_weights.philox4x32(counter, (0xA4093822, 0x299F31D0))
        self.assertEqual([hex(word) for word in out[0]],
                         ["0xd16cfe09", "0x94fdcceb", "0x5001e420",
                          "0x24126ea1"])

    def test_list(self):
        done = self.must_run("gac-run", self.package, "--list")
        self.assertIn("entry empty: 0 operations", done.out)

    def test_help_names_every_option(self):
        text = self.must_run("gac-run", "--help").out
        source = (ROOT / "tools" / "gac-run" / "Options.cpp").read_text()
        for line in source.splitlines():
            if line.strip().startswith('{"'):
                self.assertIn("--" + line.split('"')[1], text)

    def check_error(self, expected, *arguments):
        done = harness.run_tool("gac-run", *arguments)
        self.assertEqual(done.code, 1)
        self.assertEqual(done.out, "")
        self.assertEqual(done.err, f"gac-run: error: {expected}\n")

    def test_usage_errors(self):
        hint = " (gac-run --help lists the options)"
        self.check_error("which package?" + hint)
        self.check_error("one package at a time" + hint, "a", "b")
        self.check_error("option '--none' is unknown" + hint, "a", "--none")
        self.check_error("option '--entry' needs a value" + hint, "a",
                         "--entry")
        self.check_error("--input needs NAME=VALUE, got 'x'" + hint, "a",
                         "--input", "x")
        self.check_error("--repeat needs an integer from 1 to 1000000, got "
                         "'0'" + hint, "a", "--repeat", "0")
        self.check_error("--cudnn is one of auto, never, always, not 'yes'" +
                         hint, "a", "--cudnn", "yes")
        self.check_error("package 'a': there is no such folder", "a")

    def test_output_is_checked_first(self):
        """Before it is known whether there is a driver, too."""
        none, small = self.dir / "none" / "o.npz", self.tensors[0]["name"]
        expected = f"cannot write '{none}': No such file or directory"
        self.check_error(expected, self.package, "--output", none)
        self.check_error(expected, self.package, "--recipe", small, "--output",
                         none)

    def test_full_standard_output(self):
        for arguments in (["--help"], ["--version"], [self.package, "--list"]):
            with self.subTest(arguments), open("/dev/full", "wb") as full:
                command = [harness.BIN / "gac-run", *arguments]
                done = subprocess.run(command, stdout=full, check=False,
                                      stderr=subprocess.PIPE)
                self.assertEqual((done.returncode, done.stderr), (
                    1, b"gac-run: error: cannot write to standard output: "
                    b"No space left on device\n"))

    def test_positions(self):
        """Entries run where their kernels write to the positions that are
        counted, on the fake GPU."""
        package, out = self.dir / "past.gacpkg", self.dir / "out.npz"
        self.must_run("gac", "compile", harness.MODELS / "llama_asvd_past.onnx",
                      "-o", package, "--no-cubin",
                      "--entry", "prefill:batch=1,seq=8,past=0",
                      "--entry", "decode:batch=1,seq=1,past=24")
        env = {"LD_LIBRARY_PATH": FAKE_CUDA, "GAC_CACHE_DIR": str(self.dir)}

        def run(entry, *positions):
            return harness.run_tool(
                "gac-run", package, "--entry", entry, "--output", out,
                *(word for each in positions for word in ("--position", each)),
                env=env)

        def check(filled, *arguments):
            done = run(*arguments)
            self.assertEqual((done.code, done.err), (0, ""))
            with np.load(out) as results:
                self.assertEqual({results[name].shape[2] for name in results
                                  if name != "logits"}, {filled})

        def refuse(expected, *arguments):
            done = run(*arguments)
            self.assertEqual((done.code, done.err),
                             (1, f"gac-run: error: {expected}\n"))

        check(8, "prefill")
        check(8, "prefill", "past_0_0=0", "ALL=0")
        check(21, "decode", "ALL=20")
        check(25, "decode", "ALL=2", *(f"past_{layer}_{part}=24"
                                       for layer in (0, 1) for part in (0, 1)))
        refuse("entry 'prefill' fills the cache 'past_0_0' from its first "
               "position on, and 20 of 25 are filled", "prefill",
               "past_0_0=20")
        refuse("entry 'decode' counts the positions of the cache 'past_0_1' "
               "by those of 'past_0_0', and 0 and 20 are filled", "decode",
               "past_0_0=20")
        refuse("entry 'decode' counts the positions of the cache 'past_1_1' "
               "by those of 'past_0_0', and 4 and 20 are filled", "decode",
               "past_1_1=4", "ALL=20")
        refuse(f"package '{package}' has no cache 'present'", "decode",
               "present=1")
        done = harness.run_tool("gac-run", self.package, "--synthetic",
                                "--position", "ALL=1", env=env)
        self.assertIn("has no cache, and a position is given for 'ALL'",
                      done.err)

    def test_weights_that_are_too_large(self):
        manifest = self.package / "manifest.json"
        data = json.loads(manifest.read_text())
        data["tensors"].append({
            "name": "huge", "kind": "weight", "dtype": "bf16",
            "shape": [2**45], "recipe": original("huge", [2**45], 1)})
        manifest.write_text(json.dumps(data))
        done = harness.run_tool("gac-run", self.package, "--recipe", "huge",
                                "--output", self.dir / "out.npz")
        self.assertEqual((done.code, done.out), (1, ""))
        # A sanitizer has something to say before.
        self.assertEqual(
            done.err.splitlines()[-1], "gac-run: error: weight 'huge': there "
            "is no memory for the 140737488355328 bytes of values of shape "
            "[35184372088832]")

    @unittest.skipIf(has_driver(), "there is a driver")
    def test_no_driver(self):
        self.check_error("there is no NVIDIA driver on this machine: "
                         "libcuda.so.1 was not found", self.package)


if __name__ == "__main__":
    unittest.main()
