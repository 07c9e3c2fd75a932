//===- ModuleNames.cpp - Where in a model something is ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/ModuleNames.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Paths
//===----------------------------------------------------------------------===//

static bool isNumber(StringRef text) {
  unsigned number;
  return !text.empty() && llvm::all_of(text, llvm::isDigit) &&
         !text.getAsInteger(10, number);
}

ModulePath gac::parseModulePath(StringRef name) {
  ModulePath path;
  while (!name.empty()) {
    size_t length = name.find_first_of("./");
    StringRef part = name.take_front(length);
    name = name.drop_front(std::min(name.size(), part.size() + 1));
    // "layer_3", and "layer_._3", whose parts are cut at the dot.
    size_t digits = part.size() - part.rtrim("0123456789").size();
    StringRef number = part.take_back(digits), word = part.drop_back(digits);
    if (isNumber(number) && (word.empty() || word.ends_with("_"))) {
      word = word.rtrim('_');
      if (!word.empty())
        path.push_back(word.str());
      else if (!path.empty())
        path.back() = StringRef(path.back()).rtrim('_').str();
      path.push_back(number.str());
    } else if (!part.empty()) {
      path.push_back(part.str());
    }
  }
  return path;
}

/// The path of all but the last part of a name.
static ModulePath getParent(StringRef name) {
  size_t end = name.find_last_of("./");
  return end == StringRef::npos ? ModulePath()
                                : parseModulePath(name.take_front(end));
}

ModulePath gac::getModuleOfWeight(StringRef name) { return getParent(name); }

ModulePath gac::getModuleOfNode(Operation *op) {
  auto layer = op->getAttrOfType<StringAttr>(attr::layer);
  ModulePath path =
      layer ? parseModulePath(layer.getValue()) : getParent(getNodeName(op));
  // An Identity that hands out a shared weight tells by what it calls it.
  if (path.empty() && op->getNumResults() != 0)
    path = getParent(getValueName(op->getResult(0)));
  // A weight may tell of a module within the one that the node tells of.
  for (Value operand : op->getOperands())
    if (auto weight = operand.getDefiningOp<InitializerOp>()) {
      ModulePath inner = getModuleOfWeight(weight.getName());
      if (inner.size() > path.size() &&
          std::equal(path.begin(), path.end(), inner.begin()))
        return inner;
    }
  return path;
}

static std::string join(ArrayRef<std::string> parts) {
  return llvm::join(parts, ".");
}

std::string gac::formatNumbers(const std::set<unsigned> &numbers) {
  std::string text;
  for (auto it = numbers.begin(); it != numbers.end();) {
    unsigned first = *it, last = first;
    while (++it != numbers.end() && *it == last + 1)
      ++last;
    text += text.empty() ? "" : ",";
    text += std::to_string(first);
    if (last != first)
      text += "-" + std::to_string(last);
  }
  return text;
}

//===----------------------------------------------------------------------===//
// The modules of a function
//===----------------------------------------------------------------------===//

/// Shortens `common` to what `path` begins with, too.
static void keepCommon(ModulePath &common, ArrayRef<std::string> path) {
  size_t length = 0;
  while (length < common.size() && length < path.size() &&
         common[length] == path[length])
    ++length;
  common.truncate(length);
}

/// Whether `path` is the other with some of its parts left out.
static bool isShortened(ArrayRef<std::string> path,
                        ArrayRef<std::string> other) {
  for (const std::string &part : other)
    if (!path.empty() && path.front() == part)
      path = path.drop_front();
  return path.empty();
}

ModuleNames::ModuleNames(const DimensionAnalysis &analysis) {
  std::optional<ModulePath> common;
  std::set<std::string> withParts;
  auto add = [&](const ModulePath &path) {
    if (path.empty())
      return;
    std::optional<Split> block = split(path);
    if (block) {
      containers[block->container].insert(block->number);
      if (!block->rest.empty())
        withParts.insert(block->container);
    }
    ArrayRef<std::string> front = path;
    front = front.take_while([](StringRef part) { return !isNumber(part); });
    if (!common)
      common = ModulePath(front);
    keepCommon(*common, front);
  };
  for (const WeightUse &use : analysis.getWeightUses())
    add(getModuleOfWeight(getValueName(use.weight)));
  for (Operation &op : analysis.getFunction().getBody().front())
    if (analysis.isLive(&op) && !isa<InitializerOp, ConstantOp>(op))
      add(getModuleOfNode(&op));
  if (common)
    root = *common;

  // A scope of nodes may leave out a module that weights are named after:
  // "decoder.layers" for "model.decoder.layers".
  for (const auto &[name, numbers] : containers)
    for (const auto &[other, otherNumbers] : containers)
      if (name.size() < other.size() && numbers == otherNumbers &&
          isShortened(parseModulePath(name), parseModulePath(other)))
        fullNames[name] = other;
  for (const auto &[name, full] : fullNames)
    containers.erase(name);
  inferModules(analysis);
  // What has several products is a block, though its parts have no names.
  std::map<std::pair<std::string, unsigned>, Operation *> products;
  for (const DimensionUse &use : analysis.getUses()) {
    ModulePath path = getModule(use.op);
    std::optional<Split> block = split(path);
    if (!block)
      continue;
    auto [known, isNew] =
        products.try_emplace({block->container, block->number}, use.op);
    if (!isNew && known->second != use.op)
      withParts.insert(block->container);
  }
  for (const auto &[name, full] : fullNames)
    if (withParts.count(name))
      withParts.insert(full);
  // What has no parts is a module with a number for its name.
  for (const auto &[name, numbers] : containers)
    if (!withParts.count(name))
      sequences.insert(name);
  for (const std::string &name : sequences)
    containers.erase(name);
}

