// SPDX-License-Identifier: GPL-2.0-or-later
/* The underlay against the kernel: routes, neighbours and links that come, change and go. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "world.h"

#define ON_LINK "192.0.2.2"
#define DEAD "192.0.2.77"

static void follow(uint32_t remote, const char *pa)
{
	struct bb_addr a = addr(pa);

	ck_assert_int_eq(underlay_add(w.u, remote, &a), 0);
}

static bool mac_is(const uint8_t mac[6], struct bb_mac want)
{
	return !memcmp(mac, want.b, 6);
}

static bool neigh_is(const char *pa, const char *state)
{
	return near_ok("ip neigh show %s dev f0 | grep -q %s", pa, state);
}

START_TEST(test_reachable)
{
	follow(1, ON_LINK);
	ck_assert_uint_ne(w.index[1], 0);
	ck_assert_uint_eq(hop(1)->state, BB_NH_PENDING);
	WAIT(resolved(1), 2000);
	ck_assert(mac_is(hop(1)->dmac, far_mac_of("p0")));
	ck_assert(mac_is(hop(1)->smac, mac_of("f0")));
	ck_assert_uint_eq(hop(1)->port, 1);
	ck_assert_uint_eq(hop(1)->mtu, 1500);
	/* What the kernel knows already is good at once. */
	underlay_del(w.u, 1);
	follow(2, ON_LINK);
	ck_assert(resolved(2));
}
END_TEST

static unsigned long sent(const char *dev)
{
	FILE *f = fopen("/proc/thread-self/net/dev", "r");
	unsigned long packets = 0;
	char line[512];

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		char *name = strtok(line, " :");

		/* Eight columns of receiving, then bytes and packets sent. */
		if (!strcmp(name, dev))
			sscanf(strtok(NULL, ""), "%*u %*u %*u %*u %*u %*u %*u %*u %*u %lu", &packets);
	}
	fclose(f);
	return packets;
}

START_TEST(test_dead_then_alive)
{
	unsigned long asked;
	uint32_t told;

	/* So that only ARP is sent. */
	near("echo 1 >/proc/sys/net/ipv6/conf/f0/disable_ipv6");

	follow(1, DEAD);
	ck_assert_uint_eq(hop(1)->state, BB_NH_PENDING);
	WAIT(hop(1)->state == BB_NH_NONE, 6000);
	ck_assert_uint_ne(w.index[1], 0);
	told = w.nexthops_told;
	asked = sent("f0");
	/* Asked about once a second, over more than one failure, and that changes nothing for the data plane. */
	WAIT(sent("f0") >= asked + 7, 9000);
	ck_assert_uint_le(sent("f0"), asked + 7);
	ck_assert_uint_eq(w.nexthops_told, told);
	ck_assert_uint_eq(w.pending_told, 1);
	far("ip addr add " DEAD "/24 dev p0");
	WAIT(resolved(1), 2500);
	ck_assert_uint_eq(w.pending_told, 1);
}
END_TEST

/* A failure that the kernel remembers from before is no reason not to hold packets. */
START_TEST(test_failed_before)
{
	near("ip neigh replace " DEAD " dev f0 nud failed");
	follow(1, DEAD);
	ck_assert_uint_eq(hop(1)->state, BB_NH_PENDING);
	WAIT(hop(1)->state == BB_NH_NONE, 6000);
}
END_TEST

START_TEST(test_gateway)
{
	near("ip route add 10.0.0.0/8 via " ON_LINK);
	follow(1, "10.1.2.3");
	follow(2, "10.200.0.1");
	follow(3, ON_LINK);
	WAIT(resolved(1), 2000);
	ck_assert(mac_is(hop(1)->dmac, far_mac_of("p0")));
	ck_assert_uint_eq(w.index[1], w.index[2]);
	ck_assert_uint_eq(w.index[1], w.index[3]);
}
END_TEST

