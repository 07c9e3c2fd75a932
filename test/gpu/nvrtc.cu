//===- nvrtc.cu - tests that NVRTC takes the kernels, too -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Packages whose cubins are missing are compiled when they are loaded. Each
// header must therefore compile alone where there are no standard headers and
// every function says where it runs. Needs no GPU.
//
// usage: nvrtc KERNELS CUDA-INCLUDES, two folders
//
//===----------------------------------------------------------------------===//

#include <cstdio>
#include <nvrtc.h>
#include <string>

namespace {

struct Kernel {
  const char *header, *body;
};

// One use of each template, as an emitter writes it: sizes are constants.
const Kernel kKernels[] = {
    {"Elementwise.cuh",
     "void kernel(Rows<const bf16> a, Rows<const bf16> b, Rows<bf16> y) {"
     "  addRows<bf16, 8>(a, b, y, 1, 4096);"
     "  siluMul<bf16, 8>(a, b, y, 1024, 14336);"
     "}"},
    {"Scalar.cuh",
     "void kernel(const bool *c, const long long *a, float *y) {"
     "  const auto mask = loadVector<1>(c + threadIdx.x);"
     "  const long long n = floorDivide(wrappingAdd(a[0], a[1]), a[2]);"
     "  y[threadIdx.x] = mask.lanes[0] ? largerOrNan(y[1], y[2])"
     "                                 : static_cast<float>(toUnsigned(n));"
     "}"},
    {"RMSNorm.cuh",
     "void kernel(const f16 *x, const float *w, f16 *y) {"
     "  constexpr RMSNormShape shape{4096, 4091, 1e-5f, 4096, 4096};"
     "  rmsNorm<f16, float, 8, rmsNormHeld(4096, 8, 512), false>("
     "      x, nullptr, w, nullptr, y, shape);"
     "}"},
    {"RoPE.cuh",
     "void kernel(const bf16 *x, const float *c, const float *s, bf16 *y) {"
     "  constexpr RopeShape shape{1, 64, 32, 32, 16, 13, 13, 0, 0,"
     "                            {65536, 1024, 32}, {65536, 1024, 32}};"
     "  rope<bf16, float, 8>(x, c, s, nullptr, y, shape, {}, {});"
     "}"},
    {"Copies.cuh",
     "void kernel(const int64_t *ids, const bf16 *x, bf16 *y,"
     "            const LaneRun *runs, const int *past) {"
     "  embed<bf16, int64_t, 8>(ids, x, y, {7, 131, 64, 64, 64});"
     "  appendToCache<bf16, 8>(x, y, {1, 1, 8, 128, 2048}, {0, past});"
     "  copyLanes<bf16, 8>({x, 13}, {y, 16}, runs, 1, 7, 16);"
     "}"},
    {"Gemv.cuh",
     "void kernel(const bf16 *x, const bf16 *w, const float *norm, bf16 *y,"
     "            void *workspace) {"
     "  extern __shared__ uint4 shared[];"
     "  constexpr GemvShape nk{1, 4096, 4096, 4096, 4096, 4096, 0,"
     "                         WeightLayout::NK, 128, 2, 2};"
     "  constexpr GemvShape kn{9, 4096, 4096, 4096, 4096, 4096, 0,"
     "                         WeightLayout::KN, 96, 2, 3};"
     "  constexpr GemvShape few{8, 4096, 4096, 4096, 4096, 4096, 0,"
     "                          WeightLayout::KN, 96, 2, 3};"
     "  gemv<bf16, nk.layout, 8, nk.columns, 1, nk.depth, false, false>("
     "      PlainInput<bf16>{x}, w, nullptr, nullptr, y, workspace, shared, "
     "nk);"
     "  gemv<bf16, kn.layout, 8, kn.columns, 2, kn.depth, false, true>("
     "      NormalizedInput<bf16, float>{x, norm, 4096, 1e-5f}, w, nullptr,"
     "      nullptr, y, nullptr, shared, kn);"
     "  gemv<bf16, few.layout, 8, few.columns, 1, few.depth, true, true>("
     "      NormalizedInput<bf16, float>{x, norm, 4096, 1e-5f}, w, nullptr,"
     "      nullptr, y, nullptr, shared, few);"
     "}"},
    {"AttentionPrefill.cuh",
     "void kernel(const f16 *q, const f16 *k, const f16 *v, f16 *o) {"
     "  extern __shared__ uint4 shared[];"
     "  constexpr AttentionShape shape{1, 64, 32, 8, 128, 128, .1f,"
     "                                 {0, 4096, 128}, {0, 1024, 128},"
     "                                 {0, 1024, 128}, {0, 4096, 128}};"
     "  attentionPrefill<f16, 128, 128, 8, true>(q, k, v, o, shape, {},"
     "                                           shared);"
     "}"},
    {"AttentionDecode.cuh",
     "void kernel(const bf16 *q, const bf16 *k, const bf16 *v, bf16 *o,"
     "            float *workspace) {"
     "  constexpr AttentionShape shape{1, 1, 32, 8, 128, 128, .1f,"
     "                                 {0, 4096, 128}, {0, 1024, 128},"
     "                                 {0, 1024, 128}, {0, 4096, 128}};"
     "  attentionDecode<bf16, decodeLanes(128, 128), 4, 8>("
     "      q, k, v, o, workspace, shape, {1023});"
     "  attentionCombine<bf16>(workspace, o, shape, 4);"
     "}"},
    {"AttentionStep.cuh",
     "void kernel(const bf16 *q, const bf16 *key, const bf16 *value,"
     "            const float *table, bf16 *k, bf16 *v, bf16 *o) {"
     "  extern __shared__ uint4 shared[];"
     "  constexpr AttentionShape attention{1, 1, 32, 8, 128, 128, .1f,"
     "                                     {0, 4096, 128}, {0, 1024, 128},"
     "                                     {0, 1024, 128}, {0, 4096, 128}};"
     "  constexpr AttentionStepShape shape{attention, {1024, 0, 128},"
     "                                     {1024, 0, 128}, 1024, 64, 64, 0,"
     "                                     4, 8, 2};"
     "  attentionStep<bf16, float, 128, 128, 4, 2, true>("
     "      q, key, value, table, table, k, v, o, nullptr, nullptr, shared,"
     "      shape, {1023});"
     "}"},
};

bool compile(const Kernel &kernel, const char *arch, const char *kernels,
             const char *cuda) {
  const std::string source = std::string("#include \"") + kernel.header +
                             "\"\nusing namespace gac::kernels;\n"
                             "extern \"C\" __global__ " +
                             kernel.body + "\n";
  const std::string options[] = {
      "--std=c++17", std::string("--gpu-architecture=") + arch,
      std::string("-I") + kernels, std::string("-I") + cuda};
  const char *pointers[4];
  for (int i = 0; i < 4; ++i)
    pointers[i] = options[i].c_str();
  nvrtcProgram program;
  nvrtcResult result = nvrtcCreateProgram(&program, source.c_str(), "kernel.cu",
                                          0, nullptr, nullptr);
  if (result == NVRTC_SUCCESS) {
    result = nvrtcCompileProgram(program, 4, pointers);
    size_t length = 0;
    nvrtcGetProgramLogSize(program, &length);
    std::string log(length, '\0');
    nvrtcGetProgramLog(program, &log[0]);
    if (result != NVRTC_SUCCESS)
      std::printf("%s\n", log.c_str());
    nvrtcDestroyProgram(&program);
  }
  std::printf("  %s %s for %s: %s\n", result == NVRTC_SUCCESS ? "ok" : "FAILED",
              kernel.header, arch, nvrtcGetErrorString(result));
  return result == NVRTC_SUCCESS;
}

} // namespace

int main(int argc, char **argv) {
  // A seed may follow, as for other tests; nothing is drawn here.
  if (argc < 3) {
    std::printf("usage: %s KERNELS CUDA-INCLUDES\n", argv[0]);
    return 2;
  }
  int cases = 0, failures = 0;
  for (const Kernel &kernel : kKernels)
    for (const char *arch : {"sm_80", "sm_90a"}) {
      ++cases;
      failures += !compile(kernel, arch, argv[1], argv[2]);
    }
  std::printf("RESULT %-16s %5d cases %5d failed\n", "nvrtc", cases, failures);
  return failures ? 1 : 0;
}
