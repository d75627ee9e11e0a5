// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: br_netfilter that is loaded, but switched off
 *
 * Any hook of the bridge family keeps frames off the fast path (rx.c), and
 * br_netfilter has hooks in every netns with a bridge, whether it is to do anything
 * or not. Its sysctls have neither an accessor nor an event. Where the admin says
 * that it may be trusted, its first hook is asked itself, with a packet that it
 * must drop if it does anything: each second while it does nothing, seldom while
 * it does, because the drop is counted (IpInHdrErrors). That it is really its
 * hook, and nobody else's, is tested for every frame.
 */
#include <linux/if_bridge.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>

#include "vmq.h"

#ifdef CONFIG_NETFILTER_FAMILY_BRIDGE

#define VMQ_NF_AGAIN	(60 * HZ)	/* between two questions that are counted */
#define VMQ_NF_HOLDS	(2 * HZ)	/* an answer, when RTNL is not to be had */

/* Those that a forwarded frame comes by. */
static const unsigned int vmq_netfilter_hooks[] = {
	NF_BR_PRE_ROUTING, NF_BR_FORWARD, NF_BR_POST_ROUTING,
};

/* By name, because br_netfilter exports none of its hooks. */
static bool vmq_netfilter_is_brnf(nf_hookfn *fn)
{
	char name[32];

	snprintf(name, sizeof(name), "%ps", fn);
	return strstarts(name, "br_nf_");
}

static int vmq_netfilter_okfn(struct net *net, struct sock *sk,
			      struct sk_buff *skb)
{
	kfree_skb(skb);
	return 0;
}

/*
 * What does br_nf_pre_routing() do with a packet of @protocol that has no valid
 * header? Switched off it accepts before it looks. Context: BH disabled, RCU.
 */
static enum vmq_nf_state vmq_netfilter_try(const struct nf_hook_entry *entry,
					   struct net_device *port,
					   __be16 protocol)
{
	struct nf_hook_state state;
	unsigned int verdict;
	struct sk_buff *skb;

	skb = alloc_skb(ETH_HLEN + sizeof(struct ipv6hdr), GFP_ATOMIC);
	if (!skb)
		return VMQ_NF_UNKNOWN;
	skb_put_zero(skb, ETH_HLEN + sizeof(struct ipv6hdr));
	skb_reset_mac_header(skb);
	skb_pull(skb, ETH_HLEN);
	skb_reset_network_header(skb);
	skb->protocol = protocol;
	skb->dev = port;

	nf_hook_state_init(&state, NF_BR_PRE_ROUTING, NFPROTO_BRIDGE, port,
			   NULL, NULL, dev_net(port), vmq_netfilter_okfn);
	verdict = nf_hook_entry_hookfn(entry, skb, &state) & NF_VERDICT_MASK;
	if (verdict != NF_STOLEN)
		kfree_skb(skb);
	return verdict == NF_ACCEPT ? VMQ_NF_QUIET : VMQ_NF_ACTIVE;
}

/* Take down the functions at the bridge's hooks. Context: RCU. */
static enum vmq_nf_state vmq_netfilter_read(struct net *net, void **funcs)
{
	const struct nf_hook_entries *entries;
	unsigned int h, i, nr = 0;

	for (h = 0; h < ARRAY_SIZE(vmq_netfilter_hooks); h++) {
		entries = rcu_dereference(net->nf.hooks_bridge[vmq_netfilter_hooks[h]]);
		for (i = 0; entries && i < entries->num_hook_entries; i++) {
			if (nr == VMQ_NF_FUNCS ||
			    !vmq_netfilter_is_brnf(entries->hooks[i].hook))
				return VMQ_NF_FOREIGN;
			funcs[nr++] = (void *)entries->hooks[i].hook;
		}
	}
	return nr ? VMQ_NF_QUIET : VMQ_NF_ABSENT;
}

/* Only the first of its hooks makes the others do anything: ask that one. */
static enum vmq_nf_state vmq_netfilter_ask(struct net *net,
					   struct net_device *port,
					   void **funcs)
{
	static const __be16 protocols[] = { htons(ETH_P_IP), htons(ETH_P_IPV6) };
	const struct nf_hook_entries *entries;
	enum vmq_nf_state state;
	unsigned int i, p;

	state = vmq_netfilter_read(net, funcs);
	if (state != VMQ_NF_QUIET)
		return state;

	entries = rcu_dereference(net->nf.hooks_bridge[NF_BR_PRE_ROUTING]);
	if (!entries)
		return VMQ_NF_FOREIGN;
	for (i = 0; i < entries->num_hook_entries; i++) {
		/* It may be another's by now. */
		if (!vmq_netfilter_is_brnf(entries->hooks[i].hook))
			return VMQ_NF_FOREIGN;
		for (p = 0; p < ARRAY_SIZE(protocols); p++) {
			state = vmq_netfilter_try(&entries->hooks[i], port,
						  protocols[p]);
			if (state != VMQ_NF_QUIET)
				return state;
		}
	}
	return VMQ_NF_QUIET;
}

