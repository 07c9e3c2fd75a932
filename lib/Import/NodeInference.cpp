//===- NodeInference.cpp - ONNX's own inference, node by node -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one file that calls ONNX's code, and so the one that is compiled with
// exceptions: none leaves it.
//
//===----------------------------------------------------------------------===//

#include "NodeInference.h"

#include "gac/Import/OnnxTypes.h"

#include "onnx/defs/schema.h"
#include "onnx/shape_inference/implementation.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <deque>
#include <exception>
#include <unordered_map>

using namespace gac;

namespace inference = onnx::shape_inference;

/// Functions whose bodies, expanded, have more nodes than this are not looked
/// into. A few hostile functions that call each other expand without end.
static constexpr int64_t kMaxExpandedNodes = 100000;

/// Vectors of more elements than this are no shapes, and their elements are not
/// followed one by one.
static constexpr int64_t kMaxFollowedElements = 4096;

namespace {
/// ONNX's operators. Some of their inference functions dereference the types of
/// inputs and attributes without a look whether there are any; here none is
/// called before all that it may count on is known. ONNX asks this registry
/// itself for the nodes of subgraphs and functions.
class GuardedSchemaRegistry final : public onnx::ISchemaRegistry {
public:
  const onnx::OpSchema *GetSchema(const std::string &name, int version,
                                  const std::string &domain) const override;

private:
  mutable std::unordered_map<const onnx::OpSchema *, onnx::OpSchema> guarded;
};
} // namespace

/// Whether an equation of Einsum is made of letters, one "..." in a term,
/// commas and "->". ONNX's inference never gets past anything else.
static bool isEquation(llvm::StringRef equation) {
  auto isTerm = [](llvm::StringRef term) {
    auto [front, back] = term.split("...");
    return llvm::all_of(front, llvm::isAlpha) &&
           llvm::all_of(back, llvm::isAlpha);
  };
  auto [inputs, output] = equation.split("->");
  return isTerm(output) && llvm::all_of(llvm::split(inputs, ','), isTerm);
}

/// Throws if a node lacks what its operator requires, or what the operator's
/// inference function relies on.
static void checkNode(const onnx::OpSchema &schema,
                      onnx::InferenceContext &context) {
  if (context.getNumInputs() < static_cast<size_t>(schema.min_input()))
    throw onnx::InferenceError(schema.Name() + " takes at least " +
                               std::to_string(schema.min_input()) +
                               " inputs, not " +
                               std::to_string(context.getNumInputs()));
  for (const auto &[name, attribute] : schema.attributes())
    if (attribute.required && !context.getAttribute(name))
      throw onnx::InferenceError(schema.Name() + " requires the attribute '" +
                                 name + "'");
  // Some keep it in an int, in which it may be an axis again.
  const onnx::AttributeProto *axis = context.getAttribute("axis");
  if (axis && !llvm::isInt<32>(axis->i()))
    throw onnx::InferenceError("no tensor has an axis " +
                               std::to_string(axis->i()));
  const onnx::AttributeProto *equation = context.getAttribute("equation");
  if (schema.Name() == "Einsum" && equation && !isEquation(equation->s()))
    throw onnx::InferenceError("the equation '" + equation->s() +
                               "' is not understood");
}

/// Whether the types are known of all inputs that the operator requires.
static bool areInputsKnown(const onnx::OpSchema &schema,
                           onnx::InferenceContext &context) {
  const auto &parameters = schema.inputs();
  for (size_t i = 0; i < context.getNumInputs() && !parameters.empty(); ++i) {
    const auto &parameter = parameters[std::min(i, parameters.size() - 1)];
    if (parameter.GetOption() != onnx::OpSchema::Optional &&
        !context.getInputType(i))
      return false;
  }
  return true;
}

const onnx::OpSchema *
GuardedSchemaRegistry::GetSchema(const std::string &name, int version,
                                 const std::string &domain) const {
  const onnx::OpSchema *schema =
      onnx::OpSchemaRegistry::Instance()->GetSchema(name, version, domain);
  if (!schema || !schema->has_type_and_shape_inference_function())
    return schema;
  auto [it, isNew] = guarded.try_emplace(schema, *schema);
  if (isNew)
    it->second.TypeAndShapeInferenceFunction(
        [schema](onnx::InferenceContext &context) {
          checkNode(*schema, context);
          if (areInputsKnown(*schema, context))
            schema->GetTypeAndShapeInferenceFunction()(context);
        });
  return &it->second;
}

struct NodeInference::State {
  GuardedSchemaRegistry registry;
  std::unordered_map<std::string, int> opsets;
  inference::ModelLocalFunctionsMap functions;
  /// Nodes in the expanded body of each function.
  std::unordered_map<const onnx::FunctionProto *, int64_t> expandedNodes;

