#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two tenants with the same addresses never see each other's frames, and nobody gets in by a spoofed source or from
# a PA that is not the tenant's.
#
#   srv  192.168.11.1 --VLAN 400--+                        +- vm  192.168.10.2 (VNI 20500)
#                                 +- acc0 gw fab0 - host0 -+
#   red  192.168.11.1 --VLAN 401--+      |                 +- vmr 192.168.10.2 (VNI 20501)
#                                        fab1 - host1: a PA of red's only

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require ping

vm_mac=$(mac_of "$VM_CA")
srv_mac=$(mac_of "$SRV_CA")

# raw NS DEV access|fabric [KEY=VALUE]...: one hand-made frame.
raw() {
	"$PYTHON" "$SELFTESTS/frame.py" "${@:3}" | on "$1" "$PYTHON" "$SELFTESTS/frame.py" send "$2"
}

# is_dropped PORT REASON DESCRIPTION COMMAND...: the one frame that the command sends has that end.
is_dropped() {
	local before

	before=$(count "$1" "$2")
	"${@:4}"
	busywait "$SLACK" more "$1" "$2" "$before"
	same "$3: $2" $((before + 1)) "$(count "$1" "$2")"
}
more() { (($(count "$1" "$2") > $3)); }

add_gateway
add_switch acc0
add_server srv acc0 400 "$SRV_CA"
add_server red acc0 401 "$SRV_CA"
add_host 0
add_host 1
add_vm vm 0 20500 "$VM_CA"
add_vm vmr 0 20501 "$VM_CA"
start_daemon
scenario_config | bb -b - || die "the batch was refused"
bb -b - <<-END || die "the second tenant's batch was refused"
	port add fab1 role fabric
	vrf add red vni 20501
	attach add port acc0 vid 401 vrf red gateway 192.168.11.254/24
	endpoint add vrf red ca $SRV_CA mac $srv_mac port acc0 vid 401
	mapping add vrf red ca $VM_CA pa 10.0.0.2 mac $vm_mac
	mapping add vrf red ca 192.168.10.3 pa 10.0.1.2 mac $vm_mac
	mapping add vrf blue ca 192.168.10.4 pa 10.0.0.2 mac $vm_mac
END

for ns in srv red vm vmr; do listen "$ns" "heard-$ns" 7000; done
check "blue's server reaches blue's VM" pings srv "$VM_CA"
check "red's server reaches red's VM" pings red "$VM_CA"
check "blue's VM reaches blue's server" pings vm "$SRV_CA"
check "red's VM reaches red's server" pings vmr "$SRV_CA"

for i in {1..5}; do
	datagram srv "$VM_CA" 7000 "of blue, up"
	datagram red "$VM_CA" 7000 "of red, up"
	datagram vm "$SRV_CA" 7000 "of blue, down"
	datagram vmr "$SRV_CA" 7000 "of red, down"
done
for ns in srv red vm vmr; do busywait "$SLACK" has_texts "heard-$ns" 5; done
heard_only() { sed -n 's/^text //p' "$TMP/heard-$1.state"; }
same "blue's VM heard blue only" "5 of blue, up" "$(heard_only vm)"
same "red's VM heard red only" "5 of red, up" "$(heard_only vmr)"
same "blue's server heard blue only" "5 of blue, down" "$(heard_only srv)"
same "red's server heard red only" "5 of red, down" "$(heard_only red)"

vm_serves vm 192.168.10.4/32
vm_serves vmr 192.168.10.4/32
check "a CA of blue's works for blue" pings srv 192.168.10.4 1
check "and not for red" no_ping red 192.168.10.4

# Deeds of a server.
is_dropped acc0 bad_source "a source CA of nobody's" raw srv lan0 access vid=0 src=192.168.11.7 src_mac="$srv_mac"
is_dropped acc0 bad_source "another MAC than the endpoint's" raw srv lan0 access vid=0 src_mac=02:00:00:00:00:99
is_dropped acc0 no_attachment "a VLAN of nobody's" raw sw-acc0 trunk0 access vid=402
same "and nothing of it arrived" 5 "$(said heard-vm text)"

# Deeds of the underlay: host1 is a PA of red's, not of blue's.
from_host1=(raw host1 eth0 fabric pa=10.0.1.2 via=10.0.1.1 dport=7000)
is_dropped fab1 bad_pa "VXLAN with blue's VNI from a PA of red's" "${from_host1[@]}" text=spoofed
is_dropped fab1 unknown_vni "VXLAN with a VNI of nobody's" "${from_host1[@]}" text=spoofed vni=20502
same "and blue's server heard nothing" 0 "$(heard_text heard-srv spoofed)"
"${from_host1[@]}" text="red's own" vni=20501 dst_mac="$(vni_mac 20501)"
busywait "$SLACK" has_heard heard-red "red's own"
same "red accepts its own PA" 1 "$(heard_text heard-red "red's own")"

bb vrf replace blue vni 20500 pa-check off
"${from_host1[@]}" text=spoofed
busywait "$SLACK" has_heard heard-srv spoofed
same "with pa-check off blue accepts it" 1 "$(heard_text heard-srv spoofed)"
bb vrf replace blue vni 20500 pa-check on
is_dropped fab1 bad_pa "with pa-check on again it does not" "${from_host1[@]}" text=spoofed
check "blue works as before" pings srv "$VM_CA"
check_conservation
finish
