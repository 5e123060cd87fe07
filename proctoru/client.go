package proctoru

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/proctorbook/proctorbook/internal/transport"
)

// Base URLs of the service, each with its path prefix. New features of the
// provider appear in the sandbox first.
const (
	ProductionURL = "https://api.proctoru.com/api"  // real sessions, real fees
	SandboxURL    = "https://demo.proctoru.com/api" // for tests; its tokens differ from those of production
)

// authHeader carries the token, raw: the service does not read Authorization.
const authHeader = "Authorization-Token"

// Client calls ProctorU's REST API. It is safe for use by many goroutines, and
// nothing about it changes after [NewClient]. However it is printed, it shows
// no token.
type Client struct {
	TimeZones    *TimeZonesService    // the time zones that the provider knows
	Slots        *SlotsService        // free slots
	Reservations *ReservationsService // make, move, cancel, begin and list reservations
	Students     *StudentsService     // the provider's records of learners
	Exams        *ExamsService        // the institution's list of exams
	RecordPlus   *RecordPlusService   // sessions that are recorded and reviewed later
	Reports      *ReportsService      // what happened in sessions, and what is still to come
	Batches      *BatchesService      // many learners for one exam in one call
	Institution  *InstitutionService  // the people of the institution

	core *core
}

// NewClient returns a client for the service at baseURL, such as [SandboxURL],
// which includes the path prefix. It sends nothing. It fails with
// [*proctorbook.ValidationError] for a base URL, token or option that is not valid.
//
// The token is the institution's key for that environment. Spaces around it are
// dropped; a token that is empty, or holds a space, a control character or an
// upper-case letter is an error, since the service wants it in lower case.
func NewClient(baseURL, token string, opts ...Option) (*Client, error) {
	token = strings.TrimSpace(token)
	if problem := tokenProblem(token); problem != "" {
		return nil, invalid("NewClient", "token", problem)
	}
	set := defaultSettings()
	for _, opt := range opts {
		if opt == nil {
			return nil, invalid("NewClient", "option", "must not be nil")
		}
		if err := opt(&set); err != nil {
			return nil, err
		}
	}
	t, err := transport.New(baseURL, set.transport...)
	if err != nil {
		return nil, invalid("NewClient", "base URL or option", "is not valid: "+err.Error())
	}
	header := http.Header{authHeader: {token}}
	return newClient(&core{
		transport: t, credentials: func() http.Header { return header }, set: set, guard: newGuard(set.createShare, set.otherShare),
	}), nil
}

func newClient(core *core) *Client {
	return &Client{
		TimeZones:    &TimeZonesService{core},
		Slots:        &SlotsService{core},
		Reservations: &ReservationsService{core},
		Students:     &StudentsService{core},
		Exams:        &ExamsService{core},
		RecordPlus:   &RecordPlusService{core},
		Reports:      &ReportsService{core},
		Batches:      &BatchesService{core},
		Institution:  &InstitutionService{core},
		core:         core,
	}
}

// tokenProblem returns what is wrong with a token without quoting it, "" if
// nothing is.
func tokenProblem(token string) string {
	if token == "" {
		return "is empty"
	}
	for _, r := range token {
		switch {
		case unicode.IsSpace(r):
			return "holds a space"
		case r < ' ' || r > '~':
			return "holds a character that is not printable ASCII"
		case 'A' <= r && r <= 'Z':
			return "holds an upper-case letter; the service wants it in lower case"
		}
	}
	return ""
}

// EquipmentCheckURL returns the page on which learners try out their computers
// before the exam. It is for links; the client never asks it.
func (c *Client) EquipmentCheckURL() string { return c.core.set.equipmentCheckURL }

// Now returns the time by the client's clock, which [WithClock] sets.
func (c *Client) Now() time.Time { return c.core.now() }

// Pace returns how many attempts a second the client's limiter lets pass in the long run:
// that of the default one, or of a *rate.Limiter. It is 0 for any other limiter, and where
// there is no limit.
func (c *Client) Pace() float64 { return c.core.transport.Pace() }

// String returns a text without the token.
func (c Client) String() string { return "proctoru.Client" }

// Format prints the same text for every verb.
func (c Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue returns a text without the token.
func (c Client) LogValue() slog.Value { return slog.StringValue(c.String()) }
