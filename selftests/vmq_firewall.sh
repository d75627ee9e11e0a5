#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 3 (lib.sh), once as a plain bridge for comparison, then with
# vmq; host 0 sends to VM 1. On the bridge stands, one after the other, what hosts
# have there: iptables by br_netfilter, Docker's rules, an nft table of the bridge
# family, ebtables as libvirt's nwfilter writes it, and Proxmox's chain of a bridge
# with a firewall between the VM and the bridge of the NIC.
# Proves: every frame fares as on the plain bridge, dropped ones too; the fast path is
# off, with the reason in "vmq explain"; the NIC goes on steering the VM's frames to its
# queue, and that stays on its CPU; and the fast path is back when the firewall is
# gone.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/vmq_exact.inc"

TESTS="test_iptables test_docker test_nft test_nwfilter test_proxmox"

setup()
{
	no_br_netfilter
	topo_up 3
}

between()
{
	no_br_netfilter
	warm_all 3
}

no_br_netfilter() { rmmod br_netfilter 2>/dev/null; return 0; }
restore() { xtables-nft-multi iptables-restore; }

br_netfilter()
{
	need iptables || return
	modprobe -q br_netfilter 2>/dev/null
	if [ ! -d /proc/sys/net/bridge ] ||
	   ! iptables -m physdev -h > /dev/null 2>&1; then
		skip "no br_netfilter"
		return 1
	fi
	echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
}

# walled WHAT [OPTION...]: frames take the bridge, and their queue and CPU still
walled()
{
	local what=$1 onq was

	shift
	if [ "$HOOK" = plain ]; then
		send "$what" "$@"
		return
	fi
	steers 1
	wait_for vm_pinned 1
	was=$(vnic_field "$(vm_mac 1)" queue)
	onq=$(vnic_field "$(vm_mac 1)" onq)
	mark
	send "$what" "$@"
	slow netfilter
	same "frames on the rule's queue with $what" \
		$(($(vnic_field "$(vm_mac 1)" onq) - onq)) 60
	same "queue with $what" "$(vnic_field "$(vm_mac 1)" queue)" "$was"
	ok pinned "$was"
	vmq explain "$(vm_mac 1)" > "$TMP/explain"
	ok grep -q "full path: netfilter" "$TMP/explain"
	ok grep -q "To change it" "$TMP/explain"
	ok grep -q "queue $was" "$TMP/explain"
}

# filtered WHAT OPTION...: frames arrive, those that OPTION makes do not
filtered()
{
	walled "$1"
	same "frames with $1" "$ARRIVED" "60 0 0"
	walled "$1, $2" "${@:2}"
	same "frames that $1 drops" "$ARRIVED" "0 0 0"
}

test_iptables()
{
	br_netfilter || return
	restore <<-EOF
	*filter
	:FORWARD ACCEPT
	-A FORWARD -m physdev --physdev-is-bridged -p udp -m length --length 300: -j DROP
	COMMIT
	EOF
	filtered iptables -l 400
	ok iptables -F FORWARD
	walled "no rules" -l 400
	same "frames without rules" "$ARRIVED" "60 0 0"
	ok nft flush ruleset
	no_br_netfilter
	quick
}

# As dockerd 26 leaves them, with one network
test_docker()
{
	br_netfilter || return
	restore <<-EOF
	*nat
	:PREROUTING ACCEPT
	:INPUT ACCEPT
	:OUTPUT ACCEPT
	:POSTROUTING ACCEPT
	:DOCKER -
	-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
	-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
	-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
	-A DOCKER -i docker0 -j RETURN
	COMMIT
	*filter
	:INPUT ACCEPT
	:FORWARD DROP
	:OUTPUT ACCEPT
	:DOCKER -
	:DOCKER-ISOLATION-STAGE-1 -
	:DOCKER-ISOLATION-STAGE-2 -
	:DOCKER-USER -
	-A FORWARD -j DOCKER-USER
	-A FORWARD -j DOCKER-ISOLATION-STAGE-1
	-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	-A FORWARD -o docker0 -j DOCKER
	-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
	-A FORWARD -i docker0 -o docker0 -j ACCEPT
	-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
	-A DOCKER-ISOLATION-STAGE-1 -j RETURN
	-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
	-A DOCKER-ISOLATION-STAGE-2 -j RETURN
	-A DOCKER-USER -j RETURN
	COMMIT
	EOF
	# known to everybody who has VMs on a bridge beside Docker
	walled docker
	same "frames with Docker" "$ARRIVED" "0 0 0"
	ok iptables -I DOCKER-USER -i $BR -o $BR -j ACCEPT
	walled "docker, accepted"
	same "frames that are accepted" "$ARRIVED" "60 0 0"
	ok nft flush ruleset
	no_br_netfilter
	quick
}

