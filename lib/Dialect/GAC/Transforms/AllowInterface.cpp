//===- AllowInterface.cpp - Let inputs and outputs change their sizes -----===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/IR/ModelInterface.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/GlobPattern.h"

namespace gac {
#define GEN_PASS_DEF_ALLOWINTERFACE
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {
struct AllowInterfacePass
    : public gac::impl::AllowInterfaceBase<AllowInterfacePass> {
  using Base::Base;

  void runOnOperation() override;

private:
  LogicalResult allow(StringRef pattern);
};
} // namespace

/// Texts that the braces of a pattern may stand for.
static constexpr size_t kMaxAlternatives = 1024;
/// Names that a message lists of the inputs, and of the outputs.
static constexpr size_t kMaxNames = 16;

/// "inputs 'a', 'b' and 130 others".
static std::string listNames(func::FuncOp function, bool inputs) {
  SmallVector<std::string> names;
  for (const InterfaceValue &value : getInterface(function))
    if (value.isInput() == inputs && !value.getName().empty())
      names.push_back(("'" + value.getName() + "'").str());
  std::string text = inputs ? "inputs " : "outputs ";
  if (names.empty())
    return text + "without names";
  size_t shown = std::min(names.size(), kMaxNames);
  text += llvm::join(ArrayRef(names).take_front(shown), ", ");
  if (names.size() > shown)
    text += " and " + std::to_string(names.size() - shown) + " others";
  return text;
}

LogicalResult AllowInterfacePass::allow(StringRef pattern) {
  func::FuncOp function = getOperation();
  auto fail = [&](const Twine &why) {
    return function.emitError()
           << "the interface cannot be allowed to change by '" << pattern
           << "': " << why.str() << "; the model has "
           << listNames(function, /*inputs=*/true) << ", and "
           << listNames(function, /*inputs=*/false);
  };
  llvm::Expected<llvm::GlobPattern> glob =
      llvm::GlobPattern::create(pattern, kMaxAlternatives);
  if (!glob)
    return fail(llvm::toString(glob.takeError()));
  bool found = false;
  for (const InterfaceValue &value : getInterface(function))
    if (!value.getName().empty() && glob->match(value.getName())) {
      found = true;
      value.allowChange();
    }
  return found ? success() : fail("no input or output has such a name");
}

void AllowInterfacePass::runOnOperation() {
  if (getOperation().isExternal())
    return;
  for (const std::string &pattern : patterns)
    if (failed(allow(pattern)))
      return signalPassFailure();
}
