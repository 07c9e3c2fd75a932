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
from onnx import helper, numpy_helper
from onnxruntime import quantization

import harness
import lanes
from harness import check_onnx
from test_lanes import ALLOWED, sizes_of

# Dimensions below full speed after repair that are not the interface's.
INTERFACE = "graph "


def blocks_of(weight, size, symmetric):
    """Rows of blocks of entries of 4 bits, of K x N; their scales and packed
    zero points."""
    k, n = weight.shape
    count = -(-k // size)
    blocks = np.zeros((n, count * size), np.float32)
    blocks[:, :k] = weight.T
    blocks = blocks.reshape(n, count, size)
    if symmetric:
        scale = np.abs(blocks).max(2) / 7
        zero = np.full((n, count), 8)
    else:
        low, high = blocks.min(2), blocks.max(2)
        scale = (high - low) / 15
        zero = np.clip(np.round(-low / scale), 0, 15).astype(int)
    entries = np.clip(np.round(blocks / scale[..., None]) + zero[..., None],
                      0, 15).astype(np.uint8)
    packed = entries[..., ::2] | entries[..., 1::2] << 4
    zero = np.pad(zero, ((0, 0), (0, count % 2))).astype(np.uint8)
    return (packed, scale.astype(np.float32),
            None if symmetric else zero[:, ::2] | zero[:, 1::2] << 4)


def to_few_bits(model, size, symmetric):
    """Has every product with a weight be a MatMulNBits."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        weight = weights.get(node.input[1]) if len(node.input) > 1 else None
        if node.op_type != "MatMul" or weight is None:
            continue
        array = numpy_helper.to_array(weight)
        packed, scale, zero = blocks_of(array, size, symmetric)
        names = [f"{weight.name}_{part}" for part in "qsz"]
        for name, part in zip(names, (packed, scale, zero)):
            if part is not None and name not in weights:
                weights[name] = model.graph.initializer.add()
                weights[name].CopyFrom(numpy_helper.from_array(part, name))
        made = helper.make_node(
            "MatMulNBits", [node.input[0], *names[:2 if symmetric else 3]],
            list(node.output), node.name, domain="com.microsoft",
            K=array.shape[0], N=array.shape[1], bits=4, block_size=size)
        node.CopyFrom(made)
    read = {name for node in model.graph.node for name in node.input}
    for tensor in list(model.graph.initializer):
        if tensor.name not in read:
            model.graph.initializer.remove(tensor)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return model


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

    def plain(self, name):
        """The model without what it says of inner values, which onnx doubts in
        some."""
        model = harness.load(harness.MODELS / f"{name}.onnx")
        del model.graph.value_info[:]
        path = self.dir / "plain.onnx"
        onnx.save(model, path)
        return path

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
                        made = self.dir / "quantised.onnx"
                        quantization.quantize_dynamic(
                            self.plain(name), made, weight_type=kind,
                            per_channel=per_channel)
                        self.check(made)

    def test_static(self):
        forms = quantization.QuantFormat
        for name, form in (("convnet", forms.QDQ), ("convnet", forms.QOperator),
                           ("llama_prune", forms.QDQ)):
            for per_channel in (False, True):
                with self.subTest(name, form=form, channel=per_channel):
                    path = self.plain(name)
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
                    made = self.dir / "quantised.onnx"
                    onnx.save(to_few_bits(model, 32, symmetric), made)
                    self.check(made)


if __name__ == "__main__":
    unittest.main()
