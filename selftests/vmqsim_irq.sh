#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: vmqsim_lib.inc, 8 queues; needs 2 CPUs.
# Proves: every queue has an interrupt of its own that fires on the CPU which
# /proc/irq/N/smp_affinity names and on no other, also after it was moved under
# traffic, after reconfigurations and when its CPU goes away.

. "$(dirname "$0")/vmqsim_lib.inc"

TESTS="test_names test_default_spread test_fires_there test_move_busy
	test_sticky test_survives test_remapped test_effective test_all_lines
	test_affinity_fault test_managed test_offline test_one_for_many"

# pin QUEUE CPULIST
pin() { echo "$2" > "/proc/irq/$(queue_irq "$1")/smp_affinity_list"; }
home() { cat "/proc/irq/$(queue_irq "$1")/effective_affinity_list"; }
# fired QUEUE: CPUs on which its interrupt has fired
fired() { irq_counts "$(queue_irq "$1")" | awk '$2 { printf "%s ", $1 }'; }
# count QUEUE CPU
count() { irq_counts "$(queue_irq "$1")" | awk -v c="$2" '$1 == c { print $2 }'; }

fired_on() { [ "$(count "$1" "$2")" -gt 0 ]; }

# to QUEUE COUNT: frames that a rule sends there
to()
{
	send "$2" -d "02:00:00:00:09:0$1" -t arp
}

setup()
{
	local q

	if [ "$(nproc)" -lt 2 ]; then
		skip "one CPU only"
		return 1
	fi
	sim_up || return 1
	for q in 2 3 4 5 6; do
		rule ether dst 02:00:00:00:09:0$q action $q || return 1
	done
}

test_names()
{
	local q

	for q in 0 1 2 3 4 5 6 7; do
		same "interrupt of queue $q" "$(queue_irq $q)" "$(queue_col $q irq)"
	done
	same "interrupts" "$(grep -c ' vmqsim ' /proc/interrupts)" 8
	# a new name of the netdev does not change the action's
	ok ip link set $NIC down
	ok ip link set $NIC name t_z
	ok ip link set t_z up
	same "interrupts by the new name" "$(grep -c t_z-TxRx- /proc/interrupts)" 8
	ok ip link del t_z
}

test_default_spread()
{
	local q n

	n=$(nproc)
	for q in 0 1 2 3 4 5 6 7; do
		same "CPU of queue $q" "$(home $q)" $((q % n))
	done
}

test_fires_there()
{
	local cpu q=3

	for ((cpu = $(nproc) - 1; cpu >= 0; cpu--)); do
		ok pin $q $cpu
		same "effective" "$(home $q)" $cpu
		before=$(count $q $cpu)
		lands $q 10 to $q 10
		[ "$(count $q $cpu)" -gt "$before" ] ||
			fail "no interrupt on CPU $cpu"
	done
	# only one of the CPUs of a mask is used
	ok pin 4 0-1
	lands 4 10 to 4 10
	# shellcheck disable=SC2046 # words
	set -- $(fired 4)
	same "CPUs of queue 4 ($*)" $# 1
}

# Under traffic: all interrupts come on the new CPU once it is there
test_move_busy()
{
	local q=2 a

	pin $q 0
	background ip netns exec wire vmqpkt send -i $WIRE -s "$(ext_mac 0)" \
		-d 02:00:00:00:09:02 -n 0 -p 2000 >/dev/null
	wait_for queue_has $q 100
	ok pin $q 1
	wait_for fired_on $q 1
	a=$(count $q 0)
	wait_for queue_has $q $(($(queue_col $q frames) + 500))
	# one may have been on its way
	at_most "interrupts on the old CPU" $(($(count $q 0) - a)) 1
}

# A poll that never ends: with the quirk it stays, without it follows
busy_moves()
{
	local q=2 before

	before=$(queue_col $q moved)
	pin $q 0
	echo 100000 > $SIM/gen/count
	echo $q > $SIM/gen/queue
	echo 1 > $SIM/gen/start
	wait_for queue_has $q $(($(queue_col $q frames) + 100))
	pin $q 1
	until_ok grep -q 100000 $SIM/gen/done || fail "generator"
	echo $(($(queue_col $q moved) - before))
}

test_sticky()
{
	at_least "moves of a busy poll" "$(busy_moves)" 1
	ok put $SIM/quirks sticky_napi
	same "moves with sticky_napi" "$(busy_moves)" 0
}

