package transport

import "net/http"

// isRedirect reports whether status asks for the request to be made elsewhere.
// 304 does not: it answers a condition that we never set.
func isRedirect(status int) bool {
	switch status {
	case http.StatusMultipleChoices, http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusUseProxy, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// stayHere is the redirect policy of our http.Client. It is a second lock: our
// round tripper already turns a redirect into an error, before http.Client looks
// at the Location header, which its own errors would quote.
func stayHere(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
