//===- Scatter.cpp - Dimension rule of slice assignment --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ScatterND is what exporters make of `x[a:b] = y`: its indices are a range of
// rows, or of each axis up to the one that is assigned to, which lie in the
// data as slices do. Other indices fix what they index, and the slices keep
// their axes.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

using namespace mlir;
using namespace gac;

/// Indices that are known, of whatever number.
static std::optional<SmallVector<int64_t>>
getIndices(Value indices, const ShapeValues &shapes) {
  if (auto numbers = shapes.constantOf(indices))
    return numbers;
  DenseElementsAttr data = getKnownElements(indices);
  if (!data || !data.getElementType().isInteger(64))
    return std::nullopt;
  return SmallVector<int64_t>(data.getValues<int64_t>());
}

/// What index tuples count, entry by entry; nothing where that is not known.
static std::optional<SmallVector<Counting>>
getCountings(Value indices, const ShapeValues &shapes) {
  std::optional<ArrayRef<SymExpr>> shape = shapes.shapeOf(indices);
  if (!shape || shape->empty())
    return std::nullopt;
  unsigned last = shape->size() - 1;
  std::optional<int64_t> perTuple = (*shape)[last].getConstant();
  if (!perTuple || *perTuple < 1)
    return std::nullopt;
  SmallVector<Counting> countings;
  // Numbers that are known, each entry's apart.
  if (std::optional<SmallVector<int64_t>> numbers =
          getIndices(indices, shapes)) {
    SmallVector<int64_t> grid;
    for (const SymExpr &size : shape->drop_back())
      grid.push_back(*size.getConstant());
    for (int64_t entry = 0; entry != *perTuple; ++entry) {
      SymShape ofEntry;
      for (size_t i = entry; i < numbers->size(); i += *perTuple)
        ofEntry.push_back((*numbers)[i]);
      std::optional<Counting> counting = findCounting(ofEntry, grid);
      if (!counting)
        return std::nullopt;
      countings.push_back(std::move(*counting));
    }
    return countings;
  }
  SmallVector<Value> entries = {indices};
  if (auto concat = indices.getDefiningOp<ConcatOp>();
      concat && getAxisIndex(concat.getAxis(), shape->size()) == last)
    entries.assign(concat.getInputs().begin(), concat.getInputs().end());
  if (entries.size() != static_cast<size_t>(*perTuple))
    return std::nullopt;
  for (Value entry : entries) {
    std::optional<Counting> counting = shapes.countingOf(entry);
    std::optional<ArrayRef<SymExpr>> sizes = shapes.shapeOf(entry);
    if (!counting || !sizes || sizes->size() != shape->size() ||
        !sizes->back().isOne())
      return std::nullopt;
    countings.push_back(std::move(*counting));
  }
  return countings;
}

namespace {

/// An axis of the data: the lanes in front of those that are replaced, these,
/// and those behind them.
struct CutLanes {
  Term before;
  Term replaced;
  Term behind;

