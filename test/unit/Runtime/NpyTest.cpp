//===- NpyTest.cpp - Arrays in numpy's formats ------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Npy.h"

#include "TestFiles.h"
#include "gac/Runtime/MappedBytes.h"

#include <gtest/gtest.h>

using namespace gac::runtime;

namespace {
HostTensor makeTensor(DType type, const Shape &shape) {
  HostTensor tensor{type, shape, {}};
  size_t bytes = *getByteCount(shape, type);
  for (size_t i = 0; i < bytes; ++i)
    tensor.bytes.push_back(std::byte(type == DType::Bool ? i % 2 : i % 61));
  return tensor;
}

std::string makeNpy(const std::string &header, const std::string &data) {
  std::string bytes = std::string("\x93NUMPY\1\0", 8);
  bytes += static_cast<char>(header.size());
  bytes += '\0';
  return bytes + header + data;
}

TEST(Npy, ComesBack) {
  for (DType type :
       {DType::F16, DType::F32, DType::I32, DType::I64, DType::Bool})
    for (const Shape &shape :
         {Shape{}, Shape{3}, Shape{2, 3, 4}, Shape{0, 5}}) {
      HostTensor tensor = makeTensor(type, shape);
      std::string bytes = formatNpy(tensor);
      EXPECT_EQ((bytes.size() - tensor.bytes.size()) % 64, 0U);
      Result<HostTensor> again = parseNpy(bytes, "x");
      ASSERT_TRUE(again) << again.getStatus().getMessage();
      EXPECT_EQ(again->type, type);
      EXPECT_EQ(again->shape, shape);
      EXPECT_EQ(again->bytes, tensor.bytes);
    }
}

TEST(Npy, WritesBF16AsFloat) {
  HostTensor tensor{DType::BF16, {1}, {std::byte(0x80), std::byte(0x3f)}};
  Result<HostTensor> wide = parseNpy(formatNpy(tensor), "x");
  ASSERT_TRUE(wide);
  EXPECT_EQ(wide->type, DType::F32);
  EXPECT_EQ(*reinterpret_cast<const float *>(wide->bytes.data()), 1.0F);
}

TEST(Npy, RejectsDamage) {
  auto error = [](const std::string &bytes) {
    Result<HostTensor> tensor = parseNpy(bytes, "x");
    return tensor ? "none" : tensor.getStatus().getMessage();
  };
  std::string good = makeNpy(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "12345678");
  EXPECT_EQ(error(good), "none");
  for (size_t length = 0; length < good.size(); ++length)
    EXPECT_NE(error(good.substr(0, length)), "none") << length;
  EXPECT_EQ(error(good + "9"),
            "x has 9 bytes of data, not what <f4 of shape [2] needs");
  EXPECT_EQ(
      error(makeNpy("{'descr': '>f4', 'fortran_order': False, 'shape': ()}",
                    "1234")),
      "x has elements of type '>f4', none of <f2, <f4, <f8, <i4, <i8, |b1, "
      "<V2 (bfloat16)");
  EXPECT_EQ(
      error(makeNpy("{'descr': '<f4', 'fortran_order': True, 'shape': (1,1)}",
                    "1234")),
      "x is in Fortran order; save a copy in C order");
  EXPECT_EQ(error(makeNpy("{'descr': '<f4', 'shape': (1,)}", "1234")),
            "x has a header that makes no sense");
  EXPECT_EQ(error(makeNpy("{'descr': '<f4', 'fortran_order': False, 'shape': "
                          "(99999999999999999999,)}",
                          "1234")),
            "x has a header that makes no sense");
}

TEST(Npz, ComesBack) {
  TestFolder folder;
  std::map<std::string, HostTensor> tensors;
  tensors["a"] = makeTensor(DType::F32, {2, 3});
  tensors["b.c/d"] = makeTensor(DType::I64, {5});
  std::string path = folder.path + "/x.npz";
  Status status = writeNpz(path, tensors);
  ASSERT_FALSE(status) << status.getMessage();
  auto again = readNpz(path);
  ASSERT_TRUE(again) << again.getStatus().getMessage();
  ASSERT_EQ(again->size(), 2U);
  EXPECT_EQ(again->at("a").bytes, tensors["a"].bytes);
  EXPECT_EQ(again->at("b.c/d").shape, Shape({5}));
}

TEST(Npz, RejectsDamage) {
  TestFolder folder;
  std::map<std::string, HostTensor> tensors;
  tensors["a"] = makeTensor(DType::F32, {2, 3});
  std::string path = folder.path + "/x.npz";
  ASSERT_FALSE(writeNpz(path, tensors));
  Result<std::string> bytes = gac::runtime::readFile(path, 1 << 20);
  ASSERT_TRUE(bytes);
  for (size_t length = 0; length < bytes->size(); ++length)
    EXPECT_FALSE(readNpz(folder.write("cut", bytes->substr(0, length))));
  std::string changed = *bytes;
  changed[changed.find("NUMPY") + 130] ^= 1;
  auto error = readNpz(folder.write("changed", changed));
  ASSERT_FALSE(error);
  EXPECT_EQ(error.getStatus().getMessage(),
            "'" + folder.path + "/changed': member 'a.npy' is damaged");
}
} // namespace
