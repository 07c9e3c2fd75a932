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
  llvm::Expected<SmallVector<InterfaceValue>> values =
      matchInterface(function, pattern);
  if (!values)
    return fail(llvm::toString(values.takeError()));
  if (values->empty())
    return fail("no input or output has such a name");
  for (const InterfaceValue &value : *values)
    value.allowChange();
  return success();
}

void AllowInterfacePass::runOnOperation() {
  if (getOperation().isExternal())
    return;
  for (const std::string &pattern : patterns)
    if (failed(allow(pattern)))
      return signalPassFailure();
}
