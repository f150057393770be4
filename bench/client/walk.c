/* How far away memory is, at this hour: a walk from place to place, in no order that a processor could guess.
 *
 *   walk              prints {"near": NS, "far": NS}, nanoseconds a step: through 256 KB, and through 8 MB.
 *
 * The small walk fits into what a core has to itself. The large one fits into the cache that all of a processor's cores
 * share, on a hired machine with strangers: where they fill it, each step goes to memory.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LINE 64
#define STEPS 2000000

typedef struct place {
    struct place *next;
    char rest[LINE - sizeof(void *)];
} place;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

/* One ring through all of them, by Sattolo's shuffle. */
static place *ring(size_t bytes) {
    size_t count = bytes / LINE;
    place *places = aligned_alloc(LINE, bytes);
    size_t *order = malloc(count * sizeof *order);
    if (!places || !order) exit(1);
    for (size_t i = 0; i < count; i++) order[i] = i;
    for (size_t i = count - 1; i > 0; i--) {
        size_t other = (size_t)rand() % i, kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    for (size_t i = 0; i < count; i++) places[order[i]].next = &places[order[(i + 1) % count]];
    free(order);
    return places;
}

static double step(size_t bytes) {
    place *here = ring(bytes);
    for (size_t i = 0; i < bytes / LINE; i++) here = here->next;
    double begun = now();
    for (size_t i = 0; i < STEPS; i++) here = here->next;
    double took = (now() - begun) / STEPS;
    return here ? took : 0; /* so that nothing is left out as unused */
}

int main(void) {
    double near = step(256 * 1024), far = step(8 * 1024 * 1024);
    printf("{\"near\": %.1f, \"far\": %.1f}\n", near, far);
    return 0;
}
