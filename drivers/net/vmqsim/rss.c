// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: receive side scaling. Hash key, indirection tables, contexts.
 *
 * All contexts share one key, each has an indirection table of its own.
 */
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "vmqsim.h"

static struct vmqsim_toeplitz *vmqsim_rss_unroll(const u8 *key)
{
	struct vmqsim_toeplitz *toeplitz;

	toeplitz = kvmalloc_obj(*toeplitz, GFP_KERNEL);
	if (toeplitz)
		vmqsim_toeplitz_init(toeplitz, key);
	return toeplitz;
}

/**
 * vmqsim_rss_hash() - RSS hash of a frame
 * @nic: the NIC
 * @pkt: the parsed frame
 * @type: set to what went into the hash
 *
 * Context: RCU read section.
 * Return: the hash.
 */
u32 vmqsim_rss_hash(struct vmqsim_nic *nic, const struct vmqsim_pkt *pkt,
		    enum pkt_hash_types *type)
{
	return vmqsim_toeplitz_hash(rcu_dereference(nic->toeplitz), pkt, type);
}

/**
 * vmqsim_rss_queue() - queue of a hash
 * @nic: the NIC
 * @context: RSS context
 * @hash: the frame's hash
 *
 * Context: RCU read section.
 * Return: queue number.
 */
unsigned int vmqsim_rss_queue(struct vmqsim_nic *nic, u32 context, u32 hash)
{
	const struct vmqsim_rss *rss = rcu_dereference(nic->ctx[context]);

	/* The context went away together with the rule that names it. */
	if (unlikely(!rss))
		return 0;
	return rss->indir[hash % VMQSIM_INDIR_SIZE];
}

/**
 * vmqsim_rss_exists() - is there such a context?
 * @nic: the NIC
 * @context: RSS context
 *
 * Return: true if so.
 */
bool vmqsim_rss_exists(struct vmqsim_nic *nic, u32 context)
{
	return context < VMQSIM_MAX_CTX &&
	       rcu_access_pointer(nic->ctx[context]);
}

static struct vmqsim_rss *vmqsim_rss_deref(struct vmqsim_nic *nic, u32 context)
{
	return rcu_dereference_protected(nic->ctx[context],
					 lockdep_is_held(&nic->lock));
}

/* A table: as given, or spread evenly over all queues. */
static struct vmqsim_rss *vmqsim_rss_alloc(const u32 *indir,
					   unsigned int queues)
{
	struct vmqsim_rss *rss;
	unsigned int i;

	rss = kmalloc_obj(*rss, GFP_KERNEL);
	if (!rss)
		return NULL;
	for (i = 0; i < VMQSIM_INDIR_SIZE; i++)
		rss->indir[i] = indir ? indir[i] :
				ethtool_rxfh_indir_default(i, queues);
	return rss;
}

static void vmqsim_rss_replace(struct vmqsim_nic *nic, u32 context,
			       struct vmqsim_rss *rss)
{
	struct vmqsim_rss *old = vmqsim_rss_deref(nic, context);

	rcu_assign_pointer(nic->ctx[context], rss);
	if (old)
		kfree_rcu(old, rcu);
}

static int vmqsim_rss_publish(struct vmqsim_nic *nic, u32 context,
			      const u32 *indir, unsigned int queues)
{
	struct vmqsim_rss *rss = vmqsim_rss_alloc(indir, queues);

	if (!rss)
		return -ENOMEM;
	vmqsim_rss_replace(nic, context, rss);
	return 0;
}

static void vmqsim_rss_rekey(struct vmqsim_nic *nic,
			     struct vmqsim_toeplitz *toeplitz)
{
	toeplitz = rcu_replace_pointer(nic->toeplitz, toeplitz,
				       lockdep_is_held(&nic->lock));
	synchronize_net();
	kvfree(toeplitz);
}

/**
 * vmqsim_rss_max_queue() - highest queue that a table names
 * @nic: the NIC
 * @contexts_only: leave the main table out
 *
 * Context: vmqsim_nic::lock held.
 * Return: queue number.
 */
