// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: queue -> interrupt -> home CPU
 *
 * Only the affinity of an interrupt is set: no hint (its pointer would stay in
 * the descriptor) and no notifier (there is one to an interrupt, the driver's).
 * So changes by others are seen by looking, at each audit.
 *
 * An interrupt belongs to its driver, which may free it and ask for it anew at
 * any time; its number may then be somebody else's. Name and cookie of its
 * action are therefore compared before each write. Drivers do that under RTNL,
 * which is held here; those of 7.3 that change rings with their instance lock
 * alone (ethtool_ops.op_needs_rtnl) can slip in between the look and the write.
 */
#include <linux/cpu.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/irqnr.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include <net/netdev_rx_queue.h>
#include <trace/events/vmq.h>

#include "nic.h"
#include "team.h"
#include "vmq.h"

const char *const vmq_pin_names[] = {
	[VMQ_PIN_NONE]		= "-",
	[VMQ_PIN_NO_IRQ]	= "no-irq",
	[VMQ_PIN_MANAGED]	= "managed",
	[VMQ_PIN_PINNED]	= "pinned",
	[VMQ_PIN_FOREIGN]	= "foreign",
	[VMQ_PIN_FAILED]	= "failed",
};

/**
 * struct vmq_irq_info - what an interrupt's descriptor says
 * @action: name of its first action, cut to length
 * @dev_id: cookie of its first action
 * @managed: its affinity is not for others to set
 *
 * A snapshot on the stack of the caller.
 */
struct vmq_irq_info {
	char action[VMQ_ACTION_LEN];
	const void *dev_id;
	bool managed;
};

/* How often a CPU has gone offline: who pinned to it before lost the pin. */
static DEFINE_PER_CPU(unsigned int, vmq_irq_downs);

/* Valid under RCU: descriptors are freed after a grace period. */
static struct irq_desc *vmq_irq_desc(unsigned int irq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	return data ? irq_data_to_desc(data) : NULL;
}

/* The affinity as /proc/irq shows it; descriptor locked */
static const struct cpumask *vmq_irq_affinity(struct irq_desc *desc)
{
#if defined(CONFIG_SMP) && defined(CONFIG_GENERIC_PENDING_IRQ)
	if (irqd_is_setaffinity_pending(&desc->irq_data))
		return desc->pending_mask;
#endif
	return irq_data_get_affinity_mask(&desc->irq_data);
}

/* Read an interrupt that somebody has requested; false when there is none. */
static bool vmq_irq_read(unsigned int irq, struct vmq_irq_info *info,
			 struct cpumask *mask)
{
	struct irq_desc *desc;
	unsigned long flags;
	bool found = false;

	rcu_read_lock();
	desc = irq ? vmq_irq_desc(irq) : NULL;
	if (!desc)
		goto out;
	raw_spin_lock_irqsave(&desc->lock, flags);
	if (desc->action) {
		found = true;
		strscpy(info->action, desc->action->name ?: "",
			sizeof(info->action));
		info->dev_id = desc->action->dev_id;
		info->managed = irqd_affinity_is_managed(&desc->irq_data) ||
				!irqd_can_balance(&desc->irq_data);
		if (mask)
			cpumask_copy(mask, vmq_irq_affinity(desc));
	}
	raw_spin_unlock_irqrestore(&desc->lock, flags);
out:
	rcu_read_unlock();
	return found;
}

/**
 * vmq_irq_valid - has somebody requested this interrupt?
 * @irq: interrupt number
 *
 * Context: any.
 * Return: whether it may be named in a map.
 */
bool vmq_irq_valid(unsigned int irq)
{
	struct vmq_irq_info info;

	return vmq_irq_read(irq, &info, NULL);
}

/**
 * vmq_irq_effective - the CPUs that an interrupt is really sent to
 * @irq: interrupt number, 0 for none
 * @mask: out
 *
 * Context: any.
 * Return: whether there is such an interrupt.
 */
bool vmq_irq_effective(unsigned int irq, struct cpumask *mask)
{
	struct irq_desc *desc;
	unsigned long flags;

	rcu_read_lock();
	desc = irq ? vmq_irq_desc(irq) : NULL;
	if (desc) {
		raw_spin_lock_irqsave(&desc->lock, flags);
		cpumask_copy(mask, irq_data_get_effective_affinity_mask(&desc->irq_data));
		raw_spin_unlock_irqrestore(&desc->lock, flags);
	}
	rcu_read_unlock();
	return desc;
}

/* Is the interrupt still the one we knew? */
static bool vmq_irq_same(const struct vmq_queue *q,
			 const struct vmq_irq_info *info)
{
	return q->dev_id == info->dev_id && !strcmp(q->action, info->action);
}

/*
 * Was it a user who set another affinity, as far as we can tell? The kernel does
 * when the CPU goes offline, and a driver that asks for its interrupts anew gets
 * them with the affinity that they have by default, under the same name.
 */
static bool vmq_irq_is_foreign(const struct vmq_queue *q)
{
	return !q->anew && cpu_online(q->home) &&
	       q->downs == READ_ONCE(per_cpu(vmq_irq_downs, q->home));
}

/*
 * Is our affinity still there? Returns 1 when it is, 0 when somebody set
 * another one, -ENODEV when the interrupt is no longer the one we pinned.
 */
static int vmq_irq_is_ours(const struct vmq_queue *q)
{
	struct vmq_irq_info info;
	cpumask_var_t mask;
	int ours = -ENODEV;

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return 1;	/* no memory to look: suppose the usual */
	if (vmq_irq_read(q->irq, &info, mask) && vmq_irq_same(q, &info))
		ours = cpumask_equal(mask, cpumask_of(q->home));
	free_cpumask_var(mask);
	return ours;
}

static void vmq_irq_trace(const struct vmq_nic *nic, const struct vmq_queue *q,
			  int cpu, int err)
{
	trace_vmq_pin(nic->dev->name, q - nic->queues, q->irq, cpu, err);
}

/* Forget the pin without touching the interrupt. */
static void vmq_irq_forget(struct vmq_queue *q, enum vmq_pin pin)
{
	q->has_saved = false;
	WRITE_ONCE(q->home, -1);
	WRITE_ONCE(q->pin, pin);
}

/*
 * Put the affinity back as found, if it is still ours. When the chip refuses,
 * what was found is kept for the next try.
 */
static void vmq_irq_unpin(struct vmq_nic *nic, struct vmq_queue *q)
{
	int ours = q->has_saved ? vmq_irq_is_ours(q) : 0;
	int err;

	if (q->has_saved &&
	    (ours > 0 || (!ours && !vmq_irq_is_foreign(q)))) {
		/* All CPUs of the mask found may be offline by now. */
		err = irq_set_affinity(q->irq, cpumask_intersects(q->saved, cpu_online_mask) ?
				       q->saved : cpu_online_mask);
		vmq_irq_trace(nic, q, -1, err);
		if (err) {
			q->pin_err = err;
			WRITE_ONCE(q->pin, VMQ_PIN_FAILED);
			return;
		}
		nic->restores++;
	}
	vmq_irq_forget(q, VMQ_PIN_NONE);
}

/* Send the interrupt to a CPU, -1 when there is none; hotplug lock held. */
static int vmq_irq_send(struct vmq_nic *nic, struct vmq_queue *q, int home)
{
	int err;

	err = home < 0 ? -ENODEV : irq_set_affinity(q->irq, cpumask_of(home));
	vmq_irq_trace(nic, q, home, err);
	q->pin_err = err;
	if (err)
		return err;

	nic->pins++;
	q->downs = READ_ONCE(per_cpu(vmq_irq_downs, home));
	q->anew = false;
	WRITE_ONCE(q->home, home);
	WRITE_ONCE(q->pin, VMQ_PIN_PINNED);
	return 0;
}

/* Send the interrupt to the home that the planner chooses; hotplug lock held. */
static void vmq_irq_move(struct vmq_nic *nic, struct vmq_queue *q)
{
	int old = q->home;
	int home;

	/* Its own load must not count. */
	WRITE_ONCE(q->home, -1);
	home = vmq_home_choose_rtnl(nic, vmq_team_queue_home_rtnl(nic, q - nic->queues));
	if (!vmq_irq_send(nic, q, home))
		return;
	if (old < 0) {
		vmq_irq_forget(q, VMQ_PIN_FAILED);
	} else {
		WRITE_ONCE(q->home, old);
		vmq_irq_unpin(nic, q);
		WRITE_ONCE(q->pin, VMQ_PIN_FAILED);
	}
}

static void vmq_irq_pin(struct vmq_nic *nic, struct vmq_queue *q)
{
	struct vmq_irq_info info;

	/* Where a restore has failed, what was found first still counts. */
	if (q->has_saved && vmq_irq_is_ours(q) <= 0)
		vmq_irq_forget(q, VMQ_PIN_NONE);
	if (!vmq_irq_read(q->irq, &info, q->has_saved ? NULL : q->saved)) {
		WRITE_ONCE(q->pin, VMQ_PIN_NO_IRQ);
		return;
	}
	strscpy(q->action, info.action, sizeof(q->action));
	q->dev_id = info.dev_id;
	if (info.managed) {
		WRITE_ONCE(q->pin, VMQ_PIN_MANAGED);
		return;
	}
	q->has_saved = true;
	cpus_read_lock();
	vmq_irq_move(nic, q);
	cpus_read_unlock();
}

/* Give queues the interrupts whose names say so. */
static void vmq_irq_claim(struct vmq_nic *nic, unsigned int *irqs,
			  unsigned int irq, bool ours)
{
	struct net_device *dev = nic->dev;
	struct vmq_irq_info info;
	int queue;

	if (!vmq_irq_read(irq, &info, NULL))
		return;
	queue = vmq_irq_name_queue(info.action, dev->name, dev->dev.parent ?
				   dev_name(dev->dev.parent) : "", ours);
	if (queue >= 0 && queue < nic->nr_queues && !irqs[queue])
		irqs[queue] = irq;
}

static void vmq_irq_claim_all(struct vmq_nic *nic, unsigned int *irqs)
{
	struct device *parent = nic->dev->dev.parent;
	unsigned int irq, nr;
	int i, vector;

	if (parent && dev_is_pci(parent)) {
		for (i = 0; i < PCI_MSIX_FLAGS_QSIZE + 1; i++) {
			vector = pci_irq_vector(to_pci_dev(parent), i);
			if (vector < 0)
				break;
			vmq_irq_claim(nic, irqs, vector, true);
		}
		return;
	}
	nr = irq_get_nr_irqs();
	for (irq = 1; irq < nr; irq++)
		vmq_irq_claim(nic, irqs, irq, false);
}

/**
 * vmq_irq_resolve_rtnl - find the interrupts of a nic's queues
 * @nic: nic
 * @irqs: out: interrupt of each of the nic's @nr_queues queues, 0 when unknown
 *
 * The admin's word first, then the kernel's own link, then the interrupt known
 * from before (a rename of the netdev does not rename it), then names.
 *
 * Context: process context, RTNL held, no instance lock.
 */
void vmq_irq_resolve_rtnl(struct vmq_nic *nic, unsigned int *irqs)
{
	bool linked = !vmq_nic_begin_rtnl(nic), missing = false;
	struct vmq_irq_info info;
	unsigned int i;

	ASSERT_RTNL();

	for (i = 0; i < nic->nr_queues; i++) {
		struct vmq_queue *q = &nic->queues[i];

		irqs[i] = q->user_irq;
		if (!irqs[i] && linked)
			irqs[i] = compat_netdev_rx_queue_irq(nic->dev, i);
		if (!irqs[i] && q->irq && vmq_irq_read(q->irq, &info, NULL) &&
		    vmq_irq_same(q, &info))
			irqs[i] = q->irq;
		missing |= !irqs[i];
	}
	if (linked)
		vmq_nic_end_rtnl(nic);
	if (missing)
		vmq_irq_claim_all(nic, irqs);
}

static bool vmq_irq_wanted(const struct vmq_nic *nic, const struct vmq_queue *q)
{
	return nic->pin_users && q->filters && netif_running(nic->dev) &&
	       !nic->gone;
}

/* Is anything to be pinned or released since the last look? */
static bool vmq_irq_due(const struct vmq_nic *nic)
{
	unsigned int i;

	for (i = 0; i < nic->max_queues; i++) {
		bool tried = nic->queues[i].pin != VMQ_PIN_NONE;

		if (vmq_irq_wanted(nic, &nic->queues[i]) != tried)
			return true;
	}
	return false;
}

/* Look at one pinned queue; irq is the interrupt that it should have now. */
static void vmq_irq_audit(struct vmq_nic *nic, struct vmq_queue *q,
			  unsigned int irq)
{
	int ours;

	if (irq && irq != q->irq) {
		vmq_irq_unpin(nic, q);
		return;
	}
	cpus_read_lock();
	ours = vmq_irq_is_ours(q);
	if (ours > 0) {
		/* Seen in place: whoever changes it from now on is a user. */
		q->downs = READ_ONCE(per_cpu(vmq_irq_downs, q->home));
		q->anew = false;
	}
	if (ours < 0)
		vmq_irq_forget(q, VMQ_PIN_NONE);
	else if (!ours && vmq_irq_is_foreign(q))
		vmq_irq_forget(q, VMQ_PIN_FOREIGN);
	else if (!vmq_home_is_allowed_rtnl(nic, q->home) ||
		 (!ours && vmq_irq_send(nic, q, q->home)))
		vmq_irq_move(nic, q);
	cpus_read_unlock();
}

static void vmq_irq_run(struct vmq_nic *nic, bool audit)
{
	unsigned int *irqs, i;

	irqs = kcalloc(nic->max_queues, sizeof(*irqs), GFP_KERNEL);
	if (!irqs)
		return;
	if (nic->pin_users)
		vmq_irq_resolve_rtnl(nic, irqs);

	for (i = 0; i < nic->max_queues; i++) {
		struct vmq_queue *q = &nic->queues[i];

		if (!vmq_irq_wanted(nic, q)) {
			if (q->pin != VMQ_PIN_NONE)
				vmq_irq_unpin(nic, q);
			continue;
		}
		if (audit && q->pin == VMQ_PIN_PINNED)
			vmq_irq_audit(nic, q, irqs[i]);
		else if (audit && q->pin != VMQ_PIN_FOREIGN)
			WRITE_ONCE(q->pin, VMQ_PIN_NONE);	/* try again */
		if (q->pin == VMQ_PIN_NONE) {
			if (!q->has_saved)
				WRITE_ONCE(q->irq, irqs[i]);
			vmq_irq_pin(nic, q);
		}
	}
	kfree(irqs);
}

/**
 * vmq_irq_update_rtnl - pin queues that came into use, release those out of use
 * @nic: nic
 *
 * Does nothing, at little cost, when nothing changed.
 *
 * Context: process context, RTNL held, no instance lock.
 */
void vmq_irq_update_rtnl(struct vmq_nic *nic)
{
	ASSERT_RTNL();

	if (vmq_irq_due(nic))
		vmq_irq_run(nic, false);
}

/**
 * vmq_irq_audit_rtnl - look whether the pins are still as we set them
 * @nic: nic
 *
 * Finds interrupts that the driver has freed or asked for anew, homes that went
 * offline or are no longer allowed, and affinities that somebody else has set:
 * these are left alone and shown as foreign.
 *
 * Context: process context, RTNL held, no instance lock.
 */
void vmq_irq_audit_rtnl(struct vmq_nic *nic)
{
	ASSERT_RTNL();

	vmq_irq_run(nic, true);
}

/**
 * vmq_irq_replace_rtnl - choose the homes of all pinned queues anew
 * @nic: nic, whose allowed CPUs have changed
 *
 * Context: process context, RTNL held.
 */
void vmq_irq_replace_rtnl(struct vmq_nic *nic)
{
	unsigned int i;

	ASSERT_RTNL();

	cpus_read_lock();
	for (i = 0; i < nic->max_queues; i++)
		if (nic->queues[i].pin == VMQ_PIN_PINNED &&
		    vmq_irq_is_ours(&nic->queues[i]) > 0)
			vmq_irq_move(nic, &nic->queues[i]);
	cpus_read_unlock();
}

/**
 * vmq_irq_restore_rtnl - put all affinities of a nic back as found
 * @nic: nic
 *
 * Calls no driver, so that it may be used before the driver frees its
 * interrupts (NETDEV_GOING_DOWN).
 *
 * Context: process context, RTNL held, the instance lock may be.
 */
void vmq_irq_restore_rtnl(struct vmq_nic *nic)
{
	unsigned int i;

	ASSERT_RTNL();

	for (i = 0; i < nic->max_queues; i++)
		if (nic->queues[i].pin != VMQ_PIN_NONE)
			vmq_irq_unpin(nic, &nic->queues[i]);
}

/**
 * vmq_irq_set_map_rtnl - take the admin's word for the queues' interrupts
 * @nic: nic
 * @irqs: interrupt of each of the nic's @max_queues queues, 0 for none
 *
 * Context: process context, RTNL held, no instance lock.
 * Return: 0, or -EINVAL for an interrupt that nobody has requested or that is
 *	named twice (the affinity found would be lost), and then nothing is
 *	changed.
 */
int vmq_irq_set_map_rtnl(struct vmq_nic *nic, const unsigned int *irqs)
{
	unsigned int i, j;

	ASSERT_RTNL();

	for (i = 0; i < nic->max_queues; i++) {
		if (!irqs[i])
			continue;
		if (!vmq_irq_valid(irqs[i]))
			return -EINVAL;
		for (j = 0; j < i; j++)
			if (irqs[j] == irqs[i])
				return -EINVAL;
	}
	for (i = 0; i < nic->max_queues; i++) {
		struct vmq_queue *q = &nic->queues[i];

		if (q->user_irq == irqs[i])
			continue;
		q->user_irq = irqs[i];
		/* What it has by the word before is not to be known again. */
		vmq_irq_unpin(nic, q);
		if (!q->has_saved)
			WRITE_ONCE(q->irq, 0);
	}
	vmq_irq_audit_rtnl(nic);
	return 0;
}

/* Takes RTNL before the hotplug lock, as everybody here does. */
static void vmq_irq_hotplug(struct work_struct *work)
{
	struct vmq_nic *nic;

	rtnl_lock();
	/* The work may be sooner than the CPU that goes. */
	cpus_read_lock();
	cpus_read_unlock();
	list_for_each_entry(nic, &vmq_nics, list) {
		vmq_irq_audit_rtnl(nic);
		/* Addresses steered in software may have been at home there. */
		vmq_nic_kick(nic);
	}
	rtnl_unlock();
}

static DECLARE_WORK(vmq_irq_hotplug_work, vmq_irq_hotplug);

/* Context: process, on the CPU that goes, hotplug lock held for writing. */
static int vmq_irq_cpu_down(unsigned int cpu)
{
	WRITE_ONCE(per_cpu(vmq_irq_downs, cpu), per_cpu(vmq_irq_downs, cpu) + 1);
	queue_work(vmq_wq, &vmq_irq_hotplug_work);
	return 0;
}

static int vmq_irq_cpuhp;	/* main.c's init and exit */

/**
 * vmq_irq_init - watch CPUs go offline
 *
 * The kernel moves the interrupts of such a CPU to any other, which is not to be
 * taken for a user's wish, also when the CPU is back soon (suspend).
 *
 * Context: process context.
 * Return: 0 or a negative errno.
 */
int vmq_irq_init(void)
{
	vmq_irq_cpuhp = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN,
						  "net/vmq:offline", NULL,
						  vmq_irq_cpu_down);
	return min(vmq_irq_cpuhp, 0);
}

/**
 * vmq_irq_exit - stop watching
 *
 * Context: process context, no RTNL.
 */
void vmq_irq_exit(void)
{
	cpuhp_remove_state_nocalls(vmq_irq_cpuhp);
	cancel_work_sync(&vmq_irq_hotplug_work);
}
