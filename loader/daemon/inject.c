// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes the injection veth pair and writes punted frames into it. */
#include "daemon/inject.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"

#define QUEUE 64
/* A veth's ring has 256 places and drops without a word when it is full. */
#define IN_FLIGHT_MAX 192
#define STALL_NS 100000000ull
#define PAIR_MTU (BB_FRAME_MAX + (int)sizeof(struct bb_inject))

struct slot {
	struct bb_inject head;
	unsigned char frame[BB_FRAME_MAX];
};

struct inject {
	struct dataplane *dp;
	char outer[IFNAMSIZ], inner[IFNAMSIZ];
	int sock;
	unsigned int queued;
	uint64_t sent;
	uint64_t base; /* of state->injected when we began */
	struct slot slots[QUEUE];
	struct iovec iov[QUEUE];
	struct mmsghdr msgs[QUEUE];
};

/* One name per pin directory, so that a later daemon finds what a killed one left. */
static void name_pair(struct inject *in, const char *pin_dir)
{
	uint32_t h = 2166136261u;

	for (const char *p = pin_dir; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	snprintf(in->outer, sizeof(in->outer), "bbi%08xo", h);
	snprintf(in->inner, sizeof(in->inner), "bbi%08xi", h);
}

static int rtnl_do(struct nlmsghdr *nlh)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char buf[16384];
	ssize_t n;
	int rc = 0;

	if (!nl)
		return -errno;
	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = 1;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 || mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		rc = -errno;
	n = rc ? 0 : mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (n < 0 || (n && mnl_cb_run(buf, n, 1, mnl_socket_get_portid(nl), NULL, NULL) < 0))
		rc = -errno;
	mnl_socket_close(nl);
	return rc;
}

static struct ifinfomsg *link_msg(struct nlmsghdr *nlh, uint16_t type, uint16_t flags)
{
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	return ifi;
}

static void put_end(struct nlmsghdr *nlh, const char *name)
{
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_MTU, PAIR_MTU);
}

static int pair_add(const struct inject *in)
{
	struct nlattr *info, *data, *peer;
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;
	char buf[4096];

	nlh = mnl_nlmsg_put_header(buf);
	link_msg(nlh, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	put_end(nlh, in->outer);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_str(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	ifi = mnl_nlmsg_get_payload_tail(nlh);
	memset(ifi, 0, sizeof(*ifi));
	nlh->nlmsg_len += MNL_ALIGN(sizeof(*ifi));
	put_end(nlh, in->inner);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return rtnl_do(nlh);
}

/* No IPv6 address: the kernel shall have nothing to say on this wire. Fails where there is no IPv6, which is as good. */
static void link_mute(int index)
{
	char buf[512];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *spec, *inet6;

	link_msg(nlh, RTM_NEWLINK, 0)->ifi_index = index;
	spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(nlh, AF_INET6);
	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, inet6);
	mnl_attr_nest_end(nlh, spec);
	rtnl_do(nlh);
}

static int link_up(const char *name)
{
	char buf[512];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	int index = if_nametoindex(name);
	struct ifinfomsg *ifi;

	link_mute(index);
	ifi = link_msg(nlh, RTM_NEWLINK, 0);
	ifi->ifi_index = index;
	ifi->ifi_flags = ifi->ifi_change = IFF_UP | IFF_NOARP;
	return rtnl_do(nlh);
}

static void pair_del(const struct inject *in)
{
	char buf[512];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;
	int index = if_nametoindex(in->outer);

	if (!index)
		return;
	nlh->nlmsg_type = RTM_DELLINK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = index;
	rtnl_do(nlh);
}

static int open_socket(struct inject *in, struct bb_error *err)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(in->outer) };
	int one = 1;

	/* Protocol 0: it sends and hears nothing. */
	in->sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (in->sock < 0 || bind(in->sock, (struct sockaddr *)&addr, sizeof(addr)))
		return bb_fail(err, errno, "cannot open the injection port: %s", strerror(errno));
	setsockopt(in->sock, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
	return 0;
}

