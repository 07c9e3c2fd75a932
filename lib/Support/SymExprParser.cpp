//===- SymExprParser.cpp - Sizes as ONNX files write them -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/SymExpr.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace gac;
using llvm::SmallVector;
using llvm::StringRef;

namespace {
/// A recursive-descent parser of
///
///     sum     := product (('+' | '-') product)*
///     product := unary (('*' | '//') unary)*
///     unary   := '-' unary | primary (('^' | '**') integer)?
///     primary := integer | name | name '(' sum (',' sum)* ')' | '(' sum ')'
class Parser {
public:
  explicit Parser(StringRef text) : rest(text) {}

  std::optional<SymExpr> parse() {
    std::optional<SymExpr> result = parseSum();
    rest = rest.ltrim();
    return rest.empty() ? result : std::nullopt;
  }

private:
  using Result = std::optional<SymExpr>;

  bool consume(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  Result parseSum() {
    Result left = parseProduct();
    while (left) {
      bool isPlus = consume("+");
      if (!isPlus && !consume("-"))
        break;
      Result right = parseProduct();
      if (!right)
        return std::nullopt;
      left = isPlus ? *left + *right : *left - *right;
    }
    return left;
  }

  Result parseProduct() {
    Result left = parseUnary();
    while (left) {
      bool isTimes = consume("*");
      if (!isTimes && !consume("//"))
        break;
      Result right = parseUnary();
      if (!right)
        return std::nullopt;
      left = isTimes ? *left * *right : left->floorDiv(*right);
    }
    return left;
  }

  Result parseUnary() {
    if (consume("-")) {
      // Nested signs recurse as parentheses do.
      if (++depth > maxDepth)
        return std::nullopt;
      Result operand = parseUnary();
      --depth;
      return operand ? Result(-*operand) : std::nullopt;
    }
    Result base = parsePrimary();
    if (!base || (!consume("**") && !consume("^")))
      return base;
    rest = rest.ltrim();
    unsigned exponent;
    if (rest.consumeInteger(10, exponent) || exponent > maxExponent)
      return std::nullopt;
    SymExpr power(1);
    for (unsigned i = 0; i != exponent; ++i)
      power *= *base;
    return power;
  }

  Result parsePrimary() {
    rest = rest.ltrim();
    if (rest.empty())
      return std::nullopt;
    if (llvm::isDigit(rest.front())) {
      int64_t value;
      if (rest.consumeInteger(10, value))
        return std::nullopt;
      return SymExpr(value);
    }
    if (rest.front() == '(')
      return parseParenthesised([](llvm::ArrayRef<SymExpr> operands) {
        return operands.size() == 1 ? Result(operands.front()) : std::nullopt;
      });
    StringRef name = rest.take_while(
        [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; });
    if (name.empty())
      return std::nullopt;
    rest = rest.drop_front(name.size());
    if (!rest.ltrim().starts_with("("))
      return SymExpr::symbol(name);
    return parseParenthesised([&](llvm::ArrayRef<SymExpr> operands) {
      return applyFunction(name, operands);
    });
  }

  /// Reads '(' sum (',' sum)* ')' and gives the operands to `combine`.
  Result parseParenthesised(
      llvm::function_ref<Result(llvm::ArrayRef<SymExpr>)> combine) {
    if (++depth > maxDepth || !consume("("))
      return std::nullopt;
    SmallVector<SymExpr> operands;
    do {
      Result operand = parseSum();
      if (!operand)
        return std::nullopt;
      operands.push_back(*operand);
    } while (consume(","));
    --depth;
    return consume(")") ? combine(operands) : std::nullopt;
  }

  static Result applyFunction(StringRef name,
                              llvm::ArrayRef<SymExpr> operands) {
    bool isMin = name.equals_insensitive("min");
    if (isMin || name.equals_insensitive("max")) {
      SymExpr result = operands.front();
      for (const SymExpr &operand : operands.drop_front())
        result = isMin ? SymExpr::min(result, operand)
                       : SymExpr::max(result, operand);
      return result;
    }
    if (operands.size() != 2)
      return std::nullopt;
    if (name.equals_insensitive("mod"))
      return operands[0].mod(operands[1]);
    if (name.equals_insensitive("floordiv"))
      return operands[0].floorDiv(operands[1]);
    if (name.equals_insensitive("ceildiv"))
      return operands[0].ceilDiv(operands[1]);
    return std::nullopt;
  }

  static constexpr unsigned maxDepth = 32;
  static constexpr unsigned maxExponent = 8;

  StringRef rest;
  unsigned depth = 0;
};
} // namespace

SymExpr SymExpr::parse(StringRef text) {
  // No exporter writes formulas of this length; a long name is a name.
  constexpr size_t maxLength = 1024;
  if (text.size() <= maxLength)
    if (std::optional<SymExpr> formula = Parser(text).parse())
      // A formula without symbols is a number, which has no name to keep.
      return *formula;
  return symbol(text);
}
