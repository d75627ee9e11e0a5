/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmq: a NIC and what we have in it: queues, rules, pins
 *
 * Shared by the devices above the NIC. nic.c keeps it as desired, filter.c the
 * rules, queue.c the pool of queues, irq.c the interrupts.
 */
#ifndef _VMQ_NIC_H
#define _VMQ_NIC_H

#include <linux/cpumask.h>
#include <linux/if_ether.h>
#include <linux/kref.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>

#include "softsteer.h"

#define VMQ_NO_QUEUE		0xffff
#define VMQ_ACTION_LEN		32	/* remembered of an interrupt's name */

struct netlink_ext_ack;

/** enum vmq_steer - how far the steering of a filter has come */
enum vmq_steer {
	VMQ_STEER_NONE,		/* no rule; vmq_filter.why says why */
	VMQ_STEER_PENDING,	/* wanted, the work item has not run yet */
	VMQ_STEER_INSTALLED,	/* the driver returned 0 */
	VMQ_STEER_VERIFIED,	/* frames of the MAC were seen on the queue */
	VMQ_STEER_WITHDRAWN,	/* frames were seen elsewhere; rule removed */
};

/** enum vmq_why - why a filter has no rule, or lost it */
enum vmq_why {
	VMQ_WHY_NONE,
	VMQ_WHY_OFF,		/* steering is switched off */
	VMQ_WHY_NO_NTUPLE,	/* the NIC has no rules for MACs at all */
	VMQ_WHY_NO_QUEUE,	/* no queue that rules may point at */
	VMQ_WHY_NO_SLOT,	/* the NIC's rule table is full */
	VMQ_WHY_REFUSED,	/* the driver refused; vmq_filter.err has errno */
	VMQ_WHY_BUSY,		/* the driver is busy, or its table cannot be read now */
	VMQ_WHY_IGNORED,	/* rule accepted, frames arrive elsewhere */
	VMQ_WHY_DRIVER,		/* driver known to accept and ignore MAC rules */
	VMQ_WHY_DOWN,		/* the NIC is down */
	VMQ_WHY_GONE,		/* the NIC is going away */
	VMQ_WHY_LOST,		/* someone removed the rule; to be put back */
	VMQ_WHY_NO_RXQ,		/* the driver records no receive queues */
	VMQ_WHY_MAX
};

/**
 * struct vmq_filter - one destination MAC to be steered on a nic
 * @list: in vmq_nic.filters; changed under RTNL, walked under RTNL or RCU
 * @addr: the MAC; constant
 * @queue: receive queue the rule points at, VMQ_NO_QUEUE without one; written
 *	under RTNL, read locklessly by the fast path
 * @target: receive queue the rule shall point at, VMQ_NO_QUEUE while no rule
 *	is wanted; RTNL. Counted in vmq_queue.filters
 * @state: enum vmq_steer; written under RTNL, read locklessly
 * @why: enum vmq_why; written under RTNL, read locklessly
 * @err: the errno of the last try, 0 after a success; RTNL
 * @users: vnics (VLANs, devices) that want this MAC steered; RTNL
 * @doomed: no user left, the work item removes rule and filter; RTNL
 * @blind: a frame without a recorded queue was seen; fast path, racy
 * @settled: the old queue's ring has run empty since the rule came; RTNL
 * @doubted: frames missed the queue when they were judged last; RTNL
 * @location: rule location in the NIC, valid while @queue is; RTNL
 * @tries: failed attempts since the last success; RTNL
 * @retry: jiffies before which it is not tried again; RTNL
 * @since: jiffies when the rule was installed; RTNL
 * @judged: jiffies when @hits and @misses were last looked at; RTNL
 * @checked: jiffies when the rule was last seen in the NIC; RTNL
 * @hits: frames seen on @queue since the rule was installed or last judged; not
 *	counted once it is verified
 * @misses: frames seen on other queues since then
 * @soft: steering in software while there is no rule
 * @rcu: delays the free until no reader is left
 */
struct vmq_filter {
	struct list_head list;
	u8 addr[ETH_ALEN];
	u16 queue;
	u16 target;
	u8 state;
	u8 why;
	int err;
	unsigned int users;
	bool doomed;
	bool blind;
	bool settled;
	bool doubted;
	u32 location;
	unsigned int tries;
	unsigned long retry;
	unsigned long since;
	unsigned long judged;
	unsigned long checked;
	atomic_t hits;
	atomic_t misses;
	struct vmq_soft soft;
	struct rcu_head rcu;
};

/** enum vmq_queue_kind - who uses a receive queue */
enum vmq_queue_kind {
	VMQ_QUEUE_DEFAULT,	/* RSS only: rules never point here */
	VMQ_QUEUE_SHARED,	/* RSS and rules */
	VMQ_QUEUE_DEDICATED,	/* out of the RSS table: one vnic's */
};

