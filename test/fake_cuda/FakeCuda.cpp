//===- FakeCuda.cpp - A GPU that computes nothing ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stands for the driver, NVRTC, cuBLASLt and NVML, so that what tools do on a
// GPU can be tested without one. Memory is only counted, what is filled or
// copied has to lie in it, and its clock runs by rules that a test can
// calculate with:
//
// - a kernel takes 1 us for each block, a product 1 us for each 1e6 FLOP, a
//   copy on the device 1 us for each 1e6 bytes read and written;
// - what is not in a graph takes 2 us besides, to be launched, also where the
//   stream is held back;
// - gac_read, which measures reads, takes 1 us for each 2e6 bytes.
//
// GAC_FAKE_DEVICES (1) says how many devices there are, GAC_FAKE_MEMORY_MIB
// (1024) what each has; GAC_FAKE_LOG names a file that gets a line with the
// microseconds of each graph that is launched, and GAC_FAKE_GRAPH_MIB (0) says
// what memory each takes. With GAC_FAKE_BLOCKING=1 every
// launch waits for its end, as CUDA_LAUNCH_BLOCKING has it.
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Cuda.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace gac::runtime::cuda;

namespace gac::runtime::cuda {
struct StreamTag {
  double now = 0;
  /// What the host has to do before the stream is done.
  std::vector<std::pair<void (*)(void *), void *>> hostFunctions;
  /// Set while the stream is captured.
  GraphTag *graph = nullptr;
};
struct GraphTag {
  double duration = 0;
};
struct GraphExecTag {
  double duration = 0;
};
struct EventTag {
  double time = 0;
};
struct FunctionTag {
  std::string name;
};
struct ModuleTag {
  std::map<std::string, FunctionTag> functions;
};
struct LtLayoutTag {
  uint64_t rows = 0, columns = 0;
  int32_t batch = 1;
};
} // namespace gac::runtime::cuda

// C's names.
// NOLINTBEGIN(readability-identifier-naming)
#define GAC_DECLARE_SYMBOL(member, symbol, ...) int symbol(__VA_ARGS__);
extern "C" {
GAC_CUDA_FUNCTIONS(GAC_DECLARE_SYMBOL)
GAC_NVRTC_FUNCTIONS(GAC_DECLARE_SYMBOL)
GAC_CUBLASLT_FUNCTIONS(GAC_DECLARE_SYMBOL)
GAC_NVML_FUNCTIONS(GAC_DECLARE_SYMBOL)
size_t cublasLtGetVersion();
}

static constexpr int invalidValue = 1, outOfMemory = 2;
static constexpr double launchUs = 2;

static int getNumber(const char *variable, int otherwise) {
  const char *text = std::getenv(variable);
  return text ? static_cast<int>(std::strtol(text, nullptr, 10)) : otherwise;
}

static size_t getTotalBytes() {
  return static_cast<size_t>(getNumber("GAC_FAKE_MEMORY_MIB", 1024)) << 20;
}

static size_t getGraphBytes() {
  return static_cast<size_t>(getNumber("GAC_FAKE_GRAPH_MIB", 0)) << 20;
}

static std::map<DevicePointer, size_t> allocated;
static size_t allocatedBytes = 0;
static StreamTag defaultStream;

/// Whether the bytes lie in one allocation.
static bool isAllocated(DevicePointer pointer, size_t bytes) {
  auto it = allocated.upper_bound(pointer);
  if (it == allocated.begin())
    return false;
  size_t offset = pointer - (--it)->first;
  return offset <= it->second && bytes <= it->second - offset;
}

static StreamTag &getStream(Stream stream) {
  return stream ? *stream : defaultStream;
}

/// Puts work into a stream, or into the graph that it is captured for.
static int spend(Stream stream, double microseconds) {
  StreamTag &target = getStream(stream);
  if (target.graph)
    target.graph->duration += microseconds;
  else
    target.now += launchUs + microseconds;
  return 0;
}

template <typename T> static int destroy(T *object) {
  delete object;
  return 0;
}