/* BGP unnumbered: the gateway of an IPv4 route is an IPv6 neighbour. */
START_TEST(test_gateway_of_other_family)
{
	near("ip addr add 2001:db8::1/64 dev f0 nodad");
	far("ip addr add 2001:db8::2/64 dev p0 nodad");
	near("ip route add 10.0.0.0/8 via inet6 2001:db8::2 dev f0");
	follow(1, "10.1.2.3");
	WAIT(resolved(1), 3000);
	ck_assert(mac_is(hop(1)->dmac, far_mac_of("p0")));
}
END_TEST

START_TEST(test_route_changes)
{
	near("ip route add 10.0.0.0/8 via " ON_LINK);
	follow(1, "10.1.2.3");
	WAIT(resolved(1), 2000);
	near("ip route del 10.0.0.0/8");
	WAIT(!w.index[1], 1000);
	near("ip route add 10.0.0.0/8 via " ON_LINK);
	WAIT(resolved(1), 1000);
	near("ip route replace 10.0.0.0/8 via 198.51.100.2");
	WAIT(resolved(1) && hop(1)->port == 2, 2000);
	ck_assert(mac_is(hop(1)->dmac, far_mac_of("p1")));
	near("ip route add blackhole 10.1.2.0/24");
	WAIT(!w.index[1], 1000);
	near("ip route replace unreachable 10.1.2.0/24");
	near("ip route del 10.1.2.0/24");
	WAIT(resolved(1), 1000);
	near("ip nexthop add id 5 via " ON_LINK " dev f0");
	near("ip route add 10.1.0.0/16 nhid 5");
	WAIT(hop(1)->port == 1, 1000);
	near("ip nexthop replace id 5 via 198.51.100.2 dev f1");
	WAIT(hop(1)->port == 2, 1000);
	near("ip rule add to 10.1.2.3 prohibit");
	WAIT(!w.index[1], 1000);
}
END_TEST

START_TEST(test_no_way_out)
{
	follow(1, "203.0.113.2"); /* x0 is no port */
	follow(2, "192.0.2.1");	  /* our own */
	follow(3, "10.9.9.9");	  /* no route */
	follow(4, "127.0.0.1");
	follow(5, "192.0.2.255"); /* broadcast */
	follow(6, "224.0.0.5");
	follow(7, "2001:db8::1");
	for (int i = 1; i <= 7; i++)
		ck_assert_msg(!w.index[i], "remote %d", i);
	ck_assert_uint_eq(w.remotes_told, 7);
	ck_assert_uint_eq(w.nexthops_told, 0);
	w.x0_is_port = true;
	underlay_refresh(w.u);
	WAIT(resolved(1) && hop(1)->port == 3, 2000);
	w.x0_is_port = false;
	underlay_refresh(w.u);
	WAIT(!w.index[1], 1000);
}
END_TEST

START_TEST(test_own_address_comes_and_goes)
{
	follow(1, ON_LINK);
	WAIT(resolved(1), 2000);
	near("ip addr add " ON_LINK "/32 dev lo");
	WAIT(!w.index[1], 1000);
	near("ip addr del " ON_LINK "/32 dev lo");
	WAIT(resolved(1), 2000);
}
END_TEST

START_TEST(test_link_down_and_up)
{
	follow(1, ON_LINK);
	WAIT(resolved(1), 2000);
	near("ip link set f0 down");
	WAIT(!w.index[1], 1000);
	near("ip link set f0 up");
	WAIT(resolved(1), 3000);
}
END_TEST

START_TEST(test_carrier)
{
	follow(1, ON_LINK);
	follow(2, DEAD);
	WAIT(resolved(1), 2000);
	WAIT(hop(2)->state == BB_NH_NONE, 6000);
	far("ip link set p0 down");
	WAIT(hop(1)->state == BB_NH_NONE, 1000);
	ck_assert_uint_ne(w.index[1], 0);
	w.pending_told = 0;
	far("ip link set p0 up");
	WAIT(resolved(1), 3000);
	/* A new carrier is a new chance. */
	ck_assert_uint_eq(hop(2)->state, BB_NH_PENDING);
	ck_assert_uint_ge(w.pending_told, 1);
}
END_TEST

