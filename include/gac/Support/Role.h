//===- Role.h - what a dimension is to an operation -------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The analysis says in which roles an operation uses a dimension; a target says
// which sizes the hardware likes in each role.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_ROLE_H
#define GAC_SUPPORT_ROLE_H

#include "llvm/ADT/StringRef.h"
#include <array>
#include <optional>

namespace gac {

/// M, N and K are those of a matrix product C[M, N] = A[M, K] B[K, N]; HeadDim
/// is the width of a head in fused attention, of queries and keys or of values;
/// Channel is a channel count of a convolution, of its input or its output.
enum class Role { M, N, K, HeadDim, Channel };

inline constexpr std::array<Role, 5> kAllRoles = {Role::M, Role::N, Role::K,
                                                  Role::HeadDim, Role::Channel};

/// "M", "N", "K", "head_dim" or "channel": the spelling of tables, JSON and
/// target files.
inline llvm::StringRef stringifyRole(Role role) {
  switch (role) {
  case Role::M:
    return "M";
  case Role::N:
    return "N";
  case Role::K:
    return "K";
  case Role::HeadDim:
    return "head_dim";
  case Role::Channel:
    return "channel";
  }
  return "";
}

/// The reverse of stringifyRole(); nothing for any other text.
inline std::optional<Role> symbolizeRole(llvm::StringRef text) {
  for (Role role : kAllRoles)
    if (stringifyRole(role) == text)
      return role;
  return std::nullopt;
}

} // namespace gac

#endif // GAC_SUPPORT_ROLE_H
