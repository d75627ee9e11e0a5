#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh); an operation of the NIC fails (vmqsim fault), its
# cable is cut, somebody takes a rule away.
# Proves: the VMs keep their traffic and the fast path; what failed is tried
# again, what is refused for good is said so; what was lost is put back; NIC,
# vmq and guest count the same frames.

. "$(dirname "$0")/lib.sh"

TESTS="test_fault_insert test_fault_delete test_fault_get test_fault_affinity
	test_fault_open test_carrier test_lost_rule test_counts_agree"

# nothing: the topology is made by the test
setup() { :; }

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
	# the VM goes: what it may still say cannot bring its address back
	ok ip -n vm1 link set eth0 down
	wait_for rules_are 2
	same "faults left" "$(cut -d' ' -f1 $SIM/fault/rxnfc_del)" 0
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
	warm_all 3
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
