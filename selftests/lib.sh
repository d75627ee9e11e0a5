#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# lib.sh - what every vmq selftest needs: KTAP output, topologies, readers of
# vmq's tables, traffic.
#
# A test file sources this, defines its test functions, names them in TESTS and
# ends with "run_tests". Every test function runs once a hook (HOOKS, default
# "stacked ingress") on a topology made by the file's setup(). It fails
# by "fail TEXT" or a false "ok CMD" (it runs on and shows what else is wrong),
# or is left out by "skip TEXT". Nothing is timed: what takes its time is
# waited for with "until_ok", whose bound is there only so that no test hangs.
#
# The topology that "topo N" makes (addresses 10.0.0.0/24, fd00::/64):
#
#   netns vm1      netns vmN            netns wire
#     eth0           eth0                 eth0w  10.0.0.100, MAC $(ext_mac 0)
#      |              |                     |
#    vnet1    ...   vnetN     [vmq0]       (wire)
#      +------ br0 ---+---------+--------- eth0  vmqsim, 8 receive queues
#
# HOOK=stacked: vmq0 over eth0 is the bridge's port; HOOK=ingress: eth0 is the
# port, vmq0 beside it; HOOK=plain: no vmq at all (for comparison).

LIB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH="$LIB_DIR/tools:$LIB_DIR/../tools/vmq:$PATH:/usr/sbin:/sbin"
export NO_COLOR=1 LC_ALL=C

NIC=eth0
WIRE=eth0w
BR=br0
VMQ=vmq0
SIM=/sys/kernel/debug/vmqsim/$NIC
DBG=/sys/kernel/debug/vmq/$VMQ
NICDBG=/sys/kernel/debug/vmq/nic-$NIC
SOFT=/sys/kernel/debug/vmq/softsteer
# shellcheck disable=SC2034 # for the tests
SYS=/sys/class/net/$VMQ/vmq

HOOKS=${HOOKS:-stacked ingress}
HOOK=${HOOK:-stacked}
TRIES=${TRIES:-200}		# of until_ok, a tenth of a second each
# a slow machine (the debug kernel) needs more time for the last frame
if [ -n "${KSFT_MACHINE_SLOW:-}" ]; then
	export VMQPKT_QUIET=1200
	TRIES=1000
fi
TMP=				# emptied after every test
KEEP=				# kept until the file ends

# --- KTAP, as the kernel's ktap_helpers.sh has it ---------------------------

KTAP_TESTNO=1
KTAP_CNT_PASS=0
KTAP_CNT_FAIL=0
KTAP_CNT_SKIP=0
KSFT_NUM_TESTS=0
KSFT_SKIP=4

ktap_print_header() { echo "TAP version 13"; }
ktap_print_msg() { echo "# $*"; }

ktap_set_plan()
{
	KSFT_NUM_TESTS=$1
	echo "1..$KSFT_NUM_TESTS"
}

ktap_skip_all()
{
	ktap_print_header
	echo "1..0 # SKIP $*"
	exit $KSFT_SKIP
}

__ktap_test()
{
	echo "$1 $KTAP_TESTNO $2${3:+ # $3}"
	KTAP_TESTNO=$((KTAP_TESTNO + 1))
}

ktap_test_pass()
{
	__ktap_test "ok" "$1"
	KTAP_CNT_PASS=$((KTAP_CNT_PASS + 1))
}

ktap_test_fail()
{
	__ktap_test "not ok" "$1"
	KTAP_CNT_FAIL=$((KTAP_CNT_FAIL + 1))
}

ktap_test_skip()
{
	__ktap_test "ok" "$1" "SKIP ${2:-}"
	KTAP_CNT_SKIP=$((KTAP_CNT_SKIP + 1))
}

ktap_finished()
{
	echo "# Totals: pass:$KTAP_CNT_PASS fail:$KTAP_CNT_FAIL xfail:0" \
	     "xpass:0 skip:$KTAP_CNT_SKIP error:0"
	[ $((KTAP_CNT_PASS + KTAP_CNT_SKIP)) -eq "$KSFT_NUM_TESTS" ]
	exit
}

# --- one test ---------------------------------------------------------------

TEST=
RET=0
WHY=

