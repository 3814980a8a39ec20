/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The links of the network namespace, as the kernel last told them. */
#ifndef BLUEBIRD_LINKS_H
#define BLUEBIRD_LINKS_H

#include "daemon/rtnl.h"

struct links;

typedef void (*links_fn)(const struct rtnl_link *link, void *arg);

struct links *links_new(void);
void links_free(struct links **l);

const struct rtnl_link *links_find(const struct links *l, uint32_t ifindex);
/*
 * 1 if this is news: *old gets what was known of that ifindex before, name "" if nothing. 0 if all was known;
 * -ENOMEM.
 */
int links_put(struct links *l, const struct rtnl_link *now, struct rtnl_link *old);
/* False if there was none. */
bool links_del(struct links *l, uint32_t ifindex);
void links_each(struct links *l, links_fn fn, void *arg);
/* Mark and sweep for a resync: calls fn for each link that was not put since links_mark, and forgets it. */
void links_mark(struct links *l);
void links_sweep(struct links *l, links_fn fn, void *arg);

#endif
