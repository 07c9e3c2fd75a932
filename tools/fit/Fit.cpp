//===- Fit.cpp - From measurements to a target ----------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Device figures first: launch, bandwidth, peak, and the fixed times of
// products and attention. What is left of a time, set against the roofline, is
// an efficiency; a rule has a table of these for each power of two that divides
// the quantity that the rule is about.
//
//===----------------------------------------------------------------------===//

#include "Fit.h"

#include "Prediction.h"
#include "Sweeps.h"
#include "Tiers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <map>

using namespace gac;
using namespace gac::profile;

/// Reads below say more of caches and launches than of memory.
static constexpr int64_t leastMemoryBytes = int64_t(64) << 20;
/// Tiers that reach this share of the best one's efficiency need no repair.
static constexpr double fullSpeedShare = 0.75;
/// The largest alignment that is told apart.
static constexpr int64_t mostMultiple = 128;

bool gac::profile::isHeldOut(const Sample &sample) {
  return llvm::any_of(sample.point.sweeps, [](const std::string &sweep) {
    return llvm::StringRef(sweep).starts_with("held-out");
  });
}

bool gac::profile::isFitted(const Sample &sample) {
  return sample.isMeasured() && !isHeldOut(sample) &&
         llvm::any_of(sample.point.sweeps, [](const std::string &name) {
           return llvm::any_of(getSweeps(), [&](const Sweep &sweep) {
             return sweep.name == name;
           });
         });
}

/// Whether cuBLASLt or cuDNN computed it.
static bool isByLibrary(const Sample &sample) {
  return sample.ran == "cublaslt" || sample.ran == "cudnn";
}

static double getMedian(std::vector<double> values) {
  return tools::getSpread(std::move(values)).median;
}

/// The largest power of two up to mostMultiple that divides a value.
static int64_t getMultiple(int64_t value) {
  int64_t multiple = 1;
  while (multiple < mostMultiple && value % (multiple * 2) == 0)
    multiple *= 2;
  return multiple;
}

namespace {
class Fitter {
public:
  Fitter(const Samples &samples, const Target &base)
      : samples(samples), base(base) {}

  llvm::Expected<FitResult> fit();

private:
  void fitHead();
  void fitLaunch();
  llvm::Error fitSpeeds();
  CommonTimes fitFixed(bool isAttention);
  double getNet(const Sample &sample, const PricedPoint &priced) const;
  void fitSizes(Rule &rule, llvm::StringRef sweep, const CommonTimes &fixed);
  void fitHeads(Rule &rule, const CommonTimes &fixed);
  void fitPlaces(Rule &rule, const CommonTimes &fixed);
  /// Whether there is enough for them; the rule stays the base's otherwise.
  bool setTables(Rule &rule, llvm::ArrayRef<Observation> observations,
                 const CommonTimes &fixed, llvm::StringRef sweeps);
  /// Adds what a sample says, if the model prices it.
  void observe(std::vector<Observation> &observations, const Sample &sample,
               int64_t multiple, int64_t size, int64_t about) const;
  void note(const llvm::Twine &text) { result.notes.push_back(text.str()); }

  template <typename What, typename Call> void forEach(const Call &call) {
    for (const Sample &sample : samples.samples)
      if (isFitted(sample))
        if (const auto *what = std::get_if<What>(&sample.point.what))
          call(sample, *what);
  }

  const Samples &samples;
  const Target &base;
  FitResult result;
};
} // namespace

static bool isPartOf(const Sample &sample, llvm::StringRef sweep) {
  return llvm::is_contained(sample.point.sweeps, sweep);
}

/// "NVIDIA H200 SXM" is an "NVIDIA H200"; an "NVIDIA H20" is none.
static bool isTitleOf(llvm::StringRef title, llvm::StringRef gpu) {
  return title.consume_front(gpu) && !gpu.empty() &&
         (title.empty() || !llvm::isAlnum(title.front()));
}

//===----------------------------------------------------------------------===//
// The device
//===----------------------------------------------------------------------===//

