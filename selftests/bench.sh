#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The bench: the program alone and end to end, beside what else forwards. Prints ratios, writes build/bench.json.
#
#              far                        gw (bluebird), forward, kernel, routing
#  +-------------------------+          +-------------------------------------------+
#  | NAME-s, for the servers +----------+ acc0   one namespace for each NAME,       |
#  |   generator and sink    |          |        all with the same two cables       |
#  | NAME-f, for the VMs     +----------+ fab0                                      |
#  +-------------------------+          +-------------------------------------------+
#
# One core generates, forwards and counts; the daemon has another where there is one. The sides never meet
# the machine's own network. Addresses are those of tests/bench/plan.h.

# shellcheck disable=SC2317 # busywait calls functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

site bench
BENCH=$BUILD/bench/bench
RESULTS=$TMP/results
JSON=$BUILD/bench.json
GATEWAYS=(bluebird forward kernel routing)
FABRIC_MAC=02:00:fa:00:00:00
FEW=1024
CACHED=196608

step() { printf '%s\n' "$*" >&2; }

# none RATIO... -- REASON
none() {
	while [[ $1 != -- ]]; do
		printf '%s null %s\n' "$1" "${*: -1}" >>"$RESULTS"
		shift
	done
}

# --- topology --------------------------------------------------------------------------------

namespace_of() { [[ $1 == bluebird ]] && echo gw || echo "$1"; }

# lay NAME: the gateway's namespace and its two cables.
lay() {
	local ns

	ns=$(namespace_of "$1")
	netns "$ns"
	ip -n "$PFX-$ns" link add acc0 type veth peer name "$1-s" netns "$PFX-far" &&
		ip -n "$PFX-$ns" link add fab0 mtu 1600 type veth peer name "$1-f" mtu 1600 netns "$PFX-far" &&
		ip -n "$PFX-$ns" link set acc0 address "$("$BENCH" lines gateway-mac)" up &&
		ip -n "$PFX-$ns" link set fab0 address "$FABRIC_MAC" up &&
		ip -n "$PFX-far" link set "$1-s" up &&
		ip -n "$PFX-far" link set "$1-f" up
}

# lines WHAT NS COMMAND...: lines of the plan to a batch command.
lines() { "$BENCH" lines "$1" | on "$2" "${@:3}" || die "lines '$1' were refused"; }

# forwards NS: the kernel forwards; GRO makes its ports accept the generator's frames.
forwards() {
	on "$1" sysctl -qw net.ipv4.ip_forward=1
	on "$1" ethtool -K acc0 gro on
	on "$1" ethtool -K fab0 gro on
	lines underlay "$1" ip -batch -
	lines servers "$1" ip -batch -
}

build_wires() {
	local name

	netns far
	for name in "${GATEWAYS[@]}"; do
		lay "$name" || die "cannot lay the cables of $name"
	done
	forwards kernel
	lines vxlan kernel ip -batch -
	lines fdb kernel bridge -batch -
	forwards routing
	lines routes routing ip -batch -
	lines underlay gw ip -batch -
	mount -t bpf bpf "$BPFFS" || die "cannot mount a bpffs"
	MOUNTS+=("$BPFFS")
}

# --- steps -----------------------------------------------------------------------------------

program_alone() {
	step "program alone"
	"$BENCH" program "$BUILD/bluebird.bpf.o" "$RESULTS" ||
		none encap_prog_vs_empty decap_prog_vs_empty encap_128k_prog_vs_empty -- "the program could not be run alone"
}

# The daemon leaves the measured core, which is the last.
start_bluebird() {
	start_daemon
	(($(nproc) == 1)) || taskset -acp "0-$(($(nproc) - 2))" "${DAEMON[$SITE]}" >/dev/null
	"$BENCH" lines bluebird | bb -b - >/dev/null || die "bluebird refused its configuration"
}

all_cached() { (($(status used) >= $1)); }
warmed() { "$BENCH" warm "$PFX" "$1" && busywait 3 all_cached "$2"; }

# warm PHASE COUNT: adds the phase's mappings and has each one asked for once.
warm() {
	"$BENCH" lines "$1" >"$TMP/mappings" && bb mapping import "$TMP/mappings" >/dev/null || return
	busywait 30 warmed "$1" "$2"
}

figure() { awk -v n="$1" '$1 == n { v = $2 } END { printf "%d", v }' "$RESULTS"; }

# counted FLOW PORT REASON BEFORE RATIO...: did bluebird count each frame of the flow as it should?
counted() {
	local now sent

	now=$(count "$2" "$3")
	sent=$(figure "bluebird_$1_sent")
	((now - $4 == sent)) || none "${@:5}" -- "$sent frames were sent, and stats say $3 for $((now - $4))"
}

# wire PHASE RATIO...
wire() {
	"$BENCH" wire "$PFX" "$1" "$RESULTS" || none "${@:2}" -- "the frames could not be sent"
}

few() {
	local ratios=(encap_vs_kernel decap_vs_kernel encap_vs_forward decap_vs_forward) encap decap

	step "end to end, $FEW destinations"
	warm few "$FEW" || { none "${ratios[@]}" -- "the cache did not fill"; return; }
	encap=$(count acc0 encap)
	decap=$(count fab0 decap)
	wire few "${ratios[@]}"
	counted encap acc0 encap "$encap" encap_vs_kernel encap_vs_forward
	counted decap fab0 decap "$decap" decap_vs_kernel decap_vs_forward
}

many() {
	local encap

	step "end to end, $CACHED random destinations"
	warm many "$CACHED" || { none encap_192k_vs_forward -- "the cache did not fill"; return; }
	encap=$(count acc0 encap)
	wire many encap_192k_vs_forward
	counted encap_192k acc0 encap "$encap" encap_192k_vs_forward
}

require taskset awk
: >"$RESULTS"
program_alone
build_wires
start_bluebird
few
many
"$BENCH" report "$RESULTS" "$JSON" || die "no report"
step "written: $JSON"
