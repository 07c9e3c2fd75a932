//===- QuantizedProducts.cpp - Rules of quantised products -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantization.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Products of bytes
//===----------------------------------------------------------------------===//

namespace {

/// The operands of a product, by what they are to it; null where it has none.
struct Product {
  Value a, aScale, aZero, b, bScale, bZero, bias, yZero, y;
  bool isATransposed = false, isBTransposed = false;
  /// A is made quantised for the range of all its values.
  bool quantizesA = false;
};

} // namespace

static Product getProduct(MatMulIntegerOp op) {
  Product product;
  product.a = op.getA();
  product.aZero = op.getAZeroPoint();
  product.b = op.getB();
  product.bZero = op.getBZeroPoint();
  product.y = op.getY();
  return product;
}

static Product getProduct(QLinearMatMulOp op) {
  Product product;
  product.a = op.getA();
  product.aScale = op.getAScale();
  product.aZero = op.getAZeroPoint();
  product.b = op.getB();
  product.bScale = op.getBScale();
  product.bZero = op.getBZeroPoint();
  product.yZero = op.getYZeroPoint();
  product.y = op.getY();
  return product;
}

static Product getProduct(MatMulIntegerToFloatOp op) {
  Product product;
  product.a = op.getA();
  product.aScale = op.getAScale();
  product.aZero = op.getAZeroPoint();
  product.b = op.getB();
  product.bScale = op.getBScale();
  product.bZero = op.getBZeroPoint();
  product.bias = op.getBias();
  product.y = op.getY();
  return product;
}

static Product getProduct(DynamicQuantizeMatMulOp op) {
  Product product;
  product.a = op.getA();
  product.b = op.getB();
  product.bScale = op.getBScale();
  product.bZero = op.getBZeroPoint();
  product.bias = op.getBias();
  product.y = op.getY();
  product.quantizesA = true;
  return product;
}

static Product getProduct(QGemmOp op) {
  Product product;
  product.a = op.getA();
  product.aScale = op.getAScale();
  product.aZero = op.getAZeroPoint();
  product.b = op.getB();
  product.bScale = op.getBScale();
  product.bZero = op.getBZeroPoint();
  product.bias = op.getC();
  if (op.getYScale())
    product.yZero = op.getYZeroPoint();
  product.y = op.getY();
  product.isATransposed = op.getTransA() != 0;
  product.isBTransposed = op.getTransB() != 0;
  return product;
}

static unsigned getOperandNumber(Operation *op, Value value) {
  return llvm::find(op->getOperands(), value) - op->operand_begin();
}

namespace {

template <typename OpTy>
struct ProductModel
    : DimensionOpInterface::ExternalModel<ProductModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    Product product = getProduct(cast<OpTy>(op));
    SmallVector<Term> a = r.getAxes(product.a), b = r.getAxes(product.b);
    if constexpr (std::is_same_v<OpTy, QGemmOp>) {
      if (a.size() != 2 || b.size() != 2)
        return;
      if (product.isATransposed)
        std::swap(a[0], a[1]);
      if (product.isBTransposed)
        std::swap(b[0], b[1]);
      r.unify(a[1], b[0]);
      r.setAxes(product.y, {a[0], b[1]});
    } else {
      relateMatMul(r, product.a, product.b, product.y);
      if (a.empty() || b.empty())
        return;
    }
    fillWithZeroPoint(r, product.a, product.aZero);
    fillWithZeroPoint(r, product.b, product.bZero);
    // Lists go along the rows of A and the columns of B.
    Term row = a.size() > 1 ? *(a.end() - 2) : r.getSpace().getUnit();
    Term column = b.size() > 1 ? b.back() : r.getSpace().getUnit();
    relateParameter(r, product.aScale, row, 1.0);
    relateParameter(r, product.bScale, column, 1.0);
    relateParameter(r, product.aZero, row, 0.0);
    relateParameter(r, product.bZero, column, 0.0);
    if (!product.bias)
      return;
    SmallVector<Term> bias = r.getAxes(product.bias);
    if (bias.size() > 2)
      return r.fixAxes(bias, "adds it");
    Term last[] = {row, column};
    for (auto [axis, term] :
         llvm::zip_equal(ArrayRef(last).take_back(bias.size()), bias))
      broadcast(r, axis, term);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    Product product = getProduct(cast<OpTy>(op));
    Value a = product.a, b = product.b, y = product.y;
    unsigned rankOfA = t.getRank(a), rankOfB = t.getRank(b);
    if (rankOfA == 0 || rankOfB == 0)
      return;
    if (product.quantizesA)
      for (unsigned axis = 0; axis != rankOfA; ++axis)
        needZeroLanes(t, a, axis,
                      "makes a scale for the range of its values, where its "
                      "padding is not zero");
    unsigned kOfA = rankOfA - (product.isATransposed ? 2 : 1);
    unsigned kOfB = rankOfB == 1            ? 0
                    : product.isBTransposed ? rankOfB - 1
                                            : rankOfB - 2;
    contractMeanings(t, a, kOfA, product.aZero, b, kOfB, product.bZero);
    unsigned axis = t.getRank(y);
    if (rankOfB > 1)
      passMeaning(t, product, b, rankOfB - (product.isBTransposed ? 2 : 1),
                  product.bZero, --axis, /*biasAxis=*/1);
    if (rankOfA > 1)
      passMeaning(t, product, a, rankOfA - (product.isATransposed ? 1 : 2),
                  product.aZero, --axis, /*biasAxis=*/2);
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    Product product = getProduct(cast<OpTy>(op));
    unsigned a = getOperandNumber(op, product.a);
    unsigned b = getOperandNumber(op, product.b);
    if constexpr (std::is_same_v<OpTy, QGemmOp>) {
      uses.add(a, product.isATransposed ? 1 : 0, Role::M);
      uses.add(a, product.isATransposed ? 0 : 1, Role::K);
      uses.add(b, product.isBTransposed ? 1 : 0, Role::K);
      uses.add(b, product.isBTransposed ? 0 : 1, Role::N);
    } else {
      collectMatMulUses(uses, op, a, b);
    }
  }

