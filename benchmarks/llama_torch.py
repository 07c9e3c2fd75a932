#!/usr/bin/env python3
#===- llama_torch.py - The PyTorch twin of make_llama.py's models ----------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""A compressed Llama in PyTorch, written as Hugging Face's: the peer that
suite.py measures beside GAC, and in float64 what its results are compared
with. Weights are a package's synthetic ones, of the same names.

    llama_torch.py CONFIG.json --seq 1024                    prefill
    llama_torch.py CONFIG.json --context 1024 --batch 8      one step of decode
    llama_torch.py --layers 4 --seq 1024 --forms original padded merged

prints the time of each mode of each form of the model as JSON. Modes: eager;
compile, which is torch.compile by its defaults; max-autotune, torch.compile's
mode of that name; best, which is Inductor with everything on that helps many
rows (BEST_KNOBS); and each as a CUDA graph, which costs the processor nothing:
graph, compile-graph, max-autotune-graph, best-graph. What a first call took,
compiling and tuning, is reported beside. Forms: original, as compressed;
padded, ranks and widths rounded up to 64; merged, padded and the products that
share an input made one; dense, before compression. Attention is by the backend
of scaled_dot_product_attention that is fastest at the sizes at hand.

CONFIG.json is of make_llama.py --config; without one, --layers draws the same.
With --serve it takes requests on standard input.
"""

import argparse
import contextlib
import ctypes
import itertools
import json
import pathlib
import statistics
import subprocess
import sys
import time
import types

import torch
from torch import nn
from torch._inductor import config as inductor_config
from torch.nn.attention import SDPBackend, sdpa_kernel

import llama_config
import llama_forms
import nvml
import serving

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
import synthetic_torch  # noqa: E402  (it lies in scripts/)

DTYPES = synthetic_torch.DTYPES | {"f64": torch.float64}
MODES = ("eager", "graph", "compile", "compile-graph", "max-autotune",
         "max-autotune-graph", "best", "best-graph")
FORMS = ("original", "padded", "merged", "dense")
WARM_UP = 5
# What Inductor offers for models whose weights do not change: all of its
# kernels and cuBLAS's tried for each product, each odd product padded, padding
# of weights done once. Coordinate descent, which the mode max-autotune has, is
# left out: with it tuning takes up to four minutes a form, and suite.py's
# --limit is nine for all. Nor do the two go together with one row: its products
# become sums, which nothing pads.
BEST_KNOBS = {"max_autotune": True, "force_shape_pad": True, "freezing": True}
BACKENDS = {"cudnn": SDPBackend.CUDNN_ATTENTION,
            "flash": SDPBackend.FLASH_ATTENTION,
            "efficient": SDPBackend.EFFICIENT_ATTENTION}
COUNTER = itertools.count()
# How far a mode's results may be from eager's, in the norm of their difference
# by theirs: roundings of 32 layers in bf16 make less, another model 1 and more.
TOLERANCE = 0.1


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width))

    def forward(self, x):
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        variance = wide.pow(2).mean(-1, keepdim=True)
        wide = wide * torch.rsqrt(variance + llama_config.EPSILON)
        return self.weight * wide.to(x.dtype)


class LowRank(nn.Module):
    def __init__(self, inputs, outputs, rank):
        super().__init__()
        self.BLinear = nn.Linear(inputs, rank, bias=False)
        self.ALinear = nn.Linear(rank, outputs, bias=False)

    def forward(self, x):
        return self.ALinear(self.BLinear(x))


def rotate_half(x):
    low, high = x.chunk(2, -1)
    return torch.cat((-high, low), -1)


class Attention(nn.Module):
    """`cache` is None, or keys and values [batch, kv heads, positions, lanes].
    A static one is as long as it will ever be and is written to; else the new
    positions are joined to it, as eager users without a static cache have it.
    Either way `positions` are the new ones."""

    def __init__(self, config):
        super().__init__()
        self.head_dim, self.static = config.head_dim, True
        self.merged = None

    def heads_of(self, x):
        return x.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)

    def project(self, x):
        if self.merged is not None:
            return self.merged(x)
        return self.q_proj(x), self.k_proj(x), self.v_proj(x)

    def forward(self, x, rotation, mask, caches, layer, positions, past):
        query, key, value = map(self.heads_of, self.project(x))
        cos, sin = rotation
        query = query * cos + rotate_half(query) * sin
        key = key * cos + rotate_half(key) * sin
        if caches is not None:
            keys, values = caches[layer]
            if self.static:
                total = past + x.shape[1]
                keys.index_copy_(2, positions, key)
                values.index_copy_(2, positions, value)
                key, value = keys[:, :, :total], values[:, :, :total]
            else:
                key = torch.cat((keys, key), 2)
                value = torch.cat((values, value), 2)
                caches[layer] = key, value
        mixed = nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, enable_gqa=True,
            is_causal=mask is None and x.shape[1] > 1)
        return self.o_proj(mixed.transpose(1, 2).flatten(2))


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.merged = None

    def forward(self, x):
        if self.merged is not None:
            gate, up = self.merged(x)
        else:
            gate, up = self.gate_proj(x), self.up_proj(x)
        return self.down_proj(nn.functional.silu(gate) * up)


class Block(nn.Module):
    def __init__(self, config, block):
        super().__init__()
        self.input_layernorm = Norm(config.hidden)
        self.self_attn = Attention(config)
        self.post_attention_layernorm = Norm(config.hidden)
        self.mlp = MLP()
        for name, (inputs, outputs) in config.linears(block["mlp"]).items():
            owner = self.mlp if name in ("gate_proj", "up_proj",
                                         "down_proj") else self.self_attn
            setattr(owner, name, nn.Linear(inputs, outputs, bias=False)
                    if block[name] is None
                    else LowRank(inputs, outputs, block[name]))

    def forward(self, x, *state):
        x = x + self.self_attn(self.input_layernorm(x), *state)
        return x + self.mlp(self.post_attention_layernorm(x))


class Body(nn.Module):
    def __init__(self, config):
        super().__init__()
        if not config.body:
            self.embed_tokens = nn.Embedding(config.vocabulary, config.hidden)
        self.layers = nn.ModuleList(Block(config, block)
                                    for block in config.blocks)
        self.norm = Norm(config.hidden)


class Llama(nn.Module):
    """Token ids to logits or, of a body, vectors to vectors."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.model = Body(config)
        if not config.body:
            self.lm_head = nn.Linear(config.hidden, config.vocabulary,
                                     bias=False)

    def use_static_caches(self, static):
        for layer in self.model.layers:
            layer.self_attn.static = static

    def rotation(self, positions, dtype):
        wide = torch.promote_types(dtype, torch.float32)
        angle = positions.to(wide)[:, None] * self.frequencies.to(wide)
        angle = torch.cat((angle, angle), -1)
        return angle.cos().to(dtype), angle.sin().to(dtype)

    def forward(self, x, caches=None, past=0):
        """`caches`: a list with keys and values of each layer, of which `past`
        positions are filled. It has the new ones afterwards."""
        seq = x.shape[1]
        positions = torch.arange(past, past + seq, device=x.device)
        if not self.config.body:
            x = self.model.embed_tokens(x)
        rotation = self.rotation(positions, x.dtype)
        mask = None
        if past and seq > 1:
            mask = torch.ones(seq, past + seq, dtype=torch.bool,
                              device=x.device).tril(past)
        for index, layer in enumerate(self.model.layers):
            x = layer(x, rotation, mask, caches, index, positions, past)
        x = self.model.norm(x)
        return x if self.config.body else self.lm_head(x)


