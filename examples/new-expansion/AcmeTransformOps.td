//===- AcmeTransformOps.td - The expansion in scripts ------*- tablegen -*-===//
//
// The expansion as an op of transform scripts: `transform.acme.split_units`.
//
//===----------------------------------------------------------------------===//

include "Acme.td"
include "grow/TransformOps/ExpansionTransformOpBase.td"

def Acme_TransformSplitUnitsOp
    : ExpansionTransformOp<Acme_SplitUnitsOp, /*example=*/"one_in 4", /*amount=*/"parts"> {
  let cppNamespace = "::acme";
}
