#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh); the NIC fails to insert, delete or read a rule or to
# move an interrupt (vmqsim fault), somebody takes a rule away.
# Proves: the VMs keep their traffic and the fast path; what failed is tried
# again, what is refused for good is said so; what was lost is put back; NIC,
# vmq and guest count the same frames.

. "$(dirname "$0")/lib.sh"

TESTS="test_fault_insert test_fault_delete test_fault_get test_fault_affinity
	test_lost_rule test_counts_agree"

# nothing: the topology is made by the test
setup() { :; }

# Rules in the NIC; ethtool would use up the faults of reading them
table_is() { [ "$(wc -l < $SIM/rules)" = "$1" ]; }
faults_left() { cut -d' ' -f1 "$SIM/fault/$1"; }
used_up() { [ "$(faults_left "$1")" = 0 ]; }
nic_value() { awk -v n="$1" '$1 == n { print $2 }' $NICDBG/stats; }
no_nic_dir() { [ ! -d $NICDBG ]; }

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
	same "errno" "$(table_field $NICDBG/filters mac "$(vm_mac 1)" errno)" -95
	carries 1
	at_least "refusals left of 1000" "$(faults_left rxnfc_ins)" 950
	# and tried again when something has changed
	echo 0 > $SIM/fault/rxnfc_ins
	ok sh -c "echo 0 > $SYS/steer; echo 1 > $SYS/steer"
	steers 1
}

test_fault_delete()
{
	topo_up 3 || fail topology
	wait_for rules_are 3
	echo "1 EIO" > $SIM/fault/rxnfc_del
	# the VM goes: what it may still say cannot bring its address back
	ok ip -n vm1 link set eth0 down
	wait_for rules_are 2
	same "faults left" "$(faults_left rxnfc_del)" 0
	ok detach
	wait_for rules_are 0
}

test_fault_get()
{
	local lost

	topo 3 || fail topology
	echo "2 EIO" > $SIM/fault/rxnfc_get
	ok attach
	warm_all 3
	carries 1
	# asked again
	wait_for used_up rxnfc_get
	wait_for table_is 3
	steers 1
	# what cannot be read is not taken for lost
	lost=$(nic_value lost)
	echo "3 EIO" > $SIM/fault/rxnfc_get
	wait_for used_up rxnfc_get
	same "rules lost" "$(nic_value lost)" "$lost"
	ok table_is 3
	carries 1
	# nor left behind
	echo "4 EIO" > $SIM/fault/rxnfc_get
	ok detach
	wait_for table_is 0
	wait_for no_nic_dir
	same "faults left" "$(faults_left rxnfc_get)" 0
}

test_fault_affinity()
{
	local q found

	topo 3 || fail topology
	for q in 0 1 2 3 4 5 6 7; do
		found[q]=$(affinity $q)
	done
	echo "1000 EINVAL" > $SIM/fault/affinity
	ok attach
	warm_all 3
	wait_for vnic_steered "$(vm_mac 1)"
	q=$(vnic_field "$(vm_mac 1)" queue)
	wait_for queue_state "$q" failed
	same "affinity" "$(affinity "$q")" "${found[q]}"
	carries 1
	# tried again
	echo 0 > $SIM/fault/affinity
	wait_for vm_pinned 1
	# and so is the way back
	echo "1000 EINVAL" > $SIM/fault/affinity
	ok sh -c "echo 0 > $SYS/pin"
	ok queue_state "$q" failed
	echo 0 > $SIM/fault/affinity
	wait_for queue_state "$q" -
	same "affinity as found" "$(affinity "$q")" "${found[q]}"
	carries 1
}

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
