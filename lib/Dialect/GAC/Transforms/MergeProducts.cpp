//===- MergeProducts.cpp - x A, x B become parts of x (A B) -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlannedProducts.h"

#include "gac/Analysis/DimensionRules.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "llvm/ADT/StringSet.h"

namespace gac {
#define GEN_PASS_DEF_MERGEPRODUCTS
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

/// Sizes of Split are an operand from this opset on.
static constexpr int64_t kOperandOpset = 13;

namespace {
/// Makes one product of several.
class Merger {
public:
  Merger(ArrayRef<LinearLayer> layers, NewNames &newNames)
      : layers(layers), newNames(newNames), builder(getFirst(layers)),
        loc(fuse(layers)) {
    for (const LinearLayer &layer : layers) {
      sizes.push_back(layer.n);
      total += layer.n;
    }
  }

  void merge();

private:
  static Operation *getFirst(ArrayRef<LinearLayer> layers);
  static Location fuse(ArrayRef<LinearLayer> layers);

  Value createMergedWeight();
  Value createMergedBias();
  Value createProduct(Value weight, Value bias);
  void split(Value product);

  ArrayRef<LinearLayer> layers;
  NewNames &newNames;
  OpBuilder builder;
  Location loc;
  SmallVector<int64_t> sizes;
  int64_t total = 0;
  bool isTransposed = true;
};
} // namespace

/// What comes first in the function: the activation is known there.
Operation *Merger::getFirst(ArrayRef<LinearLayer> layers) {
  Operation *first = layers.front().op;
  for (const LinearLayer &layer : layers.drop_front())
    if (layer.op->isBeforeInBlock(first))
      first = layer.op;
  return first;
}

Location Merger::fuse(ArrayRef<LinearLayer> layers) {
  SmallVector<Location> all;
  for (const LinearLayer &layer : layers) {
    all.push_back(layer.op->getLoc());
    // A merged gac.gemm adds all biases itself.
    if (layer.add && isa<GemmOp>(layers.front().op))
      all.push_back(AddOp(layer.add).getLoc());
  }
  return FusedLoc::get(layers.front().op->getContext(), all);
}

Value Merger::createMergedWeight() {
  for (const LinearLayer &layer : layers)
    isTransposed &= layer.isTransposed;
  SmallVector<TypedAttr> parts;
  SmallVector<StringRef> names;
  for (const LinearLayer &layer : layers) {
    TypedAttr part = getPart(layer);
    parts.push_back(layer.isTransposed == isTransposed ? part
                                                       : transposeWeight(part));
    names.push_back(layer.getName());
  }
  SmallVector<int64_t> shape = {layers.front().k, total};
  if (isTransposed)
    std::swap(shape[0], shape[1]);
  auto type = cast<ShapedType>(parts.front().getType()).clone(shape);
  return createWeight(builder, loc, newNames.getUnique(getMergedName(names)),
                      ConcatAttr::get(type, parts, isTransposed ? 0 : 1),
                      isTransposed && !isa<GemmOp>(layers.front().op));
}

/// Null if no layer has one. What lies between two biases is zero: padding of
/// the one in front, and of the first one in front of it.
Value Merger::createMergedBias() {
  SmallVector<std::pair<Value, int64_t>> biases;
  int64_t start = 0;
  for (const LinearLayer &layer : layers) {
    if (layer.bias)
      biases.push_back({layer.bias, start});
    start += layer.n;
  }
  if (biases.empty())
    return {};
  SmallVector<TypedAttr> parts;
  SmallVector<StringRef> names;
  for (auto [number, pair] : llvm::enumerate(biases)) {
    auto [bias, first] = pair;
    TypedAttr part;
    if (auto initializer = bias.getDefiningOp<InitializerOp>()) {
      part = getPart(initializer, /*fanIn=*/1);
      names.push_back(initializer.getName());
    } else {
      part = bias.getDefiningOp<ConstantOp>().getValue();
    }
    int64_t begin = number == 0 ? 0 : first;
    int64_t end =
        number + 1 == biases.size() ? total : biases[number + 1].second;
    auto type = cast<ShapedType>(part.getType());
    if (int64_t size = end - begin; size != type.getDimSize(0)) {
      auto lanes =
          LanesAttr::get(builder.getContext(), size,
                         LaneRun{0, first - begin, type.getDimSize(0)});
      part = PadAttr::get(type.clone({size}), part, lanes);
    }
    parts.push_back(part);
  }
  TypedAttr value = parts.front();
  if (parts.size() > 1)
    value = ConcatAttr::get(cast<ShapedType>(value.getType()).clone({total}),
                            parts, /*axis=*/0);
  std::string name = names.empty() ? "bias" : getMergedName(names);
  // A lone bias keeps its name for the vector that it was.
  if (names.size() == 1)
    name += "+0";
  // Several merges may read one bias, and constants have no names.
  return InitializerOp::create(builder, loc, value.getType(),
                               newNames.getUnique(name), value);
}

Value Merger::createProduct(Value weight, Value bias) {
  Operation *model = layers.front().op;
  auto type = cast<RankedTensorType>(model->getResult(0).getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = total;
  type = RankedTensorType::get(shape, type.getElementType());
  Value input = layers.front().input;
  Operation *product;
  if (isa<GemmOp>(model)) {
    product = GemmOp::create(
        builder, loc, type, input, weight, bias, /*alpha=*/FloatAttr(),
        /*beta=*/FloatAttr(), /*transA=*/IntegerAttr(),
        isTransposed ? builder.getIntegerAttr(builder.getIntegerType(64), 1)
                     : IntegerAttr());
  } else {
    product = MatMulOp::create(builder, loc, type, input, weight);
  }
  // The last axis is no symbol's.
  if (Attribute dims = model->getAttr(attr::dims))
    product->setAttr(attr::dims, dims);
  if (!bias || isa<GemmOp>(model))
    return product->getResult(0);
  SmallVector<Location> adds;
  for (const LinearLayer &layer : layers)
    if (layer.add)
      adds.push_back(AddOp(layer.add).getLoc());
  auto sum = AddOp::create(builder, builder.getFusedLoc(adds), type,
                           product->getResult(0), bias);
  if (Attribute dims = model->getAttr(attr::dims))
    sum->setAttr(attr::dims, dims);
  return sum;
}

void Merger::split(Value product) {
  SmallVector<Type> types;
  SmallVector<Attribute> names, dims;
  for (const LinearLayer &layer : layers) {
    Operation *last = layer.result.getDefiningOp();
    types.push_back(layer.result.getType());
    for (auto [list, name] :
         {std::pair(&names, attr::outputs), std::pair(&dims, attr::dims)})
      if (auto entries = last->getAttrOfType<ArrayAttr>(name);
          entries && !entries.empty())
        list->push_back(entries[0]);
  }
  int64_t axis = cast<ShapedType>(product.getType()).getRank() - 1;
  Value operand;
  DenseI64ArrayAttr attribute;
  if (getOnnxOpset(product.getDefiningOp()) < kOperandOpset) {
    attribute = builder.getDenseI64ArrayAttr(sizes);
  } else {
    auto type = RankedTensorType::get({static_cast<int64_t>(sizes.size())},
                                      builder.getI64Type());
    operand = ConstantOp::create(builder, loc, type,
                                 DenseElementsAttr::get(type, ArrayRef(sizes)),
                                 /*form=*/StringAttr());
  }
  auto split = SplitOp::create(builder, loc, types, product, operand,
                               builder.getI64IntegerAttr(axis), attribute,
                               /*num_outputs=*/IntegerAttr());
  if (names.size() == layers.size())
    split->setAttr(attr::outputs, builder.getArrayAttr(names));
  if (dims.size() == layers.size())
    split->setAttr(attr::dims, builder.getArrayAttr(dims));
  for (auto [layer, part] : llvm::zip_equal(layers, split->getResults()))
    Value(layer.result).replaceAllUsesWith(part);
}

void Merger::merge() {
  Value weight = createMergedWeight(), bias = createMergedBias();
  split(createProduct(weight, bias));
  for (const LinearLayer &layer : layers) {
    Operation *op = layer.op;
    if (AddOp add = layer.add)
      eraseUnread(add);
    eraseUnread(op);
  }
}

namespace {
struct MergeProductsPass
    : public gac::impl::MergeProductsBase<MergeProductsPass> {
  void runOnOperation() override;

private:
  LogicalResult merge(func::FuncOp function, MergeAttr entry,
                      NewNames &newNames);

  llvm::MapVector<StringRef, LinearLayer> layers;
};
} // namespace

LogicalResult MergeProductsPass::merge(func::FuncOp function, MergeAttr entry,
                                       NewNames &newNames) {
  SmallVector<LinearLayer> merged;
  for (StringAttr name : entry.getWeights()) {
    FailureOr<LinearLayer> layer =
        lookUpLayer(function, layers, name.getValue(), "merges");
    if (failed(layer))
      return failure();
    for (const LinearLayer &other : merged) {
      if (std::string reason = whyNotMerged(other, *layer); !reason.empty())
        return layer->op->emitError()
               << "the plan merges '" << other.getName() << "' and '"
               << name.getValue() << "': " << reason;
    }
    merged.push_back(*layer);
  }
  // The names end with their operations.
  for (const LinearLayer &layer : merged)
    layers.erase(layer.getName());
  Merger(merged, newNames).merge();
  return success();
}

void MergeProductsPass::runOnOperation() {
  auto [plan, function] = getPlanned(getOperation());
  if (!plan || plan.getMerges().empty())
    return markAllAnalysesPreserved();
  layers = findLinearLayers(function);
  llvm::StringSet<> taken;
  for (MergeAttr entry : plan.getMerges())
    for (StringAttr name : entry.getWeights())
      if (!taken.insert(name.getValue()).second) {
        auto it = layers.find(name.getValue());
        Operation *op = it == layers.end() ? function : it->second.op;
        op->emitError() << "the plan merges '" << name.getValue() << "' twice";
        return signalPassFailure();
      }
  NewNames newNames(function);
  for (MergeAttr entry : plan.getMerges())
    if (failed(merge(function, entry, newNames)))
      return signalPassFailure();
}
