#!/usr/bin/env python3
#===- export_models.py - Exports the models of model_zoo.py to ONNX --------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Writes the small real exports that the tests, the demo and the examples use.

    pip install -r scripts/requirements-export.txt
    python3 scripts/export_models.py                  # all, to test/models
    python3 scripts/export_models.py -o DIR llama_asvd mla
    python3 scripts/export_models.py --list

Each model goes through torch.onnx.export twice: at the exporter's default
opset as NAME.onnx and at opset 23, where norms, rotations and attention are
single nodes, as NAME_op23.onnx. NAME.npz beside it holds inputs ("in.X") and
the outputs that PyTorch computes for them ("out.Y"), by the graph's own names.
The files are the same for every run with the pinned versions.
"""

import argparse
import io
import logging
import pathlib
import re
import sys
import warnings

import numpy as np
import onnx
import torch

import model_zoo

SCRIPTS = pathlib.Path(__file__).resolve().parent
DEFAULT_OUTPUT = SCRIPTS.parent / "test" / "models"
SIZE_LIMIT = 1_000_000


def named_symbols(spec, made):
    """`spec` with each name replaced by the one torch.export.Dim of it."""
    if isinstance(spec, dict):
        return {axis: made.setdefault(name, torch.export.Dim(name))
                for axis, name in spec.items()}
    return type(spec)(named_symbols(part, made) for part in spec)


def leaves(value):
    """The tensors of nested lists and tuples, in the exporter's order."""
    if torch.is_tensor(value):
        return [value]
    return [leaf for part in value for leaf in leaves(part)]


def first_row(value):
    if torch.is_tensor(value):
        return value[:1]
    return type(value)(first_row(part) for part in value)


def metadata_holders(model):
    graph = model.graph
    yield model
    yield graph
    for group in (graph.node, graph.initializer, graph.value_info,
                  graph.input, graph.output):
        yield from group
    for function in model.functions:
        yield from function.node


def tidy_traces(model):
    """Shortens the exporter's stack traces to the two innermost frames, which
    halves them, and makes their files relative: a package's to the package,
    our own to the repository."""
    outer = re.compile(r'File "[^"\n]*?/(?:site-packages/|(?=scripts/))')
    for holder in metadata_holders(model):
        for entry in holder.metadata_props:
            if entry.key == "pkg.torch.onnx.stack_trace":
                frames = re.split(r"^ *(?=File )", entry.value, flags=re.M)
                entry.value = outer.sub('File "', "".join(frames[-2:]))


def check_no_folders(model, path):
    for holder in metadata_holders(model):
        for entry in holder.metadata_props:
            found = re.search(r'File "/[^"]*"', entry.value)
            if found:
                sys.exit(f"{path}: {entry.key} holds {found[0]}")


def export(name, opset, folder):
    entry = model_zoo.ZOO[name]
    module = model_zoo.draw_weights(entry.build()).eval()
    arguments, symbols = entry.example()
    options = {} if opset is None else {"opset_version": opset}
    with torch.no_grad():
        program = torch.onnx.export(
            module, arguments, dynamo=True, verbose=False,
            dynamic_shapes=named_symbols(symbols, {}),
            output_names=module.output_names, **options)
        buffer = io.BytesIO()
        program.save(buffer, external_data=False)
        model = onnx.load_from_string(buffer.getvalue())
        # The exporter writes the caches of RotaryEmbedding with a batch of 1,
        # and ONNX Runtime takes that literally.
        if any(node.op_type == "RotaryEmbedding" for node in model.graph.node):
            arguments = first_row(arguments)
        expected = leaves(module(*arguments))

    tidy_traces(model)
    path = folder / f"{name}{'' if opset is None else f'_op{opset}'}.onnx"
    check_no_folders(model, path)
    onnx.checker.check_model(model, full_check=False)
    data = model.SerializeToString(deterministic=True)
    if len(data) > SIZE_LIMIT:
        sys.exit(f"{path}: {len(data)} bytes, more than {SIZE_LIMIT}")
    path.write_bytes(data)

    values = {}
    for prefix, declared, tensors in (
            ("in.", model.graph.input, leaves(arguments)),
            ("out.", model.graph.output, expected)):
        if len(declared) != len(tensors):
            sys.exit(f"{path}: the graph has {len(declared)} values where the "
                     f"module has {len(tensors)}")
        values |= {prefix + value.name: tensor.detach().numpy()
                   for value, tensor in zip(declared, tensors)}
    np.savez_compressed(path.with_suffix(".npz"), **values)
    print(f"{path.name:32}{len(data):>9} bytes {len(model.graph.node):>5} "
          f"nodes {len(model.graph.initializer):>4} initializers", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="models to export (default: all)")
    parser.add_argument("-o", "--output", type=pathlib.Path,
                        default=DEFAULT_OUTPUT, metavar="DIR",
                        help="folder to write to (default: test/models)")
    parser.add_argument("--list", action="store_true",
                        help="print the models and what each is for")
    options = parser.parse_args()
    if options.list:
        for name, entry in model_zoo.ZOO.items():
            print(f"{name:20}{entry.purpose}")
        return
    unknown = [name for name in options.names if name not in model_zoo.ZOO]
    if unknown:
        parser.error(f"no model is called {', '.join(unknown)}; see --list")

    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.names or model_zoo.ZOO:
        for opset in (None, 23):
            export(name, opset, options.output)


if __name__ == "__main__":
    main()
