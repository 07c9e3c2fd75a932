//===- Elementwise.cpp - Elementwise ops to linalg.generic ----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

using namespace mlir;
using namespace gac;

namespace {
struct LowerElementwise : OpInterfaceConversionPattern<ElementwiseOpInterface> {
  LowerElementwise(const TypeConverter &types, MLIRContext *context,
                   Lowering &lowering)
      : OpInterfaceConversionPattern(types, context), lowering(lowering) {}

  LogicalResult
  matchAndRewrite(ElementwiseOpInterface op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override;

private:
  Lowering &lowering;
};
} // namespace

LogicalResult
LowerElementwise::matchAndRewrite(ElementwiseOpInterface op,
                                  ArrayRef<Value> operands,
                                  ConversionPatternRewriter &rewriter) const {
  if (operands.empty() || op->getNumResults() != 1)
    return lowering.fail(op, "it has " + Twine(operands.size()) +
                                 " operands and " + Twine(op->getNumResults()) +
                                 " results");
  if (auto shift = dyn_cast<BitShiftOp>(*op); shift &&
                                              shift.getDirection() != "LEFT" &&
                                              shift.getDirection() != "RIGHT")
    return lowering.fail(op, "its direction is '" + shift.getDirection() + "'");
  Value result = op->getResult(0);
  auto type =
      cast<RankedTensorType>(getTypeConverter()->convertType(result.getType()));
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  ArrayRef<SymExpr> shape = lowering.getShape(result);
  Sizes sizes =
      getBroadcastSizes(b, lowering, op->getOperands(), operands, shape);
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (auto [operand, converted] :
       llvm::zip_equal(op->getOperands(), operands)) {
    BroadcastOperand read =
        broadcastOperand(b, lowering, operand, converted, shape, sizes);
    inputs.push_back(read.tensor);
    maps.push_back(read.map);
  }
  bool isKnown = true;
  Value computed =
      createElementwise(b, type, sizes, inputs, maps,
                        [&](ImplicitLocOpBuilder &body, ValueRange elements) {
                          Value element = createScalarFunction(
                              body, op, elements, type.getElementType());
                          if (element)
                            return element;
                          isKnown = false;
                          return createScalar(body, type.getElementType(), 0);
                        });
  if (!isKnown)
    return lowering.fail(op, "there is no lowering of it for elements of the "
                             "type of its operands");
  rewriter.replaceOp(op, computed);
  return success();
}

void gac::populateElementwise(TypeConverter &types, RewritePatternSet &patterns,
                              Lowering &lowering) {
  patterns.add<LowerElementwise>(types, patterns.getContext(), lowering);
}
