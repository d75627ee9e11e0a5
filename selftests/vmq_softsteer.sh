#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 4 (lib.sh), whose NIC takes no rules; all its receive queues'
# interrupts are on CPU 0, so that frames arrive there.
# Proves: addresses without a rule are steered in software: each has a home CPU,
# shown with the reason, and all its unicast frames, fast path or full path, are
# worked off there and arrive as on a plain bridge; what goes to one CPU is bounded,
# and what is too much is dropped and counted; CPUs, switches and rules that come
# and go take effect.

. "$(dirname "$0")/lib.sh"

TESTS="test_shown test_home test_full_path test_own_cpu test_cpus test_switch
	test_steer_off test_backlog test_crowd test_tcp test_capture test_rule"
SHARED=1
CPUS=$(nproc)
BACKLOG=/sys/module/vmq/parameters/softsteer_backlog

setup()
{
	if [ "$CPUS" -lt 3 ]; then
		skip "$CPUS CPUs"
		return 1
	fi
	quirks no_ntuple && topo 4 && attach && know_each_other || return 1
	between
}

# So that no ARP of the stacks is among the frames that are counted
know_each_other()
{
	local i

	for i in 1 2 3 4; do
		ip -n wire neigh replace "$(vm_ip $i)" lladdr "$(vm_mac $i)" \
			dev $WIRE || return
		ip -n "vm$i" neigh replace $EXT_IP lladdr "$(ext_mac 0)" \
			dev eth0 || return
	done
}

between()
{
	local i

	arrive_on 0
	# CPU 0 is for what arrives
	echo "1-$((CPUS - 1))" > $SYS/cpus
	echo 1000 > $BACKLOG
	warm_all 4
	for i in 1 2 3 4; do
		wait_for at_home $i
	done
}

# arrive_on CPU: all queues' interrupts
arrive_on()
{
	local q

	for ((q = 0; q < 8; q++)); do
		echo "$1" > "/proc/irq/$(queue_irq $q)/smp_affinity_list" || return
	done
}

home() { vnic_field "$(vm_mac "$1")" cpu; }
at_home() { vnic_is "$(vm_mac "$1")" steer software && [ "$(home "$1")" != - ]; }
soft_field() { table_field $SOFT cpu "$1" "$2"; }
soft_save() { cp $SOFT "$TMP/soft"; }

# soft_grown: "CPU FRAMES" a line for each CPU that frames were handed to since
soft_grown()
{
	awk 'NR == FNR { old[$1] = $2; next } FNR > 1 && $2 != old[$1] {
		print $1, $2 - old[$1] }' "$TMP/soft" $SOFT
}

# handed VM COUNT: frames of 16 flows arrive at the VM, by its home CPU
handed()
{
	wait_for at_home "$1" || return
	soft_save
	deliver 0 "$1" "$2" -F 16
	same "frames to VM $1" "$GOT" "$2"
	same "frames handed over" "$(soft_grown)" "$(home "$1") $2"
}

test_shown()
{
	local i

	for i in 1 2 3 4; do
		wait_for at_home $i
		same "reason" "$(vnic_field "$(vm_mac $i)" reason)" no-ntuple
		same "queue" "$(vnic_field "$(vm_mac $i)" queue)" -
	done
	same "rules" "$(nic_rules)" 0
	# as far apart as there are CPUs
	same "homes" "$(for i in 1 2 3 4; do home $i; done | sort -u | wc -l)" \
		$((CPUS - 1 < 4 ? CPUS - 1 : 4))
	same "file" "$(cat $SYS/softsteer)" 1
}

test_home()
{
	local i fast

	for i in 1 2 3 4; do
		fast=$(vnic_field "$(vm_mac $i)" fast)
		handed $i 200
		at_least "of them on the fast path" \
			$(($(vnic_field "$(vm_mac $i)" fast) - fast)) 190
	done
	ok ping_ok vm1 $EXT_IP
	# what is for no VM stays where it is
	soft_save
	from_wire 0 9 50
	same "unknown unicast handed over" "$(soft_grown)" ""
}

# the bridge gets what is not decided in favour of the fast path
test_full_path()
{
	local full

	ok ip link set $BR promisc on
	full=$(vnic_field "$(vm_mac 1)" full)
	handed 1 200
	at_least "of them by the bridge" \
		$(($(vnic_field "$(vm_mac 1)" full) - full)) 200
	ok ip link set $BR promisc off
	echo 0 > $SYS/bypass
	handed 2 200
	echo 1 > $SYS/bypass
	# a tag that is nobody's business
	soft_save
	deliver 0 3 100 -V 7
	same "tagged frames" "$GOT" 100
	same "tagged frames handed over" "$(soft_grown)" "$(home 3) 100"
}

# what arrives at home is not handed over
test_own_cpu()
{
	wait_for at_home 1
	arrive_on "$(home 1)"
	soft_save
	deliver 0 1 200 -F 16
	same "frames" "$GOT" 200
	same "frames handed over" "$(soft_grown)" ""
}

home_is() { [ "$(home "$1")" = "$2" ]; }

test_cpus()
{
	echo 2 > $SYS/cpus
	wait_for home_is 1 2
	wait_for home_is 2 2
	handed 1 100
	handed 2 100
	echo 1 > $SYS/cpus
	wait_for home_is 1 1
	handed 1 100
}

stays() { ! at_home "$1"; }

# not_handed VM
not_handed()
{
	wait_for stays "$1"
	# those that were on their way when it was decided
	from_wire 0 "$1" 20
	soft_save
	deliver 0 "$1" 100 -F 16
	same "frames" "$GOT" 100
	same "frames handed over" "$(soft_grown)" ""
}

