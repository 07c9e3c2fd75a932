//===- Gemm.cpp - Matrix products by cuBLASLt -------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// cuBLASLt's matrices are column-major. A row-major d = a b is, in the same
// memory, the column-major d^T = b^T a^T: so our b is its A, our a its B, and a
// bias per column of ours is one per row of its, which its epilogues add.
//
//===----------------------------------------------------------------------===//

#include "Gemm.h"

#include "Json.h"

#include <cstring>

using namespace gac::runtime;
using namespace gac::runtime::cuda;

/// More of the heuristic's candidates than this never won.
static constexpr int maxCandidates = 16;
static constexpr int timedRuns = 5;

static Status makeBlasError(const char *call, int result) {
  return {ErrorCode::Cuda, std::string("cuBLASLt failed at ") + call +
                               " with status " + std::to_string(result)};
}

/// Returns from the function with an error where a call of cuBLASLt fails.
#define GAC_BLAS(table, call, ...)                                             \
  if (int gacResult = (table).call(__VA_ARGS__))                               \
  return makeBlasError(#call, gacResult)

//===----------------------------------------------------------------------===//
// GemmLibrary
//===----------------------------------------------------------------------===//

Result<std::shared_ptr<GemmLibrary>>
GemmLibrary::open(const std::shared_ptr<DeviceContext> &device,
                  const std::string &cacheFolder) {
  Result<const BlasLtTable *> table = loadBlasLt();
  if (!table)
    return table.getStatus();
  std::shared_ptr<GemmLibrary> library(new GemmLibrary(device, cacheFolder));
  library->table = *table;
  GAC_BLAS(**table, create, &library->handle);
  std::string name = device->getName();
  for (char &c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)))
      c = '-';
  library->fileName =
      "gemm-" + name + "-" + std::to_string((*table)->getVersion()) + ".json";
  if (std::optional<std::string> text = library->cache.read(library->fileName))
    if (Result<JsonPlace> root = JsonPlace::parse(*text, library->fileName))
      root->forEachMember([&](const std::string &key, const JsonPlace &value) {
        library->choices[key] = value.getString();
      });
  return library;
}

GemmLibrary::~GemmLibrary() {
  if (handle && !device->activate())
    table->destroy(handle);
}

std::optional<LtAlgo> GemmLibrary::find(const std::string &key) {
  std::lock_guard<std::mutex> lock(mutex);
  auto it = choices.find(key);
  LtAlgo algo;
  if (it == choices.end() || it->second.size() != 2 * sizeof(algo))
    return std::nullopt;
  for (size_t word = 0; word < std::size(algo.data); ++word) {
    std::string digits = it->second.substr(word * 16, 16);
    char *end = nullptr;
    algo.data[word] = std::strtoull(digits.c_str(), &end, 16);
    if (*end)
      return std::nullopt;
  }
  return algo;
}

void GemmLibrary::keep(const std::string &key, const LtAlgo &algo) {
  std::lock_guard<std::mutex> lock(mutex);
  std::string digits;
  for (uint64_t word : algo.data)
    digits += toHex(word);
  choices[key] = digits;
  // Keys and digits are ASCII without anything to escape.
  std::string text = "{";
  for (const auto &[each, value] : choices)
    text.append(text.size() > 1 ? ",\n\"" : "\n\"")
        .append(each)
        .append("\": \"")
        .append(value)
        .append("\"");
  cache.write(fileName, text + "\n}\n");
}

//===----------------------------------------------------------------------===//
// Gemm
//===----------------------------------------------------------------------===//

/// How an address is aligned, in bytes, as far as cuBLASLt cares.
static uint32_t getAlignment(DevicePointer pointer) {
  uint32_t alignment = 256;
  while (pointer % alignment != 0)
    alignment /= 2;
  return alignment;
}

