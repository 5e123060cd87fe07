package proctoru_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// world is a fake of the provider that keeps state, with a client for it, on one
// clock. It notes which endpoints were asked.
type world struct {
	*testing.T
	clock  *proctorbooktest.Clock
	fake   *proctorutest.Server
	client *proctoru.Client

	mu    sync.Mutex
	asked []string // method and path
}

// newWorld returns a world at nine in the morning of 20 August 2026. It knows a
// learner, Ada, and an exam of the institution's list, exam-1 in the term t-1.
func newWorld(t *testing.T, opts ...proctoru.Option) *world {
	t.Helper()
	w := &world{T: t, clock: proctorbooktest.NewClock(now)}
	w.fake = proctorutest.NewUnstartedServer(proctorutest.WithClock(w.clock))
	opts = append([]proctoru.Option{
		proctoru.WithTransport(w), proctoru.WithClock(w.clock), proctoru.WithLimiter(noLimit{}), proctoru.WithRandom(func() float64 { return 0.5 }),
	}, opts...)
	client, err := proctoru.NewClient(proctorbooktest.InProcessURL+"/api", w.fake.Token, opts...)
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
	w.fake.AddLearner(map[string]string{
		"student_id": ada.ID, "first_name": ada.FirstName, "last_name": ada.LastName, "email": ada.Email, "country": "FR",
		"phone1": ada.Phone, "time_zone_id": "Romance Standard Time",
	})
	w.fake.AddTerm("t-1", "Autumn")
	w.fake.AddDepartment(100000001, "Mathematics")
	w.fake.AddExam(proctorutest.Exam{ID: "exam-1", Description: "Final exam", TermID: "t-1", CourseNo: "C-1", TakeItNow: true})
	w.fake.SetAccommodations(proctorutest.Accommodation{ID: 50001, Description: "Extra time"})
	return w
}

// RoundTrip calls the fake in this goroutine.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.asked = append(w.asked, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api"))
	w.mu.Unlock()
	return proctorbooktest.InProcess(w.fake).RoundTrip(r)
}

func (w *world) play(variant, alternative string) {
	w.Helper()
	if err := w.fake.Play(variant, alternative); err != nil {
		w.Fatal(err)
	}
}

// must ends the test for an error.
func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// book reserves two hours after the present quarter of an hour, or as given.
func (w *world) book(change ...func(*proctoru.CreateReservationParams)) (*proctoru.Reservation, error) {
	params := tuesdayTwoInParis
	for _, c := range change {
		c(&params)
	}
	return w.client.Reservations.Create(w.Context(), params)
}

func withID(id string) func(*proctoru.CreateReservationParams) {
	return func(p *proctoru.CreateReservationParams) { p.ID = id }
}

func at(start time.Time) func(*proctoru.CreateReservationParams) {
	return func(p *proctoru.CreateReservationParams) { p.Start = start }
}

func (w *world) booked(change ...func(*proctoru.CreateReservationParams)) *proctoru.Reservation {
	w.Helper()
	r, err := w.book(change...)
	return must(w, r, err)
}

