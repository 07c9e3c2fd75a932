//===- LowerToOnnx.cpp - What ONNX's operators cannot say, written out ----===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ResultNames.h"
#include "gac/Analysis/DimensionRules.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ShapeInference.h"
#include "gac/Dialect/GAC/Transforms/Decompose.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "gac/Dialect/GAC/Transforms/Shapes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

namespace gac {
#define GEN_PASS_DEF_LOWERTOONNX
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {
struct LowerToOnnxPass : public gac::impl::LowerToOnnxBase<LowerToOnnxPass> {
  void runOnOperation() override;
};

/// Writes norms of one function out that count fewer lanes than they have.
class NormLowering {
public:
  explicit NormLowering(func::FuncOp function) : names(function) {}

  template <typename OpTy> LogicalResult lowerCount(OpTy norm);
  LogicalResult lower(LayerNormalizationOp norm);

private:
  /// The parts of one norm that is written out.
  struct Parts {
    LayerNormalizationOp norm;
    OpBuilder builder;
    LanesAttr lanes;
  };

  template <typename OpTy, typename... Args>
  Value create(Parts &parts, Args &&...args);
  Value createMean(Parts &parts, Value data);
  Value getAxes(Parts &parts);
  Value getMask(Parts &parts, Type element);
  Value getScalar(Parts &parts, double number, Value like, StringRef what);

  NewNames names;
  /// Constants are shared: the first norm has them in front of it.
  Value axes;
  llvm::DenseMap<std::pair<Attribute, Type>, Value> masks;
  llvm::DenseMap<std::pair<Attribute, Type>, Value> scalars;
};
} // namespace

//===----------------------------------------------------------------------===//
// RMSNormalization
//===----------------------------------------------------------------------===//

/// The number of lanes from `axis` on, which may count from the end; nothing if
/// it is not known.
static std::optional<int64_t> countLanes(Value x, int64_t axis) {
  auto type = dyn_cast<RankedTensorType>(x.getType());
  if (!type)
    return std::nullopt;
  if (axis < 0)
    axis += type.getRank();
  int64_t lanes = 1;
  for (int64_t size : type.getShape().drop_front(axis)) {
    if (ShapedType::isDynamic(size))
      return std::nullopt;
    lanes *= size;
  }
  return lanes;
}

namespace {
/// What a norm over the lanes of `x` from `axis` on scales by.
struct RootMeanSquareNorm {
  Value x;
  int64_t axis;
  MutableOperandRange scale;
};
} // namespace

static RootMeanSquareNorm getParts(RMSNormalizationOp norm) {
  return {norm.getX(), static_cast<int64_t>(norm.getAxis()),
          norm.getScaleMutable()};
}
static RootMeanSquareNorm getParts(SimplifiedLayerNormalizationOp norm) {
  return {norm.getX(), static_cast<int64_t>(norm.getAxis()),
          norm.getScaleMutable()};
}
static RootMeanSquareNorm getParts(SkipSimplifiedLayerNormalizationOp norm) {
  return {norm.getInput(), -1, norm.getGammaMutable()};
}

/// With s lanes stored, of which n count, x w / sqrt(sum / n + epsilon) is
/// x (w sqrt(n / s)) / sqrt(sum / s + epsilon n / s): all that is new is the
/// product with the scale, and the epsilon.
template <typename OpTy> LogicalResult NormLowering::lowerCount(OpTy norm) {
  RootMeanSquareNorm parts = getParts(norm);
  std::optional<int64_t> lanes = countLanes(parts.x, parts.axis);
  if (!lanes)
    return norm.emitOpError()
           << "has a logical count of " << *norm.getLogicalCount()
           << " over lanes whose number is not known, which ONNX cannot state";
  double share = static_cast<double>(*norm.getLogicalCount()) /
                 static_cast<double>(*lanes);
  norm.removeLogicalCountAttr();
  if (share == 1.0)
    return success();
  OpBuilder builder(norm);
  Value scale = OperandRange(parts.scale).front();
  Value factor = createScalar(
      builder, norm.getLoc(), std::sqrt(share), scale,
      names.getUnique(getValueName(norm->getResult(0)) + ".count"));
  auto scaled =
      MulOp::create(builder, norm.getLoc(), scale.getType(), scale, factor);
  names.nameResults(scaled, norm);
  parts.scale.assign(scaled.getResult());
  norm.setEpsilon(
      APFloat(static_cast<float>(norm.getEpsilon().convertToFloat() * share)));
  return success();
}

//===----------------------------------------------------------------------===//
// LayerNormalization
//===----------------------------------------------------------------------===//

template <typename OpTy, typename... Args>
Value NormLowering::create(Parts &parts, Args &&...args) {
  auto made = OpTy::create(parts.builder, parts.norm.getLoc(),
                           std::forward<Args>(args)...);
  names.nameResults(made, parts.norm);
  return made->getResult(0);
}

Value NormLowering::getAxes(Parts &parts) {
  if (!axes)
    axes = createIntegers(
        parts.builder, parts.norm.getLoc(), {-1},
        names.getUnique(getValueName(parts.norm.getY()) + ".axes"));
  return axes;
}

/// Ones on the lanes that count, zeros on padding.
Value NormLowering::getMask(Parts &parts, Type element) {
  Value &mask = masks[{parts.lanes, element}];
  if (!mask)
    mask = InitializerOp::create(
        parts.builder, parts.norm.getLoc(),
        names.getUnique(getValueName(parts.norm.getY()) + ".mask"),
        createMask(parts.lanes,
                   RankedTensorType::get({parts.lanes.getSize()}, element)));
  return mask;
}

Value NormLowering::getScalar(Parts &parts, double number, Value like,
                              StringRef what) {
  Type element = cast<TensorType>(like.getType()).getElementType();
  Value &scalar = scalars[{parts.builder.getF64FloatAttr(number), element}];
  if (!scalar)
    scalar = createScalar(
        parts.builder, parts.norm.getLoc(), number, like,
        names.getUnique(getValueName(parts.norm.getY()) + "." + what));
  return scalar;
}

/// The mean over the last axis without its padding, which is zero.
Value NormLowering::createMean(Parts &parts, Value data) {
  auto type = cast<RankedTensorType>(data.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = 1;
  auto kept = type.clone(shape);
  auto count = static_cast<double>(parts.lanes.getOldSize());
  auto stored = static_cast<double>(parts.lanes.getSize());
  IntegerAttr keepdims = parts.builder.getI64IntegerAttr(1);
  // A sum may leave the range of 16-bit numbers where the mean does not.
  if (type.getElementTypeBitWidth() == 16) {
    // Its axes are an operand from opset 18 on.
    bool hasOperand = getOnnxOpset(parts.norm) >= 18;
    Value mean = create<ReduceMeanOp>(
        parts, kept, data, hasOperand ? getAxes(parts) : Value(),
        hasOperand ? DenseI64ArrayAttr()
                   : parts.builder.getDenseI64ArrayAttr({-1}),
        keepdims, /*noop_with_empty_axes=*/IntegerAttr());
    return create<MulOp>(parts, kept, mean,
                         getScalar(parts, stored / count, data, "count"));
  }
  // ONNX Runtime has the norm in opsets in which the axes are an attribute.
  bool hasOperand = getOnnxOpset(parts.norm) >= 13;
  Value sum = create<ReduceSumOp>(
      parts, kept, data, hasOperand ? getAxes(parts) : Value(),
      hasOperand ? DenseI64ArrayAttr()
                 : parts.builder.getDenseI64ArrayAttr({-1}),
      keepdims, /*noop_with_empty_axes=*/IntegerAttr());
  return create<DivOp>(parts, kept, sum,
                       getScalar(parts, count, data, "count"));
}

/// Has `made` stand for a result.
static void replace(OpResult result, Value made) {
  takeName(made.getDefiningOp(), result);
  made.setType(result.getType());
  result.replaceAllUsesWith(made);
}

/// mean = sum(x) / count; d = x - mean * mask;
/// y = d / sqrt(sum(d * d) / count + epsilon) * scale + bias.
LogicalResult NormLowering::lower(LayerNormalizationOp norm) {
  Parts parts{norm, OpBuilder(norm), *norm.getLogicalLanes()};
  auto type = dyn_cast<RankedTensorType>(norm.getX().getType());
  auto code = static_cast<int64_t>(norm.getStashType());
  Type stash = getFloatType(code, norm.getContext());
  if (!type || !stash || !getFloatTypeCode(type.getElementType()))
    return norm.emitOpError()
           << "counts " << parts.lanes.getOldSize() << " lanes of "
           << parts.lanes.getSize() << ", which cannot be written out for "
           << (type ? "stash_type " + std::to_string(code)
                    : "an X of unknown rank");
  norm.removeLogicalLanesAttr();
  if (parts.lanes.isIdentity())
    return success();

  auto wide = type.clone(stash);
  auto cast = [&](Value value, RankedTensorType to) -> Value {
    if (to == value.getType())
      return value;
    IntegerAttr code =
        parts.builder.getI64IntegerAttr(*getFloatTypeCode(to.getElementType()));
    return create<CastOp>(parts, to, value, code, /*saturate=*/IntegerAttr(),
                          /*round_mode=*/StringAttr());
  };
  Value x = cast(norm.getX(), wide);
  Value mean = createMean(parts, x);
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = parts.lanes.getSize();
  Value masked =
      create<MulOp>(parts, wide.clone(shape), mean, getMask(parts, stash));
  Value deviation = create<SubOp>(parts, wide, x, masked);
  Value square = create<MulOp>(parts, wide, deviation, deviation);
  Value variance = createMean(parts, square);
  Type kept = variance.getType();
  Value sum = create<AddOp>(
      parts, kept, variance,
      getScalar(parts, norm.getEpsilon().convertToFloat(), x, "epsilon"));
  Value root = create<SqrtOp>(parts, kept, sum);
  Value y = create<DivOp>(parts, wide, deviation, root);
  y = cast(y, type);
  y = create<MulOp>(parts, norm.getY().getType(), y, norm.getScale());
  if (norm.getB())
    y = create<AddOp>(parts, norm.getY().getType(), y, norm.getB());

  Value inverse;
  if (norm.getInvStdDev())
    inverse = create<ReciprocalOp>(parts, kept, root);
  for (auto [index, position] : llvm::enumerate(getResultPositions(norm)))
    replace(norm->getResult(index), position == 0   ? y
                                    : position == 1 ? mean
                                                    : inverse);
  // The last node is the one that the file knows.
  y.getDefiningOp()->setLoc(norm.getLoc());
  norm.erase();
  return success();
}

/// Takes apart what the opset does not have.
static LogicalResult lowerLaterOps(func::FuncOp function) {
  if (!hasLaterOps(function))
    return success();
  // Heads are counted by their types.
  if (failed(refineTypes(function, ShapeValues(function))))
    return failure();
  DecompositionReasons reasons;
  decomposeLaterOps(function, reasons);
  for (auto [op, reason] : reasons)
    return op->emitError() << "'" << getOnnxOpType(op) << "' exists from opset "
                           << getOnnxOpInfo(op->getName())->since
                           << " on, the model imports opset "
                           << getOnnxOpset(function)
                           << ", and it cannot be written out: " << reason;
  return refineTypes(function, ShapeValues(function));
}

void LowerToOnnxPass::runOnOperation() {
  if (failed(lowerLaterOps(getOperation())))
    return signalPassFailure();
  SmallVector<Operation *> norms;
  getOperation().walk([&](Operation *op) {
    if (op->hasAttr("logical_count") || op->hasAttr("logical_lanes"))
      norms.push_back(op);
  });
  if (norms.empty())
    return;
  NormLowering lowering(getOperation());
  for (Operation *op : norms) {
    LogicalResult result =
        llvm::TypeSwitch<Operation *, LogicalResult>(op)
            .Case<RMSNormalizationOp, SimplifiedLayerNormalizationOp,
                  SkipSimplifiedLayerNormalizationOp>(
                [&](auto norm) { return lowering.lowerCount(norm); })
            .Case<LayerNormalizationOp>(
                [&](auto norm) { return lowering.lower(norm); })
            .Default(success());
    if (failed(result))
      return signalPassFailure();
  }
}
