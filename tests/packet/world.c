// SPDX-License-Identifier: GPL-2.0-or-later
/* Fills the tables as the plan says. */
#include "world.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"

struct world world;

static const struct {
	enum port_id id;
	enum dev dev;
	uint8_t role;
	uint32_t mtu;
} port_plan[] = {
	{ PORT_ACC0, DEV_ACC0, BB_PORT_ACCESS, MTU_ACC0 },
	{ PORT_ACC1, DEV_ACC1, BB_PORT_ACCESS, MTU_ACC1 },
	{ PORT_FAB0, DEV_FAB0, BB_PORT_FABRIC, MTU_HOP1 },
	{ PORT_FAB1, DEV_FAB1, BB_PORT_FABRIC, MTU_HOP2 },
};

static const struct {
	enum attach_id id;
	enum port_id port;
	uint16_t vid;
	uint16_t tenant;
} attach_plan[] = {
	{ AT_1U, PORT_ACC0, 0, 1 },   { AT_1V, PORT_ACC0, 100, 1 }, { AT_1W, PORT_ACC0, 101, 1 },
	{ AT_1X, PORT_ACC1, 100, 1 }, { AT_2V, PORT_ACC0, 200, 2 }, { AT_2U, PORT_ACC1, 0, 2 },
	{ AT_3V, PORT_ACC1, 300, 3 }, { AT_1G, PORT_GHOST, 0, 1 },
};

static const struct {
	uint16_t vrf;
	uint32_t ca;
	uint64_t mac;
	enum attach_id attach;
} endpoint_plan[] = {
	{ 1, CA(1, AT_1U), SERVER_MAC(1, AT_1U), AT_1U }, { 1, CA(1, 11), SERVER_MAC(1, 11), AT_1U },
	{ 1, CA(1, AT_1V), SERVER_MAC(1, AT_1V), AT_1V }, { 1, SHARED_CA, SERVER_MAC(1, 9), AT_1V },
	{ 1, CA(1, AT_1W), SERVER_MAC(1, AT_1W), AT_1W }, { 1, CA(1, AT_1X), SERVER_MAC(1, AT_1X), AT_1X },
	{ 1, CA(1, AT_1G), SERVER_MAC(1, AT_1G), AT_1G }, { 2, CA(2, AT_2V), SERVER_MAC(2, AT_2V), AT_2V },
	{ 2, SHARED_CA, SERVER_MAC(2, 9), AT_2V },	  { 2, CA(2, AT_2U), SERVER_MAC(2, AT_2U), AT_2U },
	{ 3, CA(3, AT_3V), SERVER_MAC(3, AT_3V), AT_3V },
};

/* PA(n) is remote n. */
static const enum hop_id remote_hops[] = { 0, HOP_FAB0, HOP_FAB1, HOP_NONE, HOP_PENDING, HOP_GHOST, 0 };
#define REMOTES (sizeof(remote_hops) / sizeof(remote_hops[0]))

static const struct {
	uint16_t vrf;
	uint32_t ca;
	uint32_t remote;
	uint32_t vni;
	uint64_t mac;
} answer_plan[] = {
	{ 1, VM(1, VM_FAB0), 1, VNI(1), VM_MAC(1, VM_FAB0) },	    { 1, VM(1, VM_FAB1), 2, VNI(1), VM_MAC(1,
		VM_FAB1) },
	{ 1, VM(1, VM_OWN_VNI), 1, OWN_VNI, VM_MAC(1, VM_OWN_VNI) }, { 1, VM(1, VM_NO_HOP), 3, VNI(1), VM_MAC(1, 4) },
	{ 1, VM(1, VM_PENDING), 4, VNI(1), VM_MAC(1, VM_PENDING) }, { 1, VM(1, VM_GHOST), 5, VNI(1), VM_MAC(1, 6) },
	{ 1, VM(1, VM_NO_ROUTE), 6, VNI(1), VM_MAC(1, 8) },	    { 1, VM(1, VM_NO_REMOTE), 99999, VNI(1), 8 },
	{ 1, SHARED_VM, 1, VNI(1), VM_MAC(1, 9) },		    { 2, SHARED_VM, 2, VNI(2), VM_MAC(2, 9) },
	{ 2, VM(2, VM_FAB0), 1, VNI(2), VM_MAC(2, VM_FAB0) },	    { 2, VM(2, VM_FAB1), 2, VNI(2), VM_MAC(2,
		VM_FAB1) },
	{ 3, VM(3, VM_FAB0), 1, VNI(3), VM_MAC(3, VM_FAB0) },	    { 3, VM(3, VM_FAB1), 2, VNI(3), VM_MAC(3,
		VM_FAB1) },
};

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct bb_addr addr4(uint32_t host_order)
{
	return bb_addr_from4(htonl(host_order));
}

