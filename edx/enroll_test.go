package edx_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

// becomes lets the platform say first one thing and then another of ada's enrollment.
func (p *lms) becomes(first, then string) {
	p.handle(enrollmentRoute, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if p.count(enrollmentRoute) == 1 {
			io.WriteString(w, first)
			return
		}
		io.WriteString(w, then)
	})
}

// When no answer comes, the enrollment itself tells whether it was done.
func TestEnrollLooksAgainWhenNoAnswerComes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		then string
		want error
	}{
		"it was done":     {enrolled("verified", "true"), nil},
		"it was not":      {"", proctorbook.ErrOutcomeUnknown}, // or not yet
		"nobody can tell": {"{", proctorbook.ErrOutcomeUnknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.becomes("", tt.then)
			p.handle(enrollRoute, drop)
			got, err := p.client(t).Enrollments.Enroll(t.Context(), edx.EnrollParams{Username: username, Course: cs101, Mode: edx.Verified})
			if !errors.Is(err, tt.want) || (got != nil) != (tt.want == nil) {
				t.Errorf("Enroll = %+v, %v, want %v", got, err, tt.want)
			}
			if got := p.count(enrollRoute); got != 1 {
				t.Errorf("it was sent %d times, want once", got)
			}
		})
	}
}

// What is so already is not sent again.
func TestNoChangeIsNotSent(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	isEnrolled("verified", "true")(p)
	own := "GET /api/enrollment/v1/enrollment/" + cs101Path
	p.json(own, enrolled("audit", "true"))
	service := p.client(t).Enrollments
	for name, call := range map[string]func() (*edx.Enrollment, error){
		"Enroll": func() (*edx.Enrollment, error) {
			return service.Enroll(t.Context(), edx.EnrollParams{Username: username, Course: cs101, Mode: edx.Verified})
		},
		"Enroll of oneself": func() (*edx.Enrollment, error) { return service.Enroll(t.Context(), edx.EnrollParams{Course: cs101}) },
		"SetMode":           func() (*edx.Enrollment, error) { return service.SetMode(t.Context(), username, cs101, edx.Verified) },
		"Activate":          func() (*edx.Enrollment, error) { return service.Activate(t.Context(), username, cs101) },
	} {
		if got, err := call(); err != nil || !got.Active {
			t.Errorf("%s = %+v, %v, want the enrollment as it is", name, got, err)
		}
	}
	isEnrolled("verified", "false")(p)
	if got, err := service.Deactivate(t.Context(), username, cs101); err != nil || got.Active {
		t.Errorf("Deactivate = %+v, %v, want the enrollment as it is", got, err)
	}
	if got := p.count(enrollRoute); got != 0 {
		t.Errorf("%d changes were sent, want none", got)
	}
}

// A yes is compared with what was asked for.
func TestEnrollIsCompared(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	hasAddress(p)
	isEnrolled("audit", "true")(p)
	service := p.client(t).Enrollments
	p.json(enrollRoute, enrolled("audit", "true"))
	if _, err := service.SetMode(t.Context(), username, cs101, edx.Verified); !errors.Is(err, edx.ErrNotApplied) {
		t.Errorf("SetMode: error = %v, want ErrNotApplied", err)
	}
	if _, err := service.Deactivate(t.Context(), username, cs101); !errors.Is(err, edx.ErrNotApplied) {
		t.Errorf("Deactivate: error = %v, want ErrNotApplied", err)
	}
	if _, err := service.Enroll(t.Context(), edx.EnrollParams{Email: "ada@example.org", Course: cs101, Mode: edx.Honor}); !errors.Is(err, edx.ErrNotApplied) {
		t.Errorf("Enroll by address: error = %v, want ErrNotApplied", err)
	}
}

const addressRoute = "GET /api/user/v1/accounts?email=ada%40example.org"

// hasAddress lets the platform know ada by her address, and never have enrolled her.
func hasAddress(p *lms) {
	p.json(addressRoute, personReply)
	neverEnrolled(p)
}

// Old releases read no address, and enroll the service user. So the user is named.
func TestEnrollByAddress(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	hasAddress(p)
	p.handle(enrollRoute, func(w http.ResponseWriter, r *http.Request) {
		user := "exam-service" // for whoever is not named
		if sent := p.requests(enrollRoute); strings.Contains(sent[len(sent)-1].body, `"user":"ada_l"`) {
			user = username
		}
		answer(200, "application/json", strings.Replace(enrolled("audit", "true"), username, user, 1))(w, r)
	})
	got, err := p.client(t).Enrollments.Enroll(t.Context(), edx.EnrollParams{Email: "ada@example.org", Course: cs101})
	if err != nil || got.Username != username {
		t.Errorf("Enroll = %+v, %v, want ada", got, err)
	}
}

