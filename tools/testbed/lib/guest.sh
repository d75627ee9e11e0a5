# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The guest's user space: one uncompressed cpio for all kernels.  Unpacked
# packages only, no maintainer scripts; busybox fills the gaps.

GUEST_PACKAGES="base-files dash bash coreutils sed grep mawk findutils diffutils
	kmod util-linux iproute2 ethtool iperf3 tcpdump iputils-ping iputils-arping
	procps psmisc jq nftables ebtables iptables bpftool irqbalance netsniff-ng
	netcat-openbsd strace libcap2-bin busybox-static python3-minimal
	libpython3-stdlib libmnl0 gawk ncurses-base"

guest_dir()
{
	local versions

	# shellcheck disable=SC2086 # a list of words
	versions=$(suites_memo "guest-$(echo $GUEST_PACKAGES | short_hash)" guest_versions)
	cache_make guest "$(made_by guest_make | short_hash "$versions")" guest_make
}

guest_versions()
{
	# shellcheck disable=SC2086 # a list of words
	suites_apt apt-cache -t trixie policy $GUEST_PACKAGES | grep -E '^[a-z]|Candidate'
	suites_newest ethtool bookworm bookworm-security
}

guest_make()
{
	local dir=$1 tree=$1/tree include opts a d

	# shellcheck disable=SC2086 # a list of words
	include=$(printf '%s,' $GUEST_PACKAGES)
	mapfile -t opts < <(bootstrap_apt)
	suites_sources trixie trixie-security |
		mmdebstrap "${BOOTSTRAP_OPTIONS[@]}" "${opts[@]}" --variant=extract \
			--include="${include%,}" trixie "$tree" -

	# what maintainer scripts would have done
	ln -sf bash "$tree/usr/bin/sh"
	ln -sf mawk "$tree/usr/bin/awk"
	for d in bin sbin lib lib64; do
		[ -e "$tree/$d" ] || ln -s "usr/$d" "$tree/$d"
	done
	for a in ebtables iptables ip6tables; do
		[ -e "$tree/usr/sbin/$a" ] || ln -s xtables-nft-multi "$tree/usr/sbin/$a"
	done
	[ -e "$tree/usr/bin/nc" ] || ln -s nc.openbsd "$tree/usr/bin/nc"
	mkdir -p "$tree"/{proc,sys,dev,tmp,run,root,vmq,etc,var/run,var/tmp,mnt}
	printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/bin/false\ntcpdump:x:101:101::/:/bin/false\n' >"$tree/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\ntcpdump:x:101:\n' >"$tree/etc/group"
	printf '127.0.0.1 localhost vmq\n::1 localhost\n' >"$tree/etc/hosts"
	echo vmq >"$tree/etc/hostname"
	mkdir -p "$tree/etc/modprobe.d"
	# no device comes into being by loading a driver
	printf 'options dummy numdummies=0\noptions bonding max_bonds=0\noptions ifb numifbs=0\n' \
		>"$tree/etc/modprobe.d/vmq.conf"
	for a in $("$tree/usr/bin/busybox" --list); do
		[ -e "$tree/usr/bin/$a" ] || [ -e "$tree/usr/sbin/$a" ] || [ "$a" = busybox ] ||
			ln -s busybox "$tree/usr/bin/$a"
	done

	# 6.1 wants fields of ethtool -X zero that newer ethtools set
	# (net/ethtool/ioctl.c, rsvd8): Debian 12's kernel gets Debian 12's, for
	# that only, because its -N says success whatever the kernel said
	mkdir -p "$tree/opt/debian12"
	(cd "$dir" && suites_apt apt-get download \
		"ethtool=$(suites_newest ethtool bookworm bookworm-security)")
	dpkg-deb --fsys-tarfile "$dir"/ethtool_*.deb |
		tar -x -O --wildcards '*/sbin/ethtool' >"$tree/opt/debian12/ethtool-6.1"
	rm "$dir"/ethtool_*.deb
	cat >"$tree/opt/debian12/ethtool" <<-'END'
		#!/bin/sh
		case $1 in -X) exec /opt/debian12/ethtool-6.1 "$@" ;; esac
		exec /usr/sbin/ethtool "$@"
	END
	chmod 755 "$tree"/opt/debian12/*

	# what no test reads
	rm -rf "$tree"/var/lib/{apt,dpkg} "$tree"/var/cache \
		"$tree"/usr/share/{doc,man,info,locale,lintian,bash-completion,perl5,common-licenses,zsh,GeoIP,netsniff-ng,gcc,gdb,zoneinfo} \
		"$tree"/usr/lib/x86_64-linux-gnu/{perl*,gconv,guile} "$tree"/usr/share/guile \
		"$tree"/usr/lib/python3*/{test,idlelib,lib2to3,ensurepip,pydoc_data,turtledemo,tkinter,unittest/test} \
		"$tree"/etc/{systemd,init.d,cron*,apt} "$tree"/usr/lib/systemd "$tree"/usr/lib/udev
	chroot "$tree" python3 -m compileall -q /usr/lib/python3 /usr/lib/python3.* >/dev/null 2>&1 || :
	(cd "$tree" && find . -xdev | LC_ALL=C sort | cpio --quiet -o -H newc) >"$dir/base.cpio"
	du -sm "$tree"
	rm -rf "$tree"
}
