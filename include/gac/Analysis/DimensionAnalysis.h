//===- DimensionAnalysis.h - The dimensions of a function -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which axes all over a function are one dimension, which of them may grow, who
// forbids the others, and who uses them in which role.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_ANALYSIS_DIMENSIONANALYSIS_H
#define GAC_ANALYSIS_DIMENSIONANALYSIS_H

#include "gac/Analysis/Lane.h"
#include "gac/Analysis/ShapeValues.h"
#include "gac/Analysis/Term.h"
#include "gac/Support/Role.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include <memory>

namespace gac {

class RangeOp;

class InterfaceValue;

/// `op` reads `operand`, whose axis `axis` is `term`, and is fast only where
/// the new size of `term` suits `role`. A matrix product has a use for M and K
/// of its left operand and one for K and N of its right operand.
struct DimensionUse {
  mlir::Operation *op;
  unsigned operand;
  unsigned axis;
  Role role;
  Term term;
  /// Whether `axis` is innermost in memory as the operand is read.
  bool contiguous;
  /// First lane that is read, where the operand is a slice of a larger tensor
  /// along `axis`: the dimensions before it there, and what they add up to now.
  llvm::SmallVector<Term, 2> before;
  int64_t offset;
};

/// What growth adds to a graph besides lanes.
enum class RewriteKind {
  /// An operation is written out as several.
  WrittenOut,
  /// An output is cut back to its size.
  Cut,
  /// Zeros take the place of padding in front of an operation.
  Mask,
  /// A result gets lanes that what made it has not.
  Pad,
};

/// Where any of `terms` grows, `nodes` more nodes take the place of `op` or
/// stand before it. They pass the elements of `value` through memory `passes`
/// times more often than before.
struct DimensionRewrite {
  RewriteKind kind;
  mlir::Operation *op;
  mlir::Value value;
  llvm::SmallVector<Term, 2> terms;
  unsigned nodes;
  unsigned passes;
};

/// An axis of an operand that `user` has to read as it was, though the value
/// may grow: its old lanes are cut out in front of `user`, which for an output
/// of the graph is the terminator. Users that read the same of one value share
/// the cut. What is left is a dimension of its own, `left`, which may grow,
/// too, where `user` takes padding in other places than the value has it:
/// copies of ordinary lanes. Of an output it is null.
struct LaneCut {
  mlir::Operation *user;
  mlir::Value value;
  unsigned axis;
  Term term;
  Term left;
};

/// Cuts of one value that are made together, for all `users` that read the same
/// of it: one read of what was computed, one write of what is left.
struct SharedCut {
  mlir::Value value;
  llvm::SmallVector<LaneCut, 1> cuts = {};
  llvm::SmallVector<mlir::Operation *, 1> users = {};
  /// Whether they read the value without the padding that others have of it.
  /// Axes with such padding need no cut then.
  bool asMade = false;
  /// Whether what is left grows in a way of its own.
  bool isOwn = false;
};

/// An axis of a result that is as long as `made`: those who read it see `read`,
/// a dimension of its own. Its new lanes are zeros that a Pad puts behind the
/// old ones, and where `made` grows all the same, those are cut out first.
struct LanePad {
  mlir::Value value;
  unsigned axis;
  Term made;
  Term read;
};

/// Whether the lanes that a cut leaves are the first ones in their order, which
/// a Slice cuts out; others it takes a Gather for.
bool isSlice(const LaneCut &cut, DimensionSpace &space, const Growth &growth);

/// An axis of an operand whose padding would count in `user`: where any of the
/// `atoms` grows, `user` reads `number` there, which is zero, by a
/// multiplication, or minus infinity, by an addition.
struct LaneMask {
  mlir::Operation *user;
  mlir::Value value;
  unsigned axis;
  double number;
  llvm::SmallVector<AtomId, 2> atoms;
};

/// Axis `axis` of a weight has an entry per `lanes` lanes of `term`, the last
/// one for what is left: scales of blocks, for one. It has no lanes of its own
/// that could move, and gets more entries at its end.
struct BlockAxis {
  unsigned axis;
  Term term;
  int64_t lanes;
};

/// One axis of an initializer or constant, as `user` reads it. Users that
/// relate the axis to unlike dimensions have terms of their own: growth gives
/// each of them its own copy.
struct WeightUse {
  mlir::Value weight;
  mlir::Operation *user;
  llvm::SmallVector<Term, 4> axes;
  /// Axes whose terms are fixed, and that follow others by blocks.
  llvm::SmallVector<BlockAxis, 1> blocks = {};
  /// What new lanes hold: zero but for numbers that mean zero, or where it
  /// would do harm.
  double fill = 0.0;
  /// A list of numbers that go along axis `listAxis` and mean zero there: what
  /// new lanes of the other axes hold. Null where there is `fill` alone.
  mlir::Value list = {};
  unsigned listAxis = 0;
};

/// A read of a number that was computed from sizes, by an operation to which it
/// is no size. It keeps its old value: when one of `measured` grows, or an axis
/// of the list that this reader has, the read becomes one of a constant.
struct FrozenRead {
  mlir::OpOperand *operand;
  llvm::SmallVector<int64_t> elements;
  llvm::SmallVector<ShapeSource> measured;
};

/// The dimensions of a function. Dead operations, whose results never reach the
/// function's return, are ignored.
///
/// Terms that this class returns are to be read through getSpace(), which
/// normalises them; the space is mutable for that reason only.
class DimensionAnalysis {
public:
  explicit DimensionAnalysis(mlir::Operation *function);

