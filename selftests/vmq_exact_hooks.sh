#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to VM 1.
# Proves: when a hook of netfilter, tc, XDP or a packet socket that could make
# a difference is switched on, the fast path stops, the reason is counted by
# its name, exactly the frames arrive that arrive on the plain bridge, steering
# goes on; and when it is off again the fast path comes back.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"

TESTS="test_nft_forward test_nft_ingress test_br_netfilter test_tcpdump
	test_tc_drop test_tc_port_egress test_xdp_generic"

test_nft_forward()
{
	need nft || return
	nft add table bridge t_vmq 2>/dev/null || {
		skip "no nft bridge family"
		return
	}
	nft delete table bridge t_vmq
	toggle netfilter "nft -f $(nft_file)" "nft delete table bridge t_vmq"
}

nft_file()
{
	cat > "$TMP/nft" <<-EOF
	table bridge t_vmq {
		chain c_fwd {
			type filter hook forward priority 0;
			ether daddr $(vm_mac 1) udp dport 9 drop
		}
	}
	EOF
	echo "$TMP/nft"
}

# the admin's own ingress rules on the uplink decide before vmq
test_nft_ingress()
{
	need nft || return
	cat > "$TMP/nft2" <<-EOF
	table netdev t_vmq {
		chain c_in {
			type filter hook ingress device $(uplink) priority 0;
			udp dport 9 drop
		}
	}
	EOF
	nft -f "$TMP/nft2" 2>/dev/null || {
		skip "no nft netdev family"
		return
	}
	nft delete table netdev t_vmq
	toggle - "nft -f $TMP/nft2" "nft delete table netdev t_vmq"
	[ "$HOOK" = plain ] || same "with the drop rule" "$ON_ARRIVED" \
		"0 0 0"
}

test_br_netfilter()
{
	modprobe -q br_netfilter 2>/dev/null
	if [ ! -d /proc/sys/net/bridge ]; then
		skip "no br_netfilter"
		return
	fi
	rmmod br_netfilter
	toggle netfilter "modprobe br_netfilter" "rmmod br_netfilter"
}

# a reader sees every frame, whichever way it goes
test_tcpdump()
{
	local n

	need tcpdump || return
	background tcpdump -p -i "$(uplink)" -n -l udp port 9 \
		> "$TMP/dump" 2> "$TMP/dump.err"
	until_ok grep -q listening "$TMP/dump.err"
	mark
	send on
	slow "$(stacked_only tap)"
	wait_for lines_are "$TMP/dump" 60
	n=$(wc -l < "$TMP/dump")
	as_plain seen "$n"
	stop "$LAST_PID"
	quick
}

lines_are() { [ "$(grep -c UDP "$1")" = "$2" ]; }

test_tc_drop()
{
	modprobe -q -a sch_ingress cls_matchall act_gact 2>/dev/null
	if ! tc qdisc add dev vnet3 clsact 2>/dev/null; then
		skip "no clsact"
		return
	fi
	tc qdisc del dev vnet3 clsact
	toggle "$(stacked_only tc)" "tc qdisc add dev $(uplink) clsact &&
		tc filter add dev $(uplink) ingress matchall action drop" \
		"tc qdisc del dev $(uplink) clsact"
}

# egress rules of the port hold on both paths
test_tc_port_egress()
{
	if ! tc qdisc add dev vnet1 clsact 2>/dev/null; then
		skip "no clsact"
		return
	fi
	tc qdisc del dev vnet1 clsact
	toggle - "tc qdisc add dev vnet1 clsact &&
		tc filter add dev vnet1 egress matchall action drop" \
		"tc qdisc del dev vnet1 clsact"
}

test_xdp_generic()
{
	need xdppin || return
	mkdir -p /sys/fs/bpf
	mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf 2>/dev/null
	if ! xdppin /sys/fs/bpf/t_vmq_drop drop 2>/dev/null; then
		skip "no BPF"
		return
	fi
	toggle "$(stacked_only xdp)" \
		"ip link set dev $(uplink) xdpgeneric pinned /sys/fs/bpf/t_vmq_drop" \
		"ip link set dev $(uplink) xdpgeneric off"
	rm -f /sys/fs/bpf/t_vmq_drop
}

run_tests
