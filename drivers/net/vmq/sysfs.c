// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: /sys/class/net/vmqN/vmq/, one value a file
 *
 * Described in Documentation/ABI/testing/sysfs-class-net-vmq. Files are removed
 * under RTNL, which waits for their users, so RTNL is only tried and the system
 * call restarted; and they outlive ndo_uninit, so vmq_device.dead is checked.
 */
#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/kstrtox.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <net/net_namespace.h>

#include "nic.h"
#include "team.h"
#include "vmq.h"

typedef ssize_t (*vmq_sysfs_show_t)(struct vmq_device *vd, char *buf);
typedef int (*vmq_sysfs_store_t)(struct vmq_device *vd, const char *buf);

static ssize_t vmq_sysfs_show(struct device *d, char *buf,
			      vmq_sysfs_show_t show)
{
	struct vmq_device *vd = vmq_link_device(to_net_dev(d));
	ssize_t ret = -ENODEV;

	if (!rtnl_trylock())
		return restart_syscall();
	if (!vd->dead)
		ret = show(vd, buf);
	rtnl_unlock();
	return ret;
}

static ssize_t vmq_sysfs_store(struct device *d, const char *buf, size_t len,
			       vmq_sysfs_store_t store)
{
	struct net_device *dev = to_net_dev(d);
	struct vmq_device *vd = vmq_link_device(dev);
	int err = -ENODEV;

	if (!ns_capable(dev_net(dev)->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (!rtnl_trylock())
		return restart_syscall();
	if (!vd->dead)
		err = store(vd, buf);
	rtnl_unlock();
	return err ? err : len;
}

/* Defines the functions of a file that calls vmq_sysfs_get_NAME(). */
#define VMQ_SYSFS_SHOW(name)						\
static ssize_t name##_show(struct device *d,				\
			   struct device_attribute *attr, char *buf)	\
{									\
	return vmq_sysfs_show(d, buf, vmq_sysfs_get_##name);		\
}

/* Likewise with vmq_sysfs_set_NAME(). */
#define VMQ_SYSFS_STORE(name)						\
static ssize_t name##_store(struct device *d,				\
			    struct device_attribute *attr,		\
			    const char *buf, size_t len)		\
{									\
	return vmq_sysfs_store(d, buf, len, vmq_sysfs_set_##name);	\
}

static ssize_t vmq_sysfs_get_hook(struct vmq_device *vd, char *buf)
{
	return sysfs_emit(buf, "%s\n", vd->hook == VMQ_HOOK_RX_HANDLER ?
				       "rx_handler" : "ingress");
}

VMQ_SYSFS_SHOW(hook)
static DEVICE_ATTR_RO(hook);

static ssize_t vmq_sysfs_get_bridge(struct vmq_device *vd, char *buf)
{
	const struct net_device *br = rtnl_dereference(vd->bridge);

	return sysfs_emit(buf, "%s\n", br ? br->name : "-");
}

VMQ_SYSFS_SHOW(bridge)
static DEVICE_ATTR_RO(bridge);

static ssize_t vmq_sysfs_get_nic(struct vmq_device *vd, char *buf)
{
	const struct vmq_nic *nic;
	unsigned int slot;
	ssize_t len = 0;

	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++)
		len += sysfs_emit_at(buf, len, "%s%s", len ? " " : "",
				     nic->dev->name);
	return len + sysfs_emit_at(buf, len, "%s\n", len ? "" : "-");
}

VMQ_SYSFS_SHOW(nic)
static DEVICE_ATTR_RO(nic);

static ssize_t vmq_sysfs_get_eligible(struct vmq_device *vd, char *buf)
{
	enum vmq_pass why;

	rcu_read_lock();
	why = vmq_rx_standing(vd, NULL);
	rcu_read_unlock();
	return sysfs_emit(buf, "%s\n", vmq_pass_names[why]);
}

VMQ_SYSFS_SHOW(eligible)
static DEVICE_ATTR_RO(eligible);

static int vmq_sysfs_switch(struct vmq_device *vd, const char *buf,
			    void (*set)(struct vmq_device *vd, bool on))
{
	bool on;
	int err;

	err = kstrtobool(buf, &on);
	if (!err)
		set(vd, on);
	return err;
}

static ssize_t vmq_sysfs_get_steer(struct vmq_device *vd, char *buf)
{
	return sysfs_emit(buf, "%u\n", vd->steer);
}

static int vmq_sysfs_set_steer(struct vmq_device *vd, const char *buf)
{
	return vmq_sysfs_switch(vd, buf, vmq_device_set_steer_rtnl);
}

VMQ_SYSFS_SHOW(steer)
VMQ_SYSFS_STORE(steer)
static DEVICE_ATTR_RW(steer);

static ssize_t vmq_sysfs_get_softsteer(struct vmq_device *vd, char *buf)
{
	return sysfs_emit(buf, "%u\n", vd->softsteer);
}

static int vmq_sysfs_set_softsteer(struct vmq_device *vd, const char *buf)
{
	return vmq_sysfs_switch(vd, buf, vmq_device_set_softsteer_rtnl);
}

VMQ_SYSFS_SHOW(softsteer)
VMQ_SYSFS_STORE(softsteer)
static DEVICE_ATTR_RW(softsteer);

static ssize_t vmq_sysfs_get_pin(struct vmq_device *vd, char *buf)
{
	return sysfs_emit(buf, "%u\n", vd->pin);
}

static int vmq_sysfs_set_pin(struct vmq_device *vd, const char *buf)
{
	return vmq_sysfs_switch(vd, buf, vmq_device_set_pin_rtnl);
}

VMQ_SYSFS_SHOW(pin)
VMQ_SYSFS_STORE(pin)
static DEVICE_ATTR_RW(pin);

static ssize_t vmq_sysfs_get_bypass(struct vmq_device *vd, char *buf)
{
	return sysfs_emit(buf, "%u\n", vd->bypass);
}

static int vmq_sysfs_set_bypass(struct vmq_device *vd, const char *buf)
{
	return vmq_sysfs_switch(vd, buf, vmq_device_set_bypass_rtnl);
}

VMQ_SYSFS_SHOW(bypass)
VMQ_SYSFS_STORE(bypass)
static DEVICE_ATTR_RW(bypass);

static ssize_t vmq_sysfs_get_br_netfilter(struct vmq_device *vd, char *buf)
{
	return sysfs_emit(buf, "%s\n", vmq_netfilter_names[vd->nf.state]);
}

VMQ_SYSFS_SHOW(br_netfilter)
static DEVICE_ATTR_RO(br_netfilter);

static ssize_t vmq_sysfs_get_trust_br_netfilter(struct vmq_device *vd,
						char *buf)
{
	return sysfs_emit(buf, "%u\n", vd->nf.trust);
}

static int vmq_sysfs_set_trust_br_netfilter(struct vmq_device *vd,
					    const char *buf)
{
	return vmq_sysfs_switch(vd, buf, vmq_netfilter_trust_rtnl);
}

VMQ_SYSFS_SHOW(trust_br_netfilter)
VMQ_SYSFS_STORE(trust_br_netfilter)
static DEVICE_ATTR_RW(trust_br_netfilter);

static int vmq_sysfs_bound(const char *buf, unsigned int *bound)
{
	unsigned int val;
	int err;

	err = kstrtouint(buf, 0, &val);
	if (err)
		return err;
	if (!val || val > VMQ_MAX_VNICS)
		return -ERANGE;
	WRITE_ONCE(*bound, val);
	return 0;
}

static ssize_t vmq_sysfs_get_max_vnics(struct vmq_device *vd, char *buf)
{
	return sysfs_emit(buf, "%u\n", vd->max_vnics);
}

static int vmq_sysfs_set_max_vnics(struct vmq_device *vd, const char *buf)
{
	int err = vmq_sysfs_bound(buf, &vd->max_vnics);

	/* What a lower bound refused may be taken now. */
	if (!err)
		vmq_fdb_replay(vd);
	return err;
}

VMQ_SYSFS_SHOW(max_vnics)
VMQ_SYSFS_STORE(max_vnics)
static DEVICE_ATTR_RW(max_vnics);

static ssize_t vmq_sysfs_get_max_port_vnics(struct vmq_device *vd, char *buf)
{
	return sysfs_emit(buf, "%u\n", vd->max_port_vnics);
}

static int vmq_sysfs_set_max_port_vnics(struct vmq_device *vd, const char *buf)
{
	int err = vmq_sysfs_bound(buf, &vd->max_port_vnics);

	/* What a lower bound refused may be taken now. */
	if (!err)
		vmq_fdb_replay(vd);
	return err;
}

VMQ_SYSFS_SHOW(max_port_vnics)
VMQ_SYSFS_STORE(max_port_vnics)
static DEVICE_ATTR_RW(max_port_vnics);

/* What a file tells of each NIC: with its name in front where it is a bond's. */
static ssize_t vmq_sysfs_emit_name(const struct vmq_device *vd,
				   const struct vmq_nic *nic, char *buf,
				   ssize_t len, char mark)
{
	if (!rcu_access_pointer(vd->team))
		return 0;
	return sysfs_emit_at(buf, len, "%s%c", nic->dev->name, mark);
}

static ssize_t vmq_sysfs_get_cpus(struct vmq_device *vd, char *buf)
{
	const struct vmq_nic *nic;
	cpumask_var_t mask;
	unsigned int slot;
	ssize_t len = 0;

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++) {
		if (nic->cpus_set)
			cpumask_copy(mask, nic->cpus);
		else
			vmq_home_allowed_rtnl(nic, mask);
		len += sysfs_emit_at(buf, len, "%s", len ? " " : "");
		len += vmq_sysfs_emit_name(vd, nic, buf, len, ':');
		len += sysfs_emit_at(buf, len, "%*pbl", cpumask_pr_args(mask));
	}
	free_cpumask_var(mask);
	return len + sysfs_emit_at(buf, len, "\n");
}

