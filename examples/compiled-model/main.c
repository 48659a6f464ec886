/* Prints the logits of a model that `grow compile` has made a library of: a line
   for each token.

     grow compile models/tiny-gpt2 -o tiny
     cc main.c -Itiny -Ltiny -ltiny_gpt2 -Wl,-rpath,$PWD/tiny -o main
     ./main models/tiny-gpt2 84 104 101 */

#include "tiny_gpt2.h"

#include <stdio.h>
#include <stdlib.h>

/* Says what the model says of the last error. */
static int fail(void) {
  fprintf(stderr, "error: %s\n", tiny_gpt2_error());
  return 1;
}

static void print(const float *logits, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    printf("%s%.9g", i ? " " : "", logits[i]);
  printf("\n");
}

static int run(const tiny_gpt2_model *model, const int64_t *ids, int64_t count) {
  int64_t vocabulary = tiny_gpt2_vocabulary();
  float *logits = malloc(count * vocabulary * sizeof(float));
  if (!logits) {
    perror("malloc");
    return 1;
  }
  int failed = tiny_gpt2_forward(model, ids, /*batch=*/1, count, logits);
  if (failed)
    fail();
  else
    for (int64_t token = 0; token < count; ++token)
      print(logits + token * vocabulary, vocabulary);
  free(logits);
  return failed;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s CHECKPOINT TOKEN...\n", argv[0]);
    return 2;
  }
  int64_t count = argc - 2;
  int64_t *ids = malloc(count * sizeof(int64_t));
  if (!ids) {
    perror("malloc");
    return 1;
  }
  for (int64_t i = 0; i < count; ++i)
    ids[i] = strtoll(argv[i + 2], NULL, 10);

  tiny_gpt2_model *model;
  int failed = tiny_gpt2_open(argv[1], &model);
  if (failed)
    fail();
  else
    failed = run(model, ids, count);
  tiny_gpt2_close(model);
  free(ids);
  return failed;
}
