//===- ConstantData.h - The numbers of constants ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exporters that know all sizes compute tables and masks themselves, and write
// the numbers: what patterns otherwise see in operations they read here.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_GAC_TRANSFORMS_CONSTANTDATA_H
#define GAC_LIB_DIALECT_GAC_TRANSFORMS_CONSTANTDATA_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace gac {

/// The elements of a constant, row-major, little endian and packed; each is as
/// many whole bytes as its type has, and a boolean is one.
class ConstantData {
public:
  /// The largest constant that patterns read, in bytes: a mask of 4096 by 4096
  /// numbers.
  static constexpr int64_t maxBytes = int64_t(64) << 20;

  /// What an initializer or constant holds, wherever it lies. None for other
  /// values, for elements that are neither floats nor integers of whole bytes
  /// nor booleans, for data of more bytes than `limit`, and for files that are
  /// not as they were at import.
  static std::optional<ConstantData> read(mlir::Value value,
                                          int64_t limit = maxBytes);

  mlir::ShapedType getType() const { return type; }
  llvm::ArrayRef<int64_t> getSizes() const { return type.getShape(); }
  int64_t size() const { return type.getNumElements(); }
  llvm::ArrayRef<char> getBytes() const { return bytes; }
  /// The bytes of one element.
  llvm::ArrayRef<char> getBytes(int64_t index) const {
    return getBytes().slice(index * width, width);
  }
  /// The number of one element; integers are rounded.
  double getNumber(int64_t index) const;

private:
  ConstantData(mlir::ShapedType type, int64_t width, std::vector<char> bytes)
      : type(type), width(width), bytes(std::move(bytes)) {}

  mlir::ShapedType type;
  int64_t width;
  std::vector<char> bytes;
};

} // namespace gac

#endif // GAC_LIB_DIALECT_GAC_TRANSFORMS_CONSTANTDATA_H
