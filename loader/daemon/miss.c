// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the miss rings, resolves against the store, publishes the answer, and sends the frame on. */
#include "daemon/miss.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "core/resolver.h"
#include "daemon/histogram.h"
#include "lib/log.h"

#define POLL_NS 200000ull	   /* keep looking for so long after the last event */
#define SLEEP_MS 20		   /* then sleep; a wake-up that crossed with going to sleep costs this much */
#define HELD_SLEEP_MS 1
#define EXPIRED_NS 3000000000ull   /* frames older than that when the daemon starts are news to nobody */
#define HOLD_NS 4000000000ull	   /* the kernel gives a neighbour up after some three seconds */
#define HOLD_MAX 4096		   /* frames that wait for neighbours, in all */
#define HOLD_PER_NEXTHOP 256
#define RESOLVE_TRIES 16
#define TURN 64			   /* events of one ring before the next has its turn */
#define LAST_TURNS 1000		   /* at the end */

struct held {
	struct held *next;
	uint64_t ns;
	uint32_t nexthop; /* 0: of the remote */
	uint32_t remote;
	struct bb_event head;
	unsigned char frame[];
};

struct miss {
	struct miss_config cfg;
	pthread_t thread;
	bool stop;
	struct ring_buffer **rings;
	int *ring_fds;
	unsigned int n_rings;
	int epoll;
	int turn; /* events of this turn */
	uint64_t started;
	struct store_txn *txn;
	uint64_t txn_version; /* of the cache, read before txn began */
	struct held *held, **held_end;
	unsigned int n_held;
	uint16_t held_for[BB_MAX_REMOTES];
	uint64_t batch_ns[64]; /* when the queued frames were punted */
	unsigned int batch;
	struct histogram latency;
	uint64_t served, expired, unheld;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void bump(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static void flush(struct miss *m)
{
	uint64_t now;

	if (!m->batch)
		return;
	inject_flush(m->cfg.inject);
	now = now_ns();
	for (unsigned int i = 0; i < m->batch; i++)
		if (m->batch_ns[i])
			histogram_add(&m->latency, (now - m->batch_ns[i]) / 1000);
	m->batch = 0;
}

/* punted: 0 keeps the frame out of the latency figures. */
static void send_on(struct miss *m, const struct bb_event *e, const void *frame, uint64_t punted)
{
	if (inject_queue(m->cfg.inject, e->port, e->runs, frame, e->len))
		return;
	bump(&m->served);
	m->batch_ns[m->batch++] = punted;
	if (m->batch == sizeof(m->batch_ns) / sizeof(m->batch_ns[0]))
		flush(m);
}

static enum bb_nexthop_state held_state(const struct miss *m, const struct held *h)
{
	return h->nexthop ? tables_nexthop_state(m->cfg.tables, h->nexthop) : tables_remote_state(m->cfg.tables, h->remote);
}

/* Keeps the frame until its neighbour is known; the program decides anew then. No room: it is sent on to be counted. */
static void hold(struct miss *m, const struct bb_event *e, uint32_t remote)
{
	uint32_t slot = (e->nexthop ? e->nexthop : remote) % BB_MAX_REMOTES;
	struct held *h = NULL;

	if (m->n_held < HOLD_MAX && m->held_for[slot] < HOLD_PER_NEXTHOP)
		h = malloc(sizeof(*h) + e->len);
	if (!h) {
		bump(&m->unheld);
		send_on(m, e, e + 1, 0);
		return;
	}
	*h = (struct held){ .ns = now_ns(), .nexthop = e->nexthop, .remote = remote, .head = *e };
	/* Waiting is not running: meeting a pending next hop costs no run, but the first has been counted. */
	if (e->nexthop && e->runs > 1)
		h->head.runs = e->runs - 1;
	memcpy(h->frame, e + 1, e->len);
	*m->held_end = h;
	m->held_end = &h->next;
	m->n_held++;
	m->held_for[slot]++;
}

/* all: the daemon ends; what is still pending goes back into the rings, for the next one. */
static void release_held(struct miss *m, bool all)
{
	struct held **p = &m->held, *h;
	uint64_t now = now_ns();

	while ((h = *p)) {
		if (!all && held_state(m, h) == BB_NH_PENDING && now - h->ns < HOLD_NS) {
			p = &h->next;
			continue;
		}
		*p = h->next;
		m->n_held--;
		m->held_for[(h->nexthop ? h->nexthop : h->remote) % BB_MAX_REMOTES]--;
		send_on(m, &h->head, h->frame, 0);
		free(h);
	}
	m->held_end = p;
	flush(m);
}

/* A read transaction that began after the version was read, so that an answer from it is no older than that. */
static int renew(struct miss *m)
{
	uint64_t version = cache_version(m->cfg.cache);

	if (m->txn && version == m->txn_version)
		return 0;
	store_end(&m->txn);
	m->txn_version = version;
	return store_begin(m->cfg.store, false, &m->txn, NULL);
}

/* Resolves and publishes; a change that comes in between sends us round again. */
static int answer(struct miss *m, const struct bb_event *e, struct answer *a)
{
	struct bb_addr ca = bb_addr_from4(e->addr);
	int rc = -EAGAIN;

	if (cache_is_full(m->cfg.cache)) {
		flush(m);
		inject_drain(m->cfg.inject);
	}
	for (int i = 0; i < RESOLVE_TRIES && rc == -EAGAIN; i++) {
		rc = renew(m);
		if (!rc)
			rc = resolver_resolve(m->txn, e->vrf, &ca, a);
		if (!rc)
			rc = cache_publish(m->cfg.cache, e->vrf, &ca, a, m->txn_version);
	}
	return rc;
}

static void serve(struct miss *m, const struct bb_event *e)
{
	struct answer a = { .kind = ANSWER_NONE };
	int rc;

	if (e->ns + EXPIRED_NS < m->started) {
		bump(&m->expired);
		return;
	}
	if (e->nexthop) {
		hold(m, e, 0);
		return;
	}
	rc = answer(m, e, &a);
	if (rc)
		bb_log(BB_LOG_WARN, "a miss could not be resolved", "error=\"%s\"", strerror(-rc));
	if (!rc && a.kind == ANSWER_REMOTE && tables_remote_state(m->cfg.tables, a.remote) == BB_NH_PENDING)
		hold(m, e, a.remote);
	else
		send_on(m, e, e + 1, e->ns);
}

/* libbpf stays in a ring as long as it fills; an error, here the end of the turn, is the way out. */
static int on_event(void *arg, void *data, size_t size)
{
	struct miss *m = arg;
	const struct bb_event *e = data;

	if (size >= sizeof(*e) && e->len <= size - sizeof(*e))
		serve(m, e);
	return ++m->turn < TURN ? 0 : -EINTR;
}

/* The snapshot must not outlive the work: LMDB cannot reuse pages that a reader may still look at. */
static int consume(struct miss *m)
{
	int n = 0;

	for (unsigned int i = 0; i < m->n_rings; i++) {
		m->turn = 0;
		ring_buffer__consume(m->rings[i]);
		n += m->turn;
	}
	flush(m);
	if (!n)
		store_end(&m->txn);
	return n;
}

static void set_polling(struct miss *m, uint32_t on)
{
	__atomic_store_n(&dataplane_state(m->cfg.dp)->polling, on, __ATOMIC_SEQ_CST);
}

/* Did anything come? */
static bool sleep_a_while(struct miss *m)
{
	struct epoll_event event;
	int n;

	set_polling(m, 0);
	n = consume(m); /* what came while producers still believed that we poll */
	if (!n && epoll_wait(m->epoll, &event, 1, m->held ? HELD_SLEEP_MS : SLEEP_MS) > 0)
		n = consume(m);
	set_polling(m, 1);
	return n > 0;
}

static void *run(void *arg)
{
	struct miss *m = arg;
	uint64_t last = 0, now;

	pthread_setname_np(pthread_self(), "miss");
	set_polling(m, 1);
	while (!__atomic_load_n(&m->stop, __ATOMIC_RELAXED)) {
		now = now_ns();
		if (consume(m) > 0)
			last = now;
		if (m->held)
			release_held(m, false);
		if (now - last > POLL_NS && sleep_a_while(m))
			last = now_ns();
	}
	set_polling(m, 0);
	for (int i = 0; i < LAST_TURNS && consume(m); i++)
		;
	release_held(m, true);
	inject_drain(m->cfg.inject);
	return NULL;
}

static int open_rings(struct miss *m, struct bb_error *err)
{
	unsigned int n = dataplane_rings(m->cfg.dp);

	m->ring_fds = calloc(n, sizeof(*m->ring_fds));
	m->rings = calloc(n, sizeof(*m->rings));
	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!m->ring_fds || !m->rings || m->epoll < 0)
		return bb_fail(err, ENOMEM, "out of memory");
	for (unsigned int cpu = 0; cpu < n; cpu++) {
		struct epoll_event event = { .events = EPOLLIN };
		int fd = dataplane_ring_fd(m->cfg.dp, cpu);

		if (fd < 0)
			return bb_fail(err, -fd, "cannot open the miss ring of CPU %u: %s", cpu, strerror(-fd));
		m->ring_fds[cpu] = fd;
		m->rings[cpu] = ring_buffer__new(fd, on_event, m, NULL);
		m->n_rings++;
		if (!m->rings[cpu] || epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &event))
			return bb_fail(err, errno, "cannot map the miss ring of CPU %u: %s", cpu, strerror(errno));
	}
	return 0;
}

