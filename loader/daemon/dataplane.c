// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads the BPF object, adopts and pins its maps, attaches and replaces its programs by pinned links. */
#include "daemon/dataplane.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bluebird.skel.h"
#include "lib/log.h"

#define LINK_ACCESS_MODE 0700
#define COPY_BATCH 4096

struct dataplane {
	struct bluebird_bpf *skel;
	char *pin_dir;
	int lock_fd;
	bool adopted;
	uint32_t switches_off;
	struct bpf_map *maps[DP_MAP_COUNT];
	int links[BB_MAX_PORTS];
	uint8_t link_prog[BB_MAX_PORTS]; /* enum dp_program */
	int inject_link;
	struct bb_state *state;
	struct bb_page *port_vids;
	struct bb_page *vni_vrf;
};

static const char *const map_names[] = {
#define DP_MAP_NAME(map) #map,
	DP_MAPS(DP_MAP_NAME)
#undef DP_MAP_NAME
};

/* libbpf's lines, one level lower than its own idea of them. */
static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = 0;
	bb_log(level == LIBBPF_WARN ? BB_LOG_INFO : BB_LOG_DEBUG, "libbpf", "text=\"%s\"", text);
	return 0;
}


static int pin_path(const struct dataplane *dp, char *buf, size_t size, const char *name)
{
	int n = snprintf(buf, size, "%s/%s", dp->pin_dir, name);

	return n > 0 && (size_t)n < size ? 0 : -ENAMETOOLONG;
}

static int link_path(const struct dataplane *dp, char *buf, size_t size, uint16_t port)
{
	/* Not the device's name: bpffs reserves names with dots. */
	int n = snprintf(buf, size, "%s/link_%u", dp->pin_dir, port);

	return n > 0 && (size_t)n < size ? 0 : -ENAMETOOLONG;
}

/* The pin directory must lie on a bpffs, and be ours alone. */
static int pin_dir_open(struct dataplane *dp, struct bb_error *err)
{
	struct statfs fs;

	if (mkdir(dp->pin_dir, LINK_ACCESS_MODE) && errno != EEXIST)
		return bb_fail(err, errno, "cannot make the pin directory \"%s\": %s%s", dp->pin_dir, strerror(errno),
			       errno == ENOENT || errno == EPERM ?
				       "; its parent must lie on a bpffs (mount -t bpf bpf DIR)" : "");
	if (statfs(dp->pin_dir, &fs))
		return bb_fail(err, errno, "cannot read the pin directory \"%s\": %s", dp->pin_dir, strerror(errno));
	if ((unsigned long)fs.f_type != BPF_FS_MAGIC) {
		rmdir(dp->pin_dir); /* only succeeds if it is empty, as ours would be */
		return bb_fail(err, EINVAL,
			       "the pin directory \"%s\" is not on a bpffs: mount one (mount -t bpf bpf DIR); `ip netns exec` "
			       "hides /sys/fs/bpf, nsenter --net does not", dp->pin_dir);
	}
	dp->lock_fd = open(dp->pin_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dp->lock_fd < 0)
		return bb_fail(err, errno, "cannot open the pin directory \"%s\": %s", dp->pin_dir, strerror(errno));
	if (flock(dp->lock_fd, LOCK_EX | LOCK_NB))
		return bb_fail(err, EBUSY, "the pin directory \"%s\" is in use by another daemon", dp->pin_dir);
	return 0;
}

static void skel_switches(struct bluebird_bpf *skel, uint32_t off)
{
	unsigned int bit = 0;

#define DP_SWITCH_SET(name) skel->rodata->cfg_##name = !(off >> bit++ & 1);
	DP_SWITCHES(DP_SWITCH_SET)
#undef DP_SWITCH_SET
}

static struct bluebird_bpf *skel_open(uint32_t off, uint32_t cache_entries, struct bpf_map **maps)
{
	struct bluebird_bpf *skel = bluebird_bpf__open();

	if (!skel)
		return NULL;
	skel_switches(skel, off);
#define DP_MAP_SET(map) maps[DP_##map] = skel->maps.map;
	DP_MAPS(DP_MAP_SET)
#undef DP_MAP_SET
	bpf_map__set_max_entries(maps[DP_cache4], cache_entries);
	bpf_map__set_max_entries(maps[DP_rings], libbpf_num_possible_cpus());
	return skel;
}

