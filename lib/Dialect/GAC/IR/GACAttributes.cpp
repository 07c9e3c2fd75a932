//===- GACAttributes.cpp - Attributes of the gac dialect ------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gac;

#define GET_ATTRDEF_CLASSES
#include "gac/Dialect/GAC/IR/GACAttributes.cpp.inc"

void GACDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "gac/Dialect/GAC/IR/GACAttributes.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// FileAttr
//===----------------------------------------------------------------------===//

LogicalResult FileAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               ShapedType, StringRef path, int64_t offset,
                               int64_t length, int64_t fileSize, int64_t,
                               bool) {
  if (offset < 0 || length < 0 || fileSize < 0)
    return emitError() << "offset " << offset << ", length " << length
                       << " and size " << fileSize
                       << " of a file must not be negative";
  if (offset > fileSize || length > fileSize - offset)
    return emitError() << "bytes " << offset << " to " << offset << " + "
                       << length << " are not within '" << path << "' of "
                       << fileSize << " bytes";
  return success();
}

//===----------------------------------------------------------------------===//
// LanesAttr
//===----------------------------------------------------------------------===//

LanesAttr LanesAttr::getIdentity(MLIRContext *context, int64_t size) {
  if (size == 0)
    return get(context, 0, {});
  return get(context, size, LaneRun{0, 0, size});
}

bool LanesAttr::isIdentity() const {
  ArrayRef<LaneRun> runs = getRuns();
  if (runs.empty())
    return getSize() == 0;
  return runs.size() == 1 && runs[0].from == 0 && runs[0].to == 0 &&
         runs[0].length == getSize();
}

int64_t LanesAttr::getOldSize() const {
  return getRuns().empty() ? 0
                           : getRuns().back().from + getRuns().back().length;
}

LanesAttr LanesAttr::then(LanesAttr next) const {
  SmallVector<LaneRun> runs;
  for (const LaneRun &first : getRuns())
    for (const LaneRun &second : next.getRuns()) {
      int64_t begin = std::max(first.to, second.from);
      int64_t end =
          std::min(first.to + first.length, second.from + second.length);
      if (begin >= end)
        continue;
      LaneRun run{first.from + begin - first.to,
                  second.to + begin - second.from, end - begin};
      LaneRun *last = runs.empty() ? nullptr : &runs.back();
      if (last && last->to + last->length == run.to)
        last->length += run.length;
      else
        runs.push_back(run);
    }
  return get(getContext(), next.getSize(), runs);
}

LogicalResult LanesAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                int64_t size, ArrayRef<LaneRun> runs) {
  int64_t from = 0, to = 0;
  for (const LaneRun &run : runs) {
    if (run.length <= 0)
      return emitError() << "a run of " << run.length << " lanes";
    if (run.from != from)
      return emitError() << "expected the run to start at old lane " << from
                         << ", got " << run.from;
    if (run.to < to || run.to > size || run.length > size - run.to)
      return emitError() << "lanes " << run.to << " to " << run.to << " + "
                         << run.length << " overlap or leave an axis of "
                         << size;
    from = run.from + run.length;
    to = run.to + run.length;
  }
  return success();
}

// `<` size (`:` from `to` to `x` length (`,` ...)*)? `>`
Attribute LanesAttr::parse(AsmParser &parser, Type) {
  int64_t size;
  SmallVector<LaneRun> runs;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseInteger(size))
    return {};
  if (succeeded(parser.parseOptionalColon())) {
    auto parseRun = [&]() -> ParseResult {
      LaneRun &run = runs.emplace_back();
      return failure(parser.parseInteger(run.from) ||
                     parser.parseKeyword("to") || parser.parseInteger(run.to) ||
                     parser.parseKeyword("by") ||
                     parser.parseInteger(run.length));
    };
    if (parser.parseCommaSeparatedList(parseRun))
      return {};
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<LanesAttr>(loc, parser.getContext(), size, runs);
}

