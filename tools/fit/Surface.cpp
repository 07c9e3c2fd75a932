//===- Surface.cpp - Efficiencies on a grid -------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Surface.h"

#include <cmath>

using namespace gac::profile;

Surface::Surface(std::vector<int64_t> rows, std::vector<int64_t> columns)
    : rows(std::move(rows)), columns(std::move(columns)),
      values(this->rows.size(),
             std::vector<std::optional<double>>(this->columns.size())) {}

size_t Surface::count() const {
  size_t count = 0;
  for (const auto &row : values)
    for (const auto &value : row)
      count += value.has_value();
  return count;
}

/// Effects of lines of which some have no measurement: those lie between their
/// neighbours, in proportion to the logarithms of the points.
static void fillLines(const std::vector<int64_t> &points,
                      std::vector<std::optional<double>> &effects) {
  std::vector<std::optional<double>> measured = effects;
  for (size_t i = 0; i < points.size(); ++i) {
    if (measured[i])
      continue;
    std::optional<size_t> before, after;
    for (size_t j = 0; j < points.size(); ++j)
      if (measured[j]) {
        if (j < i)
          before = j;
        else if (!after)
          after = j;
      }
    if (!before || !after) {
      effects[i] = before ? *measured[*before] : after ? *measured[*after] : 0;
      continue;
    }
    double share = std::log(double(points[i]) / double(points[*before])) /
                   std::log(double(points[*after]) / double(points[*before]));
    effects[i] =
        *measured[*before] + share * (*measured[*after] - *measured[*before]);
  }
}

std::vector<std::vector<double>> Surface::complete() const {
  size_t height = rows.size(), width = columns.size();
  std::vector<std::optional<double>> ofRow(height), ofColumn(width);
  auto getLog = [&](size_t i, size_t j) { return std::log(*values[i][j]); };
  // The two kinds of effects in turn, each the mean of what the other leaves.
  constexpr int turns = 100;
  for (int turn = 0; turn < turns; ++turn) {
    for (size_t i = 0; i < height; ++i) {
      double sum = 0;
      size_t count = 0;
      for (size_t j = 0; j < width; ++j)
        if (values[i][j]) {
          sum += getLog(i, j) - ofColumn[j].value_or(0);
          ++count;
        }
      if (count > 0)
        ofRow[i] = sum / double(count);
    }
    for (size_t j = 0; j < width; ++j) {
      double sum = 0;
      size_t count = 0;
      for (size_t i = 0; i < height; ++i)
        if (values[i][j]) {
          sum += getLog(i, j) - ofRow[i].value_or(0);
          ++count;
        }
      if (count > 0)
        ofColumn[j] = sum / double(count);
    }
  }
  fillLines(rows, ofRow);
  fillLines(columns, ofColumn);
  std::vector<std::vector<double>> whole(height, std::vector<double>(width));
  for (size_t i = 0; i < height; ++i)
    for (size_t j = 0; j < width; ++j) {
      if (values[i][j]) {
        whole[i][j] = *values[i][j];
        continue;
      }
      // What is left of the measured ones, by the inverse fourth power of their
      // distance: the nearest ones decide.
      double sum = 0, weights = 0;
      for (size_t y = 0; y < height; ++y)
        for (size_t x = 0; x < width; ++x) {
          if (!values[y][x])
            continue;
          double down = std::log2(double(rows[y]) / double(rows[i]));
          double right = std::log2(double(columns[x]) / double(columns[j]));
          double distance = down * down + right * right;
          double weight = 1 / (distance * distance);
          sum += weight * (getLog(y, x) - *ofRow[y] - *ofColumn[x]);
          weights += weight;
        }
      whole[i][j] = std::exp(*ofRow[i] + *ofColumn[j] + sum / weights);
    }
  return whole;
}

std::vector<std::vector<double>>
Surface::completeAt(const std::vector<int64_t> &others) const {
  std::vector<std::vector<double>> result;
  for (const std::vector<double> &row : complete()) {
    std::vector<double> values;
    for (int64_t other : others) {
      size_t high = 0;
      while (high < columns.size() && columns[high] < other)
        ++high;
      if (high == 0 || high == columns.size()) {
        values.push_back(high == 0 ? row.front() : row.back());
        continue;
      }
      double share =
          std::log(double(other) / double(columns[high - 1])) /
          std::log(double(columns[high]) / double(columns[high - 1]));
      values.push_back(row[high - 1] *
                       std::pow(row[high] / row[high - 1], share));
    }
    result.push_back(std::move(values));
  }
  return result;
}
