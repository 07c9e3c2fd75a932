//===- KernelModule.cpp - A package's kernels, ready to launch --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelModule.h"

#include "CacheFolder.h"
#include "gac/Runtime/Synthetic.h"

#include <cstdlib>
#include <cstring>
#include <elf.h>

using namespace gac::runtime;
using namespace gac::runtime::cuda;

static constexpr size_t maxSourceBytes = size_t(256) << 20;

std::string gac::runtime::selectArch(const std::vector<std::string> &archs,
                                     int capability) {
  std::string best;
  int bestRank = -1;
  for (const std::string &arch : archs) {
    if (arch.substr(0, 3) != "sm_")
      continue;
    char *end = nullptr;
    long number = std::strtol(arch.c_str() + 3, &end, 10);
    bool specific = *end != '\0';
    bool runs = specific
                    ? number == capability
                    : number / 10 == capability / 10 && number <= capability;
    // Newer is closer; at the same number the specific one can do more.
    int rank = static_cast<int>(number) * 2 + specific;
    if (runs && rank > bestRank) {
      best = arch;
      bestRank = rank;
    }
  }
  return best;
}

/// NVRTC's messages, without the first lines' noise of an empty log.
static std::string getLog(const NvrtcTable &nvrtc, Program program) {
  size_t size = 0;
  if (nvrtc.getLogSize(program, &size) != 0 || size == 0)
    return "";
  std::string log(size, '\0');
  if (nvrtc.getLog(program, log.data()) != 0)
    return "";
  log.resize(size - 1);
  return log;
}

static Result<std::string> compile(const NvrtcTable &nvrtc,
                                   const std::string &source,
                                   const std::string &path,
                                   const std::string &arch) {
  std::vector<std::string> options = {"--gpu-architecture=" + arch,
                                      "--std=c++17",
                                      "--device-as-default-execution-space"};
  for (const std::string &folder : getToolkitIncludes())
    options.push_back("--include-path=" + folder);
  std::vector<const char *> pointers;
  for (const std::string &option : options)
    pointers.push_back(option.c_str());
  Program program = nullptr;
  if (int result = nvrtc.createProgram(&program, source.c_str(), path.c_str(),
                                       0, nullptr, nullptr))
    return Status(ErrorCode::Cuda, "NVRTC cannot take '" + path + "': error " +
                                       std::to_string(result));
  std::string cubin;
  Status status;
  size_t size = 0;
  if (nvrtc.compileProgram(program, static_cast<int>(pointers.size()),
                           pointers.data()) != 0)
    status =
        Status(ErrorCode::Cuda, "NVRTC cannot compile '" + path + "' for " +
                                    arch + ":\n" + getLog(nvrtc, program));
  else if (nvrtc.getCubinSize(program, &size) != 0 || size == 0)
    status = Status(ErrorCode::Cuda, "NVRTC makes no code for " + arch);
  else {
    cubin.resize(size);
    if (nvrtc.getCubin(program, cubin.data()) != 0)
      status = Status(ErrorCode::Cuda, "NVRTC makes no code for " + arch);
  }
  nvrtc.destroyProgram(&program);
  if (status)
    return status;
  return cubin;
}

namespace {
/// What a module is made of.
struct Code {
  std::string bytes;
  /// The package's own file; "" for what was compiled.
  std::string file;
  /// Whether it was compiled at an earlier time.
  bool wasKept = false;
};
} // namespace

/// Compiled code for an architecture, kept in the folder. What is there already
/// is taken if `useKept` is set, and replaced otherwise.
static Result<Code>
compileOrFind(const NvrtcTable &nvrtc, const std::string &source,
              const std::string &path, const std::string &arch,
              const std::string &cacheFolder, bool useKept) {
  int major = 0, minor = 0;
  nvrtc.getVersion(&major, &minor);
  std::string version = std::to_string(major) + "." + std::to_string(minor);
  CacheFolder cache(cacheFolder);
  std::string key = "kernels-" + toHex(getSyntheticKey(source)) + "-" +
                    std::to_string(source.size()) + "-" + arch + "-" + version +
                    ".sealed";
  if (useKept)
    if (std::optional<std::string> kept = cache.readSealed(key))
      return Code{std::move(*kept), "", /*wasKept=*/true};
  Result<std::string> cubin = compile(nvrtc, source, path, arch);
  if (!cubin)
    return cubin.getStatus();
  cache.writeSealed(key, *cubin);
  return Code{std::move(*cubin), "", /*wasKept=*/false};
}

