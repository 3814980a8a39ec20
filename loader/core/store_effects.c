// SPDX-License-Identifier: GPL-2.0-or-later
/* What a transaction's changes mean for the data plane, kept in the order they happened. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/store_impl.h"

static int push(struct store_txn *t, const struct effect *e)
{
	if (t->n_effects == t->cap_effects) {
		size_t cap = t->cap_effects ? 2 * t->cap_effects : 16;
		struct effect *grown = reallocarray(t->effects, cap, sizeof(*grown));

		if (!grown) {
			t->broken = true;
			return -ENOMEM;
		}
		t->effects = grown;
		t->cap_effects = cap;
	}
	t->effects[t->n_effects++] = *e;
	return 0;
}

static union bb_record *copy(const union bb_record *rec)
{
	union bb_record *dup = rec ? malloc(sizeof(*dup)) : NULL;

	if (dup)
		memcpy(dup, rec, sizeof(*dup));
	return dup;
}

int txn_effect_record(struct store_txn *t, enum bb_object object, uint16_t vrf, const union bb_record *old,
		      const union bb_record *new)
{
	struct effect e = { .type = EFFECT_RECORD, .object = object, .vrf = vrf, .old = copy(old), .new = copy(new) };
	int rc = 0;

	if ((old && !e.old) || (new && !e.new)) {
		t->broken = true;
		rc = -ENOMEM;
	}
	if (!rc)
		rc = push(t, &e);
	if (rc) {
		free(e.old);
		free(e.new);
	}
	return rc;
}

int txn_effect_key(struct store_txn *t, uint16_t vrf, const struct bb_addr *addr)
{
	struct effect e = { .type = EFFECT_KEY, .vrf = vrf, .addr = *addr };

	return push(t, &e);
}

int txn_effect_peer(struct store_txn *t, bool add, uint16_t vrf, uint32_t remote, const struct bb_addr *pa)
{
	struct effect e = { .type = EFFECT_PEER, .add = add, .vrf = vrf, .remote = remote, .addr = *pa };

	return push(t, &e);
}

int txn_effect_remote(struct store_txn *t, bool add, uint32_t remote, const struct bb_addr *pa)
{
	struct effect e = { .type = EFFECT_REMOTE, .add = add, .remote = remote, .addr = *pa };

	return push(t, &e);
}

void txn_effects_drop(struct store_txn *t)
{
	size_t i;

	for (i = 0; i < t->n_effects; i++) {
		free(t->effects[i].old);
		free(t->effects[i].new);
	}
	free(t->effects);
	t->effects = NULL;
	t->n_effects = t->cap_effects = 0;
}

size_t store_effects(const struct store_txn *txn, const struct effect **out)
{
	*out = txn->effects;
	return txn->n_effects;
}
