//===- ShapePrinter.h - shapes of kernels as C++ ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What kernels are instantiated with, as text for the programs that include
// their headers: those of packages, and those that measure the same kernels.
// For hosts, and for any stream that takes integers and strings.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_SHAPEPRINTER_H
#define GAC_KERNELS_SHAPEPRINTER_H

#include "AttentionStep.cuh"
#include "GemvShape.cuh"

#include <string>

namespace gac::kernels {

inline std::string printLayout(const HeadLayout &layout) {
  return "{" + std::to_string(layout.batch) + ", " +
         std::to_string(layout.token) + ", " + std::to_string(layout.head) +
         "}";
}

/// `constexpr TYPE NAME{/*field=*/value, ...};`, each field on a line.
template <typename Stream> class ShapePrinter {
public:
  ShapePrinter(Stream &os, const char *type, std::string indent = "  ",
               const char *name = "shape")
      : os(os), indent(std::move(indent)) {
    os << this->indent << "constexpr " << type << " " << name << "{";
  }
  ~ShapePrinter() { os << "};\n"; }
  ShapePrinter(const ShapePrinter &) = delete;
  ShapePrinter &operator=(const ShapePrinter &) = delete;

  template <typename T> ShapePrinter &add(const char *field, const T &value) {
    os << (first ? "\n" : ",\n") << indent << "    /*" << field << "=*/"
       << value;
    first = false;
    return *this;
  }
  ShapePrinter &add(const char *field, const HeadLayout &layout) {
    return add(field, printLayout(layout));
  }

private:
  Stream &os;
  std::string indent;
  bool first = true;
};

template <typename Stream>
void printShape(Stream &os, const GemvShape &shape,
                const std::string &indent = "  ") {
  ShapePrinter(os, "GemvShape", indent)
      .add("rows", shape.rows)
      .add("n", shape.n)
      .add("k", shape.k)
      .add("xPitch", shape.xPitch)
      .add("wPitch", shape.wPitch)
      .add("yPitch", shape.yPitch)
      .add("residualPitch", shape.residualPitch)
      .add("layout", shape.layout == WeightLayout::KN ? "WeightLayout::KN"
                                                      : "WeightLayout::NK")
      .add("columns", shape.columns)
      .add("splits", shape.splits)
      .add("depth", shape.depth);
}

/// `scale` is the shape's as a literal.
template <typename Stream>
void printShape(Stream &os, const AttentionShape &shape,
                const std::string &scale, const char *name = "shape") {
  ShapePrinter(os, "AttentionShape", "  ", name)
      .add("batch", shape.batch)
      .add("queries", shape.queries)
      .add("heads", shape.heads)
      .add("keyHeads", shape.keyHeads)
      .add("keyWidth", shape.keyWidth)
      .add("valueWidth", shape.valueWidth)
      .add("scale", scale)
      .add("q", shape.q)
      .add("k", shape.k)
      .add("v", shape.v)
      .add("o", shape.o);
}

/// Behind its `attention`, by that name.
template <typename Stream>
void printShape(Stream &os, const AttentionStepShape &shape) {
  ShapePrinter(os, "AttentionStepShape")
      .add("attention", "attention")
      .add("newKey", shape.newKey)
      .add("newValue", shape.newValue)
      .add("capacity", shape.capacity)
      .add("storedHalf", shape.storedHalf)
      .add("logicalHalf", shape.logicalHalf)
      .add("tableBatch", shape.tableBatch)
      .add("group", shape.group)
      .add("splits", shape.splits)
      .add("depth", shape.depth);
}

} // namespace gac::kernels

#endif // GAC_KERNELS_SHAPEPRINTER_H
