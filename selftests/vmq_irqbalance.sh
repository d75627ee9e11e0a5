#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), irqbalance beside it, which knows nothing of vmq
# and looks at the host's interrupts once a second.
# Proves: an interrupt that irqbalance moves is shown as foreign and left to it,
# one that it does not move stays pinned; nothing is moved to and fro; the VMs
# have their traffic and the fast path all the while; what irqbalance set stays
# after a detach, and on request vmq takes the interrupts back.

. "$(dirname "$0")/lib.sh"

TESTS="test_beside test_reclaim"

setup()
{
	local i

	need irqbalance || return
	topo_up 3 || return
	for i in 1 2 3; do
		steers $i && wait_for vm_pinned $i || return
	done
}

queue_of() { vnic_field "$(vm_mac "$1")" queue; }
pins() { awk '$1 == "pins" { print $2 }' $NICDBG/stats; }

foreign() { queue_state "$1" foreign; }
told() { pinned "$1" || foreign "$1"; }

# rounds N: traffic to all VMs beside irqbalance, about a second each
rounds()
{
	local i vm

	for ((i = 0; i < $1; i++)); do
		for vm in 1 2 3; do
			from_wire 0 $vm 200 -F 8
		done
		sleep 0.5
	done
}

# balance N: N rounds beside irqbalance
balance()
{
	local pid

	background irqbalance --foreground --interval=1 > "$TMP/irqbalance" 2>&1
	pid=$LAST_PID
	rounds "$1"
	if ! kill -0 "$pid" 2>/dev/null; then
		skip "irqbalance has nothing to do here:" \
			"$(head -n 1 "$TMP/irqbalance")"
		return 1
	fi
	carries 1
	stop "$pid"
}

test_beside()
{
	local before vm q set=""

	before=$(pins)
	balance 20 || return
	for vm in 1 2 3; do
		wait_for told "$(queue_of $vm)"
	done
	same "interrupts set by vmq meanwhile" "$(pins)" "$before"
	for vm in 1 2 3; do
		q=$(queue_of $vm)
		if foreign "$q"; then
			set="$set $q:$(affinity "$q")"
		fi
		carries $vm
	done
	ktap_print_msg "moved by irqbalance:${set:- none}"
	ok detach
	wait_for rules_are 0
	for q in $set; do
		same "affinity of queue ${q%:*}" "$(affinity "${q%:*}")" \
			"${q#*:}"
	done
}

# in any case one is moved by somebody else
test_reclaim()
{
	local vm q

	balance 5 || return
	q=$(queue_of 1)
	echo "0-1" > "/proc/irq/$(queue_irq "$q")/smp_affinity_list"
	wait_for foreign "$q"
	ok sh -c "echo 0 > $SYS/pin; echo 1 > $SYS/pin"
	for vm in 1 2 3; do
		wait_for vm_pinned $vm
	done
	carries 1
}

run_tests
