#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: vmqsim_lib.inc, 8 queues.
# Proves: RSS spreads IP flows as the indirection table and the key say, keeps
# a flow on a queue, and sends what is not IP to queue 0; contexts have tables
# of their own; refused settings change nothing.

. "$(dirname "$0")/vmqsim_lib.inc"

TESTS="test_spread test_one_flow test_non_ip test_equal test_weight test_reset
	test_key test_ipv6 test_known_hash test_hash_fields test_context
	test_refusals test_no_memory test_channels test_ring_count"

table() { ethtool -x $NIC | awk '/^ *[0-9]+:/ { for (i = 2; i <= NF; i++) print $i }'; }
outside() { echo "$WHERE" | tr ' ' '\n' | grep -cv "^[$1]:"; }

test_spread()
{
	spreads 7 512 send 512 -F 256
	same "table size" "$(table | wc -l)" 128
	same "queues in the table" "$(table | sort -u | tr '\n' ' ')" \
		"0 1 2 3 4 5 6 7 "
}

test_one_flow()
{
	spreads 1 50 send 50 -F 1
	# shellcheck disable=SC2086 # words
	set -- $WHERE
	same "queues of one flow" $# 1
	spreads 1 50 send 50 -F 1
	# shellcheck disable=SC2086 # words
	set -- $WHERE
	same "queues of one flow" $# 1
}

test_non_ip()
{
	ok ethtool -X $NIC start 2 equal 2
	where 10 send 10 -t arp
	# hash 0: the table's first entry
	same "queue" "$WHERE" "2:10"
	ok ethtool -X $NIC default
	lands 0 10 send 10 -t arp
	lands 0 10 send 10 -t 88b5
}

test_equal()
{
	ok ethtool -X $NIC equal 1
	lands 0 64 send 64 -F 64
	ok ethtool -X $NIC start 4 equal 2
	where 256 send 256 -F 128
	same "frames outside of 4 and 5" "$(outside 45)" 0
}

test_weight()
{
	ok ethtool -X $NIC weight 0 0 1 1
	where 256 send 256 -F 128
	same "frames outside of 2 and 3" "$(outside 23)" 0
}

test_reset()
{
	local before

	before=$(table)
	ok ethtool -X $NIC equal 2
	ok ethtool -X $NIC default
	same "table" "$(table)" "$before"
}

test_key()
{
	local k

	k=$(printf '%02x:' {1..40})
	ok ethtool -X $NIC hkey "${k%:}"
	same "key" "$(ethtool -x $NIC | sed -n '/^RSS hash key/{n;p}')" "${k%:}"
	where 5 send 5 -F 5
	k=$WHERE
	where 5 send 5 -F 5
	same "spread with the same key" "$WHERE" "$k"
	# one other key may happen to spread five flows alike, hardly two
	ok ethtool -X $NIC hkey "$(printf '%02x:' {60..98})01"
	where 5 send 5 -F 5
	[ "$WHERE" = "$k" ] || return
	ok ethtool -X $NIC hkey "$(printf '%02x:' {99..61})f1"
	where 5 send 5 -F 5
	[ "$WHERE" != "$k" ] || fail "three keys, one spread"
}

test_ipv6() { spreads 5 256 send 256 -t ip6 -F 128; }

# The verification suite that Microsoft published with RSS: 66.9.149.187 to
# 161.142.100.80 hashes to 323e8fc2 with their key (addresses only). The last
# seven bits are entry 66 of the table; equal weights give every queue 16
# entries in a row, so that is queue 4.
test_known_hash()
{
	ok ethtool -X $NIC weight 1 1 1 1 1 1 1 1
	ok ip -n wire addr add 66.9.149.187/32 dev $WIRE
	ok ip -n wire route add 161.142.100.80/32 dev $WIRE src 66.9.149.187
	ok ip -n wire neigh replace 161.142.100.80 lladdr "$(nic_mac)" dev $WIRE
	in_wire ping -c 1 -W 1 161.142.100.80 >/dev/null
	wait_for queue_has 4 1
	same "frames" "$(total)" 1
}

# hash_fields FLOW_TYPE: the fields, by the first word of each line
hash_fields()
{
	ethtool -n $NIC rx-flow-hash "$1" | awk 'NR > 1 && NF { print $1, $2 }' |
		tr '\n' ','
}

# An operation of its own in 7.x, a command of another before
test_hash_fields()
{
	local t ports="L4 bytes,L4 bytes,"

	for t in tcp4 udp4 tcp6 udp6; do
		same "fields of $t" "$(hash_fields $t)" "IP SA,IP DA,$ports"
	done
	for t in sctp4 sctp6; do
		same "fields of $t" "$(hash_fields $t)" "IP SA,IP DA,"
	done
	# they cannot be chosen
	refuses EOPNOTSUPP ethtool -N $NIC rx-flow-hash udp4 sd
	same "fields" "$(hash_fields udp4)" "IP SA,IP DA,$ports"
}

