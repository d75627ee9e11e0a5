/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmqsim: a simulated multi-queue NIC. Private definitions.
 *
 * Lock order: rtnl_lock -> the NIC's instance lock (kernels that have it) ->
 * vmqsim_nic::lock -> irq descriptor lock -> vmqsim_irq::lock. The frame path
 * takes none of the first four: it reads under RCU.
 */
#ifndef _VMQSIM_H
#define _VMQSIM_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/ethtool.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/in6.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/ptr_ring.h>
#include <linux/smp.h>
#include <linux/u64_stats_sync.h>
#include <linux/irq.h>
#include <net/netdev_lock.h>
#include <net/rtnetlink.h>

#define VMQSIM_NAME		"vmqsim"
#define VMQSIM_MAX_QUEUES	64
#define VMQSIM_DEF_QUEUES	8
#define VMQSIM_MIN_RING		64
#define VMQSIM_DEF_RING		512
#define VMQSIM_MAX_RING		8192
#define VMQSIM_INDIR_SIZE	128
#define VMQSIM_KEY_SIZE		40
/* Longest Toeplitz input: two IPv6 addresses and two ports. */
#define VMQSIM_HASH_INPUT	36
/* RSS contexts, the main one (0) included. */
#define VMQSIM_MAX_CTX		32
#define VMQSIM_DEF_SLOTS	64
#define VMQSIM_MAX_SLOTS	8192
#define VMQSIM_RULE_HASH_BITS	10
/* More unicast addresses than this and the NIC goes promiscuous. */
#define VMQSIM_MAX_UC		256
#define VMQSIM_MIN_MTU		68
#define VMQSIM_MAX_MTU		9000
#define VMQSIM_SPEED		100000

/**
 * enum vmqsim_quirk - habits of real drivers, as bits of vmqsim_nic::quirks
 * @VMQSIM_Q_LOC_ANY: rules only with RX_CLS_LOC_ANY (sfc, bnxt, fbnic)
 * @VMQSIM_Q_LOC_EXPLICIT: rules only with a location (igb, igc, mlx5, ice)
 * @VMQSIM_Q_IGNORE_MAC: MAC rules are taken and match nothing (cxgb4, iavf)
 * @VMQSIM_Q_WIPE_ON_NTUPLE: ntuple off erases all rules (igb, igc, sfc)
 * @VMQSIM_Q_WIPE_ON_RESET: a reset erases all rules, as some do
 * @VMQSIM_Q_NO_NTUPLE: no rules at all (ixgbe's MAC rules, virtio, ena)
 * @VMQSIM_Q_NEED_NTUPLE: rules refused while ntuple is off (otx2, bnxt)
 * @VMQSIM_Q_BUSY: rule changes give -EBUSY (ice during a reset)
 * @VMQSIM_Q_MANAGED_IRQ: interrupts with a managed affinity
 * @VMQSIM_Q_STICKY_NAPI: a busy poll stays on its old CPU (igb, ice, virtio)
 * @VMQSIM_Q_OPS_LOCK: ops run under the instance lock (mlx5, bnxt, dummy; 7.x)
 * @VMQSIM_Q_NO_NAPI_IRQ: napi_struct::irq stays unset (virtio, sfc, i40e)
 * @VMQSIM_Q_NO_RXQ_RECORD: skb_record_rx_queue() is not called (old drivers)
 * @VMQSIM_Q_COUNT: number of quirks
 */
enum vmqsim_quirk {
	VMQSIM_Q_LOC_ANY,
	VMQSIM_Q_LOC_EXPLICIT,
	VMQSIM_Q_IGNORE_MAC,
	VMQSIM_Q_WIPE_ON_NTUPLE,
	VMQSIM_Q_WIPE_ON_RESET,
	VMQSIM_Q_NO_NTUPLE,
	VMQSIM_Q_NEED_NTUPLE,
	VMQSIM_Q_BUSY,
	VMQSIM_Q_MANAGED_IRQ,
	VMQSIM_Q_STICKY_NAPI,
	VMQSIM_Q_OPS_LOCK,
	VMQSIM_Q_NO_NAPI_IRQ,
	VMQSIM_Q_NO_RXQ_RECORD,
	VMQSIM_Q_COUNT
};

