//===- PaddedByteSource.cpp - a tensor with lanes put in --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/PaddedByteSource.h"

#include "gac/Support/OutputFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cstring>

using namespace gac;
using namespace llvm;

/// Stretches below this size are read together with what follows them.
static constexpr uint64_t kShortStretch = uint64_t(64) << 10;

/// Stretches from this size on are copied one by one, by the kernel if it can.
static constexpr uint64_t kLongStretch = uint64_t(1) << 20;

AxisPadding AxisPadding::identity(int64_t size) {
  AxisPadding axis{size, size, {}};
  if (size)
    axis.runs.push_back({0, 0, size});
  return axis;
}

bool AxisPadding::isIdentity() const {
  int64_t lanes = 0;
  for (const LaneRun &run : runs) {
    if (run.from != lanes || run.to != lanes)
      return false;
    lanes += run.length;
  }
  return lanes == oldSize && lanes == newSize;
}

static Error invalid(const Twine &message) {
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           message);
}

static Error checkAxis(size_t number, const AxisPadding &axis) {
  if (axis.oldSize < 0 || axis.newSize < 0)
    return invalid("axis " + Twine(number) +
                   " of a padded tensor has a "
                   "negative size");
  int64_t nextFrom = 0, nextTo = 0;
  for (const LaneRun &run : axis.runs) {
    if (run.from < nextFrom || run.to < nextTo || run.length <= 0 ||
        run.length > axis.oldSize - run.from ||
        run.length > axis.newSize - run.to)
      return invalid("axis " + Twine(number) + " cannot go from " +
                     Twine(axis.oldSize) + " to " + Twine(axis.newSize) +
                     " lanes with a run of " + Twine(run.length) + " from " +
                     Twine(run.from) + " to " + Twine(run.to));
    nextFrom = run.from + run.length;
    nextTo = run.to + run.length;
  }
  return Error::success();
}

Expected<std::unique_ptr<PaddedByteSource>>
PaddedByteSource::create(std::unique_ptr<ByteSource> source,
                         int64_t elementSize, ArrayRef<AxisPadding> axes,
                         StringRef fill, std::optional<unsigned> fillAxis) {
  int64_t oldBytes = elementSize, newBytes = elementSize;
  for (auto [number, axis] : enumerate(axes)) {
    if (Error error = checkAxis(number, axis))
      return error;
    if (MulOverflow(oldBytes, axis.oldSize, oldBytes) ||
        MulOverflow(newBytes, axis.newSize, newBytes))
      return invalid("the size of a padded tensor overflows at axis " +
                     Twine(number));
  }
  if (uint64_t(oldBytes) != source->size())
    return invalid("a tensor to be padded has " + Twine(source->size()) +
                   " bytes instead of " + Twine(oldBytes));
  int64_t laneBytes = elementSize;
  if (fillAxis) {
    if (*fillAxis >= axes.size())
      return invalid("a tensor of " + Twine(axes.size()) +
                     " axes cannot be filled along axis " + Twine(*fillAxis));
    uint64_t wanted = axes[*fillAxis].newSize * elementSize;
    if (fill.size() != wanted)
      return invalid("padding along axis " + Twine(*fillAxis) + " has " +
                     Twine(fill.size()) + " bytes instead of " + Twine(wanted));
    for (const AxisPadding &axis : axes.drop_front(*fillAxis + 1))
      laneBytes *= axis.newSize;
  } else if (!fill.empty() && fill.size() != uint64_t(elementSize)) {
    return invalid("a tensor of elements of " + Twine(elementSize) +
                   " bytes cannot be filled with one of " + Twine(fill.size()));
  }

  std::unique_ptr<PaddedByteSource> padded(
      new PaddedByteSource(std::move(source)));
  padded->newBytes = newBytes;
  padded->elementBytes = elementSize;
  padded->laneBytes = laneBytes;
  if (fill.find_first_not_of('\0') != StringRef::npos)
    padded->fill = fill.str();

  // What does not grow at the end is one large element.
  int64_t unit = elementSize;
  while (!axes.empty() && axes.back().isIdentity()) {
    unit *= axes.back().oldSize;
    axes = axes.drop_back();
  }
  AxisPadding innermost = axes.empty() ? AxisPadding::identity(1) : axes.back();
  for (const LaneRun &run : innermost.runs)
    padded->inner.push_back(
        {run.from * unit, run.to * unit, run.length * unit});
  padded->oldRowBytes = innermost.oldSize * unit;
  padded->newRowBytes = innermost.newSize * unit;

  if (!axes.empty())
    axes = axes.drop_back();
  for (const AxisPadding &axis : axes) {
    if (!padded->outer.empty() && axis.isIdentity() &&
        padded->outer.back().isIdentity())
      padded->outer.back() =
          AxisPadding::identity(padded->outer.back().oldSize * axis.oldSize);
    else
      padded->outer.push_back(axis);
  }
  return padded;
}

