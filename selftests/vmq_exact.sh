#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to VM 1.
# Proves: when a setting of the bridge, of a port, of netfilter, tc, XDP or a
# packet socket that could make a difference is switched on, the fast path
# stops, the reason is counted by its name, exactly the frames arrive that
# arrive on the plain bridge, steering goes on; and when it is off again the
# fast path comes back.

. "$(dirname "$0")/lib.sh"

HOOKS="plain $HOOKS"
TESTS="test_vlan_filtering test_stp test_isolated_one test_isolated_both
	test_locked test_port_state test_port_down test_flood_flags
	test_nft_forward test_nft_ingress test_br_netfilter test_tcpdump
	test_tc_drop test_tc_port_egress test_xdp_generic test_promisc_bridge
	test_mcast_snooping test_vlan_upper test_neigh_suppress
	test_mtu_small test_bypass_off"

SHARED=1

setup() { topo_up 3; }
between() { warm_all 3; }

fast_now() { [ "$HOOK" = plain ] || pass_count fast; }

# send STEP: 60 frames; what arrives at each VM must be as on the plain bridge.
# Sets ARRIVED.
send()
{
	local step=$1

	shift
	trial wire $WIRE "vm1:eth0 vm2:eth0 vm3:eth0" -s "$(ext_mac 0)" \
		-d "$(vm_mac 1)" -n 60 -p 1500 "$@"
	ARRIVED=$(rx_all frames vm1 vm2 vm3)
	as_plain "$step" "$ARRIVED"
	as_plain "$step content" "$(rx vm1 sum)"
}

# slow REASON: the last frames did not take the fast path, for REASON;
# "-": it may go on. Before: FAST and $TMP/pass
slow()
{
	[ "$HOOK" != plain ] && [ "$1" != - ] || return 0
	same "frames on the fast path with $1" "$(fast_now)" "$FAST"
	pass_grown "$TMP/pass" | grep -qx "$1" ||
		fail "reason $1; counted: $(pass_grown "$TMP/pass" | xargs)"
}

mark()
{
	FAST=$(fast_now)
	[ "$HOOK" = plain ] || pass_save "$TMP/pass"
}

quick()
{
	local i

	# the way back is granted with care: by a worker
	for i in 1 2 3 4 5 6 7 8 9 10; do
		hello 1
		hello_ext 0
		mark
		send after
		[ "$HOOK" != plain ] || return 0
		[ "$(fast_now)" -ge $((FAST + 50)) ] && return 0
		sleep 0.3
	done
	fail "the fast path did not come back: $(vnic_field "$(vm_mac 1)" bypass)"
}

# toggle REASON ON OFF [OPTION...]: ON and OFF are functions or commands
toggle()
{
	local reason=$1 on=$2 off=$3 rules=0

	shift 3
	mark
	send before "$@"
	[ "$HOOK" = plain ] || at_least "fast path before" "$(fast_now)" \
		$((FAST + 50))
	[ "$HOOK" = plain ] || rules=$(nic_rules)
	ok eval "$on"
	mark
	send on "$@"
	ON_ARRIVED=$ARRIVED
	slow "$reason"
	[ "$HOOK" = plain ] || same "rules with it on" "$(nic_rules)" "$rules"
	ok eval "$off"
	quick
}

# only where the hook sits below what is switched on
stacked_only() { if [ "$HOOK" = stacked ]; then echo "$1"; else echo -; fi; }

test_vlan_filtering()
{
	# VLAN 1 is new to the FDB: the stations speak once
	toggle vlan-filtering "
		ip link set $BR type bridge vlan_filtering 1 && hello 1 &&
		hello_ext 0" "ip link set $BR type bridge vlan_filtering 0"
}

test_stp()
{
	toggle stp "ip link set $BR type bridge stp_state 1 forward_delay 200" \
		"ip link set $BR type bridge stp_state 0"
}

test_isolated_one()
{
	toggle port-flags "bridge link set dev vnet1 isolated on" \
		"bridge link set dev vnet1 isolated off"
}

test_isolated_both()
{
	toggle uplink-flags "bridge link set dev vnet1 isolated on &&
		bridge link set dev $(uplink) isolated on" \
		"bridge link set dev vnet1 isolated off &&
		bridge link set dev $(uplink) isolated off"
}

test_locked()
{
	toggle uplink-flags "bridge link set dev $(uplink) locked on" \
		"bridge link set dev $(uplink) locked off"
}

test_port_state()
{
	# "blocking" would not last: without STP the bridge forwards again
	toggle port-state "bridge link set dev vnet1 state 0" \
		"bridge link set dev vnet1 state 3"
}

test_port_down()
{
	mark
	ok ip link set vnet1 down
	send down
	[ "$HOOK" = plain ] || same "fast" "$(fast_now)" "$FAST"
	ok ip link set vnet1 up
	quick
}

# flags that say nothing about known unicast: the fast path may go on
test_flood_flags()
{
	toggle - "bridge link set dev vnet1 flood off mcast_flood off" \
		"bridge link set dev vnet1 flood on mcast_flood on"
}

