//===- Driver.cpp - CUDA's libraries, loaded at run time --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

#include <cstdlib>
#include <dlfcn.h>
#include <unistd.h>

using namespace gac::runtime;
using namespace gac::runtime::cuda;

/// Folders of an installed toolkit, and of cuDNN's own packages.
static std::vector<std::string> getToolkitFolders() {
  std::vector<std::string> folders;
  for (const char *variable : {"CUDA_HOME", "CUDA_PATH", "CUDNN_PATH"})
    if (const char *folder = std::getenv(variable))
      folders.emplace_back(folder);
  folders.emplace_back("/usr/local/cuda");
  return folders;
}

/// Opens the first of the files that there is.
static void *openLibrary(const std::vector<std::string> &names) {
  std::vector<std::string> folders = {""};
  for (const std::string &folder : getToolkitFolders())
    for (const char *inside :
         {"/lib64/", "/lib/", "/targets/x86_64-linux/lib/"})
      folders.push_back(folder + inside);
  for (const std::string &folder : folders)
    for (const std::string &name : names)
      if (void *library = dlopen((folder + name).c_str(), RTLD_NOW))
        return library;
  return nullptr;
}

template <typename Function>
static bool resolve(void *library, const char *symbol, Function &function) {
  function = reinterpret_cast<Function>(dlsym(library, symbol));
  return function != nullptr;
}

