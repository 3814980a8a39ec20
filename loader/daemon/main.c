// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon: options, the modules in their order, the loop, and an end that leaves forwarding alone. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include "bluebird/proto.h"
#include "core/eviction.h"
#include "daemon/control.h"
#include "daemon/engine.h"
#include "daemon/gateway.h"
#include "daemon/sync.h"
#include "lib/log.h"

#include <bpf/libbpf.h>

enum { EXIT_DONE = 0, EXIT_USAGE = 1, EXIT_REFUSED = 2 };

#define TICK_MS 250
#define STORE_BYTES (16ull << 30) /* the most it may grow to; the file is as large as what it holds */

struct options {
	const char *socket, *state, *pin, *config;
	unsigned long long store_bytes;
};

struct daemon {
	struct gateway g;
	struct control *control;
	struct event *tick, *term, *intr;
	uint32_t ticks; /* since the last sweep */
};

static void usage(FILE *to)
{
	fputs("usage: bluebirdd [--socket PATH] [--state DIR] [--pin DIR] [--config FILE] [--store-size MIB] [-v]\n"
	      "  --socket PATH     control socket (" BB_SOCKET_DEFAULT ")\n"
	      "  --state DIR       the store (" BB_STATE_DEFAULT ")\n"
	      "  --pin DIR         pinned programs and maps, on a bpffs (" BB_PIN_DEFAULT ")\n"
	      "  --config FILE     a batch read at every start, in which add acts as replace\n"
	      "  --store-size MIB  the most that the store may grow to (16384)\n"
	      "  -v                say more\n"
	      "  -V, --version     print the version\n", to);
}

/* 0: go on; else the exit code plus one. */
static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "socket", required_argument, NULL, 's' }, { "state", required_argument, NULL, 'd' },
		{ "pin", required_argument, NULL, 'p' },    { "config", required_argument, NULL, 'c' },
		{ "store-size", required_argument, NULL, 'm' }, { "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },	    { NULL, 0, NULL, 0 },
	};
	uint32_t mib;
	int c;

	while ((c = getopt_long(argc, argv, "vVh", longs, NULL)) != -1) {
		switch (c) {
		case 's': o->socket = optarg; break;
		case 'd': o->state = optarg; break;
		case 'p': o->pin = optarg; break;
		case 'c': o->config = optarg; break;
		case 'v': bb_log_set_level(BB_LOG_DEBUG); break;
		case 'm':
			if (bb_u32_parse(optarg, 1, 1u << 20, &mib)) {
				fprintf(stderr, "bluebirdd: \"%s\" is not a size in MiB (1..1048576)\n", optarg);
				return EXIT_USAGE + 1;
			}
			o->store_bytes = (unsigned long long)mib << 20;
			break;
		case 'V': puts("bluebirdd " BB_VERSION); return EXIT_DONE + 1;
		case 'h': usage(stdout); return EXIT_DONE + 1;
		default: usage(stderr); return EXIT_USAGE + 1;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "bluebirdd: unexpected word \"%s\"\n", argv[optind]);
		return EXIT_USAGE + 1;
	}
	return 0;
}

/* ---- what the underlay tells ---- */

static void on_nexthop(uint32_t index, const struct bb_nexthop *nh, void *arg)
{
	struct gateway *g = arg;
	int rc = tables_set_nexthop(g->tables, index, nh);

	if (rc)
		bb_log(BB_LOG_ERR, "cannot write a next hop", "index=%u error=\"%s\"", index, strerror(-rc));
}

static void on_remote(uint32_t remote, const struct bb_addr *pa, uint32_t index, void *arg)
{
	struct gateway *g = arg;
	int rc = tables_set_remote(g->tables, remote, pa, index);

	if (rc)
		bb_log(BB_LOG_ERR, "cannot write a remote", "index=%u error=\"%s\"", remote, strerror(-rc));
}

static uint16_t on_fabric_port(uint32_t ifindex, void *arg)
{
	struct gateway *g = arg;

	return ports_fabric(g->ports, ifindex);
}

static void keep_saved(struct gateway *g, const struct bb_port *port)
{
	struct bb_state *state = dataplane_state(g->dp);
	struct store_txn *txn = NULL;
	struct bb_error err;
	int rc;

	rc = store_begin(g->store, true, &txn, &err);
	if (!rc)
		rc = store_port_saved(txn, port->dev, port->saved, &err);
	if (!rc)
		rc = store_commit(txn, &err);
	if (rc)
		bb_log(BB_LOG_WARN, "cannot note what a port was before", "error=\"%s\"", err.text);
	store_end(&txn);
	store_identity(g->store, state->store_id, (uint64_t *)&state->store_txn);
}

static void on_link(const char *dev, uint32_t ifindex, bool exists, uint32_t mtu, void *arg)
{
	struct gateway *g = arg;
	const struct bb_port *port = ports_on_link(g->ports, dev, ifindex, exists, mtu);

	if (!port)
		return;
	keep_saved(g, port);
	underlay_refresh(g->underlay);
}

/* ---- the life of the daemon ---- */

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	(void)fd, (void)what;
	cache_tick(d->g.cache);
	/* Asked anew each time: the idle time may have been changed. */
	if (++d->ticks < cache_sweep_interval(d->g.cache) * (1000 / TICK_MS))
		return;
	d->ticks = 0;
	cache_sweep(d->g.cache);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	(void)what;
	bb_log(BB_LOG_INFO, "stopping; forwarding goes on", "signal=%d", (int)fd);
	event_base_loopbreak(d->g.base);
}

