// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq - reason: the kernel's words, what they mean, what to do
 *
 * As in Documentation/networking/vmq.rst. Words in capitals of what to do stand
 * for names: see reason_todo().
 */
#include "vmq.h"

#include <ctype.h>
#include <string.h>

static const struct reason bypass_reasons[] = {
	{ "fast", "straight to the port, past the bridge", NULL },
	{ "off", "the fast path is switched off",
	  "vmq on DEV, or write 1 to the device's bypass" },
	{ "no-bridge", "the uplink is in no bridge",
	  "ip link set MEMBER master BRIDGE" },
	{ "down", "the vmq device is down", "ip link set DEV up" },
	{ "stp", "a spanning tree runs on the bridge",
	  "where no loop can be: ip link set BRIDGE type bridge stp_state 0" },
	{ "mst", "multiple spanning trees run on the bridge", NULL },
	{ "mrp", "media redundancy (MRP) runs on the bridge", NULL },
	{ "vlan-change", "the bridge's VLANs have changed and are read anew",
	  "wait a moment" },
	{ "vlan-state", "a VLAN of some port does not forward",
	  "see: bridge -d vlan show" },
	{ "vlan-stats", "the bridge counts frames by VLAN",
	  "ip link set BRIDGE type bridge vlan_stats_enabled 0" },
	{ "uplink-state", "the bridge's port to the outside does not forward",
	  "see: bridge link show" },
	{ "port-state", "the address's port does not forward",
	  "see: bridge link show" },
	{ "port-down", "the address's port is down", "ip link set PORT up" },
	{ "multicast", "group addresses are the bridge's business", NULL },
	{ "loopback", "the frame is a copy of one sent from here", NULL },
	{ "vlan", "uplink or port is not in the VLAN, a VLAN device has it, or it is priority only",
	  "see: bridge vlan show" },
	{ "protocol", "neither IPv4 nor IPv6: ARP and others", NULL },
	{ "icmpv6", "ICMPv6: the bridge may answer or suppress it", NULL },
	{ "no-vnic", "the destination is behind no port of the bridge: the host itself, or unknown",
	  NULL },
	{ "revoked", "the bridge moved or lost the address; to be asked again",
	  "wait a moment; when it stays: does the address move about?" },
	{ "source", "the sender is not (yet) known behind the uplink", NULL },
	{ "refresh", "a frame now and then keeps the bridge's entries from ageing", NULL },
	{ "netfilter", "bridge netfilter hooks: nft or ebtables rules, or br_netfilter",
	  "nft list ruleset; rmmod br_netfilter where nothing needs it; "
	  "where it is switched off, write 1 to the device's trust_br_netfilter" },
	{ "uplink-flags", "the uplink is locked or isolated, or tunnels VLANs",
	  "see: bridge -d link show" },
	{ "port-flags", "the port is isolated, tunnels VLANs or is a switch's that forwards",
	  "see: bridge -d link show" },
	{ "promisc", "the bridge device itself is promiscuous",
	  "stop what captures on the bridge (tcpdump -p does not make it so)" },
	{ "tap", "something captures on the vmq device or on all devices",
	  "stop the capture; one on UPLINK leaves the fast path open" },
	{ "tc", "tc ingress rules on the vmq device",
	  "put them on UPLINK: they act before vmq there" },
	{ "nft-ingress", "nft ingress rules on the vmq device",
	  "put them on UPLINK: they act before vmq there" },
	{ "xdp", "an XDP program on the vmq device",
	  "put it on UPLINK: it acts before vmq there" },
	{ "carrier", "the port is down or has no carrier: its guest is off or not there",
	  NULL },
	{ "pfmemalloc", "the host is short of memory", NULL },
	{ "lro", "the NIC merged frames by LRO", "ethtool -K NIC lro off" },
	{ "skb-ext", "the frame carries IPsec, MPTCP or tc state", NULL },
	{ "fwd-mark", "a switch forwarded the frame already", NULL },
	{ "mtu", "the frame is longer than the port takes",
	  "the same MTU on the uplink and on every port" },
	{ NULL, NULL, NULL },
};

static const struct reason steer_reasons[] = {
	{ "off", "steering is switched off",
	  "vmq on DEV, or write 1 to the device's steer" },
	{ "no-ntuple", "the NIC has no rules for MAC addresses",
	  "some drivers: ethtool -K NIC ntuple on" },
	{ "no-queue", "no receive queue that rules may point at",
	  "more queues: ethtool -L NIC combined N" },
	{ "no-slot", "the NIC's rule table is full",
	  "see whose rules there are: ethtool -n NIC" },
	{ "refused", "the driver refused the rule",
	  "the driver's errno is in: vmq show nic; some drivers: ethtool -K NIC ntuple on" },
	{ "busy", "the driver is busy; it is tried again", NULL },
	{ "ignored", "the NIC took the rule, but frames came on other queues",
	  "newer firmware or driver; the rule was taken back" },
	{ "driver", "this driver is known to accept and ignore MAC rules",
	  NULL },
	{ "down", "the NIC is down", "ip link set NIC up" },
	{ "gone", "the NIC is going away", NULL },
	{ "lost", "somebody removed the rule; it is put back", NULL },
	{ "no-rxq", "the driver does not say on which queue frames arrive",
	  NULL },
	{ NULL, NULL, NULL },
};

static const struct reason *find(const struct reason *r, const char *name)
{
	for (; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

const struct reason *reason_bypass(const char *name)
{
	return find(bypass_reasons, name);
}

const struct reason *reason_steer(const char *name)
{
	return find(steer_reasons, name);
}

/* the name that a word stands for; NULL: the word is meant as it is */
static const char *name_of(const char *word, size_t len,
			   const struct device *d, const char *port)
{
	const struct {
		const char *word;
		const char *name;
	} names[] = {
		{ "DEV", d->link.name },
		{ "UPLINK", d->uplink },
		{ "NIC", d->nic },
		{ "BRIDGE", d->bridge },
		{ "MEMBER", source_is_stacked(d) ? d->link.name : d->uplink },
		{ "PORT", port },
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].word) == len &&
		    !strncmp(word, names[i].word, len) &&
		    strcmp(names[i].name, "-"))
			return names[i].name;
	return NULL;
}

const char *reason_todo(const struct reason *r, const struct device *d,
			const char *port)
{
	static char text[512];
	const char *s = r->todo;
	size_t used = 0;

	if (!s)
		return "-";
	while (*s && used < sizeof(text) - IFNAMSIZ) {
		size_t len = 0;
		const char *name;

		while (isupper((unsigned char)s[len]))
			len++;
		name = len ? name_of(s, len, d, port) : NULL;
		if (name)
			used += sprintf(text + used, "%s", name);
		for (len = len ?: 1; len; len--, s++)
			if (!name && used < sizeof(text) - IFNAMSIZ)
				text[used++] = *s;
	}
	text[used] = 0;
	return text;
}
