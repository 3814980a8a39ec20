// SPDX-License-Identifier: GPL-2.0-or-later
/* Fills the maps of bluebird's object as the daemon would for the address plan. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bluebird/abi.h"
#include "frame.h"
#include "gateway.h"
#include "plan.h"

#define VRF 1
#define GENERATION 7
#define ATTACHMENT 1
#define NEXTHOP 1
#define LOOPBACK 1 /* where BPF_PROG_RUN's frames come from */
#define BLOCK_ACCESS 1
#define BLOCK_FABRIC 2
#define BLOCK_VRF_ACCESS 3
#define BLOCK_VRF_FABRIC 4
#define BLOCKS 5

static int put(struct gateway *gw, const char *map, const void *key, const void *value)
{
	int fd = bpf_object__find_map_fd_by_name(gw->obj, map);
	int err = fd < 0 ? fd : bpf_map_update_elem(fd, key, value, BPF_ANY);

	if (err)
		fprintf(stderr, "bench: map '%s': %s\n", map, strerror(-err));
	return err;
}

static int put_at(struct gateway *gw, const char *map, uint32_t index, const void *value)
{
	return put(gw, map, &index, value);
}

static int fill_ports(struct gateway *gw, const struct gateway_conf *conf)
{
	struct bb_port_conf access = { .role = BB_ROLE_ACCESS, .block = BLOCK_ACCESS, .mtu = 1500 };
	struct bb_port_conf fabric = { .role = BB_ROLE_FABRIC, .block = BLOCK_FABRIC, .mtu = 1600 };
	struct bb_attachment at = { .port = GATEWAY_ACCESS_PORT, .vrf = VRF, .vid = conf->vid,
				    .block = BLOCK_VRF_ACCESS };
	static struct bb_page page;
	uint32_t dev = LOOPBACK;
	int err;

	memset(&page, 0, sizeof(page));
	page.slot[conf->vid] = ATTACHMENT;
	err = put_at(gw, "ports", GATEWAY_ACCESS_PORT, &access);
	err = err ?: put_at(gw, "ports", GATEWAY_FABRIC_PORT, &fabric);
	err = err ?: put_at(gw, "port_vids", GATEWAY_ACCESS_PORT, &page);
	err = err ?: put_at(gw, "attachments", ATTACHMENT, &at);
	err = err ?: put_at(gw, "tx_ports", GATEWAY_ACCESS_PORT, &dev);
	return err ?: put_at(gw, "tx_ports", GATEWAY_FABRIC_PORT, &dev);
}

static int fill_vrf(struct gateway *gw)
{
	struct bb_vrf_conf vrf = { .gen = GENERATION, .vni = PLAN_VNI, .flags = BB_VRF_USED | BB_VRF_PA_CHECK };
	struct plan_mac mac = plan_gateway_mac();
	static struct bb_page page;
	int err;

	memcpy(vrf.mac, mac.b, sizeof(vrf.mac));
	vrf.blocks[0] = BLOCK_VRF_FABRIC;
	memset(&page, 0, sizeof(page));
	page.slot[PLAN_VNI % BB_VNI_PAGE] = VRF;
	err = put_at(gw, "vrfs", VRF, &vrf);
	return err ?: put_at(gw, "vni_vrf", PLAN_VNI / BB_VNI_PAGE, &page);
}

static int fill_underlay(struct gateway *gw)
{
	struct bb_vtep_conf vtep = { .local = htonl(PLAN_VTEP), .dst_port = htons(PLAN_VXLAN_PORT),
				     .ttl = PLAN_TTL, .used = 1 };
	struct bb_nexthop nh = { .port = GATEWAY_FABRIC_PORT, .state = BB_NH_RESOLVED, .mtu = 1600 };
	struct plan_mac to = plan_mac(PLAN_MAC_UNDERLAY, 1), from = plan_mac(PLAN_MAC_UNDERLAY, 0);
	int err;

	memcpy(nh.dmac, to.b, sizeof(nh.dmac));
	memcpy(nh.smac, from.b, sizeof(nh.smac));
	vtep.csum = htons(0x4500) + htons(0x4000) + htons(PLAN_TTL << 8 | IPPROTO_UDP) + frame_sum4(vtep.local);
	err = put_at(gw, "vtep", 0, &vtep);
	return err ?: put_at(gw, "nexthops", NEXTHOP, &nh);
}

static int fill_endpoints(struct gateway *gw)
{
	struct bb_key4 key = { .vrf = VRF };
	struct bb_endpoint4 ep = { .attach = ATTACHMENT };
	struct plan_mac mac;
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < PLAN_FEW; i++) {
		key.addr = htonl(plan_server(i));
		mac = plan_mac(PLAN_MAC_SERVER, i);
		memcpy(ep.mac, mac.b, sizeof(ep.mac));
		err = put(gw, "endpoints4", &key, &ep);
	}
	return err;
}

