package testserver

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// edxCall is one request, with what its path says and who sent it.
type edxCall struct {
	route   *edxRoute
	vars    map[string]string // the parts of the path, decoded
	query   url.Values
	body    []byte
	request *http.Request

	user  User // zero for an anonymous caller
	token *token
}

// readEdXCall finds the route. The path is matched as the platform does it, after
// decoding: "+" and "%2B" are the same there.
func readEdXCall(r *http.Request, table []edxRoute) (edxCall, *reply) {
	notFound := statusPage(http.StatusNotFound)
	if strings.Contains(strings.ToLower(r.URL.EscapedPath()), "%2f") {
		return edxCall{}, &notFound // proxies in front of the platform refuse it
	}
	route, vars, allow := findRoute(table, r.Method, r.URL.Path)
	switch {
	case route == nil && allow != "":
		return edxCall{}, &reply{status: http.StatusMethodNotAllowed, header: map[string]string{"Allow": allow}}
	case route == nil:
		if slashed, _ := firstRoute(table, r.URL.Path+"/"); slashed == nil || !strings.HasSuffix(slashed.pattern, "/") {
			return edxCall{}, &notFound
		}
		moved := statusPage(http.StatusMovedPermanently)
		moved.header["Location"] = (&url.URL{Path: r.URL.Path + "/", RawQuery: r.URL.RawQuery}).String()
		return edxCall{}, &moved
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return edxCall{}, &reply{ending: endLost}
	}
	return edxCall{route: route, vars: vars, query: r.URL.Query(), body: body, request: r}, nil
}

func (c edxCall) contentType() string {
	kind, _, _ := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	return kind
}

// form is the query, and the body if that is a form; the body wins.
func (c edxCall) form() url.Values {
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
func (c edxCall) json(mediaType string) (value any, refused reply, ok bool) {
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
func (c edxCall) jsonObject(mediaType string) (edxBody, reply, bool) {
	value, refused, ok := c.json(mediaType)
	if !ok {
		return nil, refused, false
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, edxJSON(http.StatusBadRequest, object{{"non_field_errors", []string{"Invalid data. Expected a dictionary."}}}), false
	}
	return members, reply{}, true
}

// edxBody is a JSON object that was sent.
type edxBody map[string]any

// text returns a member as text, "" if it is missing, null or no text or number.
func (b edxBody) text(name string) string {
	switch v := b[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func (b edxBody) flag(name string) bool { v, _ := b[name].(bool); return v }

func (b edxBody) number(name string) (int64, bool) { return toNumber(b.text(name)) }

// has reports whether the member was sent, even as null.
func (b edxBody) has(name string) bool { _, ok := b[name]; return ok }

func (b edxBody) inner(name string) edxBody { v, _ := b[name].(map[string]any); return v }
