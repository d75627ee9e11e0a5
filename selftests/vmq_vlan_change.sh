#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to VM 1 while the bridge filters VLANs.
# Proves: a VLAN that comes to a port or goes, or whose tag changes, holds from
# the next frame on; what is left to the bridge (priority tags, other protocols,
# VLAN devices, statistics, states of single VLANs) is, by its reason, and the
# fast path comes back after it.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"
. "$(dirname "$0")/vmq_vlan.inc"

TESTS="test_no_pvid test_filter_no_pvid test_port_left test_uplink_left
	test_flags_change test_by_hand test_priority test_8021ad test_upper
	test_stats test_state test_state_first"

test_no_pvid()
{
	filtering
	quick
	vlan del "$(uplink)" 1
	mark
	send "without PVID"
	same "arrived" "$ARRIVED" "0 0 0"
	[ "$HOOK" = plain ] || same "fast" "$(fast_now)" "$FAST"
	vlan add "$(uplink)" 1 pvid untagged
	quick
}

# Filtering is switched on for an uplink that has no PVID, so soon after vmq has
# read the FDB (for a bound that was raised) that it does not read it at once.
test_filter_no_pvid()
{
	local i

	for i in 1 2 3; do
		vlan del "$(uplink)" 1
		quick
		mark
		if [ "$HOOK" != plain ]; then
			echo 4095 > $SYS/max_vnics
			echo 4096 > $SYS/max_vnics
			sleep 0.1
		fi
		filtering
		send "filtered, $i"
		same "arrived" "$ARRIVED" "0 0 0"
		[ "$HOOK" = plain ] || same "fast" "$(fast_now)" "$FAST"
		between
	done
}

test_port_left()
{
	filtering
	quick
	vlan del vnet1 1
	mark
	send "not in the VLAN"
	same "arrived" "$(rx vm1 frames)" 0
	[ "$HOOK" = plain ] || same "fast" "$(fast_now)" "$FAST"
	vlan add vnet1 1 pvid untagged
	quick
}

test_uplink_left()
{
	filtering
	vlan add "$(uplink)" 7
	vlan add vnet1 7
	VM_TAG=7 EXT_TAG=7
	quick -V 7
	vlan del "$(uplink)" 7
	mark
	send "uplink not in the VLAN" -V 7
	same "arrived" "$ARRIVED" "0 0 0"
	[ "$HOOK" = plain ] || same "fast" "$(fast_now)" "$FAST"
	vlan add "$(uplink)" 7
	quick -V 7
}

test_flags_change()
{
	filtering
	vlan add "$(uplink)" 7
	vlan add vnet1 7 untagged pvid
	EXT_TAG=7
	quick -V 7
	same "tagged" "$(rx vm1 tagged)" 0
	vlan add vnet1 7
	send "with the tag" -V 7
	same "tagged" "$(rx vm1 tagged)" 60
	vlan add vnet1 7 untagged
	send "without the tag" -V 7
	same "tagged" "$(rx vm1 tagged)" 0
	vlan add vnet1 7 pvid untagged
	quick -V 7
}

# without a VLAN it is in all of the port's, which the bridge tells nobody
test_by_hand()
{
	local m

	m=$(vm_mac 1)
	filtering
	quick
	ok bridge fdb replace "$m" dev vnet2 master dynamic
	send "at another port by hand"
	same "arrived" "$ARRIVED" "0 60 0"
	ok bridge fdb del "$m" dev vnet2 master
	send "deleted there"
	same "arrived" "$ARRIVED" "60 60 60"
	hello 1
	quick
}

test_priority()
{
	filtering
	quick
	mark
	send priority -V 0
	slow vlan
	same "arrived" "$ARRIVED" "60 0 0"
	quick
}

test_8021ad()
{
	filtering
	quick
	ok ip link set $BR type bridge vlan_protocol 802.1ad
	quick
	same "untagged" "$ARRIVED" "60 0 0"
	mark
	send "of the other protocol" -V 7
	slow vlan
	ok ip link set $BR type bridge vlan_protocol 802.1q
	quick
}

test_upper()
{
	filtering
	vlan add "$(uplink)" 7
	vlan add vnet1 7
	VM_TAG=7 EXT_TAG=7
	quick -V 7
	ok ip link add link "$(uplink)" name t_v7 type vlan id 7
	ok ip link set t_v7 up
	mark
	send "VLAN device" -V 7
	slow vlan
	ok ip link del t_v7
	# the device took the VLAN off the uplink with it, or not: as the bridge says
	vlan add "$(uplink)" 7
	quick -V 7
}

vlan_counted()
{
	bridge -s -j vlan show dev vnet1 |
		sed -n 's/.*"tx_packets":\([0-9]*\).*/\1/p' | head -n 1
}

test_stats()
{
	filtering
	quick
	ok ip link set $BR type bridge vlan_stats_enabled 1
	[ "$HOOK" = plain ] || wait_for eligible_is vlan-stats
	mark
	send counted
	slow vlan-stats
	as_plain "frames counted" "$(vlan_counted)"
	ok ip link set $BR type bridge vlan_stats_enabled 0
	[ "$HOOK" = plain ] || wait_for eligible_is fast
	quick
}

eligible_is() { [ "$(cat $SYS/eligible)" = "$1" ]; }

test_state()
{
	filtering
	quick
	if ! bridge vlan set dev vnet1 vid 1 state 4; then
		skip "bridge vlan set knows no state"
		return
	fi
	[ "$HOOK" = plain ] || wait_for eligible_is vlan-state
	mark
	send blocked
	slow vlan-state
	same "arrived" "$ARRIVED" "0 0 0"
	ok bridge vlan set dev vnet1 vid 1 state 3
	[ "$HOOK" = plain ] || wait_for eligible_is fast
	quick
}

# The state is older than the bridge's filtering, or than vmq. The port that is
# blocked learns nothing; what it has learnt before is still known.
test_state_first()
{
	filtering
	quick
	if ! bridge vlan set dev vnet1 vid 1 state 4; then
		skip "bridge vlan set knows no state"
		return
	fi
	ok ip link set $BR type bridge vlan_filtering 0
	filtering
	hello_ext 0
	sleep 0.1
	send "filtered, and blocked"
	same "arrived" "$ARRIVED" "0 0 0"
	if [ "$HOOK" = ingress ]; then
		ok ip link del $VMQ
		ok attach
	fi
	hello_ext 0
	sleep 0.1
	send "attached, and blocked"
	same "arrived" "$ARRIVED" "0 0 0"
	ok bridge vlan set dev vnet1 vid 1 state 3
	[ "$HOOK" = plain ] || wait_for eligible_is fast
	quick
}

run_tests
