//===- Npy.cpp - numpy's .npy and .npz files --------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Npy.h"

#include "Zip.h"
#include "gac/Runtime/MappedBytes.h"

#include <cctype>
#include <cstring>

using namespace gac::runtime;

static constexpr std::string_view magic = "\x93NUMPY";
static constexpr std::string_view npySuffix = ".npy";

namespace {
/// The header of a .npy file is a Python dictionary of three known keys.
class HeaderParser {
public:
  HeaderParser(std::string_view text) : text(text) {}

  bool parse() {
    if (!take('{'))
      return false;
    while (!take('}')) {
      std::optional<std::string> key = parseString();
      if (!key || !take(':') || !parseValue(*key))
        return false;
      if (!take(',') && peek() != '}')
        return false;
    }
    return !descr.empty() && hasOrder && hasShape;
  }

  std::string descr;
  bool fortranOrder = false;
  Shape shape;

private:
  char peek() {
    while (position < text.size() &&
           std::isspace(static_cast<unsigned char>(text[position])))
      ++position;
    return position < text.size() ? text[position] : '\0';
  }

  bool take(char c) {
    if (peek() != c || position >= text.size())
      return false;
    ++position;
    return true;
  }

  bool takeWord(std::string_view word) {
    peek();
    if (text.substr(position, word.size()) != word)
      return false;
    position += word.size();
    return true;
  }

  std::optional<std::string> parseString() {
    char quote = peek();
    if (quote != '\'' && quote != '"')
      return std::nullopt;
    size_t end = text.find(quote, position + 1);
    if (end == std::string_view::npos)
      return std::nullopt;
    std::string value(text.substr(position + 1, end - position - 1));
    position = end + 1;
    return value;
  }

  bool parseValue(const std::string &key) {
    if (key == "descr") {
      std::optional<std::string> value = parseString();
      descr = value.value_or("");
      return value.has_value();
    }
    if (key == "fortran_order") {
      hasOrder = true;
      fortranOrder = takeWord("True");
      return fortranOrder || takeWord("False");
    }
    if (key != "shape" || !take('('))
      return false;
    hasShape = true;
    while (!take(')')) {
      if (!std::isdigit(static_cast<unsigned char>(peek())))
        return false;
      int64_t length = 0;
      for (; std::isdigit(static_cast<unsigned char>(peek())); ++position)
        if (__builtin_mul_overflow(length, 10, &length) ||
            __builtin_add_overflow(length, text[position] - '0', &length))
          return false;
      shape.push_back(length);
      if (!take(',') && peek() != ')')
        return false;
    }
    return true;
  }

  std::string_view text;
  size_t position = 0;
  bool hasOrder = false, hasShape = false;
};
} // namespace

/// Rounds float64, which packages do not have, to float32.
static void narrowDoubles(std::string_view from, HostTensor &tensor) {
  for (size_t i = 0, n = tensor.bytes.size() / sizeof(float); i < n; ++i) {
    double wide;
    std::memcpy(&wide, from.data() + i * sizeof(double), sizeof(double));
    float narrow = static_cast<float>(wide);
    std::memcpy(tensor.bytes.data() + i * sizeof(float), &narrow,
                sizeof(float));
  }
}

Result<HostTensor> gac::runtime::parseNpy(std::string_view bytes,
                                          const std::string &what) {
  Status damaged(ErrorCode::Damaged, what + " is no .npy file, or ends early");
  // After the magic a version of two bytes, then the header's length in two
  // bytes, or in four from version 2 on.
  if (bytes.substr(0, magic.size()) != magic || bytes.size() < 12)
    return damaged;
  auto version = static_cast<uint8_t>(bytes[6]);
  size_t lengthBytes = version == 1 ? 2 : 4;
  size_t length = 0;
  for (size_t i = lengthBytes; i-- > 0;)
    length = length << 8 | static_cast<uint8_t>(bytes[8 + i]);
  if (version < 1 || version > 3 || length > bytes.size() - 8 - lengthBytes)
    return damaged;
  HeaderParser header(bytes.substr(8 + lengthBytes, length));
  if (!header.parse())
    return Status(ErrorCode::Damaged,
                  what + " has a header that makes no sense");
  if (header.fortranOrder && header.shape.size() > 1)
    return Status(ErrorCode::Unsupported,
                  what + " is in Fortran order; save a copy in C order");

  std::string_view data = bytes.substr(8 + lengthBytes + length);
  const std::string &descr = header.descr;
  HostTensor tensor;
  tensor.shape = header.shape;
  bool isDouble = descr == "<f8";
  if (descr == "<f4" || isDouble)
    tensor.type = DType::F32;
  else if (descr == "<f2")
    tensor.type = DType::F16;
  else if (descr == "<V2" || descr == "|V2")
    tensor.type = DType::BF16;
  else if (descr == "<i8")
    tensor.type = DType::I64;
  else if (descr == "<i4")
    tensor.type = DType::I32;
  else if (descr == "|b1")
    tensor.type = DType::Bool;
  else
    return Status(
        ErrorCode::Unsupported,
        what + " has elements of type '" + descr +
            "', none of <f2, <f4, <f8, <i4, <i8, |b1, <V2 (bfloat16)");
  std::optional<int64_t> expected =
      getByteCount(tensor.shape, isDouble ? DType::I64 : tensor.type);
  if (!expected || static_cast<uint64_t>(*expected) != data.size())
    return Status(ErrorCode::Damaged,
                  what + " has " + std::to_string(data.size()) +
                      " bytes of data, not what " + descr + " of shape " +
                      toString(tensor.shape) + " needs");
  if (isDouble) {
    tensor.bytes.resize(data.size() / 2);
    narrowDoubles(data, tensor);
    return tensor;
  }
  tensor.bytes.resize(data.size());
  if (!data.empty())
    std::memcpy(tensor.bytes.data(), data.data(), data.size());
  if (tensor.type == DType::Bool)
    for (std::byte &byte : tensor.bytes)
      byte = byte == std::byte(0) ? std::byte(0) : std::byte(1);
  return tensor;
}