test_nft_forward()
{
	need nft || return
	nft add table bridge t_vmq 2>/dev/null || {
		skip "no nft bridge family"
		return
	}
	nft delete table bridge t_vmq
	toggle netfilter "nft -f $(nft_file)" "nft delete table bridge t_vmq"
}

nft_file()
{
	cat > "$TMP/nft" <<-EOF
	table bridge t_vmq {
		chain c_fwd {
			type filter hook forward priority 0;
			ether daddr $(vm_mac 1) udp dport 9 drop
		}
	}
	EOF
	echo "$TMP/nft"
}

# the admin's own ingress rules on the uplink decide before vmq
test_nft_ingress()
{
	need nft || return
	cat > "$TMP/nft2" <<-EOF
	table netdev t_vmq {
		chain c_in {
			type filter hook ingress device $(uplink) priority 0;
			udp dport 9 drop
		}
	}
	EOF
	nft -f "$TMP/nft2" 2>/dev/null || {
		skip "no nft netdev family"
		return
	}
	nft delete table netdev t_vmq
	toggle - "nft -f $TMP/nft2" "nft delete table netdev t_vmq"
	[ "$HOOK" = plain ] || same "with the drop rule" "$ON_ARRIVED" \
		"0 0 0"
}

test_br_netfilter()
{
	modprobe -q br_netfilter 2>/dev/null
	if [ ! -d /proc/sys/net/bridge ]; then
		skip "no br_netfilter"
		return
	fi
	rmmod br_netfilter
	toggle netfilter "modprobe br_netfilter" "rmmod br_netfilter"
}

# a reader sees every frame, whichever way it goes
test_tcpdump()
{
	local n

	need tcpdump || return
	background tcpdump -p -i "$(uplink)" -n -l udp port 9 \
		> "$TMP/dump" 2> "$TMP/dump.err"
	until_ok grep -q listening "$TMP/dump.err"
	mark
	send on
	slow "$(stacked_only tap)"
	wait_for lines_are "$TMP/dump" 60
	n=$(wc -l < "$TMP/dump")
	as_plain seen "$n"
	stop "$LAST_PID"
	quick
}

lines_are() { [ "$(grep -c UDP "$1")" = "$2" ]; }

test_tc_drop()
{
	modprobe -q -a sch_ingress cls_matchall act_gact 2>/dev/null
	if ! tc qdisc add dev vnet3 clsact 2>/dev/null; then
		skip "no clsact"
		return
	fi
	tc qdisc del dev vnet3 clsact
	toggle "$(stacked_only tc)" "tc qdisc add dev $(uplink) clsact &&
		tc filter add dev $(uplink) ingress matchall action drop" \
		"tc qdisc del dev $(uplink) clsact"
}

# egress rules of the port hold on both paths
test_tc_port_egress()
{
	if ! tc qdisc add dev vnet1 clsact 2>/dev/null; then
		skip "no clsact"
		return
	fi
	tc qdisc del dev vnet1 clsact
	toggle - "tc qdisc add dev vnet1 clsact &&
		tc filter add dev vnet1 egress matchall action drop" \
		"tc qdisc del dev vnet1 clsact"
}

test_xdp_generic()
{
	need xdppin || return
	mkdir -p /sys/fs/bpf
	mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf 2>/dev/null
	if ! xdppin /sys/fs/bpf/t_vmq_drop drop 2>/dev/null; then
		skip "no BPF"
		return
	fi
	toggle "$(stacked_only xdp)" \
		"ip link set dev $(uplink) xdpgeneric pinned /sys/fs/bpf/t_vmq_drop" \
		"ip link set dev $(uplink) xdpgeneric off"
	rm -f /sys/fs/bpf/t_vmq_drop
}

test_promisc_bridge()
{
	toggle promisc "ip link set $BR promisc on" "ip link set $BR promisc off"
}

test_mcast_snooping()
{
	toggle - "ip link set $BR type bridge mcast_snooping 1" \
		"ip link set $BR type bridge mcast_snooping 0"
}

# a VLAN device on br0: untagged frames are not its business, tagged are
test_vlan_upper()
{
	ok ip link add link $BR name t_v7 type vlan id 7
	ok ip link set t_v7 up
	send tagged -V 7
	quick
	ip link del t_v7
}

test_neigh_suppress()
{
	toggle - "bridge link set dev vnet1 neigh_suppress on" \
		"bridge link set dev vnet1 neigh_suppress off"
}

# too long for the port: dropped, as by the bridge
test_mtu_small()
{
	ok ip link set vnet1 mtu 600
	mark
	send "short" -l 500
	send "long" -l 1400
	same "long frames" "$ARRIVED" "0 0 0"
	ok ip link set vnet1 mtu 1500
	quick
}

test_bypass_off()
{
	if [ "$HOOK" = plain ]; then
		toggle off true true
	else
		toggle off "echo 0 > $SYS/bypass" "echo 1 > $SYS/bypass"
	fi
}

run_tests
