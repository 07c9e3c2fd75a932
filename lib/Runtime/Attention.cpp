//===- Attention.cpp - Attention by cuDNN, where it is faster ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attention.h"

#include "Gemm.h"
#include "Race.h"

#include <cstring>

using namespace gac::runtime;

/// How many of cuDNN's proposals are compiled, which takes about a second each,
/// and timed.
static constexpr size_t maxPlans = 3;

// What is kept.
static const char *const fallbackChoice = "fallback";
static std::string getPlanChoice(size_t config) {
  return "plan " + std::to_string(config);
}

//===----------------------------------------------------------------------===//
// CudnnAttention
//===----------------------------------------------------------------------===//

Result<std::unique_ptr<CudnnAttention>>
CudnnAttention::create(std::shared_ptr<CudnnLibrary> library,
                       std::shared_ptr<const Program> program,
                       const AttentionPointers &pointers) {
  Result<CudnnDesc> pack = program->graph.makePack(pointers);
  if (!pack)
    return pack.getStatus();
  auto attention = std::make_unique<CudnnAttention>();
  attention->library = std::move(library);
  attention->program = std::move(program);
  attention->pack = std::move(*pack);
  return attention;
}

Status CudnnAttention::issue(cuda::Stream stream) const {
  return library->execute(program->plan, pack, stream);
}

//===----------------------------------------------------------------------===//
// CudnnLibrary
//===----------------------------------------------------------------------===//

Result<std::shared_ptr<CudnnLibrary>>
CudnnLibrary::open(const std::shared_ptr<DeviceContext> &device,
                   const std::string &cacheFolder, CudnnUse use) {
  Result<const cudnn::Table *> table = loadCudnn();
  if (!table)
    return table.getStatus();
  std::shared_ptr<CudnnLibrary> library(new CudnnLibrary(device, use));
  library->table = *table;
  if (int result = (*table)->create(&library->handle)) {
    library->handle = nullptr;
    return makeCudnnError(**table, "its start", result);
  }
  library->choices.emplace(cacheFolder, "attention", device->getName(),
                           (*table)->getVersion());
  return library;
}

CudnnLibrary::~CudnnLibrary() {
  if (device->activate())
    return;
  programs.clear();
  if (handle)
    table->destroy(handle);
}

Status CudnnLibrary::execute(const CudnnPlan &plan, const CudnnDesc &pack,
                             cuda::Stream stream) {
  std::lock_guard<std::mutex> lock(handleMutex);
  if (int result = table->setStream(handle, stream))
    return makeCudnnError(*table, "taking a stream", result);
  if (int result = table->execute(handle, plan.desc.get(), pack.get()))
    return makeCudnnError(*table, "attention", result);
  return {};
}

/// Calls back for each operand, up to the first error.
template <typename Call>
static Status forEachOperand(const AttentionOp &op, Call call) {
  for (auto [name, operand] : {std::pair("q", &op.q), std::pair("k", &op.k),
                               std::pair("v", &op.v), std::pair("o", &op.o)})
    if (Status status = call(name, *operand))
      return status;
  return {};
}

Status gac::runtime::checkCudnnSupport(const AttentionOp &op, DType type) {
  if (type != DType::BF16 && type != DType::F16)
    return {ErrorCode::Unsupported,
            "cuDNN has no attention of type " + std::string(getName(type))};
  auto check = [](const std::string &what, int64_t value) -> Status {
    if (value % 8 == 0)
      return {};
    return {ErrorCode::Unsupported, "cuDNN needs multiples of 8, and " + what +
                                        " is " + std::to_string(value)};
  };
  if (Status status = check("keyWidth", op.keyWidth))
    return status;
  if (Status status = check("valueWidth", op.valueWidth))
    return status;
  return forEachOperand(
      op, [&](const char *name, const AttentionOperand &each) -> Status {
        bool isQuery =
            name == std::string_view("q") || name == std::string_view("o");
        int64_t heads = isQuery ? op.queryHeads : op.keyHeads;
        int64_t rows = isQuery ? op.queries : op.keys;
        std::string of = std::string("of ") + name;
        if (Status status = check("the offset " + of, each.offset))
          return status;
        if (op.batch > 1)
          if (Status status = check("the batch stride " + of, each.batchStride))
            return status;
        if (heads > 1)
          if (Status status = check("the head stride " + of, each.headStride))
            return status;
        return rows > 1 ? check("the row stride " + of, each.rowStride)
                        : Status();
      });
}

