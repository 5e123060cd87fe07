package main

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// sandbox is a fake provider, of which the trial knows nothing but the interface.
type sandbox struct {
	*proctorutest.Server
	t     *testing.T
	clock *proctorbooktest.Clock
}

func newSandbox(t *testing.T) *sandbox {
	clock := proctorbooktest.NewClock(time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC))
	return &sandbox{proctorutest.NewUnstartedServer(proctorutest.WithClock(clock)), t, clock}
}

type freely struct{}

func (freely) Wait(ctx context.Context) error { return ctx.Err() }

// trial makes a trial; wrap, if not nil, stands between it and the provider.
func (s *sandbox) trial(wrap func(http.RoundTripper) http.RoundTripper) *trial {
	s.t.Helper()
	wire := proctorbooktest.InProcess(s.Server)
	if wrap != nil {
		wire = wrap(wire)
	}
	client, err := proctoru.NewClient(proctorbooktest.InProcessURL, s.Token, proctoru.WithTransport(wire), proctoru.WithClock(s.clock), proctoru.WithLimiter(freely{}))
	if err != nil {
		s.t.Fatal(err)
	}
	return newTrial(client, s.clock, 10*time.Minute, func(finding) {})
}

// wantClean checks that no reservation is active but those of begun sessions.
func (s *sandbox) wantClean(left []proctoru.ReservationNo) {
	s.t.Helper()
	for _, r := range s.Reservations() {
		if r.Active && (!r.Begun || len(left) == 0) {
			s.t.Errorf("reservation %d (%s) is left, at %s", r.Number, r.ID, r.Start)
		}
	}
}

// usual is what the fake plays by default. Lags are looked at apart.
var usual = map[question]string{
	askAhead: "listed", askNotes: "returned", askRepeat: "refused", askOrder: "exist_first", askEdit: "same_number", askMove: "new_number",
	askCanceledRows: "hidden", askEmptyList: "list", askCanceledList: "with_ids", askSecondRemoval: "canceled", askReuse: "refused",
	askBeginLead: "15m0s", askBeginTwice: "new_url", askLateRemoval: "refused", askListLag: "0s", askReportLag: "0s",
}

