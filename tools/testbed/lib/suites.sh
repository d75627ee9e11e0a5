# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Which packages the suites have today.  The mirror is this machine's own; its
# sources name it, this repository never does.  A private apt directory in the
# cache keeps the lists, so the machine's own apt stays as it is.

# suites_mirrors: "main URI" and "security URI", from deb822 and one-line sources
suites_mirrors()
{
	local f

	if [ -n "${VMQ_TESTBED_MIRROR:-}" ]; then
		echo "main $VMQ_TESTBED_MIRROR"
		echo "security ${VMQ_TESTBED_MIRROR_SECURITY:-$VMQ_TESTBED_MIRROR-security}"
		return
	fi
	{
		for f in /etc/apt/sources.list.d/*.sources; do
			[ -f "$f" ] && { sed '/^#/d' "$f"; echo; }
		done
		for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
			[ -f "$f" ] && sed -nE \
				's/^deb +(\[[^]]*\] *)?([^ ]+) +([^ ]+).*/URIs: \2\nSuites: \3\n/p' "$f"
		done
		:
	} | awk '
		$1 == "URIs:" { uri = $2 }
		$1 == "Suites:" { suites = " " $0 " " }
		/^$/ && uri {
			if (uri ~ /debian/ || uri ~ /mirror/) {
				if (suites ~ /-security/ && !sec) sec = uri
				else if (suites ~ / (bookworm|trixie|forky|sid|stable|testing|unstable)[- ]/ && !main) main = uri
			}
			uri = suites = ""
		}
		END {
			if (main) print "main", main
			if (main && !sec) { sec = main; sub(/\/*$/, "-security", sec) }
			if (sec) print "security", sec
		}'
}

# suites_sources [SUITE...]: sources.list lines for the suites named
suites_sources()
{
	local suite kind

	for suite; do
		kind=main
		case $suite in *-security) kind=security ;; esac
		echo "deb [signed-by=$SUITES_KEYRING] $(suites_mirrors | sed -n "s/^$kind //p") $suite main"
	done
}

SUITES_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
SUITES="bookworm bookworm-security trixie trixie-security trixie-backports"

# suites_apt COMMAND...: apt-cache or apt-get on the private directory
suites_apt()
{
	local cmd=$1

	shift
	"$cmd" -qq -o Dir::State="$CACHE/apt/state" -o Dir::Cache="$CACHE/apt/cache" \
		-o Dir::State::status=/dev/null -o Dir::Etc::sourcelist="$CACHE/apt/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
		-o APT::Architecture=amd64 -o APT::Architectures=amd64 \
		-o Acquire::Languages=none -o APT::Sandbox::User=root \
		-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false "$@"
}

# suites_update: lists not older than a day
suites_update()
{
	[ -z "$(find "$CACHE/apt/updated" -mtime -1 2>/dev/null)" ] || return 0
	(
		flock 9
		[ -z "$(find "$CACHE/apt/updated" -mtime -1 2>/dev/null)" ] || exit 0
		[ -n "$(suites_mirrors)" ] ||
			die "no Debian mirror in this machine's apt sources; set VMQ_TESTBED_MIRROR"
		[ -e "$SUITES_KEYRING" ] ||
			die "no $SUITES_KEYRING; run: apt-get install debian-archive-keyring"
		mkdir -p "$CACHE/apt/state/lists/partial" "$CACHE/apt/cache/archives/partial"
		# shellcheck disable=SC2086 # a list of words
		suites_sources $SUITES >"$CACHE/apt/sources.list"
		if ! suites_apt apt-get update 2>"$CACHE/apt/log"; then
			if [ -e "$CACHE/apt/updated" ]; then
				say "mirror not reached; going on with the versions of $(date -r "$CACHE/apt/updated" +%F)"
			elif ! suites_apt apt-cache show linux-headers-amd64 >/dev/null 2>&1; then
				cat "$CACHE/apt/log" >&2
				die "cannot read the Debian suites"
			fi
		fi
		touch "$CACHE/apt/updated"
	) 9>"$CACHE/.lock.apt"
}

# suites_memo NAME COMMAND...: what the command said since the lists were last
# read; apt takes half a second to say it
suites_memo()
{
	local f=$CACHE/apt/memo/$1 out

	shift
	if [ ! -s "$f" ] || [ "$f" -ot "$CACHE/apt/updated" ]; then
		out=$("$@") || return 1
		mkdir -p "${f%/*}"
		printf '%s\n' "$out" >"$f.$BASHPID"
		mv "$f.$BASHPID" "$f"
	fi
	cat "$f"
}

# suites_newest PACKAGE SUITE...: newest version of the package in those suites
suites_newest()
{
	local pkg=$1 suite re

	shift
	re=$(printf '%s|' "$@")
	# madison: "pkg | version | uri suite/component arch Packages"
	suites_apt apt-cache madison "$pkg" |
		awk -F' *[|] *' -v re="^(${re%|})/" '{ split($3, a, " "); if (a[2] ~ re) print $2 }' |
		sort -V | tail -n 1
}

# suites_field PACKAGE VERSION FIELD
suites_field()
{
	suites_apt apt-cache show "$1=$2" | sed -n "s/^$3: //p" | head -n 1
}
