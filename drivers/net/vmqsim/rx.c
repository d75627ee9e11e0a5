// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: receive. Ring, NAPI poll, and the way from the wire to the ring.
 */
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/netdev_lock.h>

#include "vmqsim.h"

/**
 * vmqsim_rx_raise() - raise the interrupt unless it is, or poll runs anyway
 * @q: the queue
 *
 * Context: BHs disabled.
 */
void vmqsim_rx_raise(struct vmqsim_queue *q)
{
	if (atomic_read(&q->armed) && atomic_xchg(&q->armed, 0))
		vmqsim_irq_raise(&q->irq);
}

/* Something for poll to do? Called by poll and after it only. */
static bool vmqsim_rx_work(struct vmqsim_queue *q)
{
	return !__ptr_ring_empty(&q->ring) ||
	       READ_ONCE(q->nic->gen.running) == q;
}

/* Poll is over: let the next frame raise the interrupt, and raise it for
 * those that came in the meantime.
 */
static void vmqsim_rx_arm(struct vmqsim_queue *q)
{
	atomic_set(&q->armed, 1);
	/* Pairs with the barrier in vmqsim_rx_enqueue(): either the producer
	 * sees the queue armed or we see its frame.
	 */
	smp_mb();
	if (vmqsim_rx_work(q))
		vmqsim_rx_raise(q);
}

static bool vmqsim_rx_enqueue(struct vmqsim_queue *q, struct sk_buff *skb)
{
	if (ptr_ring_produce_bh(&q->ring, skb)) {
		atomic64_inc(&q->drops);
		return false;
	}
	/* Pairs with the barrier in vmqsim_rx_arm(). */
	smp_mb();
	vmqsim_rx_raise(q);
	return true;
}

/* What NIC hardware does to the tag: with stripping it goes into the
 * descriptor, without it stays in the frame.
 */
static struct sk_buff *vmqsim_rx_vlan(struct net_device *dev,
				      struct sk_buff *skb)
{
	bool strip = dev->features & NETIF_F_HW_VLAN_CTAG_RX;

	if (!skb_vlan_tag_present(skb)) {
		if (strip && skb->protocol == htons(ETH_P_8021Q))
			skb = skb_vlan_untag(skb);
		return skb;
	}
	if (strip && skb->vlan_proto == htons(ETH_P_8021Q))
		return skb;

	skb_push(skb, ETH_HLEN);
	skb = __vlan_hwaccel_push_inside(skb);
	if (!skb)
		return NULL;
	skb_reset_mac_header(skb);
	skb_pull(skb, ETH_HLEN);
	return skb;
}

/**
 * vmqsim_rx_deliver() - give a frame to the stack
 * @q: the queue it arrived on
 * @skb: the frame, data at the MAC header; consumed
 *
 * Context: NAPI poll of @q.
 * Return: length of the frame in bytes, 0 if it was lost.
 */
unsigned int vmqsim_rx_deliver(struct vmqsim_queue *q, struct sk_buff *skb)
{
	struct net_device *dev = q->nic->dev;
	unsigned int len = skb->len;

	skb->protocol = eth_type_trans(skb, dev);
	skb_postpull_rcsum(skb, eth_hdr(skb), ETH_HLEN);
	skb = vmqsim_rx_vlan(dev, skb);
	if (!skb) {
		atomic64_inc(&q->nic->drops.error);
		return 0;
	}
	if (!vmqsim_quirk_on(q->nic, VMQSIM_Q_NO_RXQ_RECORD))
		skb_record_rx_queue(skb, q->index);
	napi_gro_receive(&q->napi, skb);
	return len;
}

/* Has the interrupt moved away from the CPU that polls? A poll in a kthread
 * goes where the scheduler puts it, which says nothing about the interrupt.
 */
static bool vmqsim_rx_moved(struct vmqsim_queue *q)
{
	if (vmqsim_quirk_on(q->nic, VMQSIM_Q_STICKY_NAPI))
		return false;
	if (test_bit(NAPI_STATE_THREADED, &q->napi.state))
		return false;
	return READ_ONCE(q->irq.cpu) != smp_processor_id();
}

