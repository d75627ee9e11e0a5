# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The debug kernel: Debian's source package, debug.config over tinyconfig.  The
# cache keeps bzImage (its PVH start does not work, reason unknown), the modules
# and what building external modules takes.

# the one that the suites of tests use (lib/suite.sh)
# shellcheck disable=SC2034
DEBUG_KERNEL=debug${VMQ_DEBUG_KERNEL:+-$VMQ_DEBUG_KERNEL}

# debug_source NAME: "PACKAGE VERSION" of the source: debug is the newest of
# backports, debug-6.12 that of stable
debug_source()
{
	suites_memo "source-$1" debug_source_ask "$1"
}

debug_source_ask()
{
	local v pkg

	case $1 in
	debug)
		pkg=$(suites_apt apt-cache search --names-only '^linux-source-[0-9.]+$' |
			awk '{ print $1 }' | sort -V | tail -n 1)
		v=$(suites_newest "$pkg" trixie-backports) ;;
	debug-6.12)
		pkg=linux-source-6.12
		v=$(suites_newest "$pkg" trixie trixie-security) ;;
	*) die "no debug kernel '$1'; there are: debug debug-6.12" ;;
	esac
	[ -n "$v" ] || die "the suites have no kernel source for $1"
	echo "$pkg $v"
}

debug_key()
{
	local src=$1

	echo "${src#* }-$(cat "$TESTBED/debug.config" "$LIB/debugkernel-build.sh" | short_hash)"
}

# debug_dir NAME: the cache entry, built when absent
debug_dir()
{
	local src tree

	src=$(debug_source "$1") || return 1
	tree=$(buildtree_dir) || return 1
	cache_make "$1" "$(debug_key "$src")" debug_make "$tree" "$src"
}

# debug_ready NAME: is it built?
debug_ready()
{
	local src

	src=$(debug_source "$1") && [ -d "$CACHE/$1-$(debug_key "$src")" ]
}

# source_unpack PACKAGE VERSION DIR [TAR OPTIONS]: from the archive's .deb
source_unpack()
{
	local pkg=$1 v=$2 dir=$3 tmp

	shift 3
	tmp=$(mktemp -d "$CACHE/.tmp.source.XXXXXX")
	(cd "$tmp" && suites_apt apt-get download "$pkg=$v")
	mkdir -p "$dir"
	dpkg-deb --fsys-tarfile "$tmp"/*.deb | tar -xO "./usr/src/$pkg.tar.xz" |
		xz -dc -T0 | tar -x -C "$dir" --strip-components=1 "$@"
	rm -rf "$tmp"
}

debug_make()
{
	local dir=$1 tree=$2 src=$3 w=$1/w

	# shellcheck disable=SC2086 # two words
	source_unpack $src "$w/src" --exclude='*/drivers/gpu/*.[ch]' \
		--exclude='*/sound/*.[ch]' --exclude='*/Documentation/*/*' \
		--exclude='*/tools/testing/*' --exclude='*/arch/[a-w]*/*.[chS]' \
		--exclude='*.dts*'
	touch "$w/src/Documentation/Kconfig"
	cp "$TESTBED/debug.config" "$TESTBED/lib/debugkernel-build.sh" "$w/"
	buildtree_run "$tree" "$w" nice -n 10 bash /mnt/debug/debugkernel-build.sh
	mv "$w/out/bzImage" "$w/out/release" "$w/out/config" "$dir/"
	mkdir -p "$dir/build"
	mv "$w/out/headers" "$dir/build/headers"
	kernel_modules "$w/out/root" "$(cat "$dir/release")" "$dir/mods"
	rm -rf "$w"
}
