/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in linux/slab.h, 6.1 .. 7.3: 7.0 brought typed allocation.
 */
#ifndef _COMPAT_LINUX_SLAB_H
#define _COMPAT_LINUX_SLAB_H

#include_next <linux/slab.h>
#include "vmq_conftest.h"

#ifndef HAVE_KZALLOC_OBJ
#define kzalloc_obj(obj, gfp) ((typeof(obj) *)kzalloc(sizeof(obj), gfp))
#endif
#ifndef kmalloc_obj
#define kmalloc_obj(obj, gfp) ((typeof(obj) *)kmalloc(sizeof(obj), gfp))
#endif
#ifndef kvmalloc_obj
#define kvmalloc_obj(obj, gfp) ((typeof(obj) *)kvmalloc(sizeof(obj), gfp))
#endif

#endif
