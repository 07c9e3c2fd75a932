//===- MappedBytes.cpp - A file mapped into memory --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/MappedBytes.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace gac::runtime;

namespace {
/// A file descriptor that closes itself.
class Descriptor {
public:
  explicit Descriptor(int fd) : fd(fd) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (fd >= 0)
      close(fd);
  }
  int get() const { return fd; }

private:
  int fd;
};
} // namespace

static Status makeFileError(const char *what, const std::string &path) {
  return {ErrorCode::File, std::string("cannot ") + what + " '" + path +
                               "': " + std::strerror(errno)};
}

Result<MappedBytes> MappedBytes::open(const std::string &path) {
  // Not blocking: a pipe in a file's place must be an error and no wait.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0)
    return makeFileError("open", path);
  struct stat info;
  if (fstat(file.get(), &info) != 0)
    return makeFileError("read", path);
  if (!S_ISREG(info.st_mode))
    return Status(ErrorCode::File,
                  "cannot read '" + path + "': it is no regular file");
  MappedBytes mapped;
  if (info.st_size == 0)
    return mapped; // An empty file cannot be mapped.
  void *address =
      mmap(nullptr, info.st_size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (address == MAP_FAILED)
    return makeFileError("map", path);
  mapped.address = address;
  mapped.size = info.st_size;
  return mapped;
}

MappedBytes &MappedBytes::operator=(MappedBytes &&other) noexcept {
  std::swap(address, other.address);
  std::swap(size, other.size);
  return *this;
}

MappedBytes::~MappedBytes() {
  if (address)
    munmap(address, size);
}

Result<std::string> gac::runtime::readFile(const std::string &path,
                                           size_t limit) {
  Result<MappedBytes> mapped = MappedBytes::open(path);
  if (!mapped)
    return mapped.getStatus();
  std::string_view bytes = mapped->getBytes();
  if (bytes.size() > limit)
    return Status(ErrorCode::Damaged,
                  "'" + path + "' has " + std::to_string(bytes.size()) +
                      " bytes, more than the " + std::to_string(limit) +
                      " that such a file may have");
  return std::string(bytes);
}

Status gac::runtime::writeFile(const std::string &path,
                               std::string_view bytes) {
  std::string temporary = path + ".XXXXXX";
  Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0)
    return makeFileError("write", path);
  Status status;
  for (std::string_view rest = bytes; !rest.empty();) {
    ssize_t written = write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0) {
      status = makeFileError("write", path);
      break;
    }
    rest.remove_prefix(written);
  }
  // mkostemp makes files that nobody else may read.
  mode_t mask = umask(0);
  umask(mask);
  if (!status && (fchmod(file.get(), 0666 & ~mask) != 0 ||
                  rename(temporary.c_str(), path.c_str()) != 0))
    status = makeFileError("write", path);
  if (status)
    unlink(temporary.c_str());
  return status;
}