test_context()
{
	local ctx main

	main=$(table)
	ctx=$(ethtool -X $NIC context new start 4 equal 4 | awk '{ print $NF }')
	at_least "context" "$ctx" 1
	same "main table" "$(table)" "$main"
	same "context's queues" "$(ethtool -x $NIC context "$ctx" |
		awk '/^ *[0-9]+:/ { for (i = 2; i <= NF; i++) print $i }' |
		sort -u | tr '\n' ' ')" "4 5 6 7 "
	ok ethtool -X $NIC context "$ctx" start 6 equal 2
	same "context's queues" "$(ethtool -x $NIC context "$ctx" |
		awk '/^ *[0-9]+:/ { for (i = 2; i <= NF; i++) print $i }' |
		sort -u | tr '\n' ' ')" "6 7 "
	ok ethtool -X $NIC context "$ctx" delete
	not_ok ethtool -x $NIC context "$ctx" >/dev/null 2>&1
}

test_refusals()
{
	local before

	before=$(ethtool -x $NIC)
	not_ok ethtool -X $NIC equal 9 2>/dev/null
	not_ok ethtool -X $NIC hfunc xor 2>/dev/null
	not_ok ethtool -X $NIC context 17 delete 2>/dev/null
	same "settings" "$(ethtool -x $NIC)" "$before"
}

# srssh NTH: ETHTOOL_SRSSH with another table and key while the NTH allocation of
# the call fails. Prints what became of it: done, more (there were not as many)
# or the errno
SRSSH='
import array, errno, fcntl, os, socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
cmd = struct.pack("6I", 0x47, 0, 128, 40, 0, 0)
cmd += struct.pack("128I", *([1] * 128)) + bytes(range(40))
buf = array.array("B", cmd)
ifr = struct.pack("16sP", sys.argv[1].encode(), buf.buffer_info()[0]) + bytes(16)
nth = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
res = "done"
os.write(nth, sys.argv[2].encode())
try:
    fcntl.ioctl(s, 0x8946, ifr)
except OSError as e:
    res = errno.errorcode[e.errno]
left = os.pread(nth, 16, 0)
os.write(nth, b"0")
print("more" if res == "done" and int(left) else res)'
srssh() { python3 -c "$SRSSH" $NIC "$1"; }

# Whatever allocation fails: the call has done all or nothing
test_no_memory()
{
	local before after n out failed=0

	need python3 || return
	if [ ! -e /proc/self/fail-nth ] ||
	   [ ! -d /sys/kernel/debug/failslab ]; then
		skip "no fault injection"
		return
	fi
	echo 0 > /sys/kernel/debug/failslab/ignore-gfp-wait
	echo 0 > /sys/kernel/debug/failslab/verbose
	before=$(ethtool -x $NIC)
	for ((n = 1; n < 100; n++)); do
		out=$(srssh $n)
		after=$(ethtool -x $NIC)
		case $out in
		ENOMEM) failed=$((failed + 1))
			same "settings, allocation $n failed" "$after" "$before" ;;
		done | more)
			[ "$after" != "$before" ] || fail "done, but nothing changed"
			[ "$out" != more ] || break
			ethtool -X $NIC default
			ethtool -X $NIC hkey $MSKEY ;;
		*)	fail "allocation $n: $out"
			return ;;
		esac
	done
	same "all allocations tried" "$out" more
	at_least "refusals" $failed 1
}

# An own table holds the channels, the default one follows them
test_channels()
{
	ok ethtool -L $NIC combined 4
	same "queues in the table" "$(table | sort -u | tr '\n' ' ')" "0 1 2 3 "
	where 128 send 128 -F 64
	same "frames outside of 0 to 3" "$(outside 0123)" 0
	ok ethtool -L $NIC combined 8
	same "queues in the table" "$(table | sort -u | wc -l)" 8
	ok ethtool -X $NIC start 4 equal 4
	not_ok ethtool -L $NIC combined 7 2>/dev/null
	ok ethtool -X $NIC start 0 equal 4
	ok ethtool -L $NIC combined 4
	ok ethtool -L $NIC combined 8
	same "queues in the table" "$(table | sort -u | tr '\n' ' ')" "0 1 2 3 "
}

test_ring_count()
{
	same "rings" "$(ethtool -x $NIC | sed -n 's/.* with \([0-9]*\) RX ring.*/\1/p')" 8
	ok ethtool -L $NIC rx 3
	same "rings" "$(ethtool -x $NIC | sed -n 's/.* with \([0-9]*\) RX ring.*/\1/p')" 3
}

run_tests
