/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plain XDP forward as a gateway: attaches it between the ports of a namespace. */
#ifndef BENCH_FORWARD_H
#define BENCH_FORWARD_H

/* To `access` and `fabric` of the current namespace, for as long as this process lives. 0 or -errno. */
int forward_open(const char *access, const char *fabric);

#endif
