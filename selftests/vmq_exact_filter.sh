#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to VM 1.
# Proves: when a hook of netfilter on the bridge's way is there (nft, ebtables of
# both kinds, brouting, br_netfilter, also switched off), the fast path stops, the
# reason is counted by its name, exactly the frames arrive that arrive on the plain
# bridge, steering goes on; and when it is gone the fast path comes back.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"

TESTS="test_nft_bridge test_nft_other test_broute test_ebtables
	test_ebtables_legacy test_br_netfilter"

test_nft_bridge()
{
	local h

	has_nft bridge "forward priority 0" drop || return
	for h in forward prerouting postrouting; do
		turn $h netfilter "chain bridge '$h priority 0' drop" \
			"no_chain bridge"
		same "dropped at $h" "$ON_ARRIVED" "0 0 0"
	done
	turn accept netfilter "chain bridge 'forward priority 0' accept" \
		"no_chain bridge"
}

# where no forwarded frame comes by
test_nft_other()
{
	local h

	has_nft bridge "input priority 0" drop || return
	for h in input output; do
		turn $h fast "chain bridge '$h priority 0' drop" \
			"no_chain bridge"
	done
}

# the frame is the host's to route
test_broute()
{
	has_nft bridge "prerouting priority -300" "meta broute set 1" || return
	turn on netfilter \
		"chain bridge 'prerouting priority -300' 'meta broute set 1'" \
		"no_chain bridge"
	same "for the host" "$ON_ARRIVED" "0 0 0"
}

# by nft: its tables stay when the rules are gone
test_ebtables()
{
	local rule

	need ebtables-nft nft || return
	rule="FORWARD -d $(vm_mac 1) -j DROP"
	if ! eval "ebtables-nft -A $rule" 2>/dev/null; then
		skip "no ebtables by nft"
		return
	fi
	nft delete table bridge filter
	turn drop netfilter "ebtables-nft -A $rule" \
		"nft delete table bridge filter"
	same "dropped" "$ON_ARRIVED" "0 0 0"
}

# a table is there as long as its module, with rules or without
test_ebtables_legacy()
{
	local mac

	need ebtables-legacy || return
	if ! ebtables-legacy -L > /dev/null 2>&1; then
		skip "no ebtables of old"
		return
	fi
	rmmod ebtable_filter
	mac=$(vm_mac 1)
	turn filter netfilter "ebtables-legacy -A FORWARD -d $mac -j DROP" \
		"ebtables-legacy -F && rmmod ebtable_filter"
	same "dropped" "$ON_ARRIVED" "0 0 0"
	turn empty netfilter "ebtables-legacy -L > /dev/null" \
		"rmmod ebtable_filter"
	turn brouting netfilter \
		"ebtables-legacy -t broute -A BROUTING -d $mac -j DROP" \
		"ebtables-legacy -t broute -F && rmmod ebtable_broute"
	same "for the host" "$ON_ARRIVED" "0 0 0"
}

# switched off it hooks in all the same, and may be switched on at any time
nf_call()
{
	local f

	for f in /proc/sys/net/bridge/bridge-nf-*; do
		echo "$1" > "$f" || return
	done
}

test_br_netfilter()
{
	modprobe -q br_netfilter 2>/dev/null
	if [ ! -d /proc/sys/net/bridge ]; then
		skip "no br_netfilter"
		return
	fi
	rmmod br_netfilter
	turn loaded netfilter "modprobe br_netfilter" "rmmod br_netfilter"
	turn "switched off" netfilter "modprobe br_netfilter && nf_call 0" \
		"rmmod br_netfilter"
}

run_tests
