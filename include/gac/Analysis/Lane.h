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

/// What the lanes hold that growth adds to an axis: one known constant, finite
/// numbers, or anything (infinities and NaNs too). Only a constant zero is
/// exact: a contraction over lanes of zero on one side and finite numbers on
/// the other adds nothing.
class Lane {
public:
  static Lane constant(double value) { return Lane(Kind::Constant, value); }
  static Lane zero() { return constant(0.0); }
  static Lane finite() { return Lane(Kind::Finite, 0.0); }
  static Lane anything() { return Lane(Kind::Anything, 0.0); }

  bool isZero() const { return kind == Kind::Constant && value == 0.0; }
  bool isFinite() const {
    return kind == Kind::Finite ||
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
    return kind == other.kind && value == other.value;
  }
  bool operator!=(Lane other) const { return !(*this == other); }

  friend llvm::raw_ostream &operator<<(llvm::raw_ostream &os, Lane lane) {
    switch (lane.kind) {
    case Kind::Constant:
      // Shortest form that reads well in tests: 0, 1, 0.5.
      return os << llvm::format("%g", lane.value);
    case Kind::Finite:
      return os << "finite";
    case Kind::Anything:
      return os << "anything";
    }
    return os;
  }

private:
  enum class Kind { Constant, Finite, Anything };
  Lane(Kind kind, double value) : kind(kind), value(value) {}

  Kind kind;
  double value;
};

} // namespace gac

#endif // GAC_ANALYSIS_LANE_H
