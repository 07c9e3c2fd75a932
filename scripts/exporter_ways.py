#===- exporter_ways.py - From a model of exporter_zoo.py to ONNX files ----===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""The ways in which check_exporters.py writes a model as ONNX.

An exporter makes a file of a model; a tool makes a file of an exporter's. What
cannot be exported raises, with whatever class the package has for it.
"""

import dataclasses
import importlib.metadata
import logging
import warnings
from typing import Callable

import onnx
import torch

import exporter_zoo
import model_zoo

PACKAGES = ("torch", "transformers", "onnx", "onnxscript", "onnxruntime",
            "onnxsim")


@dataclasses.dataclass(frozen=True)
class Way:
    purpose: str
    write: Callable
    # The way whose file `write` starts from; without it, it gets the entry.
    source: str | None = None
    # How far results may be apart: types of fewer bits round elsewhere.
    tolerance: float = 1e-5


class NotForThisModel(Exception):
    """The way has nothing to do for the model."""


def torch_script(opset, fixed=False):
    def write(entry, path):
        inputs = entry.inputs()
        model = prepare(entry, "eager")
        with torch.no_grad():
            torch.onnx.export(
                model, inputs.tensors, str(path), dynamo=False,
                opset_version=opset, input_names=list(inputs.names),
                dynamic_axes=None if fixed else
                dict(zip(inputs.names, inputs.symbols)))

    return write


def dynamo(opset=None, fixed=False):
    def write(entry, path):
        inputs = entry.inputs()
        model = prepare(entry, None)
        # A length that others add up to has no name of its own.
        shapes = tuple({axis: torch.export.Dim.AUTO if name == "total" else name
                        for axis, name in symbols.items()}
                       for symbols in inputs.symbols)
        options = {} if opset is None else {"opset_version": opset}
        with torch.no_grad():
            program = torch.onnx.export(
                model, inputs.tensors, dynamo=True, verbose=False,
                input_names=list(inputs.names),
                # One entry for *inputs.
                dynamic_shapes=None if fixed else (shapes,), **options)
            program.save(str(path), external_data=False)

    return write


def prepare(entry, attention):
    torch.manual_seed(3)
    return draw_weights(entry.build(attention)).eval()


def draw_weights(model):
    """As model_zoo's, but for what is no weight."""
    kept = {name: tensor.clone()
            for name, tensor in model.named_buffers()
            if tensor.is_floating_point() and "running" not in name}
    model_zoo.draw_weights(model)
    for name, tensor in model.named_buffers():
        if name in kept:
            tensor.copy_(kept[name])
    return model


def transformer_optimizer(half=False):
    def write(entry, source, path):
        from onnxruntime.transformers import optimizer

        if entry.optimizer is None:
            raise NotForThisModel
        kind, heads, width = entry.optimizer
        made = optimizer.optimize_model(
            str(source), model_type=kind, num_heads=heads, hidden_size=width,
            opt_level=0, use_gpu=False)
        if half:
            made.convert_float_to_float16(keep_io_types=True)
        made.save_model_to_file(str(path))

    return write


def graph_optimizer(entry, source, path):
    """What ONNX Runtime runs after its own extended fusions."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)
    options.optimized_model_filepath = str(path)
    onnxruntime.InferenceSession(str(source), options,
                                 providers=["CPUExecutionProvider"])


def simplifier(entry, source, path):
    import onnxsim

    model, valid = onnxsim.simplify(onnx.load(str(source)))
    if not valid:
        raise RuntimeError("onnxsim changed the results")
    onnx.save(model, str(path))


def dynamic_int8(entry, source, path):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(str(source), str(path), weight_type=QuantType.QInt8)


def matmul_int4(entry, source, path):
    from onnxruntime.quantization import matmul_nbits_quantizer

    made = matmul_nbits_quantizer.MatMulNBitsQuantizer(
        onnx.load(str(source)), block_size=32, is_symmetric=True)
    made.process()
    if not any(node.op_type == "MatMulNBits"
               for node in made.model.model.graph.node):
        raise NotForThisModel
    made.model.save_model_to_file(str(path))


WAYS = {
    "ts14": Way("TorchScript, opset 14", torch_script(14)),
    "ts17": Way("TorchScript, opset 17", torch_script(17)),
    "ts17-fixed": Way("TorchScript, opset 17, sizes all numbers",
                      torch_script(17, fixed=True)),
    "dynamo": Way("torch.export, its own opset", dynamo()),
    "dynamo23": Way("torch.export, opset 23", dynamo(23)),
    "dynamo-fixed": Way("torch.export, sizes all numbers", dynamo(fixed=True)),
    "ts17-ort": Way("ts17 after ONNX Runtime's transformer optimiser",
                    transformer_optimizer(), "ts17"),
    "ts17-ort16": Way("the same in float16", transformer_optimizer(half=True),
                      "ts17", tolerance=2e-2),
    "dynamo-ort": Way("dynamo after ONNX Runtime's transformer optimiser",
                      transformer_optimizer(), "dynamo"),
    "ts17-extended": Way("ts17 after ONNX Runtime's extended fusions",
                         graph_optimizer, "ts17"),
    "ts17-sim": Way("ts17 after onnxsim", simplifier, "ts17"),
    "ts17-fixed-sim": Way("ts17-fixed after onnxsim", simplifier,
                          "ts17-fixed"),
    "ts17-int8": Way("ts17 with quantize_dynamic", dynamic_int8, "ts17",
                     tolerance=5e-2),
    "ts17-int4": Way("ts17 with MatMulNBits", matmul_int4, "ts17"),
}


def versions():
    """The packages that write files, and their versions."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def write(name, way, folder):
    """Writes NAME.WAY.onnx in a folder, and what it is made from, unless it is
    there. Returns the names of the model's inputs and the sizes to check at."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    entry, made = exporter_zoo.ZOO[name], WAYS[way]
    path = folder / f"{name}.{way}.onnx"
    if not path.exists():
        # A file that is there is whole.
        partial = path.with_suffix(".partial")
        if made.source:
            write(name, made.source, folder)
            made.write(entry, folder / f"{name}.{made.source}.onnx", partial)
        else:
            made.write(entry, partial)
        partial.replace(path)
    return entry.sizes


def example_sizes(name):
    """The sizes of a model's example inputs, by symbol."""
    inputs = exporter_zoo.ZOO[name].inputs()
    return {symbol: [tensor.shape[axis]]
            for tensor, symbols in zip(inputs.tensors, inputs.symbols)
            for axis, symbol in symbols.items()}
