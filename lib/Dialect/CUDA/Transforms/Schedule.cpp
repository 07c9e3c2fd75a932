//===- Schedule.cpp - From values to memory -------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Functions are straight lines of operations on tensors of static shape, so
// that buffers need no analysis: each result in destination-passing style has
// one of its own, or that of the tensor that it updates, and what only changes
// the view of memory has none.
//
//===----------------------------------------------------------------------===//

#include "Placement.h"

#include "gac/Dialect/CUDA/Transforms/Passes.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Import/WeightOrigins.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringSet.h"

namespace gac::cuda {
#define GEN_PASS_DEF_SCHEDULE
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

//===----------------------------------------------------------------------===//
// Tensors of the package
//===----------------------------------------------------------------------===//

/// The number of terms in products that an initializer is the matrix of, in the
/// original model; 1 if none sums over it, the most if several do.
static int64_t getFanIn(InitializerOp op) {
  int64_t rank = cast<ShapedType>(op.getValue().getType()).getRank();
  auto getSummedAxis = [&](OpOperand &use) -> std::optional<int64_t> {
    if (auto matmul = dyn_cast<MatmulOp>(use.getOwner())) {
      if (use.get() == matmul.getB())
        return rank - 2;
      if (use.get() == matmul.getA())
        return rank - 1;
    }
    return std::nullopt;
  };
  int64_t fanIn = 1;
  for (OpOperand &use : op.getResult().getUses()) {
    std::optional<int64_t> axis = getSummedAxis(use);
    if (auto transpose = dyn_cast<TransposeOp>(use.getOwner()))
      if (std::optional<ArrayRef<int64_t>> permutation = transpose.getPerm())
        for (OpOperand &next : transpose.getResult().getUses())
          if (std::optional<int64_t> summed = getSummedAxis(next))
            axis = (*permutation)[*summed];
    if (axis && *axis >= 0)
      fanIn = std::max(fanIn, getOriginalSize(op, *axis));
  }
  return fanIn;
}

namespace {
/// Makes the module's tensors, each once.
class Tensors {
public:
  explicit Tensors(ModuleOp module)
      : symbols(module), module(module), builder(module.getContext()) {
    auto addFanIn = [&](StringRef original, int64_t count) {
      int64_t &fanIn = fanIns[original];
      fanIn = std::max(fanIn, count);
    };
    module.walk([&](InitializerOp op) {
      names.insert(op.getName());
      addFanIn(getOriginalName(op), getFanIn(op));
      op.getValue().walk([&](PartAttr part) {
        addFanIn(getOriginalName(part.getName(), part.getOrigin()),
                 part.getFanIn());
      });
    });
  }

  TensorOp getWeight(InitializerOp op) {
    return getData(op.getLoc(), TensorKind::Weight, op.getName(), op.getValue(),
                   fanIns.lookup(getOriginalName(op)),
                   op->getAttrOfType<TypedAttr>(gac::attr::origin));
  }
  TensorOp getConstant(ConstantOp op) {
    return getData(op.getLoc(), TensorKind::Constant, "constant", op.getValue(),
                   std::nullopt);
  }
  /// An input, an output or a cache: equal ones are one tensor.
  TensorOp getInterface(Location loc, TensorKind kind, StringRef name,
                        RankedTensorType type, ArrayAttr lanes,
                        DenseI64ArrayAttr range = {}, StringAttr output = {},
                        IntegerAttr axis = {});

private:
  TensorOp getData(Location loc, TensorKind kind, StringRef name,
                   TypedAttr value, std::optional<int64_t> fanIn,
                   TypedAttr origin = {});
  /// Tensors lie before all else, in the order of their making.
  OpBuilder &getBuilder() {
    if (last)
      builder.setInsertionPointAfter(last);
    else
      builder.setInsertionPointToStart(module.getBody());
    return builder;
  }
  TensorOp insert(TensorOp op) {
    symbols.insert(op);
    return last = op;
  }
  /// A symbol of letters, digits and underscores alone.
  static std::string getSymbol(StringRef name) {
    std::string symbol = name.empty() ? "unnamed" : name.str();
    for (char &c : symbol)
      if (!llvm::isAlnum(c))
        c = '_';
    return symbol;
  }

