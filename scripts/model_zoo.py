#===- model_zoo.py - Small compressed models of known architectures -------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""The models that export_models.py writes.

A compressor here changes shapes only: it swaps a layer for the layers that the
published method would leave behind. `draw_weights` then fills every parameter,
so that a model depends on its parameter names and on nothing else.
"""

import dataclasses
import itertools
import zlib
from typing import Callable

import torch
from torch import nn

HIDDEN = 64
HEADS = 4
KV_HEADS = 2
HEAD_DIM = HIDDEN // HEADS
MLP = 83
VOCABULARY = 97
LAYERS = 2
POSITIONS = 256

ATTENTION_LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj")
MLP_LINEARS = ("gate_proj", "up_proj", "down_proj")


# -- Compressors --------------------------------------------------------------


class Factored(nn.Module):
    """A linear layer as two, `narrow` down to the rank and `wide` up again."""

    def __init__(self, linear, rank, narrow, wide):
        super().__init__()
        self.order = (narrow, wide)
        bias = linear.bias is not None
        setattr(self, narrow, nn.Linear(linear.in_features, rank, bias=False))
        setattr(self, wide, nn.Linear(rank, linear.out_features, bias=bias))

    def forward(self, x):
        for name in self.order:
            x = getattr(self, name)(x)
        return x


class GroupedFactored(nn.Module):
    """PaLU's form: one projection to all latents, one expansion per group of
    heads, each reading its own slice of the latents."""

    def __init__(self, linear, ranks):
        super().__init__()
        width = linear.out_features // len(ranks)
        self.bounds = list(itertools.accumulate(ranks, initial=0))
        self.VT = nn.Linear(linear.in_features, sum(ranks), bias=False)
        self.U = nn.ModuleList(nn.Linear(rank, width, bias=False)
                               for rank in ranks)

    def forward(self, x):
        latents = self.VT(x)
        spans = zip(self.U, self.bounds, self.bounds[1:])
        return torch.cat([expand(latents[..., begin:end])
                          for expand, begin, end in spans], dim=-1)


def rank_at(linear, ratio):
    """The rank at which two factors hold `ratio` of the dense parameters."""
    rows, columns = linear.out_features, linear.in_features
    return int(rows * columns * ratio) // (rows + columns)


def body_linears(model):
    """Every linear layer of the blocks, by name: not the output head, and not
    what is too narrow to be factored."""
    return [(name, module) for name, module in model.named_modules()
            if isinstance(module, nn.Linear) and "lm_head" not in name]


def asvd(model):
    """Each layer picks its own ratio, as ASVD's sensitivity search does."""
    ratios = itertools.cycle((0.7, 0.5, 0.8, 0.9, 0.6))
    for (name, linear), ratio in zip(body_linears(model), ratios):
        model.set_submodule(name, Factored(linear, rank_at(linear, ratio),
                                           "BLinear", "ALinear"))
    return model


def svd_llm(model, ratio=0.7):
    """One ratio for the whole model; the factors have SVD-LLM's names."""
    for name, linear in body_linears(model):
        model.set_submodule(name, Factored(linear, rank_at(linear, ratio),
                                           "v_proj", "u_proj"))
    return model


def palu(model, key_ranks=((13, 11), (9, 14)),
         value_ranks=((15, 15), (12, 13))):
    for layer, keys, values in zip(model.model.layers, key_ranks, value_ranks):
        attention = layer.self_attn
        attention.k_proj = GroupedFactored(attention.k_proj, keys)
        attention.v_proj = GroupedFactored(attention.v_proj, values)
    return model


def resize(owner, name, inputs=None, outputs=None):
    linear = getattr(owner, name)
    setattr(owner, name, nn.Linear(inputs or linear.in_features,
                                   outputs or linear.out_features,
                                   bias=linear.bias is not None))


def prune_mlp(model, widths=(75, 62)):
    """LLM-Pruner's channel pruning: every layer keeps a width of its own."""
    for layer, width in zip(model.model.layers, widths):
        resize(layer.mlp, "gate_proj", outputs=width)
        resize(layer.mlp, "up_proj", outputs=width)
        resize(layer.mlp, "down_proj", inputs=width)
    return model


def prune_heads(model):
    """LLM-Pruner's head pruning: layer 1 keeps one KV head of two, with the
    query heads that read it."""
    attention = model.model.layers[1].self_attn
    query = HEADS // KV_HEADS * HEAD_DIM
    resize(attention, "q_proj", outputs=query)
    resize(attention, "k_proj", outputs=HEAD_DIM)
    resize(attention, "v_proj", outputs=HEAD_DIM)
    resize(attention, "o_proj", inputs=query)
    return model


