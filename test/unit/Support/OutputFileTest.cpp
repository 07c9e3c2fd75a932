//===- OutputFileTest.cpp - all files of an output or none ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/OutputFile.h"

#include "gac/Support/ByteSource.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include "gtest/gtest.h"

#include <csignal>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

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

class OutputFileTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("gac-output", folder));
  }
  void TearDown() override { sys::fs::remove_directories(folder); }

  std::string at(StringRef name) {
    SmallString<128> path(folder);
    sys::path::append(path, name);
    return std::string(path);
  }
  std::string contents(StringRef name) {
    auto buffer = MemoryBuffer::getFile(at(name));
    return buffer ? (*buffer)->getBuffer().str() : "<none>";
  }
  void put(StringRef name, StringRef text) {
    std::error_code code;
    raw_fd_ostream stream(at(name), code);
    ASSERT_FALSE(code);
    stream << text;
  }
  std::set<std::string> names() {
    std::set<std::string> found;
    std::error_code code;
    for (sys::fs::directory_iterator i(folder, code), end; i != end && !code;
         i.increment(code))
      found.insert(sys::path::filename(i->path()).str());
    return found;
  }
  /// Opens a file of `transaction` and writes `text` to it.
  void write(OutputTransaction &transaction, StringRef name, StringRef text) {
    Expected<OutputFile *> file = transaction.open(at(name));
    ASSERT_EQ(errorOf(file), "");
    ASSERT_EQ(errorOf((*file)->write(text)), "");
  }

  SmallString<128> folder;
};

TEST_F(OutputFileTest, NothingIsThereBeforeTheCommit) {
  OutputTransaction transaction;
  write(transaction, "m.onnx.data", "weights");
  write(transaction, "m.onnx", "model");
  EXPECT_EQ(contents("m.onnx"), "<none>");
  EXPECT_EQ(contents("m.onnx.data"), "<none>");
  ASSERT_EQ(errorOf(transaction.commit()), "");
  EXPECT_EQ(contents("m.onnx"), "model");
  EXPECT_EQ(contents("m.onnx.data"), "weights");
  EXPECT_EQ(names(), (std::set<std::string>{"m.onnx", "m.onnx.data"}));
}

TEST_F(OutputFileTest, ReplacesBothFilesWhileTheOldOnesAreRead) {
  put("m.onnx", "old model");
  put("m.onnx.data", "old weights");
  {
    auto old = InputFile::open(at("m.onnx.data"));
    ASSERT_EQ(errorOf(old), "");
    OutputTransaction transaction;
    Expected<OutputFile *> data = transaction.open(at("m.onnx.data"));
    ASSERT_EQ(errorOf(data), "");
    ASSERT_EQ(errorOf((*data)->write("new ")), "");
    ASSERT_EQ(errorOf((*data)->copyFrom(**old, 4, 7)), "");
    write(transaction, "m.onnx", "new model");
    ASSERT_EQ(errorOf(transaction.commit()), "");

    // What was opened before stays what it was.
    std::string still(11, ' ');
    ASSERT_EQ(errorOf((*old)->read(
                  0, MutableArrayRef<char>(still.data(), still.size()))),
              "");
    EXPECT_EQ(still, "old weights");
  }
  EXPECT_EQ(contents("m.onnx"), "new model");
  EXPECT_EQ(contents("m.onnx.data"), "new weights");
  EXPECT_EQ(names(), (std::set<std::string>{"m.onnx", "m.onnx.data"}));
}

TEST_F(OutputFileTest, AbandonedOutputLeavesTheOldFilesAlone) {
  put("m.onnx", "old model");
  {
    OutputTransaction transaction;
    write(transaction, "m.onnx.data", "weights");
    write(transaction, "m.onnx", "model");
  }
  EXPECT_EQ(contents("m.onnx"), "old model");
  EXPECT_EQ(names(), (std::set<std::string>{"m.onnx"}));
}

/// For a process that a signal ends.
[[noreturn]] void openForever(StringRef path) {
  while (true) {
    OutputTransaction transaction;
    cantFail(transaction.open(path).takeError());
  }
}

TEST_F(OutputFileTest, ASignalLeavesNothingWheneverItComes) {
  for (int i = 0; i != 50; ++i) {
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0)
      openForever(at("model"));
    ::usleep(3000 + 50 * i);
    ASSERT_EQ(::kill(child, SIGTERM), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGTERM);
    ASSERT_EQ(names(), std::set<std::string>());
  }
}

