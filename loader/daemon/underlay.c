// SPDX-License-Identifier: GPL-2.0-or-later
/* Follows each remote (PA) to its next hop: by the kernel's own look-up, anew after each change of routes. */
#include "daemon/underlay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/links.h"
#include "daemon/nexthop.h"
#include "daemon/rtnl.h"
#include "lib/log.h"

/* Routes change in bursts. Not prolonged by further changes, so that a steady stream does not starve anyone. */
#define DEBOUNCE_MS 20
/* Remotes looked up in one turn of the event loop: some milliseconds. */
#define PASS_BATCH 512

struct remote {
	struct bb_addr pa; /* family 0: free */
	struct nexthop *hop;
};

struct underlay {
	struct underlay_ops ops;
	struct rtnl *rtnl;
	struct links *links;
	struct nexthops *hops;
	struct event *readable;
	struct event *pass;	/* looks remotes up anew */
	struct event *announce; /* tells of the links that were there at the start */
	bool started;		/* the first list of links is complete; until then the caller hears nothing */
	bool lost;		/* the kernel has dropped events */
	uint32_t top;		/* highest remote ever used */
	uint32_t cursor;	/* of the pass */
	uint32_t todo;		/* slots that the pass has yet to visit */
	struct remote remotes[BB_MAX_REMOTES];
};

static struct nexthop *look_up(struct underlay *u, const struct bb_addr *pa)
{
	struct rtnl_route route;

	/* A remote of the data plane holds an IPv4 PA. Nothing else here depends on the family. */
	if (pa->family != 4)
		return NULL;
	if (rtnl_route_get(u->rtnl, pa, &route) || !u->ops.fabric_port(route.oif, u->ops.arg))
		return NULL;
	return nexthop_get(u->hops, &route);
}

static void remote_update(struct underlay *u, uint32_t number, bool tell)
{
	struct remote *r = &u->remotes[number];
	struct nexthop *old = r->hop;

	r->hop = look_up(u, &r->pa);
	if (tell || r->hop != old)
		u->ops.remote(number, &r->pa, r->hop ? nexthop_index(r->hop) : 0, u->ops.arg);
	if (old)
		nexthop_put(u->hops, old);
}

static void schedule(struct underlay *u, uint32_t ms)
{
	const struct timeval delay = { .tv_usec = ms * 1000 };

	if (!evtimer_pending(u->pass, NULL))
		evtimer_add(u->pass, &delay);
}

/* A full round from wherever the cursor is, so that changes during a pass prolong it but skip nobody. */
void underlay_refresh(struct underlay *u)
{
	u->todo = u->top;
	if (u->todo)
		schedule(u, DEBOUNCE_MS);
}

static void on_pass(evutil_socket_t fd, short what, void *arg)
{
	struct underlay *u = arg;
	uint32_t looked_up = 0;

	(void)fd;
	(void)what;
	while (u->todo && looked_up < PASS_BATCH) {
		u->todo--;
		u->cursor = u->cursor < u->top ? u->cursor + 1 : 1;
		if (!u->remotes[u->cursor].pa.family)
			continue;
		remote_update(u, u->cursor, false);
		looked_up++;
	}
	if (u->todo)
		schedule(u, 0);
}

static void on_route(void *arg)
{
	underlay_refresh(arg);
}

static void on_neigh(const struct rtnl_neigh *neigh, bool exists, void *arg)
{
	struct underlay *u = arg;

	nexthops_neigh_event(u->hops, neigh, exists);
}

static void link_gone(const struct rtnl_link *link, void *arg)
{
	struct underlay *u = arg;

	nexthops_link_event(u->hops, link->ifindex);
	underlay_refresh(u);
	u->ops.link(link->name, link->ifindex, false, link->mtu, u->ops.arg);
}

/* The kernel tells of no IPv4 route that goes because its link went down: hence the refresh. */
static void link_news(struct underlay *u, const struct rtnl_link *link)
{
	struct rtnl_link old;
	int ret = links_put(u->links, link, &old);

	if (ret < 0)
		bb_log(BB_LOG_ERR, "link not followed", "dev=%s errno=%d", link->name, -ret);
	if (ret <= 0 || !u->started)
		return;
	nexthops_link_event(u->hops, link->ifindex);
	underlay_refresh(u);
	if (old.name[0] && strcmp(old.name, link->name))
		u->ops.link(old.name, old.ifindex, false, old.mtu, u->ops.arg);
	u->ops.link(link->name, link->ifindex, true, link->mtu, u->ops.arg);
}

