//===- GraphStructure.cpp - Who defines and who uses what -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphStructure.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"

#include <queue>

using namespace gac;
using namespace mlir;

using onnx::GraphProto;
using onnx::NodeProto;

//===----------------------------------------------------------------------===//
// Captures
//===----------------------------------------------------------------------===//

namespace {
/// Collects the names that subgraphs read and do not define. Graphs are nested
/// less deep than a protobuf parser reads.
class CaptureCollector {
public:
  explicit CaptureCollector(std::vector<std::string> &captures)
      : captures(captures) {}

  void visit(const NodeProto &node) {
    for (const onnx::AttributeProto &attribute : node.attribute()) {
      if (attribute.has_g())
        visit(attribute.g());
      for (const GraphProto &graph : attribute.graphs())
        visit(graph);
    }
  }

private:
  void visit(const GraphProto &graph) {
    llvm::StringSet<> &scope = scopes.emplace_back();
    for (const onnx::ValueInfoProto &input : graph.input())
      scope.insert(input.name());
    for (const onnx::TensorProto &tensor : graph.initializer())
      scope.insert(tensor.name());
    for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
      scope.insert(tensor.values().name());
    for (const NodeProto &node : graph.node())
      for (const std::string &output : node.output())
        scope.insert(output);
    for (const NodeProto &node : graph.node()) {
      for (const std::string &input : node.input())
        use(input);
      visit(node);
    }
    for (const onnx::ValueInfoProto &output : graph.output())
      use(output.name());
    scopes.pop_back();
  }

  void use(const std::string &name) {
    if (name.empty() ||
        llvm::any_of(scopes, [&](const llvm::StringSet<> &scope) {
          return scope.contains(name);
        }))
      return;
    if (seen.insert(name).second)
      captures.push_back(name);
  }

  std::vector<std::string> &captures;
  llvm::StringSet<> seen;
  /// Innermost last. A deque, because visit() holds on to its own.
  std::deque<llvm::StringSet<>> scopes;
};
} // namespace

//===----------------------------------------------------------------------===//
// Definitions and order
//===----------------------------------------------------------------------===//

namespace {
class Analyser {
public:
  Analyser(const ModelSource &source, const GraphProto &graph)
      : source(source), graph(graph) {}

  FailureOr<GraphStructure> run() {
    if (failed(define()) || failed(resolve()) || failed(sort()))
      return failure();
    return std::move(result);
  }

private:
  /// What defines a value: a node, or the graph itself.
  static constexpr int kGraph = -1;

  std::string describeDefinition(int definition, StringRef name) {
    if (definition != kGraph)
      return describe(graph.node(definition));
    return result.initializers.contains(name) ||
                   result.sparseInitializers.contains(name)
               ? "an initializer"
               : "a graph input";
  }

  LogicalResult define(StringRef name, int definition) {
    auto [it, isNew] = definitions.try_emplace(name, definition);
    if (isNew)
      return success();
    std::string first = describeDefinition(it->second, name);
    std::string second = definition == kGraph
                             ? std::string("an initializer")
                             : describe(graph.node(definition));
    return source.emitError() << "'" << name << "' is defined twice: by "
                              << first << " and by " << second;
  }

  LogicalResult define() {
    for (auto [index, tensor] : llvm::enumerate(graph.initializer())) {
      if (tensor.name().empty())
        return source.emitError() << "initializer " << index << " has no name";
      if (failed(define(tensor.name(), kGraph)))
        return failure();
      result.initializers[tensor.name()] = static_cast<int>(index);
    }
    for (auto [index, tensor] : llvm::enumerate(graph.sparse_initializer())) {
      const std::string &name = tensor.values().name();
      if (name.empty())
        return source.emitError()
               << "sparse initializer " << index << " has no name";
      if (failed(define(name, kGraph)))
        return failure();
      result.sparseInitializers[name] = static_cast<int>(index);
    }
    llvm::StringSet<> inputs;
    for (auto [index, input] : llvm::enumerate(graph.input())) {
      if (input.name().empty())
        return source.emitError() << "graph input " << index << " has no name";
      if (!inputs.insert(input.name()).second)
        return source.emitError()
               << "'" << input.name() << "' is a graph input twice";
      // An initializer of the same name is the input's default.
      definitions.try_emplace(input.name(), kGraph);
    }
    for (auto [index, node] : llvm::enumerate(graph.node()))
      for (const std::string &output : node.output())
        if (!output.empty() && failed(define(output, static_cast<int>(index))))
          return failure();
    return success();
  }

