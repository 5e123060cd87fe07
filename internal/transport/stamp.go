package transport

import (
	"net/url"
	"time"
)

// StampLayout is the form in which the time of an attempt is sent: UTC, always of
// one width.
const StampLayout = "2006-01-02T15:04:05Z"

// stampWidth is the length of a stamp whose colons are escaped.
const stampWidth = len(StampLayout) + 2*len("%3A") - 2*len(":")

// stamp returns the pair of the call's stamp field, escaped for a form or a
// query, with an ampersand before it if there are other pairs.
func (c *call) stamp(now time.Time, others bool) string {
	name := url.QueryEscape(c.req.StampField)
	b := make([]byte, 0, len("&=")+len(name)+stampWidth)
	if others {
		b = append(b, '&')
	}
	b = append(append(b, name...), '=')
	now = now.UTC()
	b = append(now.AppendFormat(b, "2006-01-02T15"), "%3A"...)
	b = append(now.AppendFormat(b, "04"), "%3A"...)
	return string(append(now.AppendFormat(b, "05"), 'Z'))
}
