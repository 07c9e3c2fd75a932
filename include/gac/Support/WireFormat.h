//===- WireFormat.h - Models without their weights --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An ONNX file is one protobuf message, and a protobuf parser copies every
// weight in it. The functions here work on the encoded bytes instead. They cut
// large tensors out, leaving a small skeleton for the parser, and put tensors
// back in while a model is written.
//
// A tensor that was cut out has a *marker* in the place of its data: it is an
// external tensor with an empty location, whose offset and length name the
// bytes. No valid external tensor has an empty location.
//
// The encoding: https://protobuf.dev/programming-guides/encoding. The field
// numbers: onnx/onnx-ml.proto.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_WIREFORMAT_H
#define GAC_SUPPORT_WIREFORMAT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gac {

/// How many bytes of data a tensor may have that is not cut out.
struct SkeletonLimits {
  /// Of anything but integers: none is copied that might be a weight, and text
  /// shows each as a reference.
  uint64_t weights = 64;
  /// Of integers, from which shapes are computed.
  uint64_t integers = 64 * 1024;
};

/// `length` bytes from `offset` on.
struct ByteRange {
  uint64_t offset = 0;
  uint64_t length = 0;

  bool operator==(const ByteRange &other) const {
    return offset == other.offset && length == other.length;
  }
};

/// An encoded ModelProto in which markers stand for large tensors.
struct Skeleton {
  std::string bytes;
  /// What was cut out: ranges of the original bytes, ascending.
  std::vector<ByteRange> ranges;

  /// Whether `range` was cut out. A hostile file may hold markers of its own:
  /// these are not among the ranges.
  bool contains(ByteRange range) const;
};

/// Cuts every tensor of more bytes of data than `limits` allow out of the
/// encoded ModelProto `model`, wherever it is nested: graphs, attributes,
/// functions, sparse tensors. Data is raw_data, or float_data or double_data in
/// one piece (packed as a little-endian array, which is what raw_data would
/// hold).
///
/// Any bytes may be given. It is an error, which says where, if they do not
/// decode as fields, or are nested deeper than a protobuf parser reads.
llvm::Expected<Skeleton> skeletonise(llvm::StringRef model,
                                     SkeletonLimits limits = {});

/// A piece of an encoded model: bytes of Inflated::literal, or the data that a
/// marker named.
struct Segment {
  enum Kind { Literal, Marker };
  Kind kind = Literal;
  /// Into the literal bytes, or as the marker has it.
  ByteRange range;
};

/// An encoded ModelProto whose large tensors are yet to be written.
struct Inflated {
  /// All bytes but the tensors'.
  std::string literal;
  /// What to write, in order.
  std::vector<Segment> segments;
  /// The sum of the segments' lengths.
  uint64_t size = 0;
};

/// Turns every marker of the encoded ModelProto `skeleton` back into raw_data
/// and recomputes the lengths of all messages around it. What a marker's offset
/// means is left to the caller, who writes `length` bytes in its place. Errors
/// are those of skeletonise().
llvm::Expected<Inflated> inflate(llvm::StringRef skeleton);

} // namespace gac

#endif // GAC_SUPPORT_WIREFORMAT_H
