#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; br0 knows which MAC is behind an IPv4 and an IPv6 address, that of VM 1.
# Proves: where the bridge answers for its stations (neigh_suppress, proxy_arp,
# proxy_arp_wifi), requests from the wire are answered as often, and reach as many
# VMs, as on the plain bridge; frames of a flow stay on the fast path, and requests
# that go to VM 1 alone do not take it.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"

TESTS="test_suppress test_suppress_uplink test_proxy_arp test_proxy_arp_wifi
	test_suppress_nd"
# who vmqpkt's requests are for
TARGET=198.18.0.3

setup()
{
	topo_up 3 &&
	ip neigh replace $TARGET lladdr "$(vm_mac 1)" dev $BR nud permanent
}

# count_answers: from now on, at host 0
count_answers()
{
	need nft || return
	in_wire nft delete table arp t_vmq 2>/dev/null
	in_wire nft -f - 2>/dev/null <<-EOF && return
	table arp t_vmq {
		chain c_in {
			type filter hook input priority 0;
			arp operation reply counter
		}
	}
	EOF
	skip "no nft arp family"
	return 1
}

answers()
{
	in_wire nft list table arp t_vmq |
		sed -n 's/.*counter packets \([0-9]*\) .*/\1/p'
}

# asked STEP: host 0 asks 60 times. Sets ANSWERS to how many answers came, and
# ARRIVED.
asked()
{
	local n

	n=$(answers)
	send "$1" -t arp "${@:2}"
	ANSWERS=$(($(answers) - n))
	as_plain "$1, answers" $ANSWERS
}

# answering WANTED ON OFF: how many of 60 requests to all the bridge answers
answering()
{
	count_answers || return
	ok eval "$2"
	mark
	send on
	slow fast
	asked "on, all" -d $BCAST
	same "answers" "$ANSWERS" "$1"
	mark
	asked "on, one"
	slow protocol
	ok eval "$3"
	asked "off" -d $BCAST
	same "answers after" "$ANSWERS" 0
	quick
}

# slave DEV FLAG VALUE...
slave() { ip link set "$1" type bridge_slave "${@:2}"; }

test_suppress()
{
	answering 60 "slave vnet1 neigh_suppress on" \
		"slave vnet1 neigh_suppress off"
}

# who asks there is not answered, and asks all others
test_suppress_uplink()
{
	answering 0 "slave $(uplink) neigh_suppress on" \
		"slave $(uplink) neigh_suppress off"
}

test_proxy_arp()
{
	answering 60 "slave $(uplink) proxy_arp on" \
		"slave $(uplink) proxy_arp off"
}

test_proxy_arp_wifi()
{
	answering 60 "slave vnet1 proxy_arp_wifi on" \
		"slave vnet1 proxy_arp_wifi off"
}

solicited()
{
	in_vm 1 sed -n 's/^Icmp6InNeighborSolicits[[:space:]]*//p' /proc/net/snmp6
}

# solicit: host 0 looks for VM 1; sets SOLICITED, how often VM 1 was asked
solicit()
{
	local n

	in_wire ip -6 neigh flush dev $WIRE
	n=$(solicited)
	ok ping_ok wire "$(vm_ip6 1)" 2
	SOLICITED=$(($(solicited) - n))
}

# ip6_neigh: br0 knows VM 1 by IPv6, too, and has no address itself
ip6_neigh()
{
	local conf=/proc/sys/net/ipv6/conf/$BR

	echo 1 > $conf/addr_gen_mode && echo 0 > $conf/accept_ra &&
	echo 0 > $conf/disable_ipv6 &&
	ip neigh replace "$(vm_ip6 1)" lladdr "$(vm_mac 1)" dev $BR nud permanent
}

test_suppress_nd()
{
	ok ip6_neigh
	solicit
	at_least "solicitations before" $SOLICITED 1
	mark
	turn on fast "slave vnet1 neigh_suppress on" true
	solicit
	same "solicitations that VM 1 got" $SOLICITED 0
	[ "$HOOK" = plain ] ||
		at_least "ICMPv6 by the bridge" "$(pass_count icmpv6)" 2
	ok slave vnet1 neigh_suppress off
	solicit
	at_least "solicitations after" $SOLICITED 1
	quick
}

run_tests
