//===- GACAttributes.td - attributes of the gac dialect -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACATTRIBUTES_TD
#define GAC_DIALECT_GAC_IR_GACATTRIBUTES_TD

include "gac/Dialect/GAC/IR/GACDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"

class GAC_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<GAC_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

def GAC_FileAttr : GAC_Attr<"File", "file", [TypedAttrInterface]> {
  let summary = "the data of a tensor as a byte range of a file";
  let description = [{
    The bytes `[offset, offset + length)` of `path`, little endian and row
    major as ONNX stores them. Nothing is loaded: whoever needs the bytes reads
    them from the file, and refuses when the file's size (bytes) or its time of
    last modification (nanoseconds since the epoch) is no longer what it was at
    import. `external` tells ONNX external data from bytes inside the model
    file, so that export keeps the form.

    ```mlir
    #gac.file<"/m/llama.onnx.data", offset = 4096, length = 27392,
              size = 31488, mtime = 1700000000000000000, external>
        : tensor<64x107xf32>
    ```
  }];
  let parameters = (ins
    AttributeSelfTypeParameter<"", "::mlir::ShapedType">:$type,
    StringRefParameter<"path of the file">:$path,
    "int64_t":$offset,
    "int64_t":$length,
    "int64_t":$fileSize,
    "int64_t":$mtime,
    DefaultValuedParameter<"bool", "false">:$external);
  let builders = [
    AttrBuilderWithInferredContext<(ins "::mlir::ShapedType":$type,
        "::llvm::StringRef":$path, "int64_t":$offset, "int64_t":$length,
        "int64_t":$fileSize, "int64_t":$mtime, "bool":$external), [{
      return $_get(type.getContext(), type, path, offset, length, fileSize,
                   mtime, external);
    }]>
  ];
  let assemblyFormat = [{
    `<` $path `,` `offset` `=` $offset `,` `length` `=` $length `,`
    `size` `=` $fileSize `,` `mtime` `=` $mtime
    (`,` `external` `=` $external^)? `>`
  }];
  let genVerifyDecl = 1;
}

def GAC_AbsentAttr : GAC_Attr<"Absent", "absent", [TypedAttrInterface]> {
  let summary = "the data of a tensor whose file is missing";
  let description = [{
    Stands for external data that was not there at import (`--graph-only`).
    `location`, `offset` and `length` (bytes) are what the model states.
  }];
  let parameters = (ins
    AttributeSelfTypeParameter<"", "::mlir::ShapedType">:$type,
    StringRefParameter<"location as the model states it">:$location,
    "int64_t":$offset,
    "int64_t":$length);
  let builders = [
    AttrBuilderWithInferredContext<(ins "::mlir::ShapedType":$type,
        "::llvm::StringRef":$location, "int64_t":$offset,
        "int64_t":$length), [{
      return $_get(type.getContext(), type, location, offset, length);
    }]>
  ];
  let assemblyFormat = [{
    `<` $location `,` `offset` `=` $offset `,` `length` `=` $length `>`
  }];
}

def GAC_OriginalAttr : GAC_Attr<"Original", "original",
                                [TypedAttrInterface]> {
  let summary = "a tensor of the model before it was repaired";
  let description = [{
    Stands at the bottom of recipes in `gac.origin`, which say what a weight of
    a repaired model was made of. It names the original and has no data.

    ```mlir
    #gac.pad<#gac.original<"w"> : tensor<64x107xf32>,
             [<64 : 0 to 0 by 64>, <112 : 0 to 0 by 107>]> : tensor<64x112xf32>
    ```
  }];
  let parameters = (ins
    AttributeSelfTypeParameter<"", "::mlir::ShapedType">:$type,
    StringRefParameter<"name of the original initializer">:$name);
  let builders = [
    AttrBuilderWithInferredContext<(ins "::mlir::ShapedType":$type,
        "::llvm::StringRef":$name), [{
      return $_get(type.getContext(), type, name);
    }]>
  ];
  let assemblyFormat = "`<` $name `>`";
}

