/* Many connections to one server: opened so many at a time, and read as their frames come, by one thread.
 * Whoever includes this says in `hear` what a text frame means.
 */
#pragma once
#include "options.h"
#include "websocket.h"
#include <sys/epoll.h>
#include <sys/resource.h>

#define QUIET_NS 20000000000ull

static int epoll;
static connection *all;
static int opened, refused, dead, answered;
static uint32_t *handshakes, *answers; /* microseconds */
static size_t handshake_count, answer_count;

static void hear(int i, const frame *f, uint64_t t);

#define HTML_DIALECT "Sec-WebSocket-Protocol: chat.html.v1\r\n"
#define JSON_DIALECT "Sec-WebSocket-Protocol: chat.json.v1\r\n"

/* With both dialects, every second viewer of a room. */
static bool is_html(int i) { return !strcmp(dialects, "html") || (!strcmp(dialects, "both") && i / rooms % 2); }

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static uint32_t microseconds_since(uint64_t then, uint64_t t) { return t > then ? (t - then) / 1000 : 0; }

static void watch(int i, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.u32 = i};
    epoll_ctl(epoll, operation, all[i].fd, &event);
}

static void lose(int i) {
    if (all[i].state == DEAD) return;
    if (all[i].state == OPEN) dead++;
    else refused++;
    all[i].state = DEAD;
    close(all[i].fd);
}

static void begin(int i) {
    all[i].begun_at = now();
    all[i].state = CONNECTING;
    if ((all[i].fd = dial(port)) < 0) die("connect");
    watch(i, EPOLLOUT, EPOLL_CTL_ADD);
}

static void shake_hands(int i) {
    char headers[4096], where[256];
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(all[i].fd, SOL_SOCKET, SO_ERROR, &error, &length);
    snprintf(headers, sizeof headers, "%s%s%s%s", common, line_count ? lines[i % line_count] : "",
             line_count ? "\r\n" : "", dialects ? is_html(i) ? HTML_DIALECT : JSON_DIALECT : "");
    snprintf(where, sizeof where, path, i % rooms); /* with one %d, or without */
    if (error || !send_handshake(all[i].fd, port, where, headers)) {
        lose(i);
        return;
    }
    all[i].state = HANDSHAKE;
    watch(i, EPOLLIN, EPOLL_CTL_MOD);
}

static void say(int i, const char *text, size_t length) {
    if (all[i].state == OPEN && !send_frame(all[i].fd, TEXT, text, length)) lose(i);
}

/* Opening may be more than the handshake: then it ends with the frame that -A names. */
static void note_awaited(int i, const frame *f, uint64_t t) {
    if (!awaited || all[i].answered || f->length < strlen(awaited) || memcmp(f->payload, awaited, strlen(awaited)))
        return;
    all[i].answered = 1;
    answered++;
    answers[answer_count++] = microseconds_since(all[i].begun_at, t);
}

static void take_frames(int i, uint64_t t) {
    connection *c = &all[i];
    size_t used = 0;
    frame f;
    while (c->state == OPEN && take_frame(c->in + used, c->length - used, &f)) {
        if (f.opcode == TEXT) hear(i, &f, t);
        if (f.opcode == PING) send_frame(c->fd, PONG, (const char *)f.payload, f.length);
        if (f.opcode == CLOSE) lose(i);
        used += f.whole;
    }
    drop(c, used);
}

static void finish_handshake(int i, uint64_t t) {
    connection *c = &all[i];
    ssize_t length = handshake_answer(c);
    if (length < 0) {
        if (!refused) fprintf(stderr, "refused: %.*s\n", (int)(c->length > 200 ? 200 : c->length), c->in);
        lose(i);
    } else if (length) {
        drop(c, length);
        c->state = OPEN;
        opened++;
        handshakes[handshake_count++] = microseconds_since(c->begun_at, t);
        if (opening) say(i, opening, strlen(opening));
    }
}

static void read_all(int i) {
    for (int more = 1; more > 0 && all[i].state != DEAD;) {
        more = fill(&all[i]);
        uint64_t t = now();
        if (all[i].state == HANDSHAKE) finish_handshake(i, t);
        if (all[i].state == OPEN) take_frames(i, t);
        if (more < 0) lose(i);
    }
}

static void turn(int milliseconds) {
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, 256, milliseconds);
    for (int k = 0; k < count; k++) {
        int i = events[k].data.u32;
        if (all[i].state == CONNECTING) shake_hands(i);
        else if (all[i].state != DEAD) read_all(i);
    }
}

static void turn_for(double seconds) {
    for (uint64_t end = now() + seconds * 1e9; now() < end;) turn(5);
}

/* Open them all: `at_once` at a time, or until nothing has come for QUIET_NS. */
static void connect_all(void) {
    int begun = 0, before = -1;
    uint64_t progress = now();
    while (now() - progress < QUIET_NS) {
        int ready = awaited ? answered : opened;
        if (ready + refused + dead >= N) return;
        while (begun < N && begun - ready - refused - dead < at_once) begin(begun++);
        if (ready != before) before = ready, progress = now();
        turn(20);
    }
}

static void open_pool(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    all = calloc(N, sizeof *all);
    handshakes = calloc(N, sizeof *handshakes);
    answers = calloc(N, sizeof *answers);
    if ((epoll = epoll_create1(0)) < 0) die("epoll");
}
