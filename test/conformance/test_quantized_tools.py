#===- test_quantized_tools.py - Models that quantisers make ---------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""What ONNX Runtime's quantisers make of the models here is repaired as far as
those are, and computes the same."""

import json
import logging
import unittest

import numpy as np
import onnx
from onnxruntime import quantization
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

import harness
import lanes
from harness import check_onnx
from test_lanes import ALLOWED, sizes_of

# Dimensions below full speed after repair that are not the interface's.
INTERFACE = "graph "


class Samples(quantization.CalibrationDataReader):
    """A few random inputs, to choose scales for."""

    def __init__(self, path):
        session = check_onnx.open_session(path)
        feeds = []
        for _, feed in check_onnx.cases_of(session, path, {"batch": [1]}, 0):
            try:
                session.run(None, feed)
            except Exception:  # as check_onnx: the model refuses these sizes
                continue
            feeds.append(feed)
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


class Tools(harness.ToolTest):
    def setUp(self):
        super().setUp()
        logging.disable(logging.WARNING)
        self.addCleanup(logging.disable, logging.NOTSET)

    def check(self, path, sizes=None, stays=()):
        """`stays`: reasons that keep other dimensions as they are."""
        fixed = self.dir / "fixed.onnx"
        self.must_run("gac", "repair", path, "-o", fixed)
        for case, output, error in check_onnx.check_against(fixed, path,
                                                            sizes, seed=0):
            if error is not None:
                self.assertLessEqual(error, check_onnx.TOLERANCE,
                                     f"{output} of {case}")
        values = lanes.read_lanes(path)
        self.assertTrue(any(value["padding"] for value in values))
        found = list(lanes.violations(path, fixed, values, sizes))
        self.assertFalse(found, "\n".join(map(str, found[:5])))
        found = list(lanes.check_structure(path, fixed, self.dir, ALLOWED))
        self.assertFalse(found, "\n".join(map(str, found[:5])))
        report = self.must_run("gac", "analyze", fixed, "--json", "-")
        for finding in json.loads(report.out)["findings"]:
            why = json.dumps(finding["fixed_by"])
            self.assertTrue(any(reason in why
                                for reason in (INTERFACE, *stays)),
                            f"{finding['id']}: {why}")

    def test_dynamic(self):
        for name in ("llama_asvd", "bert_asvd", "llama_head14"):
            for kind in (quantization.QuantType.QInt8,
                         quantization.QuantType.QUInt8):
                for per_channel in (False, True):
                    with self.subTest(name, kind=kind, channel=per_channel):
                        path = harness.MODELS / f"{name}.onnx"
                        made = self.dir / "quantised.onnx"
                        quantization.quantize_dynamic(
                            path, made, weight_type=kind,
                            per_channel=per_channel)
                        self.check(made)

    def test_static(self):
        forms = quantization.QuantFormat
        for name, form in (("convnet", forms.QDQ), ("convnet", forms.QOperator),
                           ("llama_prune", forms.QDQ)):
            for per_channel in (False, True):
                with self.subTest(name, form=form, channel=per_channel):
                    path = harness.MODELS / f"{name}.onnx"
                    made = self.dir / "quantised.onnx"
                    quantization.quantize_static(
                        path, made, Samples(path), quant_format=form,
                        per_channel=per_channel,
                        weight_type=quantization.QuantType.QInt8)
                    self.check(made)

    def test_few_bits(self):
        for name in ("llama_asvd", "llama_palu", "llama_prune"):
            for symmetric in (False, True):
                with self.subTest(name, symmetric=symmetric):
                    model = harness.load(harness.MODELS / f"{name}.onnx")
                    quantizer = MatMulNBitsQuantizer(
                        model, block_size=32, is_symmetric=symmetric)
                    quantizer.process()
                    made = self.dir / "quantised.onnx"
                    onnx.save(quantizer.model.model, made)
                    self.check(made)


if __name__ == "__main__":
    unittest.main()
