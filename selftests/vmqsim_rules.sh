#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: vmqsim_lib.inc, 8 queues.
# Proves: every kind of ntuple rule sends its frames to its queue and no other
# frames there; the lowest location wins; the table, its size and every
# refusal are as documented, and a refused rule changes nothing.

. "$(dirname "$0")/vmqsim_lib.inc"

TESTS="test_dst_mac test_src_mac test_proto test_mac_mask test_vlan
	test_vlan_masks test_tcp4 test_udp4 test_tcp6 test_udp6 test_mac_ext
	test_drop test_context test_priority test_replace test_list
	test_refusals test_two_macs test_slots test_large test_shrink"

MAC1=02:00:00:00:01:01
MAC2=02:00:00:00:01:02

# one frame to PORT by the stack of the wire end, over PROTO to ADDRESS
udp() { in_wire bash -c "echo x > /dev/udp/$1/$2"; }
# a TCP SYN, and the reset that answers
tcp() { in_wire bash -c "echo x > /dev/tcp/$1/$2" 2>/dev/null; }

test_dst_mac()
{
	ok rule ether dst $MAC1 action 5
	ok rule ether dst $MAC2 action 6
	lands 5 20 send 20 -d $MAC1 -F 8
	lands 6 20 send 20 -d $MAC2 -F 8
	lands 5 5 send 5 -d $MAC1 -t arp
	lands 5 5 send 5 -d $MAC1 -V 7
	spreads 2 64 send 64 -d 02:00:00:00:01:03 -F 64
}

test_src_mac()
{
	ok rule ether src "$(ext_mac 1)" action 4
	lands 4 10 send 10 -s "$(ext_mac 1)" -F 8
	lands 4 10 send 10 -s "$(ext_mac 1)" -t arp
	lands 0 10 send 10 -s "$(ext_mac 2)" -t arp
}

test_proto()
{
	ok rule ether proto 0x0806 action 3
	lands 3 10 send 10 -t arp
	lands 0 10 send 10 -t rarp
	# behind a tag too
	lands 3 10 send 10 -t arp -V 9
}

test_mac_mask()
{
	# of ethtool's mask the set bits do not matter
	ok rule ether dst 02:00:00:00:05:00 m 00:00:00:00:00:ff action 2
	lands 2 5 send 5 -d 02:00:00:00:05:01 -t arp
	lands 2 5 send 5 -d 02:00:00:00:05:fe -t arp
	lands 0 5 send 5 -d 02:00:00:00:06:01 -t arp
}

test_vlan()
{
	ok rule ether dst $MAC1 vlan 10 m 0xf000 action 1
	ok rule ether dst $MAC1 vlan 20 m 0xf000 action 2
	lands 1 5 send 5 -d $MAC1 -V 10 -t arp
	lands 2 5 send 5 -d $MAC1 -V 20 -t arp
	lands 0 5 send 5 -d $MAC1 -V 30 -t arp
	lands 0 5 send 5 -d $MAC1 -t arp
	# tag in the frame, not beside it
	ok in_wire ethtool -K $WIRE tx-vlan-hw-insert off
	lands 2 5 send 5 -d $MAC1 -V 20 -t arp
}

test_vlan_masks()
{
	local v

	for v in vid full pcp ignore none; do
		echo $v > $SIM/vlan_mask
		same "vlan_mask" "$(cat $SIM/vlan_mask)" $v
		case $v in
		vid) ok rule ether dst $MAC1 vlan 10 m 0xf000 action 1 loc 1
		     refuses EINVAL rule ether dst $MAC1 vlan 10 action 1 ;;
		full) ok rule ether dst $MAC1 vlan 10 action 1 loc 2
		      refuses EINVAL rule ether dst $MAC1 vlan 10 m 0xf000 action 1 ;;
		pcp) ok rule ether dst $MAC1 vlan 0xa000 m 0x1fff action 1 loc 3
		     refuses EINVAL rule ether dst $MAC1 vlan 10 m 0xf000 action 1 ;;
		ignore) ok rule ether dst $MAC2 vlan 10 m 0xf000 action 7 loc 4
			lands 7 3 send 3 -d $MAC2 -V 99 -t arp ;;
		none) refuses EOPNOTSUPP rule ether dst $MAC1 vlan 10 m 0xf000 action 1
		      ok rule ether dst $MAC1 action 1 loc 5 ;;
		esac
	done
	same "rules" "$(n_rules)" 5
	refuses EINVAL put $SIM/vlan_mask nonsense
	same "variant" "$(cat $SIM/vlan_mask)" none
}

