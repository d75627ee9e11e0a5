// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: KUnit suite for the matching of rules
 */
#include <kunit/test.h>

/* Pure code: the suite has its own copy and needs no symbols of vmqsim.ko. */
#include "match.c"

#define MAC1	{ 0x02, 0x00, 0x00, 0x00, 0x01, 0x01 }
#define MAC2	{ 0x02, 0x00, 0x00, 0x00, 0x01, 0x02 }
#define EXACT	{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }

static const u8 vmqsim_match_test_mac1[ETH_ALEN] = MAC1;
static const u8 vmqsim_match_test_mac2[ETH_ALEN] = MAC2;

/* IPv4/UDP from port 1000 to port 2000, VLAN 10, priority 5. */
static const struct vmqsim_pkt vmqsim_match_test_pkt = {
	.dst		= MAC1,
	.src		= MAC2,
	.proto		= htons(ETH_P_IP),
	.tagged		= true,
	.tci		= 5 << VLAN_PRIO_SHIFT | 10,
	.ipver		= 4,
	.l4proto	= IPPROTO_UDP,
	.ports		= true,
	.sport		= htons(1000),
	.dport		= htons(2000),
	.saddr		= { htonl(0x0a000001) },
	.daddr		= { htonl(0x0a000002) },
};

static struct vmqsim_rule vmqsim_match_test_ether(void)
{
	return (struct vmqsim_rule) {
		.fs = {
			.flow_type = ETHER_FLOW,
			.h_u.ether_spec.h_dest = MAC1,
			.m_u.ether_spec.h_dest = EXACT,
		},
	};
}

static struct vmqsim_rule vmqsim_match_test_udp4(void)
{
	return (struct vmqsim_rule) {
		.fs = {
			.flow_type = UDP_V4_FLOW,
			.h_u.udp_ip4_spec.pdst = htons(2000),
			.m_u.udp_ip4_spec.pdst = htons(0xffff),
		},
	};
}

static void vmqsim_match_test_macs(struct kunit *test)
{
	struct vmqsim_rule rule = vmqsim_match_test_ether();
	struct vmqsim_pkt pkt = vmqsim_match_test_pkt;

	KUNIT_EXPECT_TRUE(test, vmqsim_match_frame(&rule, &pkt));
	ether_addr_copy(pkt.dst, vmqsim_match_test_mac2);
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule, &pkt));
	/* only the bits of the mask count */
	rule.fs.m_u.ether_spec.h_dest[5] = 0xf0;
	KUNIT_EXPECT_TRUE(test, vmqsim_match_frame(&rule, &pkt));
	pkt.dst[5] = 0x11;
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule, &pkt));

	/* source and protocol, beside and without the destination */
	pkt = vmqsim_match_test_pkt;
	eth_zero_addr(rule.fs.m_u.ether_spec.h_dest);
	ether_addr_copy(rule.fs.h_u.ether_spec.h_source,
			vmqsim_match_test_mac2);
	eth_broadcast_addr(rule.fs.m_u.ether_spec.h_source);
	KUNIT_EXPECT_TRUE(test, vmqsim_match_frame(&rule, &pkt));
	rule.fs.h_u.ether_spec.h_proto = htons(ETH_P_ARP);
	rule.fs.m_u.ether_spec.h_proto = htons(0xffff);
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule, &pkt));
	pkt.proto = htons(ETH_P_ARP);
	KUNIT_EXPECT_TRUE(test, vmqsim_match_frame(&rule, &pkt));
	pkt.src[0] ^= 0x40;
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule, &pkt));
}

static void vmqsim_match_test_has_mac(struct kunit *test)
{
	struct vmqsim_rule rule = vmqsim_match_test_ether();

	KUNIT_EXPECT_TRUE(test, vmqsim_match_has_mac(&rule.fs));
	eth_zero_addr(rule.fs.m_u.ether_spec.h_dest);
	KUNIT_EXPECT_FALSE(test, vmqsim_match_has_mac(&rule.fs));

	rule = vmqsim_match_test_udp4();
	KUNIT_EXPECT_FALSE(test, vmqsim_match_has_mac(&rule.fs));
	rule.fs.flow_type |= FLOW_MAC_EXT;
	KUNIT_EXPECT_FALSE(test, vmqsim_match_has_mac(&rule.fs));
	rule.fs.m_ext.h_dest[0] = 1;
	KUNIT_EXPECT_TRUE(test, vmqsim_match_has_mac(&rule.fs));
}