  mlir::func::FuncOp getFunction() const { return function; }
  DimensionSpace &getSpace() const { return *space; }
  const ShapeValues &getShapeValues() const { return *shapes; }

  bool isLive(mlir::Operation *op) const { return live.contains(op); }

  //===--------------------------------------------------------------------===//
  // Axes
  //===--------------------------------------------------------------------===//

  /// The terms of a value's axes, outermost first; nothing where the rank is
  /// unknown or nothing live reads or computes the value. Of an initializer or
  /// constant they are those of its first live user, or of `user`. Of what is
  /// cut in front of `user` they are those that are left. Of what is padded
  /// they are those with padding, but for its own operation.
  std::optional<llvm::ArrayRef<Term>>
  getAxes(mlir::Value value, mlir::Operation *user = nullptr) const;

  /// Initializers and constants by live user, in the order of the file.
  llvm::ArrayRef<WeightUse> getWeightUses() const { return weightUses; }
  /// Whether users relate a weight to unlike dimensions. Its name says nothing
  /// about any of them.
  bool isSharedByUnlike(mlir::Value weight) const {
    return sharedByUnlike.contains(weight);
  }

  /// What the lanes hold by which `atom` grows on `axis` of `value`. Known for
  /// atoms that may grow and stand on that axis. Of a weight it is what `user`
  /// reads.
  Lane getLane(mlir::Value value, unsigned axis, AtomId atom,
               mlir::Operation *user = nullptr) const;

  //===--------------------------------------------------------------------===//
  // Dimensions
  //===--------------------------------------------------------------------===//

  /// The dimensions of known size, in the order in which they first appear in
  /// weights, then in other values.
  llvm::ArrayRef<AtomId> getDimensions() const { return dimensions; }

  /// The stable id of an atom or term: TENSOR:AXIS of the first weight in file
  /// order on which it stands, with a path of part numbers where it is but a
  /// part of that axis (`w:1/0`). Where it stands on no weight, the name of the
  /// first value instead, or of what is left of one behind a cut. Empty for a
  /// term that is no part of any axis.
  llvm::StringRef getId(Term term) const;
  llvm::StringRef getId(AtomId atom) const {
    return getId(space->getTerm(atom));
  }
  /// The reverse of getId() for atoms.
  std::optional<AtomId> lookup(llvm::StringRef id) const;

  /// The weights on which `atom` stands, as indices in getWeightUses().
  llvm::ArrayRef<unsigned> getWeightsOf(AtomId atom) const;

  /// "Gather indexes it (node_embedding)".
  std::string describe(const FixReason &reason) const;

  llvm::ArrayRef<DimensionUse> getUses() const { return uses; }

  /// What growth has written out, for a price.
  llvm::ArrayRef<DimensionRewrite> getRewrites() const { return rewrites; }

  /// What is cut where it grows, one user after the other.
  llvm::ArrayRef<LaneCut> getCuts() const { return cuts; }

  /// The cuts, as far as `grows` says so of their terms, by who shares them.
  /// A value is rather read as it was made than padded and cut.
  std::vector<SharedCut> shareCuts(llvm::function_ref<bool(Term)> grows) const;

  /// What is padded where it grows, one value after the other.
  llvm::ArrayRef<LanePad> getPads() const { return pads; }
  /// Whether `user` reads a padded value as it was made, whatever grows.
  bool readsAsMade(mlir::Value value, mlir::Operation *user) const {
    return readAsMade.contains({value, user});
  }

