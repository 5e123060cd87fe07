package proctorutest

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// call is one request, read.
type call struct {
	endpoint *endpoint
	token    string
	base     string            // URL of the API, with a slash at the end
	params   map[string]string // query and body merged, the body wins
}

func (c call) has(name string) bool { return c.params[name] != "" }

// number returns reservation_no; 0 and ok is none, 0 and not ok is no number.
func (c call) number() (number int64, ok bool) {
	text := c.params["reservation_no"]
	if text == "" {
		return 0, true
	}
	number, err := strconv.ParseInt(text, 10, 64)
	return number, err == nil
}

// flag reads Y, T, true or 1 as true.
func (c call) flag(name string) bool {
	switch strings.ToLower(c.params[name]) {
	case "y", "t", "true", "1":
		return true
	}
	return false
}

// readCall finds the endpoint and reads the parameters. What can't be a call gets
// an HTML page, as from the framework in front of the service.
func (p *Server) readCall(r *http.Request) (call, *reply) {
	path := strings.TrimPrefix(r.URL.Path, "/api")
	name := strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	e, ok := endpoints[name]
	if !ok || !p.routes(e, r.Method) {
		page := testserver.StatusPage(http.StatusNotFound)
		return call{}, &page
	}
	if strings.HasSuffix(path, "/") && p.isPlaying(VariantTrailingSlash, "redirect") {
		page := testserver.StatusPage(http.StatusMovedPermanently)
		page.Header["Location"] = strings.TrimSuffix(r.URL.Path, "/")
		return call{}, &page
	}
	params, err := readParams(r)
	if err != nil {
		page := testserver.StatusPage(http.StatusBadRequest)
		return call{}, &page
	}
	return call{endpoint: e, token: r.Header.Get("Authorization-Token"), base: baseURL(r, name), params: params}, nil
}

// baseURL is the request's own URL before the name of the endpoint.
func baseURL(r *http.Request, name string) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	prefix := strings.TrimSuffix(strings.TrimSuffix(r.URL.Path, "/"), name)
	return scheme + "://" + r.Host + prefix
}

func (p *Server) routes(e *endpoint, method string) bool {
	switch {
	case method != http.MethodGet && method != http.MethodPost:
		return false
	case e.read && !p.isPlaying(VariantReadMethods, "documented-only"):
		return true
	}
	return (method == http.MethodPost) == e.post
}

// readParams merges the query with a form or JSON body, whatever the method is.
func readParams(r *http.Request) (map[string]string, error) {
	params := map[string]string{}
	takeFirst(params, r.URL.Query())
	body, err := io.ReadAll(io.LimitReader(r.Body, testserver.MaxBody))
	if err != nil || len(body) == 0 {
		return params, err
	}
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType == "application/json" {
		return params, mergeJSON(params, body)
	}
	form, err := url.ParseQuery(string(body))
	takeFirst(params, form)
	return params, err
}

func takeFirst(params map[string]string, values url.Values) {
	for name, value := range values {
		params[name] = value[0]
	}
}

func mergeJSON(params map[string]string, body []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return err
	}
	for name, raw := range members {
		text := string(raw)
		if strings.HasPrefix(text, `"`) {
			if err := json.Unmarshal(raw, &text); err != nil {
				return err
			}
		} else if text == "null" {
			text = ""
		}
		params[name] = text
	}
	return nil
}

// lenientTimes are the forms of an instant that the service has been seen to
// take; one without a zone is UTC.
var lenientTimes = []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05"}

func parseTime(text string) (time.Time, bool) {
	for _, layout := range lenientTimes {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
