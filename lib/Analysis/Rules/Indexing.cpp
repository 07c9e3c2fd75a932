//===- Indexing.cpp - Dimension rules of gathers and scatters ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Indices that are computed fix the axis that they index. Constants can follow
// its growth.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

namespace {

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

struct GatherModel
    : DimensionOpInterface::ExternalModel<GatherModel, GatherOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto gather = cast<GatherOp>(op);
    SmallVector<Term> data = r.getAxes(gather.getData());
    SmallVector<Term> indices = r.getAxes(gather.getIndices());
    std::optional<unsigned> axis = getAxisIndex(gather.getAxis(), data.size());
    if (!axis)
      return;
    if (!getLanes(r.getSpace(), data[*axis], gather.getIndices(),
                  r.getShapeValues()))
      r.fixRead(data[*axis], "indexes it");
    else if (!isGrowableList(gather.getIndices(), indices))
      r.fixMade(indices, "picks as many lanes");
    auto result = llvm::to_vector(ArrayRef<Term>(data).take_front(*axis));
    llvm::append_range(result, indices);
    llvm::append_range(result, ArrayRef(data).drop_front(*axis + 1));
    r.setAxes(gather.getResult(), result);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto gather = cast<GatherOp>(op);
    Value data = gather.getData(), result = gather.getResult();
    unsigned rank = t.getRank(data), picked = t.getRank(gather.getIndices());
    std::optional<unsigned> axis = getAxisIndex(gather.getAxis(), rank);
    if (!axis)
      return;
    for (unsigned i = 0; i != rank; ++i)
      if (i != *axis)
        passLanes(t, data, i, result, i < *axis ? i : i + picked - 1);
    // A padded index is 0 and picks ordinary data.
    for (unsigned i = 0; i != picked; ++i)
      t.setAll(result, *axis + i, Lane::finite());
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto gather = cast<GatherOp>(op);
    SmallVector<Term> data = g.getAxes(gather.getData());
    std::optional<unsigned> axis = getAxisIndex(gather.getAxis(), data.size());
    if (!axis || !g.grows(data[*axis]))
      return success();
    Value indices = g.getOriginal(gather.getIndices());
    auto lanes =
        getLanes(g.getSpace(), data[*axis], indices, g.getShapeValues());
    if (!lanes)
      return op->emitOpError("cannot follow the growth of axis ") << *axis;
    SmallVector<LaneRun> runs = g.getPositions(data[*axis]);
    for (int64_t &lane : *lanes) {
      const LaneRun *run = llvm::find_if(runs, [&](const LaneRun &run) {
        return lane >= run.from && lane - run.from < run.length;
      });
      if (run != runs.end())
        lane += run->to - run->from;
    }
    std::string name = getValueName(indices).str();
    auto shape = g.getShapeValues().shapeOf(indices);
    if (shape && shape->empty()) {
      gather.getIndicesMutable().assign(
          g.createScalar(static_cast<double>(lanes->front()), indices, name));
      return success();
    }
    // Padding of the list picks the first lane, as that of any list does.
    if (Term list = g.getAxes(indices).front(); g.grows(list)) {
      std::optional<int64_t> size = g.getNewSize(list).getConstant();
      SmallVector<int64_t> grown(size.value_or(0), 0);
      for (const LaneRun &run : g.getPositions(list))
        for (int64_t i = 0; i != run.length; ++i)
          grown[run.to + i] = (*lanes)[run.from + i];
      gather.getIndicesMutable().assign(g.createIntegers(grown, name));
      return success();
    }
    SmallVector<int64_t> sizes;
    for (const SymExpr &size : *shape)
      sizes.push_back(size.getConstant().value_or(0));
    gather.getIndicesMutable().assign(g.createIntegers(*lanes, name, sizes));
    return success();
  }

private:
  /// Whether constant indices are a list, which is written anew with padding.
  static bool isGrowableList(Value indices, ArrayRef<Term> axes) {
    return isWeight(indices) && axes.size() == 1;
  }

  /// The lanes that constant indices pick, counted from the front; nothing if
  /// they are no constants or out of range.
  static std::optional<SmallVector<int64_t>>
  getLanes(DimensionSpace &space, Term axis, Value indices,
           const ShapeValues &shapes) {
    std::optional<SmallVector<int64_t>> lanes = shapes.constantOf(indices);
    std::optional<int64_t> size = space.getConstantSize(axis);
    if (!lanes || lanes->empty() || !size || !shapes.shapeOf(indices))
      return std::nullopt;
    for (int64_t &lane : *lanes) {
      if (lane < -*size || lane >= *size)
        return std::nullopt;
      lane += lane < 0 ? *size : 0;
    }
    return lanes;
  }
};

//===----------------------------------------------------------------------===//
// GatherND
//===----------------------------------------------------------------------===//

struct GatherNDModel
    : DimensionOpInterface::ExternalModel<GatherNDModel, GatherNDOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto gather = cast<GatherNDOp>(op);
    SmallVector<Term> data = r.getAxes(gather.getData());
    SmallVector<Term> indices = r.getAxes(gather.getIndices());
    r.fixAxes(indices, "reads indices from it");
    std::optional<unsigned> indexed = getNumIndexed(
        gather, data.size(),
        indices.empty() ? std::nullopt
                        : r.getSpace().getConstantSize(indices.back()));
    if (!indexed)
      return r.fixReads(data, "indexes it");
    r.fixReads(ArrayRef(data).take_front(*indexed), "indexes it");
    SmallVector<Term> result(indices.begin(), std::prev(indices.end()));
    llvm::append_range(result, ArrayRef(data).drop_front(*indexed));
    r.setAxes(gather.getResult(), result);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto gather = cast<GatherNDOp>(op);
    unsigned rank = t.getRank(gather.getData());
    unsigned resultRank = t.getRank(gather.getResult());
    // Whole slices are picked: their axes are the last ones of both.
    for (unsigned back = 1; back <= rank && back <= resultRank; ++back)
      passLanes(t, gather.getData(), rank - back, gather.getResult(),
                resultRank - back);
  }

