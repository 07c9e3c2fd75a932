//===- Kernels.cpp - What launching an operation takes --------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include "kernels/Copies.cuh"
#include "kernels/RMSNorm.cuh"
#include "kernels/RoPE.cuh"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/TypeSwitch.h"

#include <numeric>

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

static MemRefType getType(Value value) {
  return cast<MemRefType>(value.getType());
}
static View getView(Value value) { return View(getType(value)); }

static int64_t getElementBytes(Type type) {
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

FailureOr<Target> cuda::loadTarget(ModuleOp module, StringRef name) {
  llvm::Expected<Target> loaded = gac::loadTarget(name);
  if (!loaded)
    return module.emitError() << llvm::toString(loaded.takeError());
  return *loaded;
}

//===----------------------------------------------------------------------===//
// Elementwise loops
//===----------------------------------------------------------------------===//

Loops::Loops(linalg::GenericOp op) {
  SmallVector<int64_t> loopSizes = op.getStaticLoopRanges();
  SmallVector<SmallVector<int64_t>> all;
  for (OpOperand &operand : op->getOpOperands()) {
    View view = getView(operand.get());
    SmallVector<int64_t> &byLoop = all.emplace_back(loopSizes.size(), 0);
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [axis, place] : llvm::enumerate(map.getResults()))
      if (auto dim = dyn_cast<AffineDimExpr>(place))
        byLoop[dim.getPosition()] += view.strides[axis];
  }
  strides.resize(all.size());
  // An index of a body tells loops apart.
  bool mayJoin = op.getBody()->getOps<linalg::IndexOp>().empty();
  for (size_t loop = 0; loop < loopSizes.size(); ++loop) {
    int64_t size = loopSizes[loop];
    if (size == 1 && mayJoin)
      continue;
    bool joins = mayJoin && !sizes.empty() &&
                 llvm::all_of(llvm::zip(strides, all), [&](auto pair) {
                   auto &[kept, byLoop] = pair;
                   return kept.back() == byLoop[loop] * size;
                 });
    if (joins)
      sizes.back() *= size;
    else
      sizes.push_back(size);
    for (auto [kept, byLoop] : llvm::zip(strides, all)) {
      if (joins)
        kept.back() = byLoop[loop];
      else
        kept.push_back(byLoop[loop]);
    }
  }
  // A scalar is one element.
  if (sizes.empty()) {
    sizes.push_back(1);
    for (SmallVector<int64_t> &byLoop : strides)
      byLoop.push_back(1);
  }
}

static int64_t countElements(ArrayRef<int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t(1),
                         std::multiplies<>());
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

bool cuda::isKernelBody(Operation *op) {
  return isa<AppendOp, AttentionCombineOp, AttentionDecodeOp,
             AttentionPrefillOp, AttentionStepOp, EmbedOp, GemvGroupOp, GemvOp,
             RMSNormOp, RopeOp, linalg::GenericOp>(op);
}

StringRef cuda::getKernelStem(Operation *op) {
  return llvm::TypeSwitch<Operation *, StringRef>(op)
      .Case([](linalg::GenericOp generic) {
        // A body that only yields moves data.
        return llvm::hasSingleElement(*generic.getBody()) ? "copy"
                                                          : "elementwise";
      })
      .Default(
          [](Operation *other) { return other->getName().stripDialect(); });
}

static kernels::RopeShape getRopeShape(RopeOp op) {
  View x = getView(op.getX());
  kernels::RopeShape shape;
  shape.batch = x.sizes[0];
  shape.heads = x.sizes[1];
  shape.tokens = x.sizes[2];
  shape.width = x.sizes[3];
  shape.storedHalf = op.getHalf();
  return shape;
}

static kernels::GemvShape getGemvShape(Value x, const View &view) {
  kernels::GemvShape shape;
  shape.rows = getView(x).sizes[0];
  shape.k = view.sizes[0];
  shape.n = view.sizes[1];
  shape.layout = view.strides[1] == 1 ? kernels::WeightLayout::KN
                                      : kernels::WeightLayout::NK;
  return shape;
}

