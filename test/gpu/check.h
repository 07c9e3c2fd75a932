//===- check.h - comparing kernels with float64 references ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the GPU tests share. A test draws fresh inputs (the seed is printed, and
// taken with --seed N), keeps every output in a poisoned buffer between guard
// zones, and states for each element of it what a float64 reference gives and
// how far a correct kernel may be from that. Whatever is not stated must stay
// poison: kernels write all that they should and nothing else. What a kernel
// must not read is poison (NaN), too.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TEST_GPU_CHECK_H
#define GAC_TEST_GPU_CHECK_H

#include "Common.cuh"

#include <cuda_runtime.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace gac::check {

using kernels::bf16;
using kernels::f16;
using kernels::LaunchGeometry;

//===----------------------------------------------------------------------===//
// Launching
//===----------------------------------------------------------------------===//

inline void require(cudaError_t status, const char *what) {
  if (status == cudaSuccess)
    return;
  std::printf("FAILED %s: %s\n", what, cudaGetErrorString(status));
  std::exit(1);
}

/// Blocks that a cluster has at most on the device.
inline int mostCluster() {
  int major = 0, minor = 0;
  require(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0),
          "compute capability");
  require(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, 0),
          "compute capability");
  return kernels::largestCluster(major * 10 + minor);
}

/// Launches with clusters of `cluster` blocks in y, and waits; any error ends
/// the program.
template <class... Params, class... Args>
void launchClusters(unsigned cluster, void (*kernel)(Params...),
                    const LaunchGeometry &geometry, const Args &...args) {
  // A kernel's own shared memory counts, too.
  if (geometry.sharedBytes > 32 * 1024)
    require(cudaFuncSetAttribute(kernel,
                                 cudaFuncAttributeMaxDynamicSharedMemorySize,
                                 static_cast<int>(geometry.sharedBytes)),
            "shared memory limit");
  if (cluster > 8)
    require(cudaFuncSetAttribute(
                kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1),
            "clusters of more than eight blocks");
  cudaLaunchAttribute clusters = {};
  clusters.id = cudaLaunchAttributeClusterDimension;
  clusters.val.clusterDim = {1, cluster, 1};
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(geometry.gridX, geometry.gridY, geometry.gridZ);
  config.blockDim = geometry.threads;
  config.dynamicSmemBytes = geometry.sharedBytes;
  config.attrs = &clusters;
  config.numAttrs = cluster > 1 ? 1 : 0;
  require(cudaLaunchKernelEx(&config, kernel, args...), "launch");
  require(cudaGetLastError(), "launch");
  require(cudaDeviceSynchronize(), "kernel");
}

/// The same without clusters.
template <class... Params, class... Args>
void launch(void (*kernel)(Params...), const LaunchGeometry &geometry,
            const Args &...args) {
  launchClusters(1, kernel, geometry, args...);
}

/// Declares `name`, the block's dynamic shared memory.
#if defined(GAC_EMULATED)
#define GAC_DYNAMIC_SHARED(name)                                               \
  void *const name = ::gac::emulation::cluster.getBlock().getDynamic()
#else
#define GAC_DYNAMIC_SHARED(name) extern __shared__ uint4 name[]
#endif

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

template <class T> struct Type;
template <> struct Type<float> {
  static constexpr const char *kName = "f32";
  /// Half the distance from 1 to the next number, and half the smallest
  /// subnormal number.
  static constexpr double kRoundoff = 0x1p-24, kUnderflow = 0x1p-150;
  static float round(double value) { return static_cast<float>(value); }
  static double widen(float value) { return value; }
};
template <> struct Type<bf16> {
  static constexpr const char *kName = "bf16";
  static constexpr double kRoundoff = 0x1p-8, kUnderflow = 0x1p-134;
  static bf16 round(double value) {
    return __float2bfloat16(static_cast<float>(value));
  }
  static double widen(bf16 value) { return __bfloat162float(value); }
};
template <> struct Type<f16> {
  static constexpr const char *kName = "f16";
  static constexpr double kRoundoff = 0x1p-11, kUnderflow = 0x1p-25;
  static f16 round(double value) {
    return __float2half(static_cast<float>(value));
  }
  static double widen(f16 value) { return __half2float(value); }
};

