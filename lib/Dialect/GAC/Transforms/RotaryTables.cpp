//===- RotaryTables.cpp - Tables of cosines and sines ---------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RotaryTables.h"
#include "ConstantData.h"
#include "OpsetForms.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

bool gac::isLastAxis(Recovery &recovery, int64_t axis, Value value) {
  auto shape = recovery.getShape(value);
  return axis == -1 ||
         (shape && axis == static_cast<int64_t>(shape->size()) - 1);
}

RankedTensorType gac::makeType(ArrayRef<SymExpr> shape, Type element) {
  auto sizes = llvm::map_to_vector(shape, [](const SymExpr &size) {
    return size.getConstant().value_or(ShapedType::kDynamic);
  });
  return RankedTensorType::get(sizes, element);
}

Value gac::makeAxis(PatternRewriter &rewriter, Location loc, int64_t axis) {
  auto type = RankedTensorType::get({1}, rewriter.getI64Type());
  return ConstantOp::create(
      rewriter, loc, type,
      DenseElementsAttr::get(type, ArrayRef<int64_t>(axis)),
      /*form=*/StringAttr());
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

/// The axis of a tensor of rank 4 that a table has no more than one of.
static size_t getHeadsAxis(HeadLayout layout) {
  return layout == HeadLayout::HeadsFirst ? 1 : 2;
}

bool gac::hasRows(const SymExpr &size, const SymExpr &rows) {
  std::optional<int64_t> bound = size.getUpperBound();
  return size == rows ||
         (bound && *bound > 1 && size == SymExpr::min(*bound, rows));
}

bool RotaryTables::isTable(Value table, Value x, HeadLayout layout,
                           const SymExpr &width, bool hasMore) const {
  auto shape = recovery.getShape(table), full = recovery.getShape(x);
  if (hasMore)
    for (auto *own : {&shape, &full}) {
      if (!*own || (*own)->empty() || !(*own)->back().isOne())
        return false;
      (*own)->pop_back();
    }
  size_t rank = layout == HeadLayout::OneHead ? 3 : 4;
  if (!isa<RankedTensorType>(table.getType()) || !shape || !full ||
      full->size() != rank || shape->size() < 2 || shape->size() > rank ||
      shape->back() != width)
    return false;
  size_t heads = getHeadsAxis(layout), positions = 3 - heads;
  if (layout == HeadLayout::OneHead)
    heads = rank, positions = 1;
  size_t missing = rank - shape->size();
  if (missing > positions)
    return false;
  for (size_t axis = missing; axis + 1 < rank; ++axis) {
    const SymExpr &size = (*shape)[axis - missing];
    bool isRow = axis == positions && hasRows(size, (*full)[axis]);
    bool isBatch = axis == 0 && size == (*full)[0];
    if (!isRow && !isBatch && (axis == positions || !size.isOne()))
      return false;
  }
  return true;
}

std::optional<HeadLayout> RotaryTables::getLayout(Value x, Value cos, Value sin,
                                                  const SymExpr &width,
                                                  bool hasMore) const {
  for (HeadLayout layout : {HeadLayout::HeadsFirst, HeadLayout::PositionsFirst,
                            HeadLayout::OneHead})
    if (isTable(cos, x, layout, width, hasMore) &&
        isTable(sin, x, layout, width, hasMore))
      return layout;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Numbers that stand twice
//===----------------------------------------------------------------------===//

/// Tables are made in a few steps: frequencies, cosine, scaling, cast, rows.
static constexpr unsigned maxSteps = 16;

/// True if the number at `index` of a row is the second one of its pair.
static bool isSecond(int64_t index, int64_t width, PairLayout pairs) {
  return pairs == PairLayout::Halves ? index % width >= width / 2
                                     : index % 2 == 1;
}

/// The numbers of a table that is a constant of whole rows.
static std::optional<ConstantData> readTable(Value value) {
  auto data = ConstantData::read(value);
  return data && isa<FloatType>(data->getType().getElementType()) &&
                 !data->getSizes().empty()
             ? std::move(data)
             : std::nullopt;
}

static bool haveEqualPairs(const ConstantData &table, PairLayout pairs) {
  int64_t width = table.getSizes().back();
  int64_t distance = pairs == PairLayout::Halves ? width / 2 : 1;
  return llvm::all_of(llvm::seq<int64_t>(0, table.size()), [&](int64_t index) {
    return !isSecond(index, width, pairs) ||
           table.getBytes(index) == table.getBytes(index - distance);
  });
}

/// The axes that an Unsqueeze adds, counted from the first.
std::optional<SmallVector<int64_t>>
RotaryTables::getAxes(UnsqueezeOp unsqueeze) const {
  auto axes =
      recovery.getNumbers(unsqueeze.getAxes(), unsqueeze.getAxesOperand());
  auto shape = recovery.getShape(unsqueeze.getResult());
  if (!axes || !shape || !isa<RankedTensorType>(unsqueeze.getData().getType()))
    return std::nullopt;
  for (int64_t &axis : *axes)
    if (axis < 0)
      axis += static_cast<int64_t>(shape->size());
  return axes;
}

/// Each number twice, side by side: an axis is added, repeated and merged.
std::optional<RotaryTables::Doubled>
RotaryTables::matchRepeated(Value value) const {
  auto reshape = value.getDefiningOp<ReshapeOp>();
  Operation *repeat = reshape ? reshape.getData().getDefiningOp() : nullptr;
  UnsqueezeOp unsqueeze;
  if (isa_and_nonnull<ExpandOp, TileOp>(repeat)) {
    unsqueeze = repeat->getOperand(0).getDefiningOp<UnsqueezeOp>();
  } else if (auto concat = dyn_cast_or_null<ConcatOp>(repeat)) {
    if (concat.getInputs().size() != 2 ||
        concat.getInputs()[0] != concat.getInputs()[1] ||
        !isLastAxis(recovery, concat.getAxis(), concat.getResult()))
      return std::nullopt;
    unsqueeze = concat.getInputs()[0].getDefiningOp<UnsqueezeOp>();
  }
  if (!unsqueeze)
    return std::nullopt;
  auto axes = getAxes(unsqueeze);
  auto one = recovery.getShape(unsqueeze.getResult());
  auto two = recovery.getShape(repeat->getResult(0));
  auto merged = recovery.getShape(value);
  if (!axes || !one || !two || !merged || one->size() < 2 ||
      two->size() != one->size() || merged->size() + 1 != one->size())
    return std::nullopt;
  auto last = static_cast<int64_t>(one->size()) - 1;
  if (!llvm::is_contained(*axes, last) || two->back() != SymExpr(2) ||
      ArrayRef(*one).drop_back() != ArrayRef(*two).drop_back() ||
      ArrayRef(*merged).drop_back() != ArrayRef(*one).drop_back(2) ||
      merged->back() != (*one)[last - 1] * SymExpr(2))
    return std::nullopt;
  llvm::erase(*axes, last);
  return Doubled{unsqueeze.getData(), std::move(*axes)};
}

std::optional<RotaryTables::Doubled>
RotaryTables::matchDoubled(Value value, PairLayout pairs) const {
  if (pairs == PairLayout::Neighbours)
    return matchRepeated(value);
  auto concat = value.getDefiningOp<ConcatOp>();
  if (!concat || concat.getInputs().size() != 2 ||
      concat.getInputs()[0] != concat.getInputs()[1] ||
      !isa<RankedTensorType>(concat.getInputs()[0].getType()) ||
      !isLastAxis(recovery, concat.getAxis(), value))
    return std::nullopt;
  return Doubled{concat.getInputs()[0], {}};
}

/// The operand of an operation that keeps equal numbers of a row equal, else
/// null: it acts on elements, or moves rows.
Value RotaryTables::getRowsSource(Operation *op) const {
  if (!op)
    return {};
  if (isa<CosOp, SinOp, CastOp>(op))
    return op->getOperand(0);
  if (auto scaled = matchScaled(op->getResult(0)))
    return scaled->first;
  if (auto gather = dyn_cast<GatherOp>(op)) {
    auto shape = recovery.getShape(gather.getData());
    bool keepsRows = shape && shape->size() > 1 &&
                     !isLastAxis(recovery, gather.getAxis(), gather.getData());
    return keepsRows ? gather.getData() : Value();
  }
  if (auto unsqueeze = dyn_cast<UnsqueezeOp>(op)) {
    auto axes = getAxes(unsqueeze);
    bool keepsLast = axes && llvm::none_of(*axes, [&](int64_t axis) {
                       return isLastAxis(recovery, axis, unsqueeze.getResult());
                     });
    return keepsLast ? unsqueeze.getData() : Value();
  }
  if (auto slice = dyn_cast<SliceOp>(op)) {
    auto axes = recovery.getNumbers(slice.getAxes(), slice.getAxesOperand());
    bool keepsLast = axes && llvm::none_of(*axes, [&](int64_t axis) {
                       return isLastAxis(recovery, axis, slice.getData());
                     });
    return keepsLast ? slice.getData() : Value();
  }
  return {};
}

bool RotaryTables::hasEqualPairs(Value value, PairLayout pairs) {
  auto whole = recovery.getShape(value);
  if (!whole || whole->empty())
    return false;
  std::optional<int64_t> width = whole->back().getConstant();
  if (!width || *width < 2 || *width % 2 != 0)
    return false;
  for (unsigned step = 0; value && step < maxSteps; ++step) {
    auto shape = recovery.getShape(value);
    if (!shape || shape->empty() || shape->back() != whole->back() ||
        !isa<RankedTensorType>(value.getType()))
      return false;
    if (matchDoubled(value, pairs))
      return true;
    if (isa_and_nonnull<ConstantOp, InitializerOp>(value.getDefiningOp())) {
      // All layers ask for the same tables.
      auto [entry, isNew] = equalPairs.try_emplace(
          std::pair(value, static_cast<unsigned>(pairs)), false);
      if (isNew)
        if (std::optional<ConstantData> table = readTable(value))
          entry->second = ::haveEqualPairs(*table, pairs);
      return entry->second;
    }
    value = getRowsSource(value.getDefiningOp());
  }
  return false;
}

//===----------------------------------------------------------------------===//
// What the operation takes
//===----------------------------------------------------------------------===//

static SmallVector<int64_t> getSizes(Value value) {
  return SmallVector<int64_t>(
      cast<RankedTensorType>(value.getType()).getShape());
}

static RankedTensorType withSizes(Value value, ArrayRef<int64_t> sizes) {
  return RankedTensorType::get(sizes, getElementTypeOf(value));
}

/// Adds axes, which count from the first one of the result.
Value RotaryTables::unsqueeze(PatternRewriter &rewriter, Value value,
                              SmallVector<int64_t> axes) const {
  llvm::sort(axes);
  for (int64_t axis : axes) {
    SmallVector<int64_t> sizes = getSizes(value);
    sizes.insert(sizes.begin() + axis, 1);
    value = createUnsqueeze(rewriter, value.getLoc(), withSizes(value, sizes),
                            value, axis);
  }
  return value;
}

/// Takes an axis of size 1 away.
Value RotaryTables::squeeze(PatternRewriter &rewriter, Value value,
                            int64_t axis) const {
  SmallVector<int64_t> sizes = getSizes(value);
  sizes.erase(sizes.begin() + axis);
  return createSqueeze(rewriter, value.getLoc(), withSizes(value, sizes), value,
                       axis);
}

/// One of each two numbers of a table: the same operations on fewer.
Value RotaryTables::halve(PatternRewriter &rewriter, Value value,
                          PairLayout pairs) {
  auto &known = pairs == PairLayout::Halves ? halves : evens;
  if (Value half = known.lookup(value))
    return half;
  Operation *op = value.getDefiningOp();
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  if (auto doubled = matchDoubled(value, pairs))
    return known[value] = unsqueeze(rewriter, doubled->source, doubled->axes);
  int64_t width = *recovery.getShape(value)->back().getConstant();
  SmallVector<int64_t> sizes = getSizes(value);
  sizes.back() = width / 2;
  RankedTensorType type = withSizes(value, sizes);
  if (std::optional<ConstantData> table = readTable(value)) {
    std::vector<char> half;
    half.reserve(table->getBytes().size() / 2);
    for (int64_t index = 0; index < table->size(); ++index)
      if (!isSecond(index, width, pairs))
        llvm::append_range(half, table->getBytes(index));
    return known[value] = ConstantOp::create(
               rewriter, op->getLoc(), type,
               DenseElementsAttr::getFromRawBuffer(type, half),
               /*form=*/StringAttr());
  }
  Value source = getRowsSource(op);
  IRMapping mapping;
  mapping.map(source, halve(rewriter, source, pairs));
  Operation *copy = rewriter.clone(*op, mapping);
  copy->getResult(0).setType(type);
  // The name is that of the whole table.
  copy->removeAttr(attr::outputs);
  copy->removeAttr(attr::node);
  return known[value] = copy->getResult(0);
}

Value RotaryTables::makeCache(PatternRewriter &rewriter, Value table,
                              HeadLayout layout,
                              std::optional<PairLayout> pairs, bool hasMore) {
  auto rank = cast<RankedTensorType>(table.getType()).getRank();
  if (hasMore) {
    --rank;
    auto added = table.getDefiningOp<UnsqueezeOp>();
    table = added && getAxes(added) == SmallVector<int64_t>{rank}
                ? added.getData()
                : squeeze(rewriter, table, rank);
  }
  auto take = [&](Value value) {
    return pairs ? halve(rewriter, value, *pairs) : value;
  };
  auto heads = static_cast<int64_t>(getHeadsAxis(layout));
  if (rank == 4) {
    // What adds the axis of the heads need not be there at all.
    if (auto doubled = pairs ? matchDoubled(table, *pairs) : std::nullopt;
        doubled && llvm::is_contained(doubled->axes, heads)) {
      llvm::erase(doubled->axes, heads);
      for (int64_t &axis : doubled->axes)
        axis -= axis > heads;
      return unsqueeze(rewriter, doubled->source, doubled->axes);
    }
    if (auto op = table.getDefiningOp<UnsqueezeOp>();
        op && getAxes(op) == SmallVector<int64_t>{heads})
      return take(op.getData());
    return squeeze(rewriter, take(table), heads);
  }
  Value half = take(table);
  if (rank == 2)
    return unsqueeze(rewriter, half, {0});
  if (layout != HeadLayout::PositionsFirst)
    return half;
  // Positions, heads, width.
  return unsqueeze(rewriter, squeeze(rewriter, half, 1), {0});
}
