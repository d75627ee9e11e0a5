// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: a frame generator inside the NIC's own poll function.
 *
 * For measuring what a frame costs above the NIC: the frames are fresh and
 * unshared, no wire, no other CPU and no second NAPI takes part. They are
 * IPv4/UDP from 198.18.0.1 to 198.18.0.2, port 9.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/ip.h>

#include "vmqsim.h"

#define VMQSIM_GEN_MIN_LEN	60
#define VMQSIM_GEN_ADDR		0xc6120000	/* 198.18.0.0, for benchmarks */
#define VMQSIM_GEN_PORT		9		/* discard */

/**
 * vmqsim_gen_init() - defaults of the generator's knobs
 * @nic: the NIC, not yet registered
 */
void vmqsim_gen_init(struct vmqsim_nic *nic)
{
	struct vmqsim_gen *gen = &nic->gen;

	gen->count = 1000;
	gen->burst = NAPI_POLL_WEIGHT;
	gen->len = VMQSIM_GEN_MIN_LEN;
	gen->queue = -1;
	ether_addr_copy(gen->dmac, nic->dev->dev_addr);
	eth_random_addr(gen->smac);
}

/**
 * vmqsim_gen_destroy() - free what the generator has
 * @nic: the NIC; down
 */
void vmqsim_gen_destroy(struct vmqsim_nic *nic)
{
	kfree(nic->gen.tmpl);
}

static rx_handler_result_t vmqsim_gen_rx_handler(struct sk_buff **pskb)
{
	consume_skb(*pskb);
	return RX_HANDLER_CONSUMED;
}

/**
 * vmqsim_gen_set_sink() - where the generator's frames end
 * @nic: the NIC
 * @sink: VMQSIM_GEN_SINK_*
 *
 * What a frame costs above %VMQSIM_GEN_SINK_HANDLER is the cost of whoever would
 * have had the rx_handler: a bridge, say.
 *
 * Context: process, rtnl held.
 * Return: 0; -EINVAL: no such sink; -EBUSY: the rx_handler is taken. After an
 * error the sink is what it was.
 */
int vmqsim_gen_set_sink(struct vmqsim_nic *nic, unsigned int sink)
{
	struct vmqsim_gen *gen = &nic->gen;
	int err;

	ASSERT_RTNL();
	if (sink > VMQSIM_GEN_SINK_HANDLER)
		return -EINVAL;
	if (sink == gen->sink)
		return 0;
	if (sink == VMQSIM_GEN_SINK_HANDLER) {
		err = netdev_rx_handler_register(nic->dev,
						 vmqsim_gen_rx_handler, NULL);
		if (err)
			return err;
	} else if (gen->sink == VMQSIM_GEN_SINK_HANDLER) {
		netdev_rx_handler_unregister(nic->dev);
	}
	WRITE_ONCE(gen->sink, sink);
	return 0;
}

static u8 *vmqsim_gen_template(const struct vmqsim_gen *gen, u32 len)
{
	struct ethhdr *eth;
	struct udphdr *udp;
	struct iphdr *iph;
	u8 *tmpl;

	tmpl = kzalloc(len, GFP_KERNEL);
	if (!tmpl)
		return NULL;
	eth = (struct ethhdr *)tmpl;
	ether_addr_copy(eth->h_dest, gen->dmac);
	ether_addr_copy(eth->h_source, gen->smac);
	eth->h_proto = htons(ETH_P_IP);
	iph = (struct iphdr *)(tmpl + ETH_HLEN);
	iph->version = 4;
	iph->ihl = 5;
	iph->ttl = 64;
	iph->protocol = IPPROTO_UDP;
	iph->tot_len = htons(len - ETH_HLEN);
	iph->saddr = htonl(VMQSIM_GEN_ADDR + 1);
	iph->daddr = htonl(VMQSIM_GEN_ADDR + 2);
	iph->check = ip_fast_csum(iph, iph->ihl);
	udp = (struct udphdr *)(iph + 1);
	udp->source = htons(VMQSIM_GEN_PORT);
	udp->dest = htons(VMQSIM_GEN_PORT);
	udp->len = htons(len - ETH_HLEN - sizeof(*iph));
	return tmpl;
}

/* The queue that rules and RSS give the generator's frames. */
static int vmqsim_gen_classify(struct vmqsim_nic *nic, u32 vlan)
{
	struct vmqsim_gen *gen = &nic->gen;
	struct vmqsim_pkt pkt = {
		.proto		= htons(ETH_P_IP),
		.tci		= vlan,
		.tagged		= vlan,
		.ipver		= 4,
		.l4proto	= IPPROTO_UDP,
		.ports		= true,
		.sport		= htons(VMQSIM_GEN_PORT),
		.dport		= htons(VMQSIM_GEN_PORT),
		.saddr		= { htonl(VMQSIM_GEN_ADDR + 1) },
		.daddr		= { htonl(VMQSIM_GEN_ADDR + 2) },
	};
	enum pkt_hash_types type;
	int queue;

	ether_addr_copy(pkt.dst, gen->dmac);
	ether_addr_copy(pkt.src, gen->smac);
	rcu_read_lock();
	gen->hash = vmqsim_rss_hash(nic, &pkt, &type);
	queue = vmqsim_flow_classify(nic, &pkt, gen->hash);
	rcu_read_unlock();
	return queue;
}