#define GAC_RESOLVE_FUNCTION(member, symbol, ...)                              \
  if (!resolve(library, #symbol, table->member))                               \
    missing = #symbol;

/// What a load came to: a table, or why there is none.
template <typename Table> using Loaded = Result<const Table *>;

static Loaded<DriverTable> loadDriverOnce() {
  void *library = dlopen("libcuda.so.1", RTLD_NOW);
  if (!library)
    return Status(ErrorCode::Device,
                  "there is no NVIDIA driver on this machine: libcuda.so.1 was "
                  "not found");
  auto table = std::make_unique<DriverTable>();
  const char *missing = nullptr;
  GAC_CUDA_FUNCTIONS(GAC_RESOLVE_FUNCTION)
  if (missing)
    return Status(ErrorCode::Device,
                  std::string("the NVIDIA driver is too old: it has no ") +
                      missing + "; CUDA 11.8 or later is needed");
  if (int result = table->init(0)) {
    const char *reason = nullptr;
    table->getErrorString(result, &reason);
    return Status(ErrorCode::Device,
                  std::string("the NVIDIA driver does not start: ") +
                      (reason ? reason : "unknown error"));
  }
  return table.release();
}

static Loaded<NvrtcTable> loadNvrtcOnce() {
  std::vector<std::string> names = {"libnvrtc.so.13", "libnvrtc.so.12",
                                    "libnvrtc.so.11.2", "libnvrtc.so"};
  void *library = openLibrary(names);
  if (!library)
    return Status(ErrorCode::Device,
                  "CUDA's compiler libnvrtc.so was not found, in the loader's "
                  "folders nor in CUDA_HOME");
  auto table = std::make_unique<NvrtcTable>();
  const char *missing = nullptr;
  GAC_NVRTC_FUNCTIONS(GAC_RESOLVE_FUNCTION)
  if (missing)
    return Status(ErrorCode::Device,
                  std::string("libnvrtc.so is too old: it has no ") + missing);
  return table.release();
}

static Loaded<BlasLtTable> loadBlasLtOnce() {
  std::vector<std::string> names = {"libcublasLt.so.13", "libcublasLt.so.12",
                                    "libcublasLt.so.11", "libcublasLt.so"};
  void *library = openLibrary(names);
  if (!library)
    return Status(ErrorCode::Device,
                  "the matrix library libcublasLt.so was not found, in the "
                  "loader's folders nor in CUDA_HOME");
  auto table = std::make_unique<BlasLtTable>();
  const char *missing = nullptr;
  GAC_CUBLASLT_FUNCTIONS(GAC_RESOLVE_FUNCTION)
  if (!resolve(library, "cublasLtGetVersion", table->getVersion))
    missing = "cublasLtGetVersion";
  if (missing)
    return Status(ErrorCode::Device,
                  std::string("libcublasLt.so is too old: it has no ") +
                      missing);
  return table.release();
}

static Loaded<cudnn::Table> loadCudnnOnce() {
  // Earlier ones lack attention that sees more keys than queries, want another
  // number for minus infinity, or are wrong (9.10.0 and 9.10.1).
  constexpr size_t firstVersion = 91100;
  void *library = openLibrary({"libcudnn.so.9"});
  if (!library)
    return Status(ErrorCode::Device,
                  "the attention library libcudnn.so.9 was not found, in the "
                  "loader's folders nor in CUDA_HOME or CUDNN_PATH");
  auto table = std::make_unique<cudnn::Table>();
  const char *missing = nullptr;
  {
    using namespace gac::runtime::cudnn;
    GAC_CUDNN_FUNCTIONS(GAC_RESOLVE_FUNCTION)
  }
  if (!resolve(library, "cudnnGetVersion", table->getVersion))
    missing = "cudnnGetVersion";
  if (!resolve(library, "cudnnGetLastErrorString", table->getLastErrorString))
    missing = "cudnnGetLastErrorString";
  if (missing)
    return Status(ErrorCode::Device,
                  std::string("libcudnn.so.9 is too old: it has no ") +
                      missing);
  if (table->getVersion() < firstVersion)
    return Status(ErrorCode::Device,
                  "libcudnn.so.9 is of version " +
                      std::to_string(table->getVersion()) + ", and " +
                      std::to_string(firstVersion) + " or later is needed");
  return table.release();
}

static std::unique_ptr<NvmlTable> loadNvmlOnce() {
  void *library = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  if (!library)
    return nullptr;
  auto table = std::make_unique<NvmlTable>();
  const char *missing = nullptr;
  GAC_NVML_FUNCTIONS(GAC_RESOLVE_FUNCTION)
  if (missing || table->init() != 0)
    return nullptr;
  return table;
}

Result<const DriverTable *> gac::runtime::loadDriver() {
  static const Loaded<DriverTable> loaded = loadDriverOnce();
  return loaded;
}

Result<const NvrtcTable *> gac::runtime::loadNvrtc() {
  static const Loaded<NvrtcTable> loaded = loadNvrtcOnce();
  return loaded;
}

Result<const BlasLtTable *> gac::runtime::loadBlasLt() {
  static const Loaded<BlasLtTable> loaded = loadBlasLtOnce();
  return loaded;
}

Result<const cudnn::Table *> gac::runtime::loadCudnn() {
  static const Loaded<cudnn::Table> loaded = loadCudnnOnce();
  return loaded;
}

const NvmlTable *gac::runtime::loadNvml() {
  // Never freed, like the libraries.
  static const NvmlTable *const loaded = loadNvmlOnce().release();
  return loaded;
}

std::vector<std::string> gac::runtime::getToolkitIncludes() {
  std::vector<std::string> includes;
  for (const std::string &folder : getToolkitFolders())
    if (access((folder + "/include/cuda_bf16.h").c_str(), R_OK) == 0)
      includes.push_back(folder + "/include");
  return includes;
}

Status gac::runtime::makeCudaError(const char *symbol, int result) {
  const char *reason = nullptr;
  Result<const DriverTable *> driver = loadDriver();
  if (driver)
    (*driver)->getErrorString(result, &reason);
  return {ErrorCode::Cuda, std::string("CUDA failed at ") + symbol + ": " +
                               (reason ? std::string(reason)
                                       : "error " + std::to_string(result))};
}

Result<std::shared_ptr<DeviceContext>> DeviceContext::open(int ordinal) {
  Result<const DriverTable *> driver = loadDriver();
  if (!driver)
    return driver.getStatus();
  std::shared_ptr<DeviceContext> result(new DeviceContext());
  const DriverTable &table = **driver;
  result->driver = &table;
  int count = 0;
  GAC_CUDA(table, deviceGetCount, &count);
  if (ordinal < 0 || ordinal >= count)
    return Status(ErrorCode::Device,
                  count == 0 ? "the NVIDIA driver sees no device"
                             : "there is no device " + std::to_string(ordinal) +
                                   " among the " + std::to_string(count) +
                                   " that the NVIDIA driver sees");
  GAC_CUDA(table, deviceGet, &result->device, ordinal);
  char name[256] = {};
  GAC_CUDA(table, deviceGetName, name, sizeof(name) - 1, result->device);
  result->name = name;
  int major = 0, minor = 0;
  GAC_CUDA(table, deviceGetAttribute, &major, attributeMajor, result->device);
  GAC_CUDA(table, deviceGetAttribute, &minor, attributeMinor, result->device);
  GAC_CUDA(table, deviceGetAttribute, &result->maxSharedBytes,
           attributeMaxSharedOptin, result->device);
  GAC_CUDA(table, deviceGetAttribute, &result->cacheBytes, attributeL2Bytes,
           result->device);
  result->capability = major * 10 + minor;
  GAC_CUDA(table, primaryRetain, &result->context, result->device);
  if (Status status = result->activate())
    return status;
  return result;
}

DeviceContext::~DeviceContext() {
  if (context)
    driver->primaryRelease(device);
}

Status DeviceContext::activate() const {
  GAC_CUDA(*driver, setCurrent, context);
  return {};
}

Result<size_t> DeviceContext::getFreeBytes() const {
  size_t available = 0, total = 0;
  GAC_CUDA(*driver, memGetInfo, &available, &total);
  return available;
}

Result<DeviceMemory>
DeviceMemory::allocate(std::shared_ptr<DeviceContext> device, size_t bytes) {
  DeviceMemory memory;
  // An empty allocation is an error to CUDA and none to us.
  int result =
      device->getDriver().memAlloc(&memory.pointer, bytes ? bytes : size_t(1));
  if (result == errorOutOfMemory) {
    Result<size_t> available = device->getFreeBytes();
    if (!available)
      return available.getStatus();
    return Status(ErrorCode::Memory,
                  device->getName() + " has no room for " +
                      std::to_string(bytes) + " bytes in one piece, of " +
                      std::to_string(*available) + " that are free");
  }
  if (result != 0)
    return makeCudaError(DriverSymbols::memAlloc, result);
  memory.device = std::move(device);
  return memory;
}

DeviceMemory &DeviceMemory::operator=(DeviceMemory &&other) noexcept {
  std::swap(device, other.device);
  std::swap(pointer, other.pointer);
  return *this;
}

DeviceMemory::~DeviceMemory() {
  if (pointer && !device->activate())
    device->getDriver().memFree(pointer);
}
