//===- Svg.cpp - Drawings ---------------------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Svg.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace gac::tools;

static std::string escape(const std::string &text) {
  std::string escaped;
  for (char c : text) {
    if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else if (c == '&')
      escaped += "&amp;";
    else if (c == '"')
      escaped += "&quot;";
    else if (static_cast<unsigned char>(c) < ' ')
      escaped += ' '; // XML has no other way to say it.
    else
      escaped += c;
  }
  return escaped;
}

/// A tenth of a pixel is enough, and the same on every machine.
static std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", value);
  return text;
}

static std::string attribute(const char *name, const std::string &value) {
  return std::string(" ") + name + "=\"" + value + "\"";
}

static std::string attribute(const char *name, double value) {
  return attribute(name, number(value));
}

void Svg::rectangle(double x, double y, double w, double h,
                    const std::string &fill) {
  body += "<rect" + attribute("x", x) + attribute("y", y) +
          attribute("width", w) + attribute("height", h) +
          attribute("fill", fill) + "/>\n";
}

void Svg::line(double x1, double y1, double x2, double y2,
               const std::string &stroke, double thickness, bool dashed) {
  body += "<line" + attribute("x1", x1) + attribute("y1", y1) +
          attribute("x2", x2) + attribute("y2", y2) +
          attribute("stroke", stroke) + attribute("stroke-width", thickness) +
          (dashed ? attribute("stroke-dasharray", "4 3") : "") + "/>\n";
}

void Svg::circle(double x, double y, double radius, const std::string &fill,
                 const std::string &hint) {
  body += "<circle" + attribute("cx", x) + attribute("cy", y) +
          attribute("r", radius) + attribute("fill", fill) +
          attribute("fill-opacity", 0.7) + "><title>" + escape(hint) +
          "</title></circle>\n";
}

void Svg::text(double x, double y, const std::string &text, Anchor anchor,
               double size, bool turned) {
  static const char *const anchors[] = {"start", "middle", "end"};
  body += "<text" + attribute("x", x) + attribute("y", y) +
          attribute("font-size", size) +
          attribute("text-anchor", anchors[static_cast<int>(anchor)]) +
          (turned ? attribute("transform",
                              "rotate(-90 " + number(x) + " " + number(y) + ")")
                  : "") +
          ">" + escape(text) + "</text>\n";
}

std::string Svg::finish() const {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\"" +
         attribute("width", width) + attribute("height", height) +
         attribute("viewBox", "0 0 " + number(width) + " " + number(height)) +
         " font-family=\"sans-serif\" fill=\"#222\">\n<rect" +
         attribute("width", width) + attribute("height", height) +
         attribute("fill", "white") + "/>\n" + body + "</svg>\n";
}

std::vector<double> gac::tools::getTicks(double low, double high, int count) {
  // An axis needs a length.
  if (!(high > low))
    high = low + 1;
  double rough = (high - low) / count;
  double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = power * 10;
  for (double each : {5.0, 2.0, 1.0})
    if (rough <= each * power)
      step = each * power;
  std::vector<double> ticks;
  // Whole numbers of steps, so that 0 is 0. Rounding errors add no tick.
  auto last = static_cast<long>(std::ceil(high / step - 1e-9));
  for (auto i = static_cast<long>(std::floor(low / step + 1e-9)); i <= last;
       ++i)
    ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

std::vector<double> gac::tools::getPowers(double low, double high) {
  std::vector<double> powers;
  auto last = static_cast<long>(std::ceil(std::log10(high) - 1e-9));
  auto first = static_cast<long>(std::floor(std::log10(low) + 1e-9));
  for (long i = first; i <= std::max(last, first + 1); ++i)
    powers.push_back(std::pow(10.0, static_cast<double>(i)));
  return powers;
}
