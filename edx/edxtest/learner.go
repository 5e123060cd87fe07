package edxtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// FrontEnd is the kind of pages on which learners sit exams.
type FrontEnd int

const (
	// LearningApp is the learning front end, an application in the browser. It asks for
	// the exam after each step, and for the provider's configuration whenever it is
	// loaded.
	LearningApp FrontEnd = iota
	// OldPage is the page that the platform itself renders, anew after each step.
	OldPage
)

// Learner is somebody in front of the pages of exams. It is for one goroutine; take one
// for each learner, or for each of a learner's browsers.
type Learner struct {
	browser
	frontEnd     FrontEnd
	instructions []string // that the learning front end has loaded
}

// View is what a learner sees of an exam.
type View struct {
	// Attempt is the platform's number of the attempt; 0 is none yet.
	Attempt int64
	// Status is that of the attempt; "" is none yet.
	Status string
	// Instructions are the provider's, for the set-up. The learning front end loads them
	// with the page, which is [Learner.Look]: what comes back from a click has those of the
	// last Look, and none before the first.
	Instructions []string
	// Download is where the provider's software is, or what else the provider leads the
	// learner to: with package scheduling/openedx the learner's link to the booking pages.
	// "" is not told.
	Download string
	// Readable reports whether the exam itself is on the page: it has been started, or
	// the proctor was declined.
	Readable bool
}

// Learner returns a learner who is signed in to the pages of a front end.
func (s *Server) Learner(username string, frontEnd FrontEnd) *Learner {
	return &Learner{browser: browser{s, username}, frontEnd: frontEnd}
}

// Look loads the page of an exam. The provider is asked about the attempt as long as
// its set-up goes on. It returns a *PageError where the page is an error.
func (l *Learner) Look(ctx context.Context, exam int64) (View, error) {
	view, err := l.view(ctx, exam)
	if err != nil || l.frontEnd == OldPage {
		return view, err
	}
	e, _ := l.server.Exam(exam)
	if !e.Proctored && !e.Practice {
		return view, nil
	}
	settings, err := l.ask(ctx, fmt.Sprintf("look at exam %d", exam), get, fmt.Sprintf("%sproctored_exam/settings/exam_id/%d/", proctoring, exam), nil)
	if err != nil {
		return view, err
	}
	l.instructions = textsOf(membersOf(membersOf(settings)["exam_proctoring_backend"])["instructions"])
	return l.withInstructions(view), nil
}

// SetUp begins the set-up of a proctored exam, which registers an attempt with the
// provider. Where the provider's answer won't do it returns a *PageError with the
// provider's status and words: with status 200 if there was no id in its answer. An
// attempt that waits for the onboarding is no error.
func (l *Learner) SetUp(ctx context.Context, exam int64) (View, error) {
	return l.enter(ctx, exam, true)
}

// Decline sits a proctored exam without a proctor: it can be read at once, all other
// proctored exams of the course are declined as well, and the provider hears nothing. It
// comes in the place of SetUp, and is refused after it: there is an attempt already.
func (l *Learner) Decline(ctx context.Context, exam int64) (View, error) {
	return l.enter(ctx, exam, false)
}

func (l *Learner) enter(ctx context.Context, exam int64, proctored bool) (View, error) {
	did := fmt.Sprintf("set up exam %d", exam)
	if !proctored {
		did = fmt.Sprintf("decline exam %d", exam)
	}
	made, err := l.ask(ctx, did, post, proctoring+"proctored_exam/attempt", object{
		{"exam_id", exam}, {"start_clock", "false"}, {"attempt_proctored", strconv.FormatBool(proctored)},
	})
	if err != nil {
		return View{}, err
	}
	if members := membersOf(made); members["exam_attempt_id"] == nil {
		return View{}, &PageError{Did: did, Status: 200, Detail: textOf(members["detail"])}
	}
	return l.view(ctx, exam)
}

// ClickDownload clicks on the link to the provider's software.
func (l *Learner) ClickDownload(ctx context.Context, exam int64) (View, error) {
	return l.step(ctx, exam, "download the software for", "click_download_software", "created", "download_software_clicked")
}

