// SPDX-License-Identifier: GPL-2.0-or-later
/* Turns netlink messages into structs and back, over libmnl. */
#include "daemon/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "lib/log.h"

/* The kernel makes dump messages of up to 32 KiB when offered the room. */
#define BUFFER_BYTES 65536
/* Events that wait while the daemon is busy; what does not fit costs a resync. */
#define EVENT_QUEUE_BYTES (8 << 20)
/* Datagrams in one turn of the event loop. */
#define READ_BATCH 256
#define DUMP_TRIES 5
#define REQUEST_BYTES 256

struct rtnl {
	struct mnl_socket *request;
	struct mnl_socket *events;
	struct rtnl_ops ops;
	uint32_t seq;
	char request_buf[BUFFER_BYTES];
	char event_buf[BUFFER_BYTES];
};

static const int groups[] = {
	RTNLGRP_LINK,	     RTNLGRP_NEIGH,	 RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE,
	RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE,   RTNLGRP_NEXTHOP,
};

static int family_of(const struct bb_addr *addr)
{
	return addr->family == 4 ? AF_INET : AF_INET6;
}

static size_t bytes_of(const struct bb_addr *addr)
{
	return addr->family == 4 ? 4 : 16;
}

static bool addr_from(int family, const void *data, size_t len, struct bb_addr *out)
{
	size_t want = family == AF_INET ? 4 : 16;

	if ((family != AF_INET && family != AF_INET6) || len < want)
		return false;
	memset(out, 0, sizeof(*out));
	out->family = family == AF_INET ? 4 : 6;
	memcpy(out->b, data, want);
	return true;
}

static void tabulate(const struct nlattr **tb, size_t n, const struct nlattr *attr)
{
	uint16_t type = mnl_attr_get_type(attr);

	if (type < n)
		tb[type] = attr;
}

static uint32_t attr_u32(const struct nlattr *attr)
{
	return attr && mnl_attr_get_payload_len(attr) >= 4 ? mnl_attr_get_u32(attr) : 0;
}

static bool attr_mac(const struct nlattr *attr, uint8_t mac[6])
{
	if (!attr || mnl_attr_get_payload_len(attr) != 6)
		return false;
	memcpy(mac, mnl_attr_get_payload(attr), 6);
	return true;
}

static bool link_decode(const struct nlmsghdr *nlh, struct rtnl_link *out)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[IFLA_MTU + 1] = { 0 };
	const struct nlattr *attr;

	/* A bridge tells of its ports in the same message type. */
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi) || ifi->ifi_family != AF_UNSPEC)
		return false;
	mnl_attr_for_each(attr, nlh, sizeof(*ifi))
		tabulate(tb, sizeof(tb) / sizeof(tb[0]), attr);
	if (!tb[IFLA_IFNAME])
		return false;
	memset(out, 0, sizeof(*out));
	out->ifindex = ifi->ifi_index;
	out->mtu = attr_u32(tb[IFLA_MTU]);
	out->running = (ifi->ifi_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
	strncpy(out->name, mnl_attr_get_str(tb[IFLA_IFNAME]), sizeof(out->name) - 1);
	attr_mac(tb[IFLA_ADDRESS], out->mac);
	return true;
}

static bool neigh_decode(const struct nlmsghdr *nlh, struct rtnl_neigh *out)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[NDA_LLADDR + 1] = { 0 };
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ndm) || ndm->ndm_flags & NTF_PROXY)
		return false;
	mnl_attr_for_each(attr, nlh, sizeof(*ndm))
		tabulate(tb, sizeof(tb) / sizeof(tb[0]), attr);
	memset(out, 0, sizeof(*out));
	if (!tb[NDA_DST] || !addr_from(ndm->ndm_family, mnl_attr_get_payload(tb[NDA_DST]),
				       mnl_attr_get_payload_len(tb[NDA_DST]), &out->addr))
		return false;
	out->oif = ndm->ndm_ifindex;
	out->state = ndm->ndm_state;
	out->has_mac = attr_mac(tb[NDA_LLADDR], out->mac);
	return true;
}

static uint32_t metric_mtu(const struct nlattr *metrics)
{
	const struct nlattr *tb[RTAX_MTU + 1] = { 0 };
	const struct nlattr *attr;

	if (!metrics)
		return 0;
	mnl_attr_for_each_nested(attr, metrics)
		tabulate(tb, sizeof(tb) / sizeof(tb[0]), attr);
	return attr_u32(tb[RTAX_MTU]);
}

