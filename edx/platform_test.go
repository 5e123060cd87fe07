package edx_test

import (
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// These tests run against the stateful fake, which was written from the
// platform's bytes and knows nothing of this package's types.

func platformClient(t *testing.T, server *edxtest.Server, id, secret string, opts ...edx.Option) *edx.Client {
	t.Helper()
	opts = append([]edx.Option{edx.WithClientCredentials(id, secret), edx.WithLimiter(noLimit{}), edx.WithClock(newClock())}, opts...)
	client, err := edx.NewClient(server.URL, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestPlatformAsStaffAndAsStranger(t *testing.T) {
	t.Parallel()
	server := newPlatform()
	defer server.Close()
	server.AddUser(edxtest.User{Username: "bob"})
	server.AddClient("bobs-client", "bobs-secret", "bob")
	staff := platformClient(t, server, server.ClientID, server.ClientSecret)
	stranger := platformClient(t, server, "bobs-client", "bobs-secret")

	if _, err := stranger.Enrollments.Get(t.Context(), username, cs101); !errors.Is(err, edx.ErrForbidden) {
		t.Errorf("another's enrollment: error = %v, want ErrForbidden", err)
	}
	if _, err := stranger.Preferences.Get(t.Context(), username); !errors.Is(err, edx.ErrForbidden) && !errors.Is(err, edx.ErrNotFound) {
		t.Errorf("another's preferences: error = %v, want ErrForbidden or ErrNotFound", err)
	}
	if got, err := stranger.Accounts.Get(t.Context(), username); err != nil || got.ID != 0 || got.Email != "" {
		t.Errorf("another's account: %v, %v, want one without id and address", got, err)
	}
	if _, err := staff.Accounts.Get(t.Context(), "nobody"); !errors.Is(err, edx.ErrUserUnknown) {
		t.Errorf("an unknown user's account: error = %v, want ErrUserUnknown", err)
	}
	if _, err := staff.Enrollments.Get(t.Context(), "nobody", cs101); !errors.Is(err, edx.ErrNotEnrolled) {
		t.Errorf("an unknown user's enrollment: error = %v, want ErrNotEnrolled", err)
	}
}

func TestPlatformAfterLeavingAndDeletion(t *testing.T) {
	t.Parallel()
	server := newPlatform()
	defer server.Close()
	client := platformClient(t, server, server.ClientID, server.ClientSecret)

	server.Enroll(username, cs101.String(), "audit", false)
	got, err := client.Enrollments.Get(t.Context(), username, cs101)
	if err != nil || got.Active || got.Mode != edx.Audit || got.Course == nil {
		t.Errorf("after leaving: %+v, %v, want an inactive audit enrollment", got, err)
	}
	server.RemoveCourse(cs101.String())
	got, err = client.Enrollments.Get(t.Context(), username, cs101)
	if err != nil || got.Course != nil {
		t.Errorf("after the course's deletion: %+v, %v, want an enrollment without course", got, err)
	}
	if _, err := client.Courses.Get(t.Context(), cs101, edx.GetCourseParams{Username: username}); !errors.Is(err, edx.ErrNotFound) {
		t.Errorf("a deleted course: error = %v, want ErrNotFound", err)
	}
}

// One clock drives client and platform over a day of exams: tokens run out, are
// revoked, and the service stays signed in.
func TestPlatformStaysSignedIn(t *testing.T) {
	t.Parallel()
	now := proctorbooktest.NewClock(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	server := edxtest.NewServer(edxtest.WithClock(now))
	defer server.Close()
	server.AddUser(edxtest.User{Username: username})
	client := platformClient(t, server, server.ClientID, server.ClientSecret, edx.WithClock(now))

	for minute := range 24 * 60 {
		if minute%100 == 99 {
			server.RevokeTokens()
		}
		if err := get(t.Context(), client); err != nil {
			t.Fatalf("minute %d: %v", minute, err)
		}
		now.Advance(time.Minute)
	}
	if got := server.Counts().TokensIssued; got < 24*60/48 || got > 24*60/48+24*60/100+1 {
		t.Errorf("%d tokens for a day, want one per 48 minutes and one per revocation at most", got)
	}
}

func TestPlatformFaults(t *testing.T) {
	t.Parallel()
	for kind, want := range map[proctorbooktest.FaultKind]error{
		proctorbooktest.LoseRequest: edx.ErrUnavailable,
		proctorbooktest.LoseAnswer:  edx.ErrUnavailable,
		proctorbooktest.Status500:   edx.ErrUnavailable,
		proctorbooktest.Status503:   edx.ErrUnavailable,
		proctorbooktest.Status429:   edx.ErrThrottled,
		proctorbooktest.HTML200:     edx.ErrNotJSON,
		proctorbooktest.Redirect:    proctorbook.ErrRedirect,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			server := newPlatform()
			defer server.Close()
			client := platformClient(t, server, server.ClientID, server.ClientSecret)
			server.Fault(proctorbooktest.Fault{Kind: kind, Endpoint: "accounts", Nth: 1, Times: -1})
			if err := get(t.Context(), client); !errors.Is(err, want) {
				t.Errorf("error = %v, want %v", err, want)
			}
			server.ClearFaults()
			if err := get(t.Context(), client); err != nil {
				t.Errorf("when it is over: %v", err)
			}
		})
	}
}