test_nft()
{
	has_nft bridge "forward priority 0" drop || return
	nft -f - <<-EOF
	table bridge filter {
		chain forward {
			type filter hook forward priority filter; policy accept;
			ether daddr $(vm_mac 1) meta protocol ip6 drop
			ip protocol udp counter accept
		}
	}
	EOF
	filtered nft -t ip6
	ok nft delete table bridge filter
	quick
}

# No frames but from and to the VM's own address
test_nwfilter()
{
	need ebtables || return
	ebtables -t nat -N libvirt-I-vnet1 2>/dev/null || {
		skip "no ebtables"
		return
	}
	ok ebtables -t nat -P libvirt-I-vnet1 ACCEPT
	ok ebtables -t nat -N libvirt-O-vnet1 -P ACCEPT
	ok ebtables -t nat -A PREROUTING -i vnet1 -j libvirt-I-vnet1
	ok ebtables -t nat -A POSTROUTING -o vnet1 -j libvirt-O-vnet1
	ok ebtables -t nat -A libvirt-I-vnet1 ! -s "$(vm_mac 1)" -j DROP
	ok ebtables -t nat -A libvirt-O-vnet1 -p IPv6 -j DROP
	filtered nwfilter -t ip6
	trial vm1 eth0 "wire:$WIRE" -s "$(vm_mac 1)" -d "$(ext_mac 0)" -n 20
	as_plain "from the VM" "$(rx wire frames)"
	same "from the VM" "$(rx wire frames)" 20
	trial vm1 eth0 "wire:$WIRE" -s "$(vm_mac 2)" -d "$(ext_mac 0)" -n 20
	as_plain "spoofed" "$(rx wire frames)"
	same "spoofed" "$(rx wire frames)" 0
	ok nft flush ruleset
	quick
}

# tap100i0 - fwbr100i0 - fwln100i0 = fwpr100p0 - vmbr0
test_proxmox()
{
	ok ip link set vnet1 nomaster
	ok ip link add t_fwbr type bridge mcast_snooping 0
	ok ip link add t_fwln type veth peer name t_fwpr
	for i in t_fwbr t_fwln t_fwpr; do
		ok no_ip6 $i
	done
	ok ip link set t_fwln master t_fwbr up
	ok ip link set vnet1 master t_fwbr
	ok ip link set t_fwbr up
	ok ip link set t_fwpr master $BR up
	wait_for grep -q up /sys/class/net/t_fwbr/operstate

	# without rules the fast path goes as far as the VM's own bridge
	quick
	[ "$HOOK" = plain ] || same "port" "$(vnic_field "$(vm_mac 1)" port)" t_fwpr

	br_netfilter || return
	restore <<-EOF
	*filter
	:FORWARD ACCEPT
	:PVEFW-FORWARD -
	:PVEFW-FWBR-IN -
	:PVEFW-FWBR-OUT -
	:tap100i0-IN -
	:tap100i0-OUT -
	-A FORWARD -j PVEFW-FORWARD
	-A PVEFW-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	-A PVEFW-FORWARD -m physdev --physdev-is-bridged --physdev-in t_fwln -j PVEFW-FWBR-IN
	-A PVEFW-FORWARD -m physdev --physdev-is-bridged --physdev-out t_fwln -j PVEFW-FWBR-OUT
	-A PVEFW-FWBR-IN -m physdev --physdev-is-bridged --physdev-out vnet1 -j tap100i0-IN
	-A PVEFW-FWBR-OUT -m physdev --physdev-is-bridged --physdev-in vnet1 -j tap100i0-OUT
	-A tap100i0-IN -p udp -m length --length :300 -j ACCEPT
	-A tap100i0-IN -j DROP
	-A tap100i0-OUT -m mac ! --mac-source $(vm_mac 1) -j DROP
	-A tap100i0-OUT -j ACCEPT
	COMMIT
	EOF
	filtered proxmox -l 400
	trial vm1 eth0 "wire:$WIRE" -s "$(vm_mac 1)" -d "$(ext_mac 0)" -n 20
	as_plain "from the VM" "$(rx wire frames)"
	ok nft flush ruleset
	no_br_netfilter
	quick
	ok ip link del t_fwpr
	ok ip link del t_fwbr
	ok ip link set vnet1 master $BR
}

run_tests
