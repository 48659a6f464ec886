//===- BlocksToSVG.cpp - Pictures of grown parameters ---------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/BlocksToSVG.h"
#include "grow/Transforms/DerivationBlocks.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InterleavedRange.h"

using namespace mlir;
using namespace grow;
using llvm::formatv;

//===----------------------------------------------------------------------===//
// Parameters as matrices
//===----------------------------------------------------------------------===//

namespace {
/// A run of axes as coordinates of a picture. Each slice of an axis that has
/// others inside ends in a gap.
struct Side {
  SmallVector<int64_t, 4> axes;
  SmallVector<double, 4> strides;
  double length = 0;

  Side(ArrayRef<int64_t> axes, ArrayRef<int64_t> shape, double unit)
      : axes(axes) {
    constexpr double kGap = 4;
    double inner = unit;
    length = unit;
    for (int64_t axis : llvm::reverse(this->axes)) {
      strides.push_back(inner);
      length = inner * shape[axis] - (inner > unit ? kGap : 0);
      inner = length + (shape[axis] > 1 || inner > unit ? kGap : 0);
    }
    std::reverse(strides.begin(), strides.end());
  }
};

/// How a parameter is drawn.
struct Picture {
  ParamOp param;
  SmallVector<int64_t> before, after;
  SmallVector<int64_t> rows, columns; ///< Axes.
};

struct Rect {
  double x, y, width, height;
};
} // namespace

/// Which axes of a parameter go down: input channels of a weight, or all but
/// the channels that it writes. The axes of a vector go across.
static void splitAxes(Picture &picture, const ParamRole *role) {
  int64_t rank = picture.after.size(), down = rank > 1 ? 1 : 0;
  if (role && role->axes.back() == Axis::HiddenOut && rank > 2)
    down = rank - 1;
  else if (role && role->kind == ParamKind::Bias)
    down = 0;
  for (int64_t axis = 0; axis < rank; ++axis)
    (axis < down ? picture.rows : picture.columns).push_back(axis);
}

/// Adds the intervals that slices `begin` to `end` of each axis of a side are.
static void addIntervals(const Side &side, const DerivationBlock &block,
                         size_t depth, double start,
                         SmallVectorImpl<std::pair<double, double>> &result) {
  if (depth == side.axes.size()) {
    result.emplace_back(start, side.length);
    return;
  }
  int64_t axis = side.axes[depth];
  double stride = side.strides[depth];
  double from = start + block.offsets[axis] * stride;
  if (depth + 1 == side.axes.size()) {
    result.emplace_back(from, block.sizes[axis] * stride);
    return;
  }
  for (int64_t i = 0; i < block.sizes[axis]; ++i)
    addIntervals(side, block, depth + 1, from + i * stride, result);
}

static SmallVector<Rect> getRects(const Side &rows, const Side &columns,
                                  const DerivationBlock &block) {
  SmallVector<std::pair<double, double>> down, across;
  addIntervals(rows, block, 0, 0, down);
  addIntervals(columns, block, 0, 0, across);
  SmallVector<Rect> rects;
  for (auto [y, height] : down)
    for (auto [x, width] : across)
      rects.push_back({x, y, width, height});
  return rects;
}

//===----------------------------------------------------------------------===//
// What to draw
//===----------------------------------------------------------------------===//

/// The role of each parameter that an op of this dialect reads.
static llvm::StringMap<const ParamRole *> getRoles(ModuleOp module) {
  llvm::StringMap<const ParamRole *> roles;
  module.walk([&](ParameterizedOpInterface op) {
    for (auto [i, role] : llvm::enumerate(op.getParamRoles()))
      if (OpOperand *operand = op.getParamOperand(i))
        if (auto get = operand->get().getDefiningOp<GetOp>())
          roles.try_emplace(get.getParam(), &role);
  });
  return roles;
}

static FailureOr<SmallVector<ParamOp>>
selectParams(ModuleOp module, ArrayRef<std::string> names) {
  SmallVector<ParamOp> params;
  for (StringRef name : names) {
    auto param = module.lookupSymbol<ParamOp>(name);
    if (!param)
      return module.emitError() << "has no parameter @" << name << " to draw";
    params.push_back(param);
  }
  if (names.empty())
    llvm::append_range(params, llvm::make_filter_range(
                                   module.getOps<ParamOp>(), [](ParamOp param) {
                                     return param.isDerived();
                                   }));
  if (params.empty())
    return module.emitError() << "has no parameter that has changed: draw it "
                                 "after 'grow-expand'";
  return params;
}

