//===- Tensor.h - Element types and arrays on the host ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_RUNTIME_TENSOR_H
#define GAC_RUNTIME_TENSOR_H

#include "gac/Runtime/Status.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gac::runtime {

/// The element types of a package's tensors. The values are part of the C API.
enum class DType { BF16 = 0, F16 = 1, F32 = 2, I64 = 3, I32 = 4, Bool = 5 };

/// Bytes of one element.
size_t getElementBytes(DType type);
/// The manifest's word, such as "bf16".
std::string_view getName(DType type);
/// The type that the manifest's word names.
std::optional<DType> parseDType(std::string_view name);
/// Whether values are rounded numbers.
bool isFloat(DType type);

/// Lengths of the axes, outermost first; a scalar has none.
using Shape = std::vector<int64_t>;

/// "[2, 3]".
std::string toString(const Shape &shape);
/// The product of the lengths; nothing for a negative length or where it
/// exceeds 2^62.
std::optional<int64_t> getElementCount(const Shape &shape);
/// Elements times their size, likewise.
std::optional<int64_t> getByteCount(const Shape &shape, DType type);

/// A dense row-major array in host memory.
struct HostTensor {
  DType type = DType::F32;
  Shape shape;
  std::vector<std::byte> bytes;
};

/// Rounds to bfloat16 or IEEE half precision, to nearest, ties to even;
/// overflow gives infinity, NaN stays NaN.
uint16_t toBF16(float value);
uint16_t toF16(float value);
float fromBF16(uint16_t bits);
float fromF16(uint16_t bits);

/// Converts `count` elements. Between floating-point types through float32,
/// between integers and booleans exactly where the value fits. Other pairs, and
/// values that do not fit, are errors.
Status convert(const std::byte *from, DType fromType, std::byte *to,
               DType toType, size_t count);

} // namespace gac::runtime

#endif // GAC_RUNTIME_TENSOR_H
