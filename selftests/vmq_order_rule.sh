#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 2 (lib.sh) and VM 9 behind a tap, to which host 0 sends numbered
# frames all the time; once as a plain bridge, where rules and affinities are
# set by hand, then with vmq.
# Proves: a queue's interrupt that moves to other CPUs, by vmq or by hand, loses
# no frame and reorders none; a rule that comes, goes, gets lost or moves to another
# queue loses none, and what it reorders is counted.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_flow.inc"

HOOKS="plain $HOOKS"
TESTS="test_home test_by_hand test_rule test_rule_lost test_rule_queue"
SHARED=1
CPUS=$(nproc)

setup() { flow_topo 2 && attach && hello_ext 0; }
between()
{
	ethtool -X $NIC default
	[ "$HOOK" != plain ] || no_rule
	return 0
}

# --- the queue's interrupt --------------------------------------------------

# served IRQ: CPUs on which it has fired since $TMP/irq
served()
{
	irq_counts "$1" | paste -d' ' "$TMP/irq" - |
		awk '$4 > $2 { n++ } END { print n + 0 }'
}

# homes SET: the interrupt of the flow's queue goes round the CPUs by SET CPU
homes()
{
	local set=$1 q irq i n=0

	if [ "$CPUS" = 1 ]; then
		skip "one CPU"
		return
	fi
	flow_start || return
	q=$(flow_queue)
	irq=$(queue_irq "$q")
	irq_counts "$irq" > "$TMP/irq"
	for ((i = 0; i < 2 * CPUS; i++)); do
		$set $((i % CPUS)) "$irq"
		wait_for affinity_is "$q" $((i % CPUS))
		n=$((n + 1))
		sleep $PAUSE
	done
	at_least "CPUs that served the queue" "$(served "$irq")" 2
	same "queue at the end" "$(flow_queue)" "$q"
	flow_judge "$2" $n in-order
}

by_hand() { echo "$1" > "/proc/irq/$2/smp_affinity_list"; }

by_vmq()
{
	if [ "$HOOK" = plain ]; then
		by_hand "$@"
	else
		echo "$1" > $SYS/cpus
	fi
}

test_home()
{
	homes by_vmq "interrupt moved"
	[ "$HOOK" = plain ] || echo "0-$((CPUS - 1))" > $SYS/cpus
}

test_by_hand() { homes by_hand "interrupt moved by hand"; }

# --- rules ------------------------------------------------------------------

no_rule()
{
	local id

	for id in $(ethtool -n $NIC | sed -n 's/^Filter: //p'); do
		ethtool -N $NIC delete "$id" > /dev/null || return 1
	done
}

# rule QUEUE: one to the flow's, by hand
rule() { ethtool -N $NIC flow-type ether dst "$(guest_mac)" action "$1" > /dev/null; }

steer()
{
	if [ "$HOOK" != plain ]; then
		echo "$1" > $SYS/steer
	elif [ "$1" = 1 ]; then
		rule 3
	else
		no_rule
	fi
}

steered() { [ "$HOOK" = plain ] || vnic_steered "$(guest_mac)"; }
not_steered_any() { [ "$(nic_rules)" = 0 ]; }

test_rule()
{
	local i

	flow_start || return
	for i in 1 2 3 4 5; do
		ok steer 0
		wait_for not_steered_any
		sleep $PAUSE
		ok steer 1
		wait_for steered
		sleep $PAUSE
	done
	[ "$HOOK" = plain ] || at_least "rules installed" "$(nic_stat_value installs)" $i
	flow_judge "rule withdrawn and installed" $((i * 2)) any-order
}

lost_is() { [ "$(nic_stat_value lost)" -ge "$1" ]; }

# the admin's ethtool takes it, vmq puts it back
test_rule_lost()
{
	local i lost

	flow_start || return
	[ "$HOOK" != plain ] || ok rule 3
	for i in 1 2; do
		[ "$HOOK" = plain ] || lost=$(nic_stat_value lost)
		ok no_rule
		sleep $PAUSE
		if [ "$HOOK" = plain ]; then
			ok rule 3
		else
			wait_for lost_is $((lost + 1))
			wait_for steered
		fi
		sleep $PAUSE
	done
	flow_judge "rule taken by hand and put back" $((i * 2)) any-order
}

arrives_on() { [ "$(flow_queue)" = "$1" ]; }

# out of the RSS table, queues are a VM's own: the rule moves there
test_rule_queue()
{
	local i q

	flow_start || return
	[ "$HOOK" != plain ] || ok rule 3
	for i in 1 2 3 4; do
		if [ $((i % 2)) = 1 ]; then
			ok ethtool -X $NIC equal 4
		else
			ok ethtool -X $NIC equal 4 start 4
		fi
		if [ "$HOOK" = plain ]; then
			q=$((i % 2 ? 4 : 1))
			ok no_rule
			ok rule $q
		else
			wait_for own_queue
			q=$(vnic_field "$(guest_mac)" queue)
		fi
		wait_for arrives_on "$q"
		sleep $PAUSE
	done
	flow_judge "rule moved to another queue" $i any-order
}

own_queue()
{
	steered &&
		[ "$(queue_field "$(vnic_field "$(guest_mac)" queue)" kind)" = dedicated ]
}

run_tests