/// Finds the old row that becomes `row`, if one does.
std::optional<uint64_t> PaddedByteSource::findOldRow(uint64_t row) const {
  uint64_t oldRow = 0, stride = 1;
  for (const AxisPadding &axis : reverse(outer)) {
    int64_t lane = row % axis.newSize;
    row /= axis.newSize;
    const LaneRun *run = partition_point(axis.runs, [&](const LaneRun &run) {
      return run.to + run.length <= lane;
    });
    if (run == axis.runs.end() || lane < run->to)
      return std::nullopt;
    oldRow += (run->from + lane - run->to) * stride;
    stride *= axis.oldSize;
  }
  return oldRow;
}

/// Visits the stretches of `[offset, offset + length)` in order. Because runs
/// ascend on every axis, so do the places in the source.
Error PaddedByteSource::visit(uint64_t offset, uint64_t length,
                              Visitor visitor) const {
  if (!length)
    return Error::success();
  uint64_t row = offset / newRowBytes;
  int64_t begin = offset % newRowBytes;
  for (; length; ++row, begin = 0) {
    int64_t end = std::min(newRowBytes, begin + length);
    length -= end - begin;
    const LaneRun *run = inner.end();
    std::optional<uint64_t> oldRow = findOldRow(row);
    if (oldRow)
      run = partition_point(inner, [&](const LaneRun &run) {
        return run.to + run.length <= begin;
      });
    for (; begin < end && run != inner.end() && run->to < end; ++run) {
      if (begin < run->to) {
        if (Error error = visitor(std::nullopt, run->to - begin))
          return error;
        begin = run->to;
      }
      int64_t stop = std::min(end, run->to + run->length);
      uint64_t place = *oldRow * oldRowBytes + run->from + (begin - run->to);
      if (Error error = visitor(place, stop - begin))
        return error;
      begin = stop;
    }
    if (begin < end)
      if (Error error = visitor(std::nullopt, end - begin))
        return error;
  }
  return Error::success();
}

/// Fills `part`, which begins `offset` bytes into the padded tensor.
void PaddedByteSource::fillWith(uint64_t offset,
                                MutableArrayRef<char> part) const {
  if (fill.size() <= 1) {
    std::memset(part.data(), fill.empty() ? 0 : fill[0], part.size());
    return;
  }
  uint64_t lanes = fill.size() / elementBytes;
  while (!part.empty()) {
    // What is left of this lane is one element again and again.
    uint64_t count =
        std::min<uint64_t>(laneBytes - offset % laneBytes, part.size());
    const char *element =
        fill.data() + offset / laneBytes % lanes * elementBytes;
    uint64_t phase = offset % elementBytes;
    for (char &byte : part.take_front(count)) {
      byte = element[phase];
      if (++phase == elementBytes)
        phase = 0;
    }
    part = part.drop_front(count);
    offset += count;
  }
}

Error PaddedByteSource::read(uint64_t offset, MutableArrayRef<char> into,
                             Window &window) const {
  return visit(offset, into.size(),
               [&](std::optional<uint64_t> place, uint64_t count) -> Error {
                 MutableArrayRef<char> part = into.take_front(count);
                 uint64_t left = into.size();
                 into = into.drop_front(count);
                 uint64_t here = offset;
                 offset += count;
                 if (!place) {
                   fillWith(here, part);
                   return Error::success();
                 }
                 if (count >= kShortStretch)
                   return source->read(*place, part);
                 if (*place < window.begin ||
                     *place + count > window.begin + window.bytes.size()) {
                   window.begin = *place;
                   window.bytes.resize_for_overwrite(std::min(
                       {kTransferBlock, left, source->size() - *place}));
                   if (Error error = source->read(window.begin, window.bytes))
                     return error;
                 }
                 std::memcpy(part.data(),
                             window.bytes.data() + (*place - window.begin),
                             count);
                 return Error::success();
               });
}

Error PaddedByteSource::read(uint64_t offset,
                             MutableArrayRef<char> into) const {
  Window window;
  return read(offset, into, window);
}

Error PaddedByteSource::writeRange(OutputFile &out, uint64_t offset,
                                   uint64_t length) const {
  // Long stretches may never have to enter the program.
  if (fill.empty() && !inner.empty() &&
      oldRowBytes / inner.size() >= kLongStretch)
    return visit(offset, length,
                 [&](std::optional<uint64_t> place, uint64_t count) -> Error {
                   return place ? source->writeRange(out, *place, count)
                                : out.writeZeros(count);
                 });
  // Short ones are put together in memory.
  Window window;
  return out.produce(length, [&](MutableArrayRef<char> part) {
    uint64_t from = offset;
    offset += part.size();
    return read(from, part, window);
  });
}
