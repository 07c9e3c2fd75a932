//===- PackageTest.cpp - What a manifest may and may not say ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Package.h"

#include "TestFiles.h"

#include <gtest/gtest.h>

using namespace gac::runtime;

namespace {
/// A package with one of everything.
const char *const manifest = R"json({
"format": "gac-package", "version": 1, "producer": "gac", "model": "m.onnx",
"dtype": "bf16", "arch": ["sm_90a"], "source": "kernels.cu",
"cubins": {"sm_90a": "kernels.sm_90a.cubin"},
"weights": {"file": "weights.safetensors"},
"tensors": [
  {"name": "w", "kind": "weight", "dtype": "bf16", "shape": [8, 4],
   "recipe": {"kind": "pad", "shape": [8, 4], "axes": [[[0, 0, 8]], [[0, 0, 1], [2, 1, 2]]],
              "source": {"kind": "original", "name": "w", "shape": [8, 3],
                         "dtype": "f32", "fanIn": 8}}},
  {"name": "s", "kind": "constant", "dtype": "f32", "shape": [2]},
  {"name": "x", "kind": "input", "dtype": "bf16", "shape": [2, 8]},
  {"name": "t", "kind": "arena", "dtype": "bf16", "shape": [2, 4]},
  {"name": "u", "kind": "arena", "dtype": "bf16", "shape": [2, 4]},
  {"name": "y", "kind": "output", "dtype": "bf16", "shape": [2, 4]},
  {"name": "k", "kind": "cache", "dtype": "bf16", "shape": [1, 16, 4]},
  {"name": "kv", "kind": "input", "dtype": "bf16", "shape": [1, 2, 4, 4]},
  {"name": "z", "kind": "output", "dtype": "bf16", "shape": [1, 2, 4]}],
"caches": [{"input": "past", "output": "present", "tensor": 6, "axis": 1, "capacity": 16}],
"entries": [{"name": "main", "dims": {"batch": 2}, "inputs": [2], "outputs": [5],
  "arenaBytes": 512,
  "buffers": [{"tensor": 3, "offset": 0, "bytes": 16, "first": 0, "last": 1},
              {"tensor": 4, "offset": 256, "bytes": 16, "first": 1, "last": 2}],
  "appends": [{"cache": "past", "count": 2}],
  "ops": [
    {"kind": "gemm", "family": "gemm", "nodes": ["n0"], "flops": 128, "bytes": 1, "predictedUs": 1,
     "a": {"tensor": 2, "offset": 0, "ld": 8, "stride": 0, "trans": false},
     "b": {"tensor": 0, "offset": 0, "ld": 4, "stride": 0, "trans": false}, "c": null,
     "d": {"tensor": 3, "offset": 0, "ld": 4, "stride": 0, "trans": false},
     "m": 2, "n": 4, "k": 8, "batch": 1, "alpha": 1, "beta": 0, "epilogue": "none", "bias": null},
    {"kind": "launch", "family": "elementwise", "nodes": ["n1"], "flops": 8, "bytes": 1, "predictedUs": 1,
     "kernel": "silu", "grid": [1, 1, 1], "block": [32, 1, 1], "sharedBytes": 0,
     "overlaps": true, "args": [{"tensor": 3, "offset": 0}, {"tensor": 4, "offset": 0}, {"i32": 8}, {"i64": 9}, {"f32": 0.5}, {"position": "past"}]},
    {"kind": "copy", "family": "movement", "nodes": [], "flops": 0, "bytes": 32, "predictedUs": 1,
     "from": 4, "to": 5}]},
  {"name": "attend", "inputs": [2, 7], "outputs": [8], "arenaBytes": 0, "buffers": [],
   "ops": [
    {"kind": "attention", "family": "attention", "nodes": ["n3"], "flops": 1, "bytes": 1, "predictedUs": 1,
     "q": {"tensor": 2, "offset": 0, "strides": [16, 4, 8]},
     "k": {"tensor": 7, "offset": 0, "strides": [32, 16, 4]},
     "v": {"tensor": 7, "offset": 16, "strides": [32, 16, 4]},
     "o": {"tensor": 8, "strides": [8, 4, 2]},
     "batch": 1, "queryHeads": 2, "keyHeads": 1, "queries": 2, "keys": 4, "keyWidth": 4, "valueWidth": 2,
     "scale": 0.5, "causal": true,
     "fallback": {"kernel": "attention", "grid": [1, 2, 1], "block": [128, 1, 1], "sharedBytes": 64,
                  "args": [{"tensor": 2}, {"tensor": 7}, {"tensor": 8}]}}]}]
})json";

