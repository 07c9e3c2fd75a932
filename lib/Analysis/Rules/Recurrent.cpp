//===- Recurrent.cpp - Dimension rules of RNN, GRU and LSTM -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// With zero weights and biases every gate of a padding lane is f(0). As long as
// what makes the new state is zero there, a state of zero stays zero.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

/// How many gates an op stacks in its weights, and which of a direction's
/// activations have to be zero at zero: those that make the new state.
template <typename OpTy> struct Gates;
template <> struct Gates<RNNOp> {
  static constexpr int64_t count = 1;
  static constexpr unsigned numActivations = 1, firstOfState = 0;
};
template <> struct Gates<GRUOp> {
  static constexpr int64_t count = 3;
  static constexpr unsigned numActivations = 2, firstOfState = 1;
};
template <> struct Gates<LSTMOp> {
  static constexpr int64_t count = 4;
  static constexpr unsigned numActivations = 3, firstOfState = 1;
};

/// Operands that only LSTM has.
static Value getInitialC(LSTMOp op) { return op.getInitialC(); }
static Value getPeepholes(LSTMOp op) { return op.getP(); }
template <typename OpTy> static Value getInitialC(OpTy) { return {}; }
template <typename OpTy> static Value getPeepholes(OpTy) { return {}; }

/// Whether a new state is zero where all gates are computed from zero. Without
/// `activations` they are Sigmoid and Tanh.
template <typename OpTy> static bool keepsZeroState(OpTy op) {
  std::optional<ArrayAttr> given = op.getActivations();
  if (!given)
    return true;
  for (auto [index, name] : llvm::enumerate(*given))
    if (index % Gates<OpTy>::numActivations >= Gates<OpTy>::firstOfState &&
        !llvm::is_contained({"tanh", "relu", "softsign"},
                            cast<StringAttr>(name).getValue().lower()))
      return false;
  return true;
}

namespace {

template <typename OpTy>
struct RecurrentModel
    : DimensionOpInterface::ExternalModel<RecurrentModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto layer = cast<OpTy>(op);
    SmallVector<Term> x = r.getAxes(layer.getX()), w = r.getAxes(layer.getW()),
                      h = r.getAxes(layer.getR());
    if (x.size() != 3 || w.size() != 3 || h.size() != 3)
      return;
    Term hidden = h[2], directions = h[0];
    r.fix(directions, "has a state for each of its directions");
    r.unify(directions, w[0]);
    r.unify(x[2], w[2]);
    for (unsigned axis : {0, 1})
      r.fix(x[axis], "steps along it, or has it as the batch");
    stack(r, w[1], Gates<OpTy>::count, hidden);
    stack(r, h[1], Gates<OpTy>::count, hidden);
    if (!relateVector(r, layer.getB(), 2 * Gates<OpTy>::count, directions,
                      hidden) ||
        !relateVector(r, getPeepholes(layer), 3, directions, hidden))
      return;
    bool batchFirst = layer.getLayout() != 0;
    Term batch = x[batchFirst ? 0 : 1], steps = x[batchFirst ? 1 : 0];
    SmallVector<Term> state = {directions, batch, hidden};
    SmallVector<Term> all = {steps, directions, batch, hidden};
    if (batchFirst) {
      std::swap(state[0], state[1]);
      all = {batch, steps, directions, hidden};
    }
    for (Value initial : {layer.getInitialH(), getInitialC(layer)}) {
      SmallVector<Term> axes = initial ? r.getAxes(initial) : state;
      if (axes.size() != state.size())
        return;
      for (auto [a, b] : llvm::zip_equal(state, axes))
        r.unify(a, b);
    }
    if (!keepsZeroState(layer))
      r.fix(hidden, "has activations that are not zero at zero");
    for (Value result : op->getResults())
      r.setAxes(result, result == layer.getY() ? all : state);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto layer = cast<OpTy>(op);
    if (t.getRank(layer.getX()) != 3 || t.getRank(layer.getW()) != 3 ||
        t.getRank(layer.getR()) != 3)
      return;
    contractLanes(t, layer.getX(), 2, layer.getW(), 2);
    SmallVector<std::pair<Value, unsigned>> held = {{layer.getW(), 1},
                                                    {layer.getR(), 1},
                                                    {layer.getB(), 1},
                                                    {layer.getInitialH(), 2},
                                                    {getInitialC(layer), 2}};
    constexpr StringLiteral kStays = "would not keep its padding zero";
    for (auto [value, axis] : held)
      if (value)
        needZeroLanes(t, value, axis, kStays);
    for (Value result : op->getResults())
      t.setAll(result, t.getRank(result) - 1, Lane::zero());
  }

  void collectUses(Operation *, UseCollector &uses) const {
    uses.add(1, 1, Role::N);
    uses.add(1, 2, Role::K);
    uses.add(2, 1, Role::N);
    uses.add(2, 2, Role::K);
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto layer = cast<OpTy>(op);
    std::optional<int64_t> hidden =
        g.getNewSize(g.getAxes(layer.getR())[2]).getConstant();
    if (hidden && layer.getHiddenSize())
      layer.setHiddenSize(*hidden);
    return success();
  }

private:
  /// Unifies an axis with so many widths of `hidden`, laid end to end.
  static void stack(DimensionRelations &r, Term axis, int64_t count,
                    Term hidden) {
    Term gates = r.createDim(SymExpr::constant(count));
    r.fix(gates, "has as many gates");
    r.unify(axis, r.getSpace().getProd({gates, hidden}));
  }

  /// Relates weights of rank 2 that a direction's gates add or multiply by.
  static bool relateVector(DimensionRelations &r, Value value, int64_t count,
                           Term directions, Term hidden) {
    if (!value)
      return true;
    SmallVector<Term> axes = r.getAxes(value);
    if (axes.size() != 2)
      return false;
    r.unify(directions, axes[0]);
    stack(r, axes[1], count, hidden);
    return true;
  }
};

} // namespace

void gac::registerRecurrentModels(MLIRContext &context) {
  RNNOp::attachInterface<RecurrentModel<RNNOp>>(context);
  GRUOp::attachInterface<RecurrentModel<GRUOp>>(context);
  LSTMOp::attachInterface<RecurrentModel<LSTMOp>>(context);
}
