#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 2 (lib.sh), once as a plain bridge for comparison, then with
# vmq; one numbered flow from host 0 to VM 1 all the time.
# Proves: attaching and detaching in place (the uplink stays the bridge's
# port), and bringing new VMs up beside it, loses no frame, doubles none, and
# reorders no more than the change of a rule can.

. "$(dirname "$0")/lib.sh"

HOOKS=${ORDER_HOOKS:-plain ingress}
TESTS="test_attach_detach test_neighbours test_move"

setup() { topo 2 && hello 1 && hello_ext 0; }

flow_start()
{
	listen 1 "$TMP/rx" -f 4
	background vmqpkt send -X wire -i $WIRE \
		-s "$(ext_mac 0)" -d "$(vm_mac 1)" -n 0 -p 1000 -f 4 > "$TMP/tx"
	SENDER=$LAST_PID
	sleep 0.3
}

flow_judge()
{
	stop "$SENDER"
	sleep 0.5
	stop_background
	at_least "frames sent" "$(heard "$TMP/tx" sent)" 300
	as_plain lost $(($(heard "$TMP/tx" sent) - $(heard "$TMP/rx" unique)))
	as_plain twice "$(heard "$TMP/rx" dup)"
	same "bad" "$(heard "$TMP/rx" bad)" 0
	ktap_print_msg "$1: late $(heard "$TMP/rx" late) of" \
		"$(heard "$TMP/rx" frames)"
	at_most "late" "$(heard "$TMP/rx" late)" 100
}

test_attach_detach()
{
	local i

	flow_start
	for i in 1 2 3; do
		attach
		hello 1
		[ "$HOOK" = plain ] || wait_for vnic_steered "$(vm_mac 1)"
		sleep 0.3
		detach
		sleep 0.2
	done
	flow_judge "$((i * 2)) changes"
}

test_neighbours()
{
	local i

	attach
	hello 1
	flow_start
	for i in 3 4 5; do
		ok port_add $i
		hello $i
		[ "$HOOK" = plain ] || wait_for vnic_steered "$(vm_mac $i)"
	done
	for i in 3 4 5; do
		ok ip link del vnet$i
	done
	flow_judge "three VMs came and went"
}

# another VM's address moves about
test_move()
{
	local i

	attach
	hello 1
	hello 2
	flow_start
	for i in 1 2 3 4 5; do
		vmqpkt send -X wire -i $WIRE -s "$(vm_mac 2)" -d $BCAST \
			-t rarp > /dev/null
		sleep 0.1
		hello 2
		sleep 0.1
	done
	flow_judge "another VM moved $((i * 2)) times"
}

run_tests
