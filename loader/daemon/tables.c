// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes the configuration into the BPF maps, and keeps the shadow that it needs to do so. */
#include "daemon/tables.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

#define PRUNE_BATCH 4096
#define RETIRED 0xffff /* in place of a VRF: counters that outlived theirs */
_Static_assert(BB_MAX_VRFS <= RETIRED, "no VRF has this id");

/* Who a counter block belongs to; port 0: free. Block 0 counts frames of no known port. */
struct owner {
	uint16_t port;
	uint16_t vrf;
};

struct tables {
	struct dataplane *dp;
	struct bb_vrf_conf vrfs[BB_MAX_VRFS];
	struct bb_port_conf ports[BB_MAX_PORTS];
	struct bb_attachment attachments[BB_MAX_ATTACHMENTS];
	uint32_t remote_nexthop[BB_MAX_REMOTES];
	uint8_t nexthop_state[BB_MAX_NEXTHOPS];
	struct owner owners[BB_MAX_BLOCKS];
	uint32_t block_cursor;
	uint8_t attach_set[BB_MAX_ATTACHMENTS]; /* since tables_open */
};

static int put(const struct tables *t, enum dp_map map, const void *key, const void *value)
{
	return bpf_map_update_elem(dataplane_map_fd(t->dp, map), key, value, BPF_ANY);
}

static void drop(const struct tables *t, enum dp_map map, const void *key)
{
	bpf_map_delete_elem(dataplane_map_fd(t->dp, map), key);
}

/* A store that the other side sees whole. */
static void store_slot(uint16_t *slot, uint16_t value)
{
	__atomic_store_n(slot, value, __ATOMIC_RELEASE);
}

static int block_clear(const struct tables *t, uint32_t block)
{
	size_t size = sizeof(struct bb_block) * (size_t)libbpf_num_possible_cpus();
	void *zero = calloc(1, size);
	int rc;

	if (!zero)
		return -ENOMEM;
	rc = put(t, DP_counters, &block, zero);
	free(zero);
	return rc;
}

static uint16_t block_find(const struct tables *t, uint16_t port, uint16_t vrf)
{
	for (uint32_t i = 1; i < BB_MAX_BLOCKS; i++)
		if (t->owners[i].port == port && t->owners[i].vrf == vrf)
			return i;
	return 0;
}

/*
 * Next-fit, so that a block is not reused while a program may still count into it. With all in use, frames of the
 * pair are counted with the port's, without their VRF: a full table must not stop what works.
 */
static uint16_t block_get(struct tables *t, uint16_t port, uint16_t vrf)
{
	uint16_t block = block_find(t, port, vrf);

	for (uint32_t n = 1; !block && n < BB_MAX_BLOCKS; n++) {
		t->block_cursor = t->block_cursor % (BB_MAX_BLOCKS - 1) + 1;
		if (t->owners[t->block_cursor].port)
			continue;
		if (block_clear(t, t->block_cursor))
			break;
		block = t->block_cursor;
		t->owners[block] = (struct owner){ .port = port, .vrf = vrf };
	}
	if (block || !vrf)
		return block;
	bb_log(BB_LOG_WARN, "no counters of its own: too many VRFs times ports", "port_id=%u vrf_id=%u", port, vrf);
	return block_find(t, port, 0);
}

static int block_read(const struct tables *t, uint32_t block, struct bb_block **per_cpu)
{
	*per_cpu = calloc(libbpf_num_possible_cpus(), sizeof(**per_cpu));
	if (!*per_cpu)
		return -ENOMEM;
	return bpf_map_lookup_elem(dataplane_map_fd(t->dp, DP_counters), &block, *per_cpu);
}

static void block_add(struct bb_block *to, const struct bb_block *from)
{
	for (int i = 0; i < 2 * BB_REASON_MAX; i++) {
		to->c[i].packets += from->c[i].packets;
		to->c[i].bytes += from->c[i].bytes;
	}
}

