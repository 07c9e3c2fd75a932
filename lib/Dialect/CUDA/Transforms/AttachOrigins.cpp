//===- AttachOrigins.cpp - What an earlier repair made weights of ---------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/CUDA/Transforms/Passes.h"
#include "gac/Import/WeightOrigins.h"

namespace gac::cuda {
#define GEN_PASS_DEF_ATTACHORIGINS
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

namespace {
struct AttachOriginsPass
    : public gac::cuda::impl::AttachOriginsBase<AttachOriginsPass> {
  void runOnOperation() override {
    if (failed(gac::attachOrigins(getOperation())))
      signalPassFailure();
  }
};
} // namespace
