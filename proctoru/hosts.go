package proctoru

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Hosts of URLs are checked by a pattern of what is allowed, before anything is
// compared: browsers, libraries and people read everything else in more than one
// way. [url.Parse] alone takes "[::1%25.proctoru.com]" and "evil.com%EF%BC%8F.proctoru.com".

// label is one part of a host name, with 1 to 63 characters.
const label = `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`

var (
	anyHost  = regexp.MustCompile(`^` + label + `(\.` + label + `)*$`)
	fullHost = regexp.MustCompile(`^(` + label + `\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// maxHost is the longest name that the domain name system can hold.
const maxHost = 253

// isHost reports whether host is a name in lower case, or an IPv4 address.
func isHost(host string) bool { return len(host) <= maxHost && anyHost.MatchString(host) }

// isFullHost reports whether host is a name in lower case with a domain.
func isFullHost(host string) bool { return len(host) <= maxHost && fullHost.MatchString(host) }

// hostName returns the host of a URL in lower case, and its port, "" if there is
// none. It is not ok for a host that is no plain name, and for user info.
func hostName(u *url.URL) (host, port string, ok bool) {
	host, port, found := strings.Cut(strings.ToLower(u.Host), ":")
	if u.User != nil || u.Opaque != "" || !isHost(host) || found && !isPort(port) {
		return "", "", false
	}
	return host, port, true
}

// isPort reports whether a port is a number as people write it: no zeros before it.
func isPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == port
}

// launchHost returns the host of a launch URL as it is written there, with its
// port. It is not ok for a URL that must not be opened.
func launchHost(raw string, hosts []string) (host string, ok bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || !isPlainURL(raw) || !strings.HasPrefix(raw[len("https:"):], "//"+u.Host) {
		return "", false
	}
	name, port, ok := hostName(u)
	if !ok || port != "" && port != "443" || !isWithin(name, hosts) {
		return "", false
	}
	return u.Host, true
}

// isPlainURL reports whether a URL has visible ASCII alone, and no backslash.
func isPlainURL(raw string) bool {
	return !strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' })
}

// isWithin reports whether host is one of the hosts, or a subdomain of one. What
// is no host name is in no list, and has no subdomains.
func isWithin(host string, hosts []string) bool {
	return isHost(host) && slices.ContainsFunc(hosts, func(allowed string) bool {
		return isHost(allowed) && (host == allowed || strings.HasSuffix(host, "."+allowed))
	})
}

// isLoopback reports whether a URL leads to this machine: by the name localhost, or
// by an address as it is usually written, without a zone.
func isLoopback(u *url.URL) bool {
	host := strings.ToLower(u.Host)
	if port := u.Port(); isPort(port) {
		host = strings.TrimSuffix(host, ":"+port)
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		host = strings.TrimSuffix(inner, "]")
	}
	addr, err := netip.ParseAddr(host)
	return u.User == nil && (host == "localhost" || err == nil && addr.Zone() == "" && addr.IsLoopback())
}
