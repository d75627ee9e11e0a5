#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to VM 1.
# Proves: whatever an admin makes of the FDB's entry of the destination or of the
# source (static, sticky, permanent, dynamic, external, flushed, a limit on what is
# learnt), exactly the frames arrive, from the next on, that arrive on the plain
# bridge, and the fast path is taken where the entry allows it; frames that pass
# the bridge by keep the bridge's own times of both ends as there: what is talked
# to is used, what talks is fresh, what is silent is not.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"

TESTS="test_dest_static test_dest_sticky test_dest_permanent test_source_by_hand
	test_source_sticky test_source_permanent test_deleted test_flush
	test_max_learned test_times"
MOVES=1

# entry replace|del MAC DEV [FLAG...]
entry() { bridge fdb "$1" "$2" dev "$3" master "${@:4}"; }

# at PORT: VM 1's address is there, and fast
at()
{
	[ "$HOOK" = plain ] || {
		wait_for vnic_is "$(vm_mac 1)" port "$1" &&
		wait_for vnic_is "$(vm_mac 1)" bypass fast
	}
}

# elsewhere FLAG...: VM 1's MAC at VM 2's port, by hand
elsewhere()
{
	local m

	m=$(vm_mac 1)
	ok entry replace "$m" vnet2 "$@"
	send "$*"
	same "at the other port: $*" "$ARRIVED" "0 60 0"
	at vnet2
	mark
	send "$*, known"
	slow fast
	same "at the other port, known: $*" "$ARRIVED" "0 60 0"
	ok entry del "$m" vnet2
	quick
}

test_dest_static()
{
	elsewhere static
	elsewhere dynamic
}

# where a VM says that it is does not matter
test_dest_sticky()
{
	local kind m

	m=$(vm_mac 1)
	for kind in static dynamic; do
		turn "$kind" - "entry replace $m vnet2 $kind sticky && hello 1" \
			"entry del $m vnet2"
		same "at the other port: $kind" "$ON_ARRIVED" "0 60 0"
	done
}

# the host's own, whatever port it is on
test_dest_permanent()
{
	local dev m

	m=$(vm_mac 1)
	for dev in vnet2 vnet1; do
		turn "at $dev" "no-vnic|revoked" "entry replace $m $dev permanent" \
			"entry del $m $dev"
		same "for the host: $dev" "$ON_ARRIVED" "0 0 0"
	done
}

# What host 0's first frame makes of it is the bridge's business.
test_source_by_hand()
{
	local kind m

	m=$(ext_mac 0)
	for kind in static dynamic extern_learn; do
		turn "at a port: $kind" - "entry replace $m vnet2 $kind" \
			"entry del $m $(uplink)"
		same "from a port: $kind" "$ON_ARRIVED" "60 0 0"
	done
	turn "at the uplink" - "entry replace $m $(uplink) static" \
		"entry del $m $(uplink)"
}

# the bridge leaves it where it is: not behind the uplink
test_source_sticky()
{
	local kind m

	m=$(ext_mac 0)
	for kind in static dynamic; do
		turn "$kind" "source|revoked" \
			"entry replace $m vnet2 $kind sticky" \
			"entry del $m vnet2"
		same "from elsewhere: $kind" "$ON_ARRIVED" "60 0 0"
	done
}

test_source_permanent()
{
	local dev m

	m=$(ext_mac 0)
	for dev in vnet2 "$(uplink)"; do
		turn "$([ "$dev" = vnet2 ] && echo port || echo uplink)" \
			"source|revoked" "entry replace $m $dev permanent" \
			"entry del $m $dev"
	done
}

test_deleted()
{
	turn "destination" "no-vnic|revoked" "entry del $(vm_mac 1) vnet1" true
	same "to nobody known" "$ON_ARRIVED" "60 60 60"
	# its first frame teaches the bridge
	turn "source" - "entry del $(ext_mac 0) $(uplink)" true
}

test_flush()
{
	turn "bridge" "no-vnic|revoked" "ip link set $BR type bridge fdb_flush" true
	same "to nobody known" "$ON_ARRIVED" "60 60 60"
	warm_all 3
	turn "port" "no-vnic|revoked" "ip link set vnet1 type bridge_slave fdb_flush" true
	same "to nobody known at the port" "$ON_ARRIVED" "60 60 60"
}

limit() { ip link set $BR type bridge fdb_max_learned "$1"; }

# the bridge learns no more: who is new stays unknown, who is known is fast
test_max_learned()
{
	local n

	n=$(ip -d link show $BR | sed -n 's/.*fdb_n_learned *\([0-9]*\).*/\1/p')
	if [ -z "$n" ] || ! limit "$n" 2>/dev/null; then
		skip "no fdb_max_learned"
		return
	fi
	mark
	send "known, at the limit"
	slow fast
	mark
	send "unknown, at the limit" -s "$(ext_mac 9)"
	slow source
	same "from who is not learnt" "$ARRIVED" "60 0 0"
	send "unknown VM" -d "$(vm_mac 9)"
	limit 0
	hello_ext 9
	[ "$HOOK" = plain ] || wait_for source_known "$(ext_mac 9)"
	mark
	send "no limit" -s "$(ext_mac 9)"
	slow fast
	quick
}

# times MAC: "USED UPDATED" in seconds, of the bridge's entry when look was called
look() { bridge -s fdb show br $BR > "$TMP/fdb"; }
times()
{
	sed -n "/ self/d; s/^$1 .*\\bused \\([0-9]*\\)\\/\\([0-9]*\\).*/\\1 \\2/p" \
		"$TMP/fdb" | head -n 1
}

used() { times "$1" | cut -d' ' -f1; }
updated() { times "$1" | cut -d' ' -f2; }

# Host 0 sends to VM 1, which is silent, as are host 5 and VM 3: these have been
# for some seconds in the end. Only in relation to them is anything judged; one
# second is the clock's.
test_times()
{
	local fast i

	hello_ext 5
	hello 1
	hello 3
	fast=$(fast_now)
	for ((i = 0; i < TRIES; i++)); do
		PPS=400 from_wire 0 1 200
		look
		[ "$(updated "$(ext_mac 5)")" -lt 6 ] || break
	done
	[ "$HOOK" = plain ] || at_least "frames on the fast path" \
		$(($(fast_now) - fast)) 100
	at_least "seconds since host 5 spoke" "$(updated "$(ext_mac 5)")" 6
	at_most "seconds since host 0 spoke" "$(updated "$(ext_mac 0)")" \
		$(($(updated "$(ext_mac 5)") - 2))
	at_most "seconds since VM 1 was spoken to" "$(used "$(vm_mac 1)")" \
		$(($(used "$(vm_mac 3)") - 2))
	at_least "seconds since VM 1 spoke" "$(updated "$(vm_mac 1)")" \
		$(($(updated "$(vm_mac 3)") - 1))
	quick
}

run_tests
