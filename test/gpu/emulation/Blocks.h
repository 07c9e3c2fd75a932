//===- Blocks.h - threads of blocks as fibers -------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a kernel on the CPU, as slowly as that is: each thread of a block, or of
// a cluster of blocks, is a fiber, and runs until it waits for others. What is
// in shared memory lies in a section of its own, which is exchanged when a
// fiber of another block goes on.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TEST_GPU_EMULATION_BLOCKS_H
#define GAC_TEST_GPU_EMULATION_BLOCKS_H

#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <ucontext.h>
#include <vector>

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1)
      : x(x), y(y), z(z) {}
};

inline dim3 threadIdx, blockIdx, blockDim, gridDim;

/// The bounds of the section, from the linker.
extern "C" char __start_gac_shared[], __stop_gac_shared[];

namespace gac::emulation {

/// There is a section, whether or not a kernel has shared variables.
__attribute__((section("gac_shared"), used)) inline char placeholder = 0;

constexpr unsigned kWarp = 32, kMostWarps = 32;

[[noreturn]] inline void fail(const char *what) {
  std::printf("FAILED in block (%u, %u, %u), thread %u: %s\n", blockIdx.x,
              blockIdx.y, blockIdx.z, threadIdx.x, what);
  std::exit(1);
}

/// Where so many threads meet.
struct Meeting {
  unsigned arrived = 0, turn = 0;
};

/// What blocks of a cluster have sent to a barrier, less what it waits for.
struct ByteCount {
  bool started = false;
  int64_t missing = 0;
};

struct Block {
  dim3 index;
  unsigned threads = 0;
  std::vector<char> shared;      ///< The section, while others run.
  std::vector<uint64_t> dynamic; ///< Dynamic shared memory, twice aligned.
  Meeting all, warps[kMostWarps];
  /// What lanes show each other.
  uint64_t shown[kMostWarps][kWarp][3] = {};
  std::map<size_t, ByteCount> barriers; ///< By place in the section.

  char *getDynamic() {
    const auto address = reinterpret_cast<uintptr_t>(dynamic.data());
    return reinterpret_cast<char *>((address + 15) / 16 * 16);
  }
};

/// An asynchronous copy of 16 bytes, of which `bytes` are not zeros.
struct Copy {
  void *to;
  const void *from;
  size_t bytes;
};

struct Fiber {
  /// Copies by groups; the last one is still open.
  std::deque<std::vector<Copy>> copies;
  unsigned block = 0, thread = 0;
  bool hasStarted = false, hasEnded = false;
  jmp_buf place;
  ucontext_t start;
  std::vector<char> stack;
};

class Cluster {
public:
  /// Runs `body` in all threads of the blocks of a cluster.
  void run(const std::vector<dim3> &indices, unsigned threads,
           size_t dynamicBytes, const std::function<void()> &kernel) {
    const size_t bytes = __stop_gac_shared - __start_gac_shared;
    body = &kernel;
    clusterArrivals = 0;
    blocks.assign(indices.size(), {});
    for (size_t i = 0; i < blocks.size(); ++i) {
      blocks[i].index = indices[i];
      blocks[i].threads = threads;
      // Not a number, in all types.
      blocks[i].shared.assign(bytes, static_cast<char>(0xff));
      blocks[i].dynamic.assign(dynamicBytes / 8 + 4, ~uint64_t(0));
    }
    current = blocks.size();
    const unsigned count = static_cast<unsigned>(blocks.size()) * threads;
    if (fibers.size() < count)
      fibers.resize(count);
    running = count;
    for (unsigned i = 0; i < count; ++i)
      prepare(fibers[i], i / threads, i % threads);
    // A turn in which nobody gets further would be a deadlock; these are more
    // turns than any test needs.
    for (int64_t turn = 0; running > 0; ++turn) {
      if (turn > 10000000)
        fail("waits for ever");
      for (unsigned i = 0; i < count; ++i)
        if (!fibers[i].hasEnded)
          resume(fibers[i]);
    }
    for (const Block &block : blocks)
      for (const auto &[place, barrier] : block.barriers)
        if (barrier.missing != 0)
          fail("a barrier's bytes do not add up");
  }

  Fiber &getFiber() { return *fiber; }
  Block &getBlock() { return blocks[current]; }
  Block &getBlock(unsigned rank) { return blocks[rank]; }

  /// Lets other threads go on.
  void yield() {
    if (_setjmp(fiber->place) == 0)
      _longjmp(scheduler, 1);
  }
  void meet(Meeting &meeting, unsigned count) {
    const unsigned turn = meeting.turn;
    if (++meeting.arrived == count) {
      meeting.arrived = 0;
      ++meeting.turn;
      return;
    }
    while (meeting.turn == turn)
      yield();
  }

  unsigned clusterArrivals = 0;
  unsigned getThreads() const {
    return static_cast<unsigned>(blocks.size()) * blocks.front().threads;
  }

private:
  static constexpr size_t kStackBytes = 128 << 10;

  void prepare(Fiber &next, unsigned block, unsigned thread) {
    next.block = block;
    next.thread = thread;
    next.hasStarted = next.hasEnded = false;
    next.copies.assign(1, {});
    next.stack.resize(kStackBytes);
  }
  void resume(Fiber &next) {
    fiber = &next;
    if (current != next.block) {
      const size_t bytes = __stop_gac_shared - __start_gac_shared;
      if (current < blocks.size())
        std::memcpy(blocks[current].shared.data(), __start_gac_shared, bytes);
      current = next.block;
      std::memcpy(__start_gac_shared, blocks[current].shared.data(), bytes);
      blockIdx = blocks[current].index;
    }
    threadIdx = dim3(next.thread, 0, 0);
    if (_setjmp(scheduler) != 0)
      return;
    if (next.hasStarted)
      _longjmp(next.place, 1);
    next.hasStarted = true;
    getcontext(&next.start);
    next.start.uc_stack.ss_sp = next.stack.data();
    next.start.uc_stack.ss_size = next.stack.size();
    makecontext(&next.start, enter, 0);
    setcontext(&next.start);
  }
  static void enter();

  const std::function<void()> *body = nullptr;
  std::vector<Block> blocks;
  std::vector<Fiber> fibers;
  Fiber *fiber = nullptr;
  jmp_buf scheduler;
  size_t current = 0;
  unsigned running = 0;
};

inline Cluster cluster;

inline void Cluster::enter() {
  (*cluster.body)();
  cluster.fiber->hasEnded = true;
  --cluster.running;
  _longjmp(cluster.scheduler, 1);
}

} // namespace gac::emulation

#endif // GAC_TEST_GPU_EMULATION_BLOCKS_H
