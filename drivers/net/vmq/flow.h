/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmq: destination and source of the last frames, looked up once
 *
 * Most frames on a CPU have the two addresses of one shortly before. A flow
 * remembers what the table of addresses (addr.h) said of such a pair, that there
 * is no entry included. It is void as soon as any entry has come or gone. Grants
 * are not remembered: they are read from the entry for every frame, so that a
 * revocation holds from its instant.
 */
#ifndef _VMQ_FLOW_H
#define _VMQ_FLOW_H

#include <linux/cache.h>
#include <linux/percpu.h>

#include "addr.h"
#include "vmq.h"

#define VMQ_FLOWS	16	/* a CPU, power of 2 */

/*
 * A generation of 32 bits comes round, and with PREEMPT_RT a CPU's receive path
 * can be preempted by another's: look up each frame's addresses there.
 */
#define VMQ_FLOW_REMEMBER \
	(BITS_PER_LONG == 64 && !IS_ENABLED(CONFIG_PREEMPT_RT))

/**
 * struct vmq_flow - one pair of addresses
 * @dst: the destination's vmq_key.val
 * @src: the source's vmq_key.val
 * @gen: vmq_device.addr_gen before the lookup
 * @to: the destination's entry, NULL when there is none; RCU
 * @from: the source's entry, NULL when there is none; RCU
 *
 * Read and written with BH disabled on the own CPU only. The entries may be gone
 * unless @gen is the device's.
 */
struct vmq_flow {
	u64 dst;
	u64 src;
	unsigned long gen;
	struct vmq_addr *to;
	struct vmq_addr *from;
} ____cacheline_aligned;

/** struct vmq_flows - a CPU's share of vmq_device.flows */
struct vmq_flows {
	struct vmq_flow flow[VMQ_FLOWS];
};

/* Where numbered addresses differ: the MACs' last bytes. */
static inline unsigned int vmq_flow_slot(u64 dst, u64 src)
{
#ifdef __BIG_ENDIAN
	return ((dst ^ src) >> 16) % VMQ_FLOWS;
#else
	return ((dst ^ src) >> 40) % VMQ_FLOWS;
#endif
}

/* Not inline: the frames that need no lookup would pay for its registers. */
static noinline void vmq_flow_fill(struct vmq_device *vd,
				   struct vmq_flow *flow, u64 dst, u64 src,
				   unsigned long gen)
{
	flow->to = vmq_addr_find(vd, (union vmq_key) { .val = dst });
	flow->from = vmq_addr_find(vd, (union vmq_key) { .val = src });
	flow->dst = dst;
	flow->src = src;
	flow->gen = gen;
}

/**
 * vmq_flow_find - the entries of a frame's addresses
 * @vd: device
 * @dst: the destination's vmq_key.val
 * @src: the source's vmq_key.val
 * @to: out: the destination's entry, or NULL
 * @from: out: the source's entry, or NULL
 *
 * An entry is freed a grace period after vmq_device.addr_gen was moved on, and
 * that after it was unhooked (vmq_addr_del_rtnl()): whoever still reads the old
 * generation is in a read side section that the grace period waits for, and
 * whoever reads the new one does not find the entry any more.
 *
 * Context: softirq (or BH disabled), RCU.
 */
static inline void vmq_flow_find(struct vmq_device *vd, u64 dst, u64 src,
				 struct vmq_addr **to, struct vmq_addr **from)
{
	/* Pairs with smp_store_release() in vmq_addr_changed(). */
	unsigned long gen = smp_load_acquire(&vd->addr_gen);
	struct vmq_flow *flow;

	if (!VMQ_FLOW_REMEMBER) {
		*to = vmq_addr_find(vd, (union vmq_key) { .val = dst });
		*from = vmq_addr_find(vd, (union vmq_key) { .val = src });
		return;
	}

	flow = &this_cpu_ptr(vd->flows)->flow[vmq_flow_slot(dst, src)];
	if (unlikely(flow->gen != gen || flow->dst != dst || flow->src != src))
		vmq_flow_fill(vd, flow, dst, src, gen);
	*to = flow->to;
	*from = flow->from;
}

#endif /* _VMQ_FLOW_H */