// findings are what the fake plays, what the trial finds of it, and what it advises.
var findings = map[string]struct {
	plays  string              // variant=alternative ...
	found  map[question]string // but for this: as usual; "-" is not asked
	advice []string
	holds  string // guarantees; "" means "A B C"
}{
	"as usual": {},
	"lists lag by time": {plays: "list-lag=time", found: map[question]string{askListLag: "45s to 55s"},
		advice: []string{"scheduling.WithTuning(scheduling.Tuning{ListLag: 100 * time.Second})"}},
	"lists lag by reads": {plays: "list-lag=reads", found: map[question]string{askListLag: "2s to 5s"}},
	"the report lags": {plays: "report-lag=minutes", found: map[question]string{askReportLag: "200s to 230s"},
		advice: []string{"scheduling.WithTuning(scheduling.Tuning{EvidenceLag: 420 * time.Second})"}},
	"the report lists past sessions":   {plays: "report-sessions=past-only", found: map[question]string{askAhead: "missing"}},
	"the report goes by creation":      {plays: "report-dates=created", found: map[question]string{askAhead: "by_creation"}},
	"the report cuts ends to midnight": {plays: "report-ends=end-at-midnight"},
	"notes are not reported": {plays: "school-notes=empty", found: map[question]string{askNotes: "missing"},
		advice: []string{"provider.ProctorU{Client: client, EvidenceSource: provider.EvidenceCanceledList}"}},
	"no second source": {plays: "school-notes=empty cancelled-rows=status-ignored",
		found:  map[question]string{askNotes: "missing", askCanceledList: "none"},
		advice: []string{"provider.ProctorU{Client: client, EvidenceSource: provider.EvidenceNone}"}, holds: "none"},
	"an id is refused while active": {plays: "repeated-id=refuses-while-active", found: map[question]string{askReuse: "creates"},
		advice: []string{"scheduling.WithSweep(scheduling.SweepRemove)"}, holds: "A"},
	"a repeat updates": {plays: "repeated-id=updates", found: map[question]string{askRepeat: "updates", askOrder: "-", askReuse: "creates"},
		advice: []string{"scheduling.WithSweep(scheduling.SweepRemove)"}, holds: "A"},
	"a repeat creates": {plays: "repeated-id=creates", found: map[question]string{askRepeat: "creates", askOrder: "-", askReuse: "creates"},
		advice: []string{"scheduling.WithSweep(scheduling.SweepRemove)"}, holds: "A"},
	"a repeat creates, whatever overlaps": {plays: "repeated-id=creates overlap-rule=none",
		found:  map[question]string{askRepeat: "creates", askOrder: "-", askReuse: "creates"},
		advice: []string{"scheduling.WithSweep(scheduling.SweepRemove)"}, holds: "A"},
	"overlaps come first":        {plays: "create-order=exist-last", found: map[question]string{askOrder: "overlap_first"}, holds: "A B"},
	"an edit gives a new number": {plays: "create-with-number=new-number", found: map[question]string{askEdit: "new_number"}, holds: "A B C E"},
	"an edit gives a new number, both shown": {plays: "create-with-number=new-number move-rows=two-for-a-moment",
		found: map[question]string{askEdit: "new_number"}, holds: "A B C E"},
	"an edit is refused": {plays: "create-with-number=refused", found: map[question]string{askEdit: "refused"},
		advice: []string{"provider.ProctorU{Client: client, MoveCall: true}"}, holds: "A B C E"},
	"an edit is not looked at": {plays: "create-with-number=ignored", found: map[question]string{askEdit: "ignored"},
		advice: []string{"provider.ProctorU{Client: client, MoveCall: true}"}, holds: "A B C E"},
	"an edit makes a second one": {plays: "create-with-number=ignored repeated-id=creates",
		found:  map[question]string{askEdit: "ignored", askRepeat: "creates", askOrder: "-", askReuse: "creates"},
		advice: []string{"provider.ProctorU{Client: client, MoveCall: true}", "scheduling.WithSweep(scheduling.SweepRemove)"}, holds: "A E"},
	"a move keeps the number": {plays: "move=same-number", found: map[question]string{askMove: "same_number"}},
	"nothing moves":           {plays: "move=refused create-with-number=refused", found: map[question]string{askMove: "refused", askEdit: "refused"}},
	"canceled ones stay listed": {plays: "cancelled-rows=shown-unmarked", found: map[question]string{askCanceledRows: "shown", askEmptyList: "-"},
		advice: []string{"provider.ProctorU{Client: client, CanceledListed: true}"}},
	"canceled ones stay listed, new numbers": {plays: "cancelled-rows=shown-unmarked create-with-number=new-number report-lag=minutes",
		found:  map[question]string{askCanceledRows: "shown", askEmptyList: "-", askEdit: "new_number", askReportLag: "200s to 230s"},
		advice: []string{"scheduling.WithTuning(scheduling.Tuning{EvidenceLag: 420 * time.Second})", "provider.ProctorU{Client: client, CanceledListed: true}"}, holds: "A B C E"},
	"no list of canceled ones": {plays: "cancelled-rows=status-ignored", found: map[question]string{askCanceledList: "none"}},
	"no rows are null": {plays: "empty-list=null", found: map[question]string{askEmptyList: "no_list"},
		advice: []string{"provider.ProctorU{Client: client, EmptyIsNull: true}"}},
	"a second removal succeeds":      {plays: "second-removal=success", found: map[question]string{askSecondRemoval: "done"}},
	"a second removal finds nothing": {plays: "second-removal=not-found", found: map[question]string{askSecondRemoval: "not_found"}},
	"numbers change, and a second removal succeeds": {plays: "second-removal=success create-with-number=new-number",
		found: map[question]string{askSecondRemoval: "done", askEdit: "new_number"}, holds: "A C E"},
	"begin at the start": {plays: "begin-window=at-start", found: map[question]string{askBeginLead: "0s"},
		advice: []string{"scheduling.Policy{StartLead: 1 * time.Second} // of each exam"}},
	"begin half an hour before": {plays: "begin-window=30m", found: map[question]string{askBeginLead: "30m0s"}},
	"begin gives one URL":       {plays: "begin-twice=same-url", found: map[question]string{askBeginTwice: "same_url"}},
	"begin once alone":          {plays: "begin-twice=refused", found: map[question]string{askBeginTwice: "refused"}},
	"begun ones can be removed": {plays: "late-removal=allowed", found: map[question]string{askLateRemoval: "done"}},
}

