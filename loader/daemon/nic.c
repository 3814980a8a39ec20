// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets a NIC's flags and features by ioctl, and names the XDP programs of others by libxdp. */
#include "daemon/nic.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "lib/log.h"

/* A device and the socket to talk about it. */
struct nic {
	int fd;
	struct ifreq ifr;
};

/* Features that must be off, and why. */
static const struct feature {
	const char *name;
	uint32_t saved;
	const char *harm;
} features[] = {
	{ "rx-vlan-hw-parse", BB_SAVED_RXVLAN, "it takes 802.1Q tags out of frames before XDP sees them" },
	{ "rx-vlan-stag-hw-parse", BB_SAVED_RXSTAG, "it takes 802.1ad tags out of frames before XDP sees them" },
	{ "rx-vlan-filter", BB_SAVED_RXFILTER, "it drops frames of VLANs that the kernel does not know" },
	{ "rx-vlan-stag-filter", BB_SAVED_RXSTAGFILTER, "it drops frames of VLANs that the kernel does not know" },
	{ "rx-lro", BB_SAVED_LRO, "it merges packets that must be forwarded one by one" },
};

#define N_FEATURES (sizeof(features) / sizeof(features[0]))

static int nic_open(const char *dev, struct nic *nic, struct bb_error *err)
{
	memset(nic, 0, sizeof(*nic));
	nic->fd = -1;
	if (!dev[0] || strlen(dev) >= sizeof(nic->ifr.ifr_name))
		return bb_fail(err, ENODEV, "port \"%s\": no such device", dev);
	strcpy(nic->ifr.ifr_name, dev);
	nic->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (nic->fd < 0)
		return bb_fail(err, errno, "port \"%s\": cannot open a socket: %m", dev);
	return 0;
}

static void nic_close(struct nic *nic)
{
	if (nic->fd >= 0)
		close(nic->fd);
	nic->fd = -1;
}

static int nic_ioctl(struct nic *nic, unsigned long request)
{
	return ioctl(nic->fd, request, &nic->ifr) < 0 ? -errno : 0;
}

static int nic_ethtool(struct nic *nic, void *cmd)
{
	nic->ifr.ifr_data = cmd;
	return nic_ioctl(nic, SIOCETHTOOL);
}

static int nic_fail(const struct nic *nic, struct bb_error *err, int ret, const char *what)
{
	if (ret == -ENODEV)
		return bb_fail(err, ENODEV, "port \"%s\": no such device", nic->ifr.ifr_name);
	return bb_fail(err, -ret, "port \"%s\": cannot %s: %s", nic->ifr.ifr_name, what, strerror(-ret));
}

static void read_driver(struct nic *nic, char driver[32])
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	driver[0] = '\0';
	if (nic_ethtool(nic, &info))
		return;
	info.driver[sizeof(info.driver) - 1] = '\0';
	strcpy(driver, info.driver);
}

static int read_info(struct nic *nic, struct nic_info *out, struct bb_error *err)
{
	struct nic_info info = { 0 };
	int ret;

	ret = nic_ioctl(nic, SIOCGIFINDEX);
	if (ret)
		return nic_fail(nic, err, ret, "read its ifindex");
	info.ifindex = nic->ifr.ifr_ifindex;
	ret = nic_ioctl(nic, SIOCGIFMTU);
	if (ret)
		return nic_fail(nic, err, ret, "read its MTU");
	info.mtu = nic->ifr.ifr_mtu;
	ret = nic_ioctl(nic, SIOCGIFHWADDR);
	if (ret)
		return nic_fail(nic, err, ret, "read its MAC");
	if (nic->ifr.ifr_hwaddr.sa_family == ARPHRD_ETHER)
		memcpy(info.mac, nic->ifr.ifr_hwaddr.sa_data, sizeof(info.mac));
	read_driver(nic, info.driver);
	*out = info;
	return 0;
}

int nic_info(const char *dev, struct nic_info *out, struct bb_error *err)
{
	struct nic nic;
	int ret = nic_open(dev, &nic, err);

	if (!ret)
		ret = read_info(&nic, out, err);
	nic_close(&nic);
	return ret;
}

/* 1: it was off before; 0: nothing to change. */
static int set_promisc(struct nic *nic, bool on)
{
	int ret = nic_ioctl(nic, SIOCGIFFLAGS);

	if (ret)
		return ret;
	if (!!(nic->ifr.ifr_flags & IFF_PROMISC) == on)
		return 0;
	nic->ifr.ifr_flags ^= IFF_PROMISC;
	ret = nic_ioctl(nic, SIOCSIFFLAGS);
	return ret ? ret : 1;
}

/* How many features the kernel knows. */
static int count_features(struct nic *nic)
{
	_Alignas(struct ethtool_sset_info) char buf[sizeof(struct ethtool_sset_info) + sizeof(uint32_t)] = { 0 };
	struct ethtool_sset_info *info = (struct ethtool_sset_info *)buf;
	int ret;

	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ULL << ETH_SS_FEATURES;
	ret = nic_ethtool(nic, info);
	if (ret)
		return ret;
	return info->sset_mask ? (int)info->data[0] : 0;
}

