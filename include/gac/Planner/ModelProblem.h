//===- ModelProblem.h - the planner's view of a model -----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Turns what the analysis knows of a function into a PlanProblem.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_PLANNER_MODELPROBLEM_H
#define GAC_PLANNER_MODELPROBLEM_H

#include "gac/Analysis/DimensionMeaning.h"
#include "gac/Analysis/ModuleNames.h"
#include "gac/Planner/PlanProblem.h"
#include "gac/Support/DimBindings.h"

namespace gac {

/// Sizes of symbols: bound ones, and the target's reference for the others. A
/// symbol that has "batch" in its name is a batch; any other is a sequence.
class SymbolSizes {
public:
  SymbolSizes(const DimBindings &bindings, const Reference &reference)
      : bindings(bindings), reference(reference) {}

  int64_t lookup(llvm::StringRef symbol) const;
  bool isBound(llvm::StringRef symbol) const {
    return bindings.lookup(symbol).has_value();
  }
  /// A size that the file does not name counts as a sequence.
  int64_t evaluate(const SymExpr &size) const;
  /// Whether `size` is a number once the bound symbols have their sizes.
  bool isDetermined(const SymExpr &size) const {
    return bindings.evaluate(size).has_value();
  }

private:
  DimBindings bindings;
  Reference reference;
};

/// The symbols of a function's arguments, in order of appearance.
std::vector<std::string> getSymbols(mlir::func::FuncOp function);

/// The type that a model runs in if nobody says otherwise: that of most of its
/// weights if it is a 16-bit one, else bf16.
DType getDefaultDType(const DimensionAnalysis &analysis);

/// A PlanProblem, and what its parts stand for. Keeps a reference to the
/// analysis.
class ModelProblem {
public:
  ModelProblem(const DimensionAnalysis &analysis, const SymbolSizes &symbols,
               DType dtype);

  const DimensionAnalysis &analysis;
  /// How to speak of its dimensions.
  ModuleNames names;
  DimensionMeanings meanings;
  PlanProblem problem;
  /// By variable.
  std::vector<AtomId> atoms;
  /// By operation of the problem.
  std::vector<mlir::Operation *> ops;
  /// By use of the problem. Of uses of one operation that differ only in the
  /// operand the first is here.
  std::vector<const DimensionUse *> uses;
  /// By rewrite of the problem.
  std::vector<const DimensionRewrite *> rewrites;

  /// The growth of atoms by which variables get `sizes`.
  Growth getGrowth(llvm::ArrayRef<int64_t> sizes) const;

  /// The size of a term in the variables of the problem.
  SizePolynomial getSize(Term term) const;

private:
  using Uses = llvm::SmallVector<const DimensionUse *, 4>;

  void addOps(DType dtype);
  void addUse(const DimensionUse &use, unsigned op);
  PlanOp makeOp(mlir::Operation *op, const Uses &usesOfOp, DType dtype) const;
  void addRewrites(DType dtype);
  void addWeights();
  /// Product of sizes of a value's axes; nothing for a null value, or where the
  /// rank is unknown.
  std::optional<SizePolynomial> getElements(mlir::Value value,
                                            mlir::Operation *user) const;

  SymbolSizes symbols;
  llvm::DenseMap<AtomId, unsigned> variableOf;
};

} // namespace gac

#endif // GAC_PLANNER_MODELPROBLEM_H
