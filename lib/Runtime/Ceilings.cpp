//===- Ceilings.cpp - What a GPU reaches at best ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each ceiling is the fastest of some runs, since it is to be what nothing
// exceeds. Matrices hold random values: with zeros the device draws less power
// and clocks higher than it does for any model.
//
//===----------------------------------------------------------------------===//

#include "CacheFolder.h"
#include "Gemm.h"
#include "KernelModule.h"
#include "OwnStream.h"
#include "RandomFill.h"
#include "Timer.h"
#include "gac/Runtime/Device.h"

#include <algorithm>
#include <functional>

using namespace gac::runtime;
using namespace gac::runtime::cuda;

static constexpr int64_t mebibyte = int64_t(1) << 20;
/// Far more than any L2 cache holds.
static constexpr int64_t mostBytes = 2048 * mebibyte;
static constexpr int64_t leastBytes = 32 * mebibyte;
static constexpr int64_t mostRows = 8192;
static constexpr int warmUps = 3, timedRuns = 20;
static constexpr unsigned readThreads = 512;

/// Eight loads of 16 bytes are in flight per thread; nothing is written unless
/// all bits happen to cancel, and the compiler cannot know that they do not.
static const char *const readSource = R"(
extern "C" __global__ void gac_read(const uint4 *values, uint4 *unlikely,
                                    long long count) {
  uint4 sum = make_uint4(1, 2, 3, 4);
  long long step = (long long)gridDim.x * blockDim.x;
  long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  for (; i + 7 * step < count; i += 8 * step) {
    uint4 loaded[8];
#pragma unroll
    for (int k = 0; k < 8; ++k)
      loaded[k] = __ldcs(values + i + k * step);
#pragma unroll
    for (int k = 0; k < 8; ++k) {
      sum.x ^= loaded[k].x;
      sum.y ^= loaded[k].y;
      sum.z ^= loaded[k].z;
      sum.w ^= loaded[k].w;
    }
  }
  if (sum.x == 0x9e3779b9 && sum.y == 0x7f4a7c15 && sum.z == 0xf39cc060 &&
      sum.w == 0x5cedc834)
    *unlikely = sum;
}
)";

/// Microseconds of the fastest run of what `issue` puts into the stream.
static Result<double> timeBest(const DriverTable &driver, Stream stream,
                               const std::function<Status()> &issue) {
  for (int i = 0; i < warmUps; ++i)
    if (Status status = issue())
      return status;
  Timer timer(driver, stream);
  if (Status status = timer.mark())
    return status;
  for (int i = 0; i < timedRuns; ++i) {
    if (Status status = issue())
      return status;
    if (Status status = timer.mark())
      return status;
  }
  Result<std::vector<double>> times = timer.read();
  if (!times)
    return times.getStatus();
  double best = *std::min_element(times->begin(), times->end());
  if (best <= 0)
    return Status(ErrorCode::Cuda, "the device's clock stands still: a "
                                   "measurement took 0 us");
  return best;
}

static Status measureMemory(const std::shared_ptr<DeviceContext> &context,
                            const DeviceInfo &info, Stream stream,
                            const std::string &cacheFolder, int64_t available,
                            DeviceCeilings &ceilings) {
  const DriverTable &driver = context->getDriver();
  ceilings.bytes = std::min(mostBytes, available / 4 / mebibyte * mebibyte);
  int64_t bytes = ceilings.bytes;
  Result<DeviceMemory> from = DeviceMemory::allocate(context, bytes);
  Result<DeviceMemory> to = DeviceMemory::allocate(context, bytes);
  for (const Result<DeviceMemory> *memory : {&from, &to})
    if (!*memory)
      return memory->getStatus();
  if (Status status =
          fillRandomly(driver, stream, from->get(), bytes, ceilings.type))
    return status;
  Result<double> copied = timeBest(driver, stream, [&]() -> Status {
    GAC_CUDA(driver, copyOnDevice, to->get(), from->get(), bytes, stream);
    return {};
  });
  if (!copied)
    return copied.getStatus();
  ceilings.copyBytes = 2e6 * static_cast<double>(bytes) / *copied;

  Result<std::unique_ptr<KernelModule>> module = KernelModule::compile(
      readSource, "the kernel that measures reads", context, cacheFolder);
  if (!module) {
    ceilings.notes.push_back("reads were not measured: " +
                             module.getStatus().getMessage());
    return {};
  }
  Result<Function> function = (*module)->getFunction("gac_read", 0);
  if (!function)
    return function.getStatus();
  unsigned blocks = std::max(1, info.multiprocessors) * 4;
  // What the loop reads: whole strides of eight.
  int64_t stride = int64_t(8) * blocks * readThreads;
  int64_t count = bytes / 16 / stride * stride;
  if (count == 0) {
    ceilings.notes.emplace_back("reads were not measured: too little memory");
    return {};
  }
  DevicePointer source = from->get(), target = to->get();
  void *arguments[] = {&source, &target, &count};
  Result<double> read = timeBest(driver, stream, [&]() -> Status {
    GAC_CUDA(driver, launch, *function, blocks, 1, 1, readThreads, 1, 1, 0,
             stream, arguments, nullptr);
    return {};
  });
  if (!read)
    return read.getStatus();
  ceilings.readBytes = 16e6 * static_cast<double>(count) / *read;
  return {};
}

