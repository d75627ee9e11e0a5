#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 1 (lib.sh), and links of every kind that vmq must not sit on.
# Proves: every bad "ip link add ... type vmq" is refused with the errno that
# Documentation/networking/vmq.rst names and a message that tells the cause, and
# changes nothing.

. "$(dirname "$0")/lib.sh"
# shellcheck source=refuse.inc
. "$(dirname "$0")/refuse.inc"

TESTS="test_uplinks test_too_deep test_no_queues test_attributes
	test_own_attributes test_netns test_unprivileged test_handlers"

SHARED=1

setup()
{
	modprobe -q -a macvlan bonding team dummy 8021q tun 2>/dev/null
	topo 1 && as_now
}

test_uplinks()
{
	refused EINVAL "An uplink is needed" ip link add name t_q type vmq
	no_vmq ENODEV "No such uplink" if99999
	no_vmq EINVAL "lo is not an Ethernet device" lo
	# without Ethernet header
	if ip tuntap add t_tun mode tun 2>/dev/null; then
		no_vmq EINVAL "t_tun is not an Ethernet device" t_tun
		ip link del t_tun
	fi
	unchanged
}

# the kernel stacks eight links: the newlink fails when all but that is done
test_too_deep()
{
	local lower=$NIC i

	for i in 1 2 3 4 5 6 7; do
		if ! ip link add link $lower name t_v$i type vlan id $i; then
			skip "no VLANs in this kernel"
			return
		fi
		lower=t_v$i
	done
	as_now vlans
	no_vmq EMLINK "too many devices" t_v7
	unchanged vlans
	ok ip link add link t_v6 name $VMQ type vmq
	ok ip link del $VMQ
	ip link del t_v1
	unchanged
}

# what only passes frames on, and VLAN devices on it
test_no_queues()
{
	local text="has no receive queues of its own; name the NIC below"

	ok ip link add t_d type dummy
	if ip link add link t_d name t_mv type macvlan mode bridge 2>/dev/null
	then
		no_vmq EINVAL "t_mv $text" t_mv
	fi
	no_vmq EINVAL "$BR $text" $BR
	if ip link add link $BR name t_v5 type vlan id 5 2>/dev/null; then
		no_vmq EINVAL "$BR $text" t_v5
		ip link del t_v5
	fi
	ip link del t_d
	unchanged
}

test_attributes()
{
	no_vmq EINVAL "6 bytes" $NIC address 02:00
	no_vmq EADDRNOTAVAIL "unicast" $NIC address 01:00:00:00:00:01
	no_vmq EADDRNOTAVAIL "unicast" $NIC address 00:00:00:00:00:00
	[ "$HOOK" = ingress ] ||
		no_vmq EINVAL "MTU is that of $NIC, 1500" $NIC mtu 1400
	unchanged
	# a jumbo uplink's MTU may be named
	ok ip link set $NIC mtu 9000
	ok ip link add link $NIC name $VMQ mtu 9000 type vmq
	same "MTU" "$(cat /sys/class/net/$VMQ/mtu)" 9000
	ok detach
	ok ip link set $NIC mtu 1500
	unchanged
}

# IFLA_VMQ_HOOK is 1, STEER 2, PIN 3, BYPASS 4, SOFTSTEER 5: ip knows none of them
test_own_attributes()
{
	local attr

	refused EINVAL "" nlfail 0 add $NIC t_q 1 0
	for attr in 2 3 4 5; do
		refused ERANGE "" nlfail 0 add $NIC t_q $attr 2
	done
	not_ok test -e /sys/class/net/t_q
	unchanged
	# and what they are there for
	ok nlfail 0 add $NIC $VMQ 3 0
	same "switches" "$(cat $SYS/steer $SYS/pin $SYS/bypass | xargs)" "1 0 1"
	ok detach
	unchanged
}

test_netns()
{
	ok ip netns add t_other
	ok ip -n t_other link set lo up
	no_vmq EXDEV "$NIC is in another network namespace" $NIC netns t_other
	not_ok ip -n t_other link show t_q 2>/dev/null
	ip netns del t_other
	unchanged
}

test_unprivileged()
{
	need setpriv || return
	refused EPERM "" setpriv --reuid 65534 --clear-groups \
		ip link add link $NIC name t_q type vmq
	unchanged
}

test_handlers()
{
	[ "$HOOK" = stacked ] || ip link set $NIC nomaster
	if ip link add link $NIC name t_mv type macvlan mode bridge 2>/dev/null
	then
		as_now macvlan
		no_vmq EBUSY "$NIC is in use by macvlan t_mv" $NIC
		unchanged macvlan
		ip link del t_mv
	fi
	ip link set $NIC down
	if ip link add t_bond type bond 2>/dev/null &&
	   ip link set $NIC master t_bond 2>/dev/null; then
		as_now bond
		no_vmq EBUSY "$NIC is in use by bond t_bond" $NIC
		unchanged bond
		ip link set $NIC nomaster
	fi
	ip link del t_bond 2>/dev/null
	ip link set $NIC up
	[ "$HOOK" = stacked ] || ip link set $NIC master $BR
	# and when they are gone it works
	ok attach
}

run_tests
