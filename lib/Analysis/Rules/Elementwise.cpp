//===- Elementwise.cpp - Dimension rule of elementwise ops ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One rule for all of them: axes align from the right and unify, and padding is
// followed by evaluating the function on what it holds.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mlir;
using namespace gac;

namespace {

/// What one operand holds where an atom of the result is padded.
struct OperandLane {
  Lane lane;
  /// Whether the operand is padded there itself, or shows ordinary values.
  bool isPadding;
  /// Whether these are all infinite: the one constant that is not taken as
  /// finite where nothing but it is seen.
  bool isInfinite = false;
};

} // namespace

/// Whether the function is finite wherever its operands are.
static bool staysFinite(Operation *op) {
  return !isa<AcosOp, AcoshOp, AsinOp, AtanhOp, CoshOp, DivOp, ExpOp, LogOp,
              ModOp, PowOp, ReciprocalOp, SinhOp, SqrtOp>(op);
}

static Lane evaluateDiv(OperandLane numerator, OperandLane denominator) {
  std::optional<double> divisor = denominator.lane.getConstant();
  // Ordinary divisors are what the original model divides by.
  bool isSafe = divisor ? *divisor != 0.0 : !denominator.isPadding;
  return isSafe ? keepZero(numerator.lane) : Lane::anything();
}

static Lane evaluatePow(OperandLane base, OperandLane exponent) {
  std::optional<double> power = exponent.lane.getConstant();
  bool isSafe = power && *power >= 0.0 && std::floor(*power) == *power;
  return isSafe && base.lane.isFinite() ? Lane::finite() : Lane::anything();
}

static Lane evaluate(Operation *op, ArrayRef<OperandLane> operands) {
  if (isa<WhereOp>(op))
    if (std::optional<double> condition = operands[0].lane.getConstant()) {
      const OperandLane &chosen = operands[*condition != 0.0 ? 1 : 2];
      return chosen.isInfinite ? Lane::anything() : chosen.lane;
    }
  if (!llvm::all_of(operands, [](const OperandLane &operand) {
        return operand.lane.isFinite();
      }))
    return Lane::anything();

  bool areZero = llvm::all_of(
      operands, [](const OperandLane &o) { return o.lane.isZero(); });
  if (areZero && op->hasTrait<gac::OpTrait::ZeroPreserving>())
    return Lane::zero();
  if (isa<MulOp>(op) && llvm::any_of(operands, [](const OperandLane &o) {
        return o.lane.isZero();
      }))
    return Lane::zero();
  if (isa<WhereOp>(op))
    return operands[1].lane.join(operands[2].lane);

  SmallVector<double> numbers;
  for (const OperandLane &operand : operands)
    if (std::optional<double> number = operand.lane.getConstant())
      numbers.push_back(*number);
  if (numbers.size() == operands.size())
    if (std::optional<double> number =
            cast<ElementwiseOpInterface>(op).evaluateScalar(numbers))
      return Lane::constant(*number);

  if (isa<DivOp>(op))
    return evaluateDiv(operands[0], operands[1]);
  if (isa<PowOp>(op))
    return evaluatePow(operands[0], operands[1]);
  return staysFinite(op) ? Lane::finite() : Lane::anything();
}

namespace {

struct ElementwiseModel
    : DimensionOpInterface::FallbackModel<ElementwiseModel> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    SmallVector<Term> result;
    for (Value operand : op->getOperands()) {
      SmallVector<Term> axes = r.getAxes(operand);
      if (axes.size() > result.size())
        result.insert(result.begin(), axes.size() - result.size(),
                      r.getSpace().getUnit());
      unsigned offset = result.size() - axes.size();
      for (auto [index, axis] : llvm::enumerate(axes))
        result[offset + index] = broadcast(r, result[offset + index], axis);
    }
    r.setAxes(op->getResult(0), result);
    for (Value operand : op->getOperands())
      offerCuts(operand, result, r);
    // A row of padding that masks everything would be none that Softmax knows.
    if (auto where = dyn_cast<WhereOp>(op))
      if (isUniformlyInfinite(where.getY()) &&
          !isUniformlyInfinite(where.getX()))
        r.fillLanes(where.getCondition(), 1.0);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    Value result = op->getResult(0);
    unsigned rank = t.getRank(result);
    for (unsigned axis = 0; axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(result, axis)) {
        SmallVector<OperandLane> lanes;
        for (Value operand : op->getOperands())
          lanes.push_back(getOperandLane(t, operand, rank, axis, atom));
        Lane lane = evaluate(op, lanes);
        // exp of what is any finite number may be infinite, that of 0 is 1.
        if (!lane.isFinite() && lanes.size() == 1 && lanes.front().isPadding) {
          OperandLane zero{Lane::zero(), true};
          if (Lane cleared = evaluate(op, zero); cleared.isFinite()) {
            t.needZero(op->getOperand(0), axis, atom,
                       "would not keep its padding finite");
            lane = cleared;
          }
        }
        t.set(result, axis, atom, lane);
      }
  }

  void collectUses(Operation *, UseCollector &) const {}
  LogicalResult growDimensions(Operation *, DimensionGrower &) const {
    return success();
  }

private:
  /// A bias that is copied to where an axis is one of a batch, or of heads, is
  /// a small part of what is computed there: it can be cut.
  static void offerCuts(Value operand, ArrayRef<Term> result,
                        DimensionRelations &r) {
    DimensionSpace &space = r.getSpace();
    SmallVector<Term> axes = r.getAxes(operand);
    auto isOne = [&](Term axis) {
      return space.normalise(axis) == space.getUnit();
    };
    unsigned added = result.size() - axes.size();
    bool isCopied = llvm::any_of(llvm::enumerate(result), [&](auto axis) {
      return !isOne(axis.value()) &&
             (axis.index() < added || isOne(axes[axis.index() - added]));
    });
    if (!isCopied || isWeight(operand))
      return;
    for (auto [index, axis] : llvm::enumerate(axes))
      if (!isOne(axis) && space.getConstantSize(axis))
        r.offerCut(operand, index, "copies it along other axes");
  }

  static OperandLane getOperandLane(LaneTransfer &t, Value operand,
                                    unsigned rank, unsigned axis, AtomId atom) {
    unsigned missing = rank - t.getRank(operand);
    bool isInfinite = isUniformlyInfinite(operand);
    if (axis < missing)
      return {t.getOrdinary(operand), false, isInfinite};
    bool isPadding = t.isOn(operand, axis - missing, atom) &&
                     !isCopied(t, operand, axis - missing, atom);
    return {t.get(operand, axis - missing, atom), isPadding,
            isInfinite && !isPadding};
  }
};

} // namespace

void gac::registerElementwiseModels(MLIRContext &context) {
  for (RegisteredOperationName name :
       context.getRegisteredOperationsByDialect("gac"))
    if (name.hasInterface<ElementwiseOpInterface>())
      name.attachInterface<ElementwiseModel>();
}
