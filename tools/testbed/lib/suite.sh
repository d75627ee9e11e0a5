# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What "make check" and its parts run, and how the work is spread: two workers
# take jobs from one list; one of them builds the debug kernel first when the
# cache has none.

# The debug kernel takes five to ten times as long: what only compares deliveries
# frame by frame, or waits, is left to the stock kernels unless TESTS asks for it.
DEBUG_SKIP='exact|pass|ageing|order|traffic|move|tool|offload|vmq_quirks'
# The leak hunt repeats what makes and removes things, on every error path too.
KMEMLEAK_TESTS='vmq_teardown.sh vmq_newlink.sh vmqsim_link.sh'

# job_results JOB: a job's results, for report
job_results()
{
	local job=$1 tests=${TESTS:-} part='' limit=${TIME:-3000}

	[ -n "$tests" ] || [ "${SUITE:-}" != check ] || tests=$(check_tests "$job")

	case $job in
	style)
		style_results
		return ;;
	debug-kernel)
		debug_dir "$DEBUG_KERNEL" >/dev/null || result not "debug: the debug kernel does not build"
		return ;;
	kunit)
		LABEL=kunit TIME=${TIME:-600} run_results "$DEBUG_KERNEL" 1 /vmq/tools/testbed/guest/kunit
		return ;;
	kmemleak)
		LABEL=kmemleak TIME=${TIME:-7200} APPEND="${APPEND:-} kmemleak=on" run_results "$DEBUG_KERNEL" 1 \
			"/vmq/tools/testbed/guest/selftests ${tests:-$KMEMLEAK_TESTS}"
		return ;;
	debug)
		job=$DEBUG_KERNEL ;;
	debug/*)
		part="--part ${job#debug/}" limit=${TIME:-7200}
		[ -n "$tests" ] || part+=" --skip '$DEBUG_SKIP'"
		job=$DEBUG_KERNEL ;;
	esac
	LABEL=$1 TIME=$limit \
		run_results "$job" 1 "/vmq/tools/testbed/guest/selftests $part $tests"
}

# check_tests JOB: what "make check" runs in the job's guest
check_tests()
{
	sed -n "s/^$1: *//p" "$TESTBED/check.list" | tr '\n' ' '
}

# jobs_run JOB...: all of them, two at a time; results on standard output
jobs_run()
{
	local list first='' w

	list=$(mktemp "$LOGS/jobs.XXXXXX")
	printf '%s\n' "$@" >"$list"
	case " $* " in
	*' debug'* | *' kunit '* | *' kmemleak '*)
		debug_ready "$DEBUG_KERNEL" || first=debug-kernel ;;
	esac
	# Both workers would wait for the build tree; make it once, visibly.
	if ! prepare_common; then
		result not "the test bed cannot be made"
		return
	fi
	for w in 1 2; do
		(
			# a failing check must not end the worker
			set +e
			[ $w = 2 ] || [ -z "$first" ] || job_results "$first"
			while job=$(job_take "$list"); do
				start=$SECONDS
				job_results "$job"
				result note "$job took $((SECONDS - start)) s"
			done
		) &
	done
	wait
	rm -f "$list"
}

# job_take LIST: prints and removes its first line; fails when there is none
job_take()
{
	(
		flock 9
		job=$(head -n 1 "$1")
		[ -n "$job" ] || exit 1
		sed -i 1d "$1"
		echo "$job"
	) 9>>"$1.lock"
}

prepare_common()
{
	buildtree_dir >/dev/null && guest_dir >/dev/null
}

# suite_selftest [TEST...]: on $KERNEL, or on all kernels
suite_selftest()
{
	[ $# = 0 ] || TESTS=$*
	if [ -n "${KERNEL:-}" ]; then
		# shellcheck disable=SC2086 # may be several
		jobs_run $KERNEL | report
	elif [ -n "${TESTS:-}" ]; then
		jobs_run 6.12 7.3 6.1 debug | report
	else
		jobs_run 6.12 7.3 6.1 debug/1of2 debug/2of2 kmemleak | report
	fi
}

suite_kunit()
{
	jobs_run kunit | report
}

suite_style()
{
	jobs_run style | report
}

suite_check()
{
	SUITE=check jobs_run 6.12 7.3 debug style 6.1 kunit | report
}