test_udp4()
{
	ok rule udp4 dst-ip $NIC_IP dst-port 7001 action 3
	ok rule udp4 src-ip $EXT_IP dst-port 7002 action 4
	lands 3 1 udp $NIC_IP 7001
	lands 4 1 udp $NIC_IP 7002
}

test_tcp4()
{
	ok rule tcp4 dst-ip $NIC_IP dst-port 7001 action 3
	lands 3 1 tcp $NIC_IP 7001
	# not UDP of the same port
	ok rule udp4 dst-port 7001 action 5
	lands 5 1 udp $NIC_IP 7001
}

test_udp6()
{
	sim_ip6
	ok rule udp6 dst-ip $NIC_IP6 dst-port 7001 action 2
	reaches 2 1 udp $NIC_IP6 7001
	ok rule udp4 dst-port 7001 action 6
	reaches 6 1 udp $NIC_IP 7001
}

test_tcp6()
{
	sim_ip6
	ok rule tcp6 dst-ip $NIC_IP6 dst-port 7001 action 2
	reaches 2 1 tcp $NIC_IP6 7001
}

test_mac_ext()
{
	ok rule udp4 dst-port 7001 dst-mac "$(nic_mac)" action 2 loc 1
	ok rule udp4 dst-port 7002 dst-mac $MAC1 action 3 loc 2
	ok rule udp4 dst-port 7002 action 4 loc 3
	lands 2 1 udp $NIC_IP 7001
	lands 4 1 udp $NIC_IP 7002
}

test_drop()
{
	local n

	ok rule ether dst $MAC1 action -1
	n=$(nic_stat rx_rule_drops)
	where 10 send 10 -d $MAC1 -F 4
	same "queues" "$WHERE" ""
	same "dropped" $(($(nic_stat rx_rule_drops) - n)) 10
}

test_context()
{
	local ctx

	ctx=$(ethtool -X $NIC context new start 6 equal 2 |
	      awk '{ print $NF }') || {
		fail "no context"
		return
	}
	ok rule ether dst $MAC1 context "$ctx" loc 1
	where 64 send 64 -d $MAC1 -F 64
	same "frames outside of 6 and 7" "$(echo "$WHERE" | tr ' ' '\n' |
		grep -cv '^[67]:')" 0
	# a context in use stays
	not_ok ethtool -X $NIC context "$ctx" delete 2>/dev/null
	ok ethtool -N $NIC delete 1
	ok ethtool -X $NIC context "$ctx" delete
	not_ok rule ether dst $MAC1 context "$ctx" loc 1 2>/dev/null
	same "rules" "$(n_rules)" 0
}

test_priority()
{
	ok rule ether dst $MAC1 action 3 loc 20
	lands 3 4 send 4 -d $MAC1 -t arp
	ok rule ether proto 0x0806 action 4 loc 10
	lands 4 4 send 4 -d $MAC1 -t arp
	ok rule ether dst $MAC1 action 5 loc 5
	lands 5 4 send 4 -d $MAC1 -t arp
	ok ethtool -N $NIC delete 5
	ok ethtool -N $NIC delete 10
	lands 3 4 send 4 -d $MAC1 -t arp
}

test_replace()
{
	ok rule ether dst $MAC1 action 3 loc 20
	ok rule ether dst $MAC2 action 4 loc 20
	same "rules" "$(n_rules)" 1
	lands 0 4 send 4 -d $MAC1 -t arp
	lands 4 4 send 4 -d $MAC2 -t arp
}

test_list()
{
	local out

	ok rule ether dst $MAC1 action 3 loc 7
	ok rule udp4 dst-port 53 action -1 loc 9
	out=$(ethtool -n $NIC)
	same "rules" "$(echo "$out" | awk '/^Total/ { print $2 }')" 2
	same "MAC" "$(echo "$out" | grep -ci "Dest MAC addr: $MAC1")" 1
	same "queue" "$(echo "$out" | grep -c 'Direct to queue 3')" 1
	same "drop" "$(echo "$out" | grep -c 'Action: Drop')" 1
	same "debugfs" "$(cut -d' ' -f1 $SIM/rules | tr '\n' ' ')" "7 9 "
	refuses ENOENT ethtool -N $NIC delete 8
	refuses EINVAL ethtool -N $NIC delete 64
	same "rules left" "$(n_rules)" 2
}

