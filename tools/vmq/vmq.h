/* SPDX-License-Identifier: GPL-2.0-only */
/* vmq - the user's tool: what its files share */
#ifndef VMQ_TOOL_H
#define VMQ_TOOL_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Exit status */
#define VMQ_OK		0
#define VMQ_FAILED	1	/* the kernel or the system said no */
#define VMQ_USAGE	2	/* the command line makes no sense */

/* --- main.c: options of every command --- */
extern bool opt_json;
extern bool opt_pretty;

/* prints "vmq: ..." to stderr; returns VMQ_FAILED */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* the same of a command line, with a word on help; returns VMQ_USAGE */
int misuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void *xalloc(void *old, size_t size);
char *xstrdup(const char *s);

/* --- commands: one file each --- */
int cmd_show(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_detach(int argc, char **argv);
int cmd_on(int argc, char **argv);
int cmd_off(int argc, char **argv);
int cmd_explain(int argc, char **argv);

/* --- table.c: rows of words under named columns --- */
struct table {
	char **col;		/* names */
	int cols;
	char ***row;		/* rows of @cols words */
	int rows;
	int room;		/* rows allocated */
};

void table_free(struct table *t);
void table_column(struct table *t, const char *name);
/* a new row, every word "-" */
char **table_row(struct table *t);
void table_set(char **row, int col, const char *value);
int table_find(const struct table *t, const char *name);
/* the word, or "-" when the table has no such column */
const char *table_get(const struct table *t, int row, const char *name);
/* reads a header line and rows; with columns already named, rows only */
void table_parse(struct table *t, FILE *f);
void table_print(const struct table *t, int indent);
void table_json(const struct table *t, const char *key);
/* members of one row, into an object that is open */
void table_json_row(const struct table *t, int row);

/* --- json.c; "-" is null in all of them --- */
void json_begin(char bracket, const char *key);
void json_end(char bracket);
void json_string(const char *key, const char *value);
/* bare; quoted should it be no number after all */
void json_number(const char *key, const char *value);
void json_bool(const char *key, bool value);
void json_done(void);

/* --- link.c: rtnetlink --- */
struct link {
	char name[IFNAMSIZ];
	int index;
	int lower;		/* index of the uplink */
	bool up;
};

/* links of kind vmq; returns their number or -1 */
int link_list(struct link **list);
/* each prints the kernel's reason and returns false when refused */
bool link_add(const char *name, int lower, const char *uplink);
bool link_del(int index, const char *name);
bool link_set(int index, int master, bool up, const char *name);

/* --- source.c: where the state comes from --- */
struct device {
	struct link link;
	char uplink[IFNAMSIZ];
	char nic[256];		/* of a bond its members */
	char bridge[IFNAMSIZ];
	char hook[16];		/* "rx_handler" or "ingress" */
	char steer[8], softsteer[8], pin[8], bypass[8];
	char cpus[4096];
	char eligible[64];	/* "fast", or why not */
	char max_vnics[16], max_port_vnics[16];
};

/* all devices; returns their number or -1 after saying why */
int source_devices(struct device **list);
/* one by its own name or its uplink's; NULL after saying which there are */
struct device *source_device(const char *name);
/* the one above a link; NULL after saying why */
struct device *source_above(int lower, const char *uplink);
bool source_is_stacked(const struct device *dev);
/* false: its files are not in /sys, which was said */
bool source_has_knobs(const struct device *dev);
/* of a device: vnics sources pass; false after saying why */
bool source_table(const struct device *dev, const char *what, struct table *t);
/* the device's n-th NIC; false when there are not so many */
bool source_nic(const struct device *dev, int n, char name[IFNAMSIZ]);
/* of the device's NICs: queues filters; likewise */
bool source_nic_table(const struct device *dev, const char *what,
		      struct table *t);
bool source_set(const struct device *dev, const char *knob, const char *value);

/* --- device.c: one device, as text and as JSON --- */
void device_print(const struct device *d);
/* members, into an object that is open */
void device_json(const struct device *d);

/* --- reason.c: words of the kernel, in the user's language --- */
struct reason {
	const char *name;
	const char *means;
	const char *todo;	/* NULL: nothing to do */
};

/* why a frame or an address takes the bridge */
const struct reason *reason_bypass(const char *name);
/* why an address has no rule */
const struct reason *reason_steer(const char *name);
/* what to do, with the names of @d and @port; "-" for nothing */
const char *reason_todo(const struct reason *r, const struct device *d,
			const char *port);

#endif
