//===- SymExprTest.cpp - Tests of symbolic integer expressions --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/SymExpr.h"

#include "llvm/ADT/StringMap.h"
#include "gtest/gtest.h"

#include <limits>

using namespace gac;

namespace {

constexpr int64_t int64Max = std::numeric_limits<int64_t>::max();
constexpr int64_t int64Min = std::numeric_limits<int64_t>::min();

class SymExprTest : public ::testing::Test {
protected:
  SymExpr batch = SymExpr::symbol("batch");
  SymExpr seq = SymExpr::symbol("seq");
  SymExpr past = SymExpr::symbol("past");

  static std::optional<int64_t> evaluate(const SymExpr &expr, int64_t batch,
                                         int64_t seq) {
    llvm::StringMap<int64_t> values{{"batch", batch}, {"seq", seq}};
    return expr.evaluate([&](llvm::StringRef name) -> std::optional<int64_t> {
      auto it = values.find(name);
      if (it == values.end())
        return std::nullopt;
      return it->second;
    });
  }
};

TEST_F(SymExprTest, PolynomialsAreCanonical) {
  EXPECT_EQ(batch * seq + 3, SymExpr(3) + seq * batch);
  EXPECT_EQ((batch + seq) * (batch - seq), batch * batch - seq * seq);
  EXPECT_EQ(batch - batch, SymExpr(0));
  EXPECT_TRUE((batch * 0).isConstant());
  EXPECT_NE(batch, seq);
  EXPECT_NE(batch, SymExpr(1));
  EXPECT_EQ(hash_value(batch * seq + 3), hash_value(seq * batch + 3));
  EXPECT_EQ(SymExpr::product({batch, seq, SymExpr(4)}), batch * 4 * seq);
  EXPECT_EQ(SymExpr::sum({batch, seq, batch}), batch * 2 + seq);
}

TEST_F(SymExprTest, PrintsByFallingDegree) {
  EXPECT_EQ((SymExpr(3) + batch * seq).str(), "batch*seq + 3");
  EXPECT_EQ((seq * 2 - batch - 7).str(), "-batch + 2*seq - 7");
  EXPECT_EQ((seq * seq * batch).str(), "batch*seq^2");
  EXPECT_EQ(SymExpr(-5).str(), "-5");
  EXPECT_EQ((batch * int64Min).str(), "-9223372036854775808*batch");
  EXPECT_EQ(SymExpr::min(seq, 256).str(), "min(256, seq)");
  EXPECT_EQ((seq + past).floorDiv(2).str(), "floordiv(past + seq, 2)");
}

TEST_F(SymExprTest, DividesExactly) {
  EXPECT_EQ((batch * seq * 60).divideExact(batch * 4), seq * 15);
  EXPECT_EQ((batch * batch - seq * seq).divideExact(batch + seq), batch - seq);
  EXPECT_EQ(SymExpr(0).divideExact(batch), SymExpr(0));
  EXPECT_EQ(SymExpr(12).divideExact(4), SymExpr(3));
  EXPECT_EQ((batch * seq).divideExact(past), std::nullopt);
  EXPECT_EQ((batch + 1).divideExact(batch), std::nullopt);
  EXPECT_EQ((batch * 3).divideExact(2), std::nullopt);
  EXPECT_EQ(SymExpr(7).divideExact(batch), std::nullopt);
  EXPECT_EQ(batch.divideExact(0), std::nullopt);
  EXPECT_EQ((batch * int64Min).divideExact(-1), std::nullopt);
}

TEST_F(SymExprTest, FloorDivisionRoundsDown) {
  EXPECT_EQ(SymExpr(-7).floorDiv(2), SymExpr(-4));
  EXPECT_EQ(SymExpr(-7).ceilDiv(2), SymExpr(-3));
  EXPECT_EQ(SymExpr(7).ceilDiv(2), SymExpr(4));
  EXPECT_EQ((seq * 4 + 7).floorDiv(4), seq + 1);
  EXPECT_EQ((seq * 4 + batch).floorDiv(4), seq + batch.floorDiv(4));
  EXPECT_EQ((seq * batch).floorDiv(batch), seq);
  EXPECT_EQ(seq.ceilDiv(1), seq);
  for (int64_t value : {-9, -8, -1, 0, 1, 7, 8})
    EXPECT_EQ(evaluate((seq + batch * 4 + 3).floorDiv(4), 2, value),
              SymExpr(value + 11).floorDiv(4).getConstant());
}

TEST_F(SymExprTest, DivisionsFollowEachOther) {
  SymExpr twice = ((seq - 1).floorDiv(4) + 3).floorDiv(2);
  EXPECT_EQ(twice, (seq + 11).floorDiv(8));
  EXPECT_EQ((seq - 1).floorDiv(4).floorDiv(2), (seq - 1).floorDiv(8));
  // No such law holds for negative divisors, or for sums of divisions.
  EXPECT_NE(seq.floorDiv(-4).floorDiv(-2), seq.floorDiv(8));
  EXPECT_NE((seq.floorDiv(4) * 3).floorDiv(2), (seq * 3).floorDiv(8));
  for (int64_t value : {0, 1, 3, 4, 5, 7, 8, 9, 31, 32})
    EXPECT_EQ(evaluate(twice, 0, value),
              ((SymExpr(value) - 1).floorDiv(4) + 3).floorDiv(2).getConstant());
}

TEST_F(SymExprTest, ModHasTheSignOfTheDivisor) {
  EXPECT_EQ(SymExpr(-7).mod(4), SymExpr(1));
  EXPECT_EQ(SymExpr(7).mod(-4), SymExpr(-1));
  EXPECT_EQ((seq * 8 + 9).mod(4), SymExpr(1));
  EXPECT_EQ((seq * batch).mod(seq), SymExpr(0));
  EXPECT_EQ((seq * 4 + batch).mod(4), batch.mod(4));
}

TEST_F(SymExprTest, ExtremaDropWhatIsCovered) {
  EXPECT_EQ(SymExpr::min(seq, seq + 3), seq);
  EXPECT_EQ(SymExpr::max(seq, seq + 3), seq + 3);
  EXPECT_EQ(SymExpr::max(seq, 0), seq);
  EXPECT_EQ(SymExpr::min(SymExpr::min(seq, 7), batch),
            SymExpr::min(batch, SymExpr::min(seq, 7)));
  EXPECT_EQ(SymExpr::min(SymExpr::min(seq, 9), 7), SymExpr::min(7, seq));
  EXPECT_EQ(evaluate(SymExpr::min(seq, 256), 1, 1024), 256);
  EXPECT_EQ(SymExpr::min(SymExpr::min(seq, 7), batch).getUpperBound(), 7);
  EXPECT_EQ(SymExpr::max(seq, 7).getUpperBound(), std::nullopt);
  EXPECT_EQ((SymExpr::min(seq, 7) + 1).getUpperBound(), std::nullopt);
  EXPECT_EQ(SymExpr(7).getUpperBound(), std::nullopt);
  EXPECT_EQ(evaluate(SymExpr::max(seq - 5, batch), 2, 4), 2);
}

TEST_F(SymExprTest, SignsFollowFromSymbolsBeingSizes) {
  EXPECT_TRUE((batch * seq + 3).isNonNegative());
  EXPECT_FALSE((seq - 1).isNonNegative());
  EXPECT_TRUE(((seq - 1) * 0).isNonNegative());
  EXPECT_TRUE(SymExpr::max(seq - 4, 0).isNonNegative());
  EXPECT_FALSE(SymExpr::min(seq - 4, 0).isNonNegative());
  EXPECT_TRUE((seq - 4).mod(3).isNonNegative());
  EXPECT_TRUE(SymExpr::unknownSize().isNonNegative());
  EXPECT_FALSE(SymExpr::unknown().isNonNegative());
}

TEST_F(SymExprTest, OverflowGivesAnUnknown) {
  SymExpr overflows[] = {SymExpr(int64Max) + 1,  SymExpr(int64Min) - 1,
                         SymExpr(int64Max) * 2,  SymExpr(int64Min).floorDiv(-1),
                         seq * int64Max + seq,   seq * int64Max * 2,
                         SymExpr(3).floorDiv(0), seq.mod(0)};
  for (const SymExpr &expr : overflows) {
    EXPECT_FALSE(expr.isConstant());
    EXPECT_TRUE(expr.hasUnknown());
    EXPECT_EQ(expr, SymExpr(expr));
    EXPECT_EQ(evaluate(expr, 1, 1), std::nullopt);
  }
  EXPECT_NE(overflows[0], overflows[0] + 1);
  EXPECT_NE(SymExpr(int64Max) + 1, SymExpr(int64Max) + 1);
}

TEST_F(SymExprTest, UnknownsEqualTheirCopiesOnly) {
  SymExpr a = SymExpr::unknownSize("?0"), b = SymExpr::unknownSize("?0");
  EXPECT_NE(a, b);
  EXPECT_EQ(a + b - a, b);
  EXPECT_NE(a, SymExpr::symbol("?0"));
  EXPECT_EQ(a.str(), "?0");
  EXPECT_EQ((a * 2).evaluate([](llvm::StringRef) { return std::nullopt; }, 21),
            42);
}

TEST_F(SymExprTest, GrowthIsBounded) {
  SymExpr power = batch + seq + past + 1;
  for (int i = 0; i < 64; ++i)
    power *= power;
  EXPECT_TRUE(power.hasUnknown());
  SymExpr nested = seq;
  for (int i = 0; i < 10000; ++i)
    nested = SymExpr::max(nested.floorDiv(3), batch - nested);
  EXPECT_FALSE(nested.isConstant());
}

TEST_F(SymExprTest, Substitutes) {
  auto bindSeq = [&](llvm::StringRef name) -> std::optional<SymExpr> {
    if (name != "seq")
      return std::nullopt;
    return past + 1;
  };
  EXPECT_EQ((seq * seq).substitute(bindSeq), past * past + past * 2 + 1);
  EXPECT_EQ(SymExpr::min(seq, batch).substitute(bindSeq),
            SymExpr::min(batch, past + 1));
  EXPECT_EQ(evaluate(batch * seq + 3, 2, 5), 13);
  EXPECT_EQ(evaluate(batch * past, 2, 5), std::nullopt);
  EXPECT_EQ(evaluate(batch * int64Max, 2, 5), std::nullopt);
  EXPECT_EQ(evaluate(SymExpr(7).floorDiv(seq), 2, 0), std::nullopt);
}

TEST_F(SymExprTest, WalksSymbols) {
  std::string names;
  SymExpr::min(seq * batch, past).walkSymbols([&](llvm::StringRef name) {
    names += name.str() + ";";
  });
  EXPECT_EQ(names, "batch;seq;past;");
}

TEST_F(SymExprTest, ParsesFormulas) {
  EXPECT_EQ(SymExpr::parse("batch"), batch);
  EXPECT_EQ(SymExpr::parse("past + seq"), seq + past);
  EXPECT_EQ(SymExpr::parse("seq*batch"), batch * seq);
  EXPECT_EQ(SymExpr::parse("Min(256, seq)"), SymExpr::min(seq, 256));
  EXPECT_EQ(SymExpr::parse("2*(seq - 1)//2 + -1"), seq - 2);
  EXPECT_EQ(SymExpr::parse("Mod(seq, 4)"), seq.mod(4));
  EXPECT_EQ(SymExpr::parse("seq**2"), seq * seq);
  EXPECT_EQ(SymExpr::parse("12"), SymExpr(12));
}

TEST_F(SymExprTest, WhatIsNoFormulaIsAName) {
  for (llvm::StringRef name :
       {"", "seq length", "batch/2", "f(seq)", "(seq", "seq)", "2 seq", "a,b",
        "seq +", "99999999999999999999", "min()", "mod(seq)", "seq^99",
        "Größe"})
    EXPECT_EQ(SymExpr::parse(name), SymExpr::symbol(name)) << name.str();
  std::string deep = std::string(500, '(') + "seq" + std::string(500, ')');
  EXPECT_EQ(SymExpr::parse(deep), SymExpr::symbol(deep));
  std::string signs = std::string(900, '-') + "1";
  EXPECT_EQ(SymExpr::parse(signs), SymExpr::symbol(signs));
}

TEST_F(SymExprTest, PrintingRoundTrips) {
  for (const SymExpr &expr :
       {batch * seq * 2 - past + 3, SymExpr::min(seq * 3, 256) * batch - 1,
        (seq + past).floorDiv(batch), -(seq - 9).mod(4) * seq * seq})
    EXPECT_EQ(SymExpr::parse(expr.str()), expr) << expr.str();
}

} // namespace
