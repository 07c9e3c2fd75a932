//===- OutputFile.cpp - files written beside and renamed --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/OutputFile.h"

#include "gac/Support/ByteSource.h"
#include "gac/Support/Interrupt.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace gac;
using namespace llvm;

/// Writes below this size are gathered.
static constexpr size_t kBufferSize = kTransferBlock;

/// Ranges below this size are gathered, too, instead of handed to the kernel.
static constexpr uint64_t kShortCopy = uint64_t(64) << 10;

static Error writeError(StringRef path, std::error_code code) {
  return createStringError(code, Twine("cannot write '") + path +
                                     "': " + code.message());
}

static Error writeError(StringRef path, int error) {
  return writeError(path, std::error_code(error, std::generic_category()));
}

/// Makes the names in the folder of `path` survive a power cut. A file system
/// that cannot do so is no reason to fail.
static void syncFolder(StringRef path) {
  StringRef folder = sys::path::parent_path(path);
  int descriptor = ::open(folder.empty() ? "." : folder.str().c_str(),
                          O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return;
  ::fsync(descriptor);
  ::close(descriptor);
}

//===----------------------------------------------------------------------===//
// OutputFile
//===----------------------------------------------------------------------===//

OutputFile::~OutputFile() {
  if (descriptor >= 0)
    ::close(descriptor);
  if (!temporaryPath.empty() && !published) {
    sys::fs::remove(temporaryPath);
    sys::DontRemoveFileOnSignal(temporaryPath);
  }
}

Error OutputFile::failure(int error) const { return writeError(path, error); }

Error OutputFile::reserve(uint64_t bytes) {
  if (bytes <= position)
    return Error::success();
  int result;
  do {
    result = ::fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, bytes);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && (errno == ENOSPC || errno == EFBIG || errno == EDQUOT))
    return createStringError(std::error_code(errno, std::generic_category()),
                             Twine("cannot write '") + path +
                                 "': " + sys::StrError(errno) + " (" +
                                 Twine(bytes) + " bytes are needed)");
  return Error::success();
}

Error OutputFile::writeThrough(StringRef bytes) {
  while (!bytes.empty()) {
    ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return failure(errno);
    bytes = bytes.drop_front(put);
  }
  return Error::success();
}

Error OutputFile::flush() {
  if (Error error = writeThrough(StringRef(buffer.data(), buffer.size())))
    return error;
  buffer.clear();
  return Error::success();
}

Error OutputFile::write(StringRef bytes) {
  if (buffer.size() + bytes.size() > kBufferSize)
    if (Error error = flush())
      return error;
  if (bytes.size() < kBufferSize)
    buffer.append(bytes.begin(), bytes.end());
  else if (Error error = writeThrough(bytes))
    return error;
  position += bytes.size();
  return Error::success();
}

Error OutputFile::produce(uint64_t count,
                          function_ref<Error(MutableArrayRef<char>)> fill) {
  buffer.reserve(kBufferSize);
  while (count) {
    if (buffer.size() == kBufferSize)
      if (Error error = flush())
        return error;
    size_t begin = buffer.size();
    size_t part = std::min<uint64_t>(count, kBufferSize - begin);
    buffer.resize_for_overwrite(begin + part);
    if (Error error = fill(MutableArrayRef<char>(buffer).drop_front(begin)))
      return error;
    position += part;
    count -= part;
  }
  return Error::success();
}

Error OutputFile::writeZeros(uint64_t count) {
  return produce(count, [](MutableArrayRef<char> part) {
    std::memset(part.data(), 0, part.size());
    return Error::success();
  });
}

Error OutputFile::alignTo(uint64_t alignment) {
  return writeZeros(llvm::alignTo(position, alignment) - position);
}

Error OutputFile::copyFrom(const InputFile &file, uint64_t offset,
                           uint64_t length) {
  if (length >= kShortCopy) {
    if (Error error = flush())
      return error;
    off_t from = offset;
    while (length) {
      ssize_t copied = ::copy_file_range(file.getDescriptor(), &from,
                                         descriptor, nullptr, length, 0);
      if (copied < 0 && errno == EINTR)
        continue;
      if (copied < 0 && (errno == ENOSPC || errno == EFBIG || errno == EDQUOT))
        return failure(errno);
      // Any other refusal, and the zero that some file systems give instead
      // of one, leave the rest to the plain way below.
      if (copied <= 0)
        break;
      length -= copied;
      position += copied;
    }
    offset = from;
  }
  return produce(length, [&](MutableArrayRef<char> part) {
    uint64_t from = offset;
    offset += part.size();
    return file.read(from, part);
  });
}

