// SPDX-License-Identifier: GPL-2.0-or-later
/* nic.c against real veth devices: features, promiscuity, foreign XDP programs. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "daemon/nic.h"
#include "world.h"

static struct bb_error err;

static bool feature_is_on(const char *name)
{
	return near_ok("ethtool -k f0 | grep -q '^%s: on'", name);
}

static bool is_promisc(void)
{
	return near_ok("ip link show f0 | grep -q PROMISC");
}

START_TEST(test_info)
{
	struct nic_info info;

	near("ip link set f0 mtu 1400 address 02:00:00:00:00:01");
	ck_assert_int_eq(nic_info("f0", &info, &err), 0);
	ck_assert_uint_eq(info.ifindex, if_nametoindex("f0"));
	ck_assert_uint_eq(info.mtu, 1400);
	ck_assert_mem_eq(info.mac, "\2\0\0\0\0\1", 6);
	ck_assert_str_eq(info.driver, "veth");
}
END_TEST

START_TEST(test_missing)
{
	struct nic_info info = { .ifindex = 7 };
	uint32_t saved = 9;

	ck_assert_int_eq(nic_info("nosuch0", &info, &err), -ENODEV);
	ck_assert_ptr_nonnull(strstr(err.text, "\"nosuch0\""));
	ck_assert_uint_eq(info.ifindex, 7);
	ck_assert_int_eq(nic_info("a-name-that-is-too-long", &info, &err), -ENODEV);
	ck_assert_ptr_nonnull(strstr(err.text, "\"a-name-that-is-too-long\""));
	ck_assert_int_eq(nic_info("", &info, NULL), -ENODEV);
	ck_assert_int_eq(nic_fit("nosuch0", &saved, &err), -ENODEV);
	ck_assert_ptr_nonnull(strstr(err.text, "\"nosuch0\""));
	ck_assert_uint_eq(saved, 9);
	nic_restore("nosuch0", BB_SAVED_PROMISC | BB_SAVED_RXVLAN);
}
END_TEST

START_TEST(test_fit_and_restore)
{
	uint32_t saved = 0, again = 99;

	ck_assert(feature_is_on("rx-vlan-offload"));
	ck_assert(!is_promisc());
	ck_assert_int_eq(nic_fit("f0", &saved, &err), 0);
	ck_assert_uint_eq(saved, BB_SAVED_PROMISC | BB_SAVED_RXVLAN | BB_SAVED_RXSTAG);
	ck_assert(!feature_is_on("rx-vlan-offload"));
	ck_assert(!feature_is_on("rx-vlan-stag-hw-parse"));
	ck_assert(is_promisc());
	ck_assert_int_eq(nic_fit("f0", &again, &err), 0);
	ck_assert_uint_eq(again, 0);
	nic_restore("f0", saved);
	ck_assert(feature_is_on("rx-vlan-offload"));
	ck_assert(feature_is_on("rx-vlan-stag-hw-parse"));
	ck_assert(!is_promisc());
}
END_TEST

START_TEST(test_restore_only_what_was_changed)
{
	uint32_t saved = 0;

	near("ip link set f0 promisc on && ethtool -K f0 rxvlan off");
	ck_assert_int_eq(nic_fit("f0", &saved, &err), 0);
	ck_assert_uint_eq(saved, BB_SAVED_RXSTAG);
	nic_restore("f0", saved);
	ck_assert(!feature_is_on("rx-vlan-offload"));
	ck_assert(is_promisc());
}
END_TEST

START_TEST(test_not_ethernet)
{
	uint32_t saved = 9;

	ck_assert_int_eq(nic_fit("lo", &saved, &err), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(err.text, "\"lo\""));
	ck_assert_uint_eq(saved, 9);
}
END_TEST

static int load_pass(const char *name, uint32_t *id)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, name, "GPL", insns, 2, NULL);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	*id = info.id;
	return fd;
}

/* Generic and native. */
START_TEST(test_foreign_xdp)
{
	const uint32_t mode[] = { XDP_FLAGS_SKB_MODE, XDP_FLAGS_DRV_MODE };
	int ifindex = if_nametoindex("f0");
	uint32_t id;
	int fd = load_pass("stranger", &id);

	ck_assert_int_eq(nic_foreign_xdp("f0", ifindex, 0, &err), 0);
	ck_assert_int_eq(bpf_xdp_attach(ifindex, fd, mode[_i], NULL), 0);
	ck_assert_int_eq(nic_foreign_xdp("f0", ifindex, 0, &err), -EBUSY);
	ck_assert_ptr_nonnull(strstr(err.text, "\"f0\""));
	ck_assert_ptr_nonnull(strstr(err.text, "\"stranger\""));
	ck_assert_int_eq(nic_foreign_xdp("f0", ifindex, id + 1, &err), -EBUSY);
	ck_assert_int_eq(nic_foreign_xdp("f0", ifindex, id, &err), 0);
	ck_assert_int_eq(bpf_xdp_detach(ifindex, mode[_i], NULL), 0);
	ck_assert_int_eq(nic_foreign_xdp("f0", ifindex, 0, &err), 0);
	close(fd);
}
END_TEST

Suite *nic_suite(void)
{
	Suite *s = suite_create("nic");
	TCase *tc = tcase_create("veth");

	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, test_info);
	tcase_add_test(tc, test_missing);
	tcase_add_test(tc, test_fit_and_restore);
	tcase_add_test(tc, test_restore_only_what_was_changed);
	tcase_add_test(tc, test_not_ethernet);
	tcase_add_loop_test(tc, test_foreign_xdp, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
