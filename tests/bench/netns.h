/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bench's namespaces: entering one by name. */
#ifndef BENCH_NETNS_H
#define BENCH_NETNS_H

/* Moves this process into the network namespace PREFIX-NAME. 0 or -errno, said on stderr. */
int netns_enter(const char *prefix, const char *name);

#endif
