package provider

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// Bounds of the difference between this machine's clock and the provider's. How
// much the provider takes is not documented: five minutes are likely, and one
// minute is possible.
const (
	skewWarning = 10 * time.Second
	skewFailed  = time.Minute
)

// Preflight implements [Checker] by one call. Endpoint: GET /getTimeZoneList.
func (p ProctorU) Preflight(ctx context.Context, zones []*time.Location) []preflight.Check {
	ping, err := p.Client.Ping(ctx)
	return []preflight.Check{
		preflight.Of(preflight.CodeProviderAccess, exceptStale(err)), p.checkEnvironment(), p.checkPrefix(),
		checkClock(ping, err), checkZones(ping, zones),
	}
}

// exceptStale drops the error of a request that came too late: it proves
// nothing about the token, and the check of the clock reports it.
func exceptStale(err error) error {
	if errors.Is(err, proctoru.ErrStaleRequest) {
		return nil
	}
	return err
}

func (p ProctorU) checkEnvironment() preflight.Check {
	environment := p.Client.Environment()
	c := preflight.Check{Code: preflight.CodeProviderEnvironment, Verdict: preflight.VerdictOK, Data: map[string]string{"environment": string(environment)}}
	if environment == proctoru.EnvironmentOther {
		c.Verdict = preflight.VerdictWarning
	}
	return c
}

var prefixForm = regexp.MustCompile(`^[A-Za-z0-9._-]{0,20}$`)

var errPrefix = errors.New("provider: ProctorU: StudentPrefix must have up to 20 characters of A-Z, a-z, 0-9, dot, underscore and hyphen")

func (p ProctorU) checkPrefix() preflight.Check {
	if !prefixForm.MatchString(p.StudentPrefix) {
		return preflight.Of(preflight.CodeProviderStudents, errPrefix)
	}
	return preflight.Check{Code: preflight.CodeProviderStudents, Verdict: preflight.VerdictOK, Data: map[string]string{"prefix": p.StudentPrefix}}
}

func checkClock(ping *proctoru.Ping, err error) preflight.Check {
	c := preflight.Check{Code: preflight.CodeProviderClock, Verdict: preflight.VerdictSkipped}
	var skew time.Duration
	refused, isError := errors.AsType[*proctoru.Error](err)
	switch {
	case errors.Is(err, proctoru.ErrStaleRequest) && isError:
		c.Verdict, c.Err, skew = preflight.VerdictFailed, err, refused.Skew
	case err != nil || !ping.Dated:
		return c
	case ping.Skew.Abs() >= skewFailed:
		c.Verdict, skew = preflight.VerdictFailed, ping.Skew
	case ping.Skew.Abs() >= skewWarning:
		c.Verdict, skew = preflight.VerdictWarning, ping.Skew
	default:
		c.Verdict, skew = preflight.VerdictOK, ping.Skew
	}
	c.Data = map[string]string{"skew": skew.String()}
	return c
}

// checkZones compares the provider's zones with the table of this module, with the
// zone data of this machine, and with the zones that the exams name. Learners choose
// zones too: those of the table are offered to them.
func checkZones(ping *proctoru.Ping, zones []*time.Location) preflight.Check {
	if ping == nil {
		return preflight.Check{Code: preflight.CodeProviderZones, Verdict: preflight.VerdictSkipped}
	}
	offered := map[string]bool{}
	for _, z := range ping.Zones {
		offered[strings.ToLower(z.ID)] = true
	}
	unknown, unloadable := notHere(ping.Zones, proctoru.LoadZone)
	var missing []string
	for _, zone := range zones {
		name := zone.String()
		id, err := proctoru.ZoneName(name)
		if (err != nil || !offered[strings.ToLower(id)]) && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	c := preflight.Check{Code: preflight.CodeProviderZones, Verdict: preflight.VerdictOK, Data: map[string]string{"zones": strconv.Itoa(len(ping.Zones))}}
	if len(unknown) > 0 {
		c.Verdict, c.Data["unknown"] = preflight.VerdictWarning, strings.Join(unknown, ", ")
	}
	if len(unloadable) > 0 {
		c.Verdict, c.Data["unloadable"] = preflight.VerdictWarning, strings.Join(unloadable, ", ")
		c.Err = errZoneData
	}
	if len(missing) > 0 || len(ping.Zones) == 0 {
		c.Verdict, c.Data["missing"] = preflight.VerdictFailed, strings.Join(missing, ", ")
	}
	return c
}

// errZoneData means that learners of some zones can't be offered slots.
var errZoneData = errors.New("provider: this machine has no data of some zones: update them, or import time/tzdata")

// notHere returns the zones without an IANA name that is known here, and those that
// load can't load.
func notHere(zones []proctoru.TimeZone, load func(iana string) (*time.Location, error)) (unknown, unloadable []string) {
	for _, z := range zones {
		switch _, err := load(z.IANA); {
		case errors.Is(err, proctoru.ErrUnknownZone):
			unknown = append(unknown, z.ID)
		case err != nil:
			unloadable = append(unloadable, z.ID)
		}
	}
	return unknown, unloadable
}
