//===- StrategyOptions.cpp - strategies and budgets as text --- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/Strategy.h"

using namespace gac;

llvm::StringRef gac::stringifyStrategy(Strategy strategy) {
  switch (strategy) {
  case Strategy::Minimal:
    return "minimal";
  case Strategy::Optimal:
    return "optimal";
  case Strategy::Predefined:
    return "predefined";
  case Strategy::Tradeoff:
    return "tradeoff";
  }
  return "";
}

llvm::Expected<Strategy> gac::parseStrategy(llvm::StringRef text) {
  for (Strategy strategy : {Strategy::Minimal, Strategy::Optimal,
                            Strategy::Predefined, Strategy::Tradeoff})
    if (stringifyStrategy(strategy) == text)
      return strategy;
  return llvm::createStringError(
      "unknown strategy '" + text +
      "': expected minimal, optimal, predefined or tradeoff");
}

int64_t Budget::getBytes(int64_t weightBytes) const {
  return bytes ? *bytes
               : static_cast<int64_t>(double(weightBytes) * percent / 100);
}

llvm::Expected<Budget> gac::parseBudget(llvm::StringRef text) {
  auto fail = [&] {
    return llvm::createStringError(
        "bad budget '" + text +
        "': expected bytes such as 65536, 64KiB, 64MiB or 2GiB, or a share of "
        "the weights such as 5%");
  };
  Budget budget;
  llvm::StringRef number = text;
  if (number.consume_back("%")) {
    double percent;
    if (number.getAsDouble(percent) || !(percent >= 0 && percent <= 1000))
      return fail();
    budget.percent = percent;
    return budget;
  }
  unsigned shift = number.consume_back("KiB")   ? 10
                   : number.consume_back("MiB") ? 20
                   : number.consume_back("GiB") ? 30
                                                : 0;
  int64_t count;
  if (number.getAsInteger(10, count) || count < 0 || count > INT64_MAX >> shift)
    return fail();
  budget.bytes = count << shift;
  return budget;
}