// Nothing is sent for an address that can't be looked up.
func TestEnrollByAddressUnknown(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"nobody":       {404, "", edx.ErrUserUnknown},
		"not staff":    {403, `{"detail":"No."}`, edx.ErrForbidden},
		"down":         {503, "", edx.ErrUnavailable},
		"the own user": {200, `[{"username":"exam-service","email":"service@example.org"}]`, edx.ErrOtherUser}, // for a parameter that it does not know
	} {
		p := newLMS(t)
		p.reply(addressRoute, tt.status, "application/json", tt.body)
		_, err := p.client(t).Enrollments.Enroll(t.Context(), edx.EnrollParams{Email: "ada@example.org", Course: cs101})
		if !errors.Is(err, tt.want) || !errors.Is(err, proctorbook.ErrNotDone) || p.count(enrollRoute) != 0 {
			t.Errorf("%s: error = %v, %d requests, want %v and ErrNotDone", name, err, p.count(enrollRoute), tt.want)
		}
	}
}

// An answer about somebody else is none for the learner.
func TestEnrollOfAnotherUser(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	isEnrolled("audit", "true")(p)
	service := p.client(t).Enrollments
	p.json(enrollRoute, strings.Replace(enrolled("verified", "true"), username, "exam-service", 1))
	_, err := service.SetMode(t.Context(), username, cs101, edx.Verified)
	if !errors.Is(err, edx.ErrOtherUser) || !errors.Is(err, edx.ErrNotApplied) || strings.Contains(err.Error(), "exam-service") {
		t.Errorf("SetMode: error = %v, want ErrOtherUser", err)
	}
	p.json(enrollRoute, strings.Replace(enrolled("verified", "true"), username, "Ada_L", 1)) // names are found in any case
	if _, err := service.SetMode(t.Context(), username, cs101, edx.Verified); err != nil {
		t.Errorf("SetMode: error = %v for the same name in another case", err)
	}
}

// The platform has one status for many refusals.
func TestEnrollRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status int
		body   string
		cohort string
		want   []error
	}{
		"mode not on offer": {400, `{"message":"The [verified] course mode is expired or otherwise unavailable for course run [C].","course_details":{"course_id":"a/b/c"}}`, "", []error{edx.ErrModeUnavailable, proctorbook.ErrNotDone}},
		"no such course":    {400, `{"message":"No course 'C' found for enrollment"}`, "", []error{edx.ErrNotFound, proctorbook.ErrNotDone}},
		"closed, or full":   {400, `{"message":"An error occurred while creating the new course enrollment for user 'U' in course 'C'"}`, "", []error{proctorbook.ErrNotDone}},
		"no such cohort":    {400, `{"message":"An error occured while adding to cohort [X]"}`, "X", []error{proctorbook.ErrOutcomeUnknown}}, // the enrollment was made
		"no right":          {403, `{"message":"User does not have permission to create enrollment with mode [verified]."}`, "", []error{edx.ErrForbidden, proctorbook.ErrNotDone}},
		"embargo":           {403, `{"message":"Users from this location cannot access the course 'C'.","user_message_url":"https://lms.example.org/embargo"}`, "", []error{edx.ErrEmbargoed, proctorbook.ErrNotDone}},
		"somebody else":     {404, ``, "", []error{edx.ErrForbidden, proctorbook.ErrNotDone}},
		"no such learner":   {406, `{"message":"The user U does not exist."}`, "", []error{edx.ErrUserUnknown, edx.ErrNotFound, proctorbook.ErrNotDone}},
		"a proxy's 406":     {406, `<h1>Not acceptable</h1>`, "", []error{proctorbook.ErrOutcomeUnknown}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			neverEnrolled(p)
			p.reply(enrollRoute, tt.status, "application/json", tt.body)
			_, err := p.client(t).Enrollments.Enroll(t.Context(), edx.EnrollParams{Username: username, Course: cs101, Cohort: tt.cohort})
			for _, want := range tt.want {
				if !errors.Is(err, want) {
					t.Errorf("error = %v, want %v", err, want)
				}
			}
		})
	}
}

// A refused look is no half-done change.
func TestEnrollThatMayNotLook(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.reply(enrollmentRoute, http.StatusNotFound, "", "")
	_, err := p.client(t).Enrollments.Enroll(t.Context(), edx.EnrollParams{Username: username, Course: cs101})
	if !errors.Is(err, edx.ErrForbidden) || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("no right: error = %v, want ErrForbidden and ErrNotDone", err)
	}
	p.reply(enrollmentRoute, http.StatusServiceUnavailable, "", "")
	_, err = p.client(t).Enrollments.Enroll(t.Context(), edx.EnrollParams{Username: username, Course: cs101})
	if !errors.Is(err, edx.ErrUnavailable) || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("down: error = %v, want ErrUnavailable and ErrNotDone", err)
	}
	if got := p.count(enrollRoute); got != 0 {
		t.Errorf("%d changes were sent, want none", got)
	}
}
