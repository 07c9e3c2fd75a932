//===- Recovery.h - What patterns of gac-recover share -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Patterns of one family run in one walk over the function. What they replace
// stays in place, without live users, until the walk is over: analyses that
// were computed before it stay valid, as no operation of theirs goes away.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_GAC_TRANSFORMS_RECOVERY_H
#define GAC_LIB_DIALECT_GAC_TRANSFORMS_RECOVERY_H

#include "IndexFunctions.h"
#include "gac/Analysis/ShapeValues.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/DenseSet.h"

#include <optional>
#include <utility>

namespace gac {

/// From this opset to the newest, releases of operators have but added types
/// and attributes to those that are named ops here: where one needs it, the
/// opset is raised. Below, what was recovered is written out again at export.
inline constexpr int64_t kStableOpset = 20;

/// The state of one walk of patterns over one function.
class Recovery {
public:
  explicit Recovery(mlir::func::FuncOp function);

  //===--------------------------------------------------------------------===//
  // What is known of values
  //===--------------------------------------------------------------------===//

  /// The shape of a value, or of what a new value replaces.
  std::optional<SymShape> getShape(mlir::Value value) const;

  /// True if both ranks are known and all sizes are provably equal.
  bool haveEqualShapes(mlir::Value a, mlir::Value b) const;

  /// True if `value` broadcasts to `shape` without making it any larger.
  bool broadcastsTo(mlir::Value value, llvm::ArrayRef<SymExpr> shape) const;

  /// The numbers that are an attribute in some opsets and an operand in others.
  std::optional<llvm::SmallVector<int64_t>>
  getNumbers(std::optional<llvm::ArrayRef<int64_t>> attribute,
             mlir::Value operand) const;

  /// The number of a constant of one floating-point element, or of one that is
  /// computed from constants and shapes, such as 1 / sqrt(width).
  std::optional<double> getScalar(mlir::Value value, unsigned depth = 0) const;

  IndexFunctions &getIndexFunctions() { return indices; }

  //===--------------------------------------------------------------------===//
  // Use and replacement
  //===--------------------------------------------------------------------===//

  /// True if no live operation reads what `op` computes but `count` operands.
  bool hasLiveUses(mlir::Operation *op, unsigned count = 1) const;

  /// True if nothing that reads `op` reaches a result of the function.
  bool isDead(mlir::Operation *op) const {
    return unused.contains(op) || replaced.contains(op);
  }
  /// True if patterns, not the model, took the last reader of `op` away.
  bool isReplaced(mlir::Operation *op) const { return replaced.contains(op); }

  /// Makes the result of `op` stand for `value`, one of the results of another
  /// operation: all users, the name, the symbolic sizes and the shape go over.
  /// `op` gets the location of the value's operation, if it is the first.
  void replace(mlir::PatternRewriter &rewriter, mlir::Value value,
               mlir::Operation *op);

  /// Says that operands of `op` were taken away from it: what computed `old`
  /// alone is not needed any more.
  void release(mlir::Value old);

  /// Erases what patterns have replaced.
  void eraseReplaced();

private:
  void markReplaced(mlir::Operation *op);

  mlir::func::FuncOp function;
  ShapeValues shapes;
  IndexFunctions indices;
  /// New values by what they replace.
  llvm::DenseMap<mlir::Value, mlir::Value> origins;
  /// What reached no result before the walk, and what does not since.
  llvm::DenseSet<mlir::Operation *> unused;
  llvm::DenseSet<mlir::Operation *> replaced;
};

/// A pattern that asks a Recovery.
template <typename OpTy>
class RecoveryPattern : public mlir::OpRewritePattern<OpTy> {
public:
  RecoveryPattern(mlir::MLIRContext *context, Recovery &recovery)
      : mlir::OpRewritePattern<OpTy>(context), recovery(recovery) {}

protected:
  Recovery &recovery;
};

/// Where an operation comes from that is there for `op` beside the one that
/// takes its place: export gives it no name.
mlir::Location getPartLocation(mlir::Operation *op);

/// The number in a constant of one floating-point element.
std::optional<double> getFloatConstant(mlir::Value value);

/// The element type of a tensor, else null.
mlir::Type getElementTypeOf(mlir::Value value);

/// True if `number` is minus infinity or lower than half of the lowest number
/// of a floating-point type: what scores are masked with. No score comes near
/// it, and the exponential of what is left beside another score is zero.
bool isMaskingNumber(std::optional<double> number, mlir::Type element);

/// The operands of a commutative op in both orders.
template <typename OpTy>
llvm::SmallVector<std::pair<mlir::Value, mlir::Value>, 2> bothOrders(OpTy op) {
  return {{op.getLhs(), op.getRhs()}, {op.getRhs(), op.getLhs()}};
}

/// If `value` is a product with a scalar constant: the other factor and it.
std::optional<std::pair<mlir::Value, double>> matchScaled(mlir::Value value);

//===----------------------------------------------------------------------===//
// The families. A walk applies one pattern to an op: what builds on another
// pattern is a family of its own.
//===----------------------------------------------------------------------===//

void populateRecoverContrib(mlir::RewritePatternSet &patterns,
                            Recovery &recovery);
void populateRecoverContribAttention(mlir::RewritePatternSet &patterns,
                                     Recovery &recovery);
void populateRecoverLayerNormalization(mlir::RewritePatternSet &patterns,
                                       Recovery &recovery);
void populateRecoverNormalization(mlir::RewritePatternSet &patterns,
                                  Recovery &recovery);
void populateRecoverRotary(mlir::RewritePatternSet &patterns,
                           Recovery &recovery);
void populateRecoverPartialRotary(mlir::RewritePatternSet &patterns,
                                  Recovery &recovery);
void populateMergeRotaryTransposes(mlir::RewritePatternSet &patterns,
                                   Recovery &recovery);
void populateRecoverGelu(mlir::RewritePatternSet &patterns, Recovery &recovery);
void populateRecoverSwish(mlir::RewritePatternSet &patterns,
                          Recovery &recovery);
void populateRecoverAttention(mlir::RewritePatternSet &patterns,
                              Recovery &recovery);
void populateStateDefaults(mlir::RewritePatternSet &patterns,
                           Recovery &recovery);
void populateFoldAttentionHeads(mlir::RewritePatternSet &patterns,
                                Recovery &recovery);
void populateFoldAttentionMask(mlir::RewritePatternSet &patterns,
                               Recovery &recovery);

} // namespace gac

#endif // GAC_LIB_DIALECT_GAC_TRANSFORMS_RECOVERY_H
