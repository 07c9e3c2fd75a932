//===- ConcatByteSourceTest.cpp - against a naive loop ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/ConcatByteSource.h"

#include "gac/Support/OutputFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include "gtest/gtest.h"

#include <random>

using namespace gac;
using namespace llvm;

namespace {

std::vector<std::unique_ptr<ByteSource>> own(ArrayRef<std::string> parts) {
  std::vector<std::unique_ptr<ByteSource>> sources;
  for (const std::string &part : parts)
    sources.push_back(MemoryByteSource::own(part));
  return sources;
}

std::string errorOf(ArrayRef<std::string> parts, uint64_t rows) {
  auto source = ConcatByteSource::create(own(parts), rows);
  return source ? "" : toString(source.takeError());
}

/// Row by row, straight from the definition.
std::string joinNaively(ArrayRef<std::string> parts, size_t rows) {
  std::string result;
  for (size_t row = 0; row != rows; ++row)
    for (const std::string &part : parts)
      result += part.substr(row * (part.size() / rows), part.size() / rows);
  return result;
}

TEST(ConcatByteSourceTest, ReadsAnyRange) {
  std::mt19937 random(5);
  for (size_t rows : {1, 2, 7})
    for (const std::vector<size_t> &widths :
         {std::vector<size_t>{3}, {1, 4, 2}, {5, 0, 8}}) {
      std::vector<std::string> parts;
      for (size_t width : widths) {
        std::string &part = parts.emplace_back(width * rows, '\0');
        for (char &byte : part)
          byte = static_cast<char>(random());
      }
      std::string expected = joinNaively(parts, rows);
      auto source = ConcatByteSource::create(own(parts), rows);
      ASSERT_TRUE(bool(source)) << toString(source.takeError());
      ASSERT_EQ((*source)->size(), expected.size());
      for (size_t begin = 0; begin <= expected.size(); ++begin)
        for (size_t end = begin; end <= expected.size(); ++end) {
          std::string read(end - begin, '?');
          ASSERT_FALSE(bool((*source)->read(
              begin, MutableArrayRef(read.data(), read.size()))));
          ASSERT_EQ(read, expected.substr(begin, end - begin))
              << begin << " to " << end << " of " << rows << " rows";
        }
    }
}

/// More than a block, so that blocks begin within rows.
TEST(ConcatByteSourceTest, WritesBlockByBlock) {
  std::string a(ConcatByteSource::kBlock + 6, 'a'), b(a.size() / 2, 'b');
  size_t rows = a.size() / 2;
  auto source = ConcatByteSource::create(own({a, b}), rows);
  ASSERT_TRUE(bool(source)) << toString(source.takeError());
  SmallString<128> path;
  ASSERT_FALSE(sys::fs::createTemporaryFile("concat", "bin", path));
  OutputTransaction transaction;
  Expected<OutputFile *> file = transaction.open(path);
  ASSERT_TRUE(bool(file)) << toString(file.takeError());
  ASSERT_FALSE(bool((*source)->write(**file)));
  ASSERT_FALSE(bool(transaction.commit()));
  auto written = MemoryBuffer::getFile(path);
  ASSERT_TRUE(bool(written));
  EXPECT_EQ((*written)->getBufferSize(), 3 * rows);
  EXPECT_TRUE((*written)->getBuffer() == joinNaively({a, b}, rows));
  sys::fs::remove(path);
}

TEST(ConcatByteSourceTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(errorOf({}, 1), "there are no tensors to join");
  EXPECT_EQ(errorOf({"abcd", "abc"}, 2),
            "a tensor of 3 bytes is no part of one of 2 rows");
  EXPECT_EQ(errorOf({"abcd"}, 0),
            "a tensor of 4 bytes is no part of one of 0 rows");
  EXPECT_EQ(errorOf({"", ""}, 0), "");
}

} // namespace
