# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Words for the user, host packages.

say()
{
	printf '# testbed: %s\n' "$*" >&2
}

die()
{
	printf 'testbed: %s\n' "$*" >&2
	exit 1
}

# host_need COMMAND:PACKAGE...: install what is missing, or say how
host_need()
{
	local pair missing=()

	for pair in "$@"; do
		PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%:*}" >/dev/null ||
			missing+=("${pair#*:}")
	done
	[ "${#missing[@]}" -gt 0 ] || return 0
	if [ "$(id -u)" != 0 ]; then
		die "missing on this machine; run: apt-get install ${missing[*]}"
	fi
	say "installing on this machine: ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	if ! apt-get install -y -qq --no-install-recommends "${missing[@]}" \
		>/dev/null 2>&1 </dev/null; then
		apt-get update -qq </dev/null >/dev/null 2>&1 || :
		apt-get install -y -qq --no-install-recommends "${missing[@]}" \
			>/dev/null </dev/null || die "cannot install: ${missing[*]}"
	fi
}

# the guests' images are made with chroot and mount
need_root()
{
	[ "$(id -u)" = 0 ] || die "making the guests needs root; try: sudo make $*"
}

# hash of the arguments and of standard input, short enough for a file name
short_hash()
{
	{ printf '%s\n' "$@"; cat; } | sha256sum | cut -c1-12
}
