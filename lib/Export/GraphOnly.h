//===- GraphOnly.h - weights that are described, not written ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_EXPORT_GRAPHONLY_H
#define GAC_LIB_EXPORT_GRAPHONLY_H

#include "TensorPlacer.h"

namespace gac {

/// Key of the metadata entry that Exporter.h describes.
constexpr llvm::StringLiteral kWeightsKey = "gac.weights";

/// Writes the entry: how the bytes of `dataName` are made of the old data, for
/// each entry that the placer put there. A weight that an earlier entry of the
/// model describes keeps its first origin. Files in the folder of `inputPath`,
/// the model that was read, are named relative to it, as ONNX does. `plan` may
/// be null.
void describeWeights(onnx::ModelProto &model, const TensorPlacer &placer,
                     llvm::StringRef dataName, mlir::Attribute plan,
                     llvm::StringRef inputPath);

/// Removes the entry from a model whose weights are all there.
void dropDescription(onnx::ModelProto &model);

} // namespace gac

#endif // GAC_LIB_EXPORT_GRAPHONLY_H