ModulePath ModuleNames::getBlock(const ModulePath &path) {
  std::optional<Split> block = split(path);
  return block ? ModulePath(
                     ArrayRef<std::string>(path).drop_back(block->rest.size()))
               : ModulePath();
}

void ModuleNames::inferModules(const DimensionAnalysis &analysis) {
  ModulePath before;
  SmallVector<Operation *> silent;
  for (Operation &op : analysis.getFunction().getBody().front()) {
    if (!analysis.isLive(&op) || isa<InitializerOp, ConstantOp>(op))
      continue;
    ModulePath path = getModuleOfNode(&op);
    if (path.empty()) {
      silent.push_back(&op);
      continue;
    }
    ModulePath block = getBlock(path);
    if (!block.empty() && block == before)
      for (Operation *between : silent)
        inferred[between] = block;
    before = std::move(block);
    silent.clear();
  }
}

ModulePath ModuleNames::getModule(Operation *op) const {
  ModulePath path = getModuleOfNode(op);
  return path.empty() ? inferred.lookup(op) : path;
}

std::optional<ModuleNames::Split> ModuleNames::split(const ModulePath &path) {
  for (size_t i = 1; i < path.size(); ++i) {
    unsigned number;
    if (!isNumber(path[i]) || StringRef(path[i]).getAsInteger(10, number))
      continue;
    ArrayRef<std::string> parts = path;
    return Split{join(parts.take_front(i)), number, parts.drop_front(i + 1)};
  }
  return std::nullopt;
}

ArrayRef<std::string> ModuleNames::dropRoot(const ModulePath &path) const {
  ArrayRef<std::string> parts = path;
  if (parts.size() >= root.size() &&
      parts.take_front(root.size()) == ArrayRef<std::string>(root))
    return parts.drop_front(root.size());
  return parts;
}

/// What is shown of modules that are `all` beneath their blocks: what they have
/// in common, or two.
static SmallVector<ModulePath, 1> getShown(ArrayRef<ModulePath> all) {
  if (all.empty())
    return {};
  ModulePath common = all.front();
  for (const ModulePath &path : all)
    keepCommon(common, path);
  // The name of a container says nothing without a number.
  if (!common.empty() && llvm::any_of(all, [&](const ModulePath &path) {
        return path.size() > common.size() && isNumber(path[common.size()]);
      }))
    common.pop_back();
  if (!common.empty())
    return {std::move(common)};
  if (all.size() != 2 || all[0].empty() || all[1].empty())
    return {};
  for (unsigned i : {0, 1})
    if (isShortened(all[i], all[1 - i]))
      return {all[1 - i]};
  return {all[0], all[1]};
}

ModulePlace ModuleNames::locate(ArrayRef<ModulePath> paths) const {
  ModulePlace place;
  bool hasBlocks = llvm::any_of(
      paths, [](const ModulePath &path) { return split(path).has_value(); });
  SmallVector<ModulePath, 0> all;
  for (const ModulePath &path : paths) {
    if (path.empty())
      continue;
    place.modules.insert(join(path));
    ArrayRef<std::string> below;
    if (std::optional<Split> block = split(path)) {
      auto full = fullNames.find(block->container);
      const std::string &container =
          full == fullNames.end() ? block->container : full->second;
      if (sequences.count(container)) {
        ModulePath parts = parseModulePath(container);
        ArrayRef<std::string> shown = dropRoot(parts);
        place.numbered[shown.empty() ? parts.back() : join(shown)].insert(
            block->number);
        continue;
      }
      place.blocks[container].insert(block->number);
      below = block->rest;
    } else {
      below = dropRoot(path);
      if (hasBlocks || below.empty())
        continue;
    }
    if (!llvm::is_contained(all, ModulePath(below)))
      all.emplace_back(below);
  }
  place.shown = getShown(all);
  return place;
}

ModulePlace ModuleNames::merge(ArrayRef<const ModulePlace *> places) {
  ModulePlace merged = *places.front();
  for (const ModulePlace *place : places) {
    for (const auto &[container, numbers] : place->blocks)
      merged.blocks[container].insert(numbers.begin(), numbers.end());
    for (const auto &[container, numbers] : place->numbered)
      merged.numbered[container].insert(numbers.begin(), numbers.end());
    merged.modules.insert(place->modules.begin(), place->modules.end());
  }
  for (auto [i, path] : llvm::enumerate(merged.shown))
    for (auto [j, part] : llvm::enumerate(path)) {
      std::set<unsigned> numbers;
      for (const ModulePlace *place : places) {
        unsigned number;
        if (isNumber(part) && i < place->shown.size() &&
            j < place->shown[i].size() &&
            !StringRef(place->shown[i][j]).getAsInteger(10, number))
          numbers.insert(number);
      }
      if (numbers.size() > 1)
        part = formatNumbers(numbers);
    }
  return merged;
}

