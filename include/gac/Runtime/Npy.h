//===- Npy.h - numpy's .npy and .npz files ----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The formats are numpy's (NEP 1) and, for .npz, ZIP with stored or deflated
// members. numpy has no bfloat16: such arrays are written as float32, and read
// where a file has them as "|V2" or "<V2", as ml_dtypes writes them.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_RUNTIME_NPY_H
#define GAC_RUNTIME_NPY_H

#include "gac/Runtime/Tensor.h"

#include <map>

namespace gac::runtime {

/// Reads the bytes of one .npy file; `what` opens every message. Little-endian
/// f2, f4, f8 (rounded to f32), i4, i8, b1 and V2 (bf16), in C order.
Result<HostTensor> parseNpy(std::string_view bytes, const std::string &what);
/// Reads one array.
Result<HostTensor> readNpy(const std::string &path);
/// The bytes of a .npy file.
std::string formatNpy(const HostTensor &tensor);
Status writeNpy(const std::string &path, const HostTensor &tensor);

/// Reads all arrays of a .npz file, by name.
Result<std::map<std::string, HostTensor>> readNpz(const std::string &path);
/// Writes a .npz file with stored members, below 4 GiB in all.
Status writeNpz(const std::string &path,
                const std::map<std::string, HostTensor> &tensors);

} // namespace gac::runtime

#endif // GAC_RUNTIME_NPY_H
