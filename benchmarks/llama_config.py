#===- llama_config.py - Sizes of a compressed Llama -----------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""What make_llama.py and llama_torch.py must agree on: the geometry, the ranks
and widths that a compressor left behind, and the names of the weights. As a
JSON file it goes with the model to where no ONNX is."""

import dataclasses
import json
import pathlib
import random

import numpy as np

VARIANTS = ("asvd", "prune", "dense")
RATIOS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SUITE_RATIOS = (0.6, 0.7, 0.8, 0.9)  # of the published figures
WIDTHS = (9000, 12600)
EPSILON = 1e-6
THETA = 500000.0


@dataclasses.dataclass
class Config:
    """`blocks` has one entry per layer: the width of its MLP and the rank of
    each linear layer, None for one that is whole. `body` is a model from
    embeddings to the last hidden state, without tables of the vocabulary;
    `past` one with key and value caches; matrices of a `transposed` one are
    [out, in], as PyTorch's Linear has them, and else [in, out]."""

    variant: str = "asvd"
    layers: int = 32
    hidden: int = 4096
    mlp: int = 14336
    heads: int = 32
    kv_heads: int = 8
    vocabulary: int = 128256
    past: bool = False
    body: bool = False
    transposed: bool = False
    seed: int = 0
    ratios: tuple = RATIOS
    widths: tuple = WIDTHS
    blocks: list = dataclasses.field(default_factory=list)

    def __post_init__(self):
        if self.heads < 1 or self.hidden % self.heads:
            raise ValueError(f"{self.hidden} hidden lanes cannot be split into "
                             f"{self.heads} heads")
        if self.head_dim % 2:
            raise ValueError(f"heads of {self.head_dim} lanes cannot be "
                             "rotated by halves")
        if self.kv_heads < 1 or self.heads % self.kv_heads:
            raise ValueError(f"{self.heads} query heads cannot share "
                             f"{self.kv_heads} key and value heads")
        if not self.blocks:
            self.blocks = list(self.draw())
        if len(self.blocks) != self.layers:
            raise ValueError(f"{self.layers} layers, but ranks of "
                             f"{len(self.blocks)}")

    @property
    def head_dim(self):
        return self.hidden // self.heads

    @property
    def kv_width(self):
        return self.kv_heads * self.head_dim

    @property
    def input_name(self):
        return "inputs_embeds" if self.body else "input_ids"

    @property
    def output_name(self):
        return "last_hidden_state" if self.body else "logits"

    def linears(self, mlp):
        """(inputs, outputs) of a block's linear layers, in order of use."""
        return {"q_proj": (self.hidden, self.hidden),
                "k_proj": (self.hidden, self.kv_width),
                "v_proj": (self.hidden, self.kv_width),
                "o_proj": (self.hidden, self.hidden),
                "gate_proj": (self.hidden, mlp), "up_proj": (self.hidden, mlp),
                "down_proj": (mlp, self.hidden)}

    def draw(self):
        """Ranks by ASVD's formula for a ratio of the dense parameters, and
        widths as global pruning leaves them. Layers are drawn in order: fewer
        layers are the first of more."""
        drawn = random.Random(self.seed)
        for _ in range(self.layers):
            block = {"mlp": self.mlp}
            if self.variant == "prune":
                block["mlp"] = drawn.randint(*self.widths)
            for name, (inputs, outputs) in self.linears(block["mlp"]).items():
                block[name] = None
                if self.variant == "asvd":
                    ratio = drawn.choice(self.ratios)
                    block[name] = (int(inputs * outputs * ratio)
                                   // (inputs + outputs))
            yield block

    def dense(self):
        """The model before it was compressed."""
        return dataclasses.replace(self, variant="dense", blocks=[])

    def frequencies(self):
        """Of the rotation, one for each pair of lanes, in float32."""
        half = np.arange(0, self.head_dim, 2, dtype=np.float32) / self.head_dim
        return np.float32(THETA) ** -half

    def weights(self):
        """Shape of each weight by name."""
        def matrix(inputs, outputs):
            return (outputs, inputs) if self.transposed else (inputs, outputs)

        shapes = {}
        if not self.body:
            shapes["model.embed_tokens.weight"] = (self.vocabulary, self.hidden)
        for index, block in enumerate(self.blocks):
            layer = f"model.layers.{index}"
            shapes[f"{layer}.input_layernorm.weight"] = (self.hidden,)
            shapes[f"{layer}.post_attention_layernorm.weight"] = (self.hidden,)
            for name, (inputs, outputs) in self.linears(block["mlp"]).items():
                part = "mlp" if name in ("gate_proj", "up_proj",
                                         "down_proj") else "self_attn"
                path, rank = f"{layer}.{part}.{name}", block[name]
                if rank is None:
                    shapes[f"{path}.weight"] = matrix(inputs, outputs)
                else:
                    shapes[f"{path}.BLinear.weight"] = matrix(inputs, rank)
                    shapes[f"{path}.ALinear.weight"] = matrix(rank, outputs)
        shapes["model.norm.weight"] = (self.hidden,)
        if not self.body:
            shapes["lm_head.weight"] = matrix(self.hidden, self.vocabulary)
        return shapes

    def save(self, path):
        pathlib.Path(path).write_text(
            json.dumps(dataclasses.asdict(self), indent=1) + "\n")


def load(path):
    return Config(**json.loads(pathlib.Path(path).read_text()))
