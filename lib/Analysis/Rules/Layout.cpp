//===- Layout.cpp - Dimension rules of reshapes and transposes -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace mlir;
using namespace gac;

/// Padding passes to the axes on which its atom stands in the result; where it
/// stands on several axes of the operand, all of them count.
static void passLanesByAtom(LaneTransfer &t, Value from, Value result) {
  for (unsigned axis = 0, rank = t.getRank(result); axis != rank; ++axis)
    for (AtomId atom : t.getAtoms(result, axis)) {
      std::optional<Lane> lane;
      for (unsigned i = 0, fromRank = t.getRank(from); i != fromRank; ++i)
        if (t.isOn(from, i, atom)) {
          Lane here = t.get(from, i, atom);
          lane = lane ? lane->join(here) : here;
        }
      if (lane)
        t.set(result, axis, atom, *lane);
    }
}

/// How many of the last axes of both lists are the same elements: the longest
/// such parts with equal sizes.
static std::pair<size_t, size_t>
getCommonTail(DimensionSpace &space, ArrayRef<Term> a, ArrayRef<Term> b) {
  std::pair<size_t, size_t> tail = {0, 0};
  SymExpr sizeOfA = SymExpr::constant(1);
  for (size_t countOfA = 0; countOfA != a.size();) {
    sizeOfA *= space.getSize(a[a.size() - ++countOfA]);
    SymExpr sizeOfB = SymExpr::constant(1);
    for (size_t countOfB = 0; countOfB != b.size();) {
      sizeOfB *= space.getSize(b[b.size() - ++countOfB]);
      if (sizeOfA == sizeOfB && !sizeOfA.isZero())
        tail = {countOfA, countOfB};
    }
  }
  return tail;
}

/// Relates operand and result as the same elements in row-major order.
static void regroup(DimensionRelations &r, Value data, Value result) {
  std::optional<SmallVector<Term>> made = r.createAxes(result);
  if (!made)
    return r.fixReads(r.getAxes(data), "reshapes it to an unknown rank");
  DimensionSpace &space = r.getSpace();
  SmallVector<Term> axes = r.getAxes(data);
  Term before = space.getProd(axes), after = space.getProd(*made);
  // In a tensor without elements nothing says which axis went where.
  if (space.getConstantSize(before) == 0) {
    r.fixReads(axes, "reshapes an empty tensor");
    r.fixAxes(*made, "reshapes an empty tensor");
  }
  if (space.getSize(before) == space.getSize(after)) {
    r.unify(before, after);
  } else {
    // Sizes that are not known to be equal are so when the model runs. What
    // lies inside of them keeps its place.
    auto [inner, innerMade] = getCommonTail(space, axes, *made);
    ArrayRef<Term> old = axes, all = *made;
    r.unify(space.getProd(old.take_back(inner)),
            space.getProd(all.take_back(innerMade)));
    std::string why = "reshapes " + space.toString(before) + " to " +
                      space.toString(after) +
                      ", which is not known to be equal";
    r.fixReads(old.drop_back(inner), why);
    r.fixAxes(all.drop_back(innerMade), why);
  }
  r.setAxes(result, *made);
}

//===----------------------------------------------------------------------===//
// Growth of reshapes
//===----------------------------------------------------------------------===//

/// Whether the shape operand says what it should, as it stands.
static bool isUpToDate(ReshapeOp reshape, DimensionGrower &g,
                       ArrayRef<std::optional<SymExpr>> entries,
                       ArrayRef<Term> data, ArrayRef<Term> result) {
  bool isInferred = false;
  for (auto [index, axis] : llvm::enumerate(result)) {
    const std::optional<SymExpr> &entry = entries[index];
    SymExpr wanted = g.getNewSize(axis);
    if (!entry)
      return false;
    if (entry->getConstant() == -1 && !isInferred) {
      isInferred = true;
      continue;
    }
    bool copies = entry->isZero() && !reshape.getAllowzero();
    if (copies) {
      if (index >= data.size() || g.getNewSize(data[index]) != wanted)
        return false;
    } else if (*entry != wanted) {
      return false;
    }
  }
  return true;
}

/// Whether the shape operand, of which `elements` are left, was computed from
/// the size of an axis that grows.
static bool readsGrowth(Value shape, DimensionGrower &g,
                        ArrayRef<std::optional<SymExpr>> elements) {
  std::optional<ArrayRef<SymExpr>> old = g.getShapeValues().valueOf(shape);
  return old && llvm::any_of(llvm::zip_equal(elements, *old), [](auto pair) {
           return std::get<0>(pair) != std::get<1>(pair);
         });
}

