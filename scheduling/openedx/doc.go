// Package openedx makes a scheduling.Scheduler the proctoring provider of Open edX
// platforms, which need no change: what edx-proctoring calls a REST backend. The platform
// tells of its exams and registers who sits them, the learner books a time and is let in by
// a proctor, and the platform hears that the exam may be opened, and how it went.
//
//	platforms, err := openedx.NewPlatforms(store.OpenEdX(), log, openedx.LMS{ID: "north", Client: lms})
//	s, err := scheduling.New(provider.ProctorU{Client: proctor}, platforms, store, scheduling.WithUnlockKeys(key))
//	links, err := openedx.NewLinks("https://exams.example.org/sit", linkKeys)
//	p, err := openedx.New(s, platforms, openedx.Table{
//		{}: {Zone: paris, Window: scheduling.Window{Start: opens}},
//	}.Exam, openedx.WithLink(links.URL))
//	pages, err := page.New(p, s, store)
//	gate, err := p.Gate(links, pages.Serve)
//	handler, err := backend.NewHandler(p, []backend.Platform{{ID: "north", ClientID: "lms-north", Secrets: secrets}})
//
//	serve := func(w http.ResponseWriter, r *http.Request) { // no ServeMux: it would rewrite the platform's paths
//		if strings.HasPrefix(r.URL.Path, "/sit/") {
//			gate.ServeHTTP(w, r) // the learners
//			return
//		}
//		handler.ServeHTTP(w, r) // the platform: /oauth2/ and /api/
//	}
//
//	// In the background, each until ctx ends. If one ends before, with an error, end the others:
//	// none works well without them.
//	err = s.Serve(ctx, scheduling.ServeOptions{})                          // the bookings
//	err = p.Serve(ctx, 10*time.Second)                                     // the attempts
//	err = s.Consume(ctx, "openedx", p.Handle, scheduling.ConsumeOptions{}) // what happens to bookings
//
// examples/lmsprovider is that program: newService, ServeHTTP and run in its service.go.
//
// # A sitting
//
//	the platform                        here
//	an exam is saved                    an Exam, which the ExamFunc completes
//	a learner begins the set-up         an Attempt; its link leads to the booking pages
//	                                    the platform's own list of attempts tells who it is
//	                                    Provider.Book: the Scheduler reserves
//	                                    Provider.Begin, and the proctor types the code
//	the exam may be opened              the callback "ready", once the code was typed
//	the learner starts                  kept
//	the learner submits                 Scheduler.Finish
//	the attempt is verified             the callback "reviewed", once there is a verdict
//	the attempt is removed              the booking is canceled, or void if it was begun
//	a learner is retired                the booking is canceled, and what is personal erased
//	staff erase a learner               by StaffService.Erase: what is personal goes here, too
//
// A call of the platform never waits for another service, nor for the platform itself. What
// follows from it is stored first, and done by [Provider.Work]: however often an answer is
// lost or a process dies, each attempt ends as it should: one that a dead process was working
// on is taken over after two minutes. The platform need not be up while
// a learner whom it has registered books; see [Platforms].
//
// # What a platform says, and what it proves
//
// It registers an obscured id, a name and perhaps an address. Names and addresses are other
// people's, too: an attempt is a learner's only if the platform's list of attempts has it as
// theirs, under our id. Until that is known, [Provider.Sitting] fails with
// [ErrNotIdentified]; whom the list does not tell, staff tie by hand, with [Provider.Tie].
//
// Everybody who is signed in to the platform may tell it that a learner may start. So an
// attempt that is started shows nothing of a proctor: unless the code was typed here, it is
// shown to staff as [TroubleWithoutCode], and the platform's staff have to look at it.
// Whether our own "ready" arrived is read back, since the platform answers the same if it
// did not take it.
//
// The platform tells once that a learner has submitted. If that is lost, it is asked when
// there is a verdict. Extra time that it grants after the registration it does not tell at
// all: it is asked at [Provider.Book] and [Provider.Begin], and the longer time holds.
//
// # The learner's link
//
// The set-up page of the platform has a link to the booking pages, signed anew at each view
// ([Links]). The first browser that opens one is let in and gets a cookie; another one has
// to type the learner's name or address as well, so that a link that somebody passes on
// opens nothing by itself ([Provider.Gate]). Behind the gate stand the pages of package page,
// or the operator's own ([PageFunc]).
//
// A link that nobody has opened yet is the learner's whole proof: whoever opens it first is
// let in. It is shown to the learner alone, who is signed in to the platform, and ends soon.
//
// # Several platforms
//
// Two platforms number their learners alike, and may have the same courses. A learner's id
// has the platform in front, unless [LMS].BareIDs is set, so that they never mix.
//
// # Rights
//
// The user of each platform's client must be global staff, or be allowed to read accounts,
// to list the attempts of the courses, and to give verdicts, for which the user must be in
// the group that the platform names after the provider. [Provider.Preflight] tries both
// of the latter, and says what lacks.
//
// # What is left out
//
// What a learner may do besides ([Attempt].ReviewException) is kept for staff, and does not
// reach the proctor. Practice exams are booked as all others are. An attempt that is in
// error on the platform stays as it is here: if staff let the learner resume, the booking
// is for the attempt that is registered then. It is opened while the learner's time lasts:
// after that nobody watches, and staff see [TroubleTimeOver].
package openedx
