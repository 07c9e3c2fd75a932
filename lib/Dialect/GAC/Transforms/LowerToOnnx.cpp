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
  LogicalResult lower(InstanceNormalizationOp norm);
  LogicalResult lower(GroupNormalizationOp norm);

private:
  /// The parts of one norm that is written out.
  struct Parts {
    Operation *norm;
    OpBuilder builder;
    LanesAttr lanes;
    double epsilon;
    /// How many of the last axes are normalised, and the shape of the mask that
    /// broadcasts to them.
    unsigned numAxes;
    SmallVector<int64_t> maskShape;
    /// Whether means are taken as such: of as many elements as a symbol says.
    bool isSymbolic = false;
  };
  /// What comes of the normalised axes, before scale and bias.
  struct Normalised {
    Value y, mean, root;
  };

  template <typename OpTy, typename... Args>
  Value create(Parts &parts, Args &&...args);
  Value createMean(Parts &parts, Value data);
  Normalised normalise(Parts &parts, Value x, RankedTensorType type,
                       Type stash);
  LogicalResult lowerGroups(Parts &parts, Value x, Value scale, Value bias,
                            int64_t numGroups, Type stash);
  Value castTo(Parts &parts, Value value, RankedTensorType type);
  Value createIntegers(Parts &parts, ArrayRef<int64_t> values, StringRef what);
  Value getAxes(Parts &parts);
  Value getMask(Parts &parts, Type element);
  Value getScalar(Parts &parts, double number, Value like, StringRef what);

  NewNames names;
  /// Constants are shared: the first norm has them in front of it.
  llvm::DenseMap<unsigned, Value> axes;
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
  auto made = OpTy::create(parts.builder, parts.norm->getLoc(),
                           std::forward<Args>(args)...);
  names.nameResults(made, parts.norm);
  return made->getResult(0);
}

Value NormLowering::createIntegers(Parts &parts, ArrayRef<int64_t> values,
                                   StringRef what) {
  return gac::createIntegers(
      parts.builder, parts.norm->getLoc(), values,
      names.getUnique(getValueName(parts.norm->getResult(0)) + "." + what));
}

/// The axes that are normalised, counted from the end.
static SmallVector<int64_t> getLastAxes(unsigned count) {
  return llvm::to_vector(llvm::seq<int64_t>(-static_cast<int64_t>(count), 0));
}

Value NormLowering::getAxes(Parts &parts) {
  Value &operand = axes[parts.numAxes];
  if (!operand)
    operand = createIntegers(parts, getLastAxes(parts.numAxes), "axes");
  return operand;
}

/// Ones on the lanes that count, zeros on padding.
Value NormLowering::getMask(Parts &parts, Type element) {
  auto type = RankedTensorType::get(parts.maskShape, element);
  Value &mask = masks[{parts.lanes, type}];
  if (!mask)
    mask = InitializerOp::create(
        parts.builder, parts.norm->getLoc(),
        names.getUnique(getValueName(parts.norm->getResult(0)) + ".mask"),
        createMask(parts.lanes, type));
  return mask;
}

Value NormLowering::getScalar(Parts &parts, double number, Value like,
                              StringRef what) {
  Type element = cast<TensorType>(like.getType()).getElementType();
  Value &scalar = scalars[{parts.builder.getF64FloatAttr(number), element}];
  if (!scalar)
    scalar = createScalar(
        parts.builder, parts.norm->getLoc(), number, like,
        names.getUnique(getValueName(parts.norm->getResult(0)) + "." + what));
  return scalar;
}

