// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: what a rule can say, and which frames match it. Pure code, see
 * match_kunit.c.
 */
#include <linux/ethtool.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>

#include "vmqsim.h"

#define VMQSIM_MATCH_FLAGS	(FLOW_EXT | FLOW_MAC_EXT | FLOW_RSS)

static u32 vmqsim_match_type(const struct ethtool_rx_flow_spec *fs)
{
	return fs->flow_type & ~VMQSIM_MATCH_FLAGS;
}

/**
 * vmqsim_match_mac() - destination MAC of a rule
 * @fs: the rule
 * @mask: set to its mask, if it has one
 *
 * Context: any.
 * Return: the MAC, or NULL for a rule without that field.
 */
const u8 *vmqsim_match_mac(const struct ethtool_rx_flow_spec *fs,
			   const u8 **mask)
{
	if (vmqsim_match_type(fs) == ETHER_FLOW) {
		*mask = fs->m_u.ether_spec.h_dest;
		return fs->h_u.ether_spec.h_dest;
	}
	if (fs->flow_type & FLOW_MAC_EXT) {
		*mask = fs->m_ext.h_dest;
		return fs->h_ext.h_dest;
	}
	return NULL;
}

/**
 * vmqsim_match_has_mac() - does a rule look at the destination MAC?
 * @fs: the rule
 *
 * Context: any.
 * Return: true if so.
 */
bool vmqsim_match_has_mac(const struct ethtool_rx_flow_spec *fs)
{
	const u8 *mask;

	return vmqsim_match_mac(fs, &mask) && !is_zero_ether_addr(mask);
}

static bool vmqsim_match_eq_mac(const u8 *val, const u8 *rule, const u8 *mask)
{
	unsigned int i;

	for (i = 0; i < ETH_ALEN; i++)
		if ((val[i] ^ rule[i]) & mask[i])
			return false;
	return true;
}

static bool vmqsim_match_eq16(__be16 val, __be16 rule, __be16 mask)
{
	return !((val ^ rule) & mask);
}

static bool vmqsim_match_eq_addr(const __be32 *val, const __be32 *rule,
				 const __be32 *mask, unsigned int words)
{
	while (words--)
		if ((*val++ ^ *rule++) & *mask++)
			return false;
	return true;
}

static bool vmqsim_match_eq_ports(const struct vmqsim_pkt *pkt, u8 proto,
				  __be16 sport, __be16 sport_mask,
				  __be16 dport, __be16 dport_mask)
{
	return pkt->l4proto == proto && pkt->ports &&
	       vmqsim_match_eq16(pkt->sport, sport, sport_mask) &&
	       vmqsim_match_eq16(pkt->dport, dport, dport_mask);
}

static bool vmqsim_match_eq_v4(const struct ethtool_rx_flow_spec *fs,
			       const struct vmqsim_pkt *pkt)
{
	return pkt->ipver == 4 &&
	       vmqsim_match_eq_addr(pkt->saddr, &fs->h_u.tcp_ip4_spec.ip4src,
				    &fs->m_u.tcp_ip4_spec.ip4src, 1) &&
	       vmqsim_match_eq_addr(pkt->daddr, &fs->h_u.tcp_ip4_spec.ip4dst,
				    &fs->m_u.tcp_ip4_spec.ip4dst, 1);
}

static bool vmqsim_match_eq_v6(const struct ethtool_rx_flow_spec *fs,
			       const struct vmqsim_pkt *pkt)
{
	return pkt->ipver == 6 &&
	       vmqsim_match_eq_addr(pkt->saddr, fs->h_u.tcp_ip6_spec.ip6src,
				    fs->m_u.tcp_ip6_spec.ip6src, 4) &&
	       vmqsim_match_eq_addr(pkt->daddr, fs->h_u.tcp_ip6_spec.ip6dst,
				    fs->m_u.tcp_ip6_spec.ip6dst, 4);
}

/**
 * vmqsim_match_frame() - does a frame match a rule?
 * @rule: the rule
 * @pkt: the parsed frame
 *
 * Context: any; RCU read section for a published rule.
 * Return: true if so.
 */
