/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmq: Virtual Machine Queues for the Linux bridge, private declarations
 *
 * Objects and who owns them:
 *
 *   vmq_nic     a NIC below one or more uplinks; owns queues, filters, pins.
 *               On a global list under RTNL, freed with its last device.
 *   vmq_device  one vmqN; outlives its netdev, because work may still hold it.
 *   vmq_port    a bridge port that some vnic of a device leads to.
 *   vmq_addr    what the bridge's FDB says of one (MAC, VLAN): behind our
 *               uplink (a source that may bypass) or behind a port (a vnic).
 *   vmq_vnic    the steering state of an address that is behind a port.
 *   vmq_filter  one destination MAC on a nic: the rule, or why there is none.
 *
 * Lock order: RTNL -> (netdev instance lock) -> vmq_device.lock (leaf, taken
 * from notifiers that may hold the bridge's hash lock).
 */
#ifndef _VMQ_H
#define _VMQ_H

#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/kref.h>
#include <linux/netdevice.h>
#include <linux/rhashtable.h>
#include <linux/tracepoint-defs.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <uapi/linux/vmq.h>

#include "intree.h"

#define VMQ_DRV_NAME		"vmq"
#define VMQ_MAX_VNICS		4096	/* vnics a device, upper bound */
#define VMQ_MAX_PORT_VNICS	64	/* vnics a port, default */
#define VMQ_MAX_SOURCES		16384	/* confirmed sources a device */
#define VMQ_EVENTS		1024	/* queued FDB events a device */
#define VMQ_EVENT_BY_USER	BIT(15)	/* in a queued key's VLAN */
#define VMQ_MAX_QUEUES		64	/* queues of vmqN, upper bound */
#define VMQ_MAX_NICS		8	/* members of a bond that are steered */

struct seq_file;
struct vmq_flows;
struct vmq_port;
struct vmq_team;
struct vmq_vnic;
struct vmq_nic;

/**
 * enum vmq_pass - why a frame took the bridge's full path
 * @VMQ_FAST: it did not
 * @VMQ_PASS_OFF: the bypass is switched off
 * @VMQ_PASS_NO_BRIDGE: no bridge above or beside the device
 * @VMQ_PASS_DOWN: vmqN is down (stacked)
 * @VMQ_PASS_STP: a spanning tree runs, in the kernel or in user space
 * @VMQ_PASS_MST: multiple spanning trees are enabled
 * @VMQ_PASS_MRP: a port takes part in a media redundancy ring
 * @VMQ_PASS_VLAN_CHANGE: the bridge's VLANs have changed and are read anew
 * @VMQ_PASS_VLAN_STATE: a VLAN of a port is not forwarding
 * @VMQ_PASS_VLAN_STATS: the bridge counts frames by VLAN
 * @VMQ_PASS_UPLINK_STATE: the uplink is not forwarding
 * @VMQ_PASS_PORT_STATE: the port is not forwarding
 * @VMQ_PASS_PORT_DOWN: the port is down
 * @VMQ_PASS_MULTICAST: multicast or broadcast destination
 * @VMQ_PASS_LOOPBACK: the frame was looped back
 * @VMQ_PASS_VLAN: of the frame's VLAN the bridge, or a VLAN device, has to know
 * @VMQ_PASS_PROTOCOL: neither IPv4 nor IPv6
 * @VMQ_PASS_ICMPV6: ICMPv6, which the bridge may answer
 * @VMQ_PASS_NO_VNIC: no VM is known behind the destination
 * @VMQ_PASS_REVOKED: the destination moved or aged and is being asked for
 * @VMQ_PASS_SOURCE: the bridge's FDB does not have the source on the uplink
 * @VMQ_PASS_REFRESH: a frame now and then that keeps the bridge's FDB fresh
 * @VMQ_PASS_NETFILTER: a netfilter hook of the bridge's netns
 * @VMQ_PASS_UPLINK_FLAGS: the uplink is locked, isolated or has VLAN tunnels
 * @VMQ_PASS_PORT_FLAGS: the port is isolated, has VLAN tunnels or is a switch's
 * @VMQ_PASS_PROMISC: the bridge device is promiscuous
 * @VMQ_PASS_TAP: a packet socket on vmqN or on all devices
 * @VMQ_PASS_TC: tc at ingress of vmqN
 * @VMQ_PASS_NFT_INGRESS: netfilter at ingress of vmqN
 * @VMQ_PASS_XDP: generic XDP on vmqN
 * @VMQ_PASS_CARRIER: the port has no carrier or does not run
 * @VMQ_PASS_PFMEMALLOC: the frame came from the emergency reserve
 * @VMQ_PASS_LRO: the frame was merged by the NIC
 * @VMQ_PASS_SKB_EXT: the frame carries extensions
 * @VMQ_PASS_FWD_MARK: a switch has forwarded the frame already
 * @VMQ_PASS_MTU: the frame is too long for the port
 * @VMQ_PASS_MAX: number of outcomes
 *
 * Of the reasons up to %VMQ_PASS_PORT_DOWN, which are bits, the first is reported
 * when several hold; vmq_rx_deliver() and vmq_rx_judge() have the order of all.
 * Names are in vmq_pass_names[]; both are user-visible through debugfs and the
 * vmq:vmq_pass tracepoint.
 */
enum vmq_pass {
	VMQ_FAST,
	/* of the device: bits in vmq_device.block */
	VMQ_PASS_OFF,
	VMQ_PASS_NO_BRIDGE,
	VMQ_PASS_DOWN,
	VMQ_PASS_STP,
	VMQ_PASS_MST,
	VMQ_PASS_MRP,
	VMQ_PASS_VLAN_CHANGE,
	VMQ_PASS_VLAN_STATE,
	VMQ_PASS_VLAN_STATS,
	VMQ_PASS_UPLINK_STATE,
	/* of the port: bits in vmq_port.block */
	VMQ_PASS_PORT_STATE,
	VMQ_PASS_PORT_DOWN,
	/* of the frame */
	VMQ_PASS_MULTICAST,
	VMQ_PASS_LOOPBACK,
	VMQ_PASS_VLAN,
	VMQ_PASS_PROTOCOL,
	VMQ_PASS_ICMPV6,
	VMQ_PASS_NO_VNIC,
	VMQ_PASS_REVOKED,
	VMQ_PASS_SOURCE,
	VMQ_PASS_REFRESH,
	VMQ_PASS_NETFILTER,
	VMQ_PASS_UPLINK_FLAGS,
	VMQ_PASS_PORT_FLAGS,
	VMQ_PASS_PROMISC,
	VMQ_PASS_TAP,
	VMQ_PASS_TC,
	VMQ_PASS_NFT_INGRESS,
	VMQ_PASS_XDP,
	VMQ_PASS_CARRIER,
	VMQ_PASS_PFMEMALLOC,
	VMQ_PASS_LRO,
	VMQ_PASS_SKB_EXT,
	VMQ_PASS_FWD_MARK,
	VMQ_PASS_MTU,
	VMQ_PASS_MAX
};

/**
 * union vmq_key - an address as the bridge's FDB knows it
 * @addr: MAC address
 * @vid: VLAN id, 0 while the bridge filters no VLANs
 * @val: both as one comparable word
 */
union vmq_key {
	struct {
		u8 addr[ETH_ALEN];
		u16 vid;
	};
	u64 val;
};

/**
 * struct vmq_vnic_stats - per-CPU counters of a vnic
 * @fast: frames delivered by the fast path
 * @fast_bytes: their bytes, without the Ethernet header's FCS
 * @full: frames handed to the bridge
 * @onq: frames that arrived on the filter's queue
 * @offq: frames that arrived on another queue while a rule was in place
 * @syncp: consistency of 64-bit counters on 32-bit hosts
 *
 * Written in softirq on the own CPU only.
 */
struct vmq_vnic_stats {
	u64_stats_t fast;
	u64_stats_t fast_bytes;
	u64_stats_t full;
	u64_stats_t onq;
	u64_stats_t offq;
	struct u64_stats_sync syncp;
};

/**
 * struct vmq_stats - per-CPU counters of a device
 * @rx_bytes: bytes of the frames in @pass
 * @tx_packets: frames sent through vmqN (stacked)
 * @tx_bytes: their bytes
 * @tx_dropped: frames the lower refused
 * @fast_drops: fast-path frames dropped for want of memory
 * @soft_drops: frames dropped on their way to the home CPU of their address
 * @direct: fast-path frames handed straight to the port's driver
 * @pass: frames seen by the hook, stacked only while there is a bridge above, by
 *	outcome, indexed by enum vmq_pass
 * @syncp: consistency of 64-bit counters on 32-bit hosts
 *
 * Written with BH disabled on the own CPU only.
 */
struct vmq_stats {
	u64_stats_t rx_bytes;
	u64_stats_t tx_packets;
	u64_stats_t tx_bytes;
	u64_stats_t tx_dropped;
	u64_stats_t fast_drops;
	u64_stats_t soft_drops;
	u64_stats_t direct;
	u64_stats_t pass[VMQ_PASS_MAX];
	struct u64_stats_sync syncp;
};

/**
 * struct vmq_port - a bridge port that vnics of one device lead to
 * @list: in vmq_device.ports; changed under RTNL, walked under RTNL or RCU
 * @dev: the port's netdev; reference held until the port is dropped
 * @tracker: of that reference
 * @block: bits BIT(enum vmq_pass) that hold for the port, of which the lowest
 *	is the reason; written under RTNL, read locklessly by the fast path
 * @vnics: vnics behind the port; RTNL, changed under vmq_device.lock too
 * @refused: times an address was not taken because of the port's bound;
 *	vmq_device.lock
 * @rcu: delays the free until no frame is on its way
 */
struct vmq_port {
	struct list_head list;
	struct net_device *dev;
	netdevice_tracker tracker;
	unsigned long block;
	unsigned int vnics;
	u64 refused;
	struct rcu_head rcu;
};

#define VMQ_VLAN_MEMBER		BIT(0)	/* the port is in the VLAN */
#define VMQ_VLAN_UNTAG		BIT(1)	/* frames leave it without a tag */

/**
 * struct vmq_addr - mirror of one entry of the bridge's FDB
 * @node: in vmq_device.addrs; RTNL
 * @key: the address; constant
 * @port: granted: frames to this address may go straight to this port. Set
 *	under vmq_device.lock by the worker, cleared under it by the notifiers
 * @uplink: granted: frames from this address may bypass. As @port
 * @source: counted among the sources; RTNL
 * @by_user: a user made the entry, or may have; vmq_device.lock
 * @unsure: the bridge may change the entry without an event (@by_user and
 *	dynamic): any deletion in the bridge revokes it; vmq_device.lock
 * @unsure_list: in vmq_device.unsure while it is unsure and granted;
 *	vmq_device.lock
 * @gen: bumped by every revocation; a grant whose question to the bridge is
 *	older than the last bump is void; vmq_device.lock
 * @queued: vmq_device.takes when the key was queued last: while they are equal it
 *	is still on the queue; vmq_device.lock
 * @vlan: VMQ_VLAN_* of the port in the address's VLAN; RTNL writers, read by the
 *	fast path after @port or @uplink, and after vmq_device.block
 * @refresh: jiffies at which the next frame takes the full path, so that the
 *	bridge's entry does not age; fast path, racy on purpose
 * @vnic: steering state while the address is behind a port; written under RTNL
 * @list: in vmq_device.addr_list; RTNL, RCU readers
 * @rcu: delays the free until no reader is left
 */
struct vmq_addr {
	struct rhash_head node;
	union vmq_key key;
	struct vmq_port __rcu *port;
	bool uplink;
	bool source;
	bool by_user;
	bool unsure;
	struct list_head unsure_list;
	u32 gen;
	unsigned long queued;
	u8 vlan;
	unsigned long refresh;
	struct vmq_vnic __rcu *vnic;
	struct list_head list;
	struct rcu_head rcu;
};

/**
 * struct vmq_addr_gen - when the bridge was asked about an address
 * @own: vmq_addr.gen
 * @unsure: vmq_device.unsure_gen
 *
 * On the stack of who asks.
 */
struct vmq_addr_gen {
	u32 own;
	u32 unsure;
};

/**
 * struct vmq_vnic - one steered address
 * @port: where the bridge had the address last; RTNL, RCU readers. Not a
 *	grant: only vmq_addr.port is
 * @filter: the filter for the MAC of each of vmq_device.nics, NULL while steering
 *	is off; RTNL writers, RCU readers
 * @stats: per-CPU counters
 * @rcu: delays the free until no reader is left
 */
struct vmq_vnic {
	struct vmq_port __rcu *port;
	struct vmq_filter __rcu *filter[VMQ_MAX_NICS];
	struct vmq_vnic_stats __percpu *stats;
	struct rcu_head rcu;
};

/** enum vmq_nf_state - what stands at the hooks of a bridge's netns */
enum vmq_nf_state {
	VMQ_NF_UNKNOWN,		/* not asked: br_netfilter is not trusted */
	VMQ_NF_ABSENT,		/* nothing */
	VMQ_NF_QUIET,		/* br_netfilter alone, switched off */
	VMQ_NF_ACTIVE,		/* br_netfilter alone, switched on */
	VMQ_NF_FOREIGN,		/* others */
};

#define VMQ_NF_FUNCS	4	/* hooks that br_netfilter has on the way of a frame */

/**
 * struct vmq_nf - br_netfilter on a device's bridge
 * @trust: the admin trusts it to do nothing while it is switched off; RTNL
 * @state: enum vmq_nf_state, when last asked; RTNL writers, read by the fast path
 * @next: jiffies before which one that is switched on is not asked again; RTNL
 * @until: jiffies after which an answer is too old; RTNL writers, read by the fast
 *	path
 * @funcs: its functions, when last asked; RTNL writers, read by the fast path
 */
struct vmq_nf {
	bool trust;
	u8 state;
	unsigned long next;
	unsigned long until;
	void *funcs[VMQ_NF_FUNCS];
};

/**
 * struct vmq_device - one vmqN
 * @list: in the global list of devices; RTNL, RCU readers
 * @dev: vmqN; valid until @dead
 * @lower: the uplink; reference held until @dead
 * @tracker: of that reference
 * @nics: the NICs below the uplink, NULL for none; one, in the first place, or the
 *	members of a bond, each in one place while it is a member; RTNL writers,
 *	RCU readers
 * @team: which NAPI is which member's, NULL where the uplink is no bond; RTNL
 *	writers, RCU readers
 * @bridge: bridge above (stacked) or beside (in place); RTNL, RCU readers
 * @hook: enum vmq_hook; constant
 * @hooked: the hook is registered; RTNL
 * @linked: vmqN is an upper device of the uplink; RTNL
 * @lower_gone: torn down from the uplink's NETDEV_UNREGISTER; RTNL
 * @nf_ops: netfilter hook of in-place devices; owned by hook.c
 * @ref: object references: the netdev, each queued work
 * @dead: torn down, work items have nothing left to do; RTNL
 * @steer: wanted: hardware rules; RTNL
 * @pin: wanted: interrupts on home CPUs; RTNL
 * @bypass: wanted: fast path; RTNL
 * @softsteer: wanted: steering in software where there is no rule; RTNL
 * @max_vnics: bound on vnics; RTNL
 * @max_port_vnics: bound on vnics of one port; RTNL
 * @block: bits BIT(enum vmq_pass) that hold for the device, of which the lowest
 *	is the reason; written under RTNL, read locklessly by the fast path
 * @vlan_stale: the bridge's VLANs are to be read anew; RTNL writers, looked at by
 *	the worker
 * @vlan_state: some VLAN of some port does not forward, when last asked, or they
 *	were not asked for yet; RTNL
 * @vlan_asked: the states of VLANs were asked for, or are being, since the bridge
 *	filters them; RTNL
 * @vlan_upper: there are VLAN devices on the bridge's port; RTNL writers
 * @vlan_proto: protocol of the VLANs that the bridge filters, 0 while it filters
 *	none; RTNL writers, as are the two around it, read by the fast path
 * @pvid: VLAN of untagged frames from the uplink, 0 for none
 * @refresh: jiffies between two full-path frames of an address; RTNL writers
 * @nf: br_netfilter on the bridge
 * @netpoll: netconsole through the uplink; RTNL
 * @addrs: hash of struct vmq_addr by key; RTNL writers
 * @addr_list: the same as a list; RTNL, RCU readers
 * @addr_gen: bumped when an address has come or gone; RTNL writers
 * @flows: per-CPU memory of the last lookups in @addrs; fast path
 * @ports: list of struct vmq_port; RTNL, RCU readers
 * @nr_vnics: vnics; RTNL, changed under @lock too
 * @nr_sources: addresses behind the uplink; RTNL, changed under @lock too
 * @crowded: an address was refused at a bound since one last went; @lock
 * @room: one has gone since then: the FDB is to be read again; @lock
 * @next_room: jiffies before which it is not read again for that; RTNL
 * @lock: grants, generations, events; taken from atomic notifiers and from
 *	tracepoints (leaf), so raw: PREEMPT_RT runs these without preemption
 * @unsure: addresses that are granted and unsure; @lock
 * @nr_unsure: addresses that are unsure, granted or not; @lock
 * @unsure_gen: bumped by every deletion in the bridge, for grants to addresses
 *	that are unsure; @lock
 * @takes: how often the worker has emptied @events; @lock
 * @events: ring of keys the worker has to ask the bridge about; @lock
 * @ev_head: next slot to fill; @lock
 * @ev_tail: next slot to take; @lock
 * @replay: the whole FDB is to be read again; @lock
 * @next_replay: jiffies before which the FDB is not read again; @lock
 * @learn: worker that asks the bridge and grants
 * @period: worker that re-reads eligibility each second
 * @stats: per-CPU counters
 * @ev_total: FDB events queued; @lock
 * @ev_lost: events that did not fit and caused a replay; @lock
 * @revokes: grants taken back by events; @lock
 * @grants: grants given; @lock
 * @refused_vnics: times an address was not taken because of @max_vnics; @lock
 * @refused_sources: likewise for sources; @lock
 * @debugfs: directory of the device; RTNL
 */
struct vmq_device {
	struct list_head list;
	struct net_device *dev;
	struct net_device *lower;
	netdevice_tracker tracker;
	struct vmq_nic *nics[VMQ_MAX_NICS];
	struct vmq_team __rcu *team;
	struct net_device __rcu *bridge;
	u8 hook;
	bool hooked;
	bool linked;
	bool lower_gone;
	struct nf_hook_ops *nf_ops;
	struct kref ref;
	bool dead;
	bool steer;
	bool pin;
	bool bypass;
	bool softsteer;
	unsigned int max_vnics;
	unsigned int max_port_vnics;
	unsigned long block;
	bool vlan_stale;
	bool vlan_state;
	bool vlan_asked;
	bool vlan_upper;
	__be16 vlan_proto;
	u16 pvid;
	unsigned long refresh;
	struct vmq_nf nf;
	struct netpoll *netpoll;
	struct rhashtable addrs;
	struct list_head addr_list;
	unsigned long addr_gen;
	struct vmq_flows __percpu *flows;
	struct list_head ports;
	unsigned int nr_vnics;
	unsigned int nr_sources;
	bool crowded;
	bool room;
	unsigned long next_room;
	raw_spinlock_t lock; /* grants, generations and events */
	struct list_head unsure;
	unsigned int nr_unsure;
	u32 unsure_gen;
	unsigned long takes;
	u64 *events;
	unsigned int ev_head;
	unsigned int ev_tail;
	bool replay;
	unsigned long next_replay;
	struct work_struct learn;
	struct delayed_work period;
	struct vmq_stats __percpu *stats;
	u64 ev_total;
	u64 ev_lost;
	u64 revokes;
	u64 grants;
	u64 refused_vnics;
	u64 refused_sources;
	struct dentry *debugfs;
};

/**
 * struct vmq_link - private area of vmqN
 * @vd: the device; outlives the netdev while work is queued
 */
struct vmq_link {
	struct vmq_device *vd;
};

static inline struct vmq_device *vmq_link_device(const struct net_device *dev)
{
	return ((struct vmq_link *)netdev_priv(dev))->vd;
}

/**
 * vmq_device_port - the netdev that the bridge knows as this device's port
 * @vd: device
 *
 * Return: vmqN when stacked, the uplink when in place.
 */
static inline struct net_device *vmq_device_port(const struct vmq_device *vd)
{
	return vd->hook == VMQ_HOOK_RX_HANDLER ? vd->dev : vd->lower;
}

/**
 * vmq_device_nic - the next of a device's NICs
 * @vd: device
 * @slot: place to begin at; out: its place
 *
 * for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++)
 *
 * Context: RTNL or RCU read side.
 * Return: the NIC, or NULL when there is none from @slot on.
 */
static inline struct vmq_nic *vmq_device_nic(const struct vmq_device *vd,
					     unsigned int *slot)
{
	struct vmq_nic *nic;

	for (; *slot < VMQ_MAX_NICS; ++*slot) {
		nic = READ_ONCE(vd->nics[*slot]);
		if (nic)
			return nic;
	}
	return NULL;
}

/**
 * vmq_key_val - an address as one word
 * @addr: MAC address
 * @vid: VLAN id, 0 while the bridge filters no VLANs
 *
 * Made in a register: a load of the whole would wait for the stores of its parts.
 *
 * Context: Any.
 * Return: union vmq_key's value.
 */
static inline u64 vmq_key_val(const u8 *addr, u16 vid)
{
	u64 head = get_unaligned((const u32 *)addr);
	u64 tail = get_unaligned((const u16 *)(addr + sizeof(u32)));

#ifdef __BIG_ENDIAN
	return head << 32 | tail << 16 | vid;
#else
	return (u64)vid << 48 | tail << 32 | head;
#endif
}

static inline union vmq_key vmq_key(const u8 *addr, u16 vid)
{
	return (union vmq_key) { .val = vmq_key_val(addr, vid) };
}

extern struct workqueue_struct *vmq_wq;		/* main.c; every work item */
extern struct list_head vmq_devices;		/* device.c; RTNL, RCU readers */
extern const char *const vmq_pass_names[VMQ_PASS_MAX];

/* device.c: the object behind vmqN */
struct vmq_device *vmq_device_alloc(struct net_device *dev);
bool vmq_device_get(struct vmq_device *vd);
void vmq_device_put(struct vmq_device *vd);
void vmq_device_set_bridge_rtnl(struct vmq_device *vd, struct net_device *br);
void vmq_device_set_steer_rtnl(struct vmq_device *vd, bool on);
void vmq_device_set_pin_rtnl(struct vmq_device *vd, bool on);
void vmq_device_set_bypass_rtnl(struct vmq_device *vd, bool on);
void vmq_device_set_softsteer_rtnl(struct vmq_device *vd, bool on);

/* link.c: rtnl link type, netdev operations */
extern struct rtnl_link_ops vmq_link_ops;
bool vmq_link_is(const struct net_device *dev);
int vmq_link_init(void);
void vmq_link_exit(void);
void vmq_link_destroy_rtnl(struct vmq_device *vd);
void vmq_link_unlink_rtnl(struct vmq_device *vd);

/* netdev.c: netdev operations of vmqN, TX */
void vmq_netdev_setup(struct net_device *dev);
void vmq_netdev_inherit(struct vmq_device *vd, const struct nlattr *addr,
			const struct nlattr *mtu);
void vmq_netdev_free(struct net_device *dev);
void vmq_netdev_carrier(struct vmq_device *vd);
void vmq_netdev_event_rtnl(struct vmq_device *vd, unsigned long event);

/* event.c: netdevice notifier */
int vmq_event_init(void);
void vmq_event_exit(void);

/* hook.c: rx_handler and netdev ingress front ends */
int vmq_hook_register_rtnl(struct vmq_device *vd,
			   struct netlink_ext_ack *extack);
void vmq_hook_unregister_rtnl(struct vmq_device *vd);
bool vmq_hook_can_resume(const struct vmq_device *vd);
void vmq_hook_resume(struct vmq_device *vd, struct sk_buff *skb);

/* rx.c: the fast path */
bool vmq_rx_deliver(struct vmq_device *vd, struct sk_buff *skb, bool handed);
enum vmq_pass vmq_rx_standing(const struct vmq_device *vd,
			      const struct vmq_port *port);

/* addr.c: the mirror of the bridge's FDB */
void vmq_addr_init(void);
struct vmq_addr *vmq_addr_add_rtnl(struct vmq_device *vd, union vmq_key key);
void vmq_addr_del_rtnl(struct vmq_device *vd, struct vmq_addr *addr);
void vmq_addr_flush_rtnl(struct vmq_device *vd);
void vmq_addr_mark(struct vmq_device *vd, struct vmq_addr *addr, bool by_user,
		   bool dynamic);
void vmq_addr_set_source_rtnl(struct vmq_device *vd, struct vmq_addr *addr,
			      bool source);
struct vmq_addr_gen vmq_addr_gen(struct vmq_device *vd, struct vmq_addr *addr);
bool vmq_addr_has_room(struct vmq_device *vd, const struct net_device *dev,
		       bool moves);
bool vmq_addr_revoke(struct vmq_device *vd, struct vmq_addr *addr);
bool vmq_addr_grant_rtnl(struct vmq_device *vd, struct vmq_addr *addr,
			 struct vmq_addr_gen gen, struct vmq_port *port,
			 u8 vlan);
bool vmq_addr_revoke_locked(struct vmq_device *vd, struct vmq_addr *addr);
void vmq_addr_made_room_locked(struct vmq_device *vd);

/* fdb.c: events of the bridge, revocation */
int vmq_fdb_init(void);
void vmq_fdb_exit(void);
void vmq_fdb_kick(struct vmq_device *vd);
void vmq_fdb_ask(struct vmq_device *vd, struct vmq_addr *addr);
void vmq_fdb_replay(struct vmq_device *vd);
void vmq_fdb_doubt_all_rtnl(struct vmq_device *vd, const u8 *mac);

/* learn.c: asks the bridge, grants */
void vmq_learn_work(struct work_struct *work);

/* vnic.c: steering state of an address */
int vmq_vnic_create_rtnl(struct vmq_device *vd, struct vmq_addr *addr,
			 struct vmq_port *port);
void vmq_vnic_destroy_rtnl(struct vmq_device *vd, struct vmq_addr *addr);
void vmq_vnic_steer_rtnl(struct vmq_device *vd, struct vmq_addr *addr,
			 unsigned int slot, bool on);
void vmq_vnic_sum(const struct vmq_vnic *vnic, struct vmq_vnic_stats *sum);

/* port.c: bridge ports that vnics lead to */
struct vmq_port *vmq_port_get_rtnl(struct vmq_device *vd,
				   struct net_device *dev);
struct vmq_port *vmq_port_find_rtnl(struct vmq_device *vd,
				    const struct net_device *dev);
struct vmq_port *vmq_port_find_rcu(struct vmq_device *vd,
				   const struct net_device *dev);
void vmq_port_drop_rtnl(struct vmq_device *vd, struct vmq_port *port);

/* eligible.c: may frames bypass the bridge, else why not */
void vmq_eligible_update_rtnl(struct vmq_device *vd);
void vmq_eligible_port_rtnl(struct vmq_device *vd, struct vmq_port *port);
void vmq_eligible_kick(struct vmq_device *vd);
void vmq_eligible_period(struct work_struct *work);

/* vlan.c: the VLANs of a bridge that filters them */
void vmq_vlan_upper_rtnl(struct vmq_device *vd);
void vmq_vlan_stale_rtnl(struct vmq_device *vd);
void vmq_vlan_unasked_rtnl(struct vmq_device *vd);
void vmq_vlan_event_rtnl(struct net_device *dev);
u8 vmq_vlan_of_rtnl(const struct vmq_device *vd, const struct net_device *dev,
		    u16 vid);
void vmq_vlan_refresh_rtnl(struct vmq_device *vd);
bool vmq_vlan_blocks(struct net *net, const struct net_device *br);

/* netfilter.c: br_netfilter that is switched off */
extern const char *const vmq_netfilter_names[];
void vmq_netfilter_trust_rtnl(struct vmq_device *vd, bool on);
void vmq_netfilter_update_rtnl(struct vmq_device *vd);
bool vmq_netfilter_is_quiet(const struct vmq_device *vd,
			    const struct net_device *br);

/* stats.c */
void vmq_stats_sum(const struct vmq_device *vd, struct vmq_stats *sum);
u64 vmq_stats_rx_packets(const struct vmq_stats *sum);
void vmq_stats_get64(const struct vmq_device *vd, struct rtnl_link_stats64 *s);

/* trace.c: who listens when the core transmits */
#define VMQ_TRACE_TX	3
extern struct tracepoint *vmq_trace_tx[VMQ_TRACE_TX];	/* constant after init */
void vmq_trace_init(void);

/**
 * vmq_trace_tx_heard - would somebody hear of a frame that the core transmits?
 *
 * Context: Any.
 * Return: whether a probe is on one of the tracepoints of transmission.
 */
static inline bool vmq_trace_tx_heard(void)
{
	return (unsigned long)rcu_access_pointer(vmq_trace_tx[0]->funcs) |
	       (unsigned long)rcu_access_pointer(vmq_trace_tx[1]->funcs) |
	       (unsigned long)rcu_access_pointer(vmq_trace_tx[2]->funcs);
}

/* sysfs.c, debugfs.c */
extern const struct attribute_group vmq_sysfs_group;
int vmq_debugfs_init(void);
void vmq_debugfs_exit(void);
void vmq_debugfs_add_device(struct vmq_device *vd);
void vmq_debugfs_add_nic(struct vmq_nic *nic);
void vmq_debugfs_del_nic(struct vmq_nic *nic);
void vmq_debugfs_rename_device(struct vmq_device *vd);
void vmq_debugfs_rename_nic(struct vmq_nic *nic);

#endif /* _VMQ_H */
