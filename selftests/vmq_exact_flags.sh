#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to VM 1.
# Proves: with each flag of a port that could make a difference (locked, MAB, VLAN
# tunnel) the fast path stops at once, with each that could not (learning, hairpin,
# flooding) it goes on, and exactly the frames arrive that arrive on the plain
# bridge; so it is with a port that has lost its carrier, with and without another
# port to take its frames.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"

TESTS="test_learning test_mab test_mab_entry test_hairpin test_flood
	test_vlan_tunnel test_backup_port test_backup_nhid test_no_carrier"

# flag DEV FLAG...: as "bridge link set" takes them
flag() { bridge link set dev "$1" "${@:2}"; }

test_learning()
{
	local up

	up=$(uplink)
	turn "off at the port" fast "flag vnet1 learning off" \
		"flag vnet1 learning on"
	turn "off at the uplink" fast "flag $up learning off" \
		"flag $up learning on"
	# the host's MAC has moved to a guest, and nothing takes it back
	MOVES=1
	turn "host at a port" "source|revoked" \
		"flag $up learning off && speak vm2 eth0 $(ext_mac 0)" \
		"flag $up learning on"
	MOVES=
}

test_mab()
{
	local up

	up=$(uplink)
	turn "locked port" fast "flag vnet1 locked on" "flag vnet1 locked off"
	turn "MAB at the uplink" uplink-flags "flag $up locked on mab on" \
		"flag $up locked off mab off"
	# a host that has no leave to send
	ok flag "$up" locked on
	mark
	send "unknown host" -s "$(ext_mac 8)"
	slow "uplink-flags"
	same "frames of an unknown host" "$ARRIVED" "0 0 0"
	ok flag "$up" locked off
	quick
}

locked_entry() { bridge fdb show br $BR | grep -q "^$1 .*locked"; }

# a station that MAB has seen, but nobody has admitted yet
test_mab_entry()
{
	local m=02:00:00:00:96:01

	ok flag vnet2 locked on mab on
	speak vm2 eth0 $m
	if ! locked_entry $m; then
		flag vnet2 locked off mab off
		skip "no MAB in this kernel"
		return
	fi
	sleep 0.1
	mark
	send "not admitted" -d $m
	slow no-vnic
	ok bridge fdb replace $m dev vnet2 master static
	[ "$HOOK" = plain ] || wait_for vnic_is $m bypass fast
	mark
	send "admitted" -d $m
	slow fast
	same "to the station" "$ARRIVED" "0 60 0"
	ok bridge fdb del $m dev vnet2 master
	ok flag vnet2 locked off mab off
	quick
}

test_hairpin()
{
	local up

	up=$(uplink)
	turn "at the port" fast "flag vnet1 hairpin on" "flag vnet1 hairpin off"
	turn "at the uplink" fast "flag $up hairpin on" "flag $up hairpin off"
	# what came from the uplink goes back there
	ok flag "$up" hairpin on
	hello_ext 5
	hello_ext 0
	mark
	trial wire $WIRE "wire:$WIRE vm1:eth0" -s "$(ext_mac 0)" \
		-d "$(ext_mac 5)" -n 60 -p 1500
	as_plain "host to host" "$(rx_all frames wire vm1)"
	same "back on the wire" "$(rx_all frames wire vm1)" "60 0"
	slow no-vnic
	ok flag "$up" hairpin off
	quick
}

flood()
{
	local dev

	for dev in "$(uplink)" vnet1 vnet2; do
		flag "$dev" flood "$1" mcast_flood "$1" bcast_flood "$1" || return
	done
}

test_flood()
{
	turn "known unicast" fast "flood off" "flood on"
	ok flood off
	send "unknown unicast" -d 02:00:00:00:77:77
	same "unknown unicast" "$ARRIVED" "0 0 60"
	send broadcast -d $BCAST
	send multicast -d 01:00:5e:01:02:03
	ok flood on
	quick
}

test_vlan_tunnel()
{
	local up

	up=$(uplink)
	turn "at the port" port-flags "flag vnet1 vlan_tunnel on" \
		"flag vnet1 vlan_tunnel off"
	turn "at the uplink" uplink-flags "flag $up vlan_tunnel on" \
		"flag $up vlan_tunnel off"
}

vm_link() { ip -n "vm$1" link set eth0 "$2"; }
state_is() { bridge link show dev "$1" | grep -q " state $2 "; }

# Whether the port's carrier is found gone first, or its state is told first, is
# open. Back again, the port must forward before the VM is heard.
no_carrier()
{
	mark
	ok vm_link 1 down
	send "$1"
	slow "carrier|port-state"
}

carrier()
{
	ok vm_link 1 up
	wait_for state_is vnet1 forwarding
}

test_backup_port()
{
	ok flag vnet1 backup_port vnet2
	mark
	send "with a carrier"
	slow fast
	no_carrier "without a carrier"
	same "at the other port" "$ARRIVED" "0 60 0"
	wait_for state_is vnet1 disabled
	no_carrier "state told"
	same "at the other port, state told" "$ARRIVED" "0 60 0"
	carrier
	ok flag vnet1 nobackup_port
	quick
}

test_backup_nhid()
{
	ok flag vnet1 backup_port vnet2
	flag vnet1 backup_nhid 7 2>/dev/null
	if ! bridge -d link show dev vnet1 | grep -q "backup_nhid 7"; then
		flag vnet1 nobackup_port
		skip "no backup_nhid"
		return
	fi
	mark
	send "with a carrier"
	slow fast
	no_carrier "without a carrier"
	carrier
	ok flag vnet1 nobackup_port backup_nhid 0
	quick
}

test_no_carrier()
{
	# an entry that stays when the port goes
	ok bridge fdb replace "$(vm_mac 1)" dev vnet1 master static
	[ "$HOOK" = plain ] || wait_for vnic_is "$(vm_mac 1)" bypass fast
	mark
	send "static, with a carrier"
	slow fast
	no_carrier "static, without a carrier"
	same "without a carrier" "$ARRIVED" "0 0 0"
	carrier
	ok bridge fdb del "$(vm_mac 1)" dev vnet1 master
	quick
	# and one that goes with it: what is unknown is flooded
	ok vm_link 1 down
	wait_for state_is vnet1 disabled
	mark
	send "learnt, without a carrier"
	slow "no-vnic|port-state|carrier|revoked"
	same "flooded" "$ARRIVED" "0 60 60"
	carrier
	quick
}

run_tests
