/* Viewers of replies: asks questions in rooms on 127.0.0.1, and times every token on its way to every viewer.
 *
 * The model's server writes each token as `tok` and the 13 digits of CLOCK_MONOTONIC in microseconds, so that a token
 * tells its own age. In a reply they rise, so what comes a second time, in a block that is sent whole, is known.
 *
 *   -p PORT      -P PATH: with one %d in it, connection i is in room i modulo R
 *   -n N         connections           -R R   rooms                       [1]
 *   -d DIALECT   html, json or both (every second viewer)                 [none is offered]
 *   -T QUESTION  the frame that asks; the first connection of each room does, and the rooms take turns
 *   -m M         measured questions    -u U   questions before them       [20]
 *   -w W         questions in flight                                      [1]
 *   -e E         replies to one question                                  [1]
 *   -s S         tokens of a reply, to know what was lost; 0: they carry no times
 *   -F, -H, -c, -g, -G, -t: as in wsload.c
 *
 * Prints one JSON object. `bytes` are of whole frames, from the first measured question on; `first` is the time from a
 * question to its first token, and means something with one question at a time in a room. `joined` are tokens that came
 * with all before them, from a server that began to listen in the middle of the reply; `lost` came in no frame of it.
 * `steady` is the time while all replies were written, none beginning or ending; 0 if they were never all at once.
 */
#include "options.h"
#include "pool.h"
#include "times.h"

#define MARK "tok"
#define DIGITS 13
#define PAUSE_SECONDS 0.15

typedef struct {
    uint64_t message, first_stamp, last_stamp, first_at, last_at; /* stamps in microseconds, moments in nanoseconds */
    size_t last_place; /* of the last token in its frame: a peer that repeats everything is read from there */
    uint32_t tokens;
} reply;

typedef struct {
    uint32_t *values;
    size_t count, capacity;
} series;

typedef struct {
    uint64_t bytes, frames, viewers;
} traffic;

static reply **replies; /* of each connection */
static int *reply_count, *ended_in, *viewers_in, asked, failed;
static uint64_t *asked_at, last_arrival, tokens, joined;
static series lags, firsts, first_lags, end_lags;
static traffic heard[2]; /* JSON, HTML */
static double slowest;
static uint64_t longest_shown, longest_written; /* microseconds */
static bool measuring;

/* While all replies are written: from the first token of the last to the end of the first. */
static struct {
    int begun, ended;
    uint64_t from, to;
    double cpu_from, cpu_to;
} steady;

static void note_begin(void) {
    if (!measuring || steady.ended || ++steady.begun != M * each) return;
    steady.from = steady.to = now();
    steady.cpu_from = steady.cpu_to = usage_of(&server).cpu;
}

static void note_end(void) {
    if (!measuring || steady.ended++ || !steady.from) return;
    steady.to = now();
    steady.cpu_to = usage_of(&server).cpu;
}

static void note(series *s, uint32_t value) {
    if (!measuring) return;
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? s->capacity * 2 : 1 << 16;
        s->values = realloc(s->values, s->capacity * sizeof *s->values);
    }
    s->values[s->count++] = value;
}

static uint32_t age(uint64_t stamp, uint64_t t) { return t / 1000 > stamp ? t / 1000 - stamp : 0; }

/* The number behind `message` in a frame's head: of an attribute, or of a JSON key. */
static uint64_t message_of(const frame *f) {
    size_t length = f->length < 160 ? f->length : 160;
    const byte *at = memmem(f->payload, length, "message", 7);
    while (at && at + 8 < f->payload + length && at[7] != '=' && at[8] != ':')
        at = memmem(at + 7, f->payload + length - at - 7, "message", 7);
    return at ? strtoull((const char *)at + 9, NULL, 10) : 0;
}

static reply *reply_of(int i, uint64_t message) {
    for (int k = reply_count[i] - 1; k >= 0; k--)
        if (replies[i][k].message == message) return &replies[i][k];
    replies[i] = realloc(replies[i], sizeof(reply) * (reply_count[i] + 1));
    replies[i][reply_count[i]] = (reply){.message = message};
    return &replies[i][reply_count[i]++];
}

static void arrive(int i, reply *r, uint64_t stamp, uint64_t t) {
    if (!r->tokens++) {
        r->first_stamp = stamp;
        r->first_at = t;
        note(&firsts, microseconds_since(asked_at[i % rooms], t));
        note(&first_lags, age(stamp, t));
        if (i < rooms) note_begin();
    }
    r->last_stamp = stamp;
    r->last_at = t;
    tokens += measuring;
    note(&lags, age(stamp, t));
}

/* The time in a token; 0 if it is none, or not whole. */
static uint64_t stamp_at(const byte *at, const byte *end) {
    uint64_t stamp = 0;
    int digits = 0;
    if (at + strlen(MARK) + DIGITS > end || memcmp(at, MARK, strlen(MARK))) return 0;
    for (at += strlen(MARK); digits < DIGITS && *at >= '0' && *at <= '9'; digits++) stamp = stamp * 10 + *at++ - '0';
    return digits == DIGITS ? stamp : 0;
}

static void take_tokens(int i, reply *r, const frame *f, uint64_t t) {
    const byte *at = f->payload, *end = f->payload + f->length;
    if (r->last_place < f->length && stamp_at(at + r->last_place, end) == r->last_stamp) at += r->last_place;
    for (; (at = memmem(at, end - at, MARK, strlen(MARK))); at += strlen(MARK)) {
        uint64_t stamp = stamp_at(at, end);
        if (stamp <= r->last_stamp) continue;
        arrive(i, r, stamp, t);
        r->last_place = at - f->payload;
    }
}

