//===- Run.cpp - grow run: what a model says ------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileOutputBuffer.h"

using namespace llvm;
using namespace grow;

static ExitCode run();

Command runCommand("run", "Let a checkpoint continue a prompt",
                   R"(EXAMPLES:

  grow run gpt2 --ids 464,3290 --new-tokens 20
      Appends the most likely token, twenty times.
  grow run gpt2 --ids "1,2,3;4,5,6" --logits out.safetensors
      Writes the logits of all tokens, as tensor `logits`.
  grow run models/tiny-gpt2 --text "free software" --new-tokens 80
      For models whose tokens are bytes.
)",
                   run);

static cl::opt<std::string> path(cl::Positional, cl::Required,
                                 cl::desc("<checkpoint directory>"),
                                 cl::sub(runCommand), cl::cat(growCategory));
static cl::opt<std::string> ids("ids", cl::desc("Tokens of the prompts"),
                                cl::value_desc("1,2,3;4,5,6"),
                                cl::sub(runCommand), cl::cat(growCategory));
static cl::opt<std::string>
    text("text", cl::desc("Prompt, for a vocabulary of the 256 bytes"),
         cl::sub(runCommand), cl::cat(growCategory));
static cl::opt<int64_t>
    newTokens("new-tokens", cl::desc("Tokens to append (32; 0 with --logits)"),
              cl::value_desc("N"), cl::init(32), cl::sub(runCommand),
              cl::cat(growCategory));
static cl::opt<std::string>
    logitsFile("logits", cl::desc("Write the prompts' logits to this file"),
               cl::value_desc("file.safetensors"), cl::sub(runCommand),
               cl::cat(growCategory));

static std::optional<std::string> findMisuse() {
  if (isIR(path))
    return "IR has no weights: expected a checkpoint directory";
  if (ids.empty() == text.empty())
    return "expected a prompt: either --ids or --text";
  if (newTokens < 0)
    return "--new-tokens must not be negative";
  return std::nullopt;
}

