#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 1 (lib.sh) with vmq0.
# Proves: every write to a file of vmq that is out of range, empty, garbage,
# negative, followed by more, or not this user's to make is refused with the
# errno that Documentation/ABI/testing/ names, and leaves the value as it was;
# the module parameter "enable" is what new devices start with.

. "$(dirname "$0")/lib.sh"
# shellcheck source=refuse.inc
. "$(dirname "$0")/refuse.inc"

TESTS="test_switches test_bounds test_cpus test_irq_map test_read_only
	test_debugfs test_unprivileged test_user_namespace test_enable"

SHARED=1
ENABLE=/sys/module/vmq/parameters/enable

setup() { topo 1 && attach; }

# with a newline, as echo; the shell's own message names file and errno
put() { printf '%s\n' "$2" > "$1"; }

# file_refuses ERRNO FILE VALUE...: one after the other
file_refuses()
{
	local errno=$1 file=$2 before v

	shift 2
	before=$(cat "$file")
	for v; do
		refused "$errno" "" put "$file" "$v"
		same "${file##*/} after the refused '$v'" "$(cat "$file")" \
			"$before"
	done
}

# file_takes FILE VALUE
file_takes()
{
	ok put "$1" "$2"
	same "${1##*/}" "$(cat "$1")" "$2"
}

# as kstrtobool() reads them: the first letter counts
test_switches()
{
	local f

	for f in trust_br_netfilter steer softsteer pin bypass; do
		file_refuses EINVAL $SYS/$f "" " " 2 -1 +1 " 1" maybe 99999
		file_takes $SYS/$f 0
		file_refuses EINVAL $SYS/$f "" 2 maybe
		file_takes $SYS/$f 1
	done
	ok put $SYS/trust_br_netfilter 0
}

test_bounds()
{
	local f v

	for f in max_vnics max_port_vnics; do
		v=$(cat $SYS/$f)
		file_refuses EINVAL $SYS/$f "" " " -1 -0 abc 0x 10x "5 6" 5.5 1e3
		file_refuses ERANGE $SYS/$f 0 4097 4294967295 4294967297 \
			99999999999999999999
		file_takes $SYS/$f 1
		file_takes $SYS/$f 4096
		file_takes $SYS/$f "$v"
	done
}

test_cpus()
{
	local v possible

	v=$(cat $SYS/cpus)
	possible=$(sed 's/.*-//' /sys/devices/system/cpu/possible)
	file_refuses EINVAL $SYS/cpus "" " " abc -1 1-0 0- "0 x" 0x 1,,,x defaults
	file_refuses ERANGE $SYS/cpus 99999 0-99999 $((possible + 1)) 99999999999
	file_takes $SYS/cpus 0
	file_refuses EINVAL $SYS/cpus "" abc
	ok put $SYS/cpus default
	same "cpus" "$(cat $SYS/cpus)" "$v"
}

test_irq_map()
{
	local irq1 irq2 v

	irq1=$(queue_irq 1)
	irq2=$(queue_irq 2)
	v=$(cat $SYS/irq_map)
	file_refuses EINVAL $SYS/irq_map abc 1 1: :5 "1 :$irq1" \
		1=$irq1 -1:$irq1 "1:-$irq1" "1: $irq1" "1:${irq1}x" "1:$irq1 x" \
		"1:$irq1,2:$irq2" 1:0 1:999999 1:4294967297 \
		"1:$irq1 1:$irq2" "1:$irq1 2:$irq1"
	file_refuses ERANGE $SYS/irq_map 8:$irq1 999:$irq1 4294967297:$irq1 \
		18446744073709551617:$irq1 "1:$irq1 8:$irq2"
	# one for another, and back
	ok put $SYS/irq_map "1:$irq2 2:$irq1"
	ok grep -q "1:$irq2 2:$irq1" $SYS/irq_map
	file_refuses EINVAL $SYS/irq_map "1:$irq1 x"
	ok put $SYS/irq_map ""
	same "irq_map" "$(cat $SYS/irq_map)" "$v"
}

test_read_only()
{
	local f

	for f in hook bridge nic eligible; do
		file_refuses EACCES $SYS/$f 1 ""
	done
}

test_debugfs()
{
	local f

	for f in "$DBG"/* "$NICDBG"/*; do
		ok cat "$f" > /dev/null
		refused EINVAL "" put "$f" 1
	done
}

test_unprivileged()
{
	local f before

	need setpriv || return
	for f in steer softsteer pin bypass trust_br_netfilter cpus max_vnics max_port_vnics \
		irq_map; do
		before=$(cat $SYS/$f)
		refused EACCES "" setpriv --reuid 65534 --clear-groups \
			sh -c "echo 0 > $SYS/$f"
		same "$f" "$(cat $SYS/$f)" "$before"
	done
	refused EACCES "" setpriv --reuid 65534 --clear-groups cat $DBG/vnics
	ok setpriv --reuid 65534 --clear-groups cat $SYS/hook > /dev/null
}

# Root of a user namespace, with a network namespace of its own: the devices
# are his, the host's CPUs and interrupts are not.
test_user_namespace()
{
	need unshare || return
	if ! unshare -r -n true 2> /dev/null; then
		skip "no user namespaces"
		return
	fi
	cat > "$TMP/inside" <<-'EOT'
		mount -t sysfs none /sys && ip link add t_n type vmqsim &&
			ip link set t_n up &&
			ip link add link t_n name vmq0 type vmq &&
			cd /sys/class/net/vmq0/vmq || exit
		for f in steer pin bypass; do
			echo 0 > $f && echo "$f $(cat $f)"
		done
		echo 7 > max_vnics && echo "max_vnics $(cat max_vnics)"
		for w in "cpus 0" "cpus default" "irq_map 1:9" "irq_map "; do
			old=$(cat "${w% *}")
			echo "${w#* }" > "${w% *}"
			[ "$(cat "${w% *}")" = "$old" ] || echo "changed: $w"
		done
	EOT
	unshare -r -n -m bash "$TMP/inside" > "$TMP/out" 2> "$TMP/err"
	same "what he could do" "$(paste -s -d, "$TMP/out")" \
		"steer 0,pin 0,bypass 0,max_vnics 7"
	same "what he could not" \
		"$(sed 's/.*: //' "$TMP/err" | uniq -c | xargs)" \
		"4 Operation not permitted"
	wait_for no_userns_nic
}

no_userns_nic() { [ ! -e /sys/kernel/debug/vmq/nic-t_n ]; }

switches() { cat $SYS/steer $SYS/softsteer $SYS/pin $SYS/bypass | xargs; }

# new_device_has VALUE: in all switches
new_device_has()
{
	ok attach
	same "switches of a new device" "$(switches)" "$1 $1 $1 $1"
}

test_enable()
{
	local s

	same "enable" "$(cat $ENABLE)" Y
	file_refuses EINVAL $ENABLE "" 2 -1 maybe
	ok put $ENABLE 0
	same "switches of a device that is there" "$(switches)" "1 1 1 1"
	ok detach
	new_device_has 0
	ok put $ENABLE 1
	hello 1
	wait_for vnic_is "$(vm_mac 1)" bypass off
	warm_ext 0
	deliver 0 1 50
	same "frames with all switched off" "$GOT" 50
	same "fast path" "$(vnic_field "$(vm_mac 1)" fast)" 0
	ok rules_are 0
	same "why no rule" "$(vnic_field "$(vm_mac 1)" reason)" off
	for s in steer softsteer pin bypass; do
		ok put $SYS/$s 1
	done
	steers 1
	carries 1
	ok detach
	new_device_has 1
}

run_tests
