//===- Capabilities.cpp - Which sizes a configuration can hold ------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Capabilities.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace grow;

/// More sizes than this never have to grow together, beyond those asked for.
static constexpr unsigned maxCompanions = 3;
/// How far beyond a size that was asked for another one is proposed.
static constexpr int64_t maxDistance = 1024;

Capabilities::Capabilities(const ModelConfig &config)
    : config(config), arch(config.getArchitecture()) {
  for (const auto &[name, block] : arch.blocks)
    for (const ParamRole &role : getRoles(block.kind))
      for (Axis axis : role.axes)
        axes.insert(getSizeName(axis));
}

//===----------------------------------------------------------------------===//
// Whether sizes fit
//===----------------------------------------------------------------------===//

/// All sizes: those wanted, those that follow from them as the axes of a model,
/// and those of the source.
SizeMap Capabilities::complete(const SizeMap &wanted) const {
  SizeMap sizes = config.getSizes();
  for (const auto &entry : wanted)
    sizes[entry.getKey()] = entry.getValue();
  completeInPlace(sizes);
  return sizes;
}

void Capabilities::completeInPlace(SizeMap &sizes) const {
  for (const SizeSpec &size : arch.sizes) {
    bool isHelper = size.value && !axes.contains(size.name);
    if (size.inverse || isHelper)
      if (std::optional<int64_t> value =
              evaluate(isHelper ? *size.value : *size.inverse, sizes))
        sizes[size.name] = *value;
  }
}

bool Capabilities::isAskedFor(StringRef size, const SizeMap &wanted) const {
  auto it = wanted.find(size);
  return it != wanted.end() && it->second != config.getSize(size);
}

/// The first relation that does not hold, in the order of the architecture.
std::optional<Capabilities::Misfit>
Capabilities::findMisfit(const SizeMap &sizes) const {
  for (const SizeSpec &size : arch.sizes)
    if (sizes.lookup(size.name) >= maxSize)
      return Misfit{nullptr, size.name};
  for (const SizeSpec &size : arch.sizes)
    if (size.key.empty() &&
        evaluate(*size.value, sizes) != sizes.lookup(size.name))
      return Misfit{&*size.value, size.name};
  // A source that breaks a rule of newer frameworks may go on breaking it.
  for (const Expression &constraint : arch.constraints)
    if (!evaluate(constraint, sizes) && evaluate(constraint, config.getSizes()))
      return Misfit{&constraint, ""};
  return std::nullopt;
}

/// The sizes in an expression that have a key.
static void collectNames(const Architecture &arch, const Expression &expression,
                         llvm::SetVector<StringRef> &names) {
  for (StringRef name : expression.getNames()) {
    const SizeSpec *size = arch.findSize(name);
    if (size->key.empty())
      collectNames(arch, *size->value, names);
    else
      names.insert(size->name);
  }
}

std::optional<std::string>
Capabilities::explainMisfit(const SizeMap &wanted) const {
  SizeMap sizes = complete(wanted);
  std::optional<Misfit> misfit = findMisfit(sizes);
  if (!misfit)
    return std::nullopt;
  if (!misfit->expression) {
    StringRef key = arch.findSize(misfit->size)->key;
    return llvm::formatv("'{0}' has to be below {1}",
                         key.empty() ? StringRef(misfit->size) : key, maxSize);
  }
  llvm::SetVector<StringRef> names;
  collectNames(arch, *misfit->expression, names);
  Sizes values;
  for (StringRef name : names)
    values[name.str()] = sizes.lookup(name);
  std::string formula = printExpression(*misfit->expression);
  std::string given = " for " + describe(values);
  std::optional<int64_t> value = evaluate(*misfit->expression, sizes);
  if (misfit->size.empty())
    return llvm::formatv("'{0}' has to be a whole number, which it is not{1}",
                         formula, given);
  if (values.empty())
    return llvm::formatv("its size '{0}' is always {1}, but the grown model "
                         "has {2}",
                         misfit->size, formula, sizes.lookup(misfit->size));
  return llvm::formatv(
      "its size '{0}' is '{1}', {2}{3}, but the grown model has {4}",
      misfit->size, formula,
      value ? std::to_string(*value) : std::string("no whole number"), given,
      sizes.lookup(misfit->size));
}

