// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes the namespaces and links of a test, and records what the underlay tells. */
#include "world.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/nic.h"

struct world w;

static int run(const char *fmt, va_list ap)
{
	char cmd[512];

	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	return system(cmd);
}

static void enter(int ns)
{
	ck_assert_int_eq(setns(ns, CLONE_NEWNET), 0);
}

void near(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ck_assert_msg(run(fmt, ap) == 0, "failed: %s", fmt);
	va_end(ap);
}

void far(const char *fmt, ...)
{
	va_list ap;
	int ret;

	enter(w.far_ns);
	va_start(ap, fmt);
	ret = run(fmt, ap);
	va_end(ap);
	enter(w.near_ns);
	ck_assert_msg(ret == 0, "failed: %s", fmt);
}

bool near_ok(const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = run(fmt, ap);
	va_end(ap);
	return ret == 0;
}

struct bb_addr addr(const char *text)
{
	struct bb_addr a;

	ck_assert_int_eq(bb_addr_parse(text, &a), 0);
	return a;
}

struct bb_mac mac_of(const char *dev)
{
	struct nic_info info;
	struct bb_mac mac;

	ck_assert_int_eq(nic_info(dev, &info, NULL), 0);
	memcpy(mac.b, info.mac, sizeof(mac.b));
	return mac;
}

struct bb_mac far_mac_of(const char *dev)
{
	struct bb_mac mac;

	enter(w.far_ns);
	mac = mac_of(dev);
	enter(w.near_ns);
	return mac;
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void on_beat(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void turn(void)
{
	event_base_loop(w.base, EVLOOP_ONCE);
}

static void on_nexthop(uint32_t index, const struct bb_nexthop *nh, void *arg)
{
	(void)arg;
	ck_assert_uint_gt(index, 0);
	ck_assert_uint_lt(index, BB_MAX_NEXTHOPS);
	w.nh[index] = *nh;
	w.nh_told[index] = true;
	w.nexthops_told++;
	if (nh->state == BB_NH_PENDING)
		w.pending_told++;
}

static void on_remote(uint32_t remote, const struct bb_addr *pa, uint32_t index, void *arg)
{
	(void)arg;
	(void)pa;
	ck_assert_msg(!index || w.nh_told[index], "remote %u before its next hop %u", remote, index);
	w.index[remote] = index;
	w.remotes_told++;
}

static uint16_t fabric_port(uint32_t ifindex, void *arg)
{
	(void)arg;
	if (w.port[ifindex] == 3 && !w.x0_is_port)
		return 0;
	return w.port[ifindex];
}

static void on_link(const char *dev, uint32_t ifindex, bool exists, uint32_t mtu, void *arg)
{
	static const char *const ports[] = { "f0", "f1", "x0" };

	(void)arg;
	for (int i = 0; i < 3; i++) {
		if (!strcmp(dev, ports[i])) {
			w.port[ifindex] = exists ? i + 1 : 0;
			underlay_refresh(w.u);
		}
	}
	if (strcmp(dev, "f0"))
		return;
	w.link_exists += exists;
	w.link_gone += !exists;
	w.f0_mtu = mtu;
}

void underlay_start(void)
{
	const struct underlay_ops ops = {
		.nexthop = on_nexthop,
		.remote = on_remote,
		.fabric_port = fabric_port,
		.link = on_link,
	};
	struct bb_error err = { "" };

	memset(w.port, 0, sizeof(w.port));
	ck_assert_msg(underlay_open(&w.u, w.base, &ops, &err) == 0, "%s", err.text);
	WAIT(w.port[if_nametoindex("f0")] && w.port[if_nametoindex("f1")] && w.port[if_nametoindex("x0")], 1000);
}

static int fresh_ns(void)
{
	int fd;

	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void pair(const char *dev, const char *peer, const char *net)
{
	near("ip link add %s type veth peer name %s netns /proc/%d/fd/%d", dev, peer, getpid(), w.far_ns);
	near("ip addr add %s.1/24 dev %s && ip link set %s up", net, dev, dev);
	far("ip addr add %s.2/24 dev %s && ip link set %s up", net, peer, peer);
}

void world_setup(void)
{
	const struct timeval beat = { .tv_usec = 10000 };

	memset(&w, 0, sizeof(w));
	w.far_ns = fresh_ns();
	w.near_ns = fresh_ns();
	pair("f0", "p0", "192.0.2");
	pair("f1", "p1", "198.51.100");
	pair("x0", "px", "203.0.113");
	w.base = event_base_new();
	w.beat = event_new(w.base, -1, EV_PERSIST, on_beat, NULL);
	event_add(w.beat, &beat);
	underlay_start();
}

void world_teardown(void)
{
	underlay_close(&w.u);
	event_free(w.beat);
	event_base_free(w.base);
	close(w.far_ns);
	close(w.near_ns);
}
