#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The command as interface.md has it: verbs, exit codes, error lines, JSON, batches that are all or nothing, and an
# export that recreates the state.
#
#   gw (acc0, fab0, and the daemon); the far ends of the cables only exist

# shellcheck disable=SC2317 # check and busywait call functions by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

require mount

mac=02:00:00:00:00:01

# refused CODE WORD WORDS...: the command fails with that code and one line on stderr that quotes the word.
refused() {
	local out err code

	out=$(bb "${@:3}" 2>"$TMP/err" </dev/null)
	code=$?
	err=$(<"$TMP/err")
	echo "exit $code, stdout: $out, stderr: $err"
	[[ $code == "$1" && -z $out && $(wc -l <"$TMP/err") == 1 && $err == *[\"\'\`]"$2"[\"\'\`]* ]]
}

# says CODE TEXT WORDS...: the exit code, and a text somewhere in what is printed.
says() {
	local out code

	out=$(bb "${@:3}" 2>&1 </dev/null)
	code=$?
	echo "exit $code: $out"
	[[ $code == "$1" && $out == *"$2"* ]]
}

# json WORDS...: JSON of the answer on one line.
json() { bb -j "$@" | jq -c .; }

# unchanged DESCRIPTION: the state is still $state.
unchanged() { same "$1: the state is as before" "$state" "$(bb export)"; }

add_gateway
add_server srv acc0 400 "$SRV_CA"
add_host 0
add_server srv1 acc1 0 192.168.12.1

# --- no daemon -----------------------------------------------------------------------------------
check "without a daemon: exit 2" says 2 "$SOCK" port show
check "--socket names another one" says 2 "$TMP/nobody" --socket "$TMP/nobody" port show
check "-V" says 0 bluebird -V
check "-h" says 0 usage -h
start_daemon

# --- help ----------------------------------------------------------------------------------------
for object in vtep port vrf attach endpoint mapping cache stats export apply teardown; do
	check "$object help" says 0 "$object" "$object" help
done
check "help" says 0 mapping help
for object in route nat audit limits; do
	check "$object: not yet" says 1 "not yet" "$object" show
done

# --- nothing there -------------------------------------------------------------------------------
for object in port vrf attach endpoint mapping cache; do
	same "$object show of nothing is an empty array" "[]" "$(json "$object" show)"
done
same "mapping count of nothing" '[{"count":0}]' "$(json mapping count)"

# --- add, show -----------------------------------------------------------------------------------
check "vtep set" bb vtep set local 10.0.0.1
check "port add, access" bb port add acc0 role access
check "port add, fabric" bb port add fab0 role fabric
check "vrf add" bb vrf add blue vni 20500
check "attach add" bb attach add port acc0 vid 400 vrf blue gateway 192.168.11.254/24 gateway 192.168.13.254/24
check "endpoint add" bb endpoint add vrf blue ca "$SRV_CA" mac "$mac" port acc0 vid 400
check "mapping add" bb mapping add vrf blue ca "$VM_CA" pa 10.0.0.2 mac "$mac"
check "keywords in any order" bb mapping add mac "$mac" pa 10.0.0.2 ca 192.168.10.3 vni 20999 vrf blue

# shows "WORDS" {KEY:VALUE...}: the one row of the answer has these.
shows() {
	local words got

	read -ra words <<<"$1"
	got=$(bb -j "${words[@]}" |
		jq -c --argjson want "$2" 'map(. as $row | $want | with_entries(.value = $row[.key]))')
	same "-j $1" "[$2]" "$got"
}
shows "vtep show" '{"local":"10.0.0.1","local6":null,"dst_port":4789,"ttl":64,"udp_csum":false}'
shows "port show acc0" '{"port":"acc0","role":"access","mode":"native","state":"up"}'
shows "vrf show blue" \
	'{"vrf":"blue","vni":20500,"mac":"02:bb:00:00:50:14","dscp":0,"pa_check":true,"cache_max":null}'
shows "attach show" \
	'{"port":"acc0","vid":400,"vrf":"blue","gateway":["192.168.11.254/24","192.168.13.254/24"],"learn":false,"proxy":false,"dhcp_relay":null}'
shows "endpoint show vrf blue" \
	"{\"vrf\":\"blue\",\"ca\":\"$SRV_CA\",\"mac\":\"$mac\",\"port\":\"acc0\",\"vid\":400}"
shows "mapping show vrf blue ca $VM_CA" \
	"{\"vrf\":\"blue\",\"ca\":\"$VM_CA\",\"pa\":\"10.0.0.2\",\"mac\":\"$mac\",\"vni\":null}"
shows "mapping show ca 192.168.10.3" '{"ca":"192.168.10.3","vni":20999}'
same "a bare object means show" "$(json mapping show)" "$(json mapping)"
same "mapping count" '[{"count":2}]' "$(json mapping count)"
same "show without a match is an empty array" "[]" "$(json mapping show vrf blue ca 192.168.10.99)"
check "and exits 0" bb mapping show vrf blue ca 192.168.10.99
check "text for people names what it shows" says 0 "$VM_CA" mapping show
at_least "-p has line breaks" 3 "$(bb -j -p vrf show | wc -l)"
keys="size used hits misses promoted evicted_idle evicted_lru negative ring_drops over_budget miss_p50_us miss_p99_us"
same "cache status has its keys" "$keys" "$(bb -j cache status |
	jq -r --arg k "$keys" '.[0] as $s | [$k | split(" ")[] | select(. as $w | $s | has($w))] | join(" ")')"
state=$(bb export)

# --- exit 1: bad usage, nothing was sent ----------------------------------------------------------
check "unknown object" refused 1 ports ports show
check "unknown verb" refused 1 ad port ad acc0 role access
check "no abbreviations" refused 1 sh port sh
check "unknown keyword" refused 1 speed port add acc1 role access speed 10
check "unknown option" refused 1 -x -x port show
check "bad role" refused 1 acces port add acc1 role acces
check "bad mode" refused 1 fast port add acc1 role access mode fast
check "device name too long" refused 1 a234567890123456 port add a234567890123456 role access
check "VNI 0" refused 1 0 vrf add green vni 0
check "VNI too large" refused 1 16777216 vrf add green vni 16777216
check "VNI no number" refused 1 20x vrf add green vni 20x
check "negative VNI" refused 1 -1 vrf add green vni -1
check "bad on/off" refused 1 yes vrf add green vni 7 pa-check yes
check "group MAC" refused 1 01:00:5e:00:00:01 vrf add green vni 7 mac 01:00:5e:00:00:01
check "bad MAC" refused 1 02:00:00:00:00 endpoint add vrf blue ca 192.168.11.9 mac 02:00:00:00:00 port acc0 vid 400
check "VID too large" refused 1 4095 attach add port acc0 vid 4095 vrf blue
check "address with too large a number" refused 1 300.1.1.1 mapping add vrf blue ca 300.1.1.1 pa 10.0.0.2 mac "$mac"
check "address with too few" refused 1 10.1 mapping add vrf blue ca 10.1 pa 10.0.0.2 mac "$mac"
check "multicast PA" refused 1 224.0.0.1 mapping add vrf blue ca 192.168.10.8 pa 224.0.0.1 mac "$mac"
check "prefix without a length" refused 1 192.168.14.254 attach add port acc0 vid 401 vrf blue gateway 192.168.14.254
check "prefix too long" refused 1 192.168.14.254/33 attach add port acc0 vid 401 vrf blue gateway 192.168.14.254/33
check "a keyword that is missing" refused 1 pa mapping add vrf blue ca 192.168.10.8 mac "$mac"
check "a keyword without its value" refused 1 mac mapping add vrf blue ca 192.168.10.8 pa 10.0.0.2 mac
check "a keyword twice" refused 1 ca mapping add vrf blue ca 192.168.10.8 ca 192.168.10.9 pa 10.0.0.2 mac "$mac"
check "TTL 0" refused 1 0 vtep set local 10.0.0.1 ttl 0
check "cache too small" refused 1 63 cache set size 63
check "a file that is not there" says 1 "$TMP/no-such-file" -b "$TMP/no-such-file"
for later in "attach add port acc0 vid 401 vrf blue learn on" "attach add port acc0 vid 401 vrf blue proxy on" \
	"attach add port acc0 vid 401 vrf blue dhcp-relay 10.0.0.9" "vrf add green vni 7 cache-max 100" \
	"mapping add vrf blue ca 2001:db8::1 pa 10.0.0.2 mac $mac"; do
	read -ra words <<<"$later"
	check "$later: not yet" says 1 "not yet" "${words[@]}"
done
same "with -j the error is on stdout, too" 'string' "$(bb -j port add acc1 role acces 2>/dev/null | jq -r '.error | type')"
unchanged "after all these"

# --- exit 2: refused by the daemon ----------------------------------------------------------------
check "add of what exists: port" refused 2 acc0 port add acc0 role access
check "add of what exists: vrf" refused 2 blue vrf add blue vni 20501
check "add of what exists: mapping" refused 2 "$VM_CA" mapping add vrf blue ca "$VM_CA" pa 10.0.0.3 mac "$mac"
check "del of what is missing: vrf" refused 2 green vrf del green
check "del of what is missing: mapping" refused 2 192.168.10.99 mapping del vrf blue ca 192.168.10.99
check "a VNI that another VRF has" refused 2 20500 vrf add green vni 20500
check "a mapping of no VRF" refused 2 green mapping add vrf green ca 192.168.10.8 pa 10.0.0.2 mac "$mac"
check "an attachment of no port" refused 2 acc9 attach add port acc9 vid 400 vrf blue
check "an attachment of a fabric port" refused 2 fab0 attach add port fab0 vid 400 vrf blue
check "an endpoint of no attachment" refused 2 401 endpoint add vrf blue ca 192.168.11.9 mac "$mac" port acc0 vid 401
check "del of a VRF in use names the user" says 2 attach vrf del blue
check "del of a port in use names the user" says 2 400 port del acc0
check "del of an attachment in use names the user" says 2 "$SRV_CA" attach del port acc0 vid 400
same "with -j a refusal is on stdout, too" 'string' "$(bb -j vrf del green 2>/dev/null | jq -r '.error | type')"
unchanged "after all these"

# --- replace, del, flush --------------------------------------------------------------------------
check "replace of what exists" bb mapping replace vrf blue ca "$VM_CA" pa 10.0.0.3 mac "$mac"
shows "mapping show vrf blue ca $VM_CA" '{"pa":"10.0.0.3"}'
check "replace of what is missing adds" bb mapping replace vrf blue ca 192.168.10.7 pa 10.0.0.3 mac "$mac"
same "mapping count" '[{"count":3}]' "$(json mapping count)"
check "replace vrf" bb vrf replace blue vni 20500 dscp copy pa-check off
shows "vrf show blue" '{"dscp":"copy","pa_check":false}'
check "replace goes back to what is preset" bb vrf replace blue vni 20500
shows "vrf show blue" '{"dscp":0,"pa_check":true}'
check "del" bb mapping del vrf blue ca 192.168.10.7
check "a second VRF" bb vrf add green vni 7
check "its mapping" bb mapping add vrf green ca "$VM_CA" pa 10.0.0.2 mac "$mac"
same "show of one VRF" 1 "$(json mapping show vrf green | jq length)"
same "count of one VRF" '[{"count":1}]' "$(json mapping count vrf green)"
check "flush of one VRF" bb mapping flush vrf green
same "leaves the other's" '[{"count":2}]' "$(json mapping count)"
check "del of a VRF that is free" bb vrf del green
check "cache flush" bb cache flush
check "cache set" bb cache set size 1000 idle 60
same "is in cache status" 1000 "$(status size)"

# --- batch ----------------------------------------------------------------------------------------
state=$(bb export)
cat >"$TMP/good" <<-END
	# a comment, and an empty line

	vrf add green vni 7 # a comment behind
	mapping add vrf green ca 192.168.10.2 pa 10.0.0.2 mac $mac
END
cat >"$TMP/syntax" <<-END
	vrf add red vni 8
	mapping add vrf red ca 192.168.10.2 pa 10.0.0.2 mac $mac
	mapping add vrf red ca 192.168.10.3 pa 10.0.0.2 mak $mac
END
cat >"$TMP/refused" <<-END
	vrf add red vni 8
	mapping add vrf red ca 192.168.10.2 pa 10.0.0.2 mac $mac
	vrf add blue vni 9
	mapping add vrf red ca 192.168.10.4 pa 10.0.0.2 mac $mac
END
check "a batch with bad syntax: exit 1, FILE:LINE" says 1 "$TMP/syntax:3" -b "$TMP/syntax"
check "and the word" refused 1 mak -b "$TMP/syntax"
unchanged "bad syntax"
check "a batch that is refused: exit 2, FILE:LINE" says 2 "$TMP/refused:3" -b "$TMP/refused"
unchanged "refused"
stdin_line() { bb -b - <"$TMP/refused" 2>&1 | grep -q ":3"; }
check "from stdin, too, the line is named" stdin_line
unchanged "refused from stdin"
check "a batch" bb -b "$TMP/good"
same "is there" '[{"count":1}]' "$(json mapping count vrf green)"
check "an empty batch is fine" bb -b /dev/null
ten_thousand() {
	local i

	for ((i = 0; i < 10000; i++)); do echo "vrf green ca 172.16.$((i / 250)).$((i % 250)) pa 10.0.0.2 mac $mac"; done
}
ten_thousand >"$TMP/import"
check "import of 10000 mappings" bb mapping import "$TMP/import"
check "import again changes nothing" bb mapping import "$TMP/import"
same "they are there" '[{"count":10001}]' "$(json mapping count vrf green)"
echo "vrf green ca 172.16.0.0/8 pa 10.0.0.2 mac $mac" >>"$TMP/import"
check "import with a bad line names it" says 1 "$TMP/import:10001" mapping import "$TMP/import"

# --- export and apply -----------------------------------------------------------------------------
bb export >"$TMP/export"
check "apply of what is changes nothing" bb apply "$TMP/export"
same "export is the same" "$(<"$TMP/export")" "$(bb export)"
{ grep -v "ca 172.16.0.9 " "$TMP/export" && echo "mapping add vrf green ca 172.17.0.1 pa 10.0.0.2 mac $mac"; } >"$TMP/new"
changes=$(bb apply "$TMP/new")
same "apply changes what differs" "0 1" \
	"$(json mapping show vrf green ca 172.16.0.9 | jq length) $(json mapping show vrf green ca 172.17.0.1 | jq length)"
check "and prints what went" grep -qF 172.16.0.9 <<<"$changes"
check "and what came" grep -qF 172.17.0.1 <<<"$changes"
same "and nothing else" 2 "$(wc -l <<<"$changes")"
same "the state is exactly the file" "$(sort "$TMP/new")" "$(bb export | sort)"
echo "port del acc0" >>"$TMP/new"
state=$(bb export)
check "apply takes no del" says 1 "$TMP/new" apply "$TMP/new"
unchanged "refused apply"

# The export recreates everything in a new store.
bb export >"$TMP/export"
check_conservation
bb teardown || die "teardown was refused"
alive "${DAEMON[$SITE]}" && stop_daemon
STATE=$DIR/second-state
start_daemon
same "a new store is empty" "" "$(bb -j port show | jq -r '.[].port')"
check "the export is a batch" bb -b "$TMP/export"
same "that recreates the state" "$(<"$TMP/export")" "$(bb export)"

# `--config FILE` is a batch at every start in which add acts as replace.
stop_daemon
printf 'vrf add blue vni 20500 dscp 46\nvrf add red vni 8\n' >"$TMP/config"
nsenter --net="/run/netns/$PFX-gw" -- "$BLUEBIRDD" --socket "$SOCK" --state "$STATE" --pin "$PIN" \
	--config "$TMP/config" >>"$LOG" 2>&1 </dev/null &
DAEMON[$SITE]=$!
busywait 20 daemon_settled
shows "vrf show blue" '{"dscp":46}'
shows "vrf show red" '{"vni":8}'
same "--config removes nothing" '[{"count":10001}]' "$(json mapping count vrf green)"
finish