class PackageFolder : public TestFolder {
public:
  PackageFolder() {
    write("kernels.cu", "");
    write("kernels.sm_90a.cubin", "");
    write("weights.safetensors",
          makeSafetensors(
              R"({"s":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
              "12345678"));
  }
  /// The error of the manifest with `from` replaced by `to`, less the
  /// package's name.
  std::string getError(const std::string &from, const std::string &to) {
    std::string text = manifest;
    size_t position = text.find(from);
    EXPECT_NE(position, std::string::npos) << from;
    if (position == std::string::npos)
      return "";
    write("manifest.json", text.replace(position, from.size(), to));
    Result<Package> package = Package::open(path);
    if (package)
      return "none";
    std::string message = package.getStatus().getMessage();
    std::string prefix = "package '" + path + "': ";
    EXPECT_EQ(message.substr(0, prefix.size()), prefix);
    message = message.substr(prefix.size());
    std::string file = "manifest.json: ";
    return message.substr(0, file.size()) == file ? message.substr(file.size())
                                                  : message;
  }
};

TEST(Package, ReadsEverything) {
  PackageFolder folder;
  folder.write("manifest.json", manifest);
  Result<Package> package = Package::open(folder.path);
  ASSERT_TRUE(package) << package.getStatus().getMessage();
  EXPECT_EQ(package->tensors.size(), 9U);
  EXPECT_EQ(package->tensors[6].bytes, 128);
  EXPECT_EQ(package->tensors[0].recipe->axes[1][1].to, 2);
  ASSERT_NE(package->findEntry("main"), nullptr);
  EXPECT_EQ(package->findEntry("other"), nullptr);
  const PackageEntry &entry = package->entries[0];
  EXPECT_EQ(entry.dims.at("batch"), 2);
  EXPECT_EQ(entry.appends[0].count, 2);
  const auto &gemm = std::get<GemmOp>(entry.ops[0].action);
  EXPECT_EQ(gemm.k, 8);
  EXPECT_FALSE(gemm.c);
  const auto &launch = std::get<LaunchOp>(entry.ops[1].action);
  EXPECT_TRUE(launch.overlaps);
  EXPECT_EQ(launch.args.size(), 6U);
  EXPECT_EQ(std::get<float>(launch.args[4]), 0.5F);
  EXPECT_EQ(std::get<PositionArgument>(launch.args[5]).cache, 0U);
  EXPECT_EQ(std::get<CopyOp>(entry.ops[2].action).bytes, 16);
  EXPECT_EQ(getName(entry.ops[2].family), "movement");
  const auto &attention =
      std::get<AttentionOp>(package->entries[1].ops[0].action);
  EXPECT_EQ(attention.q.headStride, 4);
  EXPECT_EQ(attention.v.offset, 16);
  EXPECT_EQ(attention.o.offset, 0);
  EXPECT_EQ(attention.o.batchStride, 8);
  EXPECT_EQ(attention.o.rowStride, 2);
  EXPECT_EQ(attention.valueWidth, 2);
  EXPECT_EQ(attention.scale, 0.5);
  EXPECT_TRUE(attention.causal);
  EXPECT_EQ(attention.fallback.kernel, "attention");
  EXPECT_EQ(attention.fallback.args.size(), 3U);
}

TEST(Package, RejectsOtherVersions) {
  PackageFolder folder;
  EXPECT_EQ(folder.getError("\"version\": 1", "\"version\": 2"),
            "this package is newer than the runtime: it has format version 2 "
            "and the runtime reads version 1");
  EXPECT_EQ(folder.getError("\"version\": 1", "\"version\": 0"),
            "this package is older than the runtime: it has format version 0 "
            "and the runtime reads version 1");
  EXPECT_EQ(folder.getError("gac-package", "zip"),
            "the format is 'zip', not 'gac-package'");
  EXPECT_EQ(folder.getError("{", ""), "this is no JSON");
}

