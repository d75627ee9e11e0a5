#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 2 (lib.sh); host 0 sends to VM 1, whose port is a veth without
# qdisc.
# Proves: a frame on the fast path is handed straight to the port's driver, and
# goes through the core's transmit as soon as a qdisc, a hook at egress, a packet
# socket or a tracepoint of transmission would see it there; each of them sees
# every frame, and every frame arrives; then they go straight again.

. "$(dirname "$0")/lib.sh"

TESTS="test_direct test_qdisc test_tc_egress test_nft_egress test_socket
	test_tracepoint"
SHARED=1
TRACING=/sys/kernel/tracing

setup() { topo_up 2; }
between() { warm_all 2; }

direct() { stat_value direct; }

# sent DIRECT [OPTION...]: 100 frames arrive on the fast path, all of them or none
# straight from the hook. Refresh sends one through the bridge now and then.
sent()
{
	local want=$1 before fast

	shift
	before=$(direct)
	fast=$(pass_count fast)
	deliver 0 1 100 "$@"
	same "frames to VM 1" "$GOT" 100
	fast=$(($(pass_count fast) - fast))
	at_least "of them on the fast path" $fast 95
	[ "$want" = all ] || fast=0
	same "of them straight" $(($(direct) - before)) $fast
}

test_direct()
{
	sent all
}

qdisc_sent()
{
	tc -s qdisc show dev vnet1 root |
		sed -n 's/.* Sent [0-9]* bytes \([0-9]*\) pkt.*/\1/p'
}

test_qdisc()
{
	ok tc qdisc replace dev vnet1 root pfifo limit 1000
	sent none
	at_least "frames through the qdisc" "$(qdisc_sent)" 100
	ok tc qdisc del dev vnet1 root
	sent all
}

filter_seen()
{
	tc -s filter show dev vnet1 egress |
		sed -n 's/.*Sent [0-9]* bytes \([0-9]*\) pkt.*/\1/p' | head -n 1
}

test_tc_egress()
{
	modprobe -q -a sch_ingress cls_matchall act_gact 2>/dev/null
	if ! tc qdisc add dev vnet1 clsact 2>/dev/null; then
		skip "no clsact"
		return
	fi
	ok tc filter add dev vnet1 egress matchall action ok
	sent none
	at_least "frames seen by the filter" "$(filter_seen)" 100
	ok tc qdisc del dev vnet1 clsact
	sent all
}

test_nft_egress()
{
	need nft || return
	cat > "$TMP/nft" <<-EOF
	table netdev t_vmq {
		chain c_out {
			type filter hook egress device vnet1 priority 0;
			counter
		}
	}
	EOF
	nft -f "$TMP/nft" 2>/dev/null || {
		skip "no netfilter at egress"
		return
	}
	sent none
	at_least "frames seen by the rule" "$(nft list table netdev t_vmq |
		sed -n 's/.*counter packets \([0-9]*\) .*/\1/p')" 100
	ok nft delete table netdev t_vmq
	sent all
}

test_socket()
{
	need tcpdump || return
	background tcpdump -p -i vnet1 -n -l -Q out udp \
		> "$TMP/dump" 2> "$TMP/dump.err"
	until_ok grep -q listening "$TMP/dump.err"
	sent none
	wait_for seen_are "$TMP/dump" 100
	stop "$LAST_PID"
	sent all
}

seen_are() { [ "$(grep -c UDP "$1")" = "$2" ]; }

test_tracepoint()
{
	local ev=events/net/net_dev_queue

	if [ ! -e $TRACING/$ev/enable ]; then
		skip "no $ev"
		return
	fi
	echo > $TRACING/trace
	echo 'name == "vnet1"' > $TRACING/$ev/filter
	echo 1 > $TRACING/$ev/enable
	sent none
	echo 0 > $TRACING/$ev/enable
	echo 0 > $TRACING/$ev/filter
	at_least "frames traced" "$(grep -c 'dev=vnet1' $TRACING/trace)" 100
	echo > $TRACING/trace
	sent all
}

run_tests