//===----------------------------------------------------------------------===//
// Driver
//===----------------------------------------------------------------------===//

int cuInit(unsigned) { return 0; }

int cuGetErrorString(int error, const char **text) {
  *text = error == outOfMemory ? "out of memory" : "invalid argument";
  return 0;
}

int cuDriverGetVersion(int *version) {
  *version = 13010;
  return 0;
}

int cuDeviceGetCount(int *count) {
  *count = getNumber("GAC_FAKE_DEVICES", 1);
  return 0;
}

int cuDeviceGet(DeviceId *device, int ordinal) {
  *device = ordinal;
  return 0;
}

int cuDeviceGetName(char *name, int size, DeviceId) {
  std::snprintf(name, static_cast<size_t>(size), "Fake GPU");
  return 0;
}

int cuDeviceGetAttribute(int *value, int attribute, DeviceId) {
  switch (attribute) {
  case attributeMajor:
    *value = 9;
    return 0;
  case attributeMinor:
    *value = 0;
    return 0;
  case attributeMaxSharedOptin:
    *value = 232448;
    return 0;
  case attributeProcessors:
    *value = 4;
    return 0;
  case attributeL2Bytes:
    *value = 1 << 20;
    return 0;
  default:
    return invalidValue;
  }
}

int cuDeviceTotalMem_v2(size_t *bytes, DeviceId) {
  *bytes = getTotalBytes();
  return 0;
}

int cuDeviceGetPCIBusId(char *id, int size, DeviceId device) {
  std::snprintf(id, static_cast<size_t>(size), "0000:0%d:00.0", device);
  return 0;
}

int cuDevicePrimaryCtxRetain(Context *context, DeviceId) {
  static int some;
  *context = reinterpret_cast<Context>(&some);
  return 0;
}

int cuDevicePrimaryCtxRelease_v2(DeviceId) { return 0; }
int cuCtxSetCurrent(Context) { return 0; }

int cuMemGetInfo_v2(size_t *available, size_t *total) {
  *total = getTotalBytes();
  *available = *total - allocatedBytes;
  return 0;
}

int cuMemAlloc_v2(DevicePointer *pointer, size_t bytes) {
  if (bytes > getTotalBytes() - allocatedBytes)
    return outOfMemory;
  // As far apart and aligned as the driver's.
  static DevicePointer next = DevicePointer(1) << 32;
  *pointer = next;
  next += (bytes + 511) / 512 * 512;
  allocated[*pointer] = bytes;
  allocatedBytes += bytes;
  return 0;
}

int cuMemFree_v2(DevicePointer pointer) {
  auto it = allocated.find(pointer);
  if (it == allocated.end())
    return invalidValue;
  allocatedBytes -= it->second;
  allocated.erase(it);
  return 0;
}

int cuMemsetD8Async(DevicePointer to, unsigned char, size_t bytes, Stream) {
  return isAllocated(to, bytes) ? 0 : invalidValue;
}

int cuMemcpyHtoDAsync_v2(DevicePointer to, const void *, size_t bytes, Stream) {
  return isAllocated(to, bytes) ? 0 : invalidValue;
}

int cuMemcpyDtoHAsync_v2(void *to, DevicePointer from, size_t bytes, Stream) {
  if (!isAllocated(from, bytes))
    return invalidValue;
  std::memset(to, 0, bytes);
  return 0;
}

int cuMemcpyDtoDAsync_v2(DevicePointer to, DevicePointer from, size_t bytes,
                         Stream stream) {
  if (!isAllocated(to, bytes) || !isAllocated(from, bytes))
    return invalidValue;
  return spend(stream, 2e-6 * static_cast<double>(bytes));
}

int cuModuleLoadData(Module *module, const void *) {
  *module = new ModuleTag();
  return 0;
}

int cuModuleUnload(Module module) { return destroy(module); }

int cuModuleGetFunction(Function *function, Module module, const char *name) {
  *function = &module->functions[name];
  (*function)->name = name;
  return 0;
}

