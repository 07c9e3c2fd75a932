//===- DimBindings.h - Sizes for symbolic dimensions ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_DIMBINDINGS_H
#define GAC_SUPPORT_DIMBINDINGS_H

#include "gac/Support/SymExpr.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace gac {

/// Sizes that somebody chose for symbolic dimensions, by name.
class DimBindings {
public:
  /// The largest size that a name can have: no GPU library takes a larger one.
  static constexpr int64_t maxSize = 2147483647;

  /// Reads `NAME=SIZE` entries; SIZE is a decimal number from 1 to `maxSize`,
  /// or from 0 for the names in `mayBeZero`. An entry of another form, and a
  /// name that is bound twice, are errors of one sentence.
  static llvm::Expected<DimBindings>
  parse(llvm::ArrayRef<std::string> entries,
        llvm::ArrayRef<llvm::StringRef> mayBeZero = {});

  bool empty() const { return sizes.empty(); }

  /// Forgets `name`.
  void remove(llvm::StringRef name) { sizes.erase(name); }

  /// The size bound to `name`.
  std::optional<int64_t> lookup(llvm::StringRef name) const;

  /// The value of `expr`, if the bindings determine it.
  std::optional<int64_t> evaluate(const SymExpr &expr) const;

  /// Fails with the names that there are when a bound name is not in `known`.
  llvm::Error checkKnown(llvm::ArrayRef<llvm::StringRef> known) const;

  /// Bound names and sizes, by name.
  std::vector<std::pair<std::string, int64_t>> sorted() const;

private:
  llvm::StringMap<int64_t> sizes;
};

} // namespace gac

#endif // GAC_SUPPORT_DIMBINDINGS_H