/* Does the pinned map have the shape that this object wants? cache4 may have any size: that is a setting. */
static bool map_fits(struct bpf_map *map, int fd, bool any_size)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	return info.type == bpf_map__type(map) && info.key_size == bpf_map__key_size(map) &&
	       info.value_size == bpf_map__value_size(map) &&
	       (any_size || info.max_entries == bpf_map__max_entries(map));
}

static bool state_has_abi(int fd)
{
	struct bb_state state;
	__u32 zero = 0;

	return !bpf_map_lookup_elem(fd, &zero, &state) && state.abi == BB_ABI_VERSION;
}

static void close_fds(int *fds, int n)
{
	for (int i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* All or nothing: a half-adopted set would mix ids of two lives. The cache's size may differ. */
static bool adopt_maps(struct dataplane *dp)
{
	int fds[DP_MAP_COUNT], i;
	char path[4096];

	for (i = 0; i < DP_MAP_COUNT; i++) {
		if (pin_path(dp, path, sizeof(path), map_names[i]))
			break;
		fds[i] = bpf_obj_get(path);
		if (fds[i] < 0)
			break;
		if (!map_fits(dp->maps[i], fds[i], i == DP_cache4) || (i == DP_state && !state_has_abi(fds[i]))) {
			bb_log(BB_LOG_WARN, "pinned maps are of another version and are replaced", "map=%s", map_names[i]);
			close(fds[i]);
			break;
		}
	}
	if (i < DP_MAP_COUNT) {
		close_fds(fds, i);
		return false;
	}
	for (i = 0; i < DP_MAP_COUNT; i++)
		bpf_map__reuse_fd(dp->maps[i], fds[i]);
	close_fds(fds, DP_MAP_COUNT);
	return true;
}

static int pin_map(struct dataplane *dp, int i, struct bb_error *err)
{
	char path[4096], fresh[4096];
	int rc;

	if (!dp->pin_dir)
		return 0;
	if (pin_path(dp, path, sizeof(path), map_names[i]) ||
	    snprintf(fresh, sizeof(fresh), "%s/new_%s", dp->pin_dir, map_names[i]) >= (int)sizeof(fresh))
		return bb_fail(err, ENAMETOOLONG, "the pin directory's name is too long: \"%s\"", dp->pin_dir);
	unlink(fresh);
	rc = bpf_obj_pin(bpf_map__fd(dp->maps[i]), fresh);
	if (rc)
		return bb_fail(err, -rc, "cannot pin map %s: %s", map_names[i], strerror(-rc));
	/* rename replaces an older pin without a moment in which there is none */
	if (rename(fresh, path)) {
		unlink(path);
		if (rename(fresh, path))
			return bb_fail(err, errno, "cannot pin map %s: %s", map_names[i], strerror(errno));
	}
	return 0;
}

static int make_rings(struct dataplane *dp, struct bb_error *err)
{
	int outer = bpf_map__fd(dp->maps[DP_rings]);
	__u32 n = dataplane_rings(dp);

	for (__u32 cpu = 0; cpu < n; cpu++) {
		int rc, fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "miss_ring", 0, 0, BB_RING_BYTES, NULL);

		if (fd < 0)
			return bb_fail(err, errno, "cannot create a miss ring: %s", strerror(errno));
		rc = bpf_map_update_elem(outer, &cpu, &fd, BPF_ANY);
		close(fd);
		if (rc)
			return bb_fail(err, -rc, "cannot install a miss ring: %s", strerror(-rc));
	}
	return 0;
}

static void *map_mmap(struct dataplane *dp, enum dp_map map)
{
	size_t size = (size_t)bpf_map__max_entries(dp->maps[map]) * bpf_map__value_size(dp->maps[map]);
	size_t page = sysconf(_SC_PAGESIZE);
	void *p;

	size = (size + page - 1) / page * page;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(dp->maps[map]), 0);
	return p == MAP_FAILED ? NULL : p;
}

static int mmap_maps(struct dataplane *dp, struct bb_error *err)
{
	dp->state = map_mmap(dp, DP_state);
	dp->port_vids = map_mmap(dp, DP_port_vids);
	dp->vni_vrf = map_mmap(dp, DP_vni_vrf);
	if (!dp->state || !dp->port_vids || !dp->vni_vrf)
		return bb_fail(err, errno, "cannot map the data plane's tables: %s", strerror(errno));
	return 0;
}

