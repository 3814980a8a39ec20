// SPDX-License-Identifier: GPL-2.0-or-later
/* A record as a flat JSON object, typed by the object's table. */
#include "lib/row.h"

#include <string.h>

#include "lib/value.h"

static uint32_t number_of(const struct bb_field *field, const union bb_record *rec)
{
	const char *at = (const char *)rec + field->offset;
	uint32_t u32;
	uint16_t u16;

	switch (field->type) {
	case BB_T_U32:
		memcpy(&u32, at, sizeof(u32));
		return u32;
	case BB_T_U16:
		memcpy(&u16, at, sizeof(u16));
		return u16;
	default:
		return *(const uint8_t *)at;
	}
}

static json_t *text_of(const struct bb_field *field, const union bb_record *rec, unsigned int i)
{
	char buf[BB_VALUE_TEXT];

	return json_string(bb_value_text(field, rec, i, buf));
}

static json_t *list_of(const struct bb_field *field, const union bb_record *rec)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < bb_value_count(field, rec); i++)
		json_array_append_new(list, text_of(field, rec, i));
	return list;
}

static json_t *vid_of(const struct bb_field *field, const union bb_record *rec)
{
	struct bb_vid vid;

	memcpy(&vid, (const char *)rec + field->offset, sizeof(vid));
	return vid.inner ? text_of(field, rec, 0) : json_integer(vid.outer);
}

static json_t *value_of(const struct bb_field *field, const union bb_record *rec)
{
	if (field->flags & BB_F_OPTIONAL_ZERO && bb_value_is_preset(field, rec))
		return json_null();
	switch (field->type) {
	case BB_T_PREFIXES:
		return list_of(field, rec);
	case BB_T_VID:
		return vid_of(field, rec);
	case BB_T_ONOFF:
		return json_boolean(number_of(field, rec));
	case BB_T_DSCP:
		if (*((const uint8_t *)rec + field->aux))
			return text_of(field, rec, 0);
		return json_integer(number_of(field, rec));
	case BB_T_U8:
	case BB_T_U16:
	case BB_T_U32:
		return json_integer(number_of(field, rec));
	default:
		return text_of(field, rec, 0);
	}
}

/* "dst-port" as "dst_port". */
static const char *key_of(const struct bb_field *field, char buf[BB_VALUE_TEXT])
{
	size_t i;

	for (i = 0; i < BB_VALUE_TEXT - 1 && field->word[i]; i++)
		buf[i] = field->word[i] == '-' ? '_' : field->word[i];
	buf[i] = '\0';
	return buf;
}

json_t *bb_row(enum bb_object object, const union bb_record *rec)
{
	const struct bb_object_def *def = bb_object_def(object);
	union bb_record shown = *rec;
	json_t *row = json_object();
	char key[BB_VALUE_TEXT];

	/* People ask for the MAC that is in force, not for how it came about. */
	if (object == BB_OBJ_VRF)
		shown.vrf.mac = bb_vrf_mac(&rec->vrf);
	for (unsigned int i = 0; i < def->n_fields; i++)
		json_object_set_new(row, key_of(&def->fields[i], key), value_of(&def->fields[i], &shown));
	return row;
}