TEST_F(OutputFileTest, FailedCommitBringsTheOldFilesBack) {
  put("m.onnx", "old model");
  put("m.onnx.data", "old weights");
  {
    OutputTransaction transaction;
    write(transaction, "m.onnx.data", "weights");
    write(transaction, "m.onnx", "model");
    // The new model's temporary file is taken away: the last rename fails,
    // when the new data already stand at their place.
    for (const std::string &name : names())
      if (StringRef(name).starts_with("m.onnx.") &&
          StringRef(name).ends_with(".tmp") &&
          !StringRef(name).starts_with("m.onnx.data"))
        ASSERT_FALSE(sys::fs::remove(at(name)));
    EXPECT_NE(errorOf(transaction.commit()), "");
  }
  EXPECT_EQ(contents("m.onnx"), "old model");
  EXPECT_EQ(contents("m.onnx.data"), "old weights");
  EXPECT_EQ(names(), (std::set<std::string>{"m.onnx", "m.onnx.data"}));
}

TEST_F(OutputFileTest, KeepsThePermissionsOfAReplacedFile) {
  put("m.onnx", "old");
  ASSERT_FALSE(sys::fs::setPermissions(
      at("m.onnx"), sys::fs::perms::owner_read | sys::fs::perms::owner_write));
  OutputTransaction transaction;
  write(transaction, "m.onnx", "new");
  ASSERT_EQ(errorOf(transaction.commit()), "");
  EXPECT_EQ(*sys::fs::getPermissions(at("m.onnx")),
            sys::fs::perms::owner_read | sys::fs::perms::owner_write);
}

TEST_F(OutputFileTest, RefusesWhatCannotBeWritten) {
  EXPECT_EQ(errorOf(checkWritable(at("no/such/folder/m.onnx"))),
            "cannot write '" + at("no/such/folder/m.onnx") +
                "': No such file or directory");
  EXPECT_EQ(errorOf(checkWritable(folder)),
            "cannot write '" + folder.str().str() + "': Is a directory");
  EXPECT_EQ(errorOf(checkWritable("/dev/null")),
            "cannot write '/dev/null': it is not a regular file");
  EXPECT_EQ(errorOf(checkWritable("")),
            "cannot write the output: its file name is empty");
  EXPECT_EQ(errorOf(checkWritable(at("m.onnx"))), "");
  EXPECT_TRUE(names().empty());
}

TEST_F(OutputFileTest, RefusesMoreThanTheDiskHolds) {
  OutputTransaction transaction;
  Expected<OutputFile *> file = transaction.open(at("m.onnx"));
  ASSERT_EQ(errorOf(file), "");
  EXPECT_NE(errorOf((*file)->reserve(uint64_t(1) << 60)), "");
}

TEST_F(OutputFileTest, CountsAlignsAndCopiesLargeRanges) {
  std::string large(3 * kTransferBlock + 17, '\0');
  for (size_t i = 0; i < large.size(); ++i)
    large[i] = char(i * 131 >> 5);
  put("in", large);
  auto in = InputFile::open(at("in"));
  ASSERT_EQ(errorOf(in), "");

  OutputTransaction transaction;
  Expected<OutputFile *> out = transaction.open(at("out"));
  ASSERT_EQ(errorOf(out), "");
  ASSERT_EQ(errorOf((*out)->reserve(uint64_t(64) << 20)), "");
  ASSERT_EQ(errorOf((*out)->write("head")), "");
  ASSERT_EQ(errorOf((*out)->alignTo(4096)), "");
  EXPECT_EQ((*out)->getPosition(), 4096u);
  ASSERT_EQ(errorOf((*out)->copyFrom(**in, 5, large.size() - 5)), "");
  ASSERT_EQ(errorOf((*out)->writeZeros(5000)), "");
  uint64_t end = 4096 + large.size() - 5 + 5000;
  EXPECT_EQ((*out)->getPosition(), end);
  ASSERT_EQ(errorOf(transaction.commit()), "");
  EXPECT_EQ(contents("out"), "head" + std::string(4092, '\0') +
                                 large.substr(5) + std::string(5000, '\0'));
}

TEST_F(OutputFileTest, ReadingPastTheEndOfAFileIsAnError) {
  put("in", "0123456789");
  auto in = InputFile::open(at("in"));
  ASSERT_EQ(errorOf(in), "");
  EXPECT_EQ(errorOf(FileByteSource::create(*in, 4, 7)),
            "'" + at("in") +
                "' has 10 bytes, but 7 are wanted "
                "from byte 4 on");
  ASSERT_FALSE(sys::fs::resize_file(
      [&] {
        int descriptor = -1;
        EXPECT_FALSE(sys::fs::openFileForWrite(at("in"), descriptor,
                                               sys::fs::CD_OpenExisting));
        return descriptor;
      }(),
      3));
  char bytes[4];
  EXPECT_EQ(errorOf((*in)->read(1, bytes)),
            "cannot read '" + at("in") +
                "': it ends at byte 3, 2 bytes before "
                "the data does");
}
} // namespace
