#include "ModelLowering.h"
#include "grow/Conversion/Passes.h"

using namespace grow;

void grow::populateModelToLinalgPatterns(mlir::RewritePatternSet &patterns) {
  populateAttentionPatterns(patterns);
  populateEmbeddingPatterns(patterns);
  populateNormPatterns(patterns);
  populateProjectionPatterns(patterns);
}
