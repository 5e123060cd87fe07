// Package backend serves the API that Open edX asks of a proctoring provider: what
// edx-proctoring calls a REST backend, an entry of PROCTORING_BACKENDS with a
// client id and a secret. The platform is the client here. For what a provider tells
// the platform, see [github.com/proctorbook/proctorbook/edx.CallbacksService].
//
//	handler, err := backend.NewHandler(provider, []backend.Platform{
//		{ID: "north", ClientID: "lms-north", Secrets: []backend.Secret{secret}},
//	}, backend.WithConfig(backend.Config{Name: "Exam office", URL: "https://exams.example.org/"}))
//	...
//	server := &http.Server{Addr: ":443", Handler: handler, ReadHeaderTimeout: 5 * time.Second}
//
// The platform's base_url is where these paths begin, without a slash at its end.
//
// You write a [Provider], six methods in typed values; the type desk of the file
// example_test.go, in this folder, is one of forty lines, and [Memory] is one for tests.
// To test your own, let the fake platform of
// github.com/proctorbook/proctorbook/edx/edxtest play whole sittings against the
// handler, as Example_sitting does, in example_sitting_test.go.
//
// # What the platform calls
//
//	call                                            answered by
//	POST   /oauth2/access_token                     the handler
//	GET    /api/v1/config/                          the handler, from WithConfig and WithInstructions
//	POST   /api/v1/exam/                            Provider.SaveExam
//	POST   /api/v1/exam/{exam}/                     Provider.SaveExam
//	GET    /api/v1/exam/{number}/                   the handler: the rules to choose from
//	POST   /api/v1/exam/{exam}/attempt/             Provider.Register
//	GET    /api/v1/exam/{exam}/attempt/{attempt}/   Provider.SetUp
//	PATCH  /api/v1/exam/{exam}/attempt/{attempt}/   Provider.Report: started, submitted or error
//	DELETE /api/v1/exam/{exam}/attempt/{attempt}/   Provider.Remove
//	DELETE /api/v1/user/{user}/                     Provider.Retire
//	GET    /api/v1/courses/{course}/onboarding_statuses
//	                                                the handler, see WithOnboardingApproved
//	GET    /api/v1/instructor/{client}/?jwt=        the handler of WithDashboard, in a browser
//
// A sitting is: SaveExam, twice; Register; SetUp at each view of the set-up page;
// then you call Callbacks.Ready of package edx, and the learner can start; Report of
// started and of submitted; and you call Callbacks.Reviewed. The external id that
// these two ask for is the AttemptID that Register returned.
//
// # What the platform does not do
//
// It never sends a call again, and never renews a token that was refused. It has no
// time-out for its calls, so that a learner's page and a worker hang with the
// provider: the handler answers within 5 seconds, with a refusal if need be, and
// bounds bodies to 256 KiB and 3 seconds. What the platform does is one thing after a
// refusal, and another after no answer at all: one that is lost on the way, or a sign-in
// that is refused.
//
//	call             to a refusal                                to no answer
//	config           newer pages without texts, and without      an error page
//	                 link if the attempt has none
//	exam             it has no id of the exam, and asks for      the same
//	                 one at the next save
//	registration     the learner sees the sentence of the        an error page, and the
//	                 refusal, and may try again                  learner may try again
//	attempt          older pages without texts, and both         an error page
//	                 with the link of the config
//	started, submitted, error
//	                 nothing: it goes on                         an error page, and the attempt
//	                                                             stays there as it was
//	removal          it logs that, and removes its own           an error page, and it keeps its own
//	retirement       it has to be asked again                    an error, and the same
//	onboarding       it goes by its own attempts; of a list it   an error page
//	                 says that the service is not available
//
// So the state of an attempt here is what was heard, and not always what is: it can be
// started or removed here, and neither there, until the call comes again. A
// refusal holds one sentence for a learner's eyes, of those in this package, and
// never a list or null, at which some of the platform's pages break.
//
// # One exam, one attempt
//
// An exam's id is made from its platform and keys by [NewExamID], whatever the path
// says: replicas need no agreement, and a platform that has lost an id, or has one
// of an earlier provider, gets the right one. Which attempt a registration means
// depends on what became of the ones before, so that is the provider's: see
// [Provider] and [NewAttemptID].
//
// The answer to a registration can be lost, and the learner tries again: the same call
// with the same values. So the provider gives the open attempt's id again, which is wrong
// where the platform has two attempts of its own: if two set-ups of a learner run at the
// same moment, as after a double click, or if the report of an error was refused, be it by
// a proxy on the way.
// No provider can tell these from a lost answer. The platform then has one id twice, and
// answers each callback about it with a 500, for good, until the staff of the course
// reset the learner's attempts at the exam, which removes both of them.
//
// # What learners read
//
// The platform's newer pages, those of its learning front end, show the texts of the
// config, as plain text and alike for all. Its older pages show those of the attempt, as
// HTML. So both have the operator's texts, in the learner's language, of which none
// changes its meaning as HTML. They hold nothing of a platform or a learner. Both kinds of
// pages lead to the attempt's URL, which is the learner's own and may hold a token, or to
// the config's, which is for everybody, if the attempt has none. The older pages have it
// within a script.
//
// # Tokens and links
//
// A token is good for an hour and for one client, on all replicas: it is signed
// with a key made of the client's secret. A dashboard link is signed by the platform
// with the secret itself and carries the name and address of the staff; it is opened
// once, over all replicas if they share a [LinkMemory]. It stands in the query of a
// URL: let no proxy in front of the handler write queries into its log.
//
// # What is left out
//
// The attempt statuses onboarding_missing and the like, by which a provider may turn
// a learner away: practice and onboarding exams are registered as all others are.
// Lists of onboarding profiles. The API in the browser between the exam's
// page and a provider's desktop application.
package backend