test_refusals()
{
	refuses EINVAL rule ether dst $MAC1 action 8
	refuses EINVAL rule ether dst $MAC1 action 1 loc 64
	refuses EOPNOTSUPP rule ip4 src-ip 10.0.0.7 action 1
	refuses EOPNOTSUPP rule sctp4 dst-port 7 action 1
	refuses EOPNOTSUPP rule tcp4 tos 4 dst-port 7 action 1
	refuses EINVAL rule ether dst $MAC1 vf 1 queue 1
	# a tag of that type, whatever the VLAN
	refuses EOPNOTSUPP rule ether dst $MAC1 vlan-etype 0x8100 action 1
	refuses EINVAL rule ether dst $MAC1 vlan-etype 0x88a8 vlan 10 m 0xf000 action 1
	same "rules" "$(n_rules)" 0
	ok rule ether dst $MAC1 vlan-etype 0x8100 vlan 10 m 0xf000 action 1
}

# An "ether" rule with FLOW_MAC_EXT, which ethtool has no words for: argument 2
# says whether the flag is set
TWO_MACS='
import array, fcntl, socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
mac = bytes([2, 0, 0, 0, 1, 1])
spec = mac + bytes(46)
ext = bytes(2) + mac + bytes(12)
mask = bytes([255] * 6)
fs = struct.pack("I52s20s52s20s4xQI4x", 0x12 | int(sys.argv[2]) << 30, spec, ext,
                 mask + bytes(46), bytes(2) + mask + bytes(12), 1, 5)
cmd = struct.pack("IIQ168sI4x", 0x32, 0, 0, fs, 0)
buf = array.array("B", cmd)
ifr = struct.pack("16sP", sys.argv[1].encode(), buf.buffer_info()[0]) + bytes(16)
fcntl.ioctl(s, 0x8946, ifr)'

test_two_macs()
{
	need python3 || return
	ok python3 -c "$TWO_MACS" $NIC 0
	same "rules" "$(n_rules)" 1
	ok ethtool -N $NIC delete 5
	refuses EOPNOTSUPP python3 -c "$TWO_MACS" $NIC 1
	same "rules" "$(n_rules)" 0
}

test_slots()
{
	local i

	same "slots" "$(cat $SIM/slots)" 64
	ok put $SIM/slots 4
	for i in 1 2 3 4; do
		ok rule ether dst 02:00:00:00:07:0$i action $i
	done
	refuses ENOSPC rule ether dst $MAC1 action 1
	refuses EBUSY put $SIM/slots 3
	ok ethtool -N $NIC delete 3
	ok put $SIM/slots 3
	ok put $SIM/slots 8192
	refuses EINVAL put $SIM/slots 0
	refuses EINVAL put $SIM/slots 8193
	refuses EINVAL put $SIM/slots x
	same "slots" "$(cat $SIM/slots)" 8192
	same "rules" "$(n_rules)" 3
	ok rule ether dst $MAC1 action 6 loc 8191
	lands 6 3 send 3 -d $MAC1 -t arp
}

# A large table: rules at its ends and many between
test_large()
{
	local i n=64

	[ "${KSFT_MACHINE_SLOW:-}" != yes ] || n=16
	ok put $SIM/slots 8192
	for ((i = 0; i < n; i++)); do
		rule ether dst "02:00:00:01:00:$(printf %02x $i)" action $((i % 8)) \
			loc $((8191 - i * 100)) || fail "rule $i"
	done
	same "rules" "$(n_rules)" $n
	lands 7 4 send 4 -d 02:00:00:01:00:07 -t arp
	lands 5 4 send 4 -d 02:00:00:01:00:0d -t arp
	lands 0 4 send 4 -d 02:00:00:01:00:60 -t arp
}

test_shrink()
{
	ok rule ether dst $MAC1 action 5
	not_ok ethtool -L $NIC combined 4 2>/dev/null
	not_ok ethtool -L $NIC rx 5 2>/dev/null
	ok ethtool -L $NIC combined 6
	lands 5 4 send 4 -d $MAC1 -t arp
	ok ethtool -N $NIC delete 63
	ok ethtool -L $NIC combined 4
}

run_tests
