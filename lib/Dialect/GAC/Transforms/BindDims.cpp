//===- BindDims.cpp - Replace symbolic dimensions by sizes ----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "gac/Dialect/GAC/Transforms/Shapes.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/SetVector.h"

namespace gac {
#define GEN_PASS_DEF_BINDDIMS
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {

/// Type and symbols of a value after binding. Null symbols mean that none are
/// left.
struct Bound {
  Type type;
  ArrayAttr symbols;
};

struct BindDimsPass : public gac::impl::BindDimsBase<BindDimsPass> {
  using Base::Base;

  void runOnOperation() override;

private:
  LogicalResult checkNames(func::FuncOp func, const DimBindings &bindings);
};

} // namespace

/// Whether an axis has a symbol and, if so, which.
static StringRef getSymbol(Attribute attr) {
  auto text = dyn_cast<StringAttr>(attr);
  return text ? text.getValue() : StringRef();
}

static Bound bind(Type type, ArrayAttr symbols, const DimBindings &bindings) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || static_cast<int64_t>(symbols.size()) != tensor.getRank())
    return {type, symbols};
  SmallVector<int64_t> shape(tensor.getShape());
  SmallVector<Attribute> left(symbols.begin(), symbols.end());
  auto none = StringAttr::get(type.getContext(), "");
  for (auto [size, symbol] : llvm::zip_equal(shape, left)) {
    StringRef name = getSymbol(symbol);
    if (name.empty() || !ShapedType::isDynamic(size))
      continue;
    SymExpr bound =
        SymExpr::parse(name).substitute([&](StringRef known) -> auto {
          std::optional<int64_t> value = bindings.lookup(known);
          return value ? std::optional<SymExpr>(*value) : std::nullopt;
        });
    if (std::optional<int64_t> value = bound.getConstant()) {
      size = *value;
      symbol = none;
    } else if (bound != SymExpr::parse(name)) {
      symbol = StringAttr::get(type.getContext(), bound.str());
    }
  }
  bool any = llvm::any_of(
      left, [](Attribute symbol) { return !getSymbol(symbol).empty(); });
  return {tensor.clone(shape),
          any ? ArrayAttr::get(type.getContext(), left) : ArrayAttr()};
}

LogicalResult BindDimsPass::checkNames(func::FuncOp func,
                                       const DimBindings &bindings) {
  llvm::SetVector<StringRef> known;
  for (unsigned i = 0, e = func.getNumArguments(); i != e; ++i)
    if (auto symbols = func.getArgAttrOfType<ArrayAttr>(i, attr::dims))
      for (Attribute symbol : symbols)
        SymExpr::parse(getSymbol(symbol)).walkSymbols([&](StringRef name) {
          if (!name.empty())
            known.insert(StringAttr::get(&getContext(), name).getValue());
        });
  if (llvm::Error error = bindings.checkKnown(known.getArrayRef()))
    return func.emitError() << llvm::toString(std::move(error));
  return success();
}

void gac::bindSymbols(func::FuncOp func, const DimBindings &bindings) {
  for (BlockArgument arg : func.getArguments()) {
    unsigned index = arg.getArgNumber();
    auto symbols = func.getArgAttrOfType<ArrayAttr>(index, attr::dims);
    if (!symbols)
      continue;
    Bound bound = bind(arg.getType(), symbols, bindings);
    arg.setType(bound.type);
    if (bound.symbols)
      func.setArgAttr(index, attr::dims, bound.symbols);
    else
      func.removeArgAttr(index, attr::dims);
  }

  func.walk([&](Operation *op) {
    auto symbols = op->getAttrOfType<ArrayAttr>(attr::dims);
    if (!symbols || symbols.size() != op->getNumResults())
      return;
    SmallVector<Attribute> left(symbols.begin(), symbols.end());
    bool any = false;
    for (auto [result, entry] : llvm::zip_equal(op->getResults(), left)) {
      auto perAxis = dyn_cast<ArrayAttr>(entry);
      if (!perAxis)
        continue;
      Bound bound = bind(result.getType(), perAxis, bindings);
      result.setType(bound.type);
      entry =
          bound.symbols ? bound.symbols : ArrayAttr::get(op->getContext(), {});
      any |= static_cast<bool>(bound.symbols);
    }
    if (any)
      op->setAttr(attr::dims, ArrayAttr::get(op->getContext(), left));
    else
      op->removeAttr(attr::dims);
  });

  // The function's type follows its entry block and its terminator.
  if (func.isExternal())
    return;
  Operation *terminator = func.getBody().back().getTerminator();
  func.setType(FunctionType::get(func.getContext(),
                                 func.getBody().getArgumentTypes(),
                                 terminator->getOperandTypes()));
  for (unsigned i = 0, e = func.getNumResults(); i != e; ++i) {
    auto symbols = func.getResultAttrOfType<ArrayAttr>(i, attr::dims);
    if (!symbols)
      continue;
    Bound bound = bind(func.getResultTypes()[i], symbols, bindings);
    if (bound.symbols)
      func.setResultAttr(i, attr::dims, bound.symbols);
    else
      func.removeResultAttr(i, StringAttr::get(func.getContext(), attr::dims));
  }
}

void BindDimsPass::runOnOperation() {
  std::vector<std::string> entries(dims.begin(), dims.end());
  llvm::Expected<DimBindings> bindings = DimBindings::parse(entries);
  if (!bindings) {
    getOperation().emitError() << llvm::toString(bindings.takeError());
    return signalPassFailure();
  }

  if (bindings->empty())
    return;
  // What the model states outside of the IR is bound on export.
  SmallVector<Attribute> bound;
  if (auto before = getOperation()->getAttrOfType<ArrayAttr>(attr::bound))
    bound.assign(before.begin(), before.end());
  for (const std::string &entry : entries)
    bound.push_back(StringAttr::get(&getContext(), entry));
  getOperation()->setAttr(attr::bound, ArrayAttr::get(&getContext(), bound));

  for (auto func : getOperation().getOps<func::FuncOp>()) {
    if (failed(checkNames(func, *bindings)))
      return signalPassFailure();
    bindSymbols(func, *bindings);
  }
}