/// The mean over the last axes without their padding, which is zero.
Value NormLowering::createMean(Parts &parts, Value data) {
  auto type = cast<RankedTensorType>(data.getType());
  SmallVector<int64_t> shape(type.getShape());
  for (int64_t &size : MutableArrayRef(shape).take_back(parts.numAxes))
    size = 1;
  auto kept = type.clone(shape);
  auto count = static_cast<double>(parts.lanes.getOldSize());
  auto stored = static_cast<double>(parts.lanes.getSize());
  IntegerAttr keepdims = parts.builder.getI64IntegerAttr(1);
  auto attribute =
      parts.builder.getDenseI64ArrayAttr(getLastAxes(parts.numAxes));
  // A sum may leave the range of 16-bit numbers where the mean does not.
  if (parts.isSymbolic || type.getElementTypeBitWidth() == 16) {
    // Its axes are an operand from opset 18 on.
    bool hasOperand = getOnnxOpset(parts.norm) >= 18;
    Value mean = create<ReduceMeanOp>(
        parts, kept, data, hasOperand ? getAxes(parts) : Value(),
        hasOperand ? DenseI64ArrayAttr() : attribute, keepdims,
        /*noop_with_empty_axes=*/IntegerAttr());
    return create<MulOp>(parts, kept, mean,
                         getScalar(parts, stored / count, data, "count"));
  }
  // ONNX Runtime has the norm in opsets in which the axes are an attribute.
  bool hasOperand = getOnnxOpset(parts.norm) >= 13;
  Value sum = create<ReduceSumOp>(
      parts, kept, data, hasOperand ? getAxes(parts) : Value(),
      hasOperand ? DenseI64ArrayAttr() : attribute, keepdims,
      /*noop_with_empty_axes=*/IntegerAttr());
  return create<DivOp>(parts, kept, sum,
                       getScalar(parts, count, data, "count"));
}

Value NormLowering::castTo(Parts &parts, Value value, RankedTensorType type) {
  if (type == value.getType())
    return value;
  IntegerAttr code =
      parts.builder.getI64IntegerAttr(*getFloatTypeCode(type.getElementType()));
  return create<CastOp>(parts, type, value, code, /*saturate=*/IntegerAttr(),
                        /*round_mode=*/StringAttr());
}

/// mean = sum(x) / count; d = x - mean * mask;
/// y = d / sqrt(sum(d * d) / count + epsilon), of the type of X.
NormLowering::Normalised NormLowering::normalise(Parts &parts, Value x,
                                                 RankedTensorType type,
                                                 Type stash) {
  auto wide = type.clone(stash);
  x = castTo(parts, x, wide);
  Value mean = createMean(parts, x);
  SmallVector<int64_t> shape(type.getShape());
  llvm::copy(parts.maskShape, shape.end() - parts.numAxes);
  Value masked =
      create<MulOp>(parts, wide.clone(shape), mean, getMask(parts, stash));
  Value deviation = create<SubOp>(parts, wide, x, masked);
  Value square = create<MulOp>(parts, wide, deviation, deviation);
  Value variance = createMean(parts, square);
  Type kept = variance.getType();
  Value sum = create<AddOp>(parts, kept, variance,
                            getScalar(parts, parts.epsilon, x, "epsilon"));
  Value root = create<SqrtOp>(parts, kept, sum);
  Value y = create<DivOp>(parts, wide, deviation, root);
  return {castTo(parts, y, type), mean, root};
}

/// Has `made` stand for a result.
static void replace(OpResult result, Value made) {
  takeName(made.getDefiningOp(), result);
  made.setType(result.getType());
  result.replaceAllUsesWith(made);
}

/// Has `made`, the last node, stand for the only result of a norm.
static void replaceNorm(Operation *norm, Value made) {
  replace(norm->getResult(0), made);
  // The last node is the one that the file knows.
  made.getDefiningOp()->setLoc(norm->getLoc());
  norm->erase();
}

static InFlightDiagnostic reportLanes(Operation *norm, LanesAttr lanes) {
  return norm->emitOpError()
         << "counts " << lanes.getOldSize() << " lanes of " << lanes.getSize()
         << ", which cannot be written out for ";
}