static int open_loop(struct daemon *d, struct bb_error *err)
{
	struct timeval period = { .tv_usec = TICK_MS * 1000 };

	signal(SIGPIPE, SIG_IGN);
	d->g.base = event_base_new();
	if (!d->g.base)
		return bb_fail(err, ENOMEM, "cannot make an event loop");
	d->tick = event_new(d->g.base, -1, EV_PERSIST, on_tick, d);
	d->term = evsignal_new(d->g.base, SIGTERM, on_signal, d);
	d->intr = evsignal_new(d->g.base, SIGINT, on_signal, d);
	if (!d->tick || !d->term || !d->intr || event_add(d->tick, &period) || event_add(d->term, NULL) ||
	    event_add(d->intr, NULL))
		return bb_fail(err, ENOMEM, "cannot make the loop's events");
	return 0;
}

static int read_cache_opts(struct gateway *g, struct bb_cache_opts *opts, struct bb_error *err)
{
	struct store_txn *txn = NULL;
	union bb_record rec;
	int rc = store_begin(g->store, false, &txn, err);

	if (rc)
		return rc;
	memset(&rec, 0, sizeof(rec));
	rc = store_get(txn, BB_OBJ_CACHE, NULL, &rec);
	if (rc)
		bb_fail(err, -rc, "cannot read the cache's options: %s", strerror(-rc));
	*opts = rec.cache.opts;
	store_end(&txn);
	return rc;
}

static int open_dataplane(struct gateway *g, const struct options *o, struct bb_error *err)
{
	struct dp_config config = { .pin_dir = o->pin };
	struct bb_cache_opts opts;
	int rc = read_cache_opts(g, &opts, err);

	if (rc)
		return rc;
	config.cache_entries = eviction_map_entries(opts.size, libbpf_num_possible_cpus());
	rc = dataplane_open(&g->dp, &config, err);
	if (!rc)
		rc = tables_open(&g->tables, g->dp, err);
	if (!rc)
		rc = cache_open(&g->cache, g->dp, g->tables, &opts, err);
	if (!rc)
		rc = cache_set(g->cache, &opts, err); /* an adopted map may be too small */
	if (!rc && ports_open(&g->ports, g->dp, g->tables))
		rc = bb_fail(err, ENOMEM, "out of memory");
	return rc;
}

static int open_underlay(struct gateway *g, struct bb_error *err)
{
	struct underlay_ops ops = {
		.nexthop = on_nexthop, .remote = on_remote, .fabric_port = on_fabric_port, .link = on_link, .arg = g,
	};
	int rc = underlay_open(&g->underlay, g->base, &ops, err);

	if (!rc)
		underlay_number_from(g->underlay, tables_last_nexthop(g->tables) + 1);
	return rc;
}

static int open_misses(struct gateway *g, const struct options *o, struct bb_error *err)
{
	struct miss_config config = { .dp = g->dp, .tables = g->tables, .cache = g->cache, .store = g->store };
	int rc = inject_open(&g->inject, g->dp, o->pin, err);

	config.inject = g->inject;
	return rc ? rc : miss_start(&g->miss, &config, err);
}

/* The socket comes early: a second daemon must not get as far as touching the first one's data plane. */
static int start(struct daemon *d, const struct options *o, struct bb_error *err)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct gateway *g = &d->g;
	int rc;

	setrlimit(RLIMIT_MEMLOCK, &unlimited); /* kernels before 5.11 charge maps to it */
	rc = open_loop(d, err);
	if (!rc)
		rc = control_open(&d->control, g, o->socket, err);
	if (!rc)
		rc = store_open(&g->store, o->state, o->store_bytes, err);
	if (!rc)
		rc = open_dataplane(g, o, err);
	if (!rc)
		rc = open_underlay(g, err);
	if (!rc)
		rc = sync_all(g, err);
	if (!rc)
		rc = open_misses(g, o, err);
	if (!rc && o->config)
		rc = engine_config(g, o->config, err);
	return rc;
}

static void tear_down(struct gateway *g)
{
	ports_restore_all(g->ports);
	dataplane_teardown(g->dp);
	bb_log(BB_LOG_INFO, "torn down", "store=kept");
}

static void stop(struct daemon *d)
{
	struct gateway *g = &d->g;

	control_close(&d->control);
	miss_stop(&g->miss);
	inject_close(&g->inject);
	if (g->torn_down)
		tear_down(g);
	underlay_close(&g->underlay);
	ports_close(&g->ports);
	cache_close(&g->cache);
	tables_close(&g->tables);
	dataplane_close(&g->dp);
	store_close(&g->store);
	if (d->tick)
		event_free(d->tick);
	if (d->term)
		event_free(d->term);
	if (d->intr)
		event_free(d->intr);
	if (g->base)
		event_base_free(g->base);
}

int main(int argc, char **argv)
{
	static struct daemon d;
	struct options o = { BB_SOCKET_DEFAULT, BB_STATE_DEFAULT, BB_PIN_DEFAULT, NULL, STORE_BYTES };
	struct bb_error err = { "" };
	int rc = parse_options(argc, argv, &o);

	if (rc)
		return rc - 1;
	rc = start(&d, &o, &err);
	if (rc) {
		bb_log(BB_LOG_ERR, err.text[0] ? err.text : strerror(-rc), "version=%s", BB_VERSION);
	} else {
		sd_notify(0, "READY=1");
		bb_log(BB_LOG_INFO, "ready", "version=%s socket=%s state=%s pin=%s adopted=%d", BB_VERSION, o.socket, o.state,
		       o.pin, dataplane_adopted(d.g.dp));
		event_base_dispatch(d.g.base);
		sd_notify(0, "STOPPING=1");
	}
	stop(&d);
	return rc ? EXIT_REFUSED : EXIT_DONE;
}
