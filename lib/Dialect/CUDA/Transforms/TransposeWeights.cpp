//===- TransposeWeights.cpp - Weights lie as few rows read them -----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Accesses.h"
#include "Kernels.h"
#include "gac/Dialect/CUDA/Transforms/Passes.h"
#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Planner/ProductPlanner.h"
#include "llvm/ADT/MapVector.h"

namespace gac::cuda {
#define GEN_PASS_DEF_TRANSPOSEWEIGHTS
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

/// Whether `view` is all of a row-major matrix [n, k], as [k, n].
static bool isTransposed(memref::ReinterpretCastOp view, ArrayRef<int64_t> nk) {
  View lanes(cast<MemRefType>(view.getType()));
  return lanes.offset == 0 && lanes.sizes.size() == 2 &&
         lanes.sizes[0] == nk[1] && lanes.sizes[1] == nk[0] &&
         lanes.strides[0] == 1 && lanes.strides[1] == nk[1];
}

/// The products that read the matrix, if nothing else does and all of them read
/// it transposed; else nothing.
static SmallVector<MatmulOp> getProducts(ArrayRef<GetOp> gets) {
  SmallVector<MatmulOp> products;
  for (GetOp get : gets) {
    ArrayRef<int64_t> sizes = cast<MemRefType>(get.getType()).getShape();
    for (Operation *user : get->getUsers()) {
      auto view = dyn_cast<memref::ReinterpretCastOp>(user);
      if (!view || !isTransposed(view, sizes))
        return {};
      for (OpOperand &use : view->getUses()) {
        auto product = dyn_cast<MatmulOp>(use.getOwner());
        if (!product ||
            use.getOperandNumber() != product.getBMutable().getOperandNumber())
          return {};
        products.push_back(product);
      }
    }
  }
  return products;
}

/// Whether the products, all that read a weight [n, k], gain by [k, n].
static bool pays(ArrayRef<MatmulOp> products, const Target &target) {
  if (products.empty())
    return false;
  MatmulOp first = products.front();
  auto type = cast<MemRefType>(first.getB().getType());
  auto asItLies = MemRefType::get(type.getShape(), type.getElementType());
  auto takesKernel = [&](MatmulOp product) {
    return chooseGemv(product, asItLies, target).has_value();
  };
  return transposesWeight(target, getDType(type.getElementType()),
                          type.getDimSize(1), type.getDimSize(0),
                          llvm::any_of(products, takesKernel),
                          llvm::all_of(products, takesKernel));
}

/// Makes `tensor` [k, n]; what reads it reads it as it lies.
static void transpose(TensorOp tensor, ArrayRef<GetOp> gets) {
  ArrayRef<int64_t> sizes = tensor.getTensorType().getShape();
  RankedTensorType type = tensor.getTensorType().clone({sizes[1], sizes[0]});
  tensor.setValueAttr(TransposeAttr::get(type, *tensor.getValue(), {1, 0}));
  tensor.setType(type);
  auto memory = MemRefType::get(type.getShape(), type.getElementType());
  for (GetOp get : gets) {
    for (Operation *view : llvm::make_early_inc_range(get->getUsers())) {
      view->getResult(0).replaceAllUsesWith(get.getResult());
      view->erase();
    }
    get.getResult().setType(memory);
  }
}

namespace {
struct TransposeWeightsPass
    : public cuda::impl::TransposeWeightsBase<TransposeWeightsPass> {
  using TransposeWeightsBase::TransposeWeightsBase;

  void runOnOperation() override {
    FailureOr<Target> loaded = loadTarget(getOperation(), target);
    if (failed(loaded))
      return signalPassFailure();
    // Of each weight that is a matrix, in all entries.
    llvm::MapVector<Operation *, SmallVector<GetOp>> gets;
    getOperation().walk([&](GetOp get) {
      TensorOp tensor = getTensor(get);
      if (tensor.getKind() == TensorKind::Weight && tensor.getValue() &&
          tensor.getTensorType().getRank() == 2)
        gets[tensor].push_back(get);
    });
    for (auto &[tensor, all] : gets)
      if (pays(getProducts(all), *loaded))
        transpose(cast<TensorOp>(tensor), all);
  }
};
} // namespace