void LanesAttr::print(AsmPrinter &printer) const {
  printer << "<" << getSize();
  if (!getRuns().empty())
    printer << " : ";
  llvm::interleaveComma(getRuns(), printer, [&](const LaneRun &run) {
    printer << run.from << " to " << run.to << " by " << run.length;
  });
  printer << ">";
}

//===----------------------------------------------------------------------===//
// PadAttr
//===----------------------------------------------------------------------===//

/// Whether `list` has a size other than 1 on one axis at most, that of `type`.
static bool goesAlongOneAxis(ShapedType list, ShapedType type) {
  if (list.getElementType() != type.getElementType() ||
      list.getRank() != type.getRank())
    return false;
  unsigned along = 0;
  for (auto [size, whole] : llvm::zip_equal(list.getShape(), type.getShape())) {
    if (size == 1)
      continue;
    if (size != whole)
      return false;
    ++along;
  }
  return along <= 1;
}

LogicalResult PadAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              ShapedType type, TypedAttr source,
                              ArrayRef<LanesAttr> lanes, TypedAttr fill) {
  auto from = dyn_cast<ShapedType>(source.getType());
  if (!from || !from.hasStaticShape() || !type.hasStaticShape())
    return emitError() << "expected tensors of static shape, got " << type
                       << " from " << source.getType();
  if (from.getElementType() != type.getElementType())
    return emitError() << "expected one element type, got "
                       << type.getElementType() << " from "
                       << from.getElementType();
  auto list = dyn_cast_or_null<DenseElementsAttr>(fill);
  if (list && !goesAlongOneAxis(list.getType(), type))
    return emitError() << "expected numbers along one axis of " << type
                       << " to fill with, got numbers of " << list.getType();
  if (fill && !list &&
      (!isa<IntegerAttr, FloatAttr>(fill) ||
       fill.getType() != type.getElementType()))
    return emitError() << "expected a number of type " << type.getElementType()
                       << " to fill with, got " << fill;
  if (from.getRank() != type.getRank() ||
      static_cast<int64_t>(lanes.size()) != type.getRank())
    return emitError() << "expected one rank, got " << lanes.size()
                       << " lane maps for " << type << " from " << from;
  for (auto [axis, map] : llvm::enumerate(lanes))
    if (map.getOldSize() != from.getDimSize(axis) ||
        map.getSize() != type.getDimSize(axis))
      return emitError() << "axis " << axis << ": the map takes "
                         << map.getOldSize() << " lanes to " << map.getSize()
                         << ", the types say " << from.getDimSize(axis)
                         << " to " << type.getDimSize(axis);
  return success();
}

//===----------------------------------------------------------------------===//
// CastAttr
//===----------------------------------------------------------------------===//

LogicalResult CastAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               ShapedType type, TypedAttr source) {
  auto from = dyn_cast<ShapedType>(source.getType());
  if (!from || !from.hasStaticShape() || !type.hasStaticShape() ||
      from.getShape() != type.getShape())
    return emitError() << "expected tensors of one static shape, got " << type
                       << " from " << source.getType();
  Type element = from.getElementType();
  if (!element.isF16() && !element.isBF16() && !element.isF32() &&
      !element.isF64())
    return emitError() << "expected numbers of f16, bf16, f32 or f64 to round, "
                          "got "
                       << element;
  Type rounded = type.getElementType();
  if (!rounded.isF16() && !rounded.isBF16() && !rounded.isF32())
    return emitError() << "expected to round to f16, bf16 or f32, got "
                       << rounded;
  return success();
}

//===----------------------------------------------------------------------===//
// TransposeAttr
//===----------------------------------------------------------------------===//

LogicalResult
TransposeAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      ShapedType type, TypedAttr source,
                      ArrayRef<int64_t> perm) {
  auto from = dyn_cast<ShapedType>(source.getType());
  if (!from || !from.hasStaticShape() || !type.hasStaticShape() ||
      from.getElementType() != type.getElementType() ||
      from.getRank() != type.getRank())
    return emitError() << "expected tensors of static shape, of one rank and "
                          "element type, got "
                       << type << " from " << source.getType();
  SmallVector<int64_t> sorted(perm);
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, type.getRank())))
    return emitError() << "expected a permutation of " << type.getRank()
                       << " axes, got [" << perm << "]";
  for (auto [axis, to] : llvm::enumerate(perm))
    if (type.getDimSize(axis) != from.getDimSize(to))
      return emitError() << "axis " << axis << " of size "
                         << type.getDimSize(axis) << " is axis " << to
                         << " of the source, of size " << from.getDimSize(to);
  return success();
}