TEST(Package, RejectsWhatItDoesNotKnow) {
  PackageFolder folder;
  EXPECT_EQ(folder.getError(R"("name": "x", "kind": "input", "dtype": "bf16")",
                            R"("name": "x", "kind": "input", "dtype": "f8")"),
            "tensors[2].dtype: the element type 'f8' is none of bf16, f16, "
            "f32, i64, i32, bool");
  EXPECT_EQ(folder.getError("\"kind\": \"copy\"", "\"kind\": \"move\""),
            "entries[0].ops[2]: no operation is of the kind 'move'");
  EXPECT_EQ(folder.getError("\"epilogue\": \"none\"", "\"epilogue\": \"silu\""),
            "entries[0].ops[0]: no matrix product ends with 'silu'");
  EXPECT_EQ(folder.getError("\"epilogue\": \"none\"", "\"epilogue\": \"bias\""),
            "entries[0].ops[0]: the epilogue 'bias' needs a bias");
  EXPECT_EQ(folder.getError("\"kind\": \"pad\"", "\"kind\": \"flip\""),
            "tensors[0].recipe: no recipe is called 'flip'");
  EXPECT_EQ(folder.getError("{\"position\": \"past\"}", "{\"f64\": 1}"),
            "entries[0].ops[1].args[5]: an argument is one of tensor, "
            "position, i32, i64, f32");
  EXPECT_EQ(folder.getError("\"block\": [32, 1, 1]", "\"block\": [64, 32, 1]"),
            "entries[0].ops[1].block: a block has at most 1024 threads, not "
            "2048");
}

TEST(Package, RejectsTensorsThatAreNotThere) {
  PackageFolder folder;
  EXPECT_EQ(folder.getError("\"inputs\": [2]", "\"inputs\": [9]"),
            "entries[0].inputs[0]: there is no tensor 9 among the 9 of the "
            "package");
  EXPECT_EQ(folder.getError("\"from\": 4", "\"from\": -1"),
            "entries[0].ops[2].from: expected an integer from 0 to "
            "2147483647, got -1");
  EXPECT_EQ(folder.getError("\"inputs\": [2]", "\"inputs\": []"),
            "entry 'main': operation 0 (n0): uses 'x', which is no input or "
            "output of this entry");
  EXPECT_EQ(folder.getError("\"inputs\": [2]", "\"inputs\": [3]"),
            "entry 'main': tensor 't' is listed as an input and is not of "
            "that kind");
}

TEST(Package, BoundsTheSumOfSizes) {
  PackageFolder folder;
  // Each alone would do; together they are 2^64 bytes, which is 0.
  std::string
      cache = R"("kind": "cache", "dtype": "bf16", "shape": [1, 16, 4]})",
      huge =
          R"("kind": "cache", "dtype": "bf16", "shape": [1, 16, 144115188075855872]})";
  std::string more;
  for (const char *name : {"k2", "k3", "k4"})
    more += std::string(", {\"name\": \"") + name + "\", " + huge;
  EXPECT_EQ(folder.getError(cache, huge + more),
            "tensor 'k' of 4611686018427387904 bytes, after others of 1024, is "
            "past the 281474976710656 that a package may have in all");
  // 2^47 bytes each.
  std::string half =
      R"("kind": "cache", "dtype": "bf16", "shape": [1, 16, 4398046511104]})";
  EXPECT_EQ(folder.getError(cache, half + R"(, {"name": "l", )" + half),
            "tensor 'l' of 140737488355328 bytes, after others of "
            "140737488356352, is past the 281474976710656 that a package may "
            "have in all");
  EXPECT_EQ(folder.getError("\"arenaBytes\": 512",
                            "\"arenaBytes\": 4611686018427387904"),
            "the arena of the entry 'main' of 4611686018427387904 bytes, after "
            "others of 2048, is past the 281474976710656 that a package may "
            "have in all");
  EXPECT_EQ(
      folder.getError(
          "\"offset\": 256, \"bytes\": 16",
          "\"offset\": 4611686018427387904, \"bytes\": 4611686018427387904"),
      "entry 'main': the buffer of 'u' has 4611686018427387904 bytes from "
      "byte 4611686018427387904 on in an arena of 512");
}

TEST(Package, ChecksTheArena) {
  PackageFolder folder;
  EXPECT_EQ(folder.getError("\"offset\": 256", "\"offset\": 0"),
            "entry 'main': 't' and 'u' are both alive at operation 1 and "
            "share bytes of the arena, from 0 on");
  EXPECT_EQ(folder.getError("\"offset\": 256", "\"offset\": 100"),
            "entry 'main': the buffer of 'u' starts at byte 100, which is no "
            "multiple of 256");
  EXPECT_EQ(folder.getError("\"offset\": 256", "\"offset\": 512"),
            "entry 'main': the buffer of 'u' has 16 bytes from byte 512 on in "
            "an arena of 512");
  EXPECT_EQ(
      folder.getError("\"bytes\": 16, \"first\"", "\"bytes\": 8, \"first\""),
      "entry 'main': the buffer of 't' has 8 of 16 bytes");
  EXPECT_EQ(
      folder.getError("\"first\": 0, \"last\": 1", "\"first\": 0, \"last\": 0"),
      "entry 'main': operation 1 (silu): uses 't', which lives from "
      "operation 0 to 0");
  EXPECT_EQ(folder.getError("\"last\": 2", "\"last\": 3"),
            "entries[0].buffers[1]: lives from operation 1 to 3 of 3");
}

