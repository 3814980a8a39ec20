// SPDX-License-Identifier: GPL-2.0-or-later
/* Pinned maps and links: what a restart adopts, what it refuses, and that nothing counted or cached is lost. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices.h"
#include "rows.h"
#include "suites.h"

static char root[64], pins[128];
static struct bb_error err;

static const struct row forwards[] = {
	{ "what was cached goes on", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0)), TALK(9)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, VM_FAB0), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .ttl = 63), TALK(9)),
	  FORWARD(ENCAP, FAB0) },
	{ "decap goes on", FABRIC(FAB0, 1),
	  .in = L(FROM_PA(1, VNI(1)), FROM_VM(1, 1), IP4(VM(1, 1), CA(1, AT_1U)), TALK(9)),
	  .out = L(TO_SERVER(1, AT_1U), IP4(VM(1, 1), CA(1, AT_1U), .ttl = 63), TALK(9)), FORWARD(DECAP, ACC0) },
	{ "a miss is punted", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_UNKNOWN)), TALK(9)), PUNT(AT_1U, VM(1,
		VM_UNKNOWN)) },
	{ "the gateway answers", ACCESS(ACC0, 1),
	  .in = L(ETH(BROADCAST_MAC, SERVER_MAC(1, AT_1U)), ARP(1, SERVER_MAC(1, AT_1U), CA(1, AT_1U), 0, GATEWAY(1))),
	  .out = L(TO_SERVER(1, AT_1U), ARP(2, GATEWAY_MAC(1), GATEWAY(1), SERVER_MAC(1, AT_1U), CA(1, AT_1U))),
	  FORWARD(ARP_REPLY, ACC0) },
};

/* A bpffs of our own in a mount namespace of our own: both end with the test's process. */
static void setup(void)
{
	strcpy(root, "/tmp/bluebird-packet-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("bpf", root, "bpf", 0, NULL), 0);
	snprintf(pins, sizeof(pins), "%s/pins", root);
}

static void teardown(void)
{
	umount2(root, MNT_DETACH);
	rmdir(root);
}

static int open_pinned(struct dataplane **dp, const char *dir)
{
	const struct dp_config config = { .pin_dir = dir, .cache_entries = WORLD_CACHE_SIZE };

	return dataplane_open(dp, &config, &err);
}

static bool is_there(const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", pins, name);
	return !stat(path, &st);
}

/* The plan's world, pinned. */
static void pinned_world(void)
{
	world_open_pinned(pins);
	runner_open();
}

/* The daemon's end and next start: everything in memory is gone. */
static void restart(void)
{
	const struct bb_cache_opts opts = { .size = WORLD_CACHE_SIZE / 2, .idle = BB_CACHE_IDLE_DEFAULT };

	runner_close();
	world_close();
	ck_assert_msg(!open_pinned(&world.dp, pins), "%s", err.text);
	ck_assert_int_eq(tables_open(&world.tables, world.dp, &err), 0);
	ck_assert_int_eq(cache_open(&world.cache, world.dp, world.tables, &opts, &err), 0);
	runner_open();
}

START_TEST(a_second_start_adopts)
{
	struct dataplane *dp;
	uint32_t txn = 4711;

	ck_assert_msg(!open_pinned(&dp, pins), "%s", err.text);
	ck_assert(!dataplane_adopted(dp));
	ck_assert_uint_eq(dataplane_state(dp)->abi, BB_ABI_VERSION);
	dataplane_state(dp)->store_txn = txn;
	dataplane_port_vids(dp)[3].slot[400] = 7;
	dataplane_close(&dp);
	ck_assert_msg(!open_pinned(&dp, pins), "%s", err.text);
	ck_assert(dataplane_adopted(dp));
	ck_assert_uint_eq(dataplane_state(dp)->store_txn, txn);
	ck_assert_uint_eq(dataplane_port_vids(dp)[3].slot[400], 7);
	dataplane_close(&dp);
}
END_TEST

START_TEST(one_daemon_at_a_time)
{
	struct dataplane *first, *second = NULL;

	ck_assert_int_eq(open_pinned(&first, pins), 0);
	ck_assert_int_eq(open_pinned(&second, pins), -EBUSY);
	ck_assert_ptr_nonnull(strstr(err.text, pins));
	ck_assert_ptr_null(second);
	dataplane_close(&first);
	ck_assert_int_eq(open_pinned(&second, pins), 0);
	ck_assert(dataplane_adopted(second));
	dataplane_close(&second);
}
END_TEST

START_TEST(not_on_a_bpffs)
{
	char dir[] = "/tmp/bluebird-plain-XXXXXX", below[64];
	struct dataplane *dp = NULL;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(below, sizeof(below), "%s/pins", dir);
	ck_assert_int_eq(open_pinned(&dp, below), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "bpffs"));
	ck_assert_ptr_nonnull(strstr(err.text, below));
	ck_assert_ptr_null(dp);
	ck_assert_int_ne(access(below, F_OK), 0); /* nothing is left behind */
	snprintf(below, sizeof(below), "%s/not/there", dir);
	ck_assert_int_lt(open_pinned(&dp, below), 0);
	rmdir(dir);
}
END_TEST

