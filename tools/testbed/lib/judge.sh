# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Turns what a guest says into results.  A result is a line of words separated
# by tabs, for lib/report.sh:
#	ok DESCRIPTION | not DESCRIPTION | skip DESCRIPTION | note TEXT

result()
{
	printf '%s\t%s\n' "$1" "$2"
}

# judge NAME STRICT: the guest's output on standard input.  Within a test every
# result line counts once, the plan must be met, and the kernel be silent; with
# STRICT=1 a test without a plan fails.
judge()
{
	local name=$1 strict=$2 line word rest test='' plan='' seen=0 bad=0 up=0 complete=0
	local re_result='^(ok|not ok) +[0-9]*( +(- )?(.*))?$'
	local re_plan='^1\.\.([0-9]+)( *# *(SKIP.*))?'
	local rc secs desc

	while IFS= read -r line; do
		line=${line%$'\r'}
		case $line in
		'@@vmq '*)
			read -r _ word rest <<<"$line"
			case $word in
			up) up=1; result note "$name: up: $rest" ;;
			plan) ;;
			begin) test=$rest plan='' seen=0 bad=0 ;;
			fail) bad=1; result not "$name: ${test:+$test: }$rest" ;;
			splat) bad=1; result not "$name: $test: kernel log: ${rest//#/}" ;;
			end)
				read -r rc secs <<<"$rest"
				judge_end
				test=''
				;;
			done)
				complete=1
				read -r rc _ <<<"$rest"
				;;
			esac
			;;
		*)
			if [ -n "$test" ] && [[ $line =~ $re_result ]]; then
				seen=$((seen + 1))
				word=${BASH_REMATCH[1]} desc=${BASH_REMATCH[4]}
				if [ "$word" = "not ok" ]; then
					bad=1
					result not "$name: $test: $desc"
				elif [[ $desc =~ ^(.*)#\ *(SKIP|skip)(.*)$ ]]; then
					result skip "$name: $test: ${BASH_REMATCH[1]% } # SKIP${BASH_REMATCH[3]}"
				else
					result ok "$name: $test: $desc"
				fi
			elif [ -n "$test" ] && [ -z "$plan" ] && [[ $line =~ $re_plan ]]; then
				plan=${BASH_REMATCH[1]}
				[ -z "${BASH_REMATCH[3]}" ] ||
					result skip "$name: $test # ${BASH_REMATCH[3]}"
			elif [ -n "$line" ]; then
				case $line in
				'TAP version'* | 'KTAP version'*) ;;
				*) result note "$name: ${line#\# }" ;;
				esac
			fi
			;;
		esac
	done

	if [ "$bad" = 1 ] && [ "$up" = 0 ]; then
		return 0	# not built: said already
	elif [ "$up" = 0 ]; then
		result not "$name: the guest did not start"
	elif [ "$complete" = 0 ]; then
		result not "$name: the guest ended ${test:+in $test }before its tests did"
	fi
}

# judge_end: a test is over; reads and writes judge's variables
judge_end()
{
	if [ -z "$plan" ] && [ "$seen" = 0 ]; then
		if [ "$rc" = 4 ]; then
			result skip "$name: $test # SKIP"
		elif [ "$strict" = 1 ] && [ "$bad" = 0 ]; then
			result not "$name: $test: printed no TAP (exit status $rc)"
		elif [ "$rc" != 0 ]; then
			result not "$name: $test: exit status $rc"
		elif [ "$bad" = 0 ]; then
			result ok "$name: $test"
		fi
		return
	fi
	if [ -z "$plan" ]; then
		result not "$name: $test: no plan"
	elif [ "$plan" != "$seen" ]; then
		result not "$name: $test: planned $plan, ran $seen"
	elif [ "$bad" = 0 ] && [ "$rc" != 0 ] && [ "$rc" != 4 ]; then
		result not "$name: $test: exit status $rc"
	fi
	result note "$name: $test: $secs s"
}

# judge_console NAME FILE: what the per-test look missed: boot, power off, panic
judge_console()
{
	local lines

	lines=$(sed '/vmq-test: begin/,/vmq-test: end/d' "$2" 2>/dev/null |
		grep -aE "$SPLAT" | grep -avE "$SPLAT_HARMLESS" | head -n 20)
	# a guest that died within a test never closed it
	[ -n "$lines" ] || lines=$(grep -aE 'Kernel panic|Rebooting in' "$2" 2>/dev/null | head -n 2)
	[ -n "$lines" ] || return 0
	while IFS= read -r line; do
		[ -z "$line" ] || result not "$1: kernel log: ${line//[#$'\r']/}"
	done <<<"$lines"
	return 0
}
