/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What daemon and command agree on: paths, and the exchange over the control socket.
 *
 * The client sends text and closes its writing side; the daemon answers with one JSON object and closes.
 *   request:  "bluebird 1 MODE LENGTH NAME\n" then lines of the grammar, LENGTH bytes in all.
 *             MODE: command (one line), batch (one transaction), apply (the state becomes the lines),
 *             import (lines hold the keywords of `mapping replace`, without these two words).
 *             NAME: what errors call the source ("-": nothing, for a single command).
 *   answer:   {"results": [{"object": WORD, "verb": WORD, "rows": [ROW, ...]}, ...]}  (one per line)
 *             {"error": TEXT}   with the source's NAME:LINE in front where there is one
 */
#ifndef BLUEBIRD_PROTO_H
#define BLUEBIRD_PROTO_H

#define BB_VERSION "0.1.0"
#define BB_SOCKET_DEFAULT "/run/bluebird/bluebird.sock"
#define BB_SOCKET_ENV "BLUEBIRD_SOCKET"
#define BB_STATE_DEFAULT "/var/lib/bluebird"
#define BB_PIN_DEFAULT "/sys/fs/bpf/bluebird"

#define BB_PROTO_HELLO "bluebird 1"
#define BB_MODE_COMMAND_WORD "command"
#define BB_MODE_BATCH_WORD "batch"
#define BB_MODE_APPLY_WORD "apply"
#define BB_MODE_IMPORT_WORD "import"

#endif
