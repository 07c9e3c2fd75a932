//===- Term.h - Axes as terms over atoms ------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An axis of a tensor is a term: an atom, a row-major product of terms or a
// concatenation of terms, nested freely. A DimensionSpace owns the terms of one
// function and ties them together by first-order unification.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_ANALYSIS_TERM_H
#define GAC_ANALYSIS_TERM_H

#include "gac/Support/LaneRun.h"
#include "gac/Support/SymExpr.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/FoldingSet.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace mlir {
class Operation;
} // namespace mlir

namespace gac {

/// Number of an atom within its DimensionSpace.
using AtomId = unsigned;

/// A handle of a term in a DimensionSpace. Handles stay valid as long as the
/// space; two normal terms are equal exactly if their handles are.
class Term {
public:
  Term() = default;
  explicit operator bool() const { return index != kNull; }
  bool operator==(Term other) const { return index == other.index; }
  bool operator!=(Term other) const { return index != other.index; }

private:
  friend class DimensionSpace;
  friend struct llvm::DenseMapInfo<Term>;
  static constexpr unsigned kNull = ~0u;
  explicit Term(unsigned index) : index(index) {}
  unsigned index = kNull;
};

/// What takes a reason off that an atom may not grow.
enum class Remedy {
  None,
  /// To allow the input or output to change.
  Allow,
  /// To cut what the operation reads, whose padding it cannot take.
  Cut,
  /// To pad what is made of the operation's results, which has no lanes that
  /// it could make more of.
  Pad,
};

/// Why an atom may not grow: `why` is what `op` does, such as "indexes it".
/// Where `op` is null it is the function's own interface, and `why` names the
/// input or output.
struct FixReason {
  mlir::Operation *op = nullptr;
  std::string why;
  Remedy remedy = Remedy::None;

  /// Whether a rewrite of the graph takes it off.
  bool isRewritable() const {
    return remedy == Remedy::Cut || remedy == Remedy::Pad;
  }

  bool operator==(const FixReason &other) const {
    return op == other.op && why == other.why && remedy == other.remedy;
  }
};

/// New sizes of atoms; an atom that is absent keeps its size.
using Growth = llvm::DenseMap<AtomId, int64_t>;

/// The atoms and terms of one function.
///
/// Terms are kept in normal form: products within products and concatenations
/// within concatenations are flattened, unit factors and empty segments
/// dropped, singletons unwrapped. The empty product is an axis of size 1, the
/// empty concatenation one of size 0. Binding an atom changes normal forms, so
/// every member that inspects a term normalises it first, and callers that keep
/// terms call normalise() before they compare them.
class DimensionSpace {
public:
  enum class Kind { Atom, Prod, Sum };

  DimensionSpace() = default;
  DimensionSpace(const DimensionSpace &) = delete;
  DimensionSpace &operator=(const DimensionSpace &) = delete;

  //===--------------------------------------------------------------------===//
  // Building
  //===--------------------------------------------------------------------===//

  /// An axis of the given size of which nothing is known yet: a new atom, or
  /// the empty product or concatenation where the size is 1 or 0.
  Term createDim(const SymExpr &size);

  /// The same of an axis whose new lanes come behind the old ones: it is never
  /// tied to a product or concatenation, which could have them in between.
  Term createWholeDim(const SymExpr &size);

  Term getUnit() { return getProd({}); }
  Term getProd(llvm::ArrayRef<Term> factors);
  Term getSum(llvm::ArrayRef<Term> segments);

  //===--------------------------------------------------------------------===//
  // Reading
  //===--------------------------------------------------------------------===//

  Term normalise(Term term);

  /// Kind, atom and parts of a term, in normal form.
  Kind getKind(Term term) { return nodes[normalise(term).index].kind; }
  bool isAtom(Term term) { return getKind(term) == Kind::Atom; }
  AtomId getAtom(Term term);
  /// The factors of a product, outermost first; any other term is its own
  /// single factor.
  llvm::SmallVector<Term> getFactors(Term term);
  /// The segments of a concatenation; any other term is its own single segment.
  llvm::SmallVector<Term> getSegments(Term term);
  /// The distinct unbound atoms of a term, in order of first appearance.
  llvm::SmallVector<AtomId> getLeaves(Term term);
  bool contains(Term term, AtomId atom);

  /// Sizes never change: only atoms and terms of one size are tied together.
  const SymExpr &getSize(Term term) const { return nodes[term.index].size; }
  std::optional<int64_t> getConstantSize(Term term) const {
    return getSize(term).getConstant();
  }

  unsigned getNumAtoms() const { return atoms.size(); }
  /// Whether the atom stands for itself, that is, was not bound to a term.
  bool isUnbound(AtomId atom) const { return !atoms[atom].link; }
  Term getTerm(AtomId atom) const { return atoms[atom].self; }
  const SymExpr &getAtomSize(AtomId atom) const {
    return getSize(atoms[atom].self);
  }

  //===--------------------------------------------------------------------===//
  // Fixing
  //===--------------------------------------------------------------------===//

