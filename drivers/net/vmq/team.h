/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmq: the NICs of an uplink that is a bond or a team
 *
 * Above a bond the number of a receive queue says nothing: every member has one of
 * that number. What tells the member is the NAPI that received the frame.
 */
#ifndef _VMQ_TEAM_H
#define _VMQ_TEAM_H

#include <linux/cpumask.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>

#include "vmq.h"

/**
 * struct vmq_team_napi - a NAPI of a member
 * @id: its id, 0 for an empty place
 * @slot: the member's place in vmq_device.nics
 */
struct vmq_team_napi {
	u32 id;
	u32 slot;
};

/**
 * struct vmq_team - which NAPI is whose; constant once published
 * @rcu: delays the free until no reader is left
 * @mask: places less one; there is always an empty one
 * @napis: hash by id, open addressing
 */
struct vmq_team {
	struct rcu_head rcu;
	unsigned int mask;
	struct vmq_team_napi napis[];
};

/**
 * vmq_team_slot - which of a device's NICs received a frame
 * @vd: device
 * @skb: frame
 *
 * Context: softirq (or BH disabled), RCU.
 * Return: index in vmq_device.nics, VMQ_MAX_NICS when it is not known.
 */
static inline unsigned int vmq_team_slot(const struct vmq_device *vd,
					 const struct sk_buff *skb)
{
	const struct vmq_team *team = rcu_dereference(vd->team);
	u32 id, at;

	if (likely(!team))
		return 0;

	id = skb_napi_id(skb);
	for (at = id; team->napis[at & team->mask].id; at++)
		if (team->napis[at & team->mask].id == id)
			return team->napis[at & team->mask].slot;
	return VMQ_MAX_NICS;
}

/* A CPU set to be, for each of a device's NICs; NULL: stays as it is */
struct vmq_team_cpus {
	const struct cpumask *mask[VMQ_MAX_NICS];
};

struct vmq_nic *vmq_team_find(const struct vmq_device *vd,
			      const struct net_device *dev);
int vmq_team_check_rtnl(struct net_device *uplink, bool stacked,
			struct netlink_ext_ack *extack);
int vmq_team_open_rtnl(struct vmq_device *vd, struct netlink_ext_ack *extack);
void vmq_team_close_rtnl(struct vmq_device *vd);
void vmq_team_event_rtnl(struct net_device *master);
void vmq_team_refresh_rtnl(struct vmq_nic *nic);
int vmq_team_check_cpus_rtnl(const struct vmq_device *vd,
			     const struct vmq_team_cpus *cpus);
int vmq_team_queue_home_rtnl(const struct vmq_nic *nic, unsigned int queue);
int vmq_team_addr_home_rtnl(const struct vmq_nic *nic, const u8 *addr);

#endif /* _VMQ_TEAM_H */
