//===- Descriptor.h - A file descriptor that closes itself ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_DESCRIPTOR_H
#define GAC_LIB_RUNTIME_DESCRIPTOR_H

#include <unistd.h>
#include <utility>

namespace gac::runtime {

/// A file descriptor that closes itself, or -1.
class Descriptor {
public:
  explicit Descriptor(int fd) : fd(fd) {}
  Descriptor(Descriptor &&other) noexcept : fd(std::exchange(other.fd, -1)) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (fd >= 0)
      ::close(fd);
  }

  int get() const { return fd; }
  /// Closes it at once and returns what close() says.
  int close() { return ::close(std::exchange(fd, -1)); }

private:
  int fd;
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_DESCRIPTOR_H
