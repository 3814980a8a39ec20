#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SIGTERM, SIGKILL and a new start under numbered streams both ways: no number is missing, and what the daemon alone
# does is back with it.
#
#   srv --VLAN 400-- acc0 gw fab0 -- host0 (vxlan) vm

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require ping

vm_mac=$(mac_of "$VM_CA")

# phase: both streams begin a new one, and it is under way.
phase() {
	next_phase up
	next_phase down
	busywait "$SLACK" streamed up "$PHASE" 200
	busywait "$SLACK" streamed down "$PHASE" 200
}

# back_again HOW: the daemon has ended that way; it starts again, all the while under traffic.
back_again() {
	local gone

	phase
	gone=$PHASE
	check "$1: the daemon is gone" not daemon_answers
	start_daemon
	phase
	no_number_missing "$1: server to VM, nothing missing while it was gone" up heard-vm "$gone"
	no_number_missing "$1: VM to server, nothing missing while it was gone" down heard-srv "$gone"
	check "$1: what was cached still is" cached "$VM_CA"
	same "$1: the state is as before" "$state" "$(bb export)"
	CA=$((CA + 1))
	bb mapping add vrf blue ca "192.168.32.$CA" pa 10.0.0.2 mac "$vm_mac"
	datagram srv "192.168.32.$CA" 7001 "$1"
	busywait "$SLACK" has_heard misses "$1"
	same "$1: misses are served again" 1 "$(heard_text misses "$1")"
	state=$(bb export)
}

CA=0
scenario
vm_serves vm 192.168.32.0/24
check "ping" pings srv "$VM_CA"
listen vm heard-vm 7000
listen srv heard-srv 7000
listen vm misses 7001
counted=$(count acc0 encap)
stream srv up "$VM_CA" 7000
stream vm down "$SRV_CA" 7000
busywait "$SLACK" streamed up 0 100
busywait "$SLACK" streamed down 0 100
state=$(bb export)
misses=$(count acc0 miss)

stop_daemon
same "SIGTERM ends the daemon with 0" 0 $?
back_again "after SIGTERM"
kill_daemon
back_again "after SIGKILL"
kill_daemon
start_daemon
stop_daemon
back_again "after SIGKILL, start and SIGTERM at once"

same "the counters went on, and no cached packet became a miss" "$CA" "$(($(count acc0 miss) - misses))"
end_stream up
end_stream down
no_number_missing "server to VM: no number missing in all" up heard-vm
no_number_missing "VM to server: no number missing in all" down heard-srv
at_least "all were counted, over three daemons" "$(($(sent up) - 1))" "$(($(count acc0 encap) - counted))"
check_conservation
finish
