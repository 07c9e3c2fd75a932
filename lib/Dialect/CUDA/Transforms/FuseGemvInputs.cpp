//===- FuseGemvInputs.cpp - Products that compute their operand -----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Accesses.h"
#include "Kernels.h"
#include "Views.h"
#include "gac/Dialect/CUDA/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"

namespace gac::cuda {
#define GEN_PASS_DEF_FUSEGEMVINPUTS
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// The operations that use a buffer, through views or not.
static SmallVector<Operation *> getUsers(Value root) {
  SmallVector<Operation *> users;
  SmallVector<Value> views{root};
  while (!views.empty())
    for (Operation *user : views.pop_back_val().getUsers()) {
      if (auto view = dyn_cast<memref::ReinterpretCastOp>(user))
        views.push_back(view.getResult());
      else
        users.push_back(user);
    }
  return users;
}

/// Whether nothing between the two writes to `memory`.
static bool isUnchanged(MemoryId memory, Operation *from, Operation *to) {
  for (Operation *op = from->getNextNode(); op != to; op = op->getNextNode())
    if (Accesses(op).mayWrite(memory))
      return false;
  return true;
}

/// An operand as the rows and elements of a product's.
static std::optional<View> getRows(Value memory, ArrayRef<int64_t> sizes) {
  std::optional<View> view =
      reshapeView(View(cast<MemRefType>(memory.getType())), sizes);
  if (!view || (sizes[1] != 1 && view->strides[1] != 1))
    return std::nullopt;
  // The stride of a single row says nothing.
  if (sizes[0] == 1)
    view->strides[0] = sizes[1];
  return view;
}

static bool isSame(const View &a, const View &b) {
  return a.offset == b.offset && a.sizes == b.sizes && a.strides == b.strides;
}

//===----------------------------------------------------------------------===//
// What a product can compute
//===----------------------------------------------------------------------===//

static Value skipExtension(Value value) {
  auto extension = value.getDefiningOp<arith::ExtFOp>();
  return extension ? extension.getIn() : value;
}

/// The x of x / (1 + exp(-x)) or x * (1 / (1 + exp(-x))).
static Value matchSilu(Value value) {
  Value numerator, sum;
  if (auto product = value.getDefiningOp<arith::MulFOp>()) {
    for (auto [x, sigmoid] : {std::pair(product.getLhs(), product.getRhs()),
                              std::pair(product.getRhs(), product.getLhs())})
      if (auto quotient = sigmoid.getDefiningOp<arith::DivFOp>())
        if (matchPattern(quotient.getLhs(), m_OneFloat())) {
          numerator = x;
          sum = quotient.getRhs();
          break;
        }
  } else if (auto quotient = value.getDefiningOp<arith::DivFOp>()) {
    numerator = quotient.getLhs();
    sum = quotient.getRhs();
  }
  auto addition = sum ? sum.getDefiningOp<arith::AddFOp>() : nullptr;
  if (!addition)
    return {};
  for (auto [one, exponential] :
       {std::pair(addition.getLhs(), addition.getRhs()),
        std::pair(addition.getRhs(), addition.getLhs())}) {
    auto exp = exponential.getDefiningOp<math::ExpOp>();
    auto minus =
        exp ? exp.getOperand().getDefiningOp<arith::NegFOp>() : arith::NegFOp();
    if (minus && matchPattern(one, m_OneFloat()) &&
        minus.getOperand() == numerator)
      return numerator;
  }
  return {};
}

/// The operands of silu(gate) * x, if that is all that `op` computes.
static std::optional<std::pair<Value, Value>> matchGate(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      !llvm::all_of(op.getIndexingMapsArray(),
                    [](AffineMap map) { return map.isIdentity(); }))
    return std::nullopt;
  Value result = op.getBody()->getTerminator()->getOperand(0);
  if (auto rounding = result.getDefiningOp<arith::TruncFOp>())
    result = rounding.getIn();
  auto product = result.getDefiningOp<arith::MulFOp>();
  if (!product)
    return std::nullopt;
  for (auto [silu, x] : {std::pair(product.getLhs(), product.getRhs()),
                         std::pair(product.getRhs(), product.getLhs())}) {
    Value gate = matchSilu(silu);
    if (!gate)
      continue;
    auto gateLane = dyn_cast<BlockArgument>(skipExtension(gate));
    auto xLane = dyn_cast<BlockArgument>(skipExtension(x));
    if (gateLane && xLane && gateLane != xLane && gateLane.getArgNumber() < 2 &&
        xLane.getArgNumber() < 2)
      return std::pair(op.getInputs()[gateLane.getArgNumber()],
                       op.getInputs()[xLane.getArgNumber()]);
  }
  return std::nullopt;
}

namespace {
/// What a product would read instead of its operand.
struct Input {
  Value x, gate, norm;
  IntegerAttr count;
  FloatAttr epsilon;
};
} // namespace