TEST(Package, ChecksRanges) {
  PackageFolder folder;
  EXPECT_EQ(folder.getError("\"to\": 5", "\"to\": 5, \"length\": 17"),
            "entry 'main': operation 2: reaches 17 bytes from 0 on in 'u', "
            "which has 16");
  EXPECT_EQ(folder.getError("\"m\": 2", "\"m\": 3"),
            "entry 'main': operation 0 (n0): reaches 24 elements from 0 on in "
            "'x', which has 16");
  EXPECT_EQ(folder.getError("\"ld\": 8", "\"ld\": 7"),
            "entry 'main': operation 0 (n0): a, 'x', has 8 columns and a "
            "leading dimension of 7");
  EXPECT_EQ(folder.getError("{\"tensor\": 3, \"offset\": 0}, {",
                            "{\"tensor\": 3, \"offset\": 9}, {"),
            "entry 'main': operation 1 (silu): reaches 0 elements from 9 on "
            "in 't', which has 8");
  EXPECT_EQ(folder.getError("\"count\": 2", "\"count\": 17"),
            "entry 'main': appends 17 positions to the cache 'past', which "
            "has room for 16");
  EXPECT_EQ(folder.getError("\"capacity\": 16", "\"capacity\": 15"),
            "caches[0]: a capacity of 15 on axis 1 of 'k', which is [1, 16, "
            "4]");
}

TEST(Package, ChecksWhatIsWritten) {
  PackageFolder folder;
  EXPECT_EQ(folder.getError("\"d\": {\"tensor\": 3", "\"d\": {\"tensor\": 0"),
            "entry 'main': operation 0 (n0): writes to the weight 'w'");
  EXPECT_EQ(folder.getError("\"to\": 5", "\"to\": 2"),
            "entry 'main': operation 2: writes to the input 'x'");
  EXPECT_EQ(folder.getError("\"o\": {\"tensor\": 8", "\"o\": {\"tensor\": 7"),
            "entry 'attend': operation 0 (n3): writes to the input 'kv'");
}

TEST(Package, ReadsAttention) {
  PackageFolder folder;
  EXPECT_EQ(folder.getError("\"strides\": [16, 4, 8]", "\"strides\": [16, 4]"),
            "entries[1].ops[0].q.strides: expected the strides of batches, "
            "heads and rows");
  EXPECT_EQ(folder.getError("[16, 4, 8]", "[16, 4, -8]"),
            "entries[1].ops[0].q.strides[2]: expected an integer from 0 to "
            "4611686018427387904, got -8");
  EXPECT_EQ(folder.getError("\"keyHeads\": 1", "\"keyHeads\": 0"),
            "entries[1].ops[0].keyHeads: expected an integer from 1 to "
            "2147483647, got 0");
  EXPECT_EQ(folder.getError("\"queryHeads\": 2, \"keyHeads\": 1",
                            "\"queryHeads\": 2, \"keyHeads\": 3"),
            "entries[1].ops[0]: 2 query heads cannot share 3 key heads");
  EXPECT_EQ(folder.getError("\"scale\": 0.5", "\"scale\": -1"),
            "entries[1].ops[0].scale: a scale is positive, not -1.000000");
  EXPECT_EQ(folder.getError("\"keys\": 4", "\"keys\": 1"),
            "entries[1].ops[0]: of 2 causal queries the first sees none of "
            "the 1 keys");
  EXPECT_EQ(folder.getError("\"causal\": true", "\"causal\": 1"),
            "entries[1].ops[0].causal: expected true or false");
  EXPECT_EQ(folder.getError("\"causal\": true,", ""),
            "entries[1].ops[0]: 'causal' is missing");
  EXPECT_EQ(folder.getError("{\"tensor\": 8}]", "{\"position\": \"past\"}]"),
            "entries[1].ops[0].fallback: an attention has as many keys as it "
            "says, and its fallback takes no position");
  EXPECT_EQ(folder.getError("\"grid\": [1, 2, 1]", "\"grid\": [1, 0, 1]"),
            "entries[1].ops[0].fallback.grid[1]: expected an integer from 1 "
            "to 65535, got 0");
}

