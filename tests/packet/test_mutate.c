// SPDX-License-Identifier: GPL-2.0-or-later
/* Mutated frames, from a fixed seed: whatever they are, they are counted once and nothing grows. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"
#include "suites.h"

#define MUTANTS 20000
#define SEED 0x9e3779b97f4a7c15ULL /* BLUEBIRD_SEED overrides it */
#define SEEDS_MAX 512
#define GROWTH 300

static uint64_t rng;
static const struct row *seeds[SEEDS_MAX];
static int seeds_n;

static uint32_t random_below(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (rng >> 11) % n;
}

static void collect(enum dp_program prog)
{
	seeds_n = 0;
	for (int t = 0; tables[t]; t++)
		for (int i = 0; i < tables[t]->count && seeds_n < SEEDS_MAX; i++)
			if (tables[t]->rows[i].prog == prog)
				seeds[seeds_n++] = &tables[t]->rows[i];
	ck_assert_int_gt(seeds_n, 10);
	ck_assert_int_lt(seeds_n, SEEDS_MAX);
}

/* Where it hurts: mostly in the headers. */
static size_t place(const struct frame *f)
{
	size_t reach = random_below(8) ? 120 : f->len;

	return random_below(reach < f->len ? reach : f->len);
}

static void set_length(struct frame *f, size_t len)
{
	if (len < ETH_HLEN)
		len = ETH_HLEN;
	if (len > FRAME_BYTES - BB_ENCAP4_BYTES)
		len = FRAME_BYTES - BB_ENCAP4_BYTES;
	for (size_t i = f->len; i < len; i++)
		f->bytes[i] = random_below(256);
	f->len = len;
}

static void mutate(struct frame *f)
{
	static const uint8_t edges[] = { 0, 1, 4, 5, 0x0f, 0x40, 0x44, 0x45, 0x46, 0x4f, 0x7f, 0x80, 0x81, 0xfe, 0xff };
	size_t at = place(f);

	switch (random_below(7)) {
	case 0:
		f->bytes[at] ^= 1 << random_below(8);
		break;
	case 1:
		f->bytes[at] = random_below(256);
		break;
	case 2:
		f->bytes[at] = edges[random_below(sizeof(edges))];
		break;
	case 3: /* two bytes a little more or less: lengths */
		if (at + 1 < f->len)
			put_be16(f->bytes + at, be16_at(f->bytes + at) + random_below(65) - 32);
		break;
	case 4:
		set_length(f, random_below(f->len + 1));
		break;
	case 5:
		set_length(f, f->len + random_below(GROWTH));
		break;
	case 6: /* a piece over another piece */
		memmove(f->bytes + at, f->bytes + place(f), random_below(f->len - at) % 32);
		break;
	}
}

/* Bytes in the first buffer: mostly all. */
static uint32_t split(const struct frame *f)
{
	if (random_below(4) || !can_split())
		return 0;
	return ETH_HLEN + random_below(f->len - ETH_HLEN + 1);
}

/* Would the injection program take it? By the test's own reading of the header. */
static bool is_injectable(const struct frame *f, uint32_t linear)
{
	struct bb_inject head;

	memcpy(&head, f->bytes, sizeof(head));
	return (linear ? linear : f->len) >= sizeof(head) + ETH_HLEN && head.ethertype == htons(BB_INJECT_ETHERTYPE) &&
	       head.magic == BB_INJECT_MAGIC &&
	       (head.port == PORT_ACC0 || head.port == PORT_ACC1 || head.port == PORT_GHOST);
}

static const char *judge(enum dp_program prog, const struct frame *f, uint32_t linear, const struct result *r,
			 const struct change *c, const struct punted *p)
{
	if (prog != DP_PROG_INJECT)
		return c->further_run ? "counted as a further run" : check_frame(prog, f->bytes, f->len, r, c, p);
	if (!is_injectable(f, linear))
		return c->counters || r->action != XDP_DROP ? "a bad header was not dropped" : NULL;
	if (c->further_run != !!f->bytes[offsetof(struct bb_inject, runs)])
		return "counted in the wrong half";
	return check_frame(prog, f->bytes, f->len, r, c, p);
}

static void report(const struct frame *f, uint32_t linear, const struct row *from, int i, const char *wrong,
		   const struct change *c)
{
	fprintf(stderr, "mutant %d of \"%s\", %zu bytes, %u in the first buffer (0: as many as fit), reason %s: %s\n ",
		i,
		from->name, f->len, linear, reason_word(c->reason), wrong);
	for (size_t k = 0; k < f->len && k < 160; k++)
		fprintf(stderr, "%02x", f->bytes[k]);
	fprintf(stderr, "\n");
	ck_abort_msg("mutant %d of \"%s\": %s", i, from->name, wrong);
}

static uint64_t seed(void)
{
	const char *text = getenv("BLUEBIRD_SEED");

	return text && strtoull(text, NULL, 0) ? strtoull(text, NULL, 0) : SEED;
}

static void mutants(enum dp_program prog)
{
	static struct frame f;
	static struct result r;
	static struct punted p;
	struct change c;

	runner_open();
	collect(prog);
	rng = seed() + prog;
	for (int i = 0; i < MUTANTS; i++) {
		const struct row *from = seeds[random_below(seeds_n)];
		const char *wrong;
		uint32_t linear;

		frame_build(&f, from->in);
		if (f.len > 2000 && random_below(8)) /* large ones cost time and teach little */
			set_length(&f, 1800);
		for (int n = 1 + random_below(4); n; n--)
			mutate(&f);
		linear = split(&f);
		run_frame(prog, from->dev, f.bytes, f.len, linear, &r);
		counters_look(&c);
		ring_drain(&p);
		wrong = judge(prog, &f, linear, &r, &c, &p);
		if (wrong)
			report(&f, linear, from, i, wrong, &c);
	}
}

START_TEST(access_mutants)
{
	mutants(DP_PROG_ACCESS);
}
END_TEST

START_TEST(fabric_mutants)
{
	mutants(DP_PROG_FABRIC);
}
END_TEST

START_TEST(inject_mutants)
{
	mutants(DP_PROG_INJECT);
}
END_TEST

Suite *mutate_suite(void)
{
	Suite *s = suite_create("mutated frames");
	TCase *tc = tcase_create("mutants");

	tcase_add_unchecked_fixture(tc, world_setup_shared, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, access_mutants);
	tcase_add_test(tc, fabric_mutants);
	tcase_add_test(tc, inject_mutants);
	suite_add_tcase(s, tc);
	return s;
}
