package edxtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/testserver"
)

// The platform waits this long for a token, and for nothing else: a call takes as long
// as the provider wants.
const (
	tokenConnectTime = 3050 * time.Millisecond
	tokenReadTime    = 5 * time.Second
)

// tokenMargin is how long before its end a token is no longer used.
const tokenMargin = 5 * time.Second

// platformAgent is how the platform calls itself at a provider.
const platformAgent = "python-requests/2.28.1 edx-rest-api-client/6.2.0 127.0.0.1"

// backend is a provider with the platform's token there.
type backend struct {
	Backend
	token   string
	expires time.Time
}

// heard is what came back from a provider.
type heard struct {
	request string         // method and path
	sentAs  string         // the method that arrived, which a redirect changes
	status  int            // 0 is no answer, or no token with which to ask
	body    string         // as it came
	value   any            // of the JSON
	members map[string]any // of the JSON object; nil if there is none
	isJSON  bool
	took    time.Duration
	why     string // there is no answer
}

// broke reports whether the platform did not handle what it heard: nothing at all, or
// JSON that is no object. What is no JSON it takes for an empty object.
func (h heard) broke() bool { return h.status == 0 || h.isJSON && h.members == nil }

// id is what the answer calls by this name, as text; what Python takes for nothing is "".
func (h heard) id() string {
	switch v := h.members["id"].(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "True"
		}
		return ""
	case json.Number:
		if n, err := v.Float64(); err == nil && n == 0 {
			return ""
		}
	case []any:
		if len(v) == 0 {
			return ""
		}
	case map[string]any:
		if len(v) == 0 {
			return ""
		}
	}
	return textOf(h.members["id"])
}

// textOf is an id as text, also if it is a number; "" is none.
func textOf(id any) string {
	if id == nil {
		return ""
	}
	return fmt.Sprint(id)
}

