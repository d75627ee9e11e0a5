#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 1 (lib.sh), with two queues only: sysfs allocates for each of
# them, which is not what is tested. Kernel with fault injection (FAILSLAB,
# FAIL_PAGE_ALLOC; the debug kernel), else skipped.
# Proves: "ip link add ... type vmq" with the 1st, 2nd, 3rd ... memory
# allocation of the request failing either works or is refused, and a refusal
# leaves nothing: no link, no handler, no debugfs, nothing changed on the NIC;
# the same for putting vmq0 into the bridge and taking it away.

. "$(dirname "$0")/lib.sh"

TESTS="test_add test_enslave test_driver_refuses"

setup() { topo 1 2; }

faults()
{
	if [ ! -e /proc/self/fail-nth ] ||
	   [ ! -d /sys/kernel/debug/failslab ]; then
		skip "no fault injection"
		return 1
	fi
	echo 0 > /sys/kernel/debug/failslab/ignore-gfp-wait
	echo 0 > /sys/kernel/debug/failslab/verbose
	if [ -d /sys/kernel/debug/fail_page_alloc ]; then
		echo 0 > /sys/kernel/debug/fail_page_alloc/ignore-gfp-wait
		echo 0 > /sys/kernel/debug/fail_page_alloc/verbose
		echo 0 > /sys/kernel/debug/fail_page_alloc/min-order
	fi
}

test_add()
{
	local n added=0 refused=0 run=0

	faults || return
	# the helper sends the request itself, so that only the request counts
	need nlfail || return
	snapshot "$TMP/before"
	# most of those after the first hundred are sysfs's
	for ((n = 1; n < 2000; n += n < 120 ? 1 : 8)); do
		nlfail "$n" add $NIC $VMQ > "$TMP/out" 2>&1
		case $? in
		0)	added=$((added + 1))
			ip link del $VMQ || fail "del after $n"
			;;
		1)	refused=$((refused + 1))
			if [ -e /sys/class/net/$VMQ ] ||
			   [ -d $DBG ]; then
				fail "allocation $n: left behind"
				return
			fi
			;;
		3)	# fewer than N allocations: all were tried
			ip link del $VMQ
			run=1
			break
			;;
		*)	fail "allocation $n: $(cat "$TMP/out")"
			return
			;;
		esac
	done
	ktap_print_msg "$n allocations: $refused refused, $added went on"
	at_least "requests refused" $refused 5
	same "all allocations tried" $run 1
	until_ok unchanged
	snapshot "$TMP/after"
	same_as_before "$TMP/before" "$TMP/after"
	ok attach
	ok warm 1
}

unchanged()
{
	snapshot "$TMP/after"
	cmp -s "$TMP/before" "$TMP/after"
}

test_enslave()
{
	local n i run=0

	faults || return
	need nlfail || return
	# in place by what the NIC is now; it may leave the bridge and return
	ok ip link add link $NIC name $VMQ type vmq
	[ "$HOOK" = stacked ] || ok ip link set $NIC nomaster
	for ((n = 1; n < 2000; n += n < 120 ? 1 : 8)); do
		nlfail "$n" master "$(uplink)" $BR > "$TMP/out" 2>&1
		case $? in
		0 | 1)	ip link set "$(uplink)" nomaster 2>/dev/null ;;
		3)	run=1
			break ;;
		*)	fail "allocation $n: $(cat "$TMP/out")"
			return ;;
		esac
	done
	ktap_print_msg "$n allocations"
	same "all allocations tried" $run 1
	[ $run = 1 ] || return
	# the uplink is in the bridge by now; all of it works
	if [ "$HOOK" = stacked ]; then
		ok ip link set $VMQ up
		for i in 1 2 3; do
			warm 1 && break
		done
		ok ping_ok vm1 $EXT_IP 2
	fi
	ok ip link del $VMQ
}

# steps that fail because the NIC says no, on every kernel
test_driver_refuses()
{
	snapshot "$TMP/before"
	echo "100 EIO" > $SIM/fault/rxnfc_get
	echo "100 EIO" > $SIM/fault/rxnfc_ins
	echo "100 EIO" > $SIM/fault/affinity
	# steering is a hint: the link comes all the same
	ok attach
	hello 1
	ok ping_ok vm1 $EXT_IP 2
	ok detach
	for f in rxnfc_get rxnfc_ins affinity; do
		echo 0 > $SIM/fault/$f
	done
	until_ok unchanged
	snapshot "$TMP/after"
	same_as_before "$TMP/before" "$TMP/after"
}

run_tests
