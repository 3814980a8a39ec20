#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Frames that nobody should send, one by one from both sides: each is counted under its reason, none does harm.
# The table is hostile.py.
#
#   srv --VLAN 400-- acc0 gw fab0 -- host0 (vxlan) vm
#
# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require ping

# throw NS DEV FIFO: what is written to the FIFO, in hex, is sent as it is, past the program that tags.
throw() {
	mkfifo "$3"
	nsenter --net="/run/netns/$PFX-$1" -- "$PYTHON" "$SELFTESTS/frame.py" send "$2" <"$3" >"$3.log" 2>&1 &
	PIDS+=($!)
}

# outcomes PORT: {"outcome/reason": packets}
outcomes() {
	bb -j stats port "$1" | jq -c 'reduce (.[] | select(.reason != "reinjected")) as $row ({};
		.["\($row.outcome)/\($row.reason)"] += $row.packets)'
}

# became PORT BEFORE: which counters rose and by how much; frames that the underlay itself sends to the kernel are
# left out where there is another.
became() {
	jq -rn --argjson old "$2" --argjson new "$(outcomes "$1")" '
		[$new | to_entries[] | .value -= ($old[.key] // 0) | select(.value != 0)] as $rose |
		($rose | map(select(.key != "passed/to_kernel"))) as $own |
		(if $own == [] then $rose else $own end) | map("\(.key) \(.value)") | join(", ")'
}

# counted_as PORT BEFORE PATTERN
counted_as() {
	local what

	what=$(became "$1" "$2")
	# shellcheck disable=SC2053 # a pattern
	[[ $what == $3\ 1 || ($3 == passed/to_kernel && $what == passed/to_kernel\ *) ]]
}

# Longer frames than the tunnel takes must come through the access cable.
ACCESS_MTU=1700
scenario_wires
start_daemon
scenario_config | bb -b - || die "the batch was refused"
check "ping" pings srv "$VM_CA"
listen vm heard 9
listen srv heard-srv 9

throw srv lan0 "$TMP/acc0"
throw host0 eth0 "$TMP/fab0"
exec {acc0}>"$TMP/acc0" {fab0}>"$TMP/fab0"

sent=0
while IFS=$'\t' read -r port expected frame name; do
	before=$(outcomes "$port")
	if [[ $port == acc0 ]]; then echo "$frame" >&"$acc0"; else echo "$frame" >&"$fab0"; fi
	busywait 1 counted_as "$port" "$before" "$expected"
	if counted_as "$port" "$before" "$expected"; then
		ok "$port: $name: $expected"
	else
		not_ok "$port: $name: $expected"
		note "got: $(became "$port" "$before")"
	fi
	sent=$((sent + 1))
done < <("$PYTHON" "$SELFTESTS/hostile.py")
exec {acc0}>&- {fab0}>&-

at_least "the table was read" 100 "$sent"
check "server and VM talk as before" pings srv "$VM_CA"
check "the other way, too" pings vm "$SRV_CA"
check "the daemon is well" daemon_answers
odd() { jq -e '.texts | keys - ["hostile"] | length > 0' "$TMP/heard.json" || jq -e '.texts | keys - ["hostile"] | length > 0' "$TMP/heard-srv.json"; }
check "nobody heard anything but the text of the good frames" not odd
check_conservation
finish