/* What was counted must not vanish with the attachment or VRF: the port keeps it, without a VRF. */
static void block_retire(struct tables *t, uint16_t port, uint32_t block)
{
	struct bb_block *from = NULL, *to = NULL;
	__u32 key = port;
	uint32_t retired;

	retired = block_get(t, port, RETIRED);
	if (t->ports[port].retired != retired) {
		t->ports[port].retired = retired;
		put(t, DP_ports, &key, &t->ports[port]);
	}
	if (!block_read(t, block, &from) && !block_read(t, retired, &to)) {
		for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++)
			block_add(&to[0], &from[cpu]);
		put(t, DP_counters, &retired, to);
	}
	free(from);
	free(to);
}

static void block_put(struct tables *t, uint16_t port, uint16_t vrf)
{
	uint16_t block = block_find(t, port, vrf);

	if (!block)
		return;
	block_retire(t, port, block);
	t->owners[block] = (struct owner){ 0 };
}

static void own(struct tables *t, uint16_t block, uint16_t port, uint16_t vrf)
{
	if (block && block < BB_MAX_BLOCKS)
		t->owners[block] = (struct owner){ .port = port, .vrf = vrf };
}

/* The shadow of an adopted data plane: who owns which counters follows from the tables that name them. */
static int read_back(struct tables *t)
{
	uint16_t fabric[BB_MAX_FABRIC_PORTS] = { 0 };
	struct bb_nexthop nh;
	struct bb_remote r;
	uint32_t i;
	int rc = 0;

	for (i = 1; i < BB_MAX_PORTS && !rc; i++) {
		rc = bpf_map_lookup_elem(dataplane_map_fd(t->dp, DP_ports), &i, &t->ports[i]);
		own(t, t->ports[i].block, i, 0);
		own(t, t->ports[i].retired, i, RETIRED);
		if (t->ports[i].role == BB_ROLE_FABRIC)
			fabric[t->ports[i].fabric % BB_MAX_FABRIC_PORTS] = i;
	}
	for (i = 1; i < BB_MAX_ATTACHMENTS && !rc; i++) {
		struct bb_attachment *a = &t->attachments[i];

		rc = bpf_map_lookup_elem(dataplane_map_fd(t->dp, DP_attachments), &i, a);
		own(t, a->block, a->port, a->vrf);
	}
	for (i = 1; i < BB_MAX_VRFS && !rc; i++) {
		rc = bpf_map_lookup_elem(dataplane_map_fd(t->dp, DP_vrfs), &i, &t->vrfs[i]);
		for (int f = 0; f < BB_MAX_FABRIC_PORTS; f++)
			own(t, t->vrfs[i].blocks[f], fabric[f], i);
	}
	for (i = 1; i < BB_MAX_REMOTES && !rc; i++) {
		rc = bpf_map_lookup_elem(dataplane_map_fd(t->dp, DP_remotes), &i, &r);
		t->remote_nexthop[i] = r.nexthop;
	}
	for (i = 1; i < BB_MAX_NEXTHOPS && !rc; i++) {
		rc = bpf_map_lookup_elem(dataplane_map_fd(t->dp, DP_nexthops), &i, &nh);
		t->nexthop_state[i] = nh.state;
	}
	return rc;
}

int tables_open(struct tables **out, struct dataplane *dp, struct bb_error *err)
{
	struct tables *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return bb_fail(err, ENOMEM, "out of memory");
	t->dp = dp;
	rc = dataplane_adopted(dp) ? read_back(t) : 0;
	if (rc) {
		free(t);
		return bb_fail(err, -rc, "cannot read the pinned tables: %s", strerror(-rc));
	}
	*out = t;
	return 0;
}

void tables_close(struct tables **t)
{
	free(*t);
	*t = NULL;
}

static uint32_t sum4(uint32_t be32)
{
	return (be32 & 0xffff) + (be32 >> 16);
}

int tables_set_vtep(struct tables *t, const struct bb_vtep *vtep)
{
	struct bb_vtep_conf v = { 0 };
	__u32 zero = 0;

	if (vtep) {
		v.used = 1;
		v.local = bb_addr_to4(&vtep->local);
		v.dst_port = htons(vtep->dst_port);
		v.ttl = vtep->ttl;
		/* version, IHL; DF; TTL, protocol; source: what no packet changes */
		v.csum = htons(0x4500) + htons(0x4000) + htons(vtep->ttl << 8 | IPPROTO_UDP) + sum4(v.local);
	}
	return put(t, DP_vtep, &zero, &v);
}

