// SPDX-License-Identifier: GPL-2.0-or-later
/* One field's value in a record: the only file that knows how each type of field is read and written. */
#include "lib/value.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "bluebird/reasons.h"

/* A place in a record, typed by whoever knows the field. */
union slot {
	void *any;
	char *text;
	uint8_t *u8;
	uint16_t *u16;
	uint32_t *u32;
	struct bb_addr *addr;
	struct bb_prefix *prefix;
	struct bb_mac *mac;
	struct bb_vid *vid;
};

static union slot slot_of(const struct bb_field *field, const union bb_record *rec)
{
	/* One function serves readers and writers; readers do not write through it. */
	return (union slot){ .any = (char *)rec + field->offset };
}

static uint8_t *aux_of(const struct bb_field *field, const union bb_record *rec)
{
	return (uint8_t *)rec + field->aux;
}

const char *bb_quote(const char *word, char buf[BB_QUOTE_LEN])
{
	size_t i;

	for (i = 0; i < BB_QUOTE_LEN - 1 && word[i]; i++)
		buf[i] = word[i] >= ' ' && word[i] <= '~' ? word[i] : '?';
	buf[i] = '\0';
	if (word[i])
		memcpy(buf + BB_QUOTE_LEN - 4, "...", 4);
	return buf;
}

static int bad_value(const struct bb_field *field, const char *text, const char *what, struct bb_error *err)
{
	char quoted[BB_QUOTE_LEN];

	return bb_fail(err, EINVAL, "%s: \"%s\" is not %s", field->word, bb_quote(text, quoted), what);
}

static bool name_is_valid(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

	return n > 0 && n < BB_NAME_LEN && !text[n];
}

/* The kernel's rule for device names, and none that a batch line would take for a comment. */
static bool dev_is_valid(const char *text)
{
	size_t n = strlen(text);

	if (n == 0 || n >= BB_DEV_LEN || text[0] == '#' || !strcmp(text, ".") || !strcmp(text, ".."))
		return false;
	for (; *text; text++) {
		if (*text == '/' || *text == ':' || isspace((unsigned char)*text) || iscntrl((unsigned char)*text))
			return false;
	}
	return true;
}

static int parse_text(const struct bb_field *field, const char *text, char *to, struct bb_error *err)
{
	static const char *const reasons[] = {
#define REASON_WORD(NAME, word, outcome) #word,
		BB_REASON_LIST(REASON_WORD)
#undef REASON_WORD
	};
	size_t i = 0;

	switch (field->type) {
	case BB_T_DEV:
		if (!dev_is_valid(text))
			return bad_value(field, text, "a device name (1 to 15 characters)", err);
		break;
	case BB_T_NAME:
		if (!name_is_valid(text))
			return bad_value(field, text, "a name (1 to 31 of letters, digits, \"-\", \"_\", \".\")", err);
		break;
	default:
		while (i < BB_REASONS && strcmp(text, reasons[i]) != 0)
			i++;
		if (i == BB_REASONS)
			return bad_value(field, text, "a reason", err);
	}
	memcpy(to, text, strlen(text) + 1);
	return 0;
}

static int parse_addr(const struct bb_field *field, const char *text, struct bb_addr *to, struct bb_error *err)
{
	struct bb_addr addr;

	if (bb_addr_parse(text, &addr))
		return bad_value(field, text, "an IP address", err);
	if (field->flags & BB_F_V6 && addr.family != 6)
		return bad_value(field, text, "an IPv6 address", err);
	if (!bb_addr_is_unicast(&addr))
		return bad_value(field, text, "a unicast address", err);
	*to = addr;
	return 0;
}

/* The bits behind the prefix are neither all zeros nor (IPv4) all ones, where there are two bits or more. */
static bool host_is_usable(const struct bb_prefix *p)
{
	unsigned int bits = p->addr.family == 6 ? 128 : 32;
	bool zeros = true, ones = true;

	if (p->len == 0)
		return false;
	if (p->len + 1U >= bits)
		return true;
	for (unsigned int i = p->len; i < bits; i++) {
		if (p->addr.b[i / 8] & 0x80 >> i % 8)
			zeros = false;
		else
			ones = false;
	}
	return !zeros && !(ones && bits == 32);
}

