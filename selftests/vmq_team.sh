#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 2 (lib.sh) with a bond in the place of the NIC: t_bond of eth0 and
# t_nic, two vmqsim NICs of 4 queues with a wire end each, eth0w and t_nicw, both in
# netns wire. HOOK=stacked: vmq0 over t_bond is the bridge's port, HOOK=ingress: t_bond
# is, with vmq0 beside it.
# Proves: each member has a rule for each VM, verified by what arrives there; members
# come and go, fail over and are removed under traffic, and take their rules and pins
# with them; software steers where members have no rules; CPU sets of members go with
# each other or are refused; what cannot work is refused with the reason.

. "$(dirname "$0")/lib.sh"

TESTS="test_members test_homes test_leave test_failover test_lacp test_member_del
	test_bond_del test_vlan test_empty test_driver_team test_off test_software test_mixed
	test_cpus_shared test_cpus_own test_irq_map test_alb test_many test_unload"

BOND=t_bond
NIC2=t_nic
WIRE2=t_nicw
NIC2DBG=/sys/kernel/debug/vmq/nic-$NIC2

setup()
{
	modprobe -q bonding max_bonds=0 || {
		skip "no bonding"
		return 1
	}
	bonded
}

# bonded [MODE]: the topology with vmq attached
bonded()
{
	nics && bond_add "${1:-balance-xor}" && bridge_add && port_add 1 && port_add 2 &&
		up $BOND && warm 1 && warm 2 && hello_ext 0 &&
		wait_for source_known "$(ext_mac 0)"
}

nics()
{
	nic_add 4 || return
	ip link add $NIC2 numrxqueues 4 numtxqueues 4 type vmqsim &&
	no_ip6 $NIC2 && ip link set $WIRE2 netns wire &&
	ip -n wire link set $WIRE2 address "$(ext_mac 1)" up &&
	ip link set $NIC down
}

# bond_add MODE [OPTION...]: of both NICs
bond_add()
{
	ip link add $BOND type bond mode "$@" miimon 100 && no_ip6 $BOND &&
	ip link set $NIC master $BOND && ip link set $NIC2 master $BOND &&
	ip link set $BOND up
}

# up UPLINK: vmq0 on it and it, or vmq0, in the bridge
up()
{
	[ "$HOOK" = stacked ] || ip link set "$1" master $BR || return
	ip link add link "$1" name $VMQ type vmq && no_ip6 $VMQ || return
	[ "$HOOK" != stacked ] || ip link set $VMQ master $BR || return
	ip link set $VMQ up
}

# cell VM COLUMN MEMBER: of the vnics table, MEMBER 1 or 2
cell() { vnic_field "$(vm_mac "$1")" "$2" | cut -d, -f"$3"; }
cell_is() { [ "$(cell "$1" "$2" "$3")" = "$4" ]; }

wire_of() { if [ "$1" = 1 ]; then echo $WIRE; else echo $WIRE2; fi; }

# send MEMBER VM COUNT [OPTION...]: frames that arrive by that member; the host is
# known by whichever it spoke last, and a bond does not care
send()
{
	vmqpkt send -X wire -i "$(wire_of "$1")" -s "$(ext_mac 0)" \
		-d "$(vm_mac "$2")" -n "$3" -p 2000 -F 64 "${@:4}" > /dev/null
}

verified()
{
	send "$1" "$2" 150
	cell_is "$2" steer "$1" verified
}

# arrives MEMBER VM: frames are delivered past the bridge, on the rule's queue
arrives()
{
	local mac before

	mac=$(vm_mac "$2")
	before=$(vnic_field "$mac" fast)
	trial wire "$(wire_of "$1")" "vm$2:eth0" -s "$(ext_mac 0)" -d "$mac" -n 100 \
		-p 2000 -f 77 -F 8
	same "frames by member $1 to VM $2" "$(rx "vm$2" frames)" 100
	at_least "on the fast path" $(($(vnic_field "$mac" fast) - before)) 90
}

# on_queue MEMBER VM: and all of them on that queue
on_queue()
{
	local before

	before=$(vnic_field "$(vm_mac "$2")" offq)
	arrives "$1" "$2"
	same "frames on other queues" \
		$(($(vnic_field "$(vm_mac "$2")" offq) - before)) 0
}

works()
{
	local m v

	for v in 1 2; do
		for m in 1 2; do
			wait_for verified $m $v || return
			on_queue $m $v
		done
	done
}