/* The ordinal of a fabric port: its own if it has one, else the first free. */
static int fabric_ordinal(const struct tables *t, uint16_t port)
{
	uint32_t used = 0;

	if (t->ports[port].role == BB_ROLE_FABRIC)
		return t->ports[port].fabric;
	for (int i = 1; i < BB_MAX_PORTS; i++)
		if (t->ports[i].role == BB_ROLE_FABRIC)
			used |= 1u << t->ports[i].fabric;
	for (int f = 0; f < BB_MAX_FABRIC_PORTS; f++)
		if (!(used >> f & 1))
			return f;
	return -ENOSPC;
}

/* Every VRF counts per fabric port. */
static int fabric_blocks(struct tables *t, uint16_t port, uint8_t fabric)
{
	for (uint32_t v = 1; v < BB_MAX_VRFS; v++) {
		uint16_t block;

		if (!(t->vrfs[v].flags & BB_VRF_USED))
			continue;
		block = block_get(t, port, v);
		if (t->vrfs[v].blocks[fabric] == block)
			continue;
		t->vrfs[v].blocks[fabric] = block;
		if (put(t, DP_vrfs, &v, &t->vrfs[v]))
			return -EIO;
	}
	return 0;
}

int tables_set_port(struct tables *t, const struct bb_port *port, uint32_t ifindex, uint32_t mtu, struct bb_error *err)
{
	struct bb_port_conf conf = { .role = port->role, .ifindex = ifindex, .mtu = mtu };
	__u32 key = port->id;
	int rc, ordinal = 0;

	if (ifindex >= BB_MAX_IFINDEX)
		return bb_fail(err, ENOSPC, "port \"%s\": interface index %u is above %d", port->dev, ifindex,
			       BB_MAX_IFINDEX - 1);
	conf.block = block_get(t, port->id, 0);
	if (!conf.block)
		return bb_fail(err, ENOSPC, "port \"%s\": all %d counter blocks are in use", port->dev, BB_MAX_BLOCKS);
	if (port->role == BB_PORT_FABRIC) {
		ordinal = fabric_ordinal(t, port->id);
		if (ordinal < 0)
			return bb_fail(err, ENOSPC, "there can be %d fabric ports", BB_MAX_FABRIC_PORTS);
		if (fabric_blocks(t, port->id, ordinal))
			return bb_fail(err, EIO, "port \"%s\": cannot write the VRFs' tables", port->dev);
	}
	conf.fabric = ordinal;
	conf.retired = t->ports[port->id].retired;
	if (t->ports[key].ifindex && t->ports[key].ifindex != ifindex)
		tables_port_down(t, port);
	rc = put(t, DP_ports, &key, &conf);
	if (!rc)
		rc = put(t, DP_tx_ports, &key, &ifindex);
	if (!rc)
		rc = put(t, DP_ifindex_port, &ifindex, &key);
	if (rc)
		return bb_fail(err, -rc, "port \"%s\": cannot write its tables: %s", port->dev, strerror(-rc));
	t->ports[key] = conf;
	return 0;
}

void tables_port_down(struct tables *t, const struct bb_port *port)
{
	__u32 key = port->id, none = 0, ifindex = t->ports[key].ifindex;

	drop(t, DP_tx_ports, &key);
	if (ifindex)
		put(t, DP_ifindex_port, &ifindex, &none);
	t->ports[key].ifindex = 0;
	put(t, DP_ports, &key, &t->ports[key]);
}

void tables_del_port(struct tables *t, const struct bb_port *port)
{
	struct bb_port_conf none = { 0 };
	__u32 key = port->id;

	tables_port_down(t, port);
	put(t, DP_ports, &key, &none);
	for (uint32_t i = 1; i < BB_MAX_BLOCKS; i++)
		if (t->owners[i].port == port->id)
			t->owners[i] = (struct owner){ 0 };
	if (t->ports[key].role == BB_ROLE_FABRIC)
		for (uint32_t v = 1; v < BB_MAX_VRFS; v++)
			t->vrfs[v].blocks[t->ports[key].fabric] = 0;
	t->ports[key] = none;
}

