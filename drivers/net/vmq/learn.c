// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: ask the bridge, and grant
 *
 * The truth is the bridge's own answer (ndo_fdb_get): port, permanent, static,
 * locked. A grant is valid only if no event revoked the address since before
 * the question.
 *
 * br_fdb_update() says DEL, then changes the port, then says ADD. A question
 * between the first two would get the old port. All three happen in one softirq
 * or BH-disabled section, so the worker waits for a grace period between taking
 * a key off the queue and asking: the section that sent the event is over then.
 * A DEL that comes between the two may still be answered with the old port; the
 * ADD of its section, or the move's tracepoint, takes that grant back.
 */
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netlink.h>
#include <net/switchdev.h>

#include "addr.h"
#include "vmq.h"

#define VMQ_LEARN_BATCH		64	/* questions per hold of RTNL */
#define VMQ_LEARN_KEYS		(VMQ_MAX_VNICS + VMQ_MAX_SOURCES)

/**
 * struct vmq_learn_key - an address to ask about
 * @key: the address
 * @by_user: a user made the entry, or the replay cannot tell
 */
struct vmq_learn_key {
	union vmq_key key;
	bool by_user;
};

/**
 * struct vmq_learn - one run of the worker
 * @nb: handed to the replay, which calls it for every entry
 * @vd: device
 * @skb: scratch for the bridge's answers
 * @keys: what to ask about
 * @nr: how many
 * @max: room in @keys
 *
 * Owned by the worker.
 */
struct vmq_learn {
	struct notifier_block nb;
	struct vmq_device *vd;
	struct sk_buff *skb;
	struct vmq_learn_key *keys;
	unsigned int nr;
	unsigned int max;
};

/* Where the bridge has the address; NULL when frames to it must take the full
 * path whatever happens. Context: process, RTNL.
 */
static struct net_device *vmq_learn_ask(struct vmq_learn *run,
					struct net_device *br,
					union vmq_key key, bool *dynamic)
{
	const struct net_device_ops *ops = br->netdev_ops;
	struct nlattr *tb[NDA_MAX + 1] = {};
	struct netlink_ext_ack extack = {};
	struct nlattr *ext_flags;
	struct net_device *dev;
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;

	skb_trim(run->skb, 0);
	if (!ops->ndo_fdb_get ||
	    ops->ndo_fdb_get(run->skb, tb, br, key.addr, key.vid, 0, 0,
			     &extack))
		return NULL;

	nlh = nlmsg_hdr(run->skb);
	ndm = nlmsg_data(nlh);
	/* Permanent: the host's own, whatever port it is on. */
	if (ndm->ndm_state & NUD_PERMANENT)
		return NULL;

	ext_flags = nlmsg_find_attr(nlh, sizeof(*ndm), NDA_FLAGS_EXT);
	if (ext_flags && nla_get_u32(ext_flags) & NTF_EXT_LOCKED)
		return NULL;

	dev = __dev_get_by_index(dev_net(br), ndm->ndm_ifindex);
	if (!dev || netdev_master_upper_dev_get(dev) != br)
		return NULL;

	*dynamic = !(ndm->ndm_state & NUD_NOARP) &&
		   !(ndm->ndm_flags & NTF_EXT_LEARNED);
	return dev;
}

/* Does another device use this port as its uplink? Then no VM is behind it. */
static bool vmq_learn_is_uplink(const struct vmq_device *vd,
				const struct net_device *dev)
{
	const struct vmq_device *other;

	list_for_each_entry(other, &vmq_devices, list) {
		if (other != vd && vmq_device_port(other) == dev)
			return true;
	}

	return false;
}

/*
 * Make the address a source, or a vnic of the port that it is behind. Returns 0,
 * or why it stays with the bridge.
 */
static int vmq_learn_place(struct vmq_device *vd, struct vmq_addr *addr,
			   struct net_device *dev, struct vmq_port **port)
{
	struct vmq_vnic *vnic = rtnl_dereference(addr->vnic);

