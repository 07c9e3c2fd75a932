//===- Spatial.cpp - Rules of resampling, blocks and regions ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Channels pass and may grow; space is sampled, and stays.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

static constexpr unsigned kChannel = 1;

/// The sums of samples on an axis: zeros add up to zero.
static void passSums(LaneTransfer &t, Value from, unsigned fromAxis,
                     Value result, unsigned axis) {
  for (AtomId atom : t.getAtoms(result, axis))
    t.set(result, axis, atom, keepZero(t.get(from, fromAxis, atom)));
}

//===----------------------------------------------------------------------===//
// Resize, Upsample
//===----------------------------------------------------------------------===//

/// Axes of the result that are those of the operand, one by one.
static std::optional<SmallVector<bool>>
getPassedAxes(ResizeOp resize, unsigned rank, const ShapeValues &shapes) {
  SmallVector<bool> passed(rank, !resize.getAxes());
  SmallVector<unsigned> axes;
  if (std::optional<ArrayRef<int64_t>> given = resize.getAxes()) {
    passed.assign(rank, true);
    for (int64_t axis : *given) {
      std::optional<unsigned> index = getAxisIndex(axis, rank);
      if (!index)
        return std::nullopt;
      axes.push_back(*index);
    }
  } else {
    for (unsigned axis = 0; axis != rank; ++axis)
      axes.push_back(axis);
  }
  std::optional<ArrayRef<SymExpr>> from = shapes.shapeOf(resize.getX());
  std::optional<ArrayRef<SymExpr>> sizes =
      resize.getSizes() ? shapes.valueOf(resize.getSizes()) : std::nullopt;
  std::optional<SmallVector<double>> scales =
      getConstantNumbers(resize.getScales());
  // A region of interest cuts where no size shows it.
  bool isPlain =
      resize.getCoordinateTransformationMode() != "tf_crop_and_resize" &&
      resize.getKeepAspectRatioPolicy() == "stretch";
  for (auto [index, axis] : llvm::enumerate(axes)) {
    bool isSame = false;
    if (sizes && index < sizes->size())
      isSame = from && (*sizes)[index] == (*from)[axis] &&
               !(*sizes)[index].hasUnknown();
    else if (scales && index < scales->size())
      isSame = (*scales)[index] == 1.0;
    passed[axis] = isSame && isPlain;
  }
  return passed;
}

static std::optional<SmallVector<bool>>
getPassedAxes(UpsampleOp upsample, unsigned rank, const ShapeValues &) {
  std::optional<SmallVector<double>> scales =
      getConstantNumbers(upsample.getScalesOperand());
  if (upsample.getScales())
    scales.emplace(upsample.getScales()->begin(), upsample.getScales()->end());
  SmallVector<bool> passed(rank, false);
  for (unsigned axis = 0; scales && axis != rank; ++axis)
    passed[axis] = axis < scales->size() && (*scales)[axis] == 1.0;
  return passed;
}

/// Whether zeros are made of zeros: nothing else is put where the region
/// reaches over the edge.
static bool isInside(ResizeOp resize) {
  return resize.getCoordinateTransformationMode() != "tf_crop_and_resize" ||
         resize.getExtrapolationValue().isZero();
}
static bool isInside(UpsampleOp) { return true; }

static SmallVector<Value> getLists(ResizeOp resize) {
  return {resize.getRoi(), resize.getScales()};
}
static SmallVector<Value> getLists(UpsampleOp upsample) {
  return {upsample.getScalesOperand()};
}

