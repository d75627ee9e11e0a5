// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: steering in software: queues of frames on their way to another CPU
 *
 * What RPS does by flow (net/core/dev.c) is done here by address: a queue a CPU,
 * a NAPI of its own that empties it, an interrupt from CPU to CPU when the NAPI
 * sleeps. A frame waits undecided: it holds no port, and where it goes is
 * decided by what holds when its turn comes.
 *
 * Frames of all devices share the queues. A device that goes waits until what it
 * had queued has been worked off; nothing else has to.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/moduleparam.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <linux/skbuff.h>
#include <linux/smp.h>
#include <net/dst.h>
#include <net/sock.h>
#include <trace/events/vmq.h>

#include "nic.h"
#include "softsteer.h"
#include "team.h"
#include "vmq.h"

#define VMQ_SOFT_BUCKETS	64	/* of addresses, power of 2 */
#define VMQ_SOFT_HOMES		64	/* chosen in one hold of RTNL */
#define VMQ_SOFT_STOP		(HZ / 20)	/* waited for frames on their way */

static unsigned int vmq_softsteer_backlog = 1000;	/* as netdev_max_backlog */
module_param_named(softsteer_backlog, vmq_softsteer_backlog, uint, 0644);
MODULE_PARM_DESC(softsteer_backlog, "Frames that may wait for a CPU to which addresses are steered in software (default: 1000)");

/**
 * struct vmq_soft_queue - frames on their way to one CPU
 * @napi: empties it; who has it scheduled owns @work and @head
 * @csd: wakes @napi on the CPU; owned by who has scheduled @napi
 * @cpu: the CPU; constant
 * @work: frames whose turn has come; @napi
 * @head: frames that are through, counted; written by @napi, read by all
 * @lock: @input, @tail, @count and the counters
 * @input: frames that wait; @lock
 * @tail: frames that have come in, counted; written under @lock, read by all
 * @count: frames in @input by a hash of their address; @lock
 * @drops: frames that found no room; @lock
 * @kicks: times that the CPU had to be woken; @lock
 */
struct vmq_soft_queue {
	struct napi_struct napi;
	call_single_data_t csd;
	unsigned int cpu;
	struct sk_buff_head work;
	u32 head;

	spinlock_t lock ____cacheline_aligned_in_smp; /* what others fill */
	struct sk_buff_head input;
	u32 tail;
	u16 count[VMQ_SOFT_BUCKETS];
	u64 drops;
	u64 kicks;
};

/**
 * struct vmq_soft_cb - in skb->cb while a frame waits
 * @vd: device whose hook saw the frame
 */
struct vmq_soft_cb {
	struct vmq_device *vd;
};

#define VMQ_SOFT_CB(skb)	((struct vmq_soft_cb *)(skb)->cb)

static struct vmq_soft_queue __percpu *vmq_softsteer_queues;
static struct net_device *vmq_softsteer_dev;	/* for the NAPIs, of no netns */

/* Has the queue worked off what had come in when its tail was @tail? */
static bool vmq_softsteer_past(const struct vmq_soft_queue *q, u32 tail)
{
	/* Pairs with smp_store_release() in vmq_softsteer_poll(). */
	return (s32)(smp_load_acquire(&q->head) - tail) >= 0;
}

/* Where numbered addresses differ. */
static unsigned int vmq_softsteer_bucket(const struct sk_buff *skb)
{
	const u8 *mac = eth_hdr(skb)->h_dest;

	return (mac[4] * 31 + mac[5]) % VMQ_SOFT_BUCKETS;
}

/*
 * Is there room? One bucket's flood leaves a quarter of the queue to the others: of
 * what has its turn already, up to a half, the buckets are not known.
 */
static bool vmq_softsteer_has_room(const struct vmq_soft_queue *q,
				   unsigned int bucket)
{
	unsigned int max = max(READ_ONCE(vmq_softsteer_backlog), 4U);
	unsigned int waiting = q->tail - READ_ONCE(q->head);

	return waiting < max &&
	       (waiting < max / 2 || q->count[bucket] < max / 4);
}

/* On the queue's CPU, interrupts off. */
static void vmq_softsteer_wake(void *info)
{
	struct vmq_soft_queue *q = info;

	__napi_schedule_irqoff(&q->napi);
}

/* After napi_schedule_prep() */
static void vmq_softsteer_kick(struct vmq_soft_queue *q)
{
	/* When the CPU has gone offline, what waits for it is worked off here. */
	if (q->cpu == smp_processor_id() ||
	    smp_call_function_single_async(q->cpu, &q->csd))
		__napi_schedule(&q->napi);
}

