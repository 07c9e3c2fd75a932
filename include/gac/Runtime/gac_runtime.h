//===- gac_runtime.h - The runtime's C interface ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_RUNTIME_GAC_RUNTIME_H
#define GAC_RUNTIME_GAC_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* C's names and types.
   NOLINTBEGIN(readability-identifier-naming, modernize-use-using) */

/* What a call came to. gac_last_error() has the sentence for a user. */
typedef enum gac_status {
  GAC_OK = 0,
  GAC_ERROR_INVALID = 1,     /* a name, shape or option does not fit */
  GAC_ERROR_FILE = 2,        /* a file cannot be read or written */
  GAC_ERROR_DAMAGED = 3,     /* a package says what cannot be */
  GAC_ERROR_UNSUPPORTED = 4, /* a package of another version */
  GAC_ERROR_DEVICE = 5,      /* no driver, device, or code for the device */
  GAC_ERROR_MEMORY = 6,      /* too little memory; what asked has none */
  GAC_ERROR_CUDA = 7         /* a call of CUDA failed */
} gac_status;

typedef enum gac_dtype {
  GAC_BF16 = 0,
  GAC_F16 = 1,
  GAC_F32 = 2,
  GAC_I64 = 3,
  GAC_I32 = 4,
  GAC_BOOL = 5
} gac_dtype;

/* A package on a device; its sessions keep what they need of it. */
typedef struct gac_model gac_model;
/* Inputs, outputs and caches of one user of a model, on a stream of its own. */
typedef struct gac_session gac_session;

/* A dense row-major array in the caller's memory. */
typedef struct gac_tensor {
  gac_dtype dtype;
  size_t rank;
  const int64_t *shape;
  void *data;
  size_t bytes;
} gac_tensor;

/* The sentence about this thread's last call that failed, or "". Valid until
   the thread's next call. A pointer that is null and a number of an entry that
   there is not are such failures: GAC_ERROR_INVALID of functions that return a
   status, and NULL or 0 of others. gac_model_free and gac_session_free take a
   null pointer and do nothing. */
const char *gac_last_error(void);

/* Loads a package on the given device of the driver. With synthetic not 0,
   weights come from their recipes where they have one. The caller frees the
   model. */
gac_status gac_model_load(const char *folder, int device, int synthetic,
                          gac_model **model);
void gac_model_free(gac_model *model);
/* Such as "NVIDIA H200"; lives as long as the model. */
const char *gac_model_device_name(const gac_model *model);
/* Device memory of the model with one session, in bytes. */
int64_t gac_model_memory(const gac_model *model);

/* Entries and their inputs and outputs, by index. Names and shapes live as
   long as the model; data is null and bytes the tensor's. Of a model that was
   repaired with other inputs and outputs, shapes are those of the original,
   whose values are given and got: the runtime adds and takes away padding. */
size_t gac_model_entry_count(const gac_model *model);
const char *gac_model_entry_name(const gac_model *model, size_t entry);
size_t gac_model_input_count(const gac_model *model, size_t entry);
size_t gac_model_output_count(const gac_model *model, size_t entry);
gac_status gac_model_input(const gac_model *model, size_t entry, size_t index,
                           const char **name, gac_tensor *tensor);
gac_status gac_model_output(const gac_model *model, size_t entry, size_t index,
                            const char **name, gac_tensor *tensor);

/* The caller frees the session. stream is a CUstream of the device's primary
   context, or null for a new one; the call may wait for what is in it. */
gac_status gac_session_create(gac_model *model, void *stream,
                              gac_session **session);
void gac_session_free(gac_session *session);

/* Of the shape that gac_model_input says, or as the package stores it, with
   zeros as padding. */
gac_status gac_session_set_input(gac_session *session, const char *entry,
                                 const char *input, const gac_tensor *values);
/* How many positions of a cache are filled. An entry whose kernels begin at
   other positions does not run: caches that it appends to together are filled
   alike, and empty where it begins them. */
gac_status gac_session_set_position(gac_session *session, const char *cache,
                                    int64_t position);
/* Chooses the algorithms of the entry's products and attentions by running
   them, which compiles cuDNN's plans and may take seconds, and captures its
   graph. Overwrites outputs, and caches that these operations write to; inputs
   stay, and are best set before. Once for each entry of a session: a second
   call does nothing. */
gac_status gac_session_prepare(gac_session *session, const char *entry);
/* Starts the entry and does not wait, but where gac_session_prepare was not
   called for it, which the first run then does. */
gac_status gac_session_run(gac_session *session, const char *entry);
gac_status gac_session_synchronize(gac_session *session);
/* Waits and copies; bytes must be the output's. */
gac_status gac_session_get_output(gac_session *session, const char *entry,
                                  const char *output, void *data, size_t bytes);
/* Microseconds of each of count replays of the entry. */
gac_status gac_session_time_entry(gac_session *session, const char *entry,
                                  size_t count, double *microseconds);

/* NOLINTEND(readability-identifier-naming, modernize-use-using) */

#ifdef __cplusplus
}
#endif

#endif /* GAC_RUNTIME_GAC_RUNTIME_H */
