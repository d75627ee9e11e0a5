#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to VM 1.
# Proves: when a setting of the bridge or of a port that could make a
# difference is switched on, the fast path stops, the reason is counted by its
# name, exactly the frames arrive that arrive on the plain bridge, steering
# goes on; and when it is off again the fast path comes back.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"

TESTS="test_stp test_isolated_one test_isolated_both
	test_locked test_port_state test_port_down test_flood_flags
	test_promisc_bridge test_mcast_snooping test_vlan_upper
	test_neigh_suppress test_mtu_small test_bypass_off"

test_stp()
{
	toggle stp "ip link set $BR type bridge stp_state 1 forward_delay 200" \
		"ip link set $BR type bridge stp_state 0"
}

test_isolated_one()
{
	toggle port-flags "bridge link set dev vnet1 isolated on" \
		"bridge link set dev vnet1 isolated off"
}

test_isolated_both()
{
	toggle uplink-flags "bridge link set dev vnet1 isolated on &&
		bridge link set dev $(uplink) isolated on" \
		"bridge link set dev vnet1 isolated off &&
		bridge link set dev $(uplink) isolated off"
}

test_locked()
{
	toggle uplink-flags "bridge link set dev $(uplink) locked on" \
		"bridge link set dev $(uplink) locked off"
}

test_port_state()
{
	# "blocking" would not last: without STP the bridge forwards again
	toggle port-state "bridge link set dev vnet1 state 0" \
		"bridge link set dev vnet1 state 3"
}

test_port_down()
{
	mark
	ok ip link set vnet1 down
	send down
	[ "$HOOK" = plain ] || same "fast" "$(fast_now)" "$FAST"
	ok ip link set vnet1 up
	quick
}

# flags that say nothing about known unicast: the fast path may go on
test_flood_flags()
{
	toggle - "bridge link set dev vnet1 flood off mcast_flood off" \
		"bridge link set dev vnet1 flood on mcast_flood on"
}

test_promisc_bridge()
{
	toggle promisc "ip link set $BR promisc on" "ip link set $BR promisc off"
}

test_mcast_snooping()
{
	toggle - "ip link set $BR type bridge mcast_snooping 1" \
		"ip link set $BR type bridge mcast_snooping 0"
}

# a VLAN device on br0: untagged frames are not its business, tagged are
test_vlan_upper()
{
	ok ip link add link $BR name t_v7 type vlan id 7
	ok ip link set t_v7 up
	send tagged -V 7
	quick
	ip link del t_v7
}

test_neigh_suppress()
{
	toggle - "bridge link set dev vnet1 neigh_suppress on" \
		"bridge link set dev vnet1 neigh_suppress off"
}

# too long for the port: dropped, as by the bridge
test_mtu_small()
{
	ok ip link set vnet1 mtu 600
	mark
	send "short" -l 500
	send "long" -l 1400
	same "long frames" "$ARRIVED" "0 0 0"
	ok ip link set vnet1 mtu 1500
	quick
}

test_bypass_off()
{
	if [ "$HOOK" = plain ]; then
		toggle off true true
	else
		toggle off "echo 0 > $SYS/bypass" "echo 1 > $SYS/bypass"
	fi
}

run_tests
