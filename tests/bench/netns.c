// SPDX-License-Identifier: GPL-2.0-or-later
/* Enters the named namespaces that iproute2 made. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"

int netns_enter(const char *prefix, const char *name)
{
	char path[128];
	int fd, err = 0;

	snprintf(path, sizeof(path), "/run/netns/%s-%s", prefix, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err = -errno;
	if (err)
		fprintf(stderr, "bench: namespace '%s': %s\n", path, strerror(-err));
	if (fd >= 0)
		close(fd);
	return err;
}
