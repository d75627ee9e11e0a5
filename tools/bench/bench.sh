#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench.sh: instructions a frame, from the NIC's poll to the port's transmit.
#
# Runs as root in a guest that counts instructions (QEMU -icount shift=0, one
# CPU): there guest time is the number of instructions, and the same run gives
# the same figure. "make bench" starts it so; anywhere else the figures are
# nanoseconds of that machine and say nothing about another.
#
# Topology: vmqsim's generator makes unshared 60-byte UDP frames inside the poll
# of queue 1 of eth0, where vmq's rule takes them, too; eth0 (or vmq0 over it) and
# dummy0 are ports of br0; the destination is a static FDB entry on dummy0, whose
# transmit only frees. "software" is the fast path of a NIC without rules, on the
# address's home CPU: there is no other one to hand frames to.
# Subtracted is a run in which an rx_handler of the NIC frees the frames: what is
# left is what a frame costs above the receive path that all of them share.

set -eu

FRAMES=${FRAMES:-50000}
ROUNDS=${ROUNDS:-5}
NIC=eth0
GEN=/sys/kernel/debug/vmqsim/$NIC/gen
PASS=/sys/kernel/debug/vmq/vmq0/pass
DMAC=02:00:00:00:00:01
SMAC=02:00:00:00:00:99

fail()
{
	echo "bench: $*" >&2
	exit 1
}

topo_up() # stacked | ingress | bridge | none
{
	ip link add $NIC numrxqueues 2 numtxqueues 2 type vmqsim
	ip link add br0 type bridge
	ip link add dummy0 type dummy
	case $1 in
	stacked)
		ip link add link $NIC name vmq0 type vmq
		ip link set vmq0 master br0
		ip link set vmq0 up
		;;
	ingress)
		ip link set $NIC master br0
		ip link add link $NIC name vmq0 type vmq
		;;
	bridge)
		ip link set $NIC master br0
		;;
	esac
	ip link set dummy0 master br0
	for dev in $NIC ${NIC}w dummy0 br0; do
		ip link set "$dev" up
	done
	bridge fdb add $DMAC dev dummy0 master static
	echo 1 > $GEN/queue
	echo 60 > $GEN/len
	echo $DMAC > $GEN/dmac
	echo $SMAC > $GEN/smac
}

topo_down()
{
	ip link del $NIC
	ip link del br0
	ip link del dummy0
}

# all in VLAN 1 of the ports, which goes out untagged; the first frames make the
# sender known there
filter_vlans()
{
	ip link set br0 type bridge vlan_filtering "$1"
	sleep 0.3
}

# how the destination must be steered, or the figures are of something else
steered()
{
	grep -q "^$DMAC .* $1 " ${PASS%/*}/vnics ||
		fail "steering is not $1: $(grep "^$DMAC " ${PASS%/*}/vnics)"
}

# steered_up HOOK STEERED: first the rule, then frames that show whether it works
steered_up()
{
	topo_up "$1"
	sleep 1
	generate 2000 > /dev/null
	sleep 1
	steered "$2"
}

# one run; prints nanoseconds (instructions)
generate()
{
	echo "$1" > $GEN/count
	echo 1 > $GEN/start
	# Whoever looks whether it is over takes instructions of the same CPU:
	# sleep for longer than it can last.
	sleep $(($1 / 50000 + 1))
	[ "$(cat $GEN/done)" = "$1" ] || fail "the generator stopped at $(cat $GEN/done)"
	cat $GEN/ns
}

# measure PATH: one more figure of the path in the topology that stands
measure()
{
	local full fast share=-

	generate 2000 > /dev/null
	sleep 0.1
	generate 2000 > /dev/null
	[ ! -e $PASS ] || read -r full fast < <(passed)
	echo "$1|$(generate "$FRAMES")" >> "$TMP/figures"
	if [ -e $PASS ]; then
		share=$(passed | awk -v full="$full" -v fast="$fast" '{
			printf "%.3f", ($2 - fast) / ($1 + $2 - full - fast) }')
	fi
	echo "$1|$share" >> "$TMP/shares"
}

# frames so far on the full and on the fast path
passed()
{
	awk '$1 == "fast" { fast = $2; next } { full += $2 }
		END { print full + 0, fast + 0 }' $PASS
}

# how many instructions a frame PATH takes above the floor, and how far apart
# its rounds were
row()
{
	awk -F'|' -v path="$1" -v f="$FRAMES" -v share="$(
		sed -n "s/^$1|//p" "$TMP/shares" | sort -n | head -n 1)" '
		{ if (!($1 in low) || $2 < low[$1]) low[$1] = $2
		  if ($2 > high[$1]) high[$1] = $2 }
		END {
			own = low[path] - low["floor"]
			base = path ~ /, VLANs$/ ? "bridge, VLANs" : "bridge"
			bridge = low[base] - low["floor"]
			printf "%-29s %10.1f %8.3f %10.1f %10s\n", path, own / f,
				own / bridge, (high[path] - low[path]) / f, share
		}' "$TMP/figures"
}

TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
modprobe vmqsim
modprobe vmq
modprobe dummy numdummies=0

# Where the allocator's slabs stand makes some dozen instructions a frame of
# difference, for a whole run: hence the paths in turn, several times, and the
# lowest of each.
for ((i = 0; i < ROUNDS; i++)); do
	topo_up none
	echo 2 > $GEN/sink
	measure floor
	topo_down

	topo_up bridge
	measure bridge
	filter_vlans 1
	measure "bridge, VLANs"
	topo_down

	for hook in stacked ingress; do
		steered_up $hook verified
		measure "$hook: fast path"
		filter_vlans 1
		measure "$hook: fast path, VLANs"
		echo 0 > /sys/class/net/vmq0/vmq/bypass
		measure "$hook: full path, VLANs"
		filter_vlans 0
		measure "$hook: full path"
		steered verified
		topo_down

		echo no_ntuple > /sys/module/vmqsim/parameters/quirks
		steered_up $hook software
		measure "$hook: fast path, software"
		topo_down
		echo > /sys/module/vmqsim/parameters/quirks
	done
done
rmmod vmq vmqsim

echo "kernel $(uname -r), $FRAMES frames of 60 bytes, the lowest of $ROUNDS rounds"
printf '%-29s %10s %8s %10s %10s\n' path instr/frame ratio spread fast-share
for path in bridge "stacked: full path" "stacked: fast path" \
	    "stacked: fast path, software" "ingress: full path" "ingress: fast path" \
	    "ingress: fast path, software" "bridge, VLANs" \
	    "stacked: full path, VLANs" "stacked: fast path, VLANs" \
	    "ingress: full path, VLANs" "ingress: fast path, VLANs"; do
	row "$path"
done
