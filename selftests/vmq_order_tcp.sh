#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge, where rules and affinities are
# set by hand, then with vmq; host 0 sends to VM 1 by TCP, with a window that the
# queues have room for, while something changes.
# Proves: no frame of the connection is dropped on the way, and all of it arrives;
# retransmitted and overtaken segments are counted beside the plain bridge's.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_flow.inc"

HOOKS="plain $HOOKS"
TESTS="test_still test_eligible test_rule test_home test_neighbours"
SHARED=1
CPUS=$(nproc)

setup() { flow_topo 3 && attach && warm_all 3; }
between() { warm_all 3; }

# tcp_stat NETNS NAME: of the lines Tcp and TcpExt
tcp_stat()
{
	ip netns exec "$1" cat /proc/net/snmp /proc/net/netstat |
		awk -v n="$2" '!/^Tcp(Ext)?:/ { next }
			!seen[$1]++ { for (i = 2; i <= NF; i++) c[$1, i] = $i; next }
			{ for (i = 2; i <= NF; i++) if (c[$1, i] == n) print $i }'
}

# dropped: frames that any station on the way has dropped. The ends' own count of
# what they have received is left out: a protocol that nobody speaks is in it.
dropped()
{
	local n

	{
		cat /sys/class/net/{$NIC,vnet1}/statistics/{rx,tx}_{dropped,errors} \
			/sys/class/net/{$NIC,vnet1}/statistics/rx_missed_errors
		in_vm 1 cat /sys/class/net/eth0/statistics/tx_dropped
		in_wire cat /sys/class/net/$WIRE/statistics/tx_dropped
		# frames for which a CPU's backlog had no room
		while read -r _ n _; do
			echo $((16#$n))
		done < /proc/net/softnet_stat
	} | awk '{ n += $1 } END { print n }'
}

tcp_from_wire()
{
	local i

	for ((i = 0; i < 50; i++)); do
		in_wire iperf3 -c "$(vm_ip 1)" -p 5001 -n 6M -b 8M -w 64K -J \
			> "$TMP/iperf" 2>&1 && return 0
		grep -q refused "$TMP/iperf" || break
		sleep 0.1
	done
	return 1
}

running() { kill -0 "$CLIENT" 2>/dev/null; }

# during WHAT CHANGE: CHANGE is called again and again until the connection ends
during()
{
	local what=$1 drops sent again late n=0

	shift
	need iperf3 || return
	background ip netns exec vm1 iperf3 -s -1 -p 5001 > /dev/null 2>&1
	drops=$(dropped)
	sent=$(tcp_stat wire OutSegs)
	again=$(tcp_stat wire RetransSegs)
	late=$(tcp_stat vm1 TCPOFOQueue)
	tcp_from_wire &
	CLIENT=$!
	sleep 1
	while running; do
		"$@" $n
		n=$((n + 1))
	done
	ok wait "$CLIENT"
	again=$(($(tcp_stat wire RetransSegs) - again))
	late=$(($(tcp_stat vm1 TCPOFOQueue) - late))
	SENT=$(($(tcp_stat wire OutSegs) - sent))
	drops=$(($(dropped) - drops))
	flow_say "TCP, $what" $n $drops "$late, sent again $again"
	same "dropped" $drops 0
	at_least "segments sent" "$SENT" 100
}

nothing() { sleep 0.3; }
test_still() { during "no change" nothing; }

eligible()
{
	case $(($1 % 4)) in
	0) ip link set $BR promisc on ;;
	1) ip link set $BR promisc off ;;
	2) bridge link set dev vnet1 isolated on ;;
	3) bridge link set dev vnet1 isolated off ;;
	esac
	sleep 0.1
}

test_eligible()
{
	during "to the bridge and back" eligible
	ip link set $BR promisc off
	bridge link set dev vnet1 isolated off
}

# the rule comes and goes
steer()
{
	local on=$(($1 % 2))

	if [ "$HOOK" != plain ]; then
		echo $on > $SYS/steer
	elif [ $on = 1 ]; then
		ethtool -N $NIC flow-type ether dst "$(vm_mac 1)" action 3 \
			loc 5 > /dev/null
	else
		ethtool -N $NIC delete 5 > /dev/null 2>&1
	fi
	sleep 0.2
}

test_rule()
{
	during "rule withdrawn and installed" steer
	[ "$HOOK" = plain ] || echo 1 > $SYS/steer
}

# interrupts of all queues go round the CPUs
home()
{
	local to=$(($1 % CPUS)) q

	if [ "$HOOK" != plain ]; then
		echo $to > $SYS/cpus
	else
		for q in 0 1 2 3 4 5 6 7; do
			echo $to > "/proc/irq/$(queue_irq $q)/smp_affinity_list"
		done
	fi
	sleep 0.2
}

test_home()
{
	during "interrupts moved" home
	[ "$HOOK" = plain ] || echo "0-$((CPUS - 1))" > $SYS/cpus
}

neighbour()
{
	if [ $(($1 % 2)) = 0 ]; then
		port_add 4
		hello 4
	else
		ip link del vnet4
		ip netns del vm4
	fi
}

test_neighbours()
{
	during "another VM came or went" neighbour
	ip link del vnet4 2>/dev/null
	ip netns del vm4 2>/dev/null
}

run_tests
