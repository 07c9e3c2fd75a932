//===- ShapeEvaluator.h - Computes ShapeValues ------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_ANALYSIS_SHAPEEVALUATOR_H
#define GAC_LIB_ANALYSIS_SHAPEEVALUATOR_H

#include "gac/Analysis/ShapeValues.h"
#include "gac/Dialect/GAC/IR/GACOps.h"

#include <map>
#include <string>

namespace gac {

/// Fills a ShapeValues in one walk in which operands come before their users.
class ShapeEvaluator {
public:
  explicit ShapeEvaluator(ShapeValues &values);

  void evaluate(mlir::Operation *root);

private:
  using Element = ShapeValues::Element;
  using Elements = llvm::SmallVector<Element, 4>;
  using Info = ShapeValues::Info;
  using SourceSet = ShapeValues::SourceSet;

  //===--------------------------------------------------------------------===//
  // Shapes and provenance (ShapeValues.cpp)
  //===--------------------------------------------------------------------===//

  void evaluateBlockArguments(mlir::Operation *op);
  void evaluateOp(mlir::Operation *op);

  /// The shape of `value`, of which its op's rule says `inferred`, and the file
  /// `names` per axis.
  std::optional<SymShape> mergeShape(mlir::Value value,
                                     std::optional<SymShape> inferred,
                                     mlir::ArrayAttr names);
  void setElements(mlir::Value value, const Elements &elements);
  void setProvenance(mlir::Operation *op);

  SymExpr createUnknownSize();
  SourceSet getSources(std::vector<ShapeSource> sources);
  SourceSet unite(SourceSet a, SourceSet b);

  //===--------------------------------------------------------------------===//
  // Values (ShapeEvaluator.cpp)
  //===--------------------------------------------------------------------===//

  /// The elements of each result, none where they do not follow.
  using ResultElements = llvm::SmallVector<std::optional<Elements>, 1>;
  ResultElements evaluateElements(mlir::Operation *op);

  /// The sizes of a small integer tensor of known shape.
  std::optional<llvm::SmallVector<int64_t>> getSizes(mlir::Value value) const;
  /// The elements of an operand, if it has any.
  std::optional<Elements> getElements(mlir::Value value) const;

  std::optional<Elements> evaluateConstant(mlir::Attribute value);
  std::optional<Elements> evaluateShape(ShapeOp op);
  std::optional<Elements> evaluateSize(SizeOp op);
  std::optional<Elements> evaluateRange(RangeOp op);
  std::optional<Elements> evaluateConstantOfShape(ConstantOfShapeOp op);
  std::optional<Elements> evaluateCast(CastOp op);

  using Function = llvm::function_ref<SymExpr(llvm::ArrayRef<SymExpr>)>;
  /// `function` on the broadcast elements of all operands.
  std::optional<Elements> evaluateElementwise(mlir::Operation *op,
                                              Function function);
  std::optional<Elements> evaluateWhere(WhereOp op);
  template <typename OpTy>
  std::optional<Elements>
  evaluateReduction(OpTy op,
                    SymExpr (*combine)(const SymExpr &, const SymExpr &));

  //===--------------------------------------------------------------------===//
  // Selections (ShapeSelections.cpp)
  //===--------------------------------------------------------------------===//

  std::optional<Elements> evaluateGather(GatherOp op);
  std::optional<Elements> evaluateSlice(SliceOp op);
  std::optional<Elements> evaluateConcat(ConcatOp op);
  ResultElements evaluateSplit(SplitOp op);
  std::optional<Elements> evaluateTranspose(TransposeOp op);
  std::optional<Elements> evaluateTile(TileOp op);
  std::optional<Elements> evaluateExpand(ExpandOp op);

  /// The row-major place in a source of `sizes` of the element at `index` of a
  /// result.
  using PlaceOf = llvm::function_ref<int64_t(llvm::ArrayRef<int64_t> index,
                                             llvm::ArrayRef<int64_t> sizes)>;
  /// The elements of `result`, each of which is one of `source`.
  std::optional<Elements> pickElements(mlir::Value source, mlir::Value result,
                                       PlaceOf placeOf);

  //===--------------------------------------------------------------------===//
  // Lists and grids that count (ShapeCounting.cpp)
  //===--------------------------------------------------------------------===//

  /// Notes what the result of `op` counts.
  void evaluateCounting(mlir::Operation *op);
  std::optional<Counting> computeCounting(mlir::Operation *op);
  /// What `value` counts on the axes of `result`, to which it is broadcast.
  std::optional<Counting> broadcastCounting(mlir::Value value,
                                            mlir::Value result) const;
  /// What `value` counts where `result` has the same elements in the same
  /// order.
  std::optional<Counting> regroupCounting(mlir::Value value,
                                          mlir::Value result) const;

  //===--------------------------------------------------------------------===//
  // Real numbers (ShapeReals.cpp)
  //===--------------------------------------------------------------------===//

  /// What one floating-point number is: `number`, or else exactly `numerator`
  /// over the positive `divisor`.
  struct Real {
    std::optional<double> number;
    SymExpr numerator;
    int64_t divisor = 1;
  };

  /// Notes what the result of `op` is, if it is one known real number.
  void evaluateReal(mlir::Operation *op);
  std::optional<Real> computeReal(mlir::Operation *op);
  std::optional<Real> getReal(mlir::Value value) const;
  /// The integer that a real number is cast to.
  std::optional<Elements> truncateReal(CastOp op);

  ShapeValues &values;
  llvm::DenseMap<mlir::Value, Real> reals;
  std::map<std::vector<std::pair<void *, int64_t>>, SourceSet> interned;
  unsigned numUnknowns = 0;
};

} // namespace gac

#endif // GAC_LIB_ANALYSIS_SHAPEEVALUATOR_H