/// Whether the shape operand's entries for symbolic axes can stay while the
/// others are stated anew. An entry of which nothing is known is the size of
/// its axis all the same, as long as nothing that it measures grows.
static bool keepsEntries(ReshapeOp reshape, DimensionSpace &space,
                         ArrayRef<Term> data, ArrayRef<Term> result,
                         const ShapeValues &shapes) {
  std::optional<ArrayRef<SymExpr>> entries = shapes.valueOf(reshape.getShape());
  if (!entries || entries->size() != result.size())
    return false;
  auto isSymbolic = [&](const ShapeSource &source) {
    std::optional<ArrayRef<SymExpr>> shape = shapes.shapeOf(source.tensor);
    return shape && !(*shape)[source.axis].isConstant();
  };
  for (auto [index, axis] : llvm::enumerate(result)) {
    const SymExpr &entry = (*entries)[index];
    if (space.getConstantSize(axis) || entry == space.getSize(axis) ||
        entry.getConstant() == -1)
      continue;
    // If it is 0, it means the axis of the data that stands there.
    bool mayMeanOther = !reshape.getAllowzero() && index < data.size() &&
                        space.getConstantSize(data[index]);
    bool isKnown = !entry.hasUnknown() && !entry.isZero();
    if (isKnown || mayMeanOther ||
        !llvm::all_of(shapes.derivedFromShape(reshape.getShape(), index),
                      isSymbolic))
      return false;
  }
  return true;
}

static LogicalResult growReshape(ReshapeOp reshape, DimensionGrower &g) {
  SmallVector<Term> data = g.getAxes(reshape.getData());
  SmallVector<Term> result = g.getAxes(reshape.getResult());
  auto elements = getGrownElements(g, reshape.getShape());
  bool areKnown = elements.size() == result.size();
  bool grows = g.grows(reshape.getData()) || g.grows(reshape.getResult()) ||
               readsGrowth(reshape.getShape(), g, elements);
  if (!grows || (areKnown && isUpToDate(reshape, g, elements, data, result)))
    return success();

  SizeEntries entries(result.size());
  SmallVector<unsigned> symbolic;
  bool copies = false;
  for (auto [index, axis] : llvm::enumerate(result)) {
    entries[index] = g.getNewSize(axis).getConstant();
    if (entries[index])
      continue;
    if (index < data.size() &&
        g.getSpace().normalise(data[index]) == g.getSpace().normalise(axis)) {
      entries[index] = 0;
      copies = true;
    } else {
      symbolic.push_back(index);
    }
  }

  // One size is inferred: rather one that the old operand does not tell.
  auto isTold = [&](unsigned index) {
    return areKnown && elements[index] &&
           *elements[index] == g.getNewSize(result[index]);
  };
  if (!symbolic.empty()) {
    auto untold = llvm::find_if_not(symbolic, isTold);
    unsigned inferred = untold == symbolic.end() ? symbolic.front() : *untold;
    entries[inferred] = -1;
    llvm::erase(symbolic, inferred);
  }
  if (!llvm::all_of(symbolic, isTold) &&
      keepsEntries(reshape, g.getSpace(), data, result, g.getShapeValues())) {
    symbolic.clear();
    copies = false;
    for (auto [entry, axis] : llvm::zip_equal(entries, result))
      entry = g.getNewSize(axis).getConstant();
  }
  for (unsigned index : symbolic)
    if (!isTold(index))
      return reshape.emitOpError("cannot state the size ")
             << g.getNewSize(result[index]).str() << " of axis " << index
             << " of its result after growth";

  Value sizes = rewriteSizes(g, reshape.getShape(), entries);
  reshape.getShapeMutable().assign(sizes);
  if (copies)
    reshape.removeAllowzeroAttr();
  return success();
}

namespace {

struct ReshapeModel
    : DimensionOpInterface::ExternalModel<ReshapeModel, ReshapeOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto reshape = cast<ReshapeOp>(op);
    Value data = reshape.getData(), result = reshape.getResult();
    regroup(r, data, result);
    // Growth could not tell more than one size that it has to infer.
    if (countUntold(r, reshape) > 1 &&
        !keepsEntries(reshape, r.getSpace(), r.getAxes(data), r.getAxes(result),
                      r.getShapeValues())) {
      r.fixReads(r.getAxes(data), "reshapes it to sizes that are not known");
      r.fixAxes(result, "reshapes it to sizes that are not known");
    }
  }
  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto reshape = cast<ReshapeOp>(op);
    passLanesByAtom(t, reshape.getData(), reshape.getResult());
  }
  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    return growReshape(cast<ReshapeOp>(op), g);
  }

private:
  /// How many symbolic axes the result has that are neither axes of the data in
  /// place nor stated by the shape operand.
  static unsigned countUntold(DimensionRelations &r, ReshapeOp reshape) {
    DimensionSpace &space = r.getSpace();
    SmallVector<Term> data = r.getAxes(reshape.getData());
    SmallVector<Term> result = r.getAxes(reshape.getResult());
    std::optional<ArrayRef<SymExpr>> stated =
        r.getShapeValues().valueOf(reshape.getShape());
    unsigned count = 0;
    for (auto [index, axis] : llvm::enumerate(result)) {
      bool isInPlace = index < data.size() &&
                       space.normalise(data[index]) == space.normalise(axis);
      bool isStated = stated && stated->size() == result.size() &&
                      (*stated)[index] == space.getSize(axis);
      count += !space.getConstantSize(axis) && !isInPlace && !isStated;
    }
    return count;
  }
};

