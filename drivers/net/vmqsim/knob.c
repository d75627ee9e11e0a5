// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: quirks and faults by name, and the module parameters with the
 * defaults of NICs made from now on.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vmqsim.h"

unsigned long vmqsim_def_quirks;
unsigned int vmqsim_def_slots = VMQSIM_DEF_SLOTS;
enum vmqsim_vlan_mask vmqsim_def_vlan_mask = VMQSIM_VLAN_VID;

static const char * const vmqsim_quirk_names[VMQSIM_Q_COUNT] = {
	[VMQSIM_Q_LOC_ANY]		= "loc_any",
	[VMQSIM_Q_LOC_EXPLICIT]		= "loc_explicit",
	[VMQSIM_Q_IGNORE_MAC]		= "ignore_mac",
	[VMQSIM_Q_WIPE_ON_NTUPLE]	= "wipe_on_ntuple",
	[VMQSIM_Q_WIPE_ON_RESET]	= "wipe_on_reset",
	[VMQSIM_Q_NO_NTUPLE]		= "no_ntuple",
	[VMQSIM_Q_NEED_NTUPLE]		= "need_ntuple",
	[VMQSIM_Q_BUSY]			= "busy",
	[VMQSIM_Q_MANAGED_IRQ]		= "managed_irq",
	[VMQSIM_Q_STICKY_NAPI]		= "sticky_napi",
	[VMQSIM_Q_OPS_LOCK]		= "ops_lock",
	[VMQSIM_Q_NO_NAPI_IRQ]		= "no_napi_irq",
	[VMQSIM_Q_NO_RXQ_RECORD]	= "no_rxq_record",
};

static const char * const vmqsim_vlan_mask_names[VMQSIM_VLAN_COUNT] = {
	[VMQSIM_VLAN_VID]	= "vid",
	[VMQSIM_VLAN_FULL]	= "full",
	[VMQSIM_VLAN_PCP]	= "pcp",
	[VMQSIM_VLAN_IGNORE]	= "ignore",
	[VMQSIM_VLAN_NONE]	= "none",
};

static const char * const vmqsim_fault_names[VMQSIM_F_COUNT] = {
	[VMQSIM_F_RXNFC_INS]	= "rxnfc_ins",
	[VMQSIM_F_RXNFC_DEL]	= "rxnfc_del",
	[VMQSIM_F_RXNFC_GET]	= "rxnfc_get",
	[VMQSIM_F_RXFH_SET]	= "rxfh_set",
	[VMQSIM_F_CHANNELS_SET]	= "channels_set",
	[VMQSIM_F_RING_SET]	= "ring_set",
	[VMQSIM_F_OPEN]		= "open",
	[VMQSIM_F_AFFINITY]	= "affinity",
};

static const struct {
	const char *name;
	int err;
} vmqsim_fault_errs[] = {
	{ "EIO", -EIO },		{ "EBUSY", -EBUSY },
	{ "ENOSPC", -ENOSPC },		{ "ENOMEM", -ENOMEM },
	{ "EINVAL", -EINVAL },		{ "EOPNOTSUPP", -EOPNOTSUPP },
	{ "EAGAIN", -EAGAIN },		{ "EPERM", -EPERM },
	{ "ENODEV", -ENODEV },		{ "ETIMEDOUT", -ETIMEDOUT },
	{ "EEXIST", -EEXIST },		{ "ENOENT", -ENOENT },
	{ "ENETDOWN", -ENETDOWN },	{ "EINTR", -EINTR },
};

/**
 * vmqsim_quirk_parse() - read a list of quirks
 * @text: names, separated by commas; "" or "none" for none
 * @quirks: result
 *
 * Return: 0; -EINVAL for an unknown name or two that exclude each other;
 * -EOPNOTSUPP for one that this kernel has no means for.
 */