fail()
{
	RET=1
	ktap_print_msg "failed: $*"
}

# skip TEXT; the caller returns
skip()
{
	WHY=$*
	[ $RET -ne 0 ] || RET=$KSFT_SKIP
}

# ok CMD...: CMD must succeed
ok()
{
	"$@" || fail "$*"
}

# not_ok CMD...: CMD must fail
not_ok()
{
	if "$@"; then
		fail "succeeded: $*"
	fi
}

# same WHAT GOT WANTED
same()
{
	[ "$2" = "$3" ] || fail "$1: got '$2', wanted '$3'"
}

# at_least WHAT GOT MINIMUM
at_least()
{
	[ "${2:-0}" -ge "$3" ] || fail "$1: got '$2', wanted at least $3"
}

# at_most WHAT GOT MAXIMUM
at_most()
{
	[ "${2:-0}" -le "$3" ] || fail "$1: got '$2', wanted at most $3"
}

# as_plain WHAT VALUE: with HOOKS="plain ..." VALUE must be what it was on the
# plain bridge
as_plain()
{
	local f="$KEEP/$TEST-$1"

	if [ "$HOOK" = plain ]; then
		echo "$2" > "$f"
	else
		same "$1, beside a plain bridge" "$2" "$(< "$f")"
	fi
}

# until_ok CMD...: try until CMD succeeds, TRIES times; quiet
until_ok()
{
	local i

	for ((i = 0; i < TRIES; i++)); do
		if "$@" >/dev/null 2>&1; then
			return 0
		fi
		sleep 0.1
	done
	return 1
}

# wait_for CMD...: until_ok that fails the test
wait_for()
{
	until_ok "$@" && return 0
	fail "never came true: $*"
	return 1
}

run_one()
{
	local name="$HOOK: ${1#test_}"

	TEST=$1
	RET=0
	WHY=
	if [ -z "$STANDING" ]; then
		if setup; then
			STANDING=$SHARED
		elif [ $RET != $KSFT_SKIP ]; then
			fail "setup"
		fi
	elif ! between; then
		fail "topology of the test before"
	fi
	if [ $RET = 0 ]; then
		"$1"
	fi
	if [ $RET != 0 ] && [ $RET != $KSFT_SKIP ]; then
		dump_state
		STANDING=
	fi
	stop_background
	[ -n "$STANDING" ] || cleanup
	case $RET in
	0) ktap_test_pass "$name" ;;
	"$KSFT_SKIP") ktap_test_skip "$name" "$WHY" ;;
	*) ktap_test_fail "$name" ;;
	esac
}

# run_tests: every function in TESTS with every hook
run_tests()
{
	local n hooks t

	# shellcheck disable=SC2153 # the file's own
	set -- $TESTS
	n=$#
	set -- $HOOKS
	hooks=$#
	need_root
	load_modules
	TMP=$(mktemp -d)
	KEEP=$(mktemp -d)
	trap 'cleanup; rm -rf "$TMP" "$KEEP"' EXIT
	trap 'exit 1' INT TERM
	ktap_print_header
	ktap_set_plan $((n * hooks))
	cleanup
	for HOOK in $HOOKS; do
		for t in $TESTS; do
			run_one "$t"
		done
		STANDING=
		cleanup
	done
	ktap_finished
}

# A file's own override these: setup() makes the topology; with SHARED=1 it is
# made once a hook, and anew after a failure, and between() runs before each
# further test
setup() { :; }
between() { :; }
SHARED=
STANDING=

# What an on-looker needs to understand a failure
dump_state()
{
	local f

	for f in vnics sources pass; do
		[ -r $DBG/$f ] || continue
		ktap_print_msg "-- $f"
		awk '$NF != "0" || NF > 2' $DBG/$f | head -n 8 | sed 's/^/#   /'
	done
	[ ! -r $SOFT ] || awk '$2 != 0' $SOFT | sed 's/^/#   softsteer /'
	[ -r $NICDBG/queues ] || return 0
	ktap_print_msg "-- nic queues"
	awk '$3 != "0"' $NICDBG/queues | sed 's/^/#   /'
}

# --- surroundings -----------------------------------------------------------