/// The shape of the tensor that a parameter was; empty for a new one.
static SmallVector<int64_t> getShapeBefore(ParamOp param) {
  if (!param.isDerived())
    return llvm::to_vector(param.getTensorType().getShape());
  for (auto source : param.getDerivation().getOps<SourceOp>())
    if (source.getName() == param.getSymName())
      return llvm::to_vector(source.getType().getShape());
  return {};
}

static Picture getPicture(ParamOp param, const ParamRole *role) {
  Picture picture;
  picture.param = param;
  picture.before = getShapeBefore(param);
  picture.after = llvm::to_vector(param.getTensorType().getShape());
  splitAxes(picture, role);
  return picture;
}

//===----------------------------------------------------------------------===//
// Drawing
//===----------------------------------------------------------------------===//

static constexpr StringLiteral kStyle = R"(<style>
.page{fill:#ffffff}
text{fill:#24292f}
.small{font-size:11px;fill:#57606a}
.label{font-size:11px;text-anchor:middle;paint-order:stroke;stroke:#ffffff;stroke-width:3px}
.edge{fill:none;stroke:#5a7184}
.arrow{fill:none;stroke:#57606a;stroke-width:1.4}
.kept,.scaled,.centered,.copied{fill:#c8d6e5}
.zero{fill:#ffffff}
.random{fill:#ffb347}
.constant{fill:#ffe8a3}
.mean{fill:#e3d0f5}
.line{stroke:#33516b;stroke-width:1.2}
.dot{fill:#7a4300}
.block{stroke:#5a7184}
.dashed{stroke:#b06a00;stroke-dasharray:4 3}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}
text{fill:#e6edf3}
.small{fill:#9da7b3}
.label{stroke:#0d1117}
.edge,.arrow{stroke:#9da7b3}
.kept,.scaled,.centered,.copied{fill:#2d4a66}
.zero{fill:#0d1117}
.random{fill:#a85f00}
.constant{fill:#6b5600}
.mean{fill:#563a75}
.line{stroke:#a9c8e6}
.dot{fill:#ffd9a0}
.block{stroke:#9da7b3}
.dashed{stroke:#ffb347}
}
</style>
<defs>
<pattern id="scaled" width="8" height="8" patternUnits="userSpaceOnUse"><path class="line" d="M0 8 8 0"/></pattern>
<pattern id="centered" width="8" height="8" patternUnits="userSpaceOnUse"><path class="line" d="M0 4H8M4 0V8"/></pattern>
<pattern id="copied" width="8" height="8" patternUnits="userSpaceOnUse"><path class="line" d="M4 0V8"/></pattern>
<pattern id="mean" width="8" height="8" patternUnits="userSpaceOnUse"><path class="line" d="M0 4H8"/></pattern>
<pattern id="constant" width="8" height="8" patternUnits="userSpaceOnUse"><path class="line" d="M0 0 8 8"/></pattern>
<pattern id="random" width="7" height="7" patternUnits="userSpaceOnUse"><circle class="dot" cx="2" cy="2" r="1"/></pattern>
</defs>
)";

/// Whether the kind has a pattern besides its fill.
static bool hasPattern(BlockContent kind) {
  return kind != BlockContent::Kept && kind != BlockContent::Zero;
}

/// What stands in a block, where there is room.
static std::string getLabel(const DerivationBlock &block, BlockContent kind) {
  switch (kind) {
  case BlockContent::Zero:
    return "0";
  case BlockContent::Mean:
    return "mean";
  case BlockContent::Copied:
    return "copy";
  case BlockContent::Constant:
    if (auto constant = dyn_cast<ConstantAttr>(block.fill))
      return formatv("{0}", constant.getValue());
    return {};
  case BlockContent::Scaled:
    if (block.steps.size() == 1 && !block.steps.front().about)
      return formatv("&#215; {0}", *block.steps.front().factor);
    return {};
  default:
    return {};
  }
}

namespace {
class Drawing {
public:
  void addPicture(const Picture &picture);
  void print(raw_ostream &os);

private:
  void addText(StringRef style, double x, double y, StringRef text) {
    formatTo("<text class=\"{0}\" x=\"{1:f1}\" y=\"{2:f1}\">{3}</text>\n",
             style, x, y, text);
  }
  void addRect(Rect rect, BlockContent kind, StringRef label);
  void addLegend();
  template <typename... Ts>
  void formatTo(const char *format, Ts &&...values) {
    os << formatv(format, std::forward<Ts>(values)...);
  }

  static constexpr double kWidth = 760, kMargin = 20, kAfter = 400;
  std::string body;
  llvm::raw_string_ostream os{body};
  double y = kMargin;
  llvm::SmallSetVector<int, 8> kinds;
};
} // namespace

void Drawing::addRect(Rect rect, BlockContent kind, StringRef label) {
  kinds.insert(static_cast<int>(kind));
  auto add = [&](StringRef attributes) {
    formatTo("<rect {0} x=\"{1:f1}\" y=\"{2:f1}\" width=\"{3:f1}\" "
             "height=\"{4:f1}\"/>\n",
             attributes, rect.x, rect.y, rect.width, rect.height);
  };
  bool isZero = kind == BlockContent::Zero;
  add(formatv("class=\"{0} {1}\"", getName(kind), isZero ? "dashed" : "block")
          .str());
  if (hasPattern(kind))
    add(formatv("fill=\"url(#{0})\"", getName(kind)).str());
  if (!label.empty() && rect.width >= 7 * label.size() && rect.height >= 14)
    addText("label", rect.x + rect.width / 2, rect.y + rect.height / 2 + 4,
            label);
}

void Drawing::addPicture(const Picture &picture) {
  // The same scale before and after, such that the larger one fits.
  Side rowsOfOne(picture.rows, picture.after, 1);
  Side columnsOfOne(picture.columns, picture.after, 1);
  double unit = std::clamp(
      std::min(320 / columnsOfOne.length, 150 / rowsOfOne.length), 0.01, 14.0);
  bool isVector = picture.rows.empty();
  double thickness = isVector ? 16 : unit;

  ParamOp param = picture.param;
  std::string name = param.getSymName().str();
  addText("name", kMargin, y + 12, name);
  auto addShape = [&](double x, ArrayRef<int64_t> shape) {
    addText("small", x, y + 28,
            formatv("{0}", llvm::interleaved(shape, " &#215; ")).str());
  };
  double top = y + 36, bottom = top;
  auto addSide = [&](double left, ArrayRef<int64_t> shape,
                     ArrayRef<DerivationBlock> blocks) {
    Side rows(picture.rows, shape, thickness);
    Side columns(picture.columns, shape, unit);
    addShape(left, shape);
    for (const DerivationBlock &block : blocks) {
      BlockContent kind = getContent(block, name);
      for (Rect rect : getRects(rows, columns, block)) {
        rect.x += left;
        rect.y += top;
        addRect(rect, kind, getLabel(block, kind));
      }
    }
    bottom = std::max(bottom, top + rows.length);
  };
  if (picture.before.empty()) {
    addText("small", kMargin, top + 12, "new");
  } else {
    DerivationBlock whole;
    whole.source = name;
    whole.offsets.resize(picture.before.size(), 0);
    whole.sourceOffsets = whole.offsets;
    whole.sizes.assign(picture.before.begin(), picture.before.end());
    addSide(kMargin, picture.before, whole);
  }
  formatTo("<path class=\"arrow\" d=\"M{0:f1} {1:f1}h18m-5 -4 5 4-5 4\"/>\n",
           kAfter - 32, top + 8);
  addSide(kAfter, picture.after, getDerivationBlocks(param));
  y = bottom + 24;
}

void Drawing::addLegend() {
  static constexpr std::pair<BlockContent, StringLiteral> entries[] = {
      {BlockContent::Kept, "kept"},
      {BlockContent::Scaled, "multiplied"},
      {BlockContent::Centered, "centred"},
      {BlockContent::Copied, "copied"},
      {BlockContent::Mean, "mean"},
      {BlockContent::Zero, "zero"},
      {BlockContent::Constant, "constant"},
      {BlockContent::Random, "free"}};
  double x = kMargin;
  for (auto [kind, text] : entries) {
    if (!kinds.contains(static_cast<int>(kind)))
      continue;
    addRect({x, y, 26, 14}, kind, "");
    addText("small", x + 32, y + 11, text);
    x += 96;
  }
  y += 30;
}

void Drawing::print(raw_ostream &out) {
  addLegend();
  out << formatv("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} "
                 "{1:f0}\" width=\"{0}\" height=\"{1:f0}\" "
                 "font-family=\"Helvetica, Arial, DejaVu Sans, sans-serif\" "
                 "font-size=\"13\">\n"
                 "<title>Parameters before and after growth</title>\n",
                 static_cast<int>(kWidth), y)
      << kStyle << "<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n"
      << body << "</svg>\n";
}

LogicalResult grow::printBlocksAsSVG(ModuleOp module,
                                     ArrayRef<std::string> names,
                                     raw_ostream &os) {
  FailureOr<SmallVector<ParamOp>> params = selectParams(module, names);
  if (failed(params))
    return failure();
  llvm::StringMap<const ParamRole *> roles = getRoles(module);
  Drawing drawing;
  for (ParamOp param : *params)
    drawing.addPicture(getPicture(param, roles.lookup(param.getSymName())));
  drawing.print(os);
  return success();
}
