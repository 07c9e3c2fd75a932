//===- AttentionPrinter.cpp - Attention as CUDA ---------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BodyPrinter.h"
#include "KernelLayouts.h"
#include "KernelPrinter.h"

#include "AttentionDecode.cuh"
#include "AttentionStep.cuh"

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

template <typename OpTy>
LogicalResult KernelPrinter::printAttentionShape(OpTy op, const char *name) {
  if (failed(checkNarrow(op, op.getQ())) ||
      failed(checkLanes(op, "q", op.getQ())) ||
      failed(checkLanes(op, "k", op.getK())) ||
      failed(checkLanes(op, "v", op.getV())) ||
      failed(checkLanes(op, "out", op.getOut())))
    return failure();
  View q = getView(op.getQ()), v = getView(op.getV());
  if (q.sizes[3] > kernels::kMostHeadWidth ||
      v.sizes[3] > kernels::kMostHeadWidth)
    return op.emitOpError() << "has heads of " << q.sizes[3] << " and "
                            << v.sizes[3] << " lanes, and its kernel takes "
                            << kernels::kMostHeadWidth << " at most";
  for (const View &view : {q, v})
    for (int64_t size : view.sizes)
      if (size > std::numeric_limits<int32_t>::max())
        return op.emitOpError() << "has an axis of " << size
                                << ", more than its kernel can count";
  kernels::AttentionShape shape;
  shape.batch = static_cast<int32_t>(q.sizes[0]);
  shape.queries = static_cast<int32_t>(q.sizes[2]);
  shape.heads = static_cast<int32_t>(q.sizes[1]);
  shape.keyHeads = static_cast<int32_t>(v.sizes[1]);
  shape.keyWidth = static_cast<int32_t>(q.sizes[3]);
  shape.valueWidth = static_cast<int32_t>(v.sizes[3]);
  shape.q = getLayout(op.getQ());
  shape.k = getLayout(op.getK());
  shape.v = getLayout(op.getV());
  shape.o = getLayout(op.getOut());
  printShape(os, shape, toLiteral(op.getScale()), name);
  return success();
}

LogicalResult KernelPrinter::printBody(AttentionPrefillOp op) {
  // The same for all widths.
  if (failed(checkThreads(op, kernels::AttentionTiles<16, 16>::kThreads)) ||
      failed(printAttentionShape(op)))
    return failure();
  View q = getView(op.getQ()), v = getView(op.getV());
  os << "  extern __shared__ uint4 shared[];\n  attentionPrefill<"
     << getTypeName(op.getQ()) << ", " << llvm::alignTo(q.sizes[3], 16) << ", "
     << llvm::alignTo(v.sizes[3], 16) << ", " << op.getVector().value_or(1)
     << ", " << (op.getCausal() ? "true" : "false") << ">(\n      "
     << getName(op.getQ()) << ", " << getName(op.getK()) << ", "
     << getName(op.getV()) << ", " << getName(op.getOut()) << ", shape, "
     << getTokenCount(op.getPosition(), op.getPast()) << ", shared);\n";
  return success();
}

LogicalResult KernelPrinter::printBody(AttentionDecodeOp op) {
  if (failed(checkThreads(op, kernels::kDecodeThreads)) ||
      failed(printAttentionShape(op)))
    return failure();
  View q = getView(op.getQ()), v = getView(op.getV());
  os << "  attentionDecode<" << getTypeName(op.getQ()) << ", decodeLanes("
     << q.sizes[3] << ", " << v.sizes[3] << "), " << op.getGroup() << ", "
     << op.getVector().value_or(1) << ">(\n      " << getName(op.getQ()) << ", "
     << getName(op.getK()) << ", " << getName(op.getV()) << ", "
     << getName(op.getOut()) << ", " << getName(op.getWorkspace())
     << ", shape, " << getTokenCount(op.getPosition(), op.getPast()) << ");\n";
  return success();
}

LogicalResult KernelPrinter::printBody(AttentionCombineOp op) {
  if (failed(checkLanes(op, "out", op.getOut())))
    return failure();
  View out = getView(op.getOut());
  if (static_cast<int64_t>(kernel.getThreads()) < out.sizes[3])
    return op.emitOpError() << "has " << out.sizes[3] << " lanes and "
                            << kernel.getThreads() << " threads for them";
  os << "  AttentionShape shape;\n";
  for (auto [field, value] :
       {std::pair<StringRef, int64_t>{"batch", out.sizes[0]},
        {"heads", out.sizes[1]},
        {"valueWidth", out.sizes[3]}})
    os << "  shape." << field << " = " << value << ";\n";
  os << "  shape.o = " << kernels::printLayout(getLayout(op.getOut()))
     << ";\n  attentionCombine<" << getTypeName(op.getOut()) << ">("
     << getName(op.getWorkspace()) << ", " << getName(op.getOut())
     << ", shape, " << op.getSplits() << ");\n";
  return success();
}