static std::optional<Input> getInput(Operation *producer) {
  Input input;
  if (auto norm = dyn_cast<RMSNormOp>(producer)) {
    input.x = norm.getX();
    input.norm = norm.getWeight();
    input.count = norm.getCountAttr();
    input.epsilon = norm.getEpsilonAttr();
    // The product takes x * weight in the type of x, and scales its results: in
    // f16 that may be too large or too small, where their norm is not.
    if (!cast<MemRefType>(input.x.getType()).getElementType().isBF16())
      return std::nullopt;
    // It is read before what comes before has ended, eight elements at a time.
    View weight(cast<MemRefType>(input.norm.getType()));
    if (!isConstant(input.norm) || weight.strides.back() != 1 ||
        weight.offset % 8 != 0)
      return std::nullopt;
    return input;
  }
  auto generic = dyn_cast<linalg::GenericOp>(producer);
  auto operands = generic ? matchGate(generic) : std::nullopt;
  if (!operands)
    return std::nullopt;
  std::tie(input.gate, input.x) = *operands;
  return input;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Lets all products that read what `producer` writes compute it instead, if
/// nothing else reads it.
static void fuse(Operation *producer) {
  std::optional<Input> input = getInput(producer);
  if (!input)
    return;
  Value out = cast<DestinationStyleOpInterface>(producer).getDpsInits().front();
  Value root = getRoot(out);
  if (!root.getDefiningOp<AllocOp>())
    return;
  auto elementType = cast<MemRefType>(out.getType()).getElementType();
  SmallVector<GemvOp> products;
  for (Operation *user : getUsers(root)) {
    if (user == producer)
      continue;
    auto gemv = dyn_cast<GemvOp>(user);
    if (!gemv || gemv.getGate() || gemv.getNorm() ||
        gemv->getBlock() != producer->getBlock() ||
        !producer->isBeforeInBlock(gemv) ||
        llvm::count_if(gemv->getOperands(), [&](Value operand) {
          return getRoot(operand) == root;
        }) != 1)
      return;
    ArrayRef<int64_t> sizes =
        cast<MemRefType>(gemv.getX().getType()).getShape();
    std::optional<View> written = getRows(out, sizes);
    std::optional<View> read = getRows(gemv.getX(), sizes);
    if (getRoot(gemv.getX()) != root || !written || !read ||
        !isSame(*written, *read))
      return;
    // Rows of the product are rows of the norm.
    if (input->norm &&
        cast<MemRefType>(input->x.getType()).getShape().back() != sizes[1])
      return;
    for (Value source : {input->x, input->gate}) {
      if (!source)
        continue;
      std::optional<View> rows = getRows(source, sizes);
      if (!rows ||
          cast<MemRefType>(source.getType()).getElementType() != elementType ||
          !isUnchanged(getMemory(source), producer, gemv) ||
          Accesses(gemv).mayWrite(getMemory(source)))
        return;
    }
    products.push_back(gemv);
  }
  if (products.empty())
    return;
  ArrayRef<int64_t> sizes =
      cast<MemRefType>(products.front().getX().getType()).getShape();
  // Rows of both are equally far apart.
  std::optional<View> x = getRows(input->x, sizes);
  if (input->gate && getRows(input->gate, sizes)->strides != x->strides)
    return;
  OpBuilder builder(producer);
  auto getMatrix = [&](Value source) -> Value {
    if (!source)
      return {};
    View view = *getRows(source, sizes);
    MemRefType type = getMemRefType(view, elementType);
    Value from = getRoot(source);
    if (from.getType() == type)
      return from;
    return memref::ReinterpretCastOp::create(builder, producer->getLoc(), type,
                                             from, view.offset, view.sizes,
                                             view.strides);
  };
  Value matrix = getMatrix(input->x), gate = getMatrix(input->gate);
  // Accesses may not become narrower.
  if (getProductVector(matrix, products.front().getWeight()) < 8 ||
      (gate && getProductVector(gate, products.front().getWeight()) < 8))
    return;
  for (GemvOp gemv : products) {
    gemv->setLoc(builder.getFusedLoc({producer->getLoc(), gemv.getLoc()}));
    gemv.getXMutable().assign(matrix);
    if (gate)
      gemv.getGateMutable().assign(gate);
    if (input->norm) {
      gemv.getNormMutable().assign(input->norm);
      gemv.setCountAttr(input->count);
      gemv.setEpsilonAttr(input->epsilon);
    }
  }
  producer->erase();
}

namespace {
struct FuseGemvInputsPass
    : public cuda::impl::FuseGemvInputsBase<FuseGemvInputsPass> {
  void runOnOperation() override {
    for (Operation &op :
         llvm::make_early_inc_range(getOperation().getBody().front()))
      fuse(&op);
    eraseUnusedMemory(getOperation());
  }
};
} // namespace