def default_recipe(name, shape, transposed=False):
    """Of a weight of which no package says what it is made of: an element of a
    vector or of a table is an input's only factor."""
    single = len(shape) == 1 or "embed_tokens" in name
    return {"name": name, "shape": list(shape), "dtype": "f32",
            "fanIn": 1 if single else shape[-1 if transposed else 0]}


def build(config, dtype="f64", device="cpu", originals=None, weights=None):
    """The model with the synthetic weights that a package of it has, rounded
    from the original's type. `originals` is originals_of(package); or `weights`
    gives arrays by name, matrices as in the ONNX file."""
    with torch.device("meta"):
        model = Llama(config)
    model = model.to(DTYPES[dtype]).to_empty(device=device)
    parameters = dict(model.named_parameters())
    shapes = config.weights()
    if parameters.keys() != shapes.keys():
        names = ", ".join(sorted(parameters.keys() ^ shapes.keys()))
        raise ValueError(f"other weights than in the configuration: {names}")
    with torch.no_grad():
        for name, shape in shapes.items():
            if weights is not None:
                values = torch.as_tensor(weights[name], device=device)
            else:
                recipe = (originals[name] if originals is not None else
                          default_recipe(name, shape, config.transposed))
                if list(recipe["shape"]) != list(shape):
                    raise ValueError(f"{name} is {recipe['shape']} in the "
                                     f"package and {list(shape)} here")
                values = synthetic_torch.original(
                    name, shape, recipe["fanIn"], recipe["dtype"], device)
            is_linear = len(shape) == 2 and "embed_tokens" not in name
            parameters[name].copy_(
                values.T if is_linear and not config.transposed else values)
    model.frequencies = torch.as_tensor(config.frequencies(), device=device)
    return model.eval().requires_grad_(False)


