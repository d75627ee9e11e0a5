// SPDX-License-Identifier: GPL-2.0-only
/* vmq - table: rows of words under named columns */
#include "vmq.h"

#include <stdlib.h>
#include <string.h>

/*
 * Columns that hold numbers, whatever a row says; "-" for none. All others are
 * words: a name or a list of CPUs may well look like a number.
 */
static const char * const numbers[] = {
	"vid", "queue", "irq", "cpu", "fast", "full", "onq", "offq", "frames",
	"fast%", "vnics", "home", "users", "location", "errno", "hits",
	"misses", "unsure",
};

static bool is_number(const char *col)
{
	unsigned int i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(col, numbers[i]))
			return true;
	return false;
}

void table_free(struct table *t)
{
	int r, c;

	for (r = 0; r < t->rows; r++) {
		for (c = 0; c < t->cols; c++)
			free(t->row[r][c]);
		free(t->row[r]);
	}
	for (c = 0; c < t->cols; c++)
		free(t->col[c]);
	free(t->row);
	free(t->col);
	memset(t, 0, sizeof(*t));
}

void table_column(struct table *t, const char *name)
{
	t->col = xalloc(t->col, (t->cols + 1) * sizeof(*t->col));
	t->col[t->cols++] = xstrdup(name);
}

char **table_row(struct table *t)
{
	char **row = xalloc(NULL, t->cols * sizeof(*row));
	int c;

	for (c = 0; c < t->cols; c++)
		row[c] = xstrdup("-");
	if (t->rows == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->row = xalloc(t->row, t->room * sizeof(*t->row));
	}
	t->row[t->rows++] = row;
	return row;
}

void table_set(char **row, int col, const char *value)
{
	free(row[col]);
	row[col] = xstrdup(value);
}

int table_find(const struct table *t, const char *name)
{
	int c;

	for (c = 0; c < t->cols; c++)
		if (!strcmp(t->col[c], name))
			return c;
	return -1;
}

const char *table_get(const struct table *t, int row, const char *name)
{
	int c = table_find(t, name);

	return c < 0 ? "-" : t->row[row][c];
}

void table_parse(struct table *t, FILE *f)
{
	char *line = NULL, *word, *save;
	bool named = t->cols;
	size_t size = 0;
	char **row;
	int c;

	while (getline(&line, &size, f) > 0) {
		if (!named) {
			for (word = strtok_r(line, " \t\n", &save); word;
			     word = strtok_r(NULL, " \t\n", &save))
				table_column(t, word);
			named = true;
			continue;
		}
		word = strtok_r(line, " \t\n", &save);
		if (!word)
			continue;
		row = table_row(t);
		for (c = 0; word && c < t->cols; c++) {
			table_set(row, c, word);
			word = strtok_r(NULL, " \t\n", &save);
		}
	}
	free(line);
}

static int column_width(const struct table *t, int c)
{
	size_t w = strlen(t->col[c]);
	int r;

	for (r = 0; r < t->rows; r++)
		if (strlen(t->row[r][c]) > w)
			w = strlen(t->row[r][c]);
	return w;
}

/* numbers to the right, words to the left */
void table_print(const struct table *t, int indent)
{
	int *width = xalloc(NULL, (t->cols + 1) * sizeof(*width));
	int r, c;

	for (c = 0; c < t->cols; c++)
		width[c] = column_width(t, c) * (is_number(t->col[c]) ? 1 : -1);

	for (r = -1; r < t->rows; r++) {
		char **row = r < 0 ? t->col : t->row[r];

		printf("%*s", indent, "");
		for (c = 0; c < t->cols - 1; c++)
			printf("%*s  ", width[c], row[c]);
		/* nothing follows: no blanks behind a word */
		printf("%*s\n", width[c] > 0 ? width[c] : 0, row[c]);
	}
	free(width);
}

void table_json_row(const struct table *t, int row)
{
	int c;

	for (c = 0; c < t->cols; c++) {
		if (is_number(t->col[c]))
			json_number(t->col[c], t->row[row][c]);
		else
			json_string(t->col[c], t->row[row][c]);
	}
}

void table_json(const struct table *t, const char *key)
{
	int r;

	json_begin('[', key);
	for (r = 0; r < t->rows; r++) {
		json_begin('{', NULL);
		table_json_row(t, r);
		json_end('}');
	}
	json_end(']');
}
