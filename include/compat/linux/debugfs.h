/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in linux/debugfs.h: 6.15 replaced debugfs_rename().
 */
#ifndef _COMPAT_LINUX_DEBUGFS_H
#define _COMPAT_LINUX_DEBUGFS_H

#include_next <linux/debugfs.h>
#include "vmq_conftest.h"

#ifndef HAVE_DEBUGFS_CHANGE_NAME
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>

static inline int __printf(2, 3)
debugfs_change_name(struct dentry *dentry, const char *fmt, ...)
{
	struct dentry *dir, *ret;
	va_list args;
	char *name;

	if (IS_ERR_OR_NULL(dentry))
		return 0;
	va_start(args, fmt);
	name = kvasprintf(GFP_KERNEL, fmt, args);
	va_end(args);
	if (!name)
		return -ENOMEM;
	dir = dget_parent(dentry);
	ret = debugfs_rename(dir, dentry, dir, name);
	dput(dir);
	kfree(name);
	return IS_ERR_OR_NULL(ret) ? -EEXIST : 0;
}
#endif

#endif