// send calls the provider with a token of its own. It does not try again, and does
// not renew a token before its time, even after a 401. While the provider thinks, the
// platform serves others: the caller's lock is given away.
func (s *Server) send(c call, b backend, method, path string, body object) heard {
	b = s.backends[b.Name] // with the token of the last call
	ctx := context.Background()
	if c.request != nil {
		ctx = c.request.Context()
	}
	if !s.now().Before(b.expires) {
		if why := s.fetchToken(ctx, &b); why != "" {
			return heard{request: method + " " + path, why: "the platform got no token: " + why}
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, b.URL+path, nil)
	if body != nil && err == nil {
		req, err = http.NewRequestWithContext(ctx, method, b.URL+path, strings.NewReader(pythonJSON(body)))
	}
	if err != nil {
		return heard{request: method + " " + path, why: "the address is none"}
	}
	req.Header.Set("Authorization", "JWT "+b.token)
	if body != nil {
		req.Header.Set("Content-Type", jsonType)
	}
	if path == configPath || method == get && strings.Contains(path, "/attempt/") {
		req.Header.Set("Accept-Language", c.user.languages())
	}
	var answer heard
	asked, began := s.now(), proctorbook.SystemClock{}.Now()
	s.unlocked(func() { answer = b.call(req, func() {}) })
	answer.request = method + " " + path
	answer.took = max(s.now().Sub(asked), proctorbook.SystemClock{}.Now().Sub(began))
	s.checkAnswer(b, answer)
	return answer
}

// unlocked gives the caller's lock away for as long as the platform waits.
func (s *Server) unlocked(wait func()) {
	s.mu.Unlock()
	defer s.mu.Lock()
	wait()
}

// fetchToken asks for a token and keeps it in the cache that all processes of the
// platform share. why is empty if there is one now.
func (s *Server) fetchToken(ctx context.Context, b *backend) (why string) {
	ctx, progress, done := tokenTimes(ctx)
	defer done()
	form := formText([2]string{"grant_type", "client_credentials"}, [2]string{"client_id", b.ClientID},
		[2]string{"client_secret", b.ClientSecret}, [2]string{"token_type", "jwt"})
	req, err := http.NewRequestWithContext(ctx, post, b.tokenURL(), strings.NewReader(form))
	if err != nil {
		return "the address is none"
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var issued heard
	s.unlocked(func() { issued = b.call(req, progress) })
	seconds, isNumber := issued.members["expires_in"].(json.Number)
	life, err := seconds.Float64()
	token, isText := issued.members["access_token"].(string)
	switch {
	case issued.status == 0:
		return issued.why
	case issued.status/100 != 2:
		return fmt.Sprintf("the answer had the status %d", issued.status)
	case !isText || !isNumber || err != nil:
		return "the answer was no JSON with access_token, a text, and expires_in, a number"
	}
	b.token, b.expires = token, s.now().Add(time.Duration(life*float64(time.Second))-tokenMargin)
	if _, known := s.backends[b.Name]; known {
		s.backends[b.Name] = *b
	}
	return ""
}

// tokenURL does not double what the base URL ends in already.
func (b backend) tokenURL() string {
	base := strings.TrimSuffix(b.URL, "/")
	switch {
	case strings.HasSuffix(base, "/access_token"):
		return base
	case strings.HasSuffix(base, "/oauth2"):
		return base + "/access_token"
	}
	return base + "/oauth2/access_token"
}

// errTooSlow ends a request for a token.
var errTooSlow = errors.New("edxtest: the token did not come in time")

// tokenTimes returns a context that ends unless there is a connection soon, and then
// some progress every few seconds.
func tokenTimes(ctx context.Context) (_ context.Context, progress, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(tokenConnectTime, func() { cancel(errTooSlow) })
	progress = func() {
		if timer.Stop() {
			timer.Reset(tokenReadTime)
		}
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { progress() }})
	return ctx, progress, func() { timer.Stop(); cancel(nil) }
}

// call sends a request and reads the whole answer, however long that takes. It tells
// about its progress.
func (b backend) call(req *http.Request, progress func()) (answer heard) {
	answer = heard{request: req.Method + " " + req.URL.Path, sentAs: req.Method}
	req.Header.Set("Accept", "*/*")
	req.Header.Set("User-Agent", platformAgent)
	resp, err := b.client().Do(req)
	if err != nil {
		answer.why = whyNothing(req.Context(), "nothing came back")
		return answer
	}
	defer resp.Body.Close()
	progress()
	raw, err := io.ReadAll(io.LimitReader(tellingReader{resp.Body, progress}, testserver.MaxBody))
	if err != nil {
		answer.why = whyNothing(req.Context(), "the answer broke off")
		return answer
	}
	answer.status, answer.body, answer.sentAs = resp.StatusCode, string(raw), resp.Request.Method
	if answer.isJSON = json.Valid(raw); answer.isJSON {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		_ = decoder.Decode(&answer.value) // it is valid
		answer.members, _ = answer.value.(map[string]any)
	}
	return answer
}

func whyNothing(ctx context.Context, otherwise string) string {
	if errors.Is(context.Cause(ctx), errTooSlow) {
		return "it did not come in time: there are 3.05 seconds to connect, and 5 to go on"
	}
	return otherwise
}

// tellingReader tells about each part that it reads.
type tellingReader struct {
	io.Reader
	tell func()
}

func (r tellingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.tell()
	return n, err
}

// ownTransport is for backends that name none. It heeds no proxy of the machine, and
// keeps no connection, so that nothing is left behind by a test.
var ownTransport = &http.Transport{DialContext: (&net.Dialer{}).DialContext, DisableKeepAlives: true}

// client follows redirects, as the platform's own does.
func (b backend) client() *http.Client {
	if b.Transport == nil {
		return &http.Client{Transport: ownTransport, CheckRedirect: atMost30}
	}
	return &http.Client{Transport: b.Transport, CheckRedirect: atMost30}
}

func atMost30(_ *http.Request, via []*http.Request) error {
	if len(via) > 30 {
		return errors.New("edxtest: more than 30 redirects")
	}
	return nil
}

// languages is how a provider is told the learner's language and then the platform's:
// with a semicolon between them.
func (u User) languages() string {
	if own := u.Preferences["pref-lang"]; own != "" && own != "en" {
		return own + ";en"
	}
	return "en"
}
