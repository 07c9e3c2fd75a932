//===- DimBindings.cpp - Sizes for symbolic dimensions --------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/DimBindings.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace gac;

Expected<DimBindings> DimBindings::parse(ArrayRef<std::string> entries,
                                         ArrayRef<StringRef> mayBeZero) {
  DimBindings bindings;
  for (StringRef entry : entries) {
    auto [name, text] = entry.split('=');
    if (name.empty() || name.size() == entry.size())
      return createStringError("dimension binding '" + entry +
                               "' is not of the form NAME=SIZE");
    APInt number;
    if (text.getAsInteger(10, number) ||
        (number.isZero() && !is_contained(mayBeZero, name)))
      return createStringError("dimension binding '" + entry + "': '" + text +
                               "' is not a positive size");
    if (number.ugt(maxSize))
      return createStringError("dimension binding '" + entry + "': " + text +
                               " is more than " + Twine(maxSize));
    auto size = static_cast<int64_t>(number.getZExtValue());
    if (!bindings.sizes.try_emplace(name, size).second)
      return createStringError("dimension '" + name + "' is bound twice, to " +
                               Twine(bindings.sizes[name]) + " and to " + text);
  }
  return bindings;
}

std::optional<int64_t> DimBindings::lookup(StringRef name) const {
  auto it = sizes.find(name);
  if (it == sizes.end())
    return std::nullopt;
  return it->second;
}

std::optional<int64_t> DimBindings::evaluate(const SymExpr &expr) const {
  return expr.evaluate([&](StringRef name) { return lookup(name); });
}

Error DimBindings::checkKnown(ArrayRef<StringRef> known) const {
  for (const auto &[name, size] : sorted()) {
    if (is_contained(known, name))
      continue;
    if (known.empty())
      return createStringError("no dimension is called '" + Twine(name) +
                               "': the model has no symbolic dimensions");
    return createStringError("no dimension is called '" + Twine(name) +
                             "': the model has " + join(known, ", "));
  }
  return Error::success();
}

std::vector<std::pair<std::string, int64_t>> DimBindings::sorted() const {
  std::vector<std::pair<std::string, int64_t>> all;
  for (const auto &entry : sizes)
    all.emplace_back(entry.getKey().str(), entry.getValue());
  llvm::sort(all);
  return all;
}
