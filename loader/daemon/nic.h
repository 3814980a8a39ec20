/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a NIC fit to be a port, undoes it, and tells who else has XDP on it. */
#ifndef BLUEBIRD_NIC_H
#define BLUEBIRD_NIC_H

#include <stdint.h>

#include "lib/error.h"

/* What nic_fit changed: bits for nic_restore. */
#define BB_SAVED_PROMISC 1   /* was not promiscuous */
#define BB_SAVED_RXVLAN 2    /* rx-vlan-hw-parse was on */
#define BB_SAVED_RXFILTER 4  /* rx-vlan-filter was on */
#define BB_SAVED_LRO 8	     /* rx-lro was on */
#define BB_SAVED_RXSTAG 16	/* rx-vlan-stag-hw-parse was on */
#define BB_SAVED_RXSTAGFILTER 32 /* rx-vlan-stag-filter was on */

struct nic_info {
	uint32_t ifindex;
	uint32_t mtu;
	uint8_t mac[6];
	char driver[32]; /* "" if the device names none */
};

/* The MAC of what is not Ethernet is zero. -ENODEV with a text that quotes the name. */
int nic_info(const char *dev, struct nic_info *out, struct bb_error *err);
/*
 * Promiscuous; rxvlan, rx-vlan-filter (both for 802.1ad too) and LRO off. *saved gets the bits of what was changed
 * now. Where the driver keeps one of them on, -EOPNOTSUPP with advice, and what was changed is undone.
 */
int nic_fit(const char *dev, uint32_t *saved, struct bb_error *err);
/* Best effort: the device may be gone. */
void nic_restore(const char *dev, uint32_t saved);
/*
 * Is another XDP program on the device? 0: none. -EBUSY: err names the program (and says if it is a libxdp
 * dispatcher). `own_prog_id` (0: none) is a program that counts as ours.
 */
int nic_foreign_xdp(const char *dev, uint32_t ifindex, uint32_t own_prog_id, struct bb_error *err);

#endif
