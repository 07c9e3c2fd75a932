//===- KernelPrinter.cpp - One kernel as CUDA -----------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelPrinter.h"
#include "BodyPrinter.h"
#include "KernelLayouts.h"

#include "AttentionDecode.cuh"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

void KernelPrinter::setName(Value value, const Twine &name) {
  if (value)
    names.try_emplace(value, name.str());
}

StringRef KernelPrinter::getName(Value value) const {
  return value ? StringRef(names.find(value)->second) : "nullptr";
}

std::string KernelPrinter::getSplitArguments(Value counters,
                                             Value workspace) const {
  if (!workspace)
    return "nullptr, nullptr";
  return ("reinterpret_cast<unsigned *>(" + getName(counters) + "), " +
          getName(workspace))
      .str();
}

std::string KernelPrinter::getTokenCount(Value position, uint64_t past) const {
  if (!position)
    return past == 0 ? "{}" : "{" + std::to_string(past) + "}";
  return "{" + std::to_string(past) + ", " + getName(position).str() + "}";
}

static void
nameProduct(GemvOp op, StringRef suffix,
            llvm::function_ref<void(Value, const Twine &)> setName) {
  setName(op.getX(), "x" + suffix);
  setName(op.getWeight(), "weight" + suffix);
  setName(op.getGate(), "gate" + suffix);
  setName(op.getNorm(), "norm" + suffix);
  setName(op.getBias(), "bias" + suffix);
  setName(op.getResidual(), "residual" + suffix);
  setName(op.getOut(), "y" + suffix);
  setName(op.getWorkspace(), "workspace" + suffix);
  // One for all of a launch.
  setName(op.getCounters(), "counters");
}

static void
nameOperands(Operation *op,
             llvm::function_ref<void(Value, const Twine &)> setName) {
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](RMSNormOp op) {
        setName(op.getX(), "x");
        setName(op.getWeight(), "weight");
        setName(op.getOut(), "y");
      })
      .Case([&](RopeOp op) {
        setName(op.getX(), "x");
        setName(op.getCos(), "cosTable");
        setName(op.getSin(), "sinTable");
        setName(op.getPosition(), "position");
        setName(op.getOut(), "y");
      })
      .Case([&](EmbedOp op) {
        setName(op.getTable(), "table");
        setName(op.getIds(), "ids");
        setName(op.getOut(), "y");
      })
      .Case([&](AppendOp op) {
        setName(op.getRows(), "rows");
        setName(op.getPosition(), "position");
        setName(op.getOut(), "cache");
      })
      .Case([&](GemvOp op) { nameProduct(op, "", setName); })
      .Case([&](GemvGroupOp op) {
        for (auto [index, gemv] : llvm::enumerate(op.getProducts()))
          nameProduct(gemv, Twine(index).str(), setName);
      })
      .Case<AttentionPrefillOp, AttentionDecodeOp>([&](auto op) {
        setName(op.getQ(), "q");
        setName(op.getK(), "k");
        setName(op.getV(), "v");
        setName(op.getPosition(), "position");
        setName(op.getOut(), "o");
        if constexpr (std::is_same_v<decltype(op), AttentionDecodeOp>)
          setName(op.getWorkspace(), "workspace");
      })
      .Case([&](AttentionCombineOp op) {
        setName(op.getWorkspace(), "workspace");
        setName(op.getOut(), "o");
      })
      .Case([&](AttentionStepOp op) {
        setName(op.getQ(), "q");
        setName(op.getKey(), "newKey");
        setName(op.getValue(), "newValue");
        setName(op.getCos(), "cosTable");
        setName(op.getSin(), "sinTable");
        setName(op.getPosition(), "position");
        setName(op.getK(), "k");
        setName(op.getV(), "v");
        setName(op.getOut(), "o");
        setName(op.getWorkspace(), "workspace");
        setName(op.getCounters(), "counters");
      })
      .Case([&](linalg::GenericOp op) {
        for (auto [index, value] : llvm::enumerate(op.getInputs()))
          setName(value, "in" + Twine(index));
        for (auto [index, value] : llvm::enumerate(op.getOutputs()))
          setName(value, "out" + Twine(index));
      });
}

/// Whether the kernel writes what the argument points to.
static bool isWritten(Operation *op, Value argument) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return llvm::is_contained(generic.getOutputs(), argument);
  return llvm::any_of(*getEffectsRecursively(op), [&](const auto &effect) {
    return effect.getValue() == argument &&
           isa<MemoryEffects::Write>(effect.getEffect());
  });
}

namespace {
/// What kernels need that read before they wait for those before them.
struct EarlyKernel {
  StringRef blocks;    ///< To a multiprocessor; empty if that does not matter.
  uint32_t splits = 1; ///< Blocks of a cluster.
};
} // namespace

/// Null for kernels that wait first of all.
static std::optional<EarlyKernel> getEarlyKernel(Operation *op) {
  if (auto gemv = dyn_cast<GemvOp>(op))
    return EarlyKernel{", kGemvBlocks", gemv.getSplits()};
  if (auto group = dyn_cast<GemvGroupOp>(op))
    return getEarlyKernel(group.getProducts().front());
  if (auto step = dyn_cast<AttentionStepOp>(op))
    return EarlyKernel{"", step.getSplits()};
  return std::nullopt;
}