int cuFuncGetAttribute(int *value, int, Function) {
  *value = 0;
  return 0;
}

int cuFuncSetAttribute(Function, int, int) { return 0; }

int cuLaunchKernel(Function function, unsigned x, unsigned y, unsigned z,
                   unsigned, unsigned, unsigned, unsigned, Stream stream,
                   void **arguments, void **) {
  if (function->name == "gac_read") {
    int64_t count = 0;
    std::memcpy(&count, arguments[2], sizeof(count));
    return spend(stream, 16 * static_cast<double>(count) / 2e6 - launchUs);
  }
  return spend(stream, static_cast<double>(x) * y * z);
}

int cuLaunchKernelEx(const LaunchConfig *config, Function function,
                     void **arguments, void **extra) {
  const unsigned (&grid)[3] = config->grid, (&block)[3] = config->block;
  return cuLaunchKernel(function, grid[0], grid[1], grid[2], block[0], block[1],
                        block[2], config->sharedBytes, config->stream,
                        arguments, extra);
}

int cuStreamCreate(Stream *stream, unsigned) {
  *stream = new StreamTag();
  return 0;
}

int cuStreamDestroy_v2(Stream stream) { return destroy(stream); }
int cuLaunchHostFunc(Stream stream, void (*function)(void *), void *object) {
  if (getNumber("GAC_FAKE_BLOCKING", 0))
    function(object);
  else
    getStream(stream).hostFunctions.emplace_back(function, object);
  return 0;
}

int cuStreamSynchronize(Stream stream) {
  for (auto [function, object] :
       std::exchange(getStream(stream).hostFunctions, {}))
    function(object);
  return 0;
}

int cuStreamBeginCapture_v2(Stream stream, int) {
  getStream(stream).graph = new GraphTag();
  return 0;
}

int cuStreamEndCapture(Stream stream, Graph *graph) {
  *graph = getStream(stream).graph;
  getStream(stream).graph = nullptr;
  return *graph ? 0 : invalidValue;
}

int cuGraphInstantiateWithFlags(GraphExec *exec, Graph graph,
                                unsigned long long) {
  *exec = new GraphExecTag{graph->duration};
  allocatedBytes += getGraphBytes();
  return 0;
}

int cuGraphLaunch(GraphExec exec, Stream stream) {
  getStream(stream).now += exec->duration;
  if (const char *path = std::getenv("GAC_FAKE_LOG"))
    if (FILE *file = std::fopen(path, "a")) {
      std::fprintf(file, "%.3f\n", exec->duration);
      std::fclose(file);
    }
  return 0;
}

int cuGraphExecDestroy(GraphExec exec) {
  allocatedBytes -= getGraphBytes();
  return destroy(exec);
}

int cuGraphDestroy(Graph graph) { return destroy(graph); }

int cuEventCreate(Event *event, unsigned) {
  *event = new EventTag();
  return 0;
}

int cuEventDestroy_v2(Event event) { return destroy(event); }

int cuEventRecord(Event event, Stream stream) {
  event->time = getStream(stream).now;
  return 0;
}

int cuEventSynchronize(Event) { return 0; }

int cuEventElapsedTime(float *milliseconds, Event from, Event to) {
  *milliseconds = static_cast<float>((to->time - from->time) / 1000);
  return 0;
}

//===----------------------------------------------------------------------===//
// NVRTC
//===----------------------------------------------------------------------===//

int nvrtcCreateProgram(Program *program, const char *, const char *, int,
                       const char *const *, const char *const *) {
  static int some;
  *program = reinterpret_cast<Program>(&some);
  return 0;
}

int nvrtcDestroyProgram(Program *) { return 0; }
int nvrtcCompileProgram(Program, int, const char *const *) { return 0; }

int nvrtcGetCUBINSize(Program, size_t *size) {
  *size = 1;
  return 0;
}

int nvrtcGetCUBIN(Program, char *code) {
  *code = 0;
  return 0;
}

