//===- Samples.cpp - What was measured ------------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Samples.h"

#include "Json.h"
#include "gac/Runtime/MappedBytes.h"

#include <limits>

using namespace gac::profile;
using namespace gac::runtime;
using Json = nlohmann::ordered_json;

static const char *const format = "gac-profile";
static constexpr int64_t version = 1;
/// A full profile has some hundreds of kilobytes.
static constexpr size_t maxFileBytes = size_t(256) << 20;
/// Of a size, a stride, a number of bytes.
static constexpr int64_t most = int64_t(1) << 48;
static constexpr int64_t mostTokens = int64_t(1) << 30;
static constexpr int64_t mostHeads = int64_t(1) << 24;

std::string Environment::compare(const Environment &other) const {
  std::string text;
  auto compare = [&](const char *what, const std::string &mine,
                     const std::string &theirs) {
    if (mine != theirs)
      text += (text.empty() ? "" : ", ") + std::string(what) + " " +
              (mine.empty() ? "none" : mine) + " and " +
              (theirs.empty() ? "none" : theirs);
  };
  compare("GPU", gpu, other.gpu);
  compare("multiprocessors", std::to_string(multiprocessors),
          std::to_string(other.multiprocessors));
  compare("driver", driver, other.driver);
  compare("NVRTC", nvrtc, other.nvrtc);
  compare("cuBLASLt", cublasLt, other.cublasLt);
  compare("cuDNN", cudnn, other.cudnn);
  compare("GAC", version, other.version);
  return text;
}

