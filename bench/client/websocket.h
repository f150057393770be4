/* As much of RFC 6455 as a well-behaved client needs: a handshake, masked frames out, whole frames in. */
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef unsigned char byte;

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };
enum { CONNECTING, HANDSHAKE, OPEN, DEAD };

typedef struct {
    int fd, state;
    byte *in;
    size_t length, capacity;
    uint64_t begun_at;
    byte *seen; /* one bit for each message */
    int answered;
} connection;

typedef struct {
    int opcode;
    const byte *payload;
    size_t length, whole; /* of the payload; with its header */
} frame;

/* A non-blocking connect to 127.0.0.1, and to nothing else. */
static int dial(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (fd < 0) return -1;
    setsockopt(fd, SOL_TCP, TCP_NODELAY, &one, sizeof one);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    if (connect(fd, (void *)&address, sizeof address) < 0 && errno != EINPROGRESS) return -1;
    return fd;
}

/* `headers` are whole lines, each with its end. */
static int send_handshake(int fd, int port, const char *path, const char *headers) {
    char request[8192];
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\n"
                          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                          path, port, port, headers);
    return length < (int)sizeof request && write(fd, request, length) == length;
}

/* The length of the server's answer; 0 if it is not whole yet, -1 if it is a refusal. */
static ssize_t handshake_answer(const connection *c) {
    const byte *end = memmem(c->in, c->length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (c->length < 12 || memcmp(c->in + 9, "101", 3)) return -1;
    return end + 4 - c->in;
}

static size_t put_header(byte *out, int opcode, size_t length) {
    size_t at = 0;
    out[at++] = 0x80 | opcode;
    if (length < 126) {
        out[at++] = 0x80 | length;
    } else if (length < 65536) {
        out[at++] = 0x80 | 126;
        out[at++] = length >> 8;
        out[at++] = length;
    } else {
        out[at++] = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8) out[at++] = (uint64_t)length >> shift;
    }
    return at;
}

static int send_frame(int fd, int opcode, const char *payload, size_t length) {
    static const byte mask[4] = {0x12, 0x34, 0x56, 0x78};
    byte *out = malloc(length + 14);
    size_t whole = put_header(out, opcode, length), sent = 0;
    memcpy(out + whole, mask, 4);
    whole += 4;
    for (size_t i = 0; i < length; i++) out[whole++] = payload[i] ^ mask[i & 3];
    while (sent < whole) {
        ssize_t some = send(fd, out + sent, whole - sent, MSG_NOSIGNAL);
        if (some < 0 && errno != EAGAIN) break;
        if (some < 0) usleep(200);
        else sent += some;
    }
    free(out);
    return sent == whole;
}

/* The frame at the beginning of these bytes; 0 if it is not whole yet. */
static int take_frame(const byte *in, size_t available, frame *f) {
    if (available < 2) return 0;
    size_t header = 2, length = in[1] & 127;
    int wide = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (available < header + wide) return 0;
    if (wide) length = 0;
    for (int i = 0; i < wide; i++) length = length << 8 | in[header++];
    if (available < header + length) return 0;
    *f = (frame){in[0] & 15, in + header, length, header + length};
    return 1;
}

/* What is there to read, into the buffer; 1: there may be more, 0: not now, -1: the other side is gone. */
static int fill(connection *c) {
    if (c->capacity - c->length < 4096) {
        c->capacity = c->capacity ? c->capacity * 2 : 8192;
        c->in = realloc(c->in, c->capacity);
    }
    size_t room = c->capacity - c->length;
    ssize_t got = recv(c->fd, c->in + c->length, room, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return -1;
    if (got < 0) return 0;
    c->length += got;
    return (size_t)got == room;
}

static void drop(connection *c, size_t length) {
    memmove(c->in, c->in + length, c->length - length);
    c->length -= length;
}