TEST(Package, ChecksAttention) {
  PackageFolder folder;
  std::string where = "entry 'attend': operation 0 (n3): ";
  EXPECT_EQ(folder.getError("[16, 4, 8]", "[16, 4, 9]"),
            where + "reaches 17 elements from 0 on in 'x', which has 16");
  EXPECT_EQ(folder.getError("\"offset\": 16, \"strides\"",
                            "\"offset\": 19, \"strides\""),
            where + "reaches 14 elements from 19 on in 'kv', which has 32");
  EXPECT_EQ(folder.getError("[16, 4, 8]", "[16, 4611686018427387904, "
                                          "4611686018427387904]"),
            where + "q, 'x', reaches too far");
  EXPECT_EQ(folder.getError("\"o\": {\"tensor\": 8, \"strides\": [8, 4, 2]}",
                            "\"o\": {\"tensor\": 8, \"strides\": [8, 4, 1]}"),
            where + "o, 'z', has 2 rows of 2 elements that are only 1 apart");
  EXPECT_EQ(folder.getError("\"o\": {\"tensor\": 8, \"strides\": [8, 4, 2]}",
                            "\"o\": {\"tensor\": 8, \"strides\": [8, 3, 2]}"),
            where + "o, 'z', has 2 heads of 4 elements that are only 3 apart");
  EXPECT_EQ(folder.getError("\"k\": {\"tensor\": 7", "\"k\": {\"tensor\": 1"),
            where + "k, 's', is of type f32 in a package of type bf16");
  EXPECT_EQ(folder.getError("\"k\": {\"tensor\": 7", "\"k\": {\"tensor\": 3"),
            where + "uses 't', which has no buffer here");
  EXPECT_EQ(folder.getError("{\"tensor\": 7}, {", "{\"tensor\": 5}, {"),
            where + "uses 'y', which is no input or output of this entry");
  // A batch of one has no stride.
  EXPECT_EQ(folder.getError("\"o\": {\"tensor\": 8, \"strides\": [8, 4, 2]}",
                            "\"o\": {\"tensor\": 8, \"strides\": [0, 4, 2]}"),
            "none");
}

TEST(Package, ChecksWeightsAndRecipes) {
  PackageFolder folder;
  EXPECT_EQ(folder.getError("\"name\": \"s\"", "\"name\": \"z\""),
            "tensor 'z' of type f32 and shape [2] has neither data nor a "
            "recipe");
  EXPECT_EQ(folder.getError("\"dtype\": \"f32\", \"shape\": [2]",
                            "\"dtype\": \"f32\", \"shape\": [3]"),
            "tensor 's' of type f32 and shape [3] is of type f32 and shape "
            "[2] in the file of weights");
  EXPECT_EQ(folder.getError("[2, 1, 2]", "[3, 1, 2]"),
            "tensors[0].recipe.axes[1][1]: the run of 2 lanes from 1 to 3 "
            "leaves axis 1, which has 3 lanes and gets 4");
  EXPECT_EQ(folder.getError("[2, 1, 2]", "[0, 1, 2]"),
            "tensors[0].recipe.axes[1][1][0]: expected an integer from 1 to "
            "9223372036854775807, got 0");
  EXPECT_EQ(folder.getError("\"fanIn\": 8", "\"fanIn\": 0"),
            "tensors[0].recipe.source.fanIn: expected an integer from 1 to "
            "9223372036854775807, got 0");
  std::string deep;
  for (int i = 0; i < 5000; ++i)
    deep += R"({"kind":"cast","dtype":"f32","source":)";
  EXPECT_NE(
      folder
          .getError("{\"kind\": \"pad\"", deep + "0" + std::string(5000, '}') +
                                              ", \"x\": {\"kind\": \"pad\"")
          .find("more than 64 recipes inside each other"),
      std::string::npos);
}

