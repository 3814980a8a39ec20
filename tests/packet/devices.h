/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A network namespace of our own with veth devices that BPF_PROG_RUN accepts as ingress. */
#ifndef BLUEBIRD_TESTS_PACKET_DEVICES_H
#define BLUEBIRD_TESTS_PACKET_DEVICES_H

#include <stdint.h>

#include "plan.h"

/* Enters a new namespace and makes the devices of the plan; 0 or -1 with a line on stderr. */
int devices_make(void);
uint32_t device_index(enum dev dev);
const char *device_name(enum dev dev);

#endif
