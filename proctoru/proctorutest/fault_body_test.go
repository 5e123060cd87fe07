package proctorutest_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// bodyOf makes a reservation, and reads at most limit bytes of the answer.
func bodyOf(t *testing.T, w *world, limit int64) (resp *http.Response, body string) {
	t.Helper()
	form := "student_id=learner-7&first_name=Ada&last_name=Example&email=ada%40example.org&time_zone_id=UTC&description=Final&duration=60" +
		"&start_date=2030-03-05T09:00:00Z&reservation_id=r-1"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.base+"addAdHocProcess", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization-Token", w.token)
	resp, err = w.rt.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// withoutBlanks cuts the blanks off that follow an answer; all of them, or none.
func withoutBlanks(body string) string {
	answer, _, _ := strings.Cut(body, "    ")
	if rest := body[len(answer):]; strings.Count(rest, " ") != len(rest) {
		return body
	}
	return answer
}

func TestBodiesThatAreTooLong(t *testing.T) {
	t.Parallel()
	const mebibyte = 1 << 20
	for name, newWorld := range map[string]func(*testing.T) *world{"in process": inProcess, "loopback": onLoopback} {
		for kind, length := range map[proctorbooktest.FaultKind]int64{proctorbooktest.EndlessBody: -1, proctorbooktest.OversizeBody: 17 * mebibyte} {
			t.Run(name+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.fake.Fault(proctorbooktest.Fault{Kind: kind})

				resp, body := bodyOf(t, w, 20*mebibyte)

				if length < 0 && (len(body) != 20*mebibyte || resp.ContentLength != -1) {
					t.Errorf("read %d bytes of an answer of %d, want as many as we like of one of unknown length", len(body), resp.ContentLength)
				}
				if length > 0 && (int64(len(body)) != resp.ContentLength || resp.ContentLength < length) {
					t.Errorf("read %d bytes of an answer of %d, want more than %d", len(body), resp.ContentLength, length)
				}
				if answer := withoutBlanks(body); !strings.HasPrefix(answer, `{"time_sent"`) || !strings.HasSuffix(answer, "}") {
					t.Errorf("the answer without blanks is %q, want JSON", answer)
				}
				if n := len(w.fake.Reservations()); n != 1 || w.fake.Counts().Faults[kind] != 1 {
					t.Errorf("%d reservations, counts = %+v; want 1", n, w.fake.Counts())
				}
			})
		}
	}
}

func TestGzipBomb(t *testing.T) {
	t.Parallel()
	w := onLoopback(t)
	w.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.GzipBomb})

	resp, body := bodyOf(t, w, 32<<20) // net/http unpacks what it asked for

	if !resp.Uncompressed || len(body) != 32<<20 || withoutBlanks(body) != "{" {
		t.Errorf("unpacked = %v, %d bytes, want 32 MiB of blanks after a brace", resp.Uncompressed, len(body))
	}

	raw := inProcess(t)
	raw.fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.GzipBomb})
	resp, body = bodyOf(t, raw, 32<<20)
	if resp.Header.Get("Content-Encoding") != "gzip" || len(body) > 1<<20 || len(raw.fake.Reservations()) != 1 {
		t.Errorf("encoding = %q, %d bytes, want less than 1 MiB on the wire", resp.Header.Get("Content-Encoding"), len(body))
	}
}

// A client that has read enough ends an answer without end.
func TestAnEndlessBodyEndsWithTheConnection(t *testing.T) {
	t.Parallel()
	fake := proctorutest.NewUnstartedServer(proctorutest.WithClock(proctorbooktest.NewClock(monday)))
	fake.Fault(proctorbooktest.Fault{Kind: proctorbooktest.EndlessBody})
	ended := make(chan struct{})
	server := proctorbooktest.Loopback(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		fake.ServeHTTP(w, r)
	}))
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/getTimeZoneList", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the handler still writes")
	}
}

func TestFaultsThatNeverComePanic(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]proctorbooktest.Fault{
		`no endpoint "addAdhocProcess", only ["accommodations" "addAdHocProcess"`: {Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdhocProcess"},
		`no fault "loose-answer"`:                            {Kind: "loose-answer"},
		`no fault ""`:                                        {},
		`no fault "negative-expiry"`:                         {Kind: edxtest.NegativeExpiry},
		`"getTimeZoneList" can't have the fault "no-number"`: {Kind: proctorutest.NoNumber, Endpoint: "getTimeZoneList"},
	} {
		w := inProcess(t)
		wantPanic(t, want, func() { w.fake.Fault(f) })
	}
}

// Each kind of fault is tried above or in the table of creates.
func TestEveryFaultIsTried(t *testing.T) {
	t.Parallel()
	tried := []proctorbooktest.FaultKind{
		proctorbooktest.Hang, proctorutest.ReadNull, proctorutest.ReadEmpty, proctorutest.ReadError,
		proctorbooktest.EndlessBody, proctorbooktest.OversizeBody, proctorbooktest.GzipBomb,
	}
	for _, tt := range faultCases {
		tried = append(tried, tt.kind)
	}
	for _, kind := range proctorutest.FaultKinds() {
		if !slices.Contains(tried, kind) {
			t.Errorf("no test tries %q", kind)
		}
	}
}
