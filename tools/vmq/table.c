// SPDX-License-Identifier: GPL-2.0-only
/* vmq - table: rows of words under named columns */
#include "vmq.h"

#include <stdlib.h>
#include <string.h>

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
	t->row = xalloc(t->row, (t->rows + 1) * sizeof(*t->row));
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

static bool is_number(const char *s)
{
	return *s && strspn(s, "0123456789.%-") == strlen(s);
}

/* numbers to the right, words to the left; a column of "-" only is a word's */
void table_print(const struct table *t, int indent)
{
	int r, c, w;

	for (r = -1; r < t->rows; r++) {
		printf("%*s", indent, "");
		for (c = 0; c < t->cols; c++) {
			const char *s = r < 0 ? t->col[c] : t->row[r][c];
			bool number = t->rows > 0;
			int i;

			w = strlen(t->col[c]);
			for (i = 0; i < t->rows; i++) {
				const char *v = t->row[i][c];

				if ((int)strlen(v) > w)
					w = strlen(v);
				if (!is_number(v))
					number = false;
			}
			if (number)
				printf("%*s", w, s);
			else if (c == t->cols - 1)
				printf("%s", s);
			else
				printf("%-*s", w, s);
			fputs(c == t->cols - 1 ? "\n" : "  ", stdout);
		}
	}
}

void table_json(const struct table *t, const char *key)
{
	int r, c;

	json_begin('[', key);
	for (r = 0; r < t->rows; r++) {
		json_begin('{', NULL);
		for (c = 0; c < t->cols; c++)
			json_value(t->col[c], t->row[r][c]);
		json_end('}');
	}
	json_end(']');
}
