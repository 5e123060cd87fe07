package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// config is what the flags say.
type config struct {
	proctorU, edX string // addresses; "" is not served
	edXExams      string // of the service edx-exams
	seed          uint64
	secret        string // of webhooks
	faults        []proctorbooktest.Fault
	edXFaults     []proctorbooktest.Fault
	variants      [][2]string // name and alternative
	edXVariants   [][2]string
}

// inputError is a flag whose value the fakes do not know.
type inputError struct{ error }

const usage = `usage: fakeserver [-proctoru host:port] [-edx host:port] [flags]

Serves the fakes of ProctorU and Open edX. The first line on standard output is a
JSON object with the addresses, the keys and the ids of the sample data. While it
runs, GET /_control/ at each address lists what can be asked and changed there.
SIGINT ends it.

`

func configure(args []string, stderr io.Writer) (*config, error) {
	c := &config{}
	flags := flag.NewFlagSet("fakeserver", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
		fmt.Fprint(stderr, "\n", controlHelp())
	}
	flags.StringVar(&c.proctorU, "proctoru", "127.0.0.1:8081", "serve ProctorU at this `address`; port 0 is any, \"\" is not at all")
	flags.StringVar(&c.edX, "edx", "", "serve Open edX at this `address`")
	flags.StringVar(&c.edXExams, "edx-exams", "", "serve edx-exams, which has a host of its own beside Open edX, at this `address`")
	flags.Uint64Var(&c.seed, "seed", 1, "chooses ProctorU's key and tokens")
	flags.StringVar(&c.secret, "webhook-secret", "", "sign ProctorU's notifications with this `secret`")
	flags.Func("fault", "disturb ProctorU: `kind[:endpoint[:nth]]`; may be repeated", faultFlag(&c.faults))
	flags.Func("edx-fault", "disturb Open edX: `kind[:endpoint[:nth]]`; may be repeated", faultFlag(&c.edXFaults))
	flags.Func("variant", "choose how ProctorU behaves: `name=alternative`; may be repeated", variantFlag(&c.variants))
	flags.Func("edx-variant", "choose how Open edX behaves: `name=alternative`; may be repeated", variantFlag(&c.edXVariants))
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case cmp.Or(c.proctorU, c.edX) == "":
		return nil, errors.New("nothing to serve: give -proctoru or -edx an address")
	case c.edX == "" && c.edXExams != "":
		return nil, errors.New("-edx-exams needs -edx: both share their users and courses")
	}
	return c, nil
}

// variantFlag reads a variant and its alternative.
func variantFlag(variants *[][2]string) func(string) error {
	return func(text string) error {
		name, alternative, ok := strings.Cut(text, "=")
		if !ok {
			return errors.New("want name=alternative")
		}
		*variants = append(*variants, [2]string{name, alternative})
		return nil
	}
}

// faultFlag reads a fault and adds it to the faults. It lasts for one request.
func faultFlag(faults *[]proctorbooktest.Fault) func(string) error {
	return func(text string) error {
		kind, rest, _ := strings.Cut(text, ":")
		endpoint, nth, _ := strings.Cut(rest, ":")
		f := proctorbooktest.Fault{Kind: proctorbooktest.FaultKind(kind), Endpoint: endpoint}
		if nth != "" {
			n, err := strconv.Atoi(nth)
			if err != nil || n < 1 {
				return fmt.Errorf("%q is not a number from 1 on", nth)
			}
			f.Nth = n
		}
		*faults = append(*faults, f)
		return nil
	}
}
