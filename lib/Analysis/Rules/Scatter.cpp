//===- Scatter.cpp - Dimension rule of slice assignment --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ScatterND is what exporters make of `x[a:b] = y`: its indices are one range
// of rows, which lies in the data as a slice does.
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
      r.fixAxes(data, "scatters into it");
      r.fixAxes(updates, "scatters it");
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
    for (unsigned axis = 0, rank = t.getRank(result); axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(result, axis)) {
        Lane lane = t.get(data, axis, atom);
        bool isUpdated =
            axis < t.getRank(updates) && t.isOn(updates, axis, atom);
        t.set(result, axis, atom,
              isUpdated ? lane.join(t.get(updates, axis, atom)) : lane);
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