/* Nobody tells: the kernel must be made to look, or the old MAC would stay for good. */
START_TEST(test_far_mac_changes)
{
	near("echo 1000 >/proc/sys/net/ipv4/neigh/f0/base_reachable_time_ms");
	near("echo 1 >/proc/sys/net/ipv4/neigh/f0/delay_first_probe_time");
	follow(1, ON_LINK);
	WAIT(resolved(1), 2000);
	far("ip link set p0 address 02:00:00:00:00:99");
	WAIT(resolved(1) && hop(1)->dmac[5] == 0x99, 15000);
}
END_TEST

START_TEST(test_far_mac_announced)
{
	follow(1, ON_LINK);
	WAIT(resolved(1), 2000);
	far("echo 1 >/proc/sys/net/ipv4/conf/p0/arp_notify");
	/* Within a second of the last change the kernel keeps the MAC it has. */
	WAIT((far("ip link set p0 address 02:00:00:00:00:98; ip link set p0 address 02:00:00:00:00:99"),
	      resolved(1) && hop(1)->dmac[5] == 0x99), 5000);
}
END_TEST

START_TEST(test_own_mac_and_mtu_change)
{
	follow(1, ON_LINK);
	WAIT(resolved(1), 2000);
	near("ip link set f0 address 02:00:00:00:00:11");
	WAIT(hop(1)->smac[5] == 0x11, 1000);
	near("ip link set f0 mtu 1400");
	WAIT(hop(1)->mtu == 1400 && w.f0_mtu == 1400, 1000);
	WAIT(resolved(1), 2000);
}
END_TEST

START_TEST(test_route_mtu)
{
	near("ip route add 10.1.0.0/16 via " ON_LINK " mtu 1300");
	near("ip route add 10.2.0.0/16 via " ON_LINK);
	near("ip route add 10.3.0.0/16 via " ON_LINK " mtu 9000");
	follow(1, "10.1.0.1");
	follow(2, "10.2.0.1");
	follow(3, "10.3.0.1");
	WAIT(resolved(1) && resolved(2) && resolved(3), 2000);
	ck_assert_uint_eq(hop(1)->mtu, 1300);
	ck_assert_uint_eq(hop(2)->mtu, 1500);
	ck_assert_uint_eq(hop(3)->mtu, 1500);
	near("ip route replace 10.1.0.0/16 via " ON_LINK " mtu 1280");
	WAIT(hop(1)->mtu == 1280, 1000);
	ck_assert(resolved(1));
	ck_assert_uint_eq(hop(2)->mtu, 1500);
	near("ip link set f0 mtu 1290");
	WAIT(hop(2)->mtu == 1290, 1000);
	ck_assert_uint_eq(hop(1)->mtu, 1280);
}
END_TEST

START_TEST(test_permanent)
{
	near("ip neigh replace " ON_LINK " dev f0 lladdr 02:00:00:00:00:55 nud permanent");
	follow(1, ON_LINK);
	ck_assert(resolved(1));
	ck_assert_uint_eq(hop(1)->dmac[5], 0x55);
	near("ip neigh replace " ON_LINK " dev f0 lladdr 02:00:00:00:00:56 nud permanent");
	WAIT(hop(1)->dmac[5] == 0x56, 1000);
	underlay_refresh(w.u);
	near("ip link set f0 mtu 1400");
	WAIT(hop(1)->mtu == 1400, 1000);
	ck_assert(neigh_is(ON_LINK, "PERMANENT"));
	/* A PA that was dead gets a permanent neighbour. */
	follow(2, DEAD);
	WAIT(hop(2)->state == BB_NH_NONE, 6000);
	near("ip neigh replace " DEAD " dev f0 lladdr 02:00:00:00:00:57 nud permanent");
	WAIT(resolved(2), 1000);
	ck_assert(neigh_is(DEAD, "PERMANENT"));
}
END_TEST