  /// What has to be masked where it grows.
  llvm::ArrayRef<LaneMask> getMasks() const { return masks; }

  /// Numbers computed from sizes that must keep their old values.
  llvm::ArrayRef<FrozenRead> getFrozenReads() const { return frozenReads; }

private:
  friend class DimensionRelations;
  friend class LaneTransfer;
  friend class UseCollector;
  friend class DimensionGrower;

  /// A use of something that may not grow: its number, and how large the parts
  /// of its term that may not are together.
  struct UnfreeUse {
    size_t number;
    int64_t fixedSize;
  };
  /// An axis of an operand that is cut in front of an operation, which cannot
  /// take its padding because of `why`.
  struct WantedCut {
    unsigned axis;
    std::string why;
    /// Whether what is left may not grow, whatever the operation could take.
    bool isFixed = false;
    /// Whether the operation could take padding as well.
    bool isOffered = false;
    /// What the cut is to free.
    llvm::SmallVector<UnfreeUse, 1> uses = {};
  };
  using WantedCuts = llvm::MapVector<std::pair<mlir::Value, mlir::Operation *>,
                                     llvm::SmallVector<WantedCut, 1>>;

  /// A cut in front of an operation, or a pad behind a value where that is
  /// null, of an axis.
  using LaneRewrite = std::tuple<mlir::Value, mlir::Operation *, unsigned>;
  /// The pads that were found in a round.
  using NewPads = llvm::DenseSet<LaneRewrite>;

