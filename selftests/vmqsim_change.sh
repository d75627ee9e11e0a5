#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: vmqsim_lib.inc, 8 queues, frames from the wire all the time.
# Proves: rings, channels, features, addresses, rules, netns and the NIC itself
# change under traffic, traffic goes on, and nothing is left of what was; sleep
# and wake-up are a reset.

. "$(dirname "$0")/vmqsim_lib.inc"

TESTS="test_rings test_channels test_resets test_reset_transmit test_rules
	test_updown test_wire test_features test_delete test_reply_traffic test_suspend
	test_full_ring"

MAC1=02:00:00:00:01:01

setup()
{
	sim_up || return 1
	background ip netns exec wire vmqpkt send -i $WIRE -s "$(ext_mac 0)" \
		-d "$(nic_mac)" -n 0 -p 1000 -F 64 >/dev/null
	wait_for above 50
}

above() { [ "$(total)" -gt "$1" ]; }
# flows: more frames arrive
flows() { wait_for above $(($(total) + 100)); }

test_rings()
{
	local n

	for n in 64 8192 100 512; do
		ok ethtool -G $NIC rx $n
		same "ring" "$(ethtool -g $NIC | awk '/^RX:/ { v = $2 } END { print v }')" $n
		flows
	done
	not_ok ethtool -G $NIC rx 63 2>/dev/null
	not_ok ethtool -G $NIC rx 8193 2>/dev/null
	flows
}

test_channels()
{
	local n

	for n in 1 8 3 5 8; do
		ok ethtool -L $NIC combined $n
		same "interrupts" "$(grep -c TxRx /proc/interrupts)" $n
		flows
	done
	ok ethtool -L $NIC rx 2
	same "interrupts" "$(grep -c TxRx /proc/interrupts)" 2
	flows
	flows
	ok ethtool -L $NIC combined 8
	not_ok ethtool -L $NIC combined 9 2>/dev/null
	not_ok ethtool -L $NIC combined 0 2>/dev/null
	flows
}

test_resets()
{
	local i

	for i in 1 2 3 4 5 6 7 8 9 10; do
		ok put $SIM/reset 1
	done
	same "resets" "$(cat $SIM/reset)" 10
	wait_for carrier_is 1
	flows
}

resets() { while :; do echo 1 > $SIM/reset; done; }
sent() { ethtool -S $NIC | awk '/tx_queue_[0-9]+_packets/ { n += $2 } END { print n }'; }
all_sent() { ! tc -s qdisc show dev $NIC | grep -q 'backlog [1-9]'; }

# Transmit queues stand still while the NIC resets; nothing may stay in them
test_reset_transmit()
{
	local n

	stop_background
	n=$(sent)
	background resets
	ok vmqpkt send -i $NIC -s "$(nic_mac)" -d "$(ext_mac 0)" -n 100 -p 500 \
		-F 64 >/dev/null
	stop_background
	wait_for all_sent
	at_least "frames sent" $(($(sent) - n)) 100
}

test_rules()
{
	local i

	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		ok rule ether dst "$(nic_mac)" action $((i % 8)) loc 1
		ok rule udp4 dst-port 9 action 2 loc 2
		ok ethtool -N $NIC delete 2
	done
	flows
	ok ethtool -N $NIC delete 1
	flows
}

test_updown()
{
	local i

	for i in 1 2 3; do
		ok ip link set $NIC down
		same "interrupts" "$(grep -c TxRx /proc/interrupts)" 0
		ok ip link set $NIC up
		wait_for carrier_is 1
		flows
		ok ip -n wire link set $WIRE down
		wait_for carrier_is 0
		ok ip -n wire link set $WIRE up
		wait_for carrier_is 1
		stop_background
		background ip netns exec wire vmqpkt send -i $WIRE \
			-s "$(ext_mac 0)" -d "$(nic_mac)" -n 0 -p 1000 -F 64 >/dev/null
		flows
	done
}

# The wire end is renamed and moved, there and back
test_wire()
{
	stop_background
	ok ip netns add t_n
	ok ip -n wire link set $WIRE down
	ok ip -n wire link set $WIRE name t_w
	ok ip -n wire link set t_w netns t_n
	ok ip -n t_n link set t_w up
	wait_for carrier_is 1
	spreads 2 32 ip netns exec t_n vmqpkt send -i t_w -s "$(ext_mac 0)" \
		-d "$(nic_mac)" -n 32 -F 32
	ok ip netns del t_n
	wait_for no_nic
}

test_features()
{
	local f

	for f in rx tx sg gro rxvlan txvlan rxhash ntuple rx-vlan-filter; do
		ok ethtool -K $NIC $f off >/dev/null
		flows
		ok ethtool -K $NIC $f on >/dev/null
	done
	flows
	ok ip link set $NIC address 02:00:00:00:aa:bb
	ok ip link set $NIC promisc off
	ok ip link set $NIC promisc on
	flows
}

test_delete()
{
	ok ip link del $NIC
	not_ok ip -n wire link show $WIRE 2>/dev/null
	same "interrupts" "$(grep -c ' vmqsim ' /proc/interrupts)" 0
	stop_background
	ip netns del wire
	ok sim_up
	spreads 2 32 send 32 -F 32
}

# Both directions at once, and reconfigurations between
test_reply_traffic()
{
	background ping -f -q $EXT_IP >/dev/null
	ok ethtool -L $NIC combined 4
	ok ethtool -G $NIC rx 1024
	ok put $SIM/reset 1
	ok ethtool -L $NIC combined 8
	wait_for carrier_is 1
	ok ping_ok wire $NIC_IP 3
	flows
}

# pm_test=devices: all devices sleep and wake up again, the machine does not
test_suspend()
{
	if [ ! -w /sys/power/pm_test ] ||
	   ! grep -q freeze /sys/power/state 2>/dev/null; then
		skip "no pm_test in this kernel"
		return
	fi
	ok rule ether dst $MAC1 action 5
	if ! put /sys/power/pm_test devices 2>/dev/null ||
	   ! put /sys/power/state freeze 2>/dev/null; then
		echo none > /sys/power/pm_test
		skip "this machine does not sleep"
		return
	fi
	echo none > /sys/power/pm_test
	at_least "resets" "$(cat $SIM/reset)" 1
	same "rules" "$(n_rules)" 1
	same "interrupts" "$(grep -c TxRx /proc/interrupts)" 8
	wait_for carrier_is 1
	flows
	stop_background
	lands 5 4 send 4 -d $MAC1 -t arp

	ok put $SIM/quirks wipe_on_reset
	echo devices > /sys/power/pm_test
	ok put /sys/power/state freeze
	echo none > /sys/power/pm_test
	same "rules" "$(n_rules)" 0
	wait_for carrier_is 1
	spreads 2 32 send 32 -F 32
	# asleep while down, too
	ok ip link set $NIC down
	echo devices > /sys/power/pm_test
	ok put /sys/power/state freeze
	echo none > /sys/power/pm_test
	same "interrupts" "$(grep -c TxRx /proc/interrupts)" 0
	ok ip link set $NIC up
	wait_for carrier_is 1
	spreads 2 32 send 32 -F 32
}

# Whether or not the ring overflows: every frame is received or counted
test_full_ring()
{
	local got lost

	stop_background
	ok ethtool -G $NIC rx 64
	ok ethtool -X $NIC equal 1
	got=$(total)
	lost=$(queue_col 0 drops)
	send 20000 -F 1
	wait_for all_accounted $((got + lost)) 20000
}
all_accounted()
{
	[ $(($(total) + $(queue_col 0 drops) - $1)) = "$2" ]
}

run_tests
