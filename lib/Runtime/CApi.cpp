//===- CApi.cpp - The runtime's C interface ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Runtime.h"
#include "gac/Runtime/gac_runtime.h"

#include <algorithm>
#include <cstring>

using namespace gac::runtime;

// C's names, as in the header.
// NOLINTBEGIN(readability-identifier-naming)

struct gac_model {
  Model model;
};

struct gac_session {
  Session session;
};

static thread_local std::string lastError;

static gac_status report(const Status &status) {
  lastError = status.getMessage();
  return static_cast<gac_status>(status.getCode());
}

static gac_status reportNull() {
  return report({ErrorCode::Invalid, "a pointer is null"});
}

const char *gac_last_error(void) { return lastError.c_str(); }

gac_status gac_model_load(const char *folder, int device, int synthetic,
                          gac_model **model) {
  if (!folder || !model)
    return reportNull();
  ModelOptions options;
  options.device = device;
  options.synthetic = synthetic != 0;
  Result<Model> loaded = Model::load(folder, options);
  if (!loaded)
    return report(loaded.getStatus());
  *model = new gac_model{std::move(*loaded)};
  return report({});
}

void gac_model_free(gac_model *model) { delete model; }

const char *gac_model_device_name(const gac_model *model) {
  if (!model) {
    reportNull();
    return nullptr;
  }
  return model->model.getDeviceName().c_str();
}

int64_t gac_model_memory(const gac_model *model) {
  if (!model) {
    reportNull();
    return 0;
  }
  return getMemoryUse(model->model.getPackage()).getTotal();
}

/// Null, and reported, where there is no such model or entry.
static const PackageEntry *getEntry(const gac_model *model, size_t entry) {
  if (!model) {
    reportNull();
    return nullptr;
  }
  const std::vector<PackageEntry> &entries = model->model.getPackage().entries;
  if (entry < entries.size())
    return &entries[entry];
  report({ErrorCode::Invalid,
          "there is no entry of the index " + std::to_string(entry)});
  return nullptr;
}

size_t gac_model_entry_count(const gac_model *model) {
  if (!model) {
    reportNull();
    return 0;
  }
  return model->model.getPackage().entries.size();
}

const char *gac_model_entry_name(const gac_model *model, size_t entry) {
  const PackageEntry *found = getEntry(model, entry);
  return found ? found->name.c_str() : nullptr;
}

size_t gac_model_input_count(const gac_model *model, size_t entry) {
  const PackageEntry *found = getEntry(model, entry);
  return found ? found->inputs.size() : 0;
}

size_t gac_model_output_count(const gac_model *model, size_t entry) {
  const PackageEntry *found = getEntry(model, entry);
  return found ? found->outputs.size() : 0;
}

static gac_status describe(const gac_model *model, size_t entry,
                           std::vector<TensorId> PackageEntry::*list,
                           size_t index, const char **name,
                           gac_tensor *tensor) {
  if (!model || !name || !tensor)
    return reportNull();
  const PackageEntry *owner = getEntry(model, entry);
  if (!owner)
    return GAC_ERROR_INVALID;
  const std::vector<TensorId> &ids = owner->*list;
  if (index >= ids.size())
    return report({ErrorCode::Invalid,
                   "there is no tensor of the index " + std::to_string(index)});
  const PackageTensor &found = model->model.getPackage().tensors[ids[index]];
  *name = found.name.c_str();
  const Shape &shape = found.getCallerShape();
  *tensor = {static_cast<gac_dtype>(found.type), shape.size(), shape.data(),
             nullptr, static_cast<size_t>(found.getCallerBytes())};
  return report({});
}

gac_status gac_model_input(const gac_model *model, size_t entry, size_t index,
                           const char **name, gac_tensor *tensor) {
  return describe(model, entry, &PackageEntry::inputs, index, name, tensor);
}

gac_status gac_model_output(const gac_model *model, size_t entry, size_t index,
                            const char **name, gac_tensor *tensor) {
  return describe(model, entry, &PackageEntry::outputs, index, name, tensor);
}

gac_status gac_session_create(gac_model *model, void *stream,
                              gac_session **session) {
  if (!model || !session)
    return reportNull();
  Result<Session> created = model->model.createSession(stream);
  if (!created)
    return report(created.getStatus());
  *session = new gac_session{std::move(*created)};
  return report({});
}

void gac_session_free(gac_session *session) { delete session; }

gac_status gac_session_set_input(gac_session *session, const char *entry,
                                 const char *input, const gac_tensor *values) {
  if (!session || !entry || !input || !values ||
      (values->rank && !values->shape) || (values->bytes && !values->data))
    return reportNull();
  if (values->dtype < GAC_BF16 || values->dtype > GAC_BOOL)
    return report({ErrorCode::Invalid, "there is no element type " +
                                           std::to_string(values->dtype)});
  HostTensor tensor;
  tensor.type = static_cast<DType>(values->dtype);
  tensor.shape.assign(values->shape, values->shape + values->rank);
  const auto *begin = static_cast<const std::byte *>(values->data);
  tensor.bytes.assign(begin, begin + values->bytes);
  return report(session->session.setInput(entry, input, tensor));
}

gac_status gac_session_set_position(gac_session *session, const char *cache,
                                    int64_t position) {
  if (!session || !cache)
    return reportNull();
  return report(session->session.setPosition(cache, position));
}

gac_status gac_session_prepare(gac_session *session, const char *entry) {
  if (!session || !entry)
    return reportNull();
  return report(session->session.prepare(entry));
}

gac_status gac_session_run(gac_session *session, const char *entry) {
  if (!session || !entry)
    return reportNull();
  return report(session->session.run(entry));
}

gac_status gac_session_synchronize(gac_session *session) {
  if (!session)
    return reportNull();
  return report(session->session.synchronize());
}

gac_status gac_session_get_output(gac_session *session, const char *entry,
                                  const char *output, void *data,
                                  size_t bytes) {
  if (!session || !entry || !output || (bytes && !data))
    return reportNull();
  Result<HostTensor> values = session->session.getOutput(entry, output);
  if (!values)
    return report(values.getStatus());
  if (values->bytes.size() != bytes)
    return report(
        {ErrorCode::Invalid, std::string("output '") + output + "' has " +
                                 std::to_string(values->bytes.size()) +
                                 " bytes, and there is room for " +
                                 std::to_string(bytes)});
  if (bytes)
    std::memcpy(data, values->bytes.data(), bytes);
  return report({});
}

gac_status gac_session_time_entry(gac_session *session, const char *entry,
                                  size_t count, double *microseconds) {
  if (!session || !entry || (count && !microseconds))
    return reportNull();
  constexpr size_t most = 1 << 20;
  if (count > most)
    return report({ErrorCode::Invalid, std::to_string(count) +
                                           " replays are more than " +
                                           std::to_string(most)});
  Result<std::vector<double>> times =
      session->session.timeEntry(entry, static_cast<int>(count));
  if (!times)
    return report(times.getStatus());
  std::copy(times->begin(), times->end(), microseconds);
  return report({});
}

// NOLINTEND(readability-identifier-naming)
