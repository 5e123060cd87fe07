package main

import (
	"cmp"
	"context"
	"embed"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// portal is the web application.
type portal struct {
	order
	*engine
	*lms
	store *sqlstore.Store
	clock proctorbook.Clock
	log   *slog.Logger
	pages *pages
}

//go:embed static
var static embed.FS

// handler returns all pages, with the guards before them.
func (p *portal) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/", files)
	mux.Handle("GET /{$}", p.shows(p.home))
	mux.Handle("POST /sign-in", p.shows(p.signIn))
	mux.Handle("POST /sign-out", p.shows(p.signOut))
	for pattern, page := range map[string]page{
		"GET /profile":                    p.profilePage,
		"POST /profile":                   p.saveProfile,
		"GET /exams/{exam}":               with(p.exam, p.examPage),
		"GET /exams/{exam}/slots":         with(p.exam, p.slotsPage),
		"GET /exams/{exam}/confirm":       with(p.exam, p.confirmPage),
		"POST /exams/{exam}/book":         with(p.exam, p.book),
		"GET /bookings/{id}":              with(p.mine, p.bookingPage),
		"POST /bookings/{id}/move":        with(p.mine, p.move),
		"GET /bookings/{id}/cancel":       with(p.mine, p.cancelPage),
		"POST /bookings/{id}/cancel":      with(p.mine, p.cancel),
		"POST /bookings/{id}/begin":       with(p.mine, p.begin),
		"POST /bookings/{id}/unlock":      with(p.mine, p.unlock),
		"POST /bookings/{id}/finish":      with(p.mine, p.finish),
		"GET /bookings/{id}/calendar.ics": with(p.mine, p.calendarFile),
	} {
		mux.Handle(pattern, p.shows(p.learners(page)))
	}
	for pattern, page := range map[string]page{
		"GET /staff":                          p.sessionsPage,
		"GET /staff/sessions.csv":             p.sessionsCSV,
		"GET /staff/attention":                p.attentionPage,
		"GET /staff/not-booked":               p.notBookedPage,
		"GET /staff/not-booked.csv":           p.notBookedCSV,
		"GET /staff/discrepancies":            p.discrepanciesPage,
		"GET /staff/discrepancies.csv":        p.discrepanciesCSV,
		"GET /staff/charts":                   with(p.allFigures, p.chartsPage),
		"GET /staff/charts/{chart}":           with(p.allFigures, p.chart),
		"GET /staff/bookings/{id}":            p.timelinePage,
		"GET /staff/bookings/{id}/events.csv": p.timelineCSV,
		"POST /staff/bookings/{id}/resolve":   p.resolve,
		"POST /staff/bookings/{id}/{act}":     p.act,
		"GET /staff/learners/{id}":            with(p.whose, p.accommodationPage),
		"POST /staff/learners/{id}":           with(p.whose, p.accommodate),
	} {
		mux.Handle(pattern, p.shows(p.staff(page)))
	}
	mux.Handle("/", p.shows(func(*visit) error { return errNoPage }))
	guarded := guard(mux, newLimits(p.Limit), p.visitor, p.log)
	if p.lms == nil {
		return guarded
	}
	mux.Handle("/sit/", p.gate)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// What the platform calls has a sign-in, limits and a log of its own, and paths that a ServeMux would rewrite.
		if strings.HasPrefix(r.URL.Path, "/oauth2/") || strings.HasPrefix(r.URL.Path, "/api/") {
			p.calls.ServeHTTP(w, r)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// visitor names whose limit counts: the person's, or the machine's before signing in.
func (p *portal) visitor(r *http.Request) string {
	who, attempt, _ := p.signedIn(r)
	if who != nil {
		return who.Username
	}
	return cmp.Or(string(attempt), machineOf(r))
}

// files serves the style sheet and the icon. Their names change with their content.
func files(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=3600")
	http.FileServerFS(static).ServeHTTP(w, r)
}

// serveHTTP serves until ctx ends, and lets requests under way end.
func serveHTTP(ctx context.Context, listener net.Listener, h http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	ended := make(chan struct{})
	running := context.AfterFunc(ctx, func() {
		defer close(ended)
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if server.Shutdown(ending) != nil {
			_ = server.Close() // whoever is left is cut off
		}
	})
	if err := server.Serve(listener); running() {
		return err // it has ended by itself
	}
	<-ended
	return nil
}
