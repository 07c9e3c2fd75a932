//===- Importer.cpp - From ONNX to the gac dialect --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Import/Importer.h"

#include "GraphStructure.h"
#include "NodeImporter.h"
#include "NodeInference.h"
#include "ResidualWriter.h"
#include "RuleInference.h"
#include "TensorImporter.h"
#include "ValueTypes.h"

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Import/InterfaceMetadata.h"
#include "gac/Import/OnnxTypes.h"
#include "gac/Import/Residual.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

#include <deque>

using namespace gac;
using namespace mlir;

using onnx::GraphProto;
using onnx::NodeProto;
using onnx::TensorProto;
using onnx::TypeProto;

/// What named ops can state. Everything in a model outside is opaque.
static constexpr int64_t kMaxIrVersion = 13;

/// From this version on an initializer that is a graph input is its default;
/// before it is a constant.
static constexpr int64_t kOverridableIrVersion = 4;

namespace {
class Importer {
public:
  Importer(const ModelSource &source, onnx::ModelProto &model)
      : source(source), model(model), graph(*model.mutable_graph()),
        builder(source.getContext()), inference(model), tensors(source),
        nodes(source, tensors, builder, getNamedOpset()),
        residual(source, tensors) {}

  OwningOpRef<ModuleOp> run();

private:
  int64_t getOpset() const;
  int64_t getNamedOpset() const;
  bool isOverridable(StringRef name) const {
    return model.ir_version() >= kOverridableIrVersion && inputs.contains(name);
  }

  void collectDeclaredTypes();
  LogicalResult importInitializer(TensorProto &tensor);
  void importSparseInitializer(const onnx::SparseTensorProto &tensor);
  LogicalResult importInput(const onnx::ValueInfoProto &input);
  LogicalResult importNode(int index);
  FailureOr<Operation *> createOp(NodeToImport node,
                                  ArrayRef<TypeProto> inferred, bool &dropped);
  void refineByRule(const NodeToImport &node, Operation *op,
                    std::vector<TypeProto> &types);
  void finishFunction();
  void markDisputed();

  void define(const std::string &name, Value value, const TypeProto &type,
              bool isFact);
  void checkDeclared(const std::string &name);
  TypeProto mergeDeclared(const std::string &name, TypeProto type,
                          bool &isFact);
  Type importType(const TypeProto &type);

  const ModelSource &source;
  onnx::ModelProto &model;
  GraphProto &graph;
  OpBuilder builder;
  GraphStructure structure;
  NodeInference inference;
  TensorImporter tensors;
  NodeImporter nodes;
  ResidualWriter residual;

  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
  SmallVector<DictionaryAttr> argumentAttributes;

  llvm::StringMap<Value> values;
  /// Values whose types owe nothing to what the file declares of them.
  llvm::StringSet<> facts;
  /// The graph's inputs by name.
  llvm::StringMap<const onnx::ValueInfoProto *> inputs;
  /// What value_info and outputs declare.
  llvm::StringMap<const TypeProto *> declared;
  /// Defaults of overridable inputs.
  llvm::StringMap<NamedAttrList> defaults;
  /// External integers as inference wants them.
  std::deque<TensorProto> readTensors;
  /// The op of each node.
  std::vector<Operation *> ops;
};
} // namespace

//===----------------------------------------------------------------------===//
// Versions and types
//===----------------------------------------------------------------------===//

/// The opset of the default domain: 1 where the model imports none.
int64_t Importer::getOpset() const {
  int64_t opset = 1;
  for (const onnx::OperatorSetIdProto &import : model.opset_import())
    if (import.domain().empty() || import.domain() == "ai.onnx")
      opset = std::max(opset, import.version());
  return opset;
}

/// The same for named ops: 0 where there are none.
int64_t Importer::getNamedOpset() const {
  int64_t opset = getOpset();
  return model.ir_version() <= kMaxIrVersion && opset >= kFirstOpset &&
                 opset <= kLastOpset
             ? opset
             : 0;
}

