//===- Weights.cpp - Initializers and constants to arith.constant ---------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "gac/Import/OnnxTypes.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace gac;

namespace {
/// Most elements that are written out as such; more are a resource.
constexpr int64_t kMaxInlineElements = 64;

/// gac.initializer and gac.constant.
template <typename OpTy> struct LowerWeight : LinalgPattern<OpTy> {
  using LinalgPattern<OpTy>::LinalgPattern;
  LogicalResult
  matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};
} // namespace

/// The data of `value` as elements of `type`, which has as many bits.
static llvm::Expected<TypedAttr>
loadWeight(WeightReader &reader, TypedAttr value, RankedTensorType type) {
  if (auto dense = dyn_cast<DenseIntOrFPElementsAttr>(value))
    return TypedAttr(dense.getElementType() == type.getElementType()
                         ? DenseElementsAttr(dense)
                         : dense.bitcast(type.getElementType()));
  llvm::Expected<std::unique_ptr<ByteSource>> source = reader.open(value);
  if (!source)
    return source.takeError();
  // ONNX packs elements below one byte, and MLIR booleans, in ways of their
  // own.
  std::optional<unsigned> bits = getOnnxBitWidth(type.getElementType());
  bool isPacked = !bits || *bits % 8 != 0 || type.getElementType().isInteger(1);
  if (isPacked || type.getNumElements() <= kMaxInlineElements) {
    std::string bytes((*source)->size(), '\0');
    if (llvm::Error error = (*source)->read(0, bytes))
      return std::move(error);
    return TypedAttr(getElementsFromRawData(type, bytes));
  }
  AsmResourceBlob blob =
      HeapAsmResourceBlob::allocate((*source)->size(), /*align=*/64);
  if (llvm::Error error = (*source)->read(0, blob.getMutableData()))
    return std::move(error);
  return TypedAttr(
      DenseResourceElementsAttr::get(type, "weight", std::move(blob)));
}

template <typename OpTy>
LogicalResult
LowerWeight<OpTy>::matchAndRewrite(OpTy op, typename OpTy::Adaptor /*adaptor*/,
                                   ConversionPatternRewriter &rewriter) const {
  llvm::Expected<TypedAttr> data =
      loadWeight(this->lowering.getWeights(), op.getValueAttr(),
                 this->getType(op.getResult()));
  if (!data)
    return this->lowering.fail(op, toString(data.takeError()));
  rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, *data);
  return success();
}

void gac::populateWeights(TypeConverter &types, RewritePatternSet &patterns,
                          Lowering &lowering) {
  patterns.add<LowerWeight<InitializerOp>, LowerWeight<ConstantOp>>(
      types, patterns.getContext(), lowering);
}
