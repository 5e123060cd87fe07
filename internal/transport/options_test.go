package transport_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

func TestOptionsRefuseNonsense(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		opt  transport.Option
		want string // in the error; "" if the option is fine
	}{
		"no option":                 {nil, "option"},
		"no transport":              {transport.WithTransport(nil), "WithTransport"},
		"no clock":                  {transport.WithClock(nil), "WithClock"},
		"no random":                 {transport.WithRandom(nil), "WithRandom"},
		"no logger":                 {transport.WithLogger(nil), "WithLogger"},
		"no limiter":                {transport.WithLimiter(nil), "WithLimiter"},
		"a limiter":                 {transport.WithLimiter(rate.NewLimiter(rate.Inf, 1)), ""},
		"empty user agent":          {transport.WithUserAgent(""), "WithUserAgent"},
		"user agent of two lines":   {transport.WithUserAgent("a\r\nb"), "WithUserAgent"},
		"no time for an attempt":    {transport.WithTimeout(0, time.Second), "WithTimeout"},
		"no time for a call":        {transport.WithTimeout(time.Second, 0), "WithTimeout"},
		"negative time":             {transport.WithTimeout(-1, time.Second), "WithTimeout"},
		"no attempts":               {transport.WithRetries(0, 1, 2), "WithRetries"},
		"no least wait":             {transport.WithRetries(2, 0, 2), "WithRetries"},
		"waits the wrong way":       {transport.WithRetries(2, 2, 1), "WithRetries"},
		"negative budget":           {transport.WithRetryBudget(-1, 5, 1), "WithRetryBudget: -1"},
		"retries for free":          {transport.WithRetryBudget(100, 0, 1), "WithRetryBudget: 0 tokens a retry"},
		"retry beyond the budget":   {transport.WithRetryBudget(4, 5, 1), "WithRetryBudget: 5 tokens a retry"},
		"budget that never fills":   {transport.WithRetryBudget(100, 5, 0), "WithRetryBudget: tokens a success"},
		"budget for one retry":      {transport.WithRetryBudget(5, 5, 1), ""},
		"no budget":                 {transport.WithRetryBudget(0, 0, 0), ""},
		"no observer":               {transport.WithObserver(nil), "WithObserver"},
		"one attempt needs no wait": {transport.WithRetries(1, 0, 0), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr, err := transport.New("https://service.invalid", tt.opt)
			if tt.want == "" {
				if err != nil || tr == nil {
					t.Errorf("New = %v, %v; want no error", tr, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New error = %v, want one that names %s", err, tt.want)
			}
		})
	}
}

func TestDefaultClockAndUserAgent(t *testing.T) {
	t.Parallel()
	var agent string
	serverURL := handling(t, func(_ http.ResponseWriter, r *http.Request) { agent = r.UserAgent() })
	tr, err := transport.New(serverURL, transport.WithUserAgent("portal/1"))
	if err != nil {
		t.Fatal(err)
	}
	if tr.Clock() != (proctorbook.SystemClock{}) {
		t.Errorf("clock = %T, want the system's", tr.Clock())
	}
	if _, err := tr.Do(t.Context(), aCall(proctorbook.Write)); err != nil || agent != "portal/1" {
		t.Errorf("User-Agent = %q, %v; want portal/1", agent, err)
	}
}
