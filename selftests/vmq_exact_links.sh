#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq, and links beside it: a port that is a macvlan, a macvlan on br0, VLAN devices
# on the NIC and on vmq0, a second NIC with a vmq device of its own in the bridge.
# Proves: frames for the host's own addresses, for links that take them before the
# bridge does, and for a second uplink are not taken from them, and exactly the
# frames arrive that arrive on the plain bridge; a port that is a macvlan is served
# by the fast path as any other, and so is every vmq device.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"

TESTS="test_macvlan_port test_macvlan_bridge test_host_macs test_vlan_nic
	test_two_devices"

# macvlan_port: VM 4, behind t_v4, of which the port vnet4 is a macvlan
macvlan_port()
{
	modprobe -q macvlan
	ip netns add vm4 && quiet_netns vm4 &&
	ip link add t_v4 type veth peer name eth0 netns vm4 \
		address "$(vm_mac 4)" && no_ip6 t_v4 &&
	ip -n vm4 link set eth0 up && ip link set t_v4 up &&
	ip link add link t_v4 name vnet4 type macvlan mode passthru &&
	no_ip6 vnet4 && ip link set vnet4 master $BR up
}

test_macvlan_port()
{
	# a port has no room for one on it
	not_ok ip link add link vnet1 name t_mv type macvlan 2>/dev/null
	if ! macvlan_port; then
		skip "no macvlan"
		return
	fi
	wait_for hello 4
	[ "$HOOK" = plain ] || wait_for vnic_is "$(vm_mac 4)" bypass fast
	mark
	trial wire $WIRE "vm4:eth0 vm2:eth0" -s "$(ext_mac 0)" \
		-d "$(vm_mac 4)" -n 60 -p 1500
	slow fast
	same "behind the macvlan" "$(rx_all frames vm4 vm2)" "60 0"
	as_plain content "$(rx vm4 sum)"
	ok ip link del t_v4
	ok ip netns del vm4
	quick
}

# br0 becomes promiscuous for it
test_macvlan_bridge()
{
	modprobe -q macvlan
	if ! ip link add link $BR name t_mv type macvlan; then
		skip "no macvlan"
		return
	fi
	no_ip6 t_mv
	turn "up" promisc "ip link set t_mv up" "ip link set t_mv down"
	ok ip link del t_mv
	quick
}

mac_of() { cat "/sys/class/net/$1/address"; }

test_host_macs()
{
	local dev

	for dev in $BR vnet1 "$(uplink)"; do
		mark
		send "to ${dev/$VMQ/$NIC}" -d "$(mac_of "$dev")"
		slow no-vnic
		same "to $dev" "$ARRIVED" "0 0 0"
	done
	# who sends as the host
	mark
	send "from $BR" -s "$(mac_of $BR)"
	slow source
	ok ip addr add 10.0.0.254/24 dev $BR
	ok ping_ok wire 10.0.0.254 2
	ok ping_ok vm1 10.0.0.254 2
	ok ip addr del 10.0.0.254/24 dev $BR
	quick
}

# It has its frames before the bridge's port does, also where that is on the NIC.
test_vlan_nic()
{
	modprobe -q 8021q
	quick -V 7
	ok ip link add link $NIC name t_v7 type vlan id 7
	ok ip link set t_v7 up
	mark
	send "for the device" -V 7
	slow "$([ "$HOOK" = ingress ] && echo vlan || echo -)"
	same "beside the VLAN device" "$ARRIVED" "0 0 0"
	mark
	send "untagged"
	slow fast
	ok ip link del t_v7
	quick -V 7
	[ "$HOOK" = ingress ] || return
	# vmq0 in place is nobody's way
	ok ip link add link $VMQ name t_v7 type vlan id 7
	ok ip link set t_v7 up
	mark
	send "after -V 7" -V 7
	slow fast
	ok ip link del t_v7
}

# second_nic: t_n1 with the end t_n1w in netns t_wire, and t_q1 as attach has it
second_nic()
{
	local dev=t_n1

	ip link add $dev numrxqueues 2 numtxqueues 2 type vmqsim &&
	no_ip6 $dev && ip netns add t_wire && quiet_netns t_wire &&
	ip link set t_n1w netns t_wire && ip -n t_wire link set t_n1w up &&
	ip link set $dev up || return
	if [ "$HOOK" != stacked ]; then
		ip link set $dev master $BR || return
	fi
	[ "$HOOK" != plain ] || return 0
	ip link add link $dev name t_q1 type vmq || return
	no_ip6 t_q1
	if [ "$HOOK" = stacked ]; then
		ip link set t_q1 master $BR || return
	fi
	ip link set t_q1 up
}

second_knows()
{
	[ "$(table_field $DBG/../t_q1/vnics mac "$(vm_mac 1)" bypass)" = fast ] &&
	grep -qi "^$(ext_mac 7) " $DBG/../t_q1/sources
}

second_fast()
{
	[ "$HOOK" = plain ] || awk '$1 == "fast" { print $2 }' $DBG/../t_q1/pass
}

test_two_devices()
{
	local n

	if ! second_nic; then
		fail "second NIC"
		return
	fi
	until_ok grep -q up /sys/class/net/t_n1/operstate
	speak t_wire t_n1w "$(ext_mac 7)"
	hello 1
	[ "$HOOK" = plain ] || wait_for second_knows
	n=$(second_fast)
	trial t_wire t_n1w "vm1:eth0 vm2:eth0 wire:$WIRE" -s "$(ext_mac 7)" \
		-d "$(vm_mac 1)" -n 60 -p 1500
	same "from the second NIC" "$(rx_all frames vm1 vm2 wire)" "60 0 0"
	as_plain content "$(rx vm1 sum)"
	[ "$HOOK" = plain ] || at_least "of these fast" \
		$(($(second_fast) - n)) 50
	mark
	send "from the first NIC"
	slow fast
	# from one uplink to the other it is the bridge's
	mark
	trial wire $WIRE "t_wire:t_n1w vm1:eth0" -s "$(ext_mac 0)" \
		-d "$(ext_mac 7)" -n 60 -p 1500
	same "from NIC to NIC" "$(rx_all frames t_wire vm1)" "60 0"
	slow no-vnic
	# the host moves to the first NIC, and with it the way from it
	hello_ext 7
	[ "$HOOK" = plain ] || wait_for source_known "$(ext_mac 7)"
	n=$(second_fast)
	trial t_wire t_n1w "vm1:eth0" -s "$(ext_mac 0)" -d "$(vm_mac 1)" -n 1
	same "who is known elsewhere" "$(rx vm1 frames)" 1
	[ "$HOOK" = plain ] || same "of these fast" "$(second_fast)" "$n"
	[ "$HOOK" = plain ] || ok ip link del t_q1
	ok ip link del t_n1
	ok ip netns del t_wire
	quick
}

run_tests
