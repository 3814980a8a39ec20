#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job: a bare-metal server on VLAN 400 and a VM behind the kernel's own vxlan device reach each other,
# and what the host sees on the wire is VXLAN as RFC 7348 wants it.
#
#   srv lan0 --VLAN 400-- acc0 gw fab0 -- eth0 host0 (vxlan) vm

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require iperf3 ping

# outer FIELD [SNIFFER]: its different values in the frames that arrived at the host.
outer() { grep '^{' "$TMP/${2:-outer}.log" | jq -r "$1" | sort -u | paste -sd' '; }

scenario
sniff host0 eth0 outer

check "ping server to VM, the very first packet included" pings srv "$VM_CA" 20
check "ping VM to server" pings vm "$SRV_CA" 20
check "the server learnt the gateway MAC by ARP" \
	grep -q 02:bb:00:00:50:14 <<<"$(on srv ip neighbour show 192.168.11.254)"
check "1500 bytes with DF pass" pings srv "$VM_CA" 2 -s 1472 -M "do"

same "outer source MAC is the fabric port's" "$(mac_of 10.0.0.1)" "$(outer .src_mac)"
same "outer destination MAC is the host's" "$(mac_of 10.0.0.2)" "$(outer .dst_mac)"
same "outer source is the VTEP" 10.0.0.1 "$(outer .ip.src)"
same "outer destination is the PA" 10.0.0.2 "$(outer .ip.dst)"
same "outer header has 5 words" 5 "$(outer .ip.ihl)"
same "outer TTL" 64 "$(outer .ip.ttl)"
same "outer TOS" 0 "$(outer .ip.tos)"
same "outer DF is set" true "$(outer .ip.df)"
same "nothing is fragmented" false "$(outer .ip.fragment)"
same "outer IP checksum is right" true "$(outer .ip.csum_good)"
same "outer lengths fit the frame" true "$(outer .lengths_good)"
same "outer UDP checksum is zero" 0 "$(outer .udp_csum)"
same "VXLAN flags are exact" "$((0x08000000))" "$(outer .flags)"
same "VXLAN reserved byte is zero" 0 "$(outer .reserved)"
same "VNI" 20500 "$(outer .vni)"
same "inner destination MAC is the mapping's" "$(mac_of "$VM_CA")" "$(outer .inner_dst_mac)"
same "inner source MAC is the gateway's" 02:bb:00:00:50:14 "$(outer .inner_src_mac)"
same "inner TTL fell by one" 63 "$(outer .inner.ttl)"
same "inner IP checksum is right" true "$(outer .inner.csum_good)"

# One flow has one source port, many flows have many.
listen vm heard 7000
sniff host0 eth0 flow
stream srv one "$VM_CA" 7000
busywait "$SLACK" streamed one 0 50
end_stream one
no_number_missing "a numbered stream arrives whole" one heard
same "one flow keeps one outer source port" 1 "$(outer .sport flow | wc -w)"
sniff host0 eth0 flows
for i in {1..12}; do datagram srv "$VM_CA" 7000 "flow $i"; done
busywait "$SLACK" has_texts heard 12
at_least "different flows get different outer source ports" 6 "$(outer .sport flows | wc -w)"
in_range() { jq -e 'select(.sport < 49152)' <(grep -h '^{' "$TMP"/{outer,flow,flows}.log); }
check "outer source ports are in 49152-65535" not in_range

# DSCP stays out of the outer header by default, ECN is copied.
for tos in 1 2 3; do
	sniff host0 eth0 "ecn$tos"
	pings srv "$VM_CA" 1 -Q $((46 << 2 | tos)) 2>/dev/null
	same "inner DSCP 46 and ECN $tos give outer DSCP 0 and ECN $tos" "$tos" "$(outer .ip.tos "ecn$tos")"
done
same "and the inner one is untouched" "$((46 << 2 | 3))" "$(outer .inner.tos ecn3)"

at_least "TCP server to VM, Mbit/s" 1 "$(tcp srv vm "$VM_CA" 1)"
at_least "TCP VM to server, Mbit/s" 1 "$(tcp vm srv "$SRV_CA" 1)"

at_least "arp_reply is counted" 1 "$(count acc0 arp_reply)"
at_least "encap is counted for the VRF" 40 "$(count acc0 encap blue)"
at_least "decap is counted for the VRF" 40 "$(count fab0 decap blue)"
same "nothing was dropped" 0 "$(bb -j stats | jq '[.[] | select(.outcome == "dropped") | .packets] | add // 0')"
check_conservation
finish
