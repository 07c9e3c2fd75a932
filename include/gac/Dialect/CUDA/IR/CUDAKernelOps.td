//===- CUDAKernelOps.td - what kernels compute -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_CUDA_IR_CUDAKERNELOPS_TD
#define GAC_DIALECT_CUDA_IR_CUDAKERNELOPS_TD

include "gac/Dialect/CUDA/IR/CUDAAttributes.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def CUDA_MemRef : StaticShapeMemRefOf<[AnyType]>;
def CUDA_Shaped : AnyTypeOf<[AnyStaticShapeTensor, CUDA_MemRef]>;
def CUDA_PositionType : AnyTypeOf<[
    0DTensorOf<[I32]>, MemRefRankOf<[I32], [0]>]>;

class CUDA_Op<string mnemonic, list<Trait> traits = []>
    : Op<CUDA_Dialect, mnemonic, traits>;

/// An op that a kernel computes, on tensors or on memrefs as linalg's ops: with
/// memrefs it has no results. Logical shapes count; memrefs may have any
/// strides but for a last axis that is contiguous. `vector` is the number of
/// elements that each access takes; it is chosen with the kernel.
class CUDA_KernelBodyOp<string mnemonic, list<Trait> traits = []>
    : CUDA_Op<mnemonic, !listconcat(traits, [
        DestinationStyleOpInterface,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>])> {
  let results = (outs Variadic<AnyStaticShapeTensor>:$results);
  string initsAccessor = "getOutMutable()";
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return }]
    # initsAccessor # [{; }
  }];
  let extraClassDefinition = [{
    void $cppClass::getEffects(
        ::llvm::SmallVectorImpl<::mlir::MemoryEffects::EffectInstance>
            &effects) {
      ::gac::cuda::detail::addEffects(*this, effects);
    }
  }];
  let hasVerifier = 1;
}

// No access takes more than 16 bytes.
defvar CUDA_Vector = OptionalAttr<ConfinedAttr<I32Attr, [
    IntPowerOf2, IntMaxValue<16>]>>;

//===----------------------------------------------------------------------===//
// On tensors and on memrefs
//===----------------------------------------------------------------------===//

