//===- Manifest.cpp - The manifest of a scheduled module ------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Emit/CUDA/Manifest.h"

#include "Recipes.h"

#include "gac/Dialect/CUDA/IR/CUDAOps.h"
#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

#include <limits>

using namespace mlir;
using namespace gac::cuda;
namespace json = llvm::json;

namespace {

/// Where an operand's elements begin: an op that gives memory, and elements
/// from its beginning.
struct Place {
  Operation *root = nullptr;
  int64_t offset = 0;
};

/// A buffer of one entry.
struct Buffer {
  AllocOp alloc;
  int64_t tensor = 0, first = -1, last = -1;
};

class ManifestPrinter {
public:
  ManifestPrinter(ModuleOp module, raw_ostream &os,
                  const ManifestOptions &options)
      : module(module), json(os, /*IndentSize=*/1), options(options) {}

  LogicalResult print();

private:
  LogicalResult number();
  LogicalResult numberBuffers(EntryOp entry);
  void printHead();
  void printTensor(TensorOp tensor);
  void printEntry(EntryOp entry);
  void printBufferTensors(EntryOp entry);
  void printBuffers(EntryOp entry);
  void printCaches();
  void printOp(Operation *op);
  void printAction(LaunchOp op);
  void printAttention(LaunchOp op, AttentionPrefillOp attention);
  AttentionPrefillOp getLibraryAttention(LaunchOp op) const;
  void printAction(GemmOp op);
  void printAction(CopyOp op);
  void printOperand(Operation *user, StringRef name, Value value);
  void printNumbers(StringRef key, ArrayRef<int64_t> numbers);
  void printNames(StringRef key, ArrayRef<StringRef> list);
  int64_t getTensor(Operation *user, const Place &place);
  /// For a diagnostic; printing goes on, so that the JSON is closed.
  InFlightDiagnostic fail(Operation *op) {
    result = failure();
    return op->emitOpError();
  }

  ModuleOp module;
  json::OStream json;
  LogicalResult result = success();
  const ManifestOptions &options;
  /// Numbers of tensors, by symbol.
  llvm::StringMap<int64_t> tensors;
  int64_t nextTensor = 0;
  DenseMap<Operation *, SmallVector<Buffer>> buffers;
  /// Numbers of buffers' tensors, by alloc.
  DenseMap<Operation *, int64_t> bufferTensors;
};

} // namespace

static Place findPlace(Value value) {
  Place place;
  place.offset = View(cast<MemRefType>(value.getType())).offset;
  place.root = value.getDefiningOp();
  // A view's offset counts from the beginning of the whole.
  while (auto view = dyn_cast_or_null<memref::ReinterpretCastOp>(place.root))
    place.root = view.getSource().getDefiningOp();
  return place;
}

/// The operations that a manifest lists.
static bool isAction(Operation &op) {
  return isa<LaunchOp, GemmOp, CopyOp>(op);
}

