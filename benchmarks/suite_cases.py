#===- suite_cases.py - What the suites measure ----------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""The suites as data: models, the packages made of them, cases, and who
contends in each."""

import dataclasses
import json
import math
import pathlib
import sys

import llama_config
from attention_config import AttentionConfig

HERE = pathlib.Path(__file__).resolve().parent

OURS = "optimal"  # what others are compared with, unless a case says more
PACKAGES = {"original": "GAC, as compressed",
            "minimal": "GAC, repaired (minimal)",
            "optimal": "GAC, repaired", "dense": "GAC, dense"}
# The fields of a model that a tiny set-up of the suites changes.
TINY = {"hidden": 128, "mlp": 448, "widths": (281, 393), "heads": 4,
        "kv_heads": 2}
# What the names and titles of suites say of a variant.
SUFFIXES = {"asvd": "", "prune": "-pruned"}
TITLES = {"asvd": "", "prune": ", pruned"}


def only(entry):
    """What the package of one entry is called."""
    return f"{OURS}-{entry}"


@dataclasses.dataclass
class Model:
    """Where packages come from. `entries`: sizes of the model's symbols by the
    name of the entry. `alone`: entries that have a package to themselves
    besides, of the model that OURS is of."""

    name: str
    entries: dict
    packages: tuple = ("original", OURS)
    alone: tuple = ()

    def bind(self, entry):
        return ",".join(f"{dim}={size}"
                        for dim, size in self.entries[entry].items())

    def dims(self):
        """What an entry binds, for a repair: the first entry's. What may be
        empty stays a symbol."""
        return [f"{dim}={size}" for dim, size in
                next(iter(self.entries.values())).items() if size]

    def commands(self, folder, options):
        """(package, step, command, what it makes) in order."""
        original = folder / "original.onnx"
        if "original" not in self.packages:
            yield "original", "model", self.make(original, "original"), original
        for package in self.packages:
            source = folder / f"{package}.onnx"
            if package in ("original", "dense"):
                yield package, "model", self.make(source, package), source
            else:
                yield package, "repair", [
                    options.bin / "gac", "repair", "--graph-only", original,
                    "--strategy", package, "--dtype", "bf16",
                    "--target", options.target, *self.repair_options(),
                    *(part for dim in self.dims() for part in ("--dim", dim)),
                    "-o", source], source
            yield self.compile(package, source, self.entries, options)
        for entry in self.alone:
            yield self.compile(only(entry), folder / f"{OURS}.onnx", [entry],
                               options)

    def compile(self, package, source, entries, options):
        target = source.parent / f"{package}.gacpkg"
        return package, "compile", [
            options.bin / "gac", "compile", source, "--graph-only", "--dtype",
            "bf16", "--target", options.target, "--arch", options.arch,
            *(part for entry in entries
              for part in ("--entry", f"{entry}:{self.bind(entry)}")),
            "-o", target], target

    def facts(self):
        """What its packages are of, as JSON has it."""
        return json.loads(json.dumps({
            "entries": self.entries,
            "config": dataclasses.asdict(self.config)}))

    def made(self):
        """The names of all packages."""
        return [*self.packages, *map(only, self.alone)]

    def repair_options(self):
        return []


@dataclasses.dataclass
class LlamaModel(Model):
    """Llama-3-8B's geometry between embedding and head."""

    layers: int = 32
    past: bool = False
    variant: str = "asvd"
    sizes: dict = dataclasses.field(default_factory=dict)

    @property
    def config(self):
        return llama_config.Config(
            variant=self.variant, ratios=llama_config.SUITE_RATIOS,
            layers=self.layers, past=self.past, body=True, **self.sizes)

    def make(self, path, package):
        variant = "dense" if package == "dense" else self.variant
        sizes = []
        for name, size in self.sizes.items():
            sizes += [f"--{name.replace('_', '-')}",
                      *(size if isinstance(size, tuple) else (size,))]
        return [sys.executable, HERE / "make_llama.py", path, "--weights",
                "none", "--body", "--dtype", "float32", "--variant", variant,
                "--ratios", *llama_config.SUITE_RATIOS, "--layers",
                self.layers, *sizes, *["--past"] * self.past]

    def describe(self):
        parameters = sum(math.prod(shape)
                         for shape in self.config.weights().values())
        return f"{2e-9 * parameters:.1f} GB of weights in bf16 as compressed"