int nvrtcGetProgramLogSize(Program, size_t *size) {
  *size = 0;
  return 0;
}

int nvrtcGetProgramLog(Program, char *) { return 0; }

int nvrtcVersion(int *major, int *minor) {
  *major = 13;
  *minor = 1;
  return 0;
}

//===----------------------------------------------------------------------===//
// cuBLASLt
//===----------------------------------------------------------------------===//

size_t cublasLtGetVersion() { return 130100; }

int cublasLtCreate(LtHandle *handle) {
  static int some;
  *handle = reinterpret_cast<LtHandle>(&some);
  return 0;
}

int cublasLtDestroy(LtHandle) { return 0; }

int cublasLtMatmulDescCreate(LtDesc *desc, int, int) {
  static int some;
  *desc = reinterpret_cast<LtDesc>(&some);
  return 0;
}

int cublasLtMatmulDescDestroy(LtDesc) { return 0; }

int cublasLtMatmulDescSetAttribute(LtDesc, int, const void *, size_t) {
  return 0;
}

int cublasLtMatrixLayoutCreate(LtLayout *layout, int, uint64_t rows,
                               uint64_t columns, int64_t) {
  *layout = new LtLayoutTag{rows, columns, 1};
  return 0;
}

int cublasLtMatrixLayoutDestroy(LtLayout layout) { return destroy(layout); }

int cublasLtMatrixLayoutSetAttribute(LtLayout layout, int attribute,
                                     const void *value, size_t size) {
  if (attribute == layoutBatchCount && size == sizeof(layout->batch))
    std::memcpy(&layout->batch, value, size);
  return 0;
}

int cublasLtMatmulPreferenceCreate(LtPreference *preference) {
  static int some;
  *preference = reinterpret_cast<LtPreference>(&some);
  return 0;
}

int cublasLtMatmulPreferenceDestroy(LtPreference) { return 0; }

int cublasLtMatmulPreferenceSetAttribute(LtPreference, int, const void *,
                                         size_t) {
  return 0;
}

int cublasLtMatmulAlgoGetHeuristic(LtHandle, LtDesc, LtLayout, LtLayout,
                                   LtLayout, LtLayout, LtPreference, int,
                                   LtHeuristic *results, int *count) {
  results[0] = {};
  *count = 1;
  return 0;
}

int cublasLtMatmulAlgoCheck(LtHandle, LtDesc, LtLayout, LtLayout, LtLayout,
                            LtLayout, const LtAlgo *, LtHeuristic *) {
  return 0;
}

int cublasLtMatmul(LtHandle, LtDesc, const void *, DevicePointer,
                   LtLayout layoutA, DevicePointer, LtLayout, const void *,
                   DevicePointer, LtLayout, DevicePointer, LtLayout layoutD,
                   const LtAlgo *, DevicePointer, size_t, Stream stream) {
  // A has as many elements as D has rows, times k.
  auto elements = static_cast<double>(layoutA->rows * layoutA->columns);
  return spend(stream, 2e-6 * elements * static_cast<double>(layoutD->columns) *
                           layoutD->batch);
}

//===----------------------------------------------------------------------===//
// NVML
//===----------------------------------------------------------------------===//

int nvmlInit_v2() { return 0; }

int nvmlSystemGetDriverVersion(char *version, unsigned size) {
  std::snprintf(version, size, "590.1");
  return 0;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char *, NvmlDevice *device) {
  static int some;
  *device = reinterpret_cast<NvmlDevice>(&some);
  return 0;
}

int nvmlDeviceGetClockInfo(NvmlDevice, int clock, unsigned *megahertz) {
  *megahertz = clock == nvmlClockSM ? 1980 : 3201;
  return 0;
}

int nvmlDeviceGetPowerUsage(NvmlDevice, unsigned *milliwatts) {
  *milliwatts = 123500;
  return 0;
}

int nvmlDeviceGetTemperature(NvmlDevice, int, unsigned *celsius) {
  *celsius = 40;
  return 0;
}
// NOLINTEND(readability-identifier-naming)
