package transport

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// ErrBaseURL means that a base URL breaks one of the rules of [CheckBaseURL].
var ErrBaseURL = errors.New("base URL refused")

// CheckBaseURL parses a base URL and trims slashes from its end. It must have a
// host and the scheme https, or http if the host is 127.0.0.0/8, ::1 or
// localhost; the host must be labels of ASCII letters, digits and hyphens between
// dots, or an address without a zone. It must have no user info, query or fragment.
// Its errors are [ErrBaseURL] and name the rule, without quoting from the URL.
func CheckBaseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, refuseURL("it can't be parsed")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, refuseURL("the scheme must be https")
	case u.User != nil:
		return nil, refuseURL("user info is not allowed, credentials are options of the client")
	case u.Hostname() == "":
		return nil, refuseURL("the host is empty")
	case !isPlainHost(u):
		return nil, refuseURL("the host is no plain name or address, or its port no plain number")
	case u.RawQuery != "" || u.ForceQuery:
		return nil, refuseURL("a query is not allowed")
	case strings.Contains(raw, "#"):
		return nil, refuseURL("a fragment is not allowed")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, refuseURL("http is allowed on loopback only, use https")
	case hasDotSegment(u.Path):
		return nil, refuseURL("the path has a dot segment")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return u, nil
}

func refuseURL(rule string) error { return fmt.Errorf("%w: %s", ErrBaseURL, rule) }

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// hasDotSegment reports whether a server could read path as one that lies above it.
func hasDotSegment(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}