TEST(Package, ReadsLanes) {
  PackageFolder folder;
  const std::string input =
      R"("kind": "input", "dtype": "bf16", "shape": [2, 8])";
  const std::string cache =
      R"("kind": "cache", "dtype": "bf16", "shape": [1, 16, 4])";
  auto lanes = [](const std::string &shape, const std::string &axes) {
    return ", \"lanes\": {\"shape\": " + shape + ", \"axes\": " + axes + "}";
  };
  EXPECT_EQ(folder.getError(
                input, input + lanes("[2, 6]", "[[[0, 0, 2]], [[0, 0, 3], [4, "
                                               "3, 3]]]")),
            "none");
  Result<Package> package = Package::open(folder.path);
  ASSERT_TRUE(package);
  const PackageTensor &x = package->tensors[2];
  EXPECT_EQ(x.bytes, 32);
  EXPECT_EQ(x.getCallerBytes(), 24);
  EXPECT_EQ(x.getCallerShape(), Shape({2, 6}));
  EXPECT_EQ(package->tensors[5].getCallerShape(), Shape({2, 4}));
  EXPECT_EQ(package->tensors[5].getCallerBytes(), 16);
  EXPECT_EQ(x.lanes->axes[1][1].to, 4);

  EXPECT_EQ(folder.getError(cache, cache + lanes("[1, 16, 3]",
                                                 "[[[0, 0, 1]], [[0, 0, 16]], "
                                                 "[[1, 0, 3]]]")),
            "none");
  EXPECT_EQ(folder.getError(cache, cache + lanes("[1, 15, 4]",
                                                 "[[[0, 0, 1]], [[0, 0, 15]], "
                                                 "[[0, 0, 4]]]")),
            "caches[0]: axis 1 of 'k' has positions, and lanes that move");
  const std::string weight = "\"kind\": \"arena\", \"dtype\": \"bf16\", "
                             "\"shape\": [2, 4]";
  EXPECT_EQ(folder.getError(weight, weight + lanes("[2, 4]", "[]")),
            "tensors[3].lanes: 't' is no input, output or cache");
  EXPECT_EQ(folder.getError(input, input + lanes("[2, 6]", "[[[0, 0, 2]]]")),
            "tensors[2].lanes.axes: pads [2, 6] to [2, 8] with runs for 1 "
            "axes");
  EXPECT_EQ(folder.getError(input, input + lanes("[2]", "[[[0, 0, 2]]]")),
            "tensors[2].lanes.axes: pads [2] to [2, 8] with runs for 1 axes");
  EXPECT_EQ(
      folder.getError(input, input + lanes("[2, 6]", "[[[0, 0, 2]], [[0, 0, "
                                                     "3], [6, 3, 3]]]")),
      "tensors[2].lanes.axes[1][1]: the run of 3 lanes from 3 to 6 leaves "
      "axis 1, which has 6 lanes and gets 8");
  EXPECT_EQ(
      folder.getError(input, input + lanes("[2, 6]", "[[[0, 0, 2]], [[0, 0, "
                                                     "3], [2, 3, 3]]]")),
      "tensors[2].lanes.axes[1][1][0]: expected an integer from 3 to "
      "9223372036854775807, got 2");
  // What callers give must come back, each lane once.
  EXPECT_EQ(
      folder.getError(input, input + lanes("[2, 6]", "[[[0, 0, 2]], [[0, 3, "
                                                     "3], [4, 0, 3]]]")),
      "tensors[2].lanes: axis 1 of 'x' has a run from lane 3 on where lane 0 "
      "is next");
  EXPECT_EQ(folder.getError(
                input, input + lanes("[2, 6]", "[[[0, 0, 2]], [[0, 0, 5]]]")),
            "tensors[2].lanes: axis 1 of 'x' has runs for 5 of 6 lanes");
}

TEST(Package, NamesMissingFiles) {
  PackageFolder folder;
  EXPECT_EQ(folder.getError("\"kernels.cu\"", "\"none.cu\""),
            "source: the file '" + folder.path + "/none.cu' is missing");
  EXPECT_EQ(folder.getError("\"kernels.cu\"", "\"../k.cu\""),
            "source: '../k.cu' does not name a file inside of the package");
  EXPECT_EQ(folder.getError("weights.safetensors", "w"),
            "weights.file: the file '" + folder.path + "/w' is missing");
  Result<Package> none = Package::open("/nowhere");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.getStatus().getMessage(),
            "package '/nowhere': there is no such folder");
}

TEST(Package, SurvivesTruncation) {
  PackageFolder folder;
  std::string text = manifest;
  for (size_t length = 0; length < text.size() - 2; length += 7) {
    folder.write("manifest.json", text.substr(0, length));
    EXPECT_FALSE(Package::open(folder.path)) << length;
  }
}
} // namespace