// againstTheFake calls each method for a success, and checks what came of it.
var againstTheFake = map[string]func(context.Context, *world){
	"Client.Ping": func(ctx context.Context, w *world) {
		ping, err := w.client.Ping(ctx)
		if err != nil || len(ping.Zones) == 0 {
			w.Errorf("Client.Ping = %+v, %v; want zones", ping, err)
		}
	},
	"TimeZones.List": func(ctx context.Context, w *world) {
		zones, err := w.client.TimeZones.List(ctx)
		if must(w, zones, err); !slices.ContainsFunc(zones, func(z proctoru.TimeZone) bool {
			return z.ID == "Romance Standard Time" && z.Offset == time.Hour
		}) {
			w.Errorf("%d zones, none of them Romance Standard Time", len(zones))
		}
	},
	"Slots.List": func(ctx context.Context, w *world) {
		slots, err := w.client.Slots.List(ctx, firstOfSeptember)
		if must(w, slots, err); len(slots) == 0 || slots[0].Start.Before(firstOfSeptember.Start) {
			w.Errorf("slots = %v", slots)
		}
	},
	"Slots.Terms": func(ctx context.Context, w *world) {
		terms, err := w.client.Slots.Terms(ctx, ada.ID)
		if must(w, terms, err); len(terms) != 1 || terms[0].ID != "t-1" || terms[0].Name != "Autumn" {
			w.Errorf("terms = %+v", terms)
		}
	},
	"Slots.Exams": func(ctx context.Context, w *world) {
		exams, err := w.client.Slots.Exams(ctx, proctoru.BookableExamsParams{StudentID: ada.ID, TermID: "t-1"})
		if must(w, exams, err); len(exams) != 1 || exams[0].ID != "exam-1" || !exams[0].TakeItNow || !exams[0].End.IsZero() {
			w.Errorf("exams = %+v", exams)
		}
	},
	"Reservations.Create": func(_ context.Context, w *world) {
		r := w.booked()
		if made := w.fake.Reservations(); len(made) != 1 || made[0].ID != tuesdayTwoInParis.ID || !made[0].Start.Equal(tuesdayTwoInParis.Start) || r.URL.IsZero() {
			w.Errorf("reservations = %+v, URL %s", made, r.URL)
		}
	},
	"Reservations.CreateForExam": func(ctx context.Context, w *world) {
		r, err := w.client.Reservations.CreateForExam(ctx, forExam)
		if must(w, r, err); r.Number == "" || r.ID != forExam.ID {
			w.Errorf("reservation = %+v", r)
		}
		later := forExam
		later.Number, later.Start = r.Number, forExam.Start.Add(time.Hour)
		r, err = w.client.Reservations.CreateForExam(ctx, later)
		if rows := w.fake.Reservations(); must(w, r, err).Number != later.Number || len(rows) != 1 || !rows[0].Start.Equal(later.Start) {
			w.Errorf("after the edit: %+v", rows)
		}
	},
	"Reservations.Update": func(ctx context.Context, w *world) {
		params := proctoru.UpdateReservationParams{CreateReservationParams: tuesdayTwoInParis, Number: w.booked().Number}
		params.Start = params.Start.Add(time.Hour)
		r, err := w.client.Reservations.Update(ctx, params)
		if rows := w.fake.Reservations(); must(w, r, err).Number != params.Number || len(rows) != 1 || !rows[0].Start.Equal(params.Start) || rows[0].ID != params.ID {
			w.Errorf("after the edit: %+v", rows)
		}
	},
	"Reservations.Move": func(ctx context.Context, w *world) {
		old := w.booked()
		r, err := w.client.Reservations.Move(ctx, proctoru.MoveReservationParams{ID: tuesdayTwoInParis.ID, Number: old.Number, Start: tuesdayTwoInParis.Start.Add(time.Hour)})
		if must(w, r, err); r.Number == old.Number || r.ID != tuesdayTwoInParis.ID {
			w.Errorf("moved = %+v, was %s", r, old.Number)
		}
	},
	"Reservations.Cancel": func(ctx context.Context, w *world) {
		cancel := proctoru.CancelReservationParams{StudentID: ada.ID, Number: w.booked().Number, Explanation: "ill"}
		if c, err := w.client.Reservations.Cancel(ctx, cancel); must(w, c, err).OnAccount == "" {
			w.Errorf("cancellation = %+v, want a credit", c)
		}
		if !w.fake.Reservations()[0].Canceled {
			w.Error("the reservation stands")
		}
	},
	"Reservations.Begin": func(ctx context.Context, w *world) {
		begin := proctoru.BeginReservationParams{StudentID: ada.ID, ID: tuesdayTwoInParis.ID, Number: w.booked().Number}
		w.clock.Set(tuesdayTwoInParis.Start)
		if l, err := w.client.Reservations.Begin(ctx, begin); must(w, l, err).URL.IsZero() || !w.fake.Reservations()[0].Begun {
			w.Errorf("launch = %+v", l)
		}
	},
	"Reservations.List": func(ctx context.Context, w *world) {
		number := w.booked().Number
		rows, err := w.client.Reservations.List(ctx, proctoru.ListReservationsParams{StudentID: ada.ID})
		if must(w, rows, err); len(rows) != 1 || rows[0].Number != number {
			w.Errorf("rows = %+v, want %s", rows, number)
		}
	},
	"Reservations.ListAll": func(ctx context.Context, w *world) {
		w.booked()
		w.booked(withID("b-2"), func(p *proctoru.CreateReservationParams) { p.Student.ID = "learner-8" })
		rows, err := w.client.Reservations.ListAll(ctx, "")
		if must(w, rows, err); len(rows) != 2 || rows[0].ID == rows[1].ID {
			w.Errorf("rows = %+v, want those of two learners", rows)
		}
	},
	"Reservations.Authenticated": func(ctx context.Context, w *world) {
		r, err := w.client.Reservations.CreateForExam(ctx, forExam)
		a, err := w.client.Reservations.Authenticated(ctx, must(w, r, err).Number)
		if must(w, a, err); !a.Known || a.Authenticated {
			w.Errorf("authentication = %+v, want known, and not yet", a)
		}
	},
	"Students.Save": func(ctx context.Context, w *world) {
		moved := ada
		moved.City = "Nantes"
		s, err := w.client.Students.Save(ctx, moved)
		if fields, _ := w.fake.Learner(ada.ID); !must(w, s, err).ProfileComplete || fields["city"] != "Nantes" || fields["first_name"] != "Ada" || fields["last_name"] != "Exampleova" {
			w.Errorf("learner = %v", fields)
		}
	},
	"Students.Get": func(ctx context.Context, w *world) {
		p, err := w.client.Students.Get(ctx, ada.ID)
		if must(w, p, err); p.ID != ada.ID || p.LastName != "Exampleova" || p.Address1 != "" || !p.Active || !p.ProfileComplete || p.HasImage || p.OnAccount != "0.0" {
			w.Errorf("profile = %s", p.Raw.Reveal())
		}
	},
	"Students.LookupEmail": func(ctx context.Context, w *world) {
		w.fake.SetEmailOwner("bo@example.org", "Other University")
		taken, err := w.client.Students.LookupEmail(ctx, "bo@example.org")
		if must(w, taken, err); !taken.Taken || taken.SchoolName.Reveal() != "Other University" {
			w.Errorf("lookup = %+v", taken)
		}
		free, err := w.client.Students.LookupEmail(ctx, "nobody@example.org")
		if must(w, free, err).Taken {
			w.Error("a free address is taken")
		}
	},
	"Students.LoginURL": func(ctx context.Context, w *world) {
		l, err := w.client.Students.LoginURL(ctx, adaSignsIn)
		if must(w, l, err); !strings.HasPrefix(l.URL.Reveal(), "https://demo.proctoru.com/session/auto_login?token=") {
			w.Errorf("URL = %s", l.URL)
		}
	},
	"Students.TermsOfService": func(ctx context.Context, w *world) {
		terms, err := w.client.Students.TermsOfService(ctx, ada.ID)
		if must(w, terms, err); terms.Text == "" || terms.Accepted {
			w.Errorf("terms = %+v", terms)
		}
	},
	"Students.AcceptTerms": func(ctx context.Context, w *world) {
		_, err := w.client.Students.AcceptTerms(ctx, ada.ID)
		terms, err2 := w.client.Students.TermsOfService(ctx, ada.ID)
		if must(w, terms, errors.Join(err, err2)); !terms.Accepted {
			w.Error("the terms are not accepted")
		}
	},
	"Students.Image": func(ctx context.Context, w *world) {
		jpeg := "\xff\xd8\xff\xe0\x00\x10JFIF\x00"
		w.fake.SetLearnerImage(ada.ID, []byte(jpeg))
		image, err := w.client.Students.Image(ctx, ada.ID)
		if must(w, image, err); image.ContentType != "image/jpeg" || string(image.Bytes()) != jpeg {
			w.Errorf("image = %v", image)
		}
		_, err = w.client.Students.Image(ctx, "nobody")
		if !errors.Is(err, proctoru.ErrStudentNotFound) {
			w.Errorf("image of nobody: %v", err)
		}
	},
	"Students.Accommodations": func(ctx context.Context, w *world) {
		all, err := w.client.Students.Accommodations(ctx)
		if must(w, all, err); len(all) != 1 || all[0].ID != "50001" || all[0].Description != "Extra time" {
			w.Errorf("accommodations = %+v", all)
		}
	},
	"Exams.Launch": func(ctx context.Context, w *world) {
		l, err := w.client.Exams.Launch(ctx, adaLaunches)
		if must(w, l, err).URL.IsZero() || !slices.Equal(w.fake.Registrations()[ada.ID], []string{"exam-9"}) {
			w.Errorf("launch = %+v, registered %v", l, w.fake.Registrations())
		}
	},
	"Exams.Save": func(ctx context.Context, w *world) {
		params := finalExam
		params.ID, params.MaxAttempts = "exam-2", proctoru.Unlimited
		saved, err := w.client.Exams.Save(ctx, params)
		if must(w, saved, err); saved.ID != "exam-2" || saved.Number == "" || saved.InviteURL.IsZero() {
			w.Errorf("saved = %+v", saved)
		}
		exams := w.fake.Exams()
		if e := exams[len(exams)-1]; !e.Start.Equal(params.Start) || e.Duration != params.Duration || e.Fields["password"] != "canary-password" || e.Fields["max_attempt"] != "0" {
			w.Errorf("the provider has %+v", e)
		}
	},
	"Exams.List": func(ctx context.Context, w *world) {
		exams, err := w.client.Exams.List(ctx, proctoru.ListExamsParams{TermID: "t-1"})
		if must(w, exams, err); len(exams) != 1 || exams[0].CourseNo != "C-1" {
			w.Errorf("exams = %+v", exams)
		}
	},
	"Exams.Terms": func(ctx context.Context, w *world) {
		terms, err := w.client.Exams.Terms(ctx, proctoru.ChoiceDefault)
		if must(w, terms, err); len(terms) != 1 || terms[0].ID != "t-1" {
			w.Errorf("terms = %+v", terms)
		}
	},
	"Exams.Departments": func(ctx context.Context, w *world) {
		all, err := w.client.Exams.Departments(ctx)
		if must(w, all, err); len(all) != 1 || all[0].ID != "100000001" || all[0].Name != "Mathematics" {
			w.Errorf("departments = %+v", all)
		}
	},
	"Institution.SaveUser": func(ctx context.Context, w *world) {
		saved, err := w.client.Institution.SaveUser(ctx, grace)
		if must(w, saved, err).Institution == "" {
			w.Errorf("saved = %+v, want an institution", saved)
		}
	},
	"RecordPlus.Create": func(ctx context.Context, w *world) {
		s, err := w.client.RecordPlus.Create(ctx, adaIsRecorded)
		if made := w.fake.RecordPlusSessions(); must(w, s, err).URL.IsZero() || len(made) != 1 || made[0].UUID != s.UUID {
			w.Errorf("session = %+v, made %+v", s, made)
		}
	},
	"RecordPlus.Fulfill": func(ctx context.Context, w *world) {
		s, err := w.client.RecordPlus.Create(ctx, adaIsRecorded)
		_, err = w.client.RecordPlus.Fulfill(ctx, must(w, s, err).UUID)
		if must(w, s, err); !w.fake.RecordPlusSessions()[0].Fulfilled {
			w.Error("the session is not over")
		}
	},
	"Reports.Activity": func(ctx context.Context, w *world) {
		number := w.booked().Number
		rows, err := collect(w.client.Reports.Activity(ctx, proctoru.ActivityParams{StudentID: ada.ID}))
		if must(w, rows, err); len(rows) != 1 || rows[0].Number != number || len(rows[0].Events) == 0 {
			w.Errorf("rows = %+v, want one: the fake repeats each", rows)
		}
	},
	"Reports.BlueBirdActivity": func(ctx context.Context, w *world) {
		_, err := w.client.Exams.Launch(ctx, adaLaunches)
		number, err2 := w.fake.LearnerSchedules(ada.ID, "exam-9", tuesdayTwoInParis.Start)
		rows, err3 := collect(w.client.Reports.BlueBirdActivity(ctx, proctoru.ActivityParams{StudentID: ada.ID}))
		if must(w, rows, errors.Join(err, err2, err3)); len(rows) != 1 || rows[0].ExamID != "exam-9" {
			w.Errorf("rows = %+v, want number %d", rows, number)
		}
	},
	"Reports.Pending": func(ctx context.Context, w *world) {
		number := w.booked().Number
		rows, err := collect(w.client.Reports.Pending(ctx, proctoru.PendingParams{}))
		if must(w, rows, err); len(rows) != 1 || rows[0].Number != number || rows[0].StudentID != ada.ID || !rows[0].End.Equal(tuesdayTwoInParis.Start.Add(90*time.Minute)) {
			w.Errorf("rows = %+v", rows)
		}
	},
	"Batches.Schedule": func(ctx context.Context, w *world) { w.scheduleBatch(ctx) },
	"Batches.Poll": func(ctx context.Context, w *world) {
		u, err := url.Parse(w.scheduleBatch(ctx))
		must(w, u, err)
		b, err := w.client.Batches.Poll(ctx, u.Query())
		if raw := string(must(w, b, err).Raw.Reveal()); !strings.Contains(raw, "sessions_pending") {
			w.Errorf("batch = %s", raw)
		}
	},
}