void Importer::collectDeclaredTypes() {
  auto add = [&](const onnx::ValueInfoProto &info) {
    if (info.has_type())
      declared[info.name()] = &info.type();
  };
  // Outputs last: they are the graph's interface.
  llvm::for_each(graph.value_info(), add);
  llvm::for_each(graph.output(), add);
}

Type Importer::importType(const TypeProto &type) {
  // Inference multiplies sizes without a look at overflow.
  if (findInvalid(type)) {
    if (Type elementType =
            getElementType(type.tensor_type().elem_type(), source.getContext()))
      return UnrankedTensorType::get(elementType);
    return ValueType::get(source.getContext());
  }
  return importValueType(type, source.getContext());
}

/// Adds to an inferred type what only the file declares, as far as it can be.
TypeProto Importer::mergeDeclared(const std::string &name, TypeProto type,
                                  bool &isFact) {
  auto it = declared.find(name);
  if (it == declared.end())
    return type;
  TypeProto other(*it->second);
  dropEmptySizes(other);
  std::optional<std::string> problem = findInvalid(other);
  if (!problem)
    problem = findContradiction(type, other);
  if (problem)
    source.emitRemark() << "the declared type of '" << name
                        << "' is ignored: it " << *problem;
  else if (refine(type, other))
    isFact = false;
  return type;
}

/// Notes a declared type that contradicts a fact.
void Importer::checkDeclared(const std::string &name) {
  bool isFact = true;
  if (const TypeProto *type = inference.getType(name))
    mergeDeclared(name, *type, isFact);
}

void Importer::define(const std::string &name, Value value,
                      const TypeProto &type, bool isFact) {
  values[name] = value;
  if (type.value_case() != TypeProto::VALUE_NOT_SET)
    inference.setType(name, type);
  if (isFact)
    facts.insert(name);
}

//===----------------------------------------------------------------------===//
// Initializers and inputs
//===----------------------------------------------------------------------===//

LogicalResult Importer::importInitializer(TensorProto &tensor) {
  const std::string name = tensor.name();
  std::string what = "initializer '" + name + "'";
  FailureOr<TypedAttr> value = tensors.importValue(tensor, what);
  if (failed(value))
    return failure();
  TypeProto type;
  type.mutable_tensor_type()->set_elem_type(tensor.data_type());
  onnx::TensorShapeProto &shape = *type.mutable_tensor_type()->mutable_shape();
  for (int64_t size : tensor.dims())
    shape.add_dim()->set_dim_value(size);

  auto input = inputs.find(name);
  if (input != inputs.end() && input->second->has_type()) {
    TypeProto listed(input->second->type());
    dropEmptySizes(listed);
    if (std::optional<std::string> problem = findContradiction(type, listed))
      return source.emitError()
             << what << " is a graph input too, whose type " << *problem;
  }

  bool isExternal = tensor.data_location() == TensorProto::EXTERNAL;
  auto elements = dyn_cast<DenseElementsAttr>(*value);
  bool isOverridden = isOverridable(name);
  NamedAttrList attributes;
  // The values of an input's default are nothing to rely on.
  if (elements && !isOverridden) {
    readTensors.emplace_back();
    TensorProto &constant = readTensors.back();
    *constant.mutable_dims() = tensor.dims();
    constant.set_data_type(tensor.data_type());
    if (!isa<DenseStringElementsAttr>(*value))
      constant.set_raw_data(getRawDataFromElements(elements));
    inference.setConstant(name, constant);
  }
  if (std::optional<int64_t> index = residual.addInitializer(
          tensor, isExternal && isa<ElementsAttr>(*value)))
    attributes.append(attr::tensor, builder.getI64IntegerAttr(*index));
  if (isOverridden) {
    attributes.append(attr::defaultValue, *value);
    defaults[name] = std::move(attributes);
    return success();
  }
  if (input != inputs.end())
    attributes.append(attr::listed, builder.getUnitAttr());
  auto op = InitializerOp::create(
      builder, NameLoc::get(builder.getStringAttr(name)), value->getType(),
      builder.getStringAttr(name), *value);
  op->setDiscardableAttrs(attributes);
  define(name, op.getResult(), type, /*isFact=*/true);
  checkDeclared(name);
  return success();
}

