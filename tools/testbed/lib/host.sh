# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A guest that is a whole Debian host: systemd as PID 1, and the programs that
# set up the network of hosts.  Unlike the guest of the selftests (lib/guest.sh) its
# packages are installed, as on a machine.

HOST_PACKAGES="systemd-sysv udev dbus network-manager ifupdown2 bridge-utils iputils-ping
	qemu-system-x86 cpio"

host_dir()
{
	local versions

	# shellcheck disable=SC2086 # a list of words
	versions=$(suites_memo "host-$(echo $HOST_PACKAGES | short_hash)" host_versions)
	cache_make host "$(made_by host_make host_units | short_hash "$versions")" host_make
}

host_versions()
{
	# shellcheck disable=SC2086 # lists of words
	suites_apt apt-cache -t trixie policy $GUEST_PACKAGES $HOST_PACKAGES |
		grep -E '^[a-z]|Candidate'
}

host_make()
{
	local dir=$1 tree=$1/tree include opts

	# shellcheck disable=SC2086 # lists of words
	include=$(printf '%s,' $GUEST_PACKAGES $HOST_PACKAGES)
	mapfile -t opts < <(bootstrap_apt)
	suites_sources trixie trixie-security |
		mmdebstrap "${BOOTSTRAP_OPTIONS[@]}" "${opts[@]}" --variant=minbase \
			--include="${include%,}" trixie "$tree" -
	host_units "$tree"
	mkdir -p "$tree/vmq" "$tree/etc/iproute2/rt_tables.d"
	printf 'options dummy numdummies=0\noptions bonding max_bonds=0\n' \
		>"$tree/etc/modprobe.d/vmq.conf"
	# what no scenario reads
	rm -rf "$tree"/var/lib/{apt,dpkg} "$tree"/var/cache/{apt,debconf} \
		"$tree"/usr/share/{doc,man,info,locale,zoneinfo} "${tree:?}"/boot/* \
		"$tree"/usr/lib/udev/hwdb.bin
	(cd "$tree" && find . -xdev | LC_ALL=C sort | cpio --quiet -o -H newc) >"$dir/base.cpio"
	du -sm "$tree"
	rm -rf "$tree"
}

# host_units TREE: what runs at boot: nothing that sets up a network (a scenario
# starts its own), nothing by the clock, and guest/init as the last
host_units()
{
	local tree=$1 unit

	for unit in NetworkManager NetworkManager-wait-online NetworkManager-dispatcher \
		    networking systemd-networkd systemd-networkd-wait-online irqbalance; do
		systemctl --root="$tree" disable "$unit.service" || :
	done
	for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
		    e2scrub_all.timer fstrim.timer systemd-hwdb-update.service \
		    nftables.service; do
		ln -sf /dev/null "$tree/etc/systemd/system/$unit"
	done
	cat >"$tree/etc/systemd/system/testbed.service" <<-'END'
		[Unit]
		Description=what the test bed runs
		After=multi-user.target

		[Service]
		ExecStart=/init
		KillMode=process
	END
	mkdir -p "$tree/etc/systemd/system/multi-user.target.wants"
	ln -sf ../testbed.service "$tree/etc/systemd/system/multi-user.target.wants/"
	ln -sf /usr/lib/systemd/system/multi-user.target "$tree/etc/systemd/system/default.target"
	: >"$tree/etc/fstab"
	rm -f "$tree/etc/network/interfaces"
	echo vmq >"$tree/etc/hostname"
}
