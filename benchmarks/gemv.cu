//===- gemv.cu - kernels/Gemv.cuh beside cuBLAS -----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of 1 to 32 rows with bf16 matrices whose sizes are those of
// Llama-3-8B's layers, dense and of low rank, with ranks as compressed, too.
// Times are medians of CUDA graphs of launches one after the other, on random
// weights that rotate through 2 GiB, so that they come from device memory.
// Every product is compared with cuBLAS's.
//
//   nvcc -gencode=arch=compute_90a,code=sm_90a -std=c++17 -O3
//        --expt-relaxed-constexpr -Ikernels benchmarks/gemv.cu -lcublas -o gemv
//
// Sizes are constants, as in packages. The device must have clusters (compute
// capability 9.0); splits are chosen for the number of multiprocessors that
// -DMULTIPROCESSORS=... states (132).
//
//===----------------------------------------------------------------------===//

#include "Gemv.cuh"

#include <cublas_v2.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#ifndef MULTIPROCESSORS
#define MULTIPROCESSORS 132
#endif

using namespace gac::kernels;

namespace {

constexpr size_t kPoolBytes = size_t{2} << 30;
constexpr int64_t kLongest = 14336; // n or k

void require(bool good, const char *what, const char *why) {
  if (good)
    return;
  std::fprintf(stderr, "error: %s: %s\n", what, why);
  std::exit(1);
}

void require(cudaError_t status, const char *what) {
  require(status == cudaSuccess, what, cudaGetErrorString(status));
}

void require(cublasStatus_t status, const char *what) {
  require(status == CUBLAS_STATUS_SUCCESS, what, cublasGetStatusString(status));
}

/// Uniform in [-1, 1), the same each time.
__global__ void fill(bf16 *target, size_t count, unsigned seed) {
  const size_t step = static_cast<size_t>(gridDim.x) * blockDim.x;
  for (size_t i = blockIdx.x * size_t{blockDim.x} + threadIdx.x; i < count;
       i += step) {
    unsigned bits = static_cast<unsigned>(i) * 2654435761u ^ seed;
    bits = (bits ^ bits >> 15) * 0x85ebca6bu;
    bits = (bits ^ bits >> 13) * 0xc2b2ae35u;
    bits ^= bits >> 16;
    target[i] =
        __float2bfloat16((static_cast<int>(bits & 0xffff) - 32768) / 32768.f);
  }
}

/// The choice that packages make.
template <WeightLayout kLayout, int kRows, int64_t kN, int64_t kK>
constexpr GemvShape getShape() {
  GemvShape shape;
  shape.rows = kRows;
  shape.n = kN;
  shape.k = shape.xPitch = kK;
  shape.wPitch = kLayout == WeightLayout::NK ? kK : kN;
  shape.yPitch = kN;
  shape.layout = kLayout;
  return chooseGemv(shape, {MULTIPROCESSORS, 90}) ? shape : GemvShape();
}

template <WeightLayout kLayout, int kRows, int64_t kN, int64_t kK>
constexpr GemvShape kShape = getShape<kLayout, kRows, kN, kK>();

/// The widest accesses that x and the weights admit.
template <int64_t kN, int64_t kK>
constexpr int kVector = widestVector(2, kN, kK);

template <WeightLayout kLayout, int kRows, int64_t kN, int64_t kK>
__global__ void __launch_bounds__(kGemvWarps * 32, kGemvBlocks)
    __cluster_dims__(1, kShape<kLayout, kRows, kN, kK>.splits, 1)
        product(const bf16 *x, const bf16 *w, bf16 *y) {
  extern __shared__ uint4 shared[];
  constexpr GemvShape shape = kShape<kLayout, kRows, kN, kK>;
  gemv<bf16, kLayout, kVector<kN, kK>, shape.columns, gemvRowTiles(kRows),
       shape.depth, gemvReadsDirectly(shape), true>(
      PlainInput<bf16>{x}, w, nullptr, nullptr, y, nullptr, shared, shape);
}

class Benchmark {
public:
  Benchmark() {
    require(cudaMalloc(&pool, kPoolBytes), "2 GiB of device memory");
    require(cudaMalloc(&x, kGemvRows * kLongest * 2), "device memory");
    require(cudaMalloc(&y, kGemvRows * kLongest * 2), "device memory");
    fill<<<1024, 256>>>(pool, kPoolBytes / 2, 7);
    fill<<<64, 256>>>(x, kGemvRows * kLongest, 99);
    require(cudaDeviceSynchronize(), "random values");
    require(cudaStreamCreate(&stream), "stream");
    require(cudaEventCreate(&begin), "event");
    require(cudaEventCreate(&end), "event");
    require(cublasCreate(&handle), "cuBLAS");
    require(cublasSetStream(handle, stream), "cuBLAS");
    constexpr size_t kWorkspace = 32 << 20; // What NVIDIA advises for Hopper.
    require(cudaMalloc(&workspace, kWorkspace), "device memory");
    require(cublasSetWorkspace(handle, workspace, kWorkspace), "cuBLAS");
  }

