//===- ConvertPrecision.cpp - The type that a model runs in ---------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Precision.h"

#include "gac/Dialect/CUDA/Transforms/Passes.h"
#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Import/OnnxTypes.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

namespace gac::cuda {
#define GEN_PASS_DEF_CONVERTPRECISION
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;

/// Constants of at most so many elements are rounded at once.
static constexpr int64_t kSmall = 1024;

/// The type of the elements of `type` if they take part in conversion.
static FloatType getFloat(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  auto element =
      shaped ? dyn_cast<FloatType>(shaped.getElementType()) : FloatType();
  if (!element || !(element.isF16() || element.isBF16() || element.isF32() ||
                    element.isF64()))
    return {};
  return element;
}

static bool isConstant(Operation *op) {
  return isa_and_nonnull<InitializerOp, ConstantOp>(op);
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// `number` in `type`, and finite if it was.
static APFloat roundFinite(APFloat number, FloatType type) {
  bool isFinite = number.isFinite();
  bool losesInfo = false;
  number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return isFinite && number.isInfinity()
             ? APFloat::getLargest(type.getFloatSemantics(),
                                   number.isNegative())
             : number;
}

/// `value` with elements of `type`: at once if it is small, by recipe if not.
static TypedAttr convertValue(TypedAttr value, FloatType type, int64_t small) {
  if (getFloat(value.getType()) == type)
    return value;
  auto shaped = cast<ShapedType>(value.getType());
  auto dense = dyn_cast<DenseFPElementsAttr>(value);
  if (dense && dense.getNumElements() <= small)
    return cast<TypedAttr>(dense.mapValues(type, [&](const APFloat &number) {
      return roundFinite(number, type).bitcastToAPInt();
    }));
  // Each part by itself: parts are read in larger pieces than what is rounded.
  if (auto concat = dyn_cast<ConcatAttr>(value)) {
    SmallVector<TypedAttr> parts;
    for (TypedAttr part : concat.getSources())
      parts.push_back(convertValue(part, type, small));
    return ConcatAttr::get(shaped.clone(type), parts, concat.getAxis());
  }
  return CastAttr::get(shaped.clone(type), value);
}

//===----------------------------------------------------------------------===//
// What each value becomes
//===----------------------------------------------------------------------===//

namespace {

/// What is known of a value of the function as it was.
struct Info {
  /// The type of the elements if it takes part in conversion, and its bits.
  FloatType before;
  unsigned width = 0;
  /// Data of inputs or matrices of weights flow into it.
  bool isData = false;
  /// A matrix of weights flows into it, by no product or gather yet.
  bool hasMatrix = false;
  /// It is on the way from such a matrix to a product or a gather.
  bool isWeight = false;
  /// Data were cast to a wider type to compute it: from one of so many bits.
  unsigned castFrom = 0;
};

/// Converts one function.
class Converter {
public:
  Converter(func::FuncOp function, FloatType dtype)
      : function(function), dtype(dtype),
        f32(Float32Type::get(function.getContext())) {}

  void run();

private:
  void classify(Operation *op);
  void markWeights(Operation *op);
  FloatType getTypeAfter(const Info &info) const;
  FloatType getWanted(OpOperand &operand) const;
  void takeExactTables(Operation *op);
  void convertConstants();
  void convert(Operation *op);
  void convertCast(CastOp op);

  func::FuncOp function;
  FloatType dtype, f32;
  llvm::DenseMap<Value, Info> infos;
  /// By value and type, the gac.cast that was made.
  llvm::DenseMap<std::pair<Value, Type>, Value> casts;
  /// What is erased in the end: `infos` may not know new ops by old addresses.
  SmallVector<Operation *> dead;
};

} // namespace

/// Whether `type` has two axes with several lanes.
static bool isMatrix(Type type) {
  auto shaped = dyn_cast<RankedTensorType>(type);
  return shaped && llvm::count_if(shaped.getShape(),
                                  [](int64_t size) { return size != 1; }) >= 2;
}

/// Whether the matrices of `op` are weights and not tables of numbers.
static bool appliesWeights(Operation *op) {
  return isa<MatMulOp, GemmOp, ConvOp, GatherOp, GatherElementsOp, GatherNDOp>(
      op);
}

static void setType(Info &info, Value value) {
  info.before = getFloat(value.getType());
  info.width = info.before ? info.before.getWidth() : 0;
}

void Converter::classify(Operation *op) {
  bool isData = isa<tensor::EmptyOp>(op), hasMatrix = false;
  unsigned castFrom = 0;
  for (Value operand : op->getOperands()) {
    const Info &info = infos[operand];
    isData |= info.isData;
    isData |= info.before && info.hasMatrix && appliesWeights(op);
    hasMatrix |= info.hasMatrix;
    castFrom = std::max(castFrom, info.castFrom);
  }
  for (Value result : op->getResults()) {
    Info info;
    setType(info, result);
    info.hasMatrix =
        hasMatrix || (isa<InitializerOp>(op) && isMatrix(result.getType())) ||
        (isa<ConstantOp>(op) && info.before && isMatrix(result.getType()));
    if (info.before) {
      info.isData = isData;
      info.castFrom = castFrom;
      if (isa<CastOp>(op) && isData && !castFrom)
        if (const Info &from = infos[op->getOperand(0)];
            from.before && from.width < info.width)
          info.castFrom = from.width;
      if (info.width <= info.castFrom)
        info.castFrom = 0;
    }
    infos[result] = info;
  }
}

/// Looks back from products: a weight may be transposed or joined to others
/// before it is one. Readers come before what they read.
void Converter::markWeights(Operation *op) {
  bool reaches =
      appliesWeights(op) || llvm::any_of(op->getResults(), [&](Value result) {
        return infos[result].isWeight;
      });
  if (!reaches)
    return;
  for (Value operand : op->getOperands())
    if (Info &info = infos[operand];
        info.before && info.hasMatrix && !info.isData)
      info.isWeight = true;
}

FloatType Converter::getTypeAfter(const Info &info) const {
  if (info.width == 16)
    return dtype;
  return (info.isData || info.isWeight) && !info.castFrom ? dtype : f32;
}

/// Whether `operand` is a rotary table, which is taken as it is.
static bool isTable(OpOperand &operand) {
  unsigned number = operand.getOperandNumber();
  return isa<RotaryEmbeddingOp, cuda::RopeOp>(operand.getOwner()) &&
         (number == 1 || number == 2);
}

/// The type in which an operand is wanted; null if it does not matter or the
/// operand is not converted.
FloatType Converter::getWanted(OpOperand &operand) const {
  const Info &info = infos.at(operand.get());
  if (!info.before)
    return {};
  Operation *op = operand.getOwner();
  if (isa<func::ReturnOp>(op))
    return dtype;
  if (isa<CastOp>(op) || isTable(operand))
    return getTypeAfter(info);
  if (info.width == 16)
    return dtype;
  // The type of the results, or of the widest operand where they have none.
  bool isWide = false, hasFloats = false;
  for (Value result : op->getResults())
    if (const Info &own = infos.at(result); own.before) {
      hasFloats = true;
      isWide |= getTypeAfter(own) == f32;
    }
  if (!hasFloats)
    for (Value value : op->getOperands())
      if (const Info &other = infos.at(value);
          other.before && !isConstant(value.getDefiningOp()))
        isWide |= getTypeAfter(other) == f32;
  return isWide ? f32 : dtype;
}

//===----------------------------------------------------------------------===//
// The rewrite
//===----------------------------------------------------------------------===//

/// A rotary table that the model rounds is taken before it does.
void Converter::takeExactTables(Operation *op) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isTable(operand))
      continue;
    auto cast = operand.get().getDefiningOp<CastOp>();
    const Info *before = cast ? &infos[cast.getInput()] : nullptr;
    if (before && before->before && !before->isData &&
        before->width > infos[operand.get()].width)
      operand.set(cast.getInput());
  }
}

