package openedx_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// Each right that lacks is named, and an exam that nobody has completed.
func TestPreflight(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(w *world)
		want   string
		err    error
	}{
		"all is well":          {func(*world) {}, "ok ok ok", nil},
		"nobody registered":    {func(w *world) { w.store = openedx.NewMemory(); w.restart(); w.publish(w.north) }, "ok ok skipped", nil},
		"nothing saved":        {func(w *world) { w.store = openedx.NewMemory(); w.restart() }, "warning skipped skipped", nil},
		"not in the group":     {func(w *world) { w.service(edxtest.User{Username: "service", Roles: courseStaff}) }, "ok ok failed", edx.ErrNotReviewer},
		"not staff":            {func(w *world) { w.service(edxtest.User{Username: "service", Groups: []string{"acme_review"}}) }, "ok failed ok", edx.ErrForbidden},
		"neither":              {func(w *world) { w.service(edxtest.User{Username: "service"}) }, "ok failed failed", edx.ErrForbidden},
		"the platform is down": {func(w *world) { w.north.down = true }, "ok failed failed", edx.ErrUnavailable},
		"not offered":          {func(w *world) { w.exams = openedx.Table{}.Exam }, "warning ok ok", openedx.ErrNotOffered},
		"no exam": {func(w *world) {
			w.exams = func(context.Context, openedx.Exam, scheduling.Exam) (scheduling.Exam, error) {
				return scheduling.Exam{}, nil
			}
		}, "failed ok ok", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n := w.register(w.north)
			tt.change(w)
			before, _ := w.north.lms.Sitting(n)
			got, found := "", tt.err == nil
			for _, c := range w.p.Preflight(t.Context()) {
				got += " " + string(c.Verdict)
				found = found || errors.Is(c.Err, tt.err)
				if c.Data["platform"] != "north" || c.Verdict == preflight.VerdictFailed && c.Err == nil {
					t.Errorf("the check is %+v", c)
				}
			}
			if got != " "+tt.want || !found {
				t.Errorf("the checks are%s, want %s with %v", got, tt.want, tt.err)
			}
			if after, _ := w.north.lms.Sitting(n); after.Status != before.Status {
				t.Errorf("the checks have made the attempt %s", after.Status)
			}
			if fmt.Sprint(w.p) != "openedx.Provider" {
				t.Error("a Provider prints what it holds")
			}
		})
	}
}

// service changes what the account may do that calls the platform back.
func (w *world) service(u edxtest.User) { w.north.lms.AddUser(u) }

var courseStaff = []edxtest.Role{{Org: "ExampleX", Course: course.String(), Name: "staff"}}
