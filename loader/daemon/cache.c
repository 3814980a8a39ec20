// SPDX-License-Identifier: GPL-2.0-or-later
/* The cache of resolved answers in BPF maps: publishing, invalidation, eviction, and the books about them. */
#include "daemon/cache.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/eviction.h"
#include "lib/log.h"

#include <bpf/libbpf.h>

#define BATCH 4096
#define SWEEP_MIN 1
#define SWEEP_MAX 15

struct cache {
	struct dataplane *dp;
	struct tables *tables;
	pthread_mutex_t lock; /* over everything below but version */
	uint64_t version;
	struct bb_cache_opts opts;
	uint32_t started; /* marks from before our start are not held against an entry */
	uint32_t used;
	uint64_t promoted, evicted_idle, evicted_lru, deleted, flushed;
	struct bb_key4 keys[BATCH];
	struct bb_cache4 values[BATCH];
	struct eviction_ages ages;
};

static uint32_t now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static int cache_fd(const struct cache *c)
{
	return dataplane_map_fd(c->dp, DP_cache4);
}

static int negatives_fd(const struct cache *c)
{
	return dataplane_map_fd(c->dp, DP_negatives4);
}

static bool is_void(const struct cache *c, const struct bb_key4 *key, uint32_t gen)
{
	return gen != tables_generation(c->tables, key->vrf);
}

static bool remove_key(struct cache *c, const struct bb_key4 *key)
{
	if (bpf_map_delete_elem(cache_fd(c), key))
		return false;
	c->used -= c->used != 0;
	return true;
}

/* Calls `each` for every entry, a batch at a time. `yield`: others may have the lock between batches. */
static int walk(struct cache *c, bool yield,
		void (*each)(struct cache *c, const struct bb_key4 *key, const struct bb_cache4 *value, void *arg), void *arg)
{
	__u32 cursor = 0, n;
	void *in = NULL;
	int rc = 0;

	while (!rc) {
		n = BATCH;
		rc = bpf_map_lookup_batch(cache_fd(c), in, &cursor, c->keys, c->values, &n, NULL);
		if (rc && rc != -ENOENT)
			break;
		for (__u32 i = 0; i < n; i++)
			each(c, &c->keys[i], &c->values[i], arg);
		in = &cursor;
		if (yield) {
			pthread_mutex_unlock(&c->lock);
			pthread_mutex_lock(&c->lock);
		}
	}
	return rc == -ENOENT ? 0 : rc;
}

static void count_age(struct cache *c, const struct bb_key4 *key, const struct bb_cache4 *value, void *arg)
{
	(void)key;
	eviction_ages_add(&c->ages, *(uint32_t *)arg, value->seen);
}

/* The map's own count is the truth; what we did not remove ourselves, the kernel's LRU did. */
static void settle_used(struct cache *c, uint32_t counted)
{
	if (c->used > counted)
		c->evicted_lru += c->used - counted;
	c->used = counted;
}

struct squeeze {
	uint32_t now, threshold, partial;
};

static void squeeze_one(struct cache *c, const struct bb_key4 *key, const struct bb_cache4 *value, void *arg)
{
	struct squeeze *s = arg;
	uint32_t age = eviction_age(s->now, value->seen);

	if (age >= EVICTION_AGES)
		age = EVICTION_AGES - 1;
	if (age < s->threshold || (age == s->threshold && !s->partial))
		return;
	if (age == s->threshold)
		s->partial--;
	c->evicted_lru += remove_key(c, key);
}

/* Makes room for `want` entries, least recently used first. Called with the lock held. */
static void squeeze(struct cache *c, uint32_t want)
{
	struct squeeze s = { .now = now_seconds() };

	memset(&c->ages, 0, sizeof(c->ages));
	if (walk(c, false, count_age, &s.now))
		return;
	settle_used(c, c->ages.total);
	s.threshold = eviction_threshold(&c->ages, want, &s.partial);
	walk(c, false, squeeze_one, &s);
}

int cache_open(struct cache **out, struct dataplane *dp, struct tables *tables, const struct bb_cache_opts *opts,
	       struct bb_error *err)
{
	struct cache *c = calloc(1, sizeof(*c));
	uint32_t now = now_seconds();

