#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to VM 1, with and without tags, while the bridge filters
# VLANs and while it does not.
# Proves: frames in a VLAN take the fast path where the plain bridge forwards
# them, with the tag that it would have left, put or taken off; one MAC in two
# VLANs is two addresses; a VLAN device on the bridge's port has its frames
# first; a trunk of 4000 VLANs disturbs nobody.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"
. "$(dirname "$0")/vmq_vlan.inc"

TESTS="test_unaware_tagged test_unaware_upper test_default test_switch
	test_tagged test_untag test_retag test_two_vlans test_trunk"

test_unaware_tagged()
{
	EXT_TAG=
	quick -V 7
	same "with the tag" "$(rx vm1 tagged)" 60
	same "arrived" "$ARRIVED" "60 0 0"
	send long -V 7 -l 1400
}

test_unaware_upper()
{
	local dev

	quick -V 7
	dev=$(uplink)
	ok ip link add link "$dev" name t_v7 type vlan id 7
	ok ip link set t_v7 up
	mark
	send device -V 7
	slow vlan
	same "arrived beside the VLAN device" "$ARRIVED" "0 0 0"
	mark
	send untagged
	[ "$HOOK" = plain ] || at_least "untagged ones" "$(fast_now)" \
		$((FAST + 50))
	ok ip link del t_v7
	quick -V 7
	same "arrived after it" "$ARRIVED" "60 0 0"
}

test_default()
{
	filtering
	in_vlan 1
	same "arrived" "$ARRIVED" "60 0 0"
	same "tagged" "$(rx vm1 tagged)" 0
}

test_switch()
{
	local i

	for i in 1 2 3; do
		mark
		filtering
		send "on $i"
		quick
		ok ip link set $BR type bridge vlan_filtering 0
		send "off $i"
		quick
	done
}

test_tagged()
{
	filtering
	vlan add "$(uplink)" 7
	vlan add vnet1 7
	VM_TAG=7 EXT_TAG=7
	in_vlan 7 -V 7
	same "with the tag" "$(rx vm1 tagged)" 60
	send "another VLAN" -V 8
	same "of another VLAN" "$ARRIVED" "0 0 0"
}

test_untag()
{
	filtering
	vlan add "$(uplink)" 8
	vlan add vnet1 8 pvid untagged
	VM_TAG="" EXT_TAG=8
	in_vlan 8 -V 8
	same "arrived" "$ARRIVED" "60 0 0"
	same "with the tag" "$(rx vm1 tagged)" 0
	send long -V 8 -l 1400
}

test_retag()
{
	filtering
	vlan add "$(uplink)" 9 pvid untagged
	vlan add vnet1 9
	VM_TAG=9 EXT_TAG=
	in_vlan 9
	same "with the tag" "$(rx vm1 tagged)" 60
	send long -l 1400
}

test_two_vlans()
{
	local v

	filtering
	for v in 7 8; do
		vlan add "$(uplink)" $v
	done
	vlan add vnet1 7 pvid untagged
	vlan add vnet2 8 pvid untagged
	EXT_TAG=7
	quick -V 7
	same "in VLAN 7" "$ARRIVED" "60 0 0"
	speak vm2 eth0 "$(vm_mac 1)"
	EXT_TAG=8 hello_ext 0
	[ "$HOOK" = plain ] || wait_for two_vnics
	send "in VLAN 8" -V 8
	same "in VLAN 8" "$ARRIVED" "0 60 0"
	send "in VLAN 7 again" -V 7
	same "in VLAN 7 again" "$ARRIVED" "60 0 0"
	[ "$HOOK" = plain ] || same "rules for one MAC" \
		"$(awk -v m="$(vm_mac 1)" '$1 == m' $NICDBG/filters | wc -l)" 1
}

two_vnics() { [ "$(awk -v m="$(vm_mac 1)" '$1 == m' $DBG/vnics | wc -l)" = 2 ]; }

test_trunk()
{
	local events

	filtering
	quick
	[ "$HOOK" = plain ] || events=$(stat_value events)
	ok bridge vlan add dev "$(uplink)" vid 2-4000
	quick
	[ "$HOOK" = plain ] || at_most "events queued" \
		$(($(stat_value events) - events)) 50
	ok bridge vlan del dev "$(uplink)" vid 2-4000
	quick
}

run_tests
