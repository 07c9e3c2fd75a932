//===- Status.h - Errors of the runtime -------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime throws nothing and links no LLVM, so it has its own pair of
// Status (done, or a code and one sentence) and Result (a value or a Status).
//
//===----------------------------------------------------------------------===//

#ifndef GAC_RUNTIME_STATUS_H
#define GAC_RUNTIME_STATUS_H

#include <cassert>
#include <optional>
#include <string>
#include <utility>

/// The runtime has a namespace of its own: a program may link it beside the
/// compiler's libraries, which have other classes of the same kind.
namespace gac::runtime {

/// What went wrong, as far as a program would act on it. The values are part of
/// the C API.
enum class ErrorCode {
  None = 0,
  /// A name, shape or option that the caller gave does not fit.
  Invalid = 1,
  /// A file cannot be read or written.
  File = 2,
  /// A package or array file is damaged, or says what cannot be.
  Damaged = 3,
  /// A package of another format version, or something that it asks for.
  Unsupported = 4,
  /// No driver, no device, no code for the device's architecture.
  Device = 5,
  /// The device has too little memory, or the machine for a weight; what asked
  /// for it has none.
  Memory = 6,
  /// A call of CUDA failed.
  Cuda = 7,
};

/// Success, or a code and one sentence for the user.
class [[nodiscard]] Status {
public:
  /// Success.
  Status() = default;
  Status(ErrorCode code, std::string message)
      : code(code), message(std::move(message)) {}

  /// Whether this is an error, as with llvm::Error.
  explicit operator bool() const { return code != ErrorCode::None; }
  ErrorCode getCode() const { return code; }
  const std::string &getMessage() const { return message; }

private:
  ErrorCode code = ErrorCode::None;
  std::string message;
};

/// A value, or the Status that says why there is none.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : value(std::move(value)) {}
  Result(Status status) : status(std::move(status)) {
    assert(this->status && "a Result without a value needs an error");
  }

  /// Whether there is a value.
  explicit operator bool() const { return value.has_value(); }
  T &operator*() { return *value; }
  const T &operator*() const { return *value; }
  T *operator->() { return &*value; }
  const T *operator->() const { return &*value; }
  const Status &getStatus() const { return status; }

private:
  std::optional<T> value;
  Status status;
};

} // namespace gac::runtime

#endif // GAC_RUNTIME_STATUS_H
