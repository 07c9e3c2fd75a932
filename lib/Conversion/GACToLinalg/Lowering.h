//===- Lowering.h - What patterns of the conversion share -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_CONVERSION_GACTOLINALG_LOWERING_H
#define GAC_LIB_CONVERSION_GACTOLINALG_LOWERING_H

#include "gac/Analysis/ShapeValues.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Export/WeightSource.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/DialectConversion.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>
#include <string>

namespace gac {

/// Why ops cannot be converted, for the one who reports it.
using ConversionReasons = llvm::DenseMap<mlir::Operation *, std::string>;

/// What the patterns know of the function that they convert. All values that
/// it is asked about are those of the function before the conversion.
class Lowering {
public:
  explicit Lowering(mlir::func::FuncOp function) : shapes(function) {}

  /// Keeps the reason why `op` stays, and fails.
  mlir::LogicalResult fail(mlir::Operation *op, const llvm::Twine &reason) {
    reasons[op] = reason.str();
    return mlir::failure();
  }
  const ConversionReasons &getReasons() const { return reasons; }

  /// The elements of a small integer tensor where all are known.
  std::optional<llvm::SmallVector<int64_t>>
  getNumbers(mlir::Value operand) const {
    return shapes.constantOf(operand);
  }
  /// The numbers that are an attribute in some opsets and an operand in
  /// others; none if both are absent or the operand is not known.
  std::optional<llvm::SmallVector<int64_t>>
  getNumbers(std::optional<llvm::ArrayRef<int64_t>> attribute,
             mlir::Value operand) const;

  /// The symbolic shape of a tensor of known rank.
  llvm::ArrayRef<SymExpr> getShape(mlir::Value tensor) const {
    return *shapes.shapeOf(tensor);
  }
  /// The elements of a small integer tensor, where not all need be known.
  std::optional<llvm::ArrayRef<SymExpr>> getElements(mlir::Value tensor) const {
    return shapes.valueOf(tensor);
  }

  /// True if the two axes are provably equally long.
  bool haveEqualSize(mlir::Value a, int64_t axisOfA, mlir::Value b,
                     int64_t axisOfB) const {
    return getShape(a)[axisOfA] == getShape(b)[axisOfB];
  }

  /// Opens weights, each file once.
  WeightReader &getWeights() { return weights; }

private:
  ShapeValues shapes;
  WeightReader weights;
  ConversionReasons reasons;
};

/// A pattern that asks a Lowering. Operands and results of what it matches are
/// tensors of known rank whose elements have a type that arith works on.
template <typename OpTy>
class LinalgPattern : public mlir::OpConversionPattern<OpTy> {
public:
  LinalgPattern(const mlir::TypeConverter &types, mlir::MLIRContext *context,
                Lowering &lowering)
      : mlir::OpConversionPattern<OpTy>(types, context), lowering(lowering) {}

protected:
  mlir::RankedTensorType getType(mlir::Value value) const {
    return mlir::cast<mlir::RankedTensorType>(
        this->getTypeConverter()->convertType(value.getType()));
  }

