#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 2 (lib.sh). Kernel with PM_DEBUG, else skipped.
# Proves: after the devices were suspended and resumed (pm_test "devices": the
# machine itself stays on) rules and pins are in place and the VMs have their
# traffic and their fast path.

. "$(dirname "$0")/lib.sh"

TESTS="test_devices"

setup() { topo_up 2; }

test_devices()
{
	local fast i

	if [ ! -w /sys/power/pm_test ] ||
	   ! grep -q freeze /sys/power/state 2>/dev/null; then
		skip "no suspend test in this kernel"
		return
	fi
	for i in 1 2; do
		wait_for vnic_steered "$(vm_mac $i)"
		wait_for vm_pinned $i
	done
	echo devices > /sys/power/pm_test
	if ! echo freeze > /sys/power/state; then
		echo none > /sys/power/pm_test
		skip "this machine does not suspend"
		return
	fi
	echo none > /sys/power/pm_test
	for i in 1 2; do
		wait_for vnic_steered "$(vm_mac $i)"
		wait_for vm_pinned $i
	done
	hello 1
	hello_ext 0
	wait_for vnic_is "$(vm_mac 1)" bypass fast
	fast=$(vnic_field "$(vm_mac 1)" fast)
	deliver 0 1 100
	same "frames" "$GOT" 100
	at_least "fast" $(($(vnic_field "$(vm_mac 1)" fast) - fast)) 80
	ok ping_ok vm2 $EXT_IP 2
}

run_tests
