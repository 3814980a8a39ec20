/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record as a flat JSON object: keyword in snake_case -> value, typed as the manual says. */
#ifndef BLUEBIRD_ROW_H
#define BLUEBIRD_ROW_H

#include <jansson.h>

#include "lib/grammar.h"

/*
 * A new reference: every field of the object's table in its order. VIDs are numbers (0, 400) or a string
 * ("100.400"); dscp a number or "copy"; on/off booleans; unset null; repeatable keywords arrays of strings;
 * a VRF's mac is the effective one (bb_vrf_mac).
 */
json_t *bb_row(enum bb_object object, const union bb_record *rec);

#endif