/* The place of the NIC of that name, or a negative errno. */
static int vmq_sysfs_find_nic(const struct vmq_device *vd, const char *name)
{
	const struct vmq_nic *nic;
	unsigned int slot;

	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++)
		if (!strcmp(nic->dev->name, name))
			return slot;
	netdev_err(vd->dev, "%s is none of its NICs\n", name);
	return -ENODEV;
}

/*
 * "cpulist" for all NICs, "nic:cpulist" for one; the word is taken apart. There is a
 * colon in some lists too ("0-31:2/4"), but no letter before it.
 */
static int vmq_sysfs_parse_cpus(struct vmq_device *vd, char *word,
				struct cpumask *mask, struct vmq_team_cpus *cpus)
{
	char *list = strchr(word, ':');
	const struct vmq_nic *nic;
	unsigned int slot;
	int err, one = -1;

	if (list && !isdigit(*word)) {
		*list++ = '\0';
		one = vmq_sysfs_find_nic(vd, word);
		if (one < 0)
			return one;
	} else {
		list = word;
	}

	err = cpulist_parse(list, mask);
	/* Too large for the mask, or for an integer: one and the same here. */
	if (err == -EOVERFLOW)
		err = -ERANGE;
	if (err)
		return err;
	if (!cpumask_intersects(mask, cpu_online_mask)) {
		netdev_err(vd->dev,
			   "no CPU of \"%*pbl\" is online: all stay as they are\n",
			   cpumask_pr_args(mask));
		return -EINVAL;
	}
	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++) {
		if (one >= 0 && slot != one)
			continue;
		if (cpus->mask[slot])
			return -EINVAL;
		cpus->mask[slot] = mask;
	}
	return 0;
}

