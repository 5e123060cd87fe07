package main

import (
	"flag"
	"io"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// config is what flags and environment say.
type config struct {
	format string
	fault  string
	serve  bool
	addr   string

	services map[string]string // the environment's variables that say where the services are; nil = fakes
	db       string
	exams    openedx.ExamFunc // from -exams
	staff    staffAct
}

const usage = `usage: lmsprovider [-fault KIND] [-format json]
       lmsprovider -serve [-addr 127.0.0.1:0]
       lmsprovider -exams FILE [-addr ADDRESS] [-db FILE]
       lmsprovider -exams FILE [-db FILE] -check | -explain BOOKING
       lmsprovider -exams FILE [-db FILE] -tie USER=USERNAME -by NAME
       lmsprovider -exams FILE [-db FILE] -resolve BOOKING=DECISION -by NAME -why TEXT

Is the proctoring provider of an Open edX, with ProctorU behind it. The first form
plays a whole sitting on fakes of both, with a clock that is put forward. The second
one serves between fakes until Ctrl-C: its first line is a JSON object with base_url,
client_id and client_secret for a program that plays the LMS.

The third form is the real service. PROCTORU_URL, PROCTORU_TOKEN, EDX_URL,
EDX_CLIENT_ID and EDX_CLIENT_SECRET name the services, PROVIDER_CLIENT_ID and
PROVIDER_CLIENT_SECRET are what the LMS signs in with, UNLOCK_KEY, 32 characters or
more and always the same, makes the unlock codes, PUBLIC_URL is the service's address
for browsers, and LINK_KEY, 32 characters or more, signs the learners' links. -exams is a JSON array of what
the LMS does not know: objects with zone, window, policy, description, proctor_notes,
code and code_via, for one exam (course, content), for a course, or for all.

The others are for staff, beside the service, and end when they are done. -check tries
rights and exams, and lists the bookings and attempts that staff should look at.
-explain prints all that is known of a booking, as JSON. -tie says whose attempts a
learner's are whom the LMS does not tell. -resolve settles a booking of -check by what
ProctorU has told you of it. A DECISION is one of

  keep                  nothing changes; a booking that is still open is shown again later
  gone                  there is no reservation of it, and none will be made any more
  stands,NUMBER,START   the reservation is there: its number, and its start, such as
                        2027-01-11T09:00:00Z
  held                  the session that the report shows was the exam, and it is over

`

var variables = []string{
	"PROCTORU_URL", "PROCTORU_TOKEN", "EDX_URL", "EDX_CLIENT_ID", "EDX_CLIENT_SECRET", "PROVIDER_CLIENT_ID", "PROVIDER_CLIENT_SECRET", "UNLOCK_KEY",
	"PUBLIC_URL", "LINK_KEY",
}

func configure(args []string, getenv func(string) string, stderr io.Writer) (*config, error) {
	c := &config{}
	flags := flag.NewFlagSet("lmsprovider", flag.ContinueOnError)
	flags.StringVar(&c.format, "format", "text", "text, or json for one object a line")
	flags.StringVar(&c.fault, "fault", "", "offline, what goes wrong: "+strings.Join(allFaults, ", "))
	flags.BoolVar(&c.serve, "serve", false, "offline, serve until Ctrl-C instead of playing a sitting")
	flags.StringVar(&c.addr, "addr", "127.0.0.1:8080", "`address` to serve at; port 0 is any")
	flags.StringVar(&c.db, "db", "lmsprovider.db", "SQLite `file` of the real service; it is made if it is not there")
	exams := flags.String("exams", "", "JSON `file` with windows, zones and policies of the exams")
	c.staff.register(flags)
	err := command.Parse(flags, args, usage, stderr)
	if err != nil {
		return nil, err
	}
	if c.services, err = command.Environment(getenv, variables...); err != nil {
		return nil, err
	}
	if err := c.checkFlags(*exams); err != nil {
		return nil, err
	}
	if *exams != "" {
		c.exams, err = readExams(*exams)
	}
	return c, err
}

// checkFlags refuses flags that make no sense together.
func (c *config) checkFlags(exams string) error {
	switch real := c.services != nil; {
	case c.format != "text" && c.format != "json":
		return command.Wrong("-format must be text or json")
	case c.fault != "" && !slices.Contains(allFaults, c.fault):
		return command.Wrong("-fault must be one of %s", strings.Join(allFaults, ", "))
	case c.fault != "" && (real || c.serve):
		return command.Wrong("-fault is for the sitting on fakes: leave -serve away, and unset the variables of the real services")
	case !real && (exams != "" || c.staff != staffAct{}):
		return command.Wrong("-exams and the flags of staff are for the real services, and none of their variables is set: see -h")
	case real && exams == "":
		return command.Wrong("the real service needs -exams FILE, see -h")
	}
	return c.staff.validate()
}

// row is what no LMS knows of the exams that it chooses.
type row struct {
	Course       edx.CourseKey       `json:"course"`
	Content      edx.UsageKey        `json:"content"`
	Window       scheduling.Window   `json:"window"` // without an end it is when the LMS says that the exam is due
	Zone         string              `json:"zone"`
	Policy       scheduling.Policy   `json:"policy"`
	Description  string              `json:"description"`
	ProctorNotes string              `json:"proctor_notes"`
	Code         scheduling.CodeRule `json:"code"`
	CodeVia      scheduling.CodeVia  `json:"code_via"`
}

// readExams reads a table of exams.
func readExams(file string) (openedx.ExamFunc, error) {
	var rows []row
	if err := command.ReadJSON("-exams", file, &rows); err != nil {
		return nil, err
	}
	table := openedx.Table{}
	for i, r := range rows {
		zone, err := proctoru.LoadZone(r.Zone)
		key := openedx.TableKey{Course: r.Course, Content: r.Content}
		switch _, twice := table[key]; {
		case err != nil:
			return nil, command.Wrong("-exams: object %d: zone must be an IANA name such as Europe/Paris", i+1)
		case twice:
			return nil, command.Wrong("-exams: object %d: another one is for the same exams", i+1)
		case r.Window.Start.IsZero():
			return nil, command.Wrong("-exams: object %d: window.start is missing, such as 2027-01-11T08:00:00Z", i+1)
		}
		table[key] = openedx.Settings{
			Window: r.Window, Zone: zone, Policy: r.Policy, Description: r.Description, ProctorNotes: r.ProctorNotes, Code: r.Code, CodeVia: r.CodeVia,
		}
	}
	return table.Exam, nil
}