private:
  /// The lanes of a result axis that one operand owns: what means zero there
  /// adds up to zero here, and to the bias, `biasAxis` from its end.
  static void passMeaning(LaneTransfer &t, const Product &product, Value owner,
                          unsigned ownersAxis, Value zeroOfOwner, unsigned axis,
                          unsigned biasAxis) {
    for (AtomId atom : t.getAtoms(product.y, axis)) {
      Lane lane = getMeaning(t, owner, ownersAxis, zeroOfOwner, atom);
      if (Value bias = product.bias) {
        unsigned rank = t.getRank(bias);
        lane = lane.join(keepZero(rank < biasAxis
                                      ? t.getOrdinary(bias)
                                      : t.get(bias, rank - biasAxis, atom)));
      }
      if (product.yZero && lane.isZero())
        lane = getZeroPoint(t, product.yZero, atom);
      t.set(product.y, axis, atom, lane);
    }
  }
};

//===----------------------------------------------------------------------===//
// MatMulNBits
//===----------------------------------------------------------------------===//

/// B has a row of blocks per lane of N, each of the entries of `block_size`
/// lanes of K in few bits, with a scale and a zero point of its own. Rows and
/// blocks may be added, which hold zero points.
struct MatMulNBitsModel
    : DimensionOpInterface::ExternalModel<MatMulNBitsModel, MatMulNBitsOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto matmul = cast<MatMulNBitsOp>(op);
    SmallVector<Term> a = r.getAxes(matmul.getA());
    SmallVector<Term> b = r.getAxes(matmul.getB());
    if (a.empty() || b.size() != 3 || matmul.getWeightPrepacked() != 0)
      return;
    Term k = a.back(), n = b[0];
    int64_t lanes = matmul.getBlockSize(), bits = matmul.getBits();
    if (bits < 1 || 8 % bits != 0)
      r.fix(k, "packs " + Twine(bits) + " bits per entry of it");
    r.fix(b[2], "packs bits along it");
    addBlocks(r, matmul.getB(), k, lanes);
    double zero = getZero(bits);
    r.fillLanes(matmul.getB(), packZero(bits));
    relateBlocks(r, matmul.getScales(), n, k, lanes, 1.0);
    if (Value zeroPoints = matmul.getZeroPoints()) {
      // As numbers of their own, or as packed as B is.
      if (isPacked(zeroPoints))
        relateBlocks(r, zeroPoints, n, k, lanes * (8 / bits), packZero(bits));
      else
        relateBlocks(r, zeroPoints, n, k, lanes, zero);
    }
    if (matmul.getGIdx()) {
      r.fixAxes(matmul.getGIdx(), "orders blocks by it");
      r.fix(k, "has an order of blocks along it");
    }
    relateParameter(r, matmul.getBias(), n, 0.0);
    a.back() = n;
    r.setAxes(matmul.getY(), a);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto matmul = cast<MatMulNBitsOp>(op);
    Value a = matmul.getA(), b = matmul.getB(), y = matmul.getY();
    Value bias = matmul.getBias(), zeroPoints = matmul.getZeroPoints();
    unsigned last = t.getRank(y) - 1;
    // What the last block holds behind its lanes are numbers of any value.
    needZeroLanes(t, a, last,
                  "contracts it with blocks of few bits, where its padding is "
                  "not zero");
    keepBlocks(t, t.getAxis(a, last), matmul.getBlockSize());
    for (AtomId atom : t.getAtoms(y, last)) {
      bool holdsZero = isFilled(t, b, atom, packZero(matmul.getBits()));
      if (zeroPoints)
        holdsZero &= isFilled(t, zeroPoints, atom,
                              isPacked(zeroPoints) ? packZero(matmul.getBits())
                                                   : getZero(matmul.getBits()));
      holdsZero |= isFilled(t, matmul.getScales(), atom, 0.0);
      Lane lane = holdsZero ? Lane::zero() : Lane::finite();
      if (bias)
        lane = lane.join(keepZero(t.get(bias, 0, atom)));
      t.set(y, last, atom, lane);
    }
    for (unsigned axis = 0; axis != last; ++axis)
      for (AtomId atom : t.getAtoms(y, axis))
        t.set(y, axis, atom,
              bias ? Lane::finite() : keepZero(t.get(a, axis, atom)));
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto matmul = cast<MatMulNBitsOp>(op);
    unsigned rank = uses.getAxes(matmul.getA())->size();
    if (rank > 1)
      uses.add(0, rank - 2, Role::M);
    uses.add(0, rank - 1, Role::K);
    uses.add(1, 0, Role::N);
  }

  LogicalResult growDimensions(Operation *op, DimensionGrower &g) const {
    auto matmul = cast<MatMulNBitsOp>(op);
    SmallVector<Term> a = g.getAxes(matmul.getA()),
                      b = g.getAxes(matmul.getB());
    // Of what it knows nothing, nothing grows.
    if (a.empty() || b.empty())
      return success();
    Term n = b[0], k = a.back();
    if (g.grows(n))
      matmul.setN(*g.getNewSize(n).getConstant());
    if (g.grows(k))
      matmul.setK(*g.getNewSize(k).getConstant());
    return success();
  }