LogicalResult KernelPrinter::printParameters() {
  Operation *op = kernel.getComputation();
  nameOperands(op,
               [&](Value value, const Twine &name) { setName(value, name); });
  os << "\nextern \"C\" __global__ void __launch_bounds__("
     << kernel.getThreads();
  if (std::optional<EarlyKernel> early = getEarlyKernel(op)) {
    os << early->blocks;
    if (early->splits > 1)
      os << ")\n    GAC_CLUSTER(" << early->splits;
  }
  os << ")\n    " << kernel.getSymName() << '(';
  for (BlockArgument argument : kernel.getBody().getArguments()) {
    StringRef type = getTypeName(argument);
    if (type.empty())
      return kernel.emitOpError()
             << "has elements of type " << getElementType(argument)
             << ", which packages do not have";
    setName(argument, "unused" + Twine(argument.getArgNumber()));
    os << (argument.getArgNumber() == 0 ? "" : ", ")
       << (isWritten(op, argument) ? "" : "const ") << type << " *"
       << getName(argument);
  }
  os << ") {\n";
  return success();
}

LogicalResult KernelPrinter::print() {
  StringRef name = kernel.getSymName();
  if (llvm::isDigit(name.front()) ||
      !llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; }))
    return kernel.emitOpError() << "'" << name << "' is no name for a function";
  if (kernel.getThreads() < 1 || kernel.getThreads() > 1024)
    return kernel.emitOpError()
           << "has " << static_cast<int32_t>(kernel.getThreads())
           << " threads, and a block has 1 to 1024";
  if (failed(printParameters()))
    return failure();
  // Launches overlap: the blocks of one take their places while the last ones
  // of the one before it work. Some read weights or old keys meanwhile.
  if (!getEarlyKernel(kernel.getComputation()))
    os << "  letNextLaunchStart();\n  waitForLaunchBefore();\n";
  if (failed(printBody()))
    return failure();
  os << "}\n";
  return success();
}

LogicalResult KernelPrinter::printBody() {
  Operation *op = kernel.getComputation();
  auto print = [&](StringRef from, auto op) {
    header = from;
    return printBody(op);
  };
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](RMSNormOp op) { return print("RMSNorm.cuh", op); })
      .Case([&](RopeOp op) { return print("RoPE.cuh", op); })
      .Case([&](EmbedOp op) { return print("Copies.cuh", op); })
      .Case([&](AppendOp op) { return print("Copies.cuh", op); })
      .Case([&](GemvOp op) { return print("Gemv.cuh", op); })
      .Case([&](GemvGroupOp op) { return print("Gemv.cuh", op); })
      .Case([&](AttentionPrefillOp op) {
        return print("AttentionPrefill.cuh", op);
      })
      .Case([&](AttentionDecodeOp op) {
        return print("AttentionDecode.cuh", op);
      })
      .Case([&](AttentionCombineOp op) {
        return print("AttentionDecode.cuh", op);
      })
      .Case([&](AttentionStepOp op) { return print("AttentionStep.cuh", op); })
      .Case([&](linalg::GenericOp op) { return print("Scalar.cuh", op); })
      .Default([](Operation *op) {
        return op->emitOpError() << "is nothing that a kernel can compute";
      });
}

//===----------------------------------------------------------------------===//
// The families
//===----------------------------------------------------------------------===//

LogicalResult KernelPrinter::printBody(RMSNormOp op) {
  if (failed(checkLanes(op, "x", op.getX())) ||
      failed(checkLanes(op, "weight", op.getWeight())) ||
      failed(checkLanes(op, "out", op.getOut())))
    return failure();
  if (kernel.getThreads() % 32 != 0)
    return op.emitOpError()
           << "has " << kernel.getThreads() << " threads, no whole warps";
  View x = getView(op.getX()), y = getView(op.getOut());
  int64_t vector = op.getVector().value_or(1);
  if (failed(checkCount(op, getRows(x), x.sizes.back(), vector)))
    return failure();
  if (x.sizes.back() % vector != 0)
    return op.emitOpError()
           << "has rows of " << x.sizes.back()
           << " lanes, no multiple of its vectors of " << vector;
  // Rows without one pitch are found from the block's number.
  std::optional<int64_t> xPitch = getPitch(x), yPitch = getPitch(y);
  std::string xName = getName(op.getX()).str();
  std::string yName = getName(op.getOut()).str();
  auto getStart = [](StringRef name, const View &view, bool hasPitch) {
    if (hasPitch)
      return name.str();
    return name.str() + " + (" +
           getRowOffset(view, "static_cast<int64_t>(blockIdx.x)") + ")";
  };
  {
    kernels::ShapePrinter shape(os, "RMSNormShape");
    shape.add("width", x.sizes.back())
        .add("count", op.getCount())
        .add("epsilon", toLiteral(op.getEpsilon()))
        .add("xPitch", xPitch.value_or(0))
        .add("yPitch", yPitch.value_or(0));
  }
  os << "  rmsNorm<" << getTypeName(op.getX()) << ", "
     << getTypeName(op.getWeight()) << ", " << vector << ", rmsNormHeld("
     << x.sizes.back() << ", " << vector << ", " << kernel.getThreads()
     << "), false>(\n      " << getStart(xName, x, xPitch.has_value())
     << ", nullptr, " << getName(op.getWeight()) << ", nullptr, "
     << getStart(yName, y, yPitch.has_value()) << ", shape);\n";
  return success();
}

