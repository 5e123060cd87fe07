package testserver

import (
	"net/http"
	"slices"
	"strings"
)

// Route is one endpoint that a fake serves, in the form in which the comments of
// the clients name theirs: "POST" and "/addAdHocProcess".
type Route struct{ Method, Pattern string }

// ProctorURoutes returns what [ProctorU] serves, by pattern. Most of its reads
// answer to GET and to POST; the method here is the one that a client should send.
func ProctorURoutes() []Route {
	routes := make([]Route, 0, len(endpoints))
	for _, e := range endpoints {
		method := http.MethodGet
		if e.post {
			method = http.MethodPost
		}
		routes = append(routes, Route{method, "/" + e.name})
	}
	slices.SortFunc(routes, func(a, b Route) int { return strings.Compare(a.Pattern, b.Pattern) })
	return routes
}
