# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The kernel's own tests of the bridge, on plain ports and with vmq.  They come
# from Debian's source package of the very kernel that runs them.  What they need
# beyond the guest is laid over it for this target only.

# not in the guest: dc computes checksums
KSELFTEST_PACKAGES="dc libteam-utils"

# not among KERNEL_MODULES
KSELFTEST_MODULES="vrf ip_gre ip6_gre ipip ip6_tunnel sch_ets sch_red act_tunnel_key
	act_sample act_ct act_mpls em_meta"

# kselftest_bridge [TEST...]: in $KERNEL, by default all of kselftest/tests
kselftest_bridge()
{
	local name=${KERNEL:-6.12} layers

	layers=$(kselftest_layers "$name") || die "what the kernel's tests need cannot be made"
	# Most of the tests' time is sleep: a guest whose clock counts
	# instructions skips it, and no load of this machine is in the results.
	LABEL=kselftest-$name GUEST_LAYERS=$layers ICOUNT=1 MEM=${MEM:-1536} TIME=${TIME:-14400} \
		run_results "$name" 1 "HOOKS='${HOOKS:-}' /vmq/tools/testbed/guest/kselftest ${*:-${TESTS:-}}" |
		report
}

# kselftest_layers NAME: directories to lay over the guest
kselftest_layers()
{
	local name=$1 rel v versions

	rel=$(kernel_release "$name") || return 1
	# shellcheck disable=SC2046 # several suites
	v=$(suites_memo "kselftest-source-$name" suites_newest linux-headers-amd64 $(kernel_suites "$name")) ||
		return 1
	versions=$(suites_memo "kselftest-$(short_hash "$KSELFTEST_PACKAGES" </dev/null)" kselftest_versions) ||
		return 1

	cache_make "kselftest-source-$name" "$v-$(made_by kselftest_source_make source_unpack | short_hash)" \
		kselftest_source_make "linux-source-$name" "$v" &&
		cache_make "kselftest-modules-$name" \
			"$rel-$(made_by kselftest_modules_make kernel_make kernel_modules | short_hash "$KSELFTEST_MODULES")" \
			kselftest_modules_make "$rel" &&
		cache_make kselftest-tools "$(made_by kselftest_tools_make | short_hash "$versions")" \
			kselftest_tools_make
}

# kselftest_source_make DIR PACKAGE VERSION: /opt/kselftest/net
kselftest_source_make()
{
	local dir=$1 net=$1/w/tools/testing/selftests/net f

	source_unpack "$2" "$3" "$dir/w" --wildcards '*/tools/testing/selftests/net/*'
	mkdir -p "$dir/opt/kselftest/net/lib"
	for f in forwarding lib.sh lib/sh; do
		[ ! -e "$net/$f" ] || mv "$net/$f" "$dir/opt/kselftest/net/$f"
	done
	rm -rf "$dir/w"
}

# kselftest_modules_make DIR RELEASE: as the guest's own, from a longer list
kselftest_modules_make()
{
	local dir=$1
	# kernel_modules reads it
	# shellcheck disable=SC2034
	local KERNEL_MODULES=$KSELFTEST_MODULES

	kernel_make "$dir" "$2"
	mv "$dir/mods/lib" "$dir/lib"
	rm -rf "$dir/mods" "$dir/vmlinux" "$dir/release" "$dir"/lib/modules/*/modules.*
}

# kselftest_closure PACKAGE...: they and what they depend on, with versions
kselftest_closure()
{
	suites_apt apt-get -t trixie -o APT::Install-Recommends=false -s install "$@" |
		sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p'
}

# kselftest_versions: what the packages need and the guest has not
kselftest_versions()
{
	local guest

	# shellcheck disable=SC2086 # a list of words
	guest=$(kselftest_closure $GUEST_PACKAGES)
	# shellcheck disable=SC2086 # a list of words
	kselftest_closure $KSELFTEST_PACKAGES | grep -vxF "$guest"
}

kselftest_tools_make()
{
	local dir=$1 deb

	mkdir "$dir/deb"
	# shellcheck disable=SC2046 # one word a package
	(cd "$dir/deb" && suites_apt apt-get download $(kselftest_versions))
	for deb in "$dir"/deb/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir" --wildcards './usr/bin/*' \
			'./usr/sbin/*' './usr/lib/*.so*' 2>/dev/null || :
	done
	rm -rf "$dir/deb"
	[ -x "$dir/usr/bin/dc" ]
}
