// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks at a store's file before LMDB maps it: LMDB trusts what it reads, so that a truncated file is a
 * SIGBUS, and an overwritten page a wild pointer, at some later time. Here every page that can be reached must
 * lie within the file, be the page it says it is, be in one place only, and have its nodes within its bounds and
 * its keys in order.
 *
 * The file may well be shorter than the last page number says: LMDB does not write pages that a transaction
 * took and gave back. Hence a walk over what is reachable, not a comparison of sizes.
 */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/store_impl.h"

/* The format of LMDB 0.9, data version 1, on 64-bit machines. */
#define LM_MAGIC 0xbeefc0deu
#define LM_VERSION 1
#define LM_BRANCH 0x01
#define LM_LEAF 0x02
#define LM_OVERFLOW 0x04
#define LM_META 0x08
#define LM_NODE_BIG 1
#define LM_NODE_SUB 2
#define LM_DB_INTKEY 0x0008
#define LM_DB_NOSUBDIR 0x4000 /* how the file was made; it stays in the record of the free pages */
#define LM_NONE UINT64_MAX
#define LM_DEPTH_MAX 32
#define LM_PAGES_MAX UINT32_MAX /* 16 TiB: more is no store of ours */

struct lm_page {
	uint64_t pgno;
	uint16_t pad;
	uint16_t flags;
	union {
		struct {
			uint16_t lower, upper; /* bounds of the free space */
		};
		uint32_t pages; /* of an overflow run */
	};
	uint16_t node[];
};
_Static_assert(sizeof(struct lm_page) == 16, "LMDB's page header");

struct lm_node {
	uint16_t lo, hi; /* data size, or with `flags` a child's page number */
	uint16_t flags;
	uint16_t ksize;
	uint8_t data[];
};
_Static_assert(sizeof(struct lm_node) == 8, "LMDB's node header");

struct lm_db {
	uint32_t pad; /* of the first one: the page size */
	uint16_t flags;
	uint16_t depth;
	uint64_t branch_pages, leaf_pages, overflow_pages;
	uint64_t entries;
	uint64_t root;
};
_Static_assert(sizeof(struct lm_db) == 48, "LMDB's table record");

struct lm_meta {
	uint32_t magic;
	uint32_t version;
	uint64_t address;
	uint64_t map_size;
	struct lm_db db[2]; /* free pages, tables */
	uint64_t last_page;
	uint64_t txn;
};
_Static_assert(sizeof(struct lm_meta) == 136, "LMDB's meta page");

/* What the values of a tree are. */
enum lm_tree {
	LM_FREE, /* lists of free pages */
	LM_TABLES,
	LM_RECORDS,
};

struct image {
	const uint8_t *b;
	uint64_t size;
	uint64_t page_size;
	uint64_t last_page;
	uint64_t txn; /* the last one */
	uint8_t *taken; /* a bit per page */
	char why[128];
};

static int check_db(struct image *im, const struct lm_db *db, enum lm_tree tree);