static int64_t getElementBytes(Type type) {
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

static int64_t getBytes(MemRefType type) {
  return type.getNumElements() * getElementBytes(type.getElementType());
}

/// The names of the nodes that an op comes from, each once.
static SmallVector<StringRef> getNodes(Operation *op) {
  llvm::SmallSetVector<StringRef, 4> names;
  op->getLoc()->walk([&](Location location) {
    if (auto name = dyn_cast<NameLoc>(location))
      if (!name.getName().empty())
        names.insert(name.getName());
    return WalkResult::advance();
  });
  return names.takeVector();
}

//===----------------------------------------------------------------------===//
// Tensors and buffers
//===----------------------------------------------------------------------===//

LogicalResult ManifestPrinter::number() {
  for (auto tensor : module.getOps<TensorOp>()) {
    Type type = tensor.getTensorType().getElementType();
    if (getDTypeName(type).empty())
      return tensor.emitOpError() << "'" << tensor.getName() << "' is of type "
                                  << type << ", which packages do not have";
    tensors[tensor.getSymName()] = nextTensor++;
  }
  for (auto entry : module.getOps<EntryOp>())
    if (failed(numberBuffers(entry)))
      return failure();
  return success();
}

LogicalResult ManifestPrinter::numberBuffers(EntryOp entry) {
  llvm::MapVector<Operation *, Buffer> found;
  int64_t index = 0;
  for (Operation &op : entry.getBody().front()) {
    if (auto alloc = dyn_cast<AllocOp>(op)) {
      MemRefType type = cast<MemRefType>(alloc.getType());
      if (!alloc.getOffset())
        return alloc.emitOpError() << "has no offset in the arena";
      if (getDTypeName(type.getElementType()).empty() ||
          !type.getLayout().isIdentity())
        return alloc.emitOpError()
               << "gives " << type << ", which packages do not have";
      found[alloc].alloc = alloc;
    }
    if (!isAction(op))
      continue;
    for (Value operand : op.getOperands()) {
      auto it = found.find(findPlace(operand).root);
      if (it == found.end())
        continue;
      Buffer &buffer = it->second;
      buffer.first = buffer.first < 0 ? index : buffer.first;
      buffer.last = index;
    }
    ++index;
  }
  for (auto &[alloc, buffer] : found) {
    if (buffer.first < 0)
      continue; // Nobody uses it.
    buffer.tensor = nextTensor++;
    bufferTensors[alloc] = buffer.tensor;
    buffers[entry].push_back(buffer);
  }
  return success();
}

int64_t ManifestPrinter::getTensor(Operation *user, const Place &place) {
  if (auto get = dyn_cast_or_null<GetOp>(place.root))
    if (auto it = tensors.find(get.getTensor()); it != tensors.end())
      return it->second;
  if (auto it = bufferTensors.find(place.root); it != bufferTensors.end())
    return it->second;
  fail(user) << "has an operand that is neither a tensor of the package nor a "
                "buffer of the entry";
  return -1;
}

void ManifestPrinter::printTensor(TensorOp tensor) {
  RankedTensorType type = tensor.getTensorType();
  json.object([&] {
    json.attribute("name", tensor.getName());
    json.attribute("kind", stringifyTensorKind(tensor.getKind()));
    json.attribute("dtype", getDTypeName(type.getElementType()));
    printNumbers("shape", type.getShape());
    if (tensor.getRange())
      printNumbers("range", *tensor.getRange());
    if (std::optional<json::Value> lanes = getLanes(tensor))
      json.attribute("lanes", *lanes);
    if (std::optional<json::Value> recipe = getRecipe(tensor))
      json.attribute("recipe", *recipe);
  });
}

void ManifestPrinter::printBufferTensors(EntryOp entry) {
  for (const Buffer &buffer : buffers[entry])
    json.object([&] {
      auto type = cast<MemRefType>(AllocOp(buffer.alloc).getType());
      json.attribute("name", (entry.getSymName() + "." +
                              Twine(&buffer - buffers[entry].begin()))
                                 .str());
      json.attribute("kind", "arena");
      json.attribute("dtype", getDTypeName(type.getElementType()));
      printNumbers("shape", type.getShape());
    });
}

void ManifestPrinter::printBuffers(EntryOp entry) {
  json.attributeArray("buffers", [&] {
    for (const Buffer &buffer : buffers[entry])
      json.object([&] {
        json.attribute("tensor", buffer.tensor);
        json.attribute(
            "offset", static_cast<int64_t>(*AllocOp(buffer.alloc).getOffset()));
        json.attribute("bytes", getBytes(cast<MemRefType>(
                                    AllocOp(buffer.alloc).getType())));
        json.attribute("first", buffer.first);
        json.attribute("last", buffer.last);
      });
  });
}

void ManifestPrinter::printCaches() {
  json.attributeArray("caches", [&] {
    for (auto tensor : module.getOps<TensorOp>())
      if (tensor.isModelCache())
        json.object([&] {
          json.attribute("input", tensor.getName());
          json.attribute("output", *tensor.getOutput());
          json.attribute("tensor", tensors.lookup(tensor.getSymName()));
          json.attribute("axis", static_cast<int64_t>(*tensor.getAxis()));
          json.attribute("capacity", tensor.getCapacity());
        });
  });
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void ManifestPrinter::printNumbers(StringRef key, ArrayRef<int64_t> numbers) {
  json.attributeArray(key, [&] {
    for (int64_t number : numbers)
      json.value(number);
  });
}

void ManifestPrinter::printNames(StringRef key, ArrayRef<StringRef> list) {
  json.attributeArray(key, [&] {
    for (StringRef name : list)
      json.value(json::fixUTF8(name));
  });
}

void ManifestPrinter::printAction(LaunchOp op) {
  auto kernel =
      SymbolTable::lookupNearestSymbolFrom<KernelOp>(op, op.getKernelAttr());
  json.attribute("kernel", op.getKernel());
  printNumbers("grid", op.getGrid());
  printNumbers("block", {static_cast<int64_t>(kernel.getThreads()), 1, 1});
  json.attribute("sharedBytes", static_cast<int64_t>(op.getSharedBytes()));
  // All kernels that are printed wait for what they read.
  json.attribute("overlaps", true);
  json.attributeBegin("args");
  json.arrayBegin();
  for (Value operand : op.getOperands()) {
    Place place = findPlace(operand);
    if (auto position = dyn_cast_or_null<PositionOp>(place.root)) {
      json.object([&] { json.attribute("position", position.getCache()); });
      continue;
    }
    json.object([&] {
      json.attribute("tensor", getTensor(op, place));
      if (place.offset != 0)
        json.attribute("offset", place.offset);
    });
  }
  json.arrayEnd();
  json.attributeEnd();
}

/// The attention that a launch computes and a library could: its sizes are all
/// known, and it is in the package's type.
AttentionPrefillOp ManifestPrinter::getLibraryAttention(LaunchOp op) const {
  auto kernel =
      SymbolTable::lookupNearestSymbolFrom<KernelOp>(op, op.getKernelAttr());
  auto attention = dyn_cast<AttentionPrefillOp>(kernel.getComputation());
  if (!attention || attention.getPosition())
    return {};
  StringRef dtype = module->getAttrOfType<StringAttr>(attr::dtype).getValue();
  for (Value value : {attention.getQ(), attention.getK(), attention.getV(),
                      attention.getOut()})
    if (getDTypeName(cast<MemRefType>(value.getType()).getElementType()) !=
        dtype)
      return {};
  return attention;
}

/// The runtime takes a library's attention in place of the launch where that
/// is faster.
void ManifestPrinter::printAttention(LaunchOp op,
                                     AttentionPrefillOp attention) {
  auto getSizes = [](Value value) {
    return cast<MemRefType>(value.getType()).getShape();
  };
  ArrayRef<int64_t> q = getSizes(attention.getQ());
  ArrayRef<int64_t> v = getSizes(attention.getV());
  json.attribute("batch", q[0]);
  json.attribute("queryHeads", q[1]);
  json.attribute("keyHeads", v[1]);
  json.attribute("queries", q[2]);
  // Of a cache those that are filled by then.
  json.attribute("keys", static_cast<int64_t>(attention.getPast()) + q[2]);
  json.attribute("keyWidth", q[3]);
  json.attribute("valueWidth", v[3]);
  json.attribute("scale",
                 static_cast<double>(attention.getScale().convertToFloat()));
  json.attribute("causal", attention.getCausal());
  for (auto [name, argument] :
       {std::pair<StringRef, Value>("q", attention.getQ()),
        {"k", attention.getK()},
        {"v", attention.getV()},
        {"o", attention.getOut()}}) {
    Value value =
        op.getOperands()[cast<BlockArgument>(argument).getArgNumber()];
    Place place = findPlace(value);
    View view(cast<MemRefType>(value.getType()));
    json.attributeObject(name, [&] {
      json.attribute("tensor", getTensor(op, place));
      if (place.offset != 0)
        json.attribute("offset", place.offset);
      printNumbers("strides", ArrayRef(view.strides).drop_back());
    });
  }
  json.attributeObject("fallback", [&] { printAction(op); });
}

void ManifestPrinter::printOperand(Operation *user, StringRef name,
                                   Value value) {
  Place place = findPlace(value);
  View view(cast<MemRefType>(value.getType()));
  size_t row = view.sizes.size() - 2, column = row + 1;
  bool isTransposed = view.strides[column] != 1;
  if (isTransposed)
    std::swap(row, column);
  // The distance between rows of which there is one is anything.
  int64_t ld = view.sizes[row] == 1
                   ? std::max(view.strides[row], view.sizes[column])
                   : view.strides[row];
  json.attributeObject(name, [&] {
    json.attribute("tensor", getTensor(user, place));
    if (place.offset != 0)
      json.attribute("offset", place.offset);
    json.attribute("ld", ld);
    if (view.sizes.size() == 3 && view.sizes[0] > 1)
      json.attribute("stride", view.strides[0]);
    if (isTransposed)
      json.attribute("trans", true);
  });
}

void ManifestPrinter::printAction(GemmOp op) {
  View a(cast<MemRefType>(op.getA().getType()));
  View d(cast<MemRefType>(op.getD().getType()));
  size_t rank = d.sizes.size();
  json.attribute("m", d.sizes[rank - 2]);
  json.attribute("n", d.sizes[rank - 1]);
  json.attribute("k", a.sizes[rank - 1]);
  if (rank == 3)
    json.attribute("batch", d.sizes[0]);
  printOperand(op, "a", op.getA());
  printOperand(op, "b", op.getB());
  if (op.getC()) {
    printOperand(op, "c", op.getC());
    json.attribute("beta", 1);
  } else {
    json.attribute("c", nullptr);
  }
  printOperand(op, "d", op.getD());
  if (!op.getAlpha().isExactlyValue(1.0))
    json.attribute("alpha",
                   static_cast<double>(op.getAlpha().convertToFloat()));

  Epilogue epilogue = op.getEpilogue();
  if (!op.getBias()) {
    if (epilogue == Epilogue::Bias)
      fail(op) << "ends with a bias that it does not have";
    json.attribute("epilogue", stringifyEpilogue(epilogue));
    return;
  }
  Place place = findPlace(op.getBias());
  if (place.offset != 0)
    fail(op) << "has a bias that begins at element " << place.offset
             << " of its tensor, and packages have whole ones";
  json.attribute("bias", getTensor(op, place));
  json.attribute("epilogue",
                 stringifyEpilogue(epilogue == Epilogue::None ? Epilogue::Bias
                                                              : epilogue));
}

void ManifestPrinter::printAction(CopyOp op) {
  for (auto [key, offsetKey, value] :
       {std::tuple<StringRef, StringRef, Value>("from", "fromOffset",
                                                op.getSource()),
        {"to", "toOffset", op.getTarget()}}) {
    Place place = findPlace(value);
    auto type = cast<MemRefType>(value.getType());
    json.attribute(key, getTensor(op, place));
    if (place.offset != 0)
      json.attribute(offsetKey,
                     place.offset * getElementBytes(type.getElementType()));
  }
  json.attribute("length",
                 getBytes(cast<MemRefType>(op.getTarget().getType())));
}

void ManifestPrinter::printOp(Operation *op) {
  auto printHead = [&](StringRef kind, CostAttr cost) {
    json.attribute("kind", kind);
    json.attribute("family", stringifyFamily(cost.getFamily()));
    printNames("nodes", getNodes(op));
    json.attribute("flops", cost.getFlops());
    json.attribute("bytes", cost.getBytes());
    // Picoseconds are whole: no digits but theirs.
    json.attributeBegin("predictedUs");
    json.rawValue([&](raw_ostream &os) {
      os << llvm::format("%.12g",
                         static_cast<double>(cost.getPicoseconds()) / 1e6);
    });
    json.attributeEnd();
  };
  json.object([&] {
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](LaunchOp op) {
          if (AttentionPrefillOp attention = getLibraryAttention(op)) {
            printHead("attention", op.getCost());
            printAttention(op, attention);
            return;
          }
          printHead("launch", op.getCost());
          printAction(op);
        })
        .Case([&](GemmOp op) {
          printHead("gemm", op.getCost());
          printAction(op);
        })
        .Case([&](CopyOp op) {
          printHead("copy", op.getCost());
          printAction(op);
        });
  });
}

