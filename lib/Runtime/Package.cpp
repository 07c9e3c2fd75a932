//===- Package.cpp - A compiled model as it lies on disk --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads manifest.json, field by field; PackageCheck.cpp checks the whole.
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Package.h"

#include "CachePositions.h"
#include "PackageCheck.h"
#include "RecipeReader.h"

#include <limits>
#include <sys/stat.h>
#include <unordered_map>

using namespace gac::runtime;

static constexpr size_t maxManifestBytes = size_t(1) << 30;
static constexpr int64_t maxInteger = std::numeric_limits<int64_t>::max();
static constexpr int64_t maxDevice = int64_t(1) << 62;

namespace {
/// Reads one manifest into one package.
class ManifestReader {
public:
  ManifestReader(Package &package, JsonPlace root)
      : package(package), root(std::move(root)) {}

  Status read();

private:
  bool isFine() const { return !root.getStatus(); }
  void readVersion();
  void readFiles();
  void readTensor(const JsonPlace &place);
  LaneMap readLanes(const JsonPlace &place, const PackageTensor &tensor);
  void readCache(const JsonPlace &place);
  void readEntry(const JsonPlace &place);
  ArenaBuffer readBuffer(const JsonPlace &place, int64_t ops);
  PackageOp readOp(const JsonPlace &place);
  LaunchOp readLaunch(const JsonPlace &place);
  Argument readArgument(const JsonPlace &place);
  GemmOp readGemm(const JsonPlace &place);
  GemmOperand readOperand(const JsonPlace &place);
  AttentionOp readAttention(const JsonPlace &place);
  AttentionOperand readAttentionOperand(const JsonPlace &place);
  CopyOp readCopy(const JsonPlace &place);
  TensorId readTensorId(const JsonPlace &place);
  size_t readCacheName(const JsonPlace &place);
  std::array<int64_t, 3> readSizes(const JsonPlace &place, int64_t maxX,
                                   int64_t maxY, int64_t maxZ);
  std::string readFileName(const JsonPlace &place);

  Package &package;
  JsonPlace root;
};
} // namespace

Status ManifestReader::read() {
  readVersion();
  if (isFine())
    readFiles();
  // Caches refer to tensors and entries to both.
  JsonPlace tensors = root.at("tensors");
  for (size_t i = 0, n = tensors.size(); isFine() && i < n; ++i)
    readTensor(tensors.at(i));
  if (root.has("caches")) {
    JsonPlace caches = root.at("caches");
    for (size_t i = 0, n = caches.size(); isFine() && i < n; ++i)
      readCache(caches.at(i));
  }
  JsonPlace entries = root.at("entries");
  for (size_t i = 0, n = entries.size(); isFine() && i < n; ++i)
    readEntry(entries.at(i));
  if (isFine() && package.entries.empty())
    entries.fail("a package needs an entry");
  return root.getStatus();
}

void ManifestReader::readVersion() {
  std::string format = root.at("format").getString();
  if (isFine() && format != "gac-package")
    root.fail("the format is '" + format + "', not 'gac-package'");
  int64_t version = root.at("version").getInteger(0, maxInteger);
  if (isFine() && version != packageVersion)
    root.fail(ErrorCode::Unsupported,
              std::string("this package is ") +
                  (version > packageVersion ? "newer" : "older") +
                  " than the runtime: it has format version " +
                  std::to_string(version) + " and the runtime reads version " +
                  std::to_string(packageVersion));
}

/// The name of a file beside the manifest.
std::string ManifestReader::readFileName(const JsonPlace &place) {
  std::string name = place.getString();
  if (isFine() &&
      (name.empty() || name[0] == '.' || name.find('/') != std::string::npos ||
       name.find('\0') != std::string::npos))
    place.fail("'" + name + "' does not name a file inside of the package");
  struct stat info;
  std::string path = package.folder + "/" + name;
  if (isFine() && stat(path.c_str(), &info) != 0)
    place.fail(ErrorCode::File, "the file '" + path + "' is missing");
  return name;
}