	if (!c)
		return bb_fail(err, ENOMEM, "out of memory");
	c->dp = dp;
	c->tables = tables;
	c->opts = *opts;
	c->version = 1;
	c->started = now;
	pthread_mutex_init(&c->lock, NULL);
	cache_tick(c);
	if (walk(c, false, count_age, &now))
		bb_log(BB_LOG_WARN, "cannot walk the cache", "error=\"%s\"", strerror(errno));
	c->used = c->ages.total;
	*out = c;
	return 0;
}

void cache_close(struct cache **c)
{
	if (!*c)
		return;
	pthread_mutex_destroy(&(*c)->lock);
	free(*c);
	*c = NULL;
}

void cache_tick(struct cache *c)
{
	__atomic_store_n(&dataplane_state(c->dp)->now, now_seconds(), __ATOMIC_RELAXED);
}

uint64_t cache_version(const struct cache *c)
{
	return __atomic_load_n(&c->version, __ATOMIC_ACQUIRE);
}

bool cache_is_full(const struct cache *c)
{
	return __atomic_load_n(&c->used, __ATOMIC_RELAXED) >= __atomic_load_n(&c->opts.size, __ATOMIC_RELAXED);
}

static int publish_answer(struct cache *c, const struct bb_key4 *key, const struct answer *answer, uint32_t gen)
{
	struct bb_cache4 value = {
		.remote = answer->remote,
		.gen = gen,
		.vni = htonl(answer->vni << 8),
		.seen = now_seconds(),
	};
	int rc;

	memcpy(value.mac, answer->mac.b, sizeof(value.mac));
	if (c->used >= c->opts.size)
		squeeze(c, c->used - c->opts.size + eviction_batch(c->opts.size));
	rc = bpf_map_update_elem(cache_fd(c), key, &value, BPF_NOEXIST);
	if (rc == -EEXIST)
		return bpf_map_update_elem(cache_fd(c), key, &value, BPF_EXIST);
	if (!rc) {
		c->used++;
		c->promoted++;
	}
	return rc;
}

static int publish_negative(struct cache *c, const struct bb_key4 *key, uint32_t gen)
{
	struct bb_negative value = { .gen = gen, .until = now_seconds() + BB_NEGATIVE_SECONDS };

	return bpf_map_update_elem(negatives_fd(c), key, &value, BPF_ANY);
}

int cache_publish(struct cache *c, uint16_t vrf, const struct bb_addr *ca, const struct answer *answer, uint64_t version)
{
	struct bb_key4 key = { .vrf = vrf, .addr = bb_addr_to4(ca) };
	uint32_t gen;
	int rc = 0;

	pthread_mutex_lock(&c->lock);
	gen = tables_generation(c->tables, vrf);
	if (cache_version(c) != version)
		rc = -EAGAIN;
	else if (answer->kind == ANSWER_REMOTE)
		rc = publish_answer(c, &key, answer, gen);
	else if (answer->kind == ANSWER_NONE)
		rc = publish_negative(c, &key, gen);
	pthread_mutex_unlock(&c->lock);
	return rc;
}

void cache_change_begin(struct cache *c)
{
	pthread_mutex_lock(&c->lock);
	__atomic_add_fetch(&c->version, 1, __ATOMIC_ACQ_REL);
}

void cache_change_end(struct cache *c)
{
	pthread_mutex_unlock(&c->lock);
}

void cache_drop(struct cache *c, uint16_t vrf, const struct bb_addr *ca)
{
	struct bb_key4 key = { .vrf = vrf, .addr = bb_addr_to4(ca) };

	c->deleted += remove_key(c, &key);
	bpf_map_delete_elem(negatives_fd(c), &key);
}

void cache_void(struct cache *c, uint16_t vrf)
{
	if (tables_bump_generation(c->tables, vrf))
		bb_log(BB_LOG_ERR, "cannot void a VRF's answers", "vrf_id=%u", vrf);
}

struct sweep {
	uint32_t now, idle, kept;
};

static void sweep_one(struct cache *c, const struct bb_key4 *key, const struct bb_cache4 *value, void *arg)
{
	struct sweep *s = arg;

	if (is_void(c, key, value->gen))
		c->flushed += remove_key(c, key);
	else if (eviction_is_idle(s->now, value->seen, s->idle))
		c->evicted_idle += remove_key(c, key);
	else
		s->kept++;
}

