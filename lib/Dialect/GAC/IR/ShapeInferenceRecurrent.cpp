//===- ShapeInferenceRecurrent.cpp - Shapes of RNN, GRU and LSTM ----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ShapeInference.h"

using namespace mlir;
using namespace gac;

/// The rule of a recurrent layer with so many gates; `numStates` of its results
/// are last states.
template <typename Adaptor>
static LogicalResult inferRecurrent(Adaptor op, int64_t numGates,
                                    size_t numStates,
                                    ShapeInference &inference) {
  for (auto [name, operand] :
       {std::pair("X", op.getX()), std::pair("W", op.getW()),
        std::pair("R", op.getR())})
    if (failed(inference.checkRank("recurrent_c1", name, operand, 3)))
      return failure();
  SymShape unknown(3, SymExpr::unknownSize());
  SymShape x = inference.getShape(op.getX()).value_or(unknown);
  SymShape w = inference.getShape(op.getW()).value_or(unknown);
  SymShape r = inference.getShape(op.getR()).value_or(unknown);
  if (ShapeInference::differ(x[2], w[2]))
    return inference.error("recurrent_c2", "X has size ", x[2],
                           " on its last axis, but W has ", w[2]);
  SymExpr hidden = r[2];
  for (const auto &[name, rows] : {std::pair("W", w[1]), std::pair("R", r[1])})
    if (ShapeInference::differ(rows, hidden * numGates))
      return inference.error("recurrent_c3", name, " has ", rows, " rows, but ",
                             numGates, " gates of ", hidden, " have ",
                             hidden * numGates);
  if (op.getHiddenSize() && ShapeInference::differ(hidden, *op.getHiddenSize()))
    return inference.error("recurrent_c4", "hidden_size is ",
                           *op.getHiddenSize(), ", but R's last axis has ",
                           hidden);

  SymExpr directions = ShapeInference::merge(w[0], r[0]);
  bool batchFirst = op.getLayout() != 0;
  SymExpr batch = x[batchFirst ? 0 : 1], steps = x[batchFirst ? 1 : 0];
  Type elementType = ShapeInference::getElementType(op.getX());
  inference.setResult(0,
                      batchFirst ? SymShape{batch, steps, directions, hidden}
                                 : SymShape{steps, directions, batch, hidden},
                      elementType);
  for (size_t state = 1; state <= numStates; ++state)
    inference.setResult(state,
                        batchFirst ? SymShape{batch, directions, hidden}
                                   : SymShape{directions, batch, hidden},
                        elementType);
  return success();
}

LogicalResult RNNOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferRecurrent(op, /*numGates=*/1, /*numStates=*/1, inference);
}

LogicalResult GRUOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferRecurrent(op, /*numGates=*/3, /*numStates=*/1, inference);
}

LogicalResult LSTMOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferRecurrent(op, /*numGates=*/4, /*numStates=*/2, inference);
}
