// Command webhook shows how a service hears of changes that the provider makes
// without a request: a signed notification wakes the booking, the scheduler
// reads what is true, and the ordered feed of events shows what has changed.
//
//	go run ./examples/webhook
//
// It needs no network: it brings fakes of both services on loopback. The fake
// provider moves one learner's reservation and cancels another's, and posts its
// notifications to the program's own address; then come a forged one and a
// repeated one. -kind chooses the format of the notifications.
//
// Exit codes: 0 done, 1 failed, 2 wrong input.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	_ "time/tzdata" // zone names are known on any machine

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

const (
	exitDone   = 0
	exitFailed = 1
	exitInput  = 2
)

// formats has what the receiver is told of each kind of notification that is sent.
var formats = map[proctorutest.WebhookKind]proctoru.WebhookFormat{
	proctorutest.WebhookJSON: proctoru.WebhookJSON, proctorutest.WebhookCSV: proctoru.WebhookCSV, proctorutest.WebhookForm: proctoru.WebhookForm,
}

const usage = `usage: webhook [-kind json|csv|form]

A fake provider moves one learner's reservation, cancels another's, and notifies this
program of both; then come a forged notification and a repeated one. Prints what was
received, and the events that came of it.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("webhook", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	kind := flags.String("kind", "json", "format of the notifications: json, csv or form")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitDone
	} else if err != nil {
		return exitInput
	}
	if formats[proctorutest.WebhookKind(*kind)] == "" || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "webhook: -kind must be json, csv or form, and there is no other argument")
		return exitInput
	}
	if err := play(ctx, proctorutest.WebhookKind(*kind), stdout); err != nil {
		fmt.Fprintln(stderr, "webhook:", err)
		return exitFailed
	}
	return exitDone
}

// show is one run of the program.
type show struct {
	*world
	*receiver
	feed   feed
	format proctorutest.WebhookKind
	out    io.Writer
	steps  int
}

func play(ctx context.Context, format proctorutest.WebhookKind, out io.Writer) error {
	w, err := newWorld(ctx)
	if err != nil {
		return err
	}
	defer w.Close()
	r, err := listen(w.scheduler, secret, formats[format])
	if err != nil {
		return err
	}
	defer r.close()
	dir, err := os.MkdirTemp("", "webhook")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := &show{world: w, receiver: r, format: format, out: out}
	s.feed = feed{s: w.scheduler, file: filepath.Join(dir, "cursor"), out: out, zone: w.exam.Zone}
	for _, step := range []func(context.Context) error{s.book, s.providerMoves, s.providerCancels, s.forged, s.repeated, s.restart} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// say begins a step.
func (s *show) say(format string, args ...any) {
	s.steps++
	fmt.Fprintf(s.out, "%d. %s\n", s.steps, fmt.Sprintf(format, args...))
}

func (s *show) book(ctx context.Context) error {
	s.say("two learners book")
	for i, start := range []time.Time{s.tuesday, s.tuesday.Add(24 * time.Hour)} {
		if _, err := s.scheduler.Book(ctx, s.exam, s.learners[i], start); err != nil {
			return err
		}
	}
	return s.hear(ctx)
}

func (s *show) providerMoves(ctx context.Context) error {
	s.say("the provider moves the reservation of learner %s by three hours", s.learners[0])
	number, err := s.reservation(ctx, s.learners[0])
	if err != nil {
		return err
	}
	if _, err := s.Provider.ProviderMoves(number, s.tuesday.Add(3*time.Hour)); err != nil {
		return err
	}
	return s.hear(ctx)
}

func (s *show) providerCancels(ctx context.Context) error {
	s.say("the provider cancels the reservation of learner %s", s.learners[1])
	number, err := s.reservation(ctx, s.learners[1])
	if err != nil {
		return err
	}
	if err := s.Provider.ProviderCancels(number); err != nil {
		return err
	}
	return s.hear(ctx)
}

// hear delivers the provider's notifications, lets the scheduler look, and tells
// what has changed.
func (s *show) hear(ctx context.Context) error {
	s.lastHeard = s.Provider.Webhooks(s.format)
	for _, d := range s.lastHeard {
		if err := s.deliver(ctx, d, http.StatusNoContent); err != nil {
			return err
		}
	}
	if err := s.look(ctx); err != nil {
		return err
	}
	_, err := s.feed.follow(ctx)
	return err
}

// forged sends a notification without the secret, which is refused and wakes nothing.
func (s *show) forged(ctx context.Context) error {
	s.say("somebody forges notifications: no signature, another secret, a changed body")
	d := s.lastHeard[0]
	unsigned, foreign, changed := d, d, d
	unsigned.Header, foreign.Header = d.Header.Clone(), d.Header.Clone()
	unsigned.Header.Del(proctorutest.SignatureHeader)
	foreign.Header.Set(proctorutest.SignatureHeader, proctorutest.SignWebhook("a guess", d.Body))
	changed.Body = append(slices.Clone(d.Body), ' ')
	before := s.woken.Load()
	for _, forged := range []proctorutest.WebhookDelivery{unsigned, foreign, changed} {
		if err := s.deliver(ctx, forged, http.StatusUnauthorized); err != nil {
			return err
		}
	}
	return s.unchanged(ctx, before)
}

// repeated is acknowledged, so that the sender stops, and does nothing. Even a
// notification that slips through only makes the scheduler read once more.
func (s *show) repeated(ctx context.Context) error {
	s.say("somebody repeats a notification that he has listened to")
	before := s.woken.Load()
	if err := s.deliver(ctx, s.lastHeard[0], http.StatusNoContent); err != nil {
		return err
	}
	return s.unchanged(ctx, before)
}

// unchanged checks that nothing was woken since, and that nothing has happened.
func (s *show) unchanged(ctx context.Context, woken int64) error {
	if err := s.look(ctx); err != nil {
		return err
	}
	n, err := s.feed.follow(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "   woken: %d, events: %d\n", s.woken.Load()-woken, n)
	if s.woken.Load() != woken || n != 0 {
		return errors.New("a forged or repeated notification had an effect")
	}
	return nil
}

// restart reads the feed as a new process does, with the file alone.
func (s *show) restart(ctx context.Context) error {
	s.say("a new process goes on with the cursor of the old one")
	again := feed{s: s.scheduler, file: s.feed.file, out: s.out, zone: s.feed.zone}
	n, err := again.follow(ctx)
	if err == nil && n != 0 {
		err = fmt.Errorf("%d events came again", n)
	}
	fmt.Fprintf(s.out, "   events: %d\n", n)
	return err
}

// deliver posts a notification as the provider does.
func (s *show) deliver(ctx context.Context, d proctorutest.WebhookDelivery, want int) error {
	request, err := d.Request(ctx, s.url)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	fmt.Fprintf(s.out, "   notification %s: %s\n", d.EventType, response.Status)
	if response.StatusCode != want {
		return fmt.Errorf("a notification was answered with %d, want %d", response.StatusCode, want)
	}
	return nil
}
