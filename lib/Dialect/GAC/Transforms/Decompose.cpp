//===- Decompose.cpp - Composite ops as others ----------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decomposition.h"
#include "OpsetForms.h"
#include "gac/Analysis/DimensionRules.h"
#include "gac/Analysis/ShapeValues.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "gac/Dialect/GAC/Transforms/Shapes.h"
#include "gac/Import/OnnxTypes.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

namespace gac {
#define GEN_PASS_DEF_DECOMPOSE
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {
struct DecomposePass : public gac::impl::DecomposeBase<DecomposePass> {
  void runOnOperation() override;
};
} // namespace

//===----------------------------------------------------------------------===//
// Primitives
//===----------------------------------------------------------------------===//

Primitives::Primitives(PatternRewriter &rewriter, Operation *op)
    : rewriter(rewriter), op(op),
      loc(FusedLoc::get({op->getLoc()}, rewriter.getStringAttr("unnamed"),
                        op->getContext())),
      opset(getOnnxOpset(op)) {}

Type Primitives::getElement(Value value) {
  auto tensor = value ? dyn_cast<TensorType>(value.getType()) : TensorType();
  return tensor ? tensor.getElementType() : Type();
}

Value Primitives::constant(RankedTensorType type, Attribute element) {
  return ConstantOp::create(rewriter, loc, type,
                            DenseElementsAttr::get(type, element),
                            /*form=*/StringAttr());
}

Value Primitives::integers(ArrayRef<int64_t> numbers) {
  auto type = RankedTensorType::get({static_cast<int64_t>(numbers.size())},
                                    rewriter.getI64Type());
  return ConstantOp::create(rewriter, loc, type,
                            DenseElementsAttr::get(type, numbers),
                            /*form=*/StringAttr());
}

Value Primitives::integer(int64_t number) {
  return constant(RankedTensorType::get({}, rewriter.getI64Type()),
                  rewriter.getI64IntegerAttr(number));
}

Value Primitives::number(Type element, double number) {
  return constant(RankedTensorType::get({}, element),
                  rewriter.getFloatAttr(element, number));
}

Value Primitives::mask(Type element, LanesAttr lanes) {
  auto type = RankedTensorType::get({lanes.getSize()}, element);
  return ConstantOp::create(rewriter, loc, type, createMask(lanes, type),
                            /*form=*/StringAttr());
}

Value Primitives::where(Value condition, Value x, Value y) {
  return WhereOp::create(rewriter, loc, unknown(getElement(x)), condition, x,
                         y);
}

Value Primitives::cast(Value x, Type element) {
  if (getElement(x) == element)
    return x;
  return CastOp::create(rewriter, loc, unknown(element), x,
                        rewriter.getI64IntegerAttr(getOnnxDataType(element)),
                        /*saturate=*/IntegerAttr(),
                        /*round_mode=*/StringAttr());
}

Value Primitives::transpose(Value x, ArrayRef<int64_t> perm) {
  return TransposeOp::create(rewriter, loc, unknown(getElement(x)), x,
                             rewriter.getDenseI64ArrayAttr(perm));
}

Value Primitives::reshape(Value x, ArrayRef<int64_t> shape) {
  return ReshapeOp::create(rewriter, loc, unknown(getElement(x)), x,
                           integers(shape), /*allowzero=*/IntegerAttr());
}

Value Primitives::unsqueeze(Value x, ArrayRef<int64_t> axes) {
  return createUnsqueeze(rewriter, loc, unknown(getElement(x)), x, axes);
}

Value Primitives::expand(Value x, Value shape) {
  return ExpandOp::create(rewriter, loc, unknown(getElement(x)), x, shape);
}

Value Primitives::concat(ValueRange xs, int64_t axis) {
  return ConcatOp::create(rewriter, loc, unknown(getElement(xs.front())), xs,
                          rewriter.getI64IntegerAttr(axis));
}

Value Primitives::slice(Value x, int64_t axis, int64_t start, int64_t end,
                        int64_t step) {
  Value steps = step == 1 ? Value() : integers(step);
  return SliceOp::create(rewriter, loc, unknown(getElement(x)), x,
                         integers(start), integers(end), integers(axis), steps,
                         /*starts=*/DenseI64ArrayAttr(),
                         /*ends=*/DenseI64ArrayAttr(),
                         /*axes=*/DenseI64ArrayAttr());
}

Value Primitives::softmax(Value x, int64_t axis) {
  return SoftmaxOp::create(rewriter, loc, unknown(getElement(x)), x,
                           rewriter.getI64IntegerAttr(axis));
}

Value Primitives::upperTriangle(Value x, Value diagonal) {
  return TriluOp::create(rewriter, loc, unknown(getElement(x)), x, diagonal,
                         rewriter.getI64IntegerAttr(1));
}

Value Primitives::gather(Value x, Value indices) {
  return GatherOp::create(rewriter, loc, unknown(getElement(x)), x, indices,
                          /*axis=*/IntegerAttr());
}

Value Primitives::size(Value x, int64_t axis) {
  return createSizes(rewriter, loc, x, axis);
}

Value Primitives::scalarSize(Value x, int64_t axis) {
  return createSqueeze(rewriter, loc, unknown(rewriter.getI64Type()),
                       size(x, axis), 0);
}

Value Primitives::range(Value limit) {
  return RangeOp::create(rewriter, loc, unknown(rewriter.getI64Type()),
                         integer(0), limit, integer(1));
}

/// Entry `index` of a list per result, as the list of an op with one result.
static ArrayAttr selectEntry(Builder &builder, Operation *op, StringRef name,
                             unsigned index) {
  auto entries = op->getAttrOfType<ArrayAttr>(name);
  if (!entries || index >= entries.size())
    return {};
  return builder.getArrayAttr({entries[index]});
}

void Primitives::replace(ValueRange values) {
  // A node's name is one op's, that of the first result.
  values.front().getDefiningOp()->setLoc(op->getLoc());
  for (auto [result, value] : llvm::zip_equal(op->getResults(), values)) {
    value.setType(result.getType());
    Operation *last = value.getDefiningOp();
    for (StringRef name : {attr::outputs, attr::dims})
      if (ArrayAttr entry =
              selectEntry(rewriter, op, name, result.getResultNumber()))
        last->setAttr(name, entry);
    if (Attribute layer = op->getAttr(attr::layer))
      last->setAttr(attr::layer, layer);
    rewriter.replaceAllUsesWith(result, value);
  }
  rewriter.eraseOp(op);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

bool DecompositionScope::isLaterOp(Operation *op) {
  const OnnxOpInfo *info = getOnnxOpInfo(op->getName());
  if (!info || !info->domain.empty())
    return false;
  // What ONNX Runtime takes earlier is right only where the file has it.
  int64_t since =
      op->hasAttr(attr::recovered) ? info->since : info->runtimeSince;
  return since > getOnnxOpset(op);
}

using Populate = void (*)(RewritePatternSet &, const DecompositionScope &);

static void decompose(func::FuncOp function, ArrayRef<Populate> populates,
                      const DecompositionScope &scope) {
  for (Populate populate : populates) {
    RewritePatternSet patterns(function.getContext());
    populate(patterns, scope);
    walkAndApplyPatterns(function, std::move(patterns));
  }
}

void gac::decompose(func::FuncOp function, DecompositionReasons *reasons) {
  DecompositionReasons unused;
  // Attention is made of Softmax among others: a walk sees no new ops.
  ::decompose(function,
              {populateDecomposeAttention, populateDecomposeNormalization},
              {reasons ? *reasons : unused});
}

bool gac::hasLaterOps(func::FuncOp function) {
  return function
      .walk([](Operation *op) {
        return DecompositionScope::isLaterOp(op) ? WalkResult::interrupt()
                                                 : WalkResult::advance();
      })
      .wasInterrupted();
}

void gac::decomposeLaterOps(func::FuncOp function,
                            DecompositionReasons &reasons) {
  Block &block = function.getBody().front();
  llvm::DenseSet<Operation *> unread;
  for (Operation &op : block)
    if (op.use_empty())
      unread.insert(&op);
  ::decompose(function,
              {populateDecomposeAttention, populateDecomposeNormalization,
               populateDecomposeActivation},
              {reasons, /*laterOpsOnly=*/true});
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (!unread.contains(&op) && isOpTriviallyDead(&op))
      op.erase();
}

void DecomposePass::runOnOperation() {
  func::FuncOp function = getOperation();
  decompose(function);
  if (failed(refineTypes(function, ShapeValues(function))))
    signalPassFailure();
}
