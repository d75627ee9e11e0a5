#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 4 (lib.sh), but that the NIC is none of vmqsim's (vmq_driver.inc).
# Proves: with the kernel's own driver of that NIC vmq attaches, finds the interrupts
# of the receive queues, or says that it does not, steers four VMs in software to CPUs
# of their own, delivers past the bridge and keeps order; goes on after the NIC was
# down, had its rings and channels changed, was suspended; and goes with its driver.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_driver.inc"

TESTS="test_steer test_spread test_irqs test_bridge test_down_up test_rings test_channels
	test_suspend test_reload"

setup()
{
	topo 4 && attach && warm_all 4 && carrier
}

carrier() { until_ok grep -q 1 "/sys/class/net/$NIC/carrier"; }

# by rule where the driver takes one, else by software
is_steered()
{
	vnic_is "$(vm_mac "$1")" steer software || vnic_steered "$(vm_mac "$1")"
}

all_steered()
{
	local i

	for i in 1 2 3 4; do
		wait_for is_steered $i || return
	done
}

# runs: every VM gets its frames past the bridge, in order
runs()
{
	local i

	warm_all 4
	all_steered
	for i in 1 2 3 4; do
		in_order $i 200
	done
	ok ping_ok vm1 $EXT_IP 2
}

in_order()
{
	local fast mac

	mac=$(vm_mac "$1")
	fast=$(vnic_field "$mac" fast)
	PPS=500 deliver 0 "$1" "$2"
	same "frames to VM $1" "$GOT" "$2"
	same "overtaken" "$(rx "vm$1" late)" 0
	at_least "past the bridge" $(($(vnic_field "$mac" fast) - fast)) \
		$(($2 * 9 / 10))
}

test_steer()
{
	runs
	ktap_print_msg "$DRIVER: $(vnic_field "$(vm_mac 1)" steer)," \
		"reason $(vnic_field "$(vm_mac 1)" reason)"
}

# Each VM on a CPU of its own
test_spread()
{
	local cpus

	all_steered
	echo "0-$(($(nproc) - 1))" > $SYS/cpus
	wait_for homes_are $(($(nproc) < 4 ? $(nproc) : 4))
	runs
	cpus=$(homes)
	ktap_print_msg "$DRIVER: 4 VMs on $cpus of $(nproc) CPUs"
}

homes()
{
	local i

	for i in 1 2 3 4; do
		vnic_field "$(vm_mac $i)" cpu
	done | sort -u | grep -c '[0-9]'
}

homes_are() { [ "$(homes)" = "$1" ]; }

test_irqs()
{
	local map n irq

	map=$(cat $SYS/irq_map)
	n=$(find "/sys/class/net/$NIC/queues" -name 'rx-*' | wc -l)
	ktap_print_msg "$DRIVER: $n receive queues, interrupts ${map:--}"
	for irq in $(tr ' ' '\n' <<< "$map" | cut -s -d: -f2); do
		ok test -e "/proc/irq/$irq/smp_affinity_list"
	done
}

# The full path, and software steering with it
test_bridge()
{
	local full i

	all_steered
	echo 0 > $SYS/bypass
	for i in 1 2 3 4; do
		full=$(vnic_field "$(vm_mac $i)" full)
		PPS=500 deliver 0 $i 200
		same "frames to VM $i" "$GOT" 200
		same "overtaken" "$(rx "vm$i" late)" 0
		at_least "by the bridge" \
			$(($(vnic_field "$(vm_mac $i)" full) - full)) 200
	done
	echo 1 > $SYS/bypass
	runs
}

test_down_up()
{
	ok ip link set "$NIC" down
	ok ip link set "$NIC" up
	ok carrier
	runs
}

test_rings()
{
	ethtool -g "$NIC" > "$TMP/rings" 2>&1
	if ! ethtool -G "$NIC" rx 128 2> "$TMP/err" &&
	   ! ethtool -G "$NIC" rx 256 2> "$TMP/err"; then
		skip "$DRIVER: $(tail -n 1 "$TMP/err")"
		return
	fi
	ok carrier
	runs
}

test_channels()
{
	if ! ethtool -L "$NIC" combined 2 2> "$TMP/err"; then
		skip "$DRIVER: $(tail -n 1 "$TMP/err")"
		return
	fi
	ok carrier
	runs
	ok ethtool -L "$NIC" combined 4
	ok carrier
	runs
}

test_suspend()
{
	if [ ! -w /sys/power/pm_test ] ||
	   ! grep -q freeze /sys/power/state 2>/dev/null; then
		skip "no suspend test in this kernel"
		return
	fi
	all_steered
	echo devices > /sys/power/pm_test
	echo freeze > /sys/power/state || fail "suspend"
	echo none > /sys/power/pm_test
	ok carrier
	runs
}

# The driver goes, and vmq0 with its NIC; with the driver again everything is as before
test_reload()
{
	runs
	ok ip -n wire link set "$WIRE" down
	ok modprobe -r "$DRIVER"
	ok test ! -e /sys/class/net/$VMQ
	ok test ! -d "$NICDBG"
	ok modprobe "$DRIVER"
	wait_for dev_of $NIC_MAC
	ok cleanup
	NIC=$(dev_of $NIC_MAC)
	WIRE=$(dev_of $WIRE_MAC)
	ok setup
	runs
}

run_tests
