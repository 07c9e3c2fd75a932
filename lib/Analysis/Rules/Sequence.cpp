//===- Sequence.cpp - Rules of ops in which the order counts ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What computes along an axis, element after element, and what depends on where
// an element stands: padding that moves none, or adds nothing, does no harm.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

/// Passes zeros of all axes but one.
static void keepZerosBut(LaneTransfer &t, Value from, Value result,
                         unsigned but) {
  for (unsigned axis = 0, rank = t.getRank(result); axis != rank; ++axis)
    if (axis != but)
      for (AtomId atom : t.getAtoms(result, axis))
        t.set(result, axis, atom, keepZero(t.get(from, axis, atom)));
}

namespace {

//===----------------------------------------------------------------------===//
// CumSum, CumProd
//===----------------------------------------------------------------------===//

template <typename OpTy>
struct CumulationModel
    : DimensionOpInterface::ExternalModel<CumulationModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto cumulation = cast<OpTy>(op);
    SmallVector<Term> axes = r.getAxes(cumulation.getX());
    r.fixAxes(cumulation.getAxis(), "reads an axis from it");
    if (!getAxis(cumulation, axes.size(), r.getShapeValues()))
      r.fixReads(axes, "goes along an axis that is not known");
    r.setAxes(cumulation.getResult(), axes);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto cumulation = cast<OpTy>(op);
    Value x = cumulation.getX(), y = cumulation.getResult();
    std::optional<unsigned> axis =
        getAxis(cumulation, t.getRank(x), t.getShapeValues());
    if (!axis)
      return;
    constexpr bool isProduct = std::is_same_v<OpTy, CumProdOp>;
    Term term = t.getAxis(x, *axis);
    for (AtomId atom : t.getAtoms(term)) {
      Lane lane = t.get(x, *axis, atom);
      // What comes last counts for nothing before it.
      bool isLast =
          growsAtEnd(t.getSpace(), term, atom) && cumulation.getReverse() == 0;
      if (isProduct && !isLast)
        t.refuse(atom, "multiplies over it, where padding would count");
      else if (!isProduct && !(isLast && lane.isFinite()))
        t.needZero(x, *axis, atom,
                   "adds up over it, where its padding is not zero");
      t.set(y, *axis, atom,
            isProduct && !lane.isZero() ? Lane::anything() : Lane::finite());
    }
    if constexpr (!isProduct)
      return keepZerosBut(t, x, y, *axis);
    // The first of exclusive products is 1.
    for (unsigned i = 0, rank = t.getRank(y); i != rank; ++i)
      for (AtomId atom : t.getAtoms(y, i))
        if (i != *axis)
          t.set(y, i, atom,
                !t.get(x, i, atom).isZero()      ? Lane::anything()
                : cumulation.getExclusive() != 0 ? Lane::finite()
                                                 : Lane::zero());
  }

private:
  static std::optional<unsigned> getAxis(OpTy op, unsigned rank,
                                         const ShapeValues &shapes) {
    std::optional<SmallVector<int64_t>> axis = shapes.constantOf(op.getAxis());
    return axis && axis->size() == 1 ? getAxisIndex(axis->front(), rank)
                                     : std::nullopt;
  }
};

//===----------------------------------------------------------------------===//
// Trilu
//===----------------------------------------------------------------------===//

struct TriluModel : DimensionOpInterface::ExternalModel<TriluModel, TriluOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto trilu = cast<TriluOp>(op);
    if (trilu.getK())
      r.fixAxes(trilu.getK(), "reads a diagonal from it");
    r.setAxes(trilu.getResult(), r.getAxes(trilu.getInput()));
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto trilu = cast<TriluOp>(op);
    Value input = trilu.getInput(), result = trilu.getResult();
    unsigned rank = t.getRank(result);
    for (unsigned axis = 0; axis != rank; ++axis) {
      Term term = t.getAxis(result, axis);
      for (AtomId atom : t.getAtoms(term)) {
        if (axis + 2 >= rank && !growsAtEnd(t.getSpace(), term, atom))
          t.refuse(atom, "keeps a triangle of it, and it would move elements "
                         "over the diagonal");
        t.set(result, axis, atom, t.get(input, axis, atom).join(Lane::zero()));
      }
    }
  }
};

//===----------------------------------------------------------------------===//
// ReverseSequence, TensorScatter
//===----------------------------------------------------------------------===//