private:
  /// The zero point where none is given, in the middle of the range.
  static int64_t getZero(int64_t bits) {
    return bits >= 1 && bits <= 8 ? int64_t(1) << (bits - 1) : 0;
  }

  /// A byte full of such entries.
  static int64_t packZero(int64_t bits) {
    int64_t byte = 0;
    for (int64_t i = 0; bits >= 1 && i + bits <= 8; i += bits)
      byte |= getZero(bits) << i;
    return byte;
  }

  static bool isPacked(Value zeroPoints) {
    auto type = dyn_cast<TensorType>(zeroPoints.getType());
    return type && isa<IntegerType>(type.getElementType());
  }

  static bool isFilled(LaneTransfer &t, Value value, AtomId atom, double with) {
    return t.isOn(value, 0, atom) &&
           t.get(value, 0, atom).getConstant() == with;
  }

  /// Axis 1 of a weight has an entry per `lanes` lanes of K.
  static void addBlocks(DimensionRelations &r, Value value, Term k,
                        int64_t lanes) {
    if (isWeight(value))
      return r.setBlocks(value, 1, k, lanes);
    r.fix(r.getAxes(value)[1], "counts blocks by it");
    r.fix(k, "has blocks that are computed as the model runs");
  }

  /// Relates what has an entry per lane of N and `lanes` lanes of K.
  static void relateBlocks(DimensionRelations &r, Value value, Term n, Term k,
                           int64_t lanes, double fill) {
    SmallVector<Term> axes = r.getAxes(value);
    r.fillLanes(value, fill);
    if (axes.size() == 2) {
      r.unify(axes[0], n);
      return addBlocks(r, value, k, lanes);
    }
    // N and blocks may lie along one axis.
    std::optional<int64_t> rows = r.getSpace().getConstantSize(n);
    auto blocks = rows && axes.size() == 1
                      ? r.getSpace().getSize(axes[0]).divideExact(*rows)
                      : std::nullopt;
    StringRef why = "has the scales of its blocks in one list";
    r.fix(k, why);
    if (!blocks) {
      r.fix(n, why);
      return r.fixAxes(axes, why);
    }
    Term inner = r.createDim(*blocks);
    r.fix(inner, why);
    r.unify(axes[0], r.getSpace().getProd({n, inner}));
  }
};

} // namespace

void gac::registerQuantizedProductModels(MLIRContext &context) {
  MatMulIntegerOp::attachInterface<ProductModel<MatMulIntegerOp>>(context);
  QLinearMatMulOp::attachInterface<ProductModel<QLinearMatMulOp>>(context);
  MatMulIntegerToFloatOp::attachInterface<ProductModel<MatMulIntegerToFloatOp>>(
      context);
  DynamicQuantizeMatMulOp::attachInterface<
      ProductModel<DynamicQuantizeMatMulOp>>(context);
  QGemmOp::attachInterface<ProductModel<QGemmOp>>(context);
  MatMulNBitsOp::attachInterface<MatMulNBitsModel>(context);
}
