//===- Package.cpp - Packages from scheduled modules ----------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Emit/CUDA/Package.h"

#include "Nvcc.h"
#include "Recipes.h"
#include "Weights.h"

#include "Common.cuh"
#include "gac/Emit/CUDA/Manifest.h"
#include "gac/Emit/CUDA/Source.h"
#include "gac/Export/WeightSource.h"
#include "gac/Support/Interrupt.h"
#include "gac/Support/OutputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace gac;
using namespace gac::cuda;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;
using llvm::Error;

//===----------------------------------------------------------------------===//
// The folder
//===----------------------------------------------------------------------===//

static constexpr char kManifest[] = "manifest.json";
static constexpr char kSource[] = "kernels.cu";
static constexpr char kWeights[] = "weights.safetensors";

static std::string trimSlashes(StringRef folder) {
  while (folder.size() > 1 && folder.ends_with("/"))
    folder = folder.drop_back();
  return folder.str();
}

static std::string joinPath(StringRef folder, StringRef name) {
  SmallString<128> result(folder);
  path::append(result, name);
  return result.str().str();
}

static std::string getCubinName(StringRef arch) {
  return ("kernels." + arch + ".cubin").str();
}

/// The names of all the files that a package for `archs` may have.
static std::vector<std::string> listNames(ArrayRef<std::string> archs) {
  std::vector<std::string> names = {kManifest, kSource, kWeights};
  for (const std::string &arch : archs)
    names.push_back(getCubinName(arch));
  return names;
}

/// Whether packages have files of this name.
static bool isPackageFile(StringRef name) {
  return name == kManifest || name == kSource || name == kWeights ||
         (name.starts_with("kernels.") && name.ends_with(".cubin"));
}

/// The files of the package that stands at `folder`; none if there is nothing.
/// Fails if anything else stands there.
static llvm::Expected<std::vector<std::string>> listPackage(StringRef folder) {
  std::vector<std::string> files;
  fs::file_status status;
  if (fs::status(folder, status, /*follow=*/false))
    return files;
  bool hasManifest = false;
  if (fs::is_directory(folder)) {
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; it != end && !code;
         it.increment(code)) {
      StringRef name = path::filename(it->path());
      if (!isPackageFile(name))
        return llvm::createStringError(
            "'" + folder + "' holds '" + name +
            "', which is no file of a package: choose another output");
      hasManifest |= name == "manifest.json";
      files.push_back(it->path());
    }
    if (code)
      return llvm::createStringError("'" + folder +
                                     "' cannot be listed: " + code.message());
  }
  if (!hasManifest)
    return llvm::createStringError(
        "'" + folder + "' exists and is no package: choose another output");
  return files;
}

Error gac::cuda::checkPackageOutput(StringRef given) {
  std::string folder = trimSlashes(given);
  llvm::Expected<std::vector<std::string>> files = listPackage(folder);
  if (!files)
    return files.takeError();
  // A file beside it can be made exactly where the folder can.
  return checkWritable(folder + ".tmp");
}

namespace {
/// A folder that takes the place of another when it is complete.
class OutputFolder {
public:
  /// `names` are those of all the files that it may have.
  OutputFolder(StringRef target, ArrayRef<std::string> names)
      : target(trimSlashes(target)), names(names) {}
  ~OutputFolder() {
    if (!temporary.empty())
      (void)fs::remove_directories(temporary);
  }

  Error create() {
    SmallString<128> name;
    fs::createUniquePath(target + ".tmp-%%%%%%", name, /*MakeAbsolute=*/false);
    // A signal finds no folder or one that is guarded.
    SignalGuard held;
    if (std::error_code code = fs::create_directory(
            name, /*IgnoreExisting=*/false, fs::perms::all_all))
      return llvm::createStringError("'" + name.str() +
                                     "' cannot be created: " + code.message());
    temporary = name.str().str();
    SmallVector<std::string> files;
    for (const std::string &file : names)
      files.push_back(getFile(file));
    guard.emplace(temporary, files);
    return Error::success();
  }

  std::string getFile(StringRef name) const {
    return joinPath(temporary, name);
  }
  StringRef getTarget() const { return target; }
  InterruptGuard &getGuard() { return *guard; }

  /// Puts the folder in its place. What stood there goes only when that is
  /// done, and comes back when it cannot be.
  Error commit() {
    llvm::Expected<std::vector<std::string>> files = listPackage(target);
    if (!files)
      return files.takeError();
    SignalGuard held;
    std::string retired;
    auto fail = [&](std::error_code code) {
      return llvm::createStringError("'" + target +
                                     "' cannot be written: " + code.message());
    };
    if (!files->empty()) {
      SmallString<128> name;
      fs::createUniquePath(target + ".old-%%%%%%", name,
                           /*MakeAbsolute=*/false);
      if (std::error_code code = fs::rename(target, name))
        return fail(code);
      retired = name.str().str();
    }
    if (std::error_code code = fs::rename(temporary, target)) {
      if (!retired.empty())
        (void)fs::rename(retired, target);
      return fail(code);
    }
    temporary.clear();
    guard.reset();
    if (!retired.empty())
      (void)fs::remove_directories(retired);
    return Error::success();
  }

private:
  std::string target, temporary;
  std::vector<std::string> names;
  std::optional<InterruptGuard> guard;
};
} // namespace

/// Writes one file of the folder.
static Error writeFile(StringRef path,
                       llvm::function_ref<Error(OutputFile &)> write) {
  OutputTransaction transaction;
  llvm::Expected<OutputFile *> file = transaction.open(path);
  if (!file)
    return file.takeError();
  if (Error error = write(**file))
    return error;
  return transaction.commit();
}

