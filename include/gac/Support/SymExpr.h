//===- SymExpr.h - Integer expressions over named sizes ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An immutable value type for the sizes of a model: polynomials with integer
// coefficients over symbols such as `batch` and `seq`, and over the operations
// that are no polynomials (min, max, floordiv, mod).
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_SYMEXPR_H
#define GAC_SUPPORT_SYMEXPR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace gac {
namespace detail {
struct SymPolynomial;
} // namespace detail

/// An integer expression in canonical form: equal polynomials compare equal
/// however they were written. A copy costs one reference count; a constant
/// costs nothing.
///
/// Two expressions that compare equal have the same value under every binding.
/// The converse does not hold for what lies inside min, max, floordiv and mod.
///
/// Arithmetic is exact. Where a coefficient would leave int64_t, a divisor is
/// zero, or an expression grows beyond a fixed bound, the result is a new
/// unknown, which equals nothing but its own copies. So no operation fails.
class SymExpr {
public:
  /// The constant `value`.
  SymExpr(int64_t value = 0) : value(value) {}

  static SymExpr constant(int64_t value) { return SymExpr(value); }

  /// The size called `name`. Symbols are sizes: they are never negative.
  static SymExpr symbol(llvm::StringRef name);

  /// A new size without a name, printed as `label`. Never negative.
  static SymExpr unknownSize(llvm::StringRef label = "?");

  /// A new integer of which nothing is known, printed as `label`.
  static SymExpr unknown(llvm::StringRef label = "?");

  /// Reads what ONNX files write in `dim_param`: a name, or a formula of
  /// integers, names, + - * // ** ^, parentheses, and the functions min, max,
  /// mod, floordiv, ceildiv (capitalised or not), as PyTorch writes it. Text
  /// that is no such formula is one symbol of that name.
  static SymExpr parse(llvm::StringRef text);

  bool isConstant() const { return !polynomial; }
  std::optional<int64_t> getConstant() const {
    return isConstant() ? std::optional<int64_t>(value) : std::nullopt;
  }
  bool isZero() const { return isConstant() && value == 0; }
  bool isOne() const { return isConstant() && value == 1; }

  /// True if no binding of the symbols makes the value negative, as far as the
  /// signs of the terms tell.
  bool isNonNegative() const;

  /// True if an unknown occurs anywhere in the expression.
  bool hasUnknown() const;

  SymExpr operator+(const SymExpr &other) const;
  SymExpr operator-(const SymExpr &other) const;
  SymExpr operator*(const SymExpr &other) const;
  SymExpr operator-() const { return SymExpr(0) - *this; }
  SymExpr &operator+=(const SymExpr &other) { return *this = *this + other; }
  SymExpr &operator-=(const SymExpr &other) { return *this = *this - other; }
  SymExpr &operator*=(const SymExpr &other) { return *this = *this * other; }

  /// The expression q with q * divisor == *this as polynomials, if there is
  /// one. A symbolic divisor is taken not to be zero.
  std::optional<SymExpr> divideExact(const SymExpr &divisor) const;

  /// Rounds towards minus infinity.
  SymExpr floorDiv(const SymExpr &divisor) const;
  /// Rounds towards plus infinity.
  SymExpr ceilDiv(const SymExpr &divisor) const;
  /// *this - divisor * floorDiv(divisor): has the sign of the divisor.
  SymExpr mod(const SymExpr &divisor) const;

  static SymExpr min(const SymExpr &a, const SymExpr &b);
  /// The c of min(c, ...), if that is what this is: then it is at most c.
  std::optional<int64_t> getUpperBound() const;
  static SymExpr max(const SymExpr &a, const SymExpr &b);
  static SymExpr product(llvm::ArrayRef<SymExpr> factors);
  static SymExpr sum(llvm::ArrayRef<SymExpr> terms);

  /// The value under `lookup`, which gives each symbol's value; unknowns have
  /// the value `unknownValue`. None if a symbol or unknown has no value, a
  /// divisor is zero or the result overflows.
  using Lookup = llvm::function_ref<std::optional<int64_t>(llvm::StringRef)>;
  std::optional<int64_t>
  evaluate(Lookup lookup,
           std::optional<int64_t> unknownValue = std::nullopt) const;

  /// Replaces each symbol for which `replacement` gives an expression.
  using Replacement =
      llvm::function_ref<std::optional<SymExpr>(llvm::StringRef)>;
  SymExpr substitute(Replacement replacement) const;

  /// Calls `visit` for each occurrence of a symbol, in printing order.
  void walkSymbols(llvm::function_ref<void(llvm::StringRef)> visit) const;

  friend bool operator==(const SymExpr &a, const SymExpr &b) {
    return a.compare(b) == 0;
  }
  friend bool operator!=(const SymExpr &a, const SymExpr &b) {
    return !(a == b);
  }

  /// A total order that depends on structure only (but among unknowns of one
  /// label): negative, zero or positive as *this is before, equal to or after
  /// `other`.
  int compare(const SymExpr &other) const;

  friend llvm::hash_code hash_value(const SymExpr &expr);

  /// Prints the terms by falling degree: `2*batch*seq + seq - 3`. `parse` reads
  /// it back if the symbols are identifiers.
  void print(llvm::raw_ostream &os) const;
  std::string str() const;

private:
  friend struct detail::SymPolynomial;
  explicit SymExpr(std::shared_ptr<const detail::SymPolynomial> polynomial)
      : polynomial(std::move(polynomial)) {}

  /// The value where `polynomial` is null.
  int64_t value = 0;
  /// Never a constant polynomial.
  std::shared_ptr<const detail::SymPolynomial> polynomial;
};

inline llvm::raw_ostream &operator<<(llvm::raw_ostream &os,
                                     const SymExpr &expr) {
  expr.print(os);
  return os;
}

} // namespace gac

#endif // GAC_SUPPORT_SYMEXPR_H