namespace {

template <typename OpTy>
struct ResizeModel
    : DimensionOpInterface::ExternalModel<ResizeModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto resize = cast<OpTy>(op);
    SmallVector<Term> x = r.getAxes(resize.getX());
    std::optional<SmallVector<Term>> made = r.createAxes(resize.getY());
    auto passed = getPassedAxes(resize, x.size(), r.getShapeValues());
    if (!made || made->size() != x.size() || !passed)
      return r.fixReads(x, "resizes it in an unknown way");
    for (auto [axis, isPassed] : llvm::enumerate(*passed)) {
      if (isPassed) {
        (*made)[axis] = x[axis];
        continue;
      }
      r.fixRead(x[axis], "resizes it");
      r.fixMade((*made)[axis], "resizes it");
    }
    for (Value list : getLists(resize))
      if (list)
        r.fixAxes(list, "reads numbers from it");
    r.setAxes(resize.getY(), *made);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto resize = cast<OpTy>(op);
    // Interpolation adds up to one but for rounding; what lies outside of the
    // region is a number of its own.
    bool staysZero = isInside(resize);
    for (unsigned axis = 0, rank = t.getRank(resize.getY()); axis != rank;
         ++axis)
      for (AtomId atom : t.getAtoms(resize.getY(), axis)) {
        Lane lane = keepZero(t.get(resize.getX(), axis, atom));
        t.set(resize.getY(), axis, atom,
              staysZero ? lane : lane.join(Lane::finite()));
      }
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto resize = dyn_cast<ResizeOp>(op);
    if (!resize)
      return success();
    auto elements = resize.getSizes() ? getGrownElements(g, resize.getSizes())
                                      : SmallVector<std::optional<SymExpr>>();
    SmallVector<Term> result = g.getAxes(resize.getY());
    if (elements.empty() || !g.grows(resize.getY()))
      return success();
    SizeEntries entries(elements.size());
    bool isUpToDate = true;
    for (auto [index, element] : llvm::enumerate(elements)) {
      int64_t axis = resize.getAxes() ? (*resize.getAxes())[index]
                                      : static_cast<int64_t>(index);
      std::optional<unsigned> place = getAxisIndex(axis, result.size());
      if (!place)
        return success();
      SymExpr wanted = g.getNewSize(result[*place]);
      entries[index] = wanted.getConstant();
      isUpToDate &= element && *element == wanted;
      if (!entries[index] && !element)
        return op->emitOpError("cannot state the size of axis ")
               << axis << " of its result after growth";
    }
    if (!isUpToDate)
      resize.getSizesMutable().assign(
          rewriteSizes(g, resize.getSizes(), entries));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Blocks of space
//===----------------------------------------------------------------------===//

/// The channels are rows and columns of a block, and depth.
Term getChannels(DimensionSpace &space, StringRef mode, Term depth, Term rows,
                 Term columns) {
  if (mode == "CRD")
    return space.getProd({depth, rows, columns});
  return space.getProd({rows, columns, depth});
}

struct DepthToSpaceModel
    : DimensionOpInterface::ExternalModel<DepthToSpaceModel, DepthToSpaceOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto move = cast<DepthToSpaceOp>(op);
    DimensionSpace &space = r.getSpace();
    SmallVector<Term> x = r.getAxes(move.getInput());
    SymExpr block = SymExpr::constant(move.getBlocksize());
    if (x.size() != 4)
      return;
    std::optional<SymExpr> size =
        space.getSize(x[kChannel]).divideExact(block * block);
    if (!size)
      return;
    Term rows = r.createDim(block), columns = r.createDim(block);
    Term depth = r.createDim(*size);
    r.fix(rows, "lays it out as blocks of space");
    r.fix(columns, "lays it out as blocks of space");
    r.unify(x[kChannel],
            getChannels(space, move.getMode(), depth, rows, columns));
    r.setAxes(move.getOutput(), {x[0], depth, space.getProd({x[2], rows}),
                                 space.getProd({x[3], columns})});
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto move = cast<DepthToSpaceOp>(op);
    for (unsigned axis = 0; axis != t.getRank(move.getOutput()); ++axis)
      passLanes(t, move.getInput(), axis, move.getOutput(), axis);
  }
};

