#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# cable.sh COMMAND...: runs it in a netns of its own, in which "nic" and "wire" are taps
# with a bridge between them.  An emulated NIC with several queues takes frames from
# a tap only.

set -eu

if [ "${1:-}" != --inside ]; then
	exec unshare -n "$0" --inside "$@"
fi
shift

sysctl -q -w net.ipv6.conf.default.disable_ipv6=1 || :
ip link add cable type bridge mcast_snooping 0
ip tuntap add nic mode tap ${CABLE_QUEUES:+multi_queue}
ip tuntap add wire mode tap
for dev in nic wire; do
	ip link set "$dev" master cable up
done
ip link set cable up
exec "$@"
