#!/usr/bin/env python3
#===- write_coverage.py - The tables of docs/Coverage.md ------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Writes docs/Coverage.md from what gac does with models and operators.

    write_coverage.py [--bin DIR] [-o FILE] [--cache DIR]

Models are those of test/models, repaired for the multiples 8, 16 and 64.
Operators are analysed in ONNX's own node tests and in GAC's tests of others,
with every input and output allowed to grow, so that what is in the way is the
operator.
"""

import argparse
import collections
import concurrent.futures
import json
import pathlib
import pickle
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx

ROOT = pathlib.Path(__file__).resolve().parents[1]
MODELS = ROOT / "test" / "models"
MULTIPLES = (8, 16, 64)
OPSET, IR_VERSION = 22, 10
# The tests of one operator that differ in more than numbers are among these.
CASES_PER_OPERATOR = 6
WORKERS = 2

FAMILIES = {
    "bert_asvd": "encoder, low-rank: LayerNormalization with bias, Gelu",
    "convnet": "pruned channels: residuals, depthwise and grouped convolution",
    "gpt2_60": "fused QKV, learned positions, width 60, MLP 107",
    "llama_asvd": "low-rank factors of odd rank",
    "llama_asvd_past": "the same with key-value caches",
    "llama_head14": "odd head width through rotary embedding, grouped heads",
    "llama_head14_past": "the same with key-value caches",
    "llama_heads": "pruned heads",
    "llama_hidden61": "odd residual stream, tied head",
    "llama_palu": "one latent in groups of unequal rank",
    "llama_prune": "pruned MLP",
    "llama_svdllm": "low-rank factors, whitened",
    "mla": "latents, unequal widths of keys and values, a part rotated",
    "moe": "a mixture of pruned experts",
    "phi3_fused": "one weight for Q, K and V, one for gate and up",
    "qwen3_asvd": "low-rank factors, norms of queries and keys",
    "qwen3_head14": "odd head width, norms of queries and keys",
    "recurrent": "LSTM and GRU of odd widths",
    "t5": "encoder and decoder with relative biases, width 60",
    "vit": "an image of ten positions, width 60",
}


class Tools:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def run(self, tool, *arguments):
        done = subprocess.run([str(self.folder / tool), *map(str, arguments)],
                              capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{tool} {arguments}: {done.stderr.strip()}")
        return done.stdout


#===-----------------------------------------------------------------------===#
# Models
#===-----------------------------------------------------------------------===#

def target_of(multiple, folder):
    """The H200 with full speed at this multiple only."""
    rules = json.loads((ROOT / "targets" / "h200.json").read_text())
    for rule in rules["rules"]:
        full = [tier for tier in rule["tiers"] if tier.get("full_speed")]
        if multiple % full[0]["multiple"] == 0:
            rule["tiers"] = [dict(full[0], multiple=multiple),
                             *rule["tiers"][len(full):]]
    path = folder / f"target{multiple}.json"
    path.write_text(json.dumps(rules))
    return path


def reasons_of(findings):
    return {reason["text"] for finding in findings["findings"]
            for reason in finding["fixed_by"] or ()}


def repair_model(tools, path):
    """Multiple -> (dimensions below full speed before, after, why, nodes added,
    growth of the weights)."""
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for multiple in MULTIPLES:
            target = target_of(multiple, scratch)
            fixed = scratch / "fixed.onnx"
            before = json.loads(tools.run("gac", "analyze", path, "--target",
                                          target, "--json", "-"))
            plan = json.loads(tools.run("gac", "repair", path, "--target",
                                        target, "-o", fixed, "--json", "-"))
            after = json.loads(tools.run("gac", "analyze", fixed, "--target",
                                         target, "--json", "-"))
            added = collections.Counter(
                rewrite["kind"] for rewrite in plan["rewrites"])
            results[multiple] = (before["totals"]["misaligned"],
                                 after["totals"]["misaligned"],
                                 reasons_of(after), added,
                                 plan["added_bytes"] / plan["weight_bytes"])
    return results


def write_families(tools, out):
    paths = sorted(MODELS.glob("*.onnx"))
    names = [path.stem for path in paths if not path.stem.endswith("_op23")]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        results = dict(zip((path.stem for path in paths),
                           pool.map(lambda path: repair_model(tools, path),
                                    paths)))
    out.append("| model | what it has | below full speed | left at 8 | at 16 | "
               "at 64 | added at 8 | weights at 8 | left because |")
    out.append("|---|---|---|---|---|---|---|---|---|")
    for name in names:
        both = [results[each] for each in (name, f"{name}_op23")
                if each in results]

        def each(function):
            values = [str(function(result)) for result in both]
            return values[0] if len(set(values)) == 1 else " / ".join(values)

        added = each(lambda r: ", ".join(
            f"{count} {kind}" for kind, count in r[8][3].items()) or "nothing")
        reasons = set().union(*(r[m][2] for r in both for m in MULTIPLES))
        # What else stops a dimension of an input is of no interest.
        interface = {re.sub(r"\d+", "N", text) for text in reasons
                     if text.startswith("graph ")}
        out.append("| " + " | ".join([
            f"`{name}`", FAMILIES.get(name, ""), each(lambda r: r[8][0]),
            *(each(lambda r, m=m: r[m][1]) for m in MULTIPLES), added,
            each(lambda r: f"+{100 * r[8][4]:.1f} %"),
            "; ".join(sorted(interface or reasons))]) + " |")


#===-----------------------------------------------------------------------===#
# Operators
#===-----------------------------------------------------------------------===#

def state_parameters(model, feed):
    """Makes initializers of inputs such as axes, pads and repeats, and has the
    operator in an opset that models of today have."""
    graph, values = model.graph, dict(feed)
    model.ir_version = IR_VERSION
    for value in list(graph.input):
        given = values.get(value.name)
        if (isinstance(given, np.ndarray) and given.dtype == np.int64
                and given.ndim <= 1):
            graph.input.remove(value)
            graph.initializer.append(
                onnx.numpy_helper.from_array(given, value.name))
    for entry in model.opset_import:
        if not entry.domain:
            try:
                schema = onnx.defs.get_schema(graph.node[0].op_type, OPSET)
            except onnx.defs.SchemaError:
                continue  # It came later, or is no more.
            # Not an older form, which may mean something else.
            older = onnx.defs.get_schema(graph.node[0].op_type,
                                         entry.version).since_version
            if entry.version > OPSET or older == schema.since_version or (
                    older == 1):
                entry.version = OPSET


def operator_cases(cache):
    """(domain, operator) -> graphs with one node of it each, or around it."""
    sys.path.insert(0, str(ROOT / "test" / "conformance"))
    import node_cases
    import quantized_cases
    import test_contrib

    cases = collections.defaultdict(list)
    for path in node_cases.cached_cases(cache):
        model = onnx.load(str(path))
        if len(model.graph.node) == 1 and not model.functions:
            node = model.graph.node[0]
            state_parameters(model, pickle.loads(
                path.with_suffix(".pkl").read_bytes())[0])
            cases[node.domain, node.op_type].append(model)
    built = [case[0]() for case in test_contrib.CASES.values()]
    built += [case.build() for case in quantized_cases.CASES.values()]
    for model in built:
        for key in {(node.domain, node.op_type) for node in model.graph.node}:
            cases[key].insert(0, model)
    return cases


Verdict = collections.namedtuple("Verdict", "is_named passes reasons")
# Said of an operator that has said more already.
BEYOND = "is beyond its rule"


def analyse(tools, model, scratch):
    """(operators that read or make a value some of whose lanes may grow, reasons
    why others may not, operators that have no name in the dialect) of a graph
    whose interface may change."""
    path, made = scratch / "case.onnx", scratch / "case.mlir"
    path.write_bytes(model.SerializeToString())
    said = tools.run("gac-opt", path, "--gac-allow-interface=patterns=*",
                     "--gac-print-dimensions", "-o", made)
    around = collections.defaultdict(set)
    for node in model.graph.node:
        for name in [*node.input, *node.output]:
            around[name].add((node.domain, node.op_type))
    fixed, reasons, passed = {}, set(), set()
    for line in said.splitlines():
        if line.startswith("dimension "):
            dimension = line.split(" ")[1]
            fixed[dimension] = False
        elif line.startswith("  fixed: "):
            # An output is fixed for what it holds, of which there is no need.
            reason = line.removeprefix("  fixed: ")
            if not reason.startswith("graph "):
                fixed[dimension] = True
                reasons.add(reason)
        elif line.startswith("value "):
            name, terms = line.removeprefix("value ").split(" = ", 1)
            parts = re.split(r"[\[\]|*, ]+", terms)
            if any(fixed.get(part) is False for part in parts):
                passed |= around[name]
    opaque = set(re.findall(r'gac\.opaque "([^"]*)" "([^"]*)"',
                            made.read_text()))
    return passed, reasons, opaque


def reason_of(text, operator):
    """What a reason says of the operator, without the node and numbers."""
    text = re.sub(r" \([^()]*\)$", "", text)
    if not text.startswith(f"{operator} "):
        return None
    text = text.removeprefix(f"{operator} ")
    return None if re.search(r"\d|\[", text) else text


def judge(tools, key, models):
    """What becomes of dimensions at one operator."""
    is_named, passes, reasons = False, False, set()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for model in some(models):
            passed, texts, opaque = analyse(tools, model, scratch)
            is_named |= key not in opaque
            passes |= key in passed
            reasons |= {reason_of(text, key[1]) for text in texts}
    return Verdict(is_named, passes, reasons - {None, BEYOND})


def some(models):
    """The first ones, and others from all over the list."""
    half = CASES_PER_OPERATOR // 2
    rest = models[half:]
    return models[:half] + rest[::max(1, len(rest) // half)][:half]


def passed_in_models(tools):
    """The operators through which a dimension of a real model may grow."""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        return set().union(*(analyse(tools, onnx.load(str(path)), scratch)[0]
                             for path in sorted(MODELS.glob("*.onnx"))))


def write_operators(tools, cache, out):
    cases = operator_cases(cache)
    keys = sorted(cases, key=lambda key: (key[0], key[1].lower()))
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        verdicts = dict(zip(keys, pool.map(
            lambda key: judge(tools, key, cases[key]), keys)))
    for key in passed_in_models(tools) & verdicts.keys():
        verdicts[key] = verdicts[key]._replace(passes=True)

    def name(key):
        return f"`{key[0]}.{key[1]}`" if key[0] else f"`{key[1]}`"

    def table(title, keys, heading):
        out.extend(["", f"### {title}", "", f"| operator | {heading} |",
                    "|---|---|"])
        out.extend(f"| {name(key)} | "
                   f"{'; '.join(sorted(verdicts[key].reasons))} |"
                   for key in keys)

    named = [key for key in keys if verdicts[key].is_named]
    table("Repaired through", [key for key in named if verdicts[key].passes],
          "what it fixes of its axes")
    table("Analysed and blocked",
          [key for key in named if not verdicts[key].passes], "because it")
    out.extend(["", "### Passed through", "",
                "These have no rule: they come back as they were, with what "
                "they read and make\nfixed at its size.", "",
                ", ".join(name(key) for key in keys
                          if not verdicts[key].is_named) + "."])


INTRODUCTION = """# Coverage

