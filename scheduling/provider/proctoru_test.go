package provider

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// freely lets every request pass at once.
type freely struct{}

func (freely) Wait(ctx context.Context) error { return ctx.Err() }

var (
	nine = time.Date(2027, 1, 11, 9, 0, 0, 0, time.UTC)
	noon = nine.Add(3 * time.Hour)
)

// newProctorU is the adapter, and a fake four days before nine.
func newProctorU(t *testing.T, opts ...proctoru.Option) (ProctorU, *proctorutest.Server) {
	t.Helper()
	clock := proctorbooktest.NewClock(nine.AddDate(0, 0, -4))
	server := proctorutest.NewUnstartedServer(proctorutest.WithClock(clock))
	all := []proctoru.Option{proctoru.WithTransport(proctorbooktest.InProcess(server)), proctoru.WithClock(clock), proctoru.WithLimiter(freely{})}
	client, err := proctoru.NewClient(proctorbooktest.InProcessURL, server.Token, append(all, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return ProctorU{Client: client}, server
}

// callFor is what the engine sends for a booking at nine.
func callFor() Call {
	return Call{
		ReservationID: "pb-testtest-1", Start: nine, Duration: time.Hour, Title: "Final exam", Notes: "pb-testtest-1",
		Learner: Person{ID: "4211", Email: "ada@example.org", GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR", Zone: "Europe/Paris"},
	}
}

// reserved reserves the call, and returns it with the number.
func reserved(t *testing.T, p ProctorU) Call {
	t.Helper()
	c := callFor()
	a := p.Reserve(t.Context(), c)
	if a.Kind != AnswerDone || a.Number == "" {
		t.Fatalf("Reserve = %s, number %q, %v; want done", a.Kind, a.Number, a.Err)
	}
	c.Number = a.Number
	return c
}

// What a reservation goes through, and what each answer proves.
func TestWritesOfProctorU(t *testing.T) {
	t.Parallel()
	for name, moveCall := range map[string]bool{"by the ad-hoc edit": false, "by moveReservation": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, server := newProctorU(t)
			p.MoveCall = moveCall
			c := reserved(t, p)
			if a := p.Reserve(t.Context(), c); a.Kind != AnswerExists {
				t.Errorf("Reserve again = %s, %v; want exists", a.Kind, a.Err)
			}
			if a := p.Begin(t.Context(), c); a.Kind != AnswerTooEarly || a.URL != (proctoru.SecretURL{}) {
				t.Errorf("Begin = %s, %v; want too_early", a.Kind, a.Err)
			}
			c.Start = noon
			moved := p.Move(t.Context(), c)
			if moved.Kind != AnswerDone {
				t.Fatalf("Move = %s, %v; want done", moved.Kind, moved.Err)
			}
			if got := server.Counts().Requests["moveReservation"]; got != 0 != moveCall {
				t.Errorf("moveReservation was called %d times", got)
			}
			c.Number = moved.Number
			listed, err := p.List(t.Context(), "4211")
			if want := []Listed{{ReservationID: c.ReservationID, Number: c.Number, Start: noon}}; err != nil || !slices.Equal(listed, want) {
				t.Errorf("List = %+v, %v; want %+v", listed, err, want)
			}
			if a := p.Remove(t.Context(), c); a.Kind != AnswerDone {
				t.Errorf("Remove = %s, %v; want done", a.Kind, a.Err)
			}
			if a := p.Remove(t.Context(), c); a.Kind != AnswerNumberDead {
				t.Errorf("Remove again = %s, %v; want number_dead", a.Kind, a.Err)
			}
		})
	}
}

// Two platforms book in one account. User 4211 of each is a student of its own: neither
// changes the other's name, nor sees, moves, begins or cancels the other's sessions.
func TestStudentPrefix(t *testing.T) {
	t.Parallel()
	physics, _ := newProctorU(t)
	law := physics
	law.StudentPrefix = "law-"
	mine := reserved(t, physics)
	theirs := callFor()
	theirs.ReservationID, theirs.Notes, theirs.Start = "pb-lawstore-1", "pb-lawstore-1", noon.Add(-time.Hour)
	theirs.Learner.GivenName, theirs.Learner.Email = "Grace", "grace@example.org"
	a := law.Reserve(t.Context(), theirs)
	if theirs.Number = a.Number; a.Kind != AnswerDone {
		t.Fatalf("Reserve = %s, %v; want done", a.Kind, a.Err)
	}
	for name, student := range map[string]string{"4211": "Ada", "law-4211": "Grace"} {
		if got, err := physics.Client.Students.Get(t.Context(), name); err != nil || got.FirstName != student {
			t.Errorf("student %s is not %s: %v", name, student, err)
		}
	}
	if a := law.SaveLearner(t.Context(), theirs.Learner); a.Kind != AnswerDone {
		t.Errorf("SaveLearner = %s, %v; want done", a.Kind, a.Err)
	}
	if got, err := physics.Client.Students.Get(t.Context(), "4211"); err != nil || got.FirstName != "Ada" {
		t.Errorf("SaveLearner of one platform changed the other's learner: %v", err)
	}
	for _, c := range []struct {
		p    ProctorU
		call Call
	}{{physics, mine}, {law, theirs}} {
		listed, err := c.p.List(t.Context(), "4211")
		if err != nil || len(listed) != 1 || listed[0].ReservationID != c.call.ReservationID {
			t.Errorf("List with prefix %q = %+v, %v; want its own", c.p.StudentPrefix, listed, err)
		}
		proofs, err := c.p.Evidence(t.Context(), "4211", c.call.ReservationID, c.call.Number)
		if err != nil || len(proofs) != 1 || proofs[0].Number != c.call.Number {
			t.Errorf("Evidence with prefix %q = %+v, %v; want its own", c.p.StudentPrefix, proofs, err)
		}
		shown, err := c.p.Activity(t.Context(), "4211")
		if err != nil || len(shown) != 1 || shown[0].Number != c.call.Number {
			t.Errorf("Activity with prefix %q = %+v, %v; want its own", c.p.StudentPrefix, shown, err)
		}
	}
	for a, err := range law.Report(t.Context(), nine.AddDate(0, 0, -1), nine.AddDate(0, 0, 1)) {
		if err != nil || a.Number != theirs.Number {
			t.Errorf("Report with a prefix has %+v, %v", a, err)
		}
	}
	stolen := theirs
	stolen.Number = mine.Number
	for name, a := range map[string]Answer{"Remove": law.Remove(t.Context(), stolen), "Begin": law.Begin(t.Context(), stolen)} {
		if a.Kind != AnswerNotFound && a.Kind != AnswerTooEarly && a.Kind != AnswerRefused {
			t.Errorf("%s of the other's number = %s, %v", name, a.Kind, a.Err)
		}
	}
	theirs.Start = noon.Add(time.Hour)
	if moved := law.Move(t.Context(), theirs); moved.Kind != AnswerDone {
		t.Errorf("Move = %s, %v; want done", moved.Kind, moved.Err)
	} else {
		theirs.Number = moved.Number
	}
	law.EvidenceSource = EvidenceCanceledList
	if a := law.Remove(t.Context(), theirs); a.Kind != AnswerDone {
		t.Errorf("Remove = %s, %v; want done", a.Kind, a.Err)
	}
	if proofs, err := law.Evidence(t.Context(), "4211", theirs.ReservationID, theirs.Number); err != nil || len(proofs) == 0 {
		t.Errorf("Evidence in the canceled list = %+v, %v; want some", proofs, err)
	}
	if listed, err := physics.List(t.Context(), "4211"); err != nil || len(listed) != 1 {
		t.Errorf("List of the other platform = %+v, %v; want its own still", listed, err)
	}
}

// A learner's zone without a name at the provider is not the provider's word: the
// call is not sent, and is no refusal.
func TestUnknownZoneIsNotSent(t *testing.T) {
	t.Parallel()
	p, server := newProctorU(t)
	c := callFor()
	c.Learner.Zone = "Mars/Olympus"
	for name, a := range map[string]Answer{
		"Reserve": p.Reserve(t.Context(), c), "Move": p.Move(t.Context(), c), "SaveLearner": p.SaveLearner(t.Context(), c.Learner),
	} {
		if a.Kind != AnswerNotSent || !errors.Is(a.Err, proctoru.ErrUnknownZone) {
			t.Errorf("%s = %s, %v; want not_sent for the zone", name, a.Kind, a.Err)
		}
	}
	_, err := p.Slots(t.Context(), Day{Zone: time.FixedZone("Mars/Olympus", 0), From: nine, Duration: time.Hour})
	if bad, ok := errors.AsType[*proctorbook.ValidationError](err); !ok || bad.Fields[0].Field != "Profile.Zone" {
		t.Errorf("Slots = %v, want a ValidationError of Profile.Zone", err)
	}
	if got := server.Counts().Requests; len(got) != 0 {
		t.Errorf("requests = %v, want none", got)
	}
}

// A learner whom the provider doesn't know has no reservations.
func TestListOfAnUnknownLearner(t *testing.T) {
	t.Parallel()
	p, server := newProctorU(t)
	if got, err := p.List(t.Context(), "4999"); err != nil || len(got) != 0 {
		t.Errorf("List = %v, %v; want nobody's", got, err)
	}
	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Times: -1})
	if got, err := p.List(t.Context(), "4999"); err == nil {
		t.Errorf("List while the provider is down = %v, want an error", got)
	}
}

