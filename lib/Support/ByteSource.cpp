//===- ByteSource.cpp - bytes that are written block by block ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/ByteSource.h"

#include "gac/Support/OutputFile.h"

#include "llvm/Support/Errno.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace gac;
using namespace llvm;

/// How far the disk may be ahead of the reader.
static constexpr uint64_t kReadAhead = uint64_t(16) << 20;

static Error readError(StringRef path, int error) {
  return createStringError(std::error_code(error, std::generic_category()),
                           Twine("cannot read '") + path +
                               "': " + sys::StrError(error));
}

//===----------------------------------------------------------------------===//
// InputFile
//===----------------------------------------------------------------------===//

Expected<std::shared_ptr<InputFile>> InputFile::open(StringRef path) {
  int descriptor = ::open(path.str().c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return readError(path, errno);
  // The constructor is private, so make_shared cannot be used.
  std::shared_ptr<InputFile> file(new InputFile(path, descriptor));

  struct stat status;
  if (::fstat(descriptor, &status) != 0)
    return readError(path, errno);
  if (!S_ISREG(status.st_mode))
    return createStringError(std::make_error_code(std::errc::invalid_argument),
                             Twine("cannot read '") + path +
                                 "': it is not a regular file");
  file->fileSize = status.st_size;
  file->modificationTime =
      int64_t(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
  file->uniqueID = sys::fs::UniqueID(status.st_dev, status.st_ino);
  return file;
}

InputFile::~InputFile() { ::close(descriptor); }

Error InputFile::read(uint64_t offset, MutableArrayRef<char> into) const {
  while (!into.empty()) {
    ssize_t got = ::pread(descriptor, into.data(), into.size(), offset);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return readError(path, errno);
    if (got == 0)
      return createStringError(std::make_error_code(std::errc::io_error),
                               Twine("cannot read '") + path +
                                   "': it ends at byte " + Twine(offset) +
                                   ", " + Twine(into.size()) +
                                   " bytes before the data does");
    into = into.drop_front(got);
    offset += got;
  }
  return Error::success();
}

void InputFile::announce(uint64_t offset, uint64_t length) const {
  // Advice that is not taken costs only time.
  (void)::posix_fadvise(descriptor, offset, length, POSIX_FADV_WILLNEED);
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

ByteSource::~ByteSource() = default;

Error ByteSource::writeRange(OutputFile &out, uint64_t offset,
                             uint64_t length) const {
  return out.produce(length, [&](MutableArrayRef<char> part) {
    uint64_t from = offset;
    offset += part.size();
    return read(from, part);
  });
}

Error ByteSource::writeInBlocks(OutputFile &out, uint64_t offset,
                                uint64_t length, uint64_t block) const {
  SmallVector<char, 0> bytes;
  while (length) {
    bytes.resize_for_overwrite(std::min(length, block));
    if (Error error = read(offset, bytes))
      return error;
    if (Error error = out.write(StringRef(bytes.data(), bytes.size())))
      return error;
    offset += bytes.size();
    length -= bytes.size();
  }
  return Error::success();
}

std::unique_ptr<MemoryByteSource> MemoryByteSource::own(std::string bytes) {
  std::unique_ptr<MemoryByteSource> source(new MemoryByteSource());
  source->storage = std::move(bytes);
  source->bytes = source->storage;
  return source;
}

std::unique_ptr<MemoryByteSource> MemoryByteSource::refer(StringRef bytes) {
  std::unique_ptr<MemoryByteSource> source(new MemoryByteSource());
  source->bytes = bytes;
  return source;
}

Error MemoryByteSource::read(uint64_t offset,
                             MutableArrayRef<char> into) const {
  assert(offset + into.size() <= bytes.size() && "range outside the source");
  if (!into.empty())
    std::memcpy(into.data(), bytes.data() + offset, into.size());
  return Error::success();
}

Error MemoryByteSource::writeRange(OutputFile &out, uint64_t offset,
                                   uint64_t length) const {
  return out.write(bytes.substr(offset, length));
}

Expected<std::unique_ptr<FileByteSource>>
FileByteSource::create(std::shared_ptr<InputFile> file, uint64_t offset,
                       uint64_t length) {
  if (offset > file->size() || length > file->size() - offset)
    return createStringError(std::make_error_code(std::errc::invalid_argument),
                             Twine("'") + file->getPath() + "' has " +
                                 Twine(file->size()) + " bytes, but " +
                                 Twine(length) + " are wanted from byte " +
                                 Twine(offset) + " on");
  return std::unique_ptr<FileByteSource>(
      new FileByteSource(std::move(file), offset, length));
}

void FileByteSource::readAhead(uint64_t offset) const {
  uint64_t from = std::max(offset, requested.load(std::memory_order_relaxed));
  uint64_t to = std::min(length, offset + kReadAhead);
  // In large steps, of which the last one may be small.
  if (from >= to || (to - from < kReadAhead / 2 && to != length))
    return;
  requested.store(to, std::memory_order_relaxed);
  file->announce(start + from, to - from);
}

Error FileByteSource::read(uint64_t offset, MutableArrayRef<char> into) const {
  assert(offset + into.size() <= length && "range outside the source");
  readAhead(offset);
  return file->read(start + offset, into);
}

Error FileByteSource::writeRange(OutputFile &out, uint64_t offset,
                                 uint64_t count) const {
  while (count) {
    readAhead(offset);
    uint64_t part = std::min(count, kReadAhead / 2);
    if (Error error = out.copyFrom(*file, start + offset, part))
      return error;
    offset += part;
    count -= part;
  }
  return Error::success();
}
