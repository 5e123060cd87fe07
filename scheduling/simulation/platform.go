package simulation

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// The platform of all schedules: every learner is enrolled as verified. It never
// fails, since the booking protocol asks it nothing.
const (
	platformToken      = `{"access_token":"token","token_type":"JWT","expires_in":86400,"scope":"read"}`
	platformAllowances = `[{"id":1,"created":"2026-09-01T08:00:00Z","modified":"2026-09-01T08:00:00Z","user":{"id":421,"username":"learner1","email":""},` +
		`"key":"additional_time_granted","value":"30","proctored_exam":{"id":2,"course_id":"course-v1:ExampleX+CS101+2027",` +
		`"content_id":"block-v1:ExampleX+CS101+2027+type@sequential+block@resit","exam_name":"Resit","time_limit_mins":90,"is_proctored":true,"is_active":true}}]`
	platformEnrollment = `{"created":"2026-09-01T08:00:00Z","mode":"verified","is_active":true,"user":"learner0","course_details":null}`
)

type enrolled struct{}

func (enrolled) RoundTrip(r *http.Request) (*http.Response, error) {
	body := platformEnrollment
	switch {
	case strings.HasSuffix(r.URL.Path, "/access_token"):
		body = platformToken
	case strings.HasSuffix(r.URL.Path, "/allowance"):
		body = platformAllowances
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader([]byte(body))),
		ContentLength: int64(len(body)), Request: r,
	}, nil
}

// freely lets every request pass at once.
type freely struct{}

func (freely) Wait(ctx context.Context) error { return ctx.Err() }

// stopped is a clock that never moves: the platform's token never ages.
type stopped struct{}

func (stopped) Now() time.Time                             { return begin }
func (stopped) Sleep(context.Context, time.Duration) error { return nil }

// school is the platform of all schedules.
var school = sync.OnceValue(func() platform.OpenEdX {
	c, err := edx.NewClient("http://127.0.0.1", edx.WithClientCredentials("client", "secret"),
		edx.WithTransport(enrolled{}), edx.WithLimiter(freely{}), edx.WithClock(stopped{}))
	if err != nil {
		panic("simulation: " + err.Error()) // the values above are constants
	}
	return platform.OpenEdX{Client: c}
})