need_root()
{
	[ "$(id -u)" = 0 ] || ktap_skip_all "needs root"
	[ -d /sys/kernel/debug/bdi ] || [ -e /sys/kernel/debug/sleep_time ] ||
		mount -t debugfs none /sys/kernel/debug 2>/dev/null
	type -p vmqpkt >/dev/null ||
		ktap_skip_all "vmqpkt is not built: make -C selftests/tools"
}

# need CMD...: leave out the test when a program is missing
need()
{
	local p

	for p in "$@"; do
		type -p "$p" >/dev/null && continue
		skip "no $p"
		return 1
	done
}

# load MODULE [PARAMETER...]: by modprobe, else from VMQ_MODULES (a directory)
load()
{
	local mod=$1 ko

	shift
	[ -d "/sys/module/$mod" ] && return 0
	modprobe -q "$mod" "$@" && return 0
	for ko in "${VMQ_MODULES:-$LIB_DIR/..}/$mod.ko" \
		  "$LIB_DIR/../drivers/net/$mod/$mod.ko"; do
		[ -r "$ko" ] || continue
		insmod "$ko" "$@" && return 0
	done
	return 1
}

load_modules()
{
	modprobe -q -a bridge veth 2>/dev/null
	load vmqsim || ktap_skip_all "no vmqsim module"
	load vmq || ktap_skip_all "no vmq module"
	[ -d /sys/module/vmqsim ] || ktap_skip_all "vmqsim did not load"
}

# unload MODULE: unused modules may need a moment to let go
unload()
{
	until_ok rmmod "$1"
}

PIDS=
SIM_DEFAULTS=

# background CMD...: runs until cleanup or stop_background
background()
{
	"$@" &
	PIDS="$PIDS $!"
	# shellcheck disable=SC2034 # for the tests
	LAST_PID=$!
}

