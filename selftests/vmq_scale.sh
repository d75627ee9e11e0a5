#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 4 (lib.sh); addresses by the thousand behind the four ports,
# written by "bridge -batch" as a VM manager does.
# Proves: 4096 vnics are held, found, steered as far as slots go, and taken
# away; what is beyond the bounds (a device, a port) stays on the bridge, arrives
# and is counted; a flood of made-up source addresses from a guest costs vmq no more
# than its bounds.

. "$(dirname "$0")/lib.sh"

TESTS="test_4096 test_device_bound test_port_bound test_source_flood"

setup() { topo_up 4; }

vnics_are() { [ "$(vnic_count)" = "$1" ]; }

# batch VERB PORT FIRST COUNT: static addresses 02:10:PP:00:HH:LL
batch()
{
	awk -v verb="$1" -v p="$2" -v first="$3" -v n="$4" 'BEGIN {
		for (i = first; i < first + n; i++)
			printf "fdb %s 02:10:%02x:00:%02x:%02x dev vnet%d master%s\n",
				verb, p, int(i / 256), i % 256, p,
				verb == "add" ? " static" : "" }' > "$TMP/batch"
	bridge -batch "$TMP/batch"
}

test_4096()
{
	local p had

	had=$(vnic_count)
	ok sh -c "echo 1024 > $SYS/max_port_vnics"
	for p in 1 2 3 4; do
		# each VM's own address counts, too
		ok batch add $p 0 1023
	done
	wait_for vnics_are 4096
	same "vnics" "$(vnic_count)" 4096
	at_most "rules" "$(nic_rules)" 64
	at_least "rules" "$(nic_rules)" 60
	vmqpkt send -X wire -i $WIRE -s "$(ext_mac 0)" \
		-d 02:10:03:00:02:ff -n 50 -p 1000 > /dev/null
	wait_for has_fast 02:10:03:00:02:ff
	deliver 0 2 50
	same "frames to a VM" "$GOT" 50
	for p in 1 2 3 4; do
		ok batch del $p 0 1023
	done
	wait_for vnics_are "$had"
	deliver 0 3 50
	same "frames to a VM afterwards" "$GOT" 50
	# and all at once, by detach
	ok batch add 1 0 1000
	ok detach
	ok attach
	# the bounds are those of the new device
	wait_for at_least_vnics 60
}

has_fast() { [ "$(vnic_field "$1" fast)" -ge 40 ]; }
at_least_vnics() { [ "$(vnic_count)" -ge "$1" ]; }

# by_bridge VM MAC: an address above the bound
by_bridge()
{
	local fast full

	ok no_vnic "$2"
	fast=$(pass_count fast)
	full=$(pass_count no-vnic)
	trial wire $WIRE "vm$1:eth0" -s "$(ext_mac 0)" -d "$2" -n 50 -p 1000 \
		-f 78
	same "frames to $2" "$(rx "vm$1" frames)" 50
	same "of them bad" "$(rx "vm$1" bad)" 0
	same "by the bridge" "$(pass_count no-vnic)" $((full + 50))
	same "past it" "$(pass_count fast)" "$fast"
}

test_device_bound()
{
	local max

	max=$(vnic_count)
	ok sh -c "echo $((max + 10)) > $SYS/max_vnics"
	ok batch add 1 0 30
	wait_for vnics_are $((max + 10))
	sleep 0.5
	same "vnics at the bound" "$(vnic_count)" $((max + 10))
	at_least "refused" "$(stat_value refused_vnics)" 1
	deliver 0 4 50
	same "frames to a VM" "$GOT" 50
	by_bridge 1 02:10:01:00:00:1d
	ok batch del 1 0 30
	wait_for vnics_are $max
}

test_port_bound()
{
	ok sh -c "echo 5 > $SYS/max_port_vnics"
	ok batch add 2 0 30
	wait_for port_vnics_are vnet2 5
	ok batch add 3 0 3
	wait_for port_vnics_are vnet3 4
	same "vnics of the full port" "$(port_vnics vnet2)" 5
	by_bridge 2 02:10:02:00:00:1d
	# with room again, one that was refused comes in
	ok batch del 2 0 2
	wait_for no_vnic 02:10:02:00:00:00
	wait_for port_vnics_are vnet2 5
	ok no_vnic 02:10:02:00:00:01
}

port_vnics()
{
	awk -v p="$1" 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		$c["port"] == p' $DBG/vnics | wc -l
}

port_vnics_are() { [ "$(port_vnics "$1")" = "$2" ]; }

# a guest that invents addresses
test_source_flood()
{
	local i

	ok sh -c "echo 64 > $SYS/max_port_vnics"
	for ((i = 0; i < 256; i++)); do
		printf '02:66:00:00:00:%02x\n' $i
	done > "$TMP/macs"
	in_vm 4 sh -c "while read m; do
		vmqpkt send -i eth0 -s \$m -d $BCAST -t rarp
		done < $TMP/macs" > /dev/null
	wait_for port_vnics_are vnet4 64
	at_most "vnics of the flooding port" "$(port_vnics vnet4)" 64
	deliver 0 1 50
	same "frames to another VM" "$GOT" 50
	at_least "and fast" "$(vnic_field "$(vm_mac 1)" fast)" 40
}

run_tests