static const char *load_advice(int code)
{
	switch (code) {
	case EPERM:
		return "; run as root, with CAP_BPF and CAP_NET_ADMIN";
	case ENOMEM:
	case E2BIG:
		return "; is there enough memory for the cache's size?";
	default:
		return "; -v shows the verifier's words";
	}
}

static int load(struct dataplane *dp, struct bb_error *err)
{
	int rc = bluebird_bpf__load(dp->skel);

	if (rc)
		return bb_fail(err, -rc, "cannot load the XDP programs: %s%s", strerror(-rc), load_advice(-rc));
	return 0;
}

static int open_fresh(struct dataplane *dp, struct bb_error *err)
{
	int rc = make_rings(dp, err);

	for (int i = 0; !rc && i < DP_MAP_COUNT; i++)
		rc = pin_map(dp, i, err);
	return rc;
}

static int dataplane_start(struct dataplane *dp, const struct dp_config *config, struct bb_error *err)
{
	int rc;

	libbpf_set_print(print_libbpf);
	if (config->pin_dir) {
		dp->pin_dir = strdup(config->pin_dir);
		rc = dp->pin_dir ? pin_dir_open(dp, err) : -ENOMEM;
		if (rc)
			return rc;
	}
	dp->switches_off = config->switches_off;
	dp->skel = skel_open(dp->switches_off, config->cache_entries, dp->maps);
	if (!dp->skel)
		return bb_fail(err, errno, "cannot open the BPF object: %s", strerror(errno));
	dp->adopted = dp->pin_dir && adopt_maps(dp);
	rc = load(dp, err);
	if (!rc && !dp->adopted)
		rc = open_fresh(dp, err);
	if (!rc)
		rc = mmap_maps(dp, err);
	if (!rc)
		dp->state->abi = BB_ABI_VERSION;
	return rc;
}

int dataplane_open(struct dataplane **out, const struct dp_config *config, struct bb_error *err)
{
	struct dataplane *dp = calloc(1, sizeof(*dp));
	int rc;

	if (!dp)
		return bb_fail(err, ENOMEM, "out of memory");
	dp->lock_fd = -1;
	dp->inject_link = -1;
	for (int i = 0; i < BB_MAX_PORTS; i++)
		dp->links[i] = -1;
	rc = dataplane_start(dp, config, err);
	if (rc) {
		dataplane_close(&dp);
		return rc;
	}
	*out = dp;
	return 0;
}

void dataplane_close(struct dataplane **pdp)
{
	struct dataplane *dp = *pdp;

	if (!dp)
		return;
	close_fds(dp->links, BB_MAX_PORTS);
	close_fds(&dp->inject_link, 1);
	if (dp->skel)
		bluebird_bpf__destroy(dp->skel);
	/* The mmaps go with the process: threads that are about to end may still look. */
	close_fds(&dp->lock_fd, 1);
	free(dp->pin_dir);
	free(dp);
	*pdp = NULL;
}

bool dataplane_adopted(const struct dataplane *dp)
{
	return dp->adopted;
}

uint32_t dataplane_cache_entries(const struct dataplane *dp)
{
	return bpf_map__max_entries(dp->maps[DP_cache4]);
}

int dataplane_map_fd(const struct dataplane *dp, enum dp_map map)
{
	return bpf_map__fd(dp->maps[map]);
}

static struct bpf_program *program(const struct dataplane *dp, enum dp_program prog)
{
	switch (prog) {
	case DP_PROG_ACCESS:
		return dp->skel->progs.bb_access;
	case DP_PROG_FABRIC:
		return dp->skel->progs.bb_fabric;
	case DP_PROG_INJECT:
		return dp->skel->progs.bb_inject;
	}
	return NULL;
}

int dataplane_prog_fd(const struct dataplane *dp, enum dp_program prog)
{
	return bpf_program__fd(program(dp, prog));
}

struct bb_state *dataplane_state(struct dataplane *dp)
{
	return dp->state;
}

struct bb_page *dataplane_port_vids(struct dataplane *dp)
{
	return dp->port_vids;
}

struct bb_page *dataplane_vni_vrf(struct dataplane *dp)
{
	return dp->vni_vrf;
}

unsigned int dataplane_rings(const struct dataplane *dp)
{
	return bpf_map__max_entries(dp->maps[DP_rings]);
}

