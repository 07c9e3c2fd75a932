//===- Zip.h - ZIP archives, as .npz files are ------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_ZIP_H
#define GAC_LIB_RUNTIME_ZIP_H

#include "gac/Runtime/Status.h"

#include <map>
#include <string_view>

namespace gac::runtime {

/// The members of an archive by name; `what` opens every message. Members must
/// be stored or deflated, and their checksums right.
Result<std::map<std::string, std::string>> readZip(std::string_view bytes,
                                                   const std::string &what);

/// An archive of stored members, without the extensions that more than 65,535
/// members or 4 GiB would need: such are an error.
Result<std::string> makeZip(const std::map<std::string, std::string> &members,
                            const std::string &what);

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_ZIP_H
