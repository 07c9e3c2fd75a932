#!/usr/bin/env python3
#===- make_attention.py - A model that is one Attention operator ----------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Writes an ONNX model of one Attention: q, k and v are [batch, heads, seq,
width], and with --past there are caches, whose names are those of Llamas.

    make_attention.py OUT.onnx --heads 32 --kv-heads 8 --width 107 --causal
"""

import argparse
import pathlib

from onnx import TensorProto, helper

from attention_config import AttentionConfig


def build(config):
    def value(name, heads, rows):
        return helper.make_tensor_value_info(
            name, TensorProto.FLOAT, ["batch", heads, rows, config.width])

    inputs = [value("q", config.heads, "seq"), value("k", config.kv_heads,
              "seq"), value("v", config.kv_heads, "seq")]
    outputs = [value("o", config.heads, "seq")]
    if config.past:
        inputs += [value(f"past_0_{part}", config.kv_heads, "past")
                   for part in (0, 1)]
        outputs += [value(f"present_0_{part}", config.kv_heads, "past + seq")
                    for part in (0, 1)]
    operands = [each.name for each in inputs]
    operands.insert(3, "")  # no mask
    node = helper.make_node(
        "Attention", operands if config.past else operands[:3],
        [each.name for each in outputs], "attention", scale=config.scale,
        is_causal=int(config.causal))
    graph = helper.make_graph([node], "attention", inputs, outputs)
    return helper.make_model(graph, ir_version=10,
                             opset_imports=[helper.make_opsetid("", 23)],
                             producer_name="make_attention")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path, metavar="OUT.onnx")
    for name, what in (("heads", "query heads"),
                       ("kv-heads", "key and value heads"),
                       ("width", "of a head")):
        default = getattr(AttentionConfig, name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=int, default=default,
                            metavar="N", help=f"{what} (default: {default})")
    parser.add_argument("--past", action="store_true",
                        help="caches of keys and values")
    parser.add_argument("--causal", action="store_true",
                        help="queries see no later keys")
    options = parser.parse_args()
    model = build(AttentionConfig(
        heads=options.heads, kv_heads=options.kv_heads, width=options.width,
        past=int(options.past), causal=options.causal))
    options.output.write_bytes(model.SerializeToString())


if __name__ == "__main__":
    main()
