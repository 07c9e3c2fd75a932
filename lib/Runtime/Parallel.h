//===- Parallel.h - Loops on all cores --------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_PARALLEL_H
#define GAC_LIB_RUNTIME_PARALLEL_H

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

namespace gac::runtime {

/// Calls body(begin, end) for parts of [0, count), at once on all cores. Parts
/// have at least `grain` iterations, so that small loops start no threads.
template <typename Body>
void parallelFor(int64_t count, int64_t grain, const Body &body) {
  int64_t cores = std::max(1U, std::thread::hardware_concurrency());
  int64_t parts =
      std::clamp<int64_t>(count / std::max<int64_t>(grain, 1), 1, cores);
  std::vector<std::thread> threads;
  for (int64_t part = 1; part < parts; ++part)
    threads.emplace_back([&body, count, part, parts] {
      body(count / parts * part + std::min(part, count % parts),
           count / parts * (part + 1) + std::min(part + 1, count % parts));
    });
  body(0, count / parts + std::min<int64_t>(1, count % parts));
  for (std::thread &thread : threads)
    thread.join();
}

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_PARALLEL_H
