#===- test_repair_check.py - gac repair --check ----------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""gac repair --check compares the two models where ONNX Runtime is there."""

import json
import sys
import unittest

import numpy as np
import onnx
from onnx import numpy_helper

import handmade
import harness


class RepairCheck(harness.ToolTest):
    def setUp(self):
        super().setUp()
        self.model = self.dir / "model.onnx"
        self.out = self.dir / "fixed.onnx"
        onnx.save(handmade.low_rank(64), str(self.model))

    def repair(self, *options, python=sys.executable, model=None):
        return harness.run_tool("gac", "repair", model or self.model, "-o",
                                self.out, "--check", *options,
                                env={"GAC_PYTHON": str(python)})

    def wrapper(self, text):
        """An interpreter that is a shell script."""
        path = self.dir / "python"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def test_a_repair_agrees(self):
        done = self.repair()
        self.assertEqual(done.code, 0, done.err)
        self.assertRegex(done.out, r"Wrote .*\nchecked with ONNX Runtime [\d.]+"
                         r" on \d+ inputs: worst relative error [\d.e+-]+ "
                         r"\(output 'y', .*\), tolerance 1e-05\n$")
        report = json.loads(self.repair("--json", "-").out)["check"]
        self.assertEqual(report["outcome"], "agrees")
        self.assertLessEqual(report["worst"]["error"], report["tolerance"])
        self.assertGreater(report["cases"], 0)

    def test_another_model_does_not(self):
        """What is compared is what the model computes."""
        model = harness.load(self.model)
        tensor = model.graph.initializer[0]
        array = numpy_helper.to_array(tensor).copy()
        array[0, 0] += 1
        tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
        other = self.dir / "other.onnx"
        onnx.save(model, str(other))
        python = self.wrapper(
            f'[ $# -gt 2 ] && set -- "$1" "$2" "$3" "$4" {other} "$6" "$7"\n'
            f'exec {sys.executable} "$@"')
        done = self.repair("--json", self.dir / "plan.json", python=python)
        self.assertEqual(done.code, 1)
        self.assertRegex(done.err, "error: '.*fixed.onnx' does not compute the "
                         "same: checked with ONNX Runtime .* tolerance 1e-05")
        report = json.loads((self.dir / "plan.json").read_text())["check"]
        self.assertEqual(report["outcome"], "differs")
        self.assertGreater(report["worst"]["error"], report["tolerance"])

    def test_without_onnx_runtime_it_says_so(self):
        missing = self.wrapper('echo "Traceback" >&2\n'
                               'echo "ModuleNotFoundError: No module" >&2\n'
                               'exit 1')
        for python, why in ((missing, "says 'ModuleNotFoundError: No module';"),
                            (self.dir / "none", "does not run")):
            with self.subTest(why):
                done = self.repair(python=python)
                self.assertEqual(done.code, 0, done.err)
                self.assertIn("warning: not checked: ", done.err)
                self.assertIn(why, done.err)
                self.assertTrue(self.out.exists())
                report = json.loads(
                    self.repair("--json", "-", python=python).out)["check"]
                self.assertEqual(report["outcome"], "unavailable")

    def test_what_cannot_be_compared_is_an_error(self):
        python = self.wrapper(
            f'[ $# -gt 2 ] && set -- "$1" "$2" "$3" "$4" {self.dir}/none '
            f'"$6" "$7"\nexec {sys.executable} "$@"')
        done = self.repair(python=python)
        self.assertEqual(done.code, 1)
        self.assertIn("error: the models cannot be compared: ", done.err)
        for options, why in ((["--graph-only"], "leaves without weights"),
                             (["-o", self.model], "the output would replace")):
            if options[0] == "-o":
                done = harness.run_tool("gac", "repair", self.model, "--check",
                                        *options)
            else:
                done = self.repair(*options)
            self.assertEqual(done.code, 1)
            self.assertIn(why, done.err)

    def test_sizes_in_place_of_symbols(self):
        done = self.repair("--static", "--dim", "batch=5")
        self.assertEqual(done.code, 0, done.err)
        self.assertIn("on 1 input: ", done.out)

    def test_names_like_options(self):
        (self.dir / "-in.onnx").write_bytes(self.model.read_bytes())
        done = harness.run_tool("gac", "repair", "--check", "-o", "-out.onnx",
                                "--", "-in.onnx", cwd=self.dir,
                                env={"GAC_PYTHON": sys.executable})
        self.assertEqual(done.code, 0, done.err)
        self.assertIn("checked with", done.out)

    def test_a_model_that_does_not_load(self):
        python = self.wrapper(
            f'[ $# -gt 2 ] && set -- "$1" "$2" {self.dir}/none "$4" "$5" "$6" '
            f'"$7"\nexec {sys.executable} "$@"')
        done = self.repair(python=python)
        self.assertEqual(done.code, 1)
        self.assertIn("Wrote", done.out)
        self.assertIn("error: the models cannot be compared: ONNX Runtime does "
                      "not load", done.err)
        done = self.repair(python="/bin/true")
        self.assertEqual(done.code, 1)
        self.assertIn("ended without a comparison", done.err)

    def test_halves_are_compared_as_such(self):
        model = handmade.low_rank(64, dtype=np.float16)
        onnx.save(model, str(self.model))
        done = self.repair("--json", "-")
        self.assertEqual(done.code, 0, done.err)
        self.assertGreater(json.loads(done.out)["check"]["tolerance"], 1e-4)


if __name__ == "__main__":
    unittest.main()
