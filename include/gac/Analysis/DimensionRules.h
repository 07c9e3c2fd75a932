//===- DimensionRules.h - What dimension rules see --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The views of the analysis that the methods of DimensionOpInterface are given:
// each speaks in the name of one operation.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_ANALYSIS_DIMENSIONRULES_H
#define GAC_ANALYSIS_DIMENSIONRULES_H

#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringSet.h"

namespace gac {

/// What relateDimensions sees. All operands that it is asked about have a known
/// rank, or are null where they are absent.
class DimensionRelations {
public:
  DimensionRelations(DimensionAnalysis &analysis, mlir::Operation *op)
      : analysis(analysis), op(op) {}

  DimensionSpace &getSpace() { return *analysis.space; }

  /// The terms of an operand, or of a result that has been given them.
  llvm::SmallVector<Term> getAxes(mlir::Value value);
  void setAxes(mlir::Value result, llvm::ArrayRef<Term> axes);
  /// New axes, of which nothing is known but their sizes; nothing if even the
  /// rank is unknown.
  std::optional<llvm::SmallVector<Term>> createAxes(mlir::Value result);
  Term createDim(const SymExpr &size) { return getSpace().createDim(size); }

  void unify(Term a, Term b) { getSpace().unify(a, b, op); }
  void fix(Term term, const llvm::Twine &why) {
    getSpace().fix(term, {op, why.str()});
  }
  /// Fixes what the operation reads and could not take padding of. Where that
  /// alone keeps a dimension from growing, the operand is cut in front of it.
  void fixRead(Term term, const llvm::Twine &why) {
    getSpace().fix(term, {op, why.str(), Remedy::Cut});
  }
  void fixReads(llvm::ArrayRef<Term> axes, const llvm::Twine &why) {
    for (Term axis : axes)
      fixRead(axis, why);
  }
  /// Fixes what the operation makes as many lanes of as there are. Where that
  /// keeps a dimension from growing, a Pad behind it adds others.
  void fixMade(Term term, const llvm::Twine &why) {
    getSpace().fix(term, {op, why.str(), Remedy::Pad});
  }
  void fixMade(llvm::ArrayRef<Term> axes, const llvm::Twine &why) {
    for (Term axis : axes)
      fixMade(axis, why);
  }
  /// Fixes axes that the operation passes on as they are and could not take
  /// padding of: what it makes is no longer than that either.
  void passFixed(llvm::MutableArrayRef<Term> axes, const llvm::Twine &why);
  /// The operation can take padding of an axis of `operand`, at a price. Where
  /// others behind it cannot, and no cut in front of them helps, the axis may
  /// be cut here as well, because of `why`.
  void offerCut(mlir::Value operand, unsigned axis, const llvm::Twine &why) {
    analysis.offeredCuts[{operand, op}].push_back(
        {axis, why.str(), /*isFixed=*/false, /*isOffered=*/true});
  }
  void fixAxes(mlir::Value value, const llvm::Twine &why);
  void fixAxes(llvm::ArrayRef<Term> axes, const llvm::Twine &why) {
    for (Term axis : axes)
      fix(axis, why);
  }

  /// Asks that the new lanes of `value` hold `number`, where it is a weight or
  /// made of one by moving elements. The first to ask has it: lanes tell.
  void fillLanes(mlir::Value value, double number) {
    fillLanes(value, op, number);
  }
  /// The same for what `user` reads of it.
  void fillLanes(mlir::Value value, mlir::Operation *user, double number) {
    analysis.fillLanes(value, user, number);
  }
  /// Asks that new lanes of the weight `value`, as the operation reads it, hold
  /// what the list `numbers` of known numbers does along axis `axis`.
  void fillLanesAlong(mlir::Value value, unsigned axis, mlir::Value numbers);
  /// Says that axis `axis` of the weight `value` has an entry per `lanes` lanes
  /// of `term`.
  void setBlocks(mlir::Value value, unsigned axis, Term term, int64_t lanes);

