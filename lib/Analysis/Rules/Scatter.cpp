//===- Scatter.cpp - Dimension rule of slice assignment --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ScatterND is what exporters make of `x[a:b] = y`: its indices are one range
// of rows, which lies in the data as a slice does. Other indices fix what they
// index, and the slices keep their axes.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

using namespace mlir;
using namespace gac;

/// The first of consecutive rows that the indices name one by one; nothing if
/// they are another thing.
static std::optional<int64_t> getFirstRow(Value indices,
                                          const ShapeValues &shapes) {
  std::optional<ArrayRef<SymExpr>> shape = shapes.shapeOf(indices);
  std::optional<SmallVector<int64_t>> rows = shapes.constantOf(indices);
  if (!shape || shape->size() != 2 || !shape->back().isOne() || !rows ||
      rows->empty() || rows->front() < 0)
    return std::nullopt;
  for (auto [i, row] : llvm::enumerate(*rows))
    if (row != rows->front() + static_cast<int64_t>(i))
      return std::nullopt;
  return rows->front();
}

namespace {

/// The rows of the data in front of those that are replaced, these, and those
/// behind them.
struct CutRows {
  Term before;
  Term replaced;
  Term behind;
};

struct ScatterNDModel
    : DimensionOpInterface::ExternalModel<ScatterNDModel, ScatterNDOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto scatter = cast<ScatterNDOp>(op);
    SmallVector<Term> data = r.getAxes(scatter.getData());
    SmallVector<Term> updates = r.getAxes(scatter.getUpdates());
    r.fixAxes(scatter.getIndices(), "reads indices from it");
    std::optional<CutRows> rows;
    if (data.size() == updates.size() && !data.empty())
      rows = cut(r.getSpace(), data[0], updates[0], scatter.getIndices(),
                 r.getShapeValues());
    if (!rows || scatter.getReduction() != "none") {
      unsigned indexed = relateSlices(scatter, r, data, updates);
      r.fixReads(ArrayRef(data).take_front(indexed), "scatters into it");
      r.fixReads(ArrayRef(updates).drop_back(data.size() - indexed),
                 "scatters it");
      return r.setAxes(scatter.getResult(), data);
    }
    r.unify(rows->replaced, updates[0]);
    for (auto [a, b] : llvm::drop_begin(llvm::zip_equal(data, updates)))
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

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto scatter = cast<ScatterNDOp>(op);
    SmallVector<Term> data = g.getAxes(scatter.getData());
    SmallVector<Term> updates = g.getAxes(scatter.getUpdates());
    if (data.empty() || !g.grows(data[0]))
      return success();
    Value indices = g.getOriginal(scatter.getIndices());
    std::optional<CutRows> rows =
        cut(g.getSpace(), data[0], updates[0], indices, g.getShapeValues());
    if (!rows)
      return op->emitOpError("cannot follow the growth of its rows");
    SmallVector<int64_t> list(
        g.getNewSize(rows->replaced).getConstant().value_or(0));
    std::iota(list.begin(), list.end(),
              g.getNewSize(rows->before).getConstant().value_or(0));
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

  static std::optional<CutRows> cut(DimensionSpace &space, Term data,
                                    Term updates, Value indices,
                                    const ShapeValues &shapes) {
    std::optional<int64_t> first = getFirstRow(indices, shapes);
    std::optional<int64_t> count = space.getConstantSize(updates);
    if (!first || !count)
      return std::nullopt;
    auto outer = space.splitSum(data, SymExpr::constant(*first + *count));
    if (!outer)
      return std::nullopt;
    auto inner = space.splitSum(outer->first, SymExpr::constant(*first));
    if (!inner)
      return std::nullopt;
    return CutRows{inner->first, inner->second, outer->second};
  }
};

} // namespace

void gac::registerScatterModels(MLIRContext &context) {
  ScatterNDOp::attachInterface<ScatterNDModel>(context);
}
