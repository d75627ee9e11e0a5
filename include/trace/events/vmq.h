/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vmq

#if !defined(_TRACE_VMQ_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_VMQ_H

#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

/*
 * Strings are arrays of a fixed size: __assign_str() has another number of
 * arguments in each series of kernels.
 */
#define VMQ_TRACE_WHY	24

/* A rule was put into a NIC, or is no longer there. */
DECLARE_EVENT_CLASS(vmq_rule,

	TP_PROTO(const char *nic, const u8 *addr, unsigned int queue,
		 u32 location),

	TP_ARGS(nic, addr, queue, location),

	TP_STRUCT__entry(
		__array(char, nic, IFNAMSIZ)
		__array(u8, addr, ETH_ALEN)
		__field(unsigned int, queue)
		__field(u32, location)
	),

	TP_fast_assign(
		strscpy(__entry->nic, nic, IFNAMSIZ);
		memcpy(__entry->addr, addr, ETH_ALEN);
		__entry->queue = queue;
		__entry->location = location;
	),

	TP_printk("nic=%s addr=%pM queue=%u location=%u", __entry->nic,
		  __entry->addr, __entry->queue, __entry->location)
);

DEFINE_EVENT(vmq_rule, vmq_steer,

	TP_PROTO(const char *nic, const u8 *addr, unsigned int queue,
		 u32 location),

	TP_ARGS(nic, addr, queue, location)
);

DEFINE_EVENT(vmq_rule, vmq_unsteer,

	TP_PROTO(const char *nic, const u8 *addr, unsigned int queue,
		 u32 location),

	TP_ARGS(nic, addr, queue, location)
);

/* Frames were counted: the rule works (ok=1), or is withdrawn (ok=0). */
TRACE_EVENT(vmq_verify,

	TP_PROTO(const char *nic, const u8 *addr, unsigned int queue,
		 unsigned int hits, unsigned int misses, bool ok),

	TP_ARGS(nic, addr, queue, hits, misses, ok),

	TP_STRUCT__entry(
		__array(char, nic, IFNAMSIZ)
		__array(u8, addr, ETH_ALEN)
		__field(unsigned int, queue)
		__field(unsigned int, hits)
		__field(unsigned int, misses)
		__field(bool, ok)
	),

	TP_fast_assign(
		strscpy(__entry->nic, nic, IFNAMSIZ);
		memcpy(__entry->addr, addr, ETH_ALEN);
		__entry->queue = queue;
		__entry->hits = hits;
		__entry->misses = misses;
		__entry->ok = ok;
	),

	TP_printk("nic=%s addr=%pM queue=%u hits=%u misses=%u ok=%d",
		  __entry->nic, __entry->addr, __entry->queue, __entry->hits,
		  __entry->misses, __entry->ok)
);

/* A MAC has no rule, and why. */
TRACE_EVENT(vmq_refuse,

	TP_PROTO(const char *nic, const u8 *addr, const char *why, int err),

	TP_ARGS(nic, addr, why, err),

	TP_STRUCT__entry(
		__array(char, nic, IFNAMSIZ)
		__array(u8, addr, ETH_ALEN)
		__array(char, why, VMQ_TRACE_WHY)
		__field(int, err)
	),

	TP_fast_assign(
		strscpy(__entry->nic, nic, IFNAMSIZ);
		memcpy(__entry->addr, addr, ETH_ALEN);
		strscpy(__entry->why, why, VMQ_TRACE_WHY);
		__entry->err = err;
	),

	TP_printk("nic=%s addr=%pM why=%s err=%d", __entry->nic,
		  __entry->addr, __entry->why, __entry->err)
);

/* An affinity was set (cpu >= 0) or put back as found (cpu=-1). */
TRACE_EVENT(vmq_pin,

	TP_PROTO(const char *nic, unsigned int queue, unsigned int irq, int cpu,
		 int err),

	TP_ARGS(nic, queue, irq, cpu, err),

	TP_STRUCT__entry(
		__array(char, nic, IFNAMSIZ)
		__field(unsigned int, queue)
		__field(unsigned int, irq)
		__field(int, cpu)
		__field(int, err)
	),

	TP_fast_assign(
		strscpy(__entry->nic, nic, IFNAMSIZ);
		__entry->queue = queue;
		__entry->irq = irq;
		__entry->cpu = cpu;
		__entry->err = err;
	),

	TP_printk("nic=%s queue=%u irq=%u cpu=%d err=%d", __entry->nic,
		  __entry->queue, __entry->irq, __entry->cpu, __entry->err)
);

/* An address without a rule is steered to a CPU by software, or no longer (cpu=-1). */
TRACE_EVENT(vmq_soft,

	TP_PROTO(const char *nic, const u8 *addr, int cpu),

	TP_ARGS(nic, addr, cpu),

	TP_STRUCT__entry(
		__array(char, nic, IFNAMSIZ)
		__array(u8, addr, ETH_ALEN)
		__field(int, cpu)
	),

	TP_fast_assign(
		strscpy(__entry->nic, nic, IFNAMSIZ);
		memcpy(__entry->addr, addr, ETH_ALEN);
		__entry->cpu = cpu;
	),

	TP_printk("nic=%s addr=%pM cpu=%d", __entry->nic, __entry->addr,
		  __entry->cpu)
);

/* A grant was taken back: frames of the address take the full path. */
TRACE_EVENT(vmq_revoke,

	TP_PROTO(const struct net_device *dev, const u8 *addr, u16 vid),

	TP_ARGS(dev, addr, vid),

	TP_STRUCT__entry(
		__array(char, dev, IFNAMSIZ)
		__array(u8, addr, ETH_ALEN)
		__field(u16, vid)
	),

	TP_fast_assign(
		strscpy(__entry->dev, dev->name, IFNAMSIZ);
		memcpy(__entry->addr, addr, ETH_ALEN);
		__entry->vid = vid;
	),

	TP_printk("dev=%s addr=%pM vid=%u", __entry->dev, __entry->addr,
		  __entry->vid)
);

/* A frame takes the bridge's full path, and why. */
TRACE_EVENT(vmq_pass,

	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb,
		 const char *reason),

	TP_ARGS(dev, skb, reason),

	TP_STRUCT__entry(
		__array(char, dev, IFNAMSIZ)
		__array(char, reason, VMQ_TRACE_WHY)
		__field(const void *, skbaddr)
		__field(u16, protocol)
		__field(unsigned int, len)
	),

	TP_fast_assign(
		strscpy(__entry->dev, dev->name, IFNAMSIZ);
		strscpy(__entry->reason, reason, VMQ_TRACE_WHY);
		__entry->skbaddr = skb;
		__entry->protocol = ntohs(skb->protocol);
		__entry->len = skb->len;
	),

	TP_printk("dev=%s reason=%s skbaddr=%p protocol=0x%04x len=%u",
		  __entry->dev, __entry->reason, __entry->skbaddr,
		  __entry->protocol, __entry->len)
);

#endif /* _TRACE_VMQ_H */

#include <trace/define_trace.h>
