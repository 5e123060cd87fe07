package page_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/openedx/page"
)

// ready is a browser of a learner who has filled in the form.
func (w *world) ready() *browser {
	w.t.Helper()
	b := w.open()
	b.press("profile", "Save", person)
	b.wants(http.StatusOK, "Choose a time")
	return b
}

// A learner goes from the link to the exam by the pages alone: the form, a time, another
// one, none, one again, the proctor, the code, the time that is left.
func TestWholeWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openedx.Settings{})
	b := w.open()
	b.wants(http.StatusOK, "Final <&> more", "proctors need to know", "Given name")
	b.press("profile", "Save", person)
	b.wants(http.StatusOK, "Monday, 11 January 2027 (Europe/Paris)", "10:00 to 11:30", "Later times")

	b.press("book", "10:00 to 11:30", nil)
	b.wants(http.StatusOK, "Your sitting: Monday, 11 January 2027, 10:00 to 11:30 (Europe/Paris)", "Cancel the booking", "Move to another time", "You can begin from")
	b.lacks("Choose a time", `action="begin"`, "Unlock")
	first := w.booking()

	b.press("move", "14:00 to 15:30", nil)
	b.wants(http.StatusOK, "Your sitting: Monday, 11 January 2027, 14:00 to 15:30")
	if moved := w.booking(); moved.ID != first.ID || !moved.Start.Equal(monday.Add(13*time.Hour)) {
		t.Errorf("the move led to %s at %v", moved.ID, moved.Start)
	}

	b.look("cancel")
	b.wants(http.StatusOK, "Cancel this booking", "Back")
	b.lacks("Move to another time")
	b.press("cancel", "Cancel this booking", nil)
	b.wants(http.StatusOK, "Choose a time")
	b.lacks("Your sitting")

	w.clock.Advance(time.Minute)
	b.press("book", "10:00 to 11:30", nil)
	w.clock.Set(monday.Add(9 * time.Hour))
	b.look("")
	b.press("begin", "Begin", nil)
	b.wants(http.StatusOK, `<a class="launch" href="https://`, "Go to your proctor", "Unlock")
	b.look("")
	b.lacks("Go to your proctor", "Move to another time", "Cancel the booking")
	b.press("unlock", "Unlock", url.Values{"code": {"ZZZZ-ZZZZ"}})
	b.wants(http.StatusForbidden, "The unlock code is wrong", "Unlock")
	code := w.code()
	b.press("unlock", "Unlock", url.Values{"code": {strings.ToLower(code)}})
	b.wants(http.StatusOK, "The exam is unlocked", "Time left: 1 h 30 min", `http-equiv="refresh"`)
	w.clock.Advance(31 * time.Minute)
	b.look("")
	b.wants(http.StatusOK, "Time left: 0 h 59 min")
	b.lacks(`action="unlock"`)

	w.pass()
	if _, err := w.ada.Start(t.Context(), w.exam.ID); err != nil {
		t.Errorf("the platform does not open the exam: %v", err)
	}
	if _, err := w.ada.Submit(t.Context(), w.exam.ID); err != nil {
		t.Error(err)
	}
	w.pass()
	b.look("")
	b.wants(http.StatusOK, "You have finished the exam")
	if most := w.proctors.Counts().MostActiveAtOnce; most != 1 {
		t.Errorf("%d reservations were active at once, want 1", most)
	}
	w.unseen(code)
}

// A form that is sent many times at once books once.
func TestDoubleClick(t *testing.T) {
	t.Parallel()
	for name, starts := range map[string][]string{
		"the same time": {"2027-01-11T09:00:00Z"},
		"two times":     {"2027-01-11T09:00:00Z", "2027-01-11T13:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, openedx.Settings{})
			b := w.ready()
			var all sync.WaitGroup
			for i := range 6 {
				one := *b
				all.Go(func() {
					one.post("book", url.Values{"start": {starts[i%len(starts)]}})
					if one.status != http.StatusOK && (one.status != http.StatusConflict || len(starts) == 1) {
						t.Errorf("one of many = %d:\n%s", one.status, one.body)
					}
				})
			}
			all.Wait()
			w.settle()
			b.look("")
			b.wants(http.StatusOK, "Your sitting: Monday, 11 January 2027")
			if n := w.proctors.Counts(); n.MostActiveAtOnce != 1 {
				t.Errorf("%d reservations were active at once, want 1", n.MostActiveAtOnce)
			}
			bookings := 0
			for _, err := range w.store.List(t.Context(), scheduling.Filter{}) {
				if bookings++; err != nil {
					t.Fatal(err)
				}
			}
			if bookings != 1 {
				t.Errorf("there are %d bookings, want 1", bookings)
			}
			w.unseen()
		})
	}
}

