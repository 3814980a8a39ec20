// SPDX-License-Identifier: GPL-2.0-or-later
/* The end of a run: tables for people, ratios first, and the flat JSON object. */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "result.h"

/* What a run promises, in the order shown. */
static const struct {
	const char *name;
	const char *what;
} promised[] = {
	{ "encap_vs_kernel", "encap, packets/s over the kernel's vxlan + routing" },
	{ "decap_vs_kernel", "decap, packets/s over the kernel's vxlan + routing" },
	{ "encap_vs_forward", "encap, packets/s over a plain XDP forward" },
	{ "decap_vs_forward", "decap, packets/s over a plain XDP forward" },
	{ "encap_192k_vs_forward", "encap to 196,608 random cached VMs, over the forward" },
	{ "encap_prog_vs_empty", "encap program alone, time over an empty program" },
	{ "decap_prog_vs_empty", "decap program alone, time over an empty program" },
	{ "encap_128k_prog_vs_empty", "encap program alone, 131,072 random cached VMs" },
};
#define PROMISED (sizeof(promised) / sizeof(promised[0]))

/* A line of the results; a later one of the same name wins. */
static void take(json_t *all, json_t *reasons, char *line)
{
	char *name = strtok(line, " \n"), *value = strtok(NULL, " \n"), *reason = strtok(NULL, "\n");

	if (!name || !value)
		return;
	if (strcmp(value, "null")) {
		json_object_set_new(all, name, json_real(strtod(value, NULL)));
		return;
	}
	json_object_set_new(all, name, json_null());
	json_object_set_new(reasons, name, json_string(reason ? reason : "no reason given"));
}

static int read_results(const char *path, json_t *all, json_t *reasons)
{
	FILE *in = fopen(path, "r");
	char line[512];
	unsigned int i;

	if (!in)
		return -errno;
	for (i = 0; i < PROMISED; i++)
		json_object_set_new(all, promised[i].name, json_null());
	while (fgets(line, sizeof(line), in))
		take(all, reasons, line);
	fclose(in);
	return 0;
}

static void cpu_model(char *buf, size_t size)
{
	FILE *in = fopen("/proc/cpuinfo", "r");
	char line[256], *colon;

	snprintf(buf, size, "unknown");
	while (in && fgets(line, sizeof(line), in)) {
		colon = strstr(line, ": ");
		if (strncmp(line, "model name", 10) || !colon)
			continue;
		snprintf(buf, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
		break;
	}
	if (in)
		fclose(in);
}

static void add_machine(json_t *all)
{
	struct utsname u;
	char model[200];

	uname(&u);
	cpu_model(model, sizeof(model));
	json_object_set_new(all, "machine_kernel", json_string(u.release));
	json_object_set_new(all, "machine_cpu", json_string(model));
	json_object_set_new(all, "machine_cores", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	printf("Linux %s, %s, %ld cores. Ratios are medians of rounds that took turns in this one run; the figures\n"
	       "below them hold for this machine today. End to end: one core generates, forwards and counts, frames of\n"
	       "84 bytes and 134 with the tunnel, no 802.1Q; alone: VLAN 400, what the program takes over an empty one.\n",
	       u.release, model, sysconf(_SC_NPROCESSORS_ONLN));
}

static void print_ratios(const json_t *all, const json_t *reasons)
{
	const json_t *value, *reason;
	unsigned int i;

	printf("\n%-26s\n", "ratio");
	for (i = 0; i < PROMISED; i++) {
		value = json_object_get(all, promised[i].name);
		reason = json_object_get(reasons, promised[i].name);
		if (json_is_real(value))
			printf("%-26s %8.2f  %s\n", promised[i].name, json_real_value(value), promised[i].what);
		else
			printf("%-26s %8s  not measured: %s\n", promised[i].name, "-",
			       reason ? json_string_value(reason) : "its step did not run");
	}
}

static bool is_promised(const char *name)
{
	unsigned int i;

	for (i = 0; i < PROMISED; i++)
		if (!strcmp(name, promised[i].name))
			return true;
	return false;
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n >= k && !strcmp(name + n - k, end);
}

/* Frames sent are in the object only, and so are losses, unless there were any. */
static bool is_shown(const char *name, double value)
{
	if (is_promised(name) || ends_with(name, "_sent"))
		return false;
	return !ends_with(name, "_lost") || value > 0;
}

static void print_figures(json_t *all)
{
	const char *name;
	json_t *value;

	printf("\n%-34s\n", "figure");
	json_object_foreach(all, name, value)
		if (json_is_real(value) && is_shown(name, json_real_value(value)))
			printf("%-34s %10.*f\n", name, json_real_value(value) < 10 ? 2 : 0, json_real_value(value));
}

int report(const char *results, const char *path)
{
	json_t *all = json_object(), *reasons = json_object();
	int err = read_results(results, all, reasons);

	if (err) {
		fprintf(stderr, "bench: results '%s': %s\n", results, strerror(-err));
	} else {
		add_machine(all);
		print_ratios(all, reasons);
		print_figures(all);
		err = json_dump_file(all, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		if (err)
			fprintf(stderr, "bench: cannot write '%s'\n", path);
	}
	json_decref(all);
	json_decref(reasons);
	return err;
}