/* The gateway, which may be of another family (RTA_VIA); without one `out` stays as it is. */
static bool gateway_decode(int family, const struct nlattr **tb, struct bb_addr *out)
{
	const struct nlattr *gw = tb[RTA_GATEWAY];
	const struct nlattr *other = tb[RTA_VIA];
	const struct rtvia *via;

	if (gw)
		return addr_from(family, mnl_attr_get_payload(gw), mnl_attr_get_payload_len(gw), out);
	if (!other)
		return true;
	if (mnl_attr_get_payload_len(other) < sizeof(*via))
		return false;
	via = mnl_attr_get_payload(other);
	return addr_from(via->rtvia_family, via->rtvia_addr, mnl_attr_get_payload_len(other) - sizeof(*via), out);
}

static int route_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[RTA_VIA + 1] = { 0 };
	const struct nlattr *attr;
	struct rtnl_route *out = data;

	if (nlh->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm) ||
	    rtm->rtm_type != RTN_UNICAST)
		return MNL_CB_STOP;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
		tabulate(tb, sizeof(tb) / sizeof(tb[0]), attr);
	if (!gateway_decode(rtm->rtm_family, tb, &out->via))
		return MNL_CB_STOP;
	out->mtu = metric_mtu(tb[RTA_METRICS]);
	out->oif = attr_u32(tb[RTA_OIF]);
	return MNL_CB_STOP;
}

static int neigh_reply(const struct nlmsghdr *nlh, void *data)
{
	struct rtnl_neigh *out = data;

	if (nlh->nlmsg_type != RTM_NEWNEIGH || !neigh_decode(nlh, out))
		out->state = 0;
	return MNL_CB_STOP;
}

static int dispatch(const struct nlmsghdr *nlh, void *data)
{
	struct rtnl *r = data;
	struct rtnl_link link;
	struct rtnl_neigh neigh;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (link_decode(nlh, &link))
			r->ops.link(&link, nlh->nlmsg_type == RTM_NEWLINK, r->ops.arg);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		if (neigh_decode(nlh, &neigh))
			r->ops.neigh(&neigh, nlh->nlmsg_type == RTM_NEWNEIGH, r->ops.arg);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
	case RTM_NEWADDR:
	case RTM_DELADDR:
	case RTM_NEWRULE:
	case RTM_DELRULE:
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		r->ops.route(r->ops.arg);
		break;
	}
	return MNL_CB_OK;
}

