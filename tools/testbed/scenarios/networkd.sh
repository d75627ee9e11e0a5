#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: host.inc; systemd-networkd makes the bridge.
# Proves: reload, reconfigure, restart and stop of networkd, another MTU, another address
# and the NIC down and up leave connections to the host and to a VM as they are
# beside a plain bridge, and vmq at work; without the module the unit fails and the
# network does not.

# shellcheck source=host.inc
. "$(dirname "$0")/host.inc"

TESTS="test_reload test_reconfigure test_restart test_mtu test_address test_down_up
	test_no_module test_stop"

NETS=/etc/systemd/network

# configure MTU ADDRESS...
configure()
{
	local mtu=$1 a

	shift
	mkdir -p $NETS
	printf '[NetDev]\nName=%s\nKind=bridge\n[Bridge]\nMulticastSnooping=no\n' $BR \
		> $NETS/10-bridge.netdev
	printf '[Match]\nName=%s\n[Link]\nMTUBytes=%s\n[Network]\nBridge=%s\nLinkLocalAddressing=no\n' \
		"$(uplink)" "$mtu" $BR > $NETS/20-uplink.network
	{
		printf '[Match]\nName=%s\n[Network]\nLinkLocalAddressing=no\n' $BR
		printf 'IPv6AcceptRA=no\nConfigureWithoutCarrier=yes\n'
		for a; do
			echo "Address=$a"
		done
	} > $NETS/30-host.network
}

# its sockets would start it again
stop_networkd() { systemctl stop 'systemd-networkd*.socket' systemd-networkd.service; }

network_up()
{
	configure 1500 $HOST_IP/24
	systemctl start systemd-networkd
}

network_down()
{
	stop_networkd
	rm -f $NETS/*
}

settled()
{
	until_ok networkd_done
}

networkd_done()
{
	! systemctl -q is-active systemd-networkd ||
		! networkctl --no-legend list "$(uplink)" $BR | grep -q configuring
}

mtu_is() { [ "$(< "/sys/class/net/$(uplink)/mtu")" = "$1" ]; }
has_address() { ip -br addr show $BR | grep -q "$1"; }

# reconfigured MTU ADDRESS...
reconfigured()
{
	configure "$@" && networkctl reload && networkctl reconfigure "$(uplink)" $BR
}

test_reload() { step networkctl reload; }
test_reconfigure() { step networkctl reconfigure "$(uplink)" $BR; }
test_restart() { step systemctl restart systemd-networkd; }

test_mtu()
{
	settled() { until_ok mtu_is 1400; }
	step reconfigured 1400 $HOST_IP/24
	settled() { until_ok mtu_is 1500; }
	step reconfigured 1500 $HOST_IP/24
	settled() { until_ok networkd_done; }
}

test_address()
{
	settled() { until_ok has_address 10.0.9.1; }
	step reconfigured 1500 $HOST_IP/24 10.0.9.1/24
	settled() { until_ok networkd_done; }
	ok reconfigured 1500 $HOST_IP/24
}

down_up()
{
	ip link set $NIC down && sleep 1 && ip link set $NIC up
}

test_down_up() { step down_up; }

test_no_module()
{
	local ko was

	if [ "$HOOK" != ingress ]; then
		skip "the unit is for vmq in place"
		return
	fi
	ko=$(modinfo -n vmq)
	was=$(picture)
	sessions
	ok systemctl stop "$UNIT"
	ok rmmod vmq
	mv "$ko" "$ko.away"
	depmod
	not_ok systemctl start "$UNIT"
	ok grep -q "is the vmq module loaded" <(journalctl -b -u "$UNIT")
	go_on
	same "the bridge" "$(picture)" "$was"
	mv "$ko.away" "$ko"
	depmod
	# as the unit's next try, or by hand
	wait_for systemctl -q is-active "$UNIT"
	warm_all 2
	carries 1
}

test_stop() { step stop_networkd; }

run_tests
