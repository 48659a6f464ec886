//===- TileContractions.cpp - Blocks of contractions and norms ------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A group is a root and the ops that are computed block by block together with
// it: a contraction and what is elementwise after it, or an elementwise op and
// the reductions of the rows that it reads. Groups are found from their last op
// backwards; upstream's tile-and-fuse does the rest.
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "../Utils/Contraction.h"
#include "RegisterTile.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Threading.h"

namespace grow {
#define GEN_PASS_DEF_CPUTILECONTRACTIONSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

namespace {

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

bool isElementwiseGeneric(linalg::LinalgOp op) {
  return isa<linalg::GenericOp>(op) && op.getNumReductionLoops() == 0 &&
         op->getNumResults() == 1 &&
         op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity();
}

/// A reduction that is not a contraction: of the squares of a row, say.
bool isRowReduction(linalg::LinalgOp op) {
  return isa<linalg::GenericOp>(op) && op.getNumReductionLoops() > 0 &&
         op->getNumResults() == 1 && !isContraction(op);
}

class Group {
public:
  explicit Group(linalg::LinalgOp root) : root(root) {
    ops.insert(root);
    if (isElementwiseGeneric(root))
      for (bool changed = true; changed;) {
        size_t before = ops.size();
        for (size_t i = 0; i < ops.size(); ++i)
          addProducers(cast<linalg::LinalgOp>(ops[i]));
        changed = ops.size() > before;
      }
  }

  linalg::LinalgOp getRoot() const { return root; }
  ArrayRef<Operation *> getOps() const { return ops.getArrayRef(); }
  bool contains(Operation *op) const { return ops.contains(op); }

  /// The contractions of the group, none if it is a norm.
  SmallVector<linalg::LinalgOp> getContractions() const {
    SmallVector<linalg::LinalgOp> result;
    for (Operation *op : ops)
      if (isContraction(cast<linalg::LinalgOp>(op)))
        result.push_back(cast<linalg::LinalgOp>(op));
    return result;
  }
  bool hasRowReduction() const {
    return llvm::any_of(ops, [](Operation *op) {
      return isRowReduction(cast<linalg::LinalgOp>(op));
    });
  }

private:
  /// Adds the producers of what `consumer` reads, if a block of it needs only
  /// the same block of theirs.
  void addProducers(linalg::LinalgOp consumer) {
    if (isContraction(consumer))
      return;
    for (OpOperand *input : consumer.getDpsInputOperands()) {
      auto producer = input->get().getDefiningOp<linalg::LinalgOp>();
      if (!producer || contains(producer) ||
          producer->getBlock() != root->getBlock() || !areUsersInside(producer))
        continue;
      bool isSame = consumer.getMatchingIndexingMap(input).isIdentity() &&
                    !elsewhere.contains(consumer);
      if (!canJoin(producer, isSame))
        continue;
      ops.insert(producer);
      if (!isSame)
        elsewhere.insert(producer);
    }
  }

  bool areUsersInside(Operation *producer) const {
    return llvm::all_of(producer->getUsers(),
                        [&](Operation *user) { return contains(user); });
  }

  /// `isSame`: whether a block of the root is the same block of the producer's
  /// result. Contractions and reductions of rows do not go together: they want
  /// blocks of another form.
  bool canJoin(linalg::LinalgOp producer, bool isSame) const {
    if (isContraction(producer))
      return isSame && !hasRowReduction();
    if (isRowReduction(producer))
      return getContractions().empty();
    if (!isElementwiseGeneric(producer))
      return false;
    return isSame || getContractions().empty();
  }