Written by `scripts/write_coverage.py` from what `gac` does; a test compares.

## Families

The models of `test/models`, each exported in two ways; where these differ, the
default opset comes first and opset 23 second. Dimensions are those that rules of
the H200 speak of, at 16 bits; *left* are those that a repair with `minimal`
leaves below full speed where only multiples of 8, 16 or 64 are at full speed.
*Added* are rewrites of the graph ([Targets.md](Targets.md#plans-as-json)): an
output or an operand cut, a norm written out, an operand masked, a result padded.
"""

OPERATORS = """
## Operators

What happens to the dimensions at an operator, in ONNX's tests of it and in
GAC's, where the model's interface would let all of them grow, with padding of
zeros. What an operator fixes it fixes of some of its axes, or in some of its
forms; what is blocked here may pass with other padding, as Log does where padding
is not zero.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default=ROOT / "build" / "release" / "bin",
                        help="the folder of gac and gac-opt")
    parser.add_argument("--cache", default=ROOT / "build" / "release" / "test"
                        / "conformance", help="where ONNX's tests are kept")
    parser.add_argument("-o", "--output", type=pathlib.Path,
                        default=ROOT / "docs" / "Coverage.md")
    options = parser.parse_args()
    tools, out = Tools(options.bin), [INTRODUCTION]
    write_families(tools, out)
    out.append(OPERATORS.rstrip())
    write_operators(tools, options.cache, out)
    options.output.write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
