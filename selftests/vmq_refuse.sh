#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 1 (lib.sh), and links of every kind that vmq must not sit on.
# Proves: every bad request, by ip link and by sysfs, by the wrong user, is
# refused with the right error and a message that names the cause, and changes
# nothing.

. "$(dirname "$0")/lib.sh"

TESTS="test_uplinks test_handlers test_attributes test_vmq_on_vmq test_netns test_twice
	test_sysfs test_unprivileged test_debugfs test_ethtool
	test_enslave test_no_uplink"

setup()
{
	topo 1 && snapshot "$TMP/before"
}

# refused TEXT CMD...: CMD fails, its message has TEXT
refused()
{
	local text=$1 out

	shift
	if out=$("$@" 2>&1); then
		fail "succeeded: $*"
		return
	fi
	echo "$out" | grep -qi -- "$text" ||
		fail "'$*' said '$out', not '$text'"
}

unchanged()
{
	snapshot "$TMP/after"
	same_as_before "$TMP/before" "$TMP/after"
}

test_uplinks()
{
	refused "thernet" ip link add link lo name $VMQ type vmq
	# a tunnel without Ethernet header, where the kernel has one
	if ip link add t_tun type ipip local 10.9.9.9 2>/dev/null ||
	   ip tuntap add t_tun mode tun 2>/dev/null; then
		refused "thernet" ip link add link t_tun name $VMQ type vmq
		ip link del t_tun
	fi
	not_ok test -e /sys/class/net/$VMQ
	unchanged
}

test_handlers()
{
	local kind

	modprobe -q -a macvlan bonding dummy 2>/dev/null
	[ "$HOOK" = stacked ] || ip link set $NIC nomaster
	if ip link add link $NIC name t_mv type macvlan mode bridge 2>/dev/null
	then
		refused "in use by .*t_mv" ip link add link $NIC name $VMQ type vmq
		ip link del t_mv
	fi
	ip link set $NIC down
	if ip link add t_bond type bond 2>/dev/null &&
	   ip link set $NIC master t_bond 2>/dev/null; then
		refused "in use by .*t_bond" ip link add link $NIC name $VMQ type vmq
		refused "bond or team" ip link add link t_bond name $VMQ type vmq
		ip link set $NIC nomaster
	fi
	for kind in t_bond t_mv; do
		ip link del $kind 2>/dev/null
	done
	ip link set $NIC up
	[ "$HOOK" = stacked ] || ip link set $NIC master $BR
	not_ok test -e /sys/class/net/$VMQ
	# and when they are gone it works
	ok attach
}

test_attributes()
{
	refused "uplink is needed" ip link add name $VMQ type vmq
	refused "6 bytes" ip link add link $NIC name $VMQ address 02:00 type vmq
	refused "unicast" ip link add link $NIC name $VMQ \
		address 01:00:00:00:00:01 type vmq
	[ "$HOOK" = ingress ] || refused "MTU is that of $NIC, 1500" \
		ip link add link $NIC name $VMQ mtu 1400 type vmq
	not_ok test -e /sys/class/net/$VMQ
	unchanged
	# a jumbo uplink's MTU may be named
	ok ip link set $NIC mtu 9000
	ok ip link add link $NIC name $VMQ mtu 9000 type vmq
	same "MTU" "$(cat /sys/class/net/$VMQ/mtu)" 9000
	ok detach
	ok ip link set $NIC mtu 1500
	unchanged
}

test_vmq_on_vmq()
{
	ok attach
	refused "is a vmq device itself" ip link add link $VMQ name vmq1 type vmq
	refused "no receive queues of its own" \
		ip link add link $BR name vmq1 type vmq
	not_ok test -e /sys/class/net/vmq1
	if ip link add link $VMQ name t_v5 type vlan id 5 2>/dev/null; then
		refused "is a vmq device itself" \
			ip link add link t_v5 name vmq1 type vmq
		ip link del t_v5
	fi
	ok detach
	unchanged
}

