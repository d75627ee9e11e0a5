#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), and a tap device with two queues in the bridge, on
# which tapguest plays a guest.
# Proves: TCP runs through vmq in both directions, to all VMs at once, with and
# without checksum, segmentation and merging offloads; a guest behind a
# multi-queue tap, with and without virtio-net headers, is reached over the
# fast path, and so is a VM by the kernel's packet generator; numbered frames
# arrive once, whole, in order.

. "$(dirname "$0")/lib.sh"

TESTS="test_tcp test_tcp_reverse test_tcp_no_offload test_tcp_ip6 test_tap
	test_tap_vnet_hdr test_pktgen test_order test_order_switches
	test_mtu_jumbo"

SHARED=1

# what receivers can follow, also beside a debug kernel's checks
COUNT=4000 PPS=2000
[ -z "${KSFT_MACHINE_SLOW:-}" ] || COUNT=400 PPS=200

setup() { topo_up 3; }
between() { warm_all 3; }

# tcp CLIENT-NETNS SERVER-NETNS ADDRESS [OPTION...]
tcp()
{
	local client=$1 server=$2 addr=$3 i

	shift 3
	background ip netns exec "$server" iperf3 -s -1 -p 5001 \
		> /dev/null 2>&1
	for ((i = 0; i < 50; i++)); do
		ip netns exec "$client" iperf3 -c "$addr" -p 5001 \
			-n "${BYTES:-8M}" -J "$@" > "$TMP/iperf.$addr" 2>&1 &&
			return 0
		grep -q "refused" "$TMP/iperf.$addr" || break
		sleep 0.1
	done
	return 1
}

fast_of() { vnic_field "$(vm_mac "$1")" fast; }

test_tcp()
{
	local i pids="" fast

	need iperf3 || return
	fast=$(fast_of 1)
	for i in 1 2 3; do
		tcp wire "vm$i" "$(vm_ip $i)" &
		pids="$pids $!"
	done
	for i in $pids; do
		ok wait "$i"
	done
	at_least "fast path of VM 1" "$(fast_of 1)" $((fast + 50))
}

test_tcp_reverse()
{
	need iperf3 || return
	ok tcp wire vm1 "$(vm_ip 1)" -R
	ok tcp vm2 wire $EXT_IP
	ok tcp vm3 vm1 "$(vm_ip 1)"
}

test_tcp_no_offload()
{
	local d

	need iperf3 || return
	for d in tso gso gro; do
		ethtool -K $NIC $d off 2>/dev/null
		in_wire ethtool -K $WIRE $d off 2>/dev/null
		in_vm 1 ethtool -K eth0 $d off 2>/dev/null
	done
	BYTES=2M
	ok tcp wire vm1 "$(vm_ip 1)"
	ok tcp wire vm1 "$(vm_ip 1)" -R
	in_wire ethtool -K $WIRE tx off 2>/dev/null
	ethtool -K $NIC rx off 2>/dev/null
	ok tcp wire vm1 "$(vm_ip 1)"
	BYTES=
}

test_tcp_ip6()
{
	need iperf3 || return
	ok tcp wire vm1 "$(vm_ip6 1)"
}

# tap OPTION...: a guest on a two-queue tap, MAC of VM 9
tap()
{
	local mac pid fast

	mac=$(vm_mac 9)
	background tapguest -i vnet9 -m "$mac" -a "$(vm_ip 9)" -q 2 -g \
		-o "$TMP/tapcount" "$@" > "$TMP/tap"
	pid=$LAST_PID
	wait_for grep -q ready "$TMP/tap"
	no_ip6 vnet9
	ok ip link set vnet9 master $BR up
	wait_for vnic_is "$mac" bypass fast
	fast=$(vnic_field "$mac" fast)
	ok ping_ok wire "$(vm_ip 9)" 5
	# ARP takes the bridge, echo requests the fast path
	at_least "fast path to the tap" "$(vnic_field "$mac" fast)" \
		$((fast + 3))
	vmqpkt send -X wire -i $WIRE -s "$(ext_mac 0)" -d "$mac" -n 200 \
		-p 1000 -F 16 > /dev/null
	sleep 0.3
	stop "$pid"
	at_least "frames the guest read" "$(heard "$TMP/tapcount" frames)" 205
	at_least "echoes it answered" "$(heard "$TMP/tapcount" echo)" 5
	at_least "frames in its first queue" "$(heard "$TMP/tapcount" q0)" 1
	at_least "frames in its second queue" "$(heard "$TMP/tapcount" q1)" 1
	wait_for no_vnic "$mac"
}

