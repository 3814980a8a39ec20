// SPDX-License-Identifier: GPL-2.0-or-later
/* The address plan as configuration: lines for bluebird's command, for ip and for bridge. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "plan.h"

static const char *addr(uint32_t host, char *buf)
{
	struct in_addr in = { htonl(host) };

	return inet_ntop(AF_INET, &in, buf, INET_ADDRSTRLEN);
}

static const char *mac(struct plan_mac m, char buf[18])
{
	snprintf(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", m.b[0], m.b[1], m.b[2], m.b[3], m.b[4], m.b[5]);
	return buf;
}

/* A batch for bluebird: everything but the mappings. */
static void bluebird_lines(void)
{
	char ip[INET_ADDRSTRLEN], m[18];
	uint32_t i;

	printf("vtep set local %s dst-port %d ttl %d\n", addr(PLAN_VTEP, ip), PLAN_VXLAN_PORT, PLAN_TTL);
	printf("port add acc0 role access\nport add fab0 role fabric\n");
	printf("vrf add %s vni %d mac %s\n", PLAN_VRF, PLAN_VNI, mac(plan_gateway_mac(), m));
	printf("attach add port acc0 vid 0 vrf %s gateway %s/16\n", PLAN_VRF, addr(PLAN_GATEWAY_CA, ip));
	for (i = 0; i < PLAN_FEW; i++)
		printf("endpoint add vrf %s ca %s mac %s port acc0 vid 0\n", PLAN_VRF, addr(plan_server(i), ip),
		       mac(plan_mac(PLAN_MAC_SERVER, i), m));
}

/* For `bluebird mapping import`. */
static void mapping_lines(uint32_t from, uint32_t to)
{
	char ca[INET_ADDRSTRLEN], pa[INET_ADDRSTRLEN], m[18];

	for (; from < to; from++)
		printf("vrf %s ca %s pa %s mac %s\n", PLAN_VRF, addr(plan_vm(from), ca), addr(plan_host_of(from), pa),
		       mac(plan_mac(PLAN_MAC_VM, from), m));
}

/* For `ip -batch`: the underlay of every gateway that has one. */
static void underlay_lines(void)
{
	char ip[INET_ADDRSTRLEN], m[18];

	printf("addr add %s/24 dev fab0\n", addr(PLAN_VTEP, ip));
	printf("neigh add %s dev fab0 lladdr %s nud permanent\n", addr(PLAN_NEXTHOP, ip),
	       mac(plan_mac(PLAN_MAC_UNDERLAY, 1), m));
	printf("route add 172.20.0.0/16 via %s\n", addr(PLAN_NEXTHOP, ip));
}

/* For `ip -batch`: the server side of a gateway that is the kernel's. */
static void servers_lines(void)
{
	char ip[INET_ADDRSTRLEN], m[18];
	uint32_t i;

	printf("addr add %s/16 dev acc0\n", addr(PLAN_GATEWAY_CA, ip));
	for (i = 0; i < PLAN_FEW; i++)
		printf("neigh add %s dev acc0 lladdr %s nud permanent\n", addr(plan_server(i), ip),
		       mac(plan_mac(PLAN_MAC_SERVER, i), m));
}

/* For `ip -batch`: the kernel's tunnel, its route and the VMs' neighbours. */
static void vxlan_lines(void)
{
	char ip[INET_ADDRSTRLEN], m[18];
	uint32_t i;

	printf("link add vxlan address %s type vxlan id %d local %s dstport %d ttl %d df set nolearning\n",
	       mac(plan_gateway_mac(), m), PLAN_VNI, addr(PLAN_VTEP, ip), PLAN_VXLAN_PORT, PLAN_TTL);
	printf("link set vxlan up\nroute add 10.64.0.0/14 dev vxlan\n");
	for (i = 0; i < PLAN_FEW; i++)
		printf("neigh add %s dev vxlan lladdr %s nud permanent\n", addr(plan_vm(i), ip),
		       mac(plan_mac(PLAN_MAC_VM, i), m));
}

/* For `ip -batch`: the VMs without a tunnel. */
static void route_lines(void)
{
	char ip[INET_ADDRSTRLEN];

	printf("route add 10.64.0.0/14 via %s\n", addr(PLAN_NEXTHOP, ip));
}

/* For `bridge -batch`. */
static void fdb_lines(void)
{
	char ip[INET_ADDRSTRLEN], m[18];
	uint32_t i;

	for (i = 0; i < PLAN_FEW; i++)
		printf("fdb add %s dev vxlan dst %s\n", mac(plan_mac(PLAN_MAC_VM, i), m), addr(plan_host_of(i), ip));
}

int bench_lines(const char *what)
{
	char m[18];

	if (!strcmp(what, "bluebird"))
		bluebird_lines();
	else if (!strcmp(what, "few"))
		mapping_lines(0, PLAN_FEW);
	else if (!strcmp(what, "many"))
		mapping_lines(PLAN_FEW, PLAN_CACHED);
	else if (!strcmp(what, "underlay"))
		underlay_lines();
	else if (!strcmp(what, "servers"))
		servers_lines();
	else if (!strcmp(what, "vxlan"))
		vxlan_lines();
	else if (!strcmp(what, "fdb"))
		fdb_lines();
	else if (!strcmp(what, "routes"))
		route_lines();
	else if (!strcmp(what, "gateway-mac"))
		puts(mac(plan_gateway_mac(), m));
	else
		return -1;
	return 0;
}