static std::string makeKey(const AttentionOp &op, DType type) {
  std::string key(getName(type));
  auto add = [&](const char *name, int64_t value) {
    key += std::string(" ") + name + std::to_string(value);
  };
  add("batch", op.batch);
  add("heads", op.queryHeads);
  add("on", op.keyHeads);
  add("queries", op.queries);
  add("keys", op.keys);
  add("widths", op.keyWidth);
  add("and", op.valueWidth);
  add("causal", op.causal);
  // A plan's graph has the scale in it, as float32.
  auto scale = static_cast<float>(op.scale);
  uint32_t bits = 0;
  std::memcpy(&bits, &scale, sizeof(bits));
  add("scale", bits);
  (void)forEachOperand(op, [&](const char *name, const AttentionOperand &each) {
    add(name, each.batchStride);
    add("", each.headStride);
    add("", each.rowStride);
    return Status();
  });
  // What it was compared to, as far as it can be seen; kernels' names are those
  // of their layers.
  for (int64_t size : op.fallback.grid)
    add("grid", size);
  for (int64_t size : op.fallback.block)
    add("block", size);
  add("shared", op.fallback.sharedBytes);
  return key;
}

/// A program of the proposal, or an error where it does not compile or needs
/// more workspace than there is.
Result<CudnnLibrary::Program> CudnnLibrary::compile(const AttentionOp &op,
                                                    DType type, size_t config) {
  std::lock_guard<std::mutex> lock(handleMutex);
  Result<CudnnAttentionGraph> graph =
      CudnnAttentionGraph::build({table, handle, nullptr}, op, type);
  if (!graph)
    return graph.getStatus();
  if (config >= graph->getConfigCount())
    return Status(ErrorCode::Unsupported,
                  "cuDNN proposes only " +
                      std::to_string(graph->getConfigCount()) + " plans");
  Result<CudnnPlan> plan = graph->makePlan(config);
  if (!plan)
    return plan.getStatus();
  if (plan->workspaceBytes > static_cast<int64_t>(workspaceBytes))
    return Status(ErrorCode::Unsupported,
                  "cuDNN needs " + std::to_string(plan->workspaceBytes) +
                      " bytes of workspace for it, and there are " +
                      std::to_string(workspaceBytes));
  return Program(std::make_shared<CudnnAttention::Program>(
      CudnnAttention::Program{std::move(*graph), std::move(*plan)}));
}

Result<CudnnLibrary::Program>
CudnnLibrary::choose(const std::string &key, const AttentionOp &op, DType type,
                     const AttentionPointers &pointers, cuda::Stream stream,
                     const std::function<Status()> &fallback) {
  const bool isForced = use == CudnnUse::Always;
  if (std::optional<std::string> kept = choices->find(key)) {
    if (*kept == fallbackChoice && !isForced)
      return Program();
    for (size_t config = 0; config < maxPlans; ++config)
      if (*kept == getPlanChoice(config))
        if (Result<Program> program = compile(op, type, config))
          return program;
  }

  // What there is to choose from; the fallback is no program.
  std::vector<std::pair<Program, std::string>> candidates;
  std::vector<std::function<Status()>> runs;
  if (!isForced) {
    candidates.emplace_back(nullptr, fallbackChoice);
    runs.push_back(fallback);
  }
  std::vector<std::unique_ptr<CudnnAttention>> attentions;
  Status refusal;
  for (size_t config = 0; config < maxPlans; ++config) {
    Result<Program> program = compile(op, type, config);
    Result<std::unique_ptr<CudnnAttention>> attention =
        program ? CudnnAttention::create(shared_from_this(), *program, pointers)
                : program.getStatus();
    if (!attention) {
      // The first proposal's reason says most.
      if (!refusal)
        refusal = attention.getStatus();
      continue;
    }
    candidates.emplace_back(*program, getPlanChoice(config));
    attentions.push_back(std::move(*attention));
    runs.emplace_back([each = attentions.back().get(), stream] {
      return each->issue(stream);
    });
  }
  if (runs.empty())
    return refusal;
  Result<size_t> fastest = race(device, stream, runs);
  if (!fastest)
    return fastest.getStatus();
  const auto &[program, choice] = candidates[*fastest];
  // What was forced says nothing about the fallback.
  if (!isForced)
    choices->keep(key, choice);
  return program;
}

Result<std::unique_ptr<CudnnAttention>>
CudnnLibrary::choose(const AttentionOp &op, DType type,
                     const AttentionPointers &pointers, cuda::Stream stream,
                     const std::function<Status()> &fallback) {
  using Nothing = std::unique_ptr<CudnnAttention>;
  if (Status status = checkCudnnSupport(op, type))
    return use == CudnnUse::Always ? Result<Nothing>(status) : Nothing();
  std::string key = makeKey(op, type);
  std::lock_guard<std::mutex> lock(programsMutex);
  auto it = programs.find(key);
  if (it == programs.end()) {
    Result<Program> chosen = choose(key, op, type, pointers, stream, fallback);
    if (!chosen)
      return chosen.getStatus();
    it = programs.emplace(key, *chosen).first;
    if (!it->second)
      return Nothing();
    Result<Nothing> attention =
        CudnnAttention::create(shared_from_this(), it->second, pointers);
    if (!attention)
      return attention.getStatus();
    // Loads what a captured run could not.
    if (Status status = (*attention)->issue(stream))
      return status;
    return attention;
  }
  if (!it->second)
    return Nothing();
  return CudnnAttention::create(shared_from_this(), it->second, pointers);
}