/* A VM host: a remote, and a peer that may send to the VRF. */
static int fill_host(struct gateway *gw, uint32_t remote, uint32_t addr)
{
	struct bb_remote r = { .pa = htonl(addr), .nexthop = NEXTHOP };
	struct bb_key4 key = { .vrf = VRF, .addr = r.pa };
	uint8_t yes = 1;
	int err;

	r.csum = frame_sum4(r.pa);
	err = put_at(gw, "remotes", remote, &r);
	return err ?: put(gw, "peers4", &key, &yes);
}

static int fill_mappings(struct gateway *gw, uint32_t vms)
{
	struct bb_key4 key = { .vrf = VRF };
	struct bb_cache4 answer = { .gen = GENERATION, .vni = htonl(PLAN_VNI << 8) };
	struct plan_mac mac;
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < vms; i++) {
		answer.remote = 1 + i / PLAN_VMS_PER_HOST;
		if (i % PLAN_VMS_PER_HOST == 0)
			err = fill_host(gw, answer.remote, plan_host_of(i));
		key.addr = htonl(plan_vm(i));
		mac = plan_mac(PLAN_MAC_VM, i);
		memcpy(answer.mac, mac.b, sizeof(answer.mac));
		err = err ?: put(gw, "cache4", &key, &answer);
	}
	return err;
}

/* A read-only switch of the object, by its name: found through BTF, as the skeleton's member would be. */
static int switch_off(struct bpf_object *obj, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, ".rodata");
	const struct btf *btf = bpf_object__btf(obj);
	const struct btf_var_secinfo *var;
	const struct btf_type *sec;
	size_t size;
	uint8_t *data = map ? (uint8_t *)bpf_map__initial_value(map, &size) : NULL;
	int i, id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);

	if (!data || id < 0)
		return -ENOENT;
	sec = btf__type_by_id(btf, id);
	var = btf_var_secinfos(sec);
	for (i = 0; i < btf_vlen(sec); i++) {
		if (strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, var[i].type)->name_off), name))
			continue;
		memset(data + var[i].offset, 0, var[i].size);
		return 0;
	}
	return -ENOENT;
}

/* What the daemon would set before the load. */
static int prepare(struct bpf_object *obj, const struct gateway_conf *conf)
{
	unsigned int i, cpus = libbpf_num_possible_cpus();
	struct bpf_map *cache = bpf_object__find_map_by_name(obj, "cache4");
	struct bpf_map *rings = bpf_object__find_map_by_name(obj, "rings");
	int err;

	if (!cache || !rings)
		return -ENOENT;
	err = bpf_map__set_max_entries(cache, conf->cache_size + conf->cache_size / 10 + 128 * cpus);
	err = err ?: bpf_map__set_max_entries(rings, cpus);
	for (i = 0; !err && conf->off && conf->off[i]; i++) {
		err = switch_off(obj, conf->off[i]);
		if (err)
			fprintf(stderr, "bench: no switch '%s' in the object\n", conf->off[i]);
	}
	return err;
}

static int program(struct gateway *gw, const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(gw->obj, name);

	return prog ? bpf_program__fd(prog) : -ENOENT;
}

int gateway_open(struct gateway *gw, const struct gateway_conf *conf)
{
	int err;

	gw->obj = bpf_object__open_file(conf->object, NULL);
	if (!gw->obj) {
		fprintf(stderr, "bench: object '%s': %s\n", conf->object, strerror(errno));
		return -errno;
	}
	err = prepare(gw->obj, conf);
	err = err ?: bpf_object__load(gw->obj);
	gw->access = program(gw, "bb_access");
	gw->fabric = program(gw, "bb_fabric");
	if (!err && (gw->access < 0 || gw->fabric < 0))
		err = -ENOENT;
	err = err ?: fill_ports(gw, conf);
	err = err ?: fill_vrf(gw);
	err = err ?: fill_underlay(gw);
	err = err ?: fill_endpoints(gw);
	err = err ?: fill_mappings(gw, conf->vms);
	if (err)
		gateway_close(gw);
	return err;
}

void gateway_close(struct gateway *gw)
{
	bpf_object__close(gw->obj);
	gw->obj = NULL;
}

int gateway_ingress(struct gateway *gw, uint32_t port)
{
	return put_at(gw, "ifindex_port", LOOPBACK, &port);
}

uint64_t gateway_count(struct gateway *gw, enum bb_reason reason)
{
	int i, cpus = libbpf_num_possible_cpus(), fd = bpf_object__find_map_fd_by_name(gw->obj, "counters");
	struct bb_block *blocks = calloc(cpus, sizeof(*blocks));
	uint64_t sum = 0;
	uint32_t key;

	for (key = 0; blocks && key < BLOCKS; key++) {
		if (bpf_map_lookup_elem(fd, &key, blocks))
			continue;
		for (i = 0; i < cpus; i++)
			sum += blocks[i].c[reason].packets;
	}
	free(blocks);
	return sum;
}
