#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh); the NIC is reset, does not come up, fails to change
# its queues, rings or RSS table (vmqsim fault), its cable is cut.
# Proves: a setting that the NIC did not take leaves rules, queues and pins as
# they were, and so does a reset that keeps them; afterwards the VMs have their
# traffic, their rules and the fast path.

. "$(dirname "$0")/lib.sh"
# shellcheck source=refuse.inc
. "$(dirname "$0")/refuse.inc"

TESTS="test_open test_settings test_reset test_carrier"

# nothing: the topology is made by the test
setup() { :; }

all_pinned()
{
	local i

	for i in 1 2 3; do
		wait_for vm_pinned $i
	done
}

# where everything is
placed()
{
	local q

	awk 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		{ print $c["mac"], $c["queue"], $c["irq"], $c["cpu"] }' \
		$DBG/vnics
	cat $SIM/rules
	for q in 0 1 2 3 4 5; do
		affinity $q
	done
	ethtool -l $NIC
	ethtool -g $NIC
	ethtool -x $NIC
}

test_open()
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

test_settings()
{
	local what q cpu

	topo 3 || fail topology
	ok ethtool -L $NIC combined 6
	ok attach
	warm_all 3
	wait_for rules_are 3
	steers 1
	all_pinned
	placed > "$TMP/placed"
	for what in "channels_set -L $NIC combined 8" "ring_set -G $NIC rx 128" \
		"rxfh_set -X $NIC equal 4"; do
		# shellcheck disable=SC2086 # words
		set -- $what
		echo "1 EIO" > "$SIM/fault/$1"
		shift
		refused EIO "" ethtool "$@"
		placed > "$TMP/now"
		ok diff "$TMP/placed" "$TMP/now"
		carries 1
	done
	# the next one is taken
	ok ethtool -G $NIC rx 128
	wait_for vm_pinned 1
	ok ethtool -L $NIC combined 8
	steers 1
	carries 1
	# the driver has asked for its interrupts anew: nobody else's pins
	all_pinned
	# seen so by an audit: what is done from then on is the admin's
	sleep 6
	q=$(vnic_field "$(vm_mac 1)" queue)
	cpu=$((1 + $(queue_field "$q" home) % 3))
	ok sh -c "echo $cpu > /proc/irq/$(queue_irq "$q")/smp_affinity_list"
	wait_for queue_state "$q" foreign
	affinity_is "$q" $cpu || fail "taken back"
}

resets_are() { [ "$(cat $SIM/reset)" = "$1" ]; }

# one that keeps what was set
test_reset()
{
	topo_up 3 || fail topology
	wait_for rules_are 3
	steers 1
	all_pinned
	placed > "$TMP/placed"
	ok sh -c "echo 1 > $SIM/reset"
	wait_for resets_are 1
	wait_for vm_pinned 1
	carries 1
	steers 1
	wait_for vm_pinned 2
	wait_for vm_pinned 3
	placed > "$TMP/now"
	ok diff "$TMP/placed" "$TMP/now"
	carries 2
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

run_tests