static int vmq_sysfs_default_cpus(struct vmq_device *vd)
{
	struct vmq_nic *nic;
	unsigned int slot;

	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++)
		vmq_nic_set_cpus_rtnl(nic, NULL);
	return 0;
}

/* All words are looked at before one is followed. */
static int vmq_sysfs_apply_cpus(struct vmq_device *vd, char *words,
				cpumask_var_t *masks)
{
	struct vmq_team_cpus cpus = {};
	struct vmq_nic *nic;
	unsigned int n = 0;
	unsigned int slot;
	int err = 0;
	char *word;

	while (!err && (word = strsep(&words, " \t\n"))) {
		if (!*word)
			continue;
		if (n == VMQ_MAX_NICS)
			return -E2BIG;
		if (!zalloc_cpumask_var(&masks[n], GFP_KERNEL))
			return -ENOMEM;
		err = vmq_sysfs_parse_cpus(vd, word, masks[n++], &cpus);
	}
	if (!err && !n)
		err = -EINVAL;
	if (!err)
		err = vmq_team_check_cpus_rtnl(vd, &cpus);
	if (err)
		return err;

	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++)
		if (cpus.mask[slot])
			err = err ?: vmq_nic_set_cpus_rtnl(nic, cpus.mask[slot]);
	return err;
}

static int vmq_sysfs_set_cpus(struct vmq_device *vd, const char *buf)
{
	cpumask_var_t *masks;
	int err = -ENOMEM;
	unsigned int i;
	char *words;

	/* CPUs and interrupts are the host's, whoever owns the NIC's netns. */
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	if (sysfs_streq(buf, "default"))
		return vmq_sysfs_default_cpus(vd);

	masks = kcalloc(VMQ_MAX_NICS, sizeof(*masks), GFP_KERNEL);
	words = kstrdup(buf, GFP_KERNEL);
	if (masks && words)
		err = vmq_sysfs_apply_cpus(vd, words, masks);
	kfree(words);
	if (!masks)
		return err;
	for (i = 0; i < VMQ_MAX_NICS; i++)
		free_cpumask_var(masks[i]);
	kfree(masks);
	return err;
}

VMQ_SYSFS_SHOW(cpus)
VMQ_SYSFS_STORE(cpus)
static DEVICE_ATTR_RW(cpus);

