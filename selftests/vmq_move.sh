#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq. VM 1's MAC appears behind other ports, on the wire, and comes back; a
# guest sends as the gateway.
# Proves: from the frame on that tells the bridge, nothing is delivered to the
# old port, and every port gets exactly what it gets on the plain bridge; a
# guest that sends as the gateway takes no traffic longer than there.

. "$(dirname "$0")/lib.sh"

HOOKS="plain $HOOKS"
TESTS="test_move_port test_move_uplink test_move_under_traffic test_delete
	test_static test_by_hand test_taken_over test_spoof_gateway
	test_spoof_neighbour"

SHARED=1

# what receivers can follow, also beside a debug kernel's checks
RATE=1000
[ -z "${KSFT_MACHINE_SLOW:-}" ] || RATE=200

setup() { topo_up 3; }
between() { warm_all 3; }

# to_mac STEP MAC: 30 frames from host 0; as many as on the plain bridge must
# arrive at each VM. DELIVERED is the list.
to_mac()
{
	trial wire $WIRE "vm1:eth0 vm2:eth0 vm3:eth0" -s "$(ext_mac 0)" \
		-d "$2" -n 30 -p 1000
	DELIVERED=$(rx_all frames vm1 vm2 vm3)
	as_plain "$1" "$DELIVERED"
}

# to_gateway STEP: 30 frames from VM 1 to host 0's MAC; DELIVERED to the wire,
# to VM 2, to VM 3
to_gateway()
{
	trial vm1 eth0 "wire:$WIRE vm2:eth0 vm3:eth0" -s "$(vm_mac 1)" \
		-d "$(ext_mac 0)" -n 30 -p 1000
	DELIVERED=$(rx_all frames wire vm2 vm3)
	as_plain "$1" "$DELIVERED"
}

# as_mac VM MAC: VM sends one broadcast frame with MAC as its source
as_mac() { speak "vm$1" eth0 "$2"; }
as_mac_on_wire() { speak wire $WIRE "$1"; }

test_move_port()
{
	local m

	m=$(vm_mac 1)
	to_mac before "$m"
	same "before" "$DELIVERED" "30 0 0"
	as_mac 2 "$m"
	to_mac "moved to port 2" "$m"
	same "moved to port 2" "$DELIVERED" "0 30 0"
	as_mac 3 "$m"
	as_mac 2 "$m"
	as_mac 3 "$m"
	to_mac "moved to port 3" "$m"
	same "moved to port 3" "$DELIVERED" "0 0 30"
	as_mac 1 "$m"
	to_mac "moved back" "$m"
	same "moved back" "$DELIVERED" "30 0 0"
	[ "$HOOK" = plain ] || wait_for vnic_is "$m" port vnet1
}

test_move_uplink()
{
	local m

	m=$(vm_mac 1)
	as_mac_on_wire "$m"
	to_mac "moved to the wire" "$m"
	same "moved to the wire" "$DELIVERED" "0 0 0"
	[ "$HOOK" = plain ] || {
		wait_for no_vnic "$m"
		wait_for source_known "$m"
		wait_for rules_are 2
	}
	as_mac 1 "$m"
	to_mac "moved back" "$m"
	same "moved back" "$DELIVERED" "30 0 0"
	[ "$HOOK" = plain ] || {
		wait_for vnic_is "$m" bypass fast
		wait_for no_source "$m"
	}
}

# numbered frames in one flow: those at the old port end before those at the
# new one begin
test_move_under_traffic()
{
	local m i

	m=$(vm_mac 1)
	listen 1 "$TMP/rx1" -f 6
	listen 2 "$TMP/rx2" -f 6
	background vmqpkt send -X wire -i $WIRE \
		-s "$(ext_mac 0)" -d "$m" -n 0 -p $RATE -f 6 > "$TMP/tx"
	i=$LAST_PID
	sleep 1
	as_mac 2 "$m"
	sleep 1
	stop "$i"
	sleep 0.3
	stop_background
	at_least "frames at the old port" "$(heard "$TMP/rx1" frames)" 1
	at_least "frames at the new port" "$(heard "$TMP/rx2" frames)" 1
	at_most "last frame at the old port" "$(heard "$TMP/rx1" last)" \
		"$(heard "$TMP/rx2" first)"
	same "frames at either port" \
		$(($(heard "$TMP/rx1" frames) + $(heard "$TMP/rx2" frames))) \
		"$(heard "$TMP/tx" sent)"
}

# what the admin deletes is unknown, and flooded, at once
test_delete()
{
	local m

	m=$(vm_mac 1)
	ok bridge fdb del "$m" dev vnet1 master
	to_mac deleted "$m"
	same "deleted" "$DELIVERED" "30 30 30"
	as_mac 1 "$m"
	to_mac "back" "$m"
	same "back" "$DELIVERED" "30 0 0"
	ok bridge link set dev vnet1 learning off
	ok bridge fdb del "$m" dev vnet1 master
	hello 1
	to_mac "no learning" "$m"
	same "no learning" "$DELIVERED" "30 30 30"
	ok bridge link set dev vnet1 learning on
}

