#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A thousand first packets in one burst to a thousand uncached CAs all arrive, and are cached from then on.
#
#   srv --VLAN 400-- acc0 gw fab0 -- host0 (vxlan) vm, which answers to 192.168.32.0/22

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require ping

N=1000

# burst NAME: one datagram to each CA; prints what the VM heard of it.
burst() {
	spray srv 192.168.32.1 "$N" "$2"
	busywait "$SLACK" has_texts "$1" "$N"
	texts "$1"
}

scenario
pings srv "$VM_CA" 1 2>/dev/null
vm_serves vm 192.168.32.0/22
mappings "$N" 10.0.0.2 | bb -b - || die "the batch of $N mappings was refused"
same "the store has them" $((N + 1)) "$(bb -j mapping count | jq '.[0].count')"

listen vm first 7001
listen vm second 7002
listen vm third 7003
misses=$(count acc0 miss)
same "each first packet arrives once" "$N texts in $N datagrams" "$(burst first 7001)"
same "each was a miss" "$N" "$(($(count acc0 miss) - misses))"
at_least "all are cached" "$N" "$(status used)"

misses=$(count acc0 miss)
same "each second packet arrives once" "$N texts in $N datagrams" "$(burst second 7002)"
same "none of them was a miss" 0 "$(($(count acc0 miss) - misses))"

bb cache flush vrf blue
same "the flush emptied the cache" 0 "$(status used)"
same "each first packet after a flush arrives once" "$N texts in $N datagrams" "$(burst third 7003)"
same "no ring dropped a frame" 0 "$(status ring_drops)"
same "nobody was over budget" 0 "$(status over_budget)"
check_conservation
finish
