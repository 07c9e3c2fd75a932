//===- Segments.cpp - Dimension rules of Concat, Split, Slice, Pad --------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "SliceBounds.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

namespace {

//===----------------------------------------------------------------------===//
// Concat
//===----------------------------------------------------------------------===//

struct ConcatModel
    : DimensionOpInterface::ExternalModel<ConcatModel, ConcatOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto concat = cast<ConcatOp>(op);
    SmallVector<Term> result, segments;
    for (Value input : concat.getInputs()) {
      SmallVector<Term> axes = r.getAxes(input);
      std::optional<unsigned> axis =
          getAxisIndex(concat.getAxis(), axes.size());
      if (!axis || (!result.empty() && axes.size() != result.size()))
        return;
      segments.push_back(axes[*axis]);
      if (result.empty()) {
        result = axes;
        continue;
      }
      for (unsigned i = 0, e = axes.size(); i != e; ++i) {
        if (i == *axis)
          continue;
        r.unify(result[i], axes[i]);
        // Sizes that are not known to be equal are so when the model runs.
        const SymExpr &size = r.getSpace().getSize(result[i]);
        if (ShapeInference::merge(size, r.getSpace().getSize(axes[i])) != size)
          result[i] = axes[i];
      }
    }
    if (result.empty())
      return;
    result[*getAxisIndex(concat.getAxis(), result.size())] =
        r.getSpace().getSum(segments);
    r.setAxes(concat.getResult(), result);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto concat = cast<ConcatOp>(op);
    Value result = concat.getResult();
    for (unsigned axis = 0, rank = t.getRank(result); axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(result, axis)) {
        std::optional<Lane> lane;
        for (Value input : concat.getInputs())
          if (axis < t.getRank(input) && t.isOn(input, axis, atom)) {
            Lane here = t.get(input, axis, atom);
            lane = lane ? lane->join(here) : here;
          }
        if (lane)
          t.set(result, axis, atom, *lane);
      }
  }
};

//===----------------------------------------------------------------------===//
// Split
//===----------------------------------------------------------------------===//

/// The sizes of the results, nothing if they are not known as numbers.
std::optional<SmallVector<int64_t>> getSplitSizes(SplitOp split, Term axis,
                                                  DimensionRelations &r) {
  if (split.getSplitOperand())
    return r.getShapeValues().constantOf(split.getSplitOperand());
  if (std::optional<ArrayRef<int64_t>> sizes = split.getSplit())
    return SmallVector<int64_t>(*sizes);
  std::optional<int64_t> size = r.getSpace().getConstantSize(axis);
  int64_t parts = split.getNumResults();
  if (!size || parts == 0)
    return std::nullopt;
  // Equal parts, the last one smaller.
  int64_t part = llvm::divideCeil(*size, parts);
  SmallVector<int64_t> sizes(parts - 1, part);
  sizes.push_back(*size - part * (parts - 1));
  return sizes;
}

struct SplitModel : DimensionOpInterface::ExternalModel<SplitModel, SplitOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto split = cast<SplitOp>(op);
    SmallVector<Term> axes = r.getAxes(split.getInput());
    std::optional<unsigned> axis = getAxisIndex(split.getAxis(), axes.size());
    if (!axis)
      return;
    auto sizes = getSplitSizes(split, axes[*axis], r);
    Term rest = axes[*axis];
    for (auto [index, result] : llvm::enumerate(split.getResults())) {
      std::optional<SmallVector<Term>> made = r.createAxes(result);
      std::optional<std::pair<Term, Term>> cut;
      if (rest && sizes && index < sizes->size())
        cut = r.getSpace().splitSum(rest, SymExpr::constant((*sizes)[index]));
      SmallVector<Term> part = axes;
      if (cut) {
        part[*axis] = cut->first;
        rest = cut->second;
      } else {
        // From here on borders are not known or fall within a lane of a
        // product.
        r.fixRead(axes[*axis], "splits it where it has no border");
        if (!made || made->size() != axes.size())
          continue;
        r.fixRead((*made)[*axis], "splits it where it has no border");
        part[*axis] = (*made)[*axis];
        rest = Term();
      }
      r.setAxes(result, part);
    }
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto split = cast<SplitOp>(op);
    for (Value result : split.getResults())
      for (unsigned axis = 0, rank = t.getRank(result); axis != rank; ++axis)
        passLanes(t, split.getInput(), axis, result, axis);
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto split = cast<SplitOp>(op);
    SmallVector<Term> axes = g.getAxes(split.getInput());
    std::optional<unsigned> axis = getAxisIndex(split.getAxis(), axes.size());
    if (!axis || !g.grows(axes[*axis]))
      return success();
    SmallVector<int64_t> sizes;
    for (Value result : split.getResults())
      sizes.push_back(
          g.getNewSize(g.getAxes(result)[*axis]).getConstant().value_or(-1));
    if (getOnnxOpset(op) < 13) {
      split.setSplit(sizes);
      return success();
    }
    Value operand =
        g.createIntegers(sizes, getValueName(split.getResult(0)) + ".split");
    split.getSplitOperandMutable().assign(operand);
    split.removeNumOutputsAttr();
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