static void on_link(const struct rtnl_link *link, bool exists, void *arg)
{
	struct underlay *u = arg;

	if (exists)
		link_news(u, link);
	else if (links_del(u->links, link->ifindex))
		link_gone(link, u);
}

static void resync(struct underlay *u)
{
	int ret;

	bb_log(BB_LOG_WARN, "netlink events lost, asking for everything anew", "remotes=%u", u->top);
	links_mark(u->links);
	ret = rtnl_links(u->rtnl);
	if (ret) {
		/* They are changing under our eyes: the next event brings us back here. */
		bb_log(BB_LOG_ERR, "links not listed", "errno=%d", -ret);
		u->lost = true;
	} else {
		links_sweep(u->links, link_gone, u);
	}
	nexthops_resync(u->hops);
	underlay_refresh(u);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct underlay *u = arg;
	int ret;

	(void)fd;
	(void)what;
	ret = rtnl_read(u->rtnl);
	if (ret == -ENOBUFS)
		u->lost = true;
	/* Until its queue is empty the kernel keeps dropping without another word. */
	if (ret == -EAGAIN && u->lost) {
		u->lost = false;
		resync(u);
	}
}

static void announce_link(const struct rtnl_link *link, void *arg)
{
	struct underlay *u = arg;

	u->ops.link(link->name, link->ifindex, true, link->mtu, u->ops.arg);
}

static void on_announce(evutil_socket_t fd, short what, void *arg)
{
	struct underlay *u = arg;

	(void)fd;
	(void)what;
	links_each(u->links, announce_link, u);
}

static int open_events(struct underlay *u, struct event_base *base)
{
	const struct timeval at_once = { 0 };

	u->readable = event_new(base, rtnl_fd(u->rtnl), EV_READ | EV_PERSIST, on_readable, u);
	u->pass = evtimer_new(base, on_pass, u);
	u->announce = evtimer_new(base, on_announce, u);
	if (!u->readable || !u->pass || !u->announce)
		return -ENOMEM;
	if (event_add(u->readable, NULL) || evtimer_add(u->announce, &at_once))
		return -ENOMEM;
	return 0;
}

static int open_all(struct underlay *u, struct event_base *base, struct bb_error *err)
{
	const struct rtnl_ops ops = { .link = on_link, .neigh = on_neigh, .route = on_route, .arg = u };
	int ret = rtnl_open(&u->rtnl, &ops, err);

	if (ret)
		return ret;
	u->links = links_new();
	if (!u->links || nexthops_open(&u->hops, base, u->rtnl, u->links, &u->ops) || open_events(u, base))
		return bb_fail(err, ENOMEM, "no memory to follow the underlay");
	ret = rtnl_links(u->rtnl);
	if (ret)
		return bb_fail(err, -ret, "cannot list the links: %s", strerror(-ret));
	u->started = true;
	return 0;
}

int underlay_open(struct underlay **out, struct event_base *base, const struct underlay_ops *ops, struct bb_error *err)
{
	struct underlay *u = calloc(1, sizeof(*u));
	int ret;

	if (!u)
		return bb_fail(err, ENOMEM, "no memory to follow the underlay");
	u->ops = *ops;
	ret = open_all(u, base, err);
	if (ret)
		underlay_close(&u);
	else
		*out = u;
	return ret;
}

void underlay_close(struct underlay **up)
{
	struct underlay *u = *up;

	if (!u)
		return;
	if (u->announce)
		event_free(u->announce);
	if (u->pass)
		event_free(u->pass);
	if (u->readable)
		event_free(u->readable);
	nexthops_close(&u->hops);
	links_free(&u->links);
	rtnl_close(&u->rtnl);
	free(u);
	*up = NULL;
}

void underlay_number_from(struct underlay *u, uint32_t index)
{
	nexthops_number_from(u->hops, index);
}

int underlay_add(struct underlay *u, uint32_t remote, const struct bb_addr *pa)
{
	if (!remote || remote >= BB_MAX_REMOTES || (pa->family != 4 && pa->family != 6))
		return -EINVAL;
	u->remotes[remote].pa = *pa;
	if (remote > u->top)
		u->top = remote;
	remote_update(u, remote, true);
	return 0;
}

void underlay_del(struct underlay *u, uint32_t remote)
{
	struct remote *r;

	if (!remote || remote >= BB_MAX_REMOTES)
		return;
	r = &u->remotes[remote];
	if (r->hop)
		nexthop_put(u->hops, r->hop);
	memset(r, 0, sizeof(*r));
}
