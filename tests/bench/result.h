/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples and their medians; lines "NAME VALUE" or "NAME null REASON" that the steps of a run leave for the report. */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include <stdio.h>

#define SAMPLES_MAX 64

struct samples {
	double v[SAMPLES_MAX];
	unsigned int n;
};

void samples_add(struct samples *s, double value);
double samples_median(const struct samples *s);
/* The median of a[i] / b[i], each pair taken in the same round. */
double samples_ratio(const struct samples *a, const struct samples *b);

void result_number(FILE *out, const char *name, double value);
void result_null(FILE *out, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Reads the lines of `results`, prints the tables and writes the flat object. 0 or -errno. */
int report(const char *results, const char *json);

#endif
