package edx

import (
	"iter"
	"net/url"
	"strconv"
	"strings"
)

// Page is one piece of a long list.
type Page[T any] struct {
	Items []T    // the page's own, in the platform's order
	Next  string // the Cursor of the params that ask for the next page; "" if this is the last one
	Total int    // how many items there are in all, as far as the platform tells; else 0
}

// MaxPages is how many pages an iterator over a whole list reads at most. A list with
// more ends with [ErrTooManyPages]: go on from a Cursor with the method that returns
// single pages, if there really are that many.
const MaxPages = 50_000

// pages yields the items of one page after another until one names no next page.
// An error is the last thing it yields. It reads no page ahead, and keeps only
// the current one.
func pages[T any](op, first string, fetch func(cursor string) (*Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		trail := trail{op: op, at: first}
		for {
			page, err := fetch(trail.at)
			if err == nil {
				err = trail.follow(page.Next)
			}
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
		}
	}
}

// trail notices when a list leads back to a page that was read before: it keeps
// one cursor of those seen, and moves on to a later one after 1, 2, 4, 8, ...
// pages (Brent's cycle detection), so that it needs no more for a long list than
// for a short one.
type trail struct {
	op    string
	at    string // cursor of the page at hand
	mark  string // a cursor seen before
	steps int    // since mark was set
	limit int
	pages int // read so far
}

func (t *trail) follow(next string) error {
	if t.pages++; t.pages >= MaxPages && next != "" {
		return &Error{Op: t.op, Reason: ErrTooManyPages}
	}
	if next != "" && (next == t.at || t.limit > 0 && next == t.mark) {
		return badLink(t.op, "a page names itself, or one before it, as the next one")
	}
	if t.steps++; t.steps > t.limit {
		t.mark, t.steps, t.limit = t.at, 0, 2*t.limit+1
	}
	t.at = next
	return nil
}

func badLink(op, problem string) *Error {
	return &Error{Op: op, Reason: ErrNotJSON, problem: problem}
}

// pageWire is a page in the forms of the platform: a link to the next one beside
// the results, or with the counts in an object of its own.
type pageWire[W wire] struct {
	Results    *list[W]  `json:"results"`
	Next       textValue `json:"next"`
	Count      intValue  `json:"count"`
	Filtered   intValue  `json:"filtered_users_count"` // the gradebook's word for count
	Pagination *struct {
		Next  textValue `json:"next"`
		Count intValue  `json:"count"`
	} `json:"pagination"`
}

func (p pageWire[W]) missing() string {
	if p.Results == nil {
		return "results"
	}
	return p.Results.missing()
}

// pageOf turns what the platform sent into a page. param is the query parameter
// by which its links name a page.
func pageOf[W wire, T any](c *core, op operation, answer *pageWire[W], param string, value func(W) T) (*Page[T], error) {
	link, total := answer.Next, max(answer.Count, answer.Filtered)
	if answer.Pagination != nil {
		link, total = answer.Pagination.Next, answer.Pagination.Count
	}
	next, err := c.cursorOf(op, string(link), param)
	if err != nil {
		return nil, err
	}
	return &Page[T]{Items: convert(*answer.Results, value), Next: next, Total: int(total)}, nil
}

// cursorOf takes the position of the next page out of a link, and nothing else:
// the next request goes to the configured base URL with the same filters. So a
// link with the scheme http, as a platform behind a proxy writes it, does no harm.
// One that leads to another host is an error.
func (c *core) cursorOf(op operation, link, param string) (string, error) {
	if link == "" {
		return "", nil
	}
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return "", badLink(op.name, "the link to the next page can't be read")
	case u.Host != "" && !strings.EqualFold(u.Hostname(), c.hostOf(op.family)):
		return "", badLink(op.name, "the link to the next page leads to another host")
	case u.Query().Get(param) == "":
		return "", badLink(op.name, "the link to the next page has no "+param)
	}
	return u.Query().Get(param), nil
}

// numberOf reads a cursor that is a number; 0 for the first page.
func numberOf(cursor string) (int, faults) {
	if cursor == "" {
		return 0, nil
	}
	number, err := strconv.Atoi(cursor)
	if err != nil || number < 1 {
		return 0, invalid("cursor", "must be the Next of a page of this list")
	}
	return number, nil
}

// setPage puts a cursor that is a number and a page size into the query.
func setPage(query url.Values, param, cursor string, size, maxSize int) faults {
	_, fault := numberOf(cursor)
	if cursor != "" {
		query.Set(param, cursor)
	}
	if size > 0 {
		query.Set("page_size", strconv.Itoa(size))
	}
	return all(fault, checkRange("page size", size, 0, maxSize))
}
