// SPDX-License-Identifier: GPL-2.0-or-later
/* Sends one request to the daemon and reads its one answer. */
#include "cli/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bluebird/proto.h"
#include "cli/buffer.h"

#define HEADER_LEN 8192

static const char *advice(int code)
{
	switch (code) {
	case ENOENT:
	case ECONNREFUSED:
		return " (is bluebirdd running?)";
	case EACCES:
	case EPERM:
		return " (only root may use it)";
	default:
		return "";
	}
}

static int client_connect(const char *path, struct bb_error *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, code = ENAMETOOLONG;

	if (strlen(path) < sizeof(addr.sun_path)) {
		memcpy(addr.sun_path, path, strlen(path) + 1);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && !connect(fd, (const struct sockaddr *)&addr, sizeof(addr)))
			return fd;
		code = errno;
		if (fd >= 0)
			close(fd);
	}
	return bb_fail(err, code, "cannot reach the daemon at %s: %s%s", path, strerror(code), advice(code));
}

static int send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int send_request(int fd, const struct request *request)
{
	char header[HEADER_LEN];
	int len, rc;

	len = snprintf(header, sizeof(header), "%s %s %zu %s", BB_PROTO_HELLO, request->mode, request->len, request->name);
	if (len < 0 || (size_t)len >= sizeof(header) - 1)
		return -ENAMETOOLONG;
	for (int i = 0; i < len; i++) {
		if (header[i] == '\n')
			header[i] = '?';
	}
	header[len++] = '\n';
	rc = send_all(fd, header, (size_t)len);
	if (!rc)
		rc = send_all(fd, request->text, request->len);
	if (!rc && shutdown(fd, SHUT_WR))
		rc = -errno;
	return rc;
}

/* The answer as JSON, or an error that says what is wrong with it. */
static int parse_answer(const struct buffer *buf, json_t **results, struct bb_error *err)
{
	json_error_t where;
	json_t *answer;
	const char *error;

	if (!buf->len)
		return bb_fail(err, ECONNRESET, "the daemon closed the connection without an answer");
	answer = json_loadb(buf->data, buf->len, 0, &where);
	if (!answer && json_error_code(&where) == json_error_premature_end_of_input)
		return bb_fail(err, ECONNRESET, "the daemon's answer was cut short after %zu bytes", buf->len);
	if (!answer)
		return bb_fail(err, EPROTO, "the daemon's answer is not JSON: %s", where.text);
	error = json_string_value(json_object_get(answer, "error"));
	if (error)
		bb_fail(err, EINVAL, "%s", error);
	else
		*results = json_incref(json_object_get(answer, "results"));
	json_decref(answer);
	return error ? -EINVAL : 0;
}

/* A reset is an end like another: what arrived before it tells more, and if nothing did, that is told too. */
static int receive_answer(int fd, struct buffer *buf, struct bb_error *err)
{
	int rc = buffer_read(buf, fd);

	if (rc && rc != -ECONNRESET)
		return bb_fail(err, -rc, "cannot read the daemon's answer: %s", strerror(-rc));
	return 0;
}

int client_exchange(const char *path, const struct request *request, json_t **results, struct bb_error *err)
{
	struct buffer buf = { 0 };
	int fd = client_connect(path, err), rc;

	if (fd < 0)
		return fd;
	rc = send_request(fd, request);
	/* A daemon that refuses early does not read to the end; what it says is worth more than our EPIPE. */
	if (rc == -EPIPE || rc == -ECONNRESET)
		rc = 0;
	if (rc)
		bb_fail(err, -rc, "cannot send to the daemon at %s: %s", path, strerror(-rc));
	else
		rc = receive_answer(fd, &buf, err);
	if (!rc)
		rc = parse_answer(&buf, results, err);
	buffer_free(&buf);
	close(fd);
	return rc;
}
