//===- Decomposition.h - What patterns of gac-decompose share ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_GAC_TRANSFORMS_DECOMPOSITION_H
#define GAC_LIB_DIALECT_GAC_TRANSFORMS_DECOMPOSITION_H

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/Transforms/Decompose.h"
#include "mlir/IR/PatternMatch.h"

namespace gac {

/// What is to be taken apart, and why some of it was not.
struct DecompositionScope {
  DecompositionReasons &reasons;
  /// Whether only operators that the opset does not have yet are meant.
  bool laterOpsOnly = false;

  bool contains(mlir::Operation *op) const {
    return !laterOpsOnly || isLaterOp(op);
  }
  /// Whether the function's opset does not have the operator, nor ONNX Runtime
  /// in that opset.
  static bool isLaterOp(mlir::Operation *op);
};

/// A pattern that says why it does not apply.
template <typename OpTy>
class DecompositionPattern : public mlir::OpRewritePattern<OpTy> {
public:
  DecompositionPattern(mlir::MLIRContext *context,
                       const DecompositionScope &scope)
      : mlir::OpRewritePattern<OpTy>(context), scope(scope) {}

  mlir::LogicalResult
  matchAndRewrite(OpTy op, mlir::PatternRewriter &rewriter) const final {
    return scope.contains(op) ? takeApart(op, rewriter) : mlir::failure();
  }

protected:
  /// Whether the ops are to stay as few as the opset allows.
  bool isForExport() const { return scope.laterOpsOnly; }

  virtual mlir::LogicalResult
  takeApart(OpTy op, mlir::PatternRewriter &rewriter) const = 0;

  mlir::LogicalResult fail(OpTy op, const llvm::Twine &reason) const {
    scope.reasons[op] = reason.str();
    return mlir::failure();
  }

private:
  const DecompositionScope &scope;
};

/// Builds the ops that one op is taken apart into, in the forms of the
/// function's opset. What they give has its element type and no shape yet, and
/// no name: their location is the op's, as that of nodes without one.
class Primitives {
public:
  Primitives(mlir::PatternRewriter &rewriter, mlir::Operation *op);

  int64_t getOpset() const { return opset; }

  /// The element type of a tensor, or null.
  static mlir::Type getElement(mlir::Value value);

  // Constants: a list of integers, and scalars.
  mlir::Value integers(llvm::ArrayRef<int64_t> numbers);
  mlir::Value integer(int64_t number);
  mlir::Value number(mlir::Type element, double number);
  /// Ones where lanes hold data, zeros where growth has added others.
  mlir::Value mask(mlir::Type element, LanesAttr lanes);

  mlir::Value add(mlir::Value x, mlir::Value y) { return binary<AddOp>(x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return binary<SubOp>(x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return binary<MulOp>(x, y); }
  mlir::Value div(mlir::Value x, mlir::Value y) { return binary<DivOp>(x, y); }
  mlir::Value matmul(mlir::Value x, mlir::Value y) {
    return binary<MatMulOp>(x, y);
  }
  template <typename OpTy> mlir::Value unary(mlir::Value x) {
    return OpTy::create(rewriter, loc, unknown(getElement(x)), x);
  }
  template <typename OpTy> mlir::Value binary(mlir::Value x, mlir::Value y) {
    return OpTy::create(rewriter, loc, unknown(getElement(x)), x, y);
  }
  template <typename OpTy, typename... Values>
  mlir::Value compare(Values... operands) {
    return OpTy::create(rewriter, loc, unknown(rewriter.getI1Type()),
                        operands...);
  }
  mlir::Value where(mlir::Value condition, mlir::Value x, mlir::Value y);
  /// `x` with other elements, of a floating-point type.
  mlir::Value cast(mlir::Value x, mlir::Type element);

  /// Reduces `axes`, which stay with size 1.
  mlir::Value sum(mlir::Value x, llvm::ArrayRef<int64_t> axes) {
    return reduce<ReduceSumOp>(x, axes, 13);
  }
  mlir::Value mean(mlir::Value x, llvm::ArrayRef<int64_t> axes) {
    return reduce<ReduceMeanOp>(x, axes, 18);
  }
  mlir::Value max(mlir::Value x, llvm::ArrayRef<int64_t> axes) {
    return reduce<ReduceMaxOp>(x, axes, 18);
  }

  mlir::Value transpose(mlir::Value x, llvm::ArrayRef<int64_t> perm);
  /// A size of 0 is copied, one of -1 inferred.
  mlir::Value reshape(mlir::Value x, llvm::ArrayRef<int64_t> shape);
  mlir::Value unsqueeze(mlir::Value x, llvm::ArrayRef<int64_t> axes);
  /// `shape` is a list of sizes.
  mlir::Value expand(mlir::Value x, mlir::Value shape);
  mlir::Value concat(mlir::ValueRange xs, int64_t axis);
  /// The elements of `axis` from `start` to `end`, one of each `step`.
  mlir::Value slice(mlir::Value x, int64_t axis, int64_t start, int64_t end,
                    int64_t step = 1);
  mlir::Value gather(mlir::Value x, mlir::Value indices);
  /// Normalises one axis: before opset 13 the last one.
  mlir::Value softmax(mlir::Value x, int64_t axis);
  /// What is on the diagonal `diagonal` (a scalar) and above, else zero.
  mlir::Value upperTriangle(mlir::Value x, mlir::Value diagonal);
  /// The size of one axis: of rank 1, and as a scalar.
  mlir::Value size(mlir::Value x, int64_t axis);
  mlir::Value scalarSize(mlir::Value x, int64_t axis);
  /// 0, 1, ... below `limit`, a scalar.
  mlir::Value range(mlir::Value limit);

  /// Makes `values`, new ops' results, those of the op, under their names.
  void replace(mlir::ValueRange values);

private:
  template <typename OpTy>
  mlir::Value reduce(mlir::Value x, llvm::ArrayRef<int64_t> axes,
                     int64_t operandSince) {
    // Axes became an operand in opset `operandSince`.
    bool isOperand = opset >= operandSince;
    return OpTy::create(rewriter, loc, unknown(getElement(x)), x,
                        isOperand ? integers(axes) : mlir::Value(),
                        isOperand ? mlir::DenseI64ArrayAttr()
                                  : rewriter.getDenseI64ArrayAttr(axes),
                        /*keepdims=*/mlir::IntegerAttr(),
                        /*noop_with_empty_axes=*/mlir::IntegerAttr());
  }
  mlir::Value constant(mlir::RankedTensorType type, mlir::Attribute element);
  static mlir::Type unknown(mlir::Type element) {
    return mlir::UnrankedTensorType::get(element);
  }

  mlir::PatternRewriter &rewriter;
  mlir::Operation *op;
  mlir::Location loc;
  int64_t opset;
};

void populateDecomposeActivation(mlir::RewritePatternSet &patterns,
                                 const DecompositionScope &scope);
void populateDecomposeAttention(mlir::RewritePatternSet &patterns,
                                const DecompositionScope &scope);
void populateDecomposeNormalization(mlir::RewritePatternSet &patterns,
                                    const DecompositionScope &scope);

} // namespace gac

#endif // GAC_LIB_DIALECT_GAC_TRANSFORMS_DECOMPOSITION_H
