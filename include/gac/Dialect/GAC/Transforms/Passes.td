//===- Passes.td - Passes of the gac dialect ---------------*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_TRANSFORMS_PASSES_TD
#define GAC_DIALECT_GAC_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def BindDims : Pass<"gac-bind-dims", "::mlir::ModuleOp"> {
  let summary = "Replace symbolic dimensions by sizes";
  let description = [{
    Each axis whose symbol (`gac.dims`) is bound, or is a formula of bound
    symbols, gets the size in its type. What only inference can tell of the
    other axes is left to `gac-infer-shapes`. A name that no input of the model
    has is an error.

    ```
    gac-opt --gac-bind-dims="dims=batch=1,seq=128"
    ```
    turns `tensor<?x?x64xf32>` with `gac.dims = ["batch", "seq", ""]` into
    `tensor<1x128x64xf32>`.
  }];
  let options = [
    ListOption<"dims", "dims", "std::string",
               "Sizes for symbolic dimensions, NAME=SIZE">,
  ];
  let dependentDialects = ["::gac::GACDialect"];
}

def InferShapes : Pass<"gac-infer-shapes", "::mlir::func::FuncOp"> {
  let summary = "Refine result types by what is known of shapes";
  let description = [{
    Each result gets the rank and the static sizes that its op's shape rule
    derives, over symbolic sizes and the values of small integer tensors: the
    shape operand of a Reshape need not be a constant. A result of unknown type
    becomes a tensor if the rule knows its shape and element type. An op that
    provably cannot run is an error, and so is a type that contradicts what is
    derived.

    ```mlir
    %0 = gac.matmul %x, %w
        : (tensor<?x64xf32>, tensor<64x107xf32>) -> tensor<?x?xf32>
    ```
    becomes
    ```mlir
    %0 = gac.matmul %x, %w
        : (tensor<?x64xf32>, tensor<64x107xf32>) -> tensor<?x107xf32>
    ```
  }];
}

def FoldShapes : Pass<"gac-fold-shapes", "::mlir::func::FuncOp"> {
  let summary = "Replace what only shapes determine by constants";
  let description = [{
    Each integer or boolean tensor of at most 256 elements all of which follow
    from shapes and constants becomes a `gac.constant`, under the name of the
    value; what computed it goes away if nothing else reads it. After
    `gac-bind-dims` and `gac-infer-shapes` no shape arithmetic is left of a model
    whose sizes are all bound.

    ```mlir
    %0 = gac.shape %x : (tensor<2x9x64xf32>) -> tensor<3xi64>
    ```
    becomes
    ```mlir
    %0 = gac.constant dense<[2, 9, 64]> : tensor<3xi64>
    ```
  }];
  let dependentDialects = ["::gac::GACDialect"];
}

def Apply : Pass<"gac-apply", "::mlir::ModuleOp"> {
  let summary = "Grow dimensions as the module's plan says";
  let description = [{
    Reads the `#gac.plan` of the module (`gac.plan`), grows each dimension that
    it names (what it multiplies and merges is left to gac-multiply-factors and
    gac-merge-products) in the types of all values, pads the weights by recipe, rewrites
    operands and attributes that state sizes, and erases what is dead. Then the
    dimensions are computed again and compared with the plan.

    An input or output that grows gets the attribute `gac.lanes`, on top of what
    an earlier repair says there.

    The plan is applied as it stands or refused with an error: a dimension that
    is not known, has another size than the plan says, shrinks or may not grow.
    After an error the module is not to be used.

    ```mlir
    // #gac.plan<..., [<"w:1", 107 to 112>]>
    %w = gac.initializer "w" = #gac.file<...> : tensor<64x107xf32>
    // becomes
    %w = gac.initializer "w" = #gac.pad<#gac.file<...> : tensor<64x107xf32>,
        [<64 : 0 to 0 by 64>, <112 : 0 to 0 by 107>]> : tensor<64x112xf32>
    ```
  }];
  let dependentDialects = ["::gac::GACDialect"];
}

