// Package edx reads an Open edX platform: course runs, who is enrolled in them
// and how, and what learners say about themselves. It speaks the REST APIs of
// the LMS, and so works with any installation that has them.
//
//	client, err := edx.NewClient("https://lms.example.org", edx.WithClientCredentials(id, secret))
//	...
//	course, err := edx.ParseCourseKey("course-v1:ExampleX+CS101+2026_T1")
//	...
//	enrollment, err := client.Enrollments.Get(ctx, "ada_l", course)
//	switch {
//	case errors.Is(err, edx.ErrNotEnrolled):
//		// she never was
//	case err != nil:
//		return err // nobody knows: the platform is down, or the client not allowed
//	case !enrollment.Active || enrollment.Mode != edx.Verified:
//		// she has left, or takes the course in a mode without the exam
//	}
//
// # Signing in
//
// An administrator of the platform makes an OAuth application with the grant
// type "Client credentials"; [WithClientCredentials] takes its id and secret. The
// client then acts as the user who owns the application, and sees other people's
// data only if that user is global staff. It signs in at the first call, keeps
// the token, renews it at four fifths of its life and once more if the platform
// refuses it, and asks for at most one token at a time, however many goroutines
// call. While a token lasts, an outage of the token endpoint is not felt.
// [WithTokenSource] takes tokens from elsewhere instead.
//
// # Keys
//
// [CourseKey] and [UsageKey] are made by parsing alone, in the platform's own
// grammar, so a key that you hold is well formed and goes into URLs unharmed. Both
// are comparable, and go through JSON and database/sql as text.
//
// # Errors
//
// A call fails with a [*ValidationError] before anything is sent, or with an
// [*Error], which says which call, which status and, by errors.Is, for which
// [Reason]. A platform that is down is [ErrUnavailable], unless it is your own
// context that ended. A client that may not sign in finds a [*SignInError] inside.
// The platform's own words are in the fields of *Error and never in its text,
// since they may quote what was asked: no text of an error, and no line of the
// log, holds a token, a URL, a body or anything about a person.
//
// # Limits and retries
//
// Every call here reads, and so is repeated a few times when the connection
// fails, or the platform answers 429 or 5xx. Attempts are paced, bounded in time
// and size, and stop when the context ends; see [WithLimiter], [WithTimeout] and
// [WithRetries]. The platform itself limits most of its endpoints to some 40
// requests a minute, or 120 for staff. A redirect is never followed.
//
// # Times
//
// All times are UTC. One that the platform has not set is the zero time. A
// learner's time zone is in [Preferences], and often unset: [Preferences.Location]
// then says [ErrNoTimeZone], and you should ask the learner.
package edx
