//===- CUDAOps.cpp - The scheduled form -----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/CUDA/IR/CUDAOps.h"
#include "gac/Dialect/GAC/IR/GACAttributes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

View::View(MemRefType type) : sizes(type.getShape()) {
  // Neither fails: CUDA_MemRef admits static types alone.
  if (failed(type.getStridesAndOffset(strides, offset)))
    strides.assign(sizes.size(), ShapedType::kDynamic);
}

//===----------------------------------------------------------------------===//
// tensor
//===----------------------------------------------------------------------===//

LogicalResult TensorOp::verify() {
  TensorKind kind = getKind();
  bool hasData = kind == TensorKind::Weight || kind == TensorKind::Constant;
  if (hasData != getValue().has_value())
    return emitOpError() << "'" << getName() << "' is a "
                         << stringifyTensorKind(kind)
                         << (hasData ? " without a value" : " with a value");
  if (getValue() && cast<TypedAttr>(*getValue()).getType() != getType())
    return emitOpError() << "'" << getName() << "' is " << getType()
                         << ", and its value "
                         << cast<TypedAttr>(*getValue()).getType();
  if (getRange()) {
    ArrayRef<int64_t> range = *getRange();
    if (kind != TensorKind::Input ||
        !getTensorType().getElementType().isInteger())
      return emitOpError() << "'" << getName()
                           << "' has a range, but is no integer input";
    if (range.size() != 2 || range[0] > range[1])
      return emitOpError() << "'" << getName()
                           << "' has a range that is not first and last value";
  }
  if (getOutput().has_value() != getAxis().has_value() ||
      (getOutput() && kind != TensorKind::Cache))
    return emitOpError() << "'" << getName()
                         << "': an output and an axis are a cache's, together";
  if (getAxis() && (*getAxis() < 0 || static_cast<int64_t>(*getAxis()) >=
                                          getTensorType().getRank()))
    return emitOpError() << "'" << getName() << "' has no axis " << *getAxis();
  return verifyLanes();
}

