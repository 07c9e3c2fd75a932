//===- RecoverGelu.cpp - Gelu from its parts ------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Both forms of Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016):
//
//   x/2 (1 + erf(x / sqrt(2)))
//   x/2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
//
// Exporters keep the order in which a model's author multiplied, so products
// are compared as the number and the factors that they come to.
//
//===----------------------------------------------------------------------===//

#include "Recovery.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace gac;

namespace {

/// A number times factors, in any order.
struct Product {
  double number = 1.0;
  SmallVector<Value, 4> factors;

  bool isPower(Value x, unsigned exponent) const {
    return factors.size() == exponent &&
           llvm::all_of(factors, [&](Value factor) { return factor == x; });
  }
};

struct RecoverGelu : RecoveryPattern<MulOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(MulOp op,
                                PatternRewriter &rewriter) const override;

private:
  void multiply(Product &product, Value value, bool isRoot) const;
  Product getProduct(Value value, bool isRoot = false) const {
    Product product;
    multiply(product, value, isRoot);
    return product;
  }
  bool isErf(Value value, Value x) const;
  bool isTanh(Value value, Value x) const;
  bool isCubic(Value value, Value x) const;

  /// The operation that computes `value`, if the pattern alone reads it, as
  /// often as it reads it in one place.
  template <typename OpTy> OpTy getOwn(Value value) const {
    auto op = value.getDefiningOp<OpTy>();
    return op && recovery.hasLiveUses(op) ? op : OpTy();
  }
  /// The other operand of a sum with `number`.
  Value matchSumWith(Value value, double number) const;
};

} // namespace

/// Whether `number` is `wanted`, rounded to the type of `like`.
static bool isRounded(double number, double wanted, Value like) {
  Type element = getElementTypeOf(like);
  // Constants pass through decimals of six or more digits on their way.
  double tolerance = !element           ? 0
                     : element.isF16()  ? 0x1p-11
                     : element.isBF16() ? 0x1p-8
                                        : 1e-6;
  return std::fabs(number - wanted) <= tolerance * std::fabs(wanted);
}

void RecoverGelu::multiply(Product &product, Value value, bool isRoot) const {
  if (std::optional<double> number = getFloatConstant(value)) {
    product.number *= *number;
    return;
  }
  auto mul = isRoot ? value.getDefiningOp<MulOp>() : getOwn<MulOp>(value);
  if (mul && product.factors.size() < 4) {
    multiply(product, mul.getLhs(), false);
    multiply(product, mul.getRhs(), false);
    return;
  }
  if (auto div = getOwn<DivOp>(value))
    if (std::optional<double> number = getFloatConstant(div.getRhs());
        number && *number != 0) {
      product.number /= *number;
      return multiply(product, div.getLhs(), false);
    }
  if (auto pow = getOwn<PowOp>(value))
    if (std::optional<double> exponent = getFloatConstant(pow.getRhs());
        exponent == 2.0 || exponent == 3.0) {
      product.factors.append(static_cast<size_t>(*exponent), pow.getLhs());
      return;
    }
  product.factors.push_back(value);
}

Value RecoverGelu::matchSumWith(Value value, double number) const {
  if (auto add = getOwn<AddOp>(value))
    for (auto [other, constant] : bothOrders(add))
      if (getFloatConstant(constant) == number)
        return other;
  return {};
}

/// erf(x / sqrt(2)).
bool RecoverGelu::isErf(Value value, Value x) const {
  auto erf = getOwn<ErfOp>(value);
  if (!erf)
    return false;
  Product inner = getProduct(erf.getInput());
  return inner.isPower(x, 1) && isRounded(inner.number, std::sqrt(0.5), x);
}

/// x + 0.044715 x^3.
bool RecoverGelu::isCubic(Value value, Value x) const {
  auto add = getOwn<AddOp>(value);
  if (!add)
    return false;
  return llvm::any_of(bothOrders(add), [&](auto operands) {
    Product cube = getProduct(operands.second);
    return operands.first == x && cube.isPower(x, 3) &&
           isRounded(cube.number, 0.044715, x);
  });
}

/// tanh(sqrt(2 / pi) (x + 0.044715 x^3)), or with x outside of the sum.
bool RecoverGelu::isTanh(Value value, Value x) const {
  auto tanh = getOwn<TanhOp>(value);
  if (!tanh)
    return false;
  Product inner = getProduct(tanh.getInput());
  if (!isRounded(inner.number, std::sqrt(2.0 / M_PI), x))
    return false;
  if (inner.factors.size() == 1)
    return isCubic(inner.factors.front(), x);
  if (inner.factors.size() != 2 || !llvm::is_contained(inner.factors, x))
    return false;
  Value sum = inner.factors[inner.factors[0] == x ? 1 : 0];
  Value square = matchSumWith(sum, 1.0);
  if (!square)
    return false;
  Product product = getProduct(square);
  return product.isPower(x, 2) && isRounded(product.number, 0.044715, x);
}

LogicalResult RecoverGelu::matchAndRewrite(MulOp op,
                                           PatternRewriter &rewriter) const {
  Product product = getProduct(op.getResult(), /*isRoot=*/true);
  if (product.factors.size() != 2 || product.number != 0.5)
    return failure();
  for (unsigned first : {0, 1}) {
    Value x = product.factors[first];
    Value gate = matchSumWith(product.factors[1 - first], 1.0);
    if (!gate || !recovery.haveEqualShapes(x, op.getResult()))
      continue;
    bool isExact = isErf(gate, x);
    if (!isExact && !isTanh(gate, x))
      continue;
    StringAttr approximate =
        isExact ? StringAttr() : rewriter.getStringAttr("tanh");
    recovery.replace(rewriter, op.getResult(),
                     GeluOp::create(rewriter, op.getLoc(),
                                    op.getResult().getType(), x, approximate));
    return success();
  }
  return failure();
}

void gac::populateRecoverGelu(RewritePatternSet &patterns, Recovery &recovery) {
  patterns.add<RecoverGelu>(patterns.getContext(), recovery);
}
