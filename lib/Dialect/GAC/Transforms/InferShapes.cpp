//===- InferShapes.cpp - Refine result types ------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "gac/Dialect/GAC/Transforms/Shapes.h"

namespace gac {
#define GEN_PASS_DEF_INFERSHAPES
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {
struct InferShapesPass : public gac::impl::InferShapesBase<InferShapesPass> {
  void runOnOperation() override;
};
} // namespace

/// `type` with the sizes of `shape`, or null where they add nothing.
static Type refineType(Type type, Type elementType,
                       std::optional<ArrayRef<SymExpr>> shape) {
  auto tensor = dyn_cast<TensorType>(type);
  if (tensor)
    elementType = tensor.getElementType();
  else if (!isa<ValueType>(type))
    return {};
  if (!elementType || (tensor && !shape))
    return {};
  if (!shape)
    return UnrankedTensorType::get(elementType);
  SmallVector<int64_t> sizes;
  for (auto [axis, size] : llvm::enumerate(*shape)) {
    int64_t known = size.getConstant().value_or(ShapedType::kDynamic);
    // A size that import trusted stays even if inference cannot confirm it.
    if (ShapedType::isDynamic(known) && tensor && tensor.hasRank())
      known = tensor.getDimSize(axis);
    sizes.push_back(known);
  }
  Type refined = RankedTensorType::get(sizes, elementType);
  return refined == type ? Type() : refined;
}

static void refine(ShapeOpInterface op, const ShapeValues &values) {
  // Operands have their new types by now, so that element types spread.
  SymbolicShapeInference inference(values, op, /*isSilent=*/true);
  if (failed(op.inferShapes(inference)))
    return;
  ArrayRef<InferredTensor> inferred = inference.getResults();
  for (auto [result, position] :
       llvm::zip_equal(op->getResults(), getResultPositions(op))) {
    Type elementType =
        position < inferred.size() ? inferred[position].elementType : Type();
    if (Type refined =
            refineType(result.getType(), elementType, values.shapeOf(result))) {
      result.setType(refined);
    }
  }
}

LogicalResult gac::refineTypes(func::FuncOp function,
                               const ShapeValues &values) {
  if (failed(verifyShapes(function, values)))
    return failure();
  function.walk([&](ShapeOpInterface op) { refine(op, values); });
  if (function.isExternal())
    return success();
  Operation *terminator = function.getBody().back().getTerminator();
  function.setType(FunctionType::get(function.getContext(),
                                     function.getBody().getArgumentTypes(),
                                     terminator->getOperandTypes()));
  return success();
}

void InferShapesPass::runOnOperation() {
  if (failed(refineTypes(getOperation(), getAnalysis<ShapeValues>())))
    signalPassFailure();
}