// The trial reports the variant that the fake plays, and nothing else that is
// not so; the advice follows; and nothing is left.
func TestTrialFindsWhatTheProviderDoes(t *testing.T) {
	t.Parallel()
	for name, c := range findings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			for _, play := range strings.Fields(c.plays) {
				variant, alternative, _ := strings.Cut(play, "=")
				if err := s.Play(variant, alternative); err != nil {
					t.Fatal(err)
				}
			}
			trial := s.trial(nil)
			if err := trial.run(t.Context(), true); err != nil {
				t.Fatalf("run: %v; found %v", err, trial.facts)
			}
			left, err := trial.cleanUp(t.Context())
			if err != nil {
				t.Errorf("cleanUp: %v", err)
			}
			s.wantClean(left)
			want := maps.Clone(usual)
			maps.Copy(want, c.found)
			compareFacts(t, trial.facts, want)
			advice := trial.advise()
			if got := advice.code(); !slices.Equal(got, c.advice) {
				t.Errorf("advice = %q, want %q", got, c.advice)
			}
			holds := c.holds
			if holds == "" {
				holds = "A B C"
			}
			if got := lettersOf(advice.Guarantees); got != holds {
				t.Errorf("guarantees = %s, want %s", got, holds)
			}
		})
	}
}

func lettersOf(guarantees map[string]bool) string {
	var letters []string
	for _, letter := range slices.Sorted(maps.Keys(guarantees)) {
		if guarantees[letter] {
			letters = append(letters, letter)
		}
	}
	if letters == nil {
		return "none"
	}
	return strings.Join(letters, " ")
}

func compareFacts(t *testing.T, got, want map[question]string) {
	t.Helper()
	for q, answer := range want {
		if answer == "-" {
			answer = ""
		}
		if from, to, isRange := strings.Cut(answer, " to "); isRange && within(t, got[q], from, to) {
			continue
		}
		if got[q] != answer {
			t.Errorf("%s = %q, want %q", q, got[q], answer)
		}
	}
}

func within(t *testing.T, got, from, to string) bool {
	t.Helper()
	var d [3]time.Duration
	for i, text := range []string{from, got, to} {
		var err error
		if d[i], err = time.ParseDuration(text); err != nil {
			return false
		}
	}
	return d[0] <= d[1] && d[1] <= d[2]
}

// A slot taken by another learner during the trial proves nothing about moves.
func TestSlotTakenDuringTheTrial(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	trial := s.trial(nil)
	for _, step := range []func(context.Context) error{trial.pickStarts, trial.reserve, trial.repeatID} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.BlockSlot(trial.starts[0])
	if err := trial.edit(t.Context()); err != nil || !trial.is(askEdit, unclear) {
		t.Errorf("edit = %v, found %q; want %q", err, trial.facts[askEdit], unclear)
	}
	a := trial.advise()
	if a.MoveCall || !slices.ContainsFunc(a.Warnings, func(w string) bool { return strings.HasPrefix(w, "edit is not clear") }) {
		t.Errorf("advice = %+v, want a warning, and no other way to move", a)
	}
}
