#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: tools/twin.c makes it: two identical bridges, one of them with vmq.
# Proves: under the same random frames and the same changing settings, whatever
# leaves the two is the same, frame by frame, and so are counters and FDB. What two
# plain bridges say of each other shows that the test itself is right.
#
# vmq_twin.sh [SECONDS [SEED]]: of the test with random frames, a hook; FRAMES=N
# and CONFIGS=N are its length otherwise.

. "$(dirname "$0")/lib.sh"

FRAMES=${FRAMES:-12000}
CONFIGS=${CONFIGS:-60}
SECS=${1:-}
SEED=${2:-$((RANDOM * 32768 + RANDOM))}
HOOKS="plain $HOOKS"
TESTS="test_fixed test_found test_random"

# twin_run SEED [OPTION...]: no difference, and the fast path was taken
twin_run()
{
	modprobe -q -a tun sch_ingress cls_matchall cls_flower act_gact \
		act_mirred 8021q 2>/dev/null
	twin -k "$HOOK" -n "$FRAMES" -c "$CONFIGS" -S -s "$@" 2>&1 |
		sed 's/^[^#]/# &/' | tee "$TMP/twin"
	same "exit status" "${PIPESTATUS[0]}" 0
	[ "$HOOK" = plain ] || at_least "frames on the fast path" \
		"$(sed -n 's/.* fast=//p' "$TMP/twin")" $((FRAMES / 40))
}

# the same frames and settings on every run
test_fixed() { twin_run 1; }

# what a longer run found: GSO in two tags, whole in a capture of vmqN and in segments in
# one of the uplink
test_found()
{
	local FRAMES=100000 CONFIGS=20

	twin_run 203423426
}

# others on every run
test_random() { twin_run "$SEED" ${SECS:+-t "$SECS"}; }

run_tests
