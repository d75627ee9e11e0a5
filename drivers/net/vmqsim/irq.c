// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: interrupts.
 *
 * Every queue has a Linux interrupt of its own in a domain of the NIC. The
 * "hardware" latches a raised line and delivers it on the CPU that the
 * interrupt's affinity names, by an asynchronous cross-CPU call. Edge
 * semantics as MSI-X: a line raised while masked is delivered at unmask.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "vmqsim.h"

static struct vmqsim_queue *vmqsim_irq_queue(struct vmqsim_irq *irq)
{
	return container_of(irq, struct vmqsim_queue, irq);
}

/**
 * vmqsim_irq_send() - carry a latched interrupt to its CPU
 * @irq: the line; the caller has just set vmqsim_irq::inflight
 *
 * Context: any, but not under the descriptor's lock: on the target CPU the
 * handler runs at once.
 */
static void vmqsim_irq_send(struct vmqsim_irq *irq)
{
	int cpu = READ_ONCE(irq->cpu);
	int err = -ENXIO;

	preempt_disable();
	if (cpu >= 0)
		err = smp_call_function_single_async(cpu, &irq->csd);
	/* The CPU went away between the choice and now; hotplug moves the
	 * interrupt in a moment, and until then any CPU will do.
	 */
	if (err)
		err = smp_call_function_single_async(smp_processor_id(),
						     &irq->csd);
	preempt_enable();
	WARN_ON_ONCE(err);
}

/* Take the right to send, if there is anything that may be sent. */
static bool vmqsim_irq_claim(struct vmqsim_irq *irq)
{
	lockdep_assert_held(&irq->lock);

	if (!irq->pending || irq->masked || irq->inflight || irq->dead)
		return false;
	irq->inflight = true;
	return true;
}

/**
 * vmqsim_irq_raise() - raise a line
 * @irq: the line
 *
 * Raising a line that is raised already changes nothing, as on hardware.
 *
 * Context: softirq or process context with BHs disabled, so that the NAPI
 * which the handler may schedule on this CPU runs soon.
 */
void vmqsim_irq_raise(struct vmqsim_irq *irq)
{
	unsigned long flags;
	bool send;

	raw_spin_lock_irqsave(&irq->lock, flags);
	irq->pending = true;
	send = vmqsim_irq_claim(irq);
	raw_spin_unlock_irqrestore(&irq->lock, flags);

	if (send)
		vmqsim_irq_send(irq);
}

/* Runs on the target CPU with interrupts disabled. */
static void vmqsim_irq_arrive(void *data)
{
	struct vmqsim_irq *irq = data;
	unsigned long flags;
	bool again;
	bool fire;

	raw_spin_lock_irqsave(&irq->lock, flags);
	fire = irq->pending && !irq->masked && !irq->dead;
	if (fire)
		irq->pending = false;
	raw_spin_unlock_irqrestore(&irq->lock, flags);

	if (fire)
		generic_handle_irq_safe(irq->virq);

	raw_spin_lock_irqsave(&irq->lock, flags);
	irq->inflight = false;
	again = irq->pending && !irq->masked && !irq->dead;
	/* Under the lock: vmqsim_irq_settle() must find either the work or
	 * nothing, never a function that is about to queue it.
	 */
	if (again)
		irq_work_queue(&irq->kick);
	raw_spin_unlock_irqrestore(&irq->lock, flags);
}

/* The deferred way of sending, for callers that hold the descriptor's lock. */
static void vmqsim_irq_kicked(struct irq_work *work)
{
	struct vmqsim_irq *irq = container_of(work, struct vmqsim_irq, kick);
	unsigned long flags;
	bool send;

	raw_spin_lock_irqsave(&irq->lock, flags);
	send = vmqsim_irq_claim(irq);
	raw_spin_unlock_irqrestore(&irq->lock, flags);

	if (send)
		vmqsim_irq_send(irq);
}

static void vmqsim_irq_mask(struct irq_data *d)
{
	struct vmqsim_irq *irq = irq_data_get_irq_chip_data(d);
	unsigned long flags;

	raw_spin_lock_irqsave(&irq->lock, flags);
	irq->masked = true;
	raw_spin_unlock_irqrestore(&irq->lock, flags);
}

static void vmqsim_irq_unmask(struct irq_data *d)
{
	struct vmqsim_irq *irq = irq_data_get_irq_chip_data(d);
	unsigned long flags;

	raw_spin_lock_irqsave(&irq->lock, flags);
	irq->masked = false;
	if (irq->pending && !irq->inflight && !irq->dead)
		irq_work_queue(&irq->kick);
	raw_spin_unlock_irqrestore(&irq->lock, flags);
}

/* Edge interrupts need an acknowledge; delivery itself is the one here. */
static void vmqsim_irq_ack(struct irq_data *d)
{
}