/**
 * enum vmqsim_vlan_mask - which vlan_tci masks a rule may have
 * @VMQSIM_VLAN_VID: exactly 0x0fff (mlx5, mlx4, bnxt, sfc)
 * @VMQSIM_VLAN_FULL: exactly 0xffff (ice)
 * @VMQSIM_VLAN_PCP: exactly 0xe000 (igb)
 * @VMQSIM_VLAN_IGNORE: any, and not matched (enetc, fbnic)
 * @VMQSIM_VLAN_NONE: none: such rules are refused
 * @VMQSIM_VLAN_COUNT: number of variants
 */
enum vmqsim_vlan_mask {
	VMQSIM_VLAN_VID,
	VMQSIM_VLAN_FULL,
	VMQSIM_VLAN_PCP,
	VMQSIM_VLAN_IGNORE,
	VMQSIM_VLAN_NONE,
	VMQSIM_VLAN_COUNT
};

/**
 * enum vmqsim_fault_op - operations that can be told to fail
 * @VMQSIM_F_RXNFC_INS: rule insertion
 * @VMQSIM_F_RXNFC_DEL: rule deletion
 * @VMQSIM_F_RXNFC_GET: rule count, list and single read
 * @VMQSIM_F_RXFH_SET: RSS table and contexts
 * @VMQSIM_F_CHANNELS_SET: ethtool -L
 * @VMQSIM_F_RING_SET: ethtool -G
 * @VMQSIM_F_OPEN: ndo_open
 * @VMQSIM_F_AFFINITY: irq_chip::irq_set_affinity
 * @VMQSIM_F_COUNT: number of operations
 */
enum vmqsim_fault_op {
	VMQSIM_F_RXNFC_INS,
	VMQSIM_F_RXNFC_DEL,
	VMQSIM_F_RXNFC_GET,
	VMQSIM_F_RXFH_SET,
	VMQSIM_F_CHANNELS_SET,
	VMQSIM_F_RING_SET,
	VMQSIM_F_OPEN,
	VMQSIM_F_AFFINITY,
	VMQSIM_F_COUNT
};

struct vmqsim_nic;
struct vmqsim_queue;

/**
 * struct vmqsim_fault - how often an operation still fails
 * @left: calls that still fail
 * @err: negative errno they fail with; set before @left, read after it
 */
struct vmqsim_fault {
	atomic_t left;
	int err;
};

/**
 * struct vmqsim_irq - one interrupt line, owned by its queue
 * @lock: protects @masked, @pending, @inflight, @dead
 * @csd: carries the interrupt to its CPU; whoever set @inflight owns it
 * @kick: sends a latched interrupt from places where it may not run at once
 * @virq: Linux interrupt, 0 while unmapped; changed under vmqsim_nic::lock
 * @cpu: CPU the line is delivered to, -1 before the first choice; written
 *	under the descriptor's lock, read anywhere
 * @requested: request_irq() has succeeded; vmqsim_nic::lock
 * @masked: the core has masked the line
 * @pending: raised and not yet delivered
 * @inflight: @csd is on its way or running
 * @dead: the queue goes down, nothing may be delivered any more
 * @name: the action's name, "<netdev>-TxRx-<queue>" of the time of opening
 */
struct vmqsim_irq {
	raw_spinlock_t lock;
	call_single_data_t csd;
	struct irq_work kick;
	unsigned int virq;
	int cpu;
	bool requested;
	bool masked;
	bool pending;
	bool inflight;
	bool dead;
	char name[IFNAMSIZ + 16];
};

/**
 * struct vmqsim_rx_stats - counters written by a queue's poll and handler
 * @syncp: guards the 64-bit counters on 32-bit machines
 * @frames: frames given to the stack
 * @bytes: their bytes, Ethernet header included
 * @polls: calls of the poll function
 * @moved: times poll left the loop because the interrupt had moved
 */