// What can't be done leads to the page as it is, with the reason in words.
func TestNotDone(t *testing.T) {
	t.Parallel()
	at := func(hour int) url.Values {
		return url.Values{"start": {monday.Add(time.Duration(hour) * time.Hour).Format(time.RFC3339)}}
	}
	for name, tt := range map[string]struct {
		before func(w *world, b *browser)
		action string
		form   url.Values
		status int
		says   []string
	}{
		"a time outside":         {nil, "book", at(-24), http.StatusConflict, []string{"This time is outside of the exam's dates, or too soon.", "Choose a time"}},
		"no time":                {nil, "book", nil, http.StatusBadRequest, []string{"Please choose one of the times.", "Choose a time"}},
		"a time that is none":    {nil, "book", url.Values{"start": {"soon"}}, http.StatusBadRequest, []string{"Please choose"}},
		"a move of nothing":      {nil, "move", at(9), http.StatusNotFound, []string{"There is no booking for that"}},
		"a move to no time":      {nil, "move", nil, http.StatusBadRequest, []string{"Please choose"}},
		"a cancel of nothing":    {nil, "cancel", nil, http.StatusNotFound, []string{"There is no booking for that"}},
		"a code for nothing":     {nil, "unlock", url.Values{"code": {"ABCD"}}, http.StatusNotFound, []string{"There is no booking for that"}},
		"begin nothing":          {nil, "begin", nil, http.StatusNotFound, []string{"There is no booking for that", "Choose a time"}},
		"a bad phone":            {nil, "profile", url.Values{"given_name": {"Ada"}, "family_name": {"Example"}, "phone": {"1"}, "country": {"FR"}}, http.StatusUnprocessableEntity, []string{"Phone:"}},
		"no page":                {nil, "other", nil, http.StatusNotFound, []string{"There is no such page.", "Back"}},
		"a form that is too big": {nil, "book", url.Values{"start": {strings.Repeat("x", 1<<14)}}, http.StatusBadRequest, []string{"can't be read"}},
		"begin before the time":  {booked, "begin", nil, http.StatusConflict, []string{"can't be begun yet", "Your sitting"}},
		"a second booking":       {booked, "book", at(13), http.StatusConflict, []string{"Move that one instead", "Your sitting: Monday, 11 January 2027, 10:00"}},
		"a code before the time": {booked, "unlock", url.Values{"code": {"ABCD"}}, http.StatusConflict, []string{"The session has not begun."}},
		"a time that was taken": {func(w *world, _ *browser) {
			w.proctors.BlockSlot(monday.Add(9 * time.Hour))
		}, "book", at(9), http.StatusConflict, []string{"no longer free"}},
		"submitted": {func(w *world, b *browser) {
			if err := w.p.Report(w.t.Context(), w.ref(), "submitted"); err != nil {
				w.t.Fatal(err)
			}
		}, "book", at(9), http.StatusConflict, []string{"You have submitted the exam."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, openedx.Settings{})
			b := w.ready()
			if tt.before != nil {
				tt.before(w, b)
			}
			b.post(tt.action, tt.form)
			b.wants(tt.status, tt.says...)
			w.unseen()
		})
	}
}

func booked(_ *world, b *browser) { b.press("book", "10:00 to 11:30", nil) }

// Whoever opens a link before it is known who the learner is reads so, and the page looks
// again by itself.
func TestNotIdentified(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openedx.Settings{})
	w.lmsDown = true
	b := w.open()
	b.wants(http.StatusOK, "We are asking your course platform who you are", `content="30"`)
	b.post("book", url.Values{"start": {"2027-01-11T09:00:00Z"}})
	b.wants(http.StatusConflict, "We are asking your course platform who you are")
	w.lmsDown = false
	w.clock.Advance(time.Minute)
	w.pass()
	b.look("")
	b.wants(http.StatusOK, "Given name")
	w.unseen()
}

// A service that does not answer costs time, and the page says which words to read.
func TestServicesDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openedx.Settings{})
	b := w.ready()
	w.away = true
	b.look("")
	b.wants(http.StatusServiceUnavailable, "This does not work at the moment", "Final")
	w.away, w.lmsDown = false, true
	b.look("")
	b.press("book", "10:00 to 11:30", nil)
	b.wants(http.StatusOK, "Your sitting")
	w.away = true
	b.look("")
	b.wants(http.StatusServiceUnavailable, "Your sitting", "Cancel the booking")
	w.unseen()
}

// An answer of the proctors' service that is lost is looked for: the page says so, and the
// learner does not book anew.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openedx.Settings{})
	b := w.ready()
	w.proctors.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})
	b.post("book", url.Values{"start": {"2027-01-11T09:00:00Z"}})
	if b.status != http.StatusOK {
		t.Errorf("after a lost answer: %d\n%s", b.status, b.body)
	}
	w.settle()
	b.look("")
	b.wants(http.StatusOK, "Your sitting")
	if most := w.proctors.Counts().MostActiveAtOnce; most != 1 {
		t.Errorf("%d reservations were active at once, want 1", most)
	}
	w.unseen()
}

// A learner without a zone on the platform is asked for one.
func TestNoZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openedx.Settings{}, func(u *edxtest.User) { u.TimeZone = "" })
	b := w.open()
	b.press("profile", "Save", person)
	b.wants(http.StatusOK, "Time zone")
	b.lacks("Choose a time")
	form := url.Values{"zone": {"Asia/Tokyo"}}
	for name, values := range person {
		form[name] = values
	}
	b.press("profile", "Save", form)
	b.wants(http.StatusOK, "Choose a time", "Asia/Tokyo")
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openedx.Settings{})
	for name, err := range map[string]error{
		"no provider":  second(page.New(nil, w.s, w.store)),
		"no scheduler": second(page.New(w.p, nil, w.store)),
		"no store":     second(page.New(w.p, w.s, nil)),
		"no option":    second(page.New(w.p, w.s, w.store, nil)),
		"no logger":    second(page.New(w.p, w.s, w.store, page.WithLogger(nil))),
	} {
		if err == nil {
			t.Errorf("New with %s is no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
