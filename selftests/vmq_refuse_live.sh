#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 1 (lib.sh), vmq0 at work: the VM has a rule, its queue's
# interrupt is pinned.
# Proves: every bad request to vmq0, by ip link and ethtool, and every one to the
# NIC below that would take something from under it, is refused with the errno
# that Documentation/networking/vmq.rst names and a message that tells the cause,
# and changes nothing.

. "$(dirname "$0")/lib.sh"
# shellcheck source=refuse.inc
. "$(dirname "$0")/refuse.inc"

TESTS="test_vmq_on_vmq test_twice test_netns test_own_attributes
	test_unprivileged test_ethtool test_settings test_channels test_enslave
	test_traffic test_masters"

SHARED=1

setup()
{
	modprobe -q -a macvlan bonding team 8021q 2>/dev/null
	topo 1 && attach && warm 1 && wait_for vm_pinned 1 && as_now
}

test_vmq_on_vmq()
{
	no_vmq ELOOP "$VMQ is a vmq device itself" $VMQ
	unchanged
	if ip link add link $VMQ name t_v5 type vlan id 5 2>/dev/null; then
		no_vmq ELOOP "$VMQ is a vmq device itself" t_v5
		ip link del t_v5
	fi
	unchanged
}

test_twice()
{
	no_vmq EBUSY "$NIC already has $VMQ" $NIC
	unchanged
}

test_netns()
{
	ok ip netns add t_other
	refused EINVAL "" ip link set $VMQ netns t_other
	ip netns del t_other
	unchanged
}

# IFLA_VMQ_HOOK is 1, STEER 2, PIN 3, BYPASS 4: ip knows none of them
test_own_attributes()
{
	local attr

	refused EINVAL "" nlfail 0 set $VMQ 1 0
	for attr in 2 3 4; do
		refused ERANGE "" nlfail 0 set $VMQ $attr 2
		refused ERANGE "" nlfail 0 set $VMQ $attr 255
	done
	unchanged
	# and what they are there for
	for attr in 2 3 4; do
		ok nlfail 0 set $VMQ $attr 0
	done
	same "switches" "$(cat $SYS/steer $SYS/pin $SYS/bypass | xargs)" "0 0 0"
	for attr in 2 3 4; do
		ok nlfail 0 set $VMQ $attr 1
	done
	wait_for vm_pinned 1
	unchanged
}

# as_nobody CMD...
as_nobody() { setpriv --reuid 65534 --clear-groups "$@"; }

test_unprivileged()
{
	need setpriv || return
	refused EPERM "" as_nobody ip link del $VMQ
	refused EPERM "" as_nobody ip link set $VMQ down
	refused EPERM "" as_nobody ip link set $VMQ nomaster
	refused EPERM "" as_nobody nlfail 0 set $VMQ 2 0
	unchanged
}

# vmqN has no queues, rules and rings of its own
test_ethtool()
{
	ok ethtool -k $VMQ > /dev/null
	refused EOPNOTSUPP "" ethtool -L $VMQ combined 4
	refused EOPNOTSUPP "" ethtool -G $VMQ rx 128
	refused EOPNOTSUPP "" ethtool -X $VMQ equal 2
	refused EOPNOTSUPP "" ethtool -C $VMQ rx-usecs 1
	refused EOPNOTSUPP "" ethtool -A $VMQ rx on
	refused EOPNOTSUPP "" ethtool -N $VMQ flow-type ether \
		dst "$(vm_mac 1)" action 1
	unchanged
}

test_settings()
{
	refused EINVAL "" ip link set $VMQ mtu 100000
	refused EINVAL "" ip link set $VMQ mtu 10
	refused EADDRNOTAVAIL "" ip link set $VMQ address 01:00:00:00:00:01
	refused EADDRNOTAVAIL "" ip link set $VMQ address 00:00:00:00:00:00
	unchanged
}

# fewer queues than a rule points at, more than there are
test_channels()
{
	refused EINVAL "" ethtool -L $NIC combined \
		"$(vnic_field "$(vm_mac 1)" queue)"
	refused EINVAL "" ethtool -L $NIC combined 9
	refused EINVAL "" ethtool -X $NIC equal 9
	unchanged
}

# who wants the uplink's handler after vmq
test_enslave()
{
	ok ip link add t_br type bridge
	as_now bridge
	if [ "$HOOK" = stacked ]; then
		refused EBUSY "" ip link set $NIC master t_br
		refused EBUSY "" ip link add link $NIC name t_mv \
			type macvlan mode bridge
	else
		refused EBUSY "works in place" ip link set $VMQ master $BR
		refused EBUSY "works in place" ip link set $VMQ master t_br
	fi
	unchanged bridge
	ip link del t_br
	unchanged
}

# after all that
test_traffic()
{
	warm_ext 0
	carries 1
}

# what vmqN is no part of
test_masters()
{
	local kind errno=EOPNOTSUPP text="can only be the port of a bridge"

	if [ "$HOOK" = ingress ]; then
		errno=EBUSY
		text="works in place"
	fi
	ok ip link set $VMQ nomaster
	ok ip link set $VMQ down
	[ "$HOOK" = ingress ] || wait_for rules_are 0
	for kind in bond team; do
		# with an address it does not take that of a port
		ip link add t_t address 02:00:00:00:bb:01 type $kind \
			2>/dev/null || continue
		as_now $kind
		refused $errno "$text" ip link set $VMQ master t_t
		unchanged $kind
		ip link del t_t
	done
	ok ip link set $VMQ up
	[ "$HOOK" = ingress ] || ok ip link set $VMQ master $BR
	ok ping_ok vm1 $EXT_IP 2
}

run_tests