members_are() { [ "$(cat $SYS/nic)" = "$1" ]; }
nic2_rules_are() { [ "$(nic_rules $NIC2)" = "$1" ]; }
no_dir() { [ ! -d "$1" ]; }

test_members()
{
	same "NICs" "$(cat $SYS/nic)" "$NIC $NIC2"
	works
	same "rules of the first" "$(nic_rules)" 2
	same "rules of the second" "$(nic_rules $NIC2)" 2
	ok vmq show nic $VMQ > "$TMP/show"
	ok grep -q "$NIC2" "$TMP/show"
	ok ip link del $VMQ
	same "rules left" "$(nic_rules) $(nic_rules $NIC2)" "0 0"
	ok no_dir $NICDBG
	ok no_dir $NIC2DBG
}

# One load on all members: a VM has one home CPU, whichever it arrives by
test_homes()
{
	works
	wait_for pinned "$(cell 1 queue 1)"
	wait_for same_home 1
	wait_for same_home 2
}

same_home()
{
	local a b

	a=$(cell "$1" cpu 1)
	b=$(cell "$1" cpu 2)
	[ "$a" != - ] && [ "$(cell "$1" queue 1)" = "$(cell "$1" queue 2)" ] &&
		[ "$a" = "$b" ]
}

test_leave()
{
	local i

	works
	for i in 1 2 3; do
		ok ip link set $NIC2 nomaster
		wait_for members_are $NIC
		wait_for nic2_rules_are 0
		wait_for no_dir $NIC2DBG
		arrives 1 1
		ok ip link set $NIC2 down
		ok ip link set $NIC2 master $BOND
		wait_for members_are "$NIC $NIC2"
		wait_for verified 2 1
		on_queue 2 1
	done
	# the first member's place is taken again
	ok ip link set $NIC nomaster
	wait_for members_are $NIC2
	wait_for rules_are 0
	ok ip link set $NIC down
	ok ip link set $NIC master $BOND
	wait_for members_are "$NIC $NIC2"
	works
}

test_failover()
{
	ok cleanup
	ok bonded active-backup
	wait_for verified 1 1
	on_queue 1 1
	background vmqpkt send -X vm1 -i eth0 -s "$(vm_mac 1)" \
		-d "$(ext_mac 0)" -n 0 -p 50 > /dev/null
	ok ip -n wire link set $WIRE down
	wait_for active_is $NIC2
	wait_for verified 2 1
	on_queue 2 1
	ok ip -n wire link set $WIRE up
	ok ip -n wire link set $WIRE2 down
	wait_for active_is $NIC
	wait_for verified 1 1
	on_queue 1 1
	same "NICs" "$(cat $SYS/nic)" "$NIC $NIC2"
}

active_is() { [ "$(cat /sys/class/net/$BOND/bonding/active_slave)" = "$1" ]; }

# With a bond at the other end, that talks LACP
test_lacp()
{
	ok cleanup
	ok nics
	ok ip -n wire link add t_lag type bond mode 802.3ad miimon 100 lacp_rate fast
	ok ip -n wire link set $WIRE down
	ok ip -n wire link set $WIRE2 down
	ok ip -n wire addr flush dev $WIRE
	ok ip -n wire link set $WIRE master t_lag
	ok ip -n wire link set $WIRE2 master t_lag
	ok ip -n wire addr add $EXT_IP/24 dev t_lag
	ok ip -n wire link set t_lag up
	ok bond_add 802.3ad lacp_rate fast
	ok bridge_add
	ok port_add 1
	ok port_add 2
	ok up $BOND
	ok warm 1
	wait_for aggregated
	wait_for ping_ok vm1 $EXT_IP 1
	wait_for steered_by_both 1
	wait_for ping_ok vm1 $EXT_IP 3
	# one link fails: the other carries on
	ok ip -n wire link set $WIRE2 down
	wait_for ping_ok vm1 $EXT_IP 2
	ok ip -n wire link set $WIRE2 up
	wait_for aggregated
	wait_for ping_ok vm1 $EXT_IP 2
}

aggregated()
{
	[ "$(cat /sys/class/net/$BOND/bonding/ad_num_ports)" = 2 ]
}

steered_by_both()
{
	[[ "$(vnic_field "$(vm_mac "$1")" steer)" =~ ^(installed|verified),(installed|verified)$ ]]
}

test_member_del()
{
	works
	background vmqpkt send -X wire -i $WIRE -s "$(ext_mac 0)" \
		-d "$(vm_mac 1)" -n 0 -p 300 -F 8 > /dev/null
	ok ip link del $NIC2
	wait_for members_are $NIC
	wait_for no_dir $NIC2DBG
	arrives 1 1
}

