#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to a multicast group, and to VM 1.
# Proves: while the bridge snoops, a group's frames reach its members and nobody
# else, also those that it sends as unicast, as on the plain bridge, and are left
# to it; frames to VM 1 stay on the fast path.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"

TESTS="test_group test_group_mac test_to_unicast test_flood_off"
GROUP=239.1.2.3
GROUP_MAC=01:00:5e:01:02:03

snoop()
{
	ip link set $BR type bridge mcast_snooping 1 \
		mcast_query_response_interval 10 &&
	ip link set $BR type bridge mcast_querier 1
}

no_snoop()
{
	ip link set $BR type bridge mcast_querier 0 mcast_snooping 0
}

# group STEP WANTED [OPTION...]: what goes to the group, and frames beside it
group()
{
	mark
	send "$1" -d "${@:3}"
	slow multicast
	same "$1" "$ARRIVED" "$2"
	mark
	send "beside: $1"
	slow fast
}

# only_member: does the group reach VM 1 only? The bridge floods until it has
# waited for members to answer.
only_member()
{
	trial wire $WIRE "vm1:eth0 vm2:eth0" -s "$(ext_mac 0)" -d $GROUP_MAC \
		-n 5 -p 1500
	[ "$(rx_all frames vm1 vm2)" = "5 0" ]
}

test_group()
{
	ok snoop
	ok bridge mdb add dev $BR port vnet1 grp $GROUP permanent
	wait_for only_member
	group "one member" "60 0 0" $GROUP_MAC
	ok bridge mdb add dev $BR port vnet3 grp $GROUP permanent
	group "two members" "60 0 60" $GROUP_MAC
	ok bridge mdb del dev $BR port vnet1 grp $GROUP permanent
	ok bridge mdb del dev $BR port vnet3 grp $GROUP permanent
	group "no member" "0 0 0" $GROUP_MAC
	ok bridge link set dev vnet2 mcast_router 2
	group "a router" "0 60 0" $GROUP_MAC
	ok bridge link set dev vnet2 mcast_router 1
	ok no_snoop
	group "not snooping" "60 60 60" $GROUP_MAC
	quick
}

# of no IP address
test_group_mac()
{
	local m=03:00:00:01:02:03

	ok snoop
	if ! bridge mdb add dev $BR port vnet2 grp $m permanent; then
		no_snoop
		skip "no groups by MAC"
		return
	fi
	group "one member" "0 60 0" $m -t 88b5
	ok bridge mdb del dev $BR port vnet2 grp $m permanent
	ok no_snoop
	group "not snooping" "60 60 60" $m -t 88b5
	quick
}

joined() { bridge mdb show dev $BR | grep -q "port vnet1 .*$GROUP "; }

# every member gets a copy to its own address
test_to_unicast()
{
	ok bridge link set dev vnet1 mcast_to_unicast on
	ok snoop
	ok ip -n vm1 addr add $GROUP/32 dev eth0 autojoin
	wait_for joined
	wait_for only_member
	group "to a member's address" "60 0 0" $GROUP_MAC
	as_plain "content" "$(rx vm1 sum)"
	ok ip -n vm1 addr del $GROUP/32 dev eth0
	ok bridge link set dev vnet1 mcast_to_unicast off
	ok no_snoop
	quick
}

test_flood_off()
{
	ok bridge link set dev vnet1 mcast_flood off
	group "not flooded" "0 60 60" $GROUP_MAC
	ok bridge link set dev vnet1 mcast_flood on
	group "flooded" "60 60 60" $GROUP_MAC
	quick
}

run_tests
