// SPDX-License-Identifier: GPL-2.0-or-later
/* What follows from a record alone. */
#include "lib/model.h"

#include <string.h>

struct bb_mac bb_vrf_mac(const struct bb_vrf *vrf)
{
	static const struct bb_mac zero;

	if (memcmp(&vrf->mac, &zero, sizeof(zero)) != 0)
		return vrf->mac;
	return (struct bb_mac){ { 0x02, 0xbb, 0x00, (uint8_t)(vrf->vni >> 16), (uint8_t)(vrf->vni >> 8),
				  (uint8_t)vrf->vni } };
}