/// Writes numbers that are an attribute in some opsets and an operand in
/// others, where they are not what they should be.
template <typename SetAttributeFn>
void updateList(DimensionGrower &g, Value old, const SizeEntries &entries,
                MutableOperandRange operand, SetAttributeFn setAttribute) {
  if (!old) {
    SmallVector<int64_t> numbers;
    for (std::optional<int64_t> entry : entries)
      numbers.push_back(entry.value_or(0));
    setAttribute(numbers);
    return;
  }
  auto grown = getGrownElements(g, old);
  bool isUpToDate =
      llvm::all_of(llvm::zip_first(entries, grown), [](auto pair) {
        auto [entry, element] = pair;
        return !entry || (element && *element == SymExpr::constant(*entry));
      });
  if (!isUpToDate || grown.size() != entries.size())
    operand.assign(rewriteSizes(g, old, entries));
}

/// What a slice of one axis is in terms of that axis.
struct SlicedAxis {
  /// Lanes in front of the slice.
  Term before;
  Term slice;
  /// The step, where the slice is one factor of the axis.
  int64_t step = 1;
};

/// Cuts `axis`; nothing where its parts do not show it.
std::optional<SlicedAxis> cut(DimensionSpace &space, Term axis,
                              const SliceBounds &bounds, Operation *op) {
  Term none = space.getSum({});
  std::optional<int64_t> size = space.getConstantSize(axis);
  if (!size) {
    // Of a symbolic axis a tail is known that starts at a number.
    constexpr int64_t kEnd = std::numeric_limits<int32_t>::max();
    std::optional<int64_t> start = bounds.start.getConstant(),
                           end = bounds.end.getConstant();
    bool toTheEnd = (end && *end >= kEnd) || bounds.end == space.getSize(axis);
    if (!toTheEnd || !start || *start < 0 || bounds.step != 1)
      return std::nullopt;
    if (*start == 0)
      return SlicedAxis{none, axis};
    auto parts = space.splitSum(axis, bounds.start);
    if (!parts)
      return std::nullopt;
    return SlicedAxis{parts->first, parts->second};
  }

  auto range = bounds.getRange(*size);
  if (!range || !bounds.step || *bounds.step < 1)
    return std::nullopt;
  auto [start, end] = *range;
  if (*bounds.step == 1) {
    auto outer = space.splitSum(axis, SymExpr::constant(end));
    if (!outer)
      return std::nullopt;
    auto inner = space.splitSum(outer->first, SymExpr::constant(start));
    if (!inner)
      return std::nullopt;
    return SlicedAxis{inner->first, inner->second};
  }
  // Every k-th lane is one factor of the axis, if it takes all of them.
  if (start >= *bounds.step || end != *size)
    return std::nullopt;
  auto factors = space.splitProduct(axis, SymExpr::constant(*bounds.step), op);
  if (!factors)
    return std::nullopt;
  space.fix(
      factors->second,
      {op, "steps over it by " + std::to_string(*bounds.step), Remedy::Cut});
  return SlicedAxis{none, factors->first, *bounds.step};
}

