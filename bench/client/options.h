/* What wsload and wswatch were asked to do: the letters are explained at their heads. */
#pragma once
#include "usage.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int N = 100, M = 200, warm_up = 20, window = 1, posters = 1, size = 600, port, at_once = 50, rooms = 1, each = 1;
static double rate, idle = 1, patience = 10;
static const char *path = "/", *template = "@MSG@", *opening, *awaited, *dialects;
static char *common = "", **lines;
static int line_count;
static processes server, beside;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void add_header(const char *line) {
    if (asprintf(&common, "%s%s\r\n", common, line) < 0) exit(1);
}

static void read_lines(const char *name) {
    char line[4096];
    FILE *file = fopen(name, "r");
    if (!file) die(name);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        lines = realloc(lines, sizeof *lines * (line_count + 1));
        lines[line_count++] = strdup(line);
    }
    fclose(file);
}

static bool take_option(int option) {
    switch (option) {
        case 'p': port = atoi(optarg); return true;
        case 'P': path = optarg; return true;
        case 'n': N = atoi(optarg); return true;
        case 'm': M = atoi(optarg); return true;
        case 'u': warm_up = atoi(optarg); return true;
        case 'w': window = atoi(optarg); return true;
        case 'r': rate = atof(optarg); return true;
        case 'k': posters = atoi(optarg); return true;
        case 's': size = atoi(optarg); return true;
        case 'T': template = optarg; return true;
        case 'F': read_lines(optarg); return true;
        case 'H': add_header(optarg); return true;
        case 'c': at_once = atoi(optarg); return true;
        case 'O': opening = optarg; return true;
        case 'A': awaited = optarg; return true;
        case 'i': idle = atof(optarg); return true;
        case 'g': server.pid[server.count++] = atoi(optarg); return server.count < MAX_PROCESSES;
        case 'G': beside.pid[beside.count++] = atoi(optarg); return beside.count < MAX_PROCESSES;
        case 'R': rooms = atoi(optarg); return rooms > 0;
        case 'e': each = atoi(optarg); return each > 0;
        case 'd': dialects = optarg; return true;
        case 't': patience = atof(optarg); return true;
        default: return false;
    }
}
