//===- Views.cpp - Shapes and strides of memory ---------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Views.h"

#include <numeric>

using namespace mlir;
using namespace gac::cuda;

View gac::cuda::getContiguousView(ArrayRef<int64_t> sizes) {
  View view;
  view.sizes.assign(sizes.begin(), sizes.end());
  view.strides.assign(sizes.size(), 1);
  for (size_t axis = sizes.size(); axis-- > 1;)
    view.strides[axis - 1] =
        view.strides[axis] * std::max<int64_t>(sizes[axis], 1);
  return view;
}

bool gac::cuda::isContiguous(const View &view) {
  int64_t expected = 1;
  for (size_t axis = view.sizes.size(); axis-- > 0;) {
    if (view.sizes[axis] != 1 && view.strides[axis] != expected)
      return false;
    expected *= view.sizes[axis];
  }
  return true;
}

std::optional<View> gac::cuda::reshapeView(const View &view,
                                           ArrayRef<int64_t> sizes) {
  View result = getContiguousView(sizes);
  result.offset = view.offset;
  // Axes of one element lie anywhere, and without elements all do.
  SmallVector<int64_t> oldSizes, oldStrides;
  for (auto [size, stride] : llvm::zip_equal(view.sizes, view.strides)) {
    if (size == 0)
      return result;
    if (size == 1)
      continue;
    oldSizes.push_back(size);
    oldStrides.push_back(stride);
  }
  // Groups of old and new axes of equally many elements; those of a group must
  // be one run of memory.
  size_t from = 0, to = 0;
  while (from < oldSizes.size()) {
    size_t fromEnd = from + 1, toEnd = to;
    int64_t oldCount = oldSizes[from], newCount = 1;
    while (oldCount != newCount) {
      if (newCount < oldCount) {
        if (toEnd == sizes.size())
          return std::nullopt;
        newCount *= sizes[toEnd++];
      } else {
        if (fromEnd == oldSizes.size())
          return std::nullopt;
        oldCount *= oldSizes[fromEnd++];
      }
    }
    for (size_t axis = from; axis + 1 < fromEnd; ++axis)
      if (oldStrides[axis] != oldStrides[axis + 1] * oldSizes[axis + 1])
        return std::nullopt;
    int64_t stride = oldStrides[fromEnd - 1];
    for (size_t axis = toEnd; axis-- > to;) {
      result.strides[axis] = stride;
      stride *= sizes[axis];
    }
    from = fromEnd;
    to = toEnd;
  }
  return result;
}

View gac::cuda::transposeView(const View &view, ArrayRef<int64_t> permutation) {
  View result = view;
  for (auto [axis, from] : llvm::enumerate(permutation)) {
    result.sizes[axis] = view.sizes[from];
    result.strides[axis] = view.strides[from];
  }
  return result;
}

View gac::cuda::sliceView(const View &view, int64_t axis, int64_t start,
                          int64_t size, int64_t step) {
  View result = view;
  result.offset += start * view.strides[axis];
  result.sizes[axis] = size;
  result.strides[axis] *= step;
  return result;
}

View gac::cuda::expandView(const View &view, ArrayRef<int64_t> sizes) {
  View result;
  result.offset = view.offset;
  result.sizes.assign(sizes.begin(), sizes.end());
  size_t skipped = sizes.size() - view.sizes.size();
  for (size_t axis = 0; axis < sizes.size(); ++axis) {
    bool repeats = axis < skipped || view.sizes[axis - skipped] != sizes[axis];
    result.strides.push_back(repeats ? 0 : view.strides[axis - skipped]);
  }
  return result;
}

View gac::cuda::canonicalizeView(const View &view) {
  View result = view;
  if (!view.sizes.empty() && view.sizes.back() == 1)
    result.strides.back() = 1;
  return result;
}

MemRefType gac::cuda::getMemRefType(const View &view, Type elementType) {
  if (view.offset == 0 && isContiguous(view) &&
      view.strides == getContiguousView(view.sizes).strides)
    return MemRefType::get(view.sizes, elementType);
  return MemRefType::get(view.sizes, elementType,
                         StridedLayoutAttr::get(elementType.getContext(),
                                                view.offset, view.strides));
}
