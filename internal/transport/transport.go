package transport

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/proctorbook/proctorbook"
)

// Transport sends calls to one service. It is safe for use by many goroutines.
type Transport struct {
	base      *url.URL
	set       settings
	pacer     *pacer        // nil if the caller set a limiter
	routine   chan struct{} // held by the one routine call that waits for the limiter
	budget    budget
	direct    bool     // requests go to net/http's own Transport, and through nothing else
	userAgent []string // as the header has it
	client    *retryablehttp.Client
}

// New returns a Transport for the service at baseURL (scheme, host and path
// prefix), which [CheckBaseURL] must accept.
func New(baseURL string, opts ...Option) (*Transport, error) {
	base, err := CheckBaseURL(baseURL)
	if err != nil {
		return nil, err
	}
	set, err := newSettings(opts)
	if err != nil {
		return nil, err
	}
	t := &Transport{base: base, set: set, routine: make(chan struct{}, 1), userAgent: []string{set.userAgent}}
	t.budget = budget{size: set.budget, left: set.budget.tokens}
	_, t.direct = set.roundTripper.(*http.Transport)
	if set.limiter == nil {
		t.pacer = newPacer(set.clock, DefaultRate, DefaultBurst)
	}
	// The http.Client follows no redirect because attempts turns each one into an
	// error. Logger is nil since go-retryablehttp's own prints URLs. The error handler
	// keeps it from closing and rewording: what came of the call is in the call.
	t.client = &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: attempts{t}},
		RetryMax:     set.attempts - 1,
		CheckRetry:   t.checkRetry,
		Backoff:      backoff,
		PrepareRetry: t.prepareRetry,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	return t, nil
}

// newRoundTripper returns the transport that is used unless the caller has one.
func newRoundTripper() http.RoundTripper {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        20 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// Clock returns the clock that the transport was built with.
func (t *Transport) Clock() proctorbook.Clock { return t.set.clock }

// Host returns the host of the base URL without its port, and whether it is this
// machine.
func (t *Transport) Host() (name string, loopback bool) {
	name = t.base.Hostname()
	return name, isLoopback(name)
}

// Do sends the call and returns the whole answer if its status is 2xx. Any other
// status is a [*StatusError], everything else an [*Error]; see the package's
// comment for what each proves and what is sent again. It returns within the
// call's time, or soon after ctx has ended.
func (t *Transport) Do(ctx context.Context, r Request) (*Response, error) {
	start := t.set.clock.Now()
	c := &call{t: t, ctx: ctx, req: r, deadline: start.Add(t.set.callTimeout)}
	resp, err := c.run()
	if err != nil {
		c.logFailure(start, err)
	} else {
		t.budget.earn()
	}
	c.observeCall(start, err)
	return resp, err
}

// run sends the call by way of go-retryablehttp.
func (c *call) run() (*Response, error) {
	if err := c.prepare(); err != nil {
		return nil, c.fail(err)
	}
	if err := c.ended(); err != nil {
		return nil, c.fail(err)
	}
	// What came of the call is in c. The error would only repeat it, with the URL
	// around it; the response is an empty sign.
	_, _ = c.t.client.Do(&c.shell)
	return c.finish()
}