  Lowering &lowering;
};

//===----------------------------------------------------------------------===//
// Sizes: attributes where they are known, else index values
//===----------------------------------------------------------------------===//

using Sizes = llvm::SmallVector<mlir::OpFoldResult, 4>;

/// The size of one axis, and those of all.
mlir::OpFoldResult getSize(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor,
                           int64_t axis);
Sizes getSizes(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor);

mlir::Value toIndex(mlir::ImplicitLocOpBuilder &b, mlir::OpFoldResult size);
mlir::OpFoldResult addSizes(mlir::ImplicitLocOpBuilder &b, mlir::OpFoldResult x,
                            mlir::OpFoldResult y);
mlir::OpFoldResult subtractSizes(mlir::ImplicitLocOpBuilder &b,
                                 mlir::OpFoldResult x, mlir::OpFoldResult y);
mlir::OpFoldResult multiplySizes(mlir::ImplicitLocOpBuilder &b,
                                 mlir::OpFoldResult x, mlir::OpFoldResult y);
mlir::OpFoldResult divideSizes(mlir::ImplicitLocOpBuilder &b,
                               mlir::OpFoldResult x, mlir::OpFoldResult y);
mlir::OpFoldResult minSizes(mlir::ImplicitLocOpBuilder &b, mlir::OpFoldResult x,
                            mlir::OpFoldResult y);
mlir::OpFoldResult maxSizes(mlir::ImplicitLocOpBuilder &b, mlir::OpFoldResult x,
                            mlir::OpFoldResult y);

/// Element `index` of an integer tensor of rank 1 as an index.
mlir::Value readIndex(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor,
                      int64_t index);

/// The only element of a tensor.
mlir::Value readScalar(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor);
mlir::Value readScalarIndex(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor);

/// `index` counted from the front: a negative one counts from `size`.
mlir::Value wrapIndex(mlir::ImplicitLocOpBuilder &b, mlir::Value index,
                      mlir::OpFoldResult size);

/// The axis that `axis` names of `rank`.
inline int64_t wrapAxis(int64_t axis, int64_t rank) {
  return axis < 0 ? axis + rank : axis;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// A number as a constant of a scalar type.
mlir::Value createScalar(mlir::ImplicitLocOpBuilder &b, mlir::Type type,
                         double number);

/// A tensor of which nothing is written yet. Static sizes are those of `type`.
mlir::Value createEmpty(mlir::ImplicitLocOpBuilder &b,
                        mlir::RankedTensorType type,
                        llvm::ArrayRef<mlir::OpFoldResult> sizes);
/// One that holds `number` everywhere.
mlir::Value createFilled(mlir::ImplicitLocOpBuilder &b,
                         mlir::RankedTensorType type,
                         llvm::ArrayRef<mlir::OpFoldResult> sizes,
                         mlir::Value scalar);

/// `tensor` with what `type` says of its sizes.
mlir::Value castTo(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor,
                   mlir::RankedTensorType type);

/// Computes an element of a result from elements of the inputs.
using ElementBuilder = llvm::function_ref<mlir::Value(
    mlir::ImplicitLocOpBuilder &b, mlir::ValueRange elements)>;

/// A tensor each element of which is computed by itself: a linalg.generic.
/// `maps` say which element of each input goes with an index of the result.
mlir::Value createElementwise(mlir::ImplicitLocOpBuilder &b,
                              mlir::RankedTensorType type,
                              llvm::ArrayRef<mlir::OpFoldResult> sizes,
                              mlir::ValueRange inputs,
                              llvm::ArrayRef<mlir::AffineMap> maps,
                              ElementBuilder element);

/// The same of inputs that all have the shape of the result.
mlir::Value createElementwise(mlir::ImplicitLocOpBuilder &b,
                              mlir::RankedTensorType type,
                              llvm::ArrayRef<mlir::OpFoldResult> sizes,
                              mlir::ValueRange inputs, ElementBuilder element);

/// The indices of the element that is computed: linalg.index of each axis.
llvm::SmallVector<mlir::Value> createIndices(mlir::ImplicitLocOpBuilder &b,
                                             int64_t rank);

/// `tensor` in other sizes, with as many elements and in the same order.
/// `sizes` are those of `type`. Where the symbolic shapes show which axes are
/// split or merged that is an expand_shape or collapse_shape.
mlir::Value createReshape(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor,
                          mlir::RankedTensorType type,
                          llvm::ArrayRef<mlir::OpFoldResult> sizes,
                          llvm::ArrayRef<SymExpr> from,
                          llvm::ArrayRef<SymExpr> to);

/// An operand of an op whose operands broadcast, and which element of it goes
/// with an index of the result.
struct BroadcastOperand {
  mlir::Value tensor;
  mlir::AffineMap map;
};

/// How `converted`, which stands for `operand`, is read as a tensor of the
/// shape of `to`, whose last axes are those of the operand. An axis that is
/// neither known to be 1 nor known to be as long as that of the result is
/// broadcast into a copy.
BroadcastOperand broadcastOperand(mlir::ImplicitLocOpBuilder &b,
                                  const Lowering &lowering, mlir::Value operand,
                                  mlir::Value converted,
                                  llvm::ArrayRef<SymExpr> to,
                                  llvm::ArrayRef<mlir::OpFoldResult> sizes);

/// The sizes of a result of shape `to` to which `operands` broadcast.
Sizes getBroadcastSizes(mlir::ImplicitLocOpBuilder &b, const Lowering &lowering,
                        mlir::ValueRange operands, mlir::ValueRange converted,
                        llvm::ArrayRef<SymExpr> to);

/// Converts an element to another type as ONNX Cast does.
mlir::Value createCast(mlir::ImplicitLocOpBuilder &b, mlir::Value element,
                       bool isUnsigned, mlir::Type to, bool isToUnsigned);

/// What `op`, which is elementwise, computes of one element per operand. Null
/// if there is no lowering of it. `op` tells of attributes and signedness.
mlir::Value createScalarFunction(mlir::ImplicitLocOpBuilder &b,
                                 mlir::Operation *op, mlir::ValueRange elements,
                                 mlir::Type resultElement);

//===----------------------------------------------------------------------===//
// The families
//===----------------------------------------------------------------------===//

void populateElementwise(mlir::TypeConverter &types,
                         mlir::RewritePatternSet &patterns, Lowering &lowering);
void populateContractions(mlir::TypeConverter &types,
                          mlir::RewritePatternSet &patterns,
                          Lowering &lowering);
void populateWindows(mlir::TypeConverter &types,
                     mlir::RewritePatternSet &patterns, Lowering &lowering);
void populateReductions(mlir::TypeConverter &types,
                        mlir::RewritePatternSet &patterns, Lowering &lowering);
void populateLayout(mlir::TypeConverter &types,
                    mlir::RewritePatternSet &patterns, Lowering &lowering);
void populateSlices(mlir::TypeConverter &types,
                    mlir::RewritePatternSet &patterns, Lowering &lowering);
void populateGathers(mlir::TypeConverter &types,
                     mlir::RewritePatternSet &patterns, Lowering &lowering);
void populateGenerators(mlir::TypeConverter &types,
                        mlir::RewritePatternSet &patterns, Lowering &lowering);
void populateWeights(mlir::TypeConverter &types,
                     mlir::RewritePatternSet &patterns, Lowering &lowering);

} // namespace gac

#endif // GAC_LIB_CONVERSION_GACTOLINALG_LOWERING_H
