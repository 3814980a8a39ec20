/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The counters as rows, and the sums that the cache's status tells. */
#ifndef BLUEBIRD_STATS_H
#define BLUEBIRD_STATS_H

#include <jansson.h>

#include "daemon/gateway.h"

/* Rows of `stats`, filtered; empty filters match all. -EINVAL names an unknown reason. */
int stats_rows(struct gateway *g, const struct bb_stats_query *query, json_t *rows, struct bb_error *err);
/* Packets of first runs with that reason, over all ports and VRFs. */
uint64_t stats_sum(struct gateway *g, enum bb_reason reason);

#endif