// Each source of evidence tells a canceled reservation from an active one, or
// fails with ErrNoEvidence.
func TestEvidenceOfProctorU(t *testing.T) {
	t.Parallel()
	for source, c := range map[EvidenceSource]struct {
		endpoint string
		active   int // proofs of a reservation that stands
		err      error
	}{
		"":                   {endpoint: "clientActivityReport", active: 1},
		EvidenceReport:       {endpoint: "clientActivityReport", active: 1},
		EvidenceCanceledList: {endpoint: "getStudentReservationList"},
		EvidenceNone:         {err: ErrNoEvidence},
	} {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			p, server := newProctorU(t)
			p.EvidenceSource = source
			if p.Traits().NoEvidence != (c.err != nil) {
				t.Errorf("Traits = %+v", p.Traits())
			}
			call := reserved(t, p)
			proofs, err := p.Evidence(t.Context(), "4211", call.ReservationID, "")
			if !errors.Is(err, c.err) || len(proofs) != c.active || len(proofs) == 1 && proofs[0].Canceled {
				t.Errorf("Evidence of an active reservation = %+v, %v; want %d, not canceled", proofs, err, c.active)
			}
			if c.err != nil {
				return
			}
			p.Remove(t.Context(), call)
			if proofs, err = p.Evidence(t.Context(), "4211", call.ReservationID, ""); err != nil || len(proofs) != 1 || !proofs[0].Canceled || proofs[0].Number != call.Number {
				t.Errorf("Evidence of a canceled reservation = %+v, %v; want number %s, canceled", proofs, err, call.Number)
			}
			if got := server.Counts().Requests[c.endpoint]; got != 2 {
				t.Errorf("%s was called %d times, want twice", c.endpoint, got)
			}
		})
	}
	p, _ := newProctorU(t)
	p.EvidenceSource = "tea leaves"
	if _, err := p.Evidence(t.Context(), "4211", "pb-1", ""); err == nil || errors.Is(err, ErrNoEvidence) {
		t.Errorf("an unknown source: %v, want an error of its own", err)
	}
}