test_netns()
{
	ok ip netns add t_other
	ok ip -n t_other link set lo up
	refused "another network namespace" \
		ip link add link $NIC netns t_other name $VMQ type vmq
	not_ok ip -n t_other link show $VMQ 2>/dev/null
	ok attach
	refused "" ip link set $VMQ netns t_other
	ok test -e /sys/class/net/$VMQ
	ok detach
	ok ip netns del t_other
	unchanged
}

test_twice()
{
	ok attach
	refused "already has $VMQ" ip link add link $NIC name vmq1 type vmq
	not_ok test -e /sys/class/net/vmq1
	ok detach
	unchanged
}

# sysfs_refuses FILE VALUE ERRNO-TEXT
sysfs_refuses()
{
	local before after

	before=$(cat "$SYS/$1")
	refused "$3" write_value "$SYS/$1" "$2"
	after=$(cat "$SYS/$1")
	same "$1 after the refused '$2'" "$after" "$before"
}

write_value() { printf '%s\n' "$2" > "$1"; }

test_sysfs()
{
	local f v

	ok attach
	for f in steer pin bypass; do
		for v in "" 2 -1 maybe 99999999999999999999; do
			# kstrtobool takes words and their first letters
			sysfs_refuses $f "$v" "invalid\|range"
		done
	done
	for v in "" 0 -1 abc 99999999999999999999 5000; do
		sysfs_refuses max_vnics "$v" "invalid\|range"
		sysfs_refuses max_port_vnics "$v" "invalid\|range"
	done
	for v in abc 1-0 0-99999 99999 1,,,x; do
		sysfs_refuses cpus "$v" "invalid\|range\|no such\|too large"
	done
	for v in abc 1 1: :5 999:5 1:999999 -1:5 "1:5 x"; do
		sysfs_refuses irq_map "$v" "invalid\|range\|no such"
	done
	for f in hook bridge nic eligible; do
		refused "denied\|permitted" write_value $SYS/$f 1
	done
	ok detach
	unchanged
}

test_unprivileged()
{
	local f

	ok attach
	if ! type -p setpriv >/dev/null; then
		skip "no setpriv"
		return
	fi
	for f in steer pin bypass cpus max_vnics; do
		refused "denied\|permitted" setpriv --reuid 65534 --clear-groups \
			sh -c "echo 0 > $SYS/$f"
		same "$f" "$(cat $SYS/$f)" "$(cat $SYS/$f)"
	done
	refused "permitted\|denied" setpriv --reuid 65534 --clear-groups \
		ip link del $VMQ
	refused "denied" setpriv --reuid 65534 --clear-groups cat $DBG/vnics
	ok setpriv --reuid 65534 --clear-groups cat $SYS/hook > /dev/null
	ok test -e /sys/class/net/$VMQ
}

test_debugfs()
{
	local f

	ok attach
	for f in "$DBG"/* "$NICDBG"/*; do
		ok cat "$f" > /dev/null
		refused "denied\|invalid\|permitted" write_value "$f" 1
	done
}

test_ethtool()
{
	ok attach
	ok ethtool -k $VMQ > /dev/null
	refused "" ethtool -L $VMQ combined 4
	refused "" ethtool -N $VMQ flow-type ether dst "$(vm_mac 1)" action 1
	refused "" ip link set $VMQ mtu 100000
	refused "" ip link set $VMQ address 01:00:00:00:00:01
	ok ip link show $VMQ > /dev/null
	ok detach
	unchanged
}

# who wants the uplink's handler after vmq, or vmq below something foolish
test_enslave()
{
	ok attach
	if [ "$HOOK" = stacked ]; then
		ip link add t_br type bridge
		refused "" ip link set $NIC master t_br
		refused "" ip link add link $NIC name t_mv type macvlan mode bridge
		ip link del t_br
		same "master" "$(basename "$(readlink -f /sys/class/net/$VMQ/master)")" $BR
	else
		refused "" ip link set $VMQ master $BR
	fi
	ok ping_ok vm1 $EXT_IP 2
	ok detach
}

test_no_uplink()
{
	refused "link" ip link add name $VMQ type vmq
	not_ok test -e /sys/class/net/$VMQ
	unchanged
}

run_tests
