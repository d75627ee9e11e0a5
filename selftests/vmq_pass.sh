#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq. Host 0 on the wire sends one kind of frame at a time; all three VMs
# listen.
# Proves: what is not plain IP unicast between known addresses takes the
# bridge's full path, is counted by the reason's name, and reaches exactly the
# ports, in number and content, that it reaches on the plain bridge; plain
# unicast takes the fast path and arrives bit for bit the same.

. "$(dirname "$0")/lib.sh"

HOOKS="plain $HOOKS"
TESTS="test_unicast test_broadcast test_multicast test_unknown test_arp
	test_rarp test_not_ip test_vlan_tag test_link_local test_new_source
	test_large test_vm_to_vm test_tx"

SHARED=1

setup() { topo_up 3; }
between() { warm_all 3; }

ALL="vm1:eth0 vm2:eth0 vm3:eth0"

# kind REASON DMAC [OPTION...]: 40 frames; REASON "fast" for the fast path
kind()
{
	local reason=$1 dmac=$2 i before=0 fast=0

	shift 2
	if [ "$HOOK" != plain ]; then
		before=$(pass_count "$reason")
		fast=$(vnic_field "$(vm_mac 1)" fast)
	fi
	trial wire $WIRE "$ALL wire:$WIRE" -s "$(ext_mac "${EXT:-0}")" \
		-d "$dmac" -n 40 -p 800 -f 5 "$@"
	for i in vm1 vm2 vm3 wire; do
		as_plain "$i-frames-$dmac-$*" "$(rx $i frames)"
		as_plain "$i-sum-$dmac-$*" "$(rx $i sum)"
		same "bad frames at $i" "$(rx $i bad)" 0
	done
	[ "$HOOK" != plain ] || return 0
	if [ "$reason" = fast ]; then
		at_least "fast path" "$(vnic_field "$(vm_mac 1)" fast)" \
			$((fast + 35))
	else
		at_least "full path for $reason" "$(pass_count "$reason")" \
			$((before + 40))
		same "fast path" "$(vnic_field "$(vm_mac 1)" fast)" "$fast"
	fi
}

test_unicast()
{
	kind fast "$(vm_mac 1)"
	kind fast "$(vm_mac 1)" -t ip6
	kind fast "$(vm_mac 1)" -l 1514
}

test_broadcast() { kind multicast $BCAST; }

test_multicast()
{
	kind multicast 01:00:5e:01:02:03
	kind multicast 33:33:00:01:02:03 -t ip6
}

test_unknown() { kind no-vnic 02:00:00:00:77:77; }

test_arp()
{
	kind multicast $BCAST -t arp
	kind protocol "$(vm_mac 1)" -t arp
}

test_rarp() { kind protocol "$(vm_mac 1)" -t rarp; }

test_not_ip() { kind protocol "$(vm_mac 1)" -t 88b5; }

test_vlan_tag() { kind fast "$(vm_mac 1)" -V 7; }

test_link_local() { kind multicast 01:80:c2:00:00:0e -t 88cc; }

# a source the bridge has not seen: the first frame teaches it
test_new_source()
{
	local n

	[ "$HOOK" = plain ] || n=$(pass_count source)
	deliver 9 1 1
	as_plain first "$GOT"
	[ "$HOOK" = plain ] || {
		at_least "reason source" "$(pass_count source)" $((n + 1))
		wait_for source_known "$(ext_mac 9)"
	}
	EXT=9 kind fast "$(vm_mac 1)"
}

test_large()
{
	# TCP with GSO and GRO: what is one skb on the wire stays right
	need iperf3 || return
	background ip netns exec vm1 iperf3 -s -1 -p 5001 > /dev/null
	sleep 1
	ok in_wire iperf3 -c "$(vm_ip 1)" -p 5001 -n 4M -J > "$TMP/iperf"
	ok grep -q '"bytes"' "$TMP/iperf"
}

test_vm_to_vm()
{
	trial vm1 eth0 "vm2:eth0" -s "$(vm_mac 1)" -d "$(vm_mac 2)" -n 50 \
		-p 1000
	same "frames" "$(rx vm2 frames)" 50
}

# out of the VM to the wire: vmq only passes it on
test_tx()
{
	local t

	for t in ip4 ip6 arp 88b5; do
		trial vm1 eth0 "wire:$WIRE" -s "$(vm_mac 1)" \
			-d "$(ext_mac 0)" -n 50 -p 1000 -t $t -l 200
		same "frames of $t" "$(rx wire frames)" 50
		as_plain "sum of $t" "$(rx wire sum)"
	done
}

run_tests
