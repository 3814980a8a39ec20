// SPDX-License-Identifier: GPL-2.0-or-later
/* Some thousand random verbs against a model in memory: listings, peers, remotes and effects must agree. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bluebird/abi.h"
#include "store_cases.h"
#include "store_fixture.h"
#include "suites.h"

#define VRFS 3
#define CAS 40
#define PAS 6
#define ATTACHES 4
#define ROUNDS 400

/* 0: not there. Mappings are PA + 8 * MAC, endpoints attachment + 8 * MAC, VRFs their VNI, attachments VRF. */
struct model {
	unsigned int vrf[VRFS + 1];
	unsigned int attach[ATTACHES + 1];
	unsigned int mapping[VRFS + 1][CAS + 1];
	unsigned int endpoint[VRFS + 1][CAS + 1];
};

/* What the effects alone say: which PAs are peers and have an index. Keys that changed are marked. */
struct replica {
	bool peer[VRFS + 1][PAS + 1];
	uint32_t remote[PAS + 1];
	bool touched[VRFS + 1][CAS + 1];
};

static unsigned int pick(unsigned int n)
{
	return 1 + rand() % n;
}

static bool vrf_in_use(const struct model *m, unsigned int vrf)
{
	unsigned int i;

	for (i = 1; i <= ATTACHES; i++)
		if (m->attach[i] == vrf)
			return true;
	for (i = 1; i <= CAS; i++)
		if (m->mapping[vrf][i] || m->endpoint[vrf][i])
			return true;
	return false;
}

static bool attach_in_use(const struct model *m, unsigned int attach)
{
	unsigned int vrf, ca;

	for (vrf = 1; vrf <= VRFS; vrf++)
		for (ca = 1; ca <= CAS; ca++)
			if (m->endpoint[vrf][ca] && m->endpoint[vrf][ca] % 8 == attach)
				return true;
	return false;
}

/* What a verb on something that is (not) there must give before any other rule. */
static int expect(const char *verb, bool there)
{
	if (verb[0] == 'a' && there)
		return -EEXIST;
	return verb[0] == 'd' && !there ? -ENOENT : 0;
}

static int random_vrf(struct model *m, const char *verb, char *line, size_t size)
{
	unsigned int i = pick(VRFS), vni = pick(5), j;
	int rc = expect(verb, m->vrf[i]);

	if (verb[0] == 'd') {
		snprintf(line, size, "vrf del v%u", i);
		if (!rc && vrf_in_use(m, i))
			return -EBUSY;
		m->vrf[i] = rc ? m->vrf[i] : 0;
		return rc;
	}
	snprintf(line, size, "vrf %s v%u vni %u", verb, i, vni);
	for (j = 1; j <= VRFS && !rc; j++)
		if (j != i && m->vrf[j] == vni)
			return -EINVAL;
	if (!rc)
		m->vrf[i] = vni;
	return rc;
}

static int random_attach(struct model *m, const char *verb, char *line, size_t size)
{
	unsigned int i = pick(ATTACHES), vrf = pick(VRFS);
	int rc = expect(verb, m->attach[i]);

	if (verb[0] == 'd') {
		snprintf(line, size, "attach del port eth0 vid %u", i);
		if (!rc && attach_in_use(m, i))
			return -EBUSY;
		m->attach[i] = rc ? m->attach[i] : 0;
		return rc;
	}
	snprintf(line, size, "attach %s port eth0 vid %u vrf v%u", verb, i, vrf);
	if (!rc && !m->vrf[vrf])
		return -EINVAL;
	if (!rc && m->attach[i] && m->attach[i] != vrf && attach_in_use(m, i))
		return -EBUSY;
	if (!rc)
		m->attach[i] = vrf;
	return rc;
}

static int random_endpoint(struct model *m, const char *verb, char *line, size_t size)
{
	unsigned int vrf = pick(VRFS), ca = pick(CAS), attach = pick(ATTACHES), mac = pick(3);
	int rc = expect(verb, m->endpoint[vrf][ca]);

	if (verb[0] == 'd') {
		snprintf(line, size, "endpoint del vrf v%u ca 10.0.0.%u", vrf, ca);
		m->endpoint[vrf][ca] = rc ? m->endpoint[vrf][ca] : 0;
		return rc;
	}
	snprintf(line, size, "endpoint %s vrf v%u ca 10.0.0.%u mac 02:00:00:00:00:0%u port eth0 vid %u", verb, vrf, ca,
		 mac, attach);
	if (!rc && m->attach[attach] != vrf)
		return -EINVAL;
	if (!rc)
		m->endpoint[vrf][ca] = attach + 8 * mac;
	return rc;
}