// scheduleBatch returns the link to poll.
func (w *world) scheduleBatch(ctx context.Context) string {
	w.Helper()
	body := `{"exam": {"exam_id": "exam-7", "description": "Final exam", "start_date": "2026-09-01T00:00:00Z", "end_date": "2026-09-30T00:00:00Z", "duration": 60},
	 "students": [{"student_id": "learner-9", "first_name": "Bo", "last_name": "Example", "email": "bo@example.org", "time_zone_id": "UTC"}]}`
	b, err := w.client.Batches.Schedule(ctx, json.RawMessage(body))
	var answer struct {
		URL string `json:"poll_url"`
	}
	if err := json.Unmarshal(must(w, b, err).Raw.Reveal(), &answer); err != nil || answer.URL == "" {
		w.Fatalf("answer = %s, %v", b.Raw.Reveal(), err)
	}
	return answer.URL
}

func collect[T any](rows func(func(T, error) bool)) (all []T, err error) {
	for row, rowErr := range rows {
		if rowErr != nil {
			return all, rowErr
		}
		all = append(all, row)
	}
	return all, nil
}

// unlisted are differences between the endpoints that the comments name and those
// that the fake serves, each with its reason.
var unlisted = map[string]string{
	"POST /smarter_services/oauth_token": "one partner's own, for Client.Do",
}

