# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The tree's rules, one result each.  All tools come from the build tree or from
# the kernel's source package, so the answer is the same on every machine.

# scripts_dir: checkpatch and kernel-doc of the newest kernel
scripts_dir()
{
	local src

	src=$(debug_source debug) || return 1
	cache_make scripts "${src#* }" scripts_make "$src"
}

scripts_make()
{
	# shellcheck disable=SC2086 # two words
	source_unpack $2 "$1/src" --wildcards '*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
		'*/scripts/const_structs.checkpatch' '*/scripts/kernel-doc*' \
		'*/tools/docs/kernel-doc' '*/tools/lib/python/*'
}

# style_files GLOB...: files of the tree, those of no commit yet too
style_files()
{
	if [ -e "$TOP/.git" ] && command -v git >/dev/null; then
		git -C "$TOP" -c safe.directory="$TOP" ls-files -co --exclude-standard -- "$@"
	else
		(cd "$TOP" && find . -type f ! -path './build/*' | sed 's|^\./||') |
			grep -E "$(printf '%s\n' "$@" | sed 's/[.]/\\./g; s/[*]/.*/g; s/^/(^|\/)/; s/$/$/' | paste -sd'|')"
	fi | while read -r f; do
		[ -f "$TOP/$f" ] && echo "$f"
	done
}

# style_scripts: shell scripts, by name or first line
style_scripts()
{
	style_files '*' | grep -vE '^(LICENSES|Documentation)/' | while read -r f; do
		case $f in
		*.sh | *.bash) echo "$f" ;;
		*.*) ;;
		*) ! head -n 1 "$TOP/$f" | grep -qE '^#!.*\b(ba|da)?sh\b' || echo "$f" ;;
		esac
	done
	return 0
}

# style_say NAME: a result from what a check printed: nothing means fine
style_say()
{
	local out

	out=$(cat)
	if [ -z "$out" ]; then
		result ok "style: $1"
		return
	fi
	head -n 60 <<<"$out" | while IFS= read -r line; do
		result note "${line//$'\t'/ }"
	done
	result not "style: $1 ($(wc -l <<<"$out") lines)"
}

# style_kernel NAME [MAKE ARGS]: warnings in our own files, in a clean build
style_kernel()
{
	local name=$1 tree kdir rel w log=$LOGS/style-$1.log src sum

	shift
	tree=$(buildtree_dir) && kdir=$(kernel_dir "$name") || return 1
	rel=$(cat "$kdir/release")
	w=$(work_dir "$tree")
	src=$w/style
	mkdir -p "$src"
	rsync -a --delete --exclude=/.git --exclude=/build --exclude='*.o' "$TOP/" "$src/"
	# the same sources, flags and kernel give the same warnings
	sum=$(cd "$src" && find Makefile Kbuild drivers include -type f -exec sha256sum {} + |
		LC_ALL=C sort | short_hash "$rel" "$*")
	if [ -e "$w/style-$sum" ]; then
		cat "$w/style-$sum"
		return
	fi
	rm -rf "$src/build/$rel"
	buildtree_run "$tree" '' make -C "${src#"$tree"}" "-j$(nproc)" modules \
		"KDIR=/lib/modules/$rel/build" "$@" >"$log" 2>&1 || {
		echo "build failed, see $log"
		grep -E '(warning|error):' "$log"
		return
	}
	case "$*" in
	*C=2*) grep -q '^  CHECK ' "$log" || { echo "sparse did not run, see $log"; return; } ;;
	esac
	grep -E '(warning|error):' "$log" | grep -vE '^(/usr/src|\./|include/linux/|/mnt)' |
		sed "s|/srv/.*/build/$rel/||" | sort -u | tee "$w/style-$sum"
}

