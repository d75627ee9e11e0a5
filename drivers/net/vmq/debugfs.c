// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: /sys/kernel/debug/vmq/, read only, for people and tests
 *
 * Described in Documentation/ABI/testing/debugfs-vmq. Directories are removed
 * under RTNL, which waits for readers, so no reader waits for RTNL: tables are
 * read under RCU, numbers as they are.
 */
#include <linux/debugfs.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "nic.h"
#include "team.h"
#include "vmq.h"

static struct dentry *vmq_debugfs_root;

static void *vmq_debugfs_addr_start(struct seq_file *m, loff_t *pos)
	__acquires(RCU)
{
	struct vmq_device *vd = m->private;

	rcu_read_lock();
	return seq_list_start_head_rcu(&vd->addr_list, *pos);
}

static void *vmq_debugfs_addr_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct vmq_device *vd = m->private;

	return seq_list_next_rcu(v, &vd->addr_list, pos);
}

static void vmq_debugfs_addr_stop(struct seq_file *m, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

/* May frames to this address bypass the bridge? A name of "fast" or why not. */
static const char *vmq_debugfs_bypass(const struct vmq_device *vd,
				      const struct vmq_addr *addr)
{
	const struct vmq_port *port = rcu_dereference(addr->port);
	enum vmq_pass why = vmq_rx_standing(vd, port);

	if (!why && !port)
		why = VMQ_PASS_REVOKED;
	else if (!why && !(READ_ONCE(addr->vlan) & VMQ_VLAN_MEMBER))
		why = VMQ_PASS_VLAN;
	return vmq_pass_names[why];
}

/* A CPU, or "-" */
static void vmq_debugfs_cpu(struct seq_file *m, int cpu)
{
	if (cpu >= 0)
		seq_printf(m, "%d ", cpu);
	else
		seq_puts(m, "- ");
}

/* CPU to which software steers, -1 with a rule in the NIC or without a home */
static int vmq_debugfs_home(const struct vmq_filter *filter)
{
	return filter && READ_ONCE(filter->queue) == VMQ_NO_QUEUE ?
		READ_ONCE(filter->soft.home) : -1;
}

static const char *vmq_debugfs_steer(const struct vmq_filter *filter, int home)
{
	if (home >= 0)
		return "software";
	return vmq_steer_names[filter ? READ_ONCE(filter->state) :
					VMQ_STEER_NONE];
}

/* The queue of a filter's rule in the NIC, NULL for none */
static const struct vmq_queue *
vmq_debugfs_queue(const struct vmq_nic *nic, const struct vmq_filter *filter)
{
	unsigned int queue = filter ? READ_ONCE(filter->queue) : VMQ_NO_QUEUE;

	return queue < nic->max_queues ? &nic->queues[queue] : NULL;
}

/** enum vmq_debugfs_column - what is told of a vnic by NIC */
enum vmq_debugfs_column {
	VMQ_DEBUGFS_STEER,
	VMQ_DEBUGFS_QUEUE,
	VMQ_DEBUGFS_IRQ,
	VMQ_DEBUGFS_CPU,
	VMQ_DEBUGFS_REASON,
};

static void vmq_debugfs_cell(struct seq_file *m, const struct vmq_nic *nic,
			     const struct vmq_filter *filter, int home,
			     enum vmq_debugfs_column column)
{
	const struct vmq_queue *q = vmq_debugfs_queue(nic, filter);
	int n = -1;

	switch (column) {
	case VMQ_DEBUGFS_STEER:
		seq_puts(m, vmq_debugfs_steer(filter, home));
		return;
	case VMQ_DEBUGFS_REASON:
		seq_puts(m, vmq_why_names[filter ? READ_ONCE(filter->why) :
						   VMQ_WHY_OFF]);
		return;
	case VMQ_DEBUGFS_QUEUE:
		n = q ? q - nic->queues : -1;
		break;
	case VMQ_DEBUGFS_IRQ:
		if (q && READ_ONCE(q->irq))
			n = READ_ONCE(q->irq);
		break;
	case VMQ_DEBUGFS_CPU:
		n = q ? READ_ONCE(q->home) : home;
		break;
	}
	if (n >= 0)
		seq_printf(m, "%d", n);
	else
		seq_putc(m, '-');
}

/* Of the members of a bond one behind the other, in the order of sysfs' "nic" */
static void vmq_debugfs_cells(struct seq_file *m, const struct vmq_device *vd,
			      const struct vmq_vnic *vnic,
			      enum vmq_debugfs_column column)
{
	const struct vmq_filter *filter;
	const struct vmq_nic *nic;
	const char *gap = "";
	unsigned int slot;
	int home;

	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++) {
		filter = rcu_dereference(vnic->filter[slot]);
		home = vmq_hook_can_resume(vd) ? vmq_debugfs_home(filter) : -1;
		seq_puts(m, gap);
		vmq_debugfs_cell(m, nic, filter, home, column);
		gap = ",";
	}
	if (!*gap)
		seq_putc(m, '-');
	seq_putc(m, column == VMQ_DEBUGFS_REASON ? '\n' : ' ');
}