  void findLiveOps();
  /// Finds all that is known of axes, lanes and uses, where `wantedCuts` are
  /// made.
  void analyse();
  /// Has outputs that are one value by way of Identity share one cut.
  void cutBeforeIdentities();
  /// Adds cuts and pads that may free dimensions which somebody uses; returns
  /// whether there are any more.
  bool findRewrites();
  /// Those that take off the reasons of fixed uses one by one.
  bool findFirstRewrites(NewPads &padded);
  /// The cuts in front of readers that fix `atom`, as far as they may be made
  /// and these are known by now.
  WantedCuts findCutsFor(AtomId atom);
  /// The cuts that operations offer which read `atom`; none if the interface
  /// fixes it, where they would not help.
  WantedCuts findOfferedCuts(AtomId atom);
  /// The first of these, and the others where there are no more of the first.
  WantedCuts chooseCutsFor(AtomId atom);
  /// Adds cuts, for the sake of `use`; returns whether there are any more.
  bool want(const WantedCuts &found, UnfreeUse use);
  /// Whether a Pad could stand behind `value`, and has not been in vain.
  bool canPad(mlir::Value value, unsigned axis) const;
  /// Adds a pad, if it could stand there; returns whether it is new.
  bool wantPad(mlir::Value value, unsigned axis, NewPads &padded);
  /// Adds a pad of the first result on the way from `maker` through `sources`
  /// that has `part` as an axis; returns whether there is a new one.
  bool wantPadBehind(mlir::Operation *maker, Term part,
                     const llvm::DenseSet<mlir::Operation *> &sources,
                     NewPads &padded);
  /// Adds pads of all results that `user` is computed from and that are the
  /// first to have `term` as an axis; returns whether there are new ones.
  bool wantPadsOfAll(Term term, mlir::Operation *user, NewPads &padded);
  /// The same, if `term` is of single lanes in a row, as [1|1|1]: they have
  /// nothing that could grow, nor does anybody keep them from it.
  bool wantPadsOfLanes(Term term, mlir::Operation *user, NewPads &padded);
  /// Adds pads of such lanes that others fix `atom` for, as they meet it with
  /// them; returns whether there are new ones.
  bool wantPadsOfLanesAt(AtomId atom, NewPads &padded);
  /// Adds pads that free the largest part of what is used that pads can, for
  /// the sake of `atom`, behind the operations that fix it with `remedy`, on
  /// ways through `sources`; returns whether there are new ones.
  bool wantPads(const DimensionUse &use, AtomId atom, Remedy remedy,
                const llvm::DenseSet<mlir::Operation *> &sources,
                NewPads &padded);
  /// The same, on the ways to the use.
  bool wantPadsBefore(const DimensionUse &use, AtomId atom, Remedy remedy,
                      NewPads &padded);
  /// Adds a pad right in front of `use`, where `atom` is fixed by other readers
  /// of what it reads; returns whether it is new.
  bool wantPadOfOperand(const DimensionUse &use, AtomId atom, NewPads &padded);
  /// Adds pads where no cut and no pad behind a maker on the way to a use is
  /// left to ask for; returns whether there are new ones.
  bool wantLastPads(NewPads &padded);
  /// Adds pads of what is used as well as a part of it where not both can be
  /// multiples, such as the patches of an image and these with a class token;
  /// returns whether there are new ones.
  bool wantPadsOfOdds(NewPads &padded);
  /// Whether `part` of what is used cannot be a multiple once the atoms `alone`
  /// are.
  bool isAtOdds(const DimensionUse &use, Term part,
                const llvm::DenseSet<AtomId> &alone) const;
  /// The least multiple that targets ask of a use.
  static int64_t getLeastMultiple(const DimensionUse &use);
  /// The atoms that a use other than of rows is of.
  llvm::DenseSet<AtomId> getAtomsUsedAlone() const;
  /// The size of `term` modulo `multiple` once the atoms `alone` are multiples;
  /// nothing if that is not known, as something else may grow.
  std::optional<int64_t>
  getRemainder(Term term, int64_t multiple,
               const llvm::DenseSet<AtomId> &alone) const;
  /// The parts of `term` that `atom` stands in and a pad could free, the
  /// largest first.
  llvm::SmallVector<Term> getPaddable(Term term, AtomId atom) const;
  /// Analyses without the cuts and pads that free nothing; returns whether
  /// there were any.
  bool dropIdle();
  /// Analyses without those that others may do without, too; returns whether
  /// there were any.
  bool dropSpare();
  /// Drops as many of `spare` as it can so that each of `free` uses stays free;
  /// returns whether that were any.
  bool tryToDrop(llvm::ArrayRef<LaneRewrite> spare,
                 const llvm::BitVector &free);
  void drop(llvm::ArrayRef<LaneRewrite> dropped);
  /// Whether a part of what is used may grow: whatever else a size is made of,
  /// one is enough to reach a multiple.
  bool isFree(const DimensionUse &use) const;
  /// The free uses that ask for a multiple and may get it, by number: any
  /// number of rows is as good as another.
  llvm::BitVector getFreeUses() const;
  /// What asked for a cut; null where it is the interface.
  WantedCut *getWanted(const LaneCut &cut);
  /// The atoms of uses that may grow.
  llvm::DenseSet<AtomId> getFreedAtoms() const;
  bool hasAny(Term term, const llvm::DenseSet<AtomId> &atoms) const;
  /// The atoms of a use that may not grow, though their sizes are numbers.
  llvm::SmallVector<AtomId> getFixedAtoms(const DimensionUse &use) const;
  /// The product of their sizes.
  int64_t getFixedSize(const DimensionUse &use) const;
  /// Has `op` read what is left of its operands.
  void cutOperands(mlir::Operation *op);
  /// Has the readers of what `op` makes read it with its padding.
  void padResults(mlir::Operation *op);
  void relate();
  void relateArguments();
  void relateOperand(mlir::OpOperand &operand);
  void relateOp(mlir::Operation *op);
  void relateReturn(mlir::Operation *op);
  /// Fixes the axes of an input or output that may not change.
  void fixInterface(const InterfaceValue &value, llvm::ArrayRef<Term> terms);
  /// Whether an axis of a value, of a known size, can be cut back to it in
  /// front of `user`.
  bool canCut(mlir::Value value, unsigned index, mlir::Operation *user);
  /// Has the weights that `value` is made of, as `user` reads it, hold `number`
  /// in their new lanes.
  void fillLanes(mlir::Value value, mlir::Operation *user, double number);
  /// Fixes all that `op` touches and gives its results new axes.
  void fixAll(mlir::Operation *op, llvm::StringRef why);
  /// Gives `value` the terms that its rule computed, as far as they agree with
  /// its type.
  void define(mlir::Value value, llvm::ArrayRef<Term> terms,
              mlir::Operation *op);
  /// Gives `value` new axes of its shape, fixed because of `why`.
  void defineFixed(mlir::Value value, const FixReason &why);
  std::optional<llvm::SmallVector<Term>> createAxes(mlir::Value value);
  void freeze(mlir::OpOperand &operand);
  bool isComputedFromSizes(mlir::Value value) const;
  void transferLanes();
  void checkLanes(mlir::Operation *op);
  /// What a mask makes of the padding that `user` reads.
  std::optional<double> getMask(mlir::Operation *user, mlir::Value value,
                                unsigned axis, AtomId atom) const;
  /// Drops the masks of atoms that turned out not to grow.
  void pruneMasks();
  void checkInterfaceLanes();
  void collectUses();
  /// The cuts of one value in front of one user, as far as `grows` says so.
  SharedCut getCutsOf(llvm::ArrayRef<LaneCut> ofUser,
                      llvm::function_ref<bool(Term)> grows) const;
  void collectCuts();
  void collectPads();
  void orderWeightUses();
  void nameDimensions();
  void nameParts(Term term, const std::string &name);