static std::string makeKey(const GemmOp &op, DType type,
                           const GemmPointers &pointers) {
  std::string key(getName(type));
  auto add = [&](const char *name, int64_t value) {
    key += std::string(" ") + name + std::to_string(value);
  };
  add("m", op.m);
  add("n", op.n);
  add("k", op.k);
  add("batch", op.batch);
  add("epilogue", static_cast<int>(op.epilogue) * 2 + op.bias.has_value());
  add("beta", op.beta != 0);
  auto addOperand = [&](const char *name, const GemmOperand &operand,
                        DevicePointer pointer) {
    key += std::string(" ") + name + (operand.trans ? "T" : "N");
    add("ld", operand.ld);
    add("stride", operand.stride);
    add("align", getAlignment(pointer));
  };
  addOperand("a", op.a, pointers.a);
  addOperand("b", op.b, pointers.b);
  addOperand("d", op.d, pointers.d);
  if (op.c)
    addOperand("c", *op.c, pointers.c);
  return key;
}

static Status makeLayout(const BlasLtTable &table, const GemmOperand &operand,
                         int64_t rows, int64_t columns, int64_t batch,
                         int dataType, LtLayout &layout) {
  // Our rows are cuBLASLt's columns.
  if (operand.trans)
    std::swap(rows, columns);
  GAC_BLAS(table, layoutCreate, &layout, dataType,
           static_cast<uint64_t>(columns), static_cast<uint64_t>(rows),
           operand.ld);
  if (batch == 1)
    return {};
  auto count = static_cast<int32_t>(batch);
  GAC_BLAS(table, layoutSet, layout, layoutBatchCount, &count, sizeof(count));
  GAC_BLAS(table, layoutSet, layout, layoutBatchStride, &operand.stride,
           sizeof(operand.stride));
  return {};
}

Status Gemm::describe(const GemmOp &op, DType type) {
  const BlasLtTable &table = library->getTable();
  int dataType = type == DType::BF16  ? type16BF
                 : type == DType::F16 ? type16F
                                      : type32F;
  GAC_BLAS(table, descCreate, &desc, compute32F, type32F);
  int32_t transA = op.b.trans, transB = op.a.trans;
  GAC_BLAS(table, descSet, desc, descTransA, &transA, sizeof(transA));
  GAC_BLAS(table, descSet, desc, descTransB, &transB, sizeof(transB));
  uint32_t epilogue = 0;
  if (op.epilogue == GemmOp::Epilogue::Gelu)
    epilogue |= epilogueGelu;
  if (op.bias)
    epilogue |= epilogueBias;
  if (epilogue == 0)
    epilogue = epilogueDefault;
  GAC_BLAS(table, descSet, desc, descEpilogue, &epilogue, sizeof(epilogue));
  if (op.bias)
    GAC_BLAS(table, descSet, desc, descBias, &pointers.bias,
             sizeof(pointers.bias));
  if (Status status =
          makeLayout(table, op.b, op.k, op.n, op.batch, dataType, layoutA))
    return status;
  if (Status status =
          makeLayout(table, op.a, op.m, op.k, op.batch, dataType, layoutB))
    return status;
  if (Status status = makeLayout(table, op.c ? *op.c : op.d, op.m, op.n,
                                 op.batch, dataType, layoutC))
    return status;
  return makeLayout(table, op.d, op.m, op.n, op.batch, dataType, layoutD);
}

Status Gemm::issue(Stream stream, const LtAlgo &algorithm) const {
  GAC_BLAS(library->getTable(), matmul, library->getHandle(), desc, &alpha,
           pointers.b, layoutA, pointers.a, layoutB, &beta, pointers.c, layoutC,
           pointers.d, layoutD, &algorithm, pointers.workspace,
           gemmWorkspaceBytes, stream);
  return {};
}