START_TEST(another_abi_is_not_adopted)
{
	struct dataplane *dp;

	ck_assert_int_eq(open_pinned(&dp, pins), 0);
	dataplane_state(dp)->store_txn = 4711;
	dataplane_state(dp)->abi = BB_ABI_VERSION + 1;
	dataplane_close(&dp);
	ck_assert_msg(!open_pinned(&dp, pins), "%s", err.text);
	ck_assert(!dataplane_adopted(dp));
	ck_assert_uint_eq(dataplane_state(dp)->store_txn, 0);
	ck_assert_uint_eq(dataplane_state(dp)->abi, BB_ABI_VERSION);
	dataplane_close(&dp);
	ck_assert_int_eq(open_pinned(&dp, pins), 0);
	ck_assert(dataplane_adopted(dp));
	dataplane_close(&dp);
}
END_TEST

START_TEST(a_missing_map_is_not_half_adopted)
{
	struct dataplane *dp;
	char path[160];

	ck_assert_int_eq(open_pinned(&dp, pins), 0);
	dataplane_state(dp)->store_txn = 4711;
	dataplane_close(&dp);
	snprintf(path, sizeof(path), "%s/peers4", pins);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(open_pinned(&dp, pins), 0);
	ck_assert(!dataplane_adopted(dp));
	ck_assert_uint_eq(dataplane_state(dp)->store_txn, 0);
	ck_assert(is_there("peers4"));
	dataplane_close(&dp);
}
END_TEST

START_TEST(another_cache_size_is_adopted)
{
	const struct dp_config config = { .pin_dir = pins, .cache_entries = 8 * WORLD_CACHE_SIZE };
	struct dataplane *dp;

	ck_assert_int_eq(open_pinned(&dp, pins), 0);
	dataplane_close(&dp);
	ck_assert_int_eq(dataplane_open(&dp, &config, &err), 0);
	ck_assert(dataplane_adopted(dp));
	ck_assert_uint_eq(dataplane_cache_entries(dp), WORLD_CACHE_SIZE);
	ck_assert_int_eq(dataplane_resize_cache(dp, 8 * WORLD_CACHE_SIZE, &err), 0);
	dataplane_close(&dp);
	ck_assert_int_eq(open_pinned(&dp, pins), 0);
	ck_assert_uint_eq(dataplane_cache_entries(dp), 8 * WORLD_CACHE_SIZE);
	dataplane_close(&dp);
}
END_TEST

START_TEST(a_restart_forwards_and_counts_on)
{
	uint64_t encaps, misses;
	struct cache_status before, after;

	pinned_world();
	ROWS_RUN(forwards);
	encaps = counter_total(BB_R_ENCAP);
	misses = counter_total(BB_R_MISS);
	cache_get_status(world.cache, &before);
	restart();
	ck_assert(dataplane_adopted(world.dp));
	ck_assert_uint_eq(counter_total(BB_R_ENCAP), encaps);
	ck_assert_uint_eq(counter_total(BB_R_MISS), misses);
	ROWS_RUN(forwards);
	ck_assert_uint_eq(counter_total(BB_R_ENCAP), encaps + 1);
	cache_get_status(world.cache, &after);
	ck_assert_uint_eq(after.used, before.used + 1); /* with the void one of the plan, which nobody published */
}
END_TEST