  /// Forbids every atom of `term` to grow.
  void fix(Term term, FixReason reason);
  void fix(llvm::ArrayRef<Term> terms, const FixReason &reason) {
    for (Term term : terms)
      fix(term, reason);
  }

  /// An atom may grow if it is unbound, its size is a number and nobody fixed
  /// it.
  bool mayGrow(AtomId atom) const {
    return isUnbound(atom) && atoms[atom].reasons.empty() &&
           getAtomSize(atom).isConstant();
  }
  /// Some of the reasons that fixed the atom, the earliest first; none if its
  /// size is symbolic and nothing else fixed it. If all can be allowed, there
  /// are no others; nor, if a rewrite takes off all the others.
  llvm::SmallVector<const FixReason *> getReasons(AtomId atom) const;

  //===--------------------------------------------------------------------===//
  // Unification
  //===--------------------------------------------------------------------===//

  /// Makes `a` and `b` one term. Where they contradict each other, fixes the
  /// atoms concerned in the name of `op`, and returns false.
  bool unify(Term a, Term b, mlir::Operation *op);

  /// Cuts `term` in an outer and an inner factor of size `inner`, binding atoms
  /// as needed. Returns nothing, and fixes nothing, if that is impossible.
  std::optional<std::pair<Term, Term>>
  splitProduct(Term term, const SymExpr &inner, mlir::Operation *op);

  /// Cuts `term` in a left segment of size `left` and the rest, binding atoms
  /// as needed. Returns nothing, and fixes nothing, if that is impossible.
  std::optional<std::pair<Term, Term>> splitSum(Term term, const SymExpr &left);

  //===--------------------------------------------------------------------===//
  // Growing
  //===--------------------------------------------------------------------===//

  SymExpr getNewSize(Term term, const Growth &growth);
  /// Whether any atom of `term` grows.
  bool grows(Term term, const Growth &growth);
  /// Where the old lanes of `term` go: maximal runs in order of `from`. The
  /// term's size must be a number.
  llvm::SmallVector<LaneRun> getPositions(Term term, const Growth &growth);

  //===--------------------------------------------------------------------===//
  // Printing
  //===--------------------------------------------------------------------===//

  /// Prints `4*[7|7]`; an atom by `printAtom`, or by its size.
  void print(llvm::raw_ostream &os, Term term,
             llvm::function_ref<void(llvm::raw_ostream &, AtomId)> printAtom =
                 nullptr);
  std::string toString(Term term);

private:
  struct Node : llvm::FoldingSetNode {
    Node(Kind kind, unsigned index, SymExpr size)
        : kind(kind), index(index), size(std::move(size)) {}
    void Profile(llvm::FoldingSetNodeID &id) const {
      profile(id, kind, atom, parts);
    }
    static void profile(llvm::FoldingSetNodeID &id, Kind kind, AtomId atom,
                        llvm::ArrayRef<Term> parts);

    Kind kind;
    unsigned index;
    SymExpr size;
    AtomId atom = ~0u;
    llvm::SmallVector<Term, 2> parts;
    /// The normal form as of `normalAt` bindings.
    Term normal;
    unsigned normalAt = ~0u;
  };

  struct Atom {
    Term self;
    Term link;
    bool isWhole = false;
    llvm::SmallVector<unsigned, 1> reasons = {};
  };

  Term intern(Kind kind, llvm::ArrayRef<Term> parts, const SymExpr &size);
  llvm::ArrayRef<Term> parts(Term normal) { return nodes[normal.index].parts; }
  void bind(AtomId atom, Term term);
  void addReason(AtomId atom, unsigned reason);
  void collectLeaves(Term normal, llvm::SmallVectorImpl<AtomId> &leaves);

  bool unifyAtom(Term atom, Term other, mlir::Operation *op);
  bool unifyProducts(Term a, Term b, mlir::Operation *op);
  bool unifySums(Term a, Term b, mlir::Operation *op);
  bool unifySumWithProduct(Term sum, Term product, mlir::Operation *op);
  /// Fixes the leaves of both sides because of `why`; returns false.
  bool refuse(llvm::ArrayRef<Term> a, llvm::ArrayRef<Term> b,
              mlir::Operation *op, llvm::Twine why);

  std::deque<Node> nodes;
  llvm::FoldingSet<Node> uniqueNodes;
  std::vector<Atom> atoms;
  std::vector<FixReason> reasons;
  /// Bindings so far: what a cached normal form is checked against.
  unsigned bindings = 0;
};

} // namespace gac

template <> struct llvm::DenseMapInfo<gac::Term> {
  static gac::Term getEmptyKey() { return gac::Term(~0u); }
  static gac::Term getTombstoneKey() { return gac::Term(~0u - 1); }
  static unsigned getHashValue(gac::Term term) {
    return DenseMapInfo<unsigned>::getHashValue(term.index);
  }
  static bool isEqual(gac::Term a, gac::Term b) { return a == b; }
};

#endif // GAC_ANALYSIS_TERM_H
