package ical

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// The forms of an instant and of a wall-clock time.
const (
	utcForm  = "20060102T150405Z"
	wallForm = "20060102T150405"
)

// maxLine is how many octets a line may have, without its CRLF.
const maxLine = 75

// A writer collects content lines.
type writer struct{ data []byte }

// line writes one property, folded. Value and params are in their wire form.
func (w *writer) line(name, params, value string) {
	rest, room := name+params+":"+value, maxLine
	for len(rest) > room {
		cut := room
		for !utf8.RuneStart(rest[cut]) {
			cut--
		}
		w.data = append(append(w.data, rest[:cut]...), "\r\n "...)
		rest, room = rest[cut:], maxLine-1 // the blank counts
	}
	w.data = append(append(w.data, rest...), "\r\n"...)
}

// text writes a property of text, if there is any.
func (w *writer) text(name, text string) {
	if text != "" {
		w.line(name, "", escape(text))
	}
}

// time writes an instant: in UTC without a zone.
func (w *writer) time(name string, at time.Time, zone *time.Location) {
	if zone == nil {
		w.line(name, "", at.UTC().Format(utcForm))
		return
	}
	w.line(name, ";TZID="+zone.String(), at.In(zone).Format(wallForm))
}

// escape returns the text as a value. Everything that a program might take for
// the end of a line becomes an escaped line break.
var escape = strings.NewReplacer(
	`\`, `\\`, ";", `\;`, ",", `\,`,
	"\r\n", `\n`, "\n", `\n`, "\r", `\n`, "\u0085", `\n`, "\u2028", `\n`, "\u2029", `\n`,
).Replace

// mailto returns the address as a URI, as RFC 6068 writes it.
func mailto(address string) string {
	at := strings.LastIndexByte(address, '@')
	host, _ := hostOf(address) // which was checked
	return "mailto:" + escaped(address[:at]) + "@" + escaped(host)
}

// hostOf returns the domain of an address in the form that the DNS knows, and whether
// there is one.
func hostOf(address string) (string, bool) {
	host := address[strings.LastIndexByte(address, '@')+1:]
	if !strings.ContainsFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return host, true
	}
	host, err := idna.Lookup.ToASCII(host)
	return host, err == nil
}

// escaped escapes what may not stand in the URI. An apostrophe may, and mail programs
// look for an address with it.
func escaped(text string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$'*+"
	var b strings.Builder
	for _, c := range []byte(text) {
		if strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}
