//===- DimensionMeaning.cpp - What a dimension is to a model ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MeaningFinder.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

StringRef gac::describeMeaning(Meaning meaning) {
  switch (meaning) {
  case Meaning::Hidden:
    return "hidden";
  case Meaning::Vocabulary:
    return "vocabulary";
  case Meaning::Output:
    return "output width";
  case Meaning::MLP:
    return "MLP width";
  case Meaning::Rank:
    return "rank";
  case Meaning::Latent:
    return "latent";
  case Meaning::Heads:
    return "heads";
  case Meaning::QueryKeyWidth:
    return "query-key width";
  case Meaning::ValueWidth:
    return "value width";
  case Meaning::HeadWidth:
    return "head width";
  case Meaning::Channels:
    return "channels";
  case Meaning::State:
    return "state width";
  case Meaning::Experts:
    return "experts";
  case Meaning::Embedding:
    return "embedding width";
  case Meaning::TableRows:
    return "table rows";
  case Meaning::Positions:
    return "positions";
  case Meaning::Fused:
    return "fused";
  case Meaning::Width:
    return "width";
  }
  return "";
}

std::string gac::stringifyMeaning(Meaning meaning) {
  std::string text = describeMeaning(meaning).lower();
  for (char &c : text)
    if (!llvm::isAlpha(c))
      c = '_';
  return text;
}

DimensionMeanings::DimensionMeanings(const DimensionAnalysis &analysis)
    : analysis(analysis), space(analysis.getSpace()) {
  MeaningFinder(*this).run();
}

//===----------------------------------------------------------------------===//
// Meanings
//===----------------------------------------------------------------------===//

Meaning DimensionMeanings::getOfAtom(AtomId atom) const {
  unsigned seen = facts.lookup(atom);
  auto has = [&](unsigned wanted) { return (seen & wanted) == wanted; };
  bool isProduct = seen & (kMade | kContracted);
  // Of a vision transformer's stream, channels of its first convolution too;
  // but the width of an image stays one under a residual sum.
  if (has(kResidual) && seen & (kMade | kContracted | kTable))
    return Meaning::Hidden;
  if (has(kState))
    return Meaning::State;
  if (has(kChannel))
    return Meaning::Channels;
  if (has(kQueryKey | kValue))
    return Meaning::HeadWidth;
  if (has(kQueryKey))
    return Meaning::QueryKeyWidth;
  if (has(kValue))
    return Meaning::ValueWidth;
  if (has(kHeads))
    return Meaning::Heads;
  std::optional<int64_t> size = space.getAtomSize(atom).getConstant();
  if (has(kIndexedByInput))
    return Meaning::Vocabulary;
  if (has(kMade | kOutput))
    return size && vocabularies.contains(*size) ? Meaning::Vocabulary
                                                : Meaning::Output;
  if (has(kIndexed))
    return Meaning::TableRows;
  if (has(kPositions))
    return Meaning::Positions;
  if (has(kChosen | kMade) || has(kWeighed | kStacked | kMade))
    return Meaning::Experts;
  if (has(kActivated) && isProduct)
    return Meaning::MLP;
  if (has(kTable))
    return Meaning::Embedding;
  if (has(kMade | kContracted)) {
    if (seen & (kNormalised | kCached))
      return Meaning::Latent;
    if (!has(kOther))
      return Meaning::Rank;
  }
  return Meaning::Width;
}

static bool isHeadWidth(Meaning meaning) {
  return meaning == Meaning::QueryKeyWidth || meaning == Meaning::ValueWidth ||
         meaning == Meaning::HeadWidth;
}

Meaning DimensionMeanings::getOfProduct(Term term) const {
  Meaning found = Meaning::Width;
  for (Term factor : space.getFactors(term)) {
    if (!space.getConstantSize(factor))
      continue;
    Meaning meaning = get(factor);
    // Pairs and halves of a head's lanes are no heads.
    if (isHeadWidth(meaning) && found == Meaning::Heads)
      return Meaning::Heads;
    if (found == Meaning::Width || found == Meaning::Heads)
      found = meaning == Meaning::Width ? found : meaning;
  }
  return found;
}

