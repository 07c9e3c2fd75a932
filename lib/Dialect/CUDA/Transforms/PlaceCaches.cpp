//===- PlaceCaches.cpp - Append to caches in place ------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Entries.h"
#include "PositionValues.h"
#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Dialect/CUDA/Transforms/Passes.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/Transforms/Shapes.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace gac::cuda {
#define GEN_PASS_DEF_PLACECACHES
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;

namespace {
struct PlaceCachesPass : public cuda::impl::PlaceCachesBase<PlaceCachesPass> {
  void runOnOperation() override;

private:
  LogicalResult collectCaches();
  LogicalResult checkReaders();
  void growCaches();
  void place(gac::AttentionOp op, PositionValues &positions);
  void dropOutputs();
  LogicalResult checkSizes();

  /// Numbers of the arguments that are caches.
  SmallVector<unsigned> caches;
  /// How the positions that are filled in them are called.
  SmallVector<Position> symbols;
  /// The shapes while caches still said how far they are filled.
  std::optional<ShapeValues> symbolic;
  /// Which of the symbols is an argument's; none where no position is filled.
  llvm::DenseMap<unsigned, size_t> positionOf;
};
} // namespace

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Caches
//===----------------------------------------------------------------------===//

LogicalResult PlaceCachesPass::collectCaches() {
  func::FuncOp function = getOperation();
  for (unsigned i = 0, e = function.getNumArguments(); i != e; ++i) {
    auto cache =
        function.getArgAttrOfType<DictionaryAttr>(i, cuda::attr::cache);
    if (!cache)
      continue;
    auto name = function.getArgAttrOfType<StringAttr>(i, gac::attr::name);
    auto axis = cache.getAs<IntegerAttr>("axis");
    auto type = dyn_cast<RankedTensorType>(function.getArgument(i).getType());
    if (!name || !axis || !cache.getAs<IntegerAttr>("capacity") || !type ||
        type.getRank() != 4 || axis.getInt() != 2)
      return function.emitError()
             << "the cache that is argument " << i
             << " needs a name, a capacity and positions on axis 2 of 4";
    caches.push_back(i);
    if (!type.isDynamicDim(axis.getInt()))
      continue;
    auto dims = function.getArgAttrOfType<ArrayAttr>(i, gac::attr::dims);
    auto symbol =
        dims && dims.size() == 4 ? dyn_cast<StringAttr>(dims[2]) : StringAttr();
    if (!symbol || symbol.empty())
      return function.emitError() << "cache '" << name.getValue()
                                  << "' has no symbol for its positions";
    std::string text = SymExpr::parse(symbol).str();
    const Position *known = llvm::find_if(
        symbols, [&](const Position &other) { return other.symbol == text; });
    positionOf[i] = known - symbols.begin();
    if (known == symbols.end())
      symbols.push_back({text, name});
  }
  return success();
}

/// Once shapes are computed, only attention may read a cache.
LogicalResult PlaceCachesPass::checkReaders() {
  func::FuncOp function = getOperation();
  for (unsigned i : caches) {
    BlockArgument cache = function.getArgument(i);
    auto name = function.getArgAttrOfType<StringAttr>(i, gac::attr::name);
    gac::AttentionOp attention;
    for (Operation *user : cache.getUsers()) {
      auto reader = dyn_cast<gac::AttentionOp>(user);
      if (!reader || attention)
        return user->emitError()
               << "'" << getNodeName(user) << "' (" << getOnnxOpType(user)
               << ") reads cache '" << name.getValue()
               << "', which only one attention may";
      attention = reader;
    }
    if (!attention)
      return function.emitError()
             << "no attention reads cache '" << name.getValue() << "'";
    for (Value past : {attention.getPastKey(), attention.getPastValue()})
      if (auto input = dyn_cast_or_null<BlockArgument>(past);
          !input || !llvm::is_contained(caches, input.getArgNumber()))
        return attention.emitError()
               << "'" << getNodeName(attention) << "' (Attention) reads cache '"
               << name.getValue() << "' beside a past that is none";
    for (Value present :
         {attention.getPresentKey(), attention.getPresentValue()})
      for (Operation *user : present.getUsers())
        if (!isa<func::ReturnOp>(user))
          return user->emitError()
                 << "'" << getNodeName(user) << "' (" << getOnnxOpType(user)
                 << ") reads what '" << getNodeName(attention)
                 << "' has appended to cache '" << name.getValue() << "'";
  }
  return success();
}

