//===- CachePositions.cpp - Where operations begin in caches ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CachePositions.h"

#include <set>

using namespace gac::runtime;

std::vector<CacheStart>
gac::runtime::findCacheStarts(const Package &package,
                              const PackageEntry &entry) {
  std::map<TensorId, size_t> cacheOf;
  for (size_t i = 0; i < package.caches.size(); ++i)
    cacheOf[package.caches[i].tensor] = i;
  // Caches that a kernel counts at all, and by which other ones.
  std::set<size_t> counted;
  std::set<std::pair<size_t, size_t>> countedBy;
  for (const PackageOp &op : entry.ops) {
    // Libraries are told no positions, nor are the kernels in their place.
    const auto *launch = std::get_if<LaunchOp>(&op.action);
    if (!launch)
      continue;
    std::set<size_t> touched, told;
    for (const Argument &argument : launch->args) {
      if (const auto *position = std::get_if<PositionArgument>(&argument))
        told.insert(position->cache);
      else if (const auto *tensor = std::get_if<TensorArgument>(&argument))
        if (auto it = cacheOf.find(tensor->tensor); it != cacheOf.end())
          touched.insert(it->second);
    }
    counted.insert(told.begin(), told.end());
    for (size_t cache : touched) {
      if (told.empty() || told.count(cache) != 0)
        continue;
      counted.insert(cache);
      for (size_t by : told)
        countedBy.emplace(cache, by);
    }
  }
  std::vector<CacheStart> starts;
  for (const CacheAppend &append : entry.appends)
    if (append.count > 0 && counted.count(append.cache) == 0)
      starts.push_back({append.cache, std::nullopt});
  for (auto [cache, by] : countedBy)
    starts.push_back({cache, by});
  return starts;
}

Status gac::runtime::checkPositions(const Package &package,
                                    const PackageEntry &entry,
                                    const std::vector<int64_t> &positions) {
  for (const CacheStart &start : entry.starts) {
    const PackageCache &cache = package.caches[start.cache];
    int64_t expected = start.countedBy ? positions[*start.countedBy] : 0;
    int64_t position = positions[start.cache];
    if (position == expected)
      continue;
    std::string what = "entry '" + entry.name + "' ";
    if (!start.countedBy)
      return {ErrorCode::Invalid, what + "fills the cache '" + cache.input +
                                      "' from its first position on, and " +
                                      std::to_string(position) + " of " +
                                      std::to_string(cache.capacity) +
                                      " are filled"};
    return {ErrorCode::Invalid,
            what + "counts the positions of the cache '" + cache.input +
                "' by those of '" + package.caches[*start.countedBy].input +
                "', and " + std::to_string(position) + " and " +
                std::to_string(expected) + " are filled"};
  }
  return {};
}