Meaning DimensionMeanings::getOfSum(Term term) const {
  std::optional<Meaning> common;
  for (Term segment : space.getSegments(term)) {
    if (space.getLeaves(segment).empty())
      continue;
    Meaning meaning = get(segment);
    if (common && *common != meaning) {
      // Queries, keys and values of one head beside each other.
      if (!isHeadWidth(*common) || !isHeadWidth(meaning))
        return Meaning::Fused;
      meaning = Meaning::HeadWidth;
    }
    common = meaning;
  }
  return common.value_or(Meaning::Width);
}

Meaning DimensionMeanings::get(Term term) const {
  term = space.normalise(term);
  switch (space.getKind(term)) {
  case DimensionSpace::Kind::Atom:
    return getOfAtom(space.getAtom(term));
  case DimensionSpace::Kind::Prod:
    return getOfProduct(term);
  case DimensionSpace::Kind::Sum:
    return getOfSum(term);
  }
  return Meaning::Width;
}

/// "4 heads of 15 (value)", where `term` is a product with the width of a head
/// in it.
std::string DimensionMeanings::describeHeads(Term term) const {
  int64_t copies = 1, heads = 1, width = 1;
  std::optional<Meaning> meaning;
  for (Term factor : space.getFactors(term)) {
    int64_t size = space.getConstantSize(factor).value_or(1);
    Meaning ofFactor = get(factor);
    if (isHeadWidth(ofFactor))
      meaning = ofFactor;
    // What stands inside a width belongs to it: 4*2*7.
    if (meaning)
      width *= size;
    else if (ofFactor == Meaning::Heads)
      heads *= size;
    else
      copies *= size;
  }
  if (!meaning)
    return describeMeaning(Meaning::Heads).str();
  std::string text = copies > 1 ? std::to_string(copies) + " x " : "";
  text += std::to_string(heads) + " heads of " + std::to_string(width);
  if (*meaning == Meaning::QueryKeyWidth)
    return text + " (query, key)";
  if (*meaning == Meaning::ValueWidth)
    return text + " (value)";
  return text;
}

/// "4 x 19 (state width)": gates beside each other, or directions.
std::string DimensionMeanings::describeGates(Term term) const {
  std::string text;
  for (Term factor : space.getFactors(term))
    text += (text.empty() ? "" : " x ") + space.getSize(factor).str();
  return text + " (" + describeMeaning(Meaning::State).str() + ")";
}

std::string DimensionMeanings::describe(Term term) const {
  term = space.normalise(term);
  Meaning meaning = get(term);
  std::string word = describeMeaning(meaning).str();
  DimensionSpace::Kind kind = space.getKind(term);
  if (isHeadWidth(meaning) && widths.contains(term))
    return word;
  if (isHeadWidth(meaning) && kind != DimensionSpace::Kind::Sum)
    return "part of " + word;
  if (kind == DimensionSpace::Kind::Prod && meaning == Meaning::Heads)
    return describeHeads(term);
  if (kind == DimensionSpace::Kind::Prod && meaning == Meaning::State)
    return describeGates(term);
  if (meaning == Meaning::Width && !space.getConstantSize(term))
    return "left open by the model";
  if (kind != DimensionSpace::Kind::Sum)
    return word;

  // "rank (15 + 13)", "latent + part of head width (27 + 10)".
  SmallVector<std::string> words, sizes;
  for (Term segment : space.getSegments(term)) {
    std::string ofSegment =
        space.getLeaves(segment).empty() ? word : describe(segment);
    if (words.empty() || words.back() != ofSegment)
      words.push_back(std::move(ofSegment));
    sizes.push_back(space.getSize(segment).str());
  }
  constexpr size_t kMaxParts = 4;
  if (words.size() > (meaning == Meaning::Fused ? kMaxParts : 1))
    words = {word};
  if (sizes.size() > kMaxParts)
    return llvm::join(words, " + ") + " (" + std::to_string(sizes.size()) +
           " parts)";
  return llvm::join(words, " + ") + " (" + llvm::join(sizes, " + ") + ")";
}