  bool isWhole(DimensionSpace &space) const {
    return space.getConstantSize(before) == 0 &&
           space.getConstantSize(behind) == 0;
  }
};

struct ScatterNDModel
    : DimensionOpInterface::ExternalModel<ScatterNDModel, ScatterNDOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto scatter = cast<ScatterNDOp>(op);
    SmallVector<Term> data = r.getAxes(scatter.getData());
    SmallVector<Term> updates = r.getAxes(scatter.getUpdates());
    r.fixAxes(scatter.getIndices(), "reads indices from it");
    auto box = getBox(scatter, scatter.getIndices(), r.getSpace(), data,
                      updates, r.getShapeValues());
    if (!box) {
      unsigned indexed = relateSlices(scatter, r, data, updates);
      r.fixReads(ArrayRef(data).take_front(indexed), "scatters into it");
      r.fixReads(ArrayRef(updates).drop_back(data.size() - indexed),
                 "scatters it");
      return r.setAxes(scatter.getResult(), data);
    }
    for (auto [lanes, axis] : llvm::zip(*box, updates))
      r.unify(lanes.replaced, axis);
    for (auto [a, b] :
         llvm::drop_begin(llvm::zip_equal(data, updates), box->size()))
      r.unify(a, b);
    r.setAxes(scatter.getResult(), data);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto scatter = cast<ScatterNDOp>(op);
    Value data = scatter.getData(), updates = scatter.getUpdates();
    Value result = scatter.getResult();
    // Slices are the last axes of the updates too.
    unsigned rank = t.getRank(result);
    int64_t offset = static_cast<int64_t>(t.getRank(updates)) - rank;
    bool adds = scatter.getReduction() != "none";
    for (unsigned axis = 0; axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(result, axis)) {
        Lane lane = t.get(data, axis, atom);
        int64_t place = axis + offset;
        if (place >= 0 && t.isOn(updates, place, atom)) {
          Lane update = t.get(updates, place, atom);
          lane =
              adds ? keepZero(lane).join(keepZero(update)) : lane.join(update);
        }
        t.set(result, axis, atom, lane);
      }
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto scatter = cast<ScatterNDOp>(op);
    auto data = uses.getAxes(scatter.getData());
    auto updates = uses.getAxes(scatter.getUpdates());
    if (!data || !updates)
      return;
    auto box = getBox(scatter, scatter.getIndices(), uses.getSpace(), *data,
                      *updates, uses.getShapeValues());
    if (!box ||
        isListed(box->size(), scatter.getIndices(), uses.getShapeValues()))
      return;
    // What lies around the updates is read for itself.
    unsigned nodes = 1;
    for (const CutLanes &lanes : *box)
      for (Term around : {lanes.before, lanes.behind})
        nodes += uses.getSpace().getConstantSize(around) != 0;
    uses.addRewrite(uses.getSpace().getProd(data->take_front(box->size())),
                    nodes,
                    /*passes=*/0);
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto scatter = cast<ScatterNDOp>(op);
    SmallVector<Term> data = g.getAxes(scatter.getData());
    SmallVector<Term> updates = g.getAxes(scatter.getUpdates());
    Value indices = g.getOriginal(scatter.getIndices());
    auto box = getBox(scatter, indices, g.getSpace(), data, updates,
                      g.getShapeValues());
    if (!box && !data.empty() && g.grows(data.front()))
      return op->emitOpError("cannot follow the growth of its rows");
    if (!box || llvm::none_of(ArrayRef(data).take_front(box->size()),
                              [&](Term axis) { return g.grows(axis); }))
      return success();
    if (!isListed(box->size(), indices, g.getShapeValues()))
      return concatenate(scatter, g, *box);
    SmallVector<int64_t> list(
        g.getNewSize(box->front().replaced).getConstant().value_or(0));
    std::iota(list.begin(), list.end(),
              g.getNewSize(box->front().before).getConstant().value_or(0));
    scatter.getIndicesMutable().assign(g.createIntegers(
        list, getValueName(indices), {static_cast<int64_t>(list.size()), 1}));
    return success();
  }

