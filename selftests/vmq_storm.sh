#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 4 (lib.sh) with a bond in the place of the NIC, t_bond of eth0 and
# t_nic, two vmqsim NICs of 4 queues, all under traffic. SEED=N makes the same steps,
# STEPS=N is their number.
# Proves: thousands of steps in any order, as fast as the kernel takes them, bring no
# report of the kernel (meant for the debug kernel, whose checks judge it): CPUs off and
# on, members that fail over, leave and join, vmq attached and detached, other CPUs for
# the VMs, steering by rule and in software, resets. After it vmq works, and leaves
# without a trace. Unlike vmq_fuzz.sh no step waits for the one before.

. "$(dirname "$0")/lib.sh"

SEED=${SEED:-$((RANDOM * 32768 + RANDOM))}
STEPS=${STEPS:-400}
OFFLINES=${OFFLINES:-300}	# of them at most: they are slow
TESTS="test_storm"

BOND=t_bond
NIC2=t_nic
WIRE2=t_nicw
BONDING=/sys/class/net/$BOND/bonding

setup()
{
	modprobe -q bonding max_bonds=0 || {
		skip "no bonding"
		return 1
	}
	nic_add 4 && ip link set $NIC down &&
	ip link add $NIC2 numrxqueues 4 numtxqueues 4 type vmqsim &&
	no_ip6 $NIC2 && ip link set $WIRE2 netns wire &&
	ip -n wire link set $WIRE2 address "$(ext_mac 1)" up &&
	ip link add $BOND type bond mode active-backup miimon 20 && no_ip6 $BOND &&
	ip link set $NIC master $BOND && ip link set $NIC2 master $BOND &&
	ip link set $BOND up && bridge_add || return
	for n in 1 2 3 4; do
		port_add $n || return
	done
	[ "$HOOK" = stacked ] || ip link set $BOND master $BR
}

# one process takes all commands of ip: a step costs what the kernel takes for it
ip_open()
{
	coproc IP { exec ip -force -batch - > /dev/null 2>&1; }
}

ip_do() { echo "$*" >&"${IP[1]}"; }

ip_close()
{
	local pid=$IP_PID fd=${IP[1]}

	exec {fd}>&-
	wait "$pid"
}

# write TEXT FILE: as far as there is one now
write() { echo "$1" > "$2"; } 2> /dev/null

cpu()
{
	local f=/sys/devices/system/cpu/cpu$1/online

	[ -e "$f" ] || return
	if [ "$(< "$f")" = 1 ]; then
		[ $OFFLINES -gt 0 ] || return
		OFFLINES=$((OFFLINES - 1))
		write 0 "$f"
	else
		write 1 "$f"
	fi
}

cpus_on()
{
	local f

	for f in /sys/devices/system/cpu/cpu*/online; do
		[ "$(< "$f")" = 1 ] || echo 1 > "$f"
	done
}

step()
{
	local n=$((1 + RANDOM % 4)) nic

	nic=$NIC
	[ $((RANDOM % 2)) = 0 ] || nic=$NIC2
	case $((RANDOM % 24)) in
	0) ip_do link del $VMQ ;;
	1 | 2 | 3)
		ip_do link add link $BOND name $VMQ type vmq
		[ "$HOOK" != stacked ] || ip_do link set $VMQ master $BR
		ip_do link set $VMQ up ;;
	4 | 5) cpu $((RANDOM % NCPUS)) ;;
	6 | 7) write $nic $BONDING/active_slave ;;
	8) ip_do link set $nic nomaster ;;
	9 | 10 | 11)
		ip_do link set $nic down
		ip_do link set $nic master $BOND ;;
	12) ip_do -n wire link set $WIRE down ;;
	13 | 14) ip_do -n wire link set $WIRE up ;;
	15) write "$nic:$((RANDOM % NCPUS))" $SYS/cpus ;;
	16) write default $SYS/cpus ;;
	17) write $((RANDOM % 2)) $SYS/steer ;;
	18) write $((RANDOM % 2)) $SYS/softsteer ;;
	19) write $((RANDOM % 2)) $SYS/bypass ;;
	20) write 1 /sys/kernel/debug/vmqsim/$nic/reset ;;
	21) write "$((RANDOM % 3)) EIO" /sys/kernel/debug/vmqsim/$nic/fault/rxnfc_ins ;;
	22) ip_do link set vnet$n nomaster ;;
	23) ip_do link set vnet$n master $BR ;;
	esac 2> /dev/null
}

test_storm()
{
	local i attached=0 off=$OFFLINES

	NCPUS=$(nproc --all)
	RANDOM=$SEED
	ktap_print_msg "SEED=$SEED STEPS=$STEPS"
	for i in 1 2 3 4; do
		background vmqpkt send -X wire -i $WIRE -n 0 -p 200 -s "$(ext_mac 2)" \
			-d "$(vm_mac $i)" -F 8 > /dev/null 2>&1
		background vmqpkt send -X wire -i $WIRE2 -n 0 -p 100 -s "$(ext_mac 3)" \
			-d "$(vm_mac $i)" -F 8 > /dev/null 2>&1
		# so that it is learnt again and again
		background vmqpkt send -X vm$i -i eth0 -n 0 -p 5 -s "$(vm_mac $i)" \
			-d $BCAST -t rarp > /dev/null 2>&1
	done
	ip_open
	for ((i = 0; i < STEPS; i++)); do
		step
		[ ! -e $SYS ] || attached=$((attached + 1))
	done
	ip_close
	cpus_on
	stop_background
	ktap_print_msg "vmq was there in $attached of the steps," \
		"CPUs went off $((off - OFFLINES)) times"
	at_least "steps with vmq" $attached $((STEPS / 10))

	ip link del $VMQ 2>/dev/null
	for i in $NIC $NIC2; do
		write 0 /sys/kernel/debug/vmqsim/$i/fault/rxnfc_ins
		wait_for no_rules $i
	done
	# all back in its place, and it works
	ok cleanup
	ok topo_up 2
	carries 1
}

no_rules() { [ "$(nic_rules "$1")" = 0 ]; }

run_tests