struct bb_mac mac48(uint64_t number)
{
	struct bb_mac mac;

	for (int i = 0; i < 6; i++)
		mac.b[i] = number >> (40 - 8 * i);
	return mac;
}

int world_publish(uint16_t vrf, uint32_t ca, uint32_t remote, uint32_t vni, uint64_t mac)
{
	struct answer answer = { .kind = ANSWER_REMOTE, .remote = remote, .vni = vni, .mac = mac48(mac) };
	struct bb_addr addr = addr4(ca);

	return cache_publish(world.cache, vrf, &addr, &answer, cache_version(world.cache));
}

int world_publish_none(uint16_t vrf, uint32_t ca)
{
	struct answer answer = { .kind = ANSWER_NONE };
	struct bb_addr addr = addr4(ca);

	return cache_publish(world.cache, vrf, &addr, &answer, cache_version(world.cache));
}

void world_set_vtep(uint16_t dst_port, uint8_t ttl)
{
	world.vtep = (struct bb_vtep){ .local = addr4(VTEP), .dst_port = dst_port, .ttl = ttl };
	ck_assert_int_eq(tables_set_vtep(world.tables, dst_port ? &world.vtep : NULL), 0);
}

void world_ways_out(enum port_id only)
{
	int fd = dataplane_map_fd(world.dp, DP_tx_ports);

	for (size_t i = 0; i < ARRAY_LEN(port_plan); i++) {
		uint32_t key = port_plan[i].id, ifindex = device_index(port_plan[i].dev);

		if (only != PORT_NONE && only != port_plan[i].id)
			bpf_map_delete_elem(fd, &key);
		else if (bpf_map_update_elem(fd, &key, &ifindex, BPF_ANY))
			ck_abort_msg("cannot set the way out by port %u", key);
	}
}

void world_refill_budgets(void)
{
	struct bb_budget *never = calloc(libbpf_num_possible_cpus(), sizeof(*never));

	for (uint32_t key = 1; key < ATTACHES; key++)
		if (bpf_map_update_elem(dataplane_map_fd(world.dp, DP_budgets), &key, never, BPF_ANY))
			ck_abort_msg("cannot refill a budget");
	free(never);
}

static void fill_vrfs(struct bb_error *err)
{
	for (int t = 1; t <= TENANTS; t++) {
		struct bb_vrf vrf = {
			.name = "tenant", .vni = VNI(t), .id = t, .pa_check = t != 2, .dscp = t == 2 ? 46 : 0,
			.dscp_copy = t == 3,
		};

		ck_assert_msg(!tables_set_vrf(world.tables, &vrf, err), "%s", err->text);
		/* so that there is an older generation */
		ck_assert_int_eq(tables_bump_generation(world.tables, t), 0);
	}
}

static void fill_ports(struct bb_error *err)
{
	struct bb_port ghost = { .dev = "ghost", .role = BB_PORT_ACCESS, .id = PORT_GHOST };

	for (size_t i = 0; i < ARRAY_LEN(port_plan); i++) {
		struct bb_port port = { .role = port_plan[i].role, .id = port_plan[i].id };

		strcpy(port.dev, device_name(port_plan[i].dev));
		ck_assert_msg(!tables_set_port(world.tables, &port, device_index(port_plan[i].dev), port_plan[i].mtu,
					       err), "%s", err->text);
	}
	ck_assert_int_eq(tables_set_port(world.tables, &ghost, device_index(DEV_OTHER), MTU_ACC0, err), 0);
	tables_port_down(world.tables, &ghost);
}

static void fill_attachments(struct bb_error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(attach_plan); i++) {
		struct bb_attach a = {
			.id = attach_plan[i].id, .vid = { attach_plan[i].vid, 0 }, .gateways = 1,
			.gateway = { { addr4(GATEWAY(attach_plan[i].tenant)), 24 } },
		};

		if (a.id == AT_1V)
			a.gateway[a.gateways++] = (struct bb_prefix){ addr4(IPV4(10, 9, 0, 254)), 24 };
		ck_assert_msg(!tables_set_attach(world.tables, &a, attach_plan[i].port, attach_plan[i].tenant, err),
			"%s",
			      err->text);
		ck_assert_int_eq(tables_set_gateways(world.tables, NULL, &a), 0);
	}
}

static void fill_endpoints(void)
{
	for (size_t i = 0; i < ARRAY_LEN(endpoint_plan); i++) {
		struct bb_endpoint ep = { .ca = addr4(endpoint_plan[i].ca), .mac = mac48(endpoint_plan[i].mac) };

		ck_assert_int_eq(tables_set_endpoint(world.tables, endpoint_plan[i].vrf, &ep, endpoint_plan[i].attach),
			0);
	}
}

