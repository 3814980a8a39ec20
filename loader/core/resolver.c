// SPDX-License-Identifier: GPL-2.0-or-later
/* Resolves a CA of a VRF from the store: the endpoint wins over a mapping of the same CA. */
#include "core/resolver.h"

#include <errno.h>

static int resolve_local(struct store_txn *txn, uint16_t vrf, const struct bb_addr *ca, struct answer *out)
{
	struct bb_endpoint endpoint;
	int rc = store_find_endpoint(txn, vrf, ca, &endpoint);

	if (!rc)
		*out = (struct answer){ .kind = ANSWER_LOCAL, .mac = endpoint.mac };
	return rc;
}

static int resolve_mapping(struct store_txn *txn, uint16_t vrf, const struct bb_addr *ca, struct answer *out)
{
	struct bb_mapping mapping;
	struct bb_vrf record;
	uint32_t remote;
	int rc;

	rc = store_find_mapping(txn, vrf, ca, &mapping, &remote);
	if (rc)
		return rc;
	if (!mapping.vni) {
		rc = store_vrf_by_id(txn, vrf, &record);
		if (rc)
			return rc == -ENOENT ? -EUCLEAN : rc;
		mapping.vni = record.vni;
	}
	*out = (struct answer){
		.kind = ANSWER_REMOTE,
		.remote = remote,
		.vni = mapping.vni,
		.mac = mapping.mac,
		.pa = mapping.pa,
	};
	return 0;
}

int resolver_resolve(struct store_txn *txn, uint16_t vrf, const struct bb_addr *ca, struct answer *out)
{
	int rc;

	rc = resolve_local(txn, vrf, ca, out);
	if (rc == -ENOENT)
		rc = resolve_mapping(txn, vrf, ca, out);
	if (rc != -ENOENT)
		return rc;
	*out = (struct answer){ .kind = ANSWER_NONE };
	return 0;
}
