//===- ShapeInference.h - Shapes of results from operands -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each named op states once how its results' shapes follow from its operands,
// over symbolic sizes. Verifiers, the upstream shape inference interface and
// the analyses differ only in what they know of the operands.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_SHAPEINFERENCE_H
#define GAC_DIALECT_GAC_IR_SHAPEINFERENCE_H

#include "gac/Support/SymExpr.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Value.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <string>

namespace gac {

/// The sizes of the axes of a tensor of known rank.
using SymShape = llvm::SmallVector<SymExpr, 4>;

/// The size to which `a` and `b` broadcast, if they do; none if it is not known
/// which of the two it is.
std::optional<SymExpr> getBroadcastSize(const SymExpr &a, const SymExpr &b);

/// What is known of a result. Both parts may be missing.
struct InferredTensor {
  std::optional<SymShape> shape;
  mlir::Type elementType;
};

/// What the shape rule of one op sees and says. It reports an error only where
/// an op provably cannot run: a size or value that is not known never is one.
class ShapeInference {
public:
  /// Errors are reported at `location`, or not at all without one. `numResults`
  /// is the number of results where the op exists already.
  ShapeInference(mlir::OperationName op, std::optional<mlir::Location> location,
                 std::optional<size_t> numResults)
      : op(op), location(location), numResults(numResults) {}
  virtual ~ShapeInference();

  /// A rank above this that only the length of a shape operand tells is taken
  /// as not known: lengths are claims of the file, and no tensor has so many
  /// axes.
  static constexpr int64_t maxRank = 64;

  /// The shape of an operand; none if it is absent (null), no tensor, or of
  /// unknown rank.
  virtual std::optional<SymShape> getShape(mlir::Value operand) = 0;

  /// The elements of an integer operand, row-major; none if it is absent or
  /// not known. Single elements may be unknowns.
  virtual std::optional<SymShape> getElements(mlir::Value operand) = 0;

  /// The elements of an integer operand if all are known numbers.
  std::optional<llvm::SmallVector<int64_t>> getNumbers(mlir::Value operand);

  /// The numbers that are an attribute in some opsets and an operand in others;
  /// none if both are absent or the operand is not known.
  std::optional<llvm::SmallVector<int64_t>>
  getNumbers(std::optional<llvm::ArrayRef<int64_t>> attribute,
             mlir::Value operand);
  std::optional<SymShape>
  getElements(std::optional<llvm::ArrayRef<int64_t>> attribute,
              mlir::Value operand);

  /// The element type of a tensor operand, else null.
  static mlir::Type getElementType(mlir::Value operand);

  mlir::MLIRContext *getContext() { return op.getContext(); }

  /// States a result, by its position among all results that ODS declares,
  /// present or not.
  void setResult(size_t index, std::optional<SymShape> shape,
                 mlir::Type elementType = {});
  llvm::ArrayRef<InferredTensor> getResults() const { return results; }
  std::optional<size_t> getNumResults() const { return numResults; }

  /// Reports that the constraint `label` of the op's documentation is violated.
  template <typename... Args>
  mlir::LogicalResult error(llvm::StringRef label, const Args &...args) {
    if (location) {
      std::string text;
      llvm::raw_string_ostream os(text);
      (os << ... << args);
      report(label, text);
    }
    return mlir::failure();
  }

  //===--------------------------------------------------------------------===//
  // What rules have in common
  //===--------------------------------------------------------------------===//

  /// Two sizes that no binding makes equal.
  static bool differ(const SymExpr &a, const SymExpr &b) {
    return a.isConstant() && b.isConstant() && a != b;
  }

  /// Of two expressions for one size, the one that says more.
  static SymExpr merge(const SymExpr &a, const SymExpr &b);

  /// `axis`, which may count from the end, as an index below `rank`.
  mlir::FailureOr<int64_t> getAxis(llvm::StringRef label, int64_t axis,
                                   int64_t rank);
  /// The same for a list in which no axis stands twice.
  mlir::FailureOr<llvm::SmallVector<int64_t>>
  getAxes(llvm::StringRef label, llvm::ArrayRef<int64_t> axes, int64_t rank);

  /// The shape to which both broadcast by numpy's rule.
  mlir::FailureOr<SymShape> broadcast(llvm::StringRef label,
                                      llvm::ArrayRef<SymExpr> a,
                                      llvm::ArrayRef<SymExpr> b);

  /// Fails unless `operand`, if its rank is known, has rank `rank`.
  mlir::LogicalResult checkRank(llvm::StringRef label, llvm::StringRef name,
                                mlir::Value operand, int64_t rank);

private:
  void report(llvm::StringRef label, llvm::StringRef text);

  mlir::OperationName op;
  std::optional<mlir::Location> location;
  std::optional<size_t> numResults;
  llvm::SmallVector<InferredTensor, 2> results;
};

/// A shape such as 4xseqx?.
std::string formatShape(llvm::ArrayRef<SymExpr> shape);

/// The elements of a constant's value, row-major: those of an integer or
/// boolean tensor with at most `maxElements`, else none. A number beyond
/// int64_t is an unknown.
std::optional<SymShape> getConstantElements(mlir::Attribute value,
                                            int64_t maxElements);

/// The elements of a weight or constant of floating-point numbers, row-major,
/// if it is a small one; none if it is anything else or null.
std::optional<llvm::SmallVector<double>> getConstantNumbers(mlir::Value value);

/// Checks `op` against its shape rule as its verifier does, but with a look at
/// what constants give it: a verifier may look at nothing but types. Reports if
/// the op provably cannot run. Ops without a rule are fine.
mlir::LogicalResult verifyShapeOnConstants(mlir::Operation *op);

/// Where the results that `op` has stand among those that ODS declares.
llvm::SmallVector<size_t> getResultPositions(mlir::Operation *op);

namespace detail {

/// Runs the shape rule of `op` on the types of its operands alone and compares
/// what it says with the types of the results.
mlir::LogicalResult verifyInferredShapes(mlir::Operation *op);

/// Compares the results of a rule that has run with the types of `op`.
mlir::LogicalResult verifyResults(mlir::Operation *op,
                                  ShapeInference &inference);

/// Runs `rule` for mlir::InferShapedTypeOpInterface.
mlir::LogicalResult
inferComponents(mlir::OperationName op, std::optional<mlir::Location> location,
                mlir::ValueShapeRange operands,
                llvm::function_ref<mlir::LogicalResult(ShapeInference &)> rule,
                llvm::SmallVectorImpl<mlir::ShapedTypeComponents> &components);

/// The element type of the first operand, null if there is none.
mlir::Type getFirstElementType(mlir::ValueRange operands);

/// The rule of matrix products with numpy's rules for batch and 1-D operands.
/// The result's elements have the type `elementType`.
mlir::LogicalResult inferMatMul(mlir::Value a, mlir::Value b,
                                mlir::Type elementType,
                                ShapeInference &inference);

/// The rule of `op(A) * op(B) + C`, C broadcast.
mlir::LogicalResult inferGemm(mlir::Value a, bool isATransposed, mlir::Value b,
                              bool isBTransposed, mlir::Value c,
                              mlir::Type elementType,
                              ShapeInference &inference);

/// The rule of elementwise ops. The result's elements have the type
/// `elementType`.
mlir::LogicalResult inferElementwise(mlir::ValueRange operands,
                                     mlir::Type elementType,
                                     ShapeInference &inference);

} // namespace detail
} // namespace gac

#endif // GAC_DIALECT_GAC_IR_SHAPEINFERENCE_H
