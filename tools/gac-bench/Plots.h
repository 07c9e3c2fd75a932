//===- Plots.h - The figures as drawings ------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_BENCH_PLOTS_H
#define GAC_TOOLS_GAC_BENCH_PLOTS_H

#include "Summary.h"

namespace gac::bench {

/// Each is the text of an SVG file.

/// A bar per package: the median, with its quartiles.
std::string plotTimes(const CaseSummary &summary);
/// A bar per package: the operations' times by family, and a line where the
/// replayed graph's median is. Only for cases whose operations were measured.
std::string plotFamilies(const CaseSummary &summary);
/// A field per package with a point per operation: predicted over measured
/// time, in powers of ten. Likewise.
std::string plotPredictions(const CaseSummary &summary);

} // namespace gac::bench

#endif // GAC_TOOLS_GAC_BENCH_PLOTS_H
