//===- Passes.td - From a model to a package -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_CUDA_TRANSFORMS_PASSES_TD
#define GAC_DIALECT_CUDA_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// On a model: entries, caches, precision
//===----------------------------------------------------------------------===//

def AttachOrigins : Pass<"gac-attach-origins", "::mlir::ModuleOp"> {
  let summary = "Read what an earlier repair made weights of";
  let description = [{
    Gives initializers their `gac.origin`, as the metadata of the file that the
    module was read from have it, and copies that gac-apply made the name of
    their original. Values stay as they are. Metadata that are damaged are an
    error; what they say of a tensor that has another shape by now is passed
    over, and a remark says so.
  }];
}

def FormCaches : Pass<"gac-form-caches", "::mlir::func::FuncOp"> {
  let summary = "Find the pairs of past and present that become caches";
  let description = [{
    Marks inputs as caches (`gac_cuda.cache = {output, axis}`) that one
    `gac.attention` reads as its `past_key` or `past_value`, that nothing else
    reads but for their shape, and whose `present_key` or `present_value` is an
    output and nothing else. K and V of an attention become caches together.

    What the kernels of caches cannot do speaks against a pair: a mask, softcap,
    the scores as a result, lengths without padding, float64 in the softmax, as
    many new keys as there are no queries, and positions whose number is no
    symbol of the model, of which the session would not know how many there are.

    Without `caches` all pairs are taken that can be; a remark says of each other
    attention with a past what speaks against it. With `caches` exactly those
    are, and what speaks against one is an error.

    ```
    gac-opt --gac-form-caches="caches=past_0_0=present_0_0,past_0_1=present_0_1"
    ```
  }];
  let options = [
    ListOption<"caches", "caches", "std::string",
               "Inputs and outputs that are caches, INPUT=OUTPUT (default: by "
               "structure)">,
  ];
  let dependentDialects = ["::gac::cuda::CUDADialect"];
}

def PlanProducts : Pass<"gac-plan-products", "::mlir::ModuleOp"> {
  let summary = "Choose which weights of a package become one";
  let description = [{
    Writes a plan as attribute `gac.plan` of the module, in place of one that
    was there, for gac-multiply-factors and gac-merge-products. Linear layers
    that read one activation are one product where that takes no more time, and
    low-rank pairs are multiplied back to one matrix where that takes less. Time
    is what the target's cost model predicts of these products, summed over the
    entries, each times its weight: entries share their weights. A hundredth of
    it does not count. How many rows an activation has the entries' sizes say;
    layers of which they do not stay as they are.

    The best combination for each activation is found exactly where there are
    few: for eight layers that read it, six with four pairs, or five pairs.
    Nothing is merged that would start, or put rows apart,
    at what the target's rules call less than full speed to read. Without
    measured times the plan is empty, and a remark says so.

    ```
    gac-opt --gac-plan-products="entries=prefill:batch=1:seq=1024,decode:batch=1:seq=1 weights=decode=128"
    ```
  }];
  let options = [
    ListOption<"entries", "entries", "std::string",
               "Entries with the size of each symbol, "
               "NAME:SYMBOL=SIZE:SYMBOL=SIZE ...">,
    ListOption<"weights", "weights", "std::string",
               "What an entry's time counts, NAME=W (default 1)">,
    Option<"dtype", "dtype", "std::string", "\"\"",
           "bf16 or f16 (default: the model's own 16-bit type, else bf16)">,
    Option<"target", "target", "std::string", "\"h200\"",
           "The GPU of predicted times: a built-in target's name, or a target "
           "file">,
    Option<"multiply", "multiply", "bool", "true",
           "Whether pairs may be multiplied back">,
  ];
  let dependentDialects = ["::gac::GACDialect"];
}

def SpecializeEntries : Pass<"gac-specialize-entries", "::mlir::ModuleOp"> {
  let summary = "Make one function per entry, with its sizes";
  let description = [{
    Each entry is a name and a size for each symbol of the model's function,
    which is cloned under that name with the sizes bound and goes away then. The
    attributes `gac_cuda.entry` and `gac_cuda.dims` say so, and `gac_cuda.model`
    says from which file it was imported.

    The symbol of a cache's positions stays one where its size is not 0: how far
    a cache is filled is known when an entry runs. It gives the cache's capacity
    with the positions that the entry appends: the largest sum of both in any
    entry is the same in all. `append` and `capacity` in the cache's attribute
    say so, for gac-place-caches.

    A symbol without a size, an unknown one, one that has two, a size of 0 but
    for a cache's positions, or caches that have another shape in another entry
    are errors.

    ```
    gac-opt --gac-specialize-entries="entries=prefill:batch=1:seq=8:past=0,decode:batch=1:seq=1:past=32"
    ```
  }];
  let options = [
    ListOption<"entries", "entries", "std::string",
               "Entries with the size of each symbol, "
               "NAME:SYMBOL=SIZE:SYMBOL=SIZE ...">,
  ];
  let dependentDialects = ["::gac::cuda::CUDADialect"];
}

