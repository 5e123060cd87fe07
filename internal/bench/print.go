package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// printer writes what was found, as soon as it was.
type printer struct {
	out   io.Writer
	json  bool
	begun bool
}

func newPrinter(out io.Writer, format string) (*printer, error) {
	if format != "text" && format != "json" {
		return nil, fmt.Errorf("-format: %q is neither text nor json", format)
	}
	return &printer{out: out, json: format == "json"}, nil
}

// line is a finding for programs. Goal is null where there is none.
type line struct {
	Name  string   `json:"name"`
	Ratio float64  `json:"ratio"`
	Goal  *float64 `json:"goal"`
}

func (p *printer) print(subject string, found []finding) error {
	for _, f := range found {
		name := fmt.Sprintf("%s/%s/%s", subject, f.other, f.quantity)
		if err := p.printOne(name, f); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) printOne(name string, f finding) error {
	if p.json {
		l := line{Name: name, Ratio: f.ratio}
		if f.goal > 0 {
			l.Goal = &f.goal
		}
		return json.NewEncoder(p.out).Encode(l)
	}
	if !p.begun {
		p.begun = true
		fmt.Fprintf(p.out, "%-34s %12s %12s %7s %7s\n", "", "ours", "theirs", "ratio", "goal")
	}
	goal := ""
	if f.goal > 0 {
		goal = fmt.Sprintf("%.2f", f.goal)
		if f.ratio > f.goal {
			goal += " missed"
		}
	}
	digits := 2
	if f.ratio < 0.01 {
		digits = 4
	}
	_, err := fmt.Fprintf(p.out, "%-34s %12s %12s %7.*f %7s\n", name, f.quantity.show(f.ours), f.quantity.show(f.theirs), digits, f.ratio, goal)
	return err
}

// show prints a value with its unit.
func (q quantity) show(value float64) string {
	switch {
	case q == duration:
		return time.Duration(value).Round(100 * time.Nanosecond).String()
	case q == allocated && value >= 1<<20:
		return fmt.Sprintf("%.1f MiB", value/(1<<20))
	case q == allocated:
		return fmt.Sprintf("%.1f KiB", value/(1<<10))
	}
	return fmt.Sprintf("%.0f", value)
}
