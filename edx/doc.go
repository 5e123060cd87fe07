// Package edx speaks to an Open edX platform: course runs, who is enrolled in them
// and how, what learners say about themselves, their grades and certificates, and
// timed and proctored exams. It uses the REST APIs of the LMS, and of edx-exams
// where a platform has that, and so works with any installation that has them.
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
// refuses it (by a 401, or by the 403 that the views of special exams use for the
// same), and asks for at most one token at a time, however many goroutines call.
// While a token lasts, an outage of the token endpoint is not felt.
// [WithTokenSource] takes tokens from elsewhere instead.
//
// # Keys
//
// [CourseKey] and [UsageKey] are made by parsing alone, in the platform's own
// grammar, so a key that you hold is well formed and goes into URLs unharmed: the
// old org/course/run, custom courses (ccx) and keys of any script too. Both are
// comparable and can be sorted by their Compare, and go through JSON and
// database/sql as text.
//
// # Lists
//
// A long list comes in pages. Range over it with All and the like, which asks for
// a page when you get there and keeps no more than one; an error is the last thing
// that it yields:
//
//	for row, err := range client.Enrollments.All(ctx, edx.ListEnrollmentsParams{Course: course}) {
//		if err != nil {
//			return err
//		}
//		...
//	}
//
// Or ask for one [Page] at a time with List and the like, and go on with its Next
// as the Cursor of the params, also tomorrow. The platform's forms of paging are
// all alike here. Its links are taken for the position in the list alone: the
// token never goes to another host, and a list that leads there, or back to where
// one was, is an error. A list that changes while you walk it may show an item
// twice, or leave one out.
//
// # Changes
//
// A change that got no answer may have been made: its error is then
// [proctorbook.ErrOutcomeUnknown], and [proctorbook.ErrNotDone] where it was provably not. What a repeat
// can't harm (PUT, PATCH, DELETE) is repeated as reads are. Enrolling is not:
// [EnrollmentsService.Enroll] and its sisters look at the enrollment first, send no
// more than the difference, compare what came of it ([ErrNotApplied]) and look
// again if no answer came.
//
// # Errors
//
// A call fails with a [*proctorbook.ValidationError] before anything is sent, or with an
// [*Error], which says which call, which status and, by errors.Is, for which
// [Reason]. A platform that is down is [ErrUnavailable], unless it is your own
// context that ended. A client that may not sign in finds a [*SignInError] inside.
// The platform's own words are in the fields of *Error and never in its text,
// since they may quote what was asked: no text of an error, and no line of the
// log, holds a token, a URL, a body or anything about a person.
//
// # Limits and retries
//
// A read is repeated a few times when the connection fails, or the platform
// answers 429 or 5xx. Attempts are paced, bounded in time and size, and stop when
// the context ends; see [WithLimiter], [WithTimeout] and [WithRetries]. The
// platform itself limits most of its endpoints to some 40 requests a minute, or 120
// for staff: for a walk over thousands of pages set a limiter that stays below. A
// redirect is never followed.
//
// # Times
//
// All times are UTC. One that the platform has not set is the zero time. A
// learner's time zone is in [Preferences], and often unset: [Preferences.Location]
// then says [ErrNoTimeZone], and you should ask the learner.
//
// # What is left out
//
// The outline of a course (blocks), and the writing of grades. Single preferences
// by name, an endpoint that takes no JWT: [PreferencesService.Get] has them all.
// The retirement of accounts. Special exams as Studio makes them, and as a
// learner's browser sits them: starting, submitting and watching one's own attempt;
// and what a proctoring provider tells the platform. The enrollment API's version
// 2, which no release has yet.
package edx
