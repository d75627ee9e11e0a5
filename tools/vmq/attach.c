// SPDX-License-Identifier: GPL-2.0-only
/* vmq attach, vmq detach */
#include "vmq.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cmd_attach(int argc, char **argv)
{
	static const struct option options[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "bridge", required_argument, NULL, 'b' },
		{ NULL, 0, NULL, 0 },
	};
	const char *name = NULL, *bridge = NULL, *uplink;
	int opt, lower, master = 0;
	char made[IFNAMSIZ], path[64];
	struct device *d;
	bool stacked;

	while ((opt = getopt_long(argc, argv, "n:b:", options, NULL)) != -1) {
		switch (opt) {
		case 'n':
			name = optarg;
			break;
		case 'b':
			bridge = optarg;
			break;
		default:
			return VMQ_USAGE;
		}
	}
	if (optind != argc - 1)
		return VMQ_USAGE;
	uplink = argv[optind];
	if (name && (!*name || strlen(name) >= IFNAMSIZ || strpbrk(name, "/% \t\n:")))
		return fail("\"%s\": a link's name has 1 to %d characters, no blank, / %% or :",
			    name, IFNAMSIZ - 1);
	lower = if_nametoindex(uplink);
	if (!lower)
		return fail("there is no link %s; see: ip link", uplink);
	if (bridge) {
		master = if_nametoindex(bridge);
		snprintf(path, sizeof(path), "/sys/class/net/%s/bridge", bridge);
		if (!master || access(path, F_OK))
			return fail("there is no bridge %s; see: ip link show type bridge",
				    bridge);
	}
	if (!link_add(name, lower, made))
		return VMQ_FAILED;

	d = source_device(made);
	if (!d) {
		link_del(if_nametoindex(made), made);
		return VMQ_FAILED;
	}
	stacked = !strcmp(d->hook, "rx_handler");
	if (!stacked && bridge && strcmp(bridge, d->bridge)) {
		fail("%s is in bridge %s, not in %s", uplink, d->bridge,
		     bridge);
		link_del(d->link.index, made);
		free(d);
		return VMQ_FAILED;
	}
	if (!link_set(d->link.index, stacked ? master : 0, true, made)) {
		link_del(d->link.index, made);
		free(d);
		return VMQ_FAILED;
	}
	if (!stacked)
		printf("%s: in place on %s, which stays the port of %s\n", made,
		       uplink, d->bridge);
	else if (master)
		printf("%s: stacked on %s, port of %s\n", made, uplink, bridge);
	else
		printf("%s: stacked on %s; now put it into the bridge:\n"
		       "  ip link set %s master BRIDGE\n",
		       made, uplink, made);
	free(d);
	return VMQ_OK;
}

int cmd_detach(int argc, char **argv)
{
	struct device *d;
	bool ok;

	if (argc != 2)
		return VMQ_USAGE;
	d = source_device(argv[1]);
	if (!d)
		return VMQ_FAILED;
	ok = link_del(d->link.index, d->link.name);
	if (ok && !strcmp(d->hook, "rx_handler") && strcmp(d->bridge, "-"))
		fprintf(stderr, "vmq: %s was the port of %s; to keep the network:\n"
			"  ip link set %s master %s\n",
			d->link.name, d->bridge, d->uplink, d->bridge);
	free(d);
	return ok ? VMQ_OK : VMQ_FAILED;
}
