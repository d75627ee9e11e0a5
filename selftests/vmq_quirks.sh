#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh); the NIC has one habit (vmqsim quirk) of a real
# driver, or one of its operations fails (fault).
# Proves: with every one of them the VMs keep their traffic and the fast path;
# vmq steers where it can, says by name why not where it cannot, notices a rule
# that the NIC accepted and ignores and takes it back, and puts rules back that
# the NIC lost.

. "$(dirname "$0")/lib.sh"

TESTS="test_loc_any test_loc_explicit test_ignore_mac test_no_ntuple
	test_need_ntuple test_wipe_on_ntuple test_wipe_on_reset test_busy
	test_slots test_managed_irq test_sticky_napi test_no_napi_irq
	test_no_rxq_record test_ops_lock test_fault_insert test_fault_delete
	test_fault_get test_fault_affinity test_fault_open test_carrier
	test_lost_rule test_counts_agree"

# nothing: the NIC is made by the test
setup() { :; }

# carries VM: traffic arrives and takes the fast path
carries()
{
	local fast

	fast=$(vnic_field "$(vm_mac "$1")" fast)
	deliver 0 "$1" 100 -F 8
	same "frames to VM $1" "$GOT" 100
	at_least "of them on the fast path" \
		$(($(vnic_field "$(vm_mac "$1")" fast) - fast)) 90
	ok ping_ok "vm$1" $EXT_IP 2
}

# steers VM: a rule, verified by frames
steers()
{
	local mac

	mac=$(vm_mac "$1")
	wait_for vnic_steered "$mac" || return
	wait_for talk_is "$1" steer verified
}

# not_steered VM REASON
not_steered()
{
	wait_for vnic_is "$(vm_mac "$1")" reason "$2"
	not_ok vnic_steered "$(vm_mac "$1")"
}

with_quirk()
{
	quirks "$1" && topo_up 3 && return 0
	fail "topology with quirk $1"
	return 1
}

test_loc_any() { with_quirk loc_any && steers 1 && carries 1; }

test_loc_explicit() { with_quirk loc_explicit && steers 1 && carries 1; }

test_ignore_mac()
{
	with_quirk ignore_mac || return
	wait_for talk_is 1 reason ignored
	not_steered 1 ignored
	same "state" "$(vnic_field "$(vm_mac 1)" steer)" withdrawn
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
	with_quirk need_ntuple || return
	ethtool -K $NIC ntuple off
	wait_for rules_are 0
	wait_for not_installed "$(vm_mac 1)"
	carries 1
	ethtool -K $NIC ntuple on
	steers 1
}

not_installed() { ! vnic_steered "$1"; }

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

queue_state() { [ "$(queue_field "$1" state)" = "$2" ]; }

test_sticky_napi() { with_quirk sticky_napi && steers 1 && carries 1; }
test_no_rxq_record() { with_quirk no_rxq_record && carries 1; }
test_ops_lock() { with_quirk ops_lock && steers 1 && carries 1; }

test_no_napi_irq()
{
	local q

	with_quirk no_napi_irq || return
	steers 1
	carries 1
	# the interrupt is found by its name, or named by the admin
	q=$(vnic_field "$(vm_mac 1)" queue)
	if [ "$(queue_field "$q" irq)" != "$(queue_irq "$q")" ]; then
		same "state without irq" "$(queue_field "$q" state)" no-irq
		ok sh -c "echo $q:$(queue_irq "$q") > $SYS/irq_map"
		wait_for queue_state "$q" pinned
	fi
}

test_fault_insert()
{
	topo 3 || fail topology
	echo "2 EIO" > $SIM/fault/rxnfc_ins
	attach
	warm_all 3
	# tried again later
	wait_for rules_are 3
	steers 1
	carries 1
	# refused for good: said so, not hammered
	detach
	echo "1000 EOPNOTSUPP" > $SIM/fault/rxnfc_ins
	ok attach
	warm_all 3
	not_steered 1 refused
	carries 1
	echo 0 > $SIM/fault/rxnfc_ins
}

test_fault_delete()
{
	topo_up 3 || fail topology
	wait_for rules_are 3
	echo "1 EIO" > $SIM/fault/rxnfc_del
	bridge fdb del "$(vm_mac 1)" dev vnet1 master
	wait_for rules_are 2
	echo 0 > $SIM/fault/rxnfc_del
	ok detach
	wait_for rules_are 0
}

test_fault_get()
{
	topo 3 || fail topology
	echo "5 EIO" > $SIM/fault/rxnfc_get
	ok attach
	warm_all 3
	carries 1
	echo 0 > $SIM/fault/rxnfc_get
}

test_fault_affinity()
{
	topo 3 || fail topology
	echo "1000 EINVAL" > $SIM/fault/affinity
	ok attach
	warm_all 3
	wait_for vnic_steered "$(vm_mac 1)"
	wait_for queue_state "$(vnic_field "$(vm_mac 1)" queue)" failed
	carries 1
	echo 0 > $SIM/fault/affinity
}

test_fault_open()
{
	topo_up 3 || fail topology
	ip link set $NIC down
	echo "1 ENOMEM" > $SIM/fault/open
	not_ok ip link set $NIC up 2>/dev/null
	ok ip link set $NIC up
	steers 1
	carries 1
}

test_carrier()
{
	topo_up 3 || fail topology
	echo 0 > $SIM/carrier
	if [ "$HOOK" = stacked ]; then
		wait_for carrier_is $VMQ 0
	fi
	echo 1 > $SIM/carrier
	wait_for carrier_is "$(uplink)" 1
	wait_for vnic_is "$(vm_mac 1)" bypass fast || warm_all 3
	warm_ext 0
	carries 1
}

carrier_is() { [ "$(cat "/sys/class/net/$1/carrier")" = "$2" ]; }

# somebody deletes vmq's rule: noticed by the audit and put back
test_lost_rule()
{
	local f

	topo_up 3 || fail topology
	wait_for rules_are 3
	steers 1
	f=$(ethtool -n $NIC | awk '/^Filter:/ { print $2; exit }')
	ok ethtool -N $NIC delete "$f"
	wait_for rules_are 3
	steers 2
}

# frames sent at the NIC, counted by it, by the fast path and by the guest
test_counts_agree()
{
	local nic q mac fast full

	topo_up 3 || fail topology
	mac=$(vm_mac 1)
	wait_for vnic_steered "$mac"
	q=$(vnic_field "$mac" queue)
	nic=$(nic_queue_frames "$q")
	fast=$(vnic_field "$mac" fast)
	full=$(vnic_field "$mac" full)
	deliver 0 1 500
	same "frames the NIC counted" $(($(nic_queue_frames "$q") - nic)) 500
	same "frames vmq counted" $(($(vnic_field "$mac" fast) - fast +
		$(vnic_field "$mac" full) - full)) 500
}

run_tests