# stop PID: end one background program and wait for it
stop()
{
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

stop_background()
{
	local p

	for p in $PIDS; do
		stop "$p"
	done
	PIDS=
}

# quirks LIST: what vmqsim NICs made from now on are like
quirks()
{
	SIM_DEFAULTS=1
	echo "$1" > /sys/module/vmqsim/parameters/quirks
}

# slots N: rule slots of vmqsim NICs made from now on
slots()
{
	SIM_DEFAULTS=1
	echo "$1" > /sys/module/vmqsim/parameters/slots
}

# cleanup: take everything away that a test may have made
cleanup()
{
	local ns

	stop_background
	{
		ip -o link show type vmq
		ip -o link show type bridge
		ip -o link show type vmqsim
		ip -o link | grep -E '^[0-9]+: (vnet[0-9]+|t_)'
	} 2>/dev/null | sed -n 's/^[0-9]*: \([^@:]*\).*/link del \1/p' |
		ip -force -batch - 2>/dev/null
	for ns in $(ip netns list 2>/dev/null | sed 's/ .*//' |
		    grep -E '^(vm[0-9]+|wire|t_.*)$'); do
		ip netns del "$ns"
	done
	if [ -n "$SIM_DEFAULTS" ]; then
		echo "" > /sys/module/vmqsim/parameters/quirks
		echo 64 > /sys/module/vmqsim/parameters/slots
		SIM_DEFAULTS=
	fi
	until_ok no_nic
	[ -z "$TMP" ] || rm -rf "${TMP:?}"/*
	return 0
}

no_nic() { [ ! -e /sys/class/net/$NIC ] && [ ! -e /sys/class/net/$VMQ ]; }

# --- topology ---------------------------------------------------------------

vm_mac() { printf '02:00:00:00:01:%02x' "$1"; }
ext_mac() { printf '02:00:00:00:ee:%02x' "$1"; }
vm_ip() { echo "10.0.0.$1"; }
vm_ip6() { echo "fd00::$1"; }
BCAST=ff:ff:ff:ff:ff:ff
EXT_IP=10.0.0.100
EXT_IP6=fd00::100

in_vm()
{
	local n=$1

	shift
	ip netns exec "vm$n" "$@"
}

in_wire() { ip netns exec wire "$@"; }

# No frames but those the test sends
quiet_netns()
{
	# shellcheck disable=SC2016 # the inner shell expands
	ip netns exec "$1" sh -c '
		for f in all default; do
			d=/proc/sys/net/ipv6/conf/$f
			echo 0 > $d/accept_ra
			echo 0 > $d/autoconf
			echo 0 > $d/accept_dad
			echo 1 > $d/addr_gen_mode
			echo 0 > $d/router_solicitations
		done 2>/dev/null
		ip link set lo up'
}

# port_add N: one VM behind a veth, in the bridge
port_add()
{
	local n=$1

	ip netns add "vm$n" && quiet_netns "vm$n" &&
	ip link add "vnet$n" address "$(printf '02:00:00:00:02:%02x' "$n")" \
		type veth peer name eth0 netns "vm$n" address "$(vm_mac "$n")" &&
	no_ip6 "vnet$n" &&
	ip -n "vm$n" -batch - <<-EOF && ip link set "vnet$n" master $BR up
		addr add $(vm_ip "$n")/24 dev eth0
		addr add $(vm_ip6 "$n")/64 dev eth0 nodad
		link set eth0 up
	EOF
}

no_ip6()
{
	echo 1 > "/proc/sys/net/ipv6/conf/$1/disable_ipv6" 2>/dev/null
	return 0
}

# nic_add [QUEUES]: the NIC and the outside world
nic_add()
{
	ip link add $NIC numrxqueues "${1:-8}" numtxqueues "${1:-8}" type vmqsim &&
	no_ip6 $NIC &&
	ip netns add wire && quiet_netns wire &&
	ip link set $WIRE netns wire &&
	ip -n wire -batch - <<-EOF && ip link set $NIC up
		link set $WIRE address $(ext_mac 0)
		addr add $EXT_IP/24 dev $WIRE
		addr add $EXT_IP6/64 dev $WIRE nodad
		link set $WIRE up
	EOF
}

bridge_add()
{
	ip link add $BR type bridge mcast_snooping 0 && no_ip6 $BR &&
	ip link set $BR up
}

# topo N [QUEUES]: the topology above, vmq not yet attached
topo()
{
	local i

	nic_add "${2:-8}" && bridge_add || return 1
	for ((i = 1; i <= $1; i++)); do
		port_add "$i" || return 1
	done
	[ "$HOOK" = stacked ] || ip link set $NIC master $BR || return 1
	# links settle: the bridge is up when a port has its carrier
	[ "$1" = 0 ] || until_ok grep -q up /sys/class/net/$BR/operstate
}

# uplink: the netdev that is the bridge's port to the outside
uplink()
{
	if [ "$HOOK" = stacked ]; then echo $VMQ; else echo $NIC; fi
}

# attach: vmq0 in place, by HOOK
attach()
{
	[ "$HOOK" != plain ] || return 0
	ip link add link $NIC name $VMQ type vmq || return 1
	no_ip6 $VMQ
	if [ "$HOOK" = stacked ]; then
		ip link set $VMQ master $BR || return 1
	fi
	ip link set $VMQ up
}

detach()
{
	[ "$HOOK" != plain ] || return 0
	ip link del $VMQ
}

# topo_up N [QUEUES]: topology with vmq attached and every VM known as a vnic
topo_up()
{
	topo "$@" && attach && warm_all "$1"
}

# speak NETNS IF MAC [OPTION...]: the station announces itself by one broadcast
# frame, which is of no numbered flow
speak()
{
	vmqpkt send -X "$1" -i "$2" -s "$3" -d $BCAST -t rarp -f 4294967295 \
		"${@:4}" >/dev/null
}

# hello N: VM N announces itself, as a guest does that comes up
hello() { speak "vm$1" eth0 "$(vm_mac "$1")"; }

# hello_ext N: external host N does
hello_ext() { speak wire $WIRE "$(ext_mac "$1")"; }

# warm N: VM N is a vnic that may bypass the bridge
warm()
{
	hello "$1"
	[ "$HOOK" = plain ] || wait_for vnic_is "$(vm_mac "$1")" bypass fast
}

# warm_ext N: external host N is known behind the uplink
warm_ext()
{
	hello_ext "$1"
	[ "$HOOK" = plain ] || wait_for source_known "$(ext_mac "$1")"
}

warm_all()
{
	local i

	for ((i = 1; i <= $1; i++)); do
		warm "$i" || return 1
	done
	warm_ext 0
}

# --- readers of vmq's tables ------------------------------------------------

# table_field FILE KEYCOLUMN KEY COLUMN: a cell of a table with a header line
table_field()
{
	awk -v kc="$2" -v key="$3" -v col="$4" '
		NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		$c[kc] == key { print $c[col]; exit }' "$1" 2>/dev/null
}

vnic_field() { table_field $DBG/vnics mac "$1" "$2"; }
queue_field() { table_field $NICDBG/queues queue "$1" "$2"; }
vnic_is() { [ "$(vnic_field "$1" "$2")" = "$3" ]; }
vnic_steered() { vnic_is "$1" steer installed || vnic_is "$1" steer verified; }
no_vnic() { [ -z "$(vnic_field "$1" mac)" ]; }
vnic_count() { awk 'NR > 1' $DBG/vnics | wc -l; }
source_known() { grep -qi "^$1 " $DBG/sources; }
no_source() { ! source_known "$1"; }

# pass_count REASON: frames that took the bridge's full path for it
pass_count()
{
	[[ $(< $DBG/pass) =~ (^|$'\n')"$1"[[:space:]]+([0-9]+) ]]
	echo "${BASH_REMATCH[2]:-0}"
}

stat_value() { awk -v r="$1" '$1 == r { print $2 }' $DBG/stats; }
nic_stat_value() { awk -v r="$1" '$1 == r { print $2 }' $NICDBG/stats; }
pass_names() { awk 'NF == 2 && $2 ~ /^[0-9]+$/ { print $1 }' $DBG/pass; }

# pass_grown FILE: reasons whose count is higher than in FILE (saved earlier)
pass_grown()
{
	awk 'NR == FNR { old[$1] = $2; next } $2 > old[$1] { print $1 }' \
		"$1" $DBG/pass
}

pass_save() { echo "$(< $DBG/pass)" > "$1"; }

# nic_queue_frames Q: frames the NIC received on queue Q, by the NIC itself
nic_queue_frames()
{
	table_field $SIM/queues queue "$1" frames
}

# queue_irq Q: the interrupt of queue Q by its action name
queue_irq()
{
	awk -v n="$NIC-TxRx-$1" '$NF == n { sub(":", "", $1); print $1 }' \
		/proc/interrupts
}

affinity() { cat "/proc/irq/$(queue_irq "$1")/smp_affinity_list"; }
affinity_is() { [ "$(affinity "$1")" = "$2" ]; }

# irq_counts IRQ: "CPU COUNT" a line for every CPU on which it fired
irq_counts()
{
	awk -v irq="$1:" '
		NR == 1 { n = NF; for (i = 1; i <= n; i++) cpu[i] = substr($i, 4); next }
		$1 == irq { for (i = 1; i <= n; i++) print cpu[i], $(i + 1) }' \
		/proc/interrupts
}

# nic_rules: rules on the NIC as ethtool counts them
nic_rules()
{
	ethtool -n "${1:-$NIC}" 2>/dev/null | grep -c '^Filter:'
}

rules_are() { [ "$(nic_rules)" = "$1" ]; }

port_tx() { cat "/sys/class/net/$1/statistics/tx_packets"; }

# snapshot FILE: everything of the host that vmq must leave as found
snapshot()
{
	local i

	{
		for i in -x -n -l -k; do
			ethtool $i $NIC
		done
		ethtool -k $BR
		grep . /proc/irq/[0-9]*/smp_affinity_list
		# what runs by itself is no setting
		ip -d link show | sed -E -e 's/fdb_n_learned +[0-9]+//' \
			-e 's/(hello|tcn|topology_change|gc|message_age|forward_delay|hold)_timer +[0-9.]+//g'
		bridge -d link show
		# address lists; what a bridge has learnt comes and goes
		bridge fdb show | grep -w -e self -e permanent | sort
		ip maddr show
	} > "$1" 2>&1
}

