# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The cache: $CACHE/<noun>-<key>, key = what it was made of: package versions and
# the functions that make it (made_by), not the files they stand in.  An entry is made
# in a temporary directory and renamed, so that one that exists is whole; a lock
# a noun lets two runs at once share the work.

CACHE=${VMQ_TESTBED_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vmq-testbed}

# cache_make NOUN KEY FUNCTION [ARGS]: prints the entry's path; FUNCTION DIR
# ARGS fills it when it does not exist, and older keys of the noun go
cache_make()
{
	local noun=$1 key=$2 fn=$3 dir=$CACHE/$1-$2 tmp rc=0

	shift 3
	if [ ! -d "$dir" ]; then
		mkdir -p "$CACHE"
		(
			flock 9
			[ ! -d "$dir" ] || exit 0
			tmp=$(mktemp -d "$CACHE/.tmp.$noun.XXXXXX")
			chmod 755 "$tmp"
			trap 'rm -rf --one-file-system "$tmp"' EXIT
			start=$SECONDS
			say "making $noun; what it does: $CACHE/$noun.log"
			# a process of its own: errexit is off in all that is
			# called from a condition, however deep
			"$TESTBED/testbed" make-entry "$fn" "$tmp" "$@" >"$CACHE/$noun.log" 2>&1 9>&- || rc=$?
			if [ $rc != 0 ]; then
				tail -n 25 "$CACHE/$noun.log" >&2
				say "could not make $noun; the whole log: $CACHE/$noun.log"
				exit 1
			fi
			mv -T "$tmp" "$dir"
			say "made $noun ($key) in $((SECONDS - start)) s"
			cache_prune "$noun" "$dir"
		) 9>"$CACHE/.lock.$noun" || return 1
	fi
	touch "$dir/.used" 2>/dev/null || :
	printf '%s\n' "$dir"
}

# made_by FUNCTION...: their text, to hash
made_by()
{
	declare -f "$@"
}

# cache_prune NOUN KEEP: entries of the noun that no run of the last day used
cache_prune()
{
	local d

	for d in "$CACHE/$1"-*; do
		if [ -d "$d" ] && [ "$d" != "$2" ] &&
		   [ -z "$(find "$d/.used" -mtime -1 2>/dev/null)" ]; then
			say "dropping stale ${d##*/}"
			rm -rf --one-file-system "$d"
		fi
	done
	find "$CACHE" -maxdepth 1 -name ".tmp.$1.*" -mtime +0 -exec rm -rf --one-file-system {} +
}

cache_clean()
{
	[ -d "$CACHE" ] || return 0
	say "removing $CACHE"
	rm -rf --one-file-system "$CACHE"
}
