#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 2 (lib.sh) and VM 9 behind a tap, to which host 0 sends numbered
# frames all the time; once as a plain bridge, then with vmq that comes and goes.
# Proves: attaching and detaching in place (the uplink stays the bridge's
# port) loses no frame and doubles none; what it reorders is counted. What happens
# later to the VM, its rule and its queue is the vmq_order_* tests' business.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_flow.inc"

HOOKS=${ORDER_HOOKS:-plain ingress}
TESTS="test_attach_detach"

setup() { flow_topo 2 && hello_ext 0; }

test_attach_detach()
{
	local i

	flow_start || return
	for i in 1 2 3; do
		ok attach
		guest_hello
		[ "$HOOK" = plain ] || wait_for vnic_steered "$(guest_mac)"
		sleep $PAUSE
		ok detach
		sleep $PAUSE
	done
	flow_judge "attached and detached" $((i * 2)) any-order
}

run_tests
