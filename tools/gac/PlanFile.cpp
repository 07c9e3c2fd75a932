//===- PlanFile.cpp - Plans as files --------------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanFile.h"

#include "gac/Support/OutputFile.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace gac;

llvm::Expected<PlanAttr> gac::readPlanFile(MLIRContext *context,
                                           StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return llvm::createStringError("the plan '" + path + "' cannot be read: " +
                                   buffer.getError().message());
  std::string problem;
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    if (problem.empty() &&
        diagnostic.getSeverity() == DiagnosticSeverity::Error)
      problem = diagnostic.str();
    return success();
  });
  Attribute parsed = parseAttribute((*buffer)->getBuffer().trim(), context);
  if (auto plan = dyn_cast_or_null<PlanAttr>(parsed))
    return plan;
  return llvm::createStringError("'" + path +
                                 "' holds no plan, #gac.plan<...>" +
                                 (problem.empty() ? "" : ": " + problem));
}

llvm::Error gac::writePlanFile(PlanAttr plan, StringRef path) {
  std::string text;
  llvm::raw_string_ostream(text) << plan << "\n";
  OutputTransaction transaction;
  llvm::Expected<OutputFile *> file = transaction.open(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = (*file)->write(text))
    return error;
  return transaction.commit();
}
