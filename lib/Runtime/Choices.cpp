//===- Choices.cpp - What was fastest, kept between runs --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Choices.h"

#include "Json.h"

using namespace gac::runtime;

/// Whether text needs no escapes in JSON.
static bool isPlain(const std::string &text) {
  for (char c : text)
    if (c < ' ' || c > '~' || c == '"' || c == '\\')
      return false;
  return true;
}

Choices::Choices(const std::string &folder, const std::string &what,
                 const std::string &device, size_t version)
    : cache(folder) {
  std::string name = device;
  for (char &c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)))
      c = '-';
  fileName = what + "-" + name + "-" + std::to_string(version) + ".json";
  read();
}

/// Adds what the file has and we do not.
void Choices::read() {
  std::optional<std::string> text = cache.read(fileName);
  if (!text)
    return;
  if (Result<JsonPlace> root = JsonPlace::parse(*text, fileName))
    root->forEachMember([&](const std::string &key, const JsonPlace &value) {
      std::string choice = value.getString();
      if (isPlain(key) && isPlain(choice))
        choices.emplace(key, choice);
    });
}

std::optional<std::string> Choices::find(const std::string &key) {
  std::lock_guard<std::mutex> lock(mutex);
  auto it = choices.find(key);
  if (it == choices.end())
    return std::nullopt;
  return it->second;
}

void Choices::keep(const std::string &key, const std::string &choice) {
  std::lock_guard<std::mutex> lock(mutex);
  choices[key] = choice;
  // What others write between our reading and writing would be lost. Without
  // a lock it may be, and is measured again.
  Descriptor shared = cache.lock(fileName);
  read();
  std::string text = "{";
  for (const auto &[each, value] : choices)
    text.append(text.size() > 1 ? ",\n\"" : "\n\"")
        .append(each)
        .append("\": \"")
        .append(value)
        .append("\"");
  cache.write(fileName, text + "\n}\n");
}
