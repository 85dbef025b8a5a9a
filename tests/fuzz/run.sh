#!/bin/bash
# Runs libFuzzer on the targets (all, or those named) for so many seconds each:
#   tests/fuzz/run.sh SECONDS [TARGET …]
# An input that breaks a target is kept in tests/fuzz/found. What is only new
# goes to build/fuzz/corpus and is where the next run begins.
set -uo pipefail
cd "$(dirname "$0")/../.."

SECONDS_EACH=$1
shift
BROKEN=()
[[ $# -gt 0 ]] || set -- $(cd tests/fuzz && printf '%s\n' fuzz_*.c |
	sed 's/^fuzz_//; s/\.c$//')

for target in "$@"; do
	learned=build/fuzz/corpus/$target
	mkdir -p "$learned" "tests/fuzz/found/$target"
	build/fuzz/libfuzzer/"$target" "$learned" "tests/fuzz/corpus/$target" \
		"tests/fuzz/found/$target" -max_total_time="$SECONDS_EACH" \
		-artifact_prefix="tests/fuzz/found/$target/" -timeout=10 \
		-max_len=2048 -print_final_stats=1 -verbosity=0 \
		>"build/fuzz/$target.txt" 2>&1
	code=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' \
		"build/fuzz/$target.txt")
	if [[ $code -eq 0 ]]; then
		echo "ok    $target: ${runs:-0} inputs"
	else
		echo "FAIL  $target: see build/fuzz/$target.txt"
		tail -n 40 "build/fuzz/$target.txt" | sed 's/^/    /'
		BROKEN+=("$target")
	fi
	rmdir "tests/fuzz/found/$target" 2>/dev/null
done
[[ ${#BROKEN[@]} -eq 0 ]]
