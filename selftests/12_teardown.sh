#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Teardown leaves no XDP link, pin, device, route or changed setting behind; the store stays, and a new start works.
#
#   srv --VLAN 400-- acc0 gw fab0 -- host0 (vxlan) vm

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require ping

# What the gateway's namespace looks like, without counters and what the neighbours' timers change.
portrait() {
	on gw ip -j -d link show |
		jq -S 'map({ifname, mtu, address, flags, promiscuity, xdp, qdisc, linkinfo: .linkinfo.info_kind})'
	on gw ip route show table all
	on gw ip rule
	on gw ip -j neighbour show nud permanent
	on gw ethtool -k acc0
	on gw ethtool -k fab0
	on gw tc filter show dev acc0 ingress
	on gw nft list ruleset 2>/dev/null
}

# Not the files that the kernel itself puts into a new bpffs.
pins() { find "$BPFFS" -mindepth 1 ! -name '*.debug' | sort; }

gone() { bb teardown && [[ -z $(pins) ]]; }

scenario_wires
before=$(portrait)
start_daemon
scenario_config | bb -b - || die "the batch was refused"
check "ping" pings srv "$VM_CA"
at_least "there are pins" 1 "$(pins | wc -l)"
state=$(bb export)
check_conservation

check "teardown" bb teardown
check "no traffic after it" no_ping srv "$VM_CA"
if alive "${DAEMON[$SITE]}"; then stop_daemon; else wait "${DAEMON[$SITE]}"; fi
same "the daemon ends with 0" 0 $?
same "no pin is left" "" "$(pins)"
same "links, routes, neighbours and settings are as before" "$before" "$(portrait)"

watch acc0
watch fab0
start_daemon
same "the store stayed" "$state" "$(bb export)"
check "a new start works" busywait 10 pings srv "$VM_CA" 1
check "well" pings srv "$VM_CA"
check_conservation

check "teardown again" bb teardown
if alive "${DAEMON[$SITE]}"; then stop_daemon; fi
same "no pin is left" "" "$(pins)"
same "all is as before" "$before" "$(portrait)"
finish