/// The kernel's accesses are of eight elements.
static LogicalResult checkEights(Operation *op, StringRef name, Value value) {
  View view = getView(value);
  SmallVector<int64_t> multiples{view.sizes.back()};
  for (auto [size, stride] : llvm::zip(ArrayRef(view.sizes).drop_back(),
                                       ArrayRef(view.strides).drop_back()))
    if (size != 1)
      multiples.push_back(stride);
  for (int64_t multiple : multiples)
    if (multiple % 8 != 0)
      return op->emitOpError()
             << "has " << name << " with rows of " << multiple
             << " elements, and its kernel takes multiples of 8";
  return success();
}

LogicalResult KernelPrinter::printBody(AttentionStepOp op) {
  if (failed(checkThreads(op, kernels::kStepWarps * 32)) ||
      failed(checkLanes(op, "key", op.getKey())) ||
      failed(checkLanes(op, "value", op.getValue())) ||
      failed(printAttentionShape(op, "attention")))
    return failure();
  if (op.getWorkspace() && !op.getCounters())
    return op.emitOpError() << "has a workspace without counters";
  for (auto [name, value] : {std::pair<StringRef, Value>{"q", op.getQ()},
                             {"key", op.getKey()},
                             {"value", op.getValue()},
                             {"k", op.getK()},
                             {"v", op.getV()},
                             {"out", op.getOut()}})
    if (failed(checkEights(op, name, value)))
      return failure();
  if (op.getHalf() % 8 != 0)
    return op.emitOpError() << "pairs lanes that lie " << op.getHalf()
                            << " apart, and its kernel takes multiples of 8";
  View q = getView(op.getQ()), v = getView(op.getV());
  int64_t pairs = 0, tableBatch = 0;
  if (op.getCos()) {
    View cos = getView(op.getCos()), sin = getView(op.getSin());
    if (failed(checkLanes(op, "cos", op.getCos())) ||
        failed(checkLanes(op, "sin", op.getSin())))
      return failure();
    pairs = cos.sizes[2];
    tableBatch = cos.sizes[0] == 1 ? 0 : cos.strides[0];
    if (getElementType(op.getCos()) != getElementType(op.getSin()) ||
        (tableBatch != 0 && sin.strides[0] != tableBatch))
      return op.emitOpError() << "has tables of two layouts";
  }
  kernels::AttentionStepShape shape;
  shape.newKey = getLayout(op.getKey());
  shape.newValue = getLayout(op.getValue());
  shape.capacity = static_cast<int32_t>(getView(op.getK()).sizes[2]);
  shape.storedHalf = static_cast<int32_t>(op.getHalf());
  shape.logicalHalf = static_cast<int32_t>(pairs);
  shape.tableBatch = tableBatch;
  shape.group = static_cast<int32_t>(op.getGroup());
  shape.splits = static_cast<int32_t>(op.getSplits());
  shape.depth = static_cast<int32_t>(op.getDepth());
  printShape(os, shape);
  StringRef table = op.getCos() ? getTypeName(op.getCos()) : "float";
  os << "  extern __shared__ uint4 shared[];\n  attentionStep<"
     << getTypeName(op.getQ()) << ", " << table << ", "
     << kernels::attentionWidth(static_cast<int32_t>(q.sizes[3])) << ", "
     << kernels::attentionWidth(static_cast<int32_t>(v.sizes[3]))
     << ", shape.group, shape.depth, shape.splits <= kMostCluster>(\n      "
     << getName(op.getQ()) << ", " << getName(op.getKey()) << ", "
     << getName(op.getValue()) << ", ";
  // Without tables it is their type that the kernel wants to know.
  for (Value values : {op.getCos(), op.getSin()}) {
    if (values)
      os << getName(values) << ", ";
    else
      os << "static_cast<const float *>(nullptr), ";
  }
  os << getName(op.getK()) << ", " << getName(op.getV()) << ", "
     << getName(op.getOut()) << ", "
     << getSplitArguments(op.getCounters(), op.getWorkspace())
     << ", shared, shape, " << getTokenCount(op.getPosition(), op.getPast())
     << ");\n";
  return success();
}
