#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh) with traffic from the wire to every VM, and back,
# all the time.
# Proves: under that traffic any part may go: vmq0, the module, the NIC, the
# bridge, a port, the bridge's mastership, a network namespace; nothing is left
# of it, the kernel says nothing, and what remains carries traffic.

. "$(dirname "$0")/lib.sh"

TESTS="test_link_del test_rmmod test_nic_del test_nic_to_netns
	test_bridge_del test_nomaster test_port_del test_port_nomaster
	test_port_netns_exit test_netns_exit test_netns_exit_idle
	test_down_up test_rename test_group_del"

setup() { topo_up 3 && traffic; }

traffic()
{
	local i

	for i in 1 2 3; do
		background vmqpkt send -X wire -i $WIRE -n 0 \
			-p 300 -s "$(ext_mac $i)" -d "$(vm_mac $i)" -F 8 \
			> "$TMP/tx$i" 2>&1
		background vmqpkt send -X "vm$i" -i eth0 -n 0 \
			-p 100 -s "$(vm_mac $i)" -d "$(ext_mac $i)" \
			> "$TMP/vmtx$i" 2>&1
	done
	# so that the talk of each host is known
	until_ok vnic_flows "$(vm_mac 3)"
}

vnic_flows()
{
	local n

	n=$(vnic_field "$1" fast)
	sleep 0.2
	[ "$(vnic_field "$1" fast)" -gt "$n" ]
}

no_device() { [ ! -e "/sys/class/net/$1" ] && [ ! -d "/sys/kernel/debug/vmq/$1" ]; }
no_nic_dir() { [ ! -d $NICDBG ]; }
no_sim() { [ ! -d $SIM ]; }

test_link_del()
{
	ok ip link del $VMQ
	ok no_device $VMQ
	wait_for rules_are 0
	wait_for no_nic_dir
	ok attach
	wait_for vnic_flows "$(vm_mac 1)"
}

test_rmmod()
{
	[ "$HOOK" != stacked ] || ok ip link set $VMQ nomaster
	ok unload vmq
	ok no_device $VMQ
	ok rules_are 0
	ok load vmq
	ok attach
	wait_for vnic_flows "$(vm_mac 1)"
}

test_nic_del()
{
	ok ip link del $NIC
	ok no_device $NIC
	wait_for no_device $VMQ
	wait_for no_nic_dir
	ok ping_ok vm1 "$(vm_ip 2)" 2
}

test_nic_to_netns()
{
	ok ip netns add t_other
	ok ip link set $NIC netns t_other
	wait_for no_device $VMQ
	ok ip -n t_other link del $NIC
}

test_bridge_del()
{
	ok ip link del $BR
	ok test -e /sys/class/net/$VMQ
	same "vnics without a bridge" "$(vnic_count)" 0
	ok bridge_again
	wait_for vnic_flows "$(vm_mac 1)"
}

bridge_again()
{
	local i

	bridge_add && ip link set "$(uplink)" master $BR || return 1
	for i in 1 2 3; do
		ip link set "vnet$i" master $BR || return 1
	done
}

test_nomaster()
{
	local i

	for i in 1 2 3; do
		ok ip link set "$(uplink)" nomaster
		wait_for no_vnic "$(vm_mac 1)"
		ok ip link set "$(uplink)" master $BR
		wait_for vnic_flows "$(vm_mac $i)"
	done
}

test_port_del()
{
	ok ip link del vnet2
	ok no_vnic "$(vm_mac 2)"
	wait_for rules_are 2
	ok vnic_flows "$(vm_mac 1)"
}

test_port_nomaster()
{
	ok ip link set vnet2 nomaster
	wait_for no_vnic "$(vm_mac 2)"
	listen 2 "$TMP/rx2"
	sleep 0.5
	stop "$LAST_PID"
	same "frames at a port that left" "$(heard "$TMP/rx2" frames)" 0
	ok ip link set vnet2 master $BR
	wait_for vnic_flows "$(vm_mac 2)"
}

test_port_netns_exit()
{
	# the namespace takes the peer, and that takes the port
	ok ip netns del vm2
	stop_background
	wait_for no_device vnet2
	wait_for no_vnic "$(vm_mac 2)"
	deliver 0 1 50
	same "frames to another VM" "$GOT" 50
}

# the whole topology in a namespace of its own
host_in_netns()
{
	stop_background
	ok ip link del $VMQ
	ok ip netns add t_host
	ok ip link set $NIC netns t_host
	ok ip -n t_host link set $NIC up
	ok ip -n t_host link add $BR type bridge
	ok ip -n t_host link set $BR up
	[ "$HOOK" = stacked ] ||
		ok ip -n t_host link set $NIC master $BR
	ok ip -n t_host link add link $NIC name $VMQ type vmq
	[ "$HOOK" = ingress ] ||
		ok ip -n t_host link set $VMQ master $BR
	ok ip -n t_host link set $VMQ up
	ok ip -n t_host link add t_p0 type veth peer name t_p1
	ok ip -n t_host link set t_p0 master $BR up
	ok ip -n t_host link set t_p1 address "$(vm_mac 9)" up
}

# which goes
test_netns_exit()
{
	host_in_netns
	ok speak t_host t_p1 "$(vm_mac 9)"
	hello_ext 0
	wait_for vnic_is "$(vm_mac 9)" bypass fast
	from_wire 0 9 100
	ok ip netns del t_host
	wait_for no_device $VMQ
	wait_for no_nic_dir
}

# and before a frame has come
test_netns_exit_idle()
{
	host_in_netns
	ok ip netns del t_host
	wait_for no_device $VMQ
	wait_for no_nic_dir
	wait_for no_sim
}

test_down_up()
{
	local i

	for i in 1 2 3; do
		ok ip link set $VMQ down
		ok ip link set $VMQ up
		ok ip link set $NIC down
		ok ip link set $NIC up
	done
	wait_for vnic_flows "$(vm_mac 1)"
}

test_rename()
{
	ok ip link set $VMQ down
	ok ip link set $VMQ name vmq7
	ok ip link set vmq7 up
	ok test -d /sys/kernel/debug/vmq/vmq7
	ok ip link del vmq7
	ok no_device vmq7
}

# NIC and vmqN in one batch, the NIC first
test_group_del()
{
	ok ip link set $NIC group 7
	ok ip link set $VMQ group 7
	ok ip link del group 7
	ok no_device $VMQ
	ok no_device $NIC
	wait_for no_nic_dir
}

run_tests
