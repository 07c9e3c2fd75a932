//===- GACToLinalg.cpp - Convert models to linalg on tensors --------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "gac/Conversion/Passes.h"
#include "gac/Dialect/GAC/Transforms/Decompose.h"
#include "gac/Dialect/GAC/Transforms/Shapes.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace gac {
#define GEN_PASS_DEF_CONVERTGACTOLINALG
#include "gac/Conversion/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {
struct ConvertGACToLinalgPass
    : public gac::impl::ConvertGACToLinalgBase<ConvertGACToLinalgPass> {
  void runOnOperation() override;

private:
  LogicalResult convert(func::FuncOp function);
};
} // namespace

/// The element type that arith works on, or null.
static Type convertElementType(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return IntegerType::get(type.getContext(), integer.getWidth());
  return isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(type)
             ? type
             : Type();
}

static void addConversions(TypeConverter &types) {
  types.addConversion([](Type type) -> std::optional<Type> {
    auto tensor = dyn_cast<RankedTensorType>(type);
    Type element =
        tensor ? convertElementType(tensor.getElementType()) : Type();
    if (!element)
      return Type();
    return tensor.clone(element);
  });
}

/// Why values of the type `type` cannot be converted.
static std::string describeType(Type type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (isa<ValueType>(type))
    os << "is of unknown type, or no tensor";
  else if (isa<UnrankedTensorType>(type))
    os << "has no known rank";
  else
    os << "has the type " << type << ", whose elements arith has no words for";
  return text;
}

/// Reports the first value that has no type in MLIR's own dialects.
static LogicalResult checkTypes(func::FuncOp function,
                                const TypeConverter &types,
                                const ConversionReasons &reasons) {
  for (BlockArgument argument : function.getArguments())
    if (!types.convertType(argument.getType())) {
      auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                        attr::name);
      return function.emitError()
             << "cannot be converted to linalg: input "
             << (name ? "'" + name.str() + "'"
                      : std::to_string(argument.getArgNumber()))
             << ' ' << describeType(argument.getType());
    }
  WalkResult result = function.walk([&](Operation *op) {
    if (!isa<GACDialect>(op->getDialect()))
      return WalkResult::advance();
    if (auto opaque = dyn_cast<OpaqueOp>(op)) {
      op->emitOpError("cannot be converted to linalg: nothing is known of the "
                      "operator '")
          << opaque.getOpType() << "' of the domain '" << opaque.getDomain()
          << "'";
      return WalkResult::interrupt();
    }
    for (OpResult value : op->getResults())
      if (!types.convertType(value.getType())) {
        InFlightDiagnostic error =
            op->emitOpError("cannot be converted to linalg: ");
        if (auto reason = reasons.find(op); reason != reasons.end())
          error << reason->second;
        else
          error << "its result " << value.getResultNumber() << ' '
                << describeType(value.getType());
        return WalkResult::interrupt();
      }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult ConvertGACToLinalgPass::convert(func::FuncOp function) {
  ConversionReasons decompositions;
  decompose(function, &decompositions);
  if (failed(refineTypes(function, ShapeValues(function))))
    return failure();
  TypeConverter types;
  addConversions(types);
  if (failed(checkTypes(function, types, decompositions)))
    return failure();

  Lowering lowering(function);
  RewritePatternSet patterns(&getContext());
  populateElementwise(types, patterns, lowering);
  populateContractions(types, patterns, lowering);
  populateWindows(types, patterns, lowering);
  populateReductions(types, patterns, lowering);
  populateLayout(types, patterns, lowering);
  populateSlices(types, patterns, lowering);
  populateGathers(types, patterns, lowering);
  populateGenerators(types, patterns, lowering);
  populateWeights(types, patterns, lowering);
  populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                 types);
  populateReturnOpTypeConversionPattern(patterns, types);
  ConversionTarget target(getContext());
  target.addLegalDialect<arith::ArithDialect, linalg::LinalgDialect,
                         math::MathDialect, tensor::TensorDialect>();
  target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp op) {
    return types.isSignatureLegal(op.getFunctionType());
  });
  target.addDynamicallyLegalOp<func::ReturnOp>(
      [&](func::ReturnOp op) { return types.isLegal(op); });
  // Ops of ours that stay are reported below, with the reason; so casts between
  // their types and the new ones are no errors of their own.
  ConversionConfig config;
  config.buildMaterializations = false;
  if (failed(applyPartialConversion(function, target, std::move(patterns),
                                    config)))
    return failure();

  bool isComplete = true;
  function.walk([&](Operation *op) {
    if (!isa<GACDialect>(op->getDialect()))
      return;
    isComplete = false;
    InFlightDiagnostic error =
        op->emitOpError("cannot be converted to linalg: ");
    for (const ConversionReasons *reasons :
         {&lowering.getReasons(), &std::as_const(decompositions)})
      if (auto reason = reasons->find(op); reason != reasons->end()) {
        error << reason->second;
        return;
      }
    error << "there is no lowering of it";
  });
  return success(isComplete);
}

void ConvertGACToLinalgPass::runOnOperation() {
  // What only repair and export read, and other tools may not even parse.
  for (StringRef name : {attr::plan, attr::residual})
    getOperation()->removeAttr(name);
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    auto defaultName = StringAttr::get(&getContext(), attr::defaultValue);
    for (unsigned i = 0, e = function.getNumArguments(); i != e; ++i)
      function.removeArgAttr(i, defaultName);
    if (!function.isExternal() && failed(convert(function)))
      return signalPassFailure();
  }
}
