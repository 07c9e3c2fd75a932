//===- ByteSource.h - bytes that are written block by block -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tensor data on its way into a file. A source knows its length and gives any
// range of its bytes on demand, so that neither a file of weights nor what a
// recipe makes of it is ever in memory as a whole.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_BYTESOURCE_H
#define GAC_SUPPORT_BYTESOURCE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace gac {

class OutputFile;

/// Most bytes that one step of a transfer holds in memory. What was read is
/// still in the processor's cache when it is written.
constexpr uint64_t kTransferBlock = uint64_t(256) << 10;

/// A regular file opened for reading. Reads go through the descriptor and not
/// through a mapping: a file that another program cuts short gives an error
/// and not a fault, and a file that is replaced stays readable.
class InputFile {
public:
  /// Opens `path`. Fails with one sentence naming the file when it cannot be
  /// opened or is not a regular file.
  static llvm::Expected<std::shared_ptr<InputFile>> open(llvm::StringRef path);

  ~InputFile();
  InputFile(const InputFile &) = delete;
  InputFile &operator=(const InputFile &) = delete;

  llvm::StringRef getPath() const { return path; }
  int getDescriptor() const { return descriptor; }

  /// Size in bytes when the file was opened.
  uint64_t size() const { return fileSize; }

  /// Time of last modification when the file was opened, in nanoseconds since
  /// the epoch.
  int64_t getModificationTime() const { return modificationTime; }

  /// Tells files apart whatever path they were opened by.
  llvm::sys::fs::UniqueID getUniqueID() const { return uniqueID; }

  /// Fills `into` with the bytes from `offset` on. A file that ends earlier is
  /// an error.
  llvm::Error read(uint64_t offset, llvm::MutableArrayRef<char> into) const;

  /// Tells the system that these bytes will be read soon.
  void announce(uint64_t offset, uint64_t length) const;

private:
  InputFile(llvm::StringRef path, int descriptor)
      : path(path), descriptor(descriptor) {}

  std::string path;
  int descriptor;
  uint64_t fileSize = 0;
  int64_t modificationTime = 0;
  llvm::sys::fs::UniqueID uniqueID;
};

/// A sequence of bytes of known length that can be read from any place.
class ByteSource {
public:
  virtual ~ByteSource();

  /// Number of bytes.
  virtual uint64_t size() const = 0;

  /// Fills `into` with the bytes from `offset` on. The range lies within
  /// `size()`.
  virtual llvm::Error read(uint64_t offset,
                           llvm::MutableArrayRef<char> into) const = 0;

  /// Appends the bytes `[offset, offset + length)` to `out`, holding at most
  /// one `kTransferBlock` of them in memory. The range lies within `size()`.
  virtual llvm::Error writeRange(OutputFile &out, uint64_t offset,
                                 uint64_t length) const;

  /// Appends all bytes to `out`.
  llvm::Error write(OutputFile &out) const {
    return writeRange(out, 0, size());
  }

protected:
  /// writeRange by `read`, at most `block` bytes at a time.
  llvm::Error writeInBlocks(OutputFile &out, uint64_t offset, uint64_t length,
                            uint64_t block) const;
};

/// Bytes in memory, owned by the source or by somebody who outlives it.
class MemoryByteSource final : public ByteSource {
public:
  static std::unique_ptr<MemoryByteSource> own(std::string bytes);
  static std::unique_ptr<MemoryByteSource> refer(llvm::StringRef bytes);

  uint64_t size() const override { return bytes.size(); }
  llvm::Error read(uint64_t offset,
                   llvm::MutableArrayRef<char> into) const override;
  llvm::Error writeRange(OutputFile &out, uint64_t offset,
                         uint64_t length) const override;

private:
  MemoryByteSource() = default;

  std::string storage;
  llvm::StringRef bytes;
};

/// A range of a file. Readers are expected to go forward: the disk reads what
/// comes next while they work on what they have.
class FileByteSource final : public ByteSource {
public:
  /// The bytes `[offset, offset + length)` of `file`; a range that passes the
  /// end of the file is an error.
  static llvm::Expected<std::unique_ptr<FileByteSource>>
  create(std::shared_ptr<InputFile> file, uint64_t offset, uint64_t length);

  uint64_t size() const override { return length; }
  llvm::Error read(uint64_t offset,
                   llvm::MutableArrayRef<char> into) const override;
  llvm::Error writeRange(OutputFile &out, uint64_t offset,
                         uint64_t length) const override;

private:
  FileByteSource(std::shared_ptr<InputFile> file, uint64_t start,
                 uint64_t length)
      : file(std::move(file)), start(start), length(length) {}

  void readAhead(uint64_t offset) const;

  std::shared_ptr<InputFile> file;
  uint64_t start;
  uint64_t length;
  /// The system has been asked to read the range up to here.
  mutable std::atomic<uint64_t> requested{0};
};

} // namespace gac

#endif // GAC_SUPPORT_BYTESOURCE_H