static void vmqsim_match_test_vlan(struct kunit *test)
{
	struct vmqsim_rule rule = vmqsim_match_test_ether();
	struct vmqsim_pkt pkt = vmqsim_match_test_pkt;

	rule.fs.flow_type |= FLOW_EXT;
	rule.fs.h_ext.vlan_tci = htons(10);
	rule.fs.m_ext.vlan_tci = htons(VLAN_VID_MASK);
	KUNIT_EXPECT_EQ(test, 0, vmqsim_match_check(&rule, VMQSIM_VLAN_VID));
	KUNIT_EXPECT_TRUE(test, vmqsim_match_frame(&rule, &pkt));
	pkt.tci++;
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule, &pkt));
	/* VLAN 0 in the rule is no untagged frame */
	pkt.tci = 0;
	pkt.tagged = false;
	rule.fs.h_ext.vlan_tci = 0;
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule, &pkt));
}

static void vmqsim_match_test_vlan_masks(struct kunit *test)
{
	static const struct {
		enum vmqsim_vlan_mask variant;
		u16 mask;
		int err;
		u16 compared;
	} cases[] = {
		{ VMQSIM_VLAN_VID, 0x0fff, 0, 0x0fff },
		{ VMQSIM_VLAN_VID, 0xffff, -EINVAL, 0 },
		{ VMQSIM_VLAN_VID, 0xe000, -EINVAL, 0 },
		{ VMQSIM_VLAN_FULL, 0xffff, 0, 0xffff },
		{ VMQSIM_VLAN_FULL, 0x0fff, -EINVAL, 0 },
		{ VMQSIM_VLAN_PCP, 0xe000, 0, 0xe000 },
		{ VMQSIM_VLAN_PCP, 0xffff, -EINVAL, 0 },
		{ VMQSIM_VLAN_IGNORE, 0x0123, 0, 0 },
		{ VMQSIM_VLAN_NONE, 0x0fff, -EOPNOTSUPP, 0 },
		{ VMQSIM_VLAN_NONE, 0, 0, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vmqsim_rule rule = vmqsim_match_test_ether();

		rule.fs.flow_type |= FLOW_EXT;
		rule.fs.m_ext.vlan_tci = htons(cases[i].mask);
		KUNIT_EXPECT_EQ_MSG(test, cases[i].err,
				    vmqsim_match_check(&rule, cases[i].variant),
				    "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, cases[i].compared, rule.vlan_mask,
				    "case %u", i);
	}
}

static void vmqsim_match_test_v4(struct kunit *test)
{
	struct vmqsim_rule rule = vmqsim_match_test_udp4();
	struct vmqsim_pkt pkt = vmqsim_match_test_pkt;

	KUNIT_EXPECT_EQ(test, 0, vmqsim_match_check(&rule, VMQSIM_VLAN_VID));
	KUNIT_EXPECT_TRUE(test, vmqsim_match_frame(&rule, &pkt));
	rule.fs.flow_type = TCP_V4_FLOW;
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule, &pkt));
	rule.fs.flow_type = UDP_V4_FLOW;
	/* a fragment */
	pkt.ports = false;
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule, &pkt));
	pkt.ports = true;
	pkt.dport = htons(2001);
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule, &pkt));
	pkt.dport = htons(2000);

	rule.fs.h_u.udp_ip4_spec.ip4src = htonl(0x0a000000);
	rule.fs.m_u.udp_ip4_spec.ip4src = htonl(0xffffff00);
	KUNIT_EXPECT_TRUE(test, vmqsim_match_frame(&rule, &pkt));
	rule.fs.h_u.udp_ip4_spec.ip4dst = htonl(0x0a000003);
	rule.fs.m_u.udp_ip4_spec.ip4dst = htonl(0xffffffff);
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule, &pkt));

	rule = vmqsim_match_test_udp4();
	rule.fs.flow_type |= FLOW_MAC_EXT;
	ether_addr_copy(rule.fs.h_ext.h_dest, vmqsim_match_test_mac1);
	eth_broadcast_addr(rule.fs.m_ext.h_dest);
	KUNIT_EXPECT_EQ(test, 0, vmqsim_match_check(&rule, VMQSIM_VLAN_VID));
	KUNIT_EXPECT_TRUE(test, vmqsim_match_frame(&rule, &pkt));
	pkt.dst[5]++;
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule, &pkt));
}