@dataclasses.dataclass
class AttentionModel(Model):
    """One Attention operator."""

    config: AttentionConfig = None

    def make(self, path, package):
        return [sys.executable, HERE / "make_attention.py", path,
                *self.config.arguments()]

    def repair_options(self):
        # Queries, keys and values become wider where they come from.
        return ["--allow-interface", "*"]

    def describe(self):
        return "no weights"


@dataclasses.dataclass
class Contender:
    """`provider`: whose worker runs it (torch, jax, sdpa), or gac: a package,
    or gac-run: a package with options of gac-run. `request` says what to load
    and measure. Those that are `late` have their turn when all others are
    through."""

    name: str
    title: str
    provider: str
    request: dict = dataclasses.field(default_factory=dict)
    late: bool = False


def package(name, title=None):
    title = title or PACKAGES.get(name, f"GAC, {name}")
    return Contender(f"gac-{name}", title, "gac", {"package": name})


FORMS = {"original": "", "padded": ", padded to 64",
         "merged": ", padded and merged", "dense": ", dense"}
MODES = {"eager": "PyTorch eager", "graph": "PyTorch, CUDA graph",
         "compile": "torch.compile",
         "compile-graph": "torch.compile, CUDA graph",
         "max-autotune-graph": "torch.compile's max-autotune, CUDA graph",
         "best": "Inductor's best knobs",
         "best-graph": "Inductor's best knobs, CUDA graph"}


def torch(form, *modes, late=False):
    return [Contender(f"torch-{form}-{mode}", MODES[mode] + FORMS[form],
                      "torch", {"form": form, "mode": mode}, late)
            for mode in modes]


def jax(*forms):
    return [Contender(f"jax-{form}", "JAX" + FORMS[form], "jax",
                      {"form": form}) for form in forms]


# Seconds. The device's power limits prefill: its clock, high after a pause,
# falls too far and then goes up and down by 2 to 4 % every 0.8 to 0.9 s. So a
# turn is about one such period, behind another one.
PREFILL_TURN = 0.9


@dataclasses.dataclass
class Case:
    """One entry of a model's packages, and what runs beside it. `load` is what
    workers are told beside the model's configuration. `wanted`: how many times
    as long as `ours` a contender shall take at least. `first`: also measure how
    long it takes from the model's file to the first result. Cases of one
    `group`, which have no peers, are measured by one call of gac-bench.
    `turn`: seconds that the steps of a turn take at least, after a warm-up of as
    many."""

    name: str
    title: str
    model: Model
    contenders: list
    entry: str = "main"
    positions: dict = dataclasses.field(default_factory=dict)
    load: dict = dataclasses.field(default_factory=dict)
    wanted: dict = dataclasses.field(default_factory=dict)
    first: bool = False
    group: str = ""
    turn: float = 0.2
    ours: str = f"gac-{OURS}"

    def fills_caches(self):
        """Whether a package's predictions, which are of full caches, are of
        this case: within a tenth."""
        past = self.model.entries[self.entry].get("past", 0)
        return self.positions.get("ALL", 0) >= 0.9 * past


def choose(case, options):
    """The contenders that the command line leaves."""
    return [each for each in case.contenders
            if each.provider in options.providers
            and (not options.contenders or each.name in options.contenders)]


@dataclasses.dataclass
class Suite:
    name: str
    title: str
    cases: list

    def models(self):
        """Each of the cases' models once."""
        return list({case.model.name: case.model
                     for case in self.cases}.values())


# -- Prefill and decode beside peers ------------------------------------------


def llama_case(name, title, layers, contenders, batch=1, seq=1, context=0,
               sizes=None, variant="asvd", **more):
    dims = {"batch": batch, "seq": seq} | ({"past": context} if context else {})
    model = LlamaModel(name + SUFFIXES[variant], {"main": dims}, layers=layers,
                       past=bool(context), variant=variant, sizes=sizes or {})
    return Case(name, title, model,
                [package(each) for each in model.packages] + contenders,
                positions={"ALL": context} if context else {},
                load={"batch": batch, "seq": seq, "context": context}, **more)