def GAC_LanesAttr : GAC_Attr<"Lanes", "lanes"> {
  let summary = "where the lanes of an axis go when the axis grows";
  let description = [{
    A map from the indices of an old axis to those of a new one of `size`
    lanes, as runs of consecutive lanes in ascending order. New lanes that no
    run reaches are padding. Two halves of 53 that grow to 56 each:

    ```mlir
    #gac.lanes<112 : 0 to 0 by 53, 53 to 56 by 53>
    ```
  }];
  let parameters = (ins
    "int64_t":$size,
    ArrayRefParameter<"::gac::LaneRun", "runs, ascending">:$runs);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The map that moves nothing: `size` lanes to themselves.
    static LanesAttr getIdentity(::mlir::MLIRContext *context, int64_t size);
    /// Whether every lane stays where it is and none is added.
    bool isIdentity() const;
    /// Number of lanes of the old axis.
    int64_t getOldSize() const;
    /// Where the old lanes are once `next`, over this map's new axis, has moved
    /// them on.
    LanesAttr then(LanesAttr next) const;
  }];
}

def GAC_PadAttr : GAC_Attr<"Pad", "pad", [TypedAttrInterface]> {
  let summary = "a recipe: a tensor with its lanes moved and others between";
  let description = [{
    The data of `source` (any weight attribute, a recipe too) with the lanes of
    axis `i` moved by `lanes[i]`; every element that receives nothing is `fill`,
    a number or, along one axis, numbers of the element type, or zero if there is
    none. Recipes are evaluated block by block on export, never in the IR.

    ```mlir
    #gac.pad<#gac.file<...> : tensor<60x64xui8>,
             [<64 : 0 to 0 by 60>, <64 : 0 to 0 by 64>], fill = 128 : ui8>
        : tensor<64x64xui8>
    ```
  }];
  let parameters = (ins
    AttributeSelfTypeParameter<"", "::mlir::ShapedType">:$type,
    "::mlir::TypedAttr":$source,
    ArrayRefParameter<"::gac::LanesAttr", "one map per axis">:$lanes,
    OptionalParameter<"::mlir::TypedAttr", "null for zero">:$fill);
  let builders = [
    AttrBuilderWithInferredContext<(ins "::mlir::ShapedType":$type,
        "::mlir::TypedAttr":$source,
        "::llvm::ArrayRef<::gac::LanesAttr>":$lanes,
        CArg<"::mlir::TypedAttr", "{}">:$fill), [{
      return $_get(type.getContext(), type, source, lanes, fill);
    }]>
  ];
  let assemblyFormat = [{
    `<` $source `,` `[` $lanes `]` (`,` `fill` `=` $fill^)? `>`
  }];
  let genVerifyDecl = 1;
}

def GAC_CastAttr : GAC_Attr<"Cast", "cast", [TypedAttrInterface]> {
  let summary = "a recipe: a tensor's floats rounded to another type";
  let description = [{
    The elements of `source` (any weight attribute, a recipe too; f16, bf16, f32
    or f64) rounded to the element type of the result (f16, bf16 or f32): to
    nearest, ties to even, once.

    ```mlir
    #gac.cast<#gac.file<...> : tensor<64x107xf32>> : tensor<64x107xbf16>
    ```
  }];
  let parameters = (ins
    AttributeSelfTypeParameter<"", "::mlir::ShapedType">:$type,
    "::mlir::TypedAttr":$source);
  let builders = [
    AttrBuilderWithInferredContext<(ins "::mlir::ShapedType":$type,
        "::mlir::TypedAttr":$source), [{
      return $_get(type.getContext(), type, source);
    }]>
  ];
  let assemblyFormat = "`<` $source `>`";
  let genVerifyDecl = 1;
}