	if (dev == vmq_device_port(vd)) {
		if (!addr->source && !vmq_addr_has_room(vd, dev, false))
			return -ENOSPC;
		vmq_vnic_destroy_rtnl(vd, addr);
		return 0;
	}

	if (vmq_learn_is_uplink(vd, dev))
		return -EXDEV;
	if ((!vnic || rtnl_dereference(vnic->port)->dev != dev) &&
	    !vmq_addr_has_room(vd, dev, vnic))
		return -ENOSPC;
	*port = vmq_port_get_rtnl(vd, dev);
	if (!*port)
		return -ENOMEM;
	return vmq_vnic_create_rtnl(vd, addr, *port);
}

static void vmq_learn_resolve(struct vmq_learn *run, struct net_device *br,
			      const struct vmq_learn_key *lk)
{
	struct vmq_device *vd = run->vd;
	struct vmq_port *port = NULL;
	struct vmq_addr_gen gen;
	struct net_device *dev;
	struct vmq_addr *addr;
	int err = -ENOENT;
	bool dynamic;

	addr = vmq_addr_find_rtnl(vd, lk->key);
	if (!vmq_addr_is_used(br, lk->key.vid)) {
		if (lk->by_user)
			vmq_fdb_doubt_all_rtnl(vd, lk->key.addr);
		goto forget;
	}
	if (!addr) {
		/* An entry that is made voids what the fast path remembers. */
		dev = vmq_learn_ask(run, br, lk->key, &dynamic);
		if (!dev || vmq_learn_is_uplink(vd, dev) ||
		    !vmq_addr_has_room(vd, dev, false))
			return;
		addr = vmq_addr_add_rtnl(vd, lk->key);
	}
	err = -ENOMEM;
	if (!addr)
		goto forget;

	gen = vmq_addr_gen(vd, addr);
	err = -ENOENT;
	dev = vmq_learn_ask(run, br, lk->key, &dynamic);
	if (!dev)
		goto forget;
	err = vmq_learn_place(vd, addr, dev, &port);
	if (err)
		goto forget;
	vmq_addr_set_source_rtnl(vd, addr, !port);
	/*
	 * Each time: an entry from outside that a user made becomes dynamic when
	 * its station shows up at another port.
	 */
	if (lk->by_user || READ_ONCE(addr->by_user))
		vmq_addr_mark(vd, addr, true, dynamic);

	/* An event came in: what was asked is old. */
	if (!vmq_addr_grant_rtnl(vd, addr, gen, port,
				 vmq_vlan_of_rtnl(vd, dev, lk->key.vid)))
		vmq_fdb_ask(vd, addr);
	return;

forget:
	if (addr)
		vmq_addr_del_rtnl(vd, addr);
	/* The bridge will say no more of it: ask again, a second later. */
	if (err == -ENOMEM)
		vmq_fdb_replay(vd);
}

/*
 * Called by the replay for each entry of the FDB: take those that are not known
 * yet. Context: RTNL, RCU.
 */
static int vmq_learn_collect(struct notifier_block *nb, unsigned long event,
			     void *ptr)
{
	struct vmq_learn *run = container_of(nb, struct vmq_learn, nb);
	const struct switchdev_notifier_fdb_info *info = ptr;
	union vmq_key key = vmq_key(info->addr, info->vid);

	if (event != SWITCHDEV_FDB_ADD_TO_DEVICE || info->is_local ||
	    !vmq_addr_is_used(rtnl_dereference(run->vd->bridge), info->vid) ||
	    vmq_addr_find(run->vd, key) ||
	    !vmq_addr_has_room(run->vd, info->info.dev, false))
		return NOTIFY_DONE;
	if (run->nr == run->max)
		return notifier_from_errno(-ENOSPC);

	run->keys[run->nr].key = key;
	run->keys[run->nr++].by_user = info->added_by_user;
	return NOTIFY_DONE;
}

