#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Topology, traffic and assertions of the selftests: a script sources this, builds what it needs in
# namespaces of its own, and leaves nothing behind.
#
#       srv                        gw                       host0                  vm
#  +-------------+          +---------------+          +-------------+      +--------------+
#  |        lan0 +----------+ acc0     fab0 +----------+ eth0        |      |          vx0 |
#  | 192.168.11.1| VLAN 400 |      10.0.0.1 |          |    10.0.0.2 |      | 192.168.10.2 |
#  |             |          |   bluebirdd   |          |  UDP socket :......:  VNI 20500   |
#  +-------------+          +---------------+          +-------------+      +--------------+
#
#  default via .11.254        VTEP 10.0.0.1             vx0 is the kernel's own vxlan device, made in
#                             VRF blue, VNI 20500       host0 (its socket stays there), moved to vm
#
# More of each: add_server (port accN), add_switch (many VLANs on one port), add_host N (port fabN,
# 10.0.N.1/24 to 10.0.N.2), add_vm. The MAC of every machine is 02:00 and its IPv4 address.
# Namespaces are named by the process id and the site; `site NAME` selects one of several gateways.

set -u
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1

SELFTESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname "$SELFTESTS")
BUILD=${BLUEBIRD_BUILD:-$ROOT/build}
BLUEBIRD=$BUILD/bluebird
BLUEBIRDD=$BUILD/bluebirdd
PYTHON=/usr/bin/python3
OBJECTS=$BUILD/selftests
TRUNK_INDEX=5000
SLACK=5 # seconds that something which must happen "at once" may take on a busy machine

# The scenario's addresses; the gateway MAC of VNI 20500 is 02:bb:00:00:50:14.
SRV_CA=192.168.11.1
VM_CA=192.168.10.2
ACCESS_MTU=1500
FABRIC_MTU=1600

# --- TAP -------------------------------------------------------------------------------------

TESTS=0
FAILED=0

note() { printf '# %s\n' "$*"; }

ok() {
	TESTS=$((TESTS + 1))
	printf 'ok %d - %s\n' "$TESTS" "$*"
}

not_ok() {
	TESTS=$((TESTS + 1))
	FAILED=$((FAILED + 1))
	printf 'not ok %d - %s\n' "$TESTS" "$*"
}

# check DESCRIPTION COMMAND...: one test; what a failing command printed is shown.
check() {
	local out=$TMP/check.out

	if "${@:2}" >"$out" 2>&1; then
		ok "$1"
	else
		not_ok "$1"
		note "failed: ${*:2}"
		head -n 40 "$out" | sed 's/^/# /'
	fi
}

# same DESCRIPTION EXPECTED ACTUAL
same() {
	if [[ $2 == "$3" ]]; then
		ok "$1"
	else
		not_ok "$1"
		note "expected: ${2//$'\n'/ | }"
		note "got:      ${3//$'\n'/ | }"
	fi
}

# at_least DESCRIPTION MINIMUM ACTUAL
at_least() {
	if [[ $3 =~ ^[0-9]+$ ]] && (($3 >= $2)); then
		ok "$1"
	else
		not_ok "$1"
		note "expected at least $2, got '$3'"
	fi
}

# The test cannot go on: the topology or the daemon is not there.
die() {
	printf 'Bail out! %s\n' "$*"
	FAILED=$((FAILED + 1))
	exit 1
}

skip_all() {
	printf '1..0 # SKIP %s\n' "$*"
	exit 4
}

# Prints the plan; the script's last command.
finish() {
	printf '1..%d\n' "$TESTS"
	((FAILED == 0))
	exit
}

# --- needs -----------------------------------------------------------------------------------

# require TOOL...
require() {
	local tool

	((EUID == 0)) || skip_all "needs root"
	for tool in ip tc bridge nsenter ethtool jq "$PYTHON" "$@"; do
		command -v "$tool" >/dev/null || skip_all "needs $tool"
	done
	[[ -x $BLUEBIRD && -x $BLUEBIRDD ]] || die "$BLUEBIRDD and $BLUEBIRD are not built: run make"
}