static void set_hop(enum hop_id id, enum port_id port, enum bb_nexthop_state state, uint32_t mtu)
{
	struct bb_nexthop nh = { .port = port, .state = state, .mtu = mtu };

	memcpy(nh.dmac, mac48(HOP_MAC(id)).b, sizeof(nh.dmac));
	memcpy(nh.smac, mac48(FAB_MAC(id)).b, sizeof(nh.smac));
	ck_assert_int_eq(tables_set_nexthop(world.tables, id, &nh), 0);
}

static void set_peer(uint16_t vrf, uint32_t pa)
{
	struct bb_addr addr = addr4(pa);

	ck_assert_int_eq(tables_set_peer(world.tables, vrf, &addr, true), 0);
}

static void fill_underlay(void)
{
	set_hop(HOP_FAB0, PORT_FAB0, BB_NH_RESOLVED, MTU_HOP1);
	set_hop(HOP_FAB1, PORT_FAB1, BB_NH_RESOLVED, MTU_HOP2);
	set_hop(HOP_NONE, PORT_FAB0, BB_NH_NONE, MTU_HOP1);
	set_hop(HOP_PENDING, PORT_FAB0, BB_NH_PENDING, MTU_HOP1);
	set_hop(HOP_GHOST, PORT_GHOST, BB_NH_RESOLVED, MTU_HOP1);
	for (uint32_t n = 1; n < REMOTES; n++) {
		struct bb_addr pa = addr4(PA(n));

		ck_assert_int_eq(tables_set_remote(world.tables, n, &pa, remote_hops[n]), 0);
	}
	set_peer(1, PA(1));
	set_peer(1, PA(2));
	set_peer(3, PA(1));
	set_peer(3, PA(2));
}

static void put_stale_answer(uint32_t ca, uint32_t gen)
{
	struct bb_key4 key = { .vrf = 1, .addr = htonl(ca) };
	struct bb_cache4 value = { .remote = 1, .gen = gen, .vni = htonl(VNI(1) << 8) };

	ck_assert_int_eq(bpf_map_update_elem(dataplane_map_fd(world.dp, DP_cache4), &key, &value, BPF_ANY), 0);
}

static void put_negative(uint32_t ca, uint32_t gen, int life)
{
	struct bb_key4 key = { .vrf = 1, .addr = htonl(ca) };
	struct bb_negative value = { .gen = gen, .until = dataplane_state(world.dp)->now + life };

	ck_assert_int_eq(bpf_map_update_elem(dataplane_map_fd(world.dp, DP_negatives4), &key, &value, BPF_ANY), 0);
}

static void fill_cache(void)
{
	uint32_t gen = tables_generation(world.tables, 1);

	for (size_t i = 0; i < ARRAY_LEN(answer_plan); i++)
		ck_assert_int_eq(world_publish(answer_plan[i].vrf, answer_plan[i].ca, answer_plan[i].remote,
					       answer_plan[i].vni, answer_plan[i].mac), 0);
	put_stale_answer(VM(1, VM_STALE), gen - 1);
	put_negative(VM(1, VM_NEGATIVE), gen, 60);
	put_negative(VM(1, VM_NEGATIVE_EXPIRED), gen, 0);
	put_negative(VM(1, VM_NEGATIVE_STALE), gen - 1, 60);
}

static void open_with(const struct dp_config *config)
{
	const struct bb_cache_opts opts = { .size = WORLD_CACHE_SIZE / 2, .idle = BB_CACHE_IDLE_DEFAULT };
	struct bb_error err = { "" };

	memset(&world, 0, sizeof(world));
	ck_assert_msg(!dataplane_open(&world.dp, config, &err), "%s", err.text);
	ck_assert_msg(!tables_open(&world.tables, world.dp, &err), "%s", err.text);
	ck_assert_msg(!cache_open(&world.cache, world.dp, world.tables, &opts, &err), "%s", err.text);
	world_set_vtep(4789, 64);
	fill_ports(&err);
	fill_vrfs(&err);
	fill_attachments(&err);
	fill_endpoints();
	fill_underlay();
	fill_cache();
}

void world_open(uint32_t switches_off)
{
	const struct dp_config config = { .cache_entries = WORLD_CACHE_SIZE, .switches_off = switches_off };

	open_with(&config);
}

void world_open_pinned(const char *dir)
{
	const struct dp_config config = { .cache_entries = WORLD_CACHE_SIZE, .pin_dir = dir };

	open_with(&config);
}

void world_close(void)
{
	cache_close(&world.cache);
	tables_close(&world.tables);
	dataplane_close(&world.dp);
}

void world_setup(void)
{
	world_open(0);
}

void world_setup_shared(void)
{
	if (!world.dp)
		world_open(0);
}
