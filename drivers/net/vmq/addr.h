/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmq: looking up an address, inline for the fast path
 */
#ifndef _VMQ_ADDR_H
#define _VMQ_ADDR_H

#include <linux/if_bridge.h>
#include <linux/rhashtable.h>

#include "vmq.h"

extern u64 vmq_addr_secret;	/* addr.c; constant after init */

/**
 * vmq_addr_mix - hash of an address
 * @key: union vmq_key's value
 * @multiplier: odd and secret
 *
 * Addresses differ where vendors and managers count, mostly in the last byte,
 * which is bits 40 to 47 of the key, and a product's bit depends on no higher
 * bit of its factors: so the upper half is folded into the lower, and mixed once
 * more. rhashtable takes the low bits of the result.
 *
 * Context: Any.
 * Return: the hash.
 */
static inline u32 vmq_addr_mix(u64 key, u64 multiplier)
{
	key *= multiplier;
	key ^= key >> 32;
	return (key * multiplier) >> 32;
}

static inline u32 vmq_addr_hash(const void *data, u32 len, u32 seed)
{
	const union vmq_key *key = data;

	/* Shifted, so that the multiplier stays odd. */
	return vmq_addr_mix(key->val, vmq_addr_secret ^ (u64)seed << 1);
}

static inline int vmq_addr_cmp(struct rhashtable_compare_arg *arg,
			       const void *obj)
{
	const union vmq_key *key = arg->key;
	const struct vmq_addr *addr = obj;

	return key->val != addr->key.val;
}

/* Constant in every user, so that the lookup has no indirect call. */
static const struct rhashtable_params vmq_addr_params = {
	.key_len		= sizeof(union vmq_key),
	.key_offset		= offsetof(struct vmq_addr, key),
	.head_offset		= offsetof(struct vmq_addr, node),
	.hashfn			= vmq_addr_hash,
	.obj_cmpfn		= vmq_addr_cmp,
	.automatic_shrinking	= true,
};

/**
 * vmq_addr_find - what is known of an address
 * @vd: device
 * @key: address
 *
 * Context: RCU.
 * Return: the entry, or NULL.
 */
static inline struct vmq_addr *vmq_addr_find(struct vmq_device *vd,
					     union vmq_key key)
{
	return rhashtable_lookup(&vd->addrs, &key, vmq_addr_params);
}

/**
 * vmq_addr_find_rtnl - what is known of an address
 * @vd: device
 * @key: address
 *
 * Context: Process, RTNL.
 * Return: the entry, or NULL.
 */
static inline struct vmq_addr *vmq_addr_find_rtnl(struct vmq_device *vd,
						  union vmq_key key)
{
	return rhashtable_lookup_fast(&vd->addrs, &key, vmq_addr_params);
}

/**
 * vmq_addr_is_used - does the bridge look up addresses of this VLAN at all?
 * @br: bridge
 * @vid: VLAN of an entry of its FDB
 *
 * Without VLAN filtering all frames are in VLAN 0, with it none is
 * (__allowed_ingress(), net/bridge/br_vlan.c). An entry that the admin adds
 * without a VLAN is made in all of them (br_fdb_add()).
 *
 * Context: Any.
 * Return: whether it does.
 */
static inline bool vmq_addr_is_used(const struct net_device *br, u16 vid)
{
	return br_vlan_enabled(br) == !!vid;
}

#endif /* _VMQ_ADDR_H */