//===----------------------------------------------------------------------===//
// Its files
//===----------------------------------------------------------------------===//

namespace {
class PackageWriter {
public:
  PackageWriter(ModuleOp module, StringRef target,
                const WritePackageOptions &options)
      : module(module), folder(target, listNames(options.archs)),
        options(options) {}

  LogicalResult write();

private:
  LogicalResult checkLaunches();
  LogicalResult writeKernels();
  LogicalResult writeData();
  LogicalResult writeManifest();
  void stage(const Twine &what) {
    if (options.progress)
      options.progress->stage(what.str());
  }
  LogicalResult fail(Error error) {
    if (options.progress)
      options.progress->clear();
    return mlir::emitError(UnknownLoc::get(module.getContext()))
           << toString(std::move(error));
  }

  ModuleOp module;
  OutputFolder folder;
  const WritePackageOptions &options;
  ManifestOptions manifest;
};
} // namespace

/// Whether blocks have the shared memory that launches were laid out for.
LogicalResult PackageWriter::checkLaunches() {
  auto least = llvm::min_element(options.archs, [](StringRef a, StringRef b) {
    return kernels::sharedBytesOfBlock(getCapability(a)) <
           kernels::sharedBytesOfBlock(getCapability(b));
  });
  if (least == options.archs.end())
    return success();
  int64_t most = kernels::sharedBytesOfBlock(getCapability(*least));
  WalkResult result = module.walk([&](LaunchOp launch) -> WalkResult {
    auto wanted = static_cast<int64_t>(launch.getSharedBytes());
    if (wanted <= most)
      return WalkResult::advance();
    return launch.emitError()
           << "kernel " << launch.getKernelAttr() << " takes " << wanted
           << " bytes of shared memory, and a block on " << *least
           << " has at most " << most
           << ": its target is of another architecture";
  });
  return failure(result.wasInterrupted());
}

LogicalResult PackageWriter::writeKernels() {
  stage("writing the kernels");
  std::string source;
  llvm::raw_string_ostream stream(source);
  if (failed(printCudaSource(module, stream)))
    return failure();
  std::string file = folder.getFile(kSource);
  if (Error error =
          writeFile(file, [&](OutputFile &out) { return out.write(source); }))
    return fail(std::move(error));
  if (options.noCubins)
    return success();

  llvm::Expected<std::string> nvcc = findNvcc();
  if (!nvcc)
    return fail(nvcc.takeError());
  if (nvcc->empty()) {
    mlir::emitRemark(UnknownLoc::get(module.getContext()))
        << "no nvcc was found (NVCC, PATH, CUDA_HOME, /usr/local/cuda), so the "
           "package has no compiled kernels: whoever loads it compiles them";
    return success();
  }
  stage("compiling the kernels for " + llvm::join(options.archs, ", "));
  std::vector<std::string> outputs;
  for (const std::string &arch : options.archs) {
    std::string name = getCubinName(arch);
    manifest.cubins[arch] = name;
    outputs.push_back(folder.getFile(name));
  }
  if (Error error = compileCubins(*nvcc, file, options.archs, outputs,
                                  folder.getGuard())) {
    std::string kept = (folder.getTarget() + ".failed.cu").str();
    std::string message = toString(std::move(error));
    if (!fs::rename(file, kept))
      message += "\nThe source is kept in '" + kept + "'";
    return fail(llvm::createStringError(message));
  }
  return success();
}

LogicalResult PackageWriter::writeData() {
  if (llvm::none_of(module.getOps<TensorOp>(), [&](TensorOp tensor) {
        return needsData(tensor, options.graphOnly);
      }))
    return success();
  stage("writing the weights");
  // What is wrong with a tensor is told at the tensor.
  LogicalResult result = success();
  Error error =
      writeFile(folder.getFile(kWeights), [&](OutputFile &file) -> Error {
        result =
            writeWeights(module, file, options.graphOnly, options.progress);
        return failed(result) ? llvm::createStringError("") : Error::success();
      });
  if (failed(result)) {
    consumeError(std::move(error));
    return failure();
  }
  if (error)
    return fail(std::move(error));
  return success();
}

LogicalResult PackageWriter::writeManifest() {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (failed(printManifest(module, stream, manifest)))
    return failure();
  if (Error error = writeFile(folder.getFile(kManifest), [&](OutputFile &file) {
        return file.write(text);
      }))
    return fail(std::move(error));
  return success();
}

LogicalResult PackageWriter::write() {
  for (const std::string &arch : options.archs)
    if (Error error = checkArch(arch))
      return fail(std::move(error));
  if (failed(checkLaunches()))
    return failure();
  llvm::Expected<std::vector<std::string>> old =
      listPackage(folder.getTarget());
  if (!old)
    return fail(old.takeError());
  for (const std::string &file : *old)
    if (Error error = checkNoSource(module, file))
      return fail(std::move(error));
  manifest.archs = options.archs;
  manifest.graphOnly = options.graphOnly;
  if (Error error = folder.create())
    return fail(std::move(error));
  if (failed(writeKernels()) || failed(writeData()) || failed(writeManifest()))
    return failure();
  if (Error error = folder.commit())
    return fail(std::move(error));
  return success();
}

LogicalResult gac::cuda::writePackage(ModuleOp module, StringRef path,
                                      const WritePackageOptions &options) {
  return PackageWriter(module, path, options).write();
}