/// The same for the device of a compute capability.
static Result<Code> compileOrFind(const std::string &source,
                                  const std::string &name, int capability,
                                  const std::string &cacheFolder,
                                  bool useKept) {
  Result<const NvrtcTable *> nvrtc = loadNvrtc();
  if (!nvrtc)
    return nvrtc.getStatus();
  return compileOrFind(**nvrtc, source, name,
                       "sm_" + std::to_string(capability), cacheFolder,
                       useKept);
}

/// The package's cubin for the device, or a compiled one.
static Result<Code> getCubin(const Package &package,
                             const DeviceContext &device,
                             const std::string &cacheFolder, bool useKept) {
  std::vector<std::string> built;
  for (const auto &[arch, file] : package.cubins)
    built.push_back(arch);
  std::string arch = selectArch(built, device.getCapability());
  if (!arch.empty()) {
    std::string file = package.folder + "/" + package.cubins.at(arch);
    Result<std::string> bytes = readFile(file, maxSourceBytes);
    if (!bytes)
      return bytes.getStatus();
    return Code{std::move(*bytes), std::move(file), /*wasKept=*/false};
  }
  arch = selectArch(package.archs, device.getCapability());
  if (arch.empty()) {
    std::string list;
    for (const std::string &each : package.archs)
      list += (list.empty() ? "" : ", ") + each;
    return Status(ErrorCode::Device,
                  "package '" + package.folder + "' is for " + list +
                      ", and the device, " + device.getName() + ", is sm_" +
                      std::to_string(device.getCapability()));
  }
  std::string path = package.folder + "/" + package.source;
  Result<std::string> source = readFile(path, maxSourceBytes);
  if (!source)
    return source.getStatus();
  Result<const NvrtcTable *> nvrtc = loadNvrtc();
  if (!nvrtc)
    return Status(ErrorCode::Device,
                  "package '" + package.folder + "' has no code for " + arch +
                      " and its source cannot be compiled: " +
                      nvrtc.getStatus().getMessage());
  return compileOrFind(**nvrtc, *source, path, arch, cacheFolder, useKept);
}

/// Whether an ELF file has all that its header speaks of. The driver gets no
/// length, and would read on. Other forms are left to it.
static bool isComplete(const std::string &code) {
  Elf64_Ehdr header;
  if (code.compare(0, SELFMAG, ELFMAG) != 0)
    return true;
  if (code.size() < sizeof(header))
    return false;
  std::memcpy(&header, code.data(), sizeof(header));
  auto contains = [&](uint64_t offset, uint64_t bytes) {
    return bytes <= code.size() && offset <= code.size() - bytes;
  };
  if (!contains(header.e_phoff,
                uint64_t(header.e_phnum) * header.e_phentsize) ||
      !contains(header.e_shoff, uint64_t(header.e_shnum) * header.e_shentsize))
    return false;
  Elf64_Shdr section;
  if (header.e_shnum > 0 && header.e_shentsize < sizeof(section))
    return false;
  for (uint64_t i = 0; i < header.e_shnum; ++i) {
    std::memcpy(&section, code.data() + header.e_shoff + i * header.e_shentsize,
                sizeof(section));
    if (section.sh_type != SHT_NULL && section.sh_type != SHT_NOBITS &&
        !contains(section.sh_offset, section.sh_size))
      return false;
  }
  return true;
}

