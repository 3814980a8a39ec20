# SPDX-License-Identifier: GPL-2.0-or-later
# bluebird: an SDN top-of-rack gateway in XDP. `make help` lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
B := build

CC ?= gcc
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PKG := lmdb jansson libevent libevent_pthreads libmnl libbpf libxdp libsystemd
DEBS := build-essential clang llvm bpftool libbpf-dev libxdp-dev libelf-dev zlib1g-dev pkg-config \
	liblmdb-dev libjansson-dev libevent-dev libmnl-dev libsystemd-dev uthash-dev check \
	iproute2 ethtool iputils-ping iperf3 tcpdump jq python3-scapy clang-tidy clang-format cppcheck shellcheck

WARN := -Wall -Wextra -Werror
CFLAGS ?= -O2 -g
CPPFLAGS_ALL = -D_GNU_SOURCE -Iinclude -Iloader -I$(B)/include $(shell pkg-config --cflags $(PKG) 2>/dev/null)
CFLAGS_ALL = -std=gnu11 $(WARN) -MMD -MP -pthread $(CFLAGS)
LDLIBS_DAEMON = $(shell pkg-config --libs $(PKG) 2>/dev/null) -lelf -lz -pthread
LDLIBS_CLI = $(shell pkg-config --libs jansson 2>/dev/null)
SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

# -mcpu=v3: 32-bit registers and jumps; every kernel that has XDP links runs it.
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -std=gnu11 $(WARN) -Iinclude \
	-I/usr/include/$(shell $(CC) -dumpmachine) -MMD -MP

