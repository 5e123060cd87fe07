package testserver

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxBody bounds what the fakes read of a request.
const maxBody = 1 << 20

// endpoint is one method of ProctorU's API.
type endpoint struct {
	name  string
	read  bool // changes nothing, and answers to GET and POST
	list  bool // its data is an array
	makes bool // its data holds a reservation_no
	post  bool // documented as POST
	act   func(*ProctorU, call) reply
}

var endpoints = func() map[string]*endpoint {
	byName := map[string]*endpoint{}
	for _, e := range []*endpoint{
		{name: "getTimeZoneList", read: true, list: true, act: (*ProctorU).getTimeZoneList},
		{name: "getScheduleInfoAvailableTimesList", read: true, list: true, act: (*ProctorU).getSlots},
		{name: "addAdHocProcess", makes: true, post: true, act: (*ProctorU).addAdHocProcess},
		{name: "moveReservation", makes: true, post: true, act: (*ProctorU).moveReservation},
		{name: "removeReservation", post: true, act: (*ProctorU).removeReservation},
		{name: "beginReservation", post: true, act: (*ProctorU).beginReservation},
		{name: "getStudentReservationList", read: true, list: true, act: (*ProctorU).getReservations},
		{name: "editStudent", post: true, act: (*ProctorU).editStudent},
		{name: "clientActivityReport", read: true, list: true, post: true, act: (*ProctorU).activityReport},
	} {
		byName[e.name] = e
	}
	return byName
}()

// canHave reports whether the fault makes sense here.
func (e *endpoint) canHave(kind FaultKind) bool {
	switch kind {
	case FaultNoNumber:
		return e.makes
	case FaultReadNull, FaultReadEmpty, FaultReadError:
		return e.list
	case FaultNegativeExpiry:
		return false
	}
	return true
}

// call is one request, read.
type call struct {
	endpoint *endpoint
	token    string
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
func (p *ProctorU) readCall(r *http.Request) (call, *reply) {
	path := strings.TrimPrefix(r.URL.Path, "/api")
	name := strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	e, ok := endpoints[name]
	if !ok || !p.routes(e, r.Method) {
		page := statusPage(http.StatusNotFound)
		return call{}, &page
	}
	if strings.HasSuffix(path, "/") && p.isPlaying(TrailingSlash, "redirect") {
		page := statusPage(http.StatusMovedPermanently)
		page.header["Location"] = strings.TrimSuffix(r.URL.Path, "/")
		return call{}, &page
	}
	params, err := readParams(r)
	if err != nil {
		page := statusPage(http.StatusBadRequest)
		return call{}, &page
	}
	return call{endpoint: e, token: r.Header.Get("Authorization-Token"), params: params}, nil
}

func (p *ProctorU) routes(e *endpoint, method string) bool {
	switch {
	case method != http.MethodGet && method != http.MethodPost:
		return false
	case e.read && !p.isPlaying(ReadMethods, "documented-only"):
		return true
	}
	return (method == http.MethodPost) == e.post
}

// readParams merges the query with a form or JSON body, whatever the method is.
func readParams(r *http.Request) (map[string]string, error) {
	params := map[string]string{}
	takeFirst(params, r.URL.Query())
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
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
