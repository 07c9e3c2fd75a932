//===- FoldShapes.cpp - Constants for what only shapes determine ----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "gac/Dialect/GAC/Transforms/Shapes.h"

#include "llvm/ADT/SetVector.h"

namespace gac {
#define GEN_PASS_DEF_FOLDSHAPES
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {
struct FoldShapesPass : public gac::impl::FoldShapesBase<FoldShapesPass> {
  void runOnOperation() override;
};
} // namespace

/// The elements of `value` if all of them are known.
static DenseElementsAttr getElements(Value value, const ShapeValues &values) {
  auto type = dyn_cast<TensorType>(value.getType());
  auto elementType =
      type ? dyn_cast<IntegerType>(type.getElementType()) : nullptr;
  std::optional<ArrayRef<SymExpr>> shape = values.shapeOf(value);
  std::optional<SmallVector<int64_t>> numbers = values.constantOf(value);
  if (!elementType || !shape || !numbers)
    return {};
  // Whoever knows all elements knows how many there are.
  auto sizes = llvm::map_to_vector(
      *shape, [](const SymExpr &size) { return *size.getConstant(); });
  auto elements = llvm::map_to_vector(*numbers, [&](int64_t number) {
    return APInt(elementType.getWidth(), number, !elementType.isUnsigned(),
                 /*implicitTrunc=*/true);
  });
  return DenseElementsAttr::get(RankedTensorType::get(sizes, elementType),
                                elements);
}

static bool isUnused(Operation *op) {
  return op->use_empty() && !op->hasTrait<mlir::OpTrait::IsTerminator>();
}

void gac::foldShapes(func::FuncOp function, const ShapeValues &values) {
  // Operations that this pass takes readers from.
  llvm::SetVector<Operation *> released;
  function.walk([&](Operation *op) {
    if (op->getNumResults() != 1 || op->use_empty() ||
        isa<InitializerOp, ConstantOp>(op))
      return;
    Value result = op->getResult(0);
    DenseElementsAttr elements = getElements(result, values);
    if (!elements)
      return;
    OpBuilder builder(op);
    auto constant =
        ConstantOp::create(builder, op->getLoc(), elements.getType(), elements,
                           /*form=*/StringAttr());
    for (StringRef name : {attr::outputs, attr::layer})
      if (Attribute known = op->getAttr(name))
        constant->setAttr(name, known);
    result.replaceAllUsesWith(constant);
    released.insert(op);
    released.insert(constant);
  });
  // What was dead before the pass stays.
  while (!released.empty()) {
    Operation *op = released.pop_back_val();
    if (!isUnused(op))
      continue;
    for (Value operand : op->getOperands())
      if (Operation *producer = operand.getDefiningOp())
        released.insert(producer);
    released.remove(op);
    op->erase();
  }
}

void FoldShapesPass::runOnOperation() {
  foldShapes(getOperation(), getAnalysis<ShapeValues>());
}
