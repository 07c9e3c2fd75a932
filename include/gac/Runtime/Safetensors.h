//===- Safetensors.h - A safetensors file, mapped ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_RUNTIME_SAFETENSORS_H
#define GAC_RUNTIME_SAFETENSORS_H

#include "gac/Runtime/MappedBytes.h"
#include "gac/Runtime/Tensor.h"

#include <map>

namespace gac::runtime {

/// The tensors of a file: 8 bytes of header length, a JSON header that gives
/// each tensor's type, shape and byte range, then the bytes.
class Safetensors {
public:
  struct Entry {
    DType type;
    Shape shape;
    /// Points into the mapped file.
    std::string_view bytes;
  };

  /// Maps the file and checks its header: each range must lie inside the file,
  /// overlap no other and have the length that type and shape ask for. Tensors
  /// of types that no package has are an error.
  static Result<Safetensors> open(const std::string &path);

  const std::map<std::string, Entry> &getEntries() const { return entries; }
  /// Null where the file has no such tensor.
  const Entry *find(const std::string &name) const;

private:
  Safetensors(MappedBytes file) : file(std::move(file)) {}

  MappedBytes file;
  std::map<std::string, Entry> entries;
};

} // namespace gac::runtime

#endif // GAC_RUNTIME_SAFETENSORS_H
