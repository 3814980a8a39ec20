// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples, medians, and the lines between the steps of a run. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"

void samples_add(struct samples *s, double value)
{
	if (s->n < SAMPLES_MAX)
		s->v[s->n++] = value;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double samples_median(const struct samples *s)
{
	struct samples sorted = *s;

	if (!s->n)
		return 0;
	qsort(sorted.v, sorted.n, sizeof(sorted.v[0]), compare);
	return (sorted.v[(sorted.n - 1) / 2] + sorted.v[sorted.n / 2]) / 2;
}

double samples_ratio(const struct samples *a, const struct samples *b)
{
	struct samples ratios = { .n = 0 };
	unsigned int i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (b->v[i] > 0)
			samples_add(&ratios, a->v[i] / b->v[i]);
	return samples_median(&ratios);
}

void result_number(FILE *out, const char *name, double value)
{
	fprintf(out, "%s %.4f\n", name, value);
}

void result_null(FILE *out, const char *name, const char *fmt, ...)
{
	va_list ap;

	fprintf(out, "%s null ", name);
	va_start(ap, fmt);
	vfprintf(out, fmt, ap);
	va_end(ap);
	fputc('\n', out);
}
