//===- MappedBytes.cpp - A file mapped into memory --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/MappedBytes.h"

#include "Descriptor.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace gac::runtime;

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

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

namespace {
/// Where a file's bytes go.
struct Target {
  /// With symbolic links resolved.
  std::string path;
  /// Whether something is there, and of what kind and permissions.
  bool exists = false;
  mode_t mode = 0;

  /// A pipe or a device is written into; nothing can take its place.
  bool isDirect() const { return exists && !S_ISREG(mode); }
};
} // namespace

/// What a path's last links lead to, whether or not it exists.
static std::string resolveLinks(const std::string &path) {
  std::filesystem::path resolved = path;
  constexpr int mostLinks = 40; // As the kernel has it.
  for (int i = 0; i < mostLinks; ++i) {
    std::error_code error;
    std::filesystem::path next = std::filesystem::read_symlink(resolved, error);
    if (error)
      break;
    resolved = resolved.parent_path() / next;
  }
  return resolved.string();
}

/// Fails where it is plain that nothing can be written.
static Result<Target> findTarget(const std::string &path) {
  struct stat info, resolvedInfo;
  Target target;
  if (stat(path.c_str(), &info) == 0) {
    target.exists = true;
    target.mode = info.st_mode;
    if (S_ISDIR(info.st_mode))
      errno = EISDIR;
    // A rename would succeed on a file that is closed to writing.
    if (S_ISDIR(info.st_mode) || access(path.c_str(), W_OK) != 0)
      return makeFileError("write", path);
  } else if (errno != ENOENT) {
    return makeFileError("write", path);
  }
  if (target.isDirect()) {
    // Links of /proc/self/fd lead to what has no name.
    target.path = path;
    return target;
  }
  target.path = resolveLinks(path);
  if (target.exists && (stat(target.path.c_str(), &resolvedInfo) != 0 ||
                        resolvedInfo.st_dev != info.st_dev ||
                        resolvedInfo.st_ino != info.st_ino))
    return Status(ErrorCode::File,
                  "cannot write '" + path + "': the file has no name");
  return target;
}

/// A new file beside the target, with the permissions that it is to have. Sets
/// its name; -1 and errno where there can be none.
static Descriptor openBeside(const Target &target, std::string &name) {
  static std::atomic<unsigned> number = 0;
  // A program that was killed may have left one of that name.
  constexpr int mostTries = 100;
  for (int i = 0; i < mostTries; ++i) {
    name = target.path + "." + std::to_string(getpid()) + "-" +
           std::to_string(number++) + ".tmp";
    // The kernel applies the umask, which all threads share.
    Descriptor file(
        open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.get() >= 0 && target.exists)
      (void)fchmod(file.get(), target.mode & 07777);
    if (file.get() >= 0 || errno != EEXIST)
      return file;
  }
  return Descriptor(-1);
}

/// False and errno on an error.
static bool writeAll(const Descriptor &file, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    bytes.remove_prefix(written);
  }
  return true;
}

/// Some file systems only say here that there is no room.
static bool closeFile(Descriptor &file) {
  return file.close() == 0 || errno == EINTR;
}

Status gac::runtime::writeFile(const std::string &path,
                               std::string_view bytes) {
  Result<Target> target = findTarget(path);
  if (!target)
    return target.getStatus();
  if (target->isDirect()) {
    Descriptor file(
        open(target->path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0 || !writeAll(file, bytes) || !closeFile(file))
      return makeFileError("write", path);
    return {};
  }
  std::string temporary;
  Descriptor file = openBeside(*target, temporary);
  if (file.get() < 0)
    return makeFileError("write", path);
  if (writeAll(file, bytes) && (fsync(file.get()) == 0 || errno == EINVAL) &&
      closeFile(file) && rename(temporary.c_str(), target->path.c_str()) == 0)
    return {};
  Status status = makeFileError("write", path);
  unlink(temporary.c_str());
  return status;
}

Status gac::runtime::checkWritable(const std::string &path) {
  Result<Target> target = findTarget(path);
  if (!target)
    return target.getStatus();
  // Opening a pipe would wait for its reader.
  if (target->isDirect())
    return {};
  std::string temporary;
  Descriptor file = openBeside(*target, temporary);
  if (file.get() < 0)
    return makeFileError("write", path);
  unlink(temporary.c_str());
  return {};
}
