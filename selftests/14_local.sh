#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Servers of one VRF on different ports and VLANs talk through the gateway without a tunnel.
#
#   srv  192.168.11.1 --VLAN 400--+
#                                 +- acc0 gw fab0 -- host0
#   srv2 192.168.12.1 --VLAN 402--+    |
#   srv3 192.168.13.1 -- untagged --- acc1

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require iperf3 ping

add_gateway
add_switch acc0
add_server srv acc0 400 "$SRV_CA"
add_server srv2 acc0 402 192.168.12.1
add_server srv3 acc1 0 192.168.13.1
add_host 0
add_vm vm 0 20500 "$VM_CA"
start_daemon
scenario_config | bb -b - || die "the batch was refused"
bb -b - <<-END || die "the batch was refused"
	port add acc1 role access
	attach add port acc0 vid 402 vrf blue gateway 192.168.12.254/24
	attach add port acc1 vid 0 vrf blue gateway 192.168.13.254/24
	endpoint add vrf blue ca 192.168.12.1 mac $(mac_of 192.168.12.1) port acc0 vid 402
	endpoint add vrf blue ca 192.168.13.1 mac $(mac_of 192.168.13.1) port acc1 vid 0
END
check "a VM is reached as ever" pings srv "$VM_CA"
sniff host0 eth0 outer

check "VLAN to VLAN on one port" pings srv 192.168.12.1
check "and back" pings srv2 "$SRV_CA"
check "tagged to untagged, another port" pings srv 192.168.13.1
check "and back" pings srv3 192.168.12.1
check "1500 bytes with DF" pings srv3 192.168.11.1 2 -s 1472 -M "do"
at_least "TCP between ports, Mbit/s" 1 "$(tcp srv srv3 192.168.13.1 1)"
at_least "TCP on one port, Mbit/s" 1 "$(tcp srv2 srv "$SRV_CA" 1)"
at_least "local is counted" 20 "$(count acc0 local blue)"
at_least "on both ports" 10 "$(count acc1 local blue)"
same "the TTL fell by one" 63 "$(on srv ping -n -c 1 -W 2 192.168.12.1 | sed -n 's/.* ttl=\([0-9]*\).*/\1/p')"
same "nothing of it went to the fabric" "" "$(grep '^{' "$TMP/outer.log")"
check "a server answers a VM" pings vm 192.168.13.1
check_conservation
finish
