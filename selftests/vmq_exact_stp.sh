#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to VM 1.
# Proves: while anything but the ports' plain states decides which of them
# forwards (a spanning tree in user space, multiple spanning trees, a ring of MRP),
# and while the bridge is down, no frame takes the fast path, and exactly those
# arrive that arrive on the plain bridge. (The kernel's own spanning tree is in
# vmq_exact.sh, states set by hand in vmq_bound.sh.)

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"

TESTS="test_user test_mst test_mst_state test_mrp test_bridge_down"
HELPER=/sbin/bridge-stp

# br_set OPTION VALUE...
br_set() { ip link set $BR type bridge "$@"; }

stp_is() { [ "$(cat /sys/class/net/$BR/bridge/stp_state)" = "$1" ]; }

# the kernel asks a program of this name whether user space takes it on
test_user()
{
	if [ -e $HELPER ]; then
		skip "this machine has a $HELPER"
		return
	fi
	printf '#!/bin/sh\nexit 0\n' > $HELPER
	chmod +x $HELPER
	turn "in user space" stp "br_set stp_state 1 && stp_is 2" \
		"br_set stp_state 0"
	rm -f $HELPER
}

# no port may be in a VLAN when it is switched
mst()
{
	if [ "$1" = 1 ]; then
		br_set vlan_default_pvid 0 && br_set mst_enabled 1
	else
		br_set mst_enabled 0 && br_set vlan_default_pvid 1
	fi
}

has_mst()
{
	mst 1 2>/dev/null && mst 0 && return
	br_set vlan_default_pvid 1
	skip "no mst_enabled"
	return 1
}

test_mst()
{
	has_mst || return
	turn "switched on" mst "mst 1" "mst 0"
}

# vlans add|del: VLAN 1 on all ports
vlans()
{
	local dev

	for dev in "$(uplink)" vnet1 vnet2 vnet3; do
		ok bridge vlan "$1" dev "$dev" vid 1 pvid untagged
	done
}

# instance STATE: of VLAN 1's tree, at the uplink and VM 1's port
instance()
{
	ok bridge mst set dev "$(uplink)" msti 1 state "$1"
	ok bridge mst set dev vnet1 msti 1 state "$1"
}

test_mst_state()
{
	has_mst || return
	ok mst 1
	ok br_set vlan_filtering 1
	vlans add
	ok bridge vlan add dev $BR vid 1 self pvid untagged
	ok bridge vlan global set dev $BR vid 1 msti 1
	mark
	send "disabled"
	slow "mst|no-vnic"
	same "in a tree that is disabled" "$ARRIVED" "0 0 0"
	instance 3
	hello 1
	hello_ext 0
	mark
	send "forwarding"
	slow mst
	same "in a tree that forwards" "$(rx vm1 frames)" 60
	instance 4
	mark
	send "blocking"
	slow mst
	same "in a tree that blocks" "$ARRIVED" "0 0 0"
	ok br_set vlan_filtering 0
	vlans del
	ok bridge vlan del dev $BR vid 1 self
	ok mst 0
	quick
}

eligible_is() { [ "$(cat $SYS/eligible)" = "$1" ]; }

# told by nobody until a port changes its state: found by the clock
test_mrp()
{
	if ! mrpring add $BR "$(uplink)" vnet3 2>/dev/null; then
		skip "no MRP in this kernel"
		return
	fi
	[ "$HOOK" = plain ] || wait_for eligible_is mrp
	mark
	send "in a ring"
	slow mrp
	ok mrpring del $BR "$(uplink)" vnet3
	[ "$HOOK" = plain ] || wait_for eligible_is fast
	quick
}

test_bridge_down()
{
	# an entry that stays
	ok bridge fdb replace "$(vm_mac 1)" dev vnet1 master static
	[ "$HOOK" = plain ] || wait_for vnic_is "$(vm_mac 1)" bypass fast
	# the other VMs' entries go, and with them their rules
	MOVES=1
	turn "bridge down" "uplink-state" "ip link set $BR down" \
		"ip link set $BR up"
	MOVES=
	same "through a bridge that is down" "$ON_ARRIVED" "0 0 0"
	ok bridge fdb del "$(vm_mac 1)" dev vnet1 master
	quick
}

run_tests