  std::deque<onnx::TypeProto> ownedTypes;
  std::unordered_map<std::string, onnx::TypeProto *> types;
  std::deque<onnx::TensorProto> ownedConstants;
  std::unordered_map<std::string, const onnx::TensorProto *> constants;
  const std::unordered_map<std::string, const onnx::SparseTensorProto *>
      sparseConstants;
  inference::DataValueMap shapeData;
  int64_t irVersion = 0;

  int64_t countNodes(const onnx::FunctionProto &function);
  void infer(onnx::NodeProto &node, Result &result);
  void recordConstant(const onnx::NodeProto &node);
  bool canFollow(const onnx::NodeProto &node) const;
  std::string findTypeConflict(const onnx::OpSchema &schema,
                               const onnx::NodeProto &node) const;
};

static std::string getKey(const std::string &domain, const std::string &name,
                          const std::string &overload) {
  std::string key = domain + ":" + name;
  return overload.empty() ? key : key + ":" + overload;
}

/// Both names of the default domain mean the same.
static std::string getDomain(const std::string &domain) {
  return domain == "ai.onnx" ? std::string() : domain;
}

NodeInference::NodeInference(const onnx::ModelProto &model)
    : state(std::make_unique<State>()) {
  for (const onnx::OperatorSetIdProto &opset : model.opset_import()) {
    int &version = state->opsets[getDomain(opset.domain())];
    version = std::max<int>(version, static_cast<int>(opset.version()));
  }
  // Subgraphs look for the default domain under either name, whether or not it
  // was imported.
  state->opsets["ai.onnx"] = state->opsets.try_emplace("", 1).first->second;
  for (const onnx::FunctionProto &function : model.functions())
    state->functions[getKey(function.domain(), function.name(),
                            function.overload())] = &function;
  state->irVersion = model.ir_version();
}

NodeInference::~NodeInference() = default;

void NodeInference::setType(const std::string &name,
                            const onnx::TypeProto &type) {
  state->ownedTypes.push_back(type);
  state->types[name] = &state->ownedTypes.back();
}

const onnx::TypeProto *NodeInference::getType(const std::string &name) const {
  auto it = state->types.find(name);
  return it == state->types.end() ? nullptr : it->second;
}

void NodeInference::setConstant(const std::string &name,
                                const onnx::TensorProto &tensor) {
  state->constants[name] = &tensor;
}

/// The first line of a message of ONNX, less the kind of error before it.
static std::string getSentence(const std::string &message) {
  constexpr size_t kMaxLength = 300;
  size_t start = message.rfind("Error] ");
  start = start == std::string::npos ? 0 : start + 7;
  return message.substr(
      start, std::min(message.find('\n', start) - start, kMaxLength));
}

/// Removes the spaces from an equation of Einsum, which runtimes ignore and
/// ONNX's inference does not.
static void removeSpaces(onnx::NodeProto &node) {
  if (node.op_type() != "Einsum")
    return;
  for (onnx::AttributeProto &attribute : *node.mutable_attribute())
    if (attribute.name() == "equation")
      llvm::erase(*attribute.mutable_s(), ' ');
}

NodeInference::Result NodeInference::infer(const onnx::NodeProto &node) {
  Result result;
  try {
    // Inference of subgraphs writes types into them, which must not get into
    // the model.
    onnx::NodeProto copy(node);
    removeSpaces(copy);
    state->infer(copy, result);
    state->recordConstant(node);
  } catch (const std::exception &exception) {
    result.problem = getSentence(exception.what());
  }
  result.types.resize(node.output_size());
  return result;
}

/// Nodes of a function with those of the functions that it calls. Recursive
/// ones, which ONNX forbids, have endlessly many.
int64_t NodeInference::State::countNodes(const onnx::FunctionProto &function) {
  auto [it, isNew] = expandedNodes.try_emplace(&function, kMaxExpandedNodes);
  if (!isNew)
    return it->second;
  int64_t count = 0;
  for (const onnx::NodeProto &node : function.node()) {
    auto callee =
        functions.find(getKey(node.domain(), node.op_type(), node.overload()));
    count += callee == functions.end() ? 1 : countNodes(*callee->second);
    count = std::min(count, kMaxExpandedNodes);
  }
  expandedNodes[&function] = count;
  return count;
}

