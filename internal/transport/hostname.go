package transport

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Hosts of URLs are checked by a pattern of what is allowed, before anything is
// compared: browsers, libraries and people read everything else in more than one
// way. [url.Parse] alone takes "[::1%25.proctoru.com]" and "evil.com%EF%BC%8F.proctoru.com".

// label is one part of a host name, with 1 to 63 characters.
const label = `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`

var fullHost = regexp.MustCompile(`^(` + label + `\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// maxHost is the longest name that the domain name system can hold.
const maxHost = 253

// IsHost reports whether host is a name in lower case, or an IPv4 address.
func IsHost(host string) bool {
	for part := range strings.SplitSeq(host, ".") {
		if !isLabel(part) {
			return false
		}
	}
	return len(host) <= maxHost
}

// isLabel is the pattern of a label, without its cost: each launch URL is checked.
func isLabel(s string) bool {
	for i := range len(s) {
		c, inner := s[i], i > 0 && i < len(s)-1
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c != '-' || !inner) {
			return false
		}
	}
	return 1 <= len(s) && len(s) <= 63
}

// IsFullHost reports whether host is a name in lower case with a domain.
func IsFullHost(host string) bool { return len(host) <= maxHost && fullHost.MatchString(host) }

// IsPort reports whether a port is a number as people write it: no zeros before it.
func IsPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == port
}

// isPlainHost reports whether the host of a base URL is a name, or an address as it is
// usually written, without a zone; and its port, if there is one, a plain number.
func isPlainHost(u *url.URL) bool {
	host, port := strings.ToLower(u.Host), u.Port()
	if port != "" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	if port != "" && !IsPort(port) {
		return false
	}
	inner, opened := strings.CutPrefix(host, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !opened {
		return IsHost(host)
	}
	addr, err := netip.ParseAddr(inner)
	return closed && err == nil && addr.Is6() && addr.Zone() == ""
}