/* Publish what was found; the functions before the state that counts on them. */
static void vmq_netfilter_set(struct vmq_nf *nf, enum vmq_nf_state state,
			      void **funcs)
{
	unsigned int i;

	if (state != VMQ_NF_QUIET) {
		WRITE_ONCE(nf->state, state);
		return;
	}
	for (i = 0; i < VMQ_NF_FUNCS; i++) {
		if (nf->funcs[i] == funcs[i])
			continue;
		WRITE_ONCE(nf->state, VMQ_NF_UNKNOWN);
		smp_wmb();	/* pairs with smp_load_acquire() */
		WRITE_ONCE(nf->funcs[i], funcs[i]);
	}
	WRITE_ONCE(nf->until, jiffies + VMQ_NF_HOLDS);
	/* Pairs with smp_load_acquire() in vmq_netfilter_is_quiet(). */
	smp_store_release(&nf->state, VMQ_NF_QUIET);
}

/**
 * vmq_netfilter_update_rtnl - look again whether br_netfilter does anything
 * @vd: device
 *
 * Context: process context, RTNL.
 */
void vmq_netfilter_update_rtnl(struct vmq_device *vd)
{
	struct net_device *br = rtnl_dereference(vd->bridge);
	enum vmq_nf_state state = VMQ_NF_UNKNOWN;
	void *funcs[VMQ_NF_FUNCS] = {};

	ASSERT_RTNL();

	if (vd->nf.trust && br && netif_is_bridge_port(vmq_device_port(vd))) {
		if (vd->nf.state == VMQ_NF_ACTIVE &&
		    time_before(jiffies, vd->nf.next))
			return;
		vd->nf.next = jiffies + VMQ_NF_AGAIN;
		local_bh_disable();
		rcu_read_lock();
		state = vmq_netfilter_ask(dev_net(br), vmq_device_port(vd),
					  funcs);
		rcu_read_unlock();
		local_bh_enable();
	}
	vmq_netfilter_set(&vd->nf, state, funcs);
}

/**
 * vmq_netfilter_is_quiet - do the bridge's hooks do nothing, as far as is known?
 * @vd: device
 * @br: its bridge, with a hook that a forwarded frame comes by
 *
 * Context: softirq, RCU.
 * Return: whether br_netfilter is trusted, was found switched off at the last look,
 * and nobody else has a hook now.
 */
bool vmq_netfilter_is_quiet(const struct vmq_device *vd,
			    const struct net_device *br)
{
	const struct nf_hook_entries *entries;
	unsigned int h, i, f;

	/* Pairs with vmq_netfilter_set(). */
	if (smp_load_acquire(&vd->nf.state) != VMQ_NF_QUIET ||
	    time_after(jiffies, READ_ONCE(vd->nf.until)))
		return false;

	for (h = 0; h < ARRAY_SIZE(vmq_netfilter_hooks); h++) {
		entries = rcu_dereference(dev_net(br)->nf.hooks_bridge[vmq_netfilter_hooks[h]]);
		for (i = 0; entries && i < entries->num_hook_entries; i++) {
			for (f = 0; f < VMQ_NF_FUNCS; f++)
				if ((void *)entries->hooks[i].hook ==
				    READ_ONCE(vd->nf.funcs[f]))
					break;
			if (f == VMQ_NF_FUNCS)
				return false;
		}
	}
	return true;
}

#else

void vmq_netfilter_update_rtnl(struct vmq_device *vd)
{
	WRITE_ONCE(vd->nf.state, vd->nf.trust ? VMQ_NF_ABSENT : VMQ_NF_UNKNOWN);
}

bool vmq_netfilter_is_quiet(const struct vmq_device *vd,
			    const struct net_device *br)
{
	return true;
}

#endif

/* User-visible: /sys/class/net/<iface>/vmq/br_netfilter */
const char *const vmq_netfilter_names[] = {
	[VMQ_NF_UNKNOWN]	= "unknown",
	[VMQ_NF_ABSENT]		= "absent",
	[VMQ_NF_QUIET]		= "off",
	[VMQ_NF_ACTIVE]		= "on",
	[VMQ_NF_FOREIGN]	= "others",
};

/**
 * vmq_netfilter_trust_rtnl - may br_netfilter be trusted to do nothing?
 * @vd: device
 * @on: the admin's word
 *
 * Context: process context, RTNL.
 */
void vmq_netfilter_trust_rtnl(struct vmq_device *vd, bool on)
{
	ASSERT_RTNL();

	vd->nf.trust = on;
	/* Asked for: at once, whatever was found before. */
	WRITE_ONCE(vd->nf.state, VMQ_NF_UNKNOWN);
	vmq_netfilter_update_rtnl(vd);
}
