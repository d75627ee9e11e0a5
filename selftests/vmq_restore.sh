#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 4 (lib.sh), with ntuple rules, an RSS table and affinities
# that the admin made before vmq came.
# Proves: attach, traffic, detach (and a module unload) leave no trace: rules,
# RSS table, queues, features, promiscuity, link settings and every affinity
# are as found; the admin's rules and the affinities vmq did not set are never
# touched, also while it works.

. "$(dirname "$0")/lib.sh"

TESTS="test_detach test_rmmod test_admin_rules test_admin_affinity
	test_nic_down_up test_ring_and_channels test_repeat"

setup()
{
	local irq

	topo 4 || return 1
	ethtool -K $NIC ntuple on || return 1
	ethtool -N $NIC flow-type ether dst 02:00:00:00:aa:01 action 3 \
		>/dev/null || return 1
	ethtool -N $NIC flow-type udp4 dst-port 4789 action 2 >/dev/null ||
		return 1
	ethtool -X $NIC equal 6 || return 1
	irq=$(queue_irq 5)
	echo 1 > "/proc/irq/$irq/smp_affinity_list"
	snapshot "$TMP/before"
	admin_rules > "$TMP/rules"
}

# rules on addresses that are not a VM's
admin_rules() { ethtool -n $NIC | grep -E 'Dest MAC|Dest port|Action'; }

works()
{
	attach && warm_all 4 && wait_for vnic_steered "$(vm_mac 4)" &&
	from_wire 0 1 100 -F 8
}

# vmq's rules go by its work item
as_before()
{
	local i

	for ((i = 0; i < 50; i++)); do
		snapshot "$TMP/after"
		cmp -s "$TMP/before" "$TMP/after" && return 0
		sleep 0.1
	done
	same_as_before "$TMP/before" "$TMP/after"
}

test_detach()
{
	ok works
	ok detach
	as_before
	ok ping_wire
}

# the plain network works without vmq
ping_wire()
{
	[ "$HOOK" != stacked ] || ip link set $NIC master $BR
	ping_ok vm1 $EXT_IP 2
}

test_rmmod()
{
	ok works
	# a bridge port holds the module
	if [ "$HOOK" = stacked ]; then
		not_ok rmmod vmq 2>/dev/null
		ok ip link set $VMQ nomaster
	fi
	ok unload vmq
	not_ok test -e /sys/class/net/$VMQ
	as_before
	ok load vmq
	as_before
}

test_admin_rules()
{
	ok works
	same "rules of the admin and of vmq" "$(nic_rules)" 6
	ok grep -q "02:00:00:00:AA:01" <(ethtool -n $NIC | tr a-f A-F)
	# one more of the admin's while vmq works, and one away
	ok ethtool -N $NIC flow-type ether dst 02:00:00:00:aa:02 action 1 \
		> /dev/null
	same "with one more" "$(nic_rules)" 7
	ok detach
	wait_for rules_are 3
	ok grep -qi "02:00:00:00:aa:01" <(ethtool -n $NIC)
	ok grep -qi "02:00:00:00:aa:02" <(ethtool -n $NIC)
}

test_admin_affinity()
{
	local q irq mac

	ok works
	mac=$(vm_mac 1)
	q=$(vnic_field "$mac" queue)
	irq=$(queue_irq "$q")
	# the admin moves an interrupt that vmq pinned: it is his from now on
	echo 0 > "/proc/irq/$irq/smp_affinity_list"
	wait_for queue_foreign "$q"
	same "left alone" "$(cat "/proc/irq/$irq/smp_affinity_list")" 0
	ok detach
	sleep 0.5
	same "left as the admin set it" \
		"$(cat "/proc/irq/$irq/smp_affinity_list")" 0
}

queue_foreign()
{
	# home may by chance be where the admin put it
	[ "$(queue_field "$1" home)" = 0 ] ||
		[ "$(queue_field "$1" state)" = foreign ]
}

# rules a driver loses while down are put back; detach still leaves none
test_nic_down_up()
{
	ok works
	ok ip link set $NIC down
	ok ip link set $NIC up
	wait_for vnic_steered "$(vm_mac 1)"
	ok ping_ok vm1 $EXT_IP 2
	ok detach
	as_before
}

test_ring_and_channels()
{
	ok works
	ok ethtool -G $NIC rx 128 2>/dev/null
	wait_for vnic_steered "$(vm_mac 1)"
	ok ping_ok vm1 $EXT_IP 2
	ok ethtool -N $NIC delete "$(ethtool -n $NIC |
		awk '/^Filter:/ { f = $2 } /4789/ { print f; exit }')"
	ok ethtool -N $NIC delete "$(ethtool -n $NIC |
		awk '/^Filter:/ { f = $2 } /aa:01|AA:01/ { print f; exit }')"
	ok ethtool -X $NIC default
	# newer kernels refuse while rules point behind the last queue
	if ! ethtool -L $NIC combined 3 2>/dev/null; then
		ok sh -c "echo 0 > $SYS/steer"
		wait_for rules_are 0
		ok ethtool -L $NIC combined 3
		ok sh -c "echo 1 > $SYS/steer"
	fi
	wait_for vnic_steered "$(vm_mac 1)"
	wait_for fits_channels 3
	ok ping_ok vm2 $EXT_IP 2
	ok ethtool -L $NIC combined 8
	wait_for vnic_steered "$(vm_mac 4)"
	ok ping_ok vm3 $EXT_IP 2
	ok detach
	wait_for rules_are 0
}

# no rule of ours points behind the last queue
fits_channels()
{
	awk -v n="$1" 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		$c["queue"] != "-" && $c["queue"] >= n { bad = 1 }
		END { exit bad }' $DBG/vnics
}

test_repeat()
{
	local i

	for i in 1 2 3 4 5; do
		ok attach
		hello 1
		ok detach
	done
	as_before
}

run_tests
