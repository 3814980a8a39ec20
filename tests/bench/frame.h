/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frames of the bench, and what the traffic programs must know to vary them. */
#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "traffic.h"

#define FRAME_SERVER_LEN 84 /* as a server sends it, tag included */
#define FRAME_ENCAP_BYTES 50
#define FRAME_MAX 256

struct frame {
	uint8_t b[FRAME_MAX];
	struct traffic traffic;
};

/* A server's frame to VM 0 of `count`; vid 0 is untagged. */
void frame_server(struct frame *f, uint16_t vid, uint32_t count, bool random);
/* A VM host's frame to server 0 of `count`; `inner_len` is the packet's without its Ethernet header. */
void frame_fabric(struct frame *f, uint32_t inner_len, uint32_t count, bool random);

/* Sum of the 16-bit words of an address in network order, unfolded. */
uint32_t frame_sum4(uint32_t be32);

#endif
