/* The floor: what the kernel alone costs. One thread, epoll, and for each message one send(2) per client.
 *
 *   wsfloor PORT      on 127.0.0.1; text frames of less than 16 KB, one room, no checks. Enough for wsload.
 */
#include "websocket.h"
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#define MOST 70000

static connection *client[MOST];
static int members[MOST], member_count, epoll;

static void watch(int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void welcome(int listener) {
    int one = 1, fd;
    while ((fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        client[fd] = calloc(1, sizeof(connection));
        client[fd]->fd = fd;
        watch(fd);
    }
}

static void part(connection *c) {
    for (int i = 0; i < member_count; i++)
        if (members[i] == c->fd) members[i--] = members[--member_count];
    client[c->fd] = NULL;
    close(c->fd);
    free(c->in);
    free(c);
}

/* The answer to the one key that wsload sends. */
static void admit(connection *c) {
    static const char yes[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    const byte *end = memmem(c->in, c->length, "\r\n\r\n", 4);
    if (!end || write(c->fd, yes, sizeof yes - 1) < 0) return;
    drop(c, end + 4 - c->in);
    c->state = OPEN;
    members[member_count++] = c->fd;
}

static void broadcast(const byte *mask, const byte *payload, size_t length) {
    byte out[16400];
    size_t whole = put_header(out, TEXT, length);
    if (length > sizeof out - 16) return;
    out[1] &= 127; /* a server does not mask */
    for (size_t i = 0; i < length; i++) out[whole++] = payload[i] ^ mask[i & 3];
    for (int i = 0; i < member_count; i++)
        if (send(members[i], out, whole, MSG_NOSIGNAL) < 0) continue;
}

static void take_messages(connection *c) {
    size_t used = 0;
    frame f;
    /* What a client sends has four bytes of mask before the payload. */
    while (take_frame(c->in + used, c->length - used, &f) && used + f.whole + 4 <= c->length) {
        if (f.opcode == TEXT) broadcast(f.payload, f.payload + 4, f.length);
        used += f.whole + 4;
    }
    drop(c, used);
}

static void hear(connection *c) {
    if (fill(c) < 0) {
        part(c);
        return;
    }
    if (c->state != OPEN) admit(c);
    if (c->state == OPEN) take_messages(c);
}

int main(int count, char **words) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(count > 1 ? atoi(words[1]) : 0)};
    struct rlimit files;
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    if (bind(listener, (void *)&address, sizeof address) || listen(listener, 1024)) return perror("bind"), 1;
    epoll = epoll_create1(0);
    watch(listener);
    for (struct epoll_event events[256];;) {
        int some = epoll_wait(epoll, events, 256, -1);
        for (int k = 0; k < some; k++) {
            int fd = events[k].data.fd;
            if (fd == listener) welcome(listener);
            else if (client[fd]) hear(client[fd]);
        }
    }
}