# Kept where the interrupts stay the same: ring sizes, down and up, reset
test_survives()
{
	local irq

	irq=$(queue_irq 5)
	pin 5 1
	ok ethtool -G $NIC rx 1024
	same "interrupt" "$(queue_irq 5)" "$irq"
	same "CPU after -G" "$(home 5)" 1
	ok put $SIM/reset 1
	same "CPU after a reset" "$(home 5)" 1
	ok ip link set $NIC down
	same "interrupts while down" "$(queue_irq 5)" ""
	ok ip link set $NIC up
	same "CPU after down and up" "$(home 5)" 1
	lands 5 10 to 5 10
	same "CPUs of queue 5" "$(fired 5)" "1 "
}

# Lost where they are made anew: another number of receive channels
test_remapped()
{
	pin 0 1
	ok ethtool -L $NIC tx 4
	same "CPU of queue 0, other transmit channels" "$(home 0)" 1
	lands 6 10 to 6 10
	ok ethtool -L $NIC combined 7
	same "CPU of queue 0" "$(home 0)" 0
	same "interrupts" "$(grep -c ' vmqsim ' /proc/interrupts)" 7
	lands 6 10 to 6 10
	ok ethtool -L $NIC combined 8
	lands 6 10 to 6 10
	same "interrupts" "$(grep -c ' vmqsim ' /proc/interrupts)" 8
}

test_effective()
{
	pin 1 1
	same "queues file" "$(queue_col 1 cpu)" 1
	not_ok pin 1 4095 2>/dev/null
	same "CPU after a refused mask" "$(home 1)" 1
}

# As many interrupts as the NIC has counted, in sum over the CPUs
test_all_lines()
{
	local q

	send 200 -F 64
	wait_for total_above 199
	for q in 0 1 2 3 4 5 6 7; do
		same "interrupts of queue $q" "$(irq_counts "$(queue_irq $q)" |
			awk '{ n += $2 } END { print n }')" "$(queue_col $q irqs)"
	done
}

test_affinity_fault()
{
	pin 6 0
	ok put $SIM/fault/affinity "1 EIO"
	not_ok pin 6 1 2>/dev/null
	same "CPU" "$(home 6)" 0
	same "left" "$(cat $SIM/fault/affinity)" 0
	ok pin 6 1
	same "CPU" "$(home 6)" 1
}

test_managed()
{
	local before

	ip link del $NIC
	ip netns del wire
	quirks managed_irq
	ok sim_up
	before=$(home 0)
	not_ok pin 0 $((1 - before)) 2>/dev/null
	same "CPU" "$(home 0)" "$before"
	spreads 6 256 send 256 -F 128
	refuses EBUSY put $SIM/quirks none
}

total_above() { [ "$(total)" -gt "$1" ]; }
cpu_put() { echo "$2" > "/sys/devices/system/cpu/cpu$1/online"; }

# The CPU goes away under traffic: its interrupts move, nothing stays behind
test_offline()
{
	local q

	if [ ! -e /sys/devices/system/cpu/cpu1/online ]; then
		skip "CPU 1 cannot go away"
		return
	fi
	for q in 0 1 2 3 4 5 6 7; do
		pin $q 1
	done
	background ip netns exec wire vmqpkt send -i $WIRE -s "$(ext_mac 0)" \
		-d "$(nic_mac)" -n 0 -p 1000 -F 64 >/dev/null
	wait_for total_above 50
	ok cpu_put 1 0
	for q in 0 1 2 3 4 5 6 7; do
		[ "$(queue_col $q cpu)" != 1 ] || fail "queue $q is still on CPU 1"
	done
	q=$(total)
	wait_for total_above $((q + 200))
	ok cpu_put 1 1
	pin 4 1
	stop_background
	lands 4 10 to 4 10
	same "CPU of queue 4" "$(home 4)" 1
}

# 64 queues on one CPU
test_one_for_many()
{
	local q

	ip link del $NIC
	ip netns del wire
	ok sim_up 64
	for ((q = 0; q < 64; q++)); do
		pin $q 1 || fail "queue $q"
	done
	spreads 40 1024 send 1024 -F 512
	same "interrupts not on CPU 1" "$(awk '/ vmqsim / { n += $2 } END { print n + 0 }' \
		/proc/interrupts)" 0
}

run_tests