/// Roundoff of the kernels' arithmetic.
constexpr double kF32 = Type<float>::kRoundoff;

/// How far a correctly rounded T may be from a value that is off by `error`.
template <class T> double roundingBound(double value, double error) {
  return Type<T>::kRoundoff * (std::fabs(value) + error) + Type<T>::kUnderflow +
         error;
}

template <class T> T poison() {
  unsigned char bytes[sizeof(T)];
  std::memset(bytes, 0xff, sizeof(bytes));
  T value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

template <class T> bool isPoison(const T &value) {
  const T other = poison<T>();
  return std::memcmp(&value, &other, sizeof(value)) == 0;
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

/// Device memory between two poisoned guard zones; poison itself at first. The
/// zones also keep data off whatever alignment kernels may silently rely on:
/// `offset` elements lie between the 256-byte boundary and the data.
template <class T> class DeviceArray {
public:
  explicit DeviceArray(size_t count, size_t offset = 0)
      : count(count), front(kGuard + offset),
        all(count + front + kGuard, poison<T>()) {
    require(cudaMalloc(&memory, all.size() * sizeof(T)), "allocation");
    upload();
  }
  explicit DeviceArray(const std::vector<T> &values, size_t offset = 0)
      : DeviceArray(values.size(), offset) {
    std::copy(values.begin(), values.end(), all.begin() + front);
    upload();
  }
  DeviceArray(const DeviceArray &) = delete;
  DeviceArray &operator=(const DeviceArray &) = delete;
  ~DeviceArray() { cudaFree(memory); }

  T *data() const { return static_cast<T *>(memory) + front; }

  /// Makes all of it poison.
  void clear() {
    std::fill(all.begin(), all.end(), poison<T>());
    upload();
  }

  /// Copies back; whether the guard zones are untouched goes to `intact`.
  std::vector<T> download(bool &intact) {
    require(cudaMemcpy(all.data(), memory, all.size() * sizeof(T),
                       cudaMemcpyDeviceToHost),
            "download");
    const auto begin = all.begin() + front, end = begin + count;
    intact = std::all_of(all.begin(), begin, isPoison<T>) &&
             std::all_of(end, all.end(), isPoison<T>);
    return std::vector<T>(begin, end);
  }

private:
  void upload() {
    require(cudaMemcpy(memory, all.data(), all.size() * sizeof(T),
                       cudaMemcpyHostToDevice),
            "upload");
  }

  static constexpr size_t kGuard = 1024;
  size_t count, front;
  std::vector<T> all;
  void *memory = nullptr;
};

//===----------------------------------------------------------------------===//
// Random inputs
//===----------------------------------------------------------------------===//

class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}

  /// Normal with mean 0, rounded to T.
  template <class T> T normal(double deviation = 1) {
    return Type<T>::round(gauss(engine) * deviation);
  }
  /// From [low, high].
  int64_t integer(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(engine);
  }
  /// [rows, pitch] whose first `width` lanes are random, the rest poison.
  template <class T>
  std::vector<T> matrix(int64_t rows, int64_t width, int64_t pitch,
                        double deviation = 1) {
    std::vector<T> values(rows * pitch, poison<T>());
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t i = 0; i < width; ++i)
        values[row * pitch + i] = normal<T>(deviation);
    return values;
  }

private:
  std::mt19937_64 engine;
  std::normal_distribution<double> gauss;
};

//===----------------------------------------------------------------------===//
// Expectations and verdicts
//===----------------------------------------------------------------------===//

/// What an output must hold.
class Expectation {
public:
  explicit Expectation(size_t count) : value(count), bound(count, kUntouched) {}