def GAC_TransposeAttr : GAC_Attr<"Transpose", "transpose",
                                 [TypedAttrInterface]> {
  let summary = "a recipe: a tensor with its axes in another order";
  let description = [{
    Axis i of the result is axis `perm[i]` of `source` (any weight attribute of
    elements of whole bytes, a recipe too).

    ```mlir
    #gac.transpose<#gac.file<...> : tensor<64x107xf32>, [1, 0]>
        : tensor<107x64xf32>
    ```
  }];
  let parameters = (ins
    AttributeSelfTypeParameter<"", "::mlir::ShapedType">:$type,
    "::mlir::TypedAttr":$source,
    ArrayRefParameter<"int64_t", "axes of the source">:$perm);
  let builders = [
    AttrBuilderWithInferredContext<(ins "::mlir::ShapedType":$type,
        "::mlir::TypedAttr":$source,
        "::llvm::ArrayRef<int64_t>":$perm), [{
      return $_get(type.getContext(), type, source, perm);
    }]>
  ];
  let assemblyFormat = "`<` $source `,` `[` $perm `]` `>`";
  let genVerifyDecl = 1;
}

def GAC_PartAttr : GAC_Attr<"Part", "part", [TypedAttrInterface]> {
  let summary = "a weight of the model inside the recipe of another";
  let description = [{
    The data of `source` (any weight attribute, a recipe too), which the model
    has as the initializer `name`. Where several weights become one, each of
    them keeps what synthetic values depend on: its name, the number of terms
    that a product with it sums up in the model before any repair (`fan_in`, 1
    if there is none), and the `origin` that `gac.origin` gave it, if any.

    ```mlir
    #gac.part<"q.A", #gac.file<...> : tensor<64x112xf32>, fan_in = 64>
        : tensor<64x112xf32>
    ```
  }];
  let parameters = (ins
    AttributeSelfTypeParameter<"", "::mlir::ShapedType">:$type,
    StringRefParameter<"name of the initializer">:$name,
    "::mlir::TypedAttr":$source,
    "int64_t":$fanIn,
    OptionalParameter<"::mlir::TypedAttr", "null if it has none">:$origin);
  let builders = [
    AttrBuilderWithInferredContext<(ins "::llvm::StringRef":$name,
        "::mlir::TypedAttr":$source, "int64_t":$fanIn,
        CArg<"::mlir::TypedAttr", "{}">:$origin), [{
      return $_get(source.getContext(),
                   ::llvm::cast<::mlir::ShapedType>(source.getType()), name,
                   source, fanIn, origin);
    }]>
  ];
  let assemblyFormat = [{
    `<` $name `,` $source `,` `fan_in` `=` $fanIn
    (`,` `origin` `=` $origin^)? `>`
  }];
  let genVerifyDecl = 1;
}

def GAC_ConcatAttr : GAC_Attr<"Concat", "concat", [TypedAttrInterface]> {
  let summary = "a recipe: tensors joined along an axis";
  let description = [{
    The data of `sources` (any weight attributes of elements of whole bytes,
    recipes too), which agree in element type and in all axes but `axis`, in
    order.

    ```mlir
    #gac.concat<[#gac.part<"q.A", ...> : tensor<64x112xf32>,
                 #gac.part<"k.A", ...> : tensor<64x40xf32>], axis = 1>
        : tensor<64x152xf32>
    ```
  }];
  let parameters = (ins
    AttributeSelfTypeParameter<"", "::mlir::ShapedType">:$type,
    ArrayRefParameter<"::mlir::TypedAttr", "in order">:$sources,
    "int64_t":$axis);
  let builders = [
    AttrBuilderWithInferredContext<(ins "::mlir::ShapedType":$type,
        "::llvm::ArrayRef<::mlir::TypedAttr>":$sources, "int64_t":$axis), [{
      return $_get(type.getContext(), type, sources, axis);
    }]>
  ];
  let assemblyFormat = "`<` `[` $sources `]` `,` `axis` `=` $axis `>`";
  let genVerifyDecl = 1;
}

