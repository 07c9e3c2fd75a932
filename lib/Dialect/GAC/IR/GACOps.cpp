//===- GACOps.cpp - Ops of the gac dialect --------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include <algorithm>
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace gac;

namespace gac::detail {
/// A lane constant must be an ordinary number: nothing follows from others.
static std::optional<double> finite(double value) {
  if (!std::isfinite(value))
    return std::nullopt;
  return value;
}
} // namespace gac::detail

#include "gac/Dialect/GAC/IR/GACInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "gac/Dialect/GAC/IR/GACOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Clip
//===----------------------------------------------------------------------===//

std::optional<double> ClipOp::evaluateScalar(ArrayRef<double> operands) {
  double value = operands[0];
  size_t next = 1;
  double low = getMin() ? getMin()->convertToDouble() : -HUGE_VAL;
  double high = getMax() ? getMax()->convertToDouble() : HUGE_VAL;
  if (getMinOperand())
    low = operands[next++];
  if (getMaxOperand())
    high = operands[next++];
  return detail::finite(std::fmin(std::fmax(value, low), high));
}

//===----------------------------------------------------------------------===//
// Types by number
//===----------------------------------------------------------------------===//

std::optional<int64_t> gac::getFloatTypeCode(Type type) {
  if (type.isF32())
    return 1;
  if (type.isF16())
    return 10;
  if (type.isF64())
    return 11;
  if (type.isBF16())
    return 16;
  return std::nullopt;
}

Type gac::getFloatType(int64_t code, MLIRContext *context) {
  Builder builder(context);
  for (Type type : {builder.getF32Type(), builder.getF16Type(),
                    builder.getF64Type(), builder.getBF16Type()})
    if (getFloatTypeCode(type) == code)
      return type;
  return {};
}

//===----------------------------------------------------------------------===//
// The table of named ops
//===----------------------------------------------------------------------===//

namespace {

template <typename OpTy, typename = void>
struct MirrorsOnnx : std::false_type {};
template <typename OpTy>
struct MirrorsOnnx<OpTy, std::void_t<decltype(OpTy::getOnnxOpInfo())>>
    : std::true_type {};

/// All named ops, by domain and name of the operator and by the op's name.
struct OnnxOpTable {
  template <typename... OpTys> static OnnxOpTable make() {
    OnnxOpTable table;
    (table.add<OpTys>(), ...);
    return table;
  }

  template <typename OpTy> void add() {
    if constexpr (MirrorsOnnx<OpTy>::value) {
      OnnxOpInfo info = OpTy::getOnnxOpInfo();
      byOnnxName.try_emplace({info.domain, info.onnxName}, info);
      byMlirName.try_emplace(info.mlirName, info);
    }
  }

  llvm::DenseMap<std::pair<StringRef, StringRef>, OnnxOpInfo> byOnnxName;
  llvm::StringMap<OnnxOpInfo> byMlirName;
};

const OnnxOpTable &getOnnxOpTable() {
  static const OnnxOpTable table = OnnxOpTable::make<
#define GET_OP_LIST
#include "gac/Dialect/GAC/IR/GACOps.cpp.inc"
      >();
  return table;
}

} // namespace

const OnnxOpInfo *gac::lookupOnnxOp(StringRef onnxName, StringRef domain) {
  const auto &map = getOnnxOpTable().byOnnxName;
  auto it = map.find({domain, onnxName});
  return it == map.end() ? nullptr : &it->second;
}

const OnnxOpInfo *gac::getOnnxOpInfo(OperationName name) {
  const auto &map = getOnnxOpTable().byMlirName;
  auto it = map.find(name.getStringRef());
  return it == map.end() ? nullptr : &it->second;
}