/// "13.1.0" for cuBLASLt's 130100.
static std::string formatVersion(llvm::StringRef number, int64_t major,
                                 int64_t minor) {
  int64_t value = 0;
  if (number.getAsInteger(10, value))
    return number.str();
  return llvm::formatv("{0}.{1}.{2}", value / major, value % major / minor,
                       value % minor);
}

void Fitter::fitHead() {
  Target &target = result.target;
  target = base;
  target.hasTails = true;
  // The base's title may say more.
  if (!isTitleOf(target.title, samples.environment.gpu))
    target.title = samples.environment.gpu;
  const Environment &environment = samples.environment;
  target.architecture = "sm_" + std::to_string(environment.capability);
  target.multiprocessors = environment.multiprocessors;
  // Rules of the base that stay were seen in other libraries.
  auto add = [&](llvm::StringRef name, const std::string &version) {
    llvm::erase_if(target.libraries,
                   [&](const auto &library) { return library.first == name; });
    if (!version.empty())
      target.libraries.push_back({name.str(), version});
  };
  add("CUDA", environment.cuda);
  add("NVRTC", environment.nvrtc);
  if (!environment.cublasLt.empty())
    add("cuBLAS", formatVersion(environment.cublasLt, 10000, 100));
  if (!environment.cudnn.empty())
    add("cuDNN", formatVersion(environment.cudnn, 10000, 100));
  add("driver", environment.driver);
  add("GAC", environment.version);
  llvm::sort(target.libraries);
  size_t count = llvm::count_if(samples.samples, [](const Sample &sample) {
    return sample.isMeasured();
  });
  target.measured = llvm::formatv(
      "gac profile on one {0}, {1} to {2}: {3} medians of CUDA-graph replays; "
      "machines differ: quote ratios, not times",
      environment.gpu, samples.began, samples.ended, count);
}

/// Packages launch kernels that overlap, on a device that can; a block on each
/// multiprocessor, between the counts that the sweep has for all devices.
void Fitter::fitLaunch() {
  TimesByCount launches;
  bool canOverlap = samples.environment.capability >= 90;
  forEach<LaunchPoint>([&](const Sample &sample, const LaunchPoint &point) {
    if (point.overlaps == canOverlap)
      launches[point.blocks] = sample.us.median;
  });
  if (launches.empty())
    note("launches were not measured: launch_us is the base's");
  else
    result.target.launch =
        getTimeAt(launches, samples.environment.multiprocessors);
}

llvm::Error Fitter::fitSpeeds() {
  Target &target = result.target;
  double bandwidth = 0;
  std::map<gac::DType, double> peaks;
  for (const Sample &sample : samples.samples) {
    if (!sample.isMeasured() || isHeldOut(sample))
      continue;
    std::optional<PricedPoint> priced = price(sample.point, getLimits(target));
    double time = sample.us.median - target.launch;
    if (!priced || time <= 0)
      continue;
    if (priced->work.bytes >= leastMemoryBytes)
      bandwidth = std::max(bandwidth, double(priced->work.bytes) / time * 1e6);
    if (priced->work.flops > 0) {
      double &peak = peaks[priced->dtype];
      peak = std::max(peak, double(priced->work.flops) / time * 1e6);
    }
  }
  if (bandwidth == 0)
    return llvm::createStringError(
        "there is no measurement of memory of 64 MiB or more, by which a "
        "target's bandwidth is known");
  if (peaks.count(gac::DType::BF16) == 0)
    return llvm::createStringError("there is no measurement of a product in "
                                   "bf16, by which a target's peak is known");
  target.bandwidth = bandwidth;
  double bf16 = peaks[gac::DType::BF16];
  target.peak[static_cast<unsigned>(gac::DType::BF16)] = bf16;
  for (size_t type = 0; type < target.peak.size(); ++type)
    if (auto dtype = static_cast<gac::DType>(type); target.peak[type] &&
                                                    dtype != gac::DType::F16 &&
                                                    peaks.count(dtype) == 0)
      note("products in " + stringifyDType(dtype) +
           " were not measured: their peak is the base's");
  // The same units; a few products alone may not have met their best shape.
  target.peak[static_cast<unsigned>(gac::DType::F16)] =
      std::max(bf16, peaks[gac::DType::F16]);
  return llvm::Error::success();
}

