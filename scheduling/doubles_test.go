// Stores and transports that stand in the place of the real ones, for several test
// files.

package scheduling_test

import (
	"bytes"
	"context"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

// failingStore fails the methods that a test names.
type failingStore struct {
	scheduling.Store
	fail map[string]error
	// after makes a failing Update or Create act nevertheless, as when the
	// answer to a commit is lost.
	after bool
}

func (s *failingStore) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	if err := s.fail["Update"]; err != nil {
		if s.after {
			_, _ = s.Store.Update(ctx, b, events...)
		}
		return scheduling.Booking{}, err
	}
	return s.Store.Update(ctx, b, events...)
}

func (s *failingStore) Active(ctx context.Context, l scheduling.LearnerID, e scheduling.ExamKey) (scheduling.Booking, error) {
	if err := s.fail["Active"]; err != nil {
		return scheduling.Booking{}, err
	}
	return s.Store.Active(ctx, l, e)
}

func (s *failingStore) Learner(ctx context.Context, id scheduling.LearnerID, version int64) (scheduling.Learner, error) {
	if err := s.fail["Learner"]; err != nil {
		return scheduling.Learner{}, err
	}
	return s.Store.Learner(ctx, id, version)
}

func (s *failingStore) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	if err := s.fail["List"]; err != nil {
		return func(yield func(scheduling.Booking, error) bool) { yield(scheduling.Booking{}, err) }
	}
	return s.Store.List(ctx, f)
}

func (s *failingStore) Events(ctx context.Context, q scheduling.EventQuery) ([]scheduling.Event, error) {
	if err := s.fail["Events"]; err != nil {
		return nil, err
	}
	return s.Store.Events(ctx, q)
}

// via makes a client of the provider over another transport.
func (w *world) via(rt http.RoundTripper) {
	w.t.Helper()
	client, err := proctoru.NewClient(proctorbooktest.InProcessURL, w.provider.Token, proctoru.WithTransport(rt),
		proctoru.WithClock(w.clock), proctoru.WithLimiter(freely{}), proctoru.WithLogger(w.log.logger()))
	if err != nil {
		w.t.Fatal(err)
	}
	w.client = client
}

type sentCall struct {
	endpoint string
	form     url.Values // query and body
}

// recorder is a transport that keeps what was sent, as it was sent.
type recorder struct {
	next http.RoundTripper

	mu   sync.Mutex
	sent []sentCall
}

// listen puts a recorder between the Scheduler and the provider.
func (w *world) listen(opts ...scheduling.Option) *recorder {
	w.t.Helper()
	r := &recorder{next: proctorbooktest.InProcess(w.provider)}
	w.via(r)
	w.restart(opts...)
	return r
}

// all returns what was sent to the endpoint, in order.
func (r *recorder) all(endpoint string) []url.Values {
	r.mu.Lock()
	defer r.mu.Unlock()
	var forms []url.Values
	for _, c := range r.sent {
		if c.endpoint == endpoint {
			forms = append(forms, c.form)
		}
	}
	return forms
}

func (r *recorder) last(endpoint string) url.Values {
	all := r.all(endpoint)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	form := req.URL.Query()
	if req.Body != nil {
		body, err := readBody(req)
		if err != nil {
			return nil, err
		}
		for name, values := range body {
			form[name] = values
		}
	}
	r.mu.Lock()
	r.sent = append(r.sent, sentCall{req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:], form})
	r.mu.Unlock()
	return r.next.RoundTrip(req)
}

const create = "addAdHocProcess"

func withoutTimeSent(form url.Values) url.Values {
	form.Del("time_sent")
	return form
}

// readBody reads the form of a request, and leaves the request as it was.
func readBody(req *http.Request) (url.Values, error) {
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(raw))
	return url.ParseQuery(string(raw))
}
