// SPDX-License-Identifier: GPL-2.0-or-later
/* Builds the frames of the bench by the address plan. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <string.h>

#include "frame.h"
#include "plan.h"

#define VLAN_BYTES 4

struct plan_mac plan_mac(uint8_t kind, uint32_t index)
{
	return (struct plan_mac){ { 0x02, 0x00, kind, index >> 16, index >> 8, index } };
}

struct plan_mac plan_gateway_mac(void)
{
	return (struct plan_mac){ { 0x02, 0xbb, 0x00, PLAN_VNI >> 16, PLAN_VNI >> 8 & 0xff, PLAN_VNI & 0xff } };
}

uint32_t frame_sum4(uint32_t be32)
{
	return (be32 & 0xffff) + (be32 >> 16);
}

/* Header words without checksum and the address at `varies` (16: destination, 12: source). */
static uint32_t partial_sum(const struct iphdr *ip, unsigned int varies)
{
	const uint8_t *b = (const uint8_t *)ip;
	uint32_t sum = 0;
	unsigned int i;
	uint16_t word;

	for (i = 0; i < sizeof(*ip); i += sizeof(word)) {
		if (i == 10 || i == varies || i == varies + 2)
			continue;
		memcpy(&word, b + i, sizeof(word));
		sum += word;
	}
	return sum;
}

static uint8_t *put_eth(uint8_t *at, struct plan_mac dst, struct plan_mac src, uint16_t vid)
{
	uint16_t tag[3] = { htons(vid ? ETH_P_8021Q : ETH_P_IP), htons(vid), htons(ETH_P_IP) };

	memcpy(at, dst.b, ETH_ALEN);
	memcpy(at + ETH_ALEN, src.b, ETH_ALEN);
	memcpy(at + 2 * ETH_ALEN, tag, sizeof(tag));
	return at + ETH_HLEN + (vid ? VLAN_BYTES : 0);
}

static uint8_t *put_ip(uint8_t *at, uint32_t src, uint32_t dst, uint16_t len, bool df)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = PLAN_TTL, .protocol = IPPROTO_UDP };

	ip.tot_len = htons(len);
	ip.frag_off = htons(df ? 0x4000 : 0);
	ip.saddr = htonl(src);
	ip.daddr = htonl(dst);
	memcpy(at, &ip, sizeof(ip));
	return at + sizeof(ip);
}

static uint8_t *put_udp(uint8_t *at, uint16_t src, uint16_t dst, uint16_t len)
{
	struct udphdr udp = { .source = htons(src), .dest = htons(dst), .len = htons(len) };

	memcpy(at, &udp, sizeof(udp));
	return at + sizeof(udp);
}

static uint8_t *put_vxlan(uint8_t *at)
{
	uint32_t words[2] = { htonl(0x08000000), htonl(PLAN_VNI << 8) };

	memcpy(at, words, sizeof(words));
	return at + sizeof(words);
}

/* The template has no checksums: the traffic programs write those that vary. */
static void finish(struct frame *f, uint32_t len, uint32_t count, bool random)
{
	f->traffic.len = len;
	f->traffic.count = count;
	f->traffic.random = random;
	memcpy(f->traffic.head, f->b, sizeof(f->traffic.head));
}

void frame_server(struct frame *f, uint16_t vid, uint32_t count, bool random)
{
	uint32_t len = FRAME_SERVER_LEN - ETH_HLEN - (vid ? VLAN_BYTES : 0);
	uint8_t *ip;

	memset(f, 0, sizeof(*f));
	ip = put_eth(f->b, plan_gateway_mac(), plan_mac(PLAN_MAC_SERVER, 0), vid);
	put_udp(put_ip(ip, plan_server(0), plan_vm(0), len, false), 10000, 10001, len - sizeof(struct iphdr));
	f->traffic.kind = vid ? TRAFFIC_SERVER_VLAN : TRAFFIC_SERVER;
	f->traffic.dst = plan_vm(0);
	f->traffic.sum = partial_sum((struct iphdr *)ip, 16);
	finish(f, FRAME_SERVER_LEN, count, random);
}

void frame_fabric(struct frame *f, uint32_t inner_len, uint32_t count, bool random)
{
	uint32_t len = FRAME_ENCAP_BYTES + ETH_HLEN + inner_len, outer_len = len - ETH_HLEN;
	uint8_t *outer, *ip, *at;

	memset(f, 0, sizeof(*f));
	outer = put_eth(f->b, plan_mac(PLAN_MAC_UNDERLAY, 0), plan_mac(PLAN_MAC_UNDERLAY, 1), 0);
	at = put_ip(outer, PLAN_HOSTS, PLAN_VTEP, outer_len, true);
	at = put_vxlan(put_udp(at, 50000, PLAN_VXLAN_PORT, outer_len - sizeof(struct iphdr)));
	ip = put_eth(at, plan_gateway_mac(), plan_mac(PLAN_MAC_VM, 0), 0);
	at = put_ip(ip, plan_vm(0), plan_server(0), inner_len, false);
	put_udp(at, 10001, 10000, inner_len - sizeof(struct iphdr));
	f->traffic.kind = TRAFFIC_FABRIC;
	f->traffic.dst = plan_server(0);
	f->traffic.src = PLAN_HOSTS;
	f->traffic.srcs = PLAN_FEW / PLAN_VMS_PER_HOST;
	f->traffic.sum = partial_sum((struct iphdr *)ip, 16);
	f->traffic.outer = partial_sum((struct iphdr *)outer, 12);
	finish(f, len, count, random);
}
