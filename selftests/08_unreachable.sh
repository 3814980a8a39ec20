#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the underlay does to PAs: one that becomes reachable later starts to work by itself, a changed neighbour and a
# port that was down are followed, and other PAs work on all the while.
#
#   srv --VLAN 400-- acc0 gw  fab0 -- host0 (vxlan) vm
#                             fab1 -- host1 (vxlan) vm1, whose host is not there yet

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require ping

vm_mac=$(mac_of "$VM_CA")

scenario
check "ping" pings srv "$VM_CA"
listen vm heard 7000
stream srv others "$VM_CA" 7000 200

# A host whose neighbour does not answer.
add_host 1
add_vm vm1 1 20500 192.168.20.2
on host1 ip address flush dev eth0
bb port add fab1 role fabric
bb mapping add vrf blue ca 192.168.20.2 pa 10.0.1.2 mac "$(mac_of 192.168.20.2)"
check "a PA that does not answer is not reached" no_ping srv 192.168.20.2
on host1 ip address add 10.0.1.2/24 dev eth0
on host1 ip route replace default via 10.0.1.1
check "it answers now: it works by itself" busywait 15 pings srv 192.168.20.2 1
check "and well" pings srv 192.168.20.2

# A PA without a route.
bb mapping add vrf blue ca 192.168.21.2 pa 10.9.9.9 mac "$vm_mac"
vm_serves vm 192.168.21.2/32
on host0 ip address add 10.9.9.9/32 dev lo
before=$(count acc0 no_neighbour)
datagram srv 192.168.21.2 7000 "no route"
busywait 2 test "$(count acc0 no_neighbour)" != "$before"
same "a PA without a route is not reached" 0 "$(heard_text heard "no route")"
on gw ip route add 10.9.9.0/24 via 10.0.0.2
reached() {
	datagram srv 192.168.21.2 7000 "route"
	busywait 1 has_heard heard "route"
}
check "a route appears: it works by itself" busywait 15 reached
on gw ip route del 10.9.9.0/24
unreached() {
	local before

	before=$(heard_text heard "gone?")
	datagram srv 192.168.21.2 7000 "gone?"
	pings srv "$VM_CA" 1
	[[ $(heard_text heard "gone?") == "$before" ]]
}
check "the route goes: it is followed" busywait 15 unreached

# Another machine takes the host's address over.
end_stream others
no_number_missing "all the while others lost nothing" others heard
on host0 ip link set eth0 address 02:00:0a:00:00:77
on host0 ip neighbour flush dev eth0
on gw ip neighbour replace 10.0.0.2 lladdr 02:00:0a:00:00:77 dev fab0 nud reachable
check "a neighbour's new MAC is followed" busywait 15 pings srv "$VM_CA" 1

# A cable is pulled and plugged in again.
on gw ip link set fab0 down
check "no traffic without the cable" no_ping srv "$VM_CA"
check "the other port does not care" pings srv 192.168.20.2
on gw ip link set fab0 up
check "plugged in again it works by itself" busywait 15 pings srv "$VM_CA" 1
check_conservation
finish