static int vmq_debugfs_vnics_show(struct seq_file *m, void *v)
{
	struct vmq_device *vd = m->private;
	struct vmq_vnic_stats sum;
	struct vmq_addr *addr;
	struct vmq_vnic *vnic;
	struct vmq_port *port;

	if (v == &vd->addr_list) {
		seq_puts(m, "mac vid port bypass steer queue irq cpu fast full onq offq reason\n");
		return 0;
	}
	addr = list_entry(v, struct vmq_addr, list);
	vnic = rcu_dereference(addr->vnic);
	if (!vnic)
		return 0;
	port = rcu_dereference(vnic->port);
	vmq_vnic_sum(vnic, &sum);

	seq_printf(m, "%pM %u %s %s ", addr->key.addr, addr->key.vid,
		   port ? port->dev->name : "-", vmq_debugfs_bypass(vd, addr));
	vmq_debugfs_cells(m, vd, vnic, VMQ_DEBUGFS_STEER);
	vmq_debugfs_cells(m, vd, vnic, VMQ_DEBUGFS_QUEUE);
	vmq_debugfs_cells(m, vd, vnic, VMQ_DEBUGFS_IRQ);
	vmq_debugfs_cells(m, vd, vnic, VMQ_DEBUGFS_CPU);
	seq_printf(m, "%llu %llu %llu %llu ", u64_stats_read(&sum.fast),
		   u64_stats_read(&sum.full), u64_stats_read(&sum.onq),
		   u64_stats_read(&sum.offq));
	vmq_debugfs_cells(m, vd, vnic, VMQ_DEBUGFS_REASON);
	return 0;
}

static const struct seq_operations vmq_debugfs_vnics_sops = {
	.start	= vmq_debugfs_addr_start,
	.next	= vmq_debugfs_addr_next,
	.stop	= vmq_debugfs_addr_stop,
	.show	= vmq_debugfs_vnics_show,
};
DEFINE_SEQ_ATTRIBUTE(vmq_debugfs_vnics);

static int vmq_debugfs_sources_show(struct seq_file *m, void *v)
{
	struct vmq_device *vd = m->private;
	const struct vmq_addr *addr;

	if (v == &vd->addr_list) {
		seq_puts(m, "mac vid unsure\n");
		return 0;
	}
	addr = list_entry(v, struct vmq_addr, list);
	if (READ_ONCE(addr->uplink))
		seq_printf(m, "%pM %u %u\n", addr->key.addr, addr->key.vid,
			   READ_ONCE(addr->unsure));
	return 0;
}

static const struct seq_operations vmq_debugfs_sources_sops = {
	.start	= vmq_debugfs_addr_start,
	.next	= vmq_debugfs_addr_next,
	.stop	= vmq_debugfs_addr_stop,
	.show	= vmq_debugfs_sources_show,
};
DEFINE_SEQ_ATTRIBUTE(vmq_debugfs_sources);