// Start starts the exam. The page has the button for it only once the provider has
// called "ready": before that it is an error, and nothing is sent.
func (l *Learner) Start(ctx context.Context, exam int64) (View, error) {
	return l.step(ctx, exam, "start", "start", "ready_to_start")
}

// Submit ends the exam, and then submits it.
func (l *Learner) Submit(ctx context.Context, exam int64) (View, error) {
	if _, err := l.step(ctx, exam, "end", "stop", "started", "ready_to_submit"); err != nil {
		return View{}, err
	}
	return l.step(ctx, exam, "submit", "submit", "ready_to_submit")
}

// LoseSoftware is what the page does when the provider's software is gone: the attempt
// is in error, unless it has been submitted.
func (l *Learner) LoseSoftware(ctx context.Context, exam int64) (View, error) {
	return l.step(ctx, exam, "lose the software at", "error")
}

// PracticeAgain begins another attempt at a practice exam that was sat and not passed.
func (l *Learner) PracticeAgain(ctx context.Context, exam int64) (View, error) {
	return l.step(ctx, exam, "practice again at", "reset_attempt")
}

// step does what a button of the page does, if the page has it in the attempt's status,
// and shows the page again.
func (l *Learner) step(ctx context.Context, exam int64, verb, action string, statuses ...string) (View, error) {
	did := fmt.Sprintf("%s exam %d", verb, exam)
	a, found := l.server.latestAttempt(l.username, exam)
	switch {
	case !found:
		return View{}, fmt.Errorf("edxtest: %s: there is no attempt: SetUp first", did)
	case statuses != nil && !slices.Contains(statuses, a.Status):
		return View{}, fmt.Errorf("edxtest: %s: the page has no button for it while the attempt is %s, only while it is %s", did, a.Status, statuses)
	}
	_, err := l.ask(ctx, did, put, fmt.Sprintf("%sproctored_exam/attempt/%d", proctoring, a.ID), object{{"action", action}})
	if err != nil {
		return View{}, err
	}
	return l.view(ctx, exam)
}

// latestAttempt is the learner's last attempt at the exam.
func (s *Server) latestAttempt(username string, exam int64) (a Attempt, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if latest := s.exams.latest(username, exam); latest != nil {
		return *latest, true
	}
	return Attempt{}, false
}

// view is what the page shows after a step.
func (l *Learner) view(ctx context.Context, exam int64) (View, error) {
	if l.frontEnd == OldPage {
		return l.oldView(ctx, exam)
	}
	e, found := l.server.Exam(exam)
	if !found {
		return View{}, fmt.Errorf("edxtest: there is no exam %d", exam)
	}
	target := fmt.Sprintf("%sproctored_exam/attempt/course_id/%s?content_id=%s&is_learning_mfe=true", proctoring, e.Course, escaped(e.Content))
	data, err := l.ask(ctx, fmt.Sprintf("look at exam %d", exam), get, target, nil)
	if err != nil {
		return View{}, err
	}
	attempt := membersOf(membersOf(membersOf(data)["exam"])["attempt"])
	id, _ := attempt["attempt_id"].(json.Number)
	n, _ := toNumber(id.String())
	status := textOf(attempt["attempt_status"])
	return l.withInstructions(View{Attempt: n, Status: status, Download: textOf(attempt["software_download_url"]), Readable: readable(status)}), nil
}

// withInstructions adds what the learning front end has loaded, where it shows it.
func (l *Learner) withInstructions(v View) View {
	if v.Status == "created" || v.Status == "download_software_clicked" {
		v.Instructions = l.instructions
	}
	return v
}

// readable reports whether the page is the exam itself.
func readable(status string) bool { return status == "started" || status == "declined" }

// oldView has the platform render the page, which is no API.
func (l *Learner) oldView(ctx context.Context, exam int64) (View, error) {
	a, found := l.server.latestAttempt(l.username, exam)
	if !found {
		return View{}, nil
	}
	return l.server.renderPage(ctx, a.ID)
}