//===----------------------------------------------------------------------===//
// What else has to grow
//===----------------------------------------------------------------------===//

/// The sizes of a model that an expression grows (false) or shrinks (true)
/// with. One that follows from others, such as all heads from groups of them,
/// stands for these.
void Capabilities::collectFactors(const Expression &expression,
                                  std::map<std::string, bool> &factors) const {
  for (const Expression::Operand &factor : expression.operands) {
    if (factor.name.empty())
      continue;
    const SizeSpec *size = arch.findSize(factor.name);
    if (!size->inverse) {
      factors.emplace(factor.name, factor.shrinks());
      continue;
    }
    for (const Expression::Operand &part : size->inverse->operands)
      if (!part.name.empty())
        factors.emplace(part.name, factor.shrinks() != part.shrinks());
  }
}

std::vector<int64_t> Capabilities::findMends(const Misfit &misfit,
                                             SizeMap &sizes, StringRef factor,
                                             bool divides) const {
  // Any value that leaves no remainder is worth a try, since what the
  // expression should be may grow, too: the first few will do, and the one that
  // makes it what it is.
  std::vector<int64_t> mends;
  int64_t target = misfit.size.empty() ? 0 : sizes.lookup(misfit.size);
  int64_t current = sizes.lookup(factor);
  for (int64_t next = current + 1, end = 4 * current + 64, tries = 4;
       next != end; ++next) {
    sizes[factor] = next;
    completeInPlace(sizes);
    std::optional<int64_t> value = evaluate(*misfit.expression, sizes);
    if (!value)
      continue;
    if (*value == target || (*value > target && tries-- > 0))
      mends.push_back(next);
    bool isPast = divides ? *value < target : *value > target && tries <= 0;
    if (*value == target || isPast || (target == 0 && tries <= 0))
      break;
  }
  return mends;
}

std::vector<std::pair<std::string, int64_t>>
Capabilities::findMends(const Misfit &misfit, SizeMap sizes,
                        llvm::function_ref<bool(StringRef)> mayGrow) const {
  std::vector<std::pair<std::string, int64_t>> mends;
  std::optional<int64_t> value = evaluate(*misfit.expression, sizes);
  if (!misfit.size.empty() && mayGrow(misfit.size) && value &&
      *value > sizes.lookup(misfit.size))
    mends.emplace_back(misfit.size, *value);
  std::map<std::string, bool> factors;
  collectFactors(*misfit.expression, factors);
  for (const auto &[name, divides] : factors) {
    if (!mayGrow(name) || !axes.contains(name))
      continue;
    SizeMap changed = sizes;
    for (int64_t mend : findMends(misfit, changed, name, divides))
      mends.emplace_back(name, mend);
  }
  return mends;
}

/// How much larger a model becomes, roughly.
double Capabilities::measure(const Sizes &sizes) const {
  double result = 0;
  for (const auto &[name, value] : sizes)
    result += std::log(double(value) / double(config.getSize(name)));
  return result;
}

/// Tries all ways to make the sizes fit with `depth` more sizes, and keeps the
/// best one.
bool Capabilities::search(const SizeMap &sizes, Sizes &chosen,
                          const SizeMap &wanted, unsigned depth,
                          std::optional<Sizes> &best) const {
  std::optional<Misfit> misfit = findMisfit(sizes);
  if (!misfit) {
    if (!best || measure(chosen) < measure(*best))
      best = chosen;
    return true;
  }
  // No growth makes a size that is too large small enough.
  if (depth == 0 || !misfit->expression)
    return false;
  bool found = false;
  auto mayGrow = [&](StringRef name) {
    return !isAskedFor(name, wanted) && !chosen.count(name.str());
  };
  for (const auto &[name, value] : findMends(*misfit, sizes, mayGrow)) {
    chosen[name] = value;
    SizeMap next = sizes;
    next[name] = value;
    completeInPlace(next);
    found |= search(next, chosen, wanted, depth - 1, best);
    chosen.erase(name);
  }
  return found;
}

