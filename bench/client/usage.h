/* What processes have used so far, as the kernel counts it: seconds of CPU, and memory in KB. */
#pragma once
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define MAX_PROCESSES 16

typedef struct {
    int pid[MAX_PROCESSES];
    int count;
} processes;

typedef struct {
    double cpu;
    long kilobytes;
} usage;

static long resident_kilobytes(int pid) {
    char path[64];
    long total, resident = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    if (fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static usage usage_of(const processes *some) {
    usage sum = {0, 0};
    for (int i = 0; i < some->count; i++) {
        clockid_t clock;
        struct timespec spent;
        if (clock_getcpuclockid(some->pid[i], &clock) || clock_gettime(clock, &spent)) continue;
        sum.cpu += spent.tv_sec + spent.tv_nsec / 1e9;
        sum.kilobytes += resident_kilobytes(some->pid[i]);
    }
    return sum;
}