/**
 * vmqsim_irq_set_affinity() - choose the CPU of a line
 * @d: the interrupt
 * @mask: CPUs asked for
 * @force: unused, as the line can go anywhere
 *
 * A CPU that serves already and is still allowed is kept. Otherwise the
 * queues are dealt out over the allowed CPUs by their number, so that the
 * default mask spreads them.
 *
 * Context: descriptor lock held, interrupts off.
 * Return: IRQ_SET_MASK_OK, -EINVAL without an online CPU, or the fault's.
 */
static int vmqsim_irq_set_affinity(struct irq_data *d,
				   const struct cpumask *mask, bool force)
{
	struct vmqsim_irq *irq = irq_data_get_irq_chip_data(d);
	struct vmqsim_queue *q = vmqsim_irq_queue(irq);
	unsigned int nth;
	unsigned int num;
	int cpu;
	int err;

	err = vmqsim_fault_take(q->nic, VMQSIM_F_AFFINITY);
	if (err)
		return err;

	cpu = irq->cpu;
	if (cpu < 0 || !cpumask_test_cpu(cpu, mask) || !cpu_online(cpu)) {
		num = 0;
		for_each_cpu_and(cpu, mask, cpu_online_mask)
			num++;
		if (!num)
			return -EINVAL;
		nth = q->index % num;
		for_each_cpu_and(cpu, mask, cpu_online_mask)
			if (!nth--)
				break;
		WRITE_ONCE(irq->cpu, cpu);
	}
	irq_data_update_effective_affinity(d, cpumask_of(cpu));
	return IRQ_SET_MASK_OK;
}

static struct irq_chip vmqsim_irq_chip = {
	.name			= VMQSIM_NAME,
	.irq_ack		= vmqsim_irq_ack,
	.irq_mask		= vmqsim_irq_mask,
	.irq_unmask		= vmqsim_irq_unmask,
	.irq_set_affinity	= vmqsim_irq_set_affinity,
	.flags			= IRQCHIP_SKIP_SET_WAKE,
};

static int vmqsim_irq_domain_map(struct irq_domain *domain, unsigned int virq,
				 irq_hw_number_t hwirq)
{
	struct vmqsim_nic *nic = domain->host_data;

	irq_set_chip_data(virq, &nic->queues[hwirq].irq);
	irq_set_chip_and_handler(virq, &vmqsim_irq_chip, handle_edge_irq);
	/* Moves take effect at once, from any context. */
	irq_modify_status(virq, IRQ_NOREQUEST,
			  IRQ_NOPROBE | COMPAT_IRQ_MOVE_PCNTXT);
	return 0;
}

static void vmqsim_irq_domain_unmap(struct irq_domain *domain,
				    unsigned int virq)
{
	irq_set_chip_and_handler(virq, NULL, NULL);
	irq_set_chip_data(virq, NULL);
}

static const struct irq_domain_ops vmqsim_irq_domain_ops = {
	.map	= vmqsim_irq_domain_map,
	.unmap	= vmqsim_irq_domain_unmap,
};

/* The auto-masking of hardware is vmqsim_queue::armed: no second interrupt
 * comes before poll has armed the queue again.
 */
static irqreturn_t vmqsim_irq_handle(int virq, void *data)
{
	struct vmqsim_queue *q = data;

	atomic64_inc(&q->irqs);
	napi_schedule(&q->napi);
	return IRQ_HANDLED;
}

/**
 * vmqsim_irq_init() - create the interrupt domain of a NIC
 * @nic: the NIC, its queues and parent device exist
 *
 * Return: 0 or a negative errno.
 */
int vmqsim_irq_init(struct vmqsim_nic *nic)
{
	unsigned int i;

	for (i = 0; i < nic->num_rx; i++) {
		struct vmqsim_irq *irq = &nic->queues[i].irq;

		raw_spin_lock_init(&irq->lock);
		INIT_CSD(&irq->csd, vmqsim_irq_arrive, irq);
		init_irq_work(&irq->kick, vmqsim_irq_kicked);
		irq->cpu = -1;
		irq->masked = true;
	}

	nic->fwnode = irq_domain_alloc_named_id_fwnode(VMQSIM_NAME,
						       nic->pdev->id);
	if (!nic->fwnode)
		return -ENOMEM;
	nic->domain = irq_domain_create_linear(nic->fwnode, nic->num_rx,
					       &vmqsim_irq_domain_ops, nic);
	if (!nic->domain) {
		irq_domain_free_fwnode(nic->fwnode);
		nic->fwnode = NULL;
		return -ENOMEM;
	}
	return 0;
}

/**
 * vmqsim_irq_destroy() - undo vmqsim_irq_init()
 * @nic: the NIC; nothing is mapped any more
 */
