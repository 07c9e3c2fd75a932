//===- Generators.cpp - Dimension rules of Expand and constants -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops whose results have axes that none of their operands has.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

namespace {

struct ExpandModel
    : DimensionOpInterface::ExternalModel<ExpandModel, ExpandOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto expand = cast<ExpandOp>(op);
    SmallVector<Term> axes = r.getAxes(expand.getInput());
    std::optional<SmallVector<Term>> made = r.createAxes(expand.getResult());
    if (!made || made->size() < axes.size())
      return r.fixReads(axes, "expands it in an unknown way");
    DimensionSpace &space = r.getSpace();
    if (!r.getShapeValues().valueOf(expand.getShape())) {
      r.fixReads(axes, "expands it to sizes that are not known");
      r.fixAxes(*made, "expands it to sizes that are not known");
    }
    size_t added = made->size() - axes.size();
    for (auto [index, axis] : llvm::enumerate(axes)) {
      Term &result = (*made)[added + index];
      if (space.normalise(axis) == space.getUnit())
        continue;
      if (space.getSize(axis) == space.getSize(result)) {
        result = axis;
        continue;
      }
      r.fixRead(axis, "may expand it");
      r.fixMade(result, "may expand it");
    }
    r.setAxes(expand.getResult(), *made);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto expand = cast<ExpandOp>(op);
    Value input = expand.getInput(), result = expand.getResult();
    unsigned rank = t.getRank(result), missing = rank - t.getRank(input);
    for (unsigned axis = 0; axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(result, axis))
        t.set(result, axis, atom,
              axis < missing ? t.getOrdinary(input)
                             : t.get(input, axis - missing, atom));
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto expand = cast<ExpandOp>(op);
    SmallVector<Term> axes = g.getAxes(expand.getInput());
    SmallVector<Term> result = g.getAxes(expand.getResult());
    auto elements = getGrownElements(g, expand.getShape());
    // A shape may be shorter than the input: it is 1 on the first axes.
    if (elements.empty() || elements.size() > result.size())
      return success();
    elements.insert(elements.begin(), result.size() - elements.size(),
                    SymExpr::constant(1));
    DimensionSpace &space = g.getSpace();
    SizeEntries entries(result.size());
    bool isUpToDate = true;
    size_t added = result.size() - axes.size();
    for (auto [index, axis] : llvm::enumerate(result)) {
      SymExpr wanted = g.getNewSize(axis);
      entries[index] = wanted.getConstant();
      bool isPassed = index >= added && space.normalise(axes[index - added]) ==
                                            space.normalise(axis);
      if (!entries[index] && isPassed)
        entries[index] = 1;
      const std::optional<SymExpr> &element = elements[index];
      isUpToDate &=
          element && (*element == wanted || (isPassed && element->isOne()));
      if (!entries[index] && !element)
        return op->emitOpError("cannot state the size of axis ")
               << index << " of its result after growth";
    }
    if (isUpToDate)
      return success();
    size_t given = getGrownElements(g, expand.getShape()).size();
    expand.getShapeMutable().assign(
        rewriteSizes(g, expand.getShape(), ArrayRef(entries).take_back(given)));
    return success();
  }
};

struct TileModel : DimensionOpInterface::ExternalModel<TileModel, TileOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto tile = cast<TileOp>(op);
    SmallVector<Term> axes = r.getAxes(tile.getInput());
    r.fixAxes(tile.getRepeats(), "reads numbers of copies from it");
    std::optional<SmallVector<Term>> made = r.createAxes(tile.getResult());
    if (!made || made->size() != axes.size())
      return r.fixReads(axes, "repeats it in an unknown way");
    std::optional<ArrayRef<SymExpr>> repeats =
        r.getShapeValues().valueOf(tile.getRepeats());
    for (auto [index, axis] : llvm::enumerate(axes)) {
      Term &result = (*made)[index];
      // The copies lie one after the other, outside of what they are copies of.
      const SymExpr *repeat = repeats ? &(*repeats)[index] : nullptr;
      if (repeat && !repeat->hasUnknown() && !repeat->isZero()) {
        Term copies = r.createDim(*repeat);
        r.fix(copies, "makes so many copies");
        result = r.getSpace().getProd({copies, axis});
        continue;
      }
      r.fixRead(axis, "repeats it an unknown number of times");
      r.fix(result, "repeats it an unknown number of times");
    }
    r.setAxes(tile.getResult(), *made);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto tile = cast<TileOp>(op);
    for (unsigned axis = 0, rank = t.getRank(tile.getResult()); axis != rank;
         ++axis)
      passLanes(t, tile.getInput(), axis, tile.getResult(), axis);
  }
};