LIB_SRC := $(wildcard loader/lib/*.c)
CORE_SRC := $(wildcard loader/core/*.c)
DAEMON_SRC := $(wildcard loader/daemon/*.c)
CLI_SRC := $(wildcard loader/cli/*.c)
UNIT_SRC := $(wildcard tests/unit/*.c)
PACKET_SRC := $(wildcard tests/packet/*.c)

obj = $(patsubst %.c,$(B)/$(1)/%.o,$(2))
SKEL := $(B)/include/bluebird.skel.h

.DEFAULT_GOAL := all
.PHONY: all deps demo test check lint bench install uninstall clean help
.SECONDARY:

all: $(B)/bluebirdd $(B)/bluebird ## build the daemon, the command and the BPF object into build/

$(B)/bluebird.bpf.o: bpf/bluebird.bpf.c | $(B)
	$(CLANG) $(BPF_CFLAGS) -MF $(B)/bluebird.bpf.d -c $< -o $@

$(SKEL): $(B)/bluebird.bpf.o
	@mkdir -p $(@D)
	$(BPFTOOL) gen skeleton $< name bluebird_bpf > $@.tmp && mv $@.tmp $@

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c $< -o $@

$(B)/san/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(SAN) -c $< -o $@

# The skeleton must exist before the one file that includes it is compiled.
$(B)/obj/loader/daemon/dataplane.o: $(SKEL)

$(B)/bluebirdd: $(call obj,obj,$(LIB_SRC) $(CORE_SRC) $(DAEMON_SRC))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS_DAEMON)

$(B)/bluebird: $(call obj,obj,$(LIB_SRC) $(CLI_SRC))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS_CLI)

# Unit tests need no root and run under ASan and UBSan.
$(B)/unit: $(call obj,san,$(LIB_SRC) $(CORE_SRC) $(UNIT_SRC))
	$(CC) $(SAN) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs check lmdb jansson) -pthread

# Packet tables run the very programs by BPF_PROG_RUN, loaded by the daemon's own data-plane code.
$(B)/packet: $(call obj,obj,$(LIB_SRC) $(CORE_SRC) $(filter-out loader/daemon/main.c,$(DAEMON_SRC)) $(PACKET_SRC))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs check) $(LDLIBS_DAEMON)

# Net tests drive the kernel's links, routes and neighbours in namespaces of their own: as root, under ASan and UBSan.
$(B)/net: $(call obj,san,$(addprefix loader/,$(addsuffix .c,lib/addr lib/error lib/log \
		daemon/links daemon/nexthop daemon/nic daemon/rtnl daemon/underlay)) $(wildcard tests/net/*.c))
	$(CC) $(SAN) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs check) $(LDLIBS_DAEMON)

# The bench: its own BPF objects with a skeleton each, and one program with the steps of a run.
BENCH_SKELS := $(patsubst tests/bench/%.bpf.c,$(B)/include/bench_%.skel.h,$(wildcard tests/bench/*.bpf.c))
BENCH_SRC := $(filter-out %.bpf.c,$(wildcard tests/bench/*.c))

$(B)/bench/%.bpf.o: tests/bench/%.bpf.c
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(B)/include/bench_%.skel.h: $(B)/bench/%.bpf.o
	@mkdir -p $(@D)
	$(BPFTOOL) gen skeleton $< name bench_$* > $@.tmp && mv $@.tmp $@

$(call obj,obj,$(BENCH_SRC)): $(BENCH_SKELS)

$(B)/bench/bench: $(call obj,obj,$(BENCH_SRC)) | $(B)/bluebird.bpf.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs libbpf jansson)

$(B):
	@mkdir -p $@

TEST_BINS := $(B)/unit $(B)/net $(if $(PACKET_SRC),$(B)/packet)
SCRIPTS := $(wildcard selftests/*.sh tests/*.sh contrib/*.bash-completion) .ci/run

deps: ## install the Debian packages that build and tests need
	@missing=$$(for p in $(DEBS); do dpkg-query -W -f '$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || echo $$p; done); \
	[ -z "$$missing" ] || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing; }

demo: deps ## build, then show the main job with real traffic in network namespaces (root)
	@$(MAKE) --no-print-directory -j2 all
	@selftests/demo.sh

test: deps ## build, then run everything: unit tests, packet tables, selftests (root)
	@$(MAKE) --no-print-directory -j2 check

check: all $(TEST_BINS) ## as test, without looking for packages
	@tests/run.sh $(TEST_BINS)

bench: deps ## measure beside the kernel's vxlan and a plain forward; writes build/bench.json (root)
	@$(MAKE) --no-print-directory -j2 all $(B)/bench/bench
	@selftests/bench.sh

lint: $(SKEL) ## cppcheck, clang-tidy and shellcheck
	shellcheck -x -P SCRIPTDIR $(SCRIPTS)
	cppcheck --quiet --std=c11 --enable=warning,portability --error-exitcode=1 --inline-suppr \
		--suppressions-list=.cppcheck -D_GNU_SOURCE -Iinclude -Iloader loader
	clang-tidy --quiet $(LIB_SRC) $(CORE_SRC) $(CLI_SRC) $(DAEMON_SRC) -- -std=gnu11 $(CPPFLAGS_ALL)

install: all ## install under DESTDIR and PREFIX
	install -D -m 755 $(B)/bluebirdd $(DESTDIR)$(PREFIX)/sbin/bluebirdd
	install -D -m 755 $(B)/bluebird $(DESTDIR)$(PREFIX)/bin/bluebird
	install -D -m 644 man/bluebird.8 $(DESTDIR)$(PREFIX)/share/man/man8/bluebird.8
	install -D -m 644 man/bluebirdd.8 $(DESTDIR)$(PREFIX)/share/man/man8/bluebirdd.8
	install -D -m 644 contrib/bluebird.bash-completion $(DESTDIR)$(PREFIX)/share/bash-completion/completions/bluebird
	sed 's|@PREFIX@|$(PREFIX)|' contrib/bluebirdd.service.in > $(B)/bluebirdd.service
	install -D -m 644 $(B)/bluebirdd.service $(DESTDIR)$(PREFIX)/lib/systemd/system/bluebirdd.service

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/sbin/bluebirdd $(DESTDIR)$(PREFIX)/bin/bluebird \
		$(DESTDIR)$(PREFIX)/share/man/man8/bluebird.8 $(DESTDIR)$(PREFIX)/share/man/man8/bluebirdd.8 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/bluebird \
		$(DESTDIR)$(PREFIX)/lib/systemd/system/bluebirdd.service

clean: ## remove build/
	rm -rf $(B)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

-include $(shell find $(B) -name '*.d' 2>/dev/null)
