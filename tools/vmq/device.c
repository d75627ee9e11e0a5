// SPDX-License-Identifier: GPL-2.0-only
/* vmq - device: one device, as text and as JSON */
#include "vmq.h"

#include <string.h>

static const char *hook_text(const struct device *d)
{
	if (!strcmp(d->hook, "ingress"))
		return "in place";
	if (!strcmp(d->hook, "rx_handler"))
		return "stacked";
	return d->hook;
}

void device_print(const struct device *d)
{
	const struct reason *r;

	printf("%s: %s on %s", d->link.name, hook_text(d), d->uplink);
	if (strcmp(d->nic, d->uplink) && strcmp(d->nic, "-"))
		printf(" (%s %s)", strchr(d->nic, ' ') ? "NICs" : "NIC",
		       d->nic);
	if (strcmp(d->bridge, "-"))
		printf(", bridge %s", d->bridge);
	else
		printf(", no bridge");
	/* in place it is a handle only, which need not be up */
	if (strcmp(d->hook, "ingress"))
		printf(", %s", d->link.up ? "up" : "DOWN");
	printf("\n");
	printf("  steer %s (in software %s), pin %s, bypass %s, CPUs %s, at most %s vnics\n",
	       d->steer, d->softsteer, d->pin, d->bypass, d->cpus, d->max_vnics);
	if (!strcmp(d->eligible, "fast")) {
		printf("  fast path: yes\n");
		return;
	}
	r = reason_bypass(d->eligible);
	printf("  fast path: no, %s%s%s\n", d->eligible, r ? ": " : "",
	       r ? r->means : "");
	if (r && r->todo)
		printf("    To change it: %s\n", reason_todo(r, d, "-"));
}

void device_json(const struct device *d)
{
	json_string("device", d->link.name);
	json_string("uplink", d->uplink);
	json_string("nic", d->nic);
	json_string("bridge", d->bridge);
	json_string("hook", d->hook);
	json_bool("up", d->link.up);
	json_string("steer", d->steer);
	json_string("softsteer", d->softsteer);
	json_string("pin", d->pin);
	json_string("bypass", d->bypass);
	json_string("cpus", d->cpus);
	json_string("eligible", d->eligible);
	json_number("max_vnics", d->max_vnics);
	json_number("max_port_vnics", d->max_port_vnics);
}