static void vmqsim_match_test_v6(struct kunit *test)
{
	struct vmqsim_pkt pkt = vmqsim_match_test_pkt;
	struct vmqsim_rule rule = {
		.fs = {
			.flow_type = UDP_V6_FLOW,
			.h_u.udp_ip6_spec.ip6dst[3] = htonl(1),
			.m_u.udp_ip6_spec.ip6dst[3] = htonl(0xffffffff),
		},
	};

	KUNIT_EXPECT_EQ(test, 0, vmqsim_match_check(&rule, VMQSIM_VLAN_VID));
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule, &pkt));
	pkt.ipver = 6;
	pkt.daddr[3] = htonl(1);
	KUNIT_EXPECT_TRUE(test, vmqsim_match_frame(&rule, &pkt));
	/* the last word is not the whole address */
	rule.fs.m_u.udp_ip6_spec.ip6dst[0] = htonl(0xffffffff);
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule, &pkt));
}

static void vmqsim_match_test_nothing(struct kunit *test)
{
	struct vmqsim_rule rule = vmqsim_match_test_ether();

	rule.nothing = true;
	KUNIT_EXPECT_FALSE(test, vmqsim_match_frame(&rule,
						    &vmqsim_match_test_pkt));
}

static void vmqsim_match_test_refusals(struct kunit *test)
{
	static const u32 types[] = {
		IPV4_FLOW, IPV6_FLOW, SCTP_V4_FLOW, SCTP_V6_FLOW, IP_USER_FLOW,
		0, ETHER_FLOW | 1 << 28,
	};
	struct vmqsim_rule rule = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		rule.fs.flow_type = types[i];
		KUNIT_EXPECT_EQ_MSG(test, -EOPNOTSUPP,
				    vmqsim_match_check(&rule, VMQSIM_VLAN_VID),
				    "flow type %u", types[i]);
	}
	rule = vmqsim_match_test_udp4();
	rule.fs.m_u.udp_ip4_spec.tos = 4;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			vmqsim_match_check(&rule, VMQSIM_VLAN_VID));
	rule.fs.flow_type = TCP_V6_FLOW;
	rule.fs.m_u.tcp_ip6_spec.tclass = 4;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			vmqsim_match_check(&rule, VMQSIM_VLAN_VID));

	rule = vmqsim_match_test_ether();
	rule.fs.flow_type |= FLOW_EXT;
	rule.fs.m_ext.data[1] = htonl(1);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			vmqsim_match_check(&rule, VMQSIM_VLAN_IGNORE));
	rule.fs.m_ext.data[1] = 0;
	rule.fs.h_ext.vlan_etype = htons(ETH_P_8021AD);
	rule.fs.m_ext.vlan_etype = htons(0xffff);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			vmqsim_match_check(&rule, VMQSIM_VLAN_VID));
	/* a tag of any VLAN */
	rule.fs.h_ext.vlan_etype = htons(ETH_P_8021Q);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			vmqsim_match_check(&rule, VMQSIM_VLAN_VID));
	rule.fs.m_ext.vlan_tci = htons(VLAN_VID_MASK);
	KUNIT_EXPECT_EQ(test, 0, vmqsim_match_check(&rule, VMQSIM_VLAN_VID));

	/* two destination MACs */
	rule = vmqsim_match_test_ether();
	rule.fs.flow_type |= FLOW_MAC_EXT;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			vmqsim_match_check(&rule, VMQSIM_VLAN_VID));
}

static struct kunit_case vmqsim_match_cases[] = {
	KUNIT_CASE(vmqsim_match_test_macs),
	KUNIT_CASE(vmqsim_match_test_has_mac),
	KUNIT_CASE(vmqsim_match_test_vlan),
	KUNIT_CASE(vmqsim_match_test_vlan_masks),
	KUNIT_CASE(vmqsim_match_test_v4),
	KUNIT_CASE(vmqsim_match_test_v6),
	KUNIT_CASE(vmqsim_match_test_nothing),
	KUNIT_CASE(vmqsim_match_test_refusals),
	{ }
};

static struct kunit_suite vmqsim_match_suite = {
	.name = "vmqsim_match",
	.test_cases = vmqsim_match_cases,
};

kunit_test_suite(vmqsim_match_suite);
