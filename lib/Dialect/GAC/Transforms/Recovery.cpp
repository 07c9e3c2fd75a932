//===- Recovery.cpp - What patterns of gac-recover share ------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recovery.h"
#include "ResultNames.h"
#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Dialect/GAC/Transforms/Decompose.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace gac;

Recovery::Recovery(func::FuncOp function)
    : function(function), shapes(function), indices(shapes) {
  for (Operation &op : llvm::reverse(function.getBody().front()))
    if (!op.hasTrait<mlir::OpTrait::IsTerminator>() &&
        llvm::all_of(op.getUsers(),
                     [&](Operation *user) { return unused.contains(user); }))
      unused.insert(&op);
}

//===----------------------------------------------------------------------===//
// What is known of values
//===----------------------------------------------------------------------===//

std::optional<SymShape> Recovery::getShape(Value value) const {
  auto origin = origins.find(value);
  if (origin != origins.end())
    return getShape(origin->second);
  if (auto shape = shapes.shapeOf(value))
    return SymShape(shape->begin(), shape->end());
  return std::nullopt;
}

bool Recovery::haveEqualShapes(Value a, Value b) const {
  auto one = getShape(a), two = getShape(b);
  return one && two && *one == *two;
}

bool Recovery::broadcastsTo(Value value, ArrayRef<SymExpr> shape) const {
  auto own = getShape(value);
  if (!own || own->size() > shape.size())
    return false;
  return llvm::all_of(llvm::zip_equal(*own, shape.take_back(own->size())),
                      [](auto sizes) {
                        auto [size, target] = sizes;
                        return size.isOne() || size == target;
                      });
}

std::optional<SmallVector<int64_t>>
Recovery::getNumbers(std::optional<ArrayRef<int64_t>> attribute,
                     Value operand) const {
  if (attribute)
    return SmallVector<int64_t>(*attribute);
  return operand ? shapes.constantOf(operand) : std::nullopt;
}

/// Scales are computed in some five steps.
static constexpr unsigned maxScalarDepth = 16;

std::optional<double> Recovery::getScalar(Value value, unsigned depth) const {
  if (std::optional<double> number = getFloatConstant(value))
    return number;
  Operation *op = value.getDefiningOp();
  auto shape = getShape(value);
  // More axes than none would raise the rank of what the number meets.
  if (!op || depth == maxScalarDepth || !shape || shape->size() > 1 ||
      (shape->size() == 1 && !shape->front().isOne()))
    return std::nullopt;
  if (auto cast = dyn_cast<CastOp>(op))
    if (auto numbers = shapes.constantOf(cast.getInput());
        numbers && numbers->size() == 1 &&
        isa_and_nonnull<FloatType>(getElementTypeOf(value)))
      return static_cast<double>(numbers->front());
  SmallVector<double, 2> operands;
  for (Value operand : op->getOperands().take_front(
           isa<SqueezeOp, UnsqueezeOp, ReshapeOp>(op) ? 1
                                                      : op->getNumOperands())) {
    std::optional<double> number = getScalar(operand, depth + 1);
    if (!number)
      return std::nullopt;
    operands.push_back(*number);
  }
  if (isa<CastOp, SqueezeOp, UnsqueezeOp, ReshapeOp, IdentityOp>(op))
    return operands[0];
  if (isa<SqrtOp>(op))
    return std::sqrt(operands[0]);
  if (isa<ReciprocalOp>(op))
    return 1 / operands[0];
  if (isa<MulOp>(op))
    return operands[0] * operands[1];
  if (isa<DivOp>(op))
    return operands[0] / operands[1];
  if (isa<PowOp>(op))
    return std::pow(operands[0], operands[1]);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Use and replacement
//===----------------------------------------------------------------------===//

bool Recovery::hasLiveUses(Operation *op, unsigned count) const {
  return static_cast<unsigned>(
             llvm::count_if(op->getUses(), [&](OpOperand &use) {
               return !isDead(use.getOwner());
             })) == count;
}

void Recovery::markReplaced(Operation *op) {
  SmallVector<Operation *> worklist = {op};
  while (!worklist.empty()) {
    Operation *next = worklist.pop_back_val();
    if (llvm::any_of(next->getUsers(),
                     [&](Operation *user) { return !replaced.contains(user); }))
      continue;
    if (!replaced.insert(next).second)
      continue;
    for (Value operand : next->getOperands())
      if (Operation *feeder = operand.getDefiningOp())
        worklist.push_back(feeder);
  }
}

void Recovery::release(Value old) {
  if (Operation *op = old.getDefiningOp())
    markReplaced(op);
}

void Recovery::replace(PatternRewriter &rewriter, Value value, Operation *op) {
  Operation *old = value.getDefiningOp();
  unsigned number = cast<OpResult>(value).getResultNumber();
  // One node takes the name.
  if (number == 0)
    op->setLoc(old->getLoc());
  if (Attribute layer = old->getAttr(attr::layer))
    op->setAttr(attr::layer, layer);
  takeName(op, cast<OpResult>(value));
  // In these opsets files have the op from ONNX Runtime alone.
  int64_t opset = getOnnxOpset(op);
  if (const OnnxOpInfo *info = getOnnxOpInfo(op->getName());
      info && info->runtimeSince <= opset && opset < info->since)
    op->setAttr(attr::recovered, UnitAttr::get(op->getContext()));
  origins[op->getResult(0)] = value;
  rewriter.replaceAllUsesWith(value, op->getResult(0));
  markReplaced(old);
}

void Recovery::eraseReplaced() {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (replaced.contains(&op))
      op.erase();
  replaced.clear();
}

//===----------------------------------------------------------------------===//
// Small matchers
//===----------------------------------------------------------------------===//

Location gac::getPartLocation(Operation *op) {
  MLIRContext *context = op->getContext();
  return FusedLoc::get({op->getLoc()}, StringAttr::get(context, "part"),
                       context);
}

std::optional<double> gac::getFloatConstant(Value value) {
  Attribute attribute;
  if (auto initializer = value.getDefiningOp<InitializerOp>())
    attribute = initializer.getValueAttr();
  else if (auto constant = value.getDefiningOp<ConstantOp>())
    attribute = constant.getValueAttr();
  auto elements = dyn_cast_or_null<DenseFPElementsAttr>(attribute);
  // More axes than none would raise the rank of what the constant meets.
  if (!elements || elements.getNumElements() != 1 ||
      elements.getType().getRank() > 1)
    return std::nullopt;
  APFloat number = *elements.value_begin<APFloat>();
  bool losesInfo = false;
  number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number.convertToDouble();
}

bool gac::isMaskingNumber(std::optional<double> number, Type element) {
  auto type = dyn_cast_or_null<FloatType>(element);
  if (!number || !type)
    return false;
  APFloat lowest =
      APFloat::getLargest(type.getFloatSemantics(), /*Negative=*/true);
  bool losesInfo = false;
  lowest.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return *number <= lowest.convertToDouble() / 2;
}

Type gac::getElementTypeOf(Value value) {
  auto type = dyn_cast<TensorType>(value.getType());
  return type ? type.getElementType() : Type();
}

std::optional<std::pair<Value, double>> gac::matchScaled(Value value) {
  if (auto mul = value.getDefiningOp<MulOp>())
    for (auto [factor, constant] : bothOrders(mul))
      if (std::optional<double> number = getFloatConstant(constant))
        return std::pair(factor, *number);
  if (auto div = value.getDefiningOp<DivOp>())
    if (std::optional<double> number = getFloatConstant(div.getRhs());
        number && *number != 0)
      return std::pair(div.getLhs(), 1 / *number);
  return std::nullopt;
}
