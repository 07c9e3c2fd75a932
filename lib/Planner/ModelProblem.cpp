//===- ModelProblem.cpp - the planner's view of a model ------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/ModelProblem.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Symbols and types
//===----------------------------------------------------------------------===//

int64_t SymbolSizes::lookup(StringRef symbol) const {
  if (std::optional<int64_t> size = bindings.lookup(symbol))
    return *size;
  return symbol.contains_insensitive("batch") ? reference.batch
                                              : reference.sequence;
}

int64_t SymbolSizes::evaluate(const SymExpr &size) const {
  auto value = size.evaluate(
      [&](StringRef symbol) -> std::optional<int64_t> {
        return lookup(symbol);
      },
      reference.sequence);
  // A size is at least 1 wherever it is worth pricing.
  return std::max<int64_t>(value.value_or(reference.sequence), 1);
}

std::vector<std::string> gac::getSymbols(func::FuncOp function) {
  std::vector<std::string> symbols;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    auto dims = function.getArgAttrOfType<ArrayAttr>(i, attr::dims);
    if (!dims)
      continue;
    for (auto text : dims.getAsRange<StringAttr>())
      if (!text.getValue().empty())
        SymExpr::parse(text.getValue()).walkSymbols([&](StringRef symbol) {
          if (!llvm::is_contained(symbols, symbol))
            symbols.push_back(symbol.str());
        });
  }
  return symbols;
}

DType gac::getDefaultDType(const DimensionAnalysis &analysis) {
  int64_t half = 0, all = 0;
  llvm::DenseSet<Value> seen;
  for (const WeightUse &weight : analysis.getWeightUses()) {
    auto type = dyn_cast<RankedTensorType>(weight.weight.getType());
    if (!type || !type.hasStaticShape() ||
        !isa<FloatType>(type.getElementType()) ||
        !seen.insert(weight.weight).second)
      continue;
    int64_t elements = type.getNumElements();
    all += elements;
    half += type.getElementType().isF16() ? elements : 0;
  }
  return half > all / 2 ? DType::F16 : DType::BF16;
}