Result<HostTensor> gac::runtime::readNpy(const std::string &path) {
  Result<MappedBytes> file = MappedBytes::open(path);
  if (!file)
    return file.getStatus();
  return parseNpy(file->getBytes(), "'" + path + "'");
}

std::string gac::runtime::formatNpy(const HostTensor &tensor) {
  HostTensor widened;
  const HostTensor *written = &tensor;
  if (tensor.type == DType::BF16) {
    size_t count = tensor.bytes.size() / 2;
    widened = {DType::F32, tensor.shape,
               std::vector<std::byte>(count * sizeof(float))};
    // Between floating-point types nothing can fail.
    (void)convert(tensor.bytes.data(), DType::BF16, widened.bytes.data(),
                  DType::F32, count);
    written = &widened;
  }
  const char *descr = "<f4";
  if (written->type == DType::F16)
    descr = "<f2";
  else if (written->type == DType::I64)
    descr = "<i8";
  else if (written->type == DType::I32)
    descr = "<i4";
  else if (written->type == DType::Bool)
    descr = "|b1";
  std::string header = std::string("{'descr': '") + descr +
                       "', 'fortran_order': False, 'shape': (";
  for (int64_t length : written->shape)
    header += std::to_string(length) + ",";
  header += "), }";
  // The data starts at a multiple of 64, after a line's end.
  size_t before = magic.size() + 4;
  header.append((64 - (before + header.size() + 1) % 64) % 64, ' ');
  header += '\n';
  std::string bytes(magic);
  bytes += '\x01';
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char *>(written->bytes.data()),
               written->bytes.size());
  return bytes;
}

Status gac::runtime::writeNpy(const std::string &path,
                              const HostTensor &tensor) {
  return writeFile(path, formatNpy(tensor));
}

static std::string nameMember(const std::string &path,
                              const std::string &member) {
  return "'" + path + "': member '" + member + "'";
}

Result<std::map<std::string, HostTensor>>
gac::runtime::readNpz(const std::string &path) {
  Result<MappedBytes> file = MappedBytes::open(path);
  if (!file)
    return file.getStatus();
  Result<std::map<std::string, std::string>> members =
      readZip(file->getBytes(), "'" + path + "'");
  if (!members)
    return members.getStatus();
  std::map<std::string, HostTensor> tensors;
  for (auto &[member, bytes] : *members) {
    std::string name = member;
    if (name.size() > npySuffix.size() &&
        name.compare(name.size() - npySuffix.size(), npySuffix.size(),
                     npySuffix) == 0)
      name.resize(name.size() - npySuffix.size());
    Result<HostTensor> tensor = parseNpy(bytes, nameMember(path, member));
    if (!tensor)
      return tensor.getStatus();
    tensors.emplace(std::move(name), std::move(*tensor));
  }
  return tensors;
}

Status
gac::runtime::writeNpz(const std::string &path,
                       const std::map<std::string, HostTensor> &tensors) {
  std::map<std::string, std::string> members;
  for (const auto &[name, tensor] : tensors)
    members[name + std::string(npySuffix)] = formatNpy(tensor);
  Result<std::string> archive = makeZip(members, "'" + path + "'");
  if (!archive)
    return archive.getStatus();
  return writeFile(path, *archive);
}
