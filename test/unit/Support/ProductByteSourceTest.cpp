//===- ProductByteSourceTest.cpp - against a naive loop ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/ProductByteSource.h"

#include "gtest/gtest.h"

#include <cstring>
#include <random>

using namespace gac;
using namespace llvm;

namespace {

template <typename Number>
std::string toBytes(const std::vector<Number> &numbers) {
  return {reinterpret_cast<const char *>(numbers.data()),
          numbers.size() * sizeof(Number)};
}

std::vector<float> draw(std::mt19937 &random, size_t count) {
  std::normal_distribution<float> normal;
  std::vector<float> numbers(count);
  for (float &number : numbers)
    number = normal(random);
  return numbers;
}

/// Numbers of `format`, and as float32.
std::string narrow(std::vector<float> &numbers, FloatFormat format) {
  std::string bytes(numbers.size() * getByteWidth(format), '\0');
  MutableArrayRef<char> target(bytes.data(), bytes.size());
  MutableArrayRef<char> own(reinterpret_cast<char *>(numbers.data()),
                            numbers.size() * sizeof(float));
  roundFloats(FloatFormat::F32, own, format, target);
  roundFloats(format, target, FloatFormat::F32, own);
  return bytes;
}

/// In float64 in ascending order, rounded to float32.
std::vector<float> multiplyNaively(const std::vector<float> &a,
                                   const std::vector<float> &b, size_t rows,
                                   size_t depth, size_t columns) {
  std::vector<float> result;
  for (size_t i = 0; i != rows; ++i)
    for (size_t j = 0; j != columns; ++j) {
      double sum = 0;
      for (size_t k = 0; k != depth; ++k)
        sum += double(a[i * depth + k]) * double(b[k * columns + j]);
      result.push_back(static_cast<float>(sum));
    }
  return result;
}

std::string readAll(const ByteSource &source, size_t step) {
  std::string bytes(source.size(), '?');
  for (size_t begin = 0; begin < bytes.size(); begin += step) {
    size_t count = std::min(step, bytes.size() - begin);
    EXPECT_FALSE(
        bool(source.read(begin, MutableArrayRef(bytes.data() + begin, count))));
  }
  return bytes;
}

/// To the last bit: recipes promise it, on every processor.
TEST(ProductByteSourceTest, MultipliesInFloat64) {
  std::mt19937 random(3);
  struct Case {
    size_t rows, depth, columns, step;
  };
  for (Case test : {Case{1, 1, 1, 4}, Case{3, 5, 2, 7}, Case{7, 131, 9, 1000},
                    Case{5, 64, 1030, 333}, Case{2, 67, 513, 64}})
    for (FloatFormat format :
         {FloatFormat::F32, FloatFormat::BF16, FloatFormat::F16}) {
      std::vector<float> a = draw(random, test.rows * test.depth),
                         b = draw(random, test.depth * test.columns);
      std::string left = narrow(a, format), right = narrow(b, format);
      auto source = ProductByteSource::create(
          MemoryByteSource::own(left), MemoryByteSource::own(right), format,
          test.rows, test.depth, test.columns);
      ASSERT_TRUE(bool(source)) << toString(source.takeError());
      std::vector<float> expected =
          multiplyNaively(a, b, test.rows, test.depth, test.columns);
      EXPECT_TRUE(readAll(**source, test.step) == narrow(expected, format))
          << test.rows << " x " << test.depth << " x " << test.columns;
    }
}

/// Several panels, read out of order.
TEST(ProductByteSourceTest, ReadsAnyPanel) {
  std::mt19937 random(4);
  size_t columns = ProductByteSource::kPanelSums / 2, rows = 3, depth = 2;
  std::vector<float> a = draw(random, rows * depth),
                     b = draw(random, depth * columns);
  auto source = ProductByteSource::create(
      MemoryByteSource::own(toBytes(a)), MemoryByteSource::own(toBytes(b)),
      FloatFormat::F32, rows, depth, columns);
  ASSERT_TRUE(bool(source)) << toString(source.takeError());
  std::string expected = toBytes(multiplyNaively(a, b, rows, depth, columns));
  ASSERT_EQ((*source)->size(), expected.size());
  size_t row = columns * sizeof(float);
  for (auto [begin, count] :
       {std::pair(2 * row, row), std::pair(row - 10, row + 30),
        std::pair(size_t(0), 3 * row), std::pair(row + 3, size_t(1))}) {
    std::string read(count, '?');
    ASSERT_FALSE(bool(
        (*source)->read(begin, MutableArrayRef(read.data(), read.size()))));
    EXPECT_TRUE(read == expected.substr(begin, count)) << begin;
  }
}

TEST(ProductByteSourceTest, KeepsFloat64) {
  std::vector<double> a = {1, 1e-12}, b = {3, 7};
  auto source = ProductByteSource::create(MemoryByteSource::own(toBytes(a)),
                                          MemoryByteSource::own(toBytes(b)),
                                          FloatFormat::F64, 1, 2, 1);
  ASSERT_TRUE(bool(source)) << toString(source.takeError());
  double product;
  std::string bytes = readAll(**source, 8);
  ASSERT_EQ(bytes.size(), sizeof(product));
  std::memcpy(&product, bytes.data(), sizeof(product));
  EXPECT_EQ(product, 3 + 7e-12);
}

TEST(ProductByteSourceTest, RefusesWhatDoesNotFit) {
  auto source = ProductByteSource::create(MemoryByteSource::own("12345678"),
                                          MemoryByteSource::own("1234"),
                                          FloatFormat::F32, 1, 2, 1);
  EXPECT_EQ(toString(source.takeError()),
            "matrices of 8 and 4 bytes are not 1 x 2 and 2 x 1");
}

} // namespace