/**
 * vmq_softsteer_count_drop - a frame was dropped on its way
 * @vd: device whose hook had it
 *
 * Context: softirq (or BH disabled).
 */
void vmq_softsteer_count_drop(struct vmq_device *vd)
{
	struct vmq_stats *stats = this_cpu_ptr(vd->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->soft_drops);
	u64_stats_update_end(&stats->syncp);
}

/* Leave @q for @home, unless frames are there yet. Returns whether it did. */
static bool vmq_softsteer_leave(const struct vmq_soft_queue *q,
				struct vmq_soft *soft, int home)
{
	lockdep_assert_held(&q->lock);

	if (!vmq_softsteer_past(q, soft->tail))
		return false;
	soft->leaving = false;
	WRITE_ONCE(soft->cpu, home);
	return true;
}

/*
 * Queue a frame of @soft on @q, unless the address has moved on or may do so now.
 * Returns whether the frame is no longer the caller's.
 */
static bool vmq_softsteer_queue(struct vmq_soft_queue *q,
				struct vmq_device *vd, struct vmq_soft *soft,
				struct sk_buff *skb)
{
	unsigned int bucket = vmq_softsteer_bucket(skb);
	int home = READ_ONCE(soft->home);
	bool room, kick = false;

	spin_lock(&q->lock);
	if (READ_ONCE(soft->cpu) != q->cpu) {
		spin_unlock(&q->lock);
		return false;
	}
	if (home != q->cpu && vmq_softsteer_leave(q, soft, home)) {
		/* Whoever asks next goes there. */
		spin_unlock(&q->lock);
		return false;
	}

	room = !soft->leaving && vmq_softsteer_has_room(q, bucket);
	if (room)
		skb = skb_share_check(skb, GFP_ATOMIC);
	if (room && skb) {
		/* As in enqueue_to_backlog(): nothing it refers to may go. */
		skb_dst_force(skb);
		VMQ_SOFT_CB(skb)->vd = vd;
		/* Whoever made it non-empty has scheduled the NAPI. */
		kick = skb_queue_empty(&q->input) &&
		       napi_schedule_prep(&q->napi);
		__skb_queue_tail(&q->input, skb);
		q->count[bucket]++;
		WRITE_ONCE(q->tail, q->tail + 1);
		soft->tail = q->tail;
		q->kicks += kick;
	} else {
		/* An address that never gives the queue a rest would never leave. */
		soft->leaving = home != q->cpu;
		soft->drops++;
		q->drops++;
	}
	spin_unlock(&q->lock);

	if (kick)
		vmq_softsteer_kick(q);
	if (!room || !skb) {
		vmq_softsteer_count_drop(vd);
		kfree_skb_reason(skb, SKB_DROP_REASON_CPU_BACKLOG);
	}
	return true;
}

/**
 * vmq_softsteer_take - hand a frame to the home CPU of its address
 * @vd: device whose hook has the frame
 * @soft: software steering of the frame's destination
 * @skb: frame, as the hook got it
 *
 * Context: softirq (or BH disabled), RCU.
 * Return: true when the frame waits for another CPU or was dropped, and is no
 * longer the caller's; false when it is to be judged here and now.
 */
bool vmq_softsteer_take(struct vmq_device *vd, struct vmq_soft *soft,
			struct sk_buff *skb)
{
	struct vmq_soft_queue *q;
	int cpu, home;

	/* The emergency reserve is not for queues, nor is a socket without reference. */
	if (unlikely(skb_pfmemalloc(skb) || skb_sk_is_prefetched(skb) ||
		     !vmq_hook_can_resume(vd)))
		return false;

	for (;;) {
		cpu = READ_ONCE(soft->cpu);
		home = READ_ONCE(soft->home);
		if (cpu == VMQ_SOFT_NONE) {
			if (home == VMQ_SOFT_NONE)
				return false;
			/* All that came before was judged where it came. */
			cmpxchg(&soft->cpu, VMQ_SOFT_NONE, home);
			continue;
		}

		q = per_cpu_ptr(vmq_softsteer_queues, cpu);
		/*
		 * It has arrived at home, and no frame of a flow that came to
		 * another CPU until now is before it.
		 */
		if (cpu == home && cpu == smp_processor_id() &&
		    vmq_softsteer_past(q, READ_ONCE(q->tail)))
			return false;
		if (vmq_softsteer_queue(q, vd, soft, skb))
			return true;
	}
}

/* Have more frames their turn. Returns whether there are any. */
static bool vmq_softsteer_turn(struct vmq_soft_queue *q)
{
	spin_lock(&q->lock);
	skb_queue_splice_tail_init(&q->input, &q->work);
	memset(q->count, 0, sizeof(q->count));
	spin_unlock(&q->lock);

	return !skb_queue_empty(&q->work);
}