struct ReverseSequenceModel
    : DimensionOpInterface::ExternalModel<ReverseSequenceModel,
                                          ReverseSequenceOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto reverse = cast<ReverseSequenceOp>(op);
    SmallVector<Term> axes = r.getAxes(reverse.getInput());
    r.fixAxes(reverse.getSequenceLens(), "reads lengths from it");
    if (axes.size() < 2)
      return;
    r.passFixed(MutableArrayRef(axes).take_front(2),
                "reverses sequences of it");
    r.setAxes(reverse.getY(), axes);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto reverse = cast<ReverseSequenceOp>(op);
    for (unsigned axis = 2; axis < t.getRank(reverse.getY()); ++axis)
      passLanes(t, reverse.getInput(), axis, reverse.getY(), axis);
  }
};

struct TensorScatterModel
    : DimensionOpInterface::ExternalModel<TensorScatterModel, TensorScatterOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto scatter = cast<TensorScatterOp>(op);
    SmallVector<Term> cache = r.getAxes(scatter.getPastCache());
    SmallVector<Term> update = r.getAxes(scatter.getUpdate());
    std::optional<unsigned> axis =
        getAxisIndex(scatter.getAxis(), cache.size());
    if (!axis || update.size() != cache.size())
      return;
    if (scatter.getWriteIndices()) {
      r.fixAxes(scatter.getWriteIndices(), "reads places from it");
      r.fix(cache[0], "writes to places of each");
    }
    for (auto [index, term, written] : llvm::enumerate(cache, update)) {
      if (index != *axis) {
        r.unify(term, written);
        continue;
      }
      r.fix(term, "writes to places on it");
      r.fix(written, "writes all of it");
    }
    r.setAxes(scatter.getPresentCache(), cache);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto scatter = cast<TensorScatterOp>(op);
    Value result = scatter.getPresentCache();
    for (unsigned axis = 0, rank = t.getRank(result); axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(result, axis))
        t.set(result, axis, atom,
              t.get(scatter.getPastCache(), axis, atom)
                  .join(t.get(scatter.getUpdate(), axis, atom)));
  }
};

//===----------------------------------------------------------------------===//
// Dropout, CastLike
//===----------------------------------------------------------------------===//

struct DropoutModel
    : DimensionOpInterface::ExternalModel<DropoutModel, DropoutOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto dropout = cast<DropoutOp>(op);
    SmallVector<Term> axes = r.getAxes(dropout.getData());
    for (Value number : {dropout.getRatioOperand(), dropout.getTrainingMode()})
      if (number)
        r.fixAxes(number, "reads a number from it");
    Value trains = dropout.getTrainingMode();
    if (trains && getUniformConstant(trains) != 0.0)
      r.fixReads(axes, "drops elements of it at random");
    r.setAxes(dropout.getOutput(), axes);
    if (dropout.getMask())
      r.setAxes(dropout.getMask(), axes);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto dropout = cast<DropoutOp>(op);
    Value data = dropout.getData(), output = dropout.getOutput();
    for (unsigned axis = 0, rank = t.getRank(output); axis != rank; ++axis) {
      passLanes(t, data, axis, output, axis);
      if (Value mask = dropout.getMask())
        t.setAll(mask, axis, Lane::finite());
    }
  }
};

struct CastLikeModel
    : DimensionOpInterface::ExternalModel<CastLikeModel, CastLikeOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto cast = llvm::cast<CastLikeOp>(op);
    // Of the second operand it takes nothing but the type.
    r.getAxes(cast.getTargetType());
    r.setAxes(cast.getOutput(), r.getAxes(cast.getInput()));
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto cast = llvm::cast<CastLikeOp>(op);
    for (unsigned axis = 0, rank = t.getRank(cast.getOutput()); axis != rank;
         ++axis)
      for (AtomId atom : t.getAtoms(cast.getOutput(), axis))
        t.set(cast.getOutput(), axis, atom,
              keepZero(t.get(cast.getInput(), axis, atom)));
  }
};

} // namespace

void gac::registerSequenceModels(MLIRContext &context) {
  CastLikeOp::attachInterface<CastLikeModel>(context);
  CumProdOp::attachInterface<CumulationModel<CumProdOp>>(context);
  CumSumOp::attachInterface<CumulationModel<CumSumOp>>(context);
  DropoutOp::attachInterface<DropoutModel>(context);
  ReverseSequenceOp::attachInterface<ReverseSequenceModel>(context);
  TensorScatterOp::attachInterface<TensorScatterModel>(context);
  TriluOp::attachInterface<TriluModel>(context);
}