# static entries, as libvirt and Proxmox write them: known before any frame
test_static()
{
	local m=02:00:00:00:99:01

	ok bridge fdb add $m dev vnet2 master static
	[ "$HOOK" = plain ] || wait_for vnic_is $m bypass fast
	to_mac static $m
	same "static" "$DELIVERED" "0 30 0"
	# the bridge has it in VLAN 1, too, but filters none
	[ "$HOOK" = plain ] || same "vnics of it" "$(grep -c "^$m " $DBG/vnics)" 1
	# a static address does not move because somebody sends as it
	as_mac 3 $m
	to_mac "claimed by another" $m
	ok bridge fdb replace $m dev vnet3 master static
	to_mac replaced $m
	same "replaced" "$DELIVERED" "0 0 30"
	ok bridge fdb del $m dev vnet3 master
	to_mac removed $m
	same "removed" "$DELIVERED" "30 30 30"
	# dynamic by hand: the bridge tells nobody when it takes such one back
	ok bridge fdb add $m dev vnet2 master dynamic
	to_mac "dynamic by hand" $m
	same "dynamic by hand" "$DELIVERED" "0 30 0"
	ok bridge fdb del $m dev vnet2 master
	to_mac "dynamic removed" $m
	same "dynamic removed" "$DELIVERED" "30 30 30"
	# of an external control plane (EVPN): where it has moved by a frame, the
	# bridge says nothing of it any more
	ok bridge fdb add $m dev vnet2 master extern_learn
	to_mac external $m
	same "external" "$DELIVERED" "0 30 0"
	as_mac 3 $m
	to_mac "external, moved" $m
	same "external, moved" "$DELIVERED" "0 0 30"
	[ "$HOOK" = plain ] || wait_for vnic_is $m bypass fast
	ok bridge fdb del $m dev vnet3 master
	to_mac "external, removed" $m
	same "external, removed" "$DELIVERED" "30 30 30"
}

# an entry that a user makes his own while vmq is still asking for it: from then
# on the bridge moves it without telling
test_by_hand()
{
	local i m

	for i in 1 2 3 4 5; do
		m=02:00:00:00:98:0$i
		as_mac 1 $m
		ok bridge fdb replace $m dev vnet1 master dynamic
		[ "$HOOK" = plain ] || wait_for vnic_is $m bypass fast
		to_mac "by hand $i" $m
		same "by hand" "$DELIVERED" "30 0 0"
		as_mac 2 $m
		to_mac "moved $i" $m
		same "moved" "$DELIVERED" "0 30 0"
		ok bridge fdb del $m dev vnet2 master
	done
}

# An entry of a user that was learnt outside is the bridge's own from the moment
# its station shows up elsewhere: from then on it goes without a notice.
test_taken_over()
{
	local gw

	gw=$(ext_mac 0)
	ok bridge fdb replace "$gw" dev vnet2 master extern_learn
	from_wire 0 1 1
	[ "$HOOK" = plain ] || wait_for source_known "$gw"
	to_gateway "taken over"
	same "taken over" "$DELIVERED" "30 0 0"
	ok bridge fdb del "$gw" dev "$(uplink)" master
	# the first frame of the gateway teaches the bridge where it is
	from_wire 0 1 1
	to_gateway "gateway spoke"
	same "gateway spoke" "$DELIVERED" "30 0 0"
}

test_spoof_gateway()
{
	local gw

	gw=$(ext_mac 0)
	to_gateway before
	same "before" "$DELIVERED" "30 0 0"
	as_mac 2 "$gw"
	to_gateway "spoofed"
	same "spoofed" "$DELIVERED" "0 30 0"
	# one frame of the gateway, on what was the fast path, ends it
	from_wire 0 1 1
	to_gateway "gateway spoke"
	same "gateway spoke" "$DELIVERED" "30 0 0"
	# and again, many times over, the gateway always last
	for _ in 1 2 3 4 5; do
		as_mac 2 "$gw"
		from_wire 0 1 1
	done
	to_gateway "gateway spoke last"
	same "gateway spoke last" "$DELIVERED" "30 0 0"
	as_mac 2 "$gw"
	to_gateway "guest spoke last"
	same "guest spoke last" "$DELIVERED" "0 30 0"
}

# a guest sends as another guest; the other one's next frame ends it
test_spoof_neighbour()
{
	local m

	m=$(vm_mac 1)
	as_mac 3 "$m"
	to_mac spoofed "$m"
	same "spoofed" "$DELIVERED" "0 0 30"
	hello 1
	to_mac "owner spoke" "$m"
	same "owner spoke" "$DELIVERED" "30 0 0"
}

run_tests
