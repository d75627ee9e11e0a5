#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 2 (lib.sh); vmq is attached by the user's tool.
# Proves: "vmq" attaches, shows, switches, explains and detaches; its JSON is
# JSON and says what the kernel's tables say; its refusals have the kernel's
# reason and the right exit status.

. "$(dirname "$0")/lib.sh"

TESTS="test_attach test_show test_json test_switch test_explain test_errors"

setup() { need vmq && topo 2; }

tool_attach()
{
	if [ "$HOOK" = stacked ]; then
		vmq attach $NIC --bridge $BR
	else
		vmq attach $NIC
	fi > "$TMP/attach" && warm_all 2
}

says()
{
	local text=$1

	shift
	"$@" > "$TMP/says" 2>&1
	grep -q -- "$text" "$TMP/says" ||
		fail "'$*' said '$(head -n 3 "$TMP/says")', not '$text'"
}

test_attach()
{
	ok tool_attach
	if [ "$HOOK" = stacked ]; then
		ok grep -q "stacked on $NIC, port of $BR" "$TMP/attach"
	else
		ok grep -q "in place on $NIC" "$TMP/attach"
	fi
	ok ping_ok vm1 $EXT_IP 2
	ok vmq detach $NIC 2> /dev/null
	not_ok test -e /sys/class/net/$VMQ
	# by a name of one's own
	ok vmq attach --name t_mine $NIC > /dev/null
	ok test -d /sys/class/net/t_mine/vmq
	ok vmq detach t_mine 2> /dev/null
	says "no vmq device" vmq
}

test_show()
{
	local what

	ok tool_attach
	says "bridge $BR" vmq
	says "$(vm_mac 1)" vmq
	says "$(vm_mac 2)" vmq show vnic
	says "$(ext_mac 0)" vmq show source $VMQ
	says "effective" vmq show queue $NIC
	for what in dev nic queue vnic source pass; do
		ok vmq show $what > /dev/null
	done
}

test_json()
{
	local what mac

	need jq || return
	ok tool_attach
	for what in dev nic queue vnic source pass; do
		ok eval "vmq -j show $what | jq -e . > /dev/null"
		ok eval "vmq -j -p show $what | jq -e . > /dev/null"
	done
	mac=$(vm_mac 1)
	from_wire 0 1 50
	same "frames by JSON and by the table" "$(vmq -j show vnic |
		jq ".[0].vnics[] | select(.mac == \"$mac\") | .fast")" \
		"$(vnic_field "$mac" fast)"
	same "the fast path by JSON" "$(vmq -j show pass |
		jq '.[0].pass[] | select(.reason == "fast") | .frames')" \
		"$(pass_count fast)"
	same "number of vnics" "$(vmq -j | jq '.[0].vnics | length')" 2
}

test_switch()
{
	ok tool_attach
	ok vmq off $VMQ
	same "switches off" "$(cat $SYS/steer $SYS/pin $SYS/bypass | xargs)" \
		"0 0 0"
	wait_for rules_are 0
	deliver 0 1 20
	same "delivered while off" "$GOT" 20
	ok vmq on $NIC
	same "switches on" "$(cat $SYS/steer $SYS/pin $SYS/bypass | xargs)" \
		"1 1 1"
	wait_for rules_are 2
}

test_explain()
{
	ok tool_attach
	says "go straight to the port" vmq explain "$(vm_mac 1)"
	says "behind the uplink" vmq explain "$(ext_mac 0)"
	says "no address that vmq knows" vmq explain 02:00:00:00:77:77
	says "not a MAC" vmq explain -1:-1:-1:-1:-1:-1
	says "not a MAC" vmq explain 02:00:00:00:77:077
	ok vmq off $VMQ
	says "switched off" vmq explain "$(vm_mac 1 | tr : -)"
}

# status STATUS CMD...
status()
{
	local want=$1 got

	shift
	"$@" > /dev/null 2>&1
	got=$?
	same "status of '$*'" $got "$want"
}

test_errors()
{
	status 2 vmq nonsense
	status 2 vmq attach
	status 2 vmq show vnic a b c
	status 1 vmq attach t_none
	says "there is no link t_none" vmq attach t_none
	says "thernet" vmq attach lo
	status 1 vmq detach $NIC
	status 1 vmq explain not-a-mac
	status 1 vmq attach --name "" $NIC
	status 1 vmq attach --name "t_%d" $NIC
	says "no bridge vnet1" vmq attach $NIC --bridge vnet1
	not_ok grep -q . <(ip -o link show type vmq)
	ok tool_attach
	says "is no vmq device" vmq detach br0
	says "already has $VMQ" vmq attach $NIC
	if type -p setpriv > /dev/null; then
		status 1 setpriv --reuid 65534 --clear-groups vmq off $VMQ
		status 1 setpriv --reuid 65534 --clear-groups vmq detach $VMQ
		says "root only" setpriv --reuid 65534 --clear-groups vmq
	fi
	ok test -e /sys/class/net/$VMQ
}

run_tests
