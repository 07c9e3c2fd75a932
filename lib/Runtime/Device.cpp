//===- Device.cpp - What a GPU is -------------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Device.h"

#include "Driver.h"

using namespace gac::runtime;
using namespace gac::runtime::cuda;

/// "13.0" for the driver's 13000.
static std::string formatVersion(int version) {
  return std::to_string(version / 1000) + "." +
         std::to_string(version % 1000 / 10);
}

/// An attribute that some drivers do not have; 0 there.
static int getAttribute(const DeviceContext &context, int attribute) {
  int value = 0;
  if (context.getDriver().deviceGetAttribute(&value, attribute,
                                             context.getDevice()) != 0)
    return 0;
  return value;
}

static void addLibraries(DeviceInfo &info) {
  if (const NvmlTable *nvml = loadNvml()) {
    char version[128] = {};
    if (nvml->driverVersion(version, sizeof(version) - 1) == 0)
      info.driver = version;
  }
  int major = 0, minor = 0;
  if (Result<const NvrtcTable *> nvrtc = loadNvrtc();
      nvrtc && (*nvrtc)->getVersion(&major, &minor) == 0)
    info.nvrtc = std::to_string(major) + "." + std::to_string(minor);
  if (Result<const BlasLtTable *> blas = loadBlasLt())
    info.cublasLt = std::to_string((*blas)->getVersion());
  if (Result<const cudnn::Table *> dnn = loadCudnn())
    info.cudnn = std::to_string((*dnn)->getVersion());
}

Result<Device> Device::open(int ordinal) {
  Result<std::shared_ptr<DeviceContext>> context = DeviceContext::open(ordinal);
  if (!context)
    return context.getStatus();
  Device device;
  device.context = *context;
  const DriverTable &driver = device.context->getDriver();
  auto info = std::make_shared<DeviceInfo>();
  info->name = device.context->getName();
  info->capability = device.context->getCapability();
  char bus[32] = {};
  GAC_CUDA(driver, deviceGetBusId, bus, sizeof(bus) - 1,
           device.context->getDevice());
  info->bus = bus;
  size_t bytes = 0;
  GAC_CUDA(driver, deviceTotalMem, &bytes, device.context->getDevice());
  info->totalBytes = static_cast<int64_t>(bytes);
  info->multiprocessors = getAttribute(*device.context, attributeProcessors);
  info->l2Bytes = getAttribute(*device.context, attributeL2Bytes);
  // The driver counts in kHz.
  info->clockMHz = getAttribute(*device.context, attributeClock) / 1000;
  info->memoryClockMHz =
      getAttribute(*device.context, attributeMemoryClock) / 1000;
  info->memoryBusBits = getAttribute(*device.context, attributeBusWidth);
  int version = 0;
  GAC_CUDA(driver, driverGetVersion, &version);
  info->cuda = formatVersion(version);
  addLibraries(*info);
  device.info = std::move(info);
  return device;
}

Result<int64_t> Device::getFreeBytes() const {
  if (Status status = context->activate())
    return status;
  Result<size_t> bytes = context->getFreeBytes();
  if (!bytes)
    return bytes.getStatus();
  return static_cast<int64_t>(*bytes);
}

std::optional<DeviceClocks> Device::readClocks() const {
  const NvmlTable *nvml = loadNvml();
  NvmlDevice device = nullptr;
  if (!nvml || nvml->findDevice(info->bus.c_str(), &device) != 0)
    return std::nullopt;
  unsigned sm = 0, memory = 0, celsius = 0, milliwatts = 0;
  if (nvml->getClock(device, nvmlClockSM, &sm) != 0 ||
      nvml->getClock(device, nvmlClockMemory, &memory) != 0)
    return std::nullopt;
  // Some devices do not have these; 0 then.
  nvml->getTemperature(device, nvmlTemperatureGPU, &celsius);
  nvml->getPower(device, &milliwatts);
  return DeviceClocks{static_cast<int>(sm), static_cast<int>(memory),
                      static_cast<int>(celsius), milliwatts / 1000.0};
}
