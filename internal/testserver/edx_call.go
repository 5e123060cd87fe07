package testserver

import (
	"net/http"
	"net/url"
	"strings"
)

// edxCall is one request with what its path says.
type edxCall struct {
	endpoint string
	path     string // below the endpoint's prefix, decoded
	request  *http.Request
	form     url.Values // query and form body
	act      func(*OpenEdX, edxCall) reply
}

type edxRoute struct {
	prefix string
	name   string
	method string
	act    func(*OpenEdX, edxCall) reply
}

var edxRoutes = []edxRoute{
	{"/oauth2/access_token", "access_token", http.MethodPost, (*OpenEdX).issueToken},
	{"/api/courses/v1/courses/", "courses", http.MethodGet, (*OpenEdX).getCourse},
	{"/api/enrollment/v1/enrollment/", "enrollment", http.MethodGet, (*OpenEdX).getEnrollment},
	{"/api/user/v1/accounts/", "accounts", http.MethodGet, (*OpenEdX).getAccount},
	{"/api/user/v1/preferences/", "preferences", http.MethodGet, (*OpenEdX).getPreferences},
	{"/api/user/v1/me", "me", http.MethodGet, (*OpenEdX).getMe},
}

func readEdXCall(r *http.Request) (edxCall, *reply) {
	notFound := statusPage(http.StatusNotFound)
	if strings.Contains(strings.ToLower(r.URL.EscapedPath()), "%2f") {
		return edxCall{}, &notFound // proxies in front of the platform refuse it
	}
	for _, route := range edxRoutes {
		path, ok := strings.CutPrefix(r.URL.Path, route.prefix)
		if !ok {
			continue
		}
		if r.Method != route.method {
			return edxCall{}, &reply{status: http.StatusMethodNotAllowed, header: map[string]string{"Allow": route.method}}
		}
		params, err := readForm(r)
		if err != nil {
			break
		}
		return edxCall{endpoint: route.name, path: path, request: r, form: params, act: route.act}, nil
	}
	if r.URL.Path == "/api/courses/v1/courses" {
		moved := statusPage(http.StatusMovedPermanently)
		moved.header["Location"] = r.URL.Path + "/"
		return edxCall{}, &moved
	}
	return edxCall{}, &notFound
}

func readForm(r *http.Request) (url.Values, error) {
	params, err := readParams(r)
	form := url.Values{}
	for name, value := range params {
		form.Set(name, value)
	}
	return form, err
}

func edxCanHave(endpoint string, kind FaultKind) bool {
	switch kind {
	case FaultNegativeExpiry:
		return endpoint == "access_token"
	case FaultNoNumber, FaultDataNull, FaultUnknownText, FaultUnknownTextAfter, FaultStaleRequest,
		FaultReadNull, FaultReadEmpty, FaultReadError:
		return false
	}
	return true
}