static int damaged(struct image *im, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int damaged(struct image *im, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(im->why, sizeof(im->why), fmt, ap);
	va_end(ap);
	return -EUCLEAN;
}

/* A page is in one place: in two, it would be written as one thing while it is read as another. */
static int take_page(struct image *im, uint64_t pgno)
{
	uint8_t bit = 1 << pgno % 8;

	if (pgno < 2 || pgno > im->last_page)
		return damaged(im, "page %llu is not one of its pages", (unsigned long long)pgno);
	if (im->taken[pgno / 8] & bit)
		return damaged(im, "page %llu is in use twice", (unsigned long long)pgno);
	im->taken[pgno / 8] |= bit;
	return 0;
}

/* Checks that the page is there and says that it is page `pgno` of this kind. */
static int check_page(struct image *im, uint64_t pgno, uint16_t kind, const struct lm_page **out)
{
	const struct lm_page *p;
	int rc = take_page(im, pgno);

	if (rc)
		return rc;
	if ((pgno + 1) * im->page_size > im->size)
		return damaged(im, "page %llu lies past the end of the file: it was truncated",
			       (unsigned long long)pgno);
	p = (const struct lm_page *)(im->b + pgno * im->page_size);
	if (p->pgno != pgno || p->flags != kind)
		return damaged(im, "page %llu was overwritten", (unsigned long long)pgno);
	*out = p;
	return 0;
}

static int check_overflow(struct image *im, uint64_t pgno, uint64_t bytes, const uint8_t **value)
{
	const struct lm_page *p = NULL;
	uint32_t i;
	int rc = check_page(im, pgno, LM_OVERFLOW, &p);

	if (rc)
		return rc;
	if (sizeof(*p) + bytes > p->pages * im->page_size)
		return damaged(im, "page %llu is too short for its value", (unsigned long long)pgno);
	if ((pgno + p->pages) * im->page_size > im->size)
		return damaged(im, "page %llu lies past the end of the file: it was truncated",
			       (unsigned long long)(pgno + p->pages - 1));
	for (i = 1; i < p->pages && !rc; i++)
		rc = take_page(im, pgno + i);
	*value = (const uint8_t *)(p + 1);
	return rc;
}

/* A count and as many page numbers, from high to low. */
static int check_free_list(struct image *im, const uint8_t *value, uint64_t bytes)
{
	uint64_t count, pgno, above = LM_NONE, i;
	int rc = 0;

	if (bytes < sizeof(count))
		return damaged(im, "a list of free pages has no length");
	memcpy(&count, value, sizeof(count));
	if (count > bytes / sizeof(pgno) - 1)
		return damaged(im, "a list of free pages is too short");
	for (i = 1; i <= count && !rc; i++) {
		memcpy(&pgno, value + i * sizeof(pgno), sizeof(pgno));
		rc = pgno < above ? take_page(im, pgno) : damaged(im, "a list of free pages is out of order");
		above = pgno;
	}
	return rc;
}

static int check_value(struct image *im, const struct lm_node *n, const uint8_t *value, uint64_t bytes,
		       enum lm_tree tree)
{
	struct lm_db db;

	if (tree == LM_FREE)
		return check_free_list(im, value, bytes);
	if (!(n->flags & LM_NODE_SUB) != (tree == LM_RECORDS))
		return damaged(im, "a table lies where none can be");
	if (tree == LM_RECORDS)
		return 0;
	if (bytes != sizeof(db))
		return damaged(im, "a table's record has %llu bytes", (unsigned long long)bytes);
	memcpy(&db, value, sizeof(db));
	return check_db(im, &db, LM_RECORDS);
}

static int check_leaf_node(struct image *im, const struct lm_node *n, enum lm_tree tree)
{
	uint64_t bytes = n->lo | (uint32_t)n->hi << 16;
	const uint8_t *value = n->data + n->ksize;
	uint64_t pgno;
	int rc = 0;

	if (n->flags & ~(LM_NODE_BIG | LM_NODE_SUB))
		return damaged(im, "a record has the flags %#x", n->flags);
	if (n->flags & LM_NODE_BIG) {
		memcpy(&pgno, value, sizeof(pgno));
		rc = check_overflow(im, pgno, bytes, &value);
	}
	return rc ? rc : check_value(im, n, value, bytes, tree);
}

static unsigned int page_nodes(const struct lm_page *p)
{
	return (p->lower - sizeof(*p)) / sizeof(p->node[0]);
}

static const struct lm_node *page_node(const struct lm_page *p, unsigned int i)
{
	return (const struct lm_node *)((const uint8_t *)p + p->node[i]);
}

/* Bytes of a node, as LMDB moves them when another of the page is deleted. */
static uint64_t node_bytes(const struct lm_node *n, bool leaf)
{
	uint64_t bytes = sizeof(*n) + n->ksize;

	if (leaf)
		bytes += n->flags & LM_NODE_BIG ? sizeof(uint64_t) : n->lo | (uint32_t)n->hi << 16;
	return (bytes + 1) & ~1ull;
}

/* Do the nodes lie within the page, none upon another, and with keys that can be compared? */
static bool nodes_are_sound(const struct image *im, const struct lm_page *p, bool leaf, enum lm_tree tree)
{
	uint64_t at, used = 0;
	unsigned int i;

	if (p->lower <= sizeof(*p) || p->lower > p->upper || p->upper > im->page_size)
		return false;
	if (!leaf && page_nodes(p) < 2 && tree != LM_FREE)
		return false;
	for (i = 0; i < page_nodes(p); i++) {
		at = p->node[i];
		if (at < p->upper || at % 2 || at + sizeof(struct lm_node) > im->page_size)
			return false;
		used += node_bytes(page_node(p, i), leaf);
		if (used > im->page_size - p->upper || at + node_bytes(page_node(p, i), leaf) > im->page_size)
			return false;
		if (tree == LM_FREE && (leaf || i) && page_node(p, i)->ksize != sizeof(uint64_t))
			return false;
	}
	return true;
}

/* A walk through a tree from left to right. */
struct walk {
	enum lm_tree tree;
	uint64_t entries;
	const struct lm_node *last;  /* leaf node; null before the first */
	const struct lm_node *floor; /* branch node that this subtree's keys are not below; null: none */
};

static int compare_keys(const struct lm_node *a, const struct lm_node *b, enum lm_tree tree)
{
	uint64_t x, y;
	int cmp;

	if (tree != LM_FREE) {
		cmp = memcmp(a->data, b->data, a->ksize < b->ksize ? a->ksize : b->ksize);
		return cmp ? cmp : (int)a->ksize - (int)b->ksize;
	}
	memcpy(&x, a->data, sizeof(x)); /* transaction numbers, in host order */
	memcpy(&y, b->data, sizeof(y));
	return x < y ? -1 : x > y;
}

/* A key out of its place would be there and not be found. */
static bool key_is_in_place(struct walk *w, const struct lm_node *n, bool leaf)
{
	if (w->last && compare_keys(n, w->last, w->tree) <= 0)
		return false;
	if (w->floor && compare_keys(n, w->floor, w->tree) < 0)
		return false;
	if (leaf)
		w->last = n;
	else
		w->floor = n;
	return true;
}

static int check_tree(struct image *im, uint64_t pgno, unsigned int depth, struct walk *w)
{
	const struct lm_page *p = NULL;
	const struct lm_node *n;
	bool leaf = depth == 1;
	unsigned int i;
	int rc;

	rc = check_page(im, pgno, leaf ? LM_LEAF : LM_BRANCH, &p);
	if (rc)
		return rc;
	if (!nodes_are_sound(im, p, leaf, w->tree))
		return damaged(im, "page %llu was overwritten", (unsigned long long)pgno);
	for (i = 0; i < page_nodes(p) && !rc; i++) {
		n = page_node(p, i);
		if ((leaf || i) && !key_is_in_place(w, n, leaf)) /* a branch page's first key is never looked at */
			return damaged(im, "page %llu has a key out of order", (unsigned long long)pgno);
		if (leaf)
			rc = check_leaf_node(im, n, w->tree);
		else
			rc = check_tree(im, n->lo | (uint64_t)n->hi << 16 | (uint64_t)n->flags << 32, depth - 1, w);
	}
	if (leaf)
		w->entries += page_nodes(p);
	return rc;
}

/* A list that claims to be of a transaction to come. */
static bool is_of_the_future(const struct image *im, const struct walk *w)
{
	uint64_t txn;

	if (w->tree != LM_FREE || !w->last)
		return false;
	memcpy(&txn, w->last->data, sizeof(txn));
	return txn > im->txn;
}

static int check_db(struct image *im, const struct lm_db *db, enum lm_tree tree)
{
	uint16_t flags = tree == LM_FREE ? db->flags & ~LM_DB_NOSUBDIR : db->flags;
	struct walk w = { .tree = tree };
	int rc;

	if (flags != (tree == LM_FREE ? LM_DB_INTKEY : 0))
		return damaged(im, "a table has the flags %#x", db->flags);
	if (db->root == LM_NONE)
		return db->entries ? damaged(im, "a table has lost its root") : 0;
	if (!db->depth || db->depth > LM_DEPTH_MAX)
		return damaged(im, "a table has an impossible depth");
	rc = check_tree(im, db->root, db->depth, &w);
	if (rc)
		return rc;
	if (w.entries != db->entries)
		return damaged(im, "a table has %llu records where %llu should be", (unsigned long long)w.entries,
			       (unsigned long long)db->entries);
	if (is_of_the_future(im, &w))
		return damaged(im, "pages were freed by a transaction that has not been");
	return 0;
}

static int read_meta(struct image *im, uint64_t offset, struct lm_meta *meta)
{
	const struct lm_page *p = (const struct lm_page *)(im->b + offset);

	if (offset + sizeof(*p) + sizeof(*meta) > im->size)
		return damaged(im, "the file is too short");
	memcpy(meta, p + 1, sizeof(*meta));
	if (!(p->flags & LM_META) || meta->magic != LM_MAGIC)
		return damaged(im, "it does not begin as a store does");
	if (meta->version != LM_VERSION)
		return damaged(im, "its format version is %u, not %u", meta->version, LM_VERSION);
	return 0;
}

static int check_image(struct image *im)
{
	struct lm_meta meta[2], *newest;
	int rc;

	rc = read_meta(im, 0, &meta[0]);
	if (rc)
		return rc;
	im->page_size = meta[0].db[0].pad;
	if (im->page_size < 512 || im->page_size > 65536 || im->page_size & (im->page_size - 1))
		return damaged(im, "its page size is %llu", (unsigned long long)im->page_size);
	rc = read_meta(im, im->page_size, &meta[1]);
	if (rc)
		return rc;
	/* As LMDB chooses: the first one when both are of the same transaction. */
	newest = &meta[meta[0].txn < meta[1].txn];
	if (newest->db[0].pad != im->page_size || newest->last_page < 1 || newest->last_page > LM_PAGES_MAX)
		return damaged(im, "its first pages were overwritten");
	im->last_page = newest->last_page;
	im->txn = newest->txn;
	im->taken = calloc(1, im->last_page / 8 + 1);
	if (!im->taken)
		return damaged(im, "there is not enough memory to look at its %llu pages",
			       (unsigned long long)im->last_page);
	rc = check_db(im, &newest->db[0], LM_FREE);
	if (!rc)
		rc = check_db(im, &newest->db[1], LM_TABLES);
	free(im->taken);
	return rc;
}

int store_check_file(const char *path, size_t *bytes, struct bb_error *err)
{
	struct image im = { 0 };
	struct stat st;
	void *b;
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return bb_fail(err, errno, "cannot open store \"%s\": %s", path, strerror(errno));
	if (fstat(fd, &st)) {
		rc = bb_fail(err, errno, "cannot look at store \"%s\": %s", path, strerror(errno));
		goto out;
	}
	b = st.st_size ? mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, fd, 0) : NULL;
	if (b == MAP_FAILED) {
		rc = bb_fail(err, errno, "cannot map store \"%s\": %s", path, strerror(errno));
		goto out;
	}
	im.b = b;
	im.size = st.st_size;
	rc = check_image(&im);
	if (rc)
		bb_fail(err, -rc, "store \"%s\" is damaged: %s; restore the file from a backup, or start with an empty "
			"directory and an export", path, im.why);
	else
		*bytes = im.size > (im.last_page + 1) * im.page_size ? im.size : (im.last_page + 1) * im.page_size;
	if (b)
		munmap(b, im.size);
out:
	close(fd);
	return rc;
}
