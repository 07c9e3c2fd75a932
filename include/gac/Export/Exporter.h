//===- Exporter.h - From the gac dialect to ONNX ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Export states a module as an ONNX model. What was not changed since import
// comes back as it was: names, metadata, opset imports, functions, symbolic
// dimensions, and the form of each weight. Weights are copied from their files
// and recipes are evaluated block by block. How inputs and outputs have changed
// stands in the model's metadata (gac/Import/InterfaceMetadata.h).
//
//===----------------------------------------------------------------------===//

#ifndef GAC_EXPORT_EXPORTER_H
#define GAC_EXPORT_EXPORTER_H

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>
#include <string>

namespace gac {

struct ExportOptions {
  /// Write no external data, and of what stands in the model no initializers of
  /// floats with more than 4096 elements (in the original model): packages have
  /// recipes for all such. Each weight that is left out is a reference to the
  /// data file all the same. Without this option an absent weight is an error.
  ///
  /// In any case the model's metadata entry `gac.weights` tells what weights
  /// were made of: those that were left out, and those that have data but are
  /// not what they were in the original model. It is JSON:
  ///
  ///     {"version": 1, "data": "OUT.data", "plan": "#gac.plan<...>",
  ///      "weights": [{
  ///        "name": "w", "type": "FLOAT16", "shape": [64, 107],
  ///        "source": {"location": "in.data", "offset": 0, "length": 13696},
  ///        "recipe": [{"shape": [64, 112],
  ///                    "lanes": [[[0, 0, 64]], [[0, 0, 107]]]}],
  ///        "data": {"location": "OUT.data", "offset": 0, "length": 14336}}]}
  ///
  /// `type` and `shape` are the original's, and its name is `original` where it
  /// is not `name`: copies are made for readers that want other lanes. Each
  /// step of `recipe` pads what the one before it gave to a new shape; `lanes`
  /// lists for each axis the runs [from, to, length] of lanes that move, and
  /// everything else is zero, or the number `fill`; where that is a list, it
  /// has a number for each new lane of the step's `axis`. A step with a `type`
  /// instead rounds to that type, to nearest, ties to even; one with a `perm`
  /// makes axis perm[i] axis i. A model that is repaired again adds steps, so
  /// that the first original stays.
  ///
  /// Only weights that are left out have `data`, and a `source` if it is known
  /// where there are bytes to make them of; these have the first `done` steps
  /// (0 if it is not there) behind them. The file `data` and the `plan` are
  /// said together with them.
  bool graphOnly = false;

  /// The model file that the module was read from, if it was one: the only
  /// model whose weights an output of its own name may replace.
  std::string inputPath;

  /// Bytes of a model file above which its large initializers move into the
  /// data file. Readers of protobuf take 2 GiB at most.
  uint64_t inlineLimit = 1'900'000'000;
};

/// Writes `module` to `path`, and its external data, if there are any, to the
/// one file `path` + ".data" beside it, each tensor at a multiple of 4096
/// bytes. Both appear together or not at all (see OutputFile.h), and `path`
/// may be the file that the module was read from. What named ops say beyond
/// ONNX's operators is written out in the module first (gac-lower-to-onnx).
///
/// Fails after a diagnostic of one sentence that names the tensor or node: when
/// the files cannot be written, when a weight is absent or its file changed
/// since import, when the data file would replace weights of another model,
/// and when the module states something that ONNX cannot.
mlir::LogicalResult exportOnnxModel(mlir::ModuleOp module, llvm::StringRef path,
                                    const ExportOptions &options = {});

} // namespace gac

#endif // GAC_EXPORT_EXPORTER_H
