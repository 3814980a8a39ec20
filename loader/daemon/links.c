// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps the table of links by ifindex. */
#include "daemon/links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct entry {
	struct rtnl_link link; /* its ifindex is the key */
	bool seen;
	UT_hash_handle hh;
};

struct links {
	struct entry *table;
};

static struct entry *find(const struct links *l, uint32_t ifindex)
{
	struct entry *e;

	HASH_FIND(hh, l->table, &ifindex, sizeof(ifindex), e);
	return e;
}

static void drop(struct links *l, struct entry *e)
{
	HASH_DEL(l->table, e);
	free(e);
}

static bool equal(const struct rtnl_link *a, const struct rtnl_link *b)
{
	return a->mtu == b->mtu && a->running == b->running && !memcmp(a->mac, b->mac, sizeof(a->mac)) &&
	       !strcmp(a->name, b->name);
}

struct links *links_new(void)
{
	return calloc(1, sizeof(struct links));
}

void links_free(struct links **l)
{
	struct entry *e, *next;

	if (!*l)
		return;
	HASH_ITER(hh, (*l)->table, e, next)
		drop(*l, e);
	free(*l);
	*l = NULL;
}

const struct rtnl_link *links_find(const struct links *l, uint32_t ifindex)
{
	struct entry *e = find(l, ifindex);

	return e ? &e->link : NULL;
}

int links_put(struct links *l, const struct rtnl_link *now, struct rtnl_link *old)
{
	struct entry *e = find(l, now->ifindex);

	if (e) {
		e->seen = true;
		if (equal(&e->link, now))
			return 0;
		*old = e->link;
		e->link = *now;
		return 1;
	}
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->link = *now;
	e->seen = true;
	HASH_ADD(hh, l->table, link.ifindex, sizeof(e->link.ifindex), e);
	if (!e->hh.tbl) {
		free(e);
		return -ENOMEM;
	}
	memset(old, 0, sizeof(*old));
	return 1;
}

bool links_del(struct links *l, uint32_t ifindex)
{
	struct entry *e = find(l, ifindex);

	if (e)
		drop(l, e);
	return e;
}

void links_each(struct links *l, links_fn fn, void *arg)
{
	struct entry *e, *next;

	HASH_ITER(hh, l->table, e, next)
		fn(&e->link, arg);
}

void links_mark(struct links *l)
{
	struct entry *e, *next;

	HASH_ITER(hh, l->table, e, next)
		e->seen = false;
}

void links_sweep(struct links *l, links_fn fn, void *arg)
{
	struct entry *e, *next;

	HASH_ITER(hh, l->table, e, next) {
		struct rtnl_link gone = e->link;

		if (e->seen)
			continue;
		drop(l, e);
		fn(&gone, arg);
	}
}