Result<double> Gemm::time(Stream stream, const LtAlgo &algorithm) const {
  const DriverTable &driver = library->getDevice().getDriver();
  // The first run loads the kernel.
  if (Status status = issue(stream, algorithm))
    return status;
  Event begin = nullptr, end = nullptr;
  GAC_CUDA(driver, eventCreate, &begin, 0);
  GAC_CUDA(driver, eventCreate, &end, 0);
  float milliseconds = 0;
  Status status;
  int result = driver.eventRecord(begin, stream);
  for (int i = 0; i < timedRuns && !status; ++i)
    status = issue(stream, algorithm);
  if (result == 0)
    result = driver.eventRecord(end, stream);
  if (result == 0)
    result = driver.eventSynchronize(end);
  if (result == 0)
    result = driver.eventElapsedTime(&milliseconds, begin, end);
  driver.eventDestroy(begin);
  driver.eventDestroy(end);
  if (status)
    return status;
  if (result != 0)
    return makeCudaError("timing a matrix product", result);
  return static_cast<double>(milliseconds) / timedRuns;
}

Status Gemm::choose(const std::string &key, Stream stream) {
  const BlasLtTable &table = library->getTable();
  LtHandle handle = library->getHandle();
  if (std::optional<LtAlgo> kept = library->find(key)) {
    LtHeuristic check = {};
    if (table.algoCheck(handle, desc, layoutA, layoutB, layoutC, layoutD,
                        &*kept, &check) == 0 &&
        check.workspaceBytes <= gemmWorkspaceBytes) {
      algo = *kept;
      return {};
    }
  }
  LtPreference preference = nullptr;
  GAC_BLAS(table, preferenceCreate, &preference);
  uint64_t workspace = gemmWorkspaceBytes;
  int result = table.preferenceSet(preference, preferenceWorkspace, &workspace,
                                   sizeof(workspace));
  int attribute = preferenceAlignmentA;
  for (DevicePointer pointer :
       {pointers.b, pointers.a, pointers.c, pointers.d}) {
    uint32_t alignment = getAlignment(pointer);
    if (result == 0)
      result = table.preferenceSet(preference, attribute++, &alignment,
                                   sizeof(alignment));
  }
  LtHeuristic candidates[maxCandidates] = {};
  int count = 0;
  if (result == 0)
    result = table.heuristic(handle, desc, layoutA, layoutB, layoutC, layoutD,
                             preference, maxCandidates, candidates, &count);
  table.preferenceDestroy(preference);
  if (result != 0 || count == 0)
    return {ErrorCode::Unsupported,
            "cuBLASLt has no algorithm for the product " + key + " (status " +
                std::to_string(result) + ")"};
  double best = 0;
  bool found = false;
  Status last;
  for (int i = 0; i < count; ++i) {
    if (candidates[i].state != 0)
      continue;
    Result<double> each = time(stream, candidates[i].algo);
    if (!each) {
      last = each.getStatus();
    } else if (!found || *each < best) {
      found = true;
      best = *each;
      algo = candidates[i].algo;
    }
  }
  if (!found)
    return last ? last
                : Status(ErrorCode::Unsupported,
                         "no algorithm of cuBLASLt runs the product " + key);
  library->keep(key, algo);
  return {};
}

Result<std::unique_ptr<Gemm>> Gemm::create(std::shared_ptr<GemmLibrary> library,
                                           const GemmOp &op, DType type,
                                           const GemmPointers &pointers,
                                           Stream stream) {
  std::unique_ptr<Gemm> gemm(new Gemm(std::move(library)));
  gemm->pointers = pointers;
  gemm->alpha = static_cast<float>(op.alpha);
  gemm->beta = static_cast<float>(op.beta);
  if (Status status = gemm->describe(op, type))
    return status;
  if (Status status = gemm->choose(makeKey(op, type, pointers), stream))
    return status;
  return gemm;
}

Gemm::~Gemm() {
  const BlasLtTable &table = library->getTable();
  for (LtLayout layout : {layoutA, layoutB, layoutC, layoutD})
    if (layout)
      table.layoutDestroy(layout);
  if (desc)
    table.descDestroy(desc);
}
