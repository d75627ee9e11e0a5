#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to VM 1.
# Proves: what a frame carries besides its bytes (mark, priority) is on it at the
# port's egress as on the plain bridge, on the fast path; merged frames that the
# port does not take whole are cut as it asks for.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"

TESTS="test_mark test_gso_port"

# mark_at_egress: count what leaves by VM 1's port with the mark and priority
mark_at_egress()
{
	nft -f - <<-EOF
	table netdev t_vmq {
		chain c_out {
			type filter hook egress device vnet1 priority 0;
			meta mark 0x42 counter
			meta priority 0:3 counter
		}
	}
	EOF
}

marked()
{
	nft list table netdev t_vmq |
		sed -n 's/.*counter packets \([0-9]*\) .*/\1/p' | xargs
}

# set by tc below the bridge's port, before vmq
test_mark()
{
	need nft tc || return
	modprobe -q -a sch_ingress cls_matchall act_skbedit
	if ! mark_at_egress 2>/dev/null; then
		skip "no netfilter at egress"
		return
	fi
	ok tc qdisc add dev $NIC clsact
	ok tc filter add dev $NIC ingress matchall action skbedit mark 0x42 \
		priority 0:3
	mark
	send "marked"
	slow fast
	same "marked at egress" "$(marked)" "60 60"
	ok tc qdisc del dev $NIC clsact
	send "not marked"
	same "marked in the end" "$(marked)" "60 60"
	ok nft delete table netdev t_vmq
	quick
}

received() { in_vm 1 cat /sys/class/net/eth0/statistics/rx_packets; }

# merged SEGMENTS WHAT: 2 MB of TCP reach VM 1 in frames of so many segments at most
merged()
{
	local bytes=2000000 n fast

	n=$(received)
	fast=$(fast_now)
	background in_vm 1 iperf3 -s -1 -p 5001 > /dev/null 2>&1
	wait_for in_wire iperf3 -c "$(vm_ip 1)" -p 5001 -n $bytes
	at_least "frames, $2" $(($(received) - n)) $((bytes / 1448 / $1))
	[ "$HOOK" = plain ] || at_least "of them fast" \
		$(($(fast_now) - fast)) 20
}

test_gso_port()
{
	need iperf3 ethtool || return
	ok ethtool -K vnet1 tso off gso off > /dev/null
	merged 1 "cut one by one"
	ok ethtool -K vnet1 tso on gso on > /dev/null
	ok ip link set vnet1 gso_max_size 6000
	merged 4 "cut to 6000 bytes"
	ok ip link set vnet1 gso_max_size 65536
	ok ip link set vnet1 gso_max_segs 2
	merged 2 "cut to two segments"
	ok ip link set vnet1 gso_max_segs 65535
	quick
}

run_tests
