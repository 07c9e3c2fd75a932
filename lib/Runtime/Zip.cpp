//===- Zip.cpp - ZIP archives, as .npz files are ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// After PKWARE's APPNOTE.TXT, sections 4.3.7 (local header), 4.3.12 (central
// directory) and 4.3.16 (its end). Reading goes by the central directory, which
// alone has sizes that writers knew only after the data.
//
//===----------------------------------------------------------------------===//

#include "Zip.h"

#include <algorithm>
#include <cstdint>
#include <zlib.h>

using namespace gac::runtime;

static constexpr uint32_t localSignature = 0x04034b50;
static constexpr uint32_t centralSignature = 0x02014b50;
static constexpr uint32_t endSignature = 0x06054b50;
static constexpr size_t localBytes = 30, centralBytes = 46, endBytes = 22;
static constexpr uint16_t methodStored = 0, methodDeflated = 8;
/// No more than deflate can pack into a byte, which is 1032.
static constexpr uint64_t maxRatio = 1040;

/// Little-endian numbers at a place that was checked to exist.
static uint32_t load(std::string_view bytes, size_t offset, size_t count) {
  uint32_t value = 0;
  for (size_t i = count; i-- > 0;)
    value = value << 8 | static_cast<uint8_t>(bytes[offset + i]);
  return value;
}

static void append(std::string &bytes, uint64_t value, size_t count) {
  for (size_t i = 0; i < count; ++i, value >>= 8)
    bytes.push_back(static_cast<char>(value & 0xff));
}

static std::string nameMember(const std::string &what,
                              const std::string &name) {
  return what + ": member '" + name + "'";
}

static uint32_t checksum(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size()));
}

/// Whether `from` deflates to exactly the size that `to` has.
static bool inflateInto(std::string_view from, std::string &to) {
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    return false;
  // Sizes are below 4 GiB, which uInt holds.
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(from.data()));
  stream.avail_in = static_cast<uInt>(from.size());
  stream.next_out = reinterpret_cast<Bytef *>(to.data());
  stream.avail_out = static_cast<uInt>(to.size());
  int result = inflate(&stream, Z_FINISH);
  bool filled = stream.avail_out == 0;
  inflateEnd(&stream);
  return result == Z_STREAM_END && filled;
}

/// The member that the directory's record at `offset` describes.
static Result<std::string> readMember(std::string_view bytes, size_t offset,
                                      const std::string &what) {
  uint32_t method = load(bytes, offset + 10, 2);
  uint32_t crc = load(bytes, offset + 16, 4);
  uint64_t packed = load(bytes, offset + 20, 4);
  uint64_t size = load(bytes, offset + 24, 4);
  uint64_t local = load(bytes, offset + 42, 4);
  if (method != methodStored && method != methodDeflated)
    return Status(ErrorCode::Unsupported, what + " is compressed by method " +
                                              std::to_string(method) +
                                              ", not stored or deflated");
  if (packed == UINT32_MAX || size == UINT32_MAX || local == UINT32_MAX)
    return Status(ErrorCode::Unsupported, what + " has 4 GiB or more");
  Status damaged(ErrorCode::Damaged, what + " is damaged");
  if (local + localBytes > bytes.size() ||
      load(bytes, local, 4) != localSignature)
    return damaged;
  uint64_t begin = local + localBytes + load(bytes, local + 26, 2) +
                   load(bytes, local + 28, 2);
  if (begin > bytes.size() || packed > bytes.size() - begin)
    return damaged;
  std::string_view data = bytes.substr(begin, packed);
  // Before memory of a size that the file only claims is taken.
  if (method == methodStored ? packed != size : size > packed * maxRatio)
    return damaged;
  std::string member(size, '\0');
  if (method == methodStored)
    member.assign(data);
  else if (!inflateInto(data, member))
    return damaged;
  if (checksum(member) != crc)
    return damaged;
  return member;
}

Result<std::map<std::string, std::string>>
gac::runtime::readZip(std::string_view bytes, const std::string &what) {
  Status damaged(ErrorCode::Damaged,
                 what + ": this is no ZIP archive, or it ends early");
  if (bytes.size() < endBytes)
    return damaged;
  // The end record is followed by a comment of at most 65,535 bytes.
  size_t end = bytes.size() - endBytes;
  size_t first = end - std::min<size_t>(end, 65535);
  while (load(bytes, end, 4) != endSignature)
    if (end-- == first)
      return damaged;
  uint32_t count = load(bytes, end + 10, 2);
  size_t offset = load(bytes, end + 16, 4);
  std::map<std::string, std::string> members;
  for (uint32_t i = 0; i < count; ++i) {
    if (offset > end || end - offset < centralBytes ||
        load(bytes, offset, 4) != centralSignature)
      return damaged;
    size_t nameBytes = load(bytes, offset + 28, 2);
    size_t recordBytes = centralBytes + nameBytes +
                         load(bytes, offset + 30, 2) +
                         load(bytes, offset + 32, 2);
    if (recordBytes > end - offset)
      return damaged;
    std::string name(bytes.substr(offset + centralBytes, nameBytes));
    Result<std::string> member =
        readMember(bytes, offset, nameMember(what, name));
    if (!member)
      return member.getStatus();
    members[name] = std::move(*member);
    offset += recordBytes;
  }
  return members;
}

/// What local header and directory have in common, from the version needed on.
static void appendFields(std::string &bytes, const std::string &name,
                         const std::string &data) {
  append(bytes, 20, 2);           // Version needed: 2.0.
  append(bytes, 0, 2);            // Flags.
  append(bytes, methodStored, 2); // Method.
  append(bytes, 0, 2);            // Time: midnight,
  append(bytes, 0x21, 2);         // 1980-01-01, so that files compare equal.
  append(bytes, checksum(data), 4);
  append(bytes, data.size(), 4);
  append(bytes, data.size(), 4);
  append(bytes, name.size(), 2);
  append(bytes, 0, 2); // No extra field.
}

Result<std::string>
gac::runtime::makeZip(const std::map<std::string, std::string> &members,
                      const std::string &what) {
  std::string bytes, directory;
  for (const auto &[name, data] : members) {
    size_t offset = bytes.size();
    if (name.size() > UINT16_MAX || data.size() > UINT32_MAX - 1)
      return Status(ErrorCode::Unsupported,
                    nameMember(what, name) + " is too large for a ZIP archive");
    append(bytes, localSignature, 4);
    appendFields(bytes, name, data);
    bytes += name;
    bytes += data;
    append(directory, centralSignature, 4);
    append(directory, 20, 2); // Made by: 2.0.
    appendFields(directory, name, data);
    append(directory, 0, 2); // No comment.
    append(directory, 0, 2); // First disk.
    append(directory, 0, 2); // Internal attributes.
    append(directory, 0, 4); // External attributes.
    append(directory, offset, 4);
    directory += name;
    if (bytes.size() + directory.size() > UINT32_MAX - endBytes)
      return Status(ErrorCode::Unsupported,
                    what + ": the arrays have 4 GiB or more");
  }
  if (members.size() > UINT16_MAX)
    return Status(ErrorCode::Unsupported,
                  what + ": " + std::to_string(members.size()) +
                      " arrays are too many for a ZIP archive");
  size_t begin = bytes.size();
  bytes += directory;
  append(bytes, endSignature, 4);
  append(bytes, 0, 4); // This disk and the directory's.
  append(bytes, members.size(), 2);
  append(bytes, members.size(), 2);
  append(bytes, directory.size(), 4);
  append(bytes, begin, 4);
  append(bytes, 0, 2); // No comment.
  return bytes;
}
