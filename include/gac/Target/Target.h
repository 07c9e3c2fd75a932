//===- Target.h - what a piece of hardware likes ------------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A target is data: a JSON file that says which sizes, strides and offsets run
// at full speed on one GPU with one set of libraries, why others do not, and
// what was measured. docs/Targets.md describes the file.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TARGET_TARGET_H
#define GAC_TARGET_TARGET_H

#include "gac/Support/Role.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gac {

/// Element types that targets have rules for. A model runs in one of the first
/// three; quantised products of such a model run in I8.
enum class DType { BF16, F16, F32, I8 };
inline constexpr std::array<DType, 4> kAllDTypes = {DType::BF16, DType::F16,
                                                    DType::F32, DType::I8};

/// "bf16", "f16", "f32" or "int8".
llvm::StringRef stringifyDType(DType dtype);
std::optional<DType> symbolizeDType(llvm::StringRef text);
/// Bytes of one element.
int64_t getByteWidth(DType dtype);

/// What a rule looks at, in elements: the size of a dimension, the distance of
/// consecutive rows, or where in its buffer a tensor starts.
enum class Quantity { Size, Stride, Offset };
/// "size", "stride" or "offset".
llvm::StringRef stringifyQuantity(Quantity quantity);

/// A range of integers, both ends included.
struct Interval {
  int64_t min = 1;
  /// Absent: no upper end.
  std::optional<int64_t> max;

  bool contains(int64_t value) const {
    return value >= min && (!max || value <= *max);
  }
};

/// Circumstances under which efficiencies were measured. Odd sizes cost a
/// matrix-vector product less than a large matrix product.
struct Regime {
  std::string name;
  /// Rows of the operation's result: M of a matrix product.
  Interval rows;
  /// Size of the dimension concerned.
  Interval size;
};

/// The values that are multiples of `multiple`, and of no tier's before it.
struct Tier {
  int64_t multiple = 1;
  bool fullSpeed = false;
  /// Why these values are slow; for tiers that are not full speed.
  std::string cause;
  /// Per regime of the target, the measured share of the roofline, in (0, 1].
  std::vector<std::optional<double>> efficiency;
  /// The same at the points of the rule's grid: for each of its rows one of
  /// each of its sizes. Empty where it was not measured so.
  std::vector<std::vector<double>> table;
  /// Microseconds that an operation takes besides, whatever its sizes: to fill
  /// pipelines and to store results. None, one, or one for each of the grid's
  /// rows.
  std::vector<double> fixed;
};

/// Where a rule's tables were measured, both ascending. Between the points
/// efficiencies are interpolated, beyond them those of the nearest one hold.
struct Grid {
  /// Rows of the operation's result.
  std::vector<int64_t> rows;
  /// Sizes of the dimension concerned.
  std::vector<int64_t> sizes;
  /// The size of the product's other dimension meanwhile. Absent where there is
  /// no other.
  std::optional<int64_t> other;

  bool empty() const { return rows.empty(); }
};

/// What the hardware wants of one quantity in one role.
struct Rule {
  std::string id;
  Role role = Role::M;
  llvm::SmallVector<DType, 3> dtypes;
  Quantity quantity = Quantity::Size;
  /// By descending multiple, each a multiple of the next; the last is 1.
  std::vector<Tier> tiers;
  /// Of the tiers' tables; empty for a rule that was measured by regimes, or
  /// not at all.
  Grid grid;
  /// Where the rule comes from.
  std::string source;

  /// Whether it has efficiencies.
  bool isMeasured() const;
  /// The fixed time, in microseconds, of an operation of `rows` rows whose
  /// value is in `tier`; between the grid's rows in proportion of logarithms. A
  /// tier that has none of its own counts as the next one that has.
  double getFixed(unsigned tier, int64_t rows) const;