static int vmq_debugfs_pass_show(struct seq_file *m, void *v)
{
	struct vmq_device *vd = m->private;
	struct vmq_stats *sum;
	unsigned int i;

	sum = kzalloc_obj(*sum, GFP_KERNEL);
	if (!sum)
		return -ENOMEM;
	vmq_stats_sum(vd, sum);
	for (i = 0; i < VMQ_PASS_MAX; i++)
		seq_printf(m, "%s %llu\n", vmq_pass_names[i],
			   u64_stats_read(&sum->pass[i]));
	kfree(sum);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmq_debugfs_pass);

static void vmq_debugfs_row(struct seq_file *m, const char *name, u64 val)
{
	seq_printf(m, "%s %llu\n", name, val);
}

static int vmq_debugfs_stats_show(struct seq_file *m, void *v)
{
	struct vmq_device *vd = m->private;
	struct vmq_stats *sum;

	sum = kzalloc_obj(*sum, GFP_KERNEL);
	if (!sum)
		return -ENOMEM;
	vmq_stats_sum(vd, sum);
	vmq_debugfs_row(m, "rx_packets", vmq_stats_rx_packets(sum));
	vmq_debugfs_row(m, "rx_bytes", u64_stats_read(&sum->rx_bytes));
	vmq_debugfs_row(m, "tx_packets", u64_stats_read(&sum->tx_packets));
	vmq_debugfs_row(m, "tx_bytes", u64_stats_read(&sum->tx_bytes));
	vmq_debugfs_row(m, "tx_dropped", u64_stats_read(&sum->tx_dropped));
	vmq_debugfs_row(m, "fast_drops", u64_stats_read(&sum->fast_drops));
	vmq_debugfs_row(m, "soft_drops", u64_stats_read(&sum->soft_drops));
	vmq_debugfs_row(m, "direct", u64_stats_read(&sum->direct));
	kfree(sum);

	vmq_debugfs_row(m, "vnics", READ_ONCE(vd->nr_vnics));
	vmq_debugfs_row(m, "sources", READ_ONCE(vd->nr_sources));
	vmq_debugfs_row(m, "refused_vnics", READ_ONCE(vd->refused_vnics));
	vmq_debugfs_row(m, "refused_sources", READ_ONCE(vd->refused_sources));

	raw_spin_lock_irq(&vd->lock);
	vmq_debugfs_row(m, "events", vd->ev_total);
	vmq_debugfs_row(m, "events_lost", vd->ev_lost);
	vmq_debugfs_row(m, "grants", vd->grants);
	vmq_debugfs_row(m, "revokes", vd->revokes);
	vmq_debugfs_row(m, "unsure", vd->nr_unsure);
	raw_spin_unlock_irq(&vd->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmq_debugfs_stats);

static int vmq_debugfs_ports_show(struct seq_file *m, void *v)
{
	struct vmq_device *vd = m->private;
	const struct vmq_port *port;

	seq_puts(m, "port vnics refused block\n");
	rcu_read_lock();
	list_for_each_entry_rcu(port, &vd->ports, list)
		seq_printf(m, "%s %u %llu %s\n", port->dev->name,
			   READ_ONCE(port->vnics), READ_ONCE(port->refused),
			   vmq_pass_names[vmq_rx_standing(vd, port)]);
	rcu_read_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmq_debugfs_ports);

/*
 * Frames of vnics that arrived on the queue of their rule, by queue. Above a bond they
 * are not counted by member: returns whether they are.
 */
static bool vmq_debugfs_count(const struct vmq_nic *nic, u64 *frames)
{
	const struct vmq_filter *filter;
	bool counted = true;
	const struct vmq_device *vd;
	struct vmq_vnic_stats sum;
	const struct vmq_addr *addr;
	const struct vmq_vnic *vnic;
	unsigned int queue;

	rcu_read_lock();
	list_for_each_entry_rcu(vd, &vmq_devices, list) {
		if (rcu_access_pointer(vd->team) && vmq_team_find(vd, nic->dev))
			counted = false;
		/* all that is no bond has its NIC in the first place */
		if (rcu_access_pointer(vd->team) || READ_ONCE(vd->nics[0]) != nic)
			continue;
		list_for_each_entry_rcu(addr, &vd->addr_list, list) {
			vnic = rcu_dereference(addr->vnic);
			filter = vnic ? rcu_dereference(vnic->filter[0]) : NULL;
			queue = filter ? READ_ONCE(filter->queue) :
					 VMQ_NO_QUEUE;
			if (queue >= nic->max_queues)
				continue;
			vmq_vnic_sum(vnic, &sum);
			frames[queue] += u64_stats_read(&sum.onq);
		}
	}
	rcu_read_unlock();
	return counted;
}

static int vmq_debugfs_queues_show(struct seq_file *m, void *v)
{
	struct vmq_nic *nic = m->private;
	cpumask_var_t mask;
	unsigned int i;
	bool counted;
	u64 *frames;

	frames = kcalloc(nic->max_queues, sizeof(*frames), GFP_KERNEL);
	if (!frames)
		return -ENOMEM;
	if (!alloc_cpumask_var(&mask, GFP_KERNEL)) {
		kfree(frames);
		return -ENOMEM;
	}
	counted = vmq_debugfs_count(nic, frames);

	seq_puts(m, "queue kind vnics irq home effective state frames\n");
	for (i = 0; i < READ_ONCE(nic->nr_queues); i++) {
		const struct vmq_queue *q = &nic->queues[i];
		unsigned int irq = READ_ONCE(q->irq);

		seq_printf(m, "%u %s %u ", i,
			   vmq_queue_kind_names[READ_ONCE(q->kind)],
			   READ_ONCE(q->filters));
		if (irq)
			seq_printf(m, "%u ", irq);
		else
			seq_puts(m, "- ");
		vmq_debugfs_cpu(m, READ_ONCE(q->home));
		if (vmq_irq_effective(irq, mask))
			seq_printf(m, "%*pbl ", cpumask_pr_args(mask));
		else
			seq_puts(m, "- ");
		seq_printf(m, "%s ", vmq_pin_names[READ_ONCE(q->pin)]);
		if (counted)
			seq_printf(m, "%llu\n", frames[i]);
		else
			seq_puts(m, "-\n");
	}
	free_cpumask_var(mask);
	kfree(frames);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmq_debugfs_queues);

static int vmq_debugfs_filters_show(struct seq_file *m, void *v)
{
	struct vmq_nic *nic = m->private;
	const struct vmq_filter *f;

	seq_puts(m, "mac users queue location cpu steer reason errno hits misses drops\n");
	rcu_read_lock();
	list_for_each_entry_rcu(f, &nic->filters, list) {
		seq_printf(m, "%pM %u ", f->addr, READ_ONCE(f->users));
		if (READ_ONCE(f->queue) != VMQ_NO_QUEUE)
			seq_printf(m, "%u %u ", READ_ONCE(f->queue),
				   READ_ONCE(f->location));
		else
			seq_puts(m, "- - ");
		vmq_debugfs_cpu(m, vmq_debugfs_home(f));
		seq_printf(m, "%s %s %d %d %d %llu\n",
			   vmq_debugfs_steer(f, vmq_debugfs_home(f)),
			   vmq_why_names[READ_ONCE(f->why)], READ_ONCE(f->err),
			   atomic_read(&f->hits), atomic_read(&f->misses),
			   READ_ONCE(f->soft.drops));
	}
	rcu_read_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmq_debugfs_filters);

static bool vmq_debugfs_rule_is_ours(const struct vmq_nic *nic,
				     const struct ethtool_rx_flow_spec *fs)
{
	const struct vmq_filter *f;

	list_for_each_entry(f, &nic->filters, list)
		if (f->queue != VMQ_NO_QUEUE && f->location == fs->location &&
		    f->queue == fs->ring_cookie &&
		    ether_addr_equal_unaligned(f->addr,
					       fs->h_u.ether_spec.h_dest))
			return true;
	return false;
}

static void vmq_debugfs_rule(struct seq_file *m, struct vmq_nic *nic,
			     u32 location)
{
	struct ethtool_rxnfc nfc = { .cmd = ETHTOOL_GRXCLSRULE };

	nfc.fs.location = location;
	if (nic->dev->ethtool_ops->get_rxnfc(nic->dev, &nfc, NULL))
		return;
	seq_printf(m, "%u ", location);
	if ((nfc.fs.flow_type & ~(FLOW_EXT | FLOW_MAC_EXT | FLOW_RSS)) ==
	    ETHER_FLOW)
		seq_printf(m, "%pM ", nfc.fs.h_u.ether_spec.h_dest);
	else
		seq_puts(m, "- ");
	if (nfc.fs.ring_cookie == RX_CLS_FLOW_DISC)
		seq_puts(m, "drop ");
	else
		seq_printf(m, "%llu ", nfc.fs.ring_cookie);
	seq_printf(m, "%s\n", vmq_debugfs_rule_is_ours(nic, &nfc.fs) ?
			      "vmq" : "foreign");
}

/* What the NIC's table really holds: only the driver knows. */
static int vmq_debugfs_rules_list(struct seq_file *m, struct vmq_nic *nic)
{
	u32 *locs, cnt, size, i;
	int err;

	if (!nic->dev->ethtool_ops->get_rxnfc)
		return 0;
	err = vmq_filter_list_rtnl(nic, &locs, &cnt, &size);
	if (err)
		return err == -EOPNOTSUPP ? 0 : err;
	for (i = 0; i < cnt; i++)
		vmq_debugfs_rule(m, nic, locs[i]);
	kvfree(locs);
	return 0;
}

static int vmq_debugfs_rules_show(struct seq_file *m, void *v)
{
	struct vmq_nic *nic = m->private;
	int err = -ENODEV;

	if (!rtnl_trylock())
		return restart_syscall();
	if (!nic->dead)
		err = vmq_nic_begin_rtnl(nic);
	if (!err) {
		seq_puts(m, "location mac queue owner\n");
		err = vmq_debugfs_rules_list(m, nic);
		vmq_nic_end_rtnl(nic);
	}
	rtnl_unlock();
	return err;
}
DEFINE_SHOW_ATTRIBUTE(vmq_debugfs_rules);

static int vmq_debugfs_nic_show(struct seq_file *m, void *v)
{
	const struct vmq_nic *nic = m->private;

	vmq_debugfs_row(m, "devices", READ_ONCE(nic->users));
	vmq_debugfs_row(m, "filters", READ_ONCE(nic->nr_filters));
	vmq_debugfs_row(m, "slots", READ_ONCE(nic->rules));
	vmq_debugfs_row(m, "installs", READ_ONCE(nic->installs));
	vmq_debugfs_row(m, "removals", READ_ONCE(nic->removals));
	vmq_debugfs_row(m, "refusals", READ_ONCE(nic->refusals));
	vmq_debugfs_row(m, "withdrawals", READ_ONCE(nic->withdrawals));
	vmq_debugfs_row(m, "lost", READ_ONCE(nic->lost));
	vmq_debugfs_row(m, "pins", READ_ONCE(nic->pins));
	vmq_debugfs_row(m, "restores", READ_ONCE(nic->restores));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmq_debugfs_nic);

DEFINE_SHOW_ATTRIBUTE(vmq_softsteer);

/*
 * Names of netdevs are unique in a netns only: with the name taken by another
 * netns, its number is appended.
 */
static void vmq_debugfs_name(char *buf, size_t len, const char *prefix,
			     const struct net_device *dev)
{
	struct dentry *taken;

	snprintf(buf, len, "%s%s", prefix, dev->name);
	taken = debugfs_lookup(buf, vmq_debugfs_root);
	if (!taken)
		return;
	dput(taken);
	snprintf(buf, len, "%s%s@%u", prefix, dev->name,
		 dev_net(dev)->ns.inum);
}

static struct dentry *vmq_debugfs_dir(const char *prefix,
				      const struct net_device *dev)
{
	char name[IFNAMSIZ + 24];

	vmq_debugfs_name(name, sizeof(name), prefix, dev);
	return debugfs_create_dir(name, vmq_debugfs_root);
}

static void vmq_debugfs_rename(struct dentry *dir, const char *prefix,
			       const struct net_device *dev)
{
	char name[IFNAMSIZ + 24];

	if (IS_ERR_OR_NULL(dir))
		return;
	vmq_debugfs_name(name, sizeof(name), prefix, dev);
	debugfs_change_name(dir, "%s", name);
}

/**
 * vmq_debugfs_add_device - make the directory of a device
 * @vd: device; removed by whoever owns @vd->debugfs
 *
 * Context: process context, RTNL held.
 */
void vmq_debugfs_add_device(struct vmq_device *vd)
{
	struct dentry *dir = vmq_debugfs_dir("", vd->dev);

	ASSERT_RTNL();

	vd->debugfs = dir;
	debugfs_create_file("vnics", 0400, dir, vd, &vmq_debugfs_vnics_fops);
	debugfs_create_file("sources", 0400, dir, vd,
			    &vmq_debugfs_sources_fops);
	debugfs_create_file("pass", 0400, dir, vd, &vmq_debugfs_pass_fops);
	debugfs_create_file("stats", 0400, dir, vd, &vmq_debugfs_stats_fops);
	debugfs_create_file("ports", 0400, dir, vd, &vmq_debugfs_ports_fops);
}

/**
 * vmq_debugfs_add_nic - make the directory of a nic
 * @nic: nic
 *
 * Context: process context, RTNL held.
 */
void vmq_debugfs_add_nic(struct vmq_nic *nic)
{
	struct dentry *dir = vmq_debugfs_dir("nic-", nic->dev);

	ASSERT_RTNL();

	nic->debugfs = dir;
	debugfs_create_file("queues", 0400, dir, nic, &vmq_debugfs_queues_fops);
	debugfs_create_file("filters", 0400, dir, nic,
			    &vmq_debugfs_filters_fops);
	debugfs_create_file("rules", 0400, dir, nic, &vmq_debugfs_rules_fops);
	debugfs_create_file("stats", 0400, dir, nic, &vmq_debugfs_nic_fops);
}

/**
 * vmq_debugfs_del_nic - remove the directory of a nic
 * @nic: nic; no reader is left when this returns
 *
 * Context: process context, RTNL held.
 */
void vmq_debugfs_del_nic(struct vmq_nic *nic)
{
	debugfs_remove(nic->debugfs);
	nic->debugfs = NULL;
}

/**
 * vmq_debugfs_rename_device - follow a rename of vmqN
 * @vd: device
 *
 * Context: process context, RTNL held.
 */
void vmq_debugfs_rename_device(struct vmq_device *vd)
{
	vmq_debugfs_rename(vd->debugfs, "", vd->dev);
}

/**
 * vmq_debugfs_rename_nic - follow a rename of a NIC
 * @nic: nic
 *
 * Context: process context, RTNL held.
 */
void vmq_debugfs_rename_nic(struct vmq_nic *nic)
{
	vmq_debugfs_rename(nic->debugfs, "nic-", nic->dev);
}

/**
 * vmq_debugfs_init - make /sys/kernel/debug/vmq
 *
 * Context: module init.
 * Return: 0; a kernel without debugfs is no error.
 */
int vmq_debugfs_init(void)
{
	vmq_debugfs_root = debugfs_create_dir(VMQ_DRV_NAME, NULL);
	debugfs_create_file("softsteer", 0400, vmq_debugfs_root, NULL,
			    &vmq_softsteer_fops);
	return 0;
}

/**
 * vmq_debugfs_exit - remove /sys/kernel/debug/vmq
 *
 * Context: module exit.
 */
void vmq_debugfs_exit(void)
{
	debugfs_remove(vmq_debugfs_root);
}
