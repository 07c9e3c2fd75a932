//===- MappedFile.cpp - A file read through memory mapping ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/MappedFile.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/Errc.h"

#include <chrono>
#include <limits>

using namespace gac;
namespace fs = llvm::sys::fs;

static llvm::Error makeError(llvm::StringRef path, std::error_code code) {
  return llvm::createStringError(code, "cannot read '%s': %s",
                                 path.str().c_str(), code.message().c_str());
}

static llvm::Expected<FileStamp> toStamp(llvm::StringRef path,
                                         const fs::file_status &status) {
  if (status.type() != fs::file_type::regular_file)
    return llvm::createStringError(
        llvm::errc::invalid_argument, "cannot read '%s': it is %s",
        path.str().c_str(),
        status.type() == fs::file_type::directory_file ? "a directory"
                                                       : "no regular file");
  auto sinceEpoch = status.getLastModificationTime().time_since_epoch();
  return FileStamp{
      status.getSize(),
      std::chrono::duration_cast<std::chrono::nanoseconds>(sinceEpoch).count()};
}

llvm::Expected<FileStamp> gac::getFileStamp(llvm::StringRef path) {
  fs::file_status status;
  if (std::error_code code = fs::status(path, status))
    return makeError(path, code);
  return toStamp(path, status);
}

llvm::Expected<MappedFile> MappedFile::open(llvm::StringRef path) {
  // Opening a named pipe would wait for a writer, so look before opening, and
  // once more at what was opened.
  llvm::Expected<FileStamp> before = getFileStamp(path);
  if (!before)
    return before.takeError();

  llvm::Expected<fs::file_t> file = fs::openNativeFileForRead(path);
  if (!file)
    return makeError(path, llvm::errorToErrorCode(file.takeError()));
  llvm::scope_exit close([&] { (void)fs::closeFile(*file); });

  fs::file_status status;
  if (std::error_code code = fs::status(*file, status))
    return makeError(path, code);
  llvm::Expected<FileStamp> stamp = toStamp(path, status);
  if (!stamp)
    return stamp.takeError();

  MappedFile result(path, *stamp);
  if (stamp->size == 0)
    return std::move(result);
  if (stamp->size > std::numeric_limits<size_t>::max())
    return makeError(path, make_error_code(llvm::errc::file_too_large));
  std::error_code code;
  result.region = fs::mapped_file_region(
      *file, fs::mapped_file_region::readonly, stamp->size, /*offset=*/0, code);
  if (code)
    return makeError(path, code);
  return std::move(result);
}