/// Gives the caches their capacity.
void PlaceCachesPass::growCaches() {
  func::FuncOp function = getOperation();
  for (unsigned i : caches) {
    BlockArgument argument = function.getArgument(i);
    NamedAttrList cache(
        function.getArgAttrOfType<DictionaryAttr>(i, cuda::attr::cache));
    auto type = getTensorType(argument);
    SmallVector<int64_t> shape(type.getShape());
    shape[2] = cast<IntegerAttr>(cache.erase("capacity")).getInt();
    argument.setType(type.clone(shape));
    function.setArgAttr(i, cuda::attr::cache,
                        cache.getDictionary(&getContext()));
    function.removeArgAttr(i, gac::attr::dims);
  }
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

static Value reshape(OpBuilder &builder, Location loc, Value value,
                     ArrayRef<int64_t> sizes) {
  auto type = RankedTensorType::get({static_cast<int64_t>(sizes.size())},
                                    builder.getI64Type());
  Value shape = ConstantOp::create(builder, loc, type,
                                   DenseElementsAttr::get(type, sizes),
                                   /*form=*/StringAttr());
  return ReshapeOp::create(builder, loc, getTensorType(value).clone(sizes),
                           value, shape, /*allowzero=*/IntegerAttr());
}

/// Swaps the two axes in the middle of four.
static Value swapMiddle(OpBuilder &builder, Location loc, Value value) {
  auto type = getTensorType(value);
  ArrayRef<int64_t> s = type.getShape();
  return TransposeOp::create(builder, loc, type.clone({s[0], s[2], s[1], s[3]}),
                             value, builder.getDenseI64ArrayAttr({0, 2, 1, 3}));
}

/// batch x rows x (heads * width) with the heads on an axis before the rows.
static Value splitHeads(OpBuilder &builder, Location loc, Value value,
                        std::optional<int64_t> heads) {
  auto type = getTensorType(value);
  if (type.getRank() == 4)
    return value;
  ArrayRef<int64_t> s = type.getShape();
  Value split =
      reshape(builder, loc, value, {s[0], s[1], *heads, s[2] / *heads});
  return swapMiddle(builder, loc, split);
}

void PlaceCachesPass::place(gac::AttentionOp op, PositionValues &positions) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Value q = splitHeads(builder, loc, op.getQ(), op.getQNumHeads());
  Value k = splitHeads(builder, loc, op.getK(), op.getKvNumHeads());
  Value v = splitHeads(builder, loc, op.getV(), op.getKvNumHeads());
  ArrayRef<int64_t> sizes = getTensorType(q).getShape();
  auto type = getTensorType(q).clone(
      {sizes[0], sizes[1], sizes[2], getTensorType(v).getDimSize(3)});
  // ONNX's own scale.
  auto scale =
      op.getScale()
          ? *op.getScale()
          : llvm::APFloat(static_cast<float>(1 / std::sqrt(double(sizes[3]))));

  auto getPosition = [&](Value cache) -> Value {
    auto it = positionOf.find(cast<BlockArgument>(cache).getArgNumber());
    return it == positionOf.end()
               ? Value()
               : positions.getScalar(it->second, builder.getI32Type());
  };
  auto append = [&](Value rows, Value cache) -> Value {
    Value position = getPosition(cache);
    return cuda::AppendOp::create(builder, loc, cache.getType(), rows, position,
                                  cache, /*past=*/int64_t(0),
                                  /*vector=*/IntegerAttr())
        .getResult(0);
  };
  Value keys = append(k, op.getPastKey());
  Value values = append(v, op.getPastValue());
  Value position = getPosition(op.getPastKey());
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                        type.getElementType());
  auto attention = cuda::AttentionOp::create(
      builder, loc, TypeRange{type}, q, keys, values, position, empty,
      builder.getFloatAttr(builder.getF32Type(), scale),
      op.getIsCausal() != 0 ? builder.getUnitAttr() : UnitAttr(),
      builder.getI64IntegerAttr(0));
  if (Attribute layer = op->getAttr(gac::attr::layer))
    attention->setAttr(gac::attr::layer, layer);
  Value y = attention.getResult(0);
  if (getTensorType(op.getQ()).getRank() == 3) {
    y = swapMiddle(builder, loc, y);
    y = reshape(builder, loc, y, getTensorType(op.getY()).getShape());
  }
  op.getY().replaceAllUsesWith(y);
}

