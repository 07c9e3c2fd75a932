//===- InterruptTest.cpp --------------------------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/Interrupt.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>
#include <unistd.h>

using namespace gac;

namespace {

/// A thread that would take any signal that another one holds back.
void startIdleThread() {
  std::thread([] {
    while (true)
      ::pause();
  }).detach();
}

void pauseShortly() {
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

TEST(InterruptDeathTest, SignalsWaitForTheGuardOnAnyThread) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        startIdleThread();
        {
          SignalGuard guard;
          ::kill(::getpid(), SIGTERM);
          pauseShortly();
          std::fputs("renamed\n", stderr);
        }
        pauseShortly();
        std::fputs("went on\n", stderr);
      },
      testing::KilledBySignal(SIGTERM), "^renamed\n$");
}

TEST(InterruptDeathTest, TheFolderGoesAndNobodyGoesOn) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  llvm::SmallString<128> folder;
  llvm::sys::fs::createUniquePath("gac-interrupt-%%%%%%", folder,
                                  /*MakeAbsolute=*/true);
  EXPECT_EXIT(
      {
        startIdleThread();
        (void)llvm::sys::fs::create_directory(folder);
        InterruptGuard guard(folder, {});
        // To the idle thread, which passes it on to this one.
        ::kill(::getpid(), SIGHUP);
        pauseShortly();
        std::fputs("went on\n", stderr);
      },
      testing::KilledBySignal(SIGHUP), "^$");
  EXPECT_FALSE(llvm::sys::fs::exists(folder));
}

TEST(InterruptTest, WithoutASignalNothingGoes) {
  llvm::SmallString<128> folder;
  llvm::sys::fs::createUniquePath("gac-interrupt-%%%%%%", folder,
                                  /*MakeAbsolute=*/true);
  ASSERT_FALSE(llvm::sys::fs::create_directory(folder));
  // More than there is room for do nothing, and leave the others their places.
  for (int i = 0; i != 40; ++i)
    InterruptGuard guard(folder, {});
  {
    SignalGuard outer, inner;
  }
  EXPECT_TRUE(llvm::sys::fs::exists(folder));
  (void)llvm::sys::fs::remove(folder);
}

} // namespace
