package edxtest

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
)

// link is the request's own URL with other parameters, as lists name their next
// page; a nil value takes a parameter away.
func (o *Server) link(c call, param, value string) any {
	query := url.Values{}
	for name, values := range c.query {
		query[name] = values
	}
	query.Set(param, value)
	scheme, host := "http", c.request.Host
	if c.request.TLS != nil || c.request.URL.Scheme == "https" {
		scheme = "https"
	}
	switch {
	case o.is(VariantNextLinks, "http"):
		scheme = "http"
	case o.is(VariantNextLinks, "foreign-host"):
		scheme, host = "https", "lms.elsewhere.example"
	case o.is(VariantNextLinks, "itself"):
		query = c.query
	}
	return (&url.URL{Scheme: scheme, Host: host, Path: c.request.URL.Path, RawQuery: query.Encode()}).String()
}

// positive reads a number from 1 on in the query; missing is fallback.
func (c call) positive(name string, fallback int) (n int, ok bool) {
	if c.query.Get(name) == "" {
		return fallback, true
	}
	n, err := strconv.Atoi(c.query.Get(name))
	return n, err == nil && n >= 1
}

// cursorOf hides the place of a page's last row in a list.
func cursorOf(place ...int64) string {
	var text []string
	for _, n := range place {
		text = append(text, strconv.FormatInt(n, 10))
	}
	return base64.StdEncoding.EncodeToString([]byte("p=" + strings.Join(text, "_")))
}

// readCursor reads a cursor of so many numbers.
func readCursor(text string, length int) (place []int64, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	digits, found := strings.CutPrefix(string(raw), "p=")
	if err != nil || !found {
		return nil, false
	}
	for _, part := range strings.Split(digits, "_") {
		n, ok := toNumber(part)
		if !ok {
			return nil, false
		}
		place = append(place, n)
	}
	return place, len(place) == length
}

// pageOf cuts one page, numbered from 1, out of a list, and counts the pages.
func pageOf[T any](rows []T, page, size int) (part []T, pages int) {
	pages = max(1, (len(rows)+size-1)/size)
	from := min((page-1)*size, len(rows))
	return rows[from:min(from+size, len(rows))], pages
}

// clampPage reads a page number as Django's get_page does: what is no number is
// the first, what lies beyond the last is the last.
func clampPage(text string, pages int) int {
	page, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return 1
	case page < 1 || page > pages:
		return pages
	}
	return page
}

// splitCommas reads a list in one parameter; "" has no items.
func splitCommas(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