bool vmqsim_match_frame(const struct vmqsim_rule *rule,
			const struct vmqsim_pkt *pkt)
{
	const struct ethtool_rx_flow_spec *fs = &rule->fs;
	const u8 *mask;
	const u8 *mac;

	if (rule->nothing)
		return false;
	if (rule->vlan_mask &&
	    (!pkt->tagged ||
	     (pkt->tci ^ ntohs(fs->h_ext.vlan_tci)) & rule->vlan_mask))
		return false;
	mac = vmqsim_match_mac(fs, &mask);
	if (mac && !vmqsim_match_eq_mac(pkt->dst, mac, mask))
		return false;

	switch (vmqsim_match_type(fs)) {
	case ETHER_FLOW:
		return vmqsim_match_eq_mac(pkt->src, fs->h_u.ether_spec.h_source,
					   fs->m_u.ether_spec.h_source) &&
		       vmqsim_match_eq16(pkt->proto, fs->h_u.ether_spec.h_proto,
					 fs->m_u.ether_spec.h_proto);
	case TCP_V4_FLOW:
	case UDP_V4_FLOW:
		return vmqsim_match_eq_v4(fs, pkt) &&
		       vmqsim_match_eq_ports(pkt,
					     vmqsim_match_type(fs) == TCP_V4_FLOW ?
					     IPPROTO_TCP : IPPROTO_UDP,
					     fs->h_u.tcp_ip4_spec.psrc,
					     fs->m_u.tcp_ip4_spec.psrc,
					     fs->h_u.tcp_ip4_spec.pdst,
					     fs->m_u.tcp_ip4_spec.pdst);
	case TCP_V6_FLOW:
	case UDP_V6_FLOW:
		return vmqsim_match_eq_v6(fs, pkt) &&
		       vmqsim_match_eq_ports(pkt,
					     vmqsim_match_type(fs) == TCP_V6_FLOW ?
					     IPPROTO_TCP : IPPROTO_UDP,
					     fs->h_u.tcp_ip6_spec.psrc,
					     fs->m_u.tcp_ip6_spec.psrc,
					     fs->h_u.tcp_ip6_spec.pdst,
					     fs->m_u.tcp_ip6_spec.pdst);
	}
	return false;
}

/* Can this NIC compare the tag as the rule wants it? */
static int vmqsim_match_check_vlan(struct vmqsim_rule *rule,
				   enum vmqsim_vlan_mask variant)
{
	const struct ethtool_rx_flow_spec *fs = &rule->fs;
	u16 mask = ntohs(fs->m_ext.vlan_tci);

	if (!(fs->flow_type & FLOW_EXT))
		return 0;
	if (fs->m_ext.data[0] || fs->m_ext.data[1])
		return -EOPNOTSUPP;
	if (fs->m_ext.vlan_etype &&
	    (fs->m_ext.vlan_etype != htons(0xffff) ||
	     fs->h_ext.vlan_etype != htons(ETH_P_8021Q)))
		return -EINVAL;
	/* The type of the tag is known, but not compared for itself. */
	if (!mask)
		return fs->m_ext.vlan_etype ? -EOPNOTSUPP : 0;

	switch (variant) {
	case VMQSIM_VLAN_VID:
		if (mask != VLAN_VID_MASK)
			return -EINVAL;
		break;
	case VMQSIM_VLAN_FULL:
		if (mask != 0xffff)
			return -EINVAL;
		break;
	case VMQSIM_VLAN_PCP:
		if (mask != VLAN_PRIO_MASK)
			return -EINVAL;
		break;
	case VMQSIM_VLAN_IGNORE:
		return 0;
	default:
		return -EOPNOTSUPP;
	}
	rule->vlan_mask = mask;
	return 0;
}

/**
 * vmqsim_match_check() - can this NIC match a rule?
 * @rule: the rule; its vlan_mask is set
 * @variant: which masks of the VLAN it takes
 *
 * Context: any.
 * Return: 0; -EOPNOTSUPP: a type or field that it has not; -EINVAL: a mask
 * that it has not.
 */
int vmqsim_match_check(struct vmqsim_rule *rule, enum vmqsim_vlan_mask variant)
{
	const struct ethtool_rx_flow_spec *fs = &rule->fs;

	switch (vmqsim_match_type(fs)) {
	case ETHER_FLOW:
		/* It has a destination MAC of its own. */
		if (fs->flow_type & FLOW_MAC_EXT)
			return -EOPNOTSUPP;
		break;
	case TCP_V4_FLOW:
	case UDP_V4_FLOW:
		if (fs->m_u.tcp_ip4_spec.tos)
			return -EOPNOTSUPP;
		break;
	case TCP_V6_FLOW:
	case UDP_V6_FLOW:
		if (fs->m_u.tcp_ip6_spec.tclass)
			return -EOPNOTSUPP;
		break;
	default:
		return -EOPNOTSUPP;
	}
	return vmqsim_match_check_vlan(rule, variant);
}