// Every method works against the fake, every endpoint of the fake has a method,
// and the comments name the endpoints that are asked.
func TestEndpoints_againstTheFake(t *testing.T) {
	t.Parallel()
	var documented []string
	for _, line := range documentedEndpoints(t) {
		name, wire, _ := strings.Cut(line, " ")
		documented = append(documented, wire)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call := againstTheFake[name]
			if call == nil {
				t.Fatalf("%s is not tried against the fake", name)
			}
			w := newWorld(t)
			call(t.Context(), w)
			if !slices.Contains(w.asked, wire) {
				t.Errorf("%s asked %v, want %s", name, w.asked, wire)
			}
		})
	}
	var served []string
	for _, r := range proctorutest.Routes() {
		served = append(served, r.Method+" "+r.Pattern)
	}
	for _, pair := range [][2][]string{{documented, served}, {served, documented}} {
		for _, wire := range pair[0] {
			if !slices.Contains(pair[1], wire) && unlisted[wire] == "" {
				t.Errorf("%s is on one side alone; documented %d, served %d", wire, len(documented), len(served))
			}
		}
	}
	if got := slices.Sorted(maps.Keys(againstTheFake)); len(got) != len(documented) {
		t.Errorf("%d methods are tried, %d documented", len(got), len(documented))
	}
}
