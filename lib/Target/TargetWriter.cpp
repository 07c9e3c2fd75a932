//===- TargetWriter.cpp - the text of a target file ----------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One line for what people read at a glance: an interval, a tier's
// efficiencies, a row of a table.
//
//===----------------------------------------------------------------------===//

#include "gac/Target/Target.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace gac;
namespace json = llvm::json;

namespace {
class Writer {
public:
  explicit Writer(const Target &target) : target(target) {}

  std::string write();

private:
  /// A field and what is before it.
  llvm::raw_ostream &field(unsigned indent, llvm::StringRef name);
  void text(unsigned indent, llvm::StringRef name, llvm::StringRef value) {
    field(indent, name) << json::Value(value);
  }
  void number(double value) { os << llvm::format("%.9g", value); }
  template <typename Range, typename Print>
  void list(const Range &range, char open, char close, const Print &print) {
    os << open;
    llvm::interleaveComma(range, os, print);
    os << close;
  }
  void counts(llvm::ArrayRef<int64_t> values) {
    list(values, '[', ']', [&](int64_t value) { os << value; });
  }
  void interval(llvm::StringRef name, const Interval &interval);
  void writeHead();
  void writeRule(const Rule &rule);
  void writeTier(const Tier &tier);

  const Target &target;
  std::string result;
  llvm::raw_string_ostream os{result};
  bool isFirst = true;
};
} // namespace

llvm::raw_ostream &Writer::field(unsigned indent, llvm::StringRef name) {
  os << (isFirst ? "\n" : ",\n");
  isFirst = false;
  os.indent(indent) << '"' << name << "\": ";
  return os;
}

/// Left out where it holds everything.
void Writer::interval(llvm::StringRef name, const Interval &interval) {
  if (interval.min == 1 && !interval.max)
    return;
  os << ", \"" << name << "\": [" << interval.min << ", ";
  if (interval.max)
    os << *interval.max << ']';
  else
    os << "null]";
}

void Writer::writeHead() {
  field(2, "format") << (target.hasTails ? kTargetFormat : kFirstTargetFormat);
  text(2, "name", target.name);
  text(2, "title", target.title);
  text(2, "architecture", target.architecture);
  field(2, "libraries");
  list(target.libraries, '{', '}', [&](const auto &library) {
    os << json::Value(library.first) << ": " << json::Value(library.second);
  });
  if (!target.measured.empty())
    text(2, "measured", target.measured);
  field(2, "reference") << "{\"batch\": " << target.reference.batch
                        << ", \"sequence\": " << target.reference.sequence
                        << '}';
  field(2, "sizes");
  counts(target.sizes);
  llvm::SmallVector<DType> measured;
  for (DType dtype : kAllDTypes)
    if (target.peak[static_cast<unsigned>(dtype)])
      measured.push_back(dtype);
  if (!measured.empty()) {
    field(2, "peak_tflops");
    list(measured, '{', '}', [&](DType dtype) {
      os << '"' << stringifyDType(dtype) << "\": ";
      number(*target.peak[static_cast<unsigned>(dtype)] * 1e-12);
    });
  }
  if (target.bandwidth) {
    field(2, "bandwidth_gbps");
    number(*target.bandwidth * 1e-9);
  }
  if (target.launch > 0) {
    field(2, "launch_us");
    number(target.launch);
  }
  field(2, "multiprocessors") << target.multiprocessors;
  if (!target.regimes.empty()) {
    field(2, "regimes") << '[';
    for (const Regime &regime : target.regimes) {
      os << (&regime == target.regimes.data() ? "\n    " : ",\n    ")
         << "{\"name\": " << json::Value(regime.name);
      interval("rows", regime.rows);
      interval("size", regime.size);
      os << '}';
    }
    os << "\n  ]";
  }
}

void Writer::writeTier(const Tier &tier) {
  os << "        {\"multiple\": " << tier.multiple;
  if (tier.fullSpeed)
    os << ", \"full_speed\": true";
  if (!tier.cause.empty())
    os << ",\n         \"cause\": " << json::Value(tier.cause);
  llvm::SmallVector<std::pair<llvm::StringRef, double>> shares;
  for (auto [regime, share] : llvm::zip(target.regimes, tier.efficiency))
    if (share)
      shares.push_back({regime.name, *share});
  if (!shares.empty()) {
    os << ",\n         \"efficiency\": ";
    list(shares, '{', '}', [&](const auto &share) {
      os << json::Value(share.first) << ": ";
      number(share.second);
    });
  }
  if (!tier.fixed.empty()) {
    os << ",\n         \"fixed_us\": ";
    if (tier.fixed.size() == 1)
      number(tier.fixed.front());
    else
      list(tier.fixed, '[', ']', [&](double time) { number(time); });
  }
  if (!tier.table.empty()) {
    os << ",\n         \"table\": [";
    for (const std::vector<double> &row : tier.table) {
      os << (&row == tier.table.data() ? "\n           " : ",\n           ");
      list(row, '[', ']', [&](double share) { number(share); });
    }
    os << "\n         ]";
  }
  os << '}';
}

void Writer::writeRule(const Rule &rule) {
  os << "    {";
  isFirst = true;
  text(6, "id", rule.id);
  text(6, "role", stringifyRole(rule.role));
  field(6, "dtypes");
  list(rule.dtypes, '[', ']',
       [&](DType dtype) { os << '"' << stringifyDType(dtype) << '"'; });
  text(6, "on", stringifyQuantity(rule.quantity));
  if (!rule.grid.empty()) {
    field(6, "grid") << "{\"rows\": ";
    counts(rule.grid.rows);
    os << ", \"sizes\": ";
    counts(rule.grid.sizes);
    if (rule.grid.other)
      os << ", \"other\": " << *rule.grid.other;
    os << '}';
  }
  field(6, "tiers") << "[\n";
  llvm::interleave(
      rule.tiers, [&](const Tier &tier) { writeTier(tier); },
      [&] { os << ",\n"; });
  os << "\n      ]";
  text(6, "source", rule.source);
  os << "\n    }";
}

std::string Writer::write() {
  os << '{';
  writeHead();
  field(2, "rules") << "[\n";
  llvm::interleave(
      target.rules, [&](const Rule &rule) { writeRule(rule); },
      [&] { os << ",\n"; });
  os << "\n  ]\n}\n";
  return std::move(result);
}

std::string gac::printTarget(const Target &target) {
  return Writer(target).write();
}
