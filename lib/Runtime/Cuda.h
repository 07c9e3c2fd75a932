//===- Cuda.h - What the runtime calls of CUDA ------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Declared here, so that building needs no CUDA toolkit. Names and values are
// those of the CUDA driver API, NVRTC and cuBLASLt references (CUDA 11.8 to
// 13); all of them are stable parts of the binary interfaces.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_CUDA_H
#define GAC_LIB_RUNTIME_CUDA_H

#include <cstddef>
#include <cstdint>

namespace gac::runtime::cuda {

using DeviceId = int;
using DevicePointer = unsigned long long;
using Context = struct ContextTag *;
using Module = struct ModuleTag *;
using Function = struct FunctionTag *;
using Stream = struct StreamTag *;
using Event = struct EventTag *;
using Graph = struct GraphTag *;
using GraphExec = struct GraphExecTag *;

constexpr int attributeMajor = 75, attributeMinor = 76;
constexpr int attributeMaxSharedOptin = 97;
constexpr int attributeProcessors = 16, attributeL2Bytes = 38;
constexpr int attributeClock = 13, attributeMemoryClock = 36;
constexpr int attributeBusWidth = 37;
constexpr int functionMaxDynamicShared = 8;
constexpr int functionSharedCarveout = 9; ///< Percent.
constexpr int functionClusterHeight = 12; ///< Blocks of a cluster in y.
constexpr int functionAnyCluster = 14;    ///< Of more than eight blocks.
constexpr unsigned streamNonBlocking = 1;
constexpr int captureThreadLocal = 1;
constexpr int errorOutOfMemory = 2;

/// An attribute of a launch: CUlaunchAttribute, of 72 bytes.
struct LaunchAttribute {
  int id;
  int padding = 0;
  int value;
  char rest[60] = {};
};
static_assert(sizeof(LaunchAttribute) == 72);
/// The launch may start before the one before it in the stream has ended.
constexpr int attributeOverlap = 6;

/// CUlaunchConfig.
struct LaunchConfig {
  unsigned grid[3], block[3];
  unsigned sharedBytes;
  Stream stream;
  LaunchAttribute *attributes;
  unsigned numAttributes;
};

/// X(member, symbol, parameters...): functions that return a CUresult.
#define GAC_CUDA_FUNCTIONS(X)                                                  \
  X(init, cuInit, unsigned)                                                    \
  X(getErrorString, cuGetErrorString, int, const char **)                      \
  X(driverGetVersion, cuDriverGetVersion, int *)                               \
  X(deviceGetCount, cuDeviceGetCount, int *)                                   \
  X(deviceGet, cuDeviceGet, DeviceId *, int)                                   \
  X(deviceGetName, cuDeviceGetName, char *, int, DeviceId)                     \
  X(deviceGetAttribute, cuDeviceGetAttribute, int *, int, DeviceId)            \
  X(deviceTotalMem, cuDeviceTotalMem_v2, size_t *, DeviceId)                   \
  X(deviceGetBusId, cuDeviceGetPCIBusId, char *, int, DeviceId)                \
  X(primaryRetain, cuDevicePrimaryCtxRetain, Context *, DeviceId)              \
  X(primaryRelease, cuDevicePrimaryCtxRelease_v2, DeviceId)                    \
  X(setCurrent, cuCtxSetCurrent, Context)                                      \
  X(memGetInfo, cuMemGetInfo_v2, size_t *, size_t *)                           \
  X(memAlloc, cuMemAlloc_v2, DevicePointer *, size_t)                          \
  X(memFree, cuMemFree_v2, DevicePointer)                                      \
  X(memset8, cuMemsetD8Async, DevicePointer, unsigned char, size_t, Stream)    \
  X(copyToDevice, cuMemcpyHtoDAsync_v2, DevicePointer, const void *, size_t,   \
    Stream)                                                                    \
  X(copyToHost, cuMemcpyDtoHAsync_v2, void *, DevicePointer, size_t, Stream)   \
  X(copyOnDevice, cuMemcpyDtoDAsync_v2, DevicePointer, DevicePointer, size_t,  \
    Stream)                                                                    \
  X(moduleLoad, cuModuleLoadData, Module *, const void *)                      \
  X(moduleUnload, cuModuleUnload, Module)                                      \
  X(moduleGetFunction, cuModuleGetFunction, Function *, Module, const char *)  \
  X(functionGet, cuFuncGetAttribute, int *, int, Function)                     \
  X(functionSet, cuFuncSetAttribute, Function, int, int)                       \
  X(launch, cuLaunchKernel, Function, unsigned, unsigned, unsigned, unsigned,  \
    unsigned, unsigned, unsigned, Stream, void **, void **)                    \
  X(launchBy, cuLaunchKernelEx, const LaunchConfig *, Function, void **,       \
    void **)                                                                   \
  X(streamCreate, cuStreamCreate, Stream *, unsigned)                          \
  X(streamDestroy, cuStreamDestroy_v2, Stream)                                 \
  X(launchHostFunction, cuLaunchHostFunc, Stream, void (*)(void *), void *)    \
  X(streamSynchronize, cuStreamSynchronize, Stream)                            \
  X(beginCapture, cuStreamBeginCapture_v2, Stream, int)                        \
  X(endCapture, cuStreamEndCapture, Stream, Graph *)                           \
  X(graphInstantiate, cuGraphInstantiateWithFlags, GraphExec *, Graph,         \
    unsigned long long)                                                        \
  X(graphLaunch, cuGraphLaunch, GraphExec, Stream)                             \
  X(graphExecDestroy, cuGraphExecDestroy, GraphExec)                           \
  X(graphDestroy, cuGraphDestroy, Graph)                                       \
  X(eventCreate, cuEventCreate, Event *, unsigned)                             \
  X(eventDestroy, cuEventDestroy_v2, Event)                                    \
  X(eventRecord, cuEventRecord, Event, Stream)                                 \
  X(eventSynchronize, cuEventSynchronize, Event)                               \
  X(eventElapsedTime, cuEventElapsedTime, float *, Event, Event)

using Program = struct ProgramTag *;

/// Functions that return an nvrtcResult.
#define GAC_NVRTC_FUNCTIONS(X)                                                 \
  X(createProgram, nvrtcCreateProgram, Program *, const char *, const char *,  \
    int, const char *const *, const char *const *)                             \
  X(destroyProgram, nvrtcDestroyProgram, Program *)                            \
  X(compileProgram, nvrtcCompileProgram, Program, int, const char *const *)    \
  X(getCubinSize, nvrtcGetCUBINSize, Program, size_t *)                        \
  X(getCubin, nvrtcGetCUBIN, Program, char *)                                  \
  X(getLogSize, nvrtcGetProgramLogSize, Program, size_t *)                     \
  X(getLog, nvrtcGetProgramLog, Program, char *)                               \
  X(getVersion, nvrtcVersion, int *, int *)

using LtHandle = struct LtHandleTag *;
using LtDesc = struct LtDescTag *;
using LtLayout = struct LtLayoutTag *;
using LtPreference = struct LtPreferenceTag *;

struct LtAlgo {
  uint64_t data[8];
};
struct LtHeuristic {
  LtAlgo algo;
  size_t workspaceBytes;
  int state;
  float waves;
  int reserved[4];
};

constexpr int type32F = 0, type16F = 2, type16BF = 14;
constexpr int compute32F = 68;
constexpr int descTransA = 3, descTransB = 4, descEpilogue = 7, descBias = 8;
constexpr int layoutBatchCount = 5, layoutBatchStride = 6;
constexpr int preferenceWorkspace = 1, preferenceAlignmentA = 5;
constexpr uint32_t epilogueDefault = 1, epilogueBias = 4, epilogueGelu = 32;

/// Functions that return a cublasStatus_t.
#define GAC_CUBLASLT_FUNCTIONS(X)                                              \
  X(create, cublasLtCreate, LtHandle *)                                        \
  X(destroy, cublasLtDestroy, LtHandle)                                        \
  X(descCreate, cublasLtMatmulDescCreate, LtDesc *, int, int)                  \
  X(descDestroy, cublasLtMatmulDescDestroy, LtDesc)                            \
  X(descSet, cublasLtMatmulDescSetAttribute, LtDesc, int, const void *,        \
    size_t)                                                                    \
  X(layoutCreate, cublasLtMatrixLayoutCreate, LtLayout *, int, uint64_t,       \
    uint64_t, int64_t)                                                         \
  X(layoutDestroy, cublasLtMatrixLayoutDestroy, LtLayout)                      \
  X(layoutSet, cublasLtMatrixLayoutSetAttribute, LtLayout, int, const void *,  \
    size_t)                                                                    \
  X(preferenceCreate, cublasLtMatmulPreferenceCreate, LtPreference *)          \
  X(preferenceDestroy, cublasLtMatmulPreferenceDestroy, LtPreference)          \
  X(preferenceSet, cublasLtMatmulPreferenceSetAttribute, LtPreference, int,    \
    const void *, size_t)                                                      \
  X(heuristic, cublasLtMatmulAlgoGetHeuristic, LtHandle, LtDesc, LtLayout,     \
    LtLayout, LtLayout, LtLayout, LtPreference, int, LtHeuristic *, int *)     \
  X(algoCheck, cublasLtMatmulAlgoCheck, LtHandle, LtDesc, LtLayout, LtLayout,  \
    LtLayout, LtLayout, const LtAlgo *, LtHeuristic *)                         \
  X(matmul, cublasLtMatmul, LtHandle, LtDesc, const void *, DevicePointer,     \
    LtLayout, DevicePointer, LtLayout, const void *, DevicePointer, LtLayout,  \
    DevicePointer, LtLayout, const LtAlgo *, DevicePointer, size_t, Stream)

using NvmlDevice = struct NvmlDeviceTag *;

constexpr int nvmlClockSM = 1, nvmlClockMemory = 2;
constexpr int nvmlTemperatureGPU = 0;

/// Functions of libnvidia-ml that return an nvmlReturn_t.
#define GAC_NVML_FUNCTIONS(X)                                                  \
  X(init, nvmlInit_v2)                                                         \
  X(driverVersion, nvmlSystemGetDriverVersion, char *, unsigned)               \
  X(findDevice, nvmlDeviceGetHandleByPciBusId_v2, const char *, NvmlDevice *)  \
  X(getClock, nvmlDeviceGetClockInfo, NvmlDevice, int, unsigned *)             \
  X(getPower, nvmlDeviceGetPowerUsage, NvmlDevice, unsigned *)                 \
  X(getTemperature, nvmlDeviceGetTemperature, NvmlDevice, int, unsigned *)

/// A member of the tables below.
#define GAC_DECLARE_FUNCTION(member, symbol, ...)                              \
  int (*member)(__VA_ARGS__) = nullptr;

/// A member's symbol, for messages.
#define GAC_NAME_FUNCTION(member, symbol, ...)                                 \
  static constexpr const char *member = #symbol;

struct DriverTable {
  GAC_CUDA_FUNCTIONS(GAC_DECLARE_FUNCTION)
};
struct DriverSymbols {
  GAC_CUDA_FUNCTIONS(GAC_NAME_FUNCTION)
};
struct NvrtcTable {
  GAC_NVRTC_FUNCTIONS(GAC_DECLARE_FUNCTION)
};
struct NvmlTable {
  GAC_NVML_FUNCTIONS(GAC_DECLARE_FUNCTION)
};
struct BlasLtTable {
  GAC_CUBLASLT_FUNCTIONS(GAC_DECLARE_FUNCTION)
  /// Returns the version itself.
  size_t (*getVersion)() = nullptr;
};

} // namespace gac::runtime::cuda

#endif // GAC_LIB_RUNTIME_CUDA_H
