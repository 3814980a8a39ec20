/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The injection port: a veth pair of the daemon's own. What is written into its outer end comes out at the inner
 * one, where the same packet functions run as on the port that the frame came from.
 */
#ifndef BLUEBIRD_INJECT_H
#define BLUEBIRD_INJECT_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/dataplane.h"

struct inject;

/* Makes the pair (removing what an earlier daemon with the same pin directory left) and attaches the program. */
int inject_open(struct inject **out, struct dataplane *dp, const char *pin_dir, struct bb_error *err);
/* Removes the pair. */
void inject_close(struct inject **in);

/*
 * Queues a copy of the frame for its next run; `runs` are those it had. Sends by itself when the queue is full.
 * -EMSGSIZE if it is larger than BB_FRAME_MAX.
 */
int inject_queue(struct inject *in, uint16_t port, uint8_t runs, const void *frame, size_t len);
/* Sends what is queued; never more at once than the pair's ring holds, so that none is lost on the way. */
void inject_flush(struct inject *in);
/* As inject_flush, and waits until the program has run all of them. */
void inject_drain(struct inject *in);

#endif
