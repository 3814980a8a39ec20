#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the selftests, or those that are named, one after the other; the last line is the sum.
#
#   selftests/run.sh [SCRIPT...]        exit 1 if one failed

set -u

here=$(cd "$(dirname "$0")" && pwd)
limit=180 # seconds that a script may take
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
trap 'exit 1' INT TERM HUP

passed=0
failed=0
skipped=0

(($#)) || set -- "$here"/[0-9][0-9]_*.sh
printf '1..%d\n' "$#"
for script in "$@"; do
	[[ $script == */* ]] || script=$here/$script
	number=$((passed + failed + skipped + 1))
	name=$(basename "$script" .sh)
	begin=$SECONDS
	timeout --kill-after=30 "$limit" bash "$script" >"$out" 2>&1 </dev/null
	code=$?
	checks=$(grep -c '^ok ' "$out")
	took=$((SECONDS - begin))
	case $code in
	0)
		passed=$((passed + 1))
		printf 'ok %d - %s (%d checks, %d s)\n' "$number" "$name" "$checks" "$took"
		;;
	4)
		skipped=$((skipped + 1))
		printf 'ok %d - %s # SKIP %s\n' "$number" "$name" "$(sed -n 's/^1\.\.0 # SKIP //p' "$out")"
		;;
	*)
		failed=$((failed + 1))
		[[ $code != 124 && $code != 137 ]] || echo "# it took more than $limit seconds" >>"$out"
		printf 'not ok %d - %s (exit %d, %d s)\n' "$number" "$name" "$code" "$took"
		sed 's/^/    /' "$out"
		;;
	esac
done
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
((failed == 0))