def prefill(seq=1024, layers=(4, 1, 32), sizes=None, variant="asvd"):
    many, one, all_layers = layers
    # What is tuned for minutes comes last: if that takes too long, the others
    # are measured.
    peers = [*torch("original", "eager", "compile", "compile-graph"),
             *torch("merged", "compile", "compile-graph"),
             *torch("padded", "compile", "compile-graph"),
             *torch("dense", "compile-graph"),
             *torch("original", "best", "best-graph"),
             *torch("merged", "best-graph", late=True),
             *torch("padded", "best-graph", late=True)]
    shared = {"seq": seq, "sizes": sizes, "variant": variant,
              "turn": PREFILL_TURN}
    return Suite("prefill" + SUFFIXES[variant],
                 f"Prefill of {seq} positions{TITLES[variant]}", [
        llama_case(f"prefill-{many}", f"prefill of {seq}, {many} layers", many,
                   peers, **shared, first=True, wanted={
                       "torch-original-compile-graph": 2.2,
                       "torch-original-best-graph": 1.55,
                       "torch-merged-compile-graph": 1.0}),
        llama_case(f"prefill-{all_layers}",
                   f"prefill of {seq}, {all_layers} layers", all_layers,
                   torch("original", "eager"), **shared,
                   wanted={"torch-original-eager": 6.0}),
        llama_case("layer", f"prefill of {seq}, one layer", one,
                   [*jax("original", "padded", "merged"),
                    *torch("original", "compile-graph"),
                    *torch("merged", "compile-graph")], **shared)])


def decode(batch, wanted, context=1024, layers=8, sizes=None, variant="asvd"):
    peers = [*torch("original", "eager", "compile", "compile-graph"),
             *torch("padded", "compile-graph"),
             *torch("merged", "compile-graph"),
             *torch("dense", "compile-graph"),
             *torch("original", "max-autotune-graph",
                    late="torch-original-max-autotune-graph" not in wanted),
             *torch("original", "best", "best-graph"),
             *torch("padded", "best-graph",
                    late="torch-padded-best-graph" not in wanted),
             *torch("merged", "best-graph", late=True)]
    name = f"decode-{batch}"
    return Suite(name + SUFFIXES[variant],
                 f"Decode, batch {batch}{TITLES[variant]}", [llama_case(
        name, f"decode behind {context}, {layers} layers, batch {batch}",
        layers, peers, batch=batch, context=context, sizes=sizes,
        variant=variant, first=True, wanted=wanted)])


# -- Both phases of one model -------------------------------------------------


def phases(seq=1024, layers=8, sizes=None):
    """Weights are planned for the entries that a package has: how much is lost
    by one package for both."""
    model = LlamaModel(
        "phases", {"prefill": {"batch": 1, "seq": seq, "past": 0},
                   "decode": {"batch": 1, "seq": 1, "past": seq}},
        packages=(OURS,), alone=("prefill", "decode"), layers=layers,
        past=True, sizes=sizes or {})
    return Suite("phases", f"One package for both phases, {layers} layers", [
        Case(entry, f"{entry}, {what}", model,
             [package(OURS, "GAC, a package for both"),
              package(only(entry), "GAC, a package of its own")],
             entry=entry, ours=f"gac-{only(entry)}", **more)
        for entry, what, more in (
            ("prefill", f"{seq} positions", {"turn": PREFILL_TURN}),
            ("decode", f"batch 1 behind {seq}", {"positions": {"ALL": seq}}))])


# -- Attention ----------------------------------------------------------------


def sdpa(*names):
    titles = {"cudnn": "cuDNN at the stored width",
              "auto": "PyTorch's choice, as compressed",
              "auto-stored": "PyTorch's choice at the stored width"}
    return [Contender(f"sdpa-{name}", titles[name], "sdpa", {"kind": name})
            for name in names]


def attention_case(name, title, config):
    model = AttentionModel(name, {"main": config.dims()}, config=config)
    ways = [Contender(f"gac-{way}", f"GAC, repaired, {what}", "gac-run",
                      {"package": OURS, "options": ["--cudnn", when]})
            for way, when, what in (("kernel", "never", "its own kernel"),
                                    ("cudnn", "always", "cuDNN"))]
    if config.past:  # where only the device knows how many keys there are
        ways = []
    return Case(name, title, model,
                [*(package(each) for each in model.packages), *ways,
                 *sdpa("cudnn", "auto", "auto-stored")],
                positions={"ALL": config.past} if config.past else {},
                wanted={"sdpa-cudnn": 1 / 1.05})