/// Gives each constant the type that its readers want; where they want two, the
/// wider one, and the other by a gac.cast.
void Converter::convertConstants() {
  function.walk([&](Operation *op) {
    if (!isConstant(op) || !infos[op->getResult(0)].before)
      return;
    Value result = op->getResult(0);
    llvm::SmallSetVector<Type, 2> wanted;
    for (OpOperand &use : result.getUses())
      if (FloatType type = getWanted(use))
        wanted.insert(type);
    if (wanted.empty())
      wanted.insert(dtype);
    FloatType type = wanted.contains(f32) ? f32 : dtype;
    auto value = op->getAttrOfType<TypedAttr>("value");
    int64_t small = isa<ConstantOp>(op) ? kSmall : 1;
    // A number that becomes part of a kernel's code is not rounded.
    if (auto elements = dyn_cast<DenseFPElementsAttr>(value);
        elements && elements.isSplat() && type != f32) {
      APFloat number = elements.getSplatValue<APFloat>();
      bool losesInfo = false;
      number.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                     &losesInfo);
      op->setAttr(cuda::attr::exact, FloatAttr::get(f32, number));
    }
    value = convertValue(value, type, small);
    op->setAttr("value", value);
    result.setType(value.getType());
  });
}

void Converter::convertCast(CastOp op) {
  if (op.getInput().getType() == op.getResult().getType()) {
    op.getResult().replaceAllUsesWith(op.getInput());
    dead.push_back(op);
    return;
  }
  op.setTo(getOnnxDataType(
      cast<ShapedType>(op.getResult().getType()).getElementType()));
}