def MultiplyFactors : Pass<"gac-multiply-factors", "::mlir::ModuleOp"> {
  let summary = "Multiply low-rank pairs back as the module's plan says";
  let description = [{
    Each pair of weights that the plan of the module multiplies becomes one, by
    recipe, and x A B one product. That is the same function, but not the same
    rounding: the intermediate was rounded to its type, and now the matrix is.
    Without a plan nothing changes.

    A pair that is not there, whose intermediate something else reads or
    something is added to, or a factor that something else reads too, is an
    error. After an error the module is not to be used.

    ```mlir
    // #gac.plan<..., [] multiply [<"A", "B">]>
    %0 = gac.matmul %x, %a
        : (tensor<?x64xf32>, tensor<64x56xf32>) -> tensor<?x56xf32>
    %1 = gac.matmul %0, %b
        : (tensor<?x56xf32>, tensor<56x64xf32>) -> tensor<?x64xf32>
    // becomes
    %c = gac.initializer "A*B" = #gac.product<#gac.part<"A", ...>,
                                              #gac.part<"B", ...>>
    %1 = gac.matmul %x, %c
        : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let dependentDialects = ["::gac::GACDialect"];
}

def MergeProducts : Pass<"gac-merge-products", "::mlir::ModuleOp"> {
  let summary = "Merge products of one activation as the module's plan says";
  let description = [{
    The weights of each merge that the plan of the module has become one, side
    by side, by recipe, their products one, and a `gac.split` gives each reader
    its part. Biases are joined likewise, with zeros where a layer has none.
    Each element is the same sum as before. Without a plan nothing changes.

    Weights that are not there, that something else reads too, or products that
    do not read one activation, are errors, and so are sums that take part in a
    product's own kernel (`gac-plan-products` leaves these alone). After an
    error the module is not to be used.

    ```mlir
    // #gac.plan<..., [] merge [<"A", "B">]>
    %0 = gac.matmul %x, %a
        : (tensor<?x64xf32>, tensor<64x56xf32>) -> tensor<?x56xf32>
    %1 = gac.matmul %x, %b
        : (tensor<?x64xf32>, tensor<64x40xf32>) -> tensor<?x40xf32>
    // becomes
    %c = gac.initializer "A+B" = #gac.concat<[#gac.part<"A", ...>,
                                              #gac.part<"B", ...>], axis = 1>
    %2 = gac.matmul %x, %c
        : (tensor<?x64xf32>, tensor<64x96xf32>) -> tensor<?x96xf32>
    %3:2 = gac.split %2, dense<[56, 40]> {axis = 1}
    ```
  }];
  let dependentDialects = ["::gac::GACDialect"];
}

def LowerToOnnx : Pass<"gac-lower-to-onnx", "::mlir::func::FuncOp"> {
  let summary = "Write out what ONNX's operators cannot say";
  let description = [{
    Export runs this pass. Operators of ONNX that came after the function's
    opset (`gac.opset`), such as the RMSNormalization that `gac-recover` found
    in a model of opset 17, are taken apart as by `gac-decompose`, Gelu and Swish
    too. Named ops may also say what their operators cannot; the pass says it in
    ONNX's own terms:

    * `gac.rms_normalization` with a `logical_count` of n among s stored lanes
      gets sqrt(n / s) times its scale and n / s times its epsilon, and so do
      `gac.simplified_layer_normalization` and
      `gac.skip_simplified_layer_normalization`.
    * `gac.layer_normalization` with `logical_lanes` becomes its formula, with a
      constant mask. All its results are served.

    ```mlir
    %y = gac.rms_normalization %x, %w {epsilon = 1.0 : f32, logical_count = 2 : i64}
        : (tensor<3x8xf32>, tensor<8xf32>) -> tensor<3x8xf32>
    ```
    becomes
    ```mlir
    %0 = gac.initializer "y.count" = dense<5.0e-1> : tensor<f32>
    %1 = gac.mul %w, %0 : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
    %y = gac.rms_normalization %x, %1 {epsilon = 2.5e-1 : f32}
        : (tensor<3x8xf32>, tensor<8xf32>) -> tensor<3x8xf32>
    ```
  }];
  let dependentDialects = ["::gac::GACDialect"];
}

def PrintDimensions : Pass<"gac-print-dimensions", "::mlir::ModuleOp"> {
  let summary = "Print the dimensions of each function, for tests";
  let description = [{
    Prints to standard output each dimension with its size, the weights on which
    it stands and the reasons that fix it; the terms of each value, with what
    padding of theirs holds where that is not zero; and each use.

    With `meanings` it prints instead, for each dimension and each term that is
    used, what it is to the model and where; with `explain`, the path of one
    dimension.
  }];
  let options = [
    Option<"meanings", "meanings", "bool", "false",
           "Print what the dimensions are to the model">,
    Option<"explain", "explain", "std::string", "\"\"",
           "Print the path of this dimension: TENSOR:AXIS">,
  ];
}

def PrintLanes : Pass<"gac-print-lanes", "::mlir::ModuleOp"> {
  let summary = "Print where the lanes of each value go under a plan, for tests";
  let description = [{
    Prints to standard output, as JSON, what the plan in the module's attribute
    `gac.plan` does to each function: to its `values` by their ONNX names, but
    for what is computed from sizes, and to each of its `weights` as one `reader`,
    which is in a `layer` if the file says so, has it.

    * `axes`: a `size` that stays, a number or an expression; a `dimension` of
      `size` lanes that grows to `new`, padded at its end; a `product`, its
      outermost factor first; or a `concatenation`.
    * `padding`, of values: what the lanes hold that the growth of one
      `dimension` adds on one `axis`: a number, `finite` or `anything`. That of
      weights is zero.
  }];
}

def Recover : Pass<"gac-recover", "::mlir::func::FuncOp"> {
  let summary = "Recover named operations from what exporters make of them";
  let description = [{
    Rewrites the decomposed forms that exporters write into the named ops that
    ONNX has for them:

    * `gac.rms_normalization`: a mean of squares, an epsilon, the inverse square
      root and a scale, in the model's type or in a wider one between casts. The
      mean is one over all lanes or, as growth writes it, their sum by a smaller
      count, or their mean times lanes / count: a `logical_count`.
    * `gac.layer_normalization`: the same of what x deviates from its mean, with
      a bias, or without, or without a scale, which then is one of ones. Where a
      constant mask keeps the mean from padding, the `logical_lanes`.
    * `gac.rotary_embedding` of pairs that are halves of the width or, with
      `interleaved`, neighbours, by tables of one number per pair: those of two
      equal numbers per pair are halved. `rotary_embedding_dim` says how many of
      the first lanes are rotated where the others are put behind them. What is
      rotated has the axes batch, heads, rows, width; heads behind the rows are
      moved before, and back. A table for all of a batch keeps its batch of 1.
      Pairs that are taken as neighbours and put down as halves are sorted first.
    * `gac.attention` (batch, heads, rows, width, also where a batch of matrices
      has batch and heads as one axis) with an explicit scale, be it of Q, K or
      the scores, a constant or computed from a shape, and with `softcap` where
      scores are capped before the mask. The mask operand is what is added (a
      mask, a bias, ALiBi, or their sum) or the condition by which scores are
      replaced, with a row for each of Q.
    * `gac.swish`: x * sigmoid(alpha * x).
    * `gac.gelu`: by erf, and by its tanh approximation, in any order of factors.
    * ONNX Runtime's own operators become those of ONNX that they are made of:
      norms of a sum an `gac.add` and a norm, `gac.fused_matmul` a `gac.matmul`
      with what transposes and scales, `gac.contrib_attention` and
      `gac.multi_head_attention` a `gac.attention` with their projections and
      biases before it, packed Q, K and V in their parts. They stay where
      something reads the statistics of a norm, a mask is given as integers, or
      packed K and V have a bias. `gac.matmul_nbits` stays as it is.
    * `gac.group_query_attention` becomes a `gac.attention`, with
      `gac.rotary_embedding` before it where it rotates, by the numbers of the
      rows. Without a cache, sequences begin in column 0 and are as long as
      `seqlens_k` says: where that is not proven to be all rows, a mask hides
      the columns behind, as ONNX Runtime does for the rows behind too. Behind a
      cache, lengths say where each sequence goes on, which ONNX's Attention
      does not: the op is recovered where they are proven to fill cache and
      rows. It also stays with `smooth_softmax`, `head_sink`, norms of Q and K,
      a cache in few bits or with a window of its own, a local window or
      `causal` = 0 over lengths that are not proven, and with `position_ids` to
      rotate by, of which ONNX Runtime reads the first of a sequence only.

    What newer opsets write as one op arrives at the same: K and V whose heads
    are repeated are taken with the heads that they have; a mask that is proven
    to hide nothing goes, and one that is proven to hide exactly the rows to come
    becomes `is_causal`, and a Concat of cached and new rows before it the
    operands `past_key` and `past_value`, the cache being the results
    `present_key` and `present_value`. Any other mask stays an operand.

    A rewrite is exact up to rounding, for finite scores, or not made:
    constants, axes, shapes and other readers are checked. Without a NaN guard,
    a mask must leave each row a score: its numbers are finite by how they are
    made, or each row keeps its first column. A NaN guard on
    probabilities is what Attention does itself for a row of which all is
    masked. A new op has the location, name and symbolic sizes of the last op of
    what it replaces, which goes away.

    The function's `gac.opset` is raised to what the new ops need if it is at
    least 20 and no node of ONNX's domain is opaque: for the other named ops
    newer releases have only added types. Otherwise it stays, and the function
    cannot be exported.

    ```mlir
    %0 = gac.sigmoid %x : (tensor<?x64xf32>) -> tensor<?x64xf32>
    %1 = gac.mul %x, %0
        : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
    becomes
    ```mlir
    %1 = gac.swish %x : (tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
}

def AllowInterface : Pass<"gac-allow-interface", "::mlir::func::FuncOp"> {
  let summary = "Let inputs and outputs change their sizes";
  let description = [{
    Marks the graph inputs and outputs whose names match one of the patterns
    (`gac.may_change`): their static axes may grow like any other. What grows
    says where its old lanes are (`gac.lanes`, see gac-apply). Whoever gives
    such an input puts zeros between them; an output that shares a dimension
    with one of these inputs has zeros there, too, so that the present of one
    step can be the past of the next. Elsewhere an output's new lanes are
    finite.

    In a pattern `*` is any text, `?` any character, `[a-z]` one of a range,
    `{a,b}` one of several texts; `\` takes away a character's meaning. A
    pattern that cannot be read, or that nothing matches, is an error.

    ```
    gac-opt --gac-allow-interface="patterns=past_*,present_*"
    ```
  }];
  let options = [
    ListOption<"patterns", "patterns", "std::string",
               "Names of inputs and outputs">,
  ];
  let dependentDialects = ["::gac::GACDialect"];
}

def Decompose : Pass<"gac-decompose", "::mlir::func::FuncOp"> {
  let summary = "Take composite ops apart into primitive ones";
  let description = [{
    The reverse of `gac-recover`, for what knows primitive ops only. Softmax and
    LogSoftmax, the normalizations, global pooling, RotaryEmbedding and Attention
    (masks, causality, caches, soft-capping, heads of K and V that are shared)
    become means, exponents, products and moves of data. The last op of each has
    the location, the name and the symbolic sizes of what it replaces.

    An op stays as it is where its form depends on what is not known: the rank
    of an operand, or the width of a head.

    ```mlir
    %y = gac.softmax %x : (tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
    becomes
    ```mlir
    %axes = gac.constant dense<-1> : tensor<1xi64>
    %0 = gac.reduce_max %x, %axes
        : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
    %1 = gac.sub %x, %0
        : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
    %2 = gac.exp %1 : (tensor<?x64xf32>) -> tensor<?x64xf32>
    %3 = gac.reduce_sum %2, %axes
        : (tensor<?x64xf32>, tensor<1xi64>) -> tensor<?x1xf32>
    %y = gac.div %2, %3
        : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
    ```
  }];
  let dependentDialects = ["::gac::GACDialect"];
}

class GAC_PricingPass<string name> : Pass<name, "::mlir::ModuleOp"> {
  list<Option> pricingOptions = [
    Option<"target", "target", "std::string", "\"h200\"",
           "Name of a built-in target, or a target file">,
    Option<"dtype", "dtype", "std::string", "\"\"",
           "Type that the model will run in: bf16, f16 or f32 (default: the "
           "model's own 16-bit type, else bf16)">,
    ListOption<"dims", "dims", "std::string",
               "Sizes at which symbolic dimensions are priced, NAME=SIZE">,
  ];
  let options = pricingOptions;
  let dependentDialects = ["::gac::GACDialect"];
}

def Detect : GAC_PricingPass<"gac-detect"> {
  let summary = "Report dimensions that the target is slow at";
  let description = [{
    One remark per finding, at the first operation that suffers, worst first: the
    dimension's stable id, its size, why the target dislikes it, what it is to the
    model and where, the predicted cost, and the size that the least repair gives
    it. Notes tell of the
    operations that forbid a dimension to grow. The module does not change.
  }];
}

def Plan : GAC_PricingPass<"gac-plan"> {
  let summary = "Choose the sizes of a repair";
  let description = [{
    Writes the plan as attribute `gac.plan` of the module, for `gac-apply`. A
    plan that was there is replaced.

    ```
    gac-opt --gac-plan="target=h200 strategy=tradeoff budget=64MiB"
    ```
  }];
  let options = pricingOptions # [
    Option<"strategy", "strategy", "std::string", "\"minimal\"",
           "minimal, optimal, predefined or tradeoff">,
    Option<"budget", "budget", "std::string", "\"5%\"",
           "Weight bytes that tradeoff may add, such as 64MiB or 5%">,
  ];
}

#endif // GAC_DIALECT_GAC_TRANSFORMS_PASSES_TD
