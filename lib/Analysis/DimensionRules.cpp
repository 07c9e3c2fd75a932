//===- DimensionRules.cpp - What dimension rules see ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/DimensionRules.h"
#include "Rules/SliceBounds.h"
#include "gac/Analysis/DimensionOpInterface.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"
#include <limits>

using namespace mlir;
using namespace gac;

#include "gac/Analysis/DimensionOpInterface.cpp.inc"

//===----------------------------------------------------------------------===//
// DimensionRelations
//===----------------------------------------------------------------------===//

SmallVector<Term> DimensionRelations::getAxes(Value value) {
  if (value.getDefiningOp() == op)
    return results.lookup(value);
  touched.insert(value);
  return SmallVector<Term>(*analysis.getAxes(value, op));
}

void DimensionRelations::setAxes(Value result, ArrayRef<Term> axes) {
  results[result].assign(axes.begin(), axes.end());
}

std::optional<SmallVector<Term>> DimensionRelations::createAxes(Value result) {
  return analysis.createAxes(result);
}

void DimensionRelations::fixAxes(Value value, const Twine &why) {
  for (Term axis : getAxes(value))
    fix(axis, why);
}

void DimensionRelations::passFixed(MutableArrayRef<Term> axes,
                                   const Twine &why) {
  for (Term &axis : axes) {
    fixRead(axis, why);
    // Nothing could be put behind what has no number of lanes.
    if (!getSpace().getConstantSize(axis))
      continue;
    axis = createDim(getSpace().getSize(axis));
    fixMade(axis, why);
  }
}

void DimensionRelations::fillLanesAlong(Value value, unsigned axis,
                                        Value numbers) {
  auto known = analysis.weightUseOf.find({value, op});
  if (known == analysis.weightUseOf.end() || !getKnownElements(numbers))
    return;
  WeightUse &use = analysis.weightUses[known->second];
  use.list = numbers;
  use.listAxis = axis;
}

void DimensionRelations::setBlocks(Value value, unsigned axis, Term term,
                                   int64_t lanes) {
  WeightUse &use = analysis.weightUses[analysis.weightUseOf.at({value, op})];
  getSpace().fix(use.axes[axis], {op, "counts blocks by it"});
  use.blocks.push_back({axis, term, lanes});
}

//===----------------------------------------------------------------------===//
// LaneTransfer
//===----------------------------------------------------------------------===//

unsigned LaneTransfer::getRank(Value value) {
  std::optional<ArrayRef<Term>> axes = analysis.getAxes(value, op);
  return axes ? axes->size() : 0;
}

Term LaneTransfer::getAxis(Value value, unsigned axis) {
  return analysis.space->normalise((*analysis.getAxes(value, op))[axis]);
}

SmallVector<AtomId> LaneTransfer::getAtoms(Term term) {
  SmallVector<AtomId> atoms = analysis.space->getLeaves(term);
  llvm::erase_if(atoms,
                 [&](AtomId atom) { return !analysis.space->mayGrow(atom); });
  return atoms;
}

SmallVector<AtomId> LaneTransfer::getAtoms(Value value, unsigned axis) {
  return getAtoms(getAxis(value, axis));
}

bool LaneTransfer::isOn(Value value, unsigned axis, AtomId atom) {
  return analysis.space->contains(getAxis(value, axis), atom);
}

Lane LaneTransfer::get(Value value, unsigned axis, AtomId atom) {
  if (!isOn(value, axis, atom))
    return getOrdinary(value);
  if (std::optional<double> number = analysis.getMask(op, value, axis, atom))
    return Lane::constant(*number);
  return analysis.getLane(value, axis, atom, op);
}

Lane LaneTransfer::getOrdinary(Value value) {
  std::optional<double> number = getScalarConstant(value);
  return number ? Lane::constant(*number) : Lane::finite();
}

/// A constant as numbers of `type` hold it: what is too large for them is
/// infinite.
static Lane round(Lane lane, FloatType type) {
  APFloat number(*lane.getConstant());
  bool losesInfo = false;
  number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number.isFinite() ? Lane::constant(number.convertToDouble())
                           : Lane::anything();
}

double gac::getLowest(FloatType type) {
  return APFloat::getLargest(type.getFloatSemantics(), /*Negative=*/true)
      .convertToDouble();
}

void LaneTransfer::set(Value result, unsigned axis, AtomId atom, Lane lane) {
  auto type = dyn_cast<FloatType>(getElementTypeOrSelf(result.getType()));
  if (type && lane.getConstant())
    lane = round(lane, type);
  analysis.lanes.insert_or_assign({result, axis, atom}, lane);
}

void LaneTransfer::setAll(Value result, unsigned axis, Lane lane) {
  for (AtomId atom : getAtoms(result, axis))
    set(result, axis, atom, lane);
}

