//===- Svg.h - Drawings -----------------------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_COMMON_SVG_H
#define GAC_TOOLS_COMMON_SVG_H

#include <string>
#include <vector>

namespace gac::tools {

/// An SVG drawing on white. Lengths are pixels from the left upper corner;
/// colours are CSS's.
class Svg {
public:
  enum class Anchor { Start, Middle, End };

  Svg(double width, double height) : width(width), height(height) {}

  void rectangle(double x, double y, double w, double h,
                 const std::string &fill);
  void line(double x1, double y1, double x2, double y2,
            const std::string &stroke, double thickness = 1,
            bool dashed = false);
  /// With a text that shows where the pointer rests on it.
  void circle(double x, double y, double radius, const std::string &fill,
              const std::string &hint);
  /// `y` is the base line. Turned texts run upwards.
  void text(double x, double y, const std::string &text,
            Anchor anchor = Anchor::Start, double size = 12,
            bool turned = false);

  /// The whole file.
  std::string finish() const;

private:
  double width, height;
  std::string body;
};

/// Round values from `low` or below to `high` or above: steps of 1, 2 or 5
/// times a power of ten, about `count` of them.
std::vector<double> getTicks(double low, double high, int count);
/// Powers of ten that enclose both, which are above 0.
std::vector<double> getPowers(double low, double high);

} // namespace gac::tools

#endif // GAC_TOOLS_COMMON_SVG_H