test_bond_del()
{
	works
	background vmqpkt send -X wire -i $WIRE -s "$(ext_mac 0)" \
		-d "$(vm_mac 1)" -n 0 -p 300 -F 8 > /dev/null
	ok ip link del $BOND
	ok test ! -e /sys/class/net/$VMQ
	wait_for rules_are 0
	wait_for nic2_rules_are 0
	wait_for no_dir $NICDBG
	wait_for no_dir $NIC2DBG
}

# A VLAN on the bond as uplink
test_vlan()
{
	ok cleanup
	ok nics
	ok bond_add balance-xor
	ok ip link add link $BOND name t_v20 type vlan id 20
	ok no_ip6 t_v20
	ok ip link set t_v20 up
	ok bridge_add
	ok port_add 1
	ok up t_v20
	ok warm 1
	ok speak wire $WIRE "$(ext_mac 0)" -V 20
	wait_for source_known "$(ext_mac 0)"
	same "NICs" "$(cat $SYS/nic)" "$NIC $NIC2"
	wait_for vlan_verified 1
	wait_for vlan_verified 2
}

vlan_verified()
{
	send "$1" 1 150 -V 20
	cell_is 1 steer "$1" verified
}

has_vnic() { [ -n "$(vnic_field "$(vm_mac "$1")" mac)" ]; }

# A bond without members, that gets them later
test_empty()
{
	ok ip link del $VMQ
	ok ip link set $NIC nomaster
	ok ip link set $NIC2 nomaster
	ok up $BOND
	same "NICs" "$(cat $SYS/nic)" "-"
	hello 1
	wait_for has_vnic 1
	same "steered" "$(vnic_field "$(vm_mac 1)" steer)" "-"
	ok ip link set $NIC down
	ok ip link set $NIC master $BOND
	wait_for members_are $NIC
	ok warm 1
	hello_ext 0
	wait_for source_known "$(ext_mac 0)"
	wait_for verified 1 1
	on_queue 1 1
}

# The team driver's: without a daemon it has no mode, but members
test_driver_team()
{
	ok cleanup
	ok nics
	ip link add t_team type team 2>/dev/null || {
		skip "no team driver"
		return
	}
	ok bridge_add
	ok up t_team
	same "NICs" "$(cat $SYS/nic)" "-"
	ok ip link set $NIC2 down
	ok ip link set $NIC2 master t_team
	wait_for members_are $NIC2
	ok ip link set $NIC master t_team
	wait_for members_are "$NIC2 $NIC"
	not_ok set_cpus "$NIC:0 $NIC2:1"
	ok set_cpus "$NIC:1 $NIC2:1"
	ok ip link set $NIC2 nomaster
	wait_for members_are $NIC
	wait_for no_dir $NIC2DBG
}

test_off()
{
	works
	echo 0 > $SYS/steer
	wait_for rules_are 0
	wait_for nic2_rules_are 0
	arrives 2 1
	echo 1 > $SYS/steer
	works
}

test_software()
{
	ok cleanup
	ok quirks no_ntuple
	ok bonded
	wait_for cell_is 1 steer 1 software
	wait_for cell_is 1 steer 2 software
	same "one home for both" "$(cell 1 cpu 1)" "$(cell 1 cpu 2)"
	arrives 1 1
	arrives 2 1
	arrives 2 2
}

# One member has rules, the other has none
test_mixed()
{
	ok cleanup
	ok nic_add 4
	ok quirks no_ntuple
	ok ip link add $NIC2 numrxqueues 4 numtxqueues 4 type vmqsim
	ok no_ip6 $NIC2
	ok ip link set $WIRE2 netns wire
	ok ip -n wire link set $WIRE2 address "$(ext_mac 1)" up
	ok ip link set $NIC down
	ok bond_add balance-xor
	ok bridge_add
	ok port_add 1
	ok up $BOND
	ok warm 1
	hello_ext 0
	wait_for source_known "$(ext_mac 0)"
	wait_for verified 1 1
	wait_for cell_is 1 steer 2 software
	same "reasons" "$(vnic_field "$(vm_mac 1)" reason)" "-,no-ntuple"
	on_queue 1 1
	arrives 2 1
}

# set_cpus TEXT
set_cpus() { echo "$1" > $SYS/cpus; } 2>/dev/null