# busywait SECONDS COMMAND...: until it succeeds; its failure after that time is ours.
busywait() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))

	until "${@:2}" >/dev/null 2>&1; do
		((${EPOCHREALTIME/./} < end)) || return 1
		sleep 0.02
	done
}

not() { ! "$@"; }

# object NAME: builds bpf/NAME.bpf.c, prints the path of the object.
object() {
	local src=$SELFTESTS/bpf/$1.bpf.c obj=$OBJECTS/$1.bpf.o

	if [[ ! -e $obj || $src -nt $obj ]]; then
		command -v clang >/dev/null || skip_all "needs clang"
		mkdir -p "$OBJECTS" || return
		clang -O2 -g -target bpf -Wall -Wextra -Wno-unused-parameter -I"/usr/include/$(uname -m)-linux-gnu" \
			-c "$src" -o "$obj.$$" && mv "$obj.$$" "$obj" || return
	fi
	echo "$obj"
}

# --- life and death --------------------------------------------------------------------------

TMP=$(mktemp -d "${TMPDIR:-/tmp}/bluebird-test.XXXXXX") || exit 1
PIDS=()    # of helpers
NETNS=()   # names
MOUNTS=()  # bpffs
SITES=()   # that site() was told
declare -A DAEMON=()   # site -> pid
declare -A KERNEL_BASE=() # site/port -> kernel's count of frames in when the watch began
declare -A STATS_BASE=()  # site/port -> bluebird's

alive() { kill -0 "$1" 2>/dev/null; }