START_TEST(a_restart_knows_generations_and_next_hops)
{
	uint32_t gen;

	pinned_world();
	ck_assert_int_eq(tables_bump_generation(world.tables, 2), 0);
	gen = tables_generation(world.tables, 2);
	restart();
	ck_assert_uint_eq(tables_generation(world.tables, 2), gen);
	ck_assert_uint_eq(tables_remote_state(world.tables, 1), BB_NH_RESOLVED);
	ck_assert_uint_eq(tables_remote_state(world.tables, 3), BB_NH_NONE);
	ck_assert_uint_eq(tables_remote_state(world.tables, 4), BB_NH_PENDING);
	ck_assert_uint_eq(tables_nexthop_state(world.tables, HOP_FAB1), BB_NH_RESOLVED);
	ck_assert_uint_eq(tables_last_nexthop(world.tables), HOP_GHOST);
}
END_TEST

/* A new port must not get the counters of one that was there before the restart. */
START_TEST(a_restart_knows_whose_counters_are_whose)
{
	struct bb_port port = { .dev = "new", .role = BB_PORT_ACCESS, .id = 9 };
	struct bb_attach attach = { .id = 99, .vid = { 7, 0 } };
	uint64_t encaps;

	pinned_world();
	ROWS_RUN(forwards);
	encaps = counter_total(BB_R_ENCAP);
	restart();
	ck_assert_int_eq(tables_set_port(world.tables, &port, device_index(DEV_OTHER), 1500, &err), 0);
	ck_assert_int_eq(tables_set_attach(world.tables, &attach, 9, 2, &err), 0);
	ck_assert_uint_eq(counter_total(BB_R_ENCAP), encaps);
	ROWS_RUN(forwards);
	ck_assert_uint_eq(counter_total(BB_R_ENCAP), encaps + 1);
}
END_TEST

static bool keep_all_but_host(uint16_t vrf, uint32_t addr, void *arg)
{
	return vrf != 1 || addr != htonl(*(uint32_t *)arg);
}

START_TEST(what_a_dead_daemon_left_is_pruned)
{
	const struct row after[] = {
		{ "the server is gone", ACCESS(ACC0, 1),
		  .in = L(FROM_SERVER(1, 11), IP4(CA(1, 11), VM(1, VM_FAB0)), TALK(9)), DROP(BAD_SOURCE) },
		{ "the PA is gone", FABRIC(FAB0, 1),
		  .in = L(FROM_PA(2, VNI(1)), FROM_VM(1, 1), IP4(VM(1, 1), CA(1, AT_1U)), TALK(9)), DROP(BAD_PA) },
		{ "the attachment is gone", ACCESS(ACC0, 0),
		  .in = L(FROM_SERVER(1, AT_1V), VLAN(100), IP4(CA(1, AT_1V), VM(1, 1)), TALK(9)),
			DROP(NO_ATTACHMENT) },
	};
	uint32_t host = CA(1, 11), pa = PA(2);
	struct bb_attach attach = { .id = AT_1U };

	pinned_world();
	restart();
	ck_assert_int_eq(tables_prune_endpoints(world.tables, keep_all_but_host, &host), 0);
	ck_assert_int_eq(tables_prune_peers(world.tables, keep_all_but_host, &pa), 0);
	ck_assert_int_eq(tables_set_attach(world.tables, &attach, PORT_ACC0, 1, &err), 0);
	tables_prune_attachments(world.tables);
	ROWS_RUN(after);
	ROWS_RUN(forwards);
}
END_TEST

START_TEST(cleared_gateways_do_not_answer)
{
	const struct row after[] = {
		{ "nobody answers", ACCESS(ACC0, 1),
		  .in = L(ETH(BROADCAST_MAC, SERVER_MAC(1, AT_1U)),
			  ARP(1, SERVER_MAC(1, AT_1U), CA(1, AT_1U), 0, GATEWAY(1))), DROP(BROADCAST) },
	};

	pinned_world();
	restart();
	tables_clear_gateways(world.tables);
	ROWS_RUN(after);
}
END_TEST

