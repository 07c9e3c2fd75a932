//===- ModuleNames.h - Where in a model something is ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exporters leave the names of a model's modules in the metadata of nodes
// (`gac.layer`), in the names of nodes ("/encoder/layer.0/fc1/MatMul") and in
// those of weights ("encoder.layer.0.fc1.weight"). Where there are several of
// one kind they are numbered in a container: the blocks of a model.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_ANALYSIS_MODULENAMES_H
#define GAC_ANALYSIS_MODULENAMES_H

#include "gac/Analysis/DimensionAnalysis.h"
#include <map>
#include <set>

namespace gac {

/// The parts of a module's name: "layers", "3", "mlp", "up_proj".
using ModulePath = llvm::SmallVector<std::string, 0>;

/// Cuts a name at dots and slashes, and a number from the name in front of it
/// ("layer_3", as Flax and TensorFlow have it). Empty parts are dropped.
ModulePath parseModulePath(llvm::StringRef name);

/// The module that a node is in; empty if neither metadata nor its name nor its
/// weights tell.
ModulePath getModuleOfNode(mlir::Operation *op);

/// The module whose parameter has this name; empty if the name has one part.
ModulePath getModuleOfWeight(llvm::StringRef name);

/// The place of something that may be in several modules.
struct ModulePlace {
  /// Numbers of blocks, by the path of their container joined with dots.
  std::map<std::string, std::set<unsigned>> blocks;
  /// Modules that have numbers in place of names, by the path in front of
  /// these: what a Sequential puts one after the other is no block.
  std::map<std::string, std::set<unsigned>> numbered;
  /// What all these modules have in common below their block, or in the model
  /// if they are in none; where that is nothing, two modules if there are but
  /// two.
  llvm::SmallVector<ModulePath, 1> shown;
  /// All of them, joined with dots as the file has them, sorted.
  std::set<std::string> modules;

  bool isEmpty() const {
    return blocks.empty() && numbered.empty() && shown.empty();
  }
};

/// The modules of one function. Names are shown without what is the same in
/// front of all of them.
class ModuleNames {
public:
  explicit ModuleNames(const DimensionAnalysis &analysis);

  /// The module of a node. One that says nothing, as quantisers leave them, is
  /// in the block that the nodes before and after it are in, if that is one.
  ModulePath getModule(mlir::Operation *op) const;

  /// Where something is that is in all of `paths`. If some of them are in
  /// blocks, the others are left out: an embedding belongs to all layers.
  ModulePlace locate(llvm::ArrayRef<ModulePath> paths) const;

  /// Where the weights and operations are that have `term` as an axis or a part
  /// of one.
  ModulePlace locate(const DimensionAnalysis &analysis, Term term) const;

  /// The place without its numbers, where each thing is in one block: equal
  /// for things that are in the same place of different blocks.
  static std::string getPattern(const ModulePlace &place);
  /// Where things of one pattern are together.
  static ModulePlace merge(llvm::ArrayRef<const ModulePlace *> places);

  /// "layer 3", "layers 0-3,7", "encoder.layers 0-1, decoder.layers 0-1".
  /// `isOne` says that one thing is in all these blocks, not one in each: then
  /// it may be "all layers". Empty without blocks.
  std::string formatBlocks(const ModulePlace &place, bool isOne) const;

  /// "mlp.up_proj"; "lm_head"; "fc1, fc2"; "stem.0-1". Empty where there is
  /// nothing to show.
  static std::string formatModules(const ModulePlace &place);

  /// The module of an operation as it is shown: "layers 3 mlp.up_proj".
  std::string format(const ModulePath &path) const;

private:
  /// The parts before the first number, joined; the number; what follows.
  struct Split {
    std::string container;
    unsigned number;
    llvm::ArrayRef<std::string> rest;
  };
  static std::optional<Split> split(const ModulePath &path);
  /// `path` up to the number of its block; empty outside blocks.
  static ModulePath getBlock(const ModulePath &path);
  void inferModules(const DimensionAnalysis &analysis);
  llvm::ArrayRef<std::string> dropRoot(const ModulePath &path) const;
  /// As much of a container's end as no other container has.
  std::string shorten(const std::string &container) const;

  /// What all modules have in front.
  ModulePath root;
  std::map<std::string, std::set<unsigned>> containers;
  /// Containers of what has no parts.
  std::set<std::string> sequences;
  /// Containers that go by two names, by the shorter one.
  std::map<std::string, std::string> fullNames;
  /// Of nodes that say nothing.
  llvm::DenseMap<mlir::Operation *, ModulePath> inferred;
};

/// "0-3,7".
std::string formatNumbers(const std::set<unsigned> &numbers);

/// Whether `term` is `axis`, or consecutive factors or segments of it at any
/// depth.
bool isPartOf(DimensionSpace &space, Term term, Term axis);

} // namespace gac

#endif // GAC_ANALYSIS_MODULENAMES_H