static uint16_t *vni_slot(struct tables *t, uint32_t vni)
{
	return &dataplane_vni_vrf(t->dp)[vni / BB_VNI_PAGE].slot[vni % BB_VNI_PAGE];
}

/* Only if it is still ours: another VRF may have taken the VNI over. */
static void vni_clear(struct tables *t, uint32_t vni, uint16_t vrf)
{
	if (*vni_slot(t, vni) == vrf)
		store_slot(vni_slot(t, vni), 0);
}

static void vrf_blocks(struct tables *t, uint16_t vrf, struct bb_vrf_conf *conf)
{
	for (uint32_t p = 1; p < BB_MAX_PORTS; p++)
		if (t->ports[p].role == BB_ROLE_FABRIC)
			conf->blocks[t->ports[p].fabric] = block_get(t, p, vrf);
}

int tables_set_vrf(struct tables *t, const struct bb_vrf *vrf, struct bb_error *err)
{
	struct bb_vrf_conf conf = t->vrfs[vrf->id];
	struct bb_mac mac = bb_vrf_mac(vrf);
	__u32 key = vrf->id, old = conf.flags & BB_VRF_USED ? conf.vni : 0;
	int rc;

	conf.vni = vrf->vni;
	conf.flags = BB_VRF_USED | (vrf->pa_check ? BB_VRF_PA_CHECK : 0) | (vrf->dscp_copy ? BB_VRF_DSCP_COPY : 0);
	conf.tos = vrf->dscp << 2;
	memcpy(conf.mac, mac.b, sizeof(conf.mac));
	vrf_blocks(t, vrf->id, &conf);
	rc = put(t, DP_vrfs, &key, &conf);
	if (rc)
		return bb_fail(err, -rc, "vrf \"%s\": cannot write its table: %s", vrf->name, strerror(-rc));
	t->vrfs[key] = conf;
	if (old && old != vrf->vni)
		vni_clear(t, old, vrf->id);
	store_slot(vni_slot(t, vrf->vni), vrf->id);
	return 0;
}

void tables_del_vrf(struct tables *t, const struct bb_vrf *vrf)
{
	struct bb_vrf_conf *conf = &t->vrfs[vrf->id];
	__u32 key = vrf->id;

	vni_clear(t, conf->vni, vrf->id);
	/* The generation goes on: answers of this VRF must not come alive in the id's next one. */
	*conf = (struct bb_vrf_conf){ .gen = conf->gen + 1 };
	put(t, DP_vrfs, &key, conf);
	for (uint32_t i = 1; i < BB_MAX_BLOCKS; i++)
		if (t->owners[i].vrf == vrf->id)
			block_put(t, t->owners[i].port, vrf->id);
}

static uint16_t *vid_slot(struct tables *t, uint16_t port, const struct bb_attach *attach)
{
	return &dataplane_port_vids(t->dp)[port].slot[attach->vid.outer % BB_VLANS];
}

int tables_set_attach(struct tables *t, const struct bb_attach *attach, uint16_t port, uint16_t vrf, struct bb_error *err)
{
	struct bb_attachment conf = { .port = port, .vrf = vrf, .vid = attach->vid.outer };
	__u32 key = attach->id;
	int rc;

	conf.block = block_get(t, port, vrf);
	rc = put(t, DP_attachments, &key, &conf);
	if (rc)
		return bb_fail(err, -rc, "attach: cannot write its table: %s", strerror(-rc));
	t->attachments[key] = conf;
	t->attach_set[key] = 1;
	store_slot(vid_slot(t, port, attach), attach->id);
	return 0;
}

static bool pair_in_use(const struct tables *t, uint16_t port, uint16_t vrf)
{
	for (int i = 1; i < BB_MAX_ATTACHMENTS; i++)
		if (t->attachments[i].port == port && t->attachments[i].vrf == vrf)
			return true;
	return false;
}

void tables_del_attach(struct tables *t, const struct bb_attach *attach, uint16_t port, uint16_t vrf)
{
	struct bb_attachment none = { 0 };
	__u32 key = attach->id;

	if (*vid_slot(t, port, attach) == attach->id)
		store_slot(vid_slot(t, port, attach), 0);
	put(t, DP_attachments, &key, &none);
	t->attachments[key] = none;
	if (!pair_in_use(t, port, vrf))
		block_put(t, port, vrf);
}