struct vmqsim_rx_stats {
	struct u64_stats_sync syncp;
	u64_stats_t frames;
	u64_stats_t bytes;
	u64_stats_t polls;
	u64_stats_t moved;
};

/**
 * struct vmqsim_tx_stats - counters of one transmit queue, its lock's owner
 * @syncp: guards the 64-bit counters on 32-bit machines
 * @frames: frames given to the wire
 * @bytes: their bytes
 */
struct vmqsim_tx_stats {
	struct u64_stats_sync syncp;
	u64_stats_t frames;
	u64_stats_t bytes;
} ____cacheline_aligned_in_smp;

/**
 * struct vmqsim_queue - one receive queue
 * @napi: its NAPI context; added while the NIC is up
 * @ring: frames between the wire and poll; exists while the NIC is up
 * @nic: the NIC
 * @index: queue number
 * @armed: 1 while the next frame shall raise the interrupt
 * @irq: its interrupt
 * @stats: see there
 * @irqs: interrupts handled; serialized by the descriptor
 * @drops: frames lost to a full ring; any producer
 */
struct vmqsim_queue {
	struct napi_struct napi;
	struct ptr_ring ring;
	struct vmqsim_nic *nic;
	unsigned int index;
	atomic_t armed;
	struct vmqsim_irq irq;
	struct vmqsim_rx_stats stats;
	atomic64_t irqs;
	atomic64_t drops;
} ____cacheline_aligned_in_smp;

/**
 * struct vmqsim_toeplitz - a hash key, unrolled for lookups by byte
 * @key: the key as given
 * @table: contribution of each value of each input byte
 */
struct vmqsim_toeplitz {
	u8 key[VMQSIM_KEY_SIZE];
	u32 table[VMQSIM_HASH_INPUT][256];
};

/**
 * struct vmqsim_rss - one RSS context; read-only once published
 * @rcu: for freeing
 * @indir: indirection table
 */
struct vmqsim_rss {
	struct rcu_head rcu;
	u16 indir[VMQSIM_INDIR_SIZE];
};

/**
 * struct vmqsim_rule - one ntuple rule; read-only once published
 * @node: in vmqsim_nic::rule_hash or rule_list, by @hashed
 * @rcu: for freeing
 * @fs: the rule as given, location filled in
 * @context: RSS context of a FLOW_RSS rule
 * @hashed: the rule has a full destination MAC and sits in the hash
 * @nothing: the rule matches nothing (quirk ignore_mac)
 * @vlan_mask: bits of the TCI compared; 0 when the tag does not matter
 */
struct vmqsim_rule {
	struct hlist_node node;
	struct rcu_head rcu;
	struct ethtool_rx_flow_spec fs;
	u32 context;
	bool hashed;
	bool nothing;
	u16 vlan_mask;
};

/**
 * struct vmqsim_filter - receive filter; read-only once published
 * @rcu: for freeing
 * @promisc: take every frame
 * @allmulti: take every multicast frame
 * @num: entries of @addr
 * @addr: further addresses (unicast and multicast), sorted
 */
struct vmqsim_filter {
	struct rcu_head rcu;
	bool promisc;
	bool allmulti;
	unsigned int num;
	u8 addr[][ETH_ALEN];
};

/**
 * struct vmqsim_pkt - what the NIC's parser found in a frame
 * @dst: destination MAC
 * @src: source MAC
 * @proto: EtherType behind the tag, network order
 * @tci: VLAN tag, 0 without one
 * @tagged: frame has a VLAN tag
 * @ipver: 4, 6 or 0
 * @l4proto: transport protocol, 0 for fragments and unknown headers
 * @ports: @sport and @dport are valid
 * @sport: source port
 * @dport: destination port
 * @saddr: source address; IPv4 in the first word
 * @daddr: destination address; IPv4 in the first word
 */