/// Gives the results of `op` their types, and its operands those it wants.
void Converter::convert(Operation *op) {
  SmallVector<FloatType> types;
  for (OpOperand &operand : op->getOpOperands())
    types.push_back(getWanted(operand));
  for (auto [operand, wanted] : llvm::zip_equal(op->getOpOperands(), types)) {
    Value value = operand.get();
    if (!wanted || getFloat(value.getType()) == wanted)
      continue;
    Value &cast = casts[{value, wanted}];
    if (!cast) {
      OpBuilder builder(function.getContext());
      builder.setInsertionPointAfterValue(value);
      cast = CastOp::create(
          builder, value.getLoc(),
          llvm::cast<ShapedType>(value.getType()).clone(wanted), value,
          builder.getI64IntegerAttr(getOnnxDataType(wanted)),
          /*saturate=*/IntegerAttr(), /*round_mode=*/StringAttr());
    }
    operand.set(cast);
  }
  if (isConstant(op))
    return;
  for (Value result : op->getResults())
    if (const Info &info = infos.at(result); info.before)
      result.setType(
          cast<ShapedType>(result.getType()).clone(getTypeAfter(info)));
  if (auto fill = dyn_cast<ConstantOfShapeOp>(op))
    if (auto value = dyn_cast_or_null<TypedAttr>(fill.getValueAttr()))
      if (FloatType type = getFloat(fill.getResult().getType());
          type && getFloat(value.getType()))
        fill.setValueAttr(
            cast<ElementsAttr>(convertValue(value, type, kSmall)));
  if (auto cast = dyn_cast<CastOp>(op))
    convertCast(cast);
}

void Converter::run() {
  for (BlockArgument argument : function.getArguments()) {
    Info &info = infos[argument];
    setType(info, argument);
    info.isData = static_cast<bool>(info.before);
  }
  SmallVector<Operation *> ops;
  function.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
    classify(op);
    ops.push_back(op);
  });
  for (Operation *op : llvm::reverse(ops))
    markWeights(op);
  for (Operation *op : ops)
    takeExactTables(op);
  convertConstants();
  for (BlockArgument argument : function.getArguments()) {
    if (!infos[argument].before)
      continue;
    argument.setType(cast<ShapedType>(argument.getType()).clone(dtype));
    unsigned number = argument.getArgNumber();
    if (auto value = function.getArgAttrOfType<TypedAttr>(
            number, gac::attr::defaultValue))
      function.setArgAttr(number, gac::attr::defaultValue,
                          convertValue(value, dtype, 1));
  }
  // Operands' wishes depend on what results become, by `infos` alone.
  for (Operation *op : ops)
    convert(op);
  for (Operation *op : dead)
    op->erase();
  Operation *terminator = function.getBody().back().getTerminator();
  function.setType(FunctionType::get(function.getContext(),
                                     function.getBody().getArgumentTypes(),
                                     terminator->getOperandTypes()));
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct ConvertPrecisionPass
    : public cuda::impl::ConvertPrecisionBase<ConvertPrecisionPass> {
  using Base::Base;

  void runOnOperation() override;
};
} // namespace

FloatType cuda::chooseType(ModuleOp module, StringRef dtype) {
  MLIRContext *context = module.getContext();
  if (dtype == "bf16")
    return BFloat16Type::get(context);
  if (dtype == "f16")
    return Float16Type::get(context);
  if (!dtype.empty()) {
    module.emitError() << "a package runs in bf16 or f16, not in '" << dtype
                       << "'";
    return {};
  }
  // Entries share their weights.
  int64_t half = 0, all = 0;
  for (auto function : module.getOps<func::FuncOp>()) {
    function.walk([&](InitializerOp op) {
      auto type = dyn_cast<RankedTensorType>(op.getResult().getType());
      FloatType element = getFloat(op.getResult().getType());
      if (!type || !element || !type.hasStaticShape())
        return;
      all += type.getNumElements();
      half += element.isF16() ? type.getNumElements() : 0;
    });
    break;
  }
  return half > all / 2 ? FloatType(Float16Type::get(context))
                        : FloatType(BFloat16Type::get(context));
}

void ConvertPrecisionPass::runOnOperation() {
  FloatType type = cuda::chooseType(getOperation(), dtype);
  if (!type)
    return signalPassFailure();
  getOperation()->setAttr(
      cuda::attr::dtype,
      StringAttr::get(&getContext(), type.isF16() ? "f16" : "bf16"));
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (!function.isExternal())
      Converter(function, type).run();
}
