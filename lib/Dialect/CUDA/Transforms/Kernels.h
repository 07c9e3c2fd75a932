//===- Kernels.h - What launching an operation takes ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_DIALECT_CUDA_TRANSFORMS_KERNELS_H
#define GAC_LIB_DIALECT_CUDA_TRANSFORMS_KERNELS_H

#include "gac/Dialect/CUDA/IR/CUDAOps.h"
#include "gac/Target/CostModel.h"
#include "kernels/AttentionDecode.cuh"
#include "kernels/AttentionStep.cuh"
#include "kernels/GemvShape.cuh"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace gac::cuda {

/// The loops of an elementwise operation, those that run over one piece of
/// memory in all operands joined to one.
struct Loops {
  llvm::SmallVector<int64_t> sizes;
  /// By operand and loop, in elements.
  llvm::SmallVector<llvm::SmallVector<int64_t>> strides;

  explicit Loops(mlir::linalg::GenericOp op);
};

/// The target `name`, a built-in one's or a file's. Fails with a diagnostic at
/// `module`.
mlir::FailureOr<Target> loadTarget(mlir::ModuleOp module, llvm::StringRef name);

/// What the target's device offers to launches.
kernels::DeviceLimits getLimits(const Target &target);

/// What the target calls an element type of products; float32 for all others.
DType getDType(mlir::Type type);

/// Whether a kernel computes `op`.
bool isKernelBody(mlir::Operation *op);

/// What a kernel for `op` is called, without a number: "rms_norm".
llvm::StringRef getKernelStem(mlir::Operation *op);

/// Blocks, threads and dynamic shared memory for the kernel of `op`.
kernels::LaunchGeometry getGeometry(mlir::Operation *op);

/// The most elements that accesses of the kernel can take at once.
int64_t getVector(mlir::Operation *op);
/// The same for gac_cuda.gemv on these operands.
int64_t getProductVector(mlir::Value x, mlir::Value weight);

/// The kernels' view of the operands of attention.
template <typename OpTy> kernels::AttentionShape getAttentionShape(OpTy op) {
  auto layout = [](mlir::Value value) {
    View view(mlir::cast<mlir::MemRefType>(value.getType()));
    return kernels::HeadLayout{view.strides[0], view.strides[2],
                               view.strides[1]};
  };
  auto sizes = [](mlir::Value value) {
    return mlir::cast<mlir::MemRefType>(value.getType()).getShape();
  };
  kernels::AttentionShape shape;
  shape.batch = sizes(op.getQ())[0];
  shape.heads = sizes(op.getQ())[1];
  shape.queries = sizes(op.getQ())[2];
  shape.keyHeads = sizes(op.getK())[1];
  shape.keyWidth = sizes(op.getQ())[3];
  shape.valueWidth = sizes(op.getV())[3];
  shape.scale = op.getScale().convertToFloat();
  shape.q = layout(op.getQ());
  shape.k = layout(op.getK());
  shape.v = layout(op.getV());
  shape.o = layout(op.getOut());
  return shape;
}

/// The kernels' view of the operands of a product of few rows.
kernels::GemvShape getGemvShape(GemvOp op);
/// How the kernel of few rows computes the product if its constant weight lies
/// like such a type; nothing where packages leave it to cuBLASLt, or the kernel
/// cannot.
std::optional<kernels::GemvShape>
chooseGemv(MatmulOp product, mlir::MemRefType weight, const Target &target);

/// The kernels' view of a step of decoding.
kernels::AttentionStepShape getStepShape(AttentionStepOp op);

/// The buffer that blocks without clusters leave their parts in; null if there
/// are no parts.
mlir::Value createWorkspace(mlir::OpBuilder &builder, mlir::Location loc,
                            const kernels::GemvShape &shape);
mlir::Value createWorkspace(mlir::OpBuilder &builder, mlir::Location loc,
                            const kernels::AttentionStepShape &shape);
/// Gives all kernels with a workspace their counters, the most that a launch
/// needs: one tensor of the package, which all entries share.
void assignCounters(mlir::ModuleOp module);

/// What an operation of an entry costs on `target`: kernels, gac_cuda.matmul,
/// memref.copy.
CostAttr getCost(mlir::Operation *op, const Target &target);

} // namespace gac::cuda

#endif // GAC_LIB_DIALECT_CUDA_TRANSFORMS_KERNELS_H