void Importer::importSparseInitializer(const onnx::SparseTensorProto &tensor) {
  const std::string &name = tensor.values().name();
  TypeProto type;
  TypeProto::SparseTensor &sparse = *type.mutable_sparse_tensor_type();
  sparse.set_elem_type(tensor.values().data_type());
  for (int64_t size : tensor.dims())
    sparse.mutable_shape()->add_dim()->set_dim_value(size);
  auto op =
      OpaqueOp::create(builder, NameLoc::get(builder.getStringAttr(name)),
                       TypeRange(ValueType::get(source.getContext())),
                       kSparseDomain, kSparseOpType, ValueRange(), ValueRange(),
                       DictionaryAttr(), DictionaryAttr(), DenseI64ArrayAttr());
  op->setAttr(attr::outputs, builder.getStrArrayAttr({name}));
  define(name, op->getResult(0), type, /*isFact=*/true);
}

LogicalResult Importer::importInput(const onnx::ValueInfoProto &input) {
  const std::string &name = input.name();
  auto isConstant = structure.initializers.contains(name) ||
                    structure.sparseInitializers.contains(name);
  if (isConstant && !isOverridable(name))
    return success();
  TypeProto type(input.type());
  dropEmptySizes(type);
  if (std::optional<std::string> problem = findInvalid(type))
    return source.emitError() << "graph input '" << name << "' " << *problem;
  NamedAttrList attributes = defaults.lookup(name);
  attributes.append(attr::name, builder.getStringAttr(name));
  if (ArrayAttr symbols = importSymbols(type, source.getContext()))
    attributes.append(attr::dims, symbols);
  BlockArgument argument = function.getBody().front().addArgument(
      importType(type), NameLoc::get(builder.getStringAttr(name)));
  argumentAttributes.push_back(attributes.getDictionary(source.getContext()));
  define(name, argument, type, /*isFact=*/true);
  checkDeclared(name);
  return success();
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// Creates the op, with weaker result types where the declared ones cannot be,
/// which are `dropped` then.
FailureOr<Operation *> Importer::createOp(NodeToImport node,
                                          ArrayRef<TypeProto> inferred,
                                          bool &dropped) {
  std::string problem;
  FailureOr<Operation *> op = nodes.createNamed(node, problem);
  if (failed(op) || *op)
    return op;
  if (!problem.empty()) {
    for (auto [type, known] : llvm::zip_equal(node.resultTypes, inferred)) {
      Type weaker = type ? importType(known) : Type();
      dropped |= weaker != type;
      type = weaker;
    }
    if (dropped) {
      std::string other;
      op = nodes.createNamed(node, other);
      if (failed(op))
        return failure();
      if (*op) {
        source.emitRemark()
            << "the declared types of the results of " << describe(node.node)
            << " are ignored: " << problem;
        return op;
      }
      // What does not owe to the declared types says more.
      problem = other;
    }
    bool onFacts =
        llvm::all_of(node.node.input(), [&](const std::string &input) {
          return input.empty() || facts.contains(input);
        });
    if (onFacts)
      return source.emitError()
             << describe(node.node) << " cannot run: " << problem;
    source.emitRemark() << describe(node.node)
                        << " is kept as it is and not analysed: " << problem;
  }
  return nodes.createOpaque(node);
}

/// Adds to the types of a node's outputs what the op's own rule says, where
/// ONNX does not know the operator: else nothing would be known of what
/// follows.
void Importer::refineByRule(const NodeToImport &node, Operation *op,
                            std::vector<TypeProto> &types) {
  llvm::DenseMap<Value, const TypeProto *> operands;
  for (auto [name, value] : llvm::zip_equal(node.node.input(), node.operands))
    if (const TypeProto *type = value ? inference.getType(name) : nullptr)
      operands[value] = type;
  unsigned next = 0;
  std::vector<TypeProto> inferred = inferByRule(op, operands);
  for (auto [output, type] : llvm::zip_equal(node.node.output(), types)) {
    if (output.empty())
      continue;
    unsigned number = next++;
    if (findContradiction(type, inferred[number]))
      continue;
    refine(type, inferred[number]);
    op->getResult(number).setType(importType(type));
  }
}

LogicalResult Importer::importNode(int index) {
  const NodeProto &node = graph.node(index);
  NodeToImport import{node, {}, {}, structure.captures[index], {}};
  bool onFacts = true;
  for (const std::string &input : node.input()) {
    import.operands.push_back(input.empty() ? Value() : values.lookup(input));
    onFacts &= input.empty() || facts.contains(input);
  }
  for (const std::string &capture : structure.captures[index]) {
    import.captures.push_back(values.lookup(capture));
    onFacts &= facts.contains(capture);
  }

  NodeInference::Result result = inference.infer(node);
  if (!result.conflict.empty() && onFacts)
    return source.emitError()
           << describe(node) << " cannot run: " << result.conflict;
  std::vector<TypeProto> types = result.types;
  SmallVector<bool> areFacts(types.size(), onFacts);
  for (auto [i, output] : llvm::enumerate(node.output())) {
    bool isFact = onFacts;
    if (!output.empty())
      types[i] = mergeDeclared(output, std::move(types[i]), isFact);
    areFacts[i] = isFact;
    import.resultTypes.push_back(output.empty() ? Type()
                                                : importType(types[i]));
  }
  bool dropped = false;
  FailureOr<Operation *> op = createOp(import, result.types, dropped);
  if (failed(op))
    return failure();
  ops[index] = *op;
  if (dropped) {
    types = result.types;
    areFacts.assign(types.size(), onFacts);
  }
  // Not before, because a node that cannot run gives an error instead.
  if (!result.problem.empty())
    source.emitRemark() << "ONNX cannot infer the types of the results of "
                        << describe(node) << ": " << result.problem;

  if (llvm::all_of(result.types, [](const TypeProto &type) {
        return type.value_case() == TypeProto::VALUE_NOT_SET;
      }))
    refineByRule(import, *op, types);

  SmallVector<Attribute> symbols;
  bool hasSymbols = false;
  unsigned next = 0;
  for (auto [i, output] : llvm::enumerate(node.output())) {
    if (output.empty())
      continue;
    define(output, (*op)->getResult(next++), types[i], areFacts[i]);
    ArrayAttr axes = importSymbols(types[i], source.getContext());
    hasSymbols |= static_cast<bool>(axes);
    symbols.push_back(axes ? axes : builder.getArrayAttr({}));
  }
  (*op)->setDiscardableAttr(
      builder.getStringAttr(attr::outputs),
      builder.getStrArrayAttr(llvm::to_vector_of<StringRef>(node.output())));
  if (hasSymbols)
    (*op)->setDiscardableAttr(builder.getStringAttr(attr::dims),
                              builder.getArrayAttr(symbols));
  return success();
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

void Importer::finishFunction() {
  SmallVector<Value> results;
  SmallVector<DictionaryAttr> resultAttributes;
  for (const onnx::ValueInfoProto &output : graph.output()) {
    results.push_back(values.lookup(output.name()));
    resultAttributes.push_back(builder.getDictionaryAttr(builder.getNamedAttr(
        attr::name, builder.getStringAttr(output.name()))));
  }
  func::ReturnOp::create(builder, source.getLocation(), results);
  function.setFunctionType(builder.getFunctionType(
      function.getBody().front().getArgumentTypes(), TypeRange(results)));
  function.setAllArgAttrs(argumentAttributes);
  function.setAllResultAttrs(resultAttributes);
  function->setAttr(attr::opset, builder.getI64IntegerAttr(getOpset()));
}

/// The module that PyTorch's exporter made a node for: the last but one of the
/// scopes that it notes as a Python list, ['', 'model', 'model.mlp', 'linear'].
static std::string getLayer(const onnx::NodeProto &node) {
  for (const onnx::StringStringEntryProto &entry : node.metadata_props()) {
    if (entry.key() != "pkg.torch.onnx.name_scopes")
      continue;
    StringRef list = StringRef(entry.value()).trim("[] ");
    return list.rsplit(',').first.rsplit(',').second.trim(" '\"").str();
  }
  return "";
}

/// Notes where value_info or an output and the IR state different sizes:
/// whoever sees that later takes it for a size that a pass has changed.
void Importer::markDisputed() {
  NamedAttrList disputed;
  for (const onnx::ValueInfoProto &info :
       llvm::concat<const onnx::ValueInfoProto>(graph.value_info(),
                                                graph.output())) {
    auto type = dyn_cast_or_null<RankedTensorType>(
        values.contains(info.name()) ? values.lookup(info.name()).getType()
                                     : Type());
    const onnx::TensorShapeProto &shape = info.type().tensor_type().shape();
    if (!type || shape.dim_size() != type.getRank())
      continue;
    auto differ = [&](int axis) {
      return shape.dim(axis).has_dim_value() && !type.isDynamicDim(axis) &&
             shape.dim(axis).dim_value() != type.getDimSize(axis);
    };
    if (llvm::any_of(llvm::seq(shape.dim_size()), differ))
      disputed.set(info.name(), TypeAttr::get(type));
  }
  if (!disputed.empty())
    module->getOperation()->setAttr(
        attr::disputed, disputed.getDictionary(source.getContext()));
}

OwningOpRef<ModuleOp> Importer::run() {
  FailureOr<GraphStructure> found = GraphStructure::analyse(source, graph);
  if (failed(found))
    return {};
  structure = std::move(*found);
  for (const onnx::ValueInfoProto &input : graph.input())
    inputs[input.name()] = &input;
  for (const onnx::OperatorSetIdProto &import : model.opset_import())
    nodes.addDomain(import.domain(), import.version());
  for (const onnx::FunctionProto &function : model.functions())
    nodes.addFunction(function);
  collectDeclaredTypes();

  module = ModuleOp::create(source.getLocation());
  builder.setInsertionPointToEnd(module->getBody());
  function = func::FuncOp::create(builder, source.getLocation(), "main_graph",
                                  builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(function.addEntryBlock());

  for (TensorProto &tensor : *graph.mutable_initializer())
    if (failed(importInitializer(tensor)))
      return {};
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    importSparseInitializer(tensor);
  for (const onnx::ValueInfoProto &input : graph.input())
    if (failed(importInput(input)))
      return {};
  ops.resize(graph.node_size());
  for (int index : structure.order)
    if (failed(importNode(index)))
      return {};
  finishFunction();
  markDisputed();

  // Only now, because inference looks back at constants.
  for (auto [node, op] : llvm::zip_equal(*graph.mutable_node(), ops)) {
    if (std::string layer = getLayer(node); !layer.empty())
      op->setAttr(attr::layer, builder.getStringAttr(layer));
    residual.addNode(node, op);
  }
  for (const onnx::StringStringEntryProto &entry : model.metadata_props()) {
    int64_t bytes;
    if (entry.key() == attr::weightBytes &&
        !StringRef(entry.value()).getAsInteger(10, bytes) && bytes >= 0)
      module->getOperation()->setAttr(attr::weightBytes,
                                      builder.getI64IntegerAttr(bytes));
    if (entry.key() == kInterfaceKey &&
        failed(readInterface(function, entry.value())))
      return {};
  }
  FailureOr<DenseResourceElementsAttr> rest = residual.finish(model);
  if (failed(rest))
    return {};
  module->getOperation()->setAttr(attr::residual, *rest);
  return std::move(module);
}

static OwningOpRef<ModuleOp> import(FailureOr<ModelSource> source,
                                    onnx::ModelProto &model) {
  if (failed(source))
    return {};
  source->getContext()->loadDialect<GACDialect, func::FuncDialect>();
  return Importer(*source, model).run();
}

OwningOpRef<ModuleOp> gac::importOnnxModel(StringRef path, MLIRContext *context,
                                           const ImportOptions &options) {
  onnx::ModelProto model;
  return import(ModelSource::open(path, context, options, model), model);
}

OwningOpRef<ModuleOp>
gac::importOnnxModelFromMemory(StringRef bytes, StringRef name,
                               MLIRContext *context,
                               const ImportOptions &options) {
  onnx::ModelProto model;
  return import(ModelSource::read(bytes, name, context, options, model), model);
}