LogicalResult NormLowering::lower(LayerNormalizationOp norm) {
  LanesAttr lanes = *norm.getLogicalLanes();
  auto type = dyn_cast<RankedTensorType>(norm.getX().getType());
  auto code = static_cast<int64_t>(norm.getStashType());
  Type stash = getFloatType(code, norm.getContext());
  if (!type || !stash || !getFloatTypeCode(type.getElementType()))
    return reportLanes(norm, lanes)
           << (type ? "stash_type " + std::to_string(code)
                    : "an X of unknown rank");
  auto axis = static_cast<int64_t>(norm.getAxis());
  auto normalised =
      type.getShape().drop_front(axis < 0 ? axis + type.getRank() : axis);
  if (ShapedType::isDynamicShape(normalised) && normalised.size() > 1)
    return reportLanes(norm, lanes) << "axes of unknown sizes";
  norm.removeLogicalLanesAttr();
  if (lanes.isIdentity())
    return success();

  Parts parts{norm,
              OpBuilder(norm),
              lanes,
              norm.getEpsilon().convertToFloat(),
              static_cast<unsigned>(normalised.size()),
              SmallVector<int64_t>(normalised)};
  if (normalised.size() == 1)
    parts.maskShape = {lanes.getSize()};
  Normalised made = normalise(parts, norm.getX(), type, stash);
  Value y =
      create<MulOp>(parts, norm.getY().getType(), made.y, norm.getScale());
  if (norm.getB())
    y = create<AddOp>(parts, norm.getY().getType(), y, norm.getB());

  Value inverse;
  // A result may have a name that nobody reads.
  if (norm.getInvStdDev() && !norm.getInvStdDev().use_empty())
    inverse = create<ReciprocalOp>(parts, made.root.getType(), made.root);
  for (auto [index, position] : llvm::enumerate(getResultPositions(norm))) {
    Value part = position == 0 ? y : position == 1 ? made.mean : inverse;
    if (part)
      replace(norm->getResult(index), part);
  }
  // The last node is the one that the file knows.
  y.getDefiningOp()->setLoc(norm.getLoc());
  norm.erase();
  return success();
}

//===----------------------------------------------------------------------===//
// InstanceNormalization, GroupNormalization
//===----------------------------------------------------------------------===//

/// Writes a norm out over groups of channels, the lanes of which are rows of a
/// view (batch, groups, lanes, space). Scale and bias have an entry per group
/// or per channel.
LogicalResult NormLowering::lowerGroups(Parts &parts, Value x, Value scale,
                                        Value bias, int64_t numGroups,
                                        Type stash) {
  auto type = cast<RankedTensorType>(x.getType());
  int64_t lanes = parts.lanes.getSize();
  OpBuilder &builder = parts.builder;
  parts.numAxes = 2;
  parts.maskShape = {lanes, 1};
  parts.isSymbolic = true;
  int64_t rest = ShapedType::kDynamic;
  if (type.hasStaticShape() && type.getNumElements() != 0)
    rest = type.getNumElements() / (type.getDimSize(0) * numGroups * lanes);
  auto view = type.clone({type.getDimSize(0), numGroups, lanes, rest});
  auto reshape = [&](Value value, RankedTensorType to, Value shape) {
    return create<ReshapeOp>(parts, to, value, shape,
                             /*allowzero=*/IntegerAttr());
  };
  // A size of 0 is that of the operand.
  Value rows = reshape(
      x, view, createIntegers(parts, {0, numGroups, lanes, -1}, "rows"));
  Value y = normalise(parts, rows, view, stash).y;

  /// Broadcasts a parameter to the view.
  auto spread = [&](Value parameter) -> Value {
    auto own = cast<RankedTensorType>(parameter.getType());
    bool isPerGroup = own.getDimSize(0) == numGroups;
    SmallVector<int64_t> shape = {numGroups, isPerGroup ? 1 : lanes, 1};
    return reshape(parameter, own.clone(shape),
                   createIntegers(parts, shape, "parameter"));
  };
  // Exports of groups give ones and zeros.
  if (getUniformConstant(scale) != 1.0)
    y = create<MulOp>(parts, view, y, spread(scale));
  if (getUniformConstant(bias) != 0.0)
    y = create<AddOp>(parts, view, y, spread(bias));

  // Of more than one size that is not known, X tells them.
  ArrayRef<int64_t> shape = type.getShape();
  Value sizes;
  if (llvm::count_if(shape.drop_front(), ShapedType::isDynamic) <= 1) {
    SmallVector<int64_t> entries = {0};
    for (int64_t size : shape.drop_front())
      entries.push_back(ShapedType::isDynamic(size) ? -1 : size);
    sizes = createIntegers(parts, entries, "shape");
  } else {
    sizes = create<ShapeOp>(
        parts, RankedTensorType::get({type.getRank()}, builder.getI64Type()), x,
        /*start=*/IntegerAttr(), /*end=*/IntegerAttr());
  }
  replaceNorm(parts.norm, reshape(y, type, sizes));
  // A second run would find what nothing reads any more.
  for (Value parameter : {scale, bias})
    if (isWeight(parameter) && parameter.use_empty())
      parameter.getDefiningOp()->erase();
  return success();
}