kernels::GemvShape cuda::getGemvShape(GemvOp op) {
  kernels::GemvShape shape = ::getGemvShape(op.getX(), getView(op.getWeight()));
  shape.columns = op.getColumns();
  shape.splits = op.getSplits();
  shape.depth = op.getDepth();
  return shape;
}

kernels::AttentionStepShape cuda::getStepShape(AttentionStepOp op) {
  kernels::AttentionStepShape shape;
  shape.attention = getAttentionShape(op);
  shape.capacity = static_cast<int32_t>(getView(op.getK()).sizes[2]);
  shape.group = op.getGroup();
  shape.splits = op.getSplits();
  shape.depth = op.getDepth();
  return shape;
}

static int64_t getVectorOf(IntegerAttr vector) {
  return vector ? vector.getInt() : 1;
}

kernels::LaunchGeometry cuda::getGeometry(Operation *op) {
  using kernels::LaunchGeometry;
  return llvm::TypeSwitch<Operation *, LaunchGeometry>(op)
      .Case([](AppendOp append) {
        View rows = getView(append.getRows());
        return kernels::elementwiseGeometry(
            countElements(ArrayRef(rows.sizes).drop_back()), rows.sizes[3],
            getVectorOf(append.getVectorAttr()));
      })
      .Case([](AttentionCombineOp combine) {
        View out = getView(combine.getOut());
        kernels::AttentionShape shape;
        shape.batch = out.sizes[0];
        shape.heads = out.sizes[1];
        shape.valueWidth = out.sizes[3];
        return kernels::attentionCombineGeometry(shape);
      })
      .Case([](AttentionDecodeOp decode) {
        return kernels::attentionDecodeGeometry(
            getAttentionShape(decode), decode.getGroup(), decode.getSplits());
      })
      .Case([](AttentionPrefillOp prefill) {
        return kernels::attentionPrefillGeometry(getAttentionShape(prefill));
      })
      .Case([](AttentionStepOp step) {
        return kernels::attentionStepGeometry(getStepShape(step));
      })
      .Case([](EmbedOp embed) {
        View out = getView(embed.getOut());
        return kernels::elementwiseGeometry(
            countElements(ArrayRef(out.sizes).drop_back()), out.sizes.back(),
            getVectorOf(embed.getVectorAttr()));
      })
      .Case(
          [](GemvOp gemv) { return kernels::gemvGeometry(getGemvShape(gemv)); })
      .Case([](GemvGroupOp group) {
        SmallVector<kernels::GemvShape> shapes;
        for (GemvOp gemv : group.getProducts())
          shapes.push_back(getGemvShape(gemv));
        return kernels::gemvGeometry(shapes.data(),
                                     static_cast<int>(shapes.size()));
      })
      .Case([](RMSNormOp norm) {
        View x = getView(norm.getX());
        return kernels::rmsNormGeometry(
            countElements(ArrayRef(x.sizes).drop_back()), x.sizes.back(),
            getVectorOf(norm.getVectorAttr()));
      })
      .Case([](RopeOp rope) {
        return kernels::ropeGeometry(getRopeShape(rope),
                                     getVectorOf(rope.getVectorAttr()));
      })
      .Case([](linalg::GenericOp generic) {
        Loops loops(generic);
        return kernels::elementwiseGeometry(
            countElements(ArrayRef(loops.sizes).drop_back()),
            loops.sizes.back(),
            getVectorOf(generic->getAttrOfType<IntegerAttr>(attr::vector)));
      })
      .Default([](Operation *) { return LaunchGeometry(); });
}

//===----------------------------------------------------------------------===//
// Width of accesses
//===----------------------------------------------------------------------===//