START_TEST(test_neighbour_deleted)
{
	follow(1, ON_LINK);
	WAIT(resolved(1), 2000);
	w.nexthops_told = 0;
	near("ip neigh del " ON_LINK " dev f0");
	/* Lost and found. */
	WAIT(w.nexthops_told >= 2 || neigh_is(ON_LINK, "REACHABLE"), 2000);
	WAIT(resolved(1), 2000);
}
END_TEST

START_TEST(test_stale_is_confirmed)
{
	near("echo 1 >/proc/sys/net/ipv4/neigh/f0/delay_first_probe_time");
	follow(1, ON_LINK);
	WAIT(resolved(1), 2000);
	near("ip neigh change " ON_LINK " dev f0 nud stale");
	WAIT(!neigh_is(ON_LINK, "STALE"), 1000);
	WAIT(neigh_is(ON_LINK, "REACHABLE"), 4000);
	ck_assert(resolved(1));
}
END_TEST

START_TEST(test_device_recreated)
{
	uint32_t gone = w.link_gone, exists = w.link_exists;
	uint32_t before = if_nametoindex("f0");

	follow(1, ON_LINK);
	WAIT(resolved(1), 2000);
	near("ip link del f0");
	WAIT(w.link_gone == gone + 1 && !w.index[1], 2000);
	near("ip link add f0 type veth peer name p0 netns /proc/%d/fd/%d", getpid(), w.far_ns);
	far("ip addr add 192.0.2.2/24 dev p0 && ip link set p0 up");
	near("ip addr add 192.0.2.1/24 dev f0 && ip link set f0 up");
	ck_assert_uint_ne(if_nametoindex("f0"), before);
	WAIT(w.link_exists > exists && resolved(1), 3000);
	ck_assert(mac_is(hop(1)->smac, mac_of("f0")));
	ck_assert(mac_is(hop(1)->dmac, far_mac_of("p0")));
}
END_TEST

START_TEST(test_renamed)
{
	uint32_t gone = w.link_gone;

	follow(1, ON_LINK);
	WAIT(resolved(1), 2000);
	near("ip link set f0 name other0");
	WAIT(w.link_gone == gone + 1, 1000);
}
END_TEST

static bool all_on_port(uint32_t n, uint16_t port)
{
	for (uint32_t i = 1; i <= n; i++) {
		if (hop(i)->port != port)
			return false;
	}
	return true;
}

START_TEST(test_many)
{
	const uint32_t n = 10000;
	uint64_t start;

	near("ip route add 10.0.0.0/8 via " ON_LINK);
	start = now_ms();
	for (uint32_t i = 1; i <= n; i++) {
		char text[32];

		snprintf(text, sizeof(text), "10.1.%u.%u", i / 250, 1 + i % 250);
		follow(i, text);
	}
	ck_assert_uint_lt(now_ms() - start, 2000);
	WAIT(resolved(n), 2000);
	ck_assert(all_on_port(n, 1));
	near("ip route replace 10.0.0.0/8 via 198.51.100.2");
	WAIT(all_on_port(n, 2), 3000);
	near("ip route add 10.1.0.0/20 via " ON_LINK);
	WAIT(hop(1)->port == 1, 3000);
	WAIT(resolved(1) && resolved(n), 3000);
	ck_assert_uint_eq(hop(n)->port, 2);
}
END_TEST

START_TEST(test_many_neighbours)
{
	const uint32_t n = 200;

	for (uint32_t i = 1; i <= n; i++) {
		char text[32];

		far("ip addr add 192.0.2.%u/32 dev p0", 10 + i);
		snprintf(text, sizeof(text), "192.0.2.%u", 10 + i);
		follow(i, text);
	}
	for (uint32_t i = 1; i <= n; i++)
		WAIT(resolved(i), 3000);
	for (uint32_t i = 2; i <= n; i++)
		ck_assert_uint_ne(w.index[i], w.index[i - 1]);
	far("ip link set p0 down");
	WAIT(hop(1)->state == BB_NH_NONE && hop(n)->state == BB_NH_NONE, 2000);
	far("ip link set p0 up");
	for (uint32_t i = 1; i <= n; i++)
		WAIT(resolved(i), 3000);
}
END_TEST