void cache_sweep(struct cache *c)
{
	struct sweep s = { .now = now_seconds() };
	uint64_t promoted;

	pthread_mutex_lock(&c->lock);
	/* While we were away nobody kept the clock: give everybody the time to be seen again. */
	s.idle = s.now - c->started >= c->opts.idle ? c->opts.idle : 0;
	promoted = c->promoted;
	if (!walk(c, true, sweep_one, &s) && c->promoted == promoted && c->used > s.kept)
		settle_used(c, s.kept);
	pthread_mutex_unlock(&c->lock);
}

uint32_t cache_sweep_interval(const struct cache *c)
{
	uint32_t interval = c->opts.idle / 8;

	if (interval < SWEEP_MIN)
		return SWEEP_MIN;
	return interval > SWEEP_MAX ? SWEEP_MAX : interval;
}

int cache_set(struct cache *c, const struct bb_cache_opts *opts, struct bb_error *err)
{
	uint32_t entries = eviction_map_entries(opts->size, libbpf_num_possible_cpus());
	int rc = 0;

	pthread_mutex_lock(&c->lock);
	if (entries > dataplane_cache_entries(c->dp))
		rc = dataplane_resize_cache(c->dp, entries, err);
	if (!rc) {
		c->opts = *opts;
		if (c->used > opts->size)
			squeeze(c, c->used - opts->size);
	}
	pthread_mutex_unlock(&c->lock);
	return rc;
}

static uint32_t count_negatives(struct cache *c)
{
	struct bb_negative *values = calloc(BATCH, sizeof(*values));
	struct bb_key4 *keys = calloc(BATCH, sizeof(*keys));
	uint32_t now = now_seconds(), count = 0;
	__u32 cursor = 0, n;
	void *in = NULL;
	int rc = keys && values ? 0 : -ENOMEM;

	while (!rc) {
		n = BATCH;
		rc = bpf_map_lookup_batch(negatives_fd(c), in, &cursor, keys, values, &n, NULL);
		if (rc && rc != -ENOENT)
			break;
		for (__u32 i = 0; i < n; i++)
			count += (int32_t)(values[i].until - now) > 0 && !is_void(c, &keys[i], values[i].gen);
		in = &cursor;
	}
	free(keys);
	free(values);
	return count;
}

void cache_get_status(struct cache *c, struct cache_status *out)
{
	out->negative = count_negatives(c);
	pthread_mutex_lock(&c->lock);
	out->size = c->opts.size;
	out->used = c->used;
	out->promoted = c->promoted;
	out->evicted_idle = c->evicted_idle;
	out->evicted_lru = c->evicted_lru;
	out->deleted = c->deleted;
	out->flushed = c->flushed;
	pthread_mutex_unlock(&c->lock);
}

static void entry_fill(struct cache_entry *e, const struct bb_key4 *key, const struct bb_cache4 *value, uint32_t now)
{
	*e = (struct cache_entry){
		.vrf = key->vrf,
		.ca = bb_addr_from4(key->addr),
		.remote = value->remote,
		.vni = ntohl(value->vni) >> 8,
		.idle = eviction_age(now, value->seen),
	};
	memcpy(e->mac.b, value->mac, sizeof(e->mac.b));
}

/* Without the lock: what a reader makes of an entry takes its time, and misses must not wait for it. */
int cache_each(struct cache *c, uint16_t vrf, int (*fn)(const struct cache_entry *e, void *arg), void *arg)
{
	struct bb_cache4 *values = calloc(BATCH, sizeof(*values));
	struct bb_key4 *keys = calloc(BATCH, sizeof(*keys));
	int rc = keys && values ? 0 : -ENOMEM, each = 0;
	uint32_t now = now_seconds();
	struct cache_entry e;
	__u32 cursor = 0, n;
	void *in = NULL;

	while (!rc && !each) {
		n = BATCH;
		rc = bpf_map_lookup_batch(cache_fd(c), in, &cursor, keys, values, &n, NULL);
		if (rc && rc != -ENOENT)
			break;
		for (__u32 i = 0; i < n && !each; i++) {
			if ((vrf && vrf != keys[i].vrf) || is_void(c, &keys[i], values[i].gen))
				continue;
			entry_fill(&e, &keys[i], &values[i], now);
			each = fn(&e, arg);
		}
		in = &cursor;
	}
	free(keys);
	free(values);
	return rc && rc != -ENOENT ? rc : each;
}
