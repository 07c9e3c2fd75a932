//===- Contraction.cpp - Dimension rules of matrix products ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "gac/Dialect/GAC/IR/EinsumEquation.h"
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

void gac::relateMatMul(DimensionRelations &r, Value a, Value b, Value y) {
  relateMatMul(r, r.getAxes(a), r.getAxes(b), y);
}

void gac::relateMatMul(DimensionRelations &r, SmallVector<Term> a,
                       SmallVector<Term> b, Value y) {
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

template <typename OpTy>
struct GemmModel : DimensionOpInterface::ExternalModel<GemmModel<OpTy>, OpTy> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto gemm = cast<OpTy>(op);
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
    auto gemm = cast<OpTy>(op);
    Value a = gemm.getA(), b = gemm.getB(), y = gemm.getY();
    if (t.getRank(a) != 2 || t.getRank(b) != 2)
      return;
    bool transA = gemm.getTransA(), transB = gemm.getTransB();
    contractLanes(t, a, transA ? 0 : 1, b, transB ? 1 : 0);
    for (unsigned axis : {0, 1}) {
      Value owner = axis == 0 ? a : b;
      unsigned ownersAxis = axis == 0 ? transA : !transB;
      for (AtomId atom : t.getAtoms(y, axis)) {
        Lane lane = keepZero(t.get(owner, ownersAxis, atom));
        Lane addend = getAddend(t, gemm, axis, atom);
        lane = lane.isZero() ? addend : lane.join(addend);
        if constexpr (std::is_same_v<OpTy, FusedGemmOp>)
          lane = activateLane(getFusedActivation(gemm), lane);
        t.set(y, axis, atom, lane);
      }
    }
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto gemm = cast<OpTy>(op);
    bool transA = gemm.getTransA(), transB = gemm.getTransB();
    uses.add(0, transA ? 1 : 0, Role::M);
    uses.add(0, transA ? 0 : 1, Role::K);
    uses.add(1, transB ? 1 : 0, Role::K);
    uses.add(1, transB ? 0 : 1, Role::N);
  }

private:
  /// What C adds on an axis of the result: nothing if there is no C.
  static Lane getAddend(LaneTransfer &t, OpTy gemm, unsigned axis,
                        AtomId atom) {
    Value c = gemm.getC();
    if (!c)
      return Lane::zero();
    unsigned missing = 2 - t.getRank(c);
    Lane lane =
        axis < missing ? t.getOrdinary(c) : t.get(c, axis - missing, atom);
    return gemm.getBeta().isExactlyValue(1.0) ? lane : keepZero(lane);
  }
};

//===----------------------------------------------------------------------===//
// Einsum
//===----------------------------------------------------------------------===//