Error OutputFile::finish() {
  if (Error error = flush())
    return error;
  // Gives back what `reserve` took too much of.
  int result;
  do {
    result = ::ftruncate(descriptor, position);
  } while (result != 0 && errno == EINTR);
  if (result != 0)
    return failure(errno);
  if (::fsync(descriptor) != 0 && errno != EINVAL)
    return failure(errno);
  int closed = ::close(descriptor);
  descriptor = -1;
  if (closed != 0 && errno != EINTR)
    return failure(errno);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// OutputTransaction
//===----------------------------------------------------------------------===//

OutputTransaction::~OutputTransaction() = default;

Expected<OutputFile *> OutputTransaction::open(StringRef path) {
  if (path.empty())
    return createStringError(std::make_error_code(std::errc::invalid_argument),
                             "cannot write the output: its file name is empty");
  std::unique_ptr<OutputFile> file(new OutputFile(path));

  sys::fs::file_status status;
  if (!sys::fs::status(path, status) && sys::fs::exists(status)) {
    if (status.type() == sys::fs::file_type::directory_file)
      return writeError(path, EISDIR);
    if (status.type() != sys::fs::file_type::regular_file)
      return createStringError(
          std::make_error_code(std::errc::invalid_argument),
          Twine("cannot write '") + path + "': it is not a regular file");
    // A rename would succeed on a file that is closed to writing.
    if (std::error_code code =
            sys::fs::access(path, sys::fs::AccessMode::Write))
      return writeError(path, code);
    file->replaces = true;
  }

  SmallString<128> name;
  // A signal finds no file or one that LLVM knows to remove.
  SignalGuard guard;
  if (std::error_code code = sys::fs::createUniqueFile(path + ".%%%%%%.tmp",
                                                       file->descriptor, name))
    return writeError(path, code);
  file->temporaryPath = std::string(name);
  sys::RemoveFileOnSignal(name);
  if (file->replaces)
    ::fchmod(file->descriptor, status.permissions());
  files.push_back(std::move(file));
  return files.back().get();
}

Error OutputTransaction::commit() {
  for (std::unique_ptr<OutputFile> &file : files)
    if (Error error = file->finish())
      return error;

  SignalGuard guard;
  if (Error error = publish()) {
    rollBack();
    return error;
  }
  for (std::unique_ptr<OutputFile> &file : files)
    if (!file->retiredPath.empty())
      sys::fs::remove(file->retiredPath);
  return Error::success();
}

/// Steps 3 and 4 of the protocol.
Error OutputTransaction::publish() {
  if (files.size() > 1) {
    for (std::unique_ptr<OutputFile> &file : reverse(files)) {
      if (!sys::fs::exists(file->path))
        continue;
      SmallString<128> name;
      sys::fs::createUniquePath(file->path + ".%%%%%%.old", name,
                                /*MakeAbsolute=*/false);
      if (std::error_code code = sys::fs::rename(file->path, name))
        return writeError(file->path, code);
      file->retiredPath = std::string(name);
    }
  }
  for (std::unique_ptr<OutputFile> &file : files) {
    if (std::error_code code = sys::fs::rename(file->temporaryPath, file->path))
      return writeError(file->path, code);
    file->published = true;
    sys::DontRemoveFileOnSignal(file->temporaryPath);
    syncFolder(file->path);
  }
  return Error::success();
}

void OutputTransaction::rollBack() {
  // The model goes before its data, and the old data are back before the old
  // model is.
  for (std::unique_ptr<OutputFile> &file : reverse(files))
    if (file->published)
      sys::fs::remove(file->path);
  for (std::unique_ptr<OutputFile> &file : files)
    if (!file->retiredPath.empty())
      sys::fs::rename(file->retiredPath, file->path);
}

Error gac::checkWritable(StringRef path) {
  OutputTransaction transaction;
  return transaction.open(path).takeError();
}