int dataplane_ring_fd(const struct dataplane *dp, unsigned int cpu)
{
	__u32 key = cpu, id;
	int rc = bpf_map_lookup_elem(dataplane_map_fd(dp, DP_rings), &key, &id);

	return rc ? rc : bpf_map_get_fd_by_id(id);
}

static bool link_info(int fd, struct bpf_link_info *info)
{
	__u32 len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, info, &len);
}

/* Our pinned link of the port, if it still sits on that device. */
static int link_reopen(struct dataplane *dp, uint16_t port, uint32_t ifindex)
{
	struct bpf_link_info info;
	char path[4096];
	int fd = dp->links[port];

	if (fd < 0 && dp->pin_dir && !link_path(dp, path, sizeof(path), port))
		fd = bpf_obj_get(path);
	if (fd < 0)
		return -1;
	dp->links[port] = fd;
	if (link_info(fd, &info) && info.xdp.ifindex == ifindex)
		return fd;
	dataplane_detach(dp, port);
	return -1;
}

static int attach_error(const struct bb_port *port, int code, struct bb_error *err)
{
	bool native = port->mode == BB_MODE_NATIVE;

	switch (code) {
	case EBUSY:
	case EEXIST:
		return bb_fail(err, EBUSY, "port \"%s\": another XDP program is attached; detach it first "
			       "(ip link set dev %s xdp off)", port->dev, port->dev);
	case EOPNOTSUPP:
		return bb_fail(err, EOPNOTSUPP, "port \"%s\": the driver cannot do %s XDP%s", port->dev,
			       native ? "native" : "generic", native ? "; `mode generic` works on any NIC, but is slow" : "");
	case EINVAL:
	case ERANGE:
		return bb_fail(err, code, "port \"%s\": the driver refuses %s XDP: %s; is the MTU too large, or are there fewer "
			       "queues than CPUs?", port->dev, native ? "native" : "generic", strerror(code));
	default:
		return bb_fail(err, code, "port \"%s\": cannot attach: %s", port->dev, strerror(code));
	}
}

static int link_create(struct dataplane *dp, const struct bb_port *port, enum dp_program prog, uint32_t ifindex,
		       struct bb_error *err)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts,
		    .flags = port->mode == BB_MODE_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE);
	char path[4096];
	int fd, rc;

	fd = bpf_link_create(dataplane_prog_fd(dp, prog), ifindex, BPF_XDP, &opts);
	if (fd < 0)
		return attach_error(port, errno, err);
	if (dp->pin_dir) {
		rc = link_path(dp, path, sizeof(path), port->id);
		if (!rc) {
			unlink(path); /* of a port that had this id before */
			rc = bpf_obj_pin(fd, path);
		}
		if (rc) {
			close(fd);
			return bb_fail(err, -rc, "port \"%s\": cannot pin its link: %s", port->dev, strerror(-rc));
		}
	}
	dp->links[port->id] = fd;
	dp->link_prog[port->id] = prog;
	return 0;
}

int dataplane_attach(struct dataplane *dp, const struct bb_port *port, uint32_t ifindex, struct bb_error *err)
{
	enum dp_program prog = port->role == BB_PORT_FABRIC ? DP_PROG_FABRIC : DP_PROG_ACCESS;
	int rc, fd = link_reopen(dp, port->id, ifindex);

	if (fd < 0)
		return link_create(dp, port, prog, ifindex, err);
	rc = bpf_link_update(fd, dataplane_prog_fd(dp, prog), NULL);
	if (rc)
		return bb_fail(err, -rc, "port \"%s\": cannot replace the program: %s", port->dev, strerror(-rc));
	dp->link_prog[port->id] = prog;
	return 0;
}

uint32_t dataplane_link_prog(const struct dataplane *dp, uint16_t port)
{
	struct bpf_link_info info;
	char path[4096];
	int fd = dp->links[port];
	uint32_t id = 0;

	if (fd < 0 && dp->pin_dir && !link_path(dp, path, sizeof(path), port)) {
		fd = bpf_obj_get(path);
		if (link_info(fd, &info) && info.xdp.ifindex)
			id = info.prog_id;
		if (fd >= 0)
			close(fd);
		return id;
	}
	return link_info(fd, &info) && info.xdp.ifindex ? info.prog_id : 0;
}

void dataplane_detach(struct dataplane *dp, uint16_t port)
{
	char path[4096];
	int fd = dp->links[port];

	if (dp->pin_dir && !link_path(dp, path, sizeof(path), port)) {
		if (fd < 0)
			fd = bpf_obj_get(path);
		unlink(path);
	}
	if (fd >= 0) {
		bpf_link_detach(fd); /* at once, not when the last reference goes */
		close(fd);
	}
	dp->links[port] = -1;
}

