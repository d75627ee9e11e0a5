# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# What in a kernel log means that something is wrong.  Read by the guest's
# runner and by the judge on the host.

SPLAT='BUG:|BUG at|WARNING:|suspicious|Oops|KASAN:|UBSAN:|ODEBUG:|possible (circular|recursive|irq lock|deadlock)|inconsistent lock state|INFO: (task|possible|trying|rcu|suspicious)|rcu:.*(stall|self-detected)|soft lockup|hard LOCKUP|blocked for more than|general protection|Kernel panic|refcount_t:|list_(add|del) corruption|unregister_netdevice: waiting|kmemleak: [1-9][0-9]* new|unreferenced object|irq [0-9]+: nobody cared|sleeping function called|scheduling while atomic|bad page state|held lock freed|leaked reference|ref_tracker:|Slab corruption|slab-use-after-free|stack-out-of-bounds|invalid opcode|page fault'

# lines that match, but are no report: the processor's mitigations and the like
SPLAT_HARMLESS='RETBleed|Spectre|spectre|mitigation|FAULT_INJECTION|(page|memory) allocation failure|vmq-test:|VULNERABLE|kmemleak: Kernel memory leak detector|DMA-API|pci_root'

# taint bits that loading our modules sets: OOT (12), unsigned (13), TEST (18)
TAINT_ALLOWED=$((1 << 12 | 1 << 13 | 1 << 18))