LogicalResult KernelPrinter::printBody(RopeOp op) {
  if (failed(checkLanes(op, "x", op.getX())) ||
      failed(checkLanes(op, "cos", op.getCos())) ||
      failed(checkLanes(op, "sin", op.getSin())) ||
      failed(checkLanes(op, "out", op.getOut())))
    return failure();
  View x = getView(op.getX()), cos = getView(op.getCos());
  View sin = getView(op.getSin());
  int64_t batch = x.sizes[0], tokens = x.sizes[2];
  auto getTable = [&](const View &table) {
    return std::pair(tokens == 1 ? table.sizes[2] : table.strides[1],
                     table.sizes[0] == 1 ? 0 : table.strides[0]);
  };
  if (getTable(cos) != getTable(sin))
    return op.emitOpError() << "has tables of two layouts";
  if (failed(checkCount(op, getRows(x), x.sizes[3] - op.getHalf(),
                        op.getVector().value_or(1))))
    return failure();
  {
    kernels::ShapePrinter shape(os, "RopeShape");
    shape.add("batch", batch)
        .add("tokens", tokens)
        .add("heads", x.sizes[1])
        .add("width", x.sizes[3])
        .add("storedHalf", op.getHalf())
        .add("logicalHalf", cos.sizes[2])
        .add("tablePitch", getTable(cos).first)
        .add("tableBatch", getTable(cos).second)
        .add("capacity", op.getAppend() ? getView(op.getOut()).sizes[2] : 0)
        .add("x", getLayout(op.getX()))
        .add("y", getLayout(op.getOut()));
  }
  os << "  rope<" << getTypeName(op.getX()) << ", " << getTypeName(op.getCos())
     << ", " << op.getVector().value_or(1) << ">(" << getName(op.getX()) << ", "
     << getName(op.getCos()) << ", " << getName(op.getSin()) << ", nullptr, "
     << getName(op.getOut()) << ", shape, {}, "
     << getTokenCount(op.getPosition(), op.getPast()) << ");\n";
  return success();
}

LogicalResult KernelPrinter::printBody(EmbedOp op) {
  if (failed(checkLanes(op, "table", op.getTable())) ||
      failed(checkLanes(op, "out", op.getOut())))
    return failure();
  View table = getView(op.getTable()), out = getView(op.getOut());
  std::optional<int64_t> pitch = getPitch(out);
  auto ids = cast<MemRefType>(op.getIds().getType());
  if (!pitch || !ids.areTrailingDimsContiguous(ids.getRank()))
    return op.emitOpError()
           << "needs contiguous indices and one distance between its rows";
  if (failed(checkCount(op, getRows(out), table.sizes[1],
                        op.getVector().value_or(1))))
    return failure();
  {
    kernels::ShapePrinter shape(os, "EmbeddingShape");
    shape.add("tokens", getRows(out))
        .add("tableRows", table.sizes[0])
        .add("width", table.sizes[1])
        .add("tablePitch", *getPitch(table))
        .add("yPitch", *pitch);
  }
  os << "  embed<" << getTypeName(op.getTable()) << ", "
     << getTypeName(op.getIds()) << ", " << op.getVector().value_or(1) << ">("
     << getName(op.getIds()) << ", " << getName(op.getTable()) << ", "
     << getName(op.getOut()) << ", shape);\n";
  return success();
}

LogicalResult KernelPrinter::printBody(AppendOp op) {
  if (failed(checkLanes(op, "rows", op.getRows())) ||
      failed(checkLanes(op, "out", op.getOut())))
    return failure();
  View rows = getView(op.getRows()), cache = getView(op.getOut());
  if (failed(checkCount(op, getRows(rows), rows.sizes[3],
                        op.getVector().value_or(1))))
    return failure();
  {
    kernels::ShapePrinter shape(os, "CacheShape");
    shape.add("batch", rows.sizes[0])
        .add("tokens", rows.sizes[2])
        .add("heads", rows.sizes[1])
        .add("width", rows.sizes[3])
        .add("capacity", cache.sizes[2])
        .add("source", getLayout(op.getRows()))
        .add("cache", getLayout(op.getOut()));
  }
  os << "  appendToCache<" << getTypeName(op.getRows()) << ", "
     << op.getVector().value_or(1) << ">(" << getName(op.getRows()) << ", "
     << getName(op.getOut()) << ", shape, "
     << getTokenCount(op.getPosition(), op.getPast()) << ");\n";
  return success();
}

LogicalResult KernelPrinter::printBody(linalg::GenericOp op) {
  return printGeneric(op, names, os);
}
