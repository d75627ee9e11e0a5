#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), br0 with an ageing time of 10 s. Host 0 on the
# wire sends to VM 1 over the fast path for longer than that, one way.
# Proves: the talking host does not age out of the bridge's FDB, though the
# bridge sees next to none of its frames: a frame to it from VM 2 is not
# flooded to VM 3. A host that is silent does age out, and with it the right
# to bypass.

. "$(dirname "$0")/lib.sh"

TESTS="test_one_way"

setup()
{
	topo 3 && ip link set $BR type bridge ageing_time 1000 && attach &&
	warm_all 3 && warm_ext 5
}

in_fdb() { bridge fdb show br $BR | grep -q "^$1 dev $(uplink) "; }
not_in_fdb() { ! in_fdb "$1"; }

test_one_way()
{
	local i fast

	ok in_fdb "$(ext_mac 0)"
	fast=$(vnic_field "$(vm_mac 1)" fast)
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
		# the VM is not silent, either: only the host's age is judged
		hello 1
		PPS=100 from_wire 0 1 100
	done
	at_least "frames on the fast path" "$(vnic_field "$(vm_mac 1)" fast)" \
		$((fast + 1100))
	ok in_fdb "$(ext_mac 0)"
	ok source_known "$(ext_mac 0)"

	hello 2
	trial vm2 eth0 "vm3:eth0 wire:$WIRE" -s "$(vm_mac 2)" \
		-d "$(ext_mac 0)" -n 20 -p 500
	same "frames at the host" "$(rx wire frames)" 20
	same "frames flooded to the third port" "$(rx vm3 frames)" 0

	wait_for not_in_fdb "$(ext_mac 5)"
	wait_for no_source "$(ext_mac 5)"
	# silent VMs age out, too
	wait_for no_vnic "$(vm_mac 3)"
}

run_tests
