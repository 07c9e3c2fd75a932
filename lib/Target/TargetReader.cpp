//===- TargetReader.cpp - target files, checked field by field -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Target/Target.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace gac;
namespace json = llvm::json;

namespace {
/// Reads fields and remembers the first thing that is wrong, with its place.
/// After an error every member does nothing, so callers check once at the end.
class Reader {
public:
  explicit Reader(llvm::StringRef fileName) : fileName(fileName) {}

  /// `expected` completes "expected ...".
  void fail(const llvm::Twine &place, const llvm::Twine &expected,
            const json::Value *got = nullptr) {
    if (!error.empty())
      return;
    llvm::raw_string_ostream os(error);
    os << "target file '" << fileName << "': " << place << ": expected "
       << expected << ", got ";
    if (got)
      os << *got;
    else
      os << "nothing";
  }
  /// Fails with a sentence of its own.
  void failWith(const llvm::Twine &place, const llvm::Twine &sentence) {
    if (error.empty())
      error =
          ("target file '" + fileName + "': " + place + ": " + sentence).str();
  }
  bool failed() const { return !error.empty(); }
  llvm::Error takeError() { return llvm::createStringError(error); }

  std::string readString(const json::Object &object, llvm::StringRef field,
                         const llvm::Twine &place, bool required = true);
  /// From 1 to 2^`bits`.
  std::optional<int64_t> readCount(const json::Value &value,
                                   const llvm::Twine &place, int bits = 40);
  std::optional<double> readPositive(const json::Value &value,
                                     const llvm::Twine &place);
  Interval readInterval(const json::Object &object, llvm::StringRef field,
                        const llvm::Twine &place);
  /// Refuses fields whose names are not in `known`: they are misspelt.
  void checkFields(const json::Object &object,
                   llvm::ArrayRef<llvm::StringRef> known,
                   const llvm::Twine &place);
  const json::Object *asObject(const json::Value *value,
                               const llvm::Twine &place);
  const json::Array *asArray(const json::Value *value,
                             const llvm::Twine &place);

  void readHead(const json::Object &object, Target &target);
  void readSpeeds(const json::Object &object, Target &target);
  void readRegimes(const json::Object &object, Target &target);
  Rule readRule(const json::Object &object, const Target &target,
                const llvm::Twine &place);
  Tier readTier(const json::Object &object, const Target &target,
                const Grid &grid, const llvm::Twine &place);
  void checkTiers(const Rule &rule, const llvm::Twine &place);
  std::vector<int64_t> readPoints(const json::Value *value,
                                  const llvm::Twine &place);
  Grid readGrid(const json::Value &value, const llvm::Twine &place);
  std::vector<double> readFixed(const json::Value &value, const Grid &grid,
                                const llvm::Twine &place);
  void readTable(const json::Value &value, const Grid &grid, Tier &tier,
                 const llvm::Twine &place);

  /// The fields of a rule and of a tier, which the file's version decides on.
  llvm::SmallVector<llvm::StringRef> ruleFields, tierFields;

private:
  std::string fileName;
  std::string error;
};
} // namespace

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// "rules[2]" and "multiple" make "rules[2].multiple".
static std::string getPlace(const llvm::Twine &place, llvm::StringRef field) {
  std::string head = place.str();
  return head.empty() ? field.str() : head + "." + field.str();
}

std::string Reader::readString(const json::Object &object,
                               llvm::StringRef field, const llvm::Twine &place,
                               bool required) {
  const json::Value *value = object.get(field);
  if (!value && !required)
    return "";
  std::optional<llvm::StringRef> text =
      value ? value->getAsString() : std::nullopt;
  if (!text || text->empty()) {
    fail(getPlace(place, field), "a text that is not empty", value);
    return "";
  }
  return text->str();
}

std::optional<int64_t> Reader::readCount(const json::Value &value,
                                         const llvm::Twine &place, int bits) {
  std::optional<int64_t> number = value.getAsInteger();
  if (!number || *number < 1 || *number > int64_t(1) << bits) {
    fail(place, "a whole number from 1 to 2^" + llvm::Twine(bits), &value);
    return std::nullopt;
  }
  return number;
}

std::optional<double> Reader::readPositive(const json::Value &value,
                                           const llvm::Twine &place) {
  std::optional<double> number = value.getAsNumber();
  if (!number || !std::isfinite(*number) || *number <= 0) {
    fail(place, "a positive number", &value);
    return std::nullopt;
  }
  return number;
}

const json::Object *Reader::asObject(const json::Value *value,
                                     const llvm::Twine &place) {
  const json::Object *object = value ? value->getAsObject() : nullptr;
  if (!object)
    fail(place, "an object", value);
  return object;
}