namespace {
/// The widest access that all operands admit so far.
class Widest {
public:
  /// Starts, rows and what else must be a multiple; the last axis is
  /// contiguous.
  void add(Value value) {
    View view = getView(value);
    add(getType(value).getElementType());
    add(view.offset);
    for (auto [size, stride] : llvm::zip(ArrayRef(view.sizes).drop_back(),
                                         ArrayRef(view.strides).drop_back()))
      if (size != 1)
        add(stride);
  }
  void add(Type elementType) {
    vector = std::min<int64_t>(vector, 16 / getElementBytes(elementType));
  }
  void add(int64_t multiple) {
    while (vector > 1 && multiple % vector != 0)
      vector /= 2;
  }
  int64_t get() const { return vector; }

private:
  int64_t vector = 8;
};
} // namespace

static int64_t getGenericVector(linalg::GenericOp op) {
  Loops loops(op);
  if (!op.getBody()->getOps<linalg::IndexOp>().empty())
    return 1;
  int64_t vector = 1;
  // By the narrowest elements: wider ones take several accesses.
  for (OpOperand &operand : op->getOpOperands()) {
    Type element = getType(operand.get()).getElementType();
    vector =
        std::max(vector, std::min<int64_t>(8, 16 / getElementBytes(element)));
  }
  Widest widest;
  while (widest.get() > vector)
    widest.add(vector);
  for (auto [operand, strides] : llvm::zip(op->getOperands(), loops.strides)) {
    if (strides.back() != 0 && strides.back() != 1)
      return 1;
    // What is repeated along the row is read by itself.
    if (strides.back() == 0)
      continue;
    widest.add(getView(operand).offset);
    for (int64_t stride : ArrayRef(strides).drop_back())
      widest.add(stride);
  }
  return widest.get();
}

/// Rows of x, and rows or columns of the matrix.
static void addProduct(Widest &widest, Value x, MemRefType weight) {
  widest.add(x);
  View view(weight);
  widest.add(weight.getElementType());
  widest.add(view.offset);
  widest.add(view.strides[1] == 1 ? view.strides[0] : view.strides[1]);
}

int64_t cuda::getProductVector(Value x, Value weight) {
  Widest widest;
  addProduct(widest, x, getType(weight));
  return widest.get();
}

kernels::DeviceLimits cuda::getLimits(const Target &target) {
  return {static_cast<int>(target.multiprocessors), target.getCapability()};
}

std::optional<kernels::GemvShape>
cuda::chooseGemv(MatmulOp product, MemRefType weight, const Target &target) {
  Value x = product.getA();
  MemRefType rows = getType(x);
  if (rows.getRank() != 2 || rows.getDimSize(0) > kernels::kGemvRows ||
      rows.getElementTypeBitWidth() != 16 ||
      !product.getAlpha().isExactlyValue(1))
    return std::nullopt;
  Widest widest;
  addProduct(widest, x, weight);
  kernels::GemvShape shape = ::getGemvShape(x, View(weight));
  kernels::DeviceLimits limits = getLimits(target);
  if (widest.get() < 8 || !kernels::chooseGemv(shape, limits) ||
      !kernels::prefersGemv(shape, limits))
    return std::nullopt;
  return shape;
}

