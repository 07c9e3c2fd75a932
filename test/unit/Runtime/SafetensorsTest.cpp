//===- SafetensorsTest.cpp - Good and damaged files of weights --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Safetensors.h"

#include "TestFiles.h"

#include <gtest/gtest.h>

using namespace gac::runtime;

namespace {
/// The error of a file with these bytes, less its path.
std::string getError(const std::string &bytes) {
  TestFolder folder;
  Result<Safetensors> file =
      Safetensors::open(folder.write("w.safetensors", bytes));
  if (file)
    return "none";
  std::string message = file.getStatus().getMessage();
  return message.substr(message.rfind("safetensors': ") + 14);
}

TEST(Safetensors, ReadsTensors) {
  TestFolder folder;
  std::string path = folder.write(
      "w.safetensors", makeSafetensors(
                           R"({"__metadata__":{"by":"me"},
              "b":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},
              "a":{"dtype":"BF16","shape":[],"data_offsets":[8,10]},
              "none":{"dtype":"F32","shape":[0,3],"data_offsets":[10,10]}})",
                           std::string("\1\0\0\0\2\0\0\0\x80\x3f", 10)));
  Result<Safetensors> file = Safetensors::open(path);
  ASSERT_TRUE(file) << file.getStatus().getMessage();
  EXPECT_EQ(file->getEntries().size(), 3U);
  const Safetensors::Entry *b = file->find("b");
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(b->type, DType::I32);
  EXPECT_EQ(b->shape, Shape({2}));
  EXPECT_EQ(b->bytes, std::string_view("\1\0\0\0\2\0\0\0", 8));
  EXPECT_EQ(file->find("a")->bytes, "\x80\x3f");
  EXPECT_TRUE(file->find("none")->bytes.empty());
  EXPECT_EQ(file->find("c"), nullptr);
}

TEST(Safetensors, RejectsTruncatedFiles) {
  EXPECT_EQ(getError("abc"),
            "the file ends inside of its header, after 3 bytes");
  std::string whole = makeSafetensors("{}", "");
  EXPECT_EQ(getError(whole), "none");
  EXPECT_EQ(getError(whole.substr(0, 9)),
            "a header of 2 bytes does not fit in a file of 9");
  EXPECT_EQ(getError(std::string(8, '\xff') + "{}"),
            "a header of 18446744073709551615 bytes does not fit in a file of "
            "10");
}

TEST(Safetensors, RejectsLyingHeaders) {
  EXPECT_EQ(getError(makeSafetensors("{", "")), "this is no JSON");
  EXPECT_EQ(getError(makeSafetensors("[]", "")), "expected a JSON object");
  auto with = [](const char *fields) {
    return getError(
        makeSafetensors(std::string("{\"a\":{") + fields + "}}", "12345678"));
  };
  EXPECT_EQ(with(R"("dtype":"F32","shape":[3],"data_offsets":[0,12])"),
            "a: bytes 0 to 12 lie beyond the 8 bytes of data in the file");
  EXPECT_EQ(with(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])"),
            "a: shape [1] of type F32 does not have the 8 bytes of its range");
  EXPECT_EQ(with(R"("dtype":"F32","shape":[1],"data_offsets":[8,4])"),
            "a.data_offsets[1]: expected an integer from 8 to "
            "9223372036854775807, got 4");
  EXPECT_EQ(with(R"("dtype":"U9","shape":[1],"data_offsets":[0,4])"),
            "a: the element type 'U9' is none of BF16, F16, F32, I64, I32, "
            "BOOL");
  EXPECT_EQ(with(R"("dtype":"F32","shape":[4294967296,4294967296],
                    "data_offsets":[0,8])"),
            "a.shape: the shape [4294967296, 4294967296] has too many "
            "elements");
  EXPECT_EQ(with(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"),
            "a.shape[0]: expected an integer from 0 to 9223372036854775807, "
            "got -1");
  EXPECT_EQ(with(R"("dtype":4,"shape":[1],"data_offsets":[0,4])"),
            "a.dtype: expected a string");
  EXPECT_EQ(with(R"("dtype":"F32","data_offsets":[0,4])"),
            "a: 'shape' is missing");
  EXPECT_EQ(getError(makeSafetensors(
                R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
              "b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                "12345678")),
            "'a' and 'b' share bytes");
}

TEST(Safetensors, NamesFilesThatCannotBeRead) {
  Result<Safetensors> missing = Safetensors::open("/nowhere/w");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.getStatus().getMessage(),
            "cannot open '/nowhere/w': No such file or directory");
  Result<Safetensors> folder = Safetensors::open("/");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.getStatus().getMessage(),
            "cannot read '/': it is no regular file");
}
} // namespace