test_tap()
{
	[ -e /dev/net/tun ] || modprobe -q tun
	tap
}

test_tap_vnet_hdr()
{
	[ -e /dev/net/tun ] || modprobe -q tun
	tap -H
}

# pktgen COMMAND...: to the file named before the first colon
pktgen()
{
	local c

	for c; do
		echo "${c#*:}" > "/proc/net/pktgen/${c%%:*}" || return 1
	done
}

vm_received() { in_vm "$1" cat /sys/class/net/eth0/statistics/rx_packets; }

# at the wire's end; its skbs are like those of no socket
test_pktgen()
{
	local fast got

	modprobe -q pktgen
	if ! in_wire test -e /proc/net/pktgen/pgctrl; then
		skip "no pktgen in this kernel"
		return
	fi
	fast=$(fast_of 1)
	got=$(vm_received 1)
	export -f pktgen
	ok in_wire bash -c 'pktgen "$@"' pktgen "kpktgend_0:add_device $WIRE" \
		"$WIRE:count 1000" "$WIRE:delay 500000" "$WIRE:pkt_size 200" \
		"$WIRE:dst $(vm_ip 1)" "$WIRE:dst_mac $(vm_mac 1)" \
		"$WIRE:src_mac $(ext_mac 0)" "$WIRE:udp_src_min 1024" \
		"$WIRE:udp_src_max 1055" "$WIRE:flag UDPSRC_RND" pgctrl:start
	ok in_wire grep -q "^Result: OK" "/proc/net/pktgen/$WIRE"
	ok in_wire bash -c 'pktgen kpktgend_0:rem_device_all'
	at_least "frames at the VM" $(($(vm_received 1) - got)) 1000
	at_least "of them fast" $(($(fast_of 1) - fast)) 950
}

# one flow, numbered: all there, once, in order
test_order()
{
	deliver 0 1 $COUNT -l 200
	same "frames" "$GOT" $COUNT
	same "late" "$(rx vm1 late)" 0
	same "twice" "$(rx vm1 dup)" 0
	same "bad" "$(rx vm1 bad)" 0
}

# switches, slots and homes change under a numbered flow: nothing is lost,
# nothing comes twice
test_order_switches()
{
	local i s pid

	listen 1 "$TMP/rx" -f 3
	background vmqpkt send -X wire -i $WIRE \
		-s "$(ext_mac 0)" -d "$(vm_mac 1)" -n 0 -p $((PPS / 2)) -f 3 > "$TMP/tx"
	pid=$LAST_PID
	for i in 1 2 3; do
		for s in bypass pin steer; do
			echo 0 > $SYS/$s
			sleep 0.1
			echo 1 > $SYS/$s
			sleep 0.1
		done
	done
	stop "$pid"
	sleep 0.5
	stop_background
	same "frames" "$(heard "$TMP/rx" frames)" "$(heard "$TMP/tx" sent)"
	same "twice" "$(heard "$TMP/rx" dup)" 0
	ktap_print_msg "late after $((i * 6)) switches:" \
		"$(heard "$TMP/rx" late) of $(heard "$TMP/rx" frames)"
	# only a rule that comes or goes may let one queue overtake another
	at_most "late" "$(heard "$TMP/rx" late)" 100
}

test_mtu_jumbo()
{
	local d

	if [ "$HOOK" = stacked ]; then
		ok ip link set $VMQ mtu 9000
		same "NIC follows" "$(cat /sys/class/net/$NIC/mtu)" 9000
	else
		ok ip link set $NIC mtu 9000
	fi
	ip -n wire link set $WIRE mtu 9000
	for d in 1 2 3; do
		ip link set "vnet$d" mtu 9000
		ip -n "vm$d" link set eth0 mtu 9000
	done
	deliver 0 1 100 -l 9000
	same "jumbo frames" "$GOT" 100
	ok in_wire ping -q -c 2 -i 0.2 -s 8900 -M "do" "$(vm_ip 2)" > /dev/null
}

run_tests
