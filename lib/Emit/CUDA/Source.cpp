//===- Source.cpp - The CUDA source of a scheduled module -----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Emit/CUDA/Source.h"

#include "KernelHeaders.h"
#include "KernelPrinter.h"

#include "gac/Dialect/CUDA/IR/CUDAOps.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace gac::cuda;

/// Prints the header `name` after those that it includes, each once.
static void printHeader(StringRef name, llvm::StringSet<> &printed,
                        raw_ostream &os) {
  if (!printed.insert(name).second)
    return;
  const KernelHeader *header =
      llvm::find_if(getKernelHeaders(), [&](const KernelHeader &each) {
        return each.name == name;
      });
  assert(header != getKernelHeaders().end() && "kernels/ has no such header");
  SmallVector<StringRef> lines;
  StringRef(header->text).split(lines, '\n');
  auto getInclude = [](StringRef line) {
    return line.consume_front("#include \"") ? line.split('"').first
                                             : StringRef();
  };
  for (StringRef line : lines)
    if (StringRef include = getInclude(line); !include.empty())
      printHeader(include, printed, os);
  bool wasEmpty = false;
  for (StringRef line : lines) {
    if (!getInclude(line).empty() || (wasEmpty && line.empty()))
      continue;
    os << line << '\n';
    wasEmpty = line.empty();
  }
}

LogicalResult gac::cuda::printCudaSource(ModuleOp module, raw_ostream &os) {
  std::string kernels;
  llvm::raw_string_ostream kernelStream(kernels);
  std::vector<StringRef> headers;
  for (auto kernel : module.getOps<KernelOp>()) {
    KernelPrinter printer(kernel, kernelStream);
    if (failed(printer.print()))
      return failure();
    headers.push_back(printer.getHeader());
  }

  os << "// The kernels of a GAC package";
  if (auto model = module->getAttrOfType<StringAttr>(attr::model))
    os << ", for the model '" << model.getValue() << "'";
  os << ". The manifest says how they are launched.\n\n";
  llvm::StringSet<> printed;
  printHeader("Common.cuh", printed, os);
  llvm::sort(headers);
  for (StringRef header : headers)
    printHeader(header, printed, os);
  os << "using namespace gac::kernels;\n" << kernels;
  return success();
}
