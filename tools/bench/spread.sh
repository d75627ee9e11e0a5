#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# spread.sh: which CPUs do the work of receiving for four VMs?
#
# Runs as root in a guest with four CPUs ("make bench-spread" starts it so). Frames of
# one flow a VM, or of 16, come to the NIC, vmqsim without rules for MACs unless it
# says otherwise; a VM is a veth whose end only counts them. For each way of steering:
# the CPUs' shares of all time spent in interrupts and softirqs, as the kernel
# accounts it; the busiest's is what limits a host. Beside it the frames that arrived, and
# of the one flow a VM those that were overtaken.
#
# Topology: topo 4 of selftests/lib.sh, queue q's interrupt on CPU q.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../../selftests/lib.sh"

FRAMES=${FRAMES:-6000}
PPS=${PPS:-1500}
VMS="1 2 3 4"
TMP=$(mktemp -d)
trap 'cleanup; rm -rf "$TMP"' EXIT

# wall on | off: br_netfilter, which gives every frame of the bridge to iptables
wall()
{
	if [ "$1" = off ]; then
		rmmod br_netfilter 2>/dev/null
		return 0
	fi
	modprobe br_netfilter && echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
}

# to_cpus QUEUES: RSS over that many, each with a CPU of its own
to_cpus()
{
	local q

	ethtool -X $NIC equal "$1" || return
	for q in 0 1 2 3; do
		echo $q > "/proc/irq/$(queue_irq $q)/smp_affinity_list" || return
	done
}

# busy: a line a CPU of jiffies in interrupts and softirqs
busy() { awk '/^cpu[0-9]/ { print $1, $7 + $8 }' /proc/stat; }

# burden FLOWS: sends to all VMs at once; sets GOT and LATE
burden()
{
	local i f pids=""

	for i in $VMS; do
		listen "$i" "$TMP/rx$i" -f "$i"
	done
	busy > "$TMP/before"
	for i in $VMS; do
		vmqpkt send -X wire -i $WIRE -s "$(ext_mac "$i")" -d "$(vm_mac "$i")" \
			-n "$FRAMES" -p "$PPS" -f "$i" -F "$1" > /dev/null &
		pids+=" $!"
	done
	# shellcheck disable=SC2086 # several
	wait $pids
	sleep 0.5
	busy > "$TMP/after"
	stop_background
	GOT=0
	LATE=0
	for i in $VMS; do
		f=$(heard "$TMP/rx$i" frames)
		GOT=$((GOT + ${f:-0}))
		f=$(heard "$TMP/rx$i" late)
		LATE=$((LATE + ${f:-0}))
	done
}

# row NAME: of both loads
row()
{
	local flows late

	for flows in 1 16; do
		burden $flows
		late=$LATE
		[ $flows = 1 ] || late=-
		awk -v name="$1" -v flows=$flows -v got=$GOT -v late="$late" '
			NR == FNR { was[$1] = $2; next }
			{ d[n++] = $2 - was[$1]; sum += $2 - was[$1] }
			END {
				printf "%-44s %5d", name, flows
				for (i = 0; i < n; i++) {
					s = sum ? 100 * d[i] / sum : 0
					if (s > max)
						max = s
					printf " %5.0f", s
				}
				printf " %8.0f %8d %6s\n", max, got, late
			}' "$TMP/before" "$TMP/after"
	done
}

# way NAME HOOK QUEUES NTUPLE RPS WALL
way()
{
	local name=$1 queues=$3 i

	cleanup
	HOOK=$2
	[ "$4" = yes ] || quirks no_ntuple
	topo 4 4 && attach && to_cpus "$queues" || return 1
	for i in 1 2 3 4; do
		hello_ext $i
	done
	warm_all 4 || return 1
	if [ "$HOOK" != plain ]; then
		echo 0-3 > $SYS/cpus
		for i in $VMS; do
			if [ "$4" = yes ]; then
				steers "$i"
			else
				wait_for vnic_is "$(vm_mac "$i")" steer software
			fi
		done
	fi
	if [ "$5" = rps ]; then
		for i in 0 1 2 3; do
			echo f > "/sys/class/net/$NIC/queues/rx-$i/rps_cpus"
		done
	fi
	wall "$6" || return 1
	row "$name"
	wall off
}

need_root
load_modules
[ "$(nproc)" = 4 ] || {
	echo "spread.sh: $(nproc) CPUs, wanted 4" >&2
	exit 1
}
printf '%-44s %5s %5s %5s %5s %5s %8s %8s %6s\n' \
	"% of the time in interrupts and softirqs" flows cpu0 cpu1 cpu2 cpu3 busiest frames late
for w in off on; do
	with=""
	[ $w = off ] || with=", br_netfilter"
	way "bridge, one queue$with" plain 1 no - $w
	way "bridge, RSS over 4 queues$with" plain 4 no - $w
	way "bridge, one queue and RPS$with" plain 1 no rps $w
	way "vmq in software, one queue$with" stacked 1 no - $w
	way "vmq in software, in place, one queue$with" ingress 1 no - $w
	way "vmq in software, RSS over 4 queues$with" stacked 4 no - $w
	way "vmq with rules$with" stacked 4 yes - $w
done
