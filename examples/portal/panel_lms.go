package main

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// This file is the Open edX of the demonstration, for which the portal is the proctoring
// provider: its author publishes an exam, and its learners do on its pages what they do there.

// providerName is how the LMS calls the portal.
const providerName = "portal"

// frontDoor is the address at which the LMS and browsers on this machine reach a listener;
// "" if they can't, or if links to it would need TLS.
func frontDoor(l net.Listener) string {
	at, ok := l.Addr().(*net.TCPAddr)
	if !ok || !at.IP.IsUnspecified() && (at.IP.To4() == nil || !at.IP.IsLoopback()) {
		return ""
	}
	return "http://127.0.0.1:" + strconv.Itoa(at.Port)
}

// provides makes the portal, as the order has it, known to the LMS.
func (w *world) provides(o order) {
	if o.Public != "" {
		w.platform.AddBackend(edxtest.Backend{Name: providerName, ClientID: o.CallerID, ClientSecret: o.CallerSecret, URL: o.Public})
	}
}

// publish is the author, who saves the exam that can be sat today: to save it again changes
// nothing. There it ends a day before the portal's own window does.
func (w *world) publish(ctx context.Context) (exam int64, err error) {
	e := w.exams[0].Exam
	saved, err := w.platform.PublishExam(ctx, edxtest.Exam{
		Course: e.Course.String(), Content: e.Usage.String(), Name: e.Name, Minutes: int(e.Duration / time.Minute), Due: e.Window.End.AddDate(0, 0, -1),
		Proctored: true, Backend: providerName,
	})
	if err == nil && saved.ExternalID == "" {
		err = errors.New("the portal did not answer when the exam was saved")
	}
	return saved.ID, err
}

// acts does on the LMS what the learner clicks there, and returns the link that the page
// has then.
func (w *world) acts(ctx context.Context, username, act string) (link string, err error) {
	learner := w.platform.Learner(username, edxtest.LearningApp)
	if act == "begin" {
		exam, err := w.publish(ctx)
		if err == nil {
			_, err = learner.SetUp(ctx, exam)
		}
		return "", err
	}
	all := w.platform.Seen().Sittings
	slices.Reverse(all)
	i := slices.IndexFunc(all, func(s edxtest.Sitting) bool { return s.Username == username && !s.Removed })
	if i < 0 {
		return "", errBadForm
	}
	var view edxtest.View
	switch act {
	case "open":
		view, err = learner.ClickDownload(ctx, all[i].ExamID)
	case "start":
		view, err = learner.Start(ctx, all[i].ExamID)
	case "submit":
		view, err = learner.Submit(ctx, all[i].ExamID)
	default:
		err = errBadForm
	}
	return view.Download, err
}

// lmsView is what the panel shows of the LMS.
type lmsView struct {
	Exam     string
	Learners []person
	Sittings []lmsSitting
	Failed   bool // what was clicked last led to an error page there
}

// lmsSitting is an attempt, as the LMS has it.
type lmsSitting struct {
	edxtest.Sitting
	Name  string
	SetUp bool   // the learner has not been let in yet
	Link  string // that the page has now; without the host, so that it leads to where the visitor is
	Waits bool   // the portal is about to tell the LMS something
}

// maxSittings is how many attempts the panel shows.
const maxSittings = 4

// lmsSection looks at the LMS, as its learners do.
func (d *demo) lmsSection(v *visit, alive bool) lmsView {
	view := lmsView{Exam: d.world.exams[0].Exam.Name, Failed: v.r.FormValue("failed") != ""}
	names := map[string]string{}
	for _, who := range samplePeople {
		if names[who.Username] = who.Name; !who.Staff {
			view.Learners = append(view.Learners, who.person)
		}
	}
	all := d.world.platform.Seen().Sittings
	slices.Reverse(all)
	for _, s := range all[:min(maxSittings, len(all))] {
		shown := lmsSitting{Sitting: s, Name: names[s.Username], SetUp: s.Status == "created" || s.Status == "download_software_clicked"}
		if shown.SetUp && !s.Removed && alive {
			page, err := d.world.platform.Learner(s.Username, edxtest.LearningApp).Look(v.ctx(), s.ExamID)
			if err == nil { // else the portal has just died, and the page has no link
				shown.Link = strings.TrimPrefix(page.Download, d.order.Public)
			}
		}
		shown.Waits = d.waits(v.ctx(), shown)
		view.Sittings = append(view.Sittings, shown)
	}
	return view
}

// waits reports whether the LMS does not know yet what we know: that the proctor has
// typed the code, or how the session went.
func (d *demo) waits(ctx context.Context, s lmsSitting) bool {
	a, err := d.store.OpenEdX().Attempt(ctx, backend.AttemptID(s.ExternalID))
	if err != nil || s.Removed {
		return false
	}
	b, err := d.store.Get(ctx, a.Booking)
	if err != nil {
		return false
	}
	over := slices.ContainsFunc(d.world.provider.Reservations(), func(r proctorutest.Reservation) bool { return r.ID == string(b.ID) && r.Ended })
	return b.State == scheduling.StateUnlocked && s.SetUp || over && s.Status == "submitted"
}

// onLMS does what a button of the LMS's pages does.
func (d *demo) onLMS(v *visit) error {
	who, act := v.r.PostFormValue("who"), v.r.PostFormValue("act")
	link, err := d.world.acts(v.ctx(), who, act)
	switch _, page := errors.AsType[*edxtest.PageError](err); {
	case errors.Is(err, errBadForm):
		return err
	case err != nil:
		d.log.Warn("the course platform shows an error", "act", act, "its page", page)
		return v.goTo("/panel?failed=1#lms")
	case act == "open" && link != "":
		return v.goTo(strings.TrimPrefix(link, d.order.Public))
	}
	return v.goTo("/panel#lms")
}
