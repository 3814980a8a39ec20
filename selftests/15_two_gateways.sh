#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two daemons with paths of their own in two namespaces of one machine, same addresses everywhere: neither knows of
# the other.
#
#   site a:  srv --VLAN 400-- acc0 gw fab0 -- host0 (vxlan) vm
#   site b:  srv --VLAN 400-- acc0 gw fab0 -- host0 (vxlan) vm

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require ping

site a
scenario
site b
scenario
site a
check "a works" pings srv "$VM_CA" 10
site b
check "b works" pings srv "$VM_CA" 3
bb vrf add green vni 7 || die "b refused a VRF"
site a
same "a knows nothing of b's VRF" "[]" "$(bb -j vrf show green)"
at_least "a counts its own frames" 10 "$(($(count acc0 encap) + $(count acc0 miss)))"
check_conservation
listen vm a-heard 7000
stream srv a-up "$VM_CA" 7000
busywait "$SLACK" streamed a-up 0 100
site b
check_conservation
kill_daemon
site a
next_phase a-up
busywait "$SLACK" streamed a-up "$PHASE" 100
site b
start_daemon
check "b is back" pings srv "$VM_CA" 3
check "teardown of b" bb teardown
check "b is gone" no_ping srv "$VM_CA"
site a
next_phase a-up
busywait "$SLACK" streamed a-up "$PHASE" 100
end_stream a-up
no_number_missing "a lost nothing when b was killed, started and torn down" a-up a-heard
check "a works" pings srv "$VM_CA"
check_conservation
finish
