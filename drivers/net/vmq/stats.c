// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: counters of a device and the names of the pass reasons
 */
#include "vmq.h"

/* User-visible: Documentation/networking/vmq.rst explains each. */
const char *const vmq_pass_names[VMQ_PASS_MAX] = {
	[VMQ_FAST]		= "fast",
	[VMQ_PASS_OFF]		= "off",
	[VMQ_PASS_NO_BRIDGE]	= "no-bridge",
	[VMQ_PASS_DOWN]		= "down",
	[VMQ_PASS_STP]		= "stp",
	[VMQ_PASS_MST]		= "mst",
	[VMQ_PASS_MRP]		= "mrp",
	[VMQ_PASS_VLAN_CHANGE]	= "vlan-change",
	[VMQ_PASS_VLAN_STATE]	= "vlan-state",
	[VMQ_PASS_VLAN_STATS]	= "vlan-stats",
	[VMQ_PASS_UPLINK_STATE]	= "uplink-state",
	[VMQ_PASS_PORT_STATE]	= "port-state",
	[VMQ_PASS_PORT_DOWN]	= "port-down",
	[VMQ_PASS_MULTICAST]	= "multicast",
	[VMQ_PASS_LOOPBACK]	= "loopback",
	[VMQ_PASS_VLAN]		= "vlan",
	[VMQ_PASS_PROTOCOL]	= "protocol",
	[VMQ_PASS_ICMPV6]	= "icmpv6",
	[VMQ_PASS_NO_VNIC]	= "no-vnic",
	[VMQ_PASS_REVOKED]	= "revoked",
	[VMQ_PASS_SOURCE]	= "source",
	[VMQ_PASS_REFRESH]	= "refresh",
	[VMQ_PASS_NETFILTER]	= "netfilter",
	[VMQ_PASS_UPLINK_FLAGS]	= "uplink-flags",
	[VMQ_PASS_PORT_FLAGS]	= "port-flags",
	[VMQ_PASS_PROMISC]	= "promisc",
	[VMQ_PASS_TAP]		= "tap",
	[VMQ_PASS_TC]		= "tc",
	[VMQ_PASS_NFT_INGRESS]	= "nft-ingress",
	[VMQ_PASS_XDP]		= "xdp",
	[VMQ_PASS_CARRIER]	= "carrier",
	[VMQ_PASS_PFMEMALLOC]	= "pfmemalloc",
	[VMQ_PASS_LRO]		= "lro",
	[VMQ_PASS_SKB_EXT]	= "skb-ext",
	[VMQ_PASS_FWD_MARK]	= "fwd-mark",
	[VMQ_PASS_MTU]		= "mtu",
};

/**
 * vmq_stats_sum - add up a device's per-CPU counters
 * @vd: device
 * @sum: result; only its counters are used
 *
 * Context: Any.
 */
void vmq_stats_sum(const struct vmq_device *vd, struct vmq_stats *sum)
{
	struct vmq_stats one;
	unsigned int start;
	int cpu, i;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct vmq_stats *stats = per_cpu_ptr(vd->stats, cpu);

		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			memcpy(&one, stats, sizeof(one));
		} while (u64_stats_fetch_retry(&stats->syncp, start));

		u64_stats_add(&sum->rx_bytes, u64_stats_read(&one.rx_bytes));
		u64_stats_add(&sum->tx_packets, u64_stats_read(&one.tx_packets));
		u64_stats_add(&sum->tx_bytes, u64_stats_read(&one.tx_bytes));
		u64_stats_add(&sum->tx_dropped, u64_stats_read(&one.tx_dropped));
		u64_stats_add(&sum->fast_drops, u64_stats_read(&one.fast_drops));
		u64_stats_add(&sum->soft_drops, u64_stats_read(&one.soft_drops));
		u64_stats_add(&sum->direct, u64_stats_read(&one.direct));
		for (i = 0; i < VMQ_PASS_MAX; i++)
			u64_stats_add(&sum->pass[i],
				      u64_stats_read(&one.pass[i]));
	}
}

/**
 * vmq_stats_rx_packets - frames seen by the hook
 * @sum: what vmq_stats_sum() made
 *
 * Return: frames on the fast and on the full path.
 */
u64 vmq_stats_rx_packets(const struct vmq_stats *sum)
{
	u64 packets = 0;
	int i;

	for (i = 0; i < VMQ_PASS_MAX; i++)
		packets += u64_stats_read(&sum->pass[i]);
	return packets;
}

/**
 * vmq_stats_get64 - counters of vmqN as "ip -s link" shows them
 * @vd: device
 * @s: result
 *
 * Context: Any.
 */
void vmq_stats_get64(const struct vmq_device *vd, struct rtnl_link_stats64 *s)
{
	struct vmq_stats sum;

	vmq_stats_sum(vd, &sum);
	s->rx_packets = vmq_stats_rx_packets(&sum);
	s->rx_bytes = u64_stats_read(&sum.rx_bytes);
	s->tx_packets = u64_stats_read(&sum.tx_packets);
	s->tx_bytes = u64_stats_read(&sum.tx_bytes);
	s->tx_dropped = u64_stats_read(&sum.tx_dropped);
	s->rx_dropped = u64_stats_read(&sum.fast_drops) +
			u64_stats_read(&sum.soft_drops);
}