//===----------------------------------------------------------------------===//
// PartAttr
//===----------------------------------------------------------------------===//

LogicalResult PartAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               ShapedType type, StringRef name,
                               TypedAttr source, int64_t fanIn, TypedAttr) {
  if (source.getType() != type)
    return emitError() << "'" << name << "' is of type " << source.getType()
                       << ", not " << type;
  if (!type.hasStaticShape())
    return emitError() << "expected a tensor of static shape, got " << type;
  if (fanIn < 1)
    return emitError() << "'" << name << "' cannot have a fan-in of " << fanIn;
  return success();
}

//===----------------------------------------------------------------------===//
// ConcatAttr
//===----------------------------------------------------------------------===//

LogicalResult ConcatAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ShapedType type, ArrayRef<TypedAttr> sources,
                                 int64_t axis) {
  if (!type.hasStaticShape() || axis < 0 || axis >= type.getRank())
    return emitError() << "expected an axis of a tensor of static shape, got "
                       << axis << " of " << type;
  int64_t size = 0;
  for (TypedAttr source : sources) {
    auto from = dyn_cast<ShapedType>(source.getType());
    SmallVector<int64_t> shape;
    if (from && from.hasStaticShape() &&
        from.getElementType() == type.getElementType())
      shape.assign(from.getShape().begin(), from.getShape().end());
    if (static_cast<int64_t>(shape.size()) == type.getRank()) {
      size += shape[axis];
      shape[axis] = type.getDimSize(axis);
    }
    if (type.getShape() != ArrayRef(shape))
      return emitError() << source.getType() << " cannot be a part of " << type
                         << " along axis " << axis;
  }
  if (size != type.getDimSize(axis))
    return emitError() << "the parts have " << size << " lanes along axis "
                       << axis << " of " << type;
  return success();
}

//===----------------------------------------------------------------------===//
// ProductAttr
//===----------------------------------------------------------------------===//

LogicalResult ProductAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  ShapedType type, TypedAttr a, TypedAttr b) {
  auto left = dyn_cast<ShapedType>(a.getType()),
       right = dyn_cast<ShapedType>(b.getType());
  Type element = type.getElementType();
  if (!element.isF16() && !element.isBF16() && !element.isF32() &&
      !element.isF64())
    return emitError() << "expected a product of f16, bf16, f32 or f64, got "
                       << element;
  auto isMatrix = [&](ShapedType matrix) {
    return matrix && matrix.hasStaticShape() && matrix.getRank() == 2 &&
           matrix.getElementType() == element;
  };
  if (!isMatrix(left) || !isMatrix(right) || !isMatrix(type) ||
      left.getDimSize(1) != right.getDimSize(0) ||
      left.getDimSize(0) != type.getDimSize(0) ||
      right.getDimSize(1) != type.getDimSize(1))
    return emitError() << type << " is no product of " << a.getType() << " and "
                       << b.getType();
  return success();
}

//===----------------------------------------------------------------------===//
// MergeAttr
//===----------------------------------------------------------------------===//

LogicalResult MergeAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                ArrayRef<StringAttr> weights) {
  if (weights.size() < 2)
    return emitError() << "a merge needs two weights or more, got "
                       << weights.size();
  return success();
}

//===----------------------------------------------------------------------===//
// GrowthAttr
//===----------------------------------------------------------------------===//

LogicalResult GrowthAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringRef dimension, int64_t from,
                                 int64_t to) {
  if (from <= 0 || to <= from)
    return emitError() << "dimension " << dimension << " cannot grow from "
                       << from << " to " << to;
  return success();
}
