#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 2 (lib.sh), whose NIC takes no rules, and VM 9 behind a tap, to
# which host 0 sends numbered frames all the time; once as a plain bridge, then with
# vmq, which steers in software.
# Proves: an address whose home CPU moves, goes offline or comes and goes, whose
# frames come to another CPU, go to the bridge and back, or take a rule instead,
# loses no frame, doubles none and, but for a rule, stays in order.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_flow.inc"

HOOKS="plain $HOOKS"
TESTS="test_home test_by_hand test_switch test_steer test_bypass test_offline test_rule
	test_detach"
CPUS=$(nproc)

# frames come to CPU 0, home is another
setup()
{
	if [ "$CPUS" -lt 3 ]; then
		skip "$CPUS CPUs"
		return 1
	fi
	quirks "need_ntuple,wipe_on_ntuple" && flow_topo 2 || return 1
	ok ethtool -K $NIC ntuple off
	attach
	arrive_on 0
	cpus "1-$((CPUS - 1))"
	hello_ext 0
}

arrive_on()
{
	local q

	for ((q = 0; q < 8; q++)); do
		echo "$1" > "/proc/irq/$(queue_irq $q)/smp_affinity_list"
	done
}

cpus() { [ "$HOOK" = plain ] || echo "$1" > $SYS/cpus; }

# what vmq_flow.inc waits for
guest_steered() { vnic_is "$(guest_mac)" steer software; }
home_is() { [ "$HOOK" = plain ] || [ "$(vnic_field "$(guest_mac)" cpu)" = "$1" ]; }

# rounds WHAT in-order|any-order CMD...: CMDs in turn, four times
rounds()
{
	local what=$1 order=$2 i n=0 c

	shift 2
	flow_start || return
	for i in 1 2 3 4; do
		for c; do
			ok eval "$c"
			n=$((n + 1))
			sleep $PAUSE
		done
	done
	flow_judge "$what" $n "$order"
}

move() { cpus "$1" && wait_for home_is "$1"; }
test_home() { rounds "home moved" in-order "move 1" "move 2" "move $((CPUS - 1))"; }

# to the home CPU itself, and away
test_by_hand()
{
	cpus 1
	rounds "interrupts moved by hand" in-order "arrive_on 1" "arrive_on 2" \
		"arrive_on 0"
}

soft() { [ "$HOOK" = plain ] || echo "$1" > $SYS/softsteer; }
test_switch() { rounds "softsteer switched" in-order "soft 0" "soft 1"; }

# by which the filter goes, and another comes
steer() { [ "$HOOK" = plain ] || echo "$1" > $SYS/steer; }
test_steer()
{
	rounds "steer switched" in-order "steer 0" \
		"steer 1 && wait_for has_home"
}
has_home() { [ "$HOOK" = plain ] || guest_steered; }

bypass() { [ "$HOOK" = plain ] || echo "$1" > $SYS/bypass; }
test_bypass() { rounds "bypass switched" in-order "bypass 0" "bypass 1"; }

# nothing but the home CPU goes: frames come to CPU 0
online() { echo "$2" > "/sys/devices/system/cpu/cpu$1/online"; }
# room FRAMES: that many may wait for a CPU
room()
{
	[ "$HOOK" = plain ] ||
		echo "$1" > /sys/module/vmq/parameters/softsteer_backlog
}

# An emulated CPU that goes may keep its frames waiting for longer than there is
# room for: not what is asked here.
test_offline()
{
	room 20000
	cpus 1-2
	rounds "home CPU offline and online" in-order "online 1 0" "online 1 1" \
		"online 2 0" "online 2 1"
	online 1 1
	online 2 1
	room 1000
}

ntuple() { ethtool -K $NIC ntuple "$1"; }
rule_is_in() { [ "$HOOK" = plain ] || vnic_steered "$(guest_mac)"; }
test_rule()
{
	rounds "a rule came and went" any-order "ntuple on && wait_for rule_is_in" \
		"ntuple off && wait_for has_home"
}

# in place the bridge goes on without vmq
again() { attach && cpus 1 && guest_hello; }
test_detach()
{
	[ "$HOOK" != stacked ] || {
		skip "the bridge's port goes too"
		return
	}
	rounds "detached and attached" any-order detach again
}

run_tests