static int vmqsim_rx_poll(struct napi_struct *napi, int budget)
{
	struct vmqsim_queue *q = container_of(napi, struct vmqsim_queue, napi);
	bool moved = false;
	struct sk_buff *skb;
	u64 bytes = 0;
	int done = 0;

	while (done < budget) {
		/* Only poll consumes, so the consumer lock is not needed. */
		skb = __ptr_ring_consume(&q->ring);
		if (!skb)
			break;
		bytes += vmqsim_rx_deliver(q, skb);
		done++;
	}
	if (READ_ONCE(q->nic->gen.running) == q)
		done += vmqsim_gen_poll(q, budget - done, &bytes);

	if (done && done == budget)
		moved = vmqsim_rx_moved(q);

	u64_stats_update_begin(&q->stats.syncp);
	u64_stats_add(&q->stats.frames, done);
	u64_stats_add(&q->stats.bytes, bytes);
	u64_stats_inc(&q->stats.polls);
	if (moved)
		u64_stats_inc(&q->stats.moved);
	u64_stats_update_end(&q->stats.syncp);

	if (done == budget && !moved)
		return budget;

	/* Off its CPU: stop here, the interrupt restarts poll where it
	 * belongs. The return value must differ from the budget then.
	 */
	if (moved)
		done = budget - 1;
	if (napi_complete_done(napi, done))
		vmqsim_rx_arm(q);
	return done;
}

/**
 * vmqsim_rx_ingest() - a frame arrives from the wire
 * @nic: the NIC
 * @skb: the frame, data at the MAC header; consumed
 *
 * Filters, classifies and puts the frame on the ring of its queue.
 *
 * Context: RCU read section, BHs disabled.
 * Return: true if the frame is on a ring.
 */
bool vmqsim_rx_ingest(struct vmqsim_nic *nic, struct sk_buff *skb)
{
	struct net_device *dev = nic->dev;
	enum pkt_hash_types type;
	struct vmqsim_pkt pkt;
	int queue;
	u32 hash;

	/* Pairs with smp_store_release() in vmqsim_rx_up(). */
	if (!smp_load_acquire(&nic->up) || READ_ONCE(nic->cut)) {
		atomic64_inc(&nic->drops.down);
		goto drop;
	}
	if (skb_orphan_frags(skb, GFP_ATOMIC) ||
	    !vmqsim_pkt_parse(skb, &pkt)) {
		atomic64_inc(&nic->drops.error);
		goto drop;
	}
	if (!vmqsim_pkt_fits(dev, skb)) {
		atomic64_inc(&nic->drops.oversize);
		goto drop;
	}
	if (!vmqsim_filter_pass(nic, &pkt))
		goto drop;

	hash = vmqsim_rss_hash(nic, &pkt, &type);
	queue = vmqsim_flow_classify(nic, &pkt, hash);
	if (queue == VMQSIM_FLOW_DROP) {
		atomic64_inc(&nic->drops.rule);
		goto drop;
	}

	/* Nothing of the sender's state crosses a wire. */
	skb_scrub_packet(skb, true);
	skb_orphan(skb);
	skb->priority = 0;
	skb_set_queue_mapping(skb, 0);
	skb_reset_redirect(skb);
	skb_clear_hash(skb);
	if (dev->features & NETIF_F_RXHASH)
		skb_set_hash(skb, hash, type);
	if (!(dev->features & NETIF_F_RXCSUM)) {
		if (skb->ip_summed == CHECKSUM_PARTIAL && !skb_is_gso(skb) &&
		    skb_checksum_help(skb)) {
			atomic64_inc(&nic->drops.error);
			goto drop;
		}
		if (skb->ip_summed != CHECKSUM_PARTIAL)
			skb->ip_summed = CHECKSUM_NONE;
	}

	if (vmqsim_rx_enqueue(&nic->queues[queue], skb))
		return true;
drop:
	kfree_skb(skb);
	return false;
}

static void vmqsim_rx_free_skb(void *ptr)
{
	kfree_skb(ptr);
}

/**
 * vmqsim_rx_napi_irq() - tell the core the interrupts of the NAPIs, or not
 * @nic: the NIC; up
 *
 * Context: process, vmqsim_netdev_lock() held.
 */
