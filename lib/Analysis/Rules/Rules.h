//===- Rules.h - What the dimension rules share -----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_ANALYSIS_RULES_RULES_H
#define GAC_LIB_ANALYSIS_RULES_RULES_H

#include "gac/Analysis/DimensionOpInterface.h"
#include "gac/Dialect/GAC/IR/FusedActivation.h"
#include "gac/Dialect/GAC/IR/GACOps.h"

namespace gac {

//===----------------------------------------------------------------------===//
// Registration, one function per family
//===----------------------------------------------------------------------===//

void registerAttentionModels(mlir::MLIRContext &context);
void registerContractionModels(mlir::MLIRContext &context);
void registerContribAttentionModels(mlir::MLIRContext &context);
void registerContribModels(mlir::MLIRContext &context);
void registerConvolutionModels(mlir::MLIRContext &context);
void registerElementwiseModels(mlir::MLIRContext &context);
void registerGeneratorModels(mlir::MLIRContext &context);
void registerGroupNormalizationModels(mlir::MLIRContext &context);
void registerGroupQueryAttentionModels(mlir::MLIRContext &context);
void registerIndexingModels(mlir::MLIRContext &context);
void registerLayoutModels(mlir::MLIRContext &context);
void registerNormalizationModels(mlir::MLIRContext &context);
void registerQuantizationModels(mlir::MLIRContext &context);
void registerQuantizedProductModels(mlir::MLIRContext &context);
void registerRecurrentModels(mlir::MLIRContext &context);
void registerReductionModels(mlir::MLIRContext &context);
void registerScatterModels(mlir::MLIRContext &context);
void registerSegmentModels(mlir::MLIRContext &context);
void registerSequenceModels(mlir::MLIRContext &context);
void registerSpatialModels(mlir::MLIRContext &context);

//===----------------------------------------------------------------------===//
// Axes
//===----------------------------------------------------------------------===//

/// `axis` counted from the front; nothing if it is none of `rank` axes.
std::optional<unsigned> getAxisIndex(int64_t axis, unsigned rank);

/// Axes that opsets give by attribute or by operand, counted from the front, in
/// the order of the file; nothing if they are not known or out of range.
std::optional<llvm::SmallVector<unsigned>>
getAxesIndices(std::optional<llvm::ArrayRef<int64_t>> attribute,
               mlir::Value operand, unsigned rank, const ShapeValues &shapes);

/// Unifies two axes that broadcast against each other; returns the result's.
Term broadcast(DimensionRelations &r, Term a, Term b);

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

/// Zero stays zero, all else is finite.
inline Lane keepZero(Lane lane) {
  return lane.isZero() || !lane.isFinite() ? lane : Lane::finite();
}

/// What a fused activation makes of a lane.
Lane activateLane(const FusedActivation &activation, Lane lane);

/// The padding on `axis` of `result` is that on `fromAxis` of `from`.
void passLanes(LaneTransfer &t, mlir::Value from, unsigned fromAxis,
               mlir::Value result, unsigned axis);

/// Whether the padding of `atom` on `axis` of `value` holds copies of ordinary
/// values: those that an Expand makes.
bool isCopied(LaneTransfer &t, mlir::Value value, unsigned axis, AtomId atom);

/// Whether `a` has fewer elements than `b`, as far as the rank and the sizes
/// that are numbers tell.
bool isSmaller(LaneTransfer &t, mlir::Value a, mlir::Value b);

/// Refuses what makes a sum of products over two axes differ: padding must be
/// zero on one side and finite on the other.
void contractLanes(LaneTransfer &t, mlir::Value a, unsigned axisOfA,
                   mlir::Value b, unsigned axisOfB);

/// Refuses the atoms of an axis whose padding is not zero.
void needZeroLanes(LaneTransfer &t, mlir::Value value, unsigned axis,
                   llvm::StringRef why);

/// Whether growth of `atom` alone puts its lanes at the end of `term`.
bool growsAtEnd(DimensionSpace &space, Term term, AtomId atom);

/// Whether rows of zeros, as padding is, have no norm: 0 / sqrt(0) is no
/// number. The epsilon is added in the type `stashType`.
bool hasNoEpsilon(llvm::APFloat epsilon, int64_t stashType,
                  mlir::MLIRContext *context);

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

/// Relates the axes of a product with numpy's rules; says nothing of the result
/// of scalars.
void relateMatMul(DimensionRelations &r, mlir::Value a, mlir::Value b,
                  mlir::Value y);
/// The same of operands of which only the axes matter, in MatMul's order.
void relateMatMul(DimensionRelations &r, llvm::SmallVector<Term> a,
                  llvm::SmallVector<Term> b, mlir::Value y);

/// The uses of such a product of operands `a` and `b`.
void collectMatMulUses(UseCollector &uses, mlir::Operation *op, unsigned a,
                       unsigned b);

//===----------------------------------------------------------------------===//
// Growth
//===----------------------------------------------------------------------===//

/// Entries of an operand that lists sizes: a number, or what the operand held.
using SizeEntries = llvm::SmallVector<std::optional<int64_t>>;

/// What the elements of an operand that lists sizes will be once the axes that
/// they were computed from have grown; nothing where that is not known.
llvm::SmallVector<std::optional<SymExpr>> getGrownElements(DimensionGrower &g,
                                                           mlir::Value sizes);

/// A list of sizes with the given entries, to take the place of `old`.
mlir::Value rewriteSizes(DimensionGrower &g, mlir::Value old,
                         llvm::ArrayRef<std::optional<int64_t>> entries);

} // namespace gac

#endif // GAC_LIB_ANALYSIS_RULES_RULES_H