LogicalResult TensorOp::verifyLanes() {
  if (!getLanes())
    return success();
  ArrayAttr lanes = *getLanes();
  RankedTensorType type = getTensorType();
  if (getValue())
    return emitOpError() << "'" << getName()
                         << "' has lanes of callers, who do not see weights";
  if (static_cast<int64_t>(lanes.size()) != type.getRank())
    return emitOpError() << "'" << getName() << "' has lanes for "
                         << lanes.size() << " of " << type.getRank() << " axes";
  for (auto [axis, entry] : llvm::enumerate(lanes)) {
    auto map = dyn_cast<LanesAttr>(entry);
    if (!map && !isa<UnitAttr>(entry))
      return emitOpError() << "'" << getName() << "' has no lanes on axis "
                           << axis << ", but " << entry;
    if (map && map.getSize() != type.getDimSize(axis))
      return emitOpError() << "'" << getName() << "' has lanes for "
                           << map.getSize() << " of " << type.getDimSize(axis)
                           << " on axis " << axis;
    if (map && getAxis() && axis == *getAxis())
      return emitOpError() << "'" << getName()
                           << "' has lanes on its axis of positions";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// kernel
//===----------------------------------------------------------------------===//

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  IntegerAttr threads;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseSymbolName(name, SymbolTable::getSymbolAttrName(),
                             result.attributes) ||
      parser.parseKeyword("threads") ||
      parser.parseAttribute(threads, parser.getBuilder().getI32Type(),
                            getThreadsAttrName(result.name),
                            result.attributes) ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren,
                               /*allowType=*/true) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  return parser.parseRegion(*result.addRegion(), arguments);
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << " threads " << getThreads() << " (";
  llvm::interleaveComma(
      getBody().getArguments(), printer,
      [&](BlockArgument argument) { printer.printRegionArgument(argument); });
  printer << ')';
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(), {getSymNameAttrName(), getThreadsAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult KernelOp::verify() {
  Block &block = getBody().front();
  if (!llvm::hasSingleElement(block))
    return emitOpError() << "needs exactly one operation in its body";
  for (BlockArgument argument : block.getArguments()) {
    auto type = dyn_cast<MemRefType>(argument.getType());
    if (!type || !type.hasStaticShape() || View(type).offset != 0)
      return emitOpError() << "argument " << argument.getArgNumber() << " is "
                           << argument.getType()
                           << ", not a static memref without an offset";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// get, alloc
//===----------------------------------------------------------------------===//

LogicalResult GetOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto tensor =
      symbols.lookupNearestSymbolFrom<TensorOp>(*this, getTensorAttr());
  if (!tensor)
    return emitOpError() << "knows no tensor " << getTensorAttr();
  auto type = cast<MemRefType>(getType());
  if (type.getElementType() != tensor.getTensorType().getElementType() ||
      type.getShape() != tensor.getTensorType().getShape() ||
      !type.getLayout().isIdentity())
    return emitOpError() << "gives " << type << ", but the tensor is "
                         << tensor.getType();
  return success();
}

void AllocOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  effects.emplace_back(MemoryEffects::Allocate::get(),
                       getOperation()->getOpResult(0));
}

//===----------------------------------------------------------------------===//
// launch
//===----------------------------------------------------------------------===//

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel =
      symbols.lookupNearestSymbolFrom<KernelOp>(*this, getKernelAttr());
  if (!kernel)
    return emitOpError() << "knows no kernel " << getKernelAttr();
  if (getGrid().size() != 3 ||
      llvm::any_of(getGrid(), [](int64_t size) { return size < 1; }))
    return emitOpError() << "needs a grid of three positive sizes";
  // What a device of any compute capability takes (CUDA C++ Programming Guide).
  constexpr int64_t kMost[] = {2147483647, 65535, 65535};
  for (auto [size, most, axis] :
       llvm::zip_equal(getGrid(), kMost, StringRef("xyz")))
    if (size > most)
      return emitOpError() << "has a grid of " << size << " blocks in " << axis
                           << ", where a device takes at most " << most;
  TypeRange arguments = kernel.getBody().getArgumentTypes();
  if (arguments.size() != getOperands().size())
    return emitOpError() << "gives " << getOperands().size()
                         << " operands to a kernel of " << arguments.size();
  for (auto [index, given, wanted] :
       llvm::enumerate(getOperands().getTypes(), arguments)) {
    auto from = cast<MemRefType>(given), to = cast<MemRefType>(wanted);
    View fromView(from), toView(to);
    if (from.getElementType() != to.getElementType() ||
        fromView.sizes != toView.sizes || fromView.strides != toView.strides)
      return emitOpError() << "operand " << index << " is " << given
                           << ", but the kernel takes " << wanted;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// gemm, copy
//===----------------------------------------------------------------------===//

LogicalResult GemmOp::verify() {
  View a(cast<MemRefType>(getA().getType())),
      b(cast<MemRefType>(getB().getType())),
      d(cast<MemRefType>(getD().getType()));
  size_t rank = d.sizes.size();
  if ((rank != 2 && rank != 3) || a.sizes.size() != rank ||
      b.sizes.size() != rank)
    return emitOpError() << "needs matrices, or equally many of each";
  size_t m = rank - 2, n = rank - 1;
  if (a.sizes[m] != d.sizes[m] || b.sizes[n] != d.sizes[n] ||
      a.sizes[n] != b.sizes[m] ||
      (rank == 3 && (a.sizes[0] != d.sizes[0] || b.sizes[0] != d.sizes[0])))
    return emitOpError() << "has operands whose sizes do not fit";
  for (const View *view : {&a, &b})
    if (view->strides[m] != 1 && view->strides[n] != 1)
      return emitOpError() << "has an operand of which neither rows nor "
                              "columns are contiguous";
  if (d.strides[n] != 1)
    return emitOpError() << "has a result whose rows are not contiguous";
  if (getC()) {
    View c(cast<MemRefType>(getC().getType()));
    if (c.sizes != d.sizes || c.strides[n] != 1)
      return emitOpError() << "adds what is not like its result";
  }
  if (getBias()) {
    View bias(cast<MemRefType>(getBias().getType()));
    if (bias.sizes.size() != 1 || bias.sizes[0] != d.sizes[n] ||
        bias.strides[0] != 1)
      return emitOpError() << "needs a bias of " << d.sizes[n] << " elements";
  }
  return success();
}

LogicalResult CopyOp::verify() {
  auto source = cast<MemRefType>(getSource().getType());
  auto target = cast<MemRefType>(getTarget().getType());
  if (source.getElementType() != target.getElementType() ||
      source.getNumElements() != target.getNumElements())
    return emitOpError() << "copies " << source << " to " << target;
  for (MemRefType type : {source, target})
    if (!type.areTrailingDimsContiguous(type.getRank()))
      return emitOpError() << "copies " << type << ", which is not contiguous";
  return success();
}

#define GET_OP_CLASSES
#include "gac/Dialect/CUDA/IR/CUDAOps.cpp.inc"
