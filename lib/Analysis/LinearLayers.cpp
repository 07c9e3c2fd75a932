//===- LinearLayers.cpp - products of activations with weights --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/LinearLayers.h"

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "gac/Import/WeightOrigins.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace gac;

/// The data of an initializer or a constant; null for any other value.
static TypedAttr getData(Value value) {
  Operation *op = value ? value.getDefiningOp() : nullptr;
  return isa_and_nonnull<InitializerOp, ConstantOp>(op)
             ? op->getAttrOfType<TypedAttr>("value")
             : TypedAttr();
}

/// Whether `value` is data of `n` floats that are added to each row.
static bool isRow(Value value, int64_t n) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return getData(value) && type && type.hasStaticShape() &&
         type.getRank() >= 1 && type.getShape().back() == n &&
         type.getNumElements() == n && isa<FloatType>(type.getElementType());
}

/// Takes the weight behind `operand`, if nothing else reads it.
static bool takeWeight(Value operand, LinearLayer &layer) {
  if (!operand.hasOneUse())
    return false;
  layer.transpose = operand.getDefiningOp<TransposeOp>();
  if (layer.transpose) {
    operand = layer.transpose.getData();
    std::optional<ArrayRef<int64_t>> perm = layer.transpose.getPerm();
    if (!operand.hasOneUse() || (perm && *perm != ArrayRef<int64_t>{1, 0}))
      return false;
  }
  layer.weight = operand.getDefiningOp<InitializerOp>();
  auto type = dyn_cast<RankedTensorType>(operand.getType());
  if (!layer.weight || !type || type.getRank() != 2 || !type.hasStaticShape() ||
      !isa<FloatType>(type.getElementType()) || type.getNumElements() == 0 ||
      layer.weight->hasAttr(attr::listed))
    return false;
  layer.isTransposed ^= static_cast<bool>(layer.transpose);
  layer.k = type.getDimSize(layer.isTransposed ? 1 : 0);
  layer.n = type.getDimSize(layer.isTransposed ? 0 : 1);
  return true;
}

static bool takeMatMul(MatMulOp op, LinearLayer &layer) {
  auto input = dyn_cast<RankedTensorType>(op.getA().getType());
  if (!input || input.getRank() < 2 || !takeWeight(op.getB(), layer))
    return false;
  layer.input = op.getA();
  return true;
}

static bool takeGemm(GemmOp op, LinearLayer &layer) {
  layer.isTransposed = op.getTransB() != 0;
  if (op.getTransA() != 0 || op.getAlpha().convertToDouble() != 1 ||
      !takeWeight(op.getB(), layer))
    return false;
  layer.input = op.getA();
  if (!op.getC() || op.getBeta().convertToDouble() == 0)
    return true;
  if (op.getBeta().convertToDouble() == 1 && isRow(op.getC(), layer.n))
    layer.bias = op.getC();
  else
    layer.obstacle = "adds something else than a bias to its rows";
  return true;
}

/// The only reader of `value`, if it is a sum with something of its own type.
static AddOp getSum(Value value, Value &other) {
  auto add = value.hasOneUse() ? dyn_cast<AddOp>(*value.user_begin()) : AddOp();
  if (!add || add.getResult().getType() != value.getType())
    return {};
  other = add.getLhs() == value ? add.getRhs() : add.getLhs();
  return add;
}

Type LinearLayer::getElementType() const {
  return cast<ShapedType>(InitializerOp(weight).getValue().getType())
      .getElementType();
}

std::optional<LinearLayer> gac::matchLinearLayer(Operation *op) {
  LinearLayer layer;
  layer.op = op;
  if (auto matmul = dyn_cast<MatMulOp>(op)) {
    if (!takeMatMul(matmul, layer))
      return std::nullopt;
  } else if (auto gemm = dyn_cast<GemmOp>(op)) {
    if (!takeGemm(gemm, layer))
      return std::nullopt;
  } else {
    return std::nullopt;
  }
  layer.result = op->getResult(0);
  if (!isa<RankedTensorType>(layer.result.getType()))
    return std::nullopt;
  if (!layer.obstacle.empty())
    return layer;
  Value other;
  if (AddOp add = getSum(layer.result, other);
      add && !layer.bias && isRow(other, layer.n)) {
    layer.bias = other;
    layer.add = add;
    layer.result = add.getResult();
  }
  if (AddOp add = getSum(layer.result, other);
      add && other.getType() == layer.result.getType() && !getData(other))
    layer.obstacle = "is added to a value in its own kernel";
  else if (llvm::any_of(layer.result.getUsers(), [](Operation *user) {
             return isa<func::ReturnOp>(user);
           }))
    layer.obstacle = "is an output, which it is computed into";
  return layer;
}

llvm::MapVector<StringRef, LinearLayer>
gac::findLinearLayers(func::FuncOp function) {
  llvm::MapVector<StringRef, LinearLayer> layers;
  function.walk([&](Operation *op) {
    if (std::optional<LinearLayer> layer = matchLinearLayer(op))
      layers.insert({layer->getName(), std::move(*layer)});
  });
  return layers;
}

std::optional<LinearLayer> gac::findSecondFactor(const LinearLayer &first) {
  if (first.bias || !first.obstacle.empty() || !first.result.hasOneUse() ||
      first.result != first.op->getResult(0))
    return std::nullopt;
  std::optional<LinearLayer> second =
      matchLinearLayer(*first.result.user_begin());
  if (!second || second->input != first.result ||
      first.getElementType() != second->getElementType())
    return std::nullopt;
  return second;
}

std::string gac::whyNotMerged(const LinearLayer &a, const LinearLayer &b) {
  for (const LinearLayer *layer : {&a, &b})
    if (!layer->obstacle.empty())
      return ("the product with '" + layer->getName() + "' " + layer->obstacle)
          .str();
  auto sayOfBoth = [&](StringRef what) {
    return ("'" + a.getName() + "' and '" + b.getName() + "' " + what).str();
  };
  if (a.input != b.input || a.op->getName() != b.op->getName() || a.k != b.k)
    return sayOfBoth("are not multiplied by the same value");
  if (a.getElementType() != b.getElementType())
    return sayOfBoth("are of different types");
  for (const LinearLayer *layer : {&a, &b})
    if (layer->bias && cast<ShapedType>(layer->bias.getType()).getRank() != 1)
      return ("the bias of '" + layer->getName() + "' is no vector").str();
  if (a.bias && b.bias) {
    auto isAbsent = [](const LinearLayer &layer) {
      return isa<AbsentAttr>(getOriginalWeight(getData(layer.bias)));
    };
    // Where data are absent recipes stand for them, which small data lack.
    if (isAbsent(a) != isAbsent(b))
      return sayOfBoth("have biases of which one has data and one has not");
    if (cast<ShapedType>(a.bias.getType()).getElementType() !=
        cast<ShapedType>(b.bias.getType()).getElementType())
      return sayOfBoth("have biases of different types");
  }
  return {};
}

std::string gac::getProductName(StringRef first, StringRef second) {
  return (first + "*" + second).str();
}

std::string gac::getMergedName(ArrayRef<StringRef> names) {
  return llvm::join(names, "+");
}
