package proctoru

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook/internal/transport"
)

// hostName returns the host of a URL in lower case, and its port, "" if there is
// none. It is not ok for a host that is no plain name, and for user info.
func hostName(u *url.URL) (host, port string, ok bool) {
	host, port, found := strings.Cut(strings.ToLower(u.Host), ":")
	if u.User != nil || u.Opaque != "" || !transport.IsHost(host) || found && !transport.IsPort(port) {
		return "", "", false
	}
	return host, port, true
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
	return transport.IsHost(host) && slices.ContainsFunc(hosts, func(allowed string) bool {
		below, ok := strings.CutSuffix(host, allowed)
		return ok && (below == "" || strings.HasSuffix(below, ".")) && transport.IsHost(allowed)
	})
}

// isLoopback reports whether a URL leads to this machine: by the name localhost, or
// by an address as it is usually written, without a zone.
func isLoopback(u *url.URL) bool {
	host := strings.ToLower(u.Host)
	if port := u.Port(); transport.IsPort(port) {
		host = strings.TrimSuffix(host, ":"+port)
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		host = strings.TrimSuffix(inner, "]")
	}
	addr, err := netip.ParseAddr(host)
	return u.User == nil && (host == "localhost" || err == nil && addr.Zone() == "" && addr.IsLoopback())
}
