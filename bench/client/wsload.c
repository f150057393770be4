/* A WebSocket load client for servers that broadcast: one thread, epoll, no dependencies.
 *
 * Opens N connections to one room on 127.0.0.1, posts M messages, stamps every delivery, reads the server's CPU clock
 * and memory from the kernel, and prints one JSON object.
 *
 *   -p PORT      -P PATH
 *   -n N         connections                                              [100]
 *   -m M         measured messages (0: none)                              [200]
 *   -u U         messages before them, to warm up                         [20]
 *   -w W         messages in flight: posted, and not yet with everybody   [1]
 *   -r R         R messages a second instead, however many are in flight
 *   -k K         connections that post, in turn                           [1]
 *   -s S         size of a posted text, bytes                             [600]
 *   -T TEMPLATE  what is sent for a post: @MSG@ becomes the text          [@MSG@]
 *   -F FILE      line i (modulo lines) is one more header of connection i
 *   -H HEADER    one more header of every connection
 *   -c C         simultaneous handshakes                                  [50]
 *   -O TEXT      sent by each connection as soon as it is open
 *   -A TEXT      a connection is done opening when a frame begins with this
 *   -i SECONDS   idle after connecting                                    [1]
 *   -g PID       a process of the server; -G PID: one beside it, counted apart (may be repeated)
 *   -t SECONDS   give up when nothing has arrived for so long             [10]
 *
 * A posted text begins with the marker  wsload<8 digits>  and is made of small letters and spaces, so that whatever a
 * server wraps it in leaves it whole. A delivery is a marker in a frame; several messages in one frame count as several,
 * the same one twice in a frame (source and HTML) counts once, and in two frames it is counted as doubled.
 */
#include "options.h"
#include "pool.h"
#include "times.h"

#define MARK "wsload"
#define DIGITS 8

static uint32_t *latencies; /* microseconds */
static size_t latency_count;

static uint64_t *posted_at, last_arrival;
static uint32_t *received, posted, total;
static uint64_t deliveries, doubled, others, bytes;
static bool measuring;

static void post(void) {
    char text[size + 32], *whole;
    int length = sprintf(text, MARK "%08u ", posted);
    for (; length < size; length++) text[length] = "abcdefghij klmnop qrstuv wxyz "[length % 30];
    text[length] = 0;
    const char *hole = strstr(template, "@MSG@");
    if (asprintf(&whole, "%.*s%s%s", (int)(hole - template), template, text, hole + 5) < 0) exit(1);
    posted_at[posted] = now();
    say(posted % posters, whole, strlen(whole));
    posted++;
    free(whole);
}

static void arrive(int i, uint32_t number, size_t length, uint64_t t) {
    byte *seen = &all[i].seen[number / 8], bit = 1 << number % 8;
    last_arrival = t;
    if (*seen & bit) {
        doubled++;
        return;
    }
    *seen |= bit;
    received[number]++;
    if (!measuring) return;
    deliveries++;
    bytes += length;
    latencies[latency_count++] = microseconds_since(posted_at[number], t);
}

static void hear(int i, const frame *f, uint64_t t) {
    const byte *at = f->payload, *end = f->payload + f->length;
    uint32_t last = UINT32_MAX;
    while ((at = memmem(at, end - at, MARK, strlen(MARK))) && at + strlen(MARK) + DIGITS <= end) {
        uint32_t number = strtoul((char *)at + strlen(MARK), NULL, 10);
        if (number < posted && number != last) arrive(i, last = number, f->length, t);
        at += strlen(MARK) + DIGITS;
    }
    if (last == UINT32_MAX) others++;
    note_awaited(i, f, t);
}

/* Post until `count` more messages have been received by every living connection. */
static void post_many(uint32_t count) {
    uint32_t first = posted, done = posted, end = posted + count;
    uint64_t begun = last_arrival = now();
    while (done < end && now() - last_arrival < patience * 1e9) {
        while (done < posted && received[done] >= (uint32_t)(opened - dead)) done++;
        if (rate > 0) while (posted < end && now() >= begun + (uint64_t)((posted - first) / rate * 1e9)) post();
        else while (posted < end && posted - done < (uint32_t)window) post();
        if (done < end) turn(rate > 0 ? 1 : 5);
    }
}

static void prepare(void) {
    open_pool();
    total = M + warm_up;
    posted_at = calloc(total + 1, sizeof *posted_at);
    received = calloc(total + 1, sizeof *received);
    latencies = calloc((size_t)M * N + 1, sizeof *latencies);
    for (int i = 0; i < N; i++) all[i].seen = calloc(total / 8 + 1, 1);
}

int main(int count, char **words) {
    for (int option; (option = getopt(count, words, "p:P:n:m:u:w:r:k:s:T:F:H:c:O:A:i:g:G:t:")) != -1;)
        if (!take_option(option)) return fprintf(stderr, "-%c? See the head of wsload.c.\n", option), 2;
    if (!strstr(template, "@MSG@")) return fprintf(stderr, "-T needs an @MSG@.\n"), 2;
    prepare();

    usage before = usage_of(&server);
    uint64_t begun = now();
    connect_all();
    double connecting = (now() - begun) / 1e9;
    usage connected = usage_of(&server);
    turn_for(idle);
    usage idling = usage_of(&server);

    if (warm_up) post_many(warm_up);
    turn_for(0.2);
    usage from = usage_of(&server), beside_from = usage_of(&beside);
    measuring = true;
    begun = now();
    if (M) post_many(M);
    double seconds = M ? (last_arrival - begun) / 1e9 : 0;
    usage to = usage_of(&server), beside_to = usage_of(&beside);

    long long expected = (long long)M * (opened - dead);
    double share = deliveries ? 1e6 / deliveries : 0, per_connection = 1.0 / (opened ? opened : 1);
    printf("{\"connections\":%d,\"opened\":%d,\"answered\":%d,\"refused\":%d,\"dead\":%d,", N, opened, answered, refused,
           dead);
    printf("\"connecting_s\":%.3f,\"connect_cpu_us\":%.0f,\"idle_kb\":%.2f,\"idle_cpu_s\":%.3f,\"kb\":%ld,", connecting,
           (connected.cpu - before.cpu) * 1e6 * per_connection,
           (idling.kilobytes - before.kilobytes) * per_connection, idling.cpu - connected.cpu, idling.kilobytes);
    print_times("handshake", handshakes, handshake_count);
    print_times("answer", answers, answer_count);
    print_times("latency", latencies, latency_count);
    printf("\"messages\":%d,\"deliveries\":%llu,\"lost\":%lld,\"doubled\":%llu,\"other_frames\":%llu,", M,
           (unsigned long long)deliveries, expected - (long long)deliveries, (unsigned long long)doubled,
           (unsigned long long)others);
    printf("\"seconds\":%.3f,\"deliveries_per_s\":%.0f,\"bytes\":%.0f,", seconds,
           seconds > 0 ? deliveries / seconds : 0, deliveries ? (double)bytes / deliveries : 0);
    printf("\"cpu_us\":%.3f,\"beside_cpu_us\":%.3f}\n", (to.cpu - from.cpu) * share,
           (beside_to.cpu - beside_from.cpu) * share);
    return 0;
}
