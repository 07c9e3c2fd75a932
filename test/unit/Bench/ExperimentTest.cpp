//===- ExperimentTest.cpp - Experiments and command lines -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Experiment.h"
#include "Options.h"

#include <gtest/gtest.h>

#include <getopt.h>

using namespace gac::bench;
using namespace gac::runtime;

namespace {

const char *const text = R"json({
"format": "gac-experiment", "version": 1,
"packages": [{"name": "a", "path": "x/a.gacpkg"}, {"name": "b", "path": "/b"}],
"cases": [
  {"entry": "prefill"},
  {"name": "decode at 5", "entry": "decode", "packages": ["b"],
   "positions": {"past": 5, "ALL": "full"}, "rounds": 3, "repeat": 4,
   "warmup": 0, "opRepeat": 0}],
"device": 1, "seed": 7, "synthetic": true, "sequential": true
})json";

TEST(Experiment, ReadsEverything) {
  Result<Experiment> read = parseExperiment(text, "e", "folder");
  ASSERT_TRUE(read) << read.getStatus().getMessage();
  EXPECT_EQ(read->packages[0].path, "folder/x/a.gacpkg");
  EXPECT_EQ(read->packages[1].path, "/b");
  EXPECT_EQ(read->device, 1);
  EXPECT_EQ(read->seed, 7);
  EXPECT_TRUE(read->synthetic);
  EXPECT_TRUE(read->sequential);
  const ExperimentCase &first = read->cases[0];
  EXPECT_EQ(first.name, "prefill");
  EXPECT_EQ(first.packages, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(first.rounds, 10);
  EXPECT_TRUE(first.positions.empty());
  const ExperimentCase &second = read->cases[1];
  EXPECT_EQ(second.name, "decode at 5");
  EXPECT_EQ(second.packages, std::vector<std::string>{"b"});
  EXPECT_EQ(second.positions.at("past"), 5);
  EXPECT_EQ(second.positions.at(allCaches), fullPosition);
  EXPECT_EQ(second.rounds, 3);
  EXPECT_EQ(second.repeat, 4);
  EXPECT_EQ(second.warmup, 0);
  EXPECT_EQ(second.opRepeat, 0);
}

TEST(Experiment, WritesWhatItReads) {
  Result<Experiment> read = parseExperiment(text, "e", "");
  ASSERT_TRUE(read);
  std::string written = toJson(*read).dump();
  Result<Experiment> again = parseExperiment(written, "e", "");
  ASSERT_TRUE(again) << again.getStatus().getMessage();
  EXPECT_EQ(toJson(*again).dump(), written);
  EXPECT_EQ(again->cases[1].positions, read->cases[1].positions);
}

/// The error with one part of the text replaced.
std::string getError(const std::string &from, const std::string &to) {
  std::string changed = text;
  size_t position = changed.find(from);
  EXPECT_NE(position, std::string::npos) << from;
  if (position == std::string::npos)
    return "";
  Result<Experiment> read =
      parseExperiment(changed.replace(position, from.size(), to), "e", "");
  return read ? "none" : read.getStatus().getMessage();
}

TEST(Experiment, EveryMistakeIsNamed) {
  EXPECT_EQ(getError("{", "["), "e: this is no JSON");
  EXPECT_EQ(getError("gac-experiment", "x"),
            "e: format: the format is 'x', not 'gac-experiment'");
  EXPECT_EQ(getError("\"version\": 1", "\"version\": 2"),
            "e: this experiment is newer than gac-bench: it has version 2 and "
            "gac-bench reads version 1");
  EXPECT_EQ(getError("\"version\": 1,", ""), "e: 'version' is missing");
  EXPECT_EQ(getError("\"device\": 1", "\"devices\": 1"),
            "e: 'devices' is no field here, only cases, device, format, "
            "packages, seed, sequential, synthetic, version");
  EXPECT_EQ(getError("\"device\": 1", "\"device\": -1"),
            "e: device: expected an integer from 0 to 1023, got -1");
  EXPECT_EQ(getError("\"name\": \"b\"", "\"name\": \"a\""),
            "e: packages[1]: there is a package 'a' already");
  EXPECT_EQ(getError("\"path\": \"/b\"", "\"path\": \"\""),
            "e: packages[1].path: expected a name, got \"\"");
  EXPECT_EQ(getError("[\"b\"]", "[\"c\"]"),
            "e: cases[1].packages[0]: there is no package 'c'");
  EXPECT_EQ(getError("[\"b\"]", "[\"b\", \"b\"]"),
            "e: cases[1].packages[1]: package 'b' is here twice");
  EXPECT_EQ(getError("[\"b\"]", "[]"),
            "e: cases[1].packages: expected at least one package");
  EXPECT_EQ(getError("decode at 5", "prefill"),
            "e: cases[1]: there is a case 'prefill' already");
  EXPECT_EQ(getError("{\"entry\": \"prefill\"}", "{}"),
            "e: cases[0]: 'entry' is missing");
  EXPECT_EQ(getError("\"repeat\": 4", "\"repeats\": 4"),
            "e: cases[1]: 'repeats' is no field here, only entry, name, "
            "opRepeat, packages, positions, repeat, rounds, warmup");
  EXPECT_EQ(getError("\"repeat\": 4", "\"repeat\": 0"),
            "e: cases[1].repeat: expected an integer from 1 to 1000000, got 0");
  EXPECT_EQ(getError("\"full\"", "\"half\""),
            "e: cases[1].positions.ALL: expected a number of positions or "
            "\"full\"");
  EXPECT_EQ(getError("\"past\": 5", "\"past\": -5").substr(0, 45),
            "e: cases[1].positions.past: expected an integ");
  EXPECT_EQ(getError("\"synthetic\": true", "\"synthetic\": 1"),
            "e: synthetic: expected true or false");
}

TEST(Experiment, NamesBecomeUnique) {
  std::vector<ExperimentPackage> packages = {
      {"a", ""}, {"a-2", ""}, {"a", ""}, {"a", ""}};
  makeNamesUnique(packages);
  EXPECT_EQ(packages[0].name, "a");
  EXPECT_EQ(packages[1].name, "a-2");
  EXPECT_EQ(packages[2].name, "a-3");
  EXPECT_EQ(packages[3].name, "a-4");
}

Result<Options> parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "gac-bench");
  std::vector<char *> pointers;
  for (std::string &argument : arguments)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  // Begins anew.
  optind = 0;
  return parseOptions(static_cast<int>(arguments.size()), pointers.data());
}