struct FlattenModel
    : DimensionOpInterface::ExternalModel<FlattenModel, FlattenOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto flatten = cast<FlattenOp>(op);
    SmallVector<Term> axes = r.getAxes(flatten.getInput());
    int64_t rank = axes.size(), axis = flatten.getAxis();
    axis = axis < 0 ? axis + rank : axis;
    if (axis < 0 || axis > rank)
      return;
    DimensionSpace &space = r.getSpace();
    r.setAxes(flatten.getResult(),
              {space.getProd(ArrayRef(axes).take_front(axis)),
               space.getProd(ArrayRef(axes).drop_front(axis))});
  }
  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto flatten = cast<FlattenOp>(op);
    passLanesByAtom(t, flatten.getInput(), flatten.getResult());
  }
};

//===----------------------------------------------------------------------===//
// Axes that move as they are
//===----------------------------------------------------------------------===//

/// For each axis of the result the axis of the operand that it is, nothing for
/// a new axis of size 1; nothing at all if that is not known.
using AxisMap = SmallVector<std::optional<unsigned>>;

std::optional<AxisMap> getAxisMap(TransposeOp op, unsigned rank,
                                  const ShapeValues &) {
  AxisMap map;
  std::optional<ArrayRef<int64_t>> perm = op.getPerm();
  if (perm && perm->size() != rank)
    return std::nullopt;
  for (unsigned i = 0; i != rank; ++i) {
    map.push_back(perm ? getAxisIndex((*perm)[i], rank)
                       : std::optional<unsigned>(rank - 1 - i));
    if (!map.back())
      return std::nullopt;
  }
  return map;
}

std::optional<AxisMap> getAxisMap(UnsqueezeOp op, unsigned rank,
                                  const ShapeValues &shapes) {
  size_t added = op.getAxes() ? op.getAxes()->size() : 0;
  if (op.getAxesOperand())
    if (auto axes = shapes.constantOf(op.getAxesOperand()))
      added = axes->size();
  auto axes =
      getAxesIndices(op.getAxes(), op.getAxesOperand(), rank + added, shapes);
  if (!axes)
    return std::nullopt;
  AxisMap map;
  for (unsigned i = 0, next = 0; i != rank + added; ++i)
    map.push_back(llvm::is_contained(*axes, i) ? std::nullopt
                                               : std::optional(next++));
  return map;
}

std::optional<AxisMap> getAxisMap(SqueezeOp op, unsigned rank,
                                  const ShapeValues &shapes) {
  auto axes = getAxesIndices(op.getAxes(), op.getAxesOperand(), rank, shapes);
  if (!axes)
    return std::nullopt;
  AxisMap map;
  // Without axes, all of size 1 go; whether a symbol is 1 is not known.
  std::optional<ArrayRef<SymExpr>> shape = shapes.shapeOf(op.getData());
  bool takesAll = !op.getAxes() && !op.getAxesOperand();
  for (unsigned i = 0; i != rank; ++i) {
    if (takesAll && (!shape || !(*shape)[i].isConstant()))
      return std::nullopt;
    if (takesAll ? !(*shape)[i].isOne() : !llvm::is_contained(*axes, i))
      map.push_back(i);
  }
  return map;
}

template <typename OpTy>
struct MoveModel : DimensionOpInterface::ExternalModel<MoveModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto move = cast<OpTy>(op);
    SmallVector<Term> axes = r.getAxes(move.getData());
    auto map = getAxisMap(move, axes.size(), r.getShapeValues());
    if (!map)
      return r.fixReads(axes, "moves it in an unknown way");
    r.setAxes(move.getResult(),
              llvm::map_to_vector(*map, [&](std::optional<unsigned> axis) {
                return axis ? axes[*axis] : r.getSpace().getUnit();
              }));
    if (op->getNumOperands() > 1)
      r.fixAxes(op->getOperand(1), "reads axes from it");
  }
  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto move = cast<OpTy>(op);
    auto map = getAxisMap(move, t.getRank(move.getData()), t.getShapeValues());
    if (!map)
      return;
    for (auto [axis, from] : llvm::enumerate(*map))
      if (from)
        passLanes(t, move.getData(), *from, move.getResult(), axis);
  }
};

} // namespace

void gac::registerLayoutModels(MLIRContext &context) {
  ReshapeOp::attachInterface<ReshapeModel>(context);
  FlattenOp::attachInterface<FlattenModel>(context);
  TransposeOp::attachInterface<MoveModel<TransposeOp>>(context);
  SqueezeOp::attachInterface<MoveModel<SqueezeOp>>(context);
  UnsqueezeOp::attachInterface<MoveModel<UnsqueezeOp>>(context);
}
