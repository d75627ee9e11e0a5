// SPDX-License-Identifier: GPL-2.0-only
/* vmq detach: take a device away */
#include "vmq.h"

#include <stdlib.h>
#include <string.h>

int cmd_detach(int argc, char **argv)
{
	struct device *d;
	bool ok;

	if (argc != 2)
		return misuse("detach: one DEV is needed, a vmq device or its uplink");
	d = source_device(argv[1]);
	if (!d)
		return VMQ_FAILED;
	ok = link_del(d->link.index, d->link.name);
	if (ok && source_is_stacked(d) && strcmp(d->bridge, "-"))
		fail("%s was the port of %s; to keep the network:\n"
		     "  ip link set %s master %s",
		     d->link.name, d->bridge, d->uplink, d->bridge);
	free(d);
	return ok ? VMQ_OK : VMQ_FAILED;
}
