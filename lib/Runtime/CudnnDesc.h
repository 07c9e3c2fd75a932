//===- CudnnDesc.h - Descriptors of cuDNN -----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_CUDNNDESC_H
#define GAC_LIB_RUNTIME_CUDNNDESC_H

#include "Cudnn.h"
#include "gac/Runtime/Status.h"

namespace gac::runtime {

/// "cuDNN failed at X: its reason".
Status makeCudnnError(const cudnn::Table &table, const char *call, int result);

/// Returns from the function with an error where a call of cuDNN fails.
#define GAC_CUDNN(table, call, ...)                                            \
  if (int gacResult = (table).call(__VA_ARGS__))                               \
  return makeCudnnError(table, #call, gacResult)

/// A descriptor of cuDNN that destroys itself.
class CudnnDesc {
public:
  CudnnDesc() = default;
  CudnnDesc(const cudnn::Table &table, cudnn::Descriptor desc)
      : table(&table), desc(desc) {}
  CudnnDesc(CudnnDesc &&other) noexcept { *this = std::move(other); }
  CudnnDesc &operator=(CudnnDesc &&other) noexcept {
    std::swap(table, other.table);
    std::swap(desc, other.desc);
    return *this;
  }
  ~CudnnDesc() {
    if (desc)
      table->descDestroy(desc);
  }

  cudnn::Descriptor get() const { return desc; }

private:
  const cudnn::Table *table = nullptr;
  cudnn::Descriptor desc = nullptr;
};

/// Sets attributes of one descriptor; the first mistake stays.
class CudnnDescWriter {
public:
  CudnnDescWriter(const cudnn::Table &table, int kind) : table(table) {
    result = table.descCreate(kind, &desc);
  }
  ~CudnnDescWriter() {
    if (desc)
      table.descDestroy(desc);
  }
  CudnnDescWriter(const CudnnDescWriter &) = delete;
  CudnnDescWriter &operator=(const CudnnDescWriter &) = delete;

  template <typename T>
  CudnnDescWriter &set(int attribute, int type, const T *values,
                       size_t count = 1) {
    if (result == 0)
      result = table.descSet(desc, attribute, type, static_cast<int64_t>(count),
                             static_cast<const void *>(values));
    return *this;
  }
  CudnnDescWriter &set(int attribute, cudnn::Descriptor value) {
    return set(attribute, cudnn::typeDescriptor, &value);
  }
  /// An enumerator.
  CudnnDescWriter &set(int attribute, int type, int value) {
    return set(attribute, type, &value);
  }

  Result<CudnnDesc> finish(const char *what) {
    if (result == 0)
      result = table.descFinalize(desc);
    if (result != 0)
      return makeCudnnError(table, what, result);
    return CudnnDesc(table, std::exchange(desc, nullptr));
  }

private:
  const cudnn::Table &table;
  cudnn::Descriptor desc = nullptr;
  int result = 0;
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_CUDNNDESC_H
