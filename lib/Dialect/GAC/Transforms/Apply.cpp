//===- Apply.cpp - Grow dimensions as a plan says ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types follow from terms alone, so they all change first. Rules then rewrite
// the operands and attributes that state sizes, reading terms to tell old sizes
// from new ones. What results is analysed afresh and compared with the terms.
//
//===----------------------------------------------------------------------===//

#include "LaneRewriter.h"
#include "PlannedGrowth.h"
#include "ResultNames.h"

#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Analysis/DimensionOpInterface.h"
#include "gac/Analysis/DimensionRules.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ModelInterface.h"
#include "gac/Dialect/GAC/IR/ShapeInference.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/MathExtras.h"

namespace gac {
#define GEN_PASS_DEF_APPLY
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {

struct ApplyPass : public gac::impl::ApplyBase<ApplyPass> {
  void runOnOperation() override;
};

/// Applies one plan to one function.
class PlanApplier {
public:
  PlanApplier(func::FuncOp function, PlanAttr plan)
      : function(function), plan(plan), analysis(function),
        space(analysis.getSpace()), state(function),
        rewriter(analysis, growth, state) {}

  LogicalResult apply();

private:
  void freezeReads();
  void padWeights();
  void growTypes();
  void growInterface();
  LogicalResult growOps();
  void eraseDeadOps();
  LogicalResult check();

  bool growsSource(const ShapeSource &source);
  /// How `use` needs its weight: the lanes of each axis and, unless it is zero,
  /// the number between them, or a list of such. Null where the weight stays as
  /// it is.
  ArrayAttr getRecipe(const WeightUse &use);
  /// Makes the weight's data those that `recipe` says.
  void padInPlace(Operation *weight, ArrayAttr recipe);

  func::FuncOp function;
  PlanAttr plan;
  DimensionAnalysis analysis;
  DimensionSpace &space;
  Growth growth;
  GrowthState state;
  LaneRewriter rewriter;
};

} // namespace

//===----------------------------------------------------------------------===//
// Growth
//===----------------------------------------------------------------------===//

bool PlanApplier::growsSource(const ShapeSource &source) {
  if (isWeight(source.tensor))
    return false;
  auto axes = analysis.getAxes(source.tensor);
  return axes && source.axis < static_cast<int64_t>(axes->size()) &&
         space.grows((*axes)[source.axis], growth);
}

void PlanApplier::freezeReads() {
  for (const FrozenRead &read : analysis.getFrozenReads()) {
    Operation *reader = read.operand->getOwner();
    Value old = read.operand->get();
    ArrayRef<Term> axes =
        analysis.getAxes(old, reader).value_or(ArrayRef<Term>());
    bool grows = llvm::any_of(
        axes, [&](Term axis) { return space.grows(axis, growth); });
    if (!grows && llvm::none_of(read.measured, [&](const ShapeSource &source) {
          return growsSource(source);
        }))
      continue;
    auto type = dyn_cast<RankedTensorType>(old.getType());
    auto element =
        type ? dyn_cast<IntegerType>(type.getElementType()) : nullptr;
    if (!element)
      continue;
    ArrayRef<SymExpr> shape = *analysis.getShapeValues().shapeOf(old);
    type = type.clone(llvm::map_to_vector(
        shape, [](const SymExpr &size) { return *size.getConstant(); }));
    SmallVector<APInt> elements =
        llvm::map_to_vector(read.elements, [&](int64_t number) {
          return APInt(element.getWidth(), number, !element.isUnsigned(),
                       /*implicitTrunc=*/true);
        });
    OpBuilder builder(reader);
    auto frozen = InitializerOp::create(
        builder, reader->getLoc(),
        state.names.getUnique(getValueName(old) + ".frozen"),
        DenseElementsAttr::get(type, elements));
    if (grows)
      padInPlace(frozen, builder.getArrayAttr(llvm::map_to_vector(
                             axes, [&](Term axis) -> Attribute {
                               return getGrownLanes(axis, analysis, growth);
                             })));
    state.originals[frozen] = old;
    read.operand->set(frozen);
  }
}

/// The numbers of a list after its growth, along axis `axis` of `rank`.
static DenseElementsAttr moveAlong(DenseElementsAttr list, LanesAttr lanes,
                                   unsigned axis, unsigned rank) {
  Type element = list.getElementType();
  SmallVector<Attribute> old(list.getValues<Attribute>());
  SmallVector<Attribute> moved(lanes.getSize(),
                               Builder(list.getContext()).getZeroAttr(element));
  for (const LaneRun &run : lanes.getRuns())
    llvm::copy(ArrayRef(old).slice(run.from, run.length),
               moved.begin() + run.to);
  SmallVector<int64_t> shape(rank, 1);
  shape[axis] = lanes.getSize();
  return DenseElementsAttr::get(RankedTensorType::get(shape, element), moved);
}

ArrayAttr PlanApplier::getRecipe(const WeightUse &use) {
  auto type = dyn_cast<RankedTensorType>(use.weight.getType());
  bool grows = llvm::any_of(
      use.axes, [&](Term axis) { return space.grows(axis, growth); });
  SmallVector<Attribute> recipe(use.axes.size());
  for (const BlockAxis &blocks : use.blocks) {
    int64_t old = type.getDimSize(blocks.axis);
    int64_t lanes = *space.getNewSize(blocks.term, growth).getConstant();
    int64_t size = std::max(old, llvm::divideCeilSigned(lanes, blocks.lanes));
    grows |= size != old;
    recipe[blocks.axis] =
        LanesAttr::get(function.getContext(), size, LaneRun{0, 0, old});
  }
  if (!grows)
    return nullptr;
  for (auto [lanes, axis] : llvm::zip_equal(recipe, use.axes))
    if (!lanes)
      lanes = getGrownLanes(axis, analysis, growth);
  Builder builder(function.getContext());
  bool crossesList =
      use.list && llvm::any_of(llvm::enumerate(use.axes), [&](auto axis) {
        return axis.index() != use.listAxis &&
               space.grows(axis.value(), growth);
      });
  if (crossesList) {
    recipe.push_back(moveAlong(getKnownElements(use.list),
                               cast<LanesAttr>(recipe[use.listAxis]),
                               use.listAxis, recipe.size()));
    return builder.getArrayAttr(recipe);
  }
  if (use.fill == 0.0)
    return builder.getArrayAttr(recipe);
  if (auto element = dyn_cast<FloatType>(type.getElementType()))
    recipe.push_back(builder.getFloatAttr(element, use.fill));
  else if (auto element = dyn_cast<IntegerType>(type.getElementType()))
    recipe.push_back(builder.getIntegerAttr(
        element, APInt(element.getWidth(), static_cast<int64_t>(use.fill),
                       !element.isUnsigned(), /*implicitTrunc=*/true)));
  return builder.getArrayAttr(recipe);
}

void PlanApplier::padInPlace(Operation *weight, ArrayAttr recipe) {
  SmallVector<LanesAttr> perAxis;
  TypedAttr fill;
  for (Attribute part : recipe)
    if (auto lanes = dyn_cast<LanesAttr>(part))
      perAxis.push_back(lanes);
    else
      fill = cast<TypedAttr>(part);
  auto pad = [&](TypedAttr source) {
    SmallVector<int64_t> shape = llvm::map_to_vector(
        perAxis, [](LanesAttr axis) { return axis.getSize(); });
    auto type = cast<ShapedType>(source.getType()).clone(shape);
    return PadAttr::get(type, source, perAxis, fill);
  };
  if (auto initializer = dyn_cast<InitializerOp>(weight)) {
    initializer.setValueAttr(pad(initializer.getValue()));
  } else {
    auto constant = cast<ConstantOp>(weight);
    constant.setValueAttr(pad(constant.getValue()));
    constant.removeFormAttr();
  }
  auto padded = weight->getAttrOfType<TypedAttr>("value");
  weight->getResult(0).setType(cast<TensorType>(padded.getType()));
}

void PlanApplier::padWeights() {
  // The users of a weight by the recipe that they need, none where it stays.
  llvm::MapVector<Value, llvm::MapVector<Attribute, SmallVector<Operation *>>>
      recipes;
  for (const WeightUse &use : analysis.getWeightUses())
    recipes[use.weight][getRecipe(use)].push_back(use.user);
  for (auto &[weight, users] : recipes) {
    Operation *op = weight.getDefiningOp();
    bool isTaken = users.contains(nullptr);
    SmallVector<std::pair<Operation *, Attribute>> pads;
    for (auto &[recipe, readers] : users) {
      if (!recipe)
        continue;
      // The first recipe may have the weight itself, the others have copies.
      if (!std::exchange(isTaken, true)) {
        pads.push_back({op, recipe});
        continue;
      }
      OpBuilder builder(op);
      builder.setInsertionPointAfter(op);
      std::string name = state.names.getUnique(getValueName(weight) + ".grown");
      Operation *copy = builder.clone(*op);
      copy->removeAttr(attr::tensor);
      // Of a copy of a copy, too, it is the first that has a past.
      if (!copy->hasAttr(attr::copyOf))
        copy->setAttr(attr::copyOf,
                      builder.getStringAttr(getValueName(weight)));
      if (auto initializer = dyn_cast<InitializerOp>(copy))
        initializer.setName(name);
      else
        copy->setAttr(attr::outputs, builder.getStrArrayAttr({name}));
      for (Operation *reader : readers)
        rewriter.replaceRead(reader, weight, copy->getResult(0));
      state.originals[copy->getResult(0)] = weight;
      pads.push_back({copy, recipe});
    }
    for (auto [padded, recipe] : pads)
      padInPlace(padded, cast<ArrayAttr>(recipe));
  }
}

/// Names symbolic sizes that have changed by what they are now.
static ArrayAttr updateSymbols(ArrayAttr symbols, ArrayRef<SymExpr> sizes) {
  SmallVector<Attribute> updated(symbols.begin(), symbols.end());
  if (updated.size() != sizes.size())
    return symbols;
  for (auto [symbol, size] : llvm::zip_equal(updated, sizes)) {
    auto name = dyn_cast<StringAttr>(symbol);
    if (name && !name.getValue().empty())
      symbol = StringAttr::get(symbols.getContext(),
                               size.isConstant() ? "" : size.str());
  }
  return ArrayAttr::get(symbols.getContext(), updated);
}

void PlanApplier::growTypes() {
  for (Operation &op : function.getBody().front()) {
    if (!analysis.isLive(&op) || isa<InitializerOp, ConstantOp>(op))
      continue;
    auto symbols = op.getAttrOfType<ArrayAttr>(attr::dims);
    SmallVector<Attribute> newSymbols;
    if (symbols)
      newSymbols.assign(symbols.begin(), symbols.end());
    for (auto [index, result] : llvm::enumerate(op.getResults())) {
      auto axes = analysis.getAxes(result, &op);
      if (!axes || (isa<RankedTensorType>(result.getType()) &&
                    llvm::none_of(*axes, [&](Term axis) {
                      return space.grows(axis, growth);
                    })))
        continue;
      result.setType(getGrownType(result, *axes, space, growth));
      auto perAxis = index < newSymbols.size()
                         ? dyn_cast<ArrayAttr>(newSymbols[index])
                         : ArrayAttr();
      if (perAxis)
        newSymbols[index] =
            updateSymbols(perAxis, llvm::map_to_vector(*axes, [&](Term axis) {
                            return space.getNewSize(axis, growth);
                          }));
    }
    if (symbols)
      op.setAttr(attr::dims, ArrayAttr::get(op.getContext(), newSymbols));
  }
}

/// The types of what comes in and goes out, and where its lanes are then.
/// Symbolic sizes of the interface do not grow, so no symbol changes.
void PlanApplier::growInterface() {
  Block &body = function.getBody().front();
  for (const InterfaceValue &value : getInterface(function)) {
    auto axes = analysis.getAxes(
        value.getValue(), value.isInput() ? nullptr : body.getTerminator());
    if (!axes || isWeight(value.getValue()) ||
        llvm::none_of(*axes,
                      [&](Term axis) { return space.grows(axis, growth); }))
      continue;
    if (!value.mayChange())
      continue; // It is cut.
    if (value.isInput())
      body.getArgument(value.getNumber())
          .setType(getGrownType(value.getValue(), *axes, space, growth));
    value.addLanes(llvm::map_to_vector(*axes, [&](Term axis) {
      return space.grows(axis, growth) ? getGrownLanes(axis, analysis, growth)
                                       : LanesAttr();
    }));
  }
  function.setType(FunctionType::get(function.getContext(),
                                     body.getArgumentTypes(),
                                     body.getTerminator()->getOperandTypes()));
}

LogicalResult PlanApplier::growOps() {
  // Growth adds operations in front of those that are visited.
  SmallVector<Operation *> ops;
  for (Operation &op : function.getBody().front())
    if (analysis.isLive(&op))
      ops.push_back(&op);
  if (failed(rewriter.maskOperands()))
    return failure();
  for (Operation *op : ops) {
    auto rule = dyn_cast<DimensionOpInterface>(op);
    if (!rule)
      continue;
    DimensionGrower grower(analysis, growth, state, op);
    if (failed(rule.growDimensions(grower)))
      return failure();
  }
  for (auto [value, other] : state.replacements) {
    auto result = cast<OpResult>(value);
    takeName(other.getDefiningOp(), result);
    // One node takes the name.
    if (result.getResultNumber() == 0)
      other.getDefiningOp()->setLoc(result.getOwner()->getLoc());
    value.replaceAllUsesWith(other);
  }
  return success();
}

void PlanApplier::eraseDeadOps() {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (op.use_empty() && !op.hasTrait<mlir::OpTrait::IsTerminator>())
      op.erase();
}

//===----------------------------------------------------------------------===//
// The check
//===----------------------------------------------------------------------===//

/// Whether an axis of a weight has entries for blocks of lanes elsewhere, and
/// no growth of its own.
static bool isBlockAxis(const WeightUse &use, unsigned axis) {
  return llvm::any_of(
      use.blocks, [&](const BlockAxis &blocks) { return blocks.axis == axis; });
}

/// Sizes that inference finds on its own, from the new weights on, must be
/// those that the terms promise.
LogicalResult PlanApplier::check() {
  SmallVector<std::pair<Value, SmallVector<SymExpr>>> promised;
  auto promise = [&](Value value, ArrayRef<Term> axes) {
    promised.push_back({value, llvm::map_to_vector(axes, [&](Term axis) {
                          return space.getNewSize(axis, growth);
                        })});
  };
  for (Operation &op : function.getBody().front())
    for (Value result : op.getResults()) {
      auto axes = analysis.getAxes(result, &op);
      if (axes && analysis.isLive(&op) && !isWeight(result))
        promise(result, *axes);
    }

  DimensionAnalysis after(function);
  for (Operation &op : function.getBody().front())
    if (after.isLive(&op) && failed(verifyShape(&op, after.getShapeValues())))
      return failure();
  for (const auto &[value, sizes] : promised) {
    // A replaced value is promised by those who read it.
    if (!after.isLive(value.getDefiningOp()))
      continue;
    auto shape = after.getShapeValues().shapeOf(value);
    auto axes = after.getAxes(value);
    if (!shape || !axes || axes->size() != sizes.size())
      return mlir::emitError(value.getLoc())
             << "after growth nothing is known of " << getValueName(value);
    for (auto [axis, size] : llvm::enumerate(sizes)) {
      const SymExpr &inferred = after.getSpace().getSize((*axes)[axis]);
      bool differs =
          size.isConstant() && (inferred != size || (*shape)[axis] != size);
      if (differs)
        return mlir::emitError(value.getLoc())
               << "after growth axis " << axis << " of " << getValueName(value)
               << " has size " << inferred.str() << ", where the plan promises "
               << size.str();
    }
  }
  // Weights are known by who reads them: some readers have copies now.
  for (const WeightUse &use : analysis.getWeightUses()) {
    if (!after.isLive(use.user))
      continue;
    for (Value operand : use.user->getOperands()) {
      auto axes = after.getAxes(operand, use.user);
      Value original = state.originals.lookup(operand);
      if ((original ? original : operand) != use.weight || !axes ||
          axes->size() != use.axes.size())
        continue;
      for (auto [axis, terms] :
           llvm::enumerate(llvm::zip_equal(*axes, use.axes))) {
        const SymExpr &size = after.getSpace().getSize(std::get<0>(terms));
        SymExpr promisedSize = space.getNewSize(std::get<1>(terms), growth);
        if (size != promisedSize && !isBlockAxis(use, axis))
          return mlir::emitError(use.user->getLoc())
                 << "after growth axis " << axis << " of "
                 << getValueName(operand) << " has size " << size.str()
                 << ", where the plan promises " << promisedSize.str();
      }
    }
  }
  return success();
}

LogicalResult PlanApplier::apply() {
  FailureOr<Growth> planned = readGrowth(function, analysis, plan);
  if (failed(planned))
    return failure();
  growth = std::move(*planned);
  if (!growth.empty()) {
    freezeReads();
    padWeights();
    growTypes();
    rewriter.padResults();
    rewriter.cutOperands();
    growInterface();
    // The check refers to values that may be dead by then.
    if (failed(growOps()) || failed(check()))
      return failure();
  }
  eraseDeadOps();
  return success();
}

void ApplyPass::runOnOperation() {
  auto plan = getOperation()->getAttrOfType<PlanAttr>(attr::plan);
  if (!plan) {
    getOperation().emitError()
        << "there is no plan to apply: the module has no " << attr::plan;
    return signalPassFailure();
  }
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (!function.isExternal() && failed(PlanApplier(function, plan).apply()))
      return signalPassFailure();
}
