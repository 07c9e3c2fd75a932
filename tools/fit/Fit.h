//===- Fit.h - From measurements to a target --------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_FIT_FIT_H
#define GAC_TOOLS_FIT_FIT_H

#include "Samples.h"
#include "gac/Target/Target.h"

namespace gac::profile {

struct FitResult {
  Target target;
  /// What the measurements did not say, and was taken from the base.
  std::vector<std::string> notes;
};

/// A target of the measurements, but for those of the sweeps that are held out.
/// `base` has what is not measured: rules of other types and operations, causes
/// in words, sizes, reference. Errors are measurements that lack what no target
/// can do without.
llvm::Expected<FitResult> fit(const Samples &samples, const Target &base);

/// Whether a sample is of a sweep that is not fitted to.
bool isHeldOut(const Sample &sample);
/// Whether it is a time of a sweep that rules are fitted to: not held out, and
/// no experiment's alone, whose backends may be forced.
bool isFitted(const Sample &sample);

} // namespace gac::profile

#endif // GAC_TOOLS_FIT_FIT_H