# same_as_before FILE1 FILE2
same_as_before()
{
	diff "$1" "$2" > "$TMP/diff" && return 0
	head -n 20 "$TMP/diff" | sed 's/^/#   /'
	fail "not as before"
}

# --- traffic ----------------------------------------------------------------

# from_wire EXT VM COUNT [OPTION...]: frames from an external host to a VM
from_wire()
{
	local s=$1 d=$2 n=$3

	shift 3
	vmqpkt send -X wire -i $WIRE -s "$(ext_mac "$s")" -d "$(vm_mac "$d")" \
		-n "$n" -p "${PPS:-2000}" "$@" >/dev/null
}

# talk_is VM COLUMN VALUE: after some more frames to the VM, over all queues
# (a rule is judged by the frames that come after it)
talk_is()
{
	from_wire 0 "$1" 150 -F 64
	vnic_is "$(vm_mac "$1")" "$2" "$3"
}

# queue_state Q STATE
queue_state() { [ "$(queue_field "$1" state)" = "$2" ]; }

# pinned QUEUE: its interrupt is at home
pinned() { queue_state "$1" pinned && affinity_is "$1" "$(queue_field "$1" home)"; }
vm_pinned() { pinned "$(vnic_field "$(vm_mac "$1")" queue)"; }

# carries VM: traffic arrives and takes the fast path
carries()
{
	local fast

	fast=$(vnic_field "$(vm_mac "$1")" fast)
	deliver 0 "$1" 100 -F 8
	same "frames to VM $1" "$GOT" 100
	at_least "of them on the fast path" \
		$(($(vnic_field "$(vm_mac "$1")" fast) - fast)) 90
	ok ping_ok "vm$1" $EXT_IP 2
}

