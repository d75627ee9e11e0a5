#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 4 (lib.sh); VM 4 is hostile, hosts on the wire may be, too.
# Proves: a guest that makes up addresses, more than its port may have, costs
# vmq neither questions nor memory nor rules, and the others keep theirs; a MAC
# that flaps between a port and the wire makes no rule come and go; the rule of
# a VM that comes back soon is still the same, that of one that does not goes;
# the bridge's FDB flushed as a whole, with entries of which vmq is not told,
# leaves nothing granted that the bridge does not have.

. "$(dirname "$0")/lib.sh"

TESTS="test_flood_port test_flood_wire test_flap test_come_back test_flush"

setup() { topo_up 4; }

FLOOD=4000
FLAPS=100
[ -z "${KSFT_MACHINE_SLOW:-}" ] || FLOOD=1000 FLAPS=20

port_field() { table_field $DBG/ports port "$1" "$2"; }

# flood NETNS IF FIRST COUNT: frames to host 0 (from the wire: to VM 1) with as
# many sources
flood()
{
	local to

	to=$(ext_mac 0)
	[ "$1" != wire ] || to=$(vm_mac 1)
	vmqpkt send -X "$1" -i "$2" -s "$3" -M "$4" -d "$to" -n "$4" \
		-p 5000 > /dev/null
}

full() { [ "$(port_field vnet4 vnics)" = 8 ]; }

test_flood_port()
{
	local events revokes

	ok sh -c "echo 8 > $SYS/max_port_vnics"
	ok flood vm4 eth0 02:66:01:00:00:00 7
	wait_for full || return
	wait_for vnic_steered "$(vm_mac 1)"
	sleep 1
	events=$(stat_value events)
	revokes=$(stat_value revokes)
	ok flood vm4 eth0 02:66:02:00:00:00 $FLOOD
	at_least "addresses that the bridge has" "$(bridge fdb show br $BR |
		grep -c "^02:66:02")" $((FLOOD / 4))
	sleep 2
	same "vnics of the port" "$(port_field vnet4 vnics)" 8
	at_least "refused" "$(port_field vnet4 refused)" $((FLOOD / 4))
	# some of the others' own, by refreshed entries
	at_most "events queued" $(($(stat_value events) - events)) 50
	same "events lost" "$(stat_value events_lost)" 0
	same "grants taken back" "$(stat_value revokes)" "$revokes"
	deliver 0 1 50
	same "frames to another VM" "$GOT" 50
	# room again: the ones that were refused may come
	ok sh -c "echo 9 > $SYS/max_port_vnics"
	wait_for room_taken 9
	ok ip link set vnet4 type bridge_slave fdb_flush
	wait_for room_taken 0
	ok warm 4
}

room_taken() { [ "$(port_field vnet4 vnics)" = "$1" ] || { [ "$1" = 0 ] && [ -z "$(port_field vnet4 vnics)" ]; }; }

# hosts on the wire are no vnics; what they may make is sources, by thousands
test_flood_wire()
{
	local n

	ok flood wire $WIRE 02:67:01:00:00:00 $FLOOD
	wait_for enough_sources
	n=$(vnic_count)
	same "vnics" "$n" 4
	deliver 0 2 50
	same "frames to a VM" "$GOT" 50
	ok ip link set "$(uplink)" type bridge_slave fdb_flush
	wait_for no_sources
	warm_ext 0
	deliver 0 3 50
	same "frames to a VM afterwards" "$GOT" 50
}

enough_sources() { [ "$(stat_value sources)" -ge $((FLOOD / 4)) ]; }
no_sources() { [ "$(stat_value sources)" -le 2 ]; }

test_flap()
{
	local mac installs i

	mac=$(vm_mac 3)
	wait_for vnic_steered "$mac" || return
	installs=$(nic_stat_value installs)
	for ((i = 0; i < FLAPS; i++)); do
		speak wire $WIRE "$mac"
		hello 3
	done
	at_most "rules installed meanwhile" $(($(nic_stat_value installs) - installs)) 2
	warm 3
	wait_for vnic_steered "$mac"
	deliver 0 3 50
	same "frames to the VM" "$GOT" 50
}

gone() { [ -z "$(table_field $NICDBG/filters mac "$1" mac)" ]; }

test_come_back()
{
	local mac installs

	mac=$(vm_mac 2)
	wait_for vnic_steered "$mac" || return
	installs=$(nic_stat_value installs)
	ok bridge fdb del "$mac" dev vnet2 master
	wait_for no_vnic "$mac"
	warm 2
	ok vnic_steered "$mac"
	same "rules installed" "$(nic_stat_value installs)" "$installs"
	ok bridge fdb del "$mac" dev vnet2 master
	wait_for no_vnic "$mac"
	wait_for gone "$mac"
}

# entries BY HAND: COUNT dynamic entries behind port 4, which the bridge changes
# without telling switches
by_hand()
{
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		printf "fdb add 02:68:01:00:%02x:%02x dev vnet4 master dynamic\n",
			int(i / 256), i % 256 }' > "$TMP/batch"
	bridge -batch "$TMP/batch"
}

test_flush()
{
	ok by_hand 50
	wait_for room_taken 51
	at_least "unsure" "$(stat_value unsure)" 50
	ok flood wire $WIRE 02:67:02:00:00:00 $FLOOD
	wait_for enough_sources
	ok ip link set $BR type bridge fdb_flush
	wait_for no_sources
	# static entries would stay: there are none but the host's
	wait_for only_vms
	ok warm_all 4
	deliver 0 4 50
	same "frames to a VM" "$GOT" 50
}

only_vms() { [ "$(vnic_count)" -le 4 ] && [ "$(stat_value unsure)" -le 5 ]; }

run_tests
