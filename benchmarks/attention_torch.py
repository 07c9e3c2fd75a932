#!/usr/bin/env python3
#===- attention_torch.py - PyTorch's attention, beside a package's ---------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""scaled_dot_product_attention on what make_attention.py's models compute, for
suite.py: `attention_torch.py --serve` takes requests on standard input. Kinds:
cudnn, by cuDNN at the stored width; auto, by PyTorch's choice at the model's
own; auto-stored. Each is a CUDA graph of one attention. With a past, its keys
and values are there already: nothing is appended."""

import argparse

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

import llama_torch
import nvml
import serving
from attention_config import AttentionConfig

KINDS = ("cudnn", "auto", "auto-stored")


def make_operands(config, stored, dtype=torch.bfloat16, device="cuda"):
    """Queries, keys and values, distributed as a package's inputs are, with
    zeros beyond the model's own width."""
    rows = config.past + config.seq
    operands = []
    for name, heads, count in (("q", config.heads, config.seq),
                               ("k", config.kv_heads, rows),
                               ("v", config.kv_heads, rows)):
        values = llama_torch.synthetic_torch.uniform(
            name, [config.batch, heads, count, config.width],
            device=device).to(dtype)
        operands.append(torch.nn.functional.pad(
            values, (0, config.stored - config.width if stored else 0)))
    return operands


def attend(config, kind, operands):
    """One attention; a query sees all keys that were there before it."""
    if kind not in KINDS:
        raise ValueError(f"no kind is called '{kind}'")
    causal = config.causal and config.seq > 1
    if causal and config.past:
        raise ValueError("more than one query behind a past")

    def run():
        return torch.nn.functional.scaled_dot_product_attention(
            *operands, is_causal=causal, scale=config.scale,
            enable_gqa=config.heads != config.kv_heads)

    if kind != "cudnn" or not operands[0].is_cuda:
        return run()
    with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
        return run()


class Server:
    def __init__(self):
        self.graphs = {}

    @torch.no_grad()
    def load(self, name, config, kind):
        config = AttentionConfig(**config)
        operands = make_operands(config, stored=kind != "auto")
        # The graph reads the operands where they are.
        self.graphs[name] = operands, llama_torch.capture(
            lambda: attend(config, kind, operands))

    def measure(self, name, repeat, warm_up):
        _, graph = self.graphs[name]
        for _ in range(warm_up):
            graph.replay()
        return {"us": llama_torch.time_calls(graph.replay, repeat),
                "clocks": nvml.read()}

    def drop(self):
        self.graphs.clear()
        torch.cuda.empty_cache()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", required=True,
                        help="take requests")
    parser.parse_args()
    server = Server()
    serving.serve({"environment": llama_torch.environment,
                   "load": server.load, "measure": server.measure,
                   "drop": server.drop, "check": torch.cuda.synchronize})


if __name__ == "__main__":
    main()
