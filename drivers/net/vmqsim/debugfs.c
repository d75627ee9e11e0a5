// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: debugfs. /sys/kernel/debug/vmqsim/<nic>/
 *
 * The files go away under rtnl, and removal waits for those that use them. So
 * writers only try for rtnl and restart the system call, as sysfs does.
 */
#include <linux/debugfs.h>
#include <linux/etherdevice.h>
#include <linux/hex.h>
#include <linux/netdevice.h>
#include <linux/platform_device.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/netdev_lock.h>

#include "vmqsim.h"

static struct dentry *vmqsim_debugfs_root;

/* Longest text that any file takes. */
#define VMQSIM_DEBUGFS_TEXT	512

static int vmqsim_debugfs_lock(struct vmqsim_nic *nic)
{
	if (!rtnl_trylock())
		return restart_syscall();
	netdev_lock_ops(nic->dev);
	return 0;
}

static void vmqsim_debugfs_unlock(struct vmqsim_nic *nic)
{
	netdev_unlock_ops(nic->dev);
	rtnl_unlock();
}

/* The text of a write, as a string without white space around it. */
static char *vmqsim_debugfs_text(const char __user *ubuf, size_t len)
{
	char *buf;

	if (len >= VMQSIM_DEBUGFS_TEXT)
		return ERR_PTR(-EINVAL);
	buf = memdup_user_nul(ubuf, len);
	if (!IS_ERR(buf))
		memmove(buf, strim(buf), strlen(strim(buf)) + 1);
	return buf;
}

typedef int (*vmqsim_debugfs_set)(struct vmqsim_nic *nic, char *text);

/* A write that needs the locks of a configuration change. */
static ssize_t vmqsim_debugfs_change(struct file *file,
				     const char __user *ubuf, size_t len,
				     vmqsim_debugfs_set set)
{
	struct vmqsim_nic *nic = file_inode(file)->i_private;
	char *text;
	int err;

	text = vmqsim_debugfs_text(ubuf, len);
	if (IS_ERR(text))
		return PTR_ERR(text);
	err = vmqsim_debugfs_lock(nic);
	if (!err) {
		err = set(nic, text);
		vmqsim_debugfs_unlock(nic);
	}
	kfree(text);
	return err ?: len;
}

#define VMQSIM_DEBUGFS_RW(name)						\
static int vmqsim_debugfs_##name##_open(struct inode *inode,		\
					struct file *file)		\
{									\
	return single_open(file, vmqsim_debugfs_##name##_show,		\
			   inode->i_private);				\
}									\
static ssize_t vmqsim_debugfs_##name##_write(struct file *file,		\
					     const char __user *ubuf,	\
					     size_t len, loff_t *ppos)	\
{									\
	return vmqsim_debugfs_change(file, ubuf, len,			\
				     vmqsim_debugfs_##name##_set);	\
}									\
static const struct file_operations vmqsim_debugfs_##name##_fops = {	\
	.owner		= THIS_MODULE,					\
	.open		= vmqsim_debugfs_##name##_open,			\
	.read		= seq_read,					\
	.write		= vmqsim_debugfs_##name##_write,		\
	.llseek		= seq_lseek,					\
	.release	= single_release,				\
}

static int vmqsim_debugfs_quirks_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_nic *nic = seq->private;
	char *buf;

	buf = kmalloc(VMQSIM_DEBUGFS_TEXT, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	vmqsim_quirk_print(buf, VMQSIM_DEBUGFS_TEXT, READ_ONCE(nic->quirks));
	seq_puts(seq, buf);
	kfree(buf);
	return 0;
}

static int vmqsim_debugfs_quirks_set(struct vmqsim_nic *nic, char *text)
{
	unsigned long changed;
	unsigned long quirks;
	int err;

	err = vmqsim_quirk_parse(text, &quirks);
	if (err)
		return err;
	vmqsim_netdev_lock(nic);
	changed = quirks ^ nic->quirks;
	if (changed & VMQSIM_CREATION_QUIRKS) {
		err = -EBUSY;
	} else {
		WRITE_ONCE(nic->quirks, quirks);
		if (nic->up && (changed & BIT(VMQSIM_Q_NO_NAPI_IRQ)))
			vmqsim_rx_napi_irq(nic);
	}
	vmqsim_netdev_unlock(nic);
	return err;
}

