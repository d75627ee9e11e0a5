/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmq: steering in software, where the NIC has no rule for an address
 *
 * All unicast frames of the address are handed, undecided, to its home CPU, and
 * judged there as if they had arrived there. Order holds because one queue a CPU
 * has them all, and because an address leaves a queue only when none of its
 * frames is in it any more; where that cannot be waited for, see "Transitions" in
 * Documentation/networking/vmq-design.rst.
 */
#ifndef _VMQ_SOFTSTEER_H
#define _VMQ_SOFTSTEER_H

#include <linux/compiler.h>
#include <linux/types.h>

#define VMQ_SOFT_NONE	(-1)

struct seq_file;
struct sk_buff;
struct vmq_device;
struct vmq_nic;

/**
 * struct vmq_soft - software steering of one destination MAC
 * @home: CPU that shall have the frames, %VMQ_SOFT_NONE: they stay where they
 *	arrive; RTNL writers, read by the fast path
 * @cpu: CPU whose queue has them now, %VMQ_SOFT_NONE for none; it follows @home
 *	when that queue has none of them left. Set from none by cmpxchg(), else
 *	under that queue's lock
 * @leaving: it is to leave that queue, which overflows: no more of its frames come
 *	in; that queue's lock
 * @tail: that queue's tail after the last of them came in; that queue's lock
 * @drops: frames that were dropped on the way; the lock of the queue of that time
 *
 * Part of struct vmq_filter.
 */
struct vmq_soft {
	int home;
	int cpu;
	bool leaving;
	u32 tail;
	u64 drops;
};

static inline void vmq_softsteer_reset(struct vmq_soft *soft)
{
	soft->home = VMQ_SOFT_NONE;
	soft->cpu = VMQ_SOFT_NONE;
}

/**
 * vmq_softsteer_is_on - do frames go to another CPU, or did they until now?
 * @soft: state
 *
 * Context: Any.
 * Return: whether vmq_softsteer_take() is to be asked.
 */
static inline bool vmq_softsteer_is_on(const struct vmq_soft *soft)
{
	return (READ_ONCE(soft->home) & READ_ONCE(soft->cpu)) != VMQ_SOFT_NONE;
}

void vmq_softsteer_count_drop(struct vmq_device *vd);
bool vmq_softsteer_take(struct vmq_device *vd, struct vmq_soft *soft,
			struct sk_buff *skb);
bool vmq_softsteer_update_rtnl(struct vmq_nic *nic);
void vmq_softsteer_replace_rtnl(struct vmq_nic *nic);
void vmq_softsteer_stop_rtnl(struct vmq_device *vd);
void vmq_softsteer_flush(void);
int vmq_softsteer_show(struct seq_file *m, void *v);
int vmq_softsteer_init(void);
void vmq_softsteer_exit(void);

#endif /* _VMQ_SOFTSTEER_H */