  const ShapeValues &getShapeValues() { return *analysis.shapes; }

private:
  friend class DimensionAnalysis;
  DimensionAnalysis &analysis;
  mlir::Operation *op;
  llvm::SmallPtrSet<mlir::Value, 4> touched;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<Term>> results;
};

/// The lowest finite number of a type.
double getLowest(mlir::FloatType type);

/// What transferLanes sees. Atoms that are fixed by now are of no interest and
/// not shown.
class LaneTransfer {
public:
  LaneTransfer(DimensionAnalysis &analysis, mlir::Operation *op)
      : analysis(analysis), op(op) {}

  const ShapeValues &getShapeValues() { return *analysis.shapes; }

  DimensionSpace &getSpace() { return *analysis.space; }
  unsigned getRank(mlir::Value value);
  Term getAxis(mlir::Value value, unsigned axis);
  std::optional<int64_t> getConstantSize(mlir::Value value, unsigned axis) {
    return analysis.space->getConstantSize(getAxis(value, axis));
  }
  /// The atoms on an axis that may grow.
  llvm::SmallVector<AtomId> getAtoms(mlir::Value value, unsigned axis);
  llvm::SmallVector<AtomId> getAtoms(Term term);

  /// What `value` holds where `atom` is padded on `axis`; where the atom does
  /// not stand on that axis, what it holds ordinarily.
  Lane get(mlir::Value value, unsigned axis, AtomId atom);
  /// Whether `atom` stands on that axis.
  bool isOn(mlir::Value value, unsigned axis, AtomId atom);
  /// The constant that a value consists of, else finite: the analysis assumes
  /// that where padding meets real lanes, these are finite.
  Lane getOrdinary(mlir::Value value);

  /// Has the operation read zeros where `atom` is padded: growth masks the
  /// operand if it does not hold them already. Where a mask cannot help, `atom`
  /// may not grow, because of `why`.
  void needZero(mlir::Value operand, unsigned axis, AtomId atom,
                const llvm::Twine &why);
  /// Has the operation read what its exponential is zero of where `atom` is
  /// padded: the lowest number of the type, or minus infinity by a mask.
  void needLowest(mlir::Value operand, unsigned axis, AtomId atom,
                  const llvm::Twine &why);

  void set(mlir::Value result, unsigned axis, AtomId atom, Lane lane);
  /// The same for all atoms on an axis.
  void setAll(mlir::Value result, unsigned axis, Lane lane);
  /// Forbids `atom` to grow, because of what its padding would do here.
  void refuse(AtomId atom, const llvm::Twine &why);

private:
  /// Masks an axis of `operand`, if it can be.
  void mask(mlir::Value operand, unsigned axis, AtomId atom, double number,
            const llvm::Twine &why);

  DimensionAnalysis &analysis;
  mlir::Operation *op;
};

/// What collectUses sees.
class UseCollector {
public:
  UseCollector(DimensionAnalysis &analysis, mlir::Operation *op)
      : analysis(analysis), op(op) {}

  std::optional<llvm::ArrayRef<Term>> getAxes(mlir::Value value) {
    return analysis.getAxes(value, op);
  }
  DimensionSpace &getSpace() { return *analysis.space; }
  const ShapeValues &getShapeValues() { return *analysis.shapes; }

  /// Axis `axis` of operand `operand` is used in `role`; `term` if the role is
  /// played by a part of the axis only.
  void add(unsigned operand, unsigned axis, Role role, Term term = Term());

  /// Where `term` grows, export writes `nodes` nodes in place of the operation,
  /// which read and write as many elements as its first result has `passes`
  /// times more often than it.
  void addRewrite(Term term, unsigned nodes, unsigned passes);

private:
  DimensionAnalysis &analysis;
  mlir::Operation *op;
};

/// Names for what a pass adds to a function.
class NewNames {
public:
  explicit NewNames(mlir::func::FuncOp function);