/* More events than the socket holds, then a change whose event is surely lost, of each kind. */
START_TEST(test_lost_events)
{
	uint32_t gone = w.link_gone;

	near("ip neigh replace " ON_LINK " dev f0 lladdr 02:00:00:00:00:55 nud permanent");
	near("ip route add 10.0.0.0/8 via 198.51.100.2");
	follow(1, ON_LINK);
	follow(2, "10.0.0.1");
	follow(3, "198.51.100.2");
	WAIT(resolved(1) && resolved(2), 2000);
	near("awk 'BEGIN { for (; i < 60000; i++) printf \"route add 172.16.%%d.%%d dev f1\\n\", i / 256, i %% 256 }' |"
	     "ip -batch -");
	near("ip route del 10.0.0.0/8");
	near("ip neigh replace " ON_LINK " dev f0 lladdr 02:00:00:00:00:56 nud permanent");
	near("ip link set f1 mtu 1333");
	near("ip link set x0 down && ip link set x0 name f0old");
	WAIT(hop(1)->dmac[5] == 0x56 && !w.index[2] && hop(3)->mtu == 1333, 5000);
	near("ip route flush root 172.16.0.0/12");
	near("ip link del f0");
	WAIT(w.link_gone == gone + 1 && !w.index[1], 5000);
}
END_TEST

START_TEST(test_numbers)
{
	struct bb_addr a = addr(ON_LINK);
	uint32_t first;

	ck_assert_int_eq(underlay_add(w.u, 0, &a), -EINVAL);
	ck_assert_int_eq(underlay_add(w.u, BB_MAX_REMOTES, &a), -EINVAL);
	underlay_del(w.u, 0);
	underlay_del(w.u, 5);
	underlay_number_from(w.u, BB_MAX_NEXTHOPS - 1);
	follow(BB_MAX_REMOTES - 1, ON_LINK);
	ck_assert_uint_eq(w.index[BB_MAX_REMOTES - 1], BB_MAX_NEXTHOPS - 1);
	follow(1, "198.51.100.2");
	ck_assert_uint_eq(w.index[1], 1);
	/* Taken over by another PA; the freed index is not used again at once. */
	first = w.index[1];
	follow(1, ON_LINK);
	ck_assert_uint_eq(w.index[1], BB_MAX_NEXTHOPS - 1);
	ck_assert_uint_eq(w.nh[first].state, BB_NH_NONE);
	follow(1, "198.51.100.2");
	ck_assert_uint_eq(w.index[1], first + 1);
	underlay_close(&w.u);
	underlay_close(&w.u);
	underlay_start();
}
END_TEST

Suite *underlay_suite(void)
{
	Suite *s = suite_create("underlay");
	TCase *tc = tcase_create("veth");

	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_reachable);
	tcase_add_test(tc, test_dead_then_alive);
	tcase_add_test(tc, test_failed_before);
	tcase_add_test(tc, test_gateway);
	tcase_add_test(tc, test_gateway_of_other_family);
	tcase_add_test(tc, test_route_changes);
	tcase_add_test(tc, test_no_way_out);
	tcase_add_test(tc, test_own_address_comes_and_goes);
	tcase_add_test(tc, test_link_down_and_up);
	tcase_add_test(tc, test_carrier);
	tcase_add_test(tc, test_far_mac_changes);
	tcase_add_test(tc, test_far_mac_announced);
	tcase_add_test(tc, test_own_mac_and_mtu_change);
	tcase_add_test(tc, test_route_mtu);
	tcase_add_test(tc, test_permanent);
	tcase_add_test(tc, test_neighbour_deleted);
	tcase_add_test(tc, test_stale_is_confirmed);
	tcase_add_test(tc, test_device_recreated);
	tcase_add_test(tc, test_renamed);
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_many_neighbours);
	tcase_add_test(tc, test_lost_events);
	tcase_add_test(tc, test_numbers);
	suite_add_tcase(s, tc);
	return s;
}
