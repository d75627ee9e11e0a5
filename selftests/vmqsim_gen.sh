#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: vmqsim_lib.inc, 8 queues; the wire is not used.
# Proves: the generator makes exactly the frames asked for, on the queue asked
# for or the one that rules and RSS choose, and is stopped by everything that
# stops the NIC.

. "$(dirname "$0")/vmqsim_lib.inc"

TESTS="test_count test_queue test_rule test_burst test_vlan test_frame
	test_sink test_sink_handler test_refusals test_knobs_meanwhile test_down"

G=$SIM/gen
made() { [ "$(cat $G/done)" = "$1" ] && [ "$(cat $G/start)" = 0 ]; }

# gen KNOB VALUE ... : set, run, wait
gen()
{
	while [ $# -gt 0 ]; do
		put $G/"$1" "$2" || fail "$1 = $2"
		shift 2
	done
	ok put $G/start 1
	wait_for made "$(cat $G/count)"
}

test_count()
{
	gen count 10000
	wait_for total_is 10000
	at_least "ns" "$(cat $G/ns)" 1
	gen count 1
	wait_for total_is 10001
}

test_queue()
{
	gen count 500 queue 6
	same "frames" "$(queue_col 6 frames)" 500
	same "all frames" "$(total)" 500
	gen queue -1
	same "all frames" "$(total)" 1000
}

test_rule()
{
	ok rule ether dst 02:00:00:00:01:01 action 3
	gen count 100 dmac 02:00:00:00:01:01
	same "frames" "$(queue_col 3 frames)" 100
	ok rule ether dst 02:00:00:00:01:01 action -1 loc 0
	refuses ENOENT put $G/start 1
}

test_burst()
{
	gen count 300 burst 10 queue 2
	same "frames" "$(queue_col 2 frames)" 300
	at_least "polls" "$(queue_col 2 polls)" 30
}

# what the stack above sees
test_frame()
{
	local out

	tcpdump -nei $NIC -c 3 udp port 9 > "$TMP/frames" 2> "$TMP/err" &
	until_ok grep -q listening "$TMP/err"
	gen count 3 len 100 smac 02:00:00:00:ee:ee dmac 02:00:00:00:01:07
	wait
	out=$(cat "$TMP/frames")
	same "frames" "$(echo "$out" |
		grep -c '02:00:00:00:ee:ee > 02:00:00:00:01:07.* length 100: 198.18.0.1.9 > 198.18.0.2.9: UDP, length 58')" 3
}

test_vlan()
{
	modprobe -q 8021q
	ok ip link add link $NIC name t_v type vlan id 33
	no_ip6 t_v
	ok ip link set t_v up
	gen count 50 vlan 33 dmac "$(nic_mac)"
	wait_for test "$(cat /sys/class/net/t_v/statistics/rx_packets)" = 50
}

test_sink()
{
	local ip

	ip=$(awk '/^Ip: [0-9]/ { print $4 }' /proc/net/snmp)
	gen count 1000 sink 1 dmac "$(nic_mac)"
	same "IP datagrams" $(($(awk '/^Ip: [0-9]/ { print $4 }' /proc/net/snmp) - ip)) 0
	gen sink 0
	same "IP datagrams" $(($(awk '/^Ip: [0-9]/ { print $4 }' /proc/net/snmp) - ip)) 1000
}

# As the NIC's rx_handler: what has one already cannot have this, and the other
# way round
test_sink_handler()
{
	local ip

	ip=$(awk '/^Ip: [0-9]/ { print $4 }' /proc/net/snmp)
	gen count 1000 sink 2 dmac "$(nic_mac)"
	wait_for total_is 1000
	same "IP datagrams" $(($(awk '/^Ip: [0-9]/ { print $4 }' /proc/net/snmp) - ip)) 0
	modprobe -q bridge
	ok ip link add $BR type bridge
	not_ok ip link set $NIC master $BR 2>/dev/null
	refuses EINVAL put $G/sink 3
	refuses EINVAL put $G/sink x
	same "sink" "$(cat $G/sink)" 2

	ok put $G/sink 1
	ok ip link set $NIC master $BR
	refuses EBUSY put $G/sink 2
	same "sink, after a refusal" "$(cat $G/sink)" 1
	ok ip link set $NIC nomaster
	ok put $G/sink 2
	# it goes with the NIC
	ok ip link del $NIC
}

test_refusals()
{
	refuses EINVAL put $G/queue 8
	refuses EINVAL put $G/queue x
	refuses EINVAL put $G/dmac 02:00
	refuses EINVAL put $G/start 2
	ok put $G/len 59
	refuses EINVAL put $G/start 1
	ok put $G/len 1515
	refuses EINVAL put $G/start 1
	ok put $G/len 1514
	gen count 10
	ok put $G/vlan 4096
	refuses EINVAL put $G/start 1
	ok put $G/vlan 0
	ok put $G/count 0
	refuses EINVAL put $G/start 1
	ok ethtool -L $NIC combined 4
	ok put $G/count 10
	ok put $G/queue 5
	refuses EINVAL put $G/start 1
}

progress() { [ "$(cat $G/done)" -gt "$1" ]; }

# Knobs are for the next run: the one that is on goes on as it began
test_knobs_meanwhile()
{
	local k n

	ok put $G/count 4000000000
	ok put $G/queue 2
	ok put $G/sink 1
	ok put $G/start 1
	wait_for progress 0
	for k in "burst 0" "count 0" "len 0" "vlan 4096" "queue 5" \
		 "dmac 02:00:00:00:01:01" "smac 02:00:00:00:01:02" "sink 0" \
		 "sink 2" "sink 1" "burst 1"; do
		ok put "$G/${k% *}" "${k#* }"
		n=$(cat $G/done)
		wait_for progress $((n + 500)) || fail "with $k"
		same "runs, with $k" "$(cat $G/start)" 1
	done
	same "frames on queue 5" "$(queue_col 5 frames)" 0
	refuses EBUSY put $G/start 1
	ok put $SIM/reset 1
	same "runs" "$(cat $G/start)" 0
	# and the next run has them
	refuses EINVAL put $G/start 1
	gen count 100 len 60 vlan 0 burst 10
	same "frames" "$(queue_col 5 frames)" 100
}

test_down()
{
	ok put $G/count 4000000000
	ok put $G/start 1
	refuses EBUSY put $G/start 1
	ok put $SIM/reset 1
	same "runs" "$(cat $G/start)" 0
	ok put $G/start 1
	ok ip link set $NIC down
	same "runs" "$(cat $G/start)" 0
	refuses ENETDOWN put $G/start 1
	ok ip link set $NIC up
	ok put $G/start 1
	ok ethtool -L $NIC combined 2
	ok put $G/start 1
	ok ip link del $NIC
}

run_tests
