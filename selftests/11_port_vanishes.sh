#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A port that vanishes while it is attached: it is noted, the rest works on, and it comes back when its device does.
#
#   srv  --VLAN 400-- acc0 gw fab0 -- host0 (vxlan) vm
#   srv1 ------------ acc1    fab1 -- host1 (vxlan) vm1        acc1 and fab1 go and come

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require ping

port_state() { bb -j port show "$1" | jq -r '.[0].state'; }
port_is() { [[ $(port_state "$1") == "$2" ]]; }

scenario
add_server srv1 acc1 0 192.168.12.1
add_host 1
add_vm vm1 1 20500 192.168.20.2
bb -b - <<-END || die "the batch was refused"
	port add acc1 role access
	port add fab1 role fabric
	attach add port acc1 vid 0 vrf blue gateway 192.168.12.254/24
	endpoint add vrf blue ca 192.168.12.1 mac $(mac_of 192.168.12.1) port acc1 vid 0
	mapping add vrf blue ca 192.168.20.2 pa 10.0.1.2 mac $(mac_of 192.168.20.2)
END
check "ping by the ports that stay" pings srv "$VM_CA"
check "ping by the ports that will go" pings srv1 192.168.20.2
state=$(bb export)
listen vm heard-vm 7000
listen srv heard-srv 7000
stream srv up "$VM_CA" 7000 500
stream vm down "$SRV_CA" 7000 500

on gw ip link del acc1
on gw ip link del fab1
busywait 10 port_is acc1 down
busywait 10 port_is fab1 down
same "a vanished access port is noted" down "$(port_state acc1)"
same "a vanished fabric port is noted" down "$(port_state fab1)"
same "the others are up" "up up" "$(port_state acc0) $(port_state fab0)"
same "both stay configured" "$state" "$(bb export)"
check "what leads there is not reached" no_ping srv 192.168.20.2
check "the rest works" pings srv "$VM_CA"
stop_daemon
start_daemon
same "a start without the devices works, too" "up down" "$(port_state acc0) $(port_state acc1)"

cable srv1 lan0 gw acc1 "$ACCESS_MTU"
on srv1 ip link set lan0 address "$(mac_of 192.168.12.1)"
on srv1 ip address add 192.168.12.1/24 dev lan0
on srv1 ip route add default via 192.168.12.254
cable host1 eth0 gw fab1 "$FABRIC_MTU"
watch acc1 "$(stats_in acc1)"
watch fab1 "$(stats_in fab1)"
busywait 10 port_is acc1 up
same "the access port is attached again by itself" up "$(port_state acc1)"
busywait 10 port_is fab1 up
same "the fabric port is attached again by itself" up "$(port_state fab1)"
on gw ip link set fab1 address "$(mac_of 10.0.1.1)"
on gw ip address add 10.0.1.1/24 dev fab1
on host1 ip link set eth0 address "$(mac_of 10.0.1.2)"
on host1 ip address add 10.0.1.2/24 dev eth0
on host1 ip route add default via 10.0.1.1
check "and works" busywait 15 pings srv1 192.168.20.2 1
check "well" pings srv1 192.168.20.2
check "the other way, too" pings vm1 192.168.12.1

end_stream up
end_stream down
no_number_missing "the other ports lost nothing, server to VM" up heard-vm
no_number_missing "the other ports lost nothing, VM to server" down heard-srv
check_conservation
finish