Result<std::unique_ptr<KernelModule>>
KernelModule::open(const Result<std::string> &cubin,
                   const std::shared_ptr<DeviceContext> &device) {
  if (!cubin)
    return cubin.getStatus();
  if (!isComplete(*cubin))
    return Status(ErrorCode::Damaged, "the code ends too early");
  std::unique_ptr<KernelModule> result(new KernelModule(device));
  GAC_CUDA(device->getDriver(), moduleLoad, &result->module, cubin->c_str());
  return result;
}

/// A module of what `find` gives, which takes whether kept code will do. Where
/// that does not load, it is compiled again: a cache is no reason to fail.
template <typename Find>
static Result<std::unique_ptr<KernelModule>>
openCode(const Find &find, const std::shared_ptr<DeviceContext> &device) {
  Result<Code> code = find(/*useKept=*/true);
  if (!code)
    return code.getStatus();
  Result<std::unique_ptr<KernelModule>> module =
      KernelModule::open(code->bytes, device);
  if (!module && code->wasKept) {
    code = find(/*useKept=*/false);
    if (!code)
      return code.getStatus();
    module = KernelModule::open(code->bytes, device);
  }
  if (!module && !code->file.empty())
    return Status(module.getStatus().getCode(),
                  "'" + code->file +
                      "' cannot be loaded: " + module.getStatus().getMessage());
  return module;
}

Result<std::unique_ptr<KernelModule>>
KernelModule::load(const Package &package,
                   const std::shared_ptr<DeviceContext> &device,
                   const std::string &cacheFolder) {
  return openCode(
      [&](bool useKept) {
        return getCubin(package, *device, cacheFolder, useKept);
      },
      device);
}

Result<std::string> KernelModule::translate(const std::string &source,
                                            const std::string &name,
                                            int capability,
                                            const std::string &cacheFolder) {
  Result<Code> code = compileOrFind(source, name, capability, cacheFolder,
                                    /*useKept=*/true);
  if (!code)
    return code.getStatus();
  return std::move(code->bytes);
}

Result<std::unique_ptr<KernelModule>>
KernelModule::compile(const std::string &source, const std::string &name,
                      const std::shared_ptr<DeviceContext> &device,
                      const std::string &cacheFolder) {
  return openCode(
      [&](bool useKept) {
        return compileOrFind(source, name, device->getCapability(), cacheFolder,
                             useKept);
      },
      device);
}

KernelModule::~KernelModule() {
  if (module && !device->activate())
    device->getDriver().moduleUnload(module);
}

Result<Function> KernelModule::getFunction(const std::string &name,
                                           int64_t sharedBytes) const {
  Function function = nullptr;
  const DriverTable &driver = device->getDriver();
  if (driver.moduleGetFunction(&function, module, name.c_str()) != 0)
    return Status(ErrorCode::Damaged,
                  "the package's module has no kernel '" + name + "'");
  if (sharedBytes > device->getMaxSharedBytes())
    return Status(ErrorCode::Device,
                  "kernel '" + name + "' needs " + std::to_string(sharedBytes) +
                      " bytes of shared memory and the device has " +
                      std::to_string(device->getMaxSharedBytes()));
  {
    // The limit is the function's, which all that launch it share.
    std::lock_guard<std::mutex> lock(mutex);
    int64_t &largest = largestShared[name];
    if (sharedBytes > largest) {
      GAC_CUDA(driver, functionSet, function, functionMaxDynamicShared,
               static_cast<int>(sharedBytes));
      largest = sharedBytes;
    }
  }
  // Launches that overlap are on a multiprocessor together, which shares its
  // memory in the same way for both: in favour of shared memory.
  GAC_CUDA(driver, functionSet, function, functionSharedCarveout, 100);
  // Larger clusters than all devices have must be asked for.
  constexpr int kPortable = 8;
  int cluster = 0;
  if (device->getCapability() >= 90)
    GAC_CUDA(driver, functionGet, &cluster, functionClusterHeight, function);
  if (cluster > kPortable)
    GAC_CUDA(driver, functionSet, function, functionAnyCluster, 1);
  return function;
}