VMQSIM_DEBUGFS_RW(quirks);

static int vmqsim_debugfs_slots_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_nic *nic = seq->private;

	seq_printf(seq, "%u\n", READ_ONCE(nic->num_slots));
	return 0;
}

static int vmqsim_debugfs_slots_set(struct vmqsim_nic *nic, char *text)
{
	unsigned int slots;
	int err;

	if (kstrtouint(text, 0, &slots) || !slots || slots > VMQSIM_MAX_SLOTS)
		return -EINVAL;
	mutex_lock(&nic->lock);
	err = vmqsim_flow_resize(nic, slots);
	mutex_unlock(&nic->lock);
	return err;
}

VMQSIM_DEBUGFS_RW(slots);

static int vmqsim_debugfs_vlan_mask_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_nic *nic = seq->private;

	seq_printf(seq, "%s\n",
		   vmqsim_vlan_mask_name(READ_ONCE(nic->vlan_mask)));
	return 0;
}

static int vmqsim_debugfs_vlan_mask_set(struct vmqsim_nic *nic, char *text)
{
	enum vmqsim_vlan_mask mask;
	int err;

	err = vmqsim_vlan_mask_parse(text, &mask);
	if (err)
		return err;
	mutex_lock(&nic->lock);
	WRITE_ONCE(nic->vlan_mask, mask);
	mutex_unlock(&nic->lock);
	return 0;
}

VMQSIM_DEBUGFS_RW(vlan_mask);

static int vmqsim_debugfs_carrier_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_nic *nic = seq->private;

	seq_printf(seq, "%u\n", !READ_ONCE(nic->cut));
	return 0;
}

static int vmqsim_debugfs_carrier_set(struct vmqsim_nic *nic, char *text)
{
	bool on;

	if (kstrtobool(text, &on))
		return -EINVAL;
	WRITE_ONCE(nic->cut, !on);
	vmqsim_link_carrier(nic);
	return 0;
}

VMQSIM_DEBUGFS_RW(carrier);

static int vmqsim_debugfs_reset_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_nic *nic = seq->private;

	seq_printf(seq, "%u\n", READ_ONCE(nic->resets));
	return 0;
}

static int vmqsim_debugfs_reset_set(struct vmqsim_nic *nic, char *text)
{
	if (strcmp(text, "1"))
		return -EINVAL;
	if (nic->suspended)
		return -ENETDOWN;
	return vmqsim_netdev_reset(nic);
}

VMQSIM_DEBUGFS_RW(reset);

