#===- exporter_zoo.py - Ordinary models through other exporters -----------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""The models that check_exporters.py exports.

The models are Hugging Face's own classes at odd sizes (width 60 or 61, heads
of 14 or 15, MLPs of 83 or 107, a vocabulary of 97), with random weights: a
compressor leaves such sizes behind, and names and graphs are those that users have.
exporter_ways.py brings them to ONNX.
"""

import dataclasses
from typing import Callable

import torch
from torch import nn

import model_zoo

LAYERS = model_zoo.LAYERS
HEADS = model_zoo.HEADS
VOCABULARY = model_zoo.VOCABULARY
POSITIONS = 64
BATCH, TOKENS, TARGETS, PAST = 2, 9, 5, 5


# -- Inputs -------------------------------------------------------------------


@dataclasses.dataclass
class Inputs:
    """Names, tensors and the symbols of their axes, in the model's order."""

    names: tuple
    tensors: tuple
    symbols: tuple

    def __add__(self, other):
        return Inputs(self.names + other.names, self.tensors + other.tensors,
                      self.symbols + other.symbols)


def generator():
    return torch.Generator().manual_seed(17)


def ids(name="input_ids", tokens=TOKENS, symbol="seq"):
    # Smaller ids mean padding, or the start and end of a text.
    drawn = torch.randint(3, VOCABULARY, (BATCH, tokens),
                          generator=generator())
    return Inputs((name,), (drawn,), ({0: "batch", 1: symbol},))


def mask(tokens=TOKENS, symbol="seq"):
    return Inputs(("attention_mask",),
                  (torch.ones(BATCH, tokens, dtype=torch.int64),),
                  ({0: "batch", 1: symbol},))


def real(name, shape, symbols):
    return Inputs((name,), (torch.randn(shape, generator=generator()),),
                  (symbols,))


def text():
    return ids() + mask()


def source_and_target():
    return text() + ids("decoder_input_ids", TARGETS, "target")


def pixels(size=32, channels=3, free=False):
    symbols = {0: "batch"} | ({2: "height", 3: "width"} if free else {})
    return lambda: real("pixel_values", (BATCH, channels, size, size), symbols)


def waves():
    return real("input_values", (BATCH, 1600), {0: "batch", 1: "samples"})


def spectrum_and_target():
    return (real("input_features", (BATCH, 21, 40), {0: "batch"}) +
            ids("decoder_input_ids", TARGETS, "target"))


def caches(heads, width):
    """Of a decoder that goes on: three tokens more, and a mask over all."""
    def make():
        inputs = ids(tokens=3) + mask(PAST + 3, "total")
        for layer in range(LAYERS):
            for part in ("key", "value"):
                inputs += real(f"past_key_values.{layer}.{part}",
                               (BATCH, heads, PAST, width),
                               {0: "batch", 2: "past"})
        return inputs

    return make


# -- What a graph computes ----------------------------------------------------


class Call(nn.Module):
    """A model's first result, from inputs by name or, without names, by
    position."""

    def __init__(self, model, names=None, **options):
        super().__init__()
        self.model, self.names, self.options = model, names, options

    def forward(self, *inputs):
        if self.names is None:
            return self.model(*inputs)
        made = self.model(**dict(zip(self.names, inputs)), **self.options)
        return made[0]