def CUDA_MatmulOp : CUDA_KernelBodyOp<"matmul", [AttrSizedOperandSegments]> {
  let summary = "a matrix product that nothing is chosen for yet";
  let description = [{
    `alpha * a b + bias + addend`, for a [m, k], b [k, n], bias [n], addend and
    out [m, n]; or for all but the bias in batches [batch, ...]. Sums are in
    float32 and rounded once.
  }];
  let arguments = (ins CUDA_Shaped:$a, CUDA_Shaped:$b,
                       Optional<CUDA_Shaped>:$bias,
                       Optional<CUDA_Shaped>:$addend, CUDA_Shaped:$out,
                       DefaultValuedAttr<F32Attr, "1.0f">:$alpha);
  let assemblyFormat = [{
    `ins` `(` $a `,` $b `:` type($a) `,` type($b) `)`
    (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`add` `(` $addend^ `:` type($addend) `)`)?
    `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
}

def CUDA_RMSNormOp : CUDA_KernelBodyOp<"rms_norm"> {
  let summary = "RMSNorm over the last axis";
  let description = [{
    `x / sqrt(sum(x^2) / count + epsilon) * weight`. `count` is the number of
    logical lanes; further ones are zero in x.
  }];
  let arguments = (ins CUDA_Shaped:$x, CUDA_Shaped:$weight, CUDA_Shaped:$out,
                       I64Attr:$count, F32Attr:$epsilon, CUDA_Vector:$vector);
  let assemblyFormat = [{
    `ins` `(` $x `,` $weight `:` type($x) `,` type($weight) `)`
    `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
}

def CUDA_RopeOp : CUDA_KernelBodyOp<"rope"> {
  let summary = "half-split rotary embedding";
  let description = [{
    x and out are [batch, heads, rows, width], the tables [batch or 1, rows,
    lanes]. Lane i of the tables rotates the lanes i and `half` + i of each
    head; all other lanes are copied. May work in place.

    With `append` the rows go to a cache, as those of gac_cuda.append: out is
    [batch, heads, capacity, width], and its rows from `past` on (plus
    `position`, where it is given) are written.
  }];
  let arguments = (ins CUDA_Shaped:$x, CUDA_Shaped:$cos, CUDA_Shaped:$sin,
                       Optional<CUDA_PositionType>:$position,
                       CUDA_Shaped:$out, I64Attr:$half, UnitAttr:$append,
                       DefaultValuedAttr<I64Attr, "0">:$past,
                       CUDA_Vector:$vector);
  let assemblyFormat = [{
    `ins` `(` $x `,` $cos `,` $sin `:` type($x) `,` type($cos) `,` type($sin)
    `)` (`at` `(` $position^ `:` type($position) `)`)?
    `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
}

def CUDA_EmbedOp : CUDA_KernelBodyOp<"embed"> {
  let summary = "rows of a table by index";
  let description = [{
    table [rows, width], ids of any shape, out [ids' shape ..., width].
  }];
  let arguments = (ins CUDA_Shaped:$table, CUDA_Shaped:$ids, CUDA_Shaped:$out,
                       CUDA_Vector:$vector);
  let assemblyFormat = [{
    `ins` `(` $table `,` $ids `:` type($table) `,` type($ids) `)`
    `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
}

def CUDA_AppendOp : CUDA_KernelBodyOp<"append"> {
  let summary = "rows appended to a cache in place";
  let description = [{
    rows [batch, heads, rows, width] go to the rows from `past` on (plus
    `position`, where it is given) of out [batch, heads, capacity, width], of
    which everything else stays.
  }];
  let arguments = (ins CUDA_Shaped:$rows, Optional<CUDA_PositionType>:$position,
                       CUDA_Shaped:$out,
                       DefaultValuedAttr<I64Attr, "0">:$past,
                       CUDA_Vector:$vector);
  let assemblyFormat = [{
    `ins` `(` $rows `:` type($rows) `)`
    (`at` `(` $position^ `:` type($position) `)`)?
    `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
  let hasCanonicalizer = 1;
}

def CUDA_AttentionOp : CUDA_KernelBodyOp<"attention"> {
  let summary = "scaled dot-product attention that nothing is chosen for yet";
  let description = [{
    q [batch, heads, rows, key width], k [batch, key heads, keys, key width], v
    [batch, key heads, keys, value width], out [batch, heads, rows, value
    width]; the number of key heads divides that of heads. Of the keys the first
    `past` + `position` + rows count; with `causal` row i sees those up to
    `past` + `position` + i alone.
  }];
  let arguments = (ins CUDA_Shaped:$q, CUDA_Shaped:$k, CUDA_Shaped:$v,
                       Optional<CUDA_PositionType>:$position, CUDA_Shaped:$out,
                       F32Attr:$scale, UnitAttr:$causal,
                       DefaultValuedAttr<I64Attr, "0">:$past);
  let assemblyFormat = [{
    `ins` `(` $q `,` $k `,` $v `:` type($q) `,` type($k) `,` type($v) `)`
    (`at` `(` $position^ `:` type($position) `)`)?
    `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
}

//===----------------------------------------------------------------------===//
// On memrefs alone: kernels that were chosen
//===----------------------------------------------------------------------===//

def CUDA_GemvOp : CUDA_KernelBodyOp<"gemv", [AttrSizedOperandSegments]> {
  let summary = "a product of at most 32 rows and a matrix, by one kernel";
  let description = [{
    As gac_cuda.matmul with alpha 1 and without batches. With a `gate` the
    operand is silu(gate) * x; with a `norm` it is gac_cuda.rms_norm of x with
    that weight, `count` and `epsilon`. A block has `columns` columns of the
    result, and `splits` blocks share k: clusters where the device has them,
    else by way of `workspace` (floats) and `counters`, zero between launches.
    Warps have `depth` units of the weight under way (kernels/Gemv.cuh), the
    first ones before earlier launches have finished: weight and norm are
    constant.
  }];
  let arguments = (ins CUDA_MemRef:$x, CUDA_MemRef:$weight,
                       Optional<CUDA_MemRef>:$gate,
                       Optional<CUDA_MemRef>:$norm,
                       Optional<CUDA_MemRef>:$bias,
                       Optional<CUDA_MemRef>:$residual, CUDA_MemRef:$out,
                       Optional<CUDA_MemRef>:$workspace,
                       Optional<CUDA_MemRef>:$counters,
                       OptionalAttr<I64Attr>:$count,
                       OptionalAttr<F32Attr>:$epsilon, I32Attr:$columns,
                       I32Attr:$splits, I32Attr:$depth, CUDA_Vector:$vector);
  let assemblyFormat = [{
    `ins` `(` $x `,` $weight `:` type($x) `,` type($weight) `)`
    (`gate` `(` $gate^ `:` type($gate) `)`)?
    (`norm` `(` $norm^ `:` type($norm) `)`)?
    (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`add` `(` $residual^ `:` type($residual) `)`)?
    `outs` `(` $out `:` type($out) `)`
    (`workspace` `(` $workspace^ `,` $counters `:` type($workspace) `,`
     type($counters) `)`)?
    attr-dict (`->` type($results)^)?
  }];
}

def CUDA_GemvGroupOp : CUDA_Op<"gemv_group", [
    NoRegionArguments, NoTerminator, RecursiveMemoryEffects, SingleBlock]> {
  let summary = "products that one launch computes side by side";
  let description = [{
    Two `gac_cuda.gemv` or more, with as many rows of one type and as many splits
    each, none of which accesses what another writes. Their blocks follow each
    other in the grid.
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$body attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::SmallVector<GemvOp, 4> getProducts();
  }];
}

def CUDA_AttentionPrefillOp : CUDA_KernelBodyOp<"attention_prefill"> {
  let summary = "gac_cuda.attention of many rows, by one kernel";
  let arguments = (ins CUDA_MemRef:$q, CUDA_MemRef:$k, CUDA_MemRef:$v,
                       Optional<CUDA_PositionType>:$position, CUDA_MemRef:$out,
                       F32Attr:$scale, UnitAttr:$causal,
                       DefaultValuedAttr<I64Attr, "0">:$past,
                       CUDA_Vector:$vector);
  let assemblyFormat = CUDA_AttentionOp.assemblyFormat;
}

def CUDA_AttentionDecodeOp : CUDA_KernelBodyOp<"attention_decode", [
    AttrSizedOperandSegments]> {
  let summary = "gac_cuda.attention of one row, by blocks that share the keys";
  let description = [{
    `group` query heads of a key head are a block's. With several `splits` the
    results are left in `workspace` (floats), for
    gac_cuda.attention_combine.
  }];
  let arguments = (ins CUDA_MemRef:$q, CUDA_MemRef:$k, CUDA_MemRef:$v,
                       Optional<CUDA_PositionType>:$position,
                       CUDA_MemRef:$out, Optional<CUDA_MemRef>:$workspace,
                       F32Attr:$scale, DefaultValuedAttr<I64Attr, "0">:$past,
                       I32Attr:$group, I32Attr:$splits, CUDA_Vector:$vector);
  let assemblyFormat = [{
    `ins` `(` $q `,` $k `,` $v `:` type($q) `,` type($k) `,` type($v) `)`
    (`at` `(` $position^ `:` type($position) `)`)?
    `outs` `(` $out `:` type($out) `)`
    (`workspace` `(` $workspace^ `:` type($workspace) `)`)?
    attr-dict (`->` type($results)^)?
  }];
}

def CUDA_AttentionCombineOp : CUDA_KernelBodyOp<"attention_combine"> {
  let summary = "the splits of gac_cuda.attention_decode, combined";
  let arguments = (ins CUDA_MemRef:$workspace, CUDA_MemRef:$out,
                       I32Attr:$splits);
  let assemblyFormat = [{
    `ins` `(` $workspace `:` type($workspace) `)`
    `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
}

def CUDA_AttentionStepOp : CUDA_Op<"attention_step", [
    AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "gac_cuda.attention of one new token a sequence, with its cache";
  let description = [{
    q [batch, heads, 1, key width], and `key` and `value` [batch, key heads, 1,
    key or value width] of the new token. With tables [batch or 1, 1, lanes] q
    and `key` are rotated as by gac_cuda.rope with that `half`. `key` and
    `value` are appended to the caches k and v, as by gac_cuda.append, and out
    is gac_cuda.attention of q over them. Nothing else may write the caches in
    an entry, and nothing its position: the kernel reads what earlier runs have
    left in them before the launches before it have finished.

    A block has `group` query heads of a key head and a share of the keys;
    `splits` blocks share them: a cluster where the device has ones as large,
    else by way of `workspace` (floats) and `counters`, zero between launches.
    Warps have `depth` times 16 keys under way (kernels/AttentionStep.cuh).
  }];
  let arguments = (ins CUDA_MemRef:$q, CUDA_MemRef:$key, CUDA_MemRef:$value,
                       Optional<CUDA_MemRef>:$cos, Optional<CUDA_MemRef>:$sin,
                       Optional<CUDA_PositionType>:$position, CUDA_MemRef:$k,
                       CUDA_MemRef:$v, CUDA_MemRef:$out,
                       Optional<CUDA_MemRef>:$workspace,
                       Optional<CUDA_MemRef>:$counters, F32Attr:$scale,
                       DefaultValuedAttr<I64Attr, "0">:$past,
                       DefaultValuedAttr<I64Attr, "0">:$half, I32Attr:$group,
                       I32Attr:$splits, I32Attr:$depth);
  let assemblyFormat = [{
    `ins` `(` $q `,` $key `,` $value `:` type($q) `,` type($key) `,`
    type($value) `)`
    (`rotated` `(` $cos^ `,` $sin `:` type($cos) `,` type($sin) `)`)?
    (`at` `(` $position^ `:` type($position) `)`)?
    `caches` `(` $k `,` $v `:` type($k) `,` type($v) `)`
    `outs` `(` $out `:` type($out) `)`
    (`workspace` `(` $workspace^ `,` $counters `:` type($workspace) `,`
     type($counters) `)`)?
    attr-dict
  }];
  let hasVerifier = 1;
}

#endif // GAC_DIALECT_CUDA_IR_CUDAKERNELOPS_TD