void ManifestReader::readFiles() {
  package.producer = root.at("producer").getString();
  package.model = root.at("model").getString();
  package.type = root.at("dtype").getDType();
  if (isFine() && !isFloat(package.type))
    root.at("dtype").fail("a package computes in bf16, f16 or f32");
  package.archs = root.at("arch").getStrings();
  package.source = readFileName(root.at("source"));
  if (root.has("cubins"))
    root.at("cubins").forEachMember(
        [&](const std::string &arch, const JsonPlace &place) {
          package.cubins.emplace(arch, readFileName(place));
        });
  JsonPlace file = root.at("weights").at("file");
  if (!isFine() || file.isNull())
    return;
  std::string name = readFileName(file);
  if (!isFine())
    return;
  Result<Safetensors> weights = Safetensors::open(package.folder + "/" + name);
  if (weights)
    package.weights.emplace(std::move(*weights));
  else
    root.fail(weights.getStatus().getCode(), weights.getStatus().getMessage());
}

/// Callers get what they gave: no lane of theirs may be lost or come twice.
LaneMap ManifestReader::readLanes(const JsonPlace &place,
                                  const PackageTensor &tensor) {
  LaneMap lanes;
  if (tensor.kind != PackageTensor::Kind::Input &&
      tensor.kind != PackageTensor::Kind::Output &&
      tensor.kind != PackageTensor::Kind::Cache)
    place.fail("'" + tensor.name + "' is no input, output or cache");
  lanes.shape = place.at("shape").getShape();
  if (isFine())
    lanes.axes = readRuns(place.at("axes"), lanes.shape, tensor.shape);
  for (size_t axis = 0; isFine() && axis < lanes.axes.size(); ++axis) {
    int64_t next = 0;
    for (const Recipe::Run &run : lanes.axes[axis]) {
      if (run.from != next)
        place.fail("axis " + std::to_string(axis) + " of '" + tensor.name +
                   "' has a run from lane " + std::to_string(run.from) +
                   " on where lane " + std::to_string(next) + " is next");
      next = run.from + run.count;
    }
    if (isFine() && next != lanes.shape[axis])
      place.fail("axis " + std::to_string(axis) + " of '" + tensor.name +
                 "' has runs for " + std::to_string(next) + " of " +
                 std::to_string(lanes.shape[axis]) + " lanes");
  }
  lanes.bytes = getByteCount(lanes.shape, tensor.type).value_or(0);
  return lanes;
}

void ManifestReader::readTensor(const JsonPlace &place) {
  static const std::unordered_map<std::string, PackageTensor::Kind> kinds = {
      {"weight", PackageTensor::Kind::Weight},
      {"constant", PackageTensor::Kind::Constant},
      {"cache", PackageTensor::Kind::Cache},
      {"arena", PackageTensor::Kind::Arena},
      {"input", PackageTensor::Kind::Input},
      {"output", PackageTensor::Kind::Output}};
  PackageTensor tensor;
  tensor.name = place.at("name").getString();
  std::string kind = place.at("kind").getString();
  auto it = kinds.find(kind);
  if (it == kinds.end())
    place.fail("no tensor is of the kind '" + kind + "'");
  else
    tensor.kind = it->second;
  tensor.type = place.at("dtype").getDType();
  tensor.shape = place.at("shape").getShape();
  std::optional<int64_t> bytes = getByteCount(tensor.shape, tensor.type);
  if (!bytes)
    place.fail("'" + tensor.name + "' of shape " + toString(tensor.shape) +
               " has too many bytes");
  tensor.bytes = bytes.value_or(0);
  if (!place.find("recipe").isNull())
    tensor.recipe = readRecipe(place.at("recipe"));
  if (!place.find("range").isNull()) {
    JsonPlace range = place.at("range");
    if (range.size() != 2 || isFloat(tensor.type))
      range.fail("a range is the first and the last value of an integer input");
    constexpr int64_t lowest = std::numeric_limits<int64_t>::min();
    int64_t first = range.at(size_t(0)).getInteger(lowest, maxInteger);
    tensor.range.emplace(first, range.at(1).getInteger(first, maxInteger));
  }
  if (!place.find("lanes").isNull())
    tensor.lanes = readLanes(place.at("lanes"), tensor);
  package.tensors.push_back(std::move(tensor));
}