std::string ModuleNames::getPattern(const ModulePlace &place) {
  std::string pattern;
  for (const auto *numbered : {&place.blocks, &place.numbered})
    for (const auto &[container, numbers] : *numbered) {
      // What is in several blocks at once is like nothing that is in one.
      pattern += container + " ";
      pattern += numbers.size() > 1 ? formatNumbers(numbers) : "*";
      pattern += ";";
    }
  for (const ModulePath &path : place.shown) {
    for (const std::string &part : path)
      pattern += (isNumber(part) ? "*" : part) + ".";
    pattern += ";";
  }
  return pattern;
}

ModulePlace ModuleNames::locate(const DimensionAnalysis &analysis,
                                Term term) const {
  DimensionSpace &space = analysis.getSpace();
  term = space.normalise(term);
  SmallVector<ModulePath, 0> paths;
  for (const WeightUse &use : analysis.getWeightUses())
    if (llvm::any_of(use.axes,
                     [&](Term axis) { return isPartOf(space, term, axis); })) {
      if (!analysis.isSharedByUnlike(use.weight))
        paths.push_back(getModuleOfWeight(getValueName(use.weight)));
      paths.push_back(getModule(use.user));
    }
  for (const DimensionUse &use : analysis.getUses())
    if (space.normalise(use.term) == term)
      paths.push_back(getModule(use.op));
  return locate(paths);
}

std::string ModuleNames::shorten(const std::string &container) const {
  StringRef whole = container;
  for (size_t begin = whole.rfind('.'); begin != StringRef::npos;
       begin = whole.take_front(begin).rfind('.')) {
    StringRef suffix = whole.drop_front(begin);
    bool isUnique = llvm::none_of(containers, [&](const auto &other) {
      return other.first != container &&
             ("." + other.first).size() >= suffix.size() &&
             StringRef("." + other.first).ends_with(suffix);
    });
    if (isUnique)
      return suffix.drop_front().str();
  }
  return container;
}

/// "layer" for "layers".
static StringRef getSingular(StringRef name) {
  bool isPlural = name.size() > 3 && name.ends_with("s") &&
                  !name.ends_with("ss") && !name.ends_with("us") &&
                  !name.ends_with("is");
  return name.drop_back(isPlural);
}

std::string ModuleNames::formatBlocks(const ModulePlace &place,
                                      bool isOne) const {
  auto isWhole = [&](const auto &block) {
    auto known = containers.find(block.first);
    return isOne && block.second.size() > 1 && known != containers.end() &&
           known->second == block.second;
  };
  if (place.blocks.size() == containers.size() && !place.blocks.empty() &&
      llvm::all_of(place.blocks, isWhole))
    return "all layers";
  std::string text;
  for (const auto &block : place.blocks) {
    text += text.empty() ? "" : ", ";
    std::string name = shorten(block.first);
    text += isWhole(block) ? "all " + name
            : block.second.size() == 1
                ? getSingular(name).str() + " " + formatNumbers(block.second)
                : name + " " + formatNumbers(block.second);
  }
  return text;
}

std::string ModuleNames::formatModules(const ModulePlace &place) {
  std::string text;
  for (const ModulePath &module : place.shown)
    text += (text.empty() ? "" : ", ") + join(module);
  for (const auto &[container, numbers] : place.numbered)
    text += (text.empty() ? "" : ", ") + container +
            (container.empty() ? "" : ".") + formatNumbers(numbers);
  return text;
}

std::string ModuleNames::format(const ModulePath &path) const {
  ModulePlace place = locate(path);
  std::string blocks = formatBlocks(place, /*isOne=*/false);
  std::string module = formatModules(place);
  return blocks + (blocks.empty() || module.empty() ? "" : " ") + module;
}

//===----------------------------------------------------------------------===//
// Parts of axes
//===----------------------------------------------------------------------===//

bool gac::isPartOf(DimensionSpace &space, Term term, Term axis) {
  term = space.normalise(term);
  axis = space.normalise(axis);
  if (term == axis)
    return true;
  DimensionSpace::Kind kind = space.getKind(axis);
  if (kind == DimensionSpace::Kind::Atom)
    return false;
  auto getParts = [&](Term whole) {
    return kind == DimensionSpace::Kind::Prod ? space.getFactors(whole)
                                              : space.getSegments(whole);
  };
  SmallVector<Term> parts = getParts(axis);
  if (llvm::any_of(parts,
                   [&](Term part) { return isPartOf(space, term, part); }))
    return true;
  // A product within a product is consecutive factors of it.
  if (space.getKind(term) != kind)
    return false;
  SmallVector<Term> wanted = getParts(term);
  return std::search(parts.begin(), parts.end(), wanted.begin(),
                     wanted.end()) != parts.end();
}
