//===- WeightSource.h - the bytes behind a weight attribute -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Weights in the IR are references and recipes. Here they become bytes, in the
// layout of ONNX's raw_data: little endian, row major, types below one byte
// packed.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_EXPORT_WEIGHTSOURCE_H
#define GAC_EXPORT_WEIGHTSOURCE_H

#include "gac/Support/ByteSource.h"

#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringMap.h"

#include <memory>
#include <vector>

namespace gac {

/// Opens weights, and the files that they lie in, each file once.
class WeightReader {
public:
  /// The bytes of `value`: of dense elements, of a `dense_resource`, of a
  /// `#gac.file` or of a recipe over any of them. Nothing large is read yet.
  /// Dense elements and resources must outlive the result.
  ///
  /// Fails with one sentence when a file is missing or is no longer what it
  /// was at import (its size or time of modification differs), when the bytes
  /// are not as many as the type needs, and for data that has no bytes: an
  /// absent weight, a string tensor, a recipe over a type below one byte.
  llvm::Expected<std::unique_ptr<ByteSource>> open(mlir::TypedAttr value);

  /// The bytes `[offset, offset + length)` of the file `path`, which must
  /// still have the size (bytes) and the time of modification (nanoseconds
  /// since the epoch) given.
  llvm::Expected<std::unique_ptr<ByteSource>>
  open(llvm::StringRef path, uint64_t offset, uint64_t length,
       uint64_t fileSize, int64_t modificationTime);

  /// The files opened so far, by path.
  const llvm::StringMap<std::shared_ptr<InputFile>> &getFiles() const {
    return files;
  }

private:
  llvm::StringMap<std::shared_ptr<InputFile>> files;
};

/// All bytes of `value`. For small weights: the result is in memory. Errors as
/// those of `WeightReader::open`.
llvm::Expected<std::vector<char>> readWeight(mlir::TypedAttr value);

/// Fails, with one sentence, if the file `path` exists and data of `op` and the
/// ops in it lie there: what is written to it would replace them.
llvm::Error checkNoSource(mlir::Operation *op, llvm::StringRef path);

/// Replaces every `#gac.file` and every recipe in the attributes of `op` and of
/// the ops in it by a `dense_resource` that holds the bytes, so that weights
/// need no other file. Absent weights, and tensors inside the subgraphs of
/// opaque ops, stay references. Fails after a diagnostic.
mlir::LogicalResult embedWeights(mlir::Operation *op);

} // namespace gac

#endif // GAC_EXPORT_WEIGHTSOURCE_H
