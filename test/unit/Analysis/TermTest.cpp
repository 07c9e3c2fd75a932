//===- TermTest.cpp - Terms and their unification ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/Term.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>

using namespace gac;

namespace gac {
static void PrintTo(const LaneRun &run, std::ostream *os) {
  *os << run.from << "->" << run.to << " x" << run.length;
}
} // namespace gac

namespace {

class TermTest : public ::testing::Test {
protected:
  Term dim(int64_t size) { return space.createDim(SymExpr::constant(size)); }
  Term sym(llvm::StringRef name) {
    return space.createDim(SymExpr::symbol(name));
  }
  Term prod(llvm::ArrayRef<Term> factors) { return space.getProd(factors); }
  Term sum(llvm::ArrayRef<Term> segments) { return space.getSum(segments); }
  Term ones(unsigned count) {
    return sum(llvm::SmallVector<Term>(count, space.getUnit()));
  }
  bool unify(Term a, Term b) { return space.unify(a, b, nullptr); }
  std::string str(Term term) { return space.toString(term); }
  int64_t newSize(Term term, const Growth &growth) {
    return *space.getNewSize(term, growth).getConstant();
  }
  bool mayGrow(Term term) {
    return llvm::all_of(space.getLeaves(term),
                        [&](AtomId atom) { return space.mayGrow(atom); });
  }
  bool isFixed(Term term) {
    return llvm::none_of(space.getLeaves(term),
                         [&](AtomId atom) { return space.mayGrow(atom); });
  }
  std::string reason(Term atom) {
    auto reasons = space.getReasons(space.getAtom(atom));
    return reasons.empty() ? "" : reasons.front()->why;
  }

