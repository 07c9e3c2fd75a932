//===- Weights.cpp - Weights as safetensors -------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"

#include "Recipes.h"

#include "gac/Emit/CUDA/Package.h"
#include "gac/Export/WeightSource.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

#include <map>

using namespace mlir;
using namespace gac;
using namespace gac::cuda;
namespace json = llvm::json;

static constexpr uint64_t kDataAlignment = 4096;
/// Between two reports of progress.
static constexpr uint64_t kStep = uint64_t(16) << 20;

static StringRef getSafetensorsName(StringRef dtype) {
  return llvm::StringSwitch<StringRef>(dtype)
      .Case("bf16", "BF16")
      .Case("f16", "F16")
      .Case("f32", "F32")
      .Case("i64", "I64")
      .Case("i32", "I32")
      .Case("bool", "BOOL")
      .Default({});
}

static uint64_t getElementBytes(TensorOp tensor) {
  return llvm::divideCeil(
      tensor.getTensorType().getElementType().getIntOrFloatBitWidth(), 8);
}

static uint64_t getBytes(TensorOp tensor) {
  return tensor.getTensorType().getNumElements() * getElementBytes(tensor);
}

/// The tensors with data, those of wide elements first: each is then aligned
/// without a gap, which the format does not allow.
static SmallVector<TensorOp> getTensors(ModuleOp module, bool graphOnly) {
  std::map<uint64_t, SmallVector<TensorOp>, std::greater<>> bySize;
  for (auto tensor : module.getOps<TensorOp>())
    if (needsData(tensor, graphOnly) &&
        tensor.getTensorType().getElementType().isIntOrFloat())
      bySize[getElementBytes(tensor)].push_back(tensor);
  SmallVector<TensorOp> tensors;
  for (auto &[bytes, some] : bySize)
    tensors.append(some);
  return tensors;
}

uint64_t gac::cuda::getWeightBytes(ModuleOp module, bool graphOnly) {
  uint64_t bytes = 0;
  for (TensorOp tensor : getTensors(module, graphOnly))
    bytes += getBytes(tensor);
  return bytes;
}

LogicalResult gac::cuda::writeWeights(ModuleOp module, OutputFile &file,
                                      bool graphOnly, Progress *progress) {
  SmallVector<TensorOp> tensors = getTensors(module, graphOnly);
  auto fail = [](Operation *op, llvm::Error error) -> LogicalResult {
    return op->emitError() << toString(std::move(error));
  };

  // All are opened first: what is missing is told before anything is written.
  WeightReader reader;
  std::vector<std::unique_ptr<ByteSource>> sources;
  llvm::StringMap<TensorOp> names;
  json::Object header;
  uint64_t end = 0;
  for (TensorOp tensor : tensors) {
    Type type = tensor.getTensorType().getElementType();
    StringRef dtype = getSafetensorsName(getDTypeName(type));
    if (dtype.empty())
      return tensor.emitOpError() << "'" << tensor.getName() << "' is of type "
                                  << type << ", which packages do not have";
    if (!names.try_emplace(tensor.getName(), tensor).second)
      return tensor.emitOpError()
             << "is the second of the name '" << tensor.getName() << "'";
    llvm::Expected<std::unique_ptr<ByteSource>> source =
        reader.open(cast<TypedAttr>(*tensor.getValue()));
    if (!source)
      return tensor.emitError() << "'" << tensor.getName()
                                << "': " << toString(source.takeError());
    uint64_t begin = end;
    end += (*source)->size();
    header[tensor.getName()] =
        json::Object{{"dtype", dtype},
                     {"shape", json::Array(tensor.getTensorType().getShape())},
                     {"data_offsets", json::Array{static_cast<int64_t>(begin),
                                                  static_cast<int64_t>(end)}}};
    sources.push_back(std::move(*source));
  }

  std::string text;
  llvm::raw_string_ostream(text) << json::Value(std::move(header));
  text.resize(llvm::alignTo(8 + text.size(), kDataAlignment) - 8, ' ');
  char length[8];
  llvm::support::endian::write64le(length, text.size());
  if (llvm::Error error = file.reserve(8 + text.size() + end))
    return fail(module, std::move(error));
  if (llvm::Error error = file.write(StringRef(length, 8)))
    return fail(module, std::move(error));
  if (llvm::Error error = file.write(text))
    return fail(module, std::move(error));

  uint64_t done = 0;
  for (auto [tensor, source] : llvm::zip(tensors, sources))
    for (uint64_t offset = 0; offset < source->size(); offset += kStep) {
      uint64_t count = std::min(kStep, source->size() - offset);
      if (llvm::Error error = source->writeRange(file, offset, count))
        return fail(tensor, std::move(error));
      done += count;
      if (progress)
        progress->update(done, end);
    }
  return success();
}