LogicalResult NormLowering::lower(InstanceNormalizationOp norm) {
  LanesAttr lanes = *norm.getLogicalLanes();
  auto type = dyn_cast<RankedTensorType>(norm.getX().getType());
  if (!type || type.getRank() != 3 || type.isDynamicDim(1) ||
      !getFloatTypeCode(type.getElementType()))
    return reportLanes(norm, lanes) << "an X of unknown shape";
  norm.removeLogicalLanesAttr();
  if (lanes.isIdentity())
    return success();
  // Runtimes add up numbers of 16 bits in wider ones.
  Type stash = type.getElementTypeBitWidth() == 16
                   ? Float32Type::get(norm.getContext())
                   : type.getElementType();
  Parts parts{norm,          OpBuilder(norm),
              lanes,         norm.getEpsilon().convertToFloat(),
              /*numAxes=*/0, /*maskShape=*/{}};
  return lowerGroups(parts, norm.getX(), norm.getScale(), norm.getB(),
                     type.getDimSize(1), stash);
}

LogicalResult NormLowering::lower(GroupNormalizationOp norm) {
  LanesAttr lanes = *norm.getLogicalLanes();
  auto type = dyn_cast<RankedTensorType>(norm.getX().getType());
  auto code = static_cast<int64_t>(norm.getStashType());
  Type stash = getFloatType(code, norm.getContext());
  auto hasShape = [](Value parameter) {
    auto own = dyn_cast<RankedTensorType>(parameter.getType());
    return own && own.hasStaticShape() && own.getRank() == 1;
  };
  if (!type || type.getRank() < 2 || !stash ||
      !getFloatTypeCode(type.getElementType()) || !hasShape(norm.getScale()) ||
      !hasShape(norm.getBias()))
    return reportLanes(norm, lanes)
           << (stash ? "operands of unknown shape"
                     : "stash_type " + std::to_string(code));
  norm.removeLogicalLanesAttr();
  if (lanes.isIdentity())
    return success();
  Parts parts{norm,          OpBuilder(norm),
              lanes,         norm.getEpsilon().convertToFloat(),
              /*numAxes=*/0, /*maskShape=*/{}};
  return lowerGroups(parts, norm.getX(), norm.getScale(), norm.getBias(),
                     static_cast<int64_t>(norm.getNumGroups()), stash);
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
            .Case<LayerNormalizationOp, InstanceNormalizationOp,
                  GroupNormalizationOp>(
                [&](auto norm) { return lowering.lower(norm); })
            .Default(success());
    if (failed(result))
      return signalPassFailure();
  }
}
