package backend

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/proctorbook/proctorbook"
)

// Option sets one property of a handler.
type Option func(*settings, *validation)

type settings struct {
	clock      proctorbook.Clock
	log        *slog.Logger
	failed     func(context.Context, Failure)
	config     Config
	texts      map[string]Instructions
	dashboard  DashboardHandler
	links      LinkMemory
	onboarding bool
}

func defaults() settings {
	return settings{
		clock: proctorbook.SystemClock{}, log: slog.New(slog.DiscardHandler), failed: func(context.Context, Failure) {},
		config: Config{Name: "Proctoring"}, texts: defaultInstructions(), dashboard: plainDashboard, links: NewLinkMemory(),
	}
}

// WithConfig sets what a platform's pages say of the provider. Default: the name
// Proctoring, without page and rules.
func WithConfig(c Config) Option {
	return func(s *settings, v *validation) {
		s.config = c
		c.check(v)
	}
}

// WithInstructions sets what learners read on the set-up page, by language tag, such as
// "en" or "pt-br". The table takes the place of the handler's own words in all languages:
// who gives "en" and "es" has no French. Learners of a language that is not in it read
// those of "en"; without that those of the first tag that begins with "en-", and without
// such a one of the first tag in alphabetical order. "pt_BR" and "pt-br" are one language.
// Default: English, French and Spanish words of ours, of an exam whose time is booked.
func WithInstructions(table map[string]Instructions) Option {
	return func(s *settings, v *validation) {
		s.texts = map[string]Instructions{}
		v.check("instructions", len(table) > 0, "must have at least one language")
		seen := map[string]bool{}
		for tag, texts := range table {
			field := fmt.Sprintf("instructions[%q]", tag)
			texts.check(v, field, tag)
			v.check(field, !seen[normalTag(tag)], "is a language that is there twice, as "+normalTag(tag))
			seen[normalTag(tag)] = true
			s.texts[normalTag(tag)] = Instructions{Exam: slices.Clone(texts.Exam), Practice: slices.Clone(texts.Practice)}
		}
	}
}

// WithDashboard sets who answers the staff of a course who follow the platform's
// link to the provider. Default: a page that says that there is nothing here.
func WithDashboard(h DashboardHandler) Option {
	return func(s *settings, v *validation) {
		s.dashboard = h
		v.check("WithDashboard", h != nil, "must not be nil")
	}
}

// WithLinkMemory sets where the handler remembers the dashboard links that were
// used. Share one between all replicas: that of a store of scheduling/sqlstore, say, its
// LinkMemory. Default: this process alone.
func WithLinkMemory(m LinkMemory) Option {
	return func(s *settings, v *validation) {
		s.links = m
		v.check("WithLinkMemory", m != nil, "must not be nil")
	}
}

// WithOnboardingApproved answers a platform that asks whether a learner has done
// the onboarding with "approved-in-course", for every learner. A platform asks only if its
// operator has switched that on, and then it asks for lists of learners too: there is one
// switch for both. Lists can't be served, as the handler knows of no learners: each
// learner reads of the approval, and staff who open the list of a course read that the
// service is not available. So leave the switch off unless the learners' page is worth
// that. Default: onboarding is not served at all, and the platform goes by its own
// attempts, though lists are not available either if the switch is on.
func WithOnboardingApproved() Option {
	return func(s *settings, _ *validation) { s.onboarding = true }
}

// WithClock sets the clock by which tokens and links expire. Default:
// [proctorbook.SystemClock].
func WithClock(c proctorbook.Clock) Option {
	return func(s *settings, v *validation) {
		s.clock = c
		v.check("WithClock", c != nil, "must not be nil")
	}
}

// WithLogger sets the logger. There is a record of each answer that is a refusal or a
// failure, of each panic and of each URL that is left out. It holds the call, the
// status and the platform, which is "" if nobody knows whose call it is; of a sign-in, a
// token, a link or a body that is not taken it holds a word on why, and as the platform
// the one whose client id it names, which anybody can write; of a panic it holds the type
// and the stack. It never holds a token, path, body, error's text or anything personal.
//
// A failure is an error. A wrong secret, and a token or a link that is signed with another
// one, is a warning if it is in the name of a client of yours: a secret was changed on one
// side alone, and that platform's calls fail until it is changed on the other. All else is
// for your information. Default: nothing is logged.
func WithLogger(l *slog.Logger) Option {
	return func(s *settings, v *validation) {
		s.log = l
		v.check("WithLogger", l != nil, "must not be nil")
	}
}

// Failure is what an operator is told of: see [WithErrorFunc].
type Failure struct {
	Call     string     // the name of the call, as in the log
	Platform PlatformID // whose call it is; "" if nobody knows
	Exam     ExamID     // the exam in the call's path; "" if there is none
	Attempt  AttemptID  // the attempt in the call's path; "" if there is none
	Err      error      // as it came: it may hold what your code puts into it
}

// WithErrorFunc sets who is told of each error of the provider and of the link memory but
// [ErrNotFound] and [ErrRefused], of a panic, of an answer that came too late, of a call
// for which too many others hang, of a URL that is left out and of a dashboard page that
// can't be sent. It is not told of what a platform does wrong, such as a sign-in with a
// wrong secret: that is in the log alone, see [WithLogger].
//
// Many goroutines may call it. It must return soon: 256 calls of it are under way at most,
// and of failures beyond that it is not told. Default: nobody.
func WithErrorFunc(f func(ctx context.Context, failure Failure)) Option {
	return func(s *settings, v *validation) {
		s.failed = f
		v.check("WithErrorFunc", f != nil, "must not be nil")
	}
}

// NewHandler returns the handler of Open edX's proctoring backend API, for all of
// the platforms and in front of the provider. Its paths begin at the root: behind
// another one, use [http.StripPrefix]. Let no proxy or [http.ServeMux] pattern
// before it rewrite paths.
//
// It fails with [*proctorbook.ValidationError], which names each wrong field: of
// the platforms, and of what the options set.
func NewHandler(provider Provider, platforms []Platform, opts ...Option) (http.Handler, error) {
	v := &validation{}
	v.check("provider", provider != nil, "must not be nil")
	checkPlatforms(v, provider, platforms)
	h := &handler{settings: defaults(), provider: provider, clients: map[string]client{}, places: &places{taken: map[kind]int{}}}
	for i, opt := range opts {
		if opt == nil {
			v.add(fmt.Sprintf("opts[%d]", i), "must not be nil")
			continue
		}
		opt(&h.settings, v)
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	for _, p := range platforms {
		h.clients[p.ClientID] = newClient(p)
	}
	h.setConfig()
	return h, nil
}