private:
  /// How many of the first axes of the data are indexed, or batch.
  static std::optional<unsigned>
  getNumIndexed(GatherNDOp gather, unsigned rank,
                std::optional<int64_t> perTuple) {
    if (!perTuple || gather.getBatchDims() < 0)
      return std::nullopt;
    int64_t count = gather.getBatchDims() + *perTuple;
    if (count > static_cast<int64_t>(rank))
      return std::nullopt;
    return count;
  }
};

//===----------------------------------------------------------------------===//
// GatherElements
//===----------------------------------------------------------------------===//

/// Refuses an atom whose padding in `indices` names no place.
static void checkIndices(LaneTransfer &t, Value indices, unsigned axis,
                         AtomId atom, StringRef why) {
  // 0 is an index of anything, and so is a copy of another index.
  if (t.isOn(indices, axis, atom) && !t.get(indices, axis, atom).isZero() &&
      !isCopied(t, indices, axis, atom))
    t.refuse(atom, why);
}

struct GatherElementsModel
    : DimensionOpInterface::ExternalModel<GatherElementsModel,
                                          GatherElementsOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto gather = cast<GatherElementsOp>(op);
    SmallVector<Term> data = r.getAxes(gather.getData());
    SmallVector<Term> indices = r.getAxes(gather.getIndices());
    std::optional<unsigned> axis = getAxisIndex(gather.getAxis(), data.size());
    if (!axis || indices.size() != data.size())
      return;
    DimensionSpace &space = r.getSpace();
    for (unsigned i = 0, rank = data.size(); i != rank; ++i) {
      // Fewer indices than data read the first lanes only.
      bool isWhole =
          i != *axis && space.getSize(data[i]) == space.getSize(indices[i]);
      if (isWhole) {
        r.unify(data[i], indices[i]);
        continue;
      }
      // However many are picked of the axis that is indexed.
      if (i == *axis) {
        r.fixRead(data[i], "indexes it");
        continue;
      }
      r.fixRead(data[i], "reads a part of it");
      r.fixRead(indices[i], "picks as many lanes");
    }
    r.setAxes(gather.getResult(), indices);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto gather = cast<GatherElementsOp>(op);
    Value indices = gather.getIndices(), result = gather.getResult();
    for (unsigned axis = 0, rank = t.getRank(result); axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(result, axis)) {
        checkIndices(t, indices, axis, atom,
                     "would read where its padding says");
        t.set(result, axis, atom, t.get(gather.getData(), axis, atom));
      }
  }
};

//===----------------------------------------------------------------------===//
// ScatterElements
//===----------------------------------------------------------------------===//

struct ScatterElementsModel
    : DimensionOpInterface::ExternalModel<ScatterElementsModel,
                                          ScatterElementsOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto scatter = cast<ScatterElementsOp>(op);
    SmallVector<Term> data = r.getAxes(scatter.getData());
    SmallVector<Term> indices = r.getAxes(scatter.getIndices());
    SmallVector<Term> updates = r.getAxes(scatter.getUpdates());
    std::optional<unsigned> axis = getAxisIndex(scatter.getAxis(), data.size());
    if (!axis || indices.size() != data.size() || updates.size() != data.size())
      return;
    bool keepsZero =
        scatter.getReduction() == "none" || scatter.getReduction() == "add";
    DimensionSpace &space = r.getSpace();
    for (unsigned i = 0, rank = data.size(); i != rank; ++i) {
      bool isWhole = i != *axis && keepsZero &&
                     space.getSize(data[i]) == space.getSize(indices[i]) &&
                     space.getSize(data[i]) == space.getSize(updates[i]);
      if (isWhole) {
        r.unify(data[i], indices[i]);
        r.unify(data[i], updates[i]);
        continue;
      }
      r.fixRead(data[i],
                i == *axis ? "indexes it" : "scatters into a part of it");
      r.fixRead(indices[i], "reads indices from it");
      r.fixRead(updates[i], "scatters it");
    }
    r.setAxes(scatter.getResult(), data);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto scatter = cast<ScatterElementsOp>(op);
    Value result = scatter.getResult();
    bool adds = scatter.getReduction() != "none";
    for (unsigned axis = 0, rank = t.getRank(result); axis != rank; ++axis)
      for (AtomId atom : t.getAtoms(result, axis)) {
        checkIndices(t, scatter.getIndices(), axis, atom,
                     "would write where its padding says");
        Lane data = t.get(scatter.getData(), axis, atom);
        Lane update = t.get(scatter.getUpdates(), axis, atom);
        t.set(result, axis, atom,
              adds ? keepZero(data).join(keepZero(update)) : data.join(update));
      }
  }
};

} // namespace

void gac::registerIndexingModels(MLIRContext &context) {
  ScatterElementsOp::attachInterface<ScatterElementsModel>(context);
  GatherElementsOp::attachInterface<GatherElementsModel>(context);
  GatherOp::attachInterface<GatherModel>(context);
  GatherNDOp::attachInterface<GatherNDModel>(context);
}