/* The feature's bit number; -ENOENT if the kernel does not know the name. */
static int find_feature(struct nic *nic, const char *name)
{
	struct ethtool_gstrings *names;
	int n = count_features(nic);
	int ret;

	if (n < 0)
		return n;
	names = calloc(1, sizeof(*names) + (size_t)n * ETH_GSTRING_LEN);
	if (!names)
		return -ENOMEM;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = n;
	ret = nic_ethtool(nic, names);
	if (!ret) {
		ret = -ENOENT;
		for (int i = 0; i < n && ret < 0; i++) {
			if (!strncmp((char *)names->data + i * ETH_GSTRING_LEN, name, ETH_GSTRING_LEN))
				ret = i;
		}
	}
	free(names);
	return ret;
}

/* 1: on, 0: off. */
static int get_feature(struct nic *nic, unsigned int bit)
{
	unsigned int blocks = bit / 32 + 1;
	struct ethtool_gfeatures *cmd = calloc(1, sizeof(*cmd) + blocks * sizeof(cmd->features[0]));
	int ret;

	if (!cmd)
		return -ENOMEM;
	cmd->cmd = ETHTOOL_GFEATURES;
	cmd->size = blocks;
	ret = nic_ethtool(nic, cmd);
	if (!ret)
		ret = cmd->features[bit / 32].active >> bit % 32 & 1;
	free(cmd);
	return ret;
}

/* The kernel wants all blocks at once, but changes only bits marked valid. */
static int set_feature(struct nic *nic, unsigned int bit, bool on)
{
	int n = count_features(nic);
	unsigned int blocks = (n + 31) / 32;
	struct ethtool_sfeatures *cmd;
	int ret;

	if (n < 0)
		return n;
	cmd = calloc(1, sizeof(*cmd) + blocks * sizeof(cmd->features[0]));
	if (!cmd)
		return -ENOMEM;
	cmd->cmd = ETHTOOL_SFEATURES;
	cmd->size = blocks;
	cmd->features[bit / 32].valid = 1U << bit % 32;
	cmd->features[bit / 32].requested = on ? 1U << bit % 32 : 0;
	ret = nic_ethtool(nic, cmd);
	free(cmd);
	return ret;
}

static int fail_kept(struct nic *nic, const struct feature *f, struct bb_error *err)
{
	char driver[32];

	read_driver(nic, driver);
	return bb_fail(err, EOPNOTSUPP,
		       "port \"%s\": driver \"%s\" keeps %s on, and %s; try `ethtool -K %s %s off`, or the driver's or "
		       "hypervisor's own switch for it%s, or use another NIC",
		       nic->ifr.ifr_name, driver, f->name, f->harm, nic->ifr.ifr_name, f->name,
		       !strcmp(driver, "virtio_net") ? " (in QEMU: virtio-net-pci,ctrl_vlan=off)" : "");
}

/* Off, and whether that was a change: 1 or 0. A device that knows no features has none on. */
static int feature_off(struct nic *nic, const struct feature *f, struct bb_error *err)
{
	int bit = find_feature(nic, f->name);
	int ret;

	if (bit == -ENOENT || bit == -EOPNOTSUPP)
		return 0;
	if (bit < 0)
		return nic_fail(nic, err, bit, "read its features");
	ret = get_feature(nic, bit);
	if (ret < 0)
		return nic_fail(nic, err, ret, "read its features");
	if (!ret)
		return 0;
	ret = set_feature(nic, bit, false);
	if (ret < 0 && ret != -EOPNOTSUPP && ret != -EINVAL)
		return nic_fail(nic, err, ret, "change its features");
	/* The driver has the last word. */
	ret = get_feature(nic, bit);
	if (ret < 0)
		return nic_fail(nic, err, ret, "read its features");
	return ret ? fail_kept(nic, f, err) : 1;
}

