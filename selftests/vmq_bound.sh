#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 2 (lib.sh); host 0 sends to VM 1 all the time.
# Proves: settings of which vmq is told later than they hold, or not at all (the
# state of a port that is set by hand, the state of a single VLAN, what is written
# to the bridge's files in sysfs), take effect on the fast path all the same: frames
# are counted by the reason, none of those that the bridge would drop is delivered
# from then on, and the fast path comes back. How long both took, at most, is told
# ("bound:"), from the end of the command to the first frame, and not judged.

. "$(dirname "$0")/lib.sh"

TESTS="test_port_state test_uplink_state test_vlan_state test_sysfs_stats
	test_sysfs_stp test_sysfs_filtering"
SHARED=1
TIMES=${BOUND_TIMES:-6}

setup() { topo_up 2; }
between()
{
	ip link set $BR type bridge vlan_filtering 0 fdb_flush
	warm_all 2
}

# counted REASON: into COUNTED, by the shell alone: it is to be quick
counted()
{
	local name n

	COUNTED=0
	while read -r name n; do
		[ "$name" != "$1" ] || COUNTED=$n
	done < $DBG/pass
}

now_us() { NOW=${EPOCHREALTIME/[.,]/}; }

# first_frame REASON: until a frame is counted for it; TOOK milliseconds
first_frame()
{
	local start end=$((SECONDS + TRIES / 10)) old

	counted "$1"
	old=$COUNTED
	now_us
	start=$NOW
	while [ "$COUNTED" = "$old" ]; do
		[ $SECONDS -lt $end ] || {
			fail "no frame for $1"
			return 1
		}
		counted "$1"
	done
	now_us
	TOOK=$(((NOW - start) / 1000))
}

# no_more: nothing goes to VM 1
no_more()
{
	local n

	n=$(port_tx vnet1)
	sleep 0.3
	same "frames to VM 1 from then on" "$(port_tx vnet1)" "$n"
}

# bound WHAT REASON blocks|counts ON OFF
bound()
{
	local i on=0 off=0

	background vmqpkt send -X wire -i $WIRE -s "$(ext_mac 0)" \
		-d "$(vm_mac 1)" -n 0 -p 1000 -f 4 > /dev/null
	for ((i = 0; i < TIMES; i++)); do
		first_frame fast || return
		ok eval "$4"
		first_frame "$2" || return
		[ $TOOK -le $on ] || on=$TOOK
		[ "$3" = counts ] || no_more
		ok eval "$5"
		first_frame fast || return
		[ $TOOK -le $off ] || off=$TOOK
		# not in step with vmq's own clock
		sleep 0.$((RANDOM % 10))
	done
	ktap_print_msg "bound: $1: took effect after $on ms," \
		"fast again after $off ms, the longest of $TIMES"
}

test_port_state()
{
	bound "bridge link set dev PORT state" port-state blocks \
		"bridge link set dev vnet1 state 0" \
		"bridge link set dev vnet1 state 3"
}

test_uplink_state()
{
	bound "bridge link set dev UPLINK state" uplink-state blocks \
		"bridge link set dev $(uplink) state 0" \
		"bridge link set dev $(uplink) state 3"
}

# vlan_aware: VM 1 and host 0 are known in VLAN 1
vlan_aware()
{
	ok ip link set $BR type bridge vlan_filtering 1
	warm_all 2
}

test_vlan_state()
{
	vlan_aware
	bound "bridge vlan set dev PORT vid V state" vlan-state blocks \
		"bridge vlan set dev vnet1 vid 1 state 0" \
		"bridge vlan set dev vnet1 vid 1 state 3"
}

in_sysfs() { echo "$2" > "/sys/class/net/$BR/bridge/$1"; }

test_sysfs_stats()
{
	vlan_aware
	bound "vlan_stats_enabled in sysfs" vlan-stats counts \
		"in_sysfs vlan_stats_enabled 1" "in_sysfs vlan_stats_enabled 0"
}

# ports listen and learn before they forward, and what is learnt ages soon
test_sysfs_stp()
{
	in_sysfs forward_delay 200
	ok bridge fdb replace "$(vm_mac 1)" dev vnet1 master static
	bound "stp_state in sysfs" stp counts \
		"in_sysfs stp_state 1" "in_sysfs stp_state 0"
	ok bridge fdb del "$(vm_mac 1)" dev vnet1 master
}

# the address is not known in VLAN 1 until the VM speaks
test_sysfs_filtering()
{
	bound "vlan_filtering in sysfs" no-vnic counts \
		"in_sysfs vlan_filtering 1" "in_sysfs vlan_filtering 0"
}

run_tests