static int random_mapping(struct model *m, const char *verb, char *line, size_t size)
{
	unsigned int vrf = pick(VRFS), ca = pick(CAS), pa = pick(PAS), mac = pick(3);
	int rc = expect(verb, m->mapping[vrf][ca]);

	if (verb[0] == 'd') {
		snprintf(line, size, "mapping del vrf v%u ca 10.0.0.%u", vrf, ca);
		m->mapping[vrf][ca] = rc ? m->mapping[vrf][ca] : 0;
		return rc;
	}
	snprintf(line, size, "mapping %s vrf v%u ca 10.0.0.%u pa 10.9.0.%u mac 02:00:00:00:00:0%u", verb, vrf, ca, pa,
		 mac);
	if (!rc && !m->vrf[vrf])
		return -EINVAL;
	if (!rc)
		m->mapping[vrf][ca] = pa + 8 * mac;
	return rc;
}

static void random_verb(struct store_txn *t, struct model *m)
{
	static const char *const verbs[] = { "add", "add", "replace", "replace", "del" };
	const char *verb = verbs[rand() % ARRAY_LEN(verbs)];
	unsigned int what = rand() % 20;
	struct bb_error err = { "" };
	char line[128];
	int want, rc;

	if (what < 1)
		want = random_vrf(m, verb, line, sizeof(line));
	else if (what < 3)
		want = random_attach(m, verb, line, sizeof(line));
	else if (what < 8)
		want = random_endpoint(m, verb, line, sizeof(line));
	else
		want = random_mapping(m, verb, line, sizeof(line));
	rc = fixture_do(t, line, &err);
	ck_assert_msg(rc == want, "%s: %d, not %d: %s", line, rc, want, err.text);
}

/* The VRF of a name or an id: names are v1 to v3, ids differ as VRFs come and go. */
static unsigned int vrf_number(struct store_txn *t, uint16_t id)
{
	struct bb_vrf vrf;

	return store_vrf_by_id(t, id, &vrf) ? 0 : vrf.name[1] - '0';
}

struct check {
	struct store_txn *t;
	struct model seen;
	bool peer[VRFS + 1][PAS + 1];
	uint32_t remote[PAS + 1];
};

static int see_vrf(const union bb_record *rec, void *arg)
{
	struct check *c = arg;

	c->seen.vrf[rec->vrf.name[1] - '0'] = rec->vrf.vni;
	return 0;
}

static int see_attach(const union bb_record *rec, void *arg)
{
	struct check *c = arg;

	c->seen.attach[rec->attach.vid.outer] = rec->attach.vrf[1] - '0';
	return 0;
}

static int see_endpoint(const union bb_record *rec, void *arg)
{
	const struct bb_endpoint *e = &rec->endpoint;
	struct check *c = arg;

	c->seen.endpoint[e->vrf[1] - '0'][e->ca.b[3]] = e->vid.outer + 8 * e->mac.b[5];
	return 0;
}

static int see_mapping(const union bb_record *rec, void *arg)
{
	const struct bb_mapping *m = &rec->mapping;
	struct check *c = arg;

	c->seen.mapping[m->vrf[1] - '0'][m->ca.b[3]] = m->pa.b[3] + 8 * m->mac.b[5];
	return 0;
}

static int see_peer(uint16_t vrf, const struct bb_addr *pa, void *arg)
{
	struct check *c = arg;

	c->peer[vrf_number(c->t, vrf)][pa->b[3]] = true;
	return 0;
}

static int see_remote(uint32_t remote, const struct bb_addr *pa, void *arg)
{
	struct check *c = arg;

	ck_assert_uint_eq(c->remote[pa->b[3]], 0);
	c->remote[pa->b[3]] = remote;
	return 0;
}