struct vmqsim_pkt {
	u8 dst[ETH_ALEN] __aligned(2);
	u8 src[ETH_ALEN] __aligned(2);
	__be16 proto;
	u16 tci;
	bool tagged;
	u8 ipver;
	u8 l4proto;
	bool ports;
	__be16 sport;
	__be16 dport;
	__be32 saddr[4];
	__be32 daddr[4];
};

/* Where the generator's frames end. */
#define VMQSIM_GEN_SINK_NONE	0	/* in the stack */
#define VMQSIM_GEN_SINK_NIC	1	/* freed where they were made */
#define VMQSIM_GEN_SINK_HANDLER	2	/* freed by an rx_handler of the NIC */

/**
 * struct vmqsim_gen - the generator inside poll
 * @count: frames to make. The knobs down to @vlan are read once, by start
 * @burst: frames a poll makes at most
 * @len: frame length in bytes, without FCS
 * @queue: queue to use, -1: the one that rules and RSS choose
 * @vlan: VLAN id, 0: untagged
 * @sink: VMQSIM_GEN_SINK_*, where the frames end; rtnl, read by poll
 * @dmac: destination MAC; vmqsim_nic::lock
 * @smac: source MAC; vmqsim_nic::lock
 * @left: frames still to make; only the running queue's poll writes it
 * @done: frames made by the last run
 * @begin_ns: clock when the first frame of the run was made
 * @end_ns: clock when the last frame of the run had been delivered
 * @running: queue that runs, NULL: none. Set by start, cleared by poll
 * @quota: frames a poll of the run makes at most, never 0
 * @hash: RSS hash of the frames of the run
 * @tmpl_len: bytes of @tmpl
 * @tmpl_vlan: VLAN id of the frames of the run, 0: untagged
 * @tmpl: the frame
 */
struct vmqsim_gen {
	u32 count;
	u32 burst;
	u32 len;
	s32 queue;
	u32 vlan;
	u32 sink;
	u8 dmac[ETH_ALEN];
	u8 smac[ETH_ALEN];
	u32 left;
	u32 done;
	u64 begin_ns;
	u64 end_ns;
	struct vmqsim_queue *running;
	u32 quota;
	u32 hash;
	u32 tmpl_len;
	u16 tmpl_vlan;
	u8 *tmpl;
};

/**
 * struct vmqsim_drops - frames the NIC refused, by cause
 * @down: NIC down or no carrier
 * @filter: destination MAC not ours
 * @vlan: VLAN not in the filter
 * @oversize: longer than the MTU allows
 * @rule: a drop rule matched
 * @error: malformed or out of memory
 */
struct vmqsim_drops {
	atomic64_t down;
	atomic64_t filter;
	atomic64_t vlan;
	atomic64_t oversize;
	atomic64_t rule;
	atomic64_t error;
};

/**
 * struct vmqsim_nic - a NIC; private area of its netdev
 * @dev: the NIC's netdev
 * @wire: its wire end; set in newlink, cleared in dellink, both under rtnl
 * @pdev: parent device
 * @fwnode: name of @domain
 * @domain: interrupt domain, one hwirq a queue
 * @lock: protects everything below that names no other rule
 * @queues: @num_rx receive queues
 * @tx: @num_tx transmit queues' counters
 * @num_rx: receive queues allocated; constant
 * @num_tx: transmit queues allocated; constant
 * @vectors: queues whose interrupt is mapped
 * @ring_size: descriptors of each ring
 * @up: rings, interrupts and NAPI exist; read by the frame path
 * @suspended: between suspend and resume
 * @awake: the parent is runtime-active
 * @cut: the carrier fault is set
 * @quirks: bits of enum vmqsim_quirk; read by the frame path
 * @vlan_mask: enum vmqsim_vlan_mask
 * @resets: resets done
 * @toeplitz: hash key of all contexts; replaced under @lock, read under RCU
 * @ctx: RSS contexts, 0 is the main one
 * @slots: rules by location, @num_slots long
 * @num_slots: size of the rule table
 * @num_rules: rules in the table
 * @rule_hash: rules with a full destination MAC
 * @rule_list: the other rules, by location
 * @filter: receive filter; written under the address list lock or the
 *	instance lock (never both kinds on one NIC)
 * @filter_lost: no memory for the last one: everything is let in; as @filter
 * @vlans: VLANs in the filter; rtnl writes, the frame path reads bits
 * @drops: refused frames
 * @faults: see struct vmqsim_fault
 * @gen: generator
 * @dir: debugfs directory
 */