void LaneTransfer::needZero(Value operand, unsigned axis, AtomId atom,
                            const Twine &why) {
  if (!get(operand, axis, atom).isZero())
    mask(operand, axis, atom, 0.0, why);
}

void LaneTransfer::needLowest(Value operand, unsigned axis, AtomId atom,
                              const Twine &why) {
  auto type = dyn_cast<FloatType>(getElementTypeOrSelf(operand.getType()));
  std::optional<double> number = get(operand, axis, atom).getConstant();
  if (!type || !number || *number != getLowest(type))
    mask(operand, axis, atom, -std::numeric_limits<double>::infinity(), why);
}

void LaneTransfer::mask(Value operand, unsigned axis, AtomId atom,
                        double number, const Twine &why) {
  // Neither zero times nor minus infinity plus what is not finite will do.
  if (!isa<FloatType>(getElementTypeOrSelf(operand.getType())) ||
      !getConstantSize(operand, axis) || !get(operand, axis, atom).isFinite())
    return refuse(atom, why);
  for (LaneMask &mask : llvm::reverse(analysis.masks)) {
    if (mask.user != op)
      break;
    if (mask.value == operand && mask.axis == axis && mask.number == number) {
      mask.atoms.push_back(atom);
      return;
    }
  }
  analysis.masks.push_back({op, operand, axis, number, {atom}});
}

void LaneTransfer::refuse(AtomId atom, const Twine &why) {
  analysis.space->fix(analysis.space->getTerm(atom),
                      {op, why.str(), Remedy::Cut});
}

//===----------------------------------------------------------------------===//
// UseCollector
//===----------------------------------------------------------------------===//

/// The leading dimensions of `axis` that have `size` elements together; none if
/// it is not made of such.
static SmallVector<Term, 2> getLeading(DimensionSpace &space, Term axis,
                                       int64_t size) {
  axis = space.normalise(axis);
  SmallVector<Term, 2> leading;
  if (space.getKind(axis) != DimensionSpace::Kind::Sum)
    return leading;
  for (Term segment : space.getSegments(axis)) {
    std::optional<int64_t> count = space.getConstantSize(segment);
    if (size == 0)
      return leading;
    if (!count || *count > size)
      break;
    size -= *count;
    leading.push_back(segment);
  }
  return size == 0 ? leading : SmallVector<Term, 2>();
}

/// The dimensions before the first lane that `value` reads along `axis` of what
/// it is cut from, and that lane.
static std::pair<SmallVector<Term, 2>, int64_t>
getOffset(Value value, unsigned axis, const DimensionAnalysis &analysis) {
  DimensionSpace &space = analysis.getSpace();
  Operation *op = value.getDefiningOp();
  if (auto split = dyn_cast_or_null<SplitOp>(op)) {
    unsigned rank = analysis.getAxes(value)->size();
    int64_t splitAxis = split.getAxis();
    if ((splitAxis < 0 ? splitAxis + rank : splitAxis) != axis)
      return {};
    SmallVector<Term, 2> before;
    int64_t offset = 0;
    for (Value earlier : split.getResults()) {
      if (earlier == value)
        return {before, offset};
      std::optional<ArrayRef<Term>> axes = analysis.getAxes(earlier);
      if (!axes)
        return {};
      before.push_back(space.normalise((*axes)[axis]));
      offset += space.getConstantSize((*axes)[axis]).value_or(0);
    }
  }
  if (auto slice = dyn_cast_or_null<SliceOp>(op)) {
    std::optional<ArrayRef<Term>> axes =
        analysis.getAxes(slice.getData(), slice);
    if (!axes || axis >= axes->size())
      return {};
    std::optional<int64_t> size = space.getConstantSize((*axes)[axis]);
    auto bounds =
        getSliceBounds(slice, axes->size(), analysis.getShapeValues());
    for (const SliceBounds &bound : bounds.value_or(SmallVector<SliceBounds>()))
      if (auto range =
              size && bound.axis == axis ? bound.getRange(*size) : std::nullopt)
        return {getLeading(space, (*axes)[axis], range->first), range->first};
  }
  return {};
}

void UseCollector::addRewrite(Term term, unsigned nodes, unsigned passes) {
  analysis.rewrites.push_back({RewriteKind::WrittenOut,
                               op,
                               op->getResult(0),
                               {getSpace().normalise(term)},
                               nodes,
                               passes});
}

void UseCollector::add(unsigned operand, unsigned axis, Role role, Term term) {
  Value value = op->getOperand(operand);
  std::optional<ArrayRef<Term>> axes = getAxes(value);
  if (!axes || axis >= axes->size())
    return;
  if (!term)
    term = (*axes)[axis];
  auto [before, offset] = getOffset(value, axis, analysis);
  analysis.uses.push_back({op, operand, axis, role, getSpace().normalise(term),
                           axis + 1 == axes->size(), std::move(before),
                           offset});
}
