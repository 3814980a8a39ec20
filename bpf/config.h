/* SPDX-License-Identifier: GPL-2.0-only */
/* Switches that the daemon sets before the load: what is off is removed by the verifier and costs nothing. */
#ifndef BB_BPF_CONFIG_H
#define BB_BPF_CONFIG_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include "bluebird/abi.h"

/* Source MAC and CA must be those of an endpoint on the attachment. */
const volatile __u8 cfg_source_check = 1;
/* The outer source must be a PA of the VRF (where the VRF asks for it). */
const volatile __u8 cfg_pa_check = 1;
/* RFC 6040 both ways and the VRF's DSCP policy; off: the outer TOS byte is 0 and ignored. */
const volatile __u8 cfg_qos = 1;
/* Misses are limited per attachment. */
const volatile __u8 cfg_budget = 1;
/* Cache hits leave their time, which is what idle eviction goes by. */
const volatile __u8 cfg_seen = 1;

#endif