style_results()
{
	local tree scripts w src

	if ! tree=$(buildtree_dir) || ! scripts=$(scripts_dir); then
		result not "style: no tools"
		return
	fi
	w=$(work_dir "$tree")
	mkdir -p "$w"
	(flock 9; work_sync "$tree") 9>"$w/.lock" >/dev/null
	src=${w#"$tree"}/src

	# shellcheck disable=SC2317 # called by name
	# style_tool COMMAND...: in the build tree, in the sources
	style_tool()
	{
		buildtree_run "$tree" "$scripts/src" env -C "$src" "$@" 2>&1
	}

	# Each group without the rules that cannot be met in it: a trace header is
	# macros that look like functions, a compat header stands in for another
	# kernel's macros, a program has no kernel headers to take macros from.
	{
		style_files 'drivers/*.[ch]' 'include/uapi/*.h' 'include/linux/*.h' |
			style_xargs style_checkpatch NONE
		style_files 'include/trace/*.h' |
			style_xargs style_checkpatch OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT
		style_files 'include/compat/*.h' |
			style_xargs style_checkpatch MACRO_ARG_UNUSED,MACRO_ARG_REUSE,UNNECESSARY_CASTS,BIT_MACRO,PREFER_ETHTOOL_PUTS
		style_files 'tools/*.[ch]' 'selftests/*.[ch]' | style_xargs style_checkpatch \
			BIT_MACRO,ARRAY_SIZE,PREFER_DEFINED_ATTRIBUTE_MACRO,STRNCPY,VOLATILE,EMBEDDED_FUNCTION_NAME
	} | style_say "checkpatch --strict"
	style_files 'drivers/*.c' 'drivers/*.h' 'include/*.h' |
		style_xargs style_tool /mnt/debug/scripts/kernel-doc -none -Wall |
		grep -E 'warning|error' -i | sort -u | style_say "kernel-doc -Wall"
	style_kernel 7.3 W=1 | style_say "7.3: W=1"
	# 7.3's headers use __typeof_unqual__, which Debian's sparse does not know
	style_kernel 6.12 W=1 C=2 | style_say "6.12: W=1 and sparse"
	style_scripts | style_xargs style_tool shellcheck -x -P SCRIPTDIR -e SC2012 -f gcc | style_say shellcheck
	style_files '*.yaml' '*.yml' | style_xargs style_tool yamllint --strict -f parsable |
		style_say yamllint
	style_files '*.py' | style_xargs style_tool python3 -m py_compile | style_say "python compiles"

	style_files '*.c' '*.h' '*.sh' '*.py' '*.rst' | (cd "$TOP" && xargs -r wc -l) |
		awk '$1 > 800 && $2 != "total" { print $2 ": " $1 " lines" }' |
		style_say "no file over 800 lines"
	style_files '*.c' '*.h' | grep -v '^include/compat/' |
		(cd "$TOP" && xargs -r grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION\(') |
		style_say "version checks only in include/compat"
	style_files '*' | grep -vE '^LICENSES/|^Documentation/ABI/|\.md$|^MAINTAINERS$|(^|/)(settings|config|\.shellcheckrc)$' | while read -r f; do
		head -n 3 "$TOP/$f" | grep -q 'SPDX-License-Identifier: ' || echo "$f: no SPDX line"
	done | style_say "SPDX identifiers"
	style_files '*' | grep -vE '^LICENSES/|^tools/testbed/lib/style.sh$' |
		(cd "$TOP" && xargs -r grep -nIE '\b(TODO|FIXME|XXX)\b|(^|[^a-zA-Z0-9_.])/(root|home|work|farm)/') |
		style_say "no unfinished marks, no machine's paths"
	style_selftests | style_say "selftests/Makefile lists every test"
}

# style_checkpatch IGNORED FILE...: style_results has set style_tool
style_checkpatch()
{
	local ignored=$1

	shift
	style_tool perl /mnt/debug/scripts/checkpatch.pl --no-tree --strict --terse \
		--show-types --no-summary --color=never --ignore "$ignored" -f "$@"
}

# style_xargs COMMAND...: like xargs, but the command may be a function; no
# input, no run
style_xargs()
{
	local files

	mapfile -t files
	[ "${#files[@]}" = 0 ] || "$@" "${files[@]}" || :
}

style_selftests()
{
	local f

	style_files 'selftests/*.sh' | while read -r f; do
		f=${f#selftests/}
		case $f in */* | lib.sh) continue ;; esac
		[ -x "$TOP/selftests/$f" ] || echo "selftests/$f: not executable"
		grep -qE "(^|[[:space:]=])$f([[:space:]\\\\]|$)|wildcard" "$TOP/selftests/Makefile" 2>/dev/null ||
			echo "selftests/$f: not in TEST_PROGS"
	done
}
