#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to VM 1.
# Proves: when a hook of tc, netfilter or XDP on a device, or a packet socket, that
# could make a difference is switched on, the fast path stops, the reason is counted
# by its name, exactly the frames arrive that arrive on the plain bridge, steering
# goes on; and when it is off again the fast path comes back. So it is with what
# would make none, but that the fast path goes on.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"

TESTS="test_nft_ingress test_nft_egress test_tcpdump test_tcpdump_any
	test_tc_drop test_tcx test_tc_port_egress test_qdisc test_xdp_generic
	test_nic test_handle"

# the admin's own ingress rules on the uplink decide before vmq
test_nft_ingress()
{
	local h

	h="ingress device $(uplink) priority 0"
	has_nft netdev "$h" drop || return
	turn drop "$(stacked_only nft-ingress)" "chain netdev '$h' drop" \
		"no_chain netdev"
	same "dropped" "$ON_ARRIVED" "0 0 0"
}

test_nft_egress()
{
	local h="egress device vnet1 priority 0"

	has_nft netdev "$h" drop || return
	turn drop - "chain netdev '$h' drop" "no_chain netdev"
	same "dropped" "$ON_ARRIVED" "0 0 0"
}

# capture DEV [OPTION...]: VM 1's frames, into $TMP/dump
capture()
{
	background tcpdump -p -i "$1" -n -l "${@:2}" udp port 9 \
		> "$TMP/dump" 2> "$TMP/dump.err"
	until_ok grep -q listening "$TMP/dump.err"
}

# a reader sees every frame, whichever way it goes
test_tcpdump()
{
	local dev

	need tcpdump || return
	for dev in "$(uplink)" vnet1; do
		capture "$dev"
		mark
		send "on ${dev/$VMQ/$NIC}"
		if [ "$dev" = vnet1 ]; then
			slow fast
		else
			slow "$(stacked_only tap)"
		fi
		wait_for lines_are UDP 60
		stop "$LAST_PID"
		quick
	done
}

# at all devices at once: where it came in, and where it goes out
test_tcpdump_any()
{
	need tcpdump || return
	capture any
	mark
	send "on all"
	slow "$([ "$HOOK" = stacked ] && echo tap || echo fast)"
	wait_for lines_are " $NIC " 60
	wait_for lines_are " vnet1 " 60
	stop "$LAST_PID"
	quick
}

lines_are() { [ "$(grep -c "$1" "$TMP/dump")" = "$2" ]; }

has_clsact()
{
	modprobe -q -a sch_ingress cls_matchall act_gact 2>/dev/null
	tc qdisc add dev vnet3 clsact 2>/dev/null &&
		tc qdisc del dev vnet3 clsact && return
	skip "no clsact"
	return 1
}

# tc_drop DEV ingress|egress
tc_drop()
{
	tc qdisc add dev "$1" clsact &&
	tc filter add dev "$1" "$2" matchall action drop
}

no_tc() { tc qdisc del dev "$1" clsact; }

test_tc_drop()
{
	has_clsact || return
	turn drop "$(stacked_only tc)" "tc_drop $(uplink) ingress" \
		"no_tc $(uplink)"
	same "dropped" "$ON_ARRIVED" "0 0 0"
}

# a program at ingress without a qdisc
test_tcx()
{
	has_bpf || return
	if ! tcxpin $BPF/t_vmq_tcx vnet3 pass 2>/dev/null; then
		skip "no tcx"
		return
	fi
	rm $BPF/t_vmq_tcx
	turn drop "$(stacked_only tc)" "tcxpin $BPF/t_vmq_tcx $(uplink) drop" \
		"rm $BPF/t_vmq_tcx"
	same "dropped" "$ON_ARRIVED" "0 0 0"
}

# egress rules of the port hold on both paths
test_tc_port_egress()
{
	has_clsact || return
	turn drop - "tc_drop vnet1 egress" "no_tc vnet1"
	same "dropped" "$ON_ARRIVED" "0 0 0"
}

# what it does with frames is vmq_transmit.sh's
test_qdisc()
{
	need tc || return
	turn pfifo fast "tc qdisc add dev vnet1 root pfifo limit 1000" \
		"tc qdisc del dev vnet1 root"
}

BPF=/sys/fs/bpf

has_bpf()
{
	mkdir -p $BPF
	mountpoint -q $BPF || mount -t bpf bpf $BPF 2>/dev/null
	xdppin $BPF/t_vmq_drop drop 2>/dev/null && rm $BPF/t_vmq_drop && return
	skip "no BPF"
	return 1
}

xdp_drop()
{
	xdppin $BPF/t_vmq_drop drop &&
	ip link set dev "$1" xdpgeneric pinned $BPF/t_vmq_drop &&
	rm $BPF/t_vmq_drop
}

no_xdp() { ip link set dev "$1" xdpgeneric off; }

test_xdp_generic()
{
	has_bpf || return
	turn drop "$(stacked_only xdp)" "xdp_drop $(uplink)" "no_xdp $(uplink)"
	same "dropped" "$ON_ARRIVED" "0 0 0"
}

# on the NIC, stacked or not, all of them come before vmq
test_nic()
{
	local h="ingress device $NIC priority 0"

	has_clsact && has_bpf && has_nft netdev "$h" drop || return
	turn tc - "tc_drop $NIC ingress" "no_tc $NIC"
	same "dropped by tc" "$ON_ARRIVED" "0 0 0"
	turn nft - "chain netdev '$h' drop" "no_chain netdev"
	same "dropped by nft" "$ON_ARRIVED" "0 0 0"
	turn xdp - "xdp_drop $NIC" "no_xdp $NIC"
	same "dropped by XDP" "$ON_ARRIVED" "0 0 0"
	need tcpdump || return
	capture $NIC
	mark
	send "captured"
	slow fast
	wait_for lines_are UDP 60
	stop "$LAST_PID"
	quick
}

# in place no frame comes by vmq0: a handle
test_handle()
{
	local h="ingress device $VMQ priority 0"

	if [ "$HOOK" != ingress ]; then
		quick
		return
	fi
	has_clsact && has_nft netdev "$h" drop || return
	ok tc_drop $VMQ ingress
	ok chain netdev "$h" drop
	mark
	send "after "
	slow fast
	ok no_chain netdev
	ok no_tc $VMQ
	quick
}

run_tests