void NodeInference::State::infer(onnx::NodeProto &node, Result &result) {
  const std::string domain = getDomain(node.domain());
  auto opset = opsets.find(domain);
  const onnx::OpSchema *schema =
      opset == opsets.end()
          ? nullptr
          : registry.GetSchema(node.op_type(), opset->second, domain);
  auto function =
      functions.find(getKey(node.domain(), node.op_type(), node.overload()));

  if (schema && function == functions.end())
    result.conflict = findTypeConflict(*schema, node);

  onnx::ShapeInferenceOptions options;
  inference::GraphInferenceContext graphContext(
      types, opsets, /*symbol_table_in=*/nullptr, functions, &registry,
      &shapeData, irVersion);
  inference::InferenceContextImpl context(node, types, constants,
                                          sparseConstants, options, &shapeData,
                                          &graphContext);
  if (function != functions.end()) {
    if (countNodes(*function->second) >= kMaxExpandedNodes) {
      result.problem = "the function is recursive or too large";
      return;
    }
    inference::InferShapeForFunctionNode(*function->second, &registry, context,
                                         options, functions);
  } else if (!schema) {
    return;
  } else if (schema->has_type_and_shape_inference_function()) {
    schema->GetTypeAndShapeInferenceFunction()(context);
  } else if (schema->HasFunction()) {
    inference::InferShapeForFunctionNode(*schema->GetFunction(), &registry,
                                         context, options, functions);
  }
  result.types = context.allOutputTypes_;

  if (!schema || !schema->has_data_propagation_function() || !canFollow(node))
    return;
  inference::DataPropagationContextImpl dataContext(node, types, constants,
                                                    shapeData);
  // What the node computes is of use to later nodes only.
  try {
    schema->GetDataPropagationFunction()(dataContext);
  } catch (const std::exception &) {
  }
}

/// Whether no input of a node is a long vector.
bool NodeInference::State::canFollow(const onnx::NodeProto &node) const {
  for (const std::string &input : node.input()) {
    auto it = types.find(input);
    if (it == types.end() || !it->second->has_tensor_type())
      continue;
    const onnx::TensorShapeProto &shape = it->second->tensor_type().shape();
    if (shape.dim_size() == 1 &&
        shape.dim(0).dim_value() > kMaxFollowedElements)
      return false;
  }
  return true;
}

/// Looks for inputs whose formal parameters share a type variable and that are
/// tensors of different element types. Which types an operator takes is not
/// looked at: runtimes take more than ONNX lists.
std::string
NodeInference::State::findTypeConflict(const onnx::OpSchema &schema,
                                       const onnx::NodeProto &node) const {
  struct Seen {
    int input;
    int32_t dataType;
  };
  std::unordered_map<std::string, Seen> variables;
  const auto &parameters = schema.inputs();
  for (int i = 0; i < node.input_size() && !parameters.empty(); ++i) {
    const auto &parameter =
        parameters[std::min<size_t>(i, parameters.size() - 1)];
    auto type = types.find(node.input(i));
    // Types that are written out, such as "tensor(int64)", are no variables.
    if (type == types.end() || !type->second->has_tensor_type() ||
        !parameter.GetIsHomogeneous() ||
        parameter.GetTypeStr().find('(') != std::string::npos)
      continue;
    int32_t dataType = type->second->tensor_type().elem_type();
    if (dataType == onnx::TensorProto::UNDEFINED)
      continue;
    auto [it, isNew] =
        variables.try_emplace(parameter.GetTypeStr(), Seen{i, dataType});
    if (!isNew && it->second.dataType != dataType)
      return "inputs " + std::to_string(it->second.input) + " and " +
             std::to_string(i) + " are of types " +
             getOnnxDataTypeName(it->second.dataType).str() + " and " +
             getOnnxDataTypeName(dataType).str() + ", which must be one";
  }
  return "";
}

/// Makes the value of a Constant node known.
void NodeInference::State::recordConstant(const onnx::NodeProto &node) {
  if (node.op_type() != "Constant" || !getDomain(node.domain()).empty() ||
      node.output_size() != 1 || node.attribute_size() != 1)
    return;
  const onnx::AttributeProto &value = node.attribute(0);
  if (value.has_t()) {
    if (value.t().data_location() != onnx::TensorProto::EXTERNAL)
      constants[node.output(0)] = &value.t();
    return;
  }
  onnx::TensorProto tensor;
  switch (value.type()) {
  case onnx::AttributeProto::INTS:
    tensor.add_dims(value.ints_size());
    tensor.set_data_type(onnx::TensorProto::INT64);
    *tensor.mutable_int64_data() = value.ints();
    break;
  case onnx::AttributeProto::INT:
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_int64_data(value.i());
    break;
  case onnx::AttributeProto::FLOATS:
    tensor.add_dims(value.floats_size());
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    *tensor.mutable_float_data() = value.floats();
    break;
  case onnx::AttributeProto::FLOAT:
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.add_float_data(value.f());
    break;
  default:
    return;
  }
  ownedConstants.push_back(std::move(tensor));
  constants[node.output(0)] = &ownedConstants.back();
}
