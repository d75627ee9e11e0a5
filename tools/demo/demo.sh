#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# demo.sh - what vmq does, in a guest with four CPUs ("make demo" boots it).
#
# Topology: an 8-queue vmqsim NIC eth0, in bridge br0; VMs 1 to 3 in network
# namespaces behind veth, VM 4 behind a two-queue tap on which tapguest plays
# the guest; the namespace "wire" is the world outside. First the bridge alone,
# then vmq in place beside it, then vmq taken away again.

# Functions are called by name, names of links hold no blanks.
# shellcheck disable=SC2086,SC2119,SC2120,SC2317,SC2034

HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/lib.sh disable=SC1091
. "$HERE/../../selftests/lib.sh"

HOOK=ingress
NET=$(nproc)
NAMES=("" vm1 vm2 vm3 tap)
FLOOD_PPS=${FLOOD_PPS:-3000}

# --- the page ----------------------------------------------------------------

title()
{
	printf '\n%s\n' "$*"
	printf '%*s\n' "${#1}" "" | tr ' ' '='
}

say() { printf '%s\n' "$*"; }

# shell COMMAND...: show it, then do it
shell()
{
	printf '\n  # %s\n' "$*"
	"$@" 2>&1 | sed 's/^/  /'
}

die()
{
	say "demo: $*" >&2
	exit 1
}

# --- figures -----------------------------------------------------------------

nic_queues()
{
	local q

	for q in 0 1 2 3 4 5 6 7; do
		nic_queue_frames $q
	done | xargs
}

# frames VM: where 400 frames in 32 flows arrive, queue by queue
row_of_vm()
{
	local n=$1 before after q i

	read -r -a before <<< "$(nic_queues)"
	PPS=4000 from_wire 0 "$n" 400 -F 32
	read -r -a after <<< "$(nic_queues)"
	printf '  %-5s %s  ' "${NAMES[n]}" "$(vm_mac "$n")"
	for q in 0 1 2 3 4 5 6 7; do
		i=$((after[q] - before[q]))
		if [ $i = 0 ]; then
			printf '%6s' .
		else
			printf '%6d' $i
		fi
	done
	printf '\n'
}

queues_of_vms()
{
	local n q

	printf '  %-5s %-17s  ' VM MAC
	for q in 0 1 2 3 4 5 6 7; do
		printf '%6s' "q$q"
	done
	printf '\n'
	for n in 1 2 3 4; do
		row_of_vm $n
	done
}

# interrupts of the NIC's queues, by CPU: "QUEUE CPU COUNT" lines
nic_irqs()
{
	awk -v nic="$NIC-TxRx-" '
		NR == 1 { n = NF; next }
		index($NF, nic) == 1 {
			q = substr($NF, length(nic) + 1)
			for (i = 1; i <= n; i++)
				print q, i - 1, $(i + 1)
		}' /proc/interrupts
}

# softirq work by CPU: packets that each CPU took off a NIC or its backlog
cpu_packets()
{
	awk '{ printf "%s ", $1 }' /proc/net/softnet_stat
}

