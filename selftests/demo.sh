#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The demo: a bare-metal server and a VM talk through the gateway, and the gateway shows what it did.
#
#   srv lan0 --VLAN 400-- acc0 gw fab0 -- eth0 host0 (vxlan) vm
#
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

title() { printf '\n== %s\n' "$*"; }
say() { printf '   %s\n' "$@"; }

# step WORDS...: a command of bluebird as one would type it, and its answer.
step() {
	printf '$ bluebird %s\n' "$*"
	bb "$@" </dev/null || die "\"bluebird $*\" failed"
}

# ping_summary NS CA FILE
ping_summary() {
	printf '$ ping -c 20 -i 0.1 %s        (in %s)\n' "$2" "$1"
	on "$1" ping -n -c 20 -i 0.1 -W 2 "$2" >"$TMP/$3" || true
	{ sed -n 2,4p "$TMP/$3" && echo "..." && tail -n 3 "$TMP/$3"; } | sed '/^$/d'
	grep -q ' 0% packet loss' "$TMP/$3" || die "packets were lost"
}

# tcp_rate CLIENT_NS SERVER_NS CA FILE: Gbit/s
tcp_rate() {
	local rate

	printf '$ iperf3 -c %s -t 3        (in %s)\n' "$3" "$1"
	rate=$(tcp "$1" "$2" "$3" 3) || die "iperf3 failed"
	((rate > 0)) || die "no TCP came through"
	printf '%d.%02d Gbit/s\n' $((rate / 1000)) $((rate % 1000 / 10)) | tee "$TMP/$4"
}

require iperf3 ping

title "A bare-metal server reaches a VM in its virtual network"
cat <<'END'

        srv                      gw                        host0                  vm
   +-------------+          +---------------+          +-------------+      +--------------+
   |        lan0 +----------+ acc0     fab0 +----------+ eth0        |      |          vx0 |
   | 192.168.11.1| VLAN 400 |   bluebirdd   | underlay |   Linux's own vxlan, VNI 20500    |
   +-------------+          |    10.0.0.1   |          | 10.0.0.2    |      | 192.168.10.2 |
                            +---------------+          +-------------+      +--------------+

END
say "Each box is a network namespace, the lines are veth cables. The server knows nothing of the tunnel," \
	"and the VM's host runs nothing of ours."

title "1. The daemon runs in the gateway"
scenario_wires
start_daemon
say "bluebirdd is up: one XDP program for ports towards servers, one for ports towards the underlay."

title "2. What it is told"
while read -r line; do
	read -ra words <<<"$line"
	step "${words[@]}"
done < <(scenario_config)
say "VLAN 400 on acc0 is the tenant blue, whose network is VNI 20500. The VM's customer address (CA) lives at" \
	"the host's physical address (PA) 10.0.0.2: that is a mapping."

title "3. Ping, both ways"
ping_summary srv "$VM_CA" ping.up
ping_summary vm "$SRV_CA" ping.down
say "The very first packet was answered, too: it missed the cache, went to the daemon, and was sent on from there."

title "4. TCP, both ways"
tcp_rate srv vm "$VM_CA" tcp.up
tcp_rate vm srv "$SRV_CA" tcp.down

title "5. What the gateway knows"
step mapping show
say "The store: all that was configured, on disk."
step cache show
say "The cache: what the XDP programs have at hand. Only destinations that are in use are here."
step cache status
say "A miss is a first packet: it was promoted into the cache and delivered; hits is all the others."

title "6. What it counted"
step stats
say "Each frame that entered a port is in one row: encap went into the tunnel, decap came out of it, arp_reply is" \
	"the answer for the gateway's address, to_kernel is the underlay's own ARP. A punted miss has its second run" \
	"in a reinjected row, which is not part of the sum."
for port in acc0 fab0; do
	busywait "$SLACK" conserved "$port" || die "$(conserved "$port")"
	say "$(conserved "$port")"
done

title "7. Taken down"
step teardown
say "No program, pin or route is left; the configuration stays on disk for the next start."

title "In short"
printf 'ping   server to VM   %s\n' "$(grep 'packet loss' "$TMP/ping.up")"
printf 'ping   VM to server   %s\n' "$(grep 'packet loss' "$TMP/ping.down")"
printf 'TCP    server to VM   %s\n' "$(<"$TMP/tcp.up")"
printf 'TCP    VM to server   %s\n' "$(<"$TMP/tcp.down")"