TensorId ManifestReader::readTensorId(const JsonPlace &place) {
  int64_t id = place.getInteger(0, std::numeric_limits<TensorId>::max());
  int64_t count = static_cast<int64_t>(package.tensors.size());
  if (isFine() && id >= count)
    place.fail("there is no tensor " + std::to_string(id) + " among the " +
               std::to_string(count) + " of the package");
  return static_cast<TensorId>(isFine() ? id : 0);
}

void ManifestReader::readCache(const JsonPlace &place) {
  PackageCache cache;
  cache.input = place.at("input").getString();
  cache.output = place.at("output").getString();
  cache.tensor = readTensorId(place.at("tensor"));
  if (!isFine())
    return;
  const PackageTensor &tensor = package.tensors[cache.tensor];
  if (tensor.kind != PackageTensor::Kind::Cache)
    return place.fail("tensor '" + tensor.name + "' is not of kind cache");
  int64_t rank = static_cast<int64_t>(tensor.shape.size());
  cache.axis = place.at("axis").getInteger(0, rank - 1);
  cache.capacity = place.at("capacity").getInteger(0, maxInteger);
  if (isFine() && cache.capacity != tensor.shape[cache.axis])
    place.fail("a capacity of " + std::to_string(cache.capacity) + " on axis " +
               std::to_string(cache.axis) + " of '" + tensor.name +
               "', which is " + toString(tensor.shape));
  if (isFine() && tensor.lanes &&
      tensor.lanes->shape[cache.axis] != cache.capacity)
    place.fail("axis " + std::to_string(cache.axis) + " of '" + tensor.name +
               "' has positions, and lanes that move");
  package.caches.push_back(std::move(cache));
}

size_t ManifestReader::readCacheName(const JsonPlace &place) {
  std::string name = place.getString();
  for (size_t i = 0; i < package.caches.size(); ++i)
    if (package.caches[i].input == name)
      return i;
  place.fail("no cache is called '" + name + "'");
  return 0;
}

void ManifestReader::readEntry(const JsonPlace &place) {
  PackageEntry entry;
  entry.name = place.at("name").getString();
  if (isFine() && package.findEntry(entry.name))
    place.fail("a second entry is called '" + entry.name + "'");
  if (place.has("dims"))
    place.at("dims").forEachMember(
        [&](const std::string &symbol, const JsonPlace &size) {
          entry.dims[symbol] = size.getInteger(0, maxInteger);
        });
  for (auto [key, list] : {std::pair("inputs", &entry.inputs),
                           std::pair("outputs", &entry.outputs)}) {
    JsonPlace ids = place.at(key);
    for (size_t i = 0, n = ids.size(); isFine() && i < n; ++i)
      list->push_back(readTensorId(ids.at(i)));
  }
  entry.arenaBytes = place.at("arenaBytes").getInteger(0, maxDevice);
  JsonPlace ops = place.at("ops");
  int64_t opCount = static_cast<int64_t>(ops.size());
  JsonPlace buffers = place.at("buffers");
  for (size_t i = 0, n = buffers.size(); isFine() && i < n; ++i)
    entry.buffers.push_back(readBuffer(buffers.at(i), opCount));
  for (int64_t i = 0; isFine() && i < opCount; ++i)
    entry.ops.push_back(readOp(ops.at(i)));
  if (place.has("appends")) {
    JsonPlace appends = place.at("appends");
    for (size_t i = 0, n = appends.size(); isFine() && i < n; ++i) {
      JsonPlace append = appends.at(i);
      size_t cache = readCacheName(append.at("cache"));
      entry.appends.push_back(
          {cache, append.at("count").getInteger(0, maxInteger)});
    }
  }
  if (isFine())
    entry.starts = findCacheStarts(package, entry);
  package.entries.push_back(std::move(entry));
}