struct ConstantOfShapeModel
    : DimensionOpInterface::ExternalModel<ConstantOfShapeModel,
                                          ConstantOfShapeOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto constant = cast<ConstantOfShapeOp>(op);
    r.fixAxes(constant.getShape(), "reads sizes from it");
    auto made = r.createAxes(constant.getResult());
    if (!made)
      return;
    if (!r.getShapeValues().valueOf(constant.getShape()))
      r.fixAxes(*made, "has sizes that are not known");
    r.setAxes(constant.getResult(), *made);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto constant = cast<ConstantOfShapeOp>(op);
    std::optional<double> number = 0.0;
    if (constant.getValue())
      number = getScalarConstant(constant.getValueAttr());
    Lane lane = number ? Lane::constant(*number) : Lane::anything();
    for (unsigned axis = 0, rank = t.getRank(constant.getResult());
         axis != rank; ++axis)
      t.setAll(constant.getResult(), axis, lane);
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto constant = cast<ConstantOfShapeOp>(op);
    SmallVector<Term> result = g.getAxes(constant.getResult());
    auto elements = getGrownElements(g, constant.getShape());
    SizeEntries entries(result.size());
    bool isUpToDate = elements.size() == result.size();
    for (auto [index, axis] : llvm::enumerate(result)) {
      SymExpr wanted = g.getNewSize(axis);
      entries[index] = wanted.getConstant();
      bool isTold = index < elements.size() && elements[index] == wanted;
      isUpToDate &= isTold;
      if (!entries[index] && !isTold && g.grows(constant.getResult()))
        return op->emitOpError("cannot state the size of axis ")
               << index << " of its result after growth";
    }
    if (!isUpToDate && elements.size() == result.size())
      constant.getShapeMutable().assign(
          rewriteSizes(g, constant.getShape(), entries));
    return success();
  }
};

/// A new axis on which one value stands at the index.
struct OneHotModel
    : DimensionOpInterface::ExternalModel<OneHotModel, OneHotOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto oneHot = cast<OneHotOp>(op);
    SmallVector<Term> indices = r.getAxes(oneHot.getIndices());
    std::optional<SmallVector<Term>> made = r.createAxes(oneHot.getResult());
    std::optional<unsigned> axis =
        made ? getAxisIndex(oneHot.getAxis(), made->size()) : std::nullopt;
    if (!axis || made->size() != indices.size() + 1)
      return;
    r.fixAxes(oneHot.getDepth(), "reads a size from it");
    r.fixAxes(oneHot.getValues(), "reads values from it");
    r.fixMade((*made)[*axis], "indexes it");
    indices.insert(indices.begin() + *axis, (*made)[*axis]);
    r.setAxes(oneHot.getResult(), indices);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto oneHot = cast<OneHotOp>(op);
    // Any number is an index, or names no place.
    for (unsigned axis = 0, rank = t.getRank(oneHot.getResult()); axis != rank;
         ++axis)
      t.setAll(oneHot.getResult(), axis, Lane::finite());
  }
};

/// Range. A list that is known is one of numbers like a weight's, and may grow
/// by zeros anywhere.
struct RangeModel : DimensionOpInterface::ExternalModel<RangeModel, RangeOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto range = cast<RangeOp>(op);
    for (Value operand : op->getOperands())
      r.getAxes(operand);
    std::optional<SmallVector<Term>> made = r.createAxes(range.getResult());
    if (!made)
      return;
    std::optional<SmallVector<double>> numbers =
        getKnownNumbers(range, r.getShapeValues());
    std::optional<int64_t> size = r.getSpace().getConstantSize(made->front());
    if (!numbers || size != static_cast<int64_t>(numbers->size()))
      r.fixAxes(*made, "counts over it");
    r.setAxes(range.getResult(), *made);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    t.setAll(cast<RangeOp>(op).getResult(), 0, Lane::zero());
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto range = cast<RangeOp>(op);
    SmallVector<Term> axes = g.getAxes(range.getResult());
    if (axes.empty() || !g.grows(axes.front()))
      return success();
    SmallVector<double> numbers = *getKnownNumbers(range, g.getShapeValues());
    Type element = getElementTypeOrSelf(range.getResult().getType());
    auto getAttr = [&](double number) -> TypedAttr {
      if (auto real = dyn_cast<FloatType>(element))
        return FloatAttr::get(real, number);
      return IntegerAttr::get(element, static_cast<int64_t>(number));
    };
    int64_t size = *g.getNewSize(axes.front()).getConstant();
    SmallVector<Attribute> list(size, getAttr(0.0));
    for (const LaneRun &run : g.getPositions(axes.front()))
      for (int64_t i = 0; i != run.length; ++i)
        list[run.to + i] = getAttr(numbers[run.from + i]);
    auto type = RankedTensorType::get({size}, element);
    auto constant =
        g.create<ConstantOp>(type, DenseElementsAttr::get(type, list),
                             /*form=*/StringAttr());
    g.replaceLater(range.getResult(), constant.getResult());
    return success();
  }
};

} // namespace

void gac::registerGeneratorModels(MLIRContext &context) {
  ExpandOp::attachInterface<ExpandModel>(context);
  TileOp::attachInterface<TileModel>(context);
  ConstantOfShapeOp::attachInterface<ConstantOfShapeModel>(context);
  OneHotOp::attachInterface<OneHotModel>(context);
  RangeOp::attachInterface<RangeModel>(context);
}