def slice_hidden(model, width=61):
    """SliceGPT's form: the residual stream itself is narrower."""
    body = model.model
    body.embed_tokens = nn.Embedding(VOCABULARY, width)
    model.lm_head = nn.Linear(width, VOCABULARY, bias=False)
    model.lm_head.weight = body.embed_tokens.weight
    for layer in body.layers:
        for name in ("q_proj", "k_proj", "v_proj"):
            resize(layer.self_attn, name, inputs=width)
        resize(layer.self_attn, "o_proj", outputs=width)
        for name in ("gate_proj", "up_proj"):
            resize(layer.mlp, name, inputs=width)
        resize(layer.mlp, "down_proj", outputs=width)
    for name, module in model.named_modules():
        if name.endswith("norm"):
            module.weight = nn.Parameter(torch.ones(width))
    return model


def draw_weights(model):
    """Fills every floating-point parameter and statistic from a generator
    seeded by its name. Nothing keeps an initial one or zero, for a padding
    lane that leaks must show; matrices are scaled by their fan-in."""
    state = itertools.chain(model.named_parameters(), model.named_buffers())
    for name, tensor in state:
        if not tensor.is_floating_point() or name.endswith("inv_freq"):
            continue
        generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
        noise = torch.randn(tensor.shape, generator=generator)
        if name.endswith("running_var"):
            value = 1 + noise.abs()
        elif tensor.dim() < 2:
            centre = 1.0 if name.endswith("weight") else 0.0
            value = centre + 0.2 * noise
        else:
            value = noise * tensor[0].numel() ** -0.5
        tensor.data.copy_(value)
    return model


# -- Architectures ------------------------------------------------------------


def decoder_config(**changes):
    return dict(hidden_size=HIDDEN, intermediate_size=MLP,
                num_hidden_layers=LAYERS, num_attention_heads=HEADS,
                num_key_value_heads=KV_HEADS, head_dim=HEAD_DIM,
                vocab_size=VOCABULARY,
                max_position_embeddings=POSITIONS) | changes


def llama(**changes):
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(LlamaConfig(**decoder_config(**changes)))


def qwen3(**changes):
    from transformers import Qwen3Config, Qwen3ForCausalLM

    return Qwen3ForCausalLM(Qwen3Config(**decoder_config(**changes)))


