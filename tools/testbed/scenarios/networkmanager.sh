#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# nic: virtio-net (of vmqsim's NICs NetworkManager thinks as of virtual devices)
# Topology: host.inc; NetworkManager makes the bridge.
# Proves: reapply, a reload, another MTU, another address, the connection activated
# again, networking off and on, and a restart leave connections to the host and to a
# VM as they are beside a plain bridge, and vmq at work.

# shellcheck source=host.inc
. "$(dirname "$0")/host.inc"
# shellcheck source=../../../selftests/vmq_driver.inc
. /vmq/selftests/vmq_driver.inc

TESTS="test_reapply test_reload test_mtu test_address test_up test_restart test_off_on
	test_stop"
UNIT=vmq@$NIC.service

# nm CMD...: quietly
nm() { nmcli -t "$@" > /dev/null; }

network_up()
{
	mkdir -p /etc/NetworkManager/conf.d
	# who has VMs tells NetworkManager to keep off their ports, and off vmq's handle
	cat > /etc/NetworkManager/conf.d/vmq.conf <<-EOF
	[main]
	no-auto-default=*
	[keyfile]
	unmanaged-devices=interface-name:vnet*$([ "$HOOK" = stacked ] || echo ";interface-name:$VMQ")
	EOF
	systemctl start NetworkManager &&
	nm connection add type bridge con-name host ifname $BR bridge.stp no \
		bridge.multicast-snooping no ipv4.method manual \
		ipv4.addresses $HOST_IP/24 ipv6.method disabled \
		connection.autoconnect-ports 1 &&
	if [ "$HOOK" = stacked ]; then
		nm connection add type generic con-name uplink ifname $VMQ \
			controller $BR port-type bridge
	else
		nm connection add type ethernet con-name uplink ifname "$NIC" \
			controller $BR port-type bridge
	fi &&
	nm connection up host
}

network_down()
{
	nmcli connection delete uplink host > /dev/null 2>&1
	systemctl stop NetworkManager 2>/dev/null
	ip link del $BR 2>/dev/null
	rm -rf /etc/NetworkManager/system-connections/* /etc/NetworkManager/conf.d/vmq.conf
}

settled() { until_ok test "$(nmcli -g GENERAL.STATE device show $BR)" = "100 (connected)"; }

port_back() { ip link set vnet1 master $BR up && ip link set vnet2 master $BR up; }

again() { nm connection up host && port_back; }
off_on() { nm networking off && nm networking on && until_ok host_ready && port_back; }

# changed SETTING VALUE...
changed() { nm connection modify host "$@" && nm device reapply $BR; }

mtu()
{
	nm connection modify uplink ethernet.mtu "$1" && nm device reapply "$NIC" &&
	nm connection modify host bridge.mtu "$1" ethernet.mtu "$1"; nm device reapply $BR
}

test_reapply() { step nm device reapply $BR; }
test_reload() { step nm connection reload; }

test_mtu()
{
	if [ "$HOOK" = stacked ]; then
		skip "a generic device has no MTU in NetworkManager"
		return
	fi
	step mtu 1400
	step mtu 1500
}

test_address()
{
	step changed +ipv4.addresses 10.0.9.1/24
	step changed -ipv4.addresses 10.0.9.1/24
}

test_up() { step again; }
test_restart() { step systemctl restart NetworkManager; }
test_off_on() { step off_on; }

test_stop()
{
	settled() { :; }
	step systemctl stop NetworkManager
}

run_tests
