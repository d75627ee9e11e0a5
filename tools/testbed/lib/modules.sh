# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# This tree's own part of a guest: modules for the kernel, programs, selftests,
# packed into the last cpio of the initramfs.

# What goes into the guest, below /vmq.
TEST_TREES="selftests tools include Documentation/netlink"

# work_dir TREE: this clone's place in the build tree, as seen from outside
work_dir()
{
	echo "$1/srv/vmq/$(short_hash "$TOP" </dev/null)"
}

# kernel_any_dir NAME: cache entry of a stock or debug kernel
kernel_any_dir()
{
	case $1 in
	debug*) debug_dir "$1" ;;
	*) kernel_dir "$1" ;;
	esac
}

# work_sync TREE: copy the clone in; times are kept, so make does what changed.
# What git ignores is neither brought along (it was built on another system) nor
# deleted (it was built here, maybe for the guest of another job).
work_sync()
{
	local w

	w=$(work_dir "$1")
	mkdir -p "$w/src"
	rsync -a --delete --exclude=/.git --filter=':- .gitignore' "$TOP/" "$w/src/"
	echo "$w"
}

# modules_build NAME LOG [MAKE ARGS]: builds for that kernel, prints the test
# cpio's path.  The lock is the clone's: builds of two kernels share its sources.
modules_build()
{
	local name=$1 log=$2 tree kdir w src bind='' kbuild rel rc=0

	shift 2
	tree=$(buildtree_dir) && kdir=$(kernel_any_dir "$name") || return 1
	rel=$(cat "$kdir/release")
	kbuild=/lib/modules/$rel/build
	case $name in
	debug*) bind=$kdir/build kbuild=/mnt/debug/headers ;;
	esac
	w=$(work_dir "$tree")
	src=${w#"$tree"}/src
	mkdir -p "$w"
	(
		flock 9
		work_sync "$tree" >/dev/null
		[ -n "$(ls -d "$w"/src/drivers/net/*/Makefile 2>/dev/null)" ] || exit 0
		buildtree_run "$tree" "$bind" make -C "$src" "-j$(nproc)" modules "KDIR=$kbuild" "ONLY=${ONLY:-}" "$@" &&
			programs_build "$tree" "$src"
	) 9>"$w/.lock" >"$log" 2>&1 || rc=$?
	if [ $rc != 0 ]; then
		say "build for $name failed; the log, $log, ends:"
		grep -E 'error|Error|warning' "$log" | head -n 20 >&2 || :
		tail -n 15 "$log" >&2
		return 1
	fi
	# nor may it be synced while it is packed
	(
		flock 9
		test_cpio "$name" "$kdir" "$w" "$rel"
	) 9>"$w/.lock"
}

# programs_build TREE SRC: user space, linked against the guest's libc.  A
# directory with a Makefile and C sources is a program of ours.
programs_build()
{
	local d

	for d in "$1$2"/tools/*/ "$1$2"/selftests/ "$1$2"/selftests/*/; do
		if [ ! -f "$d/Makefile" ] || [ -z "$(find "$d" -maxdepth 1 -name '*.c')" ]; then
			continue
		fi
		d=${d#"$1$2"/}
		buildtree_run "$1" '' make -C "$2/$d" CC=gcc-14 all || return 1
	done
}

# test_cpio NAME KERNELDIR WORK RELEASE
test_cpio()
{
	local name=$1 kdir=$2 w=$3 rel=$4 root=$3/guest-$1-$BASHPID d

	rm -rf "$root"
	mkdir -p "$root/vmq"
	cp -al "$kdir/mods/." "$root/"
	# more for this guest (lib/kselftest.sh)
	for d in ${GUEST_LAYERS:-}; do
		cp -alf "$d/." "$root/"
	done
	# a host that starts a VM of the same kernel
	if [ "${GUEST_BASE:-}" = host ] && [ -e "$kdir/vmlinux" ]; then
		install -D -m 644 "$kdir/vmlinux" "$root/boot/vmlinux"
	fi
	mkdir -p "$root/lib/modules/$rel/updates"
	find "$w/src/build/$rel" -name '*.ko' -exec cp -t "$root/lib/modules/$rel/updates" {} + 2>/dev/null || :
	depmod -b "$root" "$rel"
	for d in $TEST_TREES; do
		if [ -d "$w/src/$d" ]; then
			mkdir -p "$root/vmq/$d"
			cp -a "$w/src/$d/." "$root/vmq/$d/"
		fi
	done
	cp "$w/src/README.md" "$root/vmq/" 2>/dev/null || :
	install -m 755 "$TESTBED/guest/init" "$root/init"
	(cd "$root" && find . | LC_ALL=C sort | cpio --quiet -o -H newc) >"$root.cpio"
	rm -rf "$root"
	echo "$root.cpio"
}