int64_t cuda::getVector(Operation *op) {
  Widest widest;
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](AppendOp append) {
        widest.add(append.getRows());
        widest.add(append.getOut());
      })
      .Case<AttentionDecodeOp, AttentionPrefillOp>([&](auto attention) {
        for (Value value : {attention.getQ(), attention.getK(),
                            attention.getV(), attention.getOut()})
          widest.add(value);
      })
      .Case([&](EmbedOp embed) {
        widest.add(embed.getTable());
        widest.add(embed.getOut());
      })
      .Case([&](GemvOp gemv) {
        addProduct(widest, gemv.getX(), getType(gemv.getWeight()));
        if (gemv.getGate())
          widest.add(gemv.getGate());
        if (gemv.getNorm())
          widest.add(getView(gemv.getNorm()).offset);
      })
      .Case([&](RMSNormOp norm) {
        for (Value value : {norm.getX(), norm.getWeight(), norm.getOut()})
          widest.add(value);
        widest.add(getView(norm.getX()).sizes.back());
      })
      .Case([&](RopeOp rope) {
        widest.add(rope.getX());
        widest.add(rope.getOut());
        widest.add(static_cast<int64_t>(rope.getHalf()));
        widest.add(getView(rope.getX()).sizes[3]);
        widest.add(getView(rope.getCos()).offset);
        widest.add(getView(rope.getSin()).offset);
      })
      .Case([&](linalg::GenericOp generic) {
        widest.add(getGenericVector(generic));
      })
      .Default([&](Operation *) { widest.add(1); });
  return widest.get();
}

//===----------------------------------------------------------------------===//
// Costs
//===----------------------------------------------------------------------===//

DType cuda::getDType(Type type) {
  if (type.isBF16())
    return DType::BF16;
  if (type.isF16())
    return DType::F16;
  return DType::F32;
}

/// Bytes of memory that a view covers; what is repeated counts once.
static int64_t getBytes(Value value) {
  View view = getView(value);
  int64_t elements = 1;
  for (auto [size, stride] : llvm::zip(view.sizes, view.strides))
    elements *= stride == 0 && size != 0 ? 1 : size;
  return elements * getElementBytes(getType(value).getElementType());
}

/// Of a [.., k] x [.., n], without its bytes.
static ProductUse getProduct(Value a, Value b) {
  View left = getView(a), right = getView(b);
  size_t m = left.sizes.size() - 2, n = m + 1;
  bool isRowMajor = right.strides[n] == 1;
  Work work;
  work.flops = 2 * countElements(left.sizes) * right.sizes[n];
  return {work,
          {Role::K, left.sizes[n], left.strides[m], left.offset},
          {Role::N, right.sizes[n],
           isRowMajor ? right.strides[m] : right.strides[n], right.offset}};
}

static ProductUse getProduct(GemvOp gemv) {
  ProductUse product = getProduct(gemv.getX(), gemv.getWeight());
  for (Value value :
       {gemv.getX(), gemv.getWeight(), gemv.getGate(), gemv.getNorm(),
        gemv.getBias(), gemv.getResidual(), gemv.getOut()})
    if (value)
      product.work.bytes += getBytes(value);
  return product;
}

template <typename OpTy>
static std::pair<Work, SmallVector<SizeUse>> getAttention(OpTy op) {
  ArrayRef<int64_t> q = getType(op.getQ()).getShape(),
                    k = getType(op.getK()).getShape(),
                    v = getType(op.getV()).getShape();
  // With a position it is the whole cache, at most.
  int64_t past =
      op.getPosition() ? k[2] - q[2] : static_cast<int64_t>(op.getPast());
  int64_t keys = past + q[2];
  int64_t pairs = q[2] * keys;
  bool causal = false;
  if constexpr (std::is_same_v<OpTy, AttentionPrefillOp>)
    causal = op.getCausal();
  if (causal)
    pairs -= q[2] * (q[2] - 1) / 2;
  Work work;
  work.flops = 2 * q[0] * q[1] * pairs * (q[3] + v[3]);
  int64_t bytes = getElementBytes(getType(op.getQ()).getElementType());
  work.bytes = getBytes(op.getQ()) + getBytes(op.getOut()) +
               k[0] * k[1] * keys * (k[3] + v[3]) * bytes;
  work.blocks = getAttentionBlocks(q[0] * q[1], k[0] * k[1], q[2], keys);
  SmallVector<SizeUse> uses;
  for (Value value : {op.getK(), op.getV()}) {
    View view = getView(value);
    uses.push_back(
        {Role::HeadDim, view.sizes[3], view.strides[2], view.offset});
  }
  return {work, uses};
}

