//===- Prediction.cpp - What a target says of a measured point ------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Prediction.h"

#include "KernelSource.h"

#include <algorithm>

using namespace gac;
using namespace gac::profile;

static std::optional<gac::DType> convert(runtime::DType type) {
  switch (type) {
  case runtime::DType::BF16:
    return gac::DType::BF16;
  case runtime::DType::F16:
    return gac::DType::F16;
  case runtime::DType::F32:
    return gac::DType::F32;
  default:
    return std::nullopt;
  }
}

double PricedPoint::getRoofline(const Target &target) const {
  double compute =
      double(work.flops) / *target.peak[static_cast<unsigned>(dtype)];
  double memory = double(work.bytes) / *target.bandwidth;
  double time = std::max(compute, memory) * 1e6;
  if (target.hasTails && work.blocks > 0)
    time *= 1 + double(target.multiprocessors) / double(work.blocks);
  return time;
}

static PricedPoint price(const ProductPoint &point, gac::DType dtype) {
  PricedPoint priced;
  priced.dtype = dtype;
  priced.rows = point.m;
  priced.work.flops = 2 * point.m * point.n * point.k;
  priced.work.bytes =
      (point.m * point.k + point.k * point.n + point.m * point.n) *
      getByteWidth(dtype);
  priced.uses.push_back({Role::K, point.k, point.a.ld, point.a.offset});
  priced.uses.push_back({Role::N, point.n, point.b.ld, point.b.offset});
  return priced;
}

static PricedPoint price(const AttentionPoint &point, gac::DType dtype,
                         const kernels::DeviceLimits &limits) {
  PricedPoint priced;
  priced.dtype = dtype;
  priced.rows = point.queries;
  int64_t pairs = point.queries * point.keys;
  if (point.causal)
    pairs -= point.queries * (point.queries - 1) / 2;
  int64_t bytes = getByteWidth(dtype);
  priced.work.flops = 4 * point.batch * point.heads * pairs * point.width;
  priced.work.bytes =
      2 * point.batch * point.width * bytes *
      (point.heads * point.queries + point.keyHeads * point.keys);
  priced.work.blocks = getAttentionBlocks(point.batch * point.heads,
                                          point.batch * point.keyHeads,
                                          point.queries, point.keys);
  // Of keys and of values.
  priced.uses.assign(2, {Role::HeadDim, point.width, point.width, 0});
  Point whole;
  whole.what = point;
  std::optional<KernelProgram> program = makeProgram(whole, limits);
  if (program && program->launches.size() > 1)
    priced.combinedBytes = program->workspaceBytes + point.batch * point.heads *
                                                         point.queries *
                                                         point.width * bytes;
  return priced;
}

kernels::DeviceLimits gac::profile::getLimits(const Target &target) {
  return {static_cast<int>(target.multiprocessors), target.getCapability()};
}

std::optional<PricedPoint>
gac::profile::price(const Point &point, const kernels::DeviceLimits &limits) {
  PricedPoint priced;
  if (const auto *memory = std::get_if<MemoryPoint>(&point.what)) {
    priced.work.bytes = memory->bytes * (memory->writes ? 2 : 1);
    return priced;
  }
  if (const auto *product = std::get_if<ProductPoint>(&point.what)) {
    if (std::optional<gac::DType> dtype = convert(product->type))
      return ::price(*product, *dtype);
  } else if (const auto *attention = std::get_if<AttentionPoint>(&point.what)) {
    if (std::optional<gac::DType> dtype = convert(attention->type))
      return ::price(*attention, *dtype, limits);
  } else if (std::holds_alternative<LaunchPoint>(point.what)) {
    return priced;
  }
  return std::nullopt;
}

static std::optional<double> predictGroup(const Target &target,
                                          const GroupPoint &group) {
  std::optional<gac::DType> dtype = convert(group.type);
  if (!dtype || !target.isMeasured(*dtype))
    return std::nullopt;
  llvm::SmallVector<ProductUse> products;
  for (size_t i = 0; i < group.sizes.size(); ++i) {
    PricedPoint priced = ::price(group.getProduct(i), *dtype);
    products.push_back({priced.work, priced.uses[0], priced.uses[1]});
  }
  return double(predictLaunch(target, *dtype, group.m, products)) * 1e-6;
}

std::optional<double> gac::profile::predict(const Target &target,
                                            const Point &point) {
  if (const auto *group = std::get_if<GroupPoint>(&point.what))
    return predictGroup(target, *group);
  std::optional<PricedPoint> priced = price(point, getLimits(target));
  if (!priced || !target.isMeasured(priced->dtype))
    return std::nullopt;
  int64_t time = predictTime(
      target, priced->dtype, priced->work,
      getEfficiency(target, priced->dtype, priced->rows, priced->uses));
  if (priced->combinedBytes > 0)
    time += predictTime(target, priced->dtype, {0, priced->combinedBytes}, 1);
  return double(time) * 1e-6;
}