/** enum vmq_pin - state of a queue's interrupt */
enum vmq_pin {
	VMQ_PIN_NONE,		/* not wanted, nothing steered here */
	VMQ_PIN_NO_IRQ,		/* the interrupt of the queue is unknown */
	VMQ_PIN_MANAGED,	/* the kernel manages the affinity: reported only */
	VMQ_PIN_PINNED,		/* affinity set by us */
	VMQ_PIN_FOREIGN,	/* somebody wrote another affinity since */
	VMQ_PIN_FAILED,		/* the chip refused; vmq_queue.pin_err */
};

/**
 * struct vmq_queue - a receive queue of a nic
 * @kind: enum vmq_queue_kind; RTNL
 * @pin: enum vmq_pin; RTNL
 * @pin_err: errno of the last refused pin; RTNL
 * @filters: filters whose target is this queue; RTNL
 * @irq: interrupt number, 0 when unknown; RTNL
 * @user_irq: interrupt named by the admin, 0 for none; RTNL
 * @action: name of the interrupt's action, to know it again; RTNL
 * @dev_id: cookie of the interrupt's action, likewise; RTNL
 * @home: home CPU, -1 without one; written under RTNL, read locklessly
 * @downs: how often @home had gone offline when the interrupt was sent there;
 *	RTNL
 * @anew: the number of queues has changed since it was pinned: the driver may
 *	have asked for its interrupts anew; RTNL
 * @saved: affinity found before the first pin; RTNL
 * @has_saved: @saved is valid and to be restored; RTNL
 */
struct vmq_queue {
	u8 kind;
	u8 pin;
	int pin_err;
	unsigned int filters;
	unsigned int irq;
	unsigned int user_irq;
	char action[VMQ_ACTION_LEN];
	const void *dev_id;
	int home;
	unsigned int downs;
	bool anew;
	cpumask_var_t saved;
	bool has_saved;
};

/**
 * struct vmq_nic - a NIC (the real device below an uplink)
 * @list: in the global list of nics; RTNL
 * @dev: the NIC; reference held until @dead
 * @tracker: of that reference
 * @ref: object references: each device, the work item
 * @users: devices above; RTNL
 * @pin_users: devices that want pinning; RTNL
 * @soft_users: devices that want steering in software where there are no rules;
 *	RTNL
 * @gone: the NIC is unregistering: no more calls into its driver; RTNL
 * @dead: nothing of ours is left in the NIC, the object is off the list; RTNL
 * @reread: rule table, queues and refused filters are to be looked at anew;
 *	RTNL
 * @full: the rule table had no room for us; RTNL
 * @filters: list of struct vmq_filter; RTNL, RCU readers
 * @nr_filters: their number; RTNL
 * @queues: array of @max_queues; constant pointer, members under RTNL
 * @max_queues: receive queues the netdev was allocated with; constant
 * @nr_queues: receive queues in use now; RTNL
 * @rules: size of the rule table as the driver tells, 0 when unknown; RTNL
 * @loc_any: the driver picks locations (RX_CLS_LOC_ANY); RTNL
 * @has_rules: the NIC takes rules for MACs (else @why_none says why); RTNL
 * @why_none: enum vmq_why; RTNL
 * @cpus: CPUs the admin allows as homes; RTNL
 * @cpus_set: @cpus was set by the admin, else the default is computed; RTNL
 * @work: reconciler: one driver call per hold of RTNL
 * @audit: jiffies of the next audit; RTNL
 * @checks: rules that the current audit may still look at; RTNL
 * @budget: rules that may be installed until @refill; RTNL
 * @refill: jiffies when there is a new @budget; RTNL
 * @installs: rules installed; RTNL
 * @removals: rules removed; RTNL
 * @refusals: rules refused by the driver; RTNL
 * @withdrawals: rules withdrawn because frames arrived elsewhere; RTNL
 * @lost: rules found missing or replaced by somebody else's; RTNL
 * @pins: affinities set; RTNL
 * @restores: affinities put back as found; RTNL
 * @debugfs: directory nic-<name>; RTNL
 * @rcu: delays the free until no reader of a device's nics is left
 */
struct vmq_nic {
	struct list_head list;
	struct net_device *dev;
	netdevice_tracker tracker;
	struct kref ref;
	unsigned int users;
	unsigned int pin_users;
	unsigned int soft_users;
	bool gone;
	bool dead;
	bool reread;
	bool full;
	struct list_head filters;
	unsigned int nr_filters;
	struct vmq_queue *queues;
	unsigned int max_queues;
	unsigned int nr_queues;
	unsigned int rules;
	bool loc_any;
	bool has_rules;
	u8 why_none;
	cpumask_var_t cpus;
	bool cpus_set;
	struct delayed_work work;
	unsigned long audit;
	unsigned int checks;
	unsigned int budget;
	unsigned long refill;
	u64 installs;
	u64 removals;
	u64 refusals;
	u64 withdrawals;
	u64 lost;
	u64 pins;
	u64 restores;
	struct dentry *debugfs;
	struct rcu_head rcu;
};