class Continue(nn.Module):
    """A decoder from ids, mask and caches to logits and longer caches."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, *inputs):
        from transformers import DynamicCache

        input_ids, attention_mask, *past = inputs
        cache = DynamicCache()
        for layer in range(LAYERS):
            cache.update(past[2 * layer], past[2 * layer + 1], layer)
        made = self.model(input_ids=input_ids, attention_mask=attention_mask,
                          past_key_values=cache, use_cache=True)
        known = made.past_key_values
        if hasattr(known, "layers"):
            pairs = [(layer.keys, layer.values) for layer in known.layers]
        else:
            pairs = zip(known.key_cache, known.value_cache)
        return (made.logits, *(part for pair in pairs for part in pair))


# -- Models -------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Entry:
    """`build` gets the name of the attention to use, or None for the model's
    own choice."""

    build: Callable
    inputs: Callable
    # What ONNX Runtime's transformer optimiser is told: the kind of model, the
    # heads and the width.
    optimizer: tuple | None = None
    # Sizes of symbols, where not all go together.
    sizes: dict = dataclasses.field(default_factory=dict)


def hugging_face(model, config, **sizes):
    def build(attention):
        import transformers

        made = getattr(transformers, config)(**sizes)
        if attention:
            made._attn_implementation = attention
        # Of transformers 5: its other ways to run experts are not exported.
        made._experts_implementation = "batched_mm"
        return getattr(transformers, model)(made)

    return build


def unchanged(model):
    return model


def call(build, inputs, edit=unchanged, optimizer=None, sizes=None, **options):
    """An entry of a model that is called with inputs of its own names."""
    return Entry(lambda attention: Call(edit(build(attention)), inputs().names,
                                        **options),
                 inputs, optimizer, sizes or {})


def decoder(name, inputs=text, optimizer=("gpt2", HEADS, 56), edit=unchanged,
            **sizes):
    return call(hugging_face(f"{name}ForCausalLM", f"{name}Config", **sizes),
                inputs, edit, optimizer, use_cache=False)


def encoder(name, inputs=text, optimizer=("bert", HEADS, 60), suffix="Model",
            edit=unchanged, **sizes):
    return call(hugging_face(name + suffix, f"{name}Config", **sizes), inputs,
                edit, optimizer)


def translator(model, config, inputs=source_and_target,
               optimizer=("bart", HEADS, 60), **sizes):
    return call(hugging_face(model, config, **sizes), inputs,
                optimizer=optimizer, use_cache=False)


def vision(name, suffix="Model", inputs=pixels(), optimizer=None, sizes=None,
           **options):
    return call(hugging_face(name + suffix, f"{name}Config", **options),
                inputs, optimizer=optimizer, sizes=sizes)


def continuing(name, heads, width, model=None, **sizes):
    build = hugging_face(model or f"{name}ForCausalLM", f"{name}Config",
                         **sizes)
    return Entry(lambda attention: Continue(build(attention)),
                 caches(heads, width), None,
                 {"batch": [BATCH], "seq": [3], "past": [PAST],
                  "total": [PAST + 3]})


def pruned_heads(model):
    """The first layer of a BERT loses a head, the second two."""
    for layer, heads in zip(model.encoder.layer, (HEADS - 1, HEADS - 2)):
        attention = layer.attention.self
        width = heads * attention.attention_head_size
        attention.num_attention_heads = heads
        attention.all_head_size = width
        for name in ("query", "key", "value"):
            model_zoo.resize(attention, name, outputs=width)
        model_zoo.resize(layer.attention.output, "dense", inputs=width)
    return model


class UNet(nn.Module):
    """Down, across and up again, with the norms of diffusion models."""

    def __init__(self, groups=1):
        super().__init__()

        def block(inputs, outputs):
            return nn.Sequential(
                nn.Conv2d(inputs, outputs, 3, padding=1),
                nn.GroupNorm(groups, outputs), nn.SiLU(),
                nn.Conv2d(outputs, outputs, 3, padding=1),
                nn.BatchNorm2d(outputs), nn.LeakyReLU(0.1))

        a, b, c = (14, 30, 42)
        self.down1, self.down2, self.middle = (block(3, a), block(a, b),
                                               block(b, c))
        self.raise2 = nn.ConvTranspose2d(c, b, 2, 2)
        self.up2, self.up1 = block(2 * b, b), block(b + a, a)
        self.pool = nn.MaxPool2d(2)
        self.raise1 = nn.Upsample(scale_factor=2, mode="bilinear")
        self.head = nn.Conv2d(a, 3, 1)

    def forward(self, image):
        high = self.down1(image)
        low = self.down2(self.pool(high))
        x = self.raise2(self.middle(self.pool(low)))
        x = self.raise1(self.up2(torch.cat([x, low], 1)))
        return self.head(self.up1(torch.cat([x, high], 1)))


class Recogniser(nn.Module):
    """Convolutions, then an LSTM both ways along the width of a line."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 13, 3, 2, 1), nn.BatchNorm2d(13), nn.ReLU(),
            nn.Conv2d(13, 29, 3, 2, 1), nn.ReLU())
        self.lstm = nn.LSTM(29 * 4, 43, bidirectional=True, batch_first=True)
        self.head = nn.Linear(86, 17)

    def forward(self, image):
        x = self.body(image).permute(0, 3, 1, 2).flatten(2)
        return self.head(self.lstm(x)[0]).log_softmax(-1)