static int parse_prefix(const struct bb_field *field, const char *text, union bb_record *rec, struct bb_error *err)
{
	struct bb_prefix *list = slot_of(field, rec).prefix, prefix;
	uint8_t *count = aux_of(field, rec);
	char quoted[BB_QUOTE_LEN];

	if (bb_prefix_parse(text, &prefix))
		return bad_value(field, text, "an address and prefix length, as 192.0.2.1/24", err);
	if (!bb_addr_is_unicast(&prefix.addr) || !host_is_usable(&prefix))
		return bad_value(field, text, "the address of a host in its network", err);
	for (unsigned int i = 0; i < *count; i++) {
		if (!memcmp(&list[i].addr, &prefix.addr, sizeof(prefix.addr)))
			return bb_fail(err, EINVAL, "%s: \"%s\" is given twice", field->word, bb_quote(text, quoted));
	}
	if (*count >= field->max)
		return bb_fail(err, EINVAL, "%s: \"%s\" is one too many, %u is the most", field->word,
			       bb_quote(text, quoted), field->max);
	list[(*count)++] = prefix;
	return 0;
}

static int parse_mac(const struct bb_field *field, const char *text, struct bb_mac *to, struct bb_error *err)
{
	struct bb_mac mac;

	if (bb_mac_parse(text, &mac))
		return bad_value(field, text, "a MAC address", err);
	if (!bb_mac_is_unicast(&mac))
		return bad_value(field, text, "a unicast MAC address", err);
	*to = mac;
	return 0;
}

static int parse_number(const struct bb_field *field, const char *text, union slot to, struct bb_error *err)
{
	char quoted[BB_QUOTE_LEN];
	uint32_t n;

	if (bb_u32_parse(text, field->min, field->max, &n))
		return bb_fail(err, EINVAL, "%s: \"%s\" is not %sa number from %u to %u", field->word,
			       bb_quote(text, quoted), field->type == BB_T_DSCP ? "\"copy\" or " : "", field->min,
			       field->max);
	if (field->type == BB_T_U32)
		*to.u32 = n;
	else if (field->type == BB_T_U16)
		*to.u16 = (uint16_t)n;
	else
		*to.u8 = (uint8_t)n;
	return 0;
}

static int parse_choice(const struct bb_field *field, const char *text, uint8_t *to, struct bb_error *err)
{
	/* The two words of each choice, with the values they stand for. */
	static const struct {
		enum bb_type type;
		const char *word[2];
		uint8_t value[2];
		const char *what;
	} choices[] = {
		{ BB_T_ONOFF, { "on", "off" }, { 1, 0 }, "\"on\" or \"off\"" },
		{ BB_T_ROLE, { "access", "fabric" }, { BB_PORT_ACCESS, BB_PORT_FABRIC }, "\"access\" or \"fabric\"" },
		{ BB_T_MODE, { "native", "generic" }, { BB_MODE_NATIVE, BB_MODE_GENERIC }, "\"native\" or \"generic\"" },
	};
	size_t c = 0;

	while (choices[c].type != field->type)
		c++;
	for (int i = 0; i < 2; i++) {
		if (!strcmp(text, choices[c].word[i])) {
			*to = choices[c].value[i];
			return 0;
		}
	}
	return bad_value(field, text, choices[c].what, err);
}

static int parse_any(const struct bb_field *field, const char *text, union bb_record *rec, struct bb_error *err)
{
	union slot to = slot_of(field, rec);

	switch (field->type) {
	case BB_T_DEV:
	case BB_T_NAME:
	case BB_T_WORD:
		return parse_text(field, text, to.text, err);
	case BB_T_ADDR:
		return parse_addr(field, text, to.addr, err);
	case BB_T_PREFIXES:
		return parse_prefix(field, text, rec, err);
	case BB_T_MAC:
		return parse_mac(field, text, to.mac, err);
	case BB_T_VID:
		if (bb_vid_parse(text, to.vid))
			return bad_value(field, text, "a VLAN id (0 to 4094, or two as 100.400)", err);
		return 0;
	case BB_T_DSCP:
		if (!strcmp(text, "copy")) {
			*aux_of(field, rec) = 1;
			return 0;
		}
		return parse_number(field, text, to, err);
	case BB_T_U8:
	case BB_T_U16:
	case BB_T_U32:
		return parse_number(field, text, to, err);
	case BB_T_ONOFF:
	case BB_T_ROLE:
	case BB_T_MODE:
		return parse_choice(field, text, to.u8, err);
	}
	return bb_fail(err, EINVAL, "%s: unknown type", field->word);
}

