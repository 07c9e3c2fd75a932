//===- Contraction.cpp - Dimension rules of matrix products ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

/// The lanes of a result axis that one operand of a product owns: zero there
/// makes zero here.
static void passOwnedLanes(LaneTransfer &t, Value owner, unsigned ownersAxis,
                           Value result, unsigned axis) {
  for (AtomId atom : t.getAtoms(result, axis))
    t.set(result, axis, atom, keepZero(t.get(owner, ownersAxis, atom)));
}

//===----------------------------------------------------------------------===//
// MatMul
//===----------------------------------------------------------------------===//

void gac::relateMatMul(DimensionRelations &r, Value valueOfA, Value valueOfB,
                       Value y) {
  SmallVector<Term> a = r.getAxes(valueOfA), b = r.getAxes(valueOfB);
  if (a.empty() || b.empty())
    return;
  // A vector is a row on the left and a column on the right.
  std::optional<Term> m, n;
  Term k = a.pop_back_val();
  if (!a.empty())
    m = a.pop_back_val();
  if (b.size() > 1)
    n = b.pop_back_val();
  r.unify(k, b.pop_back_val());

  SmallVector<Term> result(std::max(a.size(), b.size()),
                           r.getSpace().getUnit());
  for (ArrayRef<Term> batch : {ArrayRef<Term>(a), ArrayRef<Term>(b)})
    for (auto [index, axis] : llvm::enumerate(batch)) {
      Term &common = result[result.size() - batch.size() + index];
      common = broadcast(r, common, axis);
    }
  r.fixAxes(result, "has it as a batch axis");
  if (m)
    result.push_back(*m);
  if (n)
    result.push_back(*n);
  r.setAxes(y, result);
}

void gac::collectMatMulUses(UseCollector &uses, Operation *op, unsigned a,
                            unsigned b) {
  unsigned rankOfA = uses.getAxes(op->getOperand(a))->size();
  unsigned rankOfB = uses.getAxes(op->getOperand(b))->size();
  if (rankOfA > 1)
    uses.add(a, rankOfA - 2, Role::M);
  if (rankOfA > 0)
    uses.add(a, rankOfA - 1, Role::K);
  if (rankOfB > 0)
    uses.add(b, rankOfB == 1 ? 0 : rankOfB - 2, Role::K);
  if (rankOfB > 1)
    uses.add(b, rankOfB - 1, Role::N);
}

namespace {

struct MatMulModel
    : DimensionOpInterface::ExternalModel<MatMulModel, MatMulOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto matmul = cast<MatMulOp>(op);
    relateMatMul(r, matmul.getA(), matmul.getB(), matmul.getY());
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto matmul = cast<MatMulOp>(op);
    Value a = matmul.getA(), b = matmul.getB(), y = matmul.getY();
    unsigned rankOfA = t.getRank(a), rankOfB = t.getRank(b);
    if (rankOfA == 0 || rankOfB == 0)
      return;
    contractLanes(t, a, rankOfA - 1, b, rankOfB == 1 ? 0 : rankOfB - 2);
    unsigned rank = t.getRank(y);
    if (rankOfB > 1)
      passOwnedLanes(t, b, rankOfB - 1, y, --rank);
    if (rankOfA > 1)
      passOwnedLanes(t, a, rankOfA - 2, y, --rank);
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    collectMatMulUses(uses, op, /*a=*/0, /*b=*/1);
  }
};

//===----------------------------------------------------------------------===//
// Gemm
//===----------------------------------------------------------------------===//

struct GemmModel : DimensionOpInterface::ExternalModel<GemmModel, GemmOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto gemm = cast<GemmOp>(op);
    SmallVector<Term> a = r.getAxes(gemm.getA()), b = r.getAxes(gemm.getB());
    if (a.size() != 2 || b.size() != 2)
      return;
    if (gemm.getTransA())
      std::swap(a[0], a[1]);
    if (gemm.getTransB())
      std::swap(b[0], b[1]);
    r.unify(a[1], b[0]);
    SmallVector<Term> result = {a[0], b[1]};
    if (gemm.getC()) {
      SmallVector<Term> c = r.getAxes(gemm.getC());
      if (c.size() > 2)
        return r.fixAxes(gemm.getC(), "cannot add it");
      for (auto [index, axis] : llvm::enumerate(c)) {
        Term &common = result[result.size() - c.size() + index];
        common = broadcast(r, common, axis);
      }
    }
    r.setAxes(gemm.getY(), result);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto gemm = cast<GemmOp>(op);
    Value a = gemm.getA(), b = gemm.getB(), c = gemm.getC(), y = gemm.getY();
    if (t.getRank(a) != 2 || t.getRank(b) != 2)
      return;
    bool transA = gemm.getTransA(), transB = gemm.getTransB();
    contractLanes(t, a, transA ? 0 : 1, b, transB ? 1 : 0);
    for (unsigned axis : {0, 1}) {
      Value owner = axis == 0 ? a : b;
      unsigned ownersAxis = axis == 0 ? transA : !transB;
      for (AtomId atom : t.getAtoms(y, axis)) {
        Lane lane = keepZero(t.get(owner, ownersAxis, atom));
        t.set(y, axis, atom, lane.join(getAddend(t, c, axis, atom)));
      }
    }
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto gemm = cast<GemmOp>(op);
    bool transA = gemm.getTransA(), transB = gemm.getTransB();
    uses.add(0, transA ? 1 : 0, Role::M);
    uses.add(0, transA ? 0 : 1, Role::K);
    uses.add(1, transB ? 1 : 0, Role::K);
    uses.add(1, transB ? 0 : 1, Role::N);
  }

private:
  /// What C adds on an axis of the result: nothing if there is no C.
  static Lane getAddend(LaneTransfer &t, Value c, unsigned axis, AtomId atom) {
    if (!c)
      return Lane::zero();
    unsigned missing = 2 - t.getRank(c);
    Lane lane =
        axis < missing ? t.getOrdinary(c) : t.get(c, axis - missing, atom);
    return keepZero(lane);
  }
};

} // namespace

void gac::registerContractionModels(MLIRContext &context) {
  MatMulOp::attachInterface<MatMulModel>(context);
  GemmOp::attachInterface<GemmModel>(context);
}