struct SpaceToDepthModel
    : DimensionOpInterface::ExternalModel<SpaceToDepthModel, SpaceToDepthOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto move = cast<SpaceToDepthOp>(op);
    DimensionSpace &space = r.getSpace();
    SmallVector<Term> x = r.getAxes(move.getInput());
    std::optional<SmallVector<Term>> made = r.createAxes(move.getOutput());
    if (x.size() != 4 || !made || made->size() != 4)
      return;
    SymExpr block = SymExpr::constant(move.getBlocksize());
    Term blocks[] = {r.createDim(block), r.createDim(block)};
    for (auto [index, inner] : llvm::enumerate(blocks)) {
      Term whole = x[2 + index], outer = (*made)[2 + index];
      r.fix(inner, "cuts blocks of space out of it");
      Term product = space.getProd({outer, inner});
      if (space.getSize(product) == space.getSize(whole)) {
        r.unify(whole, product);
        continue;
      }
      r.fixRead(whole, "cuts blocks of space out of it");
      r.fix(outer, "cuts blocks of space out of it");
    }
    (*made)[0] = x[0];
    (*made)[kChannel] =
        getChannels(space, move.getMode(), x[kChannel], blocks[0], blocks[1]);
    r.setAxes(move.getOutput(), *made);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto move = cast<SpaceToDepthOp>(op);
    for (unsigned axis = 0; axis != t.getRank(move.getOutput()); ++axis)
      passLanes(t, move.getInput(), axis, move.getOutput(), axis);
  }
};

struct Col2ImModel
    : DimensionOpInterface::ExternalModel<Col2ImModel, Col2ImOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto image = cast<Col2ImOp>(op);
    DimensionSpace &space = r.getSpace();
    SmallVector<Term> x = r.getAxes(image.getInput());
    std::optional<SmallVector<Term>> made = r.createAxes(image.getOutput());
    if (x.size() != 3 || !made || made->size() < 3)
      return;
    std::optional<SymExpr> elements =
        space.getSize(x[kChannel])
            .divideExact(space.getSize((*made)[kChannel]));
    if (!elements)
      return;
    for (Value sizes : {image.getImageShape(), image.getBlockShape()})
      r.fixAxes(sizes, "reads sizes from it");
    Term block = r.createDim(*elements);
    r.fix(block, "adds blocks up");
    r.fixRead(x[2], "adds blocks up");
    r.fixMade(ArrayRef(*made).drop_front(2), "adds blocks up");
    r.unify(x[kChannel], space.getProd({(*made)[kChannel], block}));
    (*made)[0] = x[0];
    r.setAxes(image.getOutput(), *made);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto image = cast<Col2ImOp>(op);
    for (unsigned axis : {0, 1})
      passSums(t, image.getInput(), axis, image.getOutput(), axis);
  }
};

//===----------------------------------------------------------------------===//
// Samples and regions
//===----------------------------------------------------------------------===//

/// What samples space of X where other operands say.
template <typename OpTy>
struct SampleModel
    : DimensionOpInterface::ExternalModel<SampleModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto sample = cast<OpTy>(op);
    SmallVector<Term> x = r.getAxes(sample.getX());
    std::optional<SmallVector<Term>> made = r.createAxes(sample.getY());
    if (x.size() < 3 || !made || made->size() != x.size())
      return;
    for (Value operand : op->getOperands().drop_front())
      r.fixAxes(operand, "reads places from it");
    (*made)[kChannel] = r.getSpace().getUnit();
    x.erase(std::next(x.begin()));
    r.fixReads(x, "samples it");
    r.fixMade(*made, "samples it");
    (*made)[kChannel] = r.getAxes(sample.getX())[kChannel];
    r.setAxes(sample.getY(), *made);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto sample = cast<OpTy>(op);
    if (t.getRank(sample.getY()) > kChannel)
      passSums(t, sample.getX(), kChannel, sample.getY(), kChannel);
  }
};

} // namespace

void gac::registerSpatialModels(MLIRContext &context) {
  ResizeOp::attachInterface<ResizeModel<ResizeOp>>(context);
  UpsampleOp::attachInterface<ResizeModel<UpsampleOp>>(context);
  DepthToSpaceOp::attachInterface<DepthToSpaceModel>(context);
  SpaceToDepthOp::attachInterface<SpaceToDepthModel>(context);
  Col2ImOp::attachInterface<Col2ImModel>(context);
  GridSampleOp::attachInterface<SampleModel<GridSampleOp>>(context);
  RoiAlignOp::attachInterface<SampleModel<RoiAlignOp>>(context);
  MaxRoiPoolOp::attachInterface<SampleModel<MaxRoiPoolOp>>(context);
}
