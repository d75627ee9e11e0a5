#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 2 (lib.sh) and VM 9 behind a tap, to which host 0 sends numbered
# frames all the time; once as a plain bridge, then with vmq.
# Proves: a flow that goes from the fast path to the bridge and back, because a
# setting of vmq, of the bridge, of a port, of netfilter or a capture comes and goes,
# loses no frame, doubles none and stays in order.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_flow.inc"

HOOKS="plain $HOOKS"
TESTS="test_bypass test_promisc test_isolated test_netfilter test_capture
	test_vlan_filtering"
SHARED=1
TIMES=4

setup() { flow_topo 2 && attach && hello_ext 0; }
between() { hello_ext 0; }

grown() { [ "$(pass_count "$1")" -gt "$2" ]; }

# change REASON ON OFF WHAT: ON and OFF are commands; frames go one way, then the
# other. REASON "-": the way does not change for long
change()
{
	local reason=$1 on=$2 off=$3 what=$4 i n

	flow_start || return
	for ((i = 0; i < TIMES; i++)); do
		[ "$HOOK" = plain ] || n=$(pass_count "$reason")
		ok eval "$on"
		sleep $PAUSE
		[ "$HOOK" = plain ] || [ "$reason" = - ] ||
			wait_for grown "$reason" "$n"
		ok eval "$off"
		sleep $PAUSE
		[ "$HOOK" = plain ] || {
			n=$(pass_count fast)
			wait_for grown fast "$n"
		}
	done
	flow_judge "$what" $((TIMES * 2)) in-order
}

test_bypass()
{
	if [ "$HOOK" = plain ]; then
		change off true true "no change"
	else
		change off "echo 0 > $SYS/bypass" "echo 1 > $SYS/bypass" \
			"bypass switched"
	fi
}

test_promisc()
{
	change promisc "ip link set $BR promisc on" \
		"ip link set $BR promisc off" "bridge promiscuous"
}

test_isolated()
{
	change port-flags "bridge link set dev vnet9 isolated on" \
		"bridge link set dev vnet9 isolated off" "port isolated"
}

test_netfilter()
{
	need nft || return
	cat > "$TMP/nft" <<-EOF
	table bridge t_vmq {
		chain c_fwd {
			type filter hook forward priority 0; policy accept;
		}
	}
	EOF
	nft -f "$TMP/nft" 2>/dev/null || {
		skip "no nft bridge family"
		return
	}
	nft delete table bridge t_vmq
	change netfilter "nft -f $TMP/nft" "nft delete table bridge t_vmq" \
		"netfilter"
}

capture()
{
	background tcpdump -p -i "$(uplink)" -n -w /dev/null udp port 9 \
		2> "$TMP/dump.err"
	CAPTURE=$LAST_PID
	until_ok grep -q listening "$TMP/dump.err"
}

capture_end() { stop "$CAPTURE"; }

# in place it has seen the frame before vmq does
test_capture()
{
	local reason=tap

	need tcpdump || return
	[ "$HOOK" = stacked ] || reason=-
	change $reason capture capture_end "capture on the uplink"
}

# the FDB is read anew each time, the frames are unknown ones until then
test_vlan_filtering()
{
	change - "ip link set $BR type bridge vlan_filtering 1 && guest_hello" \
		"ip link set $BR type bridge vlan_filtering 0" "VLAN filtering"
}

run_tests
