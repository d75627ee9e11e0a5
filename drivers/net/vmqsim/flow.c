// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: ntuple rules. Slot table, and checks as the chosen driver would make
 * them.
 *
 * The lowest location wins. Rules with a full destination MAC sit in a hash,
 * so that a thousand of them cost a frame no more than one; the others are a
 * list in order of location.
 */
#include <linux/ethtool.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/jhash.h>
#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "vmqsim.h"

static struct hlist_head *vmqsim_flow_bucket(struct vmqsim_nic *nic,
					     const u8 *mac)
{
	u32 hash = jhash(mac, ETH_ALEN, 0);

	return &nic->rule_hash[hash >> (32 - VMQSIM_RULE_HASH_BITS)];
}

/**
 * vmqsim_flow_classify() - what do the rules say about a frame?
 * @nic: the NIC
 * @pkt: the parsed frame
 * @hash: its RSS hash
 *
 * Context: RCU read section.
 * Return: queue number, chosen by RSS where no rule matches, or
 * VMQSIM_FLOW_DROP.
 */
int vmqsim_flow_classify(struct vmqsim_nic *nic, const struct vmqsim_pkt *pkt,
			 u32 hash)
{
	const struct vmqsim_rule *best = NULL;
	const struct vmqsim_rule *rule;
	u32 context = 0;

	if (!READ_ONCE(nic->num_rules))
		return vmqsim_rss_queue(nic, 0, hash);

	hlist_for_each_entry_rcu(rule, vmqsim_flow_bucket(nic, pkt->dst), node)
		if ((!best || rule->fs.location < best->fs.location) &&
		    vmqsim_match_frame(rule, pkt))
			best = rule;
	hlist_for_each_entry_rcu(rule, &nic->rule_list, node) {
		if (best && rule->fs.location > best->fs.location)
			break;
		if (vmqsim_match_frame(rule, pkt)) {
			best = rule;
			break;
		}
	}

	if (best) {
		if (best->fs.ring_cookie == RX_CLS_FLOW_DISC)
			return VMQSIM_FLOW_DROP;
		if (!(best->fs.flow_type & FLOW_RSS))
			return best->fs.ring_cookie;
		context = best->context;
	}
	return vmqsim_rss_queue(nic, context, hash);
}

static void vmqsim_flow_link(struct vmqsim_nic *nic, struct vmqsim_rule *rule)
{
	struct vmqsim_rule *last = NULL;
	struct vmqsim_rule *pos;
	const u8 *mask;
	const u8 *mac;

	mac = vmqsim_match_mac(&rule->fs, &mask);
	rule->hashed = mac && is_broadcast_ether_addr(mask);
	if (rule->hashed) {
		hlist_add_head_rcu(&rule->node, vmqsim_flow_bucket(nic, mac));
	} else {
		hlist_for_each_entry(pos, &nic->rule_list, node) {
			if (pos->fs.location > rule->fs.location)
				break;
			last = pos;
		}
		if (last)
			hlist_add_behind_rcu(&rule->node, &last->node);
		else
			hlist_add_head_rcu(&rule->node, &nic->rule_list);
	}
	nic->slots[rule->fs.location] = rule;
	WRITE_ONCE(nic->num_rules, nic->num_rules + 1);
}

static void vmqsim_flow_unlink(struct vmqsim_nic *nic, struct vmqsim_rule *rule)
{
	hlist_del_rcu(&rule->node);
	nic->slots[rule->fs.location] = NULL;
	WRITE_ONCE(nic->num_rules, nic->num_rules - 1);
	kfree_rcu(rule, rcu);
}

static int vmqsim_flow_check_action(struct vmqsim_nic *nic,
				    struct vmqsim_rule *rule)
{
	const struct ethtool_rx_flow_spec *fs = &rule->fs;

	if (fs->ring_cookie == RX_CLS_FLOW_DISC)
		return fs->flow_type & FLOW_RSS ? -EINVAL : 0;
	if (ethtool_get_flow_spec_ring_vf(fs->ring_cookie))
		return -EINVAL;
	if (fs->flow_type & FLOW_RSS) {
		if (fs->ring_cookie || !vmqsim_rss_exists(nic, rule->context))
			return -EINVAL;
		return 0;
	}
	return fs->ring_cookie < nic->vectors ? 0 : -EINVAL;
}

