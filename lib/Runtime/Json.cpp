//===- Json.cpp - Reading JSON that may be wrong ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Json.h"

#include <limits>

using namespace gac::runtime;

Result<JsonPlace> JsonPlace::parse(std::string_view text,
                                   const std::string &what, ErrorCode code) {
  auto document = std::make_shared<Document>();
  document->what = what;
  document->root = nlohmann::json::parse(text.begin(), text.end(), nullptr,
                                         /*allow_exceptions=*/false);
  if (document->root.is_discarded())
    return Status(code, what + ": this is no JSON");
  if (!document->root.is_object())
    return Status(code, what + ": expected a JSON object");
  const nlohmann::json *root = &document->root;
  return JsonPlace(std::move(document), root, "");
}

void JsonPlace::fail(ErrorCode code, const std::string &reason) const {
  if (document->status)
    return;
  document->status = Status(
      code, document->what + ": " + (path.empty() ? "" : path + ": ") + reason);
}

void JsonPlace::fail(const std::string &reason) const {
  fail(ErrorCode::Damaged, reason);
}

bool JsonPlace::has(const char *key) const {
  return isObject() && value->contains(key);
}

JsonPlace JsonPlace::find(const char *key) const {
  const nlohmann::json *member = nullptr;
  if (isObject())
    if (auto it = value->find(key); it != value->end())
      member = &*it;
  return {document, member, path.empty() ? key : path + "." + key};
}

JsonPlace JsonPlace::at(const char *key) const {
  if (value && !isObject())
    fail("expected an object");
  else if (value && !has(key))
    fail("'" + std::string(key) + "' is missing");
  return find(key);
}

JsonPlace JsonPlace::at(size_t index) const {
  return {document,
          isArray() && index < value->size() ? &(*value)[index] : nullptr,
          path + "[" + std::to_string(index) + "]"};
}

size_t JsonPlace::size() const {
  if (isArray())
    return value->size();
  fail("expected a list");
  return 0;
}

void JsonPlace::forEachMember(
    const std::function<void(const std::string &, const JsonPlace &)> &call)
    const {
  if (!isObject())
    return fail("expected an object");
  for (auto it = value->begin(); it != value->end(); ++it)
    call(it.key(), find(it.key().c_str()));
}

std::string JsonPlace::getString() const {
  if (value && value->is_string())
    return *value->get_ptr<const std::string *>();
  fail("expected a string");
  return {};
}

int64_t JsonPlace::getInteger(int64_t minimum, int64_t maximum) const {
  bool fits = false;
  int64_t integer = 0;
  if (value && value->is_number_unsigned()) {
    uint64_t wide = *value->get_ptr<const uint64_t *>();
    fits = wide <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    integer = static_cast<int64_t>(wide);
  } else if (value && value->is_number_integer()) {
    fits = true;
    integer = *value->get_ptr<const int64_t *>();
  }
  if (fits && integer >= minimum && integer <= maximum)
    return integer;
  if (fits)
    fail("expected an integer from " + std::to_string(minimum) + " to " +
         std::to_string(maximum) + ", got " + std::to_string(integer));
  else
    fail("expected an integer");
  return std::max<int64_t>(minimum, 0);
}

double JsonPlace::getNumber() const {
  if (isNumber())
    return value->get<double>();
  fail("expected a number");
  return 0;
}

bool JsonPlace::getBool() const {
  if (value && value->is_boolean())
    return value->get<bool>();
  fail("expected true or false");
  return false;
}

DType JsonPlace::getDType() const {
  std::string name = getString();
  std::optional<DType> type = parseDType(name);
  if (!type)
    fail(ErrorCode::Unsupported, "the element type '" + name +
                                     "' is none of bf16, f16, f32, i64, i32, "
                                     "bool");
  return type.value_or(DType::F32);
}

Shape JsonPlace::getShape() const {
  Shape shape;
  for (size_t axis = 0, rank = size(); axis < rank; ++axis)
    shape.push_back(
        at(axis).getInteger(0, std::numeric_limits<int64_t>::max()));
  if (getElementCount(shape))
    return shape;
  fail("the shape " + toString(shape) + " has too many elements");
  return {0};
}

std::vector<std::string> JsonPlace::getStrings() const {
  std::vector<std::string> strings;
  for (size_t i = 0, count = size(); i < count; ++i)
    strings.push_back(at(i).getString());
  return strings;
}
