//===- ModelCheck.cpp - A repaired model under ONNX Runtime ---------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelCheck.h"
#include "gac/Support/Interrupt.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"

using namespace gac;
using llvm::SmallString;
using llvm::StringRef;

extern const char *const gacCheckScript;

namespace {

/// A file for what another program writes, which goes with the object.
class ScratchFile {
public:
  static llvm::Expected<std::unique_ptr<ScratchFile>> create(StringRef suffix) {
    auto file = std::make_unique<ScratchFile>();
    if (std::error_code code =
            gac::createTemporaryFile("gac-check", suffix, file->path))
      return llvm::createStringError(code, "no temporary file can be made: " +
                                               code.message());
    return file;
  }
  ~ScratchFile() {
    llvm::sys::fs::remove(path);
    llvm::sys::DontRemoveFileOnSignal(path);
  }

  StringRef getPath() const { return path; }
  std::string read() const {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : std::string();
  }
  /// What an exception is printed as, after where it came from.
  std::string readLastLine() const {
    std::string text = read();
    StringRef last = StringRef(text).rtrim();
    if (size_t end = last.rfind('\n'); end != StringRef::npos)
      last = last.substr(end + 1);
    return last.str();
  }

private:
  SmallString<128> path;
};

} // namespace

/// The interpreter to ask, or an empty string.
static std::string findPython() {
  auto named = llvm::sys::Process::GetEnv("GAC_PYTHON");
  auto found = llvm::sys::findProgramByName(named ? *named : "python3");
  // What is not there is named where it does not run.
  return found ? *found : named.value_or("");
}

/// The exit code; what it says goes nowhere but for errors.
static int runPython(StringRef python, llvm::ArrayRef<StringRef> arguments,
                     const ScratchFile &errors, std::string &message) {
  llvm::SmallVector<StringRef> all = {python};
  llvm::append_range(all, arguments);
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(),
                                          errors.getPath()};
  return llvm::sys::ExecuteAndWait(python, all, /*Env=*/std::nullopt, redirects,
                                   /*SecondsToWait=*/0, /*MemoryLimit=*/0,
                                   &message);
}

static ModelCheck makeUnavailable(const llvm::Twine &why) {
  return {
      ModelCheck::Outcome::Unavailable,
      ("not checked: " + why +
       "; the environment variable GAC_PYTHON names a Python that has the "
       "packages onnxruntime, onnx and numpy")
          .str(),
      llvm::json::Object{{"outcome", "unavailable"}, {"reason", why.str()}}};
}

/// Reads what the script wrote.
static llvm::Expected<ModelCheck> readResult(StringRef text) {
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(text);
  if (!parsed)
    return parsed.takeError();
  llvm::json::Object *result = parsed->getAsObject();
  const llvm::json::Object *worst =
      result ? result->getObject("worst") : nullptr;
  auto agrees = result ? result->getBoolean("agrees") : std::nullopt;
  auto cases = result ? result->getInteger("cases") : std::nullopt;
  auto tolerance = result ? result->getNumber("tolerance") : std::nullopt;
  auto runtime = result ? result->getString("runtime") : std::nullopt;
  if (!worst || !agrees || !cases || !tolerance || !runtime)
    return llvm::createStringError("the comparison has no result");
  ModelCheck check;
  check.outcome =
      *agrees ? ModelCheck::Outcome::Agrees : ModelCheck::Outcome::Differs;
  auto error = worst->getNumber("error");
  check.text =
      llvm::formatv(
          "checked with ONNX Runtime {0} on {1} {2}: worst relative error {3} "
          "(output '{4}', {5}), tolerance {6:e0}",
          *runtime, *cases, *cases == 1 ? "input" : "inputs",
          error ? llvm::formatv("{0:e1}", *error).str() : "infinite",
          worst->getString("output").value_or(""),
          worst->getString("case").value_or(""), *tolerance)
          .str();
  result->erase("version");
  (*result)["outcome"] = *agrees ? "agrees" : "differs";
  result->erase("agrees");
  check.json = std::move(*result);
  return check;
}

/// A path that does not read as an option.
static std::string getWholePath(StringRef path) {
  SmallString<128> whole(path);
  llvm::sys::fs::make_absolute(whole);
  return whole.str().str();
}

llvm::Expected<ModelCheck> gac::checkModel(StringRef repaired,
                                           StringRef original,
                                           llvm::ArrayRef<std::string> dims) {
  std::string python = findPython();
  if (python.empty())
    return makeUnavailable("there is no python3");
  auto errors = ScratchFile::create("log");
  auto result = ScratchFile::create("json");
  if (!errors || !result) {
    auto first = errors ? llvm::Error::success() : errors.takeError();
    auto second = result ? llvm::Error::success() : result.takeError();
    return llvm::joinErrors(std::move(first), std::move(second));
  }
  std::string message;
  if (int code = runPython(python, {"-c", "import numpy, onnx, onnxruntime"},
                           **errors, message))
    return makeUnavailable("'" + python + "' " +
                           (code > 0
                                ? "says '" + (*errors)->readLastLine() + "'"
                                : "does not run: " + message));
  std::string model = getWholePath(repaired), other = getWholePath(original);
  llvm::SmallVector<StringRef> arguments = {
      "-c",     gacCheckScript,      model, "--against", other,
      "--json", (*result)->getPath()};
  for (const std::string &dim : dims)
    arguments.append({"--dim", dim});
  int code = runPython(python, arguments, **errors, message);
  std::string text = (*result)->read();
  // It exits with 1 for models that differ, too.
  if (!text.empty())
    return readResult(text);
  if (code < 0)
    return llvm::createStringError("the comparison ended early: " + message);
  if (code == 0)
    return llvm::createStringError("'" + python +
                                   "' ended without a comparison");
  std::string said = (*errors)->readLastLine();
  StringRef reason = said;
  reason.consume_front("error: ");
  return llvm::createStringError("the models cannot be compared: " + reason);
}
