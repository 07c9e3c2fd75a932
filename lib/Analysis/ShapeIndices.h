//===- ShapeIndices.h - Indices of tensors' elements ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_ANALYSIS_SHAPEINDICES_H
#define GAC_LIB_ANALYSIS_SHAPEINDICES_H

#include "mlir/IR/BuiltinTypeInterfaces.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace gac {

/// Calls `visit` with each multi-index below `sizes` in row-major order.
inline void
forEachIndex(llvm::ArrayRef<int64_t> sizes,
             llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit) {
  llvm::SmallVector<int64_t> index(sizes.size(), 0);
  for (int64_t i = 0, count = mlir::ShapedType::getNumElements(sizes);
       i != count; ++i) {
    visit(index);
    for (size_t axis = sizes.size(); axis-- > 0;) {
      if (++index[axis] != sizes[axis])
        break;
      index[axis] = 0;
    }
  }
}

/// Where the element at `index` stands in row-major order.
inline int64_t flatten(llvm::ArrayRef<int64_t> index,
                       llvm::ArrayRef<int64_t> sizes) {
  int64_t flat = 0;
  for (auto [i, size] : llvm::zip_equal(index, sizes))
    flat = flat * size + i;
  return flat;
}

/// Where an operand of `sizes` is read for an element of what it broadcasts to.
inline int64_t flattenBroadcast(llvm::ArrayRef<int64_t> index,
                                llvm::ArrayRef<int64_t> sizes) {
  int64_t flat = 0;
  for (auto [i, size] : llvm::zip_equal(index.take_back(sizes.size()), sizes))
    flat = flat * size + (size == 1 ? 0 : i);
  return flat;
}

} // namespace gac

#endif // GAC_LIB_ANALYSIS_SHAPEINDICES_H
