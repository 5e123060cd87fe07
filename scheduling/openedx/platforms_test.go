package openedx_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// Platforms that could be mixed up are refused.
func TestNewPlatforms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, store := w.north.client, openedx.NewMemory()
	for name, all := range map[string][]openedx.LMS{
		"none": nil, "no client": {{ID: "a"}}, "no id": {{Client: c}}, "a slash": {{ID: "a/b", Client: c}}, "a blank": {{ID: "North 1", Client: c}},
		"twice": {{ID: "a", Client: c}, {ID: "a", Client: c}}, "two with bare ids": {{ID: "a", Client: c, BareIDs: true}, {ID: "b", Client: c, BareIDs: true}},
	} {
		if _, err := openedx.NewPlatforms(store, nil, all...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := openedx.NewPlatforms(nil, nil, openedx.LMS{ID: "a", Client: c}); err == nil {
		t.Error("no store: no error")
	}
}

// A name leads to its own platform and no other, with bare ids and without.
func TestNamesLeadToOnePlatform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	south := w.join("south")
	south.lms.AddUser(edxtest.User{ID: 7, Username: "bob"})
	w.restart()
	ctx := t.Context()
	for _, tt := range []struct {
		bare     bool
		name, id string
	}{
		{false, "north/ada_l", "north-4211"}, {false, "south/ada_l", "south-4211"}, {false, "south/bob", "south-7"}, {false, "north/bob", ""},
		{false, "ada_l", ""}, {false, "east/ada_l", ""}, {false, "", ""},
		{true, "ada_l", "4211"}, {true, "south/ada_l", "south-4211"}, {true, "north/ada_l", ""}, {true, "bob", ""},
	} {
		p, err := openedx.NewPlatforms(w.store, nil, openedx.LMS{ID: "north", Client: w.north.client, BareIDs: tt.bare}, openedx.LMS{ID: "south", Client: south.client})
		w.do(err)
		a, err := p.Account(ctx, tt.name)
		if a.ID != tt.id || tt.id == "" && !errors.Is(err, edx.ErrNotFound) || tt.id != "" && (err != nil || a.Username != tt.name) {
			t.Errorf("bare %t: %q is %q, %v; want %q", tt.bare, tt.name, a.ID, err, tt.id)
		}
		if _, err := p.Enrollment(ctx, tt.name, course); !errors.Is(err, edx.ErrNotEnrolled) {
			t.Errorf("bare %t: the enrollment of %q = %v, want ErrNotEnrolled", tt.bare, tt.name, err)
		}
	}
}

// Who is registered is enrolled, whatever the platform's list says; others are asked for.
func TestEnrollmentsOfPlatforms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	south := w.join("south")
	w.restart()
	south.lms.Enroll("ada_l", course.String(), "audit", true)
	p, err := openedx.NewPlatforms(w.store, nil, openedx.LMS{ID: "north", Client: w.north.client}, openedx.LMS{ID: "south", Client: south.client})
	w.do(err)
	w.play(w.north, "identified", nil)
	w.north.down = true
	for name, want := range map[string]edx.Mode{"north/ada_l": edx.Verified, "south/ada_l": "audit"} {
		if e, err := p.Enrollment(t.Context(), name, course); err != nil || e.Mode != want || e.Username != name || !e.Active {
			t.Errorf("%s is enrolled as %q, %v; want %q", name, e.Mode, err, want)
		}
	}
	if _, err := p.Enrollment(t.Context(), "north/ada_l", edx.MustCourseKey("course-v1:ExampleX+CS102+2027")); err == nil {
		t.Error("a learner is enrolled in another course by that")
	}
	w.north.down = false
	var names []string
	for e, err := range p.Enrolled(t.Context(), course) {
		w.do(err)
		names = append(names, e.Username)
	}
	if !slices.Equal(names, []string{"south/ada_l"}) {
		t.Errorf("enrolled are %v, want the one of the south", names)
	}
}

// Extra time is that of the registration and that of the platform, each with its learner.
func TestExtraTimeOfPlatforms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	south := w.join("south")
	w.restart()
	w.publish(south)
	for _, c := range []*campus{w.north, south} {
		c.lms.AddAllowance(edxtest.Allowance{ExamID: c.exam.ID, Username: "ada_l", Key: "additional_time_granted", Value: "15"})
	}
	w.play(w.north, "identified", nil)
	w.north.down = true
	p, err := openedx.NewPlatforms(w.store, nil, openedx.LMS{ID: "north", Client: w.north.client}, openedx.LMS{ID: "south", Client: south.client})
	w.do(err)
	all, err := p.ExtraTime(t.Context(), course, content)
	want := []platform.Grant{{AccountID: "north-4211", Time: 15 * time.Minute}, {AccountID: "south-4211", Username: "south/ada_l", Time: 15 * time.Minute}}
	if w.do(err); !slices.Equal(all, want) {
		t.Errorf("extra time of %d, want of 2: %#v", len(all), all)
	}
}

// A service that has booked for a platform without this package goes on with the extra time
// of exams that the platform has not saved here.
func TestExtraTimeOfAnExamThatIsNotSavedHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.north
	c.lms.AddAllowance(edxtest.Allowance{ExamID: c.exam.ID, Username: "ada_l", Key: "additional_time_granted", Value: "15"})
	for name, tt := range map[string]struct {
		bare bool
		want []platform.Grant
	}{
		"the only learners of these ids": {true, []platform.Grant{{AccountID: "4211", Username: "ada_l", Time: 15 * time.Minute}}},
		"learners who come by attempts":  {false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := openedx.NewPlatforms(openedx.NewMemory(), nil, openedx.LMS{ID: "north", Client: c.client, BareIDs: tt.bare})
			w.do(err)
			all, err := p.ExtraTime(t.Context(), course, content)
			if w.do(err); !slices.Equal(all, tt.want) {
				t.Errorf("extra time %#v, want %#v", all, tt.want)
			}
		})
	}
	p, err := openedx.NewPlatforms(openedx.NewMemory(), nil, openedx.LMS{ID: "north", Client: c.client, BareIDs: true})
	w.do(err)
	c.down = true
	if _, err := p.ExtraTime(t.Context(), course, content); err == nil {
		t.Error("the platform is down, and the extra time is taken for none")
	}
}

// An exam that another platform has saved is that platform's: nobody else is asked.
func TestExtraTimeOfAnotherPlatformsExam(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.join("south")
	w.restart()
	w.north.lms.AddAllowance(edxtest.Allowance{ExamID: w.north.exam.ID, Username: "ada_l", Key: "additional_time_granted", Value: "15"})
	other.down = true
	p, err := openedx.NewPlatforms(w.store, nil, openedx.LMS{ID: "north", Client: w.north.client}, openedx.LMS{ID: "south", Client: other.client, BareIDs: true})
	w.do(err)
	all, err := p.ExtraTime(t.Context(), course, content)
	want := []platform.Grant{{AccountID: "north-4211", Username: "north/ada_l", Time: 15 * time.Minute}}
	if w.do(err); !slices.Equal(all, want) {
		t.Errorf("extra time %#v, want %#v", all, want)
	}
}