  mlir::func::FuncOp function;
  std::unique_ptr<DimensionSpace> space;
  std::unique_ptr<ShapeValues> shapes;
  /// The live operations, numbered in their order.
  llvm::DenseMap<mlir::Operation *, unsigned> live;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<Term, 4>> axes;
  WantedCuts wantedCuts, offeredCuts;
  llvm::MapVector<mlir::Value, llvm::SmallVector<unsigned, 1>> wantedPads;
  /// Pads that were dropped, and what has turned out not to be spare.
  llvm::DenseSet<LaneRewrite> idlePads, neededRewrites;
  llvm::DenseSet<std::pair<mlir::Value, mlir::Operation *>> readAsMade;
  /// The axes of values as operations read them that read a cut or numbers
  /// computed from sizes, or that read or make a padded value as it is made.
  llvm::DenseMap<std::pair<mlir::Value, mlir::Operation *>,
                 llvm::SmallVector<Term, 4>>
      readAxes;
  std::vector<WeightUse> weightUses;
  llvm::DenseMap<std::pair<mlir::Value, mlir::Operation *>, unsigned>
      weightUseOf;
  llvm::DenseMap<std::tuple<mlir::Value, unsigned, AtomId>, Lane> lanes;
  std::vector<DimensionUse> uses;
  std::vector<DimensionRewrite> rewrites;
  std::vector<LaneCut> cuts;
  std::vector<LanePad> pads;
  std::vector<LaneMask> masks;
  std::vector<FrozenRead> frozenReads;
  /// The reads among them that have axes of their own.
  llvm::DenseSet<std::pair<mlir::Value, mlir::Operation *>> frozen;
  std::vector<AtomId> dimensions;
  llvm::DenseSet<mlir::Value> sharedByUnlike;
  llvm::DenseMap<Term, std::string> ids;
  llvm::StringMap<AtomId> atomsById;
  llvm::DenseMap<AtomId, llvm::SmallVector<unsigned, 4>> weightsOf;
};

/// Whether `user` knows `value` by its ONNX name: as an output of the graph, or
/// in a graph within. What takes its place has to take the name.
bool isReadByName(mlir::Value value, mlir::Operation *user);

/// What is left of `value` behind a cut in front of `user`: "x->node".
std::string getNameOfCut(mlir::Value value, mlir::Operation *user);

/// What a padded `value` is to those who read it: "x->Pad".
std::string getNameOfPad(mlir::Value value);

/// Whether `value` is an initializer or a Constant node: data that growth pads.
bool isWeight(mlir::Value value);

/// The numbers of a Range that are the same in each run, in their order;
/// nothing if there are such as are not known, or too many.
std::optional<llvm::SmallVector<double>>
getKnownNumbers(RangeOp range, const ShapeValues &shapes);

/// The one element of a weight, or of data, as a real number; nothing if there
/// are more or it is none.
std::optional<double> getScalarConstant(mlir::Value value);
std::optional<double> getScalarConstant(mlir::Attribute data);

/// The number that all elements of a weight are, if its data show that.
std::optional<double> getUniformConstant(mlir::Value value);

/// Whether all elements of a weight are one infinity or NaN.
bool isUniformlyInfinite(mlir::Value value);

/// The data of a weight, if they stand in the IR as they are; else null.
mlir::DenseElementsAttr getKnownElements(mlir::Value value);

/// The ONNX name of a value: of its initializer, node output or graph input;
/// empty if it has none.
llvm::StringRef getValueName(mlir::Value value);

/// The ONNX operator that `op` stands for ("Gather"), and its node's name, or
/// where the node has none that of its first output.
llvm::StringRef getOnnxOpType(mlir::Operation *op);
llvm::StringRef getNodeName(mlir::Operation *op);

} // namespace gac

#endif // GAC_ANALYSIS_DIMENSIONANALYSIS_H