def gpt2(width=60):
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(GPT2Config(
        n_embd=width, n_inner=107, n_layer=LAYERS, n_head=HEADS,
        vocab_size=VOCABULARY, n_positions=POSITIONS // 2))


def bert():
    from transformers import BertConfig, BertModel

    return BertModel(BertConfig(
        hidden_size=HIDDEN, intermediate_size=MLP, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, vocab_size=VOCABULARY,
        max_position_embeddings=POSITIONS // 2))


def deepseek():
    from transformers import DeepseekV3Config, DeepseekV3ForCausalLM

    return DeepseekV3ForCausalLM(DeepseekV3Config(
        hidden_size=HIDDEN, intermediate_size=MLP, num_hidden_layers=LAYERS,
        first_k_dense_replace=LAYERS, num_attention_heads=HEADS,
        num_key_value_heads=HEADS, q_lora_rank=37, kv_lora_rank=27,
        qk_nope_head_dim=19, qk_rope_head_dim=10, v_head_dim=13,
        vocab_size=VOCABULARY, max_position_embeddings=POSITIONS))


def phi3():
    from transformers import Phi3Config, Phi3ForCausalLM

    return Phi3ForCausalLM(Phi3Config(
        **decoder_config(hidden_size=4 * 14), pad_token_id=0))


def t5():
    from transformers import T5Config, T5ForConditionalGeneration

    return T5ForConditionalGeneration(T5Config(
        d_model=60, d_kv=15, d_ff=107, num_layers=1, num_heads=HEADS,
        vocab_size=VOCABULARY))


def vit():
    from transformers import ViTConfig, ViTForImageClassification

    return ViTForImageClassification(ViTConfig(
        hidden_size=60, intermediate_size=MLP, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, image_size=24, patch_size=8, num_labels=13))


class MixtureOfExperts(nn.Module):
    """Blocks whose MLP is chosen per token: the router's best experts, of
    stacked weights that were pruned together, weighed by their scores."""

    output_names = ("logits",)

    def __init__(self, width=60, experts=8, chosen=2, inner=43):
        super().__init__()
        self.chosen = chosen
        self.embed = nn.Embedding(VOCABULARY, width)
        self.norms = nn.ModuleList(nn.RMSNorm(width) for _ in range(LAYERS))
        self.routers = nn.ModuleList(
            nn.Linear(width, experts, bias=False) for _ in range(LAYERS))
        self.up = nn.ParameterList(
            torch.zeros(experts, width, 2 * inner) for _ in range(LAYERS))
        self.down = nn.ParameterList(
            torch.zeros(experts, inner, width) for _ in range(LAYERS))
        self.lm_head = nn.Linear(width, VOCABULARY, bias=False)

    def forward(self, input_ids):
        x = self.embed(input_ids)
        for norm, router, up, down in zip(self.norms, self.routers, self.up,
                                          self.down):
            h = norm(x)
            scores = router(h)
            best, places = torch.topk(scores, self.chosen, dim=-1)
            weights = torch.zeros_like(scores).scatter(
                -1, places, torch.softmax(best, dim=-1))
            # batch x experts x positions x width
            gate, value = torch.matmul(h.unsqueeze(1), up).chunk(2, dim=-1)
            made = torch.matmul(nn.functional.silu(gate) * value, down)
            x = x + (made * weights.transpose(1, 2).unsqueeze(-1)).sum(dim=1)
        return self.lm_head(x)


class Recurrent(nn.Module):
    """An LSTM and a GRU between an embedding and a classifier."""

    output_names = ("scores",)

    def __init__(self, width=29, state=37, classes=13):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, width)
        self.lstm = nn.LSTM(width, state, batch_first=True)
        self.down = nn.Linear(state, width)
        self.gru = nn.GRU(width, state, batch_first=True, bidirectional=True)
        self.classifier = nn.Linear(2 * state, classes)

    def forward(self, input_ids):
        x, _ = self.lstm(self.embed(input_ids))
        x, _ = self.gru(torch.relu(self.down(x)))
        return self.classifier(x)


class PrunedConvNet(nn.Module):
    """What channel pruning leaves: a residual block with a depthwise
    convolution inside, a grouped convolution and a linear classifier."""

    output_names = ("scores",)

    def __init__(self, trunk=29, expanded=43, grouped=30, classes=17):
        super().__init__()

        def unit(inputs, outputs, kernel, **options):
            return [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2,
                              **options), nn.BatchNorm2d(outputs)]

        self.stem = nn.Sequential(*unit(3, trunk, 3, stride=2), nn.ReLU())
        self.block = nn.Sequential(
            *unit(trunk, expanded, 1), nn.ReLU(),
            *unit(expanded, expanded, 3, groups=expanded), nn.ReLU(),
            *unit(expanded, trunk, 1))
        self.tail = nn.Sequential(
            nn.Conv2d(trunk, grouped, 1), nn.ReLU6(),
            nn.Conv2d(grouped, grouped, 3, stride=2, padding=1, groups=3),
            nn.Sigmoid())
        self.classifier = nn.Linear(grouped, classes)

    def forward(self, image):
        x = self.stem(image)
        x = torch.relu(x + self.block(x))
        return self.classifier(self.tail(x).mean(dim=(2, 3)))


# -- What a graph computes ----------------------------------------------------


class Prefill(nn.Module):
    """Token ids to logits."""

    output_names = ("logits",)

    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, input_ids):
        return self.decoder(input_ids=input_ids, use_cache=False).logits


class Decode(nn.Module):
    """Token ids and past keys and values to logits and all keys and values."""

    output_names = ("logits", *(f"present_{layer}_{part}"
                                for layer in range(LAYERS) for part in (0, 1)))

    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, input_ids, past):
        from transformers import DynamicCache

        cache = DynamicCache()
        for layer, (keys, values) in enumerate(past):
            cache.update(keys, values, layer)
        result = self.decoder(input_ids=input_ids, past_key_values=cache,
                              use_cache=True)
        present = [(layer.keys, layer.values)
                   for layer in result.past_key_values.layers]
        return result.logits, present


class Encode(nn.Module):
    """Token ids to hidden states and the pooled first one."""

    output_names = ("hidden_states", "pooled")

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids):
        result = self.encoder(input_ids=input_ids)
        return result.last_hidden_state, result.pooler_output


class Translate(nn.Module):
    """Token ids of a source and of a target to the target's logits."""

    output_names = ("logits",)

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, target_ids):
        return self.model(input_ids=input_ids, decoder_input_ids=target_ids,
                          use_cache=False).logits


