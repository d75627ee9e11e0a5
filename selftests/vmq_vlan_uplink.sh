#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: one vmqsim NIC, VLAN devices t_v10 and t_v20 on it, each the uplink
# of a bridge of its own (br0, t_br20), a VM behind each, host 0 on the wire in
# both VLANs.
# Proves: two devices share one NIC: its slots, queues and pins are counted
# once, the same MAC in both VLANs needs one rule, frames reach the VM of their
# own VLAN only, over the fast path; taking one device away leaves the other's
# rules and pins, and the last one takes all.

. "$(dirname "$0")/lib.sh"

TESTS="test_share test_same_mac test_slots_shared"

setup()
{
	local q

	modprobe -q 8021q
	# the table's size is fixed once a rule is in
	[ "$TEST" != test_slots_shared ] || slots 3
	nic_add 8 || return 1
	# VMs may speak as soon as they are there
	for q in 0 1 2 3 4 5 6 7; do
		FOUND[q]=$(affinity $q)
	done
	vlan_add 10 $BR 1 && vlan_add 20 t_br20 2
}

# vlan_add VID BRIDGE VM
vlan_add()
{
	local vid=$1 br=$2 n=$3 dev=t_v$1

	ip link add link $NIC name $dev type vlan id $vid && no_ip6 $dev &&
	ip link set $dev up &&
	ip -n wire link add link $WIRE name w$vid type vlan id $vid &&
	ip -n wire link set w$vid up &&
	ip link add $br type bridge mcast_snooping 0 && no_ip6 $br &&
	ip link set $br up || return 1
	if [ "$HOOK" = stacked ]; then
		ip link add link $dev name t_q$vid type vmq &&
		ip link set t_q$vid master $br || return 1
	else
		ip link set $dev master $br &&
		ip link add link $dev name t_q$vid type vmq || return 1
	fi
	no_ip6 t_q$vid
	ip link set t_q$vid up
	BR=$br port_add $n
}

field() { table_field /sys/kernel/debug/vmq/t_q$1/vnics mac "$2" "$3"; }
is() { [ "$(field "$1" "$2" "$3")" = "$4" ]; }
vlan_hello()
{
	speak wire w$1 "$(ext_mac 0)"
	hello "$2"
	wait_for is $1 "$(vm_mac "$2")" bypass fast
	wait_for grep -qi "^$(ext_mac 0) " /sys/kernel/debug/vmq/t_q$1/sources
}

# vlan_deliver VID VM: 100 frames in the VLAN; sets GOT and FAST
vlan_deliver()
{
	local fast mac

	mac=${3:-$(vm_mac "$2")}
	fast=$(field $1 "$mac" fast)
	trial wire w$1 "vm$2:eth0" -s "$(ext_mac 0)" -d "$mac" -n 100 \
		-p 2000 -F 8
	GOT=$(rx vm$2 frames)
	same "frames with a tag at the VM" "$(rx vm$2 tagged)" 0
	FAST=$(($(field $1 "$mac" fast) - fast))
}

test_share()
{
	local q1 q2 home

	vlan_hello 10 1
	vlan_hello 20 2
	wait_for rules_are 2
	q1=$(field 10 "$(vm_mac 1)" queue)
	q2=$(field 20 "$(vm_mac 2)" queue)
	wait_for pinned "$q1"
	wait_for pinned "$q2"
	home=$(queue_field "$q2" home)
	vlan_deliver 10 1
	same "frames in VLAN 10" "$GOT" 100
	at_least "of them fast" $FAST 90
	vlan_deliver 20 2
	same "frames in VLAN 20" "$GOT" 100
	at_least "of them fast" $FAST 90
	ok test "$(find /sys/kernel/debug/vmq -name 'nic-*' | wc -l)" = 1
	ok ip link del t_q10
	wait_for rules_are 1
	wait_for queue_state "$q1" -
	same "affinity that VLAN 10 no longer needs" "$(affinity "$q1")" \
		"${FOUND[q1]}"
	ok pinned "$q2"
	same "home of VLAN 20's queue" "$(queue_field "$q2" home)" "$home"
	vlan_deliver 20 2
	same "frames after the other device left" "$GOT" 100
	ok ip link del t_q20
	wait_for rules_are 0
	not_ok test -d $NICDBG
	same "affinity in the end" "$(affinity "$q2")" "${FOUND[q2]}"
}

rules_for() { ethtool -n $NIC 2>/dev/null | grep -ci "Dest MAC addr: $1"; }

test_same_mac()
{
	local mac

	mac=$(vm_mac 1)
	ip -n vm2 link set eth0 address "$mac"
	vlan_hello 10 1
	speak wire w20 "$(ext_mac 0)"
	speak vm2 eth0 "$mac"
	wait_for is 20 "$mac" bypass fast
	wait_for is 20 "$mac" queue "$(field 10 "$mac" queue)"
	same "rules for one MAC in two VLANs" "$(rules_for "$mac")" 1
	vlan_deliver 10 1
	same "frames in VLAN 10" "$GOT" 100
	vlan_deliver 20 2 "$mac"
	same "frames in VLAN 20" "$GOT" 100
	ok ip link del t_q10
	sleep 0.5
	same "rules while one VLAN needs it" "$(rules_for "$mac")" 1
	ok ip link del t_q20
	wait_for rules_are 0
}

test_slots_shared()
{
	local i

	vlan_hello 10 1
	vlan_hello 20 2
	for i in 1 2 3; do
		ok bridge fdb add 02:10:00:00:00:0$i dev vnet1 master static
		ok bridge fdb add 02:20:00:00:00:0$i dev vnet2 master static
	done
	wait_for rules_are 3
	wait_for no_slot_shown
	ok ip link del t_q10
	wait_for rules_are 3
	ok ip link del t_q20
	wait_for rules_are 0
}

no_slot_shown()
{
	cat /sys/kernel/debug/vmq/t_q?0/vnics | grep -q 'no-slot'
}

run_tests
