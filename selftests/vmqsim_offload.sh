#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: vmqsim_lib.inc, 8 queues; not promiscuous where filters are tested.
# Proves: address and VLAN filters, tag stripping and insertion, MTU, checksum
# and segmentation offloads and GRO do what the features say.

. "$(dirname "$0")/vmqsim_lib.inc"

TESTS="test_unicast test_uc_list test_uc_overflow test_multicast test_promisc
	test_vlan_filter test_vlan_strip test_vlan_netdev test_mtu
	test_mtu_gso test_checksum test_tcp test_gro test_stats test_wire_queues"

OTHER=02:00:00:00:01:01

# dropped STAT COUNT CMD...: all of them are refused for that reason
dropped()
{
	local stat=$1 n before

	before=$(nic_stat "$stat")
	n=$2
	shift
	where "$@"
	same "queues of: ${*:2}" "$WHERE" ""
	same "$stat of: ${*:2}" $(($(nic_stat "$stat") - before)) "$n"
}

test_unicast()
{
	ok ip link set $NIC promisc off
	dropped rx_filter 5 send 5 -d $OTHER
	spreads 1 5 send 5 -F 2
	spreads 1 5 send 5 -d $BCAST
	ok ip link set $NIC address $OTHER
	spreads 1 5 send 5 -d $OTHER
}

test_uc_list()
{
	ok ip link set $NIC promisc off
	ok bridge fdb add $OTHER dev $NIC self
	spreads 1 5 send 5 -d $OTHER
	same "promiscuous" "$(ip -d link show $NIC | grep -c 'promiscuity 0')" 1
	dropped rx_filter 5 send 5 -d 02:00:00:00:01:02
	ok bridge fdb del $OTHER dev $NIC self
	dropped rx_filter 5 send 5 -d $OTHER
}

# More addresses than the table has: everything is taken
test_uc_overflow()
{
	local i

	ok ip link set $NIC promisc off
	for ((i = 0; i < 257; i++)); do
		printf 'fdb add 02:00:00:00:%02x:%02x dev %s self\n' \
			$((16 + i / 256)) $((i % 256)) $NIC
	done | bridge -batch - || fail "addresses"
	spreads 1 5 send 5 -d $OTHER
	ok bridge fdb del 02:00:00:00:10:00 dev $NIC self
	dropped rx_filter 5 send 5 -d $OTHER
	spreads 1 5 send 5 -d 02:00:00:00:11:00
}

test_multicast()
{
	ok ip link set $NIC promisc off
	dropped rx_filter 5 send 5 -d 01:00:5e:01:02:03
	ok ip maddr add 01:00:5e:01:02:03 dev $NIC
	spreads 1 5 send 5 -d 01:00:5e:01:02:03
	ok ip maddr del 01:00:5e:01:02:03 dev $NIC
	ok ip link set $NIC allmulticast on
	spreads 1 5 send 5 -d 01:00:5e:01:02:04
	dropped rx_filter 5 send 5 -d $OTHER
}

test_promisc()
{
	spreads 1 5 send 5 -d $OTHER
	spreads 1 5 send 5 -d 01:00:5e:01:02:03
	spreads 1 5 send 5 -d $OTHER -V 100
	ok ip link set $NIC promisc off
	dropped rx_filter 5 send 5 -d $OTHER
}

test_vlan_filter()
{
	ok ip link set $NIC promisc off
	dropped rx_vlan_filter 5 send 5 -V 100
	modprobe -q 8021q
	ok ip link add link $NIC name t_v type vlan id 100
	ok ip link set t_v up
	spreads 1 5 send 5 -V 100
	dropped rx_vlan_filter 5 send 5 -V 101
	ok ip link del t_v
	dropped rx_vlan_filter 5 send 5 -V 100
	ok ethtool -K $NIC rx-vlan-filter off
	spreads 1 5 send 5 -V 100
}