static void finish(int i, reply *r, uint64_t t) {
    ended_in[i % rooms]++;
    note_end();
    if (!measuring || r->tokens < 2) return;
    note(&end_lags, age(r->last_stamp, t));
    uint64_t shown = (r->last_at - r->first_at) / 1000, written = r->last_stamp - r->first_stamp;
    if (shown > longest_shown) longest_shown = shown;
    if (written > longest_written) longest_written = written;
    if (written && (double)shown / written > slowest) slowest = (double)shown / written;
}

static bool says(const frame *f, const char *words) {
    return memmem(f->payload, f->length < 200 ? f->length : 200, words, strlen(words)) != NULL;
}

static void hear(int i, const frame *f, uint64_t t) {
    traffic *to = &heard[dialects && is_html(i)];
    note_awaited(i, f, t);
    last_arrival = t;
    if (measuring) to->bytes += f->whole, to->frames++;
    if (says(f, "\"action\":\"end\"")) finish(i, reply_of(i, message_of(f)), t);
    else if (says(f, "\"action\":\"error\"")) finish(i, reply_of(i, message_of(f)), t), failed++;
    else if (size && (says(f, "type=\"token\"") || says(f, "\"type\":\"token\""))) {
        take_tokens(i, reply_of(i, message_of(f)), f, t);
    } else if (size && (says(f, "action=\"start\"") || says(f, "\"action\":\"start\""))) { /* with all there is so far */
        uint64_t before = tokens;
        take_tokens(i, reply_of(i, message_of(f)), f, t);
        joined += tokens - before;
    }
}

static int answered_questions(void) {
    int whole = 0;
    for (int room = 0; room < rooms; room++) whole += ended_in[room] / (each * viewers_in[room]);
    return whole;
}

static void ask(void) {
    int room = asked++ % rooms;
    asked_at[room] = now();
    say(room, template, strlen(template));
}

static void ask_many(int count) {
    int end = asked + count;
    last_arrival = now();
    for (int done; (done = answered_questions()) < end && now() - last_arrival < patience * 1e9;) {
        if (asked < end && asked - done < window) {
            if (window == 1) turn_for(PAUSE_SECONDS);
            ask();
        } else {
            turn(5);
        }
    }
}

static void prepare(void) {
    open_pool();
    replies = calloc(N, sizeof *replies);
    reply_count = calloc(N, sizeof *reply_count);
    ended_in = calloc(rooms, sizeof *ended_in);
    viewers_in = calloc(rooms, sizeof *viewers_in);
    asked_at = calloc(rooms, sizeof *asked_at);
    for (int i = 0; i < N; i++) viewers_in[i % rooms]++;
    for (int i = 0; i < N; i++) heard[dialects && is_html(i)].viewers++;
}

static void print_traffic(const char *name, const traffic *t) {
    double share = t->viewers ? 1.0 / t->viewers : 0;
    printf("\"%s_bytes\":%.0f,\"%s_frames\":%.0f,", name, t->bytes * share, name, t->frames * share);
}

int main(int count, char **words) {
    for (int option; (option = getopt(count, words, "p:P:n:m:u:w:s:T:F:H:c:O:A:R:e:d:g:G:t:")) != -1;)
        if (!take_option(option)) return fprintf(stderr, "-%c? See the head of wswatch.c.\n", option), 2;
    if (N < rooms) return fprintf(stderr, "Each room needs a viewer.\n"), 2;
    prepare();
    connect_all();
    turn_for(0.5);
    ask_many(warm_up);
    turn_for(0.5);

    usage from = usage_of(&server), beside_from = usage_of(&beside);
    uint64_t begun = now();
    measuring = true;
    ask_many(M);
    double seconds = (last_arrival - begun) / 1e9;
    usage to = usage_of(&server), beside_to = usage_of(&beside);

    printf("{\"connections\":%d,\"opened\":%d,\"refused\":%d,\"dead\":%d,\"questions\":%d,\"failed\":%d,", N, opened,
           refused, dead, M, failed);
    print_times("lag", lags.values, lags.count);
    print_times("first", firsts.values, firsts.count);
    print_times("first_lag", first_lags.values, first_lags.count);
    print_times("end_lag", end_lags.values, end_lags.count);
    print_traffic("json", &heard[0]);
    print_traffic("html", &heard[1]);
    long long expected = (long long)M * each * (N / rooms) * size;
    printf("\"deliveries\":%llu,\"lost\":%lld,\"joined\":%llu,\"slowest\":%.4f,\"shown_s\":%.3f,\"written_s\":%.3f,",
           (unsigned long long)tokens, expected - (long long)tokens, (unsigned long long)joined, slowest,
           longest_shown / 1e6, longest_written / 1e6);
    printf("\"steady_s\":%.3f,\"steady_cpu_s\":%.4f,", (steady.to - steady.from) / 1e9, steady.cpu_to - steady.cpu_from);
    printf("\"seconds\":%.3f,\"cpu_s\":%.4f,\"beside_cpu_s\":%.4f}\n", seconds, to.cpu - from.cpu,
           beside_to.cpu - beside_from.cpu);
    return 0;
}
