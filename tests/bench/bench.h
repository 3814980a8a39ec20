/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a run: each measures, tells stderr what went wrong, and leaves result lines. */
#ifndef BENCH_H
#define BENCH_H

#include <stdio.h>

/* The program alone; `off` (ends with null) are switches of the object to turn off, for analysis. */
int bench_program(const char *object, const char *const *off, FILE *results);

/* End to end, between the far ends of the gateways in the namespaces PREFIX-*; see selftests/bench.sh. */
int bench_wire(const char *prefix, const char *phase, FILE *results);
/* Sends one frame to each VM of the phase through bluebird, slowly enough that every miss is served. */
int bench_warm(const char *prefix, const char *phase);

/* Configuration lines made from the address plan: see `lines` for the names. */
int bench_lines(const char *what);

#endif