  /// A name that nothing in the model has, like the one wanted.
  std::string getUnique(const llvm::Twine &wanted);
  /// Names the results of `made`, which is there because of `op`, and it.
  void nameResults(mlir::Operation *made, mlir::Operation *op);

private:
  /// The ONNX names of all values and of all nodes, those within graphs too.
  llvm::StringSet<> names, nodes;
};

/// A new initializer, of one number of the element type of `like`.
mlir::Value createScalar(mlir::OpBuilder &builder, mlir::Location location,
                         double number, mlir::Value like, llvm::StringRef name);

/// A new initializer of 64-bit integers, of rank 1 or the shape given.
mlir::Value createIntegers(mlir::OpBuilder &builder, mlir::Location location,
                           llvm::ArrayRef<int64_t> values, llvm::StringRef name,
                           llvm::ArrayRef<int64_t> shape = {});

/// As many floats as `lanes` has lanes: `old` on the lanes that are old,
/// `padding` on the others.
mlir::DenseElementsAttr createMask(LanesAttr lanes, mlir::RankedTensorType type,
                                   double old = 1.0, double padding = 0.0);

/// What the growth of one function shares among its operations.
struct GrowthState {
  explicit GrowthState(mlir::func::FuncOp function) : names(function) {}

  NewNames names;
  /// Values made by growth, with those of the original model whose place they
  /// have taken.
  llvm::DenseMap<mlir::Value, mlir::Value> originals;
  /// Values to be replaced, by those that take over their names, once
  /// everything has grown: until then terms are known by value.
  llvm::SmallVector<std::pair<mlir::Value, mlir::Value>> replacements;
};

/// What growDimensions sees. Values have their new types already; terms still
/// tell old sizes from new ones. New operations go in front of the one that
/// grows.
class DimensionGrower {
public:
  DimensionGrower(const DimensionAnalysis &analysis, const Growth &growth,
                  GrowthState &state, mlir::Operation *op)
      : analysis(analysis), growth(growth), state(state), op(op), builder(op) {}

  DimensionSpace &getSpace() { return *analysis.space; }
  mlir::OpBuilder &getBuilder() { return builder; }

  llvm::SmallVector<Term> getAxes(mlir::Value value);
  bool grows(Term term) { return getSpace().grows(term, growth); }
  /// Whether any axis of `value`, as this operation reads it, grows.
  bool grows(mlir::Value value);
  SymExpr getOldSize(Term term) { return getSpace().getSize(term); }
  SymExpr getNewSize(Term term) { return getSpace().getNewSize(term, growth); }
  /// Where the lanes of `term` go.
  llvm::SmallVector<LaneRun> getPositions(Term term) {
    return getSpace().getPositions(term, growth);
  }

  /// Shapes and small values before growth.
  const ShapeValues &getShapeValues() { return *analysis.shapes; }
  /// The axis that a number was computed from.
  bool grows(const ShapeSource &source);
  SymExpr getOldSize(const ShapeSource &source);
  SymExpr getNewSize(const ShapeSource &source);

  /// What `value` was before growth put another in its place.
  mlir::Value getOriginal(mlir::Value value) const;

  /// A new initializer of 64-bit integers, of rank 1 or the shape given.
  mlir::Value createIntegers(llvm::ArrayRef<int64_t> values,
                             const llvm::Twine &name,
                             llvm::ArrayRef<int64_t> shape = {}) {
    return gac::createIntegers(builder, op->getLoc(), values,
                               state.names.getUnique(name), shape);
  }
  /// An initializer of one number of the element type of `like`.
  mlir::Value createScalar(double number, mlir::Value like,
                           const llvm::Twine &name) {
    return gac::createScalar(builder, op->getLoc(), number, like,
                             state.names.getUnique(name));
  }
  /// A new operation at the location of the one that grows, its results named.
  template <typename OpTy, typename... Args> OpTy create(Args &&...args) {
    OpTy made =
        OpTy::create(builder, op->getLoc(), std::forward<Args>(args)...);
    state.names.nameResults(made, op);
    return made;
  }
  /// Has all readers of `value` read `other` in the end, which takes its name.
  void replaceLater(mlir::Value value, mlir::Value other) {
    state.replacements.push_back({value, other});
  }

private:
  const DimensionAnalysis &analysis;
  const Growth &growth;
  GrowthState &state;
  mlir::Operation *op;
  mlir::OpBuilder builder;
};

} // namespace gac

#endif // GAC_ANALYSIS_DIMENSIONRULES_H
