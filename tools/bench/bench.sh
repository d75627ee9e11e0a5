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
# of queue 0 of eth0; eth0 (or vmq0 over it) and dummy0 are ports of br0; the
# destination is a static FDB entry on dummy0, whose transmit only frees.
# Subtracted is a run in which an rx_handler of the NIC frees the frames: what is
# left is what a frame costs above the receive path that all of them share.

set -eu

FRAMES=${FRAMES:-50000}
ROUNDS=${ROUNDS:-3}
NIC=eth0
GEN=/sys/kernel/debug/vmqsim/$NIC/gen
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
	echo 0 > $GEN/queue
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

# one run; prints nanoseconds (instructions)
generate()
{
	echo "$1" > $GEN/count
	echo 1 > $GEN/start
	local i
	for ((i = 0; i < 3000; i++)); do
		[ "$(cat $GEN/done)" = "$1" ] && break
		sleep 0.01
	done
	[ "$(cat $GEN/done)" = "$1" ] || fail "the generator stopped at $(cat $GEN/done)"
	cat $GEN/ns
}

# the best of some rounds: what is above it is the timer tick
measure()
{
	local best='' ns i

	generate 2000 > /dev/null
	sleep 0.1
	generate 2000 > /dev/null
	for ((i = 0; i < ROUNDS; i++)); do
		ns=$(generate "$FRAMES")
		if [ -z "$best" ] || [ "$ns" -lt "$best" ]; then
			best=$ns
		fi
	done
	echo "$best"
}

row() # name total
{
	awk -v n="$1" -v t="$2" -v b="$BASE" -v f="$FRAMES" -v br="${BRIDGE:-$2}" \
		'BEGIN { printf "%-28s %10.1f %8.3f\n", n, (t - b) / f, (t - b) / (br - b) }'
}

fast_share()
{
	awk '{ all += $2; if ($1 == "fast") fast = $2 }
		END { printf "%.3f", all ? fast / all : 0 }' \
		/sys/kernel/debug/vmq/vmq0/pass
}

modprobe vmqsim
modprobe vmq
modprobe dummy numdummies=0

topo_up none
echo 2 > $GEN/sink
BASE=$(measure)
topo_down

topo_up bridge
BRIDGE=$(measure)
topo_down

echo "kernel $(uname -r), $FRAMES frames of 60 bytes, best of $ROUNDS rounds"
printf '%-28s %10s %8s\n' path instr/frame ratio
row "bridge" "$BRIDGE"

for hook in stacked ingress; do
	topo_up $hook
	fast=$(measure)
	share=$(fast_share)
	echo 0 > /sys/class/net/vmq0/vmq/bypass
	full=$(measure)
	row "$hook: full path" "$full"
	row "$hook: fast path" "$fast"
	echo "# $hook: share of the fast path while measured: $share"
	topo_down
done
rmmod vmq vmqsim
