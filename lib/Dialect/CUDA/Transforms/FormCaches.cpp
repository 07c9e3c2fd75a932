//===- FormCaches.cpp - Which pairs of past and present are caches --------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Analysis/ShapeValues.h"
#include "gac/Dialect/CUDA/Transforms/Passes.h"
#include "gac/Dialect/GAC/IR/GACOps.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"

namespace gac::cuda {
#define GEN_PASS_DEF_FORMCACHES
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;

using llvm::Twine;

namespace {

/// An input and an output of the function, by number.
struct Pair {
  unsigned input, output;
};

/// The caches of one attention, or what speaks against them.
struct Candidate {
  Pair key, value;
  std::string reason;
};

struct FormCachesPass : public cuda::impl::FormCachesBase<FormCachesPass> {
  using Base::Base;

  void runOnOperation() override;

private:
  Candidate examine(gac::AttentionOp op, const ShapeValues &values);
  std::string findPair(Value past, Value present, StringRef what,
                       gac::AttentionOp op, Pair &pair);
  LogicalResult formListed(llvm::MapVector<Operation *, Candidate> &candidates);
  std::string explain(BlockArgument input);
  void mark(const Pair &pair);
};

} // namespace

static std::string describe(Operation *op) {
  return ("'" + getNodeName(op) + "' (" + getOnnxOpType(op) + ")").str();
}

static std::string toText(const SymExpr &expr) { return expr.str(); }

/// The axis of positions of a cache: batch, heads, positions, width.
static constexpr int64_t kPositionAxis = 2;

//===----------------------------------------------------------------------===//
// What may become a cache
//===----------------------------------------------------------------------===//

/// A reader of `value` other than `op` that sees more than its shape.
static Operation *findOtherReader(Value value, Operation *op) {
  for (Operation *user : value.getUsers())
    if (user != op && !isa<ShapeOp, SizeOp>(user))
      return user;
  return nullptr;
}

/// What speaks against the kernels of caches in the attributes and operands.
static std::string findUnsupported(gac::AttentionOp op) {
  if (!op.getPresentKey() || !op.getPresentValue())
    return "it has a past and no present";
  if (op.getAttnMask())
    return "it has a mask that was not recovered as causal";
  if (op.getNonpadKvSeqlen())
    return "it has lengths of keys without padding";
  if (op.getSoftcap().convertToFloat() != 0)
    return "it has a softcap";
  if (op.getQkMatmulOutput())
    return "its scores are a result";
  if (op.getScale() && !(op.getScale()->convertToFloat() > 0))
    return "its scale is not positive";
  // TensorProto.DOUBLE.
  if (op.getSoftmaxPrecision().value_or(0) == 11)
    return "its softmax is in float64";
  return {};
}

/// What speaks against the sizes of queries, keys and caches.
static std::string findMisfit(gac::AttentionOp op, const ShapeValues &values) {
  auto q = values.shapeOf(op.getQ()), k = values.shapeOf(op.getK());
  auto pastKey = values.shapeOf(op.getPastKey());
  auto pastValue = values.shapeOf(op.getPastValue());
  if (!q || !k || !pastKey || !pastValue || pastKey->size() != 4 ||
      pastValue->size() != 4)
    return "the ranks of its operands are not known";
  const SymExpr &rows = (*q)[q->size() - 2], &keys = (*k)[k->size() - 2];
  if (rows != keys)
    return "it has " + toText(rows) + " queries for " + toText(keys) +
           " new keys";
  const SymExpr &positions = (*pastKey)[kPositionAxis];
  if (positions != (*pastValue)[kPositionAxis])
    return "past_key has " + toText(positions) + " positions, past_value " +
           toText((*pastValue)[kPositionAxis]);
  SmallVector<std::string> symbols;
  positions.walkSymbols(
      [&](StringRef symbol) { symbols.push_back(symbol.str()); });
  if (symbols.size() != 1 || positions != SymExpr::symbol(symbols.front()))
    return "the number of past positions is " + toText(positions) +
           ", not one symbol";
  return {};
}

/// Makes `past` and `present` a pair, or says what speaks against it.
std::string FormCachesPass::findPair(Value past, Value present, StringRef what,
                                     gac::AttentionOp op, Pair &pair) {
  func::FuncOp function = getOperation();
  auto input = dyn_cast<BlockArgument>(past);
  if (!input || input.getOwner()->getParentOp() != function)
    return ("past_" + what + " is no input of the model").str();
  pair.input = input.getArgNumber();
  auto inputName =
      function.getArgAttrOfType<StringAttr>(pair.input, attr::name);
  if (!inputName)
    return ("past_" + what + " has no name").str();
  std::string quoted = ("'" + inputName.getValue() + "'").str();
  if (llvm::count(op->getOperands(), past) != 1)
    return quoted + " is more than one of its operands";
  if (Operation *other = findOtherReader(past, op))
    return quoted + " is read by " + describe(other) + " too";
  for (OpOperand &use : present.getUses())
    if (!isa<func::ReturnOp>(use.getOwner()))
      return ("present_" + what + " is read by ").str() +
             describe(use.getOwner());
  if (!present.hasOneUse())
    return ("present_" + what + " is not one output of the model").str();
  pair.output = present.getUses().begin()->getOperandNumber();
  if (!function.getResultAttrOfType<StringAttr>(pair.output, attr::name))
    return ("present_" + what + " has no name").str();
  // What one step appends, the next one reads.
  if (function.getArgAttr(pair.input, gac::attr::lanes) !=
      function.getResultAttr(pair.output, gac::attr::lanes))
    return quoted + " has other lanes than what is given for it";
  return {};
}

Candidate FormCachesPass::examine(gac::AttentionOp op,
                                  const ShapeValues &values) {
  Candidate candidate;
  std::string &reason = candidate.reason;
  reason = findUnsupported(op);
  if (reason.empty())
    reason =
        findPair(op.getPastKey(), op.getPresentKey(), "key", op, candidate.key);
  if (reason.empty())
    reason = findPair(op.getPastValue(), op.getPresentValue(), "value", op,
                      candidate.value);
  if (reason.empty())
    reason = findMisfit(op, values);
  return candidate;
}

//===----------------------------------------------------------------------===//
// What becomes one
//===----------------------------------------------------------------------===//

void FormCachesPass::mark(const Pair &pair) {
  func::FuncOp function = getOperation();
  Builder builder(&getContext());
  function.setArgAttr(
      pair.input, cuda::attr::cache,
      builder.getDictionaryAttr(
          {builder.getNamedAttr("output",
                                function.getResultAttrOfType<StringAttr>(
                                    pair.output, gac::attr::name)),
           builder.getNamedAttr("axis",
                                builder.getI64IntegerAttr(kPositionAxis))}));
}

/// Why an input that no attention reads as a past is no cache.
std::string FormCachesPass::explain(BlockArgument input) {
  for (Operation *user : input.getUsers())
    if (!isa<ShapeOp, SizeOp>(user))
      return "it is read by " + describe(user) +
             ", and not as the past of an attention";
  return "no attention reads it";
}

LogicalResult FormCachesPass::formListed(
    llvm::MapVector<Operation *, Candidate> &candidates) {
  func::FuncOp function = getOperation();
  auto fail = [&](const Twine &pair, const Twine &reason) {
    return function.emitError()
           << "cache '" << pair.str() << "': " << reason.str();
  };
  auto nameOfInput = [&](unsigned i) {
    return function.getArgAttrOfType<StringAttr>(i, gac::attr::name);
  };
  auto nameOfOutput = [&](unsigned i) {
    return function.getResultAttrOfType<StringAttr>(i, gac::attr::name);
  };
  llvm::MapVector<unsigned, std::string> listed;
  for (const std::string &text : caches) {
    auto [in, out] = StringRef(text).split('=');
    if (in.empty() || out.empty())
      return fail(text, "it is not of the form INPUT=OUTPUT");
    auto isCalled = [](StringAttr name, StringRef text) {
      return name && name.getValue() == text;
    };
    std::optional<unsigned> input;
    bool hasOutput = false;
    for (unsigned i = 0, e = function.getNumArguments(); i != e; ++i)
      if (isCalled(nameOfInput(i), in))
        input = i;
    for (unsigned i = 0, e = function.getNumResults(); i != e; ++i)
      hasOutput |= isCalled(nameOfOutput(i), out);
    if (!input)
      return fail(text, "the model has no input '" + in + "'");
    if (!hasOutput)
      return fail(text, "the model has no output '" + out + "'");
    if (!listed.insert({*input, text}).second)
      return fail(text, "'" + in + "' is listed twice");
  }
  for (auto &[input, text] : listed) {
    BlockArgument argument = function.getArgument(input);
    const Candidate *found = nullptr;
    Operation *reader = nullptr;
    for (auto &[op, candidate] : candidates) {
      auto attention = cast<gac::AttentionOp>(op);
      if (attention.getPastKey() == argument ||
          attention.getPastValue() == argument) {
        found = &candidate;
        reader = op;
        break;
      }
    }
    if (!found)
      return fail(text, explain(argument));
    if (!found->reason.empty())
      return fail(text, "of " + describe(reader) + ", " + found->reason);
    bool isKey = found->key.input == input;
    const Pair &own = isKey ? found->key : found->value;
    const Pair &other = isKey ? found->value : found->key;
    StringRef out = StringRef(text).split('=').second;
    if (nameOfOutput(own.output).getValue() != out)
      return fail(text, "what " + describe(reader) + " gives for it is '" +
                            nameOfOutput(own.output).getValue() + "'");
    if (!listed.contains(other.input))
      return fail(text, "the other cache of " + describe(reader) + ", '" +
                            nameOfInput(other.input).getValue() +
                            "', is not listed");
    mark(own);
  }
  return success();
}

void FormCachesPass::runOnOperation() {
  func::FuncOp function = getOperation();
  if (function.isExternal())
    return;
  const auto &values = getAnalysis<ShapeValues>();
  llvm::MapVector<Operation *, Candidate> candidates;
  function.walk([&](gac::AttentionOp op) {
    if (op.getPastKey() && op.getPastValue())
      candidates.insert({op, examine(op, values)});
  });
  if (!caches.empty()) {
    if (failed(formListed(candidates)))
      signalPassFailure();
    return;
  }
  for (auto &[op, candidate] : candidates) {
    if (!candidate.reason.empty()) {
      op->emitRemark() << "the cache of " << describe(op)
                       << " stays an input and an output: " << candidate.reason;
      continue;
    }
    mark(candidate.key);
    mark(candidate.value);
  }
}
