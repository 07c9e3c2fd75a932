//===- CachePositions.h - Where operations begin in caches ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_CACHEPOSITIONS_H
#define GAC_LIB_RUNTIME_CACHEPOSITIONS_H

#include "gac/Runtime/Package.h"

namespace gac::runtime {

/// What the entry's operations need of the caches (PackageEntry::starts), by
/// the positions that its kernels take: a kernel that takes some of other
/// caches alone counts by them, and a cache that grows although no kernel is
/// told its position grows from the first one.
std::vector<CacheStart> findCacheStarts(const Package &package,
                                        const PackageEntry &entry);

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_CACHEPOSITIONS_H