def attention(batch=4, seq=2048, heads=32, kv_heads=8, context=1024):
    cases = []
    for width in (107, 125):
        stored = -(-width // 16) * 16
        shared = {"width": width, "stored": stored}
        what = f"width {width} stored at {stored}"
        for causal in (True, False):
            mask = "causal" if causal else "none"
            cases.append(attention_case(
                f"prefill-{width}-{mask}",
                f"prefill of {batch} x {seq}, {heads} heads, "
                f"{'causal' if causal else 'no mask'}, {what}",
                AttentionConfig(batch=batch, seq=seq, heads=heads,
                                kv_heads=heads, causal=causal, **shared)))
        cases.append(attention_case(
            f"grouped-{width}", f"prefill of {2 * seq}, {heads} heads on "
            f"{kv_heads}, causal, {what}",
            AttentionConfig(batch=1, seq=2 * seq, heads=heads,
                            kv_heads=kv_heads, causal=True, **shared)))
        for many in (1, 8):
            cases.append(attention_case(
                f"decode-{width}-{many}", f"decode behind {context}, batch "
                f"{many}, {heads} heads on {kv_heads}, {what}",
                AttentionConfig(batch=many, seq=1, past=context, heads=heads,
                                kv_heads=kv_heads, causal=True, **shared)))
    return Suite("attention", "Attention", cases)


# -- Sizes and lengths, without peers -----------------------------------------


def sweep_contenders(model):
    return [package(each) for each in model.packages]


def llm_prefill(layers=32, batches=(1, 4, 8),
                lengths=(256, 512, 1024, 2048, 4096), sizes=None):
    model = LlamaModel("llm-prefill", {
        f"b{batch}s{seq}": {"batch": batch, "seq": seq}
        for batch in batches for seq in lengths},
        packages=("original", OURS, "dense"), layers=layers,
        sizes=sizes or {})
    return Suite("llm-prefill", f"Prefill, {layers} layers", [
        Case(f"batch-{dims['batch']}-seq-{dims['seq']}",
             f"batch {dims['batch']}, sequence {dims['seq']}", model,
             sweep_contenders(model), entry=entry,
             group=f"batch-{dims['batch']}", turn=PREFILL_TURN)
        for entry, dims in model.entries.items()])


def llm_decode(layers=32, batches=(1, 4), contexts=(512, 1024, 2048),
               counts=(64, 128), sizes=None):
    """A step in the middle of a generation, which is what its steps take on
    average: their time grows evenly with the positions."""
    cases = []
    for batch in batches:
        model = LlamaModel(
            f"llm-decode-{batch}",
            {"main": {"batch": batch, "seq": 1,
                      "past": max(contexts) + max(counts)}},
            packages=("original", OURS, "dense"), layers=layers, past=True,
            sizes=sizes or {})
        cases += [
            Case(f"batch-{batch}-context-{context}-generate-{count}",
                 f"batch {batch}, context {context}, {count} tokens", model,
                 sweep_contenders(model),
                 positions={"ALL": context + count // 2},
                 group=f"batch-{batch}")
            for context in contexts for count in counts]
    return Suite("llm-decode", f"Decode, {layers} layers, time per token",
                 cases)


def beside_peers(variant, prefill_sizes, decode_sizes):
    """The suites whose bounds a compressed Llama has to keep. The best
    settings of Inductor are its mode max-autotune with one row, and with
    eight the best knobs, which are bounds with one row, too."""
    return [prefill(*prefill_sizes, variant=variant),
            decode(1, {"torch-original-max-autotune-graph": 1.4,
                       "torch-original-best-graph": 1.4}, *decode_sizes,
                   variant=variant),
            decode(8, {"torch-original-best-graph": 3.0,
                       "torch-padded-best-graph": 1.5}, *decode_sizes,
                   variant=variant)]


def make_suites(tiny=False):
    """All suites by name. Tiny ones have the same cases on small models, for
    tests: they need neither time nor memory, and their times mean nothing."""
    made = []
    for variant in SUFFIXES:
        made += (beside_peers(variant, (24, (2, 1, 3), TINY), (20, 2, TINY))
                 if tiny else beside_peers(variant, (), ()))
    if tiny:
        made += [phases(20, 2, TINY), attention(2, 32, 4, 2, 20),
                 llm_prefill(2, (1, 2), (16, 24), TINY),
                 llm_decode(2, (1, 2), (16, 24), (2, 4), TINY)]
    else:
        made += [phases(), attention(), llm_prefill(), llm_decode()]
    return {suite.name: suite for suite in made}