static struct bb_gateway_key gateway_key(const struct bb_attach *attach, int i)
{
	struct bb_gateway_key key = { .attach = attach->id };

	memcpy(key.addr, attach->gateway[i].addr.b, sizeof(key.addr));
	return key;
}

int tables_set_gateways(struct tables *t, const struct bb_attach *old, const struct bb_attach *new)
{
	struct bb_gateway_key key;
	uint8_t len;
	int rc = 0;

	for (int i = 0; old && i < old->gateways; i++) {
		key = gateway_key(old, i);
		drop(t, DP_gateways, &key);
	}
	for (int i = 0; new && i < new->gateways && !rc; i++) {
		key = gateway_key(new, i);
		len = new->gateway[i].len;
		rc = put(t, DP_gateways, &key, &len);
	}
	return rc;
}

/* Deletes the gateways whose attachment has not been set since tables_open, or all. */
static void prune_gateways(struct tables *t, bool all)
{
	int fd = dataplane_map_fd(t->dp, DP_gateways);
	struct bb_gateway_key key, next;
	int rc = bpf_map_get_next_key(fd, NULL, &next);

	while (!rc) {
		key = next;
		rc = bpf_map_get_next_key(fd, &key, &next);
		if (all || !t->attach_set[key.attach % BB_MAX_ATTACHMENTS])
			bpf_map_delete_elem(fd, &key);
	}
}

void tables_prune_attachments(struct tables *t)
{
	for (int i = 1; i < BB_MAX_ATTACHMENTS; i++) {
		struct bb_attachment *a = &t->attachments[i];
		struct bb_attach rec = { .id = i, .vid = { a->vid, 0 } };

		if (a->port && !t->attach_set[i])
			tables_del_attach(t, &rec, a->port, a->vrf);
	}
	prune_gateways(t, false);
}

void tables_clear_gateways(struct tables *t)
{
	prune_gateways(t, true);
}

uint32_t tables_last_nexthop(const struct tables *t)
{
	uint32_t last = 0;

	for (int i = 1; i < BB_MAX_REMOTES; i++)
		if (t->remote_nexthop[i] > last)
			last = t->remote_nexthop[i];
	return last;
}

static struct bb_key4 key4(uint16_t vrf, const struct bb_addr *addr)
{
	return (struct bb_key4){ .vrf = vrf, .addr = bb_addr_to4(addr) };
}

int tables_set_endpoint(struct tables *t, uint16_t vrf, const struct bb_endpoint *ep, uint16_t attach)
{
	struct bb_key4 key = key4(vrf, &ep->ca);
	struct bb_endpoint4 value = { .attach = attach };

	memcpy(value.mac, ep->mac.b, sizeof(value.mac));
	return put(t, DP_endpoints4, &key, &value);
}

void tables_del_endpoint(struct tables *t, uint16_t vrf, const struct bb_addr *ca)
{
	struct bb_key4 key = key4(vrf, ca);

	drop(t, DP_endpoints4, &key);
}

int tables_set_peer(struct tables *t, uint16_t vrf, const struct bb_addr *pa, bool present)
{
	struct bb_key4 key = key4(vrf, pa);
	__u8 one = 1;

	if (present)
		return put(t, DP_peers4, &key, &one);
	drop(t, DP_peers4, &key);
	return 0;
}

int tables_set_remote(struct tables *t, uint32_t remote, const struct bb_addr *pa, uint32_t nexthop)
{
	struct bb_remote r = { .pa = bb_addr_to4(pa), .nexthop = nexthop };
	int rc;

	if (!remote || remote >= BB_MAX_REMOTES)
		return -EINVAL;
	r.csum = sum4(r.pa);
	rc = put(t, DP_remotes, &remote, &r);
	if (!rc)
		__atomic_store_n(&t->remote_nexthop[remote], nexthop, __ATOMIC_RELEASE);
	return rc;
}

