#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the test programs that are named, then the selftests, and adds everything up in the last line.
#
#   tests/run.sh PROGRAM...        exit 1 if anything failed

set -u

here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
passed=0
failed=0
skipped=0

# Check's own summary: "100%: Checks: 12, Failures: 0, Errors: 0"
add_check() {
	local checks failures errors

	read -r checks failures errors < <(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' "$out" |
		awk '{ c += $1; f += $2; e += $3 } END { print c + 0, f + 0, e + 0 }')
	if ((checks == 0)); then
		failures=1
		checks=1
	fi
	passed=$((passed + checks - failures - errors))
	failed=$((failed + failures + errors))
}

run_program() {
	echo "== $1"
	timeout --kill-after=10 300 "$1" >"$out" 2>&1 </dev/null
	case $? in
	0) grep -E '^[0-9]+%: Checks' "$out" || sed 's/^/    /' "$out" ;;
	4)
		echo "skipped: needs root"
		skipped=$((skipped + 1))
		return
		;;
	*) sed 's/^/    /' "$out" ;;
	esac
	add_check
}

# Its last line is "N passed, N failed, N skipped".
run_selftests() {
	local p f s

	echo "== selftests"
	"$here/../selftests/run.sh" | tee "$out"
	read -r p f s < <(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$out")
	passed=$((passed + ${p:-0}))
	failed=$((failed + ${f:-1}))
	skipped=$((skipped + ${s:-0}))
}

for program; do
	run_program "$program"
done
run_selftests
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
