/* SPDX-License-Identifier: GPL-2.0-or-later */
/* (VRF, CA) -> answer, from the store alone: endpoint, exact mapping; later longest prefix, then peer VRF. */
#ifndef BLUEBIRD_RESOLVER_H
#define BLUEBIRD_RESOLVER_H

#include "core/store.h"

enum answer_kind {
	ANSWER_NONE,   /* no such CA */
	ANSWER_LOCAL,  /* an endpoint: the data plane has it in full */
	ANSWER_REMOTE, /* a mapping */
};

struct answer {
	enum answer_kind kind;
	uint32_t remote; /* index of the PA */
	uint32_t vni;	 /* host order, the VRF's where the mapping has none */
	struct bb_mac mac;
	struct bb_addr pa;
};

/* 0 with an answer (ANSWER_NONE included), or -errno when the store could not be read. */
int resolver_resolve(struct store_txn *txn, uint16_t vrf, const struct bb_addr *ca, struct answer *out);

#endif
