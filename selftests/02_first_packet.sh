#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The first packet of a flow is delivered though nothing is cached: exactly one datagram is sent, exactly one arrives.
#
#                                 fab0 -- host0 (vxlan) vm
#   srv --VLAN 400-- acc0 gw      fab1 -- host1 (vxlan) vm1   never spoken to before
#                                 fab2 -- host2 (vxlan) vm2   never spoken to before

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require ping

vm_mac=$(mac_of "$VM_CA")

# one NS CA LISTENER TEXT: sends one datagram and, once it arrived, a second to stand behind a possible twin.
one() {
	datagram "$1" "$2" 7000 "$4"
	busywait "$SLACK" has_heard "$3" "$4" || return 1
	datagram "$1" "$2" 7000 "$4, behind"
	busywait "$SLACK" has_heard "$3" "$4, behind"
	[[ $(heard_text "$3" "$4") == 1 ]]
}

scenario
pings srv "$VM_CA" 1 2>/dev/null # ARP for the gateway
vm_serves vm 192.168.32.0/24
listen vm heard 7000
listen srv heard-srv 7000

bb mapping add vrf blue ca 192.168.32.1 pa 10.0.0.2 mac "$vm_mac"
check "a new mapping is not cached" not cached 192.168.32.1
misses=$(count acc0 miss)
check "the first datagram to an uncached mapping arrives once" one srv 192.168.32.1 heard first
same "it was one miss, the second was none" 1 "$(($(count acc0 miss) - misses))"
check "the mapping is cached now" cached 192.168.32.1
at_least "the frame's second run is a row of its own" 1 \
	"$(bb -j stats port acc0 | jq '[.[] | select(.reason == "reinjected" and .final == "encap") | .packets] | add // 0')"

bb cache flush
check "flush empties the cache" not cached 192.168.32.1
check "the first datagram after a flush arrives once" one srv 192.168.32.1 heard flushed

datagram srv 192.168.32.2 7000 "nowhere"
busywait "$SLACK" test "$(status negative)" != 0
bb mapping add vrf blue ca 192.168.32.2 pa 10.0.0.2 mac "$vm_mac"
check "a CA that was just answered negatively works once it is mapped" one srv 192.168.32.2 heard "was negative"

# PAs whose neighbour the kernel has never resolved.
add_host 1
add_vm vm1 1 20500 192.168.20.2
add_host 2
add_vm vm2 2 20500 192.168.21.2
vm_serves vm2 192.168.33.0/24
listen vm1 heard1 7000
listen vm2 heard2 7000
bb port add fab1 role fabric
bb port add fab2 role fabric
bb mapping add vrf blue ca 192.168.20.2 pa 10.0.1.2 mac "$(mac_of 192.168.20.2)"
check "right after mapping add, neighbour unknown: the first datagram arrives once" one srv 192.168.20.2 heard1 unresolved

mappings 20 10.0.2.2 192.168.33.1 | sed "s/$vm_mac/$(mac_of 192.168.21.2)/" | bb -b -
spray srv 192.168.33.1 20 7000
busywait "$SLACK" has_texts heard2 20
same "twenty at once to an unknown neighbour: each arrives once" "20 texts in 20 datagrams" "$(texts heard2)"

# The other way: the first frame from a PA that was named a moment ago.
bb mapping del vrf blue ca 192.168.20.2
bb mapping add vrf blue ca 192.168.20.2 pa 10.0.1.2 mac "$(mac_of 192.168.20.2)"
check "the first datagram from a new PA arrives once" one vm1 "$SRV_CA" heard-srv "from vm1"

check_conservation
finish
