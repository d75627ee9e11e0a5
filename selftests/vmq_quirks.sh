#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh); the NIC has one habit (vmqsim quirk) of a real
# driver.
# Proves: with every one of them the VMs keep their traffic and the fast path;
# vmq steers where it can, says by name why not where it cannot, notices a rule
# that the NIC accepted and ignores and takes it back, puts rules back that the
# NIC lost, leaves those of others in their places, and finds the interrupt of a
# queue by the kernel's link, by its name, or by what it is told.

. "$(dirname "$0")/lib.sh"

TESTS="test_loc_any test_loc_explicit test_ignore_mac test_no_ntuple
	test_need_ntuple test_wipe_on_ntuple test_wipe_on_reset test_busy
	test_slots test_managed_irq test_sticky_napi test_no_napi_irq
	test_renamed test_no_rxq_record test_ops_lock"

# nothing: the NIC is made by the test
setup() { :; }

with_quirk()
{
	quirks "$1" && topo_up 3 && return 0
	fail "topology with quirk $1"
	return 1
}

test_loc_any() { with_quirk loc_any && steers 1 && carries 1; }

# the admin has rules where vmq would begin
test_loc_explicit()
{
	local i

	quirks loc_explicit
	topo 3 || fail topology
	for i in 62 63; do
		ok ethtool -N $NIC flow-type ether dst 02:00:00:00:aa:$i \
			action 1 loc $i > /dev/null
	done
	cp $SIM/rules "$TMP/rules"
	ok attach
	warm_all 3
	wait_for rules_are 5
	same "locations" "$(cut -d' ' -f1 $SIM/rules | sort -n | xargs)" \
		"59 60 61 62 63"
	steers 1
	steers 2
	steers 3
	carries 1
	ok detach
	wait_for rules_are 2
	ok diff "$TMP/rules" $SIM/rules
}

test_ignore_mac()
{
	with_quirk ignore_mac || return
	wait_for talk_is 1 reason ignored
	not_steered 1 ignored
	wait_for vnic_is "$(vm_mac 1)" steer software
	carries 1
	wait_for talk_is 2 reason ignored
	wait_for talk_is 3 reason ignored
	wait_for rules_are 0
}

test_no_ntuple()
{
	with_quirk no_ntuple || return
	not_steered 1 no-ntuple
	carries 1
}

test_need_ntuple()
{
	quirks need_ntuple
	topo 3 || fail topology
	ok ethtool -K $NIC ntuple off
	ok attach
	warm_all 3
	wait_for refused_is_shown "$(vm_mac 1)"
	not_ok vnic_steered "$(vm_mac 1)"
	carries 1
	ok ethtool -K $NIC ntuple on
	steers 1
}

refused_is_shown() { vnic_is "$1" reason refused || vnic_is "$1" reason no-ntuple; }

test_wipe_on_ntuple()
{
	with_quirk wipe_on_ntuple || return
	wait_for rules_are 3
	ethtool -K $NIC ntuple off
	ethtool -K $NIC ntuple on
	wait_for rules_are 3
	steers 1
	carries 1
}

test_wipe_on_reset()
{
	with_quirk wipe_on_reset || return
	wait_for rules_are 3
	echo 1 > $SIM/reset
	wait_for rules_are 3
	steers 2
	carries 2
}

test_busy()
{
	with_quirk busy || return
	not_steered 1 busy
	carries 1
	echo "" > $SIM/quirks
	wait_for vnic_steered "$(vm_mac 1)"
}

test_slots()
{
	slots 2
	topo_up 3 || fail topology
	wait_for rules_are 2
	wait_for one_without_slot
	carries 1
	carries 3
	# a slot that comes free is used
	ip -n vm1 link set eth0 down
	bridge fdb del "$(vm_mac 1)" dev vnet1 master
	wait_for vnic_steered "$(vm_mac 2)"
	wait_for vnic_steered "$(vm_mac 3)"
}

one_without_slot()
{
	[ "$(awk '$NF == "no-slot"' $DBG/vnics | wc -l)" = 1 ]
}

test_managed_irq()
{
	local irq before

	with_quirk managed_irq || return
	steers 1
	irq=$(queue_irq "$(vnic_field "$(vm_mac 1)" queue)")
	before=$(cat "/proc/irq/$irq/smp_affinity_list")
	wait_for queue_state "$(vnic_field "$(vm_mac 1)" queue)" managed
	same "affinity" "$(cat "/proc/irq/$irq/smp_affinity_list")" "$before"
	carries 1
}

test_sticky_napi() { with_quirk sticky_napi && steers 1 && carries 1; }

# a rule that cannot be verified stays, and is never called so
test_no_rxq_record()
{
	with_quirk no_rxq_record || return
	wait_for rules_are 3
	wait_for talk_is 1 reason no-rxq
	same "state" "$(vnic_field "$(vm_mac 1)" steer)" installed
	same "another VM without frames" "$(vnic_field "$(vm_mac 2)" reason)" -
	carries 1
	same "rules" "$(nic_rules)" 3
}

test_ops_lock()
{
	if ! quirks ops_lock 2>/dev/null; then
		skip "no instance lock in this kernel"
		return
	fi
	with_quirk ops_lock && steers 1 && carries 1
}

# found by its name
test_no_napi_irq()
{
	local q

	with_quirk no_napi_irq || return
	steers 1
	q=$(vnic_field "$(vm_mac 1)" queue)
	wait_for queue_state "$q" pinned
	same "interrupt" "$(queue_field "$q" irq)" "$(queue_irq "$q")"
	carries 1
}

# The NIC has another name than its interrupts: these are found by the kernel's
# link from queue to interrupt; without it, by what the admin says.
test_renamed()
{
	local old=$NIC NIC=t_nic q irq
	local SIM=/sys/kernel/debug/vmqsim/$NIC NICDBG=/sys/kernel/debug/vmq/nic-$NIC

	NIC=$old topo 3 || fail topology
	if ! ip link set "$old" name $NIC 2>/dev/null; then
		skip "this kernel renames no device that is up"
		return
	fi
	same "interrupts of that name" "$(grep -c $NIC /proc/interrupts)" 0
	ok attach
	warm_all 3
	steers 1
	q=$(vnic_field "$(vm_mac 1)" queue)
	irq=$(NIC=$old queue_irq "$q")
	wait_for queue_state "$q" pinned
	same "interrupt" "$(queue_field "$q" irq)" "$irq"
	carries 1
	ok detach
	ok sh -c "echo no_napi_irq > $SIM/quirks"
	ok attach
	warm_all 3
	steers 1
	q=$(vnic_field "$(vm_mac 1)" queue)
	irq=$(NIC=$old queue_irq "$q")
	wait_for queue_state "$q" no-irq
	carries 1
	ok sh -c "echo $q:$irq > $SYS/irq_map"
	wait_for queue_state "$q" pinned
	same "interrupt that was told" "$(queue_field "$q" irq)" "$irq"
	carries 1
}

run_tests