ArenaBuffer ManifestReader::readBuffer(const JsonPlace &place, int64_t ops) {
  ArenaBuffer buffer;
  buffer.tensor = readTensorId(place.at("tensor"));
  buffer.offset = place.at("offset").getInteger(0, maxDevice);
  buffer.bytes = place.at("bytes").getInteger(0, maxDevice);
  buffer.first = place.at("first").getInteger(0, maxInteger);
  buffer.last = place.at("last").getInteger(0, maxInteger);
  if (isFine() && (buffer.last < buffer.first || buffer.last >= ops))
    place.fail("lives from operation " + std::to_string(buffer.first) + " to " +
               std::to_string(buffer.last) + " of " + std::to_string(ops));
  return buffer;
}

PackageOp ManifestReader::readOp(const JsonPlace &place) {
  static const std::unordered_map<std::string, PackageOp::Family> families = {
      {"gemm", PackageOp::Family::Gemm},
      {"attention", PackageOp::Family::Attention},
      {"elementwise", PackageOp::Family::Elementwise},
      {"movement", PackageOp::Family::Movement}};
  PackageOp op;
  std::string family = place.at("family").getString();
  if (auto it = families.find(family); it != families.end())
    op.family = it->second;
  else
    place.fail("no family of operations is called '" + family + "'");
  op.nodes = place.at("nodes").getStrings();
  op.flops = place.at("flops").getNumber();
  op.bytes = place.at("bytes").getNumber();
  op.predictedUs = place.at("predictedUs").getNumber();
  std::string kind = place.at("kind").getString();
  if (kind == "launch")
    op.action = readLaunch(place);
  else if (kind == "gemm")
    op.action = readGemm(place);
  else if (kind == "attention")
    op.action = readAttention(place);
  else if (kind == "copy")
    op.action = readCopy(place);
  else
    place.fail(ErrorCode::Unsupported,
               "no operation is of the kind '" + kind + "'");
  return op;
}

std::array<int64_t, 3> ManifestReader::readSizes(const JsonPlace &place,
                                                 int64_t maxX, int64_t maxY,
                                                 int64_t maxZ) {
  if (place.size() != 3)
    place.fail("expected three sizes");
  return {place.at(size_t(0)).getInteger(1, maxX),
          place.at(1).getInteger(1, maxY), place.at(2).getInteger(1, maxZ)};
}

LaunchOp ManifestReader::readLaunch(const JsonPlace &place) {
  LaunchOp launch;
  launch.kernel = place.at("kernel").getString();
  // The limits are those of every device since compute capability 3.0.
  launch.grid = readSizes(place.at("grid"), 2147483647, 65535, 65535);
  launch.block = readSizes(place.at("block"), 1024, 1024, 64);
  int64_t threads = launch.block[0] * launch.block[1] * launch.block[2];
  if (isFine() && threads > 1024)
    place.at("block").fail("a block has at most 1024 threads, not " +
                           std::to_string(threads));
  launch.sharedBytes = place.at("sharedBytes").getInteger(0, int64_t(1) << 20);
  launch.overlaps = place.has("overlaps") && place.at("overlaps").getBool();
  JsonPlace args = place.at("args");
  for (size_t i = 0, n = args.size(); isFine() && i < n; ++i)
    launch.args.push_back(readArgument(args.at(i)));
  return launch;
}

Argument ManifestReader::readArgument(const JsonPlace &place) {
  if (place.has("tensor"))
    return TensorArgument{
        readTensorId(place.at("tensor")),
        place.has("offset") ? place.at("offset").getInteger(0, maxDevice) : 0};
  if (place.has("position"))
    return PositionArgument{readCacheName(place.at("position"))};
  if (place.has("i32"))
    return static_cast<int32_t>(
        place.at("i32").getInteger(std::numeric_limits<int32_t>::min(),
                                   std::numeric_limits<int32_t>::max()));
  if (place.has("i64"))
    return place.at("i64").getInteger(std::numeric_limits<int64_t>::min(),
                                      maxInteger);
  if (!place.has("f32"))
    place.fail("an argument is one of tensor, position, i32, i64, f32");
  return static_cast<float>(place.at("f32").getNumber());
}