  SymbolTable symbols;
  /// Of weights, and of constants so far.
  llvm::StringSet<> names;
  /// By the names of originals: repair may give each reader a copy of its own.
  llvm::StringMap<int64_t> fanIns;
  ModuleOp module;
  OpBuilder builder;
  TensorOp last;
  /// By name (none for constants) and value; by kind, name and type.
  DenseMap<std::pair<StringAttr, Attribute>, TensorOp> data;
  DenseMap<std::pair<int, std::pair<StringAttr, Type>>, TensorOp> interfaces;
};
} // namespace

TensorOp Tensors::getData(Location loc, TensorKind kind, StringRef name,
                          TypedAttr value, std::optional<int64_t> fanIn,
                          TypedAttr origin) {
  bool isWeight = kind == TensorKind::Weight;
  StringAttr key = builder.getStringAttr(isWeight ? name : "");
  TensorOp &tensor = data[{key, value}];
  if (!tensor) {
    std::string unique = name.str();
    for (size_t number = data.size(); !isWeight; ++number) {
      unique = (name + "." + llvm::Twine(number)).str();
      if (names.insert(unique).second)
        break;
    }
    tensor = insert(TensorOp::create(
        getBuilder(), loc, kind, getSymbol(unique), unique,
        cast<RankedTensorType>(value.getType()), value,
        /*range=*/DenseI64ArrayAttr(), /*output=*/StringAttr(),
        /*axis=*/IntegerAttr(),
        fanIn ? builder.getI64IntegerAttr(*fanIn) : IntegerAttr(), origin,
        /*lanes=*/ArrayAttr()));
  }
  return tensor;
}

TensorOp Tensors::getInterface(Location loc, TensorKind kind, StringRef name,
                               RankedTensorType type, ArrayAttr lanes,
                               DenseI64ArrayAttr range, StringAttr output,
                               IntegerAttr axis) {
  TensorOp &tensor =
      interfaces[{static_cast<int>(kind), {builder.getStringAttr(name), type}}];
  if (!tensor)
    tensor = insert(TensorOp::create(getBuilder(), loc, kind, getSymbol(name),
                                     name, type, /*value=*/TypedAttr(), range,
                                     output, axis, /*fan_in=*/IntegerAttr(),
                                     /*origin=*/TypedAttr(), lanes));
  return tensor;
}

//===----------------------------------------------------------------------===//
// One function
//===----------------------------------------------------------------------===//

namespace {
class Scheduler {
public:
  Scheduler(func::FuncOp function, Tensors &tensors)
      : function(function), tensors(tensors), builder(function) {}

  LogicalResult run();

private:
  LogicalResult addInterface();
  LogicalResult schedule(Operation *op);
  LogicalResult scheduleKernel(DestinationStyleOpInterface op);
  LogicalResult scheduleConcat(ConcatOp op);
  LogicalResult finish();

  FailureOr<Place> getPlace(Value value);
  Place getWhole(TensorOp tensor) {
    auto type = tensor.getTensorType();
    return {
        GetOp::create(builder, tensor.getLoc(),
                      MemRefType::get(type.getShape(), type.getElementType()),
                      tensor.getSymName()),
        getContiguousView(type.getShape())};
  }
  Value materialize(const Place &place, Location loc);
  Place copyToNew(const Place &place, Location loc);
  DenseI64ArrayAttr getRange(BlockArgument argument) const;