TEST(Options, MakeAnExperiment) {
  Result<Options> options = parse({"o/a.gacpkg/", "--entry",
                                   "prefill",     "--entry",
                                   "decode",      "a",
                                   "--repeat",    "7",
                                   "--rounds",    "3",
                                   "--warmup",    "0",
                                   "--op-repeat", "2",
                                   "--position",  "past=5",
                                   "--position",  "ALL",
                                   "--device",    "1",
                                   "--synthetic", "--sequential",
                                   "--seed",      "9",
                                   "--output",    "out"});
  ASSERT_TRUE(options) << options.getStatus().getMessage();
  EXPECT_EQ(options->output, "out");
  const Experiment &experiment = options->experiment;
  EXPECT_EQ(experiment.packages[0].name, "a");
  EXPECT_EQ(experiment.packages[0].path, "o/a.gacpkg/");
  EXPECT_EQ(experiment.packages[1].name, "a-2");
  EXPECT_EQ(experiment.device, 1);
  EXPECT_EQ(experiment.seed, 9);
  EXPECT_TRUE(experiment.synthetic);
  EXPECT_TRUE(experiment.sequential);
  ASSERT_EQ(experiment.cases.size(), 2U);
  EXPECT_EQ(experiment.cases[1].name, "decode");
  EXPECT_EQ(experiment.cases[1].packages,
            (std::vector<std::string>{"a", "a-2"}));
  EXPECT_EQ(experiment.cases[1].repeat, 7);
  EXPECT_EQ(experiment.cases[1].rounds, 3);
  EXPECT_EQ(experiment.cases[1].warmup, 0);
  EXPECT_EQ(experiment.cases[1].opRepeat, 2);
  EXPECT_EQ(experiment.cases[1].positions.at("past"), 5);
  EXPECT_EQ(experiment.cases[1].positions.at("ALL"), fullPosition);
}

std::string getOptionError(const std::vector<std::string> &arguments) {
  Result<Options> options = parse(arguments);
  std::string message = options ? "none" : options.getStatus().getMessage();
  const std::string hint = " (gac-bench --help lists the options)";
  size_t place = message.find(hint);
  EXPECT_NE(place, std::string::npos) << message;
  return message.substr(0, place);
}

TEST(Options, EveryMistakeIsNamed) {
  EXPECT_EQ(getOptionError({}), "which packages?");
  EXPECT_EQ(getOptionError({"a", "--none"}), "option '--none' is unknown");
  EXPECT_EQ(getOptionError({"a", "--entry"}), "option '--entry' needs a value");
  EXPECT_EQ(getOptionError({"a", "--entry", ""}),
            "--entry needs a value, got ''");
  EXPECT_EQ(getOptionError({"a", "--repeat", "0"}),
            "--repeat needs an integer from 1 to 1000000, got '0'");
  EXPECT_EQ(getOptionError({"a", "--position", "past"}),
            "--position needs CACHE=N, CACHE=full or ALL, got 'past'");
  EXPECT_EQ(getOptionError({"a", "--entry", "x", "--entry", "x"}),
            "--entry x is there twice");
  EXPECT_EQ(getOptionError({"a", "--overwrite"}), "--overwrite needs --output");
  EXPECT_EQ(getOptionError({"a", "--experiment", "e.json"}),
            "with --experiment its file names the packages, but there is 'a' "
            "besides");
  EXPECT_EQ(getOptionError({"--experiment", "e.json", "--rounds", "3"}),
            "with --experiment its file says what is measured, but there is "
            "--rounds besides");
}

} // namespace
