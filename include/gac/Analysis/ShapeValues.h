//===- ShapeValues.h - Symbolic shapes and small values ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An analysis beside the IR: the shape of every value and the elements of every
// small integer tensor, as expressions over the symbolic sizes of a model.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_ANALYSIS_SHAPEVALUES_H
#define GAC_ANALYSIS_SHAPEVALUES_H

#include "gac/Dialect/GAC/IR/ShapeInference.h"
#include "gac/Support/SymExpr.h"
#include "mlir/IR/Value.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>
#include <vector>

namespace gac {

/// The axis of a tensor whose size an element was computed from.
struct ShapeSource {
  mlir::Value tensor;
  int64_t axis;

  friend bool operator==(const ShapeSource &a, const ShapeSource &b) {
    return a.tensor == b.tensor && a.axis == b.axis;
  }
};

/// Integers that count up along one axis of their tensor: each is `first` plus
/// its place on `axis`, or `first` where there is no such axis.
struct Counting {
  SymExpr first;
  std::optional<unsigned> axis;
};

/// What row-major elements of a tensor of `sizes` count, if they do.
std::optional<Counting> findCounting(mlir::ArrayRef<SymExpr> elements,
                                     mlir::ArrayRef<int64_t> sizes);

/// The symbolic shapes and values of all tensors in one op's regions, computed
/// in one walk when it is constructed; mlir::AnalysisManager can cache it. It
/// refers to the IR but never changes it, and is stale once the IR changes.
///
/// A shape holds what the types say, what the ops' shape inference derives from
/// their operands and, where both leave an axis open, the name that the file
/// gives it (`gac.dims`) or a new unknown size. Where the file contradicts what
/// is inferred, the inferred size is taken.
class ShapeValues {
public:
  explicit ShapeValues(mlir::Operation *root);

  /// Tensors of more elements have no known value.
  static constexpr int64_t maxElements = 256;

  /// The elements of an integer or boolean tensor in row-major order; none
  /// unless all its sizes are known and make at most `maxElements`. A scalar
  /// has one element. Elements of which nothing is known are unknowns.
  std::optional<mlir::ArrayRef<SymExpr>> valueOf(mlir::Value value) const;

  /// The value if it is known and all its elements are constants.
  std::optional<mlir::SmallVector<int64_t>> constantOf(mlir::Value value) const;

  /// What the elements of an integer tensor of any size count, as far as that
  /// is known.
  std::optional<Counting> countingOf(mlir::Value value) const;

  /// The size of each axis; none if the rank is not known or `value` is no
  /// tensor.
  std::optional<mlir::ArrayRef<SymExpr>> shapeOf(mlir::Value value) const;

  /// True if `value` is a function of constants and shapes only, and of at
  /// least one shape: no data of the model's inputs and weights flows into it.
  /// Growth of the axes that it derives from changes it.
  bool isDerivedFromShape(mlir::Value value) const {
    return !derivedFromShape(value).empty();
  }

  /// The axes that `value`, as a whole, was computed from; empty unless it is a
  /// function of constants and shapes only. Floating-point values are covered
  /// (1/sqrt(Shape(q)[-1])), and so are tensors of any size.
  mlir::ArrayRef<ShapeSource> derivedFromShape(mlir::Value value) const;

  /// The axes that one element (row-major) was computed from: those of the
  /// whole tensor where elements are not told apart.
  mlir::ArrayRef<ShapeSource> derivedFromShape(mlir::Value value,
                                               size_t element) const;

private:
  friend class ShapeEvaluator;

  /// A set of axes, as an index into `sourceSets`; 0 is the empty one.
  using SourceSet = unsigned;

  struct Element {
    SymExpr value;
    SourceSet sources = 0;
  };

  struct Info {
    std::optional<SymShape> shape;
    /// Both row-major, and of one length.
    std::optional<SymShape> elements;
    mlir::SmallVector<SourceSet, 4> elementSources;
    std::optional<Counting> counting;
    /// The axes that the value as a whole was computed from.
    SourceSet sources = 0;
    /// Whether nothing but constants and shapes flows into the value.
    bool isShapeComputation = false;
  };

  const Info *lookup(mlir::Value value) const;

  llvm::DenseMap<mlir::Value, Info> infos;
  std::vector<std::vector<ShapeSource>> sourceSets;
};

/// True if the op that owns `use` reads its operand as sizes or bounds along
/// axes of a tensor (the shape of Reshape, the bounds of Slice), which are
/// written anew when those axes grow; false if it reads it as data.
bool isReadAsSize(mlir::OpOperand &use);

/// What shape rules see of an op whose surroundings are known.
class SymbolicShapeInference : public ShapeInference {
public:
  /// Errors are reported at the op, unless it is `isSilent`.
  SymbolicShapeInference(const ShapeValues &values, mlir::Operation *op,
                         bool isSilent);

  std::optional<SymShape> getShape(mlir::Value operand) override;
  std::optional<SymShape> getElements(mlir::Value operand) override;

private:
  const ShapeValues &values;
};

/// Reports if `op` provably cannot run, or a result's type is not what its
/// shape rule derives from all that is known: more than verifiers see, which
/// know types only. Ops without a shape rule are fine.
mlir::LogicalResult verifyShape(mlir::Operation *op, const ShapeValues &values);

/// The same for all ops below `root`.
mlir::LogicalResult verifyShapes(mlir::Operation *root,
                                 const ShapeValues &values);

} // namespace gac

#endif // GAC_ANALYSIS_SHAPEVALUES_H
