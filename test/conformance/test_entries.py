#===- test_entries.py - Entries of whole models ----------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Models become functions of fixed sizes in one type, their pasts caches."""

import re
import unittest

import harness
from harness import check_onnx

FAMILIES = ("llama_", "qwen3_")
ENTRIES = {"prefill": {"batch": 1, "seq": 9, "past": 0},
           "long": {"batch": 1, "seq": 300, "past": 20},
           "decode": {"batch": 1, "seq": 1, "past": 32}}
PIPELINE = ("builtin.module(func.func(gac-recover,gac-form-caches),"
            "gac-specialize-entries{entries=%s},func.func(gac-place-caches,"
            "gac-recover,gac-infer-shapes,gac-fold-shapes,canonicalize,cse),"
            "gac-convert-precision%s)")


class Entries(harness.ToolTest):
    def test_models(self):
        paths = [path for path in harness.models()
                 if path.stem.startswith(FAMILIES)]
        self.assertGreater(len(paths), 15)
        for path in paths:
            with self.subTest(path.stem):
                self.check(path, "bf16", "")
        self.check(paths[0], "f16", "{dtype=f16}")

    def check(self, path, dtype, option):
        symbols = check_onnx.symbols_of(check_onnx.open_session(path))
        has_caches = "past" in symbols
        entries = {name: {symbol: sizes[symbol] for symbol in symbols}
                   for name, sizes in ENTRIES.items()}
        text = ",".join(":".join([name] + [f"{symbol}={size}" for symbol, size
                                           in sizes.items()])
                        for name, sizes in entries.items())
        out = self.must_run("gac-opt", path, "--pass-pipeline=" +
                            PIPELINE % (text, option)).out
        self.assertIn(f'gac_cuda.dtype = "{dtype}"', out)
        functions = re.split(r"\n  func\.func @", out)[1:]
        self.assertEqual([f[:f.index("(")] for f in functions], list(entries))
        for function in functions:
            self.check_function(function, dtype, has_caches)

    def check_function(self, function, dtype, has_caches):
        self.assertIsNone(re.search(r"tensor<(\?|[0-9x]*x\?)", function))
        for op in ("gac.shape ", "gac.size ", "gac.opaque "):
            self.assertNotIn(op, function)
        name = function[:function.index("(")]
        layers = function.count("gac_cuda.attention")
        if not has_caches:
            self.assertEqual(layers, 0)
            self.assertIn("gac.attention", function)
        else:
            self.assertEqual(layers, 2)
            self.assertNotIn("gac.attention", function)
            self.assertEqual(function.count("gac_cuda.append"), 2 * layers)
            # All entries have room for 20 and 300 more.
            signature = function[:function.index("\n")]
            self.assertEqual(len(re.findall(
                rf"tensor<1x\d+x320x\d+x{dtype}> \{{[^}}]*gac_cuda.cache",
                signature)), 2 * layers)
            self.assertNotIn("present_0_0\"}", signature.split("->")[-1])
            self.assertEqual("gac_cuda.position" in function, name != "prefill")
        # Matrices and what they give are of one type, rotary tables float32.
        products = re.findall(r"gac\.matmul .*: \(tensor<[0-9x]*x(\w+)>, "
                              r"tensor<[0-9x]*x(\w+)>\) -> tensor<[0-9x]*x(\w+)",
                              function)
        self.assertGreater(len(products), 10)
        self.assertEqual(set(products), {(dtype, dtype, dtype)})
        tables = re.findall(r"gac\.rotary_embedding .*: \(tensor<[0-9x]*x(\w+)>, "
                            r"tensor<[0-9x]*x(\w+)>, tensor<[0-9x]*x(\w+)>\)",
                            function)
        self.assertEqual(set(tables), {(dtype, "f32", "f32")})
        self.assertGreater(function.count("#gac.cast<"), 10)


if __name__ == "__main__":
    unittest.main()
