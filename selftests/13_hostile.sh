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

# outcomes PORT: lines "outcome/reason packets"
outcomes() {
	bb -j stats port "$1" | tr '}' '\n' |
		sed -n 's/.*"outcome":"\([a-z_]*\)","reason":"\([a-z_]*\)","packets":\([0-9]*\).*/\1\/\2 \3/p' | grep -v /reinjected
}

# became PORT BEFORE: which counters rose and by how much; frames that the underlay itself sends to the kernel are
# left out where there is another.
became() {
	outcomes "$1" | awk -v before="$2" '
		BEGIN { n = split(before, word); for (i = 1; i < n; i += 2) old[word[i]] += word[i + 1] }
		{ new[$1] += $2 }
		END {
			for (key in new)
				if (new[key] != old[key] && key != "passed/to_kernel")
					own = own (own == "" ? "" : ", ") key " " new[key] - old[key]
			kernel = new["passed/to_kernel"] - old["passed/to_kernel"]
			print own != "" || !kernel ? own : "passed/to_kernel " kernel
		}'
}

# counted_as PORT BEFORE PATTERN: what was counted is in $WHAT.
counted_as() {
	WHAT=$(became "$1" "$2")
	# shellcheck disable=SC2053 # a pattern
	[[ $WHAT == $3\ 1 || (passed/to_kernel == $3 && $WHAT == passed/to_kernel\ *) ]]
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
	if busywait 1 counted_as "$port" "$before" "$expected"; then
		ok "$port: $name: $expected"
	else
		not_ok "$port: $name: $expected"
		note "got: $WHAT"
	fi
	sent=$((sent + 1))
done < <("$PYTHON" "$SELFTESTS/hostile.py")
exec {acc0}>&- {fab0}>&-

at_least "the table was read" 100 "$sent"
check "server and VM talk as before" pings srv "$VM_CA"
check "the other way, too" pings vm "$SRV_CA"
check "the daemon is well" daemon_answers
odd() { grep -h ^text "$TMP"/heard{,-srv}.state | grep -v " hostile$"; }
check "nobody heard anything but the text of the good frames" not odd
check_conservation
finish