/// Bits of one element in a file, where those of fewer than eight are packed.
static int64_t getStoredBits(Type elementType) {
  return elementType.isInteger(1) ? 8 : elementType.getIntOrFloatBitWidth();
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

ModelProblem::ModelProblem(const DimensionAnalysis &analysis,
                           const SymbolSizes &symbols, DType dtype)
    : analysis(analysis), names(analysis), meanings(analysis),
      symbols(symbols) {
  DimensionSpace &space = analysis.getSpace();
  for (AtomId atom : analysis.getDimensions()) {
    if (!space.mayGrow(atom))
      continue;
    std::optional<int64_t> size = space.getAtomSize(atom).getConstant();
    if (!size || *size < 1)
      continue;
    variableOf[atom] = atoms.size();
    atoms.push_back(atom);
    problem.variables.push_back({analysis.getId(atom).str(), *size});
  }
  addOps(dtype);
  addRewrites(dtype);
  addWeights();
}

SizePolynomial ModelProblem::getSize(Term term) const {
  DimensionSpace &space = analysis.getSpace();
  term = space.normalise(term);
  SizePolynomial size;
  switch (space.getKind(term)) {
  case DimensionSpace::Kind::Atom: {
    auto variable = variableOf.find(space.getAtom(term));
    return variable != variableOf.end()
               ? SizePolynomial::getVariable(variable->second)
               : SizePolynomial(symbols.evaluate(space.getSize(term)));
  }
  case DimensionSpace::Kind::Prod:
    size = 1;
    for (Term factor : space.getFactors(term))
      size = size * getSize(factor);
    return size;
  case DimensionSpace::Kind::Sum:
    for (Term segment : space.getSegments(term))
      size += getSize(segment);
    return size;
  }
  return size;
}

std::optional<SizePolynomial> ModelProblem::getElements(Value value,
                                                        Operation *user) const {
  std::optional<ArrayRef<Term>> axes;
  if (value)
    axes = analysis.getAxes(value, user);
  if (!axes)
    return std::nullopt;
  SizePolynomial elements = 1;
  for (Term axis : *axes)
    elements = elements * getSize(axis);
  return elements;
}

Growth ModelProblem::getGrowth(ArrayRef<int64_t> sizes) const {
  Growth growth;
  for (auto [i, atom] : llvm::enumerate(atoms))
    if (sizes[i] != problem.variables[i].size)
      growth[atom] = sizes[i];
  return growth;
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void ModelProblem::addUse(const DimensionUse &use, unsigned op) {
  SizePolynomial size = getSize(use.term);
  std::optional<SizePolynomial> stride;
  if (use.contiguous)
    stride = size;
  // Where no dimensions account for the offset, it stays as it is.
  SizePolynomial offset = use.before.empty() ? SizePolynomial(use.offset) : 0;
  for (Term term : use.before)
    offset += getSize(term);
  problem.uses.push_back({op, use.role, size, stride, offset});
  uses.push_back(&use);
}

void ModelProblem::addOps(DType dtype) {
  DimensionSpace &space = analysis.getSpace();
  llvm::MapVector<Operation *, Uses> usesOf;
  for (const DimensionUse &use : analysis.getUses())
    usesOf[use.op].push_back(&use);

  for (auto &[op, all] : usesOf) {
    unsigned index = ops.size();
    ops.push_back(op);
    problem.ops.push_back(makeOp(op, all, dtype));
    // Both operands of a product use K: one use, contiguous if either is.
    for (const DimensionUse *use : all) {
      // What only the reference sizes say is no fact to hold against a model.
      if (!symbols.isDetermined(space.getSize(use->term)))
        continue;
      // An axis of one lane that is no dimension stands for any number of
      // lanes: a product over it is an elementwise one.
      if (space.getLeaves(use->term).empty())
        continue;
      bool repeated = false;
      for (unsigned i = problem.uses.size();
           i-- > 0 && problem.uses[i].op == index;) {
        PlanUse &known = problem.uses[i];
        if (known.role != use->role || uses[i]->offset != use->offset ||
            space.normalise(uses[i]->term) != space.normalise(use->term))
          continue;
        repeated = true;
        if (use->contiguous)
          known.stride = known.size;
      }
      if (!repeated)
        addUse(*use, index);
    }
  }
}

PlanOp ModelProblem::makeOp(Operation *op, const Uses &usesOfOp,
                            DType dtype) const {
  PlanOp result;
  // Every operand is read and every result written once. What is quantised
  // stays so in whatever type the rest will run.
  auto addBits = [&](Value value) {
    auto type = dyn_cast<TensorType>(value.getType());
    int64_t width = type && type.getElementType().isInteger()
                        ? getStoredBits(type.getElementType())
                        : getByteWidth(dtype) * 8;
    if (auto elements = getElements(value, op))
      result.bits += *elements * SizePolynomial(width);
  };
  // What multiplies bytes by bytes is a product in int8.
  if (llvm::all_of(usesOfOp, [&](const DimensionUse *use) {
        auto type =
            dyn_cast<TensorType>(op->getOperand(use->operand).getType());
        return type && type.getElementType().isInteger(8);
      }))
    result.dtype = DType::I8;
  llvm::for_each(op->getOperands(), addBits);
  llvm::for_each(op->getResults(), addBits);

  std::vector<int64_t> now = problem.getSizes();
  SizePolynomial outputs =
      getElements(op->getResult(0), op).value_or(SizePolynomial());
  auto axesOf = [&](Value value) {
    auto axes = value ? analysis.getAxes(value, op) : std::nullopt;
    return axes ? *axes : ArrayRef<Term>();
  };

  // An axis may have no lanes at all; a target knows of no operation without
  // rows.
  auto getRows = [&](const SizePolynomial &elements,
                     const SizePolynomial &rowSize) {
    return std::max<int64_t>(1,
                             elements.evaluate(now) /
                                 std::max<int64_t>(1, rowSize.evaluate(now)));
  };

  // Scores take a product with the queries' elements, their application one
  // with the results', both over the length of the keys, old and new.
  auto addAttention = [&](Value query, Value keys, Value past, int64_t heads,
                          int64_t keyHeads, const SizePolynomial &queries) {
    ArrayRef<Term> axes = axesOf(keys), cache = axesOf(past);
    if (axes.size() < 3)
      return;
    SizePolynomial length = getSize(axes[axes.size() == 4 ? 2 : 1]);
    if (cache.size() >= 4)
      length += getSize(cache.drop_back().back());
    result.flops += SizePolynomial(2) * length * (queries + outputs);
    // Heads are an axis or a part of the last one.
    ArrayRef<Term> rows = axesOf(query);
    if (rows.size() < 3)
      return;
    result.rows = getRows(getSize(rows[rows.size() - 2]), 1);
    if (rows.size() == 4)
      heads = getRows(getSize(rows[1]), 1);
    if (axes.size() == 4)
      keyHeads = getRows(getSize(axes[1]), 1);
    int64_t batch = getRows(getSize(rows[0]), 1);
    result.blocks = getAttentionBlocks(batch * heads, batch * keyHeads,
                                       result.rows, getRows(length, 1));
  };
  if (auto attention = dyn_cast<AttentionOp>(op)) {
    addAttention(attention.getQ(), attention.getK(), attention.getPastKey(),
                 attention.getQNumHeads().value_or(1),
                 attention.getKvNumHeads().value_or(1),
                 getElements(attention.getQ(), op).value_or(SizePolynomial()));
    return result;
  }
  // Packed queries are as many as the results.
  if (auto attention = dyn_cast<MultiHeadAttentionOp>(op)) {
    Value query = attention.getQuery();
    Value keys = attention.getKey() ? attention.getKey() : query;
    if (axesOf(query).size() != 3)
      addAttention(op->getResult(0), keys, attention.getPastKey(),
                   attention.getNumHeads(), attention.getNumHeads(), outputs);
    else
      addAttention(query, keys, attention.getPastKey(), attention.getNumHeads(),
                   attention.getNumHeads(),
                   getElements(query, op).value_or(SizePolynomial()));
    return result;
  }
  if (auto attention = dyn_cast<GroupQueryAttentionOp>(op)) {
    Value key = attention.getKey();
    addAttention(op->getResult(0), key ? key : attention.getQuery(),
                 attention.getPastKey(), attention.getNumHeads(),
                 attention.getKvNumHeads(), outputs);
    return result;
  }
  if (auto attention = dyn_cast<ContribAttentionOp>(op)) {
    ArrayRef<Term> weights = axesOf(attention.getWeights());
    addAttention(op->getResult(0), attention.getInput(), attention.getPast(),
                 attention.getNumHeads(), attention.getNumHeads(), outputs);
    if (auto inputs = getElements(attention.getInput(), op);
        inputs && weights.size() == 2)
      result.flops += SizePolynomial(2) * *inputs * getSize(weights[1]);
    return result;
  }
  if (auto conv = dyn_cast<ConvOp>(op)) {
    SizePolynomial taps = 1;
    ArrayRef<Term> weight = axesOf(conv.getW());
    if (weight.size() < 2)
      return result;
    for (Term axis : weight.drop_front())
      taps = taps * getSize(axis);
    result.flops = SizePolynomial(2) * outputs * taps;
    result.rows = getRows(outputs, getSize(weight.front()));
    return result;
  }
  // A matrix product. Where the right operand is one matrix, the batch axes of
  // the left one are rows too.
  auto getTerm = [&](Role role) {
    for (const DimensionUse *use : usesOfOp)
      if (use->role == role)
        return use->term;
    return Term();
  };
  Term m = getTerm(Role::M), n = getTerm(Role::N), k = getTerm(Role::K);
  if (k)
    result.flops = SizePolynomial(2) * outputs * getSize(k);
  // A weight of few bits has its rows in front.
  bool batched = llvm::any_of(usesOfOp, [&](const DimensionUse *use) {
    return use->role == Role::N && use->axis > 0 &&
           axesOf(op->getOperand(use->operand)).size() > 2;
  });
  result.rows = batched && m ? getRows(getSize(m), 1)
                             : getRows(outputs, n ? getSize(n) : 1);
  return result;
}

void ModelProblem::addRewrites(DType dtype) {
  DimensionSpace &space = analysis.getSpace();
  for (const DimensionRewrite &rewrite : analysis.getRewrites()) {
    PlanRewrite made;
    for (Term term : rewrite.terms)
      for (AtomId atom : space.getLeaves(term))
        if (auto variable = variableOf.find(atom); variable != variableOf.end())
          made.variables.push_back(variable->second);
    if (made.variables.empty())
      continue;
    made.bytes = getElements(rewrite.value,
                             isWeight(rewrite.value) ? rewrite.op : nullptr)
                     .value_or(SizePolynomial()) *
                 SizePolynomial(rewrite.passes * getByteWidth(dtype));
    problem.rewrites.push_back(std::move(made));
    rewrites.push_back(&rewrite);
  }
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

void ModelProblem::addWeights() {
  DimensionSpace &space = analysis.getSpace();
  // Per weight, the ways in which users see it.
  llvm::DenseMap<Value, SmallVector<SmallVector<Term, 4>, 1>> seen;
  llvm::MapVector<Value, std::vector<WeightView>> viewsOf;
  for (const WeightUse &use : analysis.getWeightUses()) {
    auto type = dyn_cast<RankedTensorType>(use.weight.getType());
    if (!type || !type.hasStaticShape() ||
        !type.getElementType().isIntOrFloat())
      continue;
    int64_t bits = getStoredBits(type.getElementType());
    SmallVector<Term, 4> axes;
    for (Term axis : use.axes)
      axes.push_back(space.normalise(axis));
    auto &views = seen[use.weight];
    if (llvm::is_contained(views, axes))
      continue;
    if (views.empty())
      problem.storedBytes += toBytes(type.getNumElements() * bits);
    views.push_back(axes);
    SizePolynomial elements = 1;
    WeightView view;
    for (Term axis : axes) {
      elements = elements * getSize(axis);
      for (AtomId atom : space.getLeaves(axis))
        view.dimensions.push_back(getSize(space.getTerm(atom)));
    }
    view.bits = elements * SizePolynomial(bits);
    problem.weightBits += view.bits;
    viewsOf[use.weight].push_back(std::move(view));
  }
  for (auto &[weight, views] : viewsOf)
    if (views.size() > 1)
      problem.sharedWeights.push_back(std::move(views));
}
