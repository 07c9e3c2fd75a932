//===- KernelLayouts.cpp - Shapes and strides as kernels have them --------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLayouts.h"
#include "KernelPrinter.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

StringRef gac::cuda::getMemoryTypeName(Type type) {
  if (type.isBF16())
    return "bf16";
  if (type.isF16())
    return "f16";
  if (type.isF32())
    return "float";
  if (type.isSignlessInteger(64))
    return "int64_t";
  if (type.isSignlessInteger(32))
    return "int32_t";
  if (type.isSignlessInteger(1))
    return "bool";
  return {};
}

Type cuda::getElementType(Value memref) {
  return cast<MemRefType>(memref.getType()).getElementType();
}

StringRef cuda::getTypeName(Value memref) {
  return getMemoryTypeName(getElementType(memref));
}

View cuda::getView(Value memref) {
  return View(cast<MemRefType>(memref.getType()));
}

LogicalResult cuda::checkLanes(Operation *op, StringRef name, Value value) {
  View view = getView(value);
  if (view.sizes.empty() || view.sizes.back() == 1 || view.strides.back() == 1)
    return success();
  return op->emitOpError() << "needs the last axis of " << name
                           << " to be contiguous, and its stride is "
                           << view.strides.back();
}

LogicalResult cuda::checkNarrow(Operation *op, Value value) {
  Type type = getElementType(value);
  if (type.isBF16() || type.isF16())
    return success();
  return op->emitOpError() << "has elements of type " << type
                           << ", and its kernel takes bf16 or f16";
}

LogicalResult cuda::checkThreads(Operation *op, int64_t wanted) {
  int64_t threads = op->getParentOfType<KernelOp>().getThreads();
  if (threads == wanted)
    return success();
  return op->emitOpError() << "is for blocks of " << wanted
                           << " threads, and has " << threads;
}

LogicalResult cuda::checkCount(Operation *op, int64_t rows, int64_t width,
                               int64_t vector) {
  int64_t vectors = 0;
  auto perRow = static_cast<int64_t>(
      llvm::divideCeil(static_cast<uint64_t>(width), vector));
  if (!llvm::MulOverflow(rows, perRow, vectors) &&
      vectors <= std::numeric_limits<int32_t>::max())
    return success();
  return op->emitOpError() << "has " << rows << " rows of " << width
                           << " elements, more than a kernel can count";
}

int64_t cuda::getRows(const View &view) {
  int64_t rows = 1;
  // Too many stay too many, for checkCount to refuse.
  for (int64_t size : ArrayRef(view.sizes).drop_back())
    if (llvm::MulOverflow(rows, size, rows))
      return std::numeric_limits<int64_t>::max();
  return rows;
}

std::optional<int64_t> cuda::getPitch(const View &view) {
  int64_t pitch = view.sizes.back(), rows = 1;
  for (size_t axis = view.sizes.size() - 1; axis-- > 0;) {
    if (view.sizes[axis] == 1)
      continue;
    if (rows == 1)
      pitch = view.strides[axis];
    else if (view.strides[axis] != pitch * rows)
      return std::nullopt;
    rows *= view.sizes[axis];
  }
  return pitch;
}

std::string cuda::getRowOffset(const View &view, StringRef row) {
  std::string text;
  int64_t below = getRows(view);
  for (size_t axis = 0; axis + 1 < view.sizes.size(); ++axis) {
    int64_t size = view.sizes[axis];
    if (size == 1)
      continue;
    below /= size;
    if (!text.empty())
      text += " + ";
    std::string index = row.str();
    if (below > 1)
      index += " / " + std::to_string(below);
    // The first axis that counts has all that is left.
    if (!text.empty())
      index += " % " + std::to_string(size);
    text += "(" + index + ") * " + std::to_string(view.strides[axis]);
  }
  return text.empty() ? "0" : text;
}

kernels::HeadLayout cuda::getLayout(Value value) {
  View view = getView(value);
  return {view.strides[0], view.strides[2], view.strides[1]};
}