const Sample *Samples::find(const std::string &key) const {
  for (const Sample &sample : samples)
    if (getKey(sample.point) == key)
      return &sample;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static Json toJson(const Matrix &matrix) {
  return {{"ld", matrix.ld}, {"offset", matrix.offset}};
}

namespace {
/// Adds the fields of a point.
struct PointWriter {
  Json &json;

  void operator()(const LaunchPoint &point) const {
    json["op"] = "launch";
    json["blocks"] = point.blocks;
    json["overlaps"] = point.overlaps;
  }
  void operator()(const MemoryPoint &point) const {
    json["op"] = point.writes ? "copy" : "read";
    json["bytes"] = point.bytes;
  }
  void operator()(const ProductPoint &point) const {
    json["op"] = "product";
    json["dtype"] = std::string(getName(point.type));
    json["m"] = point.m;
    json["n"] = point.n;
    json["k"] = point.k;
    json["transposed"] = point.transposed;
    json["a"] = toJson(point.a);
    json["b"] = toJson(point.b);
    json["d"] = toJson(point.d);
    json["backend"] = getName(point.backend);
  }
  void operator()(const GroupPoint &point) const {
    json["op"] = "group";
    json["dtype"] = std::string(getName(point.type));
    json["m"] = point.m;
    Json &products = json["products"] = Json::array();
    for (const GroupPoint::Size &size : point.sizes)
      products.push_back({{"n", size.n}, {"k", size.k}});
  }
  void operator()(const AttentionPoint &point) const {
    json["op"] = "attention";
    json["dtype"] = std::string(getName(point.type));
    json["batch"] = point.batch;
    json["heads"] = point.heads;
    json["key_heads"] = point.keyHeads;
    json["queries"] = point.queries;
    json["keys"] = point.keys;
    json["width"] = point.width;
    json["causal"] = point.causal;
    json["backend"] = getName(point.backend);
  }
};
} // namespace

static Json toJson(const Sample &sample) {
  Json json;
  std::visit(PointWriter{json}, sample.point.what);
  json["sweeps"] = sample.point.sweeps;
  if (!sample.isMeasured()) {
    json["refusal"] = sample.refusal;
    return json;
  }
  json["ran"] = sample.ran;
  json["us"] = sample.us.median;
  json["q1"] = sample.us.q1;
  json["q3"] = sample.us.q3;
  json["replays"] = sample.us.count;
  json["launches"] = sample.launches;
  return json;
}

static Json toJson(const Environment &environment) {
  return {{"gpu", environment.gpu},
          {"capability", environment.capability},
          {"multiprocessors", environment.multiprocessors},
          {"l2_bytes", environment.l2Bytes},
          {"memory_bytes", environment.memoryBytes},
          {"driver", environment.driver},
          {"cuda", environment.cuda},
          {"nvrtc", environment.nvrtc},
          {"cublaslt", environment.cublasLt},
          {"cudnn", environment.cudnn},
          {"gac", environment.version}};
}

std::string gac::profile::printSamples(const Samples &samples) {
  std::string text =
      "{\n  \"format\": \"" + std::string(format) +
      "\",\n  \"version\": " + std::to_string(version) +
      ",\n  \"environment\": " + toJson(samples.environment).dump() +
      ",\n  \"began\": " + Json(samples.began).dump() +
      ",\n  \"ended\": " + Json(samples.ended).dump() + ",\n  \"samples\": [";
  // A line for each, to be read and compared.
  for (const Sample &sample : samples.samples)
    text += (&sample == samples.samples.data() ? "\n    " : ",\n    ") +
            toJson(sample).dump();
  return text + "\n  ]\n}\n";
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static Matrix readMatrix(const JsonPlace &place) {
  Matrix matrix;
  matrix.ld = place.at("ld").getInteger(1, most);
  matrix.offset = place.at("offset").getInteger(0, most);
  return matrix;
}

static Backend readBackend(const JsonPlace &place) {
  std::string text = place.getString();
  for (Backend backend : {Backend::Auto, Backend::Library, Backend::Kernel})
    if (text == getName(backend))
      return backend;
  place.fail("expected auto, library or kernel, got '" + text + "'");
  return Backend::Auto;
}

/// What an operation computes is counted in 64 bits.
static void checkVolume(const JsonPlace &place,
                        std::initializer_list<int64_t> sizes) {
  double volume = 1;
  for (int64_t size : sizes)
    volume *= static_cast<double>(size);
  if (volume > 0x1p56)
    place.fail("expected sizes of which the product is at most 2^56");
}

static void readPoint(const JsonPlace &place, Point &point) {
  auto count = [&](const char *field) {
    return place.at(field).getInteger(1, most);
  };
  std::string op = place.at("op").getString();
  if (op == "launch") {
    point.what = LaunchPoint{count("blocks"), place.at("overlaps").getBool()};
  } else if (op == "read" || op == "copy") {
    point.what = MemoryPoint{count("bytes"), op == "copy"};
  } else if (op == "product") {
    ProductPoint product;
    product.type = place.at("dtype").getDType();
    product.m = count("m");
    product.n = count("n");
    product.k = count("k");
    product.transposed = place.at("transposed").getBool();
    product.a = readMatrix(place.at("a"));
    product.b = readMatrix(place.at("b"));
    product.d = readMatrix(place.at("d"));
    product.backend = readBackend(place.at("backend"));
    checkVolume(place, {product.m, product.n, product.k});
    point.what = product;
  } else if (op == "group") {
    GroupPoint group;
    group.type = place.at("dtype").getDType();
    group.m = count("m");
    JsonPlace products = place.at("products");
    for (size_t i = 0, size = products.size(); i < size; ++i) {
      group.sizes.push_back({products.at(i).at("n").getInteger(1, most),
                             products.at(i).at("k").getInteger(1, most)});
      checkVolume(products.at(i),
                  {group.m, group.sizes.back().n, group.sizes.back().k});
    }
    if (group.sizes.size() < 2)
      products.fail("expected two products or more, got " +
                    std::to_string(group.sizes.size()));
    point.what = group;
  } else if (op == "attention") {
    AttentionPoint attention;
    attention.type = place.at("dtype").getDType();
    attention.batch = count("batch");
    attention.heads = count("heads");
    attention.keyHeads = count("key_heads");
    attention.queries = count("queries");
    attention.keys = count("keys");
    attention.width = count("width");
    attention.causal = place.at("causal").getBool();
    attention.backend = readBackend(place.at("backend"));
    if (attention.heads % attention.keyHeads != 0)
      place.fail("has " + std::to_string(attention.keyHeads) +
                 " key heads for " + std::to_string(attention.heads) +
                 " heads, which they do not divide");
    // Kernels count tokens, and blocks of all heads, in 32 bits.
    if (std::max(attention.queries, attention.keys) > mostTokens ||
        attention.batch > mostHeads / attention.heads)
      place.fail("expected up to 2^30 queries and keys, and 2^24 heads of all "
                 "sequences, got " +
                 std::to_string(attention.queries) + ", " +
                 std::to_string(attention.keys) + " and " +
                 std::to_string(attention.batch) + " times " +
                 std::to_string(attention.heads));
    checkVolume(place, {attention.batch, attention.heads, attention.keyHeads,
                        attention.queries, attention.keys, attention.width});
    point.what = attention;
  } else {
    place.at("op").fail(
        "expected launch, read, copy, product, group or attention, got '" + op +
        "'");
  }
}

/// Microseconds, of less than twelve days: sums stay numbers.
static double readTime(const JsonPlace &place) {
  double time = place.getNumber();
  if (!(time > 0 && time <= 1e12))
    place.fail("expected a time above 0 and up to 1e12, got " +
               std::to_string(time));
  return time;
}

static Sample readSample(const JsonPlace &place) {
  Sample sample;
  readPoint(place, sample.point);
  sample.point.sweeps = place.at("sweeps").getStrings();
  if (place.has("refusal")) {
    sample.refusal = place.at("refusal").getString();
    if (sample.refusal.empty())
      place.at("refusal").fail("expected a reason, got ''");
    return sample;
  }
  sample.ran = place.at("ran").getString();
  sample.us.median = readTime(place.at("us"));
  sample.us.q1 = readTime(place.at("q1"));
  sample.us.q3 = readTime(place.at("q3"));
  sample.us.count =
      static_cast<size_t>(place.at("replays").getInteger(1, most));
  sample.launches = place.at("launches").getInteger(1, most);
  return sample;
}

static Environment readEnvironment(const JsonPlace &place) {
  Environment environment;
  environment.gpu = place.at("gpu").getString();
  environment.capability = place.at("capability").getInteger(1, 1000);
  environment.multiprocessors =
      place.at("multiprocessors").getInteger(1, 1 << 16);
  environment.l2Bytes = place.at("l2_bytes").getInteger(0, most);
  environment.memoryBytes = place.at("memory_bytes").getInteger(0, most);
  environment.driver = place.at("driver").getString();
  environment.cuda = place.at("cuda").getString();
  environment.nvrtc = place.at("nvrtc").getString();
  environment.cublasLt = place.at("cublaslt").getString();
  environment.cudnn = place.at("cudnn").getString();
  environment.version = place.at("gac").getString();
  return environment;
}

Result<Samples> gac::profile::parseSamples(const std::string &text,
                                           const std::string &what) {
  Result<JsonPlace> root = JsonPlace::parse(text, what);
  if (!root)
    return root.getStatus();
  if (std::string found = root->at("format").getString(); found != format)
    root->at("format").fail("expected '" + std::string(format) + "', got '" +
                            found + "'");
  else if (int64_t number = root->at("version").getInteger(
               0, std::numeric_limits<int64_t>::max());
           number != version)
    root->at("version").fail(
        ErrorCode::Unsupported,
        "this GAC reads version " + std::to_string(version) +
            " of the file, and this is version " + std::to_string(number));
  if (root->getStatus())
    return root->getStatus();
  Samples samples;
  samples.environment = readEnvironment(root->at("environment"));
  samples.began = root->at("began").getString();
  samples.ended = root->at("ended").getString();
  JsonPlace list = root->at("samples");
  for (size_t i = 0, size = list.size(); i < size && !root->getStatus(); ++i)
    samples.samples.push_back(readSample(list.at(i)));
  if (root->getStatus())
    return root->getStatus();
  return samples;
}

Result<Samples> gac::profile::readSamples(const std::string &path) {
  Result<std::string> text = readFile(path, maxFileBytes);
  if (!text)
    return text.getStatus();
  return parseSamples(*text, "measurements '" + path + "'");
}