def make_form(config, form, dtype, device, originals=None):
    """The model in one of FORMS."""
    if form not in FORMS:
        raise ValueError(f"no form is called '{form}'")
    if form == "dense":
        config, originals = config.dense(), None  # which are compressed ones
    model = build(config, dtype, device, originals)
    if form in ("padded", "merged"):
        llama_forms.pad(model)
    if form == "merged":
        llama_forms.merge(model)
    return model


def capture(step):
    """A CUDA graph of one step."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream), torch.no_grad():
        for _ in range(WARM_UP):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph), torch.no_grad():
        step()
    return graph


def time_calls(call, repeat):
    """Microseconds of each of `repeat` calls in a row. One more comes first
    and does not count, as in gac-bench: the device was idle."""
    events = [torch.cuda.Event(enable_timing=True)
              for _ in range(2 * (repeat + 1))]
    torch.cuda.synchronize()
    for begin, end in zip(events[::2], events[1::2]):
        begin.record()
        call()
        end.record()
    torch.cuda.synchronize()
    return [1000 * begin.elapsed_time(end)
            for begin, end in zip(events[2::2], events[3::2])]


def pick_backend(attend):
    """The name of the backend by which `attend`, a call of
    scaled_dot_product_attention, is fastest."""
    times = {}
    for name, backend in BACKENDS.items():
        # One that does not know these sizes says so by an error.
        with sdpa_kernel(backend), contextlib.suppress(RuntimeError):
            times[name] = min(time_calls(capture(attend).replay, 20))
    if not times:
        raise ValueError("no backend has attention of this size")
    return min(times, key=times.get)


class Runner:
    """One form of a model on the GPU with its inputs, ready to be run over and
    over: prefill of `seq` positions, or with a `context` a step behind as
    many. `first_seconds` has what each mode took until its first result.
    `knobs`: Inductor's settings of the mode "best"."""

    def __init__(self, config, dtype="bf16", batch=1, seq=1, context=0,
                 static=True, device="cuda", originals=None, form="original",
                 knobs=None):
        self.knobs = BEST_KNOBS if knobs is None else knobs
        self.model = make_form(config, form, dtype, device, originals)
        self.model.use_static_caches(static)
        self.context, self.calls, self.first_seconds = context, {}, {}
        shape = [batch, seq] + [config.hidden] * config.body
        self.x = synthetic_torch.uniform(config.input_name, shape,
                                         device=device).to(DTYPES[dtype])
        if not config.body:
            self.x = torch.randint(config.vocabulary, shape, device=device)
        self.caches = None
        if context:
            length = context + seq if static else context
            shape = [batch, config.kv_heads, length, config.head_dim]
            self.caches = [tuple(synthetic_torch.uniform(
                f"past_{layer}_{part}", shape, device=device).to(DTYPES[dtype])
                for part in (0, 1)) for layer in range(config.layers)]
        self.backend = None  # PyTorch's own choice
        if self.x.is_cuda:
            self.backend = self.pick_backend(config, batch, seq, DTYPES[dtype])

    @torch.no_grad()
    def pick_backend(self, config, batch, seq, dtype):
        query = self.x.new_ones(batch, seq, config.heads, config.head_dim,
                                dtype=dtype).transpose(1, 2)
        key = value = query[:, :config.kv_heads]
        if self.caches:
            key, value = (part[:, :, :self.context + seq]
                          for part in self.caches[0])
        return pick_backend(lambda: nn.functional.scaled_dot_product_attention(
            query, key, value, enable_gqa=True, is_causal=seq > 1))

    def call(self, mode):
        """A function that runs one step in that mode, and has run before."""
        if mode not in MODES:
            raise ValueError(f"no mode is called '{mode}'")
        if mode not in self.calls:
            kind = mode.removesuffix("graph").removesuffix("-") or "eager"
            captured = self.call(kind) if mode.endswith("graph") else None
            begin = time.perf_counter()
            self.calls[mode] = (capture(captured).replay if captured
                                else self.prepare(kind))
            self.first_seconds[mode] = time.perf_counter() - begin
            if captured:
                self.first_seconds[mode] += self.first_seconds[kind]
            else:
                self.check(mode)
        return self.calls[mode]

    @torch.no_grad()
    def check(self, mode):
        """That a mode computes what eager does: compiled code is kept and found
        again by what PyTorch takes for the same."""
        want = self.call("eager")().double()
        error = float((self.calls[mode]().double() - want).norm()
                      / want.norm())
        if not error < TOLERANCE:
            del self.calls[mode]
            raise ValueError(f"results of the mode {mode} are {error:.2g} from "
                             "eager's")

    @torch.no_grad()
    def prepare(self, kind):
        forward = self.model
        if kind == "max-autotune":
            # Graphs are this module's own, in all modes alike.
            forward = compiled(self.model, mode="max-autotune-no-cudagraphs")
        elif kind != "eager":
            forward = compiled(self.model)

        def step():
            caches = list(self.caches) if self.caches else None
            with (sdpa_kernel(BACKENDS[self.backend]) if self.backend
                  else contextlib.nullcontext()):
                return forward(self.x, caches, self.context)

        with (inductor_config.patch(self.knobs) if kind == "best"
              else contextlib.nullcontext()):
            step()
        if self.x.is_cuda:
            torch.cuda.synchronize()
        return step

    @torch.no_grad()
    def measure(self, mode, repeat=20, warm_up=WARM_UP):
        """Microseconds of each of `repeat` steps in a row."""
        call = self.call(mode)
        for _ in range(warm_up):
            call()
        return time_calls(call, repeat)


