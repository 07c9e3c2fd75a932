//===- DimensionPath.cpp - The way of a dimension through a model -*- C++ -*-=//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/DimensionPath.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Following
//===----------------------------------------------------------------------===//

DimensionPath::DimensionPath(const DimensionAnalysis &analysis, Term wanted)
    : analysis(analysis), space(analysis.getSpace()),
      term(space.normalise(wanted)) {
  auto addEnds = [&](SmallVectorImpl<PathEnd> &ends, Value value,
                     Operation *user) {
    // What is cut in front of its reader still ends there.
    auto axes = analysis.getAxes(value, isWeight(value) ? user : nullptr);
    if (!axes || llvm::any_of(ends, [&](const PathEnd &end) {
          return end.value == value;
        }))
      return;
    for (auto [index, axis] : llvm::enumerate(*axes))
      if (isPartOf(space, term, axis))
        ends.push_back({value, static_cast<unsigned>(index), axis});
  };

  llvm::DenseMap<Operation *, SmallVector<PathUse, 2>> usesOf;
  ArrayRef<DimensionUse> uses = analysis.getUses();
  for (unsigned index = 0; index != uses.size(); ++index) {
    const DimensionUse &use = uses[index];
    if (!isPartOf(space, term, use.term))
      continue;
    // Both operands of a product use K: the one that is cut out of a larger
    // tensor says more.
    auto &known = usesOf[use.op];
    auto *same = llvm::find_if(known, [&](const PathUse &other) {
      const DimensionUse &first = uses[other.index];
      return first.role == use.role &&
             (first.offset == use.offset || first.offset == 0 ||
              use.offset == 0) &&
             space.normalise(first.term) == space.normalise(use.term);
    });
    if (same == known.end())
      known.push_back({index, space.normalise(use.term) == term});
    else if (uses[same->index].offset == 0)
      same->index = index;
  }

  for (BlockArgument argument : analysis.getFunction().getArguments())
    addEnds(inputs, argument, nullptr);
  for (Operation &op : analysis.getFunction().getBody().front()) {
    if (!analysis.isLive(&op) || isa<InitializerOp, ConstantOp>(op))
      continue;
    if (isa<func::ReturnOp>(op)) {
      for (Value output : op.getOperands())
        addEnds(outputs, output, &op);
      continue;
    }
    PathStep step{&op, {}, {}, {}};
    for (Value operand : op.getOperands())
      addEnds(step.in, operand, &op);
    for (Value result : op.getResults())
      addEnds(step.out, result, nullptr);
    if (auto uses = usesOf.find(&op); uses != usesOf.end())
      step.uses = std::move(uses->second);
    if (!step.in.empty() || !step.out.empty() || !step.uses.empty())
      steps.push_back(std::move(step));
  }
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

/// The name of a value, or where it has none what it is.
static std::string getNameOf(Value value) {
  StringRef name = getValueName(value);
  if (!name.empty())
    return name.str();
  if (auto argument = dyn_cast<BlockArgument>(value))
    return "arg" + std::to_string(argument.getArgNumber());
  return value.getDefiningOp()->getName().getStringRef().str();
}

std::string DimensionPath::format(const PathEnd &end) const {
  std::string text = getNameOf(end.value) + ":" + std::to_string(end.axis);
  Term axis = space.normalise(end.term);
  if (axis == term)
    return text;
  if (space.getKind(axis) != DimensionSpace::Kind::Sum)
    return text + " in " + space.toString(axis);
  // The lanes of the segments that it is, or is a part of.
  SmallVector<std::string> runs;
  llvm::SmallSetVector<Term, 2> around;
  SymExpr begin = SymExpr::constant(0);
  for (Term segment : space.getSegments(axis)) {
    SymExpr next = begin + space.getSize(segment);
    if (isPartOf(space, term, segment)) {
      runs.push_back(begin.str() + ".." + next.str());
      if (space.normalise(segment) != term)
        around.insert(segment);
    }
    begin = next;
  }
  // Several segments together.
  if (runs.empty())
    return text + " in " + space.toString(axis);
  text +=
      " lanes " + llvm::join(runs, ", ") + " of " + space.getSize(axis).str();
  for (Term segment : around)
    text +=
        (segment == around.front() ? " in " : ", ") + space.toString(segment);
  return text;
}

std::string DimensionPath::formatStep(const PathStep &step) const {
  SmallVector<std::string> in, out;
  for (const PathEnd &end : step.in)
    in.push_back(format(end));
  for (const PathEnd &end : step.out)
    out.push_back(format(end));
  std::string text = llvm::join(in, ", ");
  if (!out.empty())
    text += (in.empty() ? "-> " : " -> ") + llvm::join(out, ", ");
  return text;
}

namespace {
/// A block's steps as lines, and what they say apart from names.
struct Section {
  ModulePlace place;
  std::vector<std::string> lines;
  std::string signature;
  unsigned numSteps = 0;
};
} // namespace

static std::string formatType(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return "";
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(type.getShape(), os, [&](int64_t size) {
    if (ShapedType::isDynamic(size))
      os << '?';
    else
      os << size;
  });
  os << ']';
  return text;
}

void DimensionPath::print(raw_ostream &os, const ModuleNames &names,
                          bool isWhole, DescribeUse describe) const {
  SmallVector<Term> parts = space.getKind(term) == DimensionSpace::Kind::Prod
                                ? space.getFactors(term)
                                : space.getSegments(term);
  if (parts.size() > 1) {
    os << "  made of ";
    llvm::interleaveComma(parts, os, [&](Term part) {
      StringRef id = analysis.getId(part);
      os << space.getSize(part);
      if (!id.empty())
        os << " (" << id << ")";
    });
    os << "\n";
  }
  for (const PathEnd &input : inputs)
    os << "  input " << format(input) << "\n";

  std::vector<Section> sections;
  llvm::DenseSet<Value> begun;
  std::string module;
  for (const PathStep &step : steps) {
    // What has no place belongs to what is around it.
    ModulePath path = getModuleOfNode(step.op);
    ModulePlace place = names.locate(path);
    if (sections.empty() ||
        (!path.empty() && sections.back().place.blocks != place.blocks)) {
      sections.push_back({place, {}, "", 0});
      module.clear();
    }
    Section &section = sections.back();
    if (std::string text = names.format(path); !text.empty() && text != module)
      section.lines.push_back("  " + (module = text) + "\n");
    section.signature += ModuleNames::formatModules(place) + "\n";
    ++section.numSteps;

    for (const PathEnd &end : step.in) {
      if (!isWeight(end.value) || !begun.insert(end.value).second)
        continue;
      section.lines.push_back("    weight " + format(end) + " of " +
                              formatType(end.value) + "\n");
      section.signature += "weight\n";
    }
    section.lines.push_back((Twine("    ") + getOnnxOpType(step.op) + " " +
                             getNodeName(step.op) + ": " + formatStep(step) +
                             "\n")
                                .str());
    section.signature += getOnnxOpType(step.op);
    for (const PathEnd &end : llvm::concat<const PathEnd>(step.in, step.out))
      section.signature +=
          " " + std::to_string(end.axis) + "=" + space.toString(end.term);
    section.signature += "\n";
    for (const PathUse &pathUse : step.uses) {
      const DimensionUse &use = analysis.getUses()[pathUse.index];
      std::string line =
          llvm::formatv("      {0} = {1}", stringifyRole(use.role),
                        space.getSize(use.term).str());
      if (!pathUse.isWhole)
        line += ", made of it: " + space.toString(use.term);
      if (use.offset != 0)
        line += ", from lane " + std::to_string(use.offset);
      section.signature += line;
      if (std::string more = describe ? describe(use) : ""; !more.empty())
        line += ": " + more;
      section.lines.push_back(line + "\n");
    }
  }

  for (size_t i = 0; i < sections.size();) {
    const Section &first = sections[i];
    for (const std::string &line : first.lines)
      os << line;
    ModulePlace repeats;
    for (++i; i < sections.size() && !isWhole && !first.place.blocks.empty() &&
              sections[i].place.blocks.size() == 1 &&
              sections[i].place.blocks.begin()->first ==
                  first.place.blocks.begin()->first &&
              sections[i].signature == first.signature;
         ++i)
      repeats.blocks[first.place.blocks.begin()->first].insert(
          *sections[i].place.blocks.begin()->second.begin());
    if (!repeats.blocks.empty())
      os << "  " << names.formatBlocks(repeats, /*isOne=*/false)
         << ": the same " << first.numSteps
         << (first.numSteps == 1 ? " step" : " steps") << "\n";
  }
  for (const PathEnd &output : outputs)
    os << "  output " << format(output) << "\n";
}

//===----------------------------------------------------------------------===//
// Finding by name
//===----------------------------------------------------------------------===//

namespace {
/// The axes of a tensor that can be named.
struct NamedAxes {
  std::string name;
  ArrayRef<Term> axes;
};
} // namespace

/// In the order in which dimensions are named: weights, of which each further
/// user's terms have a number, then inputs and what is computed.
static std::vector<NamedAxes> getNamedAxes(const DimensionAnalysis &analysis) {
  std::vector<NamedAxes> tensors;
  unsigned copies = 0;
  for (auto [index, use] : llvm::enumerate(analysis.getWeightUses())) {
    bool isFirst =
        index == 0 || analysis.getWeightUses()[index - 1].weight != use.weight;
    copies = isFirst ? 0 : copies + 1;
    std::string name = getValueName(use.weight).str();
    tensors.push_back(
        {isFirst ? name : name + "#" + std::to_string(copies), use.axes});
  }
  auto add = [&](Value value) {
    StringRef name = getValueName(value);
    if (auto axes = analysis.getAxes(value, value.getDefiningOp());
        axes && !name.empty())
      tensors.push_back({name.str(), *axes});
  };
  for (BlockArgument argument : analysis.getFunction().getArguments())
    add(argument);
  for (Operation &op : analysis.getFunction().getBody().front())
    if (analysis.isLive(&op) && !isa<InitializerOp, ConstantOp>(op))
      for (Value result : op.getResults())
        add(result);
  for (const LanePad &pad : analysis.getPads())
    tensors.push_back({getNameOfPad(pad.value), *analysis.getAxes(pad.value)});
  for (const LaneCut &cut : analysis.getCuts())
    if (cut.left)
      tensors.push_back({getNameOfCut(cut.value, cut.user),
                         *analysis.getAxes(cut.value, cut.user)});
  return tensors;
}

static llvm::Error makeUnknownError(const DimensionAnalysis &analysis,
                                    ArrayRef<NamedAxes> tensors,
                                    StringRef text) {
  // Names that differ in little, and those that have the text in them.
  constexpr size_t kMaxShown = 3;
  unsigned most = std::max<unsigned>(2, text.size() / 4);
  SmallVector<std::tuple<unsigned, size_t, std::string>> near;
  auto consider = [&](StringRef name) {
    unsigned distance =
        name.edit_distance_insensitive(text, /*AllowReplacements=*/true, most);
    if (distance > most && name.contains_insensitive(text))
      distance = most;
    if (distance <= most)
      near.push_back({distance, near.size(), name.str()});
  };
  for (AtomId atom : analysis.getDimensions())
    consider(analysis.getId(atom));
  for (const NamedAxes &tensor : tensors) {
    consider(tensor.name);
    for (size_t axis = 0; axis != tensor.axes.size(); ++axis)
      consider(tensor.name + ":" + std::to_string(axis));
  }
  llvm::sort(near);
  std::string message = "there is no dimension '" + text.str() + "'";
  SmallVector<std::string> shown;
  for (const auto &[distance, order, name] : near)
    if (shown.size() < kMaxShown &&
        !llvm::is_contained(shown, "'" + name + "'"))
      shown.push_back("'" + name + "'");
  message += shown.empty() ? ": the name of one is TENSOR:AXIS"
                           : "; near it are " + llvm::join(shown, ", ");
  return llvm::createStringError(message);
}

/// The part of `axis` at "0/2/1", of the axis that is called `name`.
static llvm::Expected<Term> getPart(DimensionSpace &space, Term axis,
                                    StringRef path, StringRef name) {
  Term term = space.normalise(axis);
  while (!path.empty()) {
    auto [first, rest] = path.split('/');
    SmallVector<Term> parts;
    if (space.getKind(term) == DimensionSpace::Kind::Prod)
      parts = space.getFactors(term);
    else if (space.getKind(term) == DimensionSpace::Kind::Sum)
      parts = space.getSegments(term);
    size_t index;
    if (first.getAsInteger(10, index) || index >= parts.size())
      return llvm::createStringError("'" + name +
                                     "' has no such part: the axis is " +
                                     space.toString(axis));
    term = space.normalise(parts[index]);
    path = rest;
  }
  return term;
}

llvm::Expected<Term> gac::findDimension(const DimensionAnalysis &analysis,
                                        StringRef text) {
  DimensionSpace &space = analysis.getSpace();
  std::vector<NamedAxes> tensors = getNamedAxes(analysis);
  auto lookup = [&](StringRef name) {
    return llvm::find_if(
        tensors, [&](const NamedAxes &tensor) { return tensor.name == name; });
  };
  auto isDimension = [&](Term axis) {
    std::optional<int64_t> size = space.getConstantSize(axis);
    return !size || *size > 1;
  };

  auto [name, place] = text.rsplit(':');
  auto [digits, path] = place.split('/');
  size_t axis;
  if (!digits.getAsInteger(10, axis)) {
    if (auto tensor = lookup(name); tensor != tensors.end()) {
      if (axis >= tensor->axes.size())
        return llvm::createStringError(
            llvm::formatv("there is no dimension '{0}': '{1}' has {2} axes",
                          text, name, tensor->axes.size()));
      llvm::Expected<Term> part =
          getPart(space, tensor->axes[axis], path, text);
      if (part && !isDimension(*part))
        return llvm::createStringError("'" + text + "' has size " +
                                       space.getSize(*part).str() +
                                       ": an axis like that is no dimension");
      return part;
    }
  }
  auto tensor = lookup(text);
  if (tensor == tensors.end())
    return makeUnknownError(analysis, tensors, text);
  SmallVector<unsigned> candidates;
  for (auto [index, term] : llvm::enumerate(tensor->axes))
    if (space.getConstantSize(term).value_or(1) > 1)
      candidates.push_back(index);
  if (candidates.size() == 1)
    return space.normalise(tensor->axes[candidates.front()]);
  SmallVector<std::string> ids;
  for (unsigned index : candidates)
    ids.push_back(llvm::formatv("'{0}:{1}' of size {2}", text, index,
                                space.getSize(tensor->axes[index]).str()));
  if (ids.empty())
    return llvm::createStringError("no axis of '" + text +
                                   "' has a known size above 1");
  return llvm::createStringError("'" + text + "' has " +
                                 std::to_string(ids.size()) +
                                 " dimensions: " + llvm::join(ids, ", "));
}