static void miss_free(struct miss *m)
{
	struct held *h;

	while ((h = m->held)) {
		m->held = h->next;
		free(h);
	}
	store_end(&m->txn);
	for (unsigned int i = 0; i < m->n_rings; i++) {
		ring_buffer__free(m->rings[i]);
		close(m->ring_fds[i]);
	}
	if (m->epoll >= 0)
		close(m->epoll);
	free(m->rings);
	free(m->ring_fds);
	free(m);
}

int miss_start(struct miss **out, const struct miss_config *config, struct bb_error *err)
{
	struct miss *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return bb_fail(err, ENOMEM, "out of memory");
	m->cfg = *config;
	m->held_end = &m->held;
	m->started = now_ns();
	rc = open_rings(m, err);
	if (!rc) {
		rc = -pthread_create(&m->thread, NULL, run, m);
		if (rc)
			bb_fail(err, -rc, "cannot start the miss thread: %s", strerror(-rc));
	}
	if (rc) {
		miss_free(m);
		return rc;
	}
	*out = m;
	return 0;
}

void miss_stop(struct miss **pm)
{
	struct miss *m = *pm;

	if (!m)
		return;
	__atomic_store_n(&m->stop, true, __ATOMIC_RELAXED);
	pthread_join(m->thread, NULL);
	miss_free(m);
	*pm = NULL;
}

void miss_get_status(struct miss *m, struct miss_status *out)
{
	out->served = __atomic_load_n(&m->served, __ATOMIC_RELAXED);
	out->expired = __atomic_load_n(&m->expired, __ATOMIC_RELAXED);
	out->unheld = __atomic_load_n(&m->unheld, __ATOMIC_RELAXED);
	out->p50_us = histogram_quantile(&m->latency, 500);
	out->p99_us = histogram_quantile(&m->latency, 990);
}