# steers VM: a rule, verified by frames
steers()
{
	local mac

	mac=$(vm_mac "$1")
	wait_for vnic_steered "$mac" || return
	wait_for talk_is "$1" steer verified
}

# not_steered VM REASON
not_steered()
{
	wait_for vnic_is "$(vm_mac "$1")" reason "$2"
	not_ok vnic_steered "$(vm_mac "$1")"
}

# listen VM FILE [OPTION...]: a receiver in VM's netns, ready on return
listen()
{
	local n=$1 f=$2

	shift 2
	listen_in "vm$n" eth0 "$f" "$@"
}

# listen_in NETNS IF FILE [OPTION...]
listen_in()
{
	local ns=$1 dev=$2 f=$3

	shift 3
	background vmqpkt recv -X "$ns" -i "$dev" "$@" > "$f"
	until_ok grep -q ready "$f"
}

# heard FILE FIELD: what a receiver that has ended counted
heard()
{
	sed -n "s/.*\\b$2=\\([0-9a-f]*\\).*/\\1/p" "$1"
}

# trial NETNS IF LISTENERS OPTION...: sends from there while every listener
# ("NETNS:IF ...") counts; "rx" tells what one of them got
trial()
{
	local ns=$1 dev=$2 r="" l

	for l in $3; do
		r="$r -r $l"
	done
	shift 3
	vmqpkt try -X "$ns" -i "$dev" $r "$@" > "$TMP/trial"
}

# rx NETNS FIELD: of the last trial; by the shell alone, as programs are dear in
# an emulated guest
rx()
{
	[[ $(< "$TMP/trial") =~ (^|$'\n')"$1:"[^$'\n']*" $2="([0-9a-f]*) ]] &&
		echo "${BASH_REMATCH[2]}"
}

# rx_all FIELD NETNS...: in one line
rx_all()
{
	local f=$1 all="" ns

	shift
	for ns; do
		all+=" $(rx "$ns" "$f")"
	done
	echo "${all# }"
}

# deliver EXT VM COUNT [OPTION...]: send and count at the VM; sets GOT
deliver()
{
	local s=$1 d=$2 n=$3

	shift 3
	trial wire $WIRE "vm$d:eth0" -s "$(ext_mac "$s")" -d "$(vm_mac "$d")" \
		-n "$n" -p "${PPS:-2000}" -f 77 "$@"
	# shellcheck disable=SC2034 # for the tests
	GOT=$(rx "vm$d" frames)
}

# ping_ok NETNS ADDRESS [COUNT]
ping_ok()
{
	ip netns exec "$1" ping -q -c "${3:-3}" -i 0.2 -W 5 "$2" >/dev/null 2>&1
}
