/* Many short times, in microseconds, told as a few. */
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double quantile(uint32_t *sorted, size_t count, double p) {
    return count ? sorted[(size_t)((count - 1) * p)] / 1000.0 : 0;
}

static void print_times(const char *name, uint32_t *times, size_t count) {
    qsort(times, count, sizeof *times, ascending);
    printf("\"%s_p50_ms\":%.3f,\"%s_p99_ms\":%.3f,\"%s_max_ms\":%.3f,", name, quantile(times, count, .5), name,
           quantile(times, count, .99), name, quantile(times, count, 1));
}
