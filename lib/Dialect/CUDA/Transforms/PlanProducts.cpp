//===- PlanProducts.cpp - Choose which weights become one -----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Entries.h"
#include "Precision.h"

#include "gac/Dialect/CUDA/Transforms/PackagePlan.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>

namespace gac::cuda {
#define GEN_PASS_DEF_PLANPRODUCTS
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

/// Sums of the longest times that are predicted, of as many entries as memory
/// holds, stay numbers.
static constexpr double kLeastEntryWeight = 1e-9, kMostEntryWeight = 1e9;

llvm::Expected<llvm::StringMap<double>>
cuda::parseEntryWeights(ArrayRef<std::string> weights,
                        ArrayRef<StringRef> entries) {
  llvm::StringMap<double> parsed;
  for (StringRef text : weights) {
    auto [name, number] = text.split('=');
    double weight;
    if (name.empty() || number.trim() != number || number.getAsDouble(weight) ||
        !std::isfinite(weight) || weight <= 0)
      return llvm::createStringError(
          "the weight of an entry is NAME=W, with a positive number W, not '" +
          text + "'");
    if (weight < kLeastEntryWeight || weight > kMostEntryWeight)
      return llvm::createStringError("entry '" + name + "' has a weight of " +
                                     number + ", and it is from 1e-9 to 1e9");
    if (!llvm::is_contained(entries, name))
      return llvm::createStringError("there is no entry '" + name +
                                     "' to weigh; the entries are " +
                                     llvm::join(entries, ", "));
    if (!parsed.try_emplace(name, weight).second)
      return llvm::createStringError("entry '" + name + "' has two weights");
  }
  return parsed;
}

FailureOr<ProductPlan> cuda::planPackage(ModuleOp module,
                                         const PackageOptions &options,
                                         PlanAttr given) {
  FailureOr<func::FuncOp> model = findModel(module);
  if (failed(model))
    return failure();
  FailureOr<SmallVector<Cache>> caches = findCaches(*model);
  if (failed(caches))
    return failure();
  FailureOr<SmallVector<Entry>> entries =
      parseEntries(*model, *caches, options.entries);
  if (failed(entries))
    return failure();
  SmallVector<StringRef> names;
  for (const Entry &entry : *entries)
    names.push_back(entry.name);
  auto fail = [&](llvm::Error error) {
    return module.emitError(toString(std::move(error)));
  };
  llvm::Expected<llvm::StringMap<double>> weights =
      parseEntryWeights(options.entryWeights, names);
  if (!weights)
    return fail(weights.takeError());
  llvm::Expected<Target> target = loadTarget(options.target);
  if (!target)
    return fail(target.takeError());
  FloatType type = chooseType(module, options.dtype);
  if (!type)
    return failure();

  std::vector<PricedEntry> priced;
  for (Entry &entry : *entries) {
    auto weight = weights->find(entry.name);
    priced.push_back({entry.name, std::move(entry.sizes),
                      weight == weights->end() ? 1 : weight->second});
  }
  DType dtype = type.isF16() ? DType::F16 : DType::BF16;
  ProductPlan plan =
      planProducts(*model, *target, dtype, priced, options.multiply, given);
  if (given && (given.getTarget() != target->name ||
                given.getDtype() != stringifyDType(dtype)))
    module.emitWarning() << "the plan was made for target '"
                         << given.getTarget() << "' and " << given.getDtype()
                         << ", and the package is for '" << target->name
                         << "' and " << stringifyDType(dtype);
  PlanAttr chosen =
      given ? given : plan.getAttr(module.getContext(), target->name, dtype);
  // What is planned for sizes is not dropped for what is planned for products.
  if (auto before = module->getAttrOfType<PlanAttr>(gac::attr::plan))
    chosen = PlanAttr::get(module.getContext(), chosen.getTarget(),
                           chosen.getDtype(), chosen.getStrategy(),
                           before.getGrowths(), chosen.getMultiplications(),
                           chosen.getMerges());
  module->setAttr(gac::attr::plan, chosen);
  return plan;
}

namespace {
struct PlanProductsPass
    : public cuda::impl::PlanProductsBase<PlanProductsPass> {
  using Base::Base;

  void runOnOperation() override {
    PackageOptions options;
    options.dtype = dtype;
    options.entries.assign(entries.begin(), entries.end());
    options.entryWeights.assign(weights.begin(), weights.end());
    options.target = target;
    options.multiply = multiply;
    FailureOr<ProductPlan> plan = planPackage(getOperation(), options);
    if (failed(plan))
      return signalPassFailure();
    if (!plan->obstacle.empty())
      getOperation().emitRemark()
          << plan->obstacle << ": all products stay as they are";
    markAllAnalysesPreserved();
  }
};
} // namespace
