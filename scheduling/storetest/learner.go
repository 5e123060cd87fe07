package storetest

import (
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

var learnerPromises = []promise{
	{"every field of a learner's record comes back, the instant in UTC and cut to microseconds", learnerComesBack},
	{"PutLearner counts versions and keeps the older ones", learnerVersions},
	{"PutLearner from another version than the newest is ErrConflict, and stores nothing", learnerConflict},
	{"Learner of an unknown learner or version is ErrNotFound", learnerUnknown},
	{"PutLearner tells learners apart to the letter", learnersApart},
	{"PutLearner lets one of many first records win", learnerRace},
	{"LearnerByUsername, if the store has it, finds the one learner whose newest record has the name", learnerByUsername},
}

// putLearner stores the record, or ends the test.
func putLearner(t *testing.T, s scheduling.Store, l scheduling.Learner) scheduling.Learner {
	t.Helper()
	stored, err := s.PutLearner(t.Context(), l)
	if err != nil {
		t.Fatalf("PutLearner(%s) from version %d error = %v, want none", l.ID, l.Version, err)
	}
	return stored
}

// wantLearner fails if the version of the learner's record is not this one.
func wantLearner(t *testing.T, s scheduling.Store, version int64, want scheduling.Learner) {
	t.Helper()
	got, err := s.Learner(t.Context(), want.ID, version)
	if err != nil {
		t.Errorf("Learner(%s, %d) error = %v, want none", want.ID, version, err)
		return
	}
	wantSame(t, "Learner", got, want)
}

func learnerComesBack(t *testing.T, open opener) {
	s := open(t)
	want := fullLearner("4711")
	for _, problem := range weak(&want) {
		t.Errorf("the suite's own full learner: Learner%s", problem)
	}
	first := want
	first.Version = 0

	wantSame(t, "PutLearner", putLearner(t, s, first), want)
	wantLearner(t, s, 0, want)
	wantLearner(t, s, 1, want)

	empty := scheduling.Learner{ID: "4712"}
	putLearner(t, s, empty)
	empty.Version = 1
	wantLearner(t, s, 0, empty)
}

func learnerVersions(t *testing.T, open opener) {
	s := open(t)
	var versions []scheduling.Learner
	l := scheduling.Learner{ID: "4711"}
	for i, name := range []string{"Ada", "Ada B.", "Ada B."} { // the third changes nothing, and counts
		l.Name, l.UpdatedAt = name, day(i+1)
		l = putLearner(t, s, l)
		if l.Version != int64(i+1) {
			t.Errorf("PutLearner returned Version %d, want %d", l.Version, i+1)
		}
		versions = append(versions, l)
	}

	for i, want := range versions {
		wantLearner(t, s, int64(i+1), want)
	}
	wantLearner(t, s, 0, versions[2])
}

func learnerConflict(t *testing.T, open opener) {
	s := open(t)
	l := putLearner(t, s, scheduling.Learner{ID: "4711", Name: "Ada"})
	newest := putLearner(t, s, l)

	for name, version := range map[string]int64{"an older": 1, "no": 0, "a later": 3, "a negative": -1} {
		changed := newest
		changed.Version, changed.Name = version, "Eve"
		_, err := s.PutLearner(t.Context(), changed)
		wantError(t, "PutLearner from "+name+" version", err, scheduling.ErrConflict)
	}
	_, err := s.PutLearner(t.Context(), scheduling.Learner{ID: "4712", Version: 1})
	wantError(t, "PutLearner of a new learner from version 1", err, scheduling.ErrConflict)

	wantLearner(t, s, 0, newest)
	wantLearner(t, s, 1, l)
	_, err = s.Learner(t.Context(), "4712", 0)
	wantError(t, "Learner after the refused record", err, scheduling.ErrNotFound)
}

func learnerUnknown(t *testing.T, open opener) {
	s := open(t)
	putLearner(t, s, scheduling.Learner{ID: "4711"})
	for _, version := range []int64{-1, 2, 1 << 40} {
		_, err := s.Learner(t.Context(), "4711", version)
		wantError(t, "Learner of an unknown version", err, scheduling.ErrNotFound)
	}
	for _, version := range []int64{0, 1} {
		_, err := s.Learner(t.Context(), "471", version)
		wantError(t, "Learner of an unknown learner", err, scheduling.ErrNotFound)
	}
}

func learnersApart(t *testing.T, open opener) {
	s := open(t)
	for _, id := range []scheduling.LearnerID{"ada", "Ada", "adá"} {
		l := putLearner(t, s, scheduling.Learner{ID: id, Name: "name of " + string(id)})
		if l.Version != 1 {
			t.Errorf("PutLearner(%s) returned Version %d, want 1: it is a learner of its own", id, l.Version)
		}
		wantLearner(t, s, 0, l)
	}
}

func learnerRace(t *testing.T, open opener) {
	s := open(t)
	results := make([]error, 16)
	together(len(results), func(i int) {
		_, results[i] = s.PutLearner(t.Context(), scheduling.Learner{ID: "4711"})
	})

	wantOneWinner(t, "PutLearner", results, scheduling.ErrConflict)
	_, err := s.Learner(t.Context(), "4711", 2)
	wantError(t, "Learner of a second version", err, scheduling.ErrNotFound)
}

func learnerByUsername(t *testing.T, open opener) {
	s := open(t)
	finder, ok := s.(scheduling.UsernameFinder)
	if !ok {
		t.Skip("the store does not find learners by name")
	}
	found := func(username string, want scheduling.Learner) {
		t.Helper()
		got, err := finder.LearnerByUsername(t.Context(), username)
		if err != nil {
			t.Errorf("LearnerByUsername(%q) error = %v, want none", username, err)
			return
		}
		wantSame(t, "LearnerByUsername", got, want)
	}
	missing := func(username string) {
		t.Helper()
		_, err := finder.LearnerByUsername(t.Context(), username)
		wantError(t, "LearnerByUsername("+username+")", err, scheduling.ErrNotFound)
	}
	missing("ada")
	missing("")
	ada := putLearner(t, s, scheduling.Learner{ID: "4711", Username: "ada"})
	putLearner(t, s, scheduling.Learner{ID: "4712"}) // without a name
	found("ada", ada)
	for _, other := range []string{"Ada", "adá", "ad", "ada ", "a%", "", "a\x00", "\xff", strings.Repeat("a", 300)} {
		missing(other)
	}
	ada.Name = "Ada Example"
	ada = putLearner(t, s, ada)
	found("ada", ada)
	ada.Username = "ada_l"
	ada = putLearner(t, s, ada)
	found("ada_l", ada)
	missing("ada") // her former name
	grace := putLearner(t, s, scheduling.Learner{ID: "4713", Username: "ada"})
	found("ada", grace)
	grace.Username = "ada_l"
	putLearner(t, s, grace)
	missing("ada_l") // two bear it
	erase(t, s, "4711")
	grace.Version = 2
	found("ada_l", grace)
	erase(t, s, "4713")
	missing("ada_l")
	again := putLearner(t, s, scheduling.Learner{ID: "4713", Username: "ada_l"})
	found("ada_l", again)
	long := putLearner(t, s, scheduling.Learner{ID: "4714", Username: strings.Repeat("a", 300)})
	wantLearner(t, s, 0, long)
}
