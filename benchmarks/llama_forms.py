#===- llama_forms.py - What a PyTorch user would do to a compressed model --===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""llama_torch.py's models, changed by hand to what the GPU likes better: the
peers of GAC's repair and plans. They compute the same as before."""

import torch
from torch import nn

MULTIPLE = 64


def linear(weight):
    made = nn.Linear(*reversed(weight.shape), bias=False, device="meta")
    made.weight = nn.Parameter(weight, requires_grad=False)
    return made


def padded(weight, rows=0, columns=0):
    return nn.functional.pad(weight, (0, columns, 0, rows))


def missing(size, multiple):
    return -size % multiple


def pad(model, multiple=MULTIPLE):
    """Rounds ranks and the widths of MLPs up, with zeros."""
    for layer in model.model.layers:
        mlp = layer.mlp
        for name in ("gate_proj", "up_proj"):
            extend_outputs(mlp, name, multiple)
        extend_inputs(mlp, "down_proj", multiple)
        for owner in (layer.self_attn, mlp):
            for pair in owner.children():
                if hasattr(pair, "BLinear"):
                    extend_outputs(pair, "BLinear", multiple)
                    extend_inputs(pair, "ALinear", multiple)


def last_of(owner, name):
    """Where the layer is whose outputs are those of `name`."""
    part = getattr(owner, name)
    return (part, "ALinear") if hasattr(part, "ALinear") else (owner, name)


def first_of(owner, name):
    part = getattr(owner, name)
    return (part, "BLinear") if hasattr(part, "BLinear") else (owner, name)


def extend_outputs(owner, name, multiple):
    owner, name = last_of(owner, name)
    weight = getattr(owner, name).weight
    rows = missing(weight.shape[0], multiple)
    if rows:
        setattr(owner, name, linear(padded(weight, rows=rows)))


def extend_inputs(owner, name, multiple):
    owner, name = first_of(owner, name)
    weight = getattr(owner, name).weight
    columns = missing(weight.shape[1], multiple)
    if columns:
        setattr(owner, name, linear(padded(weight, columns=columns)))


class Merged(nn.Module):
    """Layers that share their input: the first factors of those that are pairs
    and the whole of the others are one product, whose parts the second factors
    read in place. Takes the layers' own weights along."""

    def __init__(self, layers):
        super().__init__()
        first = [getattr(layer, "BLinear", layer).weight for layer in layers]
        self.first = linear(torch.cat(first))
        self.sizes = [len(weight) for weight in first]
        self.second = nn.ModuleList(
            getattr(layer, "ALinear", nn.Identity()) for layer in layers)

    def forward(self, x):
        parts = self.first(x).split(self.sizes, -1)
        return [second(part) for second, part in zip(self.second, parts)]


def merge(model):
    """One product each for queries, keys and values, and for gate and up."""
    for layer in model.model.layers:
        for owner, names in ((layer.self_attn, ("q_proj", "k_proj", "v_proj")),
                             (layer.mlp, ("gate_proj", "up_proj"))):
            owner.merged = Merged([getattr(owner, name) for name in names])
            for name in names:
                delattr(owner, name)
