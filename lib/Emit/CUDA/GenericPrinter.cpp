//===- GenericPrinter.cpp - linalg.generic as CUDA ------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BodyPrinter.h"
#include "KernelLayouts.h"
#include "KernelPrinter.h"

using namespace mlir;
using namespace gac::cuda;

namespace {

/// An operand as the loops see it.
struct Access {
  OpOperand *operand = nullptr;
  StringRef name, type;
  /// Elements between neighbours along each loop, outermost first, and from
  /// the operand's beginning to its first element.
  SmallVector<int64_t> strides;
  int64_t base = 0;
  bool isRead = false, isWritten = false;
};

/// A loop of the op, as a part of a loop that is printed: its index is the
/// printed one's, divided by `divisor`, modulo its size.
struct LoopPart {
  size_t printed = 0;
  int64_t divisor = 1, size = 1;
};

/// Prints the loops of one op. Loops are put into the order of the first
/// result's memory and joined where all operands allow it; the innermost is
/// walked by vectors, the others make up the rows.
class GenericPrinter {
public:
  GenericPrinter(linalg::GenericOp op, raw_ostream &os) : op(op), os(os) {}

  LogicalResult print(const DenseMap<Value, std::string> &names);

private:
  LogicalResult collect(const DenseMap<Value, std::string> &names);
  void joinLoops();
  LogicalResult chooseVector();
  void printRowIndices();
  std::string getOffset(const Access &access, bool withColumn) const;
  void printLoad(const Access &access);
  void printStore(const Access &access);
  LogicalResult printLanes();
  std::string getIndex(const LoopPart &part) const;

  bool isVector(const Access &access) const {
    return access.strides.back() == 1;
  }
  bool isBroadcast(const Access &access) const {
    return access.strides.back() == 0 && !access.isWritten;
  }
  /// The number of lanes that count, as the last argument of a vector access.
  StringRef getValid() const { return whole ? "" : ", valid"; }

  linalg::GenericOp op;
  raw_ostream &os;
  SmallVector<Access> accesses;
  /// Sizes of the printed loops, never empty; the last is the width.
  SmallVector<int64_t> sizes;
  /// By loop of the op.
  SmallVector<LoopPart> parts;
  int64_t vector = 1;
  /// Whether no vector is cut by the end of a row.
  bool whole = true;
};

} // namespace

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

LogicalResult
GenericPrinter::collect(const DenseMap<Value, std::string> &names) {
  if (!llvm::all_of(op.getIteratorTypesArray(), [](auto kind) {
        return kind == utils::IteratorType::parallel;
      }))
    return op.emitOpError() << "reduces, which has no spelling in CUDA";
  sizes = op.getStaticLoopRanges();
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = dyn_cast<MemRefType>(operand.get().getType());
    if (!type || getMemoryTypeName(type.getElementType()).empty())
      return op.emitOpError()
             << "has an operand of type " << operand.get().getType()
             << ", which has no spelling in CUDA";
    View view(type);
    Access &access = accesses.emplace_back();
    access.operand = &operand;
    access.name = names.find(operand.get())->second;
    access.type = getMemoryTypeName(type.getElementType());
    access.strides.assign(sizes.size(), 0);
    access.isWritten = op.isDpsInit(&operand);
    access.isRead = !op.getMatchingBlockArgument(&operand).use_empty();
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [index, expr] : llvm::enumerate(map.getResults())) {
      if (auto dim = dyn_cast<AffineDimExpr>(expr))
        access.strides[dim.getPosition()] += view.strides[index];
      else if (auto constant = dyn_cast<AffineConstantExpr>(expr))
        access.base += constant.getValue() * view.strides[index];
      else
        return op.emitOpError()
               << "has the indexing map " << AffineMapAttr::get(map)
               << ", which is no projection and has no spelling in CUDA";
    }
  }
  return success();
}

