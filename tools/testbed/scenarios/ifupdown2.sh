#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: host.inc; ifupdown2 makes the bridge, as on Proxmox VE.
# Proves: ifreload, with nothing changed, with another MTU, another address, VLAN
# filtering on and off, and ifdown and ifup of the bridge, leave connections to the
# host and to a VM as they are beside a plain bridge, and vmq at work.

# shellcheck source=host.inc
. "$(dirname "$0")/host.inc"

TESTS="test_reload test_mtu test_address test_vlan_aware test_down_up test_leave"

INTERFACES=/etc/network/interfaces

# configure MTU VLAN-AWARE ADDRESS...
configure()
{
	local a

	mkdir -p /etc/network
	{
		printf 'auto lo\niface lo inet loopback\n'
		printf 'auto %s\niface %s inet manual\n\tmtu %s\n' "$(uplink)" "$(uplink)" "$1"
		printf 'auto %s\niface %s inet static\n' $BR $BR
		for a in "${@:3}"; do
			printf '\taddress %s\n' "$a"
		done
		printf '\tbridge-ports %s\n\tbridge-stp off\n\tbridge-fd 0\n' "$PORTS"
		printf '\tbridge-vlan-aware %s\n\tbridge-mcsnoop 0\n' "$2"
		[ "$2" = no ] || printf '\tbridge-vids 2-100\n'
	} > $INTERFACES
}

network_up()
{
	PORTS=$(uplink)
	configure 1500 no $HOST_IP/24
	systemctl start networking && no_ip6 $BR
}

network_down()
{
	systemctl stop networking
	rm -f $INTERFACES
}

# ifreload takes ports that are not in its configuration off the bridge, those of VMs
# too (Proxmox VE's does not): whoever started the VMs puts them back
port_back() { ip link set vnet1 master $BR up && ip link set vnet2 master $BR up; }

again() { ifreload -a && port_back; }

# reload MTU VLAN-AWARE ADDRESS...
reload() { configure "$@" && again; }

test_reload() { step again; }

test_mtu()
{
	step reload 1400 no $HOST_IP/24
	step reload 1500 no $HOST_IP/24
}

test_address()
{
	step reload 1500 no $HOST_IP/24 10.0.9.1/24
	step reload 1500 no $HOST_IP/24
}

test_vlan_aware()
{
	step reload 1500 yes $HOST_IP/24
	step reload 1500 no $HOST_IP/24
}

bridge_again() { ifdown $BR && ifup $BR && no_ip6 $BR && port_back; }

test_down_up() { step bridge_again; }

# the uplink leaves the bridge and comes back
leave()
{
	PORTS=none
	configure 1500 no $HOST_IP/24 && ifreload -a || return
	PORTS=$(uplink)
	reload 1500 no $HOST_IP/24
}

test_leave() { step leave; }

run_tests