unsigned int vmqsim_rss_max_queue(struct vmqsim_nic *nic, bool contexts_only)
{
	unsigned int max = 0;
	unsigned int ctx;
	unsigned int i;

	lockdep_assert_held(&nic->lock);
	for (ctx = contexts_only; ctx < VMQSIM_MAX_CTX; ctx++) {
		struct vmqsim_rss *rss = vmqsim_rss_deref(nic, ctx);

		for (i = 0; rss && i < VMQSIM_INDIR_SIZE; i++)
			max = max_t(unsigned int, max, rss->indir[i]);
	}
	return max;
}

/**
 * vmqsim_rss_spread() - spread the main table over all queues
 * @nic: the NIC
 * @queues: how many
 *
 * Context: vmqsim_nic::lock held.
 * Return: 0 or -ENOMEM.
 */
int vmqsim_rss_spread(struct vmqsim_nic *nic, unsigned int queues)
{
	lockdep_assert_held(&nic->lock);
	return vmqsim_rss_publish(nic, 0, NULL, queues);
}

/* What every change of a context has in common. */
static int vmqsim_rss_check(struct vmqsim_nic *nic, u32 context,
			    const u32 *indir, const u8 *key, u8 hfunc)
{
	unsigned int i;

	lockdep_assert_held(&nic->lock);
	if (hfunc != ETH_RSS_HASH_NO_CHANGE && hfunc != ETH_RSS_HASH_TOP)
		return -EOPNOTSUPP;
	if (key && context)
		return -EOPNOTSUPP;
	for (i = 0; indir && i < VMQSIM_INDIR_SIZE; i++)
		if (indir[i] >= nic->vectors)
			return -EINVAL;
	return 0;
}

/**
 * vmqsim_rss_set() - change a context
 * @nic: the NIC
 * @context: RSS context, 0 the main one
 * @indir: VMQSIM_INDIR_SIZE queue numbers, NULL: keep
 * @key: VMQSIM_KEY_SIZE bytes, NULL: keep. Only with context 0
 * @hfunc: ETH_RSS_HASH_TOP or ETH_RSS_HASH_NO_CHANGE
 *
 * Context: process, vmqsim_nic::lock held.
 * Return: 0 or a negative errno, then nothing has changed.
 */
int vmqsim_rss_set(struct vmqsim_nic *nic, u32 context, const u32 *indir,
		   const u8 *key, u8 hfunc)
{
	struct vmqsim_toeplitz *toeplitz = NULL;
	struct vmqsim_rss *rss = NULL;
	int err;

	err = vmqsim_rss_check(nic, context, indir, key, hfunc);
	if (err)
		return err;
	if (!vmqsim_rss_exists(nic, context))
		return -ENOENT;

	/* All that can fail comes before the first change. */
	if (key) {
		toeplitz = vmqsim_rss_unroll(key);
		if (!toeplitz)
			return -ENOMEM;
	}
	if (indir) {
		rss = vmqsim_rss_alloc(indir, 0);
		if (!rss) {
			kvfree(toeplitz);
			return -ENOMEM;
		}
	}

	if (rss)
		vmqsim_rss_replace(nic, context, rss);
	if (toeplitz)
		vmqsim_rss_rekey(nic, toeplitz);
	return 0;
}

/**
 * vmqsim_rss_create() - make a context
 * @nic: the NIC
 * @context: its id, not 0
 * @indir: see vmqsim_rss_set(); NULL: spread over all queues
 * @key: must be NULL
 * @hfunc: see vmqsim_rss_set()
 *
 * Context: process, vmqsim_nic::lock held.
 * Return: 0 or a negative errno.
 */
int vmqsim_rss_create(struct vmqsim_nic *nic, u32 context, const u32 *indir,
		      const u8 *key, u8 hfunc)
{
	int err;

	err = vmqsim_rss_check(nic, context, indir, key, hfunc);
	if (err)
		return err;
	if (!context || context >= VMQSIM_MAX_CTX)
		return -ENOSPC;
	if (vmqsim_rss_exists(nic, context))
		return -EEXIST;
	return vmqsim_rss_publish(nic, context, indir, nic->vectors);
}