static ssize_t vmq_sysfs_emit_map(struct vmq_nic *nic, char *buf, ssize_t len)
{
	unsigned int *irqs, i;
	const char *gap = "";
	ssize_t start = len;

	irqs = kcalloc(nic->max_queues, sizeof(*irqs), GFP_KERNEL);
	if (!irqs)
		return -ENOMEM;
	vmq_irq_resolve_rtnl(nic, irqs);
	for (i = 0; i < nic->nr_queues; i++) {
		if (!irqs[i])
			continue;
		len += sysfs_emit_at(buf, len, "%s%u:%u", gap, i, irqs[i]);
		gap = " ";
	}
	kfree(irqs);
	return len - start;
}

static ssize_t vmq_sysfs_get_irq_map(struct vmq_device *vd, char *buf)
{
	struct vmq_nic *nic;
	ssize_t len = 0, n;
	unsigned int slot;

	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++) {
		len += vmq_sysfs_emit_name(vd, nic, buf, len, ' ');
		n = vmq_sysfs_emit_map(nic, buf, len);
		if (n < 0)
			return n;
		len += n;
		len += sysfs_emit_at(buf, len, "\n");
	}
	return len;
}

/* "queue:irq", which is taken apart */
static int vmq_sysfs_parse_word(const struct vmq_nic *nic, char *word,
				unsigned int *irqs)
{
	unsigned int queue, irq;
	char *name = word;
	int err;

	strsep(&name, ":");
	if (!name || !isdigit(*word) || !isdigit(*name))
		return -EINVAL;
	err = kstrtouint(word, 10, &queue);
	if (err)
		return err;
	if (queue >= nic->nr_queues)
		return -ERANGE;
	if (kstrtouint(name, 10, &irq) || !irq || irqs[queue])
		return -EINVAL;
	irqs[queue] = irq;
	return 0;
}

/* Queues that are not named lose what was said of them. */
static int vmq_sysfs_parse_map(const struct vmq_nic *nic, const char *buf,
			       unsigned int *irqs)
{
	char *copy, *rest, *word;
	int err = 0;

	copy = kstrdup(buf, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	rest = copy;
	while (!err && (word = strsep(&rest, " \t\n")))
		if (*word)
			err = vmq_sysfs_parse_word(nic, word, irqs);
	kfree(copy);
	return err;
}

/* Of a bond's the map begins with the member's name, and is for it alone. */
static struct vmq_nic *vmq_sysfs_map_nic(struct vmq_device *vd,
					 const char **buf)
{
	char name[IFNAMSIZ];
	size_t len;
	int slot;

	if (!rcu_access_pointer(vd->team))
		return vd->nics[0];
	len = strcspn(*buf, " \t\n");
	if (strscpy(name, *buf, min(len + 1, sizeof(name))) == 0)
		return ERR_PTR(-EINVAL);
	slot = vmq_sysfs_find_nic(vd, name);
	if (slot < 0)
		return ERR_PTR(slot);
	*buf += len;
	return vd->nics[slot];
}

static int vmq_sysfs_set_irq_map(struct vmq_device *vd, const char *buf)
{
	struct vmq_nic *nic;
	unsigned int *irqs;
	int err;

	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	nic = vmq_sysfs_map_nic(vd, &buf);
	if (IS_ERR(nic))
		return PTR_ERR(nic);
	irqs = kcalloc(nic->max_queues, sizeof(*irqs), GFP_KERNEL);
	if (!irqs)
		return -ENOMEM;
	err = vmq_sysfs_parse_map(nic, buf, irqs);
	if (!err)
		err = vmq_irq_set_map_rtnl(nic, irqs);
	kfree(irqs);
	return err;
}

VMQ_SYSFS_SHOW(irq_map)
VMQ_SYSFS_STORE(irq_map)
static DEVICE_ATTR_RW(irq_map);

static struct attribute *vmq_sysfs_attrs[] = {
	&dev_attr_hook.attr,
	&dev_attr_bridge.attr,
	&dev_attr_nic.attr,
	&dev_attr_steer.attr,
	&dev_attr_softsteer.attr,
	&dev_attr_pin.attr,
	&dev_attr_bypass.attr,
	&dev_attr_trust_br_netfilter.attr,
	&dev_attr_br_netfilter.attr,
	&dev_attr_cpus.attr,
	&dev_attr_max_vnics.attr,
	&dev_attr_max_port_vnics.attr,
	&dev_attr_irq_map.attr,
	&dev_attr_eligible.attr,
	NULL
};

const struct attribute_group vmq_sysfs_group = {
	.name	= VMQ_DRV_NAME,
	.attrs	= vmq_sysfs_attrs,
};
