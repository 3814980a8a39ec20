// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps configured ports and devices together, whichever of them comes and goes. */
#include "daemon/ports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/nic.h"
#include "lib/log.h"

struct port {
	struct bb_port rec; /* id 0: unused */
	struct port_status status;
};

struct ports {
	struct dataplane *dp;
	struct tables *tables;
	struct port port[BB_MAX_PORTS];
};

int ports_open(struct ports **out, struct dataplane *dp, struct tables *tables)
{
	struct ports *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->dp = dp;
	p->tables = tables;
	*out = p;
	return 0;
}

void ports_close(struct ports **p)
{
	free(*p);
	*p = NULL;
}

/* A device cannot be two ports' at once, and a changed mode needs a new link. */
static void leave_old(struct ports *p, const struct bb_port *port)
{
	const struct bb_port *old = &p->port[port->id].rec;

	if (old->id && old->mode != port->mode)
		dataplane_detach(p->dp, port->id);
}

static int attach(struct ports *p, struct bb_port *port, const struct nic_info *nic, struct bb_error *err)
{
	uint32_t own, changed = 0;
	int rc;

	leave_old(p, port);
	own = dataplane_link_prog(p->dp, port->id);
	rc = nic_foreign_xdp(port->dev, nic->ifindex, own, err);
	if (!rc)
		rc = nic_fit(port->dev, &changed, err);
	if (rc)
		return rc;
	rc = tables_set_port(p->tables, port, nic->ifindex, nic->mtu, err);
	if (!rc)
		rc = dataplane_attach(p->dp, port, nic->ifindex, err);
	if (rc) {
		nic_restore(port->dev, changed);
		return rc;
	}
	port->saved |= changed;
	return 0;
}

int ports_up(struct ports *p, struct bb_port *port, struct bb_error *err)
{
	struct port *slot = &p->port[port->id];
	struct nic_info nic;
	int rc;

	rc = nic_info(port->dev, &nic, err);
	if (!rc)
		rc = attach(p, port, &nic, err);
	if (rc) {
		if (!slot->rec.id)
			tables_del_port(p->tables, port);
		else if (!dataplane_link_prog(p->dp, port->id))
			slot->status.up = false;
		return rc;
	}
	slot->rec = *port;
	slot->status = (struct port_status){ .up = true, .ifindex = nic.ifindex, .mtu = nic.mtu };
	bb_log(BB_LOG_INFO, "port attached", "port=%s role=%s mode=%s ifindex=%u mtu=%u driver=%s", port->dev,
	       port->role == BB_PORT_FABRIC ? "fabric" : "access", port->mode == BB_MODE_NATIVE ? "native" : "generic",
	       nic.ifindex, nic.mtu, nic.driver);
	return 0;
}

void ports_note(struct ports *p, const struct bb_port *port)
{
	p->port[port->id] = (struct port){ .rec = *port };
}

void ports_add_down(struct ports *p, const struct bb_port *port)
{
	struct port *slot = &p->port[port->id];

	slot->rec = *port;
	slot->status = (struct port_status){ 0 };
	tables_port_down(p->tables, port);
}

void ports_remove(struct ports *p, const struct bb_port *port)
{
	struct port *slot = &p->port[port->id];

	dataplane_detach(p->dp, port->id);
	nic_restore(port->dev, slot->rec.id ? slot->rec.saved : port->saved);
	tables_del_port(p->tables, port);
	memset(slot, 0, sizeof(*slot));
	bb_log(BB_LOG_INFO, "port removed", "port=%s", port->dev);
}

void ports_restore_all(struct ports *p)
{
	for (int i = 1; i < BB_MAX_PORTS; i++)
		if (p->port[i].rec.id && p->port[i].status.up)
			nic_restore(p->port[i].rec.dev, p->port[i].rec.saved);
}

static void vanished(struct ports *p, struct port *slot)
{
	bb_log(BB_LOG_WARN, "port down: its device is gone", "port=%s ifindex=%u", slot->rec.dev, slot->status.ifindex);
	dataplane_detach(p->dp, slot->rec.id);
	tables_port_down(p->tables, &slot->rec);
	slot->status = (struct port_status){ 0 };
}

static const struct bb_port *came_back(struct ports *p, struct port *slot)
{
	struct bb_port rec = slot->rec;
	struct bb_error err;

	rec.saved = 0; /* it is another device now */
	if (ports_up(p, &rec, &err)) {
		bb_log(BB_LOG_WARN, "a port's device is there, but cannot be attached", "error=\"%s\"", err.text);
		return NULL;
	}
	return &slot->rec;
}

static void changed(struct ports *p, struct port *slot, uint32_t mtu)
{
	if (slot->status.mtu == mtu)
		return;
	slot->status.mtu = mtu;
	tables_set_port(p->tables, &slot->rec, slot->status.ifindex, mtu, NULL);
}

const struct bb_port *ports_on_link(struct ports *p, const char *dev, uint32_t ifindex, bool exists, uint32_t mtu)
{
	for (int i = 1; i < BB_MAX_PORTS; i++) {
		struct port *slot = &p->port[i];
		bool same_name = slot->rec.id && !strcmp(slot->rec.dev, dev);

		if (!slot->rec.id)
			continue;
		/* By index: a device that was renamed or moved away is gone, too. */
		if (slot->status.up && slot->status.ifindex == ifindex && (!exists || !same_name))
			vanished(p, slot);
		else if (slot->status.up && same_name && slot->status.ifindex != ifindex && exists)
			vanished(p, slot);
		if (!same_name || !exists)
			continue;
		if (!slot->status.up)
			return came_back(p, slot);
		changed(p, slot, mtu);
	}
	return NULL;
}

uint16_t ports_id(const struct ports *p, const char *dev)
{
	for (int i = 1; i < BB_MAX_PORTS; i++)
		if (p->port[i].rec.id && !strcmp(p->port[i].rec.dev, dev))
			return i;
	return 0;
}

const char *ports_name(const struct ports *p, uint16_t id)
{
	return id < BB_MAX_PORTS && p->port[id].rec.id ? p->port[id].rec.dev : NULL;
}

uint16_t ports_fabric(const struct ports *p, uint32_t ifindex)
{
	for (int i = 1; i < BB_MAX_PORTS; i++)
		if (p->port[i].status.up && p->port[i].status.ifindex == ifindex &&
		    p->port[i].rec.role == BB_PORT_FABRIC)
			return i;
	return 0;
}

void ports_status(const struct ports *p, uint16_t id, struct port_status *out)
{
	*out = id < BB_MAX_PORTS ? p->port[id].status : (struct port_status){ 0 };
}