struct SliceModel : DimensionOpInterface::ExternalModel<SliceModel, SliceOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto slice = cast<SliceOp>(op);
    SmallVector<Term> axes = r.getAxes(slice.getData());
    auto bounds = getSliceBounds(slice, axes.size(), r.getShapeValues());
    std::optional<SmallVector<Term>> made = r.createAxes(slice.getResult());
    if (!bounds || !made || made->size() != axes.size())
      return r.fixReads(axes, "slices it in an unknown way");
    SmallVector<Term> result = axes;
    for (const SliceBounds &bound : *bounds) {
      Term &axis = result[bound.axis];
      if (auto sliced = cut(r.getSpace(), axis, bound, op)) {
        axis = sliced->slice;
        continue;
      }
      std::string why = bound.step == -1
                            ? "reverses it"
                            : "slices it from " + bound.start.str() + " to " +
                                  bound.end.str();
      r.fixRead(axis, why);
      axis = (*made)[bound.axis];
      // Of a cut in front of it, lanes in a row are such that may grow.
      if (bound.step == 1)
        r.fixRead(axis, why);
      else
        r.fixMade(axis, why);
    }
    r.setAxes(slice.getResult(), result);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto slice = cast<SliceOp>(op);
    for (unsigned axis = 0, rank = t.getRank(slice.getResult()); axis != rank;
         ++axis)
      passLanes(t, slice.getData(), axis, slice.getResult(), axis);
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto slice = cast<SliceOp>(op);
    SmallVector<Term> axes = g.getAxes(slice.getData());
    auto bounds = getSliceBounds(slice, axes.size(), g.getShapeValues());
    if (!bounds)
      return success();
    SizeEntries starts(bounds->size()), ends(bounds->size());
    for (auto [index, bound] : llvm::enumerate(*bounds)) {
      starts[index] = bound.start.getConstant();
      ends[index] = bound.end.getConstant();
      if (!g.grows(axes[bound.axis]))
        continue;
      auto sliced = cut(g.getSpace(), axes[bound.axis], bound, op);
      if (!sliced)
        return op->emitOpError("cannot follow the growth of axis ")
               << bound.axis;
      if (sliced->step != 1) {
        ends[index] = g.getNewSize(axes[bound.axis]).getConstant();
        continue;
      }
      std::optional<int64_t> start = g.getNewSize(sliced->before).getConstant();
      std::optional<int64_t> size = g.getNewSize(sliced->slice).getConstant();
      starts[index] = start;
      if (start && size && !reachesEnd(g, axes[bound.axis], *sliced, bound))
        ends[index] = *start + *size;
    }
    updateList(g, slice.getStartsOperand(), starts,
               slice.getStartsOperandMutable(),
               [&](ArrayRef<int64_t> list) { slice.setStarts(list); });
    updateList(g, slice.getEndsOperand(), ends, slice.getEndsOperandMutable(),
               [&](ArrayRef<int64_t> list) { slice.setEnds(list); });
    return success();
  }

private:
  /// Whether a bound beyond the old end may stay, being beyond the new one too.
  static bool reachesEnd(DimensionGrower &g, Term axis,
                         const SlicedAxis &sliced, const SliceBounds &bound) {
    std::optional<int64_t> end = bound.end.getConstant();
    constexpr int64_t kEnd = std::numeric_limits<int32_t>::max();
    return end && *end >= kEnd &&
           g.getOldSize(sliced.before) + g.getOldSize(sliced.slice) ==
               g.getOldSize(axis);
  }
};

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