/* Context: softirq, on the queue's CPU while that is online. */
static int vmq_softsteer_poll(struct napi_struct *napi, int budget)
{
	struct vmq_soft_queue *q = container_of(napi, struct vmq_soft_queue,
						napi);
	struct sk_buff *skb;
	int done = 0;

	while (done < budget) {
		skb = __skb_dequeue(&q->work);
		if (!skb) {
			if (!vmq_softsteer_turn(q))
				break;
			continue;
		}
		rcu_read_lock();
		vmq_hook_resume(VMQ_SOFT_CB(skb)->vd, skb);
		rcu_read_unlock();
		done++;
		/* Pairs with smp_load_acquire() in vmq_softsteer_past(). */
		smp_store_release(&q->head, q->head + 1);
	}

	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

/**
 * vmq_softsteer_flush - wait until every frame that waits now is through
 *
 * For a device that goes, when its hook takes no frame any more.
 *
 * Context: process context, RTNL may be held: no frame waits for it.
 */
void vmq_softsteer_flush(void)
{
	struct vmq_soft_queue *q;
	unsigned int cpu;
	u32 tail;

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(vmq_softsteer_queues, cpu);
		spin_lock_bh(&q->lock);
		tail = q->tail;
		spin_unlock_bh(&q->lock);
		while (!vmq_softsteer_past(q, tail))
			usleep_range(50, 200);
	}
}

/* Is no frame of the address on its way any more? */
static bool vmq_softsteer_has_left(struct vmq_soft *soft)
{
	int cpu = READ_ONCE(soft->cpu);
	struct vmq_soft_queue *q;

	if (cpu == VMQ_SOFT_NONE)
		return true;
	q = per_cpu_ptr(vmq_softsteer_queues, cpu);
	spin_lock_bh(&q->lock);
	if (soft->cpu == cpu)
		vmq_softsteer_leave(q, soft, VMQ_SOFT_NONE);
	spin_unlock_bh(&q->lock);

	return READ_ONCE(soft->cpu) == VMQ_SOFT_NONE;
}

/* Have no more frames take the way. Returns whether none is on it any more. */
static bool vmq_softsteer_stop(struct vmq_filter *filter)
{
	if (!filter)
		return true;
	WRITE_ONCE(filter->soft.home, VMQ_SOFT_NONE);
	return vmq_softsteer_has_left(&filter->soft);
}

/**
 * vmq_softsteer_stop_rtnl - have a device's addresses judged where they arrive
 * @vd: device
 *
 * Before what knows of the frames on their way is taken from them: the filters, or
 * the hook. Waits for these frames a moment; what is not through by then may be
 * overtaken. Addresses that are to be steered again get new homes from the nic's
 * work item.
 *
 * Context: process context, RTNL; not in notifiers.
 */
void vmq_softsteer_stop_rtnl(struct vmq_device *vd)
{
	unsigned long end = jiffies + VMQ_SOFT_STOP;
	struct vmq_addr *addr;
	struct vmq_vnic *vnic;
	unsigned int slot;
	bool left;

	ASSERT_RTNL();

	do {
		left = true;
		list_for_each_entry(addr, &vd->addr_list, list) {
			vnic = rtnl_dereference(addr->vnic);
			for (slot = 0; vnic && slot < VMQ_MAX_NICS; slot++)
				left &= vmq_softsteer_stop(rtnl_dereference(vnic->filter[slot]));
		}
		if (!left)
			usleep_range(50, 200);
	} while (!left && time_before(jiffies, end));
}

/* Is software to do what the NIC does not? Not for the moment that a rule takes. */
static bool vmq_softsteer_wanted(const struct vmq_nic *nic,
				 const struct vmq_filter *f)
{
	if (!nic->soft_users || nic->gone || !f->users ||
	    f->queue != VMQ_NO_QUEUE)
		return false;

	switch (f->why) {
	case VMQ_WHY_NONE:
	case VMQ_WHY_OFF:
	case VMQ_WHY_DOWN:
	case VMQ_WHY_GONE:
	case VMQ_WHY_LOST:
		return false;
	}
	return true;
}

/* Another home than @old, or none */
static void vmq_softsteer_set(const struct vmq_nic *nic, struct vmq_filter *f,
			      int old, int home)
{
	if (f->soft.home != home)
		WRITE_ONCE(f->soft.home, home);
	if (home != old)
		trace_vmq_soft(nic->dev->name, f->addr, home);
}

