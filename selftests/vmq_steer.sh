#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 7 (lib.sh): an 8-queue NIC, br0, seven VMs behind veth.
# Proves: frames of every VM arrive on a queue of its own and on no other, as
# the NIC itself counts them; the queue's interrupt fires on its home CPU only;
# vmq calls the rule verified after frames were seen and not before; switching
# steer or pin off and on takes rules and pins away and brings them back, while
# the fast path goes on.

. "$(dirname "$0")/lib.sh"

TESTS="test_verified test_own_queue test_home_cpu test_cpu_offline test_switch_steer
	test_switch_pin test_steer_without_bypass test_all_carry_traffic"

SHARED=1

setup()
{
	topo 7 && affinities > "$TMP/found" && attach && warm_all 7
}

affinities()
{
	local q irq

	for q in 0 1 2 3 4 5 6 7; do
		irq=$(queue_irq $q)
		echo "$q $(cat "/proc/irq/$irq/smp_affinity_list")"
	done
}

as_found() { affinities | cmp -s "$TMP/found" -; }

all_steered()
{
	local i

	for i in 1 2 3 4 5 6 7; do
		vnic_steered "$(vm_mac $i)" || return 1
	done
}

queue_counts()
{
	local q

	for q in 0 1 2 3 4 5 6 7; do
		nic_queue_frames $q
	done | tr '\n' ' '
}

test_own_queue()
{
	local i q used="" q2 before after

	wait_for all_steered || return
	for i in 1 2 3 4 5 6 7; do
		q=$(vnic_field "$(vm_mac $i)" queue)
		case " $used " in
		*" $q "*) fail "VM $i shares queue $q" ;;
		esac
		used="$used $q"
		read -r -a before <<< "$(queue_counts)"
		# many flows: RSS alone would spread them
		from_wire 0 $i 200 -F 32
		read -r -a after <<< "$(queue_counts)"
		for q2 in 0 1 2 3 4 5 6 7; do
			if [ "$q2" = "$q" ]; then
				same "VM $i, own queue $q" \
					$((after[q2] - before[q2])) 200
			else
				same "VM $i, queue $q2" \
					$((after[q2] - before[q2])) 0
			fi
		done
	done
}

test_home_cpu()
{
	local i q home irq cpu n f="$TMP/irq"

	wait_for all_steered || return
	for i in 1 2 3 4 5 6 7; do
		q=$(vnic_field "$(vm_mac $i)" queue)
		home=$(queue_field "$q" home)
		irq=$(queue_irq "$q")
		same "interrupt of queue $q" "$(queue_field "$q" irq)" "$irq"
		same "affinity of queue $q" \
			"$(cat "/proc/irq/$irq/smp_affinity_list")" "$home"
		# the first interrupt after a pin may still be on the old CPU
		from_wire 0 $i 20
		irq_counts "$irq" > "$f"
		from_wire 0 $i 200
		irq_counts "$irq" | paste -d' ' "$f" - > "$TMP/delta"
		n=0
		while read -r cpu old _ new; do
			if [ "$cpu" = "$home" ]; then
				n=$((new - old))
			else
				same "irq $irq on CPU $cpu, home $home" \
					$((new - old)) 0
			fi
		done < "$TMP/delta"
		at_least "irq $irq on its home CPU $home" $n 1
	done
}

no_home_1() { ! queue_homes | grep -qx 1; }
home_1() { queue_homes | grep -qx 1; }
queue_at_1() { table_field $NICDBG/queues home 1 queue; }
queue_homes() { awk 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } { print $c["home"] }' $NICDBG/queues; }

pinned_again()
{
	[ "$(queue_field "$1" state)" = pinned ] &&
		irq_is "$(queue_irq "$1")" "$(queue_field "$1" home)"
}