  linalg::LinalgOp root;
  llvm::SetVector<Operation *> ops;
  /// Those of which the root reads other blocks than its own, or all.
  DenseSet<Operation *> elsewhere;
};

//===----------------------------------------------------------------------===//
// Sizes of blocks
//===----------------------------------------------------------------------===//

struct BlockSizes {
  int64_t rows, columns, columnBlocks, normRows, panel;
};

/// At least `blocks` blocks of whole panels, of at most `most` columns.
int64_t getColumnBlock(int64_t columns, const BlockSizes &sizes) {
  int64_t most = llvm::alignDown(sizes.columns, sizes.panel);
  if (ShapedType::isDynamic(columns))
    return most;
  int64_t even = llvm::divideCeil(columns, sizes.columnBlocks);
  return std::clamp<int64_t>(llvm::alignTo(even, sizes.panel), sizes.panel,
                             std::max(most, sizes.panel));
}

/// Tiles of a contraction's result: rows and columns are cut into blocks, other
/// loops into single iterations.
SmallVector<int64_t> getContractionTiles(linalg::LinalgOp contraction,
                                         const BlockSizes &sizes) {
  ContractionLoops loops = *matchContractionLoops(contraction);
  SmallVector<int64_t> ranges = contraction.getStaticLoopRanges();
  SmallVector<int64_t> tiles(ranges.size(), 1);
  for (unsigned loop : loops.depth)
    tiles[loop] = 0;
  if (loops.row)
    tiles[*loops.row] = sizes.rows;
  tiles[loops.column] = getColumnBlock(ranges[loops.column], sizes);
  return tiles;
}

/// The tiles of the root's loops, which are the contraction's result's.
SmallVector<int64_t> getTiles(const Group &group, const BlockSizes &sizes) {
  SmallVector<linalg::LinalgOp> contractions = group.getContractions();
  if (contractions.empty()) {
    // The reductions need whole rows.
    SmallVector<int64_t> tiles(group.getRoot().getNumLoops(), 1);
    tiles.back() = 0;
    if (tiles.size() > 1)
      tiles[tiles.size() - 2] = sizes.normRows;
    return tiles;
  }
  linalg::LinalgOp contraction = contractions.front();
  SmallVector<int64_t> tiles = getContractionTiles(contraction, sizes);
  if (contraction == group.getRoot())
    return tiles;
  AffineMap map =
      contraction.getMatchingIndexingMap(contraction.getDpsInitOperand(0));
  SmallVector<int64_t> rootTiles;
  for (unsigned dim = 0; dim < map.getNumResults(); ++dim)
    rootTiles.push_back(tiles[map.getDimPosition(dim)]);
  return rootTiles;
}

/// Whether cutting would leave a single block.
bool isOneBlock(linalg::LinalgOp root, ArrayRef<int64_t> tiles) {
  return llvm::all_of(
      llvm::zip_equal(root.getStaticLoopRanges(), tiles), [](auto pair) {
        auto [range, tile] = pair;
        return tile == 0 || (ShapedType::isStatic(range) && range <= tile);
      });
}

//===----------------------------------------------------------------------===//
// Buffers of blocks
//===----------------------------------------------------------------------===//

/// Makes an elementwise op overwrite what it reads, `ins(%x) outs(%y)` to
/// `outs(%x)`: then a contraction's block is accumulated where the result of
/// its epilogue goes.
struct OverwriteInput : public OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getNumDpsInits() != 1 || op.getNumReductionLoops() > 0)
      return failure();
    OpOperand *init = op.getDpsInitOperand(0);
    BlockArgument initEntry = op.getMatchingBlockArgument(init);
    // Only a buffer that nothing has been written to may be left.
    if (!initEntry.use_empty())
      return failure();
    for (OpOperand *input : op.getDpsInputOperands()) {
      auto producer = input->get().getDefiningOp<linalg::LinalgOp>();
      if (!producer || !producer->hasOneUse() ||
          input->get().getType() != init->get().getType() ||
          op.getMatchingIndexingMap(input) != op.getMatchingIndexingMap(init))
        continue;
      rewriter.modifyOpInPlace(op, [&] {
        rewriter.replaceAllUsesWith(op.getMatchingBlockArgument(input),
                                    initEntry);
        init->set(input->get());
      });
      return success(); // the input is unused now, which another pattern sees
    }
    return failure();
  }
};

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