GemmOperand ManifestReader::readOperand(const JsonPlace &place) {
  GemmOperand operand;
  operand.tensor = readTensorId(place.at("tensor"));
  if (place.has("offset"))
    operand.offset = place.at("offset").getInteger(0, maxDevice);
  operand.ld = place.at("ld").getInteger(1, maxDevice);
  if (place.has("stride"))
    operand.stride = place.at("stride").getInteger(0, maxDevice);
  if (place.has("trans"))
    operand.trans = place.at("trans").getBool();
  return operand;
}

GemmOp ManifestReader::readGemm(const JsonPlace &place) {
  GemmOp gemm;
  gemm.a = readOperand(place.at("a"));
  gemm.b = readOperand(place.at("b"));
  gemm.d = readOperand(place.at("d"));
  if (!place.find("c").isNull())
    gemm.c = readOperand(place.at("c"));
  // cuBLASLt's leading dimensions and batch counts are int32 in places.
  constexpr int64_t maxSize = std::numeric_limits<int32_t>::max();
  gemm.m = place.at("m").getInteger(1, maxSize);
  gemm.n = place.at("n").getInteger(1, maxSize);
  gemm.k = place.at("k").getInteger(1, maxSize);
  if (place.has("batch"))
    gemm.batch = place.at("batch").getInteger(1, maxSize);
  if (place.has("alpha"))
    gemm.alpha = place.at("alpha").getNumber();
  if (place.has("beta"))
    gemm.beta = place.at("beta").getNumber();
  if (!place.find("bias").isNull())
    gemm.bias = readTensorId(place.at("bias"));
  std::string epilogue =
      place.has("epilogue") ? place.at("epilogue").getString() : "none";
  if (epilogue == "bias")
    gemm.epilogue = GemmOp::Epilogue::Bias;
  else if (epilogue == "gelu")
    gemm.epilogue = GemmOp::Epilogue::Gelu;
  else if (epilogue != "none")
    place.fail(ErrorCode::Unsupported,
               "no matrix product ends with '" + epilogue + "'");
  if (isFine() && epilogue == "bias" && !gemm.bias)
    place.fail("the epilogue 'bias' needs a bias");
  if (isFine() && epilogue == "none" && gemm.bias)
    place.fail("the epilogue 'none' has no use for a bias");
  if (isFine() && !gemm.c && gemm.beta != 0)
    place.fail("beta is " + std::to_string(gemm.beta) + " and c is missing");
  if (isFine() && (gemm.d.trans || (gemm.c && gemm.c->trans)))
    place.fail(ErrorCode::Unsupported, "c and d cannot be transposed");
  return gemm;
}

AttentionOperand ManifestReader::readAttentionOperand(const JsonPlace &place) {
  AttentionOperand operand;
  operand.tensor = readTensorId(place.at("tensor"));
  if (place.has("offset"))
    operand.offset = place.at("offset").getInteger(0, maxDevice);
  JsonPlace strides = place.at("strides");
  if (isFine() && strides.size() != 3) {
    strides.fail("expected the strides of batches, heads and rows");
    return operand;
  }
  operand.batchStride = strides.at(size_t(0)).getInteger(0, maxDevice);
  operand.headStride = strides.at(1).getInteger(0, maxDevice);
  operand.rowStride = strides.at(2).getInteger(0, maxDevice);
  return operand;
}