/* nic.c: NICs below uplinks, reconciler */
extern struct list_head vmq_nics;		/* nic.c; RTNL */
void vmq_nic_exit(void);
struct vmq_nic *vmq_nic_get_rtnl(struct net_device *dev,
				 struct netlink_ext_ack *extack);
int vmq_nic_begin_rtnl(struct vmq_nic *nic);
void vmq_nic_end_rtnl(struct vmq_nic *nic);
void vmq_nic_put_rtnl(struct vmq_nic *nic, bool unregister);
void vmq_nic_kick(struct vmq_nic *nic);
void vmq_nic_event_rtnl(struct net_device *dev, unsigned long event);
struct net_device *vmq_nic_of_uplink(struct net_device *uplink);
void vmq_nic_set_pin_rtnl(struct vmq_nic *nic, bool on);
void vmq_nic_set_soft_rtnl(struct vmq_nic *nic, bool on);
int vmq_nic_set_cpus_rtnl(struct vmq_nic *nic, const struct cpumask *mask);

/* filter.c: rules of a nic */
extern const char *const vmq_steer_names[];
extern const char *const vmq_why_names[VMQ_WHY_MAX];
struct vmq_filter *vmq_filter_get_rtnl(struct vmq_nic *nic, const u8 *addr);
void vmq_filter_put_rtnl(struct vmq_nic *nic, struct vmq_filter *filter,
			 bool linger);
bool vmq_filter_step_rtnl(struct vmq_nic *nic, unsigned long *wait);
int vmq_filter_list_rtnl(struct vmq_nic *nic, u32 **locs, u32 *cnt, u32 *size);
void vmq_filter_audit_rtnl(struct vmq_nic *nic);
void vmq_filter_reset_rtnl(struct vmq_nic *nic);
void vmq_filter_flush_rtnl(struct vmq_nic *nic, bool forget);

/**
 * vmq_filter_saw - a frame for the filter's MAC arrived
 * @filter: filter
 * @rxq: receive queue that the driver recorded, VMQ_NO_QUEUE when none
 *
 * Feeds the verification: a rule that was accepted is not believed until
 * frames arrive where it points to. A verified filter costs two loads.
 *
 * Context: softirq, RCU read side.
 * Return: whether the frame came through the queue of the filter's rule.
 */
static inline bool vmq_filter_saw(struct vmq_filter *filter, unsigned int rxq)
{
	unsigned int queue = READ_ONCE(filter->queue);

	if (unlikely(queue == VMQ_NO_QUEUE))
		return false;
	if (likely(rxq == queue)) {
		if (unlikely(READ_ONCE(filter->state) != VMQ_STEER_VERIFIED))
			atomic_inc(&filter->hits);
		return true;
	}
	if (rxq != VMQ_NO_QUEUE)
		atomic_inc(&filter->misses);
	else if (!READ_ONCE(filter->blind))
		WRITE_ONCE(filter->blind, true);
	return false;
}

/* queue.c: the pool of receive queues */
extern const char *const vmq_queue_kind_names[];
int vmq_queue_alloc(struct vmq_nic *nic);
void vmq_queue_free(struct vmq_nic *nic);
bool vmq_queue_read_rtnl(struct vmq_nic *nic);
void vmq_queue_target_rtnl(struct vmq_nic *nic, struct vmq_filter *filter);
void vmq_queue_release_rtnl(struct vmq_nic *nic, struct vmq_filter *filter);
void vmq_queue_repool_rtnl(struct vmq_nic *nic);

/* irq.c: queue -> interrupt -> home CPU */
extern const char *const vmq_pin_names[];
int vmq_irq_init(void);
void vmq_irq_exit(void);
bool vmq_irq_valid(unsigned int irq);
bool vmq_irq_effective(unsigned int irq, struct cpumask *mask);
void vmq_irq_resolve_rtnl(struct vmq_nic *nic, unsigned int *irqs);
void vmq_irq_update_rtnl(struct vmq_nic *nic);
void vmq_irq_audit_rtnl(struct vmq_nic *nic);
void vmq_irq_replace_rtnl(struct vmq_nic *nic);
void vmq_irq_restore_rtnl(struct vmq_nic *nic);
int vmq_irq_set_map_rtnl(struct vmq_nic *nic, const unsigned int *irqs);

/* home.c: who may be a home CPU, and who gets which */
bool vmq_home_allowed_rtnl(const struct vmq_nic *nic, struct cpumask *mask);
bool vmq_home_is_allowed_rtnl(const struct vmq_nic *nic, int home);
int vmq_home_choose_rtnl(const struct vmq_nic *nic, int wish);

/* irq_name.c: which queue an interrupt's name speaks of */
int vmq_irq_name_queue(const char *name, const char *ifname,
		       const char *parent, bool ours);

#endif /* _VMQ_NIC_H */