void GenericPrinter::joinLoops() {
  // Loops of one turn have no index; the others by the first result's memory.
  SmallVector<size_t> order;
  for (size_t loop = 0; loop < sizes.size(); ++loop)
    if (sizes[loop] != 1)
      order.push_back(loop);
  const Access &result = accesses[op.getNumDpsInputs()];
  llvm::sort(order, [&](size_t a, size_t b) {
    return result.strides[a] != result.strides[b]
               ? result.strides[a] > result.strides[b]
               : a < b;
  });

  parts.assign(sizes.size(), LoopPart());
  SmallVector<int64_t> joined;
  SmallVector<SmallVector<int64_t>> strides(accesses.size());
  for (size_t loop : order) {
    bool fits = !joined.empty();
    for (auto [access, mine] : llvm::zip(accesses, strides))
      fits = fits && mine.back() == access.strides[loop] * sizes[loop];
    if (fits) {
      joined.back() *= sizes[loop];
      for (LoopPart &part : parts)
        if (part.size != 1 && part.printed == joined.size() - 1)
          part.divisor *= sizes[loop];
    } else {
      joined.push_back(sizes[loop]);
      for (auto &mine : strides)
        mine.push_back(0);
    }
    for (auto [access, mine] : llvm::zip(accesses, strides))
      mine.back() = access.strides[loop];
    parts[loop] = {joined.size() - 1, 1, sizes[loop]};
  }
  if (joined.empty()) {
    joined.push_back(1);
    for (auto &mine : strides)
      mine.push_back(1);
  }
  sizes = joined;
  for (auto [access, mine] : llvm::zip(accesses, strides))
    access.strides = mine;
}

LogicalResult GenericPrinter::chooseVector() {
  if (auto wanted = op->getAttrOfType<IntegerAttr>(attr::vector))
    vector = wanted.getInt();
  if (vector < 1 || vector > 16 || (vector & (vector - 1)) != 0)
    return op.emitOpError() << "has vectors of " << vector
                            << " elements, no power of two up to 16";
  // The base pointers suit these vectors; so must all rows.
  for (const Access &access : accesses) {
    if (!isVector(access))
      continue;
    while (access.base % vector != 0)
      vector /= 2;
    for (int64_t stride : ArrayRef(access.strides).drop_back())
      while (stride % vector != 0)
        vector /= 2;
  }
  int64_t rows = 1;
  for (int64_t size : ArrayRef(sizes).drop_back())
    if (llvm::MulOverflow(rows, size, rows))
      return op.emitOpError() << "has too many elements";
  if (failed(checkCount(op, rows, sizes.back(), vector)))
    return failure();
  whole = sizes.back() % vector == 0;
  os << "  forEachRowVector<" << vector << ">(" << rows << ", " << sizes.back()
     << ", [&](int64_t row, int64_t column, int valid) {\n";
  return success();
}

void GenericPrinter::printRowIndices() {
  int64_t below = 1;
  for (size_t loop = sizes.size() - 1; loop-- > 0;) {
    std::string index = "static_cast<unsigned>(row)";
    if (below > 1)
      index += " / " + std::to_string(below);
    if (loop > 0)
      index += " % " + std::to_string(sizes[loop]);
    os << "    const int64_t i" << loop << " = " << index << ";\n";
    below *= sizes[loop];
  }
}

std::string GenericPrinter::getIndex(const LoopPart &part) const {
  if (part.size == 1)
    return "int64_t(0)";
  bool isColumn = part.printed + 1 == sizes.size();
  std::string index =
      isColumn ? "(column + i)" : "i" + std::to_string(part.printed);
  if (part.divisor == 1 && part.size == sizes[part.printed])
    return index;
  if (part.divisor > 1)
    index += " / " + std::to_string(part.divisor);
  if (part.divisor * part.size != sizes[part.printed])
    index += " % " + std::to_string(part.size);
  return "(" + index + ")";
}

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