# rx_vlan COUNT: what a VLAN netdev received
test_vlan_strip()
{
	local mode

	modprobe -q 8021q
	ok ip link add link $NIC name t_v type vlan id 100
	no_ip6 t_v
	ok ip link set t_v up
	for mode in "on on" "on off" "off on" "off off"; do
		ok ethtool -K $NIC rxvlan "${mode% *}"
		ok in_wire ethtool -K $WIRE tx-vlan-hw-insert "${mode#* }"
		n=$(cat /sys/class/net/t_v/statistics/rx_packets)
		spreads 1 6 send 6 -V 100 -F 3
		wait_for got_vlan $((n + 6))
	done
}
got_vlan() { [ "$(cat /sys/class/net/t_v/statistics/rx_packets)" = "$1" ]; }

# Both ways through VLAN netdevs, with insertion by the NIC and by software
test_vlan_netdev()
{
	local mode

	modprobe -q 8021q
	ok ip link add link $NIC name t_v type vlan id 100
	ok ip -n wire link add link $WIRE name t_w type vlan id 100
	ok ip addr add 10.1.0.1/24 dev t_v
	ok ip -n wire addr add 10.1.0.2/24 dev t_w
	ok ip link set t_v up
	ok ip -n wire link set t_w up
	for mode in on off; do
		ok ethtool -K $NIC txvlan $mode
		ok ping_ok wire 10.1.0.1 2
	done
}

test_mtu()
{
	ok ip link set $NIC mtu 1000
	dropped rx_oversize 3 send 3 -l 1100
	spreads 1 3 send 3 -l 1014
	ok ip link set $NIC mtu 9000
	not_ok ip link set $NIC mtu 9001 2>/dev/null
	not_ok ip link set $NIC mtu 67 2>/dev/null
	ok ip -n wire link set $WIRE mtu 9000
	spreads 1 3 send 3 -l 9000
}