struct vmqsim_nic {
	struct net_device *dev;
	struct net_device __rcu *wire;
	struct platform_device *pdev;
	struct fwnode_handle *fwnode;
	struct irq_domain *domain;
	struct mutex lock; /* configuration and state; see the members */
	struct vmqsim_queue *queues;
	struct vmqsim_tx_stats *tx;
	unsigned int num_rx;
	unsigned int num_tx;
	unsigned int vectors;
	unsigned int ring_size;
	bool up;
	bool suspended;
	bool awake;
	bool cut;
	unsigned long quirks;
	enum vmqsim_vlan_mask vlan_mask;
	u32 resets;
	struct vmqsim_toeplitz __rcu *toeplitz;
	struct vmqsim_rss __rcu *ctx[VMQSIM_MAX_CTX];
	struct vmqsim_rule **slots;
	unsigned int num_slots;
	unsigned int num_rules;
	struct hlist_head rule_hash[1 << VMQSIM_RULE_HASH_BITS];
	struct hlist_head rule_list;
	struct vmqsim_filter __rcu *filter;
	bool filter_lost;
	DECLARE_BITMAP(vlans, VLAN_N_VID);
	struct vmqsim_drops drops;
	struct vmqsim_fault faults[VMQSIM_F_COUNT];
	struct vmqsim_gen gen;
	struct dentry *dir;
};

/**
 * struct vmqsim_wire - the wire end; private area of its netdev
 * @nic: the NIC; set in newlink, cleared in dellink, both under rtnl
 */
struct vmqsim_wire {
	struct vmqsim_nic __rcu *nic;
};

/*
 * The code is written for the newest kernel. What older ones lack or spell
 * otherwise comes from include/compat, which overrides these.
 */
#ifndef RTNL_NEWLINK
#define DEFINE_RTNL_NEWLINK(fn)
#define RTNL_NEWLINK(fn)			(fn)
#endif
#ifndef COMPAT_SET_LLTX
#define COMPAT_SET_LLTX(dev)		((dev)->lltx = true)
#endif
#ifndef COMPAT_REQUEST_OPS_LOCK
#define COMPAT_HAS_OPS_LOCK		1
#define COMPAT_REQUEST_OPS_LOCK(dev)	((dev)->request_ops_lock = true)
#endif
#ifndef COMPAT_NDO_RX_MODE_ASYNC
#define COMPAT_NDO_RX_MODE_ASYNC(fn)	.ndo_set_rx_mode_async = (fn)
#endif
#ifndef COMPAT_IRQ_MOVE_PCNTXT
#define COMPAT_IRQ_MOVE_PCNTXT		0
#endif

static inline bool vmqsim_quirk_on(const struct vmqsim_nic *nic,
				   enum vmqsim_quirk quirk)
{
	return test_bit(quirk, &nic->quirks);
}

/* knob.c */
extern unsigned long vmqsim_def_quirks;
extern unsigned int vmqsim_def_slots;
extern enum vmqsim_vlan_mask vmqsim_def_vlan_mask;
#define VMQSIM_CREATION_QUIRKS	(BIT(VMQSIM_Q_NO_NTUPLE) | \
				 BIT(VMQSIM_Q_MANAGED_IRQ) | \
				 BIT(VMQSIM_Q_OPS_LOCK))