test_cpus_shared()
{
	local was

	ok set_cpus 1-2
	same "both" "$(cat $SYS/cpus)" "$NIC:1-2 $NIC2:1-2"
	was=$(cat $SYS/cpus)
	not_ok set_cpus "$NIC:3"
	not_ok set_cpus "$NIC:0-1 $NIC2:1-2"
	not_ok set_cpus "none:1"
	not_ok set_cpus "$NIC:1 $NIC:2"
	not_ok set_cpus "1 2"
	not_ok set_cpus "$NIC:"
	not_ok set_cpus "$NIC:1 $NIC2:99"
	same "after refusals" "$(cat $SYS/cpus)" "$was"
	ok set_cpus "$NIC:0-3:1/2 $NIC2:0,2"
	same "groups" "$(cat $SYS/cpus)" "$NIC:0,2 $NIC2:0,2"
	ok set_cpus 0-3:1/2
	same "groups" "$(cat $SYS/cpus)" "$NIC:0,2 $NIC2:0,2"
	ok set_cpus "$NIC:3 $NIC2:3"
	same "both" "$(cat $SYS/cpus)" "$NIC:3 $NIC2:3"
	works
	wait_for cell_is 1 cpu 1 3
	wait_for cell_is 1 cpu 2 3
	ok set_cpus default
	same "after default" "$(cat $SYS/cpus)" "$NIC:0-3 $NIC2:0-3"
}

test_cpus_own()
{
	ok cleanup
	ok bonded active-backup
	not_ok set_cpus 1-2
	ok set_cpus "$NIC:0-1 $NIC2:2-3"
	same "each its own" "$(cat $SYS/cpus)" "$NIC:0-1 $NIC2:2-3"
	not_ok set_cpus "$NIC:1-2"
	same "after a refusal" "$(cat $SYS/cpus)" "$NIC:0-1 $NIC2:2-3"
	ok dmesg_says "CPUs 1-2 of $NIC and 2-3 of $NIC2 overlap"
}

dmesg_says() { dmesg | tail -n 20 | grep -q "$1"; }

test_irq_map()
{
	local q

	same "members" "$(awk '{ print $1 }' $SYS/irq_map | xargs)" "$NIC $NIC2"
	for q in 0 1 2 3; do
		ok grep -q "^$NIC .*$q:$(queue_irq $q)" $SYS/irq_map
	done
	ok set_map "$NIC 1:$(queue_irq 2)"
	ok grep -q "^$NIC .*1:$(queue_irq 2)" $SYS/irq_map
	ok set_map "$NIC"
	ok grep -q "^$NIC .*1:$(queue_irq 1)" $SYS/irq_map
	not_ok set_map "1:$(queue_irq 1)"
	not_ok set_map "none 1:$(queue_irq 1)"
}

set_map() { echo "$1" > $SYS/irq_map; } 2>/dev/null

test_alb()
{
	ok cleanup
	ok nics
	ok bond_add balance-alb
	ok bridge_add
	if [ "$HOOK" = stacked ]; then
		ip link add link $BOND name $VMQ type vmq 2> "$TMP/err"
		ok grep -q "balance-alb" "$TMP/err"
		ok test ! -e /sys/class/net/$VMQ
		return
	fi
	ok port_add 1
	ok up $BOND
	ok warm 1
	same "NICs" "$(cat $SYS/nic)" "$NIC $NIC2"
}

# More members than are steered: the others work as before
test_many()
{
	local i

	for i in 3 4 5 6 7 8 9; do
		ok ip link add "t_m$i" numrxqueues 2 numtxqueues 2 type vmqsim
		ok ip link set "t_m$i" master $BOND
	done
	same "members that are steered" "$(wc -w < $SYS/nic)" 8
	ok dmesg_says "t_m9, a member of $BOND, gets no rules"
	arrives 1 1
	ok ip link set t_m3 nomaster
	same "members that are steered" "$(wc -w < $SYS/nic)" 8
	ok grep -q t_m9 $SYS/nic
	works
}

test_unload()
{
	works
	background vmqpkt send -X wire -i $WIRE2 -s "$(ext_mac 0)" \
		-d "$(vm_mac 1)" -n 0 -p 300 -F 8 > /dev/null
	[ "$HOOK" != stacked ] || ok ip link set $VMQ nomaster
	ok unload vmq
	same "rules left" "$(nic_rules) $(nic_rules $NIC2)" "0 0"
	ok load vmq
	ok up $BOND
	ok warm 1
	hello_ext 0
	wait_for source_known "$(ext_mac 0)"
	works
}

run_tests
