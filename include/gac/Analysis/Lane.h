//===- Lane.h - What padding lanes hold -------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_ANALYSIS_LANE_H
#define GAC_ANALYSIS_LANE_H

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <optional>

namespace gac {

/// What the lanes hold that growth adds to an axis: one known constant, the
/// number that some value of the model is when it runs, finite numbers, or
/// anything (infinities and NaNs too). Only a constant zero is exact: a
/// contraction over lanes of zero on one side and finite numbers on the other
/// adds nothing.
class Lane {
public:
  static Lane constant(double value) { return Lane(Kind::Constant, value); }
  /// The finite number that the value of one element is that `value` stands
  /// for: a zero point that is computed, for one. Of a list that goes along
  /// another axis it is each of its numbers, in their order.
  static Lane number(const void *value) {
    return Lane(Kind::Number, 0.0, value);
  }
  static Lane zero() { return constant(0.0); }
  static Lane finite() { return Lane(Kind::Finite, 0.0); }
  static Lane anything() { return Lane(Kind::Anything, 0.0); }

  bool isNumber() const { return kind == Kind::Number; }
  bool isZero() const { return kind == Kind::Constant && value == 0.0; }
  bool isFinite() const {
    return kind == Kind::Finite || kind == Kind::Number ||
           (kind == Kind::Constant && std::isfinite(value));
  }
  std::optional<double> getConstant() const {
    return kind == Kind::Constant ? std::optional<double>(value) : std::nullopt;
  }

  /// What holds of both.
  Lane join(Lane other) const {
    if (*this == other)
      return *this;
    return isFinite() && other.isFinite() ? finite() : anything();
  }

  bool operator==(Lane other) const {
    return kind == other.kind && value == other.value && of == other.of;
  }
  bool operator!=(Lane other) const { return !(*this == other); }

  friend llvm::raw_ostream &operator<<(llvm::raw_ostream &os, Lane lane) {
    switch (lane.kind) {
    case Kind::Constant:
      // Shortest form that reads well in tests: 0, 1, 0.5.
      return os << llvm::format("%g", lane.value);
    case Kind::Number:
    case Kind::Finite:
      return os << "finite";
    case Kind::Anything:
      return os << "anything";
    }
    return os;
  }

private:
  enum class Kind { Constant, Number, Finite, Anything };
  Lane(Kind kind, double value, const void *of = nullptr)
      : kind(kind), value(value), of(of) {}

  Kind kind;
  double value;
  /// Of a Number, what it is.
  const void *of;
};

} // namespace gac

#endif // GAC_ANALYSIS_LANE_H
