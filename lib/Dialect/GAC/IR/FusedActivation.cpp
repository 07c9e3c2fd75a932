//===- FusedActivation.cpp - Activations that are part of an op -----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/FusedActivation.h"

using namespace mlir;
using namespace gac;

FusedActivation gac::getFusedActivation(FusedConvOp conv) {
  FusedActivation activation{conv.getActivation().value_or(""), {}, {}};
  std::optional<ArrayRef<float>> params = conv.getActivationParams();
  if (params && !params->empty())
    activation.first = params->front();
  if (params && params->size() > 1)
    activation.second = (*params)[1];
  return activation;
}

FusedActivation gac::getFusedActivation(FusedGemmOp gemm) {
  FusedActivation activation{gemm.getActivation().value_or(""), {}, {}};
  if (std::optional<APFloat> alpha = gemm.getActivationAlpha())
    activation.first = alpha->convertToFloat();
  std::optional<APFloat> second = activation.name == "Selu"
                                      ? gemm.getActivationGamma()
                                      : gemm.getActivationBeta();
  if (second)
    activation.second = second->convertToFloat();
  return activation;
}
