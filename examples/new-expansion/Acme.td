//===- Acme.td - Expansions of another project -------------*- tablegen -*-===//
//
// An expansion is an op that may stand in a `grow.schedule` and implements
// `ExpansionOpInterface`.
//
//===----------------------------------------------------------------------===//

include "grow/Expansion/ExpansionInterfaces.td"

def Acme_Dialect : Dialect {
  let name = "acme";
  let cppNamespace = "::acme";
}

def Acme_SplitUnitsOp : Op<Acme_Dialect, "split_units", [
    HasParent<"::grow::ScheduleOp">,
    DeclareOpInterfaceMethods<ExpansionOpInterface>]> {
  let summary = "copy every unit of every MLP";
  let description = [{
    Doubles the width of each MLP, in the manner of Net2Net (arXiv:1511.05641):
    each unit gets a copy, which reads the same and takes over one part in
    `parts` of what the unit wrote. The function stays the same in real
    arithmetic. Of two units with equal shares each would remain a copy of the
    other forever; with different ones their gradients differ.

    Example: `acme.split_units one_in 4`
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntMinValue<3>]>:$parts);
  let assemblyFormat = "`one_in` $parts attr-dict";
}
