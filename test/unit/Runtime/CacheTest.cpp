//===- CacheTest.cpp - What is kept between runs ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CacheFolder.h"
#include "Choices.h"

#include "TestFiles.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

using namespace gac::runtime;

namespace {
/// Sets a variable of the environment, or removes it, until the end.
class Variable {
public:
  Variable(const char *name, const char *value) : name(name) {
    if (const char *now = std::getenv(name))
      before = now;
    set(value);
  }
  ~Variable() { set(before ? before->c_str() : nullptr); }
  Variable(const Variable &) = delete;
  Variable &operator=(const Variable &) = delete;

  void set(const char *value) const {
    if (value)
      setenv(name, value, /*overwrite=*/1);
    else
      unsetenv(name);
  }

private:
  const char *name;
  std::optional<std::string> before;
};

TEST(CacheFolder, IsWhereTheEnvironmentSays) {
  Variable own("GAC_CACHE_DIR", "/own"), xdg("XDG_CACHE_HOME", "/xdg"),
      home("HOME", "/home/me");
  EXPECT_EQ(getDefaultCacheFolder(), "/own");
  // Nothing is kept.
  own.set("");
  EXPECT_EQ(getDefaultCacheFolder(), "");
  own.set(nullptr);
  EXPECT_EQ(getDefaultCacheFolder(), "/xdg/gac");
  xdg.set("");
  EXPECT_EQ(getDefaultCacheFolder(), "/home/me/.cache/gac");
  xdg.set(nullptr);
  EXPECT_EQ(getDefaultCacheFolder(), "/home/me/.cache/gac");
  home.set("");
  EXPECT_EQ(getDefaultCacheFolder(), "");
}

TEST(CacheFolder, SealsWhatItKeeps) {
  TestFolder folder;
  CacheFolder cache(folder.path + "/a/b");
  EXPECT_EQ(cache.readSealed("x"), std::nullopt);
  for (const std::string &bytes : {std::string("\0y", 2), std::string()}) {
    cache.writeSealed("x", bytes);
    EXPECT_EQ(cache.readSealed("x"), bytes);
  }
  cache.write("x", "no seal, though it is long enough for one");
  EXPECT_EQ(cache.readSealed("x"), std::nullopt);
}

TEST(Choices, OfOthersStay) {
  TestFolder folder;
  constexpr int each = 100;
  auto keep = [&](const std::string &who) {
    Choices choices(folder.path, "gemm", "d", 1);
    for (int i = 0; i < each; ++i) {
      choices.keep(who + std::to_string(i), "1");
      // Something is measured before the next one.
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  };
  std::thread other(keep, "a");
  keep("b");
  other.join();
  Choices choices(folder.path, "gemm", "d", 1);
  for (int i = 0; i < each; ++i)
    for (const char *who : {"a", "b"})
      EXPECT_TRUE(choices.find(who + std::to_string(i))) << who << i;
}

TEST(Choices, NeedNoLock) {
  TestFolder folder;
  // Nobody can open it to write.
  std::filesystem::create_directory(folder.path + "/.gemm-d-1.json.lock");
  Choices(folder.path, "gemm", "d", 1).keep("a", "1");
  EXPECT_EQ(Choices(folder.path, "gemm", "d", 1).find("a"), "1");
}

TEST(Choices, DoNotWaitForever) {
  TestFolder folder;
  Descriptor held = CacheFolder(folder.path).lock("gemm-d-1.json");
  ASSERT_GE(held.get(), 0);
  Choices(folder.path, "gemm", "d", 1).keep("a", "1");
  EXPECT_EQ(Choices(folder.path, "gemm", "d", 1).find("a"), "1");
}
} // namespace
