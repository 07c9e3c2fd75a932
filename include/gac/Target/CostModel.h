//===- CostModel.h - predicted time of an operation ----------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// time = max(flops / peak, bytes / bandwidth) / efficiency * (1 + P / blocks)
//        + fixed + launch
//
// The efficiency is a target's measured share of the roofline. It applies to
// both terms: a decode step that only streams weights slows down at odd sizes
// just as a large product does (7.3, 13.1 and 19.1 us at K = 1848, 1846, 1843
// with eight rows on an H200). The fixed time is that of the operation's rules:
// it is what small products take. The factor is for operations of few pieces: P
// multiprocessors share them, and at the end wait for the last one. Products
// that share a launch have one formula together: predictLaunch.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TARGET_COSTMODEL_H
#define GAC_TARGET_COSTMODEL_H

#include "gac/Target/Target.h"

namespace gac {

/// What an operation computes and moves.
struct Work {
  /// Floating-point operations; a multiply-add counts as two.
  int64_t flops = 0;
  /// Bytes of operands read and results written, each once.
  int64_t bytes = 0;
  /// Pieces that multiprocessors take one by one; 0 where that is nothing that
  /// the operation's size decides.
  int64_t blocks = 0;
};

/// The blocks of attention, of so many heads in all batches: one with many
/// queries takes 128 of a head; one with a single query up to 16 heads that
/// share a key head, as kernels/AttentionStep.cuh does, and 64 keys, however
/// far a kernel splits them. What else a kernel does, efficiencies hold.
int64_t getAttentionBlocks(int64_t heads, int64_t keyHeads, int64_t queries,
                           int64_t keys);

/// How an operation does against the roofline.
struct Reach {
  /// In (0, 1].
  double efficiency = 1;
  /// Microseconds besides.
  double fixed = 0;

  Reach(double efficiency, double fixed = 0)
      : efficiency(efficiency), fixed(fixed) {}
};

/// Predicted time in picoseconds: an integer, so that sums compare exactly.
/// Zero where the target has no figures for `dtype`.
int64_t predictTime(const Target &target, DType dtype, const Work &work,
                    Reach reach);

/// What bounds the share of the roofline that one operation reaches. A narrow K
/// bounds what any N can reach, and the other way round: each takes its share
/// of what the product of the grid's other sizes reaches, or, where rules were
/// measured by regimes, the smaller one decides. But two slow sizes are not
/// much slower than the slower one of them.
class Efficiency {
public:
  explicit Efficiency(const Target &target) : target(target) {}

  /// Accounts for `rule` at `value`, for an operation of `rows` rows and the
  /// dimension's `size`. How far the rows of a product's K lie apart is of no
  /// account where there is only one; and packages hold the weights [n, k] of
  /// such products as [k, n].
  void apply(const Rule &rule, int64_t value, int64_t rows, int64_t size);

  Reach get() const;

private:
  const Target &target;
  /// Of rules without another size.
  double reachable = 1;
  /// Logarithms, of sizes of rules with one: what these sizes reach, and the
  /// other ones.
  double sizes = 0, others = 0;
  int count = 0;
  double slowdown = 1, fixed = 0;
};

/// An operation's dependence on a size in some role, in elements.
struct SizeUse {
  Role role;
  int64_t size;
  /// From one row to the next, where the dimension is innermost in memory.
  std::optional<int64_t> stride;
  /// From the start of the buffer to the first one that is read.
  int64_t offset = 0;
  /// With what shares the launch, as if all of it lay along this dimension: it
  /// is what the device has to do at once, and decides what can be reached. The
  /// tier is that of `size`.
  std::optional<int64_t> together = std::nullopt;
};

/// As above, by all rules of the target.
Reach getEfficiency(const Target &target, DType dtype, int64_t rows,
                    llvm::ArrayRef<SizeUse> uses);

/// A product [rows, k] x [k, n].
struct ProductUse {
  Work work;
  SizeUse k, n;
};

/// Predicted picoseconds of products that share a launch: each its own work, at
/// the speed of one with as many weights as all of them, and once what a launch
/// takes besides.
int64_t predictLaunch(const Target &target, DType dtype, int64_t rows,
                      llvm::ArrayRef<ProductUse> products);

} // namespace gac

#endif // GAC_TARGET_COSTMODEL_H