void vmqsim_rx_napi_irq(struct vmqsim_nic *nic)
{
	bool hide = vmqsim_quirk_on(nic, VMQSIM_Q_NO_NAPI_IRQ);
	unsigned int i;

	lockdep_assert_held(&nic->lock);
	for (i = 0; i < nic->vectors; i++) {
		struct vmqsim_queue *q = &nic->queues[i];

		netif_napi_set_irq_locked(&q->napi, hide ? -1 : q->irq.virq);
	}
}

/**
 * vmqsim_rx_up() - start the receive side
 * @nic: the NIC; down
 *
 * Makes rings, requests the interrupts and enables NAPI of the queues in use.
 *
 * Context: process, vmqsim_netdev_lock() held.
 * Return: 0 or a negative errno, then everything is as before.
 */
int vmqsim_rx_up(struct vmqsim_nic *nic)
{
	unsigned int num = nic->vectors;
	struct net_device *dev = nic->dev;
	unsigned int rings;
	unsigned int i;
	int err;

	lockdep_assert_held(&nic->lock);
	if (WARN_ON_ONCE(nic->up))
		return -EBUSY;

	for (rings = 0; rings < num; rings++) {
		err = ptr_ring_init(&nic->queues[rings].ring, nic->ring_size,
				    GFP_KERNEL);
		if (err)
			goto err_rings;
	}
	for (i = 0; i < num; i++) {
		err = vmqsim_irq_request(&nic->queues[i]);
		if (err) {
			netdev_err(dev, "cannot request interrupt of queue %u: %d\n",
				   i, err);
			goto err_irqs;
		}
	}

	for (i = 0; i < num; i++) {
		struct vmqsim_queue *q = &nic->queues[i];

		netif_napi_add_config_locked(dev, &q->napi, vmqsim_rx_poll, i);
	}
	vmqsim_rx_napi_irq(nic);
	for (i = 0; i < num; i++) {
		struct vmqsim_queue *q = &nic->queues[i];

		napi_enable_locked(&q->napi);
		netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_RX, &q->napi);
		if (i < dev->real_num_tx_queues)
			netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_TX,
					     &q->napi);
		atomic_set(&q->armed, 1);
	}

	/* Pairs with smp_load_acquire() in vmqsim_rx_ingest(). */
	smp_store_release(&nic->up, true);
	return 0;

err_irqs:
	for (i = 0; i < num; i++)
		vmqsim_irq_free(&nic->queues[i]);
err_rings:
	while (rings)
		ptr_ring_cleanup(&nic->queues[--rings].ring, NULL);
	return err;
}

/**
 * vmqsim_rx_down() - stop the receive side
 * @nic: the NIC; may be down
 *
 * Frames on the rings are freed. When this returns no poll runs, no interrupt
 * is on its way and none is requested.
 *
 * Context: process, vmqsim_netdev_lock() held.
 */
void vmqsim_rx_down(struct vmqsim_nic *nic)
{
	unsigned int num = nic->vectors;
	struct net_device *dev = nic->dev;
	unsigned int i;

	lockdep_assert_held(&nic->lock);
	if (!nic->up)
		return;

	WRITE_ONCE(nic->up, false);
	vmqsim_gen_stop(nic);
	/* No producer is left on a ring after this. */
	synchronize_net();

	for (i = 0; i < num; i++) {
		struct vmqsim_queue *q = &nic->queues[i];

		napi_disable_locked(&q->napi);
		netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_RX, NULL);
		if (i < dev->num_tx_queues)
			netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_TX,
					     NULL);
		netif_napi_set_irq_locked(&q->napi, -1);
	}
	for (i = 0; i < num; i++) {
		vmqsim_irq_free(&nic->queues[i]);
		vmqsim_irq_kill(&nic->queues[i]);
		__netif_napi_del_locked(&nic->queues[i].napi);
	}

	/* A poll that has completed may still be looking at its ring, and the
	 * core wants a grace period after the deletion of a NAPI.
	 */
	synchronize_net();
	for (i = 0; i < num; i++) {
		vmqsim_irq_settle(&nic->queues[i]);
		ptr_ring_cleanup(&nic->queues[i].ring, vmqsim_rx_free_skb);
	}
}