  DimensionSpace space;
};

//===----------------------------------------------------------------------===//
// Whole dimensions
//===----------------------------------------------------------------------===//

TEST_F(TermTest, WholeDimensionsAreNotTakenApart) {
  Term whole = space.createWholeDim(SymExpr::constant(12));
  EXPECT_FALSE(space.splitProduct(whole, SymExpr::constant(4), nullptr));
  EXPECT_FALSE(space.splitSum(whole, SymExpr::constant(5)));
  EXPECT_TRUE(mayGrow(whole));
  // Another of its size is one with it, and whole from then on.
  Term other = dim(12);
  EXPECT_TRUE(unify(other, whole));
  EXPECT_EQ(space.normalise(whole), space.normalise(other));
  EXPECT_FALSE(space.splitProduct(other, SymExpr::constant(4), nullptr));
  // What is made of parts is not, and neither may grow.
  Term parts = prod({dim(3), dim(4)});
  EXPECT_FALSE(unify(whole, parts));
  EXPECT_TRUE(isFixed(whole));
  EXPECT_TRUE(isFixed(parts));
}

TEST_F(TermTest, WholeDimensionsStandInSums) {
  Term whole = space.createWholeDim(SymExpr::constant(12));
  Term total = dim(13);
  EXPECT_TRUE(unify(total, sum({space.getUnit(), whole})));
  EXPECT_TRUE(mayGrow(whole));
  EXPECT_TRUE(space.splitSum(total, SymExpr::constant(1)));
}

//===----------------------------------------------------------------------===//
// Normal form
//===----------------------------------------------------------------------===//

TEST_F(TermTest, NormalForm) {
  Term a = dim(3), b = dim(5), c = dim(7);
  EXPECT_EQ(prod({a, prod({b, c})}), prod({prod({a, b}), c}));
  EXPECT_EQ(sum({a, sum({b, c})}), sum({sum({a, b}), c}));
  EXPECT_EQ(prod({a}), a);
  EXPECT_EQ(sum({a}), a);
  EXPECT_EQ(prod({space.getUnit(), a, dim(1)}), a);
  EXPECT_EQ(sum({sum({}), a, dim(0)}), a);
  EXPECT_EQ(str(prod({a, sum({b, c})})), "3*[5|7]");
  EXPECT_EQ(str(space.getUnit()), "1");
  EXPECT_EQ(str(ones(2)), "[1|1]");
  EXPECT_EQ(str(sum({})), "0");
  EXPECT_EQ(prod({a, dim(0)}), sum({}));
}

TEST_F(TermTest, SizesAreExpressions) {
  Term batch = sym("batch"), seq = sym("seq"), d = dim(60);
  EXPECT_EQ(str(prod({batch, seq, d})), "batch*seq*60");
  EXPECT_EQ(space.getSize(prod({batch, d})),
            SymExpr::symbol("batch") * SymExpr::constant(60));
  EXPECT_EQ(space.getConstantSize(sum({d, d})), 120);
  EXPECT_EQ(space.getConstantSize(sum({d, seq})), std::nullopt);
}

TEST_F(TermTest, SymbolicAtomsNeverGrow) {
  EXPECT_FALSE(space.mayGrow(space.getAtom(sym("seq"))));
  EXPECT_TRUE(space.mayGrow(space.getAtom(dim(7))));
}

//===----------------------------------------------------------------------===//
// Unification
//===----------------------------------------------------------------------===//

TEST_F(TermTest, AtomsUnifyAndShareReasons) {
  Term a = dim(8), b = dim(8), c = dim(8);
  EXPECT_TRUE(unify(a, b));
  EXPECT_TRUE(unify(b, c));
  EXPECT_EQ(space.normalise(c), a);
  EXPECT_TRUE(mayGrow(a));
  space.fix(c, {nullptr, "an output"});
  EXPECT_EQ(reason(a), "an output");
  EXPECT_FALSE(mayGrow(b));
}

TEST_F(TermTest, UnequalSizesFixBoth) {
  Term a = dim(8), b = dim(9);
  EXPECT_FALSE(unify(a, b));
  EXPECT_TRUE(isFixed(a));
  EXPECT_TRUE(isFixed(b));
  EXPECT_EQ(reason(a), "meets size 8 with 9, which may differ");
}

TEST_F(TermTest, KnownAndSymbolicSizesFixBoth) {
  Term a = dim(8), b = sym("n");
  EXPECT_FALSE(unify(a, b));
  EXPECT_TRUE(isFixed(a));
}

TEST_F(TermTest, BindingReachesEarlierTensors) {
  // A weight of 56 columns; a Reshape says 4 * 14, a Slice [7|7].
  Term columns = dim(56);
  Term heads = dim(4), width = dim(14);
  EXPECT_TRUE(unify(prod({sym("b"), sym("s"), columns}),
                    prod({sym("b"), sym("s"), heads, width})));
  EXPECT_EQ(str(columns), "4*14");
  auto halves = space.splitSum(width, SymExpr::constant(7));
  ASSERT_TRUE(halves);
  EXPECT_EQ(str(columns), "4*[7|7]");
  EXPECT_TRUE(unify(halves->first, halves->second));
  EXPECT_EQ(space.getLeaves(columns).size(), 2u);
  EXPECT_TRUE(mayGrow(columns));
}

TEST_F(TermTest, BoundAtomsPassTheirReasonsToEveryLeaf) {
  Term columns = dim(56), heads = dim(4), width = dim(14);
  space.fix(columns, {nullptr, "an output"});
  EXPECT_TRUE(unify(columns, prod({heads, width})));
  EXPECT_EQ(reason(heads), "an output");
  EXPECT_EQ(reason(width), "an output");
  auto halves = space.splitSum(width, SymExpr::constant(7));
  ASSERT_TRUE(halves);
  EXPECT_EQ(reason(halves->second), "an output");
}

TEST_F(TermTest, ProductsRefineEachOther) {
  Term a = dim(4), b = dim(6), c = dim(2), d = dim(12);
  EXPECT_TRUE(unify(prod({a, b}), prod({c, d})));
  EXPECT_EQ(str(prod({a, b})), "2*2*6");
  EXPECT_EQ(str(d), "2*6");
  EXPECT_TRUE(mayGrow(prod({a, b})));
}

TEST_F(TermTest, GroupingsThatDisagreeAreFixed) {
  Term a = dim(6), b = dim(4), c = dim(4), d = dim(6);
  EXPECT_FALSE(unify(prod({a, b}), prod({c, d})));
  for (Term term : {a, b, c, d})
    EXPECT_TRUE(isFixed(term));
  EXPECT_EQ(reason(a), "groups 6*4 as 4*6");
}

TEST_F(TermTest, OnlyWhatIsLeftIsFixed) {
  Term same = dim(5), other = dim(5), a = dim(6), b = dim(4);
  EXPECT_FALSE(unify(prod({same, a, b}), prod({other, dim(4), dim(6)})));
  EXPECT_EQ(space.normalise(other), same);
  EXPECT_TRUE(mayGrow(same));
  EXPECT_TRUE(isFixed(a));
}

TEST_F(TermTest, SymbolicSizesSplitByExactDivision) {
  Term batch = sym("b"), seq = sym("s"), width = dim(60);
  Term rows = space.createDim(SymExpr::symbol("s") * SymExpr::symbol("b"));
  Term columns = dim(60);
  EXPECT_TRUE(unify(prod({batch, seq, width}), prod({rows, columns})));
  EXPECT_EQ(str(rows), "b*s");
  EXPECT_EQ(space.normalise(columns), width);
  EXPECT_TRUE(mayGrow(width));
}

TEST_F(TermTest, SumsRefineEachOther) {
  Term a = dim(13), b = dim(11), c = dim(12), d = dim(12);
  EXPECT_TRUE(unify(sum({a, b}), sum({c, d})));
  EXPECT_EQ(str(sum({a, b})), "[12|1|11]");
  EXPECT_EQ(str(d), "[1|11]");
}

TEST_F(TermTest, StackedHeadsAreMadeOfOnes) {
  // Two results of 16 side by side, seen as 2 x 16.
  Term width = dim(16), other = dim(16), heads = dim(2), head = dim(16);
  EXPECT_TRUE(unify(width, other));
  EXPECT_FALSE(unify(sum({width, other}), prod({heads, head})));
  EXPECT_EQ(space.normalise(head), space.normalise(width));
  EXPECT_TRUE(mayGrow(head));
  EXPECT_TRUE(isFixed(heads));
  EXPECT_EQ(reason(heads), "meets it with 2 single lanes, put side by side");
}

TEST_F(TermTest, GroupsOfHeadsDistribute) {
  // Two groups of 512 = 4 heads of 128 each, seen as 8 x 128.
  Term g0 = dim(512), g1 = dim(512), heads = dim(8), width = dim(128);
  EXPECT_TRUE(unify(sum({g0, g1}), prod({heads, width})));
  EXPECT_EQ(str(sum({g0, g1})), "[4*128|4*128]");
  EXPECT_EQ(str(heads), "[4|4]");
  EXPECT_TRUE(mayGrow(width));
}

TEST_F(TermTest, HalvesOfOneAtomAreTwoTimesIt) {
  Term f = dim(7), two = dim(2), g = dim(7);
  EXPECT_FALSE(unify(sum({f, f}), prod({two, g})));
  EXPECT_EQ(space.normalise(f), space.normalise(g));
  EXPECT_TRUE(mayGrow(f));
  EXPECT_TRUE(isFixed(two));
}

TEST_F(TermTest, HalfSplitIsNotInterleaved) {
  Term f = dim(7), p = dim(7), two = dim(2);
  EXPECT_FALSE(unify(sum({f, f}), prod({p, two})));
  EXPECT_TRUE(isFixed(f));
  EXPECT_TRUE(isFixed(p));
  EXPECT_EQ(reason(f), "finds that [7|7] is not 7*2");
}

TEST_F(TermTest, GroupedQueryHeads) {
  // Queries have 4 heads, keys 2 heads, each copied twice.
  Term q = dim(4), kv = dim(2), copies = dim(2), f = dim(7);
  EXPECT_TRUE(unify(q, prod({kv, copies})));
  EXPECT_EQ(str(prod({q, sum({f, f})})), "2*2*[7|7]");
}

TEST_F(TermTest, PackedQueryKeyValue) {
  // gpt2_60: 180 columns, cut in three, each 4 heads of 15; q and k meet.
  Term packed = dim(180);
  llvm::SmallVector<Term> widths;
  Term rest = packed;
  for (unsigned i = 0; i != 3; ++i) {
    auto cut = space.splitSum(rest, SymExpr::constant(60));
    ASSERT_TRUE(cut);
    Term heads = dim(4), width = dim(15);
    EXPECT_TRUE(unify(cut->first, prod({heads, width})));
    widths.push_back(width);
    rest = cut->second;
  }
  EXPECT_EQ(str(rest), "0");
  EXPECT_TRUE(unify(widths[0], widths[1]));
  EXPECT_EQ(str(packed), "[4*15|4*15|4*15]");
  Growth growth = {{space.getAtom(widths[0]), 16},
                   {space.getAtom(widths[2]), 16}};
  EXPECT_EQ(newSize(packed, growth), 192);
  auto runs = space.getPositions(packed, growth);
  ASSERT_EQ(runs.size(), 12u);
  EXPECT_EQ(runs[4], (LaneRun{60, 64, 15}));
}

TEST_F(TermTest, LatentAttention) {
  // mla: 4*[19 | 5*2], 5 -> 8 and 19 -> 24.
  Term nope = dim(19), pairs = dim(5), two = dim(2), heads = dim(4);
  space.fix(two, {nullptr, "a stride"});
  Term query = dim(116);
  EXPECT_TRUE(unify(query, prod({heads, sum({nope, prod({pairs, two})})})));
  EXPECT_EQ(str(query), "4*[19|5*2]");
  EXPECT_EQ(
      newSize(query, {{space.getAtom(pairs), 8}, {space.getAtom(nope), 24}}),
      160);
}

TEST_F(TermTest, Cycles) {
  Term a = dim(6);
  auto cut = space.splitProduct(a, SymExpr::constant(2), nullptr);
  ASSERT_TRUE(cut);
  // [3*2 | ...] can never be a part of itself: sizes forbid it.
  EXPECT_FALSE(unify(cut->first, sum({cut->first, dim(3)})));
}

//===----------------------------------------------------------------------===//
// Splitting
//===----------------------------------------------------------------------===//

TEST_F(TermTest, SplitProduct) {
  Term a = dim(4), b = dim(15);
  auto cut = space.splitProduct(prod({a, b}), SymExpr::constant(5), nullptr);
  ASSERT_TRUE(cut);
  EXPECT_EQ(str(cut->first), "4*3");
  EXPECT_EQ(str(cut->second), "5");
  EXPECT_EQ(str(b), "3*5");
  EXPECT_FALSE(space.splitProduct(a, SymExpr::constant(3), nullptr));
  EXPECT_FALSE(space.splitProduct(prod({a, b}), SymExpr::constant(6), nullptr));
  EXPECT_EQ(str(a), "4");
}

TEST_F(TermTest, SplitProductOfSumUnifiesInnerParts) {
  Term a = dim(16), b = dim(24);
  auto cut = space.splitProduct(sum({a, b}), SymExpr::constant(8), nullptr);
  ASSERT_TRUE(cut);
  EXPECT_EQ(str(cut->first), "[2|3]");
  EXPECT_EQ(str(sum({a, b})), "[2*8|3*8]");
  EXPECT_EQ(space.getLeaves(sum({a, b})).size(), 3u);
}

TEST_F(TermTest, SplitSum) {
  Term a = dim(13), b = dim(11);
  auto cut = space.splitSum(sum({a, b}), SymExpr::constant(15));
  ASSERT_TRUE(cut);
  EXPECT_EQ(str(cut->first), "[13|2]");
  EXPECT_EQ(str(cut->second), "9");
  Term heads = dim(6), width = dim(14);
  EXPECT_FALSE(space.splitSum(prod({heads, width}), SymExpr::constant(20)));
  cut = space.splitSum(prod({heads, width}), SymExpr::constant(28));
  ASSERT_TRUE(cut);
  EXPECT_EQ(str(cut->first), "2*14");
  EXPECT_EQ(str(heads), "[2|4]");
  EXPECT_FALSE(space.splitSum(a, SymExpr::constant(14)));
  EXPECT_FALSE(space.splitSum(a, SymExpr::constant(-1)));
  EXPECT_FALSE(space.splitSum(sym("s"), SymExpr::constant(1)));
}

TEST_F(TermTest, SplitSumAtSegmentEnds) {
  Term a = dim(13), b = dim(11), c = dim(2);
  auto cut = space.splitSum(sum({a, b, c}), SymExpr::constant(13));
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->first, a);
  EXPECT_EQ(str(cut->second), "[11|2]");
  cut = space.splitSum(sum({a, sym("s")}), SymExpr::constant(13));
  ASSERT_TRUE(cut);
  EXPECT_EQ(str(cut->second), "s");
}