AttentionOp ManifestReader::readAttention(const JsonPlace &place) {
  AttentionOp attention;
  attention.q = readAttentionOperand(place.at("q"));
  attention.k = readAttentionOperand(place.at("k"));
  attention.v = readAttentionOperand(place.at("v"));
  attention.o = readAttentionOperand(place.at("o"));
  // cuDNN counts positions in int32.
  constexpr int64_t maxSize = std::numeric_limits<int32_t>::max();
  for (auto [key, size] : {std::pair("batch", &attention.batch),
                           std::pair("queryHeads", &attention.queryHeads),
                           std::pair("keyHeads", &attention.keyHeads),
                           std::pair("queries", &attention.queries),
                           std::pair("keys", &attention.keys),
                           std::pair("keyWidth", &attention.keyWidth),
                           std::pair("valueWidth", &attention.valueWidth)})
    *size = place.at(key).getInteger(1, maxSize);
  attention.scale = place.at("scale").getNumber();
  attention.causal = place.at("causal").getBool();
  JsonPlace fallback = place.at("fallback");
  attention.fallback = readLaunch(fallback);
  if (!isFine())
    return attention;
  if (attention.queryHeads % attention.keyHeads != 0)
    place.fail(std::to_string(attention.queryHeads) +
               " query heads cannot share " +
               std::to_string(attention.keyHeads) + " key heads");
  else if (!(attention.scale > 0))
    place.at("scale").fail("a scale is positive, not " +
                           std::to_string(attention.scale));
  else if (attention.causal && attention.queries > attention.keys)
    place.fail("of " + std::to_string(attention.queries) +
               " causal queries the first sees none of the " +
               std::to_string(attention.keys) + " keys");
  for (const Argument &argument : attention.fallback.args)
    if (std::holds_alternative<PositionArgument>(argument))
      fallback.fail("an attention has as many keys as it says, and its "
                    "fallback takes no position");
  return attention;
}

CopyOp ManifestReader::readCopy(const JsonPlace &place) {
  CopyOp copy;
  copy.from = readTensorId(place.at("from"));
  copy.to = readTensorId(place.at("to"));
  if (!isFine())
    return copy;
  if (place.has("fromOffset"))
    copy.fromOffset = place.at("fromOffset").getInteger(0, maxDevice);
  if (place.has("toOffset"))
    copy.toOffset = place.at("toOffset").getInteger(0, maxDevice);
  // "bytes" is every operation's traffic; a copy moves all of its target.
  copy.bytes = place.has("length")
                   ? place.at("length").getInteger(0, maxDevice)
                   : package.tensors[copy.to].bytes - copy.toOffset;
  if (isFine() && copy.bytes < 0)
    place.fail("starts at byte " + std::to_string(copy.toOffset) + " of '" +
               package.tensors[copy.to].name + "', which has " +
               std::to_string(package.tensors[copy.to].bytes));
  return copy;
}

Result<Package> Package::open(const std::string &folder) {
  std::string what = "package '" + folder + "'";
  struct stat info;
  if (stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return Status(ErrorCode::File, what + ": there is no such folder");
  Result<std::string> text =
      readFile(folder + "/manifest.json", maxManifestBytes);
  if (!text)
    return Status(text.getStatus().getCode(),
                  what + ": " + text.getStatus().getMessage());
  Result<JsonPlace> root = JsonPlace::parse(*text, what + ": manifest.json");
  if (!root)
    return root.getStatus();
  Package package;
  package.folder = folder;
  if (Status status = ManifestReader(package, *root).read())
    return status;
  if (Status status = checkPackage(package))
    return status;
  return package;
}

const PackageEntry *Package::findEntry(const std::string &name) const {
  for (const PackageEntry &entry : entries)
    if (entry.name == name)
      return &entry;
  return nullptr;
}

std::string Package::listEntries() const {
  std::string list;
  for (const PackageEntry &entry : entries)
    list += (list.empty() ? "'" : ", '") + entry.name + "'";
  return list;
}

std::string_view gac::runtime::getName(PackageOp::Family family) {
  switch (family) {
  case PackageOp::Family::Gemm:
    return "gemm";
  case PackageOp::Family::Attention:
    return "attention";
  case PackageOp::Family::Elementwise:
    return "elementwise";
  case PackageOp::Family::Movement:
    return "movement";
  }
  return "";
}