static int64_t getNewTokens() {
  bool defaultsToNone = !logitsFile.empty() && !newTokens.getNumOccurrences();
  return defaultsToNone ? 0 : newTokens.getValue();
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

static constexpr int64_t byteVocabulary = 256;

/// The bytes of --text as tokens.
static Expected<TokenBatch> getTextTokens(int64_t vocabulary) {
  if (vocabulary != byteVocabulary)
    return createStringError(
        formatv("--text is for vocabularies of {0} bytes, but this model has "
                "{1} tokens: use --ids",
                byteVocabulary, vocabulary));
  TokenBatch tokens;
  for (unsigned char byte : text)
    tokens.ids.push_back(byte);
  tokens.batch = 1;
  tokens.sequence = tokens.ids.size();
  return tokens;
}

static int64_t getMostLikely(const HostTensor &logits, int64_t row,
                             int64_t position) {
  ArrayRef<int64_t> shape = logits.getType().getShape();
  int64_t begin = (row * shape[1] + position) * shape[2];
  int64_t best = 0;
  for (int64_t id = 1; id < shape[2]; ++id)
    if (logits.at(begin + id) > logits.at(begin + best))
      best = id;
  return best;
}

static TokenBatch append(const TokenBatch &tokens, const HostTensor &logits) {
  TokenBatch longer;
  longer.batch = tokens.batch;
  longer.sequence = tokens.sequence + 1;
  for (int64_t row = 0; row < tokens.batch; ++row) {
    append_range(longer.ids, tokens.getRow(row));
    longer.ids.push_back(getMostLikely(logits, row, tokens.sequence - 1));
  }
  return longer;
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

/// Writes a safetensors file with the tensor `logits`, all at once or not at
/// all.
static Error writeLogits(const HostTensor &logits) {
  ArrayRef<char> bytes = logits.getBytes();
  json::Object tensor{
      {"dtype", stringifyDType(getDType(logits.getType().getElementType()))},
      {"shape", json::Array(logits.getType().getShape())},
      {"data_offsets", json::Array{0, static_cast<int64_t>(bytes.size())}}};
  std::string header =
      formatv("{0}", json::Value(json::Object{{"logits", std::move(tensor)}}));
  header.resize(alignTo(header.size(), sizeof(uint64_t)), ' ');
  auto file = FileOutputBuffer::create(
      logitsFile, sizeof(uint64_t) + header.size() + bytes.size());
  if (!file)
    return createFileError(logitsFile, file.takeError());
  uint8_t *position = (*file)->getBufferStart();
  support::endian::write64le(position, header.size());
  position = llvm::copy(header, position + sizeof(uint64_t));
  llvm::copy(bytes, position);
  if (Error error = (*file)->commit())
    return createFileError(logitsFile, std::move(error));
  return Error::success();
}

static std::string toText(ArrayRef<int64_t> tokens) {
  return std::string(tokens.begin(), tokens.end());
}

static void reportJSON(const TokenBatch &tokens,
                       const CompileStatistics &statistics) {
  json::Array rows;
  for (int64_t row = 0; row < tokens.batch; ++row)
    rows.push_back(json::Array(tokens.getRow(row)));
  json::Object object{{"ids", std::move(rows)},
                      {"compilation", toJSON(statistics)}};
  if (!text.empty())
    object["text"] = json::fixUTF8(toText(tokens.ids));
  if (!logitsFile.empty())
    object["logits"] = logitsFile.getValue();
  printJSON(std::move(object));
}

static void report(const TokenBatch &tokens,
                   const CompileStatistics &statistics) {
  if (isJSON())
    return reportJSON(tokens, statistics);
  if (getNewTokens() == 0)
    return;
  if (!text.empty()) {
    outs() << toText(tokens.ids) << '\n';
    return;
  }
  for (int64_t row = 0; row < tokens.batch; ++row) {
    interleave(tokens.getRow(row), outs(), ",");
    outs() << '\n';
  }
}

//===----------------------------------------------------------------------===//
// Command
//===----------------------------------------------------------------------===//

/// Runs the prompt and appends the most likely tokens.
static Expected<TokenBatch> generate(const CompiledModel &model,
                                     TokenBatch tokens) {
  Expected<HostTensor> logits = model.run(tokens);
  if (!logits)
    return logits.takeError();
  if (!logitsFile.empty())
    if (Error error = writeLogits(*logits))
      return error;
  for (int64_t left = getNewTokens(); left > 0; --left) {
    tokens = append(tokens, *logits);
    if (left == 1)
      break;
    logits = model.run(tokens);
    if (!logits)
      return logits.takeError();
  }
  return tokens;
}

/// The prompt, --text if there is one. Fails unless the model accepts it, which
/// is known before it is compiled.
static Expected<TokenBatch> getPrompt(const ModelLimits &model,
                                      TokenBatch given) {
  auto prompt = text.empty() ? Expected<TokenBatch>(std::move(given))
                             : getTextTokens(model.vocabulary);
  if (!prompt)
    return prompt;
  if (Error error = model.check(*prompt))
    return error;
  return prompt;
}

static ExitCode run() {
  if (std::optional<std::string> misuse = findMisuse())
    return failUsage(*misuse);
  Expected<TokenBatch> prompt = ids.empty() ? TokenBatch() : parseTokens(ids);
  if (!prompt)
    return failUsage(prompt.takeError());
  Host host;
  auto loaded =
      LoadedModel::loadForRun(host, path, host.getType(getComputeType()));
  if (failed(loaded))
    return ExitCode::Failure;
  prompt = getPrompt(loaded->limits, std::move(*prompt));
  if (!prompt)
    return fail(prompt.takeError());
  CheckpointSource parameters(*loaded->dir);
  auto model = RunnableModel::compile(*loaded, parameters);
  if (failed(model))
    return ExitCode::Failure;
  auto tokens = generate(model->compiled, std::move(*prompt));
  if (!tokens)
    return fail(tokens.takeError());
  report(*tokens, model->compiled.getStatistics());
  return ExitCode::Success;
}