test_switch()
{
	handed 1 100
	echo 0 > $SYS/softsteer
	not_handed 1
	same "steer" "$(vnic_field "$(vm_mac 1)" steer)" none
	same "reason" "$(vnic_field "$(vm_mac 1)" reason)" no-ntuple
	echo 1 > $SYS/softsteer
	handed 1 100
	not_ok eval "echo 2 > $SYS/softsteer" 2> /dev/null
	same "file" "$(cat $SYS/softsteer)" 1
}

test_steer_off()
{
	echo 0 > $SYS/steer
	not_handed 1
	same "reason" "$(vnic_field "$(vm_mac 1)" reason)" off
	echo 1 > $SYS/steer
	handed 1 100
}

# the NIC's rule is better, as soon as it takes one; the last test: another NIC
test_rule()
{
	ok detach
	ip link del $NIC
	ip netns del wire
	quirks "need_ntuple,wipe_on_ntuple"
	nic_add
	ok ethtool -K $NIC ntuple off
	[ "$HOOK" = stacked ] || ip link set $NIC master $BR
	ok attach
	arrive_on 0
	echo "1-$((CPUS - 1))" > $SYS/cpus
	warm_all 4
	handed 1 100
	ok ethtool -K $NIC ntuple on
	steers 1
	not_handed 1
	carries 1
	ok ethtool -K $NIC ntuple off
	handed 1 100
}

drops() { stat_value soft_drops; }
link_drops() { ip -j -s link show $VMQ | sed 's/.*"rx":{[^}]*"dropped":\([0-9]*\).*/\1/'; }

# sums CPU: "FRAMES DROPS"
sums() { echo "$(soft_field "$1" frames) $(soft_field "$1" drops)"; }

received() { cat /sys/class/net/$NIC/statistics/rx_packets; }

# nothing is lost without being counted
test_backlog()
{
	local cpu old new frames dropped nic

	wait_for at_home 1
	cpu=$(home 1)
	echo 4 > $BACKLOG
	old="$(sums "$cpu") $(drops)"
	nic=$(received)
	listen 1 "$TMP/rx" -f 77
	ok vmqpkt send -X wire -i $WIRE -s "$(ext_mac 0)" -d "$(vm_mac 1)" \
		-n 20000 -p 0 -b 64 -f 77 > /dev/null
	until_ok drained "$cpu"
	sleep 0.5
	stop_background
	new="$(sums "$cpu") $(drops)"
	frames=$(($(echo "$new" | cut -d' ' -f1) - $(echo "$old" | cut -d' ' -f1)))
	dropped=$(($(echo "$new" | cut -d' ' -f2) - $(echo "$old" | cut -d' ' -f2)))
	at_least "frames dropped" $dropped 1
	at_least "frames handed over" $frames 1
	same "of the address" "$(table_field $NICDBG/filters mac "$(vm_mac 1)" drops)" $dropped
	same "by the device" "$(($(echo "$new" | cut -d' ' -f3) - $(echo "$old" | cut -d' ' -f3)))" $dropped
	same "by the link" "$(link_drops)" "$(drops)"
	same "frames at the VM" "$(heard "$TMP/rx" frames)" $frames
	same "of those received" $((frames + dropped)) $(($(received) - nic))
	echo 1000 > $BACKLOG
	handed 1 100
}

drained() { [ "$(soft_field "$1" waiting)" = 0 ]; }

# two VMs at home on one CPU: a flood to one of them leaves the other its part
test_crowd()
{
	echo 1 > $SYS/cpus
	wait_for home_is 1 1
	wait_for home_is 2 1
	echo 64 > $BACKLOG
	background vmqpkt send -X wire -i $WIRE -s "$(ext_mac 0)" \
		-d "$(vm_mac 2)" -n 0 -p 0 -b 64 > /dev/null
	sleep 0.2
	trial wire $WIRE "vm1:eth0" -s "$(ext_mac 0)" -d "$(vm_mac 1)" -n 50 \
		-p 100 -f 77
	same "frames to the quiet VM" "$(rx vm1 frames)" 50
	stop_background
}

# what the NIC has merged stays merged, and order holds
test_tcp()
{
	need iperf3 || return
	wait_for at_home 1
	soft_save
	background in_vm 1 iperf3 -s -1 > "$TMP/server"
	until_ok in_vm 1 ss -Hltn sport = 5201
	ok in_wire iperf3 -c "$(vm_ip 1)" -n 20M -J > "$TMP/client"
	same "bytes" "$(sed -n 's/.*"bytes":[^0-9]*\([0-9]*\).*/\1/p' "$TMP/client" | tail -n 1)" 20971520
	at_least "frames handed over" "$(soft_grown | awk '{ n += $2 } END { print n + 0 }')" 100
	at_most "frames handed over" "$(soft_grown | awk '{ n += $2 } END { print n + 0 }')" 14000
}

# who listens on the uplink or on the VM's port sees each frame once
test_capture()
{
	local dev

	need tcpdump || return
	for dev in $NIC vnet1; do
		background tcpdump -p -i $dev -n -w "$TMP/$dev" \
			ether dst "$(vm_mac 1)" and ether src "$(ext_mac 0)" and udp \
			2> "$TMP/$dev.err"
		until_ok grep -q listening "$TMP/$dev.err"
	done
	handed 1 100
	sleep 0.5
	stop_background
	for dev in $NIC vnet1; do
		same "frames seen on $dev" \
			"$(tcpdump -n -r "$TMP/$dev" 2> /dev/null | wc -l)" 100
	done
}

run_tests