  void printDevice() {
    cudaDeviceProp device;
    require(cudaGetDeviceProperties(&device, 0), "device");
    int driver = 0, runtime = 0, cublas = 0;
    require(cudaDriverGetVersion(&driver), "driver");
    require(cudaRuntimeGetVersion(&runtime), "runtime");
    require(cublasGetVersion(handle, &cublas), "cuBLAS");
    require(device.major >= 9, device.name, "has no clusters of blocks");
    std::printf("%s, %d multiprocessors; splits for %d; CUDA driver %d.%d, "
                "runtime %d.%d, cuBLAS %d.%d.%d\n\n",
                device.name, device.multiProcessorCount, MULTIPROCESSORS,
                driver / 1000, driver % 1000 / 10, runtime / 1000,
                runtime % 1000 / 10, cublas / 10000, cublas / 100 % 100,
                cublas % 100);
    std::printf("Microseconds. KN, NK: the layout of the weights (splits: "
                "of KN; -: not the kernel's); overlapped: with programmatic "
                "dependent launch.\nratios: cuBLAS with the "
                "same layout by ours, and by ours overlapped.\n\n"
                "| rows | n | k | splits | KN | overlapped | cuBLAS KN | "
                "ratios | NK | overlapped | cuBLAS NK | ratios |\n"
                "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  }

  template <int kRows, int64_t kN, int64_t kK> void row() {
    std::printf("| %d | %d | %d | %d |", kRows, int(kN), int(kK),
                kShape<WeightLayout::KN, kRows, kN, kK>.splits);
    measure<WeightLayout::KN, kRows, kN, kK>();
    measure<WeightLayout::NK, kRows, kN, kK>();
    std::printf("\n");
    std::fflush(stdout);
  }

private:
  template <WeightLayout kLayout, int kRows, int64_t kN, int64_t kK>
  void measure() {
    static_assert(kN <= kLongest && kK <= kLongest, "longer vectors");
    constexpr bool kNK = kLayout == WeightLayout::NK;
    constexpr GemvShape shape = kShape<kLayout, kRows, kN, kK>;
    const auto own = [&](const bf16 *w, bool overlap) {
      const LaunchGeometry geometry = gemvGeometry(shape);
      const auto kernel = product<kLayout, kRows, kN, kK>;
      require(cudaFuncSetAttribute(kernel,
                                   cudaFuncAttributeMaxDynamicSharedMemorySize,
                                   static_cast<int>(geometry.sharedBytes)),
              "shared memory");
      require(cudaFuncSetAttribute(
                  kernel, cudaFuncAttributePreferredSharedMemoryCarveout, 100),
              "shared memory");
      cudaLaunchAttribute attribute = {};
      attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
      attribute.val.programmaticStreamSerializationAllowed = 1;
      cudaLaunchConfig_t config = {};
      config.gridDim = dim3(geometry.gridX, geometry.gridY);
      config.blockDim = geometry.threads;
      config.dynamicSmemBytes = geometry.sharedBytes;
      config.stream = stream;
      config.attrs = &attribute;
      config.numAttrs = overlap;
      require(cudaLaunchKernelEx(&config, kernel, static_cast<const bf16 *>(x),
                                 w, y),
              "launch");
    };
    const auto cublas = [&](const bf16 *w) {
      const float one = 1, zero = 0;
      require(cublasGemmEx(handle, kNK ? CUBLAS_OP_T : CUBLAS_OP_N, CUBLAS_OP_N,
                           kN, kRows, kK, &one, w, CUDA_R_16BF, kNK ? kK : kN,
                           x, CUDA_R_16BF, kK, &zero, y, CUDA_R_16BF, kN,
                           CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT),
              "cublasGemmEx");
    };
    constexpr size_t kBytes = kN * kK * 2;
    if constexpr (shape.rows == 0) { // A block has not enough shared memory.
      std::printf(" - | - | %.2f | - |", time(cublas, kBytes));
      return;
    }
    const auto plain = [&](const bf16 *w) { own(w, false); };
    compare(plain, cublas, kRows * kN, std::sqrt(double(kK)) / 3);
    const float ours = time(plain, kBytes), theirs = time(cublas, kBytes);
    const float overlapped = time([&](const bf16 *w) { own(w, true); }, kBytes);
    std::printf(" %.2f | %.2f | %.2f | %.2f, %.2f |", ours, overlapped, theirs,
                theirs / ours, theirs / overlapped);
  }

  /// Ends the program if results differ by more than a few units in the last
  /// place of typical ones.
  template <class Ours, class Theirs>
  void compare(Ours ours, Theirs theirs, int64_t count, double typical) {
    std::vector<bf16> results[2];
    for (int i = 0; i < 2; ++i) {
      results[i].resize(count);
      require(cudaMemset(y, 0xff, count * 2), "poison");
      i == 0 ? ours(pool) : theirs(pool);
      require(cudaStreamSynchronize(stream), "kernel");
      require(
          cudaMemcpy(results[i].data(), y, count * 2, cudaMemcpyDeviceToHost),
          "results");
    }
    for (int64_t i = 0; i < count; ++i) {
      const double a = __bfloat162float(results[0][i]);
      const double b = __bfloat162float(results[1][i]);
      require(std::fabs(a - b) <= (std::fabs(b) + typical) / 64, "results",
              ("ours and those of cuBLAS differ: " + std::to_string(a) +
               " and " + std::to_string(b))
                  .c_str());
    }
  }

  /// Microseconds of a launch.
  template <class Launch> float time(Launch launch, size_t bytes) {
    const size_t slots = kPoolBytes / bytes;
    const size_t launches = std::min<size_t>(slots, 100);
    cudaGraph_t graph;
    cudaGraphExec_t executable;
    require(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal),
            "capture");
    for (size_t i = 0; i < launches; ++i)
      launch(pool + i % slots * bytes / 2);
    require(cudaStreamEndCapture(stream, &graph), "capture");
    require(cudaGraphInstantiate(&executable, graph, 0), "graph");
    std::vector<float> times;
    for (int i = 0; i < 11; ++i) {
      require(cudaEventRecord(begin, stream), "event");
      require(cudaGraphLaunch(executable, stream), "graph");
      require(cudaEventRecord(end, stream), "event");
      require(cudaEventSynchronize(end), "graph");
      float milliseconds = 0;
      require(cudaEventElapsedTime(&milliseconds, begin, end), "event");
      times.push_back(milliseconds * 1000 / launches);
    }
    require(cudaGraphExecDestroy(executable), "graph");
    require(cudaGraphDestroy(graph), "graph");
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
  }

  bf16 *pool = nullptr, *x = nullptr, *y = nullptr;
  void *workspace = nullptr;
  cudaStream_t stream = nullptr;
  cudaEvent_t begin = nullptr, end = nullptr;
  cublasHandle_t handle = nullptr;
};

template <int kRows> void table(Benchmark &benchmark) {
  benchmark.row<kRows, 1848, 4096>();
  benchmark.row<kRows, 4096, 1848>();
  benchmark.row<kRows, 576, 4096>();
  benchmark.row<kRows, 1024, 576>();
  benchmark.row<kRows, 2872, 4096>();
  benchmark.row<kRows, 14336, 2872>();
  benchmark.row<kRows, 2552, 14336>();
  benchmark.row<kRows, 4096, 2552>();
  benchmark.row<kRows, 4096, 4096>();
  benchmark.row<kRows, 14336, 4096>();
  benchmark.row<kRows, 4096, 14336>();
}

/// As compressed: of one element, of two and of four at a time.
template <int kRows> void oddTable(Benchmark &benchmark) {
  benchmark.row<kRows, 1843, 4096>();
  benchmark.row<kRows, 4096, 1843>();
  benchmark.row<kRows, 573, 4096>();
  benchmark.row<kRows, 14336, 2867>();
  benchmark.row<kRows, 1846, 4096>();
  benchmark.row<kRows, 4096, 1846>();
  benchmark.row<kRows, 4096, 2548>();
  benchmark.row<kRows, 2548, 14336>();
}

} // namespace

int main() {
  Benchmark benchmark;
  benchmark.printDevice();
  table<1>(benchmark);
  table<8>(benchmark);
  table<16>(benchmark);
  table<24>(benchmark);
  table<32>(benchmark);
  oddTable<1>(benchmark);
  oddTable<8>(benchmark);
  oddTable<32>(benchmark);
  return 0;
}
