//===- ProductPrices.cpp - what products of one activation cost -----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProductPrices.h"

#include "gac/Target/CostModel.h"
#include "kernels/GemvShape.cuh"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace gac;

bool gac::transposesWeight(const Target &target, DType dtype, int64_t n,
                           int64_t k, bool someTakeKernel, bool allTakeKernel) {
  return someTakeKernel &&
         (allTakeKernel ||
          llvm::all_of(target.getRules(Role::N, dtype), [&](const Rule *rule) {
            return rule->quantity != Quantity::Stride ||
                   rule->getTier(n) <= rule->getTier(k);
          }));
}

/// What the member is in the product that reads the activation.
LinearLayer ProductPrices::getLayer(unsigned member, bool isMultiplied) const {
  const ProductCandidate &candidate = members[member];
  if (!isMultiplied)
    return candidate.first;
  LinearLayer layer = *candidate.second;
  layer.input = candidate.first.input;
  layer.k = candidate.first.k;
  layer.isTransposed &= candidate.first.isTransposed;
  return layer;
}

int64_t ProductPrices::getWidth(const ProductMerge &merge) const {
  int64_t width = 0;
  forEachBit(merge.members, [&](unsigned member) {
    width += getLayer(member, merge.multiplied >> member & 1).n;
  });
  return width;
}

bool ProductPrices::mayMerge(const ProductMerge &merge) const {
  if (llvm::has_single_bit(merge.members))
    return true;
  SmallVector<LinearLayer> layers;
  forEachBit(merge.members, [&](unsigned member) {
    layers.push_back(getLayer(member, merge.multiplied >> member & 1));
  });
  for (size_t i = 1; i < layers.size(); ++i)
    for (const LinearLayer &other : ArrayRef(layers).take_front(i))
      if (!whyNotMerged(other, layers[i]).empty())
        return false;
  int64_t width = getWidth(merge);
  for (const Rule *rule : target.getRules(Role::K, dtype)) {
    if (rule->quantity == Quantity::Stride && !rule->isFullSpeed(width))
      return false;
    int64_t offset = 0;
    for (const LinearLayer &layer : layers) {
      if (rule->quantity == Quantity::Offset && !rule->isFullSpeed(offset))
        return false;
      offset += layer.n;
    }
  }
  return true;
}

/// Whether packages compute it with so many rows by their kernel of few rows.
bool ProductPrices::takesKernel(const Product &product, int64_t count) const {
  constexpr int64_t kVector = 8; // what the kernel reads at once
  int64_t pitch = product.isTransposed ? product.k : product.n;
  if (getByteWidth(dtype) != 2 || count > kernels::kGemvRows ||
      pitch % kVector != 0 || (count > 1 && product.stride % kVector != 0) ||
      product.offset % kVector != 0)
    return false;
  kernels::GemvShape shape;
  shape.rows = static_cast<int32_t>(count);
  shape.n = product.n;
  shape.k = product.k;
  shape.layout = product.isTransposed ? kernels::WeightLayout::NK
                                      : kernels::WeightLayout::KN;
  const kernels::DeviceLimits limits{static_cast<int>(target.multiprocessors),
                                     target.getCapability()};
  return kernels::chooseGemv(shape, limits) &&
         kernels::prefersGemv(shape, limits);
}

/// Whether a weight that the model has as [n, k] stays so in packages
/// (gac-transpose-weights).
bool ProductPrices::staysTransposed(Product product) const {
  product.isTransposed = false;
  auto takes = [&](int64_t count) { return takesKernel(product, count); };
  return !transposesWeight(target, dtype, product.n, product.k,
                           llvm::any_of(rows, takes),
                           llvm::all_of(rows, takes));
}

/// Picoseconds of products that share a launch.
int64_t ProductPrices::getLaunchTime(ArrayRef<Product> products,
                                     int64_t count) const {
  // In floating point: sizes of a file may be anything.
  auto clamp = [](double number) {
    return static_cast<int64_t>(std::min(number, 1e18));
  };
  SmallVector<ProductUse> uses;
  for (const Product &product : products) {
    double m = static_cast<double>(count), k = double(product.k),
           n = double(product.n);
    Work work;
    work.flops = clamp(2 * m * k * n);
    work.bytes = clamp(static_cast<double>(getByteWidth(dtype)) *
                       (m * k + k * n + m * n));
    uses.push_back({work,
                    {Role::K, product.k, product.stride, product.offset},
                    {Role::N, product.n,
                     product.isTransposed ? product.k : product.n, 0}});
  }
  return predictLaunch(target, dtype, count, uses);
}

/// Picoseconds of products that do not depend on each other, of which the
/// kernel of few rows takes several at once.
int64_t ProductPrices::getTime(ArrayRef<Product> products,
                               int64_t count) const {
  SmallVector<Product> sharing[2]; // by layout
  int64_t time = 0;
  for (const Product &product : products)
    if (takesKernel(product, count))
      sharing[product.isTransposed].push_back(product);
    else
      time += getLaunchTime(product, count);
  for (ArrayRef<Product> left : sharing)
    while (!left.empty()) {
      size_t together = std::min<size_t>(left.size(), kernels::kGemvProducts);
      time += getLaunchTime(left.take_front(together), count);
      left = left.drop_front(together);
    }
  return time;
}

/// Picoseconds of merges, and of the second factors that read them.
int64_t ProductPrices::getTime(ArrayRef<ProductMerge> merges,
                               int64_t count) const {
  SmallVector<Product> first, second;
  for (const ProductMerge &merge : merges) {
    int64_t width = getWidth(merge), k = 0, offset = 0;
    bool isTransposed = true;
    forEachBit(merge.members, [&](unsigned member) {
      bool isMultiplied = merge.multiplied >> member & 1;
      LinearLayer layer = getLayer(member, isMultiplied);
      k = layer.k;
      isTransposed &= layer.isTransposed;
      if (const auto &pair = members[member].second; pair && !isMultiplied) {
        Product product{pair->k, pair->n, pair->isTransposed, width, offset};
        product.isTransposed = product.isTransposed && staysTransposed(product);
        second.push_back(product);
      }
      offset += layer.n;
    });
    Product product{k, width, isTransposed, k};
    product.isTransposed = product.isTransposed && staysTransposed(product);
    first.push_back(product);
  }
  return getTime(first, count) + getTime(second, count);
}

SmallVector<int64_t>
ProductPrices::getTimes(ArrayRef<ProductMerge> merges) const {
  SmallVector<int64_t> times;
  for (int64_t count : rows)
    times.push_back(getTime(merges, count));
  return times;
}

double ProductPrices::getCost(ArrayRef<int64_t> times) const {
  double cost = 0;
  for (auto [entry, time] : llvm::zip_equal(entries, times))
    cost += entry.weight * static_cast<double>(time);
  return cost;
}

int64_t ProductPrices::getBytes(unsigned member, bool isMultiplied) const {
  const ProductCandidate &candidate = members[member];
  auto count = [](int64_t k, int64_t n) {
    return llvm::SaturatingMultiply<uint64_t>(k, n);
  };
  uint64_t elements =
      count(candidate.first.k,
            isMultiplied ? candidate.second->n : candidate.first.n);
  if (candidate.second && !isMultiplied)
    elements = llvm::SaturatingAdd(
        elements, count(candidate.second->k, candidate.second->n));
  // Sums of 64 such are in range.
  return static_cast<int64_t>(std::min<uint64_t>(
      llvm::SaturatingMultiply<uint64_t>(elements, getByteWidth(dtype)),
      uint64_t(1) << 56));
}