//===----------------------------------------------------------------------===//
// Growth
//===----------------------------------------------------------------------===//

TEST_F(TermTest, PositionsOfRotaryHeads) {
  // llama_head14: (2*2)*[f|f], f 7 -> 8: column 7 -> 8, 14 -> 16, 55 -> 62.
  Term f = dim(7);
  Term query = prod({dim(2), dim(2), sum({f, f})});
  Growth growth = {{space.getAtom(f), 8}};
  EXPECT_EQ(newSize(query, growth), 64);
  auto runs = space.getPositions(query, growth);
  ASSERT_EQ(runs.size(), 8u);
  EXPECT_EQ(runs[0], (LaneRun{0, 0, 7}));
  EXPECT_EQ(runs[1], (LaneRun{7, 8, 7}));
  EXPECT_EQ(runs[2], (LaneRun{14, 16, 7}));
  EXPECT_EQ(runs[7], (LaneRun{49, 56, 7}));
}

TEST_F(TermTest, PositionsOfSegments) {
  // llama_palu: [13|11] -> [16|16].
  Term a = dim(13), b = dim(11);
  Growth growth = {{space.getAtom(a), 16}, {space.getAtom(b), 16}};
  auto runs = space.getPositions(sum({a, b}), growth);
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[1], (LaneRun{13, 16, 11}));
}

TEST_F(TermTest, PositionsStayCompact) {
  Term vocabulary = dim(128256), head = dim(128), heads = dim(8);
  Growth growth = {{space.getAtom(heads), 9}};
  Term term = prod({heads, vocabulary, head});
  auto runs = space.getPositions(term, growth);
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0], (LaneRun{0, 0, 8 * 128256 * 128}));
  EXPECT_EQ(space.getPositions(vocabulary, growth).size(), 1u);
  EXPECT_TRUE(space.getPositions(sum({}), growth).empty());
}

TEST_F(TermTest, UntouchedTermsDoNotGrow) {
  Term a = dim(7), b = dim(9);
  Growth growth = {{space.getAtom(a), 8}};
  EXPECT_TRUE(space.grows(prod({b, a}), growth));
  EXPECT_FALSE(space.grows(b, growth));
  EXPECT_EQ(newSize(b, growth), 9);
}

} // namespace
