// Package edx is a client for the REST APIs of an Open edX platform: course runs,
// enrollments, accounts and preferences of learners, grades, certificates, and
// timed and proctored exams, and what a proctoring provider reports of these. It uses the APIs of the LMS, and of edx-exams where
// a platform has that service.
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
// An administrator of the platform makes an OAuth application with the grant type
// "Client credentials"; [WithClientCredentials] takes its id and secret. The
// client then acts as the user who owns the application, and sees other people's
// data only if that user is global staff. It signs in at the first call, keeps
// the token, renews it at four fifths of its life and once more if the platform
// refuses it (by a 401, or by the 403 that the views of special exams use for the
// same), and asks for at most one token at a time, however many goroutines call.
// While a token is valid, an outage of the token endpoint does no harm.
// [WithTokenSource] takes tokens from elsewhere instead.
//
// # Keys
//
// A [CourseKey] or [UsageKey] is made only by parsing, in the platform's own
// grammar, so every key is well formed and safe in URLs: also the old
// org/course/run, custom courses (ccx) and keys in any script. Both are
// comparable and can be sorted by their Compare, and go through JSON and
// database/sql as text.
//
// # Lists
//
// A long list comes in pages. Range over it with All and the like, which reads
// one page at a time; an error is the last thing that it yields:
//
//	for row, err := range client.Enrollments.All(ctx, edx.ListEnrollmentsParams{Course: course}) {
//		if err != nil {
//			return err
//		}
//		...
//	}
//
// Or ask for one [Page] at a time with List and the like, and pass its Next as
// the Cursor of the next params, also a day later. All of the platform's forms of
// paging look the same here. From its links only the position in the list is
// taken: the token never goes to another host. A link that leads to another host, or
// back to an earlier page, is an error, after the items of the page at hand. A list
// that changes meanwhile may yield an item twice, or leave one out.
//
// Platforms hold odd rows: exams of tests with a limit below zero, keys that are none,
// dates where a time should be. What can't be read costs neither the rest of a row nor
// the rows after it: it is zero, and the Problem of the row, a [*RowError], names it.
// Where a zero would say something, such as no time limit, look at the Problem first.
//
// # Changes
//
// A change that got no answer may have been carried out: its error is
// [proctorbook.ErrOutcomeUnknown], and [proctorbook.ErrNotDone] if it provably
// was not. Changes that may be repeated (PUT, PATCH, DELETE) are sent again as
// reads are. Enrolling is not: [EnrollmentsService.Enroll], SetMode, Activate and
// Deactivate read the enrollment first, send only what differs, compare the
// answer with the request ([ErrNotApplied]), and read again if no answer came.
//
// # Errors
//
// A call fails with a [*proctorbook.ValidationError] before anything is sent, or
// with an [*Error], which names the call and the status and, by errors.Is, the
// [Reason]. If the platform is down it is [ErrUnavailable], unless your own
// context ended. If the client may not sign in, it wraps a [*SignInError]. The
// platform's own words are in the fields of *Error and never in its text, since
// they may quote the request: no text of an error, and no line of the log, holds
// a token, a URL, a body or personal data.
//
// # Limits and retries
//
// A read is repeated a few times when the connection fails, or the platform
// answers 429 or 5xx. The pace is 2 attempts a second, at most 10 at once;
// [WithLimiter] changes it. One attempt may take 30 s and a call 60 s;
// [WithTimeout] changes that, and the context ends all waits. All calls together
// send again no more than [WithRetryBudget] allows. [WithObserver] is for
// metrics. The platform itself limits most of its endpoints to some 40 requests a
// minute, or 120 for staff: to read thousands of pages set a slower limiter. A
// redirect is never followed.
//
// # Times
//
// All times are UTC. One that the platform has not set is the zero time. A
// learner's time zone is in [Preferences], and often unset:
// [Preferences.Location] then fails with [ErrNoTimeZone], and you should ask the
// learner.
//
// # What is left out
//
// The writing of grades. Single preferences by name, an endpoint that takes no JWT:
// [PreferencesService.Get] has them all.
// The retirement of accounts. Creating special exams, which Studio does; starting
// and submitting one's own attempt, which the learner's browser does. The enrollment
// API's version 2, which no release has yet.
package edx