# end PID [SIGNAL]: ends one of our own children and waits for it; its exit code.
end() {
	kill "-${2:-TERM}" "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

diagnose() {
	local s

	for s in "${SITES[@]}"; do
		site "${s#main}"
		note "site $s: last lines of the daemon's log"
		tail -n 40 "$LOG" 2>/dev/null | sed 's/^/#   /'
		note "site $s: counters"
		bb stats 2>&1 | head -n 60 | sed 's/^/#   /'
	done
}

cleanup() {
	local code=$? pid name

	trap - EXIT
	trap '' INT TERM HUP
	((code == 0 || code == 4)) || diagnose
	for pid in "${PIDS[@]}" "${DAEMON[@]}"; do
		kill "$pid" 2>/dev/null
	done
	for pid in "${PIDS[@]}" "${DAEMON[@]}"; do
		busywait 5 not alive "$pid" || kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	for name in "${NETNS[@]}"; do
		ip netns del "$name"
	done
	for name in "${MOUNTS[@]}"; do
		umount "$name" || umount --lazy "$name"
	done
	rm -rf "$TMP"
	exit "$code"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

# --- namespaces and cables -------------------------------------------------------------------

# site [NAME]: whose namespaces, paths and daemon the functions below mean.
site() {
	SITE=${1:-main}
	PFX=bb$$${1-}
	DIR=$TMP/$SITE
	SOCK=$DIR/bluebird.sock
	STATE=$DIR/state
	BPFFS=$DIR/bpf
	PIN=$BPFFS/bluebird
	LOG=$DIR/daemon.log
	[[ ! -d $DIR ]] || return 0
	SITES+=("$SITE")
	mkdir -p "$BPFFS" && : >"$LOG"
}

# on NS COMMAND...: in the namespace; /sys and the bpffs stay the machine's (ip netns exec hides them).
on() { nsenter --net="/run/netns/$PFX-$1" -- "${@:2}"; }

# spawn NS FILE COMMAND...: in the background, output to the file; the pid is in $SPAWNED.
spawn() {
	nsenter --net="/run/netns/$PFX-$1" -- "${@:3}" >"$2" 2>&1 </dev/null &
	SPAWNED=$!
	PIDS+=("$SPAWNED")
}

netns() {
	ip netns add "$PFX-$1" || die "cannot make the namespace $1"
	NETNS+=("$PFX-$1")
	on "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	on "$1" ip link set lo up
}

mac_of() {
	local a b c d

	IFS=. read -r a b c d <<<"$1"
	printf '02:00:%02x:%02x:%02x:%02x' "$a" "$b" "$c" "$d"
}

# The gateway MAC that a VRF without `mac` has.
vni_mac() { printf '02:bb:00:%02x:%02x:%02x' $(($1 >> 16)) $(($1 >> 8 & 255)) $(($1 & 255)); }

# cable NS1 DEV1 NS2 DEV2 MTU [INDEX1]: a veth pair. GRO makes an end accept XDP_REDIRECT, and without
# offloads frames are on the wire as on a real one; the gateway's own ends are left to bluebird.
cable() {
	local index=() ns dev

	[[ -z ${6-} ]] || index=(index "$6")
	ip -n "$PFX-$1" link add "$2" "${index[@]}" mtu "$5" type veth peer name "$4" mtu "$5" netns "$PFX-$3" ||
		die "cannot lay a cable from $2 to $4"
	for ns in "$1" "$3"; do
		dev=$([[ $ns == "$1" ]] && echo "$2" || echo "$4")
		[[ $ns == gw ]] || on "$ns" ethtool -K "$dev" tx off txvlan off gro on >/dev/null 2>&1
		ip -n "$PFX-$ns" link set "$dev" up
	done
}

# watch PORT [COUNTED]: check_conservation counts what enters from now on; bluebird has counted so many by now.
watch() {
	KERNEL_BASE[$SITE/$1]=$(kernel_in "$1")
	STATS_BASE[$SITE/$1]=${2-0}
}

# program NS DEV DIRECTION SECTION: of bpf/vlan.bpf.c
program() {
	local obj

	obj=$(object vlan) || die "cannot build vlan.bpf.c"
	on "$1" tc qdisc add dev "$2" clsact 2>/dev/null
	on "$1" tc filter add dev "$2" "$3" bpf direct-action object-file "$obj" section "tc/$4" ||
		die "cannot attach $4 to $2"
}

# add_gateway: the namespace in which the daemon will run.
add_gateway() {
	netns gw
	mount -t bpf bpf "$BPFFS" || skip_all "cannot mount a bpffs"
	MOUNTS+=("$BPFFS")
}

# add_switch PORT: a switch on that access port; servers that name the port are plugged into it.
add_switch() {
	netns "sw-$1"
	cable "sw-$1" trunk0 gw "$1" "$ACCESS_MTU" "$TRUNK_INDEX"
	program "sw-$1" trunk0 ingress trunk
	watch "$1"
}

# add_server NS PORT VID CA: gateway is the .254 of its /24; VID 0 is untagged.
add_server() {
	netns "$1"
	if [[ -e /run/netns/$PFX-sw-$2 ]]; then
		cable "sw-$2" "port$3" "$1" lan0 "$ACCESS_MTU" "$3"
		program "sw-$2" "port$3" ingress access
	else
		cable "$1" lan0 gw "$2" "$ACCESS_MTU" "$([[ $3 == 0 ]] || echo "$3")"
		watch "$2"
		if [[ $3 != 0 ]]; then
			program "$1" lan0 egress tag
			program "$1" lan0 ingress untag
		fi
	fi
	on "$1" ip link set lan0 address "$(mac_of "$4")"
	on "$1" ip address add "$4/24" dev lan0
	on "$1" ip route add default via "${4%.*}.254" dev lan0
}

# add_host N: a VM host with PA 10.0.N.2 behind the fabric port fabN.
add_host() {
	netns "host$1"
	cable "host$1" eth0 gw "fab$1" "$FABRIC_MTU"
	watch "fab$1"
	on gw ip link set "fab$1" address "$(mac_of "10.0.$1.1")"
	on gw ip address add "10.0.$1.1/24" dev "fab$1"
	on "host$1" ip link set eth0 address "$(mac_of "10.0.$1.2")"
	on "host$1" ip address add "10.0.$1.2/24" dev eth0
	on "host$1" ip route add default via "10.0.$1.1"
}

# add_vm NS N VNI CA: a VM on host N. ARP does not cross a routed VNI: the gateway's MAC and VTEP are static.
add_vm() {
	local gateway=${4%.*}.254 mac

	mac=$(vni_mac "$3")
	netns "$1"
	ip -n "$PFX-host$2" link add "vx-$1" mtu "$ACCESS_MTU" type vxlan id "$3" dstport 4789 local "10.0.$2.2" nolearning ||
		die "cannot make a vxlan device"
	ip -n "$PFX-host$2" link set "vx-$1" netns "$PFX-$1" name vx0
	on "$1" ethtool -K vx0 tx off >/dev/null 2>&1
	on "$1" ip link set vx0 address "$(mac_of "$4")" up
	on "$1" ip address add "$4/24" dev vx0
	on "$1" ip route add default via "$gateway" dev vx0
	on "$1" ip neighbour add "$gateway" lladdr "$mac" dev vx0 nud permanent
	on "$1" bridge fdb append "$mac" dev vx0 dst 10.0.0.1 || die "cannot name the gateway to vxlan"
}

# vm_serves NS PREFIX: the VM receives for a whole prefix, and answers from it.
vm_serves() { on "$1" ip route add local "$2" dev lo; }

# The wires of the picture above.
scenario_wires() {
	add_gateway
	add_server srv acc0 400 "$SRV_CA"
	add_host 0
	add_vm vm 0 20500 "$VM_CA"
}

# The same as a batch.
scenario_config() {
	cat <<-END
		vtep set local 10.0.0.1
		port add acc0 role access
		port add fab0 role fabric
		vrf add blue vni 20500
		attach add port acc0 vid 400 vrf blue gateway 192.168.11.254/24
		endpoint add vrf blue ca $SRV_CA mac $(mac_of "$SRV_CA") port acc0 vid 400
		mapping add vrf blue ca $VM_CA pa 10.0.0.2 mac $(mac_of "$VM_CA")
	END
}

# Wires, daemon, configuration: ready for traffic.
scenario() {
	scenario_wires
	start_daemon
	scenario_config | bb -b - || die "the scenario's batch was refused"
}

# mappings COUNT PA [BASE]: lines of a batch, one per CA upwards from BASE (default 192.168.32.1), to VM_CA's VM.
mappings() {
	local i base=${3:-192.168.32.1} mac a b c d

	mac=$(mac_of "$VM_CA")
	IFS=. read -r a b c d <<<"$base"
	for ((i = 0; i < $1; i++)); do
		printf 'mapping add vrf blue ca %d.%d.%d.%d pa %s mac %s\n' "$a" "$b" $((c + (d + i) / 256)) $(((d + i) % 256)) \
			"$2" "$mac"
	done
}

# --- the product -----------------------------------------------------------------------------

bb() { BLUEBIRD_SOCKET=$SOCK "$BLUEBIRD" "$@"; }

daemon_answers() { bb -j port show; }
daemon_settled() { ! alive "${DAEMON[$SITE]}" || daemon_answers; }

start_daemon() {
	nsenter --net="/run/netns/$PFX-gw" -- "$BLUEBIRDD" --socket "$SOCK" --state "$STATE" --pin "$PIN" \
		>>"$LOG" 2>&1 </dev/null &
	DAEMON[$SITE]=$!
	busywait 20 daemon_settled || die "the daemon does not answer"
	alive "${DAEMON[$SITE]}" || die "the daemon ended at its start"
}

# stop_daemon: by SIGTERM; the daemon's exit code.
stop_daemon() {
	local code

	kill "${DAEMON[$SITE]}"
	busywait 20 not alive "${DAEMON[$SITE]}" || die "the daemon does not end on SIGTERM"
	wait "${DAEMON[$SITE]}"
	code=$?
	unset "DAEMON[$SITE]"
	return "$code"
}

kill_daemon() {
	end "${DAEMON[$SITE]}" KILL
	unset "DAEMON[$SITE]"
	return 0
}

# packets: the sum over JSON rows on stdin. (Rows are flat; jq would take ten times as long, and this is polled.)
packets() { grep -o '"packets":[0-9]*' | awk -F: '{ sum += $2 } END { print sum + 0 }'; }

# status KEY: of cache status.
status() { bb -j cache status | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }

cached() { [[ $(bb -j cache show vrf "${2:-blue}" ca "$1") == *"$1"* ]]; }

# count PORT REASON [VRF]: packets of that reason, further runs of punted frames not included.
count() { bb -j stats port "$1" reason "$2" ${3:+vrf "$3"} | packets; }

# Frames that entered the port, as the kernel counts them and as bluebird does.
kernel_in() { on gw cat /proc/net/dev | awk -v dev="$1:" '$1 == dev { print $3 }'; }
stats_in() { bb -j stats port "$1" | tr '}' '\n' | grep -v '"reason":"reinjected"' | packets; }

conserved() {
	local kernel ours

	kernel=$(kernel_in "$1") && ours=$(stats_in "$1") || return
	[[ $kernel == "$(kernel_in "$1")" ]] || return # a frame came between the two readings
	echo "port $1: $((kernel - KERNEL_BASE[$SITE/$1])) frames in, $((ours - STATS_BASE[$SITE/$1])) counted"
	((kernel - KERNEL_BASE[$SITE/$1] == ours - STATS_BASE[$SITE/$1]))
}

conserved_soon() { busywait "$SLACK" conserved "$1" || conserved "$1"; }

# Every frame that entered a port was counted exactly once. Every script ends with this.
check_conservation() {
	local port ports

	ports=$(bb -j port show | jq -r '.[].port')
	[[ -n $ports ]] || not_ok "conservation: there is no port"
	for port in $ports; do
		[[ -n ${KERNEL_BASE[$SITE/$port]-} ]] || continue
		check "conservation on $port: frames in = forwarded + passed + punted + dropped" conserved_soon "$port"
	done
}

# --- traffic ---------------------------------------------------------------------------------

# pings NS CA [COUNT [OPTION...]]: all of them answered.
pings() { on "$1" ping -q -n -i 0.02 -W 2 -c "${3:-5}" "${@:4}" "$2" | tee /dev/stderr | grep -q ' 0% packet loss'; }

# no_ping NS CA: not one answered.
no_ping() { ! on "$1" ping -q -n -i 0.02 -W 1 -c 3 "$2"; }

# listening NS tcp|udp PORT
listening() { [[ -n $(on "$1" ss -Hnl "--$2" "sport = :$3") ]]; }

# tcp CLIENT_NS SERVER_NS SERVER_CA SECONDS [iperf3 option...]: prints Mbit/s that arrived.
tcp() {
	local out=$TMP/iperf3.$1.json server

	spawn "$2" "$TMP/iperf3.server" iperf3 -s -1
	server=$SPAWNED
	busywait "$SLACK" listening "$2" tcp 5201 || return 1
	on "$1" timeout $(($4 + 20)) iperf3 -J -c "$3" -t "$4" "${@:5}" >"$out" || {
		end "$server" KILL
		return 1
	}
	wait "$server"
	jq -e '.end.sum_received.bits_per_second / 1e6 | floor' "$out"
}

# said NAME KEY [PHASE]: the sum of the numbers that the state of a stream or listener has under the key.
said() {
	awk -v key="$2" -v phase="${3-}" '$1 == key && (phase == "" || $2 == phase) {
		sum += key == "sent" || key == "heard" ? $3 : $2
	} END { print sum + 0 }' "$TMP/$1.state"
}

# listen NS NAME PORT: receives numbered datagrams; its state is the file $TMP/NAME.state.
listen() {
	spawn "$1" "$TMP/$2.log" "$PYTHON" "$SELFTESTS/stream.py" listen --port "$3" --state "$TMP/$2.state"
	busywait "$SLACK" test -s "$TMP/$2.state" || die "no listener in $1: $(cat "$TMP/$2.log")"
}

# stream NS NAME CA PORT [RATE]: sends numbered datagrams until end_stream; state in $TMP/NAME.state.
declare -A STREAM=() # name -> pid
stream() {
	spawn "$1" "$TMP/$2.log" "$PYTHON" "$SELFTESTS/stream.py" stream --to "$3" --port "$4" --rate "${5:-1000}" \
		--state "$TMP/$2.state"
	STREAM[$2]=$SPAWNED
	busywait "$SLACK" test -s "$TMP/$2.state" || die "no stream from $1: $(cat "$TMP/$2.log")"
}

# next_phase NAME: what the stream sends from the moment this returns is numbered in a new phase, whose number
# is in $PHASE.
next_phase() {
	PHASE=$(($(said "$1" phase) + 1))
	kill -USR1 "${STREAM[$1]}"
	busywait "$SLACK" in_phase "$1" "$PHASE" || die "the stream $1 is stuck"
}

in_phase() { [[ $(said "$1" phase) == "$2" ]]; }

# streamed NAME PHASE COUNT: has the stream sent so many in that phase?
streamed() { (($(said "$1" sent "$2") >= $3)); }

end_stream() {
	end "${STREAM[$1]}"
	unset "STREAM[$1]"
}

# sent NAME [PHASE], heard NAME [PHASE]: datagrams, each number once.
sent() { said "$1" sent "${2-}"; }
heard() { said "$1" heard "${2-}"; }

all_heard() { [[ $(sent "$1" "${3-}") == "$(heard "$2" "${3-}")" && $(said "$2" twice) == 0 ]]; }
heard_at_least() { (($(heard "$1") >= $2)); }

# heard_text NAME TEXT: how often a datagram with that text arrived.
heard_text() { sed -n "s/^text \([0-9]*\) $2\$/\1/p" "$TMP/$1.state" | grep . || echo 0; }
has_heard() { (($(heard_text "$1" "$2") >= ${3:-1})); }

# texts NAME: different texts and datagrams, of those that carry no number.
texts() { awk '$1 == "text" { n++; sum += $2 } END { print n + 0, "texts in", sum + 0, "datagrams" }' "$TMP/$1.state"; }
has_texts() { (($(said "$1" text) >= $2)); }

# no_number_missing DESCRIPTION STREAM LISTENER [PHASE]: all that was sent was heard, once.
no_number_missing() {
	busywait "$SLACK" all_heard "$2" "$3" "${4-}"
	same "$1" "$(sent "$2" "${4-}") and 0 twice" "$(heard "$3" "${4-}") and $(said "$3" twice) twice"
}

# datagram NS CA PORT [TEXT]: exactly one.
datagram() { on "$1" "$PYTHON" "$SELFTESTS/stream.py" once --to "$2" --port "$3" --text "${4-hello}"; }

# spray NS CA COUNT PORT: one datagram to each of so many addresses upwards from CA.
spray() { on "$1" "$PYTHON" "$SELFTESTS/stream.py" spray --to "$2" --count "$3" --port "$4"; }

# sniff NS DEV NAME: VXLAN frames as JSON lines in $TMP/NAME.log.
sniff() {
	spawn "$1" "$TMP/$3.log" "$PYTHON" "$SELFTESTS/sniff.py" "$2"
	busywait "$SLACK" grep -q ready "$TMP/$3.log" || die "no sniffer in $1: $(cat "$TMP/$3.log")"
}

site