struct TileContractions
    : public grow::impl::CPUTileContractionsPassBase<TileContractions> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(checkVectorBits(getOperation(), vectorBits)) ||
        failed(checkPositive(getOperation(),
                             {{blockRows.getArgStr(), blockRows},
                              {blockColumns.getArgStr(), blockColumns},
                              {normRows.getArgStr(), normRows}})))
      return signalPassFailure();
    SmallVector<Group> groups;
    getOperation()->walk<WalkOrder::PreOrder>([&](Block *block) {
      if (!isInsideLoop(block))
        findGroups(*block, groups);
    });
    IRRewriter rewriter(&getContext());
    int64_t cut = 0;
    for (const Group &group : groups)
      cut += tile(rewriter, group);
    RewritePatternSet patterns(&getContext());
    patterns.add<OverwriteInput>(&getContext());
    tensor::populateFoldTensorEmptyPatterns(patterns);
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    scf::ForallOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    reportCount(getOperation(), getName(), cut, "groups",
                "of ops cut into blocks");
  }

  int64_t getThreads() const {
    return threads ? int64_t(threads)
                   : llvm::hardware_concurrency().compute_thread_count();
  }

  static bool isInsideLoop(Block *block) {
    Operation *parent = block->getParentOp();
    return !isa<func::FuncOp>(parent);
  }

  static void findGroups(Block &block, SmallVectorImpl<Group> &groups) {
    DenseSet<Operation *> taken;
    for (Operation &op : llvm::reverse(block)) {
      auto root = dyn_cast<linalg::LinalgOp>(op);
      if (!root || !root.hasPureTensorSemantics() || taken.contains(root) ||
          !(isElementwiseGeneric(root) || isContraction(root)))
        continue;
      Group group(root);
      if (group.getContractions().empty() && !group.hasRowReduction())
        continue; // a loop over elements: fused and split later
      taken.insert(group.getOps().begin(), group.getOps().end());
      groups.push_back(std::move(group));
    }
  }

  /// The columns of a panel of the group's contractions; norms have none.
  int64_t getPanel(const Group &group) const {
    SmallVector<linalg::LinalgOp> contractions = group.getContractions();
    if (contractions.empty())
      return 1;
    Type sum = getElementTypeOrSelf(contractions.front()->getResult(0));
    return getRegisterTile(sum, vectorBits).getColumns();
  }

  /// Whether the group is more than one block.
  bool tile(RewriterBase &rewriter, const Group &group) {
    linalg::LinalgOp root = group.getRoot();
    BlockSizes sizes{blockRows, blockColumns, 4 * getThreads(), normRows,
                     getPanel(group)};
    SmallVector<int64_t> tiles = getTiles(group, sizes);
    if (isOneBlock(root, tiles))
      return false;
    SmallVector<OpFoldResult> tileSizes;
    for (int64_t tile : tiles)
      tileSizes.push_back(rewriter.getIndexAttr(tile));
    scf::SCFTileAndFuseOptions options;
    options.tilingOptions.setTileSizes(tileSizes).setLoopType(
        scf::SCFTilingOptions::LoopType::ForallOp);
    options.setFusionControlFn(
        [&](tensor::ExtractSliceOp, OpResult producer, bool)
            -> std::optional<scf::SCFTileAndFuseOptions::ControlFnResult> {
          bool fuses = group.contains(producer.getOwner()) ||
                       isa<linalg::FillOp>(producer.getOwner());
          if (!fuses)
            return std::nullopt;
          return scf::SCFTileAndFuseOptions::ControlFnResult{};
        });
    rewriter.setInsertionPoint(root);
    auto tiled = scf::tileConsumerAndFuseProducersUsingSCF(
        rewriter, cast<TilingInterface>(root.getOperation()), options);
    if (failed(tiled))
      return false;
    for (OpResult result : root->getResults())
      rewriter.replaceAllUsesWith(result, tiled->replacements[result]);
    for (Operation *op : group.getOps())
      if (op->use_empty())
        rewriter.eraseOp(op);
    return true;
  }
};

} // namespace
