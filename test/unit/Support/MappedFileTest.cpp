//===- MappedFileTest.cpp - Files read through memory mapping ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/MappedFile.h"

#include "llvm/Support/Process.h"
#include "llvm/Testing/Support/SupportHelpers.h"
#include "gtest/gtest.h"

#include <chrono>

#include <sys/stat.h>

using namespace gac;
using llvm::unittest::TempDir;
using llvm::unittest::TempFile;

namespace {

/// What is wrong, or "" if nothing is.
template <typename T> std::string errorOf(llvm::Expected<T> result) {
  return result ? "" : llvm::toString(result.takeError());
}

TEST(MappedFileTest, HoldsTheBytes) {
  TempFile file("mapped", "bin", "some bytes", /*Unique=*/true);
  llvm::Expected<MappedFile> mapped = MappedFile::open(file.path());
  ASSERT_TRUE(static_cast<bool>(mapped));
  EXPECT_EQ(mapped->getBytes(), "some bytes");
  EXPECT_EQ(mapped->getPath(), file.path());
  EXPECT_EQ(mapped->getSize(), 10u);

  MappedFile moved = std::move(*mapped);
  EXPECT_EQ(moved.getBytes(), "some bytes");
}

TEST(MappedFileTest, EmptyFilesAreFiles) {
  TempFile file("mapped", "bin", "", /*Unique=*/true);
  llvm::Expected<MappedFile> mapped = MappedFile::open(file.path());
  ASSERT_TRUE(static_cast<bool>(mapped));
  EXPECT_TRUE(mapped->getBytes().empty());
}

TEST(MappedFileTest, StampsTellVersionsApart) {
  TempFile file("mapped", "bin", "some bytes", /*Unique=*/true);
  llvm::Expected<FileStamp> before = getFileStamp(file.path());
  ASSERT_TRUE(static_cast<bool>(before));
  EXPECT_EQ(before->size, 10u);
  EXPECT_EQ(MappedFile::open(file.path())->getStamp(), *before);

  int handle;
  ASSERT_FALSE(llvm::sys::fs::openFileForWrite(file.path(), handle,
                                               llvm::sys::fs::CD_OpenExisting));
  llvm::sys::TimePoint<> time(std::chrono::nanoseconds(1234567890123456789));
  ASSERT_FALSE(llvm::sys::fs::setLastAccessAndModificationTime(handle, time));
  llvm::sys::Process::SafelyCloseFileDescriptor(handle);

  llvm::Expected<FileStamp> after = getFileStamp(file.path());
  ASSERT_TRUE(static_cast<bool>(after));
  EXPECT_EQ(after->modificationTime, 1234567890123456789);
  EXPECT_NE(*after, *before);
}

TEST(MappedFileTest, ErrorsNameThePath) {
  TempDir directory("mapped", /*Unique=*/true);
  std::string missing = directory.path("missing").str().str();
  EXPECT_EQ(errorOf(MappedFile::open(missing)),
            "cannot read '" + missing + "': No such file or directory");
  std::string path = directory.path().str();
  EXPECT_EQ(errorOf(MappedFile::open(path)),
            "cannot read '" + path + "': it is a directory");
}

TEST(MappedFileTest, PipesAreNotWaitedFor) {
  TempDir directory("mapped", /*Unique=*/true);
  std::string pipe = directory.path("pipe").str().str();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(errorOf(MappedFile::open(pipe)),
            "cannot read '" + pipe + "': it is no regular file");
}

} // namespace
