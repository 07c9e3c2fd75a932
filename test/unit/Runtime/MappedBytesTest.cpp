//===- MappedBytesTest.cpp - Files as the runtime writes them ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/MappedBytes.h"

#include "TestFiles.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

using namespace gac::runtime;
namespace fs = std::filesystem;

namespace {
std::string read(const std::string &path) {
  Result<std::string> bytes = readFile(path, 1 << 20);
  return bytes ? *bytes : bytes.getStatus().getMessage();
}

size_t countFiles(const TestFolder &folder) {
  return std::distance(fs::directory_iterator(folder.path), {});
}

/// Bits of a file's permissions.
mode_t getPermissions(const std::string &path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0);
  return info.st_mode & 07777;
}

TEST(WriteFile, ReplacesAFile) {
  TestFolder folder;
  std::string path = folder.write("a", "old");
  chmod(path.c_str(), 0640);
  ASSERT_FALSE(checkWritable(path));
  EXPECT_EQ(read(path), "old");
  ASSERT_FALSE(writeFile(path, "new"));
  EXPECT_EQ(read(path), "new");
  EXPECT_EQ(getPermissions(path), mode_t(0640));
  EXPECT_EQ(countFiles(folder), 1U);
}

TEST(WriteFile, FollowsLinks) {
  TestFolder folder;
  fs::create_directory(folder.path + "/sub");
  std::string target = folder.write("sub/target", "old");
  fs::create_symlink("sub/second", folder.path + "/first");
  fs::create_symlink("target", folder.path + "/sub/second");
  fs::create_symlink("sub/missing", folder.path + "/dangling");
  ASSERT_FALSE(writeFile(folder.path + "/first", "new"));
  EXPECT_EQ(read(target), "new");
  ASSERT_FALSE(writeFile(folder.path + "/dangling", "made"));
  EXPECT_EQ(read(folder.path + "/sub/missing"), "made");
  for (const char *name : {"/first", "/sub/second", "/dangling"})
    EXPECT_TRUE(fs::is_symlink(folder.path + name)) << name;
}

TEST(WriteFile, WritesIntoAPipe) {
  TestFolder folder;
  std::string path = folder.path + "/pipe", link = folder.path + "/link";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  fs::create_symlink("pipe", link);
  // Nobody reads it yet.
  ASSERT_FALSE(checkWritable(path));
  for (const std::string &name : {path, link}) {
    std::string received;
    std::thread reader([&] {
      std::ifstream file(path);
      received.assign(std::istreambuf_iterator<char>(file), {});
    });
    Status status = writeFile(name, "through");
    // What replaced the pipe would leave its reader waiting.
    if (!fs::is_fifo(path) || !fs::is_symlink(link)) {
      ADD_FAILURE() << "the pipe is gone";
      reader.detach();
      return;
    }
    reader.join();
    EXPECT_FALSE(status);
    EXPECT_EQ(received, "through");
  }
}

TEST(WriteFile, SaysWhyNot) {
  TestFolder folder;
  for (Status (*check)(const std::string &) : {
           +[](const std::string &path) { return writeFile(path, "x"); },
           +[](const std::string &path) { return checkWritable(path); },
       }) {
    std::string missing = folder.path + "/none/x";
    EXPECT_EQ(check(missing).getMessage(),
              "cannot write '" + missing + "': No such file or directory");
    EXPECT_EQ(check(folder.path).getMessage(),
              "cannot write '" + folder.path + "': Is a directory");
  }
  EXPECT_EQ(countFiles(folder), 0U);
}

TEST(WriteFile, AFailedWriteLeavesTheOldFile) {
  TestFolder folder;
  std::string path = folder.write("a", "old");
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = {4096, before.rlim_max};
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  Status status = writeFile(path, std::string(10000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(status.getMessage(), "cannot write '" + path + "': File too large");
  EXPECT_EQ(read(path), "old");
  EXPECT_EQ(countFiles(folder), 1U);
}

/// The umask as other threads see it, without a change to it.
std::string readUmask() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.compare(0, 6, "Umask:") == 0)
      return line.substr(line.find_first_of("01234567"));
  return "";
}

TEST(WriteFile, ThreadsKeepTheUmask) {
  TestFolder folder;
  mode_t before = umask(027);
  if (readUmask().empty()) {
    umask(before);
    GTEST_SKIP() << "the system does not show the umask";
  }
  std::atomic<int> writing = 2;
  auto write = [&](const std::string &name) {
    for (int i = 0; i < 1000; ++i)
      EXPECT_FALSE(writeFile(folder.path + "/" + name, "x"));
    --writing;
  };
  std::thread first(write, "a"), second(write, "b");
  int changes = 0;
  while (writing > 0)
    changes += readUmask() != "0027";
  first.join();
  second.join();
  EXPECT_EQ(changes, 0);
  EXPECT_EQ(umask(before), mode_t(027));
  EXPECT_EQ(getPermissions(folder.path + "/a"), mode_t(0640));
}
} // namespace
