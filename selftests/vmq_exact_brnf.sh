#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to VM 1. br_netfilter is loaded.
# Proves: while it is loaded, nothing takes the fast path, also when it is switched
# off, unless it is trusted; then frames are fast while it is off and alone, and
# arrive as on the plain bridge; switched on, for IPv4, for IPv6 or for the one
# bridge, it is found within the bound, and rules of others take effect with the
# next frame.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"

TESTS="test_not_trusted test_trusted test_iptables test_ip6tables test_bridge
	test_others test_unload"

setup()
{
	rmmod br_netfilter 2>/dev/null
	topo_up 3
}

between()
{
	rmmod br_netfilter 2>/dev/null
	trust 0
	warm_all 3
}

trust() { [ "$HOOK" = plain ] || echo "$1" > $SYS/trust_br_netfilter; }
found() { [ "$HOOK" = plain ] || [ "$(cat $SYS/br_netfilter)" = "$1" ]; }
brnf() { echo "$2" > "/proc/sys/net/bridge/bridge-nf-call-$1"; }

# loaded, and off
brnf_off()
{
	modprobe -q br_netfilter 2>/dev/null
	if [ ! -d /proc/sys/net/bridge ]; then
		skip "no br_netfilter"
		return 1
	fi
	brnf iptables 0
	brnf ip6tables 0
	brnf arptables 0
}

test_not_trusted()
{
	toggle netfilter brnf_off "rmmod br_netfilter"
	ok found unknown
}

test_trusted()
{
	brnf_off || return
	trust 1
	ok found off
	toggle - true true
	trust 0
	mark
	send "not trusted"
	slow netfilter
	trust 1
	quick
}

# doubt ON OFF: br_netfilter is switched on, and off again
doubt()
{
	brnf_off || return
	trust 1
	quick
	ok eval "$1"
	[ "$HOOK" = plain ] || wait_for found on
	mark
	send on
	slow netfilter
	ok eval "$2"
	trust 1
	ok found off
	quick
}

test_iptables() { doubt "brnf iptables 1" "brnf iptables 0"; }
test_ip6tables() { doubt "brnf ip6tables 1" "brnf ip6tables 0"; }

test_bridge()
{
	doubt "ip link set $BR type bridge nf_call_iptables 1" \
		"ip link set $BR type bridge nf_call_iptables 0"
}

# trusted or not: somebody else's rules hold from the next frame on
test_others()
{
	need nft || return
	brnf_off || return
	cat > "$TMP/nft" <<-EOF
	table bridge t_vmq {
		chain c_fwd {
			type filter hook forward priority 0;
			ether daddr $(vm_mac 1) udp dport 9 drop
		}
	}
	EOF
	nft -f "$TMP/nft" 2>/dev/null || {
		skip "no nft bridge family"
		return
	}
	nft delete table bridge t_vmq
	trust 1
	toggle netfilter "nft -f $TMP/nft" "nft delete table bridge t_vmq"
	same "with the drop rule" "$ON_ARRIVED" "0 0 0"
}

test_unload()
{
	brnf_off || return
	trust 1
	ok rmmod br_netfilter
	[ "$HOOK" = plain ] || wait_for found absent
	quick
	brnf_off
	[ "$HOOK" = plain ] || wait_for found off
	quick
}

run_tests
