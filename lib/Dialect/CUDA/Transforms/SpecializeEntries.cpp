//===- SpecializeEntries.cpp - One function per entry ---------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/CUDA/Transforms/Passes.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/Transforms/Shapes.h"
#include "gac/Planner/ModelProblem.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

namespace gac::cuda {
#define GEN_PASS_DEF_SPECIALIZEENTRIES
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;

namespace {

/// An entry that somebody asks for.
struct Entry {
  std::string name;
  DimBindings sizes;
};

/// A cache of the model's function.
struct Cache {
  unsigned input;
  std::string name;
  /// What its number of past positions is called.
  std::string symbol;
};

struct SpecializeEntriesPass
    : public cuda::impl::SpecializeEntriesBase<SpecializeEntriesPass> {
  using Base::Base;

  void runOnOperation() override;

private:
  FailureOr<func::FuncOp> findModel();
  LogicalResult collectCaches(func::FuncOp model);
  LogicalResult parseEntries(func::FuncOp model);
  LogicalResult checkSizes(func::FuncOp model, const Entry &entry);
  LogicalResult specialize(func::FuncOp model, const Entry &entry);
  LogicalResult growCapacity(func::FuncOp function, const Entry &entry);
  LogicalResult compareCaches();
  void setCapacities();

  SmallVector<Entry> parsed;
  SmallVector<Cache> caches;
  /// By cache.
  SmallVector<int64_t> capacities;
  SmallVector<func::FuncOp> functions;
};

} // namespace

static DictionaryAttr getCache(func::FuncOp function, unsigned input) {
  return function.getArgAttrOfType<DictionaryAttr>(input, cuda::attr::cache);
}

static int64_t getAxis(DictionaryAttr cache) {
  return cache.getAs<IntegerAttr>("axis").getInt();
}

//===----------------------------------------------------------------------===//
// What is asked for
//===----------------------------------------------------------------------===//

FailureOr<func::FuncOp> SpecializeEntriesPass::findModel() {
  SmallVector<func::FuncOp> all(getOperation().getOps<func::FuncOp>());
  if (all.size() != 1 || all.front().isExternal())
    return getOperation().emitError()
           << "entries are made of a module with one function, and this one "
              "has "
           << all.size();
  return all.front();
}

LogicalResult SpecializeEntriesPass::collectCaches(func::FuncOp model) {
  for (unsigned i = 0, e = model.getNumArguments(); i != e; ++i) {
    DictionaryAttr cache = getCache(model, i);
    if (!cache)
      continue;
    auto name = model.getArgAttrOfType<StringAttr>(i, gac::attr::name);
    auto dims = model.getArgAttrOfType<ArrayAttr>(i, gac::attr::dims);
    auto axis = cache.getAs<IntegerAttr>("axis");
    auto symbol = dims && axis && axis.getInt() >= 0 &&
                          axis.getInt() < static_cast<int64_t>(dims.size())
                      ? dyn_cast<StringAttr>(dims[axis.getInt()])
                      : StringAttr();
    if (!name || !symbol || symbol.empty())
      return model.emitError() << "the cache that is argument " << i
                               << " has no name, or no symbol for how many "
                                  "positions are filled";
    caches.push_back({i, name.str(), SymExpr::parse(symbol).str()});
  }
  return success();
}

LogicalResult SpecializeEntriesPass::parseEntries(func::FuncOp model) {
  SmallVector<StringRef> mayBeZero;
  for (const Cache &cache : caches)
    mayBeZero.push_back(cache.symbol);
  for (const std::string &text : entries) {
    auto [name, rest] = StringRef(text).split(':');
    if (name.empty() || name.contains('='))
      return model.emitError() << "entry '" << text
                               << "' is not of the form NAME:SYMBOL=SIZE ...";
    if (llvm::any_of(parsed, [&, name = name](const Entry &entry) {
          return entry.name == name;
        }))
      return model.emitError() << "there are two entries '" << name << "'";
    std::vector<std::string> sizes;
    if (!rest.empty())
      for (StringRef size : llvm::split(rest, ':'))
        sizes.push_back(size.str());
    llvm::Expected<DimBindings> bindings = DimBindings::parse(sizes, mayBeZero);
    if (!bindings)
      return model.emitError()
             << "entry '" << name << "': " << toString(bindings.takeError());
    parsed.push_back({name.str(), std::move(*bindings)});
    if (failed(checkSizes(model, parsed.back())))
      return failure();
  }
  if (parsed.empty())
    return model.emitError()
           << "a package needs an entry: NAME:SYMBOL=SIZE for the symbols of "
              "the model, which has "
           << (getSymbols(model).empty() ? std::string("none")
                                         : llvm::join(getSymbols(model), ", "));
  return success();
}

LogicalResult SpecializeEntriesPass::checkSizes(func::FuncOp model,
                                                const Entry &entry) {
  std::vector<std::string> symbols = getSymbols(model);
  SmallVector<StringRef> known(symbols.begin(), symbols.end());
  if (llvm::Error error = entry.sizes.checkKnown(known))
    return model.emitError()
           << "entry '" << entry.name << "': " << toString(std::move(error));
  for (StringRef symbol : known)
    if (!entry.sizes.lookup(symbol))
      return model.emitError() << "entry '" << entry.name
                               << "' gives no size to '" << symbol << "'";
  return success();
}

//===----------------------------------------------------------------------===//
// What comes of it
//===----------------------------------------------------------------------===//

LogicalResult SpecializeEntriesPass::specialize(func::FuncOp model,
                                                const Entry &entry) {
  func::FuncOp function = model.clone();
  function.setName(entry.name);
  getOperation().insert(model, function);
  functions.push_back(function);

  Builder builder(&getContext());
  SmallVector<NamedAttribute> dims;
  for (const auto &[symbol, size] : entry.sizes.sorted())
    dims.push_back(
        builder.getNamedAttr(symbol, builder.getI64IntegerAttr(size)));
  function->setAttr(cuda::attr::entry, builder.getStringAttr(entry.name));
  function->setAttr(cuda::attr::dims, builder.getDictionaryAttr(dims));

  DimBindings fixed = entry.sizes;
  for (const Cache &cache : caches)
    if (fixed.lookup(cache.symbol).value_or(0) != 0)
      fixed.remove(cache.symbol);
  bindSymbols(function, fixed);
  return growCapacity(function, entry);
}

/// Makes room for what `entry` needs, and notes how much it appends.
LogicalResult SpecializeEntriesPass::growCapacity(func::FuncOp function,
                                                  const Entry &entry) {
  if (caches.empty())
    return success();
  ShapeValues values(function);
  Builder builder(&getContext());
  for (auto [cache, capacity] : llvm::zip_equal(caches, capacities)) {
    BlockArgument input = function.getArgument(cache.input);
    std::optional<SymExpr> rows;
    for (Operation *user : input.getUsers())
      if (auto attention = dyn_cast<gac::AttentionOp>(user))
        if (auto shape = values.shapeOf(attention.getK()))
          rows = (*shape)[shape->size() - 2];
    std::optional<int64_t> append = rows ? rows->getConstant() : std::nullopt;
    if (!append)
      return function.emitError()
             << "entry '" << entry.name
             << "': how many positions it appends to "
             << "cache '" << cache.name << "' is "
             << (rows ? rows->str() : std::string("not known"))
             << ", which is no number";
    int64_t filled = *entry.sizes.lookup(cache.symbol);
    capacity = std::max(capacity, filled + *append);
    NamedAttrList attributes(getCache(function, cache.input));
    attributes.set("append", builder.getI64IntegerAttr(*append));
    function.setArgAttr(cache.input, cuda::attr::cache,
                        attributes.getDictionary(&getContext()));
  }
  return success();
}

/// Entries share their caches.
LogicalResult SpecializeEntriesPass::compareCaches() {
  for (const Cache &cache : caches) {
    auto getShape = [&](func::FuncOp function) {
      auto type =
          cast<RankedTensorType>(function.getArgument(cache.input).getType());
      SmallVector<int64_t> shape(type.getShape());
      shape[getAxis(getCache(function, cache.input))] = 0;
      return shape;
    };
    auto print = [&](func::FuncOp function) {
      SmallVector<std::string> sizes;
      for (auto [axis, size] : llvm::enumerate(getShape(function)))
        sizes.push_back(static_cast<int64_t>(axis) ==
                                getAxis(getCache(function, cache.input))
                            ? cache.symbol
                        : ShapedType::isDynamic(size) ? "?"
                                                      : std::to_string(size));
      return llvm::join(sizes, "x");
    };
    for (func::FuncOp function : functions)
      if (getShape(function) != getShape(functions.front()))
        return function.emitError()
               << "cache '" << cache.name << "' is " << print(functions.front())
               << " in entry '" << functions.front().getName() << "' and "
               << print(function) << " in entry '" << function.getName()
               << "', which share it";
  }
  return success();
}

void SpecializeEntriesPass::setCapacities() {
  Builder builder(&getContext());
  for (func::FuncOp function : functions)
    for (auto [cache, capacity] : llvm::zip_equal(caches, capacities)) {
      NamedAttrList attributes(getCache(function, cache.input));
      attributes.set("capacity", builder.getI64IntegerAttr(capacity));
      function.setArgAttr(cache.input, cuda::attr::cache,
                          attributes.getDictionary(&getContext()));
    }
}

void SpecializeEntriesPass::runOnOperation() {
  FailureOr<func::FuncOp> model = findModel();
  if (failed(model) || failed(collectCaches(*model)) ||
      failed(parseEntries(*model)))
    return signalPassFailure();
  capacities.assign(caches.size(), 0);
  for (const Entry &entry : parsed)
    if (failed(specialize(*model, entry)))
      return signalPassFailure();
  if (failed(compareCaches()))
    return signalPassFailure();
  setCapacities();
  model->erase();
  if (auto file = getOperation().getLoc()->findInstanceOf<FileLineColLoc>())
    if (StringRef path = file.getFilename(); path.ends_with(".onnx"))
      getOperation()->setAttr(
          cuda::attr::model,
          StringAttr::get(&getContext(), llvm::sys::path::filename(path)));
  // What only a file of the model could hold.
  getOperation()->removeAttr(gac::attr::residual);
}
