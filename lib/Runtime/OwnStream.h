//===- OwnStream.h - The stream of a measurement ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_OWNSTREAM_H
#define GAC_LIB_RUNTIME_OWNSTREAM_H

#include "Driver.h"

namespace gac::runtime {

/// A stream that ends with its user; the context must be current then.
class OwnStream {
public:
  explicit OwnStream(const cuda::DriverTable &driver) : driver(driver) {}
  ~OwnStream() {
    if (stream)
      driver.streamDestroy(stream);
  }
  OwnStream(const OwnStream &) = delete;
  OwnStream &operator=(const OwnStream &) = delete;

  Status create() {
    GAC_CUDA(driver, streamCreate, &stream, cuda::streamNonBlocking);
    return {};
  }
  cuda::Stream get() const { return stream; }

private:
  const cuda::DriverTable &driver;
  cuda::Stream stream = nullptr;
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_OWNSTREAM_H