  LogicalResult resolve() {
    int count = graph.node_size();
    result.captures.resize(count);
    producers.resize(count);
    for (auto [index, node] : llvm::enumerate(graph.node())) {
      CaptureCollector(result.captures[index]).visit(node);
      for (const std::string &input : node.input())
        if (!input.empty() && failed(use(node, index, input, "input")))
          return failure();
      for (const std::string &capture : result.captures[index])
        if (failed(use(node, index, capture, "a subgraph's input")))
          return failure();
    }
    for (const onnx::ValueInfoProto &output : graph.output())
      if (!definitions.contains(output.name()))
        return source.emitError()
               << "nothing defines the graph output '" << output.name() << "'";
    return success();
  }

  LogicalResult use(const NodeProto &node, int index, StringRef name,
                    StringRef role) {
    auto it = definitions.find(name);
    if (it == definitions.end())
      return source.emitError() << describe(node) << " has '" << name << "' as "
                                << role << ", which nothing defines";
    if (it->second != kGraph)
      producers[index].insert(it->second);
    return success();
  }

  LogicalResult sort() {
    int count = graph.node_size();
    std::vector<int> pending(count);
    std::vector<std::vector<int>> consumers(count);
    std::priority_queue<int, std::vector<int>, std::greater<int>> ready;
    for (int index = 0; index < count; ++index) {
      pending[index] = static_cast<int>(producers[index].size());
      for (int producer : producers[index])
        consumers[producer].push_back(index);
      if (pending[index] == 0)
        ready.push(index);
    }
    while (!ready.empty()) {
      int index = ready.top();
      ready.pop();
      result.order.push_back(index);
      for (int consumer : consumers[index])
        if (--pending[consumer] == 0)
          ready.push(consumer);
    }
    if (result.order.size() == static_cast<size_t>(count))
      return success();
    return reportCycle(pending);
  }

  /// Each node that still waits has a producer that waits too, so going from
  /// one to the next comes back in the end.
  LogicalResult reportCycle(const std::vector<int> &pending) {
    auto isWaiting = [&](int index) { return pending[index] != 0; };
    int current = 0;
    while (!isWaiting(current))
      ++current;
    llvm::SetVector<int> path;
    while (path.insert(current))
      current = *llvm::find_if(producers[current], isWaiting);
    auto cycle = path.getArrayRef().drop_until(
        [&](int index) { return index == current; });

    constexpr size_t kMaxNamed = 8;
    InFlightDiagnostic diagnostic = source.emitError();
    diagnostic << cycle.size() << " node" << (cycle.size() == 1 ? "" : "s")
               << " wait for each other in a cycle: ";
    for (int index : cycle.take_front(kMaxNamed))
      diagnostic << describe(graph.node(index)) << ", which needs ";
    if (cycle.size() > kMaxNamed)
      diagnostic << "others, which need ";
    return diagnostic << describe(graph.node(cycle.front()));
  }

  const ModelSource &source;
  const GraphProto &graph;
  GraphStructure result;
  llvm::StringMap<int> definitions;
  /// Per node those that define its inputs.
  std::vector<llvm::SmallSetVector<int, 4>> producers;
};
} // namespace

FailureOr<GraphStructure> GraphStructure::analyse(const ModelSource &source,
                                                  const GraphProto &graph) {
  return Analyser(source, graph).run();
}