/* Where does the rule go? Also the refusals that have to do with it. */
static int vmqsim_flow_check_location(struct vmqsim_nic *nic, u32 *location)
{
	u32 loc = *location;

	if (loc == RX_CLS_LOC_ANY) {
		if (vmqsim_quirk_on(nic, VMQSIM_Q_LOC_EXPLICIT))
			return -EINVAL;
		/* The last free one: rules with a location that the user
		 * chose come first.
		 */
		for (loc = nic->num_slots; loc > 0; loc--)
			if (!nic->slots[loc - 1])
				break;
		if (!loc)
			return -ENOSPC;
		*location = loc - 1;
		return 0;
	}
	if (vmqsim_quirk_on(nic, VMQSIM_Q_LOC_ANY))
		return -EINVAL;
	return loc < nic->num_slots ? 0 : -EINVAL;
}

/* May rules be changed at all now? */
static int vmqsim_flow_check_state(struct vmqsim_nic *nic)
{
	if (vmqsim_quirk_on(nic, VMQSIM_Q_NO_NTUPLE))
		return -EOPNOTSUPP;
	if (vmqsim_quirk_on(nic, VMQSIM_Q_BUSY))
		return -EBUSY;
	return 0;
}

/**
 * vmqsim_flow_insert() - insert a rule
 * @nic: the NIC
 * @nfc: the request; the location is filled in
 *
 * A rule at a location in use replaces what is there, as ethtool has it.
 *
 * Context: process, vmqsim_nic::lock held.
 * Return: 0; -EOPNOTSUPP: the NIC has no rules, or cannot match this; -EBUSY:
 * quirk; -EINVAL: queue, location or VLAN mask refused; -ENOSPC: table full.
 */
int vmqsim_flow_insert(struct vmqsim_nic *nic, struct ethtool_rxnfc *nfc)
{
	struct vmqsim_rule *rule;
	int err;

	lockdep_assert_held(&nic->lock);
	err = vmqsim_flow_check_state(nic);
	if (err)
		return err;
	if (vmqsim_quirk_on(nic, VMQSIM_Q_NEED_NTUPLE) &&
	    !(nic->dev->features & NETIF_F_NTUPLE))
		return -EOPNOTSUPP;

	rule = kzalloc_obj(*rule, GFP_KERNEL);
	if (!rule)
		return -ENOMEM;
	rule->fs = nfc->fs;
	if (nfc->fs.flow_type & FLOW_RSS)
		rule->context = nfc->rss_context;
	rule->nothing = vmqsim_quirk_on(nic, VMQSIM_Q_IGNORE_MAC) &&
			vmqsim_match_has_mac(&rule->fs);
	err = vmqsim_match_check(rule, nic->vlan_mask);
	if (!err)
		err = vmqsim_flow_check_action(nic, rule);
	if (!err)
		err = vmqsim_flow_check_location(nic, &rule->fs.location);
	if (err) {
		kfree(rule);
		return err;
	}

	if (nic->slots[rule->fs.location])
		vmqsim_flow_unlink(nic, nic->slots[rule->fs.location]);
	vmqsim_flow_link(nic, rule);
	nfc->fs.location = rule->fs.location;
	return 0;
}

/**
 * vmqsim_flow_delete() - delete a rule
 * @nic: the NIC
 * @location: its location
 *
 * Context: process, vmqsim_nic::lock held.
 * Return: 0, -ENOENT, -EINVAL, -EOPNOTSUPP or -EBUSY.
 */
int vmqsim_flow_delete(struct vmqsim_nic *nic, u32 location)
{
	int err;

	lockdep_assert_held(&nic->lock);
	err = vmqsim_flow_check_state(nic);
	if (err)
		return err;
	if (location >= nic->num_slots)
		return -EINVAL;
	if (!nic->slots[location])
		return -ENOENT;
	vmqsim_flow_unlink(nic, nic->slots[location]);
	return 0;
}

/**
 * vmqsim_flow_get() - read a rule
 * @nic: the NIC
 * @nfc: request and answer
 *
 * Context: process, vmqsim_nic::lock held.
 * Return: 0, -ENOENT or -EINVAL.
 */
int vmqsim_flow_get(struct vmqsim_nic *nic, struct ethtool_rxnfc *nfc)
{
	u32 location = nfc->fs.location;
	struct vmqsim_rule *rule;

	lockdep_assert_held(&nic->lock);
	if (location >= nic->num_slots)
		return -EINVAL;
	rule = nic->slots[location];
	if (!rule)
		return -ENOENT;
	nfc->fs = rule->fs;
	nfc->rss_context = rule->context;
	nfc->data = nic->num_slots;
	return 0;
}

/**
 * vmqsim_flow_count() - report the number of rules and slots
 * @nic: the NIC
 * @nfc: the answer
 *
 * Context: process, vmqsim_nic::lock held.
 */