# udp_gso ADDRESS SIZE: three datagrams of SIZE bytes in one GSO frame, by the
# socket option UDP_SEGMENT (103 at level 17)
UDP_GSO='
import socket, sys
size = int(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(17, 103, size)
s.sendto(bytes(3 * size), (sys.argv[1], 9))'
udp_gso() { python3 -c "$UDP_GSO" "$@"; }
wire_udp_gso() { in_wire python3 -c "$UDP_GSO" "$@"; }
wire_stat() { in_wire cat "/sys/class/net/$WIRE/statistics/$1"; }
wire_stat_reaches() { [ "$(wire_stat "$1")" -ge "$2" ]; }

# GSO frames come whole, but a cable would carry their segments
test_mtu_gso()
{
	local n

	need python3 || return
	spreads 1 1 wire_udp_gso $NIC_IP 1400
	ok ip link set $NIC mtu 1000
	dropped rx_oversize 1 wire_udp_gso $NIC_IP 1400
	spreads 1 1 wire_udp_gso $NIC_IP 900

	# and what the NIC sends; by bytes, as it also sends ICMP
	ok ip link set $NIC mtu 9000
	n=$(wire_stat rx_bytes)
	ok udp_gso $EXT_IP 1400
	wait_for wire_stat_reaches rx_bytes $((n + 4200))
	n=$(wire_stat rx_dropped)
	ok udp_gso $EXT_IP 4000
	wait_for wire_stat_reaches rx_dropped $((n + 1))
	n=$(wire_stat rx_bytes)
	ok in_wire ip link set $WIRE mtu 9000
	ok udp_gso $EXT_IP 4000
	wait_for wire_stat_reaches rx_bytes $((n + 12000))
}

# A frame whose checksum is still to be made must get it when the receiver does
# without the NIC's help
test_checksum()
{
	ok ethtool -K $NIC rx off
	ok ping_ok wire $NIC_IP 2
	background iperf3 -s -1 >/dev/null
	until_ok ss_listens
	ok in_wire iperf3 -c $NIC_IP -n 1M >/dev/null
	ok ethtool -K $NIC rx on tx off >/dev/null
	background iperf3 -s -1 >/dev/null
	until_ok ss_listens
	ok in_wire iperf3 -c $NIC_IP -n 1M -R >/dev/null
}
ss_listens() { ss -Htln 'sport = :5201' | grep -q .; }

# TCP in both directions with every combination of segmentation
test_tcp()
{
	local mode

	for mode in "on on" "on off" "off on" "off off"; do
		ok ethtool -K $NIC tso "${mode% *}" gso "${mode% *}" >/dev/null
		ok in_wire ethtool -K $WIRE tso "${mode#* }" gso "${mode#* }" >/dev/null
		background iperf3 -s -1 >/dev/null
		until_ok ss_listens
		ok in_wire iperf3 -c $NIC_IP -n 2M >/dev/null
		background iperf3 -s -1 >/dev/null
		until_ok ss_listens
		ok in_wire iperf3 -c $NIC_IP -n 2M -R >/dev/null
	done
}

# Segments from the wire come together again in poll: fewer frames reach IP
# than the NIC received
test_gro()
{
	local nic ip mode

	ok in_wire ethtool -K $WIRE tso off gso off
	for mode in off on; do
		ok ethtool -K $NIC gro $mode
		nic=$(total)
		ip=$(awk '/^Ip: [0-9]/ { print $4 }' /proc/net/snmp)
		background iperf3 -s -1 >/dev/null
		until_ok ss_listens
		ok in_wire iperf3 -c $NIC_IP -n 8M >/dev/null
		nic=$(($(total) - nic))
		ip=$(($(awk '/^Ip: [0-9]/ { print $4 }' /proc/net/snmp) - ip))
		if [ $mode = on ]; then
			at_most "IP datagrams of $nic frames with GRO" $ip $((nic - 1))
		else
			at_least "IP datagrams of $nic frames without" $ip $nic
		fi
	done
}

test_stats()
{
	local sum

	send 300 -F 64
	wait_for total_is 300
	same "rx_packets" "$(cat /sys/class/net/$NIC/statistics/rx_packets)" 300
	sum=$(ethtool -S $NIC | awk '/rx_queue_[0-9]+_packets/ { n += $2 } END { print n }')
	same "sum of the queues" "$sum" 300
	ok vmqpkt send -i $NIC -s "$(nic_mac)" -d "$(ext_mac 0)" -n 50 -F 8 >/dev/null
	wait_for sent_is 50
	same "wire received" "$(in_wire cat /sys/class/net/$WIRE/statistics/rx_packets)" 50
}
sent_is()
{
	[ "$(ethtool -S $NIC | awk '/tx_queue_[0-9]+_packets/ { n += $2 } END { print n }')" = "$1" ]
}

# What the NIC sends on its queue 4 of 5 must not claim to have come on one that
# the wire end, with 3 to receive, does not have: the kernel warns of that
test_wire_queues()
{
	local q n

	ip link del $NIC
	ip netns del wire
	ip link add $NIC numrxqueues 3 numtxqueues 5 type vmqsim
	no_ip6 $NIC
	no_ip6 $WIRE
	for q in 0 1 2; do
		echo 1 > /sys/class/net/$WIRE/queues/rx-$q/rps_cpus || fail "RPS"
	done
	ok ip link set $WIRE up
	ok ip link set $NIC up
	wait_for carrier_is 1
	n=$(dmesg | grep -c 'received packet on queue')
	ok vmqpkt send -i $NIC -s "$(nic_mac)" -d "$(ext_mac 0)" -n 64 -F 64 >/dev/null
	wait_for sent_is 64
	wait_for wire_got 64
	same "warnings" "$(dmesg | grep -c 'received packet on queue')" "$n"
}
wire_got() { [ "$(cat /sys/class/net/$WIRE/statistics/rx_packets)" -ge "$1" ]; }

run_tests