/**
 * vmqsim_rss_remove() - remove a context
 * @nic: the NIC
 * @context: its id
 *
 * Context: process, vmqsim_nic::lock held.
 * Return: 0, -ENOENT, or -EBUSY while a rule names it.
 */
int vmqsim_rss_remove(struct vmqsim_nic *nic, u32 context)
{
	struct vmqsim_rss *rss;

	lockdep_assert_held(&nic->lock);
	if (!context || !vmqsim_rss_exists(nic, context))
		return -ENOENT;
	if (vmqsim_flow_uses_context(nic, context))
		return -EBUSY;
	rss = rcu_replace_pointer(nic->ctx[context], NULL,
				  lockdep_is_held(&nic->lock));
	kfree_rcu(rss, rcu);
	return 0;
}

/**
 * vmqsim_rss_free_id() - find an unused context id
 * @nic: the NIC
 *
 * Context: vmqsim_nic::lock held.
 * Return: the id or -ENOSPC.
 */
int vmqsim_rss_free_id(struct vmqsim_nic *nic)
{
	unsigned int context;

	lockdep_assert_held(&nic->lock);
	for (context = 1; context < VMQSIM_MAX_CTX; context++)
		if (!vmqsim_rss_exists(nic, context))
			return context;
	return -ENOSPC;
}

/**
 * vmqsim_rss_get() - read a context
 * @nic: the NIC
 * @context: RSS context
 * @indir: where the table goes, or NULL
 * @key: where the key goes, or NULL
 * @hfunc: where the hash function goes, or NULL
 *
 * Context: process, vmqsim_nic::lock held.
 * Return: 0 or -ENOENT.
 */
int vmqsim_rss_get(struct vmqsim_nic *nic, u32 context, u32 *indir, u8 *key,
		   u8 *hfunc)
{
	struct vmqsim_toeplitz *toeplitz;
	struct vmqsim_rss *rss;
	unsigned int i;

	lockdep_assert_held(&nic->lock);
	if (!vmqsim_rss_exists(nic, context))
		return -ENOENT;
	rss = vmqsim_rss_deref(nic, context);
	for (i = 0; indir && i < VMQSIM_INDIR_SIZE; i++)
		indir[i] = rss->indir[i];
	toeplitz = rcu_dereference_protected(nic->toeplitz,
					     lockdep_is_held(&nic->lock));
	if (key)
		memcpy(key, toeplitz->key, VMQSIM_KEY_SIZE);
	if (hfunc)
		*hfunc = ETH_RSS_HASH_TOP;
	return 0;
}

/**
 * vmqsim_rss_init() - key and main table of a new NIC
 * @nic: the NIC, not yet registered
 *
 * Return: 0 or -ENOMEM.
 */
int vmqsim_rss_init(struct vmqsim_nic *nic)
{
	struct vmqsim_toeplitz *toeplitz;
	u8 key[VMQSIM_KEY_SIZE];
	int err;

	netdev_rss_key_fill(key, sizeof(key));
	toeplitz = vmqsim_rss_unroll(key);
	if (!toeplitz)
		return -ENOMEM;
	RCU_INIT_POINTER(nic->toeplitz, toeplitz);

	mutex_lock(&nic->lock);
	err = vmqsim_rss_publish(nic, 0, NULL, nic->num_rx);
	mutex_unlock(&nic->lock);
	if (err)
		kvfree(toeplitz);
	return err;
}

/**
 * vmqsim_rss_destroy() - free all tables
 * @nic: the NIC; nothing uses it any more
 */
void vmqsim_rss_destroy(struct vmqsim_nic *nic)
{
	unsigned int i;

	for (i = 0; i < VMQSIM_MAX_CTX; i++)
		kfree(rcu_replace_pointer(nic->ctx[i], NULL, true));
	kvfree(rcu_replace_pointer(nic->toeplitz, NULL, true));
}