int tables_set_nexthop(struct tables *t, uint32_t index, const struct bb_nexthop *nh)
{
	int rc;

	if (!index || index >= BB_MAX_NEXTHOPS)
		return -EINVAL;
	rc = put(t, DP_nexthops, &index, nh);
	if (!rc)
		__atomic_store_n(&t->nexthop_state[index], nh->state, __ATOMIC_RELEASE);
	return rc;
}

enum bb_nexthop_state tables_nexthop_state(const struct tables *t, uint32_t index)
{
	if (index >= BB_MAX_NEXTHOPS)
		return BB_NH_NONE;
	return __atomic_load_n(&t->nexthop_state[index], __ATOMIC_ACQUIRE);
}

enum bb_nexthop_state tables_remote_state(const struct tables *t, uint32_t remote)
{
	if (remote >= BB_MAX_REMOTES)
		return BB_NH_NONE;
	return tables_nexthop_state(t, __atomic_load_n(&t->remote_nexthop[remote], __ATOMIC_ACQUIRE));
}

uint32_t tables_generation(const struct tables *t, uint16_t vrf)
{
	return __atomic_load_n(&t->vrfs[vrf % BB_MAX_VRFS].gen, __ATOMIC_ACQUIRE);
}

int tables_bump_generation(struct tables *t, uint16_t vrf)
{
	__u32 key = vrf % BB_MAX_VRFS;

	__atomic_add_fetch(&t->vrfs[key].gen, 1, __ATOMIC_ACQ_REL);
	return put(t, DP_vrfs, &key, &t->vrfs[key]);
}

static int prune(struct tables *t, enum dp_map map, bool (*keep)(uint16_t vrf, uint32_t addr, void *arg), void *arg)
{
	int fd = dataplane_map_fd(t->dp, map), rc = 0;
	struct bb_key4 *keys = calloc(PRUNE_BATCH, sizeof(*keys));
	char *values = calloc(PRUNE_BATCH, sizeof(struct bb_endpoint4));
	__u32 cursor = 0, n;
	void *in = NULL;

	if (!keys || !values)
		rc = -ENOMEM;
	while (!rc) {
		n = PRUNE_BATCH;
		rc = bpf_map_lookup_batch(fd, in, &cursor, keys, values, &n, NULL);
		if (rc && rc != -ENOENT)
			break;
		for (__u32 i = 0; i < n; i++)
			if (!keep(keys[i].vrf, keys[i].addr, arg))
				bpf_map_delete_elem(fd, &keys[i]);
		in = &cursor;
	}
	free(keys);
	free(values);
	return rc == -ENOENT ? 0 : rc;
}

int tables_prune_endpoints(struct tables *t, bool (*keep)(uint16_t vrf, uint32_t ca, void *arg), void *arg)
{
	return prune(t, DP_endpoints4, keep, arg);
}

int tables_prune_peers(struct tables *t, bool (*keep)(uint16_t vrf, uint32_t pa, void *arg), void *arg)
{
	return prune(t, DP_peers4, keep, arg);
}

static void block_sum(const struct bb_block *per_cpu, int cpus, struct bb_block *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (int cpu = 0; cpu < cpus; cpu++)
		for (int i = 0; i < 2 * BB_REASON_MAX; i++) {
			sum->c[i].packets += per_cpu[cpu].c[i].packets;
			sum->c[i].bytes += per_cpu[cpu].c[i].bytes;
		}
}

int tables_each_block(struct tables *t, int (*each)(uint16_t port, uint16_t vrf, const struct bb_block *sum, void *arg),
		      void *arg)
{
	int rc = 0, cpus = libbpf_num_possible_cpus();
	struct bb_block sum, *per_cpu = calloc(cpus, sizeof(*per_cpu));

	if (!per_cpu)
		return -ENOMEM;
	for (uint32_t i = 1; i < BB_MAX_BLOCKS && !rc; i++) {
		if (!t->owners[i].port)
			continue;
		rc = bpf_map_lookup_elem(dataplane_map_fd(t->dp, DP_counters), &i, per_cpu);
		if (rc)
			break;
		block_sum(per_cpu, cpus, &sum);
		rc = each(t->owners[i].port, t->owners[i].vrf == RETIRED ? 0 : t->owners[i].vrf, &sum, arg);
	}
	free(per_cpu);
	return rc;
}