/**
 * vmqsim_gen_start() - start a run
 * @nic: the NIC
 *
 * Returns at once; the run is over when "done" has reached "count".
 *
 * Context: process, vmqsim_nic::lock held.
 * Return: 0; -ENETDOWN; -EBUSY while a run is on; -EINVAL: a knob is out of
 * range; -ENOENT: a drop rule takes the frames; -ENOMEM.
 */
int vmqsim_gen_start(struct vmqsim_nic *nic)
{
	struct vmqsim_gen *gen = &nic->gen;
	u32 count = READ_ONCE(gen->count);
	u32 burst = READ_ONCE(gen->burst);
	int queue = READ_ONCE(gen->queue);
	u32 vlan = READ_ONCE(gen->vlan);
	u32 len = READ_ONCE(gen->len);
	struct vmqsim_queue *q;
	int chosen;

	lockdep_assert_held(&nic->lock);
	if (!nic->up)
		return -ENETDOWN;
	/* Pairs with smp_store_release() in vmqsim_gen_poll(): the last run
	 * has done with its template.
	 */
	if (smp_load_acquire(&gen->running))
		return -EBUSY;
	if (!count || !burst || len < VMQSIM_GEN_MIN_LEN ||
	    len > nic->dev->mtu + ETH_HLEN || vlan >= VLAN_N_VID)
		return -EINVAL;
	/* In any case: it also sets the hash. */
	chosen = vmqsim_gen_classify(nic, vlan);
	if (queue < 0)
		queue = chosen;
	if (queue == VMQSIM_FLOW_DROP)
		return -ENOENT;
	if (queue >= nic->vectors)
		return -EINVAL;

	kfree(gen->tmpl);
	gen->tmpl = vmqsim_gen_template(gen, len);
	if (!gen->tmpl)
		return -ENOMEM;
	gen->tmpl_len = len;
	gen->tmpl_vlan = vlan;
	gen->quota = burst;
	gen->left = count;
	WRITE_ONCE(gen->done, 0);
	WRITE_ONCE(gen->begin_ns, 0);
	WRITE_ONCE(gen->end_ns, 0);

	q = &nic->queues[queue];
	/* The run must be whole before poll can see it. */
	smp_store_release(&gen->running, q);
	/* Pairs with the barrier in vmqsim_rx_arm(). */
	smp_mb();
	local_bh_disable();
	vmqsim_rx_raise(q);
	local_bh_enable();
	return 0;
}

/**
 * vmqsim_gen_stop() - end the run, if any
 * @nic: the NIC; going down
 *
 * A poll may still make the rest of its burst; it is over when NAPI is
 * disabled.
 *
 * Context: process, vmqsim_nic::lock held.
 */
void vmqsim_gen_stop(struct vmqsim_nic *nic)
{
	lockdep_assert_held(&nic->lock);
	WRITE_ONCE(nic->gen.running, NULL);
}

static struct sk_buff *vmqsim_gen_frame(struct vmqsim_queue *q)
{
	struct net_device *dev = q->nic->dev;
	struct vmqsim_gen *gen = &q->nic->gen;
	struct sk_buff *skb;

	skb = napi_alloc_skb(&q->napi, gen->tmpl_len);
	if (!skb)
		return NULL;
	skb_put_data(skb, gen->tmpl, gen->tmpl_len);
	if (gen->tmpl_vlan)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q),
				       gen->tmpl_vlan);
	if (dev->features & NETIF_F_RXHASH)
		skb_set_hash(skb, gen->hash, PKT_HASH_TYPE_L4);
	if (dev->features & NETIF_F_RXCSUM)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	return skb;
}

/**
 * vmqsim_gen_poll() - the generator's share of a poll
 * @q: the queue that runs
 * @budget: frames allowed
 * @bytes: the frames' bytes are added here
 *
 * Context: NAPI poll of @q.
 * Return: frames made.
 */
int vmqsim_gen_poll(struct vmqsim_queue *q, int budget, u64 *bytes)
{
	struct vmqsim_gen *gen = &q->nic->gen;
	bool sink = READ_ONCE(gen->sink) == VMQSIM_GEN_SINK_NIC;
	struct sk_buff *skb;
	u32 num;
	u32 i;

	num = min3(gen->left, gen->quota, (u32)budget);
	if (!gen->begin_ns)
		WRITE_ONCE(gen->begin_ns, ktime_get_ns());
	for (i = 0; i < num; i++) {
		skb = vmqsim_gen_frame(q);
		/* Out of memory: the rest of the burst is for the next poll. */
		if (!skb)
			break;
		*bytes += gen->tmpl_len;
		if (sink)
			napi_consume_skb(skb, budget);
		else
			vmqsim_rx_deliver(q, skb);
	}
	gen->left -= i;
	WRITE_ONCE(gen->done, gen->done + i);
	if (!gen->left) {
		WRITE_ONCE(gen->end_ns, ktime_get_ns());
		/* Pairs with smp_load_acquire() in vmqsim_gen_start(). */
		smp_store_release(&gen->running, NULL);
	}
	return i;
}
