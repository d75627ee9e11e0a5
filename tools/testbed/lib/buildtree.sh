# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The build tree: a Debian system with the headers of all stock kernels and the
# compilers they ask for, entered with chroot.

BUILDTREE_PACKAGES="make libc6-dev kmod xz-utils zstd linux-compiler-gcc-12-x86
	gcc-14 flex bison bc libelf-dev lz4 python3-minimal libpython3-stdlib
	sparse perl shellcheck yamllint libmnl-dev pkgconf rsync ca-certificates"

# bootstrap_options: what every tree here is made with
BOOTSTRAP_OPTIONS=(--quiet --mode=root --format=directory --skip=check/qemu
	'--aptopt=APT::Install-Recommends "false"'
	'--aptopt=Acquire::Languages "none"'
	'--dpkgopt=path-exclude=/usr/share/doc/*'
	'--dpkgopt=path-exclude=/usr/share/man/*'
	'--dpkgopt=path-exclude=/usr/share/locale/*')

# bootstrap_apt: the machine's own settings of proxy and validity, passed on
bootstrap_apt()
{
	local k v

	for k in Acquire::Check-Valid-Until Acquire::Check-Date \
		 Acquire::http::Proxy Acquire::https::Proxy; do
		v=$(apt-config dump --format '%v%n' "$k" 2>/dev/null)
		[ -z "$v" ] || printf -- '--aptopt=%s "%s"\n' "$k" "$v"
	done
}

# buildtree_dir: the build tree, made when absent
buildtree_dir()
{
	local k rels=()

	for k in $KERNELS_STOCK; do
		rels+=("$(kernel_release "$k")") || return 1
	done
	cache_make buildtree "$(made_by buildtree_make | short_hash "${rels[@]}" "$BUILDTREE_PACKAGES")" \
		buildtree_make "${rels[@]}"
}

buildtree_make()
{
	local dir=$1 r include opts

	shift
	# shellcheck disable=SC2086 # a list of words
	include=$(printf '%s,' $BUILDTREE_PACKAGES)
	for r; do include+=linux-headers-$r,; done
	mapfile -t opts < <(bootstrap_apt)
	# INITRD=No: headers of 6.12 depend on the image, whose postinst would
	# make an initrd
	# shellcheck disable=SC2086 # a list of words
	suites_sources $SUITES |
		INITRD=No mmdebstrap "${BOOTSTRAP_OPTIONS[@]}" "${opts[@]}" --variant=apt \
			--include="${include%,}" trixie "$dir" -
	# the image came along; its modules are not needed
	rm -rf "${dir:?}"/boot/* "$dir"/usr/lib/modules/*/kernel "$dir"/var/cache/apt/*
	mkdir -p "$dir/srv/vmq" "$dir/mnt/debug"
	ln -sf gcc-14 "$dir/usr/bin/gcc"
	ln -sf gcc-14 "$dir/usr/bin/cc"
}

# buildtree_run TREE BIND CMD...: a command in the tree.  /proc is mounted in
# a mount namespace of its own (objtool reads it), and BIND, when not empty, on
# /mnt/debug, so that nothing stays mounted whatever happens.
buildtree_run()
{
	local tree=$1 bind=$2

	shift 2
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation private sh -ec '
		tree=$1 bind=$2; shift 2
		mount -t proc proc "$tree/proc"
		[ -z "$bind" ] || mount --bind "$bind" "$tree/mnt/debug"
		exec chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			LC_ALL=C TERM=dumb "$@"' sh "$tree" "$bind" "$@"
}