static void vmqsim_debugfs_rule(struct seq_file *seq,
				const struct vmqsim_rule *rule)
{
	const struct ethtool_rx_flow_spec *fs = &rule->fs;

	seq_printf(seq, "%u ", fs->location);
	switch (fs->flow_type & ~(FLOW_EXT | FLOW_MAC_EXT | FLOW_RSS)) {
	case ETHER_FLOW:
		seq_printf(seq, "ether %pM/%pM %pM/%pM %04x/%04x",
			   fs->h_u.ether_spec.h_dest,
			   fs->m_u.ether_spec.h_dest,
			   fs->h_u.ether_spec.h_source,
			   fs->m_u.ether_spec.h_source,
			   ntohs(fs->h_u.ether_spec.h_proto),
			   ntohs(fs->m_u.ether_spec.h_proto));
		break;
	case TCP_V4_FLOW:
	case UDP_V4_FLOW:
		seq_printf(seq, "%s4 %pI4:%u %pI4:%u",
			   (fs->flow_type & 0xff) == TCP_V4_FLOW ?
			   "tcp" : "udp",
			   &fs->h_u.tcp_ip4_spec.ip4src,
			   ntohs(fs->h_u.tcp_ip4_spec.psrc),
			   &fs->h_u.tcp_ip4_spec.ip4dst,
			   ntohs(fs->h_u.tcp_ip4_spec.pdst));
		break;
	default:
		seq_printf(seq, "%s6 %pI6c:%u %pI6c:%u",
			   (fs->flow_type & 0xff) == TCP_V6_FLOW ?
			   "tcp" : "udp",
			   fs->h_u.tcp_ip6_spec.ip6src,
			   ntohs(fs->h_u.tcp_ip6_spec.psrc),
			   fs->h_u.tcp_ip6_spec.ip6dst,
			   ntohs(fs->h_u.tcp_ip6_spec.pdst));
	}
	if (rule->vlan_mask)
		seq_printf(seq, " vlan %04x/%04x", ntohs(fs->h_ext.vlan_tci),
			   rule->vlan_mask);
	if (rule->nothing)
		seq_puts(seq, " nothing");
	if (fs->ring_cookie == RX_CLS_FLOW_DISC)
		seq_puts(seq, " drop\n");
	else if (fs->flow_type & FLOW_RSS)
		seq_printf(seq, " context %u\n", rule->context);
	else
		seq_printf(seq, " queue %llu\n", fs->ring_cookie);
}

static int vmqsim_debugfs_rules_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_nic *nic = seq->private;
	unsigned int i;

	mutex_lock(&nic->lock);
	for (i = 0; i < nic->num_slots; i++)
		if (nic->slots[i])
			vmqsim_debugfs_rule(seq, nic->slots[i]);
	mutex_unlock(&nic->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmqsim_debugfs_rules);

static int vmqsim_debugfs_queues_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_nic *nic = seq->private;
	unsigned int start;
	unsigned int i;
	u64 frames;
	u64 polls;
	u64 moved;

	seq_puts(seq, "queue irq cpu frames drops irqs polls moved\n");
	mutex_lock(&nic->lock);
	for (i = 0; i < nic->vectors; i++) {
		struct vmqsim_queue *q = &nic->queues[i];

		do {
			start = u64_stats_fetch_begin(&q->stats.syncp);
			frames = u64_stats_read(&q->stats.frames);
			polls = u64_stats_read(&q->stats.polls);
			moved = u64_stats_read(&q->stats.moved);
		} while (u64_stats_fetch_retry(&q->stats.syncp, start));
		seq_printf(seq, "%u %u %d %llu %llu %llu %llu %llu\n", i,
			   q->irq.virq, READ_ONCE(q->irq.cpu), frames,
			   (u64)atomic64_read(&q->drops),
			   (u64)atomic64_read(&q->irqs), polls, moved);
	}
	mutex_unlock(&nic->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmqsim_debugfs_queues);

static int vmqsim_debugfs_fault_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_fault *fault = seq->private;
	int left = atomic_read(&fault->left);

	if (left)
		seq_printf(seq, "%d %s\n", left,
			   vmqsim_fault_errname(READ_ONCE(fault->err)));
	else
		seq_puts(seq, "0\n");
	return 0;
}

static int vmqsim_debugfs_fault_open(struct inode *inode, struct file *file)
{
	return single_open(file, vmqsim_debugfs_fault_show, inode->i_private);
}

static ssize_t vmqsim_debugfs_fault_write(struct file *file,
					  const char __user *ubuf, size_t len,
					  loff_t *ppos)
{
	char *text;
	int err;

	text = vmqsim_debugfs_text(ubuf, len);
	if (IS_ERR(text))
		return PTR_ERR(text);
	err = vmqsim_fault_parse(file_inode(file)->i_private, text);
	kfree(text);
	return err ?: len;
}

