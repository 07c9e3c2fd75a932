//===- PaddedByteSourceTest.cpp - padding against a naive loop --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/PaddedByteSource.h"

#include "gac/Support/OutputFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include "gtest/gtest.h"

#include <random>

using namespace gac;
using namespace llvm;

namespace {
/// What is wrong, or "" if nothing is.
std::string errorOf(Error error) { return toString(std::move(error)); }
template <typename T> std::string errorOf(Expected<T> &&result) {
  return result ? "" : toString(result.takeError());
}
template <typename T> std::string errorOf(Expected<T> &result) {
  return errorOf(std::move(result));
}

using Axes = SmallVector<AxisPadding>;

int64_t product(ArrayRef<AxisPadding> axes, int64_t AxisPadding::*size) {
  int64_t result = 1;
  for (const AxisPadding &axis : axes)
    result *= axis.*size;
  return result;
}

/// The lane of `axis` on which the new element number `index` is; 0 for none.
int64_t getLane(int64_t index, ArrayRef<AxisPadding> axes,
                std::optional<unsigned> axis) {
  if (!axis)
    return 0;
  for (const AxisPadding &inner : axes.drop_front(*axis + 1))
    index /= inner.newSize;
  return index % axes[*axis].newSize;
}

/// Element by element, straight from the definition.
std::string padNaively(StringRef old, int64_t elementSize,
                       ArrayRef<AxisPadding> axes, StringRef fill = {},
                       std::optional<unsigned> fillAxis = std::nullopt) {
  std::string result(product(axes, &AxisPadding::newSize) * elementSize, '\0');
  if (!fill.empty())
    for (size_t i = 0; i < result.size(); ++i)
      result[i] = fill[getLane(i / elementSize, axes, fillAxis) * elementSize +
                       i % elementSize];
  for (int64_t i = 0, e = product(axes, &AxisPadding::oldSize); i < e; ++i) {
    int64_t rest = i, place = 0, stride = 1;
    bool kept = true;
    for (const AxisPadding &axis : reverse(axes)) {
      int64_t lane = rest % axis.oldSize, target = -1;
      rest /= axis.oldSize;
      for (const LaneRun &run : axis.runs)
        if (lane >= run.from && lane < run.from + run.length)
          target = lane - run.from + run.to;
      kept &= target >= 0;
      place += target * stride;
      stride *= axis.newSize;
    }
    if (kept)
      result.replace(place * elementSize, elementSize,
                     old.substr(i * elementSize, elementSize).str());
  }
  return result;
}

std::string pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i)
    bytes[i] = char(1 + i * 2654435761u % 255);
  return bytes;
}

AxisPadding randomAxis(std::mt19937 &random, int64_t largest) {
  auto pick = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  if (pick(0, 2) == 0)
    return AxisPadding::identity(pick(1, largest));
  AxisPadding axis{0, 0, {}};
  for (int64_t runs = pick(1, 4); runs > 0; --runs) {
    int64_t count = pick(1, largest);
    axis.oldSize += pick(0, 5) == 0 ? pick(1, 3) : 0;
    axis.newSize += pick(0, 1) == 0 ? pick(1, 5) : 0;
    axis.runs.push_back({axis.oldSize, axis.newSize, count});
    axis.oldSize += count;
    axis.newSize += count;
  }
  axis.newSize += pick(0, 4);
  return axis;
}

std::unique_ptr<PaddedByteSource>
makePadded(StringRef old, int64_t elementSize, ArrayRef<AxisPadding> axes,
           StringRef fill = {},
           std::optional<unsigned> fillAxis = std::nullopt) {
  auto padded = PaddedByteSource::create(MemoryByteSource::refer(old),
                                         elementSize, axes, fill, fillAxis);
  EXPECT_EQ(errorOf(padded), "");
  return padded ? std::move(*padded) : nullptr;
}

TEST(PaddedByteSource, AgreesWithANaiveLoopOnRandomShapes) {
  std::mt19937 random(7);
  for (int round = 0; round < 400; ++round) {
    int64_t elementSize = int64_t(1) << random() % 4;
    Axes axes;
    for (int rank = random() % 5; rank > 0; --rank)
      axes.push_back(randomAxis(random, 9));
    std::string old =
        pattern(product(axes, &AxisPadding::oldSize) * elementSize);
    std::string fill = round % 2 ? pattern(elementSize) : "";
    std::optional<unsigned> fillAxis;
    if (round % 4 == 3 && !axes.empty()) {
      fillAxis = random() % axes.size();
      fill = pattern(axes[*fillAxis].newSize * elementSize);
    }
    std::string want = padNaively(old, elementSize, axes, fill, fillAxis);
    auto padded = makePadded(old, elementSize, axes, fill, fillAxis);
    ASSERT_TRUE(padded);
    ASSERT_EQ(padded->size(), want.size());

    // The whole, and any part of it.
    for (int part = 0; part < 8; ++part) {
      size_t begin = part ? random() % (want.size() + 1) : 0;
      size_t count = part ? random() % (want.size() - begin + 1) : want.size();
      std::string got(count, 'x');
      ASSERT_EQ(errorOf(padded->read(begin,
                                     MutableArrayRef<char>(got.data(), count))),
                "");
      ASSERT_EQ(got, want.substr(begin, count)) << "round " << round;
    }
  }
}

