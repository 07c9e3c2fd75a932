//===- GemvPrinter.cpp - Products of few rows as CUDA ---------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BodyPrinter.h"
#include "KernelLayouts.h"
#include "KernelPrinter.h"

#include "GemvShape.cuh"

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

static constexpr StringRef kSharedMemory =
    "  extern __shared__ uint4 shared[];\n";

LogicalResult KernelPrinter::printProduct(GemvOp op, StringRef indent,
                                          StringRef tile) {
  if (failed(checkNarrow(op, op.getX())) ||
      failed(checkThreads(op, kernels::kGemvWarps * 32)) ||
      failed(checkLanes(op, "x", op.getX())) ||
      failed(checkLanes(op, "out", op.getOut())) ||
      (op.getResidual() &&
       failed(checkLanes(op, "residual", op.getResidual()))))
    return failure();
  View x = getView(op.getX()), weight = getView(op.getWeight());
  bool isKN = weight.strides[1] == 1;
  if (!isKN && weight.strides[0] != 1)
    return op.emitOpError() << "has a weight of which neither rows nor columns "
                               "are contiguous";
  if (op.getWorkspace() && !op.getCounters())
    return op.emitOpError() << "has a workspace without counters";
  if (!isKN && op.getColumns() != 16 * kernels::kGemvWarps)
    return op.emitOpError()
           << "has blocks of " << op.getColumns()
           << " columns, and weights [n, k] need " << 16 * kernels::kGemvWarps;
  int64_t xPitch = *getPitch(x);
  if (op.getGate() && getPitch(getView(op.getGate())) != xPitch)
    return op.emitOpError()
           << "has a gate whose rows are not as far apart as x's, " << xPitch
           << " elements";
  kernels::GemvShape shape;
  shape.rows = static_cast<int32_t>(x.sizes[0]);
  shape.n = weight.sizes[1];
  shape.k = x.sizes[1];
  shape.xPitch = xPitch;
  shape.wPitch = weight.strides[isKN ? 0 : 1];
  shape.yPitch = *getPitch(getView(op.getOut()));
  if (op.getResidual())
    shape.residualPitch = *getPitch(getView(op.getResidual()));
  shape.layout = isKN ? kernels::WeightLayout::KN : kernels::WeightLayout::NK;
  shape.columns = static_cast<int32_t>(op.getColumns());
  shape.splits = static_cast<int32_t>(op.getSplits());
  shape.depth = static_cast<int32_t>(op.getDepth());
  printShape(os, shape, indent.str());
  StringRef type = getTypeName(op.getX());
  os << indent << "const ";
  if (op.getNorm())
    os << "NormalizedInput<" << type << ", " << getTypeName(op.getNorm())
       << "> input{" << getName(op.getX()) << ", " << getName(op.getNorm())
       << ", " << *op.getCount() << ", " << toLiteral(*op.getEpsilon()) << "}";
  else if (op.getGate())
    os << "GatedInput<" << type << "> input{" << getName(op.getX()) << ", "
       << getName(op.getGate()) << "}";
  else
    os << "PlainInput<" << type << "> input{" << getName(op.getX()) << "}";
  os << ";\n"
     << indent << "gemv<" << type << ", shape.layout, "
     << op.getVector().value_or(1) << ", shape.columns, "
     << kernels::gemvRowTiles(shape.rows)
     << ", shape.depth, gemvReadsDirectly(shape), kHasClusters>(\n"
     << indent << "    input, " << getName(op.getWeight()) << ", "
     << getName(op.getBias()) << ", " << getName(op.getResidual()) << ", "
     << getName(op.getOut()) << ", "
     << getSplitArguments(op.getCounters(), op.getWorkspace())
     << ", shared, shape, " << tile << ");\n";
  return success();
}

LogicalResult KernelPrinter::printBody(GemvOp op) {
  os << kSharedMemory;
  return printProduct(op, "  ", "blockIdx.x");
}

LogicalResult KernelPrinter::printBody(GemvGroupOp op) {
  os << kSharedMemory;
  int64_t begin = 0;
  for (GemvOp gemv : op.getProducts()) {
    int64_t end =
        begin + llvm::divideCeil(getView(gemv.getWeight()).sizes[1],
                                 static_cast<int64_t>(gemv.getColumns()));
    std::string tile = "blockIdx.x";
    if (begin > 0)
      tile += " - " + std::to_string(begin);
    // The blocks of one product after those of another.
    os << "  if (";
    if (begin > 0)
      os << "blockIdx.x >= " << begin << " && ";
    os << "blockIdx.x < " << end << ") {\n";
    if (failed(printProduct(gemv, "    ", tile)))
      return failure();
    os << "  }\n";
    begin = end;
  }
  return success();
}
