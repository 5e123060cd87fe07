package edxtest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// call is one request, with what its path says and who sent it.
type call struct {
	route   *route
	vars    map[string]string // the parts of the path, decoded
	query   url.Values
	body    []byte
	request *http.Request

	user  User // zero for an anonymous caller
	token *token
}

// readCall finds the route. The path is matched as the platform does it, after
// decoding: "+" and "%2B" are the same there.
func readCall(r *http.Request, table []route) (call, *reply) {
	notFound := testserver.StatusPage(http.StatusNotFound)
	if strings.Contains(strings.ToLower(r.URL.EscapedPath()), "%2f") {
		return call{}, &notFound // proxies in front of the platform refuse it
	}
	route, vars, allow := findRoute(table, r.Method, r.URL.Path)
	switch {
	case route == nil && allow != "":
		return call{}, &reply{Status: http.StatusMethodNotAllowed, Header: map[string]string{"Allow": allow}}
	case route == nil:
		if slashed, _ := firstRoute(table, r.URL.Path+"/"); slashed == nil || !strings.HasSuffix(slashed.pattern, "/") {
			return call{}, &notFound
		}
		moved := testserver.StatusPage(http.StatusMovedPermanently)
		moved.Header["Location"] = (&url.URL{Path: r.URL.Path + "/", RawQuery: r.URL.RawQuery}).String()
		return call{}, &moved
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, testserver.MaxBody))
	if err != nil {
		return call{}, &reply{Ending: testserver.EndLost}
	}
	return call{route: route, vars: vars, query: r.URL.Query(), body: body, request: r}, nil
}

func (c call) contentType() string {
	kind, _, _ := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	return kind
}

// form is the query, and the body if that is a form; the body wins.
func (c call) form() url.Values {
	form := url.Values{}
	for name, values := range c.query {
		form[name] = values
	}
	if c.contentType() != "application/x-www-form-urlencoded" {
		return form
	}
	sent, _ := url.ParseQuery(string(c.body)) // what can't be read is not there
	for name, values := range sent {
		form[name] = values
	}
	return form
}

const (
	jsonType       = "application/json"
	mergePatchType = "application/merge-patch+json"
)

// json reads the body as JSON of the media type, or answers why not.
func (c call) json(mediaType string) (value any, refused reply, ok bool) {
	if c.contentType() != mediaType {
		text := `Unsupported media type "` + c.request.Header.Get("Content-Type") + `" in request.`
		return nil, c.refuse(http.StatusUnsupportedMediaType, text), false
	}
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, c.refuse(http.StatusBadRequest, "JSON parse error - Expecting value: line 1 column 1 (char 0)"), false
	}
	return value, reply{}, true
}

// jsonObject is like json, for a body that must be an object.
func (c call) jsonObject(mediaType string) (jsonBody, reply, bool) {
	value, refused, ok := c.json(mediaType)
	if !ok {
		return nil, refused, false
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, jsonReply(http.StatusBadRequest, object{{"non_field_errors", []string{"Invalid data. Expected a dictionary."}}}), false
	}
	return members, reply{}, true
}

// jsonBody is a JSON object that was sent.
type jsonBody map[string]any

// text returns a member as text, "" if it is missing, null or no text or number.
func (b jsonBody) text(name string) string {
	switch v := b[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func (b jsonBody) flag(name string) bool { v, _ := b[name].(bool); return v }

func (b jsonBody) number(name string) (int64, bool) { return toNumber(b.text(name)) }

// has reports whether the member was sent, even as null.
func (b jsonBody) has(name string) bool { _, ok := b[name]; return ok }

func (b jsonBody) inner(name string) jsonBody { v, _ := b[name].(map[string]any); return v }
