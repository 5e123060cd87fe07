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