/* Take keys off the queue. Returns whether a replay is due as well. */
static bool vmq_learn_take(struct vmq_learn *run)
{
	struct vmq_device *vd = run->vd;
	bool replay;

	raw_spin_lock_irq(&vd->lock);
	vd->takes++;
	while (vd->ev_tail != vd->ev_head && run->nr < VMQ_EVENTS) {
		struct vmq_learn_key *lk = &run->keys[run->nr++];

		lk->key.val = vd->events[vd->ev_tail++ % VMQ_EVENTS];
		lk->by_user = lk->key.vid & VMQ_EVENT_BY_USER;
		lk->key.vid &= ~VMQ_EVENT_BY_USER;
	}
	/* At most one a second, however many events are lost. */
	replay = run->max > VMQ_EVENTS && vd->replay &&
		 time_after_eq(jiffies, vd->next_replay);
	if (replay) {
		vd->replay = false;
		vd->next_replay = jiffies + HZ;
	}
	raw_spin_unlock_irq(&vd->lock);

	return replay;
}

/* All known addresses and all of the bridge's. Context: process. */
static void vmq_learn_replay(struct vmq_learn *run)
{
	struct vmq_device *vd = run->vd;
	struct net_device *br;
	struct vmq_addr *addr;

	rtnl_lock();
	br = vd->dead ? NULL : rtnl_dereference(vd->bridge);
	if (br) {
		/* An event lost may have been a deletion. */
		list_for_each_entry(addr, &vd->addr_list, list) {
			if (run->nr == run->max)
				break;
			run->keys[run->nr].key = addr->key;
			run->keys[run->nr++].by_user = false;
		}
		switchdev_bridge_port_replay(vmq_device_port(vd), vd->dev, vd,
					     &run->nb, NULL, NULL);
	}
	rtnl_unlock();
}

/* The VLANs come first: until they are read the device is on the full path. */
static void vmq_learn_vlans(struct vmq_device *vd)
{
	if (!READ_ONCE(vd->vlan_stale))
		return;

	rtnl_lock();
	if (!vd->dead)
		vmq_vlan_refresh_rtnl(vd);
	rtnl_unlock();
}

/**
 * vmq_learn_work - ask the bridge about every queued address
 * @work: vmq_device.learn; comes with a reference of the device
 *
 * Context: Process. Takes RTNL for a bounded number of questions at a time.
 */
void vmq_learn_work(struct work_struct *work)
{
	struct vmq_device *vd = container_of(work, struct vmq_device, learn);
	struct vmq_learn run = {
		.nb.notifier_call = vmq_learn_collect,
		.vd = vd,
	};
	struct net_device *br;
	unsigned int i, end;
	bool replay;

	vmq_learn_vlans(vd);

	/* A replay asks about everything known and everything in the FDB. */
	run.max = VMQ_EVENTS;
	if (READ_ONCE(vd->replay))
		run.max += 2 * VMQ_LEARN_KEYS;
	run.keys = kvmalloc_array(run.max, sizeof(*run.keys), GFP_KERNEL);
	run.skb = nlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	/* Without memory the keys stay queued, and the period work comes. */
	if (!run.keys || !run.skb)
		goto out;

	replay = vmq_learn_take(&run);
	if (replay)
		vmq_learn_replay(&run);
	if (run.nr)
		synchronize_rcu();

	for (i = 0; i < run.nr; i = end) {
		end = min(i + VMQ_LEARN_BATCH, run.nr);
		rtnl_lock();
		br = vd->dead ? NULL : rtnl_dereference(vd->bridge);
		if (!br) {
			rtnl_unlock();
			break;
		}
		for (; i < end; i++)
			vmq_learn_resolve(&run, br, &run.keys[i]);
		rtnl_unlock();
		cond_resched();
	}

out:
	kfree_skb(run.skb);
	kvfree(run.keys);
	vmq_device_put(vd);
}