def PlaceCaches : Pass<"gac-place-caches", "::mlir::func::FuncOp"> {
  let summary = "Append to caches in place";
  let description = [{
    In an entry's function, a cache becomes a tensor of its capacity, to which
    gac_cuda.append adds new keys and values, and which gac_cuda.attention
    reads; the output of the pair goes away. An attention of three dimensions
    gets an axis of heads.

    Small integer tensors whose elements are c0 + c1 * position become constants
    and gac_cuda.position, such as the ids of positions; of a longer gac.range,
    its start does. All other shape arithmetic becomes constants. Then all types
    are static: a size that still depends on positions is an error.
  }];
  let dependentDialects = [
    "::gac::GACDialect", "::gac::cuda::CUDADialect",
    "::mlir::tensor::TensorDialect"
  ];
}

def ConvertPrecision : Pass<"gac-convert-precision", "::mlir::ModuleOp"> {
  let summary = "Give a model's floats the type that it runs in";
  let description = [{
    Tensors of float32, float64, float16 and bfloat16 become tensors of `dtype`,
    those of inputs, outputs and caches too; weights by the recipe `#gac.cast`.
    The module's attribute `gac_cuda.dtype` says which type it is. What stays, or
    becomes, float32:

    * What is computed from integers and constants alone, and from no matrix of
      weights by a product or a gather: bfloat16 cannot count positions, of which
      rotary tables are made. Where such a value meets a converted one, a
      gac.cast stands between, but for the tables of gac.rotary_embedding and
      gac_cuda.rope, which are taken as they are.
    * What the model computes in a wider type than what it computes it from,
      between a gac.cast to that type and one back: the model asks for it.

    A gac.cast between types that have become the same goes away. float64 is
    taken as float32 is, as no kernel knows it. Constants of one element and
    small gac.constants are rounded at once; of those, finite numbers stay finite
    (a mask's lowest number), which a recipe does not see to.

    ```mlir
    %w = gac.initializer "w" = #gac.file<...> : tensor<64x22xf32>
    %1 = gac.matmul %0, %w
        : (tensor<1x8x64xf32>, tensor<64x22xf32>) -> tensor<1x8x22xf32>
    ```
    becomes
    ```mlir
    %w = gac.initializer "w" = #gac.cast<#gac.file<...> : tensor<64x22xf32>>
        : tensor<64x22xbf16>
    %1 = gac.matmul %0, %w
        : (tensor<1x8x64xbf16>, tensor<64x22xbf16>) -> tensor<1x8x22xbf16>
    ```
  }];
  let options = [
    Option<"dtype", "dtype", "std::string", "\"\"",
           "bf16 or f16 (default: the model's own 16-bit type, else bf16)">,
  ];
  let dependentDialects = ["::gac::GACDialect", "::gac::cuda::CUDADialect"];
}

//===----------------------------------------------------------------------===//
// On entries' functions: what kernels compute, on tensors
//===----------------------------------------------------------------------===//

def ConvertToKernels : Pass<"gac-convert-to-kernels", "::mlir::func::FuncOp"> {
  let summary = "Replace a model's operations by what kernels compute";
  let description = [{
    Every operation of the gac dialect becomes one that a kernel or a library
    computes, on tensors, but for what only changes the view of memory
    (`gac.reshape`, `gac.transpose`, `gac.slice` ...). Elementwise operations
    become `linalg.generic`s that compute in float32; a product takes the
    additions of a bias and of a residual with it.

    All sizes are static. An operation that nothing computes is an error that
    names its node.
  }];
  let dependentDialects = [
    "::gac::cuda::CUDADialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect",
  ];
}

//===----------------------------------------------------------------------===//
// The scheduled form
//===----------------------------------------------------------------------===//

def FuseElementwise : Pass<"gac-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "Join elementwise operations to one kernel";
  let description = [{
    A `linalg.generic` goes into the one that reads it, if nobody else does or
    if computing it again takes a few steps. What stood between is not rounded
    to the tensor's type any more: a chain is rounded where it ends.

    ```mlir
    %0 = linalg.generic ... { %1 = arith.truncf %2 : f32 to bf16 ... }
    %3 = linalg.generic ins(%0) ... { %4 = arith.extf %in : bf16 to f32 ... }
    ```
    becomes one operation without the two conversions.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def Schedule : Pass<"gac-schedule", "::mlir::ModuleOp"> {
  let summary = "Turn entries' functions into sequences of kernels on memory";
  let description = [{
    Each function with a `gac_cuda.entry` becomes a `gac_cuda.entry`; weights,
    inputs, outputs and caches become `gac_cuda.tensor`s, which entries share.
    Values become buffers; what only changes the view of memory becomes a
    `memref.reinterpret_cast` where strides can say it, and a copy where not. A
    value that is returned, or joined to others by a Concat, is computed into
    its place where nothing speaks against it.
  }];
  let dependentDialects = [
    "::gac::cuda::CUDADialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect",
  ];
}

def TransposeWeights : Pass<"gac-transpose-weights", "::mlir::ModuleOp"> {
  let summary = "Let weights lie as the kernel of few rows reads them";
  let description = [{
    A weight [n, k] that products alone read, all of them transposed, becomes
    [k, n] if the kernel of few rows then computes one of them in one of the
    entries: it reads such weights faster. Where cuBLASLt computes another one,
    the target must read rows n elements apart as fast as rows k apart. The data
    become a recipe, which is carried out when the package is written or, without
    data, when it is loaded. The plan of products counts on it.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"h200\"",
           "The GPU that kernels are chosen for: a built-in target's name, or a "
           "target file">,
  ];
  let dependentDialects = [
    "::gac::GACDialect", "::gac::cuda::CUDADialect",
  ];
}

def SelectKernels : Pass<"gac-select-kernels", "::mlir::ModuleOp"> {
  let summary = "Choose a kernel or a library call for each operation";
  let description = [{
    Products of few rows, of aligned operands, become `gac_cuda.gemv` (at most
    8 rows, 16 of small matrices), others `gac_cuda.gemm`; attention becomes the
    kernel for one row or for many. Accesses are as wide as strides and offsets
    admit. The module's attribute `gac_cuda.target` says for which GPU that was
    chosen.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"h200\"",
           "The GPU that kernels are chosen for: a built-in target's name, or a "
           "target file">,
  ];
  let dependentDialects = [
    "::gac::cuda::CUDADialect", "::mlir::memref::MemRefDialect",
  ];
}

def FuseGemvInputs : Pass<"gac-fuse-gemv-inputs", "::gac::cuda::EntryOp"> {
  let summary = "Let products of few rows compute their operand";
  let description = [{
    A `gac_cuda.rms_norm`, or a product with SiLU, that only `gac_cuda.gemv`s
    read becomes part of them: each block computes its share of the rows. That
    saves a launch and a wait, for a little arithmetic that all blocks repeat.
    Norms in bf16 alone: a product scales its results by a row's norm, and what it
    sums up until then may be beyond what f16 holds.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def FuseAttentionStep : Pass<"gac-fuse-attention-step", "::mlir::ModuleOp"> {
  let summary = "Make the attention of a step of decoding one kernel";
  let description = [{
    `gac_cuda.attention_decode` with the rotations of the query and the new key
    in front of it, and what appends the new key and value to their caches,
    becomes one `gac_cuda.attention_step`, where nothing else writes the caches
    and all rows are aligned to 8 elements: up to five launches become one. Its
    softmax weights are rounded before they meet the values, as those of
    `gac_cuda.attention_prefill` are, and of `attention_decode` are not.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"h200\"",
           "The GPU that kernels are chosen for: a built-in target's name, or a "
           "target file">,
  ];
  let dependentDialects = ["::gac::cuda::CUDADialect"];
}

def GroupGemvs : Pass<"gac-group-gemvs", "::mlir::ModuleOp"> {
  let summary = "Let products of few rows that are independent share a launch";
  let description = [{
    Up to four `gac_cuda.gemv` of equally many rows, none of which depends on
    another or on what is between them, become a `gac_cuda.gemv_group` where the
    first of them is, and get columns, splits and depth for all of them
    together. That saves launches and their waits, and gives small products, which
    leave most of a GPU without work, company. There is no test of profit: of
    large products each block then has a longer share of k.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"h200\"",
           "The GPU that kernels are chosen for: a built-in target's name, or a "
           "target file">,
  ];
  let dependentDialects = ["::gac::cuda::CUDADialect"];
}

def AllocateArena : Pass<"gac-allocate-arena", "::gac::cuda::EntryOp"> {
  let summary = "Give buffers offsets in the arena";
  let description = [{
    Buffers that are in use at the same time lie apart, at multiples of 256
    bytes. The largest are placed first, each at the lowest place that is free
    for as long as it is needed.
  }];
}

def OutlineKernels : Pass<"gac-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Move what kernels compute into kernels, and launch them";
  let description = [{
    Operations that differ in nothing but their operands, which may lie
    anywhere, share a kernel.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"h200\"",
           "The GPU of predicted times: a built-in target's name, or a target "
           "file">,
  ];
}

#endif // GAC_DIALECT_CUDA_TRANSFORMS_PASSES_TD
