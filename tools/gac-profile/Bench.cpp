//===- Bench.cpp - Measuring points on a device ---------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench.h"

#include "CacheFolder.h"
#include "Launch.h"
#include "RandomFill.h"
#include "gac/Runtime/Device.h"

#include <algorithm>
#include <array>
#include <cmath>

using namespace gac::profile;
using namespace gac::runtime;
using namespace gac::runtime::cuda;

static constexpr int64_t gibibyte = int64_t(1) << 30;
/// Of operands, and of results. Both hold many sets of all but the largest
/// operands, so that none stays in the cache until its next turn.
static constexpr int64_t mostInputBytes = 6 * gibibyte;
static constexpr int64_t mostOutputBytes = 2 * gibibyte;
static constexpr int64_t leastBytes = int64_t(256) << 20;
/// More sets than operations of a graph are never used.
static constexpr int64_t mostSlots = 512;
static constexpr int64_t alignment = 256;

static int64_t alignUp(int64_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

//===----------------------------------------------------------------------===//
// The device
//===----------------------------------------------------------------------===//

Bench::Bench(std::shared_ptr<DeviceContext> device)
    : device(std::move(device)), stream(this->device->getDriver()) {}

Bench::~Bench() {
  if (!device->activate())
    device->getDriver().streamSynchronize(stream.get());
}

Status Bench::allocate() {
  Result<size_t> available = device->getFreeBytes();
  if (!available)
    return available.getStatus();
  auto third = static_cast<int64_t>(*available) / 3 / alignment * alignment;
  if (third < leastBytes)
    return {ErrorCode::Memory,
            "a profile needs " + std::to_string(3 * leastBytes >> 20) +
                " MiB of free device memory and " + device->getName() +
                " has " + std::to_string(*available >> 20)};
  inputBytes = std::min(mostInputBytes, third);
  outputBytes = std::min(mostOutputBytes, third);
  for (auto [memory, bytes] :
       {std::pair(&inputs, inputBytes), std::pair(&outputs, outputBytes),
        std::pair(&workspace, 2 * static_cast<int64_t>(workspaceBytes))}) {
    Result<DeviceMemory> allocated = DeviceMemory::allocate(device, bytes);
    if (!allocated)
      return allocated.getStatus();
    *memory = std::move(*allocated);
  }
  // 16-bit values serve as float32 ones, too: whatever the low half is, their
  // sizes are those of the high one.
  return fillRandomly(device->getDriver(), stream.get(), inputs.get(),
                      inputBytes, DType::BF16);
}

Status Bench::prepare(int ordinal) {
  Result<Device> described = Device::open(ordinal);
  if (!described)
    return described.getStatus();
  const DeviceInfo &info = described->getInfo();
  environment.gpu = info.name;
  environment.capability = info.capability;
  environment.multiprocessors = info.multiprocessors;
  environment.l2Bytes = info.l2Bytes;
  environment.memoryBytes = info.totalBytes;
  environment.driver = info.driver;
  environment.cuda = info.cuda;
  environment.nvrtc = info.nvrtc;
  environment.cublasLt = info.cublasLt;
  environment.cudnn = info.cudnn;
  environment.version = GAC_VERSION;
  if (Status status = device->activate())
    return status;
  if (Status status = stream.create())
    return status;
  std::string folder = getDefaultCacheFolder();
  kernels = std::make_unique<Kernels>(device, folder, info.multiprocessors);
  stopwatch = std::make_unique<Stopwatch>(device, stream.get());
  // Algorithms are chosen afresh: what an earlier version of a program kept is
  // no measurement of this one.
  Result<std::shared_ptr<GemmLibrary>> gemm = GemmLibrary::open(device, "");
  if (!gemm)
    return gemm.getStatus();
  gemms = *gemm;
  // Attention can do without cuDNN, also where it does not start.
  for (auto [library, use] : {std::pair(&cudnn, CudnnUse::Auto),
                              std::pair(&cudnnAlone, CudnnUse::Always)})
    if (Result<std::shared_ptr<CudnnLibrary>> opened =
            CudnnLibrary::open(device, "", use))
      *library = *opened;
    else
      environment.cudnn = "";
  return allocate();
}

Result<std::unique_ptr<Bench>> Bench::open(int ordinal) {
  Result<std::shared_ptr<DeviceContext>> device = DeviceContext::open(ordinal);
  if (!device)
    return device.getStatus();
  std::unique_ptr<Bench> bench(new Bench(*device));
  if (Status status = bench->prepare(ordinal))
    return status;
  return bench;
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

Status Bench::launch(const LoadedProgram &program, size_t index,
                     const std::vector<uint64_t> &arguments) const {
  return launchKernel(*device, stream.get(), program.functions[index],
                      program.program.launches[index], arguments);
}

Status Bench::clear(const KernelProgram &program, DevicePointer at) {
  if (program.zeroBytes > 0)
    GAC_CUDA(device->getDriver(), memset8, at, 0,
             static_cast<size_t>(program.zeroBytes), stream.get());
  return {};
}

/// So many operands of these sizes fit.
static size_t countSlots(int64_t inBytes, int64_t inputBytes, int64_t outBytes,
                         int64_t outputBytes) {
  return static_cast<size_t>(
      std::min({mostSlots, inputBytes / inBytes, outputBytes / outBytes}));
}

static Sample makeSample(const Point &point, const Timing &timing,
                         std::string ran) {
  Sample sample;
  sample.point = point;
  sample.us = timing.us;
  sample.launches = timing.launches;
  sample.ran = std::move(ran);
  return sample;
}

/// A point's lack of a time. What a library does not do leaves the device well;
/// any other failure ends everything.
Result<Sample> Bench::refuse(const Point &point, const Status &status) {
  if (device->getDriver().streamSynchronize(stream.get()) != 0)
    return status;
  Sample sample;
  sample.point = point;
  sample.refusal = status.getMessage();
  return sample;
}

static Status makeRoomError(int64_t bytes, int64_t available) {
  return {ErrorCode::Unsupported,
          "its operands take " + std::to_string(bytes >> 20) +
              " MiB and there are " + std::to_string(available >> 20)};
}

Result<Sample> Bench::run(const Point &point, const LaunchPoint &) {
  Result<const LoadedProgram *> program = kernels->get(point);
  if (!program)
    return program.getStatus();
  Result<Timing> timing =
      stopwatch->time(1, [&](size_t) { return launch(**program, 0, {}); });
  if (!timing)
    return timing.getStatus();
  return makeSample(point, *timing, "kernel");
}

Result<Sample> Bench::run(const Point &point, const MemoryPoint &memory) {
  int64_t bytes = alignUp(memory.bytes);
  size_t slots =
      countSlots(bytes, inputBytes, memory.writes ? bytes : 16, outputBytes);
  if (slots == 0)
    return refuse(point,
                  makeRoomError(bytes, std::min(inputBytes, outputBytes)));
  Result<const LoadedProgram *> program = kernels->get(point);
  if (!program)
    return program.getStatus();
  auto count = static_cast<uint64_t>(memory.bytes / 16);
  Result<Timing> timing = stopwatch->time(slots, [&](size_t slot) {
    uint64_t to = memory.writes ? slot * bytes : 0;
    return launch(**program, 0,
                  {inputs.get() + slot * bytes, outputs.get() + to, count});
  });
  if (!timing)
    return timing.getStatus();
  return makeSample(point, *timing, "kernel");
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

Result<Timing> Bench::timeGemm(const ProductPoint &product, size_t slots,
                               int64_t inBytes, int64_t outBytes) {
  auto element = static_cast<int64_t>(getElementBytes(product.type));
  GemmOp op;
  op.m = product.m;
  op.n = product.n;
  op.k = product.k;
  op.a.ld = product.a.ld;
  op.b.ld = product.b.ld;
  op.b.trans = product.transposed;
  op.d.ld = product.d.ld;
  std::vector<std::unique_ptr<Gemm>> made(slots);
  return stopwatch->time(slots, [&](size_t slot) -> Status {
    std::unique_ptr<Gemm> &gemm = made[slot];
    if (!gemm) {
      GemmPointers pointers = {};
      DevicePointer start = inputs.get() + slot * inBytes;
      pointers.a = start + product.a.offset * element;
      pointers.b =
          start + alignUp(product.getBytesA()) + product.b.offset * element;
      pointers.d = outputs.get() + slot * outBytes + product.d.offset * element;
      pointers.c = pointers.d;
      pointers.workspace = workspace.get();
      Result<std::unique_ptr<Gemm>> created =
          Gemm::create(gemms, op, product.type, pointers, stream.get());
      if (!created)
        return created.getStatus();
      gemm = std::move(*created);
    }
    return gemm->issue(stream.get());
  });
}

Result<Sample> Bench::run(const Point &point, const ProductPoint &product) {
  Result<const LoadedProgram *> program = kernels->get(point);
  if (!program)
    return program.getStatus();
  if (*program)
    return runGemv(point, **program, {product});
  if (product.backend == Backend::Kernel)
    return refuse(point, {ErrorCode::Unsupported,
                          "no kernel of GAC's takes such a product"});
  int64_t inBytes = alignUp(product.getBytesA()) + alignUp(product.getBytesB());
  int64_t outBytes = alignUp(product.getBytesD());
  size_t slots = countSlots(inBytes, inputBytes, outBytes, outputBytes);
  if (slots == 0)
    return refuse(point, makeRoomError(inBytes + outBytes, inputBytes));
  Result<Timing> timing = timeGemm(product, slots, inBytes, outBytes);
  if (!timing)
    return refuse(point, timing.getStatus());
  return makeSample(point, *timing, "cublaslt");
}

Result<Sample> Bench::run(const Point &point, const GroupPoint &group) {
  Result<const LoadedProgram *> program = kernels->get(point);
  if (!program)
    return program.getStatus();
  if (!*program)
    return refuse(point, {ErrorCode::Unsupported,
                          "no kernel of GAC's takes such products"});
  std::vector<ProductPoint> products;
  for (size_t i = 0; i < group.sizes.size(); ++i)
    products.push_back(group.getProduct(i));
  return runGemv(point, **program, products);
}

Result<Sample> Bench::runGemv(const Point &point, const LoadedProgram &program,
                              const std::vector<ProductPoint> &products) {
  // Of each product the places of x, w and y within a slot.
  std::vector<std::array<int64_t, 3>> places;
  int64_t inBytes = 0, outBytes = 0;
  for (const ProductPoint &product : products) {
    auto element = static_cast<int64_t>(getElementBytes(product.type));
    int64_t weights = inBytes + alignUp(product.getBytesA());
    places.push_back({inBytes + product.a.offset * element,
                      weights + product.b.offset * element,
                      outBytes + product.d.offset * element});
    inBytes = weights + alignUp(product.getBytesB());
    outBytes += alignUp(product.getBytesD());
  }
  size_t slots = countSlots(inBytes, inputBytes, outBytes, outputBytes);
  if (slots == 0)
    return refuse(point, makeRoomError(inBytes + outBytes, inputBytes));
  const KernelProgram &kernel = program.program;
  if (kernel.workspaceBytes > 2 * static_cast<int64_t>(workspaceBytes))
    return refuse(point, makeRoomError(kernel.workspaceBytes,
                                       2 * int64_t(workspaceBytes)));
  if (Status status = clear(kernel, workspace.get()))
    return status;
  Result<Timing> timing = stopwatch->time(slots, [&](size_t slot) {
    DevicePointer in = inputs.get() + slot * inBytes;
    DevicePointer out = outputs.get() + slot * outBytes;
    std::vector<uint64_t> arguments;
    for (auto [x, w, y] : places)
      arguments.insert(arguments.end(), {in + x, in + w, out + y});
    arguments.push_back(workspace.get());
    return launch(program, 0, arguments);
  });
  if (!timing)
    return timing.getStatus();
  return makeSample(point, *timing, "gemv");
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

static AttentionOp makeOp(const AttentionPoint &point,
                          const LoadedProgram &program) {
  AttentionOp op;
  op.batch = point.batch;
  op.queryHeads = point.heads;
  op.keyHeads = point.keyHeads;
  op.queries = point.queries;
  op.keys = point.keys;
  op.keyWidth = op.valueWidth = point.width;
  op.scale = 1 / std::sqrt(static_cast<double>(point.width));
  op.causal = point.causal;
  int64_t row = point.heads * point.width;
  op.q.batchStride = point.queries * row;
  op.q.headStride = point.width;
  op.q.rowStride = row;
  op.o = op.q;
  op.k.batchStride = point.keyHeads * point.keys * point.width;
  op.k.headStride = point.keys * point.width;
  op.k.rowStride = point.width;
  op.v = op.k;
  op.fallback = program.program.launches[0];
  return op;
}

Result<Sample> Bench::run(const Point &point, const AttentionPoint &attention) {
  auto element = static_cast<int64_t>(getElementBytes(attention.type));
  int64_t queryBytes = alignUp(attention.batch * attention.heads *
                               attention.queries * attention.width * element);
  int64_t keyBytes = alignUp(attention.batch * attention.keyHeads *
                             attention.keys * attention.width * element);
  int64_t inBytes = queryBytes + 2 * keyBytes;
  size_t slots = countSlots(inBytes, inputBytes, queryBytes, outputBytes);
  if (slots == 0)
    return refuse(point, makeRoomError(inBytes + queryBytes, inputBytes));
  Result<const LoadedProgram *> program = kernels->get(point);
  if (!program)
    return program.getStatus();
  if (!*program)
    return refuse(point, {ErrorCode::Unsupported,
                          "no kernel of GAC's takes such an attention"});
  const KernelProgram &kernel = (*program)->program;
  DevicePointer scratch = workspace.get() + workspaceBytes;
  if (kernel.workspaceBytes > static_cast<int64_t>(workspaceBytes))
    return refuse(point, makeRoomError(kernel.workspaceBytes, workspaceBytes));
  if (Status status = clear(kernel, scratch))
    return status;
  auto getPointers = [&](size_t slot) {
    AttentionPointers pointers = {};
    pointers.q = inputs.get() + slot * inBytes;
    pointers.k = pointers.q + queryBytes;
    pointers.v = pointers.k + keyBytes;
    pointers.o = outputs.get() + slot * queryBytes;
    pointers.workspace = workspace.get();
    return pointers;
  };
  auto runKernel = [&](size_t slot) -> Status {
    AttentionPointers pointers = getPointers(slot);
    if (Status status =
            launch(**program, 0,
                   {pointers.q, pointers.k, pointers.v, pointers.o, scratch}))
      return status;
    return kernel.launches.size() == 1
               ? Status()
               : launch(**program, 1, {scratch, pointers.o});
  };
  CudnnLibrary *library = nullptr;
  if (!attention.isDecode() && attention.backend == Backend::Auto)
    library = cudnn.get();
  if (attention.backend == Backend::Library) {
    library = cudnnAlone.get();
    if (!library || attention.isDecode())
      return refuse(point, {ErrorCode::Unsupported,
                            library ? "packages have no decoding by cuDNN"
                                    : "cuDNN was not found"});
  }
  AttentionOp op = makeOp(attention, **program);
  std::vector<std::unique_ptr<CudnnAttention>> made(slots);
  bool usesKernel = library == nullptr;
  Result<Timing> timing = stopwatch->time(slots, [&](size_t slot) -> Status {
    if (!usesKernel && !made[slot]) {
      Result<std::unique_ptr<CudnnAttention>> chosen =
          library->choose(op, attention.type, getPointers(slot), stream.get(),
                          [&] { return runKernel(slot); });
      if (!chosen)
        return chosen.getStatus();
      made[slot] = std::move(*chosen);
      usesKernel = !made[slot];
    }
    return usesKernel ? runKernel(slot) : made[slot]->issue(stream.get());
  });
  if (!timing)
    return refuse(point, timing.getStatus());
  return makeSample(point, *timing, usesKernel ? "kernel" : "cudnn");
}

Result<Sample> Bench::measure(const Point &point) {
  return std::visit([&](const auto &what) { return run(point, what); },
                    point.what);
}
