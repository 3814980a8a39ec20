/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Log lines on stderr: a constant message and key=value fields, with systemd's level prefix under systemd. */
#ifndef BLUEBIRD_LOG_H
#define BLUEBIRD_LOG_H

enum bb_log_level {
	BB_LOG_ERR,
	BB_LOG_WARN,
	BB_LOG_INFO,
	BB_LOG_DEBUG,
};

/* Lines above this level are not written; the default is BB_LOG_INFO. */
void bb_log_set_level(enum bb_log_level level);

/* bb_log(BB_LOG_INFO, "port attached", "port=%s mode=%s", dev, mode); fields may be "". Thread-safe. */
void bb_log(enum bb_log_level level, const char *msg, const char *fields, ...)
	__attribute__((format(printf, 3, 4)));

#endif