def GAC_ProductAttr : GAC_Attr<"Product", "product", [TypedAttrInterface]> {
  let summary = "a recipe: the product of two matrices";
  let description = [{
    The matrix product of `a` and `b` (weight attributes of f16, bf16, f32 or
    f64, recipes too): summed in float64 in ascending order of the summed axis,
    rounded once to the element type; to float32 first where that is narrower,
    as recipes of packages have it.

    ```mlir
    #gac.product<#gac.part<"q.A", ...> : tensor<64x56xf32>,
                 #gac.part<"q.B", ...> : tensor<56x64xf32>> : tensor<64x64xf32>
    ```
  }];
  let parameters = (ins
    AttributeSelfTypeParameter<"", "::mlir::ShapedType">:$type,
    "::mlir::TypedAttr":$a,
    "::mlir::TypedAttr":$b);
  let builders = [
    AttrBuilderWithInferredContext<(ins "::mlir::ShapedType":$type,
        "::mlir::TypedAttr":$a, "::mlir::TypedAttr":$b), [{
      return $_get(type.getContext(), type, a, b);
    }]>
  ];
  let assemblyFormat = "`<` $a `,` $b `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

def GAC_GrowthAttr : GAC_Attr<"Growth", "grow"> {
  let summary = "one dimension of a plan, its size now and its size then";
  let parameters = (ins
    StringRefParameter<"stable id of the dimension">:$dimension,
    "int64_t":$from,
    "int64_t":$to);
  let assemblyFormat = "`<` $dimension `,` $from `to` $to `>`";
  let genVerifyDecl = 1;
}

def GAC_MultiplyAttr : GAC_Attr<"Multiply", "multiply"> {
  let summary = "a low-rank pair of a plan, multiplied back to one matrix";
  let description = [{
    The initializers of the `first` and the `second` factor, in the order in
    which the activation meets them. What is made of them is called
    `FIRST*SECOND`.
  }];
  let parameters = (ins
    StringRefParameter<"name of an initializer">:$first,
    StringRefParameter<"name of an initializer">:$second);
  let assemblyFormat = "`<` $first `,` $second `>`";
}

def GAC_MergeAttr : GAC_Attr<"Merge", "merge"> {
  let summary = "matrices of a plan that one activation is multiplied by, "
                "side by side in one";
  let description = [{
    The names of initializers in the order in which they lie in the new one,
    `FIRST*SECOND` for what a plan multiplies. It is called `A+B+C`.
  }];
  let parameters = (ins
    ArrayRefParameter<"::mlir::StringAttr", "two or more">:$weights);
  let assemblyFormat = "`<` $weights `>`";
  let genVerifyDecl = 1;
}

def GAC_PlanAttr : GAC_Attr<"Plan", "plan"> {
  let summary = "what is done to a model: which dimension grows to what, which "
                "weights become one";
  let description = [{
    A plan can be edited by hand: whatever it says is either applied as it
    stands or refused.

    `gac-plan` writes which dimensions grow, `gac-apply` grows them. Which
    factors are multiplied and which weights are merged depends on the entries
    of a package: `gac-plan-products` writes it, `gac-multiply-factors` and
    `gac-merge-products` do it, in this order.

    ```mlir
    #gac.plan<target = "h200", dtype = "bf16", strategy = "minimal",
              [<"layers.3.q.B:1", 107 to 112>]>
    #gac.plan<target = "h200", dtype = "bf16", strategy = "least-time", []
              multiply [<"layers.3.q.A", "layers.3.q.B">]
              merge [<"layers.3.q.A*layers.3.q.B", "layers.3.k.A">]>
    ```
  }];
  let parameters = (ins
    StringRefParameter<"name of the target">:$target,
    StringRefParameter<"element type the model will run in">:$dtype,
    StringRefParameter<"how the plan was chosen">:$strategy,
    OptionalArrayRefParameter<"::gac::GrowthAttr">:$growths,
    OptionalArrayRefParameter<"::gac::MultiplyAttr">:$multiplications,
    OptionalArrayRefParameter<"::gac::MergeAttr">:$merges);
  let assemblyFormat = [{
    `<` `target` `=` $target `,` `dtype` `=` $dtype `,`
    `strategy` `=` $strategy `,` `[` (`]`) : ($growths^ `]`)?
    (`multiply` `[` $multiplications^ `]`)? (`merge` `[` $merges^ `]`)? `>`
  }];
}

#endif // GAC_DIALECT_GAC_IR_GACATTRIBUTES_TD