// A report row names the booking by what we wrote into the notes.
func TestActivityNamesTheBooking(t *testing.T) {
	t.Parallel()
	p, _ := newProctorU(t)
	call := reserved(t, p)
	rows, err := p.Activity(t.Context(), "4211")
	if err != nil || len(rows) != 1 || rows[0].Number != call.Number || rows[0].ReservationID != call.ReservationID || !rows[0].Start.Equal(nine) {
		t.Errorf("Activity = %+v, %v; want one row of %s", rows, err, call.ReservationID)
	}
	n := 0
	for row, err := range p.Report(t.Context(), nine.AddDate(0, 0, -1), nine.AddDate(0, 0, 1)) {
		if err != nil || row.ReservationID != call.ReservationID {
			t.Errorf("Report yields %+v, %v", row, err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("Report yields %d rows, want 1", n)
	}
}

// The slots of the learner's day, with their fees.
func TestSlotsOfProctorU(t *testing.T) {
	t.Parallel()
	p, server := newProctorU(t)
	server.SetSlots(func(time.Time) []time.Time { return []time.Time{nine, noon} })
	offers, err := p.Slots(t.Context(), Day{Zone: time.UTC, From: nine.Add(-time.Hour), Duration: time.Hour})
	if err != nil || len(offers) != 2 || !offers[0].Start.Equal(nine) || !offers[1].Start.Equal(noon) {
		t.Errorf("Slots = %+v, %v; want those at nine and at noon", offers, err)
	}
}

// A refusal for the learner's data is not one for the request.
func TestRefusalsOfTheLearner(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]Refusal{
		proctoru.ErrStudentNotFound:  RefusalLearner,
		proctoru.ErrTimeZoneNotFound: RefusalLearner,
		proctoru.ErrStartInPast:      RefusalStartInPast,
	} {
		if a := classify(errors.Join(err)); a.Kind != AnswerRefused || a.Refusal != want {
			t.Errorf("%v: %s for %s, want refused for %s", err, a.Kind, a.Refusal, want)
		}
	}
	if a := classify(&proctorbook.ValidationError{}); a.Refusal != RefusalInvalidRequest {
		t.Errorf("what our own check refuses: %s, want invalid_request", a.Refusal)
	}
}