int dataplane_attach_inject(struct dataplane *dp, uint32_t ifindex, struct bb_error *err)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	int fd = bpf_link_create(dataplane_prog_fd(dp, DP_PROG_INJECT), ifindex, BPF_XDP, &opts);

	if (fd < 0)
		return bb_fail(err, errno, "cannot attach to the injection port: %s", strerror(errno));
	dp->inject_link = fd;
	return 0;
}

/* Copies all answers; what does not fit is a cache miss later, no loss. */
static int copy_cache(int from, int to)
{
	struct bb_key4 *keys = calloc(COPY_BATCH, sizeof(*keys));
	struct bb_cache4 *values = calloc(COPY_BATCH, sizeof(*values));
	__u32 cursor = 0, n;
	void *in = NULL;
	int rc = keys && values ? 0 : -ENOMEM;

	while (!rc) {
		n = COPY_BATCH;
		rc = bpf_map_lookup_batch(from, in, &cursor, keys, values, &n, NULL);
		if (n && (!rc || rc == -ENOENT))
			bpf_map_update_batch(to, keys, values, &n, NULL);
		in = &cursor;
	}
	free(keys);
	free(values);
	return rc == -ENOENT ? 0 : rc;
}

static int replace_programs(struct dataplane *dp)
{
	int rc, failed = 0;

	for (int i = 0; i < BB_MAX_PORTS; i++) {
		if (dp->links[i] < 0)
			continue;
		rc = bpf_link_update(dp->links[i], dataplane_prog_fd(dp, dp->link_prog[i]), NULL);
		if (rc && rc != -ENOLINK) /* its device has just gone: that port has no program at all */
			failed = rc;
	}
	if (dp->inject_link >= 0) {
		rc = bpf_link_update(dp->inject_link, dataplane_prog_fd(dp, DP_PROG_INJECT), NULL);
		if (rc && rc != -ENOLINK)
			failed = rc;
	}
	return failed;
}

int dataplane_resize_cache(struct dataplane *dp, uint32_t entries, struct bb_error *err)
{
	struct bluebird_bpf *old = dp->skel, *new;
	struct bpf_map *old_maps[DP_MAP_COUNT];
	int rc;

	memcpy(old_maps, dp->maps, sizeof(old_maps));
	dp->skel = skel_open(dp->switches_off, entries, dp->maps);
	if (!dp->skel) {
		rc = bb_fail(err, errno, "cannot open the BPF object: %s", strerror(errno));
		goto back;
	}
	for (int i = 0; i < DP_MAP_COUNT; i++)
		if (i != DP_cache4 && bpf_map__reuse_fd(dp->maps[i], bpf_map__fd(old_maps[i]))) {
			rc = bb_fail(err, errno, "cannot share map %s: %s", map_names[i], strerror(errno));
			goto back;
		}
	rc = load(dp, err);
	if (!rc)
		rc = copy_cache(bpf_map__fd(old_maps[DP_cache4]), dataplane_map_fd(dp, DP_cache4));
	if (rc)
		goto back;
	rc = replace_programs(dp);
	if (rc)
		bb_fail(err, -rc, "cannot replace a port's program: %s", strerror(-rc));
	else
		rc = pin_map(dp, DP_cache4, err);
	if (rc)
		goto back;
	bluebird_bpf__destroy(old);
	return 0;
back:
	new = dp->skel;
	dp->skel = old;
	memcpy(dp->maps, old_maps, sizeof(old_maps));
	replace_programs(dp); /* whichever had been replaced: all ports look into one cache */
	if (new)
		bluebird_bpf__destroy(new);
	return rc;
}

void dataplane_teardown(struct dataplane *dp)
{
	struct dirent *entry;
	DIR *dir;

	for (int i = 1; i < BB_MAX_PORTS; i++)
		dataplane_detach(dp, i);
	close_fds(&dp->inject_link, 1);
	dp->inject_link = -1;
	dir = dp->pin_dir ? opendir(dp->pin_dir) : NULL;
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	if (dp->pin_dir && rmdir(dp->pin_dir))
		bb_log(BB_LOG_WARN, "the pin directory stays", "dir=%s error=\"%s\"", dp->pin_dir, strerror(errno));
}