int vmqsim_quirk_parse(const char *text, unsigned long *quirks);
int vmqsim_quirk_print(char *buf, size_t size, unsigned long quirks);
int vmqsim_vlan_mask_parse(const char *text, enum vmqsim_vlan_mask *mask);
const char *vmqsim_vlan_mask_name(enum vmqsim_vlan_mask mask);
const char *vmqsim_fault_name(enum vmqsim_fault_op op);
int vmqsim_fault_parse(struct vmqsim_fault *fault, char *text);
const char *vmqsim_fault_errname(int err);
int vmqsim_fault_take(struct vmqsim_nic *nic, enum vmqsim_fault_op op);

/* link.c */
int vmqsim_link_init(void);
void vmqsim_link_exit(void);
void vmqsim_link_carrier(struct vmqsim_nic *nic);

/* netdev.c */
extern const struct net_device_ops vmqsim_netdev_ops;
extern const struct net_device_ops vmqsim_netdev_locked_ops;
bool vmqsim_netdev_is_nic(const struct net_device *dev);
void vmqsim_netdev_setup(struct net_device *dev);
void vmqsim_netdev_features(struct vmqsim_nic *nic);
void vmqsim_netdev_lock(struct vmqsim_nic *nic);
void vmqsim_netdev_unlock(struct vmqsim_nic *nic);
int vmqsim_netdev_map(struct vmqsim_nic *nic, unsigned int rx);
int vmqsim_netdev_up(struct vmqsim_nic *nic);
void vmqsim_netdev_down(struct vmqsim_nic *nic);
int vmqsim_netdev_reset(struct vmqsim_nic *nic);

/* wire.c */
void vmqsim_wire_setup(struct net_device *dev);
void vmqsim_wire_deliver(struct net_device *wire, struct sk_buff *skb);

/* rx.c */
int vmqsim_rx_up(struct vmqsim_nic *nic);
void vmqsim_rx_down(struct vmqsim_nic *nic);
bool vmqsim_rx_ingest(struct vmqsim_nic *nic, struct sk_buff *skb);
unsigned int vmqsim_rx_deliver(struct vmqsim_queue *q, struct sk_buff *skb);
void vmqsim_rx_raise(struct vmqsim_queue *q);
void vmqsim_rx_napi_irq(struct vmqsim_nic *nic);

/* irq.c */
int vmqsim_irq_init(struct vmqsim_nic *nic);
void vmqsim_irq_destroy(struct vmqsim_nic *nic);
int vmqsim_irq_map(struct vmqsim_nic *nic, unsigned int count);
void vmqsim_irq_unmap(struct vmqsim_nic *nic);
int vmqsim_irq_request(struct vmqsim_queue *q);
void vmqsim_irq_free(struct vmqsim_queue *q);
void vmqsim_irq_kill(struct vmqsim_queue *q);
void vmqsim_irq_settle(struct vmqsim_queue *q);
void vmqsim_irq_raise(struct vmqsim_irq *irq);

/* filter.c */
int vmqsim_filter_set(struct vmqsim_nic *nic,
		      struct netdev_hw_addr_list *uc,
		      struct netdev_hw_addr_list *mc, gfp_t gfp);
bool vmqsim_filter_pass(struct vmqsim_nic *nic, const struct vmqsim_pkt *pkt);
void vmqsim_filter_destroy(struct vmqsim_nic *nic);

/* pkt.c */
bool vmqsim_pkt_parse(const struct sk_buff *skb, struct vmqsim_pkt *pkt);
bool vmqsim_pkt_fits(const struct net_device *dev, const struct sk_buff *skb);

/* toeplitz.c */
void vmqsim_toeplitz_init(struct vmqsim_toeplitz *toeplitz, const u8 *key);
u32 vmqsim_toeplitz_hash(const struct vmqsim_toeplitz *toeplitz,
			 const struct vmqsim_pkt *pkt,
			 enum pkt_hash_types *type);

/* rss.c */
int vmqsim_rss_init(struct vmqsim_nic *nic);
void vmqsim_rss_destroy(struct vmqsim_nic *nic);
u32 vmqsim_rss_hash(struct vmqsim_nic *nic, const struct vmqsim_pkt *pkt,
		    enum pkt_hash_types *type);