  bool appliesTo(Role role, DType dtype) const;
  /// Index of the tier that `value` is in.
  unsigned getTier(int64_t value) const;
  /// Index of the full-speed tier that takes least to reach.
  unsigned getFullSpeedTier() const;
  int64_t getFullSpeedMultiple() const {
    return tiers[getFullSpeedTier()].multiple;
  }
  bool isFullSpeed(int64_t value) const {
    return tiers[getTier(value)].fullSpeed;
  }
};

/// Sizes at which symbolic dimensions are priced unless they are bound.
struct Reference {
  int64_t batch = 1;
  int64_t sequence = 1024;
};

/// Target files of these versions are read, but for one. The first has neither
/// grids nor fixed times, and knows no tails. Tables of the second were fitted
/// to other blocks of attention (getAttentionBlocks) than are counted now.
inline constexpr int64_t kFirstTargetFormat = 1, kUnreadTargetFormat = 2,
                         kTargetFormat = 3;

class Target {
public:
  std::string name;
  /// One line about the device.
  std::string title;
  /// Such as "sm_90".
  std::string architecture;
  /// Names and versions of the libraries that the rules were seen in.
  std::vector<std::pair<std::string, std::string>> libraries;
  /// How the figures were measured; empty if nothing was.
  std::string measured;
  Reference reference;
  /// Sizes that `predefined` repairs to, ascending.
  std::vector<int64_t> sizes;
  /// FLOP/s by DType, bytes per second, and microseconds per operation. Absent
  /// where they were not measured.
  std::array<std::optional<double>, kAllDTypes.size()> peak;
  std::optional<double> bandwidth;
  double launch = 0;
  /// Of the device: what a kernel is split over.
  int64_t multiprocessors = 128;
  /// Whether the efficiencies are those of operations that fill the device, so
  /// that the end of others is accounted for (Work::blocks).
  bool hasTails = false;
  std::vector<Regime> regimes;
  std::vector<Rule> rules;

  /// 90 where the architecture is "sm_90" or "sm_90a"; 0 where it is none such.
  int getCapability() const;

  /// Whether times can be predicted for operations in `dtype`.
  bool isMeasured(DType dtype) const {
    return bandwidth && peak[static_cast<unsigned>(dtype)];
  }

  /// The rules for `role` in `dtype`, in the order of the file.
  llvm::SmallVector<const Rule *, 2> getRules(Role role, DType dtype) const;

  /// The measured efficiency of `rule` for a value in `tier`, where the
  /// operation has `rows` rows and the dimension is of size `size`: by the
  /// tier's table, in proportion of logarithms between its points; or that of
  /// the first regime of the file that holds and that the rule was measured in.
  /// A tier that was not measured by itself counts as the next one that was.
  std::optional<double> getEfficiency(const Rule &rule, unsigned tier,
                                      int64_t rows, int64_t size) const;

  /// What `rule` alone lets an operation reach: the efficiency of the best
  /// tier.
  std::optional<double> getBest(const Rule &rule, int64_t rows,
                                int64_t size) const;

  /// The tier of `rule` of best measured efficiency; of equally good ones, and
  /// where nothing was measured, the one that takes least to reach.
  unsigned getBestTier(const Rule &rule, int64_t rows, int64_t size) const;
};

/// The names of the targets that are built in, in alphabetical order.
llvm::ArrayRef<llvm::StringRef> getBuiltinTargetNames();

/// Loads a target: a built-in one by its name, or a file if `nameOrFile` ends
/// in ".json" or contains a slash. Errors name the file, the place in it, and
/// the value that is wrong.
llvm::Expected<Target> loadTarget(llvm::StringRef nameOrFile);

/// The text of a target's file, as parseTarget() reads it.
std::string printTarget(const Target &target);

/// Reads a target from JSON text. `fileName` is for error messages only.
llvm::Expected<Target> parseTarget(llvm::StringRef text,
                                   llvm::StringRef fileName);

} // namespace gac

#endif // GAC_TARGET_TARGET_H