/**
 * vmq_softsteer_update_rtnl - give homes to addresses without a rule
 * @nic: nic
 *
 * Takes them from those that have a rule now, and anew where the CPU is no longer
 * allowed or online.
 *
 * Context: process context, RTNL.
 * Return: whether some are left for the next hold of RTNL.
 */
bool vmq_softsteer_update_rtnl(struct vmq_nic *nic)
{
	bool more = false, none = false;
	unsigned int chosen = 0;
	struct vmq_filter *f;
	cpumask_var_t mask;
	int old, home;

	ASSERT_RTNL();

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return false;	/* the next audit looks again */
	vmq_home_allowed_rtnl(nic, mask);

	list_for_each_entry(f, &nic->filters, list) {
		old = f->soft.home;
		if (!vmq_softsteer_wanted(nic, f)) {
			vmq_softsteer_set(nic, f, old, VMQ_SOFT_NONE);
			continue;
		}
		if (old != VMQ_SOFT_NONE && cpumask_test_cpu(old, mask))
			continue;
		more = chosen == VMQ_SOFT_HOMES;
		if (more)
			break;
		/* Its own load must not count. */
		WRITE_ONCE(f->soft.home, VMQ_SOFT_NONE);
		/* Where there is none for one, there is none: the audit looks again. */
		home = VMQ_SOFT_NONE;
		if (!none)
			home = vmq_home_choose_rtnl(nic, vmq_team_addr_home_rtnl(nic, f->addr));
		none = home == VMQ_SOFT_NONE;
		chosen += !none;
		vmq_softsteer_set(nic, f, old, home);
	}
	free_cpumask_var(mask);
	return more;
}

/**
 * vmq_softsteer_replace_rtnl - choose all homes of a nic's addresses anew
 * @nic: nic, whose allowed CPUs have changed
 *
 * Context: process context, RTNL.
 */
void vmq_softsteer_replace_rtnl(struct vmq_nic *nic)
{
	struct vmq_filter *f;

	ASSERT_RTNL();

	list_for_each_entry(f, &nic->filters, list)
		WRITE_ONCE(f->soft.home, VMQ_SOFT_NONE);
	vmq_nic_kick(nic);
}

/**
 * vmq_softsteer_show - print the queues
 * @m: file
 * @v: unused
 *
 * Context: process context.
 * Return: 0.
 */
int vmq_softsteer_show(struct seq_file *m, void *v)
{
	struct vmq_soft_queue *q;
	unsigned int cpu;
	u64 drops, kicks;
	u32 head, tail;

	seq_puts(m, "cpu frames waiting drops kicks\n");
	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(vmq_softsteer_queues, cpu);
		spin_lock_bh(&q->lock);
		head = READ_ONCE(q->head);
		tail = q->tail;
		drops = q->drops;
		kicks = q->kicks;
		spin_unlock_bh(&q->lock);
		seq_printf(m, "%u %u %u %llu %llu\n", cpu, tail, tail - head,
			   drops, kicks);
	}
	return 0;
}

/**
 * vmq_softsteer_init - make the queues
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int vmq_softsteer_init(void)
{
	struct vmq_soft_queue *q;
	unsigned int cpu;

	vmq_softsteer_dev = alloc_netdev_dummy(0);
	if (!vmq_softsteer_dev)
		return -ENOMEM;
	vmq_softsteer_queues = alloc_percpu(struct vmq_soft_queue);
	if (!vmq_softsteer_queues) {
		compat_free_netdev_dummy(vmq_softsteer_dev);
		return -ENOMEM;
	}

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(vmq_softsteer_queues, cpu);
		q->cpu = cpu;
		spin_lock_init(&q->lock);
		__skb_queue_head_init(&q->input);
		__skb_queue_head_init(&q->work);
		INIT_CSD(&q->csd, vmq_softsteer_wake, q);
		/* No socket's frames come here to be polled for. */
		set_bit(NAPI_STATE_NO_BUSY_POLL, &q->napi.state);
		netif_napi_add(vmq_softsteer_dev, &q->napi, vmq_softsteer_poll);
		napi_enable(&q->napi);
	}
	return 0;
}

/**
 * vmq_softsteer_exit - free the queues
 *
 * Context: module exit, when there is no device any more and nothing waits.
 */
void vmq_softsteer_exit(void)
{
	struct vmq_soft_queue *q;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(vmq_softsteer_queues, cpu);
		napi_disable(&q->napi);
		__netif_napi_del(&q->napi);
	}
	/* One for all of them, as in gro_cells_destroy(). */
	synchronize_net();
	free_percpu(vmq_softsteer_queues);
	compat_free_netdev_dummy(vmq_softsteer_dev);
}