/* Is the value one that the data plane cannot serve yet? */
static bool is_later(const struct bb_field *field, const union bb_record *rec)
{
	union slot at = slot_of(field, rec);

	if (field->flags & BB_F_LATER)
		return !bb_value_is_preset(field, rec);
	if (!(field->flags & BB_F_LATER_WIDE))
		return false;
	if (field->type == BB_T_VID)
		return at.vid->inner != 0;
	if (field->type == BB_T_PREFIXES)
		return at.prefix[*aux_of(field, rec) - 1].addr.family == 6;
	return at.addr->family == 6;
}

int bb_value_parse(const struct bb_field *field, const char *text, union bb_record *rec, struct bb_error *err)
{
	char quoted[BB_QUOTE_LEN];
	int rc = parse_any(field, text, rec, err);

	if (!rc && is_later(field, rec))
		return bb_fail(err, ENOSYS, "\"%s %s\": not yet", field->word, bb_quote(text, quoted));
	return rc;
}

void bb_value_preset(const struct bb_field *field, union bb_record *rec)
{
	union slot to = slot_of(field, rec);

	/* Zero, which the record has already, is the preset of every type that has no number. */
	if (!field->preset)
		return;
	if (field->type == BB_T_U32)
		*to.u32 = field->preset;
	else if (field->type == BB_T_U16)
		*to.u16 = (uint16_t)field->preset;
	else
		*to.u8 = (uint8_t)field->preset;
}

bool bb_value_is_preset(const struct bb_field *field, const union bb_record *rec)
{
	static const struct bb_mac no_mac;
	union slot at = slot_of(field, rec);

	switch (field->type) {
	case BB_T_DEV:
	case BB_T_NAME:
	case BB_T_WORD:
		return !at.text[0];
	case BB_T_ADDR:
		return !at.addr->family;
	case BB_T_PREFIXES:
		return !*aux_of(field, rec);
	case BB_T_MAC:
		return !memcmp(at.mac, &no_mac, sizeof(no_mac));
	case BB_T_VID:
		return !at.vid->outer && !at.vid->inner;
	case BB_T_DSCP:
		return !*aux_of(field, rec) && *at.u8 == field->preset;
	case BB_T_U32:
		return *at.u32 == field->preset;
	case BB_T_U16:
		return *at.u16 == field->preset;
	case BB_T_U8:
	case BB_T_ONOFF:
	case BB_T_ROLE:
	case BB_T_MODE:
		return *at.u8 == field->preset;
	}
	return false;
}

unsigned int bb_value_count(const struct bb_field *field, const union bb_record *rec)
{
	return field->type == BB_T_PREFIXES ? *aux_of(field, rec) : 1;
}

static const char *word_text(const char *word, char *buf)
{
	snprintf(buf, BB_VALUE_TEXT, "%s", word ? word : "?");
	return buf;
}

static const char *number_text(uint32_t n, char *buf)
{
	snprintf(buf, BB_VALUE_TEXT, "%u", n);
	return buf;
}

const char *bb_value_text(const struct bb_field *field, const union bb_record *rec, unsigned int i, char *buf)
{
	union slot at = slot_of(field, rec);

	switch (field->type) {
	case BB_T_DEV:
	case BB_T_NAME:
	case BB_T_WORD:
		return word_text(at.text, buf);
	case BB_T_ADDR:
		return bb_addr_text(at.addr, buf);
	case BB_T_PREFIXES:
		return bb_prefix_text(&at.prefix[i], buf);
	case BB_T_MAC:
		return bb_mac_text(at.mac, buf);
	case BB_T_VID:
		return bb_vid_text(at.vid, buf);
	case BB_T_ROLE:
		return word_text(bb_role_word(*at.u8), buf);
	case BB_T_MODE:
		return word_text(bb_mode_word(*at.u8), buf);
	case BB_T_ONOFF:
		return word_text(*at.u8 ? "on" : "off", buf);
	case BB_T_DSCP:
		return *aux_of(field, rec) ? word_text("copy", buf) : number_text(*at.u8, buf);
	case BB_T_U8:
		return number_text(*at.u8, buf);
	case BB_T_U16:
		return number_text(*at.u16, buf);
	case BB_T_U32:
		return number_text(*at.u32, buf);
	}
	return word_text(NULL, buf);
}