static CostAttr getGroupCost(GemvGroupOp group, const Target &target) {
  SmallVector<ProductUse> products;
  int64_t flops = 0, bytes = 0;
  for (GemvOp gemv : group.getProducts()) {
    ProductUse &product = products.emplace_back(getProduct(gemv));
    flops += product.work.flops;
    bytes += product.work.bytes;
  }
  // All of them have operands of one type, and as many rows.
  Value x = (*group.getProducts().begin()).getX();
  DType dtype = getDType(getType(x).getElementType());
  return CostAttr::get(
      group.getContext(), Family::Gemm, flops, bytes,
      predictLaunch(target, dtype, getView(x).sizes[0], products));
}

CostAttr cuda::getCost(Operation *op, const Target &target) {
  if (auto group = dyn_cast<GemvGroupOp>(op))
    return getGroupCost(group, target);
  Family family = Family::Elementwise;
  Work work;
  SmallVector<SizeUse> uses;
  int64_t rows = 1;
  auto addBytes = [&] {
    for (Value operand : op->getOperands())
      if (isa<MemRefType>(operand.getType()))
        work.bytes += getBytes(operand);
  };
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](MatmulOp matmul) {
        family = Family::Gemm;
        ProductUse product = getProduct(matmul.getA(), matmul.getB());
        work = product.work;
        uses = {product.k, product.n};
        rows = getView(matmul.getA()).sizes.end()[-2];
        addBytes();
      })
      .Case([&](GemvOp gemv) {
        family = Family::Gemm;
        ProductUse product = getProduct(gemv);
        work = product.work;
        uses = {product.k, product.n};
        rows = getView(gemv.getX()).sizes[0];
      })
      .Case<AttentionDecodeOp, AttentionPrefillOp, AttentionStepOp>(
          [&](auto attention) {
            family = Family::Attention;
            std::tie(work, uses) = getAttention(attention);
            rows = getView(attention.getQ()).sizes[2];
          })
      .Case([&](AttentionCombineOp) {
        family = Family::Attention;
        addBytes();
      })
      .Case([&](EmbedOp embed) {
        family = Family::Movement;
        work.bytes = getBytes(embed.getIds()) + 2 * getBytes(embed.getOut());
      })
      .Case([&](AppendOp append) {
        family = Family::Movement;
        work.bytes = 2 * getBytes(append.getRows());
      })
      .Case([&](memref::CopyOp) {
        family = Family::Movement;
        addBytes();
      })
      .Case([&](linalg::GenericOp generic) {
        int64_t steps = 0;
        for (Operation &step : generic.getBody()->without_terminator())
          steps += !isa<CastOpInterface, arith::ConstantOp>(step) &&
                   isa<FloatType>(step.getResult(0).getType());
        if (llvm::hasSingleElement(*generic.getBody()))
          family = Family::Movement;
        work.flops = steps * countElements(generic.getStaticLoopRanges());
        addBytes();
      })
      .Case([&](RMSNormOp norm) {
        work.flops = 4 * countElements(getType(norm.getX()).getShape());
        addBytes();
      })
      .Case([&](RopeOp rope) {
        work.flops = 3 * countElements(getType(rope.getX()).getShape());
        work.bytes = 2 * getBytes(rope.getX()) + getBytes(rope.getCos()) +
                     getBytes(rope.getSin());
      });
  DType dtype = getDType(getType(op->getOperand(0)).getElementType());
  int64_t picoseconds = 0;
  if (family == Family::Gemm || family == Family::Attention) {
    picoseconds = predictTime(target, dtype, work,
                              getEfficiency(target, dtype, rows, uses));
  } else {
    // Not the tensor cores' work: memory alone bounds it.
    picoseconds = predictTime(target, dtype, {0, work.bytes}, 1);
  }
  return CostAttr::get(op->getContext(), family, work.flops, work.bytes,
                       picoseconds);
}
