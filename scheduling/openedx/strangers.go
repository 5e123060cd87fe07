package openedx

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// This file is about platforms that [Platforms] does not have: one that calls with an id
// that is misspelled on either side, and one that was served once and has attempts here.
// They would wait for ever, and nobody would know.

// strangers are those platforms.
type strangers struct {
	mu     sync.Mutex
	called map[backend.PlatformID]bool // since this process has begun
	next   time.Time                   // when to look next for attempts of such a platform
}

// errStranger says what to do about a platform that is not served.
func (p *Platforms) errStranger(id backend.PlatformID) error {
	var all []string
	for _, l := range p.all {
		all = append(all, string(l.ID))
	}
	return fmt.Errorf("openedx: platform %s is none of NewPlatforms: %s: give it there, or mend its ID", shown.ID(id), strings.Join(all, ", "))
}

// ServesPlatform implements [backend.PlatformServer]: it reports whether the Platforms have
// one with that id.
func (p *Provider) ServesPlatform(id backend.PlatformID) bool {
	_, known := p.platforms.of(id)
	return known
}

// served refuses a call of a platform for which nobody would work.
func (p *parts) served(ctx context.Context, id backend.PlatformID) error {
	if _, known := p.platforms.of(id); known {
		return nil
	}
	p.strangers.mu.Lock()
	p.strangers.called[id] = true
	p.strangers.mu.Unlock()
	err := p.platforms.errStranger(id)
	p.log.ErrorContext(ctx, "openedx: a platform calls that is not served", slog.String("platform", shown.ID(id)), slog.Any("error", err))
	return err
}

// strangerWait is how long an attempt waits for another process that serves its platform,
// before one that does not looks at it.
const strangerWait = time.Minute

// workForStrangers does now and then what is due of platforms that are not served: what
// needs no platform is done, and the rest gets its trouble.
func (p *parts) workForStrangers(ctx context.Context) (worked int, err error) {
	now := p.now()
	p.strangers.mu.Lock()
	due := !now.Before(p.strangers.next)
	if due {
		p.strangers.next = now.Add(mostWait)
	}
	p.strangers.mu.Unlock()
	if !due {
		return 0, nil
	}
	all, err := p.store.Attempts(ctx, AttemptQuery{DueBy: now.Add(-strangerWait), Limit: workPage})
	if err != nil {
		return 0, fmt.Errorf("openedx: Work: %w", err)
	}
	for _, a := range all {
		if _, known := p.platforms.of(a.Platform); !known && p.workOn(ctx, a) {
			worked++
		}
	}
	return worked, ctx.Err()
}

// checkStrangers has a check for each platform that is not served, and has called this
// process or has attempts here that are in trouble for it.
func (p *parts) checkStrangers(ctx context.Context) (all []preflight.Check) {
	p.strangers.mu.Lock()
	ids := maps.Clone(p.strangers.called)
	p.strangers.mu.Unlock()
	for a, err := range attempts(ctx, p.store, AttemptQuery{Troubled: true}) {
		if err != nil {
			return append(all, preflight.Of(CodePlatforms, err))
		}
		if _, known := p.platforms.of(a.Platform); !known && a.Trouble == TroubleNoPlatform {
			ids[a.Platform] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		c := preflight.Of(CodePlatforms, p.platforms.errStranger(id))
		c.Data = map[string]string{"platform": string(id)}
		all = append(all, c)
	}
	return all
}
