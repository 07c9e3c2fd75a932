//===- SpecializeEntries.cpp - One function per entry ---------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Entries.h"

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
using namespace gac::cuda;

namespace {

struct SpecializeEntriesPass
    : public cuda::impl::SpecializeEntriesBase<SpecializeEntriesPass> {
  using Base::Base;

  void runOnOperation() override;

private:
  LogicalResult specialize(func::FuncOp model, const Entry &entry);
  LogicalResult growCapacity(func::FuncOp function, const Entry &entry);
  LogicalResult compareCaches();
  void setCapacities();

  SmallVector<Cache> caches;
  /// By cache.
  SmallVector<int64_t> capacities;
  SmallVector<func::FuncOp> functions;
};

} // namespace

static int64_t getAxis(DictionaryAttr cache) {
  return cache.getAs<IntegerAttr>("axis").getInt();
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
  FailureOr<func::FuncOp> model = findModel(getOperation());
  if (failed(model))
    return signalPassFailure();
  FailureOr<SmallVector<Cache>> found = findCaches(*model);
  if (failed(found))
    return signalPassFailure();
  caches = std::move(*found);
  FailureOr<SmallVector<Entry>> parsed = parseEntries(*model, caches, entries);
  if (failed(parsed))
    return signalPassFailure();
  capacities.assign(caches.size(), 0);
  for (const Entry &entry : *parsed)
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
