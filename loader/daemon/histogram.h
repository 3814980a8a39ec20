/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Latencies in microseconds, eight bins per power of two: a quantile is off by at most one eighth. */
#ifndef BLUEBIRD_HISTOGRAM_H
#define BLUEBIRD_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BINS 256

/* One writer; readers see counts that are at most a few events apart. */
struct histogram {
	uint64_t bin[HISTOGRAM_BINS];
};

static inline unsigned int histogram_bin(uint64_t us)
{
	unsigned int log, bin;

	if (us < 8)
		return us;
	log = 63 - __builtin_clzll(us);
	bin = (log - 2) * 8 + ((us >> (log - 3)) & 7);
	return bin < HISTOGRAM_BINS ? bin : HISTOGRAM_BINS - 1;
}

/* The largest value that falls into the bin. */
static inline uint64_t histogram_value(unsigned int bin)
{
	unsigned int log = bin / 8 + 2;

	if (bin < 8)
		return bin;
	return ((bin % 8 + 9ull) << (log - 3)) - 1;
}

static inline void histogram_add(struct histogram *h, uint64_t us)
{
	__atomic_fetch_add(&h->bin[histogram_bin(us)], 1, __ATOMIC_RELAXED);
}

/* permille: 500 is the median. 0 if there are no events. */
static inline uint64_t histogram_quantile(const struct histogram *h, unsigned int permille)
{
	uint64_t total = 0, below = 0, bin[HISTOGRAM_BINS];

	for (int i = 0; i < HISTOGRAM_BINS; i++)
		total += bin[i] = __atomic_load_n(&h->bin[i], __ATOMIC_RELAXED);
	for (int i = 0; total && i < HISTOGRAM_BINS; i++) {
		below += bin[i];
		if (below * 1000 >= total * permille)
			return histogram_value(i);
	}
	return 0;
}

#endif