/* `changed` is valid on failure too. */
static int fit(struct nic *nic, uint32_t *changed, struct bb_error *err)
{
	int ret = nic_ioctl(nic, SIOCGIFHWADDR);

	if (ret)
		return nic_fail(nic, err, ret, "read its MAC");
	if (nic->ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return bb_fail(err, EOPNOTSUPP, "port \"%s\": not an Ethernet device", nic->ifr.ifr_name);
	ret = set_promisc(nic, true);
	if (ret < 0)
		return nic_fail(nic, err, ret, "make it promiscuous");
	if (ret)
		*changed |= BB_SAVED_PROMISC;
	for (size_t i = 0; i < N_FEATURES; i++) {
		ret = feature_off(nic, &features[i], err);
		if (ret < 0)
			return ret;
		if (ret)
			*changed |= features[i].saved;
	}
	return 0;
}

int nic_fit(const char *dev, uint32_t *saved, struct bb_error *err)
{
	uint32_t changed = 0;
	struct nic nic;
	int ret = nic_open(dev, &nic, err);

	if (!ret)
		ret = fit(&nic, &changed, err);
	nic_close(&nic);
	if (ret)
		nic_restore(dev, changed);
	else
		*saved = changed;
	return ret;
}

static void feature_on(struct nic *nic, const struct feature *f)
{
	int ret = find_feature(nic, f->name);

	if (ret >= 0)
		ret = set_feature(nic, ret, true);
	if (ret < 0)
		bb_log(BB_LOG_WARN, "feature not restored", "dev=%s feature=%s errno=%d", nic->ifr.ifr_name, f->name,
		       -ret);
}

void nic_restore(const char *dev, uint32_t saved)
{
	struct nic nic;
	int ret;

	if (!saved || nic_open(dev, &nic, NULL))
		return;
	ret = nic_ioctl(&nic, SIOCGIFINDEX);
	if (ret) {
		bb_log(BB_LOG_INFO, "port not restored, it is gone", "dev=%s", dev);
		nic_close(&nic);
		return;
	}
	for (size_t i = 0; i < N_FEATURES; i++) {
		if (saved & features[i].saved)
			feature_on(&nic, &features[i]);
	}
	if (saved & BB_SAVED_PROMISC && set_promisc(&nic, false) < 0)
		bb_log(BB_LOG_WARN, "port still promiscuous", "dev=%s", dev);
	nic_close(&nic);
}

static void log_line(const char *from, const char *fmt, va_list ap)
{
	char text[512];

	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	bb_log(BB_LOG_DEBUG, from, "text=\"%s\"", text);
}

static int xdp_print(enum libxdp_print_level level, const char *fmt, va_list ap)
{
	if (level != LIBXDP_DEBUG)
		log_line("libxdp", fmt, ap);
	return 0;
}

static int bpf_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level != LIBBPF_DEBUG)
		log_line("libbpf", fmt, ap);
	return 0;
}

/* "name" (id N), appended to a list. */
static void list_prog(char *list, size_t size, const char *name, uint32_t id)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s\"%s\" (id %u)", used ? ", " : "", name, id);
}

static void list_by_id(char *list, size_t size, uint32_t id)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	/* It may have gone since, or be none of our business to open. */
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		strcpy(info.name, "?");
	list_prog(list, size, info.name, id);
	if (fd >= 0)
		close(fd);
}

/* Lists the programs within a dispatcher that are not ours, if libxdp sees one. True: ours is the only one. */
static bool list_dispatched(uint32_t ifindex, uint32_t own_prog_id, char *list, size_t size)
{
	struct xdp_multiprog *mp = xdp_multiprog__get_from_ifindex(ifindex);
	struct xdp_program *prog = NULL;
	bool own = false;

	if (libxdp_get_error(mp))
		return false;
	while (!xdp_multiprog__is_legacy(mp) && (prog = xdp_multiprog__next_prog(prog, mp))) {
		if (own_prog_id && xdp_program__id(prog) == own_prog_id)
			own = true;
		else
			list_prog(list, size, xdp_program__name(prog), xdp_program__id(prog));
	}
	xdp_multiprog__close(mp);
	return own && !list[0];
}

static int describe(const char *dev, uint32_t ifindex, uint32_t own_prog_id, const char *top, struct bb_error *err)
{
	char inner[256] = "";

	if (list_dispatched(ifindex, own_prog_id, inner, sizeof(inner)))
		return 0;
	if (inner[0] || strstr(top, "\"xdp_dispatcher\""))
		return bb_fail(err, EBUSY,
			       "port \"%s\": a libxdp dispatcher is attached, with XDP program %s; "
			       "see `xdp-loader status %s`, remove it with `xdp-loader unload %s --all`",
			       dev, inner[0] ? inner : "unknown", dev, dev);
	return bb_fail(err, EBUSY,
		       "port \"%s\": XDP program %s is attached; remove it with `ip link set dev %s xdp off`", dev, top,
		       dev);
}

int nic_foreign_xdp(const char *dev, uint32_t ifindex, uint32_t own_prog_id, struct bb_error *err)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);
	libbpf_print_fn_t print = libbpf_set_print(bpf_print);
	char top[256] = "";
	int ret;

	libxdp_set_print(xdp_print);
	ret = bpf_xdp_query(ifindex, 0, &q);
	if (ret) {
		ret = bb_fail(err, -ret, "port \"%s\": cannot ask for its XDP program: %s", dev, strerror(-ret));
	} else {
		const uint32_t ids[] = { q.drv_prog_id, q.skb_prog_id, q.hw_prog_id };

		for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
			if (ids[i] && ids[i] != own_prog_id)
				list_by_id(top, sizeof(top), ids[i]);
		}
		if (top[0])
			ret = describe(dev, ifindex, own_prog_id, top, err);
	}
	libbpf_set_print(print);
	return ret;
}
