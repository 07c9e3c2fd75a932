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

#include "Race.h"

using namespace gac::runtime;
using namespace gac::runtime::cuda;

/// How many of the heuristic's candidates are timed. It ranks them for caches
/// and clocks that it does not know, and the slow ones cost a race little.
static constexpr int maxCandidates = 32;

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
  std::shared_ptr<GemmLibrary> library(new GemmLibrary(device));
  library->table = *table;
  GAC_BLAS(**table, create, &library->handle);
  library->choices.emplace(cacheFolder, "gemm", device->getName(),
                           (*table)->getVersion());
  return library;
}

GemmLibrary::~GemmLibrary() {
  if (handle && !device->activate())
    table->destroy(handle);
}

std::optional<LtAlgo> GemmLibrary::find(const std::string &key) {
  std::optional<std::string> choice = choices->find(key);
  LtAlgo algo;
  if (!choice || choice->size() != 2 * sizeof(algo))
    return std::nullopt;
  for (size_t word = 0; word < std::size(algo.data); ++word) {
    std::string digits = choice->substr(word * 16, 16);
    char *end = nullptr;
    algo.data[word] = std::strtoull(digits.c_str(), &end, 16);
    if (*end)
      return std::nullopt;
  }
  return algo;
}

void GemmLibrary::keep(const std::string &key, const LtAlgo &algo) {
  std::string digits;
  for (uint64_t word : algo.data)
    digits += toHex(word);
  choices->keep(key, digits);
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
           pointers.d, layoutD, &algorithm, pointers.workspace, workspaceBytes,
           stream);
  return {};
}

Status Gemm::choose(const std::string &key, Stream stream) {
  const BlasLtTable &table = library->getTable();
  LtHandle handle = library->getHandle();
  if (std::optional<LtAlgo> kept = library->find(key)) {
    LtHeuristic check = {};
    if (table.algoCheck(handle, desc, layoutA, layoutB, layoutC, layoutD,
                        &*kept, &check) == 0 &&
        check.workspaceBytes <= workspaceBytes) {
      algo = *kept;
      return {};
    }
  }
  LtPreference preference = nullptr;
  GAC_BLAS(table, preferenceCreate, &preference);
  uint64_t workspace = workspaceBytes;
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
  std::vector<const LtAlgo *> algos;
  std::vector<std::function<Status()>> runs;
  for (int i = 0; i < count; ++i) {
    if (candidates[i].state != 0)
      continue;
    const LtAlgo *each = &candidates[i].algo;
    algos.push_back(each);
    runs.emplace_back([this, stream, each] { return issue(stream, *each); });
  }
  Result<size_t> fastest = race(library->getDevice(), stream, runs);
  if (!fastest)
    return {fastest.getStatus().getCode(),
            "no algorithm of cuBLASLt runs the product " + key + ": " +
                fastest.getStatus().getMessage()};
  algo = *algos[*fastest];
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