def plain(build, inputs, sizes=None):
    """An entry of a module that knows nothing of attention."""
    return Entry(lambda attention: Call(build()), inputs, None, sizes or {})


DECODER = dict(hidden_size=56, intermediate_size=83, num_hidden_layers=LAYERS,
               num_attention_heads=HEADS, num_key_value_heads=2,
               vocab_size=VOCABULARY, max_position_embeddings=POSITIONS)
WIDE = dict(hidden_size=60, intermediate_size=107, num_hidden_layers=LAYERS,
            num_attention_heads=HEADS, vocab_size=VOCABULARY,
            max_position_embeddings=POSITIONS)
NARROW = WIDE | dict(hidden_size=56)
GPT = dict(n_embd=60, n_inner=107, n_layer=LAYERS, n_head=HEADS,
           vocab_size=VOCABULARY, n_positions=POSITIONS)
T5 = dict(d_model=60, d_kv=15, d_ff=107, num_layers=LAYERS, num_heads=HEADS,
          vocab_size=VOCABULARY)
SPEAKER = dict(d_model=60, encoder_ffn_dim=107, decoder_ffn_dim=99,
               encoder_layers=LAYERS, decoder_layers=LAYERS,
               encoder_attention_heads=HEADS, decoder_attention_heads=HEADS,
               vocab_size=VOCABULARY, pad_token_id=1, bos_token_id=0,
               eos_token_id=2)
BART = SPEAKER | dict(max_position_embeddings=POSITIONS)
SPEECH = dict(hidden_size=60, intermediate_size=107, num_hidden_layers=LAYERS,
              num_attention_heads=HEADS, conv_dim=(29, 31, 31),
              conv_kernel=(10, 3, 3), conv_stride=(5, 2, 2),
              num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=4,
              num_feat_extract_layers=3, vocab_size=32)
VISION = dict(hidden_size=60, intermediate_size=107, num_hidden_layers=LAYERS,
              num_attention_heads=HEADS, image_size=32, patch_size=8)
SOUND = {"sizes": {"batch": [BATCH], "samples": [1600, 2000]}}
FREE = {"batch": [BATCH], "height": [64, 32], "width": [64, 32]}