hex_delta()
{
	local -a a b
	local i

	read -r -a a <<< "$1"
	read -r -a b <<< "$2"
	for ((i = 0; i < ${#a[@]}; i++)); do
		echo $((16#${b[i]} - 16#${a[i]}))
	done | xargs
}

bar()
{
	printf '%*s' "$1" "" | tr ' ' '#'
}

# cpu_bars COUNT...: shares of the CPUs
cpu_bars()
{
	local total=0 c i=0 pc

	for c; do
		total=$((total + c))
	done
	[ $total -gt 0 ] || total=1
	for c; do
		pc=$((c * 100 / total))
		printf '  CPU %d %8d  %3d %%  %s\n' $i "$c" $pc "$(bar $((pc / 2)))"
		i=$((i + 1))
	done
}

# tcp_all: iperf3 TCP to the three VMs at once, frames to the tap beside
tcp_all()
{
	local n pids="" i

	for n in 1 2 3; do
		ip netns exec vm$n iperf3 -s -1 -D --logfile /dev/null
	done
	sleep 0.5
	for n in 1 2 3; do
		in_wire iperf3 -c "$(vm_ip $n)" -n 12M -P 4 -J \
			> "$TMP/tcp$n" 2>&1 &
		pids="$pids $!"
	done
	PPS=1000 from_wire 0 4 1500 -F 16 &
	pids="$pids $!"
	for i in $pids; do
		wait "$i"
	done
}

mbytes()
{
	jq -r '.end.sum_sent.bytes / 1048576 | floor' "$TMP/tcp$1" 2>/dev/null ||
		echo "?"
}

# traffic: TCP to all at once; prints who did the work
traffic()
{
	local before after irq0

	before=$(cpu_packets)
	irq0=$(nic_irqs)
	tcp_all
	after=$(cpu_packets)
	say "  TCP to vm1, vm2 and vm3 at once ($(mbytes 1), $(mbytes 2), $(mbytes 3) MiB)," \
	    "UDP to the tap beside."
	say
	say "  Interrupts of the NIC in that time, by queue and CPU:"
	say
	join_irqs "$irq0" "$(nic_irqs)"
	say
	say "  Packets handled in softirq, by CPU:"
	say
	# shellcheck disable=SC2046 # words
	cpu_bars $(hex_delta "$before" "$after")
}

join_irqs()
{
	{ echo "$1"; echo "--"; echo "$2"; } | awk -v cpus="$NET" '
		$1 == "--" { second = 1; next }
		{ if (second) d[$1, $2] = $3 - d[$1, $2]; else d[$1, $2] = $3
		  if ($1 > q) q = $1 }
		END {
			printf "  %-7s", "queue"
			for (c = 0; c < cpus; c++) printf "%9s", "CPU " c
			print ""
			for (i = 0; i <= q; i++) {
				printf "  %-7s", "q" i
				for (c = 0; c < cpus; c++)
					printf "%9s", d[i, c] ? d[i, c] : "."
				print ""
			}
		}'
}

# ping_quiet: VM 1's round trips while VM 3 is flooded; who took the flood
neighbour()
{
	local before after q0 q1 pid

	background vmqpkt send -X wire -i $WIRE -n 0 \
		-p "$FLOOD_PPS" -s "$(ext_mac 1)" -d "$(vm_mac 3)" -F 32 > "$TMP/flood"
	pid=$LAST_PID
	hello_ext 1
	sleep 0.5
	before=$(cpu_packets)
	read -r -a q0 <<< "$(nic_queues)"
	in_wire ping -q -i 0.1 -c 30 "$(vm_ip 1)" > "$TMP/ping" 2>&1
	read -r -a q1 <<< "$(nic_queues)"
	after=$(cpu_packets)
	stop "$pid"
	say "  vm3 is flooded from 32 flows while vm1 is pinged:"
	say
	sed -n 's/^\(.* packets transmitted.*\)/    \1/p; s/^rtt/    rtt/p' \
		"$TMP/ping"
	say
	printf '  %-20s' "frames by queue"
	local q
	for q in 0 1 2 3 4 5 6 7; do
		printf '%6d' $((q1[q] - q0[q]))
	done
	printf '\n\n'
	say "  Packets handled in softirq, by CPU:"
	say
	# shellcheck disable=SC2046 # words
	cpu_bars $(hex_delta "$before" "$after")
}

# --- the play ----------------------------------------------------------------

build()
{
	topo 3 || die "topology"
	background tapguest -i vnet4 -m "$(vm_mac 4)" -a "$(vm_ip 4)" -q 2 -g \
		-o "$TMP/tap" > "$TMP/tapout"
	until_ok grep -q ready "$TMP/tapout" || die "tapguest"
	no_ip6 vnet4
	ip link set vnet4 master $BR up
	for n in 1 2 3 4; do
		ping_ok wire "$(vm_ip $n)" 2 || die "no ping to VM $n"
	done
}

main()
{
	local n start=$SECONDS

	[ "$(id -u)" = 0 ] || die "needs root, in a guest: make demo"
	modprobe -q -a bridge veth tun 2>/dev/null
	load vmqsim || die "no vmqsim module"
	TMP=$(mktemp -d)
	KEEP=$TMP
	trap 'cleanup; rm -rf "$TMP"' EXIT
	build

	title "vmq: a queue and a CPU for every VM"
	say "Linux $(uname -r), $NET CPUs. NIC $NIC (simulated, 8 receive queues),"
	say "bridge $BR, three VMs behind veth, one behind a tap, the world beyond $WIRE."
	shell bridge link show
	snapshot "$TMP/before"

	title "1. The bridge alone"
	say "400 frames in 32 flows to each VM. RSS knows no VMs: it spreads each over all"
	say "queues, so every VM's work runs wherever the hash says."
	say
	queues_of_vms
	say
	traffic
	say
	neighbour

	title "2. vmq beside the bridge"
	say "One command. eth0 stays the bridge's port, no frame is lost."
	load vmq || die "no vmq module"
	shell ip link add link $NIC name $VMQ type vmq
	no_ip6 $VMQ
	for n in 1 2 3; do
		warm $n > /dev/null
	done
	until_ok vnic_steered "$(vm_mac 4)"
	warm_ext 0
	say
	say "The same frames again: each VM has a queue of its own."
	say
	queues_of_vms
	shell vmq
	say
	traffic
	shell vmq show queue
	say
	say "  What took the bridge all the same, and why:"
	shell vmq show pass

	title "3. A noisy neighbour"
	neighbour
	shell vmq explain "$(vm_mac 3)"

	title "4. Away again"
	shell ip link del $VMQ
	until_ok rules_are 0
	snapshot "$TMP/after"
	say
	if diff "$TMP/before" "$TMP/after" > "$TMP/diff"; then
		say "  Rules, RSS table, queues, features, link settings and every interrupt's"
		say "  affinity: $(wc -l < "$TMP/before") lines compared with those before vmq came," \
		    "no difference."
	else
		say "  Not as before:"
		sed 's/^/  /' "$TMP/diff"
	fi
	for n in 1 2 3 4; do
		ping_ok wire "$(vm_ip $n)" 2 || die "no ping to VM $n"
	done
	say "  All four VMs answer. Done in $((SECONDS - start)) s."
	cmp -s "$TMP/before" "$TMP/after"
}

main "$@"