static const struct file_operations vmqsim_debugfs_fault_fops = {
	.owner		= THIS_MODULE,
	.open		= vmqsim_debugfs_fault_open,
	.read		= seq_read,
	.write		= vmqsim_debugfs_fault_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static int vmqsim_debugfs_mac_set(u8 *mac, struct vmqsim_nic *nic, char *text)
{
	u8 val[ETH_ALEN];

	if (!mac_pton(text, val) || text[3 * ETH_ALEN - 1])
		return -EINVAL;
	mutex_lock(&nic->lock);
	ether_addr_copy(mac, val);
	mutex_unlock(&nic->lock);
	return 0;
}

static void vmqsim_debugfs_mac_show(struct seq_file *seq, const u8 *mac)
{
	struct vmqsim_nic *nic = seq->private;

	mutex_lock(&nic->lock);
	seq_printf(seq, "%pM\n", mac);
	mutex_unlock(&nic->lock);
}

static int vmqsim_debugfs_dmac_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_nic *nic = seq->private;

	vmqsim_debugfs_mac_show(seq, nic->gen.dmac);
	return 0;
}

static int vmqsim_debugfs_dmac_set(struct vmqsim_nic *nic, char *text)
{
	return vmqsim_debugfs_mac_set(nic->gen.dmac, nic, text);
}

VMQSIM_DEBUGFS_RW(dmac);

static int vmqsim_debugfs_smac_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_nic *nic = seq->private;

	vmqsim_debugfs_mac_show(seq, nic->gen.smac);
	return 0;
}

static int vmqsim_debugfs_smac_set(struct vmqsim_nic *nic, char *text)
{
	return vmqsim_debugfs_mac_set(nic->gen.smac, nic, text);
}

VMQSIM_DEBUGFS_RW(smac);

static int vmqsim_debugfs_gen_queue_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_nic *nic = seq->private;

	seq_printf(seq, "%d\n", READ_ONCE(nic->gen.queue));
	return 0;
}

static int vmqsim_debugfs_gen_queue_set(struct vmqsim_nic *nic, char *text)
{
	int queue;

	if (kstrtoint(text, 0, &queue) || queue < -1 ||
	    queue >= (int)nic->num_rx)
		return -EINVAL;
	WRITE_ONCE(nic->gen.queue, queue);
	return 0;
}

VMQSIM_DEBUGFS_RW(gen_queue);

static int vmqsim_debugfs_sink_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_nic *nic = seq->private;

	seq_printf(seq, "%u\n", READ_ONCE(nic->gen.sink));
	return 0;
}

static int vmqsim_debugfs_sink_set(struct vmqsim_nic *nic, char *text)
{
	unsigned int sink;

	if (kstrtouint(text, 0, &sink))
		return -EINVAL;
	return vmqsim_gen_set_sink(nic, sink);
}

VMQSIM_DEBUGFS_RW(sink);

static int vmqsim_debugfs_start_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_nic *nic = seq->private;

	seq_printf(seq, "%u\n", !!READ_ONCE(nic->gen.running));
	return 0;
}

static int vmqsim_debugfs_start_set(struct vmqsim_nic *nic, char *text)
{
	int err;

	if (strcmp(text, "1"))
		return -EINVAL;
	mutex_lock(&nic->lock);
	err = vmqsim_gen_start(nic);
	mutex_unlock(&nic->lock);
	return err;
}

VMQSIM_DEBUGFS_RW(start);

static int vmqsim_debugfs_ns_show(struct seq_file *seq, void *unused)
{
	struct vmqsim_nic *nic = seq->private;
	u64 end = READ_ONCE(nic->gen.end_ns);

	seq_printf(seq, "%llu\n",
		   end ? end - READ_ONCE(nic->gen.begin_ns) : 0);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmqsim_debugfs_ns);

