#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A mapping that moves while it is cached and hot: not one frame reaches the old PA after the command returned, and
# none is lost on the way. A deleted one stops at once, an added one works at once. The same for endpoints.
#
#                                fab0 -- host0 (vxlan) vm   192.168.10.2
#   srv --VLAN 400-- acc0 gw
#                                fab1 -- host1 (vxlan) vm1  192.168.10.2, the same VM after its move

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require ping

MOVES=12
vm_mac=$(mac_of "$VM_CA")

scenario
add_host 1
add_vm vm1 1 20500 "$VM_CA"
vm_serves vm1 192.168.10.9/32
bb -b - <<-END || die "the second host was refused"
	port add fab1 role fabric
	mapping add vrf blue ca 192.168.10.9 pa 10.0.1.2 mac $vm_mac
END
check "both hosts are reached" pings srv "$VM_CA"
check "both hosts are reached" pings srv 192.168.10.9

listen vm old 7000
listen vm1 new 7000
stream srv up "$VM_CA" 7000 2000
busywait "$SLACK" streamed up 0 100

listeners=(old new)
late=0
# Two phases a move: 2n-1 is what is sent while the command runs, 2n what is sent after it has returned.
for ((move = 1; move <= MOVES; move++)); do
	next_phase up
	bb mapping replace vrf blue ca "$VM_CA" pa "10.0.$((move % 2)).2" mac "$vm_mac" || die "replace was refused"
	next_phase up
	busywait "$SLACK" streamed up "$PHASE" 100
done
next_phase up
bb mapping del vrf blue ca "$VM_CA" || die "del was refused"
next_phase up
deleted=$PHASE
busywait "$SLACK" streamed up "$PHASE" 200
pings srv 192.168.10.9 2>/dev/null # what was to arrive has arrived
next_phase up
bb mapping add vrf blue ca "$VM_CA" pa 10.0.0.2 mac "$vm_mac" || die "add was refused"
next_phase up
added=$PHASE
busywait "$SLACK" streamed up "$PHASE" 200
end_stream up

for ((move = 1; move <= MOVES; move++)); do
	late=$((late + $(heard "${listeners[1 - move % 2]}" $((2 * move)))))
done
same "after $MOVES moves not one frame was at the old PA" 0 "$late"
# What is sent while the command runs may be at either place, but none is lost.
both() { echo $(($(heard old "$1") + $(heard new "$1"))); }
whole() { [[ $(both "$1") == "$(sent up "$1")" ]]; }
for ((phase = 0, missing = 0; phase <= 2 * MOVES; phase++)); do
	busywait 1 whole "$phase"
	missing=$((missing + $(sent up "$phase") - $(both "$phase")))
done
same "and none was lost" 0 "$missing"
same "none arrived twice" "0 0" "$(said old twice) $(said new twice)"
same "a deleted mapping stops at once" 0 "$(both "$deleted")"
no_number_missing "an added mapping works from the first frame on" up old "$added"
at_least "what was sent in between is counted as unanswered" 200 "$(($(count acc0 negative) + $(count acc0 no_route) + $(count acc0 miss)))"

# The server's side: an endpoint that goes, and comes.
listen srv down 7000
stream vm back "$SRV_CA" 7000 2000
busywait "$SLACK" streamed back 0 100
bb endpoint del vrf blue ca "$SRV_CA" || die "endpoint del was refused"
next_phase back
gone=$PHASE
busywait "$SLACK" streamed back "$gone" 100
# The server's own frames are refused from now on, too.
check "a deleted endpoint cannot send" no_ping srv 192.168.10.9
next_phase back
bb endpoint add vrf blue ca "$SRV_CA" mac "$(mac_of "$SRV_CA")" port acc0 vid 400 || die "endpoint add was refused"
next_phase back
back=$PHASE
busywait "$SLACK" streamed back "$back" 100
end_stream back
same "a deleted endpoint gets nothing" 0 "$(heard down "$gone")"
no_number_missing "an added endpoint gets all" back down "$back"
at_least "bad_source is counted" 3 "$(count acc0 bad_source)"
at_least "no_endpoint is counted" 100 "$(count fab0 no_endpoint)"
check_conservation
finish