const json::Array *Reader::asArray(const json::Value *value,
                                   const llvm::Twine &place) {
  const json::Array *array = value ? value->getAsArray() : nullptr;
  if (!array)
    fail(place, "an array", value);
  return array;
}

Interval Reader::readInterval(const json::Object &object, llvm::StringRef field,
                              const llvm::Twine &place) {
  Interval interval;
  const json::Value *value = object.get(field);
  if (!value)
    return interval;
  std::string here = getPlace(place, field);
  const json::Array *ends = value->getAsArray();
  if (!ends || ends->size() != 2) {
    fail(here, "an array of two ends, the second null for no upper end", value);
    return interval;
  }
  if (auto min = readCount((*ends)[0], here + "[0]"))
    interval.min = *min;
  if (!(*ends)[1].getAsNull())
    interval.max = readCount((*ends)[1], here + "[1]");
  if (interval.max && *interval.max < interval.min)
    fail(here, "a lower end that is not above the upper end", value);
  return interval;
}

void Reader::checkFields(const json::Object &object,
                         llvm::ArrayRef<llvm::StringRef> known,
                         const llvm::Twine &place) {
  // The object is a hash table: of several unknown fields name the first.
  llvm::SmallVector<llvm::StringRef> unknown;
  for (const auto &field : object)
    if (!llvm::is_contained(known, llvm::StringRef(field.first)))
      unknown.push_back(field.first);
  llvm::sort(unknown);
  if (!unknown.empty())
    failWith(getPlace(place, unknown.front()),
             "no such field; known are " + llvm::join(known, ", "));
}

//===----------------------------------------------------------------------===//
// The device
//===----------------------------------------------------------------------===//

void Reader::readHead(const json::Object &object, Target &target) {
  target.name = readString(object, "name", "");
  target.title = readString(object, "title", "");
  target.architecture = readString(object, "architecture", "");
  target.measured = readString(object, "measured", "", /*required=*/false);

  if (const json::Object *libraries =
          asObject(object.get("libraries"), "libraries")) {
    for (const auto &entry : *libraries) {
      std::string version = readString(*libraries, entry.first, "libraries");
      target.libraries.push_back({entry.first.str(), version});
    }
    llvm::sort(target.libraries);
  }

  if (const json::Object *reference =
          asObject(object.get("reference"), "reference")) {
    checkFields(*reference, {"batch", "sequence"}, "reference");
    auto read = [&](llvm::StringRef field, int64_t &size) {
      std::string place = getPlace("reference", field);
      if (const json::Value *value = reference->get(field))
        size = readCount(*value, place).value_or(1);
      else
        fail(place, "a whole number from 1 to 2^40");
    };
    read("batch", target.reference.batch);
    read("sequence", target.reference.sequence);
  }

  if (const json::Array *sizes = asArray(object.get("sizes"), "sizes")) {
    for (auto [i, value] : llvm::enumerate(*sizes)) {
      std::string place = ("sizes[" + llvm::Twine(i) + "]").str();
      int64_t size = readCount(value, place).value_or(1);
      if (!target.sizes.empty() && size <= target.sizes.back())
        fail(place, "a size above the one before it", &value);
      target.sizes.push_back(size);
    }
  }
}

void Reader::readSpeeds(const json::Object &object, Target &target) {
  if (const json::Value *value = object.get("peak_tflops")) {
    if (const json::Object *peaks = asObject(value, "peak_tflops")) {
      checkFields(*peaks, {"bf16", "f16", "f32", "int8"}, "peak_tflops");
      for (DType dtype : kAllDTypes) {
        llvm::StringRef field = stringifyDType(dtype);
        if (const json::Value *peak = peaks->get(field))
          if (auto tflops = readPositive(*peak, getPlace("peak_tflops", field)))
            target.peak[static_cast<unsigned>(dtype)] = *tflops * 1e12;
      }
    }
  }
  if (const json::Value *value = object.get("bandwidth_gbps"))
    if (auto gbps = readPositive(*value, "bandwidth_gbps"))
      target.bandwidth = *gbps * 1e9;
  if (const json::Value *value = object.get("launch_us"))
    target.launch = readPositive(*value, "launch_us").value_or(0);
  if (const json::Value *value = object.get("multiprocessors"))
    target.multiprocessors =
        readCount(*value, "multiprocessors", /*bits=*/16).value_or(1);
}

