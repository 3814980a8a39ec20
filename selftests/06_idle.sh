#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An idle entry leaves the cache and comes back with the first packet, an active one stays; a cache that is smaller
# than the number of destinations serves them all.
#
#   srv --VLAN 400-- acc0 gw fab0 -- host0 (vxlan) vm, which answers to 192.168.32.0/22

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require ping

N=500

scenario
vm_serves vm 192.168.32.0/22
mappings "$N" 10.0.0.2 | bb -b - || die "the mappings were refused"
bb cache set idle 1 || die "cache set was refused"

listen vm heard 7000
stream srv active "$VM_CA" 7000 100
check "ping a destination that will be idle" pings srv 192.168.32.1
check "it is cached" cached 192.168.32.1
busywait 20 not cached 192.168.32.1
check "idle, it leaves the cache" not cached 192.168.32.1
check "the active one stays" cached "$VM_CA"
at_least "the departure is counted" 1 "$(status evicted_idle)"
same "the mapping is still in the store" 1 "$(bb -j mapping show vrf blue ca 192.168.32.1 | jq length)"

promoted=$(status promoted)
check "its first packet afterwards is answered" pings srv 192.168.32.1 1
check "it is cached again" cached 192.168.32.1
same "promoted went up by one" 1 "$(($(status promoted) - promoted))"
end_stream active
no_number_missing "the active stream lost nothing" active heard
hits=$(status hits)
check "ping" pings srv "$VM_CA" 5
at_least "hits are counted" 4 "$(($(status hits) - hits))"

# Eight times more destinations than entries.
bb cache set size 64 idle 300 || die "cache set size was refused"
same "the size is as set" 64 "$(status size)"
for round in 1 2 3; do
	listen vm "round$round" "710$round"
	spray srv 192.168.32.1 "$N" "710$round"
	busywait "$SLACK" has_texts "round$round" "$N"
	same "64 entries, $N destinations, round $round: each is served" "$N texts in $N datagrams" "$(texts "round$round")"
	check "used is not above size" test "$(status used)" -le 64
done
at_least "departures of a full cache are counted" "$N" "$(($(status evicted_idle) + $(status evicted_lru)))"
check "ping still works" pings srv "$VM_CA"

bb cache set size 4096 idle 300
spray srv 192.168.32.1 "$N" 7101
busywait "$SLACK" has_texts round1 $((2 * N))
at_least "a larger cache holds them all" "$N" "$(status used)"
check_conservation
finish
