//===- Json.h - Reading JSON that may be wrong ------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nlohmann's library throws where a value is not what was asked for. Here each
// access is checked first, and the first mistake is kept with its place, so
// that readers read on and ask once, at the end, whether all was well.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_JSON_H
#define GAC_LIB_RUNTIME_JSON_H

#include "gac/Runtime/Tensor.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>

namespace gac::runtime {

/// A place in a JSON document. Copies share the document's first mistake.
class JsonPlace {
public:
  /// Parses a document; `what` opens every message, as in "package 'x'". Errors
  /// have the given code.
  static Result<JsonPlace> parse(std::string_view text, const std::string &what,
                                 ErrorCode code = ErrorCode::Damaged);

  /// The first mistake so far.
  const Status &getStatus() const { return document->status; }
  /// Reports a mistake at this place.
  void fail(const std::string &reason) const;
  void fail(ErrorCode code, const std::string &reason) const;
  const std::string &getPath() const { return path; }

  bool isNull() const { return !value || value->is_null(); }
  bool isObject() const { return value && value->is_object(); }
  bool isArray() const { return value && value->is_array(); }
  bool isNumber() const { return value && value->is_number(); }
  bool has(const char *key) const;

  /// A member; missing is a mistake.
  JsonPlace at(const char *key) const;
  /// A member, or null.
  JsonPlace find(const char *key) const;
  /// An element of an array that has it.
  JsonPlace at(size_t index) const;
  /// The elements of an array; of anything else none, and a mistake.
  size_t size() const;
  /// Calls back for each member of an object.
  void forEachMember(const std::function<void(const std::string &,
                                              const JsonPlace &)> &call) const;

  /// The value, or a mistake and zero or "".
  std::string getString() const;
  int64_t getInteger(int64_t minimum, int64_t maximum) const;
  double getNumber() const;
  bool getBool() const;
  DType getDType() const;
  /// Non-negative lengths whose product does not overflow.
  Shape getShape() const;
  std::vector<std::string> getStrings() const;

private:
  struct Document {
    nlohmann::json root;
    std::string what;
    Status status;
  };

  JsonPlace(std::shared_ptr<Document> document, const nlohmann::json *value,
            std::string path)
      : document(std::move(document)), value(value), path(std::move(path)) {}

  std::shared_ptr<Document> document;
  /// Null where there is nothing, which was reported.
  const nlohmann::json *value;
  std::string path;
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_JSON_H