std::optional<Sizes> Capabilities::findCompanions(const SizeMap &wanted) const {
  std::optional<Sizes> best;
  for (unsigned depth = 0; depth <= maxCompanions && !best; ++depth) {
    Sizes chosen;
    search(complete(wanted), chosen, wanted, depth, best);
  }
  return best;
}

std::optional<Sizes> Capabilities::findNext(const SizeMap &wanted) const {
  for (int64_t step = 1; step <= maxDistance; ++step)
    for (const SizeSpec &size : arch.sizes) {
      if (!axes.contains(size.name) || !isAskedFor(size.name, wanted))
        continue;
      SizeMap larger = wanted;
      larger[size.name] += step;
      if (std::optional<Sizes> others = findCompanions(larger)) {
        (*others)[size.name] = larger[size.name];
        return others;
      }
    }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Saying it
//===----------------------------------------------------------------------===//

std::string Capabilities::describe(const Sizes &sizes) const {
  SmallVector<std::string> texts;
  for (const SizeSpec &size : arch.sizes)
    if (auto it = sizes.find(size.name); it != sizes.end())
      texts.push_back((size.key.empty() ? size.name : size.key) + " " +
                      std::to_string(it->second));
  return llvm::join(texts, ", ");
}

/// The flags of `grow apply` for these sizes, of a model with others.
static std::string getFlags(const Sizes &sizes, const SizeMap &all) {
  SmallVector<std::string> flags;
  auto add = [&](StringRef flag, int64_t value) {
    std::string text = llvm::formatv("--{0} {1}", flag, value);
    if (!llvm::is_contained(flags, text))
      flags.push_back(text);
  };
  bool areAlike = sizes.count("key") && sizes.count("value") &&
                  sizes.at("key") == sizes.at("value");
  for (const auto &[name, value] : sizes) {
    if (name == "groups" || name == "queries") {
      int64_t groups = all.lookup("groups"), queries = all.lookup("queries");
      add("heads", groups * queries);
      if (queries > 1)
        add("kv-heads", groups);
    } else if (areAlike && (name == "key" || name == "value"))
      add("head-dim", value);
    else
      add(name, value);
  }
  return llvm::join(flags, " ");
}

LogicalResult Capabilities::check(const SizeMap &wanted, Location loc) const {
  std::optional<std::string> reason = explainMisfit(wanted);
  if (!reason)
    return success();
  Sizes changed;
  for (const auto &entry : wanted)
    if (axes.contains(entry.getKey()) && isAskedFor(entry.getKey(), wanted))
      changed[entry.getKey().str()] = entry.getValue();
  InFlightDiagnostic diag = emitError(loc)
                            << "a configuration of " << arch.modelType
                            << " cannot hold a model with " << describe(changed)
                            << ": " << *reason;
  auto attach = [&](const Sizes &sizes, StringRef how) {
    SizeMap all = complete(wanted);
    for (const auto &[name, value] : sizes)
      all[name] = value;
    diag.attachNote() << "it can hold one with " << describe(sizes) << how
                      << ": " << getFlags(sizes, all);
  };
  if (std::optional<Sizes> companions = findCompanions(wanted))
    attach(*companions, ", too");
  else if (std::optional<Sizes> next = findNext(wanted))
    attach(*next, " instead");
  else
    diag.attachNote() << "no growth of other sizes makes up for it";
  return diag;
}