void Reader::readRegimes(const json::Object &object, Target &target) {
  const json::Value *value = object.get("regimes");
  const json::Array *regimes = value ? asArray(value, "regimes") : nullptr;
  if (!regimes)
    return;
  for (auto [i, entry] : llvm::enumerate(*regimes)) {
    std::string place = ("regimes[" + llvm::Twine(i) + "]").str();
    const json::Object *fields = asObject(&entry, place);
    if (!fields)
      return;
    checkFields(*fields, {"name", "rows", "size"}, place);
    Regime regime;
    regime.name = readString(*fields, "name", place);
    regime.rows = readInterval(*fields, "rows", place);
    regime.size = readInterval(*fields, "size", place);
    if (llvm::any_of(target.regimes, [&](const Regime &other) {
          return other.name == regime.name;
        }))
      failWith(place, "a second regime of the name '" + regime.name + "'");
    target.regimes.push_back(std::move(regime));
  }
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

/// Numbers that ascend, one at least.
std::vector<int64_t> Reader::readPoints(const json::Value *value,
                                        const llvm::Twine &place) {
  std::vector<int64_t> points;
  const json::Array *array = asArray(value, place);
  if (array && array->empty())
    fail(place, "one number at least", value);
  if (!array)
    return points;
  for (auto [i, element] : llvm::enumerate(*array)) {
    std::string here = (place + "[" + llvm::Twine(i) + "]").str();
    int64_t point = readCount(element, here).value_or(1);
    if (!points.empty() && point <= points.back())
      fail(here, "a number above the one before it", &element);
    points.push_back(point);
  }
  return points;
}

Grid Reader::readGrid(const json::Value &value, const llvm::Twine &place) {
  Grid grid;
  std::string here = place.str();
  const json::Object *object = asObject(&value, here);
  if (!object)
    return grid;
  checkFields(*object, {"rows", "sizes", "other"}, here);
  grid.rows = readPoints(object->get("rows"), here + ".rows");
  grid.sizes = readPoints(object->get("sizes"), here + ".sizes");
  if (const json::Value *other = object->get("other"))
    grid.other = readCount(*other, here + ".other");
  return grid;
}

/// A number, or one for each row of the grid.
std::vector<double> Reader::readFixed(const json::Value &value,
                                      const Grid &grid,
                                      const llvm::Twine &place) {
  std::string here = place.str();
  std::vector<double> fixed;
  const json::Array *array = value.getAsArray();
  if (!array) {
    fixed.push_back(readPositive(value, here).value_or(0));
    return fixed;
  }
  if (array->size() != grid.rows.size() || array->empty())
    failWith(here, "expected a time for each of the grid's rows, " +
                       llvm::Twine(grid.rows.size()) + ", got " +
                       llvm::Twine(array->size()));
  for (auto [i, element] : llvm::enumerate(*array))
    fixed.push_back(
        readPositive(element, here + "[" + llvm::Twine(i) + "]").value_or(0));
  return fixed;
}

void Reader::readTable(const json::Value &value, const Grid &grid, Tier &tier,
                       const llvm::Twine &place) {
  std::string here = place.str();
  if (grid.empty())
    return failWith(here, "the rule has no grid for it");
  const json::Array *rows = asArray(&value, here);
  if (!rows)
    return;
  if (rows->size() != grid.rows.size())
    return failWith(here, "expected a row for each of the grid's " +
                              llvm::Twine(grid.rows.size()) + ", got " +
                              llvm::Twine(rows->size()));
  for (auto [i, row] : llvm::enumerate(*rows)) {
    std::string rowPlace = here + "[" + std::to_string(i) + "]";
    const json::Array *shares = asArray(&row, rowPlace);
    if (!shares)
      return;
    if (shares->size() != grid.sizes.size())
      return failWith(rowPlace, "expected an efficiency for each of the grid's "
                                "sizes, " +
                                    llvm::Twine(grid.sizes.size()) + ", got " +
                                    llvm::Twine(shares->size()));
    tier.table.emplace_back();
    for (auto [j, element] : llvm::enumerate(*shares)) {
      std::optional<double> share = element.getAsNumber();
      if (!share || !(*share > 0 && *share <= 1))
        fail(rowPlace + "[" + llvm::Twine(j) + "]",
             "a number above 0 and at most 1", &element);
      tier.table.back().push_back(share.value_or(1));
    }
  }
}

Tier Reader::readTier(const json::Object &object, const Target &target,
                      const Grid &grid, const llvm::Twine &place) {
  checkFields(object, tierFields, place);
  Tier tier;
  if (const json::Value *value = object.get("multiple"))
    tier.multiple = readCount(*value, getPlace(place, "multiple")).value_or(1);
  else
    fail(getPlace(place, "multiple"), "a whole number from 1 to 2^40");
  if (const json::Value *value = object.get("full_speed")) {
    if (std::optional<bool> flag = value->getAsBoolean())
      tier.fullSpeed = *flag;
    else
      fail(getPlace(place, "full_speed"), "true or false", value);
  }
  tier.cause = readString(object, "cause", place, /*required=*/!tier.fullSpeed);

  if (const json::Value *fixed = object.get("fixed_us"))
    tier.fixed = readFixed(*fixed, grid, getPlace(place, "fixed_us"));
  if (const json::Value *table = object.get("table"))
    readTable(*table, grid, tier, getPlace(place, "table"));
  tier.efficiency.resize(target.regimes.size());
  const json::Value *value = object.get("efficiency");
  if (!value)
    return tier;
  std::string here = getPlace(place, "efficiency");
  const json::Object *efficiencies = asObject(value, here);
  if (!efficiencies)
    return tier;
  for (const auto &entry : *efficiencies) {
    auto it = llvm::find_if(target.regimes, [&](const Regime &regime) {
      return llvm::StringRef(entry.first) == regime.name;
    });
    std::string field = getPlace(here, entry.first);
    if (it == target.regimes.end()) {
      failWith(field, "no regime of that name");
      continue;
    }
    std::optional<double> share = entry.second.getAsNumber();
    if (!share || !(*share > 0 && *share <= 1))
      fail(field, "a number above 0 and at most 1", &entry.second);
    tier.efficiency[it - target.regimes.begin()] = share;
  }
  return tier;
}

/// What getTier(), getFullSpeedTier() and getEfficiency() rely on.
void Reader::checkTiers(const Rule &rule, const llvm::Twine &place) {
  auto at = [&](size_t i) {
    return (place + ".tiers[" + llvm::Twine(i) + "]").str();
  };
  for (size_t i = 1; i < rule.tiers.size(); ++i) {
    const Tier &before = rule.tiers[i - 1], &tier = rule.tiers[i];
    if (before.multiple <= tier.multiple ||
        before.multiple % tier.multiple != 0)
      failWith(at(i) + ".multiple",
               "expected a proper divisor of the multiple before it, " +
                   llvm::Twine(before.multiple) + ", got " +
                   llvm::Twine(tier.multiple));
    if (tier.fullSpeed && !before.fullSpeed)
      failWith(at(i) + ".full_speed",
               "a full-speed tier follows one that is not");
  }
  if (rule.tiers.empty() || !rule.tiers.front().fullSpeed)
    failWith(place + ".tiers", "the first tier must be one of full speed");
  else if (rule.tiers.back().multiple != 1)
    failWith(at(rule.tiers.size() - 1) + ".multiple",
             "the last tier holds every value: expected 1, got " +
                 llvm::Twine(rule.tiers.back().multiple));
  if (failed())
    return;
  const Tier &any = rule.tiers.back();
  if (any.fixed.empty() && llvm::any_of(rule.tiers, [](const Tier &tier) {
        return !tier.fixed.empty();
      }))
    failWith(at(rule.tiers.size() - 1),
             "the last tier holds every value: it needs a fixed_us, as others "
             "have one");
  if (!rule.grid.empty() && any.table.empty())
    failWith(at(rule.tiers.size() - 1),
             "the last tier holds every value: it needs a table for the grid");
  if (!any.table.empty() && llvm::any_of(rule.tiers, [](const Tier &tier) {
        return llvm::any_of(tier.efficiency, [](const auto &share) {
          return share.has_value();
        });
      }))
    failWith(place, "efficiencies are given by regime and by table");
  for (auto [i, tier] : llvm::enumerate(rule.tiers))
    for (size_t r = 0; r < tier.efficiency.size(); ++r)
      if (tier.efficiency[r] && !rule.tiers.back().efficiency[r])
        failWith(at(i) + ".efficiency",
                 "measured in a regime in which the last tier was not");
}

Rule Reader::readRule(const json::Object &object, const Target &target,
                      const llvm::Twine &place) {
  checkFields(object, ruleFields, place);
  Rule rule;
  rule.id = readString(object, "id", place);
  rule.source = readString(object, "source", place);
  if (auto role = symbolizeRole(readString(object, "role", place)))
    rule.role = *role;
  else
    fail(getPlace(place, "role"), "M, N, K, head_dim or channel",
         object.get("role"));
  std::string on = readString(object, "on", place);
  bool known = false;
  for (Quantity quantity :
       {Quantity::Size, Quantity::Stride, Quantity::Offset}) {
    if (stringifyQuantity(quantity) != on)
      continue;
    rule.quantity = quantity;
    known = true;
  }
  if (!known)
    fail(getPlace(place, "on"), "size, stride or offset", object.get("on"));

  std::string dtypesPlace = getPlace(place, "dtypes");
  if (const json::Array *dtypes = asArray(object.get("dtypes"), dtypesPlace)) {
    for (auto [i, value] : llvm::enumerate(*dtypes)) {
      std::optional<llvm::StringRef> text = value.getAsString();
      if (auto dtype = text ? symbolizeDType(*text) : std::nullopt)
        rule.dtypes.push_back(*dtype);
      else
        fail(dtypesPlace + "[" + llvm::Twine(i) + "]", "bf16, f16, f32 or int8",
             &value);
    }
    if (dtypes->empty())
      fail(dtypesPlace, "one element type at least", object.get("dtypes"));
  }

  if (const json::Value *grid = object.get("grid"))
    rule.grid = readGrid(*grid, getPlace(place, "grid"));
  std::string tiersPlace = getPlace(place, "tiers");
  if (const json::Array *tiers = asArray(object.get("tiers"), tiersPlace)) {
    for (auto [i, value] : llvm::enumerate(*tiers)) {
      std::string here = (tiersPlace + "[" + llvm::Twine(i) + "]").str();
      if (const json::Object *tier = asObject(&value, here))
        rule.tiers.push_back(readTier(*tier, target, rule.grid, here));
    }
    if (!failed())
      checkTiers(rule, place);
  }
  return rule;
}

llvm::Expected<Target> gac::parseTarget(llvm::StringRef text,
                                        llvm::StringRef fileName) {
  llvm::Expected<json::Value> document = json::parse(text);
  if (!document)
    return llvm::createStringError(
        "target file '" + fileName +
        "' is not JSON: " + llvm::toString(document.takeError()));
  Reader reader(fileName);
  const json::Object *object = document->getAsObject();
  if (!object)
    return llvm::createStringError("target file '" + fileName +
                                   "': expected an object at the top");

  // The version first: another one may know other fields.
  const json::Value *format = object->get("format");
  std::optional<int64_t> version =
      format ? format->getAsInteger() : std::nullopt;
  if (!version || *version < kFirstTargetFormat || *version > kTargetFormat) {
    reader.fail("format",
                llvm::Twine(kFirstTargetFormat) + " or " +
                    llvm::Twine(kTargetFormat),
                format);
    return reader.takeError();
  }
  if (*version == kUnreadTargetFormat)
    return llvm::createStringError(
        "target file '" + fileName + "': format: " + llvm::Twine(*version) +
        " counted blocks of attention in another way, so that its tables are "
        "not comparable: make the target again from its measurements, by 'gac "
        "profile'");
  bool hasTables = *version >= kTargetFormat;
  reader.ruleFields = {"id", "role", "dtypes", "on", "tiers", "source"};
  reader.tierFields = {"multiple", "full_speed", "cause", "efficiency"};
  if (hasTables) {
    reader.ruleFields.push_back("grid");
    reader.tierFields.append({"table", "fixed_us"});
  }
  reader.checkFields(*object,
                     {"format", "name", "title", "architecture", "libraries",
                      "measured", "reference", "sizes", "peak_tflops",
                      "bandwidth_gbps", "launch_us", "multiprocessors",
                      "regimes", "rules"},
                     "");
  Target target;
  target.hasTails = hasTables;
  reader.readHead(*object, target);
  reader.readSpeeds(*object, target);
  reader.readRegimes(*object, target);
  if (const json::Array *rules =
          reader.asArray(object->get("rules"), "rules")) {
    for (auto [i, value] : llvm::enumerate(*rules)) {
      std::string place = ("rules[" + llvm::Twine(i) + "]").str();
      if (const json::Object *fields = reader.asObject(&value, place)) {
        Rule rule = reader.readRule(*fields, target, place);
        if (llvm::any_of(target.rules, [&](const Rule &other) {
              return other.id == rule.id;
            }))
          reader.failWith(place + ".id",
                          "a second rule of the id '" + rule.id + "'");
        target.rules.push_back(std::move(rule));
      }
      if (reader.failed())
        break;
    }
  }
  for (auto [i, rule] : llvm::enumerate(target.rules))
    for (DType dtype : rule.dtypes)
      if (!target.isMeasured(dtype) && rule.isMeasured())
        reader.failWith("rules[" + llvm::Twine(i) + "]",
                        "efficiencies for " + stringifyDType(dtype) +
                            " need peak_tflops." + stringifyDType(dtype) +
                            " and bandwidth_gbps");
  if (reader.failed())
    return reader.takeError();
  return target;
}
