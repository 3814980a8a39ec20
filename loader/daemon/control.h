/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket: takes requests, hands them to the engine one after the other, sends the answers. */
#ifndef BLUEBIRD_CONTROL_H
#define BLUEBIRD_CONTROL_H

#include "daemon/gateway.h"

struct control;

/*
 * Listens at `path` (0660, its directory is made if it is missing). A socket of a dead daemon is replaced;
 * one that answers is refused with -EADDRINUSE. After an answer that leaves g->torn_down set, the loop ends.
 */
int control_open(struct control **out, struct gateway *g, const char *path, struct bb_error *err);
void control_close(struct control **c);

#endif
