//===- Measure.cpp - Measuring a profile ----------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measure.h"

#include "Bench.h"
#include "gac/Runtime/MappedBytes.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <deque>
#include <map>
#include <sys/stat.h>

using namespace gac::profile;
using namespace gac::runtime;
using gac::tools::Progress;
using Clock = std::chrono::steady_clock;

/// How far ahead to look for a point whose kernel is compiled.
static constexpr size_t lookAhead = 256;
static constexpr double writeSeconds = 3;

static double secondsSince(Clock::time_point time) {
  return std::chrono::duration<double>(Clock::now() - time).count();
}

static std::string getTime() {
  std::time_t now = std::time(nullptr);
  std::tm parts = {};
  char text[32] = "";
  if (gmtime_r(&now, &parts))
    std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// What the file has, if it is there and to be gone on with.
static Result<Samples> readEarlier(const MeasureOptions &options,
                                   const Environment &environment) {
  struct stat status = {};
  Samples samples;
  samples.environment = environment;
  samples.began = getTime();
  if (options.overwrite || stat(options.output.c_str(), &status) != 0)
    return samples;
  Result<Samples> earlier = readSamples(options.output);
  if (!earlier)
    return earlier;
  std::string differs = earlier->environment.compare(environment);
  if (!differs.empty())
    return Status(ErrorCode::Invalid,
                  "measurements '" + options.output +
                      "' were made with something else than is here (" +
                      differs +
                      "): name another file, or replace it by --overwrite");
  return earlier;
}

/// Adds the sweeps of a point that was measured as part of others.
static void addSweeps(Point &point, const Point &wanted) {
  for (const std::string &sweep : wanted.sweeps)
    if (std::find(point.sweeps.begin(), point.sweeps.end(), sweep) ==
        point.sweeps.end())
      point.sweeps.push_back(sweep);
}

namespace {
class Measurer {
public:
  Measurer(Bench &bench, Samples samples, const MeasureOptions &options,
           Progress &progress)
      : bench(bench), samples(std::move(samples)), options(options),
        progress(progress) {
    for (size_t i = 0; i < this->samples.samples.size(); ++i)
      places.emplace(getKey(this->samples.samples[i].point), i);
  }

  Status run(const std::vector<Point> &points, Clock::time_point start);
  MeasureReport getReport() const { return report; }

private:
  Point takeNext(std::deque<Point> &points);
  Status write();

  Bench &bench;
  Samples samples;
  const MeasureOptions &options;
  Progress &progress;
  std::map<std::string, size_t> places;
  MeasureReport report;
};
} // namespace

Status Measurer::write() {
  samples.ended = getTime();
  return writeFile(options.output, printSamples(samples));
}

/// Takes the first point that can be measured at once, or the first one.
Point Measurer::takeNext(std::deque<Point> &points) {
  auto end = points.begin() +
             static_cast<std::ptrdiff_t>(std::min(points.size(), lookAhead));
  auto it = std::find_if(points.begin(), end, [&](const Point &point) {
    return bench.getKernels().isReady(point);
  });
  if (it == end) {
    it = points.begin();
    progress.show("compiling kernels");
  }
  Point next = std::move(*it);
  points.erase(it);
  return next;
}

Status Measurer::run(const std::vector<Point> &points,
                     Clock::time_point start) {
  std::vector<Point> missing;
  report.wanted = points.size();
  for (const Point &point : points) {
    auto it = places.find(getKey(point));
    if (it == places.end()) {
      missing.push_back(point);
      continue;
    }
    Sample &sample = samples.samples[it->second];
    addSweeps(sample.point, point);
    if (options.again) {
      missing.push_back(sample.point);
      continue;
    }
    ++report.found;
    ++report.done;
    report.refused += !sample.isMeasured();
  }
  progress.expect(static_cast<int64_t>(missing.size()));
  // A file that cannot be written is better known now than in minutes.
  if (Status status = write())
    return status;
  bench.getKernels().start(missing);
  std::deque<Point> left(missing.begin(), missing.end());
  Clock::time_point written = Clock::now();
  while (!left.empty() && secondsSince(start) < options.limitSeconds) {
    Point point = takeNext(left);
    progress.step(getKey(point));
    Result<Sample> sample = bench.measure(point);
    if (!sample) {
      // What there is stays.
      (void)write();
      return {sample.getStatus().getCode(),
              getKey(point) + ": " + sample.getStatus().getMessage()};
    }
    ++report.done;
    report.refused += !sample->isMeasured();
    auto [it, isNew] =
        places.try_emplace(getKey(sample->point), samples.samples.size());
    if (isNew)
      samples.samples.push_back(std::move(*sample));
    else
      samples.samples[it->second] = std::move(*sample);
    if (secondsSince(written) > writeSeconds) {
      if (Status status = write())
        return status;
      written = Clock::now();
    }
  }
  report.seconds = secondsSince(start);
  return write();
}

Result<MeasureReport> gac::profile::measure(const std::vector<Point> &points,
                                            const MeasureOptions &options,
                                            Progress &progress) {
  Clock::time_point start = Clock::now();
  progress.show("preparing the device");
  Result<std::unique_ptr<Bench>> bench = Bench::open(options.device);
  if (!bench)
    return bench.getStatus();
  Result<Samples> samples = readEarlier(options, (*bench)->getEnvironment());
  if (!samples)
    return samples.getStatus();
  Measurer measurer(**bench, std::move(*samples), options, progress);
  if (Status status = measurer.run(points, start))
    return status;
  return measurer.getReport();
}