/// Drops the results that caches now hold, and the attention that gave them.
void PlaceCachesPass::dropOutputs() {
  func::FuncOp function = getOperation();
  Operation *terminator = function.getBody().back().getTerminator();
  llvm::BitVector dropped(function.getNumResults());
  SmallVector<Operation *> replaced;
  for (unsigned i : caches)
    for (Operation *user : function.getArgument(i).getUsers())
      if (auto attention = dyn_cast<gac::AttentionOp>(user))
        if (!llvm::is_contained(replaced, user)) {
          replaced.push_back(user);
          for (Value present :
               {attention.getPresentKey(), attention.getPresentValue()})
            for (OpOperand &use : present.getUses())
              dropped.set(use.getOperandNumber());
        }
  terminator->eraseOperands(dropped);
  (void)function.eraseResults(dropped);
  for (Operation *op : replaced)
    op->erase();
}

//===----------------------------------------------------------------------===//
// What must hold then
//===----------------------------------------------------------------------===//

LogicalResult PlaceCachesPass::checkSizes() {
  func::FuncOp function = getOperation();
  auto check = [&](Value value, const llvm::Twine &what,
                   Operation *where) -> LogicalResult {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    std::optional<unsigned> excess;
    if (type && type.hasStaticShape()) {
      excess = cuda::findExcess(type);
      if (!excess)
        return success();
    }
    InFlightDiagnostic diagnostic = where->emitError() << what.str();
    if (excess)
      return diagnostic << ": with axis " << *excess << ", of "
                        << type.getDimSize(*excess) << " lanes, " << type
                        << " has more than 2^48 bytes";
    auto shape = symbolic->shapeOf(value);
    if (!type || !shape)
      return diagnostic << " has no known shape, and an entry's are fixed";
    unsigned axis = 0;
    while (!type.isDynamicDim(axis))
      ++axis;
    diagnostic << ": axis " << axis << " has ";
    const SymExpr &size = (*shape)[axis];
    if (size.hasUnknown() && isa<BlockArgument>(value))
      return diagnostic << "neither a size nor a name, so that no entry can "
                           "give it one";
    if (size.hasUnknown())
      return diagnostic << "a size that depends on data, and an entry's sizes "
                           "are fixed";
    diagnostic << size.str() << " lanes, which ";
    for (const Position &position : symbols) {
      bool depends = false;
      size.walkSymbols(
          [&](StringRef name) { depends |= name == position.symbol; });
      if (depends)
        return diagnostic << "grows with cache '" << position.cache.getValue()
                          << "', and an entry's sizes are fixed";
    }
    return diagnostic << "no size of the entry gives";
  };
  for (BlockArgument argument : function.getArguments()) {
    auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                      gac::attr::name);
    if (failed(check(argument, "input '" + (name ? name.getValue() : "") + "'",
                     function)))
      return failure();
  }
  WalkResult result = function.walk([&](Operation *op) {
    for (Value result : op->getResults())
      if (!isa<NoneType>(result.getType()) &&
          failed(check(result,
                       "'" + getNodeName(op) + "' (" + getOnnxOpType(op) + ")",
                       op)))
        return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Erases what nothing reads.
static void eraseDead(func::FuncOp function) {
  for (Block &block : function.getBody())
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op))
        op.erase();
}

void PlaceCachesPass::runOnOperation() {
  func::FuncOp function = getOperation();
  if (function.isExternal() || !function->hasAttr(cuda::attr::entry))
    return;
  caches.clear();
  symbols.clear();
  positionOf.clear();
  if (failed(collectCaches()))
    return signalPassFailure();
  {
    ShapeValues values(function);
    if (failed(refineTypes(function, values)))
      return signalPassFailure();
    foldShapes(function, values);
  }
  symbolic.emplace(function);
  PositionValues positions(function, symbols);
  positions.replace(*symbolic);
  eraseDead(function);
  if (failed(checkReaders()))
    return signalPassFailure();

  // Attention's operands are static where an entry can have it at all.
  SmallVector<gac::AttentionOp> attentions;
  for (unsigned i : caches)
    for (Operation *user : function.getArgument(i).getUsers())
      if (auto op = cast<gac::AttentionOp>(user);
          op.getPastKey() == function.getArgument(i))
        attentions.push_back(op);
  for (gac::AttentionOp op : attentions)
    for (Value operand : {op.getQ(), op.getK(), op.getV()}) {
      auto type = dyn_cast<RankedTensorType>(operand.getType());
      if (!type || !type.hasStaticShape()) {
        if (succeeded(checkSizes()))
          op.emitError() << "an operand has no static shape";
        return signalPassFailure();
      }
    }
  growCaches();
  for (gac::AttentionOp op : attentions)
    place(op, positions);
  dropOutputs();
  eraseDead(function);
  if (failed(refineTypes(function, ShapeValues(function))) ||
      failed(checkSizes()))
    return signalPassFailure();
  function.walk([](Operation *op) { op->removeAttr(gac::attr::dims); });
}
