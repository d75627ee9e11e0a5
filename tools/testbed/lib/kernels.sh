# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The stock kernels by their short names: release, image, modules.  An entry of
# the cache holds vmlinux (an ELF that QEMU boots by its PVH note, so that
# nothing is decompressed under emulation) and the modules the tests use.

KERNELS_STOCK="6.1 6.12 7.3"

# Modules taken along with all they depend on; absent ones are passed over.
KERNEL_MODULES="bridge br_netfilter 8021q veth dummy ifb tun tap macvlan macvtap
	vhost_net bonding team team_mode_activebackup team_mode_roundrobin
	team_mode_loadbalance team_mode_broadcast pktgen openvswitch
	sch_ingress sch_netem sch_fq_codel sch_fq sch_tbf sch_htb sch_prio sch_mqprio
	cls_flower cls_matchall cls_bpf cls_u32 cls_basic act_mirred act_gact
	act_skbedit act_vlan act_bpf act_police act_pedit
	ebtables ebtable_filter ebtable_broute ebtable_nat ebt_vlan ebt_ip ebt_ip6
	ebt_arp ebt_mark ebt_mark_m ebt_limit ebt_log
	nf_tables nfnetlink nft_compat nft_ct nft_log nft_limit nft_reject
	nft_reject_bridge nft_meta_bridge nft_reject_netdev nft_fwd_netdev
	nft_dup_netdev nft_nat nft_masq nft_chain_nat nft_fib nft_fib_inet
	nft_counter nf_conntrack nf_conntrack_bridge
	ip_tables iptable_filter ip6_tables ip6table_filter xt_physdev xt_mark
	xt_conntrack xt_comment xt_tcpudp xt_addrtype xt_length xt_mac xt_nat xt_MASQUERADE
	virtio_net virtio_pci igb igbvf e1000e vmxnet3 i2c-algo-bit
	hsr mrp netdevsim vxlan
	tcp_diag udp_diag inet_diag packet_diag af_packet_diag nlmon"

# kernel_suites NAME: where the name's newest version may lie
kernel_suites()
{
	case $1 in
	6.1) echo bookworm bookworm-security ;;
	6.12) echo trixie trixie-security ;;
	7.3) echo trixie-backports ;;
	*) die "no kernel '$1'; there are: $KERNELS_STOCK debug" ;;
	esac
}

# kernel_release NAME: what uname -r will say.  The metapackage of the suite
# names it, so a newer kernel of the suite is taken as soon as it is there.
kernel_release()
{
	suites_memo "release-$1" kernel_release_ask "$1"
}

kernel_release_ask()
{
	local v

	# shellcheck disable=SC2046 # two words
	v=$(suites_newest linux-headers-amd64 $(kernel_suites "$1"))
	[ -n "$v" ] || die "the suites have no kernel $1"
	suites_field linux-headers-amd64 "$v" Depends |
		sed -nE 's/.*linux-headers-([^ ,]+).*/\1/p'
}

# kernel_packages RELEASE: what holds its image and modules
kernel_packages()
{
	if [ -n "$(suites_apt apt-cache madison "linux-binary-$1")" ]; then
		echo "linux-binary-$1 linux-modules-$1 linux-base-$1"
	else
		echo "linux-image-$1-unsigned"
	fi
}

# kernel_dir NAME: the kernel's cache entry, made when absent
kernel_dir()
{
	local rel key

	rel=$(kernel_release "$1") || return 1
	key=$rel-$(made_by kernel_make kernel_extract_elf kernel_modules | short_hash "$KERNEL_MODULES")
	cache_make "kernel-$1" "$key" kernel_make "$rel"
}

kernel_make()
{
	local dir=$1 rel=$2 tree=$1/full

	mkdir -p "$dir/deb" "$tree"
	# shellcheck disable=SC2046 # one word a package
	(cd "$dir/deb" && suites_apt apt-get download $(kernel_packages "$rel"))
	for deb in "$dir"/deb/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x -C "$tree" --keep-directory-symlink --exclude=./usr/share
	done
	# merged /usr or not, by package
	if [ -d "$tree/usr/lib/modules" ]; then
		mkdir -p "$tree/lib/modules"
		cp -al "$tree/usr/lib/modules/." "$tree/lib/modules/"
	fi
	image=$(find "$tree" -name "vmlinuz*" -type f | head -n 1)
	kernel_extract_elf "$image" "$dir/vmlinux"
	kernel_modules "$tree" "$rel" "$dir/mods"
	echo "$rel" >"$dir/release"
	rm -rf "$tree" "$dir/deb"
}

# kernel_extract_elf BZIMAGE OUT: the ELF inside, as scripts/extract-vmlinux
kernel_extract_elf()
{
	local magic cmd pos

	while read -r magic cmd; do
		# shellcheck disable=SC2013,SC2059 # numbers; escapes of ours
		for pos in $(LC_ALL=C grep -aboF "$(printf "$magic")" "$1" | cut -d: -f1); do
			# shellcheck disable=SC2086 # command and options
			tail -c +$((pos + 1)) "$1" | $cmd >"$2" 2>/dev/null || :
			if [ "$(head -c 4 "$2" | tail -c 3)" = ELF ]; then
				return 0
			fi
		done
	done <<-'END'
	\xfd7zXZ xz -dc
	\x28\xb5\x2f\xfd zstd -dcq
	\x1f\x8b\x08 gzip -dcq
	END
	echo "no ELF in $1" >&2
	return 1
}

# kernel_modules ROOT RELEASE OUT: the modules of the list, decompressed (xz
# under emulation costs more than reading them), with what modprobe needs
kernel_modules()
{
	local root=$1 rel=$2 out=$3/lib/modules/$2 m f

	mkdir -p "$out"
	depmod -b "$root" "$rel"
	for m in $KERNEL_MODULES; do
		modprobe -d "$root" -S "$rel" --show-depends "$m" 2>/dev/null || :
	done | awk '$1 == "insmod" { print $2 }' | sort -u | while read -r f; do
		case $f in
		*.xz) f=${f##*/}; xz -dc "$(find "$root/lib/modules/$rel/kernel" -name "$f" | head -n 1)" >"$out/${f%.xz}" ;;
		*) cp "$f" "$out/" ;;
		esac
	done
	cp "$root/lib/modules/$rel"/modules.builtin* "$root/lib/modules/$rel/modules.order" "$out/"
}