struct EinsumModel
    : DimensionOpInterface::ExternalModel<EinsumModel, EinsumOp> {
  void relateDimensions(Operation *op, DimensionRelations &r) const {
    auto einsum = cast<EinsumOp>(op);
    auto equation = getEquation(
        einsum, [&](Value input) { return r.getAxes(input).size(); });
    if (!equation)
      return;
    SmallVector<Term> terms(equation->numLabels, r.getSpace().getUnit());
    for (auto [input, labels] :
         llvm::zip_equal(einsum.getInputs(), equation->operands))
      for (auto [axis, label] : llvm::zip_equal(r.getAxes(input), labels)) {
        terms[label] = broadcast(r, terms[label], axis);
        if (llvm::count(labels, label) > 1)
          r.fixRead(axis, "takes its diagonal");
      }
    SmallVector<Term> result;
    for (unsigned label : equation->result) {
      if (equation->countOperands(label) > 1)
        r.fix(terms[label], "has it as a batch axis");
      result.push_back(terms[label]);
    }
    r.setAxes(einsum.getResult(), result);
  }

  void transferLanes(Operation *op, LaneTransfer &t) const {
    auto einsum = cast<EinsumOp>(op);
    auto equation =
        getEquation(einsum, [&](Value input) { return t.getRank(input); });
    if (!equation)
      return;
    for (unsigned label = 0; label != equation->numLabels; ++label) {
      if (equation->isKept(label))
        continue;
      for (AtomId atom : getAtoms(einsum, *equation, label, t))
        needZero(einsum, *equation, label, atom, t);
    }
    for (auto [axis, label] : llvm::enumerate(equation->result))
      for (AtomId atom : t.getAtoms(einsum.getResult(), axis))
        t.set(einsum.getResult(), axis, atom,
              multiply(einsum, *equation, label, atom, t));
  }

  void collectUses(Operation *op, UseCollector &uses) const {
    auto einsum = cast<EinsumOp>(op);
    auto equation = getEquation(
        einsum, [&](Value input) { return uses.getAxes(input)->size(); });
    if (!equation || equation->operands.size() != 2)
      return;
    for (unsigned number : {0, 1})
      for (Role role : {number == 0 ? Role::M : Role::N, Role::K})
        addUse(einsum, *equation, number, role, uses);
  }

private:
  template <typename RankOf>
  static std::optional<EinsumEquation> getEquation(EinsumOp op, RankOf rankOf) {
    SmallVector<size_t> ranks;
    for (Value input : op.getInputs())
      ranks.push_back(rankOf(input));
    EinsumProblem problem;
    return parseEinsum(op.getEquation(), ranks, problem);
  }

  /// Calls `visit(input, axis)` for each axis of that label.
  template <typename VisitFn>
  static void forEachAxis(EinsumOp op, const EinsumEquation &equation,
                          unsigned label, VisitFn visit) {
    for (auto [input, labels] :
         llvm::zip_equal(op.getInputs(), equation.operands))
      for (auto [axis, other] : llvm::enumerate(labels))
        if (other == label)
          visit(input, static_cast<unsigned>(axis));
  }

  static SmallVector<AtomId> getAtoms(EinsumOp op,
                                      const EinsumEquation &equation,
                                      unsigned label, LaneTransfer &t) {
    SmallVector<AtomId> atoms;
    forEachAxis(op, equation, label, [&](Value input, unsigned axis) {
      for (AtomId atom : t.getAtoms(input, axis))
        if (!llvm::is_contained(atoms, atom))
          atoms.push_back(atom);
    });
    return atoms;
  }

  /// The product of what the operands hold where `atom` is padded on the axes
  /// of a label.
  static Lane multiply(EinsumOp op, const EinsumEquation &equation,
                       unsigned label, AtomId atom, LaneTransfer &t) {
    Lane product = Lane::finite();
    forEachAxis(op, equation, label, [&](Value input, unsigned axis) {
      Lane lane = keepZero(t.get(input, axis, atom));
      if (!lane.isFinite() || !product.isFinite())
        product = Lane::anything();
      else if (lane.isZero())
        product = lane;
    });
    return product;
  }

  /// Has one operand hold zeros where `atom` is padded on the axes of a label
  /// that is summed over: the smallest one, which is the least to mask.
  static void needZero(EinsumOp op, const EinsumEquation &equation,
                       unsigned label, AtomId atom, LaneTransfer &t) {
    constexpr llvm::StringLiteral why =
        "contracts it, where neither side's padding is zero";
    Lane product = multiply(op, equation, label, atom, t);
    if (product.isZero())
      return;
    if (!product.isFinite())
      return t.refuse(atom, why);
    Value least;
    unsigned axisOfLeast = 0;
    forEachAxis(op, equation, label, [&](Value input, unsigned axis) {
      if (!t.isOn(input, axis, atom) || (least && !isSmaller(t, input, least)))
        return;
      least = input;
      axisOfLeast = axis;
    });
    t.needZero(least, axisOfLeast, atom, why);
  }

  /// The axes of an operand that play one role are one axis of the product, if
  /// they lie together.
  static void addUse(EinsumOp op, const EinsumEquation &equation,
                     unsigned number, Role role, UseCollector &uses) {
    ArrayRef<unsigned> labels = equation.operands[number];
    ArrayRef<unsigned> others = equation.operands[1 - number];
    ArrayRef<Term> axes = *uses.getAxes(op.getInputs()[number]);
    SmallVector<Term> factors;
    std::optional<unsigned> last;
    for (auto [axis, label] : llvm::enumerate(labels)) {
      bool isShared = llvm::is_contained(others, label);
      bool plays = role == Role::K ? isShared && !equation.isKept(label)
                                   : !isShared && equation.isKept(label);
      if (!plays)
        continue;
      if (last && *last + 1 != axis)
        factors.clear();
      factors.push_back(axes[axis]);
      last = axis;
    }
    if (last)
      uses.add(number, *last, role, uses.getSpace().getProd(factors));
  }
};

} // namespace

void gac::registerContractionModels(MLIRContext &context) {
  EinsumOp::attachInterface<EinsumModel>(context);
  MatMulOp::attachInterface<MatMulModel>(context);
  GemmOp::attachInterface<GemmModel<GemmOp>>(context);
  FusedGemmOp::attachInterface<GemmModel<FusedGemmOp>>(context);
}
