#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 4 (lib.sh) under traffic. SEED=N repeats a run, STEPS=N is its
# length.
# Proves: a random sequence of attaching, detaching, link, FDB, port, bridge,
# switch and NIC operations under traffic brings no report of the kernel
# (meant for the debug kernel, whose checks judge it), and after it vmq works
# and leaves without a trace.

. "$(dirname "$0")/lib.sh"

SEED=${SEED:-$((RANDOM * 32768 + RANDOM))}
# a step takes three seconds of the debug kernel
[ -z "${KSFT_MACHINE_SLOW:-}" ] || STEPS=${STEPS:-30}
STEPS=${STEPS:-80}
TESTS="test_fuzz"

setup() { topo_up 4; }

step()
{
	local n other mac

	# not in $(...): a subshell has random numbers of its own
	n=$((1 + RANDOM % 4))
	other=$((1 + RANDOM % 4))
	mac=02:77:00:00:00:0$((RANDOM % 8))
	case $((RANDOM % 27)) in
	0) ip link del $VMQ ;;
	1 | 2) attach ;;
	3) ip link set $VMQ down ;;
	4 | 5) ip link set $VMQ up ;;
	6) ip link set "$(uplink)" nomaster ;;
	7 | 8) ip link set "$(uplink)" master $BR ;;
	9) bridge fdb add $mac dev vnet$n master static ;;
	10) bridge fdb del $mac dev vnet$n master ;;
	11) bridge fdb replace $mac dev vnet$n master dynamic ;;
	12) ip link set vnet$n nomaster ;;
	13) ip link set vnet$n master $BR ;;
	14) ip link set vnet$n down ;;
	15) ip link set vnet$n up ;;
	16) echo $((RANDOM % 2)) > $SYS/steer ;;
	17) echo $((RANDOM % 2)) > $SYS/pin ;;
	18) echo $((RANDOM % 2)) > $SYS/bypass ;;
	19) ip link set $BR type bridge vlan_filtering $((RANDOM % 2)) ;;
	20) ip link set $NIC down; ip link set $NIC up ;;
	21) echo 1 > $SIM/reset ;;
	22) ethtool -L $NIC combined $((1 + RANDOM % 8)) ;;
	23) vmqpkt send -X vm$n -i eth0 -d $BCAST -t rarp \
		-s "$(vm_mac $other)" ;;
	24) echo "$((RANDOM % 3)) EIO" > $SIM/fault/rxnfc_ins ;;
	25) ip link set $BR promisc on ;;
	26) ip link set $BR promisc off ;;
	esac > /dev/null 2>&1
}

test_fuzz()
{
	local i

	RANDOM=$SEED
	ktap_print_msg "SEED=$SEED STEPS=$STEPS"
	for i in 1 2 3 4; do
		background vmqpkt send -X wire -i $WIRE -n 0 \
			-p 300 -s "$(ext_mac $i)" -d "$(vm_mac $i)" -F 8 \
			> "$TMP/tx$i" 2>&1
	done
	for ((i = 0; i < STEPS; i++)); do
		step
	done
	stop_background

	# all back in its place, and it works
	echo 0 > $SIM/fault/rxnfc_ins
	ip link del $VMQ 2>/dev/null
	ok ip link set $BR type bridge vlan_filtering 0
	ip link set $BR promisc off
	ip link set $NIC nomaster 2>/dev/null
	ethtool -L $NIC combined 8 2>/dev/null
	ok ip link set $NIC up
	[ "$HOOK" = stacked ] || ok ip link set $NIC master $BR
	for i in 1 2 3 4; do
		ok ip link set vnet$i master $BR up
	done
	wait_for rules_are 0
	ok attach
	warm_all 4
	deliver 0 1 100
	same "frames" "$GOT" 100
	ok ping_ok vm2 $EXT_IP 2
}

run_tests
