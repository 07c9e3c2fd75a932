//===- CUDAOps.td - the scheduled form -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_CUDA_IR_CUDAOPS_TD
#define GAC_DIALECT_CUDA_IR_CUDAOPS_TD

include "gac/Dialect/CUDA/IR/CUDAKernelOps.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"

//===----------------------------------------------------------------------===//
// What a package is made of
//===----------------------------------------------------------------------===//

def CUDA_TensorOp : CUDA_Op<"tensor", [Symbol, HasParent<"::mlir::ModuleOp">]> {
  let summary = "a tensor that outlives the run of an entry";
  let description = [{
    `name` is the model's, the symbol is for use inside the module. The data of
    a `weight` or `constant` is `value`, any weight attribute of the tensor's
    type, recipes too. An integer `input` may have a `range`, the first and the
    last value that make sense. A `cache` is zero when a session begins; one that
    belongs to a pair of the model has the name of its input as `name`, that of
    its `output`, and the `axis` that positions are on. `fan_in` is the number of
    terms in a product with the original weight, before anything was padded (1
    where none sums over it): the scale of values that are made up for it.
    `origin` says what the data at the bottom of `value` were made of by a repair
    before, as the initializer's `gac.origin` did. Of an input, output or cache
    that was made wider `lanes` says where the lanes are that callers know, for
    each axis, `unit` for one that is as it was.

    ```mlir
    gac_cuda.tensor weight @w "lm_head.weight" : tensor<64x97xbf16> = #gac.cast<...>
    gac_cuda.tensor cache @past "past_0_0" : tensor<1x2x32x16xbf16>
        {output = "present_0_0", axis = 2 : i64,
         lanes = [unit, unit, unit, #gac.lanes<16 : 0 to 0 by 7, 7 to 8 by 7>]}
    ```
  }];
  let arguments = (ins CUDA_TensorKindAttr:$kind, SymbolNameAttr:$sym_name,
                       StrAttr:$name, TypeAttrOf<AnyStaticShapeTensor>:$type,
                       OptionalAttr<TypedAttrInterface>:$value,
                       OptionalAttr<DenseI64ArrayAttr>:$range,
                       OptionalAttr<StrAttr>:$output,
                       OptionalAttr<I64Attr>:$axis,
                       OptionalAttr<I64Attr>:$fan_in,
                       OptionalAttr<TypedAttrInterface>:$origin,
                       OptionalAttr<ArrayAttr>:$lanes);
  let assemblyFormat = [{
    $kind $sym_name $name `:` $type (`=` $value^)? attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::RankedTensorType getTensorType() {
      return ::llvm::cast<::mlir::RankedTensorType>(getType());
    }
    /// Whether it is one of the model's caches.
    bool isModelCache() {
      return getKind() == TensorKind::Cache && getOutput();
    }
    /// How many positions a model's cache has room for.
    int64_t getCapacity() { return getTensorType().getDimSize(*getAxis()); }
    ::llvm::LogicalResult verifyLanes();
  }];
}