struct PadModel : DimensionOpInterface::ExternalModel<PadModel, PadOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto pad = cast<PadOp>(op);
    SmallVector<Term> axes = r.getAxes(pad.getData());
    std::optional<SmallVector<Term>> made = r.createAxes(pad.getResult());
    std::optional<SmallVector<Pads>> all =
        getPads(pad, axes.size(), r.getShapeValues());
    if (!made || made->size() != axes.size() || !all)
      return r.fixReads(axes, "pads it in an unknown way");
    for (Value list : op->getOperands().drop_front())
      r.fixAxes(list, "reads numbers from it");
    for (auto [axis, pads] : llvm::enumerate(*all)) {
      if (pads.areZero()) {
        (*made)[axis] = axes[axis];
        continue;
      }
      if (isConcat(pad, axes[axis], pads, r.getSpace())) {
        // What a Concat with constants is.
        SmallVector<Term> segments = {axes[axis]};
        if (!pads.before.isZero())
          segments.insert(segments.begin(), r.createDim(pads.before));
        if (!pads.after.isZero())
          segments.push_back(r.createDim(pads.after));
        (*made)[axis] = r.getSpace().getSum(segments);
        continue;
      }
      r.fixRead(axes[axis], "pads it");
      r.fixMade((*made)[axis], "pads it");
    }
    r.setAxes(pad.getResult(), *made);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto pad = cast<PadOp>(op);
    // What is put around padding lanes too.
    bool isCopied = pad.getMode() != "constant";
    Lane around = Lane::zero();
    if (pad.getValueOperand())
      around = t.getOrdinary(pad.getValueOperand());
    else if (pad.getValue())
      around = Lane::constant(pad.getValue()->convertToFloat());
    for (unsigned axis = 0, rank = t.getRank(pad.getResult()); axis != rank;
         ++axis)
      for (AtomId atom : t.getAtoms(pad.getResult(), axis)) {
        // The padding of what is put around.
        if (!t.isOn(pad.getData(), axis, atom)) {
          t.set(pad.getResult(), axis, atom, around);
          continue;
        }
        Lane lane = t.get(pad.getData(), axis, atom);
        t.set(pad.getResult(), axis, atom, isCopied ? lane : lane.join(around));
      }
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto pad = cast<PadOp>(op);
    SmallVector<Term> axes = g.getAxes(pad.getData());
    SmallVector<Term> result = g.getAxes(pad.getResult());
    std::optional<SmallVector<unsigned>> listed =
        getListedAxes(pad, axes.size(), g.getShapeValues());
    auto all = getPads(pad, axes.size(), g.getShapeValues());
    if (!all || !listed || result.size() != axes.size())
      return success();
    SizeEntries entries(2 * listed->size());
    bool areKnown = true, grow = false;
    for (auto [index, axis] : llvm::enumerate(*listed)) {
      const Pads &pads = (*all)[axis];
      SymExpr before = pads.before, after = pads.after;
      if (!pads.areZero() && g.grows(result[axis])) {
        auto front = g.getSpace().splitSum(result[axis], before);
        auto back = front ? g.getSpace().splitSum(front->second,
                                                  g.getOldSize(axes[axis]))
                          : std::nullopt;
        if (!back)
          return op->emitOpError("cannot follow the growth of axis ") << axis;
        before = g.getNewSize(front->first);
        after = g.getNewSize(back->second);
        grow |= before != pads.before || after != pads.after;
      }
      entries[index] = before.getConstant();
      entries[index + listed->size()] = after.getConstant();
      areKnown &= before.isConstant() && after.isConstant();
    }
    if (grow && areKnown)
      updateList(g, pad.getPadsOperand(), entries, pad.getPadsOperandMutable(),
                 [&](ArrayRef<int64_t> list) { pad.setPads(list); });
    return success();
  }

private:
  /// How many lanes are put on both sides of an axis.
  struct Pads {
    SymExpr before = 0, after = 0;
    bool areZero() const { return before.isZero() && after.isZero(); }
  };

  /// Whether what is put around is lanes of one number, and as many as are
  /// known.
  static bool isConcat(PadOp pad, Term axis, const Pads &pads,
                       const DimensionSpace &space) {
    return pad.getMode() == "constant" && pads.before.isConstant() &&
           pads.after.isConstant() && pads.before.isNonNegative() &&
           pads.after.isNonNegative() && space.getConstantSize(axis);
  }

  /// The axes that the list of pads is of.
  static std::optional<SmallVector<unsigned>>
  getListedAxes(PadOp pad, unsigned rank, const ShapeValues &shapes) {
    if (pad.getAxesOperand())
      return getAxesIndices(std::nullopt, pad.getAxesOperand(), rank, shapes);
    return llvm::to_vector(llvm::seq<unsigned>(0, rank));
  }

  /// The lanes around each axis, as far as they are known.
  static std::optional<SmallVector<Pads>> getPads(PadOp pad, unsigned rank,
                                                  const ShapeValues &shapes) {
    std::optional<SmallVector<unsigned>> axes =
        getListedAxes(pad, rank, shapes);
    SymShape pads;
    if (std::optional<ArrayRef<int64_t>> numbers = pad.getPads())
      pads.assign(numbers->begin(), numbers->end());
    else if (auto known = pad.getPadsOperand()
                              ? shapes.valueOf(pad.getPadsOperand())
                              : std::nullopt)
      pads.assign(known->begin(), known->end());
    if (!axes || pads.size() != 2 * axes->size())
      return std::nullopt;
    SmallVector<Pads> all(rank);
    for (auto [index, axis] : llvm::enumerate(*axes))
      all[axis] = {pads[index], pads[index + axes->size()]};
    return all;
  }
};

} // namespace

void gac::registerSegmentModels(MLIRContext &context) {
  ConcatOp::attachInterface<ConcatModel>(context);
  SplitOp::attachInterface<SplitModel>(context);
  SliceOp::attachInterface<SliceModel>(context);
  PadOp::attachInterface<PadModel>(context);
}