# a home CPU goes offline: its queues find others, frames arrive, and what was
# found is put back although the kernel has broken the affinity; a CPU that was
# only away for a moment does not make its pins somebody else's
test_cpu_offline()
{
	local cpu=/sys/devices/system/cpu/cpu1/online q

	if [ ! -e $cpu ]; then
		skip "CPU 1 cannot be taken offline"
		return
	fi
	wait_for all_steered || return
	echo 0 > $cpu || fail "offline"
	deliver 0 1 50
	same "frames with CPU 1 offline" "$GOT" 50
	wait_for no_home_1
	echo 1 > $cpu
	ok sh -c "echo 0 > $SYS/pin"
	wait_for as_found
	ok sh -c "echo 1 > $SYS/pin"
	wait_for all_steered || return
	# released at once, before anybody looked
	echo 0 > $cpu
	ok sh -c "echo 0 > $SYS/pin"
	echo 1 > $cpu
	wait_for as_found
	ok sh -c "echo 1 > $SYS/pin"
	wait_for home_1 || return
	q=$(queue_at_1)
	# back before anybody looked
	ok sh -c "echo 0 > $cpu; echo 1 > $cpu"
	wait_for pinned_again "$q"
	# and after everybody has looked
	sleep 6
	ok pinned_again "$q"
}

test_verified()
{
	local mac

	mac=$(vm_mac 3)
	wait_for all_steered || return
	same "before any frame" "$(vnic_field "$mac" steer)" installed
	wait_for talk_is 3 steer verified
	same "another VM without frames" \
		"$(vnic_field "$(vm_mac 4)" steer)" installed
	same "frames off the queue" "$(vnic_field "$mac" offq)" 0
	at_least "frames on the queue" "$(vnic_field "$mac" onq)" 100
}

no_rules() { [ "$(nic_rules)" = 0 ]; }

test_switch_steer()
{
	local mac fast

	mac=$(vm_mac 1)
	wait_for all_steered || return
	ok sh -c "echo 0 > $SYS/steer"
	wait_for no_rules
	wait_for vnic_is "$mac" steer none
	fast=$(vnic_field "$mac" fast)
	deliver 0 1 50
	same "delivered without rules" "$GOT" 50
	at_least "fast path without rules" \
		"$(vnic_field "$mac" fast)" $((fast + 40))
	ok sh -c "echo 1 > $SYS/steer"
	wait_for all_steered
	same "rules after switching on" "$(nic_rules)" 7
}

test_switch_pin()
{
	local q irq

	wait_for all_steered || return
	q=$(vnic_field "$(vm_mac 1)" queue)
	irq=$(queue_irq "$q")
	ok sh -c "echo 0 > $SYS/pin"
	wait_for as_found
	ok all_steered
	deliver 0 1 50
	same "delivered without pin" "$GOT" 50
	ok sh -c "echo 1 > $SYS/pin"
	wait_for irq_is "$irq" "$(queue_field "$q" home)"
}

irq_is() { [ "$(cat "/proc/irq/$1/smp_affinity_list")" = "$2" ]; }

test_steer_without_bypass()
{
	local mac fast

	mac=$(vm_mac 2)
	wait_for all_steered || return
	ok sh -c "echo 0 > $SYS/bypass"
	fast=$(vnic_field "$mac" fast)
	deliver 0 2 300 -F 16
	same "delivered" "$GOT" 300
	same "fast path" "$(vnic_field "$mac" fast)" "$fast"
	at_least "reason off" "$(pass_count off)" 300
	wait_for talk_is 2 steer verified
	ok sh -c "echo 1 > $SYS/bypass"
	deliver 0 2 100
	at_least "fast path again" "$(vnic_field "$mac" fast)" $((fast + 80))
}

test_all_carry_traffic()
{
	local i pids=""

	for i in 1 2 3 4 5 6 7; do
		ping_ok "vm$i" $EXT_IP 3 &
		pids="$pids $!"
	done
	for i in $pids; do
		ok wait "$i"
	done
	ok ping_ok vm1 $EXT_IP6 2
	ok ping_ok vm1 "$(vm_ip 2)" 2
}

run_tests