class Classify(nn.Module):
    """An image to the scores of classes."""

    output_names = ("scores",)

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, image):
        return self.model(pixel_values=image).logits


def token_ids():
    """Example arguments and which of their axes are symbols."""
    generator = torch.Generator().manual_seed(17)
    ids = torch.randint(0, VOCABULARY, (2, 9), generator=generator)
    return (ids,), ({0: "batch", 1: "seq"},)


def two_token_ids():
    (ids,), (symbols,) = token_ids()
    return (ids, ids[:, :5]), (symbols, {0: "batch", 1: "target"})


def token_ids_and_past(head_dim):
    def example():
        generator = torch.Generator().manual_seed(19)
        shape = (2, KV_HEADS, 5, head_dim)
        past = [tuple(torch.randn(shape, generator=generator) for _ in "kv")
                for _ in range(LAYERS)]
        symbols = {0: "batch", 2: "past"}
        (ids,), (ids_symbols,) = token_ids()
        return (ids, past), (ids_symbols, [(symbols, symbols)] * LAYERS)

    return example


def image():
    generator = torch.Generator().manual_seed(23)
    return (torch.randn(2, 3, 24, 24, generator=generator),), ({0: "batch"},)


@dataclasses.dataclass(frozen=True)
class Entry:
    purpose: str
    build: Callable[[], nn.Module]
    example: Callable


ZOO = {
    "llama_asvd": Entry(
        "low-rank pairs of ASVD under RoPE and grouped queries",
        lambda: Prefill(asvd(llama())), token_ids),
    "llama_svdllm": Entry(
        "low-rank pairs of SVD-LLM",
        lambda: Prefill(svd_llm(llama())), token_ids),
    "llama_prune": Entry(
        "MLP widths of LLM-Pruner",
        lambda: Prefill(prune_mlp(llama())), token_ids),
    "llama_asvd_past": Entry(
        "low-rank pairs with a KV cache as inputs and outputs",
        lambda: Decode(asvd(llama())), token_ids_and_past(HEAD_DIM)),
    "qwen3_asvd": Entry(
        "low-rank pairs with normalised queries and keys",
        lambda: Prefill(asvd(qwen3())), token_ids),
    "bert_asvd": Entry(
        "low-rank pairs with biases in an encoder",
        lambda: Encode(asvd(bert())), token_ids),
    "gpt2_60": Entry(
        "fused QKV, LayerNorm, width 60 and an MLP of 107",
        lambda: Prefill(gpt2()), token_ids),
    "llama_palu": Entry(
        "PaLU's groups of unequal rank",
        lambda: Prefill(palu(llama())), token_ids),
    "llama_heads": Entry(
        "pruned heads together with pruned MLP widths",
        lambda: Prefill(prune_heads(prune_mlp(llama()))), token_ids),
    "llama_head14": Entry(
        "head_dim 14 through RoPE and grouped queries",
        lambda: Prefill(llama(head_dim=14)), token_ids),
    "llama_head14_past": Entry(
        "head_dim 14 with a KV cache",
        lambda: Decode(llama(head_dim=14)), token_ids_and_past(14)),
    "qwen3_head14": Entry(
        "head_dim 14 with normalised queries and keys",
        lambda: Prefill(qwen3(head_dim=14)), token_ids),
    "llama_hidden61": Entry(
        "hidden size 61 with a tied embedding",
        lambda: Prefill(slice_hidden(llama(tie_word_embeddings=True))),
        token_ids),
    "mla": Entry(
        "latent attention with unequal key and value widths",
        lambda: Prefill(deepseek()), token_ids),
    "phi3_fused": Entry(
        "one weight for Q, K and V, one for gate and up, of odd widths",
        lambda: Prefill(phi3()), token_ids),
    "moe": Entry(
        "a mixture of pruned experts",
        MixtureOfExperts, token_ids),
    "t5": Entry(
        "encoder and decoder with relative biases, width 60 and heads of 15",
        lambda: Translate(t5()), two_token_ids),
    "recurrent": Entry(
        "an LSTM and a bidirectional GRU of odd widths",
        Recurrent, token_ids),
    "convnet": Entry(
        "pruned channels: residual, depthwise and grouped convolutions",
        PrunedConvNet, image),
    "vit": Entry(
        "nine patches and a class token, width 60 and heads of 15",
        lambda: Classify(vit()), image),
}
