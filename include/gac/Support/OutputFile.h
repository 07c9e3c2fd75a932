//===- OutputFile.h - files written beside and renamed ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Output that is there as a whole or not at all. A model may be two files,
// OUT.data with the weights and OUT that refers to it by name, and it may
// replace the very files that it is read from. The protocol:
//
//   1. Every file is written under a temporary name in the folder of its
//      final one. What stood there before is not touched, so weights can be
//      read from it to the end.
//   2. Commit flushes and closes all of them. Nothing can fail for want of
//      space after this point.
//   3. A single file is renamed over its final name: one atomic step.
//   4. Several files cannot be replaced in one step. First those that stand
//      at the final names are renamed away, the last opened (the model) first:
//      from here on nobody finds the old model and the new data, or the
//      reverse. Then the new ones are renamed into place in the order in which
//      they were opened (data first, the model last). Then the old are removed.
//   5. When a step fails, the steps before it are undone in reverse, and the
//      old files are again where they were.
//
// So at no moment is there a model beside data that is not its own, and at no
// moment is a replaced model gone before its successor is complete on disk: a
// machine that dies within step 4 leaves the old files under `*.old` names and
// the new ones under `*.tmp` names. Temporary files go when the transaction is
// destroyed uncommitted, and on the signals that LLVM handles. A symbolic link
// at a final name is itself replaced; what it points to stays.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_OUTPUTFILE_H
#define GAC_SUPPORT_OUTPUTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gac {

class InputFile;
class OutputTransaction;

/// One file of a transaction, appended to from its start. Small writes are
/// gathered; large ones go straight to the system.
class OutputFile {
public:
  ~OutputFile();
  OutputFile(const OutputFile &) = delete;
  OutputFile &operator=(const OutputFile &) = delete;

  /// The name that the file will have after the commit.
  llvm::StringRef getPath() const { return path; }

  /// Number of bytes appended so far.
  uint64_t getPosition() const { return position; }

  /// Asks the file system for room for `bytes` bytes in all, so that a full
  /// disk is an error before any work. File systems that cannot tell are not
  /// asked again.
  llvm::Error reserve(uint64_t bytes);

  /// Appends `bytes`.
  llvm::Error write(llvm::StringRef bytes);

  /// Appends `count` bytes, which `fill` puts block by block, in order, where
  /// it is told to. The first error of it ends the writing.
  llvm::Error
  produce(uint64_t count,
          llvm::function_ref<llvm::Error(llvm::MutableArrayRef<char>)> fill);

  /// Appends `count` zero bytes.
  llvm::Error writeZeros(uint64_t count);

  /// Appends zeros up to the next multiple of `alignment`, a positive number.
  llvm::Error alignTo(uint64_t alignment);

  /// Appends the bytes `[offset, offset + length)` of `file`, inside the
  /// kernel where the file systems allow it.
  llvm::Error copyFrom(const InputFile &file, uint64_t offset, uint64_t length);

private:
  friend class OutputTransaction;
  explicit OutputFile(llvm::StringRef path) : path(path) {}

  llvm::Error flush();
  llvm::Error writeThrough(llvm::StringRef bytes);
  llvm::Error finish();
  llvm::Error failure(int error) const;

  std::string path;
  std::string temporaryPath;
  /// Where the file that stood at `path` waits while it is replaced.
  std::string retiredPath;
  int descriptor = -1;
  uint64_t position = 0;
  bool replaces = false;
  bool published = false;
  llvm::SmallVector<char, 0> buffer;
};

/// Files that appear together. See the top of this file for the protocol.
class OutputTransaction {
public:
  OutputTransaction() = default;
  /// Removes the temporary files of a transaction that was not committed.
  ~OutputTransaction();
  OutputTransaction(const OutputTransaction &) = delete;
  OutputTransaction &operator=(const OutputTransaction &) = delete;

  /// Starts a file that will be called `path`. A file that refers to another
  /// by name is opened after it. The result belongs to the transaction. Fails
  /// with one sentence when nothing can be written there.
  llvm::Expected<OutputFile *> open(llvm::StringRef path);

  /// Makes all files appear, or none. Called once.
  llvm::Error commit();

private:
  llvm::Error publish();
  void rollBack();

  std::vector<std::unique_ptr<OutputFile>> files;
};

/// Whether a file could be written at `path`, to be asked before long work.
/// Leaves nothing behind.
llvm::Error checkWritable(llvm::StringRef path);

} // namespace gac

#endif // GAC_SUPPORT_OUTPUTFILE_H
