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
// and recipes are evaluated block by block.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_EXPORT_EXPORTER_H
#define GAC_EXPORT_EXPORTER_H

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>
#include <string>

namespace gac {

struct ExportOptions {
  /// Write no external data. Each weight that would be in the data file is a
  /// reference to it all the same, and the model's metadata entry `gac.weights`
  /// tells how the bytes of that file are made. It is JSON:
  ///
  ///     {"version": 1, "data": "OUT.data", "plan": "#gac.plan<...>",
  ///      "weights": [{
  ///        "name": "w", "type": "FLOAT16", "shape": [64, 107],
  ///        "source": {"location": "in.data", "offset": 0, "length": 13696},
  ///        "recipe": [{"shape": [64, 112],
  ///                    "lanes": [[[0, 0, 64]], [[0, 0, 107]]]}],
  ///        "data": {"location": "OUT.data", "offset": 0, "length": 14336}}]}
  ///
  /// `shape` and `source` are those of the data as they were imported. Each
  /// step of `recipe` pads what the one before it gave to a new shape; `lanes`
  /// lists for each axis the runs [from, to, length] of lanes that move, and
  /// everything else is zero. A step with a `type` instead rounds to that type,
  /// to nearest, ties to even; one with a `perm` makes axis perm[i] axis i.
  ///
  /// Without this option an absent weight is an error.
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
