/*===- use-gac-runtime.c - A C program that uses the runtime ------*- C -*-===*\
|*                                                                            *|
|* Part of the GAC project, under the Apache License v2.0 with LLVM           *|
|* Exceptions. See LICENSE for licence information.                           *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "gac/Runtime/gac_runtime.h"

#include <stdio.h>
#include <string.h>

/* A package that is not there is an error with a code and a sentence. */
int main(void) {
  gac_model *model = NULL;
  gac_status status = gac_model_load("/no/such/package", 0, 0, &model);
  const char *expected = "package '/no/such/package': there is no such folder";
  if (status != GAC_ERROR_FILE || model != NULL ||
      strcmp(gac_last_error(), expected) != 0) {
    fprintf(stderr, "status %d, error '%s'\n", (int)status, gac_last_error());
    return 1;
  }
  if (gac_model_load(NULL, 0, 0, &model) != GAC_ERROR_INVALID)
    return 1;
  if (gac_model_entry_count(NULL) != 0 ||
      gac_session_prepare(NULL, "main") != GAC_ERROR_INVALID ||
      strcmp(gac_last_error(), "a pointer is null") != 0)
    return 1;
  return 0;
}
