// SPDX-License-Identifier: GPL-2.0-or-later
/* Serves the control socket on libevent: read all, run, answer, close. */
#include "daemon/control.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <jansson.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/engine.h"
#include "lib/log.h"

#define REQUEST_MAX (1u << 30)
#define IDLE_SECONDS 60
#define SOCKET_MODE 0660
#define DIR_MODE 0755

struct control {
	struct gateway *g;
	char *path;
	struct evconnlistener *listener;
};

static void answered(struct bufferevent *bev, void *arg)
{
	struct gateway *g = arg;

	bufferevent_free(bev);
	if (g->torn_down)
		event_base_loopbreak(g->base);
}

static void answer_failed(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	answered(bev, arg);
}

static void send_answer(struct bufferevent *bev, struct gateway *g, json_t *answer)
{
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;

	json_decref(answer);
	if (!text) {
		bb_log(BB_LOG_ERR, "out of memory for an answer", "module=control");
		bufferevent_free(bev);
		return;
	}
	bufferevent_disable(bev, EV_READ);
	bufferevent_setcb(bev, NULL, answered, answer_failed, g);
	bufferevent_write(bev, text, strlen(text));
	free(text);
}

static void serve(struct bufferevent *bev, struct gateway *g)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in);
	char *text = malloc(len + 1);

	if (!text) {
		bb_log(BB_LOG_ERR, "out of memory for a request", "bytes=%zu", len);
		bufferevent_free(bev);
		return;
	}
	evbuffer_remove(in, text, len);
	text[len] = 0;
	send_answer(bev, g, engine_request(g, text));
	free(text);
}

/* The client has said all it has to say, has gone, or is too slow. */
static void on_end(struct bufferevent *bev, short what, void *arg)
{
	if (what & BEV_EVENT_EOF)
		serve(bev, arg);
	else
		bufferevent_free(bev);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	(void)arg;
	if (evbuffer_get_length(bufferevent_get_input(bev)) > REQUEST_MAX) {
		bb_log(BB_LOG_WARN, "a request is too long", "limit=%u", REQUEST_MAX);
		bufferevent_free(bev);
	}
}

static void on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *addr, int len, void *arg)
{
	struct control *c = arg;
	struct timeval idle = { .tv_sec = IDLE_SECONDS };
	struct bufferevent *bev;

	(void)l, (void)addr, (void)len;
	bev = bufferevent_socket_new(c->g->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!bev) {
		close(fd);
		return;
	}
	bufferevent_setcb(bev, on_read, NULL, on_end, c->g);
	bufferevent_set_timeouts(bev, &idle, &idle);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

/* Its last directory, as systemd's RuntimeDirectory= would. */
static int make_dir(const char *path, struct bb_error *err)
{
	char *copy = strdup(path), *dir = copy ? dirname(copy) : NULL;
	int rc = 0;

	if (!dir)
		rc = -ENOMEM;
	else if (mkdir(dir, DIR_MODE) && errno != EEXIST)
		rc = bb_fail(err, errno, "cannot make the socket's directory \"%s\": %s", dir, strerror(errno));
	free(copy);
	return rc;
}

/* A file that nobody listens on is a dead daemon's. */
static int remove_stale(const struct sockaddr_un *addr, struct bb_error *err)
{
	int rc, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd < 0)
		return bb_fail(err, errno, "cannot open a socket: %s", strerror(errno));
	rc = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) ? errno : 0;
	close(fd);
	if (!rc)
		return bb_fail(err, EADDRINUSE, "the socket \"%s\" is in use by another daemon", addr->sun_path);
	if (rc == ENOENT)
		return 0;
	if (stat(addr->sun_path, &st) || !S_ISSOCK(st.st_mode))
		return bb_fail(err, EEXIST, "\"%s\" exists and is not a socket", addr->sun_path);
	return unlink(addr->sun_path) ? bb_fail(err, errno, "cannot remove the old socket \"%s\": %s", addr->sun_path,
						strerror(errno)) : 0;
}

static int bind_socket(const char *path, struct bb_error *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, rc;

	if (strlen(path) >= sizeof(addr.sun_path))
		return bb_fail(err, ENAMETOOLONG, "the socket's path \"%s\" is too long", path);
	strcpy(addr.sun_path, path);
	rc = make_dir(path, err);
	if (!rc)
		rc = remove_stale(&addr, err);
	if (rc)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0777 & ~SOCKET_MODE);
	rc = fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ? -errno : 0;
	umask(mask);
	if (!rc)
		return fd;
	if (fd >= 0)
		close(fd);
	return bb_fail(err, -rc, "cannot listen at \"%s\": %s", path, strerror(-rc));
}

int control_open(struct control **out, struct gateway *g, const char *path, struct bb_error *err)
{
	struct control *c = calloc(1, sizeof(*c));
	int fd;

	if (!c)
		return bb_fail(err, ENOMEM, "out of memory");
	c->g = g;
	fd = bind_socket(path, err);
	if (fd < 0) {
		control_close(&c);
		return fd;
	}
	c->path = strdup(path);
	c->listener = evconnlistener_new(g->base, on_accept, c, LEV_OPT_CLOSE_ON_FREE, 128, fd);
	if (!c->path || !c->listener) {
		if (!c->listener)
			close(fd);
		control_close(&c);
		return bb_fail(err, ENOMEM, "cannot listen at \"%s\"", path);
	}
	*out = c;
	return 0;
}

void control_close(struct control **c)
{
	if (!*c)
		return;
	if ((*c)->listener)
		evconnlistener_free((*c)->listener);
	if ((*c)->path)
		unlink((*c)->path);
	free((*c)->path);
	free(*c);
	*c = NULL;
}
