/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of a port: fit the NIC, attach, follow it when it vanishes and comes back, undo all on removal. */
#ifndef BLUEBIRD_PORTS_H
#define BLUEBIRD_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/dataplane.h"
#include "daemon/tables.h"

struct ports;

struct port_status {
	bool up; /* attached to an existing device */
	uint32_t ifindex, mtu;
};

int ports_open(struct ports **out, struct dataplane *dp, struct tables *tables);
void ports_close(struct ports **p);

/*
 * Makes the device a port as `port` says (id assigned), from whatever it was under that id. What was changed on the
 * NIC is added to port->saved. On failure nothing of a new port is left behind.
 */
int ports_up(struct ports *p, struct bb_port *port, struct bb_error *err);
/* A configured port, before ports_up: only its name and id are noted. */
void ports_note(struct ports *p, const struct bb_port *port);
/* A configured port whose device does not exist, or could not be attached: known, but down. */
void ports_add_down(struct ports *p, const struct bb_port *port);
/* Detaches, restores the NIC, forgets the port and its counters. */
void ports_remove(struct ports *p, const struct bb_port *port);
/* Restores every NIC; the programs are detached by the caller. For teardown. */
void ports_restore_all(struct ports *p);

/*
 * A device appeared, changed or vanished. Returns the port if it has just been attached again and its `saved` bits
 * must be kept, else null.
 */
const struct bb_port *ports_on_link(struct ports *p, const char *dev, uint32_t ifindex, bool exists, uint32_t mtu);

/* Id by device name, 0: none. Name by id, null: none. */
uint16_t ports_id(const struct ports *p, const char *dev);
const char *ports_name(const struct ports *p, uint16_t id);
/* Id of the attached fabric port with that index, else 0. */
uint16_t ports_fabric(const struct ports *p, uint32_t ifindex);
void ports_status(const struct ports *p, uint16_t id, struct port_status *out);

#endif
