package backend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/proctorbook/proctorbook/edx"
)

// Dashboard is what a platform's link to the provider says, verified: who of the
// course's staff comes, and to which page.
type Dashboard struct {
	Platform PlatformID    // whose staff it is
	Course   edx.CourseKey // the course
	Exam     ExamID        // one of its exams; "" for all
	Attempt  AttemptID     // one of the exam's attempts; "" for all
	Settings bool          // the page for the exam's settings is asked for
	Staff    Person        // who comes
}

// DashboardHandler answers a browser that has followed a platform's link. The
// request's URL and header hold the link's token no more. Nothing is sent before the
// handler returns; it has 4 seconds. An answer of more than 1 MiB, or with a status
// that there is not, becomes a failure: to do more set a cookie, and redirect to a
// page of your own. The ids are the platform's words: look exam and attempt up
// together with the platform.
type DashboardHandler func(w http.ResponseWriter, r *http.Request, d Dashboard)

func plainDashboard(w http.ResponseWriter, _ *http.Request, _ Dashboard) {
	page(http.StatusOK, "The proctoring service has no pages for the staff of a course. Please turn to your exam office.").write(w)
}

const (
	// linkLeeway is by how much the clocks of a platform and ours may differ.
	linkLeeway = 10 * time.Second
	// linkLife is how long a link may be good at most. Platforms give it a minute;
	// for that long its id is kept.
	linkLife = 10 * time.Minute
	// maxLinkBytes bounds the token of a link, with names and addresses in it.
	maxLinkBytes = 8 << 10
)

type linkClaims struct {
	jwt.RegisteredClaims
	Course  edx.CourseKey `json:"course_id"`
	Exam    string        `json:"exam_id"`
	Attempt string        `json:"attempt_id"`
	Config  bool          `json:"config"`
	User    struct {
		ID       string `json:"id"`
		FullName string `json:"full_name"`
		Email    string `json:"email"`
	} `json:"user"`
}

// openDashboard lets a link in once, over all replicas.
func (h *handler) openDashboard(ctx context.Context, c call) answer {
	client, known := h.clients[c.client]
	if !known {
		return page(http.StatusForbidden, sentenceLink).because(whyClient)
	}
	c.says(client.platform)
	claims, why := h.readLink(client, c.request.URL.Query()["jwt"])
	switch {
	case why == whyExpired:
		return page(http.StatusForbidden, sentenceExpired).unverified(why, kindOfLink, client.platform)
	case why != "":
		return page(http.StatusForbidden, sentenceLink).unverified(why, kindOfLink, client.platform)
	}
	c.isOf(client.platform)
	return h.inPlace(ctx, c, func() answer { return h.openLink(ctx, c, claims) })
}

func (h *handler) openLink(ctx context.Context, c call, claims linkClaims) answer {
	now := h.clock.Now()
	fresh, err := h.links.Use(ctx, LinkID{Client: c.client, JTI: claims.ID}, now, claims.ExpiresAt.Add(linkLeeway+time.Second))
	switch {
	case err != nil:
		h.tell(ctx, c, fmt.Errorf("backend: the link memory failed: %w", err))
		return c.failure()
	case !fresh:
		return page(http.StatusForbidden, sentenceUsed).unverified(whyUsed, kindOfLink, c.platform)
	}
	w := &buffer{header: http.Header{}}
	h.dashboard(w, withoutToken(ctx, c.request), Dashboard{
		Platform: c.platform, Course: claims.Course, Exam: ExamID(claims.Exam), Attempt: AttemptID(claims.Attempt), Settings: claims.Config,
		Staff: Person{ID: UserID(claims.User.ID), FullName: claims.User.FullName, Email: claims.User.Email},
	})
	if w.unfit != nil {
		h.tell(ctx, c, w.unfit)
	}
	return w.answer(c)
}

// readLink checks the token of a link: who has signed it, for whom, until when, and
// that its claims can be read. why is "" if they are what they should be.
func (h *handler) readLink(from client, tokens []string) (claims linkClaims, why string) {
	if len(tokens) != 1 || !hasOneSpelling(tokens[0], maxLinkBytes) {
		return claims, whyMalformed
	}
	_, err := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithTimeFunc(h.clock.Now),
		jwt.WithExpirationRequired(), jwt.WithIssuer(from.id), jwt.WithLeeway(linkLeeway), jwt.WithStrictDecoding(),
	).ParseWithClaims(tokens[0], &claims, func(*jwt.Token) (any, error) { return keySet(from.secrets), nil })
	switch {
	case err != nil:
		return claims, whyUnverified(err)
	case !claims.readable(), claims.ExpiresAt.After(h.clock.Now().Add(linkLife)):
		return claims, whyUnusable
	}
	return claims, ""
}

func (c linkClaims) readable() bool {
	return isID(c.ID) && !c.Course.IsZero() && isUserID(c.User.ID) && (c.Exam == "" || isID(c.Exam)) && (c.Attempt == "" || isID(c.Attempt))
}

// withoutToken returns the request as an operator may log it.
func withoutToken(ctx context.Context, r *http.Request) *http.Request {
	r = r.Clone(ctx)
	r.URL = &url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Path: r.URL.Path}
	r.RequestURI = r.URL.RequestURI()
	r.Form, r.PostForm = nil, nil // what a handler before us has read of the URL
	r.Header.Del("Authorization")
	return r
}

const maxPageBytes = 1 << 20

var (
	errTooLong = errors.New("backend: a dashboard page has at most 1 MiB")
	errStatus  = errors.New("backend: a dashboard page has a status of 200 to 999")
)

// buffer keeps an answer until it is whole.
type buffer struct {
	header http.Header
	status int
	body   bytes.Buffer
	unfit  error // it is too long, or has a status at which a server panics
}

func (b *buffer) Header() http.Header { return b.header }

func (b *buffer) WriteHeader(status int) {
	switch {
	case b.status != 0 || 100 <= status && status < 200: // news of an answer that is yet to come
	case status < 200 || status > 999:
		b.unfit = errStatus
	default:
		b.status = status
	}
}

func (b *buffer) Write(p []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	if b.body.Len()+len(p) > maxPageBytes {
		b.unfit = errTooLong
		return 0, errTooLong
	}
	return b.body.Write(p)
}

func (b *buffer) answer(c call) answer {
	if b.unfit != nil {
		return c.failure()
	}
	b.WriteHeader(http.StatusOK)
	if b.header.Get("Content-Type") == "" && b.body.Len() > 0 {
		b.header.Set("Content-Type", http.DetectContentType(b.body.Bytes()))
	}
	return answer{status: b.status, header: b.header, body: b.body.Bytes()}
}