def CUDA_EntryOp : CUDA_Op<"entry", [
    Symbol, HasParent<"::mlir::ModuleOp">, IsolatedFromAbove, NoTerminator,
    SingleBlock, NoRegionArguments]> {
  let summary = "a sequence of operations that a session can run";
  let description = [{
    `dims` are the sizes of the model's symbols, `inputs` and `outputs` are
    tensors in the model's order, `appends` says how many positions a run adds
    to which cache. `arena_bytes` is there once the entry's buffers have
    offsets.

    ```mlir
    gac_cuda.entry @decode dims {batch = 1 : i64, seq = 1 : i64}
        inputs [@input_ids] outputs [@logits] appends {past_0_0 = 1 : i64} {
      ...
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DictionaryAttr:$dims,
                       FlatSymbolRefArrayAttr:$inputs,
                       FlatSymbolRefArrayAttr:$outputs,
                       DefaultValuedAttr<DictionaryAttr, "{}">:$appends,
                       OptionalAttr<I64Attr>:$arena_bytes);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `dims` $dims `inputs` $inputs `outputs` $outputs
    (`appends` $appends^)? attr-dict-with-keyword $body
  }];
}

def CUDA_KernelOp : CUDA_Op<"kernel", [
    Symbol, HasParent<"::mlir::ModuleOp">, IsolatedFromAbove, NoTerminator,
    SingleBlock]> {
  let summary = "a CUDA kernel: one operation on the kernel's arguments";
  let description = [{
    The body holds the one operation (of this dialect or a `linalg.generic`) that
    the kernel computes on its arguments, which are memrefs without an offset:
    pointers. All sizes and strides are constants of the kernel. It is compiled
    for blocks of `threads` threads.

    ```mlir
    gac_cuda.kernel @rms_norm_0 threads 128
        (%x : memref<9x64xbf16>, %w : memref<64xbf16>, %y : memref<9x64xbf16>) {
      gac_cuda.rms_norm ins(%x, %w : memref<9x64xbf16>, memref<64xbf16>)
          outs(%y : memref<9x64xbf16>) {count = 64 : i64, epsilon = 1.0e-6 : f32}
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I32Attr:$threads);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The operation that the kernel computes.
    ::mlir::Operation *getComputation() { return &getBody().front().front(); }
  }];
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

def CUDA_GetOp : CUDA_Op<"get", [
    Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a tensor of the package, as a whole and row-major";
  let arguments = (ins FlatSymbolRefAttr:$tensor);
  let results = (outs CUDA_MemRef:$result);
  let assemblyFormat = "$tensor attr-dict `:` type($result)";
}

def CUDA_AllocOp : CUDA_Op<"alloc", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "a buffer in the entry's arena";
  let description = [{
    Its content is undefined until something is written to it. It lives from the
    first to the last use of the result and of views of it. `offset`, in bytes,
    is there once the arena is laid out.
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$offset);
  let results = (outs CUDA_MemRef:$result);
  let assemblyFormat = "(`at` $offset^)? attr-dict `:` type($result)";
}

def CUDA_PositionOp : CUDA_Op<"position", [Pure]> {
  let summary = "how many positions of a cache are filled before the entry runs";
  let description = [{
    `cache` is the name of the cache's input. All caches whose axis of positions
    has the same symbol are equally full, and each may stand for all. The result
    is a scalar in device memory, which one run of an entry does not change.
  }];
  let arguments = (ins StrAttr:$cache);
  let results = (outs CUDA_PositionType:$result);
  let assemblyFormat = "$cache attr-dict `:` type($result)";
}

//===----------------------------------------------------------------------===//
// What an entry does
//===----------------------------------------------------------------------===//

def CUDA_LaunchOp : CUDA_Op<"launch", [
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the launch of a kernel on a grid";
  let description = [{
    `grid` counts blocks in three dimensions; `shared_bytes` is dynamic shared
    memory. Operands may lie at an offset; the kernel sees where they begin.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, DenseI64ArrayAttr:$grid,
                       DefaultValuedAttr<I64Attr, "0">:$shared_bytes,
                       CUDA_CostAttr:$cost, Variadic<CUDA_MemRef>:$operands);
  let assemblyFormat = [{
    $kernel `grid` $grid (`shared` $shared_bytes^)?
    `(` $operands `)` `cost` $cost attr-dict `:` type($operands)
  }];
}

def CUDA_GemmOp : CUDA_Op<"gemm", [AttrSizedOperandSegments]> {
  let summary = "a matrix product by cuBLASLt";
  let description = [{
    `d = epilogue(alpha * a b + c + bias)`, for a [m, k], b [k, n], c and d
    [m, n], or all of them in batches [batch, ...], where a stride of 0 repeats
    a matrix. One of the last two strides of each is 1; c and d are row-major,
    and c may be d. The bias has n elements. Sums are in float32.
  }];
  let arguments = (ins CUDA_MemRef:$a, CUDA_MemRef:$b,
                       Optional<CUDA_MemRef>:$bias, Optional<CUDA_MemRef>:$c,
                       CUDA_MemRef:$d,
                       DefaultValuedAttr<F32Attr, "1.0f">:$alpha,
                       DefaultValuedAttr<CUDA_EpilogueAttr,
                                         "Epilogue::None">:$epilogue,
                       CUDA_CostAttr:$cost);
  let assemblyFormat = [{
    $a `,` $b (`bias` $bias^)? (`add` $c^)? `into` $d `cost` $cost attr-dict
    `:` type(operands)
  }];
  let hasVerifier = 1;
}

def CUDA_CopyOp : CUDA_Op<"copy"> {
  let summary = "a copy of contiguous memory";
  let arguments = (ins CUDA_MemRef:$source, CUDA_MemRef:$target,
                       CUDA_CostAttr:$cost);
  let assemblyFormat = [{
    $source `to` $target `cost` $cost attr-dict `:` type(operands)
  }];
  let hasVerifier = 1;
}

#endif // GAC_DIALECT_CUDA_IR_CUDAOPS_TD