  /// Element i is within `error` of `expected`, or NaN as that.
  void set(size_t i, double expected, double error) {
    value[i] = expected;
    bound[i] = error;
  }
  /// Element i is written, with anything finite.
  void setWritten(size_t i) { bound[i] = kWritten; }

  static constexpr double kUntouched = -1, kWritten = -2;
  std::vector<double> value, bound;
};

/// One test program.
class Run {
public:
  Run(const char *name, int argc, char **argv) : name(name) {
    uint64_t seed = std::random_device()();
    for (int i = 1; i < argc; ++i) {
      if (std::strcmp(argv[i], "--small") == 0)
        small = true;
      else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
        seed = std::strtoull(argv[++i], nullptr, 10);
      else
        usage(argv[0]);
    }
    int devices = 0;
    const cudaError_t status = cudaGetDeviceCount(&devices);
    if (status != cudaSuccess || devices == 0) {
      std::printf("skipped: %s\n", status == cudaSuccess
                                       ? "there is no CUDA device"
                                       : cudaGetErrorString(status));
      std::exit(77);
    }
    random = Random(seed);
    std::printf("%s --seed %llu\n", name,
                static_cast<unsigned long long>(seed));
  }

  /// Compares an output with what it must be; `format` describes the case.
  template <class T>
  __attribute__((format(printf, 4, 5))) void expect(DeviceArray<T> &output,
                                                    const Expectation &expected,
                                                    const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    std::vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    bool intact = false;
    const std::vector<T> got = output.download(intact);
    std::string problem;
    double worstHere = 0;
    if (!intact)
      problem = "wrote outside of the output";
    for (size_t i = 0; i < got.size() && problem.empty(); ++i) {
      const double value = Type<T>::widen(got[i]), bound = expected.bound[i];
      if (bound == Expectation::kUntouched) {
        if (!isPoison(got[i]))
          problem = "wrote element " + std::to_string(i) + " in a gap";
      } else if (isPoison(got[i])) {
        problem = "did not write element " + std::to_string(i);
      } else if (bound == Expectation::kWritten) {
        if (!std::isfinite(value))
          problem = "element " + std::to_string(i) + " is not finite";
      } else {
        const bool bothNaN = std::isnan(value) && std::isnan(expected.value[i]);
        const double error = bothNaN ? 0 : std::fabs(value - expected.value[i]);
        // Also true for NaN.
        if (!(error <= bound) && !bothNaN)
          problem = describe(i, value, expected.value[i], bound);
        else if (bound > 0)
          worstHere = std::max(worstHere, error / bound);
      }
    }
    ++cases;
    worst = std::max(worst, worstHere);
    if (problem.empty()) {
      std::printf("  ok %-5s %s: error / bound %.3f\n", Type<T>::kName, text,
                  worstHere);
    } else {
      ++failures;
      std::printf("  FAILED %-5s %s: %s\n", Type<T>::kName, text,
                  problem.c_str());
    }
    std::fflush(stdout);
  }

  /// Prints the line that run.sh makes its table of; the exit status.
  int finish() {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
            .count();
    if (cases == 0)
      failures = 1;
    std::printf("RESULT %-16s %5d cases %5d failed  worst error / bound %.3f  "
                "%6.1f s\n",
                name, cases, failures, worst, seconds);
    return failures ? 1 : 0;
  }

  Random random{0};
  /// Leaves out the sizes that take long under a sanitizer.
  bool small = false;

private:
  static std::string describe(size_t i, double value, double expected,
                              double bound) {
    char text[160];
    std::snprintf(text, sizeof(text), "element %zu is %.9g, not %.9g +- %.3g",
                  i, value, expected, bound);
    return text;
  }

  [[noreturn]] static void usage(const char *program) {
    std::printf("usage: %s [--small] [--seed N]\n", program);
    std::exit(2);
  }

  const char *name;
  int cases = 0, failures = 0;
  double worst = 0;
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
};

} // namespace gac::check

#endif // GAC_TEST_GPU_CHECK_H