static void init_slots(struct inject *in)
{
	for (int i = 0; i < QUEUE; i++) {
		in->slots[i].head.ethertype = htons(BB_INJECT_ETHERTYPE);
		in->slots[i].head.magic = BB_INJECT_MAGIC;
		in->iov[i].iov_base = &in->slots[i];
		in->msgs[i].msg_hdr.msg_iov = &in->iov[i];
		in->msgs[i].msg_hdr.msg_iovlen = 1;
	}
}

int inject_open(struct inject **out, struct dataplane *dp, const char *pin_dir, struct bb_error *err)
{
	struct inject *in = calloc(1, sizeof(*in));
	int rc;

	if (!in)
		return bb_fail(err, ENOMEM, "out of memory");
	in->dp = dp;
	in->sock = -1;
	name_pair(in, pin_dir);
	init_slots(in);
	pair_del(in);
	rc = pair_add(in);
	if (!rc)
		rc = link_up(in->inner);
	if (!rc)
		rc = link_up(in->outer);
	if (rc)
		rc = bb_fail(err, -rc, "cannot make the injection port (veth %s): %s", in->outer, strerror(-rc));
	if (!rc)
		rc = open_socket(in, err);
	if (!rc)
		rc = dataplane_attach_inject(dp, if_nametoindex(in->inner), err);
	if (rc) {
		inject_close(&in);
		return rc;
	}
	in->base = __atomic_load_n(&dataplane_state(dp)->injected, __ATOMIC_ACQUIRE);
	*out = in;
	return 0;
}

void inject_close(struct inject **pin)
{
	struct inject *in = *pin;

	if (!in)
		return;
	if (in->sock >= 0)
		close(in->sock);
	pair_del(in);
	free(in);
	*pin = NULL;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static uint64_t in_flight(const struct inject *in)
{
	return in->sent - (__atomic_load_n(&dataplane_state(in->dp)->injected, __ATOMIC_ACQUIRE) - in->base);
}

/* The program counts what it sees, so we know what is still in the pair's ring. */
static void wait_until(struct inject *in, uint64_t at_most)
{
	uint64_t start = 0, lost;

	while (in_flight(in) > at_most) {
		if (!start)
			start = now_ns();
		if (now_ns() - start > STALL_NS) {
			lost = in_flight(in);
			bb_log(BB_LOG_WARN, "the injection port lost frames", "frames=%llu", (unsigned long long)lost);
			in->base -= lost;
			return;
		}
		sched_yield();
	}
}

int inject_queue(struct inject *in, uint16_t port, uint8_t runs, const void *frame, size_t len)
{
	struct slot *slot;

	if (len > BB_FRAME_MAX)
		return -EMSGSIZE;
	if (in->queued == QUEUE)
		inject_flush(in);
	slot = &in->slots[in->queued];
	slot->head.port = port;
	slot->head.runs = runs;
	memcpy(slot->frame, frame, len);
	in->iov[in->queued].iov_len = sizeof(slot->head) + len;
	in->queued++;
	return 0;
}

void inject_flush(struct inject *in)
{
	unsigned int done = 0;
	int n;

	while (done < in->queued) {
		wait_until(in, IN_FLIGHT_MAX - (in->queued - done));
		n = sendmmsg(in->sock, in->msgs + done, in->queued - done, 0);
		if (n > 0) {
			done += n;
			in->sent += n;
			continue;
		}
		if (errno == EINTR || errno == ENOBUFS || errno == EAGAIN) {
			sched_yield();
			continue;
		}
		bb_log(BB_LOG_ERR, "cannot write to the injection port", "error=\"%s\"", strerror(errno));
		done++; /* this one is lost, the others need not be */
	}
	in->queued = 0;
}

void inject_drain(struct inject *in)
{
	inject_flush(in);
	wait_until(in, 0);
}
