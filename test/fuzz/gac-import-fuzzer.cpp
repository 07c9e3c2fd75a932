//===- gac-import-fuzzer.cpp - Any bytes into the importer ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whatever bytes come, import gives either a module that verifies or an error;
// and what is cut out of the bytes can be put in again.
//
//===----------------------------------------------------------------------===//

#include "gac/Import/Importer.h"
#include "gac/Support/WireFormat.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

#include <cstdlib>

using namespace mlir;

static void expect(bool condition, const char *what) {
  if (condition)
    return;
  llvm::errs() << what << '\n';
  std::abort();
}

/// A low threshold lets small inputs reach what large files need.
static void checkWireFormat(llvm::StringRef bytes) {
  llvm::Expected<gac::Skeleton> skeleton = gac::skeletonise(bytes, {16, 16});
  if (!skeleton) {
    llvm::consumeError(skeleton.takeError());
    return;
  }
  for (const gac::ByteRange &range : skeleton->ranges)
    expect(range.offset <= bytes.size() &&
               range.length <= bytes.size() - range.offset,
           "a range lies outside of the model");
  llvm::Expected<gac::Inflated> inflated = gac::inflate(skeleton->bytes);
  // Messages too small to hold a large tensor were copied unread.
  if (!inflated) {
    llvm::consumeError(inflated.takeError());
    return;
  }
  uint64_t size = 0;
  for (const gac::Segment &segment : inflated->segments)
    size += segment.range.length;
  expect(size == inflated->size, "the segments do not add up");
}

static void checkImport(llvm::StringRef bytes) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  bool hasError = false;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    hasError |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return success();
  });
  gac::ImportOptions options;
  options.allowMissingWeights = true;
  OwningOpRef<ModuleOp> module =
      gac::importOnnxModelFromMemory(bytes, "fuzz", &context, options);
  expect(hasError == !module, "an error without a failure, or the reverse");
  expect(!module || succeeded(verify(*module)), "the module is invalid");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  checkWireFormat(bytes);
  checkImport(bytes);
  return 0;
}