/* Devices of the plan carry the test's own program; this one is bare. */
static uint32_t bare_device(void)
{
	ck_assert_int_eq(system("ip link add bare0 type veth peer name bare0-far && ip link set bare0 up"), 0);
	return if_nametoindex("bare0");
}

START_TEST(links_outlive_the_daemon)
{
	struct bb_port port = { .dev = "bare0", .role = BB_PORT_ACCESS, .id = 9 };
	uint32_t ifindex = bare_device(), before, after;
	struct dataplane *dp;

	ck_assert_int_eq(open_pinned(&dp, pins), 0);
	ck_assert_msg(!dataplane_attach(dp, &port, ifindex, &err), "%s", err.text);
	before = dataplane_link_prog(dp, 9);
	ck_assert_uint_ne(before, 0);
	dataplane_close(&dp);
	ck_assert_int_eq(open_pinned(&dp, pins), 0);
	ck_assert_uint_eq(dataplane_link_prog(dp, 9), before);
	ck_assert_msg(!dataplane_attach(dp, &port, ifindex, &err), "%s", err.text);
	after = dataplane_link_prog(dp, 9);
	ck_assert_uint_ne(after, before);
	ck_assert_int_eq(dataplane_resize_cache(dp, 4 * WORLD_CACHE_SIZE, &err), 0);
	ck_assert_uint_ne(dataplane_link_prog(dp, 9), after);
	dataplane_detach(dp, 9);
	ck_assert_uint_eq(dataplane_link_prog(dp, 9), 0);
	dataplane_close(&dp);
	ck_assert_int_eq(system("ip link del bare0"), 0);
}
END_TEST

START_TEST(a_foreign_program_is_not_replaced)
{
	struct bb_port port = { .dev = "acc0", .role = BB_PORT_ACCESS, .id = 9 };
	struct dataplane *dp;

	ck_assert_int_eq(open_pinned(&dp, pins), 0);
	ck_assert_int_eq(dataplane_attach(dp, &port, device_index(DEV_ACC0), &err), -EBUSY);
	ck_assert_ptr_nonnull(strstr(err.text, "acc0"));
	ck_assert_uint_eq(dataplane_link_prog(dp, 9), 0);
	dataplane_close(&dp);
}
END_TEST

START_TEST(teardown_leaves_nothing)
{
	struct bb_port port = { .dev = "bare0", .role = BB_PORT_FABRIC, .id = 9 };
	uint32_t ifindex = bare_device(), prog = 0;
	struct dataplane *dp;

	ck_assert_int_eq(open_pinned(&dp, pins), 0);
	ck_assert_msg(!dataplane_attach(dp, &port, ifindex, &err), "%s", err.text);
	dataplane_teardown(dp);
	dataplane_close(&dp);
	ck_assert_int_ne(access(pins, F_OK), 0);
	ck_assert_int_eq(bpf_xdp_query_id(ifindex, 0, &prog), 0);
	ck_assert_uint_eq(prog, 0);
	ck_assert_int_eq(system("ip link del bare0"), 0);
}
END_TEST

Suite *pins_suite(void)
{
	Suite *s = suite_create("pins");
	TCase *tc = tcase_create("pins");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_second_start_adopts);
	tcase_add_test(tc, one_daemon_at_a_time);
	tcase_add_test(tc, not_on_a_bpffs);
	tcase_add_test(tc, another_abi_is_not_adopted);
	tcase_add_test(tc, a_missing_map_is_not_half_adopted);
	tcase_add_test(tc, another_cache_size_is_adopted);
	tcase_add_test(tc, a_restart_forwards_and_counts_on);
	tcase_add_test(tc, a_restart_knows_generations_and_next_hops);
	tcase_add_test(tc, a_restart_knows_whose_counters_are_whose);
	tcase_add_test(tc, what_a_dead_daemon_left_is_pruned);
	tcase_add_test(tc, cleared_gateways_do_not_answer);
	tcase_add_test(tc, links_outlive_the_daemon);
	tcase_add_test(tc, a_foreign_program_is_not_replaced);
	tcase_add_test(tc, teardown_leaves_nothing);
	suite_add_tcase(s, tc);
	return s;
}