  func::FuncOp function;
  Tensors &tensors;
  OpBuilder builder;
  EntryOp entry;
  std::optional<Placement> placement;
  DenseMap<Value, Place> places;
  /// Numbers that bodies of linalg.generic refer to.
  IRMapping constants;
  /// Outputs by their number among the function's results.
  SmallVector<Place> outputs;
};
} // namespace

/// First and last index that a lookup takes, for an input that is looked up.
DenseI64ArrayAttr Scheduler::getRange(BlockArgument argument) const {
  std::optional<int64_t> rows;
  for (Operation *user : argument.getUsers())
    if (auto embed = dyn_cast<EmbedOp>(user);
        embed && embed.getIds() == argument) {
      int64_t size = cast<ShapedType>(embed.getTable().getType()).getDimSize(0);
      rows = std::min(size, rows.value_or(size));
    }
  if (!rows || *rows < 1)
    return {};
  return DenseI64ArrayAttr::get(argument.getContext(), {0, *rows - 1});
}

LogicalResult Scheduler::addInterface() {
  Builder attributes(function.getContext());
  SmallVector<Attribute> inputNames, outputNames;
  NamedAttrList appends;
  SmallVector<TensorOp> inputTensors, outputTensors;
  for (BlockArgument argument : function.getArguments()) {
    unsigned number = argument.getArgNumber();
    auto name = function.getArgAttrOfType<StringAttr>(number, gac::attr::name);
    auto type = cast<RankedTensorType>(argument.getType());
    auto lanes = function.getArgAttrOfType<ArrayAttr>(number, gac::attr::lanes);
    if (!name)
      return function.emitError() << "argument " << number << " has no name";
    auto cache =
        function.getArgAttrOfType<DictionaryAttr>(number, cuda::attr::cache);
    if (!cache) {
      inputTensors.push_back(tensors.getInterface(argument.getLoc(),
                                                  TensorKind::Input, name, type,
                                                  lanes, getRange(argument)));
      inputNames.push_back(FlatSymbolRefAttr::get(inputTensors.back()));
      continue;
    }
    auto output = cache.getAs<StringAttr>("output");
    auto axis = cache.getAs<IntegerAttr>("axis"),
         append = cache.getAs<IntegerAttr>("append");
    if (!output || !axis || !append)
      return function.emitError()
             << "argument '" << name.getValue() << "': " << cuda::attr::cache
             << " needs an output, an axis and a number of rows to append";
    inputTensors.push_back(
        tensors.getInterface(argument.getLoc(), TensorKind::Cache, name, type,
                             lanes, /*range=*/{}, output, axis));
    if (append.getInt() != 0)
      appends.set(name, append);
  }
  for (auto [number, type] : llvm::enumerate(function.getResultTypes())) {
    auto name =
        function.getResultAttrOfType<StringAttr>(number, gac::attr::name);
    if (!name)
      return function.emitError() << "result " << number << " has no name";
    outputTensors.push_back(tensors.getInterface(
        function.getLoc(), TensorKind::Output, name,
        cast<RankedTensorType>(type),
        function.getResultAttrOfType<ArrayAttr>(number, gac::attr::lanes)));
    outputNames.push_back(FlatSymbolRefAttr::get(outputTensors.back()));
  }
  auto dims = function->getAttrOfType<DictionaryAttr>(cuda::attr::dims);
  entry = EntryOp::create(
      builder, function.getLoc(),
      function->getAttrOfType<StringAttr>(cuda::attr::entry),
      dims ? dims : attributes.getDictionaryAttr({}),
      attributes.getArrayAttr(inputNames), attributes.getArrayAttr(outputNames),
      appends.getDictionary(function.getContext()),
      /*arena_bytes=*/IntegerAttr());
  builder.createBlock(&entry.getBody());
  for (auto [argument, tensor] :
       llvm::zip_equal(function.getArguments(), inputTensors))
    places[argument] = getWhole(tensor);
  for (TensorOp tensor : outputTensors)
    outputs.push_back(getWhole(tensor));
  return success();
}

Value Scheduler::materialize(const Place &place, Location loc) {
  auto type = cast<MemRefType>(place.root.getType());
  View view = canonicalizeView(place.view);
  MemRefType viewType = getMemRefType(view, type.getElementType());
  if (viewType == type)
    return place.root;
  return memref::ReinterpretCastOp::create(builder, loc, viewType, place.root,
                                           view.offset, view.sizes,
                                           view.strides);
}

Place Scheduler::copyToNew(const Place &place, Location loc) {
  Place copy = placement->allocate(
      loc, place.view.sizes,
      cast<MemRefType>(place.root.getType()).getElementType());
  memref::CopyOp::create(builder, loc, materialize(place, loc),
                         materialize(copy, loc));
  return copy;
}

/// Where a value lies that was computed, or that is data.
FailureOr<Place> Scheduler::getPlace(Value value) {
  auto it = places.find(value);
  if (it != places.end())
    return it->second;
  Operation *op = value.getDefiningOp();
  TensorOp tensor;
  if (auto initializer = dyn_cast_if_present<InitializerOp>(op))
    tensor = tensors.getWeight(initializer);
  else if (auto constant = dyn_cast_if_present<ConstantOp>(op))
    tensor = tensors.getConstant(constant);
  if (tensor)
    return places[value] = getWhole(tensor);
  if (auto position = dyn_cast_if_present<PositionOp>(op)) {
    Place place{PositionOp::create(builder, op->getLoc(),
                                   MemRefType::get({}, builder.getI32Type()),
                                   position.getCache()),
                getContiguousView({})};
    return places[value] = place;
  }
  return emitError(value.getLoc()) << "nothing computes this value in memory";
}

LogicalResult Scheduler::scheduleKernel(DestinationStyleOpInterface op) {
  SmallVector<Place> inits;
  for (OpOperand &operand : op.getDpsInitsMutable()) {
    Value result = op.getTiedOpResult(&operand);
    if (operand.get().getDefiningOp<tensor::EmptyOp>()) {
      inits.push_back(placement->getDestination(result));
      continue;
    }
    FailureOr<Place> place = getPlace(operand.get());
    if (failed(place))
      return failure();
    // The old value lies where the new one does: nobody may read it later.
    for (Operation *user : operand.get().getUsers())
      if (user != op && op->isBeforeInBlock(user))
        return op->emitError()
               << "updates a tensor in place that is read afterwards";
    inits.push_back(*place);
  }
  SmallVector<Value> operands;
  size_t nextInit = 0;
  for (OpOperand &operand : op->getOpOperands()) {
    Place place;
    if (op.isDpsInit(&operand)) {
      place = inits[nextInit++];
    } else {
      FailureOr<Place> found = getPlace(operand.get());
      if (failed(found))
        return failure();
      place = *found;
      if (!canRead(op, operand, place.view))
        place = copyToNew(place, op->getLoc());
    }
    operands.push_back(materialize(place, op->getLoc()));
  }
  OperationState state(op->getLoc(), op->getName());
  state.addOperands(operands);
  state.addAttributes(llvm::to_vector(op->getDiscardableAttrs()));
  state.propertiesAttr = op->getPropertiesAsAttribute();
  for (Region &region : op->getRegions())
    region.cloneInto(state.addRegion(), constants);
  builder.create(state);
  for (auto [result, place] : llvm::zip_equal(op->getResults(), inits))
    places[result] = place;
  return success();
}

LogicalResult Scheduler::scheduleConcat(ConcatOp op) {
  Place target = placement->getDestination(op.getResult());
  int64_t axis = op.getAxis();
  if (axis < 0)
    axis += target.view.sizes.size();
  int64_t start = 0;
  for (Value input : op.getInputs()) {
    int64_t size = cast<ShapedType>(input.getType()).getDimSize(axis);
    Place piece{target.root, sliceView(target.view, axis, start, size)};
    start += size;
    FailureOr<Place> source = getPlace(input);
    if (failed(source))
      return failure();
    if (size != 0 && !(*source == piece))
      memref::CopyOp::create(builder, op.getLoc(),
                             materialize(*source, op.getLoc()),
                             materialize(piece, op.getLoc()));
  }
  places[op.getResult()] = target;
  return success();
}

LogicalResult Scheduler::schedule(Operation *op) {
  if (isa<InitializerOp, ConstantOp, PositionOp, tensor::EmptyOp>(op))
    return success();
  if (isa<arith::ConstantOp>(op)) {
    builder.clone(*op, constants);
    return success();
  }
  if (auto kernel = dyn_cast<DestinationStyleOpInterface>(op))
    return scheduleKernel(kernel);
  if (auto concat = dyn_cast<ConcatOp>(op))
    return scheduleConcat(concat);
  FailureOr<Place> source = getPlace(op->getOperand(0));
  if (failed(source))
    return failure();
  FailureOr<SmallVector<View>> views = getViews(op, source->view);
  if (failed(views)) {
    // Strides cannot say it: in a copy they can.
    source = copyToNew(*source, op->getLoc());
    views = getViews(op, source->view);
  }
  if (failed(views))
    return op->emitError() << "nothing computes this in memory";
  for (auto [result, view] : llvm::zip_equal(op->getResults(), *views))
    places[result] = {source->root, view};
  return success();
}

LogicalResult Scheduler::finish() {
  auto returnOp = cast<func::ReturnOp>(function.front().getTerminator());
  for (auto [value, output] :
       llvm::zip_equal(returnOp.getOperands(), outputs)) {
    FailureOr<Place> place = getPlace(value);
    if (failed(place))
      return failure();
    if (!(*place == output))
      memref::CopyOp::create(builder, value.getLoc(),
                             materialize(*place, value.getLoc()),
                             materialize(output, value.getLoc()));
  }
  // Buffers that a placement was tried with.
  for (Operation &op : llvm::make_early_inc_range(entry.getBody().front()))
    if (op.use_empty() && isa<AllocOp, GetOp>(op))
      op.erase();
  function.erase();
  return success();
}

LogicalResult Scheduler::run() {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitError() << "has control flow";
  if (failed(addInterface()))
    return failure();
  placement.emplace(function, entry);
  placement->run(outputs);
  for (Operation &op : function.front().without_terminator())
    if (failed(schedule(&op)))
      return failure();
  return finish();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct SchedulePass : public cuda::impl::ScheduleBase<SchedulePass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    Tensors tensors(module);
    for (auto function :
         llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (function->hasAttr(cuda::attr::entry) &&
          failed(Scheduler(function, tensors).run()))
        return signalPassFailure();
  }
};
} // namespace
