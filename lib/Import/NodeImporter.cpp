//===- NodeImporter.cpp - From nodes to ops ---------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Import/OnnxTypes.h"
#include "gac/Import/Residual.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace gac;
using namespace mlir;

using onnx::AttributeProto;
using onnx::NodeProto;

static bool isDefaultDomain(StringRef domain) {
  return domain.empty() || domain == "ai.onnx";
}

static std::string getKey(const std::string &domain, const std::string &name,
                          const std::string &overload) {
  return domain + '\0' + name + '\0' + overload;
}

void NodeImporter::addFunction(const onnx::FunctionProto &function) {
  functions[getKey(function.domain(), function.name(), function.overload())];
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

AttributeProto::AttributeType gac::getKind(const AttributeProto &attribute) {
  if (attribute.type() != AttributeProto::UNDEFINED)
    return attribute.type();
  if (attribute.has_f())
    return AttributeProto::FLOAT;
  if (attribute.has_i())
    return AttributeProto::INT;
  if (attribute.has_s())
    return AttributeProto::STRING;
  if (attribute.has_t())
    return AttributeProto::TENSOR;
  if (attribute.floats_size())
    return AttributeProto::FLOATS;
  if (attribute.ints_size())
    return AttributeProto::INTS;
  if (attribute.strings_size())
    return AttributeProto::STRINGS;
  return AttributeProto::UNDEFINED;
}

/// Whether fields of other kinds than the attribute's hold data. No one reads
/// them, and only a serialised AttributeProto keeps them.
static bool hasOtherData(const AttributeProto &attribute) {
  AttributeProto::AttributeType kind = getKind(attribute);
  return (attribute.has_t() && kind != AttributeProto::TENSOR) ||
         attribute.has_g() || attribute.has_sparse_tensor() ||
         attribute.tensors_size() || attribute.graphs_size() ||
         attribute.sparse_tensors_size();
}

/// The attribute, or null for one that only a serialised AttributeProto can
/// state. Tensors are not among them either.
Attribute NodeImporter::importAttribute(const AttributeProto &attribute) {
  if (!attribute.ref_attr_name().empty() || hasOtherData(attribute))
    return {};
  switch (getKind(attribute)) {
  case AttributeProto::FLOAT:
    return builder.getF32FloatAttr(attribute.f());
  case AttributeProto::INT:
    return builder.getI64IntegerAttr(attribute.i());
  case AttributeProto::STRING:
    return builder.getStringAttr(attribute.s());
  case AttributeProto::FLOATS:
    return builder.getDenseF32ArrayAttr(
        {attribute.floats().data(),
         static_cast<size_t>(attribute.floats_size())});
  case AttributeProto::INTS:
    return builder.getDenseI64ArrayAttr(
        llvm::to_vector_of<int64_t>(attribute.ints()));
  case AttributeProto::STRINGS:
    return builder.getArrayAttr(llvm::map_to_vector(
        attribute.strings(), [&](const std::string &text) -> Attribute {
          return builder.getStringAttr(text);
        }));
  default:
    return {};
  }
}

FailureOr<Attribute>
NodeImporter::importTensorAttribute(const AttributeProto &attribute,
                                    const NodeProto &node) {
  FailureOr<TypedAttr> value =
      tensors.importValue(attribute.t(), "attribute '" + attribute.name() +
                                             "' of " + describe(node));
  if (failed(value))
    return failure();
  return Attribute(*value);
}

//===----------------------------------------------------------------------===//
// Named ops
//===----------------------------------------------------------------------===//

const OnnxOpInfo *NodeImporter::findOp(const NodeProto &node) const {
  if (opset == 0 || !node.overload().empty() ||
      functions.contains(getKey(node.domain(), node.op_type(), "")))
    return nullptr;
  if (isDefaultDomain(node.domain())) {
    const OnnxOpInfo *info = lookupOnnxOp(node.op_type());
    return info && info->runtimeSince <= opset && opset <= info->until
               ? info
               : nullptr;
  }
  const OnnxOpInfo *info = lookupOnnxOp(node.op_type(), node.domain());
  if (!info)
    return nullptr;
  // ONNX Runtime has its own operators whether or not a file imports them.
  auto version = otherOpsets.find(node.domain());
  bool isStated =
      version == otherOpsets.end() ||
      (info->runtimeSince <= version->second && version->second <= info->until);
  return isStated ? info : nullptr;
}

/// Assigns what a node has (`isPresent`, by position) to the operands or
/// results that an op takes. Returns how many of each, or nothing if they do
/// not fit.
static std::optional<SmallVector<int32_t>>
assignSegments(OnnxArity arity, SmallVector<bool> isPresent) {
  // What is left out at the end need not be listed.
  while (!isPresent.empty() && !isPresent.back())
    isPresent.pop_back();
  int given = static_cast<int>(isPresent.size());
  int fixed = arity.required + arity.optional;
  if (given < arity.required || (given > fixed && !arity.variadic))
    return std::nullopt;
  SmallVector<int32_t> segments;
  for (int i = 0; i < fixed; ++i) {
    bool present = i < given && isPresent[i];
    if (!present && i < arity.required)
      return std::nullopt;
    segments.push_back(present);
  }
  for (int i = fixed; i < given; ++i)
    if (!isPresent[i])
      return std::nullopt;
  if (arity.variadic)
    segments.push_back(std::max(given - fixed, 0));
  return segments;
}

/// Without sizes of its segments an op can only leave out what comes last.
static bool leavesOutOnlyLast(ArrayRef<int32_t> segments) {
  const auto *firstAbsent = llvm::find(segments, 0);
  return llvm::all_of(llvm::make_range(firstAbsent, segments.end()),
                      [](int32_t size) { return size == 0; });
}

FailureOr<Operation *> NodeImporter::createNamed(const NodeToImport &import,
                                                 std::string &problem) {
  const NodeProto &node = import.node;
  if (isDefaultDomain(node.domain()) && node.op_type() == "Constant" &&
      opset != 0)
    return createConstant(import);
  const OnnxOpInfo *info = findOp(node);
  if (!info || !import.captures.empty())
    return nullptr;
  OperationState state(source.getLocation(node), info->mlirName);
  ArrayRef<StringAttr> names =
      state.name.getRegisteredInfo()->getAttributeNames();

  auto operands = assignSegments(
      info->operands, llvm::map_to_vector(import.operands, [](Value value) {
        return static_cast<bool>(value);
      }));
  auto results = assignSegments(
      info->results, llvm::map_to_vector(import.resultTypes, [](Type type) {
        return static_cast<bool>(type);
      }));
  if (!operands || !results)
    return nullptr;
  auto addSegments = [&](bool hasSizes, StringRef name,
                         ArrayRef<int32_t> segments) {
    if (!hasSizes)
      return leavesOutOnlyLast(segments);
    state.addAttribute(name, builder.getDenseI32ArrayAttr(segments));
    return true;
  };
  if (!addSegments(
          state.name.hasTrait<mlir::OpTrait::AttrSizedOperandSegments>(),
          "operandSegmentSizes", *operands) ||
      !addSegments(
          state.name.hasTrait<mlir::OpTrait::AttrSizedResultSegments>(),
          "resultSegmentSizes", *results))
    return nullptr;
  llvm::copy_if(import.operands, std::back_inserter(state.operands),
                [](Value value) { return static_cast<bool>(value); });
  llvm::copy_if(import.resultTypes, std::back_inserter(state.types),
                [](Type type) { return static_cast<bool>(type); });

  for (const AttributeProto &attribute : node.attribute()) {
    StringRef name = attribute.name();
    if (!llvm::is_contained(names, name) || name == info->ownAttribute ||
        state.attributes.get(name))
      return nullptr;
    Attribute value = importAttribute(attribute);
    if (!value && getKind(attribute) == AttributeProto::TENSOR &&
        !hasOtherData(attribute)) {
      FailureOr<Attribute> tensor = importTensorAttribute(attribute, node);
      if (failed(tensor))
        return failure();
      value = *tensor;
    }
    if (!value)
      return nullptr;
    state.addAttribute(name, value);
  }

  // The op takes an attribute of another kind than its own for an absent one.
  Operation *op = builder.create(state);
  bool fits = llvm::all_of(state.attributes, [&](NamedAttribute attribute) {
    return op->getInherentAttr(attribute.getName()) == attribute.getValue();
  });
  if (fits) {
    ScopedDiagnosticHandler handler(source.getContext(), [&](Diagnostic &note) {
      if (problem.empty())
        problem = note.str();
      return success();
    });
    if (succeeded(verify(op, /*verifyRecursively=*/false)) &&
        succeeded(verifyShapeOnConstants(op)))
      return op;
    StringRef text = problem;
    text.consume_front(("'" + info->mlirName + "' op ").str());
    problem = text.str();
  }
  op->erase();
  return nullptr;
}

FailureOr<Operation *>
NodeImporter::createConstant(const NodeToImport &import) {
  const NodeProto &node = import.node;
  if (node.attribute_size() != 1 || !import.operands.empty() ||
      import.resultTypes.size() != 1 || !import.resultTypes.front())
    return nullptr;
  const AttributeProto &attribute = node.attribute(0);
  StringRef form = attribute.name();
  AttributeProto::AttributeType kind = getKind(attribute);
  if (!attribute.ref_attr_name().empty() || hasOtherData(attribute))
    return nullptr;

  auto vectorOf = [&](int size, Type elementType) {
    return RankedTensorType::get({size}, elementType);
  };
  Type string = gac::StringType::get(source.getContext());
  TypedAttr value;
  if (form == "value" && kind == AttributeProto::TENSOR) {
    FailureOr<Attribute> tensor = importTensorAttribute(attribute, node);
    if (failed(tensor))
      return failure();
    value = cast<TypedAttr>(*tensor);
  } else if (form == "value_int" && kind == AttributeProto::INT) {
    value = DenseElementsAttr::get(
        RankedTensorType::get({}, builder.getI64Type()), attribute.i());
  } else if (form == "value_float" && kind == AttributeProto::FLOAT) {
    value = DenseElementsAttr::get(
        RankedTensorType::get({}, builder.getF32Type()), attribute.f());
  } else if (form == "value_string" && kind == AttributeProto::STRING) {
    value = DenseStringElementsAttr::get(RankedTensorType::get({}, string),
                                         {StringRef(attribute.s())});
  } else if (form == "value_ints" && kind == AttributeProto::INTS) {
    value = DenseElementsAttr::get(
        vectorOf(attribute.ints_size(), builder.getI64Type()),
        ArrayRef(llvm::to_vector_of<int64_t>(attribute.ints())));
  } else if (form == "value_floats" && kind == AttributeProto::FLOATS) {
    value = DenseElementsAttr::get(
        vectorOf(attribute.floats_size(), builder.getF32Type()),
        ArrayRef(llvm::to_vector_of<float>(attribute.floats())));
  } else if (form == "value_strings" && kind == AttributeProto::STRINGS) {
    value = DenseStringElementsAttr::get(
        vectorOf(attribute.strings_size(), string),
        llvm::to_vector_of<StringRef>(attribute.strings()));
  } else {
    return nullptr;
  }
  StringAttr formAttr =
      form == "value" ? StringAttr() : builder.getStringAttr(form);
  return ConstantOp::create(builder, source.getLocation(node), value.getType(),
                            value, formAttr)
      .getOperation();
}

//===----------------------------------------------------------------------===//
// Opaque ops
//===----------------------------------------------------------------------===//

FailureOr<Operation *> NodeImporter::createOpaque(const NodeToImport &import) {
  const NodeProto &node = import.node;
  NamedAttrList attributes, protos;
  for (const AttributeProto &attribute : node.attribute()) {
    if (attribute.name().empty())
      return source.emitError()
             << describe(node) << " has an attribute without a name";
    if (attributes.get(attribute.name()) || protos.get(attribute.name()))
      return source.emitError() << describe(node) << " has the attribute '"
                                << attribute.name() << "' twice";
    if (Attribute value = importAttribute(attribute)) {
      attributes.append(attribute.name(), value);
      continue;
    }
    AttributeProto copy(attribute);
    std::string what =
        "attribute '" + attribute.name() + "' of " + describe(node);
    if (failed(tensors.makeSelfContained(copy, what)))
      return failure();
    protos.append(attribute.name(),
                  builder.getStringAttr(copy.SerializeAsString()));
  }

  SmallVector<int64_t> absent;
  SmallVector<Value> operands;
  for (auto [position, value] : llvm::enumerate(import.operands)) {
    if (value)
      operands.push_back(value);
    else
      absent.push_back(static_cast<int64_t>(position));
  }
  SmallVector<Type> types;
  llvm::copy_if(import.resultTypes, std::back_inserter(types),
                [](Type type) { return static_cast<bool>(type); });
  auto dictionaryOf = [&](NamedAttrList &list) {
    return list.empty() ? DictionaryAttr()
                        : list.getDictionary(source.getContext());
  };
  auto op = OpaqueOp::create(
      builder, source.getLocation(node), types, node.domain(), node.op_type(),
      operands, import.captures, dictionaryOf(attributes), dictionaryOf(protos),
      absent.empty() ? DenseI64ArrayAttr()
                     : builder.getDenseI64ArrayAttr(absent));
  if (!import.captureNames.empty())
    op->setAttr(attr::captures,
                builder.getStrArrayAttr(
                    llvm::to_vector_of<StringRef>(import.captureNames)));
  return op.getOperation();
}
