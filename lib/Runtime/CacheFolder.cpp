//===- CacheFolder.cpp - What is worth keeping between runs -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CacheFolder.h"

#include "gac/Runtime/MappedBytes.h"
#include "gac/Runtime/Synthetic.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>

using namespace gac::runtime;

static constexpr size_t maxFileBytes = size_t(1) << 30;

std::string gac::runtime::getDefaultCacheFolder() {
  if (const char *folder = std::getenv("GAC_CACHE_DIR"))
    return folder;
  // As the XDG specification has it, empty is unset.
  if (const char *folder = std::getenv("XDG_CACHE_HOME"); folder && *folder)
    return std::string(folder) + "/gac";
  if (const char *folder = std::getenv("HOME"); folder && *folder)
    return std::string(folder) + "/.cache/gac";
  return "";
}

std::string gac::runtime::toHex(uint64_t value) {
  std::string text(16, '0');
  for (size_t i = text.size(); i-- > 0; value >>= 4)
    text[i] = "0123456789abcdef"[value & 15];
  return text;
}

std::optional<std::string> CacheFolder::read(const std::string &name) const {
  if (folder.empty())
    return std::nullopt;
  Result<std::string> bytes = readFile(folder + "/" + name, maxFileBytes);
  if (!bytes || bytes->empty())
    return std::nullopt;
  return std::move(*bytes);
}

void CacheFolder::makeFolder() const {
  for (size_t end = folder.find('/', 1);; end = folder.find('/', end + 1)) {
    mkdir(folder.substr(0, end).c_str(), 0777);
    if (end == std::string::npos)
      break;
  }
}

void CacheFolder::write(const std::string &name, std::string_view bytes) const {
  if (folder.empty())
    return;
  makeFolder();
  (void)writeFile(folder + "/" + name, bytes);
}

static std::string makeSeal(std::string_view bytes) {
  return toHex(bytes.size()) + toHex(getSyntheticKey(bytes));
}

std::optional<std::string>
CacheFolder::readSealed(const std::string &name) const {
  std::optional<std::string> file = read(name);
  constexpr size_t sealBytes = 32;
  if (!file || file->size() < sealBytes ||
      file->compare(0, sealBytes,
                    makeSeal(std::string_view(*file).substr(sealBytes))) != 0)
    return std::nullopt;
  return file->substr(sealBytes);
}

void CacheFolder::writeSealed(const std::string &name,
                              std::string_view bytes) const {
  write(name, makeSeal(bytes).append(bytes));
}

Descriptor CacheFolder::lock(const std::string &name) const {
  if (folder.empty())
    return Descriptor(-1);
  makeFolder();
  // A file of its own, for others are replaced; hidden, as nobody reads it.
  Descriptor file(open((folder + "/." + name + ".lock").c_str(),
                       O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (file.get() < 0)
    return file;
  // Whoever was stopped while it had the lock must not stop us.
  for (int milliseconds = 0; milliseconds < 1000; ++milliseconds) {
    if (flock(file.get(), LOCK_EX | LOCK_NB) == 0)
      return file;
    if (errno != EWOULDBLOCK && errno != EINTR)
      break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return Descriptor(-1);
}
