# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# One guest: prepare, build, boot, judge.

prepare()
{
	local k

	# shellcheck disable=SC2086 # a list of words
	[ $# -gt 0 ] || set -- $KERNELS_STOCK debug
	buildtree_dir >/dev/null
	guest_dir >/dev/null
	for k; do
		kernel_any_dir "$k" >/dev/null
	done
}

# run_guest NAME COMMAND: the guest's output; run_console names the file that the
# kernel's console goes to.  LABEL, when set, tells guests of one kernel apart.
run_guest()
{
	local name=$1 command=$2 console test try lost

	console=$(run_console "$name")
	for try in 1 2 3 4; do
		test=$(modules_build "$name" "$LOGS/build-$name.log") || {
			echo "@@vmq fail build: see $LOGS/build-$name.log"
			return 1
		}
		rm -f "$console.began" "$console.clock"
		GUEST_RUN=$command qemu_guest "$name" "$console" "$test" </dev/null |
			guest_clock "$console" "$try" | sed -u "/@@vmq/w $console.began"
		if [ -e "$console.clock" ]; then
			say "$name: the guest's clock runs too fast on this loaded machine; once more ($try)"
			rm -f "$console.clock"
			continue
		fi
		guest_lost "$console" || break
		say "$name: the kernel died of the emulator; once more ($try)"
		# where it was; the console is judged by what follows
		lost=$(sed -n 's/^@@vmq begin \([^[:space:]]*\).*/\1/p' "$console.began" | tail -n 1)
		if [ -n "$lost" ]; then
			case $command in
			*/guest/selftests*) command="${2/guest\/selftests/guest/selftests --from $lost}" ;;
			*) break ;;
			esac
		fi
		mv "$console" "$console.lost-$try"
	done
	rm -f "$console.began"
}

# guest_clock CONSOLE TRY: passes the guest's output on.  A kernel that boots
# measures its clock (TSC) against another; on a machine with more to do than it
# has CPUs that can come out wrong by a factor (seen: four), and with it every
# time limit in the guest.  Such a guest is ended when it says for how long it has
# been up, and CONSOLE.clock is left.  With icount its clock is not the host's.
guest_clock()
{
	local line up start=$SECONDS

	while IFS= read -r line || [ -n "$line" ]; do
		printf '%s\n' "$line"
		case $line in
		'@@vmq up '*) ;;
		*) continue ;;
		esac
		up=${line##* }
		up=${up%%.*}
		if [ "${ICOUNT:-0}" = 1 ] || [ "$2" -ge 3 ]; then
			continue
		fi
		[ "$up" -gt $(((SECONDS - start) * 3 / 2 + 10)) ] || continue
		: >"$1.clock"
		pkill -f -- "-serial file:$1 " || :
	done
}

# guest_lost CONSOLE: did the kernel die of the emulator?  Of an int3 of its own:
# emulated CPUs run in a thread each, and one may still run a translation that is
# older than another's patch of the kernel's text (seen on 7.3: sched_clock_cpu, when
# the clock is found stable; on 6.12: __netif_receive_skb_core, when a hook at
# ingress came under traffic).  Or of flags that no CPU has: an interrupt that comes right
# behind a cmpxchg16b can find garbage in them, and the return from it faults (seen
# on 6.12, in kmalloc; bits 22 to 31 are always 0).  It is none of the tests'
# business: they go on in a new guest with the one that was cut off.
guest_lost()
{
	grep -aqE 'Oops: int3: 0000|^\[[^]]*\] int3: 0000' "$1" 2>/dev/null && return
	grep -aqE 'Oops: double fault: 0000' "$1" 2>/dev/null &&
		grep -aE " EFLAGS: [0-9a-f]{8}" "$1" | grep -qvE "EFLAGS: 00[0-3]"
}

run_console()
{
	local label=${LABEL:-$1}

	echo "$LOGS/${label//\//-}-$$.console"
}

# run_results NAME STRICT COMMAND: results of a guest, for report
run_results()
{
	local name=$1 strict=$2 label=${LABEL:-$1} console bad

	console=$(run_console "$name")
	rm -f "$console"
	{ run_guest "$name" "$3" || :; } | judge "$label" "$strict" | tee "$console.results" || :
	judge_console "$label" "$console" | tee -a "$console.results"
	bad=$(grep -c $'^not\t' "$console.results" || :)
	if [ "$bad" != 0 ]; then
		result note "$label: the kernel's console: $console"
	else
		rm -f "$console"
	fi
	rm -f "$console.results"
}

# run_raw NAME COMMAND: for the eye; judged by status and the kernel's log only
run_raw()
{
	local name=$1 console bad status=0

	say "making the modules for $name, then starting a guest"
	console=$(run_console "$name")
	{ TIME=${TIME:-600} run_guest "$name" "$2" || :; } |
		{
			ended=1
			while IFS= read -r line; do
				line=${line%$'\r'}
				case $line in
				'@@vmq done 0 '*) ended=0 ;;
				'@@vmq '*) ;;
				*) printf '%s\n' "$line" ;;
				esac
			done
			exit $ended
		} || status=1
	bad=$(judge_console "$name" "$console")
	if [ -n "$bad" ]; then
		printf '%s\n' "$bad" >&2
		status=1
	fi
	[ $status = 0 ] || say "failed; the kernel's console: $console"
	return $status
}

run_shell()
{
	local test console

	test=$(modules_build "$1" "$LOGS/build-$1.log")
	console=$(run_console "$1")
	TIME=0 qemu_guest "$1" "$console" "$test" || :
	say "the kernel's console: $console"
}

# shellcheck disable=SC2034 # lib/qemu.sh reads them
# run --kernel NAME [OPTIONS] -- COMMAND...
run()
{
	local name=6.12 raw=0

	while [ $# -gt 0 ]; do
		case $1 in
		--kernel) name=$2; shift ;;
		--smp) SMP=$2; shift ;;
		--mem) MEM=$2; shift ;;
		--time) TIME=$2; shift ;;
		--append) APPEND="${APPEND:-} $2"; shift ;;
		--icount) ICOUNT=1 ;;
		--kmemleak) APPEND="${APPEND:-} kmemleak=on" ;;
		--raw) raw=1 ;;
		--) shift; break ;;
		*) die "run: unknown option $1" ;;
		esac
		shift
	done
	[ $# -gt 0 ] || die "run: no command"
	if [ $raw = 1 ]; then
		run_raw "$name" "$*"
	else
		run_results "$name" 0 "/vmq/tools/testbed/guest/command $*" | report
	fi
}
