//===- Entries.cpp - The entries that a package is asked for --------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Entries.h"

#include "gac/Dialect/CUDA/IR/CUDAOps.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Planner/ModelProblem.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

std::optional<unsigned> cuda::findExcess(ShapedType type) {
  if (llvm::is_contained(type.getShape(), 0))
    return std::nullopt;
  Type element = type.getElementType();
  int64_t bytes = element.isIntOrFloat()
                      ? llvm::divideCeil(element.getIntOrFloatBitWidth(), 8)
                      : 1;
  for (auto [axis, size] : llvm::enumerate(type.getShape()))
    if (llvm::MulOverflow(bytes, size, bytes) || bytes > kMostBytes)
      return axis;
  return std::nullopt;
}

FailureOr<func::FuncOp> cuda::findModel(ModuleOp module) {
  SmallVector<func::FuncOp> all(module.getOps<func::FuncOp>());
  if (all.size() != 1 || all.front().isExternal())
    return module.emitError()
           << "entries are made of a module with one function, and this one "
              "has "
           << all.size();
  return all.front();
}

DictionaryAttr cuda::getCache(func::FuncOp function, unsigned input) {
  return function.getArgAttrOfType<DictionaryAttr>(input, cuda::attr::cache);
}

FailureOr<SmallVector<Cache>> cuda::findCaches(func::FuncOp model) {
  SmallVector<Cache> caches;
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
  return caches;
}

static LogicalResult checkSizes(func::FuncOp model, const Entry &entry) {
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

FailureOr<SmallVector<Entry>>
cuda::parseEntries(func::FuncOp model, ArrayRef<Cache> caches,
                   ArrayRef<std::string> entries) {
  SmallVector<Entry> parsed;
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
  return parsed;
}
