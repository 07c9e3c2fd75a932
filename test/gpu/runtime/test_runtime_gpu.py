#!/usr/bin/env python3
#===- test_runtime_gpu.py - The runtime on a real GPU ----------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Hand-written packages through gac-run and the C interface, against float64.

Needs numpy and GAC_BIN_DIR, the folder of gac-run (libgac_runtime.so is looked
for in ../lib beside it). Exits with 77, which ctest counts as skipped, where
there is no GPU."""

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
sys.path.insert(0, str(ROOT / "scripts"))
import synthetic_weights  # noqa: E402
from package_writer import PackageWriter, get_arch, has_gpu  # noqa: E402

BIN = pathlib.Path(os.environ.get("GAC_BIN_DIR", ROOT / "build/release/bin"))
SKIPPED = 77
CAPACITY = 16
# Half of the last place: of rounding the inputs, and once more the result.
TOLERANCE = {"bf16": 2.0**-7, "f16": 2.0**-10, "f32": 1e-5}

KERNELS = """
extern "C" __global__ void saxpy(const ELEMENT *x, const ELEMENT *y,
                                 ELEMENT *out, float a, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n)
    out[i] = ELEMENT(a * float(x[i]) + float(y[i]));
}
// Rows of a [rows, width] block go to where the cache is filled.
extern "C" __global__ void append(const ELEMENT *from, ELEMENT *cache,
                                  const int *position, long long width) {
  cache[(*position + blockIdx.x) * width + threadIdx.x] =
      from[blockIdx.x * width + threadIdx.x];
}
extern "C" __global__ void shared_sum(const ELEMENT *x, ELEMENT *out) {
  extern __shared__ float values[];
  for (int i = threadIdx.x; i < 16384; i += blockDim.x)
    values[i] = i < 64 ? float(x[i]) : 0.0f;
  __syncthreads();
  if (threadIdx.x == 0) {
    float sum = 0;
    for (int i = 0; i < 16384; ++i)
      sum += values[i];
    out[0] = ELEMENT(sum);
  }
}
extern "C" __global__ void synthetic(float *out, long long key, float scale,
                                     long long n) {
  long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x;
  if (i < n)
    out[i] = gac::philoxUniform(gac::philoxBlock(key, i / 4, 0).words[i % 4],
                                scale);
}
"""


def make_package(folder, dtype, archs):
    p = PackageWriter(dtype, archs)
    p.weight("w", [64, 32])
    p.weight("wt", [32, 64])
    p.weight("bias", [32])
    p.tensor("x", "input", [4, 64])
    p.tensor("c", "input", [4, 32])
    p.tensor("t", "arena", [4, 32])
    p.tensor("u", "arena", [4, 32])
    for name in ("y", "plain", "transposed", "biased", "gelu", "added"):
        p.tensor(name, "output", [4, 32])
    p.tensor("batched", "output", [4, 16, 16])
    p.tensor("sum", "output", [1])
    p.tensor("k", "cache", [CAPACITY, 32])
    p.tensor("random", "output", [1001], "f32")
    p.caches.append({"input": "past", "output": "present",
                     "tensor": p.id("k"), "axis": 0, "capacity": CAPACITY})
    x, w = p.operand("x", 64), p.operand("w", 32)

    def d(name):
        return p.operand(name, 32)

    p.entry("main", ["x", "c"], ["y"], [
        p.gemm(x, w, d("t"), 4, 32, 64),
        p.launch("saxpy", 1, 128, ["t", "c", "u", {"f32": 0.5}, {"i32": 128}]),
        p.copy("u", "y")], arena=["t", "u"])
    bias = p.id("bias")
    p.entry("gemms", ["x", "c"],
            ["plain", "transposed", "biased", "gelu", "added", "batched"], [
        p.gemm(x, w, d("plain"), 4, 32, 64),
        p.gemm(x, p.operand("wt", 64, trans=True), d("transposed"), 4, 32, 64),
        p.gemm(x, w, d("biased"), 4, 32, 64, epilogue="bias", bias=bias),
        p.gemm(x, w, d("gelu"), 4, 32, 64, epilogue="gelu", bias=bias),
        p.gemm(x, w, d("added"), 4, 32, 64, c=d("c"), alpha=2, beta=0.5),
        # Batch b: the 16 x 8 block of w at row 16 b, transposed times itself.
        p.gemm(p.operand("w", 32, stride=512),
               p.operand("w", 32, stride=512, trans=True),
               p.operand("batched", 16, stride=256), 16, 16, 8, batch=4)])
    p.entry("append", ["c"], [], [
        p.launch("append", 4, 32, ["c", "k", {"position": "past"},
                                   {"i64": 32}])], appends=[("past", 4)])
    p.entry("shared", ["x"], ["sum"], [
        p.launch("shared_sum", 1, 128, ["x", "sum"], shared=65536)])
    key = synthetic_weights.key_of("rändom")
    p.entry("synthetic", [], ["random"], [
        p.launch("synthetic", 8, 128, [
            "random", {"i64": key - 2**64 if key >= 2**63 else key},
            {"f32": 0.25}, {"i64": 1001}])])
    philox = (ROOT / "kernels" / "philox.cuh").read_text()
    p.write(folder, philox + KERNELS)
    return p


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


class RuntimeOnGPU(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gac-gpu-")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.cache = self.dir / "cache"

    def gac_run(self, *arguments):
        return subprocess.run(
            [str(BIN / "gac-run"), *map(str, arguments)], capture_output=True,
            text=True, env={**os.environ, "GAC_CACHE_DIR": str(self.cache)})

    def outputs(self, package, entry, *arguments):
        out = self.dir / "out.npz"
        done = self.gac_run(package, "--entry", entry, "--output", out,
                            *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with np.load(out) as arrays:
            return dict(arrays)

    def values(self, dtype, name, shape, fan_in=None, seed=0):
        """What a package of that type holds or gets, in float64."""
        scale = np.float32(np.sqrt(3 / fan_in)) if fan_in else 1
        drawn = synthetic_weights.uniform(name, shape, scale, seed)
        return synthetic_weights.round_to(drawn, dtype).astype(np.float64)

    def check(self, dtype, actual, expected):
        error = np.abs(actual.astype(np.float64) - expected).max()
        self.assertLess(error, TOLERANCE[dtype] * np.abs(expected).max())

    def test_entries(self):
        for dtype in ("bf16", "f16", "f32"):
            with self.subTest(dtype):
                package = self.dir / dtype
                make_package(package, dtype, [get_arch()])
                x = self.values(dtype, "x", [4, 64], seed=3)
                c = self.values(dtype, "c", [4, 32], seed=3)
                w = self.values(dtype, "w", [64, 32], 64)
                wt = self.values(dtype, "wt", [32, 64], 32)
                bias = self.values(dtype, "bias", [32], 32)
                got = self.outputs(package, "main", "--seed", 3)
                self.check(dtype, got["y"], 0.5 * (x @ w) + c)
                got = self.outputs(package, "gemms", "--seed", 3)
                self.check(dtype, got["plain"], x @ w)
                self.check(dtype, got["transposed"], x @ wt.T)
                self.check(dtype, got["biased"], x @ w + bias)
                self.check(dtype, got["gelu"], gelu(x @ w + bias))
                self.check(dtype, got["added"], 2 * (x @ w) + 0.5 * c)
                blocks = w.reshape(4, 16, 32)[:, :, :8]
                self.check(dtype, got["batched"],
                           blocks @ blocks.transpose(0, 2, 1))
                got = self.outputs(package, "shared", "--seed", 3)
                self.check(dtype, got["sum"], x[:1].sum(keepdims=True)[0])

    def test_inputs_and_repeats(self):
        package = self.dir / "p"
        make_package(package, "f32", [get_arch()])
        x = np.arange(256, dtype=np.float64).reshape(4, 64) / 256
        c = np.ones((4, 32), np.float16)
        np.save(self.dir / "x.npy", x)
        np.savez_compressed(self.dir / "c.npz", c=c)
        got = self.outputs(package, "main", "--input",
                           f"x={self.dir / 'x.npy'}", "--inputs",
                           self.dir / "c.npz", "--repeat", 20)
        self.check("f32", got["y"],
                   0.5 * (x @ self.values("f32", "w", [64, 32], 64)) + 1)
        kept = sorted(path.name for path in self.cache.glob("[!.]*"))
        self.assertEqual([name.split("-")[0] for name in kept],
                         ["gemm", "kernels", "kernels"])
        again = self.outputs(package, "main", "--input",
                             f"x={self.dir / 'x.npy'}", "--inputs",
                             self.dir / "c.npz")
        np.testing.assert_array_equal(got["y"], again["y"])

    def test_synthetic_bits(self):
        package = self.dir / "p"
        make_package(package, "bf16", [get_arch()])
        got = self.outputs(package, "synthetic")["random"]
        expected = synthetic_weights.uniform("rändom", [1001], 0.25)
        np.testing.assert_array_equal(got.view(np.uint32),
                                      expected.view(np.uint32))

    def test_cache_grows(self):
        package = self.dir / "p"
        make_package(package, "bf16", [get_arch()])
        past = synthetic_weights.round_to(
            synthetic_weights.uniform("old", [5, 32]), "bf16")
        np.save(self.dir / "past.npy", past)
        got = self.outputs(package, "append", "--input",
                           f"past={self.dir / 'past.npy'}")
        c = self.values("bf16", "c", [4, 32])
        np.testing.assert_array_equal(got["present"],
                                      np.concatenate([past, c]))
        done = self.gac_run(package, "--entry", "append", "--position",
                            "past=13")
        self.assertEqual(done.returncode, 1)
        self.assertIn("appends 4 positions to the cache 'past', which has 13 "
                      "of 16 filled", done.stderr)

    def check_error(self, package, expected, entry="main"):
        done = self.gac_run(package, "--entry", entry)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(expected, done.stderr)

    def test_errors(self):
        make_package(self.dir / "old", "bf16", ["sm_30", "sm_90000a"])
        self.check_error(self.dir / "old", "is for sm_30, sm_90000a, and the "
                         "device, ")
        writer = make_package(self.dir / "big", "bf16", [get_arch()])
        manifest = self.dir / "big" / "manifest.json"
        text = manifest.read_text()
        data = json.loads(text)
        data["tensors"][writer.id("k")]["shape"] = [CAPACITY, 2**36]
        manifest.write_text(json.dumps(data))
        self.check_error(self.dir / "big", "needs 2048.0 GiB of device memory "
                         "(weights 0.0 MiB, caches 2048.0 GiB, ")
        manifest.write_text(text.replace('"kernel": "saxpy"',
                                         '"kernel": "none"'))
        self.check_error(self.dir / "big", "entry 'main': operation 1 "
                         "(none, grid [1, 1, 1], node 'saxpy'): the package's "
                         "module has no kernel 'none'")
        source = self.dir / "big" / "kernels.cu"
        source.write_text(source.read_text() + "wrong")
        self.check_error(self.dir / "big", "NVRTC cannot compile")

    def test_sessions_share_a_model(self):
        package = self.dir / "p"
        make_package(package, "f32", [get_arch()])
        lib = ctypes.CDLL(str(BIN.parent / "lib" / "libgac_runtime.so"))
        lib.gac_last_error.restype = ctypes.c_char_p
        pointer = ctypes.c_void_p

        class Tensor(ctypes.Structure):
            _fields_ = [("dtype", ctypes.c_int), ("rank", ctypes.c_size_t),
                        ("shape", ctypes.POINTER(ctypes.c_int64)),
                        ("data", pointer), ("bytes", ctypes.c_size_t)]

        def ok(status):
            self.assertEqual(status, 0, lib.gac_last_error())

        os.environ["GAC_CACHE_DIR"] = str(self.cache)
        model = pointer()
        ok(lib.gac_model_load(str(package).encode(), 0, 0,
                              ctypes.byref(model)))
        self.addCleanup(lib.gac_model_free, model)
        sessions, expected = [], []
        w = self.values("f32", "w", [64, 32], 64)
        for number in range(3):
            session = pointer()
            ok(lib.gac_session_create(model, None, ctypes.byref(session)))
            sessions.append(session)
            for name, shape in (("x", (4, 64)), ("c", (4, 32))):
                values = synthetic_weights.uniform(name, shape, 1, number)
                dims = (ctypes.c_int64 * 2)(*shape)
                tensor = Tensor(2, 2, dims, values.ctypes.data, values.nbytes)
                ok(lib.gac_session_set_input(session, b"main", name.encode(),
                                             ctypes.byref(tensor)))
            expected.append(0.5 * (self.values("f32", "x", (4, 64), None, number)
                                   @ w)
                            + self.values("f32", "c", (4, 32), None, number))
        for _ in range(10):
            for session in sessions:
                ok(lib.gac_session_run(session, b"main"))
        for session, values in zip(sessions, expected):
            out = np.empty((4, 32), np.float32)
            ok(lib.gac_session_get_output(session, b"main", b"y",
                                          pointer(out.ctypes.data),
                                          ctypes.c_size_t(out.nbytes)))
            self.check("f32", out, values)
            times = (ctypes.c_double * 5)()
            ok(lib.gac_session_time_entry(session, b"main",
                                          ctypes.c_size_t(5), times))
            self.assertGreater(min(times), 0)
            self.assertEqual(lib.gac_session_run(session, b"none"), 1)
            self.assertIn(b"has no entry 'none'", lib.gac_last_error())
            lib.gac_session_free(session)


if __name__ == "__main__":
    if not has_gpu():
        print("skipped: no GPU")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
