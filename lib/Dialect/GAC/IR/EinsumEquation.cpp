//===- EinsumEquation.cpp - What an equation of Einsum says -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/EinsumEquation.h"

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ShapeInference.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace gac;

bool EinsumEquation::isKept(unsigned label) const {
  return llvm::is_contained(result, label);
}

unsigned EinsumEquation::countOperands(unsigned label) const {
  return llvm::count_if(operands, [&](ArrayRef<unsigned> labels) {
    return llvm::is_contained(labels, label);
  });
}

namespace {

/// A term such as "b...ij": the letters before "...", and those behind it.
struct EinsumTerm {
  StringRef front, back;
  bool hasRest = false;

  size_t getNumLetters() const { return front.size() + back.size(); }
  bool isValid() const {
    return llvm::all_of(front, llvm::isAlpha) &&
           llvm::all_of(back, llvm::isAlpha);
  }
};

/// Numbers labels: those of "..." first, from its last axis on, then letters
/// as they come.
class Labels {
public:
  explicit Labels(size_t numRest) : numRest(numRest) {}

  unsigned get(char letter) {
    size_t index = letters.find(letter);
    if (index == std::string::npos) {
      index = letters.size();
      letters += letter;
    }
    return numRest + index;
  }
  bool has(char letter) const {
    return letters.find(letter) != std::string::npos;
  }

  /// The labels of a term of which `rest` axes are those of "...".
  SmallVector<unsigned, 4> read(const EinsumTerm &term, size_t rest) {
    SmallVector<unsigned, 4> labels;
    for (char letter : term.front)
      labels.push_back(get(letter));
    for (size_t i = rest; i != 0; --i)
      labels.push_back(i - 1);
    for (char letter : term.back)
      labels.push_back(get(letter));
    return labels;
  }

  unsigned size() const { return numRest + letters.size(); }
  StringRef getLetters() const { return letters; }

private:
  size_t numRest;
  std::string letters;
};

} // namespace

static EinsumTerm parseTerm(StringRef text) {
  EinsumTerm term;
  term.hasRest = text.contains("...");
  std::tie(term.front, term.back) = text.split("...");
  return term;
}

std::optional<EinsumEquation> gac::parseEinsum(StringRef equation,
                                               ArrayRef<size_t> ranks,
                                               EinsumProblem &problem) {
  auto refuse = [&](StringRef label, const Twine &text) {
    problem = {label, text.str()};
    return std::nullopt;
  };
  // Runtimes ignore spaces.
  std::string plain = equation.str();
  llvm::erase(plain, ' ');
  auto [left, right] = StringRef(plain).split("->");
  bool isImplicit = !StringRef(plain).contains("->");
  SmallVector<EinsumTerm> terms;
  for (StringRef text : llvm::split(left, ','))
    terms.push_back(parseTerm(text));
  EinsumTerm last = parseTerm(right);
  if (!last.isValid() || !llvm::all_of(terms, [](const EinsumTerm &term) {
        return term.isValid();
      }))
    return refuse("einsum_c1",
                  "the equation '" + equation + "' is not understood");
  if (terms.size() != ranks.size())
    return refuse("einsum_c1", "the equation '" + equation + "' has " +
                                   Twine(terms.size()) + " terms for " +
                                   Twine(ranks.size()) + " operands");

  size_t numRest = 0;
  for (auto [index, term] : llvm::enumerate(terms)) {
    size_t letters = term.getNumLetters(), rank = ranks[index];
    if (letters > rank || (!term.hasRest && letters != rank))
      return refuse("einsum_c2", "term " + Twine(index) + " of '" + equation +
                                     "' names " + Twine(letters) +
                                     " axes, but operand " + Twine(index) +
                                     " has rank " + Twine(rank));
    numRest = std::max(numRest, rank - letters);
  }

  EinsumEquation result;
  Labels labels(numRest);
  for (auto [term, rank] : llvm::zip_equal(terms, ranks))
    result.operands.push_back(labels.read(term, rank - term.getNumLetters()));
  for (char letter : (last.front + last.back).str())
    if (!labels.has(letter))
      return refuse("einsum_c1", "no operand of '" + equation + "' has the '" +
                                     Twine(letter) + "' of its result");
  if (isImplicit) {
    // The axes of "...", then the letters that stand once, in their order.
    for (size_t i = numRest; i != 0; --i)
      result.result.push_back(i - 1);
    std::string sorted = labels.getLetters().str();
    llvm::sort(sorted);
    for (char letter : sorted)
      if (left.count(letter) == 1)
        result.result.push_back(labels.get(letter));
  } else {
    result.result = labels.read(last, last.hasRest ? numRest : 0);
  }
  result.numLabels = labels.size();
  return result;
}

LogicalResult EinsumOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = gac::detail::getFirstElementType(op.getInputs());
  SmallVector<SymShape> shapes;
  SmallVector<size_t> ranks;
  for (Value input : op.getInputs())
    if (std::optional<SymShape> shape = inference.getShape(input)) {
      ranks.push_back(shape->size());
      shapes.push_back(std::move(*shape));
    }
  if (shapes.size() != op.getInputs().size()) {
    inference.setResult(0, std::nullopt, elementType);
    return success();
  }
  EinsumProblem problem;
  std::optional<EinsumEquation> equation =
      parseEinsum(op.getEquation(), ranks, problem);
  if (!equation)
    return inference.error(problem.label, problem.text);

  SmallVector<std::optional<SymExpr>> sizes(equation->numLabels);
  for (auto [index, labels] : llvm::enumerate(equation->operands))
    for (auto [axis, label] : llvm::enumerate(labels)) {
      const SymExpr &size = shapes[index][axis];
      std::optional<SymExpr> &known = sizes[label];
      if (known && !known->isOne() && !size.isOne() &&
          ShapeInference::differ(*known, size))
        return inference.error("einsum_c3", "axis ", axis, " of operand ",
                               index, " has size ", size, ", not ", *known);
      known =
          known
              ? getBroadcastSize(*known, size).value_or(SymExpr::unknownSize())
              : size;
    }
  SymShape result;
  for (unsigned label : equation->result)
    result.push_back(sizes[label].value_or(SymExpr::unknownSize()));
  inference.setResult(0, std::move(result), elementType);
  return success();
}