ZOO = {
    # Decoders.
    "llama": decoder("Llama", **DECODER),
    "llama_asvd": decoder("Llama", edit=model_zoo.asvd, **DECODER),
    "llama_pruned": decoder(
        "Llama", edit=lambda m: model_zoo.prune_heads(model_zoo.prune_mlp(m)),
        optimizer=("gpt2", HEADS, 64), **model_zoo.decoder_config()),
    "llama_61": decoder(
        "Llama", edit=model_zoo.slice_hidden, optimizer=("gpt2", HEADS, 61),
        **model_zoo.decoder_config(tie_word_embeddings=True)),
    "llama_past": continuing("Llama", 2, 14, **DECODER),
    "mistral": decoder("Mistral", head_dim=14, **DECODER),
    "qwen2": decoder("Qwen2", **DECODER),
    "qwen2_past": continuing("Qwen2", 2, 14, **DECODER),
    "qwen3": decoder("Qwen3", head_dim=14, **DECODER),
    "gemma2": decoder("Gemma2", head_dim=14, pad_token_id=0, **DECODER),
    "gemma3": call(hugging_face("Gemma3ForCausalLM", "Gemma3TextConfig",
                                head_dim=14, pad_token_id=0, **DECODER), text,
                   use_cache=False),
    "phi": decoder("Phi", partial_rotary_factor=0.5,
                   optimizer=("phi", HEADS, 80),
                   **(WIDE | dict(hidden_size=80))),
    "phi3": decoder("Phi3", pad_token_id=0, **DECODER),
    "stablelm": decoder("StableLm", partial_rotary_factor=0.5,
                        **(DECODER | dict(hidden_size=80))),
    "starcoder2": decoder("Starcoder2", **DECODER),
    "olmo": decoder("Olmo", **DECODER),
    "olmo2": decoder("Olmo2", **DECODER),
    "glm": decoder("Glm", head_dim=14, partial_rotary_factor=0.5,
                   pad_token_id=0, **DECODER),
    "granite": decoder("Granite", **DECODER),
    "cohere": decoder("Cohere", pad_token_id=0, **DECODER),
    "mixtral": decoder("Mixtral", inputs=ids, num_local_experts=4,
                       num_experts_per_tok=2, **DECODER),
    "qwen2_moe": decoder("Qwen2Moe", inputs=ids, num_experts=4,
                         num_experts_per_tok=2, moe_intermediate_size=43,
                         shared_expert_intermediate_size=51,
                         decoder_sparse_step=1, **DECODER),
    "deepseek": decoder("DeepseekV3", first_k_dense_replace=LAYERS,
                        q_lora_rank=37, kv_lora_rank=27, qk_nope_head_dim=19,
                        qk_rope_head_dim=10, v_head_dim=13,
                        **(DECODER | dict(num_key_value_heads=HEADS))),
    "falcon": decoder("Falcon", hidden_size=56, ffn_hidden_size=107,
                      num_hidden_layers=LAYERS, num_attention_heads=HEADS,
                      vocab_size=VOCABULARY, alibi=False),
    "mpt": decoder("Mpt", d_model=60, n_heads=HEADS, n_layers=LAYERS,
                   max_seq_len=POSITIONS, vocab_size=VOCABULARY,
                   expansion_ratio=2),
    "bloom": decoder("Bloom", hidden_size=60, n_layer=LAYERS, n_head=HEADS,
                     vocab_size=VOCABULARY, optimizer=("gpt2", HEADS, 60)),
    "gpt2": call(hugging_face("GPT2LMHeadModel", "GPT2Config", **GPT), text,
                 optimizer=("gpt2", HEADS, 60), use_cache=False),
    "gpt2_past": continuing("GPT2", HEADS, 15, model="GPT2LMHeadModel", **GPT),
    "gpt_neo": decoder("GPTNeo", hidden_size=60, intermediate_size=107,
                       num_layers=2, num_heads=HEADS, vocab_size=VOCABULARY,
                       attention_types=[[["global", "local"], 1]],
                       max_position_embeddings=POSITIONS, window_size=8,
                       optimizer=("gpt2", HEADS, 60)),
    "gptj": decoder("GPTJ", rotary_dim=6, **(GPT | dict(n_embd=56))),
    "neox": decoder("GPTNeoX", rotary_pct=0.5,
                    optimizer=("gpt_neox", HEADS, 80),
                    **(WIDE | dict(hidden_size=80))),
    "opt": decoder("OPT", ffn_dim=107, word_embed_proj_dim=43,
                   optimizer=("gpt2", HEADS, 60),
                   **{key: WIDE[key] for key in WIDE
                      if key != "intermediate_size"}),
    "mamba": decoder("Mamba", inputs=ids, optimizer=None, hidden_size=30,
                     num_hidden_layers=LAYERS, vocab_size=VOCABULARY,
                     state_size=5, expand=2, time_step_rank=7),
    # Encoders.
    "bert": encoder("Bert", **WIDE),
    "bert_asvd": encoder("Bert", edit=model_zoo.asvd, **WIDE),
    "bert_pruned": encoder("Bert", edit=pruned_heads, optimizer=("bert", 0, 0),
                           **WIDE),
    "bert_classes": encoder("Bert", suffix="ForSequenceClassification",
                            num_labels=3, **WIDE),
    "bert_words": encoder("Bert", suffix="ForMaskedLM", **WIDE),
    "roberta": encoder("Roberta", **WIDE),
    "xlm_roberta": encoder("XLMRoberta", **WIDE),
    "xlm": encoder("XLM", inputs=ids, emb_dim=60, n_layers=LAYERS,
                   n_heads=HEADS, vocab_size=VOCABULARY, n_langs=1,
                   max_position_embeddings=POSITIONS),
    "albert": encoder("Albert", embedding_size=23, **WIDE),
    "electra": encoder("Electra", embedding_size=23, **WIDE),
    "distilbert": encoder("DistilBert", dim=60, hidden_dim=107,
                          n_layers=LAYERS, n_heads=HEADS,
                          vocab_size=VOCABULARY,
                          max_position_embeddings=POSITIONS),
    "mpnet": encoder("MPNet", **WIDE),
    "deberta": encoder("Deberta", relative_attention=True,
                       pos_att_type=["c2p", "p2c"], type_vocab_size=0, **WIDE),
    "deberta_v2": encoder("DebertaV2", relative_attention=True,
                          pos_att_type=["c2p", "p2c"], type_vocab_size=0,
                          position_buckets=8, share_att_key=True,
                          norm_rel_ebd="layer_norm", **WIDE),
    "mobilebert": encoder("MobileBert", optimizer=None, embedding_size=23,
                          intra_bottleneck_size=44, true_hidden_size=44,
                          **WIDE),
    "squeezebert": encoder("SqueezeBert", optimizer=None, embedding_size=60,
                           q_groups=2, k_groups=2, v_groups=2, **WIDE),
    "modernbert": encoder("ModernBert", optimizer=None, pad_token_id=0,
                          cls_token_id=1, sep_token_id=2, bos_token_id=1,
                          eos_token_id=2, **WIDE),
    "xlnet": encoder("XLNet", inputs=ids, d_model=60, n_layer=LAYERS,
                     n_head=HEADS, d_inner=107, vocab_size=VOCABULARY),
    "funnel": encoder("Funnel", inputs=ids, optimizer=None, d_model=60,
                      block_sizes=[1, 1], num_decoder_layers=1, n_head=4,
                      d_head=15, d_inner=107, vocab_size=VOCABULARY),
    # Encoders with decoders.
    "t5": translator("T5ForConditionalGeneration", "T5Config",
                     optimizer=("t5", HEADS, 60), **T5),
    "t5_gated": translator("T5ForConditionalGeneration", "T5Config",
                           optimizer=("t5", HEADS, 60),
                           feed_forward_proj="gated-gelu",
                           tie_word_embeddings=False, **T5),
    "bart": translator("BartForConditionalGeneration", "BartConfig", **BART),
    "marian": translator("MarianMTModel", "MarianConfig",
                         decoder_start_token_id=1, **BART),
    "pegasus": translator("PegasusForConditionalGeneration", "PegasusConfig",
                          **BART),
    "m2m_100": translator("M2M100ForConditionalGeneration", "M2M100Config",
                          **BART),
    # Speech.
    "whisper": translator("WhisperForConditionalGeneration", "WhisperConfig",
                          inputs=spectrum_and_target, num_mel_bins=21,
                          max_source_positions=20, max_target_positions=32,
                          decoder_start_token_id=1, **SPEAKER),
    "wav2vec2": call(hugging_face("Wav2Vec2Model", "Wav2Vec2Config", **SPEECH),
                     waves, optimizer=("bert", HEADS, 60), **SOUND),
    "wav2vec2_ctc": call(
        hugging_face("Wav2Vec2ForCTC", "Wav2Vec2Config",
                     feat_extract_norm="layer", do_stable_layer_norm=True,
                     **SPEECH), waves, **SOUND),
    "hubert": call(hugging_face("HubertModel", "HubertConfig", **SPEECH),
                   waves, **SOUND),
    # Vision.
    "vit": vision("ViT", "ForImageClassification", num_labels=13,
                  optimizer=("vit", HEADS, 60), **VISION),
    "deit": vision("DeiT", optimizer=("vit", HEADS, 60), **VISION),
    "beit": vision("Beit", use_relative_position_bias=True,
                   layer_scale_init_value=0.1, **VISION),
    "dinov2": vision("Dinov2", optimizer=("vit", HEADS, 60),
                     **{key: VISION[key] for key in VISION
                        if key != "intermediate_size"}),
    "swin": vision("Swin", optimizer=("swin", HEADS, 60), image_size=32,
                   patch_size=2, embed_dim=30, depths=[2, 2],
                   num_heads=[2, 4], window_size=4),
    "swin_v2": vision("Swinv2", image_size=32, patch_size=2, embed_dim=30,
                      depths=[2, 2], num_heads=[2, 4], window_size=4),
    "clip_text": encoder("CLIPText", suffix="ModelWithProjection",
                         optimizer=("clip", HEADS, 60), projection_dim=43,
                         eos_token_id=2, **WIDE),
    "clip_vision": vision("CLIPVision", "ModelWithProjection",
                          optimizer=("clip", HEADS, 60), projection_dim=43,
                          **VISION),
    "siglip": vision("SiglipVision", **VISION),
    "segformer": vision("Segformer", "ForSemanticSegmentation",
                        inputs=pixels(64, free=True), sizes=FREE,
                        hidden_sizes=[29, 43, 51, 60], depths=[1, 1, 1, 1],
                        num_attention_heads=[1, 1, 3, 4],
                        decoder_hidden_size=37, num_labels=7),
    "dpt": vision("DPT", "ForDepthEstimation",
                  backbone_out_indices=[0, 1, 2, 3],
                  neck_hidden_sizes=[13, 15, 29, 31], fusion_hidden_size=21,
                  **(VISION | dict(num_hidden_layers=4))),
    "resnet": vision("ResNet", "ForImageClassification",
                     inputs=pixels(64, free=True), sizes=FREE,
                     embedding_size=13, hidden_sizes=[52, 43], depths=[2, 1],
                     layer_type="bottleneck", num_labels=11),
    "regnet": vision("RegNet", embedding_size=13, hidden_sizes=[30, 44],
                     depths=[1, 1], groups_width=15, layer_type="y"),
    "convnext": vision("ConvNext", "ForImageClassification", num_stages=2,
                       hidden_sizes=[29, 43], depths=[2, 1], num_labels=11),
    "convnext_v2": vision("ConvNextV2", num_stages=2, hidden_sizes=[29, 43],
                          depths=[1, 1]),
    "mobilenet_v2": vision("MobileNetV2", inputs=pixels(64),
                           depth_multiplier=0.3, min_depth=5,
                           depth_divisible_by=5),
    "mobilevit": vision("MobileViT", inputs=pixels(64),
                        hidden_sizes=[36, 44, 52],
                        neck_hidden_sizes=[9, 13, 19, 23, 27, 29, 43],
                        image_size=64, patch_size=2),
    "efficientnet": vision("EfficientNet", inputs=pixels(64), image_size=64,
                           width_coefficient=0.3, depth_coefficient=0.3,
                           depth_divisor=5, hidden_dim=385),
    "levit": vision("Levit", inputs=pixels(64), image_size=64,
                    hidden_sizes=[30, 44, 52], num_attention_heads=[2, 3, 4],
                    depths=[1, 1, 1], key_dim=[7, 7, 7]),
    "poolformer": vision("PoolFormer", inputs=pixels(64),
                         hidden_sizes=[13, 29, 43, 51], depths=[1, 1, 1, 1]),
    # No architecture of the library's own.
    "unet": plain(UNet, pixels(32)),
    "unet_groups": plain(lambda: UNet(groups=2), pixels(32)),
    "recogniser": plain(
        Recogniser,
        lambda: real("image", (BATCH, 1, 16, 40), {0: "batch", 3: "width"}),
        {"batch": [BATCH], "width": [40, 64]}),
    "recurrent": plain(model_zoo.Recurrent, ids),
    "experts": plain(model_zoo.MixtureOfExperts, ids),
}
