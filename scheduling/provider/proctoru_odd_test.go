package provider

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

const mockURL = "http://127.0.0.1/api"

// answering is the adapter for a provider that answers so, whatever it is asked.
func answering(t *testing.T, body string) (ProctorU, *httpmock.MockTransport) {
	t.Helper()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusOK, body))
	client, err := proctoru.NewClient(mockURL, "0badc0de", proctoru.WithTransport(mock), proctoru.WithLimiter(freely{}), proctoru.WithClock(proctorbooktest.NewClock(nine.AddDate(0, 0, -4))), proctoru.WithRetries(1, time.Millisecond, time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	return ProctorU{Client: client}, mock
}

// A success without a list proves no absence, whichever source is read. Of free slots
// there are none then: that proves nothing, and keeps nobody from the next day.
func TestListsWithoutData(t *testing.T) {
	t.Parallel()
	reads := map[string]func(context.Context, ProctorU) (int, error){
		"List": func(ctx context.Context, p ProctorU) (int, error) { l, err := p.List(ctx, "4211"); return len(l), err },
		"Evidence": func(ctx context.Context, p ProctorU) (int, error) {
			proofs, err := p.Evidence(ctx, "4211", "pb-testtest-1", "12")
			return len(proofs), err
		},
		"Evidence in the canceled list": func(ctx context.Context, p ProctorU) (int, error) {
			p.EvidenceSource = EvidenceCanceledList
			proofs, err := p.Evidence(ctx, "4211", "pb-testtest-1", "12")
			return len(proofs), err
		},
		"Activity": func(ctx context.Context, p ProctorU) (int, error) {
			a, err := p.Activity(ctx, "4211")
			return len(a), err
		},
		"Report": func(ctx context.Context, p ProctorU) (n int, err error) {
			for _, rowErr := range p.Report(ctx, nine, noon) {
				if err = rowErr; err == nil {
					n++
				}
			}
			return n, err
		},
	}
	for body, want := range map[string]error{
		`{"response_code": 1, "message": "", "data": []}`: nil, `{"response_code": 1, "message": "", "data": null}`: proctoru.ErrNoList,
		`{"response_code": 1, "message": "", "data": {}}`: proctoru.ErrNoList, `{"response_code": 1, "message": ""}`: proctoru.ErrNoList,
	} {
		p, _ := answering(t, body)
		for name, read := range reads {
			want := want
			if name == "Report" && strings.Contains(body, "null") {
				want = nil // of an interval that is how some accounts say that nothing happened
			}
			if n, err := read(t.Context(), p); n != 0 || !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Errorf("%s of %s = %d rows, %v, want %v", name, body, n, err, want)
			}
		}
		if offers, err := p.Slots(t.Context(), Day{Zone: time.UTC, From: nine, Duration: time.Hour}); err != nil || len(offers) != 0 {
			t.Errorf("Slots of %s = %v, %v, want none", body, offers, err)
		}
		if got := checkOf(t, p.Preflight(t.Context(), nil), preflight.CodeProviderAccess); (got.Verdict == preflight.VerdictOK) != (want == nil) || !errors.Is(got.Err, want) {
			t.Errorf("Preflight of %s: %+v, want ok %t", body, got, want == nil)
		}
	}
}

// A success for another reservation id is neither done nor refused, and not repeated.
func TestAnswersForAnotherReservation(t *testing.T) {
	t.Parallel()
	call := callFor()
	call.Number = "11"
	for _, data := range []string{`{"reservation_id": "pb-other-1", "reservation_no": 12}`, `{"reservation_id": "pb-other-1"}`} {
		p, mock := answering(t, `{"response_code": 1, "message": "", "data": `+data+`}`)
		moving := p
		moving.MoveCall = true
		for name, a := range map[string]Answer{"Reserve": p.Reserve(t.Context(), call), "Move": p.Move(t.Context(), call), "Move by moveReservation": moving.Move(t.Context(), call)} {
			if a.Kind != AnswerUnknown || a.Number != "" || !errors.Is(a.Err, proctoru.ErrOtherID) {
				t.Errorf("%s, answered %s = %s %q, %v; want unknown, without a number", name, data, a.Kind, a.Number, a.Err)
			}
		}
		if n := mock.GetTotalCallCount(); n != 3 {
			t.Errorf("%d requests for 3 calls", n)
		}
	}
}