def compiled(model, **options):
    """The model through torch.compile, which compiles at the first call with
    Inductor's settings of that moment. PyTorch keeps compiled code by code
    object, and would take one setting's for another's: each call of this
    function makes one of its own."""
    forward = type(model).forward
    copy = types.FunctionType(
        forward.__code__.replace(co_name=f"forward_{next(COUNTER)}"),
        forward.__globals__, argdefs=forward.__defaults__)
    return torch.compile(types.MethodType(copy, model), dynamic=False,
                         **options)


def summarize(times):
    """Median, and the spread between the quartiles."""
    quartiles = statistics.quantiles(times, n=4, method="inclusive")
    return {"median_us": quartiles[1], "spread_us": quartiles[2] - quartiles[0],
            "fastest_us": min(times), "slowest_us": max(times),
            "count": len(times)}


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure(config, modes=MODES, forms=FORMS[:1], rounds=3, repeat=20,
            **runner):
    """Summaries by form and mode; all of them take turns. What fails is told
    in place of its times."""
    runners = {form: Runner(config, form=form, **runner) for form in forms}
    times = {form: {mode: [] for mode in modes} for form in forms}
    failures = {form: {} for form in forms}
    for _ in range(rounds):
        for form, made in runners.items():
            for mode in modes:
                if mode in failures[form]:
                    continue
                try:
                    times[form][mode] += made.measure(mode, repeat)
                except Exception as error:  # whatever torch raises
                    failures[form][mode] = {"error": serving.describe(error)}
                    say(f"{form}, {mode}: {failures[form][mode]['error']}")
                else:
                    say(f"{form}, {mode}: {times[form][mode][-1]:.0f} us, "
                        f"first {made.first_seconds[mode]:.1f} s")
    return {form: {"attention": made.backend, "knobs": made.knobs} | {
        mode: failures[form].get(mode) or summarize(times[form][mode])
        | {"first_seconds": made.first_seconds[mode]} for mode in modes}
        for form, made in runners.items()}


