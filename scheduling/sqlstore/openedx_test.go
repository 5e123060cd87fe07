package sqlstore_test

import (
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/openedx/storetest"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

func TestOpenEdX(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		storetest.RunShared(t, func(t *testing.T) (a, b openedx.Store) {
			dsn, db := m.migrated(t)
			return m.on(t, db).OpenEdX(), m.on(t, m.connect(t, dsn)).OpenEdX()
		})
	})
}

// One call of staff erases a learner of a platform from all tables, and not another's with
// the same number.
func TestStaffEraseLeavesNoWordOfAPlatform(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		s := m.on(t, db)
		lms, err := edx.NewClient("https://lms.example", edx.WithClientCredentials("id", "secret"))
		must(t, err)
		proctor, err := proctoru.NewClient("https://proctor.example", "token")
		must(t, err)
		platforms, err := openedx.NewPlatforms(s.OpenEdX(), nil, openedx.LMS{ID: "north", Client: lms}, openedx.LMS{ID: "south", Client: lms})
		must(t, err)
		scheduler, err := scheduling.New(provider.ProctorU{Client: proctor}, platforms, s)
		must(t, err)
		for _, platform := range []backend.PlatformID{"north", "south"} {
			word := func(of string) string { return of + "W-" + string(platform) }
			learner := scheduling.LearnerID(platform + "-4211")
			_, err := s.PutLearner(t.Context(), scheduling.Learner{ID: learner, UpdatedAt: day(1), Username: word("User"), Name: word("Name"), Email: word("Mail")})
			must(t, err)
			_, err = s.OpenEdX().PutPerson(t.Context(), openedx.Person{
				Platform: platform, User: "u1", FullName: word("Full"), Email: word("Address"), Username: word("Account"), TiedBy: word("Staff"), Learner: learner,
			})
			must(t, err)
			_, err = s.OpenEdX().PutAttempt(t.Context(), openedx.Attempt{
				ID: backend.AttemptID("attempt-" + platform), Platform: platform, Exam: backend.ExamID("exam-" + platform), User: "u1", Learner: learner,
				ReviewException: word("Exception"), Browsers: []openedx.Browser{{Hash: word("Browser")}},
			})
			must(t, err)
		}

		must(t, scheduler.Staff.Erase(t.Context(), "north-4211"))

		after := dump(t, m, db)
		for _, of := range []string{"User", "Name", "Mail", "Full", "Address", "Account", "Staff", "Exception", "Browser"} {
			if strings.Contains(after, of+"W-north") || !strings.Contains(after, of+"W-south") {
				t.Errorf("after Erase of the one learner %q is in the tables: of the one %t, want false; of the other %t, want true",
					of+"W", strings.Contains(after, of+"W-north"), strings.Contains(after, of+"W-south"))
			}
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