//===----------------------------------------------------------------------===//
// Entries and the whole
//===----------------------------------------------------------------------===//

void ManifestPrinter::printEntry(EntryOp entry) {
  auto getNumbers = [&](ArrayAttr symbols) {
    SmallVector<int64_t> numbers;
    for (auto symbol : symbols.getAsRange<FlatSymbolRefAttr>()) {
      auto it = tensors.find(symbol.getValue());
      numbers.push_back(it == tensors.end() ? -1 : it->second);
    }
    return numbers;
  };
  SmallVector<int64_t> inputs = getNumbers(entry.getInputs());
  SmallVector<int64_t> outputs = getNumbers(entry.getOutputs());
  for (auto [symbols, numbers] :
       {std::pair(entry.getInputs(), ArrayRef(inputs)),
        std::pair(entry.getOutputs(), ArrayRef(outputs))})
    for (auto [symbol, number] : llvm::zip(symbols, numbers))
      if (number < 0)
        fail(entry) << "knows no tensor " << symbol;
  int64_t arenaBytes = 0;
  for (Buffer &buffer : buffers[entry])
    arenaBytes = std::max<int64_t>(
        arenaBytes, static_cast<int64_t>(*buffer.alloc.getOffset()) +
                        getBytes(cast<MemRefType>(buffer.alloc.getType())));
  auto printSizes = [&](StringRef key, DictionaryAttr sizes) {
    json.attributeObject(key, [&] {
      for (NamedAttribute size : sizes)
        if (auto number = dyn_cast<IntegerAttr>(size.getValue()))
          json.attribute(size.getName().getValue(), number.getInt());
    });
  };

  json.objectBegin();
  json.attribute("name", entry.getSymName());
  printSizes("dims", entry.getDims());
  printNumbers("inputs", inputs);
  printNumbers("outputs", outputs);
  json.attribute("arenaBytes", entry.getArenaBytes().value_or(arenaBytes));
  printBuffers(entry);
  json.attributeArray("appends", [&] {
    for (NamedAttribute append : entry.getAppends())
      if (auto count = dyn_cast<IntegerAttr>(append.getValue()))
        json.object([&] {
          json.attribute("cache", append.getName().getValue());
          json.attribute("count", count.getInt());
        });
  });
  json.attributeBegin("ops");
  json.arrayBegin();
  for (Operation &op : entry.getBody().front())
    if (isAction(op))
      printOp(&op);
  json.arrayEnd();
  json.attributeEnd();
  json.objectEnd();
}

