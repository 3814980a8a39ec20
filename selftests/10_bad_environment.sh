#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the machine may hold against us: each is refused with a clear line, and nothing is done by halves.
#
#   srv lan0 -- acc0 gw fab0 -- host0;  br0 in gw is a device without native XDP

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require mount

# bluebird_fails TEXT WORDS...: exit 2, and one line with that text.
bluebird_fails() {
	local text=$1 err code

	err=$(bb "${@:2}" 2>&1 >/dev/null)
	code=$?
	echo "exit $code: $err"
	[[ $code == 2 && $err == *"$text"* && $(wc -l <<<"$err") == 1 ]]
}

# daemon_fails TEXT OPTION...: it ends by itself, with an exit code that says so and a line with that text.
daemon_fails() {
	local text=$1 out=$TMP/second.log code

	on gw timeout 20 "$BLUEBIRDD" "${@:2}" >"$out" 2>&1 </dev/null
	code=$?
	echo "exit $code: $(<"$out")"
	((code != 0 && code != 124 && code < 128)) && grep -qF -- "$text" "$out"
}

xdp_on() { on gw ip link show dev "$1" | grep -q xdp; }

add_gateway
add_server srv acc0 0 "$SRV_CA"
add_host 0
mkdir "$TMP/second" # a second daemon's paths

# --- starting ----------------------------------------------------------------------------------
check "a pin directory that is not on a bpffs" \
	daemon_fails bpf --socket "$SOCK" --state "$STATE" --pin "$TMP/second/pin"
check "an option that does not exist" daemon_fails --colour --colour
start_daemon
check "a socket in use" daemon_fails "$SOCK" --socket "$SOCK" --state "$TMP/second-state" --pin "$BPFFS/second"
check "a state directory in use" daemon_fails "$STATE" --socket "$TMP/second/sock" --state "$STATE" --pin "$BPFFS/second"
check "a pin directory in use" daemon_fails "$PIN" --socket "$TMP/second/sock" --state "$TMP/second-state" --pin "$PIN"
check "the first daemon does not care" daemon_answers
check "the socket is root's alone" test "$(stat -c '%a %u' "$SOCK")" = "660 0"

# --- ports -------------------------------------------------------------------------------------
check "a port that does not exist is named" bluebird_fails nosuch0 port add nosuch0 role access
same "and not kept" "[]" "$(bb -j port show)"

on gw ip link set dev acc0 xdp object "$(object foreign)" section xdp || die "cannot attach the foreign program"
check "a foreign XDP program is named" bluebird_fails foreign_filter port add acc0 role access
same "the port is not kept" "[]" "$(bb -j port show)"
check "the foreign program is still there" xdp_on acc0
on gw ip link set dev acc0 xdp off
check "without it the port is taken" bb port add acc0 role access
check "the program is attached" xdp_on acc0
check "port add of it again is refused" bluebird_fails acc0 port add acc0 role access
check "port del lets go of it" bb port del acc0
check "nothing is attached" not xdp_on acc0

on gw ip link add br0 type bridge || die "cannot make a bridge"
on gw ip link set br0 up
check "no native XDP: the error says what to do" bluebird_fails generic port add br0 role access
same "it is never taken silently" "[]" "$(bb -j port show)"
check "nothing is attached to it" not xdp_on br0
check "generic, when asked" bb port add br0 role access mode generic
same "and it is shown" generic "$(bb -j port show br0 | jq -r '.[0].mode')"
check "it is attached" xdp_on br0
check "port del" bb port del br0

promiscuous() { (($(on gw ip -j -d link show dev acc0 | jq '.[0].promiscuity') > 0)); }
feature() { on gw ethtool -k acc0 | awk -v f="$1:" '$1 == f { print $2 }'; }
before=$(feature rx-vlan-offload)
check "a port is not promiscuous before" not promiscuous
bb port add acc0 role access || die "port add was refused"
check "a port is made promiscuous" promiscuous
same "rx VLAN offload is off" off "$(feature rx-vlan-offload)"
bb port del acc0 || die "port del was refused"
check "port del restores it" not promiscuous
same "rx VLAN offload is as before" "$before" "$(feature rx-vlan-offload)"

# --- the store ----------------------------------------------------------------------------------
bb -b - <<-END || die "the batch was refused"
	vtep set local 10.0.0.1
	port add acc0 role access
	port add fab0 role fabric
	vrf add blue vni 20500
END
state=$(bb export)
stop_daemon
data=$(find "$STATE" -type f -printf '%s %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
cp -a "$STATE" "$TMP/kept"

# damage HOW COMMAND...: what the command does to the store is found out at the start, and the file is left alone.
damage() {
	local sum

	"${@:2}"
	sum=$(sha256sum <"$data")
	check "a store $1: refused, the place is named" daemon_fails "$STATE" --socket "$SOCK" --state "$STATE" --pin "$PIN"
	same "a store $1: the file is not touched" "$sum" "$(sha256sum <"$data")"
	rm -rf "$STATE"
	cp -a "$TMP/kept" "$STATE"
}
noise() { head -c "$1" /dev/urandom | dd of="$data" bs=4096 conv=notrunc status=none; }
damage "with its head overwritten" noise 8192
damage "that is all noise" noise "$(stat -c %s "$data")"
damage "cut to 100 bytes" truncate -s 100 "$data"
damage "cut to nothing" truncate -s 0 "$data"
start_daemon
same "the good one is as it was" "$state" "$(bb export)"
check_conservation
finish