/// Shapes whose rows are longer than the blocks that they are moved in.
TEST(PaddedByteSource, WritesLongRowsAndShortOnes) {
  struct Case {
    Axes axes;
  } cases[] = {
      {{AxisPadding{3, 5, {{0, 0, 1}, {1, 3, 2}}},
        AxisPadding::identity(700'001)}},
      {{AxisPadding::identity(2),
        AxisPadding{1'500'001,
                    1'500'008,
                    {{0, 0, 1'000'000}, {1'000'000, 1'000'003, 500'001}}}}},
      {{AxisPadding{1000, 1003, {{0, 0, 999}, {999, 1001, 1}}},
        AxisPadding{1843, 1848, {{0, 0, 1843}}}}},
      {{AxisPadding{900, 904, {{0, 0, 900}}},
        AxisPadding{1000, 1001, {{0, 1, 1000}}}, AxisPadding::identity(3)}},
  };
  SmallString<128> path;
  ASSERT_FALSE(sys::fs::createTemporaryFile("gac-padded", "bin", path));
  for (const Case &one : cases) {
    std::string old = pattern(product(one.axes, &AxisPadding::oldSize) * 2);
    // Every other one is not filled with zeros.
    StringRef fill = &one - cases & 1 ? "" : "ab";
    auto padded = makePadded(old, 2, one.axes, fill);
    ASSERT_TRUE(padded);
    OutputTransaction transaction;
    Expected<OutputFile *> out = transaction.open(path);
    ASSERT_EQ(errorOf(out), "");
    ASSERT_EQ(errorOf(padded->write(**out)), "");
    ASSERT_EQ(errorOf(transaction.commit()), "");
    auto got = MemoryBuffer::getFile(path);
    ASSERT_TRUE(bool(got));
    // Not EXPECT_EQ, which would print megabytes.
    EXPECT_TRUE((*got)->getBuffer() == padNaively(old, 2, one.axes, fill));
  }
  sys::fs::remove(path);
}

/// Padding of what was padded: what a second plan does to a recipe.
TEST(PaddedByteSource, Nests) {
  Axes first{AxisPadding{3, 4, {{0, 0, 3}}}, AxisPadding{5, 7, {{0, 1, 5}}}};
  Axes second{AxisPadding{4, 6, {{0, 0, 2}, {2, 4, 2}}},
              AxisPadding{7, 8, {{0, 0, 7}}}};
  std::string old = pattern(3 * 5 * 4);
  auto inner = makePadded(old, 4, first);
  ASSERT_TRUE(inner);
  auto outer = PaddedByteSource::create(std::move(inner), 4, second);
  ASSERT_EQ(errorOf(outer), "");
  std::string got((*outer)->size(), 'x');
  ASSERT_EQ(
      errorOf((*outer)->read(0, MutableArrayRef<char>(got.data(), got.size()))),
      "");
  EXPECT_EQ(got, padNaively(padNaively(old, 4, first), 4, second));
}

TEST(PaddedByteSource, HasZerosForWhatWasEmpty) {
  auto padded =
      makePadded("", 2, Axes{AxisPadding{0, 3, {}}, AxisPadding::identity(2)});
  ASSERT_TRUE(padded);
  std::string got(padded->size(), 'x');
  ASSERT_EQ(
      errorOf(padded->read(0, MutableArrayRef<char>(got.data(), got.size()))),
      "");
  EXPECT_EQ(got, std::string(12, '\0'));
}

TEST(PaddedByteSource, RefusesWhatDoesNotFit) {
  auto make = [](StringRef old, ArrayRef<AxisPadding> axes) {
    return PaddedByteSource::create(MemoryByteSource::refer(old), 4, axes);
  };
  EXPECT_EQ(errorOf(make("12345678", Axes{AxisPadding{3, 4, {{0, 0, 3}}}})),
            "a tensor to be padded has 8 bytes instead of 12");
  EXPECT_EQ(errorOf(make("12345678", Axes{AxisPadding{2, 4, {{0, 3, 2}}}})),
            "axis 0 cannot go from 2 to 4 lanes with a run of 2 "
            "from 0 to 3");
  EXPECT_EQ(errorOf(make("12345678",
                         Axes{AxisPadding{2, 4, {{1, 0, 1}, {0, 2, 1}}}})),
            "axis 0 cannot go from 2 to 4 lanes with a run of 1 "
            "from 0 to 2");
  EXPECT_EQ(errorOf(make("12345678",
                         Axes{AxisPadding{2, int64_t(1) << 61, {{0, 0, 2}}},
                              AxisPadding{1, 4, {{0, 0, 1}}}})),
            "the size of a padded tensor overflows at axis 0");
  EXPECT_EQ(errorOf(PaddedByteSource::create(MemoryByteSource::refer("1234"), 4,
                                             Axes{}, "12")),
            "a tensor of elements of 4 bytes cannot be filled with one of 2");
  auto fill = [](StringRef numbers, unsigned axis) {
    return PaddedByteSource::create(MemoryByteSource::refer("12345678"), 4,
                                    Axes{AxisPadding{2, 3, {{0, 0, 2}}}},
                                    numbers, axis);
  };
  EXPECT_EQ(errorOf(fill("12345678", 0)),
            "padding along axis 0 has 8 bytes instead of 12");
  EXPECT_EQ(errorOf(fill("123456789012", 1)),
            "a tensor of 1 axes cannot be filled along axis 1");
}
} // namespace
