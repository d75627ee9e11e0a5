# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# One guest: prepare, build, boot, judge.

prepare()
{
	local k

	[ $# -gt 0 ] || set -- $KERNELS_STOCK debug
	buildtree_dir >/dev/null
	guest_dir >/dev/null
	for k; do
		kernel_any_dir "$k" >/dev/null
	done
}

# run_guest NAME COMMAND: the guest's output, its console kept in the file named
# by CONSOLE_OF(NAME)
run_guest()
{
	local name=$1 console test

	console=$(run_console "$name")
	test=$(modules_build "$name" "$LOGS/build-$name.log") || return 1
	GUEST_RUN=$2 qemu_guest "$name" "$console" "$test" </dev/null
}

run_console()
{
	echo "$LOGS/$1-$$.console"
}

# run_results NAME STRICT COMMAND: results of a guest, for report
run_results()
{
	local name=$1 strict=$2 console bad

	console=$(run_console "$name")
	{ run_guest "$name" "$3" || echo "@@vmq note status $?"; } |
		judge "$name" "$strict" | tee "$console.results" || :
	judge_console "$name" "$console" | tee -a "$console.results"
	bad=$(grep -c '^not' "$console.results" || :)
	if [ "$bad" != 0 ]; then
		result note "$name: the kernel's console: $console"
	else
		rm -f "$console"
	fi
	rm -f "$console.results"
}

# run_raw NAME COMMAND: for the eye; judged by status and the kernel's log only
run_raw()
{
	local name=$1 console bad status=0

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