unsigned int vmqsim_rss_queue(struct vmqsim_nic *nic, u32 context, u32 hash);
bool vmqsim_rss_exists(struct vmqsim_nic *nic, u32 context);
unsigned int vmqsim_rss_max_queue(struct vmqsim_nic *nic, bool contexts_only);
int vmqsim_rss_spread(struct vmqsim_nic *nic, unsigned int queues);
int vmqsim_rss_set(struct vmqsim_nic *nic, u32 context, const u32 *indir,
		   const u8 *key, u8 hfunc);
int vmqsim_rss_create(struct vmqsim_nic *nic, u32 context, const u32 *indir,
		      const u8 *key, u8 hfunc);
int vmqsim_rss_remove(struct vmqsim_nic *nic, u32 context);
int vmqsim_rss_free_id(struct vmqsim_nic *nic);
int vmqsim_rss_get(struct vmqsim_nic *nic, u32 context, u32 *indir, u8 *key,
		   u8 *hfunc);

/* match.c */
const u8 *vmqsim_match_mac(const struct ethtool_rx_flow_spec *fs,
			   const u8 **mask);
bool vmqsim_match_has_mac(const struct ethtool_rx_flow_spec *fs);
bool vmqsim_match_frame(const struct vmqsim_rule *rule,
			const struct vmqsim_pkt *pkt);
int vmqsim_match_check(struct vmqsim_rule *rule, enum vmqsim_vlan_mask variant);

/* flow.c */
/* vmqsim_flow_classify(): the frame must be dropped. */
#define VMQSIM_FLOW_DROP	(-2)
int vmqsim_flow_init(struct vmqsim_nic *nic, unsigned int slots);
void vmqsim_flow_destroy(struct vmqsim_nic *nic);
int vmqsim_flow_resize(struct vmqsim_nic *nic, unsigned int slots);
int vmqsim_flow_classify(struct vmqsim_nic *nic, const struct vmqsim_pkt *pkt,
			 u32 hash);
void vmqsim_flow_wipe(struct vmqsim_nic *nic);
int vmqsim_flow_max_queue(struct vmqsim_nic *nic);
bool vmqsim_flow_uses_context(struct vmqsim_nic *nic, u32 context);
int vmqsim_flow_insert(struct vmqsim_nic *nic, struct ethtool_rxnfc *nfc);
int vmqsim_flow_delete(struct vmqsim_nic *nic, u32 location);
int vmqsim_flow_get(struct vmqsim_nic *nic, struct ethtool_rxnfc *nfc);
int vmqsim_flow_list(struct vmqsim_nic *nic, struct ethtool_rxnfc *nfc,
		     u32 *locs);
void vmqsim_flow_count(struct vmqsim_nic *nic, struct ethtool_rxnfc *nfc);

/* ethtool.c */
extern const struct ethtool_ops vmqsim_ethtool_ops;
extern const struct ethtool_ops vmqsim_wire_ethtool_ops;

/* gen.c */
void vmqsim_gen_init(struct vmqsim_nic *nic);
void vmqsim_gen_destroy(struct vmqsim_nic *nic);
int vmqsim_gen_start(struct vmqsim_nic *nic);
void vmqsim_gen_stop(struct vmqsim_nic *nic);
int vmqsim_gen_set_sink(struct vmqsim_nic *nic, unsigned int sink);
int vmqsim_gen_poll(struct vmqsim_queue *q, int budget, u64 *bytes);

/* pm.c */
int vmqsim_pm_init(void);
void vmqsim_pm_exit(void);
int vmqsim_pm_create(struct vmqsim_nic *nic);
void vmqsim_pm_destroy(struct vmqsim_nic *nic);

/* debugfs.c */
void vmqsim_debugfs_init(void);
void vmqsim_debugfs_exit(void);
void vmqsim_debugfs_add(struct vmqsim_nic *nic);
void vmqsim_debugfs_del(struct vmqsim_nic *nic);
void vmqsim_debugfs_rename(struct vmqsim_nic *nic);

#endif /* _VMQSIM_H */
