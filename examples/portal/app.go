package main

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
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
	mux.Handle("GET /static/", files())
	mux.Handle("GET /{$}", p.anybody(p.home))
	mux.Handle("POST /sign-in", p.anybody(p.signIn))
	mux.Handle("POST /sign-out", p.anybody(p.signOut))
	for pattern, page := range map[string]page{
		"GET /profile":                    p.profilePage,
		"POST /profile":                   p.saveProfile,
		"GET /exams/{exam}":               p.examPage,
		"GET /exams/{exam}/slots":         p.slotsPage,
		"GET /exams/{exam}/confirm":       p.confirmPage,
		"POST /exams/{exam}/book":         p.book,
		"GET /bookings/{id}":              p.bookingPage,
		"POST /bookings/{id}/move":        p.move,
		"GET /bookings/{id}/cancel":       p.cancelPage,
		"POST /bookings/{id}/cancel":      p.cancel,
		"POST /bookings/{id}/begin":       p.begin,
		"POST /bookings/{id}/unlock":      p.unlock,
		"POST /bookings/{id}/finish":      p.finish,
		"GET /bookings/{id}/calendar.ics": p.calendarFile,
	} {
		mux.Handle(pattern, p.learner(page))
	}
	for pattern, page := range map[string]page{
		"GET /staff":                          p.sessionsPage,
		"GET /staff/sessions.csv":             p.sessionsCSV,
		"GET /staff/attention":                p.attentionPage,
		"GET /staff/not-booked":               p.notBookedPage,
		"GET /staff/not-booked.csv":           p.notBookedCSV,
		"GET /staff/discrepancies":            p.discrepanciesPage,
		"GET /staff/discrepancies.csv":        p.discrepanciesCSV,
		"GET /staff/charts":                   p.chartsPage,
		"GET /staff/charts/{chart}":           p.chart,
		"GET /staff/bookings/{id}":            p.timelinePage,
		"GET /staff/bookings/{id}/events.csv": p.timelineCSV,
		"POST /staff/bookings/{id}/{act}":     p.act,
		"GET /staff/learners/{id}":            p.accommodationPage,
		"POST /staff/learners/{id}":           p.accommodate,
	} {
		mux.Handle(pattern, p.staff(page))
	}
	mux.Handle("/", p.anybody(func(*visit) error { return errNoPage }))
	if p.lms != nil {
		mux.Handle("/sit/", p.gate)
	}
	return p.withCalls(guard(mux, newLimits(p.Limit), p.visitor, p.log))
}

// visitor names whose limit counts: the person's, or the machine's before signing in.
func (p *portal) visitor(r *http.Request) string {
	who, attempt := p.signedIn(r)
	if who != nil {
		return who.Username
	}
	return cmp.Or(string(attempt), machineOf(r))
}

// files serves the style sheet and the icon. Their names change with their content.
func files() http.Handler {
	sub, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is embedded
	}
	serve := http.StripPrefix("/static/", http.FileServerFS(sub))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		serve.ServeHTTP(w, r)
	})
}

// serveHTTP serves until ctx ends, and lets requests under way end.
func serveHTTP(ctx context.Context, listener net.Listener, h http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ending); err != nil {
		_ = server.Close() // whoever is left is cut off
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
