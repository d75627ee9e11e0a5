#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: made by each test.
# Proves: NIC and wire end are made and deleted as a pair, from either end, in
# any netns and by rmmod; refusals say why, and leave nothing behind.

. "$(dirname "$0")/vmqsim_lib.inc"

TESTS="test_defaults test_queue_counts test_bad_counts test_names
	test_delete_either test_netns test_netns_exit test_rename test_many
	test_address test_drvinfo test_unload"

setup() { :; }
exists() { [ -e "/sys/class/net/$1" ]; }
busy() { [ "$(total)" -gt 10 ]; }
parents() { find /sys/bus/platform/devices -name 'vmqsim.*' | wc -l; }
no_parents() { [ "$(parents)" = 0 ]; }

# gone: no trace of a NIC
gone()
{
	not_ok exists $NIC
	not_ok exists $WIRE
	wait_for no_parents
	same "interrupts" "$(grep -c ' vmqsim ' /proc/interrupts)" 0
	same "debugfs" "$(ls /sys/kernel/debug/vmqsim)" ""
}

test_defaults()
{
	ok ip link add $NIC type vmqsim
	ok exists $WIRE
	same "receive queues" "$(find /sys/class/net/$NIC/queues/ -name "rx-*" | wc -l)" 8
	same "transmit queues" "$(find /sys/class/net/$NIC/queues/ -name "tx-*" | wc -l)" 8
	same "carrier while down" "$(cat /sys/class/net/$NIC/operstate)" down
	ok ip link set $NIC up
	ok carrier_is 0
	ok ip link set $WIRE up
	wait_for carrier_is 1
	ok ip link set $WIRE down
	wait_for carrier_is 0
	same "speed" "$(ip link set $WIRE up; until_ok carrier_is 1
		ethtool $NIC | awk '/Speed/ { print $2 }')" 100000Mb/s
	ok ip link del $NIC
	gone
}

test_queue_counts()
{
	local n

	for n in 1 2 64; do
		ok ip link add $NIC numrxqueues $n numtxqueues $n type vmqsim
		ok ip link set $NIC up
		same "interrupts of $n queues" \
			"$(grep -c "$NIC-TxRx-" /proc/interrupts)" $n
		ok ip link del $NIC
	done
	ok ip link add $NIC numrxqueues 3 numtxqueues 5 type vmqsim
	same "rx channels" "$(ethtool -l $NIC | awk '/^RX:/ { v = $2 } END { print v }')" 3
	same "tx channels" "$(ethtool -l $NIC | awk '/^TX:/ { v = $2 } END { print v }')" 5
	ok ip link del $NIC
	gone
}

test_bad_counts()
{
	local n

	for n in 65 200 4096; do
		refused EINVAL "vmqsim: 1 to 64 queues" \
			ip link add $NIC numrxqueues $n type vmqsim
	done
	refused EINVAL "vmqsim: 1 to 64 queues" \
		ip link add $NIC numtxqueues 65 type vmqsim
	gone
}

test_names()
{
	refused EINVAL "name too long for that of the wire end" \
		ip link add abcdefghijklmno type vmqsim
	not_ok exists abcdefghijklmno

	ok ip link add $WIRE type dummy
	refused EEXIST "cannot register the wire end" ip link add $NIC type vmqsim
	not_ok exists $NIC
	ok ip link del $WIRE
	gone

	ok ip link add type vmqsim
	ok exists vmqsim0
	ok exists vmqsim0w
	ok ip link del vmqsim0
}

test_delete_either()
{
	ok ip link add $NIC type vmqsim
	ok ip link del $WIRE
	gone
	ok ip link add $NIC type vmqsim
	ok ip link set $NIC up
	ok ip link set $WIRE up
	ok ip link del $WIRE
	gone
}

test_netns()
{
	ok sim_up
	ok ping_ok wire $NIC_IP 1
	ok ip link del $NIC
	not_ok ip -n wire link show $WIRE 2>/dev/null
	gone
	ip netns del wire

	# the NIC's end may move too
	ok ip link add $NIC type vmqsim
	ok ip netns add t_a
	ok ip link set $NIC netns t_a
	ok ip -n t_a link set $NIC up
	ok ip link set $WIRE up
	same "interrupts" "$(grep -c "$NIC-TxRx-" /proc/interrupts)" 8
	ok ip link del $WIRE
	not_ok ip -n t_a link show $NIC 2>/dev/null
	gone
}

test_netns_exit()
{
	ok sim_up
	ok ip netns del wire
	wait_for no_nic
	wait_for no_parents
	gone
	ok ip netns add t_a
	ok ip -n t_a link add $NIC type vmqsim
	ok ip -n t_a link set $NIC up
	ok ip netns del t_a
	wait_for no_parents
	gone
}

test_rename()
{
	ok ip link add $NIC type vmqsim
	ok ip link set $NIC name t_x
	ok test -d /sys/kernel/debug/vmqsim/t_x
	ok ip link set $WIRE name t_y
	ok ip link del t_y
	not_ok exists t_x
	gone
}

test_many()
{
	local i

	# two of one name, in two netns: the directories differ
	ok ip netns add t_a
	ok ip link add $NIC type vmqsim
	ok ip -n t_a link add $NIC type vmqsim
	same "directories" "$(find /sys/kernel/debug/vmqsim -mindepth 1 -maxdepth 1 | wc -l)" 2
	ok ip netns del t_a
	ok ip link del $NIC
	wait_for no_parents
	for i in 1 2 3 4 5 6 7 8; do
		ok ip link add t_$i type vmqsim
		ok ip link set t_$i up
	done
	for i in 8 7 6 5 4 3 2 1; do
		ok ip link del t_$i
	done
	gone
}

test_address()
{
	ok ip link add $NIC address 02:00:00:00:aa:01 type vmqsim
	same "address" "$(nic_mac)" 02:00:00:00:aa:01
	ok ip link del $NIC
	refused EADDRNOTAVAIL "address must be unicast" \
		ip link add $NIC address 01:00:00:00:aa:01 type vmqsim
	refused EINVAL "address must be a MAC" \
		ip link add $NIC address 02:00 type vmqsim
	gone
}

test_drvinfo()
{
	ok ip link add $NIC type vmqsim
	same "driver" "$(ethtool -i $NIC | awk '/^driver/ { print $2 }')" vmqsim
	same "bus" "$(ethtool -i $NIC | awk '/^bus-info/ { print $2 }')" \
		"$(basename "$(readlink -f /sys/class/net/$NIC/device)")"
}

test_unload()
{
	ok sim_up
	ok ip link add t_b type vmqsim
	background vmqpkt send -X wire -i $WIRE -s "$(ext_mac 0)" -d "$(nic_mac)" \
		-n 0 -p 2000 -F 16 >/dev/null
	until_ok busy
	ok unload vmqsim
	not_ok exists $NIC
	not_ok exists t_b
	same "interrupts" "$(grep -c ' vmqsim ' /proc/interrupts)" 0
	same "parents" "$(parents)" 0
	ok load vmqsim
}

run_tests