private:
  /// Relates the axes of the slices that are replaced or added to; returns how
  /// many axes of the data come before them.
  static unsigned relateSlices(ScatterNDOp scatter, DimensionRelations &r,
                               ArrayRef<Term> data, ArrayRef<Term> updates) {
    SmallVector<Term> indices = r.getAxes(scatter.getIndices());
    std::optional<int64_t> perTuple;
    if (!indices.empty())
      perTuple = r.getSpace().getConstantSize(indices.back());
    bool keepsZero =
        scatter.getReduction() == "none" || scatter.getReduction() == "add";
    if (!keepsZero || !perTuple ||
        *perTuple > static_cast<int64_t>(data.size()) ||
        updates.size() + *perTuple + 1 != data.size() + indices.size()) {
      // All of both, then.
      r.fixAxes(updates, "scatters it");
      return data.size();
    }
    ArrayRef<Term> slice = data.drop_front(*perTuple);
    for (auto [a, b] : llvm::zip_equal(slice, updates.take_back(slice.size())))
      r.unify(a, b);
    return *perTuple;
  }

  /// The axes that tuples index, where these are all places of a range of each;
  /// nothing where they may be others.
  static std::optional<SmallVector<CutLanes>>
  getBox(ScatterNDOp scatter, Value indices, DimensionSpace &space,
         ArrayRef<Term> data, ArrayRef<Term> updates,
         const ShapeValues &shapes) {
    auto countings = getCountings(indices, shapes);
    if (!countings || scatter.getReduction() != "none" ||
        data.size() != updates.size() || countings->size() > data.size() ||
        shapes.shapeOf(indices)->size() != countings->size() + 1)
      return std::nullopt;
    unsigned numParts = 0;
    for (auto [axis, counting] : llvm::enumerate(*countings)) {
      bool isOne = space.normalise(updates[axis]) == space.getUnit();
      if (counting.axis ? *counting.axis != axis : !isOne)
        return std::nullopt;
      numParts += !isWhole(space, data[axis], updates[axis], counting.first);
    }
    // Growth puts together what lies along one axis.
    if (numParts > 1)
      return std::nullopt;
    SmallVector<CutLanes> box;
    for (auto [axis, counting] : llvm::enumerate(*countings)) {
      std::optional<CutLanes> lanes =
          cut(space, data[axis], updates[axis], counting.first);
      if (!lanes)
        return std::nullopt;
      box.push_back(*lanes);
    }
    return box;
  }

  static bool isWhole(DimensionSpace &space, Term axis, Term replaced,
                      const SymExpr &first) {
    return first.isZero() && space.getSize(axis) == space.getSize(replaced);
  }

  static std::optional<CutLanes> cut(DimensionSpace &space, Term axis,
                                     Term replaced, const SymExpr &first) {
    if (isWhole(space, axis, replaced, first))
      return CutLanes{space.getSum({}), axis, space.getSum({})};
    const SymExpr &count = space.getSize(replaced);
    std::optional<int64_t> start = first.getConstant();
    if (!start || *start < 0 || !count.isConstant())
      return std::nullopt;
    auto outer = space.splitSum(axis, first + count);
    if (!outer)
      return std::nullopt;
    auto inner = space.splitSum(outer->first, first);
    if (!inner)
      return std::nullopt;
    return CutLanes{inner->first, inner->second, outer->second};
  }

  /// Whether indices are a short list of rows, which growth writes anew.
  static bool isListed(size_t perTuple, Value indices,
                       const ShapeValues &shapes) {
    return perTuple == 1 && shapes.constantOf(indices);
  }

  /// Has the updates stand between what is in front of them and behind them.
  static LogicalResult concatenate(ScatterNDOp scatter, DimensionGrower &g,
                                   ArrayRef<CutLanes> box) {
    const auto *cut = llvm::find_if(box, [&](const CutLanes &lanes) {
      return !lanes.isWhole(g.getSpace());
    });
    Type type = scatter.getResult().getType();
    if (cut == box.end()) {
      auto made = g.create<IdentityOp>(type, scatter.getUpdates());
      g.replaceLater(scatter.getResult(), made.getResult());
      return success();
    }
    int64_t axis = cut - box.begin();
    auto data = cast<RankedTensorType>(scatter.getData().getType());
    auto slice = [&](Term lanes, int64_t start) -> Value {
      int64_t size = *g.getNewSize(lanes).getConstant();
      SmallVector<int64_t> sizes(data.getShape());
      sizes[axis] = size;
      StringRef name = getValueName(scatter.getResult());
      return g.create<SliceOp>(
          data.clone(sizes), scatter.getData(), g.createIntegers(start, name),
          g.createIntegers(start + size, name), g.createIntegers(axis, name),
          /*stepsOperand=*/Value(), /*starts=*/DenseI64ArrayAttr(),
          /*ends=*/DenseI64ArrayAttr(), /*axes=*/DenseI64ArrayAttr());
    };
    SmallVector<Value, 3> parts;
    int64_t size = *g.getNewSize(cut->before).getConstant();
    if (size != 0)
      parts.push_back(slice(cut->before, 0));
    parts.push_back(scatter.getUpdates());
    size += *g.getNewSize(cut->replaced).getConstant();
    if (g.getNewSize(cut->behind).getConstant() != 0)
      parts.push_back(slice(cut->behind, size));
    auto made = g.create<ConcatOp>(type, parts, axis);
    g.replaceLater(scatter.getResult(), made.getResult());
    return success();
  }
};

} // namespace

void gac::registerScatterModels(MLIRContext &context) {
  ScatterNDOp::attachInterface<ScatterNDModel>(context);
}
