//===- PredictionTest.cpp - Tests of what a measured point is made of -----===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A fit inverts the prices that it tests itself by, so that errors in them
// cancel: here they are counted one by one.
//
//===----------------------------------------------------------------------===//

#include "Prediction.h"
#include "gtest/gtest.h"

using namespace gac;
using namespace gac::profile;

static constexpr kernels::DeviceLimits limits{132, 90};

static Point makePoint(decltype(Point::what) what) {
  Point point;
  point.what = std::move(what);
  return point;
}

TEST(Prediction, Memory) {
  EXPECT_EQ(price(makePoint(MemoryPoint{1000, false}), limits)->work.bytes,
            1000);
  EXPECT_EQ(price(makePoint(MemoryPoint{1000, true}), limits)->work.bytes,
            2000);
}

TEST(Prediction, Product) {
  for (bool transposed : {false, true}) {
    auto priced = price(makePoint(ProductPoint::make(runtime::DType::BF16, 3, 5,
                                                     7, transposed)),
                        limits);
    ASSERT_TRUE(priced);
    int64_t flops = 0;
    for (int m = 0; m < 3; ++m)
      for (int n = 0; n < 5; ++n)
        for (int k = 0; k < 7; ++k)
          flops += 2; // a multiplication, an addition
    EXPECT_EQ(priced->work.flops, flops);
    EXPECT_EQ(priced->work.bytes, 2 * (3 * 7 + 7 * 5 + 3 * 5));
    EXPECT_EQ(priced->rows, 3);
    ASSERT_EQ(priced->uses.size(), 2u);
    EXPECT_EQ(priced->uses[0].size, 7);
    EXPECT_EQ(priced->uses[1].size, 5);
  }
}

TEST(Prediction, Attention) {
  AttentionPoint attention;
  attention.batch = 2;
  attention.heads = 6;
  attention.keyHeads = 3;
  attention.width = 24;
  struct Case {
    int64_t queries, keys;
    bool causal;
  };
  for (Case each : {Case{5, 5, true}, Case{5, 9, true}, Case{5, 9, false},
                    Case{1, 9, true}}) {
    attention.queries = each.queries;
    attention.keys = each.keys;
    attention.causal = each.causal;
    int64_t flops = 0;
    for (int64_t query = 0; query < each.queries; ++query)
      for (int64_t key = 0; key < each.keys; ++key)
        // The last query sees all keys.
        if (!each.causal || key <= each.keys - each.queries + query)
          // A score, and its part of the result.
          flops += 2 * 2 * attention.width * attention.batch * attention.heads;
    auto priced = price(makePoint(attention), limits);
    ASSERT_TRUE(priced);
    EXPECT_EQ(priced->work.flops, flops);
    int64_t lanes = attention.batch * attention.width;
    EXPECT_EQ(priced->work.bytes,
              2 * lanes *
                  (2 * attention.heads * each.queries      // q and the result
                   + 2 * attention.keyHeads * each.keys)); // k and v
    EXPECT_EQ(priced->rows, each.queries);
  }
}