void vmqsim_flow_count(struct vmqsim_nic *nic, struct ethtool_rxnfc *nfc)
{
	lockdep_assert_held(&nic->lock);
	nfc->rule_cnt = nic->num_rules;
	nfc->data = nic->num_slots;
	if (!vmqsim_quirk_on(nic, VMQSIM_Q_LOC_EXPLICIT))
		nfc->data |= RX_CLS_LOC_SPECIAL;
}

/**
 * vmqsim_flow_list() - list the locations in use
 * @nic: the NIC
 * @nfc: request (room in rule_cnt) and answer
 * @locs: the locations
 *
 * Context: process, vmqsim_nic::lock held.
 * Return: 0 or -EMSGSIZE.
 */
int vmqsim_flow_list(struct vmqsim_nic *nic, struct ethtool_rxnfc *nfc,
		     u32 *locs)
{
	unsigned int num = 0;
	unsigned int i;

	lockdep_assert_held(&nic->lock);
	for (i = 0; i < nic->num_slots && num < nic->num_rules; i++) {
		if (!nic->slots[i])
			continue;
		if (num == nfc->rule_cnt)
			return -EMSGSIZE;
		locs[num++] = i;
	}
	nfc->rule_cnt = num;
	nfc->data = nic->num_slots;
	return 0;
}

/**
 * vmqsim_flow_wipe() - erase all rules, as hardware that forgets
 * @nic: the NIC
 *
 * Context: process, vmqsim_nic::lock held.
 */
void vmqsim_flow_wipe(struct vmqsim_nic *nic)
{
	unsigned int i;

	lockdep_assert_held(&nic->lock);
	for (i = 0; i < nic->num_slots; i++)
		if (nic->slots[i])
			vmqsim_flow_unlink(nic, nic->slots[i]);
}

/**
 * vmqsim_flow_max_queue() - highest queue that a rule names
 * @nic: the NIC
 *
 * Context: process, vmqsim_nic::lock held.
 * Return: queue number, -1 without such rules.
 */
int vmqsim_flow_max_queue(struct vmqsim_nic *nic)
{
	unsigned int i;
	int max = -1;

	lockdep_assert_held(&nic->lock);
	for (i = 0; i < nic->num_slots; i++) {
		const struct vmqsim_rule *rule = nic->slots[i];

		if (rule && rule->fs.ring_cookie != RX_CLS_FLOW_DISC &&
		    !(rule->fs.flow_type & FLOW_RSS))
			max = max_t(int, max, rule->fs.ring_cookie);
	}
	return max;
}

/**
 * vmqsim_flow_uses_context() - does a rule name this RSS context?
 * @nic: the NIC
 * @context: RSS context
 *
 * Context: process, vmqsim_nic::lock held.
 * Return: true if so.
 */
bool vmqsim_flow_uses_context(struct vmqsim_nic *nic, u32 context)
{
	unsigned int i;

	lockdep_assert_held(&nic->lock);
	for (i = 0; i < nic->num_slots; i++) {
		const struct vmqsim_rule *rule = nic->slots[i];

		if (rule && (rule->fs.flow_type & FLOW_RSS) &&
		    rule->context == context)
			return true;
	}
	return false;
}

/**
 * vmqsim_flow_resize() - change the size of the slot table
 * @nic: the NIC
 * @slots: new size
 *
 * Context: process, vmqsim_nic::lock held.
 * Return: 0, -ENOMEM, or -EBUSY if a rule would lose its slot.
 */
int vmqsim_flow_resize(struct vmqsim_nic *nic, unsigned int slots)
{
	struct vmqsim_rule **table;
	unsigned int i;

	lockdep_assert_held(&nic->lock);
	for (i = slots; i < nic->num_slots; i++)
		if (nic->slots[i])
			return -EBUSY;
	table = kvcalloc(slots, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	memcpy(table, nic->slots,
	       min(slots, nic->num_slots) * sizeof(*table));
	kvfree(nic->slots);
	nic->slots = table;
	nic->num_slots = slots;
	return 0;
}

/**
 * vmqsim_flow_init() - make the slot table
 * @nic: the NIC, not yet registered
 * @slots: its size
 *
 * Return: 0 or -ENOMEM.
 */
int vmqsim_flow_init(struct vmqsim_nic *nic, unsigned int slots)
{
	nic->slots = kvcalloc(slots, sizeof(*nic->slots), GFP_KERNEL);
	if (!nic->slots)
		return -ENOMEM;
	nic->num_slots = slots;
	return 0;
}

/**
 * vmqsim_flow_destroy() - free all rules and the table
 * @nic: the NIC; nothing uses it any more
 */
void vmqsim_flow_destroy(struct vmqsim_nic *nic)
{
	mutex_lock(&nic->lock);
	vmqsim_flow_wipe(nic);
	mutex_unlock(&nic->lock);
	kvfree(nic->slots);
}
