// SPDX-License-Identifier: GPL-2.0-only
/* vmq on, vmq off: all switches of a device, the bridge is not touched */
#include "vmq.h"

#include <stdlib.h>

static int switch_all(int argc, char **argv, const char *value)
{
	static const char * const knobs[] = { "bypass", "steer", "softsteer", "pin" };
	struct device *d;
	unsigned int i;
	bool ok = true;

	if (argc != 2)
		return misuse("%s: one DEV is needed, a vmq device or its uplink",
			      argv[0]);
	d = source_device(argv[1]);
	if (!d)
		return VMQ_FAILED;
	for (i = 0; ok && i < sizeof(knobs) / sizeof(knobs[0]); i++)
		ok = source_set(d, knobs[i], value);
	free(d);
	return ok ? VMQ_OK : VMQ_FAILED;
}

int cmd_on(int argc, char **argv)
{
	return switch_all(argc, argv, "1");
}

int cmd_off(int argc, char **argv)
{
	return switch_all(argc, argv, "0");
}
