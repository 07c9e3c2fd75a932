//===- DimensionMeaning.h - What a dimension is to a model ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What people call a dimension, inferred from what operations do with it and
// never from names: a rank is what two matrix products have between them and
// nothing else; the hidden width is what residual sums add.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_ANALYSIS_DIMENSIONMEANING_H
#define GAC_ANALYSIS_DIMENSIONMEANING_H

#include "gac/Analysis/DimensionAnalysis.h"
#include "llvm/ADT/DenseSet.h"

namespace gac {

enum class Meaning {
  /// Of the residual stream: the last axis of sums of a value and what products
  /// have made of it.
  Hidden,
  /// Of the logits: the last axis of an output, as long as a table that an
  /// input indexes; or the rows of such a table.
  Vocabulary,
  /// The last axis of any other output of a product.
  Output,
  /// Between two products with weights, with an activation or a gate.
  MLP,
  /// The same with nothing but sums and changes of layout in between.
  Rank,
  /// The same with a norm, or as part of a cache.
  Latent,
  /// Heads of attention, together with their width or without it.
  Heads,
  /// Contracted for the scores of attention, a result of their application, and
  /// both.
  QueryKeyWidth,
  ValueWidth,
  HeadWidth,
  /// Of a convolution.
  Channels,
  /// What LSTM, GRU and RNN hand from step to step.
  State,
  /// A product's result of which some are chosen by TopK or weighted by
  /// Softmax.
  Experts,
  /// The other axis of a table that is indexed, and the indexed one.
  Embedding,
  TableRows,
  /// What Softmax of attention sums to one over.
  Positions,
  /// Several of these side by side.
  Fused,
  /// Structure does not tell.
  Width,
};

/// "rank", "MLP width", "query-key width".
llvm::StringRef describeMeaning(Meaning meaning);
/// "rank", "mlp_width", "query_key_width": the spelling of JSON.
std::string stringifyMeaning(Meaning meaning);

/// The meanings of the dimensions of one function. Keeps a reference to the
/// analysis.
class DimensionMeanings {
public:
  explicit DimensionMeanings(const DimensionAnalysis &analysis);

  Meaning get(Term term) const;

  /// The meaning and what a term is made of: "rank", "rank (15 + 13)",
  /// "4 heads of 15 (query, key)".
  std::string describe(Term term) const;

private:
  friend class MeaningFinder;

  Meaning getOfAtom(AtomId atom) const;
  Meaning getOfProduct(Term term) const;
  Meaning getOfSum(Term term) const;
  std::string describeHeads(Term term) const;
  std::string describeGates(Term term) const;

  const DimensionAnalysis &analysis;
  DimensionSpace &space;
  /// What was seen of each atom, as bits.
  llvm::DenseMap<AtomId, unsigned> facts;
  /// The terms that are the width of a head as a whole.
  llvm::DenseSet<Term> widths;
  /// Sizes of tables that are indexed by inputs.
  llvm::DenseSet<int64_t> vocabularies;
};

} // namespace gac

#endif // GAC_ANALYSIS_DIMENSIONMEANING_H