def parse_knob(text):
    """NAME, which is turned on, or NAME=VALUE in JSON."""
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value or "true")
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"the value of '{text}' is not JSON") from None


def cublas_version():
    for major in (13, 12):
        try:
            library = ctypes.CDLL(f"libcublas.so.{major}")
        except OSError:
            continue
        numbers = [ctypes.c_int() for _ in range(3)]
        for index, number in enumerate(numbers):
            library.cublasGetProperty(index, ctypes.byref(number))
        return ".".join(str(number.value) for number in numbers)
    return "unknown"


def environment():
    """What a figure has to be quoted with."""
    try:
        driver = subprocess.run(
            ["nvidia-smi", "--query-gpu=driver_version",
             "--format=csv,noheader"], capture_output=True, text=True,
            check=False).stdout.split("\n")[0]
    except OSError:
        driver = "unknown"
    return {"gpu": torch.cuda.get_device_name(), "driver": driver,
            "torch": torch.__version__, "cuda": torch.version.cuda,
            "cublas": cublas_version(),
            "cudnn": str(torch.backends.cudnn.version())}


class Server:
    """The runners that suite.py asks for, by name."""

    def __init__(self):
        self.runners = {}

    def load(self, name, config, **options):
        self.runners[name] = Runner(llama_config.Config(**config), **options)
        return {"bytes": torch.cuda.memory_allocated(),
                "attention": self.runners[name].backend}

    def measure(self, name, mode, repeat, warm_up):
        runner = self.runners[name]
        return {"us": runner.measure(mode, repeat, warm_up),
                "clocks": nvml.read(),
                "first_seconds": runner.first_seconds[mode]}

    def drop(self):
        self.runners.clear()
        torch.compiler.reset()
        torch.cuda.empty_cache()

    def run(self):
        serving.serve({"environment": environment, "load": self.load,
                       "measure": self.measure, "drop": self.drop,
                       "check": torch.cuda.synchronize})


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=pathlib.Path, nargs="?",
                        metavar="CONFIG.json")
    parser.add_argument("--serve", action="store_true", help="take requests")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=MODES,
                        metavar="MODE", help="(default: all)")
    parser.add_argument("--forms", nargs="+", choices=FORMS,
                        default=FORMS[:1], metavar="FORM",
                        help="(default: original)")
    parser.add_argument("--layers", type=int, metavar="N",
                        help="without CONFIG.json: a model of asvd with ratios "
                        "of .6 to .9, as suite.py measures it")
    parser.add_argument("--dtype", choices=DTYPES, default="bf16",
                        help="(default: %(default)s)")
    for name, default, what in (("batch", 1, "sequences"),
                                ("seq", 1, "new positions of each"),
                                ("context", 0, "positions in the caches"),
                                ("repeat", 20, "steps in a row"),
                                ("rounds", 3, "turns of all modes")):
        parser.add_argument(f"--{name}", type=int, default=default,
                            metavar="N", help=f"{what} (default: {default})")
    parser.add_argument("--knobs", nargs="+", type=parse_knob,
                        default=list(BEST_KNOBS.items()), metavar="NAME[=JSON]",
                        help="Inductor's settings of the mode best (default: "
                        f"{' '.join(BEST_KNOBS)})")
    parser.add_argument("--grow", action="store_true",
                        help="join new positions to the caches, as a dynamic "
                        "cache does, where a static one is written to")
    options = parser.parse_args()
    if options.serve:
        Server().run()
        return
    if bool(options.config) == bool(options.layers):
        parser.error("either a CONFIG.json or --layers")
    if not torch.cuda.is_available():
        sys.exit("llama_torch.py: torch finds no GPU here")
    config = (llama_config.load(options.config) if options.config else
              llama_config.Config(layers=options.layers, body=True,
                                  ratios=llama_config.SUITE_RATIOS,
                                  past=bool(options.context)))
    figures = measure(config, options.modes, options.forms, options.rounds,
                      options.repeat, dtype=options.dtype,
                      batch=options.batch, seq=options.seq,
                      context=options.context, static=not options.grow,
                      knobs=dict(options.knobs))
    print(json.dumps({"environment": environment(), "figures": figures},
                     indent=2))


if __name__ == "__main__":
    main()
