package scheduling

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// Bounds of the difference between this machine's clock and the provider's. How
// much the provider takes is not documented: five minutes are likely, and one
// minute is possible.
const (
	skewWarning = 10 * time.Second
	skewFailed  = time.Minute
)

// Preflight implements [Checker] by one call. Endpoint: GET /getTimeZoneList.
func (p ProctorU) Preflight(ctx context.Context, exams []Exam) []Check {
	ping, err := p.Client.Ping(ctx)
	return []Check{
		verdict(CheckProviderAccess, exceptStale(err)), p.checkEnvironment(),
		checkClock(ping, err), checkZones(ping, exams),
	}
}

// exceptStale: a request that came too late says nothing against the token; the
// clock's check tells of it.
func exceptStale(err error) error {
	if errors.Is(err, proctoru.ErrStaleRequest) {
		return nil
	}
	return err
}

func (p ProctorU) checkEnvironment() Check {
	environment := p.Client.Environment()
	c := Check{Code: CheckProviderEnvironment, Verdict: CheckOK, Data: map[string]string{"environment": string(environment)}}
	if environment == proctoru.EnvironmentOther {
		c.Verdict = CheckWarning
	}
	return c
}

func checkClock(ping *proctoru.Ping, err error) Check {
	c := Check{Code: CheckProviderClock, Verdict: CheckSkipped}
	var skew time.Duration
	refused, isError := errors.AsType[*proctoru.Error](err)
	switch {
	case errors.Is(err, proctoru.ErrStaleRequest) && isError:
		c.Verdict, c.Err, skew = CheckFailed, err, refused.Skew
	case err != nil || !ping.Dated:
		return c
	case ping.Skew.Abs() >= skewFailed:
		c.Verdict, skew = CheckFailed, ping.Skew
	case ping.Skew.Abs() >= skewWarning:
		c.Verdict, skew = CheckWarning, ping.Skew
	default:
		c.Verdict, skew = CheckOK, ping.Skew
	}
	c.Data = map[string]string{"skew": skew.String()}
	return c
}

// checkZones compares the provider's zones with the table of this module, and
// with the zones that the exams name. Learners choose zones too: those of the
// table are offered to them.
func checkZones(ping *proctoru.Ping, exams []Exam) Check {
	if ping == nil {
		return Check{Code: CheckProviderZones, Verdict: CheckSkipped}
	}
	offered, unknown := map[string]bool{}, []string{}
	for _, z := range ping.Zones {
		offered[strings.ToLower(z.ID)] = true
		if _, err := proctoru.Location(z.ID); errors.Is(err, proctoru.ErrUnknownZone) {
			unknown = append(unknown, z.ID)
		}
	}
	var missing []string
	for _, exam := range exams {
		if exam.Zone == nil {
			continue // the exam's own check says so
		}
		id, err := proctoru.ZoneName(exam.Zone.String())
		if name := exam.Zone.String(); (err != nil || !offered[strings.ToLower(id)]) && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	c := Check{Code: CheckProviderZones, Verdict: CheckOK, Data: map[string]string{"zones": strconv.Itoa(len(ping.Zones))}}
	if len(unknown) > 0 {
		c.Verdict, c.Data["unknown"] = CheckWarning, strings.Join(unknown, ", ")
	}
	if len(missing) > 0 || len(ping.Zones) == 0 {
		c.Verdict, c.Data["missing"] = CheckFailed, strings.Join(missing, ", ")
	}
	return c
}

// Preflight implements [Checker]: the client can sign in. Endpoint: GET
// /api/user/v1/me.
func (p OpenEdX) Preflight(ctx context.Context, _ []Exam) []Check {
	_, err := p.Client.Accounts.Me(ctx)
	return []Check{verdict(CheckPlatformAccess, err)}
}
