// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: the NIC's parser.
 */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "vmqsim.h"

static void vmqsim_pkt_ports(const struct sk_buff *skb, int off,
			     struct vmqsim_pkt *pkt)
{
	const __be16 *ports;
	__be16 buf[2];

	if (pkt->l4proto != IPPROTO_TCP && pkt->l4proto != IPPROTO_UDP)
		return;
	ports = skb_header_pointer(skb, off, sizeof(buf), buf);
	if (!ports)
		return;
	pkt->sport = ports[0];
	pkt->dport = ports[1];
	pkt->ports = true;
}

static void vmqsim_pkt_ipv4(const struct sk_buff *skb, int off,
			    struct vmqsim_pkt *pkt)
{
	const struct iphdr *iph;
	struct iphdr buf;

	iph = skb_header_pointer(skb, off, sizeof(buf), &buf);
	if (!iph || iph->version != 4 || iph->ihl < 5)
		return;
	pkt->ipver = 4;
	pkt->saddr[0] = iph->saddr;
	pkt->daddr[0] = iph->daddr;
	/* Fragments of one datagram must stay together: no ports. */
	if (iph->frag_off & htons(IP_MF | IP_OFFSET))
		return;
	pkt->l4proto = iph->protocol;
	vmqsim_pkt_ports(skb, off + iph->ihl * 4, pkt);
}

static void vmqsim_pkt_ipv6(const struct sk_buff *skb, int off,
			    struct vmqsim_pkt *pkt)
{
	const struct ipv6hdr *iph;
	struct ipv6hdr buf;

	iph = skb_header_pointer(skb, off, sizeof(buf), &buf);
	if (!iph || iph->version != 6)
		return;
	pkt->ipver = 6;
	memcpy(pkt->saddr, &iph->saddr, sizeof(pkt->saddr));
	memcpy(pkt->daddr, &iph->daddr, sizeof(pkt->daddr));
	/* As most NICs: extension headers are not walked. */
	if (iph->nexthdr == NEXTHDR_FRAGMENT)
		return;
	pkt->l4proto = iph->nexthdr;
	vmqsim_pkt_ports(skb, off + sizeof(*iph), pkt);
}

/**
 * vmqsim_pkt_parse() - parse a frame
 * @skb: the frame, data at the MAC header
 * @pkt: result
 *
 * Context: any.
 * Return: false if the frame has no whole Ethernet header.
 */
bool vmqsim_pkt_parse(const struct sk_buff *skb, struct vmqsim_pkt *pkt)
{
	const struct ethhdr *eth;
	struct ethhdr buf;
	int off = ETH_HLEN;

	eth = skb_header_pointer(skb, 0, sizeof(buf), &buf);
	if (!eth)
		return false;

	memset(pkt, 0, sizeof(*pkt));
	ether_addr_copy(pkt->dst, eth->h_dest);
	ether_addr_copy(pkt->src, eth->h_source);
	pkt->proto = eth->h_proto;

	if (skb_vlan_tag_present(skb)) {
		if (skb->vlan_proto == htons(ETH_P_8021Q)) {
			pkt->tagged = true;
			pkt->tci = skb_vlan_tag_get(skb);
		} else {
			/* The tag is the outer one: nothing more is parsed. */
			pkt->proto = skb->vlan_proto;
		}
	} else if (eth->h_proto == htons(ETH_P_8021Q)) {
		const struct vlan_hdr *vhdr;
		struct vlan_hdr vbuf;

		vhdr = skb_header_pointer(skb, off, sizeof(vbuf), &vbuf);
		if (!vhdr)
			return true;
		pkt->tagged = true;
		pkt->tci = ntohs(vhdr->h_vlan_TCI);
		pkt->proto = vhdr->h_vlan_encapsulated_proto;
		off += VLAN_HLEN;
	}

	if (pkt->proto == htons(ETH_P_IP))
		vmqsim_pkt_ipv4(skb, off, pkt);
	else if (pkt->proto == htons(ETH_P_IPV6))
		vmqsim_pkt_ipv6(skb, off, pkt);
	return true;
}

/**
 * vmqsim_pkt_fits() - may a frame be as long as it is?
 * @dev: the netdev that is to receive it
 * @skb: the frame, data at the MAC header
 *
 * As is_skb_forwardable(), except that there every GSO frame may pass: none of
 * its segments would fit through a cable when they are longer than the MTU.
 *
 * Context: any.
 * Return: true if the frame, or each of its segments, fits into the MTU.
 */
bool vmqsim_pkt_fits(const struct net_device *dev, const struct sk_buff *skb)
{
	unsigned int max = READ_ONCE(dev->mtu) + dev->hard_header_len +
			   VLAN_HLEN;

	if (skb_is_gso(skb))
		return skb_gso_validate_mac_len(skb, max);
	return skb->len <= max;
}
