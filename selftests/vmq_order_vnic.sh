#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 2 (lib.sh) and VM 9 behind a tap, to which host 0, or VM 2,
# sends numbered frames all the time; once as a plain bridge, then with vmq.
# Proves: other VMs that come, go and move, and the VM's own address that is
# forgotten and learnt again, moves to another port and back, leaves the host (live
# migration out) and comes (in), lose no frame: each is delivered once, at the place
# where the address is said to be.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_flow.inc"

HOOKS="plain $HOOKS"
TESTS="test_neighbours test_neighbour_moves test_forgotten test_ports
	test_migrate test_migrate_out test_migrate_in"
SHARED=1

setup() { flow_topo 2 && attach && hello_ext 0 && hello 2; }
between() { hello_ext 0 && hello 2; }

# as_guest_on_wire: VM 9's announcement from another host
as_guest_on_wire() { speak wire $WIRE "$(guest_mac)"; }

test_neighbours()
{
	local i

	flow_start || return
	for i in 3 4 5; do
		ok port_add $i
		hello $i
		[ "$HOOK" = plain ] || wait_for vnic_steered "$(vm_mac $i)"
	done
	for i in 3 4 5; do
		ok ip link del vnet$i
		ip netns del vm$i
	done
	flow_judge "another VM came or went" 6 in-order
}

test_neighbour_moves()
{
	local i

	flow_start || return
	for i in 1 2 3; do
		speak wire $WIRE "$(vm_mac 2)"
		sleep 0.1
		hello 2
		sleep 0.1
	done
	flow_judge "another VM moved to the wire and back" $((i * 2)) in-order
}

# vnic removed and added: in between the bridge floods
test_forgotten()
{
	local i

	flow_start || return
	for i in 1 2 3; do
		ok bridge fdb del "$(guest_mac)" dev vnet9 master
		[ "$HOOK" = plain ] || wait_for no_vnic "$(guest_mac)"
		sleep $PAUSE
		guest_hello
		wait_for guest_known vnet9
		guest_fast
		[ "$HOOK" = plain ] || wait_for vnic_steered "$(guest_mac)"
		sleep $PAUSE
	done
	flow_judge "address forgotten and learnt" $((i * 2)) any-order
}

# elsewhere FILE: what another receiver has heard of the flow
elsewhere()
{
	sleep 0.5
	stop "$LISTENER"
	ELSEWHERE=$(heard "$1" frames)
	at_least "frames elsewhere" "$ELSEWHERE" 50
	same "twice elsewhere" "$(heard "$1" dup)" 0
	same "damaged elsewhere" "$(heard "$1" bad)" 0
}

# flow_judge_both WHAT CHANGES FILE: each frame at one of the two
flow_judge_both()
{
	flow_end
	elsewhere "$3"
	flow_say "$1" "$2" $((SENT - HEARD - ELSEWHERE)) \
		"$(heard "$TMP/rx" late) here and $(heard "$3" late) there"
	at_least "frames here" "$HEARD" 50
	same "lost" $((SENT - HEARD - ELSEWHERE)) 0
	same "twice" "$(heard "$TMP/rx" dup)" 0
}

test_ports()
{
	local i

	listen 1 "$TMP/vm1" -f 4
	LISTENER=$LAST_PID
	flow_start || return
	for i in 1 2 3; do
		speak vm1 eth0 "$(guest_mac)"
		wait_for guest_known vnet1
		sleep $PAUSE
		guest_hello
		wait_for guest_known vnet9
		sleep $PAUSE
	done
	flow_judge_both "address moved to another port and back" $((i * 2)) \
		"$TMP/vm1"
}

# VM 2 talks to VM 9, here and on the other host
test_migrate()
{
	local i

	guest_start || return
	listen_in wire $WIRE "$TMP/wire" -f 4
	LISTENER=$LAST_PID
	flow_send 2
	for i in 1 2 3; do
		as_guest_on_wire
		wait_for guest_known "$(uplink)"
		[ "$HOOK" = plain ] || wait_for source_known "$(guest_mac)"
		sleep $PAUSE
		guest_hello
		wait_for guest_known vnet9
		guest_fast
		sleep $PAUSE
	done
	flow_judge_both "migrated out and in, VM to VM" $((i * 2)) "$TMP/wire"
}

# frames of the wire stay there: what has come before is whole, then nothing
test_migrate_out()
{
	local n

	flow_start || return
	as_guest_on_wire
	wait_for guest_known "$(uplink)"
	[ "$HOOK" = plain ] || {
		wait_for no_vnic "$(guest_mac)"
		wait_for source_known "$(guest_mac)"
	}
	GUEST_COUNT=
	wait_for guest_quiet
	n=$GUEST_COUNT
	sleep $PAUSE
	flow_end
	same "frames after it has gone" $(($(heard "$TMP/rx" frames) - n)) 0
	same "lost before" "$(heard "$TMP/rx" gaps)" 0
	flow_say "migrated out, from the wire" 1 "$(heard "$TMP/rx" gaps)" \
		"$(heard "$TMP/rx" late)"
}

# from its announcement on everything comes
test_migrate_in()
{
	guest_start || return
	as_guest_on_wire
	wait_for guest_known "$(uplink)"
	flow_send
	# nothing of the flow has come
	guest_hello
	wait_for guest_known vnet9
	guest_fast
	[ "$HOOK" = plain ] || wait_for vnic_steered "$(guest_mac)"
	sleep 1
	flow_end
	at_least "frames that came" "$HEARD" 300
	at_least "first of them" "$(heard "$TMP/rx" first)" 1
	same "last of them" "$(heard "$TMP/rx" last)" $((SENT - 1))
	same "lost since" "$(heard "$TMP/rx" gaps)" 0
	flow_say "migrated in, from the wire" 1 "$(heard "$TMP/rx" gaps)" \
		"$(heard "$TMP/rx" late)"
}

run_tests
