package proctorutest

import (
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
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

// number returns reservation_no: 0 and true if it is missing, 0 and false if it is not
// a number.
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

// readCall finds the endpoint and reads the parameters. A request that is no call gets
// an HTML page, as from the framework in front of the service.
func (s *Server) readCall(r *http.Request) (call, *reply) {
	path := strings.TrimPrefix(r.URL.Path, "/api")
	name := strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	e := s.endpoint(name)
	if e == nil || !s.routes(e, r.Method) {
		page := testserver.StatusPage(http.StatusNotFound)
		return call{}, &page
	}
	if strings.HasSuffix(path, "/") && s.isPlaying(VariantTrailingSlash, "redirect") {
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

// endpoint finds an endpoint by its name, in any case unless that is played otherwise.
func (s *Server) endpoint(name string) *endpoint {
	if s.isPlaying(VariantEndpointCase, "exact") {
		return endpoints[name]
	}
	return endpointsInAnyCase[strings.ToLower(name)]
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

func (s *Server) routes(e *endpoint, method string) bool {
	switch {
	case method != http.MethodGet && method != http.MethodPost:
		return false
	case e.read && !s.isPlaying(VariantReadMethods, "documented-only"):
		return true
	}
	return (method == http.MethodPost) == e.post
}

// readParams merges the query with a form or JSON body, whatever the method is.
func readParams(r *http.Request) (map[string]string, error) {
	params := testserver.Params(r.URL.Query())
	body, err := io.ReadAll(io.LimitReader(r.Body, testserver.MaxBody))
	if err != nil || len(body) == 0 {
		return params, err
	}
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType == "application/json" {
		return params, mergeJSON(params, body)
	}
	form, err := url.ParseQuery(string(body))
	maps.Copy(params, testserver.Params(form))
	return params, err
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

// lenientTimes are the forms of an instant that clients send; one without a zone is
// UTC, and a date alone is its midnight.
var lenientTimes = []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", time.DateOnly}

func parseTime(text string) (time.Time, bool) {
	for _, layout := range lenientTimes {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// maxClockSkew is how far off time_sent may be, either way.
const maxClockSkew = 5 * time.Minute

// check answers calls that the service refuses before it looks at what they ask
// for: a wrong key, a locked account, an old or odd time_sent.
func (s *Server) check(c call) (refused reply, ok bool) {
	switch {
	case c.token != s.Token:
		return s.badKey(c), false
	case s.counter(c).errors >= s.errorLimit() && !s.is(VariantErrorLimit, "nothing"):
		return s.locked(c), false
	case !c.endpoint.unstamped && !s.fresh(c):
		return s.failure(c, textStale), false
	}
	return reply{}, true
}

func (s *Server) badKey(c call) reply {
	switch s.playing[VariantBadKey] {
	case "http-401":
		return reply{
			Status: http.StatusUnauthorized, Header: map[string]string{"Content-Type": "application/json"},
			Body: []byte(`{"message":"Unauthorized"}`),
		}
	case "redirect-302":
		page := testserver.StatusPage(http.StatusFound)
		page.Header["Location"] = "https://demo.proctoru.com/users/sign_in"
		return page
	case "html-403":
		return testserver.StatusPage(http.StatusForbidden)
	}
	return s.failure(c, textBadKey)
}

func (s *Server) locked(c call) reply {
	if s.is(VariantErrorLimit, "http-403") {
		return testserver.StatusPage(http.StatusForbidden)
	}
	return s.failure(c, textLocked)
}

// fresh reports whether time_sent is near enough to the service's clock.
func (s *Server) fresh(c call) bool {
	text := c.params["time_sent"]
	if text == "" {
		return !s.is(VariantTimeSentTolerance, "absent-is-stale")
	}
	first, last, ok := s.readTimeSent(text)
	return ok && (s.near(first, last, s.now()) || s.clients != nil && s.near(first, last, s.clients.Now()))
}

// readTimeSent returns the instant that time_sent names, twice, or the first and the
// last one of the day that it names.
func (s *Server) readTimeSent(text string) (first, last time.Time, ok bool) {
	first, ok = parseTime(text)
	_, noDay := time.Parse(time.DateOnly, text)
	switch s.playing[VariantTimeSentFormat] {
	case "strict":
		_, err := time.Parse(wireTime, text)
		return first, first, err == nil && len(text) == len(wireTime)
	case "no-dates":
		return first, first, ok && noDay != nil
	}
	if noDay == nil {
		return first, first.Add(24*time.Hour - time.Second), true
	}
	return first, first, ok
}

// near reports whether an instant from first to last is near enough to that clock's time.
func (s *Server) near(first, last, now time.Time) bool {
	limit := maxClockSkew
	switch s.playing[VariantTimeSentTolerance] {
	case "60s":
		limit = time.Minute
	case "15m":
		limit = 15 * time.Minute
	}
	tooOld, tooNew := now.Sub(last) > limit, first.Sub(now) > limit
	return !tooOld && (!tooNew || s.is(VariantTimeSentTolerance, "future-accepted"))
}

// checkFields refuses a call that lacks a required field, or has one that is too long,
// in the way of [VariantMissingFields] and [VariantLongValues].
func (s *Server) checkFields(c call, required []string) (refused reply, ok bool) {
	missing := slices.IndexFunc(required, func(name string) bool { return !c.has(name) })
	if missing >= 0 && !s.is(VariantMissingFields, "accepted") {
		if s.is(VariantMissingFields, "http-500") {
			return testserver.StatusPage(http.StatusInternalServerError), false
		}
		return s.failure(c, required[missing]+" required"), false // invented
	}
	for _, limit := range lengthLimits {
		if len([]rune(c.params[limit.name])) <= limit.characters {
			continue
		}
		switch s.playing[VariantLongValues] {
		case "code-2":
			return s.failure(c, limit.name+" too long"), false // invented
		case "http-500":
			return testserver.StatusPage(http.StatusInternalServerError), false
		}
		c.params[limit.name] = string([]rune(c.params[limit.name])[:limit.characters])
	}
	return reply{}, true
}

// lengthLimits are the longest values that clients were seen to send.
var lengthLimits = []struct {
	name       string
	characters int
}{
	{"student_id", 50}, {"first_name", 50}, {"last_name", 50}, {"email", 50}, {"address1", 100}, {"address2", 100},
	{"city", 50}, {"country", 2}, {"phone1", 15}, {"phone2", 15}, {"phone3", 15}, {"time_zone_id", 60},
	{"description", 255}, {"reservation_id", 50},
}

const (
	errorLimit      = 50
	counterLifetime = time.Hour // where time resets the counter, or unlocks the account
)

// errorCounter counts errors of one key.
type errorCounter struct {
	errors int
	last   time.Time
}

// suffix writes how many errors came before this one.
func (s *Server) suffix(text string, before int) string {
	once := " : Error count " + strconv.Itoa(before) + " of " + strconv.Itoa(s.errorLimit())
	switch s.playing[VariantErrorSuffix] {
	case "never":
		return ""
	case "twice":
		return once + once
	}
	if text == textExists || text == textOverlap || text == textForeign {
		return once + once
	}
	return once
}

func (s *Server) errorLimit() int {
	if s.is(VariantErrorSuffix, "of-100") {
		return 2 * errorLimit
	}
	return errorLimit
}

func (s *Server) counterKey(c call) string {
	if s.is(VariantErrorCounterScope, "key-and-endpoint") {
		return c.token + "/" + c.endpoint.name
	}
	return c.token
}

// counter returns the caller's counter, set back if its time is over.
func (s *Server) counter(c call) *errorCounter {
	key := s.counterKey(c)
	counter := s.errors[key]
	if counter == nil {
		counter = &errorCounter{}
		s.errors[key] = counter
	}
	expires := s.is(VariantErrorCounterScope, "reset-after-1h") || s.is(VariantErrorLimit, "unlock-after-1h") && counter.errors >= s.errorLimit()
	if expires && s.now().Sub(counter.last) >= counterLifetime {
		counter.errors = 0
	}
	return counter
}

// countError returns how many errors came before this one.
func (s *Server) countError(c call) int {
	counter := s.counter(c)
	before := counter.errors
	if before < s.errorLimit() {
		counter.errors++
		counter.last = s.now()
	}
	return before
}
