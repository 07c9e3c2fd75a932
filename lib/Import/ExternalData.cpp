//===- ExternalData.cpp - Finding data outside the model --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorImporter.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <limits>

using namespace gac;
using namespace mlir;
namespace path = llvm::sys::path;

FailureOr<TensorImporter::Place>
TensorImporter::locate(const onnx::TensorProto &tensor,
                       std::optional<uint64_t> size, StringRef what) {
  Place place;
  std::optional<uint64_t> offset, length;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    if (entry.key() == "location") {
      place.location = entry.value();
      continue;
    }
    std::optional<uint64_t> &number = entry.key() == "offset" ? offset : length;
    if (entry.key() != "offset" && entry.key() != "length")
      continue;
    uint64_t value;
    if (StringRef(entry.value()).getAsInteger(10, value) ||
        value > std::numeric_limits<int64_t>::max())
      return source.emitError()
             << what << " has external data whose " << entry.key() << " is '"
             << entry.value() << "', which is no number of bytes";
    number = value;
  }
  // Some writers leave out what follows from the type.
  place.range = {offset.value_or(0), length.value_or(size.value_or(0))};
  if (place.location.empty()) {
    if (source.isCutOut(place.range)) {
      if (size && *size != place.range.length)
        return source.emitError() << what << " needs " << *size
                                  << " bytes, and its data in the model has "
                                  << place.range.length;
      return place;
    }
    return source.emitError()
           << what << " has external data without a location";
  }
  if (size && length && *size != *length)
    return source.emitError()
           << what << " needs " << *size << " bytes, and its external data in '"
           << place.location << "' has " << *length;

  FailureOr<ExternalFile *> file = openExternal(place.location, what);
  if (failed(file))
    return failure();
  place.file = *file;
  if (place.file->absent)
    return place;
  uint64_t fileSize = place.file->stamp.size;
  if (!size && !length)
    place.range.length = fileSize - std::min(fileSize, place.range.offset);
  if (place.range.offset > fileSize ||
      place.range.length > fileSize - place.range.offset)
    return source.emitError()
           << what << " has its data at bytes " << place.range.offset << " to "
           << place.range.offset + place.range.length << " of '"
           << place.location << "', which has " << fileSize << " bytes";
  return place;
}

LogicalResult TensorImporter::checkLocation(StringRef location,
                                            StringRef what) {
  auto refuse = [&](const Twine &why) {
    return source.emitError() << what << " has external data in '" << location
                              << "', which " << why;
  };
  if (location.contains('\0'))
    return refuse("is no file name");
  if (path::is_absolute(location))
    return refuse("is an absolute path: external data must be in the model's "
                  "folder");
  if (llvm::is_contained(
          llvm::make_range(path::begin(location), path::end(location)), ".."))
    return refuse("leaves the model's folder");
  if (llvm::all_of(llvm::make_range(path::begin(location), path::end(location)),
                   [](StringRef part) { return part == "."; }))
    return refuse("names no file");
  return success();
}

FailureOr<TensorImporter::ExternalFile *>
TensorImporter::openExternal(StringRef location, StringRef what) {
  auto [it, isNew] = files.try_emplace(location);
  ExternalFile *file = &it->second;
  if (!isNew)
    return file;
  if (failed(checkLocation(location, what)))
    return failure();

  bool missing = source.getFolder().empty();
  if (!missing) {
    llvm::SmallString<256> joined(source.getFolder());
    path::append(joined, location);
    file->path = joined.str().str();
    missing = !llvm::sys::fs::exists(file->path);
  }
  if (missing) {
    if (!source.getOptions().allowMissingWeights)
      return source.emitError() << what << " has its data in '" << location
                                << "', which does not exist";
    source.emitRemark() << "the weights in '" << location
                        << "' are missing, so only shapes are known";
    file->absent = true;
    return file;
  }

  // A link inside the folder may still point out of it.
  llvm::SmallString<256> realFolder, realFile;
  if (std::error_code code =
          llvm::sys::fs::real_path(source.getFolder(), realFolder))
    return source.emitError() << "cannot resolve '" << source.getFolder()
                              << "': " << code.message();
  if (std::error_code code = llvm::sys::fs::real_path(file->path, realFile))
    return source.emitError()
           << "cannot resolve '" << file->path << "': " << code.message();
  StringRef rest(realFile);
  bool isRoot = realFolder == path::root_path(realFolder);
  if (!rest.consume_front(realFolder) ||
      !(isRoot || rest.starts_with(path::get_separator())))
    return source.emitError() << what << " has external data in '" << location
                              << "', a link that leaves the model's folder";

  llvm::Expected<FileStamp> stamp = getFileStamp(file->path);
  if (!stamp)
    return source.emitError()
           << what << ": " << llvm::toString(stamp.takeError());
  file->stamp = *stamp;
  return file;
}