static void vmqsim_debugfs_add_gen(struct vmqsim_nic *nic)
{
	struct dentry *dir = debugfs_create_dir("gen", nic->dir);
	struct vmqsim_gen *gen = &nic->gen;

	debugfs_create_u32("count", 0600, dir, &gen->count);
	debugfs_create_u32("burst", 0600, dir, &gen->burst);
	debugfs_create_u32("len", 0600, dir, &gen->len);
	debugfs_create_u32("vlan", 0600, dir, &gen->vlan);
	debugfs_create_file("sink", 0600, dir, nic, &vmqsim_debugfs_sink_fops);
	debugfs_create_u32("done", 0400, dir, &gen->done);
	debugfs_create_file("dmac", 0600, dir, nic, &vmqsim_debugfs_dmac_fops);
	debugfs_create_file("smac", 0600, dir, nic, &vmqsim_debugfs_smac_fops);
	debugfs_create_file("queue", 0600, dir, nic,
			    &vmqsim_debugfs_gen_queue_fops);
	debugfs_create_file("start", 0600, dir, nic,
			    &vmqsim_debugfs_start_fops);
	debugfs_create_file("ns", 0400, dir, nic, &vmqsim_debugfs_ns_fops);
}

/**
 * vmqsim_debugfs_add() - make a NIC's directory
 * @nic: the NIC
 *
 * NICs of the same name in different network namespaces are told apart by
 * the number of their parent device. As everywhere, debugfs may fail: then
 * there are no files.
 *
 * Context: process, rtnl held.
 */
void vmqsim_debugfs_add(struct vmqsim_nic *nic)
{
	struct dentry *dir;
	char name[2 * IFNAMSIZ];
	unsigned int op;

	ASSERT_RTNL();
	snprintf(name, sizeof(name), "%s", netdev_name(nic->dev));
	dir = debugfs_lookup(name, vmqsim_debugfs_root);
	if (dir) {
		dput(dir);
		snprintf(name, sizeof(name), "%s.%d", netdev_name(nic->dev),
			 nic->pdev->id);
	}
	dir = debugfs_create_dir(name, vmqsim_debugfs_root);
	nic->dir = dir;
	debugfs_create_file("quirks", 0600, dir, nic,
			    &vmqsim_debugfs_quirks_fops);
	debugfs_create_file("slots", 0600, dir, nic,
			    &vmqsim_debugfs_slots_fops);
	debugfs_create_file("vlan_mask", 0600, dir, nic,
			    &vmqsim_debugfs_vlan_mask_fops);
	debugfs_create_file("carrier", 0600, dir, nic,
			    &vmqsim_debugfs_carrier_fops);
	debugfs_create_file("reset", 0600, dir, nic,
			    &vmqsim_debugfs_reset_fops);
	debugfs_create_file("rules", 0400, dir, nic,
			    &vmqsim_debugfs_rules_fops);
	debugfs_create_file("queues", 0400, dir, nic,
			    &vmqsim_debugfs_queues_fops);
	dir = debugfs_create_dir("fault", nic->dir);
	for (op = 0; op < VMQSIM_F_COUNT; op++)
		debugfs_create_file(vmqsim_fault_name(op), 0600, dir,
				    &nic->faults[op],
				    &vmqsim_debugfs_fault_fops);
	vmqsim_debugfs_add_gen(nic);
}

/**
 * vmqsim_debugfs_del() - remove a NIC's directory
 * @nic: the NIC
 *
 * Context: process, rtnl held. Waits for users of the files.
 */
void vmqsim_debugfs_del(struct vmqsim_nic *nic)
{
	ASSERT_RTNL();
	debugfs_remove(nic->dir);
	nic->dir = NULL;
}

/**
 * vmqsim_debugfs_rename() - follow a new name of the NIC
 * @nic: the NIC
 *
 * Context: process, rtnl held.
 */
void vmqsim_debugfs_rename(struct vmqsim_nic *nic)
{
	if (IS_ERR_OR_NULL(nic->dir))
		return;
	if (debugfs_change_name(nic->dir, "%s", netdev_name(nic->dev)))
		netdev_notice(nic->dev, "debugfs directory keeps its name\n");
}

/**
 * vmqsim_debugfs_init() - make the module's directory
 */
void vmqsim_debugfs_init(void)
{
	vmqsim_debugfs_root = debugfs_create_dir(VMQSIM_NAME, NULL);
}

/**
 * vmqsim_debugfs_exit() - remove it
 */
void vmqsim_debugfs_exit(void)
{
	debugfs_remove(vmqsim_debugfs_root);
}
