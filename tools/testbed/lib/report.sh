# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Results (lib/judge.sh) to one TAP stream and the closing line.

# report: reads results, prints TAP, fails when one failed or none was there.
# Results of several guests may come mixed: a line names its own.
report()
{
	local kind text n=0 passed=0 failed=0 skipped=0 fails=()

	echo "TAP version 13"
	while IFS=$'\t' read -r kind text; do
		case $kind in
		ok) n=$((n + 1)) passed=$((passed + 1)); echo "ok $n $text" ;;
		not) n=$((n + 1)) failed=$((failed + 1)); fails+=("$text"); echo "not ok $n $text" ;;
		skip) n=$((n + 1)) skipped=$((skipped + 1)); echo "ok $n $text" ;;
		*) echo "# $text" ;;
		esac
	done
	echo "1..$n"
	if [ $failed -gt 0 ]; then
		printf '# failed: %s\n' "${fails[@]}"
	fi
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ] && [ $n -gt 0 ]
}