/* Every listing against the model; peers and remotes are what the model's mappings imply. */
static void check_model(struct store_txn *t, const struct model *m, struct check *c)
{
	bool peer[VRFS + 1][PAS + 1] = { { false } }, remote[PAS + 1] = { false };
	unsigned int vrf, ca, pa;

	memset(c, 0, sizeof(*c));
	c->t = t;
	ck_assert(!store_each(t, BB_OBJ_VRF, NULL, 0, see_vrf, c));
	ck_assert(!store_each(t, BB_OBJ_ATTACH, NULL, 0, see_attach, c));
	ck_assert(!store_each(t, BB_OBJ_ENDPOINT, NULL, 0, see_endpoint, c));
	ck_assert(!store_each(t, BB_OBJ_MAPPING, NULL, 0, see_mapping, c));
	ck_assert(!store_each_peer(t, see_peer, c));
	ck_assert(!store_each_remote(t, see_remote, c));
	ck_assert_mem_eq(&c->seen, m, sizeof(*m));
	for (vrf = 1; vrf <= VRFS; vrf++)
		for (ca = 1; ca <= CAS; ca++)
			if (m->mapping[vrf][ca])
				peer[vrf][m->mapping[vrf][ca] % 8] = remote[m->mapping[vrf][ca] % 8] = true;
	ck_assert_mem_eq(peer, c->peer, sizeof(peer));
	for (pa = 1; pa <= PAS; pa++)
		ck_assert_int_eq(remote[pa], c->remote[pa] != 0);
}

/* Plays the effects on the replica. VRFs may be gone by now: numbers come from the records' effects. */
static void play(struct store_txn *t, struct replica *r, unsigned int number[])
{
	const struct effect *e;
	size_t i, n = store_effects(t, &e);

	for (i = 0; i < n; i++, e++) {
		unsigned int vrf = number[e->vrf], addr = e->addr.b[3];

		if (e->type == EFFECT_RECORD && e->object == BB_OBJ_VRF && e->new)
			number[e->vrf] = e->new->vrf.name[1] - '0';
		if (e->type == EFFECT_KEY)
			r->touched[vrf][addr] = true;
		if (e->type == EFFECT_PEER) {
			ck_assert_int_ne(r->peer[vrf][addr], e->add);
			ck_assert_uint_eq(r->remote[addr], e->remote); /* it has its index all that while */
			r->peer[vrf][addr] = e->add;
		}
		if (e->type == EFFECT_REMOTE) {
			ck_assert_uint_eq(r->remote[addr], e->add ? 0 : e->remote);
			r->remote[addr] = e->add ? e->remote : 0;
		}
	}
}

/* Every key whose answer differs must have been named. */
static void check_touched(const struct replica *r, const struct model *old, const struct model *new)
{
	unsigned int vrf, ca;

	for (vrf = 1; vrf <= VRFS; vrf++)
		for (ca = 1; ca <= CAS; ca++)
			if (old->mapping[vrf][ca] != new->mapping[vrf][ca] ||
			    old->endpoint[vrf][ca] != new->endpoint[vrf][ca])
				ck_assert(r->touched[vrf][ca]);
}

START_TEST(random_verbs)
{
	static unsigned int number[BB_MAX_VRFS];
	struct replica replica;
	struct model now, next;
	struct store_txn *t;
	struct fixture f;
	struct check c;
	unsigned int round, n;

	srand(_i + 1);
	memset(&now, 0, sizeof(now));
	memset(&replica, 0, sizeof(replica));
	fixture_open(&f, FIXTURE_MAP);
	fixture_commit(&f, (const char *[]){ "port add eth0 role access", NULL });
	for (round = 0; round < ROUNDS; round++) {
		next = now;
		ck_assert(!store_begin(f.store, true, &t, NULL));
		for (n = rand() % 30; n; n--)
			random_verb(t, &next);
		check_model(t, &next, &c);
		if (rand() % 3) {
			ck_assert(!store_commit(t, NULL));
			memset(replica.touched, 0, sizeof(replica.touched));
			play(t, &replica, number);
			check_touched(&replica, &now, &next);
			ck_assert_mem_eq(replica.peer, c.peer, sizeof(c.peer));
			ck_assert_mem_eq(replica.remote, c.remote, sizeof(c.remote));
			now = next;
		}
		store_end(&t);
		if (rand() % 8 == 0)
			fixture_reopen(&f); /* which also looks at every page */
		ck_assert(!store_begin(f.store, false, &t, NULL));
		check_model(t, &now, &c);
		store_end(&t);
	}
	fixture_close(&f);
}
END_TEST

TCase *store_random_case(void)
{
	TCase *tc = tcase_create("random");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, random_verbs, 0, 4);
	return tc;
}