int vmqsim_quirk_parse(const char *text, unsigned long *quirks)
{
	unsigned long mask = 0;
	char *list;
	char *next;
	char *name;
	int err = 0;
	int i;

	list = kstrdup(text, GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	next = strim(list);
	if (!strcmp(next, "none"))
		next = NULL;
	while (!err && (name = strsep(&next, ","))) {
		if (!*name)
			continue;
		i = match_string(vmqsim_quirk_names, VMQSIM_Q_COUNT, name);
		if (i < 0)
			err = -EINVAL;
		else
			mask |= BIT(i);
	}
	kfree(list);
	if (err)
		return err;

	if ((mask & BIT(VMQSIM_Q_LOC_ANY)) &&
	    (mask & BIT(VMQSIM_Q_LOC_EXPLICIT)))
		return -EINVAL;
	if ((mask & BIT(VMQSIM_Q_OPS_LOCK)) && !COMPAT_HAS_OPS_LOCK)
		return -EOPNOTSUPP;
	*quirks = mask;
	return 0;
}

/**
 * vmqsim_quirk_print() - write a list of quirks
 * @buf: where to
 * @size: its size in bytes
 * @quirks: bits of enum vmqsim_quirk
 *
 * Return: length written.
 */
int vmqsim_quirk_print(char *buf, size_t size, unsigned long quirks)
{
	unsigned int bit;
	int len = 0;

	if (!quirks)
		return scnprintf(buf, size, "none\n");
	for_each_set_bit(bit, &quirks, VMQSIM_Q_COUNT)
		len += scnprintf(buf + len, size - len, "%s%s", len ? "," : "",
				 vmqsim_quirk_names[bit]);
	len += scnprintf(buf + len, size - len, "\n");
	return len;
}

/**
 * vmqsim_vlan_mask_parse() - read a VLAN mask variant
 * @text: its name
 * @mask: result
 *
 * Return: 0 or -EINVAL.
 */
int vmqsim_vlan_mask_parse(const char *text, enum vmqsim_vlan_mask *mask)
{
	int i = sysfs_match_string(vmqsim_vlan_mask_names, text);

	if (i < 0)
		return -EINVAL;
	*mask = i;
	return 0;
}

/**
 * vmqsim_vlan_mask_name() - name of a VLAN mask variant
 * @mask: the variant
 *
 * Return: the name.
 */
const char *vmqsim_vlan_mask_name(enum vmqsim_vlan_mask mask)
{
	return vmqsim_vlan_mask_names[mask];
}

/**
 * vmqsim_fault_name() - name of an operation that can fail
 * @op: the operation
 *
 * Return: the name.
 */
const char *vmqsim_fault_name(enum vmqsim_fault_op op)
{
	return vmqsim_fault_names[op];
}

/**
 * vmqsim_fault_errname() - name of an error
 * @err: negative errno
 *
 * Return: the name, "?" for one that vmqsim_fault_parse() does not know.
 */
const char *vmqsim_fault_errname(int err)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(vmqsim_fault_errs); i++)
		if (vmqsim_fault_errs[i].err == err)
			return vmqsim_fault_errs[i].name;
	return "?";
}

/**
 * vmqsim_fault_parse() - read "N [ERRNAME]"
 * @fault: the fault to arm
 * @text: the text; changed
 *
 * Context: process.
 * Return: 0 or -EINVAL, then nothing has changed.
 */
int vmqsim_fault_parse(struct vmqsim_fault *fault, char *text)
{
	int err = -EIO;
	char *num;
	int left;
	int i;

	text = strim(text);
	num = strsep(&text, " \t");
	if (kstrtoint(num, 0, &left) || left < 0)
		return -EINVAL;
	if (text && *skip_spaces(text)) {
		text = skip_spaces(text);
		for (i = 0; i < ARRAY_SIZE(vmqsim_fault_errs); i++)
			if (!strcmp(vmqsim_fault_errs[i].name, text))
				break;
		if (i == ARRAY_SIZE(vmqsim_fault_errs))
			return -EINVAL;
		err = vmqsim_fault_errs[i].err;
	}
	atomic_set(&fault->left, 0);
	WRITE_ONCE(fault->err, err);
	atomic_set_release(&fault->left, left);
	return 0;
}

/**
 * vmqsim_fault_take() - shall this call fail?
 * @nic: the NIC
 * @op: the operation
 *
 * Context: any.
 * Return: 0 or the negative errno to fail with.
 */
int vmqsim_fault_take(struct vmqsim_nic *nic, enum vmqsim_fault_op op)
{
	struct vmqsim_fault *fault = &nic->faults[op];

	if (likely(!atomic_read_acquire(&fault->left)) ||
	    atomic_dec_if_positive(&fault->left) < 0)
		return 0;
	return READ_ONCE(fault->err);
}

static int vmqsim_knob_quirks_set(const char *val,
				  const struct kernel_param *kp)
{
	return vmqsim_quirk_parse(val, &vmqsim_def_quirks);
}

static int vmqsim_knob_quirks_get(char *buf, const struct kernel_param *kp)
{
	return vmqsim_quirk_print(buf, PAGE_SIZE, vmqsim_def_quirks);
}

static const struct kernel_param_ops vmqsim_knob_quirks_ops = {
	.set	= vmqsim_knob_quirks_set,
	.get	= vmqsim_knob_quirks_get,
};

module_param_cb(quirks, &vmqsim_knob_quirks_ops, NULL, 0644);
MODULE_PARM_DESC(quirks, "habits of real drivers for new NICs (comma list)");

static int vmqsim_knob_slots_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, VMQSIM_MAX_SLOTS);
}

static const struct kernel_param_ops vmqsim_knob_slots_ops = {
	.set	= vmqsim_knob_slots_set,
	.get	= param_get_uint,
};

module_param_cb(slots, &vmqsim_knob_slots_ops, &vmqsim_def_slots, 0644);
MODULE_PARM_DESC(slots, "rule slots of new NICs (1 to 8192)");

static int vmqsim_knob_vlan_set(const char *val, const struct kernel_param *kp)
{
	return vmqsim_vlan_mask_parse(val, &vmqsim_def_vlan_mask);
}

static int vmqsim_knob_vlan_get(char *buf, const struct kernel_param *kp)
{
	return scnprintf(buf, PAGE_SIZE, "%s\n",
			 vmqsim_vlan_mask_name(vmqsim_def_vlan_mask));
}

static const struct kernel_param_ops vmqsim_knob_vlan_ops = {
	.set	= vmqsim_knob_vlan_set,
	.get	= vmqsim_knob_vlan_get,
};

module_param_cb(vlan_mask, &vmqsim_knob_vlan_ops, NULL, 0644);
MODULE_PARM_DESC(vlan_mask,
		 "VLAN masks in rules of new NICs (vid, full, pcp, ignore, none)");