void ManifestPrinter::printHead() {
  auto getText = [&](StringRef name) {
    auto text = module->getAttrOfType<StringAttr>(name);
    return text ? text.getValue().str() : std::string();
  };
  json.attribute("format", "gac-package");
  json.attribute("version", 1);
  json.attribute("producer", "gac " GAC_VERSION);
  json.attribute("model", json::fixUTF8(getText(attr::model)));
  json.attribute("dtype", getText(attr::dtype));
  if (std::string target = getText(attr::target); !target.empty())
    json.attribute("target", target);
  SmallVector<StringRef> archs(options.archs.begin(), options.archs.end());
  printNames("arch", archs);
  json.attribute("source", "kernels.cu");
  json.attributeObject("cubins", [&] {
    for (const auto &[arch, file] : options.cubins)
      json.attribute(arch, file);
  });
  bool hasFile = llvm::any_of(module.getOps<TensorOp>(), [&](TensorOp tensor) {
    return needsData(tensor, options.graphOnly);
  });
  json.attributeObject("weights", [&] {
    if (hasFile)
      json.attribute("file", "weights.safetensors");
    else
      json.attribute("file", nullptr);
  });
}

LogicalResult ManifestPrinter::print() {
  if (!module->getAttrOfType<StringAttr>(attr::dtype))
    return module.emitError()
           << "the module is not scheduled: it has no " << attr::dtype;
  if (module.getOps<EntryOp>().empty())
    return module.emitError() << "the module has no entry";
  if (failed(number()))
    return failure();
  json.objectBegin();
  printHead();
  json.attributeBegin("tensors");
  json.arrayBegin();
  for (auto tensor : module.getOps<TensorOp>())
    printTensor(tensor);
  for (auto entry : module.getOps<EntryOp>())
    printBufferTensors(entry);
  json.arrayEnd();
  json.attributeEnd();
  printCaches();
  json.attributeBegin("entries");
  json.arrayBegin();
  for (auto entry : module.getOps<EntryOp>())
    printEntry(entry);
  json.arrayEnd();
  json.attributeEnd();
  json.objectEnd();
  return result;
}

LogicalResult gac::cuda::printManifest(ModuleOp module, raw_ostream &os,
                                       const ManifestOptions &options) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (failed(ManifestPrinter(module, stream, options).print()))
    return failure();
  os << text << '\n';
  return success();
}