/// What operations of each number of rows take that have next to no work.
CommonTimes Fitter::fitFixed(bool isAttention) {
  constexpr double leastWork = 0.4;
  const Target &target = result.target;
  std::map<int64_t, std::vector<double>> times[2]; // our kernels', libraries'
  for (const Sample &sample : samples.samples) {
    if (!isFitted(sample) || std::holds_alternative<AttentionPoint>(
                                 sample.point.what) != isAttention)
      continue;
    std::optional<PricedPoint> priced = price(sample.point, getLimits(target));
    if (!priced || priced->uses.empty())
      continue;
    // A tail is part of what is next to nothing.
    double net = getNet(sample, *priced);
    priced->work.blocks = 0;
    double roofline = priced->getRoofline(target);
    if (roofline <= leastWork)
      times[isByLibrary(sample)][priced->rows].push_back(net - roofline);
  }
  CommonTimes fixed;
  for (auto [list, to] :
       {std::pair(&times[0], &fixed.byKernel), {&times[1], &fixed.byLibrary}})
    for (auto &[rows, each] : *list) {
      llvm::sort(each);
      // The fastest ones: others have sizes that take time of their own.
      double time = tools::getQuantile(each, 0.1);
      if (time > 0)
        (*to)[rows] = time;
    }
  return fixed;
}