static Status measureProduct(const std::shared_ptr<DeviceContext> &context,
                             Stream stream, const std::string &cacheFolder,
                             int64_t available, DeviceCeilings &ceilings) {
  Result<std::shared_ptr<GemmLibrary>> library =
      GemmLibrary::open(context, cacheFolder);
  if (!library) {
    ceilings.notes.push_back("matrix products were not measured: " +
                             library.getStatus().getMessage());
    return {};
  }
  const DriverTable &driver = context->getDriver();
  auto element = static_cast<int64_t>(getElementBytes(ceilings.type));
  auto workspace = static_cast<int64_t>(workspaceBytes);
  int64_t rows = mostRows;
  while (3 * rows * rows * element + workspace > available / 2)
    rows /= 2;
  int64_t bytes = rows * rows * element;
  Result<DeviceMemory> memory =
      DeviceMemory::allocate(context, 3 * bytes + workspace);
  if (!memory)
    return memory.getStatus();
  if (Status status =
          fillRandomly(driver, stream, memory->get(), 2 * bytes, ceilings.type))
    return status;
  GemmOp op;
  op.m = op.n = op.k = rows;
  op.a.ld = op.b.ld = op.d.ld = rows;
  // As most weights lie: the product's fastest form on every GPU.
  op.b.trans = true;
  GemmPointers pointers = {};
  pointers.a = memory->get();
  pointers.b = pointers.a + bytes;
  pointers.c = pointers.d = pointers.b + bytes;
  pointers.workspace = pointers.d + bytes;
  Result<std::unique_ptr<Gemm>> gemm =
      Gemm::create(*library, op, ceilings.type, pointers, stream);
  if (!gemm)
    return gemm.getStatus();
  Result<double> time =
      timeBest(driver, stream, [&] { return (*gemm)->issue(stream); });
  if (!time)
    return time.getStatus();
  auto size = static_cast<double>(rows);
  ceilings.rows = rows;
  ceilings.flops = 2e6 * size * size * size / *time;
  return {};
}

Result<DeviceCeilings>
Device::measureCeilings(DType type,
                        const std::optional<std::string> &cacheFolder) const {
  Result<int64_t> available = getFreeBytes();
  if (!available)
    return available.getStatus();
  if (*available < 4 * leastBytes)
    return Status(ErrorCode::Memory,
                  "measuring what the device can do needs " +
                      std::to_string(4 * leastBytes / mebibyte) +
                      " MiB of free device memory and " + info->name + " has " +
                      std::to_string(*available / mebibyte));
  if (!isFloat(type))
    return Status(ErrorCode::Invalid, "matrix products are of bf16, f16 or "
                                      "f32, not of " +
                                          std::string(getName(type)));
  std::string folder = cacheFolder ? *cacheFolder : getDefaultCacheFolder();
  OwnStream stream(context->getDriver());
  if (Status status = stream.create())
    return status;
  DeviceCeilings ceilings;
  ceilings.type = type;
  if (Status status = measureMemory(context, *info, stream.get(), folder,
                                    *available, ceilings))
    return status;
  if (Status status =
          measureProduct(context, stream.get(), folder, *available, ceilings))
    return status;
  return ceilings;
}