/// Where the vector begins, as " + ..." behind the operand's name.
std::string GenericPrinter::getOffset(const Access &access,
                                      bool withColumn) const {
  std::string text;
  if (access.base != 0)
    text += " + " + std::to_string(access.base);
  for (size_t loop = 0; loop + 1 < sizes.size(); ++loop)
    if (access.strides[loop] != 0)
      text += " + i" + std::to_string(loop) +
              (access.strides[loop] == 1
                   ? ""
                   : " * " + std::to_string(access.strides[loop]));
  if (withColumn && access.strides.back() != 0) {
    text += " + column";
    if (access.strides.back() != 1)
      text += " * " + std::to_string(access.strides.back());
  }
  return text;
}

/// Defines aN: a vector, or one value for all lanes.
void GenericPrinter::printLoad(const Access &access) {
  unsigned number = access.operand->getOperandNumber();
  std::string offset = getOffset(access, /*withColumn=*/true);
  if (isBroadcast(access)) {
    os << "    const " << access.type << " a" << number << " = *("
       << access.name << offset << ");\n";
  } else if (isVector(access)) {
    os << "    const auto a" << number << " = loadVector<" << vector << ">("
       << access.name << offset << getValid() << ");\n";
  } else {
    os << "    Vector<" << access.type << ", " << vector << "> a" << number
       << " = {};\n#pragma unroll\n    for (int i = 0; i < " << vector
       << "; ++i)\n";
    if (!whole)
      os << "      if (i < valid)\n  ";
    os << "      a" << number << ".lanes[i] = (" << access.name << offset
       << ")[i * " << access.strides.back() << "LL];\n";
  }
}

void GenericPrinter::printStore(const Access &access) {
  unsigned number = access.operand->getOperandNumber();
  std::string offset = getOffset(access, /*withColumn=*/true);
  if (isVector(access)) {
    os << "    storeVector<" << vector << ">(" << access.name << offset << ", r"
       << number << getValid() << ");\n";
    return;
  }
  os << "#pragma unroll\n    for (int i = 0; i < " << vector << "; ++i)\n";
  if (!whole)
    os << "      if (i < valid)\n  ";
  os << "      (" << access.name << offset << ")[i * " << access.strides.back()
     << "LL] = r" << number << ".lanes[i];\n";
}

LogicalResult GenericPrinter::printLanes() {
  bool narrow = llvm::all_of(op.getOutputs(), [](Value output) {
    return cast<MemRefType>(output.getType())
               .getElementType()
               .getIntOrFloatBitWidth() == 16;
  });
  os << "#pragma unroll\n    for (int i = 0; i < " << vector << "; ++i) {\n";
  BodyPrinter body(os, "      ", narrow);
  for (const Access &access : accesses) {
    std::string name = "a" + std::to_string(access.operand->getOperandNumber());
    body.setName(op.getMatchingBlockArgument(access.operand),
                 isBroadcast(access) ? name : name + ".lanes[i]");
  }
  Block &block = op.getRegion().front();
  for (Operation &inner : block.without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner))
      body.setName(index, getIndex(parts[index.getDim()]));
    else if (failed(body.print(&inner)))
      return failure();
  }
  for (auto [access, value] :
       llvm::zip(ArrayRef(accesses).drop_front(op.getNumDpsInputs()),
                 block.getTerminator()->getOperands()))
    os << "      r" << access.operand->getOperandNumber()
       << ".lanes[i] = " << body.getName(value) << ";\n";
  os << "    }\n";
  return success();
}

LogicalResult GenericPrinter::print(const DenseMap<Value, std::string> &names) {
  if (failed(collect(names)))
    return failure();
  joinLoops();
  if (failed(chooseVector()))
    return failure();
  printRowIndices();
  for (const Access &access : accesses) {
    if (access.isRead)
      printLoad(access);
    if (access.isWritten)
      os << "    Vector<" << access.type << ", " << vector << "> r"
         << access.operand->getOperandNumber() << ";\n";
  }
  if (failed(printLanes()))
    return failure();
  for (const Access &access : accesses)
    if (access.isWritten)
      printStore(access);
  os << "  });\n";
  return success();
}

LogicalResult gac::cuda::printGeneric(linalg::GenericOp op,
                                      const DenseMap<Value, std::string> &names,
                                      raw_ostream &os) {
  return GenericPrinter(op, os).print(names);
}