/// The time of a sample's work alone: without launches, and without what a
/// second launch moves.
double Fitter::getNet(const Sample &sample, const PricedPoint &priced) const {
  const Target &target = result.target;
  double time = sample.us.median - target.launch;
  if (priced.combinedBytes > 0)
    time -=
        target.launch + double(priced.combinedBytes) / *target.bandwidth * 1e6;
  return time;
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

void Fitter::observe(std::vector<Observation> &observations,
                     const Sample &sample, int64_t multiple, int64_t size,
                     int64_t about) const {
  const Target &target = result.target;
  if (std::optional<PricedPoint> priced =
          price(sample.point, getLimits(target)))
    observations.push_back({multiple, priced->rows, size, about,
                            getNet(sample, *priced),
                            priced->getRoofline(target), isByLibrary(sample)});
}

bool Fitter::setTables(Rule &rule, llvm::ArrayRef<Observation> observations,
                       const CommonTimes &fixed, llvm::StringRef sweeps) {
  if (observations.empty()) {
    note("rule " + rule.id + ": nothing was measured; it is the base's");
    return false;
  }
  if (llvm::none_of(observations, [](const Observation &each) {
        return each.multiple == 1;
      })) {
    note("rule " + rule.id +
         ": odd values were not measured; it is the base's");
    return false;
  }
  Grid grid = makeGrid(observations);
  std::vector<Tier> tiers = makeTiers(observations, grid, fixed);
  // Full speed is what comes close to the largest multiple's, in most places.
  for (Tier &tier : tiers) {
    std::vector<double> shares;
    for (auto [row, best] : llvm::zip(tier.table, tiers.back().table))
      for (auto [share, most] : llvm::zip(row, best))
        shares.push_back(share / most);
    tier.fullSpeed = getMedian(shares) >= fullSpeedShare;
  }
  std::reverse(tiers.begin(), tiers.end());
  for (Tier &tier : tiers) {
    tier.efficiency.resize(result.target.regimes.size());
    if (tier.fullSpeed)
      continue;
    // Why, is nothing that times say: the base knows.
    tier.cause = rule.tiers[rule.getTier(tier.multiple)].cause;
    if (tier.cause.empty())
      tier.cause = llvm::formatv("{0} is no multiple of {1}",
                                 stringifyRole(rule.role), tier.multiple * 2);
  }
  rule.tiers = std::move(tiers);
  rule.grid = std::move(grid);
  rule.source = ("measured: gac profile, " + sweeps).str();
  return true;
}

/// Sizes in the sweep are a multiple of mostMultiple less one of a tier.
void Fitter::fitSizes(Rule &rule, llvm::StringRef sweep,
                      const CommonTimes &fixed) {
  std::vector<Observation> observations;
  int64_t other = 0;
  forEach<ProductPoint>([&](const Sample &sample, const ProductPoint &point) {
    if (!isPartOf(sample, sweep))
      return;
    int64_t size = rule.role == Role::K ? point.k : point.n;
    other = rule.role == Role::K ? point.n : point.k;
    int64_t multiple = getMultiple(size);
    int64_t about = size + (multiple < mostMultiple ? multiple : 0);
    observe(observations, sample, multiple, size, about);
  });
  if (setTables(rule, observations, fixed, ("sweep " + sweep).str()))
    rule.grid.other = other;
}

void Fitter::fitHeads(Rule &rule, const CommonTimes &fixed) {
  std::vector<Observation> observations;
  forEach<AttentionPoint>(
      [&](const Sample &sample, const AttentionPoint &point) {
        // Widths lie close; whatever there is of a tier, every 32 lanes.
        int64_t multiple = std::min<int64_t>(getMultiple(point.width), 16);
        int64_t about = std::max<int64_t>(64, (point.width + 15) / 32 * 32);
        observe(observations, sample, multiple, point.width, about);
      });
  setTables(rule, observations, fixed,
            "sweeps attention-prefill and attention-decode");
}

/// Strides and offsets of the left matrix (K) and of the right one (N).
void Fitter::fitPlaces(Rule &rule, const CommonTimes &fixed) {
  bool isStride = rule.quantity == Quantity::Stride;
  std::vector<Observation> observations;
  forEach<ProductPoint>([&](const Sample &sample, const ProductPoint &point) {
    if (!isPartOf(sample, isStride ? "stride" : "offset"))
      return;
    ProductPoint close = ProductPoint::make(point.type, point.m, point.n,
                                            point.k, point.transposed);
    auto isMoved = [](const Matrix &matrix, const Matrix &from) {
      return matrix.ld != from.ld || matrix.offset != from.offset;
    };
    bool isOurs = rule.role == Role::K ? isMoved(point.a, close.a)
                                       : isMoved(point.b, close.b);
    if (!isOurs)
      return;
    const Matrix &matrix = rule.role == Role::K ? point.a : point.b;
    int64_t size = rule.role == Role::K ? point.k : point.n;
    int64_t multiple = std::min<int64_t>(
        getMultiple(isStride ? matrix.ld : matrix.offset), 64);
    observe(observations, sample, multiple, size, size);
  });
  setTables(rule, observations, fixed,
            isStride ? "sweep stride" : "sweep offset");
}

llvm::Expected<FitResult> Fitter::fit() {
  fitHead();
  fitLaunch();
  if (llvm::Error error = fitSpeeds())
    return std::move(error);
  CommonTimes product = fitFixed(/*isAttention=*/false);
  CommonTimes attention = fitFixed(/*isAttention=*/true);
  for (Rule &rule : result.target.rules) {
    if (!llvm::is_contained(rule.dtypes, gac::DType::BF16))
      continue;
    if (rule.role == Role::HeadDim && rule.quantity == Quantity::Size)
      fitHeads(rule, attention);
    else if (rule.role != Role::K && rule.role != Role::N)
      continue;
    else if (rule.quantity == Quantity::Size)
      fitSizes(rule, rule.role == Role::K ? "gemm-k" : "gemm-n", product);
    else
      fitPlaces(rule, product);
  }
  return std::move(result);
}

llvm::Expected<FitResult> gac::profile::fit(const Samples &samples,
                                            const Target &base) {
  return Fitter(samples, base).fit();
}