static int open_events(struct rtnl *r)
{
	int bytes = EVENT_QUEUE_BYTES;
	int fd;

	r->events = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (!r->events || mnl_socket_bind(r->events, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	fd = mnl_socket_get_fd(r->events);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int group = groups[i];

		/* A kernel without IPv6 has no such groups to join. */
		if (mnl_socket_setsockopt(r->events, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
			bb_log(BB_LOG_DEBUG, "netlink group not joined", "group=%d errno=%d", group, errno);
	}
	return 0;
}

static int open_request(struct rtnl *r)
{
	/* The kernel answers within the send; this only keeps a lost answer from blocking forever. */
	struct timeval limit = { .tv_sec = 5 };

	r->request = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!r->request || mnl_socket_bind(r->request, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	if (setsockopt(mnl_socket_get_fd(r->request), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	return 0;
}

int rtnl_open(struct rtnl **out, const struct rtnl_ops *ops, struct bb_error *err)
{
	struct rtnl *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return bb_fail(err, ENOMEM, "no memory for the netlink buffers");
	r->ops = *ops;
	ret = open_events(r);
	if (!ret)
		ret = open_request(r);
	if (ret) {
		rtnl_close(&r);
		return bb_fail(err, -ret, "cannot open a netlink socket: %s", strerror(-ret));
	}
	*out = r;
	return 0;
}

void rtnl_close(struct rtnl **r)
{
	if (!*r)
		return;
	if ((*r)->events)
		mnl_socket_close((*r)->events);
	if ((*r)->request)
		mnl_socket_close((*r)->request);
	free(*r);
	*r = NULL;
}

int rtnl_fd(const struct rtnl *r)
{
	return mnl_socket_get_fd(r->events);
}

int rtnl_read(struct rtnl *r)
{
	for (int i = 0; i < READ_BATCH; i++) {
		ssize_t n = mnl_socket_recvfrom(r->events, r->event_buf, sizeof(r->event_buf));

		if (n < 0 && errno == EINTR)
			continue;
		/* A datagram that did not fit is lost like one that the kernel dropped. */
		if (n < 0)
			return errno == EAGAIN ? -EAGAIN : -ENOBUFS;
		if (mnl_cb_run(r->event_buf, n, 0, 0, dispatch, r) < 0)
			return -ENOBUFS;
	}
	return 0;
}

/* Reading lets an unfinished dump end; until then the kernel would refuse another one. */
static int give_up(struct rtnl *r, int code)
{
	while (recv(mnl_socket_get_fd(r->request), r->request_buf, sizeof(r->request_buf), MSG_DONTWAIT) > 0)
		;
	return -code;
}

/* One question and all of its answer. */
static int ask(struct rtnl *r, struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
{
	uint32_t portid = mnl_socket_get_portid(r->request);
	int ret;

	nlh->nlmsg_seq = ++r->seq;
	nlh->nlmsg_flags |= NLM_F_REQUEST;
	if (mnl_socket_sendto(r->request, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		ssize_t n = mnl_socket_recvfrom(r->request, r->request_buf, sizeof(r->request_buf));

		if (n < 0 && errno == EINTR) {
			ret = MNL_CB_OK;
			continue;
		}
		if (n < 0)
			return give_up(r, errno);
		ret = mnl_cb_run(r->request_buf, n, r->seq, portid, cb, data);
		/* A late answer to a question that was given up. */
		if (ret < 0 && errno == EPROTO)
			ret = MNL_CB_OK;
	} while (ret > MNL_CB_STOP);
	return ret < 0 ? give_up(r, errno) : 0;
}

struct link_list {
	struct rtnl_link *links;
	size_t n, room;
};

static int list_link(const struct nlmsghdr *nlh, void *data)
{
	struct link_list *list = data;
	struct rtnl_link link;

	if (!link_decode(nlh, &link))
		return MNL_CB_OK;
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		struct rtnl_link *more = realloc(list->links, room * sizeof(*more));

		if (!more)
			return MNL_CB_ERROR;
		list->links = more;
		list->room = room;
	}
	list->links[list->n++] = link;
	return MNL_CB_OK;
}

static int dump_links(struct rtnl *r, struct link_list *list)
{
	_Alignas(struct nlmsghdr) char buf[REQUEST_BYTES];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_DUMP;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	list->n = 0;
	return ask(r, nlh, list_link, list);
}

/* The ops ask questions of their own, so the list must be complete before the first call. */
int rtnl_links(struct rtnl *r)
{
	struct link_list list = { 0 };
	int ret = -EINTR;

	/* EINTR: the table changed under the dump. */
	for (int i = 0; i < DUMP_TRIES && ret == -EINTR; i++)
		ret = dump_links(r, &list);
	for (size_t i = 0; !ret && i < list.n; i++)
		r->ops.link(&list.links[i], true, r->ops.arg);
	free(list.links);
	return ret;
}

int rtnl_route_get(struct rtnl *r, const struct bb_addr *dst, struct rtnl_route *out)
{
	_Alignas(struct nlmsghdr) char buf[REQUEST_BYTES];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtnl_route route = { .via = *dst };
	struct rtmsg *rtm;
	int ret;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = family_of(dst);
	rtm->rtm_dst_len = 8 * bytes_of(dst);
	mnl_attr_put(nlh, RTA_DST, bytes_of(dst), dst->b);
	ret = ask(r, nlh, route_reply, &route);
	if (ret)
		return ret;
	if (!route.oif)
		return -ENETUNREACH;
	*out = route;
	return 0;
}

static struct nlmsghdr *neigh_request(char *buf, uint16_t type, uint32_t oif, const struct bb_addr *addr)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ndmsg *ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));

	nlh->nlmsg_type = type;
	ndm->ndm_family = family_of(addr);
	ndm->ndm_ifindex = oif;
	mnl_attr_put(nlh, NDA_DST, bytes_of(addr), addr->b);
	return nlh;
}

int rtnl_neigh_get(struct rtnl *r, uint32_t oif, const struct bb_addr *addr, struct rtnl_neigh *out)
{
	_Alignas(struct nlmsghdr) char buf[REQUEST_BYTES];
	struct nlmsghdr *nlh = neigh_request(buf, RTM_GETNEIGH, oif, addr);
	struct rtnl_neigh neigh = { 0 };
	int ret = ask(r, nlh, neigh_reply, &neigh);

	if (!ret)
		*out = neigh;
	return ret;
}

int rtnl_neigh_use(struct rtnl *r, uint32_t oif, const struct bb_addr *addr)
{
	_Alignas(struct nlmsghdr) char buf[REQUEST_BYTES];
	struct nlmsghdr *nlh = neigh_request(buf, RTM_NEWNEIGH, oif, addr);
	struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);

	nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_ACK;
	ndm->ndm_flags = NTF_USE;
	return ask(r, nlh, NULL, NULL);
}