void vmqsim_irq_destroy(struct vmqsim_nic *nic)
{
	irq_domain_remove(nic->domain);
	irq_domain_free_fwnode(nic->fwnode);
}

/* Which CPUs a managed interrupt may use: every num-th, from its own number. */
static void vmqsim_irq_managed_mask(struct cpumask *mask, unsigned int index,
				    unsigned int num)
{
	unsigned int nth = 0;
	unsigned int cpu;

	cpumask_clear(mask);
	for_each_possible_cpu(cpu) {
		if (nth % num == index || index % num_possible_cpus() == nth)
			cpumask_set_cpu(cpu, mask);
		nth++;
	}
}

/**
 * vmqsim_irq_map() - give the first @count queues a Linux interrupt
 * @nic: the NIC
 * @count: queues
 *
 * Context: process, vmqsim_nic::lock held or the NIC not yet registered.
 * Return: 0 or a negative errno, then nothing is mapped.
 */
int vmqsim_irq_map(struct vmqsim_nic *nic, unsigned int count)
{
	bool managed = vmqsim_quirk_on(nic, VMQSIM_Q_MANAGED_IRQ);
	struct irq_affinity_desc *desc = NULL;
	unsigned int i;

	if (managed) {
		desc = kzalloc_obj(*desc, GFP_KERNEL);
		if (!desc)
			return -ENOMEM;
		desc->is_managed = 1;
	}

	for (i = 0; i < count; i++) {
		struct vmqsim_irq *irq = &nic->queues[i].irq;

		if (managed)
			vmqsim_irq_managed_mask(&desc->mask, i, count);
		irq->cpu = -1;
		irq->masked = true;
		irq->virq = irq_create_mapping_affinity(nic->domain, i, desc);
		if (!irq->virq)
			goto err_unmap;
		nic->vectors = i + 1;
	}
	kfree(desc);
	return 0;

err_unmap:
	vmqsim_irq_unmap(nic);
	kfree(desc);
	return -ENOSPC;
}

/**
 * vmqsim_irq_unmap() - take the Linux interrupts back
 * @nic: the NIC; it is down
 *
 * Context: process, vmqsim_nic::lock held or the NIC not registered.
 */
void vmqsim_irq_unmap(struct vmqsim_nic *nic)
{
	while (nic->vectors) {
		struct vmqsim_irq *irq = &nic->queues[--nic->vectors].irq;

		irq_dispose_mapping(irq->virq);
		irq->virq = 0;
	}
}

/**
 * vmqsim_irq_request() - request the interrupt of a queue
 * @q: the queue; its interrupt is mapped
 *
 * Context: process, vmqsim_nic::lock held.
 * Return: 0 or a negative errno.
 */
int vmqsim_irq_request(struct vmqsim_queue *q)
{
	struct vmqsim_irq *irq = &q->irq;
	int err;

	lockdep_assert_held(&q->nic->lock);

	irq->pending = false;
	irq->dead = false;
	snprintf(irq->name, sizeof(irq->name), "%s-TxRx-%u",
		 netdev_name(q->nic->dev), q->index);
	err = request_irq(irq->virq, vmqsim_irq_handle, 0, irq->name, q);
	if (!err)
		irq->requested = true;
	return err;
}

/**
 * vmqsim_irq_free() - free the interrupt of a queue
 * @q: the queue; may have none
 *
 * Context: process, vmqsim_nic::lock held.
 */
void vmqsim_irq_free(struct vmqsim_queue *q)
{
	lockdep_assert_held(&q->nic->lock);
	if (!q->irq.requested)
		return;
	free_irq(q->irq.virq, q);
	q->irq.requested = false;
}

/**
 * vmqsim_irq_kill() - deliver nothing from now on
 * @q: the queue
 *
 * A delivery may still be on its way: see vmqsim_irq_settle().
 */
void vmqsim_irq_kill(struct vmqsim_queue *q)
{
	struct vmqsim_irq *irq = &q->irq;
	unsigned long flags;

	raw_spin_lock_irqsave(&irq->lock, flags);
	irq->dead = true;
	raw_spin_unlock_irqrestore(&irq->lock, flags);
}

/**
 * vmqsim_irq_settle() - wait until no delivery is on its way
 * @q: the queue, after vmqsim_irq_kill()
 *
 * Context: process.
 */
void vmqsim_irq_settle(struct vmqsim_queue *q)
{
	struct vmqsim_irq *irq = &q->irq;
	unsigned long flags;
	bool inflight;

	for (;;) {
		irq_work_sync(&irq->kick);
		raw_spin_lock_irqsave(&irq->lock, flags);
		inflight = irq->inflight;
		raw_spin_unlock_irqrestore(&irq->lock, flags);
		if (!inflight)
			return;
		usleep_range(20, 200);
	}
}
